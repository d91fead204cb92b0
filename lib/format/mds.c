/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Alcohol 120%: a descriptor (.mds) and sectors (.mdf), also in several files. */
#include "ondisk/mds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "format/disctrack.h"
#include "format/formats.h"
#include "bytes/join.h"

enum { MAX_DESCRIPTOR = 8 * 1024 * 1024, FIRST_DVD = 0x10, SUBCHANNEL_BYTES = 96 };

static unsigned mds_probe(const struct format_probe *p, char evidence[FORMAT_EVIDENCE])
{
	if (!ondisk_mds_is(p->head, p->head_bytes))
		return 0;
	snprintf(evidence, FORMAT_EVIDENCE, "MEDIA DESCRIPTOR at byte 0, version %u", p->head[16]);
	return 95;
}

/* "*.mdf" is a pattern: the name of the descriptor with that ending. */
static enum isokit_status open_data(struct isokit_medium *m, const char *name, bool only,
				    struct isokit_source **ret_src, struct isokit_error *err)
{
	if (name[0] == '*' || name[0] == '\0')
		return sheet_open_own(m, name[0] ? name + 1 : ".mdf", ret_src, err);
	return sheet_open_data(m, name, only, ret_src, err);
}

/* All files of a track, one behind the other. */
static enum isokit_status open_files(struct isokit_medium *m, const uint8_t *raw, size_t n,
				     const struct ondisk_mds_track *t, struct isokit_source **ret_src,
				     struct isokit_error *err)
{
	char name[ONDISK_MDS_NAME] = "";
	enum isokit_status st = ISOKIT_OK;
	struct isokit_source *src;
	struct join *j;

	if (t->n_files <= 1) {
		if (t->n_files)
			ondisk_mds_name(raw, n, t->files[0].offset, t->files[0].wide, name);
		return open_data(m, name, true, ret_src, err);
	}
	j = join_new();
	if (!j)
		return isokit_fail_nomem(err, "Alcohol descriptor", sizeof(j));
	for (unsigned i = 0; !st && i < t->n_files; i++) {
		ondisk_mds_name(raw, n, t->files[i].offset, t->files[i].wide, name);
		st = open_data(m, name, false, &src, err);
		if (!st)
			st = join_add(j, src, 0, isokit_source_size(src), err);
	}
	if (st) {
		join_free(j);
		return st;
	}
	st = join_finish(j, name, ret_src, err);
	return st ? st : medium_keep(m, *ret_src, err);
}

static bool same_files(const struct ondisk_mds_track *a, const struct ondisk_mds_track *b)
{
	return a->n_files == b->n_files && memcmp(a->files, b->files, sizeof(a->files)) == 0;
}

static enum isokit_track_kind kind_of(unsigned mode)
{
	switch (mode & 7) {
	case 1:
		return ISOKIT_TRACK_AUDIO;
	case 2:
		return ISOKIT_TRACK_MODE1;
	default:
		return ISOKIT_TRACK_MODE2_FORM1;
	}
}

static void shape(struct isokit_track *t, const struct ondisk_mds_track *from, bool dvd)
{
	uint32_t bytes = from->sector_bytes;
	enum isokit_track_kind kind = dvd ? ISOKIT_TRACK_MODE1 : kind_of(from->mode);

	/* 2048 and 96 more, say: what is in front decides where the data are. */
	if (from->subchannels && bytes > SUBCHANNEL_BYTES + 2048 && bytes < 2352 + SUBCHANNEL_BYTES) {
		disc_set_shape(t, kind, bytes - SUBCHANNEL_BYTES);
		t->sector_bytes = bytes;
		t->framed = false;
	} else {
		disc_set_shape(t, kind, bytes);
	}
}

enum isokit_status mds_open_bytes(struct isokit_medium *m, const uint8_t *raw, size_t n,
				  struct isokit_error *err)
{
	struct ondisk_mds *mds = arena_alloc(medium_arena(m), sizeof(*mds));
	struct isokit_source *file = NULL;
	enum isokit_status st;

	if (!mds)
		return isokit_fail_nomem(err, "Alcohol descriptor", sizeof(*mds));
	st = ondisk_mds_decode(raw, n, mds, err);
	for (unsigned i = 0; !st && i < mds->n_tracks; i++) {
		const struct ondisk_mds_track *t = &mds->tracks[i];
		struct disc_track d = {.at = t->at};

		if (!file || !same_files(t, t - 1))
			st = open_files(m, raw, n, t, &file, err);
		if (st)
			break;
		d.file = file;
		d.t.number = t->number;
		d.t.session = t->session;
		d.t.first_lba = t->lba;
		d.t.pregap_sectors = t->pregap;
		d.t.sectors = t->sectors;
		d.to_end = !t->sectors_set;
		shape(&d.t, t, mds->medium >= FIRST_DVD);
		snprintf(d.t.file, sizeof(d.t.file), "%s", isokit_source_name(file));
		st = disc_add_track(m, &d, err);
	}
	return st;
}

static enum isokit_status mds_open(struct isokit_medium *m, const struct format_probe *p,
				   struct isokit_error *err)
{
	enum isokit_status st;
	uint8_t *raw;

	if (p->size > MAX_DESCRIPTOR)
		return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, isokit_source_name(p->src),
				   "is too large for an Alcohol descriptor");
	raw = malloc((size_t)p->size);
	if (!raw)
		return isokit_fail_nomem(err, isokit_source_name(p->src), (size_t)p->size);
	st = isokit_source_read_at(p->src, 0, raw, (size_t)p->size, err);
	if (!st)
		st = mds_open_bytes(m, raw, (size_t)p->size, err);
	free(raw);
	return st;
}

const struct format format_mds = {
	.name = "mds",
	.words = "Alcohol descriptor",
	.probe = mds_probe,
	.open = mds_open,
};
