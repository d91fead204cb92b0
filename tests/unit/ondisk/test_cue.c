/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "ondisk/ccd.h"
#include "ondisk/cue.h"

static struct ondisk_cue cue;
static struct isokit_error error;

static enum isokit_status decode(const char *text)
{
	return ondisk_cue_decode(text, strlen(text), &cue, &error);
}

START_TEST(reads_what_programs_write)
{
	ck_assert_int_eq(decode("REM GENRE \"x\"\r\n"
				"CATALOG 1234567890123\r\n"
				"PERFORMER \"All\"\r\n"
				"FILE \"a \"b\" c.bin\" BINARY\r\n"
				"\tTRACK 01 MODE2/2352\r\n"
				"    FLAGS DCP 4CH\r\n"
				"    INDEX 01 00:00:00\r\n"
				"REM SESSION 02\r\n"
				"  track 2 audio\r\n"
				"    TITLE \"T\xc3\xbc\r\n" /* its quote does not end */
				"    ISRC ABCDE1234567\r\n"
				"    PREGAP 00:02:00\r\n"
				"    INDEX 00 00:03:00\r\n"
				"    INDEX 01 80:59:74\r\n"
				"    INDEX 02 81:00:00\r\n"
				"    INDEX 04 81:00:02\r\n"
				"    INDEX 03 81:00:01\r\n"), ISOKIT_OK);
	ck_assert_uint_eq(cue.n_files, 1);
	ck_assert_str_eq(cue.files[0].name, "a \"b\" c.bin");
	ck_assert_uint_eq(cue.n_tracks, 2);
	ck_assert_uint_eq(cue.tracks[0].mode, 2);
	ck_assert(cue.tracks[0].copy && cue.tracks[0].four_channels);
	ck_assert_uint_eq(cue.tracks[1].session, 2);
	ck_assert_str_eq(cue.tracks[1].text[ONDISK_CDTEXT_TITLE], "T\xc3\xbc");
	ck_assert_str_eq(cue.tracks[1].isrc, "ABCDE1234567");
	ck_assert_uint_eq(cue.tracks[1].pregap, 150);
	ck_assert_uint_eq(cue.tracks[1].index0.frame, 225);
	ck_assert_uint_eq(cue.tracks[1].index1.frame, (80 * 60 + 59) * 75 + 74);
	ck_assert_str_eq(cue.catalog, "1234567890123");
	ck_assert_str_eq(cue.text[ONDISK_CDTEXT_PERFORMER], "All");
	ck_assert_str_eq(cue.text[ONDISK_CDTEXT_GENRE], "");
	/* One that is out of order is none. */
	ck_assert_uint_eq(cue.tracks[1].n_more, 2);
	ck_assert_uint_eq(cue.tracks[1].more[0], 1);
	ck_assert_uint_eq(cue.tracks[1].more[1], 2);
	ck_assert_uint_eq(cue.bad_lines, 1);
}
END_TEST

START_TEST(reads_names_without_quotes)
{
	ck_assert_int_eq(decode("FILE my disc.bin BINARY\rTRACK 1 MODE1/2048\rINDEX 1 0:0:0"),
			 ISOKIT_OK);
	ck_assert_str_eq(cue.files[0].name, "my disc.bin");
	ck_assert_uint_eq(cue.tracks[0].sector_bytes, 2048);
	ck_assert_int_eq(decode("FILE \"x.wav\"WAVE\nTRACK 1 AUDIO\nINDEX 1 0:0:0"), ISOKIT_OK);
	ck_assert_int_eq(cue.files[0].type, ONDISK_CUE_SOUND);
	ck_assert_int_eq(decode("FILE \"x.bin\"\nTRACK 1 AUDIO\nINDEX 1 0:0:0"), ISOKIT_OK);
	ck_assert_str_eq(cue.files[0].name, "x.bin");
}
END_TEST

START_TEST(says_which_line_is_wrong)
{
	static const struct {
		const char *text, *line;
	} wrong[] = {
		{ "FILE a BINARY\nTRACK 0 AUDIO\n", "line 2" },
		{ "FILE a BINARY\nTRACK 100 AUDIO\n", "line 2" },
		{ "TRACK 1 AUDIO\n", "line 1" },
		{ "FILE a BINARY\nTRACK 1 MODE3/2352\n", "line 2" },
		{ "FILE a BINARY\nTRACK 1 AUDIO\nINDEX 1 00:60:00\n", "line 3" },
		{ "FILE a BINARY\nTRACK 1 AUDIO\nINDEX 1 00:00:75\n", "line 3" },
		{ "FILE a BINARY\nTRACK 1 AUDIO\nINDEX 1 99999999999999999999:00:00\n", "line 3" },
		{ "FILE a BINARY\nTRACK 1 AUDIO\nINDEX 0 00:00:00\n", "line 2" },
		{ "FILE a BINARY\nTRACK 2 AUDIO\nINDEX 1 0:0:1\nTRACK 1 AUDIO\n", "line 4" },
		{ "FILE a BINARY\nTRACK 1 AUDIO\nINDEX 1 0:0:5\nTRACK 2 AUDIO\nINDEX 1 0:0:4\n",
		  "line 4" },
		{ "FILE a BINARY\nTRACK 1 AUDIO\nINDEX 0 0:0:5\nINDEX 1 0:0:4\n", "line 2" },
		{ "FILE a NONSENSE\n", "line 1" },
		{ "FILE BINARY\nFILE \"\" BINARY\n", "line" },
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		ck_assert_int_eq(decode(wrong[i].text), ISOKIT_E_CORRUPT);
		ck_assert_msg(strstr(error.text, wrong[i].line) != NULL, "%s: %s", wrong[i].text,
			      error.text);
	}
	ck_assert_int_eq(decode("hello\n"), ISOKIT_E_NOT_ISO);
	ck_assert_int_eq(decode(""), ISOKIT_E_NOT_ISO);
}
END_TEST

START_TEST(has_limits)
{
	char *text = calloc(1, 100000);

	for (int i = 0; i < 101; i++)
		strcat(text, "FILE a BINARY\n");
	ck_assert_int_eq(decode(text), ISOKIT_E_CORRUPT);
	strcpy(text, "FILE \"");
	memset(text + 6, 'n', 600);
	strcpy(text + 606, "\" BINARY\n");
	ck_assert_int_eq(decode(text), ISOKIT_E_CORRUPT);
	free(text);
}
END_TEST

START_TEST(reads_clonecd)
{
	static const char text[] = "[CloneCD]\r\nVersion=3\r\n[Disc]\r\nDataTracksScrambled=0\r\n"
				   "[Entry 0]\r\nSession=1\r\nPoint=0xa2\r\nPLBA=500\r\n"
				   "[Entry 1]\r\nSession=1\r\nPoint=0x01\r\nControl=0x04\r\nPLBA=0\r\n"
				   "[TRACK 1]\r\n MODE = 2 \r\nINDEX 1=0\r\nISRC=USABC0000001\r\n";
	struct ondisk_ccd c;

	ck_assert_int_eq(ondisk_ccd_decode(text, sizeof(text) - 1, &c, NULL), ISOKIT_OK);
	ck_assert_uint_eq(c.n_tracks, 1);
	ck_assert_int_eq(c.tracks[1].mode, 2);
	ck_assert_uint_eq(c.tracks[1].control, 4);
	ck_assert(c.lead_out_set[1]);
	ck_assert_int_eq(c.lead_out[1], 500);
	ck_assert_str_eq(c.tracks[1].isrc, "USABC0000001");
	ck_assert_int_eq(ondisk_ccd_decode("[CloneCD]\n", 10, &c, NULL), ISOKIT_E_CORRUPT);
	ck_assert_int_eq(ondisk_ccd_decode("x=1\n", 4, &c, NULL), ISOKIT_E_NOT_ISO);
}
END_TEST

UNIT(cue)
{
	tcase_add_test(tc, reads_what_programs_write);
	tcase_add_test(tc, reads_names_without_quotes);
	tcase_add_test(tc, says_which_line_is_wrong);
	tcase_add_test(tc, has_limits);
	tcase_add_test(tc, reads_clonecd);
}
