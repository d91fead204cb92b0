/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The public interface: sources → plan → skeleton → filled → checked → named. What
 * comes before the skeleton is here. */
#include "author/build_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "author/base.h"
#include "author/implied.h"
#include "author/inputs.h"
#include "author/options.h"
#include "author/shape.h"
#include "author/udf.h"
#include "base/array.h"
#include "base/checked.h"
#include "base/fail.h"

/* ---- begin and end ------------------------------------------------------------- */

static enum isokit_status find_manifest(struct isokit_build *b, struct isokit_error *err);

enum isokit_status isokit_build_new(const struct isokit_build_options *options,
				    struct isokit_build **ret_build, struct isokit_error *err)
{
	struct isokit_build *b = calloc(1, sizeof(*b));
	enum isokit_status st;

	if (!b)
		return isokit_fail_nomem(err, "build", sizeof(*b));
	b->image_fd = -1;
	st = options_copy(&b->plan, options, err);
	if (st == ISOKIT_OK)
		st = tree_new(&b->plan.tree, err);
	if (st == ISOKIT_OK)
		st = tree_new(&b->plan.extra, err);
	if (st == ISOKIT_OK)
		st = find_manifest(b, err);
	if (st) {
		isokit_build_free(b);
		return st;
	}
	*ret_build = b;
	return ISOKIT_OK;
}

void build_forget_result(struct isokit_build *b)
{
	isokit_image_free(b->image);
	isokit_source_close(b->image_src);
	if (b->image_fd >= 0)
		(void)close(b->image_fd);
	b->image = NULL;
	b->image_src = NULL;
	b->image_fd = -1;
	b->done = false;
}

void build_forget_layout(struct isokit_build *b)
{
	layout_free(b->layout);
	b->layout = NULL;
}

void isokit_build_free(struct isokit_build *build)
{
	if (!build)
		return;
	build_forget_layout(build);
	build_forget_result(build);
	files_free(&build->files);
	plan_release(&build->plan);
	free(build->output_name);
	free(build->output_folder);
	free(build->manifest_name);
	free(build->notes);
	free(build);
}

void isokit_build_abandon(const struct isokit_build *build)
{
	if (build)
		sink_names_unlink(&build->named);
}

/* ---- sources -------------------------------------------------------------------- */

/* The folder of the list of checksums; where it cannot be found out is told later, when
 * the list is made. */
static enum isokit_status find_manifest(struct isokit_build *b, struct isokit_error *err)
{
	const char *path = b->plan.options.manifest;
	char *real = path ? realpath(path, NULL) : NULL, *slash;
	struct stat st;

	if (!path)
		return ISOKIT_OK;
	if (!real)
		real = strdup(path);
	slash = real ? strrchr(real, '/') : NULL;
	b->manifest_name = real ? strdup(slash ? slash + 1 : real) : NULL;
	if (!b->manifest_name) {
		free(real);
		return isokit_fail_nomem(err, path, strlen(path) + 1);
	}
	if (slash)
		slash[slash == real] = '\0';
	if (stat(slash ? real : ".", &st) == 0) {
		b->manifest_dev = st.st_dev;
		b->manifest_ino = st.st_ino;
	}
	free(real);
	return ISOKIT_OK;
}

enum isokit_status isokit_build_set_output(struct isokit_build *build, const char *path,
					   struct isokit_error *err)
{
	char *real = realpath(path, NULL), *slash;
	const char *name;
	struct stat st;
	int r;

	if (!real)
		real = strdup(path);
	if (!real)
		return isokit_fail_nomem(err, path, strlen(path) + 1);
	slash = strrchr(real, '/');
	name = slash ? slash + 1 : real;
	free(build->output_name);
	build->output_name = strdup(name);
	if (slash == real)
		r = stat("/", &st);
	else if (slash)
		r = (*slash = '\0', stat(real, &st));
	else
		r = stat(".", &st);
	free(build->output_folder);
	build->output_folder = r == 0 ? strdup(slash == real ? "/" : slash ? real : ".") : NULL;
	build->plan.scratch_beside = build->output_folder && !build->plan.options.scratch_folder;
	free(real);
	if (!build->output_name)
		return isokit_fail_nomem(err, path, strlen(path) + 1);
	if (r != 0)
		return isokit_fail_errno(err, errno, path, "its folder cannot be examined");
	build->output_dev = st.st_dev;
	build->output_ino = st.st_ino;
	return ISOKIT_OK;
}

static bool rule_matches(const struct isokit_build_rule *r, const char *path,
			 const struct tree_node *n)
{
	const char *name = strrchr(path, '/');

	if ((r->skip_files && !tree_is_dir(n)) || (r->skip_dirs && tree_is_dir(n)) ||
	    (r->only_files && !tree_is_file(n)) ||
	    (r->only_generated && !(n->flags & TREE_GENERATED)))
		return false;
	if (!r->pattern)
		return true;
	if (strchr(r->pattern, '/')) {
		const char *pattern = r->pattern;

		while (*pattern == '/')
			pattern++;
		while (*path == '/')
			path++;
		return fnmatch(pattern, path, FNM_PATHNAME) == 0;
	}
	return fnmatch(r->pattern, name ? name + 1 : path, 0) == 0;
}

static void adjust(void *ctx, const char *path, const char *host, struct tree_node *n)
{
	const struct plan *plan = &((struct isokit_build *)ctx)->plan;
	const struct isokit_build_options *o = &plan->options;

	if (host)
		shape_adjust(plan, host, n);

	for (size_t i = 0; i < o->n_rules; i++) {
		const struct isokit_build_rule *r = &o->rules[i];
		uint32_t mode = n->mode & 07777;

		if (!rule_matches(r, path, n))
			continue;
		if (r->set_uid)
			n->uid = r->uid;
		if (r->set_gid)
			n->gid = r->gid;
		if ((n->mode & S_IFMT) == S_IFLNK && !r->with_links)
			continue; /* a link's mode means nothing */
		if (tree_is_dir(n) || (mode & 0111))
			mode = (mode & ~r->mode_clear) | r->mode_set | r->mode_exec;
		else
			mode = (mode & ~r->mode_clear) | r->mode_set;
		n->mode = (n->mode & S_IFMT) | (mode & 07777);
	}
}

/* Folders and files that no source brought have owners and modes like others. */
static int adjust_generated(void *ctx, struct tree_node *n)
{
	struct text path = { 0 };

	if (n->flags & TREE_GENERATED) {
		bool failed;

		tree_node_path(n, &path);
		failed = path.failed;
		if (!failed)
			adjust(ctx, text_string(&path), NULL, n);
		text_free(&path);
		if (failed)
			return 1;
	}
	return 0;
}

static int scan_progress(void *ctx)
{
	struct isokit_build *b = ctx;
	struct isokit_build_progress now = { .phase = "scan" };

	b->scanned += 256;
	now.done = b->scanned;
	return b->plan.options.progress(b->plan.options.progress_ctx, &now);
}

static void scan_note(void *ctx, const char *path, const char *text)
{
	plan_note(&((struct isokit_build *)ctx)->plan, ISOKIT_BUILD_WARNING, path, "%s", text);
}

struct tree_scan_options build_scan_options(struct isokit_build *build)
{
	const struct isokit_build_options *o = &build->plan.options;

	return (struct tree_scan_options){
		.excludes = o->excludes,
		.n_excludes = o->n_excludes,
		.adjust = o->n_rules || shape_wants_host(&build->plan) ? adjust : NULL,
		.adjust_ctx = build,
		.output_name = build->output_name,
		.leave_out_output = o->leave_out_output,
		.output_dir_dev = build->output_dev,
		.output_dir_ino = build->output_ino,
		.manifest_name = build->manifest_name,
		.manifest_dir_dev = build->manifest_dev,
		.manifest_dir_ino = build->manifest_ino,
		.cancelled = o->progress ? scan_progress : NULL,
		.cancelled_ctx = build,
		.host_excludes = o->host_excludes,
		.n_host_excludes = o->n_host_excludes,
		.follow_links = o->follow_links,
		.keep_source_links = o->keep_source_links,
		.note = scan_note,
		.note_ctx = build,
		.xattrs = o->xattrs,
		.acls = o->acls,
	};
}

static enum isokit_status check_open(const struct isokit_build *build, const char *source,
				     struct isokit_error *err)
{
	if (build->planned)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, source,
				   "cannot be added: the plan is made already");
	return ISOKIT_OK;
}

enum isokit_status isokit_build_add(struct isokit_build *build, const char *dest,
				    const char *source, struct isokit_error *err)
{
	struct tree_scan_options scan = build_scan_options(build);
	enum isokit_status st = check_open(build, source, err);

	dest = dest ? dest : "/";
	if (st == ISOKIT_OK)
		st = tree_add_host(build->plan.tree, dest, source, &scan, err);
	if (st == ISOKIT_OK && build->plan.options.implied_as_host)
		implied_describe(build->plan.tree, dest, source);
	return st;
}

/* On the file system of the image contents can be shared with it. */
const char *build_scratch_folder(const struct isokit_build *build)
{
	const char *given = build->plan.options.scratch_folder;

	return given ? given : build->output_folder ? build->output_folder : SINK_SPOOL_FOLDER;
}

enum isokit_status isokit_build_add_archive(struct isokit_build *build, const char *dest,
					    const char *path, struct isokit_error *err)
{
	struct tree_scan_options scan = build_scan_options(build);
	enum isokit_status st = check_open(build, path, err);

	return st ? st : inputs_add_archive(&build->plan, dest, path, build_scratch_folder(build), &scan,
					    err);
}

enum isokit_status isokit_build_add_stream(struct isokit_build *build, const char *dest, int fd,
					   const char *name, struct isokit_error *err)
{
	struct tree_scan_options scan = build_scan_options(build);
	enum isokit_status st = check_open(build, name, err);

	return st ? st : inputs_add_stream(&build->plan, dest, fd, name, build_scratch_folder(build),
					   &scan, err);
}

enum isokit_status isokit_build_add_manifest(struct isokit_build *build, const char *dest,
					     const char *path, struct isokit_error *err)
{
	struct tree_scan_options scan = build_scan_options(build);
	enum isokit_status st = check_open(build, path, err);

	return st ? st : inputs_add_manifest(&build->plan, dest, path, &scan, err);
}

enum isokit_status isokit_build_add_image(struct isokit_build *build, const char *path,
					  struct isokit_error *err)
{
	struct tree_scan_options scan = build_scan_options(build);

	if (build->planned)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, path,
				   "cannot be added: the plan is made already");
	return base_add(&build->plan, path, &scan, err);
}

const struct isokit_facts *isokit_build_get_base(const struct isokit_build *build)
{
	return build->plan.base ? build->plan.base->facts : NULL;
}

enum isokit_status isokit_build_remove(struct isokit_build *build, const char *path,
				       struct isokit_error *err)
{
	if (build->planned)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, path,
				   "cannot be removed: the plan is made already");
	if (!tree_remove(build->plan.tree, path))
		return isokit_fail(err, ISOKIT_E_NOT_FOUND, ISOKIT_NO_OFFSET, path,
				   "is not in the tree");
	return ISOKIT_OK;
}

/* ---- plan ------------------------------------------------------------------------ */

enum isokit_status build_lay_out(struct isokit_build *b, struct isokit_error *err)
{
	enum isokit_status st;

	if (b->layout)
		return ISOKIT_OK;
	st = layout_new(&b->plan, &b->layout, err);
	if (st == ISOKIT_OK)
		b->image_bytes = layout_image_bytes(b->layout) - layout_origin(b->layout);
	return st;
}

static enum isokit_status describe(struct isokit_build *b, struct isokit_error *err)
{
	const struct plan *p = &b->plan;
	const struct plan_boot *boot = &p->boot;
	bool appended;
	const struct tree_node *efi = plan_boot_efi(boot, &appended);

	for (size_t i = 0; i < boot->n_entries; i++) {
		const struct plan_boot_entry *e = &boot->entries[i];
		struct text path = { 0 };
		const char *kept = NULL;

		if (e->node) {
			tree_node_path(e->node, &path);
			kept = arena_strndup(&b->plan.arena, text_string(&path), path.n);
			text_free(&path);
			if (!kept)
				return isokit_fail_nomem(err, "plan", 0);
		}
		b->entries[i] = (struct isokit_build_boot_entry){
			.platform = e->platform,
			.emulation = e->emulation,
			.path = kept,
			.loader = e->loader,
			.bytes = plan_entry_content(boot, e)->size,
			.load_sectors = e->load_sectors,
			.boot_info_table = e->boot_info_table,
			.grub2_boot_info = e->grub2_boot_info,
		};
	}
	b->info = (struct isokit_build_plan){
		.files = p->tree->n_files,
		.directories = p->tree->n_dirs,
		.symlinks = p->tree->n_symlinks,
		.specials = p->tree->n_specials,
		.payload_bytes = p->tree->payload_bytes,
		.image_bytes = b->image_bytes,
		.epoch = p->epoch,
		.volume_id = p->options.volume_id,
		.boot_entries = b->entries,
		.n_boot_entries = boot->n_entries,
		.mbr = boot->mbr == PLAN_MBR_NONE ? NULL : boot->mbr_name ? boot->mbr_name : "",
		.efi_partition = !efi ? NULL : appended ? "appended" : "file",
		.efi_bytes = efi ? efi->size : 0,
		.gpt = plan_boot_has_gpt(boot),
		.apm = plan_boot_has_apm(boot),
		.dedup_files = p->dedup_files,
		.dedup_bytes = p->dedup_bytes,
		.zisofs_files = p->zisofs_files,
		.zisofs_bytes = p->zisofs_bytes,
		.zisofs_stored_bytes = p->zisofs_stored_bytes,
	};
	return ISOKIT_OK;
}

enum isokit_status isokit_build_plan(struct isokit_build *build, struct isokit_error *err)
{
	enum isokit_status st;

	if (build->planned)
		return ISOKIT_OK;
	build->plan.options.scratch_folder = build_scratch_folder(build);
	st = plan_complete(&build->plan, err);
	if (st == ISOKIT_OK && build->plan.options.n_rules &&
	    tree_walk(build->plan.tree->root, adjust_generated, build) != 0)
		st = isokit_fail_nomem(err, "plan", 0);
	if (st == ISOKIT_OK)
		st = shape_apply(&build->plan, err);
	if (st == ISOKIT_OK)
		st = udf_plan(&build->plan, err);
	if (st == ISOKIT_OK)
		st = build_lay_out(build, err);
	if (st == ISOKIT_OK)
		st = describe(build, err);
	if (st)
		return st;
	build->planned = true;
	return ISOKIT_OK;
}

const struct isokit_build_plan *isokit_build_get_plan(const struct isokit_build *build)
{
	return &build->info;
}

const struct isokit_build_note *isokit_build_get_notes(struct isokit_build *build, size_t *ret_n,
						       uint64_t *ret_lost)
{
	const struct plan *p = &build->plan;

	*ret_n = 0;
	if (ret_lost)
		*ret_lost = p->notes_lost;
	if (!ARRAY_RESERVE(build->notes, build->capacity_notes, p->n_notes)) {
		if (ret_lost)
			*ret_lost += p->n_notes;
		return NULL;
	}
	for (size_t i = 0; i < p->n_notes; i++)
		build->notes[i] = (struct isokit_build_note){ .kind = p->notes[i].kind,
							      .path = p->notes[i].path,
							      .text = p->notes[i].text };
	*ret_n = p->n_notes;
	return build->notes;
}

/* ---- afterwards ----------------------------------------------------------------- */

enum isokit_status isokit_build_walk_files(const struct isokit_build *build,
					   isokit_build_file_fn fn, void *ctx,
					   struct isokit_error *err)
{
	return files_walk(&build->files, &build->plan, fn, ctx, err);
}

const struct isokit_build_result *isokit_build_get_result(const struct isokit_build *build)
{
	return build->done ? &build->result : NULL;
}
