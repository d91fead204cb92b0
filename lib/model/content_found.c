/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was found of a file of a distribution, and how it is kept. */
#include "model/content.h"

#include <string.h>

#include "base/fail.h"
#include "base/text.h"

enum { MOST_NAME = 96, MOST_TEXT = 160 };

bool content_has(const struct content *c, enum content_file id)
{
	return c->files[id].path != NULL;
}

bool content_read(struct content *c, enum content_file id)
{
	size_t got = 0;

	c->text_bytes = 0;
	if (c->status || !content_has(c, id))
		return false;
	c->status = content_read_at(c, id, 0, c->text, CONTENT_TEXT_BYTES, &got);
	if (c->status)
		return false;
	if (got > 3 && memcmp(c->text, "\xef\xbb\xbf", 3) == 0) { /* a byte order mark */
		got -= 3;
		memmove(c->text, c->text + 3, got);
	}
	c->text[got] = '\0';
	c->text_bytes = got;
	return got > 0;
}

/* At most so many bytes, and no half character at the end where it is UTF-8. */
static struct piece cut(struct piece p, size_t most)
{
	if (p.n <= most)
		return p;
	for (size_t i = 0; i < 3 && !utf8_valid(p.p, most - i); i++) {
		if (utf8_valid(p.p, most - i - 1))
			most -= i + 1;
	}
	p.n = most;
	return p;
}

const char *content_keep(struct content *c, struct piece text)
{
	const char *copy;

	text = cut(content_trim(text), MOST_NAME);
	if (!text.n || c->status)
		return NULL;
	copy = arena_strndup(&c->img->arena, text.p, text.n);
	if (!copy)
		c->status = isokit_fail_nomem(c->err, c->img->facts.path, text.n);
	return copy;
}

void content_evidence(struct content *c, enum content_file id, struct piece text)
{
	const char *copy = NULL;

	for (size_t i = 0; i < c->c.n_evidence; i++) {
		if (c->evidence[i].path == c->files[id].path)
			return;
	}
	if (c->status || c->c.n_evidence == CONTENT_MAX_EVIDENCE)
		return;
	text = cut(text, MOST_TEXT);
	if (text.n) {
		copy = arena_strndup(&c->img->arena, text.p, text.n);
		if (!copy) {
			c->status = isokit_fail_nomem(c->err, c->img->facts.path, text.n);
			return;
		}
	}
	c->evidence[c->c.n_evidence++] = (struct isokit_evidence){
		.path = c->files[id].path,
		.text = copy,
	};
}
