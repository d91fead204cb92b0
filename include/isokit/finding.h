/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file finding.h  What is wrong in an image: code, severity, place. */
#ifndef ISOKIT_FINDING_H
#define ISOKIT_FINDING_H

#include <isokit/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How bad a finding is. */
enum isokit_severity {
	ISOKIT_NOTE,    /**< worth knowing, breaks nothing */
	ISOKIT_WARNING, /**< some readers or firmware may stumble */
	ISOKIT_ERROR,   /**< a structure breaks its standard or cannot be used */
};

/** One value per line of finding-codes.h; the codes are stable, see doc/findings.md. */
enum isokit_finding_code {
#define ISOKIT_FINDING(id, code, severity, prose) ISOKIT_F_##id,
#include <isokit/finding-codes.h>
#undef ISOKIT_FINDING
	ISOKIT_F_COUNT
};

/**
 * A finding. The prose is made by the report from the template of the code,
 * the numbers and `what`; libraries compare codes, never sentences.
 */
struct isokit_finding {
	enum isokit_finding_code code;
	enum isokit_severity severity;
	uint64_t offset;  /**< first byte concerned, or ISOKIT_NO_OFFSET */
	uint64_t length;  /**< bytes concerned, 0 when unknown */
	uint64_t n[4];    /**< numbers of the template: %0 … %3 */
	const char *what; /**< name of the template: %w; may be NULL; raw bytes,
			   *   owned by the image */
	uint64_t more;    /**< so many more of this kind, in the same tree or table, are
			   *   only counted */
};

/** The kebab-case code of a finding; static. */
ISOKIT_API const char *isokit_finding_code_name(enum isokit_finding_code code);

/** The clause that a finding is about ("ECMA-119 9.1.3"), or NULL; static. */
ISOKIT_API const char *isokit_finding_clause(enum isokit_finding_code code);

/** "error", "warning" or "note"; static. */
ISOKIT_API const char *isokit_severity_name(enum isokit_severity severity);

#ifdef __cplusplus
}
#endif
#endif
