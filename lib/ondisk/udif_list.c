/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The block maps of a DMG: in the property list at its end, or in its resource fork. Of
 * XML there is as much here as a property list needs. */
#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "ondisk/udif.h"

/* ---- property list ----------------------------------------------------------------------- */

/* A tag, and the text ahead of it. */
struct tag {
	const char *name, *text;
	size_t name_bytes, text_bytes;
	bool closing, empty; /* </x>, <x/> */
};

static size_t find(const uint8_t *p, size_t n, const char *what)
{
	const uint8_t *at = memmem(p, n, what, strlen(what));

	return at ? (size_t)(at - p) : n;
}

static bool next_tag(struct ondisk_udif_list *l, struct tag *ret)
{
	for (;;) {
		const uint8_t *p = l->raw + l->at;
		size_t n = l->len - l->at, open, close;

		open = find(p, n, "<");
		if (open == n)
			return false;
		if (n - open >= 4 && memcmp(p + open, "<!--", 4) == 0) {
			close = open + find(p + open, n - open, "-->");
			if (close == n)
				return false;
			l->at += close + 3;
			continue;
		}
		close = open + find(p + open, n - open, ">");
		if (close == n)
			return false;
		l->at += close + 1;
		if (p[open + 1] == '!' || p[open + 1] == '?')
			continue;
		*ret = (struct tag){ .text = (const char *)p, .text_bytes = open };
		open++;
		if (p[open] == '/') {
			ret->closing = true;
			open++;
		}
		ret->empty = close > open && p[close - 1] == '/';
		ret->name = (const char *)p + open;
		while (open < close && p[open] != '/' && p[open] > ' ') {
			open++;
			ret->name_bytes++;
		}
		return true;
	}
}

static bool is(const char *p, size_t n, const char *what)
{
	return n == strlen(what) && memcmp(p, what, n) == 0;
}

bool ondisk_udif_next_xml(struct ondisk_udif_list *l, struct ondisk_udif_entry *ret)
{
	enum { OUTSIDE, INSIDE, DONE };
	struct ondisk_udif_entry e = { .base64 = true };
	const char *key = "";
	size_t key_bytes = 0;
	struct tag t;

	while (l->state != DONE && next_tag(l, &t)) {
		if (t.closing && is(t.name, t.name_bytes, "key")) {
			key = t.text;
			key_bytes = t.text_bytes;
			continue;
		}
		if (l->state == OUTSIDE) {
			if (!t.closing && is(t.name, t.name_bytes, "array") &&
			    is(key, key_bytes, "blkx"))
				l->state = t.empty ? DONE : INSIDE;
			continue;
		}
		if (t.closing && is(t.name, t.name_bytes, "array")) {
			l->state = DONE;
		} else if (!t.closing && is(t.name, t.name_bytes, "dict")) {
			e = (struct ondisk_udif_entry){ .base64 = true };
		} else if (t.closing && is(t.name, t.name_bytes, "string") &&
			   (is(key, key_bytes, "Name") ||
			    (is(key, key_bytes, "CFName") && !e.name))) {
			e.name = t.text;
			e.name_bytes = t.text_bytes;
		} else if (t.closing && is(t.name, t.name_bytes, "data") &&
			   is(key, key_bytes, "Data")) {
			e.map = (const uint8_t *)t.text;
			e.map_bytes = t.text_bytes;
		} else if (t.closing && is(t.name, t.name_bytes, "dict") && e.map) {
			*ret = e;
			return true;
		}
	}
	return false;
}

static int base64_digit(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool ondisk_base64(const uint8_t *text, size_t n, uint8_t *out, size_t *ret_bytes)
{
	uint32_t held = 0;
	unsigned have = 0;
	size_t at = 0;

	for (size_t i = 0; i < n; i++) {
		int digit;

		if (text[i] == ' ' || (text[i] >= '\t' && text[i] <= '\r'))
			continue;
		if (text[i] == '=')
			break;
		digit = base64_digit(text[i]);
		if (digit < 0)
			return false;
		held = held << 6 | (uint32_t)digit;
		have += 6;
		if (have >= 8) {
			have -= 8;
			out[at++] = (uint8_t)(held >> have);
		}
	}
	*ret_bytes = at;
	return true;
}

/* ---- resource fork ------------------------------------------------------------------------ */

/* The header and the map of "Inside Macintosh: More Macintosh Toolbox", chapter 1. */
enum { HEADER_BYTES = 16, MAP_HEAD_BYTES = 28, TYPE_BYTES = 8, REF_BYTES = 12 };

/* Find the list of references of type blkx: l->refs, and l->left of them. */
static void find_references(struct ondisk_udif_list *l)
{
	const uint8_t *p = l->raw, *types;
	uint32_t map, map_bytes;
	size_t list, n;

	if (l->len < HEADER_BYTES)
		return;
	map = get_be32(p + 4);
	map_bytes = get_be32(p + 12);
	if (!range_inside(map, map_bytes, l->len) || map_bytes < MAP_HEAD_BYTES + 2)
		return;
	list = get_be16(p + map + 24);
	if (!range_inside(list, 2, map_bytes))
		return;
	types = p + map + list;
	n = (size_t)((get_be16(types) + 1) & 0xffff);
	for (size_t i = 0; i < n; i++) {
		const uint8_t *t = types + 2 + i * TYPE_BYTES;
		size_t refs, n_refs;

		if (!range_inside(list + 2 + i * TYPE_BYTES, TYPE_BYTES, map_bytes))
			return;
		if (memcmp(t, "blkx", 4) != 0)
			continue;
		n_refs = (size_t)get_be16(t + 4) + 1;
		refs = list + get_be16(t + 6);
		if (!range_inside(refs, n_refs * REF_BYTES, map_bytes))
			return;
		l->refs = map + refs;
		l->left = n_refs;
		return;
	}
}

static void name_of(const struct ondisk_udif_list *l, uint16_t offset,
		    struct ondisk_udif_entry *e)
{
	uint32_t map = get_be32(l->raw + 4), map_bytes = get_be32(l->raw + 12);
	size_t at = (size_t)get_be16(l->raw + map + 26) + offset;

	if (offset == 0xffff || !range_inside(at, 1, map_bytes) ||
	    !range_inside(at + 1, l->raw[map + at], map_bytes))
		return;
	e->name = (const char *)l->raw + map + at + 1;
	e->name_bytes = l->raw[map + at];
}

bool ondisk_udif_next_resource(struct ondisk_udif_list *l, struct ondisk_udif_entry *ret)
{
	if (l->state == 0) {
		l->state = 1;
		find_references(l);
	}
	while (l->left) {
		const uint8_t *ref = l->raw + l->refs;
		uint32_t data = get_be32(l->raw), data_bytes = get_be32(l->raw + 8);
		uint32_t at = get_be32(ref + 4) & 0xffffff;
		struct ondisk_udif_entry e = { .base64 = false };

		l->left--;
		l->refs += REF_BYTES;
		if (!range_inside(data, data_bytes, l->len) || !range_inside(at, 4, data_bytes))
			continue;
		e.map_bytes = get_be32(l->raw + data + at);
		if (!range_inside((uint64_t)at + 4, e.map_bytes, data_bytes))
			continue;
		e.map = l->raw + data + at + 4;
		name_of(l, get_be16(ref + 2), &e);
		*ret = e;
		return true;
	}
	return false;
}
