/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The public interface: sources → plan → skeleton → filled → checked → named. */
#include <isokit/author.h>

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "author/implied.h"
#include "author/inputs.h"
#include "author/integrity.h"
#include "author/files.h"
#include "author/jigdo.h"
#include "author/base.h"
#include "author/layout.h"
#include "author/options.h"
#include "author/plan.h"
#include "author/shape.h"
#include "author/skeleton.h"
#include "author/udf.h"
#include "base/array.h"
#include "base/checked.h"
#include "base/fail.h"

enum { HOLES_FROM_BYTES = 64 * 1024 };

struct isokit_build {
	struct plan plan;
	bool planned;
	struct layout *layout; /* of the plan, until it is written */
	uint64_t image_bytes;

	char *output_name;     /* last component of the file to be written, or NULL */
	char *output_folder;   /* the rest of it; NULL: not known */
	dev_t output_dev;
	ino_t output_ino;
	char *manifest_name;   /* of options.manifest, likewise */
	dev_t manifest_dev;
	ino_t manifest_ino;
	uint64_t scanned;      /* names found, for progress */

	struct sink_names named; /* for isokit_build_abandon() */
	struct files files;    /* where contents came to lie, when somebody asks */

	struct isokit_build_plan info;
	struct isokit_build_boot_entry entries[PLAN_MAX_BOOT_ENTRIES];
	struct isokit_build_note *notes; /* view of plan.notes */
	size_t capacity_notes;

	int image_fd;          /* of the finished image, or -1 */
	struct isokit_source *image_src;
	struct isokit_image *image;
	struct isokit_boot_verdict verdict;
	struct isokit_build_result result;
	bool done;
};

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

static void forget_result(struct isokit_build *b)
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

static void forget_layout(struct isokit_build *b)
{
	layout_free(b->layout);
	b->layout = NULL;
}

void isokit_build_free(struct isokit_build *build)
{
	if (!build)
		return;
	forget_layout(build);
	forget_result(build);
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

static struct tree_scan_options scan_options(struct isokit_build *build)
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
	struct tree_scan_options scan = scan_options(build);
	enum isokit_status st = check_open(build, source, err);

	dest = dest ? dest : "/";
	if (st == ISOKIT_OK)
		st = tree_add_host(build->plan.tree, dest, source, &scan, err);
	if (st == ISOKIT_OK && build->plan.options.implied_as_host)
		implied_describe(build->plan.tree, dest, source);
	return st;
}

/* On the file system of the image contents can be shared with it. */
static const char *scratch_folder(const struct isokit_build *build)
{
	const char *given = build->plan.options.scratch_folder;

	return given ? given : build->output_folder ? build->output_folder : "/var/tmp";
}

enum isokit_status isokit_build_add_archive(struct isokit_build *build, const char *dest,
					    const char *path, struct isokit_error *err)
{
	struct tree_scan_options scan = scan_options(build);
	enum isokit_status st = check_open(build, path, err);

	return st ? st : inputs_add_archive(&build->plan, dest, path, scratch_folder(build), &scan,
					    err);
}

enum isokit_status isokit_build_add_stream(struct isokit_build *build, const char *dest, int fd,
					   const char *name, struct isokit_error *err)
{
	struct tree_scan_options scan = scan_options(build);
	enum isokit_status st = check_open(build, name, err);

	return st ? st : inputs_add_stream(&build->plan, dest, fd, name, scratch_folder(build),
					   &scan, err);
}

enum isokit_status isokit_build_add_manifest(struct isokit_build *build, const char *dest,
					     const char *path, struct isokit_error *err)
{
	struct tree_scan_options scan = scan_options(build);
	enum isokit_status st = check_open(build, path, err);

	return st ? st : inputs_add_manifest(&build->plan, dest, path, &scan, err);
}

enum isokit_status isokit_build_add_image(struct isokit_build *build, const char *path,
					  struct isokit_error *err)
{
	struct tree_scan_options scan = scan_options(build);

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

static enum isokit_status lay_out(struct isokit_build *b, struct isokit_error *err)
{
	enum isokit_status st;

	if (b->layout)
		return ISOKIT_OK;
	st = layout_new(&b->plan, &b->layout, err);
	if (st == ISOKIT_OK)
		b->image_bytes = layout_image_bytes(b->layout);
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
	build->plan.options.scratch_folder = scratch_folder(build);
	st = plan_complete(&build->plan, err);
	if (st == ISOKIT_OK && build->plan.options.n_rules &&
	    tree_walk(build->plan.tree->root, adjust_generated, build) != 0)
		st = isokit_fail_nomem(err, "plan", 0);
	if (st == ISOKIT_OK)
		st = shape_apply(&build->plan, err);
	if (st == ISOKIT_OK)
		st = udf_plan(&build->plan, err);
	if (st == ISOKIT_OK)
		st = lay_out(build, err);
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

/* ---- write ------------------------------------------------------------------------- */

static struct author_progress progress_of(const struct isokit_build *b, const char *phase,
					  uint64_t total)
{
	return (struct author_progress){ .tell = b->plan.options.progress,
					 .ctx = b->plan.options.progress_ctx,
					 .phase = phase,
					 .total = total };
}

static enum isokit_status check_not_cancelled(const struct isokit_build *b, const char *phase,
					      struct isokit_error *err)
{
	struct author_progress p = progress_of(b, phase, b->image_bytes);

	if (author_tell(&p, 0))
		return isokit_fail(err, ISOKIT_E_CANCELLED, ISOKIT_NO_OFFSET, NULL, "cancelled");
	return ISOKIT_OK;
}

static unsigned thread_count(const struct isokit_build *b)
{
	long n = b->plan.options.threads;

	if (n == 0)
		n = sysconf(_SC_NPROCESSORS_ONLN);
	return n < 2 ? 2 : n > 8 ? 8 : (unsigned)n;
}

/* Errors of files that the caller gave: no fault of the image around them. */
static const char *fault_of_content(enum isokit_finding_code code)
{
	if (code == ISOKIT_F_FAT_BROKEN || code == ISOKIT_F_FAT_OUTSIDE)
		return "holds a broken FAT file system: no firmware will boot from it";
	if (code == ISOKIT_F_EFI_LOADER_INCOMPLETE)
		return "is no whole EFI program: no firmware will start it";
	return NULL;
}

/* What a boot set-up in full can ask for, though it makes no sense: code for the MBR
 * without the table that it starts by, the tables of another image in front. */
static bool is_as_said(const struct plan *plan, enum isokit_finding_code code)
{
	static const enum isokit_finding_code codes[] = {
		ISOKIT_F_MBR_SIGNATURE, ISOKIT_F_MBR_EBR_LOOP, ISOKIT_F_MBR_EBR_MISSING,
		ISOKIT_F_MBR_PARTITION_OUTSIDE, ISOKIT_F_MBR_POINTER,
		ISOKIT_F_GPT_HEADER_SIZE, ISOKIT_F_GPT_ENTRY_SIZE, ISOKIT_F_GPT_ARRAY_PLACE,
		ISOKIT_F_GPT_PRIMARY_MISSING, ISOKIT_F_GPT_HEADER_CRC, ISOKIT_F_GPT_ENTRIES_CRC,
		ISOKIT_F_GPT_ARRAY_ABSURD, ISOKIT_F_GPT_ARRAY_OUTSIDE,
		ISOKIT_F_GPT_PARTITION_OUTSIDE, ISOKIT_F_GPT_PARTITION_BACKWARDS,
		ISOKIT_F_GPT_OVERLAP, ISOKIT_F_BOOT_INFO_PVD, ISOKIT_F_BOOT_INFO_LBA,
		ISOKIT_F_BOOT_INFO_LENGTH, ISOKIT_F_BOOT_INFO_CHECKSUM, ISOKIT_F_GRUB2_INFO,
	};

	for (size_t i = 0; plan->options.layout && i < sizeof(codes) / sizeof(codes[0]); i++) {
		if (codes[i] == code)
			return true;
	}
	return false;
}

/* What looks like a table of ours in a boot image, but came with it: nobody asked for
 * one, so its bytes are as they were given. */
static bool is_foreign_table(const struct isokit_build *b, const struct isokit_finding *f)
{
	bool grub2 = f->code == ISOKIT_F_GRUB2_INFO;

	if (!grub2 && f->code != ISOKIT_F_BOOT_INFO_PVD && f->code != ISOKIT_F_BOOT_INFO_LBA &&
	    f->code != ISOKIT_F_BOOT_INFO_LENGTH && f->code != ISOKIT_F_BOOT_INFO_CHECKSUM)
		return false;
	for (size_t i = 0; i < b->info.n_boot_entries; i++) {
		const struct isokit_build_boot_entry *e = &b->entries[i];

		if (grub2 ? !e->grub2_boot_info : !e->boot_info_table)
			continue;
		/* In no folder it is known by its number, "boot image 1". */
		if (!f->what || f->what[0] != '/' || !e->path || strcmp(f->what, e->path) == 0)
			return false;
	}
	return true;
}

/* The finished image as our own model sees it. */
static enum isokit_status judge(struct isokit_build *b, int fd, const char *name,
				struct isokit_error *err)
{
	const struct isokit_facts *facts;
	enum isokit_status st;

	b->image_fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (b->image_fd < 0)
		return isokit_fail_errno(err, errno, name, "cannot be read back");
	st = isokit_source_from_fd(b->image_fd, name, &b->image_src, err);
	if (st == ISOKIT_OK)
		st = isokit_image_open(b->image_src, 0, &b->image, err);
	if (st)
		return st;
	facts = isokit_image_facts(b->image);
	for (size_t i = 0; i < facts->n_findings; i++) {
		const struct isokit_finding *f = &facts->findings[i];

		if (f->severity == ISOKIT_ERROR && fault_of_content(f->code))
			plan_note(&b->plan, ISOKIT_BUILD_WARNING, f->what, "%s",
				  fault_of_content(f->code));
		else if (f->severity == ISOKIT_ERROR && is_foreign_table(b, f))
			plan_note(&b->plan, ISOKIT_BUILD_WARNING, f->what,
				  "holds addresses of another image, and is stored as it is (%s): it may not boot",
				  isokit_finding_code_name(f->code));
		else if (f->code == ISOKIT_F_READ_FAILED)
			return isokit_fail(err, ISOKIT_E_IO, f->offset, name,
					   "cannot be read back (%s)", f->what ? f->what : "");
		else if (f->severity == ISOKIT_ERROR && is_as_said(&b->plan, f->code))
			plan_note(&b->plan, ISOKIT_BUILD_WARNING, NULL,
				  "the boot set-up is as it was said, but will not work (%s%s%s)",
				  isokit_finding_code_name(f->code), f->what ? ": " : "",
				  f->what ? f->what : "");
		else if (f->severity == ISOKIT_ERROR)
			return isokit_fail(err, ISOKIT_E_MISMATCH, f->offset, name,
					   "the finished image fails its own check (%s%s%s)",
					   isokit_finding_code_name(f->code), f->what ? ": " : "",
					   f->what ? f->what : "");
	}
	isokit_judge_boot(facts, &b->verdict);
	b->result.facts = facts;
	b->result.verdict = &b->verdict;
	return ISOKIT_OK;
}

/* Payload into its places while the rest of the skeleton comes in; then what got
 * its place only there. */
static enum isokit_status fill(struct isokit_build *b, struct sink *to, bool only_boot,
			       struct copy_stats *stats, struct isokit_error *err)
{
	struct author_progress write = progress_of(b, "write", b->plan.tree->payload_bytes);
	struct tail *tail = NULL;
	enum isokit_status st, tail_st;

	st = skeleton_tail_start(b->layout, to, &tail, err);
	if (st == ISOKIT_OK)
		st = fill_payload(b->layout, &b->plan, to, only_boot, true, thread_count(b),
				  &write, stats, err);
	tail_st = skeleton_tail_end(tail, st != ISOKIT_OK, st ? NULL : err);
	if (st || tail_st)
		return st ? st : tail_st;
	return fill_payload(b->layout, &b->plan, to, only_boot, false, thread_count(b), &write,
			    stats, err);
}

static bool wants_files(const struct isokit_build *b)
{
	const struct isokit_build_options *o = &b->plan.options;

	return o->list_files || o->jigdo || integrity_wanted(o);
}

/* What is of the contents: where they lie, and their sums in the image. A rehearsal
 * has no contents. */
static enum isokit_status finish_contents(struct isokit_build *b, struct sink *to, bool only_boot,
					  struct isokit_error *err)
{
	struct author_progress hash = progress_of(b, "hash", b->image_bytes);
	struct isokit_source *src = NULL;
	struct isokit_image *img = NULL;
	enum isokit_status st;

	if (!wants_files(b))
		return ISOKIT_OK;
	st = isokit_source_from_fd(sink_fd(to), sink_name(to), &src, err);
	if (st == ISOKIT_OK)
		st = isokit_image_open(src, 0, &img, err);
	if (st == ISOKIT_OK)
		st = files_keep(&b->files, b->layout, isokit_image_facts(img), err);
	isokit_image_free(img);
	isokit_source_close(src);
	if (st || only_boot || !integrity_wanted(&b->plan.options))
		return st;
	return integrity_finish(&b->plan, b->layout, to, &b->files, &hash, &b->result, err);
}

/* Skeleton, payload, check: everything but the name. */
static enum isokit_status produce(struct isokit_build *b, struct sink *to, bool only_boot,
				  struct isokit_error *err)
{
	struct author_progress layout = progress_of(b, "layout", b->image_bytes);
	struct copy_stats stats = { 0 };
	enum isokit_status st;

	st = skeleton_head(b->layout, to, &layout, err);
	if (st == ISOKIT_OK && ftruncate(sink_fd(to), (off_t)b->image_bytes) != 0)
		st = sink_fail_write(to, errno, err);
	if (st == ISOKIT_OK)
		st = skeleton_locate(b->layout, &b->plan, sink_fd(to), sink_name(to), err);
	if (st == ISOKIT_OK)
		st = fill(b, to, only_boot, &stats, err);
	if (st == ISOKIT_OK)
		st = udf_write(b->layout, &b->plan, to, err);
	if (st == ISOKIT_OK)
		st = base_check_unchanged(&b->plan, err);
	if (st == ISOKIT_OK)
		st = inputs_check_unchanged(&b->plan, err);
	if (st == ISOKIT_OK)
		st = finish_contents(b, to, only_boot, err);
	if (st == ISOKIT_OK)
		st = check_not_cancelled(b, "check", err);
	if (st == ISOKIT_OK)
		st = judge(b, sink_fd(to), sink_name(to), err);
	if (st)
		return st;
	b->result.bytes = b->image_bytes;
	b->result.cloned_bytes = stats.cloned_bytes;
	b->result.copied_bytes = stats.copied_bytes;
	return check_not_cancelled(b, "check", err);
}

static enum isokit_status prepare(struct isokit_build *b, struct isokit_error *err)
{
	enum isokit_status st = isokit_build_plan(b, err);

	if (st)
		return st;
	forget_result(b);
	b->result = (struct isokit_build_result){ 0 };
	return lay_out(b, err);
}

enum isokit_status isokit_build_rehearse(struct isokit_build *build, struct isokit_error *err)
{
	struct sink *to = NULL;
	enum isokit_status st = prepare(build, err);

	if (st == ISOKIT_OK)
		st = sink_create_scratch("image", &to, err);
	if (st == ISOKIT_OK)
		st = produce(build, to, true, err);
	sink_abort(to);
	forget_layout(build);
	build->done = st == ISOKIT_OK;
	return st;
}

/* May the file at this path be replaced? */
static enum isokit_status check_old(const struct isokit_build *b, const char *path,
				    struct isokit_error *err)
{
	uint8_t mark[6] = { 0 };
	enum isokit_status st = ISOKIT_OK;
	struct stat info;
	int fd;

	if (b->plan.options.force || stat(path, &info) != 0 || info.st_size == 0)
		return ISOKIT_OK;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	/* ECMA-119 8.1: the first descriptor is at sector 16. */
	if (fd < 0 || pread(fd, mark, sizeof(mark), 16 * 2048) != (ssize_t)sizeof(mark) ||
	    memcmp(mark + 1, "CD001", 5) != 0)
		st = isokit_fail(err, ISOKIT_E_EXISTS, ISOKIT_NO_OFFSET, path,
				 "exists and is no ISO 9660 image; use --force to replace it");
	if (fd >= 0)
		(void)close(fd);
	return st;
}

/* What is before the contents tells where they lie, so all of it must be known before a
 * stream begins: from an image without contents. `ret_scratch` is to be kept. */
static enum isokit_status foresee(struct isokit_build *b, struct sink **ret_scratch,
				  struct isokit_error *err)
{
	enum isokit_status st;

	if (!b->plan.udf.wanted)
		return ISOKIT_OK;
	st = sink_create_scratch("image", ret_scratch, err);
	if (st == ISOKIT_OK)
		st = produce(b, *ret_scratch, true, err);
	forget_result(b);
	forget_layout(b);
	if (st == ISOKIT_OK)
		st = lay_out(b, err);
	if (st == ISOKIT_OK)
		layout_set_overlay(b->layout, sink_fd(*ret_scratch));
	return st;
}

static enum isokit_status check_space(struct isokit_build *b, struct sink *to,
				      struct isokit_error *err);

/* The list of sums, a file beside the image. Made first, so that nothing is built for
 * a list that cannot be written. */
static enum isokit_status start_manifest(struct isokit_build *b, struct sink **ret_sink,
					 struct isokit_error *err)
{
	const struct isokit_build_options *o = &b->plan.options;
	enum isokit_status st;

	if (!o->manifest)
		return ISOKIT_OK;
	st = manifest_check(o->manifest, o->force, err);
	if (st == ISOKIT_OK)
		st = sink_create_file(o->manifest, ret_sink, err);
	sink_names_add(&b->named, *ret_sink);
	return st;
}

static enum isokit_status start_jigdo(struct isokit_build *b, const char *image, struct jigdo *j,
				      struct isokit_error *err)
{
	enum isokit_status st = jigdo_start(j, &b->plan, image, err);

	sink_names_add(&b->named, j->jigdo);
	sink_names_add(&b->named, j->template);
	return st;
}

static enum isokit_status fill_manifest(const struct isokit_build *b, const char *image,
					struct sink *to, uint64_t *ret_bytes,
					struct isokit_error *err)
{
	const char *slash = strrchr(image, '/');

	return to ? manifest_write(&b->files, &b->plan, slash ? slash + 1 : image,
				   b->result.sha256, to, ret_bytes, err) :
		    ISOKIT_OK;
}

/* With its name when the image has one. */
static enum isokit_status end_manifest(const struct isokit_build *b, enum isokit_status st,
				       struct sink *manifest, uint64_t bytes,
				       struct isokit_error *err)
{
	if (!manifest)
		return st;
	if (st) {
		sink_abort(manifest);
		return st;
	}
	return sink_commit(manifest, bytes, b->plan.options.durable, err);
}

static enum isokit_status fill_jigdo(struct isokit_build *b, struct jigdo *j, struct sink *image,
				     struct isokit_error *err)
{
	struct author_progress progress = progress_of(b, "template", b->image_bytes);

	return jigdo_fill(j, &b->plan, b->layout, &b->files, image, &progress, err);
}

static enum isokit_status send(struct isokit_build *b, int from, struct sink *to,
			       struct isokit_error *err)
{
	struct author_progress write = progress_of(b, "send", b->image_bytes);
	size_t chunk = 512 * 1024;
	uint8_t *buffer = malloc(chunk);
	enum isokit_status st = ISOKIT_OK;
	uint64_t at = 0;

	if (!buffer)
		return isokit_fail_nomem(err, sink_name(to), chunk);
	while (st == ISOKIT_OK && at < b->image_bytes) {
		ssize_t got = pread(from, buffer, (size_t)min_u64(chunk, b->image_bytes - at),
				    (off_t)at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			st = isokit_fail_errno(err, got < 0 ? errno : EIO, sink_name(to),
					       "the finished image cannot be read back");
		else
			st = sink_write_at(to, at, buffer, (size_t)got, err);
		at += got > 0 ? (uint64_t)got : 0;
		if (st == ISOKIT_OK && author_tell(&write, at))
			st = isokit_fail(err, ISOKIT_E_CANCELLED, ISOKIT_NO_OFFSET, NULL,
					 "cancelled");
	}
	free(buffer);
	return st;
}

/* Sums of the whole stand at its beginning, or come from more than one look at it: the
 * image is completed in a nameless file, and then sent. */
static enum isokit_status write_stream_later(struct isokit_build *b, int fd, const char *name,
					     struct isokit_error *err)
{
	struct sink *to = NULL, *whole = NULL, *manifest = NULL;
	struct jigdo jigdo = { 0 };
	uint64_t list_bytes = 0;
	enum isokit_status st = start_manifest(b, &manifest, err);

	if (st == ISOKIT_OK)
		st = start_jigdo(b, name, &jigdo, err);
	if (st == ISOKIT_OK)
		st = sink_create_spool(scratch_folder(b), &whole, err);
	if (st == ISOKIT_OK)
		st = check_space(b, whole, err);
	if (st == ISOKIT_OK)
		st = produce(b, whole, false, err);
	if (st == ISOKIT_OK)
		st = fill_manifest(b, fd == STDOUT_FILENO ? "-" : name, manifest, &list_bytes, err);
	if (st == ISOKIT_OK)
		st = fill_jigdo(b, &jigdo, whole, err);
	if (st == ISOKIT_OK)
		st = sink_open_stream(fd, name, &to, err);
	if (st == ISOKIT_OK) {
		st = send(b, sink_fd(whole), to, err);
		if (st)
			sink_abort(to);
		else
			st = sink_commit(to, b->image_bytes, false, err);
	}
	sink_abort(whole);
	st = jigdo_end(&jigdo, st, b->plan.options.durable, err);
	return end_manifest(b, st, manifest, list_bytes, err);
}

static enum isokit_status write_stream(struct isokit_build *b, int fd, const char *name,
				       struct isokit_error *err)
{
	struct author_progress write = progress_of(b, "write", b->image_bytes);
	struct sink *to = NULL, *scratch = NULL;
	enum isokit_status st;

	if (integrity_wanted(&b->plan.options) || b->plan.options.jigdo || b->plan.dedup_files)
		return write_stream_later(b, fd, name, err);
	st = foresee(b, &scratch, err);
	if (st == ISOKIT_OK)
		st = sink_open_stream(fd, name, &to, err);
	if (st) {
		sink_abort(scratch);
		return st;
	}
	sink_expect(to, b->image_bytes);
	st = stream_write(b->layout, to, &write, err);
	if (st == ISOKIT_OK)
		st = base_check_unchanged(&b->plan, err);
	if (st == ISOKIT_OK)
		st = inputs_check_unchanged(&b->plan, err);
	if (st)
		sink_abort(to);
	else
		st = sink_commit(to, b->image_bytes, false, err);
	sink_abort(scratch);
	if (st == ISOKIT_OK)
		b->result.bytes = b->result.copied_bytes = b->image_bytes;
	return st;
}

/* Before anything on it is overwritten. */
static enum isokit_status check_drive(const struct isokit_build *b, int fd, const char *path,
				      struct isokit_error *err)
{
	off_t room = lseek(fd, 0, SEEK_END);

	if (room < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return isokit_fail_errno(err, errno, path, "cannot be measured");
	if ((uint64_t)room >= b->image_bytes)
		return ISOKIT_OK;
	return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, path,
			   "holds %llu bytes, but the image takes %llu; nothing was written",
			   (unsigned long long)room, (unsigned long long)b->image_bytes);
}

static enum isokit_status write_special(struct isokit_build *b, const char *path,
					struct isokit_error *err)
{
	int fd, flags = O_WRONLY | O_CLOEXEC | O_NOCTTY;
	bool device = false;
	enum isokit_status st;
	struct stat info;

	/* What is on a drive is lost, while a pipe takes what it is given. */
	if (stat(path, &info) == 0 && S_ISBLK(info.st_mode)) {
		if (!b->plan.options.force)
			return isokit_fail(err, ISOKIT_E_EXISTS, ISOKIT_NO_OFFSET, path,
					   "is a drive; use --force to overwrite what is on it");
		device = true;
		flags |= O_EXCL; /* fails for a drive that is mounted */
	}
	fd = open(path, flags);
	if (fd < 0)
		return isokit_fail_errno(err, errno, path, "cannot be opened for writing");
	st = device ? check_drive(b, fd, path, err) : ISOKIT_OK;
	if (st == ISOKIT_OK)
		st = write_stream(b, fd, path, err);
	if (st == ISOKIT_OK && device && fsync(fd) != 0)
		st = isokit_fail_errno(err, errno, path, "cannot be flushed");
	if (close(fd) != 0 && st == ISOKIT_OK)
		st = isokit_fail_errno(err, errno, path, "cannot be written");
	return st;
}

/* Bytes of holes in host files, which will be holes of the image as well. */
static uint64_t hole_bytes(struct layout *l)
{
	uint64_t holes = 0, used;
	struct text path = { 0 };
	struct stat info;
	size_t n;
	const struct payload *p = layout_payloads(l, &n);

	for (size_t i = 0; i < n; i++) {
		if (p[i].real || p[i].node->content != TREE_HOST ||
		    p[i].node->size < HOLES_FROM_BYTES)
			continue;
		text_clear(&path);
		tree_node_host_path(p[i].node, &path);
		if (path.failed || stat(text_string(&path), &info) != 0)
			continue;
		used = (uint64_t)info.st_blocks * 512;
		holes += used < p[i].node->size ? p[i].node->size - used : 0;
	}
	text_free(&path);
	return holes;
}

/* The holes are only counted where they decide. */
static enum isokit_status check_space(struct isokit_build *b, struct sink *to,
				      struct isokit_error *err)
{
	uint64_t holes;

	if (sink_check_space(to, b->image_bytes, NULL) == ISOKIT_OK)
		return ISOKIT_OK;
	holes = hole_bytes(b->layout);
	return sink_check_space(to, b->image_bytes - min_u64(holes, b->image_bytes), err);
}

static enum isokit_status write_file(struct isokit_build *b, const char *path,
				     struct isokit_error *err)
{
	struct sink *to = NULL, *manifest = NULL;
	struct jigdo jigdo = { 0 };
	uint64_t list_bytes = 0;
	enum isokit_status st = check_old(b, path, err);

	if (st == ISOKIT_OK)
		st = start_manifest(b, &manifest, err);
	if (st == ISOKIT_OK)
		st = start_jigdo(b, path, &jigdo, err);
	if (st == ISOKIT_OK)
		st = sink_create_file(path, &to, err);
	sink_names_add(&b->named, to);
	if (st == ISOKIT_OK)
		st = check_space(b, to, err);
	if (st == ISOKIT_OK)
		st = produce(b, to, false, err);
	if (st == ISOKIT_OK)
		st = fill_manifest(b, path, manifest, &list_bytes, err);
	if (st == ISOKIT_OK)
		st = fill_jigdo(b, &jigdo, to, err);
	if (st == ISOKIT_OK)
		st = check_not_cancelled(b, "name", err);
	if (st)
		sink_abort(to);
	else
		st = sink_commit(to, b->image_bytes, b->plan.options.durable, err);
	st = jigdo_end(&jigdo, st, b->plan.options.durable, err);
	return end_manifest(b, st, manifest, list_bytes, err);
}

enum isokit_status isokit_build_write_path(struct isokit_build *build, const char *path,
					   struct isokit_error *err)
{
	enum isokit_status st;
	struct stat info;

	if (stat(path, &info) == 0 && S_ISDIR(info.st_mode))
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, path,
				   "is a folder, not a file to write");
	st = prepare(build, err);
	if (st)
		return st;
	if (stat(path, &info) == 0 && !S_ISREG(info.st_mode))
		st = write_special(build, path, err);
	else
		st = write_file(build, path, err);
	forget_layout(build);
	build->done = st == ISOKIT_OK;
	return st;
}

enum isokit_status isokit_build_write_fd(struct isokit_build *build, int fd, const char *name,
					 struct isokit_error *err)
{
	enum isokit_status st = prepare(build, err);

	if (st == ISOKIT_OK)
		st = write_stream(build, fd, name, err);
	forget_layout(build);
	build->done = st == ISOKIT_OK;
	return st;
}

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
