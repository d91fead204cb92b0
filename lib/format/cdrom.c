/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Discs in drives, through libcdio. The kernel shows a disc as one run of 2048-byte blocks:
 * audio in it is damage, and where a session begins is not there. libcdio asks the drive. */
#include "format/cdrom.h"

#include <linux/cdrom.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#ifdef HAVE_LIBCDIO
#include <cdio/cdio.h>
#include <cdio/cdtext.h>
#include <cdio/logging.h>
#include <cdio/mmc.h>
#endif

#include "base/checked.h"
#include "base/fail.h"
#include "base/library.h"
#include "format/disctrack.h"
#include "ondisk/cdsector.h"
#include "ondisk/cdtoc.h"

bool cdrom_has_tracks(struct isokit_source *src)
{
	struct cdrom_tochdr head;
	struct cdrom_tocentry entry = { .cdte_format = CDROM_LBA };
	struct isokit_location at;
	struct stat info;

	if (isokit_source_size(src) == 0)
		return false;
	isokit_source_locate(src, 0, 1, &at);
	if (at.where != ISOKIT_WHERE_FD || fstat(at.fd, &info) != 0 || !S_ISBLK(info.st_mode) ||
	    ioctl(at.fd, CDROMREADTOCHDR, &head) != 0)
		return false;
	entry.cdte_track = head.cdth_trk0;
	return head.cdth_trk1 > head.cdth_trk0 ||
	       (ioctl(at.fd, CDROMREADTOCENTRY, &entry) == 0 && !(entry.cdte_ctrl & CDROM_DATA_TRACK));
}

#ifdef HAVE_LIBCDIO

#define CDIO_FUNCTIONS(F) F(cdio_open) F(cdio_destroy) F(cdio_log_set_handler) \
	F(cdio_get_first_track_num) F(cdio_get_num_tracks) F(cdio_get_track_lsn) \
	F(cdio_get_track_format) F(cdio_get_last_session) F(cdio_get_disc_last_lsn) \
	F(cdio_read_audio_sectors) F(cdio_get_cdtext) F(cdtext_get_const) F(mmc_run_cmd)

/* Closed when the last track that is read through it is. */
struct drive {
#define F(name) typeof(&name) name;
	CDIO_FUNCTIONS(F)
#undef F
	CdIo_t *handle;
	pthread_mutex_t lock; /* libcdio knows of no threads */
	unsigned users;
};

/* Its own handler prints, and ends the process after errors. */
static void log_nothing(cdio_log_level_t level, const char *message)
{
	(void)level;
	(void)message;
}

static void drive_release(struct drive *d)
{
	bool last;

	pthread_mutex_lock(&d->lock);
	last = --d->users == 0;
	pthread_mutex_unlock(&d->lock);
	if (!last)
		return;
	if (d->handle)
		d->cdio_destroy(d->handle);
	pthread_mutex_destroy(&d->lock);
	free(d);
}

#define F(name) { #name, offsetof(struct drive, name) },
static const struct library_symbol symbols[] = { CDIO_FUNCTIONS(F) };
#undef F
static const struct library library = {
	"libcdio.so.19", "the tracks of a disc in a drive cannot be told", "libcdio19",
	LIBRARY_SYMBOLS(symbols),
};

static enum isokit_status drive_open(const char *path, int driver, struct drive **ret,
				     struct isokit_error *err)
{
	struct drive *d;
	enum isokit_status st = library_new(&library, sizeof(*d), (void **)&d, err);

	if (st)
		return st;
	pthread_mutex_init(&d->lock, NULL);
	d->users = 1;
	d->cdio_log_set_handler(log_nothing);
	d->handle = d->cdio_open(path, driver ? (driver_id_t)driver : DRIVER_DEVICE);
	if (!d->handle) {
		drive_release(d);
		return isokit_fail(err, ISOKIT_E_IO, ISOKIT_NO_OFFSET, path,
				   "libcdio cannot read the disc in this drive");
	}
	*ret = d;
	return ISOKIT_OK;
}

/* ---- what is on it ---------------------------------------------------------------------- */

/* All sessions, from the drive itself. */
static bool read_full_toc(const struct drive *d, struct ondisk_cdtoc *toc)
{
	enum { FULL_TOC = 2, TIMEOUT_MS = 10000 };
	uint8_t raw[4 + 11 * 256] = { 0 };
	mmc_cdb_t cdb = { { 0 } };

	cdb.field[0] = CDIO_MMC_GPCMD_READ_TOC;
	cdb.field[1] = 2; /* MSF */
	cdb.field[2] = FULL_TOC;
	cdb.field[6] = 1; /* from session 1 */
	cdb.field[7] = (uint8_t)(sizeof(raw) >> 8);
	cdb.field[8] = (uint8_t)sizeof(raw);
	return d->mmc_run_cmd(d->handle, TIMEOUT_MS, &cdb, SCSI_MMC_DATA_READ, sizeof(raw), raw) == 0 &&
	       ondisk_cdtoc_decode(raw, sizeof(raw), toc, NULL) == ISOKIT_OK;
}

/* Of a drive that does not know that command: only where the last session begins is known. */
static void ask_for_tracks(const struct drive *d, struct ondisk_cdtoc *toc)
{
	unsigned first = d->cdio_get_first_track_num(d->handle);
	unsigned n = d->cdio_get_num_tracks(d->handle);
	lsn_t last = 0, end;

	*toc = (struct ondisk_cdtoc){ .n_sessions = 1 };
	if (first == CDIO_INVALID_TRACK || n == CDIO_INVALID_TRACK)
		return;
	if (d->cdio_get_last_session(d->handle, &last) != DRIVER_OP_SUCCESS)
		last = 0;
	for (unsigned i = first; i < first + n && i <= ONDISK_CDTOC_TRACKS; i++) {
		lsn_t at = d->cdio_get_track_lsn(d->handle, (track_t)i);
		bool audio = d->cdio_get_track_format(d->handle, (track_t)i) == TRACK_FORMAT_AUDIO;

		if (at == CDIO_INVALID_LSN)
			continue;
		toc->tracks[i] = (struct ondisk_cdtoc_track){
			.set = true, .session = last > 0 && at >= last ? 2 : 1,
			.control = audio ? 0 : ONDISK_CDTOC_CONTROL_DATA, .lba = at,
		};
		if (toc->tracks[i].session > toc->n_sessions)
			toc->n_sessions = toc->tracks[i].session;
	}
	end = d->cdio_get_disc_last_lsn(d->handle);
	if (end != CDIO_INVALID_LSN)
		toc->lead_out[toc->n_sessions] = end;
}

static void put_text(const struct drive *d, const cdtext_t *text, cdtext_field_t field, unsigned track,
		     char *to, size_t capacity)
{
	const char *s = text ? d->cdtext_get_const(text, field, (track_t)track) : NULL;

	(void)snprintf(to, capacity, "%s", s ? s : "");
}

/* ---- audio ---------------------------------------------------------------------------------- */

struct audio {
	struct isokit_medium *medium;
	struct drive *drive;
	unsigned number;
	lsn_t at;
};

/* What cannot be read is silent, and damage. */
static void read_sector(struct audio *a, uint32_t sector, uint8_t *to)
{
	enum { TRIES = 3 };

	for (unsigned i = 0; i < TRIES; i++)
		if (a->drive->cdio_read_audio_sectors(a->drive->handle, to, a->at + (lsn_t)sector, 1) ==
		    DRIVER_OP_SUCCESS)
			return;
	memset(to, 0, ONDISK_CD_RAW_BYTES);
	medium_damaged(a->medium, a->number, (uint64_t)sector * ONDISK_CD_RAW_BYTES,
		       ONDISK_CD_RAW_BYTES, "the drive cannot read this sector of audio");
}

static enum isokit_status audio_read_at(void *self, uint64_t offset, void *buffer, size_t length,
					struct isokit_error *err)
{
	enum { AT_ONCE = 24 }; /* sectors: what drives give in one command */
	struct audio *a = self;
	uint8_t *raw = malloc(AT_ONCE * ONDISK_CD_RAW_BYTES), *to = buffer;

	if (!raw)
		return isokit_fail_nomem(err, "audio", AT_ONCE * ONDISK_CD_RAW_BYTES);
	while (length) {
		uint32_t sector = (uint32_t)(offset / ONDISK_CD_RAW_BYTES);
		size_t within = (size_t)(offset % ONDISK_CD_RAW_BYTES);
		uint32_t n = (uint32_t)min_u64(div_up(within + (uint64_t)length, ONDISK_CD_RAW_BYTES),
					       AT_ONCE);
		size_t bytes = (size_t)min_u64((uint64_t)n * ONDISK_CD_RAW_BYTES - within, length);

		pthread_mutex_lock(&a->drive->lock);
		if (a->drive->cdio_read_audio_sectors(a->drive->handle, raw, a->at + (lsn_t)sector, n) !=
		    DRIVER_OP_SUCCESS)
			for (uint32_t i = 0; i < n; i++)
				read_sector(a, sector + i, raw + (size_t)i * ONDISK_CD_RAW_BYTES);
		pthread_mutex_unlock(&a->drive->lock);
		memcpy(to, raw + within, bytes);
		to += bytes;
		offset += bytes;
		length -= bytes;
	}
	free(raw);
	return ISOKIT_OK;
}

static void audio_close(void *self)
{
	struct audio *a = self;

	drive_release(a->drive);
	free(a);
}

static const struct isokit_source_ops audio_ops = {
	.size = sizeof(audio_ops),
	.read_at = audio_read_at,
	.close = audio_close,
};

static enum isokit_status add_audio(struct isokit_medium *m, struct drive *d,
				    const struct isokit_track *t, const char *path,
				    struct isokit_error *err)
{
	struct audio *a = malloc(sizeof(*a));
	struct isokit_source *src;
	enum isokit_status st;

	if (!a)
		return isokit_fail_nomem(err, path, sizeof(*a));
	*a = (struct audio){ m, d, t->number, t->first_lba };
	st = isokit_source_new(&audio_ops, a, (uint64_t)t->sectors * ONDISK_CD_RAW_BYTES, path, &src,
			       err);
	if (st) {
		free(a);
		return st;
	}
	pthread_mutex_lock(&d->lock);
	d->users++;
	pthread_mutex_unlock(&d->lock);
	return medium_add_track(m, t, src, err);
}

/* ---- tracks ---------------------------------------------------------------------------------- */

static enum isokit_status add_track(struct isokit_medium *m, struct drive *d,
				    struct isokit_source *src, const char *path,
				    const struct ondisk_cdtoc *toc, unsigned number,
				    const cdtext_t *text, struct isokit_error *err)
{
	const struct ondisk_cdtoc_track *from = &toc->tracks[number];
	struct disc_track t = { .file = src, .exact = true };

	t.t.number = number;
	t.t.session = from->session;
	t.t.first_lba = from->lba;
	t.t.sectors = ondisk_cdtoc_sectors(toc, number);
	put_text(d, text, CDTEXT_FIELD_TITLE, number, t.t.text[ISOKIT_TEXT_TITLE], ISOKIT_TEXT_BYTES);
	put_text(d, text, CDTEXT_FIELD_PERFORMER, number, t.t.text[ISOKIT_TEXT_PERFORMER],
		 ISOKIT_TEXT_BYTES);
	if (from->control & ONDISK_CDTOC_CONTROL_DATA) {
		disc_set_shape(&t.t, ISOKIT_TRACK_MODE1, 2048);
		t.at = (uint64_t)(from->lba > 0 ? from->lba : 0) * 2048;
		return disc_add_track(m, &t, err);
	}
	disc_set_shape(&t.t, ISOKIT_TRACK_AUDIO, ONDISK_CD_RAW_BYTES);
	return add_audio(m, d, &t.t, path, err);
}

enum isokit_status cdrom_open(struct isokit_medium *m, struct isokit_source *src, const char *path,
			      int driver, struct isokit_error *err)
{
	const cdtext_t *text = NULL;
	struct ondisk_cdtoc *toc;
	unsigned n = 0;
	enum isokit_status st;
	struct drive *d = NULL;

	st = drive_open(path, driver, &d, err);
	if (st)
		return st;
	toc = malloc(sizeof(*toc));
	if (!toc)
		st = isokit_fail_nomem(err, path, sizeof(*toc));
	if (!st && !read_full_toc(d, toc))
		ask_for_tracks(d, toc);
	if (!st)
		text = d->cdio_get_cdtext(d->handle);
	for (unsigned i = 1; i <= ONDISK_CDTOC_TRACKS && !st; i++)
		if (toc->tracks[i].set && ++n)
			st = add_track(m, d, src, path, toc, i, text, err);
	if (!st && n == 0)
		st = isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, path,
				 "the drive tells of no track on its disc");
	free(toc);
	drive_release(d);
	return st;
}

#else

enum isokit_status cdrom_open(struct isokit_medium *m, struct isokit_source *src, const char *path,
			      int driver, struct isokit_error *err)
{
	(void)m;
	(void)src;
	(void)driver;
	return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, path,
			   "a disc with several tracks, or audio: this isokit was built without libcdio, "
			   "which reads them");
}

#endif
