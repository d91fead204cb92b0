/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading an image with every allocation, then every sector, failing in turn:
 * fault-image [--step N] FILE…
 *
 * The program is linked with --wrap, so that the allocations of our own objects
 * come here; those of the C library do not. What must hold: no crash, no leak,
 * no output parameter touched by a failure, an error record that says what
 * happened, and never a silent "all is well" after a failed read. */
#include <isokit/isokit.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hex.h"
#include "wrap.h"

/* ---- reads that fail ---------------------------------------------------------------- */

/* A bad sector: whatever touches it cannot be read, however often it is tried. */
enum { SECTOR = 2048, PAGE = 4096, CACHE_BLOCK = 16 * 1024 };

struct bytes {
	uint8_t *at;
	size_t n;
	bool *touched;         /* sectors that were read; NULL: not asked */
	size_t bad;            /* a sector; SIZE_MAX: none */
	bool failed;           /* a read failed that was no mere reading ahead */
	uint64_t last_offset;  /* of the read just before, if it failed */
	size_t last_length;
};

/* The model fetches whole pages, at most a block of them, and reads what it needs of
 * one that fails again by itself. */
static bool is_read_ahead(const struct bytes *b, uint64_t offset, size_t length)
{
	bool again = offset == b->last_offset && length == b->last_length;

	return !again && offset % PAGE == 0 && length <= CACHE_BLOCK &&
	       (length % PAGE == 0 || offset + length == b->n);
}

static enum isokit_status fault_read_at(void *self, uint64_t offset, void *buffer, size_t length,
					struct isokit_error *err)
{
	struct bytes *b = self;

	for (uint64_t s = offset / SECTOR; b->touched && s * SECTOR < offset + length; s++)
		b->touched[s] = true;
	if (b->bad >= offset / SECTOR && b->bad <= (offset + length - 1) / SECTOR) {
		if (!is_read_ahead(b, offset, length))
			b->failed = true;
		b->last_offset = offset;
		b->last_length = length;
		if (err) {
			memset(err, 0, sizeof(*err));
			err->status = ISOKIT_E_IO;
			err->offset = offset;
			snprintf(err->subject, sizeof(err->subject), "fault");
			snprintf(err->text, sizeof(err->text), "this read was made to fail");
		}
		return ISOKIT_E_IO;
	}
	b->last_length = 0;
	memcpy(buffer, b->at + offset, length);
	return ISOKIT_OK;
}

static const struct isokit_source_ops fault_ops = {
	.size = sizeof(fault_ops),
	.read_at = fault_read_at,
};

/* ---- the work ------------------------------------------------------------------------ */

/* What is done with an image once it is open; each is swept alone, so that the time
 * goes with the sum of their squares. */
enum part { PART_SUMMARY, PART_TREES, PART_CHECK, PART_LAYOUT, PART_VERIFY, PARTS };
static const char *const part_names[PARTS] = { "summary", "trees", "check", "layout", "verify" };
static enum part part;
static struct isokit_digests *digests;

static const char *file_name;

__attribute__((format(printf, 1, 2), noreturn)) static void complain(const char *format, ...)
{
	va_list ap;

	fault_disarm();
	printf("%s, %s: ", file_name, part_names[part]);
	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
	_exit(1);
}

static int discard(void *ctx, const char *bytes, size_t length)
{
	(void)bytes;
	*(size_t *)ctx += length;
	return 0;
}

static int visit(void *ctx, const struct isokit_entry *entry)
{
	static const struct isokit_report_options options = { .width = 80 };

	(void)isokit_report_entry_text(entry, &options, discard, ctx);
	(void)isokit_report_entry_json(entry, &options, discard, ctx);
	return 0;
}

/* A failed call says so in its record, and in the same way. */
static void check_error(const char *call, enum isokit_status st, const struct isokit_error *err)
{
	if (st == ISOKIT_OK)
		return;
	if (st > 0)
		complain("%s returns %d", call, (int)st);
	if (err->status != st)
		complain("%s returns %d, but its record says %d", call, (int)st,
			 (int)err->status);
	if (!err->text[0] || !memchr(err->text, 0, sizeof(err->text)))
		complain("%s fails without a text", call);
}

struct outcome {
	enum isokit_status worst; /* of all calls */
	size_t output_bytes;
	bool said;                /* some finding of an error is there */
};

static void note(struct outcome *o, enum isokit_status st)
{
	if (st)
		o->worst = st;
}

static int count_name(void *ctx, const struct isokit_region_name *name)
{
	*(size_t *)ctx += strlen(name->path);
	return 0;
}

static enum isokit_status do_layout(struct isokit_image *img, struct outcome *o,
				    struct isokit_error *err)
{
	const struct isokit_range range = { .offset = 16 * 2048, .bytes = 40 * 2048 };
	struct isokit_layout_options options = { .size = sizeof(options), .gaps = true };
	struct isokit_layout *const untouched = (struct isokit_layout *)(void *)o;
	const struct isokit_facts *facts = isokit_image_facts(img);
	struct isokit_layout *layout = untouched;
	struct isokit_boot_verdict verdict;
	const struct isokit_region *regions;
	enum isokit_status st;
	size_t n;

	isokit_judge_boot(facts, &verdict);
	/* Of everything for a map, and of a range for its owner. */
	for (int owner = 0; owner < 2; owner++) {
		options.ranges = owner ? &range : NULL;
		options.n_ranges = owner ? 1 : 0;
		layout = untouched;
		st = isokit_image_layout(img, &options, &layout, err);
		check_error("isokit_image_layout", st, err);
		if (st) {
			if (layout != untouched)
				complain("isokit_image_layout touches its result and fails");
			return st;
		}
		regions = isokit_layout_regions(layout, &n);
		for (size_t i = 0; i < n && i < 20 && st == ISOKIT_OK; i++)
			st = isokit_layout_names(layout, &regions[i], count_name,
						 &o->output_bytes);
		if (st == ISOKIT_OK && owner)
			st = isokit_report_owner(layout, &range, discard, &o->output_bytes);
		if (st == ISOKIT_OK && !owner)
			st = isokit_report_map(layout, facts, &verdict, ISOKIT_MAP_HTML, discard,
					       &o->output_bytes);
		isokit_layout_free(layout);
		if (st)
			return st;
	}
	return ISOKIT_OK;
}

static enum isokit_status do_verify(struct isokit_source *src, struct isokit_image *img,
				    struct outcome *o, struct isokit_error *err)
{
	static const struct isokit_report_options report = { .width = 80 };
	struct isokit_verify_options options = { .digests = digests, .schemes = true,
						 .hashes = 1 };
	struct isokit_verification *const untouched = (struct isokit_verification *)(void *)o;
	struct isokit_verification *v = untouched;
	enum isokit_status st;

	if (!digests)
		return ISOKIT_OK; /* no libcrypto */
	st = isokit_verify(src, 0, img, &options, &v, err);
	check_error("isokit_verify", st, err);
	if (st == ISOKIT_E_UNSUPPORTED)
		return ISOKIT_OK; /* there is nothing to verify */
	if (st) {
		if (v != untouched)
			complain("isokit_verify touches its result and fails");
		return st;
	}
	o->said |= v->result != ISOKIT_VERIFY_MATCH;
	st = isokit_report_verification(v, &report, discard, &o->output_bytes);
	isokit_verification_free(v);
	return st;
}

static enum isokit_status do_trees(struct isokit_image *img, struct outcome *o,
				   struct isokit_error *err)
{
	const struct isokit_facts *facts = isokit_image_facts(img);
	enum isokit_status worst = ISOKIT_OK, st;

	st = isokit_image_count(img, err);
	check_error("isokit_image_count", st, err);
	note(o, st);
	for (int ns = 0; ns < ISOKIT_NS_COUNT; ns++) {
		if (!facts->namespaces[ns].present)
			continue;
		st = isokit_image_walk(img, (enum isokit_namespace_kind)ns, "/", visit,
				       &o->output_bytes, err);
		check_error("isokit_image_walk", st, err);
		if (st != ISOKIT_E_UNSUPPORTED && st)
			worst = st;
	}
	return worst;
}

static struct outcome work(struct bytes *b)
{
	static const struct isokit_report_options options = { .width = 80 };
	const struct isokit_image_options how = { .size = sizeof(how),
						  .quick = part == PART_SUMMARY };
	struct isokit_source *src = NULL;
	struct isokit_image *const untouched = (struct isokit_image *)(void *)b;
	struct isokit_image *img = untouched;
	struct isokit_boot_verdict verdict;
	const struct isokit_facts *facts;
	struct outcome o = { 0 };
	struct isokit_error err;
	enum isokit_status st;

	memset(&err, 0, sizeof(err));
	st = isokit_source_new(&fault_ops, b, b->n, "fault", &src, &err);
	check_error("isokit_source_new", st, &err);
	note(&o, st);
	if (st) {
		if (src)
			complain("isokit_source_new touches its result and fails");
		return o;
	}
	st = isokit_image_open_with(src, 0, &how, &img, &err);
	check_error("isokit_image_open_with", st, &err);
	note(&o, st);
	if (st) {
		if (img != untouched)
			complain("isokit_image_open_with touches its result and fails");
		isokit_source_close(src);
		return o;
	}
	switch (part) {
	case PART_SUMMARY:
		break;
	case PART_TREES:
		note(&o, do_trees(img, &o, &err));
		break;
	case PART_CHECK:
		st = isokit_image_check(img, &err);
		check_error("isokit_image_check", st, &err);
		note(&o, st);
		break;
	case PART_LAYOUT:
		note(&o, do_layout(img, &o, &err));
		break;
	case PART_VERIFY:
		note(&o, do_verify(src, img, &o, &err));
		break;
	case PARTS:
		break;
	}
	facts = isokit_image_facts(img);
	isokit_judge_boot(facts, &verdict);
	note(&o, isokit_report_text(facts, &verdict, &options, discard, &o.output_bytes));
	note(&o, isokit_report_json(facts, &verdict, discard, &o.output_bytes));
	note(&o, isokit_report_findings(facts, &options, discard, &o.output_bytes));
	for (size_t i = 0; i < facts->n_findings; i++)
		o.said |= facts->findings[i].severity == ISOKIT_ERROR;
	isokit_image_free(img);
	isokit_source_close(src);
	return o;
}

/* ---- the sweeps ----------------------------------------------------------------------- */

static unsigned long sweep_allocations(struct bytes *b, unsigned long step, bool then_on)
{
	struct outcome whole;
	unsigned long n;

	for (n = 1;; n += step) {
		struct outcome o;

		fault_arm(FAULT_ALLOCATIONS, n, then_on);
		o = work(b);
		if (!fault_disarm()) {
			whole = o;
			break;
		}
		if (o.worst != ISOKIT_OK && o.worst != ISOKIT_E_NOMEM)
			complain("allocation %lu fails, but the answer is: %s", n,
				 isokit_status_words(o.worst));
	}
	if (whole.worst == ISOKIT_E_NOMEM)
		complain("out of memory without a failed allocation");
	return n;
}

/* What nothing claims is looked at where it can be read, and counts as looked at in
 * part where it cannot: that is told by the layout, not by an error. Checksum tags are
 * found there; and of UDF's anchors, one is enough. */
static void leave_out_gaps(struct bytes *b)
{
	struct isokit_layout_options options = { .size = sizeof(options), .gaps = true };
	struct isokit_layout *layout = NULL;
	const struct isokit_region *r;
	struct isokit_source *src = NULL;
	struct isokit_image *img = NULL;
	struct isokit_error err;
	size_t n;

	if (isokit_source_new(&fault_ops, b, b->n, "fault", &src, &err) != ISOKIT_OK)
		complain("out of memory");
	if (isokit_image_open(src, 0, &img, &err) == ISOKIT_OK &&
	    isokit_image_layout(img, &options, &layout, &err) == ISOKIT_OK) {
		bool *claimed = calloc(b->n / SECTOR + 1, sizeof(*claimed));

		r = isokit_layout_regions(layout, &n);
		for (size_t i = 0; claimed && i < n; i++) {
			bool content = r[i].kind != ISOKIT_REGION_GAP &&
				       r[i].kind != ISOKIT_REGION_CHECKSUM &&
				       !(r[i].name && strcmp(r[i].name, "UDF anchors") == 0) &&
				       (r[i].layer == ISOKIT_LAYER_CONTENTS ||
					r[i].layer == ISOKIT_LAYER_BOOT);

			for (uint64_t s = r[i].offset / SECTOR;
			     content && s < b->n / SECTOR && s * SECTOR < r[i].offset + r[i].bytes; s++)
				claimed[s] = true;
		}
		for (size_t s = 0; claimed && s < b->n / SECTOR; s++)
			b->touched[s] &= claimed[s];
		free(claimed);
	}
	isokit_layout_free(layout);
	isokit_image_free(img);
	isokit_source_close(src);
}

static unsigned long sweep_reads(struct bytes *b, unsigned long step)
{
	size_t sectors = b->n / SECTOR + 1;
	unsigned long n = 0;
	bool *touched;

	b->touched = calloc(sectors, sizeof(*b->touched));
	if (!b->touched)
		complain("out of memory");
	(void)work(b);
	if (part == PART_CHECK || part == PART_LAYOUT)
		leave_out_gaps(b);
	touched = b->touched;
	b->touched = NULL;
	for (size_t s = 0; s < sectors; s++) {
		struct outcome o;

		if (!touched[s] || n++ % step != 0)
			continue;
		b->bad = s;
		b->failed = false;
		o = work(b);
		if (b->failed && o.worst == ISOKIT_OK && !o.said)
			complain("sector %zu cannot be read, and nobody is told", s);
	}
	b->bad = SIZE_MAX;
	free(touched);
	return n;
}

static int sweep_file(const char *path, unsigned long step)
{
	unsigned long a, r;
	struct bytes b = { .bad = SIZE_MAX };

	file_name = path;
	if (!hex_load(path, &b.at, &b.n))
		return 2;
	(void)isokit_digests_load(&digests, NULL);
	printf("%s:", path);
	for (part = PART_SUMMARY; part < PARTS; part++) {
		a = sweep_allocations(&b, step, false);
		(void)sweep_allocations(&b, step, true);
		r = sweep_reads(&b, step);
		printf(" %s %lu allocations, %lu sectors;", part_names[part], a, r);
		fflush(stdout);
	}
	printf("\n");
	isokit_digests_free(digests);
	free(b.at);
	return 0;
}

int main(int argc, char **argv)
{
	unsigned long step = 1;
	int bad = 0, files = 0;

	for (int i = 1; i < argc; i++) {
		int status;
		pid_t child;

		if (strcmp(argv[i], "--step") == 0 && i + 1 < argc) {
			step = strtoul(argv[++i], NULL, 10);
			continue;
		}
		files++;
		fflush(NULL);
		child = fork();
		if (child == 0)
			exit(sweep_file(argv[i], step));
		if (child < 0 || waitpid(child, &status, 0) < 0)
			return 2;
		if (WIFSIGNALED(status))
			printf("%s: %s\n", argv[i], strsignal(WTERMSIG(status)));
		bad += status != 0;
	}
	printf("%d inputs, %d bad\n", files, bad);
	return bad || !files;
}
