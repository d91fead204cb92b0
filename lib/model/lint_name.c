/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Identifiers: their form (ECMA-119 7.5, 7.6; Joliet) and their order (9.3). */
#include <string.h>

#include "base/checked.h"
#include "model/lint.h"

enum {
	MOST_ISO = 31,	    /* 7.6.3; 7.5.1: name and extension together 30 */
	MOST_ENHANCED = 207, /* 7.5.1 of the enhanced descriptor, with Rock Ridge less */
	MOST_JOLIET = 128,  /* bytes of name and extension together: 64 characters */
	MAX_DEPTH = 8, MAX_PATH = 255, /* 6.8.2.1 */
	MAX_VERSION = 32767, MOST_VERSION = 8,
};

/* Sets of ASCII characters, a bit each: this runs for every character of an image. */
static const uint32_t d_characters[4] = { 0, 0x03ff0000, 0x87fffffe, 0 };
/* All but controls and * / : ; ? \ */
static const uint32_t joliet_characters[4] = { 0, 0x73ff7bff, 0xefffffff, 0xffffffff };

static bool is_in(const uint32_t set[4], uint32_t c)
{
	return c < 128 && (set[c >> 5] >> (c & 31) & 1);
}

static bool is_d(uint8_t c)
{
	return is_in(d_characters, c);
}

static bool is_joliet(uint32_t c)
{
	return c < 128 ? is_in(joliet_characters, c) : c < 0xfffe;
}

/* An identifier in its three parts; units of one or two bytes. */
struct parts {
	const uint8_t *name, *extension, *version;
	size_t n_name, n_extension, n_version; /* in units */
	bool dot, semicolon;
};

static uint32_t unit(const uint8_t *p, size_t i, size_t width)
{
	return width == 2 ? (uint32_t)p[2 * i] << 8 | p[2 * i + 1] : p[i];
}

static void split(const uint8_t *p, size_t bytes, size_t width, struct parts *ret)
{
	size_t n = bytes / width, dot = n, semicolon = n;

	/* A version has at most five digits. */
	for (size_t i = n; i > 0 && semicolon == n && n - i < MOST_VERSION; i--)
		if (unit(p, i - 1, width) == ';')
			semicolon = i - 1;
	/* Only the last dot is a separator where a writer left more of them. */
	for (size_t i = semicolon; i > 0 && dot == n; i--)
		if (unit(p, i - 1, width) == '.')
			dot = i - 1;
	*ret = (struct parts){ .name = p, .dot = dot < n, .semicolon = semicolon < n };
	ret->n_name = min_u64(dot, semicolon);
	if (ret->dot) {
		ret->extension = p + (dot + 1) * width;
		ret->n_extension = semicolon - dot - 1;
	}
	if (ret->semicolon) {
		ret->version = p + (semicolon + 1) * width;
		ret->n_version = n - semicolon - 1;
	}
}

/* As if the shorter were filled up. */
static int compare(const uint8_t *a, size_t n_a, const uint8_t *b, size_t n_b, size_t width,
		   uint32_t filler)
{
	for (size_t i = 0; i < n_a || i < n_b; i++) {
		uint32_t x = i < n_a ? unit(a, i, width) : filler;
		uint32_t y = i < n_b ? unit(b, i, width) : filler;

		if (x != y)
			return x < y ? -1 : 1;
	}
	return 0;
}

static long version_of(const struct parts *p, size_t width)
{
	long v = 0;

	if (!p->semicolon || p->n_version == 0 || p->n_version > 5)
		return -1;
	for (size_t i = 0; i < p->n_version; i++) {
		uint32_t c = unit(p->version, i, width);

		if (c < '0' || c > '9')
			return -1;
		v = v * 10 + (long)(c - '0');
	}
	return v;
}

static int plain_order(const uint8_t *a, size_t n_a, const uint8_t *b, size_t n_b)
{
	int c = memcmp(a, b, min_u64(n_a, n_b));

	return c ? c : n_a < n_b ? -1 : n_a > n_b;
}

/* Only the last digit, of the version, is another. */
static bool same_but_version(const uint8_t *a, size_t n_a, const uint8_t *b, size_t n_b, size_t width)
{
	return n_a == n_b && n_a >= 3 * width && unit(a, n_a / width - 2, width) == ';' &&
	       memcmp(a, b, n_a - width) == 0;
}

bool lint_in_order(const struct lint_tree *t, const uint8_t *a, size_t n_a, const uint8_t *b,
		   size_t n_b)
{
	size_t width = t->ns == ISOKIT_NS_JOLIET ? 2 : 1;
	uint32_t filler = width == 2 ? 0 : ' '; /* Joliet, "Sort Ordering" */
	struct parts x, y;
	int c;

	/* Byte by byte is the same for lawful names; writers who admit other
	 * characters sort in one way or the other. Nobody minds which. */
	if (plain_order(a, n_a, b, n_b) <= 0 && !same_but_version(a, n_a, b, n_b, width))
		return true;
	split(a, n_a, width, &x);
	split(b, n_b, width, &y);
	c = compare(x.name, x.n_name, y.name, y.n_name, width, filler);
	if (c == 0)
		c = compare(x.extension, x.n_extension, y.extension, y.n_extension, width, filler);
	if (c == 0) /* 9.3: the highest version first */
		return version_of(&x, width) >= version_of(&y, width);
	return c < 0;
}

static void check_version(struct lint_tree *t, const struct lint_record *r, const struct parts *p,
			  size_t width)
{
	long v = version_of(p, width);

	if (!p->semicolon)
		return;
	if (v < 1 || v > MAX_VERSION)
		lint_find_at(t, ISOKIT_F_NAME_VERSION, r,
			     r->offset + 33 + (uint64_t)(p->version - p->name),
			     p->n_version * width, MAX_VERSION, 0);
}

/* 7.5, 7.6. Characters and separators: one finding each for a name. */
static void check_iso(struct lint_tree *t, const struct lint_record *r)
{
	const uint8_t *raw = r->d.name;
	size_t n = r->d.name_bytes, length;
	bool is_dir = r->d.flags & ONDISK_DR_DIRECTORY;
	struct parts p;

	split(raw, n, 1, &p);
	for (size_t i = 0; i < n; i++) {
		bool separator = !is_dir && ((p.dot && i == p.n_name) ||
					     (p.semicolon && raw + i + 1 == p.version) ||
					     (p.semicolon && raw + i >= p.version));

		if (is_d(raw[i]) || separator)
			continue;
		lint_find_at(t, ISOKIT_F_NAME_CHARACTERS, r, r->offset + 33 + i, 1, raw[i], i + 1);
		break;
	}
	if (is_dir) {
		if (n > MOST_ISO)
			lint_find_at(t, ISOKIT_F_NAME_LONG, r, r->offset + 33, n, n, MOST_ISO);
		return;
	}
	if (!p.dot || !p.semicolon)
		lint_find_at(t, ISOKIT_F_NAME_FORM, r, r->offset + 33, n, 0, 0);
	if (p.n_name + p.n_extension == 0)
		lint_find_at(t, ISOKIT_F_NAME_FORM, r, r->offset + 33, n, 0, 0);
	check_version(t, r, &p, 1);
	length = p.n_name + p.n_extension;
	if (length > MOST_ISO - 1)
		lint_find_at(t, ISOKIT_F_NAME_LONG, r, r->offset + 33, n, length, MOST_ISO - 1);
}

/* Joliet: 16-bit characters without controls and * / : ; ? \, and a version behind a
 * ';' as in ISO 9660. A directory has at most 128 bytes, the name and the extension of
 * a file have as many together: the dot between them does not count. */
static void check_joliet(struct lint_tree *t, const struct lint_record *r)
{
	const uint8_t *raw = r->d.name;
	size_t n = r->d.name_bytes / 2u, stem = n, counted;
	bool is_dir = r->d.flags & ONDISK_DR_DIRECTORY;
	struct parts p;

	for (size_t i = n; !is_dir && i > 0 && n - i < MOST_VERSION; i--) {
		if (unit(raw, i - 1, 2) != ';')
			continue;
		split(raw, r->d.name_bytes, 2, &p);
		if (version_of(&p, 2) >= 0) {
			stem = i - 1;
			check_version(t, r, &p, 2);
		}
		break;
	}
	for (size_t i = 0; i < stem; i++) {
		uint32_t c = unit(raw, i, 2);

		if (is_joliet(c))
			continue;
		lint_find_at(t, ISOKIT_F_JOLIET_CHARACTERS, r, r->offset + 33 + 2 * i, 2, c, i + 1);
		break;
	}
	counted = stem;
	for (size_t i = 0; i < stem && counted == stem && !is_dir; i++)
		counted -= unit(raw, i, 2) == '.';
	if (counted * 2 > MOST_JOLIET)
		lint_find_at(t, ISOKIT_F_JOLIET_LONG, r, r->offset + 33, r->d.name_bytes, counted,
			     MOST_JOLIET / 2);
	if (r->d.name_bytes & 1)
		lint_find_at(t, ISOKIT_F_JOLIET_CHARACTERS, r, r->offset + 33, r->d.name_bytes, 0, n + 1);
}

static void check_path(struct lint_tree *t, const struct lint_record *r)
{
	const struct lint_dir *dir = &t->dirs[r->dir];
	unsigned length = (dir->depth > 1 ? dir->path_bytes + 1u : 0) + r->d.name_bytes;

	/* The root is level 1, and a directory may be at level 8. */
	if ((r->d.flags & ONDISK_DR_DIRECTORY) && dir->depth == MAX_DEPTH)
		lint_find_at(t, ISOKIT_F_TREE_DEEP, r, r->offset, r->d.length, MAX_DEPTH, 0);
	if (length > MAX_PATH && t->ns != ISOKIT_NS_JOLIET)
		lint_find_at(t, ISOKIT_F_PATH_LONG, r, r->offset + 33, r->d.name_bytes, length, MAX_PATH);
}

void lint_name(struct lint_tree *t, const struct lint_record *r)
{
	if (t->ns == ISOKIT_NS_JOLIET) {
		check_joliet(t, r);
	} else if (t->ns == ISOKIT_NS_ENHANCED) {
		if (r->d.name_bytes > MOST_ENHANCED)
			lint_find_at(t, ISOKIT_F_NAME_LONG, r, r->offset + 33, r->d.name_bytes,
				     r->d.name_bytes, MOST_ENHANCED);
	} else {
		check_iso(t, r);
	}
	if (t->ns != ISOKIT_NS_ENHANCED)
		check_path(t, r);
}
