/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GUID partition table. Clauses are those of the UEFI specification 2.10. */
#ifndef ONDISK_GPT_H
#define ONDISK_GPT_H

#include <isokit/error.h>

enum {
	GPT_HEADER_BYTES = 92,  /* 5.3.2; the least a header may claim */
	GPT_ENTRY_BYTES = 128,  /* 5.3.3; entries are this times a power of two */
	GPT_NAME_BYTES = 72,    /* UTF-16LE */
	GPT_GUID_TEXT_BYTES = 37,
};

#define GPT_ATTR_LEGACY_BOOT ((uint64_t)1 << 2)

#define GPT_TYPE_ESP "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"
#define GPT_TYPE_BASIC_DATA "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7"
#define GPT_TYPE_FREEBSD_BOOT "83BD6B9D-7F41-11DC-BE0B-001560B84F0F"
#define GPT_TYPE_BIOS_BOOT "21686148-6449-6E6F-744E-656564454649"

struct ondisk_gpt_header {
	uint32_t revision, header_bytes, header_crc;
	uint64_t my_lba, alternate_lba, first_usable, last_usable; /* in blocks */
	uint8_t disk_guid[16];
	uint64_t entries_lba;
	uint32_t n_entries, entry_bytes, entries_crc;
	bool crc_ok; /* of the header, its own field taken as zero */
};

/* Decode one block. ISOKIT_E_NOT_ISO: no "EFI PART"; ISOKIT_E_SHORT: fewer
 * than 92 bytes. A header that claims an impossible size has no right CRC. */
enum isokit_status ondisk_gpt_header_decode(const uint8_t *raw, size_t len,
					    struct ondisk_gpt_header *ret_header,
					    struct isokit_error *err);

struct ondisk_gpt_entry {
	bool used; /* the type is not all zero */
	uint8_t type[16], guid[16];
	uint64_t first_lba, last_lba; /* in blocks, both included */
	uint64_t attributes;
	uint8_t name[GPT_NAME_BYTES];
};

/* Decode the first 128 bytes of an entry. */
void ondisk_gpt_entry_decode(const uint8_t *raw, struct ondisk_gpt_entry *ret_entry);

/* A GUID as text, upper case; the first three groups are little-endian. */
void ondisk_guid_text(const uint8_t raw[16], char out[GPT_GUID_TEXT_BYTES]);

/* CRC-32 (ISO 3309, as in zlib); begin with 0 and continue with the result. */
uint32_t ondisk_crc32(uint32_t crc, const uint8_t *raw, size_t len);

/* Of two runs of bytes behind each other, from the CRC32 of each. */
uint32_t ondisk_crc32_join(uint32_t a, uint32_t b, uint64_t b_bytes);

#endif
