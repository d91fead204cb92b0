/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists of checksums in the tree (md5sum.txt, SHA256SUMS …): renewed for what changed. */
#include "author/lists.h"

#include <stdlib.h>
#include <string.h>

#include "author/contents.h"
#include "base/checked.h"
#include "base/fail.h"
#include "verify/sums.h"

enum { MAX_LIST_BYTES = 64 * 1024 * 1024, CHUNK_BYTES = 1024 * 1024, MAX_LISTS = 64 };

struct lists {
	struct plan *plan;
	const struct isokit_digests *lib;
	struct tree_node *found[MAX_LISTS];
	size_t n_found;
	uint8_t *chunk;
	struct isokit_error *err;
	enum isokit_status status;

	/* Of the list in hand. */
	const struct tree_node *list;
	struct text out;
	enum isokit_digest_kind kind; /* of its last line */
	const char *prefix;           /* of its names: "./", "" */
	size_t n_changed, n_dropped, n_added;
	bool changed_before;
};

static bool is_list(const struct tree_node *n)
{
	return tree_is_file(n) && n->size && n->size <= MAX_LIST_BYTES &&
	       sums_is_list(n->name, n->name_bytes);
}

static int find_list(void *ctx, struct tree_node *n)
{
	struct lists *l = ctx;

	if (is_list(n) && !(n->flags & TREE_HIDDEN) && l->n_found < MAX_LISTS)
		l->found[l->n_found++] = n;
	if (tree_is_file(n) && !(n->flags & (TREE_BASE | TREE_GENERATED)))
		l->changed_before = true;
	return 0;
}

/* Are bytes of it only known when the image is laid out? */
static bool is_patched(const struct plan *plan, const struct tree_node *n)
{
	for (size_t i = 0; i < plan->boot.n_entries; i++) {
		const struct plan_boot_entry *e = &plan->boot.entries[i];

		if (e->node && (e->boot_info_table || e->grub2_boot_info) &&
		    (e->node == n || (n->link && n->link == e->node->link)))
			return true;
	}
	return false;
}

static enum isokit_status hash_node(struct lists *l, const struct tree_node *n,
				    enum isokit_digest_kind kind, char *ret_digits)
{
	uint8_t digest[ISOKIT_DIGEST_MAX_BYTES];
	struct isokit_source *src;
	struct digest *d;
	enum isokit_status st = tree_node_open(n, &src, l->err);

	if (st)
		return st;
	d = digest_new(l->lib, kind);
	if (!d)
		st = isokit_fail(l->err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, l->list->name,
				 "its kind of checksum (%s) cannot be computed here",
				 isokit_digest_name(kind));
	for (uint64_t at = 0; st == ISOKIT_OK && at < n->size;) {
		size_t k = (size_t)min_u64(CHUNK_BYTES, n->size - at);

		st = isokit_source_read_at(src, at, l->chunk, k, l->err);
		if (st == ISOKIT_OK && !digest_update(d, l->chunk, k))
			st = isokit_fail_nomem(l->err, n->name, 0);
		at += k;
	}
	if (st == ISOKIT_OK && !digest_finish(d, digest))
		st = isokit_fail_nomem(l->err, n->name, 0);
	if (st == ISOKIT_OK)
		digest_hex(digest, isokit_digest_bytes(kind), ret_digits);
	digest_free(d);
	isokit_source_close(src);
	return st;
}

/* What a line names: from the folder of its list, or else from the root. */
static struct tree_node *named(const struct lists *l, const char *name, size_t n)
{
	struct text path = { 0 };
	struct tree_node *node;

	tree_node_path(l->list->parent, &path);
	text_add_char(&path, '/');
	text_add(&path, name, n);
	node = path.failed ? NULL : tree_lookup(l->plan->tree, text_string(&path));
	if (!node) {
		text_clear(&path);
		text_add(&path, name, n);
		node = path.failed ? NULL : tree_lookup(l->plan->tree, text_string(&path));
	}
	text_free(&path);
	return node;
}

/* A line as it is, or with other digits; or not at all. */
static enum isokit_status take_line(struct lists *l, const char *line, size_t n,
				    struct sums_hint *hint)
{
	char digits[2 * ISOKIT_DIGEST_MAX_BYTES + 1];
	struct sums_line parsed;
	struct tree_node *node;
	char *copy = malloc(n + 1);
	enum isokit_status st = ISOKIT_OK;
	size_t at;

	if (!copy)
		return isokit_fail_nomem(l->err, l->list->name, n);
	memcpy(copy, line, n);
	copy[n] = '\0';
	if (!sums_line_parse(copy, n, hint, &parsed) || parsed.name_bytes == 0) {
		text_add(&l->out, line, n);
		text_add_char(&l->out, '\n');
		free(copy);
		return ISOKIT_OK;
	}
	at = (size_t)(parsed.digits - copy);
	l->kind = parsed.kind;
	l->prefix = parsed.name_bytes > 2 && memcmp(parsed.name, "./", 2) == 0 ? "./" : "";
	node = named(l, parsed.name, parsed.name_bytes);
	if (!node || !tree_is_file(node) || is_patched(l->plan, node)) {
		l->n_dropped++;
		free(copy);
		return ISOKIT_OK;
	}
	node->flags |= TREE_COUNTED; /* listed; tree_count() clears it */
	if (node->flags & TREE_BASE) {
		text_add(&l->out, line, n);
	} else {
		st = hash_node(l, node, parsed.kind, digits);
		if (st == ISOKIT_OK) {
			size_t k = 2 * isokit_digest_bytes(parsed.kind);

			l->n_changed += memcmp(line + at, digits, k) != 0;
			text_add(&l->out, line, at);
			text_add(&l->out, digits, k);
			text_add(&l->out, line + at + k, n - at - k);
		}
	}
	text_add_char(&l->out, '\n');
	free(copy);
	return st;
}

static int forget_listed(void *ctx, struct tree_node *n)
{
	(void)ctx;
	n->flags &= (uint16_t)~TREE_COUNTED;
	return 0;
}

/* A file that came new into a tree whose list is of all of it. */
static int add_new(void *ctx, struct tree_node *n)
{
	struct lists *l = ctx;
	char digits[2 * ISOKIT_DIGEST_MAX_BYTES + 1];
	struct text path = { 0 };

	if (!tree_is_file(n) || is_list(n) ||
	    n->flags & (TREE_BASE | TREE_COUNTED | TREE_GENERATED | TREE_HIDDEN) ||
	    is_patched(l->plan, n))
		return 0;
	tree_node_path(n, &path);
	/* Names with line breaks would need escapes that few readers know. */
	if (!path.failed && !strpbrk(text_string(&path), "\n\r\\"))
		l->status = hash_node(l, n, l->kind, digits);
	else
		digits[0] = '\0';
	if (l->status == ISOKIT_OK && digits[0]) {
		text_addf(&l->out, "%s  %s%s\n", digits, l->prefix, text_string(&path) + 1);
		l->n_added++;
	}
	text_free(&path);
	return l->status != ISOKIT_OK;
}

static void say_what_changed(struct lists *l, const char *text)
{
	struct text path = { 0 };

	tree_node_path(l->list, &path);
	plan_note(l->plan, ISOKIT_BUILD_NOTE, text_string(&path),
		  "renewed: %zu changed, %zu added, %zu left out (gone, or boot images that are written into)",
		  l->n_changed, l->n_added, l->n_dropped);
	if (strstr(text, "-----BEGIN PGP"))
		plan_note(l->plan, ISOKIT_BUILD_WARNING, text_string(&path),
			  "its signature no longer holds");
	text_free(&path);
}

static enum isokit_status keep_result(struct lists *l, struct tree_node *list)
{
	void *kept;

	if (l->out.failed)
		return isokit_fail_nomem(l->err, list->name, 0);
	kept = arena_memdup(&l->plan->tree->arena, text_string(&l->out), l->out.n + 1);
	if (!kept)
		return isokit_fail_nomem(l->err, list->name, l->out.n);
	list->content = l->out.n ? TREE_MEMORY : TREE_EMPTY;
	list->u.memory = kept;
	list->size = l->out.n;
	list->link = NULL;
	list->flags &= (uint16_t)~(TREE_BASE | TREE_LINKED);
	return ISOKIT_OK;
}

static enum isokit_status renew(struct lists *l, struct tree_node *list)
{
	struct sums_hint hint = sums_hint_of(list->name, list->name_bytes);
	char *text = malloc((size_t)list->size + 1), *line;
	size_t at = 0, n;
	enum isokit_status st;

	if (!text)
		return isokit_fail_nomem(l->err, list->name, (size_t)list->size);
	l->list = list;
	l->prefix = "";
	l->kind = ISOKIT_DIGEST_COUNT;
	l->n_changed = l->n_dropped = l->n_added = 0;
	text_clear(&l->out);
	(void)tree_walk(l->plan->tree->root, forget_listed, NULL);
	st = tree_node_read(list, 0, text, (size_t)list->size, l->err);
	text[list->size] = '\0';
	while (st == ISOKIT_OK && sums_next_line(text, (size_t)list->size, &at, &line, &n))
		st = take_line(l, line, n, &hint);
	if (st == ISOKIT_OK && l->plan->base && !list->parent->parent &&
	    l->kind != ISOKIT_DIGEST_COUNT && tree_walk(l->plan->tree->root, add_new, l) != 0)
		st = l->status;
	if (st == ISOKIT_OK && (l->n_changed || l->n_dropped || l->n_added)) {
		st = keep_result(l, list);
		say_what_changed(l, text);
	}
	free(text);
	(void)tree_walk(l->plan->tree->root, forget_listed, NULL);
	return st;
}

enum isokit_status lists_update(struct plan *plan, struct isokit_error *err)
{
	struct lists l = { .plan = plan, .err = err };
	enum isokit_status st = ISOKIT_OK;

	if (!plan->options.update_manifests && !plan->base)
		return ISOKIT_OK;
	(void)tree_walk(plan->tree->root, find_list, &l);
	if (!plan->options.update_manifests) {
		if (l.n_found && l.changed_before && !l.found[0]->parent->parent)
			plan_note(plan, ISOKIT_BUILD_NOTE, l.found[0]->name,
				  "is as it was, though files changed; --update-manifests renews it");
		return ISOKIT_OK;
	}
	if (l.n_found == 0) {
		plan_note(plan, ISOKIT_BUILD_NOTE, NULL,
			  "the tree has no list of checksums that --update-manifests could renew");
		return ISOKIT_OK;
	}
	l.chunk = malloc(CHUNK_BYTES);
	st = l.chunk ? contents_digests(plan, &l.lib, err) :
		       isokit_fail_nomem(err, "manifests", CHUNK_BYTES);
	for (size_t i = 0; st == ISOKIT_OK && i < l.n_found; i++)
		st = renew(&l, l.found[i]);
	text_free(&l.out);
	free(l.chunk);
	return st;
}
