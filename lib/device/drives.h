/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From facts to drives. */
#ifndef DEVICE_DRIVES_H
#define DEVICE_DRIVES_H

#include "device/facts.h"

struct isokit_drives {
	struct arena arena;
	struct look look;
	struct device_facts facts;
	struct isokit_drive *list;
	size_t *nodes; /* of the facts, one for each of the list */
	size_t n;
};

/* uses.c: fill uses, numbers, mounted and problem of every drive. */
enum isokit_status device_find_uses(struct isokit_drives *drives, struct isokit_error *err);

/* contents.c: what libblkid and statvfs say where the udev database says nothing; only of
 * this computer. */
void device_look_inside(struct isokit_drives *drives);

/* Where a node is mounted first, and how much of that is used. Untouched when it is not. */
void device_tell_mounted(const struct isokit_drives *drives, size_t node, const char **ret_where,
			 uint64_t *ret_used);

/* Does the drive of `now` have the identity of `then`? NULL: yes; else what differs, static. */
const char *device_difference(const struct isokit_drive *then, const struct isokit_drive *now);

#endif
