/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What all options of the personality need: refusals, numbers, lists, strings that are kept. */
#include "mkisofs.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/message.h"

static void shown_option(const struct mkisofs *m, char *out, size_t size)
{
	(void)snprintf(out, size, "%s%s%s", m->typed, m->typed_value ? " " : "",
		       m->typed_value ? m->typed_value : "");
}

bool mkisofs_refuse(const struct mkisofs *m, const char *format, ...)
{
	char shown[512], text[512];
	va_list ap;

	shown_option(m, shown, sizeof(shown));
	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	message_error(shown, "%s", text);
	return false;
}

bool mkisofs_out_of_memory(void)
{
	message_error(NULL, "out of memory");
	return false;
}

bool mkisofs_grow(void **items, size_t *capacity, size_t n, size_t item_bytes)
{
	size_t wanted = *capacity ? *capacity * 2 : 16;
	void *more;

	if (n < *capacity)
		return true;
	more = realloc(*items, wanted * item_bytes);
	if (more == NULL)
		return mkisofs_out_of_memory();
	*items = more;
	*capacity = wanted;
	return true;
}

bool mkisofs_list_add(struct mkisofs_list *list, char *item)
{
	if (item == NULL)
		return mkisofs_out_of_memory();
	if (!MKISOFS_GROW(list->items, list->capacity, list->n)) {
		free(item);
		return false;
	}
	list->items[list->n++] = item;
	return true;
}

const char *mkisofs_keep(struct mkisofs *m, const char *s, size_t n)
{
	return mkisofs_list_add(&m->strings, strndup(s, n)) ?
	       m->strings.items[m->strings.n - 1] : NULL;
}

bool mkisofs_number(const struct mkisofs *m, const char *s, long long least, long long most,
		    long long *ret)
{
	bool hex = s[0] == '0' && (s[1] == 'x' || s[1] == 'X');
	const char *digits = hex ? s + 2 : s + (*s == '-' || *s == '+');
	char *end;

	errno = 0;
	*ret = strtoll(s, &end, hex ? 16 : 10);
	if (strspn(digits, hex ? "0123456789abcdefABCDEF" : "0123456789") == 0 || *end != '\0' ||
	    errno != 0 || *ret < least || *ret > most)
		return mkisofs_refuse(m, "not a number from %lld to %lld", least, most);
	return true;
}

bool mkisofs_unsigned(const struct mkisofs *m, const char *s, long long least, long long most,
		      unsigned *ret)
{
	long long n;

	if (!mkisofs_number(m, s, least, most, &n))
		return false;
	*ret = (unsigned)n;
	return true;
}

bool mkisofs_each_line(struct mkisofs *m, const char *path,
		       bool (*take)(struct mkisofs *m, void *ctx, char *line), void *ctx)
{
	FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	bool good = true;
	char *line = NULL;
	size_t size = 0;
	ssize_t n;

	if (f == NULL)
		return mkisofs_refuse(m, "cannot be opened: %s", strerror(errno));
	errno = 0;
	while (good && (n = getline(&line, &size, f)) >= 0) {
		if (n > 0 && line[n - 1] == '\n')
			line[--n] = '\0';
		if (n > 0 && line[n - 1] == '\r')
			line[--n] = '\0';
		if (strlen(line) != (size_t)n)
			good = mkisofs_refuse(m, "holds a line with a NUL byte");
		else if (n > 0)
			good = take(m, ctx, line);
	}
	if (good && ferror(f))
		good = mkisofs_refuse(m, "cannot be read: %s", strerror(errno));
	free(line);
	if (f != stdin)
		(void)fclose(f);
	return good;
}

bool mkisofs_ignore(struct mkisofs *m, const struct mkisofs_row *row, char *const *values)
{
	(void)values;
	message_info(m->typed, "ignored: %s", row->why);
	return true;
}

bool mkisofs_decline(struct mkisofs *m, const struct mkisofs_row *row, char *const *values)
{
	(void)values;
	m->typed_value = NULL;
	return mkisofs_refuse(m, "not supported: %s", row->why);
}
