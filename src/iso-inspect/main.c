/* SPDX-License-Identifier: GPL-3.0-or-later */
/* iso-inspect: open, ask the library, print. */
#include <stdlib.h>
#include <string.h>

#include "common/interrupt.h"
#include "common/message.h"
#include "inspect.h"

/* "name:" above the output of each of several images. */
static void print_header(const char *path, bool first, struct output *out)
{
	char name[4096];

	(void)isokit_escape(path, strlen(path), name, sizeof(name));
	if (!first)
		(void)output_string(out, "\n");
	(void)output_string(out, name);
	(void)output_string(out, ":\n");
}

static enum exit_code print_check(const struct isokit_facts *facts,
				  const struct inspect_options *opt, struct output *out)
{
	size_t n[3] = { 0, 0, 0 };

	for (size_t i = 0; i < facts->n_findings; i++)
		n[facts->findings[i].severity]++;
	if (opt->common.quiet || opt->common.json)
		return n[ISOKIT_ERROR] ? EXIT_NO : EXIT_DONE;
	(void)isokit_report_findings(facts, &opt->report, output_write, out);
	if (facts->n_findings == 0)
		(void)output_string(out, "no problems found\n");
	else
		(void)output_format(out, "%zu error%s, %zu warning%s, %zu note%s\n",
				    n[ISOKIT_ERROR], n[ISOKIT_ERROR] == 1 ? "" : "s",
				    n[ISOKIT_WARNING], n[ISOKIT_WARNING] == 1 ? "" : "s",
				    n[ISOKIT_NOTE], n[ISOKIT_NOTE] == 1 ? "" : "s");
	return n[ISOKIT_ERROR] ? EXIT_NO : EXIT_DONE;
}

/* A report that failed for another reason than the output itself. */
static enum exit_code report_result(enum isokit_status st, const char *path,
				    const struct output *out)
{
	if (st == ISOKIT_OK)
		return EXIT_DONE;
	if (!out->sys_errno)
		message_error(path, "%s", isokit_status_words(st));
	return EXIT_UNABLE;
}

static enum exit_code show_image(struct isokit_image *img, const char *path, bool first,
				 const struct inspect_options *opt, struct output *out)
{
	bool summary = !opt->check && !opt->require;
	enum exit_code code = EXIT_DONE;
	struct isokit_boot_verdict verdict;
	const struct isokit_facts *facts;
	struct isokit_facts given; /* with the name that the user wrote */
	struct isokit_error err;

	/* What is known without the walk is worth showing even when it fails. */
	if ((summary || opt->check || opt->common.json || require_needs_count(opt->require)) &&
	    isokit_image_count(img, &err) != ISOKIT_OK) {
		message_failure(path, &err);
		code = EXIT_UNABLE;
	}
	facts = isokit_image_facts(img);
	isokit_judge_boot(facts, &verdict);
	given = *facts;
	given.path = path;

	if (opt->common.json)
		code = exit_code_worse(code, report_result(isokit_report_json(&given, &verdict,
									      output_write, out),
							   path, out));
	else if (summary && !first)
		(void)output_string(out, "\n\n");
	if (summary && !opt->common.json)
		code = exit_code_worse(code, report_result(isokit_report_text(facts, &verdict,
									      &opt->report,
									      output_write, out),
							   path, out));
	if (opt->check) {
		if (opt->several && !opt->common.json && !opt->common.quiet)
			print_header(path, first, out);
		code = exit_code_worse(code, print_check(facts, opt, out));
	}
	if (opt->require)
		code = exit_code_worse(
			code, require_judge(opt->require, facts, &verdict,
					    opt->several ? path : NULL, opt->report.verbose,
					    opt->common.quiet || opt->common.json ? NULL : out));
	return code;
}

static enum exit_code inspect_one(const char *path, bool first, const struct inspect_options *opt,
				  struct output *out)
{
	struct isokit_source *src = NULL;
	struct isokit_image *img = NULL;
	enum exit_code code = EXIT_UNABLE;
	struct isokit_error err;

	if (strncmp(path, "http://", 7) == 0 || strncmp(path, "https://", 8) == 0) {
		(void)output_flush(out);
		message_error(path, "is an address, but only files and devices can be read");
		goto out;
	}
	if (isokit_source_open_file(path, &src, &err) != ISOKIT_OK ||
	    isokit_image_open(src, 0, &img, &err) != ISOKIT_OK) {
		/* What the others printed so far stands before this line. */
		(void)output_flush(out);
		message_failure(path, &err);
		goto out;
	}
	if (opt->list) {
		if (opt->several && !opt->common.json)
			print_header(path, first, out);
		code = list_image(img, path, opt, out);
	} else {
		code = show_image(img, path, first, opt, out);
	}
out:
	isokit_image_free(img);
	isokit_source_close(src);
	return code;
}

int main(int argc, char **argv)
{
	struct inspect_options opt;
	enum exit_code code;
	struct output out;
	bool stop;

	code = inspect_parse(&opt, argc, argv, &stop);
	interrupt_exits(NULL); /* it writes nothing that would have to be removed */
	if (!stop && output_start(&out)) {
		for (size_t i = 0; i < opt.n_images && !out.sys_errno; i++)
			code = exit_code_worse(code,
					       inspect_one(opt.images[i], i == 0, &opt, &out));
		code = exit_code_worse(code, output_finish(&out));
	} else if (!stop) {
		code = EXIT_UNABLE;
	}
	free(opt.images);
	return (int)code;
}
