/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ondisk/toc.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/checked.h"
#include "base/fail.h"

static const char subject[] = "cdrdao TOC";

enum {
	MAX_WORD = ONDISK_TOC_NAME,
	SAMPLE_BYTES = 4,
	MAX_NESTING = 8,
	SUBCHANNEL_BYTES = 96,
};

enum token_kind { END, WORD, STRING, OTHER };

struct token {
	enum token_kind kind;
	char text[MAX_WORD]; /* of OTHER: the one character */
};

struct parser {
	struct ondisk_toc *toc;
	struct isokit_error *err;
	const char *p, *end;
	unsigned line;
	struct token token; /* the one that is looked at */
	struct ondisk_toc_track *track;
	bool negated; /* NO came */
};

static enum isokit_status bad(const struct parser *p, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static enum isokit_status bad(const struct parser *p, const char *format, ...)
{
	char text[200];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	return isokit_fail(p->err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, subject, "line %u: %s",
			   p->line, text);
}

/* ---- tokens ------------------------------------------------------------------------------- */

static bool is_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       c == '_' || c == ':' || c == '-' || c == '.';
}

static void skip_space(struct parser *p)
{
	for (; p->p < p->end; p->p++) {
		if (p->end - p->p >= 2 && p->p[0] == '/' && p->p[1] == '/') {
			while (p->p < p->end && *p->p != '\n')
				p->p++;
			if (p->p == p->end)
				return;
		}
		if (*p->p == '\n')
			p->line++;
		else if (*p->p != ' ' && *p->p != '\t' && *p->p != '\r' && *p->p != '\v' &&
			 *p->p != '\f')
			return;
	}
}

/* A character in a string: itself, \" and \\, or an octal number. */
static char take_char(struct parser *p)
{
	unsigned code = 0, digits = 0;

	if (*p->p != '\\' || p->end - p->p < 2)
		return *p->p++;
	p->p++;
	while (digits < 3 && p->p < p->end && *p->p >= '0' && *p->p <= '7') {
		code = code * 8 + (unsigned)(*p->p++ - '0');
		digits++;
	}
	return digits ? (char)(code & 0xff) : *p->p++;
}

static enum isokit_status next(struct parser *p)
{
	struct token *t = &p->token;
	size_t n = 0;

	skip_space(p);
	t->text[0] = '\0';
	if (p->p == p->end) {
		t->kind = END;
		return ISOKIT_OK;
	}
	if (*p->p == '"') {
		t->kind = STRING;
		for (p->p++; p->p < p->end && *p->p != '"' && n + 1 < sizeof(t->text);) {
			if (*p->p == '\n')
				return bad(p, "a quoted text does not end");
			t->text[n++] = take_char(p);
		}
		if (p->p == p->end || *p->p != '"')
			return bad(p, "a quoted text does not end, or is too long");
		p->p++;
		t->text[n] = '\0';
		return ISOKIT_OK;
	}
	t->kind = is_word(*p->p) ? WORD : OTHER;
	if (t->kind == OTHER)
		t->text[n++] = *p->p++;
	else
		while (p->p < p->end && is_word(*p->p) && n + 1 < sizeof(t->text))
			t->text[n++] = *p->p++;
	t->text[n] = '\0';
	return ISOKIT_OK;
}

static bool is(const struct parser *p, const char *word)
{
	return p->token.kind != STRING && p->token.kind != END && strcmp(p->token.text, word) == 0;
}

static bool is_number(const struct parser *p)
{
	return p->token.kind == WORD && p->token.text[0] >= '0' && p->token.text[0] <= '9';
}

/* A time mm:ss:ff, or a plain number, as bytes of the track's sectors. */
static enum isokit_status take_length(struct parser *p, uint64_t *ret)
{
	uint64_t part[3] = { 0 };
	unsigned n = 0;

	if (!is_number(p))
		return bad(p, "a time like 00:02:00 or a number is missing");
	for (const char *c = p->token.text; *c; c++) {
		if (*c == ':' && n < 2)
			n++;
		else if (*c < '0' || *c > '9' || part[n] > INT64_MAX / 100)
			return bad(p, "%.40s is no time", p->token.text);
		else
			part[n] = part[n] * 10 + (uint64_t)(*c - '0');
	}
	if (n == 1 || (n == 2 && (part[0] > 9999 || part[1] > 59 || part[2] > 74)))
		return bad(p, "%.40s is no time", p->token.text);
	if (n == 2)
		*ret = ((part[0] * 60 + part[1]) * 75 + part[2]) * p->track->sector_bytes;
	else if (!mul_u64(part[0], p->track->mode == 0 ? SAMPLE_BYTES : 1, ret))
		return bad(p, "%.40s is no length", p->token.text);
	return next(p);
}

static enum isokit_status take_string(struct parser *p, char *to, size_t room, const char *what)
{
	if (p->token.kind != STRING)
		return bad(p, "%s has a quoted text", what);
	snprintf(to, room, "%.*s", (int)room - 1, p->token.text);
	return next(p);
}

/* ---- CD_TEXT -------------------------------------------------------------------------------- */

/* { LANGUAGE_MAP {…} LANGUAGE 0 { TITLE "…" PERFORMER "…" SIZE_INFO {…} } }: of the first
 * language. */
static enum isokit_status take_text(struct parser *p)
{
	enum isokit_status st = ISOKIT_OK;
	unsigned depth = 0;

	do {
		enum ondisk_cdtext_kind kind;
		char *to = NULL;

		if (p->token.kind == END)
			return bad(p, "CD_TEXT does not end");
		if (is(p, "{") && ++depth > MAX_NESTING)
			return bad(p, "CD_TEXT is nested too deeply");
		if (is(p, "}") && depth-- == 0)
			return bad(p, "a brace that was not opened");
		kind = ondisk_cdtext_kind_of(p->token.text);
		if (kind != ONDISK_CDTEXT_KINDS && p->token.kind == WORD)
			to = p->track ? p->track->text[kind] : p->toc->text[kind];
		st = next(p);
		if (!st && to && p->token.kind == STRING && !to[0])
			st = take_string(p, to, ONDISK_CDTEXT_WORDS, "TITLE");
	} while (!st && depth);
	return st;
}

/* ---- tracks --------------------------------------------------------------------------------- */

static bool mode_of(const char *word, struct ondisk_toc_track *t)
{
	static const struct {
		const char *word;
		uint8_t mode, form2;
		uint16_t bytes;
	} modes[] = {
		{ "AUDIO", 0, 0, 2352 },       { "MODE1", 1, 0, 2048 },
		{ "MODE1_RAW", 1, 0, 2352 },   { "MODE2", 2, 0, 2336 },
		{ "MODE2_RAW", 2, 0, 2352 },   { "MODE2_FORM1", 2, 0, 2048 },
		{ "MODE2_FORM2", 2, 1, 2324 }, { "MODE2_FORM_MIX", 2, 0, 2336 },
	};

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (strcmp(modes[i].word, word) == 0) {
			t->mode = modes[i].mode;
			t->form2 = modes[i].form2;
			t->sector_bytes = modes[i].bytes;
			return true;
		}
	}
	return false;
}

static enum isokit_status take_track(struct parser *p)
{
	struct ondisk_toc *toc = p->toc;
	struct ondisk_toc_track *t;
	enum isokit_status st;

	if (toc->n_tracks == ONDISK_TOC_MAX_TRACKS)
		return bad(p, "more than %d tracks", ONDISK_TOC_MAX_TRACKS);
	t = &toc->tracks[toc->n_tracks];
	*t = (struct ondisk_toc_track){ .line = p->line, .first_part = toc->n_parts,
					.ahead_known = true };
	st = next(p);
	if (st)
		return st;
	if (!mode_of(p->token.text, t))
		return bad(p, "%.40s is no mode of a track", p->token.text);
	toc->n_tracks++;
	p->track = t;
	st = next(p);
	if (!st && (is(p, "RW") || is(p, "RW_RAW"))) {
		t->sector_bytes += SUBCHANNEL_BYTES;
		st = next(p);
	}
	return st;
}

static enum isokit_status new_part(struct parser *p, struct ondisk_toc_part **ret)
{
	if (p->toc->n_parts == ONDISK_TOC_MAX_PARTS)
		return bad(p, "more than %d pieces", ONDISK_TOC_MAX_PARTS);
	*ret = &p->toc->parts[p->toc->n_parts++];
	**ret = (struct ondisk_toc_part){ .file = -1 };
	p->track->n_parts++;
	return ISOKIT_OK;
}

static void count_part(struct parser *p, const struct ondisk_toc_part *part)
{
	if (part->length_set && p->track->ahead_known)
		p->track->ahead_known = add_u64(p->track->ahead, part->length, &p->track->ahead);
	else
		p->track->ahead_known = false;
}

static enum isokit_status take_file_name(struct parser *p, int *ret)
{
	struct ondisk_toc *toc = p->toc;
	unsigned i;

	if (p->token.kind != STRING || !p->token.text[0])
		return bad(p, "the name of a file is missing");
	for (i = 0; i < toc->n_files; i++)
		if (strcmp(toc->files[i], p->token.text) == 0)
			break;
	if (i == ONDISK_TOC_MAX_FILES)
		return bad(p, "more than %d files", ONDISK_TOC_MAX_FILES);
	if (i == toc->n_files)
		memcpy(toc->files[toc->n_files++], p->token.text, ONDISK_TOC_NAME);
	*ret = (int)i;
	return next(p);
}

/* FILE "name" [SWAP] [#offset] start [length]; DATAFILE "name" [#offset] [length] */
static enum isokit_status take_file(struct parser *p, bool sound)
{
	struct ondisk_toc_part *part;
	enum isokit_status st = new_part(p, &part);

	if (st)
		return st;
	part->sound = sound;
	st = take_file_name(p, &part->file);
	if (!st && is(p, "SWAP")) {
		part->swap = true;
		st = next(p);
	}
	if (!st && is(p, "#")) {
		st = next(p);
		part->offset = 0;
		for (const char *c = p->token.text; !st && *c; c++) {
			if (*c < '0' || *c > '9' || part->offset > INT64_MAX / 100)
				return bad(p, "%.40s is no offset", p->token.text);
			part->offset = part->offset * 10 + (uint64_t)(*c - '0');
		}
		if (!st)
			st = next(p);
	}
	if (!st && sound)
		st = take_length(p, &part->start);
	if (!st && is_number(p)) {
		st = take_length(p, &part->length);
		part->length_set = part->length != 0; /* 0: to the end */
	}
	if (!st)
		count_part(p, part);
	return st;
}

/* SILENCE time; ZERO [mode] [RW] time */
static enum isokit_status take_zeros(struct parser *p)
{
	struct ondisk_toc_part *part;
	struct ondisk_toc_track ignored;
	enum isokit_status st = new_part(p, &part);

	if (st)
		return st;
	if (mode_of(p->token.text, &ignored))
		st = next(p);
	if (!st && (is(p, "RW") || is(p, "RW_RAW")))
		st = next(p);
	if (!st)
		st = take_length(p, &part->length);
	part->length_set = true;
	if (!st)
		count_part(p, part);
	return st;
}

static enum isokit_status take_start(struct parser *p)
{
	struct ondisk_toc_track *t = p->track;

	t->start_set = true;
	if (is_number(p))
		return take_length(p, &t->start);
	t->start_all = true;
	t->start = t->ahead;
	return t->ahead_known ? ISOKIT_OK :
				bad(p, "START without a time, behind a piece without a length");
}

/* [NO] COPY, [NO] PRE_EMPHASIS, TWO_CHANNEL_AUDIO, FOUR_CHANNEL_AUDIO: a flag, and what it is
 * then; NO alone says nothing yet. */
static bool is_flag(struct parser *p)
{
	struct ondisk_toc_track *t = p->track;
	bool on = !p->negated;

	if (is(p, "NO")) {
		p->negated = true;
		return true;
	}
	p->negated = false;
	if (is(p, "COPY"))
		t->copy = on;
	else if (is(p, "PRE_EMPHASIS"))
		t->preemphasis = on;
	else if (is(p, "TWO_CHANNEL_AUDIO") || is(p, "FOUR_CHANNEL_AUDIO"))
		t->four_channels = is(p, "FOUR_CHANNEL_AUDIO");
	else
		return false;
	return true;
}

/* INDEX time: the next one, counted from INDEX 01. */
static enum isokit_status take_index(struct parser *p)
{
	struct ondisk_toc_track *t = p->track;
	uint64_t at;
	enum isokit_status st = take_length(p, &at);

	if (!st && t->n_indexes < ONDISK_TOC_MAX_INDEXES &&
	    at > (t->n_indexes ? t->indexes[t->n_indexes - 1] : 0))
		t->indexes[t->n_indexes++] = at;
	return st;
}

static enum isokit_status take_in_track(struct parser *p)
{
	bool sound = is(p, "FILE") || is(p, "AUDIOFILE"), data = is(p, "DATAFILE") || is(p, "FIFO");
	bool zeros = is(p, "SILENCE") || is(p, "ZERO"), start = is(p, "START");
	bool pregap = is(p, "PREGAP"), index = is(p, "INDEX"), isrc = is(p, "ISRC");
	bool end = is(p, "END");
	enum isokit_status st;
	uint64_t ignored;

	if (is(p, "CD_TEXT"))
		return (st = next(p)) ? st : take_text(p);
	if (!sound && !data && !zeros && !start && !pregap && !index && !isrc && !end && !is_flag(p))
		return bad(p, "%.40s is not known", p->token.text);
	st = next(p);
	if (st)
		return st;
	if (sound || data)
		return take_file(p, sound);
	if (zeros)
		return take_zeros(p);
	if (start)
		return take_start(p);
	if (pregap)
		return take_length(p, &p->track->pregap);
	if (index)
		return take_index(p);
	if (end)
		return is_number(p) ? take_length(p, &ignored) : ISOKIT_OK;
	if (isrc)
		return take_string(p, p->track->isrc, sizeof(p->track->isrc), "ISRC");
	return ISOKIT_OK;
}

static enum isokit_status take_statement(struct parser *p)
{
	enum isokit_status st;

	if (is(p, "TRACK"))
		return take_track(p);
	if (p->track)
		return take_in_track(p);
	if (is(p, "CD_TEXT"))
		return (st = next(p)) ? st : take_text(p);
	if (is(p, "CATALOG")) {
		st = next(p);
		if (!st && p->token.kind != STRING)
			return bad(p, "CATALOG has a quoted number");
		return st ? st : take_string(p, p->toc->catalog, sizeof(p->toc->catalog), "CATALOG");
	}
	if (is(p, "CD_DA") || is(p, "CD_ROM") || is(p, "CD_ROM_XA") || is(p, "CD_I") ||
	    is(p, "FIRST_TRACK_NO") || is_number(p))
		return next(p);
	return bad(p, "%.40s is not known", p->token.text);
}

enum isokit_status ondisk_toc_decode(const char *text, size_t n, struct ondisk_toc *ret,
				     struct isokit_error *err)
{
	struct parser p = { .toc = ret, .err = err, .p = text, .end = text + n, .line = 1 };
	enum isokit_status st;

	memset(ret, 0, sizeof(*ret));
	st = next(&p);
	while (!st && p.token.kind != END)
		st = take_statement(&p);
	if (st)
		return st;
	if (ret->n_tracks == 0)
		return isokit_fail(err, ISOKIT_E_NOT_ISO, ISOKIT_NO_OFFSET, subject,
				   "has no tracks");
	for (unsigned i = 0; i < ret->n_tracks; i++)
		if (ret->tracks[i].n_parts == 0)
			return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, subject,
					   "line %u: track %u has no data", ret->tracks[i].line,
					   i + 1);
	return ISOKIT_OK;
}
