/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ondisk/gpt.h"

#include <string.h>

#include "base/byteorder.h"
#include "base/fail.h"
#include "base/scan.h"

#define CRC_POLYNOMIAL UINT32_C(0xedb88320)

/* a × b modulo the polynomial, coefficients of low powers in high bits. */
static uint32_t crc_multiply(uint32_t a, uint32_t b)
{
	uint32_t product = 0;

	for (; a; a <<= 1) {
		if (a & UINT32_C(0x80000000))
			product ^= b;
		b = b >> 1 ^ (b & 1 ? CRC_POLYNOMIAL : 0);
	}
	return product;
}

/* The register after so many bytes of zeros: it times x^8 for each. */
static uint32_t crc_of_zeros(uint32_t crc, uint64_t bytes)
{
	uint32_t power = UINT32_C(0x80000000) >> 8;

	for (; bytes; bytes >>= 1) {
		if (bytes & 1)
			crc = crc_multiply(power, crc);
		power = crc_multiply(power, power);
	}
	return crc;
}

uint32_t ondisk_crc32(uint32_t crc, const uint8_t *raw, size_t len)
{
	/* after[k][n]: what a nibble n becomes with k nibbles
	 * of zeros behind it; so eight look-ups that do not wait for each other
	 * take four bytes. */
	static const uint32_t after[8][16] = {
		{ 0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
		  0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
		  0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c },
		{ 0x00000000, 0x77073096, 0xee0e612c, 0x990951ba, 0x076dc419, 0x706af48f,
		  0xe963a535, 0x9e6495a3, 0x0edb8832, 0x79dcb8a4, 0xe0d5e91e, 0x97d2d988,
		  0x09b64c2b, 0x7eb17cbd, 0xe7b82d07, 0x90bf1d91 },
		{ 0x00000000, 0x4ac21251, 0x958424a2, 0xdf4636f3, 0xf0794f05, 0xbabb5d54,
		  0x65fd6ba7, 0x2f3f79f6, 0x3b83984b, 0x71418a1a, 0xae07bce9, 0xe4c5aeb8,
		  0xcbfad74e, 0x8138c51f, 0x5e7ef3ec, 0x14bce1bd },
		{ 0x00000000, 0x191b3141, 0x32366282, 0x2b2d53c3, 0x646cc504, 0x7d77f445,
		  0x565aa786, 0x4f4196c7, 0xc8d98a08, 0xd1c2bb49, 0xfaefe88a, 0xe3f4d9cb,
		  0xacb54f0c, 0xb5ae7e4d, 0x9e832d8e, 0x87981ccf },
		{ 0x00000000, 0x1c26a370, 0x384d46e0, 0x246be590, 0x709a8dc0, 0x6cbc2eb0,
		  0x48d7cb20, 0x54f16850, 0xe1351b80, 0xfd13b8f0, 0xd9785d60, 0xc55efe10,
		  0x91af9640, 0x8d893530, 0xa9e2d0a0, 0xb5c473d0 },
		{ 0x00000000, 0x01c26a37, 0x0384d46e, 0x0246be59, 0x0709a8dc, 0x06cbc2eb,
		  0x048d7cb2, 0x054f1685, 0x0e1351b8, 0x0fd13b8f, 0x0d9785d6, 0x0c55efe1,
		  0x091af964, 0x08d89353, 0x0a9e2d0a, 0x0b5c473d },
		{ 0x00000000, 0x5019579f, 0xa032af3e, 0xf02bf8a1, 0x9b14583d, 0xcb0d0fa2,
		  0x3b26f703, 0x6b3fa09c, 0xed59b63b, 0xbd40e1a4, 0x4d6b1905, 0x1d724e9a,
		  0x764dee06, 0x2654b999, 0xd67f4138, 0x866616a7 },
		{ 0x00000000, 0xb8bc6765, 0xaa09c88b, 0x12b5afee, 0x8f629757, 0x37def032,
		  0x256b5fdc, 0x9dd738b9, 0xc5b428ef, 0x7d084f8a, 0x6fbde064, 0xd7018701,
		  0x4ad6bfb8, 0xf26ad8dd, 0xe0df7733, 0x58631056 },
	};
	size_t i = 0, zeros = 0;

	/* Entries that nobody uses make up most of a GPT: zeros go quickly. */
	while (len >= 128 && all_zero(raw + len - 128, 128)) {
		len -= 128;
		zeros += 128;
	}
	while (len >= 8 && get_le64(raw + len - 8) == 0) {
		len -= 8;
		zeros += 8;
	}
	crc = ~crc;
	for (; len - i >= 4; i += 4) {
		uint32_t x = crc ^ get_le32(raw + i);

		crc = after[7][x & 15] ^ after[6][x >> 4 & 15] ^ after[5][x >> 8 & 15] ^
		      after[4][x >> 12 & 15] ^ after[3][x >> 16 & 15] ^ after[2][x >> 20 & 15] ^
		      after[1][x >> 24 & 15] ^ after[0][x >> 28];
	}
	for (; i < len; i++) {
		crc ^= raw[i];
		crc = crc >> 4 ^ after[0][crc & 15];
		crc = crc >> 4 ^ after[0][crc & 15];
	}
	return ~crc_of_zeros(crc, zeros);
}

uint32_t ondisk_crc32_join(uint32_t a, uint32_t b, uint64_t b_bytes)
{
	return crc_of_zeros(a, b_bytes) ^ b;
}

enum isokit_status ondisk_gpt_header_decode(const uint8_t *raw, size_t len,
					    struct ondisk_gpt_header *ret_header,
					    struct isokit_error *err)
{
	static const char subject[] = "GPT header";
	static const uint8_t zeros[4] = { 0 };
	struct ondisk_gpt_header h;
	uint32_t crc;

	if (len < GPT_HEADER_BYTES)
		return isokit_fail(err, ISOKIT_E_SHORT, len, subject,
				   "%zu bytes where 92 are needed", len);
	if (memcmp(raw, "EFI PART", 8) != 0)
		return isokit_fail(err, ISOKIT_E_NOT_ISO, 0, subject, "no EFI PART mark");
	h = (struct ondisk_gpt_header){
		.revision = get_le32(raw + 8),
		.header_bytes = get_le32(raw + 12),
		.header_crc = get_le32(raw + 16),
		.my_lba = get_le64(raw + 24),
		.alternate_lba = get_le64(raw + 32),
		.first_usable = get_le64(raw + 40),
		.last_usable = get_le64(raw + 48),
		.entries_lba = get_le64(raw + 72),
		.n_entries = get_le32(raw + 80),
		.entry_bytes = get_le32(raw + 84),
		.entries_crc = get_le32(raw + 88),
	};
	memcpy(h.disk_guid, raw + 56, 16);
	if (h.header_bytes >= GPT_HEADER_BYTES && h.header_bytes <= len) {
		crc = ondisk_crc32(0, raw, 16);
		crc = ondisk_crc32(crc, zeros, 4);
		crc = ondisk_crc32(crc, raw + 20, h.header_bytes - 20);
		h.crc_ok = crc == h.header_crc;
	}
	*ret_header = h;
	return ISOKIT_OK;
}

void ondisk_gpt_entry_decode(const uint8_t *raw, struct ondisk_gpt_entry *ret_entry)
{
	static const uint8_t unused[16] = { 0 };
	struct ondisk_gpt_entry e = {
		.used = memcmp(raw, unused, 16) != 0,
		.first_lba = get_le64(raw + 32),
		.last_lba = get_le64(raw + 40),
		.attributes = get_le64(raw + 48),
	};

	memcpy(e.type, raw, 16);
	memcpy(e.guid, raw + 16, 16);
	memcpy(e.name, raw + 56, GPT_NAME_BYTES);
	*ret_entry = e;
}

void ondisk_guid_text(const uint8_t raw[16], char out[GPT_GUID_TEXT_BYTES])
{
	static const char digits[] = "0123456789ABCDEF";
	/* UEFI appendix A: a 32-bit and two 16-bit numbers, then eight bytes. */
	static const uint8_t order[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };
	size_t n = 0;

	for (size_t i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			out[n++] = '-';
		out[n++] = digits[raw[order[i]] >> 4];
		out[n++] = digits[raw[order[i]] & 15];
	}
	out[n] = '\0';
}
