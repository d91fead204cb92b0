/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "verify/tags.h"

#include <string.h>

static const struct {
	const char *word;
	const char *next; /* key of the fourth number, or NULL */
} types[] = {
	[TAG_RELOCATED] = { "libisofs_rlsb32_checksum_tag_v1", " session_start=" },
	[TAG_SUPERBLOCK] = { "libisofs_sb_checksum_tag_v1", " next=" },
	[TAG_TREE] = { "libisofs_tree_checksum_tag_v1", " next=" },
	[TAG_SESSION] = { "libisofs_checksum_tag_v1", NULL },
};

struct reader {
	const uint8_t *p;
	size_t n, at;
};

static bool take_word(struct reader *r, const char *word)
{
	size_t length = strlen(word);

	if (length > r->n - r->at || memcmp(r->p + r->at, word, length) != 0)
		return false;
	r->at += length;
	return true;
}

static bool take_number(struct reader *r, uint32_t *ret)
{
	uint64_t value = 0;
	size_t from = r->at;

	while (r->at < r->n && r->p[r->at] >= '0' && r->p[r->at] <= '9' && r->at - from < 11)
		value = value * 10 + (uint64_t)(r->p[r->at++] - '0');
	if (r->at == from || value > UINT32_MAX)
		return false;
	*ret = (uint32_t)value;
	return true;
}

static bool take_md5(struct reader *r, uint8_t *ret)
{
	if (r->n - r->at < 32 || !digest_unhex((const char *)r->p + r->at, 16, ret))
		return false;
	r->at += 32;
	return true;
}

bool tag_decode(const uint8_t *block, size_t n, struct tag *ret, bool *ret_damaged)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct reader r = { .p = block, .n = n };
		struct tag t = { .type = (enum tag_type)i };
		bool ok;

		if (!take_word(&r, types[i].word) || r.at == n || block[r.at] != ' ')
			continue;
		ok = take_word(&r, " pos=") && take_number(&r, &t.pos) &&
		     take_word(&r, " range_start=") && take_number(&r, &t.range_start) &&
		     take_word(&r, " range_size=") && take_number(&r, &t.range_size);
		/* The oldest writers had no such number. */
		if (ok && types[i].next && take_word(&r, types[i].next))
			ok = take_number(&r, &t.next);
		ok = ok && take_word(&r, " md5=") && take_md5(&r, t.md5);
		t.self_bytes = r.at;
		ok = ok && take_word(&r, " self=") && take_md5(&r, t.self) &&
		     take_word(&r, "\n");
		*ret_damaged = !ok;
		if (ok)
			*ret = t;
		return ok;
	}
	*ret_damaged = false;
	return false;
}

/* A length byte and so many bytes, the most significant first. */
static bool take_big(struct reader *r, uint32_t *ret)
{
	uint64_t value = 0;
	size_t length;

	if (r->at == r->n)
		return false;
	length = r->p[r->at++];
	if (!length || length > r->n - r->at || length > 8)
		return false;
	while (length--)
		value = value << 8 | r->p[r->at++];
	if (value > UINT32_MAX)
		return false;
	*ret = (uint32_t)value;
	return true;
}

bool checksum_area_decode(const uint8_t *value, size_t n, struct checksum_area *ret)
{
	struct reader r = { .p = value, .n = n };
	struct checksum_area a = { .md5 = false };

	if (!take_big(&r, &a.start) || !take_big(&r, &a.end) || !take_big(&r, &a.count) ||
	    !take_big(&r, &a.size))
		return false;
	a.md5 = n - r.at == 3 && memcmp(value + r.at, "MD5", 3) == 0;
	*ret = a;
	return true;
}
