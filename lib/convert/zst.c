/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "convert/zst.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#ifdef HAVE_LIBZSTD
#include <zstd.h>
#endif

#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "base/library.h"
#include "base/thread.h"
#include "digest/digest.h"

#ifdef HAVE_LIBZSTD

enum {
	FRAME_BYTES = 2 * 1024 * 1024, /* expanded at once by who seeks */
	MAX_THREADS = 8,
	DEFAULT_LEVEL = 3,
	TABLE_HEAD_BYTES = 8,  /* magic and length of a skippable frame */
	TABLE_ENTRY_BYTES = 8,
	TABLE_FOOT_BYTES = 9,
	MAX_FRAMES = 0x8000000,
};

#define ZST_SKIPPABLE_MAGIC 0x184d2a5eu
#define ZST_SEEKABLE_MAGIC 0x8f92eab1u

#define ZSTD_FUNCTIONS(F) \
	F(ZSTD_compressBound) \
	F(ZSTD_createCCtx) \
	F(ZSTD_freeCCtx) \
	F(ZSTD_CCtx_setParameter) \
	F(ZSTD_compress2) \
	F(ZSTD_isError) \
	F(ZSTD_getErrorName)

struct libzstd {
#define F(name) typeof(&name) name;
	ZSTD_FUNCTIONS(F)
#undef F
};

#define F(name) { #name, offsetof(struct libzstd, name) },
static const struct library_symbol symbols[] = { ZSTD_FUNCTIONS(F) };
#undef F
static const struct library library = {
	"libzstd.so.1", "nothing can be written compressed", "libzstd1",
	LIBRARY_SYMBOLS(symbols),
};

/* Frames are taken in order, compressed side by side, and written in order again. */
struct packing {
	struct isokit_convert *c;
	struct isokit_source *src;
	struct sink *to;
	struct libzstd lib;
	uint64_t size, n_frames;
	pthread_mutex_t lock;     /* of all below */
	pthread_cond_t written;
	uint64_t next, next_out;  /* frame to be taken, to be written */
	uint64_t position;        /* in the output */
	uint8_t *table;           /* a seek table entry for each frame */
	struct isokit_digests *digests;
	struct digest *hashes[ISOKIT_DIGEST_COUNT]; /* NULL: not wanted */
	enum isokit_status status;
	struct isokit_error error;
};

struct packer {
	ZSTD_CCtx *context;
	uint8_t *plain, *packed;
	size_t room;
};

static void give_up(struct packing *p, enum isokit_status st, const struct isokit_error *why)
{
	pthread_mutex_lock(&p->lock);
	if (!p->status) {
		p->status = st;
		p->error = *why;
	}
	pthread_cond_broadcast(&p->written);
	pthread_mutex_unlock(&p->lock);
}

static bool take(struct packing *p, uint64_t *ret_frame)
{
	bool any;

	pthread_mutex_lock(&p->lock);
	any = !p->status && p->next < p->n_frames;
	*ret_frame = p->next;
	p->next += any;
	pthread_mutex_unlock(&p->lock);
	return any;
}

static enum isokit_status start_packer(struct packing *p, struct packer *w, struct isokit_error *err)
{
	int level = p->c->options.zstd_level ? p->c->options.zstd_level : DEFAULT_LEVEL;

	w->room = p->lib.ZSTD_compressBound(FRAME_BYTES);
	w->context = p->lib.ZSTD_createCCtx();
	w->plain = malloc(FRAME_BYTES);
	w->packed = malloc(w->room);
	if (!w->context || !w->plain || !w->packed)
		return isokit_fail_nomem(err, "compression", w->room);
	if (p->lib.ZSTD_isError(p->lib.ZSTD_CCtx_setParameter(w->context, ZSTD_c_compressionLevel,
							      level)) ||
	    p->lib.ZSTD_isError(p->lib.ZSTD_CCtx_setParameter(w->context, ZSTD_c_checksumFlag, 1)))
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, "libzstd.so.1",
				   "does not know level %d", level);
	return ISOKIT_OK;
}

/* In its turn; with the lock held. */
static enum isokit_status put(struct packing *p, const struct packer *w, uint64_t frame,
			      size_t plain, size_t packed, struct isokit_error *err)
{
	enum isokit_status st = sink_write_at(p->to, p->position, w->packed, packed, err);

	for (size_t i = 0; i < ISOKIT_DIGEST_COUNT && !st; i++)
		if (p->hashes[i] && !digest_update(p->hashes[i], w->plain, plain))
			st = isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, "libcrypto",
					 "fails");
	put_le32(p->table + frame * TABLE_ENTRY_BYTES, (uint32_t)packed);
	put_le32(p->table + frame * TABLE_ENTRY_BYTES + 4, (uint32_t)plain);
	p->position += packed;
	if (!st && convert_tell(p->c, "compress", frame * FRAME_BYTES + plain, p->size))
		st = isokit_fail(err, ISOKIT_E_CANCELLED, ISOKIT_NO_OFFSET, NULL, "cancelled");
	return st;
}

static enum isokit_status pack(struct packing *p, struct packer *w, uint64_t frame,
			       struct isokit_error *err)
{
	size_t plain = (size_t)min_u64(FRAME_BYTES, p->size - frame * FRAME_BYTES), packed;
	enum isokit_status st = isokit_source_read_at(p->src, frame * FRAME_BYTES, w->plain, plain,
						      err);

	if (st)
		return st;
	packed = p->lib.ZSTD_compress2(w->context, w->packed, w->room, w->plain, plain);
	if (p->lib.ZSTD_isError(packed))
		return isokit_fail(err, ISOKIT_E_NOMEM, ISOKIT_NO_OFFSET, "libzstd.so.1", "%s",
				   p->lib.ZSTD_getErrorName(packed));
	pthread_mutex_lock(&p->lock);
	while (!p->status && p->next_out != frame)
		pthread_cond_wait(&p->written, &p->lock);
	if (!p->status) {
		st = put(p, w, frame, plain, packed, err);
		p->next_out++;
		pthread_cond_broadcast(&p->written);
	}
	pthread_mutex_unlock(&p->lock);
	return st;
}

static void *work(void *arg)
{
	struct packing *p = arg;
	struct isokit_error why = { 0 };
	struct packer w = { 0 };
	enum isokit_status st = start_packer(p, &w, &why);
	uint64_t frame;

	while (!st && take(p, &frame))
		st = pack(p, &w, frame, &why);
	if (st)
		give_up(p, st, &why);
	p->lib.ZSTD_freeCCtx(w.context);
	free(w.plain);
	free(w.packed);
	return NULL;
}

static enum isokit_status write_table(struct packing *p, struct isokit_error *err)
{
	uint64_t bytes = p->n_frames * TABLE_ENTRY_BYTES;
	uint8_t head[TABLE_HEAD_BYTES], foot[TABLE_FOOT_BYTES];
	enum isokit_status st;

	put_le32(head, ZST_SKIPPABLE_MAGIC);
	put_le32(head + 4, (uint32_t)(bytes + TABLE_FOOT_BYTES));
	put_le32(foot, (uint32_t)p->n_frames);
	foot[4] = 0; /* no checksums in the table: the frames have theirs */
	put_le32(foot + 5, ZST_SEEKABLE_MAGIC);
	st = sink_write_at(p->to, p->position, head, sizeof(head), err);
	if (!st && bytes)
		st = sink_write_at(p->to, p->position + sizeof(head), p->table, bytes, err);
	if (!st)
		st = sink_write_at(p->to, p->position + sizeof(head) + bytes, foot, sizeof(foot),
				   err);
	p->position += sizeof(head) + bytes + sizeof(foot);
	return st;
}

static enum isokit_status start_hashes(struct packing *p, struct isokit_error *err)
{
	enum isokit_status st;

	if (!p->c->options.hashes)
		return ISOKIT_OK;
	st = isokit_digests_load(&p->digests, err);
	for (unsigned i = 0; i < ISOKIT_DIGEST_COUNT && !st; i++) {
		if (!(p->c->options.hashes & 1u << i))
			continue;
		p->hashes[i] = digest_new(p->digests, (enum isokit_digest_kind)i);
		if (!p->hashes[i])
			st = isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET,
					 isokit_digest_name((enum isokit_digest_kind)i),
					 "is not offered by libcrypto");
	}
	return st;
}

static void end_hashes(struct packing *p)
{
	uint8_t bytes[ISOKIT_DIGEST_MAX_BYTES];

	for (unsigned i = 0; i < ISOKIT_DIGEST_COUNT; i++) {
		if (!p->hashes[i])
			continue;
		if (digest_finish(p->hashes[i], bytes))
			digest_hex(bytes, isokit_digest_bytes((enum isokit_digest_kind)i),
				   p->c->result.hash[i]);
		digest_free(p->hashes[i]);
	}
	isokit_digests_free(p->digests);
}

enum isokit_status convert_zst(struct isokit_convert *c, struct isokit_source *src, struct sink *to,
			       uint64_t *ret_bytes, struct isokit_error *err)
{
	struct packing p = { .c = c, .src = src, .to = to, .size = isokit_source_size(src) };
	unsigned n = convert_threads(c), started = 0;
	pthread_t threads[MAX_THREADS];
	enum isokit_status st = library_load(&library, &p.lib, err);

	p.n_frames = div_up(p.size, FRAME_BYTES);
	if (!st && p.n_frames > MAX_FRAMES)
		st = isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, sink_name(to),
				 "is too large for the table of a compressed image");
	if (!st) {
		p.table = malloc((size_t)p.n_frames * TABLE_ENTRY_BYTES + 1);
		if (!p.table)
			st = isokit_fail_nomem(err, sink_name(to), p.n_frames * TABLE_ENTRY_BYTES);
	}
	if (!st)
		st = start_hashes(&p, err);
	if (!st) {
		pthread_mutex_init(&p.lock, NULL);
		pthread_cond_init(&p.written, NULL);
		for (; started + 1 < n && started < MAX_THREADS; started++)
			if (!thread_start(&threads[started], work, &p))
				break;
		work(&p);
		while (started)
			pthread_join(threads[--started], NULL);
		pthread_cond_destroy(&p.written);
		pthread_mutex_destroy(&p.lock);
		st = p.status;
		if (st && err)
			*err = p.error;
	}
	end_hashes(&p);
	if (!st)
		st = write_table(&p, err);
	*ret_bytes = p.position;
	free(p.table);
	return st;
}

#else

enum isokit_status convert_zst(struct isokit_convert *c, struct isokit_source *src, struct sink *to,
			       uint64_t *ret_bytes, struct isokit_error *err)
{
	(void)c;
	(void)src;
	(void)ret_bytes;
	return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, sink_name(to),
			   "cannot be compressed: this build was made without libzstd");
}

#endif
