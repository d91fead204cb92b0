/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A pass over the raw records of a directory tree, level by level, which is the
 * order that path tables have (ECMA-119 6.9.1). Memory goes with the number of
 * directories and of continuation areas. */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/checked.h"
#include "base/fail.h"
#include "model/lint.h"

enum {
	WINDOW_BYTES = 128 * 1024,
	MAX_LEVELS = 2048,
	EMPTY_SECTORS = 32, /* in a row end a directory, as for the walk that counts */
};

/* ---- directories ------------------------------------------------------------------------ */

/* Remember a directory that a record leads to. */
static enum isokit_status add_dir(struct lint_tree *t, const struct lint_record *r, uint32_t parent)
{
	const struct lint_dir *up = t->n_dirs ? &t->dirs[parent] : NULL;
	uint64_t start = ((uint64_t)r->d.lba.le + r->d.xattr_blocks) * t->block_bytes;
	uint64_t size = t->l->img->facts.size;
	unsigned depth = up ? up->depth + 1u : 1;
	unsigned path = up && up->depth > 1 ? up->path_bytes + 1u + r->d.name_bytes :
			up		    ? r->d.name_bytes : 0;
	bool known = false;

	if (start == 0 || start >= size || depth > MAX_LEVELS ||
	    t->n_dirs >= UINT32_MAX - 1 || r->d.lba.le == UINT32_MAX) {
		t->complete = false;
		return ISOKIT_OK;
	}
	if (!model_lba_set_add(&t->seen, r->d.lba.le, (uint32_t)t->n_dirs, &known) ||
	    !ARRAY_RESERVE(t->dirs, t->capacity_dirs, t->n_dirs + 1))
		return isokit_fail_nomem(t->l->err, t->l->img->facts.path, sizeof(*t->dirs));
	if (known) {
		t->complete = false; /* the walk that counts has said so */
		return ISOKIT_OK;
	}
	t->dirs[t->n_dirs++] = (struct lint_dir){
		.record_offset = r->offset,
		.name_hash = lint_hash(r->d.name, r->d.name_bytes),
		.lba = r->d.lba.le,
		.bytes = r->d.bytes.le,
		.parent = parent,
		.depth = (uint16_t)depth,
		.path_bytes = (uint16_t)min_u64(path, UINT16_MAX),
		.xattr_blocks = r->d.xattr_blocks,
	};
	return ISOKIT_OK;
}

/* 6.8.2.2: the first record is for the directory, the second for its parent, and
 * no other has their identifiers (7.6.2). */
static void check_dots(struct lint_tree *t, const struct lint_record *r)
{
	const struct lint_dir *self = &t->dirs[r->dir];
	const struct lint_dir *wanted = r->is_first ? self : &t->dirs[self->parent];
	bool is_dot = ondisk_dirent_is_dot(&r->d);

	if (r->is_first || r->is_second) {
		if (!is_dot || r->d.name[0] != (r->is_first ? 0 : 1)) {
			lint_find_at(t, ISOKIT_F_DIR_DOT_MISSING, r, r->offset + 32, 2,
				     r->is_first ? 1 : 2, r->d.name_bytes ? r->d.name[0] : 0);
			return;
		}
		if (!(r->d.flags & ONDISK_DR_DIRECTORY))
			lint_find_at(t, ISOKIT_F_DIR_FLAGS, r, r->offset + 25, 1, r->d.flags, 0);
		/* libisofs' other trees have ".." as a second "." */
		if (r->is_second && t->ns != ISOKIT_NS_ISO9660 && r->d.lba.le == self->lba)
			wanted = self;
		if (r->d.bytes.le != wanted->bytes && r->d.lba.le == wanted->lba)
			lint_find_at(t, ISOKIT_F_DIR_DOT_SIZE, r, r->offset + 10, 8, r->d.bytes.le,
				     wanted->bytes);
		if (r->d.xattr_blocks != wanted->xattr_blocks)
			lint_find_at(t, ISOKIT_F_FILE_XATTR, r, r->offset + 1, 1, r->d.xattr_blocks,
				     wanted->xattr_blocks);
		if (r->d.lba.le != r->d.lba.be)
			lint_find_at(t, ISOKIT_F_DIR_DOT_ENDIAN, r, r->offset + 2, 8, r->d.lba.le,
				     r->d.lba.be);
		if (r->d.bytes.le != r->d.bytes.be)
			lint_find_at(t, ISOKIT_F_DIR_DOT_ENDIAN, r, r->offset + 10, 8, r->d.bytes.le,
				     r->d.bytes.be);
		if (r->d.unit_blocks || r->d.gap_blocks)
			lint_find_at(t, ISOKIT_F_FILE_INTERLEAVED, r, r->offset + 26, 2,
				     r->d.unit_blocks, r->d.gap_blocks);
	} else if (is_dot) {
		lint_find_at(t, ISOKIT_F_DIR_DOT_MISSING, r, r->offset + 32, 2, 3, r->d.name[0]);
	}
}

/* 8.4.23 to 8.4.25: files of the root directory that the descriptor names. */
static void note_root_file(struct lint_tree *t, const struct lint_record *r)
{
	const char *const named[] = { t->v->copyright_file_id, t->v->abstract_file_id,
				      t->v->bibliographic_file_id };
	char name[TREE_NAME_BYTES];
	bool ignored = false;
	size_t n;

	for (size_t i = 0; i < 3; i++) {
		size_t given = strlen(named[i]), stem = given;

		if (!given || t->root_has_file[i])
			continue;
		if (stem > 2 && memcmp(named[i] + stem - 2, ";1", 2) == 0)
			stem -= 2;
		if (stem > 1 && named[i][stem - 1] == '.')
			stem--;
		n = t->ns == ISOKIT_NS_JOLIET ?
			model_name_joliet(r->d.name, r->d.name_bytes, false, name, &ignored, &ignored) :
			model_name_iso9660(r->d.name, r->d.name_bytes, false, name, &ignored);
		t->root_has_file[i] = n == stem && memcmp(name, named[i], n) == 0;
	}
}

static void check_root_files(struct lint_tree *t)
{
	static const char *const names[] = { "copyright file identifier", "abstract file identifier",
					     "bibliographic file identifier" };
	const char *const named[] = { t->v->copyright_file_id, t->v->abstract_file_id,
				      t->v->bibliographic_file_id };

	if (t->ns != ISOKIT_NS_ISO9660 || !t->complete)
		return;
	for (size_t i = 0; i < 3; i++)
		if (named[i][0] && !t->root_has_file[i])
			lint_find(t->l, ISOKIT_F_DESCRIPTOR_FILE_MISSING,
				  t->v->lba * SECTOR_BYTES + 702 + 37 * i, 37, names[i], 0, 0);
}

/* What was before, in the same directory. */
struct previous {
	uint8_t name[256];
	size_t n;
	uint8_t flags;
	bool any;
	uint32_t bytes;
	const uint8_t *date;
	uint8_t date_bytes[7];
};

static void check_order(struct lint_tree *t, const struct lint_record *r, const struct previous *p)
{
	if (!p->any || ondisk_dirent_is_dot(&r->d) || (p->n == 1 && p->name[0] <= 1))
		return;
	if (r->continues) {
		/* 6.5.1: the sections of a file; a reader maps them block by block. */
		if (p->bytes % t->block_bytes)
			lint_find_at(t, ISOKIT_F_FILE_SECTION, r, r->offset, r->d.length, p->bytes,
				     t->block_bytes);
		/* 9.2 */
		if (((p->flags ^ r->d.flags) & ~(unsigned)ONDISK_DR_MULTI_EXTENT) ||
		    memcmp(p->date_bytes, r->d.date, 7) != 0)
			lint_find_at(t, ISOKIT_F_FILE_SECTIONS_DIFFER, r, r->offset + 18, 8, p->flags,
				     r->d.flags);
		return;
	}
	if (!lint_in_order(t, p->name, p->n, r->d.name, r->d.name_bytes))
		lint_find_at(t, ISOKIT_F_DIR_ORDER, r, r->offset + 33, r->d.name_bytes, 0, 0);
	/* 9.3: of the same identifier, the associated file comes first. */
	else if (p->n == r->d.name_bytes && memcmp(p->name, r->d.name, p->n) == 0 &&
		 (r->d.flags & ONDISK_DR_ASSOCIATED) && !(p->flags & ONDISK_DR_ASSOCIATED))
		lint_find_at(t, ISOKIT_F_DIR_ORDER, r, r->offset + 25, 1, 0, 0);
}

static void remember(struct previous *p, const struct ondisk_dirent *d)
{
	memcpy(p->name, d->name, d->name_bytes);
	p->n = d->name_bytes;
	p->flags = d->flags;
	p->bytes = d->bytes.le;
	memcpy(p->date_bytes, d->date, 7);
	p->any = true;
}

static enum isokit_status take_record(struct lint_tree *t, struct lint_record *r,
				      const uint8_t *raw, struct previous *p)
{
	bool is_dot = ondisk_dirent_is_dot(&r->d);
	enum isokit_status st;

	r->continues = p->any && (p->flags & ONDISK_DR_MULTI_EXTENT) && p->n == r->d.name_bytes &&
		       memcmp(p->name, r->d.name, p->n) == 0;
	check_dots(t, r);
	check_order(t, r, p);
	if (!is_dot)
		lint_name(t, r);
	if (!is_dot && r->dir == 0 && t->ns == ISOKIT_NS_ISO9660 &&
	    !(r->d.flags & ONDISK_DR_DIRECTORY))
		note_root_file(t, r);
	remember(p, &r->d);
	st = lint_record(t, r, raw);
	if (!st && t->rock)
		st = lint_system_use(t, r);
	else if (!st)
		lint_no_system_use(t, r);
	/* This may move t->dirs. */
	if (!st && !is_dot && (r->d.flags & ONDISK_DR_DIRECTORY))
		st = add_dir(t, r, r->dir);
	return st;
}

/* ---- reading ---------------------------------------------------------------------------- */

static enum isokit_status fill(struct lint_tree *t, uint64_t at, uint64_t end, bool *ret_ok)
{
	size_t n = (size_t)min_u64(WINDOW_BYTES, end - at);
	enum isokit_status st = lint_read(t->l, at, t->buffer, n, "directory", ret_ok);

	t->buffer_at = at;
	t->buffer_bytes = *ret_ok ? n : 0;
	return st;
}

static enum isokit_status read_directory(struct lint_tree *t, uint32_t dir)
{
	struct lint_dir *self = &t->dirs[dir];
	uint64_t at = ((uint64_t)self->lba + self->xattr_blocks) * t->block_bytes;
	uint64_t end = at + min_u64(self->bytes, t->l->img->facts.size - at), n = 0;
	struct previous previous = { .any = false };
	bool damaged = end - at < self->bytes;
	enum isokit_status st;
	unsigned empty = 0;

	if (end - at > t->budget) {
		t->complete = false;
		return ISOKIT_OK;
	}
	t->budget -= end - at;
	self->entered = true;
	/* 6.8.1.1, 6.8.1.3: whole sectors. */
	if (self->bytes % SECTOR_BYTES || self->bytes == 0) {
		struct lint_record r = { .dir = dir };

		if (lint_wants(t->l, ISOKIT_F_DIR_LENGTH))
			lint_find(t->l, ISOKIT_F_DIR_LENGTH, self->record_offset + 10, 8,
				  lint_path(t, r.dir, NULL), self->bytes, SECTOR_BYTES);
	}
	t->buffer_bytes = 0;
	while (at < end) {
		uint64_t sector_end = min_u64(at - at % SECTOR_BYTES + SECTOR_BYTES, end);
		struct lint_record r = { .offset = at, .dir = dir };
		const uint8_t *raw;
		bool ok = true;

		if (at < t->buffer_at || at - t->buffer_at >= t->buffer_bytes) {
			st = fill(t, at, end, &ok);
			if (st)
				return st;
			if (!ok) {
				t->complete = false;
				return ISOKIT_OK;
			}
		}
		raw = t->buffer + (at - t->buffer_at);
		if (raw[0] == 0 || ondisk_dirent_decode(raw, (size_t)(sector_end - at), false, &r.d,
							NULL)) {
			if (raw[0])
				damaged = true;
			else
				empty = at % SECTOR_BYTES == 0 ? empty + 1 : 0;
			if (damaged)
				t->complete = false;
			at = sector_end;
			if (empty > EMPTY_SECTORS)
				break;
			continue;
		}
		empty = 0;
		r.is_first = n == 0;
		r.is_second = n == 1;
		n++;
		st = take_record(t, &r, raw, &previous);
		if (st)
			return st;
		at += r.d.length;
	}
	if (n < 2 && lint_wants(t->l, ISOKIT_F_DIR_DOT_MISSING))
		lint_find(t->l, ISOKIT_F_DIR_DOT_MISSING, t->dirs[dir].record_offset, 0,
			  lint_path(t, dir, NULL), n + 1, 0);
	if (damaged)
		t->complete = false;
	return ISOKIT_OK;
}

/* ---- one tree ------------------------------------------------------------------------------ */

static void tree_free(struct lint_tree *t)
{
	free(t->dirs);
	model_lba_set_free(&t->seen);
	free(t->buffer);
	free(t->ce_buffer);
	free(t->areas);
	free(t->links);
	text_free(&t->path);
}

static bool shares_root(const struct lint *l)
{
	const struct isokit_namespace *ns = l->img->facts.namespaces;

	return ns[ISOKIT_NS_ISO9660].volume && ns[ISOKIT_NS_ENHANCED].volume &&
	       ns[ISOKIT_NS_ISO9660].volume->root_lba == ns[ISOKIT_NS_ENHANCED].volume->root_lba;
}

static enum isokit_status lint_tree(struct lint *l, enum isokit_namespace_kind ns)
{
	const struct isokit_namespace *space = &l->img->facts.namespaces[ns];
	const struct isokit_namespace *other = &l->img->facts.namespaces[ISOKIT_NS_ENHANCED];
	struct lint_tree t = { .l = l, .ns = ns, .v = space->volume, .complete = true };
	struct lint_record root = { 0 };
	static const uint8_t root_name[1] = { 0 };
	enum isokit_status st;

	t.block_bytes = model_block_bytes(t.v);
	t.rock = ns == ISOKIT_NS_ISO9660 && l->img->facts.namespaces[ISOKIT_NS_ROCKRIDGE].present;
	t.budget = t.ce_budget = l->img->facts.size + 1024 * 1024;
	t.buffer = malloc(WINDOW_BYTES);
	if (!t.buffer)
		return isokit_fail_nomem(l->err, l->img->facts.path, WINDOW_BYTES);
	lint_scope(l);
	root.offset = t.v->lba * SECTOR_BYTES + ONDISK_PVD_ROOT;
	root.d.lba.le = t.v->root_lba;
	root.d.bytes.le = t.v->root_bytes;
	root.d.name = root_name;
	root.d.name_bytes = 1;
	st = add_dir(&t, &root, 0);
	for (size_t i = 0; i < t.n_dirs && !st; i++)
		st = read_directory(&t, (uint32_t)i);
	if (!st && t.n_dirs)
		check_root_files(&t);
	if (!st && t.rock && t.n_dirs)
		st = lint_rock_end(&t);
	if (!st && t.n_dirs)
		st = lint_path_tables(&t);
	/* The enhanced descriptor may name the same tree by other tables. */
	if (!st && t.n_dirs && ns == ISOKIT_NS_ISO9660 && other->volume && shares_root(l)) {
		t.v = other->volume;
		lint_scope(l);
		st = lint_path_tables(&t);
	}
	if (!st && (t.path.failed || t.no_memory))
		st = isokit_fail_nomem(l->err, l->img->facts.path, 0);
	tree_free(&t);
	return st;
}

enum isokit_status lint_trees(struct lint *l)
{
	const struct isokit_namespace *ns = l->img->facts.namespaces;
	enum isokit_status st = ISOKIT_OK;

	if (l->img->facts.format == ISOKIT_FORMAT_HIGH_SIERRA)
		return ISOKIT_OK;
	if (ns[ISOKIT_NS_ISO9660].present && ns[ISOKIT_NS_ISO9660].volume)
		st = lint_tree(l, ISOKIT_NS_ISO9660);
	if (!st && ns[ISOKIT_NS_JOLIET].present && ns[ISOKIT_NS_JOLIET].volume)
		st = lint_tree(l, ISOKIT_NS_JOLIET);
	if (!st && ns[ISOKIT_NS_ENHANCED].present && ns[ISOKIT_NS_ENHANCED].volume &&
	    !shares_root(l))
		st = lint_tree(l, ISOKIT_NS_ENHANCED);
	return st;
}
