/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTHOR_IDS_H
#define AUTHOR_IDS_H

#include "author/plan.h"

/* The epoch, volume times, GUIDs and ids of a plan, from its tree and options. */
enum isokit_status ids_fill(struct plan *plan, struct isokit_error *err);

#endif
