/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pieces of JSON. */
#include <string.h>

#include "convert.h"

/* Bytes of the UTF-8 character at p, or 0. */
static size_t utf8_run(const unsigned char *p)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = *p < 0x80 ? 1 : *p >= 0xf0 && *p < 0xf5 ? 4 : *p >= 0xe0 && *p < 0xf0 ? 3 :
		   *p >= 0xc2 && *p < 0xe0 ? 2 : 0;
	uint32_t code;

	if (n < 2)
		return n;
	code = *p & (0xffu >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (p[i] & 0x3fu);
	}
	return code < least[n] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? 0 : n;
}

void json_text(struct output *out, const char *s)
{
	const unsigned char *p = (const unsigned char *)s;

	(void)output_string(out, "\"");
	while (*p != '\0') {
		size_t n = utf8_run(p);

		if (n == 0) {
			(void)output_string(out, "\\ufffd");
			n = 1;
		} else if (*p < 0x20 || *p == 0x7f || *p == '"' || *p == '\\') {
			(void)output_format(out, "\\u%04x", *p);
		} else {
			(void)output_write(out, (const char *)p, n);
		}
		p += n;
	}
	(void)output_string(out, "\"");
}

void json_string(struct output *out, const char *key, const char *s)
{
	if (s == NULL)
		return;
	(void)output_format(out, ",\"%s\":", key);
	json_text(out, s);
}

void json_number(struct output *out, const char *key, uint64_t n)
{
	(void)output_format(out, ",\"%s\":%llu", key, (unsigned long long)n);
}

void json_bool(struct output *out, const char *key, bool b)
{
	(void)output_format(out, ",\"%s\":%s", key, b ? "true" : "false");
}

/* Only what is not blank. */
static void json_name(struct output *out, const char *key, const char *s)
{
	json_string(out, key, *s ? s : NULL);
}

static const char *track_kind(enum isokit_track_kind kind)
{
	switch (kind) {
	case ISOKIT_TRACK_AUDIO: return "audio";
	case ISOKIT_TRACK_MODE1: return "mode1";
	case ISOKIT_TRACK_MODE2_FORM1: return "mode2-form1";
	case ISOKIT_TRACK_MODE2: return "mode2";
	}
	return "unknown";
}

static void json_tracks(struct output *out, const struct isokit_medium_facts *m)
{
	(void)output_string(out, ",\"tracks\":[");
	for (size_t i = 0; i < m->n_tracks; i++) {
		const struct isokit_track *t = &m->tracks[i];

		(void)output_format(out, "%s{\"number\":%u,\"session\":%u", i ? "," : "", t->number,
				    t->session);
		json_string(out, "kind", track_kind(t->kind));
		(void)output_format(out, ",\"first_lba\":%d", (int)t->first_lba);
		json_number(out, "pregap_sectors", t->pregap_sectors);
		json_number(out, "sectors", t->sectors);
		json_number(out, "sector_bytes", t->sector_bytes);
		json_name(out, "file", t->file);
		json_name(out, "title", t->title);
		json_name(out, "performer", t->performer);
		json_name(out, "isrc", t->isrc);
		json_string(out, "lost", t->lost);
		(void)output_string(out, "}");
	}
	(void)output_string(out, "]");
}

static void json_partitions(struct output *out, const struct isokit_convert_plan *plan)
{
	(void)output_string(out, ",\"volumes\":[");
	for (size_t i = 0; i < plan->n_volumes; i++) {
		const struct isokit_disk_volume *v = &plan->volumes[i];

		(void)output_format(out, "%s{\"partition\":%u", i ? "," : "", v->partition);
		json_string(out, "scheme", v->scheme);
		json_number(out, "offset", v->offset);
		json_number(out, "size", v->bytes);
		json_name(out, "type", v->type);
		json_name(out, "name", v->name);
		json_string(out, "filesystem", isokit_filesystem_name(v->fs));
		json_string(out, "words", v->words);
		json_name(out, "label", v->label);
		json_bool(out, "esp", v->esp);
		json_bool(out, "active", v->active);
		json_string(out, "unreadable", v->unreadable);
		(void)output_string(out, "}");
	}
	(void)output_string(out, "]");
}

void json_plan(struct output *out, const struct isokit_convert_plan *plan)
{
	const struct isokit_medium_facts *m = plan->medium;

	json_string(out, "action", isokit_convert_action_name(plan->action));
	json_string(out, "words", plan->words);
	json_string(out, "why", plan->why);
	json_string(out, "shape", m->shape == ISOKIT_MEDIUM_DISC ? "disc" : "disk");
	(void)output_string(out, ",\"containers\":[");
	for (size_t i = 0; i < m->n_layers; i++) {
		(void)output_string(out, i ? ",{" : "{");
		(void)output_string(out, "\"format\":");
		json_text(out, m->layers[i].format);
		json_string(out, "words", m->layers[i].words);
		json_string(out, "evidence", m->layers[i].evidence);
		(void)output_string(out, "}");
	}
	(void)output_string(out, "]");
	json_bool(out, "encrypted", m->encrypted);
	if (m->shape == ISOKIT_MEDIUM_DISC)
		json_tracks(out, m);
	if (plan->volumes)
		json_partitions(out, plan);
	if (plan->track)
		json_number(out, "track", plan->track);
	if (plan->session)
		json_number(out, "session", plan->session);
	if (plan->partition)
		json_number(out, "partition", plan->partition);
	if (plan->bytes || plan->action == ISOKIT_CONVERT_RAW)
		json_number(out, "size", plan->bytes);
	if (plan->dropped_behind)
		json_number(out, "dropped_behind", plan->dropped_behind);
	if (plan->relocated)
		json_bool(out, "relocated", true);
}

void json_notes(struct output *out, struct isokit_convert *convert)
{
	size_t n;
	const struct isokit_convert_note *notes = isokit_convert_get_notes(convert, &n);

	(void)output_string(out, ",\"notes\":[");
	for (size_t i = 0; i < n; i++) {
		(void)output_format(out, "%s{\"kind\":\"%s\"", i ? "," : "",
				    notes[i].kind == ISOKIT_CONVERT_WARNING ? "warning" : "note");
		json_string(out, "path", notes[i].path);
		json_string(out, "message", notes[i].text);
		(void)output_string(out, "}");
	}
	(void)output_string(out, "]");
}
