/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What can be made of what was found: the ISO image in it, a new one of its files, or
 * nothing but the plain bytes. */
#include <isokit/layout.h>
#include <string.h>

#include "base/checked.h"
#include "base/fail.h"
#include "bytes/source.h"
#include "convert/boot.h"
#include "convert/tracks.h"

/* An ISO image that begins at byte 0; *ret is NULL when there is none, and only lack of memory
 * is a failure. Pure UDF is none: that is a file system like others. */
static enum isokit_status open_iso(struct isokit_source *src, uint32_t session,
				   struct isokit_image **ret, struct isokit_error *err)
{
	const struct isokit_image_options options = { .size = sizeof(options), .quick = true,
						      .session = session };
	struct isokit_image *img = NULL;
	enum isokit_status st = isokit_image_open_with(src, 0, &options, &img, err);

	if (st || isokit_image_facts(img)->format == ISOKIT_FORMAT_UDF) {
		isokit_image_free(img);
		img = NULL;
	}
	*ret = img;
	return st == ISOKIT_E_NOMEM ? st : ISOKIT_OK;
}

/* ---- an image on a disk --------------------------------------------------------------- */

/* The end of the last thing that something in the image names. Only asked where bytes
 * follow what the descriptors announce: it walks the trees. */
static uint64_t end_of_claims(struct isokit_image *img, uint64_t size)
{
	struct isokit_layout *layout = NULL;
	const struct isokit_region *r;
	uint64_t end = 0;
	size_t n;

	if (isokit_image_layout(img, NULL, &layout, NULL) != ISOKIT_OK)
		return size;
	r = isokit_layout_regions(layout, &n);
	for (size_t i = 0; i < n; i++)
		if (range_inside(r[i].offset, r[i].bytes, size))
			end = max_u64(end, r[i].offset + r[i].bytes);
	isokit_layout_free(layout);
	return end;
}

/* Whole sectors of zeros from a byte on: padding, which belongs to an image as it was made.
 * More of them than anybody pads with are the rest of a medium: 0. */
static uint64_t padding(struct isokit_source *src, uint64_t offset)
{
	enum { MOST_BYTES = 16 * 1024 * 1024 };
	static const uint8_t zeros[CONVERT_SECTOR];
	uint8_t sector[CONVERT_SECTOR];
	uint64_t at = offset, end = isokit_source_size(src);

	while (end - at >= sizeof(sector) && at - offset <= MOST_BYTES &&
	       isokit_source_read_at(src, at, sector, sizeof(sector), NULL) == ISOKIT_OK &&
	       memcmp(sector, zeros, sizeof(sector)) == 0)
		at += sizeof(sector);
	return at - offset > MOST_BYTES ? 0 : at - offset;
}

/* How many bytes of `src` are the image. What lies behind it in the file is told. */
static uint64_t image_bytes(struct isokit_convert *c, struct isokit_source *src,
			    struct isokit_image *img)
{
	const struct isokit_facts *f = isokit_image_facts(img);
	uint64_t size = isokit_source_size(src);
	uint64_t end = round_up(f->expected.bytes, CONVERT_SECTOR);

	if (end > size) {
		if (size % CONVERT_SECTOR != 0)
			convert_note(c, ISOKIT_CONVERT_WARNING, NULL,
				     "ends inside a sector, at byte %llu",
				     (unsigned long long)size);
		return size;
	}
	if (end < size)
		end = min_u64(size, max_u64(end, round_up(end_of_claims(img, size),
							  CONVERT_SECTOR)));
	/* On a drive that is the rest of it; blocks behind the last one of a track that was
	 * written by itself cannot even be read. */
	if (end < size && !convert_is_drive(c)) {
		end += padding(src, end);
		c->plan.dropped_behind = size - end;
	}
	if (c->plan.dropped_behind)
		convert_note(c, ISOKIT_CONVERT_NOTE, NULL,
			     "the last %llu bytes are no part of the image and are left out",
			     (unsigned long long)c->plan.dropped_behind);
	return end;
}

static enum isokit_status own(struct isokit_convert *c, enum isokit_status st,
			      struct isokit_source *src)
{
	if (!st)
		c->payload = c->owned = src;
	return st;
}

/* The sessions of an image that lies in one file. *ret_img is replaced by the chosen one. */
static enum isokit_status choose_session(struct isokit_convert *c, struct isokit_source *src,
					 struct isokit_image **io_img, uint64_t *ret_lba,
					 uint64_t *ret_end, struct isokit_error *err)
{
	const struct isokit_facts *f = isokit_image_facts(*io_img);
	size_t n = f->n_sessions, want = c->options.session;
	struct isokit_image *other;
	enum isokit_status st;

	*ret_lba = 0;
	*ret_end = isokit_source_size(src);
	if (want > n && !(want == 1 && n == 0))
		return isokit_fail(err, ISOKIT_E_NOT_FOUND, ISOKIT_NO_OFFSET, c->path,
				   "has no session %zu: there %s %zu", want, n == 1 ? "is" : "are",
				   n ? n : 1);
	if (n < 2) {
		c->plan.session = (unsigned)want;
		return ISOKIT_OK;
	}
	if (want == 0)
		want = n;
	c->plan.session = (unsigned)want;
	/* An earlier one knows nothing of what lies behind it. */
	if (want < n && f->sessions[want].lba <= *ret_end / CONVERT_SECTOR)
		*ret_end = f->sessions[want].lba * CONVERT_SECTOR;
	if (f->sessions[want - 1].shown)
		return ISOKIT_OK;
	*ret_lba = f->sessions[want - 1].lba;
	convert_note(c, ISOKIT_CONVERT_NOTE, NULL,
		     "session %zu of %zu is shown: its descriptors take the place of the first one's",
		     want, n);
	if (!convert_session_counts_from_start(src, *ret_lba)) {
		/* An image inside the image, perhaps: nothing that could be shown. */
		if (c->options.session)
			return isokit_fail(err, ISOKIT_E_CORRUPT, *ret_lba * CONVERT_SECTOR,
					   c->path, "session %zu does not lead to its files", want);
		*ret_lba = 0;
		return ISOKIT_OK;
	}
	st = open_iso(src, (uint32_t)want, &other, err);
	if (other) {
		isokit_image_free(*io_img);
		*io_img = other;
	}
	return st;
}

/* The image that begins at byte 0 of `src`, which stays the caller's. */
static enum isokit_status unwrap(struct isokit_convert *c, struct isokit_source *src,
				 struct isokit_image *img, struct isokit_error *err)
{
	struct isokit_source *view = NULL, *shown = NULL;
	enum isokit_status st;
	uint64_t bytes, lba, end;

	st = choose_session(c, src, &img, &lba, &end, err);
	if (st) {
		isokit_image_free(img);
		return st;
	}
	if (end < isokit_source_size(src)) {
		c->plan.dropped_behind = isokit_source_size(src) - end;
		bytes = end;
	} else {
		bytes = image_bytes(c, src, img);
	}
	isokit_image_free(img);
	st = bytes_view(src, 0, bytes, &view, err);
	if (!st && lba) {
		st = convert_show_session(view, lba, &shown, err);
		if (st)
			isokit_source_close(view);
		view = shown;
		c->plan.relocated = true;
	}
	c->plan.action = ISOKIT_CONVERT_UNWRAP;
	return own(c, st, view);
}

/* ---- a disc ------------------------------------------------------------------------------ */

static const struct isokit_track *find_track(const struct isokit_medium_facts *m, unsigned number,
					     size_t *ret_index)
{
	for (size_t i = 0; i < m->n_tracks; i++)
		if (m->tracks[i].number == number) {
			*ret_index = i;
			return &m->tracks[i];
		}
	return NULL;
}

/* The last session that has a data track (or the one that was asked for): its first data
 * track with an ISO image, else its first data track. */
static enum isokit_status choose_track(struct isokit_convert *c, size_t *ret_index,
				       bool *ret_found, struct isokit_error *err)
{
	const struct isokit_medium_facts *m = c->plan.medium;
	unsigned session = c->options.session;
	enum isokit_status st;

	*ret_found = false;
	for (size_t i = m->n_tracks; i-- > 0 && session == 0;)
		if (m->tracks[i].kind != ISOKIT_TRACK_AUDIO)
			session = m->tracks[i].session;
	for (size_t i = 0; i < m->n_tracks; i++) {
		const struct isokit_track *t = &m->tracks[i];
		struct isokit_source *src;
		struct isokit_image *img;

		if (t->kind == ISOKIT_TRACK_AUDIO || t->session != session)
			continue;
		if (!*ret_found)
			*ret_index = i;
		*ret_found = true;
		if (isokit_medium_track(c->medium, i, &src, NULL) != ISOKIT_OK)
			continue;
		st = open_iso(src, 0, &img, err);
		isokit_image_free(img);
		if (img)
			*ret_index = i;
		if (st || img)
			return st;
	}
	return ISOKIT_OK;
}

static enum isokit_status pick_track(struct isokit_convert *c, size_t *ret_index, bool *ret_found,
				     struct isokit_error *err)
{
	const struct isokit_medium_facts *m = c->plan.medium;
	const struct isokit_track *t;

	*ret_found = true;
	if (c->options.session > m->n_sessions)
		return isokit_fail(err, ISOKIT_E_NOT_FOUND, ISOKIT_NO_OFFSET, c->path,
				   "has no session %u: there %s %u", c->options.session,
				   m->n_sessions == 1 ? "is" : "are", m->n_sessions);
	if (c->options.track == 0)
		return choose_track(c, ret_index, ret_found, err);
	t = find_track(m, c->options.track, ret_index);
	if (!t)
		return isokit_fail(err, ISOKIT_E_NOT_FOUND, ISOKIT_NO_OFFSET, c->path,
				   "has no track %u: there %s %zu", c->options.track,
				   m->n_tracks == 1 ? "is" : "are", m->n_tracks);
	if (t->kind == ISOKIT_TRACK_AUDIO && !c->options.raw)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, c->path,
				   "track %u is audio, which cannot be in an ISO image; --audio "
				   "writes it as a WAV file", c->options.track);
	return ISOKIT_OK;
}

static const char *track_words(const struct isokit_track *t)
{
	switch (t->kind) {
	case ISOKIT_TRACK_AUDIO: return "audio";
	case ISOKIT_TRACK_MODE1: return "mode 1";
	case ISOKIT_TRACK_MODE2_FORM1: return "mode 2 form 1";
	case ISOKIT_TRACK_MODE2: return "mode 2";
	}
	return "data";
}

/* Other tracks, of which nothing will be in the image. */
static void note_other_tracks(struct isokit_convert *c, size_t index)
{
	const struct isokit_medium_facts *m = c->plan.medium;
	unsigned audio = 0, data = 0;

	for (size_t i = 0; i < m->n_tracks; i++) {
		if (i == index)
			continue;
		if (m->tracks[i].kind == ISOKIT_TRACK_AUDIO)
			audio++;
		else if (!c->plan.relocated || m->tracks[i].session > m->tracks[index].session)
			data++;
	}
	if (audio)
		convert_note(c, ISOKIT_CONVERT_NOTE, NULL,
			     "%u audio track%s cannot be in an ISO image (iso-convert --audio DIR "
			     "writes WAV files)", audio, audio == 1 ? "" : "s");
	if (data)
		convert_note(c, ISOKIT_CONVERT_NOTE, NULL,
			     "%u other data track%s: iso-convert --track N takes another one", data,
			     data == 1 ? "" : "s");
}

/* Does the image in a track count its blocks from the beginning of the disc? Then it is
 * read on a disc that has all that lies before it. */
static enum isokit_status show_disc(struct isokit_convert *c, const struct isokit_track *t,
				    struct isokit_source *track, bool *ret_shown,
				    struct isokit_error *err)
{
	struct isokit_source *disc, *view, *shown;
	enum isokit_status st;

	*ret_shown = false;
	if (t->first_lba <= 0 || convert_session_counts_from_start(track, 0) ||
	    isokit_medium_disc(c->medium, t->session, &disc, NULL) != ISOKIT_OK ||
	    !convert_session_counts_from_start(disc, (uint64_t)t->first_lba))
		return ISOKIT_OK;
	st = bytes_view(disc, 0, isokit_source_size(disc), &view, err);
	if (st)
		return st;
	st = convert_show_session(view, (uint64_t)t->first_lba, &shown, err);
	if (st) {
		isokit_source_close(view);
		return st;
	}
	c->plan.relocated = *ret_shown = true;
	c->plan.action = ISOKIT_CONVERT_UNWRAP;
	return own(c, ISOKIT_OK, shown);
}

static enum isokit_status decide_disc(struct isokit_convert *c, bool *ret_decided,
				      struct isokit_error *err)
{
	const struct isokit_medium_facts *m = c->plan.medium;
	const struct isokit_track *t;
	struct isokit_image *img;
	enum isokit_status st;
	size_t index = 0;
	bool found;

	*ret_decided = true;
	if (c->options.partition)
		return isokit_fail(err, ISOKIT_E_NOT_FOUND, ISOKIT_NO_OFFSET, c->path,
				   "is a disc with tracks, and has no partition %u",
				   c->options.partition);
	if (c->options.raw && !c->options.track) {
		st = convert_raw_disc(c, &c->payload, err);
		c->owned = c->payload;
		c->plan.action = ISOKIT_CONVERT_RAW;
		c->plan.words = convert_text(c, "the sectors of %zu track%s as they are stored",
					     m->n_tracks, m->n_tracks == 1 ? "" : "s");
		return st;
	}
	st = pick_track(c, &index, &found, err);
	if (st)
		return st;
	if (!found) {
		c->plan.why = "holds audio tracks only, which cannot be in an ISO image; iso-convert "
			      "--audio DIR writes them as WAV files";
		return ISOKIT_OK;
	}
	t = &m->tracks[index];
	c->plan.track = t->number;
	c->plan.session = m->n_sessions > 1 ? t->session : 0;
	if (c->options.raw) {
		st = convert_raw_track(c, index, &c->payload, err);
		c->owned = c->payload;
		c->plan.action = ISOKIT_CONVERT_RAW;
		c->plan.words = convert_text(c, "the sectors of track %u as they are stored",
					     t->number);
		return st;
	}
	st = isokit_medium_track(c->medium, index, &c->input, err);
	if (st)
		return st;
	st = open_iso(c->input, 0, &img, err);
	if (!img) {
		*ret_decided = false; /* another file system, perhaps */
		return st;
	}
	isokit_image_free(img);
	st = show_disc(c, t, c->input, &found, err);
	if (st)
		return st;
	if (!found) {
		c->payload = c->input;
		c->plan.action = ISOKIT_CONVERT_UNWRAP;
	}
	note_other_tracks(c, index);
	c->plan.words = convert_text(c, "track %u (%s, %u-byte sectors)%s, %llu sectors of ISO 9660",
				     t->number, track_words(t), t->sector_bytes,
				     found ? " with what lies before it on the disc" : "",
				     (unsigned long long)(isokit_source_size(c->payload) /
							  CONVERT_SECTOR));
	return ISOKIT_OK;
}

/* ---- partitions ------------------------------------------------------------------------- */

static bool is_readable(const struct isokit_disk_volume *v)
{
	return v->fs != ISOKIT_FS_NONE && v->fs != ISOKIT_FS_OTHER && v->fs != ISOKIT_FS_ISO9660 &&
	       !v->unreadable;
}

static enum isokit_status find_partition(struct isokit_convert *c, size_t *ret_index,
					 struct isokit_error *err)
{
	for (size_t i = 0; i < c->plan.n_volumes; i++)
		if (c->plan.volumes[i].partition == c->options.partition) {
			*ret_index = i;
			return ISOKIT_OK;
		}
	return isokit_fail(err, ISOKIT_E_NOT_FOUND, ISOKIT_NO_OFFSET, c->path,
			   "has no partition %u (--list shows what there is)",
			   c->options.partition);
}

static const char *volume_words(struct isokit_convert *c, const struct isokit_disk_volume *v)
{
	const char *fs = v->words ? v->words : "nothing that is known";

	if (v->partition == 0)
		return fs;
	fs = convert_text(c, "partition %u (%s)", v->partition, fs);
	return fs ? fs : "a partition";
}

/* An ISO image in a partition. */
static enum isokit_status unwrap_volume(struct isokit_convert *c, size_t index, bool *ret_done,
					struct isokit_error *err)
{
	struct isokit_source *src;
	struct isokit_image *img;
	enum isokit_status st = volume_source(c->volumes, index, &src, err);

	*ret_done = false;
	if (st)
		return st;
	st = open_iso(src, 0, &img, err);
	if (!img)
		return st;
	*ret_done = true;
	c->plan.partition = c->plan.volumes[index].partition;
	st = unwrap(c, src, img, err);
	if (!st)
		c->plan.words = convert_text(c, "partition %u, %llu sectors of ISO 9660",
					     c->plan.partition,
					     (unsigned long long)(isokit_source_size(c->payload) /
								  CONVERT_SECTOR));
	return st;
}

/* Whose files will be in a new image: all that can be read but EFI partitions, which are
 * what the others boot by. */
static void reauthor(struct isokit_convert *c)
{
	const struct isokit_disk_volume *v = c->plan.volumes;
	size_t data = 0, efi = 0, one = 0, first_efi = 0;

	for (size_t i = 0; i < c->plan.n_volumes; i++) {
		if (!is_readable(&v[i]))
			continue;
		if (v[i].esp) {
			if (!efi++)
				first_efi = i;
		} else if (!data++) {
			one = i;
		}
	}
	if (data + efi == 0 && convert_is_boot_floppy(c)) {
		c->plan.action = ISOKIT_CONVERT_REAUTHOR;
		c->plan.words = "a floppy that boots, without files that could be read";
	}
	if (data + efi == 0)
		return;
	c->plan.action = ISOKIT_CONVERT_REAUTHOR;
	if (data == 0)
		one = first_efi;
	if (data > 1) {
		c->plan.words = convert_text(c, "the files of %zu partitions, each in a folder of its "
					     "own", data);
		return;
	}
	c->plan.partition = v[one].partition;
	c->plan.words = convert_text(c, "the files of %s%s%s", volume_words(c, &v[one]),
				     *v[one].label ? ", " : "", v[one].label);
}

static void explain_nothing(struct isokit_convert *c)
{
	const struct isokit_disk_volume *v = c->plan.volumes;
	const char *why = NULL;

	for (size_t i = 0; i < c->plan.n_volumes && !why; i++) {
		if (v[i].fs == ISOKIT_FS_NONE || (c->options.partition &&
						  v[i].partition != c->options.partition))
			continue;
		why = convert_text(c, "holds no ISO 9660, and the files of %s cannot be read%s%s",
				   volume_words(c, &v[i]), v[i].unreadable ? ": " : "",
				   v[i].unreadable ? v[i].unreadable : "");
	}
	if (!why)
		why = "holds neither ISO 9660 nor a file system that is known";
	c->plan.why = why;
}

static enum isokit_status raw_disk(struct isokit_convert *c, struct isokit_error *err)
{
	struct isokit_source *src = c->input, *view;
	uint64_t size = isokit_source_size(src), end = 0;
	enum isokit_status st = ISOKIT_OK;
	size_t index = 0;

	c->plan.action = ISOKIT_CONVERT_RAW;
	if (c->options.partition) {
		st = find_partition(c, &index, err);
		if (!st)
			st = volume_source(c->volumes, index, &c->payload, err);
		c->plan.partition = c->options.partition;
		c->plan.words = convert_text(c, "partition %u as it is", c->options.partition);
		return st;
	}
	c->payload = src;
	c->plan.words = "the plain disk";
	for (size_t i = 0; c->options.trim && i < c->plan.n_volumes; i++)
		if (c->plan.volumes[i].partition)
			end = max_u64(end, c->plan.volumes[i].offset + c->plan.volumes[i].bytes);
	end = round_up(end, 4096);
	if (end == 0 || end >= size)
		return ISOKIT_OK;
	c->plan.dropped_behind = size - end;
	c->plan.words = "the plain disk up to the end of its last partition";
	if (c->plan.volumes[0].scheme && strcmp(c->plan.volumes[0].scheme, "gpt") == 0)
		convert_note(c, ISOKIT_CONVERT_WARNING, NULL,
			     "the second copy of the GPT, at the end of the disk, is not in the "
			     "result: sgdisk -e makes a new one");
	st = bytes_view(src, 0, end, &view, err);
	return own(c, st, view);
}

/* Are descriptors of an ISO, if there are any, of what was there before? Then the disk as a
 * whole is none of its volumes, or it is one of another kind. */
static bool is_left_over(const struct isokit_convert *c)
{
	const struct isokit_disk_volume *v = c->plan.volumes;

	return c->plan.n_volumes && (v->partition || (is_readable(v) && v->fs != ISOKIT_FS_ISO9660 &&
						      v->fs != ISOKIT_FS_UDF));
}

static enum isokit_status decide_disk(struct isokit_convert *c, struct isokit_error *err)
{
	struct isokit_image *img = NULL;
	enum isokit_status st = ISOKIT_OK;
	bool done = false;
	size_t index = 0;

	if (c->options.raw)
		return raw_disk(c, err);
	if (c->options.partition) {
		st = find_partition(c, &index, err);
		if (!st)
			st = unwrap_volume(c, index, &done, err);
		if (st || done)
			return st;
		c->plan.partition = c->options.partition;
		if (is_readable(&c->plan.volumes[index])) {
			c->plan.action = ISOKIT_CONVERT_REAUTHOR;
			c->plan.words = convert_text(c, "the files of %s",
						     volume_words(c, &c->plan.volumes[index]));
		}
		return ISOKIT_OK;
	}
	if (!is_left_over(c))
		st = open_iso(c->input, 0, &img, err);
	if (st)
		return st;
	if (img) {
		bool hsf = isokit_image_facts(img)->format != ISOKIT_FORMAT_ISO9660;

		st = unwrap(c, c->input, img, err);
		if (!st)
			c->plan.words = convert_text(
				c, "%llu sectors of %s%s",
				(unsigned long long)(isokit_source_size(c->payload) /
						     CONVERT_SECTOR),
				hsf ? "High Sierra" : "ISO 9660",
				c->plan.relocated ? ", shown as its last session has them" : "");
		return st;
	}
	for (index = 0; index < c->plan.n_volumes; index++) {
		if (c->plan.volumes[index].fs != ISOKIT_FS_ISO9660)
			continue;
		st = unwrap_volume(c, index, &done, err);
		if (st || done)
			return st;
	}
	reauthor(c);
	return ISOKIT_OK;
}

enum isokit_status convert_decide(struct isokit_convert *c, struct isokit_error *err)
{
	const struct isokit_medium_facts *m = c->plan.medium;
	enum isokit_status st = ISOKIT_OK;
	bool decided = false;

	if (m->shape == ISOKIT_MEDIUM_DISC)
		st = decide_disc(c, &decided, err);
	else if (c->options.track)
		return isokit_fail(err, ISOKIT_E_NOT_FOUND, ISOKIT_NO_OFFSET, c->path,
				   "is no disc with tracks: there is no track %u",
				   c->options.track);
	else
		c->input = isokit_medium_disk(c->medium);
	if (!st && !decided) {
		st = isokit_volumes_find(c->input, &c->volumes, err);
		if (!st)
			c->plan.volumes = isokit_volumes_list(c->volumes, &c->plan.n_volumes);
		if (!st)
			st = decide_disk(c, err);
	}
	if (st)
		return st;
	if (c->plan.action == ISOKIT_CONVERT_NOTHING && !c->plan.why)
		explain_nothing(c);
	if (c->payload)
		c->plan.bytes = isokit_source_size(c->payload);
	if (c->plan.action != ISOKIT_CONVERT_NOTHING && !c->plan.words)
		return isokit_fail_nomem(err, c->path, 0);
	return ISOKIT_OK;
}
