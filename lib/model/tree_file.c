/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One file of a directory tree: its type, name and attributes. */
#include <string.h>

#include "base/checked.h"
#include "model/tree_records.h"

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
		model_tree_find(t, ISOKIT_F_NAME_UNSAFE, f->record_offset + 33, f->rec.name_bytes,
				0, 0);
	else if (f->renamed)
		model_tree_find(t, ISOKIT_F_NAME_UNSAFE, f->record_offset, f->rec.length, 0, 0);
	if (bad)
		model_tree_find(t, ISOKIT_F_NAME_NOT_UCS2, f->record_offset + 33, f->rec.name_bytes,
				0, 0);
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
		model_tree_find(t, ISOKIT_F_ZISOFS_HEADER, t->file.record_offset,
				t->file.rec.length, zf->block_log2, zf->bytes);
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
				model_tree_find(t, ISOKIT_F_RR_TYPE, f->record_offset,
						f->rec.length, t->rock.px.mode, f->rec.flags);
			f->type = ISOKIT_FILE;
		}
	} else if (t->rock.has_px && type_of_mode(t->rock.px.mode, ISOKIT_DIR) != ISOKIT_DIR) {
		model_tree_find(t, ISOKIT_F_RR_TYPE, f->record_offset, f->rec.length,
				t->rock.px.mode, f->rec.flags);
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

enum isokit_status model_tree_next_file(struct tree *t, int *ret_what)
{
	struct tree_file *f = &t->file;
	struct level *l = model_tree_top(t);
	enum isokit_status st;

	for (;;) {
		uint64_t offset = 0;

		t->named = true; /* findings of the next record are the folder's */
		f->name_bytes = 0;
		st = model_tree_next_record(t, l, &f->rec, &offset, ret_what);
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
			st = model_tree_add_extent(t, &f->rec);
			if (!st && (f->rec.flags & ONDISK_DR_MULTI_EXTENT))
				st = model_tree_gather_extents(t, l);
			if (st)
				return st;
		}
		model_tree_check_record(t, &f->rec, offset);
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
