/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ondisk/ccd.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/fail.h"

static const char subject[] = "CloneCD control file";

enum { MAX_VALUE = 64, LEAD_OUT_POINT = 0xa2 };

enum section { OTHER, HEAD, DISC, CDTEXT, ENTRY, TRACK };

/* One [Entry], whose keys come in any order. */
struct entry {
	unsigned session, point, control;
	int32_t plba;
	bool plba_set;
};

struct parser {
	struct ondisk_ccd *ccd;
	enum section section;
	unsigned number; /* of the [TRACK] */
	struct entry entry;
	bool head_seen;
};

static bool is_space(char c)
{
	return c == ' ' || c == '\t';
}

/* Copy without space around it; what is too long is cut. */
static void copy_trimmed(char to[MAX_VALUE], const char *p, const char *end)
{
	size_t n;

	while (p < end && is_space(*p))
		p++;
	while (end > p && is_space(end[-1]))
		end--;
	n = (size_t)(end - p);
	if (n >= MAX_VALUE)
		n = MAX_VALUE - 1;
	memcpy(to, p, n);
	to[n] = '\0';
}

static bool number(const char *text, long *ret)
{
	char *end;

	*ret = strtol(text, &end, 0);
	return end != text && *end == '\0' && *ret >= INT32_MIN && *ret <= INT32_MAX;
}

static void finish_entry(struct parser *p)
{
	const struct entry *e = &p->entry;
	struct ondisk_ccd *c = p->ccd;

	if (p->section != ENTRY || !e->plba_set || e->session < 1 || e->session > 99)
		return;
	if (e->session > c->n_sessions)
		c->n_sessions = e->session;
	if (e->point == LEAD_OUT_POINT) {
		c->lead_out[e->session] = e->plba;
		c->lead_out_set[e->session] = true;
	} else if (e->point >= 1 && e->point <= 99) {
		struct ondisk_ccd_track *t = &c->tracks[e->point];

		t->set = true;
		t->session = e->session;
		t->control = e->control;
		t->plba = e->plba;
		t->plba_set = true;
	}
}

static void take_section(struct parser *p, const char *name)
{
	long n = 0;

	finish_entry(p);
	p->entry = (struct entry){ .session = 1 };
	p->section = OTHER;
	if (strcasecmp(name, "CloneCD") == 0) {
		p->section = HEAD;
		p->head_seen = true;
	} else if (strcasecmp(name, "Disc") == 0) {
		p->section = DISC;
	} else if (strcasecmp(name, "CDText") == 0) {
		p->section = CDTEXT;
	} else if (strncasecmp(name, "Entry ", 6) == 0) {
		p->section = ENTRY;
	} else if (strncasecmp(name, "TRACK ", 6) == 0 && number(name + 6, &n) && n >= 1 && n <= 99) {
		p->section = TRACK;
		p->number = (unsigned)n;
		if (!p->ccd->tracks[n].set) {
			p->ccd->tracks[n].set = true;
			p->ccd->tracks[n].session = 1;
		}
	}
}

/* "Entry 3=80 00 03 00 …": the bytes of a pack. */
static void take_pack(struct ondisk_ccd *c, const char *value)
{
	uint8_t pack[ONDISK_CCD_CDTEXT_BYTES];

	for (unsigned i = 0; i < ONDISK_CCD_CDTEXT_BYTES; i++) {
		char *end;
		unsigned long byte = strtoul(value, &end, 16);

		if (end == value || byte > 255)
			return;
		pack[i] = (uint8_t)byte;
		value = end;
	}
	if (c->n_cdtext < ONDISK_CCD_CDTEXT_PACKS)
		memcpy(c->cdtext + ONDISK_CCD_CDTEXT_BYTES * c->n_cdtext++, pack, sizeof(pack));
}

static void take_key(struct parser *p, const char *key, const char *value)
{
	struct ondisk_ccd_track *t = &p->ccd->tracks[p->number];
	long n = 0;
	bool is_number = number(value, &n);

	if (p->section == TRACK && strcasecmp(key, "ISRC") == 0) {
		size_t bytes = strlen(value);

		if (bytes < sizeof(t->isrc))
			memcpy(t->isrc, value, bytes + 1);
		return;
	}
	if (p->section == DISC && strcasecmp(key, "CATALOG") == 0) {
		size_t bytes = strlen(value);

		if (bytes < sizeof(p->ccd->catalog))
			memcpy(p->ccd->catalog, value, bytes + 1);
		return;
	}
	if (p->section == CDTEXT && strncasecmp(key, "Entry ", 6) == 0) {
		take_pack(p->ccd, value);
		return;
	}
	if (!is_number)
		return;
	if (p->section == DISC && strcasecmp(key, "DataTracksScrambled") == 0) {
		p->ccd->scrambled = n != 0;
	} else if (p->section == ENTRY) {
		if (strcasecmp(key, "Session") == 0 && n >= 0)
			p->entry.session = (unsigned)n;
		else if (strcasecmp(key, "Point") == 0 && n >= 0)
			p->entry.point = (unsigned)n;
		else if (strcasecmp(key, "Control") == 0 && n >= 0)
			p->entry.control = (unsigned)n;
		else if (strcasecmp(key, "PLBA") == 0) {
			p->entry.plba = (int32_t)n;
			p->entry.plba_set = true;
		}
	} else if (p->section == TRACK) {
		if (strcasecmp(key, "MODE") == 0) {
			t->mode = n >= 0 && n <= 2 ? (int)n : -1;
		} else if (strcasecmp(key, "INDEX 0") == 0) {
			t->index0 = (int32_t)n;
			t->index0_set = true;
		} else if (strcasecmp(key, "INDEX 1") == 0) {
			t->index1 = (int32_t)n;
			t->index1_set = true;
		}
	}
}

static void take_line(struct parser *p, const char *line, const char *end)
{
	char key[MAX_VALUE], value[MAX_VALUE];
	const char *equal;

	while (line < end && is_space(*line))
		line++;
	if (line < end && *line == '[') {
		const char *close = memchr(line, ']', (size_t)(end - line));

		copy_trimmed(key, line + 1, close ? close : end);
		take_section(p, key);
		return;
	}
	equal = memchr(line, '=', (size_t)(end - line));
	if (!equal)
		return;
	copy_trimmed(key, line, equal);
	copy_trimmed(value, equal + 1, end);
	take_key(p, key, value);
}

enum isokit_status ondisk_ccd_decode(const char *text, size_t n, struct ondisk_ccd *ret,
				     struct isokit_error *err)
{
	struct parser p = { .ccd = ret };
	const char *end = text + n;

	*ret = (struct ondisk_ccd){ 0 };
	for (unsigned i = 0; i < 100; i++)
		ret->tracks[i].mode = -1;
	while (text < end) {
		const char *line = text;

		while (text < end && *text != '\n' && *text != '\r')
			text++;
		take_line(&p, line, text);
		text++;
	}
	finish_entry(&p);
	if (!p.head_seen)
		return isokit_fail(err, ISOKIT_E_NOT_ISO, ISOKIT_NO_OFFSET, subject,
				   "has no section [CloneCD]");
	for (unsigned i = 1; i < 100; i++) {
		struct ondisk_ccd_track *t = &ret->tracks[i];

		if (!t->set)
			continue;
		ret->n_tracks++;
		if (!t->plba_set && t->index1_set)
			t->plba = t->index1;
		else if (!t->plba_set)
			return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, subject,
					   "does not say where track %u begins", i);
	}
	if (ret->n_tracks == 0)
		return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, subject,
				   "has no tracks");
	if (ret->n_sessions == 0)
		ret->n_sessions = 1;
	return ISOKIT_OK;
}
