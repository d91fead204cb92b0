/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Partition references of a UDF volume, and the tables that some of them need: sparing tables
 * (UDF 2.2.9, 2.2.12), virtual allocation tables (2.2.8, 2.2.11), metadata files (2.2.10,
 * 2.2.13). */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "model/udf.h"

enum {
	VAT_SEARCH_BLOCKS = 512, /* back from the end of the image: run-out blocks */
	VAT_EARLY_BLOCKS = 4096, /* of the partition, where there is none at the end */
	COMPARED_BYTES = 64 * 1024,
	MAX_COMPARED = 64 * 1024 * 1024, /* of a metadata file and its mirror */
	UNUSED_SPARE = 0xfffffff0u, /* and above: free or bad packets */
};

/* ---- sparing tables ------------------------------------------------------------------ */

static int by_from(const void *a, const void *b)
{
	const struct udf_spare *x = a, *y = b;

	return x->from < y->from ? -1 : x->from > y->from;
}

/* Read one table; it replaces what p has when its sequence number is higher. */
static enum isokit_status read_spares(struct udf_reader *r, struct udf_part *p, uint32_t sector,
				      uint32_t table_bytes, uint32_t *sequence, bool *ret_ok)
{
	struct isokit_image *img = r->img;
	uint64_t at = (uint64_t)sector * r->v->sector_bytes;
	uint8_t head[ONDISK_UDF_SPARING_HEAD];
	struct ondisk_udf_tag tag;
	struct udf_spare *spares;
	uint32_t n = 0, number = 0;
	uint8_t *raw;
	size_t used = 0;
	enum isokit_status st;

	*ret_ok = false;
	if (!range_inside(at, sizeof(head), img->facts.size))
		return ISOKIT_OK;
	st = model_read(img, at, head, sizeof(head), r->err);
	if (st)
		return st;
	if (!ondisk_udf_tag_parse(head, &tag) || tag.id != ONDISK_UDF_SPARING ||
	    tag.location != sector || !ondisk_udf_sparing_decode(head, &n, &number))
		return ISOKIT_OK;
	if ((uint64_t)n * 8 > max_u64(table_bytes, sizeof(head)) - sizeof(head) ||
	    !range_inside(at, sizeof(head) + (uint64_t)n * 8, img->facts.size))
		return ISOKIT_OK;
	*ret_ok = true;
	if (p->spares && number <= *sequence)
		return ISOKIT_OK;
	raw = malloc((size_t)n * 8 + 1);
	spares = arena_array(&img->arena, (size_t)n + 1, sizeof(*spares));
	if (!raw || !spares) {
		free(raw);
		return isokit_fail_nomem(r->err, img->facts.path, (size_t)n * 8);
	}
	st = model_read(img, at + sizeof(head), raw, (size_t)n * 8, r->err);
	for (size_t i = 0; !st && i < n; i++) {
		uint32_t from = get_le32(raw + i * 8);

		if (from < UNUSED_SPARE && from % p->packet_blocks == 0)
			spares[used++] = (struct udf_spare){ from, get_le32(raw + i * 8 + 4) };
	}
	free(raw);
	if (st)
		return st;
	qsort(spares, used, sizeof(*spares), by_from);
	p->spares = spares;
	p->n_spares = used;
	*sequence = number;
	return ISOKIT_OK;
}

static enum isokit_status sparable(struct udf_reader *r, struct udf_part *p,
				   const struct ondisk_udf_map *m)
{
	uint32_t sequence = 0;

	p->packet_blocks = m->packet_blocks ? m->packet_blocks : 32;
	for (unsigned i = 0; i < m->n_tables; i++) {
		bool ok = false;
		enum isokit_status st = read_spares(r, p, m->tables[i], m->table_bytes,
						    &sequence, &ok);

		if (st)
			return st;
		if (!ok)
			model_find(r->img, ISOKIT_F_UDF_SPARING,
				   (uint64_t)m->tables[i] * r->v->sector_bytes, m->table_bytes,
				   NULL, i + 1, m->n_tables);
	}
	if (m->n_tables == 0)
		model_find(r->img, ISOKIT_F_UDF_SPARING, ISOKIT_NO_OFFSET, 0, NULL, 0, 0);
	return ISOKIT_OK;
}

/* ---- files that are partitions -------------------------------------------------------- */

/* The extents of a file as runs of the arena. */
static enum isokit_status keep_runs(struct udf_reader *r, const struct udf_node *node,
				    const struct udf_run **ret_runs, size_t *ret_n)
{
	struct udf_run *runs = arena_array(&r->img->arena, node->n_extents + 1, sizeof(*runs));
	uint64_t from = 0;

	if (!runs)
		return isokit_fail_nomem(r->err, r->img->facts.path,
					 node->n_extents * sizeof(*runs));
	for (size_t i = 0; i < node->n_extents; i++) {
		const struct isokit_extent *e = &node->extents[i];

		runs[i] = (struct udf_run){ .from = from, .bytes = e->bytes,
			.at = e->lba == ISOKIT_HOLE ? ISOKIT_NO_OFFSET :
			      e->lba * r->v->block_bytes + e->skip_bytes };
		from += e->bytes;
	}
	*ret_runs = runs;
	*ret_n = node->n_extents;
	return ISOKIT_OK;
}

static enum isokit_status metadata_file(struct udf_reader *r, unsigned base, uint32_t block,
					uint8_t type, struct udf_node *node,
					const struct udf_run **ret_runs, size_t *ret_n, bool *ret_ok)
{
	struct ondisk_udf_long icb = { .bytes = r->v->block_bytes,
				       .at = { .block = block, .ref = (uint16_t)base } };
	const char *why;
	enum isokit_status st = model_udf_node_read(r, icb, node, ret_ok, &why);

	if (st || !*ret_ok)
		return st;
	*ret_ok = node->e.type == type && node->n_extents > 0;
	return *ret_ok ? keep_runs(r, node, ret_runs, ret_n) : ISOKIT_OK;
}

static enum isokit_status metadata(struct udf_reader *r, struct udf_part *p,
				   const struct ondisk_udf_map *m, struct udf_node *node)
{
	uint64_t at = r->v->parts[p->base].at;
	uint32_t unit = r->v->block_bytes;
	bool main_ok = false, mirror_ok = false;
	enum isokit_status st;

	st = metadata_file(r, p->base, m->main, ONDISK_UDF_TYPE_METADATA, node, &p->runs,
			   &p->n_runs, &main_ok);
	if (!st)
		st = metadata_file(r, p->base, m->mirror, ONDISK_UDF_TYPE_MIRROR, node,
				   &p->mirror, &p->n_mirror, &mirror_ok);
	if (st)
		return st;
	if (!main_ok)
		model_find(r->img, ISOKIT_F_UDF_METADATA_FILE, at + (uint64_t)m->main * unit, unit,
			   "main", m->main, 0);
	if (!mirror_ok)
		model_find(r->img, ISOKIT_F_UDF_METADATA_FILE, at + (uint64_t)m->mirror * unit,
			   unit, "mirror", m->mirror, 0);
	if (!main_ok && mirror_ok) {
		p->runs = p->mirror;
		p->n_runs = p->n_mirror;
	}
	if (!mirror_ok || !main_ok)
		p->mirror = NULL;
	p->duplicated = m->duplicated;
	p->kind = main_ok || mirror_ok ? ONDISK_UDF_MAP_METADATA : ONDISK_UDF_MAP_UNKNOWN;
	return ISOKIT_OK;
}

/* The first byte of the two files that differs, or ISOKIT_NO_OFFSET; *ret_at is where the
 * mirror has it. */
static enum isokit_status first_difference(struct isokit_image *img, const struct udf_part *p,
					   uint8_t *a, uint8_t *b, uint64_t *ret_position,
					   uint64_t *ret_at, struct isokit_error *err)
{
	uint64_t position = 0;

	*ret_position = ISOKIT_NO_OFFSET;
	while (position < MAX_COMPARED) {
		const struct udf_run *x = model_udf_run_at(p->runs, p->n_runs, position);
		const struct udf_run *y = model_udf_run_at(p->mirror, p->n_mirror, position);
		uint64_t n, xat, yat;
		enum isokit_status st;

		if (!x || !y)
			break;
		n = min_u64(x->from + x->bytes - position, y->from + y->bytes - position);
		n = min_u64(n, COMPARED_BYTES);
		xat = x->at + (position - x->from);
		yat = y->at + (position - y->from);
		if (x->at == ISOKIT_NO_OFFSET || y->at == ISOKIT_NO_OFFSET ||
		    !range_inside(xat, n, img->facts.size) || !range_inside(yat, n, img->facts.size))
			break;
		if (xat != yat) {
			st = model_read(img, xat, a, (size_t)n, err);
			if (!st)
				st = model_read(img, yat, b, (size_t)n, err);
			if (st)
				return st;
			for (size_t i = 0; i < n; i++) {
				if (a[i] == b[i])
					continue;
				*ret_position = position + i;
				*ret_at = yat + i;
				return ISOKIT_OK;
			}
		}
		position += n;
	}
	return ISOKIT_OK;
}

enum isokit_status model_udf_compare_mirrors(struct isokit_image *img, struct isokit_error *err)
{
	const struct udf_volume *v = img->udf;
	enum isokit_status st = ISOKIT_OK;
	uint8_t *buffer = NULL;

	for (unsigned i = 0; !st && i < v->n_parts; i++) {
		const struct udf_part *p = &v->parts[i];
		uint64_t position, at = 0;

		if (p->kind != ONDISK_UDF_MAP_METADATA || !p->duplicated || !p->mirror)
			continue;
		if (!buffer)
			buffer = malloc(2 * COMPARED_BYTES);
		if (!buffer)
			return isokit_fail_nomem(err, img->facts.path, 2 * COMPARED_BYTES);
		st = first_difference(img, p, buffer, buffer + COMPARED_BYTES, &position, &at, err);
		if (!st && position != ISOKIT_NO_OFFSET)
			model_find(img, ISOKIT_F_UDF_METADATA_DIFFERS, at, 1, NULL, position, 0);
	}
	free(buffer);
	return st;
}

/* ---- the virtual allocation table -------------------------------------------------------- */

static void take_vat_facts(struct isokit_image *img, struct udf_volume *v,
			   const struct ondisk_udf_vat *vat)
{
	struct isokit_udf *f = &img->facts.udf;
	char id[128 * 2 + 4];
	size_t n;

	if (!vat->has_counts)
		return;
	f->has_counts = v->virtual_counts = true;
	f->files = vat->files;
	f->directories = vat->directories;
	f->min_read = vat->min_read;
	f->min_write = vat->min_write;
	f->max_write = vat->max_write;
	n = ondisk_udf_dstring(vat->id, 128, id);
	if (n) {
		const char *label = arena_strndup(&img->arena, id, n);

		if (label)
			f->logical_id = label;
	}
}

/* Is this file the table? */
static enum isokit_status try_vat(struct udf_reader *r, struct udf_volume *v, struct udf_part *p,
				  const struct udf_node *node, bool *ret_ok)
{
	uint8_t head[152], tail[ONDISK_UDF_VAT_TAIL];
	struct ondisk_udf_vat vat = { 0 };
	uint64_t bytes = node->e.bytes;
	size_t got = 0;
	enum isokit_status st = ISOKIT_OK;

	*ret_ok = false;
	if (node->n_extents == 0 || (node->e.type != ONDISK_UDF_TYPE_VAT &&
				     node->e.type != ONDISK_UDF_TYPE_UNSPECIFIED))
		return ISOKIT_OK;
	if (node->e.type == ONDISK_UDF_TYPE_VAT) {
		st = model_udf_read(r, node->extents, node->n_extents, 0, head, sizeof(head), &got);
		*ret_ok = !st && ondisk_udf_vat_decode(head, got, &vat);
	} else if (bytes >= sizeof(tail)) {
		st = model_udf_read(r, node->extents, node->n_extents, bytes - sizeof(tail), tail,
				    sizeof(tail), &got);
		*ret_ok = !st && got == sizeof(tail) && ondisk_udf_vat150_decode(tail, &vat);
	}
	if (st || !*ret_ok)
		return st;
	if (bytes < (uint64_t)vat.head_bytes + vat.tail_bytes) {
		*ret_ok = false;
		return ISOKIT_OK;
	}
	p->table_at = vat.head_bytes;
	p->n_entries = (bytes - vat.head_bytes - vat.tail_bytes) / 4;
	p->kind = ONDISK_UDF_MAP_VIRTUAL;
	take_vat_facts(r->img, v, &vat);
	return keep_runs(r, node, &p->runs, &p->n_runs);
}

/* The last table between two blocks of the image, from the back. */
static enum isokit_status search_table(struct udf_reader *r, struct udf_volume *v,
				       struct udf_part *p, struct udf_node *node, uint64_t from,
				       uint64_t end, bool *ret_ok)
{
	uint64_t first = v->parts[p->base].at / v->block_bytes;

	*ret_ok = false;
	from = max_u64(from, first);
	for (uint64_t block = end; block > from && !*ret_ok;) {
		struct ondisk_udf_long icb = { .bytes = v->block_bytes,
					       .at = { .ref = (uint16_t)p->base } };
		const char *why;
		bool ok = false;
		enum isokit_status st;

		block--;
		if (block - first > UINT32_MAX)
			continue;
		icb.at.block = (uint32_t)(block - first);
		st = model_udf_node_read(r, icb, node, &ok, &why);
		if (!st && ok)
			st = try_vat(r, v, p, node, ret_ok);
		if (st)
			return st;
	}
	return ISOKIT_OK;
}

/* Such media are written from the front, so in an image that is longer than what was
 * recorded one border parts written blocks from empty ones. */
static enum isokit_status recorded_end(struct udf_reader *r, uint64_t first, uint64_t *ret_end)
{
	enum { STEP_BYTES = 128 * 1024 };
	uint64_t step = STEP_BYTES / r->v->block_bytes;
	uint64_t low = first, high = r->img->facts.size / r->v->block_bytes;
	uint8_t *raw = malloc(STEP_BYTES);
	enum isokit_status st = raw ? ISOKIT_OK :
				isokit_fail_nomem(r->err, r->img->facts.path, STEP_BYTES);

	while (!st && high - low > step) {
		uint64_t middle = low + (high - low) / 2;
		size_t n = (size_t)min_u64(STEP_BYTES, (high - middle) * r->v->block_bytes);

		st = model_read(r->img, middle * r->v->block_bytes, raw, n, r->err);
		if (!st && raw[0] == 0 && memcmp(raw, raw + 1, n - 1) == 0)
			high = middle;
		else
			low = middle;
	}
	free(raw);
	*ret_end = high;
	return st;
}

/* The entry of the table is the last block that was written (UDF 2.2.11); behind it only
 * run-out blocks follow, or in an image the empty rest of the disc, or another session. */
static enum isokit_status virtual_table(struct udf_reader *r, struct udf_volume *v,
					struct udf_part *p, struct udf_node *node)
{
	uint64_t end = r->img->facts.size / v->block_bytes, last = end;
	uint64_t first = v->parts[p->base].at / v->block_bytes;
	bool ok = false;
	enum isokit_status st;

	if (first >= end)
		return ISOKIT_OK;
	st = search_table(r, v, p, node, end - min_u64(end, VAT_SEARCH_BLOCKS), end, &ok);
	if (!st && !ok)
		st = recorded_end(r, first, &last);
	if (!st && !ok)
		st = search_table(r, v, p, node, last - min_u64(last, VAT_SEARCH_BLOCKS), last, &ok);
	if (!st && !ok)
		st = search_table(r, v, p, node, first, min_u64(end, first + VAT_EARLY_BLOCKS), &ok);
	if (!st && !ok)
		model_find(r->img, ISOKIT_F_UDF_VAT_MISSING, r->img->facts.size, 0, NULL, end, 0);
	return st;
}

/* ---- all of them ---------------------------------------------------------------------------- */

static enum isokit_status file_partition(struct udf_reader *r, struct udf_volume *v, unsigned i,
					 const struct ondisk_udf_map *maps, struct udf_node *node)
{
	struct udf_part *p = &v->parts[i];
	unsigned base = 0;

	while (base < v->n_parts && (maps[base].partition != maps[i].partition ||
				     (maps[base].kind != ONDISK_UDF_MAP_PLAIN &&
				      maps[base].kind != ONDISK_UDF_MAP_SPARABLE)))
		base++;
	if (base == v->n_parts) {
		model_find(r->img, ISOKIT_F_UDF_PARTITION_MAP, ISOKIT_NO_OFFSET, 0, NULL, i,
			   maps[i].partition);
		return ISOKIT_OK;
	}
	p->base = base;
	if (v->parts[base].kind == ONDISK_UDF_MAP_UNKNOWN)
		return ISOKIT_OK; /* its partition is not there: said already */
	return maps[i].kind == ONDISK_UDF_MAP_METADATA ? metadata(r, p, &maps[i], node) :
							  virtual_table(r, v, p, node);
}

enum isokit_status model_udf_parts(struct udf_volume *v, struct isokit_image *img,
				   const struct ondisk_udf_map *maps, struct isokit_error *err)
{
	struct udf_node *node = calloc(1, sizeof(*node));
	struct udf_reader r = { 0 };
	enum isokit_status st;

	if (!node)
		return isokit_fail_nomem(err, img->facts.path, sizeof(*node));
	st = model_udf_reader_init(&r, img, v, err);
	for (unsigned i = 0; !st && i < v->n_parts; i++)
		if (v->parts[i].kind == ONDISK_UDF_MAP_SPARABLE)
			st = sparable(&r, &v->parts[i], &maps[i]);
	for (unsigned i = 0; !st && i < v->n_parts; i++)
		if (maps[i].kind == ONDISK_UDF_MAP_METADATA ||
		    maps[i].kind == ONDISK_UDF_MAP_VIRTUAL)
			st = file_partition(&r, v, i, maps, node);
	model_udf_node_free(node);
	free(node);
	model_udf_reader_free(&r);
	return st;
}
