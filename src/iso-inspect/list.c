/* SPDX-License-Identifier: GPL-3.0-or-later */
/* --list: one line for each file of a name space. */
#include <stdio.h>
#include <string.h>

#include "common/message.h"
#include "inspect.h"

struct listing {
	const struct isokit_report_options *report;
	struct output *out;
	bool json;
	enum isokit_status status; /* of a line that could not be made */
};

static int print_entry(void *ctx, const struct isokit_entry *entry)
{
	struct listing *l = ctx;

	if (l->json)
		l->status = isokit_report_entry_json(entry, l->report, output_write, l->out);
	else
		l->status = isokit_report_entry_text(entry, l->report, output_write, l->out);
	return l->status != ISOKIT_OK;
}

static void complain_absent(const char *path, const struct isokit_facts *facts,
			    enum isokit_namespace_kind wanted)
{
	char there[128] = "";
	size_t used = 0;

	for (size_t i = 0; i < ISOKIT_NS_COUNT; i++) {
		int n;

		if (!facts->namespaces[i].present || i == ISOKIT_NS_HFS)
			continue;
		n = snprintf(there + used, sizeof(there) - used, "%s%s", used ? ", " : "",
			     isokit_namespace_name((enum isokit_namespace_kind)i));
		if (n > 0 && (size_t)n < sizeof(there) - used)
			used += (size_t)n;
	}
	message_error(path, "has no %s names, choose from: %s", isokit_namespace_name(wanted),
		      there);
}

enum exit_code list_image(struct isokit_image *img, const char *path,
			  const struct inspect_options *opt, struct output *out)
{
	const struct isokit_facts *facts = isokit_image_facts(img);
	enum isokit_namespace_kind ns = opt->names_auto ? isokit_image_best_namespace(img)
							: opt->names;
	struct isokit_report_options report = opt->report;
	struct listing l = { .report = &report, .out = out, .json = opt->common.json };
	struct isokit_error err;
	enum isokit_status st;

	if (!facts->namespaces[ns].present) {
		complain_absent(path, facts, ns);
		return EXIT_UNABLE;
	}
	if (opt->several)
		report.image = path;
	st = isokit_image_walk(img, ns, opt->list_path ? opt->list_path : "/", print_entry, &l,
			       &err);
	if (st == ISOKIT_OK)
		return EXIT_DONE;
	if (out->sys_errno)
		return EXIT_UNABLE; /* output_finish() says why */
	(void)output_flush(out);
	if (st == ISOKIT_E_CANCELLED && l.status == ISOKIT_E_NOMEM)
		message_error(path, "out of memory");
	else
		message_failure(path, &err);
	return EXIT_UNABLE;
}
