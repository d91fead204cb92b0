/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "hex.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_LIKE = 4, MAX_BYTES = 64 << 20 };

struct image {
	uint8_t *bytes;
	size_t n;
};

static bool complain(const char *path, unsigned line, const char *what)
{
	fprintf(stderr, "%s:%u: %s\n", path, line, what);
	return false;
}

static bool resize(struct image *img, size_t n)
{
	uint8_t *moved = realloc(img->bytes, n ? n : 1);

	if (!moved)
		return false;
	if (n > img->n)
		memset(moved + img->n, 0, n - img->n);
	img->bytes = moved;
	img->n = n;
	return true;
}

static int digit(char c)
{
	const char *digits = "0123456789abcdef", *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

static bool put_row(struct image *img, const char *s)
{
	char *end;
	size_t at = strtoul(s, &end, 16);

	if (end == s || *end != ':')
		return false;
	for (s = end + 1; *s && *s != '#';) {
		int high = digit(s[0]);
		int low = high >= 0 ? digit(s[1]) : -1;

		if (*s == ' ' || *s == '\n') {
			s++;
			continue;
		}
		if (low < 0 || at >= img->n)
			return false;
		img->bytes[at++] = (uint8_t)(high << 4 | low);
		s += 2;
	}
	return true;
}

static bool load_dump(const char *path, int depth, struct image *img);

static bool load_like(const char *path, const char *name, int depth, struct image *img)
{
	const char *slash = strrchr(path, '/');
	size_t folder = slash ? (size_t)(slash - path) + 1 : 0;
	char beside[4096];

	if (depth >= MAX_LIKE)
		return false;
	if ((size_t)snprintf(beside, sizeof(beside), "%.*s%s", (int)folder, path, name) >=
	    sizeof(beside))
		return false;
	return load_dump(beside, depth + 1, img);
}

static bool load_dump(const char *path, int depth, struct image *img)
{
	char line[4096], name[256];
	unsigned long bytes;
	unsigned number = 0;
	bool ok = true;
	FILE *f = fopen(path, "r");

	if (!f)
		return complain(path, 0, strerror(errno));
	while (ok && fgets(line, sizeof(line), f)) {
		number++;
		if (line[0] == '#' || line[0] == '\n')
			continue;
		if (sscanf(line, "like %255s", name) == 1)
			ok = load_like(path, name, depth, img);
		else if (sscanf(line, "size %lu", &bytes) == 1)
			ok = bytes <= MAX_BYTES && resize(img, bytes);
		else
			ok = put_row(img, line);
	}
	fclose(f);
	return ok || complain(path, number, "is not understood");
}

static bool load_raw(const char *path, struct image *img)
{
	FILE *f = fopen(path, "rb");
	bool ok = f && fseek(f, 0, SEEK_END) == 0;
	long n = ok ? ftell(f) : -1;

	ok = n >= 0 && n <= MAX_BYTES && resize(img, (size_t)n) && fseek(f, 0, SEEK_SET) == 0 &&
	     fread(img->bytes, 1, (size_t)n, f) == (size_t)n;
	if (f)
		fclose(f);
	return ok || complain(path, 0, "cannot be read");
}

bool hex_load(const char *path, uint8_t **ret_bytes, size_t *ret_n)
{
	size_t length = strlen(path);
	struct image img = { 0 };
	bool ok;

	if (length > 4 && strcmp(path + length - 4, ".hex") == 0)
		ok = load_dump(path, 0, &img);
	else
		ok = load_raw(path, &img);
	if (!ok) {
		free(img.bytes);
		return false;
	}
	*ret_bytes = img.bytes;
	*ret_n = img.n;
	return true;
}
