/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From recorded identifiers to names that a path can hold. */
#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "model/tree.h"
#include "ondisk/joliet.h"

/* The first NUL or '/' from `at` on; n where there is none. Eight bytes at once. */
static size_t unsafe_at(const char *name, size_t at, size_t n)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), high = ones * 0x80;

	for (; n - at >= 8; at += 8) {
		uint64_t x = get_le64((const uint8_t *)name + at), y = x ^ ones * '/';

		if ((((x - ones) & ~x) | ((y - ones) & ~y)) & high)
			break;
	}
	while (at < n && name[at] != '/' && name[at] != '\0')
		at++;
	return at;
}

size_t model_name_clean(char *name, size_t n, bool *ret_renamed)
{
	for (size_t i = unsafe_at(name, 0, n); i < n; i = unsafe_at(name, i, n)) {
		name[i] = '_';
		*ret_renamed = true;
	}
	if (n == 0) {
		name[0] = '_';
		*ret_renamed = true;
		return 1;
	}
	if (name[0] == '.' && (n == 1 || (n == 2 && name[1] == '.'))) {
		name[0] = '_';
		*ret_renamed = true;
	}
	return n;
}

/* The separator and version that ECMA-119 7.5.1 puts behind a file name. Only
 * version 1 goes without saying, as for Linux and most readers. */
static size_t without_version(const char *name, size_t n)
{
	return n > 2 && name[n - 1] == '1' && name[n - 2] == ';' ? n - 2 : n;
}

size_t model_name_iso9660(const uint8_t *raw, size_t n, bool is_directory, char *out,
		     bool *ret_renamed)
{
	size_t used = min_u64(n, TREE_NAME_BYTES - 1);

	memcpy(out, raw, used);
	if (!is_directory) {
		size_t stem = without_version(out, used);

		/* The dot is recorded even where there is no extension. */
		if (stem > 1 && out[stem - 1] == '.')
			stem--;
		used = stem;
	}
	return model_name_clean(out, used, ret_renamed);
}

size_t model_name_enhanced(const uint8_t *raw, size_t n, char *out, bool *ret_renamed)
{
	size_t used = min_u64(n, TREE_NAME_BYTES - 1);

	/* ECMA-119 (4th edition) has no version numbers here, but writers put them. */
	memcpy(out, raw, used);
	return model_name_clean(out, without_version(out, used), ret_renamed);
}

size_t model_name_joliet(const uint8_t *raw, size_t n, bool is_directory, char *out,
		    bool *ret_renamed, bool *ret_bad)
{
	struct ondisk_joliet_oddity odd;
	size_t used = ondisk_joliet_to_utf8(raw, min_u64(n, 255), out, &odd);

	*ret_bad = odd.lone_surrogate || odd.odd_length;
	if (!is_directory)
		used = without_version(out, used);
	return model_name_clean(out, used, ret_renamed);
}

static bool is_d_character(uint8_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool model_name_is_level1(const uint8_t *raw, size_t n, bool is_directory)
{
	size_t name = 0, extension = 0, i = 0;

	while (i < n && is_d_character(raw[i])) {
		name++;
		i++;
	}
	if (is_directory)
		return i == n && name <= 8;
	if (i < n && raw[i] == '.') {
		for (i++; i < n && is_d_character(raw[i]); i++)
			extension++;
	}
	if (i < n && raw[i] != ';')
		return false;
	return name <= 8 && extension <= 3;
}
