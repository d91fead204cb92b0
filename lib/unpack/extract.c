/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the name of an image to a tree of what it holds. */
#include <isokit/extract.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/fail.h"
#include "unpack/session.h"
#include "unpack/unpack.h"

enum { SECTOR_BYTES = 2048, MOST_DAMAGES = 256 };

/* ---- the tree of an image ---------------------------------------------------------------- */

static enum isokit_status keep_source(void *ctx, struct isokit_source *src,
				      struct isokit_error *err)
{
	return volume_mount_keep(ctx, src, err);
}

static enum isokit_status add_mount(struct isokit_extract *x, struct volume_mount *mount,
				    struct isokit_error *err)
{
	if (ARRAY_RESERVE(x->mounts, x->mounts_capacity, x->n_mounts + 1)) {
		x->mounts[x->n_mounts++] = mount;
		return ISOKIT_OK;
	}
	volume_mount_free(mount);
	return isokit_fail_nomem(err, "file systems", sizeof(mount));
}

static void lost_node(void *ctx, const char *path, const char *why)
{
	unpack_tell_path(ctx, ISOKIT_EXTRACT_LOST, path, why);
}

static void cut_node(void *ctx, const char *path, const char *name)
{
	unpack_tell_path(ctx, ISOKIT_EXTRACT_RENAMED, path, name);
}

static int scan_cancelled(void *ctx)
{
	const struct isokit_extract *x = ctx;

	return x->options.progress && x->options.progress(x->options.ctx, 0, 0);
}

static enum isokit_status fail_names(const struct isokit_facts *facts,
				     enum isokit_namespace_kind wanted, struct isokit_error *err)
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
	return isokit_fail(err, ISOKIT_E_NOT_FOUND, ISOKIT_NO_OFFSET, NULL,
			   "has no %s names, choose from: %s", isokit_namespace_name(wanted), there);
}

static struct tree_scan_options scan_options(struct isokit_extract *x)
{
	return (struct tree_scan_options){
		.cancelled = scan_cancelled, .cancelled_ctx = x,
		.note = cut_node, .note_ctx = x, .links_as_said = true, .cut_names = true,
		.xattrs = true, .acls = true,
	};
}

static enum isokit_status take_image(struct isokit_extract *x, struct isokit_source *src,
				     struct isokit_error *err)
{
	const struct isokit_facts *facts = isokit_image_facts(x->image);
	struct tree_scan_options scan = scan_options(x);
	enum isokit_namespace_kind ns = x->options.names;
	struct volume_mount *mount;
	enum isokit_status st;

	if (ns >= ISOKIT_NS_COUNT)
		ns = isokit_image_best_namespace(x->image);
	else if (!facts->namespaces[ns].present || ns == ISOKIT_NS_HFS)
		return fail_names(facts, ns, err);
	x->facts.image = facts;
	x->image_source = src;
	x->facts.names = ns;
	x->posix = ns == ISOKIT_NS_ROCKRIDGE || ns == ISOKIT_NS_UDF;
	st = volume_mount_new(&mount, err);
	if (st == ISOKIT_OK)
		st = add_mount(x, mount, err);
	if (st == ISOKIT_OK)
		st = tree_add_image(x->tree, x->image, src, ns, &scan, keep_source, mount,
				    lost_node, x, err);
	return st;
}

/* Damage of folders, for which names are missing that nobody knows: what the tree is not
 * enough to tell. */
static const struct {
	enum isokit_finding_code code;
	const char *words;
} tree_damages[] = {
	{ ISOKIT_F_DIR_OUTSIDE, "its list of names lies outside the image: all in it is missing" },
	{ ISOKIT_F_DIR_SIZE, "its list of names goes on outside the image: some may be missing" },
	{ ISOKIT_F_DIR_RECORD_ZERO, "its list of names is damaged: some may be missing" },
	{ ISOKIT_F_DIR_RECORD_OVER, "its list of names is damaged: some may be missing" },
	{ ISOKIT_F_DIR_RECORD_BAD, "its list of names is damaged: some may be missing" },
	{ ISOKIT_F_TREE_LOOP, "leads back to a folder that it is in: was not entered" },
	{ ISOKIT_F_TREE_OVERLAP, "folders are larger than the image: was not entered" },
	{ ISOKIT_F_TREE_DEPTH, "is nested too deep: was not entered" },
	{ ISOKIT_F_READ_FAILED, "could not be read" },
	{ ISOKIT_F_SUSP_SP_BAD, "the mark of Rock Ridge is damaged: names are those without it" },
	{ ISOKIT_F_SUSP_LENGTH, "its Rock Ridge fields are damaged" },
	{ ISOKIT_F_SUSP_CE_RANGE, "its Rock Ridge fields are damaged" },
	{ ISOKIT_F_SUSP_CE_LOOP, "its Rock Ridge fields are damaged" },
	{ ISOKIT_F_RR_TARGET_BAD, "its target is damaged" },
	{ ISOKIT_F_RR_TARGET_LONG, "its target is too long, and was cut" },
	{ ISOKIT_F_RR_CHILD, "the folder that it stands for is not there" },
	{ ISOKIT_F_UDF_NO_ROOT, "there is no root folder: all is missing" },
	{ ISOKIT_F_UDF_NO_FILE_SET, "there is no file set: all is missing" },
	{ ISOKIT_F_UDF_NO_ENTRY, "there is no file entry for it" },
	{ ISOKIT_F_UDF_CHAIN, "its list of extents is damaged" },
	{ ISOKIT_F_UDF_IDENTIFIER, "its list of names is damaged: some may be missing" },
	{ ISOKIT_F_UDF_TARGET, "its target is damaged" },
};

static void tell_tree_damages(struct isokit_extract *x)
{
	const struct isokit_facts *facts = isokit_image_facts(x->image);
	bool udf = x->facts.names == ISOKIT_NS_UDF;

	/* Without memory for this, the files come out all the same. */
	(void)isokit_image_count(x->image, NULL);
	for (size_t i = 0; i < facts->n_findings; i++) {
		const struct isokit_finding *f = &facts->findings[i];

		for (size_t k = 0; k < sizeof(tree_damages) / sizeof(tree_damages[0]); k++) {
			if (tree_damages[k].code != f->code ||
			    udf != (f->code >= ISOKIT_F_UDF_NO_ANCHOR &&
				    f->code <= ISOKIT_F_UDF_UNIQUE_ID))
				continue;
			unpack_tell_path(x, ISOKIT_EXTRACT_DAMAGED, f->what ? f->what : "/",
					 tree_damages[k].words);
			(void)pthread_mutex_lock(&x->lock);
			x->result.events[ISOKIT_EXTRACT_DAMAGED] += f->more;
			(void)pthread_mutex_unlock(&x->lock);
		}
	}
}

/* Is it an image? ISOKIT_E_NOT_ISO: no. */
static enum isokit_status try_image(struct isokit_extract *x, struct isokit_source *src,
				    uint32_t session, struct isokit_error *err)
{
	const struct isokit_image_options o = { .size = sizeof(o), .quick = true,
						.session = session };
	enum isokit_status st = isokit_image_open_with(src, 0, &o, &x->image, err);

	if (st == ISOKIT_OK)
		st = take_image(x, src, err);
	if (st == ISOKIT_OK)
		tell_tree_damages(x);
	return st;
}

/* Each file once, for the first place that is damaged. */
static int tell_damage(void *ctx, struct tree_node *n)
{
	struct isokit_extract *x = ctx;
	uint64_t at = tree_node_offset_in(n, x->image_source), lost;
	const struct isokit_damage *d;
	size_t many;

	if (at == UINT64_MAX || !n->size)
		return 0;
	d = isokit_medium_damages(x->medium, &many, &lost);
	for (size_t i = 0; i < many && i < MOST_DAMAGES; i++) {
		uint64_t from = d[i].offset + (d[i].track ? x->track_bytes : 0);

		if (from < at + n->size && at < from + d[i].bytes) {
			unpack_tell(x, ISOKIT_EXTRACT_DAMAGED, n, d[i].text);
			break;
		}
	}
	return 0;
}

void unpack_tell_damages(struct isokit_extract *x)
{
	uint64_t lost;
	size_t n;

	(void)isokit_medium_damages(x->medium, &n, &lost);
	if (n && x->image_source)
		(void)tree_walk(x->tree->root, tell_damage, x);
}

/* ---- a disc ---------------------------------------------------------------------------- */

static enum isokit_status fail_tracks(const struct isokit_medium_facts *m, const char *what,
				      unsigned number, struct isokit_error *err)
{
	return isokit_fail(err, ISOKIT_E_NOT_FOUND, ISOKIT_NO_OFFSET, NULL,
			   "has no %s %u; it has %zu track%s in %u session%s", what, number,
			   m->n_tracks, m->n_tracks == 1 ? "" : "s", m->n_sessions,
			   m->n_sessions == 1 ? "" : "s");
}

/* The track whose files are wanted, or NULL after a failure. */
static const struct isokit_track *choose_track(const struct isokit_extract *x,
					       struct isokit_error *err)
{
	const struct isokit_medium_facts *m = x->facts.medium;
	const struct isokit_track *found = NULL;
	unsigned session = x->options.session;
	bool any = false;

	for (size_t i = 0; i < m->n_tracks; i++) {
		const struct isokit_track *t = &m->tracks[i];

		if (x->options.track ? t->number != x->options.track :
				       session && session != ISOKIT_SESSION_LAST &&
					       t->session != session)
			continue;
		any = true;
		/* The first data track of the last session that has one. */
		if (t->kind != ISOKIT_TRACK_AUDIO && (!found || found->session != t->session))
			found = t;
	}
	if (found)
		return found;
	if (!any && x->options.track)
		(void)fail_tracks(m, "track", x->options.track, err);
	else if (!any && session)
		(void)fail_tracks(m, "session", session, err);
	else if (x->options.track)
		(void)isokit_fail(err, ISOKIT_E_NOT_ISO, ISOKIT_NO_OFFSET, NULL,
				  "track %u is audio and has no files", x->options.track);
	else
		(void)isokit_fail(err, ISOKIT_E_NOT_ISO, ISOKIT_NO_OFFSET, NULL,
				  "has no data track, only audio, which has no files");
	return NULL;
}

static enum isokit_status take_disk(struct isokit_extract *x, struct isokit_source *disk,
				    struct isokit_error *err);

static enum isokit_status take_disc(struct isokit_extract *x, struct isokit_error *err)
{
	const struct isokit_track *t = choose_track(x, err);
	struct isokit_source *src, *moved;
	struct volume_mount *mount;
	enum isokit_status st;

	if (!t)
		return err ? err->status : ISOKIT_E_NOT_FOUND;
	if (t->first_lba <= 0) {
		st = isokit_medium_track(x->medium, (size_t)(t - x->facts.medium->tracks), &src,
					 err);
		x->source = src;
		return st ? st : take_disk(x, src, err);
	}
	/* Its descriptors count blocks from the beginning of the disc. */
	st = isokit_medium_disc(x->medium, t->session, &src, err);
	if (st)
		return st;
	x->source = src;
	x->track_bytes = (uint64_t)t->first_lba * SECTOR_BYTES;
	st = unpack_session_open(src, (uint64_t)t->first_lba, &moved, err);
	if (st == ISOKIT_OK)
		st = volume_mount_new(&mount, err);
	if (st)
		return st;
	st = volume_mount_keep(mount, moved, err);
	if (st == ISOKIT_OK)
		st = add_mount(x, mount, err);
	else
		volume_mount_free(mount);
	return st ? st : try_image(x, moved, 0, err);
}

/* ---- a disk ---------------------------------------------------------------------------- */

/* Losses of a file system as events. */
static void lost_of_volume(void *ctx, enum volume_loss what, const char *path)
{
	struct isokit_extract *x = ctx;
	char text[96];

	switch (what) {
	case VOLUME_LOST_COMPRESSED:
	case VOLUME_LOST_ENCRYPTED:
	case VOLUME_LOST_UNREADABLE:
	case VOLUME_LOST_SPECIAL:
		(void)snprintf(text, sizeof(text), "is of those that cannot be read: %s",
			       volume_loss_words(what));
		unpack_tell_path(x, ISOKIT_EXTRACT_LOST, path, text);
		break;
	case VOLUME_LOST_CHECKSUM:
		(void)snprintf(text, sizeof(text), "is of those that are in doubt: %s",
			       volume_loss_words(what));
		unpack_tell_path(x, ISOKIT_EXTRACT_DAMAGED, path, text);
		break;
	case VOLUME_LOST_NAME:
		unpack_tell_path(x, ISOKIT_EXTRACT_RENAMED, path, NULL);
		break;
	case VOLUME_LOST_FORK:
	case VOLUME_LOST_XATTR:
	case VOLUME_LOST_ACL:
	case VOLUME_LOST_STREAM:
	case VOLUME_LOST_REPARSE:
	case VOLUME_LOST_FLAG:
	case VOLUME_LOSSES:
		(void)snprintf(text, sizeof(text), "has what is not extracted: %s",
			       volume_loss_words(what));
		unpack_tell_path(x, ISOKIT_EXTRACT_LESS, path, text);
		break;
	}
}

static void unclean_volume(void *ctx, const char *volume, const char *words)
{
	unpack_tell_path(ctx, ISOKIT_EXTRACT_LESS, volume, words);
}

static bool has_files(const struct isokit_disk_volume *v)
{
	return v->fs != ISOKIT_FS_NONE && !v->unreadable;
}

static enum isokit_status read_volume(struct isokit_extract *x, size_t which, const char *dest,
				      struct isokit_error *err)
{
	const struct tree_scan_options scan = scan_options(x);
	const struct volume_read_options o = { .scan = &scan, .forks = x->options.forks,
					       .codepage = x->options.codepage,
					       .utc_minutes = x->options.utc_minutes,
					       .lost = lost_of_volume,
					       .unclean = unclean_volume, .ctx = x };
	struct volume_mount *mount = NULL;
	enum isokit_status st = volume_read(x->volumes, which, x->tree, dest, &o, &mount, err);

	if (st)
		return st;
	x->facts.n_read++;
	return mount ? add_mount(x, mount, err) : ISOKIT_OK;
}

/* Why there is nothing to be had. */
static enum isokit_status fail_volumes(const struct isokit_extract *x, struct isokit_error *err)
{
	const struct isokit_disk_volume *v = x->facts.volumes;
	unsigned wanted = x->options.partition;

	for (size_t i = 0; i < x->facts.n_volumes; i++) {
		if (wanted && v[i].partition != wanted)
			continue;
		if (v[i].fs != ISOKIT_FS_NONE && v[i].partition)
			return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, NULL,
					   "partition %u holds %s: %s", v[i].partition, v[i].words,
					   v[i].unreadable ? v[i].unreadable : "it is not read");
		if (v[i].fs != ISOKIT_FS_NONE)
			return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, NULL,
					   "holds %s: %s", v[i].words,
					   v[i].unreadable ? v[i].unreadable : "it is not read");
		if (wanted)
			return isokit_fail(err, ISOKIT_E_NOT_ISO, ISOKIT_NO_OFFSET, NULL,
					   "partition %u holds no file system that is known", wanted);
	}
	if (wanted)
		return isokit_fail(err, ISOKIT_E_NOT_FOUND, ISOKIT_NO_OFFSET, NULL,
				   "has no partition %u", wanted);
	return isokit_fail(err, ISOKIT_E_NOT_ISO, ISOKIT_NO_OFFSET, NULL,
			   "holds neither an ISO 9660 or UDF image nor a file system that is known");
}

static enum isokit_status take_volumes(struct isokit_extract *x, struct isokit_source *disk,
				       struct isokit_error *err)
{
	enum isokit_status st = isokit_volumes_find(disk, &x->volumes, err);
	unsigned wanted = x->options.partition;
	const struct isokit_disk_volume *v;
	size_t n, candidates = 0, only = 0;

	if (st)
		return st;
	v = x->facts.volumes = isokit_volumes_list(x->volumes, &n);
	x->facts.n_volumes = n;
	for (size_t i = 0; i < n; i++) {
		if (has_files(&v[i]) && (!wanted || v[i].partition == wanted)) {
			candidates++;
			only = i;
		}
	}
	if (!candidates)
		return fail_volumes(x, err);
	x->posix = true; /* as far as a file system has modes; the others have sensible ones */
	if (candidates == 1)
		return read_volume(x, only, "/", err);
	for (size_t i = 0; i < n && st == ISOKIT_OK; i++) {
		char dest[32];
		struct isokit_error why;

		if (!has_files(&v[i]))
			continue;
		(void)snprintf(dest, sizeof(dest), "/partition%u", v[i].partition);
		st = read_volume(x, i, dest, &why);
		if (st == ISOKIT_E_NOMEM || st == ISOKIT_E_CANCELLED) {
			if (err)
				*err = why;
			return st;
		}
		if (st) /* the others may be sound */
			unpack_tell_path(x, ISOKIT_EXTRACT_LOST, dest, why.text);
		st = ISOKIT_OK;
	}
	return x->facts.n_read ? ISOKIT_OK : fail_volumes(x, err);
}

static enum isokit_status take_disk(struct isokit_extract *x, struct isokit_source *disk,
				    struct isokit_error *err)
{
	struct isokit_error first;
	enum isokit_status st = ISOKIT_E_NOT_ISO;

	if (!x->options.partition)
		st = try_image(x, disk, x->options.session, &first);
	if (st == ISOKIT_E_NOT_ISO)
		return take_volumes(x, disk, err);
	if (st && err)
		*err = first;
	return st;
}

/* ---- all of it --------------------------------------------------------------------------- */

static void count(struct isokit_extract *x)
{
	tree_count(x->tree);
	x->facts.files = x->tree->n_files;
	x->facts.directories = x->tree->n_dirs;
	x->facts.symlinks = x->tree->n_symlinks;
	x->facts.specials = x->tree->n_specials;
	x->facts.bytes = x->tree->payload_bytes;
}

enum isokit_status isokit_extract_open(const char *path,
				       const struct isokit_extract_options *options,
				       struct isokit_extract **ret_extract,
				       struct isokit_error *err)
{
	struct isokit_extract *x = calloc(1, sizeof(*x));
	size_t known;
	enum isokit_status st;

	if (!x)
		return isokit_fail_nomem(err, path, sizeof(*x));
	known = options->size < sizeof(x->options) ? options->size : sizeof(x->options);
	memcpy(&x->options, options, known);
	(void)pthread_mutex_init(&x->lock, NULL);
	st = tree_new(&x->tree, err);
	if (st == ISOKIT_OK)
		st = isokit_medium_open(path, x->options.medium, &x->medium, err);
	if (st == ISOKIT_OK) {
		x->facts.medium = isokit_medium_facts(x->medium);
		if (x->facts.medium->shape == ISOKIT_MEDIUM_DISC) {
			st = take_disc(x, err);
		} else if (x->options.track) {
			st = isokit_fail(err, ISOKIT_E_NOT_FOUND, ISOKIT_NO_OFFSET, NULL,
					 "is no disc with tracks");
		} else {
			x->source = isokit_medium_disk(x->medium);
			st = take_disk(x, x->source, err);
		}
	}
	if (st) {
		isokit_extract_free(x);
		return st;
	}
	count(x);
	*ret_extract = x;
	return ISOKIT_OK;
}

void isokit_extract_free(struct isokit_extract *x)
{
	if (!x)
		return;
	tree_free(x->tree);
	isokit_image_free(x->image);
	while (x->n_mounts)
		volume_mount_free(x->mounts[--x->n_mounts]);
	free(x->mounts);
	isokit_volumes_free(x->volumes);
	isokit_medium_free(x->medium);
	arena_release(&x->arena);
	free(x->selected);
	(void)pthread_mutex_destroy(&x->lock);
	free(x);
}

const struct isokit_extract_facts *isokit_extract_facts(const struct isokit_extract *x)
{
	return &x->facts;
}

const struct isokit_extract_result *isokit_extract_result(const struct isokit_extract *x)
{
	return &x->result;
}

const struct isokit_damage *isokit_extract_damages(const struct isokit_extract *x,
						   size_t *ret_n, uint64_t *ret_lost)
{
	return isokit_medium_damages(x->medium, ret_n, ret_lost);
}

void isokit_extract_abandon(const struct isokit_extract *x)
{
	const struct unpack_run *run = atomic_load(&x->running);

	if (run)
		unpack_files_abandon(run);
}
