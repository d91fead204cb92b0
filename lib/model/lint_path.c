/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records of a tree in findings: where they are. */
#include "model/lint.h"

#include <string.h>

#include "base/checked.h"

uint64_t lint_hash(const uint8_t *p, size_t n)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325) ^ n; /* FNV-1a */

	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * UINT64_C(0x100000001b3);
	return h;
}

/* NM fields of the record itself; continuation areas are not worth the trouble. */
static size_t rock_name(const struct lint_tree *t, const struct ondisk_dirent *d, char *out)
{
	size_t skip = t->l->img->susp_skip, at = 0, n = 0;
	struct ondisk_field f;

	if (!t->rock || d->system_use_bytes <= skip)
		return 0;
	while (ondisk_field_next(d->system_use + skip, d->system_use_bytes - skip, &at, &f) ==
	       ONDISK_FIELD_OK) {
		if (f.signature != ONDISK_SIG('N', 'M') || f.length <= 5 || (f.p[4] & 6))
			continue;
		memcpy(out + n, f.p + 5, f.length - 5u);
		n += f.length - 5u;
	}
	return n;
}

static void add_name(struct lint_tree *t, const struct ondisk_dirent *d)
{
	char name[TREE_NAME_BYTES];
	bool is_dir = d->flags & ONDISK_DR_DIRECTORY, renamed = false, bad = false;
	size_t n;

	if (ondisk_dirent_is_dot(d)) {
		text_add(&t->path, "..", d->name[0] + 1u);
		return;
	}
	n = rock_name(t, d, name);
	if (n)
		n = model_name_clean(name, n, &renamed);
	else if (t->ns == ISOKIT_NS_JOLIET)
		n = model_name_joliet(d->name, d->name_bytes, is_dir, name, &renamed, &bad);
	else if (t->ns == ISOKIT_NS_ENHANCED)
		n = model_name_enhanced(d->name, d->name_bytes, name, &renamed);
	else
		n = model_name_iso9660(d->name, d->name_bytes, is_dir, name, &renamed);
	text_add(&t->path, name, n);
}

const char *lint_path(struct lint_tree *t, uint32_t dir, const struct ondisk_dirent *d)
{
	uint32_t way[64];
	size_t n = 0;

	text_clear(&t->path);
	for (; dir && n < sizeof(way) / sizeof(way[0]); dir = t->dirs[dir].parent)
		way[n++] = dir;
	if (dir)
		text_add_str(&t->path, "...");
	while (n) {
		uint8_t raw[ONDISK_DR_MAX_BYTES];
		struct ondisk_dirent parent;
		uint64_t at = t->dirs[way[--n]].record_offset;
		size_t bytes = (size_t)min_u64(sizeof(raw), SECTOR_BYTES - at % SECTOR_BYTES);

		text_add_char(&t->path, '/');
		if (model_read(t->l->img, at, raw, bytes, NULL) == ISOKIT_OK &&
		    ondisk_dirent_decode(raw, bytes, false, &parent, NULL) == ISOKIT_OK)
			add_name(t, &parent);
	}
	if (d || !t->path.n)
		text_add_char(&t->path, '/');
	if (d)
		add_name(t, d);
	return t->path.failed ? NULL : text_string(&t->path);
}

void lint_find_at(struct lint_tree *t, enum isokit_finding_code code, const struct lint_record *r,
		  uint64_t offset, uint64_t length, uint64_t n0, uint64_t n1)
{
	if (t->l->repeat[code].n && !lint_wants(t->l, code))
		return;
	lint_find(t->l, code, offset, length, lint_path(t, r->dir, &r->d), n0, n1);
}
