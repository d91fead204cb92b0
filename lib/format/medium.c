/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Containers are opened from the outside in: every format looks at the bytes, the surest
 * one opens them, and what it found inside is looked at again. */
#include "format/medium.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/array.h"
#include "base/checked.h"
#include "base/fail.h"
#include "base/text.h"
#include "format/cdrom.h"

enum { MAX_DAMAGES = 1000, MAX_NOTES = 100 };

struct arena *medium_arena(struct isokit_medium *m)
{
	return &m->arena;
}

const struct isokit_medium_options *medium_options(const struct isokit_medium *m)
{
	return &m->options;
}

const char *medium_path(const struct isokit_medium *m)
{
	return m->path;
}

enum isokit_status medium_keep(struct isokit_medium *m, struct isokit_source *src,
			       struct isokit_error *err)
{
	if (!ARRAY_RESERVE(m->kept, m->kept_capacity, m->n_kept + 1)) {
		isokit_source_close(src);
		return isokit_fail_nomem(err, "sources of an image", sizeof(src));
	}
	m->kept[m->n_kept++] = src;
	return ISOKIT_OK;
}

enum isokit_status medium_set_disk(struct isokit_medium *m, struct isokit_source *src,
				   struct isokit_error *err)
{
	enum isokit_status st = medium_keep(m, src, err);

	if (!st)
		m->disk = src;
	return st;
}

enum isokit_status medium_add_track(struct isokit_medium *m, const struct isokit_track *t,
				    struct isokit_source *stored, struct isokit_error *err)
{
	enum isokit_status st;

	if (stored) {
		st = medium_keep(m, stored, err);
		if (st)
			return st;
	}
	if (m->facts.n_tracks == FORMAT_MAX_TRACKS)
		return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, "tracks",
				   "more than the %d that a disc can have", FORMAT_MAX_TRACKS);
	if (stored && (t->sector_bytes == 0 ||
		       t->sectors > isokit_source_size(stored) / t->sector_bytes))
		return isokit_fail(err, ISOKIT_E_SHORT, ISOKIT_NO_OFFSET, isokit_source_name(stored),
				   "too short for the %u sectors of track %u", t->sectors,
				   t->number);
	m->tracks[m->facts.n_tracks] = *t;
	m->stored[m->facts.n_tracks++] = stored;
	if (t->session > m->facts.n_sessions)
		m->facts.n_sessions = t->session;
	return ISOKIT_OK;
}

void medium_set_catalog(struct isokit_medium *m, const char *number)
{
	snprintf(m->facts.catalog, sizeof(m->facts.catalog), "%s", number);
}

void medium_set_text(struct isokit_medium *m, unsigned kind, const char *text)
{
	snprintf(m->facts.text[kind], ISOKIT_TEXT_BYTES, "%s", text);
}

void medium_note(struct isokit_medium *m, const char *format, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (m->facts.n_notes == MAX_NOTES)
		return;
	if (!ARRAY_RESERVE(m->notes, m->notes_capacity, m->facts.n_notes + 1)) {
		m->no_memory = true;
		return;
	}
	m->notes[m->facts.n_notes] = arena_strndup(&m->arena, text, strlen(text));
	if (m->notes[m->facts.n_notes])
		m->facts.n_notes++;
	else
		m->no_memory = true;
	m->facts.notes = m->notes;
}

void medium_damaged(struct isokit_medium *m, unsigned track, uint64_t offset, uint64_t bytes,
		    const char *text)
{
	struct isokit_damage *d;
	size_t i;

	pthread_mutex_lock(&m->lock);
	for (i = 0; i < m->n_damages; i++)
		if (m->damages[i].track == track && m->damages[i].offset == offset &&
		    strncmp(m->damages[i].text, text, sizeof(m->damages[i].text) - 1) == 0)
			break;
	if (i < m->n_damages)
		goto out; /* read twice */
	if (m->n_damages == MAX_DAMAGES ||
	    !ARRAY_RESERVE(m->damages, m->damages_capacity, m->n_damages + 1)) {
		m->damages_lost++;
		goto out;
	}
	d = &m->damages[m->n_damages++];
	*d = (struct isokit_damage){.track = track, .offset = offset, .bytes = bytes};
	snprintf(d->text, sizeof(d->text), "%s", text);
out:
	pthread_mutex_unlock(&m->lock);
}

static int compare_damages(const void *a, const void *b)
{
	const struct isokit_damage *x = a, *y = b;

	if (x->track != y->track)
		return x->track < y->track ? -1 : 1;
	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

const struct isokit_damage *isokit_medium_damages(struct isokit_medium *m, size_t *ret_n,
						  uint64_t *ret_lost)
{
	pthread_mutex_lock(&m->lock);
	if (m->n_damages)
		qsort(m->damages, m->n_damages, sizeof(*m->damages), compare_damages);
	*ret_n = m->n_damages;
	if (ret_lost)
		*ret_lost = m->damages_lost;
	pthread_mutex_unlock(&m->lock);
	return m->damages;
}

void medium_set_encrypted(struct isokit_medium *m)
{
	m->facts.encrypted = true;
}

void medium_set_state(struct isokit_medium *m, void *state)
{
	m->states[m->facts.n_layers - 1] = state;
}

/* ---- opening ---------------------------------------------------------------------- */

bool format_has_descriptor(const struct format_probe *p)
{
	const uint8_t *vd = p->head + 32768;

	return p->head_bytes >= 32768 + 2048 &&
	       (memcmp(vd + 1, "CD001", 5) == 0 || memcmp(vd + 1, "BEA01", 5) == 0 ||
		memcmp(vd + 9, "CDROM", 5) == 0);
}

unsigned format_no_memory(const struct format_probe *p)
{
	*p->no_memory = true;
	return 0;
}

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

static enum isokit_status open_medium(struct isokit_source *src, const char *path,
				      const struct isokit_medium_options *options, unsigned depth,
				      struct isokit_medium **ret_medium, struct isokit_error *err)
{
	struct isokit_medium *m = calloc(1, sizeof(*m));
	enum isokit_status st;

	if (!m)
		return isokit_fail_nomem(err, isokit_source_name(src), sizeof(*m));
	m->depth = depth;
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

enum isokit_status medium_open_inner(struct isokit_medium *m, struct isokit_source *src, bool plain,
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

void isokit_medium_free(struct isokit_medium *m)
{
	if (!m)
		return;
	/* The last ones rest on the earlier. */
	while (m->n_kept)
		isokit_source_close(m->kept[--m->n_kept]);
	isokit_source_close(m->outermost);
	free(m->kept);
	free(m->notes);
	free(m->damages);
	free(m->window);
	pthread_mutex_destroy(&m->lock);
	arena_release(&m->arena);
	free(m);
}

const struct isokit_medium_facts *isokit_medium_facts(const struct isokit_medium *m)
{
	return &m->facts;
}

struct isokit_source *isokit_medium_disk(const struct isokit_medium *m)
{
	return m->disk;
}

enum isokit_status isokit_medium_verify(struct isokit_medium *m, unsigned *ret_checked,
					struct isokit_error *err)
{
	enum isokit_status st = ISOKIT_OK;
	unsigned checked = 0;
	size_t i;

	for (i = 0; !st && i < m->facts.n_layers; i++)
		if (m->formats[i] && m->formats[i]->verify)
			st = m->formats[i]->verify(m, m->states[i], &checked, err);
	if (!st && ret_checked)
		*ret_checked = checked;
	return st;
}
