/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is to be done with a medium, or why nothing can be: a pure function of what drive and
 * medium say and what is wanted. doc/discs.md has the reasons as a table. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/checked.h"
#include "burn/burn.h"

enum { ALIGN_SECTORS = 16 };

struct decision {
	const struct isokit_disc_facts *facts;
	const struct isokit_burn_question *q;
	const struct burn_profile *profile;
	struct isokit_burn_plan *plan;
	bool append;    /* behind what is there */
	bool may_blank;
};

static bool refuse(struct decision *d, enum isokit_burn_refusal refusal, const char *remedy,
		   const char *format, ...) __attribute__((format(printf, 4, 5)));

static bool refuse(struct decision *d, enum isokit_burn_refusal refusal, const char *remedy,
		   const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	d->plan->refusal = refusal;
	(void)vsnprintf(d->plan->text, sizeof(d->plan->text), format, ap);
	(void)snprintf(d->plan->remedy, sizeof(d->plan->remedy), "%s", remedy);
	va_end(ap);
	return false;
}

static void note(struct decision *d, const char *text)
{
	(void)snprintf(d->plan->note, sizeof(d->plan->note), "%s", text);
}

/* ---- is there a medium that can be written at all? ------------------------------------------- */

static bool check_medium(struct decision *d)
{
	const struct isokit_disc_facts *f = d->facts;
	const char *problem = f->problem[0] ? f->problem : "the drive cannot use it";

	switch (f->state) {
	case ISOKIT_DISC_NONE:
		return refuse(d, ISOKIT_BURN_NO_MEDIUM, "put one in", "there is no medium in the drive");
	case ISOKIT_DISC_BUSY:
		return refuse(d, ISOKIT_BURN_BUSY, "", "the drive is in use: %s", problem);
	case ISOKIT_DISC_UNKNOWN:
		return refuse(d, ISOKIT_BURN_UNKNOWN_MEDIUM, "", "the medium is not known: %s", problem);
	case ISOKIT_DISC_UNSUITABLE:
		return refuse(d, ISOKIT_BURN_UNSUITABLE, "try another medium, or clean this one",
			      "the medium can be neither read nor written: %s", problem);
	case ISOKIT_DISC_BLANK:
	case ISOKIT_DISC_APPENDABLE:
	case ISOKIT_DISC_FULL:
	case ISOKIT_DISC_OVERWRITABLE:
	case ISOKIT_DISC_UNFORMATTED:
		break;
	}
	if (d->profile->kind == BURN_READ_ONLY)
		return refuse(d, ISOKIT_BURN_READ_ONLY,
			      "put in one that can; closed media may look like this, too",
			      "a %s cannot be written", d->profile->name);
	if (d->profile->kind == BURN_UNKNOWN)
		return refuse(d, ISOKIT_BURN_UNKNOWN_MEDIUM, "put in a medium of another kind",
			      "libburn does not write media of this kind (%s, profile %02X)",
			      f->profile_name[0] ? f->profile_name : d->profile->name, f->profile);
	if (f->pow)
		return refuse(d, ISOKIT_BURN_UNKNOWN_MEDIUM, "write it with growisofs",
			      "this BD-R is formatted for pseudo-overwrite, which libburn does not write");
	return true;
}

static bool check_tracks(struct decision *d)
{
	size_t n = d->q->n_data + d->q->n_audio;

	if (d->q->n_audio && d->profile->family != BURN_CD)
		return refuse(d, ISOKIT_BURN_NO_AUDIO, "put in a CD-R or CD-RW",
			      "audio tracks can only be written to a CD, and this is a %s",
			      d->profile->name);
	if (n > BURN_MAX_TRACKS)
		return refuse(d, ISOKIT_BURN_TRACKS, "", "%zu tracks are more than the %d of a CD", n,
			      BURN_MAX_TRACKS);
	if (n > 1 && d->profile->family != BURN_CD)
		return refuse(d, ISOKIT_BURN_TRACKS, "write them one by one, as sessions",
			      "a %s takes one track in a session, not %zu", d->profile->name, n);
	return true;
}

/* A download that ended early wastes a medium. */
static bool check_whole(struct decision *d)
{
	const struct isokit_burn_question *q = d->q;

	if (q->any || !q->size_known || q->volume_sectors <= q->sectors)
		return true;
	return refuse(d, ISOKIT_BURN_CUT, "get it again; --any writes it all the same",
		      "the image was cut short: it has %" PRIu64 " bytes, and the volume in it %" PRIu64,
		      q->sectors * OPTICAL_SECTOR, q->volume_sectors * OPTICAL_SECTOR);
}

/* ---- only blanking --------------------------------------------------------------------------- */

static bool cannot_deformat(struct decision *d)
{
	return refuse(d, ISOKIT_BURN_CANNOT_BLANK, "",
		      "only an overwritable DVD-RW can be deformatted, and this is a %s",
		      d->profile->name);
}

static bool decide_blank(struct decision *d)
{
	const struct isokit_disc_facts *f = d->facts;
	enum isokit_blanking b = d->q->blank;
	bool blank = f->state == ISOKIT_DISC_BLANK;

	if (d->q->simulate)
		return refuse(d, ISOKIT_BURN_NO_SIMULATION, "", "blanking cannot be simulated");
	if (d->profile->kind == BURN_ONCE)
		return refuse(d, ISOKIT_BURN_CANNOT_BLANK, "", "a %s can be written once only",
			      d->profile->name);
	if (b == ISOKIT_BLANK_DEFORMAT) {
		if (f->profile != 0x13)
			return cannot_deformat(d);
		d->plan->prepare = ISOKIT_PREPARE_BLANK_ALL;
	} else if (d->profile->kind == BURN_ANYWHERE) {
		if (b == ISOKIT_BLANK_ALL)
			return refuse(d, ISOKIT_BURN_CANNOT_BLANK,
				      "--blank=fast clears what says that there are files",
				      "a %s is overwritten, not blanked", d->profile->name);
		d->plan->prepare = f->state == ISOKIT_DISC_UNFORMATTED ? ISOKIT_PREPARE_FORMAT :
				   b == ISOKIT_BLANK_NEVER	       ? ISOKIT_PREPARE_NOTHING :
									 ISOKIT_PREPARE_CLEAR;
	} else if (b == ISOKIT_BLANK_ALL) {
		d->plan->prepare = ISOKIT_PREPARE_BLANK_ALL;
	} else if (!blank && b != ISOKIT_BLANK_NEVER) {
		d->plan->prepare = ISOKIT_PREPARE_BLANK_FAST;
	} else {
		note(d, blank ? "the medium is blank already" : "nothing to do with --blank=never");
	}
	d->plan->loses = d->plan->prepare != ISOKIT_PREPARE_NOTHING && !blank && !f->cleared &&
			 f->state != ISOKIT_DISC_UNFORMATTED;
	return true;
}

/* ---- where it begins ---------------------------------------------------------------------------- */

static bool wrong_origin(struct decision *d)
{
	const struct isokit_disc_facts *f = d->facts;
	char make_session[sizeof(d->plan->remedy)] = "--any writes it all the same";

	if (f->has_next && f->state != ISOKIT_DISC_BLANK)
		(void)snprintf(make_session, sizeof(make_session),
			       "iso-build --mkisofs -M %.60s -C %" PRIu32 ",%" PRIu32
			       " makes one that fits; --any writes this all the same",
			       f->drive, f->last_session_lba, f->next_lba);

	if (d->q->origin_lba)
		return refuse(d, ISOKIT_BURN_ORIGIN, make_session,
			      f->state == ISOKIT_DISC_BLANK || !f->has_next ?
				      "the image is a session for block %" PRIu32
				      ", and there is no session before it on this medium" :
				      "the image is a session for block %" PRIu32
				      ", and the next one on this medium begins at block %" PRIu32,
			      d->q->origin_lba, f->next_lba);
	return refuse(d, f->rewritable ? ISOKIT_BURN_NOT_BLANK : ISOKIT_BURN_ORIGIN, make_session,
		      "the image is made for block 0, and the next session of this medium begins at "
		      "block %" PRIu32, f->next_lba);
}

static bool place_anywhere(struct decision *d)
{
	const struct isokit_disc_facts *f = d->facts;
	const struct isokit_burn_question *q = d->q;

	if (q->blank == ISOKIT_BLANK_DEFORMAT && f->profile != 0x13)
		return cannot_deformat(d);
	if (q->blank == ISOKIT_BLANK_DEFORMAT) {
		/* Sequential from now on. */
		d->profile = burn_profile_of(0x14);
		d->plan->prepare = ISOKIT_PREPARE_BLANK_ALL;
		d->plan->loses = !f->cleared;
		return q->has_origin && q->origin_lba && !q->any ? wrong_origin(d) : true;
	}
	d->plan->overwrites = true;
	if (f->state == ISOKIT_DISC_UNFORMATTED) {
		if (!d->may_blank)
			return refuse(d, ISOKIT_BURN_NOT_BLANK, "leave out --blank=never",
				      "the medium must be formatted first");
		d->plan->prepare = ISOKIT_PREPARE_FORMAT;
	} else if (q->blank == ISOKIT_BLANK_FAST || q->blank == ISOKIT_BLANK_ALL) {
		note(d, "this medium is overwritten, so it is not blanked");
	}
	if (q->has_origin && q->origin_lba && !q->any) {
		if (!q->origin_fits)
			return wrong_origin(d);
		if (q->origin_lba % ALIGN_SECTORS)
			return refuse(d, ISOKIT_BURN_ORIGIN, "",
				      "the image is a session for block %" PRIu32
				      ", and here sessions begin at multiples of %d", q->origin_lba,
				      ALIGN_SECTORS);
		d->append = true;
		d->plan->start_lba = q->origin_lba;
		d->plan->renew_head = true;
	}
	d->plan->loses = !d->append && !f->cleared && f->state != ISOKIT_DISC_UNFORMATTED;
	if (q->multi && !d->plan->note[0])
		note(d, "--multi is not needed: this medium can always be written on");
	return true;
}

/* Behind the sessions that are there? */
static bool wants_append(const struct decision *d)
{
	const struct isokit_burn_question *q = d->q;

	if (q->blank == ISOKIT_BLANK_FAST || q->blank == ISOKIT_BLANK_ALL)
		return false;
	if (q->has_origin && q->origin_fits && q->origin_lba)
		return true;
	if (d->profile->kind == BURN_ONCE || !d->may_blank)
		return true;
	/* What is no volume does not mind where it lies; to keep is what --multi says. */
	return q->multi && (!q->has_origin || q->any);
}

static bool place_sequential(struct decision *d)
{
	const struct isokit_disc_facts *f = d->facts;
	const struct isokit_burn_question *q = d->q;
	bool blanking = q->blank == ISOKIT_BLANK_FAST || q->blank == ISOKIT_BLANK_ALL;

	if (q->blank == ISOKIT_BLANK_DEFORMAT && f->state != ISOKIT_DISC_BLANK)
		return cannot_deformat(d);
	if (f->state == ISOKIT_DISC_BLANK) {
		if (q->has_origin && q->origin_lba && !q->any)
			return wrong_origin(d);
		if (blanking)
			note(d, "the medium is blank already, and not blanked again");
		return true;
	}
	if (d->profile->kind == BURN_ONCE && blanking)
		return refuse(d, ISOKIT_BURN_CANNOT_BLANK, "put in a blank medium",
			      "a %s can be written once only", d->profile->name);
	if (f->state == ISOKIT_DISC_APPENDABLE && wants_append(d)) {
		if (f->damaged)
			return refuse(d, ISOKIT_BURN_DAMAGED, "put in another medium",
				      "the last session was never closed, so none can follow");
		if (q->has_origin && !q->any && !(q->origin_fits && q->origin_lba))
			return wrong_origin(d);
		d->append = true;
		d->plan->start_lba = f->next_lba;
		return true;
	}
	if (d->profile->kind == BURN_ONCE)
		return refuse(d, ISOKIT_BURN_FULL, "put in a blank medium",
			      "this %s is closed, nothing can be added", d->profile->name);
	if (!d->may_blank)
		return refuse(d, ISOKIT_BURN_NOT_BLANK, "leave out --blank=never",
			      "the medium is written and would have to be blanked");
	if (q->has_origin && q->origin_lba && !q->any)
		return wrong_origin(d);
	d->plan->prepare = q->blank == ISOKIT_BLANK_ALL ? ISOKIT_PREPARE_BLANK_ALL :
							  ISOKIT_PREPARE_BLANK_FAST;
	d->plan->loses = true;
	return true;
}

/* ---- how it is written ----------------------------------------------------------------------------- */

/* DVD-R and DVD-RW know a second way of being written only when the medium says so: one
 * that was blanked fast does not. */
static bool can_be_incremental(const struct decision *d)
{
	if (d->profile->number != 0x11 && d->profile->number != 0x14 && d->profile->number != 0x15)
		return true;
	return d->facts->can_tao || d->plan->prepare == ISOKIT_PREPARE_BLANK_ALL;
}

static bool choose_sao(struct decision *d)
{
	const struct isokit_burn_question *q = d->q;
	bool minus = d->profile->family == BURN_DVD && d->profile->sized;

	d->plan->type = ISOKIT_WRITE_TYPE_SAO;
	if (!q->size_known)
		return refuse(d, ISOKIT_BURN_SIZE_UNKNOWN, "save the stream to a file first",
			      "the size must be known before it is written at once");
	if (d->append || d->plan->overwrites)
		return refuse(d, ISOKIT_BURN_TYPE, "", d->append ?
			      "a session behind others cannot be written at once" :
			      "an overwritable medium knows no writing at once");
	if (q->n_data && q->n_audio)
		return refuse(d, ISOKIT_BURN_TYPE, "", "data and audio cannot be written at once");
	if (q->multi && minus)
		return refuse(d, ISOKIT_BURN_NO_MULTI, "leave out --multi, or write incrementally",
			      "a %s that is written at once is closed", d->profile->name);
	return true;
}

static bool choose_type(struct decision *d)
{
	const struct isokit_burn_question *q = d->q;
	const struct burn_profile *p = d->profile;
	bool audio_only = q->n_audio && !q->n_data;
	bool once = p->sized && q->size_known && !d->append && !(q->n_data && q->n_audio) &&
		    (!q->multi || audio_only);

	d->plan->multi = q->multi && !d->plan->overwrites;
	if (q->multi && p->kind != BURN_ANYWHERE && !p->multi)
		return refuse(d, ISOKIT_BURN_NO_MULTI, "leave out --multi",
			      "a %s cannot be kept appendable", p->name);
	if (q->type == ISOKIT_WRITE_TYPE_SAO)
		return choose_sao(d);
	if (once && q->type == ISOKIT_WRITE_TYPE_AUTO) {
		d->plan->type = ISOKIT_WRITE_TYPE_SAO;
		return true;
	}
	d->plan->type = ISOKIT_WRITE_TYPE_TAO;
	if (can_be_incremental(d))
		return true;
	/* Blanking it completely would help, which takes as long as writing it. */
	if (p->kind == BURN_AGAIN && d->may_blank) {
		d->plan->prepare = ISOKIT_PREPARE_BLANK_ALL;
		return true;
	}
	return refuse(d, q->size_known ? ISOKIT_BURN_TYPE : ISOKIT_BURN_SIZE_UNKNOWN,
		      p->kind == BURN_AGAIN ? "--blank=all makes it ready for that" : "",
		      "this %s can only be written at once, with a size that is known, and closed",
		      p->name);
}

static bool check_simulation(struct decision *d)
{
	if (!d->q->simulate)
		return true;
	d->plan->simulate = true;
	if (!d->profile->simulates || (!d->facts->can_simulate && d->plan->prepare == ISOKIT_PREPARE_NOTHING))
		return refuse(d, ISOKIT_BURN_NO_SIMULATION, "leave out --simulate",
			      d->profile->simulates ? "this drive cannot simulate writing a %s" :
						      "writing a %s cannot be simulated",
			      d->profile->name);
	if (d->plan->prepare != ISOKIT_PREPARE_NOTHING)
		return refuse(d, ISOKIT_BURN_NO_SIMULATION, "blank it first",
			      "the medium would have to be blanked for that, which cannot be simulated");
	return true;
}

static bool check_room(struct decision *d)
{
	const struct isokit_disc_facts *f = d->facts;
	bool tao = d->plan->type == ISOKIT_WRITE_TYPE_TAO;
	uint64_t room = d->plan->prepare != ISOKIT_PREPARE_NOTHING ? f->capacity_bytes : f->free_bytes;
	uint64_t need, begins = d->plan->overwrites ? d->plan->start_lba : 0;

	room /= OPTICAL_SECTOR;
	room = room > begins ? room - begins : 0;
	d->plan->room_sectors = room;
	if (!d->q->size_known)
		return true;
	need = d->q->sectors;
	/* Short tracks are lengthened one by one; the question counted them as they are. */
	d->plan->sectors = d->q->n_data + d->q->n_audio == 1 ?
				   burn_padded_sectors(d->profile, need, tao) :
				   need;
	/* A blank medium of unknown size is found to be too small by the check before the burn. */
	if (!room && d->plan->prepare != ISOKIT_PREPARE_NOTHING)
		return true;
	/* ECC blocks are filled up, but nobody needs the filling; that a track of a CD is never
	 * shorter than four seconds is no matter of taste. */
	if (d->profile->family == BURN_CD)
		need = max_u64(need, d->plan->sectors);
	if (need > room)
		return refuse(d, ISOKIT_BURN_TOO_SMALL, "put in a larger medium",
			      "%" PRIu64 " bytes do not fit: %s %" PRIu64 " bytes",
			      need * OPTICAL_SECTOR,
			      d->append ? "the medium has room for" :
			      d->plan->prepare != ISOKIT_PREPARE_NOTHING ?
					  "blanked, the medium will have" : "the medium has",
			      room * OPTICAL_SECTOR);
	return true;
}

/* ---- what only some discs can have ---------------------------------------------------------------- */

static void list_lost(struct decision *d, unsigned lost, char *words, size_t n)
{
	static const char *const names[ISOKIT_EXTRAS] = {
		[ISOKIT_EXTRA_CATALOG] = "CATALOG",
		[ISOKIT_EXTRA_ISRC] = "ISRC",
		[ISOKIT_EXTRA_TEXT] = "CD-TEXT",
		[ISOKIT_EXTRA_GAPS] = "the lengths of gaps",
		[ISOKIT_EXTRA_SOUND] = "the sound in gaps",
		[ISOKIT_EXTRA_POSTGAPS] = "POSTGAP",
		[ISOKIT_EXTRA_INDEXES] = "indexes from 02 on",
		[ISOKIT_EXTRA_FLAGS] = "FLAGS",
	};
	static const char *const why[ISOKIT_EXTRAS] = {
		[ISOKIT_EXTRA_CATALOG] = " (not a number of 13 digits)",
		[ISOKIT_EXTRA_ISRC] = " of some tracks (not 5 letters and 7 digits)",
		[ISOKIT_EXTRA_TEXT] = " (it is too long)",
	};
	size_t used = 0;

	words[0] = '\0';
	for (unsigned i = 0; i < ISOKIT_EXTRAS && used < n; i++)
		if (lost & 1U << i && names[i])
			used += (size_t)snprintf(words + used, n - used, "%s%s%s", used ? ", " : "",
						 names[i], d->q->unfit & 1U << i && why[i] ? why[i] : "");
}

/* Nothing of it is a reason not to burn, but it has to be told. */
static void check_extras(struct decision *d)
{
	const unsigned at_once = 1U << ISOKIT_EXTRA_TEXT | 1U << ISOKIT_EXTRA_GAPS |
				 1U << ISOKIT_EXTRA_SOUND | 1U << ISOKIT_EXTRA_POSTGAPS |
				 1U << ISOKIT_EXTRA_INDEXES;
	const unsigned letters = 1U << ISOKIT_EXTRA_LETTERS;
	const struct isokit_burn_question *q = d->q;
	bool cd = d->profile->family == BURN_CD;
	bool music = q->n_audio && !q->n_data && d->plan->type == ISOKIT_WRITE_TYPE_SAO;
	unsigned kept = !cd ? 0 : music ? ~0U : ~at_once, lost = (q->extras & ~kept) | q->unfit;
	char words[300], *note = d->plan->note;
	size_t used = strlen(note), room = sizeof(d->plan->note) - used;

	lost &= ~letters;
	d->plan->lost = lost;
	if (lost) {
		list_lost(d, lost, words, sizeof(words));
		used += (size_t)snprintf(note + used, room, "%snot burnt: %s%s", used ? "; " : "", words,
					 !(q->extras & lost & ~q->unfit) ? "" :
					 !cd ? "; only a CD can have that" :
					       "; only a CD of nothing but audio, written at once, "
					       "can have that");
	}
	if (q->unfit & letters && !(lost & 1U << ISOKIT_EXTRA_TEXT) && used < sizeof(d->plan->note)) {
		d->plan->lost |= letters;
		(void)snprintf(note + used, sizeof(d->plan->note) - used,
			       "%sletters that CD-TEXT does not have become '?'", used ? "; " : "");
	}
}

/* ---- in words ------------------------------------------------------------------------------------------ */

static void describe(struct decision *d)
{
	static const char *const first[] = {
		[ISOKIT_PREPARE_NOTHING] = "",
		[ISOKIT_PREPARE_BLANK_FAST] = "blanked (fast), then ",
		[ISOKIT_PREPARE_BLANK_ALL] = "blanked completely, then ",
		[ISOKIT_PREPARE_FORMAT] = "formatted, then ",
		[ISOKIT_PREPARE_CLEAR] = "cleared, then ",
	};
	const struct isokit_burn_plan *p = d->plan;
	bool cd = d->profile->family == BURN_CD;
	const char *how = p->overwrites				  ? "" :
			  p->type == ISOKIT_WRITE_TYPE_SAO	  ? (cd ? " at once (SAO)" : " at once (DAO)") :
			  cd					  ? " track by track (TAO)" :
								    " incrementally";

	(void)snprintf(d->plan->text, sizeof(d->plan->text), "%s: %swritten%s from block %" PRIu32 "%s%s",
		       d->profile->name, first[p->prepare], how, p->start_lba,
		       p->overwrites ? "" : p->multi ? ", kept appendable" : ", closed",
		       p->simulate ? " (simulated)" : "");
}

static void describe_blank(struct decision *d)
{
	static const char *const words[] = {
		[ISOKIT_PREPARE_NOTHING] = "left as it is",
		[ISOKIT_PREPARE_BLANK_FAST] = "blanked (fast)",
		[ISOKIT_PREPARE_BLANK_ALL] = "blanked completely",
		[ISOKIT_PREPARE_FORMAT] = "formatted",
		[ISOKIT_PREPARE_CLEAR] = "cleared",
	};

	(void)snprintf(d->plan->text, sizeof(d->plan->text), "%s: %s", d->profile->name,
		       words[d->plan->prepare]);
}

void isokit_burn_decide(const struct isokit_disc_facts *facts,
			const struct isokit_burn_question *question,
			struct isokit_burn_plan *ret_plan)
{
	struct decision d = { .facts = facts, .q = question, .plan = ret_plan,
			      .profile = burn_profile_of(facts->profile),
			      .may_blank = question->blank != ISOKIT_BLANK_NEVER };

	*ret_plan = (struct isokit_burn_plan){ .type = ISOKIT_WRITE_TYPE_TAO };
	if (!check_medium(&d))
		return;
	if (question->only_blank) {
		if (decide_blank(&d))
			describe_blank(&d);
		return;
	}
	if (check_tracks(&d) && check_whole(&d) &&
	    (d.profile->kind == BURN_ANYWHERE ? place_anywhere(&d) : place_sequential(&d)) &&
	    choose_type(&d) && check_simulation(&d) && check_room(&d)) {
		check_extras(&d);
		describe(&d);
	}
}
