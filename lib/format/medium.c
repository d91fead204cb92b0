/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a medium consists of: layers.c and the formats fill it, callers ask. */
#include "format/medium.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
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

enum isokit_status medium_open_inner(struct isokit_medium *m, struct isokit_source *src, bool plain,
				     struct isokit_medium **ret_inner, struct isokit_error *err)
{
	return m->open_inner(m, src, plain, ret_inner, err);
}

void medium_set_state(struct isokit_medium *m, void *state)
{
	m->states[m->facts.n_layers - 1] = state;
}

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
