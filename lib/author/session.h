/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An image that is a session behind others (options.session_block). Inside of a build
 * all positions are those of the medium; the first byte of the output is that of the
 * session. */
#ifndef AUTHOR_SESSION_H
#define AUTHOR_SESSION_H

#include <isokit/image.h>

#include "author/plan.h"

/* Byte of the medium where the output begins; 0 without a session. */
uint64_t session_origin(const struct plan *plan);

/* Does this content stay where the image to start from has it? */
bool session_keeps(const struct plan *plan, const struct tree_node *node);

/* What a session cannot have is an error (it was asked for) or a note (the base had it). */
enum isokit_status session_check(struct plan *plan, struct isokit_error *err);
void session_trim_boot(struct plan *plan);

/* What was written so far as bytes of the medium, with what stood on it before. Owned by
 * caller. */
enum isokit_status session_read_back(const struct plan *plan, int fd, const char *name,
				     struct isokit_source **ret_src, struct isokit_error *err);

/* The image in there that was written. */
enum isokit_status session_open_image(const struct plan *plan, struct isokit_source *src,
				      struct isokit_image **ret_img, struct isokit_error *err);

/* options.old_root: keep what is below it before sources come, and take equal contents
 * from there when they are all there. */
enum isokit_status session_put_aside(struct plan *plan, struct isokit_error *err);
enum isokit_status session_compare(struct plan *plan, struct isokit_error *err);

#endif
