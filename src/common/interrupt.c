/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "common/interrupt.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "common/exit.h"

static volatile sig_atomic_t pending;

static void note(int number)
{
	(void)number;
	pending = 1;
}

/* A line for stderr, or NULL. Set before the handler is. */
static const char *last_words;

static void leave(int number)
{
	(void)number;
	if (last_words)
		(void)!write(STDERR_FILENO, last_words, strlen(last_words));
	_exit(EXIT_INTERRUPTED);
}

static void handle(void (*handler)(int))
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action, old;

	memset(&action, 0, sizeof(action));
	action.sa_handler = handler;
	(void)sigemptyset(&action.sa_mask);
	action.sa_flags = SA_RESTART;
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		/* What nohup or a shell's background ignores stays ignored. */
		if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler == SIG_IGN)
			continue;
		(void)sigaction(signals[i], &action, NULL);
	}
	/* A file beyond `ulimit -f` is a failed write like others, not a death. */
	action.sa_handler = SIG_IGN;
	(void)sigaction(SIGXFSZ, &action, NULL);
}

void interrupt_start(void)
{
	handle(note);
}

void interrupt_exits(const char *words)
{
	last_words = words;
	handle(leave);
}

bool interrupt_pending(void)
{
	return pending != 0;
}
