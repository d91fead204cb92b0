/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ondisk/udif.h"

#include <string.h>

#include "base/byteorder.h"
#include "base/fail.h"

static struct ondisk_udif_checksum checksum(const uint8_t *p)
{
	struct ondisk_udif_checksum c = { .type = get_be32(p), .bits = get_be32(p + 4) };

	memcpy(c.bytes, p + 8, sizeof(c.bytes));
	if (c.bits > sizeof(c.bytes) * 8)
		c.bits = 0;
	return c;
}

enum isokit_status ondisk_udif_decode(const uint8_t *raw, size_t len, struct ondisk_udif *ret,
				      struct isokit_error *err)
{
	static const char subject[] = "DMG trailer";

	if (len < UDIF_TRAILER_BYTES)
		return isokit_fail(err, ISOKIT_E_SHORT, len, subject,
				   "%zu bytes where 512 are needed", len);
	if (memcmp(raw, "koly", 4) != 0)
		return isokit_fail(err, ISOKIT_E_NOT_ISO, 0, subject, "no koly mark");
	*ret = (struct ondisk_udif){
		.version = get_be32(raw + 4),
		.header_bytes = get_be32(raw + 8),
		.flags = get_be32(raw + 12),
		.running_offset = get_be64(raw + 16),
		.data_offset = get_be64(raw + 24),
		.data_bytes = get_be64(raw + 32),
		.fork_offset = get_be64(raw + 40),
		.fork_bytes = get_be64(raw + 48),
		.segment = get_be32(raw + 56),
		.n_segments = get_be32(raw + 60),
		.data_checksum = checksum(raw + 80),
		.xml_offset = get_be64(raw + 216),
		.xml_bytes = get_be64(raw + 224),
		.master_checksum = checksum(raw + 352),
		.variant = get_be32(raw + 488),
		.sectors = get_be64(raw + 492),
	};
	memcpy(ret->segment_id, raw + 64, sizeof(ret->segment_id));
	return ISOKIT_OK;
}

enum isokit_status ondisk_udif_map_decode(const uint8_t *raw, size_t len,
					  struct ondisk_udif_map *ret, struct isokit_error *err)
{
	static const char subject[] = "block map";

	if (len < UDIF_MAP_BYTES)
		return isokit_fail(err, ISOKIT_E_SHORT, len, subject,
				   "%zu bytes where 204 are needed", len);
	if (memcmp(raw, "mish", 4) != 0)
		return isokit_fail(err, ISOKIT_E_CORRUPT, 0, subject, "no mish mark");
	*ret = (struct ondisk_udif_map){
		.first_sector = get_be64(raw + 8),
		.sectors = get_be64(raw + 16),
		.data_offset = get_be64(raw + 24),
		.max_sectors = get_be32(raw + 32),
		.checksum = checksum(raw + 64),
		.n_runs = get_be32(raw + 200),
	};
	if (ret->n_runs > (len - UDIF_MAP_BYTES) / UDIF_RUN_BYTES)
		return isokit_fail(err, ISOKIT_E_CORRUPT, 200, subject,
				   "claims %u runs, and has bytes for %zu", ret->n_runs,
				   (len - UDIF_MAP_BYTES) / UDIF_RUN_BYTES);
	return ISOKIT_OK;
}

void ondisk_udif_run_decode(const uint8_t *raw, uint32_t i, struct ondisk_udif_run *ret)
{
	const uint8_t *p = raw + UDIF_MAP_BYTES + (size_t)i * UDIF_RUN_BYTES;

	*ret = (struct ondisk_udif_run){
		.type = get_be32(p),
		.comment = get_be32(p + 4),
		.sector = get_be64(p + 8),
		.sectors = get_be64(p + 16),
		.offset = get_be64(p + 24),
		.bytes = get_be64(p + 32),
	};
}
