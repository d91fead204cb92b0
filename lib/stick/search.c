/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "stick/search.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/array.h"
#include "base/fail.h"

enum {
	MAX_CONFIG = 512 * 1024, /* of a text that somebody wrote */
	MAX_CONFIGS = 3000,
};

static const char subject[] = "boot configuration";

/* ---- one text ------------------------------------------------------------------------------- */

static bool is_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       c == '_' || c == '-' || c == '.' || (c & 0x80);
}

/* Does the text end, without regard to case, in that? */
static bool ends_in(const char *text, size_t n, const char *what)
{
	size_t len = strlen(what);

	return n >= len && strncasecmp(text + n - len, what, len) == 0;
}

/* Is it a line of GRUB's command that searches for a file system by that? */
static bool is_search_line(const char *line, size_t n, const char *option, const char *short_option)
{
	while (n && (*line == ' ' || *line == '\t')) {
		line++;
		n--;
	}
	return n > 7 && memcmp(line, "search", 6) == 0 && (line[6] == ' ' || line[6] == '\t' ||
							   line[6] == '.') &&
	       (memmem(line, n, option, strlen(option)) ||
		memmem(line, n, short_option, strlen(short_option)));
}

/* Spaces as the kernel's command line has them ("\x20"). */
static void escape_spaces(const char *s, struct text *out)
{
	text_clear(out);
	for (; *s; s++) {
		if (*s == ' ')
			text_add_str(out, "\\x20");
		else
			text_add_char(out, *s);
	}
}

/* One way of writing one name; `marker` comes before it, as "label=" does. */
struct spelling {
	const char *from, *to;
	const char *marker, *option, *short_option;
};

static bool matches(const struct spelling *s, const char *text, size_t bytes, size_t at,
		    size_t line)
{
	size_t n = strlen(s->from), before = at;
	const char *end;

	if (bytes - at < n || memcmp(text + at, s->from, n) != 0 ||
	    (bytes - at > n && is_word(text[at + n])))
		return false;
	if (before > line && (text[before - 1] == '"' || text[before - 1] == '\''))
		before--;
	if (ends_in(text + line, before - line, s->marker))
		return true;
	end = memchr(text + at, '\n', bytes - at);
	return (at == line || !is_word(text[at - 1])) &&
	       is_search_line(text + line, (end ? (size_t)(end - text) : bytes) - line, s->option,
			      s->short_option);
}

bool search_adapt_text(const char *text, size_t bytes, const struct search_names *n,
		       struct text *out)
{
	struct spelling s[3];
	struct text from = { 0 }, to = { 0 };
	size_t n_spellings = 0, line = 0, done = 0;
	bool changed = false;

	if (n->label && n->label[0] && n->new_label) {
		s[n_spellings++] = (struct spelling){ n->label, n->new_label, "label=", "-label",
						      "-l" };
		if (strchr(n->label, ' ')) {
			escape_spaces(n->label, &from);
			escape_spaces(n->new_label, &to);
			s[n_spellings++] = (struct spelling){ text_string(&from), text_string(&to),
							      "label=", "-label", "-l" };
		}
	}
	if (n->uuid && n->new_uuid)
		s[n_spellings++] = (struct spelling){ n->uuid, n->new_uuid, "uuid=", "-uuid", "-u" };
	text_clear(out);
	for (size_t at = 0; at < bytes; at++) {
		if (at && text[at - 1] == '\n')
			line = at;
		for (size_t i = 0; i < n_spellings; i++) {
			if (text[at] != s[i].from[0] || !matches(&s[i], text, bytes, at, line))
				continue;
			text_add(out, text + done, at - done);
			text_add_str(out, s[i].to);
			done = at + strlen(s[i].from);
			at = done - 1;
			changed = true;
			break;
		}
	}
	text_add(out, text + done, bytes - done);
	text_free(&from);
	text_free(&to);
	return changed;
}

/* ---- all of a tree --------------------------------------------------------------------------- */

struct configs {
	struct tree_node **nodes;
	size_t n, capacity;
	bool failed;
};

static int collect(void *ctx, struct tree_node *node)
{
	struct configs *c = ctx;
	size_t n = node->name_bytes;

	if (!tree_is_file(node) || node->size == 0 || node->size > MAX_CONFIG ||
	    (!ends_in(node->name, n, ".cfg") && !ends_in(node->name, n, ".conf") &&
	     !ends_in(node->name, n, ".lst") && !ends_in(node->name, n, ".msg")))
		return 0;
	if (!ARRAY_RESERVE(c->nodes, c->capacity, c->n + 1)) {
		c->failed = true;
		return 1;
	}
	c->nodes[c->n++] = node;
	return c->n == MAX_CONFIGS;
}

static enum isokit_status adapt_file(struct tree *t, struct tree_node *node, char *buffer,
				     const struct search_names *names, size_t *changed,
				     struct isokit_error *err)
{
	struct text out = { 0 }, path = { 0 };
	enum isokit_status st = tree_node_read(node, 0, buffer, (size_t)node->size, err);

	if (st == ISOKIT_OK && search_adapt_text(buffer, (size_t)node->size, names, &out)) {
		int64_t mtime = node->mtime;
		struct tree_node *made;

		tree_node_path(node, &path);
		if (out.failed || path.failed)
			st = isokit_fail_nomem(err, subject, (size_t)node->size);
		else
			st = tree_add_memory(t, text_string(&path), out.bytes, out.n, true, &made,
					     err);
		if (st == ISOKIT_OK) {
			made->mtime = mtime;
			++*changed;
		}
	}
	text_free(&out);
	text_free(&path);
	return st;
}

enum isokit_status search_adapt(struct composer *c, struct tree *t, const struct search_names *n,
				size_t *ret_files, struct isokit_error *err)
{
	struct configs found = { 0 };
	enum isokit_status st = ISOKIT_OK;
	char *buffer;

	(void)c;
	*ret_files = 0;
	tree_walk(t->root, collect, &found);
	buffer = malloc(MAX_CONFIG);
	if (!buffer || found.failed)
		st = isokit_fail_nomem(err, subject, MAX_CONFIG);
	for (size_t i = 0; i < found.n && st == ISOKIT_OK; i++)
		st = adapt_file(t, found.nodes[i], buffer, n, ret_files, err);
	free(buffer);
	free(found.nodes);
	return st;
}
