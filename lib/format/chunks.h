/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A source made of chunks that are expanded independently of each other: what DMG, CHD,
 * CSO, qcow2 and their kind are under their tables. */
#ifndef FORMAT_CHUNKS_H
#define FORMAT_CHUNKS_H

#include <isokit/source.h>

#include "codec/codec.h"

struct chunks;

enum chunk_kind {
	CHUNK_ZEROS,
	CHUNK_STORED, /* `bytes` of the inner source at `from`, as they are */
	CHUNK_PACKED, /* `packed` bytes there, to be expanded */
};

/* A run of the result. */
struct chunk {
	uint64_t start, bytes; /* of the result; bytes is more than 0 */
	enum chunk_kind kind;
	uint32_t packed;
	uint64_t from;
	uint32_t codec;        /* PACKED: enum codec_kind, or for expand() to understand */
	uint32_t tag;          /* for expand() to understand */
};

struct chunks_options {
	const char *name;      /* of the result, for messages; copied */
	uint64_t size;         /* bytes of the result */
	uint32_t max_bytes;    /* no PACKED chunk expands to more; at most CHUNKS_MAX_BYTES */

	/* Either a table in ascending order, without overlaps, which is borrowed; what lies
	 * between its entries is zeros … */
	const struct chunk *table;
	size_t n_chunks;
	/* … or a function that finds the chunk with a byte (start <= offset < start + bytes).
	 * By several threads at once. */
	enum isokit_status (*find)(void *self, uint64_t offset, struct chunk *ret,
				   struct isokit_error *err);

	/* Expand a PACKED chunk to exactly chunk->bytes bytes. By several threads at once.
	 * NULL: chunks_expand(), which reads `packed` bytes and knows enum codec_kind. */
	enum isokit_status (*expand)(void *self, struct chunks *chunks, const struct chunk *chunk,
				     uint8_t *out, struct isokit_error *err);
	/* A PACKED chunk could not be expanded for another reason than memory, reading or a
	 * missing library (ISOKIT_E_CORRUPT). May be NULL. The read fails all the same, unless
	 * it returns true: then the chunk is what expand() left in `out`, which was zeroed
	 * before. */
	bool (*damaged)(void *self, const struct chunk *chunk, const struct isokit_error *why);
	void (*close)(void *self); /* may be NULL; when the source is closed */
	void *self;
};

enum {
	CHUNKS_MAX_BYTES = 32 * 1024 * 1024,
	CHUNKS_CACHE_BYTES = 24 * 1024 * 1024, /* of expanded chunks, or two of them */
};

/* The source over `inner`, which is borrowed (NULL: expand() reads what it needs). Chunks
 * that are read whole are expanded in place; of others, a few are kept. A thread that finds
 * a chunk being expanded by another one expands the next one meanwhile, so that two
 * readers of neighbouring ranges keep two processors busy.
 * On failure nothing is closed. */
enum isokit_status chunks_new(struct isokit_source *inner, const struct chunks_options *options,
			      struct isokit_source **ret_src, struct isokit_error *err);

/* For expand(): the libraries, loaded. */
struct codec *chunks_codec(struct chunks *chunks);
struct isokit_source *chunks_inner(struct chunks *chunks);

/* Likewise: the packed bytes, until chunks_unload(). Of large ones there is one at a time, so
 * that memory is bounded whatever the number of threads. */
enum isokit_status chunks_load(struct chunks *chunks, const struct chunk *chunk, uint8_t **ret,
			       struct isokit_error *err);
void chunks_unload(struct chunks *chunks, const struct chunk *chunk, uint8_t *packed);

/* What is done without expand(). A chunk that gives fewer bytes than it should is
 * ISOKIT_E_CORRUPT. */
enum isokit_status chunks_expand(struct chunks *chunks, const struct chunk *chunk, uint8_t *out,
				 struct isokit_error *err);

#endif
