/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pieces of a layout while it is made. For this room only. */
#ifndef STICK_COMPOSE_H
#define STICK_COMPOSE_H

#include <isokit/image.h>

#include "base/arena.h"
#include "stick/stick.h"

struct tree;
struct composer;

enum { STICK_MIB = 1024 * 1024 };

enum isokit_status composer_new(const struct stick_options *o, struct composer **ret_c,
				struct isokit_error *err);
/* Also releases what it owns; NULL is allowed. */
void composer_free(struct composer *c);

/* Memory that lives as long as the layout. */
struct arena *composer_arena(struct composer *c);

/* `release` is called with the object at the end, what was given last first. On failure it is
 * called at once. */
enum isokit_status composer_own(struct composer *c, void (*release)(void *), void *object,
				struct isokit_error *err);
enum isokit_status composer_own_image(struct composer *c, struct isokit_image *img,
				      struct isokit_error *err);
enum isokit_status composer_own_tree(struct composer *c, struct tree *t, struct isokit_error *err);
enum isokit_status composer_own_source(struct composer *c, struct isokit_source *src,
				       struct isokit_error *err);
/* The same for tree_add_image(); `ctx` is the composer. */
enum isokit_status composer_keep_source(void *ctx, struct isokit_source *src,
					struct isokit_error *err);

/* Zeroed memory that is n bytes of the drive from `at` on, to be filled now or later; or NULL,
 * and then err is filled. */
uint8_t *composer_memory(struct composer *c, uint64_t at, size_t n, struct isokit_error *err);

/* Bytes that are kept elsewhere, for as long as the layout. */
enum isokit_status composer_bytes(struct composer *c, uint64_t at, const uint8_t *bytes, size_t n,
				  struct isokit_error *err);

/* A range of a source, which is borrowed. */
enum isokit_status composer_source(struct composer *c, uint64_t at, uint64_t n,
				   struct isokit_source *src, uint64_t offset,
				   struct isokit_error *err);

/* Zeros that must be written, wherever nothing else is put. */
enum isokit_status composer_zeros(struct composer *c, uint64_t at, uint64_t n,
				  struct isokit_error *err);

/* Something that the user should know, one sentence without a stop at its end. */
enum isokit_status composer_note(struct composer *c, struct isokit_error *err, const char *format,
				 ...) __attribute__((format(printf, 3, 4)));

/* 16 bytes out of the seed, and of what the words say. */
void composer_id(const struct composer *c, const char *words, uint8_t ret_id[16]);

/* Make the layout; the composer is its `keep` from then on. On failure it is still the caller's. */
enum isokit_status composer_finish(struct composer *c, struct stick_layout *ret,
				   struct isokit_error *err);

#endif
