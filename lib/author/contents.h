/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The contents of a tree as a list, for what is done to them before the layout:
 * each family of hard links once, without what boots. */
#ifndef AUTHOR_CONTENTS_H
#define AUTHOR_CONTENTS_H

#include "author/plan.h"
#include "digest/digest.h"

struct content {
	struct tree_node *node;   /* its first name */
	const struct content *same; /* dedup.c: the one that is stored in its place */
	uint8_t sha256[32];       /* dedup.c: of the whole */
	bool hashed;
};

/* Every content that is not empty, in the order of the tree; free() *ret_list.
 * The number of its content is the id of each name, CONTENTS_NONE of others. */
#define CONTENTS_NONE UINT32_MAX
enum isokit_status contents_list(struct plan *plan, struct content **ret_list, size_t *ret_n,
				 struct isokit_error *err);

/* Is it a boot image of the set-up, or another name of one? */
bool contents_boots(const struct plan *plan, const struct tree_node *n);

/* libcrypto, once for a plan. */
enum isokit_status contents_digests(struct plan *plan, const struct isokit_digests **ret,
				    struct isokit_error *err);

/* dedup.c, zisofs.c */
enum isokit_status dedup_apply(struct plan *plan, struct isokit_error *err);
enum isokit_status zisofs_apply(struct plan *plan, struct isokit_error *err);

/* How many names each file has, where equal contents share a place; else NULL. */
struct families;
enum isokit_status dedup_families(const struct plan *plan, struct families **ret,
				  struct isokit_error *err);
void dedup_families_free(struct families *f);
/* Correct the number of links in the directory record of a file, which says `links`. */
enum isokit_status dedup_put_links(const struct families *f, int fd, const char *image,
				   uint64_t record_offset, uint32_t links,
				   const struct tree_node *n, struct isokit_error *err);

/* Of a content marked TREE_ZISOFS: what it expands to. *ret_sha256 (32 bytes) is
 * NULL where it was not we who compressed it. False when its header cannot be read. */
bool zisofs_describe(const struct plan *plan, const struct tree_node *node, uint64_t *ret_bytes,
		     const uint8_t **ret_sha256);

/* The SHA-256 of what a compressed content expands to; false where it does not. */
bool zisofs_hash(const struct isokit_digests *lib, const struct tree_node *node,
		 uint8_t ret_sha256[32]);

/* Tell how far a step is; a failure when the caller wants to stop. From one thread
 * at a time. */
enum isokit_status contents_tell(const struct plan *plan, const char *phase, uint64_t done,
				 uint64_t total, struct isokit_error *err);

#endif
