/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Contents are cut into pieces of 32 KiB, many of these are compressed at once by all processors,
 * and then written in their order. */
#include "stick/wimnew.h"

#include <isokit/digest.h>
#include <isokit/source.h>

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "base/thread.h"
#include "bytes/sink.h"
#include "bytes/source.h"
#include "digest/digest.h"
#include "stick/libwim.h"

enum {
	PIECE_BYTES = 32768,
	JOBS = 256,            /* pieces that are compressed at once */
	MAX_THREADS = 8,
	VERSION_PLAIN = 0x10d00,
	SHA1_BYTES = 20,
};

struct job {
	struct wimnew_content content;
	const uint8_t *from;
	size_t n, packed; /* packed: 0: it would be no smaller */
	bool first, last;
};

struct wimnew {
	const struct stick_options *o;
	const struct wim_table *old;
	struct isokit_error *err;
	struct isokit_digests *digests;
	struct digest *sha1;
	struct sink *to;
	uint64_t at;           /* where the next byte goes */
	uint64_t done, total;  /* bytes of contents */
	struct libwim_packer *packers[MAX_THREADS];
	unsigned n_packers;
	struct job jobs[JOBS];
	size_t n_jobs;
	atomic_size_t next_job;
	uint8_t *packed;       /* JOBS pieces */
	uint8_t carry[PIECE_BYTES]; /* the beginning of a piece that goes on in the next bytes */
	size_t n_carry;
	bool begun;            /* some of the content was handed on */
	/* The content that is written: */
	uint64_t resource;     /* where it begins */
	uint8_t *offsets;      /* its table of pieces */
	size_t offsets_room, piece;
	uint8_t *entries;      /* of the new table */
	size_t n_entries;
};

static enum isokit_status write_bytes(struct wimnew *w, uint64_t at, const void *bytes, size_t n)
{
	return n ? sink_write_at(w->to, at, bytes, n, w->err) : ISOKIT_OK;
}

/* ---- what comes out ------------------------------------------------------------------------------ */

static size_t n_pieces(const struct wimnew_content *c)
{
	return (size_t)((c->bytes + PIECE_BYTES - 1) / PIECE_BYTES);
}

/* Of a number in the table of pieces. */
static size_t offset_bytes(const struct wimnew_content *c)
{
	return c->bytes >= UINT64_C(1) << 32 ? 8 : 4;
}

static enum isokit_status begin_content(struct wimnew *w, const struct wimnew_content *c)
{
	size_t bytes = (n_pieces(c) - 1) * offset_bytes(c);

	if (!digest_restart(w->sha1, ISOKIT_SHA1) ||
	    !ARRAY_RESERVE(w->offsets, w->offsets_room, bytes + 1))
		return isokit_fail_nomem(w->err, w->old->name, bytes);
	w->resource = w->at;
	w->piece = 0;
	w->at += bytes;
	return ISOKIT_OK;
}

static enum isokit_status end_content(struct wimnew *w, const struct job *j)
{
	const struct wimnew_content *c = &j->content;
	const uint8_t *was = c->entry;
	uint8_t *entry = w->entries + w->n_entries * WIM_ENTRY_BYTES;
	uint8_t sum[ISOKIT_DIGEST_MAX_BYTES];
	/* A single piece that got no smaller has no table, and is simply there. */
	bool packed = n_pieces(c) > 1 || j->packed;
	uint8_t flags = (was[7] & WIM_RESOURCE_METADATA) | (packed ? WIM_RESOURCE_COMPRESSED : 0);

	if (!digest_finish(w->sha1, sum) || memcmp(sum, was + WIM_ENTRY_SHA1_AT, SHA1_BYTES) != 0)
		return isokit_fail(w->err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, w->old->name,
				   "is damaged: a content is not what its SHA-1 says");
	memcpy(entry, was, WIM_ENTRY_BYTES);
	wim_resource_encode(entry, w->at - w->resource, flags, w->resource, c->bytes);
	w->n_entries++;
	return write_bytes(w, w->resource, w->offsets, (n_pieces(c) - 1) * offset_bytes(c));
}

static enum isokit_status write_job(struct wimnew *w, size_t i)
{
	const struct job *j = &w->jobs[i];
	size_t n = j->packed ? j->packed : j->n, width = offset_bytes(&j->content);
	uint64_t from = w->resource + (n_pieces(&j->content) - 1) * width;
	enum isokit_status st = j->first ? begin_content(w, &j->content) : ISOKIT_OK;

	if (st)
		return st;
	if (w->piece && width == 8)
		put_le64(w->offsets + (w->piece - 1) * 8, w->at - from);
	else if (w->piece)
		put_le32(w->offsets + (w->piece - 1) * 4, (uint32_t)(w->at - from));
	w->piece++;
	if (!digest_update(w->sha1, j->from, j->n))
		return isokit_fail_nomem(w->err, w->old->name, j->n);
	st = write_bytes(w, w->at, j->packed ? w->packed + i * PIECE_BYTES : j->from, n);
	w->at += n;
	return st || !j->last ? st : end_content(w, j);
}

/* ---- compressing ---------------------------------------------------------------------------------- */

struct worker {
	struct wimnew *w;
	struct libwim_packer *packer;
	pthread_t thread;
};

static void *pack(void *arg)
{
	struct worker *worker = arg;
	struct wimnew *w = worker->w;
	size_t i;

	while ((i = atomic_fetch_add(&w->next_job, 1)) < w->n_jobs)
		w->jobs[i].packed = libwim_pack(worker->packer, w->jobs[i].from, w->jobs[i].n,
						w->packed + i * PIECE_BYTES);
	return NULL;
}

enum isokit_status wimnew_flush(struct wimnew *w)
{
	struct worker workers[MAX_THREADS];
	enum isokit_status st = ISOKIT_OK;
	unsigned n = 0;

	atomic_store(&w->next_job, 0);
	for (unsigned i = 0; i < w->n_packers; i++)
		workers[i] = (struct worker){ .w = w, .packer = w->packers[i] };
	while (n + 1 < w->n_packers && n + 1 < w->n_jobs &&
	       thread_start(&workers[n + 1].thread, pack, &workers[n + 1]))
		n++;
	(void)pack(&workers[0]);
	while (n)
		(void)pthread_join(workers[n--].thread, NULL);
	for (size_t i = 0; i < w->n_jobs && !st; i++) {
		st = write_job(w, i);
		w->done += w->jobs[i].n;
	}
	w->n_jobs = 0;
	if (!st && w->o->progress && w->o->progress(w->o->ctx, w->done, w->total))
		st = isokit_fail(w->err, ISOKIT_E_CANCELLED, ISOKIT_NO_OFFSET, w->old->name, "cancelled");
	return st;
}

static enum isokit_status add_job(struct wimnew *w, const struct wimnew_content *c, const uint8_t *from,
				  size_t n, bool last)
{
	w->jobs[w->n_jobs++] = (struct job){
		.content = *c, .from = from, .n = n, .first = !w->begun, .last = last,
	};
	w->begun = !last;
	/* What was carried over is overwritten soon. */
	return w->n_jobs == JOBS || from == w->carry ? wimnew_flush(w) : ISOKIT_OK;
}

enum isokit_status wimnew_feed(struct wimnew *w, const struct wimnew_content *c,
			       const uint8_t *from, size_t n, bool last)
{
	enum isokit_status st = ISOKIT_OK;

	while (n && !st) {
		size_t now = (size_t)min_u64(n, PIECE_BYTES - w->n_carry);
		bool ends = last && now == n, whole = w->n_carry + now == PIECE_BYTES;

		if (w->n_carry || (!whole && !ends)) {
			memcpy(w->carry + w->n_carry, from, now);
			w->n_carry += now;
			if (whole || ends) {
				st = add_job(w, c, w->carry, w->n_carry, ends);
				w->n_carry = 0;
			}
		} else {
			st = add_job(w, c, from, now, ends);
		}
		from += now;
		n -= now;
	}
	return st;
}

/* ---- all of it ------------------------------------------------------------------------------------ */

enum isokit_status wimnew_start(const struct wim_table *old, const struct libwim *lib,
				const struct stick_options *o, uint64_t total,
				struct wimnew **ret, struct isokit_error *err)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned n = processors < 1 ? 1 : (unsigned)min_u64((uint64_t)processors, MAX_THREADS);
	struct wimnew *w = calloc(1, sizeof(*w));
	uint64_t bytes = isokit_source_size(old->src);
	enum isokit_status st;

	if (!w)
		return isokit_fail_nomem(err, old->name, sizeof(*w));
	*ret = w;
	w->o = o;
	w->old = old;
	w->err = err;
	w->total = total;
	w->at = WIM_HEADER_BYTES;
	st = isokit_digests_load(&w->digests, err);
	if (st)
		return st;
	w->sha1 = digest_new(w->digests, ISOKIT_SHA1);
	w->entries = calloc(old->n + 1, WIM_ENTRY_BYTES);
	w->packed = malloc((size_t)JOBS * PIECE_BYTES);
	while (w->n_packers < n && (w->packers[w->n_packers] = libwim_packer_new(lib)))
		w->n_packers++;
	if (!w->sha1 || !w->entries || !w->packed || w->n_packers == 0)
		return isokit_fail_nomem(err, old->name, (size_t)JOBS * PIECE_BYTES);
	st = sink_create_spool(o->scratch_folder, false, &w->to, err);
	/* It takes a third more as a rule; how much is seen only then. */
	return st ? st : sink_check_space(w->to, bytes + bytes / 4, err);
}

void wimnew_free(struct wimnew *w)
{
	if (!w)
		return;
	sink_abort(w->to);
	while (w->n_packers)
		libwim_packer_free(w->packers[--w->n_packers]);
	digest_free(w->sha1);
	isokit_digests_free(w->digests);
	free(w->entries);
	free(w->offsets);
	free(w->packed);
	free(w);
}

/* Behind the contents: the table, the description as it was; then the header. */
static enum isokit_status write_ends(struct wimnew *w)
{
	size_t table = w->n_entries * WIM_ENTRY_BYTES, xml = (size_t)w->old->xml.bytes;
	uint32_t flags = get_le32(w->old->head + WIM_FLAGS_AT);
	uint8_t head[WIM_HEADER_BYTES];
	uint8_t *text = malloc(xml + 1);
	enum isokit_status st;

	if (!text)
		return isokit_fail_nomem(w->err, w->old->name, xml);
	st = isokit_source_read_at(w->old->src, w->old->xml.offset, text, xml, w->err);
	if (!st)
		st = write_bytes(w, w->at, w->entries, table);
	if (!st)
		st = write_bytes(w, w->at + table, text, xml);
	free(text);
	memcpy(head, w->old->head, sizeof(head));
	put_le32(head + WIM_VERSION_AT, VERSION_PLAIN);
	flags &= ~(uint32_t)(WIM_XPRESS | WIM_LZMS | WIM_XPRESS2);
	put_le32(head + WIM_FLAGS_AT, flags | WIM_COMPRESSED | WIM_LZX);
	put_le32(head + WIM_CHUNK_AT, PIECE_BYTES);
	wim_resource_encode(head + WIM_TABLE_AT, table, w->old->head[WIM_TABLE_AT + 7], w->at, table);
	wim_resource_encode(head + WIM_XML_AT, xml, w->old->xml.flags, w->at + table,
			    w->old->xml.original);
	/* Which image boots, and sums of pieces of the file. */
	memset(head + WIM_BOOT_AT, 0, WIM_RESOURCE_BYTES);
	put_le32(head + WIM_BOOT_INDEX_AT, 0);
	memset(head + WIM_INTEGRITY_AT, 0, WIM_RESOURCE_BYTES);
	return st ? st : write_bytes(w, 0, head, sizeof(head));
}

enum isokit_status wimnew_finish(struct wimnew *w, struct isokit_source **ret)
{
	enum isokit_status st = write_ends(w);
	int fd;

	if (st)
		return st;
	fd = fcntl(sink_fd(w->to), F_DUPFD_CLOEXEC, 3);
	if (fd < 0)
		return isokit_fail_errno(w->err, errno, w->old->name, "cannot be kept");
	return bytes_take_fd(fd, w->old->name, ret, w->err);
}
