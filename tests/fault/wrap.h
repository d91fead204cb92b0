/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Allocations and system calls of our own objects (not of the C library or
 * libisofs), which the linker sends here with --wrap, and which fail on demand. */
#ifndef FAULT_WRAP_H
#define FAULT_WRAP_H

#include <stdbool.h>

enum fault_kind { FAULT_ALLOCATIONS, FAULT_CALLS };

/* From now on the n-th of this kind fails, and with then_on all after it. */
void fault_arm(enum fault_kind kind, unsigned long n, bool then_on);

/* Nothing fails any more. Was there an n-th? */
bool fault_disarm(void);

/* Name of the system call that failed first, or "malloc". */
const char *fault_what(void);

#endif
