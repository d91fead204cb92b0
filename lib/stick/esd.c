/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A solid resource is a row of contents compressed together, in chunks of 64 MiB as a rule: its
 * entry of the table has a magic number as its size, those of its contents have places in what it
 * expands to. Several such resources one after the other in the table count as one row. Each chunk
 * is expanded once, and cut into contents. */
#include "stick/esd.h"

#include <isokit/source.h>

#include <stdlib.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "base/scan.h"
#include "stick/libwim.h"
#include "stick/wimnew.h"
#include "stick/wimtable.h"

enum {
	MAX_CHUNK = 128 << 20, /* wimlib and Microsoft make them of 64 MiB and less */
	MIN_CHUNK = 4096,
	PLAIN_CHUNK = 1 << 20, /* of what is not compressed */
	MAX_CHUNKS = 4 << 20,
	SOLID_HEAD_BYTES = 16,
	SHA1_BYTES = 20,
};

#define SOLID_MAGIC (UINT64_C(1) << 32)

/* A resource, in chunks. */
struct stream {
	enum libwim_kind kind;
	size_t chunk;      /* bytes that each but the last one expands to */
	uint64_t original;
	uint64_t at;       /* of the first chunk */
	uint64_t *ends;    /* of each, from `at` on; owned */
	size_t n;
};

/* Something in it. */
struct content {
	uint64_t at; /* of what the stream expands to */
	struct wimnew_content is;
};

struct expand {
	const struct stick_options *o;
	struct isokit_error *err;
	struct wim_table t;
	struct libwim *lib;
	struct wimnew *new;
	uint8_t *in, *out; /* a chunk */
	size_t in_room, out_room;
};

static enum isokit_status damaged(struct expand *e, const char *what)
{
	return isokit_fail(e->err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, e->t.name,
			   "is damaged: %s", what);
}

/* ---- what goes in -------------------------------------------------------------------------------- */

static bool grow(uint8_t **memory, size_t *room, size_t n)
{
	if (n <= *room)
		return true;
	free(*memory);
	*memory = malloc(n);
	*room = *memory ? n : 0;
	return *memory;
}

/* The table of chunks is `width` bytes for each of `listed`; sizes, or where they begin. */
static enum isokit_status read_ends(struct expand *e, struct stream *s, uint64_t at, size_t width,
				    bool sizes, uint64_t end)
{
	size_t listed = sizes ? s->n : s->n - 1;
	uint8_t *table = malloc(listed * width + 1);
	uint64_t sum = 0;
	enum isokit_status st;

	s->ends = calloc(s->n + 1, sizeof(*s->ends));
	if (!table || !s->ends) {
		free(table);
		return isokit_fail_nomem(e->err, e->t.name, s->n * sizeof(*s->ends));
	}
	s->at = at + listed * width;
	if (at > end || listed * width > end - at) {
		free(table);
		return damaged(e, "a table of chunks is cut off");
	}
	st = isokit_source_read_at(e->t.src, at, table, listed * width, e->err);
	for (size_t i = 0; i < listed && !st; i++) {
		uint64_t number = width == 8 ? get_le64(table + i * 8) : get_le32(table + i * 4);

		if (!sizes)
			s->ends[i] = number;
		else if (!add_u64(sum, number, &sum))
			st = damaged(e, "a table of chunks says what cannot be");
		else
			s->ends[i] = sum;
	}
	if (!sizes)
		s->ends[s->n - 1] = end - s->at;
	for (size_t i = 0; i < s->n && !st; i++)
		if (s->ends[i] > end - s->at || (i && s->ends[i] < s->ends[i - 1]))
			st = damaged(e, "a table of chunks says what cannot be");
	free(table);
	return st;
}

static enum isokit_status count_chunks(struct expand *e, struct stream *s)
{
	uint64_t n;

	if (s->chunk > MAX_CHUNK)
		return wim_table_refuse(&e->t, "its chunks are of more than 128 MiB, which takes too "
					       "much memory", e->err);
	if (s->kind > LIBWIM_LZMS || s->chunk < MIN_CHUNK || s->original == 0)
		return damaged(e, "a resource is of an unknown kind");
	n = s->original / s->chunk + (s->original % s->chunk != 0);
	if (n > MAX_CHUNKS)
		return damaged(e, "a resource is impossibly large");
	s->n = (size_t)n;
	return ISOKIT_OK;
}

/* A resource of its own. */
static enum isokit_status open_plain(struct expand *e, const struct wim_resource *r,
				     struct stream *s)
{
	uint32_t flags = get_le32(e->t.head + WIM_FLAGS_AT);
	enum isokit_status st;

	*s = (struct stream){ .original = r->original, .at = r->offset };
	if (r->flags & WIM_RESOURCE_COMPRESSED) {
		s->kind = flags & WIM_LZX ? LIBWIM_LZX : flags & WIM_LZMS ? LIBWIM_LZMS :
			  flags & (WIM_XPRESS | WIM_XPRESS2) ? LIBWIM_XPRESS : LIBWIM_LZMS + 1;
		s->chunk = get_le32(e->t.head + WIM_CHUNK_AT);
		st = count_chunks(e, s);
		return st ? st : read_ends(e, s, r->offset,
					   r->original >= UINT64_C(1) << 32 ? 8 : 4, false,
					   r->offset + r->bytes);
	}
	s->chunk = PLAIN_CHUNK;
	st = r->bytes == r->original ? count_chunks(e, s) : damaged(e, "sizes that do not agree");
	if (st)
		return st;
	s->ends = calloc(s->n, sizeof(*s->ends));
	if (!s->ends)
		return isokit_fail_nomem(e->err, e->t.name, s->n * sizeof(*s->ends));
	for (size_t i = 0; i < s->n; i++)
		s->ends[i] = min_u64((uint64_t)(i + 1) * s->chunk, s->original);
	return ISOKIT_OK;
}

/* One that holds several contents. */
static enum isokit_status open_solid(struct expand *e, const struct wim_resource *r,
				     struct stream *s)
{
	uint8_t head[SOLID_HEAD_BYTES];
	enum isokit_status st;

	if (r->bytes < sizeof(head))
		return damaged(e, "a resource is cut off");
	st = isokit_source_read_at(e->t.src, r->offset, head, sizeof(head), e->err);
	if (st)
		return st;
	*s = (struct stream){ .original = get_le64(head), .chunk = get_le32(head + 8),
			      .kind = get_le32(head + 12) };
	st = count_chunks(e, s);
	return st ? st : read_ends(e, s, r->offset + sizeof(head), 4, true, r->offset + r->bytes);
}

/* Chunk i into e->out. */
static enum isokit_status read_chunk(struct expand *e, const struct stream *s, size_t i,
				     size_t n)
{
	uint64_t from = i ? s->ends[i - 1] : 0, bytes = s->ends[i] - from;
	enum isokit_status st;

	if (bytes > n || bytes == 0)
		return damaged(e, "a chunk is larger than what it expands to");
	if (!grow(&e->out, &e->out_room, n) || !grow(&e->in, &e->in_room, (size_t)bytes))
		return isokit_fail_nomem(e->err, e->t.name, n);
	st = isokit_source_read_at(e->t.src, s->at + from, bytes == n ? e->out : e->in,
				   (size_t)bytes, e->err);
	if (!st && bytes < n &&
	    !libwim_expand(e->lib, s->kind, s->chunk, e->in, (size_t)bytes, e->out, n))
		st = damaged(e, "a chunk cannot be expanded");
	return st;
}

/* The contents, ascending, that lie in this. */
static enum isokit_status expand_stream(struct expand *e, const struct stream *s,
					const struct content *c, size_t n)
{
	enum isokit_status st = ISOKIT_OK;
	size_t at = 0;

	for (size_t i = 0; i < s->n && at < n && !st; i++) {
		uint64_t from = (uint64_t)i * s->chunk;
		uint64_t to = min_u64(from + s->chunk, s->original);

		if (c[at].at >= to)
			continue;
		st = read_chunk(e, s, i, (size_t)(to - from));
		while (!st && at < n && c[at].at < to) {
			uint64_t begin = max_u64(c[at].at, from);
			uint64_t end = min_u64(c[at].at + c[at].is.bytes, to);
			bool last = c[at].at + c[at].is.bytes <= to;

			st = wimnew_feed(e->new, &c[at].is, e->out + (begin - from), (size_t)(end - begin),
					 last);
			if (!last)
				break;
			at++;
		}
		if (!st)
			st = wimnew_flush(e->new);
	}
	return st;
}

/* ---- the entries --------------------------------------------------------------------------------- */

/* Entries that are nobody's are left out, as wimlib does. */
static bool counts(const struct expand *e, size_t i)
{
	const uint8_t *entry = e->t.entries + i * WIM_ENTRY_BYTES;
	const struct wim_resource r = wim_resource_decode(entry);

	if (r.flags & WIM_RESOURCE_FREE || get_le16(entry + WIM_ENTRY_PART_AT) != 1 ||
	    all_zero(entry + WIM_ENTRY_SHA1_AT, SHA1_BYTES))
		return false;
	if (r.flags & WIM_RESOURCE_METADATA && get_le32(entry + WIM_ENTRY_COUNT_AT) == 0)
		return false;
	return r.flags & WIM_RESOURCE_SOLID ? r.original != SOLID_MAGIC && r.bytes : r.original;
}

static enum isokit_status expand_plain(struct expand *e, size_t i)
{
	const struct wim_resource r = wim_table_resource(&e->t, i);
	const struct content c = { 0, { r.original, e->t.entries + i * WIM_ENTRY_BYTES } };
	struct stream s = { 0 };
	enum isokit_status st = wim_table_inside(&e->t, &r) ? open_plain(e, &r, &s) :
							     damaged(e, "a resource is cut off");

	if (!st)
		st = expand_stream(e, &s, &c, 1);
	free(s.ends);
	return st;
}

static int by_place(const void *a, const void *b)
{
	const struct content *x = a, *y = b;

	return x->at < y->at ? -1 : x->at > y->at;
}

/* The contents of a row of entries; its resources lie one behind the other in their places. */
static enum isokit_status expand_row(struct expand *e, size_t first, size_t end)
{
	struct content *c = calloc(end - first, sizeof(*c));
	enum isokit_status st = c ? ISOKIT_OK : isokit_fail_nomem(e->err, e->t.name, sizeof(*c));
	uint64_t base = 0, reached = 0;
	size_t n = 0, at = 0;

	for (size_t i = first; i < end && !st; i++) {
		const struct wim_resource r = wim_table_resource(&e->t, i);

		if (counts(e, i) && r.flags & WIM_RESOURCE_METADATA)
			st = wim_table_refuse(&e->t, "metadata of an image are compressed with files",
					      e->err);
		else if (counts(e, i))
			c[n++] = (struct content){
				r.offset, { r.bytes, e->t.entries + i * WIM_ENTRY_BYTES },
			};
	}
	if (!st)
		qsort(c, n, sizeof(*c), by_place);
	for (size_t i = first; i < end && !st; i++) {
		const struct wim_resource r = wim_table_resource(&e->t, i);
		struct stream s = { 0 };
		size_t upto = at;

		if (r.original != SOLID_MAGIC)
			continue;
		st = wim_table_inside(&e->t, &r) ? open_solid(e, &r, &s) :
						   damaged(e, "a resource is cut off");
		for (reached = 0; !st && upto < n && c[upto].at - base < s.original; upto++) {
			c[upto].at -= base;
			if (c[upto].at < reached ||
			    !range_inside(c[upto].at, c[upto].is.bytes, s.original))
				st = damaged(e, "contents lie over each other");
			else
				reached = c[upto].at + c[upto].is.bytes;
		}
		if (!st)
			st = expand_stream(e, &s, c + at, upto - at);
		at = upto;
		if (!st && !add_u64(base, s.original, &base))
			st = damaged(e, "a resource is impossibly large");
		free(s.ends);
	}
	if (!st && at < n)
		st = damaged(e, "a content lies nowhere");
	free(c);
	return st;
}

static enum isokit_status expand_entries(struct expand *e)
{
	enum isokit_status st = ISOKIT_OK;

	/* Metadata first: they belong into the first part. */
	for (int metadata = 1; metadata >= 0; metadata--)
		for (size_t i = 0; i < e->t.n && !st; i++) {
			const struct wim_resource r = wim_table_resource(&e->t, i);

			if (!(r.flags & WIM_RESOURCE_SOLID) && counts(e, i) &&
			    metadata == !!(r.flags & WIM_RESOURCE_METADATA))
				st = expand_plain(e, i);
		}
	for (size_t i = 0, end; i < e->t.n && !st; i = end) {
		bool solid = wim_table_resource(&e->t, i).flags & WIM_RESOURCE_SOLID;

		for (end = i + 1; solid && end < e->t.n &&
		     wim_table_resource(&e->t, end).flags & WIM_RESOURCE_SOLID;)
			end++;
		if (solid)
			st = expand_row(e, i, end);
	}
	return st;
}

/* ---- all of it ------------------------------------------------------------------------------------ */

static enum isokit_status prepare(struct expand *e)
{
	uint64_t total = 0;

	if (!e->o->scratch_folder)
		return wim_table_refuse(&e->t, "there is no folder for what it expands to", e->err);
	if (libwim_load(&e->lib, NULL) != ISOKIT_OK)
		return wim_table_refuse(&e->t, "it is compressed as a whole, as install.esd is, and "
					       "only libwim could expand it (Debian: libwim15)",
					e->err);
	for (size_t i = 0; i < e->t.n; i++) {
		const struct wim_resource r = wim_table_resource(&e->t, i);

		if (counts(e, i) && !add_u64(total, r.flags & WIM_RESOURCE_SOLID ? r.bytes :
										   r.original,
					     &total))
			return damaged(e, "it is impossibly large");
	}
	return wimnew_start(&e->t, e->lib, e->o, total, &e->new, e->err);
}

enum isokit_status esd_expand(struct isokit_source *esd, const char *name,
			      const struct stick_options *o, struct isokit_source **ret,
			      struct isokit_error *err)
{
	struct expand e = { .o = o, .err = err };
	enum isokit_status st = wim_table_read(esd, name, &e.t, err);

	if (!st)
		st = prepare(&e);
	if (!st)
		st = expand_entries(&e);
	if (!st)
		st = wimnew_finish(e.new, ret);
	wimnew_free(e.new);
	libwim_free(e.lib);
	wim_table_free(&e.t);
	free(e.in);
	free(e.out);
	return st;
}

enum isokit_status esd_is_one(struct isokit_source *wim, const char *name, bool *ret,
			      struct isokit_error *err)
{
	struct wim_table t;
	enum isokit_status st = wim_table_read(wim, name, &t, err);

	*ret = t.solid;
	wim_table_free(&t);
	return st;
}
