/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The fence around libisofs: a plan goes in, the bytes of an image come out,
 * in order, with payload replaced by placeholders that name themselves.
 *
 * Payload is what nobody looks at during layout. A placeholder's first sector
 * begins with a magic of 16 bytes (derived from the plan) and the number of the
 * payload, so the reader of the stream learns from the stream itself where each
 * payload lies and relies on nothing that libisofs promises about its order. */
#ifndef AUTHOR_LAYOUT_H
#define AUTHOR_LAYOUT_H

#include "author/plan.h"

enum { LAYOUT_BLOCK_BYTES = 2048, LAYOUT_MAGIC_BYTES = 16 };
#define LAYOUT_NO_LBA UINT64_MAX

struct layout;

/* One content of the image: a file, a family of hard links, a boot image. */
struct payload {
	const struct layout *layout;
	const struct tree_node *node; /* whose bytes they are */
	uint64_t lba;                 /* 2048-byte block; LAYOUT_NO_LBA: not seen (yet) */
	uint32_t index;
	bool old;    /* stays in a session before, at lba */
	bool real;   /* libisofs sees and perhaps patches the bytes */
	bool located; /* lba is known from a directory, before the tail is read */
	bool met;    /* its placeholder was seen in the stream */
	bool filled;
};

/* Shorten names that are longer than naming->name_limit. */
enum isokit_status layout_cut_names(struct plan *plan, struct isokit_error *err);

/* Give every regular file of the plan its payload, and lay out. Until
 * layout_free() no other layout may exist in the process. */
enum isokit_status layout_new(struct plan *plan, struct layout **ret_layout,
			      struct isokit_error *err);
void layout_free(struct layout *l);

/* Bytes before the first content of a file. */
uint64_t layout_head_bytes(const struct layout *l);

/* Is what follows the head nothing but contents of files and zeros? */
bool layout_tail_is_payload(const struct layout *l);

/* Where the image begins, and where it ends, as bytes of the medium. */
uint64_t layout_origin(const struct layout *l);
uint64_t layout_image_bytes(const struct layout *l);

/* All payloads; node->id of a regular file is the index. */
struct payload *layout_payloads(struct layout *l, size_t *ret_n);

/* The next bytes of the image into the buffer (a multiple of 2048 bytes);
 * *ret_got is 0 at the end. */
enum isokit_status layout_read(struct layout *l, void *buffer, size_t length, size_t *ret_got,
			       struct isokit_error *err);

/* With a head room (plan.udf): take what is before libisofs' image, and the block
 * of the last anchor, from this descriptor of an equal image that is complete. */
void layout_set_overlay(struct layout *l, int fd);

/* The numbers of the contents in libisofs' array of checksums, by payload (0: none),
 * and the highest number of all; NULL without checksums. */
const uint32_t *layout_checksum_numbers(const struct layout *l, uint32_t *ret_n);

/* Is this block the first one of a placeholder? */
struct payload *layout_placeholder(struct layout *l, const uint8_t *block);

const struct plan *layout_plan(const struct layout *l);

/* The target of a symbolic link as it is stored: RRIP 4.1.3 has components, so a
 * slash at the end is lost anyway, and an empty one in the middle would be read
 * as the root. Slashes are joined and the last one dropped; it leads to the
 * same place. */
void layout_link_target(const struct tree_node *link, struct text *out);

/* The time of a node as the image bears it: none, or one after the plan's epoch, is the
 * epoch. Nanoseconds are for name spaces that hold them. */
int64_t layout_node_time(const struct plan *plan, const struct tree_node *n, uint32_t *ret_ns);

/* Path of the boot catalog in the tree, or NULL. */
const char *layout_catalog_path(const struct layout *l);

#endif
