/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Giving up what a command does not need any more, before it looks at bytes that
 * somebody else wrote: Landlock takes away files, seccomp takes away system calls.
 * Where the kernel offers neither, nothing happens and nothing is said. */
#ifndef COMMON_CONFINE_H
#define COMMON_CONFINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is still needed from now on. All zero: descriptors that are open, memory. */
struct confine_needs {
	const char *const *read_files; /* to be opened later, for reading; may not exist */
	size_t n_read_files;
	const char *write_folder;      /* a new file is made in it, or a file replaced */
	bool threads;
	bool network;                  /* with name service and certificates */
	const char *tree_folder;       /* anything is made in it and below */
	const char *undo_folder;       /* empty folders are removed below it */
	const char *const *write_files; /* that are there, for reading and writing */
	size_t n_write_files;
	const char *const *programs;   /* may be started, if they are there; nothing else may */
	size_t n_programs;
	bool read_all;                 /* any file; programs cannot be started all the same */
	bool no_filter;                /* no seccomp: libraries are loaded later, and nobody
				        * knows what they call */
};

struct confine_state {
	unsigned landlock; /* version of its interface that holds; 0: none */
	bool seccomp;
};

/* Call with one thread running. What cannot be taken away stays: a kernel without
 * is no error. `ret_state` may be NULL. */
void confine_start(const struct confine_needs *needs, struct confine_state *ret_state);

/* Rights over files (LANDLOCK_ACCESS_FS_…) that a version of Landlock knows. For
 * confine.c and its test. */
uint64_t confine_file_rights(unsigned landlock_version);

#endif
