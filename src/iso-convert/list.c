/* SPDX-License-Identifier: GPL-3.0-or-later */
/* --list: containers, tracks, partitions, and what a conversion would do. */
#include <stdio.h>
#include <string.h>

#include "common/json.h"
#include "convert.h"

static const char *kind_words(enum isokit_track_kind kind)
{
	switch (kind) {
	case ISOKIT_TRACK_AUDIO: return "audio";
	case ISOKIT_TRACK_MODE1: return "data, mode 1";
	case ISOKIT_TRACK_MODE2_FORM1: return "data, mode 2 form 1";
	case ISOKIT_TRACK_MODE2: return "data, mode 2";
	}
	return "unknown";
}

static void print_tracks(struct output *out, const struct isokit_medium_facts *m)
{
	unsigned session = 0;

	for (size_t i = 0; i < m->n_tracks; i++) {
		const struct isokit_track *t = &m->tracks[i];
		unsigned long long seconds = t->sectors / 75;

		if (m->n_sessions > 1 && t->session != session)
			(void)output_format(out, "  session %u\n", t->session);
		session = t->session;
		(void)output_format(out, "  track %-3u %s, %u sectors of %u bytes, from block %d",
				    t->number, kind_words(t->kind), t->sectors, t->sector_bytes,
				    (int)t->first_lba);
		if (t->kind == ISOKIT_TRACK_AUDIO)
			(void)output_format(out, ", %llu:%02llu", seconds / 60, seconds % 60);
		if (*t->text[ISOKIT_TEXT_TITLE]) {
			(void)output_string(out, ", ");
			output_escaped(out, t->text[ISOKIT_TEXT_TITLE]);
		}
		if (*t->file) {
			(void)output_string(out, ", in ");
			output_escaped(out, t->file);
		}
		if (t->lost) {
			(void)output_string(out, ", which ");
			output_escaped(out, t->lost);
		}
		(void)output_string(out, "\n");
	}
}

static void print_volumes(struct output *out, const struct isokit_convert_plan *plan)
{
	for (size_t i = 0; i < plan->n_volumes; i++) {
		const struct isokit_disk_volume *v = &plan->volumes[i];
		char size[SIZE_WORDS_BYTES];

		size_words(v->bytes, size);
		if (v->partition)
			(void)output_format(out, "  partition %u (%s", v->partition,
					    v->scheme ? v->scheme : "");
		else
			(void)output_string(out, "  whole disk");
		if (v->partition && *v->type) {
			(void)output_string(out, ", ");
			output_escaped(out, v->type);
		}
		(void)output_format(out, "%s: %s, %s", v->partition ? ")" : "",
				    v->words ? v->words : isokit_filesystem_name(v->fs), size);
		if (*v->label || *v->name) {
			(void)output_string(out, ", \"");
			output_escaped(out, *v->label ? v->label : v->name);
			(void)output_string(out, "\"");
		}
		if (v->esp)
			(void)output_string(out, ", EFI system partition");
		if (v->active)
			(void)output_string(out, ", active");
		if (v->unreadable && v->fs != ISOKIT_FS_NONE && v->fs != ISOKIT_FS_ISO9660)
			(void)output_format(out, "; %s", v->unreadable);
		(void)output_string(out, "\n");
	}
}

static void print_notes(struct output *out, struct isokit_convert *convert)
{
	size_t n;
	const struct isokit_convert_note *notes = isokit_convert_get_notes(convert, &n);

	for (size_t i = 0; i < n; i++) {
		(void)output_string(out, notes[i].kind == ISOKIT_CONVERT_WARNING ? "  warning   " :
										   "  note      ");
		if (notes[i].path) {
			output_escaped(out, notes[i].path);
			(void)output_string(out, ": ");
		}
		output_escaped(out, notes[i].text);
		(void)output_string(out, "\n");
	}
}

static void print_text(const char *path, struct isokit_convert *convert, struct output *out)
{
	const struct isokit_convert_plan *plan = isokit_convert_get_plan(convert);
	const struct isokit_medium_facts *m = plan->medium;

	output_escaped(out, path);
	(void)output_string(out, ":\n");
	for (size_t i = 0; i < m->n_layers; i++) {
		(void)output_format(out, "  container %s: ", m->layers[i].words);
		output_escaped(out, m->layers[i].evidence);
		(void)output_string(out, "\n");
	}
	if (m->n_layers == 0)
		(void)output_string(out, "  container none: the bytes are the disk\n");
	if (m->shape == ISOKIT_MEDIUM_DISC)
		print_tracks(out, m);
	print_volumes(out, plan);
	print_notes(out, convert);
	(void)output_format(out, "  %s: ", plan->action == ISOKIT_CONVERT_NOTHING ? "no conversion" :
				 isokit_convert_action_name(plan->action));
	output_escaped(out, plan->why ? plan->why : plan->words);
	if (plan->bytes)
		(void)output_format(out, ", %llu bytes", (unsigned long long)plan->bytes);
	(void)output_string(out, "\n");
}

void list_print(const struct convert_options *opt, const char *path,
		struct isokit_convert *convert, struct output *out)
{
	if (!opt->common.json) {
		print_text(path, convert, out);
		return;
	}
	(void)output_string(out, "{\"schema\":\"isokit.convert/1\"");
	output_json_string(out, "path", path);
	output_json_bool(out, "written", false);
	json_plan(out, isokit_convert_get_plan(convert));
	json_notes(out, convert);
	(void)output_string(out, "}\n");
}
