/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ondisk/sparseimage.h"

#include <string.h>

#include "base/byteorder.h"
#include "base/fail.h"

enum isokit_status ondisk_sparseimage_decode(const uint8_t *raw, size_t len,
					     struct ondisk_sparseimage *ret,
					     struct isokit_error *err)
{
	static const char subject[] = "sparse image";
	struct ondisk_sparseimage s;
	uint32_t band_sectors;

	if (len < SPARSEIMAGE_NODE_BYTES)
		return isokit_fail(err, ISOKIT_E_SHORT, len, subject,
				   "%zu bytes where 4096 are needed", len);
	if (memcmp(raw, "sprs", 4) != 0)
		return isokit_fail(err, ISOKIT_E_NOT_ISO, 0, subject, "no sprs mark");
	band_sectors = get_be32(raw + 8);
	s = (struct ondisk_sparseimage){
		.version = get_be32(raw + 4),
		.band_bytes = (uint64_t)band_sectors * 512,
		.next_node = get_be64(raw + 20),
		.sectors = get_be64(raw + 28),
	};
	/* The old place of the number has its low 32 bits; writers may fill only that. */
	if (s.sectors == 0)
		s.sectors = get_be32(raw + 16);
	if (band_sectors == 0 || band_sectors > 1u << 24)
		return isokit_fail(err, ISOKIT_E_CORRUPT, 8, subject,
				   "bands of %u sectors cannot be", band_sectors);
	if (s.sectors == 0 || s.sectors > UINT64_C(1) << 41)
		return isokit_fail(err, ISOKIT_E_CORRUPT, 28, subject,
				   "a disk of %llu sectors cannot be", (unsigned long long)s.sectors);
	*ret = s;
	return ISOKIT_OK;
}

uint64_t ondisk_sparseimage_next(const uint8_t *node)
{
	return get_be64(node + 12);
}

uint32_t ondisk_sparseimage_band(const uint8_t *node, bool header, unsigned i)
{
	return get_be32(node + (header ? 64 : 56) + 4 * (size_t)i);
}
