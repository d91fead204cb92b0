/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is not the image as it is: a stick with its files, an empty one, one more partition,
 * a GPT that fits to the drive. */
#ifndef WRITE_COMPOSE_H
#define WRITE_COMPOSE_H

#include <isokit/error.h>

#include <stdbool.h>

struct flow;
struct isokit_write;
struct lane;

/* Is something composed for the size of each drive? */
bool compose_wanted(const struct isokit_write *w);
enum isokit_status compose_flow(struct flow *f, struct isokit_error *err);
void compose_end(struct flow *f);
/* The image's GPT for the size of this drive. */
enum isokit_status compose_patches(struct lane *l, struct isokit_error *err);

#endif
