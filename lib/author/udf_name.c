/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names and link targets as UDF stores them. */
#include "author/udf.h"

#include <stdio.h>
#include <string.h>

#include "base/byteorder.h"
#include "ondisk/udf_encode.h"

enum { ALL_UNITS = 255, MOST_UNITS = 254, EXTENSION_UNITS = 5 };

static bool is_high_surrogate(uint16_t unit)
{
	return unit >= 0xd800 && unit < 0xdc00;
}

/* The name as UTF-16, with '_' for bytes that are no UTF-8. */
static size_t to_units(const struct tree_node *n, uint16_t units[ALL_UNITS + 1], bool *ret_wide)
{
	const uint8_t *p = (const uint8_t *)n->name;
	size_t left = n->name_bytes, count = 0;

	*ret_wide = false;
	while (left && count < ALL_UNITS) {
		uint32_t code;
		size_t k = utf8_decode(p, left, &code);

		if (k == 0) {
			code = '_';
			k = 1;
		}
		p += k;
		left -= k;
		*ret_wide |= code > 0xff;
		if (code > 0xffff) {
			units[count++] = (uint16_t)(0xd800 + ((code - 0x10000) >> 10));
			code = 0xdc00 + ((code - 0x10000) & 0x3ff);
		}
		units[count++] = (uint16_t)code;
	}
	return count;
}

/* A shorter name, after UDF 4.2.2.1: its beginning, '#', the CRC of the whole name, and
 * the extension. Behind the CRC stands a number that no other such name of the folder
 * has. */
static size_t shorten(const struct tree_node *n, uint32_t number, uint8_t *out)
{
	uint16_t units[ALL_UNITS + 1];
	bool wide;
	size_t count = to_units(n, units, &wide), most = wide ? MOST_UNITS / 2 : MOST_UNITS;
	size_t head, tail = 0, used = 1, mark_units;
	char mark[16];

	(void)snprintf(mark, sizeof(mark), "#%04X%X",
		       ondisk_udf_crc(0, (const uint8_t *)n->name, n->name_bytes), number);
	mark_units = strlen(mark);
	for (size_t i = 1; i <= EXTENSION_UNITS + 1u && i < count; i++) {
		if (units[count - i] == '.') {
			tail = i;
			break;
		}
	}
	head = count - tail;
	if (head > most - mark_units - tail)
		head = most - mark_units - tail;
	if (head && is_high_surrogate(units[head - 1]))
		head--;
	out[0] = wide ? 16 : 8;
	for (size_t i = 0; i < head + mark_units + tail; i++) {
		uint16_t unit = i < head ? units[i] :
				i < head + mark_units ? (uint8_t)mark[i - head] :
				units[count - tail + (i - head - mark_units)];

		if (wide) {
			put_be16(out + used, unit);
			used += 2;
		} else {
			out[used++] = (uint8_t)unit;
		}
	}
	return used;
}

size_t udf_name(const struct tree_node *dir, uint32_t i, uint8_t *out, bool *ret_altered)
{
	const struct tree_node *n = dir->u.dir.children[i];
	size_t used = ondisk_udf_name_encode(n->name, n->name_bytes, out, ONDISK_UDF_NAME_BYTES);
	char utf8[2 * ONDISK_UDF_NAME_BYTES + 4];
	uint32_t number = i;
	size_t bytes;
	bool ok;

	*ret_altered = used == 0;
	if (used)
		return used;
	/* Each number is tried by one name alone, so two never meet. */
	do {
		used = shorten(n, number, out);
		bytes = ondisk_udf_name(out, used, utf8, &ok);
		if (number > UINT32_MAX - dir->u.dir.n)
			break;
		number += dir->u.dir.n;
	} while (tree_child(dir, utf8, bytes));
	return used;
}

/* A component may have no more bytes than a name; what does not fit is no target of
 * anything here either. */
static void add_component(struct text *out, const char *name, size_t n)
{
	uint8_t raw[4 + ONDISK_UDF_NAME_BYTES], encoded[ONDISK_UDF_NAME_BYTES];
	uint8_t type = ONDISK_UDF_PATH_NAME;
	size_t used = 0;

	if (n == 1 && name[0] == '.') {
		type = ONDISK_UDF_PATH_SELF;
	} else if (n == 2 && memcmp(name, "..", 2) == 0) {
		type = ONDISK_UDF_PATH_PARENT;
	} else {
		struct tree_node node = { .name = name, .name_bytes = (uint16_t)n };

		used = ondisk_udf_name_encode(name, n, encoded, sizeof(encoded));
		if (!used)
			used = shorten(&node, 0, encoded);
	}
	text_add(out, raw, ondisk_udf_component_encode(raw, type, encoded, used));
}

bool udf_link(const struct tree_node *link, struct text *out)
{
	struct text target = { 0 };
	const char *p;
	uint8_t raw[4];
	bool ok;

	text_clear(out);
	layout_link_target(link, &target);
	p = text_string(&target);
	if (*p == '/') {
		text_add(out, raw, ondisk_udf_component_encode(raw, ONDISK_UDF_PATH_ROOT, NULL, 0));
		p++;
	}
	while (*p) {
		size_t n = strcspn(p, "/");

		if (n)
			add_component(out, p, n);
		p += n + (p[n] == '/');
	}
	ok = !target.failed && !out->failed;
	text_free(&target);
	return ok;
}
