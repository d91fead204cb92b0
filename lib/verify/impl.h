/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the schemes share. Only lib/verify includes this. */
#ifndef VERIFY_IMPL_H
#define VERIFY_IMPL_H

#include <isokit/verify.h>

#include "verify/job.h"

enum { BLOCK_BYTES = 2048 };

/* Ranges of the image, in any order until ranges_merge(). */
struct ranges {
	struct isokit_verify_range *items;
	size_t n, capacity;
};

/* A scheme while it is put together. */
struct scheme {
	struct isokit_verify_scheme pub;
	struct ranges covered;
	struct ranges labels; /* what is special to this scheme, for not_covered */
	struct isokit_verify_mismatch *mismatches;
	size_t n_mismatches, capacity_mismatches;
	const char **remarks;
	size_t n_remarks, capacity_remarks;
	struct ranges unlisted; /* contents of files that it does not list */
};

struct verify {
	const struct isokit_verify_options *opt;
	struct isokit_source *src;
	struct isokit_image *img;
	const struct isokit_facts *facts;
	uint64_t start; /* of the image in the source */
	uint64_t size;  /* of the image */
	struct verify_jobs jobs;
	struct verify_jobs file_jobs; /* where hashes are of another source */
	struct arena arena;      /* what the result points at */
	struct scheme **schemes; /* freed with the rest */
	size_t n_schemes, capacity_schemes;
	struct isokit_error *err;
	/* One for each scheme that was found. */
	struct implanted *implanted;
	struct libisofs *libisofs;
	struct inside *inside;
};

/* A new scheme, or NULL when memory is refused. `where` is copied. */
struct scheme *verify_scheme(struct verify *v, const char *name, const char *where,
			     enum isokit_digest_kind kind);

/* Its result becomes at least that bad: match, incomplete, mismatch. */
void scheme_worsen(struct scheme *s, enum isokit_verify_result result);

/* False when memory is refused. Strings are copied into the arena where that is
 * said. */
bool ranges_add(struct ranges *r, uint64_t offset, uint64_t bytes, const char *what);
void ranges_merge(struct ranges *r);
bool scheme_remark(struct verify *v, struct scheme *s, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* `m` without its hexadecimal digits, which are made of these; either may be
 * NULL. m->path and m->what are copied. At most a few thousand are kept. */
bool scheme_mismatch(struct verify *v, struct scheme *s, const struct isokit_verify_mismatch *m,
		     const uint8_t *expected, const uint8_t *computed);

/* Read from the image. */
enum isokit_status verify_read(struct verify *v, uint64_t offset, void *buffer, size_t n);

enum isokit_status verify_nomem(struct verify *v);

/* Where a file's contents lie in the source. `refused` is why they cannot be
 * hashed as a reader sees them (static words), or NULL. `stored` asks for the
 * bytes as they are stored, compressed or not. */
struct contents {
	struct verify_piece *pieces; /* reused from call to call */
	size_t n, capacity;
	const char *refused;
	bool cut_off; /* part of it is behind the end of the image */
	uint64_t first; /* byte of the image where it begins */
};
enum isokit_status verify_contents(struct verify *v, const struct isokit_entry *entry,
				   enum isokit_namespace_kind ns, bool stored,
				   struct contents *c);

/* The schemes: find and plan, then say what came of it. */
enum isokit_status implanted_plan(struct verify *v);
enum isokit_status implanted_judge(struct verify *v);
enum isokit_status libisofs_plan(struct verify *v);
enum isokit_status libisofs_judge(struct verify *v);
void libisofs_free(struct verify *v);
enum isokit_status inside_plan(struct verify *v);
enum isokit_status inside_judge(struct verify *v);
void inside_free(struct verify *v);

/* Jobs for lists beside the image need a hash of all of it. */
unsigned beside_kinds(const struct isokit_sums *sums);
enum isokit_status beside_judge(struct verify *v, const struct verify_job *const *hashes);

/* Fill pub.covered, pub.not_covered and their like of every scheme. */
enum isokit_status verify_cover(struct verify *v, struct isokit_verification *ret);

#endif
