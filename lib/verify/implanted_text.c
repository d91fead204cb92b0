/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The two texts, byte for byte as their programs read them. */
#include "verify/implanted.h"

#include <string.h>

#include "base/checked.h"

enum { CHUNK_BYTES = 32768 };

/* A decimal number at the beginning of n bytes, blanks around it allowed. */
static bool number(const uint8_t *p, size_t n, uint64_t *ret)
{
	uint64_t value = 0;
	size_t i = 0, digits;

	while (i < n && p[i] == ' ')
		i++;
	for (digits = 0; i < n && p[i] >= '0' && p[i] <= '9'; i++, digits++) {
		if (value > UINT64_MAX / 10 - 1)
			return false;
		value = value * 10 + (uint64_t)(p[i] - '0');
	}
	if (!digits)
		return false;
	*ret = value;
	return true;
}

/* Where the value of a key begins in the field, up to ';' or the end. */
static const uint8_t *value_of(const uint8_t *field, size_t n, const char *key, size_t *ret_n)
{
	const uint8_t *p = memmem(field, n, key, strlen(key));
	const uint8_t *end;

	if (!p)
		return NULL;
	p += strlen(key);
	n -= (size_t)(p - field);
	end = memchr(p, ';', n);
	*ret_n = end ? (size_t)(end - p) : n;
	return p;
}

static bool is_hex(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool implanted_text_parse(const uint8_t *field, size_t n, struct implanted_text *ret)
{
	struct implanted_text t = { .n_fragments = 0 };
	const uint8_t *p;
	size_t length = 0;

	p = value_of(field, n, "ISO MD5SUM = ", &length);
	/* Any of its words, so that a damaged text is not taken for none. */
	if (!p && !value_of(field, n, "FRAGMENT SUMS = ", &length) &&
	    !value_of(field, n, "RHLISOSTATUS=", &length))
		return false;
	t.has_md5 = p && length >= 32 && digest_unhex((const char *)p, 16, t.md5);
	p = value_of(field, n, "SKIPSECTORS = ", &length);
	t.has_skip = p && number(p, length, &t.skip_sectors);
	p = value_of(field, n, "RHLISOSTATUS=", &length);
	t.has_supported = p && number(p, length, &t.supported);
	p = value_of(field, n, "FRAGMENT COUNT = ", &length);
	if (!p || !number(p, length, &t.n_fragments) || t.n_fragments > IMPLANTED_FRAGMENT_DIGITS)
		t.n_fragments = 0;
	p = value_of(field, n, "FRAGMENT SUMS = ", &length);
	while (p && t.n_digits < length && t.n_digits < IMPLANTED_FRAGMENT_DIGITS &&
	       is_hex(p[t.n_digits])) {
		uint8_t c = p[t.n_digits];

		t.digits[t.n_digits++] = (char)(c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c);
	}
	*ret = t;
	return true;
}

size_t implanted_fragment_ends(uint64_t total_bytes, uint64_t n_fragments, uint64_t *ret,
			       size_t max)
{
	uint64_t fragment = n_fragments ? total_bytes / (n_fragments + 1) : 0, last = 0;
	size_t n = 0;

	if (!fragment)
		return 0;
	for (uint64_t at = 0; at < total_bytes && n < n_fragments;) {
		uint64_t now = at / fragment;

		if (now != last) {
			if (n < max)
				ret[n] = at + min_u64(CHUNK_BYTES, total_bytes - at);
			n++;
			last = now;
		}
		/* To the chunk in which the next border lies. */
		at = round_up(max_u64((now + 1) * fragment, at + 1), CHUNK_BYTES);
	}
	return n;
}

/* ---- tagmedia --------------------------------------------------------------------- */

static bool key_is(const uint8_t *p, size_t n, const char *key)
{
	if (n != strlen(key))
		return false;
	for (size_t i = 0; i < n; i++) {
		uint8_t c = p[i];

		if (c >= 'A' && c <= 'Z')
			c = (uint8_t)(c - 'A' + 'a');
		if (c != (uint8_t)key[i])
			return false;
	}
	return true;
}

static void trim(const uint8_t **p, size_t *n)
{
	while (*n && (**p == ' ' || **p == '\n')) {
		(*p)++;
		(*n)--;
	}
	while (*n && ((*p)[*n - 1] == ' ' || (*p)[*n - 1] == '\n' || (*p)[*n - 1] == 0))
		(*n)--;
}

/* "<start>,<blocks>,<digest>"; the digest is of the same kind as the other. */
static void take_partition(struct tagmedia_text *t, const uint8_t *p, size_t n)
{
	const uint8_t *comma = memchr(p, ',', n);
	uint64_t start, blocks;

	if (!comma || !number(p, (size_t)(comma - p), &start))
		return;
	n -= (size_t)(comma + 1 - p);
	p = comma + 1;
	comma = memchr(p, ',', n);
	if (!comma || !number(p, (size_t)(comma - p), &blocks) || !blocks)
		return;
	n -= (size_t)(comma + 1 - p);
	p = comma + 1;
	trim(&p, &n);
	for (size_t i = 0; i < ISOKIT_BLAKE2B; i++) {
		enum isokit_digest_kind kind = (enum isokit_digest_kind)i;

		if (n == 2 * isokit_digest_bytes(kind) && (!t->has_digest || t->kind == kind) &&
		    digest_unhex((const char *)p, n / 2, t->partition_digest)) {
			t->kind = kind;
			t->has_partition = true;
			t->partition_start = start;
			t->partition_blocks = blocks;
		}
	}
}

static void take_key(struct tagmedia_text *t, const uint8_t *key, size_t key_n,
		     const uint8_t *value, size_t n)
{
	enum isokit_digest_kind kind;

	if (key_is(key, key_n, "pad")) {
		if (!number(value, n, &t->pad_blocks))
			t->pad_blocks = 0;
	} else if (key_is(key, key_n, "signature")) {
		if (!number(value, n, &t->signature_start))
			t->signature_start = 0;
	} else if (key_is(key, key_n, "partition")) {
		take_partition(t, value, n);
	} else if (key_n > 3 && key_is(key + key_n - 3, 3, "sum") &&
		   isokit_digest_find((const char *)key, key_n - 3, &kind) == 0 &&
		   kind != ISOKIT_BLAKE2B && n == 2 * isokit_digest_bytes(kind) &&
		   digest_unhex((const char *)value, n / 2, t->digest)) {
		t->kind = kind;
		t->has_digest = true;
	}
}

bool tagmedia_text_parse(const uint8_t *field, size_t n, struct tagmedia_text *ret)
{
	struct tagmedia_text t = { .kind = ISOKIT_MD5 };

	while (n) {
		const uint8_t *end = memchr(field, ';', n), *equals;
		size_t length = end ? (size_t)(end - field) : n;
		const uint8_t *key = field, *value;
		size_t key_n, value_n;

		equals = memchr(field, '=', length);
		if (equals) {
			key_n = (size_t)(equals - key);
			value = equals + 1;
			value_n = length - key_n - 1;
			trim(&key, &key_n);
			trim(&value, &value_n);
			take_key(&t, key, key_n, value, value_n);
		}
		field += length + (end != NULL);
		n -= length + (end != NULL);
	}
	*ret = t;
	return t.has_digest || t.has_partition;
}
