/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tree/gather.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/checked.h"
#include "base/fail.h"
#include "bytes/pieces.h"
#include "tree/impl.h"

enum { CANCEL_EVERY = 256, LEAST_BYTES = 1 << 20 };

struct gather_entry {
	uint64_t parent, id;
	struct tree_node *node;
	uint32_t losses; /* bits */
	uint32_t taken;  /* its folder is in the tree */
};

struct gather_slot {
	uint64_t id;
	size_t at; /* index of the entry, plus 1; 0: free */
};

/* ---- numbers ---------------------------------------------------------------------- */

static size_t slot_of(const struct gather_slot *slots, size_t capacity, uint64_t id)
{
	uint64_t h = id * 0x9e3779b97f4a7c15u;
	size_t i = (size_t)(h ^ h >> 32) & (capacity - 1);

	while (slots[i].at && slots[i].id != id)
		i = (i + 1) & (capacity - 1);
	return i;
}

/* False: out of memory. *ret_new: the number was not there. */
static bool remember(struct gather_slot **slots, size_t *n, size_t *capacity, uint64_t id,
		     size_t at, bool *ret_new)
{
	size_t i;

	if ((*n + 1) * 2 > *capacity) {
		size_t more = *capacity ? *capacity * 2 : 256;
		struct gather_slot *fresh = calloc(more, sizeof(*fresh));

		if (!fresh)
			return false;
		for (i = 0; i < *capacity; i++) {
			if ((*slots)[i].at)
				fresh[slot_of(fresh, more, (*slots)[i].id)] = (*slots)[i];
		}
		free(*slots);
		*slots = fresh;
		*capacity = more;
	}
	i = slot_of(*slots, *capacity, id);
	*ret_new = !(*slots)[i].at;
	if (*ret_new) {
		(*slots)[i] = (struct gather_slot){ .id = id, .at = at + 1 };
		++*n;
	}
	return true;
}

static const struct gather_entry *entry_known(const struct gather *g, uint64_t id)
{
	size_t at = g->n_slots ? g->slots[slot_of(g->slots, g->slots_capacity, id)].at : 0;

	return at ? &g->entries[at - 1] : NULL;
}

struct tree_node *gather_known(const struct gather *g, uint64_t id)
{
	const struct gather_entry *e = entry_known(g, id);

	return e ? e->node : NULL;
}

/* ---- begin and failure -------------------------------------------------------------- */

void gather_begin(struct gather *g, struct tree *t, struct isokit_source *volume,
		  const char *subject, const struct gather_options *options,
		  struct isokit_error *err)
{
	static const struct tree_scan_options none = { 0 };

	*g = (struct gather){
		.t = t,
		.volume = volume,
		.opt = *options,
		.scan = options->scan ? options->scan : &none,
		.subject = subject,
		.err = err,
		.bytes_left = max_u64(isokit_source_size(volume), LEAST_BYTES),
	};
}

enum isokit_status gather_fail(struct gather *g, enum isokit_status status, const char *format,
			       ...)
{
	char text[sizeof(g->err->text)];
	va_list ap;

	if (g->status)
		return g->status;
	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	return g->status = isokit_fail(g->err, status, ISOKIT_NO_OFFSET, g->subject, "%s", text);
}

enum isokit_status gather_no_memory(struct gather *g, size_t bytes)
{
	if (!g->status)
		g->status = isokit_fail_nomem(g->err, g->subject, bytes);
	return g->status;
}

void *gather_alloc(struct gather *g, size_t bytes)
{
	void *memory = malloc(bytes ? bytes : 1);

	if (!memory && g)
		(void)gather_no_memory(g, bytes);
	return memory;
}

bool gather_spend(struct gather *g, uint64_t bytes)
{
	if (bytes > g->bytes_left) {
		gather_fail(g, ISOKIT_E_CORRUPT,
			    "its folders are more than the whole volume: it is damaged");
		return false;
	}
	g->bytes_left -= bytes;
	return true;
}

/* ---- names ---------------------------------------------------------------------------- */

/* A name that a tree can have, in `out`; returns its length. */
static size_t possible_name(uint64_t id, const char *name, size_t n, char out[TREE_MAX_NAME + 1],
			    bool *ret_changed)
{
	size_t keep = min_u64(n, TREE_MAX_NAME);

	*ret_changed = n > TREE_MAX_NAME;
	memcpy(out, name, keep);
	for (size_t i = 0; i < keep; i++) {
		if (out[i] == '/' || out[i] == '\0') {
			out[i] = '_';
			*ret_changed = true;
		}
	}
	if (n > TREE_MAX_NAME) {
		enum { TAIL = 10 }; /* "~" and some digits of the number: two stay two */

		keep = TREE_MAX_NAME - TAIL;
		while (keep > 1 && ((unsigned char)out[keep] & 0xc0) == 0x80)
			keep--;
		keep += (size_t)snprintf(out + keep, TAIL, "~%08x", (unsigned)id);
	}
	if (keep == 0 || (keep <= 2 && out[0] == '.' && out[keep - 1] == '.')) {
		keep = max_u64(keep, 1);
		memset(out, '_', keep);
		*ret_changed = true;
	}
	out[keep] = '\0';
	return keep;
}

static void end_xattrs(struct gather *g);

static void check_cancelled(struct gather *g)
{
	if (!g->scan->cancelled || ++g->since_cancel_check < CANCEL_EVERY)
		return;
	g->since_cancel_check = 0;
	if (!g->status && g->scan->cancelled(g->scan->cancelled_ctx))
		g->status = isokit_fail(g->err, ISOKIT_E_CANCELLED, ISOKIT_NO_OFFSET, NULL,
					"cancelled");
}

static struct tree_node *new_node(struct gather *g, const char *name, size_t n, uint32_t mode)
{
	struct tree_node *node = tree_node_new(g->t, name, n);

	if (!node) {
		(void)gather_no_memory(g, sizeof(*node));
		return NULL;
	}
	node->mode = mode;
	node->mtime = INT64_MIN;
	return node;
}

struct tree_node *gather_root(struct gather *g, uint64_t id)
{
	bool fresh;

	g->root = new_node(g, "", 0, S_IFDIR | 0755);
	if (g->root && !remember(&g->visited, &g->n_visited, &g->visited_capacity, id, 0, &fresh))
		(void)gather_no_memory(g, sizeof(*g->visited));
	return g->status ? NULL : g->root;
}

struct tree_node *gather_name(struct gather *g, uint64_t parent, uint64_t id, uint32_t mode,
			      const void *name, size_t name_bytes)
{
	char possible[TREE_MAX_NAME + 1];
	struct tree_node *node;
	bool changed, fresh;
	size_t n;

	end_xattrs(g);
	check_cancelled(g);
	if (g->status)
		return NULL;
	n = possible_name(id, name, name_bytes, possible, &changed);
	node = new_node(g, possible, n, mode);
	if (!node)
		return NULL;
	if (!ARRAY_RESERVE(g->entries, g->capacity, g->n_entries + 1) ||
	    !remember(&g->slots, &g->n_slots, &g->slots_capacity, id, g->n_entries, &fresh)) {
		(void)gather_no_memory(g, sizeof(*g->entries));
		return NULL;
	}
	g->entries[g->n_entries++] = (struct gather_entry){
		.parent = parent, .id = id, .node = node,
		.losses = changed ? 1u << g->opt.lost_name : 0,
	};
	return node;
}

bool gather_link(struct gather *g, uint64_t parent, uint64_t id, const void *name,
		 size_t name_bytes)
{
	const struct gather_entry *e = entry_known(g, id);
	struct tree_node *first = e ? e->node : NULL, *n;
	uint32_t losses = e ? e->losses : 0;
	const char *own_name;
	uint16_t own_bytes;

	if (!first || tree_is_dir(first))
		return false;
	n = gather_name(g, parent, id, first->mode, name, name_bytes);
	if (!n)
		return true; /* failed, which g->status tells */
	own_name = n->name;
	own_bytes = n->name_bytes;
	*n = *first;
	n->name = own_name;
	n->name_bytes = own_bytes;
	g->entries[g->n_entries - 1].losses |= losses & ~(1u << g->opt.lost_name);
	if (tree_is_file(n)) {
		first->link = n->link = first;
		first->flags |= TREE_LINKED;
		n->flags |= TREE_LINKED;
	}
	return true;
}

bool gather_folder(struct gather *g, uint64_t *ret_id)
{
	while (!g->status && g->next_folder < g->n_entries) {
		const struct gather_entry *e = &g->entries[g->next_folder++];
		bool fresh;

		if (!tree_is_dir(e->node))
			continue;
		if (!remember(&g->visited, &g->n_visited, &g->visited_capacity, e->id, 0,
			      &fresh)) {
			(void)gather_no_memory(g, sizeof(*g->visited));
			return false;
		}
		*ret_id = e->id;
		if (fresh)
			return true;
	}
	return false;
}

void gather_lost(struct gather *g, unsigned what)
{
	if (g->n_entries)
		g->entries[g->n_entries - 1].losses |= 1u << what;
	else
		g->root_losses |= 1u << what;
}

void gather_lost_of(struct gather *g, uint64_t id, unsigned what)
{
	const struct gather_entry *e = entry_known(g, id);

	if (e)
		g->entries[e - g->entries].losses |= 1u << what;
	else
		g->root_losses |= 1u << what;
}

void gather_lost_folder(struct gather *g, uint64_t id)
{
	gather_lost_of(g, id, g->opt.lost_unreadable);
}

/* ---- contents ---------------------------------------------------------------------------- */

static struct tree_range *new_range(struct gather *g, struct tree_node *node, uint64_t size)
{
	struct tree_range *range = arena_alloc(&g->t->arena, sizeof(*range));

	if (!range) {
		(void)gather_no_memory(g, sizeof(*range));
		return NULL;
	}
	*range = (struct tree_range){ .src = g->volume };
	node->u.range = range;
	node->size = size;
	node->content = TREE_SOURCE;
	return range;
}

static bool add_piece(struct bytes_piece **pieces, size_t *n, size_t *capacity, uint64_t at,
		      uint64_t offset)
{
	const struct bytes_piece *last = *n ? &(*pieces)[*n - 1] : NULL;

	if (last && (last->offset == BYTES_HOLE ? offset == BYTES_HOLE :
		     offset != BYTES_HOLE && offset >= last->offset &&
		     offset - last->offset == at - last->at))
		return true; /* goes on */
	if (!ARRAY_RESERVE(*pieces, *capacity, *n + 1))
		return false;
	(*pieces)[(*n)++] = (struct bytes_piece){ .at = at, .offset = offset };
	return true;
}

/* False: something lies outside, or they are in no order. */
static bool collect(struct gather *g, uint64_t size, const struct gather_run *runs, size_t n_runs,
		    struct bytes_piece **pieces, size_t *n)
{
	uint64_t volume_bytes = isokit_source_size(g->volume), at = 0;
	size_t capacity = 0;
	bool ok = true, memory = true;

	for (size_t i = 0; ok && memory && i < n_runs && runs[i].at < size; i++) {
		const struct gather_run *r = &runs[i];
		uint64_t bytes = min_u64(r->bytes, size - r->at);

		if (bytes == 0)
			continue;
		ok = r->at >= at && (r->offset == GATHER_HOLE ||
				     range_inside(r->offset, bytes, volume_bytes));
		if (ok && r->at > at)
			memory = add_piece(pieces, n, &capacity, at, BYTES_HOLE);
		if (ok && memory)
			memory = add_piece(pieces, n, &capacity, r->at, r->offset);
		at = r->at + bytes;
	}
	if (ok && memory && at < size)
		memory = add_piece(pieces, n, &capacity, at, BYTES_HOLE);
	if (!memory)
		(void)gather_no_memory(g, sizeof(**pieces));
	return ok && memory;
}

bool gather_runs(struct gather *g, struct tree_node *node, uint64_t size,
		 const struct gather_run *runs, size_t n_runs)
{
	struct bytes_piece *pieces = NULL;
	struct tree_range *range;
	size_t n = 0;
	bool ok = size <= INT64_MAX && collect(g, size, runs, n_runs, &pieces, &n);

	if (ok && n) {
		range = new_range(g, node, size);
		if (range && n == 1 && pieces[0].offset != BYTES_HOLE) {
			range->offset = pieces[0].offset;
		} else if (range) {
			struct isokit_source *src;

			if (!bytes_pieces_new(g->volume, pieces, n, size, &src, g->err))
				gather_source(g, node, src);
			else
				(void)gather_no_memory(g, n * sizeof(*pieces));
		}
	} else if (!g->status && !ok) {
		gather_lost(g, g->opt.lost_unreadable);
	}
	free(pieces);
	return ok;
}

void gather_source(struct gather *g, struct tree_node *node, struct isokit_source *src)
{
	struct tree_range *range = node->content == TREE_SOURCE ?
					   arena_alloc(&g->t->arena, sizeof(*range)) :
					   new_range(g, node, isokit_source_size(src));
	enum isokit_status st = g->opt.keep(g->opt.keep_ctx, src, g->err);

	if (!g->status)
		g->status = st;
	if (!range) {
		(void)gather_no_memory(g, sizeof(*range));
		return;
	}
	*range = (struct tree_range){ .src = src };
	node->u.range = range;
	node->size = isokit_source_size(src);
	if (node->size == 0)
		node->content = TREE_EMPTY;
}

void gather_bytes(struct gather *g, struct tree_node *node, const void *bytes, size_t n)
{
	uint8_t *copy;

	if (n == 0)
		return;
	copy = arena_memdup(&g->t->arena, bytes, n);
	if (!copy) {
		(void)gather_no_memory(g, n);
		return;
	}
	node->u.memory = copy;
	node->size = n;
	node->content = TREE_MEMORY;
}

void gather_target(struct gather *g, struct tree_node *node, const void *bytes, size_t n)
{
	size_t length = strnlen(bytes, n);

	if (length == 0)
		return; /* gather_end() leaves it out */
	node->u.target = arena_strndup(&g->t->arena, bytes, length);
	if (!node->u.target)
		(void)gather_no_memory(g, length);
}

/* ---- extended attributes ------------------------------------------------------------------- */

static void end_xattrs(struct gather *g)
{
	if (g->xattr_node && !g->status)
		g->status = tree_node_set_attributes(g->t, g->xattr_node, &g->xattrs,
						     g->acl.n ? text_string(&g->acl) : NULL,
						     g->default_acl.n ?
							     text_string(&g->default_acl) : NULL,
						     g->err);
	if (g->xattr_node) {
		tree_xattr_free(&g->xattrs);
		text_clear(&g->acl);
		text_clear(&g->default_acl);
	}
	g->xattr_node = NULL;
}

bool gather_xattr(struct gather *g, struct tree_node *node, const char *name, const void *value,
		  size_t bytes)
{
	bool access = strcmp(name, "system.posix_acl_access") == 0;
	bool inherited = strcmp(name, "system.posix_acl_default") == 0;
	enum isokit_status st;

	if (g->status || ((access || inherited) ? !g->scan->acls : !g->scan->xattrs))
		return false;
	if (g->xattr_node != node)
		end_xattrs(g);
	g->xattr_node = node;
	/* Many may name the same value. */
	if (!gather_spend(g, bytes))
		return false;
	if (access)
		return tree_acl_from_xattr(value, bytes, &g->acl);
	if (inherited)
		return tree_acl_from_xattr(value, bytes, &g->default_acl);
	st = tree_xattr_add(g->t, &g->xattrs, name, value, bytes, g->subject, NULL);
	if (st == ISOKIT_E_NOMEM)
		(void)gather_no_memory(g, bytes);
	return st == ISOKIT_OK;
}

/* ---- the end ------------------------------------------------------------------------------- */

static int by_parent_and_name(const void *a, const void *b)
{
	const struct gather_entry *x = a, *y = b;
	int c;

	if (x->parent != y->parent)
		return x->parent < y->parent ? -1 : 1;
	c = strcmp(x->node->name, y->node->name);
	if (c)
		return c;
	return x->id < y->id ? -1 : x->id > y->id;
}

/* The names in a folder: the first one, and how many. */
static struct gather_entry *names_in(struct gather *g, uint64_t parent, size_t *ret_n)
{
	size_t low = 0, high = g->n_entries, end;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (g->entries[mid].parent < parent)
			low = mid + 1;
		else
			high = mid;
	}
	for (end = low; end < g->n_entries && g->entries[end].parent == parent; end++)
		;
	*ret_n = end - low;
	return *ret_n ? g->entries + low : NULL;
}

struct opening {
	struct tree_node *dir;
	uint64_t id;
	unsigned depth;
};

struct openings {
	struct opening *items;
	size_t n, capacity;
};

static void tell(struct gather *g, const struct tree_node *node, uint32_t losses)
{
	struct text path = { 0 };

	if (!losses || !g->opt.lost)
		return;
	tree_node_path(node, &path);
	for (unsigned what = 0; losses; what++, losses >>= 1) {
		if (losses & 1)
			g->opt.lost(g->opt.lost_ctx, what, text_string(&path));
	}
	text_free(&path);
}

/* The caller's rules. False: it is left out. */
static bool wanted(struct gather *g, struct tree_node *node, size_t base_bytes)
{
	struct text path = { 0 };
	const char *below;
	bool keep;

	if (!g->scan->n_excludes && !g->scan->adjust)
		return true;
	tree_node_path(node, &path);
	below = text_string(&path) + min_u64(base_bytes, path.n);
	while (*below == '/')
		below++;
	keep = !g->scan->n_excludes || !tree_excluded(g->scan, node->name, below);
	if (keep && g->scan->adjust)
		g->scan->adjust(g->scan->adjust_ctx, text_string(&path), text_string(&path), node);
	if (path.failed)
		(void)gather_no_memory(g, path.n);
	text_free(&path);
	return keep;
}

/* Is it something that a tree can hold? */
static bool possible_node(const struct tree_node *node)
{
	switch (node->mode & S_IFMT) {
	case S_IFLNK: return node->u.target != NULL;
	case S_IFREG:
	case S_IFDIR:
	case S_IFBLK:
	case S_IFCHR:
	case S_IFIFO:
	case S_IFSOCK: return true;
	default: return false;
	}
}

static void fill(struct gather *g, const struct opening *o, size_t base_bytes,
		 struct openings *open)
{
	size_t n, i;
	struct gather_entry *e = names_in(g, o->id, &n);

	if (n == 0 || e->taken)
		return;
	e->taken = 1;
	if (n > UINT32_MAX || !tree_children_reserve(o->dir, (uint32_t)n)) {
		(void)gather_no_memory(g, n * sizeof(e->node));
		return;
	}
	for (i = 0; i < n && !g->status; i++) {
		struct tree_node *node = e[i].node;

		node->parent = o->dir;
		if (!possible_node(node) ||
		    (i && strcmp(node->name, e[i - 1].node->name) == 0)) {
			tell(g, node, 1u << g->opt.lost_unreadable);
			node->parent = NULL;
			continue;
		}
		if (!wanted(g, node, base_bytes)) {
			node->parent = NULL;
			continue;
		}
		if (!tree_node_attach(o->dir, node))
			(void)gather_no_memory(g, sizeof(node));
		tell(g, node, e[i].losses);
		if (!tree_is_dir(node))
			continue;
		if (o->depth >= TREE_MAX_DEPTH) {
			tell(g, node, 1u << g->opt.lost_unreadable);
		} else if (!ARRAY_RESERVE(open->items, open->capacity, open->n + 1)) {
			(void)gather_no_memory(g, sizeof(*open->items));
		} else {
			open->items[open->n++] =
				(struct opening){ .dir = node, .id = e[i].id, .depth = o->depth + 1 };
		}
	}
}

static void put_all(struct gather *g, uint64_t root_id, const char *dest)
{
	struct openings open = { 0 };
	struct text path = { 0 };
	struct tree_node *base;

	g->status = tree_make_dir(g->t, dest, &base, g->err);
	if (g->status)
		return;
	if (g->root) {
		tree_node_adopt(base, g->root);
		tell(g, base, (uint32_t)g->root_losses);
	}
	tree_node_path(base, &path);
	if (g->n_entries)
		qsort(g->entries, g->n_entries, sizeof(*g->entries), by_parent_and_name);
	if (!ARRAY_RESERVE(open.items, open.capacity, 1))
		(void)gather_no_memory(g, sizeof(*open.items));
	else
		open.items[open.n++] = (struct opening){ .dir = base, .id = root_id, .depth = 1 };
	while (open.n && !g->status) {
		struct opening o = open.items[--open.n];

		fill(g, &o, path.n, &open);
	}
	text_free(&path);
	free(open.items);
}

enum isokit_status gather_end(struct gather *g, uint64_t root_id, const char *dest)
{
	end_xattrs(g);
	if (!g->status)
		put_all(g, root_id, dest);
	free(g->entries);
	free(g->slots);
	free(g->visited);
	tree_xattr_free(&g->xattrs);
	text_free(&g->acl);
	text_free(&g->default_acl);
	return g->status;
}
