/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Contents that can be read only once, kept in a nameless file. Those that a file
 * system with reflinks would share begin on its borders; blocks of zeros are holes. */
#ifndef TREE_SPOOL_H
#define TREE_SPOOL_H

#include <isokit/source.h>

struct spool;

enum { SPOOL_ALIGN = 4096, SPOOL_ALIGN_FROM = 64 * 1024 };

/* A spool in `folder`, as in sink_create_spool(); the file is made when something is first
 * written. */
enum isokit_status spool_new(const char *folder, bool beside, struct spool **ret_spool,
			     struct isokit_error *err);

/* Begin a content of about so many bytes; returns its offset. */
uint64_t spool_begin(struct spool *s, uint64_t bytes);

/* Write at an offset of the current content. */
enum isokit_status spool_write(struct spool *s, uint64_t offset, const void *bytes, size_t n,
			       struct isokit_error *err);

/* The current content has so many bytes. */
void spool_finish(struct spool *s, uint64_t bytes);

/* What was written, as a source, which owns the file; releases the spool. *ret_src is
 * NULL when nothing was. */
enum isokit_status spool_source(struct spool *s, struct isokit_source **ret_src,
				struct isokit_error *err);

/* Release without a source; NULL is allowed. */
void spool_free(struct spool *s);

#endif
