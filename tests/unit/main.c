/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs every UNIT that was linked into this program. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct unit *units;

/* Keeps the list in the order of names: link order must not show. */
void unit_register(struct unit *unit)
{
	struct unit **at = &units;

	while (*at && strcmp((*at)->name, unit->name) < 0)
		at = &(*at)->next;
	unit->next = *at;
	*at = unit;
}

int main(void)
{
	SRunner *runner = NULL;
	int failed;

	for (struct unit *u = units; u; u = u->next) {
		Suite *suite = suite_create(u->name);
		TCase *tc = tcase_create(u->name);

		tcase_set_timeout(tc, 30);
		u->fill(tc);
		suite_add_tcase(suite, tc);
		if (runner)
			srunner_add_suite(runner, suite);
		else
			runner = srunner_create(suite);
	}
	if (!runner) {
		puts("no unit tests in this program");
		return 77;
	}
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
