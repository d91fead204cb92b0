/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <string.h>

#include "verify/implanted.h"

static void field(uint8_t out[IMPLANTED_BYTES], const char *text)
{
	memset(out, ' ', IMPLANTED_BYTES);
	memcpy(out, text, strlen(text));
}

START_TEST(the_text_of_isomd5sum_is_read)
{
	struct implanted_text t;
	uint8_t raw[IMPLANTED_BYTES];

	field(raw, "ISO MD5SUM = 8e80cc6b4a27cf1f76c8f9e665eb22d5;SKIPSECTORS = 15;"
		   "RHLISOSTATUS=1;FRAGMENT SUMS = "
		   "1c62fb9659fa3637af7088c71c537657e323935cf12d22de58432182cb58;"
		   "FRAGMENT COUNT = 20;THIS IS NOT THE SAME AS RUNNING MD5SUM ON THIS ISO!!");
	ck_assert(implanted_text_parse(raw, sizeof(raw), &t));
	ck_assert(t.has_md5 && t.has_skip && t.has_supported);
	ck_assert_uint_eq(t.md5[0], 0x8e);
	ck_assert_uint_eq(t.md5[15], 0xd5);
	ck_assert_uint_eq(t.skip_sectors, 15);
	ck_assert_uint_eq(t.supported, 1);
	ck_assert_uint_eq(t.n_fragments, 20);
	ck_assert_uint_eq(t.n_digits, 60);
	/* Of images under 0.7 MB the program writes fewer fragment sums. */
	field(raw, "ISO MD5SUM = 8e80cc6b4a27cf1f76c8f9e665eb22d5;SKIPSECTORS = 15;"
		   "RHLISOSTATUS=0;FRAGMENT SUMS = 1c62fb;FRAGMENT COUNT = 20;");
	ck_assert(implanted_text_parse(raw, sizeof(raw), &t));
	ck_assert_uint_eq(t.n_digits, 6);
	/* A damaged text is there, but says nothing. */
	field(raw, "xSO MD5SUM = 8e80cc6b4a27cf1f76c8f9e665eb22d5;FRAGMENT SUMS = 1c62fb;");
	ck_assert(implanted_text_parse(raw, sizeof(raw), &t));
	ck_assert(!t.has_md5);
	field(raw, "ISO MD5SUM = 8e80cc6b4a27cf1f76c8f9e665eb22x5;SKIPSECTORS = 99999999999999999999");
	ck_assert(implanted_text_parse(raw, sizeof(raw), &t));
	ck_assert(!t.has_md5 && !t.has_skip);
	field(raw, "MKISOFS");
	ck_assert(!implanted_text_parse(raw, sizeof(raw), &t));
}
END_TEST

/* The borders that isomd5sum's documentation of tagmedia lists for a real disc:
 * 4102816 half-KiB blocks, 20 fragments. */
START_TEST(fragments_end_where_the_program_ends_them)
{
	static const uint64_t blocks[20] = {
		195456,	 390848,  586240,  781568,  976960,  1172352, 1367680,
		1563072, 1758464, 1953792, 2149184, 2344576, 2539904, 2735296,
		2930688, 3126080, 3321408, 3516800, 3712192, 3907520,
	};
	uint64_t ends[60];

	ck_assert_uint_eq(implanted_fragment_ends(4102816ull * 512, 20, ends, 60), 20);
	for (size_t i = 0; i < 20; i++)
		ck_assert_uint_eq(ends[i], blocks[i] * 512);
}
END_TEST

/* The loop of the program itself, step by step. */
START_TEST(small_images_have_fewer_fragments)
{
	for (uint64_t total = 2048; total < 3000000; total += 26 * 2048) {
		uint64_t ends[60], expected[60], last = 0, fragment = total / 21;
		size_t n = 0;

		for (uint64_t at = 0; at < total; at += 32768) {
			uint64_t take = total - at < 32768 ? total - at : 32768;

			if (at / fragment != last && n < 20) {
				expected[n++] = at + take;
				last = at / fragment;
			}
		}
		ck_assert_uint_eq(implanted_fragment_ends(total, 20, ends, 60), n);
		for (size_t i = 0; i < n; i++)
			ck_assert_uint_eq(ends[i], expected[i]);
	}
	ck_assert_uint_eq(implanted_fragment_ends(4096, 0, NULL, 0), 0);
	ck_assert_uint_eq(implanted_fragment_ends(10, 20, NULL, 0), 0);
}
END_TEST

START_TEST(the_text_of_tagmedia_is_read)
{
	struct tagmedia_text t;
	uint8_t raw[IMPLANTED_BYTES];

	field(raw, "check=1;pad=150;"
		   "sha256sum=a722af5e8ff16b07bc38c0971a79f8581016e0d39d3ccc520ac02f6a81f08158;"
		   "partition=10432,9135936,"
		   "c31a435ff7bef3ef3f27575985084060a493227684bd335934d8ca94c85f0a71;"
		   "signature=20864");
	ck_assert(tagmedia_text_parse(raw, sizeof(raw), &t));
	ck_assert(t.has_digest && t.has_partition);
	ck_assert_int_eq(t.kind, ISOKIT_SHA256);
	ck_assert_uint_eq(t.digest[0], 0xa7);
	ck_assert_uint_eq(t.pad_blocks, 150);
	ck_assert_uint_eq(t.partition_start, 10432);
	ck_assert_uint_eq(t.partition_blocks, 9135936);
	ck_assert_uint_eq(t.partition_digest[31], 0x71);
	ck_assert_uint_eq(t.signature_start, 20864);
	field(raw, "MD5SUM = 8e80cc6b4a27cf1f76c8f9e665eb22d5");
	ck_assert(tagmedia_text_parse(raw, sizeof(raw), &t));
	ck_assert_int_eq(t.kind, ISOKIT_MD5);
	field(raw, "md5sum=8e80;sum=;=;;;partition=1,2;pad=x;blake2bsum=00");
	ck_assert(!tagmedia_text_parse(raw, sizeof(raw), &t));
}
END_TEST

UNIT(implanted)
{
	tcase_add_test(tc, the_text_of_isomd5sum_is_read);
	tcase_add_test(tc, fragments_end_where_the_program_ends_them);
	tcase_add_test(tc, small_images_have_fewer_fragments);
	tcase_add_test(tc, the_text_of_tagmedia_is_read);
}
