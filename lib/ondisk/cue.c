/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ondisk/cue.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/fail.h"

static const char subject[] = "CUE sheet";

enum { MAX_FRAMES = 100 * 60 * 75, MAX_WORD = 64 };

/* A line, of which words are taken from the left. */
struct line {
	const char *p, *end;
	unsigned number;
};

struct parser {
	struct ondisk_cue *cue;
	struct isokit_error *err;
	struct ondisk_cue_track *track; /* NULL ahead of the first */
	unsigned session;
};

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\v' || c == '\f' || c == '\0';
}

static void trim(struct line *l)
{
	while (l->p < l->end && is_space(*l->p))
		l->p++;
	while (l->end > l->p && is_space(l->end[-1]))
		l->end--;
}

/* The next word, or "" at the end; one that is too long is cut and matches nothing. */
static void take_word(struct line *l, char word[MAX_WORD])
{
	size_t n = 0;

	trim(l);
	while (l->p < l->end && !is_space(*l->p)) {
		if (n + 1 < MAX_WORD)
			word[n++] = *l->p;
		l->p++;
	}
	word[n] = '\0';
}

/* Copy, cut at a whole UTF-8 sequence. */
static void copy_text(char *to, size_t room, const char *from, size_t n)
{
	if (n >= room) {
		n = room - 1;
		while (n && ((uint8_t)from[n] & 0xc0) == 0x80)
			n--;
	}
	memcpy(to, from, n);
	to[n] = '\0';
}

/* The rest of the line without the quotes around it. A quote that does not end, does at
 * the end of the line. */
static void take_rest(struct line *l, char *to, size_t room)
{
	const char *from, *end;

	trim(l);
	from = l->p;
	end = l->end;
	if (from < end && *from == '"') {
		from++;
		if (end > from && end[-1] == '"')
			end--;
	}
	copy_text(to, room, from, (size_t)(end - from));
	l->p = l->end;
}

static enum isokit_status bad(const struct parser *p, const struct line *l, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static enum isokit_status bad(const struct parser *p, const struct line *l, const char *format, ...)
{
	char text[200];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	return isokit_fail(p->err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, subject, "line %u: %s",
			   l->number, text);
}

/* What is wrong with this line does not matter. */
static void note_bad(struct parser *p, const struct line *l)
{
	if (!p->cue->bad_lines++)
		p->cue->bad_line = l->number;
}

static bool number(const char *word, unsigned max, unsigned *ret)
{
	unsigned v = 0;

	if (!*word)
		return false;
	for (; *word; word++) {
		if (*word < '0' || *word > '9')
			return false;
		v = v * 10 + (unsigned)(*word - '0');
		if (v > max)
			return false;
	}
	*ret = v;
	return true;
}

/* mm:ss:ff; the field for minutes may have more digits, as sheets of DVDs have. */
static bool frames(const char *word, uint32_t *ret)
{
	unsigned part[3] = { 0 }, n = 0;
	bool digit = false;

	for (; *word; word++) {
		if (*word == ':') {
			if (!digit || ++n > 2)
				return false;
			digit = false;
			continue;
		}
		if (*word < '0' || *word > '9' || part[n] > 9999)
			return false;
		part[n] = part[n] * 10 + (unsigned)(*word - '0');
		digit = true;
	}
	if (n != 2 || !digit || part[1] > 59 || part[2] > 74 || part[0] > 9999)
		return false;
	*ret = (part[0] * 60 + part[1]) * 75 + part[2];
	return true;
}

/* ---- commands ------------------------------------------------------------------------- */

static bool file_type(const char *word, enum ondisk_cue_file_type *ret)
{
	static const struct {
		const char *word;
		enum ondisk_cue_file_type type;
	} types[] = {
		{ "BINARY", ONDISK_CUE_BINARY }, { "MOTOROLA", ONDISK_CUE_MOTOROLA },
		{ "WAVE", ONDISK_CUE_SOUND },	 { "WAV", ONDISK_CUE_SOUND },
		{ "AIFF", ONDISK_CUE_SOUND },	 { "MP3", ONDISK_CUE_PACKED },
		{ "FLAC", ONDISK_CUE_PACKED },	 { "OGG", ONDISK_CUE_PACKED },
		{ "APE", ONDISK_CUE_PACKED },	 { "AAC", ONDISK_CUE_PACKED },
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (strcasecmp(types[i].word, word) == 0) {
			*ret = types[i].type;
			return true;
		}
	}
	return false;
}

/* FILE name type: the type is the last word, and the name all that is between, whether
 * somebody quoted it or not. */
static enum isokit_status take_file(struct parser *p, struct line *l)
{
	struct ondisk_cue_file f = { .type = ONDISK_CUE_BINARY };
	const char *type;
	char word[MAX_WORD];
	size_t n;

	if (p->cue->n_files == ONDISK_CUE_MAX_FILES)
		return bad(p, l, "more than %d files", ONDISK_CUE_MAX_FILES);
	trim(l);
	type = l->end;
	while (type > l->p && !is_space(type[-1]) && type[-1] != '"')
		type--;
	n = (size_t)(l->end - type);
	if (n && n < sizeof(word)) {
		memcpy(word, type, n);
		word[n] = '\0';
		if (file_type(word, &f.type))
			l->end = type;
		else if (type > l->p)
			return bad(p, l, "%s is no type of a file", word);
	}
	trim(l);
	if (l->end - l->p >= ONDISK_CUE_NAME)
		return bad(p, l, "the name of the file is too long");
	take_rest(l, f.name, sizeof(f.name));
	if (!f.name[0])
		return bad(p, l, "FILE has no name");
	p->cue->files[p->cue->n_files++] = f;
	return ISOKIT_OK;
}

static bool track_mode(const char *word, struct ondisk_cue_track *t)
{
	static const struct {
		const char *word;
		unsigned mode;
		uint32_t bytes;
	} modes[] = {
		{ "AUDIO", 0, 2352 },	   { "CDG", 0, 2448 },	      { "MODE1/2048", 1, 2048 },
		{ "MODE1/2352", 1, 2352 }, { "MODE1/2448", 1, 2448 }, { "MODE2/2048", 2, 2048 },
		{ "MODE2/2324", 2, 2324 }, { "MODE2/2328", 2, 2328 }, { "MODE2/2336", 2, 2336 },
		{ "MODE2/2352", 2, 2352 }, { "MODE2/2448", 2, 2448 }, { "CDI/2336", 2, 2336 },
		{ "CDI/2352", 2, 2352 },   { "MODE1_RAW", 1, 2352 },  { "MODE2_RAW", 2, 2352 },
		{ "MODE1", 1, 2048 },	   { "MODE2", 2, 2336 },
	};

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (strcasecmp(modes[i].word, word) == 0) {
			t->mode = modes[i].mode;
			t->sector_bytes = modes[i].bytes;
			return true;
		}
	}
	return false;
}

static enum isokit_status take_track(struct parser *p, struct line *l)
{
	struct ondisk_cue *c = p->cue;
	struct ondisk_cue_track t = { .line = l->number, .session = p->session };
	char word[MAX_WORD];

	if (c->n_tracks == ONDISK_CUE_MAX_TRACKS)
		return bad(p, l, "more than %d tracks", ONDISK_CUE_MAX_TRACKS);
	if (c->n_files == 0)
		return bad(p, l, "a track ahead of the first FILE");
	take_word(l, word);
	if (!number(word, 99, &t.number) || t.number == 0)
		return bad(p, l, "a track has a number from 1 to 99");
	if (c->n_tracks && t.number <= c->tracks[c->n_tracks - 1].number)
		return bad(p, l, "track %u comes behind track %u", t.number,
			   c->tracks[c->n_tracks - 1].number);
	take_word(l, word);
	if (!*word)
		return bad(p, l, "TRACK has no mode");
	if (!track_mode(word, &t))
		return bad(p, l, "%s is no known mode of a track", word);
	t.file = c->n_files - 1;
	p->track = &c->tracks[c->n_tracks++];
	*p->track = t;
	return ISOKIT_OK;
}

/* Players count them; nothing begins there. */
static void take_more(struct parser *p, const struct line *l, unsigned n,
		      const struct ondisk_cue_index *i)
{
	struct ondisk_cue_track *t = p->track;
	uint32_t before = t->n_more ? t->more[t->n_more - 1] : 0;

	if (n != t->n_more + 2 || !t->index1.set || i->file != t->index1.file ||
	    i->frame <= t->index1.frame + before)
		note_bad(p, l);
	else
		t->more[t->n_more++] = i->frame - t->index1.frame;
}

static enum isokit_status take_index(struct parser *p, struct line *l)
{
	struct ondisk_cue_index i = { .set = true, .file = p->cue->n_files - 1 };
	char word[MAX_WORD];
	unsigned n;

	if (!p->track)
		return bad(p, l, "INDEX ahead of the first TRACK");
	take_word(l, word);
	if (!number(word, 99, &n))
		return bad(p, l, "INDEX has a number from 0 to 99");
	take_word(l, word);
	if (!frames(word, &i.frame))
		return bad(p, l, "INDEX has a time like 00:02:00");
	if (n == 0)
		p->track->index0 = i;
	else if (n == 1)
		p->track->index1 = i;
	else
		take_more(p, l, n, &i);
	return ISOKIT_OK;
}

static enum isokit_status take_gap(struct parser *p, struct line *l, bool after)
{
	char word[MAX_WORD];
	uint32_t n;

	take_word(l, word);
	if (!p->track || !frames(word, &n) || n > MAX_FRAMES)
		return bad(p, l, "%s has a time like 00:02:00, and follows TRACK",
			   after ? "POSTGAP" : "PREGAP");
	*(after ? &p->track->postgap : &p->track->pregap) = n;
	return ISOKIT_OK;
}

static void take_flags(struct parser *p, struct line *l)
{
	char word[MAX_WORD];

	for (take_word(l, word); *word && p->track; take_word(l, word)) {
		if (strcasecmp(word, "4CH") == 0)
			p->track->four_channels = true;
		else if (strcasecmp(word, "DCP") == 0)
			p->track->copy = true;
		else if (strcasecmp(word, "PRE") == 0)
			p->track->preemphasis = true;
		else if (strcasecmp(word, "DATA") != 0)
			note_bad(p, l);
	}
}

/* Of the remarks, one matters: where sessions begin. */
static void take_remark(struct parser *p, struct line *l)
{
	char word[MAX_WORD];
	unsigned n;

	take_word(l, word);
	if (strcasecmp(word, "SESSION") != 0)
		return;
	take_word(l, word);
	if (number(word, 99, &n) && n >= p->session && n > 0)
		p->session = n;
}

static bool take_words(struct parser *p, struct line *l, const char *command)
{
	if (strcasecmp(command, "CATALOG") == 0) {
		take_rest(l, p->cue->catalog, sizeof(p->cue->catalog));
	} else if (strcasecmp(command, "ISRC") == 0) {
		if (p->track)
			take_rest(l, p->track->isrc, sizeof(p->track->isrc));
		else
			note_bad(p, l);
	} else if (strcasecmp(command, "CDTEXTFILE") == 0) {
		take_rest(l, p->cue->cdtext, sizeof(p->cue->cdtext));
	} else {
		return false;
	}
	return true;
}

static bool take_text(struct parser *p, struct line *l, const char *command)
{
	enum ondisk_cdtext_kind kind = ondisk_cdtext_kind_of(command);

	if (kind == ONDISK_CDTEXT_KINDS)
		return false;
	take_rest(l, p->track ? p->track->text[kind] : p->cue->text[kind], ONDISK_CDTEXT_WORDS);
	return true;
}

static enum isokit_status take_line(struct parser *p, struct line *l)
{
	char word[MAX_WORD];

	take_word(l, word);
	if (!*word || *word == ';' || *word == '#' || strncmp(word, "//", 2) == 0)
		return ISOKIT_OK;
	if (strcasecmp(word, "FILE") == 0)
		return take_file(p, l);
	if (strcasecmp(word, "TRACK") == 0)
		return take_track(p, l);
	if (strcasecmp(word, "INDEX") == 0)
		return take_index(p, l);
	if (strcasecmp(word, "PREGAP") == 0)
		return take_gap(p, l, false);
	if (strcasecmp(word, "POSTGAP") == 0)
		return take_gap(p, l, true);
	if (strcasecmp(word, "FLAGS") == 0) {
		take_flags(p, l);
		return ISOKIT_OK;
	}
	if (strcasecmp(word, "REM") == 0) {
		take_remark(p, l);
		return ISOKIT_OK;
	}
	if (take_words(p, l, word) || take_text(p, l, word))
		return ISOKIT_OK;
	if (!p->cue->unknown++)
		p->cue->unknown_line = l->number;
	return ISOKIT_OK;
}

/* Every track begins somewhere, and behind the one ahead of it in the same file. */
static enum isokit_status check(const struct parser *p)
{
	const struct ondisk_cue *c = p->cue;

	if (c->n_tracks == 0)
		return isokit_fail(p->err, c->n_files ? ISOKIT_E_CORRUPT : ISOKIT_E_NOT_ISO,
				   ISOKIT_NO_OFFSET, subject, "has no tracks");
	for (unsigned i = 0; i < c->n_tracks; i++) {
		const struct ondisk_cue_track *t = &c->tracks[i], *before = t - 1;
		const struct ondisk_cue_index *first = t->index0.set ? &t->index0 : &t->index1;

		if (!t->index1.set)
			return isokit_fail(p->err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, subject,
					   "line %u: track %u has no INDEX 01", t->line, t->number);
		if (t->index0.set && t->index0.file == t->index1.file &&
		    t->index0.frame > t->index1.frame)
			return isokit_fail(p->err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, subject,
					   "line %u: INDEX 00 of track %u lies behind INDEX 01",
					   t->line, t->number);
		if (i && first->file == before->index1.file && first->frame < before->index1.frame)
			return isokit_fail(p->err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, subject,
					   "line %u: track %u begins ahead of track %u", t->line,
					   t->number, before->number);
	}
	return ISOKIT_OK;
}

enum isokit_status ondisk_cue_decode(const char *text, size_t n, struct ondisk_cue *ret,
				     struct isokit_error *err)
{
	struct parser p = { .cue = ret, .err = err, .session = 1 };
	const char *at = text, *end = text + n;
	enum isokit_status st;
	unsigned lines = 0;

	memset(ret, 0, sizeof(*ret));
	while (at < end) {
		struct line l = { .p = at, .number = ++lines };

		while (at < end && *at != '\n' && *at != '\r')
			at++;
		l.end = at;
		if (at < end)
			at += at + 1 < end && at[0] == '\r' && at[1] == '\n' ? 2 : 1;
		st = take_line(&p, &l);
		if (st)
			return st;
	}
	return check(&p);
}
