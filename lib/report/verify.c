/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What came of recomputing checksums, as text and JSON. */
#include "report/verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/screen.h"
#include "report/words.h"

enum { MOST_MISMATCHES = 20, MOST_KINDS_OF_GAP = 12, GAP_INDENT = 13 };

const char *report_verified_word(const struct isokit_verification *v, const char *prefix,
				 bool present)
{
	const char *word = present ? "unverified" : "none";

	for (size_t i = 0; v && i < v->n_schemes; i++) {
		if (strncmp(v->schemes[i].scheme, prefix, strlen(prefix)) != 0)
			continue;
		if (v->schemes[i].result != ISOKIT_VERIFY_MATCH)
			return "mismatch";
		word = "match";
	}
	return word;
}

/* ---- JSON ---------------------------------------------------------------------------- */

static void json_ranges(struct json *j, const char *key, const struct isokit_verify_range *ranges,
			size_t n)
{
	json_open(j, key, '[');
	for (size_t i = 0; i < n; i++) {
		json_open(j, NULL, '{');
		json_number(j, "offset", ranges[i].offset);
		json_number(j, "bytes", ranges[i].bytes);
		if (ranges[i].what)
			json_text(j, "what", ranges[i].what);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void json_mismatch(struct json *j, const struct isokit_verify_mismatch *m)
{
	json_open(j, NULL, '{');
	if (m->path)
		json_bytes_str(j, "path", m->path);
	json_text(j, "problem", m->problem);
	if (m->expected || m->computed)
		json_text(j, "algorithm", isokit_digest_name(m->kind));
	if (m->expected)
		json_text(j, "expected", m->expected);
	if (m->computed)
		json_text(j, "computed", m->computed);
	if (m->offset != ISOKIT_NO_OFFSET) {
		json_number(j, "offset", m->offset);
		json_number(j, "bytes", m->bytes);
	}
	if (m->what)
		json_text(j, "message", m->what);
	json_close(j, '}');
}

static void json_scheme(struct json *j, const struct isokit_verify_scheme *s)
{
	json_open(j, NULL, '{');
	json_text(j, "scheme", s->scheme);
	json_bytes_str(j, "where", s->where);
	json_open(j, "algorithms", '[');
	for (size_t i = 0; i < ISOKIT_DIGEST_COUNT; i++)
		if (s->kinds & 1u << i)
			json_text(j, NULL, isokit_digest_name((enum isokit_digest_kind)i));
	json_close(j, ']');
	json_text(j, "result", isokit_verify_result_name(s->result));
	json_number(j, "covered_bytes", s->covered_bytes);
	json_ranges(j, "covered", s->covered, s->n_covered);
	json_ranges(j, "not_covered", s->not_covered, s->n_not_covered);
	if (s->has_files) {
		json_number(j, "files", s->files);
		json_number(j, "files_matched", s->files_matched);
		json_number(j, "files_not_listed", s->files_not_listed);
	}
	json_open(j, "mismatches", '[');
	for (size_t i = 0; i < s->n_mismatches; i++)
		json_mismatch(j, &s->mismatches[i]);
	json_close(j, ']');
	if (s->n_remarks) {
		json_open(j, "remarks", '[');
		for (size_t i = 0; i < s->n_remarks; i++)
			json_text(j, NULL, s->remarks[i]);
		json_close(j, ']');
	}
	json_close(j, '}');
}

void report_verification_json(struct json *j, const struct isokit_verification *v)
{
	if (!v)
		return;
	if (v->hashes) {
		json_open(j, "hashes", '{');
		for (size_t i = 0; i < ISOKIT_DIGEST_COUNT; i++)
			if (v->hashes & 1u << i)
				json_text(j, isokit_digest_name((enum isokit_digest_kind)i),
					  v->hash[i]);
		json_close(j, '}');
	}
	if (!v->schemes_wanted)
		return;
	json_open(j, "verification", '[');
	for (size_t i = 0; i < v->n_schemes; i++)
		json_scheme(j, &v->schemes[i]);
	json_close(j, ']');
	json_ranges(j, "not_covered", v->not_covered, v->n_not_covered);
}

/* ---- text ------------------------------------------------------------------------------- */

static void line(struct screen *s, enum screen_style style, const struct text *t)
{
	screen_begin(s);
	screen_fold(s, style, t->n ? t->bytes : "");
}

static void add_size(struct text *t, uint64_t bytes)
{
	char words[REPORT_SIZE_BYTES];

	report_size_words(bytes, words);
	text_add_str(t, words);
}

static const char *scheme_words(const struct isokit_verify_scheme *s)
{
	static const struct {
		const char *scheme, *words;
	} table[] = {
		{ "implanted-md5", "implanted MD5 (isomd5sum)" },
		{ "tagmedia", "implanted checksum (tagmedia)" },
		{ "libisofs-session", "libisofs' checksum tags" },
		{ "libisofs-files", "libisofs' checksums of files" },
		{ "list-inside", "list inside the image" },
		{ "list-beside", "list beside the image" },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strcmp(table[i].scheme, s->scheme) == 0)
			return table[i].words;
	return s->scheme;
}

static void add_kinds(struct text *t, unsigned kinds)
{
	static const char *const words[ISOKIT_DIGEST_COUNT] = {
		[ISOKIT_MD5] = "MD5",	      [ISOKIT_SHA1] = "SHA-1",
		[ISOKIT_SHA224] = "SHA-224",  [ISOKIT_SHA256] = "SHA-256",
		[ISOKIT_SHA384] = "SHA-384",  [ISOKIT_SHA512] = "SHA-512",
		[ISOKIT_BLAKE2B] = "BLAKE2b",
	};
	const char *comma = "";

	for (size_t i = 0; i < ISOKIT_DIGEST_COUNT; i++) {
		if (!(kinds & 1u << i))
			continue;
		text_addf(t, "%s%s", comma, words[i]);
		comma = ", ";
	}
}

static void show_mismatch(struct screen *s, const struct isokit_verify_mismatch *m)
{
	struct text t = { 0 };

	text_addf(&t, "%s: ", m->problem);
	if (m->path)
		text_add_escaped(&t, m->path, strlen(m->path));
	else if (m->offset != ISOKIT_NO_OFFSET)
		text_addf(&t, "bytes %llu to %llu", (unsigned long long)m->offset,
			  (unsigned long long)(m->offset + m->bytes));
	if (m->what) {
		text_add_str(&t, "; ");
		text_add_str(&t, m->what);
	}
	line(s, STYLE_BAD, &t);
	text_clear(&t);
	if (m->expected && m->computed) {
		text_addf(&t, "expected %s", m->expected);
		line(s, STYLE_FAINT, &t);
		text_clear(&t);
		text_addf(&t, "computed %s", m->computed);
		line(s, STYLE_FAINT, &t);
	}
	s->out_of_memory |= t.failed;
	text_free(&t);
}

static void show_coverage(struct screen *s, const struct isokit_verify_scheme *v, uint64_t total)
{
	struct text t = { 0 };

	if (v->has_files)
		text_addf(&t, "%llu of %llu file%s agree%s, %llu of the image not listed; ",
			  (unsigned long long)v->files_matched, (unsigned long long)v->files,
			  v->files == 1 ? "" : "s", v->files_matched == 1 ? "s" : "",
			  (unsigned long long)v->files_not_listed);
	text_add_str(&t, "covers ");
	if (v->n_covered && !v->n_not_covered)
		text_add_str(&t, "all ");
	add_size(&t, v->covered_bytes);
	if (v->n_not_covered) {
		text_add_str(&t, " of ");
		add_size(&t, total);
	}
	line(s, STYLE_PLAIN, &t);
	s->out_of_memory |= t.failed;
	text_free(&t);
}

/* Ranges of one kind together. */
struct gap {
	const char *what;
	uint64_t bytes;
	size_t places;
	uint64_t first;
};

static int by_bytes(const void *a, const void *b)
{
	const struct gap *x = a, *y = b;

	return x->bytes > y->bytes ? -1 : x->bytes < y->bytes;
}

static void show_gaps(struct screen *s, const char *heading,
		      const struct isokit_verify_range *ranges, size_t n)
{
	struct gap gaps[64];
	size_t used = 0;
	struct text t = { 0 };

	for (size_t i = 0; i < n; i++) {
		const char *what = ranges[i].what ? ranges[i].what : "not covered";
		size_t k = 0;

		while (k < used && strcmp(gaps[k].what, what) != 0)
			k++;
		if (k == sizeof(gaps) / sizeof(gaps[0]))
			k--; /* more kinds than there are: with the last */
		if (k == used)
			gaps[used++] = (struct gap){ .what = what, .first = ranges[i].offset };
		gaps[k].bytes += ranges[i].bytes;
		gaps[k].places++;
	}
	if (used)
		qsort(gaps, used, sizeof(gaps[0]), by_bytes);
	for (size_t i = 0; i < used && i < MOST_KINDS_OF_GAP; i++) {
		text_clear(&t);
		add_size(&t, gaps[i].bytes);
		text_add_str(&t, " ");
		text_add_escaped(&t, gaps[i].what, strlen(gaps[i].what));
		if (gaps[i].places > 1)
			text_addf(&t, " (%zu places)", gaps[i].places);
		else
			text_addf(&t, " (at byte %llu)", (unsigned long long)gaps[i].first);
		screen_begin(s);
		if (!i)
			screen_add(s, STYLE_FAINT, heading);
		screen_tab(s, SCREEN_INDENT + GAP_INDENT);
		screen_fold(s, STYLE_FAINT, text_string(&t));
	}
	s->out_of_memory |= t.failed;
	text_free(&t);
}

static void show_scheme(struct screen *s, const struct isokit_verify_scheme *v, uint64_t total,
			bool verbose)
{
	struct text t = { 0 };
	size_t n = verbose || v->n_mismatches < MOST_MISMATCHES ? v->n_mismatches :
								  MOST_MISMATCHES;

	s->column = 0;
	screen_add(s, v->result == ISOKIT_VERIFY_MATCH ? STYLE_GOOD : STYLE_BAD,
		   isokit_verify_result_name(v->result));
	screen_tab(s, SCREEN_INDENT);
	text_addf(&t, "%s: ", scheme_words(v));
	text_add_escaped(&t, v->where, strlen(v->where));
	if (v->kinds) {
		text_add_str(&t, ", ");
		add_kinds(&t, v->kinds);
	}
	screen_fold(s, STYLE_PLAIN, t.n ? t.bytes : "");
	show_coverage(s, v, total);
	for (size_t i = 0; i < v->n_remarks; i++) {
		text_clear(&t);
		text_add_str(&t, v->remarks[i]);
		line(s, STYLE_PLAIN, &t);
	}
	for (size_t i = 0; i < n; i++)
		show_mismatch(s, &v->mismatches[i]);
	if (n < v->n_mismatches) {
		text_clear(&t);
		text_addf(&t, "and %zu more: -v or --json", v->n_mismatches - n);
		line(s, STYLE_FAINT, &t);
	}
	show_gaps(s, "not covered:", v->not_covered, v->n_not_covered);
	s->out_of_memory |= t.failed;
	text_free(&t);
}

enum isokit_status isokit_report_verification(const struct isokit_verification *verification,
					      const struct isokit_report_options *options,
					      isokit_write_fn write, void *ctx)
{
	struct screen s = { .color = options->color,
			    .width = options->width ? options->width : 80 };
	uint64_t total = 0, rest = 0;
	struct report_out out;
	struct text t = { 0 };

	report_out_start(&out, write, ctx);
	s.out = &out;
	for (size_t i = 0; i < verification->n_not_covered; i++)
		rest += verification->not_covered[i].bytes;
	for (size_t i = 0; i < verification->n_schemes; i++) {
		const struct isokit_verify_scheme *v = &verification->schemes[i];

		total = v->covered_bytes;
		for (size_t k = 0; k < v->n_not_covered; k++)
			total += v->not_covered[k].bytes;
		show_scheme(&s, v, total, options->verbose);
	}
	if (!verification->n_schemes) {
		text_add_str(&t, "no checksums: none in the image, none beside it; nothing could be "
				 "verified");
		screen_fold(&s, STYLE_BAD, text_string(&t));
	} else if (verification->n_schemes > 1 || !rest) {
		s.column = 0;
		if (!rest) {
			screen_tab(&s, SCREEN_INDENT);
			screen_fold(&s, STYLE_PLAIN, "all together cover every byte");
		} else {
			text_add_str(&t, "all together cover all but ");
			add_size(&t, rest);
			screen_tab(&s, SCREEN_INDENT);
			screen_fold(&s, STYLE_PLAIN, text_string(&t));
			show_gaps(&s, "namely", verification->not_covered,
				  verification->n_not_covered);
		}
	}
	s.out_of_memory |= t.failed;
	text_free(&t);
	return s.out_of_memory ? ISOKIT_E_NOMEM : report_out_end(&out);
}
