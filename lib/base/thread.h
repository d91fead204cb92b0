/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Threads of the library. */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <time.h>

enum { THREAD_STACK_BYTES = 1024 * 1024 };

/* Start a thread that no signal reaches: they are for the threads of the command. Its stack is
 * as large as our work needs, whatever the limit of the process (ulimit -s) says: that may be
 * tiny, or so large that many threads have no room. False when there is none to be had. */
static inline bool thread_start(pthread_t *thread, void *(*work)(void *), void *arg)
{
	pthread_attr_t how;
	sigset_t all, old;
	bool ok;

	if (pthread_attr_init(&how) != 0)
		return false;
	(void)pthread_attr_setstacksize(&how, THREAD_STACK_BYTES);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	ok = pthread_create(thread, &how, work, arg) == 0;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	(void)pthread_attr_destroy(&how);
	return ok;
}

/* A condition that is waited for until a moment of thread_moment_in(): somebody who sets the
 * clock of the computer keeps nobody waiting. */
static inline bool thread_cond_start(pthread_cond_t *cond)
{
	pthread_condattr_t how;
	bool ok;

	if (pthread_condattr_init(&how) != 0)
		return false;
	ok = pthread_condattr_setclock(&how, CLOCK_MONOTONIC) == 0 &&
	     pthread_cond_init(cond, &how) == 0;
	(void)pthread_condattr_destroy(&how);
	return ok;
}

static inline struct timespec thread_moment_in(unsigned ms)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += ms / 1000;
	t.tv_nsec += (long)(ms % 1000) * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000;
	}
	return t;
}

#endif
