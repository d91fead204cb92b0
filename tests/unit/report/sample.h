/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Facts made by hand, so that reports can be tested without any image. */
#ifndef UNIT_REPORT_SAMPLE_H
#define UNIT_REPORT_SAMPLE_H

#include <isokit/report.h>

/* A hybrid with everything in it; the caller may change what it is given. */
void sample_hybrid(struct isokit_facts *facts, struct isokit_boot_verdict *verdict);

/* A data image: a primary descriptor and nothing else. */
void sample_data(struct isokit_facts *facts, struct isokit_boot_verdict *verdict);

/* Output gathered in memory. */
struct sample_output {
	char bytes[65536];
	size_t n;
	unsigned calls;
	size_t refuse_after; /* bytes after which write fails; 0: never */
};

int sample_write(void *ctx, const char *bytes, size_t length);

#endif
