/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For formats of discs: tracks as they are told of, and the text of sheets. */
#ifndef FORMAT_DISCTRACK_H
#define FORMAT_DISCTRACK_H

#include "format/medium_impl.h"

enum { SHEET_MAX_BYTES = 512 * 1024 };

/* A track as its container tells of it, before anybody has looked at its bytes. */
struct disc_track {
	struct isokit_track t;
	struct isokit_source *file; /* borrowed; NULL: its bytes are nowhere */
	uint64_t at;                /* byte of the file where INDEX 01 is */
	bool to_end;                /* t.sectors was not told: all to the end of the file */
	bool guessed;               /* t.first_lba was counted, as nobody tells: data know better */
	bool new_session;           /* its session is known to begin with it */
	struct isokit_source *gap_file; /* audio ahead of INDEX 01 is there; NULL: in `file`, right ahead */
	uint64_t gap_at;
	uint32_t gap_sectors;       /* 0: none is stored */
	bool gap_swapped;           /* of gap_file */
	bool exact;                 /* told by who made the bytes: nothing to be corrected */
};

/* Add it as far as its file goes (what is missing is damage), with the mode and the frame
 * that its sectors really have, descrambled if need be; d->t is what was found then. */
enum isokit_status disc_add_track(struct isokit_medium *m, struct disc_track *d,
				  struct isokit_error *err);

/* Sector bytes and user offset that go with a kind, for what is told by a mode alone. */
void disc_set_shape(struct isokit_track *t, enum isokit_track_kind kind, uint32_t sector_bytes);

/* ---- sheets (text) ------------------------------------------------------------------------ */

/* Could this be a sheet at all: short, and text? */
bool sheet_is_text(const struct format_probe *p);

/* All of it as UTF-8 (from UTF-16 where it has such a mark; other bytes stay as they are),
 * without a byte order mark; NUL-terminated, in the arena of `m`. */
enum isokit_status sheet_read(struct isokit_medium *m, struct isokit_source *src,
			      const char **ret_text, size_t *ret_bytes, struct isokit_error *err);

/* The data file of a sheet. `only`: the sheet names one file, so that one with the sheet's own
 * name is tried, too. */
enum isokit_status sheet_open_data(struct isokit_medium *m, const char *name, bool only,
				   struct isokit_source **ret_src, struct isokit_error *err);

/* The data file with the sheet's own name and this ending. */
enum isokit_status sheet_open_own(struct isokit_medium *m, const char *ending,
				  struct isokit_source **ret_src, struct isokit_error *err);

/* The image in an ECM file; kept by the medium. */
enum isokit_status ecm_open_source(struct isokit_medium *m, struct isokit_source *inner,
				   struct isokit_source **ret_src, struct isokit_error *err);

/* A file of sound, by its content. */
struct sheet_sound {
	struct isokit_source *samples; /* filled to whole sectors with silence; NULL: lost */
	bool swapped;                  /* big-endian */
	const char *lost;              /* why it cannot be read ("is MP3, which is not decoded"),
					* in the arena; data beside it are no worse for that */
};

enum isokit_status sheet_open_sound(struct isokit_medium *m, struct isokit_source *file,
				    struct sheet_sound *ret, struct isokit_error *err);

/* Path of what was opened, or NULL: there are no files beside it. */
const char *medium_beside_path(const struct isokit_medium *m);

/* Where a sheet is what was opened, or what lies beside the data that were opened. */
enum isokit_status cue_open_text(struct isokit_medium *m, const char *text, size_t bytes,
				 struct isokit_error *err);

enum isokit_status toc_open_text(struct isokit_medium *m, const char *text, size_t bytes,
				 struct isokit_error *err);
enum isokit_status ccd_open_text(struct isokit_medium *m, const char *text, size_t bytes,
				 struct isokit_source *img, struct isokit_error *err);
enum isokit_status mds_open_bytes(struct isokit_medium *m, const uint8_t *raw, size_t n,
				  struct isokit_error *err);

#endif
