/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The fence around libburn: loaded when a drive is opened, its messages kept instead of
 * printed, its handlers of signals never installed. It works in threads of its own that see
 * no signal; this one looks every tenth of a second what they do. */
#include "burn/optical.h"

#ifdef HAVE_LIBBURN /* else see optical_none.c */

#include <libburn/libburn.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/array.h"
#include "base/fail.h"
#include "base/library.h"

#define FUNCTIONS(F) \
	F(burn_disc_add_session) F(burn_disc_available_space) F(burn_disc_close_damaged) \
	F(burn_disc_create) F(burn_disc_erasable) F(burn_disc_erase) F(burn_disc_format) \
	F(burn_disc_free) F(burn_disc_free_multi_caps) F(burn_disc_get_formats) \
	F(burn_disc_get_media_id) F(burn_disc_get_msc1) F(burn_disc_get_multi_caps) \
	F(burn_disc_get_profile) F(burn_disc_get_sessions) F(burn_disc_get_status) \
	F(burn_disc_next_track_is_damaged) F(burn_disc_read_atip) F(burn_disc_track_lba_nwa) \
	F(burn_disc_write) F(burn_drive_cancel) F(burn_drive_free_speedlist) \
	F(burn_drive_get_bd_r_pow) F(burn_drive_get_disc) F(burn_drive_get_drive_role) \
	F(burn_drive_get_serial_no) F(burn_drive_get_speedlist) F(burn_drive_get_start_end_lba) \
	F(burn_drive_get_status) F(burn_drive_get_write_speed) \
	F(burn_drive_info_forget) F(burn_drive_info_free) F(burn_drive_re_assess) \
	F(burn_drive_release) \
	F(burn_drive_scan_and_grab) F(burn_drive_set_speed) F(burn_drive_wrote_well) \
	F(burn_fifo_inquire_status) F(burn_fifo_source_new) F(burn_get_read_capacity) \
	F(burn_initialize) F(burn_msgs_obtain) F(burn_msgs_set_severities) \
	F(burn_precheck_write) F(burn_random_access_write) F(burn_read_audio) F(burn_read_data) \
	F(burn_session_add_track) F(burn_session_create) F(burn_session_free) \
	F(burn_session_get_tracks) F(burn_session_set_cdtext) F(burn_source_free) \
	F(burn_text_to_sev) F(burn_track_create) F(burn_track_define_data) F(burn_track_free) \
	F(burn_track_get_entry) F(burn_track_set_cdtext) F(burn_track_set_index) \
	F(burn_track_set_isrc_string) F(burn_track_set_postgap_size) \
	F(burn_track_set_pregap_size) F(burn_track_set_source) F(burn_version) \
	F(burn_write_opts_free) F(burn_write_opts_new) F(burn_write_opts_set_has_mediacatalog) \
	F(burn_write_opts_set_mediacatalog) F(burn_write_opts_set_multi) \
	F(burn_write_opts_set_perform_opc) F(burn_write_opts_set_simulate) \
	F(burn_write_opts_set_start_byte) F(burn_write_opts_set_stream_recording) \
	F(burn_write_opts_set_underrun_proof) F(burn_write_opts_set_write_type)

enum {
	FIFO_BYTES = 16 * 1024 * 1024,     /* ahead of the drive, of a single track */
	FIFO_TRACK_BYTES = 4 * 1024 * 1024, /* of several: two of them live at the same time */
	MAX_MESSAGES = 1000,
	LOOK_MS = 100,
};

struct optical {
#define F(name) typeof(&name) name;
	FUNCTIONS(F)
#undef F
	struct burn_drive_info *info; /* one element; NULL: not taken */
	struct burn_drive *drive;
	char *address;
	bool pseudo;
	char **messages;
	size_t n_messages, capacity;
	int worst; /* rank of the message that is `cause` */
	char cause[200];
};

/* libburn declares char * where it only reads. */
static char *lent(const char *s)
{
	return (char *)(uintptr_t)s;
}

/* ---- messages -------------------------------------------------------------------------- */

static void keep_message(struct optical *o, const char *severity, const char *text)
{
	char *line = NULL;

	if (o->n_messages >= MAX_MESSAGES ||
	    !ARRAY_RESERVE(o->messages, o->capacity, o->n_messages + 1) ||
	    asprintf(&line, "libburn: %s: %s", severity, text) < 0)
		return;
	o->messages[o->n_messages++] = line;
}

/* Take what has been said. The first of the gravest becomes the cause. */
static void listen(struct optical *o)
{
	char text[BURN_MSGS_MESSAGE_LEN], severity[80];
	int code, sys_errno, rank, sorry = 0;

	(void)o->burn_text_to_sev(lent("SORRY"), &sorry, 0);
	while (o->burn_msgs_obtain(lent("ALL"), &code, text, &sys_errno, severity) > 0) {
		keep_message(o, severity, text);
		if (o->burn_text_to_sev(severity, &rank, 0) <= 0 || rank < sorry ||
		    (rank <= o->worst && o->cause[0]))
			continue;
		/* What libburn says at the end of every failure explains none. */
		if (o->cause[0] && (strstr(text, "Burn run failed") || o->worst >= sorry))
			continue;
		o->worst = rank;
		(void)snprintf(o->cause, sizeof(o->cause), "%.150s%s%.40s", text, sys_errno ? ": " : "",
			       sys_errno ? strerrordesc_np(sys_errno) : "");
	}
}

/* What is said from now on belongs to something new. */
static void begin(struct optical *o)
{
	listen(o);
	o->worst = 0;
	o->cause[0] = '\0';
}

/* "cannot be written (libburn: …)" */
static enum isokit_status fail(struct optical *o, enum isokit_status status, const char *what,
			       struct isokit_error *err)
{
	listen(o);
	return isokit_fail(err, status, ISOKIT_NO_OFFSET, NULL, "%s%s%s%s", what,
			   o->cause[0] ? " (" : "", o->cause, o->cause[0] ? ")" : "");
}

const char *const *optical_messages(const struct optical *o, size_t *ret_n)
{
	*ret_n = o->n_messages;
	return (const char *const *)o->messages;
}

/* ---- the drive -------------------------------------------------------------------------- */

#define F(name) { #name, offsetof(struct optical, name) },
static const struct library_symbol symbols[] = { FUNCTIONS(F) };
#undef F
static const struct library library = {
	"libburn.so.4", "no disc can be written", "libburn4", LIBRARY_SYMBOLS(symbols),
};

static enum isokit_status load(struct optical *o, struct isokit_error *err)
{
	int major, minor, micro;
	enum isokit_status st = library_load(&library, o, err);

	if (st)
		return st;
	o->burn_version(&major, &minor, &micro);
	if (major < 1 || (major == 1 && minor < 5) || (major == 1 && minor == 5 && micro < 4))
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, library.file,
				   "is of version %d.%d.%d, and 1.5.4 or later is needed", major,
				   minor, micro);
	if (!o->burn_initialize())
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, library.file,
				   "cannot be initialised");
	(void)o->burn_msgs_set_severities(lent("NOTE"), lent("NEVER"), lent(""));
	return ISOKIT_OK;
}

static bool take(struct optical *o, bool close_tray)
{
	if (o->burn_drive_scan_and_grab(&o->info, o->address, close_tray) != 1) {
		o->info = NULL;
		return false;
	}
	o->drive = o->info[0].drive;
	o->pseudo = o->burn_drive_get_drive_role(o->drive) != 1;
	return true;
}

enum isokit_status optical_open(const char *address, bool close_tray,
				struct optical **ret_optical, struct isokit_error *err)
{
	struct optical *o = calloc(1, sizeof(*o));
	enum isokit_status st;

	if (!o)
		return isokit_fail_nomem(err, address, sizeof(*o));
	st = load(o, err);
	if (st) {
		free(o);
		return st;
	}
	begin(o);
	o->address = strdup(address);
	if (!o->address || !take(o, close_tray)) {
		st = fail(o, ISOKIT_E_IO, "cannot be opened as a drive for discs", err);
		optical_close(o, false);
		return st;
	}
	listen(o);
	*ret_optical = o;
	return ISOKIT_OK;
}

static void let_go(struct optical *o, bool eject)
{
	if (!o->info)
		return;
	o->burn_drive_release(o->drive, eject);
	(void)o->burn_drive_info_forget(o->info, 0);
	o->burn_drive_info_free(o->info);
	o->info = NULL;
}

void optical_close(struct optical *o, bool eject)
{
	if (!o)
		return;
	let_go(o, eject);
	free(o->address);
	for (size_t i = 0; i < o->n_messages; i++)
		free(o->messages[i]);
	free(o->messages);
	free(o);
}

enum isokit_status optical_renew(struct optical *o, struct isokit_error *err)
{
	begin(o);
	/* As long as it is held, nobody mounts what was just written. But where something was
	 * stopped or failed, libburn remembers that until the drive is forgotten. */
	if (o->burn_drive_wrote_well(o->drive) && o->burn_drive_re_assess(o->drive, 0) > 0) {
		listen(o);
		return ISOKIT_OK;
	}
	let_go(o, false);
	if (!take(o, true))
		return fail(o, ISOKIT_E_IO, "does not answer after the medium was changed", err);
	listen(o);
	return ISOKIT_OK;
}

/* ---- facts --------------------------------------------------------------------------------- */

static void add_speed(struct isokit_disc_facts *f, int kb)
{
	size_t at = 0;

	if (kb <= 0)
		return;
	while (at < f->n_speeds && f->speeds_kb[at] > (uint32_t)kb)
		at++;
	if ((at < f->n_speeds && f->speeds_kb[at] == (uint32_t)kb) ||
	    f->n_speeds == ISOKIT_DISC_MAX_SPEEDS)
		return;
	memmove(f->speeds_kb + at + 1, f->speeds_kb + at,
		(f->n_speeds - at) * sizeof(f->speeds_kb[0]));
	f->speeds_kb[at] = (uint32_t)kb;
	f->n_speeds++;
}

static void speeds(struct optical *o, struct isokit_disc_facts *f)
{
	struct burn_speed_descriptor *list = NULL;

	if (o->burn_drive_get_speedlist(o->drive, &list) > 0) {
		for (struct burn_speed_descriptor *s = list; s; s = s->next)
			if (s->source != 3)
				add_speed(f, s->write_speed);
		(void)o->burn_drive_free_speedlist(&list);
	}
	if (!f->n_speeds)
		add_speed(f, o->burn_drive_get_write_speed(o->drive));
}

static void contents(struct optical *o, struct isokit_disc_facts *f)
{
	struct burn_disc *disc = o->burn_drive_get_disc(o->drive);
	struct burn_session **sessions;
	int n_sessions = 0, n_tracks, lba, nwa, capacity;

	sessions = disc ? o->burn_disc_get_sessions(disc, &n_sessions) : NULL;
	for (int i = 0; sessions && i < n_sessions; i++) {
		struct burn_track **tracks = o->burn_session_get_tracks(sessions[i], &n_tracks);

		for (int k = 0; tracks && k < n_tracks; k++) {
			struct burn_toc_entry entry;

			o->burn_track_get_entry(tracks[k], &entry);
			if (k == 0 && entry.extensions_valid & 1 && entry.start_lba >= 0)
				f->last_session_lba = (uint32_t)entry.start_lba;
			f->audio |= (f->profile == 0x08 || f->profile == 0x09 || f->profile == 0x0a) &&
				    !(entry.control & 4);
			f->n_tracks++;
		}
	}
	f->n_sessions = n_sessions > 0 ? (unsigned)n_sessions : 0;
	if (disc)
		o->burn_disc_free(disc);
	if (o->burn_get_read_capacity(o->drive, &capacity, 0) > 0 && capacity > 0)
		f->used_bytes = (uint64_t)capacity * OPTICAL_SECTOR;
	f->readable = f->used_bytes != 0;
	if (f->state == ISOKIT_DISC_APPENDABLE || f->state == ISOKIT_DISC_BLANK) {
		struct burn_write_opts *w = o->burn_write_opts_new(o->drive);

		if (w) {
			(void)o->burn_write_opts_set_write_type(w, BURN_WRITE_TAO, BURN_BLOCK_MODE1);
			if (o->burn_disc_track_lba_nwa(o->drive, w, 0, &lba, &nwa) == 1 && nwa >= 0) {
				f->has_next = true;
				f->next_lba = (uint32_t)nwa;
			}
			o->burn_write_opts_free(w);
		}
		if (f->state == ISOKIT_DISC_APPENDABLE &&
		    o->burn_disc_get_msc1(o->drive, &lba) > 0 && lba >= 0)
			f->last_session_lba = (uint32_t)lba;
		f->damaged = o->burn_disc_next_track_is_damaged(o->drive, 0) != 0;
	}
}

size_t optical_tracks(struct optical *o, struct optical_place *places, size_t max)
{
	struct burn_disc *disc = o->burn_drive_get_disc(o->drive);
	struct burn_session **sessions;
	struct burn_track **tracks;
	int n_sessions = 0, n = 0;
	size_t k = 0;

	if (!disc)
		return 0;
	sessions = o->burn_disc_get_sessions(disc, &n_sessions);
	tracks = sessions && n_sessions > 0 ?
			 o->burn_session_get_tracks(sessions[n_sessions - 1], &n) : NULL;
	for (; tracks && k < (size_t)n && k < max; k++) {
		struct burn_toc_entry entry;

		o->burn_track_get_entry(tracks[k], &entry);
		places[k] = (struct optical_place){ .audio = !(entry.control & 4) };
		if (!(entry.extensions_valid & 1))
			continue;
		places[k].lba = entry.start_lba > 0 ? (uint32_t)entry.start_lba : 0;
		places[k].sectors = entry.track_blocks > 0 ? (uint32_t)entry.track_blocks : 0;
	}
	o->burn_disc_free(disc);
	return k;
}

static void space(struct optical *o, struct isokit_disc_facts *f)
{
	off_t room = o->burn_disc_available_space(o->drive, NULL), size = 0;
	int status = 0, n, start, end;
	unsigned sas;

	f->free_bytes = room > 0 ? (uint64_t)room : 0;
	if (f->state == ISOKIT_DISC_BLANK)
		f->capacity_bytes = f->free_bytes;
	if (o->pseudo) {
		f->capacity_bytes = f->free_bytes;
		return;
	}
	if (f->profile == 0x09 || f->profile == 0x0a) {
		if (o->burn_disc_read_atip(o->drive) == 1 &&
		    o->burn_drive_get_start_end_lba(o->drive, &start, &end, 0) == 1 && end > 0)
			f->capacity_bytes = (uint64_t)end * OPTICAL_SECTOR;
	} else if (o->burn_disc_get_formats(o->drive, &status, &size, &sas, &n) == 1 && size > 0) {
		if (!f->capacity_bytes)
			f->capacity_bytes = (uint64_t)size;
		if (status == BURN_FORMAT_IS_UNFORMATTED && (f->profile == 0x12 || f->profile == 0x43))
			f->state = ISOKIT_DISC_UNFORMATTED;
	}
}

static void identify(struct optical *o, struct isokit_disc_facts *f)
{
	char *id = NULL, *code1 = NULL, *code2 = NULL, *book = NULL, *serial = NULL;
	int n = 0;

	(void)snprintf(f->vendor, sizeof(f->vendor), "%s", o->info[0].vendor);
	(void)snprintf(f->model, sizeof(f->model), "%s", o->info[0].product);
	(void)snprintf(f->revision, sizeof(f->revision), "%s", o->info[0].revision);
	if (o->pseudo)
		return;
	if (o->burn_drive_get_serial_no(o->drive, &serial, &n) > 0 && serial)
		(void)snprintf(f->serial, sizeof(f->serial), "%s", serial);
	if (o->burn_disc_get_media_id(o->drive, &id, &code1, &code2, &book, 1) > 0 && id &&
	    strspn(id, "/ _") != strlen(id))
		(void)snprintf(f->medium_id, sizeof(f->medium_id), "%s", id);
	free(id);
	free(code1);
	free(code2);
	free(book);
	free(serial);
}

void optical_facts(struct optical *o, struct isokit_disc_facts *f)
{
	struct burn_multi_caps *caps = NULL;
	char name[80] = "";
	int profile = 0;

	begin(o);
	(void)o->burn_disc_get_profile(o->drive, &profile, name);
	f->profile = profile > 0 ? (unsigned)profile : 0;
	(void)snprintf(f->profile_name, sizeof(f->profile_name), "%.47s", name);
	f->pseudo = o->pseudo;
	switch (o->burn_disc_get_status(o->drive)) {
	case BURN_DISC_BLANK:
		f->state = f->profile == 0x12 || f->profile == 0x13 || f->profile == 0x1a ||
				   f->profile == 0x43 || o->pseudo ?
				   ISOKIT_DISC_OVERWRITABLE :
				   ISOKIT_DISC_BLANK;
		break;
	case BURN_DISC_APPENDABLE:
		f->state = ISOKIT_DISC_APPENDABLE;
		break;
	case BURN_DISC_FULL:
		f->state = ISOKIT_DISC_FULL;
		break;
	case BURN_DISC_EMPTY:
		f->state = ISOKIT_DISC_NONE;
		break;
	case BURN_DISC_UNREADY:
	case BURN_DISC_UNGRABBED:
	case BURN_DISC_UNSUITABLE:
		f->state = ISOKIT_DISC_UNSUITABLE;
		break;
	}
	identify(o, f);
	if (f->state == ISOKIT_DISC_NONE)
		return;
	if (o->burn_disc_get_multi_caps(o->drive, BURN_WRITE_NONE, &caps, 0) > 0 && caps) {
		f->can_tao = caps->might_do_tao != 0;
		f->can_sao = caps->might_do_sao != 0;
		f->can_multi = caps->multi_session != 0;
		f->can_simulate = caps->might_simulate != 0;
	}
	if (caps)
		(void)o->burn_disc_free_multi_caps(&caps);
	f->rewritable = f->state == ISOKIT_DISC_OVERWRITABLE || o->burn_disc_erasable(o->drive) != 0;
	f->pow = f->profile == 0x41 && o->burn_drive_get_bd_r_pow(o->drive) == 1;
	speeds(o, f);
	contents(o, f);
	space(o, f);
	listen(o);
	if (f->state == ISOKIT_DISC_UNSUITABLE)
		(void)snprintf(f->problem, sizeof(f->problem), "%.159s",
			       o->cause[0] ? o->cause : "the drive cannot use it");
}

uint32_t optical_readable(struct optical *o)
{
	int capacity = 0;

	return o->info && o->burn_get_read_capacity(o->drive, &capacity, 0) > 0 && capacity > 0 ?
		       (uint32_t)capacity :
		       0;
}

/* What came of a reading of n sectors. */
static enum isokit_status have_read(struct optical *o, int answer, off_t got, uint32_t n,
				    size_t sector, uint32_t *ret_n, struct isokit_error *err)
{
	*ret_n = got > 0 ? (uint32_t)((size_t)got / sector) : 0;
	return answer > 0 && got == (off_t)(n * sector) ? ISOKIT_OK :
		       fail(o, ISOKIT_E_IO, "cannot be read", err);
}

enum isokit_status optical_read(struct optical *o, uint32_t lba, void *buffer, uint32_t n,
				uint32_t *ret_n, struct isokit_error *err)
{
	off_t got = 0;
	int answer;

	*ret_n = 0;
	if (!o->info)
		return isokit_fail(err, ISOKIT_E_IO, ISOKIT_NO_OFFSET, NULL, "the drive is gone");
	begin(o);
	answer = o->burn_read_data(o->drive, (off_t)lba * OPTICAL_SECTOR, buffer,
				   (off_t)n * OPTICAL_SECTOR, &got, 4);
	return have_read(o, answer, got, n, OPTICAL_SECTOR, ret_n, err);
}

enum isokit_status optical_read_audio(struct optical *o, int32_t lba, void *buffer, uint32_t n,
				      uint32_t *ret_n, struct isokit_error *err)
{
	off_t got = 0;
	int answer;

	*ret_n = 0;
	if (!o->info)
		return isokit_fail(err, ISOKIT_E_IO, ISOKIT_NO_OFFSET, NULL, "the drive is gone");
	begin(o);
	answer = o->burn_read_audio(o->drive, lba, buffer, (off_t)n * OPTICAL_AUDIO_SECTOR, &got, 4);
	return have_read(o, answer, got, n, OPTICAL_AUDIO_SECTOR, ret_n, err);
}

/* ---- a source of libburn ------------------------------------------------------------------- */

struct stream {
	const struct optical_track *track;
	off_t size;
};

static int feed(struct burn_source *source, unsigned char *buffer, int size)
{
	const struct stream *s = source->data;

	return (int)s->track->read(s->track->ctx, buffer, (size_t)size);
}

static off_t feed_size(struct burn_source *source)
{
	const struct stream *s = source->data;

	return s->size;
}

/* libburn announces a short track of a CD to the drive as one of four seconds, and then asks
 * here how much there is to be written: as much as was announced. It fills up with zeros. */
static int feed_set_size(struct burn_source *source, off_t size)
{
	struct stream *s = source->data;

	s->size = size;
	return 1;
}

static void feed_end(struct burn_source *source)
{
	free(source->data);
}

static int feed_cancel(struct burn_source *source)
{
	(void)source;
	return 1;
}

static struct burn_source *new_fifo(struct optical *o, const struct optical_track *t, bool alone)
{
	struct burn_source *s = calloc(1, sizeof(*s)), *fifo;
	int sector = t->audio ? OPTICAL_AUDIO_SECTOR : OPTICAL_SECTOR;
	struct stream *stream = malloc(sizeof(*stream));

	if (!s || !stream) {
		free(s);
		free(stream);
		return NULL;
	}
	*stream = (struct stream){ t, (off_t)t->sectors * sector };
	*s = (struct burn_source){ .refcount = 1, .get_size = feed_size,
				   .set_size = feed_set_size, .free_data = feed_end, .version = 1,
				   .read_xt = feed, .cancel = feed_cancel,
				   .data = stream };
	fifo = o->burn_fifo_source_new(s, sector, (alone ? FIFO_BYTES : FIFO_TRACK_BYTES) / sector, 0);
	o->burn_source_free(s);
	return fifo;
}

/* ---- what is to be written, in libburn's words ---------------------------------------------- */

struct work {
	struct burn_disc *disc;
	struct burn_session *session;
	struct burn_write_opts *opts;
	struct burn_source **fifos;
	size_t n_fifos;
};

static void work_end(struct optical *o, struct work *w)
{
	if (w->opts)
		o->burn_write_opts_free(w->opts);
	if (w->session)
		o->burn_session_free(w->session);
	if (w->disc)
		o->burn_disc_free(w->disc);
	for (size_t i = 0; i < w->n_fifos; i++)
		o->burn_source_free(w->fifos[i]);
	free(w->fifos);
}

/* Of a track, or (t NULL) of the session. What any of them has, the disc has, too, and be it
 * empty: libburn goes by that. */
static void set_texts(struct optical *o, const struct optical_session *session,
		      struct burn_session *s, struct burn_track *t,
		      char (*text)[ISOKIT_TEXT_BYTES])
{
	enum { FIRST_TYPE = 0x80 }; /* MMC-3 table J.2; the kinds are in that order */
	unsigned char bytes[2 + ISOKIT_TEXT_BYTES] = { 0 };

	for (int k = 0; session->text && k < (t ? ISOKIT_TRACK_TEXTS : ISOKIT_TEXTS); k++) {
		size_t skip = k == ISOKIT_TEXT_GENRE ? 2 : 0; /* a number, 0: not used */
		int n = (int)(skip + strlen(text[k]) + 1);

		if (!session->has_text[k])
			continue;
		memcpy(bytes + skip, text[k], (size_t)n - skip);
		if (t)
			(void)o->burn_track_set_cdtext(t, 0, FIRST_TYPE + k, NULL, bytes, n, 0);
		else
			(void)o->burn_session_set_cdtext(s, 0, FIRST_TYPE + k, NULL, bytes, n, 0);
	}
}

static int mode_of(const struct optical_track *t)
{
	return (t->audio ? BURN_AUDIO : BURN_MODE1) | (t->copy ? BURN_COPY : 0) |
	       (t->audio && t->preemphasis ? BURN_PREEMPHASIS : 0) |
	       (t->audio && t->four_channels ? BURN_4CH : 0);
}

/* Gaps and indexes, which a drive takes at once only. */
static void set_places(struct optical *o, struct burn_track *track, const struct optical_track *t,
		       bool first)
{
	enum { TWO_SECONDS = 150 };
	int silent = (int)t->pregap_sectors;

	if (silent)
		(void)o->burn_track_set_pregap_size(track, first ? TWO_SECONDS + silent : silent, 0);
	if (t->gap_sectors)
		(void)o->burn_track_set_index(track, 0, 0, 0);
	if (t->gap_sectors || t->n_indexes)
		(void)o->burn_track_set_index(track, 1, t->gap_sectors, 0);
	for (size_t i = 0; i < t->n_indexes; i++)
		(void)o->burn_track_set_index(track, (int)i + 2, t->gap_sectors + t->indexes[i], 0);
	if (t->postgap_sectors)
		(void)o->burn_track_set_postgap_size(track, (int)t->postgap_sectors, 0);
}

static bool add_track(struct optical *o, struct work *w, const struct optical_session *s,
		      const struct optical_track *t)
{
	struct burn_track *track = o->burn_track_create();
	struct burn_source *fifo = track ? new_fifo(o, t, s->n_tracks == 1) : NULL;
	bool ok;

	if (!fifo) {
		if (track)
			o->burn_track_free(track);
		return false;
	}
	w->fifos[w->n_fifos++] = fifo;
	o->burn_track_define_data(track, 0, 0, 1, mode_of(t));
	set_texts(o, s, w->session, track, t->text);
	if (t->isrc[0])
		(void)o->burn_track_set_isrc_string(track, lent(t->isrc), 0);
	if (t->audio && s->sao)
		set_places(o, track, t, t == s->tracks);
	ok = o->burn_track_set_source(track, fifo) == BURN_SOURCE_OK &&
	     o->burn_session_add_track(w->session, track, BURN_POS_END) == 1;
	o->burn_track_free(track);
	return ok;
}

static enum isokit_status work_start(struct optical *o, const struct optical_session *s,
				     struct work *w, struct isokit_error *err)
{
	bool ok;

	w->fifos = calloc(s->n_tracks, sizeof(struct burn_source *));
	w->disc = o->burn_disc_create();
	w->session = o->burn_session_create();
	w->opts = o->burn_write_opts_new(o->drive);
	if (!w->fifos || !w->disc || !w->session || !w->opts)
		return isokit_fail_nomem(err, "libburn", sizeof(*w));
	ok = o->burn_disc_add_session(w->disc, w->session, BURN_POS_END) == 1;
	set_texts(o, s, w->session, NULL, s->text);
	for (size_t i = 0; ok && i < s->n_tracks; i++)
		ok = add_track(o, w, s, s->tracks + i);
	if (!ok)
		return isokit_fail_nomem(err, "libburn", sizeof(*w));
	(void)o->burn_write_opts_set_write_type(w->opts, s->sao ? BURN_WRITE_SAO : BURN_WRITE_TAO,
						s->sao ? BURN_BLOCK_SAO : BURN_BLOCK_MODE1);
	(void)o->burn_write_opts_set_simulate(w->opts, s->simulate);
	o->burn_write_opts_set_multi(w->opts, s->multi);
	(void)o->burn_write_opts_set_underrun_proof(w->opts, 1);
	o->burn_write_opts_set_perform_opc(w->opts, 0); /* drives do it by themselves */
	if (s->place)
		o->burn_write_opts_set_start_byte(w->opts, (off_t)s->start_lba * OPTICAL_SECTOR);
	o->burn_write_opts_set_stream_recording(w->opts, s->stream_recording);
	if (strlen(s->catalog) == 13) {
		o->burn_write_opts_set_mediacatalog(w->opts,
						    (unsigned char *)(uintptr_t)s->catalog);
		o->burn_write_opts_set_has_mediacatalog(w->opts, 1);
	}
	return ISOKIT_OK;
}

enum isokit_status optical_check(struct optical *o, const struct optical_session *s,
				 struct isokit_error *err)
{
	char *reasons = calloc(1, BURN_REASONS_LEN);
	struct work w = { 0 };
	enum isokit_status st;

	if (!reasons)
		return isokit_fail_nomem(err, "libburn", BURN_REASONS_LEN);
	begin(o);
	st = work_start(o, s, &w, err);
	if (!st && o->burn_precheck_write(w.opts, w.disc, reasons, 1) <= 0) {
		for (char *p = reasons; *p; p++)
			*p = *p == '\n' ? ' ' : *p;
		st = isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, NULL,
				 "libburn refuses: %.200s", reasons);
	}
	work_end(o, &w);
	free(reasons);
	return st;
}

/* ---- what takes time -------------------------------------------------------------------------- */

static const char *phase_of(enum burn_drive_status status)
{
	switch (status) {
	case BURN_DRIVE_ERASING:
		return "blank";
	case BURN_DRIVE_FORMATTING:
		return "format";
	case BURN_DRIVE_WRITING_LEADOUT:
	case BURN_DRIVE_CLOSING_TRACK:
	case BURN_DRIVE_CLOSING_SESSION:
		return "close";
	case BURN_DRIVE_IDLE:
	case BURN_DRIVE_SPAWNING:
	case BURN_DRIVE_READING:
	case BURN_DRIVE_WRITING:
	case BURN_DRIVE_WRITING_LEADIN:
	case BURN_DRIVE_GRABBING:
	case BURN_DRIVE_WRITING_PREGAP:
	case BURN_DRIVE_READING_SYNC:
	case BURN_DRIVE_WRITING_SYNC:
		break;
	}
	return "write";
}

static void fill(struct optical *o, const struct work *w, const struct optical_session *s,
		 const struct burn_progress *p, struct optical_tick *tick)
{
	int size = 0, room = 0;
	char *words;

	tick->done = p->sector > 0 ? (uint64_t)p->sector : 0;
	tick->total = p->sectors > 0 ? (uint64_t)p->sectors : 0;
	if (!w)
		return;
	tick->tracks = (unsigned)s->n_tracks;
	tick->track = (unsigned)p->track + 1;
	tick->total = 0;
	/* A short track of a CD is filled up, which does not count. */
	if ((size_t)p->track < s->n_tracks && s->tracks[p->track].sectors &&
	    tick->done > s->tracks[p->track].sectors)
		tick->done = s->tracks[p->track].sectors;
	for (size_t i = 0; i < s->n_tracks; i++) {
		tick->total += s->tracks[i].sectors;
		tick->done += i < (size_t)p->track ? s->tracks[i].sectors : 0;
	}
	if (p->buffer_capacity && p->buffer_available <= p->buffer_capacity)
		tick->buffer_percent = (unsigned)(100 * (uint64_t)(p->buffer_capacity - p->buffer_available) /
						  p->buffer_capacity);
	if ((size_t)p->track < w->n_fifos &&
	    o->burn_fifo_inquire_status(w->fifos[p->track], &size, &room, &words) >= 0 && size > 0)
		tick->fifo_percent = (unsigned)(100 * (int64_t)(size - room) / size);
}

/* Until the drive is idle. True: the watch wanted to stop. */
static bool wait_idle(struct optical *o, const struct work *w, const struct optical_session *s,
		      const struct optical_watch *watch)
{
	const struct timespec look = { .tv_nsec = LOOK_MS * 1000 * 1000 };
	struct burn_progress p = { 0 };
	enum burn_drive_status status;
	uint64_t most = 0;
	bool stopped = false;

	while ((status = o->burn_drive_get_status(o->drive, &p)) != BURN_DRIVE_IDLE) {
		struct optical_tick tick = { .phase = phase_of(status) };
		bool stops = status == BURN_DRIVE_WRITING || status == BURN_DRIVE_WRITING_PREGAP;

		if (status != BURN_DRIVE_SPAWNING) {
			fill(o, w, s, &p, &tick);
			/* At the end libburn counts from 0 again, and still says that it writes. */
			if (w && tick.done < most) {
				tick.done = most;
				tick.phase = "close";
			}
			most = tick.done;
			tick.too_late = stopped || !stops;
			if (stopped)
				tick.phase = "close";
			if (watch->tick(watch->ctx, &tick) && stops && !stopped) {
				o->burn_drive_cancel(o->drive);
				stopped = true;
			}
		}
		listen(o);
		(void)nanosleep(&look, NULL);
	}
	/* How far it came, where it did not come to its end. */
	if (w && p.sector > 0) {
		struct optical_tick tick = { .phase = "close", .too_late = true };

		fill(o, w, s, &p, &tick);
		(void)watch->tick(watch->ctx, &tick);
	}
	return stopped;
}

/* Threads that libburn starts now see no signal. */
static void quietly(sigset_t *old)
{
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, old);
}

enum isokit_status optical_blank(struct optical *o, bool all, const struct optical_watch *watch,
				 struct isokit_error *err)
{
	sigset_t old;

	begin(o);
	quietly(&old);
	o->burn_disc_erase(o->drive, !all);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	(void)wait_idle(o, NULL, NULL, watch);
	if (!o->burn_drive_wrote_well(o->drive))
		return fail(o, ISOKIT_E_IO, "the medium cannot be blanked", err);
	return optical_renew(o, err);
}

enum isokit_status optical_format(struct optical *o, const struct optical_watch *watch,
				  struct isokit_error *err)
{
	sigset_t old;

	begin(o);
	quietly(&old);
	o->burn_disc_format(o->drive, 0, 0);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	(void)wait_idle(o, NULL, NULL, watch);
	if (!o->burn_drive_wrote_well(o->drive))
		return fail(o, ISOKIT_E_IO, "the medium cannot be formatted", err);
	return optical_renew(o, err);
}

enum isokit_status optical_write(struct optical *o, const struct optical_session *s,
				 const struct optical_watch *watch, struct isokit_error *err)
{
	struct work w = { 0 };
	enum isokit_status st;
	bool stopped;
	sigset_t old;

	begin(o);
	st = work_start(o, s, &w, err);
	if (!st) {
		o->burn_drive_set_speed(o->drive, 0, (int)s->speed_kb);
		quietly(&old);
		o->burn_disc_write(w.opts, w.disc);
		pthread_sigmask(SIG_SETMASK, &old, NULL);
		stopped = wait_idle(o, &w, s, watch);
		if (stopped)
			st = isokit_fail(err, ISOKIT_E_CANCELLED, ISOKIT_NO_OFFSET, NULL, "interrupted");
		else if (!o->burn_drive_wrote_well(o->drive))
			st = fail(o, ISOKIT_E_IO, "the drive could not write", err);
	}
	work_end(o, &w);
	listen(o);
	return st;
}

enum isokit_status optical_finish(struct optical *o, bool multi, struct isokit_error *err)
{
	struct burn_write_opts *w;
	int r = 0;

	begin(o);
	w = o->burn_write_opts_new(o->drive);
	if (w) {
		(void)o->burn_write_opts_set_write_type(w, BURN_WRITE_TAO, BURN_BLOCK_MODE1);
		o->burn_write_opts_set_multi(w, multi);
		r = o->burn_disc_close_damaged(w, 1);
		o->burn_write_opts_free(w);
	}
	return r == 1 ? optical_renew(o, err) :
			fail(o, ISOKIT_E_IO, "the track cannot be closed", err);
}

enum isokit_status optical_patch(struct optical *o, uint32_t lba, const void *bytes,
				 size_t n_bytes, struct isokit_error *err)
{
	begin(o);
	if (o->burn_random_access_write(o->drive, (off_t)lba * OPTICAL_SECTOR,
					(char *)(uintptr_t)bytes, (off_t)n_bytes, 1) != 1)
		return fail(o, ISOKIT_E_IO, "the first sectors cannot be written", err);
	listen(o);
	return ISOKIT_OK;
}

#endif
