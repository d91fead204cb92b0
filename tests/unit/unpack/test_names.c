/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "unpack/unpack.h"

static const char *like(const char *name, bool dos, unsigned number, size_t bytes)
{
	static char out[UNPACK_NAME_BYTES];

	unpack_name_like(name, dos, number, bytes, out);
	return out;
}

START_TEST(a_number_stands_before_the_ending)
{
	ck_assert_str_eq(like("readme.txt", false, 1, 255), "readme~1.txt");
	ck_assert_str_eq(like("readme", false, 12, 255), "readme~12");
	ck_assert_str_eq(like(".profile", false, 1, 255), ".profile~1");
	ck_assert_str_eq(like("a.b.tar.gz", false, 2, 255), "a.b.tar~2.gz");
	ck_assert_str_eq(like("what?", false, 0, 255), "what?");
}
END_TEST

START_TEST(dos_gets_names_that_it_has)
{
	static const char *const bad[] = { "aux", "AUX.txt", "com1", "LPT9.x", "dot.", "blank ",
					   "a:b", "new\nline", "\xff\xfe", "...", "what?", "a\\b" };

	ck_assert_str_eq(like("what?", true, 0, 255), "what_");
	ck_assert_str_eq(like("dot.", true, 0, 255), "dot_");
	ck_assert_str_eq(like("aux.txt", true, 0, 255), "_aux.txt");
	ck_assert_str_eq(like("a\xffz", true, 0, 255), "a_z");
	ck_assert_str_eq(like("gr\xc3\xbc\xc3\x9f", true, 0, 255), "gr\xc3\xbc\xc3\x9f");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_msg(!unpack_name_is_dos(bad[i]), "%s", bad[i]);
		ck_assert_msg(unpack_name_is_dos(like(bad[i], true, 0, 255)), "%s becomes %s",
			      bad[i], like(bad[i], true, 0, 255));
	}
	ck_assert(unpack_name_is_dos("auxiliary"));
	ck_assert(unpack_name_is_dos("com0"));
	ck_assert(unpack_name_is_dos(".config"));
}
END_TEST

START_TEST(a_name_is_cut_between_characters)
{
	char name[256];
	size_t n;

	for (n = 0; n + 2 < sizeof(name); n += 2) {
		name[n] = (char)0xc3;
		name[n + 1] = (char)0xbc;
	}
	name[n] = '\0';
	for (size_t bytes = 20; bytes < 255; bytes++) {
		const char *cut = like(name, false, 7, bytes);

		ck_assert_uint_le(strlen(cut), bytes);
		ck_assert_uint_ge(strlen(cut), bytes - 1);
		ck_assert(utf8_valid(cut, strlen(cut)));
		ck_assert_str_eq(cut + strlen(cut) - 2, "~7");
	}
}
END_TEST

/* A folder that has these names, and takes so many bytes of a name. */
struct folder {
	const char *has[4];
	size_t most;
	char made[UNPACK_NAME_BYTES];
};

static int make(void *ctx, int dir, const char *name)
{
	struct folder *f = ctx;

	(void)dir;
	for (size_t i = 0; i < 4; i++) {
		if (f->has[i] && strcmp(f->has[i], name) == 0) {
			errno = EEXIST;
			return -1;
		}
	}
	errno = strlen(name) > f->most ? ENAMETOOLONG : strchr(name, '?') ? EINVAL : 0;
	if (errno)
		return -1;
	strcpy(f->made, name);
	return 0;
}

static int make_in(struct folder *f, const char *name)
{
	struct isokit_extract x = { .lock = PTHREAD_MUTEX_INITIALIZER };
	struct unpack_target t = { .name_bytes = 255 };
	struct tree_node node = { .name = name };
	struct unpack_item it = { .node = &node, .name = name };
	int e = unpack_name_make(&x, &t, &it, -1, make, f);

	if (!e) {
		ck_assert_str_eq(it.name, f->made);
		ck_assert_uint_eq(x.result.events[ISOKIT_EXTRACT_RENAMED], strcmp(name, it.name) != 0);
	}
	arena_release(&x.arena);
	return e;
}

START_TEST(another_name_is_tried_until_one_can_be)
{
	struct folder plain = { .most = 255 };
	struct folder taken = { .most = 255, .has = { "a.x", "a~1.x", "a~2.x" } };
	struct folder small = { .most = 60 };
	char name[200];

	ck_assert_int_eq(make_in(&plain, "a.x"), 0);
	ck_assert_str_eq(plain.made, "a.x");
	ck_assert_int_eq(make_in(&plain, "a?x"), 0);
	ck_assert_str_eq(plain.made, "a_x");
	ck_assert_int_eq(make_in(&taken, "a.x"), 0);
	ck_assert_str_eq(taken.made, "a~3.x");
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	ck_assert_int_eq(make_in(&small, name), 0);
	ck_assert_uint_le(strlen(small.made), 60);
	small.most = 3;
	ck_assert_int_eq(make_in(&small, name), ENAMETOOLONG);
}
END_TEST

UNIT(names)
{
	tcase_add_test(tc, a_number_stands_before_the_ending);
	tcase_add_test(tc, dos_gets_names_that_it_has);
	tcase_add_test(tc, a_name_is_cut_between_characters);
	tcase_add_test(tc, another_name_is_tried_until_one_can_be);
}
