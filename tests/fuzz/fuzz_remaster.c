/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An image as the start of a build, all the way to the image that comes of it. The last
 * byte of the input chooses options; in an image it is padding, and 0. */
#include <isokit/author.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mutate.h"
#include "target.h"

enum {
	NO_FORCE = 1,
	UDF = 2,
	DETECT = 4,      /* look into the tree for boot loaders */
	NO_BOOT = 8,
	WRITE = 16,
	CONTENTS = 32,   /* what is done to contents */
	CHANGE = 64,     /* something is added, and something removed */
	FAR = 128,       /* the image goes on for 1 TiB, which is a hole */
	SESSION = UDF | NO_BOOT, /* a session behind those of the image */

	MAX_WRITTEN = 8 << 20,
};

static int image_fd(const uint8_t *bytes, size_t n, unsigned flags)
{
	int fd = memfd_create("input", MFD_CLOEXEC);

	if (fd < 0)
		abort();
	for (size_t at = 0; at < n;) {
		ssize_t put = write(fd, bytes + at, n - at);

		if (put <= 0)
			abort();
		at += (size_t)put;
	}
	if ((flags & FAR) && ftruncate(fd, (off_t)1 << 40) != 0)
		abort();
	return fd;
}

/* What a failure says: something, and the same thing that was returned. */
static bool failed(enum isokit_status st, const struct isokit_error *err)
{
	if (st != ISOKIT_OK && (err->status != st || !err->text[0]))
		abort();
	/* What was planned comes of it, whatever it is made from. */
	if (st == ISOKIT_E_MISMATCH) {
		fprintf(stderr, "%s: %s\n", err->subject, err->text);
		abort();
	}
	return st != ISOKIT_OK;
}

static void build(struct isokit_build *b, const char *path, unsigned flags)
{
	struct isokit_error err = { 0 };
	const struct isokit_build_plan *plan;
	const struct isokit_build_note *notes;
	size_t n;
	int fd;

	if (failed(isokit_build_add_image(b, path, &err), &err))
		return;
	if (flags & CHANGE) {
		(void)isokit_build_remove(b, "/boot", &err);
		if (failed(isokit_build_add(b, "/EFI/new", "/dev/null", &err), &err))
			return;
	}
	if (failed(isokit_build_plan(b, &err), &err))
		return;
	plan = isokit_build_get_plan(b);
	if (plan->image_bytes > MAX_WRITTEN || failed(isokit_build_rehearse(b, &err), &err))
		return;
	if (isokit_build_get_result(b)->facts == NULL)
		abort();
	notes = isokit_build_get_notes(b, &n, NULL);
	for (size_t i = 0; i < n; i++)
		touch(notes[i].text, strlen(notes[i].text) + 1);
	if (!(flags & WRITE))
		return;
	fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (fd >= 0) {
		(void)failed(isokit_build_write_fd(b, fd, "out", &err), &err);
		(void)close(fd);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	unsigned flags = n ? bytes[n - 1] : 0;
	bool session = (flags & SESSION) == SESSION;
	bool contents = (flags & CONTENTS) && !(flags & FAR) && !session;
	struct isokit_build_options options = {
		.size = sizeof(options),
		.force = !(flags & NO_FORCE),
		.has_epoch = true,
		.epoch = 1700000000,
		.udf = (flags & UDF) && !session,
		.session_block = session ? (uint32_t)(n / 2048 + 16) : 0,
		.boot = (flags & NO_BOOT) && !session ? ISOKIT_BUILD_BOOT_NONE :
			flags & DETECT ? ISOKIT_BUILD_BOOT_DETECT : ISOKIT_BUILD_BOOT_AUTO,
		.system_root = "/nonexistent",
		.threads = 2,
		.xattrs = true,
		.acls = true,
		.scratch_folder = "/tmp",
		.list_files = flags & WRITE,
		.dedup = contents,
		.zisofs = contents ? ISOKIT_BUILD_ZISOFS_AUTO : ISOKIT_BUILD_ZISOFS_NONE,
		.zisofs_marked = contents,
		.checksums = contents,
		.implant_md5 = contents,
		.hashes = contents,
		.update_manifests = contents,
	};
	struct isokit_build *b = NULL;
	char path[64];
	int fd = image_fd(bytes, n, flags);

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (isokit_build_new(&options, &b, NULL) == ISOKIT_OK)
		build(b, path, flags);
	isokit_build_free(b);
	(void)close(fd);
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t n, size_t max, unsigned seed)
{
	n = mutate_image(bytes, n, max, seed);
	if (n && seed / 7 % 4 == 0)
		bytes[n - 1] = (uint8_t)(seed >> 16);
	return n;
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t n_a, const uint8_t *b, size_t n_b,
				 uint8_t *out, size_t max, unsigned seed)
{
	return mutate_cross(a, n_a, b, n_b, out, max, seed);
}
