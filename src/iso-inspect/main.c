/* SPDX-License-Identifier: GPL-3.0-or-later */
/* iso-inspect: open, ask the library, print. */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "common/confine.h"
#include "common/interrupt.h"
#include "common/message.h"
#include "common/progress.h"
#include "inspect.h"

/* One run over all images. */
struct run {
	const struct inspect_options *opt;
	struct checksums checksums;
	struct output out;
	bool printed; /* an image was shown: a gap comes before the next */
	bool confined;
	struct map_target map;
};

/* Between the images that are shown as text. */
static void print_gap(struct run *r, const char *gap)
{
	if (r->printed)
		(void)output_string(&r->out, gap);
	r->printed = true;
}

/* "name:" above the lines of each of several images. Not inlined: main() would have
 * this on its stack, where every page costs a microsecond or two. */
static __attribute__((noinline)) void print_header(struct run *r, const char *path)
{
	char name[4096];

	if (!r->opt->several)
		return;
	print_gap(r, "\n");
	(void)isokit_escape(path, strlen(path), name, sizeof(name));
	(void)output_string(&r->out, name);
	(void)output_string(&r->out, ":\n");
}

/* A report that failed for another reason than the output itself. */
static enum exit_code report_result(const struct run *r, const char *path, enum isokit_status st)
{
	if (st == ISOKIT_OK)
		return EXIT_DONE;
	if (!r->out.sys_errno)
		message_error(path, "%s", isokit_status_words(st));
	return EXIT_UNABLE;
}

static enum exit_code show_json(struct run *r, const char *path, const struct isokit_facts *facts,
				const struct isokit_boot_verdict *verdict,
				const struct isokit_verification *verification,
				const struct owner_view *owner)
{
	const struct isokit_report_extras extras = {
		.size = sizeof(extras), .verification = verification,
		.layout = owner->layout, .owner_ranges = owner->layout ? owner->ranges : NULL,
		.n_owner_ranges = owner->layout ? owner->n : 0,
	};
	struct isokit_facts given = *facts;

	given.path = path; /* as the user wrote it: "-", not "standard input" */
	return report_result(r, path, isokit_report_json_with(&given, verdict, &extras,
							      output_write, &r->out));
}

static enum exit_code show_summary(struct run *r, const char *path,
				   const struct isokit_facts *facts,
				   const struct isokit_boot_verdict *verdict)
{
	print_gap(r, "\n\n");
	return report_result(r, path, isokit_report_text(facts, verdict, &r->opt->report,
							 output_write, &r->out));
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static enum exit_code show_check(struct run *r, const char *path, const struct isokit_facts *facts)
{
	size_t n[3] = { 0, 0, 0 };
	enum exit_code code;

	for (size_t i = 0; i < facts->n_findings; i++)
		n[facts->findings[i].severity] += 1 + (size_t)facts->findings[i].more;
	code = n[ISOKIT_ERROR] ? EXIT_NO : EXIT_DONE;
	if (r->opt->common.quiet || r->opt->common.json)
		return code;
	print_header(r, path);
	code = exit_code_worse(code, report_result(r, path,
						   isokit_report_findings(facts, &r->opt->report,
									  output_write, &r->out)));
	if (facts->n_findings == 0)
		(void)output_string(&r->out, "no problems found\n");
	else
		(void)output_format(&r->out, "%zu error%s, %zu warning%s, %zu note%s\n",
				    n[ISOKIT_ERROR], plural(n[ISOKIT_ERROR]), n[ISOKIT_WARNING],
				    plural(n[ISOKIT_WARNING]), n[ISOKIT_NOTE],
				    plural(n[ISOKIT_NOTE]));
	return code;
}

/* --verify and --hash: nothing could be verified, or something differs, is a no. */
static enum exit_code show_checksums(struct run *r, const char *path,
				     const struct isokit_verification *v)
{
	enum exit_code code = EXIT_DONE;

	if (r->opt->verify && (!v->n_schemes || v->result != ISOKIT_VERIFY_MATCH))
		code = EXIT_NO;
	if (r->opt->common.json || (r->opt->common.quiet && !r->opt->hashes.n))
		return code;
	if (r->opt->verify && !r->opt->common.quiet)
		print_header(r, path);
	return exit_code_worse(code, checksums_print(r->opt, path, v, &r->out));
}

static enum exit_code show_owner(struct run *r, const char *path, const struct owner_view *v)
{
	if (r->opt->common.json || r->opt->common.quiet || !v->layout)
		return EXIT_DONE;
	print_header(r, path);
	return report_result(r, path, owner_print(v, &r->out));
}

static int show_progress(void *ctx, uint64_t done)
{
	progress_update(ctx, done);
	return 0;
}

/* Raw sectors are checked one by one, which reads the whole file. */
static enum isokit_status check_sectors(const struct inspect_options *opt,
					struct isokit_image *img, struct isokit_source *file,
					struct isokit_error *err)
{
	struct progress p;
	enum isokit_status st;

	progress_start(&p, &opt->common, "checking sectors", NULL, isokit_source_size(file));
	st = isokit_image_check_sectors(img, file, show_progress, &p, err);
	progress_end(&p);
	return st;
}

/* Nothing else was asked for. */
static bool is_summary(const struct inspect_options *opt)
{
	return !opt->check && !opt->require && !opt->common.json && !opt->verify &&
	       !opt->hashes.n && !opt->owner.n && !opt->map;
}

static enum exit_code show_image(struct run *r, size_t i, struct isokit_source *src,
				 struct isokit_source *file, struct isokit_image *img)
{
	const struct inspect_options *opt = r->opt;
	const char *path = opt->images[i];
	bool checksums = opt->verify || opt->hashes.n;
	bool summary = is_summary(opt);
	struct owner_view owner = { .n = 0 };
	struct isokit_verification *verification = NULL;
	bool silent = opt->common.quiet || opt->common.json;
	const struct isokit_facts *facts = isokit_image_facts(img);
	enum exit_code code = EXIT_DONE;
	enum isokit_status st = ISOKIT_OK;
	struct isokit_boot_verdict verdict;
	struct isokit_error err;

	/* What is known without the walk is worth showing even when it fails. */
	if (opt->check || require_needs_check(opt->require))
		st = isokit_image_check(img, &err);
	else if ((summary && opt->report.verbose) || opt->common.json)
		st = isokit_image_count(img, &err);
	if (st == ISOKIT_OK && opt->check && file)
		st = check_sectors(opt, img, file, &err);
	if (st != ISOKIT_OK) {
		message_failure(path, &err);
		code = EXIT_UNABLE;
	}
	if (checksums)
		code = exit_code_worse(code, checksums_compute(&r->checksums, opt, i, src, file,
							       img, &verification));
	if (opt->owner.n) {
		(void)output_flush(&r->out);
		code = exit_code_worse(code, owner_look(img, path, opt, &owner));
	}
	isokit_judge_boot(facts, &verdict);
	/* What was asked for and could not be had leaves no object that seems whole. */
	if (opt->common.json && !(opt->owner.n && !owner.layout))
		code = exit_code_worse(code, show_json(r, path, facts, &verdict, verification,
						       &owner));
	if (summary)
		code = exit_code_worse(code, show_summary(r, path, facts, &verdict));
	if (opt->check)
		code = exit_code_worse(code, show_check(r, path, facts));
	if (opt->owner.n)
		code = exit_code_worse(code, show_owner(r, path, &owner));
	if (opt->require)
		code = exit_code_worse(code, require_judge(opt->require, facts, &verdict,
							   opt->several ? path : NULL,
							   opt->report.verbose,
							   silent ? NULL : &r->out));
	if (verification)
		code = exit_code_worse(code, show_checksums(r, path, verification));
	if (verification)
		isokit_verification_free(verification);
	owner_end(&owner);
	return code;
}

/* A plain summary and a listing cost the same for ten files and for a million. */
static bool is_quick(const struct inspect_options *opt)
{
	return opt->list || (!opt->check && !opt->require && !opt->common.json &&
			     !opt->report.verbose && !opt->owner.n && !opt->map);
}

static bool any_address(const struct inspect_options *opt)
{
	for (size_t i = 0; i < opt->n_images; i++)
		if (isokit_source_is_url(opt->images[i]))
			return true;
	return false;
}

/* Files of libraries are out of reach later. */
static enum exit_code start_network(const struct inspect_options *opt)
{
	struct isokit_error err;

	if (!any_address(opt) || isokit_source_load_urls(&err) == ISOKIT_OK)
		return EXIT_DONE;
	message_failure(NULL, &err);
	return EXIT_UNABLE;
}

static enum isokit_status open_source(const char *path, struct isokit_source **ret_src,
				      struct isokit_error *err)
{
	return isokit_source_is_url(path) ? isokit_source_open_url(path, ret_src, err) :
					    isokit_source_open_file(path, ret_src, err);
}

/* Image number i is open, and no byte of it was looked at. From here on the others
 * can be opened for reading, and nothing else. */
static void confine(struct run *r, size_t i)
{
	const struct inspect_options *opt = r->opt;
	const struct confine_needs needs = {
		.network = any_address(opt),
		.read_files = (const char *const *)opt->images + i + 1,
		.n_read_files = opt->n_images - i - 1,
		.write_folder = r->map.folder,
		.threads = opt->verify || opt->hashes.n,
	};
	struct confine_state state;

	if (r->confined)
		return;
	r->confined = true;
	confine_start(&needs, &state);
	if (opt->common.verbose < 2)
		return;
	if (state.landlock)
		message_verbose(NULL, "confined by Landlock, version %u", state.landlock);
	if (state.seccomp)
		message_verbose(NULL, "confined by a seccomp filter");
	if (!state.landlock && !state.seccomp)
		message_verbose(NULL, "not confined: the kernel offers nothing");
}

static enum exit_code inspect_one(struct run *r, size_t i)
{
	const char *path = r->opt->images[i];
	const struct isokit_image_options options = { .size = sizeof(options),
						      .quick = is_quick(r->opt),
						      .session = r->opt->session };
	struct isokit_source *src = NULL, *file = NULL;
	bool checksums = r->opt->verify || r->opt->hashes.n;
	struct isokit_image *img = NULL;
	enum exit_code code = EXIT_UNABLE;
	struct isokit_error err;

	/* What the others printed so far stands before a message. */
	if (open_source(path, &src, &err) != ISOKIT_OK ||
	    /* Hashes and sectors are of the file, also where the image lies inside it. */
	    ((checksums || r->opt->check) && !isokit_source_is_url(path) &&
	     isokit_source_open_file(path, &file, &err) != ISOKIT_OK) ||
	    (confine(r, i), open_image(&src, &options, &img, &err)) != ISOKIT_OK) {
		(void)output_flush(&r->out);
		message_failure(path, &err);
	} else if (r->opt->list) {
		if (!r->opt->common.json)
			print_header(r, path);
		code = list_image(img, path, r->opt, &r->out);
	} else {
		code = r->opt->map ? map_image(img, path, r->opt, &r->map, &r->out) : EXIT_DONE;
		code = exit_code_worse(code,
				       show_image(r, i, src,
						  isokit_image_facts(img)->container ? file : NULL,
						  img));
	}
	isokit_image_free(img);
	isokit_source_close(src);
	isokit_source_close(file);
	return code;
}

int main(int argc, char **argv)
{
	struct inspect_options opt;
	struct run r = { .opt = &opt };
	enum exit_code code;
	bool stop;

	/* All that a summary needs in one step of the heap, given back at the end. */
	(void)mallopt(M_TOP_PAD, 512 * 1024);
	(void)mallopt(M_MMAP_THRESHOLD, 256 * 1024);
	(void)mallopt(M_TRIM_THRESHOLD, 64 * 1024 * 1024);
	code = inspect_parse(&opt, argc, argv, &stop);
	interrupt_exits(NULL, NULL, NULL); /* what would have to be removed is written with signals held */
	if (!stop && opt.map && !map_prepare(&r.map, opt.map)) {
		stop = true;
		code = EXIT_UNABLE;
	}
	if (!stop)
		code = checksums_start(&r.checksums, &opt);
	if (!stop && code == EXIT_DONE)
		code = start_network(&opt);
	stop |= code != EXIT_DONE;
	if (!stop && output_start(&r.out)) {
		for (size_t i = 0; i < opt.n_images && !r.out.sys_errno; i++)
			code = exit_code_worse(code, inspect_one(&r, i));
		code = exit_code_worse(code, output_finish(&r.out));
	} else if (!stop) {
		code = EXIT_UNABLE;
	}
	checksums_end(&r.checksums, &opt);
	map_end(&r.map);
	free(opt.images);
	free(opt.owner.list);
	return exit_at_once(code);
}
