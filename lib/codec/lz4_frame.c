/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Frames of LZ4 ("LZ4 Frame Format Description", 1.6.2): blocks, with the last 64 KiB
 * before them as their dictionary unless they are independent. Of the checksums, that of
 * the whole content is compared. */
#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "base/fail.h"
#include "codec/impl.h"

enum {
	HISTORY = 64 * 1024,
	MAX_BLOCK = 4 * 1024 * 1024,
	IN_BYTES = MAX_BLOCK + 64,
	HEADER_MAX = 19,
};

#define MAGIC UINT32_C(0x184d2204)
#define LEGACY UINT32_C(0x184c2102)
#define SKIP UINT32_C(0x184d2a50)

/* What is collected in `in` next. */
enum want { WANT_MAGIC, WANT_HEADER, WANT_SIZE, WANT_BLOCK, WANT_SUM, WANT_SKIP_SIZE, SKIPPING };

/* XXH32, a checksum of four lanes of 32 bits. */
struct xxh32 {
	uint32_t lanes[4];
	uint64_t bytes;
	uint8_t held[16];
	size_t n_held;
};

struct lz4_frames {
	enum want want;
	bool began, block_sums, content_sum, linked;
	size_t need, have;     /* bytes in `in` */
	uint32_t skip, block;  /* bytes; of the block, with the bit for "stored" */
	size_t max_block;
	size_t from, to;       /* of `out`, what is to be handed on */
	struct xxh32 sum;
	uint8_t in[IN_BYTES];
	uint8_t out[HISTORY + MAX_BLOCK];
};

/* ---- the checksum -------------------------------------------------------------------------- */

#define P1 UINT32_C(2654435761)
#define P2 UINT32_C(2246822519)
#define P3 UINT32_C(3266489917)
#define P4 UINT32_C(668265263)
#define P5 UINT32_C(374761393)

static uint32_t turn(uint32_t v, unsigned n)
{
	return v << n | v >> (32 - n);
}

static void xxh32_begin(struct xxh32 *x)
{
	*x = (struct xxh32){ .lanes = { P1 + P2, P2, 0, 0 - P1 } };
}

static void xxh32_add(struct xxh32 *x, const uint8_t *p, size_t n)
{
	x->bytes += n;
	while (n) {
		if (x->n_held == 0 && n >= 16) {
			for (size_t i = 0; i < 4; i++)
				x->lanes[i] = turn(x->lanes[i] + get_le32(p + 4 * i) * P2, 13) * P1;
			p += 16;
			n -= 16;
			continue;
		}
		x->held[x->n_held++] = *p++;
		n--;
		if (x->n_held == 16) {
			for (size_t i = 0; i < 4; i++)
				x->lanes[i] = turn(x->lanes[i] + get_le32(x->held + 4 * i) * P2, 13) * P1;
			x->n_held = 0;
		}
	}
}

static uint32_t xxh32_end(const struct xxh32 *x)
{
	uint32_t h = P5;
	size_t i = 0;

	if (x->bytes >= 16)
		h = turn(x->lanes[0], 1) + turn(x->lanes[1], 7) + turn(x->lanes[2], 12) +
		    turn(x->lanes[3], 18);
	h += (uint32_t)x->bytes;
	for (; x->n_held - i >= 4; i += 4)
		h = turn(h + get_le32(x->held + i) * P3, 17) * P4;
	for (; i < x->n_held; i++)
		h = turn(h + x->held[i] * P5, 11) * P1;
	h = (h ^ h >> 15) * P2;
	h = (h ^ h >> 13) * P3;
	return h ^ h >> 16;
}

/* ---- frames --------------------------------------------------------------------------------- */

static enum isokit_status load(void **ret_lib, struct isokit_error *err)
{
	(void)err;
	*ret_lib = NULL;
	return ISOKIT_OK;
}

static void unload(void *lib)
{
	(void)lib;
}

static void want(struct lz4_frames *f, enum want what, size_t need)
{
	f->want = what;
	f->need = need;
	f->have = 0;
}

static enum isokit_status begin(void *lib, enum codec_stream_kind kind, void **ret_state,
				struct isokit_error *err)
{
	struct lz4_frames *f = malloc(sizeof(*f));

	(void)lib;
	if (!f)
		return isokit_fail_nomem(err, codec_stream_name(kind), sizeof(*f));
	memset(f, 0, offsetof(struct lz4_frames, in));
	want(f, WANT_MAGIC, 4);
	*ret_state = f;
	return ISOKIT_OK;
}

static void end(void *lib, void *state)
{
	(void)lib;
	free(state);
}

static enum isokit_status damaged(struct isokit_error *err)
{
	return codec_stream_damaged(err, CODEC_STREAM_LZ4);
}

static enum isokit_status unsupported(struct isokit_error *err, const char *what)
{
	return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, "lz4", "%s", what);
}

/* FLG, BD, and what they announce. */
static enum isokit_status take_header(struct lz4_frames *f, struct isokit_error *err)
{
	uint8_t flags = f->in[0];
	unsigned size = f->in[1] >> 4 & 7;

	if (f->need == 2) { /* only now is known how long it is */
		f->need = 3 + (flags & 8 ? 8u : 0) + (flags & 1 ? 4u : 0);
		return ISOKIT_OK;
	}
	if (flags >> 6 != 1 || size < 4)
		return damaged(err);
	if (flags & 1)
		return unsupported(err, "needs a dictionary that is not in the file");
	f->linked = !(flags & 0x20);
	f->block_sums = flags & 0x10;
	f->content_sum = flags & 4;
	f->max_block = (size_t)1 << (8 + 2 * size);
	f->from = f->to = 0;
	xxh32_begin(&f->sum);
	want(f, WANT_SIZE, 4);
	return ISOKIT_OK;
}

static enum isokit_status take_block(struct lz4_frames *f, struct isokit_error *err)
{
	size_t n = f->block & 0x7fffffff, keep = 0, at;
	enum isokit_status st;

	/* The end of what was expanded before stays, as a dictionary. */
	if (f->linked) {
		keep = f->to < HISTORY ? f->to : HISTORY;
		memmove(f->out, f->out + f->to - keep, keep);
	}
	if (f->block >> 31) {
		if (n > f->max_block)
			return damaged(err);
		memcpy(f->out + keep, f->in, n);
		at = keep + n;
	} else {
		st = codec_lz4_at(f->in, n, f->out, keep, keep + f->max_block, &at, err);
		if (st)
			return st;
	}
	f->from = keep;
	f->to = at;
	if (f->content_sum)
		xxh32_add(&f->sum, f->out + keep, at - keep);
	want(f, WANT_SIZE, 4);
	return ISOKIT_OK;
}

/* What was wanted is there. */
static enum isokit_status take(struct lz4_frames *f, bool *ret_ended, struct isokit_error *err)
{
	uint32_t v = f->need == 4 ? get_le32(f->in) : 0;

	switch (f->want) {
	case WANT_MAGIC:
		if (v == MAGIC)
			want(f, WANT_HEADER, 2);
		else if ((v & ~15u) == SKIP)
			want(f, WANT_SKIP_SIZE, 4);
		else if (v == LEGACY)
			return unsupported(err, "is of the legacy format, which is not read");
		else if (f->began)
			*ret_ended = true; /* something else follows */
		else
			return damaged(err);
		f->began = true;
		return ISOKIT_OK;
	case WANT_HEADER:
		return take_header(f, err);
	case WANT_SIZE:
		f->block = v;
		if (v == 0) {
			if (f->content_sum)
				want(f, WANT_SUM, 4);
			else
				want(f, WANT_MAGIC, 4);
			return ISOKIT_OK;
		}
		if ((v & 0x7fffffff) > f->max_block)
			return damaged(err);
		want(f, WANT_BLOCK, (v & 0x7fffffff) + (f->block_sums ? 4u : 0));
		return ISOKIT_OK;
	case WANT_BLOCK:
		return take_block(f, err);
	case WANT_SUM:
		if (v != xxh32_end(&f->sum))
			return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, "lz4",
					   "the checksum of its content is wrong");
		want(f, WANT_MAGIC, 4);
		return ISOKIT_OK;
	case WANT_SKIP_SIZE:
		f->skip = v;
		f->want = SKIPPING;
		return ISOKIT_OK;
	case SKIPPING:
		break;
	}
	return ISOKIT_OK;
}

static enum isokit_status run(void *lib, void *state, struct codec_buffers *b, bool last,
			      bool *ret_ended, struct isokit_error *err)
{
	struct lz4_frames *f = state;

	(void)lib;
	while (!*ret_ended) {
		enum isokit_status st;
		size_t n;

		if (f->from < f->to) {
			n = f->to - f->from < b->out_bytes ? f->to - f->from : b->out_bytes;
			memcpy(b->out, f->out + f->from, n);
			f->from += n;
			b->out += n;
			b->out_bytes -= n;
			if (f->from < f->to)
				return ISOKIT_OK;
		}
		if (f->want == SKIPPING) {
			n = f->skip < b->in_bytes ? f->skip : b->in_bytes;
			f->skip -= (uint32_t)n;
			b->in += n;
			b->in_bytes -= n;
			if (f->skip)
				return ISOKIT_OK;
			want(f, WANT_MAGIC, 4);
		}
		n = f->need - f->have < b->in_bytes ? f->need - f->have : b->in_bytes;
		memcpy(f->in + f->have, b->in, n);
		f->have += n;
		b->in += n;
		b->in_bytes -= n;
		if (f->have < f->need) {
			/* Between frames is a good place to end, and what is left no frame. */
			*ret_ended = last && f->want == WANT_MAGIC && f->began;
			return ISOKIT_OK;
		}
		st = take(f, ret_ended, err);
		if (st)
			return st;
	}
	return ISOKIT_OK;
}

const struct codec_stream_library codec_stream_lz4 = {
	.load = load, .unload = unload, .begin = begin, .run = run, .end = end,
};
