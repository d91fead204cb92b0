/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is told before and after writing. */
#ifndef ISO_WRITE_REPORT_H
#define ISO_WRITE_REPORT_H

#include <isokit/write.h>

#include "writer.h"

/* What will be written, and what is known of it. */
void plan_print(const struct writer_options *opt, const struct checks *checks,
		struct isokit_write *write, struct output *out);
/* What became of each drive; `st` and `err` are those of isokit_write_run(). */
enum exit_code report_print(const struct writer_options *opt, const struct checks *checks,
			    struct isokit_write *write, enum isokit_status st,
			    const struct isokit_error *err, struct output *out);
void report_json(const struct writer_options *opt, const struct checks *checks,
		 struct isokit_write *write, enum isokit_status st, struct output *out);

#endif
