/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A disc in a drive. libcdio can take a CUE sheet for a drive: the tracks are those of the
 * sheet, and audio comes through the same calls. */
#include <isokit/medium.h>
#include <isokit/source.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef HAVE_LIBCDIO
#include <cdio/cdio.h>
#endif

#include "format/cdrom.h"
#include "format/medium.h"
#include "ondisk/cdsector.h"
#include "unit.h"

#ifdef HAVE_LIBCDIO

enum { RAW = 2352, USER = 2048, BLOCKS = 400, FRAMES = 60, FIRST = 35 };

static char folder[] = "/tmp/isokit-cdrom.XXXXXX";
static uint8_t blocks[BLOCKS * USER], sound[FRAMES * RAW];

static void make_disc(char *ret_cue, size_t n)
{
	uint8_t raw[RAW];
	char name[200];
	FILE *f;

	ck_assert_ptr_nonnull(mkdtemp(folder));
	for (size_t i = 0; i < sizeof(blocks); i++)
		blocks[i] = (uint8_t)(i * 131 >> 3 ^ i);
	for (size_t i = 0; i < sizeof(sound); i++)
		sound[i] = (uint8_t)(i * 7 >> 1 ^ i >> 9);
	snprintf(name, sizeof(name), "%s/d.bin", folder);
	f = fopen(name, "wb");
	ck_assert_ptr_nonnull(f);
	for (unsigned i = 0; i < BLOCKS; i++) {
		unsigned frame = i + 150;

		memset(raw, 0, sizeof(raw));
		ondisk_cd_set_sync(raw);
		raw[13] = (uint8_t)(frame / 75 / 10 << 4 | frame / 75 % 10);
		raw[14] = (uint8_t)(frame % 75 / 10 << 4 | frame % 75 % 10);
		raw[15] = 1;
		memcpy(raw + 16, blocks + (size_t)i * USER, USER);
		ck_assert_uint_eq(fwrite(raw, 1, RAW, f), RAW);
	}
	ck_assert_uint_eq(fwrite(sound, 1, sizeof(sound), f), sizeof(sound));
	fclose(f);
	snprintf(ret_cue, n, "%s/d.cue", folder);
	f = fopen(ret_cue, "w");
	ck_assert_ptr_nonnull(f);
	fprintf(f, "FILE \"%s\" BINARY\n TRACK 01 MODE1/2352\n  INDEX 01 00:00:00\n"
		   " TRACK 02 AUDIO\n  TITLE \"First song\"\n  INDEX 01 %02u:%02u:%02u\n"
		   " TRACK 03 AUDIO\n  INDEX 01 %02u:%02u:%02u\n",
		name, BLOCKS / 75 / 60, BLOCKS / 75 % 60, BLOCKS % 75, (BLOCKS + FIRST) / 75 / 60,
		(BLOCKS + FIRST) / 75 % 60, (BLOCKS + FIRST) % 75);
	fclose(f);
}

static void remove_disc(const char *cue)
{
	char name[200];

	snprintf(name, sizeof(name), "%s/d.bin", folder);
	unlink(name);
	unlink(cue);
	rmdir(folder);
}

START_TEST(gives_the_tracks_of_a_disc)
{
	const struct isokit_medium_options plain = { .size = sizeof(plain), .plain = true };
	struct isokit_source *src, *track;
	struct isokit_medium *m;
	struct isokit_error err;
	uint8_t *back = malloc(sizeof(sound));
	char cue[200];
	size_t n;

	ck_assert_ptr_nonnull(back);
	make_disc(cue, sizeof(cue));
	ck_assert_int_eq(isokit_source_from_memory(blocks, sizeof(blocks), "drive", &src, NULL), ISOKIT_OK);
	ck_assert_int_eq(isokit_medium_open_source(src, NULL, &plain, &m, NULL), ISOKIT_OK);
	err.text[0] = '\0';
	ck_assert_msg(cdrom_open(m, src, cue, DRIVER_BINCUE, &err) == ISOKIT_OK, "%s", err.text);
	ck_assert_uint_eq(m->facts.n_tracks, 3);
	ck_assert_int_eq(m->tracks[0].kind, ISOKIT_TRACK_MODE1);
	ck_assert_int_eq(m->tracks[1].kind, ISOKIT_TRACK_AUDIO);
	ck_assert_uint_eq(m->tracks[0].sectors, BLOCKS);
	ck_assert_uint_eq(m->tracks[1].sectors, FIRST);
	ck_assert_uint_eq(m->tracks[2].sectors, FRAMES - FIRST);
	ck_assert_int_eq(m->tracks[2].first_lba, BLOCKS + FIRST);
	ck_assert_uint_eq(m->facts.n_sessions, 1);
	ck_assert_str_eq(m->tracks[1].text[ISOKIT_TEXT_TITLE], "First song");

	ck_assert_int_eq(isokit_medium_track(m, 0, &track, NULL), ISOKIT_OK);
	ck_assert_uint_eq(isokit_source_size(track), sizeof(blocks));
	ck_assert_int_eq(isokit_source_read_at(track, USER + 5, back, 3 * USER, NULL), ISOKIT_OK);
	ck_assert_mem_eq(back, blocks + USER + 5, 3 * USER);

	/* More than one command's worth, from the middle of a sector. */
	ck_assert_int_eq(isokit_medium_track(m, 1, &track, NULL), ISOKIT_OK);
	ck_assert_int_eq(isokit_source_read_at(track, 1000, back, 30 * RAW, NULL), ISOKIT_OK);
	ck_assert_mem_eq(back, sound + 1000, 30 * RAW);
	ck_assert_int_eq(isokit_medium_track(m, 2, &track, NULL), ISOKIT_OK);
	ck_assert_int_eq(isokit_source_read_at(track, 0, back, (FRAMES - FIRST) * RAW, NULL), ISOKIT_OK);
	ck_assert_mem_eq(back, sound + FIRST * RAW, (FRAMES - FIRST) * RAW);
	(void)isokit_medium_damages(m, &n, NULL);
	ck_assert_uint_eq(n, 0);
	isokit_medium_free(m);
	remove_disc(cue);
	free(back);
}
END_TEST

#endif

START_TEST(sees_that_a_file_is_no_drive)
{
	struct isokit_source *src;

	ck_assert_int_eq(isokit_source_from_memory("x", 1, "file", &src, NULL), ISOKIT_OK);
	ck_assert(!cdrom_has_tracks(src));
	isokit_source_close(src);
}
END_TEST

UNIT(cdrom)
{
	tcase_add_test(tc, sees_that_a_file_is_no_drive);
#ifdef HAVE_LIBCDIO
	tcase_add_test(tc, gives_the_tracks_of_a_disc);
#endif
}
