/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values as words: the same ones in text and JSON. */
#ifndef REPORT_WORDS_H
#define REPORT_WORDS_H

#include <isokit/report.h>

struct text;

const char *report_format_name(enum isokit_image_format format);
const char *report_platform_name(unsigned platform);
const char *report_emulation_name(unsigned media);
const char *report_boot_code_name(enum isokit_boot_code code);

/* What a partition type stands for, or NULL. */
const char *report_mbr_type_words(unsigned type);
const char *report_gpt_type_words(const char *type_guid);

enum { REPORT_TIME_BYTES = 48 };

/* "2026-01-02T03:04:05.00+01:00" (or with a blank and without hundredths for
 * people); "" when not set. */
void report_time_iso(const struct isokit_time *t, char out[REPORT_TIME_BYTES]);
void report_time_words(const struct isokit_time *t, char out[REPORT_TIME_BYTES]);

/* Either of them without a NUL; returns what is behind it. */
char *report_put_time(char *p, const struct isokit_time *t, bool iso);

/* "5.0 MiB", "512 bytes". */
enum { REPORT_SIZE_BYTES = 24 };
void report_size_words(uint64_t bytes, char out[REPORT_SIZE_BYTES]);

/* "1,234,567". */
enum { REPORT_GROUPED_BYTES = 32 };
void report_grouped(uint64_t n, char out[REPORT_GROUPED_BYTES]);

/* Sentences, escaped, added to a builder. */
void report_finding_add(struct text *t, const struct isokit_finding *f);
void report_reason_add(struct text *t, const struct isokit_boot_reason *r);

#endif
