/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The path tables against the directory tree (ECMA-119 6.9, 9.4). */
#include <stdlib.h>

#include "base/array.h"
#include "base/checked.h"
#include "base/fail.h"
#include "model/tree.h"

enum {
	WINDOW_BYTES = 32 * 1024,
	LONGEST_RECORD = 8 + 255 + 1,
	MAX_TABLE_BYTES = 16 * 1024 * 1024, /* 400,000 directories of long names */
	FINDINGS_PER_TABLE = 16,
};

/* An entry that is no directory: its own finding says so, not its children. */
#define STRANGER UINT32_MAX

struct table {
	struct isokit_image *img;
	const struct lba_set *tree; /* directory -> its parent */
	const char *what;
	bool big_endian, high_sierra;
	uint64_t start, bytes;
	uint32_t *lbas; /* of the entries so far */
	size_t n, capacity;
	unsigned findings;
};

static void find(struct table *p, enum isokit_finding_code code, uint64_t at, uint64_t length,
		 uint64_t n0, uint64_t n1)
{
	if (p->findings++ < FINDINGS_PER_TABLE)
		model_find(p->img, code, at, length, p->what, n0, n1);
}

static enum isokit_status check_entry(struct table *p, const struct ondisk_path_record *r,
				      uint64_t at, struct isokit_error *err)
{
	uint32_t parent = 0;

	if (!ARRAY_RESERVE(p->lbas, p->capacity, p->n + 1))
		return isokit_fail_nomem(err, p->img->facts.path, sizeof(*p->lbas));
	p->lbas[p->n++] = r->lba;
	if (!model_lba_set_get(p->tree, r->lba, &parent)) {
		find(p, ISOKIT_F_PATH_TABLE_ENTRY, at, r->length, p->n, r->lba);
		p->lbas[p->n - 1] = STRANGER;
		return ISOKIT_OK;
	}
	/* Numbers have 16 bits: behind 65535 entries not all parents can be named. */
	if (p->n > UINT16_MAX)
		return ISOKIT_OK;
	if (r->parent == 0 || r->parent > p->n ||
	    (p->lbas[r->parent - 1] != parent && p->lbas[r->parent - 1] != STRANGER))
		find(p, ISOKIT_F_PATH_TABLE_PARENT, at, r->length, p->n, r->parent);
	return ISOKIT_OK;
}

/* Some writers round the size up. */
static bool is_padding(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i])
			return false;
	return true;
}

static enum isokit_status read_table(struct table *p, uint8_t *window, struct isokit_error *err)
{
	uint64_t at = 0, window_at = 0;
	size_t filled = 0;
	enum isokit_status st;

	while (at < p->bytes) {
		struct ondisk_path_record r;
		size_t have = (size_t)(window_at + filled - at);

		if (have < LONGEST_RECORD && window_at + filled < p->bytes) {
			filled = (size_t)min_u64(WINDOW_BYTES, p->bytes - at);
			window_at = at;
			st = model_read(p->img, p->start + at, window, filled, err);
			if (st)
				return st;
			have = filled;
		}
		if (is_padding(window + (at - window_at), have))
			return ISOKIT_OK;
		if (ondisk_path_record_decode(window + (at - window_at), have, p->big_endian,
					      p->high_sierra, &r, NULL)) {
			find(p, ISOKIT_F_PATH_TABLE_RECORD, p->start + at, p->bytes - at,
			     p->start + at, 0);
			return ISOKIT_OK;
		}
		st = check_entry(p, &r, p->start + at, err);
		if (st)
			return st;
		at += r.length;
	}
	return ISOKIT_OK;
}

static enum isokit_status check_table(struct table *p, uint64_t field, uint8_t *window,
				      bool tree_complete, struct isokit_error *err)
{
	enum isokit_status st;

	if (p->start == 0 || !range_inside(p->start, p->bytes, p->img->facts.size)) {
		find(p, ISOKIT_F_PATH_TABLE_RANGE, field, 4, p->start, p->bytes);
		return ISOKIT_OK;
	}
	/* Where directories could not be read, the comparison proves nothing. */
	if (!tree_complete || p->bytes > MAX_TABLE_BYTES)
		return ISOKIT_OK;
	st = read_table(p, window, err);
	if (!st && p->findings == 0 && p->n != p->tree->n)
		find(p, ISOKIT_F_PATH_TABLE_MISSING, p->start, p->bytes, p->n, p->tree->n);
	free(p->lbas);
	return st;
}

enum isokit_status model_path_tables(struct isokit_image *img, const struct isokit_volume *v,
				     const struct lba_set *directories, bool tree_complete,
				     struct isokit_error *err)
{
	bool high_sierra = img->facts.format == ISOKIT_FORMAT_HIGH_SIERRA;
	uint64_t descriptor = v->lba * SECTOR_BYTES + (high_sierra ? 8 : 0);
	uint32_t block = model_block_bytes(v);
	struct table little = {
		.img = img, .tree = directories, .what = "little-endian path table",
		.high_sierra = high_sierra,
		.start = (uint64_t)v->path_table_l_lba * block,
		.bytes = v->path_table_bytes,
	};
	struct table big = {
		.img = img, .tree = directories, .what = "big-endian path table",
		.big_endian = true, .high_sierra = high_sierra,
		.start = (uint64_t)v->path_table_m_lba * block,
		.bytes = v->path_table_bytes,
	};
	uint8_t *window = malloc(WINDOW_BYTES);
	enum isokit_status st;

	if (!window)
		return isokit_fail_nomem(err, img->facts.path, WINDOW_BYTES);
	st = check_table(&little, descriptor + ONDISK_PVD_PATH_TABLE_L, window, tree_complete, err);
	if (!st)
		st = check_table(&big, descriptor + (high_sierra ? 156 : ONDISK_PVD_PATH_TABLE_M),
				 window, tree_complete, err);
	free(window);
	return st;
}
