/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the drives that were named to what became of them. Nothing is written before
 * everything was looked at, and asked. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/confine.h"
#include "common/interrupt.h"
#include "common/message.h"
#include "common/progress.h"
#include "inhibit.h"
#include "lines.h"
#include "report.h"

struct job {
	struct writer_options *opt; /* a password may be asked for */
	const struct isokit_drives *drives;
	struct output *out;
	struct target *targets;
	size_t n;
	bool confined;
	bool asks;             /* there will be a question */
	struct checks checks;
	struct isokit_write *write;
	struct progress look;  /* while the image is looked at */
	const char *look_phase;
	struct lines lines;
	bool running;
	size_t notes_seen;
};

static bool writes(const struct writer_options *opt)
{
	return opt->task != TASK_COMPARE && opt->task != TASK_LIST;
}

/* ---- which drives ------------------------------------------------------------------- */

static bool is_block_device(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISBLK(st.st_mode);
}

/* The drive where the image should be, and the other way round? */
static bool turned_round(const struct writer_options *opt, const char *device)
{
	struct stat st;

	return opt->source && opt->task != TASK_CLONE && is_block_device(opt->source) &&
	       stat(device, &st) == 0 && S_ISREG(st.st_mode);
}

/* A drive that is named twice counts once. */
static bool find_targets(struct job *j)
{
	struct isokit_error err = { 0 };
	bool ok = true;

	for (size_t i = 0; i < j->opt->n_devices; i++) {
		const struct isokit_drive *d = NULL;
		bool again = false;

		if (isokit_drives_find(j->drives, j->opt->devices[i], &d, &err)) {
			if (turned_round(j->opt, j->opt->devices[i]))
				message_error(j->opt->devices[i], "is a file, not a drive: the image "
					      "comes first, then the drive");
			else
				message_failure(j->opt->devices[i], &err);
			ok = false;
			continue;
		}
		for (size_t k = 0; k < j->n; k++)
			again |= j->targets[k].drive == d;
		if (!again)
			j->targets[j->n++] = (struct target){
				.drive = d, .fixed = is_fixed_disk(j->opt, j->drives, d),
				.unmount = j->opt->unmount || j->asks,
			};
	}
	for (size_t i = 0; i < j->opt->n_fixed_disks; i++) {
		const struct isokit_drive *d = NULL;
		bool found = false;

		if (isokit_drives_find(j->drives, j->opt->fixed_disks[i], &d, &err)) {
			message_failure(j->opt->fixed_disks[i], &err);
			ok = false;
			continue;
		}
		for (size_t k = 0; k < j->n; k++)
			found |= j->targets[k].drive == d;
		if (!found && ok) {
			message_error(j->opt->fixed_disks[i], "--fixed-disk allows it, but it is not "
				      "one of the drives to write to");
			ok = false;
		}
	}
	return ok;
}

/* What was asked for and cannot be done is said before anything else is. */
static bool suits(const struct job *j)
{
	const struct writer_options *opt = j->opt;
	bool ok = true;

	if (opt->disc_word) {
		message_error(NULL, "--%s is for discs, and %s is none", opt->disc_word,
			      j->targets[0].drive->path);
		return false;
	}
	for (size_t i = 0; opt->power_off && i < j->n; i++) {
		const struct isokit_drive *d = j->targets[i].drive;

		if (d->hotplug)
			continue;
		message_error(d->path, "cannot be switched off: it is built in (%s); nothing was "
			      "done (without --power-off it is)", d->bus);
		ok = false;
	}
	return ok;
}

/* With --clone, or as the image. What is no whole drive has no more to be said of. */
static bool source_drive(const struct job *j, const struct isokit_drive **ret)
{
	struct isokit_error err = { 0 };

	return writes(j->opt) && j->opt->source && is_block_device(j->opt->source) &&
	       isokit_drives_find(j->drives, j->opt->source, ret, &err) == ISOKIT_OK;
}

static bool source_suits(const struct job *j)
{
	const struct isokit_drive *from = NULL;
	bool ok = true;

	if (!source_drive(j, &from))
		return true;
	for (size_t i = 0; i < j->n; i++) {
		const struct isokit_drive *to = j->targets[i].drive;

		if (to == from) {
			message_error(to->path, "refused: is the drive that is to be read (name another "
				      "one to write to)");
			ok = false;
		} else if (to->logical_sector != from->logical_sector && !j->opt->any &&
			   j->opt->as != AS_FILES && (*from->table || *from->fs)) {
			message_error(to->path, "has sectors of %u bytes, and %s of %u: its partitions "
				      "and file systems count in those, and would not be found; take "
				      "another drive (--any writes it all the same)",
				      to->logical_sector, from->path, from->logical_sector);
			ok = false;
		}
	}
	return ok;
}

/* Nothing keeps it from being read. */
static void say_in_use(const struct job *j)
{
	const struct isokit_drive *from = NULL;

	if (!source_drive(j, &from))
		return;
	for (size_t i = 0; i < from->n_uses; i++) {
		const struct isokit_drive_use *u = &from->uses[i];

		if (u->kind == ISOKIT_USE_MEMBER || u->kind == ISOKIT_USE_FSTAB)
			continue;
		message_warning(from->path, "is in use (%s > %s): of what is written to it meanwhile "
				"the copy may have a half", u->chain, u->where);
		return;
	}
}

static void say_refused(const struct target *t, const struct isokit_guard_reason *reasons,
			size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct isokit_guard_reason *r = &reasons[i];

		if (i == 0)
			message_error(t->drive->path, "refused: %s%s%s%s", r->text,
				      *r->remedy ? " (" : "", r->remedy, *r->remedy ? ")" : "");
		else
			message_verbose(t->drive->path, "refused also: %s%s%s%s", r->text,
					*r->remedy ? " (" : "", r->remedy, *r->remedy ? ")" : "");
	}
}

/* The file of a loop device can be the image itself, which no number tells. */
static bool is_own_file(const struct writer_options *opt, const struct isokit_drive *d)
{
	bool stream = opt->source && strcmp(opt->source, "-") == 0;
	struct stat image, backing;

	return opt->source && *d->backing &&
	       (stream ? fstat(STDIN_FILENO, &image) : stat(opt->source, &image)) == 0 &&
	       stat(d->backing, &backing) == 0 && image.st_dev == backing.st_dev &&
	       image.st_ino == backing.st_ino;
}

/* Each drive that is refused is named before anything is done with the others. */
static bool guard(struct job *j)
{
	struct isokit_guard_reason reasons[ISOKIT_GUARD_MAX];
	struct isokit_error err = { 0 };
	bool ok = true;

	for (size_t i = 0; i < j->n; i++) {
		struct isokit_guard_question q = { .size = sizeof(q) };
		size_t n;

		if (j->write)
			isokit_write_get_question(j->write, &q);
		q.fixed_disk = j->targets[i].fixed;
		q.unmount = j->targets[i].unmount;
		q.reading = !writes(j->opt);
		n = isokit_guard(j->targets[i].drive, &q, reasons);
		if (writes(j->opt) && is_own_file(j->opt, j->targets[i].drive)) {
			message_error(j->targets[i].drive->path, "refused: is made of %s, which is to "
				      "be written to it", strcmp(j->opt->source, "-") == 0 ?
				      "what standard input reads" : j->opt->source);
			ok = false;
			continue;
		}
		if (n) {
			say_refused(&j->targets[i], reasons, n);
			ok = false;
		} else if (j->write && isokit_write_suits(j->write, j->targets[i].drive, &err)) {
			message_failure(NULL, &err);
			ok = false;
		}
	}
	return ok;
}

/* ---- what is written ---------------------------------------------------------------- */

static int on_progress(void *ctx, const struct isokit_write_progress *now)
{
	struct job *j = ctx;

	if (interrupt_pending())
		return 1;
	if (j->running) {
		lines_update(&j->lines, now);
		return 0;
	}
	if (!j->look_phase || strcmp(j->look_phase, now->phase) != 0) {
		if (j->look_phase)
			progress_end(&j->look);
		progress_start(&j->look, &j->opt->common, now->phase, NULL, now->total);
		j->look_phase = now->phase;
	}
	progress_update(&j->look, now->done);
	return 0;
}

static void look_end(struct job *j)
{
	if (j->look_phase)
		progress_end(&j->look);
	j->look_phase = NULL;
}

static enum isokit_write_mode mode_of(const struct writer_options *opt, bool files)
{
	switch (opt->task) {
	case TASK_COMPARE: return ISOKIT_WRITE_COMPARE;
	case TASK_RESTORE: return ISOKIT_WRITE_RESTORE;
	case TASK_PROBE: return ISOKIT_WRITE_PROBE;
	case TASK_WRITE:
	case TASK_CLONE:
	case TASK_LIST: break;
	}
	return files ? ISOKIT_WRITE_FILES : ISOKIT_WRITE_IMAGE;
}

static enum isokit_status open_write(struct job *j, bool files, struct isokit_write **ret,
				     struct isokit_error *err)
{
	const struct writer_options *opt = j->opt;
	struct isokit_write_options w = {
		.size = sizeof(w), .mode = mode_of(opt, files),
		.any = opt->any || opt->task == TASK_CLONE, .no_verify = opt->no_verify,
		.simulate = opt->simulate, .fix_gpt = opt->fix_gpt, .unmount = opt->unmount,
		.sha256 = opt->sha256, .bmap = opt->bmap ? opt->bmap : files ? NULL : j->checks.bmap,
		.persistence = opt->persistence, .label = opt->label, .fs = opt->fs,
		.password = opt->password.bytes, .password_bytes = opt->password.n,
		.scratch_folder = opt->scratch_folder, .hashes = opt->hashes.set,
		.progress = on_progress, .progress_ctx = j, .quick = opt->quick,
		.epoch = opt->epoch,
	};
	enum isokit_status st;

	for (size_t i = 0; i < ISOKIT_DIGEST_COUNT; i++)
		w.file_sums[i] = *j->checks.sums[i] ? j->checks.sums[i] : NULL;
	st = isokit_write_open(opt->source, &w, ret, err);
	look_end(j);
	return st;
}

static void print_notes(struct job *j)
{
	size_t n;
	const char *const *notes = isokit_write_get_notes(j->write, &n);

	for (; j->notes_seen < n; j->notes_seen++)
		message_info(NULL, "%s", notes[j->notes_seen]);
}

static enum exit_code failed(const struct job *j, const char *thing, const struct isokit_error *err)
{
	enum exit_code code = exit_code_of(err->status);
	const char *found = j->opt->bmap ? NULL : j->checks.bmap;

	if (err->status == ISOKIT_E_CANCELLED)
		message_error(NULL, "interrupted; nothing was written");
	else if (found && strcmp(err->subject, found) == 0)
		/* Nobody asked for it. */
		message_error(thing, "%s, which lies beside it: %s (--no-beside leaves it out)", found,
			      err->text);
	else
		message_failure(thing, err);
	/* A checksum that is wrong before anything was done is no answer, but a refusal. */
	return code == EXIT_NO ? EXIT_UNABLE : code;
}

/* An image that does not boot: are its files a way, and can that be asked? */
static enum exit_code not_bootable(struct job *j, bool possible)
{
	const struct isokit_write_plan *plan = isokit_write_get_plan(j->write);
	const struct writer_options *opt = j->opt;
	struct isokit_write *files = NULL;
	bool looked = opt->as == AS_AUTO && j->asks && possible && !plan->streamed &&
		      open_write(j, true, &files, NULL) == ISOKIT_OK;

	if (looked && isokit_write_get_plan(files)->boots) {
		message_info(opt->source, "would not boot from a stick as it is; its files will be "
			     "copied onto a file system that does (--as=files)");
		isokit_write_free(j->write);
		j->write = files;
		j->notes_seen = 0;
		return EXIT_DONE;
	}
	isokit_write_free(files);
	if (looked || opt->as == AS_FILES) {
		message_error(opt->source, looked ?
			      "would not boot from a stick, neither by its bytes nor by its files (--any "
			      "writes its bytes all the same)" :
			      "nothing among its files would boot from a stick (--any copies them all "
			      "the same)");
		return EXIT_UNABLE;
	}
	message_error(opt->source, "%s", *plan->boot_words ? plan->boot_words :
		      "would not boot from a stick (--any writes it all the same)");
	return EXIT_UNABLE;
}

static enum exit_code look(struct job *j, bool possible)
{
	const struct writer_options *opt = j->opt;
	const struct isokit_write_plan *plan;
	struct isokit_error err = { 0 };
	enum isokit_status st = open_write(j, opt->as == AS_FILES, &j->write, &err);

	if (st == ISOKIT_E_UNSUPPORTED && !opt->password_file && strstr(err.text, "password")) {
		/* Who can be asked, is. */
		if (password_ask(&j->opt->password, opt->source))
			st = open_write(j, opt->as == AS_FILES, &j->write, &err);
	}
	if (st)
		return failed(j, opt->source, &err);
	plan = isokit_write_get_plan(j->write);
	/* A verdict is one over bytes: of files more is known when they have a place. */
	if (opt->task == TASK_WRITE && plan->judged && !plan->boots && !opt->any &&
	    !(plan->mode == ISOKIT_WRITE_FILES && plan->verdict))
		return not_bootable(j, possible);
	return EXIT_DONE;
}

/* ---- giving up what is not needed ------------------------------------------------------ */

static bool unmounts(const struct job *j)
{
	for (size_t i = 0; i < j->n; i++)
		for (size_t k = 0; k < j->targets[i].drive->n_uses; k++)
			if (j->targets[i].drive->uses[k].kind == ISOKIT_USE_MOUNT)
				return true;
	return false;
}

/* Bytes that somebody else wrote (of an image, of what is on a drive) are looked at with no file
 * in reach but for reading, and the drives that were named. Nobody can unmount after that. */
static void confine(struct job *j)
{
	/* They make what a BIOS starts from the files of an image with GRUB. */
	static const char *const programs[] = { "/usr/bin/grub-mkimage", "/usr/bin/grub2-mkimage" };
	const struct writer_options *opt = j->opt;
	bool files = opt->task == TASK_WRITE && (opt->as == AS_FILES || (opt->as == AS_AUTO && j->asks));
	const char **paths = calloc(j->n + 1, sizeof(*paths));
	struct confine_needs needs = {
		.read_all = true, .threads = true, .no_filter = true,
		.network = opt->source && isokit_source_is_url(opt->source),
		.tree_folder = opt->scratch_folder ? opt->scratch_folder : "/var/tmp",
		.write_files = paths, .n_write_files = j->n + 1,
		.programs = programs, .n_programs = files ? 2 : 0,
	};
	struct confine_state state;

	/* Switching off is writing below /sys. */
	if (!paths || j->confined || opt->power_off)
		return free(paths);
	for (size_t i = 0; i < j->n; i++)
		paths[i] = j->targets[i].drive->path;
	paths[j->n] = "/dev/tty";
	confine_start(&needs, &state);
	j->confined = true;
	if (state.landlock)
		message_verbose(NULL, "confined by Landlock, version %u", state.landlock);
	free(paths);
}

/* ---- doing it ----------------------------------------------------------------------- */

static enum exit_code claim(struct job *j)
{
	struct isokit_error err = { 0 };

	for (size_t i = 0; i < j->n; i++) {
		const struct isokit_guard_question q = {
			.size = sizeof(q), .fixed_disk = j->targets[i].fixed,
			.unmount = j->targets[i].unmount,
		};

		if (isokit_write_add(j->write, j->targets[i].drive, &q, &err)) {
			look_end(j);
			return failed(j, j->targets[i].drive->path, &err);
		}
	}
	look_end(j);
	return EXIT_DONE;
}

static enum exit_code run(struct job *j)
{
	const struct writer_options *opt = j->opt;
	struct isokit_error err = { 0 };
	struct inhibit inhibit = { .fd = -1 };
	enum isokit_status st;

	if (!lines_start(&j->lines, &opt->common, j->targets, j->n)) {
		message_error(NULL, "out of memory");
		return EXIT_UNABLE;
	}
	if (writes(opt) && !opt->simulate)
		inhibit_start(&inhibit, j->targets, j->n);
	interrupt_start("iso-write: stopped at once; a drive that was being written is incomplete\n",
			NULL, NULL);
	interrupt_patient();
	j->running = true;
	st = isokit_write_run(j->write, &err);
	j->running = false;
	lines_end(&j->lines);
	inhibit_end(&inhibit);
	print_notes(j);
	if (st == ISOKIT_OK || st == ISOKIT_E_MISMATCH)
		checks_agreed(&j->checks);
	return report_print(opt, &j->checks, j->write, st, &err, j->out);
}

static enum exit_code power_off(struct job *j, enum exit_code code)
{
	struct isokit_error err = { 0 };

	for (size_t i = 0; i < j->n; i++) {
		const char *path = j->targets[i].drive->path;

		if (isokit_drive_power_off(j->targets[i].drive, &err)) {
			message_failure(path, &err);
			code = exit_code_worse(code, EXIT_UNABLE);
		} else if (!j->opt->common.json && !j->opt->common.quiet) {
			(void)output_format(j->out, "%s: switched off\n", path);
		}
	}
	return code;
}

/* The file that is checked is the one that is opened after that. */
static void see_image(const struct writer_options *opt, struct stat *ret)
{
	if (!opt->source || strcmp(opt->source, "-") == 0 || isokit_source_is_url(opt->source) ||
	    stat(opt->source, ret) != 0 || !S_ISREG(ret->st_mode))
		*ret = (struct stat){ 0 };
}

static bool same_image(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static enum exit_code steps(struct job *j)
{
	const struct writer_options *opt = j->opt;
	bool possible = j->asks && question_possible(opt);
	enum exit_code code = EXIT_DONE;
	struct stat before, after;

	if (opt->task == TASK_CLONE && !is_block_device(opt->source)) {
		message_error(opt->source, "is no drive to clone; an image is written without --clone");
		return EXIT_UNABLE;
	}
	if (!find_targets(j) || !suits(j) || !source_suits(j) || !guard(j))
		return EXIT_UNABLE;
	say_in_use(j);
	see_image(opt, &before);
	/* Who cannot be asked is told first what could not be written anyway. */
	if (!j->asks || possible)
		code = checks_make(&j->checks, opt);
	if (code != EXIT_DONE)
		return code;
	if (!unmounts(j))
		confine(j);
	code = look(j, possible);
	if (code != EXIT_DONE)
		return code;
	see_image(opt, &after);
	if (!same_image(&before, &after)) {
		message_error(opt->source, "was changed while it was looked at; nothing was written");
		return EXIT_UNABLE;
	}
	if (j->asks && !possible) {
		if (guard(j))
			message_error(NULL, "there is no terminal to ask on; nothing was written "
				      "(--yes writes without a question)");
		return EXIT_UNABLE;
	}
	print_notes(j);
	if (!opt->common.json && !opt->common.quiet) {
		plan_print(opt, &j->checks, j->write, j->out);
		/* Who cannot be told what will be written had better not have it written;
		 * output_finish() says why. */
		if (output_flush(j->out))
			return EXIT_UNABLE;
	}
	if (!guard(j))
		return EXIT_UNABLE;
	if (j->asks) {
		code = question_ask(opt, j->targets, j->n);
		if (code != EXIT_DONE)
			return code;
	}
	code = claim(j);
	if (code == EXIT_DONE)
		confine(j);
	return code == EXIT_DONE ? run(j) : code;
}

enum exit_code job_run(struct writer_options *opt, const struct isokit_drives *drives,
		       struct output *out)
{
	struct job j = { .opt = opt, .drives = drives, .out = out };
	enum exit_code code = EXIT_UNABLE;
	bool ran;

	j.asks = writes(opt) && !opt->yes && !opt->simulate;
	j.targets = calloc(opt->n_devices + 1, sizeof(*j.targets));
	if (!j.targets)
		message_error(NULL, "out of memory");
	else
		code = steps(&j);
	ran = j.write && code != EXIT_UNABLE && code != EXIT_INTERRUPTED;
	isokit_write_free(j.write);
	if (opt->power_off && ran && !opt->simulate)
		code = power_off(&j, code);
	checks_release(&j.checks);
	free(j.targets);
	return code;
}
