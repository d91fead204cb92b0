/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The decision about a medium, over drives that exist only as facts. */
#include "unit.h"

#include <string.h>

#include "burn/burn.h"

#define MB ((uint64_t)1000 * 1000)
#define GB ((uint64_t)1000 * MB)
#define SECTORS(bytes) ((bytes) / 2048)

/* ---- media ------------------------------------------------------------------------------------ */

#define MEDIUM(NUMBER, STATE, ROOM) \
	.profile = (NUMBER), .state = ISOKIT_DISC_##STATE, .capacity_bytes = (ROOM)
#define NEW(NUMBER, ROOM) \
	MEDIUM(NUMBER, BLANK, ROOM), .free_bytes = (ROOM), .can_sao = true, .can_multi = true
#define BLANK(NUMBER, ROOM) NEW(NUMBER, ROOM), .can_tao = true, .can_simulate = true
#define APPENDABLE(NUMBER, ROOM) \
	MEDIUM(NUMBER, APPENDABLE, ROOM), .free_bytes = (ROOM) / 2, .can_tao = true, \
		.can_multi = true, .can_simulate = true, .has_next = true, .next_lba = 12000, \
		.n_sessions = 1, .readable = true
#define FULL(NUMBER, ROOM) MEDIUM(NUMBER, FULL, ROOM), .n_sessions = 1, .readable = true
#define ANYWHERE(NUMBER, ROOM) \
	MEDIUM(NUMBER, OVERWRITABLE, ROOM), .free_bytes = (ROOM), .rewritable = true, .readable = true

/* ---- what is wanted --------------------------------------------------------------------------- */

#define IMAGE .n_data = 1, .size_known = true, .sectors = 1000, .has_origin = true
#define LARGE .n_data = 1, .size_known = true, .sectors = SECTORS(100 * GB), .has_origin = true
#define STREAM .n_data = 1
#define TAR .n_data = 1, .size_known = true, .sectors = 1000
#define AUDIO .n_audio = 3, .size_known = true, .sectors = 30000
#define MIXED .n_data = 1, .n_audio = 2, .size_known = true, .sectors = 30000
#define SESSION IMAGE, .origin_lba = 12000, .origin_fits = true
#define STRAY IMAGE, .origin_lba = 12000
#define ELSEWHERE IMAGE, .origin_lba = 9999
#define JUST_BLANK .only_blank = true, .size_known = true

#define WANT(HOW) .blank = ISOKIT_BLANK_##HOW
#define SAO .type = ISOKIT_WRITE_TYPE_SAO
#define TAO .type = ISOKIT_WRITE_TYPE_TAO

/* ---- what comes of it ----------------------------------------------------------------------- */

#define NO(WHY) { .refusal = ISOKIT_BURN_##WHY }
#define YES(TYPE, PREPARE, ...) \
	{ .type = ISOKIT_WRITE_TYPE_##TYPE, .prepare = ISOKIT_PREPARE_##PREPARE, __VA_ARGS__ }
#define LOST .loses = true
#define OPEN .multi = true
#define OVER .overwrites = true
#define BEHIND .start_lba = 12000

static const struct {
	const char *name;
	struct isokit_disc_facts facts;
	struct isokit_burn_question q;
	struct isokit_burn_plan plan;
} cases[] = {
	/* No medium that could be written. */
	{ "empty tray", { .state = ISOKIT_DISC_NONE }, { IMAGE }, NO(NO_MEDIUM) },
	{ "somebody else's", { .state = ISOKIT_DISC_BUSY }, { IMAGE }, NO(BUSY) },
	{ "without libburn", { .state = ISOKIT_DISC_UNKNOWN }, { IMAGE }, NO(UNKNOWN_MEDIUM) },
	{ "scratched", { MEDIUM(0x09, UNSUITABLE, 0) }, { IMAGE }, NO(UNSUITABLE) },
	{ "CD-ROM", { FULL(0x08, 700 * MB) }, { IMAGE }, NO(READ_ONLY) },
	{ "DVD-ROM", { FULL(0x10, 4 * GB) }, { IMAGE }, NO(READ_ONLY) },
	{ "BD-ROM", { FULL(0x40, 25 * GB) }, { IMAGE }, NO(READ_ONLY) },
	{ "HD DVD-ROM", { FULL(0x50, 15 * GB) }, { IMAGE }, NO(READ_ONLY) },
	{ "BD-R RRM", { BLANK(0x42, 25 * GB) }, { IMAGE }, NO(UNKNOWN_MEDIUM) },
	{ "BD-R POW", { BLANK(0x41, 25 * GB), .pow = true }, { IMAGE }, NO(UNKNOWN_MEDIUM) },
	{ "DVD-RW DL", { BLANK(0x17, 8 * GB) }, { IMAGE }, NO(UNKNOWN_MEDIUM) },
	{ "DVD-R DL jump", { BLANK(0x16, 8 * GB) }, { IMAGE }, NO(UNKNOWN_MEDIUM) },
	{ "DVD+RW DL", { BLANK(0x2a, 8 * GB) }, { IMAGE }, NO(UNKNOWN_MEDIUM) },
	{ "HD DVD-R", { BLANK(0x51, 15 * GB) }, { IMAGE }, NO(UNKNOWN_MEDIUM) },
	{ "HD DVD-RAM", { BLANK(0x52, 15 * GB) }, { IMAGE }, NO(UNKNOWN_MEDIUM) },
	{ "of the future", { BLANK(0x77, 99 * GB) }, { IMAGE }, NO(UNKNOWN_MEDIUM) },

	/* Blank media: at once where that is known to be better, else as it comes. */
	{ "CD-R", { BLANK(0x09, 700 * MB) }, { IMAGE }, YES(SAO, NOTHING) },
	{ "CD-RW", { BLANK(0x0a, 700 * MB) }, { IMAGE }, YES(SAO, NOTHING) },
	{ "DVD-R", { BLANK(0x11, 4 * GB) }, { IMAGE }, YES(SAO, NOTHING) },
	{ "DVD-RW", { BLANK(0x14, 4 * GB) }, { IMAGE }, YES(SAO, NOTHING) },
	{ "DVD-R DL", { BLANK(0x15, 8 * GB) }, { IMAGE }, YES(SAO, NOTHING) },
	{ "DVD+R", { BLANK(0x1b, 4 * GB) }, { IMAGE }, YES(TAO, NOTHING) },
	{ "DVD+R DL", { BLANK(0x2b, 8 * GB) }, { IMAGE }, YES(TAO, NOTHING) },
	{ "BD-R", { BLANK(0x41, 25 * GB) }, { IMAGE }, YES(TAO, NOTHING) },
	{ "CD-R multi", { BLANK(0x09, 700 * MB) }, { IMAGE, .multi = true }, YES(TAO, NOTHING, OPEN) },
	{ "DVD-R multi", { BLANK(0x11, 4 * GB) }, { IMAGE, .multi = true }, YES(TAO, NOTHING, OPEN) },
	{ "DVD+R multi", { BLANK(0x1b, 4 * GB) }, { IMAGE, .multi = true }, YES(TAO, NOTHING, OPEN) },
	{ "BD-R multi", { BLANK(0x41, 25 * GB) }, { IMAGE, .multi = true }, YES(TAO, NOTHING, OPEN) },
	{ "DVD-R DL multi", { BLANK(0x15, 8 * GB) }, { IMAGE, .multi = true }, NO(NO_MULTI) },
	{ "CD-R stream", { BLANK(0x09, 700 * MB) }, { STREAM }, YES(TAO, NOTHING) },
	{ "DVD-R stream", { BLANK(0x11, 4 * GB) }, { STREAM }, YES(TAO, NOTHING) },
	{ "BD-R stream", { BLANK(0x41, 25 * GB) }, { STREAM }, YES(TAO, NOTHING) },
	{ "old DVD-R drive, stream", { NEW(0x11, 4 * GB) }, { STREAM },
	  NO(SIZE_UNKNOWN) },
	{ "a tar", { BLANK(0x09, 700 * MB) }, { TAR }, YES(SAO, NOTHING) },
	{ "blank already", { BLANK(0x0a, 700 * MB) }, { IMAGE, WANT(ALL) }, YES(SAO, NOTHING) },
	{ "session on blank", { BLANK(0x09, 700 * MB) }, { STRAY }, NO(ORIGIN) },
	{ "session on blank, any", { BLANK(0x1b, 4 * GB) }, { ELSEWHERE, .any = true },
	  YES(TAO, NOTHING) },

	/* The type asked for. */
	{ "CD-R TAO", { BLANK(0x09, 700 * MB) }, { IMAGE, TAO }, YES(TAO, NOTHING) },
	{ "DVD+R SAO", { BLANK(0x1b, 4 * GB) }, { IMAGE, SAO }, YES(SAO, NOTHING) },
	{ "SAO stream", { BLANK(0x09, 700 * MB) }, { STREAM, SAO }, NO(SIZE_UNKNOWN) },
	{ "DVD-R DAO multi", { BLANK(0x11, 4 * GB) }, { IMAGE, SAO, .multi = true }, NO(NO_MULTI) },
	{ "CD SAO multi", { BLANK(0x09, 700 * MB) }, { IMAGE, SAO, .multi = true },
	  YES(SAO, NOTHING, OPEN) },
	{ "SAO behind others", { APPENDABLE(0x09, 700 * MB) }, { SESSION, SAO }, NO(TYPE) },
	{ "SAO over", { ANYWHERE(0x1a, 4 * GB) }, { IMAGE, SAO }, NO(TYPE) },
	{ "SAO mixed", { BLANK(0x09, 700 * MB) }, { MIXED, SAO }, NO(TYPE) },

	/* DVD-RW that was blanked fast can only be written at once. */
	{ "DVD-RW fast", { NEW(0x14, 4 * GB) }, { IMAGE }, YES(SAO, NOTHING) },
	{ "DVD-RW fast, multi", { NEW(0x14, 4 * GB) }, { IMAGE, .multi = true },
	  YES(TAO, BLANK_ALL, OPEN) },
	{ "DVD-RW fast, multi, never", { NEW(0x14, 4 * GB) },
	  { IMAGE, .multi = true, WANT(NEVER) }, NO(TYPE) },
	{ "DVD-RW closed", { FULL(0x14, 4 * GB) }, { IMAGE }, YES(SAO, BLANK_FAST, LOST) },
	{ "DVD-RW closed, stream", { FULL(0x14, 4 * GB) }, { STREAM }, YES(TAO, BLANK_ALL, LOST) },
	{ "DVD-RW closed, all", { FULL(0x14, 4 * GB) }, { IMAGE, WANT(ALL) },
	  YES(SAO, BLANK_ALL, LOST) },

	/* Written media. */
	{ "CD-R closed", { FULL(0x09, 700 * MB) }, { IMAGE }, NO(FULL) },
	{ "DVD+R closed", { FULL(0x1b, 4 * GB) }, { IMAGE }, NO(FULL) },
	{ "BD-R closed", { FULL(0x41, 25 * GB) }, { IMAGE }, NO(FULL) },
	{ "CD-R closed, fast", { FULL(0x09, 700 * MB) }, { IMAGE, WANT(FAST) }, NO(CANNOT_BLANK) },
	{ "CD-RW closed", { FULL(0x0a, 700 * MB) }, { IMAGE }, YES(SAO, BLANK_FAST, LOST) },
	{ "CD-RW closed, all", { FULL(0x0a, 700 * MB) }, { IMAGE, WANT(ALL) },
	  YES(SAO, BLANK_ALL, LOST) },
	{ "CD-RW closed, never", { FULL(0x0a, 700 * MB) }, { IMAGE, WANT(NEVER) }, NO(NOT_BLANK) },
	{ "CD-RW closed, session", { FULL(0x0a, 700 * MB) }, { ELSEWHERE }, NO(ORIGIN) },
	{ "CD-R appendable, its session", { APPENDABLE(0x09, 700 * MB) }, { SESSION },
	  YES(TAO, NOTHING, BEHIND) },
	{ "the same, kept open", { APPENDABLE(0x09, 700 * MB) }, { SESSION, .multi = true },
	  YES(TAO, NOTHING, BEHIND, OPEN) },
	{ "DVD+R appendable", { APPENDABLE(0x1b, 4 * GB) }, { SESSION }, YES(TAO, NOTHING, BEHIND) },
	{ "BD-R appendable", { APPENDABLE(0x41, 25 * GB) }, { SESSION }, YES(TAO, NOTHING, BEHIND) },
	{ "DVD-R appendable", { APPENDABLE(0x11, 4 * GB) }, { SESSION }, YES(TAO, NOTHING, BEHIND) },
	{ "wrong session", { APPENDABLE(0x09, 700 * MB) }, { ELSEWHERE }, NO(ORIGIN) },
	{ "image behind a session", { APPENDABLE(0x09, 700 * MB) }, { IMAGE }, NO(ORIGIN) },
	{ "the same, any", { APPENDABLE(0x09, 700 * MB) }, { IMAGE, .any = true },
	  YES(TAO, NOTHING, BEHIND) },
	{ "a tar behind a session", { APPENDABLE(0x1b, 4 * GB) }, { TAR }, YES(TAO, NOTHING, BEHIND) },
	{ "never closed", { APPENDABLE(0x09, 700 * MB), .damaged = true }, { SESSION }, NO(DAMAGED) },
	{ "CD-RW appendable, image", { APPENDABLE(0x0a, 700 * MB), .rewritable = true }, { IMAGE },
	  YES(SAO, BLANK_FAST, LOST) },
	{ "CD-RW appendable, session", { APPENDABLE(0x0a, 700 * MB), .rewritable = true }, { SESSION },
	  YES(TAO, NOTHING, BEHIND) },
	{ "CD-RW appendable, session, fast", { APPENDABLE(0x0a, 700 * MB), .rewritable = true },
	  { SESSION, WANT(FAST) }, NO(ORIGIN) },
	{ "CD-RW appendable, tar", { APPENDABLE(0x0a, 700 * MB) }, { TAR },
	  YES(SAO, BLANK_FAST, LOST) },
	{ "CD-RW appendable, tar, multi", { APPENDABLE(0x0a, 700 * MB) }, { TAR, .multi = true },
	  YES(TAO, NOTHING, BEHIND, OPEN) },
	{ "CD-RW appendable, image, never", { APPENDABLE(0x0a, 700 * MB), .rewritable = true },
	  { IMAGE, WANT(NEVER) }, NO(NOT_BLANK) },
	{ "CD-RW never closed", { APPENDABLE(0x0a, 700 * MB), .damaged = true }, { IMAGE },
	  YES(SAO, BLANK_FAST, LOST) },

	/* Media that are overwritten. */
	{ "DVD+RW", { ANYWHERE(0x1a, 4 * GB) }, { IMAGE }, YES(TAO, NOTHING, OVER, LOST) },
	{ "DVD+RW empty", { ANYWHERE(0x1a, 4 * GB), .cleared = true }, { IMAGE },
	  YES(TAO, NOTHING, OVER) },
	{ "DVD-RAM", { ANYWHERE(0x12, 4 * GB) }, { IMAGE }, YES(TAO, NOTHING, OVER, LOST) },
	{ "DVD-RW restricted", { ANYWHERE(0x13, 4 * GB) }, { IMAGE }, YES(TAO, NOTHING, OVER, LOST) },
	{ "BD-RE", { ANYWHERE(0x43, 25 * GB) }, { STREAM }, YES(TAO, NOTHING, OVER, LOST) },
	{ "BD-RE new", { MEDIUM(0x43, UNFORMATTED, 25 * GB) }, { IMAGE }, YES(TAO, FORMAT, OVER) },
	{ "DVD-RAM new", { MEDIUM(0x12, UNFORMATTED, 4 * GB) }, { IMAGE }, YES(TAO, FORMAT, OVER) },
	{ "BD-RE new, never", { MEDIUM(0x43, UNFORMATTED, 25 * GB) }, { IMAGE, WANT(NEVER) },
	  NO(NOT_BLANK) },
	{ "DVD+RW, fast", { ANYWHERE(0x1a, 4 * GB) }, { IMAGE, WANT(FAST) },
	  YES(TAO, NOTHING, OVER, LOST) },
	{ "DVD+RW, session", { ANYWHERE(0x1a, 4 * GB), .has_next = true, .next_lba = 12000 },
	  { SESSION }, YES(TAO, NOTHING, OVER, BEHIND, .renew_head = true) },
	{ "DVD+RW, session of another", { ANYWHERE(0x1a, 4 * GB), .has_next = true, .next_lba = 64 },
	  { ELSEWHERE }, NO(ORIGIN) },
	{ "DVD+RW, crooked session", { ANYWHERE(0x1a, 4 * GB), .has_next = true, .next_lba = 12001 },
	  { IMAGE, .origin_lba = 12001, .origin_fits = true }, NO(ORIGIN) },
	{ "DVD-RW deformat", { ANYWHERE(0x13, 4 * GB) }, { IMAGE, WANT(DEFORMAT) },
	  YES(SAO, BLANK_ALL, LOST) },
	{ "DVD-RW deformat, multi", { ANYWHERE(0x13, 4 * GB) },
	  { IMAGE, WANT(DEFORMAT), .multi = true }, YES(TAO, BLANK_ALL, LOST, OPEN) },
	{ "DVD+RW deformat", { ANYWHERE(0x1a, 4 * GB) }, { IMAGE, WANT(DEFORMAT) }, NO(CANNOT_BLANK) },
	{ "CD-RW deformat", { FULL(0x0a, 700 * MB) }, { IMAGE, WANT(DEFORMAT) }, NO(CANNOT_BLANK) },
	{ "pseudo drive", { ANYWHERE(0xffff, 50 * GB), .pseudo = true }, { IMAGE },
	  YES(TAO, NOTHING, OVER, LOST) },

	/* A download that ended early. */
	{ "cut", { BLANK(0x09, 700 * MB) }, { IMAGE, .volume_sectors = 1001 }, NO(CUT) },
	{ "cut, any", { BLANK(0x09, 700 * MB) }, { IMAGE, .volume_sectors = 1001, .any = true },
	  YES(SAO, NOTHING) },
	{ "with something behind it", { BLANK(0x09, 700 * MB) }, { IMAGE, .volume_sectors = 900 },
	  YES(SAO, NOTHING) },

	/* Room. */
	{ "CD-R, large", { BLANK(0x09, 700 * MB) }, { LARGE }, NO(TOO_SMALL) },
	{ "DVD+RW, large", { ANYWHERE(0x1a, 4 * GB) }, { LARGE }, NO(TOO_SMALL) },
	{ "CD-RW closed, large", { FULL(0x0a, 700 * MB) }, { LARGE }, NO(TOO_SMALL) },
	{ "CD-RW closed, size not told", { FULL(0x0a, 0) }, { LARGE }, YES(SAO, BLANK_FAST, LOST) },
	{ "half full", { APPENDABLE(0x09, 4 * MB) },
	  { .n_data = 1, .size_known = true, .sectors = SECTORS(3 * MB) }, NO(TOO_SMALL) },
	{ "to the last sector", { BLANK(0x09, (uint64_t)359847 * 2048) },
	  { .n_data = 1, .size_known = true, .sectors = 359847 }, YES(SAO, NOTHING) },
	{ "one too many", { BLANK(0x09, (uint64_t)359847 * 2048) },
	  { .n_data = 1, .size_known = true, .sectors = 359848 }, NO(TOO_SMALL) },
	{ "session that does not fit", { ANYWHERE(0x1a, (uint64_t)12500 * 2048), .has_next = true,
	  .next_lba = 12000 }, { SESSION }, NO(TOO_SMALL) },

	/* Audio. */
	{ "audio CD", { BLANK(0x09, 700 * MB) }, { AUDIO }, YES(SAO, NOTHING) },
	{ "audio CD, a data session will follow", { BLANK(0x09, 700 * MB) }, { AUDIO, .multi = true },
	  YES(SAO, NOTHING, OPEN) },
	{ "mixed CD", { BLANK(0x09, 700 * MB) }, { MIXED }, YES(TAO, NOTHING) },
	{ "audio on CD-RW", { FULL(0x0a, 700 * MB) }, { AUDIO }, YES(SAO, BLANK_FAST, LOST) },
	{ "audio on DVD", { BLANK(0x11, 4 * GB) }, { AUDIO }, NO(NO_AUDIO) },
	{ "audio on BD-RE", { ANYWHERE(0x43, 25 * GB) }, { MIXED }, NO(NO_AUDIO) },
	{ "too many", { BLANK(0x09, 700 * MB) }, { .n_audio = 100, .size_known = true, .sectors = 100 },
	  NO(TRACKS) },
	{ "two on DVD+R", { BLANK(0x1b, 4 * GB) }, { .n_data = 2, .size_known = true, .sectors = 100 },
	  NO(TRACKS) },

	/* With the laser off. */
	{ "simulated CD-R", { BLANK(0x09, 700 * MB) }, { IMAGE, .simulate = true },
	  YES(SAO, NOTHING, .simulate = true) },
	{ "simulated DVD-R", { BLANK(0x11, 4 * GB) }, { IMAGE, .simulate = true },
	  YES(SAO, NOTHING, .simulate = true) },
	{ "simulated DVD+R", { BLANK(0x1b, 4 * GB) }, { IMAGE, .simulate = true }, NO(NO_SIMULATION) },
	{ "simulated BD-R", { BLANK(0x41, 25 * GB) }, { IMAGE, .simulate = true }, NO(NO_SIMULATION) },
	{ "simulated DVD+RW", { ANYWHERE(0x1a, 4 * GB) }, { IMAGE, .simulate = true },
	  NO(NO_SIMULATION) },
	{ "drive without", { NEW(0x09, 700 * MB) },
	  { IMAGE, .simulate = true }, NO(NO_SIMULATION) },
	{ "simulated after blanking", { FULL(0x0a, 700 * MB) }, { IMAGE, .simulate = true },
	  NO(NO_SIMULATION) },

	/* Only blanking. */
	{ "blank CD-RW", { FULL(0x0a, 700 * MB) }, { JUST_BLANK }, YES(TAO, BLANK_FAST, LOST) },
	{ "blank CD-RW all", { FULL(0x0a, 700 * MB) }, { JUST_BLANK, WANT(ALL) },
	  YES(TAO, BLANK_ALL, LOST) },
	{ "blank blank CD-RW", { BLANK(0x0a, 700 * MB) }, { JUST_BLANK }, YES(TAO, NOTHING) },
	{ "blank blank DVD-RW all", { BLANK(0x14, 4 * GB) }, { JUST_BLANK, WANT(ALL) },
	  YES(TAO, BLANK_ALL) },
	{ "blank CD-R", { FULL(0x09, 700 * MB) }, { JUST_BLANK }, NO(CANNOT_BLANK) },
	{ "blank DVD-ROM", { FULL(0x10, 4 * GB) }, { JUST_BLANK }, NO(READ_ONLY) },
	{ "blank DVD+RW", { ANYWHERE(0x1a, 4 * GB) }, { JUST_BLANK }, YES(TAO, CLEAR, LOST) },
	{ "blank DVD+RW all", { ANYWHERE(0x1a, 4 * GB) }, { JUST_BLANK, WANT(ALL) }, NO(CANNOT_BLANK) },
	{ "blank BD-RE new", { MEDIUM(0x43, UNFORMATTED, 25 * GB) }, { JUST_BLANK },
	  YES(TAO, FORMAT) },
	{ "deformat", { ANYWHERE(0x13, 4 * GB) }, { JUST_BLANK, WANT(DEFORMAT) },
	  YES(TAO, BLANK_ALL, LOST) },
	{ "deformat CD-RW", { FULL(0x0a, 700 * MB) }, { JUST_BLANK, WANT(DEFORMAT) }, NO(CANNOT_BLANK) },
	{ "blank simulated", { FULL(0x0a, 700 * MB) }, { JUST_BLANK, .simulate = true },
	  NO(NO_SIMULATION) },
};

START_TEST(decides)
{
	const struct isokit_burn_plan *want = &cases[_i].plan;
	struct isokit_burn_plan got;

	isokit_burn_decide(&cases[_i].facts, &cases[_i].q, &got);
	ck_assert_msg(got.refusal == want->refusal, "%s: %s, not %s (%s)", cases[_i].name,
		      isokit_burn_refusal_name(got.refusal), isokit_burn_refusal_name(want->refusal),
		      got.text);
	/* A reason, or what will be done, is always told in a line. */
	ck_assert_msg(strlen(got.text) > 5 && !strchr(got.text, '\n'), "%s", cases[_i].name);
	if (got.refusal != ISOKIT_BURN_GO)
		return;
	ck_assert_msg(got.type == want->type, "%s: type %d", cases[_i].name, (int)got.type);
	ck_assert_msg(got.prepare == want->prepare, "%s: prepare %d", cases[_i].name,
		      (int)got.prepare);
	ck_assert_msg(got.loses == want->loses, "%s: loses %d", cases[_i].name, got.loses);
	ck_assert_msg(got.multi == want->multi, "%s: multi %d", cases[_i].name, got.multi);
	ck_assert_msg(got.simulate == want->simulate, "%s: simulate %d", cases[_i].name, got.simulate);
	ck_assert_msg(got.overwrites == want->overwrites, "%s: overwrites", cases[_i].name);
	ck_assert_msg(got.renew_head == want->renew_head, "%s: head", cases[_i].name);
	ck_assert_msg(got.start_lba == want->start_lba, "%s: block %u", cases[_i].name, got.start_lba);
}
END_TEST

/* Whatever is asked of whatever medium: what is written once is never blanked, what is not
 * writable never written, and nothing is lost without being said. */
START_TEST(never_does_harm)
{
	static const unsigned profiles[] = { 0x00, 0x08, 0x09, 0x0a, 0x10, 0x11, 0x12, 0x13, 0x14,
					     0x15, 0x16, 0x17, 0x1a, 0x1b, 0x2a, 0x2b, 0x40, 0x41,
					     0x42, 0x43, 0x50, 0x51, 0x52, 0xffff };
	unsigned done = 0;

	for (unsigned p = 0; p < sizeof(profiles) / sizeof(profiles[0]); p++)
		for (unsigned bits = 0; bits < 1U << 14; bits++) {
			struct isokit_disc_facts f = {
				.profile = profiles[p],
				.state = ISOKIT_DISC_BLANK + (int)(bits & 3),
				.free_bytes = GB, .capacity_bytes = GB, .has_next = true, .next_lba = 32,
				.can_tao = bits >> 2 & 1, .can_simulate = bits >> 3 & 1,
			};
			struct isokit_burn_question q = {
				.n_data = 1, .sectors = 100, .size_known = bits >> 4 & 1,
				.has_origin = bits >> 5 & 1, .origin_lba = bits >> 6 & 1 ? 32 : 0,
				.origin_fits = bits >> 6 & 1, .any = bits >> 7 & 1,
				.multi = bits >> 8 & 1, .simulate = bits >> 9 & 1,
				.only_blank = bits >> 10 & 1, .blank = (int)(bits >> 11) % 5,
			};
			const struct burn_profile *kind = burn_profile_of(f.profile);
			struct isokit_burn_plan plan;

			isokit_burn_decide(&f, &q, &plan);
			ck_assert(plan.text[0]);
			if (plan.refusal != ISOKIT_BURN_GO)
				continue;
			done++;
			ck_assert(kind->kind != BURN_READ_ONLY && kind->kind != BURN_UNKNOWN);
			if (kind->kind == BURN_ONCE) {
				ck_assert_int_eq(plan.prepare, ISOKIT_PREPARE_NOTHING);
				ck_assert(f.state != ISOKIT_DISC_FULL);
				ck_assert(!plan.loses);
			}
			ck_assert(!q.simulate || plan.prepare == ISOKIT_PREPARE_NOTHING);
			if (plan.prepare != ISOKIT_PREPARE_NOTHING)
				ck_assert(q.blank != ISOKIT_BLANK_NEVER || f.state == ISOKIT_DISC_UNFORMATTED);
			if (f.state == ISOKIT_DISC_FULL && !q.only_blank)
				ck_assert(plan.loses || kind->kind == BURN_ANYWHERE);
			ck_assert(q.size_known || q.only_blank || plan.type == ISOKIT_WRITE_TYPE_TAO);
		}
	ck_assert_uint_gt(done, 1000);
}
END_TEST

START_TEST(knows_all_profiles)
{
	char last[48] = "";

	for (unsigned n = 0; n <= 0xffff; n++) {
		const struct burn_profile *p = burn_profile_of(n);

		ck_assert_ptr_nonnull(p->name);
		if (p->number == 0)
			continue;
		ck_assert_str_ne(p->name, last);
		(void)strncpy(last, p->name, sizeof(last) - 1);
		ck_assert((n == 0xffff) == (isokit_disc_single_speed(n) == 0));
	}
	ck_assert(isokit_disc_single_speed(0) == 0);
	for (int r = 0; r < ISOKIT_BURN_REFUSALS; r++)
		ck_assert_ptr_nonnull(isokit_burn_refusal_name((enum isokit_burn_refusal)r));
}
END_TEST

START_TEST(pads)
{
	ck_assert_uint_eq(burn_padded_sectors(burn_profile_of(0x09), 10, true), 302);
	ck_assert_uint_eq(burn_padded_sectors(burn_profile_of(0x09), 1000, false), 1000);
	ck_assert_uint_eq(burn_padded_sectors(burn_profile_of(0x1b), 17, true), 32);
	ck_assert_uint_eq(burn_padded_sectors(burn_profile_of(0x41), 33, true), 64);
	ck_assert_uint_eq(burn_padded_sectors(burn_profile_of(0xffff), 33, true), 33);
}
END_TEST

UNIT(plan)
{
	tcase_add_loop_test(tc, decides, 0, (int)(sizeof(cases) / sizeof(cases[0])));
	tcase_add_test(tc, never_does_harm);
	tcase_add_test(tc, knows_all_profiles);
	tcase_add_test(tc, pads);
}
