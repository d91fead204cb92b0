/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "author/jigdo.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "author/contents.h"
#include "author/libjte.h"
#include "base/checked.h"
#include "base/fail.h"

#ifdef HAVE_LIBJTE

enum { BUFFER_BYTES = 512 * 1024, KEY_CHARS = 44, PATH_CHARS = 40 };

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* libjte takes no constants, but changes nothing. */
static char *unconst(const char *s)
{
	return (char *)(uintptr_t)s;
}

/* What libjte says about it, or `text`. */
static enum isokit_status fail_jte(struct jigdo *j, enum isokit_status status, const char *subject,
				   const char *text, struct isokit_error *err)
{
	char *message = j->lib->libjte_get_next_message(j->env);

	if (message)
		message[strcspn(message, "\n")] = '\0';
	(void)isokit_fail(err, status, ISOKIT_NO_OFFSET, subject, "%s%s%s", text,
			  message && *message ? ": " : "", message ? message : "");
	free(message);
	return status;
}

/* ---- before there is an image ------------------------------------------------------ */

/* libjte crashes where regcomp() refuses a pattern. */
static enum isokit_status check_patterns(const char *const *patterns, size_t n,
					 struct isokit_error *err)
{
	regex_t compiled;

	for (size_t i = 0; i < n; i++) {
		if (regcomp(&compiled, patterns[i], REG_NEWLINE) != 0)
			return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, patterns[i],
					   "is no basic regular expression");
		regfree(&compiled);
	}
	return ISOKIT_OK;
}

static enum isokit_status check_options(const struct isokit_build_jigdo *o,
					struct isokit_error *err)
{
	enum isokit_status st;

	if (!o->jigdo_path || !o->template_path || !o->checksum_list)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, "jigdo",
				   "needs the names of a .jigdo file, of a template and of a list "
				   "of checksums");
	if (o->min_file_bytes > INT_MAX)
		return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, "jigdo",
				   "the smallest file that is named cannot have more than %d bytes",
				   INT_MAX);
	if (access(o->checksum_list, R_OK) != 0)
		return isokit_fail_errno(err, errno, o->checksum_list, "cannot be read");
	st = check_patterns(o->excludes, o->n_excludes, err);
	return st ? st : check_patterns(o->demands, o->n_demands, err);
}

/* Files that libjte opens by name, though they have none. */
static bool set_paths(struct jigdo *j)
{
	char path[PATH_CHARS];
	bool ok;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", sink_fd(j->template));
	ok = j->lib->libjte_set_template_path(j->env, path) > 0;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", sink_fd(j->scratch));
	return ok && j->lib->libjte_set_jigdo_path(j->env, path) > 0;
}

static enum isokit_status set_one(struct jigdo *j, int (*set)(struct libjte_env *, char *),
				  const char *value, const char *text, struct isokit_error *err)
{
	if (!value || set(j->env, unconst(value)) > 0)
		return ISOKIT_OK;
	return fail_jte(j, ISOKIT_E_INVALID, value, text, err);
}

static enum isokit_status set_list(struct jigdo *j, int (*set)(struct libjte_env *, char *),
				   const char *const *values, size_t n, const char *text,
				   struct isokit_error *err)
{
	enum isokit_status st = ISOKIT_OK;

	for (size_t i = 0; st == ISOKIT_OK && i < n; i++)
		st = set_one(j, set, values[i], text, err);
	return st;
}

static enum isokit_status configure(struct jigdo *j, const char *image, struct isokit_error *err)
{
	const struct isokit_build_jigdo *o = j->options;
	const struct libjte *lib = j->lib;
	enum isokit_status st;
	int bytes = 0;

	if (lib->libjte_new(&j->env, 0) <= 0) {
		j->env = NULL;
		return isokit_fail_nomem(err, "libjte", 0);
	}
	/* Messages are kept, and nothing ends the process. */
	if (lib->libjte_set_error_behavior(j->env, 0, 0) <= 0 || !set_paths(j) ||
	    lib->libjte_set_checksum_algorithm(j->env, unconst(o->sha256 ? "sha256" : "md5"),
					       &bytes) <= 0 ||
	    lib->libjte_set_compression(j->env, unconst(o->bzip2 ? "bzip2" : "gzip")) <= 0 ||
	    (o->min_file_bytes && lib->libjte_set_min_size(j->env, (int)o->min_file_bytes) <= 0))
		return fail_jte(j, ISOKIT_E_UNSUPPORTED, "libjte", "takes no options", err);
	st = set_one(j, lib->libjte_set_outfile, base_name(image), "is no name for jigdo", err);
	if (st == ISOKIT_OK)
		st = set_one(j, lib->libjte_set_checksum_path, o->checksum_list,
			     "is no list of checksums", err);
	if (st == ISOKIT_OK)
		st = set_one(j, lib->libjte_set_checksum_iso, o->image_sums,
			     "is no list of checksums (md5, sha1, sha256, sha512 or all)", err);
	if (st == ISOKIT_OK)
		st = set_one(j, lib->libjte_set_checksum_template, o->template_sums,
			     "is no list of checksums (md5, sha1, sha256, sha512 or all)", err);
	if (st == ISOKIT_OK)
		st = set_list(j, lib->libjte_add_exclude, o->excludes, o->n_excludes,
			      "is no regular expression", err);
	if (st == ISOKIT_OK)
		st = set_list(j, lib->libjte_add_checksum_demand, o->demands, o->n_demands,
			      "is no regular expression", err);
	if (st == ISOKIT_OK)
		st = set_list(j, lib->libjte_add_mapping, o->maps, o->n_maps, "is no TO=FROM", err);
	if (st)
		return st;
	return lib->libjte_write_header(j->env) > 0 ?
		       ISOKIT_OK :
		       fail_jte(j, ISOKIT_E_INVALID, "jigdo", "cannot be begun", err);
}

static enum isokit_status check_old(const char *path, const char *image, struct isokit_error *err)
{
	struct stat st, other;

	if (stat(path, &st) != 0)
		return ISOKIT_OK; /* why not, is told where it is made */
	if (!S_ISREG(st.st_mode))
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, path,
				   "is no regular file, which a jigdo template would replace");
	if (stat(image, &other) == 0 && st.st_dev == other.st_dev && st.st_ino == other.st_ino)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, path,
				   "is the image as well; give it another name");
	return ISOKIT_OK;
}

enum isokit_status jigdo_start(struct jigdo *j, const struct plan *plan, const char *image,
			       struct isokit_error *err)
{
	const struct isokit_build_jigdo *o = plan->options.jigdo;
	enum isokit_status st;

	*j = (struct jigdo){ .options = o };
	if (!o)
		return ISOKIT_OK;
	st = check_options(o, err);
	if (st == ISOKIT_OK)
		st = check_old(o->jigdo_path, image, err);
	if (st == ISOKIT_OK)
		st = check_old(o->template_path, image, err);
	if (st == ISOKIT_OK && (strcmp(o->jigdo_path, o->template_path) == 0 ||
				strcmp(o->jigdo_path, image) == 0 ||
				strcmp(o->template_path, image) == 0))
		st = isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, o->jigdo_path,
				 "image, template and .jigdo file need names of their own");
	if (st == ISOKIT_OK)
		st = libjte_load(&j->lib, err);
	if (st == ISOKIT_OK)
		st = sink_create_file(o->jigdo_path, &j->jigdo, err);
	if (st == ISOKIT_OK)
		st = sink_create_file(o->template_path, &j->template, err);
	if (st == ISOKIT_OK)
		st = sink_create_scratch("jigdo", &j->scratch, err);
	return st ? st : configure(j, image, err);
}

/* ---- the image, in order ----------------------------------------------------------------- */

struct place {
	uint64_t at, bytes;
	const struct tree_node *node;
};

struct feed {
	struct jigdo *j;
	struct isokit_source *src;
	const struct isokit_digests *lib;
	const struct author_progress *progress;
	enum isokit_digest_kind kind;
	uint8_t *buffer;
	struct digest *image, *content;
	struct place *places;
	size_t n_places;
	char (*keys)[KEY_CHARS]; /* of the contents that are not in the template */
	size_t n_keys;
	struct text path, here;
};

static int by_place(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	return x->at < y->at ? -1 : x->at > y->at;
}

/* Contents that are a host file, byte for byte: neither patched nor compressed. */
static enum isokit_status list_places(struct feed *f, struct layout *l, const struct files *files,
				      struct isokit_error *err)
{
	size_t n, kept = 0;
	const struct payload *p = layout_payloads(l, &n);
	uint64_t end = 0, size = isokit_source_size(f->src);

	f->places = calloc(n ? n : 1, sizeof(*f->places));
	f->keys = calloc(n ? n : 1, sizeof(*f->keys));
	if (!f->places || !f->keys)
		return isokit_fail_nomem(err, "jigdo", n * (sizeof(*f->places) + KEY_CHARS));
	for (size_t i = 0; i < n; i++) {
		const struct tree_node *node = p[i].node;

		if (p[i].real || node->content != TREE_HOST || (node->flags & TREE_ZISOFS) ||
		    node->size == 0 || files->lba[i] == LAYOUT_NO_LBA)
			continue;
		f->places[f->n_places++] =
			(struct place){ files->lba[i] * LAYOUT_BLOCK_BYTES, node->size, node };
	}
	qsort(f->places, f->n_places, sizeof(*f->places), by_place);
	for (size_t i = 0; i < f->n_places; i++) {
		const struct place *q = &f->places[i];

		if (q->at < end)
			continue; /* equal contents, stored once */
		if (q->at > size || q->bytes > size - q->at)
			return isokit_fail(err, ISOKIT_E_MISMATCH, q->at, "jigdo",
					   "a content lies behind the image");
		end = q->at + q->bytes;
		f->places[kept++] = *q;
	}
	f->n_places = kept;
	return ISOKIT_OK;
}

/* Show a run of bytes; the first `content` ones of them are also of a file. */
static enum isokit_status show(struct feed *f, uint64_t at, uint64_t bytes, uint64_t content,
			       struct isokit_error *err)
{
	while (bytes) {
		size_t n = (size_t)min_u64(bytes, BUFFER_BYTES);
		size_t of_file = (size_t)min_u64(content, n);
		enum isokit_status st = isokit_source_read_at(f->src, at, f->buffer, n, err);

		if (st)
			return st;
		if (!digest_update(f->image, f->buffer, n) ||
		    (of_file && !digest_update(f->content, f->buffer, of_file)))
			return isokit_fail_nomem(err, "jigdo", 0);
		if (f->j->lib->libjte_show_data_chunk(f->j->env, f->buffer, 1, (int)n) <= 0)
			return fail_jte(f->j, ISOKIT_E_IO, f->j->options->template_path,
					"cannot be written", err);
		at += n;
		bytes -= n;
		content -= of_file;
		if (author_tell(f->progress, at))
			return isokit_fail(err, ISOKIT_E_CANCELLED, ISOKIT_NO_OFFSET, NULL,
					   "cancelled");
	}
	return ISOKIT_OK;
}

/* Patterns are of absolute paths, without steps that lead nowhere. */
static bool host_path(struct feed *f, const struct tree_node *n)
{
	struct text given = { 0 };
	const char *s;

	text_clear(&f->path);
	tree_node_host_path(n, &given);
	s = text_string(&given);
	if (*s != '/')
		text_add_str(&f->path, text_string(&f->here));
	while (*s) {
		size_t step = strcspn(s, "/");

		if (step == 2 && s[0] == '.' && s[1] == '.') {
			while (f->path.n && f->path.bytes[--f->path.n] != '/')
				;
			if (f->path.bytes)
				f->path.bytes[f->path.n] = '\0';
		} else if (step && !(step == 1 && *s == '.')) {
			text_add_char(&f->path, '/');
			text_add(&f->path, s, step);
		}
		s += step + (s[step] == '/');
	}
	text_free(&given);
	return !given.failed && !f->path.failed;
}

/* RFC 4648 5, without padding. */
static void to_key(const uint8_t *bytes, size_t n, char *out)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	uint32_t bits = 0;
	unsigned have = 0;

	for (size_t i = 0; i < n; i++) {
		bits = bits << 8 | bytes[i];
		for (have += 8; have >= 6; have -= 6)
			*out++ = digits[bits >> (have - 6) & 63];
	}
	if (have)
		*out++ = digits[bits << (6 - have) & 63];
	*out = '\0';
}

static enum isokit_status show_file(struct feed *f, const struct place *p, struct isokit_error *err)
{
	uint64_t padded = (p->bytes + LAYOUT_BLOCK_BYTES - 1) / LAYOUT_BLOCK_BYTES *
			  LAYOUT_BLOCK_BYTES;
	uint8_t sum[ISOKIT_DIGEST_MAX_BYTES];
	enum isokit_status st;
	int r;

	if (!host_path(f, p->node) || !digest_restart(f->content, f->kind))
		return isokit_fail_nomem(err, p->node->name, 0);
	r = f->j->lib->libjte_begin_data_file(f->j->env, unconst(text_string(&f->path)),
					      LAYOUT_BLOCK_BYTES, (off_t)p->bytes);
	if (r <= 0)
		return fail_jte(f->j, ISOKIT_E_INVALID, text_string(&f->path),
				"cannot be what the .jigdo file names", err);
	/* 1: it will be named, 2: it is kept in the template. */
	st = show(f, p->at, padded, r == 1 ? p->bytes : 0, err);
	if (st)
		return st;
	if (f->j->lib->libjte_end_data_file(f->j->env) <= 0)
		return fail_jte(f->j, ISOKIT_E_IO, f->j->options->template_path,
				"cannot be written", err);
	if (r != 1)
		return ISOKIT_OK;
	if (!digest_finish(f->content, sum))
		return isokit_fail_nomem(err, "jigdo", 0);
	to_key(sum, isokit_digest_bytes(f->kind), f->keys[f->n_keys++]);
	return ISOKIT_OK;
}

static enum isokit_status show_all(struct feed *f, struct isokit_error *err)
{
	uint64_t size = isokit_source_size(f->src), at = 0;
	enum isokit_status st = ISOKIT_OK;

	for (size_t i = 0; st == ISOKIT_OK && i < f->n_places; i++) {
		const struct place *p = &f->places[i];
		uint64_t end = p->at + (p->bytes + LAYOUT_BLOCK_BYTES - 1) /
					       LAYOUT_BLOCK_BYTES * LAYOUT_BLOCK_BYTES;

		/* Its last block must be there, and its own. */
		if (p->at < at || end > size)
			continue;
		st = show(f, at, p->at - at, 0, err);
		if (st == ISOKIT_OK)
			st = show_file(f, p, err);
		at = end;
	}
	return st ? st : show(f, at, size - at, 0, err);
}

static enum isokit_status feed_start(struct feed *f, struct plan *plan, struct layout *l,
				     const struct files *files, struct sink *image,
				     struct isokit_error *err)
{
	char *here = getcwd(NULL, 0);
	enum isokit_status st = isokit_source_from_fd(sink_fd(image), sink_name(image), &f->src,
						      err);

	/* Without it, patterns see paths as they were given. */
	if (here)
		text_add_str(&f->here, strcmp(here, "/") == 0 ? "" : here);
	free(here);
	if (st == ISOKIT_OK)
		st = contents_digests(plan, &f->lib, err);
	if (st == ISOKIT_OK)
		st = list_places(f, l, files, err);
	if (st)
		return st;
	f->image = digest_new(f->lib, ISOKIT_MD5);
	f->content = digest_new(f->lib, f->kind);
	f->buffer = malloc(BUFFER_BYTES);
	return f->image && f->content && f->buffer ? ISOKIT_OK :
						     isokit_fail_nomem(err, "jigdo", BUFFER_BYTES);
}

/* ---- what libjte wrote --------------------------------------------------------------------- */

static enum isokit_status fail_wrong(const char *subject, const char *text,
				     struct isokit_error *err)
{
	return isokit_fail(err, ISOKIT_E_MISMATCH, ISOKIT_NO_OFFSET, subject, "%s", text);
}

/* The .jigdo file as a string. */
static enum isokit_status read_back(struct jigdo *j, char **ret_text, struct isokit_error *err)
{
	struct isokit_source *src = NULL;
	enum isokit_status st = isokit_source_from_fd(sink_fd(j->scratch), "jigdo", &src, err);
	uint64_t n = src ? isokit_source_size(src) : 0;
	char *text = NULL;

	if (st == ISOKIT_OK) {
		text = n < SIZE_MAX ? malloc((size_t)n + 1) : NULL;
		st = text ? isokit_source_read_at(src, 0, text, (size_t)n, err) :
			    isokit_fail_nomem(err, "jigdo", (size_t)n);
	}
	isokit_source_close(src);
	if (st) {
		free(text);
		return st;
	}
	text[n] = '\0';
	*ret_text = text;
	return ISOKIT_OK;
}

/* Does such a line follow the words at the beginning of one? */
static bool says(const char *text, const char *words, const uint8_t *md5)
{
	char hex[33];
	size_t n = strlen(words);

	digest_hex(md5, 16, hex);
	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, words, n) == 0)
			return strncmp(line + n, hex, 32) == 0;
	}
	return false;
}

static enum isokit_status template_md5(struct feed *f, uint8_t *ret_md5, struct isokit_error *err)
{
	struct jigdo *j = f->j;
	struct isokit_source *src = NULL;
	enum isokit_status st = isokit_source_from_fd(sink_fd(j->template), sink_name(j->template),
						      &src, err);
	uint64_t at = 0;

	j->template_bytes = src ? isokit_source_size(src) : 0;
	if (st == ISOKIT_OK && !digest_restart(f->content, ISOKIT_MD5))
		st = isokit_fail_nomem(err, "jigdo", 0);
	while (st == ISOKIT_OK && at < j->template_bytes) {
		size_t n = (size_t)min_u64(j->template_bytes - at, BUFFER_BYTES);

		st = isokit_source_read_at(src, at, f->buffer, n, err);
		if (st == ISOKIT_OK && !digest_update(f->content, f->buffer, n))
			st = isokit_fail_nomem(err, "jigdo", 0);
		at += n;
	}
	if (st == ISOKIT_OK && !digest_finish(f->content, ret_md5))
		st = isokit_fail_nomem(err, "jigdo", 0);
	isokit_source_close(src);
	return st;
}

static int by_key(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Every sum under [Parts] must be that of a content of the image. */
static enum isokit_status check_parts(struct feed *f, const char *text, struct isokit_error *err)
{
	const char *line = strstr(text, "\n[Parts]\n");
	char key[KEY_CHARS];
	size_t n, parts = 0;

	if (!line)
		return fail_wrong(f->j->options->jigdo_path, "is not complete", err);
	qsort(f->keys, f->n_keys, KEY_CHARS, by_key);
	for (line += 9; *line && *line != '\n' && *line != '['; line += strcspn(line, "\n") + 1) {
		n = strcspn(line, "=\n");
		if (n >= sizeof(key) || line[n] != '=' || !strchr(line, '\n'))
			return fail_wrong(f->j->options->jigdo_path, "is not complete", err);
		memcpy(key, line, n);
		key[n] = '\0';
		if (!bsearch(key, f->keys, f->n_keys, KEY_CHARS, by_key)) {
			n++;
			text_clear(&f->path);
			text_add(&f->path, line + n, strcspn(line + n, "\n"));
			return isokit_fail(err, ISOKIT_E_MISMATCH, ISOKIT_NO_OFFSET,
					   f->j->options->checksum_list,
					   "has a checksum that is not of the file in the image (%s)",
					   text_string(&f->path));
		}
		parts++;
	}
	return parts <= f->n_keys ? ISOKIT_OK :
				    fail_wrong(f->j->options->jigdo_path, "names too much", err);
}

/* libjte does not look at every write, and reads the files of this computer once more. */
static enum isokit_status check(struct feed *f, const char *text, struct isokit_error *err)
{
	const struct isokit_build_jigdo *o = f->j->options;
	uint8_t md5[ISOKIT_DIGEST_MAX_BYTES];
	enum isokit_status st = template_md5(f, md5, err);

	if (st)
		return st;
	if (!says(text, "# Template Hex MD5Sum ", md5))
		return fail_wrong(o->template_path, "was not written completely; is the disk full?",
				  err);
	if (!digest_finish(f->image, md5))
		return isokit_fail_nomem(err, "jigdo", 0);
	if (!says(text, "# Image Hex MD5Sum ", md5))
		return fail_wrong(o->template_path,
				  "does not lead to the image; did files change meanwhile?", err);
	return check_parts(f, text, err);
}

/* libjte takes the name of the template for that of the file, which has none yet. */
static enum isokit_status write_jigdo(struct jigdo *j, const char *text, struct isokit_error *err)
{
	static const char field[] = "\nTemplate=http://localhost/";
	const char *at = strstr(text, field), *rest;
	struct text out = { 0 };
	enum isokit_status st;

	if (!at)
		return fail_wrong(j->options->jigdo_path, "has no template", err);
	rest = at + strlen(field);
	text_add(&out, text, (size_t)(rest - text));
	text_add_str(&out, base_name(j->options->template_path));
	text_add_str(&out, rest + strcspn(rest, "\n"));
	j->jigdo_bytes = out.n;
	st = out.failed ? isokit_fail_nomem(err, "jigdo", 0) :
			  sink_write_at(j->jigdo, 0, text_string(&out), out.n, err);
	text_free(&out);
	return st;
}

static enum isokit_status finish(struct feed *f, struct isokit_error *err)
{
	struct jigdo *j = f->j;
	enum isokit_status st;
	char *text = NULL;

	if (j->lib->libjte_write_footer(j->env) <= 0)
		return fail_jte(j, ISOKIT_E_IO, j->options->template_path, "cannot be completed",
				err);
	/* Closes what it has open. */
	(void)j->lib->libjte_destroy(&j->env);
	j->env = NULL;
	st = read_back(j, &text, err);
	if (st == ISOKIT_OK)
		st = check(f, text, err);
	if (st == ISOKIT_OK)
		st = write_jigdo(j, text, err);
	free(text);
	return st;
}

enum isokit_status jigdo_fill(struct jigdo *j, struct plan *plan, struct layout *l,
			      const struct files *files, struct sink *image,
			      const struct author_progress *progress, struct isokit_error *err)
{
	struct feed f = { .j = j, .progress = progress };
	enum isokit_status st;

	if (!j->options)
		return ISOKIT_OK;
	f.kind = j->options->sha256 ? ISOKIT_SHA256 : ISOKIT_MD5;
	st = feed_start(&f, plan, l, files, image, err);
	if (st == ISOKIT_OK)
		st = show_all(&f, err);
	if (st == ISOKIT_OK)
		st = finish(&f, err);
	isokit_source_close(f.src);
	digest_free(f.image);
	digest_free(f.content);
	free(f.buffer);
	free(f.places);
	free(f.keys);
	text_free(&f.path);
	text_free(&f.here);
	return st;
}

enum isokit_status jigdo_end(struct jigdo *j, enum isokit_status st, bool durable,
			     struct isokit_error *err)
{
	if (j->env)
		(void)j->lib->libjte_destroy(&j->env);
	libjte_unload(j->lib);
	sink_abort(j->scratch);
	if (!j->jigdo || !j->template || st) {
		sink_abort(j->jigdo);
		sink_abort(j->template);
		return st;
	}
	st = sink_commit(j->template, j->template_bytes, durable, err);
	if (st)
		sink_abort(j->jigdo);
	else
		st = sink_commit(j->jigdo, j->jigdo_bytes, durable, err);
	return st;
}

#else

enum isokit_status jigdo_start(struct jigdo *j, const struct plan *plan, const char *image,
			       struct isokit_error *err)
{
	(void)image;
	*j = (struct jigdo){ .options = plan->options.jigdo };
	return j->options ? libjte_load(&j->lib, err) : ISOKIT_OK;
}

enum isokit_status jigdo_fill(struct jigdo *j, struct plan *plan, struct layout *l,
			      const struct files *files, struct sink *image,
			      const struct author_progress *progress, struct isokit_error *err)
{
	(void)j, (void)plan, (void)l, (void)files, (void)image, (void)progress, (void)err;
	return ISOKIT_OK;
}

enum isokit_status jigdo_end(struct jigdo *j, enum isokit_status st, bool durable,
			     struct isokit_error *err)
{
	(void)j, (void)durable, (void)err;
	return st;
}

#endif
