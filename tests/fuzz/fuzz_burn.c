/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What would be burnt of a sheet, and how: the first 16 bytes are the drive's medium and what is
 * wanted, the rest is a CUE sheet (or any container) in a folder with files that it may name. */
#include <isokit/medium.h>
#include <isokit/source.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/byteorder.h"
#include "burn/burn.h"
#include "target.h"

enum { HEAD = 16, MAX_TRACKS = 99, DATA_BYTES = 300 * 2352 };

static char folder[64], sheet[96];
static uint8_t data[DATA_BYTES];

static void put(const char *name, const void *bytes, size_t n)
{
	char path[128];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, bytes, n) != (ssize_t)n || close(fd) != 0)
		abort();
}

static void end(void)
{
	static const char *const names[] = { "a.cue", "one.bin", "a.iso", "two.wav" };
	char path[128];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		(void)unlink(path);
	}
	(void)rmdir(folder);
}

static void begin(void)
{
	uint8_t *wav = data;

	(void)snprintf(folder, sizeof(folder), "%s/isokit-fuzz.XXXXXX",
		       access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	if (!mkdtemp(folder))
		abort();
	(void)atexit(end);
	(void)snprintf(sheet, sizeof(sheet), "%s/a.cue", folder);
	for (size_t i = 0; i < DATA_BYTES; i++)
		data[i] = (uint8_t)(i * 7 + i / 251);
	put("one.bin", data, DATA_BYTES);
	memset(data, 0, 20 * 2048);
	memcpy(data + 16 * 2048, "\1CD001\1", 7);
	put_le32(data + 16 * 2048 + 80, 150);
	put_be32(data + 16 * 2048 + 84, 150);
	put_le16(data + 16 * 2048 + 128, 2048);
	put_be16(data + 16 * 2048 + 130, 2048);
	put("a.iso", data, 150 * 2048);
	memcpy(wav, "RIFF\0\0\0\0WAVEfmt \20\0\0\0\1\0\2\0\x44\xac\0\0\x10\xb1\2\0\4\0\20\0data", 40);
	put_le32(wav + 4, 200 * 2352 + 36);
	put_le32(wav + 40, 200 * 2352);
	put("two.wav", wav, 200 * 2352 + 44);
}

/* A medium that says anything. */
static void take_facts(struct isokit_burner *b, const uint8_t *p)
{
	static const unsigned profiles[] = { 0, 0x08, 0x09, 0x0a, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15,
					     0x1a, 0x1b, 0x2b, 0x40, 0x41, 0x42, 0x43, 0x50, 0xffff };
	struct isokit_disc_facts *f = &b->facts;

	f->state = (enum isokit_disc_state)(p[0] % (ISOKIT_DISC_UNSUITABLE + 1));
	f->profile = profiles[p[1] % (sizeof(profiles) / sizeof(profiles[0]))];
	f->rewritable = p[2] & 1;
	f->can_tao = p[2] & 2;
	f->can_sao = p[2] & 4;
	f->can_multi = p[2] & 8;
	f->can_simulate = p[2] & 16;
	f->damaged = p[2] & 32;
	f->audio = p[2] & 64;
	f->cleared = p[2] & 128;
	f->pow = p[3] & 1;
	f->has_next = p[3] & 2;
	f->readable = p[3] & 4;
	f->pseudo = p[3] & 8;
	f->next_lba = get_le16(p + 4);
	f->capacity_bytes = (uint64_t)get_le16(p + 6) << 11 << (p[3] >> 4);
	f->free_bytes = (uint64_t)get_le16(p + 8) << 11 << (p[3] >> 4);
	f->used_bytes = (uint64_t)get_le16(p + 10) << 11;
	b->options.simulate = p[12] & 1;
	b->options.multi = p[12] & 2;
	b->options.any = p[12] & 4;
	b->options.blank = (enum isokit_blanking)(p[13] % (ISOKIT_BLANK_NEVER + 1));
	b->options.type = (enum isokit_write_type)(p[14] % 3);
}

static void expect_sound(const struct isokit_burner *b, const struct isokit_burn_job *job,
			 const struct isokit_burn_plan *plan)
{
	/* Blocks of DVD and BD are filled up, and nobody needs the filling. */
	bool cd = b->facts.profile == 0x09 || b->facts.profile == 0x0a;
	uint64_t filling = cd ? 0 : 31;
	size_t audio = 0;

	if (!plan->text[0] || plan->refusal >= ISOKIT_BURN_REFUSALS)
		abort();
	touch(plan->remedy, strlen(plan->remedy));
	touch(plan->note, strlen(plan->note));
	if (plan->refusal != ISOKIT_BURN_GO)
		return;
	for (size_t i = 0; job && i < job->n_tracks; i++)
		audio += job->tracks[i].audio;
	if ((audio && !cd) ||
	    (plan->simulate != b->options.simulate) ||
	    (plan->sectors && plan->room_sectors && plan->sectors > plan->room_sectors + filling &&
	     plan->prepare == ISOKIT_PREPARE_NOTHING) ||
	    (b->options.blank == ISOKIT_BLANK_NEVER &&
	     (plan->prepare == ISOKIT_PREPARE_BLANK_FAST || plan->prepare == ISOKIT_PREPARE_BLANK_ALL)) ||
	    b->facts.state == ISOKIT_DISC_NONE || b->facts.state == ISOKIT_DISC_BUSY ||
	    b->facts.state == ISOKIT_DISC_UNSUITABLE)
		abort();
}

static void decide(struct isokit_burner *b, struct isokit_medium *m)
{
	const struct isokit_medium_facts *facts = isokit_medium_facts(m);
	struct isokit_burn_track *tracks = calloc(MAX_TRACKS, sizeof(*tracks));
	struct isokit_burn_job job = { .size = sizeof(job), .tracks = tracks };
	struct isokit_burn_plan plan = { .text = "" };
	struct isokit_error err = { .text = "" };

	if (!tracks)
		abort();
	for (size_t i = 0; i < facts->n_tracks && i < MAX_TRACKS; i++) {
		const struct isokit_track *t = &facts->tracks[i];

		tracks[i].audio = t->kind == ISOKIT_TRACK_AUDIO;
		tracks[i].pregap_sectors = i ? t->pregap_sectors : 0;
		tracks[i].indexes = t->indexes;
		tracks[i].n_indexes = t->n_indexes;
		memcpy(tracks[i].text, t->text, sizeof(t->text));
		memcpy(tracks[i].isrc, t->isrc, sizeof(t->isrc));
		if (t->gap_sectors && isokit_medium_gap(m, i, &tracks[i].gap, NULL) != ISOKIT_OK)
			abort();
		if (isokit_medium_track(m, i, &tracks[i].source, NULL) != ISOKIT_OK)
			break;
		job.n_tracks++;
		touch(t->text, sizeof(t->text));
		if (!memchr(t->isrc, 0, sizeof(t->isrc)))
			abort();
		for (unsigned k = 0; k < ISOKIT_TRACK_TEXTS; k++)
			if (!memchr(t->text[k], 0, sizeof(t->text[k])))
				abort();
	}
	if (facts->shape == ISOKIT_MEDIUM_DISK) {
		tracks[0].source = isokit_medium_disk(m);
		job.n_tracks = 1;
	}
	if (isokit_burner_decide(b, &job, &plan, &err) == ISOKIT_OK)
		expect_sound(b, &job, &plan);
	else if (!err.text[0])
		abort();
	free(tracks);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct isokit_burner b = { .pseudo_fd = -1 };
	struct isokit_burn_plan plan = { .text = "" };
	struct isokit_medium *m;

	if (n < HEAD)
		return 0;
	if (!*folder)
		begin();
	take_facts(&b, bytes);
	put("a.cue", bytes + HEAD, n - HEAD);
	if (isokit_medium_open(sheet, NULL, &m, NULL) == ISOKIT_OK) {
		decide(&b, m);
		isokit_medium_free(m);
	}
	if (isokit_burner_decide(&b, NULL, &plan, NULL) == ISOKIT_OK)
		expect_sound(&b, NULL, &plan);
	return 0;
}
