/* SPDX-License-Identifier: GPL-3.0-or-later */
/* [MS-VHDX] 2.3: entries in a ring, of which the last unbroken row counts. What they change
 * is laid over the file. */
#include "format/vhdx_log.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"

enum {
	MAX_LOG_BYTES = 64 << 20,
	MAX_SUMMED = 256 << 20, /* bytes in entries, which may claim to overlap */
	SECTOR = VHDX_LOG_SECTOR,
	HEADER = 64,
	DESCRIPTOR = 32,
};

struct patch {
	uint64_t at, bytes; /* in the file */
	uint8_t *data;      /* NULL: zeros */
};

struct overlay {
	struct isokit_source *inner;
	uint64_t inner_bytes;
	struct patch *patches; /* later ones count */
	size_t n, capacity;
	uint64_t bytes;
};

static void overlay_free(void *self)
{
	struct overlay *o = self;

	for (size_t i = 0; i < o->n; i++)
		free(o->patches[i].data);
	free(o->patches);
	free(o);
}

static enum isokit_status overlay_read_at(void *self, uint64_t offset, void *buffer, size_t length,
					  struct isokit_error *err)
{
	const struct overlay *o = self;
	size_t inside = offset < o->inner_bytes ?
				(size_t)min_u64(length, o->inner_bytes - offset) : 0;
	enum isokit_status st = ISOKIT_OK;

	if (inside)
		st = isokit_source_read_at(o->inner, offset, buffer, inside, err);
	if (st)
		return st;
	memset((uint8_t *)buffer + inside, 0, length - inside);
	for (size_t i = 0; i < o->n; i++) {
		const struct patch *p = &o->patches[i];
		uint64_t from = max_u64(offset, p->at), to = min_u64(offset + length, p->at + p->bytes);

		if (from >= to)
			continue;
		if (p->data)
			memcpy((uint8_t *)buffer + (from - offset), p->data + (from - p->at),
			       (size_t)(to - from));
		else
			memset((uint8_t *)buffer + (from - offset), 0, (size_t)(to - from));
	}
	return ISOKIT_OK;
}

static void overlay_locate(void *self, uint64_t offset, uint64_t length,
			   struct isokit_location *ret)
{
	const struct overlay *o = self;
	bool touched = offset >= o->inner_bytes;

	/* Up to where the answer is the same: patched, or as it is. */
	for (size_t i = 0; i < o->n; i++) {
		const struct patch *p = &o->patches[i];

		if (offset >= p->at && offset - p->at < p->bytes)
			touched = true;
		else if (p->at > offset && p->at - offset < length)
			length = p->at - offset;
	}
	if (touched)
		*ret = (struct isokit_location){ ISOKIT_WHERE_READ, .fd = -1,
						 .length = min_u64(length, SECTOR) };
	else
		isokit_source_locate(o->inner, offset,
				     min_u64(length, o->inner_bytes - offset), ret);
}

static const struct isokit_source_ops overlay_ops = {
	.size = sizeof(overlay_ops),
	.read_at = overlay_read_at,
	.locate = overlay_locate,
	.close = overlay_free,
};

struct ring {
	uint8_t *bytes;
	uint32_t n;
	const uint8_t *id;
	uint64_t summed;
	uint8_t *entry; /* one in a row, of room n */
};

/* The entry at a place of the ring, unwrapped in r->entry. */
static bool read_entry(struct ring *r, uint32_t at, struct ondisk_vhdx_log_entry *ret)
{
	uint32_t first;

	if (!ondisk_vhdx_log_decode(r->bytes + at, r->id, ret) || ret->bytes > r->n ||
	    (uint64_t)HEADER + (uint64_t)ret->descriptors * DESCRIPTOR > ret->bytes)
		return false;
	r->summed += ret->bytes;
	if (r->summed > MAX_SUMMED)
		return false;
	first = (uint32_t)min_u64(ret->bytes, r->n - at);
	memcpy(r->entry, r->bytes + at, first);
	memcpy(r->entry + first, r->bytes, ret->bytes - first);
	return ondisk_vhdx_crc(r->entry, ret->bytes, 4) == get_le32(r->entry + 4);
}

/* Do the entries from `tail` on follow each other up to the one at `head`? */
static bool is_row(struct ring *r, uint32_t head, const struct ondisk_vhdx_log_entry *last)
{
	uint32_t at = last->tail;
	struct ondisk_vhdx_log_entry e;
	uint64_t sequence = 0, done = 0;

	while (at != head) {
		if (at >= r->n || !read_entry(r, at, &e) || (sequence && e.sequence != sequence + 1))
			return false;
		sequence = e.sequence;
		done += e.bytes;
		if (done >= r->n)
			return false;
		at = (uint32_t)((at + (uint64_t)e.bytes) % r->n);
	}
	return !sequence || last->sequence == sequence + 1;
}

static bool find_head(struct ring *r, uint32_t *ret_head, struct ondisk_vhdx_log_entry *ret)
{
	struct ondisk_vhdx_log_entry e;
	bool found = false;

	for (uint32_t at = 0; at < r->n; at += SECTOR) {
		if (!read_entry(r, at, &e) || (found && e.sequence <= ret->sequence) ||
		    !is_row(r, at, &e))
			continue;
		found = true;
		*ret_head = at;
		*ret = e;
	}
	return found;
}

static enum isokit_status add_patch(struct overlay *o, uint64_t at, uint64_t bytes,
				    const uint8_t *descriptor, const uint8_t *sector,
				    struct isokit_error *err)
{
	struct patch p = { .at = at, .bytes = bytes };
	uint64_t end;

	if (!add_u64(at, bytes, &end))
		return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, "VHDX log",
				   "changes what lies behind every file");
	if (!ARRAY_RESERVE(o->patches, o->capacity, o->n + 1))
		return isokit_fail_nomem(err, "VHDX log", sizeof(p));
	if (sector) {
		p.data = malloc(SECTOR);
		if (!p.data)
			return isokit_fail_nomem(err, "VHDX log", SECTOR);
		/* 2.3.1.3: the marks in a data sector stand where bytes of the
		 * descriptor belong. */
		memcpy(p.data, descriptor + 8, 8);
		memcpy(p.data + 8, sector + 8, SECTOR - 12);
		memcpy(p.data + SECTOR - 4, descriptor + 4, 4);
	}
	o->patches[o->n++] = p;
	o->bytes = max_u64(o->bytes, end);
	return ISOKIT_OK;
}

/* What the entry in r->entry changes. */
static enum isokit_status take_entry(struct ring *r, const struct ondisk_vhdx_log_entry *e,
				     struct overlay *o, struct isokit_error *err)
{
	uint64_t data = round_up(HEADER + (uint64_t)e->descriptors * DESCRIPTOR, SECTOR);
	enum isokit_status st = ISOKIT_OK;

	for (uint32_t i = 0; !st && i < e->descriptors; i++) {
		const uint8_t *d = r->entry + HEADER + (size_t)i * DESCRIPTOR;

		if (get_le64(d + 24) != e->sequence)
			goto broken;
		if (memcmp(d, "zero", 4) == 0) {
			st = add_patch(o, get_le64(d + 16), get_le64(d + 8), d, NULL, err);
		} else if (memcmp(d, "desc", 4) == 0) {
			if (!range_inside(data, SECTOR, e->bytes) ||
			    memcmp(r->entry + data, "data", 4) != 0)
				goto broken;
			st = add_patch(o, get_le64(d + 16), SECTOR, d, r->entry + data, err);
			data += SECTOR;
		} else {
			goto broken;
		}
	}
	return st;
broken:
	return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, "VHDX log",
			   "has an entry whose checksum is right, but whose content cannot be");
}

static enum isokit_status take_row(struct ring *r, uint32_t head,
				   const struct ondisk_vhdx_log_entry *last, struct overlay *o,
				   unsigned *ret_entries, struct isokit_error *err)
{
	struct ondisk_vhdx_log_entry e;
	enum isokit_status st = ISOKIT_OK;
	uint32_t at = last->tail;
	bool done = false;

	r->summed = 0;
	while (!st && !done) {
		done = at == head;
		if (!read_entry(r, at, &e))
			return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, "VHDX log",
					   "has more in it than can be");
		st = take_entry(r, &e, o, err);
		++*ret_entries;
		at = (uint32_t)((at + (uint64_t)e.bytes) % r->n);
	}
	return st;
}

static enum isokit_status make_overlay(struct isokit_medium *m, struct isokit_source *src,
				       struct ring *r, struct isokit_source **ret_src,
				       unsigned *ret_entries, struct isokit_error *err)
{
	struct ondisk_vhdx_log_entry last = { .bytes = 0 };
	struct isokit_source *over;
	enum isokit_status st;
	struct overlay *o;
	uint32_t head = 0;

	if (!find_head(r, &head, &last))
		return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, isokit_source_name(src),
				   "was not closed in order, and its log is damaged");
	o = calloc(1, sizeof(*o));
	if (!o)
		return isokit_fail_nomem(err, "VHDX log", sizeof(*o));
	o->inner = src;
	o->inner_bytes = o->bytes = isokit_source_size(src);
	st = take_row(r, head, &last, o, ret_entries, err);
	if (!st)
		st = isokit_source_new(&overlay_ops, o, o->bytes, isokit_source_name(src), &over,
				       err);
	if (st) {
		overlay_free(o);
		return st;
	}
	st = medium_keep(m, over, err);
	if (!st)
		*ret_src = over;
	return st;
}

enum isokit_status vhdx_log_replay(struct isokit_medium *m, struct isokit_source *src,
				   const struct ondisk_vhdx_header *h,
				   struct isokit_source **ret_src, unsigned *ret_entries,
				   struct isokit_error *err)
{
	static const uint8_t none[16] = { 0 };
	struct ring r = { .n = h->log_bytes, .id = h->log_id };
	enum isokit_status st = ISOKIT_OK;

	*ret_src = src;
	*ret_entries = 0;
	if (memcmp(h->log_id, none, sizeof(none)) == 0)
		return ISOKIT_OK;
	if (h->log_version != 0 || h->log_bytes % SECTOR || h->log_bytes == 0 ||
	    h->log_bytes > MAX_LOG_BYTES ||
	    !range_inside(h->log_at, h->log_bytes, isokit_source_size(src)))
		return isokit_fail(err, ISOKIT_E_CORRUPT, h->log_at, isokit_source_name(src),
				   "was not closed in order, and its log of %u bytes cannot be replayed",
				   h->log_bytes);
	r.bytes = malloc(r.n);
	r.entry = malloc(r.n);
	if (!r.bytes || !r.entry)
		st = isokit_fail_nomem(err, "VHDX log", r.n);
	if (!st)
		st = isokit_source_read_at(src, h->log_at, r.bytes, r.n, err);
	if (!st)
		st = make_overlay(m, src, &r, ret_src, ret_entries, err);
	free(r.bytes);
	free(r.entry);
	return st;
}
