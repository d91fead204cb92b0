/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers and words of a disc of audio, and what of them is told to be lost. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "burn/burn.h"

START_TEST(numbers_are_put_right)
{
	char to[16];

	ck_assert(burn_catalog("4006381333931", to));
	ck_assert_str_eq(to, "4006381333931");
	ck_assert(burn_catalog("0 12345-67890 5", to)); /* a UPC */
	ck_assert_str_eq(to, "0012345678905");
	ck_assert(!burn_catalog("", to));
	ck_assert(!burn_catalog("40063813339311", to));
	ck_assert(!burn_catalog("400638133393X", to));
	ck_assert(!burn_catalog("123456789012345678901234567890", to));
	ck_assert(burn_isrc("de-a1b-00-12345", to));
	ck_assert_str_eq(to, "DEA1B0012345");
	ck_assert(!burn_isrc("DEABC001234", to));
	ck_assert(!burn_isrc("DEABC00123456", to));
	ck_assert(!burn_isrc("DEABCD012345", to));
	ck_assert(!burn_isrc("DEAB\xc3\xa4" "012345", to));
}
END_TEST

static struct isokit_burn_track tracks[99];

static struct isokit_burn_job job_of(size_t n)
{
	memset(tracks, 0, sizeof(tracks));
	return (struct isokit_burn_job){ .size = sizeof(struct isokit_burn_job), .tracks = tracks,
					 .n_tracks = n };
}

START_TEST(words_become_letters_of_a_disc)
{
	struct isokit_burn_job job = job_of(3);
	struct burn_text t;

	strcpy(tracks[0].text[ISOKIT_TEXT_TITLE], "Gr\xc3\xbc\xc3\x9f" "e \xe2\x80\x93 \xe2\x80\x9cx\xe2\x80\x9d\xe2\x80\xa6");
	strcpy(tracks[1].text[ISOKIT_TEXT_TITLE], "Caf\xe9"); /* is so already */
	strcpy(tracks[2].text[ISOKIT_TEXT_MESSAGE], "a\tb");
	ck_assert(burn_text_make(&job, &t));
	ck_assert_str_eq(t.tracks[0].text[ISOKIT_TEXT_TITLE], "Gr\xfc\xdf" "e - \"x\"...");
	ck_assert_str_eq(t.tracks[1].text[ISOKIT_TEXT_TITLE], "Caf\xe9");
	ck_assert_str_eq(t.tracks[2].text[ISOKIT_TEXT_MESSAGE], "a b");
	ck_assert(t.any && t.has[ISOKIT_TEXT_TITLE] && t.has[ISOKIT_TEXT_MESSAGE]);
	ck_assert(!t.has[ISOKIT_TEXT_PERFORMER] && !t.foreign && !t.too_long);
	burn_text_free(&t);
	strcpy(job.text[ISOKIT_TEXT_GENRE], "\xd0\x92");
	ck_assert(burn_text_make(&job, &t));
	ck_assert_str_eq(t.disc[ISOKIT_TEXT_GENRE], "?");
	ck_assert(t.foreign);
	burn_text_free(&t);
}
END_TEST

START_TEST(too_many_words_are_found)
{
	struct isokit_burn_job job = job_of(99);
	struct burn_text t;

	/* (1 + 99 * 30) / 12 rounded up is 248, and 3 more are of sizes. */
	for (size_t i = 0; i < 99; i++)
		memset(tracks[i].text[ISOKIT_TEXT_TITLE], 'x', 29);
	ck_assert(burn_text_make(&job, &t));
	ck_assert(!t.too_long);
	burn_text_free(&t);
	/* Five more packs of another kind: (1 + 99) / 12 rounded up are 9. */
	job.text[ISOKIT_TEXT_PERFORMER][0] = 'y';
	ck_assert(burn_text_make(&job, &t));
	ck_assert(t.too_long);
	burn_text_free(&t);
}
END_TEST

#define BIT(NAME) (1U << ISOKIT_EXTRA_##NAME)
#define AT_ONCE (BIT(TEXT) | BIT(GAPS) | BIT(SOUND) | BIT(POSTGAPS) | BIT(INDEXES))
#define ALL ((1U << ISOKIT_EXTRAS) - 1 - BIT(LETTERS))

START_TEST(what_is_lost_is_told)
{
	static const struct {
		unsigned profile, data, audio, extras, unfit, lost;
		const char *words;
	} cases[] = {
		{ 0x09, 0, 3, ALL, 0, 0, "" },
		{ 0x09, 1, 3, ALL, 0, AT_ONCE, "only a CD of nothing but audio" },
		{ 0x09, 1, 0, BIT(CATALOG), 0, 0, "" },
		{ 0x09, 1, 0, BIT(TEXT), 0, BIT(TEXT), "only a CD of nothing but audio" },
		{ 0x1b, 1, 0, ALL, 0, ALL, "FLAGS; only a CD can" },
		{ 0x1b, 1, 0, 0, 0, 0, "" },
		{ 0x09, 0, 3, ALL, BIT(CATALOG) | BIT(ISRC), BIT(CATALOG) | BIT(ISRC),
		  "not burnt: CATALOG (not a number of 13 digits), ISRC of some tracks" },
		{ 0x09, 0, 3, BIT(TEXT), BIT(LETTERS), BIT(LETTERS), "become '?'" },
		{ 0x09, 0, 3, BIT(TEXT), BIT(TEXT) | BIT(LETTERS), BIT(TEXT), "it is too long" },
		{ 0x09, 0, 3, 0, 0, 0, "" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct isokit_disc_facts f = { .profile = cases[i].profile, .state = ISOKIT_DISC_BLANK,
					       .free_bytes = 700000000, .can_tao = true };
		struct isokit_burn_question q = { .n_data = cases[i].data, .n_audio = cases[i].audio,
						  .size_known = true, .sectors = 1000,
						  .extras = cases[i].extras, .unfit = cases[i].unfit };
		struct isokit_burn_plan plan;

		isokit_burn_decide(&f, &q, &plan);
		ck_assert_int_eq(plan.refusal, ISOKIT_BURN_GO);
		ck_assert_msg(plan.lost == cases[i].lost, "%zu: %x", i, plan.lost);
		ck_assert_msg((plan.note[0] != 0) == (plan.lost != 0), "%zu: %s", i, plan.note);
		ck_assert_msg(strstr(plan.note, cases[i].words) != NULL, "%zu: %s", i, plan.note);
	}
	for (int i = 0; i < ISOKIT_EXTRAS; i++)
		ck_assert_ptr_nonnull(isokit_burn_extra_name((enum isokit_burn_extra)i));
}
END_TEST

UNIT(text)
{
	tcase_add_test(tc, numbers_are_put_right);
	tcase_add_test(tc, words_become_letters_of_a_disc);
	tcase_add_test(tc, too_many_words_are_found);
	tcase_add_test(tc, what_is_lost_is_told);
}
