/* SPDX-License-Identifier: GPL-3.0-or-later */
/* --hash and --verify: checksums, computed in one pass. */
#include <stdlib.h>
#include <string.h>

#include "common/message.h"
#include "common/progress.h"
#include "inspect.h"

enum exit_code checksums_start(struct checksums *c, const struct inspect_options *opt)
{
	struct isokit_error err;

	*c = (struct checksums){ .digests = NULL };
	if (!opt->verify && !opt->hashes.n)
		return EXIT_DONE;
	if (isokit_digests_load(&c->digests, &err) != ISOKIT_OK) {
		message_failure(NULL, &err);
		return EXIT_UNABLE;
	}
	c->sums = calloc(opt->n_images ? opt->n_images : 1, sizeof(struct isokit_sums *));
	if (!c->sums) {
		message_error(NULL, "out of memory");
		return EXIT_UNABLE;
	}
	for (size_t i = 0; i < opt->n_images && opt->verify; i++) {
		/* Beside an address later, when the server has shown that it is there. */
		if (isokit_source_is_url(opt->images[i]))
			continue;
		if (isokit_sums_beside(opt->images[i], &c->sums[i], &err) != ISOKIT_OK) {
			message_failure(opt->images[i], &err);
			return EXIT_UNABLE;
		}
	}
	return EXIT_DONE;
}

void checksums_end(struct checksums *c, const struct inspect_options *opt)
{
	for (size_t i = 0; c->sums && i < opt->n_images; i++)
		isokit_sums_free(c->sums[i]);
	free(c->sums);
	isokit_digests_free(c->digests);
}

static int show_progress(void *ctx, uint64_t done, uint64_t total)
{
	struct progress *p = ctx;

	p->total = total;
	progress_update(p, done);
	return 0;
}

enum exit_code checksums_compute(struct checksums *c, const struct inspect_options *opt,
				 size_t i, struct isokit_source *src, struct isokit_source *file,
				 struct isokit_image *img,
				 struct isokit_verification **ret_verification)
{
	struct progress progress;
	struct isokit_verify_options options = {
		.digests = c->digests, .schemes = opt->verify, .hashes = opt->hashes.set,
		.file = file, .progress = show_progress, .ctx = &progress,
	};
	struct isokit_error err;
	enum isokit_status st;

	if (opt->verify && isokit_source_is_url(opt->images[i]) &&
	    (st = isokit_sums_beside(opt->images[i], &c->sums[i], &err)) != ISOKIT_OK) {
		message_failure(opt->images[i], &err);
		return exit_code_of(st);
	}
	options.sums = c->sums[i];
	progress_start(&progress, &opt->common, opt->verify ? "verifying" : "hashing", NULL,
		       isokit_source_size(src));
	st = isokit_verify(src, 0, img, &options, ret_verification, &err);
	progress_end(&progress);
	if (st == ISOKIT_OK)
		return EXIT_DONE;
	message_failure(opt->images[i], &err);
	return exit_code_of(st);
}

enum exit_code checksums_print(const struct inspect_options *opt, const char *path,
			       const struct isokit_verification *v, struct output *out)
{
	enum isokit_status st = ISOKIT_OK;

	if (opt->verify && !opt->common.quiet)
		st = isokit_report_verification(v, &opt->report, output_write, out);
	for (size_t i = 0; i < opt->hashes.n && st == ISOKIT_OK; i++)
		hashes_print(out, v->hash[opt->hashes.order[i]], path);
	if (st == ISOKIT_OK)
		return EXIT_DONE;
	if (!out->sys_errno)
		message_error(path, "%s", isokit_status_words(st));
	return EXIT_UNABLE;
}
