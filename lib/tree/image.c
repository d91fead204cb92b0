/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tree of an image as nodes: what a changed image starts from. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "base/array.h"
#include "base/checked.h"
#include "base/fail.h"
#include "bytes/pieces.h"
#include "tree/attributes.h"
#include "tree/impl.h"

enum { CANCEL_EVERY = 256 };

/* A folder that is being filled. Its nodes are in found[] of the scan. */
struct level {
	struct tree_node *dir; /* NULL: what is below it is left out */
	size_t first;          /* of its nodes in found[] */
};

struct image_scan {
	struct tree *t;
	struct tree_node *base; /* the folder that the image's root is */
	struct isokit_source *src;
	uint32_t block_bytes;
	const struct tree_scan_options *opt;
	enum isokit_status (*keep)(void *ctx, struct isokit_source *src, struct isokit_error *err);
	void *keep_ctx;
	tree_lost_fn lost;
	void *lost_ctx;
	struct isokit_error *err;
	enum isokit_status status;
	struct level levels[TREE_MAX_CHAIN];
	size_t n_levels;
	struct tree_node **found; /* of all open folders, one after the other */
	size_t n_found, capacity_found;
	bool iso_names;        /* entries have directory records of ISO 9660 */
	uint64_t hidden_depth; /* below an excluded folder of this depth; 0: not */
	unsigned since_cancel_check;
};

static void lose(struct image_scan *s, const char *path, const char *why)
{
	if (s->lost)
		s->lost(s->lost_ctx, path, why);
}

/* Seconds of the epoch, INT64_MIN for none. */
static int64_t seconds_of(const struct isokit_time *t)
{
	int64_t year = t->year, era, day_of_era, days;

	if (!t->set || t->month < 1 || t->month > 12 || t->day < 1 || t->day > 31)
		return INT64_MIN;
	/* Years from March on, in eras of 400: a leap day is then the last of its year. */
	year -= t->month <= 2;
	era = (year >= 0 ? year : year - 399) / 400;
	day_of_era = (year - era * 400) * 365 + (year - era * 400) / 4 - (year - era * 400) / 100 +
		     (153 * (t->month + (t->month > 2 ? -3 : 9)) + 2) / 5 + t->day - 1;
	days = era * 146097 + day_of_era - 719468;
	return days * 86400 + t->hour * 3600 + t->minute * 60 + t->second -
	       (int64_t)t->gmt_quarters * 900;
}

/* ---- contents in several pieces -------------------------------------------------- */

static bool extent_offset(const struct image_scan *s, const struct isokit_extent *e,
			  uint64_t *ret_offset)
{
	*ret_offset = BYTES_HOLE;
	if (e->lba == ISOKIT_HOLE)
		return true;
	return mul_u64(e->lba, s->block_bytes, ret_offset) &&
	       add_u64(*ret_offset, e->skip_bytes, ret_offset) &&
	       range_inside(*ret_offset, e->bytes, isokit_source_size(s->src));
}

/* The runs of a file as few pieces. */
struct runs {
	struct bytes_piece *piece; /* ascending */
	size_t n, capacity;
	uint64_t bytes;
};

/* A reason in *ret_why: it cannot be had. */
static enum isokit_status collect_runs(const struct image_scan *s, const struct isokit_entry *e,
				       struct runs *r, const char **ret_why)
{
	*ret_why = NULL;
	for (size_t i = 0; i < e->n_extents; i++) {
		const struct bytes_piece *last = r->n ? &r->piece[r->n - 1] : NULL;
		uint64_t offset;

		if (e->extents[i].bytes == 0)
			continue;
		if (!extent_offset(s, &e->extents[i], &offset) ||
		    !range_inside(r->bytes, e->extents[i].bytes, INT64_MAX)) {
			*ret_why = "lies outside the image";
			return ISOKIT_OK;
		}
		if (!last || (last->offset == BYTES_HOLE) != (offset == BYTES_HOLE) ||
		    (offset != BYTES_HOLE && last->offset + (r->bytes - last->at) != offset)) {
			if (!ARRAY_RESERVE(r->piece, r->capacity, r->n + 1))
				return isokit_fail_nomem(s->err, e->path, sizeof(*last));
			r->piece[r->n++] = (struct bytes_piece){ .at = r->bytes, .offset = offset };
		}
		r->bytes += e->extents[i].bytes;
	}
	return ISOKIT_OK;
}

static enum isokit_status use_runs(struct image_scan *s, const struct isokit_entry *e,
				   const struct runs *r, struct tree_node *n)
{
	struct tree_range *range = arena_alloc(&s->t->arena, sizeof(*range));
	enum isokit_status st;

	if (!range)
		return isokit_fail_nomem(s->err, e->path, sizeof(*range));
	n->size = r->bytes;
	n->content = r->n ? TREE_SOURCE : TREE_EMPTY;
	n->u.range = range;
	*range = (struct tree_range){ .src = s->src };
	if (r->n == 0)
		return ISOKIT_OK;
	if (r->n == 1 && r->piece[0].offset != BYTES_HOLE) {
		range->offset = r->piece[0].offset;
		return ISOKIT_OK;
	}
	st = bytes_pieces_new(s->src, r->piece, r->n, r->bytes, &range->src, s->err);
	return st ? st : s->keep(s->keep_ctx, range->src, s->err);
}

/* Where the content of a file is. A reason in *ret_why: it cannot be had. */
static enum isokit_status take_content(struct image_scan *s, const struct isokit_entry *e,
				       struct tree_node *n, const char **ret_why)
{
	struct runs r = { 0 };
	enum isokit_status st = collect_runs(s, e, &r, ret_why);

	if (!st && !*ret_why)
		st = use_runs(s, e, &r, n);
	free(r.piece);
	return st;
}

uint64_t tree_node_offset_in(const struct tree_node *node, const struct isokit_source *src)
{
	if (!tree_is_file(node) || node->content != TREE_SOURCE || node->u.range->src != src)
		return UINT64_MAX;
	return node->u.range->offset;
}

/* ---- nodes ------------------------------------------------------------------------- */

/* Hard links: names with the same data, or, where there is none, the same serial
 * number. Keys that no inode of the host has: size and place as their complements. */
static enum isokit_status join_family(struct image_scan *s, const struct isokit_entry *e,
				      struct tree_node *n)
{
	struct tree_node *first;

	if (s->opt->links_as_said && e->links < 2)
		return ISOKIT_OK;
	if (n->content == TREE_SOURCE && n->u.range->src == s->src)
		first = tree_links_first(s->t, ~(dev_t)n->size, (ino_t)n->u.range->offset, n);
	else if (e->links > 1 && e->inode)
		first = tree_links_first(s->t, ~(dev_t)0 >> 1, (ino_t)e->inode, n);
	else
		return ISOKIT_OK;
	if (!first)
		return isokit_fail_nomem(s->err, e->path, sizeof(*n));
	/* The serial number is what the medium claims; the data decide. */
	if (first == n || first->size != n->size || first->content != n->content)
		return ISOKIT_OK;
	first->link = n->link = first;
	first->flags |= TREE_LINKED;
	n->flags |= TREE_LINKED;
	return ISOKIT_OK;
}

static void take_attributes(const struct isokit_entry *e, struct tree_node *n)
{
	n->mode = e->mode;
	n->uid = e->uid == ISOKIT_NO_OWNER ? 0 : e->uid;
	n->gid = e->gid == ISOKIT_NO_OWNER ? 0 : e->gid;
	n->mtime = seconds_of(&e->mtime);
	n->flags = TREE_BASE;
}

/* Extended attributes and access control lists. */
static void take_extended(struct image_scan *s, const struct isokit_entry *e, struct tree_node *n)
{
	enum isokit_status st;

	if (!e->attributes)
		return;
	st = tree_node_take_attributes(s->t, n, e->attributes, s->err);
	if (st == ISOKIT_E_LIMIT)
		lose(s, e->path, "has too much in extended attributes");
	else
		s->status = st;
}

bool tree_node_take_iso_name(struct tree *t, struct tree_node *n, struct isokit_source *src,
			     uint64_t record_offset)
{
	enum { NAME_BYTES_AT = 32, NAME_AT = 33, MOST = 254, SECTOR = 2048 };
	uint64_t size = isokit_source_size(src);
	uint8_t record[MOST];
	size_t bytes;

	if (record_offset >= size)
		return true;
	bytes = (size_t)min_u64(min_u64(MOST, size - record_offset),
				SECTOR - record_offset % SECTOR);
	if (bytes <= NAME_AT ||
	    isokit_source_read_at(src, record_offset, record, bytes, NULL) != ISOKIT_OK ||
	    record[NAME_BYTES_AT] == 0 || record[NAME_BYTES_AT] > bytes - NAME_AT ||
	    memchr(record + NAME_AT, '\0', record[NAME_BYTES_AT]))
		return true;
	n->iso_name = arena_strndup(&t->arena, (const char *)record + NAME_AT,
				    record[NAME_BYTES_AT]);
	return n->iso_name != NULL;
}

/* What is left of a name that is too long: its beginning, a number that no other has, and
 * its ending. */
static size_t cut_name(const struct image_scan *s, const struct isokit_entry *e, size_t bytes,
		       char ret_name[TREE_MAX_NAME + 1])
{
	enum { ENDING = 16, NUMBER = 12 };
	const char *dot = memrchr(e->name + bytes - ENDING, '.', ENDING);
	size_t ending = dot ? (size_t)(e->name + bytes - dot) : 0;
	size_t keep = TREE_MAX_NAME - ENDING - NUMBER;

	/* Never in the middle of a character. */
	while (keep > 1 && ((uint8_t)e->name[keep] & 0xc0) == 0x80)
		keep--;
	return (size_t)snprintf(ret_name, TREE_MAX_NAME + 1, "%.*s~%zu%.*s", (int)keep, e->name,
				s->n_found, (int)ending, dot ? dot : "");
}

/* A node for an entry; NULL with a reason: left out, without: s->status has failed. */
static struct tree_node *make_node(struct image_scan *s, const struct isokit_entry *e,
				   const char **ret_why)
{
	size_t name_bytes = strlen(e->name);
	const char *name = e->name;
	char cut[TREE_MAX_NAME + 1];
	struct tree_node *n;

	*ret_why = NULL;
	if (name_bytes > TREE_MAX_NAME && s->opt->cut_names) {
		name_bytes = cut_name(s, e, name_bytes, cut);
		name = cut;
		if (s->opt->note)
			s->opt->note(s->opt->note_ctx, e->path, cut);
	} else if (name_bytes > TREE_MAX_NAME) {
		*ret_why = "has a name of more than 255 bytes";
		return NULL;
	} else if (e->has_nul_or_slash && s->opt->cut_names && s->opt->note)
		s->opt->note(s->opt->note_ctx, e->path, e->name);
	n = tree_node_new(s->t, name, name_bytes);
	if (!n) {
		s->status = isokit_fail_nomem(s->err, e->path, sizeof(*n));
		return NULL;
	}
	take_attributes(e, n);
	take_extended(s, e, n);
	if (s->status == ISOKIT_OK && s->iso_names &&
	    !tree_node_take_iso_name(s->t, n, s->src, e->record_offset))
		s->status = isokit_fail_nomem(s->err, e->path, 0);
	if (s->status)
		return NULL;
	switch (e->type) {
	case ISOKIT_FILE:
		*ret_why = e->refused ? e->refused : e->sparse ? "is stored as a sparse file" : NULL;
		if (!*ret_why)
			s->status = take_content(s, e, n, ret_why);
		if (e->zisofs)
			n->flags |= TREE_ZISOFS;
		if (!*ret_why && s->status == ISOKIT_OK)
			s->status = join_family(s, e, n);
		break;
	case ISOKIT_SYMLINK:
		n->u.target = arena_strndup(&s->t->arena, e->target, strlen(e->target));
		if (!n->u.target)
			s->status = isokit_fail_nomem(s->err, e->path, 0);
		else if (!*n->u.target)
			*ret_why = "is a symbolic link to nothing";
		break;
	case ISOKIT_BLOCK:
	case ISOKIT_CHAR:
		n->u.rdev = makedev(e->dev_major, e->dev_minor);
		break;
	case ISOKIT_DIR:
	case ISOKIT_FIFO:
	case ISOKIT_SOCKET:
		break;
	}
	return s->status || *ret_why ? NULL : n;
}

/* ---- folders ------------------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
	const struct tree_node *x = *(struct tree_node *const *)a;
	const struct tree_node *y = *(struct tree_node *const *)b;
	int c = strcmp(x->name, y->name);

	/* Equal names in the order of the medium: the first one is the one shown. */
	return c ? c : x->id < y->id ? -1 : 1;
}

/* All nodes of the innermost folder are known: into it they go. */
static bool close_level(struct image_scan *s)
{
	struct level *l = &s->levels[--s->n_levels];
	size_t n = s->n_found - l->first;
	struct tree_node **from;
	struct text path = { 0 };

	s->n_found = l->first;
	if (!l->dir || n == 0)
		return true;
	from = s->found + l->first;
	qsort(from, n, sizeof(*from), by_name);
	if (n > UINT32_MAX || !tree_children_reserve(l->dir, (uint32_t)n))
		return false;
	for (size_t i = 0; i < n; i++) {
		from[i]->parent = l->dir;
		if (i && strcmp(from[i]->name, from[i - 1]->name) == 0) {
			text_clear(&path);
			tree_node_path(from[i], &path);
			lose(s, text_string(&path), "is there twice, of which one is kept");
			/* What is below it goes as well; compare the next with the first. */
			if (tree_is_dir(from[i]))
				tree_node_clear(from[i]);
			from[i] = from[i - 1];
			continue;
		}
		l->dir->u.dir.children[l->dir->u.dir.n++] = from[i];
	}
	text_free(&path);
	return true;
}

static bool open_level(struct image_scan *s, struct tree_node *dir)
{
	if (s->n_levels == TREE_MAX_CHAIN)
		return false;
	s->levels[s->n_levels++] = (struct level){ .dir = dir, .first = s->n_found };
	return true;
}

static bool is_excluded(const struct image_scan *s, const struct isokit_entry *e)
{
	return s->opt->n_excludes && tree_excluded(s->opt, e->name, e->path + 1);
}

static enum isokit_status take_entry(struct image_scan *s, const struct isokit_entry *e)
{
	struct tree_node *n = NULL;
	const char *why = NULL;

	if (!is_excluded(s, e)) {
		n = make_node(s, e, &why);
		if (s->status)
			return s->status;
		if (why)
			lose(s, e->path, why);
	}
	if (n && s->opt->adjust)
		s->opt->adjust(s->opt->adjust_ctx, e->path, e->path, n);
	if (n) {
		if (!ARRAY_RESERVE(s->found, s->capacity_found, s->n_found + 1))
			return isokit_fail_nomem(s->err, e->path, sizeof(n));
		n->parent = s->levels[s->n_levels - 1].dir;
		n->id = (uint32_t)(s->n_found - s->levels[s->n_levels - 1].first);
		s->found[s->n_found++] = n;
	}
	if (e->type != ISOKIT_DIR)
		return ISOKIT_OK;
	if (!n)
		s->hidden_depth = e->depth;
	else if (!open_level(s, n))
		return isokit_fail(s->err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, e->path,
				   "is nested more than %d folders deep", TREE_MAX_CHAIN);
	return ISOKIT_OK;
}

static int visit(void *ctx, const struct isokit_entry *e)
{
	struct image_scan *s = ctx;

	if (s->opt->cancelled && ++s->since_cancel_check >= CANCEL_EVERY) {
		s->since_cancel_check = 0;
		if (s->opt->cancelled(s->opt->cancelled_ctx))
			s->status = isokit_fail(s->err, ISOKIT_E_CANCELLED, ISOKIT_NO_OFFSET, NULL,
						"cancelled");
	}
	if (s->hidden_depth && e->depth > s->hidden_depth)
		return s->status;
	s->hidden_depth = 0;
	while (s->status == ISOKIT_OK && s->n_levels > e->depth) {
		if (!close_level(s))
			s->status = isokit_fail_nomem(s->err, e->path, 0);
	}
	if (s->status)
		return 1;
	if (e->depth == 0) {
		take_attributes(e, s->base);
		take_extended(s, e, s->base);
		if (s->opt->adjust)
			s->opt->adjust(s->opt->adjust_ctx, "/", "/", s->base);
		(void)open_level(s, s->base);
		return 0;
	}
	s->status = take_entry(s, e);
	return s->status != ISOKIT_OK;
}

enum isokit_status tree_add_image_below(struct tree *t, struct tree_node *base,
					struct isokit_image *img, struct isokit_source *src,
					enum isokit_namespace_kind ns,
					const struct tree_scan_options *options,
					enum isokit_status (*keep)(void *ctx,
								   struct isokit_source *src,
								   struct isokit_error *err),
					void *keep_ctx, tree_lost_fn lost, void *lost_ctx,
					struct isokit_error *err)
{
	static const struct tree_scan_options none = { 0 };
	const struct isokit_facts *facts = isokit_image_facts(img);
	struct image_scan *s = calloc(1, sizeof(*s));
	struct isokit_error walk = { 0 };
	enum isokit_status st;

	if (!s)
		return isokit_fail_nomem(err, facts->path, sizeof(*s));
	s->t = t;
	s->base = base;
	s->src = src;
	s->block_bytes = facts->namespaces[ns].block_bytes;
	s->iso_names = (ns == ISOKIT_NS_ISO9660 || ns == ISOKIT_NS_ROCKRIDGE) &&
		       facts->namespaces[ns].files < TREE_MAX_ISO_NAMES &&
		       facts->namespaces[ns].directories <
			       TREE_MAX_ISO_NAMES - facts->namespaces[ns].files;
	s->opt = options ? options : &none;
	s->keep = keep;
	s->keep_ctx = keep_ctx;
	s->lost = lost;
	s->lost_ctx = lost_ctx;
	s->err = err;
	/* What it says of being stopped is not why it was. */
	st = isokit_image_walk(img, ns, "/", visit, s, &walk);
	if (s->status)
		st = s->status;
	else if (st && err)
		*err = walk;
	while (st == ISOKIT_OK && s->n_levels) {
		if (!close_level(s))
			st = isokit_fail_nomem(err, facts->path, 0);
	}
	/* After a failure: folders that did not get into theirs. */
	for (size_t i = 0; i < s->n_found; i++) {
		if (tree_is_dir(s->found[i]))
			tree_node_clear(s->found[i]);
	}
	free(s->found);
	free(s);
	return st;
}

enum isokit_status tree_add_image(struct tree *t, struct isokit_image *img,
				  struct isokit_source *src, enum isokit_namespace_kind ns,
				  const struct tree_scan_options *options,
				  enum isokit_status (*keep)(void *ctx, struct isokit_source *src,
							     struct isokit_error *err),
				  void *keep_ctx, tree_lost_fn lost, void *lost_ctx,
				  struct isokit_error *err)
{
	return tree_add_image_below(t, t->root, img, src, ns, options, keep, keep_ctx, lost,
				    lost_ctx, err);
}
