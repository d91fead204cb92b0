/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Containers are opened from the outside in: every format looks at the bytes, the surest
 * one opens them, and what it found inside is looked at again. */
#include "format/medium.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/checked.h"
#include "base/fail.h"
#include "format/cdrom.h"

/* Head and tail of what is to be looked at; both in m->window. */
static enum isokit_status make_probe(struct isokit_medium *m, struct isokit_source *src,
				     struct format_probe *ret, struct isokit_error *err)
{
	uint8_t *head = m->window, *tail = m->window + FORMAT_HEAD_BYTES;
	struct format_probe p = {.src = src, .size = isokit_source_size(src), .path = m->path};
	enum isokit_status st;

	p.head = head;
	p.tail = tail;
	p.head_bytes = (size_t)min_u64(p.size, FORMAT_HEAD_BYTES);
	p.tail_bytes = (size_t)min_u64(p.size, FORMAT_TAIL_BYTES);
	st = p.head_bytes ? isokit_source_read_at(src, 0, head, p.head_bytes, err) : ISOKIT_OK;
	if (!st && p.tail_bytes)
		st = isokit_source_read_at(src, p.size - p.tail_bytes, tail, p.tail_bytes, err);
	if (!st)
		*ret = p;
	return st;
}

static const struct format *find_format(const struct format_probe *p,
					char evidence[FORMAT_EVIDENCE])
{
	const struct format *best = NULL;
	char reason[FORMAT_EVIDENCE];
	unsigned sure, best_sure = 0;
	size_t i;

	for (i = 0; format_list[i]; i++) {
		reason[0] = '\0';
		sure = format_list[i]->probe(p, reason);
		if (sure <= best_sure)
			continue;
		best_sure = sure;
		best = format_list[i];
		memcpy(evidence, reason, FORMAT_EVIDENCE);
	}
	return best;
}

static void add_layer(struct isokit_medium *m, const char *format, const char *words,
		      const char *evidence)
{
	struct isokit_layer *l = &m->layers[m->facts.n_layers++];

	l->format = format;
	l->words = words;
	snprintf(l->evidence, sizeof(l->evidence), "%s", evidence);
}

/* Open one container after the other, until there is none or it was a disc. */
static enum isokit_status open_layers(struct isokit_medium *m, struct isokit_source *src,
				      struct isokit_error *err)
{
	const struct format *f;
	struct format_probe p;
	char evidence[FORMAT_EVIDENCE];
	bool no_memory = false;
	enum isokit_status st;

	m->disk = src;
	if (m->path && m->depth == 0 && !m->options.plain && cdrom_has_tracks(src)) {
		add_layer(m, "cd-drive", "disc in a drive", "the drive tells of its tracks");
		m->disk = NULL;
		m->facts.shape = ISOKIT_MEDIUM_DISC;
		m->facts.layers = m->layers;
		m->facts.tracks = m->tracks;
		return cdrom_open(m, src, m->path, 0, err);
	}
	while (!m->options.plain) {
		st = make_probe(m, src, &p, err);
		if (st)
			return st;
		p.outer = m->facts.n_layers ? m->formats[m->facts.n_layers - 1] : NULL;
		p.no_memory = &no_memory;
		f = find_format(&p, evidence);
		if (no_memory)
			return isokit_fail_nomem(err, m->name, 0);
		if (!f)
			break;
		if (m->facts.n_layers == FORMAT_MAX_LAYERS)
			return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, m->name,
					   "%u containers inside each other, and no end",
					   FORMAT_MAX_LAYERS);
		m->formats[m->facts.n_layers] = f;
		add_layer(m, f->name, f->words, evidence);
		m->disk = NULL;
		st = f->open(m, &p, err);
		if (st)
			return st;
		if (!m->disk) {
			m->facts.shape = ISOKIT_MEDIUM_DISC;
			break;
		}
		src = m->disk;
	}
	m->facts.layers = m->layers;
	m->facts.tracks = m->tracks;
	return ISOKIT_OK;
}

static enum isokit_status open_inner(struct isokit_medium *m, struct isokit_source *src, bool plain,
				     struct isokit_medium **ret_inner, struct isokit_error *err);

static enum isokit_status open_medium(struct isokit_source *src, const char *path,
				      const struct isokit_medium_options *options, unsigned depth,
				      struct isokit_medium **ret_medium, struct isokit_error *err)
{
	struct isokit_medium *m = calloc(1, sizeof(*m));
	enum isokit_status st;

	if (!m)
		return isokit_fail_nomem(err, isokit_source_name(src), sizeof(*m));
	m->depth = depth;
	m->open_inner = open_inner;
	pthread_mutex_init(&m->lock, NULL);
	if (options)
		memcpy(&m->options, options,
		       options->size < sizeof(*options) ? options->size : sizeof(*options));
	m->name = isokit_source_name(src);
	m->window = malloc(FORMAT_HEAD_BYTES + FORMAT_TAIL_BYTES);
	if (path)
		m->path = arena_strndup(&m->arena, path, strlen(path));
	if (!m->window || (path && !m->path)) {
		isokit_medium_free(m);
		return isokit_fail_nomem(err, isokit_source_name(src), FORMAT_HEAD_BYTES);
	}
	st = open_layers(m, src, err);
	if (!st && m->no_memory)
		st = isokit_fail_nomem(err, m->name, 0);
	free(m->window);
	m->window = NULL;
	if (st) {
		isokit_medium_free(m);
		return st;
	}
	m->outermost = src;
	*ret_medium = m;
	return ISOKIT_OK;
}

enum isokit_status isokit_medium_open_source(struct isokit_source *src, const char *path,
					     const struct isokit_medium_options *options,
					     struct isokit_medium **ret_medium,
					     struct isokit_error *err)
{
	return open_medium(src, path, options, 0, ret_medium, err);
}

/* What another file has: see medium_open_inner(). */
static enum isokit_status open_inner(struct isokit_medium *m, struct isokit_source *src, bool plain,
				     struct isokit_medium **ret_inner, struct isokit_error *err)
{
	struct isokit_medium_options options = m->options;
	enum isokit_status st;

	options.size = sizeof(options);
	options.plain = plain;
	st = open_medium(src, m->path, &options, m->depth + 1, ret_inner, err);
	for (size_t i = 0; !st && i < (*ret_inner)->facts.n_notes; i++)
		medium_note(m, "%s: %s", isokit_source_name(src), (*ret_inner)->facts.notes[i]);
	return st;
}

/* A sparse bundle is a folder; it stands for the file in it that tells what it is. */
static char *file_of_folder(const char *path)
{
	static const char name[] = "/Info.plist";
	struct stat st;
	char *file;
	size_t n;

	if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode))
		return NULL;
	n = strlen(path);
	while (n > 1 && path[n - 1] == '/')
		n--;
	file = malloc(n + sizeof(name));
	if (file) {
		memcpy(file, path, n);
		memcpy(file + n, name, sizeof(name));
	}
	if (file && stat(file, &st) == 0 && S_ISREG(st.st_mode))
		return file;
	free(file);
	return NULL;
}

enum isokit_status isokit_medium_open(const char *path, const struct isokit_medium_options *options,
				      struct isokit_medium **ret_medium, struct isokit_error *err)
{
	char *inside = file_of_folder(path);
	const char *file = inside ? inside : path;
	struct isokit_source *src;
	enum isokit_status st = isokit_source_open_file(file, &src, err);

	if (!st) {
		st = isokit_medium_open_source(src, file, options, ret_medium, err);
		if (st)
			isokit_source_close(src);
	}
	free(inside);
	return st;
}
