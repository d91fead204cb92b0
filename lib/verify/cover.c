/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a scheme covers and what it leaves out, in ranges with words. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/checked.h"
#include "verify/impl.h"

static const char padding[] = "padding behind files";
static const char inside_volume[] = "other parts of the volume";
static const char no_files[] = "directories, tables and unused blocks";
static const char files[] = "files that it does not list";

bool ranges_add(struct ranges *r, uint64_t offset, uint64_t bytes, const char *what)
{
	if (!bytes)
		return true;
	if (r->n && r->items[r->n - 1].offset + r->items[r->n - 1].bytes == offset &&
	    r->items[r->n - 1].what == what) {
		r->items[r->n - 1].bytes += bytes;
		return true;
	}
	if (!ARRAY_RESERVE(r->items, r->capacity, r->n + 1))
		return false;
	r->items[r->n++] = (struct isokit_verify_range){ offset, bytes, what };
	return true;
}

static int by_offset(const void *a, const void *b)
{
	const struct isokit_verify_range *x = a, *y = b;

	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

void ranges_merge(struct ranges *r)
{
	size_t kept = 0;

	if (r->n)
		qsort(r->items, r->n, sizeof(*r->items), by_offset);
	for (size_t i = 0; i < r->n; i++) {
		struct isokit_verify_range *last = kept ? &r->items[kept - 1] : NULL;

		if (last && r->items[i].offset <= last->offset + last->bytes)
			last->bytes = max_u64(last->bytes, r->items[i].offset +
							   r->items[i].bytes - last->offset);
		else
			r->items[kept++] = r->items[i];
	}
	r->n = kept;
}

/* ---- what lies where, by the structures -------------------------------------------- */

static uint64_t volume_end(const struct isokit_facts *f)
{
	const struct isokit_volume *p = f->primary;

	if (!p)
		return 0;
	return (uint64_t)p->blocks * (p->block_size == 512 || p->block_size == 1024 ?
					      p->block_size : BLOCK_BYTES);
}

/* Partitions of which something lies behind the volume: no checksum that goes by
 * the volume knows of them. */
static bool label_partition(struct verify *v, struct ranges *labels, const char *table,
			    unsigned index, const char *name, uint64_t from, uint64_t bytes)
{
	uint64_t end = volume_end(v->facts), to;
	char text[128];
	const char *what;

	if (!add_u64(from, bytes, &to) || to <= end)
		return true;
	if (from < end) {
		from = end;
		bytes = to - end;
	}
	(void)snprintf(text, sizeof(text), "%s partition %u%s%s%s behind the volume", table,
		       index, name && *name ? " (" : "", name ? name : "",
		       name && *name ? ")" : "");
	what = arena_strndup(&v->arena, text, strlen(text));
	return what && ranges_add(labels, from, bytes, what);
}

static bool is_efi_type(const char *guid)
{
	return strcmp(guid, "C12A7328-F81F-11D2-BA4B-00A0C93EC93B") == 0;
}

/* The first of several that claim a byte names it. */
static bool label_structures(struct verify *v, struct ranges *labels)
{
	const struct isokit_facts *f = v->facts;
	const struct isokit_gpt_header *backup = &f->gpt.backup;
	uint64_t unit = f->gpt.block_size ? f->gpt.block_size : 512, last = 0;
	bool ok = true;

	ok = ranges_add(labels, 0, 16 * BLOCK_BYTES, "system area (boot code, partition tables)");
	for (size_t i = 0; i < f->n_descriptors; i++)
		last = max_u64(last, (f->descriptors[i].lba + 1) * BLOCK_BYTES);
	if (last > 16 * BLOCK_BYTES)
		ok = ok && ranges_add(labels, 16 * BLOCK_BYTES, last - 16 * BLOCK_BYTES,
				      "volume descriptors");
	if (backup->present) {
		uint64_t array = backup->entries_lba, bytes;

		ok = ok && ranges_add(labels, backup->lba * unit, unit, "backup GPT");
		if (mul_u64(backup->n_entries, backup->entry_bytes, &bytes) &&
		    array < backup->lba && bytes <= (backup->lba - array) * unit)
			ok = ok && ranges_add(labels, array * unit, (backup->lba - array) * unit,
					      "backup GPT");
	}
	for (size_t i = 0; i < f->gpt.n_partitions && ok; i++) {
		const struct isokit_gpt_partition *p = &f->gpt.partitions[i];
		uint64_t from, bytes;

		if (p->last_lba >= p->first_lba && mul_u64(p->first_lba, unit, &from) &&
		    mul_u64(p->last_lba - p->first_lba + 1, unit, &bytes))
			ok = label_partition(v, labels, "GPT", p->index,
					     is_efi_type(p->type_guid) ? "EFI system" : NULL,
					     from, bytes);
	}
	for (size_t i = 0; i < f->mbr.n_partitions && ok; i++) {
		const struct isokit_mbr_partition *p = &f->mbr.partitions[i];

		if (p->type != 0xee && p->type != 0)
			ok = label_partition(v, labels, "MBR", p->index,
					     p->type == 0xef ? "EFI system" : NULL,
					     (uint64_t)p->start_lba * 512,
					     (uint64_t)p->sectors * 512);
	}
	return ok;
}

/* ---- the complement ------------------------------------------------------------------- */

/* The label at a byte, and how far it goes at most. */
static const char *label_at(const struct ranges *labels, uint64_t at, uint64_t *limit)
{
	const char *found = NULL;

	for (size_t i = 0; i < labels->n; i++) {
		const struct isokit_verify_range *l = &labels->items[i];

		if (at >= l->offset && at - l->offset < l->bytes) {
			*limit = min_u64(*limit, l->bytes - (at - l->offset));
			return l->what;
		}
		/* One that begins later ends what we say here. */
		if (l->offset > at)
			*limit = min_u64(*limit, l->offset - at);
	}
	return found;
}

/* Files that are not listed: merged and ascending, searched by halves. */
static const char *file_at(const struct ranges *r, uint64_t at, uint64_t *limit)
{
	size_t low = 0, high = r->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (r->items[middle].offset + r->items[middle].bytes <= at)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == r->n)
		return NULL;
	if (r->items[low].offset > at) {
		*limit = min_u64(*limit, r->items[low].offset - at);
		return NULL;
	}
	*limit = min_u64(*limit, r->items[low].offset + r->items[low].bytes - at);
	return files;
}

struct context {
	struct verify *v;
	const struct ranges *own, *structures, *unlisted;
	bool has_files;
	uint64_t volume_end;
};

/* One gap between covered ranges, cut where other things begin. */
static bool add_gap(const struct context *c, struct ranges *out, uint64_t from, uint64_t to,
		    bool behind_covered)
{
	uint64_t at = from;

	while (at < to) {
		uint64_t limit = to - at;
		const char *what = c->own ? label_at(c->own, at, &limit) : NULL;

		if (!what)
			what = label_at(c->structures, at, &limit);
		if (!what && c->unlisted)
			what = file_at(c->unlisted, at, &limit);
		if (!what && at >= c->volume_end) {
			what = c->volume_end ? "behind the volume" : "not covered";
		} else if (!what) {
			limit = min_u64(limit, c->volume_end - at);
			what = c->has_files ? no_files : inside_volume;
			if (behind_covered && at == from && at % BLOCK_BYTES) {
				limit = min_u64(limit, BLOCK_BYTES - at % BLOCK_BYTES);
				what = padding;
			}
		}
		if (!ranges_add(out, at, limit, what))
			return false;
		at += limit;
	}
	return true;
}

static bool complement(const struct context *c, const struct ranges *covered,
		       struct ranges *ret)
{
	uint64_t at = 0;

	for (size_t i = 0; i < covered->n; i++) {
		const struct isokit_verify_range *r = &covered->items[i];

		if (r->offset > at && !add_gap(c, ret, at, r->offset, i > 0))
			return false;
		at = max_u64(at, r->offset + r->bytes);
	}
	return at >= c->v->size || add_gap(c, ret, at, c->v->size, covered->n > 0);
}

static enum isokit_status keep(struct verify *v, const struct ranges *r,
			       const struct isokit_verify_range **ret, size_t *ret_n)
{
	*ret = arena_memdup(&v->arena, r->items, r->n * sizeof(*r->items));
	*ret_n = r->n;
	return r->n && !*ret ? verify_nomem(v) : ISOKIT_OK;
}

enum isokit_status verify_cover(struct verify *v, struct isokit_verification *ret)
{
	struct ranges structures = { 0 }, all = { 0 }, rest = { 0 };
	struct context c = { .v = v, .structures = &structures,
			     .volume_end = min_u64(volume_end(v->facts), v->size) };
	enum isokit_status st = ISOKIT_OK;

	if (!label_structures(v, &structures))
		st = verify_nomem(v);
	for (size_t i = 0; i < v->n_schemes && !st; i++) {
		struct scheme *s = v->schemes[i];
		struct ranges out = { 0 };

		ranges_merge(&s->covered);
		ranges_merge(&s->unlisted);
		for (size_t k = 0; k < s->covered.n; k++) {
			s->covered.items[k].what = NULL;
			s->pub.covered_bytes += s->covered.items[k].bytes;
			if (!ranges_add(&all, s->covered.items[k].offset,
					s->covered.items[k].bytes, NULL))
				st = verify_nomem(v);
		}
		c.own = &s->labels;
		c.has_files = s->pub.has_files;
		c.unlisted = &s->unlisted;
		if (!st && !complement(&c, &s->covered, &out))
			st = verify_nomem(v);
		if (!st)
			st = keep(v, &s->covered, &s->pub.covered, &s->pub.n_covered);
		if (!st)
			st = keep(v, &out, &s->pub.not_covered, &s->pub.n_not_covered);
		free(out.items);
	}
	ranges_merge(&all);
	c.own = NULL;
	c.unlisted = NULL;
	c.has_files = false;
	if (!st && !complement(&c, &all, &rest))
		st = verify_nomem(v);
	if (!st)
		st = keep(v, &rest, &ret->not_covered, &ret->n_not_covered);
	free(all.items);
	free(rest.items);
	free(structures.items);
	return st;
}
