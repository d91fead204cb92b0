/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libburn, as far as it is used: optical.c loads it and is the only file that knows its
 * types. Everything here is of one drive, and called by one thread. What should be done is
 * decided elsewhere (plan.c). */
#ifndef BURN_OPTICAL_H
#define BURN_OPTICAL_H

#include <isokit/burn.h>

enum {
	OPTICAL_SECTOR = 2048,       /* of data */
	OPTICAL_AUDIO_SECTOR = 2352, /* of samples */
	OPTICAL_READ_SECTORS = 32,   /* one command of the drive */
};

struct optical;

/* What goes on while the drive works. */
struct optical_tick {
	const char *phase;
	unsigned track, tracks;    /* from 1 */
	uint64_t done, total;      /* sectors; of blanking and formatting: parts of 65536 */
	unsigned fifo_percent, buffer_percent;
	bool too_late;
};

struct optical_watch {
	int (*tick)(void *ctx, const struct optical_tick *now); /* not 0: stop */
	void *ctx;
};

struct optical_track {
	bool audio;
	uint64_t sectors;  /* 0: up to the end of the stream */
	bool copy, preemphasis, four_channels;
	/* At once: silence ahead of the stream (of track 1: besides the two seconds), how much of
	 * the stream is still gap, silence behind it, and INDEX 02 and so on, counted from
	 * INDEX 01. */
	uint32_t pregap_sectors, gap_sectors, postgap_sectors;
	const uint32_t *indexes;
	size_t n_indexes;
	char (*text)[ISOKIT_TEXT_BYTES]; /* in ISO 8859-1, ISOKIT_TRACK_TEXTS of them */
	const char *isrc; /* "" */
	/* Up to n bytes; less only at the end, then 0; -1: failed. By a thread of libburn. */
	long (*read)(void *ctx, void *buffer, size_t n);
	void *ctx;
};

struct optical_session {
	const struct optical_track *tracks;
	size_t n_tracks;
	char (*text)[ISOKIT_TEXT_BYTES]; /* ISOKIT_TEXTS of them; NULL: no CD-TEXT */
	const bool *has_text;                  /* which kinds there are, on disc or tracks */
	const char *catalog; /* "" */
	bool sao, simulate, multi, stream_recording;
	bool place;           /* begin at start_lba, not where the drive would */
	uint32_t start_lba;
	unsigned speed_kb;    /* 0: the fastest */
};

/* Load libburn and take the drive exclusively. `address` is a device that is there, or
 * "stdio:/dev/fd/N". `load`: close the tray. */
enum isokit_status optical_open(const char *address, bool load, struct optical **ret_optical,
				struct isokit_error *err);
void optical_close(struct optical *o, bool eject); /* NULL allowed */

/* What drive and medium say; `drive`, `problem` and the volume are left alone. */
void optical_facts(struct optical *o, struct isokit_disc_facts *facts);

/* Look at the medium afresh, after it was changed. */
enum isokit_status optical_renew(struct optical *o, struct isokit_error *err);

enum isokit_status optical_blank(struct optical *o, bool all, const struct optical_watch *watch,
				 struct isokit_error *err);
enum isokit_status optical_format(struct optical *o, const struct optical_watch *watch,
				  struct isokit_error *err);

/* Would libburn write that? Nothing is touched. */
enum isokit_status optical_check(struct optical *o, const struct optical_session *s,
				 struct isokit_error *err);
/* ISOKIT_E_CANCELLED when the watch stopped it: the drive is idle then, the medium may need
 * optical_finish(). */
enum isokit_status optical_write(struct optical *o, const struct optical_session *s,
				 const struct optical_watch *watch, struct isokit_error *err);
/* Close what an interrupted burn left open on a write-once medium. */
enum isokit_status optical_finish(struct optical *o, bool multi, struct isokit_error *err);
/* Some sectors of an overwritable medium; n_bytes is a multiple of 32 KiB. */
enum isokit_status optical_patch(struct optical *o, uint32_t lba, const void *bytes,
				 size_t n_bytes, struct isokit_error *err);

/* Up to n sectors of data from lba on; *ret_n says how many could be read, and fewer than
 * n is ISOKIT_E_IO. */
enum isokit_status optical_read(struct optical *o, uint32_t lba, void *buffer, uint32_t n,
				uint32_t *ret_n, struct isokit_error *err);
/* The same of sound. Nobody knows a drive that tells which samples these are. */
enum isokit_status optical_read_audio(struct optical *o, int32_t lba, void *buffer, uint32_t n,
				      uint32_t *ret_n, struct isokit_error *err);
uint32_t optical_readable(struct optical *o); /* sectors */
/* The tracks of the last session; how many there are, up to max. */
struct optical_place {
	uint32_t lba, sectors; /* 0 sectors: not known */
	bool audio;
};
size_t optical_tracks(struct optical *o, struct optical_place *places, size_t max);

/* What libburn said so far, oldest first. */
const char *const *optical_messages(const struct optical *o, size_t *ret_n);

#endif
