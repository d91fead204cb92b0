/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What lies at some places of the image. */
#ifndef REPORT_OWNER_H
#define REPORT_OWNER_H

#include "report/json.h"

/* The key "owner" with an object for each range. */
enum isokit_status report_owner_json(struct json *j, struct isokit_layout *layout,
				     const struct isokit_range *ranges, size_t n_ranges);

#endif
