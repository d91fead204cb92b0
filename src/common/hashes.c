/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "common/hashes.h"

#include <string.h>

enum { SHOWN_BYTES = 40 };

bool hashes_are(const char *names)
{
	enum isokit_digest_kind kind;
	size_t n;

	for (;; names += n + 1) {
		n = strcspn(names, ",");
		if (isokit_digest_find(names, n, &kind) != 0)
			return false;
		if (names[n] == '\0')
			return true;
	}
}

bool hashes_add(struct hash_list *l, const struct options *o, const char *names)
{
	enum isokit_digest_kind kind;
	size_t n;

	for (;; names += n + 1) {
		n = strcspn(names, ",");
		if (isokit_digest_find(names, n, &kind) != 0) {
			(void)options_usage_error(o, "--hash: %.*s is not one of md5, sha1, sha224, "
						  "sha256, sha384, sha512, blake2b",
						  (int)(n < SHOWN_BYTES ? n : SHOWN_BYTES), names);
			return false;
		}
		if (!(l->set & 1u << kind))
			l->order[l->n++] = kind;
		l->set |= 1u << kind;
		if (names[n] == '\0')
			return true;
	}
}

/* A name with a newline or a backslash is escaped, and the line begins with a backslash. */
void hashes_print(struct output *out, const char *hex, const char *path)
{
	(void)output_format(out, "%s%s  ", strpbrk(path, "\\\n\r") ? "\\" : "", hex);
	for (; *path; path++) {
		if (*path == '\\')
			(void)output_string(out, "\\\\");
		else if (*path == '\n')
			(void)output_string(out, "\\n");
		else if (*path == '\r')
			(void)output_string(out, "\\r");
		else
			(void)output_write(out, path, 1);
	}
	(void)output_string(out, "\n");
}
