/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <string.h>

#include "base/byteorder.h"
#include "ondisk/wav.h"

START_TEST(reads_what_it_writes)
{
	uint8_t p[ONDISK_WAV_HEADER_BYTES];
	struct ondisk_wav w;

	ondisk_wav_header(4704, p);
	ck_assert_uint_eq(get_le32(p + 4), 4704 + 36);
	ck_assert_ptr_null(ondisk_wav_decode(p, sizeof(p), sizeof(p) + 4704, &w));
	ck_assert(ondisk_wav_is_cd(&w) && !w.big_endian);
	ck_assert(w.offset == 44 && w.bytes == 4704);
	/* Cut off: what is there. */
	ck_assert_ptr_null(ondisk_wav_decode(p, sizeof(p), sizeof(p) + 100, &w));
	ck_assert(w.bytes == 100);
	put_le32(p + 24, 48000);
	ck_assert_ptr_null(ondisk_wav_decode(p, sizeof(p), sizeof(p) + 100, &w));
	ck_assert(!ondisk_wav_is_cd(&w));
	put_le16(p + 20, 85); /* MP3 */
	ck_assert_ptr_nonnull(ondisk_wav_decode(p, sizeof(p), sizeof(p) + 100, &w));
	ck_assert_ptr_nonnull(ondisk_wav_decode(p, 11, 11, &w));
}
END_TEST

START_TEST(reads_aiff)
{
	static const uint8_t p[] = "FORM\0\0\0\x40" "AIFF"
				   "COMM\0\0\0\x12\0\2\0\0\0\x0a\0\x10\x40\x0e\xac\x44\0\0\0\0\0\0"
				   "SSND\0\0\0\x14\0\0\0\4\0\0\0\0....ssssssss";
	struct ondisk_wav w;

	ck_assert_ptr_null(ondisk_wav_decode(p, sizeof(p) - 1, sizeof(p) - 1, &w));
	ck_assert(ondisk_wav_is_cd(&w) && w.big_endian);
	ck_assert_uint_eq(w.bytes, 8);
	ck_assert_mem_eq(p + w.offset, "ssssssss", 8);
}
END_TEST

UNIT(wav)
{
	tcase_add_test(tc, reads_what_it_writes);
	tcase_add_test(tc, reads_aiff);
}
