/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Taking text apart that an image holds: lines, words, KEY=VALUE. */
#include <string.h>
#include <strings.h>

#include "model/content.h"

struct piece content_trim(struct piece p)
{
	while (p.n && (p.p[0] == ' ' || p.p[0] == '\t' || p.p[0] == '"' || p.p[0] == '\''))
		p.p++, p.n--;
	while (p.n && (p.p[p.n - 1] == ' ' || p.p[p.n - 1] == '\t' || p.p[p.n - 1] == '\r' ||
		       p.p[p.n - 1] == '"' || p.p[p.n - 1] == '\'' || p.p[p.n - 1] == '\0'))
		p.n--;
	return p;
}

bool content_line(const char *text, size_t n, size_t *at, struct piece *ret_line)
{
	size_t from = *at, end;

	if (from >= n)
		return false;
	end = from;
	while (end < n && text[end] != '\n' && text[end] != '\0')
		end++;
	*at = end < n ? end + 1 : n;
	*ret_line = (struct piece){ text + from, end - from };
	while (ret_line->n && (ret_line->p[0] == ' ' || ret_line->p[0] == '\t'))
		ret_line->p++, ret_line->n--;
	while (ret_line->n && (ret_line->p[ret_line->n - 1] == ' ' ||
			       ret_line->p[ret_line->n - 1] == '\r'))
		ret_line->n--;
	return true;
}

bool content_is(struct piece p, const char *word)
{
	return p.n == strlen(word) && strncasecmp(p.p, word, p.n) == 0;
}

bool content_begins(struct piece p, const char *word)
{
	size_t n = strlen(word);

	return p.n >= n && strncasecmp(p.p, word, n) == 0;
}

size_t content_find(struct piece p, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i + n <= p.n; i++) {
		if (strncasecmp(p.p + i, word, n) == 0)
			return i;
	}
	return SIZE_MAX;
}

bool content_word(struct piece *rest, struct piece *ret_word)
{
	while (rest->n && (rest->p[0] == ' ' || rest->p[0] == '\t'))
		rest->p++, rest->n--;
	if (!rest->n)
		return false;
	*ret_word = (struct piece){ rest->p, 0 };
	while (rest->n && rest->p[0] != ' ' && rest->p[0] != '\t')
		rest->p++, rest->n--, ret_word->n++;
	return true;
}

struct piece content_value(const char *text, size_t n, const char *section, const char *key,
			   char separator, struct piece *ret_line)
{
	bool inside = section == NULL;
	struct piece line;
	size_t at = 0;

	while (content_line(text, n, &at, &line)) {
		struct piece value = line;
		size_t length = strlen(key);

		if (section && line.n > 2 && line.p[0] == '[') {
			inside = line.p[line.n - 1] == ']' && line.n == strlen(section) + 2 &&
				 strncasecmp(line.p + 1, section, line.n - 2) == 0;
			continue;
		}
		if (!inside || !content_begins(line, key))
			continue;
		value.p += length;
		value.n -= length;
		while (value.n && (value.p[0] == ' ' || value.p[0] == '\t') && separator != ' ')
			value.p++, value.n--;
		if (!value.n || value.p[0] != separator)
			continue;
		value.p++;
		value.n--;
		value = content_trim(value);
		if (!value.n)
			continue;
		if (ret_line)
			*ret_line = line;
		return value;
	}
	return (struct piece){ NULL, 0 };
}

bool content_is_architecture(struct piece word)
{
	static const char *const names[] = {
		"amd64", "x86_64", "x64", "i386", "i486", "i586", "i686", "x86", "arm64",
		"aarch64", "armhf", "armel", "armv7", "armv7hl", "ppc64el", "ppc64le", "powerpc",
		"ppc", "ppc64", "s390x", "riscv64", "loongarch64", "loong64", "mips", "mipsel",
		"mips64el", "ia64", "sparc", "sparc64", "alpha", "hppa", "multi-arch",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (content_is(word, names[i]))
			return true;
	}
	return false;
}
