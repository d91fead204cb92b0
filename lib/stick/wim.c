/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A part has a header and a table of its own, and ranges of the whole between them. */
#include "stick/wim.h"

#include <isokit/source.h>

#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "stick/wimtable.h"

enum { MAX_PARTS = 999 };

/* Bytes of a part that are those of the whole from an offset on. */
struct run {
	uint64_t at, bytes, offset;
};

struct part {
	struct isokit_source *wim;
	uint8_t head[WIM_HEADER_BYTES];
	struct run *runs;
	size_t n_runs;
	uint8_t *table;
	uint64_t table_at, table_bytes;
	uint64_t xml_at, xml_offset, xml_bytes;
};

struct split {
	struct composer *c;
	const char *name;
	struct isokit_error *err;
	struct wim_table t;
	size_t n;         /* entries … */
	uint32_t *order;  /* … that count: metadata first, then as they lie */
	uint64_t most;
};

static enum isokit_status refuse(struct split *s, const char *why)
{
	return wim_table_refuse(&s->t, why, s->err);
}

/* ---- the whole ------------------------------------------------------------------------------ */

/* Metadata stay in their order, which is that of the images. */
static int by_place(const void *a, const void *b, void *ctx)
{
	const struct split *s = ctx;
	uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
	const struct wim_resource x = wim_table_resource(&s->t, i), y = wim_table_resource(&s->t, j);
	bool mx = x.flags & WIM_RESOURCE_METADATA, my = y.flags & WIM_RESOURCE_METADATA;

	if (mx != my)
		return mx ? -1 : 1;
	if (mx || x.offset == y.offset)
		return i < j ? -1 : i > j;
	return x.offset < y.offset ? -1 : 1;
}

static enum isokit_status order_entries(struct split *s)
{
	s->order = calloc(s->t.n + 1, sizeof(*s->order));
	if (!s->order)
		return isokit_fail_nomem(s->err, s->name, s->t.n * sizeof(*s->order));
	if (s->t.solid)
		return refuse(s, "it is compressed as a whole (as install.esd is)");
	for (size_t i = 0; i < s->t.n; i++) {
		const struct wim_resource r = wim_table_resource(&s->t, i);

		if (r.flags & WIM_RESOURCE_FREE)
			continue;
		if (!wim_table_inside(&s->t, &r))
			return refuse(s, "its table says what cannot be");
		s->order[s->n++] = (uint32_t)i;
	}
	qsort_r(s->order, s->n, sizeof(*s->order), by_place, s);
	return ISOKIT_OK;
}

/* ---- a part --------------------------------------------------------------------------------- */

static size_t run_at(const struct part *p, uint64_t offset)
{
	size_t lo = 0, hi = p->n_runs;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (p->runs[mid].at + p->runs[mid].bytes <= offset)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static enum isokit_status read_part(void *self, uint64_t offset, void *buffer, size_t length,
				    struct isokit_error *err)
{
	const struct part *p = self;
	uint8_t *out = buffer;

	while (length > 0) {
		enum isokit_status st = ISOKIT_OK;
		size_t n;

		if (offset < WIM_HEADER_BYTES) {
			n = (size_t)min_u64(length, WIM_HEADER_BYTES - offset);
			memcpy(out, p->head + offset, n);
		} else if (offset < p->table_at) {
			const struct run *r = &p->runs[run_at(p, offset)];

			n = (size_t)min_u64(length, r->bytes - (offset - r->at));
			st = isokit_source_read_at(p->wim, r->offset + (offset - r->at), out, n, err);
		} else if (offset < p->xml_at) {
			n = (size_t)min_u64(length, p->xml_at - offset);
			memcpy(out, p->table + (offset - p->table_at), n);
		} else {
			n = length;
			st = isokit_source_read_at(p->wim, p->xml_offset + (offset - p->xml_at), out, n,
						   err);
		}
		if (st)
			return st;
		out += n;
		offset += n;
		length -= n;
	}
	return ISOKIT_OK;
}

static void locate_part(void *self, uint64_t offset, uint64_t length, struct isokit_location *ret)
{
	const struct part *p = self;

	if (offset >= WIM_HEADER_BYTES && offset < p->table_at) {
		const struct run *r = &p->runs[run_at(p, offset)];

		isokit_source_locate(p->wim, r->offset + (offset - r->at),
				     min_u64(length, r->bytes - (offset - r->at)), ret);
		return;
	}
	*ret = (struct isokit_location){
		.where = ISOKIT_WHERE_READ, .fd = -1,
		.length = offset < WIM_HEADER_BYTES ? min_u64(length, WIM_HEADER_BYTES - offset) : length,
	};
}

static void close_part(void *src)
{
	isokit_source_close(src);
}

/* Of the entries first … end - 1 in order, with header fields that are the same in all parts. */
static enum isokit_status make_part(struct split *s, size_t first, size_t end, unsigned number,
				    const uint8_t guid[16], struct part **ret_part)
{
	struct arena *arena = composer_arena(s->c);
	struct part *p = arena_alloc(arena, sizeof(*p));
	uint64_t at = WIM_HEADER_BYTES;

	if (!p)
		return isokit_fail_nomem(s->err, s->name, sizeof(*p));
	p->wim = s->t.src;
	p->runs = arena_array(arena, end - first + 1, sizeof(*p->runs));
	p->table_bytes = (uint64_t)(end - first) * WIM_ENTRY_BYTES;
	p->table = arena_alloc(arena, (size_t)p->table_bytes + 1);
	if (!p->runs || !p->table)
		return isokit_fail_nomem(s->err, s->name, (size_t)p->table_bytes);
	for (size_t i = first; i < end; i++) {
		uint8_t *to = p->table + (i - first) * WIM_ENTRY_BYTES;
		struct wim_resource r = wim_table_resource(&s->t, s->order[i]);
		struct run *last = p->n_runs ? &p->runs[p->n_runs - 1] : NULL;

		memcpy(to, s->t.entries + (size_t)s->order[i] * WIM_ENTRY_BYTES, WIM_ENTRY_BYTES);
		wim_resource_encode(to, r.bytes, r.flags, at, r.original);
		put_le16(to + WIM_ENTRY_PART_AT, (uint16_t)number);
		if (last && last->offset + last->bytes == r.offset)
			last->bytes += r.bytes;
		else if (r.bytes)
			p->runs[p->n_runs++] = (struct run){ at, r.bytes, r.offset };
		at += r.bytes;
	}
	p->table_at = at;
	p->xml_at = at + p->table_bytes;
	p->xml_offset = s->t.xml.offset;
	p->xml_bytes = s->t.xml.bytes;
	memcpy(p->head, s->t.head, WIM_HEADER_BYTES);
	put_le32(p->head + WIM_FLAGS_AT, get_le32(s->t.head + WIM_FLAGS_AT) | WIM_SPANNED);
	memcpy(p->head + WIM_GUID_AT, guid, 16);
	put_le16(p->head + WIM_PART_AT, (uint16_t)number);
	wim_resource_encode(p->head + WIM_TABLE_AT, p->table_bytes, s->t.head[WIM_TABLE_AT + 7],
			    p->table_at, p->table_bytes);
	wim_resource_encode(p->head + WIM_XML_AT, s->t.xml.bytes, s->t.xml.flags, p->xml_at,
			    s->t.xml.original);
	/* Which image boots is of no use in parts, and sums of the whole are not theirs. */
	memset(p->head + WIM_BOOT_AT, 0, WIM_RESOURCE_BYTES);
	put_le32(p->head + WIM_BOOT_INDEX_AT, 0);
	memset(p->head + WIM_INTEGRITY_AT, 0, WIM_RESOURCE_BYTES);
	*ret_part = p;
	return ISOKIT_OK;
}

/* How many entries from `first` on make a part. */
static size_t fill(const struct split *s, size_t first)
{
	uint64_t bytes = WIM_HEADER_BYTES + s->t.xml.bytes;
	size_t i;

	for (i = first; i < s->n; i++) {
		struct wim_resource r = wim_table_resource(&s->t, s->order[i]);

		if (r.bytes + WIM_ENTRY_BYTES > s->most - bytes)
			break;
		bytes += r.bytes + WIM_ENTRY_BYTES;
	}
	return i;
}

static enum isokit_status make_parts(struct split *s, struct wim_parts *ret)
{
	static const struct isokit_source_ops ops = {
		.size = sizeof(ops), .read_at = read_part, .locate = locate_part,
	};
	struct arena *arena = composer_arena(s->c);
	struct part *parts[MAX_PARTS];
	size_t n = 0, at = 0, metadata = 0;
	uint8_t guid[16];
	enum isokit_status st = ISOKIT_OK;

	composer_id(s->c, s->name, guid);
	while (metadata < s->n && s->t.entries[(size_t)s->order[metadata] * WIM_ENTRY_BYTES + 7] &
					  WIM_RESOURCE_METADATA)
		metadata++;
	while (at < s->n && st == ISOKIT_OK) {
		size_t end = fill(s, at);

		if (end == at || (n == 0 && end < metadata))
			return refuse(s, "a file inside of it is larger than one part may be");
		if (n == MAX_PARTS)
			return refuse(s, "it would have too many parts");
		n++;
		st = make_part(s, at, end, (unsigned)n, guid, &parts[n - 1]);
		at = end;
	}
	if (st == ISOKIT_OK && n == 0)
		return refuse(s, "it is empty");
	ret->parts = st ? NULL : arena_array(arena, n, sizeof(struct isokit_source *));
	if (st == ISOKIT_OK && !ret->parts)
		st = isokit_fail_nomem(s->err, s->name, n * sizeof(struct isokit_source *));
	for (size_t i = 0; i < n && st == ISOKIT_OK; i++) {
		put_le16(parts[i]->head + WIM_PARTS_AT, (uint16_t)n);
		st = isokit_source_new(&ops, parts[i], parts[i]->xml_at + parts[i]->xml_bytes,
				       s->name, &ret->parts[i], s->err);
		if (st == ISOKIT_OK)
			st = composer_own(s->c, close_part, ret->parts[i], s->err);
	}
	ret->n = n;
	return st;
}

enum isokit_status wim_split(struct composer *c, struct isokit_source *wim, const char *name,
			     uint64_t most, struct wim_parts *ret, struct isokit_error *err)
{
	struct split s = { .c = c, .name = name, .err = err, .most = most };
	enum isokit_status st = wim_table_read(wim, name, &s.t, err);

	if (st == ISOKIT_OK)
		st = order_entries(&s);
	if (st == ISOKIT_OK && most < WIM_HEADER_BYTES + s.t.xml.bytes)
		st = refuse(&s, "its description alone is larger than a part may be");
	if (st == ISOKIT_OK)
		st = make_parts(&s, ret);
	wim_table_free(&s.t);
	free(s.order);
	return st;
}
