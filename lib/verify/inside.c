/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists of checksums that are files of the image: md5sum.txt, SHA256SUMS and their
 * like. They are found by their names, and their lines looked up in the name space
 * that a user sees. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/checked.h"
#include "verify/impl.h"
#include "verify/sums.h"

enum {
	MAX_LISTS = 64,
	MAX_LINK_HOPS = 40,
	MAX_LINKS = 100000,
	BOOT_INFO_AT = 8, /* isolinux: the boot info table, bytes 8 to 63 */
	BOOT_INFO_BYTES = 56,
};
/* All lists together: their lines are kept. That is about 100,000 of usual length. */
#define MAX_LIST_BYTES (8u * 1024 * 1024)
/* Of paths made by following symbolic links, which can lead in circles. */
#define MAX_FOLLOW_BYTES (8u * 1024 * 1024)

struct list {
	char *path;
	size_t dir_bytes;    /* of the path, with the final '/' */
	bool trusted_place;  /* kept even when nothing that it lists is there */
	struct verify_piece *pieces;
	size_t n_pieces;
	uint64_t bytes;
	const char *refused;
	bool cut_off;
	char *text;          /* from malloc; its lines are pointed at */
	size_t n_lines, n_found;
	uint64_t first_damaged, n_damaged; /* lines, counted from 1 */
	bool lists_itself;
	struct scheme *scheme; /* NULL until it is known to be one */
	uint64_t n_seen;     /* files of the walk that it lists */
	bool hit;            /* by the file that is being looked at */
	uint64_t unlisted;
	struct ranges unlisted_ranges;
};

enum listed_state { STATE_ABSENT, STATE_JOB, STATE_CUT_OFF, STATE_REFUSED, STATE_LIMIT };

struct listed {
	struct list *list;
	enum isokit_digest_kind kind;
	enum listed_state state;
	const char *digits; /* in the text of the list */
	const char *path;   /* where it was found, or where it was looked for first */
	const char *alternative; /* to try when it is not there; or NULL */
	const char *why;    /* STATE_REFUSED */
	const struct verify_job *job, *without_table;
	uint64_t at, bytes; /* of its contents in the image */
	struct listed *next;
};

struct link {
	const char *path, *target;
};

struct inside {
	enum isokit_namespace_kind ns;
	bool fold;     /* names match in either case */
	bool any_case; /* in which there may be several of one name */
	struct list *lists[MAX_LISTS];
	size_t n_lists;
	uint64_t list_bytes, follow_bytes;
	struct listed **listed;
	size_t n, capacity;
	struct listed **table; /* by path */
	size_t slots;
	struct contents contents;
	uint64_t n_files; /* of the name space */
	struct link *links;
	size_t n_links, capacity_links;
};

struct walk {
	struct verify *v;
	enum isokit_status st;
	bool again; /* looking for alternatives */
};

void inside_free(struct verify *v)
{
	struct inside *in = v->inside;

	if (!in)
		return;
	for (size_t i = 0; i < in->n_lists; i++) {
		free(in->lists[i]->text);
		free(in->lists[i]->unlisted_ranges.items);
	}
	free(in->listed);
	free(in->table);
	free(in->links);
	free(in->contents.pieces);
}

/* ---- paths ---------------------------------------------------------------------------- */

/* `name` relative to the folder: without ".", "..", empty components; with
 * backslashes as slashes if asked. From the arena, or NULL. */
static const char *resolve(struct verify *v, const char *dir, size_t dir_bytes, const char *name,
			   size_t n, bool backslashes)
{
	char *out = arena_alloc(&v->jobs.arena, dir_bytes + n + 2);
	size_t used;

	if (!out)
		return NULL;
	used = n && name[0] == '/' ? 0 : dir_bytes;
	memcpy(out, dir, used);
	while (used && out[used - 1] == '/')
		used--;
	for (size_t i = 0; i < n;) {
		size_t from = i;

		while (i < n && name[i] != '/' && !(backslashes && name[i] == '\\'))
			i++;
		if (i - from == 2 && name[from] == '.' && name[from + 1] == '.') {
			while (used && out[--used] != '/')
				;
		} else if (i > from && !(i - from == 1 && name[from] == '.')) {
			out[used++] = '/';
			memcpy(out + used, name + from, i - from);
			used += i - from;
		}
		i++;
	}
	if (!used)
		out[used++] = '/';
	out[used] = '\0';
	return out;
}

static char fold(const struct inside *in, char c)
{
	return in->fold && c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static size_t slot_of(const struct inside *in, const char *path)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (; *path; path++)
		h = (h ^ (uint8_t)fold(in, *path)) * 0x100000001b3u;
	return (size_t)(h ^ h >> 32) & (in->slots - 1);
}

static bool same_path(const struct inside *in, const char *a, const char *b)
{
	while (*a && fold(in, *a) == fold(in, *b)) {
		a++;
		b++;
	}
	return *a == *b;
}

static bool build_table(struct inside *in)
{
	free(in->table);
	for (in->slots = 64; in->slots < in->n * 2; in->slots *= 2)
		;
	in->table = calloc(in->slots, sizeof(struct listed *));
	if (!in->table)
		return false;
	for (size_t i = in->n; i-- > 0;) {
		struct listed *l = in->listed[i];
		struct listed **at = &in->table[slot_of(in, l->path)];

		l->next = *at;
		*at = l;
	}
	return true;
}

/* ---- lists ------------------------------------------------------------------------------- */

static bool is_usual_place(const char *path, size_t dir_bytes)
{
	static const char *const places[] = { "/",     "/.disk/",   "/casper/",  "/live/",
					      "/boot/", "/install/", "/isolinux/", "/images/",
					      "/efi/", "/LiveOS/" };

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (strlen(places[i]) == dir_bytes && memcmp(path, places[i], dir_bytes) == 0)
			return true;
	return false;
}

static enum isokit_status take_list(struct verify *v, const struct isokit_entry *e)
{
	struct inside *in = v->inside;
	size_t dir_bytes = (size_t)(e->name - e->path), n = e->path_bytes - dir_bytes;
	bool usual = is_usual_place(e->path, dir_bytes);
	bool is_list = usual && sums_is_list(e->name, n);
	enum isokit_status st;
	struct list *l;

	if (!is_list && !sums_is_sidecar(e->name, n))
		return ISOKIT_OK;
	if (in->n_lists == MAX_LISTS || !e->bytes)
		return ISOKIT_OK;
	st = verify_contents(v, e, in->ns, false, &in->contents);
	if (st)
		return st;
	l = arena_alloc(&v->jobs.arena, sizeof(*l));
	if (!l)
		return verify_nomem(v);
	l->path = arena_strndup(&v->jobs.arena, e->path, e->path_bytes);
	l->pieces = arena_memdup(&v->jobs.arena, in->contents.pieces,
				 in->contents.n * sizeof(*l->pieces));
	if (!l->path || (in->contents.n && !l->pieces))
		return verify_nomem(v);
	l->dir_bytes = dir_bytes;
	l->trusted_place = is_list && dir_bytes == 1;
	l->n_pieces = in->contents.n;
	l->bytes = e->bytes;
	l->refused = in->contents.refused;
	l->cut_off = in->contents.cut_off;
	if (!l->refused && e->bytes > MAX_LIST_BYTES - in->list_bytes)
		l->refused = "the lists of this image are too long together";
	else if (!l->refused && !l->cut_off)
		in->list_bytes += e->bytes;
	in->lists[in->n_lists++] = l;
	return ISOKIT_OK;
}

static int find_visit(void *ctx, const struct isokit_entry *e)
{
	struct walk *w = ctx;

	if (e->type != ISOKIT_FILE)
		return 0;
	w->v->inside->n_files++;
	w->st = take_list(w->v, e);
	return w->st != ISOKIT_OK;
}

static enum isokit_status add_line(struct verify *v, struct list *l, const struct sums_line *line)
{
	struct inside *in = v->inside;
	struct listed *entry = arena_alloc(&v->jobs.arena, sizeof(*entry));
	const char *name = line->name;
	size_t n = line->name_bytes, base = strlen(l->path) - l->dir_bytes;
	bool backslash = memchr(name, '\\', n) != NULL;

	if (!entry || !ARRAY_RESERVE(in->listed, in->capacity, in->n + 1))
		return verify_nomem(v);
	*entry = (struct listed){ .list = l, .kind = line->kind, .digits = line->digits };
	if (!n) {
		/* Only a digest: of the file that the list is named for. */
		n = sums_is_sidecar(l->path + l->dir_bytes, base);
		name = l->path + l->dir_bytes;
		if (!n)
			return ISOKIT_OK;
	}
	entry->path = resolve(v, l->path, l->dir_bytes, name, n, false);
	if (backslash || l->dir_bytes > 1)
		entry->alternative = resolve(v, l->path, backslash ? l->dir_bytes : 1, name, n,
					     backslash);
	if (!entry->path || ((backslash || l->dir_bytes > 1) && !entry->alternative))
		return verify_nomem(v);
	/* As "md5sum * >md5sum.txt" does, before the list is complete. */
	if (strcmp(entry->path, l->path) == 0) {
		l->lists_itself = true;
		return ISOKIT_OK;
	}
	in->listed[in->n++] = entry;
	l->n_lines++;
	return ISOKIT_OK;
}

static enum isokit_status read_list(struct verify *v, struct list *l)
{
	size_t base = strlen(l->path) - l->dir_bytes, used = 0, at = 0, n;
	struct sums_hint hint = sums_hint_of(l->path + l->dir_bytes, base);
	enum isokit_status st = ISOKIT_OK;
	uint64_t number = 0;
	char *line;

	if (l->refused || l->cut_off)
		return ISOKIT_OK;
	l->text = malloc((size_t)l->bytes + 1);
	if (!l->text)
		return verify_nomem(v);
	for (size_t i = 0; i < l->n_pieces && !st; i++) {
		size_t take = (size_t)min_u64(l->pieces[i].bytes, l->bytes - used);

		st = isokit_source_read_at(v->src, l->pieces[i].offset, l->text + used, take,
					   v->err);
		used += take;
	}
	while (!st && sums_next_line(l->text, used, &at, &line, &n)) {
		struct sums_line parsed;

		number++;
		if (sums_line_parse(line, n, &hint, &parsed))
			st = add_line(v, l, &parsed);
		else if (sums_line_damaged(line, n, &hint) && !l->n_damaged++)
			l->first_damaged = number;
	}
	return st;
}

/* ---- looking the lines up -------------------------------------------------------------------- */

/* The boot image that begins at this byte has a table that was written into it when
 * the image was made. */
static bool has_boot_info_table(const struct verify *v, uint64_t at)
{
	const struct isokit_el_torito *e = &v->facts->el_torito;

	for (size_t i = 0; i < e->n_entries; i++)
		if (e->entries[i].info_table.present &&
		    (uint64_t)e->entries[i].lba * BLOCK_BYTES == at)
			return true;
	return false;
}

static enum isokit_status plan_without_table(struct verify *v, struct listed *l)
{
	struct inside *in = v->inside;
	struct verify_patch patch = { v->start + l->at + BOOT_INFO_AT, BOOT_INFO_BYTES, 0 };
	struct verify_job *job;

	if (l->at == ISOKIT_NO_OFFSET || !has_boot_info_table(v, l->at) ||
	    in->contents.pieces[0].bytes < BOOT_INFO_AT + BOOT_INFO_BYTES)
		return ISOKIT_OK;
	job = jobs_add(&v->jobs, (enum verify_lane)(LANE_FILES + (int)l->kind), l->kind,
		       in->contents.pieces, in->contents.n);
	if (!job || !jobs_patch(&v->jobs, job, &patch, 1))
		return verify_nomem(v);
	l->without_table = job;
	return ISOKIT_OK;
}

static enum isokit_status plan_listed(struct verify *v, struct listed *l,
				      const struct isokit_entry *e)
{
	struct inside *in = v->inside;
	struct verify_job *job = NULL;

	l->list->n_found++;
	l->bytes = e->bytes;
	l->at = in->contents.first;
	if (in->contents.cut_off) {
		l->state = STATE_CUT_OFF;
		return ISOKIT_OK;
	}
	if (in->contents.refused) {
		l->state = STATE_REFUSED;
		l->why = in->contents.refused;
		return ISOKIT_OK;
	}
	switch (jobs_add_file(&v->jobs, l->kind, in->contents.pieces, in->contents.n, &job)) {
	case JOBS_FILE_OK:
		break;
	case JOBS_FILE_NOMEM:
		return verify_nomem(v);
	case JOBS_FILE_LIMIT:
		l->state = STATE_LIMIT;
		return ISOKIT_OK;
	}
	l->state = STATE_JOB;
	l->job = job;
	return plan_without_table(v, l);
}

static bool note_unlisted(struct verify *v, struct list *l)
{
	const struct contents *c = &v->inside->contents;

	l->unlisted++;
	for (size_t i = 0; i < c->n; i++)
		if (!ranges_add(&l->unlisted_ranges, c->pieces[i].offset - v->start,
				c->pieces[i].bytes, NULL))
			return false;
	return true;
}

static bool note_link(struct verify *v, const struct isokit_entry *e)
{
	struct inside *in = v->inside;
	struct link link = {
		.path = arena_strndup(&v->jobs.arena, e->path, e->path_bytes),
		.target = arena_strndup(&v->jobs.arena, e->target, strlen(e->target)),
	};

	if (in->n_links == MAX_LINKS)
		return true;
	if (!link.path || !link.target ||
	    !ARRAY_RESERVE(in->links, in->capacity_links, in->n_links + 1))
		return false;
	in->links[in->n_links++] = link;
	return true;
}

static int match_visit(void *ctx, const struct isokit_entry *e)
{
	struct walk *w = ctx;
	struct verify *v = w->v;
	struct inside *in = v->inside;

	if (!w->again && e->type == ISOKIT_SYMLINK && e->target && !note_link(v, e))
		w->st = verify_nomem(v);
	if (e->type != ISOKIT_FILE)
		return w->st != ISOKIT_OK;
	w->st = verify_contents(v, e, in->ns, false, &in->contents);
	for (size_t i = 0; i < in->n_lists; i++)
		in->lists[i]->hit = false;
	for (struct listed *l = in->table[slot_of(in, e->path)]; l && !w->st; l = l->next) {
		if (!same_path(in, l->path, e->path) ||
		    (in->any_case && l->state != STATE_ABSENT && strcmp(l->path, e->path) != 0))
			continue;
		l->list->hit = true;
		if (l->state == STATE_ABSENT)
			w->st = plan_listed(v, l, e);
	}
	for (size_t i = 0; i < in->n_lists && !w->st && !w->again; i++)
		if (!in->lists[i]->hit && !note_unlisted(v, in->lists[i]))
			w->st = verify_nomem(v);
	for (size_t i = 0; i < in->n_lists && w->again; i++)
		if (in->lists[i]->hit)
			in->lists[i]->n_seen++;
	return w->st != ISOKIT_OK;
}

static enum isokit_status walk_all(struct verify *v, isokit_visit_fn fn, bool again)
{
	struct walk w = { .v = v, .again = again };
	struct isokit_error err;
	enum isokit_status st = isokit_image_walk(v->img, v->inside->ns, "/", fn, &w, &err);

	if (w.st || st == ISOKIT_E_CANCELLED)
		return w.st; /* what stopped the walk has said why */
	if (st && v->err)
		*v->err = err;
	return st;
}

/* ---- what is not where it was looked for -------------------------------------------------------- */

static int by_link(const void *a, const void *b)
{
	return strcmp(((const struct link *)a)->path, ((const struct link *)b)->path);
}

/* The path with the first symbolic link in it replaced, or NULL. */
static const char *follow_once(struct verify *v, const char *path)
{
	struct inside *in = v->inside;

	for (const char *end = path + 1; in->n_links; end++) {
		struct link key, *found;
		const char *slash;

		end = strchr(end, '/');
		if (!end)
			end = path + strlen(path);
		in->follow_bytes += (uint64_t)(end - path) + 64;
		if (in->follow_bytes > MAX_FOLLOW_BYTES)
			return NULL;
		key.path = arena_strndup(&v->jobs.arena, path, (size_t)(end - path));
		if (!key.path)
			return NULL;
		found = bsearch(&key, in->links, in->n_links, sizeof(*in->links), by_link);
		if (found) {
			const char *target;
			size_t n;
			char *whole;

			slash = strrchr(key.path, '/');
			target = resolve(v, key.path, (size_t)(slash - key.path) + 1,
					 found->target, strlen(found->target), false);
			if (!target)
				return NULL;
			n = strlen(target) + strlen(end);
			whole = arena_alloc(&v->jobs.arena, n + 1);
			if (!whole)
				return NULL;
			memcpy(whole, target, strlen(target));
			memcpy(whole + strlen(target), end, strlen(end));
			return resolve(v, "/", 1, whole, n, false);
		}
		if (!*end)
			return NULL;
	}
	return NULL;
}

/* Another place for a line that was not found; false when there is none left. */
static bool next_place(struct verify *v, struct listed *l)
{
	const char *path = l->alternative;

	l->alternative = NULL;
	if (!path)
		path = follow_once(v, l->path);
	if (!path || strcmp(path, l->path) == 0)
		return false;
	l->path = path;
	return true;
}

/* Every file anew, for the lines that have none yet. */
static enum isokit_status match_again(struct verify *v)
{
	struct inside *in = v->inside;
	enum isokit_status st;

	if (!build_table(in))
		return verify_nomem(v);
	for (size_t i = 0; i < in->n_lists; i++)
		in->lists[i]->n_seen = 0;
	st = walk_all(v, match_visit, true);
	for (size_t i = 0; i < in->n_lists; i++)
		in->lists[i]->unlisted = in->n_files - in->lists[i]->n_seen;
	return st;
}

static bool any_absent(const struct inside *in)
{
	for (size_t i = 0; i < in->n; i++)
		if (in->listed[i]->state == STATE_ABSENT)
			return true;
	return false;
}

static enum isokit_status look_again(struct verify *v)
{
	struct inside *in = v->inside;
	enum isokit_status st = ISOKIT_OK;

	if (in->n_links)
		qsort(in->links, in->n_links, sizeof(*in->links), by_link);
	for (unsigned hop = 0; hop < MAX_LINK_HOPS && !st; hop++) {
		size_t n = 0;

		for (size_t i = 0; i < in->n; i++)
			if (in->listed[i]->state == STATE_ABSENT && next_place(v, in->listed[i]))
				n++;
		if (!n)
			break;
		st = match_again(v);
	}
	/* Systems that read these names ignore case, and so do their lists; but names that
	 * are as the list has them come first. */
	if (!st && (in->ns == ISOKIT_NS_UDF || in->ns == ISOKIT_NS_JOLIET) && any_absent(in)) {
		in->fold = in->any_case = true;
		st = match_again(v);
	}
	return st;
}

/* ---- in order ---------------------------------------------------------------------------------------- */

static enum isokit_status make_scheme(struct verify *v, struct list *l)
{
	struct scheme *s;

	if (l->refused || l->cut_off) {
		struct isokit_verify_mismatch m = {
			.path = l->path, .problem = l->cut_off ? "cut-off" : "unsupported",
			.what = l->cut_off ? "the image ends before the end of the list" :
					     l->refused,
			.offset = ISOKIT_NO_OFFSET,
		};

		if (!l->trusted_place)
			return ISOKIT_OK;
		s = verify_scheme(v, "list-inside", l->path, ISOKIT_MD5);
		if (!s || !scheme_mismatch(v, s, &m, NULL, NULL))
			return verify_nomem(v);
		s->pub.kinds = 0;
		s->pub.has_files = true;
		scheme_worsen(s, ISOKIT_VERIFY_INCOMPLETE);
		return ISOKIT_OK;
	}
	if ((!l->n_lines && !(l->trusted_place && l->n_damaged)) ||
	    (!l->trusted_place && !l->n_found))
		return ISOKIT_OK;
	s = l->scheme = verify_scheme(v, "list-inside", l->path, ISOKIT_MD5);
	if (!s)
		return verify_nomem(v);
	s->pub.kinds = 0;
	s->pub.has_files = true;
	s->pub.files_not_listed = l->unlisted;
	s->unlisted = l->unlisted_ranges;
	l->unlisted_ranges = (struct ranges){ 0 };
	if (l->lists_itself &&
	    !scheme_remark(v, s, "the list has a line for itself, which cannot be right: it is left out"))
		return verify_nomem(v);
	return ISOKIT_OK;
}

/* What a line was of is not known when its checksum or its form is damaged. */
static bool judge_damaged(struct verify *v, const struct list *l)
{
	struct isokit_verify_mismatch m = { .path = l->path, .problem = "damaged-text",
					    .offset = ISOKIT_NO_OFFSET };
	char what[160];

	if (!l->n_damaged)
		return true;
	if (l->n_damaged == 1)
		(void)snprintf(what, sizeof(what), "line %" PRIu64 " of the list is damaged: it is "
			       "no checksum and name", l->first_damaged);
	else
		(void)snprintf(what, sizeof(what), "%" PRIu64 " lines of the list are damaged, the "
			       "first is line %" PRIu64, l->n_damaged, l->first_damaged);
	m.what = what;
	scheme_worsen(l->scheme, ISOKIT_VERIFY_INCOMPLETE);
	return scheme_mismatch(v, l->scheme, &m, NULL, NULL);
}

enum isokit_status inside_plan(struct verify *v)
{
	struct inside *in = arena_alloc(&v->jobs.arena, sizeof(*in));
	enum isokit_status st;

	if (!in)
		return verify_nomem(v);
	v->inside = in;
	in->ns = isokit_image_best_namespace(v->img);
	/* Plain ISO 9660 has no lower case; lists are made from what was before. */
	in->fold = in->ns == ISOKIT_NS_ISO9660;
	if (!v->facts->namespaces[in->ns].present || in->ns == ISOKIT_NS_HFS)
		return ISOKIT_OK;
	st = walk_all(v, find_visit, false);
	if (st == ISOKIT_E_UNSUPPORTED)
		return ISOKIT_OK;
	for (size_t i = 0; i < in->n_lists && !st; i++)
		st = read_list(v, in->lists[i]);
	if (!st && in->n) {
		if (!build_table(in))
			return verify_nomem(v);
		st = walk_all(v, match_visit, false);
		if (!st)
			st = look_again(v);
	}
	for (size_t i = 0; i < in->n_lists && !st; i++)
		st = make_scheme(v, in->lists[i]);
	for (size_t i = 0; i < in->n && !st; i++) {
		const struct listed *l = in->listed[i];

		if (!l->list->scheme)
			continue;
		l->list->scheme->pub.files++;
		l->list->scheme->pub.kinds |= 1u << l->kind;
		if (l->job)
			for (size_t p = 0; p < l->job->n_pieces; p++)
				if (!ranges_add(&l->list->scheme->covered,
						l->job->pieces[p].offset - v->start,
						l->job->pieces[p].bytes, NULL))
					return verify_nomem(v);
	}
	return st;
}

static bool judge_listed(struct verify *v, const struct listed *l)
{
	struct scheme *s = l->list->scheme;
	size_t n = isokit_digest_bytes(l->kind);
	uint8_t expected[ISOKIT_DIGEST_MAX_BYTES];
	struct isokit_verify_mismatch m = { .path = l->path, .kind = l->kind,
					    .offset = ISOKIT_NO_OFFSET };
	enum isokit_verify_result result = ISOKIT_VERIFY_INCOMPLETE;

	if (!digest_unhex(l->digits, n, expected))
		return true;
	if (l->state == STATE_JOB && memcmp(l->job->digest, expected, n) == 0) {
		s->pub.files_matched++;
		return true;
	}
	if (l->state != STATE_ABSENT) {
		m.offset = l->at;
		m.bytes = l->bytes;
	}
	switch (l->state) {
	case STATE_ABSENT:
		result = ISOKIT_VERIFY_MISMATCH;
		m.problem = "missing";
		m.what = "it is listed, but not in the image";
		break;
	case STATE_JOB:
		result = ISOKIT_VERIFY_MISMATCH;
		m.problem = "differs";
		if (l->without_table && memcmp(l->without_table->digest, expected, n) == 0)
			m.what = "only its boot info table differs, which is written into it "
				 "when an image is made";
		break;
	case STATE_CUT_OFF:
		m.problem = "cut-off";
		m.what = "the image ends before its end";
		break;
	case STATE_REFUSED:
		m.problem = "unsupported";
		m.what = l->why;
		break;
	case STATE_LIMIT:
		m.problem = "unsupported";
		m.what = "the files of this image share more bytes than it has";
		break;
	}
	scheme_worsen(s, result);
	return scheme_mismatch(v, s, &m, expected, l->state == STATE_JOB ? l->job->digest : NULL);
}

enum isokit_status inside_judge(struct verify *v)
{
	struct inside *in = v->inside;

	for (size_t i = 0; in && i < in->n; i++)
		if (in->listed[i]->list->scheme && !judge_listed(v, in->listed[i]))
			return verify_nomem(v);
	for (size_t i = 0; in && i < in->n_lists; i++)
		if (in->lists[i]->scheme && !judge_damaged(v, in->lists[i]))
			return verify_nomem(v);
	return ISOKIT_OK;
}
