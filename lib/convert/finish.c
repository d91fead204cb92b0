/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was written is looked at: hashes, the checksums of its container, the image. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/fail.h"
#include "convert/convert.h"
#include "digest/digest.h"

enum isokit_status convert_check_image(struct isokit_convert *c, int fd, const char *name,
				       struct isokit_error *err)
{
	enum isokit_status st = ISOKIT_OK;

	if (convert_tell(c, "check", 0, c->plan.bytes))
		return isokit_fail(err, ISOKIT_E_CANCELLED, ISOKIT_NO_OFFSET, NULL, "cancelled");
	if (fd >= 0) {
		c->image_fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
		if (c->image_fd < 0)
			return isokit_fail_errno(err, errno, name, "cannot be read back");
		st = isokit_source_from_fd(c->image_fd, name, &c->image_src, err);
	} else {
		c->image_src = c->payload; /* what went to a stream */
	}
	if (!st)
		st = isokit_image_open(c->image_src, 0, &c->image, err);
	if (!st)
		st = isokit_image_check(c->image, err);
	if (st)
		return st;
	c->result.facts = isokit_image_facts(c->image);
	isokit_judge_boot(c->result.facts, &c->verdict);
	c->result.verdict = &c->verdict;
	return ISOKIT_OK;
}

static int hash_progress(void *ctx, uint64_t done, uint64_t total)
{
	return convert_tell(ctx, "hash", done, total);
}

static enum isokit_status hash_source(struct isokit_convert *c, struct isokit_source *src,
				      struct isokit_error *err)
{
	struct isokit_verify_options options = { .hashes = c->options.hashes,
						 .progress = hash_progress, .ctx = c };
	struct isokit_verification *v = NULL;
	struct isokit_digests *digests = NULL;
	enum isokit_status st = isokit_digests_load(&digests, err);

	options.digests = digests;
	if (!st)
		st = isokit_verify(src, 0, NULL, &options, &v, err);
	if (!st) {
		memcpy(c->result.hash, v->hash, sizeof(c->result.hash));
		isokit_verification_free(v);
	}
	isokit_digests_free(digests);
	return st;
}

enum isokit_status convert_hash(struct isokit_convert *c, int fd, const char *name,
				struct isokit_error *err)
{
	struct isokit_source *src = NULL;
	enum isokit_status st;

	if (!c->options.hashes)
		return ISOKIT_OK;
	st = isokit_source_from_fd(fd, name, &src, err);
	if (!st)
		st = hash_source(c, src, err);
	isokit_source_close(src);
	return st;
}

enum isokit_status convert_verify_container(struct isokit_convert *c, struct isokit_error *err)
{
	enum isokit_status st = ISOKIT_OK;

	if (!c->options.no_verify && !convert_tell(c, "verify", 0, 0))
		st = isokit_medium_verify(c->medium, &c->result.checksums, err);
	c->result.damages = isokit_medium_damages(c->medium, &c->result.n_damages,
						  &c->result.damages_lost);
	return st;
}

enum isokit_status convert_finish(struct isokit_convert *c, int fd, const char *name,
				  struct isokit_error *err)
{
	enum isokit_status st = convert_hash(c, fd, name, err);

	if (!st)
		st = convert_verify_container(c, err);
	if (!st && c->plan.action == ISOKIT_CONVERT_UNWRAP)
		st = convert_check_image(c, fd, name, err);
	c->result.bytes = c->result.written_bytes = c->plan.bytes;
	return st;
}
