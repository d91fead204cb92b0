/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The image: skeleton, contents, sums, and the look at it when it is finished. */
#include "author/build_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "author/base.h"
#include "author/fill.h"
#include "author/inputs.h"
#include "author/integrity.h"
#include "author/session.h"
#include "author/skeleton.h"
#include "author/udf.h"
#include "base/fail.h"

struct author_progress build_progress(const struct isokit_build *b, const char *phase,
					  uint64_t total)
{
	return (struct author_progress){ .tell = b->plan.options.progress,
					 .ctx = b->plan.options.progress_ctx,
					 .phase = phase,
					 .total = total };
}

enum isokit_status build_check_not_cancelled(const struct isokit_build *b, const char *phase,
					      struct isokit_error *err)
{
	struct author_progress p = build_progress(b, phase, b->image_bytes);

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

/* A damaged image to start from, with --force, has what it had. */
static bool base_had(const struct plan *plan, enum isokit_finding_code code)
{
	const struct isokit_facts *base = plan->base ? plan->base->facts : NULL;

	for (size_t i = 0; base && i < base->n_findings; i++)
		if (base->findings[i].code == code)
			return true;
	return false;
}

/* What stood on the medium before a session is as it was, also its partition tables, though
 * there is more now that they could be about. */
static bool is_of_medium(const struct plan *plan, const struct isokit_finding *f)
{
	const char *name = isokit_finding_code_name(f->code);

	return plan->options.session_block &&
	       (f->offset < session_origin(plan) || base_had(plan, f->code) ||
		f->code == ISOKIT_F_IMAGE_TRUNCATED ||
		strncmp(name, "gpt-", 4) == 0 || strncmp(name, "mbr-", 4) == 0 ||
		strncmp(name, "apm-", 4) == 0);
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

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		if (codes[i] == code && plan->options.layout)
			return true;
		if (codes[i] == code && base_had(plan, code))
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
static enum isokit_status judge(struct isokit_build *b, const struct sink *to,
				struct isokit_error *err)
{
	const char *name = sink_name(to);
	const struct isokit_facts *facts;
	enum isokit_status st;

	b->image_fd = fcntl(sink_fd(to), F_DUPFD_CLOEXEC, 3);
	if (b->image_fd < 0)
		return isokit_fail_errno(err, errno, name, "cannot be read back");
	st = session_read_back(&b->plan, b->image_fd, name, &b->image_src, err);
	if (st == ISOKIT_OK)
		st = session_open_image(&b->plan, b->image_src, &b->image, err);
	if (st)
		return st;
	facts = isokit_image_facts(b->image);
	for (size_t i = 0; i < facts->n_findings; i++) {
		const struct isokit_finding *f = &facts->findings[i];

		if (is_of_medium(&b->plan, f))
			continue;
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
	struct author_progress write = build_progress(b, "write", b->plan.tree->payload_bytes);
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
	struct author_progress hash = build_progress(b, "hash", b->image_bytes);
	struct isokit_source *src = NULL;
	struct isokit_image *img = NULL;
	enum isokit_status st;

	if (!wants_files(b))
		return ISOKIT_OK;
	st = session_read_back(&b->plan, sink_fd(to), sink_name(to), &src, err);
	if (st == ISOKIT_OK)
		st = session_open_image(&b->plan, src, &img, err);
	if (st == ISOKIT_OK)
		st = files_keep(&b->files, b->layout, isokit_image_facts(img), err);
	isokit_image_free(img);
	isokit_source_close(src);
	if (st || only_boot || !integrity_wanted(&b->plan.options))
		return st;
	return integrity_finish(&b->plan, b->layout, to, &b->files, &hash, &b->result, err);
}

/* Skeleton, payload, check: everything but the name. */
enum isokit_status build_produce(struct isokit_build *b, struct sink *to, bool only_boot,
				  struct isokit_error *err)
{
	struct author_progress layout = build_progress(b, "layout", b->image_bytes);
	struct copy_stats stats = { 0 };
	enum isokit_status st;

	sink_set_origin(to, layout_origin(b->layout));
	st = skeleton_head(b->layout, to, &layout, err);
	if (st == ISOKIT_OK && ftruncate(sink_fd(to), (off_t)b->image_bytes) != 0)
		st = sink_fail_write(to, errno, err);
	if (st == ISOKIT_OK)
		st = skeleton_locate(b->layout, &b->plan, to, err);
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
		st = build_check_not_cancelled(b, "check", err);
	if (st == ISOKIT_OK)
		st = judge(b, to, err);
	if (st)
		return st;
	b->result.bytes = b->image_bytes;
	b->result.cloned_bytes = stats.cloned_bytes;
	b->result.copied_bytes = stats.copied_bytes;
	return build_check_not_cancelled(b, "check", err);
}

enum isokit_status build_prepare(struct isokit_build *b, struct isokit_error *err)
{
	enum isokit_status st = isokit_build_plan(b, err);

	if (st)
		return st;
	build_forget_result(b);
	b->result = (struct isokit_build_result){ 0 };
	return build_lay_out(b, err);
}

enum isokit_status isokit_build_rehearse(struct isokit_build *build, struct isokit_error *err)
{
	struct sink *to = NULL;
	enum isokit_status st = build_prepare(build, err);

	if (st == ISOKIT_OK)
		st = sink_create_scratch("image", &to, err);
	if (st == ISOKIT_OK)
		st = build_produce(build, to, true, err);
	sink_abort(to);
	build_forget_layout(build);
	build->done = st == ISOKIT_OK;
	return st;
}
