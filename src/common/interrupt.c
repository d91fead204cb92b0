/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "common/interrupt.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "common/exit.h"

enum { GRACE_SECONDS = 2 };

static volatile sig_atomic_t pending, held, patient;

/* Set before the handlers are. */
static const char *last_words;
static void (*clean_up)(void *ctx);
static void *clean_ctx;

static void leave(int number)
{
	(void)number;
	if (held)
		return;
	if (clean_up)
		clean_up(clean_ctx);
	if (last_words)
		(void)!write(STDERR_FILENO, last_words, strlen(last_words));
	_exit(EXIT_INTERRUPTED);
}

static void note(int number)
{
	if (pending)
		leave(number);
	pending = 1;
	if (!patient)
		(void)alarm(GRACE_SECONDS);
}

static void handle(void (*handler)(int), const char *words, void (*clean)(void *), void *ctx)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action, old;

	last_words = words;
	clean_up = clean;
	clean_ctx = ctx;
	memset(&action, 0, sizeof(action));
	action.sa_handler = handler;
	(void)sigemptyset(&action.sa_mask);
	/* One handler at a time. */
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		(void)sigaddset(&action.sa_mask, signals[i]);
	(void)sigaddset(&action.sa_mask, SIGALRM);
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

void interrupt_start(const char *words, void (*clean)(void *ctx), void *ctx)
{
	struct sigaction action;

	handle(note, words, clean, ctx);
	memset(&action, 0, sizeof(action));
	action.sa_handler = leave;
	(void)sigfillset(&action.sa_mask);
	(void)sigaction(SIGALRM, &action, NULL);
}

void interrupt_exits(const char *words, void (*clean)(void *ctx), void *ctx)
{
	handle(leave, words, clean, ctx);
}

void interrupt_patient(void)
{
	patient = 1;
	/* Nor is somebody who does not listen any more a reason to drop everything. */
	(void)signal(SIGPIPE, SIG_IGN);
}

bool interrupt_hold(void)
{
	held = 1;
	return pending == 0;
}

bool interrupt_pending(void)
{
	return pending != 0;
}
