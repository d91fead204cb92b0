/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is to be burnt: the bytes of an image, the tracks of a sheet, or a stream. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/message.h"
#include "disc.h"

/* ---- a stream ---------------------------------------------------------------------------- */

static long stream_read(void *ctx, void *buffer, size_t n)
{
	struct disc_image *image = ctx;
	size_t ahead = image->n_first - image->used_first;
	ssize_t got;

	if (ahead) {
		ahead = ahead < n ? ahead : n;
		memcpy(buffer, image->first + image->used_first, ahead);
		image->used_first += ahead;
		return (long)ahead;
	}
	do {
		got = read(image->fd, buffer, n);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		image->sys_errno = errno;
	return (long)got;
}

/* What would have to be expanded first. */
static const char *compressed(const unsigned char *p, size_t n)
{
	static const struct {
		const char *magic;
		size_t n;
		const char *program;
	} kinds[] = {
		{ "\x1f\x8b", 2, "gzip" },     { "\xfd" "7zXZ", 5, "xz" }, { "BZh", 3, "bzip2" },
		{ "\x28\xb5\x2f\xfd", 4, "zstd" }, { "PK\x03\x04", 4, "unzip -p" },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (n >= kinds[i].n && memcmp(p, kinds[i].magic, kinds[i].n) == 0)
			return kinds[i].program;
	return NULL;
}

static bool open_stream(struct disc_image *image, const char *path)
{
	const char *program;

	image->fd = strcmp(path, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) :
					     open(path, O_RDONLY | O_CLOEXEC);
	if (image->fd < 0) {
		message_error(path, "cannot be opened: %s", strerror(errno));
		return false;
	}
	while (image->n_first < sizeof(image->first)) {
		ssize_t got = read(image->fd, image->first + image->n_first,
				   sizeof(image->first) - image->n_first);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		image->n_first += (size_t)got;
	}
	if (!image->n_first) {
		message_error(path, "there is nothing in the stream");
		return false;
	}
	program = compressed(image->first, image->n_first);
	if (program) {
		message_error(path, "the stream is compressed: put %s%s before it in the pipe, or save "
			      "it to a file", program, strchr(program, ' ') ? "" : " -dc");
		return false;
	}
	image->tracks[0] = (struct isokit_burn_track){ .read = stream_read, .read_ctx = image };
	image->job.n_tracks = 1;
	return true;
}

/* ---- a file -------------------------------------------------------------------------------- */

static void name_disc(struct disc_image *image, const struct isokit_medium_facts *facts,
		      const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	char (*text)[ISOKIT_TEXT_BYTES] = image->job.text;
	const struct isokit_track *t = facts->tracks;
	bool titles = false, one = true;

	memcpy(image->job.catalog, facts->catalog, sizeof(image->job.catalog));
	memcpy(text, facts->text, sizeof(image->job.text));
	for (size_t i = 0; i < facts->n_tracks; i++) {
		titles |= t[i].text[ISOKIT_TEXT_TITLE][0] != '\0';
		one &= strcmp(t[i].text[ISOKIT_TEXT_PERFORMER], t[0].text[ISOKIT_TEXT_PERFORMER]) == 0;
	}
	/* A disc with titles of tracks has one itself. */
	if (titles && !text[ISOKIT_TEXT_TITLE][0])
		(void)snprintf(text[ISOKIT_TEXT_TITLE], ISOKIT_TEXT_BYTES, "%.*s",
			       (int)strcspn(name, "."), name);
	if (titles && !text[ISOKIT_TEXT_PERFORMER][0] && t[0].text[ISOKIT_TEXT_PERFORMER][0])
		(void)snprintf(text[ISOKIT_TEXT_PERFORMER], ISOKIT_TEXT_BYTES, "%s",
			       one ? t[0].text[ISOKIT_TEXT_PERFORMER] : "Various");
}

/* All that is known of one but its sectors. */
static void describe_track(struct isokit_burn_track *to, const struct isokit_track *t, bool first)
{
	to->audio = t->kind == ISOKIT_TRACK_AUDIO;
	/* The two seconds ahead of the first track are on every disc. */
	to->pregap_sectors = !first ? t->pregap_sectors : t->first_lba > 0 ? (uint32_t)t->first_lba : 0;
	to->postgap_sectors = t->postgap_sectors;
	to->indexes = t->indexes;
	to->n_indexes = t->n_indexes;
	to->copy = t->copy;
	to->preemphasis = t->preemphasis;
	to->four_channels = t->four_channels;
	memcpy(to->text, t->text, sizeof(to->text));
	memcpy(to->isrc, t->isrc, sizeof(to->isrc));
}

static bool take_tracks(struct disc_image *image, const char *path)
{
	const struct isokit_medium_facts *facts = isokit_medium_facts(image->medium);
	struct isokit_error err = { 0 };

	if (facts->n_sessions > 1) {
		message_error(path, "has %u sessions, which are written one by one: iso-convert "
			      "--session=N takes one out", facts->n_sessions);
		return false;
	}
	free(image->tracks);
	image->tracks = calloc(facts->n_tracks ? facts->n_tracks : 1, sizeof(*image->tracks));
	if (!image->tracks || !facts->n_tracks) {
		message_error(path, image->tracks ? "has no tracks" : "out of memory");
		return false;
	}
	for (size_t i = 0; i < facts->n_tracks; i++) {
		const struct isokit_track *t = facts->tracks + i;
		struct isokit_burn_track *to = image->tracks + i;

		if (t->kind == ISOKIT_TRACK_MODE2) {
			message_error(path, "track %u is of mode 2 with sectors of form 2 (a Video CD), "
				      "which is not written", t->number);
			return false;
		}
		describe_track(to, t, i == 0);
		if (isokit_medium_track(image->medium, i, &to->source, &err) ||
		    (t->gap_sectors && t->gap_sectors <= to->pregap_sectors &&
		     isokit_medium_gap(image->medium, i, &to->gap, &err))) {
			message_failure(path, &err);
			return false;
		}
	}
	image->job.n_tracks = facts->n_tracks;
	name_disc(image, facts, path);
	return true;
}

static bool open_medium(struct disc_image *image, const struct writer_options *opt,
			const char *path)
{
	struct isokit_medium_options how = {
		.size = sizeof(how), .password = opt->password.bytes,
		.password_bytes = opt->password.n, .scratch_folder = opt->scratch_folder,
	};
	struct isokit_source *src = NULL;
	struct isokit_error err = { 0 };
	enum isokit_status st;

	if (isokit_source_is_url(path)) {
		st = isokit_source_open_url(path, &src, &err);
		if (!st)
			st = isokit_medium_open_source(src, NULL, &how, &image->medium, &err);
	} else {
		st = isokit_medium_open(path, &how, &image->medium, &err);
	}
	if (st) {
		isokit_source_close(src);
		message_failure(path, &err);
		return false;
	}
	if (isokit_medium_facts(image->medium)->shape == ISOKIT_MEDIUM_DISC)
		return take_tracks(image, path);
	image->tracks[0] =
		(struct isokit_burn_track){ .source = isokit_medium_disk(image->medium) };
	image->job.n_tracks = 1;
	if (!isokit_source_size(image->tracks[0].source)) {
		message_error(path, "is empty");
		return false;
	}
	return true;
}

size_t disc_image_tell_damages(struct disc_image *image, const char *path)
{
	enum { SHOWN = 8 };
	size_t n = 0, from = image->damages_told;
	uint64_t more = 0;
	const struct isokit_damage *d =
		image->medium ? isokit_medium_damages(image->medium, &n, &more) : NULL;

	for (size_t i = from; i < n && i < from + SHOWN; i++)
		message_warning(path, "track %u, byte %" PRIu64 ": %s", d[i].track, d[i].offset,
				d[i].text);
	more += n > from + SHOWN ? n - from - SHOWN : 0;
	if (n > from && more)
		message_warning(path, "and %" PRIu64 " damaged places more", more);
	image->damages_told = n;
	return n - from;
}

/* What its containers have to say. */
static bool is_sound(struct disc_image *image, const struct writer_options *opt)
{
	const struct isokit_medium_facts *facts = isokit_medium_facts(image->medium);

	for (size_t i = 0; i < facts->n_notes; i++)
		message_info(opt->source, "%s", facts->notes[i]);
	if (!disc_image_tell_damages(image, opt->source) || opt->any)
		return true;
	message_error(opt->source, "is damaged: get it again; --any takes it all the same");
	return false;
}

bool disc_image_open(struct disc_image *image, const struct writer_options *opt)
{
	const char *path = opt->source;
	struct stat st;
	bool stream, ok;

	*image = (struct disc_image){ .fd = -1, .job = { .size = sizeof(image->job) } };
	image->tracks = calloc(1, sizeof(*image->tracks));
	if (!image->tracks) {
		message_error(path, "out of memory");
		return false;
	}
	if (strcmp(path, "-") == 0)
		stream = lseek(STDIN_FILENO, 0, SEEK_CUR) < 0;
	else
		stream = stat(path, &st) == 0 && S_ISFIFO(st.st_mode);
	ok = stream ? open_stream(image, path) :
		      open_medium(image, opt, path) && is_sound(image, opt);
	image->job.tracks = image->tracks;
	if (!ok)
		disc_image_close(image);
	return ok;
}

void disc_image_close(struct disc_image *image)
{
	isokit_medium_free(image->medium);
	free(image->tracks);
	if (image->fd >= 0)
		(void)close(image->fd);
	image->medium = NULL;
	image->tracks = NULL;
	image->fd = -1;
}
