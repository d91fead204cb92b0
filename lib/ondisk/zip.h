/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ZIP archives (APPNOTE.TXT 6.3): the central directory at the end, with ZIP64. */
#ifndef ONDISK_ZIP_H
#define ONDISK_ZIP_H

#include <isokit/error.h>

enum {
	ZIP_END_BYTES = 22,       /* without its comment */
	ZIP_END64_BYTES = 56,
	ZIP_LOCATOR_BYTES = 20,
	ZIP_ENTRY_BYTES = 46,     /* of the central directory, without names */
	ZIP_LOCAL_BYTES = 30,

	ZIP_STORED = 0,
	ZIP_DEFLATED = 8,
	ZIP_BZIP2 = 12,
	ZIP_ZSTD = 93,
	ZIP_XZ = 95,

	ZIP_ENCRYPTED = 1, /* flags */
	ZIP_DESCRIPTOR = 8, /* sizes and CRC follow the file */
};

struct ondisk_zip_end {
	uint64_t entries, bytes, offset; /* of the central directory */
	bool needs_zip64;
};

struct ondisk_zip_entry {
	uint16_t flags, method;
	uint32_t crc;
	uint64_t packed, bytes, offset; /* of the local header */
	const char *name;               /* borrowed, not terminated */
	size_t name_bytes;
	size_t entry_bytes;             /* to the next one */
	bool directory;
};

/* The end record, at the beginning of raw. */
bool ondisk_zip_end_decode(const uint8_t *raw, size_t len, struct ondisk_zip_end *ret);

/* Where the ZIP64 end record is, from the locator; then that record. */
bool ondisk_zip_locator_decode(const uint8_t *raw, size_t len, uint64_t *ret_offset);
bool ondisk_zip_end64_decode(const uint8_t *raw, size_t len, struct ondisk_zip_end *ret);

/* An entry of the central directory. False: it is none, or cut short. */
bool ondisk_zip_entry_decode(const uint8_t *raw, size_t len, struct ondisk_zip_entry *ret);

/* How many bytes a local header takes. 0: it is none. */
size_t ondisk_zip_local_bytes(const uint8_t *raw, size_t len);

/* A whole local header, with its name and extra fields: what a directory would tell, as far as
 * it is known there. entry_bytes: of the header. */
bool ondisk_zip_local_decode(const uint8_t *raw, size_t len, struct ondisk_zip_entry *ret);

#endif
