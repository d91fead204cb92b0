/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checksums in a finished image and of it. All of them come from one pass over what
 * was written, through several digests at once; only the SHA-256 of an image that
 * bears its own MD5 takes another one, since it is of that MD5 as well. */
#ifndef AUTHOR_INTEGRITY_H
#define AUTHOR_INTEGRITY_H

#include "author/files.h"
#include "author/progress.h"
#include "bytes/sink.h"
#include "digest/digest.h"
#include "digest/pipe.h"

/* Do the options ask for any? */
bool integrity_wanted(const struct isokit_build_options *o);

/* Fill them in. Every content and every other byte is in its place. `files` has the
 * places already and gets the hashes. */
enum isokit_status integrity_finish(struct plan *plan, struct layout *l, struct sink *to,
				    struct files *files, const struct author_progress *progress,
				    struct isokit_build_result *result, struct isokit_error *err);

/* ---- libisofs' tags: integrity_tags.c -------------------------------------------- */

/* Of one session. Unit: blocks of 2048 bytes. */
struct tags {
	const struct isokit_digests *lib;
	uint64_t start;   /* of the session */
	uint64_t array;   /* of the MD5s of files; everything before it is of the session */
	uint64_t tag;     /* of the session, behind the array */
	uint64_t next;    /* byte from which on tags_feed() wants to see the image */
	uint32_t n;       /* numbers 1 to n are of contents */
	struct digest *md; /* of the session so far */
	uint8_t *entries; /* (n + 2) * 16 bytes */
};

/* Find the tags, and write those of descriptors and directories. With `implant` the
 * primary descriptor will get a sum that is of the tags. */
enum isokit_status tags_start(struct tags *t, const struct isokit_digests *lib,
			      struct isokit_source *src, uint64_t head_bytes, uint32_t n,
			      bool implant, struct sink *to, struct isokit_error *err);
/* The image up to the array, in order. */
bool tags_feed(void *tags, uint64_t offset, const uint8_t *bytes, size_t n,
	       struct isokit_error *err);
/* The array (entries[16 * number] are filled in) and the session's tag. */
/* `name` and `when` (GMT): of a tag of scdbackup, whose record goes to ret_record; or
 * name is NULL. */
enum isokit_status tags_finish(struct tags *t, struct sink *to, const char *name, int64_t when,
			       char ret_record[160], struct isokit_error *err);
void tags_free(struct tags *t);

/* ---- isomd5sum's text: implant.c ---------------------------------------------------- */

enum { IMPLANT_MAX_FRAGMENTS = 20 };

struct implant {
	struct digest *md;
	uint64_t total; /* bytes that it is of */
	uint64_t ends[IMPLANT_MAX_FRAGMENTS];
	size_t n_ends, at;  /* `at`: the next one */
	char digits[61];    /* of fragment sums so far */
	size_t n_digits;
};

enum isokit_status implant_start(struct implant *im, const struct isokit_digests *lib,
				 struct isokit_source *src, struct isokit_error *err);
bool implant_feed(void *implant, uint64_t offset, const uint8_t *bytes, size_t n,
		  struct isokit_error *err);
enum isokit_status implant_finish(struct implant *im, struct sink *to, char ret_md5[33],
				  struct isokit_error *err);
void implant_free(struct implant *im);

/* ---- the list: manifest.c -------------------------------------------------------------- */

/* May this file be replaced by a list? */
enum isokit_status manifest_check(const char *path, bool force, struct isokit_error *err);

/* Lines of sha256sum: the image under the name `image`, then every file as ./path. */
enum isokit_status manifest_write(const struct files *files, const struct plan *plan,
				  const char *image, const uint8_t *sha256, struct sink *to,
				  uint64_t *ret_bytes, struct isokit_error *err);

#endif
