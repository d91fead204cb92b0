/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "codec/codec.h"
#include "codec/flac.h"

enum { SAMPLES = 500, HEAD = 42, MOST = 1000000 };

/* What flac(1) made of make_plain(), in frames of 192 samples: predicted, constant, noise. */
static const uint8_t file[] = {
	0x66, 0x4c, 0x61, 0x43, 0x80, 0x00, 0x00, 0x22, 0x00, 0xc0, 0x00, 0xc0, 0x00, 0x00, 0x0e,
	0x00, 0x00, 0xf9, 0x0a, 0xc4, 0x42, 0xf0, 0x00, 0x00, 0x01, 0xf4, 0xf2, 0xbb, 0x26, 0xec,
	0x36, 0x7f, 0xad, 0x72, 0x13, 0x15, 0x8a, 0xa1, 0x72, 0x72, 0x00, 0x74, 0xff, 0xf8, 0x19,
	0x18, 0x00, 0xed, 0x14, 0xfc, 0x18, 0xfc, 0x3d, 0x14, 0x3c, 0x3f, 0x0f, 0xc3, 0xf0, 0xfc,
	0x3f, 0x0f, 0xc3, 0xf0, 0xfe, 0xa0, 0x00, 0xf3, 0xe3, 0xd0, 0x40, 0x08, 0x01, 0x00, 0x03,
	0xf0, 0xfc, 0x3f, 0x0f, 0xc3, 0xf0, 0xfc, 0x3f, 0x0f, 0xea, 0x00, 0x0f, 0x3e, 0x3d, 0x04,
	0x00, 0x80, 0x10, 0x00, 0x3f, 0x0f, 0xc3, 0xf0, 0xfc, 0x3f, 0x0f, 0xc3, 0xf0, 0xfe, 0xa0,
	0x00, 0xf3, 0xe3, 0xd0, 0x40, 0x08, 0x01, 0x00, 0x03, 0xf0, 0xfc, 0x3f, 0x0f, 0xc5, 0x3f,
	0x08, 0xff, 0x12, 0x05, 0x0f, 0x0f, 0xc3, 0xf0, 0xfc, 0x3f, 0x0f, 0xc3, 0xf0, 0xfc, 0x3f,
	0xa1, 0xe7, 0xc7, 0xa0, 0x80, 0x10, 0x02, 0x00, 0x40, 0x00, 0xfc, 0x3f, 0x0f, 0xc3, 0xf0,
	0xfc, 0x3f, 0x0f, 0xc3, 0xfa, 0x1e, 0x7c, 0x7a, 0x08, 0x01, 0x00, 0x20, 0x04, 0x00, 0x0f,
	0xc3, 0xf0, 0xfc, 0x3f, 0x0f, 0xc3, 0xf0, 0xfc, 0x3f, 0xa1, 0xe7, 0xc7, 0xa0, 0x80, 0x10,
	0x02, 0x00, 0x40, 0x00, 0xfc, 0x3f, 0x0f, 0xc3, 0xf0, 0x09, 0xac, 0xff, 0xf8, 0x19, 0x18,
	0x01, 0xea, 0x00, 0xff, 0xfb, 0x00, 0x00, 0x07, 0x78, 0xdd, 0xff, 0xf8, 0x69, 0xa8, 0x02,
	0x73, 0x21, 0x40, 0x00, 0x08, 0x63, 0x55, 0x01, 0x65, 0x7e, 0x14, 0x47, 0xb0, 0xd4, 0xef,
	0x84, 0x20, 0x9b, 0xa6, 0x47, 0x6f, 0xd9, 0x4a, 0xfc, 0x6e, 0x60, 0xf5, 0x09, 0x87, 0x08,
	0x4e, 0x45, 0xdf, 0xc6, 0x2e, 0x6d, 0x0b, 0xd0, 0xa2, 0x3d, 0x86, 0xa7, 0x7c, 0x21, 0x04,
	0xdd, 0x34, 0x37, 0x7a, 0xda, 0x17, 0x63, 0x33, 0x27, 0x3f, 0x99, 0x70, 0x84, 0xe4, 0x5d,
	0xfc, 0x62, 0xe6, 0xd0, 0xbb, 0x0b, 0x21, 0xe8, 0x66, 0x6f, 0xe7, 0xa0, 0xab, 0xc7, 0x06,
	0xef, 0x5b, 0x42, 0xec, 0x66, 0x64, 0xe7, 0xf3, 0x4f, 0x3d, 0x35, 0x18, 0x77, 0x08, 0xc9,
	0xd4, 0x0d, 0xc2, 0xc8, 0x7a, 0x19, 0x9b, 0xf9, 0xe8, 0x2a, 0xf1, 0xc1, 0xab, 0x97, 0x50,
	0x37, 0x18, 0x9b, 0x35, 0xec, 0xe3, 0xcf, 0x4d, 0x44, 0x00, 0x7e, 0xd1, 0x25, 0xdf, 0xdf,
	0xdf, 0xdf, 0xdf, 0xde, 0x24, 0x3b, 0xfb, 0xfb, 0xfb, 0x7b, 0x7b, 0x44, 0x97, 0x68, 0x92,
	0xed, 0xed, 0xed, 0xed, 0x12, 0x1d, 0xe2, 0x43, 0xbf, 0xbf, 0xbf, 0xbc, 0x48, 0x77, 0x89,
	0x0e, 0xde, 0xde, 0xde, 0xde, 0xde, 0xd1, 0x25, 0xdb, 0xdb, 0xdb, 0xdb, 0xdf, 0xde, 0x24,
	0x3b, 0xc4, 0x87, 0x7f, 0x7f, 0x7f, 0x78, 0x92, 0xed, 0x12, 0x5d, 0xbd, 0xbd, 0xbd, 0xa2,
	0x4b, 0xb4, 0x49, 0x76, 0xf7, 0xf7, 0xf7, 0xf7, 0xf7, 0x89, 0x0e, 0xfe, 0xfe, 0xfe, 0xfe,
	0xde, 0xd1, 0x25, 0xda, 0x24, 0xbb, 0x7b, 0x7b, 0x7b, 0x44, 0x97, 0x78, 0x90, 0xef, 0xef,
	0xef, 0xef, 0x12, 0x1d, 0xe2, 0x43, 0xbf, 0xb7, 0xb7, 0xb7, 0xb7, 0xb4, 0x49, 0x76, 0xf6,
	0xf6, 0xf6, 0xf7, 0xf7, 0x89, 0x0e, 0xf1, 0x21, 0xdf, 0xdf, 0xdf, 0xde, 0x24, 0x3b, 0x44,
	0x97, 0x68, 0xd9, 0x6a,
};

static void put_sample(uint8_t *p, int v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

static void make_plain(uint8_t plain[SAMPLES * 4])
{
	for (int i = 0; i < SAMPLES; i++) {
		for (int c = 0; c < 2; c++) {
			uint32_t noise = (uint32_t)(i * 2 + c) * UINT32_C(2654435761);
			int v = i < 192 ? (i * 37 + c * 11) % 2000 - 1000 :
				i < 384 ? (c ? 7 : -5) :
					  (int)(noise >> 16 & 0xff) - 128;

			put_sample(plain + 4 * i + 2 * c, v);
		}
	}
}

/* ---- chunks ----------------------------------------------------------------------------- */

START_TEST(frames_need_no_stream)
{
	uint8_t plain[SAMPLES * 4], out[SAMPLES * 4];
	struct codec *c = codec_new();
	size_t used = 0;

	make_plain(plain);
	for (unsigned round = 0; codec_load(c, CODEC_FLAC, NULL) == ISOKIT_OK && round < 3; round++) {
		ck_assert_int_eq(codec_run_flac(c, file + HEAD, sizeof(file) - HEAD, out, SAMPLES,
						false, &used, NULL), ISOKIT_OK);
		ck_assert_uint_eq(used, sizeof(file) - HEAD);
		ck_assert_mem_eq(out, plain, sizeof(plain));
		/* Turned, and only the first frame, behind which the next begins. */
		ck_assert_int_eq(codec_run_flac(c, file + HEAD, sizeof(file) - HEAD, out, 192, true,
						&used, NULL), ISOKIT_OK);
		ck_assert_uint_lt(used, sizeof(file) - HEAD);
		ck_assert_uint_eq(file[HEAD + used], 0xff);
		for (size_t i = 0; i < 192 * 4; i++)
			ck_assert_uint_eq(out[i], plain[i ^ 1]);
	}
	codec_free(c);
}
END_TEST

START_TEST(what_is_not_whole_is_damage)
{
	uint8_t plain[SAMPLES * 4], in[sizeof(file) - HEAD], *out;
	struct codec *c = codec_new();
	struct isokit_error err;
	size_t used = 0;

	make_plain(plain);
	out = malloc(sizeof(plain));
	for (size_t n = 0; codec_load(c, CODEC_FLAC, NULL) == ISOKIT_OK && n < sizeof(in); n++)
		ck_assert_int_eq(codec_run_flac(c, file + HEAD, n, out, SAMPLES, false, &used, &err),
				 ISOKIT_E_CORRUPT);
	/* Each frame has a CRC: no bit can be turned unseen. */
	for (size_t bit = 0; codec_load(c, CODEC_FLAC, NULL) == ISOKIT_OK && bit < 8 * sizeof(in);
	     bit += 5) {
		memcpy(in, file + HEAD, sizeof(in));
		in[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (codec_run_flac(c, in, sizeof(in), out, SAMPLES, false, &used, &err) == ISOKIT_OK)
			ck_assert_mem_eq(out, plain, sizeof(plain));
	}
	free(out);
	codec_free(c);
}
END_TEST

/* ---- files ------------------------------------------------------------------------------ */

struct memory {
	const uint8_t *p;
	uint64_t fail_from; /* reading behind this byte is an error */
};

static enum isokit_status read_memory(void *ctx, uint64_t offset, void *buffer, size_t n,
				      struct isokit_error *err)
{
	const struct memory *m = ctx;

	if (offset + n > m->fail_from) {
		memset(err, 0, sizeof(*err));
		return err->status = ISOKIT_E_IO;
	}
	memcpy(buffer, m->p + offset, n);
	return ISOKIT_OK;
}

/* NULL: the library is not here. */
static struct codec_flac *open_memory(struct memory *m, size_t n, struct codec_flac_facts *facts)
{
	struct codec_flac_input input = { read_memory, n, m };
	struct isokit_error err = { 0 };
	struct codec_flac *f = NULL;
	enum isokit_status st = codec_flac_open(&input, "x.flac", MOST, &f, facts, &err);

	if (st != ISOKIT_E_UNSUPPORTED)
		ck_assert_msg(st == ISOKIT_OK, "%s", err.text);
	return f;
}

START_TEST(a_file_is_read_anywhere)
{
	struct memory m = { file, UINT64_MAX };
	uint8_t plain[SAMPLES * 4], out[SAMPLES * 4];
	struct codec_flac_facts facts;
	struct codec_flac *f = open_memory(&m, sizeof(file), &facts);
	uint32_t chance = 1;
	bool whole;

	if (!f)
		return;
	make_plain(plain);
	ck_assert_uint_eq(facts.samples, SAMPLES);
	ck_assert_uint_eq(facts.channels, 2);
	ck_assert_uint_eq(facts.bits, 16);
	ck_assert_uint_eq(facts.rate, 44100);
	for (unsigned i = 0; i < 500; i++) {
		size_t first, n;

		chance = chance * 1664525 + 1013904223;
		first = i < 5 ? 100 * (size_t)i : (chance >> 16) % SAMPLES;
		chance = chance * 1664525 + 1013904223;
		n = i < 5 ? 100 : 1 + (chance >> 16) % (SAMPLES - first);
		ck_assert_int_eq(codec_flac_read(f, first, n, out, &whole, NULL), ISOKIT_OK);
		ck_assert(whole);
		ck_assert_mem_eq(out, plain + 4 * first, 4 * n);
	}
	codec_flac_close(f);
}
END_TEST

START_TEST(samples_that_nobody_counted_are_counted)
{
	uint8_t bytes[sizeof(file)], plain[SAMPLES * 4], out[SAMPLES * 4];
	struct memory m = { bytes, UINT64_MAX };
	struct codec_flac_input input = { read_memory, sizeof(bytes), &m };
	struct codec_flac_facts facts;
	struct isokit_error err;
	struct codec_flac *f;
	bool whole;

	make_plain(plain);
	memcpy(bytes, file, sizeof(bytes));
	bytes[21] &= 0xf0;
	memset(bytes + 22, 0, 4);
	f = open_memory(&m, sizeof(bytes), &facts);
	if (!f)
		return;
	ck_assert_uint_eq(facts.samples, SAMPLES);
	ck_assert_int_eq(codec_flac_read(f, 0, SAMPLES, out, &whole, NULL), ISOKIT_OK);
	ck_assert(whole);
	ck_assert_mem_eq(out, plain, sizeof(plain));
	codec_flac_close(f);
	ck_assert_int_eq(codec_flac_open(&input, "x.flac", 300, &f, &facts, &err), ISOKIT_E_LIMIT);
}
END_TEST

START_TEST(damage_in_a_file_is_zeros_and_told)
{
	uint8_t bytes[sizeof(file)], plain[SAMPLES * 4], out[SAMPLES * 4];
	struct memory m = { bytes, UINT64_MAX };
	struct codec_flac_facts facts;
	struct codec_flac *f;
	bool whole = true;

	make_plain(plain);
	memcpy(bytes, file, sizeof(bytes));
	bytes[HEAD + 30] ^= 0x55; /* in the first frame */
	f = open_memory(&m, sizeof(bytes), &facts);
	if (!f)
		return;
	ck_assert_int_eq(codec_flac_read(f, 0, SAMPLES, out, &whole, NULL), ISOKIT_OK);
	ck_assert(!whole);
	ck_assert_mem_eq(out + 192 * 4, plain + 192 * 4, (SAMPLES - 192) * 4);
	ck_assert_int_eq(codec_flac_read(f, 192, SAMPLES - 192, out, &whole, NULL), ISOKIT_OK);
	ck_assert(whole);
	ck_assert_mem_eq(out, plain + 192 * 4, (SAMPLES - 192) * 4);
	codec_flac_close(f);
	/* Cut off. */
	m.p = file;
	f = open_memory(&m, sizeof(file) - 20, &facts);
	ck_assert_int_eq(codec_flac_read(f, 300, 200, out, &whole, NULL), ISOKIT_OK);
	ck_assert(!whole);
	ck_assert_mem_eq(out, plain + 300 * 4, 84 * 4);
	ck_assert_int_eq(codec_flac_read(f, 0, 192, out, &whole, NULL), ISOKIT_OK);
	ck_assert(whole);
	ck_assert_mem_eq(out, plain, 192 * 4);
	codec_flac_close(f);
}
END_TEST

START_TEST(an_input_that_fails_fails)
{
	uint8_t out[SAMPLES * 4];
	struct memory m = { file, UINT64_MAX };
	struct codec_flac_facts facts;
	struct codec_flac *f = open_memory(&m, sizeof(file), &facts);
	struct isokit_error err = { 0 };
	bool whole;

	if (!f)
		return;
	codec_flac_close(f);
	m.fail_from = 10;
	{
		struct codec_flac_input input = { read_memory, sizeof(file), &m };

		ck_assert_int_eq(codec_flac_open(&input, "x.flac", MOST, &f, &facts, &err),
				 ISOKIT_E_IO);
	}
	m.fail_from = UINT64_MAX;
	f = open_memory(&m, sizeof(file), &facts);
	m.fail_from = 0;
	(void)codec_flac_read(f, 0, 100, out, &whole, &err); /* may have been read already */
	ck_assert_int_eq(codec_flac_read(f, 450, 50, out, &whole, &err), ISOKIT_E_IO);
	codec_flac_close(f);
}
END_TEST

UNIT(flac)
{
	tcase_add_test(tc, frames_need_no_stream);
	tcase_add_test(tc, what_is_not_whole_is_damage);
	tcase_add_test(tc, a_file_is_read_anywhere);
	tcase_add_test(tc, samples_that_nobody_counted_are_counted);
	tcase_add_test(tc, damage_in_a_file_is_zeros_and_told);
	tcase_add_test(tc, an_input_that_fails_fails);
}
