/* SPDX-License-Identifier: GPL-3.0-or-later */
/* iso-build: options, the library's steps one after the other, the summary. */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "build.h"
#include "common/interrupt.h"
#include "common/message.h"
#include "common/watch.h"

enum { BLOCK_BYTES = 2048 };

static const char interrupted[] = "interrupted; nothing was written";

/* For the handler of signals. */
static struct isokit_build *_Atomic current;

static enum isokit_status write_image(const struct build_options *opt, struct isokit_build *build,
				      struct isokit_error *err)
{
	if (opt->dry_run)
		return isokit_build_rehearse(build, err);
	if (opt->to_stdout)
		return isokit_build_write_fd(build, STDOUT_FILENO, "standard output", err);
	return isokit_build_write_path(build, opt->output, err);
}

static void print_blocks(struct isokit_build *build, struct output *out)
{
	uint64_t bytes = isokit_build_get_plan(build)->image_bytes;

	(void)output_format(out, "%llu\n", (unsigned long long)(bytes / BLOCK_BYTES));
}

static enum exit_code failure(struct watch *w, const struct isokit_build *build,
			      const struct isokit_error *err)
{
	watch_end(w);
	/* Why the image to start from was refused. */
	if (err->status == ISOKIT_E_CORRUPT && build != NULL)
		base_print_findings(build);
	if (err->status == ISOKIT_E_CANCELLED) {
		(void)interrupt_hold(); /* one line is enough */
		message_error(NULL, "%s", interrupted);
	} else {
		message_failure(NULL, err);
	}
	return exit_code_of(err->status);
}

/* Whether the image would boot as it is meant to is known before anything is written. */
static enum isokit_status try_goal(const struct build_options *opt, struct isokit_build *build,
				   bool *ret_reached, struct isokit_error *err)
{
	enum isokit_status status;

	if (opt->lib.goal == ISOKIT_BUILD_FOR_ANY || opt->lib.goal == ISOKIT_BUILD_FOR_DATA ||
	    opt->print_size)
		return ISOKIT_OK;
	status = isokit_build_rehearse(build, err);
	if (status >= 0)
		*ret_reached = goal_check(opt, build, isokit_build_get_result(build)->verdict);
	return status;
}

/* Known before anything is written: can a line be added to that file? */
static bool scdbackup_check(const struct build_options *opt)
{
	const char *path = opt->scdbackup_file, *slash = path != NULL ? strrchr(path, '/') : NULL;
	char *folder;
	bool good;

	if (path == NULL || opt->dry_run || opt->print_size)
		return true;
	good = access(path, W_OK) == 0;
	if (!good && errno == ENOENT) {
		folder = slash != NULL ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
		good = folder != NULL && access(folder, W_OK | X_OK) == 0;
		free(folder);
	}
	if (!good)
		message_error(path, "cannot be written: %s", strerror(errno));
	return good;
}

/* The record of the tag at the end of a file that has those of other volumes. */
static bool scdbackup_append(const struct build_options *opt,
			     const struct isokit_build_result *result)
{
	FILE *f;
	bool good;

	if (result->scdbackup[0] == '\0') {
		message_warning(NULL, "no scdbackup tag: it needs --md5 and an image that begins at block 0");
		return true;
	}
	if (opt->scdbackup_file == NULL)
		return true;
	f = fopen(opt->scdbackup_file, "ae");
	good = f != NULL && fprintf(f, "%s\n", result->scdbackup) > 0;
	good = (f == NULL || fclose(f) == 0) && good;
	if (!good)
		message_error(opt->scdbackup_file, "cannot be written: %s", strerror(errno));
	return good;
}

static enum exit_code build_image(struct build_options *opt, struct output *out)
{
	struct watch watch = { .common = &opt->common };
	struct isokit_build *build = NULL;
	struct isokit_error err = { 0 };
	enum exit_code code = EXIT_DONE;
	enum isokit_status status;
	bool summary = opt->error_summary ||
		       ((!opt->to_stdout || opt->dry_run) && !opt->quiet_summary);
	bool fits, reached = true, written = false;
	size_t seen = 0;

	if (!scdbackup_check(opt))
		return EXIT_UNABLE;
	opt->lib.progress = watch_progress;
	opt->lib.progress_ctx = &watch;
	status = isokit_build_new(&opt->lib, &build, &err);
	atomic_store(&current, build);
	if (status >= 0 && opt->output != NULL && !opt->to_stdout)
		status = isokit_build_set_output(build, opt->output, &err);
	if (status >= 0)
		status = steps_apply(opt, build, &err);
	if (status >= 0)
		status = isokit_build_plan(build, &err);
	watch_end(&watch);
	if (build != NULL)
		notes_print(build, !summary, &seen);
	if (status >= 0 && opt->print_size)
		print_blocks(build, out);
	fits = status < 0 || fit_check(opt, isokit_build_get_plan(build)->image_bytes);
	if (status >= 0 && fits)
		status = try_goal(opt, build, &reached, &err);
	if (!fits || !reached)
		code = EXIT_UNABLE;
	/* A dry run shows what there is too much of, and what is missing. */
	if (status >= 0 && ((fits && reached) || opt->dry_run) && !opt->print_size) {
		if (!opt->dry_run || isokit_build_get_result(build) == NULL)
			status = write_image(opt, build, &err);
		written = true;
	}
	watch_end(&watch);
	if (status < 0)
		code = failure(&watch, build, &err);
	if (build != NULL)
		notes_print(build, !summary, &seen);
	if (status >= 0 && written && summary && (!opt->common.quiet || opt->common.json))
		summary_print(opt, build, out);
	if (status >= 0 && written && !opt->dry_run && opt->lib.scdbackup_name != NULL &&
	    !scdbackup_append(opt, isokit_build_get_result(build)))
		code = EXIT_UNABLE;
	atomic_store(&current, NULL);
	isokit_build_free(build);
	return code;
}

static void clean_up(void *ctx)
{
	(void)ctx;
	isokit_build_abandon(atomic_load(&current));
}

/* Of a stream nothing is there to be removed, and its reader may keep it waiting: then
 * a signal ends the program at once. A file needs cleaning up. */
static void catch_signals(const struct build_options *opt)
{
	struct stat st;
	bool stream = opt->to_stdout ||
		      (opt->output != NULL && stat(opt->output, &st) == 0 && !S_ISREG(st.st_mode));

	if (stream)
		interrupt_exits("iso-build: interrupted; the image is incomplete\n", clean_up,
				NULL);
	else
		interrupt_start("iso-build: interrupted; nothing was written\n", clean_up, NULL);
}

int main(int argc, char **argv)
{
	struct build_options opt;
	struct output out;
	enum exit_code code;
	bool stop;

	code = build_parse(&opt, argc, argv, &stop);
	if (!stop && !output_start(&out)) {
		code = EXIT_UNABLE;
	} else if (!stop) {
		catch_signals(&opt);
		if (opt.error_summary)
			out.fd = STDERR_FILENO;
		code = build_image(&opt, &out);
		code = exit_code_worse(code, output_finish(&out));
	}
	build_release(&opt);
	return (int)code;
}
