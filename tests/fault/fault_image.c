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
enum { SECTOR = 2048, CACHE_BLOCK = 16 * 1024 };

struct bytes {
	uint8_t *at;
	size_t n;
	bool *touched;         /* sectors that were read; NULL: not asked */
	size_t bad;            /* a sector; SIZE_MAX: none */
	bool failed;           /* a read failed that was no mere reading ahead */
};

static enum isokit_status fault_read_at(void *self, uint64_t offset, void *buffer, size_t length,
					struct isokit_error *err)
{
	struct bytes *b = self;

	for (uint64_t s = offset / SECTOR; b->touched && s * SECTOR < offset + length; s++)
		b->touched[s] = true;
	if (b->bad >= offset / SECTOR && b->bad <= (offset + length - 1) / SECTOR) {
		/* The model fetches whole blocks; what it needs of one that fails it
		 * reads again by itself. */
		if (offset % CACHE_BLOCK != 0 ||
		    (length != CACHE_BLOCK && offset + length != b->n))
			b->failed = true;
		if (err) {
			memset(err, 0, sizeof(*err));
			err->status = ISOKIT_E_IO;
			err->offset = offset;
			snprintf(err->subject, sizeof(err->subject), "fault");
			snprintf(err->text, sizeof(err->text), "this read was made to fail");
		}
		return ISOKIT_E_IO;
	}
	memcpy(buffer, b->at + offset, length);
	return ISOKIT_OK;
}

static const struct isokit_source_ops fault_ops = {
	.size = sizeof(fault_ops),
	.read_at = fault_read_at,
};

/* ---- the work ------------------------------------------------------------------------ */

static const char *file_name;

__attribute__((format(printf, 1, 2), noreturn)) static void complain(const char *format, ...)
{
	va_list ap;

	fault_disarm();
	printf("%s: ", file_name);
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

static struct outcome work(struct bytes *b)
{
	static const struct isokit_report_options options = { .width = 80 };
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
	st = isokit_image_open(src, 0, &img, &err);
	check_error("isokit_image_open", st, &err);
	note(&o, st);
	if (st) {
		if (img != untouched)
			complain("isokit_image_open touches its result and fails");
		isokit_source_close(src);
		return o;
	}
	st = isokit_image_count(img, &err);
	check_error("isokit_image_count", st, &err);
	note(&o, st);
	facts = isokit_image_facts(img);
	for (int ns = 0; ns < ISOKIT_NS_COUNT; ns++) {
		if (!facts->namespaces[ns].present)
			continue;
		st = isokit_image_walk(img, (enum isokit_namespace_kind)ns, "/", visit,
				       &o.output_bytes, &err);
		check_error("isokit_image_walk", st, &err);
		if (st != ISOKIT_E_UNSUPPORTED)
			note(&o, st);
	}
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

static unsigned long sweep_reads(struct bytes *b, unsigned long step)
{
	size_t sectors = b->n / SECTOR + 1;
	unsigned long n = 0;

	b->touched = calloc(sectors, sizeof(*b->touched));
	if (!b->touched)
		complain("out of memory");
	(void)work(b);
	for (size_t s = 0; s < sectors; s++) {
		struct outcome o;

		if (!b->touched[s] || n++ % step != 0)
			continue;
		b->bad = s;
		b->failed = false;
		o = work(b);
		if (b->failed && o.worst == ISOKIT_OK && !o.said)
			complain("sector %zu cannot be read, and nobody is told", s);
	}
	b->bad = SIZE_MAX;
	free(b->touched);
	b->touched = NULL;
	return n;
}

static int sweep_file(const char *path, unsigned long step)
{
	unsigned long a, r;
	struct bytes b = { .bad = SIZE_MAX };

	file_name = path;
	if (!hex_load(path, &b.at, &b.n))
		return 2;
	a = sweep_allocations(&b, step, false);
	(void)sweep_allocations(&b, step, true);
	r = sweep_reads(&b, step);
	printf("%s: %lu allocations, %lu sectors\n", path, a, r);
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
