/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Jobs for tests. */
#ifndef WRITE_TEST_JOB_H
#define WRITE_TEST_JOB_H

#include "drive.h"
#include "write/job.h"

enum { MIB = 1024 * 1024 };

/* A file with bytes that look like nothing, in the temporary folder of the test, with a
 * partition table; its path until the next call. */
const char *image_make(uint64_t bytes);
extern uint8_t *image_bytes; /* of the last one */

/* All defaults. */
struct isokit_write_options job_options(void);
struct isokit_write *job_open(const char *path, const struct isokit_write_options *o);
/* Write to the drive; the result is valid until job_end(). */
const struct isokit_write_result *job_run(struct isokit_write *w, struct drive *d,
					  enum isokit_status want);
void job_end(struct isokit_write *w);

#endif
