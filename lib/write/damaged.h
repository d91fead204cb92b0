/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A drive as a source, with what cannot be read of it left out: zeros, and listed. */
#ifndef WRITE_DAMAGED_H
#define WRITE_DAMAGED_H

#include "write/intake.h"

struct isokit_write;

/* Of the job's payload. */
enum isokit_status intake_of_damaged(struct isokit_write *w, struct intake **ret,
				     struct isokit_error *err);

#endif
