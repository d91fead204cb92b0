/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GDI: a list of the tracks of a GD-ROM, one line each, with a file for each: number, block,
 * kind (0 audio, 4 data), bytes of a sector, name, byte of the file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "format/disctrack.h"
#include "format/formats.h"

enum {
	HIGH_DENSITY = 45000, /* block where the second area of a GD-ROM begins */
	MAX_NAME = 512,
};

struct line {
	unsigned number, lba, kind, bytes, offset;
	char name[MAX_NAME];
};

static void skip_space(const char **p, const char *end)
{
	while (*p < end && (**p == ' ' || **p == '\t' || **p == '\r'))
		++*p;
}

static bool take_number(const char **p, const char *end, unsigned *ret)
{
	unsigned v = 0;
	bool any = false;

	skip_space(p, end);
	for (; *p < end && **p >= '0' && **p <= '9' && v < 100000000; ++*p, any = true)
		v = v * 10 + (unsigned)(**p - '0');
	*ret = v;
	return any && (*p == end || **p == ' ' || **p == '\t' || **p == '\r' || **p == '\n');
}

static bool take_name(const char **p, const char *end, char to[MAX_NAME])
{
	const char *from;
	char stop = ' ';
	size_t n;

	skip_space(p, end);
	if (*p < end && **p == '"') {
		stop = '"';
		++*p;
	}
	for (from = *p; *p < end && **p != stop && **p != '\n' && **p != '\t'; ++*p)
		continue;
	n = (size_t)(*p - from);
	if (n == 0 || n >= MAX_NAME)
		return false;
	memcpy(to, from, n);
	to[n] = '\0';
	if (stop == '"' && *p < end)
		++*p;
	return true;
}

static bool take_line(const char **p, const char *end, struct line *l)
{
	while (*p < end && (**p == '\n' || **p == '\r' || **p == ' '))
		++*p;
	return take_number(p, end, &l->number) && take_number(p, end, &l->lba) &&
	       take_number(p, end, &l->kind) && take_number(p, end, &l->bytes) &&
	       take_name(p, end, l->name) && take_number(p, end, &l->offset) && l->number >= 1 &&
	       l->number <= 99 && (l->kind == 0 || l->kind == 4) && l->bytes >= 2048 &&
	       l->bytes <= 2448;
}

static unsigned gdi_probe(const struct format_probe *p, char evidence[FORMAT_EVIDENCE])
{
	const char *at = (const char *)p->head, *end = at + p->head_bytes;
	unsigned count;
	struct line l;

	if (!sheet_is_text(p) || p->size > p->head_bytes)
		return 0;
	if (!take_number(&at, end, &count) || count < 1 || count > 99)
		return 0;
	for (unsigned i = 0; i < count; i++)
		if (!take_line(&at, end, &l) || l.number != i + 1)
			return 0;
	snprintf(evidence, FORMAT_EVIDENCE, "a list of %u tracks of a GD-ROM", count);
	return 88;
}

static enum isokit_status gdi_open(struct isokit_medium *m, const struct format_probe *p,
				   struct isokit_error *err)
{
	const char *at, *end;
	enum isokit_status st;
	unsigned count = 0;
	struct line l;
	size_t bytes;

	st = sheet_read(m, p->src, &at, &bytes, err);
	if (st)
		return st;
	end = at + bytes;
	if (!take_number(&at, end, &count))
		count = 0;
	for (unsigned i = 0; !st && i < count; i++) {
		struct disc_track d = {.to_end = true};

		if (!take_line(&at, end, &l))
			return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, "GDI list",
					   "its line %u makes no sense", i + 2);
		st = sheet_open_data(m, l.name, count == 1, &d.file, err);
		if (st)
			break;
		d.t.number = l.number;
		d.t.session = l.lba >= HIGH_DENSITY ? 2 : 1;
		d.t.first_lba = (int32_t)l.lba;
		disc_set_shape(&d.t, l.kind ? ISOKIT_TRACK_MODE1 : ISOKIT_TRACK_AUDIO, l.bytes);
		snprintf(d.t.file, sizeof(d.t.file), "%.255s", l.name);
		d.at = l.offset;
		st = disc_add_track(m, &d, err);
	}
	return st;
}

const struct format format_gdi = {
	.name = "gdi",
	.words = "GDI list of a GD-ROM",
	.probe = gdi_probe,
	.open = gdi_open,
};
