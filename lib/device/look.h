/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading the small files of sysfs, procfs and the udev database, below "/" or below the
 * folder of a test. */
#ifndef DEVICE_LOOK_H
#define DEVICE_LOOK_H

#include <isokit/error.h>

#include "base/arena.h"

struct look {
	int root;            /* descriptor of the folder */
	bool live;           /* it is "/": drives can be opened as well */
	struct arena *arena; /* what is handed out lives here */
	bool no_memory;      /* an allocation was refused; what was handed out is "" */
	int no_files;        /* errno: something was not opened because too much is open */
};

enum { LOOK_PATH = 768 };

/* The content without the white space at its end; NULL when it cannot be read. Never NULL
 * for memory: see no_memory. Paths have no slash in front. */
const char *look_text(struct look *l, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* As it is, NUL-terminated, at most `limit` bytes; free() it. NULL: cannot be read (errno). */
char *look_raw(struct look *l, const char *path, size_t limit, size_t *ret_n);

/* A number in decimal; `otherwise` when there is none. */
uint64_t look_number(struct look *l, uint64_t otherwise, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* "8:16"; false when it is not there. */
bool look_devnum(const char *text, unsigned *ret_major, unsigned *ret_minor);

/* Where a symbolic link points, or NULL. */
const char *look_link(struct look *l, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The folder that a path leads to after all links, without the root in front; or NULL. */
const char *look_real(struct look *l, const char *path);

bool look_exists(struct look *l, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Names in a folder, sorted as names with numbers (sda2 before sda10), without hidden ones; 0 when there is no
 * such folder. */
size_t look_names(struct look *l, const char *const **ret_names, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* A copy in the arena; "" when there is no memory. */
const char *look_keep(struct look *l, const char *text);
const char *look_keepn(struct look *l, const char *text, size_t n);
const char *look_keepf(struct look *l, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Zeroed; NULL when there is no memory (no_memory is set). */
void *look_array(struct look *l, size_t n, size_t element_bytes);

/* openat(root): what is not seen for want of descriptors is remembered, since it may be what
 * speaks against a drive. */
int look_open(struct look *l, const char *path, int flags);

int look_compare_names(const char *a, const char *b);

#endif
