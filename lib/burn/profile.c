/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Kinds of media by MMC's numbers (MMC-6 table 95), and what libburn does with them. */
#include "burn/burn.h"

#include "base/checked.h"

enum {
	ECC_SECTORS = 16,       /* of a DVD; libburn fills up to this */
	BD_SECTORS = 32,        /* of a BD cluster */
	CD_SHORTEST = 300,      /* sectors of a track: 4 seconds */
	CD_RUN_OUT = 2,         /* behind a track at once */
};

static const struct burn_profile profiles[] = {
	{ 0x08, "CD-ROM", BURN_CD, BURN_READ_ONLY },
	{ 0x09, "CD-R", BURN_CD, BURN_ONCE, .simulates = true, .multi = true, .sized = true },
	{ 0x0a, "CD-RW", BURN_CD, BURN_AGAIN, .simulates = true, .multi = true, .sized = true },
	{ 0x10, "DVD-ROM", BURN_DVD, BURN_READ_ONLY },
	{ 0x11, "DVD-R", BURN_DVD, BURN_ONCE, .simulates = true, .multi = true, .sized = true },
	{ 0x12, "DVD-RAM", BURN_DVD, BURN_ANYWHERE, .formats = true },
	{ 0x13, "DVD-RW (overwritable)", BURN_DVD, BURN_ANYWHERE },
	{ 0x14, "DVD-RW", BURN_DVD, BURN_AGAIN, .simulates = true, .multi = true, .sized = true },
	{ 0x15, "DVD-R DL", BURN_DVD, BURN_ONCE, .simulates = true, .sized = true },
	{ 0x16, "DVD-R DL (layer jump)", BURN_DVD, BURN_UNKNOWN },
	{ 0x17, "DVD-RW DL", BURN_DVD, BURN_UNKNOWN },
	{ 0x1a, "DVD+RW", BURN_DVD, BURN_ANYWHERE },
	{ 0x1b, "DVD+R", BURN_DVD, BURN_ONCE, .multi = true },
	{ 0x2a, "DVD+RW DL", BURN_DVD, BURN_UNKNOWN },
	{ 0x2b, "DVD+R DL", BURN_DVD, BURN_ONCE, .multi = true },
	{ 0x40, "BD-ROM", BURN_BD, BURN_READ_ONLY },
	{ 0x41, "BD-R", BURN_BD, BURN_ONCE, .multi = true },
	{ 0x42, "BD-R (random recording)", BURN_BD, BURN_UNKNOWN },
	{ 0x43, "BD-RE", BURN_BD, BURN_ANYWHERE, .formats = true },
	{ 0x50, "HD DVD-ROM", BURN_DVD, BURN_READ_ONLY },
	{ 0x51, "HD DVD-R", BURN_DVD, BURN_UNKNOWN },
	{ 0x52, "HD DVD-RAM", BURN_DVD, BURN_UNKNOWN },
	/* libburn's number of a file that plays a drive. */
	{ 0xffff, "pseudo drive", BURN_FILE, BURN_ANYWHERE, .simulates = true },
};

static const struct burn_profile unknown = { 0, "unknown medium", BURN_DVD, BURN_UNKNOWN };

const struct burn_profile *burn_profile_of(unsigned number)
{
	for (size_t i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++)
		if (profiles[i].number == number)
			return profiles + i;
	return &unknown;
}

double isokit_disc_single_speed(unsigned profile)
{
	const struct burn_profile *p = burn_profile_of(profile);

	if (p == &unknown)
		return 0;
	switch (p->family) {
	case BURN_CD:
		return 176.4;
	case BURN_DVD:
		return 1385;
	case BURN_BD:
		return 4495.5;
	case BURN_FILE:
		break;
	}
	return 0;
}

double burn_sectors_per_second(unsigned profile)
{
	/* Drives count 2352 bytes for each sector of a CD, also of data. */
	return 1000 * isokit_disc_single_speed(profile) /
	       (burn_profile_of(profile)->family == BURN_CD ? OPTICAL_AUDIO_SECTOR : OPTICAL_SECTOR);
}

uint64_t burn_padded_sectors(const struct burn_profile *p, uint64_t sectors, bool tao)
{
	switch (p->family) {
	case BURN_CD:
		sectors = max_u64(sectors, CD_SHORTEST);
		return tao ? sectors + CD_RUN_OUT : sectors;
	case BURN_DVD:
		return round_up(sectors, ECC_SECTORS);
	case BURN_BD:
		return round_up(sectors, BD_SECTORS);
	case BURN_FILE:
		break;
	}
	return sectors;
}

const char *isokit_disc_state_name(enum isokit_disc_state state)
{
	switch (state) {
	case ISOKIT_DISC_NONE:
		return "no-medium";
	case ISOKIT_DISC_BUSY:
		return "busy";
	case ISOKIT_DISC_UNKNOWN:
		return "unknown";
	case ISOKIT_DISC_BLANK:
		return "blank";
	case ISOKIT_DISC_APPENDABLE:
		return "appendable";
	case ISOKIT_DISC_FULL:
		return "closed";
	case ISOKIT_DISC_OVERWRITABLE:
		return "overwritable";
	case ISOKIT_DISC_UNFORMATTED:
		return "unformatted";
	case ISOKIT_DISC_UNSUITABLE:
		break;
	}
	return "unsuitable";
}

const char *isokit_burn_refusal_name(enum isokit_burn_refusal refusal)
{
	static const char *const names[ISOKIT_BURN_REFUSALS] = {
		[ISOKIT_BURN_GO] = "none",
		[ISOKIT_BURN_NO_MEDIUM] = "no-medium",
		[ISOKIT_BURN_BUSY] = "busy",
		[ISOKIT_BURN_UNKNOWN_MEDIUM] = "unknown-medium",
		[ISOKIT_BURN_UNSUITABLE] = "unsuitable",
		[ISOKIT_BURN_READ_ONLY] = "read-only",
		[ISOKIT_BURN_FULL] = "closed",
		[ISOKIT_BURN_NOT_BLANK] = "not-blank",
		[ISOKIT_BURN_CANNOT_BLANK] = "cannot-blank",
		[ISOKIT_BURN_TOO_SMALL] = "too-small",
		[ISOKIT_BURN_NO_SIMULATION] = "no-simulation",
		[ISOKIT_BURN_NO_MULTI] = "no-multi",
		[ISOKIT_BURN_NO_AUDIO] = "no-audio",
		[ISOKIT_BURN_TRACKS] = "tracks",
		[ISOKIT_BURN_TYPE] = "write-type",
		[ISOKIT_BURN_SIZE_UNKNOWN] = "size-unknown",
		[ISOKIT_BURN_ORIGIN] = "origin",
		[ISOKIT_BURN_DAMAGED] = "damaged",
		[ISOKIT_BURN_CUT] = "cut-short",
	};

	return (unsigned)refusal < ISOKIT_BURN_REFUSALS ? names[refusal] : "unknown";
}

const char *isokit_burn_extra_name(enum isokit_burn_extra extra)
{
	static const char *const names[ISOKIT_EXTRAS] = {
		[ISOKIT_EXTRA_CATALOG] = "catalog",   [ISOKIT_EXTRA_ISRC] = "isrc",
		[ISOKIT_EXTRA_TEXT] = "cd-text",      [ISOKIT_EXTRA_LETTERS] = "letters",
		[ISOKIT_EXTRA_GAPS] = "gaps",	      [ISOKIT_EXTRA_SOUND] = "gap-sound",
		[ISOKIT_EXTRA_POSTGAPS] = "postgaps", [ISOKIT_EXTRA_INDEXES] = "indexes",
		[ISOKIT_EXTRA_FLAGS] = "flags",
	};

	return (unsigned)extra < ISOKIT_EXTRAS ? names[extra] : "unknown";
}

const char *isokit_burn_end_name(enum isokit_burn_end end)
{
	switch (end) {
	case ISOKIT_BURN_UNTOUCHED:
		return "untouched";
	case ISOKIT_BURN_SIMULATED:
		return "simulated";
	case ISOKIT_BURN_BLANKED:
		return "blanked";
	case ISOKIT_BURN_PARTIAL:
		return "partial";
	case ISOKIT_BURN_WRITTEN:
		return "written";
	case ISOKIT_BURN_VERIFIED:
		return "verified";
	case ISOKIT_BURN_DIFFERS:
		break;
	}
	return "differs";
}
