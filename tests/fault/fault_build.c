/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Building an image with every allocation, then every system call, failing in
 * turn: fault-build SOURCE OUTDIR. OUTDIR is an empty folder.
 *
 * What must hold, whatever fails: no crash, no leak; either the call succeeds
 * and the image has the same bytes as always, or it fails with a record that
 * says why and OUTDIR is as empty as before. */
#include <isokit/author.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wrap.h"

static const char *source, *folder;
static char output[4096];
static uint8_t *reference;
static size_t reference_bytes;

__attribute__((format(printf, 1, 2), noreturn)) static void complain(const char *format, ...)
{
	va_list ap;

	fault_disarm();
	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
	_exit(1);
}

static uint8_t *load(size_t *ret_n)
{
	FILE *f = fopen(output, "rb");
	uint8_t *bytes;
	long n;

	if (!f)
		return NULL;
	fseek(f, 0, SEEK_END);
	n = ftell(f);
	rewind(f);
	bytes = malloc((size_t)n + 1);
	if (!bytes || fread(bytes, 1, (size_t)n, f) != (size_t)n)
		complain("%s: cannot be read back", output);
	fclose(f);
	*ret_n = (size_t)n;
	return bytes;
}

static unsigned left_in_folder(void)
{
	DIR *d = opendir(folder);
	const struct dirent *e;
	unsigned n = 0;

	while (d && (e = readdir(d)))
		n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
	closedir(d);
	return n;
}

static unsigned open_descriptors(void)
{
	unsigned n = 0;

	for (int fd = 0; fd < 64; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static enum isokit_status build(struct isokit_error *err)
{
	struct isokit_build_options options = { .size = sizeof(options), .durable = true,
						.has_epoch = true, .epoch = 1700000000,
						.threads = 2 };
	struct isokit_build *b = NULL;
	enum isokit_status st;

	memset(err, 0, sizeof(*err));
	st = isokit_build_new(&options, &b, err);
	if (!st)
		st = isokit_build_set_output(b, output, err);
	if (!st)
		st = isokit_build_add(b, NULL, source, err);
	if (!st)
		st = isokit_build_plan(b, err);
	if (!st)
		st = isokit_build_write_path(b, output, err);
	isokit_build_free(b);
	return st;
}

static void check(enum isokit_status st, const struct isokit_error *err, unsigned long n)
{
	uint8_t *bytes;
	size_t size = 0;

	if (st != ISOKIT_OK) {
		if (err->status != st || !err->text[0])
			complain("%s %lu fails: status %d, but the record says %d: %s",
				 fault_what(), n, (int)st, (int)err->status, err->text);
		if (left_in_folder() != 0)
			complain("%s %lu fails, and something is left behind", fault_what(), n);
		return;
	}
	bytes = load(&size);
	if (!bytes || size != reference_bytes || memcmp(bytes, reference, size) != 0)
		complain("%s %lu fails: no error, but the image is another one", fault_what(), n);
	free(bytes);
	unlink(output);
	if (left_in_folder() != 0)
		complain("%s %lu fails: something is left beside the image", fault_what(), n);
}

/* The steps grow, so that a long sweep stays short; all small numbers are tried. */
static unsigned long sweep(enum fault_kind kind, bool then_on, unsigned long dense)
{
	unsigned descriptors = open_descriptors();
	unsigned long n = 1, runs = 0;

	for (;; n += n < dense ? 1 : 1 + n / dense * 2) {
		struct isokit_error err;
		enum isokit_status st;

		fault_arm(kind, n, then_on);
		st = build(&err);
		runs++;
		if (!fault_disarm()) {
			if (st)
				complain("nothing fails, but: %s: %s", err.subject, err.text);
			check(st, &err, n);
			break;
		}
		check(st, &err, n);
		if (kind == FAULT_ALLOCATIONS && st && st != ISOKIT_E_NOMEM)
			complain("allocation %lu fails, but status %d: %s: %s", n, (int)st,
				 err.subject, err.text);
		if (open_descriptors() != descriptors)
			complain("%s %lu fails, and a descriptor stays open", fault_what(), n);
	}
	printf("%s%s: %lu runs\n", kind == FAULT_ALLOCATIONS ? "allocations" : "calls",
	       then_on ? ", all from then on" : "", runs);
	return runs;
}

int main(int argc, char **argv)
{
	struct isokit_error err;
	unsigned long dense;

	if (argc != 4)
		return 2;
	source = argv[1];
	folder = argv[2];
	dense = strtoul(argv[3], NULL, 10);
	snprintf(output, sizeof(output), "%s/x.iso", folder);
	if (build(&err))
		complain("without any failure: %s: %s", err.subject, err.text);
	reference = load(&reference_bytes);
	if (!reference)
		complain("without any failure: no image");
	unlink(output);
	sweep(FAULT_CALLS, false, dense);
	sweep(FAULT_CALLS, true, dense);
	sweep(FAULT_ALLOCATIONS, false, dense);
	sweep(FAULT_ALLOCATIONS, true, dense);
	free(reference);
	return 0;
}
