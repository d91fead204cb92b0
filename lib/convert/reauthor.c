/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A new image of the files of another file system. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/text.h"
#include "convert/boot.h"

enum { VOLUME_ID_BYTES = 32 };

/* ---- what is lost ------------------------------------------------------------------------- */

static void lost(void *ctx, unsigned kind, const char *words, const char *path)
{
	struct isokit_convert *c = ctx;
	struct convert_loss *l;

	(void)words;
	if (kind >= VOLUME_LOSSES)
		return;
	l = &c->lost[kind];
	l->n++;
	if (path && l->n_paths < CONVERT_LOSS_PATHS) {
		l->paths[l->n_paths] = arena_strndup(&c->arena, path, strlen(path));
		if (l->paths[l->n_paths])
			l->n_paths++;
	}
}

/* Contents that are not in the image are damage, whatever the reason. */
static bool is_damage(enum volume_loss what)
{
	return what == VOLUME_LOST_UNREADABLE || what == VOLUME_LOST_COMPRESSED ||
	       what == VOLUME_LOST_ENCRYPTED || what == VOLUME_LOST_CHECKSUM;
}

static void sum_up_losses(struct isokit_convert *c)
{
	c->result.losses = c->losses;
	c->result.n_losses = 0;
	for (unsigned i = 0; i < VOLUME_LOSSES; i++)
		if (c->lost[i].n)
			c->losses[c->result.n_losses++] = (struct isokit_convert_loss){
				.what = volume_loss_words(i), .n = c->lost[i].n,
				.paths = c->lost[i].paths, .n_paths = c->lost[i].n_paths,
				.damage = is_damage(i),
			};
}

/* ---- sources ------------------------------------------------------------------------------- */

/* The name that the file system has, as far as a volume id can be that. */
static const char *volume_id(struct isokit_convert *c, const struct isokit_disk_volume *v)
{
	const char *label = v && *v->label ? v->label : v ? v->name : "";
	size_t n = strlen(label), at = 0, step;
	char id[VOLUME_ID_BYTES + 1];
	uint32_t code;

	if (c->options.volume_id)
		return c->options.volume_id;
	for (; at < n; at += step) {
		step = utf8_decode((const uint8_t *)label + at, n - at, &code);
		if (step == 0 || at + step > VOLUME_ID_BYTES || code < 0x20 ||
		    (code >= 0x7f && code < 0xa0))
			break;
		memcpy(id + at, label + at, step);
	}
	while (at && id[at - 1] == ' ')
		at--;
	return at ? arena_strndup(&c->arena, id, at) : NULL;
}

/* Is it one of those whose files are taken, when all are? */
static bool is_taken(const struct isokit_disk_volume *v, bool efi)
{
	return v->fs != ISOKIT_FS_NONE && v->fs != ISOKIT_FS_OTHER && v->fs != ISOKIT_FS_ISO9660 &&
	       !v->unreadable && v->esp == efi;
}

static enum isokit_status add_volume(struct isokit_convert *c, size_t which, const char *dest,
				     struct isokit_error *err)
{
	const struct isokit_volume_reading how = {
		.size = sizeof(how), .forks = c->options.forks, .codepage = c->options.codepage,
		.utc_minutes = c->options.utc_minutes,
	};

	return isokit_build_add_volume(c->build, dest, c->volumes, which, &how, lost, c, err);
}

/* What stays behind of a disk whose other partitions are taken. */
static void note_left_out(struct isokit_convert *c, const struct isokit_disk_volume *v)
{
	if (v->esp)
		return; /* it is what UEFI starts from */
	if (!v->unreadable || v->fs == ISOKIT_FS_NONE)
		return;
	if (v->partition)
		convert_note(c, ISOKIT_CONVERT_WARNING, NULL, "partition %u (%s) is left out: %s",
			     v->partition, v->words ? v->words : "unknown", v->unreadable);
	else
		convert_note(c, ISOKIT_CONVERT_WARNING, NULL, "its files (%s) are left out: %s",
			     v->words ? v->words : "unknown", v->unreadable);
}

static enum isokit_status add_all(struct isokit_convert *c, struct isokit_error *err)
{
	const struct isokit_disk_volume *v = c->plan.volumes;
	enum isokit_status st = ISOKIT_OK;
	size_t data = 0;
	bool efi;

	for (size_t i = 0; i < c->plan.n_volumes; i++)
		data += is_taken(&v[i], false);
	efi = data == 0;
	for (size_t i = 0; i < c->plan.n_volumes && !st; i++) {
		const char *dest = "/";

		if (!is_taken(&v[i], efi)) {
			note_left_out(c, &v[i]);
			continue;
		}
		if (data > 1)
			dest = convert_text(c, "/partition-%u", v[i].partition);
		if (!dest)
			return isokit_fail_nomem(err, c->path, 0);
		st = add_volume(c, i, dest, err);
		if (efi)
			break;
	}
	return st;
}

static const struct isokit_disk_volume *chosen(const struct isokit_convert *c, size_t *ret_index)
{
	for (size_t i = 0; i < c->plan.n_volumes; i++)
		if (c->plan.volumes[i].partition == c->plan.partition) {
			*ret_index = i;
			return &c->plan.volumes[i];
		}
	return NULL;
}

static enum isokit_status add_sources(struct isokit_convert *c, struct isokit_error *err)
{
	size_t index = 0;

	if (!c->options.partition)
		return add_all(c, err);
	return chosen(c, &index) ? add_volume(c, index, "/", err) : ISOKIT_OK;
}

/* ---- the build ------------------------------------------------------------------------------ */

static enum isokit_status prepare(struct isokit_convert *c, const char *output,
				  struct convert_boot *boot, struct isokit_error *err)
{
	const struct isokit_convert_options *o = &c->options;
	size_t index;
	struct isokit_build_options options = {
		.size = sizeof(options),
		.volume_id = volume_id(c, chosen(c, &index)),
		.has_epoch = o->has_epoch,
		.epoch = o->epoch,
		.boot = ISOKIT_BUILD_BOOT_DETECT,
		.force = o->force,
		.durable = o->durable,
		.threads = o->threads,
		.progress = o->progress,
		.progress_ctx = o->progress_ctx,
		.xattrs = true,
		.acls = true,
		.scratch_folder = o->scratch_folder,
	};
	enum isokit_status st = convert_boot_find(c, boot, err);

	if (st)
		return st;
	if (boot->used)
		options.layout = &boot->layout;
	if (boot->image) {
		options.hides = &boot->hide;
		options.n_hides = 1;
	}
	st = isokit_build_new(&options, &c->build, err);
	if (!st && output)
		st = isokit_build_set_output(c->build, output, err);
	if (!st)
		st = add_sources(c, err);
	if (!st)
		st = convert_boot_add(boot, c->build, err);
	if (!st)
		st = isokit_build_plan(c->build, err);
	sum_up_losses(c);
	return st;
}

static void take_notes(struct isokit_convert *c)
{
	size_t n;
	const struct isokit_build_note *notes = isokit_build_get_notes(c->build, &n, NULL);

	for (size_t i = 0; i < n; i++)
		if (notes[i].kind != ISOKIT_BUILD_MISSING)
			convert_note(c, notes[i].kind == ISOKIT_BUILD_WARNING ?
						ISOKIT_CONVERT_WARNING : ISOKIT_CONVERT_NOTE,
				     notes[i].path, "%s", notes[i].text);
}

static enum isokit_status finish(struct isokit_convert *c, const char *path,
				 struct isokit_error *err)
{
	const struct isokit_build_result *r = isokit_build_get_result(c->build);
	enum isokit_status st = ISOKIT_OK;
	int fd = -1;

	take_notes(c);
	c->result.bytes = c->result.written_bytes = c->plan.bytes = r->bytes;
	c->result.cloned_bytes = r->cloned_bytes;
	st = convert_verify_container(c, err);
	if (st || !path)
		return st;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return isokit_fail_errno(err, errno, path, "cannot be read back");
	st = convert_hash(c, fd, path, err);
	if (!st)
		st = convert_check_image(c, fd, path, err);
	(void)close(fd);
	return st;
}

enum isokit_status convert_reauthor_path(struct isokit_convert *c, const char *path,
					 struct isokit_error *err)
{
	struct convert_boot boot;
	enum isokit_status st = prepare(c, path, &boot, err);

	if (!st)
		st = isokit_build_write_path(c->build, path, err);
	return st ? st : finish(c, path, err);
}

enum isokit_status convert_reauthor_fd(struct isokit_convert *c, int fd, const char *name,
				       struct isokit_error *err)
{
	struct convert_boot boot;
	enum isokit_status st = prepare(c, NULL, &boot, err);

	if (!st)
		st = isokit_build_write_fd(c->build, fd, name, err);
	return st ? st : finish(c, NULL, err);
}
