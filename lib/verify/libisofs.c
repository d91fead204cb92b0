/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libisofs' own checksums: tags that a stream shows as it passes, one set for each
 * session, and an MD5 for each file in an array behind the files. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/checked.h"
#include "verify/aaip.h"
#include "verify/impl.h"
#include "verify/tags.h"

enum {
	MAX_SESSIONS = 1024,
	FIRST_TAG = 16,    /* blocks behind the start of a session where its tag can be */
	HEAD_BLOCKS = 20,  /* … and so many of them: more descriptors than any disc has */
	ALIGNMENT = 32,    /* of the starts of sessions, blocks */
	MD5_BYTES = 16,
	MAX_CHECKS = 4,
	MAX_LABELLED = 32,
	ARRAY_WINDOW = 4096,
};

static const char *const type_words[] = {
	[TAG_RELOCATED] = "system area and volume descriptors",
	[TAG_SUPERBLOCK] = "system area and volume descriptors",
	[TAG_TREE] = "directories",
	[TAG_SESSION] = "files",
};

/* A digest of the first so many bytes of a session. */
struct check {
	uint64_t bytes;
	const char *what;
	uint8_t md5[MD5_BYTES];
};

struct session {
	uint64_t start, end; /* blocks; `end` is behind its last tag */
	struct scheme *scheme;
	struct verify_job *job;
	uint64_t available; /* bytes of the job */
	struct check checks[MAX_CHECKS]; /* ascending */
	size_t n_checks;
	uint64_t marks[MAX_CHECKS];
	struct session *next;
};

struct file {
	uint64_t record_offset;
	struct verify_job *job;
	uint32_t index; /* in the array */
	bool differs;
};

struct libisofs {
	struct session *sessions, **last;
	size_t n_sessions;
	struct aaip aaip;
	bool has_area;
	struct checksum_area area;
	struct scheme *files_scheme;
	struct verify_job *array_job;
	struct file *files;
	size_t n, capacity;
	struct contents contents;
	uint8_t window[ARRAY_WINDOW];
	uint64_t window_at; /* byte of the image; 0: empty */
	size_t window_n;
	size_t n_differ;
	const struct file **differ; /* by record */
};

void libisofs_free(struct verify *v)
{
	struct libisofs *l = v->libisofs;

	if (!l)
		return;
	aaip_free(&l->aaip);
	free(l->files);
	free(l->contents.pieces);
	free(l->differ);
}

/* ---- sessions ---------------------------------------------------------------------------- */

static bool damaged_tag(struct verify *v, struct scheme *s, uint64_t block, const char *what)
{
	struct isokit_verify_mismatch m = {
		.problem = "damaged-tag", .what = what, .kind = ISOKIT_MD5,
		.offset = block * BLOCK_BYTES, .bytes = BLOCK_BYTES,
	};

	scheme_worsen(s, ISOKIT_VERIFY_MISMATCH);
	return scheme_mismatch(v, s, &m, NULL, NULL);
}

static struct session *new_session(struct verify *v, uint64_t start, const char *words)
{
	struct libisofs *l = v->libisofs;
	struct session *s = arena_alloc(&v->jobs.arena, sizeof(*s));
	char where[96];

	(void)snprintf(where, sizeof(where), "%s at block %llu", words,
		       (unsigned long long)start);
	if (!s || !(s->scheme = verify_scheme(v, "libisofs-session", where, ISOKIT_MD5)))
		return NULL;
	s->start = s->end = start;
	*l->last = s;
	l->last = &s->next;
	l->n_sessions++;
	return s;
}

static bool add_check(struct session *s, uint64_t bytes, const char *what, const uint8_t *md5)
{
	size_t at = s->n_checks;

	if (at == MAX_CHECKS)
		return false;
	for (; at > 0 && s->checks[at - 1].bytes > bytes; at--)
		s->checks[at] = s->checks[at - 1];
	s->checks[at] = (struct check){ .bytes = bytes, .what = what };
	memcpy(s->checks[at].md5, md5, MD5_BYTES);
	s->n_checks++;
	return true;
}

/* A tag where one was expected: take its check into the session. *ret_ok false
 * when there is none that fits. */
static enum isokit_status take_tag(struct verify *v, struct session *s, const uint8_t *block,
				   uint64_t lba, enum tag_type type, struct tag *ret, bool *ret_ok)
{
	uint8_t md5[ISOKIT_DIGEST_MAX_BYTES];
	char what[128];
	bool damaged;

	*ret_ok = false;
	if (!tag_decode(block, BLOCK_BYTES, ret, &damaged) || ret->type != type ||
	    ret->pos != lba || ret->range_start != s->start ||
	    ret->range_size != lba - s->start) {
		(void)snprintf(what, sizeof(what), "the tag over %s should be at block %llu and "
			       "%s", type_words[type], (unsigned long long)lba,
			       damaged ? "is damaged" : "is not there");
		return damaged_tag(v, s->scheme, lba, what) ? ISOKIT_OK : verify_nomem(v);
	}
	if (!digest_of(v->opt->digests, ISOKIT_MD5, block, ret->self_bytes, md5))
		return verify_nomem(v);
	if (memcmp(md5, ret->self, MD5_BYTES) != 0) {
		(void)snprintf(what, sizeof(what), "the tag over %s at block %llu does not agree "
			       "with its own checksum", type_words[type], (unsigned long long)lba);
		return damaged_tag(v, s->scheme, lba, what) ? ISOKIT_OK : verify_nomem(v);
	}
	*ret_ok = true;
	s->end = max_u64(s->end, lba + 1);
	/* The line itself is checked by what it says of itself. */
	if (!ranges_add(&s->scheme->covered, lba * BLOCK_BYTES,
			ret->self_bytes + sizeof(" self=") - 1 + 32 + 1, NULL))
		return verify_nomem(v);
	(void)add_check(s, (lba - s->start) * BLOCK_BYTES, type_words[type], ret->md5);
	return ISOKIT_OK;
}

/* Follow the superblock tag to the one of the tree and that of the session. */
static enum isokit_status follow(struct verify *v, struct session *s, struct tag tag)
{
	static const enum tag_type order[] = { TAG_TREE, TAG_SESSION };
	uint8_t block[BLOCK_BYTES];
	enum isokit_status st = ISOKIT_OK;
	bool ok = true;

	for (size_t i = 0; i < 2 && ok && !st && tag.next; i++) {
		uint64_t lba = tag.next;

		if (lba <= tag.pos)
			return ISOKIT_OK;
		if (!range_inside(lba * BLOCK_BYTES, BLOCK_BYTES, v->size)) {
			struct isokit_verify_mismatch m = {
				.problem = "cut-off", .kind = ISOKIT_MD5, .offset = v->size,
				.bytes = (lba + 1) * BLOCK_BYTES - v->size,
				.what = "the image ends before the end of the session",
			};

			scheme_worsen(s->scheme, ISOKIT_VERIFY_INCOMPLETE);
			return scheme_mismatch(v, s->scheme, &m, NULL, NULL) ? ISOKIT_OK :
									      verify_nomem(v);
		}
		st = verify_read(v, lba * BLOCK_BYTES, block, sizeof(block));
		if (!st)
			st = take_tag(v, s, block, lba, order[i], &tag, &ok);
	}
	return st;
}

/* Look for a tag behind the descriptors of a session. *ret_session NULL: none. */
static enum isokit_status scan_session(struct verify *v, uint64_t start,
				       struct session **ret_session)
{
	uint8_t *head;
	uint64_t first = start + FIRST_TAG;
	enum isokit_status st;
	size_t n;

	*ret_session = NULL;
	for (struct session *s = v->libisofs->sessions; s; s = s->next)
		if (s->start == start)
			return ISOKIT_OK;
	if (first >= v->size / BLOCK_BYTES || v->libisofs->n_sessions >= MAX_SESSIONS)
		return ISOKIT_OK;
	n = (size_t)min_u64(HEAD_BLOCKS, v->size / BLOCK_BYTES - first);
	head = malloc((size_t)HEAD_BLOCKS * BLOCK_BYTES);
	if (!head)
		return verify_nomem(v);
	st = verify_read(v, first * BLOCK_BYTES, head, n * BLOCK_BYTES);
	for (size_t i = 0; i < n && !st && !*ret_session; i++) {
		const uint8_t *block = head + i * BLOCK_BYTES;
		struct session *s;
		struct tag tag;
		bool damaged, ok;

		if (!tag_decode(block, BLOCK_BYTES, &tag, &damaged) && !damaged)
			continue;
		/* A whole tag for another place is a copy, or content. */
		if (!damaged && (tag.pos != first + i || tag.range_start != start ||
				 (tag.type != TAG_SUPERBLOCK && tag.type != TAG_RELOCATED)))
			continue;
		s = new_session(v, start, !damaged && tag.type == TAG_RELOCATED ?
					 "relocated head" : "session");
		if (!s) {
			st = verify_nomem(v);
			break;
		}
		st = take_tag(v, s, block, first + i, damaged ? TAG_SUPERBLOCK : tag.type, &tag,
			      &ok);
		if (!st && ok && tag.type == TAG_SUPERBLOCK)
			st = follow(v, s, tag);
		*ret_session = s;
	}
	free(head);
	return st;
}

/* One after the other, each at the next round block behind the last. */
static enum isokit_status scan_chain(struct verify *v, uint64_t start)
{
	enum isokit_status st = ISOKIT_OK;
	struct session *s;

	do {
		st = scan_session(v, start, &s);
		if (!st && s)
			start = round_up(max_u64(s->end, s->start + 1), ALIGNMENT);
	} while (!st && s && start <= UINT32_MAX);
	return st;
}

static enum isokit_status plan_sessions(struct verify *v)
{
	const struct isokit_facts *f = v->facts;
	enum isokit_status st = scan_chain(v, 0);

	for (size_t i = 0; i < f->n_sessions && i < MAX_SESSIONS && !st; i++)
		st = scan_chain(v, f->sessions[i].lba);
	if (!st && v->libisofs->sessions)
		st = scan_chain(v, ALIGNMENT);
	return st;
}

/* The jobs, when all checks are known. */
static enum isokit_status add_session_jobs(struct verify *v)
{
	for (struct session *s = v->libisofs->sessions; s; s = s->next) {
		struct verify_piece piece = { .offset = v->start + s->start * BLOCK_BYTES };
		uint64_t bytes;
		size_t n = 0;

		if (!s->n_checks)
			continue;
		bytes = s->checks[s->n_checks - 1].bytes;
		if (s->start * BLOCK_BYTES >= v->size)
			continue;
		s->available = min_u64(bytes, v->size - s->start * BLOCK_BYTES);
		piece.bytes = s->available;
		s->job = jobs_add(&v->jobs, LANE_SESSIONS, ISOKIT_MD5, &piece, 1);
		for (size_t i = 0; i < s->n_checks && s->checks[i].bytes <= s->available; i++)
			s->marks[n++] = s->checks[i].bytes;
		if (!s->job || !jobs_mark(&v->jobs, s->job, s->marks, n) ||
		    !ranges_add(&s->scheme->covered, s->start * BLOCK_BYTES, s->available, NULL))
			return verify_nomem(v);
	}
	return ISOKIT_OK;
}

/* What one session leaves out may be another one. */
static bool label_sessions(struct verify *v)
{
	char words[64];

	if (v->libisofs->n_sessions > MAX_LABELLED)
		return true;
	for (struct session *s = v->libisofs->sessions; s; s = s->next) {
		const char *copy;

		(void)snprintf(words, sizeof(words), "session at block %llu",
			       (unsigned long long)s->start);
		copy = arena_strndup(&v->arena, words, strlen(words));
		if (!copy)
			return false;
		for (struct session *t = v->libisofs->sessions; t; t = t->next)
			if (t != s && !ranges_add(&t->scheme->labels, s->start * BLOCK_BYTES,
						  (s->end - s->start) * BLOCK_BYTES, copy))
				return false;
	}
	return true;
}

static bool judge_session(struct verify *v, struct session *s)
{
	uint64_t good = 0;

	for (size_t i = 0; i < s->n_checks; i++) {
		const struct check *c = &s->checks[i];
		struct isokit_verify_mismatch m = {
			.problem = "differs", .kind = ISOKIT_MD5,
			.offset = s->start * BLOCK_BYTES + good, .bytes = c->bytes - good,
		};
		char what[160];

		if (!s->job || i >= s->job->n_marks || !s->job->marks[i].done) {
			m.problem = "cut-off";
			m.what = "the image ends before what the checksum is of";
			scheme_worsen(s->scheme, ISOKIT_VERIFY_INCOMPLETE);
			return scheme_mismatch(v, s->scheme, &m, c->md5, NULL);
		}
		if (memcmp(s->job->marks[i].digest, c->md5, MD5_BYTES) == 0) {
			good = c->bytes;
			continue;
		}
		(void)snprintf(what, sizeof(what), "%s: the first difference lies between bytes "
			       "%llu and %llu", c->what, (unsigned long long)m.offset,
			       (unsigned long long)(m.offset + m.bytes));
		m.what = what;
		scheme_worsen(s->scheme, ISOKIT_VERIFY_MISMATCH);
		/* What comes behind is of the same bytes and more. */
		return scheme_mismatch(v, s->scheme, &m, c->md5, s->job->marks[i].digest);
	}
	return true;
}

/* ---- files ------------------------------------------------------------------------------------ */

static uint64_t entry_offset(const struct libisofs *l, uint32_t index)
{
	return (uint64_t)l->area.end * BLOCK_BYTES + (uint64_t)index * MD5_BYTES;
}

/* An entry of the array. */
static enum isokit_status read_entry(struct verify *v, uint32_t index, const uint8_t **ret)
{
	struct libisofs *l = v->libisofs;
	uint64_t at = entry_offset(l, index);

	if (!l->window_n || at < l->window_at || at + MD5_BYTES > l->window_at + l->window_n) {
		uint64_t from = at - at % ARRAY_WINDOW;
		size_t n = (size_t)min_u64(ARRAY_WINDOW, v->size - from);
		enum isokit_status st;

		l->window_n = 0;
		st = verify_read(v, from, l->window, n);
		if (st)
			return st;
		l->window_at = from;
		l->window_n = n;
	}
	*ret = l->window + (at - l->window_at);
	return ISOKIT_OK;
}

struct walk {
	struct verify *v;
	enum isokit_status st;
};

static uint32_t big_number(const struct text *t)
{
	uint64_t value = 0;

	for (size_t i = 0; i < t->n && value <= UINT32_MAX; i++)
		value = value << 8 | (uint8_t)t->bytes[i];
	return value <= UINT32_MAX ? (uint32_t)value : 0;
}

static enum isokit_status plan_file(struct verify *v, const struct isokit_entry *e)
{
	struct libisofs *l = v->libisofs;
	struct scheme *s = l->files_scheme;
	struct isokit_verify_mismatch m = { .path = e->path, .problem = "cut-off",
					    .kind = ISOKIT_MD5, .offset = ISOKIT_NO_OFFSET };
	struct verify_job *job = NULL;
	enum jobs_file_result result;
	enum isokit_status st;
	uint32_t index = 0;
	bool found = false;

	if (e->record_offset != ISOKIT_NO_OFFSET) {
		st = aaip_find(&l->aaip, e->record_offset, "cx", &found);
		if (st)
			return st;
		if (found)
			index = big_number(&l->aaip.value);
	}
	st = verify_contents(v, e, ISOKIT_NS_ROCKRIDGE, true, &l->contents);
	if (st)
		return st;
	/* Entry 0 is of the session, the last one of the array. */
	if (!found || !index || index + 1 >= l->area.count) {
		s->pub.files_not_listed++;
		for (size_t i = 0; i < l->contents.n; i++)
			if (!ranges_add(&s->unlisted, l->contents.pieces[i].offset - v->start,
					l->contents.pieces[i].bytes, NULL))
				return verify_nomem(v);
		return ISOKIT_OK;
	}
	s->pub.files++;
	result = JOBS_FILE_OK;
	if (!l->contents.cut_off && !l->contents.refused)
		result = jobs_add_file(&v->jobs, ISOKIT_MD5, l->contents.pieces, l->contents.n,
				       &job);
	if (result == JOBS_FILE_NOMEM)
		return verify_nomem(v);
	if (!job) {
		if (!l->contents.cut_off)
			m.problem = "unsupported";
		m.what = l->contents.cut_off ? "the image ends before its end" :
			 l->contents.refused ? l->contents.refused :
			 "the files of this image share more bytes than it has";
		scheme_worsen(s, ISOKIT_VERIFY_INCOMPLETE);
		return scheme_mismatch(v, s, &m, NULL, NULL) ? ISOKIT_OK : verify_nomem(v);
	}
	for (size_t i = 0; i < l->contents.n; i++)
		if (!ranges_add(&s->covered, l->contents.pieces[i].offset - v->start,
				l->contents.pieces[i].bytes, NULL))
			return verify_nomem(v);
	if (!ARRAY_RESERVE(l->files, l->capacity, l->n + 1))
		return verify_nomem(v);
	l->files[l->n++] = (struct file){ .record_offset = e->record_offset, .job = job,
					  .index = index };
	return ISOKIT_OK;
}

static int visit(void *ctx, const struct isokit_entry *e)
{
	struct walk *w = ctx;

	if (e->type == ISOKIT_FILE)
		w->st = plan_file(w->v, e);
	return w->st != ISOKIT_OK;
}

static enum isokit_status walk_all(struct verify *v, isokit_visit_fn fn, struct walk *w)
{
	struct isokit_error err;
	enum isokit_status st = isokit_image_walk(v->img, ISOKIT_NS_ROCKRIDGE, "/", fn, w, &err);

	if (w->st || st == ISOKIT_E_CANCELLED)
		return w->st; /* what stopped the walk has said why */
	if (st && v->err)
		*v->err = err;
	return st;
}

static enum isokit_status find_area(struct verify *v)
{
	const struct isokit_namespace *ns = &v->facts->namespaces[ISOKIT_NS_ROCKRIDGE];
	const struct isokit_volume *volume = v->facts->primary;
	struct libisofs *l = v->libisofs;
	enum isokit_status st;
	bool found;

	if (!ns->present || !volume || volume->block_size != BLOCK_BYTES)
		return ISOKIT_OK;
	st = aaip_find_root(&l->aaip, (uint64_t)volume->root_lba * BLOCK_BYTES, "ca", &found);
	if (st || !found)
		return st;
	l->has_area = checksum_area_decode((const uint8_t *)l->aaip.value.bytes, l->aaip.value.n,
					   &l->area) &&
		      l->area.md5 && l->area.size == MD5_BYTES && l->area.count >= 2 &&
		      l->area.start < l->area.end;
	return ISOKIT_OK;
}

/* Entry 0 says once more what a session holds, without the array itself. */
static enum isokit_status plan_session_entry(struct verify *v)
{
	struct libisofs *l = v->libisofs;
	const uint8_t *md5;
	struct session *s;
	enum isokit_status st = read_entry(v, 0, &md5);

	if (st)
		return st;
	for (s = l->sessions; s; s = s->next)
		if (s->start == l->area.start)
			break;
	if (!s) {
		s = new_session(v, l->area.start, "session");
		if (!s)
			return verify_nomem(v);
	}
	(void)add_check(s, (uint64_t)(l->area.end - l->area.start) * BLOCK_BYTES,
			"files", md5);
	return ISOKIT_OK;
}

static enum isokit_status plan_files(struct verify *v)
{
	struct libisofs *l = v->libisofs;
	struct verify_piece array = { v->start + entry_offset(l, 0),
				      (uint64_t)(l->area.count - 1) * MD5_BYTES };
	struct walk w = { .v = v };
	enum isokit_status st;
	char where[96];

	(void)snprintf(where, sizeof(where), "array at block %lu", (unsigned long)l->area.end);
	l->files_scheme = verify_scheme(v, "libisofs-files", where, ISOKIT_MD5);
	if (!l->files_scheme)
		return verify_nomem(v);
	l->files_scheme->pub.has_files = true;
	if (!range_inside(entry_offset(l, 0), (uint64_t)l->area.count * MD5_BYTES, v->size)) {
		struct isokit_verify_mismatch m = {
			.problem = "cut-off", .kind = ISOKIT_MD5, .offset = entry_offset(l, 0),
			.bytes = (uint64_t)l->area.count * MD5_BYTES,
			.what = "the image ends before the checksums of its files",
		};

		scheme_worsen(l->files_scheme, ISOKIT_VERIFY_INCOMPLETE);
		return scheme_mismatch(v, l->files_scheme, &m, NULL, NULL) ? ISOKIT_OK :
									    verify_nomem(v);
	}
	st = plan_session_entry(v);
	if (st)
		return st;
	l->array_job = jobs_add(&v->jobs, LANE_SESSIONS, ISOKIT_MD5, &array, 1);
	if (!l->array_job || !ranges_add(&l->files_scheme->covered, array.offset - v->start,
					 array.bytes + MD5_BYTES, NULL))
		return verify_nomem(v);
	return walk_all(v, visit, &w);
}

static int by_record(const void *a, const void *b)
{
	const struct file *const *x = a, *const *y = b;

	return (*x)->record_offset < (*y)->record_offset ? -1 :
	       (*x)->record_offset > (*y)->record_offset;
}

/* The names of the files that differ: nobody kept the others'. */
static int name_visit(void *ctx, const struct isokit_entry *e)
{
	struct walk *w = ctx;
	struct verify *v = w->v;
	struct libisofs *l = v->libisofs;
	struct file key = { .record_offset = e->record_offset };
	const struct file *wanted = &key, *const *found;
	struct isokit_verify_mismatch m = { .path = e->path, .problem = "differs",
					    .kind = ISOKIT_MD5, .offset = ISOKIT_NO_OFFSET,
					    .bytes = e->bytes };
	const uint8_t *md5;

	if (e->type != ISOKIT_FILE)
		return 0;
	found = bsearch(&wanted, l->differ, l->n_differ, sizeof(*l->differ), by_record);
	if (!found)
		return 0;
	if ((*found)->job->n_pieces)
		m.offset = (*found)->job->pieces[0].offset - v->start;
	w->st = read_entry(v, (*found)->index, &md5);
	if (!w->st && !scheme_mismatch(v, l->files_scheme, &m, md5, (*found)->job->digest))
		w->st = verify_nomem(v);
	return w->st != ISOKIT_OK;
}

static enum isokit_status judge_files(struct verify *v)
{
	struct libisofs *l = v->libisofs;
	struct scheme *s = l->files_scheme;
	struct walk w = { .v = v };
	enum isokit_status st;
	const uint8_t *md5;
	size_t n = 0;

	if (!l->array_job)
		return ISOKIT_OK;
	st = read_entry(v, l->area.count - 1, &md5);
	if (st)
		return st;
	if (memcmp(md5, l->array_job->digest, MD5_BYTES) != 0) {
		struct isokit_verify_mismatch m = {
			.problem = "differs", .kind = ISOKIT_MD5, .offset = entry_offset(l, 0),
			.bytes = (uint64_t)(l->area.count - 1) * MD5_BYTES,
			.what = "the array of checksums itself is damaged, so that files may seem to "
				"differ that do not",
		};

		scheme_worsen(s, ISOKIT_VERIFY_MISMATCH);
		if (!scheme_mismatch(v, s, &m, md5, l->array_job->digest))
			return verify_nomem(v);
	}
	for (size_t i = 0; i < l->n && !st; i++) {
		st = read_entry(v, l->files[i].index, &md5);
		if (st)
			return st;
		l->files[i].differs = memcmp(md5, l->files[i].job->digest, MD5_BYTES) != 0;
		l->n_differ += l->files[i].differs;
		s->pub.files_matched += !l->files[i].differs;
	}
	if (!l->n_differ)
		return ISOKIT_OK;
	scheme_worsen(s, ISOKIT_VERIFY_MISMATCH);
	l->differ = calloc(l->n_differ, sizeof(*l->differ));
	if (!l->differ)
		return verify_nomem(v);
	for (size_t i = 0; i < l->n; i++)
		if (l->files[i].differs)
			l->differ[n++] = &l->files[i];
	qsort(l->differ, n, sizeof(*l->differ), by_record);
	return walk_all(v, name_visit, &w);
}

enum isokit_status libisofs_plan(struct verify *v)
{
	struct libisofs *l = arena_alloc(&v->jobs.arena, sizeof(*l));
	enum isokit_status st;

	if (!l)
		return verify_nomem(v);
	l->last = &l->sessions;
	aaip_start(&l->aaip, v);
	v->libisofs = l;
	st = plan_sessions(v);
	if (!st)
		st = find_area(v);
	/* A session behind a head of somebody else's, of which no tag speaks. */
	if (!st && l->has_area)
		st = scan_chain(v, l->area.start);
	if (!st && l->has_area)
		st = plan_files(v);
	if (!st)
		st = add_session_jobs(v);
	if (!st && !label_sessions(v))
		st = verify_nomem(v);
	return st;
}

enum isokit_status libisofs_judge(struct verify *v)
{
	for (struct session *s = v->libisofs->sessions; s; s = s->next)
		if (!judge_session(v, s))
			return verify_nomem(v);
	return v->libisofs->files_scheme ? judge_files(v) : ISOKIT_OK;
}
