/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Extended attributes and access control lists of files on this computer. */
#ifndef TREE_HOSTATTR_H
#define TREE_HOSTATTR_H

#include "tree/tree.h"

struct hostattr; /* buffers that are used again and again */

void hostattr_free(struct hostattr *h);

/* Of the file `name` relative to an open folder (or AT_FDCWD; a link is followed only
 * there) into a node. *io_h is made when it is NULL. `shown` is for messages. */
enum isokit_status hostattr_read(struct hostattr **io_h, struct tree *t, int dirfd,
				 const char *name, const char *shown, bool xattrs, bool acls,
				 struct tree_node *node, struct isokit_error *err);

#endif
