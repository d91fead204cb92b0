/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A libburn with one drive in it, for tests of what no pseudo drive can be: CDs, audio,
 * sessions, media that are blanked. It is found as libburn.so.4 through LD_LIBRARY_PATH. The
 * medium is a state in the file $FAKEBURN (read and written by hand, see load()) and sectors
 * of 2352 bytes in the file that the address names; what was asked for is logged in
 * $FAKEBURN.log. It is strict where drives are: a size must be known at once, nothing is
 * written to what is not writable, run-out sectors cannot be read, and a command that comes
 * too close to them fails. */
#include <fcntl.h>
#include <libburn/libburn.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STRIDE = 2352, MAX = 99, RUN_OUT = 2 };

struct burn_track {
	int refs, start, sectors, session, mode, pregap, postgap, indexes, index[100];
	bool tao;
	struct burn_source *source;
	char isrc[16], title[80];
};
struct burn_session {
	int refs, n;
	struct burn_track *tracks[MAX];
};
struct burn_disc {
	int n;
	struct burn_session *sessions[MAX];
};
struct burn_write_opts {
	enum burn_write_types type;
	int multi, simulate;
	long long start;
};
struct burn_drive {
	int fd, profile, capacity, fail_at, delay_us, n;
	bool blank, open, fast; /* open: a session can follow; fast: blanked that way */
	struct burn_track tracks[MAX];
	struct burn_session list[MAX];
	struct burn_session *sessions[MAX];
	/* What it is doing. */
	enum burn_drive_status busy;
	struct burn_progress progress;
	struct burn_write_opts opts;
	struct burn_disc *job;
	bool cancel, failed, text;
	pthread_t thread;
};

static struct burn_drive the;
static char message[200];

static void say(const char *format, ...)
{
	char path[1000];
	va_list ap;
	FILE *f;

	snprintf(path, sizeof(path), "%s.log", getenv("FAKEBURN"));
	f = fopen(path, "a");
	va_start(ap, format);
	vfprintf(f, format, ap);
	va_end(ap);
	fputc('\n', f);
	fclose(f);
}

/* profile capacity blank|open|closed|fast fail_at delay_us, then a line for each track:
 * session start sectors mode tao */
static void load(void)
{
	FILE *f = fopen(getenv("FAKEBURN"), "r");
	char state[16] = "";
	int tao;

	the.n = 0;
	if (!f || fscanf(f, "%x %d %15s %d %d", (unsigned *)&the.profile, &the.capacity, state,
			 &the.fail_at, &the.delay_us) != 5)
		abort();
	the.fast = strcmp(state, "fast") == 0;
	the.blank = the.fast || strcmp(state, "blank") == 0;
	the.open = strcmp(state, "open") == 0;
	while (the.n < MAX && fscanf(f, "%d %d %d %d %d", &the.tracks[the.n].session,
				     &the.tracks[the.n].start, &the.tracks[the.n].sectors,
				     &the.tracks[the.n].mode, &tao) == 5)
		the.tracks[the.n++].tao = tao;
	fclose(f);
}

static void save(void)
{
	FILE *f = fopen(getenv("FAKEBURN"), "w");

	fprintf(f, "%x %d %s %d %d\n", (unsigned)the.profile, the.capacity,
		the.fast ? "fast" : the.blank ? "blank" : the.open ? "open" : "closed", the.fail_at,
		the.delay_us);
	for (int i = 0; i < the.n; i++)
		fprintf(f, "%d %d %d %d %d\n", the.tracks[i].session, the.tracks[i].start,
			the.tracks[i].sectors, the.tracks[i].mode, the.tracks[i].tao);
	fclose(f);
}

static bool is_cd(void) { return the.profile == 0x09 || the.profile == 0x0a; }
static bool minus(void) { return the.profile == 0x11 || the.profile == 0x14; }
static int end_of(const struct burn_track *t) { return t->start + t->sectors; }

/* Where the next track of a new session goes. */
static int next_address(void)
{
	if (!the.n)
		return 0;
	return end_of(&the.tracks[the.n - 1]) + (is_cd() ? 11400 : 16);
}

/* ---- library and messages ----------------------------------------------------------------- */

int burn_initialize(void) { return 1; }
void burn_version(int *a, int *b, int *c) { *a = 1; *b = 5; *c = 4; }
int burn_msgs_set_severities(char *q, char *p, char *id)
{
	if (strcmp(p, "NEVER") != 0)
		abort();
	(void)q;
	(void)id;
	return 1;
}
int burn_text_to_sev(char *name, int *n, int flag)
{
	(void)flag;
	*n = strcmp(name, "SORRY") == 0 ? 5 : strcmp(name, "FATAL") == 0 ? 7 : 1;
	return 1;
}
int burn_msgs_obtain(char *least, int *code, char text[], int *e, char severity[])
{
	(void)least;
	if (!message[0])
		return 0;
	*code = *e = 0;
	strcpy(text, message);
	strcpy(severity, "FATAL");
	message[0] = '\0';
	return 1;
}

/* ---- the drive ----------------------------------------------------------------------------------- */

int burn_drive_scan_and_grab(struct burn_drive_info **info, char *address, int tray)
{
	int fd = -1;

	(void)tray;
	if (sscanf(address, "stdio:/dev/fd/%d", &fd) != 1)
		return 0;
	memset(&the, 0, sizeof(the));
	the.fd = fd;
	load();
	*info = calloc(2, sizeof(**info));
	strcpy((*info)->vendor, "FAKE");
	strcpy((*info)->product, "BURNER");
	(*info)->drive = &the;
	return 1;
}
int burn_drive_info_forget(struct burn_drive_info *info, int force)
{
	(void)info;
	(void)force;
	return 1;
}
void burn_drive_info_free(struct burn_drive_info info[]) { free(info); }
void burn_drive_release(struct burn_drive *d, int eject)
{
	if (d->busy != BURN_DRIVE_IDLE)
		abort();
	if (eject)
		say("eject");
}
int burn_drive_re_assess(struct burn_drive *d, int flag)
{
	(void)d;
	(void)flag;
	load(); /* somebody may have put in another medium */
	return 1;
}
int burn_drive_get_drive_role(struct burn_drive *d) { (void)d; return 1; }
int burn_drive_get_serial_no(struct burn_drive *d, char **s, int *n)
{
	(void)d;
	*s = strdup("F00");
	*n = 3;
	return 1;
}
int burn_disc_get_media_id(struct burn_drive *d, char **id, char **a, char **b, char **book, int flag)
{
	(void)d;
	(void)flag;
	*id = strdup("FAKE/1");
	*a = *b = *book = NULL;
	return 1;
}
int burn_disc_get_profile(struct burn_drive *d, int *n, char name[80])
{
	*n = d->profile;
	strcpy(name, "fake");
	return 1;
}
enum burn_disc_status burn_disc_get_status(struct burn_drive *d)
{
	return d->blank ? BURN_DISC_BLANK : d->open ? BURN_DISC_APPENDABLE : BURN_DISC_FULL;
}
int burn_disc_erasable(struct burn_drive *d) { return d->profile == 0x0a || d->profile == 0x14; }
int burn_drive_get_bd_r_pow(struct burn_drive *d) { (void)d; return 0; }
int burn_disc_next_track_is_damaged(struct burn_drive *d, int flag) { (void)d; (void)flag; return 0; }
int burn_disc_get_multi_caps(struct burn_drive *d, enum burn_write_types t,
			     struct burn_multi_caps **caps, int flag)
{
	(void)t;
	(void)flag;
	*caps = calloc(1, sizeof(**caps));
	if (!d->blank && !d->open)
		return 0;
	(*caps)->might_do_tao = !(minus() && d->fast) * 2;
	(*caps)->might_do_sao = d->blank;
	(*caps)->multi_session = 1;
	(*caps)->might_simulate = 1;
	return 1;
}
int burn_disc_free_multi_caps(struct burn_multi_caps **caps) { free(*caps); *caps = NULL; return 1; }
int burn_drive_get_speedlist(struct burn_drive *d, struct burn_speed_descriptor **list)
{
	static const int speeds[] = { 706, 8467, 1411, 4234 };

	(void)d;
	*list = NULL;
	for (int i = 0; i < 4; i++) {
		struct burn_speed_descriptor *s = calloc(1, sizeof(*s));

		s->write_speed = speeds[i];
		s->next = *list;
		*list = s;
	}
	return 1;
}
int burn_drive_free_speedlist(struct burn_speed_descriptor **list)
{
	while (*list) {
		struct burn_speed_descriptor *next = (*list)->next;

		free(*list);
		*list = next;
	}
	return 1;
}
int burn_drive_get_write_speed(struct burn_drive *d) { (void)d; return 0; }
void burn_drive_set_speed(struct burn_drive *d, int r, int w) { (void)d; (void)r; say("speed %d", w); }
int burn_disc_read_atip(struct burn_drive *d) { (void)d; return 1; }
int burn_drive_get_start_end_lba(struct burn_drive *d, int *start, int *end, int flag)
{
	(void)flag;
	*start = -11000;
	*end = d->capacity;
	return 1;
}
int burn_disc_get_formats(struct burn_drive *d, int *status, off_t *size, unsigned *sas, int *n)
{
	*status = BURN_FORMAT_IS_UNKNOWN;
	*size = (off_t)d->capacity * 2048;
	*sas = 0;
	*n = 0;
	return 1;
}
off_t burn_disc_available_space(struct burn_drive *d, struct burn_write_opts *o)
{
	(void)o;
	return d->blank ? (off_t)d->capacity * 2048 :
	       d->open	? (off_t)(d->capacity - next_address()) * 2048 : 0;
}
int burn_disc_track_lba_nwa(struct burn_drive *d, struct burn_write_opts *o, int n, int *lba, int *nwa)
{
	(void)d;
	(void)o;
	(void)n;
	*lba = *nwa = next_address();
	return 1;
}
int burn_disc_get_msc1(struct burn_drive *d, int *lba)
{
	int i = d->n - 1;

	while (i > 0 && d->tracks[i - 1].session == d->tracks[i].session)
		i--;
	*lba = i < 0 ? 0 : d->tracks[i].start;
	return d->n > 0;
}
int burn_get_read_capacity(struct burn_drive *d, int *n, int flag)
{
	const struct burn_track *last = &d->tracks[d->n - 1];

	(void)flag;
	*n = d->n ? end_of(last) + (is_cd() && last->tao ? RUN_OUT : 0) : 0;
	return 1;
}
int burn_read_data(struct burn_drive *d, off_t at, char data[], off_t n, off_t *got, int flag)
{
	int lba = (int)(at / 2048), count = (int)(n / 2048);

	(void)flag;
	*got = 0;
	for (int i = 0; i < count; i++) {
		const struct burn_track *t = NULL;

		for (int k = 0; k < d->n; k++)
			if (lba + i >= d->tracks[k].start && lba + i < end_of(&d->tracks[k]))
				t = &d->tracks[k];
		/* An old drive reads ahead, into the run-out. */
		if (!t || (t->mode & BURN_AUDIO) ||
		    (is_cd() && t->tao && count > 1 && lba + i >= end_of(t) - 1)) {
			strcpy(message, "SCSI error on read_10: [5 64 00] Illegal request");
			return 0;
		}
		if (pread(d->fd, data + (size_t)i * 2048, 2048, (off_t)(lba + i) * STRIDE) != 2048)
			return 0;
		*got += 2048;
	}
	return 1;
}

/* A drive whose samples come $FAKEBURN_LATE later than they were written; the sector
 * $FAKEBURN_BAD cannot be read. */
int burn_read_audio(struct burn_drive *d, int lba, char data[], off_t n, off_t *got, int flag)
{
	const char *late = getenv("FAKEBURN_LATE"), *bad = getenv("FAKEBURN_BAD");

	(void)flag;
	*got = 0;
	for (int i = 0; i < (int)(n / STRIDE); i++, *got += STRIDE) {
		off_t at = (off_t)(lba + i) * STRIDE - (late ? atoi(late) * 4 : 0);
		char *to = data + (size_t)i * STRIDE;
		bool inside = lba + i >= -150 && lba + i < end_of(&d->tracks[d->n - 1]);
		int before = at < 0 ? (int)(-at < STRIDE ? -at : STRIDE) : 0;

		for (int k = 0; k < d->n; k++)
			inside &= !(lba + i >= d->tracks[k].start && lba + i < end_of(&d->tracks[k]) &&
				    !(d->tracks[k].mode & BURN_AUDIO));
		if (!inside || (bad && atoi(bad) == lba + i)) {
			strcpy(message, "SCSI error on read_cd: [5 64 00] Illegal request");
			return 0;
		}
		memset(to, 0, STRIDE);
		if (pread(d->fd, to + before, (size_t)(STRIDE - before), at + before) < 0)
			return 0;
	}
	return 1;
}

/* ---- discs, sessions, tracks ----------------------------------------------------------------------- */

struct burn_disc *burn_disc_create(void)
{
	the.text = false;
	return calloc(1, sizeof(struct burn_disc));
}
void burn_disc_free(struct burn_disc *disc) { free(disc); }
struct burn_session *burn_session_create(void) { return calloc(1, sizeof(struct burn_session)); }
void burn_session_free(struct burn_session *s)
{
	for (int i = 0; i < s->n; i++)
		free(s->tracks[i]);
	free(s);
}
int burn_disc_add_session(struct burn_disc *disc, struct burn_session *s, unsigned pos)
{
	(void)pos;
	disc->sessions[disc->n++] = s;
	return 1;
}
struct burn_track *burn_track_create(void) { return calloc(1, sizeof(struct burn_track)); }
/* Its session has it. */
void burn_track_free(struct burn_track *t) { (void)t; }
int burn_session_add_track(struct burn_session *s, struct burn_track *t, unsigned pos)
{
	(void)pos;
	s->tracks[s->n++] = t;
	return 1;
}
void burn_track_define_data(struct burn_track *t, int offset, int tail, int pad, int mode)
{
	if (offset || tail || pad != 1)
		abort();
	t->mode = mode;
}
enum burn_source_status burn_track_set_source(struct burn_track *t, struct burn_source *s)
{
	t->source = s;
	return BURN_SOURCE_OK;
}
int burn_track_set_pregap_size(struct burn_track *t, int n, int flag) { (void)flag; t->pregap = n; return 1; }
int burn_track_set_postgap_size(struct burn_track *t, int n, int flag) { (void)flag; t->postgap = n; return 1; }
int burn_track_set_index(struct burn_track *t, int n, unsigned at, int flag)
{
	(void)flag;
	/* In order, and the first at the beginning. */
	if (n > 1 ? n != t->indexes : n == 1 ? (t->indexes == 0) != (at == 0) : at)
		abort();
	t->index[n] = (int)at;
	t->indexes = n + 1;
	return 1;
}
int burn_track_set_isrc_string(struct burn_track *t, char isrc[13], int flag)
{
	(void)flag;
	snprintf(t->isrc, sizeof(t->isrc), "%.15s", isrc);
	return 1;
}
static const char *text_name(int type, const char *name)
{
	static const char *const names[] = { "TITLE",	 "PERFORMER", "SONGWRITER", "COMPOSER",
					     "ARRANGER", "MESSAGE",   "DISCID",	    "GENRE" };

	if (name || type < 0x80 || type > 0x87)
		abort();
	return names[type - 0x80];
}
int burn_track_set_cdtext(struct burn_track *t, int block, int type, char *name, unsigned char *text,
			  int n, int flag)
{
	(void)block;
	(void)n;
	(void)flag;
	say("text of a track: %s=%s", text_name(type, name), (char *)text + (type == 0x87 ? 2 : 0));
	if (type == 0x80)
		snprintf(t->title, sizeof(t->title), "%.79s", (char *)text);
	return 1;
}
int burn_session_set_cdtext(struct burn_session *s, int block, int type, char *name,
			    unsigned char *text, int n, int flag)
{
	(void)s;
	(void)block;
	(void)n;
	(void)flag;
	the.text = true;
	say("text of the disc: %s=%s", text_name(type, name), (char *)text + (type == 0x87 ? 2 : 0));
	return 1;
}
struct burn_disc *burn_drive_get_disc(struct burn_drive *d)
{
	struct burn_disc *disc = burn_disc_create();

	for (int i = 0; i < d->n; i++) {
		int s = d->tracks[i].session - 1;

		if (s >= disc->n) {
			disc->n = s + 1;
			d->list[s].n = 0;
			disc->sessions[s] = &d->list[s];
		}
		d->list[s].tracks[d->list[s].n++] = &d->tracks[i];
	}
	return disc;
}
struct burn_session **burn_disc_get_sessions(struct burn_disc *disc, int *n)
{
	*n = disc->n;
	return disc->sessions;
}
struct burn_track **burn_session_get_tracks(struct burn_session *s, int *n)
{
	*n = s->n;
	return s->tracks;
}
void burn_track_get_entry(struct burn_track *t, struct burn_toc_entry *e)
{
	memset(e, 0, sizeof(*e));
	e->extensions_valid = 1;
	e->start_lba = t->start;
	e->track_blocks = t->sectors;
	e->control = t->mode & BURN_AUDIO ? 0 : 4;
}
/* The fifo is its source. */
struct burn_source *burn_fifo_source_new(struct burn_source *s, int chunk, int chunks, int flag)
{
	(void)chunk;
	(void)chunks;
	(void)flag;
	s->refcount++;
	return s;
}
int burn_fifo_inquire_status(struct burn_source *s, int *size, int *room, char **text)
{
	(void)s;
	(void)text;
	*size = 100;
	*room = 10;
	return 1;
}
void burn_source_free(struct burn_source *s)
{
	if (--s->refcount > 0)
		return;
	s->free_data(s);
	free(s);
}

/* ---- write options --------------------------------------------------------------------------------------- */

struct burn_write_opts *burn_write_opts_new(struct burn_drive *d)
{
	struct burn_write_opts *o = calloc(1, sizeof(*o));

	(void)d;
	o->start = -1;
	return o;
}
void burn_write_opts_free(struct burn_write_opts *o) { free(o); }
int burn_write_opts_set_write_type(struct burn_write_opts *o, enum burn_write_types t, int block)
{
	if ((t == BURN_WRITE_SAO) != (block == BURN_BLOCK_SAO))
		abort();
	o->type = t;
	return 1;
}
int burn_write_opts_set_simulate(struct burn_write_opts *o, int sim) { o->simulate = sim; return 1; }
void burn_write_opts_set_multi(struct burn_write_opts *o, int multi) { o->multi = multi; }
int burn_write_opts_set_underrun_proof(struct burn_write_opts *o, int on) { (void)o; return on; }
void burn_write_opts_set_perform_opc(struct burn_write_opts *o, int on) { (void)o; (void)on; }
void burn_write_opts_set_start_byte(struct burn_write_opts *o, off_t at) { o->start = at; }
void burn_write_opts_set_stream_recording(struct burn_write_opts *o, int on) { (void)o; (void)on; }
void burn_write_opts_set_mediacatalog(struct burn_write_opts *o, unsigned char digits[13])
{
	(void)o;
	say("catalog %.13s", (char *)digits);
}
void burn_write_opts_set_has_mediacatalog(struct burn_write_opts *o, int on) { (void)o; (void)on; }
int burn_precheck_write(struct burn_write_opts *o, struct burn_disc *disc,
			char reasons[BURN_REASONS_LEN], int silent)
{
	struct burn_session *s = disc->sessions[0];
	bool audio = false, data = false, known = true;

	(void)silent;
	for (int i = 0; i < s->n; i++) {
		/* It could not be heard of. */
		if (the.text && (!(s->tracks[i]->mode & BURN_AUDIO) || o->type != BURN_WRITE_SAO))
			abort();
		*(s->tracks[i]->mode & BURN_AUDIO ? &audio : &data) = true;
		known &= s->tracks[i]->source->get_size(s->tracks[i]->source) > 0;
	}
	strcpy(reasons, (!the.blank && !the.open) ? "not writable" :
	       o->start >= 0 ? "start byte on a sequential medium" :
	       o->type == BURN_WRITE_SAO && !known ? "size not known" :
	       o->type == BURN_WRITE_SAO && audio && data ? "mixed at once" :
	       o->type == BURN_WRITE_SAO && the.open ? "at once behind others" :
	       o->type == BURN_WRITE_TAO && minus() && the.fast ? "not incremental" :
	       audio && !is_cd() ? "audio" : minus() && o->type == BURN_WRITE_SAO && o->multi ? "multi" : "");
	return !reasons[0];
}

/* ---- what takes time ------------------------------------------------------------------------------------------ */

static bool write_track(struct burn_track *t, int lba)
{
	int size = t->mode & BURN_AUDIO ? 2352 : 2048, n = 0;
	off_t bytes = t->source->get_size(t->source);
	unsigned char sector[STRIDE];

	/* As libburn does, and what it announces then has to come. */
	if (is_cd() && bytes && bytes < (off_t)300 * size && the.opts.type == BURN_WRITE_SAO) {
		t->source->set_size(t->source, (off_t)300 * size);
		bytes = t->source->get_size(t->source);
		if (bytes != (off_t)300 * size)
			abort();
	}

	the.progress.sectors = (int)(bytes / size);
	for (;;) {
		int got;

		memset(sector, 0, sizeof(sector));
		if (the.cancel)
			return false;
		if (bytes && n == bytes / size)
			break;
		got = t->source->read_xt(t->source, sector, size);
		if (got <= 0 && !bytes)
			break;
		if (lba + n == the.fail_at && !the.opts.simulate) {
			strcpy(message, "SCSI error on write: [3 0C 00] Medium error. Write error.");
			return false;
		}
		if (!the.opts.simulate && pwrite(the.fd, sector, STRIDE, (off_t)(lba + n) * STRIDE) != STRIDE)
			abort();
		the.progress.sector = ++n;
		if (the.delay_us)
			usleep((useconds_t)the.delay_us);
	}
	t->start = lba;
	t->sectors = n;
	return true;
}

static void *write_all(void *unused)
{
	struct burn_session *s = the.job->sessions[0];
	int session = the.n ? the.tracks[the.n - 1].session + 1 : 1, first = the.n;
	int lba = the.blank ? 0 : next_address();

	(void)unused;
	for (int i = 0; i < s->n && !the.failed; i++) {
		struct burn_track *t = s->tracks[i], *to = &the.tracks[the.n];

		bool at_once = the.opts.type == BURN_WRITE_SAO;

		lba += !at_once || !t->pregap ? 0 : i ? t->pregap : t->pregap - 150;
		the.progress.track = i;
		the.progress.sector = 0;
		say("track %d: %s at %d, pregap %d, isrc '%s', title '%s'", i + 1,
		    t->mode & BURN_AUDIO ? "audio" : "data", lba + t->index[1], t->pregap, t->isrc,
		    t->title);
		for (int k = 0; k < t->indexes; k++)
			say("track %d: index %d at %d", i + 1, k, lba + t->index[k]);
		if (t->postgap || t->mode & (BURN_COPY | BURN_PREEMPHASIS | BURN_4CH))
			say("track %d: postgap %d%s%s%s", i + 1, t->postgap,
			    t->mode & BURN_COPY ? ", copy" : "",
			    t->mode & BURN_PREEMPHASIS ? ", pre-emphasis" : "",
			    t->mode & BURN_4CH ? ", four channels" : "");
		if (!at_once && (t->indexes || t->postgap || t->pregap))
			abort();
		the.failed = !write_track(t, lba);
		if (the.opts.simulate)
			continue;
		if (the.failed) {
			t->start = lba;
			t->sectors = the.progress.sector;
		}
		*to = *t;
		to->source = NULL;
		to->session = session;
		to->tao = the.opts.type == BURN_WRITE_TAO;
		to->start += to->index[1];
		to->sectors -= to->index[1];
		the.n++;
		lba = end_of(to) + to->postgap + (to->tao && is_cd() ? RUN_OUT + 150 : 0);
	}
	if (!the.opts.simulate && the.n > first) {
		the.blank = the.fast = false;
		the.open = the.opts.multi || the.failed;
		save();
	}
	say(the.failed ? "stopped" : "done");
	the.busy = BURN_DRIVE_IDLE;
	return NULL;
}

void burn_disc_write(struct burn_write_opts *o, struct burn_disc *disc)
{
	char reasons[BURN_REASONS_LEN];

	if (!burn_precheck_write(o, disc, reasons, 1))
		abort();
	the.opts = *o;
	the.job = disc;
	the.cancel = the.failed = false;
	memset(&the.progress, 0, sizeof(the.progress));
	the.progress.buffer_capacity = 1000;
	the.progress.buffer_available = 100;
	say("write %s%s%s", o->type == BURN_WRITE_SAO ? "sao" : "tao", o->multi ? " multi" : "",
	    o->simulate ? " simulate" : "");
	the.busy = BURN_DRIVE_WRITING;
	pthread_create(&the.thread, NULL, write_all, NULL);
	pthread_detach(the.thread);
}
void burn_disc_erase(struct burn_drive *d, int fast)
{
	if (!burn_disc_erasable(d))
		abort();
	say("erase %s", fast ? "fast" : "all");
	d->n = 0;
	d->blank = true;
	d->open = false;
	d->fast = fast && minus();
	d->failed = false;
	if (ftruncate(d->fd, 0) != 0)
		abort();
	save();
}
void burn_disc_format(struct burn_drive *d, off_t size, int flag) { (void)d; (void)size; (void)flag; abort(); }
int burn_disc_close_damaged(struct burn_write_opts *o, int flag)
{
	(void)flag;
	say("close");
	the.open = o->multi;
	save();
	return 1;
}
int burn_random_access_write(struct burn_drive *d, off_t at, char *data, off_t n, int flag)
{
	(void)d;
	(void)at;
	(void)data;
	(void)n;
	(void)flag;
	abort();
}
void burn_drive_cancel(struct burn_drive *d) { say("cancel"); d->cancel = true; }
int burn_drive_wrote_well(struct burn_drive *d) { return !d->failed; }
enum burn_drive_status burn_drive_get_status(struct burn_drive *d, struct burn_progress *p)
{
	if (p)
		*p = d->progress;
	return d->busy;
}
