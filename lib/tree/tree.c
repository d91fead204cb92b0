/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nodes: made, found by name, put in and taken out, walked. */
#include "tree/impl.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/fail.h"

static const char subject[] = "file tree";

struct tree_node *tree_node_new(struct tree *t, const char *name, size_t name_bytes)
{
	struct tree_node *n = arena_alloc(&t->arena, sizeof(*n));

	if (!n)
		return NULL;
	n->name = arena_strndup(&t->arena, name, name_bytes);
	if (!n->name)
		return NULL;
	n->name_bytes = (uint16_t)name_bytes;
	return n;
}

enum isokit_status tree_new(struct tree **ret_tree, struct isokit_error *err)
{
	struct tree *t = calloc(1, sizeof(*t));

	if (!t)
		return isokit_fail_nomem(err, subject, sizeof(*t));
	t->root = tree_node_new(t, "", 0);
	if (!t->root) {
		free(t);
		return isokit_fail_nomem(err, subject, sizeof(*t->root));
	}
	t->root->mode = S_IFDIR | 0755;
	t->root->mtime = INT64_MIN;
	t->root->flags = TREE_GENERATED;
	t->newest_mtime = INT64_MIN;
	*ret_tree = t;
	return ISOKIT_OK;
}

/* Child arrays grow, so they are on the heap and not in the arena. */
static void free_children(struct tree_node *dir)
{
	for (uint32_t i = 0; i < dir->u.dir.n; i++) {
		if (tree_is_dir(dir->u.dir.children[i]))
			free_children(dir->u.dir.children[i]);
	}
	free(dir->u.dir.children);
	dir->u.dir.children = NULL;
	dir->u.dir.n = dir->u.dir.capacity = 0;
}

void tree_node_clear(struct tree_node *node)
{
	if (tree_is_dir(node))
		free_children(node);
}

void tree_node_adopt(struct tree_node *old, const struct tree_node *fresh)
{
	/* Of an image that is changed, only what is given changes. */
	if (old->flags & TREE_BASE)
		return;
	old->mode = fresh->mode;
	old->uid = fresh->uid;
	old->gid = fresh->gid;
	old->mtime = fresh->mtime;
	old->mtime_ns = fresh->mtime_ns;
	old->flags = fresh->flags;
	old->weight = fresh->weight;
	old->attributes = fresh->attributes;
}

void tree_free(struct tree *t)
{
	if (!t)
		return;
	free_children(t->root);
	tree_links_free(t->links);
	arena_release(&t->arena);
	free(t);
}

static int compare_names(const char *a, size_t a_bytes, const char *b, size_t b_bytes)
{
	int c = memcmp(a, b, a_bytes < b_bytes ? a_bytes : b_bytes);

	if (c)
		return c;
	return a_bytes < b_bytes ? -1 : a_bytes > b_bytes;
}

uint32_t tree_child_index(const struct tree_node *dir, const char *name, size_t name_bytes,
			  bool *ret_found)
{
	uint32_t low = 0, high = dir->u.dir.n;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		const struct tree_node *n = dir->u.dir.children[mid];
		int c = compare_names(name, name_bytes, n->name, n->name_bytes);

		if (c == 0) {
			*ret_found = true;
			return mid;
		}
		if (c < 0)
			high = mid;
		else
			low = mid + 1;
	}
	*ret_found = false;
	return low;
}

struct tree_node *tree_child(const struct tree_node *dir, const char *name, size_t name_bytes)
{
	bool found;
	uint32_t i;

	if (!tree_is_dir(dir))
		return NULL;
	i = tree_child_index(dir, name, name_bytes, &found);
	return found ? dir->u.dir.children[i] : NULL;
}

static struct tree_node *child_nocase(const struct tree_node *dir, const char *name,
				      size_t name_bytes)
{
	struct tree_node *exact = tree_child(dir, name, name_bytes);

	if (exact || !tree_is_dir(dir))
		return exact;
	for (uint32_t i = 0; i < dir->u.dir.n; i++) {
		struct tree_node *n = dir->u.dir.children[i];

		if (n->name_bytes == name_bytes && strncasecmp(n->name, name, name_bytes) == 0)
			return n;
	}
	return NULL;
}

struct tree_node *tree_child_nocase(const struct tree_node *dir, const char *name)
{
	return child_nocase(dir, name, strlen(name));
}

/* The next component of a path: skips '/' and "."; length 0 at the end. */
static size_t next_component(const char **path)
{
	const char *p = *path;

	for (;;) {
		while (*p == '/')
			p++;
		if (p[0] == '.' && (p[1] == '/' || p[1] == '\0')) {
			p++;
			continue;
		}
		break;
	}
	*path = p;
	return strcspn(p, "/");
}

static struct tree_node *lookup(const struct tree *t, const char *path, bool nocase)
{
	struct tree_node *at = t->root;
	size_t n;

	while (at && (n = next_component(&path)) > 0) {
		if (n == 2 && memcmp(path, "..", 2) == 0)
			at = at->parent ? at->parent : at;
		else
			at = nocase ? child_nocase(at, path, n) : tree_child(at, path, n);
		path += n;
	}
	return at;
}

struct tree_node *tree_lookup(const struct tree *t, const char *path)
{
	return lookup(t, path, false);
}

struct tree_node *tree_lookup_nocase(const struct tree *t, const char *path)
{
	return lookup(t, path, true);
}

bool tree_children_reserve(struct tree_node *dir, uint32_t need)
{
	uint32_t want = dir->u.dir.capacity < 4 ? 4 : dir->u.dir.capacity;
	struct tree_node **moved;

	if (need <= dir->u.dir.capacity)
		return true;
	while (want < need) {
		if (want > UINT32_MAX / 2)
			return false;
		want *= 2;
	}
	moved = realloc(dir->u.dir.children, want * sizeof(struct tree_node *));
	if (!moved)
		return false;
	dir->u.dir.children = moved;
	dir->u.dir.capacity = want;
	return true;
}

bool tree_node_attach(struct tree_node *dir, struct tree_node *node)
{
	bool found;
	uint32_t i = tree_child_index(dir, node->name, node->name_bytes, &found);

	node->parent = dir;
	if (found) {
		struct tree_node *old = dir->u.dir.children[i];

		if (tree_is_dir(old) == tree_is_dir(node) && !node->iso_name)
			node->iso_name = old->iso_name;
		if (old->flags & TREE_BASE)
			node->flags |= old->flags & (TREE_HIDDEN_ISO9660 | TREE_HIDDEN_JOLIET |
						     TREE_HIDDEN_UDF | TREE_HIDDEN_HFSPLUS);
		if (tree_is_dir(old))
			free_children(old);
		dir->u.dir.children[i] = node;
		return true;
	}
	if (!tree_children_reserve(dir, dir->u.dir.n + 1))
		return false;
	memmove(dir->u.dir.children + i + 1, dir->u.dir.children + i,
		(dir->u.dir.n - i) * sizeof(node));
	dir->u.dir.children[i] = node;
	dir->u.dir.n++;
	return true;
}

/* The folder at a path of which `n` bytes count, made where it is missing. */
static enum isokit_status make_dir(struct tree *t, const char *path, size_t n,
				   struct tree_node **ret_node, struct isokit_error *err)
{
	const char *end = path + n, *whole = path;
	struct tree_node *at = t->root;
	unsigned depth = 0;
	size_t len;

	while (path < end && (len = next_component(&path)) > 0 && path < end) {
		struct tree_node *child;

		if (len > (size_t)(end - path))
			len = (size_t)(end - path);
		if (len == 2 && memcmp(path, "..", 2) == 0) {
			at = at->parent ? at->parent : at;
			path += len;
			continue;
		}
		if (++depth > TREE_MAX_DEPTH)
			return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, whole,
					   "is nested more than %d folders deep", TREE_MAX_DEPTH);
		if (len > TREE_MAX_NAME)
			return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, path,
					   "is a name of %zu bytes; 255 is the limit", len);
		child = tree_child(at, path, len);
		if (!child) {
			child = tree_node_new(t, path, len);
			if (!child)
				return isokit_fail_nomem(err, path, sizeof(*child));
			child->mode = S_IFDIR | 0755;
			child->mtime = INT64_MIN;
			child->flags = TREE_GENERATED;
			if (!tree_node_attach(at, child))
				return isokit_fail_nomem(err, path, sizeof(child));
		} else if (!tree_is_dir(child)) {
			return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, whole,
					   "leads through %.*s, which is no folder in the tree",
					   (int)len, path);
		}
		at = child;
		path += len;
	}
	*ret_node = at;
	return ISOKIT_OK;
}

enum isokit_status tree_make_dir(struct tree *t, const char *path, struct tree_node **ret_node,
				 struct isokit_error *err)
{
	struct tree_node *made;
	enum isokit_status st = make_dir(t, path, strlen(path), &made, err);

	if (st == ISOKIT_OK && ret_node)
		*ret_node = made;
	return st;
}

/* A new regular file at a path, its folders made where missing. */
static enum isokit_status add_file(struct tree *t, const char *path, struct tree_node **ret_node,
				   struct isokit_error *err)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	size_t name_bytes = strlen(name);
	struct tree_node *dir, *node;
	enum isokit_status st;

	if (name_bytes == 0 || name_bytes > TREE_MAX_NAME || strcmp(name, ".") == 0 ||
	    strcmp(name, "..") == 0)
		return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, path,
				   "cannot be the name of a file (1 to 255 bytes)");
	st = make_dir(t, path, (size_t)(name - path), &dir, err);
	if (st)
		return st;
	node = tree_node_new(t, name, name_bytes);
	if (!node)
		return isokit_fail_nomem(err, path, sizeof(*node));
	node->mode = S_IFREG | 0444;
	node->mtime = INT64_MIN;
	node->flags = TREE_GENERATED;
	if (!tree_node_attach(dir, node))
		return isokit_fail_nomem(err, path, sizeof(node));
	*ret_node = node;
	return ISOKIT_OK;
}

enum isokit_status tree_add_memory(struct tree *t, const char *path, const void *bytes,
				   size_t length, bool copy, struct tree_node **ret_node,
				   struct isokit_error *err)
{
	const void *kept = bytes;
	struct tree_node *node;
	enum isokit_status st;

	if (copy && length) {
		kept = arena_memdup(&t->arena, bytes, length);
		if (!kept)
			return isokit_fail_nomem(err, path, length);
	}
	st = add_file(t, path, &node, err);
	if (st)
		return st;
	node->content = length ? TREE_MEMORY : TREE_EMPTY;
	node->size = length;
	node->u.memory = kept;
	if (ret_node)
		*ret_node = node;
	return ISOKIT_OK;
}

enum isokit_status tree_add_range(struct tree *t, const char *path, struct isokit_source *src,
				  uint64_t offset, uint64_t length, struct tree_node **ret_node,
				  struct isokit_error *err)
{
	struct tree_range *range = arena_alloc(&t->arena, sizeof(*range));
	struct tree_node *node;
	enum isokit_status st;

	if (!range)
		return isokit_fail_nomem(err, path, sizeof(*range));
	*range = (struct tree_range){ .src = src, .offset = offset };
	st = add_file(t, path, &node, err);
	if (st)
		return st;
	node->content = length ? TREE_SOURCE : TREE_EMPTY;
	node->size = length;
	node->u.range = range;
	if (ret_node)
		*ret_node = node;
	return ISOKIT_OK;
}

bool tree_remove(struct tree *t, const char *path)
{
	struct tree_node *node = tree_lookup(t, path);
	struct tree_node *dir;
	bool found;
	uint32_t i;

	if (!node)
		return false;
	dir = node->parent;
	if (!dir) {
		free_children(node);
		return true;
	}
	i = tree_child_index(dir, node->name, node->name_bytes, &found);
	if (tree_is_dir(node))
		free_children(node);
	dir->u.dir.n--;
	memmove(dir->u.dir.children + i, dir->u.dir.children + i + 1,
		(dir->u.dir.n - i) * sizeof(node));
	return true;
}

void tree_node_path(const struct tree_node *node, struct text *out)
{
	const struct tree_node *chain[TREE_MAX_CHAIN];
	size_t n = 0;

	for (; node->parent && n < sizeof(chain) / sizeof(chain[0]); node = node->parent)
		chain[n++] = node;
	if (n == 0)
		text_add_char(out, '/');
	while (n--) {
		text_add_char(out, '/');
		text_add(out, chain[n]->name, chain[n]->name_bytes);
	}
}

int tree_walk(struct tree_node *from, int (*visit)(void *ctx, struct tree_node *node), void *ctx)
{
	int r = visit(ctx, from);

	if (r || !tree_is_dir(from))
		return r;
	for (uint32_t i = 0; i < from->u.dir.n; i++) {
		r = tree_walk(from->u.dir.children[i], visit, ctx);
		if (r)
			return r;
	}
	return 0;
}

static int count_node(void *ctx, struct tree_node *n)
{
	struct tree *t = ctx;

	switch (n->mode & S_IFMT) {
	case S_IFDIR: t->n_dirs++; break;
	case S_IFLNK: t->n_symlinks++; break;
	case S_IFREG:
		t->n_files++;
		if (n->content == TREE_SHARED)
			break; /* counted where it is stored */
		/* A family counts where it is met first: mark its identity. */
		if (n->link) {
			if (n->link->flags & TREE_COUNTED)
				break;
			n->link->flags |= TREE_COUNTED;
		}
		t->payload_bytes += n->size;
		break;
	default: t->n_specials++; break;
	}
	if (n->mtime > t->newest_mtime)
		t->newest_mtime = n->mtime;
	return 0;
}

static int clear_counted(void *ctx, struct tree_node *n)
{
	(void)ctx;
	if (n->link)
		n->link->flags &= (uint16_t)~TREE_COUNTED;
	return 0;
}

void tree_count(struct tree *t)
{
	t->n_files = t->n_dirs = t->n_symlinks = t->n_specials = t->payload_bytes = 0;
	t->newest_mtime = INT64_MIN;
	(void)tree_walk(t->root, clear_counted, NULL);
	(void)tree_walk(t->root, count_node, t);
}
