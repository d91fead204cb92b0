/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mutate [-a] [-v] IMAGE…: spoil each structural field of sound images in turn
 * and see that isokit_image_check() finds something new each time.
 *
 *	-a  every bit of every field, not only one bit of each byte
 *	-v  list the fields that nothing was done to, and why
 *
 * IMAGE is a hex dump (tests/data/hex.h) or an image. Prints what was missed, and
 * "N fields, N mutations, N found"; exit 1 where something was missed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <isokit/image.h>

#include "hex.h"
#include "mutate.h"

enum { MAX_FINDINGS = 5000, MAX_MISSES = 200 };

struct seen {
	size_t n;
	bool opened;
	struct key {
		enum isokit_finding_code code;
		uint64_t offset, n0, n1, more;
	} keys[MAX_FINDINGS];
};

struct run {
	const char *path;
	uint8_t *image;
	size_t n;
	struct seen before, after;
	bool all, verbose;
	size_t fields, untouched, mutations, found, missed;
};

static int by_key(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct key));
}

static void look(struct run *r, struct seen *ret)
{
	struct isokit_source *src = NULL;
	struct isokit_image *img = NULL;
	const struct isokit_facts *facts;

	memset(ret, 0, offsetof(struct seen, keys));
	if (isokit_source_from_memory(r->image, r->n, r->path, &src, NULL) != ISOKIT_OK)
		exit(2);
	ret->opened = isokit_image_open(src, 0, &img, NULL) == ISOKIT_OK &&
		      isokit_image_check(img, NULL) == ISOKIT_OK;
	if (ret->opened) {
		facts = isokit_image_facts(img);
		for (size_t i = 0; i < facts->n_findings && i < MAX_FINDINGS; i++) {
			struct key *k = &ret->keys[ret->n++];

			memset(k, 0, sizeof(*k));
			k->code = facts->findings[i].code;
			k->offset = facts->findings[i].offset;
			k->n0 = facts->findings[i].n[0];
			k->n1 = facts->findings[i].n[1];
			k->more = facts->findings[i].more;
		}
		qsort(ret->keys, ret->n, sizeof(ret->keys[0]), by_key);
	}
	isokit_image_free(img);
	isokit_source_close(src);
}

/* Is something there that was not there before? */
static bool anything_new(const struct run *r)
{
	size_t i = 0;

	if (!r->after.opened)
		return true;
	for (size_t k = 0; k < r->after.n; k++) {
		while (i < r->before.n && by_key(&r->before.keys[i], &r->after.keys[k]) < 0)
			i++;
		if (i == r->before.n || by_key(&r->before.keys[i], &r->after.keys[k]) != 0)
			return true;
	}
	return false;
}

/* The bytes were changed: judge, and put them back. */
static void judge(struct run *r, const char *structure, const struct field *f, size_t offset,
		  const uint8_t *was, const char *how)
{
	if (memcmp(r->image + offset, was, f->bytes) == 0)
		return; /* it was so before */
	r->mutations++;
	look(r, &r->after);
	if (anything_new(r)) {
		r->found++;
	} else if (r->missed++ < MAX_MISSES) {
		printf("%s: missed: %s: %s (byte %zu): %s:", r->path, structure, f->name, offset, how);
		for (size_t i = 0; i < f->bytes && i < 16; i++)
			printf(" %02x", was[i]);
		printf(" ->");
		for (size_t i = 0; i < f->bytes && i < 16; i++)
			printf(" %02x", r->image[offset + i]);
		printf("\n");
	}
	memcpy(r->image + offset, was, f->bytes);
}

static void flip(struct run *r, const char *structure, const struct field *f, size_t offset,
		 const uint8_t *was)
{
	/* Of long fields the first bytes, one in the middle, and the last. */
	for (size_t i = 0; i < f->bytes; i++) {
		if (f->bytes > 20 && i > 3 && i != f->bytes / 2 && i != f->bytes - 1)
			continue;
		for (unsigned bit = 0; bit < 8; bit++) {
			char how[32];

			if (f->bits && !(f->bits & 1u << bit))
				continue;
			if (!r->all && !f->bits && bit != (i * 3 + offset) % 8)
				continue;
			r->image[offset + i] ^= (uint8_t)(1u << bit);
			(void)snprintf(how, sizeof(how), "bit %u of byte %zu", bit, i);
			judge(r, structure, f, offset, was, how);
		}
	}
}

static void one_more(struct run *r, const char *structure, const struct field *f, size_t offset,
		     const uint8_t *was)
{
	size_t n = f->ways & BOTH ? f->bytes / 2 : f->bytes;
	bool big = f->ways & BIG;

	for (size_t i = 0; i < n; i++)
		if (++r->image[offset + (big ? n - 1 - i : i)])
			break;
	judge(r, structure, f, offset, was, "one more");
}

static void spoil(void *ctx, const char *structure, const struct field *f, size_t offset)
{
	struct run *r = ctx;
	size_t half = f->ways & BOTH ? f->bytes / 2 : f->bytes;
	uint8_t was[4096];

	r->fields++;
	if (f->bytes > sizeof(was) || !(f->ways & ALL)) {
		r->untouched++;
		if (r->verbose)
			printf("untouched: %s: %s: %s\n", structure, f->name, f->why);
		return;
	}
	memcpy(was, r->image + offset, f->bytes);
	if (f->ways & FLIP)
		flip(r, structure, f, offset, was);
	for (size_t k = 0; k < f->bytes; k += half) {
		if (f->ways & ZERO) {
			memset(r->image + offset + k, 0, half);
			judge(r, structure, f, offset, was, "zero");
		}
		if (f->ways & ONES) {
			memset(r->image + offset + k, 0xff, half);
			judge(r, structure, f, offset, was, "ones");
		}
	}
	if (f->ways & PLUS)
		one_more(r, structure, f, offset, was);
	if (f->ways & SWAP) {
		for (size_t i = 0; i < f->bytes; i++)
			r->image[offset + i] = was[f->bytes - 1 - i];
		judge(r, structure, f, offset, was, "turned around");
	}
}

int main(int argc, char **argv)
{
	static struct run r;
	int c;

	while ((c = getopt(argc, argv, "av")) != -1) {
		r.all |= c == 'a';
		r.verbose |= c == 'v';
		if (c == '?')
			return 2;
	}
	for (; optind < argc; optind++) {
		uint8_t *map;

		r.path = argv[optind];
		if (!hex_load(r.path, &r.image, &r.n))
			return 2;
		map = malloc(r.n);
		if (!map)
			return 2;
		memcpy(map, r.image, r.n); /* fields are found in what is never spoiled */
		look(&r, &r.before);
		if (!r.before.opened) {
			printf("%s: is no image to begin with\n", r.path);
			return 2;
		}
		structures(map, r.n, spoil, &r);
		free(map);
		free(r.image);
	}
	printf("%zu fields, %zu of them untouched, %zu mutations, %zu found\n", r.fields, r.untouched,
	       r.mutations, r.found);
	return r.missed > 0;
}
