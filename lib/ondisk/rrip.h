/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rock Ridge fields (IEEE P1282, RRIP 1.09 to 1.12) and zisofs. Each decoder
 * returns false when the field is shorter than what it must hold, and then
 * leaves its output alone. */
#ifndef ONDISK_RRIP_H
#define ONDISK_RRIP_H

#include "ondisk/susp.h"
#include "ondisk/volume.h"

/* PX, 4.1.1: 36 bytes, 44 with a serial number since 1.12. */
struct ondisk_px {
	uint32_t mode, links, uid, gid, serial;
	bool has_serial;
	bool agree; /* both byte orders of mode say the same */
};
bool ondisk_px_decode(const struct ondisk_field *field, struct ondisk_px *ret_px);

/* PN, 4.1.2: a device number in two halves. */
struct ondisk_pn {
	uint32_t high, low;
};
bool ondisk_pn_decode(const struct ondisk_field *field, struct ondisk_pn *ret_pn);

/* SL, 4.1.3: component records from byte 5 on. */
enum {
	ONDISK_SL_CONTINUE = 0x01,
	ONDISK_SL_CURRENT = 0x02,
	ONDISK_SL_PARENT = 0x04,
	ONDISK_SL_ROOT = 0x08,
};
struct ondisk_sl {
	uint8_t flags;
	const uint8_t *content;
	uint8_t bytes;
};
/* The component at *at (begin with 5); advances. False at the end, and, with
 * *ret_bad set, when a component reaches over the field. */
bool ondisk_sl_next(const struct ondisk_field *field, size_t *at, struct ondisk_sl *ret_sl,
		    bool *ret_bad);

/* NM, 4.1.4 */
enum { ONDISK_NM_CONTINUE = 0x01, ONDISK_NM_CURRENT = 0x02, ONDISK_NM_PARENT = 0x04 };
struct ondisk_nm {
	uint8_t flags, bytes;
	const uint8_t *name;
};
bool ondisk_nm_decode(const struct ondisk_field *field, struct ondisk_nm *ret_nm);

/* CL and PL, 4.1.5: address of a directory, in logical blocks. */
bool ondisk_cl_decode(const struct ondisk_field *field, struct both32 *ret_block);

/* TF, 4.1.6: where the time of last modification stands in the field, or NULL;
 * 17 bytes if long, else 7. */
const uint8_t *ondisk_tf_modified_at(const struct ondisk_field *field, bool *ret_long);

/* SF, 4.1.7: 1.10 had a 32-bit size, 1.12 has 64 bits and a table depth. */
bool ondisk_sf_decode(const struct ondisk_field *field, uint64_t *ret_bytes);

/* ZF of zisofs, version 1 ("pz") and 2 ("PZ"). */
struct ondisk_zf {
	char algorithm[2];
	uint8_t header_words; /* size of the header in 4-byte units */
	uint8_t block_log2;
	uint64_t bytes; /* when expanded */
};
bool ondisk_zf_decode(const struct ondisk_field *field, struct ondisk_zf *ret_zf);

/* One of version 2's compressors: "PZ" (zlib), "XZ", "L4", "ZD" (zstd), "B2"? Its
 * description gives the letters of all but the first in upper and the bytes in lower
 * case, so both are taken. */
bool ondisk_zf_is_version2(const struct ondisk_zf *zf);

#endif
