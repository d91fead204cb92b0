/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A unit test file defines its tests with Check's START_TEST and lists them:
 *
 *	UNIT(text)
 *	{
 *		tcase_add_test(tc, escapes_control_characters);
 *	}
 *
 * The program that it is linked into finds it by itself. CK_RUN_SUITE=text runs
 * only this list, CK_FORK=no runs without a child process (for a debugger). */
#ifndef UNIT_H
#define UNIT_H

#include <check.h>

struct unit {
	const char *name;
	void (*fill)(TCase *tc);
	struct unit *next;
};

void unit_register(struct unit *unit);

#define UNIT(NAME) \
	static void unit_fill_##NAME(TCase *tc); \
	__attribute__((constructor)) static void unit_register_##NAME(void) \
	{ \
		static struct unit unit = { #NAME, unit_fill_##NAME, NULL }; \
		unit_register(&unit); \
	} \
	static void unit_fill_##NAME(TCase *tc)

#endif
