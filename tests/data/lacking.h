/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A kernel without certain system calls, as far as this process and what it starts
 * can tell. */
#ifndef DATA_LACKING_H
#define DATA_LACKING_H

#include <stdbool.h>

/* openat() of a file without a name, as on file systems that have none: EOPNOTSUPP. */
enum { LACKING_TMPFILE = 1 << 16 };

/* From now on these calls (the last is -1) fail with ENOSYS. False when that
 * cannot be had here. */
bool lacking(const int *calls);

#endif
