/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Accumulate findings, sort them, name their codes. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "model/impl.h"

/* Enough for a person, and a bound for a hostile image. */
enum { MAX_FINDINGS = 4096, MAX_WHAT_BYTES = 4096 };

/* The names stand in one block and are found by where they begin in it: a table of
 * pointers would have to be relocated whenever a program starts. */
static const struct {
#define ISOKIT_FINDING(id, code, severity, prose) char of_##id[sizeof(code)];
#include <isokit/finding-codes.h>
#undef ISOKIT_FINDING
} names = {
#define ISOKIT_FINDING(id, code, severity, prose) .of_##id = code,
#include <isokit/finding-codes.h>
#undef ISOKIT_FINDING
};

static const struct {
	uint16_t name; /* where in names */
	uint8_t severity;
} codes[] = {
#define ISOKIT_FINDING(id, code, severity, prose) \
	[ISOKIT_F_##id] = { offsetof(typeof(names), of_##id), ISOKIT_##severity },
#include <isokit/finding-codes.h>
#undef ISOKIT_FINDING
};

const char *isokit_finding_code_name(enum isokit_finding_code code)
{
	return (size_t)code < sizeof(codes) / sizeof(codes[0]) ?
		       (const char *)&names + codes[code].name : "unknown";
}

const char *isokit_severity_name(enum isokit_severity severity)
{
	switch (severity) {
	case ISOKIT_NOTE: return "note";
	case ISOKIT_WARNING: return "warning";
	case ISOKIT_ERROR: return "error";
	}
	return "unknown";
}

void model_find(struct isokit_image *img, enum isokit_finding_code code, uint64_t offset,
		uint64_t length, const char *what, uint64_t n0, uint64_t n1)
{
	if (img->facts.container)
		offset = isokit_container_offset(img->facts.container, offset);
	model_find_in_file(img, code, offset, length, what, n0, n1);
}

void model_find_in_file(struct isokit_image *img, enum isokit_finding_code code, uint64_t offset,
			uint64_t length, const char *what, uint64_t n0, uint64_t n1)
{
	struct isokit_finding *f;

	if (img->n_findings >= MAX_FINDINGS ||
	    !ARRAY_RESERVE(img->findings, img->capacity_findings, img->n_findings + 1)) {
		img->findings_lost = true;
		return;
	}
	f = &img->findings[img->n_findings];
	*f = (struct isokit_finding){
		.code = code,
		.severity = (enum isokit_severity)codes[code].severity,
		.offset = offset,
		.length = length,
		.n = { n0, n1 },
	};
	if (what) {
		f->what = arena_strndup(&img->arena, what, strnlen(what, MAX_WHAT_BYTES));
		if (!f->what) {
			img->findings_lost = true;
			return;
		}
	}
	img->n_findings++;
}

static int by_severity_and_offset(const void *pa, const void *pb)
{
	const struct isokit_finding *a = pa, *b = pb;

	if (a->severity != b->severity)
		return a->severity > b->severity ? -1 : 1;
	if (a->offset != b->offset)
		return a->offset < b->offset ? -1 : 1;
	if (a->code != b->code)
		return a->code < b->code ? -1 : 1;
	return 0;
}

void model_findings_publish(struct isokit_image *img)
{
	if (img->n_findings)
		qsort(img->findings, img->n_findings, sizeof(*img->findings),
		      by_severity_and_offset);
	img->facts.findings = img->findings;
	img->facts.n_findings = img->n_findings;
}
