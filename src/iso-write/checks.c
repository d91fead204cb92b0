/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What lies beside the image: lists of checksums, signatures, a block map. All of it is
 * looked at before a drive is touched. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/interrupt.h"
#include "common/message.h"
#include "common/progress.h"
#include "writer.h"

static const char *remedy(const struct writer_options *opt)
{
	return opt->task == TASK_COMPARE ?
	       "nothing was compared (--no-beside compares the image all the same)" :
	       "nothing was written (--no-beside writes the image all the same)";
}

/* ---- checksums ---------------------------------------------------------------------- */

static int on_progress(void *ctx, uint64_t done, uint64_t total)
{
	struct progress *p = ctx;

	(void)total;
	progress_update(p, done);
	return interrupt_pending();
}

/* Hashes of the file as it lies there. */
static enum exit_code hash_file(const struct writer_options *opt, unsigned kinds,
				struct isokit_verification **ret)
{
	struct isokit_verify_options v = { .hashes = kinds, .progress = on_progress };
	struct isokit_digests *digests = NULL;
	struct isokit_source *src = NULL;
	struct isokit_error err = { 0 };
	struct progress progress;
	enum isokit_status st = isokit_digests_load(&digests, &err);

	if (!st)
		st = isokit_source_open_file(opt->source, &src, &err);
	if (!st) {
		progress_start(&progress, &opt->common, "checksum", NULL, isokit_source_size(src));
		v.digests = digests;
		v.ctx = &progress;
		st = isokit_verify(src, 0, NULL, &v, ret, &err);
		progress_end(&progress);
	}
	if (st == ISOKIT_E_CANCELLED)
		message_error(NULL, "interrupted; nothing was written");
	else if (st)
		message_failure(opt->source, &err);
	isokit_source_close(src);
	isokit_digests_free(digests);
	return exit_code_of(st);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Is there more than one reading of it? */
static bool is_plain_file(const char *path)
{
	struct stat st;

	return strcmp(path, "-") != 0 && !isokit_source_is_url(path) && stat(path, &st) == 0 &&
	       S_ISREG(st.st_mode);
}

static enum exit_code judge_sums(struct checks *c, const struct writer_options *opt,
				 const struct isokit_sums *sums,
				 const struct isokit_verification *v)
{
	enum exit_code code = EXIT_DONE;
	struct isokit_sum sum;

	for (size_t i = 0; isokit_sums_get(sums, i, &sum); i++) {
		struct check *k = checks_add(c, "checksum", sum.list, NULL);

		if (!k)
			return EXIT_UNABLE;
		if (sum.damaged) {
			(void)snprintf(k->words, sizeof(k->words),
				       "its line for the image is damaged");
			continue;
		}
		k->digest = isokit_digest_name(sum.kind);
		k->result = strcmp(v->hash[sum.kind], sum.digits) == 0 ? CHECK_GOOD : CHECK_BAD;
		(void)snprintf(k->words, sizeof(k->words), "%s", k->result == CHECK_GOOD ?
			       "agrees" : "differs");
		if (k->result == CHECK_GOOD)
			continue;
		message_error(opt->source, "its %s is not the one in %s: it is damaged, incomplete or "
			      "not the file that was meant; %s", k->digest, base_name(sum.list),
			      remedy(opt));
		code = EXIT_UNABLE;
	}
	return code;
}

static enum exit_code check_sums(struct checks *c, const struct writer_options *opt)
{
	struct isokit_verification *v = NULL;
	struct isokit_sums *sums = NULL;
	struct isokit_error err = { 0 };
	struct isokit_sum sum;
	enum exit_code code = EXIT_DONE;
	unsigned kinds = 0;

	if (isokit_sums_beside(opt->source, &sums, &err)) {
		message_failure(opt->source, &err);
		return EXIT_UNABLE;
	}
	for (size_t i = 0; isokit_sums_get(sums, i, &sum); i++)
		if (!sum.damaged)
			kinds |= 1u << sum.kind;
	if (sums && kinds)
		code = hash_file(opt, kinds, &v);
	if (code == EXIT_DONE && sums)
		code = judge_sums(c, opt, sums, v);
	/* A list is worth as much as who signed it. */
	for (size_t i = 0; code == EXIT_DONE && isokit_sums_get(sums, i, &sum); i++)
		if (!sum.damaged && !signatures_check(c, sum.list, sum.digits))
			code = EXIT_UNABLE;
	isokit_verification_free(v);
	isokit_sums_free(sums);
	return code;
}

/* ---- behind an address ---------------------------------------------------------------- */

/* What a list says is compared while the file is read; two that say something else of it are
 * told at once. */
static bool expect_sum(struct checks *c, const struct writer_options *opt,
		       const struct isokit_sum *sum)
{
	struct check *k = checks_add(c, "checksum", sum->list, NULL);

	if (!k)
		return false;
	if (sum->damaged) {
		(void)snprintf(k->words, sizeof(k->words), "its line for the image is damaged");
		return true;
	}
	k->digest = isokit_digest_name(sum->kind);
	(void)snprintf(k->words, sizeof(k->words), "compared while the image is read");
	if (*c->sums[sum->kind] && strcmp(c->sums[sum->kind], sum->digits) != 0) {
		message_error(opt->source, "the lists beside it do not agree on its %s; %s", k->digest,
			      remedy(opt));
		return false;
	}
	memcpy(c->sums[sum->kind], sum->digits, sizeof(sum->digits));
	return true;
}

/* Of a detached signature of the image itself only its being there can be said. */
static bool tell_signature(struct checks *c, const struct writer_options *opt)
{
	static const char *const endings[] = { ".sig", ".asc", ".gpg" };
	char name[4096];

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		int n = snprintf(name, sizeof(name), "%s%s", opt->source, endings[i]);
		struct check *k;
		int fd = -1;

		if (n > 0 && (size_t)n < sizeof(name) && !fetch_small(name, &fd))
			return false;
		if (fd < 0)
			continue;
		(void)close(fd);
		k = checks_add(c, "signature", name, opt->source);
		if (!k)
			return false;
		(void)snprintf(k->words, sizeof(k->words), "not checked: it is of the whole image; "
			       "download both to have it checked");
	}
	return true;
}

/* "https://host" has nothing beside it: what would be made of it names another host. */
static bool names_file(const char *url)
{
	const char *host = strstr(url, "://");

	return !strpbrk(url, "?#") && host && strchr(host + 3, '/') &&
	       url[strlen(url) - 1] != '/';
}

/* Nobody knows what lies beside the image; where that cannot be had either, it is the server. */
static enum exit_code refuse_address(const struct writer_options *opt, struct isokit_error *err)
{
	struct isokit_source *src = NULL;
	struct isokit_error why = { .status = ISOKIT_OK };

	if (isokit_source_open_url(opt->source, &src, &why) == ISOKIT_E_IO)
		message_failure(opt->source, &why);
	else
		message_error(err->subject, "%s (--no-beside does not ask for it)", err->text);
	isokit_source_close(src);
	return EXIT_UNABLE;
}

static enum exit_code check_address(struct checks *c, const struct writer_options *opt)
{
	struct isokit_sums *sums = NULL;
	struct isokit_error err = { 0 };
	struct isokit_sum sum;
	bool ok = true, any = false;

	if (isokit_sums_beside(opt->source, &sums, &err))
		return refuse_address(opt, &err);
	for (size_t i = 0; ok && isokit_sums_get(sums, i, &sum); i++) {
		any |= !sum.damaged;
		ok = expect_sum(c, opt, &sum) &&
		     (sum.damaged || signatures_check(c, sum.list, sum.digits));
	}
	isokit_sums_free(sums);
	if (ok && !any)
		ok = tell_signature(c, opt);
	return ok ? EXIT_DONE : EXIT_UNABLE;
}

void checks_agreed(struct checks *c)
{
	for (size_t i = 0; i < c->n; i++) {
		struct check *k = &c->items[i];

		if (k->result != CHECK_UNKNOWN || !k->digest)
			continue;
		k->result = CHECK_GOOD;
		(void)snprintf(k->words, sizeof(k->words), "agrees");
	}
}

/* ---- block maps --------------------------------------------------------------------- */

/* False after a message: nobody knows. */
static bool look_for(const char *path, bool *ret_there)
{
	int fd = -1;

	if (!isokit_source_is_url(path)) {
		*ret_there = is_plain_file(path);
		return true;
	}
	if (!fetch_small(path, &fd))
		return false;
	*ret_there = fd >= 0;
	if (fd >= 0)
		(void)close(fd);
	return true;
}

/* Like bmaptool: image.img.xz.bmap, image.img.bmap, image.bmap. */
static bool find_bmap(struct checks *c, const char *image)
{
	size_t n = strlen(image), folder = (size_t)(base_name(image) - image);
	char *path = malloc(n + sizeof(".bmap"));
	bool there, ok = true;

	if (!path)
		return checks_no_memory();
	memcpy(path, image, n + 1);
	for (int i = 0; i < 3; i++) {
		char *dot;

		memcpy(path + n, ".bmap", sizeof(".bmap"));
		ok = look_for(path, &there);
		if (!ok)
			break;
		if (there && strcmp(path, image) != 0) {
			c->bmap = path;
			return true;
		}
		path[n] = '\0';
		dot = strrchr(path + folder, '.');
		if (!dot || dot == path + folder)
			break;
		n = (size_t)(dot - path);
		*dot = '\0';
	}
	free(path);
	return ok;
}

/* ------------------------------------------------------------------------------------- */

enum exit_code checks_make(struct checks *c, const struct writer_options *opt)
{
	enum exit_code code = EXIT_DONE;
	bool address;

	*c = (struct checks){ .items = NULL };
	if (opt->no_beside || !opt->source)
		return EXIT_DONE;
	address = isokit_source_is_url(opt->source);
	/* Nobody knows what lies beside a folder, or an answer to a question. */
	if (address ? !names_file(opt->source) : !is_plain_file(opt->source))
		return EXIT_DONE;
	if (address) {
		code = check_address(c, opt);
	} else {
		code = check_sums(c, opt);
		if (code == EXIT_DONE && !signatures_check(c, opt->source, NULL))
			code = EXIT_UNABLE;
	}
	if (code == EXIT_DONE && !opt->bmap && opt->as != AS_FILES && !opt->persistence &&
	    !find_bmap(c, opt->source))
		code = EXIT_UNABLE;
	if (code == EXIT_DONE && c->bmap && !signatures_check(c, c->bmap, NULL))
		code = EXIT_UNABLE;
	for (size_t i = 0; i < c->n && code == EXIT_DONE; i++)
		if (c->items[i].result == CHECK_BAD) {
			message_error(c->items[i].file, "%s; %s", c->items[i].words, remedy(opt));
			code = EXIT_UNABLE;
		}
	return code;
}

void checks_print(const struct checks *c, struct output *out)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct check *k = &c->items[i];

		(void)output_format(out, "  %-10s", k->kind);
		(void)output_escaped(out, k->file);
		(void)output_string(out, k->digest ? ", " : ": ");
		if (k->digest)
			(void)output_format(out, "%s: ", k->digest);
		(void)output_escaped(out, k->words);
		(void)output_string(out, "\n");
	}
	if (c->bmap) {
		(void)output_string(out, "  block map ");
		(void)output_escaped(out, c->bmap);
		(void)output_string(out, ": only the blocks that it lists are written\n");
	}
}

void json_checks(const struct checks *c, struct output *out)
{
	static const char *const results[] = { "good", "bad", "unknown" };

	(void)output_string(out, ",\"checks\":[");
	for (size_t i = 0; i < c->n; i++) {
		const struct check *k = &c->items[i];

		(void)output_format(out, "%s{\"kind\":\"%s\"", i ? "," : "", k->kind);
		output_json_string(out, "file", k->file);
		output_json_string(out, "of", k->of);
		output_json_string(out, "digest", k->digest);
		output_json_string(out, "result", results[k->result]);
		output_json_string(out, "message", k->words);
		(void)output_string(out, "}");
	}
	(void)output_string(out, "]");
}
