/* SPDX-License-Identifier: GPL-3.0-or-later */
/* zisofs: contents compressed in blocks, each by itself, behind a table that says
 * where each one begins. Linux expands version 1 when it reads the file; version 2
 * has larger numbers and is read by libisofs alone. (zisofs-tools; libisofs,
 * doc/zisofs_format.txt and doc/zisofs2_format.txt.)
 *
 * A content must be compressed to know what room it takes, so this is done before
 * the layout, by all threads, into a nameless file. From there it is payload like
 * any other. What would not get smaller by a block of the medium stays as it is. */
#include "author/contents.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#ifdef HAVE_ZLIB
#include <zlib.h>
#endif

#include "author/pool.h"
#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "bytes/sink.h"
#include "ondisk/zisofs.h"

enum {
	MEDIUM_BLOCK = 2048,
	HEADER_1_BYTES = 16,
	HEADER_2_BYTES = 24,
	SPOOL_ALIGNMENT = 4096,
};

static const uint8_t magic_1[8] = { 0x37, 0xe4, 0x53, 0x96, 0xc9, 0xdb, 0xd6, 0x07 };
static const uint8_t magic_2[8] = { 0xef, 0x22, 0x55, 0xa1, 0xbc, 0x1b, 0x95, 0xa0 };

/* A compressed content: range is first, where node->u.range points. */
struct zisofs_range {
	struct tree_range range;
	uint64_t bytes; /* expanded */
	uint8_t sha256[32];
	bool hashed;
};

bool zisofs_describe(const struct plan *plan, const struct tree_node *node, uint64_t *ret_bytes,
		     const uint8_t **ret_sha256)
{
	struct ondisk_zisofs h;
	uint8_t head[HEADER_2_BYTES];

	*ret_sha256 = NULL;
	if (node->content == TREE_SOURCE && plan->zisofs_spool &&
	    node->u.range->src == plan->zisofs_spool) {
		const struct zisofs_range *z = (const struct zisofs_range *)node->u.range;

		*ret_bytes = z->bytes;
		*ret_sha256 = z->hashed ? z->sha256 : NULL;
		return true;
	}
	if (node->size < sizeof(head) || tree_node_read(node, 0, head, sizeof(head), NULL) ||
	    !ondisk_zisofs_decode(head, sizeof(head), &h))
		return false;
	*ret_bytes = h.bytes;
	return true;
}

/* ---- what somebody else has compressed ---------------------------------------------- */

#ifdef HAVE_ZLIB

/* Eight bytes of a table can stand for 1 MiB of zeros: somebody else's word is taken so
 * far and no farther. */
static const uint64_t MAX_EXPANDED = UINT64_C(1) << 36;

struct expansion {
	struct isokit_source *src;
	struct ondisk_zisofs h;
	struct digest *md;
	uint8_t *in, *out;
	size_t in_bytes, out_bytes;
};

/* Where block number `number` begins, or the last one ends. */
static bool pointer_at(const struct expansion *x, uint64_t number, uint64_t *ret)
{
	size_t n = x->h.version == 1 ? 4 : 8;
	uint8_t raw[8];

	if (isokit_source_read_at(x->src, x->h.header_bytes + number * n, raw, n, NULL))
		return false;
	*ret = n == 4 ? get_le32(raw) : get_le64(raw);
	return true;
}

static bool expand_block(struct expansion *x, uint64_t number, uint64_t bytes)
{
	uint64_t from, upto;
	uLongf got = (uLongf)bytes;

	if (!pointer_at(x, number, &from) || !pointer_at(x, number + 1, &upto) || upto < from ||
	    upto - from > x->in_bytes)
		return false;
	if (upto == from)
		memset(x->out, 0, (size_t)bytes);
	else if (isokit_source_read_at(x->src, from, x->in, (size_t)(upto - from), NULL) ||
		 uncompress(x->out, &got, x->in, (uLong)(upto - from)) != Z_OK || got != bytes)
		return false;
	return digest_update(x->md, x->out, (size_t)bytes);
}

bool zisofs_hash(const struct isokit_digests *lib, const struct tree_node *node,
		 uint8_t ret_sha256[32])
{
	struct expansion x = { .src = NULL };
	uint8_t head[HEADER_2_BYTES] = { 0 }, sum[ISOKIT_DIGEST_MAX_BYTES];
	bool ok = false;

	if (tree_node_open(node, &x.src, NULL))
		return false;
	if (isokit_source_read_at(x.src, 0, head, (size_t)min_u64(sizeof(head), node->size), NULL) ==
		    ISOKIT_OK &&
	    ondisk_zisofs_decode(head, sizeof(head), &x.h) && x.h.bytes <= MAX_EXPANDED) {
		x.out_bytes = (size_t)1 << x.h.block_log2;
		x.in_bytes = compressBound((uLong)x.out_bytes);
		x.in = malloc(x.in_bytes);
		x.out = malloc(x.out_bytes);
		x.md = digest_new(lib, ISOKIT_SHA256);
		ok = x.in && x.out && x.md;
		for (uint64_t at = 0; ok && at < x.h.bytes; at += x.out_bytes)
			ok = expand_block(&x, at >> x.h.block_log2,
					  min_u64(x.out_bytes, x.h.bytes - at));
		ok = ok && digest_finish(x.md, sum);
	}
	if (ok)
		memcpy(ret_sha256, sum, 32);
	digest_free(x.md);
	free(x.in);
	free(x.out);
	isokit_source_close(x.src);
	return ok;
}

#else

bool zisofs_hash(const struct isokit_digests *lib, const struct tree_node *node,
		 uint8_t ret_sha256[32])
{
	(void)lib;
	(void)node;
	(void)ret_sha256;
	return false;
}

#endif

#ifdef HAVE_ZLIB

/* ---- which ------------------------------------------------------------------------ */

/* Folders of the root that boot loaders read from. They know nothing of zisofs. */
static bool is_boot_folder(const struct tree_node *n)
{
	static const char *const names[] = { "boot", "isolinux", "syslinux", "efi", "grub",
					     "loader", "[boot]", "ppc", "install.amd" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcasecmp(n->name, names[i]) == 0)
			return true;
	return false;
}

static bool below(const struct tree_node *n, const struct tree_node *dir)
{
	for (; n; n = n->parent)
		if (n == dir)
			return true;
	return false;
}

/* Does a boot loader read it? Kernels and initial RAM disks are known by their first
 * bytes; what they hold is compressed already in nearly all cases. */
static bool loader_reads(const struct plan *plan, const struct tree_node *n)
{
	static const uint8_t cpio[6] = { '0', '7', '0', '7', '0', '1' };
	const struct plan_boot *boot = &plan->boot;
	const struct tree_node *top = n;
	uint8_t head[520];

	if (boot->n_entries == 0 && !plan_boot_efi(boot, NULL))
		return false;
	while (top->parent && top->parent->parent)
		top = top->parent;
	if (top != n && is_boot_folder(top))
		return true;
	for (size_t i = 0; i < boot->n_entries; i++) {
		const struct tree_node *e = boot->entries[i].node;

		if (e && e->parent && e->parent->parent && below(n, e->parent))
			return true;
	}
	if (n->size < sizeof(head) || tree_node_read(n, 0, head, sizeof(head), NULL))
		return false;
	/* Linux, Documentation/arch/x86/boot.rst: the mark of a kernel. */
	return memcmp(head + 514, "HdrS", 4) == 0 || memcmp(head, cpio, sizeof(cpio)) == 0;
}

/* ---- compressing -------------------------------------------------------------------- */

enum {
	SMALL_BYTES = 4 * 1024 * 1024,   /* by one thread, in memory */
	BATCH_BYTES = 16 * 1024 * 1024,  /* of a large one at a time, all threads */
	SAMPLES = 8,
	WORTH_PERCENT = 97,              /* a sample must get smaller than this */
};

struct result {
	struct tree_node *node;
	uint64_t offset, size; /* in the spool; size 0: it stays as it is */
	uint64_t bytes;
	uint8_t sha256[32];
	bool hashed;
};

/* What a thread works with. */
struct bench {
	z_stream z;
	bool ready;
	uint8_t *in, *out;     /* of a small content */
	size_t out_bytes;
};

struct zisofs {
	struct plan *plan;
	const struct isokit_digests *digests; /* NULL: no hashes wanted */
	struct sink *spool;
	struct result *results;
	size_t n;
	size_t *small;         /* indices of results */
	size_t n_small;
	unsigned block_log2;
	int level;
	pthread_mutex_t lock;  /* of the next three, and of telling */
	uint64_t spooled;
	uint64_t done, total;
	struct bench benches[POOL_MAX_THREADS];
	/* Of a large content: the batch that all work on. */
	uint8_t *batch, *packed;
	size_t batch_bytes, block_room;
	size_t *packed_bytes;
};

static size_t block_bytes(const struct zisofs *z)
{
	return (size_t)1 << z->block_log2;
}

static unsigned version_of(const struct zisofs *z, uint64_t bytes)
{
	enum isokit_build_zisofs how = z->plan->options.zisofs;

	if (how == ISOKIT_BUILD_ZISOFS_2)
		return 2;
	if (bytes <= UINT32_MAX)
		return 1;
	return how == ISOKIT_BUILD_ZISOFS_AUTO ? 2 : 0;
}

static uint64_t table_end(const struct zisofs *z, uint64_t bytes, unsigned version)
{
	uint64_t n = div_up(bytes, block_bytes(z)) + 1;

	return version == 1 ? HEADER_1_BYTES + n * 4 : HEADER_2_BYTES + n * 8;
}

static void put_header(const struct zisofs *z, uint8_t *at, uint64_t bytes, unsigned version)
{
	memset(at, 0, version == 1 ? HEADER_1_BYTES : HEADER_2_BYTES);
	if (version == 1) {
		memcpy(at, magic_1, sizeof(magic_1));
		put_le32(at + 8, (uint32_t)bytes);
		at[12] = HEADER_1_BYTES / 4;
		at[13] = (uint8_t)z->block_log2;
	} else {
		memcpy(at, magic_2, sizeof(magic_2));
		at[9] = HEADER_2_BYTES / 4;
		at[10] = 1; /* zlib */
		at[11] = (uint8_t)z->block_log2;
		put_le64(at + 12, bytes);
	}
}

static void put_pointer(uint8_t *table, size_t number, uint64_t at, unsigned version)
{
	if (version == 1)
		put_le32(table + HEADER_1_BYTES + number * 4, (uint32_t)at);
	else
		put_le64(table + HEADER_2_BYTES + number * 8, at);
}

static enum isokit_status start_bench(const struct zisofs *z, struct bench *b,
				      struct isokit_error *err)
{
	if (b->ready)
		return ISOKIT_OK;
	if (deflateInit(&b->z, z->level) != Z_OK)
		return isokit_fail_nomem(err, "zlib", 0);
	b->ready = true;
	return ISOKIT_OK;
}

static bool all_zero(const uint8_t *p, size_t n)
{
	return p[0] == 0 && (n == 1 || memcmp(p, p + 1, n - 1) == 0);
}

/* One block; of zeros it is 0 bytes. `room` must be what deflateBound() says. */
static enum isokit_status pack(struct bench *b, const uint8_t *in, size_t n, uint8_t *out,
			       size_t room, size_t *ret_n, struct isokit_error *err)
{
	*ret_n = 0;
	if (all_zero(in, n))
		return ISOKIT_OK;
	if (deflateReset(&b->z) != Z_OK)
		return isokit_fail_nomem(err, "zlib", 0);
	/* zlib takes a pointer to non-const and writes nothing there. */
	b->z.next_in = (Bytef *)(uintptr_t)in;
	b->z.avail_in = (uInt)n;
	b->z.next_out = out;
	b->z.avail_out = (uInt)room;
	if (deflate(&b->z, Z_FINISH) != Z_STREAM_END)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, "zlib",
				   "does not compress a block");
	*ret_n = room - b->z.avail_out;
	return ISOKIT_OK;
}

/* Room in the spool; large contents begin where blocks can be shared. */
static uint64_t take_room(struct zisofs *z, uint64_t bytes)
{
	uint64_t at;

	pthread_mutex_lock(&z->lock);
	at = bytes >= 16 * SPOOL_ALIGNMENT ? round_up(z->spooled, SPOOL_ALIGNMENT) : z->spooled;
	z->spooled = at + bytes;
	pthread_mutex_unlock(&z->lock);
	return at;
}

static enum isokit_status tell(struct zisofs *z, uint64_t more, struct isokit_error *err)
{
	enum isokit_status st;

	pthread_mutex_lock(&z->lock);
	z->done += more;
	st = contents_tell(z->plan, "compress", z->done, z->total, err);
	pthread_mutex_unlock(&z->lock);
	return st;
}

static bool saves_a_block(uint64_t before, uint64_t after)
{
	return div_up(after, MEDIUM_BLOCK) < div_up(before, MEDIUM_BLOCK);
}

static enum isokit_status hash_small(const struct zisofs *z, struct result *r, const uint8_t *in,
				     struct isokit_error *err)
{
	uint8_t out[ISOKIT_DIGEST_MAX_BYTES];

	if (!z->digests)
		return ISOKIT_OK;
	if (!digest_of(z->digests, ISOKIT_SHA256, in, (size_t)r->bytes, out))
		return isokit_fail_nomem(err, "hashing", 0);
	memcpy(r->sha256, out, sizeof(r->sha256));
	r->hashed = true;
	return ISOKIT_OK;
}

static enum isokit_status pack_small(void *ctx, unsigned worker, size_t item,
				     struct isokit_error *err)
{
	struct zisofs *z = ctx;
	struct bench *b = &z->benches[worker];
	struct result *r = &z->results[z->small[item]];
	unsigned version = version_of(z, r->bytes);
	size_t n = (size_t)r->bytes, at = (size_t)table_end(z, n, version), got, number = 0;
	enum isokit_status st = start_bench(z, b, err);

	if (st == ISOKIT_OK && !b->in) {
		/* It ends with the first block that reaches beyond the content's size. */
		b->out_bytes = SMALL_BYTES + compressBound((uLong)block_bytes(z)) + 65536;
		b->in = malloc(SMALL_BYTES);
		b->out = malloc(b->out_bytes);
	}
	if (st == ISOKIT_OK && (!b->in || !b->out))
		st = isokit_fail_nomem(err, "zisofs", b->out_bytes);
	if (st == ISOKIT_OK)
		st = tree_node_read(r->node, 0, b->in, n, err);
	if (st)
		return st;
	put_header(z, b->out, n, version);
	for (size_t from = 0; from < n && saves_a_block(n, at); from += block_bytes(z)) {
		put_pointer(b->out, number++, at, version);
		st = pack(b, b->in + from, (size_t)min_u64(block_bytes(z), n - from), b->out + at,
			  b->out_bytes - at, &got, err);
		if (st)
			return st;
		at += got;
	}
	put_pointer(b->out, number, at, version);
	if (saves_a_block(n, at)) {
		r->offset = take_room(z, at);
		r->size = at;
		st = hash_small(z, r, b->in, err);
		if (st == ISOKIT_OK)
			st = sink_write_at(z->spool, r->offset, b->out, at, err);
	}
	return st ? st : tell(z, n, err);
}

/* ---- large ones --------------------------------------------------------------------------- */

static enum isokit_status pack_block(void *ctx, unsigned worker, size_t item,
				     struct isokit_error *err)
{
	struct zisofs *z = ctx;
	struct bench *b = &z->benches[worker];
	size_t from = item * block_bytes(z);
	enum isokit_status st = start_bench(z, b, err);

	return st ? st : pack(b, z->batch + from,
			      (size_t)min_u64(block_bytes(z), z->batch_bytes - from),
			      z->packed + item * z->block_room, z->block_room,
			      &z->packed_bytes[item], err);
}

static enum isokit_status pack_batch(struct zisofs *z, size_t bytes, size_t *ret_n,
				     struct isokit_error *err)
{
	struct pool pool = { .threads = z->plan->options.threads, .work = pack_block, .ctx = z };

	z->batch_bytes = bytes;
	pool.n = *ret_n = (size_t)div_up(bytes, block_bytes(z));
	return pool_run(&pool, err);
}

/* A few blocks from all over it. Most large files are compressed already. */
static enum isokit_status is_worth_it(struct zisofs *z, struct isokit_source *src, uint64_t bytes,
				      bool *ret_worth, struct isokit_error *err)
{
	uint64_t step = bytes / SAMPLES / block_bytes(z) * block_bytes(z), sum = 0;
	enum isokit_status st = ISOKIT_OK;
	size_t n;

	for (size_t i = 0; st == ISOKIT_OK && i < SAMPLES; i++)
		st = isokit_source_read_at(src, i * step, z->batch + i * block_bytes(z),
					   block_bytes(z), err);
	if (st == ISOKIT_OK)
		st = pack_batch(z, SAMPLES * block_bytes(z), &n, err);
	for (size_t i = 0; st == ISOKIT_OK && i < n; i++)
		sum += z->packed_bytes[i];
	*ret_worth = sum * 100 < SAMPLES * block_bytes(z) * (uint64_t)WORTH_PERCENT;
	return st;
}

/* All batches behind the table's place, which is written last. */
static enum isokit_status pack_batches(struct zisofs *z, struct result *r,
				       struct isokit_source *src, uint8_t *table,
				       unsigned version, struct digest *md,
				       struct isokit_error *err)
{
	uint64_t at = table_end(z, r->bytes, version), batch;
	size_t number = 0, n;

	for (uint64_t from = 0; from < r->bytes; from += batch) {
		enum isokit_status st;

		batch = min_u64(BATCH_BYTES, r->bytes - from);
		st = isokit_source_read_at(src, from, z->batch, (size_t)batch, err);
		if (st == ISOKIT_OK && md && !digest_update(md, z->batch, (size_t)batch))
			st = isokit_fail_nomem(err, "hashing", 0);
		if (st == ISOKIT_OK)
			st = pack_batch(z, (size_t)batch, &n, err);
		for (size_t i = 0; st == ISOKIT_OK && i < n; i++) {
			put_pointer(table, number++, at, version);
			st = sink_write_at(z->spool, r->offset + at, z->packed + i * z->block_room,
					   z->packed_bytes[i], err);
			at += z->packed_bytes[i];
		}
		if (st == ISOKIT_OK)
			st = tell(z, batch, err);
		if (st)
			return st;
		if (!saves_a_block(r->bytes, at)) {
			z->done += r->bytes - from - batch;
			return ISOKIT_OK; /* r->size stays 0 */
		}
	}
	put_pointer(table, number, at, version);
	r->size = at;
	return ISOKIT_OK;
}

static enum isokit_status pack_large(struct zisofs *z, struct result *r, struct isokit_error *err)
{
	unsigned version = version_of(z, r->bytes);
	size_t table_bytes = (size_t)table_end(z, r->bytes, version);
	struct isokit_source *src = NULL;
	uint8_t *table = NULL, sum[ISOKIT_DIGEST_MAX_BYTES];
	struct digest *md = NULL;
	bool worth = false;
	enum isokit_status st = tree_node_open(r->node, &src, err);

	if (st == ISOKIT_OK)
		st = is_worth_it(z, src, r->bytes, &worth, err);
	if (st || !worth) {
		isokit_source_close(src);
		return st ? st : tell(z, r->bytes, err);
	}
	table = calloc(1, table_bytes);
	md = z->digests ? digest_new(z->digests, ISOKIT_SHA256) : NULL;
	r->offset = take_room(z, SPOOL_ALIGNMENT * 16); /* the beginning; the end is taken below */
	if (!table || (z->digests && !md))
		st = isokit_fail_nomem(err, "zisofs", table_bytes);
	if (st == ISOKIT_OK) {
		put_header(z, table, r->bytes, version);
		st = pack_batches(z, r, src, table, version, md, err);
	}
	isokit_source_close(src);
	if (st == ISOKIT_OK && r->size) {
		z->spooled = r->offset + r->size;
		st = sink_write_at(z->spool, r->offset, table, table_bytes, err);
	}
	if (st == ISOKIT_OK) /* still the planned one, after its last byte? */
		st = tree_node_read(r->node, r->bytes, sum, 0, err);
	if (st == ISOKIT_OK && r->size && md) {
		r->hashed = digest_finish(md, sum);
		memcpy(r->sha256, sum, sizeof(r->sha256));
	}
	digest_free(md);
	free(table);
	return st;
}

static enum isokit_status pack_larges(struct zisofs *z, struct isokit_error *err)
{
	size_t blocks = BATCH_BYTES / block_bytes(z);
	enum isokit_status st = ISOKIT_OK;

	for (size_t i = 0; st == ISOKIT_OK && i < z->n; i++) {
		if (z->results[i].bytes <= SMALL_BYTES)
			continue;
		if (!z->batch) {
			z->block_room = compressBound((uLong)block_bytes(z));
			z->batch = malloc(BATCH_BYTES);
			z->packed = malloc(blocks * z->block_room);
			z->packed_bytes = calloc(blocks, sizeof(*z->packed_bytes));
			if (!z->batch || !z->packed || !z->packed_bytes)
				return isokit_fail_nomem(err, "zisofs", blocks * z->block_room);
		}
		st = pack_large(z, &z->results[i], err);
	}
	return st;
}

/* ---- all of it ------------------------------------------------------------------------------ */

static enum isokit_status choose(struct zisofs *z, struct content *list, size_t n,
				 uint64_t *ret_left, struct isokit_error *err)
{
	z->results = calloc(n ? n : 1, sizeof(*z->results));
	z->small = calloc(n ? n : 1, sizeof(*z->small));
	if (!z->results || !z->small)
		return isokit_fail_nomem(err, "zisofs", n * sizeof(*z->results));
	for (size_t i = 0; i < n; i++) {
		struct tree_node *node = list[i].node;

		z->results[i] = (struct result){ .node = node };
		if (node->size <= MEDIUM_BLOCK || node->content == TREE_SHARED ||
		    (node->flags & TREE_ZISOFS) || version_of(z, node->size) == 0)
			continue;
		if (loader_reads(z->plan, node)) {
			(*ret_left)++;
			continue;
		}
		z->results[i].bytes = node->size;
		z->total += node->size;
		if (node->size <= SMALL_BYTES)
			z->small[z->n_small++] = i;
	}
	z->n = n;
	return ISOKIT_OK;
}

struct replace {
	struct zisofs_range **ranges;
	const struct result *results;
};

static int replace(void *ctx, struct tree_node *n)
{
	const struct replace *r = ctx;
	struct zisofs_range *range;

	if (!tree_is_file(n) || n->id == CONTENTS_NONE)
		return 0;
	if (n->content == TREE_SHARED) {
		/* The one it shares with is before it in the tree. */
		n->size = n->u.same->size;
		n->flags |= n->u.same->flags & TREE_ZISOFS;
		return 0;
	}
	range = r->ranges[n->id];
	if (range) {
		n->content = TREE_SOURCE;
		n->u.range = &range->range;
		n->size = r->results[n->id].size;
		n->flags |= TREE_ZISOFS;
	}
	return 0;
}

/* The spool as a source, and the tree looking into it. */
static enum isokit_status put_in_place(struct zisofs *z, struct isokit_error *err)
{
	struct plan *plan = z->plan;
	struct zisofs_range **ranges = calloc(z->n ? z->n : 1, sizeof(struct zisofs_range *));
	struct replace how = { ranges, z->results };
	struct isokit_source *src = NULL;
	char path[40];
	enum isokit_status st = ISOKIT_OK;

	if (!ranges)
		return isokit_fail_nomem(err, "zisofs", z->n * sizeof(*ranges));
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", sink_fd(z->spool));
	/* All of it is there: a descriptor of the source's own outlives the sink. */
	if (ftruncate(sink_fd(z->spool), (off_t)z->spooled) != 0)
		st = sink_fail_write(z->spool, EIO, err);
	if (st == ISOKIT_OK)
		st = isokit_source_open_file(path, &src, err);
	if (st == ISOKIT_OK)
		st = plan_keep_source(plan, src, err);
	for (size_t i = 0; st == ISOKIT_OK && i < z->n; i++) {
		const struct result *r = &z->results[i];

		if (!r->size)
			continue;
		ranges[i] = arena_alloc(&plan->arena, sizeof(*ranges[i]));
		if (!ranges[i]) {
			st = isokit_fail_nomem(err, "zisofs", sizeof(*ranges[i]));
			break;
		}
		*ranges[i] = (struct zisofs_range){ .range = { src, r->offset },
						    .bytes = r->bytes, .hashed = r->hashed };
		memcpy(ranges[i]->sha256, r->sha256, sizeof(r->sha256));
		plan->zisofs_files++;
		plan->zisofs_bytes += r->bytes;
		plan->zisofs_stored_bytes += r->size;
	}
	if (st == ISOKIT_OK) {
		plan->zisofs_spool = src;
		(void)tree_walk(plan->tree->root, replace, &how);
	}
	free(ranges);
	return st;
}

static void tell_what(const struct zisofs *z, uint64_t left)
{
	if (z->plan->zisofs_files)
		plan_note(z->plan, ISOKIT_BUILD_NOTE, NULL,
			  "compressed with zisofs: %llu contents, which Linux expands; Windows, macOS "
			  "and boot loaders see them compressed",
			  (unsigned long long)z->plan->zisofs_files);
	if (left)
		plan_note(z->plan, ISOKIT_BUILD_NOTE, NULL,
			  "left uncompressed, because boot loaders may read them: %llu contents",
			  (unsigned long long)left);
}

static void release(struct zisofs *z)
{
	for (size_t i = 0; i < POOL_MAX_THREADS; i++) {
		if (z->benches[i].ready)
			(void)deflateEnd(&z->benches[i].z);
		free(z->benches[i].in);
		free(z->benches[i].out);
	}
	sink_abort(z->spool);
	free(z->results);
	free(z->small);
	free(z->batch);
	free(z->packed);
	free(z->packed_bytes);
	pthread_mutex_destroy(&z->lock);
}

static enum isokit_status compress_all(struct plan *plan, struct isokit_error *err)
{
	const struct isokit_build_options *o = &plan->options;
	struct zisofs z = { .plan = plan,
			    .block_log2 = o->zisofs_block_log2 ? o->zisofs_block_log2 : 17,
			    .level = o->zisofs_level ? o->zisofs_level : 6 };
	struct pool pool = { .threads = o->threads, .work = pack_small, .ctx = &z };
	struct content *list = NULL;
	uint64_t left = 0;
	enum isokit_status st;
	size_t n;

	pthread_mutex_init(&z.lock, NULL);
	st = contents_list(plan, &list, &n, err);
	if (st == ISOKIT_OK && (o->hashes || o->manifest))
		st = contents_digests(plan, &z.digests, err);
	if (st == ISOKIT_OK)
		st = choose(&z, list, n, &left, err);
	if (st == ISOKIT_OK)
		st = sink_create_spool(o->scratch_folder, plan->scratch_beside, &z.spool,
				       err);
	pool.n = z.n_small;
	if (st == ISOKIT_OK)
		st = pool_run(&pool, err);
	if (st == ISOKIT_OK)
		st = pack_larges(&z, err);
	if (st == ISOKIT_OK && z.spooled)
		st = put_in_place(&z, err);
	if (st == ISOKIT_OK)
		tell_what(&z, left);
	release(&z);
	free(list);
	return st;
}

#else

static enum isokit_status compress_all(struct plan *plan, struct isokit_error *err)
{
	(void)plan;
	return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, "--zisofs",
			   "is not possible: isokit was built without zlib");
}

#endif

/* Contents that somebody has compressed before (mkzftree) get their mark. */
static int mark(void *ctx, struct tree_node *n)
{
	struct plan *plan = ctx;
	struct ondisk_zisofs h;
	uint8_t head[HEADER_2_BYTES] = { 0 };
	size_t got = (size_t)min_u64(sizeof(head), n->size);

	if (!tree_is_file(n) || n->size < HEADER_1_BYTES || contents_boots(plan, n))
		return 0;
	/* What cannot be read fails where it is copied, with a message. */
	if (tree_node_read(n, 0, head, got, NULL) == ISOKIT_OK &&
	    ondisk_zisofs_decode(head, got, &h))
		n->flags |= TREE_ZISOFS;
	return 0;
}

enum isokit_status zisofs_apply(struct plan *plan, struct isokit_error *err)
{
	const struct isokit_build_options *o = &plan->options;

	if (o->no_rock_ridge)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, "--zisofs",
				   "needs Rock Ridge, which says what is compressed");
	if (o->zisofs_marked)
		(void)tree_walk(plan->tree->root, mark, plan);
	return o->zisofs == ISOKIT_BUILD_ZISOFS_NONE ? ISOKIT_OK : compress_all(plan, err);
}
