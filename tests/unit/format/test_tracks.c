/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tracks of discs that are made here: a CUE sheet and its file in a folder. */
#include <isokit/medium.h>
#include <isokit/source.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/byteorder.h"
#include "ondisk/cdsector.h"
#include "unit.h"

enum { RAW = 2352, USER = 2048, DATA = 30, GAP = 5, AUDIO = 7, ALL = DATA + GAP + AUDIO };

static uint8_t disc[ALL * RAW], user[DATA * USER], sound[AUDIO * RAW];
static char folder[] = "/tmp/isokit-tracks.XXXXXX";

static void make_sector(uint8_t *s, const uint8_t *data, unsigned i, unsigned mode)
{
	unsigned frame = i + 150;

	memset(s, 0, RAW);
	ondisk_cd_set_sync(s);
	s[13] = (uint8_t)(frame / 75);
	s[14] = (uint8_t)(frame % 75 / 10 << 4 | frame % 75 % 10);
	s[15] = (uint8_t)mode;
	if (mode == 2) {
		s[18] = s[22] = 8;
		memcpy(s + 24, data, USER);
		put_le32(s + 2072, ondisk_cd_edc(s + 16, 2056));
	} else {
		memcpy(s + 16, data, USER);
		put_le32(s + 2064, ondisk_cd_edc(s, 2064));
	}
	ondisk_cd_encode_ecc(s);
}

static void write_file(const char *name, const void *bytes, size_t n)
{
	char path[200];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "wb");
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(bytes, 1, n, f), n);
	fclose(f);
}

/* Data in the mode, a gap, sound; not yet written. */
static void setup_disc(unsigned mode)
{
	strcpy(folder + sizeof(folder) - 7, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	memset(disc, 0, sizeof(disc));
	for (size_t i = 0; i < sizeof(user); i++)
		user[i] = (uint8_t)(i * 131 >> 3 ^ i);
	for (size_t i = 0; i < sizeof(sound); i++)
		sound[i] = (uint8_t)(i * 7 + 1);
	for (unsigned i = 0; i < DATA; i++)
		make_sector(disc + (size_t)i * RAW, user + (size_t)i * USER, i, mode);
	memcpy(disc + (size_t)(DATA + GAP) * RAW, sound, sizeof(sound));
}

static struct isokit_medium *open_disc(const char *sheet)
{
	struct isokit_medium *m = NULL;
	char path[200];

	write_file("d.bin", disc, sizeof(disc));
	write_file("d.cue", sheet, strlen(sheet));
	snprintf(path, sizeof(path), "%s/d.cue", folder);
	ck_assert_int_eq(isokit_medium_open(path, NULL, &m, NULL), ISOKIT_OK);
	return m;
}

static void close_disc(struct isokit_medium *m)
{
	char command[300];

	isokit_medium_free(m);
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	ck_assert_int_eq(system(command), 0);
}

static const char sheet[] = "FILE \"d.bin\" BINARY\n"
			    " TRACK 01 MODE1/2352\n  INDEX 01 00:00:00\n"
			    " TRACK 02 AUDIO\n  INDEX 00 00:00:30\n  INDEX 01 00:00:35\n";

static void expect_bytes(struct isokit_source *src, uint64_t at, const uint8_t *bytes, size_t n)
{
	uint8_t *got = malloc(n);

	ck_assert_int_eq(isokit_source_read_at(src, at, got, n, NULL), ISOKIT_OK);
	ck_assert_mem_eq(got, bytes, n);
	free(got);
}

static size_t count_damages(struct isokit_medium *m)
{
	size_t n;

	(void)isokit_medium_damages(m, &n, NULL);
	return n;
}

START_TEST(gives_data_and_sound)
{
	const struct isokit_medium_facts *f;
	struct isokit_source *src = NULL;
	struct isokit_medium *m;

	setup_disc(1);
	m = open_disc(sheet);
	f = isokit_medium_facts(m);
	ck_assert_int_eq(f->shape, ISOKIT_MEDIUM_DISC);
	ck_assert_uint_eq(f->n_tracks, 2);
	ck_assert_uint_eq(f->tracks[0].sectors, DATA);
	ck_assert_int_eq(f->tracks[1].first_lba, DATA + GAP);
	ck_assert_uint_eq(f->tracks[1].pregap_sectors, GAP);
	ck_assert_int_eq(isokit_medium_track(m, 0, &src, NULL), ISOKIT_OK);
	ck_assert(isokit_source_size(src) == sizeof(user));
	expect_bytes(src, 0, user, sizeof(user));
	expect_bytes(src, 2047, user + 2047, 4000); /* across sectors, at no border */
	ck_assert_int_eq(isokit_medium_track(m, 1, &src, NULL), ISOKIT_OK);
	ck_assert(isokit_source_size(src) == sizeof(sound));
	expect_bytes(src, 0, sound, sizeof(sound));
	ck_assert_int_eq(isokit_medium_disc(m, 0, &src, NULL), ISOKIT_OK);
	ck_assert(isokit_source_size(src) == sizeof(user));
	ck_assert_int_eq(isokit_medium_track(m, 2, &src, NULL), ISOKIT_E_INVALID);
	ck_assert_uint_eq(count_damages(m), 0);
	close_disc(m);
}
END_TEST

START_TEST(believes_the_sectors_rather_than_the_sheet)
{
	struct isokit_source *src = NULL;
	struct isokit_medium *m;

	setup_disc(2);
	m = open_disc(sheet);
	ck_assert_int_eq(isokit_medium_facts(m)->tracks[0].kind, ISOKIT_TRACK_MODE2_FORM1);
	ck_assert_uint_ge(isokit_medium_facts(m)->n_notes, 1);
	ck_assert_int_eq(isokit_medium_track(m, 0, &src, NULL), ISOKIT_OK);
	expect_bytes(src, 0, user, sizeof(user));
	close_disc(m);
}
END_TEST

START_TEST(repairs_what_it_can_and_tells)
{
	const struct isokit_damage *d;
	struct isokit_source *src = NULL;
	struct isokit_medium *m;
	size_t n;

	setup_disc(1);
	disc[3 * RAW + 500] ^= 0x10;
	for (unsigned i = 0; i < 700; i++)
		disc[5 * RAW + 200 + i] ^= 0x81;
	memset(disc + 9 * RAW, 0, RAW);
	m = open_disc(sheet);
	ck_assert_int_eq(isokit_medium_track(m, 0, &src, NULL), ISOKIT_OK);
	expect_bytes(src, 3 * USER, user + 3 * USER, USER);
	ck_assert_uint_eq(count_damages(m), 1);
	expect_bytes(src, 3 * USER, user + 3 * USER, USER);
	ck_assert_uint_eq(count_damages(m), 1); /* the same, read twice */
	expect_bytes(src, 4 * USER, user + 4 * USER, USER);
	ck_assert_uint_eq(count_damages(m), 1);
	expect_bytes(src, 5 * USER + 1000, user + 5 * USER + 1000, 1000);
	expect_bytes(src, 10 * USER, user + 10 * USER, 20 * USER);
	expect_bytes(src, 9 * USER, disc + 9 * RAW, USER);
	d = isokit_medium_damages(m, &n, NULL);
	ck_assert_uint_eq(n, 3);
	ck_assert(d[1].track == 1 && d[1].offset == 5 * USER && d[1].bytes == USER);
	ck_assert(d[2].offset == 9 * USER);
	close_disc(m);
}
END_TEST

START_TEST(gives_no_part_of_form_2)
{
	static const uint8_t zeros[USER];
	struct isokit_source *src = NULL;
	struct isokit_medium *m;

	setup_disc(2);
	disc[4 * RAW + 18] = disc[4 * RAW + 22] = 0x24;
	m = open_disc(sheet);
	ck_assert_int_eq(isokit_medium_facts(m)->tracks[0].kind, ISOKIT_TRACK_MODE2);
	ck_assert_int_eq(isokit_medium_track(m, 0, &src, NULL), ISOKIT_OK);
	expect_bytes(src, 4 * USER, zeros, USER);
	ck_assert_uint_eq(count_damages(m), 1);
	close_disc(m);
}
END_TEST

static enum isokit_status try_sheet(const char *name)
{
	struct isokit_medium *m = NULL;
	enum isokit_status st;
	char path[200], text[300];

	snprintf(text, sizeof(text), "FILE \"%s\" BINARY\nTRACK 01 MODE1/2352\nINDEX 01 00:00:00\n",
		 name);
	write_file("e.cue", text, strlen(text));
	snprintf(path, sizeof(path), "%s/e.cue", folder);
	st = isokit_medium_open(path, NULL, &m, NULL);
	isokit_medium_free(m);
	return st;
}

START_TEST(stays_in_its_folder)
{
	char path[200], other[200];

	setup_disc(1);
	write_file("d.bin", disc, sizeof(disc));
	snprintf(path, sizeof(path), "%s/sub", folder);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	write_file("sub/s.bin", disc, sizeof(disc));
	snprintf(path, sizeof(path), "%s/link.bin", folder);
	ck_assert_int_eq(symlink("/etc/passwd", path), 0);
	snprintf(path, sizeof(path), "%s/inner.bin", folder);
	ck_assert_int_eq(symlink("sub/s.bin", path), 0);
	snprintf(path, sizeof(path), "%s/fifo.bin", folder);
	ck_assert_int_eq(mkfifo(path, 0600), 0);

	ck_assert_int_eq(try_sheet("d.bin"), ISOKIT_OK);
	ck_assert_int_eq(try_sheet("./d.bin"), ISOKIT_OK);
	ck_assert_int_eq(try_sheet("D.BIN"), ISOKIT_OK);
	ck_assert_int_eq(try_sheet("d.img"), ISOKIT_OK);
	ck_assert_int_eq(try_sheet("sub\\s.bin"), ISOKIT_OK);
	ck_assert_int_eq(try_sheet("inner.bin"), ISOKIT_OK);
	ck_assert_int_eq(try_sheet("C:\\Users\\x\\d.bin"), ISOKIT_OK);
	ck_assert_int_eq(try_sheet("none.bin"), ISOKIT_E_NOT_FOUND);
	ck_assert_int_eq(try_sheet("/etc/passwd"), ISOKIT_E_NOT_FOUND);
	ck_assert_int_eq(try_sheet("link.bin"), ISOKIT_E_INVALID);
	ck_assert_int_eq(try_sheet("fifo.bin"), ISOKIT_E_INVALID);
	ck_assert_int_eq(try_sheet("sub"), ISOKIT_E_INVALID);
	snprintf(other, sizeof(other), "../%s/d.bin", strrchr(folder, '/') + 1);
	ck_assert_int_eq(try_sheet(other), ISOKIT_E_INVALID);
	ck_assert_int_eq(try_sheet("sub/../d.bin"), ISOKIT_E_INVALID);
	close_disc(NULL);
}
END_TEST

UNIT(tracks)
{
	tcase_add_test(tc, gives_data_and_sound);
	tcase_add_test(tc, believes_the_sectors_rather_than_the_sheet);
	tcase_add_test(tc, repairs_what_it_can_and_tells);
	tcase_add_test(tc, gives_no_part_of_form_2);
	tcase_add_test(tc, stays_in_its_folder);
}
