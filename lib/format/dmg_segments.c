/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A DMG in several files: NAME.dmg, NAME.002.dmgpart, NAME.003.dmgpart … Each has a trailer
 * and a piece of the data fork, and tells where in the whole the piece belongs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/fail.h"
#include "base/scan.h"
#include "bytes/source.h"
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

/* ---- the pieces as one source ---------------------------------------------------------------- */

/* The piece with a byte; NULL: none. */
static const struct piece *find(const struct fork *f, uint64_t offset)
{
	for (size_t i = 0; i < f->n; i++)
		if (offset >= f->pieces[i].start && offset - f->pieces[i].start < f->pieces[i].bytes)
			return &f->pieces[i];
	return NULL;
}

static enum isokit_status fork_read_at(void *self, uint64_t offset, void *buffer, size_t length,
				       struct isokit_error *err)
{
	const struct fork *f = self;
	uint8_t *out = buffer;

	while (length) {
		const struct piece *p = find(f, offset);
		enum isokit_status st;
		size_t n;

		if (!p)
			return isokit_fail(err, ISOKIT_E_CORRUPT, offset, subject,
					   "no segment has these bytes");
		n = (size_t)min_u64(length, p->bytes - (offset - p->start));
		st = isokit_source_read_at(p->src, p->offset + (offset - p->start), out, n, err);
		if (st)
			return st;
		offset += n;
		out += n;
		length -= n;
	}
	return ISOKIT_OK;
}

static void fork_locate(void *self, uint64_t offset, uint64_t length,
			struct isokit_location *ret)
{
	const struct piece *p = find(self, offset);

	if (!p) {
		*ret = (struct isokit_location){ .where = ISOKIT_WHERE_READ, .fd = -1, .length = length };
		return;
	}
	length = min_u64(length, p->bytes - (offset - p->start));
	isokit_source_locate(p->src, p->offset + (offset - p->start), length, ret);
}

static void fork_close(void *self)
{
	free(self); /* the files are the medium's */
}

static const struct isokit_source_ops fork_ops = {
	.size = sizeof(fork_ops),
	.read_at = fork_read_at,
	.locate = fork_locate,
	.close = fork_close,
};

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
	uint64_t at, size = 0;
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
	for (size_t i = 0; i < f->n; i++)
		size = max_u64(size, f->pieces[i].start + f->pieces[i].bytes);
	if (!st)
		st = isokit_source_new(&fork_ops, f, size, isokit_source_name(p->src), &d->fork, err);
	if (st) {
		free(f);
		return st;
	}
	d->fork_offset = 0;
	return medium_keep(m, d->fork, err);
}
