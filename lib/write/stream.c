/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "write/stream.h"

#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "base/scan.h"
#include "format/packed.h"
#include "ondisk/zip.h"

enum { XZ_FOOTER_BYTES = 12, XZ_MAX_INDEX = 16 * 1024 * 1024 };

bool stream_is_packed(const uint8_t *head, size_t n, enum codec_stream_kind *ret)
{
	return packed_kind(head, n, ret);
}

/* ---- how much an xz file expands to ---------------------------------------------------------- */

/* A number of the xz format (1.2): seven bits in each byte. */
static bool take_number(const uint8_t **p, const uint8_t *end, uint64_t *ret)
{
	uint64_t n = 0;

	for (unsigned shift = 0; *p < end && shift < 63; shift += 7) {
		uint8_t byte = *(*p)++;

		n |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80)) {
			*ret = n;
			return true;
		}
	}
	return false;
}

/* The sizes in an index (4). *ret_packed: what its blocks take in the file. */
static bool sum_index(const uint8_t *raw, size_t n, uint64_t *ret_plain, uint64_t *ret_packed)
{
	const uint8_t *p = raw + 1, *end = raw + n;
	uint64_t records, packed, plain;

	*ret_plain = *ret_packed = 0;
	if (n < 8 || raw[0] != 0 || !take_number(&p, end, &records))
		return false;
	for (uint64_t i = 0; i < records; i++) {
		if (!take_number(&p, end, &packed) || !take_number(&p, end, &plain) ||
		    !add_u64(*ret_plain, plain, ret_plain) ||
		    packed > UINT64_MAX / 2 - *ret_packed)
			return false;
		*ret_packed += round_up(packed, 4);
	}
	return true;
}

/* One stream that ends at *io_end, which becomes where it begins. */
static bool sum_stream(struct isokit_source *src, uint64_t *io_end, uint64_t *io_plain)
{
	uint64_t index, end = *io_end, plain = 0, packed = 0;
	uint8_t footer[XZ_FOOTER_BYTES], *raw;
	bool ok;

	if (end < 2 * XZ_FOOTER_BYTES ||
	    isokit_source_read_at(src, end - XZ_FOOTER_BYTES, footer, sizeof(footer), NULL) ||
	    footer[10] != 'Y' || footer[11] != 'Z')
		return false;
	index = ((uint64_t)get_le32(footer + 4) + 1) * 4;
	end -= XZ_FOOTER_BYTES;
	if (index > XZ_MAX_INDEX || index > end)
		return false;
	raw = malloc((size_t)index);
	ok = raw && isokit_source_read_at(src, end - index, raw, (size_t)index, NULL) == ISOKIT_OK &&
	     sum_index(raw, (size_t)index, &plain, &packed);
	free(raw);
	end -= index;
	if (!ok || packed > end || end - packed < XZ_FOOTER_BYTES ||
	    !add_u64(*io_plain, plain, io_plain))
		return false;
	*io_end = end - packed - XZ_FOOTER_BYTES; /* its header is as long as its footer */
	return true;
}

/* All streams, with padding between them; 0: not known. */
static uint64_t xz_bytes(struct isokit_source *src)
{
	uint64_t end = isokit_source_size(src), plain = 0;
	uint8_t four[4];

	end -= end % 4;
	for (unsigned i = 0; end && i < 4096; i++) {
		if (end >= 4 && isokit_source_read_at(src, end - 4, four, 4, NULL) == ISOKIT_OK &&
		    all_zero(four, 4))
			end -= 4;
		else if (!sum_stream(src, &end, &plain))
			return 0;
	}
	return end ? 0 : plain;
}

/* ---- a file ------------------------------------------------------------------------------ */

static bool has_name(struct isokit_source *src, const char *ending)
{
	const char *name = isokit_source_name(src);
	size_t n = strlen(name), e = strlen(ending);

	return n > e && ascii_same_nocase(name + n - e, ending);
}

/* "Zstandard Seekable Format" */
static bool has_frame_table(struct isokit_source *src)
{
	uint64_t size = isokit_source_size(src);
	uint8_t mark[4];

	return size > sizeof(mark) &&
	       isokit_source_read_at(src, size - sizeof(mark), mark, sizeof(mark), NULL) ==
		       ISOKIT_OK && get_le32(mark) == UINT32_C(0x8f92eab1);
}

bool stream_take_file(struct stream *s, struct isokit_source *src, const uint8_t *head, size_t n)
{
	/* Containers of that name look like it; with a table of frames it is read at any place. */
	if (!packed_kind(head, n, &s->kind) || has_name(src, ".dmg") ||
	    (s->kind == CODEC_STREAM_ZSTD && has_frame_table(src)))
		return false;
	s->packed = true;
	s->file = src;
	if (s->kind == CODEC_STREAM_XZ)
		s->expected = xz_bytes(src);
	return true;
}

bool stream_is_zip(const uint8_t *head, size_t n)
{
	return n >= ZIP_LOCAL_BYTES && get_le32(head) == UINT32_C(0x04034b50) && head[4] <= 100;
}

enum isokit_status stream_take_zip(struct stream *s, struct isokit_source *src,
				   const uint8_t *head, size_t n, bool *ret_taken,
				   struct isokit_error *err)
{
	enum isokit_status st;
	bool stored;

	*ret_taken = false;
	if (!stream_is_zip(head, n))
		return ISOKIT_OK;
	st = zip_choose(src, &s->zip, err);
	if (!st)
		st = zip_method(&s->zip, &stored, &s->kind, err);
	if (!st)
		st = zip_locate(src, &s->zip, err);
	if (st || stored)
		return st;
	s->packed = s->zipped = *ret_taken = true;
	s->offset = s->zip.data;
	s->limit = s->zip.packed;
	s->expected = s->zip.bytes;
	s->file = src;
	return ISOKIT_OK;
}

void stream_end(struct stream *s)
{
	if (!s)
		return;
	intake_close(s->begun);
	isokit_source_close(s->file);
	free(s);
}
