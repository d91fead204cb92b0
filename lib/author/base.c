/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An image as the start of a build: may it be one, what is kept, what is lost. */
#include "author/base.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "author/options.h"
#include "author/session.h"
#include "base/fail.h"

enum { SECTOR_BYTES = 2048, MAX_LOST_NOTES = 20, VOLUME_TIME_BYTES = 17 };

void base_free(struct base *b)
{
	if (!b)
		return;
	isokit_image_free(b->image);
	free(b->hfs.types);
	free(b);
}

/* ---- may it be one? -------------------------------------------------------------- */

static enum isokit_status open_image(struct plan *plan, struct base *b, const char *path,
				     struct isokit_error *err)
{
	const struct isokit_image_options options = {
		.size = sizeof(options),
		.session_block = plan->options.base_session_block,
	};
	enum isokit_status st;

	if (stat(path, &b->stat) != 0)
		return isokit_fail_errno(err, errno, path, "cannot be examined");
	st = isokit_source_open_file(path, &b->src, err);
	if (st)
		return st;
	st = plan_keep_source(plan, b->src, err);
	if (st == ISOKIT_OK)
		st = isokit_image_open_with(b->src, 0, &options, &b->image, err);
	if (st == ISOKIT_OK)
		st = isokit_image_check(b->image, err);
	if (st == ISOKIT_OK)
		b->facts = isokit_image_facts(b->image);
	return st;
}

static enum isokit_status check_sound(const struct plan *plan, struct base *b,
				      struct isokit_error *err)
{
	const struct isokit_facts *f = b->facts;
	const struct isokit_finding *first = NULL;

	if (f->format != ISOKIT_FORMAT_ISO9660)
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, f->path,
				   "holds no ISO 9660 file system to start from");
	for (size_t i = 0; i < f->n_findings; i++) {
		if (f->findings[i].severity != ISOKIT_ERROR)
			continue;
		if (!first)
			first = &f->findings[i];
		b->n_errors += 1 + f->findings[i].more;
	}
	if (!first || plan->options.force)
		return ISOKIT_OK;
	return isokit_fail(err, ISOKIT_E_CORRUPT, first->offset, f->path,
			   "is damaged: %llu error%s, the first one %s; --force starts from it all the same",
			   (unsigned long long)b->n_errors, b->n_errors == 1 ? "" : "s",
			   isokit_finding_code_name(first->code));
}

enum isokit_status base_check_unchanged(const struct plan *plan, struct isokit_error *err)
{
	const struct base *b = plan->base;
	struct isokit_location where = { .fd = -1 };
	struct stat now;

	if (!b || isokit_source_size(b->src) == 0)
		return ISOKIT_OK;
	isokit_source_locate(b->src, 0, 1, &where);
	if (where.where != ISOKIT_WHERE_FD || fstat(where.fd, &now) != 0 || !S_ISREG(now.st_mode))
		return ISOKIT_OK;
	if (now.st_dev == b->stat.st_dev && now.st_ino == b->stat.st_ino &&
	    now.st_size == b->stat.st_size && now.st_mtim.tv_sec == b->stat.st_mtim.tv_sec &&
	    now.st_mtim.tv_nsec == b->stat.st_mtim.tv_nsec)
		return ISOKIT_OK;
	return isokit_fail(err, ISOKIT_E_CHANGED, ISOKIT_NO_OFFSET, b->facts->path,
			   "was modified while the image was built");
}

/* ---- fields and name spaces ---------------------------------------------------------- */

/* The times as they are: GRUB looks for its file system by the second one, and
 * libisofs writes it in other places as well. */
static enum isokit_status take_times(struct plan *plan, const struct base *b,
				     struct isokit_error *err)
{
	const struct isokit_time *modified = &b->facts->primary->modified;
	static const uint8_t days[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	const char *digits = (const char *)plan->volume_times + VOLUME_TIME_BYTES;
	enum isokit_status st;

	if (plan->options.volume_date || plan->options.session_block)
		return ISOKIT_OK; /* the caller's; those of a new session are its own */
	st = isokit_source_read_at(b->src, b->facts->primary->lba * SECTOR_BYTES + BASE_TIMES_AT,
				   plan->volume_times, BASE_TIMES_BYTES, err);
	if (st)
		return st;
	plan->has_volume_times = true;
	/* A date that is none in the calendar stays in the descriptor only. */
	if (!modified->set || modified->year < 1970 || modified->year > 2155 ||
	    modified->month < 1 || modified->month > 12 || modified->day < 1 ||
	    modified->day > days[modified->month - 1] || modified->hour > 23 || modified->minute > 59 || modified->second > 59)
		return ISOKIT_OK;
	plan->options.volume_date = arena_strndup(&plan->arena, digits, VOLUME_TIME_BYTES - 1);
	return plan->options.volume_date ? ISOKIT_OK : isokit_fail_nomem(err, b->facts->path, 0);
}

/* The nearest that can be written: 2.50 and 2.60 keep folders in a partition of their
 * own. */
static unsigned udf_revision(unsigned revision)
{
	if (revision <= 0x0102)
		return 0x0102;
	return revision <= 0x0150 ? 0x0150 : revision <= 0x0200 ? 0x0200 : 0x0201;
}

static void take_udf(struct plan *plan, const struct base *b)
{
	struct isokit_build_options *o = &plan->options;
	uint16_t revision = b->facts->udf.revision;

	if (o->udf || !b->facts->namespaces[ISOKIT_NS_UDF].present)
		return;
	if (o->no_udf) {
		plan_note(plan, ISOKIT_BUILD_NOTE, b->facts->path, "its UDF names are not kept");
		return;
	}
	o->udf = true;
	o->udf_revision = udf_revision(revision);
	if (revision > 0x0201)
		plan_note(plan, ISOKIT_BUILD_NOTE, b->facts->path, "its UDF %x.%02x becomes 2.01",
			  revision >> 8, revision & 0xff);
}

static void take_namespaces(struct plan *plan, const struct base *b)
{
	const struct isokit_namespace *ns = b->facts->namespaces;
	struct isokit_build_options *o = &plan->options;

	if (!ns[ISOKIT_NS_JOLIET].present && !o->joliet_asked)
		o->no_joliet = true;
	if (!ns[ISOKIT_NS_ROCKRIDGE].present && !o->rock_ridge_asked)
		o->no_rock_ridge = true;
	/* Checksums would be wrong, so they are made again. */
	o->implant_md5 = o->implant_md5 || b->facts->implanted_md5;
	o->checksums = o->checksums || b->facts->libisofs_md5;
	/* Level 4 is the tree of its own that ISO 9660:1999 has. */
	if (!plan->level_given && ns[ISOKIT_NS_ISO9660].level >= 1)
		o->iso_level = ns[ISOKIT_NS_ISO9660].level > 3 ? 3 : ns[ISOKIT_NS_ISO9660].level;
}

struct largest {
	uint64_t bytes;
};

static int find_largest(void *ctx, struct tree_node *n)
{
	struct largest *l = ctx;

	if (n->size > l->bytes)
		l->bytes = n->size;
	return 0;
}

/* ECMA-119 9.1.4: an extent has 32 bits for its size; more than one need level 3. */
static void raise_level(struct plan *plan)
{
	struct largest l = { 0 };

	(void)tree_walk(plan->tree->root, find_largest, &l);
	if (l.bytes >= UINT32_MAX)
		plan->options.iso_level = 3;
}

/* ---- what is lost ------------------------------------------------------------------------ */

static void lost(void *ctx, const char *path, const char *why)
{
	struct plan *plan = ctx;

	if (plan->base->n_lost++ < MAX_LOST_NOTES)
		plan_note(plan, ISOKIT_BUILD_WARNING, path, "is not kept: it %s", why);
}

static void say(struct plan *plan, const char *text)
{
	plan_note(plan, ISOKIT_BUILD_WARNING, plan->base->facts->path, "%s", text);
}

static void say_lost_trees(struct plan *plan, enum isokit_namespace_kind shown)
{
	const struct isokit_facts *f = plan->base->facts;

	for (size_t i = 0; i < f->n_comparisons; i++) {
		const struct isokit_comparison *c = &f->comparisons[i];
		uint64_t n = c->first == shown ? c->only_second :
			     c->second == shown ? c->only_first : 0;
		enum isokit_namespace_kind other = c->first == shown ? c->second : c->first;

		if (n)
			plan_note(plan, ISOKIT_BUILD_WARNING, f->path,
				  "%llu file%s that only the %s tree shows %s not kept",
				  (unsigned long long)n, n == 1 ? "" : "s",
				  isokit_namespace_name(other), n == 1 ? "is" : "are");
	}
	if (f->namespaces[ISOKIT_NS_ENHANCED].present)
		say(plan, "its ISO 9660:1999 names are not kept (there will be others)");
	if (f->n_sessions > 1 && !plan->options.session_block)
		plan_note(plan, ISOKIT_BUILD_NOTE, f->path,
			  "has %zu sessions; the new image has one, with what the last shows",
			  f->n_sessions);
}

static void say_lost(struct plan *plan, enum isokit_namespace_kind shown)
{
	struct base *b = plan->base;

	if (b->n_lost > MAX_LOST_NOTES)
		plan_note(plan, ISOKIT_BUILD_WARNING, b->facts->path,
			  "%llu more files are not kept",
			  (unsigned long long)(b->n_lost - MAX_LOST_NOTES));
	say_lost_trees(plan, shown);
	if (b->n_errors)
		plan_note(plan, ISOKIT_BUILD_WARNING, b->facts->path,
			  "is damaged (%llu error%s); what cannot be read of it is missing",
			  (unsigned long long)b->n_errors, b->n_errors == 1 ? "" : "s");
	for (size_t i = 0; i < b->facts->n_findings; i++) {
		if (b->facts->findings[i].code == ISOKIT_F_FILE_HIDDEN)
			say(plan, "marks of hidden files (the existence bit) are not kept");
	}
	if (b->facts->cd_xa)
		say(plan, "its CD-ROM XA marks are not kept");
	if (b->facts->apple)
		say(plan, "types and creators of Apple's extension to ISO 9660 are not kept");
}

/* ---- all of it --------------------------------------------------------------------------- */

static enum isokit_status keep_source(void *ctx, struct isokit_source *src,
				      struct isokit_error *err)
{
	return plan_keep_source(ctx, src, err);
}

enum isokit_status base_add(struct plan *plan, const char *path,
			    const struct tree_scan_options *scan, struct isokit_error *err)
{
	enum isokit_namespace_kind shown;
	struct base *b;
	enum isokit_status st;

	if (plan->base)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, path,
				   "is the second image to start from; DEST=%s stores it as a file",
				   path);
	if (plan->tree->root->u.dir.n)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, path,
				   "an image to start from must come before all other sources");
	b = calloc(1, sizeof(*b));
	if (!b)
		return isokit_fail_nomem(err, path, sizeof(*b));
	plan->base = b;
	st = open_image(plan, b, path, err);
	if (st == ISOKIT_OK)
		st = check_sound(plan, b, err);
	if (st == ISOKIT_OK)
		st = options_take_volume(plan, b->facts->primary, err);
	if (st == ISOKIT_OK)
		st = take_times(plan, b, err);
	if (st)
		return st;
	shown = isokit_image_best_namespace(b->image);
	take_namespaces(plan, b);
	take_udf(plan, b);
	plan->keep_iso_names = !plan->options.session_block && !plan->options.naming && !plan->level_given &&
			       b->facts->namespaces[shown].files < TREE_MAX_ISO_NAMES;
	st = tree_add_image(plan->tree, b->image, b->src, shown, scan, keep_source, plan, lost,
			    plan, err);
	if (st == ISOKIT_OK)
		st = base_find_names(plan, shown, err);
	if (st == ISOKIT_OK)
		st = base_hide(plan, shown, err);
	if (st == ISOKIT_OK)
		st = base_find_boot(plan, b, err);
	if (st == ISOKIT_OK)
		st = session_put_aside(plan, err);
	if (st)
		return st;
	raise_level(plan);
	say_lost(plan, shown);
	return ISOKIT_OK;
}
