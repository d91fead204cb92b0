/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ECM: an image of raw sectors without what can be computed (sync, EDC, ECC). Records of
 * so many bytes, or sectors of a kind, follow each other; at the end stands the EDC of all. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "format/disctrack.h"
#include "format/formats.h"
#include "ondisk/cdsector.h"

enum ecm_kind { BYTES, MODE1, FORM1, FORM2 };

enum {
	MAGIC_BYTES = 4,
	MAX_RECORDS = 1024 * 1024, /* two for each sector of mode 2, at worst */
	BATCH_BYTES = 1024 * 1024,
};

/* Of each kind: how many bytes a unit has in the file, and what it becomes. Mode 2 is kept
 * without sync and header. */
static const uint16_t stored_bytes[] = { 1, 3 + 2048, 4 + 2048, 4 + 2324 };
static const uint16_t plain_bytes[] = { 1, 2352, 2336, 2336 };

struct record {
	uint64_t end;  /* byte of the plain image behind it */
	uint64_t from; /* of the file */
	enum ecm_kind kind;
};

struct ecm {
	struct isokit_source *inner, *plain;
	struct record *records;
	size_t n, capacity;
	uint32_t edc;
};

/* ---- the records ---------------------------------------------------------------------------- */

/* A small window over the file: records are few bytes, and far apart. */
struct reader {
	struct isokit_source *src;
	uint64_t at, window_at;
	size_t window_bytes;
	uint8_t window[4096];
};

static enum isokit_status next_byte(struct reader *r, uint8_t *ret, struct isokit_error *err)
{
	uint64_t size = isokit_source_size(r->src);

	if (r->at >= size)
		return isokit_fail(err, ISOKIT_E_SHORT, size, isokit_source_name(r->src),
				   "the ECM file ends within its records");
	if (r->at < r->window_at || r->at - r->window_at >= r->window_bytes) {
		size_t n = (size_t)min_u64(sizeof(r->window), size - r->at);
		enum isokit_status st = isokit_source_read_at(r->src, r->at, r->window, n, err);

		if (st)
			return st;
		r->window_at = r->at;
		r->window_bytes = n;
	}
	*ret = r->window[r->at++ - r->window_at];
	return ISOKIT_OK;
}

/* Kind in the two lowest bits, then five bits of the count, seven in each byte that follows;
 * one less than it is. 2^32 - 1 ends the records. */
static enum isokit_status next_head(struct reader *r, enum ecm_kind *ret_kind, uint64_t *ret_count,
				    struct isokit_error *err)
{
	enum isokit_status st;
	unsigned shift = 5;
	uint64_t count;
	uint8_t b = 0;

	st = next_byte(r, &b, err);
	*ret_kind = b & 3;
	count = b >> 2 & 31;
	while (!st && (b & 0x80)) {
		st = next_byte(r, &b, err);
		count |= (uint64_t)(b & 0x7f) << shift;
		shift += 7;
		if (shift > 40)
			return isokit_fail(err, ISOKIT_E_CORRUPT, r->at, isokit_source_name(r->src),
					   "an ECM record has an impossible length");
	}
	*ret_count = (count & UINT32_MAX) == UINT32_MAX ? 0 : (count & UINT32_MAX) + 1;
	return st;
}

static enum isokit_status read_records(struct ecm *e, struct isokit_error *err)
{
	uint64_t size = isokit_source_size(e->inner), plain = 0, count = 0;
	struct reader *r = calloc(1, sizeof(*r));
	enum isokit_status st = ISOKIT_OK;
	enum ecm_kind kind = BYTES;

	if (!r)
		return isokit_fail_nomem(err, "ECM", sizeof(*r));
	r->src = e->inner;
	r->at = MAGIC_BYTES;
	for (;;) {
		st = next_head(r, &kind, &count, err);
		if (st || count == 0)
			break;
		if (!range_inside(r->at, count * stored_bytes[kind], size)) {
			st = isokit_fail(err, ISOKIT_E_SHORT, r->at, isokit_source_name(e->inner),
					 "the ECM file ends within its records");
			break;
		}
		if (e->n == MAX_RECORDS || !ARRAY_RESERVE(e->records, e->capacity, e->n + 1)) {
			st = isokit_fail(err, ISOKIT_E_LIMIT, r->at, isokit_source_name(e->inner),
					 "has more than %d ECM records", MAX_RECORDS);
			break;
		}
		plain += count * plain_bytes[kind]; /* at most twice what the file has */
		e->records[e->n++] = (struct record){.end = plain, .from = r->at, .kind = kind};
		r->at += count * stored_bytes[kind];
	}
	for (unsigned i = 0; !st && i < 4; i++) {
		uint8_t b = 0;

		st = next_byte(r, &b, err);
		e->edc |= (uint32_t)b << 8 * i;
	}
	free(r);
	return st;
}

/* ---- reading ----------------------------------------------------------------------------------- */

/* A unit in full: `in` is what is stored. */
static void rebuild(enum ecm_kind kind, const uint8_t *in, uint8_t whole[ONDISK_CD_RAW_BYTES])
{
	memset(whole, 0, ONDISK_CD_RAW_BYTES);
	ondisk_cd_set_sync(whole);
	if (kind == MODE1) {
		memcpy(whole + 12, in, 3);
		whole[15] = 1;
		memcpy(whole + 16, in + 3, 2048);
		put_le32(whole + 2064, ondisk_cd_edc(whole, 2064));
		ondisk_cd_encode_ecc(whole);
		return;
	}
	whole[15] = 2;
	memcpy(whole + 16, in, 4);
	memcpy(whole + 20, in, 4);
	if (kind == FORM1) {
		memcpy(whole + 24, in + 4, 2048);
		put_le32(whole + 2072, ondisk_cd_edc(whole + 16, 2056));
		ondisk_cd_encode_ecc(whole);
	} else {
		memcpy(whole + 24, in + 4, 2324);
		put_le32(whole + 2348, ondisk_cd_edc(whole + 16, 2332));
	}
}

static const struct record *find(const struct ecm *e, uint64_t offset, uint64_t *ret_begin)
{
	size_t low = 0, high = e->n - 1;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (offset < e->records[middle].end)
			high = middle;
		else
			low = middle + 1;
	}
	*ret_begin = low ? e->records[low - 1].end : 0;
	return &e->records[low];
}

static enum isokit_status ecm_read_at(void *self, uint64_t offset, void *buffer, size_t length,
				      struct isokit_error *err)
{
	const struct ecm *e = self;
	uint8_t stored[4 + 2324], whole[ONDISK_CD_RAW_BYTES], *out = buffer;
	enum isokit_status st = ISOKIT_OK;

	while (length && !st) {
		uint64_t begin;
		const struct record *r = find(e, offset, &begin);
		uint32_t unit = plain_bytes[r->kind];
		uint64_t index = (offset - begin) / unit;
		size_t within = (size_t)((offset - begin) % unit), n;

		if (r->kind == BYTES) {
			n = (size_t)min_u64(length, r->end - offset);
			st = isokit_source_read_at(e->inner, r->from + index, out, n, err);
		} else {
			n = (size_t)min_u64(length, unit - within);
			st = isokit_source_read_at(e->inner, r->from + index * stored_bytes[r->kind],
						   stored, stored_bytes[r->kind], err);
			if (!st) {
				rebuild(r->kind, stored, whole);
				memcpy(out, whole + (ONDISK_CD_RAW_BYTES - unit) + within, n);
			}
		}
		out += n;
		offset += n;
		length -= n;
	}
	return st;
}

static void ecm_close(void *self)
{
	struct ecm *e = self;

	free(e->records);
	e->records = NULL;
}

static const struct isokit_source_ops ecm_ops = {
	.size = sizeof(ecm_ops),
	.read_at = ecm_read_at,
	.close = ecm_close,
};

/* ---- the format ------------------------------------------------------------------------------- */

static unsigned ecm_probe(const struct format_probe *p, char evidence[FORMAT_EVIDENCE])
{
	if (p->head_bytes < MAGIC_BYTES + 5 || memcmp(p->head, "ECM", 4) != 0)
		return 0;
	snprintf(evidence, FORMAT_EVIDENCE, "ECM at byte 0");
	return 85;
}

/* The image in an ECM file; ret_ecm->plain is to be kept. */
static enum isokit_status unpack(struct isokit_medium *m, struct isokit_source *inner,
				 struct ecm **ret_ecm, struct isokit_error *err)
{
	struct ecm *e = arena_alloc(medium_arena(m), sizeof(*e));
	enum isokit_status st;

	if (!e)
		return isokit_fail_nomem(err, "ECM", sizeof(*e));
	e->inner = inner;
	st = read_records(e, err);
	if (!st && e->n == 0)
		st = isokit_fail(err, ISOKIT_E_CORRUPT, MAGIC_BYTES, isokit_source_name(inner),
				 "the ECM file holds nothing");
	if (!st)
		st = isokit_source_new(&ecm_ops, e, e->records[e->n - 1].end,
				       isokit_source_name(inner), &e->plain, err);
	if (st)
		ecm_close(e);
	*ret_ecm = e;
	return st;
}

enum isokit_status ecm_open_source(struct isokit_medium *m, struct isokit_source *inner,
				   struct isokit_source **ret_src, struct isokit_error *err)
{
	enum isokit_status st;
	struct ecm *e;

	st = unpack(m, inner, &e, err);
	if (st)
		return st;
	*ret_src = e->plain;
	return medium_keep(m, e->plain, err);
}

static enum isokit_status ecm_open(struct isokit_medium *m, const struct format_probe *p,
				   struct isokit_error *err)
{
	enum isokit_status st;
	struct ecm *e;

	st = unpack(m, p->src, &e, err);
	if (st)
		return st;
	medium_set_state(m, e);
	return medium_set_disk(m, e->plain, err);
}

static enum isokit_status ecm_verify(struct isokit_medium *m, void *state, unsigned *io_checked,
				     struct isokit_error *err)
{
	const struct isokit_medium_options *o = medium_options(m);
	struct ecm *e = state;
	uint64_t size = isokit_source_size(e->plain), at = 0;
	uint8_t *buffer = malloc(BATCH_BYTES);
	enum isokit_status st = ISOKIT_OK;
	uint32_t edc = 0;

	if (!buffer)
		return isokit_fail_nomem(err, "ECM", BATCH_BYTES);
	while (!st && at < size) {
		size_t n = (size_t)min_u64(BATCH_BYTES, size - at);

		if (o->cancelled && o->cancelled(o->ctx))
			st = isokit_fail(err, ISOKIT_E_CANCELLED, ISOKIT_NO_OFFSET, "ECM", "cancelled");
		else
			st = isokit_source_read_at(e->plain, at, buffer, n, err);
		if (!st)
			edc = ondisk_cd_edc_more(edc, buffer, n);
		at += n;
	}
	free(buffer);
	if (st)
		return st;
	++*io_checked;
	if (edc != e->edc)
		medium_damaged(m, 0, 0, size, "the EDC of the ECM file differs");
	return ISOKIT_OK;
}

const struct format format_ecm = {
	.name = "ecm",
	.words = "ECM (sectors without their error correction)",
	.probe = ecm_probe,
	.open = ecm_open,
	.verify = ecm_verify,
};
