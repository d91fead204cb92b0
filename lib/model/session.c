/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sessions that a plain image still shows. A file has no table of contents, so
 * they are looked for where programs put them: xorriso keeps a first copy of
 * everything at sector 32 when it may grow the image later, and starts each
 * later session at a multiple of 32; a dump of a multi-session disc has the
 * next session right behind the volume or behind the gap of the medium. */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/checked.h"
#include "base/fail.h"
#include "model/boot.h"
#include "ondisk/volume.h"


enum { MAX_SESSIONS = 1024, EMULATED_FIRST = 32 };

struct sessions {
	struct isokit_image *img;
	struct isokit_session *list;
	size_t n, capacity;
};

/* Is there a primary descriptor for a session that begins at lba? */
static enum isokit_status probe(struct isokit_image *img, uint64_t lba,
				struct isokit_volume **ret_volume, struct isokit_error *err)
{
	uint8_t raw[SECTOR_BYTES];
	uint64_t at = (lba + 16) * SECTOR_BYTES;
	struct ondisk_volume d;
	enum isokit_status st;

	*ret_volume = NULL;
	if (!range_inside(at, SECTOR_BYTES, img->facts.size))
		return ISOKIT_OK;
	st = model_peek(img, at, raw, sizeof(raw), err);
	if (st || ondisk_volume_decode(raw, sizeof(raw), &d, NULL) ||
	    d.type != ONDISK_VD_PRIMARY || d.space_blocks.le == 0)
		return st;
	/* A session counts its blocks from the start of the medium and writes a tree
	 * of its own. Another image that only lies here (as a file, as a partition,
	 * behind this one) counts from its own start. */
	if (get_le32(d.root.p + 2) < lba)
		return ISOKIT_OK;
	*ret_volume = model_volume_from(img, raw, lba + 16, false);
	return *ret_volume ? ISOKIT_OK : isokit_fail_nomem(err, img->facts.path, sizeof(raw));
}

static enum isokit_status add(struct sessions *s, uint64_t lba, const struct isokit_volume *v,
			      struct isokit_error *err)
{
	if (!ARRAY_RESERVE(s->list, s->capacity, s->n + 1))
		return isokit_fail_nomem(err, s->img->facts.path, sizeof(*s->list));
	s->list[s->n++] = (struct isokit_session){ .lba = lba, .volume_id = v->id,
						   .blocks = v->blocks,
						   .created = v->created };
	return ISOKIT_OK;
}

static uint64_t sectors_of(const struct isokit_volume *v)
{
	return div_up((uint64_t)v->blocks * model_block_bytes(v), SECTOR_BYTES);
}

/* The session behind one that ends at `end`. */
static enum isokit_status find_next(struct isokit_image *img, uint64_t end, uint64_t *ret_lba,
				    struct isokit_volume **ret_volume, struct isokit_error *err)
{
	/* Behind the volume; with mkisofs' padding of 150; at the 16 or 32 blocks
	 * that writers align to; behind the gaps between sessions of a CD (ECMA-394:
	 * 11400 sectors after the first session, 6900 after others). */
	const uint64_t at[] = { end, round_up(end, 16), round_up(end, 32), end + 150,
				round_up(end + 150, 16), end + 11400, end + 6900 };
	enum isokit_status st;

	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		st = probe(img, at[i], ret_volume, err);
		if (st || *ret_volume) {
			*ret_lba = at[i];
			return st;
		}
	}
	return ISOKIT_OK;
}

static enum isokit_status follow(struct sessions *s, uint64_t lba, const struct isokit_volume *v,
				 struct isokit_error *err)
{
	while (v && s->n < MAX_SESSIONS) {
		struct isokit_volume *next = NULL;
		uint64_t next_lba = 0;
		enum isokit_status st = add(s, lba, v, err);

		if (!st)
			st = find_next(s->img, lba + sectors_of(v), &next_lba, &next, err);
		if (st)
			return st;
		if (next && next_lba <= lba)
			break;
		lba = next_lba;
		v = next;
	}
	return ISOKIT_OK;
}

/* Which one do the descriptors show that were read? Those at sector 16 are the
 * first session, or, where a first one stands at 32, a copy of the last: it has the
 * tree of that. */
static void mark_shown(struct isokit_image *img, struct sessions *s)
{
	uint64_t lba = img->facts.session_lba;
	size_t shown = 0;

	if (lba == 0 && s->list[0].lba == EMULATED_FIRST) {
		shown = s->n - 1;
	} else {
		while (shown + 1 < s->n && s->list[shown].lba != lba)
			shown++;
	}
	s->list[shown].shown = true;
}

static enum isokit_status publish(struct isokit_image *img, struct sessions *s,
				  struct isokit_error *err)
{
	mark_shown(img, s);
	/* What was dumped of a session may be cut off behind the volume that is shown. */
	for (size_t i = 0; s->n > 1 && i < s->n; i++)
		model_expect(img, (s->list[i].lba + s->list[i].blocks) * SECTOR_BYTES,
			     boot_numbered(img, "session", (unsigned)i + 1));
	/* A mount goes by sector 16, and there is the first of several. */
	if (s->n > 1 && s->list[0].shown && img->facts.session_lba == 0 && s->list[0].lba == 0)
		model_find(img, ISOKIT_F_SESSION_HIDDEN, (s->list[1].lba + 16) * SECTOR_BYTES,
			   SECTOR_BYTES, NULL, s->n - 1, s->list[s->n - 1].lba);
	img->facts.sessions = arena_memdup(&img->arena, s->list, s->n * sizeof(*s->list));
	img->facts.n_sessions = s->n;
	return img->facts.sessions ? ISOKIT_OK :
		isokit_fail_nomem(err, img->facts.path, s->n * sizeof(*s->list));
}

/* A session was asked for: all of them were found already, from the first on. */
static enum isokit_status take_over(struct isokit_image *img, struct isokit_error *err)
{
	const struct isokit_facts *f = &img->first->facts;
	struct sessions s = { .img = img };
	enum isokit_status st;

	s.list = malloc(f->n_sessions * sizeof(*s.list));
	if (!s.list)
		return isokit_fail_nomem(err, img->facts.path, f->n_sessions * sizeof(*s.list));
	memcpy(s.list, f->sessions, f->n_sessions * sizeof(*s.list));
	s.n = f->n_sessions;
	for (size_t i = 0; i < s.n; i++)
		s.list[i].shown = false;
	st = publish(img, &s, err);
	free(s.list);
	return st;
}

enum isokit_status model_sessions(struct isokit_image *img, struct isokit_error *err)
{
	struct sessions s = { .img = img };
	struct isokit_volume *emulated = NULL;
	enum isokit_status st = ISOKIT_OK;

	if (img->first && img->first->facts.n_sessions)
		return take_over(img, err);
	if (!img->facts.primary) { /* UDF alone: one session, of unknown length */
		static const struct isokit_session whole = { .lba = 0, .shown = true };

		img->facts.sessions = &whole;
		img->facts.n_sessions = 1;
		return ISOKIT_OK;
	}
	if (img->facts.session_lba) { /* its place was given: what is behind it can be seen */
		st = follow(&s, img->facts.session_lba, img->facts.primary, err);
		if (!st)
			st = publish(img, &s, err);
		free(s.list);
		return st;
	}
	/* The copy at 32 is older than what block 16 shows, so its tree differs. */
	if (sectors_of(img->facts.primary) > EMULATED_FIRST)
		st = probe(img, EMULATED_FIRST, &emulated, err);
	if (emulated) {
		uint64_t end = EMULATED_FIRST + sectors_of(emulated);

		/* The only session is what block 16 shows. With another tree it is the
		 * view from a partition that begins at 32 (xorriso -partition_offset). */
		if (end > sectors_of(img->facts.primary) ||
		    (end == sectors_of(img->facts.primary) &&
		     emulated->root_lba != img->facts.primary->root_lba))
			emulated = NULL;
	}
	if (!st && emulated)
		st = follow(&s, EMULATED_FIRST, emulated, err);
	else if (!st)
		st = follow(&s, 0, img->facts.primary, err);
	if (!st)
		st = publish(img, &s, err);
	free(s.list);
	return st;
}
