/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The partition of a stick that has one. For this room only. */
#ifndef STICK_EMPTY_H
#define STICK_EMPTY_H

#include "stick/table.h"

struct empty_partition {
	uint64_t at, bytes;
	uint64_t unit; /* border that flash memory likes, for what is inside, too */
	bool gpt;      /* an MBR cannot say where it ends */
};

/* As large as the drive allows, on a border that suits it. */
enum isokit_status empty_place(struct composer *c, const struct stick_options *o,
			       struct empty_partition *ret, struct isokit_error *err);

/* Its tables, and zeros where others were. ret_mbr, if not NULL: the MBR, to be changed until
 * the layout is finished. */
enum isokit_status empty_tables(struct composer *c, const struct stick_options *o,
				const struct empty_partition *p, bool active, uint8_t mbr_type,
				const char *gpt_type, uint8_t **ret_mbr, struct isokit_error *err);

#endif
