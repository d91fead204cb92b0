/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of the room: burning discs. */
#ifndef BURN_BURN_H
#define BURN_BURN_H

#include <isokit/burn.h>

#include "burn/optical.h"

/* ---- profile.c: kinds of media ---------------------------------------------------- */

enum burn_family { BURN_CD, BURN_DVD, BURN_BD, BURN_FILE };

/* How a medium takes data. */
enum burn_kind {
	BURN_READ_ONLY,
	BURN_ONCE,        /* sequential, for good */
	BURN_AGAIN,       /* sequential, can be blanked */
	BURN_ANYWHERE,    /* overwritable */
	BURN_UNKNOWN,     /* known to MMC, not to libburn */
};

struct burn_profile {
	unsigned number;
	const char *name;
	enum burn_family family;
	enum burn_kind kind;
	bool simulates;    /* has a test mode */
	bool multi;        /* sessions can follow */
	bool sized;        /* AUTO prefers a size that is announced (SAO, DAO) */
	bool formats;      /* must be formatted once */
};

/* Never NULL: what is not known is of a kind of its own. */
const struct burn_profile *burn_profile_of(unsigned number);

enum { BURN_MAX_TRACKS = 99 };

/* At single speed; 0: none such. */
double burn_sectors_per_second(unsigned profile);

/* Sectors that a track takes: padding to whole ECC blocks, shortest track of a CD. */
uint64_t burn_padded_sectors(const struct burn_profile *p, uint64_t sectors, bool tao);

/* ---- session.c: where an image belongs ----------------------------------------------- */

struct burn_origin {
	bool is_volume;
	uint32_t lba;
	uint64_t volume_bytes; /* of the descriptor, from block 0 on */
};

/* Is the source an ISO 9660 volume, and for which place? `next_lba` is tried first. */
void burn_find_origin(struct isokit_source *src, bool has_next, uint32_t next_lba,
		      struct burn_origin *ret_origin);

/* The 32 sectors from block 0 on that make a session at `lba` the one that is mounted: what
 * stands there now (`head`, 64 KiB), with the descriptors of the session in it. */
enum isokit_status burn_renew_head(struct isokit_source *session, uint32_t lba,
				   uint8_t *head, struct isokit_error *err);

/* ---- text.c: what a disc of audio says of itself --------------------------------------- */

/* The number of the disc, 13 digits, and the code of a recording, 12 letters and digits, out
 * of what people write. False: it is none. */
bool burn_catalog(const char *from, char to[16]);
bool burn_isrc(const char *from, char to[16]);

struct burn_text {
	char catalog[16]; /* "": none, or a bad one */
	bool bad_catalog, bad_isrc;
	char disc[ISOKIT_TEXTS][ISOKIT_TEXT_BYTES]; /* in ISO 8859-1 */
	struct burn_track_text {
		char text[ISOKIT_TRACK_TEXTS][ISOKIT_TEXT_BYTES], isrc[16];
	} *tracks;
	bool has[ISOKIT_TEXTS]; /* of the disc or a track */
	bool any;
	bool foreign;           /* letters that ISO 8859-1 does not have became '?' */
	bool too_long;          /* for the lead-in of a disc */
};

/* False when memory is refused. */
bool burn_text_make(const struct isokit_burn_job *job, struct burn_text *t);
void burn_text_free(struct burn_text *t);

/* ---- checks.c: what was sent, remembered to be compared ---------------------------------- */

struct burn_checks;

enum { BURN_CHECK_BYTES = 64 * 1024 }; /* that one sum is of */

/* `whole`: a SHA-256 of everything as well. */
enum isokit_status burn_checks_new(bool whole, struct burn_checks **ret_checks,
				   struct isokit_error *err);
void burn_checks_free(struct burn_checks *c);
/* In order. False when memory is refused. */
bool burn_checks_add(struct burn_checks *c, const void *bytes, size_t n);
uint64_t burn_checks_bytes(const struct burn_checks *c);
/* After the last. Digits of the SHA-256 of everything; "" when it was not wanted. */
bool burn_checks_end(struct burn_checks *c, char hex[65]);
/* Is chunk number i of that content? n is that of the whole chunk, or of the last one. */
bool burn_checks_same(const struct burn_checks *c, uint64_t i, const void *bytes, size_t n);

/* ---- open.c -------------------------------------------------------------------------------- */

struct isokit_burner {
	struct isokit_burn_options options;
	char *pseudo_folder, *sha256; /* copies of the options' */
	struct optical *optical;
	int pseudo_fd; /* or -1 */
	struct isokit_disc_facts facts;
};

/* Ask the drive again, and read the volume on the medium. */
void burner_renew_facts(struct isokit_burner *b);
/* Drive and medium of `facts`, and the volume on it. */
void burn_read_facts(struct optical *o, struct isokit_disc_facts *facts);

/* ---- sysfs.c: drives of this computer -------------------------------------------------------- */

/* Names of drives, "sr0", sorted by number. *ret_names is one block of strings. */
size_t burn_sysfs_drives(char names[][16], size_t max);
/* vendor, model, revision of a drive, without opening it. */
void burn_sysfs_facts(const char *name, struct isokit_disc_facts *facts);
/* Where it is mounted; "" when it is not. */
void burn_mounted_on(const char *path, char *to, size_t n);

/* ---- audio.c: sound against the source of its track ----------------------------------- */

/* Of track `number` (from 1), which begins at lba. */
struct burn_sound {
	unsigned number, tracks;
	int32_t lba;
	struct isokit_source *src;
	uint64_t skipped; /* bytes of the track ahead of it, for what is told */
};

/* Compare them all; the first of them that is not silent tells how much earlier or later
 * samples come back. Adds to the result. */
enum isokit_status burn_verify_sound(struct isokit_burner *b, const struct burn_sound *sounds,
				     size_t n, struct isokit_burn_result *result,
				     struct isokit_error *err);

/* ---- tracks.c: a session of several tracks ------------------------------------------------ */

/* The last session on the medium against a job. Of data tracks with checks[i] (checks may be
 * NULL), bytes[i] were sent. */
enum isokit_status burn_verify_tracks(struct isokit_burner *b, const struct isokit_burn_job *job,
				      struct burn_checks *const *checks, const uint64_t *bytes,
				      struct isokit_burn_result *result, struct isokit_error *err);

/* ---- verify.c ------------------------------------------------------------------------------------ */

/* Say that bytes of the image differ, or cannot be read; `track`: see isokit_burn_range. */
void burn_differ(struct isokit_burn_result *r, unsigned track, uint64_t offset, uint64_t bytes,
		 bool unreadable);
double burn_now(void); /* seconds */

/* Compare the medium from lba on with sums, or (checks NULL) with a source; with both the
 * sectors that differ are told, not only the chunks. Adds to the result. */
enum isokit_status burn_verify(struct isokit_burner *b, uint32_t lba, uint64_t bytes,
			       const struct burn_checks *checks, struct isokit_source *src,
			       uint64_t image_offset, struct isokit_burn_result *result,
			       struct isokit_error *err);
/* ISOKIT_E_MISMATCH and words in the result when anything differed. */
enum isokit_status burn_verdict(struct isokit_burner *b, struct isokit_burn_result *r,
				struct isokit_error *err);

#endif
