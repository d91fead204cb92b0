/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One walk over one directory tree: depth first, in the order of the medium,
 * with a stack of its own. Memory goes with the depth, not with the number of
 * files; only the set of directories seen grows with the tree. */
#include "model/tree.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/checked.h"
#include "base/fail.h"
#include "base/scan.h"

enum {
	MAX_DEPTH = 2048, /* a path of one-letter names that Linux still opens */
	/* Every entry below repeats the path of its folder: four times what Linux
	 * takes, so that a listing stays in proportion to the image. */
	MAX_PATH_BYTES = 16 * 1024,
	/* Directory data is read in pieces; deep levels get small ones, so that
	 * the whole stack stays below 10 MiB. */
	NEAR_LEVELS = 16,
	NEAR_BYTES = 128 * 1024,
	FAR_BYTES = 4096,
	MAX_EXTENTS = 65536,
	FINDINGS_PER_CODE = 64,
	USUAL_RECORD = 110, /* bytes; only a guess ahead */
	EMPTY_SECTORS = 32, /* in a row, that end a directory early */
	NAME_SLOTS = 2 * 1024 * 1024, /* 16 MiB: a million names in open directories */
};

static struct level *top(struct tree *t)
{
	return &t->levels[t->n_levels - 1];
}

void model_tree_find(struct tree *t, enum isokit_finding_code code, uint64_t offset, uint64_t length,
	       uint64_t n0, uint64_t n1)
{
	struct tree_file *f = &t->file;
	bool ignored = false;

	if (t->options.report_links && code != ISOKIT_F_RR_CHILD && code != ISOKIT_F_TREE_LOOP &&
	    code != ISOKIT_F_TREE_SHARED)
		return;
	if (!t->options.report || t->reported[code]++ >= FINDINGS_PER_CODE)
		return;
	if (!t->named && f->rec.name) {
		/* Its Rock Ridge fields are still being read: the plain name must do. */
		f->name = t->name;
		f->name_bytes = model_name_iso9660(f->rec.name, f->rec.name_bytes,
					      f->rec.flags & ONDISK_DR_DIRECTORY, t->name, &ignored);
	}
	model_find(t->img, code, offset, length, model_tree_path(t, NULL), n0, n1);
}

/* ---- preparing ------------------------------------------------------------- */

enum isokit_status model_tree_init(struct tree *t, struct isokit_image *img,
			     const struct tree_options *options, struct isokit_error *err)
{
	const struct isokit_namespace *ns = &img->facts.namespaces[options->ns];

	*t = (struct tree){ .img = img, .options = *options, .err = err };
	if (!ns->present)
		return isokit_fail(err, ISOKIT_E_NOT_FOUND, ISOKIT_NO_OFFSET, img->facts.path,
				   "has no %s names", isokit_namespace_name(options->ns));
	if (!ns->volume)
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, img->facts.path,
				   "%s folders cannot be listed yet",
				   isokit_namespace_name(options->ns));
	t->volume = ns->volume;
	t->block_bytes = model_block_bytes(ns->volume);
	t->high_sierra = img->facts.format == ISOKIT_FORMAT_HIGH_SIERRA;
	t->use_rock = options->ns == ISOKIT_NS_ROCKRIDGE;
	t->logical = t->use_rock && !options->physical;
	/* Lawful directories do not overlap, so all of them together are not
	 * larger than the image; the same goes for continuation areas. */
	t->directory_budget = img->facts.size + 1024 * 1024;
	t->ce_budget = img->facts.size + 1024 * 1024;
	t->name_budget = NAME_SLOTS;
	return ISOKIT_OK;
}

void model_tree_free(struct tree *t)
{
	for (size_t i = 0; i < t->capacity_levels; i++) {
		free(t->levels[i].buffer);
		model_name_set_free(&t->levels[i].names, &t->name_budget);
	}
	free(t->levels);
	free(t->extents);
	free(t->ce.bytes);
	if (t->options.attributes || t->options.report)
		model_attributes_free(&t->attributes);
	model_lba_set_free(&t->visited);
	text_free(&t->path);
	text_free(&t->target);
}

void model_tree_time7(struct tree *t, const uint8_t *raw, bool high_sierra,
		      struct isokit_time *ret_time)
{
	/* All zeros is the first date remembered, and no date. */
	if (memcmp(raw, t->last_date, sizeof(t->last_date)) != 0) {
		memcpy(t->last_date, raw, sizeof(t->last_date));
		(void)ondisk_time7_decode(raw, high_sierra, &t->last_time);
	}
	*ret_time = t->last_time;
}

bool model_tree_is_complete(const struct tree *t)
{
	static const enum isokit_finding_code spoilers[] = {
		ISOKIT_F_TREE_LOOP, ISOKIT_F_TREE_SHARED, ISOKIT_F_TREE_OVERLAP,
		ISOKIT_F_TREE_DEPTH, ISOKIT_F_DIR_OUTSIDE, ISOKIT_F_DIR_SIZE,
		ISOKIT_F_DIR_RECORD_ZERO, ISOKIT_F_DIR_RECORD_OVER, ISOKIT_F_DIR_RECORD_BAD,
		ISOKIT_F_DIR_EMPTY_SECTORS,
	};

	for (size_t i = 0; i < sizeof(spoilers) / sizeof(spoilers[0]); i++)
		if (t->reported[spoilers[i]])
			return false;
	return true;
}

const char *model_tree_path(struct tree *t, size_t *ret_bytes)
{
	if (t->file.depth > 0 || t->n_levels > 0) {
		size_t folder = t->n_levels ? top(t)->path_bytes : 1;

		if (t->path.n > folder) {
			t->path.n = folder;
			t->path.bytes[folder] = '\0';
		}
		text_add(&t->path, t->file.name, t->file.name_bytes);
	}
	if (ret_bytes)
		*ret_bytes = t->path.n;
	return t->path.failed || !t->path.bytes ? NULL : t->path.bytes;
}

/* ---- reading records -------------------------------------------------------- */

static enum isokit_status fill(struct tree *t, struct level *l)
{
	size_t want = t->n_levels > NEAR_LEVELS ? FAR_BYTES :
		      t->options.read_bytes ? t->options.read_bytes : NEAR_BYTES;
	uint64_t n;
	enum isokit_status st;

	/* End at a sector border: no record crosses one (ECMA-119 6.8.1.1). */
	n = l->at + want;
	n -= n % SECTOR_BYTES;
	n = min_u64(n, l->end) - l->at;
	if (l->buffer_capacity < n) {
		uint8_t *moved = realloc(l->buffer, (size_t)n);

		if (!moved)
			return isokit_fail_nomem(t->err, t->img->facts.path, (size_t)n);
		l->buffer = moved;
		l->buffer_capacity = (size_t)n;
	}
	l->buffer_bytes = 0;
	st = model_read(t->img, l->at, l->buffer, (size_t)n, t->err);
	if (st)
		return st;
	l->buffer_at = l->at;
	l->buffer_bytes = (size_t)n;
	return ISOKIT_OK;
}

enum { RECORD, NO_MORE };

/* The next record of the directory, whatever it is. On RECORD *ret_offset is
 * where it lies; l->at is behind it. */
static enum isokit_status next_record(struct tree *t, struct level *l,
				      struct ondisk_dirent *ret_rec, uint64_t *ret_offset,
				      int *ret_what)
{
	while (l->at < l->end) {
		uint64_t sector_end = min_u64(l->at - l->at % SECTOR_BYTES + SECTOR_BYTES, l->end);
		size_t left = (size_t)(sector_end - l->at);
		const uint8_t *p;
		enum isokit_status st;

		if (l->at - l->buffer_at >= l->buffer_bytes || l->at < l->buffer_at) {
			st = fill(t, l);
			if (st)
				return st;
		}
		p = l->buffer + (l->at - l->buffer_at);
		if (p[0] == 0) {
			/* Only the rest of a sector may be empty (9.1.1). */
			if (!all_zero(p, left))
				model_tree_find(t, ISOKIT_F_DIR_RECORD_ZERO, l->at, left, left, 0);
			if (l->clipped && l->at % SECTOR_BYTES == 0)
				break;
			/* Writers fill each sector but the last: a directory of empty
			 * ones only claims its size. */
			l->empty = l->at % SECTOR_BYTES == 0 ? l->empty + 1 : 0;
			l->at = sector_end;
			if (l->empty > EMPTY_SECTORS && l->end - l->at > SECTOR_BYTES) {
				model_tree_find(t, ISOKIT_F_DIR_EMPTY_SECTORS, l->at,
						l->end - l->at, EMPTY_SECTORS, l->end - l->at);
				break;
			}
			continue;
		}
		st = ondisk_dirent_decode(p, left, t->high_sierra, ret_rec, NULL);
		if (st) {
			model_tree_find(t, st == ISOKIT_E_SHORT ? ISOKIT_F_DIR_RECORD_OVER :
							    ISOKIT_F_DIR_RECORD_BAD,
				  l->at, left, p[0], st == ISOKIT_E_SHORT ? left :
				  left > 32 ? p[32] : 0); /* a stump has no name length */
			if (l->clipped)
				break;
			l->at = sector_end;
			continue;
		}
		if (l->at % SECTOR_BYTES == 0)
			t->record_sectors++;
		*ret_offset = l->at;
		*ret_what = RECORD;
		l->at += ret_rec->length;
		l->empty = 0;
		return ISOKIT_OK;
	}
	l->at = l->end;
	*ret_what = NO_MORE;
	return ISOKIT_OK;
}

/* ---- one file ---------------------------------------------------------------- */

static void check_record(struct tree *t, const struct ondisk_dirent *r, uint64_t offset)
{
	uint64_t at, size = t->img->facts.size;

	if (r->lba.le != r->lba.be)
		model_tree_find(t, ISOKIT_F_DIR_ENDIAN, offset + 2, 8, r->lba.le, r->lba.be);
	if (r->bytes.le != r->bytes.be)
		model_tree_find(t, ISOKIT_F_DIR_ENDIAN, offset + 10, 8, r->bytes.le, r->bytes.be);
	if (r->flags & ONDISK_DR_DIRECTORY)
		return; /* its extent is looked at when it is entered */
	at = ((uint64_t)r->lba.le + r->xattr_blocks) * t->block_bytes;
	if (r->bytes.le && !range_inside(at, r->bytes.le, size))
		model_tree_find(t, ISOKIT_F_FILE_PAST_END, offset + 2, 16, at + r->bytes.le, size);
	if (r->unit_blocks || r->gap_blocks)
		model_tree_find(t, ISOKIT_F_FILE_INTERLEAVED, offset + 26, 2, r->unit_blocks,
			  r->gap_blocks);
}

static enum isokit_status add_extent(struct tree *t, const struct ondisk_dirent *r)
{
	struct tree_file *f = &t->file;
	uint64_t at = ((uint64_t)r->lba.le + r->xattr_blocks) * t->block_bytes;

	if (f->n_extents >= MAX_EXTENTS) {
		f->refused = "too many extents";
		return ISOKIT_OK;
	}
	if (!ARRAY_RESERVE(t->extents, t->capacity_extents, f->n_extents + 1))
		return isokit_fail_nomem(t->err, t->img->facts.path, sizeof(*t->extents));
	/* The data begins behind the extended attribute record (9.1.3). */
	t->extents[f->n_extents++] = (struct isokit_extent){
		.lba = (uint64_t)r->lba.le + r->xattr_blocks,
		.bytes = r->bytes.le,
	};
	f->extents = t->extents;
	f->stored_bytes += r->bytes.le;
	if (r->bytes.le && !range_inside(at, r->bytes.le, t->img->facts.size))
		f->refused = "lies past the end of the image";
	if (r->unit_blocks || r->gap_blocks)
		f->refused = "interleaved";
	return ISOKIT_OK;
}

static bool same_identifier(const struct ondisk_dirent *a, const struct ondisk_dirent *b)
{
	return a->name_bytes == b->name_bytes && memcmp(a->name, b->name, a->name_bytes) == 0;
}

/* Collect the further sections of a file (ECMA-119 6.5.1, 9.1.6 bit 7): records
 * of the same identifier, the last one without the multi-extent bit. */
static enum isokit_status gather_extents(struct tree *t, struct level *l)
{
	struct tree_file *f = &t->file;
	struct ondisk_dirent next;
	uint64_t offset = f->record_offset, from;
	bool more = true;

	/* Reading on may replace the buffer that the record lies in. */
	memcpy(t->first_record, l->buffer + (f->record_offset - l->buffer_at), f->rec.length);
	(void)ondisk_dirent_decode(t->first_record, f->rec.length, t->high_sierra, &f->rec, NULL);
	t->saw_multi_extent = true;
	while (more) {
		enum isokit_status st;
		int what;

		from = l->at;
		st = next_record(t, l, &next, &offset, &what);
		if (st)
			return st;
		if (what != RECORD || !same_identifier(&f->rec, &next) ||
		    (next.flags & ONDISK_DR_DIRECTORY)) {
			model_tree_find(t, ISOKIT_F_FILE_EXTENTS_ENDLESS, f->record_offset + 25, 1,
				  f->n_extents, 0);
			f->refused = "its last extent is missing";
			if (what == RECORD)
				l->at = offset;
			else
				l->at = max_u64(from, l->at);
			return ISOKIT_OK;
		}
		check_record(t, &next, offset);
		st = add_extent(t, &next);
		if (st)
			return st;
		more = next.flags & ONDISK_DR_MULTI_EXTENT;
	}
	return ISOKIT_OK;
}

static enum isokit_file_type type_of_mode(uint32_t mode, enum isokit_file_type otherwise)
{
	switch (mode & 0170000) {
	case 0100000: return ISOKIT_FILE;
	case 0040000: return ISOKIT_DIR;
	case 0120000: return ISOKIT_SYMLINK;
	case 0060000: return ISOKIT_BLOCK;
	case 0020000: return ISOKIT_CHAR;
	case 0010000: return ISOKIT_FIFO;
	case 0140000: return ISOKIT_SOCKET;
	default: return otherwise;
	}
}

static void set_name(struct tree *t)
{
	struct tree_file *f = &t->file;
	bool is_dir = f->rec.flags & ONDISK_DR_DIRECTORY;
	bool bad = false;

	f->renamed = false;
	f->name = t->name;
	t->named = true;
	if (t->use_rock && t->rock.has_name && t->rock.name_bytes) {
		f->name = t->rock.name;
		f->name_bytes = model_name_clean(t->rock.name, t->rock.name_bytes, &f->renamed);
	} else if (t->options.ns == ISOKIT_NS_JOLIET) {
		f->name_bytes = model_name_joliet(f->rec.name, f->rec.name_bytes, is_dir, t->name,
					     &f->renamed, &bad);
	} else if (t->options.ns == ISOKIT_NS_ENHANCED) {
		f->name_bytes = model_name_enhanced(f->rec.name, f->rec.name_bytes, t->name,
					       &f->renamed);
	} else {
		f->name_bytes = model_name_iso9660(f->rec.name, f->rec.name_bytes, is_dir, t->name,
					      &f->renamed);
	}
	if (!t->options.report)
		return;
	/* Where Rock Ridge hides it, the plain name is judged all the same. */
	if (f->name == t->rock.name && memchr(f->rec.name, '/', f->rec.name_bytes))
		model_tree_find(t, ISOKIT_F_NAME_UNSAFE, f->record_offset + 33, f->rec.name_bytes, 0,
				0);
	else if (f->renamed)
		model_tree_find(t, ISOKIT_F_NAME_UNSAFE, f->record_offset, f->rec.length, 0, 0);
	if (bad)
		model_tree_find(t, ISOKIT_F_NAME_NOT_UCS2, f->record_offset + 33, f->rec.name_bytes, 0, 0);
}

static void check_zisofs(struct tree *t)
{
	const struct ondisk_zf *zf = &t->rock.zf;
	bool v1 = zf->algorithm[0] == 'p' && zf->algorithm[1] == 'z';
	bool v2 = ondisk_zf_is_version2(zf);
	uint64_t blocks, need;

	/* A block is 32 to 128 KiB, up to 1 MiB in version 2; the file begins with
	 * its header and one pointer more than it has blocks. */
	if ((!v1 && !v2) || zf->block_log2 < 15 || zf->block_log2 > (v2 ? 20 : 17)) {
		model_tree_find(t, ISOKIT_F_ZISOFS_HEADER, t->file.record_offset, t->file.rec.length,
			  zf->block_log2, zf->bytes);
		t->file.refused = "zisofs header that contradicts itself";
		return;
	}
	blocks = div_up(zf->bytes, UINT64_C(1) << zf->block_log2);
	need = (uint64_t)zf->header_words * 4 + (blocks + 1) * (v2 ? 8 : 4);
	if (zf->bytes && need > t->file.stored_bytes) {
		model_tree_find(t, ISOKIT_F_ZISOFS_SIZE, t->file.record_offset, t->file.rec.length,
			  zf->bytes, t->file.stored_bytes);
		t->file.refused = "zisofs size that its block table cannot hold";
	}
}

/* Attributes of a relocated directory are those of its own "." (RRIP 4.1.5). */
static enum isokit_status enter_child(struct tree *t, uint32_t *ret_bytes, bool *ret_ok)
{
	uint8_t sector[SECTOR_BYTES];
	uint64_t at = (uint64_t)t->rock.child_lba * t->block_bytes;
	struct ondisk_px px = t->rock.px;
	char name[TREE_NAME_BYTES];
	size_t name_bytes = t->rock.name_bytes;
	bool has_name = t->rock.has_name;
	uint32_t child_lba = t->rock.child_lba;
	struct ondisk_dirent dot, keep = t->file.rec;
	enum isokit_status st;

	*ret_ok = false;
	if (!range_inside(at, sizeof(sector), t->img->facts.size))
		return ISOKIT_OK;
	st = model_read(t->img, at, sector, sizeof(sector), t->err);
	if (st)
		return st;
	if (ondisk_dirent_decode(sector, sizeof(sector), t->high_sierra, &dot, NULL) ||
	    dot.name_bytes != 1 || dot.name[0] != 0 || dot.lba.le != t->rock.child_lba)
		return ISOKIT_OK;
	memcpy(name, t->rock.name, sizeof(name));
	t->file.rec = dot;
	if (dot.system_use_bytes > t->img->susp_skip)
		st = model_rock_parse(t, dot.system_use + t->img->susp_skip,
				(size_t)dot.system_use_bytes - t->img->susp_skip,
				at + (uint64_t)(dot.system_use - sector) + t->img->susp_skip);
	t->file.rec = keep;
	if (!t->rock.has_px)
		t->rock.px = px;
	t->rock.has_px = t->rock.has_px || px.mode;
	memcpy(t->rock.name, name, sizeof(name));
	t->rock.name_bytes = name_bytes;
	t->rock.has_name = has_name;
	t->rock.has_child = true;
	t->rock.child_lba = child_lba;
	*ret_bytes = dot.bytes.le;
	*ret_ok = true;
	return st;
}

static enum isokit_status read_rock(struct tree *t, uint64_t offset)
{
	const struct ondisk_dirent *r = &t->file.rec;
	size_t skip = t->img->susp_skip;

	if (r->system_use_bytes <= skip) {
		memset(&t->rock, 0, offsetof(struct rock, name));
		return ISOKIT_OK;
	}
	return model_rock_parse(t, r->system_use + skip, r->system_use_bytes - skip,
			  offset + (uint64_t)(r->length - r->system_use_bytes) + skip);
}

/* Type, name and attributes, once record and extents are known. */
static enum isokit_status complete_file(struct tree *t)
{
	struct tree_file *f = &t->file;
	bool is_dir = f->rec.flags & ONDISK_DR_DIRECTORY;
	uint32_t child_bytes = 0;
	bool child_ok;
	enum isokit_status st;

	f->type = is_dir ? ISOKIT_DIR : ISOKIT_FILE;
	f->dir_lba = f->rec.lba.le;
	f->target = NULL;
	if (!t->use_rock)
		return ISOKIT_OK;
	t->saw_rock |= t->rock.any;
	t->saw_relocation |= t->rock.has_child || t->rock.relocated;
	if (t->rock.has_child && t->logical && !is_dir) {
		st = enter_child(t, &child_bytes, &child_ok);
		if (st)
			return st;
		if (child_ok) {
			f->rec.flags |= ONDISK_DR_DIRECTORY;
			f->type = ISOKIT_DIR;
			f->rec.bytes.le = child_bytes;
			f->rec.xattr_blocks = 0;
			f->n_extents = 0;
			f->stored_bytes = 0;
			f->refused = NULL;
			return ISOKIT_OK;
		}
		model_tree_find(t, ISOKIT_F_RR_CHILD, f->record_offset, f->rec.length,
			  (uint64_t)t->rock.child_lba * t->block_bytes, 0);
		t->rock.has_child = false;
	}
	if (t->rock.has_px && !is_dir) {
		f->type = type_of_mode(t->rock.px.mode, ISOKIT_FILE);
		if (f->type == ISOKIT_DIR) {
			/* Only a record that is a directory has something to enter. */
			if (!t->rock.has_child)
				model_tree_find(t, ISOKIT_F_RR_TYPE, f->record_offset, f->rec.length,
					  t->rock.px.mode, f->rec.flags);
			f->type = ISOKIT_FILE;
		}
	} else if (t->rock.has_px && type_of_mode(t->rock.px.mode, ISOKIT_DIR) != ISOKIT_DIR) {
		model_tree_find(t, ISOKIT_F_RR_TYPE, f->record_offset, f->rec.length, t->rock.px.mode,
			  f->rec.flags);
	}
	if (f->type == ISOKIT_SYMLINK)
		f->target = text_string(&t->target);
	if (t->rock.has_zf && f->type == ISOKIT_FILE) {
		t->saw_zisofs = true;
		check_zisofs(t);
	}
	if (t->rock.has_sparse && f->type == ISOKIT_FILE)
		f->refused = "sparse (RRIP SF)";
	return ISOKIT_OK;
}

static bool is_wanted(const struct tree *t, const struct ondisk_dirent *r)
{
	if (!t->options.only_lbas || (r->flags & ONDISK_DR_DIRECTORY))
		return true;
	if (r->bytes.le == 0)
		return t->use_rock && t->logical; /* may be a relocated directory */
	for (size_t i = 0; i < t->options.n_only; i++)
		if (t->options.only_lbas[i] == r->lba.le)
			return true;
	return false;
}

/* "." and ".." against the tree; of "..", one note for each tree is enough. libisofs
 * writes its other trees with ".." as a second ".": most Linux discs are so, and
 * nothing minds, so that is no finding. */
static void check_dot(struct tree *t, const struct level *l, uint64_t offset)
{
	const struct ondisk_dirent *r = &t->file.rec;

	if (r->name[0] == 0 && r->lba.le != l->lba)
		model_tree_find(t, ISOKIT_F_DIR_DOT, offset + 2, 8, r->lba.le, l->lba);
	if (t->options.ns != ISOKIT_NS_ISO9660 && t->options.ns != ISOKIT_NS_ROCKRIDGE &&
	    r->lba.le == l->lba)
		return;
	if (r->name[0] == 1 && r->lba.le != l->parent_lba && !t->reported[ISOKIT_F_DIR_DOTDOT])
		model_tree_find(t, ISOKIT_F_DIR_DOTDOT, offset + 2, 8, r->lba.le, l->parent_lba);
}

/* The next file of the directory at the top. *ret_what: RECORD or NO_MORE. */
static enum isokit_status next_file(struct tree *t, int *ret_what)
{
	struct tree_file *f = &t->file;
	struct level *l = top(t);
	enum isokit_status st;

	for (;;) {
		uint64_t offset = 0;

		t->named = true; /* findings of the next record are the folder's */
		f->name_bytes = 0;
		st = next_record(t, l, &f->rec, &offset, ret_what);
		if (st || *ret_what == NO_MORE)
			return st;
		if (ondisk_dirent_is_dot(&f->rec)) {
			if (f->rec.name[0] == 0 && !l->first_seen && f->rec.lba.le == l->lba &&
			    l->clipped && offset + f->rec.bytes.le < l->end)
				l->end = offset + f->rec.bytes.le; /* "." knows better */
			l->first_seen = true;
			check_dot(t, l, offset);
			continue;
		}
		if (!is_wanted(t, &f->rec)) {
			/* Sections of one file are asked for by their first. */
			continue;
		}
		f->record_offset = offset;
		f->depth = (unsigned)t->n_levels;
		f->parent_lba = l->lba;
		f->n_extents = 0;
		f->stored_bytes = 0;
		f->refused = NULL;
		f->extents = t->extents;
		if (t->use_rock) {
			t->named = false;
			st = read_rock(t, offset);
			if (st)
				return st;
			if (t->logical && t->rock.relocated) {
				if (t->options.relocated && f->rec.flags & ONDISK_DR_DIRECTORY) {
					set_name(t);
					t->options.relocated(t, f, t->options.ctx);
				}
				continue;
			}
		}
		set_name(t);
		if (!(f->rec.flags & ONDISK_DR_DIRECTORY)) {
			st = add_extent(t, &f->rec);
			if (!st && (f->rec.flags & ONDISK_DR_MULTI_EXTENT))
				st = gather_extents(t, l);
			if (st)
				return st;
		}
		check_record(t, &f->rec, offset);
		st = complete_file(t);
		if (!st && (t->options.attributes || t->options.report) &&
		    f->rec.system_use_bytes)
			st = model_attributes_read(t, f);
		else
			t->attributes.result = (struct isokit_attributes){ 0 };
		if (st)
			return st;
		/* Resource forks and the like share the name of the file that they
		 * belong to (9.1.6 bit 2): no names of the tree. */
		if (f->rec.flags & ONDISK_DR_ASSOCIATED) {
			model_tree_find(t, ISOKIT_F_FILE_ASSOCIATED, offset, f->rec.length, 0, 0);
			continue;
		}
		/* Directories moved up from different places may have one name there. */
		if (t->options.report && !t->rock.relocated &&
		    model_name_set_add(&l->names, f->name, f->name_bytes, &t->name_budget))
			model_tree_find(t, ISOKIT_F_NAME_DUPLICATE, offset, f->rec.length, 0, 0);
		return ISOKIT_OK;
	}
}

/* ---- entering and leaving ----------------------------------------------------- */

static bool is_ancestor(const struct tree *t, uint32_t lba)
{
	for (size_t i = 0; i < t->n_levels; i++)
		if (t->levels[i].lba == lba)
			return true;
	return false;
}

/* Go into the directory of t->file, if it may be entered. */
static enum isokit_status enter(struct tree *t)
{
	struct tree_file *f = &t->file;
	uint32_t lba = t->rock.has_child && t->logical ? t->rock.child_lba : f->rec.lba.le;
	uint64_t start = ((uint64_t)lba + f->rec.xattr_blocks) * t->block_bytes;
	uint64_t bytes = f->rec.bytes.le, size = t->img->facts.size;
	uint64_t at = f->record_offset;
	size_t path_bytes;
	struct level *l;
	bool known = false;

	if (start == 0 || start >= size) {
		model_tree_find(t, ISOKIT_F_DIR_OUTSIDE, at + 2, 8, start, size);
		return ISOKIT_OK;
	}
	if (t->n_levels >= MAX_DEPTH) {
		model_tree_find(t, ISOKIT_F_TREE_DEPTH, at, 0, MAX_DEPTH, 0);
		return ISOKIT_OK;
	}
	if (is_ancestor(t, lba)) {
		model_tree_find(t, ISOKIT_F_TREE_LOOP, at, 0, lba, 0);
		return ISOKIT_OK;
	}
	if (!model_lba_set_add(&t->visited, lba, f->parent_lba, &known))
		return isokit_fail_nomem(t->err, t->img->facts.path, t->visited.capacity * 16);
	if (known) {
		model_tree_find(t, ISOKIT_F_TREE_SHARED, at, 0, lba, 0);
		return ISOKIT_OK;
	}
	if (bytes > size - start)
		model_tree_find(t, ISOKIT_F_DIR_SIZE, at + 10, 8, bytes, size - start);
	if (min_u64(bytes, size - start) > t->directory_budget) {
		model_tree_find(t, ISOKIT_F_TREE_OVERLAP, at, 0, lba, 0);
		return ISOKIT_OK;
	}
	(void)model_tree_path(t, &path_bytes);
	if (t->n_levels)
		text_add_char(&t->path, '/');
	if (t->path.failed)
		return isokit_fail_nomem(t->err, t->img->facts.path, path_bytes);
	path_bytes = t->path.n;
	if (path_bytes > MAX_PATH_BYTES) {
		model_tree_find(t, ISOKIT_F_TREE_DEPTH, at, 0, t->n_levels, path_bytes);
		return ISOKIT_OK;
	}
	if (t->n_levels >= t->capacity_levels) {
		size_t before = t->capacity_levels;

		if (!ARRAY_RESERVE(t->levels, t->capacity_levels, t->n_levels + 1))
			return isokit_fail_nomem(t->err, t->img->facts.path, sizeof(*l));
		memset(t->levels + before, 0, (t->capacity_levels - before) * sizeof(*l));
	}
	l = &t->levels[t->n_levels++];
	l->at = start;
	l->end = start + min_u64(bytes, size - start);
	l->clipped = bytes > size - start;
	l->buffer_bytes = 0;
	l->path_bytes = path_bytes;
	l->lba = lba;
	l->parent_lba = f->parent_lba;
	l->first_seen = false;
	l->empty = 0;
	if (t->options.report)
		model_name_set_clear(&l->names, (size_t)(l->end - l->at) / USUAL_RECORD,
				     &t->name_budget);
	t->directory_budget -= l->end - start;
	return ISOKIT_OK;
}

/* The root as a file: record in the descriptor, attributes in its ".". */
static enum isokit_status set_root(struct tree *t)
{
	struct tree_file *f = &t->file;
	uint8_t sector[SECTOR_BYTES], descriptor[SECTOR_BYTES];
	const struct isokit_volume *v = t->volume;
	uint64_t at = (uint64_t)v->root_lba * t->block_bytes;
	struct ondisk_volume d;
	struct ondisk_dirent dot;
	enum isokit_status st;

	*f = (struct tree_file){ .rock = &t->rock, .name = "", .parent_lba = v->root_lba };
	t->named = true;
	st = model_read(t->img, v->lba * SECTOR_BYTES, descriptor, sizeof(descriptor), t->err);
	if (st)
		return st;
	st = ondisk_volume_decode(descriptor, sizeof(descriptor), &d, t->err);
	if (st)
		return st;
	memcpy(t->first_record, d.root.p, d.root.n);
	t->first_record[0] = ONDISK_DR_MIN_BYTES;
	t->first_record[32] = 1;
	(void)ondisk_dirent_decode(t->first_record, d.root.n, t->high_sierra, &f->rec, NULL);
	f->record_offset = v->lba * SECTOR_BYTES + (uint64_t)(d.root.p - descriptor);
	f->type = ISOKIT_DIR;
	f->rec.flags |= ONDISK_DR_DIRECTORY;
	f->dir_lba = v->root_lba;
	text_clear(&t->path);
	text_add_char(&t->path, '/');
	if (!t->use_rock || !range_inside(at, sizeof(sector), t->img->facts.size))
		return ISOKIT_OK;
	st = model_read(t->img, at, sector, sizeof(sector), t->err);
	if (st || ondisk_dirent_decode(sector, sizeof(sector), t->high_sierra, &dot, NULL) ||
	    !ondisk_dirent_is_dot(&dot))
		return st;
	if (dot.system_use_bytes > t->img->susp_skip)
		st = model_rock_parse(t, dot.system_use + t->img->susp_skip,
				(size_t)dot.system_use_bytes - t->img->susp_skip,
				at + (uint64_t)(dot.system_use - sector) + t->img->susp_skip);
	t->rock.has_child = t->rock.relocated = t->rock.has_name = false;
	if (!st && (t->options.attributes || t->options.report))
		st = model_attributes_read(t, f);
	return st;
}

/* ---- one folder ----------------------------------------------------------------- */

enum isokit_status model_tree_root(struct tree *t, struct tree_place *ret_place)
{
	enum isokit_status st = set_root(t);

	if (!st)
		*ret_place = model_tree_place(t);
	return st;
}

struct tree_place model_tree_place(const struct tree *t)
{
	return (struct tree_place){
		.lba = t->rock.has_child && t->logical ? t->rock.child_lba : t->file.rec.lba.le,
		.parent_lba = t->file.parent_lba,
		.bytes = t->file.rec.bytes.le,
		.xattr_blocks = t->file.rec.xattr_blocks,
	};
}

enum isokit_status model_tree_folder(struct tree *t, const struct tree_place *place,
				     const char *path, uint64_t most_bytes, bool *ret_cut)
{
	enum isokit_status st;
	int what;

	*ret_cut = false;
	t->n_levels = 0;
	t->rock.has_child = false;
	t->file = (struct tree_file){
		.rec = { .lba = { .le = place->lba }, .bytes = { .le = place->bytes },
			 .xattr_blocks = place->xattr_blocks, .flags = ONDISK_DR_DIRECTORY },
		.rock = &t->rock, .name = "", .parent_lba = place->parent_lba,
	};
	text_clear(&t->path);
	text_add_str(&t->path, path);
	if (path[1]) /* the root ends in '/' already */
		text_add_char(&t->path, '/');
	st = enter(t);
	if (st || t->n_levels == 0)
		return st;
	if (top(t)->end - top(t)->at > most_bytes) {
		top(t)->end = top(t)->at + most_bytes;
		*ret_cut = true;
	}
	for (;;) {
		st = next_file(t, &what);
		if (st || what == NO_MORE)
			return st;
		if (t->options.visit(t, &t->file, t->options.ctx))
			return isokit_fail(t->err, ISOKIT_E_CANCELLED, ISOKIT_NO_OFFSET,
					   t->img->facts.path, "stopped by the caller");
	}
}

/* ---- the whole tree --------------------------------------------------------------- */

/* Descend from the root to the folder or file at `path`. On success t->file is
 * it; a folder's parents are on the stack below *ret_base. */
static enum isokit_status seek(struct tree *t, const char *path)
{
	enum isokit_status st = set_root(t);

	while (!st) {
		size_t n;
		int what;

		path += strspn(path, "/");
		n = strcspn(path, "/");
		if (n == 0)
			return ISOKIT_OK;
		if (t->file.type != ISOKIT_DIR)
			break;
		st = enter(t);
		if (st)
			return st;
		do {
			if (t->n_levels == 0)
				return ISOKIT_E_NOT_FOUND;
			st = next_file(t, &what);
			if (st)
				return st;
		} while (what == RECORD &&
			 (t->file.name_bytes != n || memcmp(t->file.name, path, n) != 0));
		if (what == NO_MORE)
			break;
		path += n;
	}
	return st ? st : ISOKIT_E_NOT_FOUND;
}

enum isokit_status model_tree_walk(struct tree *t, const char *path)
{
	enum isokit_status st = seek(t, path);
	size_t base;

	if (st == ISOKIT_E_NOT_FOUND)
		return isokit_fail(t->err, ISOKIT_E_NOT_FOUND, ISOKIT_NO_OFFSET, path,
				   "is not in the image");
	if (st)
		return st;
	base = t->n_levels;
	for (;;) {
		int what;

		if (t->options.visit(t, &t->file, t->options.ctx))
			return isokit_fail(t->err, ISOKIT_E_CANCELLED, ISOKIT_NO_OFFSET,
					   t->img->facts.path, "stopped by the caller");
		if (t->file.type == ISOKIT_DIR) {
			st = enter(t);
			if (st)
				return st;
		}
		for (;;) {
			if (t->n_levels == base)
				return ISOKIT_OK;
			st = next_file(t, &what);
			if (st)
				return st;
			if (what == RECORD)
				break;
			t->n_levels--;
		}
	}
}
