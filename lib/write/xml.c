/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "write/xml.h"

#include <string.h>

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-' || c == '.' || c == ':';
}

void xml_start(struct xml *x, const char *bytes, size_t n)
{
	memset(x, 0, sizeof(*x));
	x->at = bytes;
	x->end = bytes + n;
}

bool xml_is(const struct xml_piece *p, const char *text)
{
	return p->n == strlen(text) && memcmp(p->at, text, p->n) == 0;
}

/* Where the first `mark` ends; NULL: there is none. */
static const char *behind(const struct xml *x, const char *from, const char *mark)
{
	size_t n = strlen(mark);

	for (; (size_t)(x->end - from) >= n; from++)
		if (memcmp(from, mark, n) == 0)
			return from + n;
	return NULL;
}

/* The end of a tag; a '>' in quotes is none. */
static const char *tag_end(const struct xml *x, const char *p)
{
	char quote = 0;

	for (; p < x->end; p++)
		if (quote)
			quote = *p == quote ? 0 : quote;
		else if (*p == '"' || *p == '\'')
			quote = *p;
		else if (*p == '>')
			return p;
		else if (*p == '<')
			return NULL;
	return NULL;
}

static bool take_text(struct xml *x)
{
	const char *from = x->at, *to;

	while (x->at < x->end && *x->at != '<')
		x->at++;
	to = x->at;
	while (from < to && is_space(*from))
		from++;
	while (to > from && is_space(to[-1]))
		to--;
	x->text = (struct xml_piece){ from, (size_t)(to - from) };
	return to > from;
}

/* From the '<' on. */
static enum xml_kind take_tag(struct xml *x)
{
	const char *end = tag_end(x, x->at + 1), *p = x->at + 1;
	bool close = p < x->end && *p == '/';

	if (!end)
		return XML_WRONG;
	p += close;
	x->name.at = p;
	while (p < end && is_name(*p))
		p++;
	x->name.n = (size_t)(p - x->name.at);
	x->at = end + 1;
	if (x->name.n == 0 || (p < end && !is_space(*p) && *p != '/'))
		return XML_WRONG;
	x->close_next = !close && end > p && end[-1] == '/';
	x->attributes = (struct xml_piece){ p, (size_t)(end - p) - x->close_next };
	return close ? XML_CLOSE : XML_OPEN;
}

enum xml_kind xml_next(struct xml *x)
{
	if (x->close_next) {
		x->close_next = false;
		return XML_CLOSE;
	}
	while (x->at < x->end) {
		const char *mark;

		if (*x->at != '<') {
			if (take_text(x))
				return XML_TEXT;
			continue;
		}
		mark = x->end - x->at >= 4 && memcmp(x->at, "<!--", 4) == 0 ? "-->" :
		       x->end - x->at >= 2 && x->at[1] == '?'		    ? "?>" : NULL;
		if (!mark)
			return take_tag(x);
		x->at = behind(x, x->at + 2, mark);
		if (!x->at) {
			x->at = x->end;
			return XML_WRONG;
		}
	}
	return XML_END;
}

bool xml_attribute(const struct xml *x, const char *name, struct xml_piece *ret)
{
	const char *p = x->attributes.at, *end = p + x->attributes.n;

	while (p < end) {
		struct xml_piece key, value;
		char quote;

		while (p < end && is_space(*p))
			p++;
		key.at = p;
		while (p < end && is_name(*p))
			p++;
		key.n = (size_t)(p - key.at);
		while (p < end && is_space(*p))
			p++;
		if (!key.n || p == end || *p++ != '=')
			return false;
		while (p < end && is_space(*p))
			p++;
		if (p == end || (*p != '"' && *p != '\''))
			return false;
		quote = *p++;
		value.at = p;
		while (p < end && *p != quote)
			p++;
		if (p == end)
			return false;
		value.n = (size_t)(p++ - value.at);
		if (xml_is(&key, name)) {
			*ret = value;
			return true;
		}
	}
	return false;
}
