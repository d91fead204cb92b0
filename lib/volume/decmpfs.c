/* SPDX-License-Identifier: GPL-3.0-or-later */
/* There is no description by Apple but the header sys/decmpfs.h of its kernel; the tables
 * in resource forks are as programs found them. */
#include "volume/decmpfs.h"

#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "codec/codec.h"

enum {
	MAGIC = 0x636d7066, /* "fpmc" as it stands there */
	HEADER_BYTES = 16,
	UNIT_BYTES = 64 * 1024,
	MOST_UNIT_STORED = UNIT_BYTES + 1024, /* not compressed, it has a mark ahead */
	RESOURCE_DATA_AT = 256,
};

enum method { ZLIB, LZVN, LZFSE, RAW };

struct compressed {
	struct units *units;
	enum method method;
	uint64_t size;
	struct isokit_source *resource; /* NULL: one unit, in `inside` */
	uint32_t n;                     /* units */
	uint32_t *at;                   /* n + 1, or pairs of offset and size: where each begins */
	bool pairs;
	size_t inside_bytes;
	uint8_t inside[];
};

static const char subject[] = "compressed file";

static enum isokit_status damaged(struct isokit_error *err)
{
	return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, subject,
			   "its compressed content is damaged");
}

/* A block of LZVN alone, as the LZFSE decoder takes it: with a header and an end. */
static enum isokit_status expand_lzvn(struct codec *codec, const uint8_t *in, size_t n,
				      uint8_t *out, size_t length, size_t *ret,
				      struct isokit_error *err)
{
	uint8_t *block = malloc(n + 16);
	enum isokit_status st;

	if (!block)
		return isokit_fail_nomem(err, subject, n);
	memcpy(block, "bvxn", 4);
	put_le32(block + 4, (uint32_t)length);
	put_le32(block + 8, (uint32_t)n);
	memcpy(block + 12, in, n);
	memcpy(block + 12 + n, "bvx$", 4);
	st = codec_run(codec, CODEC_LZFSE, block, n + 16, out, length, ret, err);
	free(block);
	return st;
}

static enum isokit_status expand_bytes(const struct compressed *c, const uint8_t *in, size_t n,
				       uint8_t *out, size_t length, struct isokit_error *err)
{
	struct codec *codec = units_codec(c->units);
	enum isokit_status st = ISOKIT_OK;
	size_t got = 0;
	bool plain = false;

	if (n == 0)
		return damaged(err);
	switch (c->method) {
	case ZLIB: plain = (in[0] & 0x0f) == 0x0f; break;
	case LZVN: plain = in[0] == 0x06; break;
	case LZFSE: plain = in[0] == 0xff; break;
	case RAW: plain = in[0] == 0xcc; break;
	}
	if (plain || c->method == RAW) {
		size_t skip = plain ? 1 : 0;

		got = min_u64(n - skip, length);
		memcpy(out, in + skip, got);
	} else if (c->method == LZVN) {
		st = expand_lzvn(codec, in, n, out, length, &got, err);
	} else {
		st = codec_run(codec, c->method == ZLIB ? CODEC_ZLIB : CODEC_LZFSE, in, n, out,
			       length, &got, err);
	}
	return st ? st : got == length ? ISOKIT_OK : damaged(err);
}

static enum isokit_status expand(void *file, uint64_t unit, uint8_t *out, size_t length,
				 struct isokit_error *err)
{
	const struct compressed *c = file;
	enum isokit_status st;
	uint32_t start, n;
	uint8_t *in;

	if (!c->resource)
		return expand_bytes(c, c->inside, c->inside_bytes, out, length, err);
	if (unit >= c->n)
		return damaged(err);
	start = c->pairs ? c->at[2 * unit] : c->at[unit];
	n = c->pairs ? c->at[2 * unit + 1] : c->at[unit + 1] - start;
	if ((!c->pairs && c->at[unit + 1] < start) || n > MOST_UNIT_STORED ||
	    !range_inside(start, n, isokit_source_size(c->resource)))
		return damaged(err);
	in = malloc(n ? n : 1);
	if (!in)
		return isokit_fail_nomem(err, subject, n);
	st = isokit_source_read_at(c->resource, start, in, n, err);
	if (!st)
		st = expand_bytes(c, in, n, out, length, err);
	free(in);
	return st;
}

static void release(void *file)
{
	struct compressed *c = file;

	isokit_source_close(c->resource);
	free(c->at);
	free(c);
}

/* The resource fork of zlib: a table behind the resource header, offsets from it. */
static enum isokit_status take_zlib_table(struct compressed *c, struct isokit_error *err)
{
	uint8_t head[8], *raw;
	enum isokit_status st;
	uint32_t data_at;

	st = isokit_source_read_at(c->resource, 0, head, 4, err);
	data_at = st ? 0 : get_be32(head);
	if (st || data_at < 16 || data_at > 1 << 20)
		return st ? st : damaged(err);
	st = isokit_source_read_at(c->resource, data_at, head, 8, err);
	c->n = st ? 0 : get_le32(head + 4);
	if (st || c->n != div_up(c->size, UNIT_BYTES) ||
	    c->n > isokit_source_size(c->resource) / 8)
		return st ? st : damaged(err);
	raw = malloc((size_t)c->n * 8 + 1);
	c->at = malloc(((size_t)c->n * 2 + 1) * sizeof(*c->at));
	c->pairs = true;
	if (!raw || !c->at)
		st = isokit_fail_nomem(err, subject, (size_t)c->n * 8);
	if (!st)
		st = isokit_source_read_at(c->resource, data_at + 8, raw, (size_t)c->n * 8, err);
	for (size_t i = 0; !st && i < c->n; i++) {
		uint32_t at = get_le32(raw + i * 8);

		c->at[2 * i] = at < UINT32_MAX - data_at - 4 ? at + data_at + 4 : UINT32_MAX;
		c->at[2 * i + 1] = get_le32(raw + i * 8 + 4);
	}
	free(raw);
	return st;
}

/* That of the others: it begins with a table, of which the first says how long it is. */
static enum isokit_status take_table(struct compressed *c, struct isokit_error *err)
{
	uint8_t first[4], *raw;
	enum isokit_status st = isokit_source_read_at(c->resource, 0, first, 4, err);
	uint32_t bytes = st ? 0 : get_le32(first);

	c->n = bytes / 4 ? bytes / 4 - 1 : 0;
	if (st || bytes % 4 || c->n != div_up(c->size, UNIT_BYTES) ||
	    bytes > isokit_source_size(c->resource))
		return st ? st : damaged(err);
	raw = malloc(bytes + 1);
	c->at = malloc((size_t)bytes + 1);
	if (!raw || !c->at)
		st = isokit_fail_nomem(err, subject, bytes);
	if (!st)
		st = isokit_source_read_at(c->resource, 0, raw, bytes, err);
	for (size_t i = 0; !st && i <= c->n; i++)
		c->at[i] = get_le32(raw + i * 4);
	free(raw);
	return st;
}

/* False: not known. *ret_inside: the content is in the attribute. */
static bool take_method(uint32_t type, enum method *ret, bool *ret_inside)
{
	switch (type) {
	case 1: *ret = RAW; *ret_inside = true; return true;
	case 3: *ret = ZLIB; *ret_inside = true; return true;
	case 4: *ret = ZLIB; *ret_inside = false; return true;
	case 7: *ret = LZVN; *ret_inside = true; return true;
	case 8: *ret = LZVN; *ret_inside = false; return true;
	case 9: *ret = RAW; *ret_inside = true; return true;
	case 10: *ret = RAW; *ret_inside = false; return true;
	case 11: *ret = LZFSE; *ret_inside = true; return true;
	case 12: *ret = LZFSE; *ret_inside = false; return true;
	default: return false;
	}
}

enum isokit_status decmpfs_source(struct units *units, const uint8_t *attribute, size_t bytes,
				  struct isokit_source *resource, struct isokit_source **ret_src,
				  struct isokit_error *err)
{
	struct compressed *c = malloc(sizeof(*c) + bytes);
	struct units_file file = { .unit_bytes = UNIT_BYTES, .file = c, .expand = expand,
				   .release = release };
	enum isokit_status st = ISOKIT_OK;
	bool inside = false;

	if (!c) {
		isokit_source_close(resource);
		return isokit_fail_nomem(err, subject, bytes);
	}
	*c = (struct compressed){ .units = units, .resource = resource };
	if (bytes < HEADER_BYTES || get_le32(attribute) != MAGIC)
		st = damaged(err);
	else if (!take_method(get_le32(attribute + 4), &c->method, &inside))
		st = isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, subject,
				 "has the compression %u, which is not known",
				 get_le32(attribute + 4));
	if (!st) {
		c->size = file.size = get_le64(attribute + 8);
		if (inside) {
			isokit_source_close(c->resource);
			c->resource = NULL;
			c->inside_bytes = bytes - HEADER_BYTES;
			memcpy(c->inside, attribute + HEADER_BYTES, c->inside_bytes);
			st = c->size <= UNIT_BYTES ? ISOKIT_OK : damaged(err);
		} else if (!c->resource || c->size > INT64_MAX) {
			st = damaged(err);
		} else {
			st = c->method == ZLIB ? take_zlib_table(c, err) : take_table(c, err);
		}
	}
	if (st) {
		release(c);
		return st;
	}
	return units_source(units, &file, subject, ret_src, err);
}
