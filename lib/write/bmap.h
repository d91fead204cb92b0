/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Block maps (bmaptool, format versions 1.3 to 2.0): which blocks of an image have something
 * in them, and a checksum of each run of them. */
#ifndef WRITE_BMAP_H
#define WRITE_BMAP_H

#include <isokit/error.h>

struct bmap;
struct flow;
struct isokit_write;

/* Read options.bmap, and see that it fits to the image, as far as its size is known. */
enum isokit_status bmap_open(struct isokit_write *w, struct isokit_error *err);
/* The flow reads what is mapped, and compares the sums. */
enum isokit_status bmap_flow(struct flow *f, struct isokit_error *err);
void bmap_free(struct bmap *b); /* NULL is allowed */

#endif
