/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the caller's patterns say of single files: in which directories they show,
 * and in which order their contents lie. */
#ifndef AUTHOR_SHAPE_H
#define AUTHOR_SHAPE_H

#include "author/plan.h"

/* Is there a rule on host paths, which are known while scanning only? */
bool shape_wants_host(const struct plan *plan);

/* Those rules, for a node found at a host path. */
void shape_adjust(const struct plan *plan, const char *host, struct tree_node *node);

/* The rules on paths in the image; then what folders hand down. Afterwards every
 * node bears its own flags (TREE_HIDDEN_…, TREE_WEIGHTED) and weight. */
enum isokit_status shape_apply(struct plan *plan, struct isokit_error *err);

/* Flags TREE_HIDDEN_… for a path of the image that has no node. */
uint16_t shape_hidden_flags(const struct plan *plan, const char *path);

#endif
