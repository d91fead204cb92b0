/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SIGINT, SIGTERM and SIGHUP as a flag, so that a command can clean up. */
#ifndef COMMON_INTERRUPT_H
#define COMMON_INTERRUPT_H

#include <stdbool.h>

/* From now on these signals only set the flag. SIGQUIT still ends at once. */
void interrupt_start(void);

/* For a command with nothing to clean up: these signals end it with
 * EXIT_INTERRUPTED. */
void interrupt_exits(void);

/* Did one arrive? Safe in any thread. */
bool interrupt_pending(void);

#endif
