/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The target folder, and what the process gives up before it looks at an image: writing
 * anywhere else, starting programs, and the network. It can read everything that its user
 * can, since an image may name further files, and libraries are loaded when they are needed. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/confine.h"
#include "common/message.h"
#include "extract.h"

/* Make what is missing of a path. False with errno. */
static bool make_path(struct target *t)
{
	size_t n = strlen(t->made);

	t->made_from = n + 1;
	for (size_t i = 1; i <= n; i++) {
		char c = t->made[i];
		bool made;

		if (c != '/' && c != '\0')
			continue;
		t->made[i] = '\0';
		made = mkdir(t->made, 0777) == 0;
		t->made[i] = c;
		if (!made && errno != EEXIST)
			return false;
		if (made && t->made_from > n)
			t->made_from = i;
	}
	return true;
}

/* What comes before the first of the folders that were made. */
static char *folder_above(const struct target *t)
{
	size_t n = t->made_from;

	while (n && t->made[n - 1] != '/')
		n--;
	return n ? strndup(t->made, n) : strdup(".");
}

static void confine(const struct extract_options *opt, const struct target *t, const char *folder)
{
	static const char *const devices[] = { "/dev/null", "/dev/tty" };
	const char *scratch = opt->medium.scratch_folder;
	const struct confine_needs needs = {
		.read_all = true, .no_filter = true, .threads = true,
		/* Where containers are unpacked that cannot be read at any place. */
		.write_folder = scratch ? scratch : "/var/tmp", .tree_folder = folder, .undo_folder = t->above,
		.write_files = devices, .n_write_files = 2,
	};
	struct confine_state state;

	confine_start(&needs, &state);
	if (opt->common.verbose < 2)
		return;
	if (state.landlock)
		message_verbose(NULL, "confined by Landlock, version %u", state.landlock);
	else
		message_verbose(NULL, "not confined: the kernel offers nothing");
}

bool target_prepare(struct target *t, const struct extract_options *opt)
{
	const char *folder = opt->directory ? opt->directory : ".";
	struct stat st;

	*t = (struct target){ .made = NULL };
	if (opt->list || opt->to_stdout) {
		confine(opt, t, NULL);
		return true;
	}
	if (stat(folder, &st) != 0 && errno == ENOENT) {
		t->made = strdup(folder);
		if (!t->made || !make_path(t)) {
			message_error(folder, "cannot be made: %s",
				      t->made ? strerror(errno) : "out of memory");
			target_undo(t);
			return false;
		}
		t->above = folder_above(t);
	}
	confine(opt, t, folder);
	return true;
}

void target_undo(struct target *t)
{
	for (size_t i = t->made ? strlen(t->made) : 0; i && i >= t->made_from; i--) {
		if (t->made[i] != '/' && t->made[i] != '\0')
			continue;
		t->made[i] = '\0';
		if (rmdir(t->made) != 0)
			break;
	}
}

void target_end(struct target *t)
{
	free(t->made);
	free(t->above);
}
