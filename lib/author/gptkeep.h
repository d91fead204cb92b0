/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the GPT of a base image says of its partitions besides their places and types:
 * names, attributes and unique ids. libisofs has its own for all of them, so they are
 * put into both its tables as these go by. */
#ifndef AUTHOR_GPTKEEP_H
#define AUTHOR_GPTKEEP_H

#include "author/plan.h"

struct gptkeep;

/* Look at the GPT of plan->base; plan->gptkeep stays NULL where there is none to keep. */
enum isokit_status gptkeep_take(struct plan *plan, struct isokit_error *err);

/* Into n bytes at byte `at` of the new image: whole blocks of 2048, in order, the first
 * ones as many as the system area has. NULL is allowed. An entry is the same one when it
 * has the same number and type. */
void gptkeep_patch(struct gptkeep *k, uint64_t at, uint8_t *bytes, size_t n);

#endif
