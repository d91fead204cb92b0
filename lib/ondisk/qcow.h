/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Disk images of QEMU: qcow (version 1), qcow2 (versions 2 and 3: QEMU's
 * docs/interop/qcow2.txt) and QED (docs/interop/qed_spec.txt). qcow numbers are big-endian,
 * those of QED little-endian. */
#ifndef ONDISK_QCOW_H
#define ONDISK_QCOW_H

#include <isokit/error.h>

enum {
	QCOW_HEADER_BYTES = 112, /* of version 3; a smaller one is followed by other things */

	QCOW_INCOMPATIBLE_DIRTY = 1,
	QCOW_INCOMPATIBLE_CORRUPT = 2,
	QCOW_INCOMPATIBLE_DATA_FILE = 4,
	QCOW_INCOMPATIBLE_COMPRESSION = 8,
	QCOW_INCOMPATIBLE_EXTENDED = 16, /* second-level entries of 16 bytes */

	QCOW_DEFLATE = 0,
	QCOW_ZSTD = 1,

	QED_BACKING = 1,
	QED_NEEDS_CHECK = 2,
	QED_BACKING_IS_RAW = 4,
};

#define QCOW_EXTENSION_BACKING_FORMAT UINT32_C(0xe2792aca)
#define QCOW_EXTENSION_DATA_FILE UINT32_C(0x44415441)

struct ondisk_qcow {
	unsigned version; /* 1, 2 or 3 */
	unsigned cluster_bits, l2_bits; /* l2_bits: of the number of entries in a table */
	unsigned entry_bytes;           /* of the second level: 8 or 16 */
	uint64_t bytes;                 /* of the disk */
	uint64_t backing_at;
	uint32_t backing_bytes;         /* of its name; 0 without one */
	uint32_t encryption;            /* 0: none */
	uint64_t l1_at;
	uint64_t l1_entries;
	uint32_t snapshots;
	uint64_t incompatible;          /* QCOW_INCOMPATIBLE_… and others */
	uint32_t header_bytes;          /* where header extensions begin */
	unsigned compression;           /* QCOW_DEFLATE … */
};

/* ISOKIT_E_NOT_ISO: no "QFI\xfb"; ISOKIT_E_UNSUPPORTED: a version that is not known;
 * ISOKIT_E_CORRUPT: sizes that cannot be. `raw` has QCOW_HEADER_BYTES. */
enum isokit_status ondisk_qcow_decode(const uint8_t *raw, struct ondisk_qcow *ret,
				      struct isokit_error *err);

struct ondisk_qed {
	uint32_t cluster_bytes, table_clusters, header_clusters;
	uint64_t features, l1_at, bytes;
	uint32_t backing_at, backing_bytes;
};

enum { QED_HEADER_BYTES = 64 };

enum isokit_status ondisk_qed_decode(const uint8_t *raw, struct ondisk_qed *ret,
				     struct isokit_error *err);

#endif
