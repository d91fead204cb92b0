/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists of checksums in the folder of the image that have a line for it. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/fail.h"
#include "base/text.h"
#include "verify/impl.h"
#include "verify/sums.h"

enum { MAX_SUMS = 256, MAX_LISTS = 64, MAX_LIST_BYTES = 16 * 1024 * 1024 };

struct sum {
	char *where; /* the list's path */
	enum isokit_digest_kind kind;
	uint8_t digest[ISOKIT_DIGEST_MAX_BYTES];
	bool damaged; /* there is a line for the image, but it cannot be read */
};

struct isokit_sums {
	struct sum *items;
	size_t n, capacity;
};

void isokit_sums_free(struct isokit_sums *sums)
{
	if (!sums)
		return;
	for (size_t i = 0; i < sums->n; i++)
		free(sums->items[i].where);
	free(sums->items);
	free(sums);
}

static const char *base_name(const char *path, size_t n, size_t *ret_n)
{
	size_t from = n;

	while (from && path[from - 1] != '/' && path[from - 1] != '\\')
		from--;
	*ret_n = n - from;
	return path + from;
}

/* x.iso.sha256 or x.sha256 for x.iso. */
static bool is_own_sidecar(const char *name, size_t stem, const char *image)
{
	size_t n = strlen(image);
	const char *dot = strrchr(image, '.');

	if (stem == n && memcmp(name, image, n) == 0)
		return true;
	return dot && dot != image && stem == (size_t)(dot - image) &&
	       memcmp(name, image, stem) == 0;
}

/* Without a line: it is damaged. */
static bool keep(struct isokit_sums *sums, const char *where, const struct sums_line *line)
{
	struct sum *s;

	if (sums->n == MAX_SUMS)
		return true;
	if (!ARRAY_RESERVE(sums->items, sums->capacity, sums->n + 1))
		return false;
	s = &sums->items[sums->n];
	*s = (struct sum){ .kind = line ? line->kind : ISOKIT_MD5, .damaged = !line };
	if (line && !digest_unhex(line->digits, isokit_digest_bytes(line->kind), s->digest))
		return true;
	s->where = strdup(where);
	if (!s->where)
		return false;
	sums->n++;
	return true;
}

/* A line that cannot be read has the name of the image in it, by itself. */
static bool names_image(const char *line, size_t n, const char *image)
{
	static const char around[] = " \t*/\\()\r";
	size_t m = strlen(image);

	for (size_t i = 0; i + m <= n; i++)
		if (memcmp(line + i, image, m) == 0 &&
		    (!i || strchr(around, line[i - 1])) &&
		    (i + m == n || strchr(around, line[i + m])))
			return true;
	return false;
}

/* What lies there, *ret_n bytes. A file that cannot be read is an empty one; of a server that does
 * not answer nobody knows whether there is a list. */
static enum isokit_status load_list(const char *path, char **ret, size_t *ret_n,
				    struct isokit_error *err)
{
	bool url = isokit_source_is_url(path);
	struct isokit_error why = { .status = ISOKIT_OK };
	struct isokit_source *src = NULL;
	enum isokit_status st = url ? isokit_source_open_url(path, &src, &why) :
				      isokit_source_open_file(path, &src, &why);

	*ret_n = !st && isokit_source_size(src) <= MAX_LIST_BYTES ?
			 (size_t)isokit_source_size(src) : 0;
	*ret = malloc(*ret_n + 1);
	if (!st && *ret)
		st = isokit_source_read_at(src, 0, *ret, *ret_n, &why);
	isokit_source_close(src);
	if (!*ret || st == ISOKIT_E_NOMEM)
		return isokit_fail_nomem(err, path, *ret_n);
	if (st && (!url || st != ISOKIT_E_IO)) {
		*ret_n = 0;
		st = ISOKIT_OK;
	}
	if (st && err)
		*err = why;
	return st;
}

/* Not at all after a failure. */
static enum isokit_status read_list(struct isokit_sums *sums, const char *path, const char *image,
				    struct isokit_error *err)
{
	size_t n, at = 0, length, name_n, stem;
	const char *name = base_name(path, strlen(path), &name_n);
	struct sums_hint hint = sums_hint_of(name, name_n);
	char *text = NULL, *line;
	enum isokit_status st = load_list(path, &text, &n, err);
	bool ok = !st, any = false;

	stem = sums_is_sidecar(name, name_n);
	while (ok && sums_next_line(text, n, &at, &line, &length)) {
		struct sums_line parsed;
		const char *of;
		size_t of_n;

		if (!sums_line_parse(line, length, &hint, &parsed)) {
			if (sums_line_damaged(line, length, &hint) &&
			    (names_image(line, length, image) || is_own_sidecar(name, stem, image))) {
				ok = keep(sums, path, NULL);
				any = true;
			}
			continue;
		}
		any = true;
		of = base_name(parsed.name, parsed.name_bytes, &of_n);
		if (parsed.name_bytes ? of_n == strlen(image) && memcmp(of, image, of_n) == 0 :
					is_own_sidecar(name, stem, image))
			ok = keep(sums, path, &parsed);
	}
	/* A list for this image alone that says nothing. A server may answer anything. */
	if (ok && !any && is_own_sidecar(name, stem, image) && !isokit_source_is_url(path))
		ok = keep(sums, path, NULL);
	free(text);
	return ok || st ? st : isokit_fail_nomem(err, path, 0);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in the folder that can be lists for the image, sorted. */
static bool list_names(const char *dir, const char *image, char **names, size_t *ret_n)
{
	DIR *d = opendir(dir);
	const struct dirent *e;
	bool ok = true;

	while (d && ok && *ret_n < MAX_LISTS && (e = readdir(d)) != NULL) {
		size_t n = strlen(e->d_name), stem = sums_is_sidecar(e->d_name, n);

		if (!sums_is_list(e->d_name, n) &&
		    !(stem && is_own_sidecar(e->d_name, stem, image)))
			continue;
		if (strcmp(e->d_name, image) == 0)
			continue;
		names[*ret_n] = strdup(e->d_name);
		ok = names[*ret_n] != NULL;
		*ret_n += ok;
	}
	if (d)
		(void)closedir(d);
	qsort(names, *ret_n, sizeof(*names), by_name);
	return ok;
}

/* A server lists no folder for us: the usual names are asked for. */
static bool guess_names(const char *image, char **names, size_t *ret_n)
{
	static const char *const words[] = { "SHA256SUMS", "SHA512SUMS", "MD5SUMS",
					     "sha256sum.txt", "sha256sums.txt", "CHECKSUM" };
	static const char *const suffixes[] = { ".sha256", ".sha512", ".sha256sum", ".md5" };
	struct text t = { 0 };
	bool ok = true;

	for (size_t i = 0; i < sizeof(words) / sizeof(*words) && ok; i++) {
		names[*ret_n] = strdup(words[i]);
		ok = names[*ret_n] != NULL;
		*ret_n += ok;
	}
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(*suffixes) && ok; i++) {
		text_clear(&t);
		text_add_str(&t, image);
		text_add_str(&t, suffixes[i]);
		names[*ret_n] = strdup(text_string(&t));
		ok = !t.failed && names[*ret_n] != NULL;
		*ret_n += names[*ret_n] != NULL;
	}
	text_free(&t);
	return ok;
}

/* Beside "https://host" lies nothing: what would be made of it names another host. */
static bool has_folder(const char *path)
{
	const char *host = isokit_source_is_url(path) ? strstr(path, "://") : NULL;

	return !host || (strchr(host + 3, '/') && !strpbrk(path, "?#"));
}

enum isokit_status isokit_sums_beside(const char *path, struct isokit_sums **ret_sums,
				      struct isokit_error *err)
{
	const char *slash = strrchr(path, '/'), *image = slash ? slash + 1 : path;
	struct isokit_sums *sums;
	struct text dir = { 0 }, file = { 0 };
	char *names[MAX_LISTS];
	enum isokit_status st;
	size_t n = 0;
	bool ok;

	*ret_sums = NULL;
	if (strcmp(path, "-") == 0 || !*image || !has_folder(path))
		return ISOKIT_OK;
	sums = calloc(1, sizeof(*sums));
	if (!sums)
		return isokit_fail_nomem(err, path, sizeof(*sums));
	text_add(&dir, path, (size_t)(image - path));
	ok = !dir.failed && isokit_source_is_url(path) ? guess_names(image, names, &n) :
	     !dir.failed && list_names(slash ? text_string(&dir) : ".", image, names, &n);
	st = ok ? ISOKIT_OK : isokit_fail_nomem(err, path, 0);
	for (size_t i = 0; i < n; i++) {
		if (!st) {
			text_clear(&file);
			text_add(&file, dir.bytes, dir.n);
			text_add_str(&file, names[i]);
			st = file.failed ? isokit_fail_nomem(err, path, 0) :
					   read_list(sums, text_string(&file), image, err);
		}
		free(names[i]);
	}
	text_free(&dir);
	text_free(&file);
	if (st || !sums->n)
		isokit_sums_free(sums);
	else
		*ret_sums = sums;
	return st;
}

bool isokit_sums_get(const struct isokit_sums *sums, size_t i, struct isokit_sum *ret_sum)
{
	if (!sums || i >= sums->n)
		return false;
	*ret_sum = (struct isokit_sum){
		.list = sums->items[i].where, .kind = sums->items[i].kind,
		.damaged = sums->items[i].damaged,
	};
	if (!ret_sum->damaged)
		digest_hex(sums->items[i].digest, isokit_digest_bytes(ret_sum->kind),
			   ret_sum->digits);
	return true;
}

unsigned beside_kinds(const struct isokit_sums *sums)
{
	unsigned kinds = 0;

	for (size_t i = 0; sums && i < sums->n; i++)
		if (!sums->items[i].damaged)
			kinds |= 1u << sums->items[i].kind;
	return kinds;
}

enum isokit_status beside_judge(struct verify *v, const struct verify_job *const *hashes)
{
	const struct isokit_sums *sums = v->opt->sums;

	for (size_t i = 0; sums && i < sums->n; i++) {
		const struct sum *sum = &sums->items[i];
		struct scheme *s = verify_scheme(v, "list-beside", sum->where, sum->kind);
		struct isokit_verify_mismatch m = {
			.problem = "differs", .kind = sum->kind, .offset = 0,
			.bytes = isokit_source_size(v->file_jobs.src), .what = "the whole image",
		};
		const struct verify_job *job;

		if (!s)
			return verify_nomem(v);
		if (sum->damaged) {
			m = (struct isokit_verify_mismatch){
				.path = sum->where, .problem = "damaged-text",
				.offset = ISOKIT_NO_OFFSET,
				.what = "its line for the image is damaged: it is no checksum and name",
			};
			s->pub.kinds = 0;
			scheme_worsen(s, ISOKIT_VERIFY_INCOMPLETE);
			if (!scheme_mismatch(v, s, &m, NULL, NULL))
				return verify_nomem(v);
			continue;
		}
		job = hashes[sum->kind];
		if (!ranges_add(&s->covered, 0, v->size, NULL))
			return verify_nomem(v);
		if (memcmp(job->digest, sum->digest, isokit_digest_bytes(sum->kind)) == 0)
			continue;
		scheme_worsen(s, ISOKIT_VERIFY_MISMATCH);
		if (!scheme_mismatch(v, s, &m, sum->digest, job->digest))
			return verify_nomem(v);
	}
	return ISOKIT_OK;
}
