/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is done to contents: --zisofs, --manifest and their kind. */
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "common/message.h"

/* The word before ',' or the end is KEY=VALUE; *value is what follows the '='. */
static bool key_is(const char *word, size_t n, const char *key, const char **value)
{
	size_t k = strlen(key);

	*value = word + k + 1;
	return n > k + 1 && strncmp(word, key, k) == 0 && word[k] == '=';
}

static bool value_is(const char *value, const char *end, const char *what)
{
	return (size_t)(end - value) == strlen(what) &&
	       strncmp(value, what, (size_t)(end - value)) == 0;
}

static bool take_word(const char *word, size_t n, struct isokit_build_options *lib)
{
	static const struct {
		const char *words[2];
		unsigned log2;
	} sizes[] = {
		{ { "32K", "32k" }, 15 }, { { "64K", "64k" }, 16 }, { { "128K", "128k" }, 17 },
		{ { "256K", "256k" }, 18 }, { { "512K", "512k" }, 19 }, { { "1M", "1m" }, 20 },
	};
	const char *value, *end = word + n;

	if (key_is(word, n, "level", &value) && end - value == 1 && *value >= '1' &&
	    *value <= '9') {
		lib->zisofs_level = *value - '0';
		return true;
	}
	if (key_is(word, n, "version", &value)) {
		lib->zisofs = value_is(value, end, "1") ? ISOKIT_BUILD_ZISOFS_1 :
			      value_is(value, end, "2") ? ISOKIT_BUILD_ZISOFS_2 :
			      value_is(value, end, "auto") ? ISOKIT_BUILD_ZISOFS_AUTO :
			      ISOKIT_BUILD_ZISOFS_NONE;
		return lib->zisofs != ISOKIT_BUILD_ZISOFS_NONE;
	}
	if (key_is(word, n, "block", &value))
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
			if (value_is(value, end, sizes[i].words[0]) ||
			    value_is(value, end, sizes[i].words[1])) {
				lib->zisofs_block_log2 = sizes[i].log2;
				return true;
			}
	return false;
}

/* "level=9,block=64K,version=auto". False after a message. */
bool zisofs_parse(const struct options *o, struct isokit_build_options *lib)
{
	const char *p = o->value;

	if (o->negated) {
		lib->zisofs = ISOKIT_BUILD_ZISOFS_NONE;
		return true;
	}
	lib->zisofs = ISOKIT_BUILD_ZISOFS_1;
	while (p != NULL) {
		size_t n = strcspn(p, ",");

		if (!take_word(p, n, lib))
			return options_refuse(o, "'%.*s' is not level=1 to 9, block=32K to 1M or "
					      "version=1, 2 or auto", (int)n, p) == 0;
		p = p[n] == ',' ? p + n + 1 : NULL;
	}
	if (lib->zisofs != ISOKIT_BUILD_ZISOFS_2 && lib->zisofs_block_log2 > 17)
		return options_refuse(o, "version 1 has blocks of 128K at most") == 0;
	return true;
}
