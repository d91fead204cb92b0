/* SPDX-License-Identifier: GPL-3.0-or-later */
/* As much of XML as a block map has: elements, attributes, text, comments. No entities, no
 * document types, nothing that would be fetched. */
#ifndef WRITE_XML_H
#define WRITE_XML_H

#include <stdbool.h>
#include <stddef.h>

enum xml_kind {
	XML_OPEN,  /* also of an element without content, which is closed at once */
	XML_CLOSE,
	XML_TEXT,  /* without white space around it, never empty */
	XML_END,
	XML_WRONG,
};

/* Borrowed from what is read. */
struct xml_piece {
	const char *at;
	size_t n;
};

struct xml {
	const char *at, *end;
	bool close_next;
	/* Of the last one: */
	struct xml_piece name, text, attributes;
};

void xml_start(struct xml *x, const char *bytes, size_t n);
enum xml_kind xml_next(struct xml *x);
/* An attribute of the element that was just opened; false: it has none of that name. */
bool xml_attribute(const struct xml *x, const char *name, struct xml_piece *ret);
bool xml_is(const struct xml_piece *p, const char *text);

#endif
