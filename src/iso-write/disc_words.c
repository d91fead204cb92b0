/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Discs in words, and as members of schema isokit.write/1. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/hashes.h"
#include "common/json.h"
#include "disc.h"

/* As on the package: powers of ten. */
static void size_text(uint64_t bytes, struct output *out)
{
	static const char *const units[] = { "bytes", "kB", "MB", "GB", "TB" };
	double n = (double)bytes;
	size_t i = 0;

	for (; n >= 999.95 && i + 1 < sizeof(units) / sizeof(units[0]); i++)
		n /= 1000;
	(void)output_format(out, i ? "%.1f %s" : "%.0f %s", n, units[i]);
}

static void escaped(const char *s, struct output *out)
{
	char words[1024];

	(void)isokit_escape(s, strlen(s), words, sizeof(words));
	(void)output_string(out, words);
}

static void speeds_text(const struct isokit_disc_facts *f, struct output *out)
{
	double unit = isokit_disc_single_speed(f->profile);

	(void)output_string(out, "speeds ");
	for (size_t i = 0; i < f->n_speeds; i++) {
		if (unit > 0)
			(void)output_format(out, "%s%.3gx", i ? ", " : "", f->speeds_kb[i] / unit);
		else
			(void)output_format(out, "%s%" PRIu32 " kB/s", i ? ", " : "", f->speeds_kb[i]);
	}
}

void disc_text(const struct isokit_disc_facts *f, const char *indent, struct output *out)
{
	bool medium = f->profile != 0 && f->state != ISOKIT_DISC_NONE;

	(void)output_string(out, indent);
	if (!medium) {
		escaped(f->problem[0] ? f->problem : "no medium", out);
		(void)output_string(out, "\n");
		return;
	}
	escaped(f->profile_name, out);
	(void)output_format(out, ", %s", isokit_disc_state_name(f->state));
	if (f->volume_id[0]) {
		(void)output_string(out, ", volume \"");
		escaped(f->volume_id, out);
		(void)output_string(out, "\" of ");
		size_text(f->volume_bytes, out);
	} else if (f->audio) {
		(void)output_format(out, ", audio, %u track%s", f->n_tracks, f->n_tracks == 1 ? "" : "s");
	} else if (f->state == ISOKIT_DISC_OVERWRITABLE) {
		(void)output_string(out, f->cleared ? ", empty" : ", no ISO 9660 volume");
	}
	if (f->free_bytes && f->state != ISOKIT_DISC_FULL) {
		(void)output_string(out, ", ");
		size_text(f->free_bytes, out);
		(void)output_string(out, f->state == ISOKIT_DISC_OVERWRITABLE ? " in all" : " free");
	}
	(void)output_string(out, "\n");
	if (f->n_speeds || f->medium_id[0]) {
		(void)output_string(out, indent);
		if (f->n_speeds)
			speeds_text(f, out);
		if (f->medium_id[0]) {
			(void)output_string(out, f->n_speeds ? "; medium " : "medium ");
			escaped(f->medium_id, out);
		}
		(void)output_string(out, "\n");
	}
	if (f->has_next && f->state != ISOKIT_DISC_BLANK) {
		(void)output_string(out, indent);
		if (f->n_sessions)
			(void)output_format(out, "%u session%s; ", f->n_sessions,
					    f->n_sessions == 1 ? "" : "s");
		(void)output_format(out, "for the next session: iso-build --mkisofs -M %s -C %" PRIu32
				    ",%" PRIu32 "\n", f->drive, f->last_session_lba, f->next_lba);
	}
	if (f->damaged)
		(void)output_format(out, "%sits last session was never closed\n", indent);
	if (f->problem[0]) {
		(void)output_string(out, indent);
		escaped(f->problem, out);
		(void)output_string(out, "\n");
	}
}

static void known(struct output *out, const char *key, const char *s)
{
	output_json_string(out, key, s[0] ? s : NULL);
}

/* Members of "disc". */
static void json_medium(const struct isokit_disc_facts *f, struct output *out)
{
	(void)output_format(out, "\"state\":\"%s\"", isokit_disc_state_name(f->state));
	known(out, "problem", f->problem);
	if (!f->profile || f->state == ISOKIT_DISC_NONE)
		return;
	output_json_number(out, "profile", f->profile);
	known(out, "profile_name", f->profile_name);
	known(out, "medium_id", f->medium_id);
	output_json_bool(out, "rewritable", f->rewritable);
	output_json_number(out, "sessions", f->n_sessions);
	output_json_number(out, "tracks", f->n_tracks);
	output_json_bool(out, "audio", f->audio);
	output_json_number(out, "capacity", f->capacity_bytes);
	output_json_number(out, "used", f->used_bytes);
	output_json_number(out, "free", f->free_bytes);
	(void)output_string(out, ",\"speeds\":[");
	for (size_t i = 0; i < f->n_speeds; i++)
		(void)output_format(out, "%s%" PRIu32, i ? "," : "", f->speeds_kb[i]);
	(void)output_string(out, "]");
	if (f->has_next) {
		output_json_number(out, "next_lba", f->next_lba);
		output_json_number(out, "last_session_lba", f->last_session_lba);
	}
	known(out, "volume_id", f->volume_id);
}

void disc_json(const struct isokit_disc_facts *f, struct output *out)
{
	(void)output_string(out, ",\"disc\":{");
	json_medium(f, out);
	(void)output_string(out, "}");
}

static void seconds(struct output *out, const char *key, double s)
{
	if (s > 0)
		(void)output_format(out, ",\"%s\":%.3f", key, s);
}

static void json_lost(const struct isokit_burn_plan *p, struct output *out)
{
	bool first = true;

	(void)output_string(out, ",\"not_burnt\":[");
	for (unsigned i = 0; i < ISOKIT_EXTRAS; i++)
		if (p->lost & 1U << i) {
			(void)output_format(out, "%s\"%s\"", first ? "" : ",",
					    isokit_burn_extra_name((enum isokit_burn_extra)i));
			first = false;
		}
	(void)output_string(out, "]");
}

static void json_plan(const struct isokit_burn_plan *p, struct output *out)
{
	static const char *const prepare[] = {
		[ISOKIT_PREPARE_NOTHING] = "nothing",	[ISOKIT_PREPARE_BLANK_FAST] = "blank-fast",
		[ISOKIT_PREPARE_BLANK_ALL] = "blank-all", [ISOKIT_PREPARE_FORMAT] = "format",
		[ISOKIT_PREPARE_CLEAR] = "clear",
	};

	output_json_string(out, "plan", p->text);
	output_json_string(out, "prepare", prepare[p->prepare]);
	output_json_string(out, "write_type", p->type == ISOKIT_WRITE_TYPE_SAO ? "sao" : "tao");
	output_json_bool(out, "multi", p->multi);
	output_json_bool(out, "loses", p->loses);
	if (p->lost)
		json_lost(p, out);
}

static void json_drive_of_disc(const struct isokit_disc_facts *f, struct output *out)
{
	const char *slash = strrchr(f->drive, '/');

	(void)output_string(out, "{\"path\":");
	output_json_text(out, f->drive);
	output_json_string(out, "name", slash ? slash + 1 : f->drive);
	output_json_number(out, "size", f->used_bytes);
	output_json_number(out, "sector_size", 2048);
	known(out, "vendor", f->vendor);
	known(out, "model", f->model);
	known(out, "serial", f->serial);
	output_json_bool(out, "removable", true);
	output_json_bool(out, "hotplug", false);
	output_json_bool(out, "read_only", f->state == ISOKIT_DISC_FULL && !f->rewritable);
	output_json_bool(out, "optical", true);
	output_json_bool(out, "made_up", f->pseudo);
	(void)output_string(out, ",\"partitions\":[],\"uses\":[]");
}

static void json_difference(const struct isokit_burn_range *d, bool first, struct output *out)
{
	(void)output_format(out, "%s{\"offset\":%" PRIu64 ",\"size\":%" PRIu64, first ? "" : ",",
			    d->offset, d->bytes);
	if (d->track)
		output_json_number(out, "track", d->track);
	(void)output_string(out, "}");
}

void disc_result_json(const struct writer_options *opt, const struct isokit_disc_facts *f,
		      const struct isokit_burn_plan *plan, const struct isokit_burn_result *r,
		      const char *error, struct output *out)
{
	json_drive_of_disc(f, out);
	output_json_string(out, "state", r->end == ISOKIT_BURN_SIMULATED ? "untouched" :
			   isokit_burn_end_name(r->end));
	output_json_bool(out, "ok", error == NULL);
	output_json_string(out, "message", r->text[0] ? r->text : error);
	output_json_number(out, "written", r->written_bytes);
	output_json_number(out, "compared", r->compared_bytes);
	output_json_number(out, "different", r->different_bytes + r->unreadable_bytes);
	output_json_number(out, "different_ranges", r->n_different_ranges);
	(void)output_string(out, ",\"differences\":[");
	for (size_t i = 0; i < r->n_differences; i++)
		json_difference(&r->differences[i], i == 0, out);
	(void)output_string(out, "]");
	seconds(out, "write_seconds", r->write_seconds);
	seconds(out, "verify_seconds", r->verify_seconds);
	if (r->sha256[0] && opt->hashes.set & 1U << ISOKIT_SHA256)
		(void)output_format(out, ",\"hashes\":{\"sha256\":\"%s\"}", r->sha256);
	(void)output_string(out, ",\"disc\":{");
	json_medium(f, out);
	if (plan)
		json_plan(plan, out);
	output_json_number(out, "start_lba", r->start_lba);
	output_json_number(out, "unreadable", r->unreadable_bytes);
	if (r->audio_tracks)
		output_json_number(out, "audio_tracks", r->audio_tracks);
	if (r->has_sample_offset)
		(void)output_format(out, ",\"sample_offset\":%" PRId32, r->sample_offset);
	seconds(out, "blank_seconds", r->blank_seconds);
	(void)output_string(out, "}}");
}

void disc_sound_text(const struct isokit_burn_result *r, struct output *out)
{
	if (!r->audio_tracks)
		return;
	(void)output_format(out, ", %u audio track%s", r->audio_tracks, r->audio_tracks == 1 ? "" : "s");
	if (r->has_sample_offset && r->sample_offset)
		(void)output_format(out, " read %d sample%s %s than written", abs(r->sample_offset),
				    abs(r->sample_offset) == 1 ? "" : "s",
				    r->sample_offset > 0 ? "later" : "earlier");
}

/* Minutes, seconds and thousandths of sound. */
static void time_text(uint64_t bytes, struct output *out)
{
	uint64_t ms = bytes / 4 * 1000 / 44100;

	(void)output_format(out, "%" PRIu64 ":%02u.%03u", ms / 60000, (unsigned)(ms / 1000 % 60),
			    (unsigned)(ms % 1000));
}

void disc_differences_text(const struct isokit_burn_result *r, struct output *out)
{
	for (size_t i = 0; i < r->n_differences; i++) {
		const struct isokit_burn_range *d = &r->differences[i];

		if (!d->track) {
			(void)output_format(out, "  bytes %" PRIu64 " to %" PRIu64 "\n", d->offset,
					    d->offset + d->bytes - 1);
			continue;
		}
		(void)output_format(out, "  track %u, from ", d->track);
		time_text(d->offset, out);
		(void)output_string(out, " to ");
		time_text(d->offset + d->bytes, out);
		(void)output_format(out, ": %" PRIu64 " sample%s\n", d->bytes / 4,
				    d->bytes == 4 ? "" : "s");
	}
	if (r->n_different_ranges > r->n_differences)
		(void)output_format(out, "  and %" PRIu64 " ranges more\n",
				    r->n_different_ranges - r->n_differences);
}

void disc_result_text(const struct writer_options *opt, const char *path,
		      const struct isokit_burn_result *r, struct output *out)
{
	(void)output_format(out, "%s: %s", path, isokit_burn_end_name(r->end));
	if (r->written_bytes)
		(void)output_format(out, ", %" PRIu64 " bytes", r->written_bytes);
	if (r->start_lba)
		(void)output_format(out, " from block %" PRIu32, r->start_lba);
	if (r->write_seconds > 0)
		(void)output_format(out, ", written in %.1f s", r->write_seconds);
	if (r->compared_bytes)
		(void)output_format(out, ", %" PRIu64 " bytes compared in %.1f s", r->compared_bytes,
				    r->verify_seconds);
	disc_sound_text(r, out);
	(void)output_string(out, "\n");
	disc_differences_text(r, out);
	if (r->sha256[0] && opt->hashes.set & 1U << ISOKIT_SHA256)
		hashes_print(out, r->sha256, path);
}
