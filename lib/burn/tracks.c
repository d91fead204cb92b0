/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A session of several tracks, or of sound, against what was to be burnt. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/checked.h"
#include "base/fail.h"
#include "burn/burn.h"

static uint32_t sectors_of(const struct isokit_burn_track *t)
{
	return (uint32_t)min_u64(div_up(isokit_source_size(t->source),
					t->audio ? OPTICAL_AUDIO_SECTOR : OPTICAL_SECTOR), INT32_MAX);
}

/* Are the tracks up to this one where they are when gaps are as the job has them? */
static bool has_gap(const struct isokit_burn_job *job, const struct burn_profile *p,
		    const struct optical_place *there, size_t i)
{
	const struct isokit_burn_track *t = job->tracks + i, *before = t - 1;

	if (!t->gap)
		return false;
	if (i == 0)
		return there[0].lba == t->pregap_sectors;
	return before->source && there[i].lba == there[i - 1].lba +
						     burn_padded_sectors(p, sectors_of(before), false) +
						     before->postgap_sectors + t->pregap_sectors;
}

/* The sound of track i, in its gap and behind it. */
static size_t add_sounds(const struct isokit_burn_job *job, const struct burn_profile *p,
			 const struct optical_place *there, size_t i, struct burn_sound *to)
{
	const struct isokit_burn_track *t = job->tracks + i;
	struct burn_sound s = { (unsigned)i + 1, (unsigned)job->n_tracks, (int32_t)there[i].lba,
				t->source, 0 };
	size_t n = 0;

	if (has_gap(job, p, there, i)) {
		uint64_t bytes = isokit_source_size(t->gap);

		to[n++] = (struct burn_sound){ s.number, s.tracks,
					       s.lba - (int32_t)(bytes / OPTICAL_AUDIO_SECTOR),
					       t->gap, 0 };
	}
	to[n++] = s;
	return n;
}

/* Sound where sound should be, and enough of it. */
static bool fits(struct isokit_burn_result *r, const struct isokit_burn_job *job,
		 const struct optical_place *there, size_t i)
{
	const struct isokit_burn_track *t = job->tracks + i;

	if (t->audio != there[i].audio) {
		(void)snprintf(r->text, sizeof(r->text), "its track %zu is of %s, and not of %s", i + 1,
			       there[i].audio ? "sound" : "data", t->audio ? "sound" : "data");
		return false;
	}
	if (t->source && there[i].sectors && there[i].sectors < sectors_of(t)) {
		(void)snprintf(r->text, sizeof(r->text),
			       "its track %zu is shorter: %" PRIu32 " sectors, and not %" PRIu32, i + 1,
			       there[i].sectors, sectors_of(t));
		return false;
	}
	return true;
}

static enum isokit_status no_such_tracks(struct isokit_burner *b, struct isokit_burn_result *r,
					 size_t found, size_t wanted, struct isokit_error *err)
{
	(void)snprintf(r->text, sizeof(r->text), "its last session has %zu track%s, and not %zu",
		       found, found == 1 ? "" : "s", wanted);
	return isokit_fail(err, ISOKIT_E_MISMATCH, ISOKIT_NO_OFFSET, b->facts.drive, "%s", r->text);
}

enum isokit_status burn_verify_tracks(struct isokit_burner *b, const struct isokit_burn_job *job,
				      struct burn_checks *const *checks, const uint64_t *bytes,
				      struct isokit_burn_result *r, struct isokit_error *err)
{
	struct burn_sound sounds[2 * BURN_MAX_TRACKS];
	struct optical_place there[BURN_MAX_TRACKS];
	const struct burn_profile *p = burn_profile_of(b->facts.profile);
	size_t n = job->n_tracks, n_sounds = 0;
	enum isokit_status st = ISOKIT_OK;
	uint64_t before = 0;
	size_t found = optical_tracks(b->optical, there, BURN_MAX_TRACKS);

	if (found != n)
		return no_such_tracks(b, r, found, n, err);
	r->start_lba = there[0].lba;
	for (size_t i = 0; i < n && !st; i++) {
		const struct isokit_burn_track *t = job->tracks + i;
		uint64_t size = bytes ? bytes[i] : isokit_source_size(t->source);

		if (!fits(r, job, there, i))
			return isokit_fail(err, ISOKIT_E_MISMATCH, ISOKIT_NO_OFFSET, b->facts.drive,
					   "%s", r->text);
		if (t->audio && t->source) {
			n_sounds += add_sounds(job, p, there, i, sounds + n_sounds);
			r->audio_tracks++;
		} else if (!t->audio) {
			st = burn_verify(b, there[i].lba, size, checks ? checks[i] : NULL, t->source, before,
					 r, err);
			before += size;
		}
	}
	return st || !n_sounds ? st : burn_verify_sound(b, sounds, n_sounds, r, err);
}

enum isokit_status isokit_burner_compare_job(struct isokit_burner *b,
					     const struct isokit_burn_job *job,
					     struct isokit_burn_result *ret_result,
					     struct isokit_error *err)
{
	enum isokit_status st;

	memset(ret_result, 0, sizeof(*ret_result));
	if (!job->n_tracks || job->n_tracks > BURN_MAX_TRACKS)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, b->facts.drive,
				   "a job has 1 to %d tracks", BURN_MAX_TRACKS);
	for (size_t i = 0; i < job->n_tracks; i++)
		if (!job->tracks[i].source)
			return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, b->facts.drive,
					   "a stream cannot be compared");
	if (!b->facts.n_tracks)
		return isokit_fail(err, ISOKIT_E_MISMATCH, ISOKIT_NO_OFFSET, b->facts.drive,
				   "there is nothing on it to compare with");
	st = burn_verify_tracks(b, job, NULL, NULL, ret_result, err);
	return st ? st : burn_verdict(b, ret_result, err);
}
