/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Discs: open the drives, decide, ask, do it one after the other, tell. */
#include "disc.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/interrupt.h"
#include "common/message.h"

static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static struct isokit_burn_options options_of(const struct writer_options *opt,
					     struct disc_progress *p)
{
	static const enum isokit_blanking blanking[] = {
		[BLANK_AS_NEEDED] = ISOKIT_BLANK_AS_NEEDED, [BLANK_FAST] = ISOKIT_BLANK_FAST,
		[BLANK_ALL] = ISOKIT_BLANK_ALL,		    [BLANK_DEFORMAT] = ISOKIT_BLANK_DEFORMAT,
		[BLANK_NEVER] = ISOKIT_BLANK_NEVER,
	};

	return (struct isokit_burn_options){
		.size = sizeof(struct isokit_burn_options), .simulate = opt->simulate,
		.multi = opt->multi, .eject = opt->eject, .no_verify = opt->no_verify,
		.any = opt->any, .speed_kb = opt->speed, .speed_x = opt->speed_x,
		.blank = blanking[opt->blank], .sha256 = opt->sha256,
		.sum = opt->hashes.set & 1U << ISOKIT_SHA256,
		.pseudo_folder = opt->pseudo_folder, .progress = disc_progress_tick,
		.progress_ctx = p,
	};
}

/* ---- the question ------------------------------------------------------------------------- */

/* The name of the drive has to be typed. */
static enum exit_code ask(const struct writer_options *opt, const char *path,
			  const struct isokit_disc_facts *f)
{
	bool from_stdin = opt->source && strcmp(opt->source, "-") == 0;
	int fd = from_stdin ? open("/dev/tty", O_RDONLY | O_CLOEXEC | O_NOCTTY) : STDIN_FILENO;
	char line[64];
	size_t n = 0;
	ssize_t got;

	if (fd < 0 || !isatty(fd)) {
		message_error(path, "what is on the medium would be lost, and there is no terminal to "
			      "ask on (--yes)");
		return EXIT_UNABLE;
	}
	message_info(path, "what is on this %s will be lost%s%s%s", f->profile_name,
		     f->volume_id[0] ? ": volume \"" : "", f->volume_id, f->volume_id[0] ? "\"" : "");
	message_info(NULL, "type %s to go on:", name_of(path));
	interrupt_exits("\niso-write: nothing was written\n", NULL, NULL);
	while (n + 1 < sizeof(line) && (got = read(fd, line + n, 1)) == 1 && line[n] != '\n')
		n++;
	line[n] = '\0';
	if (from_stdin)
		(void)close(fd);
	if (strcmp(line, name_of(path)) == 0 || strcmp(line, path) == 0)
		return EXIT_DONE;
	message_error(path, "that is not its name: nothing was written");
	return EXIT_UNABLE;
}

/* ---- what came of it ---------------------------------------------------------------------------- */

static void print_json(const struct writer_options *opt, const char *task,
		       const struct isokit_burner *b, const struct isokit_burn_plan *plan,
		       const struct isokit_burn_result *r, const struct isokit_error *err,
		       enum isokit_status st, struct output *out)
{
	(void)output_string(out, "{\"schema\":\"isokit.write/1\"");
	output_json_string(out, "task", task);
	output_json_string(out, "path", opt->source);
	output_json_bool(out, "ok", st == ISOKIT_OK);
	if (opt->simulate)
		output_json_bool(out, "simulated", true);
	(void)output_string(out, ",\"drives\":[");
	disc_result_json(opt, isokit_burner_facts(b), plan, r, st ? err->text : NULL, out);
	(void)output_string(out, "]}\n");
}

static void tell_libburn(const struct isokit_burner *b)
{
	size_t n;
	const char *const *lines = isokit_burner_messages(b, &n);

	for (size_t i = 0; i < n; i++)
		message_verbose(NULL, "%s", lines[i]);
}

static bool job_wrote(const struct isokit_burn_result *r)
{
	return r->end == ISOKIT_BURN_WRITTEN || r->end == ISOKIT_BURN_VERIFIED;
}

static enum exit_code tell(const struct writer_options *opt, const char *task, const char *path,
			   const struct isokit_burner *b, const struct isokit_burn_plan *plan,
			   const struct isokit_burn_result *r, const struct isokit_error *err,
			   enum isokit_status st, struct output *out)
{
	const struct isokit_disc_facts *f = isokit_burner_facts(b);
	bool music = f->audio && !f->volume_id[0];

	tell_libburn(b);
	if (opt->common.json)
		print_json(opt, task, b, plan, r, err, st, out);
	else if (!opt->common.quiet)
		disc_result_text(opt, path, r, out);
	if (!st && !f->pseudo && !music && !opt->eject && job_wrote(r))
		message_info(path, "before it is mounted here, open and close the tray (--eject opens "
			     "it): the kernel still has its old size");
	if (st == ISOKIT_E_CANCELLED)
		message_error(path, "interrupted%s%s", r->text[0] ? ": " : "", r->text);
	else if (st)
		message_failure(path, err);
	if (st && st != ISOKIT_E_CANCELLED && st != ISOKIT_E_MISMATCH && r->text[0])
		message_error(path, "%s", r->text);
	/* Another image than was meant is refused as long as nothing was written. */
	if (st == ISOKIT_E_MISMATCH && r->end == ISOKIT_BURN_UNTOUCHED)
		return EXIT_UNABLE;
	return exit_code_of(st);
}

/* ---- the tasks -------------------------------------------------------------------------------------- */

static enum exit_code refused(const char *path, const struct isokit_burner *b,
			      const struct isokit_burn_plan *plan)
{
	tell_libburn(b);
	message_error(path, "%s%s%s%s", plan->text, plan->remedy[0] ? " (" : "", plan->remedy,
		      plan->remedy[0] ? ")" : "");
	return EXIT_UNABLE;
}

static struct isokit_burner *open_burner(const struct writer_options *opt, const char *path,
					 struct disc_progress *p)
{
	struct isokit_burn_options how = options_of(opt, p);
	struct isokit_burner *b = NULL;
	struct isokit_error err = { 0 };

	disc_progress_start(p, opt, path);
	if (isokit_burner_open(path, &how, &b, &err))
		message_failure(path, &err);
	return b;
}

/* A drive that was named, held from the first look at its medium to the end. */
struct disc {
	const char *path;
	struct isokit_burner *burner; /* NULL: named before under another name */
	struct isokit_burn_plan plan;
	struct disc_progress progress;
};

/* What is in it, and what would be done. */
static enum exit_code look(const struct writer_options *opt, const struct isokit_burn_job *job,
			   struct disc *d, struct output *out)
{
	bool words = !opt->common.quiet && !opt->common.json, several = opt->n_devices > 1;
	const char *indent = several ? "  " : "";
	struct isokit_error err = { 0 };

	d->burner = open_burner(opt, d->path, &d->progress);
	if (!d->burner)
		return EXIT_UNABLE;
	if (several && words)
		(void)output_format(out, "%s:\n", d->path);
	if (words)
		disc_text(isokit_burner_facts(d->burner), indent, out);
	if (isokit_burner_decide(d->burner, job, &d->plan, &err)) {
		message_failure(d->path, &err);
		return EXIT_UNABLE;
	}
	if (d->plan.refusal != ISOKIT_BURN_GO)
		return refused(d->path, d->burner, &d->plan);
	if (words)
		(void)output_format(out, "%s%s\n", indent, d->plan.text);
	if (d->plan.note[0])
		(d->plan.lost ? message_warning : message_info)(d->path, "%s", d->plan.note);
	(void)output_flush(out);
	return EXIT_DONE;
}

static bool is_named_before(const struct disc *discs, size_t i)
{
	char a[PATH_MAX], b[PATH_MAX];

	for (size_t k = 0; k < i; k++)
		if (strcmp(discs[k].path, discs[i].path) == 0 ||
		    (realpath(discs[k].path, a) && realpath(discs[i].path, b) && strcmp(a, b) == 0))
			return true;
	return false;
}

/* As long as one of them is refused, or is not to lose what is on it, none is written. */
static enum exit_code prepare(const struct writer_options *opt, const struct isokit_burn_job *job,
			      struct disc *discs, struct output *out)
{
	enum exit_code code = EXIT_DONE;

	for (size_t i = 0; i < opt->n_devices; i++) {
		discs[i].path = opt->devices[i];
		if (!is_named_before(discs, i))
			code = exit_code_worse(code, look(opt, job, &discs[i], out));
	}
	for (size_t i = 0; code == EXIT_DONE && i < opt->n_devices; i++)
		if (discs[i].burner && discs[i].plan.loses && !opt->yes && !opt->simulate)
			code = ask(opt, discs[i].path, isokit_burner_facts(discs[i].burner));
	return code;
}

static enum exit_code run(const struct writer_options *opt, const char *task,
			  const struct isokit_burn_job *job, struct output *out)
{
	struct disc *discs = calloc(opt->n_devices, sizeof(*discs));
	enum exit_code code;

	if (!discs) {
		message_error(NULL, "out of memory");
		return EXIT_UNABLE;
	}
	code = prepare(opt, job, discs, out);
	if (code == EXIT_DONE) {
		interrupt_start(NULL, NULL, NULL);
		/* From here on a signal asks the drive to end the way that it can; nothing else
		 * may end the process meanwhile. */
		(void)interrupt_hold();
		interrupt_patient(); /* nor a pipe that nobody reads any more */
		for (size_t i = 0; code != EXIT_INTERRUPTED && i < opt->n_devices; i++) {
			struct isokit_burn_result result;
			struct isokit_error err = { 0 };
			struct disc *d = &discs[i];
			enum isokit_status st;

			if (!d->burner)
				continue;
			st = isokit_burner_run(d->burner, job, &result, &err);
			disc_progress_end(&d->progress);
			code = exit_code_worse(code, tell(opt, task, d->path, d->burner, &d->plan, &result,
							  &err, st, out));
			isokit_burner_close(d->burner, true);
			d->burner = NULL;
			(void)output_flush(out);
		}
	}
	for (size_t i = 0; i < opt->n_devices; i++)
		isokit_burner_close(discs[i].burner, false);
	free(discs);
	return code;
}

static enum exit_code disc_write(const struct writer_options *opt, struct output *out)
{
	struct disc_image image;
	enum exit_code code;
	struct stat st;

	if (opt->task == TASK_CLONE && (stat(opt->source, &st) != 0 || !S_ISBLK(st.st_mode))) {
		message_error(opt->source, "is no drive to clone; an image is written without --clone");
		return EXIT_UNABLE;
	}
	if (!disc_image_open(&image, opt))
		return EXIT_UNABLE;
	code = run(opt, "write", &image.job, out);
	/* Some of it shows only when it is read. */
	if (disc_image_tell_damages(&image, opt->source)) {
		message_error(opt->source, "is damaged, and so is what was written");
		code = exit_code_worse(code, EXIT_NO);
	}
	disc_image_close(&image);
	return code;
}

static enum exit_code disc_compare(const struct writer_options *opt, const char *path,
			    struct output *out)
{
	struct isokit_burn_result result = { 0 };
	struct isokit_error err = { 0 };
	struct disc_progress progress;
	struct disc_image image;
	struct isokit_burner *b;
	enum isokit_status st;
	enum exit_code code;

	if (!disc_image_open(&image, opt))
		return EXIT_UNABLE;
	if (image.fd >= 0) {
		message_error(opt->source, "is a stream: save it to a file first");
		disc_image_close(&image);
		return EXIT_UNABLE;
	}
	b = open_burner(opt, path, &progress);
	if (!b) {
		disc_image_close(&image);
		return EXIT_UNABLE;
	}
	interrupt_start(NULL, NULL, NULL);
	st = image.job.n_tracks == 1 && !image.tracks[0].audio ?
		     isokit_burner_compare(b, image.tracks[0].source, ISOKIT_BURN_ITS_PLACE, &result,
					   &err) :
		     isokit_burner_compare_job(b, &image.job, &result, &err);
	disc_progress_end(&progress);
	tell_libburn(b);
	if (opt->common.json) {
		print_json(opt, "compare", b, NULL, &result, &err, st, out);
	} else if (!opt->common.quiet && (!st || st == ISOKIT_E_MISMATCH)) {
		(void)output_format(out, "%s: %s, %" PRIu64 " bytes compared", path,
				    st ? "differs" : "equal", result.compared_bytes);
		disc_sound_text(&result, out);
		(void)output_string(out, "\n");
		disc_differences_text(&result, out);
	}
	if (st)
		message_failure(path, &err);
	code = exit_code_of(st);
	isokit_burner_close(b, false);
	disc_image_close(&image);
	return code;
}

bool disc_wanted(const struct writer_options *opt)
{
	for (size_t i = 0; i < opt->n_devices; i++)
		if (isokit_burner_is(opt->devices[i]))
			return true;
	return false;
}

/* What only sticks know. */
static const char *foreign_option(const struct writer_options *opt)
{
	return opt->as == AS_FILES ? "as=files" :
	       opt->persistence	   ? "persistence" :
	       opt->fix_gpt	   ? "fix-gpt" :
	       opt->bmap	   ? "bmap" :
	       opt->label	   ? "label" :
	       opt->fs		   ? "fs" :
	       opt->power_off	   ? "power-off" :
	       opt->unmount	   ? "unmount" :
	       opt->any_fixed_disk || opt->n_fixed_disks ? "fixed-disk" : NULL;
}

enum exit_code disc_run(const struct writer_options *opt, struct output *out)
{
	const char *foreign = foreign_option(opt);
	enum exit_code code = EXIT_DONE;

	for (size_t i = 0; i < opt->n_devices; i++)
		if (!isokit_burner_is(opt->devices[i])) {
			message_error(opt->devices[i], "is no drive for discs: these are written in a "
				      "call of their own");
			return EXIT_UNABLE;
		}
	if (foreign || opt->task == TASK_PROBE) {
		message_error(opt->devices[0], "--%s is for sticks and cards, not for discs",
			      foreign ? foreign : "probe");
		return EXIT_UNABLE;
	}
	if (opt->n_devices > 1 && opt->source && strcmp(opt->source, "-") == 0) {
		message_error(NULL, "a stream can be written to one disc only");
		return EXIT_UNABLE;
	}
	if (opt->hashes.set & ~(1U << ISOKIT_SHA256))
		message_warning(NULL, "of what is written to discs only the SHA-256 is printed");
	if (opt->task == TASK_RESTORE) /* blank, or clear what says that there are files */
		return run(opt, "restore", NULL, out);
	if (opt->task != TASK_COMPARE)
		return disc_write(opt, out);
	for (size_t i = 0; code != EXIT_INTERRUPTED && i < opt->n_devices; i++)
		code = exit_code_worse(code, disc_compare(opt, opt->devices[i], out));
	return code;
}

/* ---- the list ------------------------------------------------------------------------------------------- */

struct isokit_discs *disc_scan(const struct writer_options *opt)
{
	struct isokit_discs *discs = NULL;
	struct isokit_error err = { 0 };

	(void)opt;
	if (isokit_discs_scan(NULL, &discs, &err))
		message_failure(NULL, &err);
	return discs;
}

static const struct isokit_disc_facts *find(const struct isokit_discs *discs, const char *path)
{
	size_t n;
	const struct isokit_disc_facts *list = isokit_discs_list(discs, &n);

	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i].drive, path) == 0)
			return list + i;
	return NULL;
}

void disc_list_text(const struct isokit_discs *discs, const char *path, const char *indent,
		    struct output *out)
{
	const struct isokit_disc_facts *f = discs ? find(discs, path) : NULL;

	if (f)
		disc_text(f, indent, out);
}

void disc_list_json(const struct isokit_discs *discs, const char *path, struct output *out)
{
	const struct isokit_disc_facts *f = discs ? find(discs, path) : NULL;

	if (f)
		disc_json(f, out);
}
