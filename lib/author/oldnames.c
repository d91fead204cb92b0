/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "author/oldnames.h"

#include <string.h>

enum { LEVEL_1_ROOT = 8, LEVEL_1_EXTENSION = 3, DIGITS = 3, LEVEL_1_NUMBERED = 5,
       NAME_CHARS = 31, LONG_NAME_CHARS = 37 };

static size_t name_chars(const struct isokit_build_naming *naming)
{
	if (naming->iso_1999)
		return OLDNAME_CHARS;
	return naming->max_37 ? LONG_NAME_CHARS : NAME_CHARS;
}

static bool is_long(const struct isokit_build_naming *naming, int level)
{
	return level > 1 || naming->max_37 || naming->iso_1999;
}

/* Names longer than this change nothing in the result. */
enum { LONGEST = 1024 };

struct parts {
	const char *name;
	size_t n;
	size_t dot;              /* of the extension; n: none */
	size_t root_most, extension_most;
};

/* The dot that parts the extension: the last one, unless nothing or a ~ follows and
 * there is another. */
static size_t extension_dot(const char *name, size_t n)
{
	size_t last = n, other = n;

	for (size_t i = 0; i < n; i++) {
		if (name[i] != '.')
			continue;
		other = last;
		last = i;
	}
	if (last < n && (last + 1 == n || name[last + 1] == '~') && other < n)
		last = other;
	return last;
}

static void set_limits(struct parts *p, const struct isokit_build_naming *naming, int level,
		       bool dir)
{
	size_t most = name_chars(naming);
	size_t extension = p->n - p->dot; /* with its dot */

	p->root_most = LEVEL_1_ROOT;
	p->extension_most = LEVEL_1_EXTENSION;
	if (!is_long(naming, level))
		return;
	p->root_most = most;
	p->extension_most = most - 1;
	if (dir)
		return;
	p->extension_most = extension;
	p->root_most = extension > most / 2 + 1 ? most / 2 : most - extension;
}

static char spell(const struct isokit_build_naming *naming, char c)
{
	static const char refused[] = "+=%:;.,\t \"/[]><|!$&'()*?@\\^`{}";

	if ((uint8_t)c >= 0x80)
		return naming->iso_1999 ? c : '_';
	if (!naming->lower_case && !naming->full_ascii && c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	if (naming->relaxed || naming->full_ascii)
		return c;
	if (c < ' ' || strchr(refused, c) ||
	    (!naming->no_translation && (c == '#' || c == '-' || c == '~')))
		return '_';
	return c;
}

static void put(struct oldname *to, char c)
{
	if (to->n < OLDNAME_BYTES - 4)
		to->bytes[to->n++] = c;
}

static void put_root(struct oldname *to, const struct parts *p,
		     const struct isokit_build_naming *naming)
{
	bool dots = naming->multi_dot || naming->full_ascii;
	bool first_dot = naming->leading_dot || naming->full_ascii;

	for (size_t i = 0; i < p->dot && to->n < p->root_most; i++) {
		if (p->name[i] != '.')
			put(to, spell(naming, p->name[i]));
		else
			put(to, dots && (i > 0 || first_dot) ? '.' : '_');
	}
}

static void put_extension(struct oldname *to, const struct parts *p,
			  const struct isokit_build_naming *naming)
{
	size_t used = 0, all = to->n, in_root = 0, most = name_chars(naming);

	/* Dots that found no place in the root count all the same. */
	for (size_t i = 0; i < p->dot; i++) {
		all += p->name[i] == '.' && in_root >= p->root_most;
		in_root += in_root < p->root_most;
	}
	most = most > all ? most - all : 0;
	most = most < p->extension_most ? most : p->extension_most;
	for (size_t i = p->dot + 1; i < p->n && used < most; i++, used++)
		put(to, p->name[i] != '.' ? spell(naming, p->name[i]) :
			naming->multi_dot || naming->full_ascii ? '.' : '_');
}

static void put_version(struct oldname *to, const struct isokit_build_naming *naming, bool dir)
{
	to->end = to->n;
	if (dir || naming->no_version || naming->max_37)
		return;
	to->bytes[to->n++] = ';';
	to->bytes[to->n++] = '1';
}

static bool ends_with(const char *name, size_t n, const char *end)
{
	size_t m = strlen(end);

	return n > m && memcmp(name + n - m, end, m) == 0;
}

void oldname_make(const struct isokit_build_naming *naming, int level, const char *name,
		  size_t name_bytes, bool dir, struct oldname *ret_name)
{
	static const struct {
		const char *from, *to;
	} known[] = { { ".tar.gz", ".tgz" }, { ".ps.gz", ".psz" } };
	char copy[LONGEST];
	struct parts p = { .name = copy };
	bool leading;

	*ret_name = (struct oldname){ 0 };
	p.n = name_bytes < LONGEST ? name_bytes : LONGEST;
	memcpy(copy, name, p.n);
	p.dot = extension_dot(copy, p.n);
	set_limits(&p, naming, level, dir);
	for (size_t i = 0; i < 2 && !naming->multi_dot && !naming->full_ascii; i++) {
		if (!ends_with(copy, p.n, known[i].from))
			continue;
		p.n -= strlen(known[i].from);
		p.dot = p.n;
		memcpy(copy + p.n, known[i].to, strlen(known[i].to));
		p.n += strlen(known[i].to);
	}
	/* ".name" has no extension, but what follows the dot is the rest of the name. */
	leading = p.dot == 0 && p.n > 1 && !naming->leading_dot;
	if (leading)
		p.dot = p.n;
	put_root(ret_name, &p, naming);
	ret_name->root_bytes = ret_name->n;
	if (p.dot < p.n) {
		put(ret_name, '.');
		put_extension(ret_name, &p, naming);
	} else if (!dir && !naming->no_dot) {
		if (ret_name->n >= name_chars(naming) - 1)
			ret_name->root_bytes = --ret_name->n;
		put(ret_name, '.');
	}
	put_version(ret_name, naming, dir);
}

void oldname_number(const struct isokit_build_naming *naming, int level,
		    const struct oldname *from, unsigned number, struct oldname *ret_name)
{
	static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	size_t extension = (size_t)from->end - from->root_bytes;
	size_t most = LEVEL_1_NUMBERED;

	if (is_long(naming, level)) {
		most = name_chars(naming);
		most = most > extension + DIGITS ? most - extension - DIGITS : 1;
	}
	*ret_name = (struct oldname){ 0 };
	for (size_t i = 0; i < from->root_bytes && i < most; i++)
		put(ret_name, from->bytes[i]);
	put(ret_name, digits[number / 36 / 36 % 36]);
	put(ret_name, digits[number / 36 % 36]);
	put(ret_name, digits[number % 36]);
	ret_name->root_bytes = ret_name->n;
	for (size_t i = from->root_bytes; i < from->end; i++)
		put(ret_name, from->bytes[i]);
	ret_name->end = ret_name->n;
	for (size_t i = from->end; i < from->n; i++)
		ret_name->bytes[ret_name->n++] = from->bytes[i];
}

bool oldname_take(const char *identifier, size_t bytes, struct oldname *ret_name)
{
	const char *version = memchr(identifier, ';', bytes);
	size_t end = version ? (size_t)(version - identifier) : bytes, dot = end;

	if (bytes > OLDNAME_BYTES)
		return false;
	for (size_t i = 0; i < end; i++) {
		if (identifier[i] == '.')
			dot = i;
	}
	*ret_name = (struct oldname){ .n = (uint8_t)bytes, .root_bytes = (uint8_t)dot,
				      .end = (uint8_t)end };
	memcpy(ret_name->bytes, identifier, bytes);
	return true;
}

/* Names, then extensions, each as if filled up with blanks. */
static int compare_part(const char *a, size_t a_bytes, const char *b, size_t b_bytes)
{
	for (size_t i = 0; i < a_bytes || i < b_bytes; i++) {
		uint8_t x = i < a_bytes ? (uint8_t)a[i] : ' ', y = i < b_bytes ? (uint8_t)b[i] : ' ';

		if (x != y)
			return x < y ? -1 : 1;
	}
	return 0;
}

int oldname_compare(const struct oldname *a, const struct oldname *b)
{
	int r = compare_part(a->bytes, a->root_bytes, b->bytes, b->root_bytes);

	if (r == 0)
		r = compare_part(a->bytes + a->root_bytes, (size_t)a->end - a->root_bytes,
				 b->bytes + b->root_bytes, (size_t)b->end - b->root_bytes);
	return r;
}
