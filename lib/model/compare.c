/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The trees of an image against each other: files that only one of them shows, or
 * that have another size or place in it, and data that none of them reaches.
 * Files are matched by where their data lies, and what that leaves over by name.
 * Files without data have no place and are left out. */
#include "model/compare.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/array.h"
#include "base/checked.h"
#include "base/fail.h"
#include "model/layout.h"

enum {
	MAX_TREES = 4,
	MAX_LEFT = 64 * 1024,     /* files that are matched by name */
	KEPT_NAME_BYTES = 48,      /* of a component: beyond, writers shorten */
	LOOSE_STEM = 5, LOOSE_EXTENSION = 3,
	JOLIET_PATH = 240,         /* libisofs leaves longer paths out of Joliet */
	NOTICE_FILES = 4,          /* an ISO 9660 tree of no more than that beside UDF */
};

static const uint64_t most_iso_bytes = UINT64_C(0xffffffff);

/* A file that some tree does not show at that place. */
struct left {
	uint64_t hash; /* of its folded path */
	uint64_t offset, bytes;
	uint32_t node;
	uint8_t tree;    /* index into cmp.trees */
	uint8_t missing; /* bits: trees that do not show it */
	bool boot;
};

struct cmp_tree {
	enum isokit_namespace_kind ns;
	uint8_t layout_tree;
	uint64_t files;
};

struct cmp {
	struct isokit_layout *l;
	struct lint *lint;
	struct cmp_tree trees[MAX_TREES];
	unsigned n_trees;
	bool loose; /* the first tree has shortened names only */
	struct left *left;
	size_t n_left, capacity_left;
	struct isokit_comparison *pairs; /* of the first tree with each other one */
	uint64_t n_hidden;
	uint32_t first_hidden;
	uint64_t hidden_offset;
	bool failed;
};

/* ---- names ------------------------------------------------------------------------ */

/* What Joliet does not allow becomes '_' there. */
static char fold_byte(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c + 32);
	return strchr("*:;?\\", c) ? '_' : c;
}

static uint64_t hash_byte(uint64_t h, char c)
{
	return (h ^ (uint8_t)c) * UINT64_C(0x100000001b3);
}

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
}

/* A component as 8.3 and the like leave it: the beginnings of stem and extension. */
static uint64_t hash_loose(uint64_t h, const char *name, size_t n)
{
	const char *dot = memrchr(name, '.', n);
	size_t stem = dot && dot != name ? (size_t)(dot - name) : n, used = 0;

	for (size_t i = 0; i < stem && used < LOOSE_STEM; i++) {
		char c = fold_byte(name[i]);

		if (is_alnum(c)) {
			h = hash_byte(h, c);
			used++;
		}
	}
	h = hash_byte(h, '.');
	used = 0;
	for (size_t i = stem + 1; i < n && used < LOOSE_EXTENSION; i++) {
		char c = fold_byte(name[i]);

		if (is_alnum(c)) {
			h = hash_byte(h, c);
			used++;
		}
	}
	return h;
}

/* Other letters than those of ASCII may be written in any character set: left out. */
static uint64_t hash_component(const struct cmp *c, uint64_t h, const char *name, size_t n)
{
	if (c->loose)
		return hash_loose(h, name, n);
	for (size_t i = 0; i < n && i < KEPT_NAME_BYTES; i++)
		if ((uint8_t)name[i] < 0x80)
			h = hash_byte(h, fold_byte(name[i]));
	return h;
}

static uint64_t hash_path(const struct cmp *c, const char *path)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	while (*path) {
		size_t n = strcspn(path, "/");

		h = hash_component(c, hash_byte(h, '/'), path, n);
		path += n + (path[n] == '/');
	}
	return h;
}

/* Do two names of one file differ by more than writers make them differ? */
static bool differ(const char *a, const char *b)
{
	size_t i = 0;

	for (; a[i] && b[i] && i < KEPT_NAME_BYTES; i++) {
		if ((uint8_t)a[i] >= 0x80 || (uint8_t)b[i] >= 0x80)
			return false;
		if (fold_byte(a[i]) != fold_byte(b[i]))
			return true;
	}
	if (i >= KEPT_NAME_BYTES)
		return false;
	/* One has more: blanks and dots at the end are lost on the way. */
	for (const char *rest = a[i] ? a + i : b + i; *rest; rest++)
		if (*rest != ' ' && *rest != '.')
			return (uint8_t)*rest < 0x80;
	return false;
}

/* ---- collecting ------------------------------------------------------------------- */

static bool choose_trees(struct cmp *c)
{
	const struct isokit_namespace *ns = c->l->img->facts.namespaces;

	for (unsigned i = 0; i < c->l->n_trees && c->n_trees < MAX_TREES; i++) {
		const struct layout_tree *t = &c->l->trees[i];

		bool known = false;

		for (unsigned k = 0; k < c->n_trees; k++)
			known |= c->trees[k].ns == t->ns; /* a view from a partition */
		if (t->session || known)
			continue;
		/* The enhanced descriptor often names the primary tree. */
		if (t->ns == ISOKIT_NS_ENHANCED && ns[ISOKIT_NS_ISO9660].volume &&
		    ns[t->ns].volume->root_lba == ns[ISOKIT_NS_ISO9660].volume->root_lba)
			continue;
		c->trees[c->n_trees++] = (struct cmp_tree){ .ns = t->ns,
							    .layout_tree = (uint8_t)i };
	}
	c->loose = c->n_trees && c->trees[0].ns == ISOKIT_NS_ISO9660;
	return c->n_trees > 1;
}

static int tree_index(const struct cmp *c, uint8_t layout_tree)
{
	for (unsigned i = 0; i < c->n_trees; i++)
		if (c->trees[i].layout_tree == layout_tree)
			return (int)i;
	return -1;
}

/* Something of booting begins there: it is often hidden on purpose. */
static bool is_boot(const struct cmp *c, uint64_t offset)
{
	const struct isokit_el_torito *et = &c->l->img->facts.el_torito;

	if (et->readable && offset == (uint64_t)et->catalog_lba * SECTOR_BYTES)
		return true;
	for (size_t i = 0; i < et->n_entries; i++)
		if (offset == (uint64_t)et->entries[i].lba * SECTOR_BYTES)
			return true;
	return false;
}

static bool add_left(struct cmp *c, const struct layout_claim *claim, unsigned tree,
		     unsigned missing)
{
	const char *path;

	if (c->n_left >= MAX_LEFT)
		return true;
	path = layout_path(c->l, claim->node);
	if (!path || !ARRAY_RESERVE(c->left, c->capacity_left, c->n_left + 1))
		return false;
	c->left[c->n_left++] = (struct left){
		.hash = hash_path(c, path), .offset = claim->offset, .bytes = claim->bytes,
		.node = claim->node, .tree = (uint8_t)tree, .missing = (uint8_t)missing,
		.boot = is_boot(c, claim->offset),
	};
	return true;
}

static const char *words(struct cmp *c, const char *text)
{
	return arena_strndup(&c->l->img->arena, text, strlen(text));
}

/* The same data under names that have nothing to do with each other. */
static void compare_names(struct cmp *c, const struct layout_claim *a, const struct layout_claim *b)
{
	struct text t = { 0 };
	const char *one = c->l->names + c->l->nodes[a->node].name;
	const char *other = c->l->names + c->l->nodes[b->node].name;
	const char *path;

	if (!differ(one, other))
		return;
	for (unsigned i = 1; i < c->n_trees; i++)
		if (c->trees[i].layout_tree == b->tree)
			c->pairs[i - 1].name_differs++;
	path = layout_path(c->l, a->node);
	if (path)
		text_addf(&t, "%s is called ", path);
	path = layout_path(c->l, b->node);
	if (path)
		text_addf(&t, "%s in %s", path, isokit_namespace_name(c->l->trees[b->tree].ns));
	if (!t.failed)
		lint_find(c->lint, ISOKIT_F_TREE_NAME_DIFFERS, a->offset, a->bytes, t.bytes,
			  a->offset / SECTOR_BYTES, 0);
	text_free(&t);
}

/* One run of bytes and all the names that it has. */
static bool take_run(struct cmp *c, const struct layout_claim *claims, size_t n)
{
	const struct layout_claim *first[MAX_TREES] = { NULL };
	unsigned names[MAX_TREES] = { 0 }, mask = 0, all = (1u << c->n_trees) - 1;

	for (size_t i = 0; i < n; i++) {
		int tree = tree_index(c, claims[i].tree);

		if (tree < 0 || claims[i].file_offset)
			continue;
		mask |= 1u << tree;
		names[tree]++;
		c->trees[tree].files++;
		if (!first[tree])
			first[tree] = &claims[i];
		if ((claims[i].flags & LAYOUT_HIDDEN) && c->n_hidden++ == 0) {
			c->first_hidden = claims[i].node;
			c->hidden_offset = claims[i].offset;
		}
	}
	for (unsigned i = 1; i < c->n_trees; i++) {
		if ((mask & 1) && (mask & 1u << i)) {
			c->pairs[i - 1].same++;
			if (!c->loose && names[0] == 1 && names[i] == 1)
				compare_names(c, first[0], first[i]);
		}
	}
	if (mask == all)
		return true;
	for (size_t i = 0; i < n; i++) {
		int tree = tree_index(c, claims[i].tree);

		if (tree >= 0 && !claims[i].file_offset &&
		    !add_left(c, &claims[i], (unsigned)tree, all & ~mask))
			return false;
	}
	return true;
}

static bool collect(struct cmp *c)
{
	const struct isokit_layout *l = c->l;

	for (size_t i = 0; i < l->n_regions; i++) {
		const struct isokit_region *r = &l->regions[i];

		if (r->kind == ISOKIT_REGION_FILE &&
		    !take_run(c, &l->claims[r->first_name], r->n_names))
			return false;
	}
	return true;
}

/* ---- what is left ------------------------------------------------------------------ */

static int by_hash(const void *pa, const void *pb)
{
	const struct left *a = pa, *b = pb;

	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	if (a->tree != b->tree)
		return a->tree < b->tree ? -1 : 1;
	return a->offset < b->offset ? -1 : a->offset > b->offset;
}

static const char *tree_name(const struct cmp *c, unsigned tree)
{
	return isokit_namespace_name(c->trees[tree].ns);
}

static void find_difference(struct cmp *c, const struct left *a, const struct left *b)
{
	struct isokit_comparison *pair = a->tree == 0 ? &c->pairs[b->tree - 1] : NULL;
	const char *path = layout_path(c->l, a->node);
	struct text t = { 0 };

	if (a->offset == b->offset && pair)
		pair->size_differs++;
	else if (pair)
		pair->extent_differs++;
	if (path)
		text_addf(&t, "%s (%s, %s)", path, tree_name(c, a->tree), tree_name(c, b->tree));
	if (!path || t.failed)
		c->failed = true;
	else if (a->offset == b->offset)
		lint_find(c->lint, ISOKIT_F_TREE_SIZE_DIFFERS, a->offset, 0, t.bytes, a->bytes,
			  b->bytes);
	else
		lint_find(c->lint, ISOKIT_F_TREE_EXTENT_DIFFERS, a->offset, 0, t.bytes,
			  a->offset / SECTOR_BYTES, b->offset / SECTOR_BYTES);
	text_free(&t);
}

/* Is there a lawful reason for a tree not to show it? */
static bool is_excused(const struct cmp *c, const struct left *f, const char *path, unsigned tree)
{
	static const char table[] = "/TRANS.TBL";
	size_t n = strlen(path);

	/* Sizes have 32 bits in a directory record, and level 1 and 2 one extent. */
	if (c->trees[f->tree].ns == ISOKIT_NS_UDF && f->bytes >= most_iso_bytes / 2)
		return true;
	if (c->trees[tree].ns == ISOKIT_NS_JOLIET && n > JOLIET_PATH)
		return true;
	return n >= sizeof(table) - 1 && strcmp(path + n - (sizeof(table) - 1), table) == 0;
}

/* Nothing in the trees of `missing` has its place or its name. */
static void find_only(struct cmp *c, const struct left *f, unsigned missing)
{
	const char *path = layout_path(c->l, f->node);
	struct text t = { 0 };
	unsigned said = 0;

	if (!path) {
		c->failed = true;
		return;
	}
	text_addf(&t, "%s is in %s, not in ", path, tree_name(c, f->tree));
	for (unsigned i = 0; i < c->n_trees; i++) {
		if (!(missing & 1u << i) || is_excused(c, f, path, i))
			continue;
		text_addf(&t, "%s%s", said++ ? " or " : "", tree_name(c, i));
		if (f->tree == 0)
			c->pairs[i - 1].only_first++;
		else if (i == 0)
			c->pairs[f->tree - 1].only_second++;
	}
	if (said && t.failed)
		c->failed = true;
	else if (said)
		lint_find(c->lint, f->boot ? ISOKIT_F_TREE_BOOT_ONLY_IN : ISOKIT_F_TREE_ONLY_IN,
			  f->offset, f->bytes, t.bytes, f->bytes, f->offset / SECTOR_BYTES);
	text_free(&t);
}

/* All that have one folded path. */
static void take_group(struct cmp *c, const struct left *group, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned missing = group[i].missing;

		for (size_t k = 0; k < n && k < 64; k++) {
			if (!(missing & 1u << group[k].tree))
				continue;
			missing &= ~(1u << group[k].tree);
			if (group[i].tree < group[k].tree)
				find_difference(c, &group[i], &group[k]);
		}
		/* Several trees may show what another one does not: said once. */
		for (size_t k = 0; k < i && k < 64 && missing; k++)
			if (group[k].offset == group[i].offset && group[k].bytes == group[i].bytes)
				missing = 0;
		if (missing)
			find_only(c, &group[i], missing);
	}
}

static int tree_of_kind(const struct cmp *c, enum isokit_namespace_kind ns)
{
	for (unsigned i = 0; i < c->n_trees; i++)
		if (c->trees[i].ns == ns)
			return (int)i;
	return -1;
}

/* Windows discs: the ISO 9660 tree has a README.TXT that says to use UDF. */
static bool is_bridge_notice(struct cmp *c)
{
	int udf = tree_of_kind(c, ISOKIT_NS_UDF);

	if (udf < 1 || c->trees[0].files == 0 || c->trees[0].files > NOTICE_FILES ||
	    c->trees[udf].files <= c->trees[0].files)
		return false;
	for (size_t i = 0; i < c->l->n_claims; i++) {
		const struct layout_claim *claim = &c->l->claims[i];
		const char *path;

		if (claim->kind != ISOKIT_REGION_FILE || claim->tree != c->trees[0].layout_tree)
			continue;
		path = layout_path(c->l, claim->node);
		if (!path || strncasecmp(path, "/README", 7) != 0)
			continue;
		lint_find(c->lint, ISOKIT_F_TREE_BRIDGE, claim->offset, claim->bytes, path,
			  c->trees[0].files, c->trees[udf].files);
		return true;
	}
	return false;
}

static enum isokit_status compare_trees(struct cmp *c)
{
	struct isokit_image *img = c->l->img;

	c->pairs = arena_array(&img->arena, MAX_TREES, sizeof(*c->pairs));
	if (!c->pairs)
		return isokit_fail_nomem(c->lint->err, img->facts.path, sizeof(*c->pairs));
	for (unsigned i = 1; i < c->n_trees; i++) {
		c->pairs[i - 1].first = c->trees[0].ns;
		c->pairs[i - 1].second = c->trees[i].ns;
	}
	if (!collect(c))
		return isokit_fail_nomem(c->lint->err, img->facts.path, sizeof(*c->left));
	if (!is_bridge_notice(c)) {
		if (c->n_left)
			qsort(c->left, c->n_left, sizeof(*c->left), by_hash);
		for (size_t i = 0, n; i < c->n_left; i += n) {
			for (n = 1; i + n < c->n_left && c->left[i + n].hash == c->left[i].hash;)
				n++;
			take_group(c, c->left + i, n);
		}
	}
	img->facts.comparisons = c->pairs;
	img->facts.n_comparisons = c->n_trees - 1;
	return c->failed ? isokit_fail_nomem(c->lint->err, img->facts.path, 0) : ISOKIT_OK;
}

/* ---- what no tree reaches ------------------------------------------------------------ */

/* Other file systems keep their own account of the image, which is not all known. */
static bool is_accounted(const struct isokit_image *img)
{
	const struct isokit_facts *f = &img->facts;

	return !f->namespaces[ISOKIT_NS_HFS].present && !f->apm.present;
}

static void find_unclaimed(struct cmp *c)
{
	struct isokit_image *img = c->l->img;
	/* What lies behind everything has a code of its own: image-trailing. */
	uint64_t end = min_u64(img->facts.expected.bytes, img->facts.size);

	if (!is_accounted(img))
		return;
	for (size_t i = 0; i < c->l->n_regions; i++) {
		const struct isokit_region *r = &c->l->regions[i];

		if (r->kind == ISOKIT_REGION_GAP && r->gap == ISOKIT_GAP_DATA && r->offset < end)
			lint_find(c->lint, ISOKIT_F_UNCLAIMED_DATA, r->offset, r->bytes, NULL,
				  r->bytes, r->data_offset);
	}
}

static void find_hidden(struct cmp *c)
{
	const struct isokit_layout *l = c->l;
	const char *path;

	for (size_t i = 0; i < l->n_claims && c->n_trees < 2; i++)
		if ((l->claims[i].flags & LAYOUT_HIDDEN) && c->n_hidden++ == 0) {
			c->first_hidden = l->claims[i].node;
			c->hidden_offset = l->claims[i].offset;
		}
	if (!c->n_hidden)
		return;
	path = layout_path(c->l, c->first_hidden);
	lint_find(c->lint, ISOKIT_F_FILE_HIDDEN, c->hidden_offset, 0, words(c, path ? path : "?"),
		  c->n_hidden, 0);
}

enum isokit_status lint_compare(struct lint *lint)
{
	struct isokit_layout_options options = { .size = sizeof(options), .gaps = true };
	struct cmp c = { .lint = lint };
	enum isokit_status st;

	st = isokit_image_layout(lint->img, &options, &c.l, lint->err);
	if (st)
		return st;
	if (choose_trees(&c))
		st = compare_trees(&c);
	if (!st) {
		find_hidden(&c);
		find_unclaimed(&c);
	}
	free(c.left);
	isokit_layout_free(c.l);
	return st;
}
