/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes the sticks of lib/stick into files, as the writer does: only the extents are written, over
 * a file that was full of something else.
 *
 * stick-compose empty BYTES OUT [key=value…]
 * stick-compose files|persistent IMAGE BYTES OUT [key=value…]
 * stick-compose wim FILE BYTES PREFIX [scratch=FOLDER] (parts of at most BYTES: PREFIX1, PREFIX2 …)
 * stick-compose gpt IMAGE BYTES OUT [key=value…]   (the whole image, and the patches)
 *
 * Keys: sector, label, fs, seed, scratch, epoch, size (of the persistence), card, sparse (what is
 * not written stays a hole), part=FILE at=OFFSET end=OFFSET (a part of the stick in a file of its
 * own, for programs that want a file system alone). Notes go to standard output. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <isokit/source.h>

#include "stick/compose.h"
#include "stick/esd.h"
#include "stick/stick.h"
#include "stick/wim.h"

enum { BLOCK = 1 << 20 };

static void die(const char *what, const struct isokit_error *err)
{
	if (err)
		fprintf(stderr, "stick-compose: %s: %s: %s\n", what, err->subject, err->text);
	else
		fprintf(stderr, "stick-compose: %s: %s\n", what, strerror(errno));
	exit(2);
}

static bool all_zeros(const uint8_t *bytes, size_t n)
{
	return n > 0 && bytes[0] == 0 && memcmp(bytes, bytes + 1, n - 1) == 0;
}

static void put(int fd, const uint8_t *bytes, size_t n, uint64_t at)
{
	while (n > 0) {
		ssize_t done = pwrite(fd, bytes, n, (off_t)at);

		if (done <= 0)
			die("cannot write", NULL);
		bytes += done;
		n -= (size_t)done;
		at += (uint64_t)done;
	}
}

/* What a used stick is full of. */
static void soil(int fd, uint64_t bytes)
{
	uint8_t *block = malloc(BLOCK);

	for (size_t i = 0; i < BLOCK; i++)
		block[i] = (uint8_t)(0xa5 ^ i * 31);
	for (uint64_t at = 0; at < bytes; at += BLOCK)
		put(fd, block, bytes - at < BLOCK ? (size_t)(bytes - at) : BLOCK, at);
	free(block);
}

/* `over_zeros`: the file is a hole there. */
static void copy(int fd, struct isokit_source *src, uint64_t offset, uint64_t bytes,
		 bool over_zeros)
{
	uint8_t *block = malloc(BLOCK);
	struct isokit_error err;

	while (bytes > 0) {
		size_t n = bytes < BLOCK ? (size_t)bytes : BLOCK;

		if (isokit_source_read_at(src, offset, block, n, &err))
			die("cannot read", &err);
		if (!over_zeros || !all_zeros(block, n))
			put(fd, block, n, offset);
		offset += n;
		bytes -= n;
	}
	free(block);
}

static uint64_t max(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* What the extents have in that part. */
static void cut_part(const struct stick_layout *l, const char *path, uint64_t from, uint64_t to)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	uint8_t *block = malloc(BLOCK);

	if (fd < 0 || ftruncate(fd, (off_t)(to - from)))
		die(path, NULL);
	for (size_t i = 0; i < l->n_extents; i++) {
		uint64_t at = max(l->extents[i].offset, from);
		uint64_t end = l->extents[i].offset + l->extents[i].bytes;

		for (end = end > to ? to : end; at < end;) {
			size_t n = end - at < BLOCK ? (size_t)(end - at) : BLOCK;
			struct isokit_error err;

			if (isokit_source_read_at(l->src, at, block, n, &err))
				die("cannot read", &err);
			if (!all_zeros(block, n))
				put(fd, block, n, at - from);
			at += n;
		}
	}
	free(block);
	if (close(fd))
		die(path, NULL);
}

static void move_gpt(struct isokit_source *image, const struct stick_options *o, int fd)
{
	struct stick_patch *p;
	struct isokit_error err;
	size_t n;

	if (stick_move_gpt(image, o->bytes, o->sector, &p, &n, &err))
		die("cannot move", &err);
	copy(fd, image, 0, isokit_source_size(image), false);
	for (size_t i = 0; i < n; i++) {
		printf("patch %" PRIu64 " %zu\n", p[i].offset, p[i].n);
		put(fd, p[i].bytes, p[i].n, p[i].offset);
	}
	stick_patches_free(p, n);
}

static void compose(const char *what, struct isokit_source *image, const struct stick_options *o,
		    int fd, bool sparse, const char *part, uint64_t from, uint64_t to)
{
	struct stick_layout l = { 0 };
	struct isokit_error err;
	enum isokit_status st;

	if (strcmp(what, "empty") == 0)
		st = stick_compose_empty(o, &l, &err);
	else if (strcmp(what, "files") == 0)
		st = stick_compose_files(image, o, &l, &err);
	else
		st = stick_compose_persistent(image, o, &l, &err);
	if (st)
		die("cannot compose", &err);
	printf("%s %s%s%s, %zu extents, %" PRIu64 " bytes\n", l.table, l.fs, l.bios ? " BIOS" : "",
	       l.uefi ? " UEFI" : "", l.n_extents, l.extent_bytes);
	for (size_t i = 0; i < l.n_notes; i++)
		printf("note: %s\n", l.notes[i]);
	for (size_t i = 0; i < l.n_extents; i++) {
		const struct stick_extent *e = &l.extents[i];

		if (e->offset % o->sector || e->bytes % o->sector || e->bytes == 0 ||
		    (i && e->offset <= e[-1].offset + e[-1].bytes) ||
		    e->offset + e->bytes > o->bytes) {
			fprintf(stderr, "stick-compose: extent %zu is odd\n", i);
			exit(3);
		}
		copy(fd, l.src, e->offset, e->bytes, sparse);
	}
	if (part)
		cut_part(&l, part, from, to);
	stick_layout_release(&l);
}

static int show_progress(void *ctx, uint64_t done, uint64_t total)
{
	(void)ctx;
	fprintf(stderr, "progress %" PRIu64 " %" PRIu64 "\n", done, total);
	return getenv("CANCEL") != NULL;
}

static void split_wim(struct isokit_source *wim, uint64_t most, const char *prefix,
		      const char *scratch)
{
	const struct stick_options o = { .bytes = most - most % 512, .sector = 512,
					 .scratch_folder = scratch, .progress = show_progress };
	const char *name = isokit_source_name(wim);
	struct isokit_source *whole = NULL;
	struct wim_parts parts;
	struct composer *c;
	struct isokit_error err;
	bool solid;

	if (composer_new(&o, &c, &err) || esd_is_one(wim, name, &solid, &err) ||
	    (solid && esd_expand(wim, name, &o, &whole, &err)) ||
	    wim_split(c, whole ? whole : wim, name, most, &parts, &err))
		die("cannot split", &err);
	for (size_t i = 0; i < parts.n; i++) {
		char file[300];
		int fd;

		snprintf(file, sizeof(file), "%s%zu", prefix, i + 1);
		fd = open(file, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		if (fd < 0)
			die(file, NULL);
		copy(fd, parts.parts[i], 0, isokit_source_size(parts.parts[i]), false);
		if (close(fd))
			die(file, NULL);
	}
	printf("%zu parts\n", parts.n);
	composer_free(c);
	isokit_source_close(whole);
}

int main(int argc, char **argv)
{
	struct stick_options o = { .sector = 512, .epoch = 1700000000 };
	struct isokit_source *image = NULL;
	struct isokit_error err;
	bool has_image = argc > 1 && strcmp(argv[1], "empty") != 0, sparse = false;
	const char *part = NULL;
	uint64_t from = 0, to = 0;
	int at = has_image ? 5 : 4, fd;

	if (argc < at) {
		fprintf(stderr, "stick-compose: see the head of its source\n");
		return 2;
	}
	o.bytes = strtoull(argv[at - 2], NULL, 0);
	for (int i = at; i < argc; i++) {
		char *value = strchr(argv[i], '=');

		if (!value)
			return 2;
		*value++ = '\0';
		if (strcmp(argv[i], "sector") == 0)
			o.sector = (uint32_t)strtoul(value, NULL, 0);
		else if (strcmp(argv[i], "label") == 0)
			o.label = value;
		else if (strcmp(argv[i], "fs") == 0)
			o.fs = value;
		else if (strcmp(argv[i], "seed") == 0)
			o.seed = value;
		else if (strcmp(argv[i], "scratch") == 0)
			o.scratch_folder = value;
		else if (strcmp(argv[i], "epoch") == 0)
			o.epoch = strtoll(value, NULL, 0);
		else if (strcmp(argv[i], "size") == 0)
			o.persistence = strcmp(value, "max") == 0 ? UINT64_MAX :
								    strtoull(value, NULL, 0);
		else if (strcmp(argv[i], "card") == 0)
			o.card = true;
		else if (strcmp(argv[i], "part") == 0)
			part = value;
		else if (strcmp(argv[i], "at") == 0)
			from = strtoull(value, NULL, 0);
		else if (strcmp(argv[i], "end") == 0)
			to = strtoull(value, NULL, 0);
		else if (strcmp(argv[i], "sparse") == 0)
			sparse = true;
		else
			return 2;
	}
	if (has_image && isokit_source_open_file(argv[2], &image, &err))
		die("cannot open", &err);
	if (has_image && strcmp(argv[1], "wim") == 0) {
		split_wim(image, o.bytes, argv[at - 1], o.scratch_folder);
		isokit_source_close(image);
		return 0;
	}
	fd = open(argv[at - 1], O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, (off_t)o.bytes))
		die(argv[at - 1], NULL);
	if (!sparse)
		soil(fd, o.bytes);
	if (has_image && strcmp(argv[1], "gpt") == 0)
		move_gpt(image, &o, fd);
	else
		compose(argv[1], image, &o, fd, sparse, part, from, to);
	isokit_source_close(image);
	if (close(fd))
		die("cannot close", NULL);
	return 0;
}
