/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SIGINT, SIGTERM and SIGHUP as a flag, so that a command can clean up. Both calls
 * also ignore SIGXFSZ: a write beyond the file size limit fails with EFBIG. */
#ifndef COMMON_INTERRUPT_H
#define COMMON_INTERRUPT_H

#include <stdbool.h>

/* From now on the first of these signals sets the flag. A second one, or a build that
 * has not ended some seconds after the first (a library that cannot be stopped computes,
 * a server does not answer), ends the program with EXIT_INTERRUPTED: after clean(ctx),
 * which must be safe in a signal handler and may be NULL, and `words`, a line for stderr
 * or NULL. SIGQUIT still ends at once. */
void interrupt_start(const char *words, void (*clean)(void *ctx), void *ctx);

/* After interrupt_start(): the first signal gives all the time that a safe end takes (a stick
 * may need a minute for what it was sent); only a second one ends the program. */
void interrupt_patient(void);

/* Too late: what is being done will be completed. False when one arrived before, and
 * there is still time to stop. */
bool interrupt_hold(void);

/* For a command that one signal may end: at once, as above. */
void interrupt_exits(const char *words, void (*clean)(void *ctx), void *ctx);

/* Did one arrive? Safe in any thread. */
bool interrupt_pending(void);

#endif
