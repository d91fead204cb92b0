/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SIGINT, SIGTERM and SIGHUP as a flag, so that a command can clean up. Both calls
 * also ignore SIGXFSZ: a write beyond the file size limit fails with EFBIG. */
#ifndef COMMON_INTERRUPT_H
#define COMMON_INTERRUPT_H

#include <stdbool.h>

/* From now on these signals only set the flag. SIGQUIT still ends at once. */
void interrupt_start(void);

/* For a command with nothing to clean up: these signals end it with
 * EXIT_INTERRUPTED, and with a line on stderr unless `words` is NULL. */
void interrupt_exits(const char *words);

/* Did one arrive? Safe in any thread. */
bool interrupt_pending(void);

#endif
