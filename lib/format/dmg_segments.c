/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A DMG in several files: NAME.dmg, NAME.002.dmgpart, NAME.003.dmgpart … Each has a trailer
 * and a piece of the data fork, and tells where in the whole the piece belongs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/fail.h"
#include "base/scan.h"
#include "bytes/join.h"
#include "format/dmg.h"

enum { MAX_SEGMENTS = 999, MAX_NAME = 1024 };

static const char subject[] = "DMG";

/* A piece of the data fork. */
struct piece {
	uint64_t start, bytes; /* in the whole */
	uint64_t offset;       /* in its file */
	struct isokit_source *src;
};

struct fork {
	size_t n;
	struct piece pieces[];
};

static int compare_pieces(const void *a, const void *b)
{
	const struct piece *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* The pieces as one source; they are the medium's. */
static enum isokit_status join_pieces(struct fork *f, const char *name,
				      struct isokit_source **ret_src, struct isokit_error *err)
{
	struct join *j = join_new();
	enum isokit_status st = ISOKIT_OK;

	if (!j)
		return isokit_fail_nomem(err, subject, sizeof(*f));
	qsort(f->pieces, f->n, sizeof(f->pieces[0]), compare_pieces);
	for (size_t i = 0; i < f->n && !st; i++) {
		const struct piece *p = &f->pieces[i];

		if (p->bytes && p->start != join_size(j))
			st = isokit_fail(err, ISOKIT_E_CORRUPT, p->start, subject,
					 "no segment, or more than one, has byte %llu of its data",
					 (unsigned long long)min_u64(p->start, join_size(j)));
		else
			st = join_add(j, p->src, p->offset, p->bytes, err);
	}
	if (!st)
		return join_finish(j, name, ret_src, err);
	join_free(j);
	return st;
}

/* ---- finding them ------------------------------------------------------------------------------ */

/* Where the number in "NAME.002.dmgpart" begins, or where ".dmg" does. */
static size_t base_bytes(const char *name)
{
	static const char part[] = ".dmgpart";
	size_t n = strlen(name), p = sizeof(part) - 1;

	if (n > p + 4 && ascii_same_nocase(name + n - p, part) && name[n - p - 4] == '.')
		return n - p - 4;
	if (n > 4 && ascii_same_nocase(name + n - 4, ".dmg"))
		return n - 4;
	return n;
}

static void name_segment(const char *name, unsigned number, char out[MAX_NAME])
{
	int n = (int)base_bytes(name);

	if (number == 1)
		snprintf(out, MAX_NAME, "%.*s.dmg", n, name);
	else
		snprintf(out, MAX_NAME, "%.*s.%03u.dmgpart", n, name, number);
}

/* The trailer of another segment. */
static enum isokit_status read_trailer(struct isokit_source *src, const char *name,
				       struct ondisk_udif *ret, struct isokit_error *err)
{
	uint64_t size = isokit_source_size(src), places[2];
	uint8_t raw[UDIF_TRAILER_BYTES];

	if (size < sizeof(raw))
		return isokit_fail(err, ISOKIT_E_SHORT, ISOKIT_NO_OFFSET, name, "no DMG segment");
	places[0] = size - sizeof(raw);
	places[1] = 0;
	for (size_t i = 0; i < 2; i++) {
		enum isokit_status st = isokit_source_read_at(src, places[i], raw, sizeof(raw), err);

		if (st)
			return st;
		if (ondisk_udif_decode(raw, sizeof(raw), ret, NULL) == ISOKIT_OK)
			return ISOKIT_OK;
	}
	return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, name,
			   "has no trailer, so it is no segment of this DMG, or cut short");
}

static enum isokit_status add_piece(struct fork *f, const struct ondisk_udif *u,
				    struct isokit_source *src, const char *name,
				    struct isokit_error *err)
{
	if (!range_inside(u->data_offset, u->data_bytes, isokit_source_size(src)) ||
	    u->running_offset > UINT64_MAX - u->data_bytes)
		return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, name,
				   "its trailer puts data outside the file");
	f->pieces[f->n++] = (struct piece){
		.start = u->running_offset, .bytes = u->data_bytes,
		.offset = u->data_offset, .src = src };
	return ISOKIT_OK;
}

static enum isokit_status add_segments(struct isokit_medium *m, const struct format_probe *p,
				       struct dmg *d, struct fork *f,
				       struct isokit_source **lists, struct isokit_error *err)
{
	const struct ondisk_udif first = d->trailer;
	const char *slash = strrchr(p->path, '/');
	char name[MAX_NAME];

	for (unsigned i = 1; i <= first.n_segments; i++) {
		struct isokit_source *src = p->src;
		struct ondisk_udif u = first;
		enum isokit_status st = ISOKIT_OK;

		name_segment(slash ? slash + 1 : p->path, i, name);
		if (i != first.segment) {
			st = medium_open_beside(m, name, &src, err);
			if (!st)
				st = read_trailer(src, name, &u, err);
			if (!st && (u.segment != i ||
				    memcmp(u.segment_id, first.segment_id, sizeof(u.segment_id)) != 0))
				st = isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, name,
						 "is segment %u of %s DMG, not %u of this one",
						 u.segment, u.segment == i ? "another" : "a", i);
		}
		if (!st)
			st = add_piece(f, &u, src, name, err);
		if (st)
			return st;
		if (d->trailer.xml_bytes == 0 && d->trailer.fork_bytes == 0 &&
		    (u.xml_bytes || u.fork_bytes)) {
			d->trailer = u;
			*lists = src;
		}
	}
	return ISOKIT_OK;
}

enum isokit_status dmg_open_segments(struct isokit_medium *m, const struct format_probe *p,
				     struct dmg *d, struct isokit_source **ret_lists,
				     struct isokit_error *err)
{
	uint64_t at;
	enum isokit_status st;
	struct fork *f;

	if (!dmg_find_trailer(p, &d->trailer, &at))
		return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, subject, "no trailer");
	*ret_lists = p->src;
	if (d->trailer.n_segments <= 1) {
		d->fork = p->src;
		d->fork_offset = d->trailer.data_offset;
		return ISOKIT_OK;
	}
	if (d->trailer.n_segments > MAX_SEGMENTS)
		return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, subject,
				   "claims to be one of %u segments", d->trailer.n_segments);
	if (!p->path)
		return isokit_fail(err, ISOKIT_E_NOT_FOUND, ISOKIT_NO_OFFSET, subject,
				   "is one of %u segments; the others cannot be looked for, since "
				   "this is no file", d->trailer.n_segments);
	f = calloc(1, sizeof(*f) + d->trailer.n_segments * sizeof(f->pieces[0]));
	if (!f)
		return isokit_fail_nomem(err, subject, sizeof(*f));
	st = add_segments(m, p, d, f, ret_lists, err);
	if (!st)
		st = join_pieces(f, isokit_source_name(p->src), &d->fork, err);
	free(f);
	if (st)
		return st;
	d->fork_offset = 0;
	return medium_keep(m, d->fork, err);
}
