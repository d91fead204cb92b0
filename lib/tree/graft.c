/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tree/graft.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"

enum { CANCEL_EVERY = 256, TOUCHED = UINT32_MAX };

/* A name in a folder, or (at == TOUCHED) the mark that all names of the folder
 * `node` are in the table. */
struct graft_slot {
	struct tree_node *node; /* NULL: free */
	uint32_t at;            /* its index among the children */
	uint32_t hash;
};

/* ---- the table ------------------------------------------------------------------ */

static uint32_t hash_of(const struct tree_node *dir, const char *name, size_t n)
{
	uint64_t h = (uint64_t)(uintptr_t)dir * 0x9e3779b97f4a7c15u;

	for (size_t i = 0; i < n; i++)
		h = (h ^ (uint8_t)name[i]) * 0x100000001b3u;
	return (uint32_t)(h ^ h >> 29 ^ h >> 43);
}

static bool grow(struct graft *g)
{
	size_t capacity = g->capacity ? g->capacity * 2 : 256;
	struct graft_slot *slots = calloc(capacity, sizeof(*slots));

	if (!slots)
		return false;
	for (size_t i = 0; i < g->capacity; i++) {
		size_t at = g->slots[i].hash & (capacity - 1);

		if (!g->slots[i].node)
			continue;
		while (slots[at].node)
			at = (at + 1) & (capacity - 1);
		slots[at] = g->slots[i];
	}
	free(g->slots);
	g->slots = slots;
	g->capacity = capacity;
	return true;
}

static bool insert(struct graft *g, struct tree_node *node, uint32_t at, uint32_t hash)
{
	size_t i;

	if ((g->n_slots + 1) * 2 > g->capacity && !grow(g))
		return false;
	i = hash & (g->capacity - 1);
	while (g->slots[i].node)
		i = (i + 1) & (g->capacity - 1);
	g->slots[i] = (struct graft_slot){ .node = node, .at = at, .hash = hash };
	g->n_slots++;
	return true;
}

static bool is_touched(const struct graft *g, const struct tree_node *dir, uint32_t hash)
{
	if (!g->capacity)
		return false;
	for (size_t i = hash & (g->capacity - 1); g->slots[i].node; i = (i + 1) & (g->capacity - 1))
		if (g->slots[i].node == dir && g->slots[i].at == TOUCHED)
			return true;
	return false;
}

/* Take the names of a folder into the table, once. */
static bool touch(struct graft *g, struct tree_node *dir)
{
	uint32_t hash = hash_of(dir, "/", 1); /* no name has a '/' */

	if (is_touched(g, dir, hash))
		return true;
	for (uint32_t i = 0; i < dir->u.dir.n; i++) {
		struct tree_node *n = dir->u.dir.children[i];

		if (!insert(g, n, i, hash_of(dir, n->name, n->name_bytes)))
			return false;
	}
	return insert(g, dir, TOUCHED, hash);
}

/* The slot of a name in a folder that is touched, or NULL. */
static struct graft_slot *find(const struct graft *g, const struct tree_node *dir,
			       const char *name, size_t n)
{
	uint32_t hash = hash_of(dir, name, n);

	for (size_t i = hash & (g->capacity - 1); g->slots[i].node;
	     i = (i + 1) & (g->capacity - 1)) {
		struct graft_slot *s = &g->slots[i];

		if (s->hash == hash && s->at != TOUCHED && s->node->parent == dir &&
		    s->node->name_bytes == n && memcmp(s->node->name, name, n) == 0)
			return s;
	}
	return NULL;
}

static bool attach(struct graft *g, struct tree_node *dir, struct tree_node *node)
{
	struct graft_slot *s = find(g, dir, node->name, node->name_bytes);
	uint32_t at = dir->u.dir.n;

	node->parent = dir;
	if (s) {
		tree_node_clear(s->node);
		dir->u.dir.children[s->at] = node;
		s->node = node;
		return true;
	}
	if (at == TOUCHED - 1 || !tree_children_reserve(dir, at + 1) ||
	    !insert(g, node, at, hash_of(dir, node->name, node->name_bytes)))
		return false;
	dir->u.dir.children[at] = node;
	dir->u.dir.n++;
	return true;
}

static int by_name(const void *a, const void *b)
{
	const struct tree_node *x = *(struct tree_node *const *)a;
	const struct tree_node *y = *(struct tree_node *const *)b;

	return strcmp(x->name, y->name);
}

/* ---- begin and end ---------------------------------------------------------------- */

enum isokit_status graft_fail(struct graft *g, enum isokit_status status, const char *format, ...)
{
	char text[sizeof(g->err->text)];
	struct text what = { 0 };
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	text_add_str(&what, g->subject);
	if (g->path.n) {
		text_add_str(&what, ": ");
		text_add(&what, g->path.bytes, g->path.n);
	}
	(void)isokit_fail(g->err, status, ISOKIT_NO_OFFSET, text_string(&what), "%s", text);
	text_free(&what);
	return status;
}

static enum isokit_status no_memory(struct graft *g)
{
	return isokit_fail_nomem(g->err, g->subject, sizeof(struct tree_node));
}

enum isokit_status graft_begin(struct graft *g, struct tree *t, const char *dest,
			       const char *subject, const struct tree_scan_options *options,
			       struct isokit_error *err)
{
	static const struct tree_scan_options none = { 0 };
	enum isokit_status st;

	*g = (struct graft){ .t = t, .opt = options ? options : &none, .subject = subject,
			     .err = err };
	st = tree_make_dir(t, dest ? dest : "/", &g->base, err);
	if (st)
		return st;
	if (g->base->parent)
		tree_node_path(g->base, &g->full);
	g->base_bytes = g->full.n;
	return g->full.failed ? no_memory(g) : ISOKIT_OK;
}

void graft_end(struct graft *g)
{
	for (size_t i = 0; i < g->capacity; i++) {
		struct tree_node *dir = g->slots[i].node;

		/* An empty folder has no array. */
		if (dir && g->slots[i].at == TOUCHED && tree_is_dir(dir) && dir->u.dir.n > 1)
			qsort(dir->u.dir.children, dir->u.dir.n, sizeof(*dir->u.dir.children),
			      by_name);
	}
	free(g->slots);
	g->slots = NULL;
	g->capacity = g->n_slots = 0;
	text_free(&g->path);
	text_free(&g->full);
	text_free(&g->host);
}

/* ---- paths --------------------------------------------------------------------------- */

/* The next component, without '/' and "."; 0 at the end. */
static size_t component(const char **path)
{
	const char *p = *path;

	for (;;) {
		while (*p == '/')
			p++;
		if (p[0] != '.' || (p[1] != '/' && p[1] != '\0'))
			break;
		p++;
	}
	*path = p;
	return strcspn(p, "/");
}

static enum isokit_status normalize(struct graft *g, const char *path)
{
	unsigned depth = 0;
	size_t n;

	text_clear(&g->path);
	if (*path == '/')
		g->n_absolute++;
	for (const char *p = path; (n = component(&p)) > 0; p += n) {
		if (g->path.n)
			text_add_char(&g->path, '/');
		text_add(&g->path, p, n);
		if (g->path.failed)
			return no_memory(g);
		if (n == 2 && memcmp(p, "..", 2) == 0)
			return graft_fail(g, ISOKIT_E_INVALID,
					  "leads out of its folder by \"..\": not taken");
		if (n > TREE_MAX_NAME)
			return graft_fail(g, ISOKIT_E_LIMIT,
					  "has a name of %zu bytes; %d is the limit", n,
					  TREE_MAX_NAME);
		if (++depth > TREE_MAX_DEPTH)
			return graft_fail(g, ISOKIT_E_LIMIT,
					  "is nested more than %d folders deep", TREE_MAX_DEPTH);
	}
	g->full.n = g->base_bytes;
	if (g->path.n) {
		text_add_char(&g->full, '/');
		text_add(&g->full, g->path.bytes, g->path.n);
	}
	return g->full.failed ? no_memory(g) : ISOKIT_OK;
}

/* What is left out takes what is below it along. */
static bool excluded(struct graft *g)
{
	char *path = g->path.bytes;

	if (!g->opt->n_excludes || !g->path.n)
		return false;
	for (size_t from = 0, at = 0; at <= g->path.n; at++) {
		bool out;
		char c;

		if (at < g->path.n && path[at] != '/')
			continue;
		c = path[at];
		path[at] = '\0';
		out = tree_excluded(g->opt, path + from, path);
		path[at] = c;
		if (out)
			return true;
		from = at + 1;
	}
	return false;
}

static struct tree_node *new_folder(struct graft *g, struct tree_node *dir, const char *name,
				    size_t n)
{
	struct tree_node *node = tree_node_new(g->t, name, n);

	if (!node)
		return NULL;
	node->mode = S_IFDIR | 0755;
	node->mtime = INT64_MIN;
	node->flags = TREE_GENERATED;
	return attach(g, dir, node) ? node : NULL;
}

enum isokit_status graft_locate(struct graft *g, const char *path, struct graft_place *ret)
{
	enum isokit_status st = normalize(g, path);
	struct tree_node *at = g->base;
	const char *p;
	size_t n;

	*ret = (struct graft_place){ 0 };
	if (st)
		return st;
	if (g->opt->cancelled && ++g->since_cancel_check >= CANCEL_EVERY) {
		g->since_cancel_check = 0;
		if (g->opt->cancelled(g->opt->cancelled_ctx))
			return isokit_fail(g->err, ISOKIT_E_CANCELLED, ISOKIT_NO_OFFSET, NULL,
					   "cancelled");
	}
	ret->excluded = excluded(g);
	if (ret->excluded || !g->path.n)
		return ISOKIT_OK;
	for (p = g->path.bytes; p[n = strcspn(p, "/")] == '/'; p += n + 1) {
		struct graft_slot *s;

		if (!touch(g, at))
			return no_memory(g);
		s = find(g, at, p, n);
		if (s && !tree_is_dir(s->node))
			return graft_fail(g, ISOKIT_E_INVALID,
					  "leads through %.*s, which is no folder in the tree",
					  (int)n, p);
		at = s ? s->node : new_folder(g, at, p, n);
		if (!at)
			return no_memory(g);
	}
	if (!touch(g, at))
		return no_memory(g);
	ret->dir = at;
	ret->name = p;
	ret->name_bytes = n;
	return ISOKIT_OK;
}

struct tree_node *graft_at(struct graft *g, const struct graft_place *place)
{
	struct graft_slot *s;

	if (!place->dir)
		return g->base;
	s = find(g, place->dir, place->name, place->name_bytes);
	return s ? s->node : NULL;
}

struct tree_node *graft_lookup(struct graft *g, const char *path)
{
	struct tree_node *at = g->base;
	size_t n;

	for (; (n = component(&path)) > 0; path += n) {
		struct graft_slot *s;

		if (!tree_is_dir(at) || !touch(g, at))
			return NULL;
		s = find(g, at, path, n);
		if (!s)
			return NULL;
		at = s->node;
	}
	return at;
}

enum isokit_status graft_put(struct graft *g, const struct graft_place *place,
			     struct tree_node *node, struct tree_node **ret_node)
{
	struct graft_slot *s;

	g->n_entries++;
	if (g->opt->adjust) {
		text_clear(&g->host);
		text_add_str(&g->host, g->subject);
		text_add_char(&g->host, '/');
		text_add(&g->host, g->path.bytes, g->path.n);
		if (g->host.failed)
			return no_memory(g);
		g->opt->adjust(g->opt->adjust_ctx, g->full.n ? text_string(&g->full) : "/",
			       text_string(&g->host), node);
	}
	if (!place->dir) {
		if (!tree_is_dir(node))
			return graft_fail(g, ISOKIT_E_INVALID,
					  "has an entry without a name that is no folder");
		tree_node_adopt(g->base, node);
		*ret_node = g->base;
		return ISOKIT_OK;
	}
	s = find(g, place->dir, place->name, place->name_bytes);
	if (s && tree_is_dir(s->node) && tree_is_dir(node)) {
		tree_node_adopt(s->node, node);
		*ret_node = s->node;
		return ISOKIT_OK;
	}
	*ret_node = node;
	return attach(g, place->dir, node) ? ISOKIT_OK : no_memory(g);
}
