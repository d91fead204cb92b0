/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ondisk/cso.h"

#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"

enum isokit_status ondisk_cso_decode(const uint8_t *raw, size_t len, uint64_t file_bytes,
				     struct ondisk_cso *ret, struct isokit_error *err)
{
	static const char subject[] = "CSO header";
	struct ondisk_cso c;

	if (len < CSO_HEADER_BYTES)
		return isokit_fail(err, ISOKIT_E_SHORT, len, subject,
				   "%zu bytes where 24 are needed", len);
	if (memcmp(raw, "CISO", 4) != 0 && memcmp(raw, "ZISO", 4) != 0)
		return isokit_fail(err, ISOKIT_E_NOT_ISO, 0, subject, "no CISO or ZISO mark");
	/* The size of the header, at byte 4, is 0 or nonsense in many files. */
	c = (struct ondisk_cso){
		.lz4 = raw[0] == 'Z',
		.bytes = get_le64(raw + 8),
		.block_bytes = get_le32(raw + 16),
		.version = raw[20],
		.shift = raw[21],
	};
	if (c.version > 2)
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, 20, subject,
				   "version %u is not known", c.version);
	if (c.block_bytes < CSO_MIN_BLOCK || c.block_bytes > CSO_MAX_BLOCK ||
	    (c.block_bytes & (c.block_bytes - 1)))
		return isokit_fail(err, ISOKIT_E_CORRUPT, 16, subject,
				   "a block size of %u bytes cannot be", c.block_bytes);
	if (c.shift > 16)
		return isokit_fail(err, ISOKIT_E_CORRUPT, 21, subject,
				   "an alignment of 2^%u bytes cannot be", c.shift);
	c.n_blocks = div_up(c.bytes, c.block_bytes);
	if (c.bytes == 0 || file_bytes < CSO_HEADER_BYTES ||
	    c.n_blocks >= (file_bytes - CSO_HEADER_BYTES) / 4)
		return isokit_fail(err, ISOKIT_E_CORRUPT, 8, subject,
				   "claims %llu bytes, whose index does not fit into the file",
				   (unsigned long long)c.bytes);
	*ret = c;
	return ISOKIT_OK;
}

enum isokit_status ondisk_dax_decode(const uint8_t *raw, size_t len, uint64_t file_bytes,
				     struct ondisk_dax *ret, struct isokit_error *err)
{
	static const char subject[] = "DAX header";
	struct ondisk_dax d;

	if (len < DAX_HEADER_BYTES)
		return isokit_fail(err, ISOKIT_E_SHORT, len, subject,
				   "%zu bytes where 32 are needed", len);
	if (memcmp(raw, "DAX\0", 4) != 0)
		return isokit_fail(err, ISOKIT_E_NOT_ISO, 0, subject, "no DAX mark");
	d = (struct ondisk_dax){
		.bytes = get_le32(raw + 4),
		.version = get_le32(raw + 8),
		.n_areas = get_le32(raw + 12),
	};
	if (d.version > 1)
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, 8, subject,
				   "version %u is not known", d.version);
	if (d.version == 0)
		d.n_areas = 0;
	d.n_frames = (uint32_t)div_up(d.bytes, DAX_FRAME_BYTES);
	d.sizes_offset = DAX_HEADER_BYTES + 4ull * d.n_frames;
	d.areas_offset = d.sizes_offset + 2ull * d.n_frames;
	if (d.bytes == 0 || !range_inside(d.areas_offset, 8ull * d.n_areas, file_bytes))
		return isokit_fail(err, ISOKIT_E_CORRUPT, 4, subject,
				   "claims %u bytes, whose index does not fit into the file",
				   d.bytes);
	*ret = d;
	return ISOKIT_OK;
}
