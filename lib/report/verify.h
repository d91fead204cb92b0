/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What came of recomputing checksums. */
#ifndef REPORT_VERIFY_H
#define REPORT_VERIFY_H

#include <isokit/verify.h>

#include "report/json.h"

/* The keys "hashes", "verification" and "not_covered". `v` may be NULL: none. */
void report_verification_json(struct json *j, const struct isokit_verification *v);

/* The state of the schemes whose names begin so, for the key "integrity": "none"
 * unless `present`, "unverified", "match" or "mismatch". */
const char *report_verified_word(const struct isokit_verification *v, const char *prefix,
				 bool present);

#endif
