/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Block maps: their XML, and what is read and summed after them. The checksum that a map bears
 * of itself is made right, so that the rest of it counts. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "digest/digest.h"
#include "target.h"
#include "write/bmap.h"
#include "write/job.h"
#include "write/xml.h"

enum { SUM_DIGITS = 64, PART = 64 * 1024, MAX_PARTS = 64 };

static struct isokit_digests *digests;
static uint8_t zeros[PART];

static void expect_within(const struct xml_piece *p, const char *bytes, size_t n)
{
	if (p->n && (p->at < bytes || p->at > bytes + n || p->n > (size_t)(bytes + n - p->at)))
		abort();
	touch(p->at, p->n);
}

static void look_at_xml(const char *bytes, size_t n)
{
	struct xml_piece value;
	enum xml_kind kind;
	size_t events = 0;
	struct xml x;

	xml_start(&x, bytes, n);
	while ((kind = xml_next(&x)) != XML_END && kind != XML_WRONG) {
		if (++events > 2 * n + 2)
			abort();
		expect_within(&x.name, bytes, n);
		expect_within(&x.text, bytes, n);
		expect_within(&x.attributes, bytes, n);
		if (kind == XML_OPEN && xml_attribute(&x, "chksum", &value))
			expect_within(&value, bytes, n);
		if (kind == XML_TEXT && !x.text.n)
			abort();
	}
}

/* The file, with its own checksum where there is place for it. */
static int file_of(const char *bytes, size_t n)
{
	static const char mark[] = "<BmapFileChecksum>";
	char *copy = malloc(n + 1), *at, hex[SUM_DIGITS + 1];
	uint8_t sum[ISOKIT_DIGEST_MAX_BYTES];
	int fd = memfd_create("map", MFD_CLOEXEC);

	if (!copy || fd < 0)
		abort();
	memcpy(copy, bytes, n);
	copy[n] = '\0';
	at = memmem(copy, n, mark, sizeof(mark) - 1);
	at = at ? at + sizeof(mark) - 1 : NULL;
	while (at && *at && strchr(" \t\r\n", *at))
		at++;
	if (at && digests && (size_t)(copy + n - at) > SUM_DIGITS && at[SUM_DIGITS] != '0') {
		memset(at, '0', SUM_DIGITS);
		if (!digest_of(digests, ISOKIT_SHA256, copy, n, sum))
			abort();
		digest_hex(sum, SUM_DIGITS / 2, hex);
		memcpy(at, hex, SUM_DIGITS);
	}
	if (write(fd, copy, n) != (ssize_t)n)
		abort();
	free(copy);
	return fd;
}

/* What is read after it: in order, apart from each other, and no more than the image. */
static void expect_sound(const struct flow *f, uint64_t image)
{
	uint64_t at = 0;

	for (size_t i = 0; i < f->n_extents; i++) {
		const struct write_extent *e = &f->extents[i];

		if (!e->bytes || (i && e->offset <= at) || e->offset >= image ||
		    e->bytes > image + 2 * (uint64_t)BLOCK_BYTES - e->offset)
			abort();
		at = e->offset + e->bytes;
	}
	if (!f->n_extents)
		abort();
}

/* As if the image were zeros. */
static void see(struct flow *f, uint64_t image)
{
	struct tap *tap = &f->taps[0];
	struct isokit_error err = { .text = "" };
	unsigned parts = 0;
	bool ok = true;

	for (size_t i = 0; ok && i < f->n_extents; i++) {
		uint64_t at = f->extents[i].offset, end = at + f->extents[i].bytes;

		for (end = end < image ? end : image; ok && at < end && parts++ < MAX_PARTS;) {
			size_t n = end - at < PART ? (size_t)(end - at) : PART;

			ok = tap->see(tap->ctx, at, zeros, n, &err);
			at += n;
		}
	}
	if (ok && !tap->finish(tap->ctx, &err))
		ok = false;
	if (!ok && !err.text[0])
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct isokit_error err = { .text = "" };
	struct isokit_write w = { .path = NULL };
	struct flow *f = NULL;
	enum isokit_status st;
	char path[64];
	int fd;

	if (!digests)
		(void)isokit_digests_load(&digests, NULL);
	look_at_xml((const char *)bytes, n);
	fd = file_of((const char *)bytes, n);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	w.options.bmap = path;
	w.digests = digests;
	st = bmap_open(&w, &err);
	if (st && !err.text[0])
		abort();
	if (!st && flow_new(&w, &f, NULL) == ISOKIT_OK && bmap_flow(f, NULL) == ISOKIT_OK) {
		expect_sound(f, w.plan.bytes);
		see(f, w.plan.bytes);
	}
	flow_free(f);
	bmap_free(w.bmap);
	(void)close(fd);
	return 0;
}
