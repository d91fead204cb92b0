/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A job, from the decision to the comparison. Whatever happens, the result says in what state
 * the medium is. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/fail.h"
#include "burn/burn.h"
#include "burn/feed.h"
#include "digest/digest.h"

enum { HEAD_BYTES = 32 * OPTICAL_SECTOR };

struct run {
	struct isokit_burner *b;
	const struct isokit_burn_job *job; /* NULL: only blanking */
	struct isokit_burn_plan plan;
	struct isokit_burn_result *result;
	struct feed *feeds;
	struct burn_checks **checks;
	struct optical_track *tracks;
	struct optical_session session;
	struct burn_text text;
	bool stopped; /* the watch wanted it */
	uint64_t sent; /* bytes to the drive, as it goes */
	uint64_t fed;  /* bytes to libburn: no more can have been sent */
	/* Of the progress. */
	double unit, begun, last_time;
	uint64_t last_done; /* sectors */
	double speed;
};

/* ---- the question -------------------------------------------------------------------------------- */

static uint64_t track_sectors(const struct isokit_burn_track *t)
{
	uint64_t bytes = t->source ? isokit_source_size(t->source) : t->bytes;

	return div_up(bytes, t->audio ? OPTICAL_AUDIO_SECTOR : OPTICAL_SECTOR);
}

static unsigned bit(bool set, enum isokit_burn_extra extra)
{
	return set ? 1U << extra : 0;
}

static unsigned extras_of(const struct isokit_burn_track *t, bool first)
{
	enum { TWO_SECONDS = 150 };
	bool gap = t->audio && t->pregap_sectors != (first ? 0 : TWO_SECONDS);

	return bit(gap, ISOKIT_EXTRA_GAPS) | bit(t->gap != NULL, ISOKIT_EXTRA_SOUND) |
	       bit(t->postgap_sectors != 0, ISOKIT_EXTRA_POSTGAPS) |
	       bit(t->n_indexes != 0, ISOKIT_EXTRA_INDEXES) |
	       bit(t->copy || t->preemphasis || t->four_channels, ISOKIT_EXTRA_FLAGS);
}

/* What the disc should have besides its sectors. False when memory is refused. */
static bool ask_extras(const struct isokit_burn_job *job, struct isokit_burn_question *q)
{
	struct burn_text text;

	if (!burn_text_make(job, &text))
		return false;
	q->extras = bit(text.catalog[0], ISOKIT_EXTRA_CATALOG) | bit(text.any, ISOKIT_EXTRA_TEXT);
	q->unfit = bit(text.bad_catalog, ISOKIT_EXTRA_CATALOG) |
		   bit(text.bad_isrc, ISOKIT_EXTRA_ISRC) | bit(text.too_long, ISOKIT_EXTRA_TEXT) |
		   bit(text.foreign, ISOKIT_EXTRA_LETTERS);
	for (size_t i = 0; i < job->n_tracks; i++)
		q->extras |= extras_of(&job->tracks[i], i == 0) |
			     bit(text.tracks[i].isrc[0], ISOKIT_EXTRA_ISRC);
	burn_text_free(&text);
	return true;
}

static enum isokit_status ask(const struct isokit_burner *b, const struct isokit_burn_job *job,
			      struct isokit_burn_question *q, struct isokit_error *err)
{
	const struct isokit_burn_options *o = &b->options;
	const struct burn_profile *profile = burn_profile_of(b->facts.profile);

	*q = (struct isokit_burn_question){ .only_blank = !job, .simulate = o->simulate,
					    .multi = o->multi, .any = o->any, .blank = o->blank,
					    .type = o->type, .size_known = true };
	for (size_t i = 0; job && i < job->n_tracks; i++) {
		const struct isokit_burn_track *t = job->tracks + i;
		uint64_t n = track_sectors(t);

		q->size_known &= n != 0;
		*(t->audio ? &q->n_audio : &q->n_data) += 1;
		q->sectors += job->n_tracks > 1 ? burn_padded_sectors(profile, n, !t->audio) : n;
		q->sectors += (uint64_t)t->pregap_sectors + t->postgap_sectors;
	}
	if (!q->size_known)
		q->sectors = 0;
	if (job && job->n_tracks == 1 && job->tracks[0].source && !job->tracks[0].audio) {
		struct burn_origin origin;

		burn_find_origin(job->tracks[0].source, b->facts.has_next, b->facts.next_lba, &origin);
		q->has_origin = origin.is_volume;
		q->origin_lba = origin.lba;
		q->volume_sectors = origin.lba ? 0 : origin.volume_bytes / OPTICAL_SECTOR;
		q->origin_fits = b->facts.has_next && origin.is_volume &&
				 origin.lba == b->facts.next_lba;
	}
	return !job || ask_extras(job, q) ? ISOKIT_OK :
					    isokit_fail_nomem(err, "CD-TEXT", sizeof(struct burn_text));
}

enum isokit_status isokit_burner_decide(struct isokit_burner *b, const struct isokit_burn_job *job,
					struct isokit_burn_plan *ret_plan, struct isokit_error *err)
{
	struct isokit_burn_question q;
	enum isokit_status st;

	if (job && (!job->n_tracks || job->n_tracks > BURN_MAX_TRACKS))
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, b->facts.drive,
				   "a job has 1 to %d tracks", BURN_MAX_TRACKS);
	st = ask(b, job, &q, err);
	if (!st)
		isokit_burn_decide(&b->facts, &q, ret_plan);
	return st;
}

/* ---- progress -------------------------------------------------------------------------------------- */

/* So many sectors of the tracks, one behind the other. */
static uint64_t bytes_of(const struct run *r, uint64_t sectors)
{
	uint64_t bytes = 0;

	for (size_t i = 0; sectors && i < r->job->n_tracks; i++) {
		const struct optical_track *t = &r->tracks[i];
		uint64_t n = t->sectors ? min_u64(sectors, t->sectors) : sectors;

		bytes += n * (t->audio ? OPTICAL_AUDIO_SECTOR : OPTICAL_SECTOR);
		sectors -= n;
	}
	return bytes;
}

static int on_tick(void *ctx, const struct optical_tick *tick)
{
	struct run *r = ctx;
	bool bytes = tick->tracks != 0;
	double t = burn_now();
	struct isokit_burn_progress now = {
		.phase = tick->phase,
		.track = tick->track,
		.tracks = tick->tracks,
		.done = bytes ? bytes_of(r, tick->done) : tick->done,
		.total = bytes ? bytes_of(r, tick->total) : tick->total,
		.fifo_percent = tick->fifo_percent,
		.buffer_percent = tick->buffer_percent,
		.too_late = tick->too_late,
	};

	if (bytes && r->unit > 0 && t - r->last_time >= 1) {
		r->speed = tick->done > r->last_done ?
				   (double)(tick->done - r->last_done) / (t - r->last_time) / r->unit : 0;
		r->last_time = t;
		r->last_done = tick->done;
	}
	now.speed_x = strcmp(tick->phase, "write") == 0 ? r->speed : 0;
	if (bytes && now.done > r->sent)
		r->sent = now.done;
	if (r->b->options.progress && r->b->options.progress(r->b->options.progress_ctx, &now) &&
	    !tick->too_late)
		r->stopped = true;
	for (size_t i = 0; r->feeds && i < r->job->n_tracks; i++)
		if (atomic_load(&r->feeds[i].failed))
			return 1;
	return r->stopped;
}

static const struct feed *failed_feed(const struct run *r)
{
	for (size_t i = 0; i < r->job->n_tracks; i++)
		if (atomic_load(&r->feeds[i].failed))
			return r->feeds + i;
	return NULL;
}

/* ---- before the medium is touched ---------------------------------------------------------------------- */

/* The image against the checksum that was given, where it can be read twice. */
static enum isokit_status check_sum(struct run *r, struct isokit_error *err)
{
	const struct isokit_burn_track *t = r->job->tracks;
	struct isokit_burn_progress now = { .phase = "check" };
	struct burn_checks *sums = NULL;
	enum isokit_status st = ISOKIT_OK;
	uint8_t *buffer;
	char hex[65];

	if (!r->b->sha256 || r->job->n_tracks != 1 || !t->source)
		return ISOKIT_OK;
	buffer = malloc(FEED_BYTES);
	if (!buffer)
		return isokit_fail_nomem(err, "checksum", FEED_BYTES);
	st = burn_checks_new(true, &sums, err);
	now.total = isokit_source_size(t->source);
	while (!st && now.done < now.total) {
		size_t n = (size_t)min_u64(FEED_BYTES, now.total - now.done);

		st = isokit_source_read_at(t->source, now.done, buffer, n, err);
		if (!st && !burn_checks_add(sums, buffer, n))
			st = isokit_fail_nomem(err, "checksum", n);
		now.done += n;
		if (!st && r->b->options.progress &&
		    r->b->options.progress(r->b->options.progress_ctx, &now))
			st = isokit_fail(err, ISOKIT_E_CANCELLED, ISOKIT_NO_OFFSET, r->b->facts.drive,
					 "interrupted before anything was written");
	}
	if (!st && !burn_checks_end(sums, hex))
		st = isokit_fail_nomem(err, "checksum", sizeof(hex));
	if (!st && strcasecmp(hex, r->b->sha256) != 0)
		st = isokit_fail(err, ISOKIT_E_MISMATCH, ISOKIT_NO_OFFSET,
				 isokit_source_name(t->source),
				 "has the SHA-256 %s, not the one that was given; nothing was written",
				 hex);
	burn_checks_free(sums);
	free(buffer);
	return st;
}

/* The offered speed next to the one that is wanted; not faster unless there is none. */
static unsigned choose_speed(const struct run *r)
{
	const struct isokit_disc_facts *f = &r->b->facts;
	double want = r->b->options.speed_x > 0 ?
			      r->b->options.speed_x * isokit_disc_single_speed(f->profile) :
			      r->b->options.speed_kb;

	if (want <= 0)
		return 0;
	/* Drives name 7.9 times and call it 8. */
	for (size_t i = 0; i < f->n_speeds; i++)
		if (f->speeds_kb[i] <= want * 1.02)
			return f->speeds_kb[i];
	return f->n_speeds ? f->speeds_kb[f->n_speeds - 1] : (unsigned)(want + 0.5);
}

static enum isokit_status compose_track(struct run *r, size_t i, struct isokit_error *err)
{
	const struct isokit_burn_track *t = r->job->tracks + i;
	bool with_gap = t->audio && r->plan.type == ISOKIT_WRITE_TYPE_SAO &&
			!(r->plan.lost & 1U << ISOKIT_EXTRA_SOUND);
	struct optical_track *to = &r->tracks[i];
	enum isokit_status st = ISOKIT_OK;

	*to = (struct optical_track){
		.audio = t->audio, .sectors = track_sectors(t), .copy = t->copy,
		.preemphasis = t->preemphasis, .four_channels = t->four_channels,
		.pregap_sectors = t->pregap_sectors, .postgap_sectors = t->postgap_sectors,
		.indexes = t->indexes, .n_indexes = t->n_indexes, .text = r->text.tracks[i].text,
		.isrc = r->text.tracks[i].isrc, .read = feed_read, .ctx = &r->feeds[i],
	};
	if (!t->audio)
		st = burn_checks_new(r->b->sha256 || r->b->options.sum, &r->checks[i], err);
	if (!st)
		st = feed_start(&r->feeds[i], t, with_gap, r->checks[i], err);
	if (!st && r->feeds[i].lead) {
		to->gap_sectors = (uint32_t)(r->feeds[i].lead / OPTICAL_AUDIO_SECTOR);
		to->pregap_sectors -= to->gap_sectors;
		to->sectors += to->gap_sectors;
	}
	return st;
}

static enum isokit_status compose(struct run *r, struct isokit_error *err)
{
	size_t n = r->job->n_tracks;
	enum isokit_status st = ISOKIT_OK;

	r->feeds = calloc(n, sizeof(*r->feeds));
	r->checks = calloc(n, sizeof(struct burn_checks *));
	r->tracks = calloc(n, sizeof(*r->tracks));
	if (!r->feeds || !r->checks || !r->tracks || !burn_text_make(r->job, &r->text))
		return isokit_fail_nomem(err, "tracks", n * sizeof(*r->feeds));
	for (size_t i = 0; i < n && !st; i++)
		st = compose_track(r, i, err);
	r->session = (struct optical_session){
		.tracks = r->tracks, .n_tracks = n, .has_text = r->text.has,
		.text = r->text.any && !(r->plan.lost & 1U << ISOKIT_EXTRA_TEXT) ? r->text.disc : NULL,
		.catalog = r->plan.lost & 1U << ISOKIT_EXTRA_CATALOG ? "" : r->text.catalog,
		.sao = r->plan.type == ISOKIT_WRITE_TYPE_SAO, .simulate = r->plan.simulate,
		.multi = r->plan.multi, .stream_recording = r->b->options.stream_recording,
		.place = r->plan.overwrites, .start_lba = r->plan.start_lba,
	};
	return st;
}

static void decompose(struct run *r)
{
	for (size_t i = 0; r->job && i < r->job->n_tracks; i++) {
		if (r->feeds)
			feed_end(&r->feeds[i]);
		if (r->checks)
			burn_checks_free(r->checks[i]);
	}
	burn_text_free(&r->text);
	free(r->feeds);
	free(r->checks);
	free(r->tracks);
}

/* ---- blanking ---------------------------------------------------------------------------------------------- */

static enum isokit_status clear(struct run *r, struct isokit_error *err)
{
	uint8_t *zeros = calloc(1, HEAD_BYTES);
	enum isokit_status st;

	if (!zeros)
		return isokit_fail_nomem(err, "zeros", HEAD_BYTES);
	st = optical_patch(r->b->optical, 0, zeros, HEAD_BYTES, err);
	/* UDF has its mark there; a smaller medium has none. */
	if (!st && optical_readable(r->b->optical) >= 256 + HEAD_BYTES / OPTICAL_SECTOR)
		st = optical_patch(r->b->optical, 256, zeros, HEAD_BYTES, err);
	free(zeros);
	return st;
}

static enum isokit_status prepare(struct run *r, struct isokit_error *err)
{
	struct optical_watch watch = { on_tick, r };
	struct optical *o = r->b->optical;
	double t = burn_now();
	enum isokit_status st = ISOKIT_OK;

	switch (r->plan.prepare) {
	case ISOKIT_PREPARE_NOTHING:
		return ISOKIT_OK;
	case ISOKIT_PREPARE_BLANK_FAST:
	case ISOKIT_PREPARE_BLANK_ALL:
		st = optical_blank(o, r->plan.prepare == ISOKIT_PREPARE_BLANK_ALL, &watch, err);
		break;
	case ISOKIT_PREPARE_FORMAT:
		st = optical_format(o, &watch, err);
		break;
	case ISOKIT_PREPARE_CLEAR:
		st = clear(r, err);
		break;
	}
	r->result->blank_seconds = burn_now() - t;
	r->result->end = st ? ISOKIT_BURN_PARTIAL : ISOKIT_BURN_BLANKED;
	if (st) {
		(void)snprintf(r->result->text, sizeof(r->result->text),
			       "the medium may be half blank: blank it again, or try another");
		return st;
	}
	burner_renew_facts(r->b);
	if (r->stopped && r->job)
		return isokit_fail(err, ISOKIT_E_CANCELLED, ISOKIT_NO_OFFSET, r->b->facts.drive,
				   "interrupted: the medium is blank");
	return ISOKIT_OK;
}

/* The blanked medium says how large it is. */
static enum isokit_status decide_again(struct run *r, struct isokit_error *err)
{
	struct isokit_burn_plan first = r->plan;
	struct isokit_burn_question q;
	enum isokit_status st;

	if (first.prepare == ISOKIT_PREPARE_NOTHING)
		return ISOKIT_OK;
	st = ask(r->b, r->job, &q, err);
	if (st)
		return st;
	q.blank = ISOKIT_BLANK_AS_NEEDED;
	isokit_burn_decide(&r->b->facts, &q, &r->plan);
	if (r->plan.refusal != ISOKIT_BURN_GO)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, r->b->facts.drive,
				   "was blanked, but: %s", r->plan.text);
	r->plan.prepare = ISOKIT_PREPARE_NOTHING;
	return ISOKIT_OK;
}

/* ---- after an unhappy end ------------------------------------------------------------------------------------- */

static void tell_state(struct run *r, const char *closed)
{
	const struct burn_profile *p = burn_profile_of(r->b->facts.profile);
	struct isokit_burn_result *res = r->result;
	size_t n;

	(void)snprintf(res->text, sizeof(res->text), "%s%" PRIu64 " bytes were sent to the drive; %s",
		       res->written_bytes ? "" : "up to ",
		       res->written_bytes ? res->written_bytes : r->fed, closed);
	n = strlen(res->text);
	switch (p->kind) {
	case BURN_ANYWHERE:
		(void)snprintf(res->text + n, sizeof(res->text) - n,
			       "what was on the medium is damaged, and it can be written again");
		break;
	case BURN_AGAIN:
		(void)snprintf(res->text + n, sizeof(res->text) - n,
			       "the medium holds a part of the image, and can be blanked and written again");
		break;
	case BURN_ONCE:
	case BURN_READ_ONLY:
	case BURN_UNKNOWN:
		(void)snprintf(res->text + n, sizeof(res->text) - n,
			       "the medium holds a part of the image and cannot be written again%s",
			       r->b->facts.state == ISOKIT_DISC_APPENDABLE ?
				       ", but a session can follow" : "");
		break;
	}
}

/* The end that the medium can bear: a track that was begun on a write-once medium is closed,
 * so that drives can read what there is. */
static void end_badly(struct run *r)
{
	unsigned profile = r->b->facts.profile;
	const struct burn_profile *p = burn_profile_of(profile);
	bool each_is_a_session = profile == 0x1b || profile == 0x2b || profile == 0x41;
	enum isokit_disc_state before = r->b->facts.state;
	struct isokit_error why = { 0 };
	const char *closed = "";

	if (r->plan.simulate) {
		r->result->end = ISOKIT_BURN_UNTOUCHED;
		(void)snprintf(r->result->text, sizeof(r->result->text), "the medium was not changed");
		return;
	}
	if (optical_renew(r->b->optical, &why) != ISOKIT_OK) {
		closed = "the drive does not answer any more; ";
	} else {
		burner_renew_facts(r->b);
		if ((p->kind == BURN_ONCE || p->kind == BURN_AGAIN) && r->result->written_bytes &&
		    (each_is_a_session || r->b->facts.damaged) &&
		    r->b->facts.state != ISOKIT_DISC_FULL) {
			closed = optical_finish(r->b->optical, r->plan.multi, NULL) == ISOKIT_OK ?
					 "the track was closed; " : "the track could not be closed; ";
			burner_renew_facts(r->b);
		} else if (p->kind == BURN_ONCE && r->b->facts.state == ISOKIT_DISC_FULL) {
			closed = "the track was closed; ";
		}
	}
	/* Not even a begun track: it is as it was. An overwritable medium always looks so, and how
	 * far a short write came was perhaps never asked. */
	if (!r->result->written_bytes && r->b->facts.state == before &&
	    !(p->kind == BURN_ANYWHERE && r->fed))
		r->result->end = r->result->end == ISOKIT_BURN_BLANKED ? ISOKIT_BURN_BLANKED :
									  ISOKIT_BURN_UNTOUCHED;
	else
		r->result->end = ISOKIT_BURN_PARTIAL;
	if (r->result->end != ISOKIT_BURN_PARTIAL)
		(void)snprintf(r->result->text, sizeof(r->result->text), "nothing was written");
	else
		tell_state(r, closed);
}

/* ---- writing and reading back ------------------------------------------------------------------------------------ */

/* A session becomes the one that is found at block 16. */
static enum isokit_status renew_head(struct run *r, struct isokit_error *err)
{
	uint8_t *head = calloc(1, HEAD_BYTES);
	enum isokit_status st;
	uint32_t got;

	if (!head)
		return isokit_fail_nomem(err, "descriptors", HEAD_BYTES);
	st = optical_read(r->b->optical, 0, head, HEAD_BYTES / OPTICAL_SECTOR, &got, err);
	if (!st)
		st = burn_renew_head(r->job->tracks[0].source, r->plan.start_lba, head, err);
	if (!st)
		st = optical_patch(r->b->optical, 0, head, HEAD_BYTES, err);
	if (!st && !r->b->options.no_verify) {
		uint8_t *back = malloc(HEAD_BYTES);

		st = back ? optical_read(r->b->optical, 0, back, HEAD_BYTES / OPTICAL_SECTOR, &got, err) :
			    isokit_fail_nomem(err, "descriptors", HEAD_BYTES);
		if (!st && memcmp(back, head, HEAD_BYTES) != 0)
			st = isokit_fail(err, ISOKIT_E_MISMATCH, 0, r->b->facts.drive,
					 "the first sectors are not what was written to them");
		free(back);
	}
	free(head);
	return st;
}

static enum isokit_status burn(struct run *r, struct isokit_error *err)
{
	struct optical_tick first = { .phase = "write", .track = 1,
				      .tracks = (unsigned)r->job->n_tracks };
	struct optical_watch watch = { on_tick, r };
	const struct feed *bad;
	enum isokit_status st;

	r->begun = r->last_time = burn_now();
	r->unit = burn_sectors_per_second(r->b->facts.profile);
	r->session.speed_kb = choose_speed(r);
	for (size_t i = 0; i < r->job->n_tracks; i++)
		first.total += r->tracks[i].sectors;
	/* A short write can be over before libburn is asked how far it is. */
	(void)on_tick(r, &first);
	st = optical_write(r->b->optical, &r->session, &watch, err);
	r->result->write_seconds = burn_now() - r->begun;
	for (size_t i = 0; i < r->job->n_tracks; i++)
		r->fed += r->feeds[i].at;
	/* What waits in our own buffer was not written. */
	r->result->written_bytes = st ? min_u64(r->fed, r->sent) : r->fed;
	bad = failed_feed(r);
	if (bad && !r->stopped) {
		if (err)
			*err = bad->err;
		st = bad->err.status;
	} else if (r->stopped && !st) {
		/* It was over before it could be stopped. */
		r->stopped = false;
	}
	if (st) {
		if (err && !err->subject[0])
			(void)snprintf(err->subject, sizeof(err->subject), "%s", r->b->facts.drive);
		end_badly(r);
		return st;
	}
	r->result->end = r->plan.simulate ? ISOKIT_BURN_SIMULATED : ISOKIT_BURN_WRITTEN;
	return r->plan.renew_head && !r->plan.simulate ? renew_head(r, err) : ISOKIT_OK;
}

static enum isokit_status verify(struct run *r, struct isokit_error *err)
{
	struct isokit_burn_result *res = r->result;
	uint64_t bytes[BURN_MAX_TRACKS];
	size_t n = r->job->n_tracks;
	enum isokit_status st = optical_renew(r->b->optical, err);

	if (st)
		return st;
	burner_renew_facts(r->b);
	for (size_t i = 0; i < n; i++)
		bytes[i] = r->feeds[i].at;
	/* The source says which sectors differ; what is in the head of an overwritable medium was
	 * renewed, but lies elsewhere. */
	if (n == 1 && !r->job->tracks[0].audio)
		st = burn_verify(r->b, r->plan.start_lba, bytes[0], r->checks[0],
				 r->job->tracks[0].source, 0, res, err);
	else
		st = burn_verify_tracks(r->b, r->job, r->checks, bytes, res, err);
	if (!st)
		st = burn_verdict(r->b, res, err);
	/* A stream can only be measured now. */
	if (!st && n == 1 && !r->job->tracks[0].source && !r->plan.start_lba && !r->b->options.any &&
	    r->b->facts.volume_bytes > r->feeds[0].at) {
		res->end = ISOKIT_BURN_PARTIAL;
		(void)snprintf(res->text, sizeof(res->text),
			       "the medium holds a part of the image: %" PRIu64 " of %" PRIu64 " bytes",
			       r->feeds[0].at, r->b->facts.volume_bytes);
		return isokit_fail(err, ISOKIT_E_SHORT, r->feeds[0].at, r->b->facts.drive,
				   "the stream ended after %" PRIu64 " bytes, and the volume in it has %"
				   PRIu64, r->feeds[0].at, r->b->facts.volume_bytes);
	}
	if (st == ISOKIT_E_MISMATCH)
		res->end = ISOKIT_BURN_DIFFERS;
	else if (!st && res->compared_bytes)
		res->end = ISOKIT_BURN_VERIFIED;
	return st;
}

static enum isokit_status finish_sums(struct run *r, struct isokit_error *err)
{
	struct isokit_burn_result *res = r->result;

	for (size_t i = 0; i < r->job->n_tracks; i++) {
		char hex[65];

		if (!r->checks[i])
			continue;
		if (!burn_checks_end(r->checks[i], hex))
			return isokit_fail_nomem(err, "checksums", sizeof(hex));
		if (r->job->n_tracks == 1)
			memcpy(res->sha256, hex, sizeof(hex));
	}
	return ISOKIT_OK;
}

static enum isokit_status run_job(struct run *r, struct isokit_error *err)
{
	enum isokit_status st = check_sum(r, err);

	if (!st)
		st = compose(r, err);
	if (!st && r->plan.prepare == ISOKIT_PREPARE_NOTHING)
		st = optical_check(r->b->optical, &r->session, err);
	if (!st)
		st = prepare(r, err);
	if (!st && r->plan.prepare != ISOKIT_PREPARE_NOTHING) {
		st = decide_again(r, err);
		r->session.place = r->plan.overwrites;
		r->session.start_lba = r->plan.start_lba;
		r->session.sao = r->plan.type == ISOKIT_WRITE_TYPE_SAO;
		if (!st)
			st = optical_check(r->b->optical, &r->session, err);
	}
	if (!st)
		st = burn(r, err);
	if (!st)
		st = finish_sums(r, err);
	if (!st && !r->plan.simulate && !r->b->options.no_verify)
		st = verify(r, err);
	else if (!st && !r->plan.simulate && optical_renew(r->b->optical, NULL) == ISOKIT_OK)
		burner_renew_facts(r->b);
	if (!st && r->b->sha256 && r->result->sha256[0] &&
	    strcasecmp(r->b->sha256, r->result->sha256) != 0)
		st = isokit_fail(err, ISOKIT_E_MISMATCH, ISOKIT_NO_OFFSET, r->b->facts.drive,
				 "the stream had the SHA-256 %s, not the one that was given",
				 r->result->sha256);
	return st;
}

/* What would be lost was shown of the medium that was in the drive then. */
static enum isokit_status check_same(struct isokit_burner *b, struct isokit_error *err)
{
	const struct isokit_disc_facts was = b->facts, *f = &b->facts;
	enum isokit_status st = optical_renew(b->optical, err);

	if (st)
		return st;
	burner_renew_facts(b);
	if (f->profile == was.profile && f->state == was.state && f->n_tracks == was.n_tracks &&
	    f->used_bytes == was.used_bytes &&
	    /* A file has what is free around it. */
	    (f->pseudo || f->capacity_bytes == was.capacity_bytes) &&
	    f->volume_bytes == was.volume_bytes && strcmp(f->volume_id, was.volume_id) == 0 &&
	    strcmp(f->medium_id, was.medium_id) == 0)
		return ISOKIT_OK;
	return isokit_fail(err, ISOKIT_E_CHANGED, ISOKIT_NO_OFFSET, b->facts.drive,
			   "there is another medium in the drive than was looked at; nothing was "
			   "written: start again");
}

enum isokit_status isokit_burner_run(struct isokit_burner *b, const struct isokit_burn_job *job,
				     struct isokit_burn_result *ret_result,
				     struct isokit_error *err)
{
	struct run r = { .b = b, .job = job, .result = ret_result };
	enum isokit_status st;

	memset(ret_result, 0, sizeof(*ret_result));
	st = isokit_burner_decide(b, job, &r.plan, err);
	if (st)
		return st;
	if (r.plan.refusal != ISOKIT_BURN_GO)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, b->facts.drive, "%s%s%s",
				   r.plan.text, r.plan.remedy[0] ? ": " : "", r.plan.remedy);
	ret_result->start_lba = r.plan.start_lba;
	if (r.plan.loses && !r.plan.simulate)
		st = check_same(b, err);
	if (st)
		return st;
	st = job ? run_job(&r, err) : prepare(&r, err);
	decompose(&r);
	if (st && err && !err->subject[0])
		(void)snprintf(err->subject, sizeof(err->subject), "%s", b->facts.drive);
	return st;
}
