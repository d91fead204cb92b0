/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What --list and a conversion both say as JSON. */
#include "common/json.h"
#include "convert.h"

/* Only what is not blank. */
static void json_name(struct output *out, const char *key, const char *s)
{
	output_json_string(out, key, *s ? s : NULL);
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
		output_json_string(out, "kind", track_kind(t->kind));
		(void)output_format(out, ",\"first_lba\":%d", (int)t->first_lba);
		output_json_number(out, "pregap_sectors", t->pregap_sectors);
		output_json_number(out, "sectors", t->sectors);
		output_json_number(out, "sector_bytes", t->sector_bytes);
		json_name(out, "file", t->file);
		json_name(out, "title", t->text[ISOKIT_TEXT_TITLE]);
		json_name(out, "performer", t->text[ISOKIT_TEXT_PERFORMER]);
		json_name(out, "isrc", t->isrc);
		output_json_string(out, "lost", t->lost);
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
		output_json_string(out, "scheme", v->scheme);
		output_json_number(out, "offset", v->offset);
		output_json_number(out, "size", v->bytes);
		json_name(out, "type", v->type);
		json_name(out, "name", v->name);
		output_json_string(out, "filesystem", isokit_filesystem_name(v->fs));
		output_json_string(out, "words", v->words);
		json_name(out, "label", v->label);
		output_json_bool(out, "esp", v->esp);
		output_json_bool(out, "active", v->active);
		output_json_string(out, "unreadable", v->unreadable);
		(void)output_string(out, "}");
	}
	(void)output_string(out, "]");
}

void json_plan(struct output *out, const struct isokit_convert_plan *plan)
{
	const struct isokit_medium_facts *m = plan->medium;

	output_json_string(out, "action", isokit_convert_action_name(plan->action));
	output_json_string(out, "words", plan->words);
	output_json_string(out, "why", plan->why);
	output_json_string(out, "shape", m->shape == ISOKIT_MEDIUM_DISC ? "disc" : "disk");
	output_json_containers(out, m);
	output_json_bool(out, "encrypted", m->encrypted);
	if (m->shape == ISOKIT_MEDIUM_DISC)
		json_tracks(out, m);
	if (plan->volumes)
		json_partitions(out, plan);
	if (plan->track)
		output_json_number(out, "track", plan->track);
	if (plan->session)
		output_json_number(out, "session", plan->session);
	if (plan->partition)
		output_json_number(out, "partition", plan->partition);
	if (plan->bytes || plan->action == ISOKIT_CONVERT_RAW)
		output_json_number(out, "size", plan->bytes);
	if (plan->dropped_behind)
		output_json_number(out, "dropped_behind", plan->dropped_behind);
	if (plan->relocated)
		output_json_bool(out, "relocated", true);
}

void json_notes(struct output *out, struct isokit_convert *convert)
{
	size_t n;
	const struct isokit_convert_note *notes = isokit_convert_get_notes(convert, &n);

	(void)output_string(out, ",\"notes\":[");
	for (size_t i = 0; i < n; i++) {
		(void)output_format(out, "%s{\"kind\":\"%s\"", i ? "," : "",
				    notes[i].kind == ISOKIT_CONVERT_WARNING ? "warning" : "note");
		output_json_string(out, "path", notes[i].path);
		output_json_string(out, "message", notes[i].text);
		(void)output_string(out, "}");
	}
	(void)output_string(out, "]");
}
