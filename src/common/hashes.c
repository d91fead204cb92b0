/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "common/hashes.h"

#include <string.h>
#include <unistd.h>

enum { SHOWN_BYTES = 40 };

const char *const hashes_words[] = { "md5", "sha1", "sha224", "sha256", "sha384", "sha512", "blake2b",
				     NULL };

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

bool hashes_option(struct hash_list *l, const struct options *o)
{
	l->open = !o->value;
	return l->open || hashes_add(l, o, o->value);
}

/* To be told of whatever options_next() returns, before it is looked at; *ret_word: it belonged
 * to --hash. */
static bool follow(struct hash_list *l, const struct options *o, int id, bool *ret_word)
{
	bool open = l->open;

	l->open = false;
	*ret_word = open && id == OPT_OPERAND && hashes_are(o->value) && access(o->value, F_OK) != 0;
	return !open || hashes_add(l, o, *ret_word ? o->value : "sha256");
}

enum exit_code hashes_parse(struct hash_list *l, struct options *o,
			    bool (*take)(const struct options *o, int id, void *ctx), void *ctx,
			    bool *ret_stop)
{
	bool word;
	int id;

	*ret_stop = true;
	while ((id = options_next(o)) != OPT_END) {
		if (id == OPT_FINISH)
			return o->exit_code;
		if (!follow(l, o, id, &word) || id == OPT_ERROR || (!word && !take(o, id, ctx)))
			return EXIT_UNABLE;
	}
	if (!follow(l, o, OPT_END, &word))
		return EXIT_UNABLE;
	*ret_stop = false;
	return EXIT_DONE;
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
