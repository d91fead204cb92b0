/* SPDX-License-Identifier: GPL-3.0-or-later */
/* iso-convert: options, the library's steps one after the other, the summary. */
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/interrupt.h"
#include "common/message.h"
#include "common/watch.h"
#include "convert.h"

/* For the handler of signals. */
static struct isokit_convert *_Atomic current;

/* To stderr, from number *seen on. */
static void print_notes(const struct convert_options *opt, struct isokit_convert *c, size_t *seen)
{
	size_t n;
	const struct isokit_convert_note *notes = isokit_convert_get_notes(c, &n);

	for (; *seen < n; (*seen)++)
		if (notes[*seen].kind == ISOKIT_CONVERT_WARNING)
			message_warning(notes[*seen].path, "%s", notes[*seen].text);
		else if (opt->to_stdout)
			message_info(notes[*seen].path, "%s", notes[*seen].text);
}

/* Is the result less than what was to be had? */
static enum exit_code judge(const struct isokit_convert_result *r)
{
	const struct isokit_facts *f = r->facts;

	if (r->n_damages || r->damages_lost || r->n_gaps || r->audio_lost)
		return EXIT_NO;
	for (size_t i = 0; i < r->n_losses; i++)
		if (r->losses[i].damage)
			return EXIT_NO;
	for (size_t i = 0; f && i < f->n_findings; i++)
		if (f->findings[i].severity == ISOKIT_ERROR)
			return EXIT_NO;
	return EXIT_DONE;
}

static enum isokit_status open_input(struct convert_options *opt, const char *path,
				     struct isokit_convert **ret, struct isokit_error *err)
{
	enum isokit_status st = isokit_convert_open(path, &opt->lib, ret, err);

	/* Who can be asked, is. */
	if (st != ISOKIT_E_UNSUPPORTED || opt->password_file || !isatty(STDIN_FILENO) ||
	    !strstr(err->text, "password"))
		return st;
	if (!password_ask(&opt->password, path)) {
		if (interrupt_pending())
			st = err->status = ISOKIT_E_CANCELLED;
		return st;
	}
	opt->lib.password = opt->password.bytes;
	opt->lib.password_bytes = opt->password.n;
	return isokit_convert_open(path, &opt->lib, ret, err);
}

static const char *interrupted(const struct convert_options *opt)
{
	return opt->lib.map_file ? "interrupted; the same command goes on from the map" :
				   "interrupted; nothing was written";
}

static enum exit_code failed(const struct convert_options *opt, const char *path,
			     const struct isokit_error *err)
{
	if (err->status == ISOKIT_E_CANCELLED) {
		(void)interrupt_hold(); /* one line is enough */
		message_error(NULL, "%s", interrupted(opt));
	} else {
		struct isokit_error said = *err;
		size_t n = strlen(said.text);

		if (err->sys_errno == EIO && !opt->lib.map_file && !opt->to_stdout)
			(void)snprintf(said.text + n, sizeof(said.text) - n,
				       " (--map-file=FILE goes on around it)");
		message_failure(path, &said);
	}
	return exit_code_of(err->status);
}

static enum isokit_status write_image(const struct convert_options *opt, struct isokit_convert *c,
				      const char *output, struct isokit_error *err)
{
	if (opt->to_stdout)
		return isokit_convert_write_fd(c, STDOUT_FILENO, "standard output", err);
	return isokit_convert_write_path(c, output, err);
}

static enum exit_code convert(struct convert_options *opt, const char *path,
			      struct isokit_convert *c, struct output *out, struct watch *watch)
{
	const struct isokit_convert_plan *plan = isokit_convert_get_plan(c);
	bool only_audio = opt->audio && plan->action == ISOKIT_CONVERT_NOTHING;
	bool text = !opt->common.quiet && !opt->common.json;
	struct isokit_error err = { 0 };
	enum exit_code code = EXIT_DONE;
	enum isokit_status st = ISOKIT_OK;
	char *output = NULL;
	size_t seen = 0, audio = 0;

	if (plan->action == ISOKIT_CONVERT_NOTHING && !only_audio) {
		print_notes(opt, c, &seen);
		message_error(path, "%s", plan->why);
		return EXIT_UNABLE;
	}
	if (!only_audio && !opt->to_stdout) {
		output = output_name(opt, path, plan);
		if (!output)
			return EXIT_UNABLE;
	}
	if (text && !only_audio) {
		if (opt->to_stdout)
			message_info(path, "%s: %s", isokit_convert_action_name(plan->action),
				     plan->words);
		else
			summary_print_action(path, plan, out);
	}
	if (!opt->to_stdout)
		(void)output_flush(out);
	print_notes(opt, c, &seen);
	if (opt->audio)
		st = isokit_convert_write_audio(c, opt->audio, &audio, &err);
	if (!st && !only_audio)
		st = write_image(opt, c, output, &err);
	watch_end(watch);
	if (st) {
		code = failed(opt, err.subject[0] ? NULL : path, &err);
	} else if (only_audio && audio == 0) {
		message_error(path, "%s", isokit_convert_get_result(c)->audio_lost ?
			      "none of its audio tracks can be read" : plan->why);
		code = EXIT_UNABLE;
	}
	print_notes(opt, c, &seen);
	if (code == EXIT_DONE)
		code = judge(isokit_convert_get_result(c));
	if (!st && opt->to_stdout)
		for (size_t i = 0; i < opt->hashes.n; i++)
			message_error("standard output", "%s %s",
				      isokit_digest_name(opt->hashes.order[i]),
				      isokit_convert_get_result(c)->hash[opt->hashes.order[i]]);
	if (!st && !opt->to_stdout && code != EXIT_UNABLE)
		summary_print(opt, path, output, c, audio, out);
	free(output);
	return code;
}

static enum exit_code handle(struct convert_options *opt, const char *path, struct output *out)
{
	struct watch watch = { .common = &opt->common };
	struct isokit_convert *c = NULL;
	struct isokit_error err = { 0 };
	enum exit_code code = EXIT_DONE;
	enum isokit_status st;

	opt->lib.progress = watch_progress;
	opt->lib.progress_ctx = &watch;
	st = open_input(opt, path, &c, &err);
	watch_end(&watch);
	if (st) {
		if (!opt->to_stdout)
			(void)output_flush(out);
		/* A wrong password is no answer: nothing was done. */
		code = failed(opt, path, &err);
		return code == EXIT_NO ? EXIT_UNABLE : code;
	}
	atomic_store(&current, c);
	if (opt->list)
		list_print(opt, path, c, out);
	else
		code = convert(opt, path, c, out, &watch);
	atomic_store(&current, NULL);
	isokit_convert_free(c);
	return code;
}

static void clean_up(void *ctx)
{
	(void)ctx;
	isokit_convert_abandon(atomic_load(&current));
}

int main(int argc, char **argv)
{
	struct convert_options opt;
	struct output out;
	enum exit_code code;
	bool stop;

	code = convert_parse(&opt, argc, argv, &stop);
	if (!stop && !output_start(&out)) {
		code = EXIT_UNABLE;
	} else if (!stop) {
		/* A reader of a stream may keep it waiting: a signal ends the program at once. */
		if (opt.to_stdout)
			interrupt_exits("iso-convert: interrupted; the image is incomplete\n",
					clean_up, NULL);
		else
			interrupt_start("iso-convert: interrupted; nothing was written\n", clean_up,
					NULL);
		for (size_t i = 0; i < opt.n_inputs && code != EXIT_INTERRUPTED; i++)
			code = exit_code_worse(code, handle(&opt, opt.inputs[i], &out));
		code = exit_code_worse(code, output_finish(&out));
	}
	convert_release(&opt);
	return (int)code;
}
