/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rock Ridge of one record: the fields in its tail and in the continuation
 * areas that CE fields lead to. Chains are bounded in number, in repetition and
 * in the bytes that all of them together may read. */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/checked.h"
#include "base/fail.h"
#include "model/tree.h"
#include "ondisk/susp.h"

enum {
	CE_BUFFER_BYTES = 32 * 1024,
	MAX_CE_HOPS = 2048, /* 4 MiB of attributes for one file */
	MAX_TARGET_BYTES = 64 * 1024,
	/* Areas that lie elsewhere are a read of such a block each (the cache below
	 * has them as large). A hole of 20 GiB costs nothing to claim, so what may be
	 * read goes with the directory records that are really there: for each of
	 * their sectors 16 blocks, and some for a start. */
	CE_BLOCK_BYTES = 16 * 1024,
	CE_BLOCKS_FOR_SECTOR = 16,
	CE_BLOCKS_ANYWAY = 4096,
};

static void add_name(struct tree *t, const struct ondisk_field *f, uint64_t offset)
{
	struct rock *r = &t->rock;
	struct ondisk_nm nm;
	size_t room;

	if (!ondisk_nm_decode(f, &nm)) {
		model_tree_find(t, ISOKIT_F_RR_FIELD_SHORT, offset, f->length, f->length, 5);
		return;
	}
	if (nm.flags & (ONDISK_NM_CURRENT | ONDISK_NM_PARENT)) {
		/* Only "." and ".." may say this (4.1.4); here it names nothing. */
		if (!ondisk_dirent_is_dot(&t->file.rec))
			model_tree_find(t, ISOKIT_F_RR_NAME_FLAGS, offset, f->length, nm.flags, 0);
		return;
	}
	if (r->has_name && !r->name_open)
		return; /* a second, complete name: the first counts */
	room = TREE_NAME_BYTES - 1 - r->name_bytes;
	if (nm.bytes > room) {
		model_tree_find(t, ISOKIT_F_RR_NAME_LONG, offset, f->length, TREE_NAME_BYTES - 1, 0);
		nm.bytes = (uint8_t)room;
	}
	memcpy(r->name + r->name_bytes, nm.name, nm.bytes);
	r->name_bytes += nm.bytes;
	r->has_name = true;
	r->name_open = nm.flags & ONDISK_NM_CONTINUE;
}

/* Components are joined by '/'; one that continues goes on in the next record
 * or field without it (4.1.3.1). */
static void add_target(struct tree *t, const struct ondisk_field *f, uint64_t offset)
{
	struct rock *r = &t->rock;
	struct ondisk_sl c;
	size_t at = 5;
	bool bad = f->length < 5;

	r->has_target = true;
	while (!bad && ondisk_sl_next(f, &at, &c, &bad)) {
		if (t->target.n > MAX_TARGET_BYTES) {
			model_tree_find(t, ISOKIT_F_RR_TARGET_LONG, offset, f->length, MAX_TARGET_BYTES, 0);
			return;
		}
		if (r->target_closed)
			text_add_char(&t->target, '/');
		/* ROOT is a slash itself; elsewhere than first it stands for one
		 * slash of several in a row. */
		r->target_closed = !(c.flags & (ONDISK_SL_CONTINUE | ONDISK_SL_ROOT));
		if (c.flags & ONDISK_SL_ROOT) {
			text_add_char(&t->target, '/');
		} else if (c.flags & ONDISK_SL_CURRENT) {
			text_add_char(&t->target, '.');
		} else if (c.flags & ONDISK_SL_PARENT) {
			text_add(&t->target, "..", 2);
		} else {
			size_t from = t->target.n;

			text_add(&t->target, c.content, c.bytes);
			for (size_t i = from; !t->target.failed && i < t->target.n; i++)
				if (t->target.bytes[i] == '\0')
					t->target.bytes[i] = '_';
		}
	}
	if (bad)
		model_tree_find(t, ISOKIT_F_RR_TARGET_BAD, offset, f->length, at, f->length);
}

static void note_extension(struct rock *r, const struct ondisk_field *f)
{
	static const char *const known[] = { "RRIP_1991A", "IEEE_P1282", "IEEE_1282" };
	struct ondisk_er er;

	if (!ondisk_er_decode(f, &er))
		return;
	if (er.id_bytes == 9 && memcmp(er.id, "AAIP_", 5) == 0)
		r->announces_aaip = true;
	if (r->extension)
		return;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (er.id_bytes == strlen(known[i]) && memcmp(er.id, known[i], er.id_bytes) == 0)
			r->extension = known[i];
}

static void take_modified(struct tree *t, const struct ondisk_field *f)
{
	bool is_long;
	const uint8_t *at = ondisk_tf_modified_at(f, &is_long);

	if (!at)
		return;
	t->rock.has_modified = true;
	if (is_long)
		(void)ondisk_time17_decode(at, false, &t->rock.modified);
	else
		model_tree_time7(t, at, false, &t->rock.modified);
}

static void take_field(struct tree *t, const struct ondisk_field *f, uint64_t offset)
{
	struct rock *r = &t->rock;
	struct both32 block;
	bool ok = true;

	switch (f->signature) {
	case ONDISK_SIG('P', 'X'):
		r->has_px = ok = ondisk_px_decode(f, &r->px);
		if (ok && !r->px.agree)
			model_tree_find(t, ISOKIT_F_RR_ENDIAN, offset, f->length, r->px.mode, 0);
		break;
	case ONDISK_SIG('P', 'N'):
		r->has_pn = ok = ondisk_pn_decode(f, &r->pn);
		break;
	case ONDISK_SIG('S', 'L'):
		if (t->options.skip_targets && !t->options.report)
			r->has_target = true;
		else
			add_target(t, f, offset);
		break;
	case ONDISK_SIG('N', 'M'):
		add_name(t, f, offset);
		break;
	case ONDISK_SIG('C', 'L'):
		ok = ondisk_cl_decode(f, &block);
		if (ok) {
			r->has_child = true;
			r->child_lba = block.le;
			if (block.le != block.be)
				model_tree_find(t, ISOKIT_F_RR_ENDIAN, offset, f->length, block.le, block.be);
		}
		break;
	case ONDISK_SIG('R', 'E'):
		r->relocated = true;
		break;
	case ONDISK_SIG('T', 'F'):
		take_modified(t, f);
		break;
	case ONDISK_SIG('S', 'F'):
		r->has_sparse = ok = ondisk_sf_decode(f, &r->sparse_bytes);
		break;
	case ONDISK_SIG('A', 'L'):
		model_attributes_field(t, f, offset);
		return;
	case ONDISK_SIG('A', 'A'):
		t->attributes.has_apple |= ondisk_apple_decode(f->p, f->length, &t->attributes.apple);
		return;
	case ONDISK_SIG('Z', '2'): /* the same, which Linux leaves alone */
	case ONDISK_SIG('Z', 'F'):
		r->has_zf = ok = ondisk_zf_decode(f, &r->zf);
		return; /* zisofs is no part of RRIP */
	case ONDISK_SIG('E', 'R'):
		note_extension(r, f);
		return;
	case ONDISK_SIG('P', 'L'):
	case ONDISK_SIG('R', 'R'):
		break;
	default:
		return; /* PD, SP, ES, XA and strangers */
	}
	r->any = true;
	if (!ok)
		model_tree_find(t, ISOKIT_F_RR_FIELD_SHORT, offset, f->length, f->length, 0);
}

/* The bytes of a continuation area, at most what the buffer holds. */
static enum isokit_status ce_bytes(struct tree *t, uint64_t at, size_t bytes,
				   const uint8_t **ret_area)
{
	struct ce_buffer *c = &t->ce;

	if (!ARRAY_RESERVE(c->bytes, c->capacity, bytes))
		return isokit_fail_nomem(t->err, t->img->facts.path, bytes);
	if (at / CE_BLOCK_BYTES != c->block || c->blocks == 0) {
		c->block = at / CE_BLOCK_BYTES;
		c->blocks++;
	}
	*ret_area = c->bytes;
	return model_read(t->img, at, c->bytes, bytes, t->err);
}

/* Has the walk read more of these areas than records can ask for? */
static bool is_ce_spent(const struct tree *t)
{
	return t->ce.blocks > CE_BLOCKS_ANYWAY + t->record_sectors * CE_BLOCKS_FOR_SECTOR;
}

/* Where a CE leads, or false with a finding when it may not be followed. */
static bool follow(struct tree *t, const struct ondisk_ce *ce, uint64_t field_offset,
		   uint64_t *ret_at, size_t *ret_bytes)
{
	uint64_t at = (uint64_t)ce->block.le * t->block_bytes + ce->offset.le;

	if (ce->bytes.le < 4)
		return false; /* an empty area is lawful */
	if (ce->bytes.le > CE_BUFFER_BYTES ||
	    !range_inside(at, ce->bytes.le, t->img->facts.size)) {
		model_tree_find(t, ISOKIT_F_SUSP_CE_RANGE, field_offset, 28, at, ce->bytes.le);
		return false;
	}
	if (ce->bytes.le > t->ce_budget || is_ce_spent(t)) {
		model_tree_find(t, ISOKIT_F_SUSP_CE_LOOP, field_offset, 28, at, 0);
		return false;
	}
	t->ce_budget -= ce->bytes.le;
	if (t->options.continuation)
		t->options.continuation(t, at, ce->bytes.le, t->options.ctx);
	*ret_at = at;
	*ret_bytes = ce->bytes.le;
	return true;
}

/* One area; *ret_ce is set when it has a CE field. */
static void parse_area(struct tree *t, const uint8_t *area, size_t bytes, uint64_t offset,
		       struct ondisk_ce *ret_ce, uint64_t *ret_ce_offset)
{
	struct ondisk_field f = { 0 };
	size_t at = 0;

	*ret_ce_offset = 0;
	for (;;) {
		uint64_t here = offset + at;

		switch (ondisk_field_next(area, bytes, &at, &f)) {
		case ONDISK_FIELD_END:
			return;
		case ONDISK_FIELD_SHORT:
			model_tree_find(t, ISOKIT_F_SUSP_LENGTH, here, 4, area[at + 2], bytes - at);
			return;
		case ONDISK_FIELD_OVER:
			model_tree_find(t, ISOKIT_F_SUSP_LENGTH, here, bytes - at, area[at + 2],
				  bytes - at);
			return;
		case ONDISK_FIELD_OK:
			break;
		}
		if (f.signature == ONDISK_SIG('C', 'E')) {
			if (ondisk_ce_decode(&f, ret_ce))
				*ret_ce_offset = here;
			if (f.length < 28)
				model_tree_find(t, ISOKIT_F_RR_FIELD_SHORT, here, f.length, f.length, 28);
			continue;
		}
		take_field(t, &f, here);
	}
}

enum isokit_status model_rock_parse(struct tree *t, const uint8_t *area, size_t bytes, uint64_t offset)
{
	uint64_t checkpoint = UINT64_MAX, ce_offset;
	struct ondisk_ce ce;
	unsigned hops = 0, next_checkpoint = 1;
	enum isokit_status st;

	memset(&t->rock, 0, offsetof(struct rock, name));
	text_clear(&t->target);
	text_clear(&t->attributes.list);
	t->attributes.has_apple = false;
	parse_area(t, area, bytes, offset, &ce, &ce_offset);
	while (ce_offset) {
		uint64_t at;
		size_t n;

		if (!follow(t, &ce, ce_offset, &at, &n))
			break;
		/* Brent: compare with a remembered area, remember at powers of two. */
		if (at == checkpoint || hops >= MAX_CE_HOPS) {
			model_tree_find(t, ISOKIT_F_SUSP_CE_LOOP, ce_offset, 28, at, 0);
			break;
		}
		if (++hops == next_checkpoint) {
			checkpoint = at;
			next_checkpoint *= 2;
		}
		st = ce_bytes(t, at, n, &area);
		if (st)
			return st;
		parse_area(t, area, n, at, &ce, &ce_offset);
	}
	if (t->target.failed)
		return isokit_fail_nomem(t->err, t->img->facts.path, MAX_TARGET_BYTES);
	return ISOKIT_OK;
}
