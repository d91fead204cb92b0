/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "job.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/byteorder.h"

uint8_t *image_bytes;

static char image_path[256];

static void remove_image(void)
{
	(void)unlink(image_path);
}

const char *image_make(uint64_t bytes)
{
	const char *folder = getenv("TMPDIR");
	uint64_t x = 88172645463325252u;
	FILE *f;

	image_bytes = realloc(image_bytes, bytes + 8);
	ck_assert_ptr_nonnull(image_bytes);
	for (uint64_t i = 0; i < bytes; i += 8) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		put_le64(image_bytes + i, x);
	}
	/* One partition, of no kind that anybody mounts. */
	if (bytes >= 512) {
		memset(image_bytes + 440, 0, 70);
		image_bytes[450] = 0xda;
		put_le32(image_bytes + 454, 1);
		put_le32(image_bytes + 458, (uint32_t)(bytes / 512 - 1));
		image_bytes[510] = 0x55;
		image_bytes[511] = 0xaa;
	}
	snprintf(image_path, sizeof(image_path), "%s/isokit-write.%d", folder ? folder : "/tmp",
		 (int)getpid());
	f = fopen(image_path, "wb");
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(image_bytes, 1, bytes, f), bytes);
	ck_assert_int_eq(fclose(f), 0);
	atexit(remove_image);
	return image_path;
}

struct isokit_write_options job_options(void)
{
	return (struct isokit_write_options){ .size = sizeof(struct isokit_write_options) };
}

struct isokit_write *job_open(const char *path, const struct isokit_write_options *o)
{
	struct isokit_write *w = NULL;
	struct isokit_error err = { .text = "" };

	ck_assert_msg(isokit_write_open(path, o, &w, &err) == ISOKIT_OK, "%s: %s", err.subject,
		      err.text);
	return w;
}

const struct isokit_write_result *job_run(struct isokit_write *w, struct drive *d,
					  enum isokit_status want)
{
	const struct isokit_write_result *r;
	struct isokit_error err = { .text = "" };
	enum isokit_status st;
	size_t n;

	ck_assert_int_eq(write_add_target(w, drive_target(d), NULL, NULL), ISOKIT_OK);
	st = isokit_write_run(w, &err);
	ck_assert_msg(st == want, "%d instead of %d: %s: %s", st, want, err.subject, err.text);
	r = isokit_write_get_results(w, &n);
	ck_assert_uint_eq(n, 1);
	ck_assert_int_eq(r->status, want);
	if (want)
		ck_assert_str_ne(r->text, "");
	return r;
}

void job_end(struct isokit_write *w)
{
	isokit_write_free(w);
}
