/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Threads of the library. */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>

/* Start a thread that no signal reaches: they are for the threads of the command. False
 * when there is none to be had. */
static inline bool thread_start(pthread_t *thread, void *(*work)(void *), void *arg)
{
	sigset_t all, old;
	bool ok;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	ok = pthread_create(thread, NULL, work, arg) == 0;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return ok;
}

#endif
