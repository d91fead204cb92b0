/* SPDX-License-Identifier: GPL-3.0-or-later */
/* System use fields: their form (SUSP 1.12), those of Rock Ridge among each other
 * and with their record (RRIP 1.12), continuation areas, moved directories. */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/checked.h"
#include "base/fail.h"
#include "model/lint.h"
#include "ondisk/rrip.h"

enum {
	CE_WINDOW_BYTES = 32 * 1024,
	MAX_CE_HOPS = 2048,
	MAX_CE_READS = 20480, /* windows: 640 MiB, as the walk that counts */
	MAX_AREAS = 512 * 1024,
	LAST_PX_MODE = 0177777,
};

#define S(a, b) ONDISK_SIG(a, b)

/* What the fields of one record say together. */
struct sums {
	bool any_rrip, px, pn, sl, tf, nm, nm_open, sl_open, al_open, re, cl, pl, rr, ce, er;
	uint8_t rr_flags, seen_flags;
	uint32_t mode;
	uint64_t nm_at, sl_at, rr_at;
};

static const struct rule {
	uint16_t signature;
	uint8_t least, most; /* bytes; 0: no limit */
	uint8_t version;     /* 0: any */
	uint8_t rr_bit;      /* in the RR field of 1991 */
	bool rrip;
} rules[] = {
	{ S('C', 'E'), 28, 28, 1, 0, false },  /* SUSP 5.1 */
	{ S('P', 'D'), 4, 0, 1, 0, false },    /* 5.2 */
	{ S('S', 'P'), 7, 7, 1, 0, false },    /* 5.3 */
	{ S('S', 'T'), 4, 4, 1, 0, false },    /* 5.4 */
	{ S('E', 'R'), 8, 0, 1, 0, false },    /* 5.5 */
	{ S('E', 'S'), 5, 5, 1, 0, false },    /* 5.6 */
	{ S('P', 'X'), 36, 44, 1, 0x01, true }, /* RRIP 4.1.1 */
	{ S('P', 'N'), 20, 20, 1, 0x02, true }, /* 4.1.2 */
	{ S('S', 'L'), 5, 0, 1, 0x04, true },  /* 4.1.3 */
	{ S('N', 'M'), 5, 0, 1, 0x08, true },  /* 4.1.4 */
	{ S('C', 'L'), 12, 12, 1, 0x10, true }, /* 4.1.5 */
	{ S('P', 'L'), 12, 12, 1, 0x20, true },
	{ S('R', 'E'), 4, 4, 1, 0x40, true },
	{ S('T', 'F'), 5, 0, 1, 0x80, true },  /* 4.1.6 */
	{ S('S', 'F'), 12, 21, 1, 0, true },   /* 4.1.7 */
	{ S('R', 'R'), 5, 5, 1, 0, true },     /* RRIP of 1991 */
	{ S('Z', 'F'), 16, 16, 0, 0, false },  /* zisofs */
	{ S('Z', '2'), 16, 16, 0, 0, false },
	{ S('A', 'L'), 5, 0, 1, 0, false },    /* AAIP 2.0 */
	{ S('A', 'A'), 0, 0, 0, 0, false },    /* Apple */
	{ S('B', 'A'), 0, 0, 0, 0, false },
	{ S('A', 'S'), 0, 0, 0, 0, false },    /* Amiga */
};

static const struct rule *rule_of(uint16_t signature)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].signature == signature)
			return &rules[i];
	return NULL;
}

/* `n` numbers in both byte orders from byte 4 on. */
static void check_endian(struct lint_tree *t, const struct lint_record *r,
			 const struct ondisk_field *f, size_t n, uint64_t at)
{
	enum isokit_finding_code code = f->signature == S('C', 'E') ? ISOKIT_F_SUSP_CE_ENDIAN :
								      ISOKIT_F_RR_FIELD_ENDIAN;

	for (size_t i = 0; i < n && 12 + 8 * i <= f->length; i++) {
		const uint8_t *p = f->p + 4 + 8 * i;

		if (get_le32(p) != get_be32(p + 4))
			lint_find_at(t, code, r, at + 4 + 8 * i, 8, get_le32(p), get_be32(p + 4));
	}
}

static void check_px(struct lint_tree *t, const struct lint_record *r, const struct ondisk_field *f,
		     uint64_t at, struct sums *s)
{
	bool is_dir = r->d.flags & ONDISK_DR_DIRECTORY;
	struct ondisk_px px;
	uint32_t type;

	if (!ondisk_px_decode(f, &px))
		return;
	check_endian(t, r, f, f->length >= 44 ? 5 : 4, at);
	if (f->length != 36 && f->length != 44)
		lint_find_at(t, ISOKIT_F_SUSP_FIELD_LENGTH, r, at + 2, 1, f->length, 44);
	s->mode = px.mode;
	type = px.mode & 0170000;
	if (px.mode > LAST_PX_MODE ||
	    (type != 0100000 && type != 0040000 && type != 0120000 && type != 0060000 &&
	     type != 0020000 && type != 0010000 && type != 0140000) ||
	    (ondisk_dirent_is_dot(&r->d) && is_dir && type != 0040000))
		lint_find_at(t, ISOKIT_F_RR_MODE, r, at + 4, 8, px.mode, 0);
	if (px.links == 0)
		lint_find_at(t, ISOKIT_F_RR_LINKS, r, at + 12, 8, 0, 0);
}

static void check_nm(struct lint_tree *t, const struct lint_record *r, const struct ondisk_field *f,
		     uint64_t at, struct sums *s)
{
	uint8_t flags = f->p[4];

	/* Bit 5 was the name of the host (RRIP 1.09). */
	if ((flags & 0xd8) || ((flags & 0x26) && f->length > 5) || (flags & 7) == 7 ||
	    (flags & 6) == 6)
		lint_find_at(t, ISOKIT_F_RR_NAME_FORM, r, at + 4, 1, flags, f->length - 5u);
	if ((s->nm && !s->nm_open) || (f->length == 5 && !(flags & 0x27)))
		lint_find_at(t, ISOKIT_F_RR_NAME_FORM, r, at, f->length, flags, f->length - 5u);
	s->nm = true;
	s->nm_open = flags & 1;
	s->nm_at = at;
}

static void check_sl(struct lint_tree *t, const struct lint_record *r, const struct ondisk_field *f,
		     uint64_t at, struct sums *s)
{
	struct ondisk_sl c;
	size_t here = 5, from = 5;
	bool bad = false;

	if ((f->p[4] & 0xfe) || (s->sl && !s->sl_open) || f->length < 7)
		lint_find_at(t, ISOKIT_F_RR_TARGET_FORM, r, at + 4, 1, f->p[4], 4);
	while (ondisk_sl_next(f, &here, &c, &bad)) {
		uint8_t special = c.flags & (ONDISK_SL_CURRENT | ONDISK_SL_PARENT | ONDISK_SL_ROOT);

		/* Bits 4 and 5 were the volume root and the host (RRIP 1.09). */
		if ((c.flags & 0xc0) || (special && (c.bytes || (c.flags & ONDISK_SL_CONTINUE))) ||
		    (special & (special - 1)) ||
		    ((c.flags & ONDISK_SL_CONTINUE) && here < f->length))
			lint_find_at(t, ISOKIT_F_RR_TARGET_FORM, r, at + from, 1, c.flags, from);
		else if ((c.flags & ONDISK_SL_CONTINUE) && !(f->p[4] & 1))
			lint_find_at(t, ISOKIT_F_RR_NAME_OPEN, r, at + from, 1, 2, 0);
		/* libarchive writes a slash of several in a row like this. */
		else if (!c.bytes && !(c.flags & 0x3f))
			lint_find_at(t, ISOKIT_F_RR_TARGET_EMPTY, r, at + from, 2, from, 0);
		from = here;
	}
	s->sl = true;
	s->sl_open = f->p[4] & 1;
	s->sl_at = at;
}

static void check_tf(struct lint_tree *t, const struct lint_record *r, const struct ondisk_field *f,
		     uint64_t at)
{
	bool is_long = f->p[4] & 0x80;
	size_t each = is_long ? 17 : 7, here = 5, n = 0;
	struct isokit_time when;

	for (unsigned bit = 0; bit < 7; bit++)
		n += f->p[4] >> bit & 1;
	if (f->length != 5 + n * each)
		lint_find_at(t, ISOKIT_F_SUSP_FIELD_LENGTH, r, at + 2, 1, f->length, 5 + n * each);
	for (; n && here + each <= f->length; here += each, n--) {
		bool ok = is_long ? ondisk_time17_decode(f->p + here, false, &when) :
				    ondisk_time7_decode(f->p + here, false, &when);

		if (!ok)
			lint_find_at(t, ISOKIT_F_RR_DATE, r, at + here, each, 0, 0);
	}
}

static void check_er(struct lint_tree *t, const struct lint_record *r, const struct ondisk_field *f,
		     uint64_t at, struct sums *s)
{
	s->er = t->has_er = true;
	if (8u + f->p[4] + f->p[5] + f->p[6] != f->length || f->p[4] == 0)
		lint_find_at(t, ISOKIT_F_SUSP_ER, r, at + 4, 3, 8u + f->p[4] + f->p[5] + f->p[6],
			     f->length);
	if (r->dir != 0 || !r->is_first)
		lint_find_at(t, ISOKIT_F_SUSP_PLACE, r, at, f->length, 0, 0);
}

/* AAIP: components of flags, length and text, which fill the field, or run on from
 * one to the next where several belong together. */
static void check_al(struct lint_tree *t, const struct lint_record *r, const struct ondisk_field *f,
		     uint64_t at, struct sums *s)
{
	bool bad = false, alone = !s->al_open && !(f->p[4] & 1);
	struct ondisk_sl c;
	size_t here = 5;

	s->al_open = f->p[4] & 1;
	while (alone && ondisk_sl_next(f, &here, &c, &bad))
		bad |= c.flags & 0xfe;
	if (bad || (f->p[4] & 0xfe))
		lint_find_at(t, ISOKIT_F_SUSP_FIELD_LENGTH, r, at + 2, 1, f->length, here);
}

static bool add_link(struct lint_tree *t, const struct lint_record *r, const struct ondisk_field *f,
		     uint64_t at, bool up)
{
	struct both32 block;

	if (!ondisk_cl_decode(f, &block) || t->n_links >= MAX_AREAS)
		return true;
	if (!ARRAY_RESERVE(t->links, t->capacity_links, t->n_links + 1))
		return false;
	t->links[t->n_links++] = (struct lint_link){
		.child = up ? t->dirs[r->dir].lba : block.le,
		.parent = up ? block.le : t->dirs[r->dir].lba,
		.offset = at,
		.up = up,
	};
	return true;
}

static enum isokit_status check_field(struct lint_tree *t, const struct lint_record *r,
				      const struct ondisk_field *f, uint64_t at, struct sums *s)
{
	const struct rule *rule = rule_of(f->signature);
	bool ok = true;

	if (!rule) {
		lint_find_at(t, ISOKIT_F_SUSP_UNKNOWN, r, at, f->length, f->signature >> 8,
			     f->signature & 0xff);
		return ISOKIT_OK;
	}
	if (rule->version && f->version != rule->version)
		lint_find_at(t, ISOKIT_F_SUSP_VERSION, r, at + 3, 1, f->version, rule->version);
	s->any_rrip |= rule->rrip;
	s->seen_flags |= rule->rr_bit;
	if (f->length < rule->least)
		return ISOKIT_OK; /* the walk that counts has said so */
	if (rule->most && f->length > rule->most)
		lint_find_at(t, ISOKIT_F_SUSP_FIELD_LENGTH, r, at + 2, 1, f->length, rule->most);
	switch (f->signature) {
	case S('C', 'E'):
		check_endian(t, r, f, 3, at);
		if (s->ce)
			lint_find_at(t, ISOKIT_F_SUSP_CE_TWICE, r, at, f->length, 0, 0);
		s->ce = true;
		break;
	case S('S', 'P'):
		if (r->dir != 0 || !r->is_first)
			lint_find_at(t, ISOKIT_F_SUSP_PLACE, r, at, f->length, 0, 0);
		break;
	case S('E', 'R'):
		check_er(t, r, f, at, s);
		break;
	case S('P', 'X'):
		if (s->px)
			lint_find_at(t, ISOKIT_F_RR_TWICE, r, at, f->length, 'P', 'X');
		s->px = true;
		check_px(t, r, f, at, s);
		break;
	case S('P', 'N'):
		s->pn = true;
		check_endian(t, r, f, 2, at);
		break;
	case S('S', 'L'):
		check_sl(t, r, f, at, s);
		break;
	case S('N', 'M'):
		check_nm(t, r, f, at, s);
		break;
	case S('T', 'F'):
		s->tf = true;
		check_tf(t, r, f, at);
		break;
	case S('C', 'L'):
		s->cl = true;
		check_endian(t, r, f, 1, at);
		ok = add_link(t, r, f, at, false);
		break;
	case S('P', 'L'):
		s->pl = true;
		check_endian(t, r, f, 1, at);
		if (!r->is_second)
			lint_find_at(t, ISOKIT_F_RR_PARENT, r, at, f->length, 0, 0);
		else
			ok = add_link(t, r, f, at, true);
		break;
	case S('R', 'E'):
		s->re = true;
		break;
	case S('R', 'R'):
		s->rr = true;
		s->rr_flags = f->p[4];
		s->rr_at = at + 4;
		break;
	case S('S', 'F'):
		check_endian(t, r, f, f->length >= 21 ? 2 : 1, at);
		break;
	case S('A', 'L'):
		check_al(t, r, f, at, s);
		break;
	case S('Z', 'F'):
		if (f->version == 1 && get_le32(f->p + 8) != get_be32(f->p + 12))
			lint_find_at(t, ISOKIT_F_RR_FIELD_ENDIAN, r, at + 8, 8, get_le32(f->p + 8),
				     get_be32(f->p + 12));
		break;
	default:
		break;
	}
	return ok ? ISOKIT_OK : isokit_fail_nomem(t->l->err, t->l->img->facts.path,
						  sizeof(*t->links));
}

/* What is behind the last field: nothing but zeros (SUSP 4). */
static void check_rest(struct lint_tree *t, const struct lint_record *r, const uint8_t *area,
		       size_t bytes, size_t at, uint64_t offset)
{
	/* In a record there is no reason for more of them than evenness needs. */
	if (bytes - at >= 4 && lint_is_zero(area + at, bytes - at) &&
	    offset + bytes == r->offset + r->d.length)
		lint_find_at(t, ISOKIT_F_DIR_RECORD_LONG, r, r->offset, 1, r->d.length, bytes - at);
	while (at < bytes && area[at] == 0)
		at++;
	if (at < bytes)
		lint_find_at(t, ISOKIT_F_SUSP_PADDING, r, offset + at, bytes - at, bytes - at, 0);
}

static enum isokit_status check_area(struct lint_tree *t, const struct lint_record *r,
				     const uint8_t *area, size_t bytes, uint64_t offset,
				     struct sums *s, struct ondisk_ce *ret_ce, uint64_t *ret_ce_at)
{
	struct ondisk_field f;
	enum isokit_status st = ISOKIT_OK;
	size_t at = 0;

	*ret_ce_at = 0;
	s->ce = false;
	while (!st) {
		size_t here = at;
		enum ondisk_field_result result = ondisk_field_next(area, bytes, &at, &f);

		if (result == ONDISK_FIELD_OK) {
			st = check_field(t, r, &f, offset + here, s);
			if (f.signature == S('C', 'E') && ondisk_ce_decode(&f, ret_ce))
				*ret_ce_at = offset + here;
			continue;
		}
		if (result != ONDISK_FIELD_END) {
			/* Of others the walk that counts has said so. */
			if (ondisk_dirent_is_dot(&r->d))
				lint_find_at(t, ISOKIT_F_SUSP_LENGTH, r, offset + here, bytes - here,
					     area[here + 2], bytes - here);
			return ISOKIT_OK;
		}
		if (here + 4 <= bytes && area[here] == 'S' && area[here + 1] == 'T') {
			/* 5.4: behind it, in this area, anything may follow. */
			if (area[here + 3] != 1)
				lint_find_at(t, ISOKIT_F_SUSP_VERSION, r, offset + here + 3, 1,
					     area[here + 3], 1);
			if (area[here + 2] != 4)
				lint_find_at(t, ISOKIT_F_SUSP_FIELD_LENGTH, r, offset + here + 2, 1,
					     area[here + 2], 4);
		} else {
			check_rest(t, r, area, bytes, here, offset);
		}
		return ISOKIT_OK;
	}
	return st;
}

/* A continuation area in the window; NULL when it is not to be had. */
static enum isokit_status ce_bytes(struct lint_tree *t, uint64_t at, size_t n, const uint8_t **ret)
{
	enum isokit_status st;
	size_t want;
	bool ok;

	*ret = NULL;
	if (n > CE_WINDOW_BYTES || n > t->ce_budget)
		return ISOKIT_OK;
	t->ce_budget -= n;
	if (!t->ce_bytes || at < t->ce_at || !range_inside(at - t->ce_at, n, t->ce_bytes)) {
		if (t->ce_reads++ >= MAX_CE_READS)
			return ISOKIT_OK;
		if (!t->ce_buffer)
			t->ce_buffer = malloc(CE_WINDOW_BYTES);
		if (!t->ce_buffer)
			return isokit_fail_nomem(t->l->err, t->l->img->facts.path, CE_WINDOW_BYTES);
		want = (size_t)min_u64(CE_WINDOW_BYTES, t->l->img->facts.size - at);
		st = lint_read(t->l, at, t->ce_buffer, want, "continuation area", &ok);
		t->ce_at = at;
		t->ce_bytes = !st && ok ? want : 0;
		if (st || !ok)
			return st;
	}
	*ret = t->ce_buffer + (at - t->ce_at);
	return ISOKIT_OK;
}

static enum isokit_status note_area(struct lint_tree *t, const struct lint_record *r,
				    const struct ondisk_ce *ce, uint64_t field, uint64_t at)
{
	const struct lint_range *x = lint_claimed(t->l, at, at + ce->bytes.le);

	/* Linux refuses an area that leaves its block. */
	if (ce->offset.le >= t->block_bytes || ce->bytes.le > t->block_bytes - ce->offset.le)
		lint_find_at(t, ISOKIT_F_SUSP_CE_BLOCK, r, field + 12, 16, ce->offset.le, ce->bytes.le);
	if (x)
		lint_find_at(t, ISOKIT_F_SUSP_CE_OVERLAP, r, field, 28, at, at + ce->bytes.le);
	if (t->n_areas >= MAX_AREAS)
		return ISOKIT_OK;
	if (!ARRAY_RESERVE(t->areas, t->capacity_areas, t->n_areas + 1))
		return isokit_fail_nomem(t->l->err, t->l->img->facts.path, sizeof(*t->areas));
	t->areas[t->n_areas++] = (struct lint_area){ .start = at, .bytes = ce->bytes.le, .dir = r->dir };
	return ISOKIT_OK;
}

/* The fields together, and with their record. */
static void check_sums(struct lint_tree *t, const struct lint_record *r, const struct sums *s)
{
	uint64_t use = r->offset + (uint64_t)(r->d.length - r->d.system_use_bytes);
	uint32_t type = s->mode & 0170000;

	if (s->any_rrip && !s->px && !s->re)
		lint_find_at(t, ISOKIT_F_RR_PX_MISSING, r, use, r->d.system_use_bytes, 0, 0);
	if (s->px && (type == 0120000) != s->sl)
		lint_find_at(t, ISOKIT_F_RR_SYMLINK, r, s->sl ? s->sl_at : use, 0, s->mode, s->sl);
	if (s->px && (type == 0060000 || type == 0020000) != s->pn && !ondisk_dirent_is_dot(&r->d))
		lint_find_at(t, ISOKIT_F_RR_DEVICE, r, use, 0, s->mode, s->pn);
	if (s->nm_open)
		lint_find_at(t, ISOKIT_F_RR_NAME_OPEN, r, s->nm_at + 4, 1, 0, 0);
	if (s->sl_open)
		lint_find_at(t, ISOKIT_F_RR_NAME_OPEN, r, s->sl_at + 4, 1, 1, 0);
	if (s->rr && s->rr_flags != s->seen_flags)
		lint_find_at(t, ISOKIT_F_RR_FLAGS, r, s->rr_at, 1, s->rr_flags, s->seen_flags);
	if (s->cl && (r->d.flags & ONDISK_DR_DIRECTORY))
		lint_find_at(t, ISOKIT_F_RR_PARENT, r, use, 0, 1, 0);
}

/* Where nothing announces fields: CD-ROM XA has 14 bytes with its letters, Apple and
 * others have fields all the same. Anything else is a wrong length, or hidden. */
void lint_no_system_use(struct lint_tree *t, const struct lint_record *r)
{
	const uint8_t *p = r->d.system_use;
	size_t n = r->d.system_use_bytes;
	const struct rule *rule;

	if (n == 0 || (n >= 14 && p[6] == 'X' && p[7] == 'A'))
		return;
	if (lint_is_zero(p, n)) {
		if (n >= 2)
			lint_find_at(t, ISOKIT_F_DIR_RECORD_LONG, r, r->offset, 1, r->d.length, n);
		return;
	}
	if (r->dir == 0 && r->is_first && n >= 4 && t->ns == ISOKIT_NS_ISO9660 &&
	    (p[0] == 'S' || p[1] == 'P') && memcmp(p, "SP\7\1\xbe\xef", 6) != 0) {
		lint_find_at(t, ISOKIT_F_SUSP_SP_BAD, r, r->offset + (uint64_t)(r->d.length - n), n,
			     p[2], 0);
		return;
	}
	rule = n < 4 ? NULL : rule_of(ONDISK_SIG(p[0], p[1]));
	if (rule && rule->rrip && t->ns == ISOKIT_NS_ISO9660)
		lint_find_at(t, ISOKIT_F_RR_UNRECOGNISED, r, r->offset + (uint64_t)(r->d.length - n), n, 0,
			     0);
	else if (!rule)
		lint_find_at(t, ISOKIT_F_DIR_SYSTEM_USE, r, r->offset + (uint64_t)(r->d.length - n), n,
			     n, 0);
}

enum isokit_status lint_system_use(struct lint_tree *t, const struct lint_record *r)
{
	size_t skip = t->l->img->susp_skip, bytes;
	uint64_t ce_at = 0, offset;
	const uint8_t *area;
	struct sums s = { .any_rrip = false };
	struct ondisk_ce ce = { .bytes = { 0, 0 } };
	enum isokit_status st;

	/* Only the root's "." has SP before the bytes that SP says to skip. */
	if (r->dir == 0 && r->is_first && r->d.system_use_bytes >= 7 &&
	    memcmp(r->d.system_use, "SP", 2) == 0)
		skip = 0;
	if (r->d.system_use_bytes <= skip) {
		if (!r->continues)
			lint_find_at(t, ISOKIT_F_RR_PX_MISSING, r, r->offset, r->d.length, 0, 0);
		return ISOKIT_OK;
	}
	area = r->d.system_use + skip;
	bytes = r->d.system_use_bytes - skip;
	offset = r->offset + (uint64_t)(r->d.length - r->d.system_use_bytes) + skip;
	st = check_area(t, r, area, bytes, offset, &s, &ce, &ce_at);
	for (unsigned hops = 0; !st && ce_at && hops < MAX_CE_HOPS; hops++) {
		uint64_t at = (uint64_t)ce.block.le * t->block_bytes + ce.offset.le;

		if (!range_inside(at, ce.bytes.le, t->l->img->facts.size))
			break;
		st = note_area(t, r, &ce, ce_at, at);
		if (!st)
			st = ce_bytes(t, at, ce.bytes.le, &area);
		if (st || !area)
			break;
		st = check_area(t, r, area, ce.bytes.le, at, &s, &ce, &ce_at);
	}
	if (st)
		return st;
	if (!r->continues && !s.any_rrip)
		lint_find_at(t, ISOKIT_F_RR_PX_MISSING, r, r->offset, r->d.length, 0, 0);
	check_sums(t, r, &s);
	return ISOKIT_OK;
}

/* ---- at the end of the tree --------------------------------------------------------- */

static int by_place(const void *pa, const void *pb)
{
	const struct lint_area *a = pa, *b = pb;

	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	return a->bytes > b->bytes ? -1 : a->bytes < b->bytes;
}

static int by_child(const void *pa, const void *pb)
{
	const struct lint_link *a = pa, *b = pb;

	if (a->child != b->child)
		return a->child < b->child ? -1 : 1;
	return a->up - b->up;
}

/* 5.1: an area belongs to one record. Identical ones do no harm. */
static enum isokit_status check_areas(struct lint_tree *t)
{
	const struct lint_area *far;

	/* Directories are no place for them either. */
	for (size_t i = 0; i < t->n_dirs && t->n_areas; i++) {
		const struct lint_dir *d = &t->dirs[i];

		if (t->n_areas >= 2 * (size_t)MAX_AREAS)
			break;
		if (!ARRAY_RESERVE(t->areas, t->capacity_areas, t->n_areas + 1))
			return isokit_fail_nomem(t->l->err, t->l->img->facts.path, sizeof(*t->areas));
		t->areas[t->n_areas++] = (struct lint_area){
			.start = ((uint64_t)d->lba + d->xattr_blocks) * t->block_bytes,
			.bytes = d->bytes, .dir = UINT32_MAX };
	}
	if (t->n_areas < 2)
		return ISOKIT_OK;
	qsort(t->areas, t->n_areas, sizeof(*t->areas), by_place);
	far = t->areas;
	for (size_t i = 1; i < t->n_areas; i++) {
		const struct lint_area *a = &t->areas[i];
		bool same = a->start == far->start && a->bytes == far->bytes && a->dir != UINT32_MAX &&
			    far->dir != UINT32_MAX;
		const struct lint_area *who = a->dir == UINT32_MAX ? far : a;

		if (a->bytes && a->start < far->start + far->bytes && !same && who->dir != UINT32_MAX &&
		    lint_wants(t->l, ISOKIT_F_SUSP_CE_OVERLAP))
			lint_find(t->l, ISOKIT_F_SUSP_CE_OVERLAP, a->start, a->bytes,
				  lint_path(t, who->dir, NULL), a->start,
				  min_u64(a->start + a->bytes, far->start + far->bytes));
		if (a->start + a->bytes > far->start + far->bytes)
			far = a;
	}
	return ISOKIT_OK;
}

/* 4.1.5: where a directory was, a record with CL leads to where it is; its ".."
 * leads back by a PL. */
static void check_links(struct lint_tree *t)
{
	if (!t->n_links)
		return;
	qsort(t->links, t->n_links, sizeof(*t->links), by_child);
	for (size_t i = 0; i < t->n_links; i++) {
		const struct lint_link *a = &t->links[i];
		const struct lint_link *b = i + 1 < t->n_links ? a + 1 : NULL;

		if (!a->up && b && b->up && b->child == a->child) {
			if (a->parent != b->parent)
				lint_find(t->l, ISOKIT_F_RR_PARENT_LINK, b->offset + 4, 8, NULL, b->parent,
					  a->parent);
			i++;
			continue;
		}
		lint_find(t->l, ISOKIT_F_RR_PARENT_ALONE, a->offset, 12, a->up ? "PL" : "CL", a->child,
			  0);
	}
}

enum isokit_status lint_rock_end(struct lint_tree *t)
{
	enum isokit_status st = ISOKIT_OK;

	if (!t->has_er)
		lint_find(t->l, ISOKIT_F_SUSP_NO_ER,
			  ((uint64_t)t->dirs[0].lba + t->dirs[0].xattr_blocks) * t->block_bytes, 0, NULL,
			  0, 0);
	st = check_areas(t);
	if (!st && t->complete)
		check_links(t);
	return st;
}
