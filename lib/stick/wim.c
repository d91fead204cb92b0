/* SPDX-License-Identifier: GPL-3.0-or-later */
/* By Microsoft's "Windows Imaging File Format (WIM)"; all numbers are little-endian. */
#include "stick/wim.h"

#include <isokit/source.h>

#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"

enum { /* bytes of the header */
	HEADER_BYTES = 208,
	SIZE_AT = 8, FLAGS_AT = 16, GUID_AT = 24, PART_AT = 40, PARTS_AT = 42, IMAGES_AT = 44,
	TABLE_AT = 48, XML_AT = 72, BOOT_AT = 96, BOOT_INDEX_AT = 120, INTEGRITY_AT = 124,
	RESOURCE_BYTES = 24,
	FLAG_SPANNED = 0x8,
	/* of an entry of the table: a resource, part, count of references, SHA-1 */
	ENTRY_BYTES = 50, ENTRY_PART_AT = 24,
	RESOURCE_FREE = 1, RESOURCE_METADATA = 2, RESOURCE_COMPRESSED = 4, RESOURCE_SOLID = 16,
	MAX_TABLE = 32 << 20, MAX_XML = 16 << 20,
	MAX_PARTS = 999,
};

struct resource {
	uint64_t bytes, offset, original;
	uint8_t flags;
};

/* Bytes of a part that are those of the whole from an offset on. */
struct run {
	uint64_t at, bytes, offset;
};

struct part {
	struct isokit_source *wim;
	uint8_t head[HEADER_BYTES];
	struct run *runs;
	size_t n_runs;
	uint8_t *table;
	uint64_t table_at, table_bytes;
	uint64_t xml_at, xml_offset, xml_bytes;
};

struct split {
	struct composer *c;
	struct isokit_source *wim;
	const char *name;
	struct isokit_error *err;
	uint8_t head[HEADER_BYTES];
	uint8_t *table;
	size_t n;         /* entries */
	uint32_t *order;  /* metadata first, then as they lie */
	struct resource xml;
	uint64_t most;
};

static struct resource decode(const uint8_t *p)
{
	return (struct resource){
		.bytes = get_le64(p) & UINT64_C(0x00ffffffffffffff), .flags = p[7],
		.offset = get_le64(p + 8), .original = get_le64(p + 16),
	};
}

static void encode(uint8_t *p, uint64_t bytes, uint8_t flags, uint64_t offset, uint64_t original)
{
	put_le64(p, bytes);
	p[7] = flags;
	put_le64(p + 8, offset);
	put_le64(p + 16, original);
}

static enum isokit_status refuse(struct split *s, const char *why)
{
	return isokit_fail(s->err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, s->name,
			   "is larger than FAT32 can hold, and cannot be split: %s", why);
}

/* ---- the whole ------------------------------------------------------------------------------ */

static bool inside(const struct split *s, const struct resource *r)
{
	return range_inside(r->offset, r->bytes, isokit_source_size(s->wim));
}

static enum isokit_status read_whole(struct split *s)
{
	struct resource table;
	enum isokit_status st;

	if (isokit_source_size(s->wim) < HEADER_BYTES)
		return refuse(s, "it is no Windows image");
	st = isokit_source_read_at(s->wim, 0, s->head, HEADER_BYTES, s->err);
	if (st)
		return st;
	if (memcmp(s->head, "MSWIM\0\0\0", 8) != 0 || get_le32(s->head + SIZE_AT) != HEADER_BYTES)
		return refuse(s, "it is no Windows image that Windows' installer would take in parts");
	if (get_le16(s->head + PARTS_AT) != 1)
		return refuse(s, "it is one of several parts already");
	table = decode(s->head + TABLE_AT);
	s->xml = decode(s->head + XML_AT);
	if (!inside(s, &table) || !inside(s, &s->xml) || table.bytes != table.original ||
	    table.flags & RESOURCE_COMPRESSED || table.bytes % ENTRY_BYTES != 0 ||
	    table.bytes > MAX_TABLE || s->xml.bytes > MAX_XML)
		return refuse(s, "its table cannot be read");
	s->n = (size_t)table.bytes / ENTRY_BYTES;
	s->table = malloc((size_t)table.bytes + 1);
	s->order = calloc(s->n + 1, sizeof(*s->order));
	if (!s->table || !s->order)
		return isokit_fail_nomem(s->err, s->name, (size_t)table.bytes);
	return isokit_source_read_at(s->wim, table.offset, s->table, (size_t)table.bytes, s->err);
}

static int by_place(const void *a, const void *b, void *ctx)
{
	const struct split *s = ctx;
	const struct resource x = decode(s->table + (size_t)*(const uint32_t *)a * ENTRY_BYTES);
	const struct resource y = decode(s->table + (size_t)*(const uint32_t *)b * ENTRY_BYTES);
	bool mx = x.flags & RESOURCE_METADATA, my = y.flags & RESOURCE_METADATA;

	if (mx != my)
		return mx ? -1 : 1;
	return x.offset < y.offset ? -1 : x.offset > y.offset;
}

static enum isokit_status order_entries(struct split *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++) {
		const struct resource r = decode(s->table + i * ENTRY_BYTES);

		if (r.flags & RESOURCE_SOLID)
			return refuse(s, "it is compressed as a whole (as install.esd is)");
		if (r.flags & RESOURCE_FREE)
			continue;
		if (!inside(s, &r))
			return refuse(s, "its table says what cannot be");
		s->order[n++] = (uint32_t)i;
	}
	s->n = n;
	qsort_r(s->order, n, sizeof(*s->order), by_place, s);
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

		if (offset < HEADER_BYTES) {
			n = (size_t)min_u64(length, HEADER_BYTES - offset);
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

	if (offset >= HEADER_BYTES && offset < p->table_at) {
		const struct run *r = &p->runs[run_at(p, offset)];

		isokit_source_locate(p->wim, r->offset + (offset - r->at),
				     min_u64(length, r->bytes - (offset - r->at)), ret);
		return;
	}
	*ret = (struct isokit_location){
		.where = ISOKIT_WHERE_READ, .fd = -1,
		.length = offset < HEADER_BYTES ? min_u64(length, HEADER_BYTES - offset) : length,
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
	uint64_t at = HEADER_BYTES;

	if (!p)
		return isokit_fail_nomem(s->err, s->name, sizeof(*p));
	p->wim = s->wim;
	p->runs = arena_array(arena, end - first + 1, sizeof(*p->runs));
	p->table_bytes = (uint64_t)(end - first) * ENTRY_BYTES;
	p->table = arena_alloc(arena, (size_t)p->table_bytes + 1);
	if (!p->runs || !p->table)
		return isokit_fail_nomem(s->err, s->name, (size_t)p->table_bytes);
	for (size_t i = first; i < end; i++) {
		uint8_t *to = p->table + (i - first) * ENTRY_BYTES;
		struct resource r = decode(s->table + (size_t)s->order[i] * ENTRY_BYTES);
		struct run *last = p->n_runs ? &p->runs[p->n_runs - 1] : NULL;

		memcpy(to, s->table + (size_t)s->order[i] * ENTRY_BYTES, ENTRY_BYTES);
		encode(to, r.bytes, r.flags, at, r.original);
		put_le16(to + ENTRY_PART_AT, (uint16_t)number);
		if (last && last->offset + last->bytes == r.offset)
			last->bytes += r.bytes;
		else if (r.bytes)
			p->runs[p->n_runs++] = (struct run){ at, r.bytes, r.offset };
		at += r.bytes;
	}
	p->table_at = at;
	p->xml_at = at + p->table_bytes;
	p->xml_offset = s->xml.offset;
	p->xml_bytes = s->xml.bytes;
	memcpy(p->head, s->head, HEADER_BYTES);
	put_le32(p->head + FLAGS_AT, get_le32(s->head + FLAGS_AT) | FLAG_SPANNED);
	memcpy(p->head + GUID_AT, guid, 16);
	put_le16(p->head + PART_AT, (uint16_t)number);
	encode(p->head + TABLE_AT, p->table_bytes, s->head[TABLE_AT + 7], p->table_at,
	       p->table_bytes);
	encode(p->head + XML_AT, s->xml.bytes, s->xml.flags, p->xml_at, s->xml.original);
	/* Which image boots is of no use in parts, and sums of the whole are not theirs. */
	memset(p->head + BOOT_AT, 0, RESOURCE_BYTES);
	put_le32(p->head + BOOT_INDEX_AT, 0);
	memset(p->head + INTEGRITY_AT, 0, RESOURCE_BYTES);
	*ret_part = p;
	return ISOKIT_OK;
}

/* How many entries from `first` on make a part. */
static size_t fill(const struct split *s, size_t first)
{
	uint64_t bytes = HEADER_BYTES + s->xml.bytes;
	size_t i;

	for (i = first; i < s->n; i++) {
		struct resource r = decode(s->table + (size_t)s->order[i] * ENTRY_BYTES);

		if (r.bytes + ENTRY_BYTES > s->most - bytes)
			break;
		bytes += r.bytes + ENTRY_BYTES;
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
	while (metadata < s->n && s->table[(size_t)s->order[metadata] * ENTRY_BYTES + 7] &
					  RESOURCE_METADATA)
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
		put_le16(parts[i]->head + PARTS_AT, (uint16_t)n);
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
	struct split s = { .c = c, .wim = wim, .name = name, .err = err, .most = most };
	enum isokit_status st = read_whole(&s);

	if (st == ISOKIT_OK)
		st = order_entries(&s);
	if (st == ISOKIT_OK && most < HEADER_BYTES + s.xml.bytes)
		st = refuse(&s, "its description alone is larger than a part may be");
	if (st == ISOKIT_OK)
		st = make_parts(&s, ret);
	free(s.table);
	free(s.order);
	return st;
}
