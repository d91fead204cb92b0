/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A kernel without certain system calls, as far as this process and what it starts
 * can tell. */
#ifndef DATA_LACKING_H
#define DATA_LACKING_H

#include <stdbool.h>

/* From now on these calls (the last is -1) fail with ENOSYS. False when that
 * cannot be had here. */
bool lacking(const int *calls);

#endif
