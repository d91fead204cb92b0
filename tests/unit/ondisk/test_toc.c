/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <string.h>

#include "ondisk/toc.h"

static struct ondisk_toc toc;
static struct isokit_error error;

static enum isokit_status decode(const char *text)
{
	return ondisk_toc_decode(text, strlen(text), &toc, &error);
}

START_TEST(reads_what_cdrdao_writes)
{
	ck_assert_int_eq(decode("CD_ROM_XA\n\nCATALOG \"1234567890123\"\n"
				"CD_TEXT {\n LANGUAGE_MAP { 0 : EN }\n LANGUAGE 0 {\n"
				"  TITLE \"disc\" SIZE_INFO { 0, 1, 2,\n 3} } }\n"
				"// comment TRACK\n"
				"TRACK MODE2_FORM_MIX RW_RAW\nNO COPY\n"
				"DATAFILE \"a.bin\" 00:01:00 // length in bytes: 1\n\n"
				"TRACK AUDIO\nCOPY\nNO PRE_EMPHASIS\nTWO_CHANNEL_AUDIO\n"
				"ISRC \"ABCDE1234567\"\n"
				"CD_TEXT { LANGUAGE 0 { TITLE \"a\\\"\\101\" PERFORMER \"p\" } }\n"
				"SILENCE 00:00:10\nSTART 00:00:05\n"
				"FILE \"a.bin\" SWAP #100 588 00:00:03\nINDEX 00:00:01\n"
				"AUDIOFILE \"b.wav\" 0\n"), ISOKIT_OK);
	ck_assert_uint_eq(toc.n_tracks, 2);
	ck_assert_uint_eq(toc.n_files, 2);
	ck_assert_uint_eq(toc.tracks[0].sector_bytes, 2336 + 96);
	ck_assert(toc.parts[0].length == (uint64_t)75 * 2432);
	ck_assert_str_eq(toc.tracks[1].text[ONDISK_CDTEXT_TITLE], "a\"A");
	ck_assert_str_eq(toc.tracks[1].text[ONDISK_CDTEXT_PERFORMER], "p");
	ck_assert_str_eq(toc.tracks[1].isrc, "ABCDE1234567");
	ck_assert(toc.tracks[1].start == 5 * 2352);
	ck_assert_uint_eq(toc.tracks[1].n_parts, 3);
	ck_assert_int_eq(toc.parts[1].file, -1);
	ck_assert(toc.parts[2].swap && toc.parts[2].offset == 100);
	ck_assert(toc.parts[2].start == 588 * 4 && toc.parts[2].length == 3 * 2352);
	ck_assert(!toc.parts[3].length_set);
	ck_assert_str_eq(toc.catalog, "1234567890123");
	ck_assert_str_eq(toc.text[ONDISK_CDTEXT_TITLE], "disc");
	ck_assert(toc.tracks[1].copy && !toc.tracks[1].preemphasis && !toc.tracks[0].copy);
	ck_assert_uint_eq(toc.tracks[1].n_indexes, 1);
	ck_assert(toc.tracks[1].indexes[0] == 2352);
}
END_TEST

START_TEST(knows_start_by_what_is_ahead)
{
	ck_assert_int_eq(decode("TRACK AUDIO\nSILENCE 00:00:07\nSTART\nSILENCE 100\n"), ISOKIT_OK);
	ck_assert(toc.tracks[0].start == 7 * 2352);
	ck_assert_int_eq(decode("TRACK AUDIO\nFILE \"a\" 0\nSTART\n"), ISOKIT_E_CORRUPT);
}
END_TEST

START_TEST(refuses_nonsense)
{
	static const char *const wrong[] = {
		"TRACK MODE9\nSILENCE 1\n", "TRACK AUDIO\n", "TRACK AUDIO\nFILE \"a 0\n",
		"TRACK AUDIO\nFILE a 0\n", "TRACK AUDIO\nSILENCE 00:75\n",
		"TRACK AUDIO\nSILENCE 00:60:00\n", "TRACK AUDIO\nWHAT\n",
		"TRACK AUDIO\nSILENCE 99999999999999999999999\n", "CD_TEXT {", "CD_TEXT }",
		"CD_TEXT {{{{{{{{{{{{", "TRACK AUDIO\nFILE \"a\" #x 0\n", "TRACK AUDIO ISRC 7\n",
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_msg(decode(wrong[i]) != ISOKIT_OK, "%s", wrong[i]);
	ck_assert_int_eq(decode("CD_DA\n"), ISOKIT_E_NOT_ISO);
}
END_TEST

UNIT(toc)
{
	tcase_add_test(tc, reads_what_cdrdao_writes);
	tcase_add_test(tc, knows_start_by_what_is_ahead);
	tcase_add_test(tc, refuses_nonsense);
}
