/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A conversion, of anything: what is in it, and what comes of it. The last byte of the
 * input chooses. */
#include <isokit/convert.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mutate.h"
#include "packed.h"
#include "target.h"

enum {
	RAW = 1,
	SESSION = 2,   /* the first one */
	TRIM = 4,
	FAR = 8,       /* the input goes on for 64 GiB, which is a hole */
	MAX_WRITTEN = 8 << 20,
};

static void put(int fd, const uint8_t *bytes, size_t n, uint64_t at)
{
	if (pwrite(fd, bytes, n, (off_t)at) != (ssize_t)n)
		abort();
}

static int file_of(const uint8_t *bytes, size_t n, unsigned flags)
{
	int fd = memfd_create("input", MFD_CLOEXEC);
	struct pieces p;

	if (fd < 0)
		abort();
	packed_pieces((uint8_t *)(uintptr_t)bytes, n, &p);
	if (packed_is(bytes, n))
		for (size_t i = 0; i < p.n; i++)
			put(fd, p.first + i * p.step, PACKED_PIECE,
			    (uint64_t)packed_number(&p, i) * PACKED_PIECE);
	else
		put(fd, bytes, n, 0);
	if (ftruncate(fd, (flags & FAR) ? (off_t)64 << 30 : (off_t)packed_image_bytes(bytes, n)) != 0)
		abort();
	return fd;
}

/* What a failure says: something, and the same thing that was returned. */
static void expect_told(enum isokit_status st, const struct isokit_error *err)
{
	if (st != ISOKIT_OK && (err->status != st || !err->text[0]))
		abort();
}

static int progress(void *ctx, const struct isokit_build_progress *now)
{
	(void)ctx;
	return now->done > MAX_WRITTEN;
}

static void write_it(struct isokit_convert *c)
{
	const struct isokit_convert_plan *plan = isokit_convert_get_plan(c);
	const struct isokit_convert_result *r;
	struct isokit_error err = { 0 };
	int out = memfd_create("output", MFD_CLOEXEC);
	enum isokit_status st;

	if (out < 0)
		abort();
	st = isokit_convert_write_fd(c, out, "output", &err);
	expect_told(st, &err);
	r = isokit_convert_get_result(c);
	if ((st == ISOKIT_OK) != (r != NULL))
		abort();
	/* What was announced is what is there. */
	if (r && (r->bytes != plan->bytes || (uint64_t)lseek(out, 0, SEEK_CUR) != r->bytes ||
		  r->damages_lost > UINT32_MAX || (r->n_gaps && !r->gap_bytes)))
		abort();
	(void)close(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	unsigned flags = n ? bytes[n - 1] : 0;
	int fd = file_of(bytes, n, flags);
	const struct isokit_convert_options options = {
		.size = sizeof(options),
		.raw = flags & RAW,
		.trim = flags & TRIM,
		.session = flags & SESSION ? 1 : 0,
		.scratch_folder = "/tmp",
		.threads = 1,
		.progress = progress,
	};
	const struct isokit_convert_plan *plan;
	struct isokit_convert *c = NULL;
	struct isokit_error err = { 0 };
	char path[64];
	enum isokit_status st;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	st = isokit_convert_open(path, &options, &c, &err);
	expect_told(st, &err);
	if (st == ISOKIT_OK) {
		plan = isokit_convert_get_plan(c);
		if (plan->action == ISOKIT_CONVERT_NOTHING ? !plan->why : !plan->words)
			abort();
		if (plan->bytes <= MAX_WRITTEN)
			write_it(c);
	}
	isokit_convert_free(c);
	(void)close(fd);
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t n, size_t max, unsigned seed)
{
	if (n && seed % 16 == 0)
		bytes[n - 1] = (uint8_t)(seed >> 4 & (RAW | SESSION | TRIM | FAR));
	if (seed % 3 == 0 && !packed_is(bytes, n))
		return LLVMFuzzerMutate(bytes, n, max);
	return packed_mutate(bytes, n, max, seed / 3, NULL);
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t n_a, const uint8_t *b, size_t n_b,
				 uint8_t *out, size_t max, unsigned seed)
{
	return packed_cross(a, n_a, b, n_b, out, max, seed);
}
