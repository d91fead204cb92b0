/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A drive in memory, with all that can be wrong with one. */
#ifndef WRITE_TEST_DRIVE_H
#define WRITE_TEST_DRIVE_H

#include "device/target.h"

#include <pthread.h>
#include <stdatomic.h>

enum { DRIVE_FLUSHES = 8 };

struct drive {
	uint8_t *bytes;
	uint64_t size;      /* that it says */
	uint32_t sector;
	/* Faults; 0: none. */
	uint64_t real;      /* what lies behind begins at 0 again */
	uint64_t keeps;     /* writes behind are swallowed */
	uint64_t blank;     /* writes behind are swallowed, and zeros are read there */
	uint64_t flip;      /* a bit of this byte is always read wrong */
	uint64_t noisy;     /* a byte from here on is read differently each time */
	int fail_write;     /* the n-th write fails … */
	int fail_read;      /* … the n-th read … */
	int write_errno;    /* … with this (5: EIO) */
	int read_errno;
	bool no_zero;       /* cannot make zeros */
	bool lies_zero;     /* says that it made zeros */
	/* Everything behind the wiping waits while this says so, but not for ever. */
	bool (*hold)(void *ctx);
	void *hold_ctx;
	void (*before_read)(struct drive *d); /* the first one behind a flush */
	/* What was done. */
	atomic_int writes, reads, zeros, flushes, noise;
	atomic_bool dirty;  /* writes that were not flushed */
	uint64_t lowest[DRIVE_FLUSHES]; /* where the first byte lies that was written before the n-th flush, and
			     * after the one before that */
	int first_write_at; /* when the first sector was written: as number of the write */
	pthread_mutex_t lock;
};

/* Filled with a pattern that no image has. */
void drive_make(struct drive *d, uint64_t size);
void drive_free(struct drive *d);
struct device_target *drive_target(struct drive *d);

#endif
