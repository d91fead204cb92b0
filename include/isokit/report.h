/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file report.h  Facts and verdicts as text or JSON. */
#ifndef ISOKIT_REPORT_H
#define ISOKIT_REPORT_H

#include <isokit/image.h>
#include <isokit/layout.h>
#include <isokit/verdict.h>
#include <isokit/verify.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Where a report goes: called with pieces of output; 0 to go on. Every function
 * that takes one returns ISOKIT_OK, or ISOKIT_E_CANCELLED when it did not return 0,
 * or ISOKIT_E_NOMEM. */
typedef int (*isokit_write_fn)(void *ctx, const char *bytes, size_t length);

/** How a report looks. Zero-initialise; new members go to the end. */
struct isokit_report_options {
	bool color;      /**< ANSI colours */
	unsigned width;  /**< columns of the terminal; 0 means 80 */
	bool verbose;
	const char *image; /**< in JSON listings: value of a key "image"; NULL: no key */
};

/** The image as one JSON object (schema isokit.image/1) and a newline. */
ISOKIT_API enum isokit_status isokit_report_json(const struct isokit_facts *facts,
						 const struct isokit_boot_verdict *verdict,
						 isokit_write_fn write, void *ctx);

/** What else the JSON of an image may hold. Zero-initialise, then set size. New
 * members go to the end. */
struct isokit_report_extras {
	size_t size; /**< sizeof(struct isokit_report_extras) */
	struct isokit_layout *layout;            /**< with gaps, of at least: */
	const struct isokit_range *owner_ranges; /**< what the key "owner" is about */
	size_t n_owner_ranges;
	const struct isokit_verification *verification; /**< or NULL */
};

/** isokit_report_json() with more keys. */
ISOKIT_API enum isokit_status isokit_report_json_with(const struct isokit_facts *facts,
						      const struct isokit_boot_verdict *verdict,
						      const struct isokit_report_extras *extras,
						      isokit_write_fn write, void *ctx);

/** What lies in a range: a heading, then a line for each region and name. The
 * layout is one with gaps that was asked for this range. */
ISOKIT_API enum isokit_status isokit_report_owner(struct isokit_layout *layout,
						  const struct isokit_range *range,
						  isokit_write_fn write, void *ctx);

/** What a map is drawn as. */
enum isokit_map_format {
	ISOKIT_MAP_SVG,
	ISOKIT_MAP_HTML, /**< a page that needs nothing else, with a table to search */
};

/**
 * A picture of the layout: the image to scale, every part of it in rows, lanes of
 * boot images, partitions and sessions, a legend. At most about a megabyte,
 * whatever the image holds.
 *
 * @param layout  of the whole image, with gaps
 */
ISOKIT_API enum isokit_status isokit_report_map(struct isokit_layout *layout,
						const struct isokit_facts *facts,
						const struct isokit_boot_verdict *verdict,
						enum isokit_map_format format,
						isokit_write_fn write, void *ctx);

/** The image as one screen of text. */
ISOKIT_API enum isokit_status isokit_report_text(const struct isokit_facts *facts,
						 const struct isokit_boot_verdict *verdict,
						 const struct isokit_report_options *options,
						 isokit_write_fn write, void *ctx);

/** What came of verifying: each scheme, and what none of them covers. */
ISOKIT_API enum isokit_status isokit_report_verification(
	const struct isokit_verification *verification,
	const struct isokit_report_options *options, isokit_write_fn write, void *ctx);

/** The findings only, a line each: severity, code, byte offset, message. */
ISOKIT_API enum isokit_status isokit_report_findings(const struct isokit_facts *facts,
						     const struct isokit_report_options *options,
						     isokit_write_fn write, void *ctx);

/** One entry of a tree as an `ls -l`-like line, the name escaped. */
ISOKIT_API enum isokit_status isokit_report_entry_text(const struct isokit_entry *entry,
						       const struct isokit_report_options *options,
						       isokit_write_fn write, void *ctx);

/** One entry of a tree as a JSON object and a newline. */
ISOKIT_API enum isokit_status isokit_report_entry_json(const struct isokit_entry *entry,
						       const struct isokit_report_options *options,
						       isokit_write_fn write, void *ctx);

/**
 * The sentence of a finding, escaped for a terminal.
 * @return bytes the whole sentence needs without NUL, like snprintf
 */
ISOKIT_API size_t isokit_finding_sentence(const struct isokit_finding *finding, char *buffer,
					  size_t size);

/**
 * Bytes of any origin so that a terminal shows them and obeys nothing: control,
 * bidirectional and invisible characters and bytes that are not UTF-8 become
 * \xHH or \u{HEX}, a backslash becomes two. Always NUL-terminated when size > 0.
 * @return bytes the whole result needs without NUL, like snprintf; 0 for
 *         nothing, or when memory ran out
 */
ISOKIT_API size_t isokit_escape(const void *bytes, size_t length, char *buffer, size_t size);

/** The sentence of a boot reason, likewise. */
ISOKIT_API size_t isokit_boot_reason_sentence(const struct isokit_boot_reason *reason,
					      char *buffer, size_t size);

#ifdef __cplusplus
}
#endif
#endif
