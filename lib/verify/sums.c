/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "verify/sums.h"

#include <string.h>

#include "base/scan.h"

/* Does the name end so (the suffix is in lower case)? */
static bool ends_with(const char *name, size_t n, const char *suffix)
{
	size_t m = strlen(suffix);

	return n >= m && ascii_equal_nocase(name + n - m, suffix, m);
}

static bool equals(const char *name, size_t n, const char *word)
{
	return n == strlen(word) && ends_with(name, n, word);
}

/* "sha256" and what may follow it in the name of a list: "sum", "sums". */
static bool is_algorithm(const char *name, size_t n)
{
	enum isokit_digest_kind kind;

	if (ends_with(name, n, "sums"))
		n -= 4;
	else if (ends_with(name, n, "sum"))
		n -= 3;
	else
		return false;
	if (n && (name[n - 1] == '_' || name[n - 1] == '-' || name[n - 1] == '.'))
		n--;
	return isokit_digest_find(name, n, &kind) == 0;
}

bool sums_is_list(const char *name, size_t n)
{
	static const char *const words[] = { "checksum", "checksums", "checksum.md5",
					     "checksums.md5", "checksum.sha256",
					     "checksums.sha256", "checksum.sha512",
					     "checksums.sha512", "md5.txt", "sha256.txt", "digests" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (equals(name, n, words[i]))
			return true;
	if (ends_with(name, n, ".txt") || ends_with(name, n, ".asc"))
		n -= 4;
	if (equals(name, n, "checksum") || equals(name, n, "checksums"))
		return true;
	/* Fedora: "Fedora-Server-40-1.14-x86_64-CHECKSUM". */
	if (ends_with(name, n, "-checksum"))
		return true;
	return is_algorithm(name, n);
}

size_t sums_is_sidecar(const char *name, size_t n)
{
	static const char *const suffixes[] = {
		".md5", ".sha1", ".sha224", ".sha256", ".sha384", ".sha512", ".b2", ".blake2b",
		".md5sum", ".sha1sum", ".sha224sum", ".sha256sum", ".sha384sum", ".sha512sum",
		".b2sum", ".checksum", ".digests", ".md5sums", ".sha256sums", ".sha512sums",
	};

	if (ends_with(name, n, ".txt") || ends_with(name, n, ".asc"))
		n -= 4;
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
		if (ends_with(name, n, suffixes[i]) && n > strlen(suffixes[i]))
			return n - strlen(suffixes[i]);
	return 0;
}

static bool contains(const char *p, size_t n, const char *word)
{
	size_t m = strlen(word);

	for (size_t i = 0; i + m <= n; i++)
		if (ends_with(p, i + m, word))
			return true;
	return false;
}

struct sums_hint sums_hint_of(const char *name, size_t n)
{
	return (struct sums_hint){
		.blake2b = contains(name, n, "b2sum") || contains(name, n, "blake2") ||
			   ends_with(name, n, ".b2"),
		/* Not "sha384sums". */
		.foreign = contains(name, n, "sha3-") || contains(name, n, "sha3_") ||
			   contains(name, n, "sha3sum"),
	};
}

static size_t hex_run(const char *p, size_t n)
{
	size_t i = 0;

	while (i < n && ((p[i] >= '0' && p[i] <= '9') || (ascii_lower(p[i]) >= 'a' && ascii_lower(p[i]) <= 'f')))
		i++;
	return i;
}

static bool kind_of_length(size_t digits, const struct sums_hint *hint,
			   enum isokit_digest_kind *ret)
{
	if (hint->foreign)
		return false;
	if (digits == 128 && hint->blake2b) {
		*ret = ISOKIT_BLAKE2B;
		return true;
	}
	for (size_t i = 0; i < ISOKIT_BLAKE2B; i++) {
		if (2 * isokit_digest_bytes((enum isokit_digest_kind)i) == digits) {
			*ret = (enum isokit_digest_kind)i;
			return true;
		}
	}
	return false;
}

/* coreutils: after a backslash at the beginning of the line, \n, \r and \\ in the
 * name stand for the characters. False: another escape. */
static bool unescape(char *name, size_t *n)
{
	size_t out = 0;

	for (size_t i = 0; i < *n; i++) {
		char c = name[i];

		if (c == '\\') {
			if (++i == *n)
				return false;
			if (name[i] == 'n')
				c = '\n';
			else if (name[i] == 'r')
				c = '\r';
			else if (name[i] != '\\')
				return false;
		}
		name[out++] = c;
	}
	*n = out;
	return true;
}

/* "<digest>  <name>", "<digest> *<name>" */
static bool parse_gnu(char *line, size_t n, const struct sums_hint *hint, struct sums_line *ret)
{
	size_t digits = hex_run(line, n), at = digits;

	if (!kind_of_length(digits, hint, &ret->kind))
		return false;
	ret->digits = line;
	if (at < n && line[at] != ' ' && line[at] != '\t')
		return false;
	if (at < n && line[at] == '\t') {
		while (at < n && (line[at] == ' ' || line[at] == '\t'))
			at++;
	} else if (at < n) {
		at++;
		/* The second column: text or binary. BSD's -r has only one blank. */
		if (at < n && (line[at] == ' ' || line[at] == '*'))
			at++;
	}
	ret->name = line + at;
	ret->name_bytes = n - at;
	return true;
}

/* "SHA256 (<name>) = <digest>", OpenSSL without the blanks */
static bool parse_bsd(char *line, size_t n, struct sums_line *ret)
{
	char *open = memchr(line, '(', n < 24 ? n : 24), *close;
	size_t word, digits;

	if (!open)
		return false;
	word = (size_t)(open - line);
	while (word && line[word - 1] == ' ')
		word--;
	if (isokit_digest_find(line, word, &ret->kind) != 0)
		return false;
	digits = 2 * isokit_digest_bytes(ret->kind);
	if (n < digits || hex_run(line + n - digits, digits) != digits)
		return false;
	ret->digits = line + n - digits;
	n -= digits;
	while (n && (line[n - 1] == ' ' || line[n - 1] == '='))
		n--;
	close = line + n - 1;
	if (!n || *close != ')' || close <= open)
		return false;
	ret->name = open + 1;
	ret->name_bytes = (size_t)(close - open - 1);
	return ret->name_bytes > 0;
}

/* "# SHA512 HASH" (Gentoo), "# blake2b" */
static void take_comment(const char *line, size_t n, struct sums_hint *hint)
{
	if (contains(line, n, "blake2b"))
		hint->blake2b = true;
	else if (contains(line, n, "sha"))
		hint->blake2b = false;
}

bool sums_line_parse(char *line, size_t n, struct sums_hint *hint, struct sums_line *ret)
{
	struct sums_line l = { .name = NULL };
	bool escaped = false;

	if (n >= 3 && memcmp(line, "\xef\xbb\xbf", 3) == 0) {
		line += 3;
		n -= 3;
	}
	if (n && line[n - 1] == '\r')
		n--;
	if (n && line[0] == '#') {
		take_comment(line, n, hint);
		return false;
	}
	if (n && line[0] == '\\') {
		escaped = true;
		line++;
		n--;
	}
	while (n && (*line == ' ' || *line == '\t')) {
		line++;
		n--;
	}
	if (!parse_bsd(line, n, &l) && !parse_gnu(line, n, hint, &l))
		return false;
	if (escaped && !unescape(l.name, &l.name_bytes))
		return false;
	if (memchr(l.name, 0, l.name_bytes))
		return false;
	*ret = l;
	return true;
}

static size_t word_length(const char *p, size_t n)
{
	size_t i = 0;

	while (i < n && p[i] != ' ' && p[i] != '\t')
		i++;
	return i;
}

static size_t count_hex(const char *p, size_t n)
{
	size_t hex = 0;

	for (size_t i = 0; i < n; i++)
		hex += hex_run(p + i, 1);
	return hex;
}

/* Words of prose and of base64 have far less; a whole MD5 has 32. */
static bool nearly_digest(const char *p, size_t n)
{
	return n >= 24 && n <= 132 && 4 * count_hex(p, n) >= 3 * n;
}

static bool is_plain_word(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char c = ascii_lower(p[i]);

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-' && c != '_' &&
		    c != '/')
			return false;
	}
	return n > 0;
}

bool sums_line_damaged(const char *line, size_t n, const struct sums_hint *hint)
{
	size_t first, last, algorithm;
	enum isokit_digest_kind kind;

	if (n && line[n - 1] == '\r')
		n--;
	while (n && (*line == ' ' || *line == '\t' || *line == '\\')) {
		line++;
		n--;
	}
	if (!n || *line == '#' || hint->foreign)
		return false;
	first = word_length(line, n);
	/* Digits only, so many as a digest of another kind has them: that is one. */
	if (nearly_digest(line, first))
		return count_hex(line, first) < first || first % 8 ||
		       kind_of_length(first, hint, &kind);
	/* A blank among the digits. */
	if (first < 24 && n > 32 && count_hex(line, 32) >= 28)
		return true;
	for (last = n; last && line[last - 1] != ' ' && line[last - 1] != '='; last--)
		;
	if (!last || !nearly_digest(line + last, n - last))
		return false;
	for (algorithm = 0; algorithm < first && line[algorithm] != '('; algorithm++)
		;
	return isokit_digest_find(line, algorithm, &kind) == 0 || !is_plain_word(line, algorithm);
}

bool sums_next_line(char *text, size_t n, size_t *at, char **ret_line, size_t *ret_n)
{
	char *end;

	if (*at >= n)
		return false;
	*ret_line = text + *at;
	end = memchr(*ret_line, '\n', n - *at);
	*ret_n = end ? (size_t)(end - *ret_line) : n - *at;
	*at += *ret_n + 1;
	return true;
}
