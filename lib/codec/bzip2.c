/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bzip2 by libbz2. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#ifdef HAVE_BZIP2
#include <bzlib.h>
#endif

#include "base/fail.h"
#include "base/library.h"
#include "codec/impl.h"

#ifdef HAVE_BZIP2

#define BZIP2_FUNCTIONS(F) F(BZ2_bzDecompressInit) F(BZ2_bzDecompress) F(BZ2_bzDecompressEnd)

struct bzip2 {
#define F(name) typeof(&name) name;
	BZIP2_FUNCTIONS(F)
#undef F
};

#define F(name) { #name, offsetof(struct bzip2, name) },
static const struct library_symbol symbols[] = { BZIP2_FUNCTIONS(F) };
#undef F
static const struct library library = {
	"libbz2.so.1.0", "nothing that bzip2 compressed can be read", "libbz2-1.0",
	LIBRARY_SYMBOLS(symbols),
};

static enum isokit_status bzip2_load(void **ret_lib, struct isokit_error *err)
{
	return library_new(&library, sizeof(struct bzip2), ret_lib, err);
}

static enum isokit_status bzip2_run(void *self, enum codec_kind kind, const uint8_t *in,
				    size_t in_bytes, uint8_t *out, size_t capacity,
				    size_t *ret_bytes, struct isokit_error *err)
{
	const struct bzip2 *lib = self;
	/* Its declaration has no const; it only reads. */
	bz_stream b = { .next_in = (char *)(uintptr_t)in, .next_out = (char *)out };
	int r;

	if (in_bytes > UINT_MAX || capacity > UINT_MAX)
		return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, codec_name(kind),
				   "a chunk of more than 4 GiB");
	b.avail_in = (unsigned)in_bytes;
	b.avail_out = (unsigned)capacity;
	if (lib->BZ2_bzDecompressInit(&b, 0, 0) != BZ_OK)
		return isokit_fail_nomem(err, codec_name(kind), 4 * 1024 * 1024);
	r = lib->BZ2_bzDecompress(&b);
	lib->BZ2_bzDecompressEnd(&b);
	if (r == BZ_STREAM_END) {
		*ret_bytes = capacity - b.avail_out;
		return ISOKIT_OK;
	}
	if (r == BZ_OK)
		return b.avail_out ? codec_fail_short(err, kind) : codec_fail_full(err, kind);
	if (r == BZ_MEM_ERROR)
		return isokit_fail_nomem(err, codec_name(kind), 4 * 1024 * 1024);
	return codec_fail_damaged(err, kind);
}

static void bzip2_unload(void *self)
{
	free(self);
}

struct bzip2_stream {
	bz_stream b;
	bool open, began;
};

static enum isokit_status bzip2_begin(void *self, enum codec_stream_kind kind, void **ret_state,
				      struct isokit_error *err)
{
	struct bzip2_stream *s = calloc(1, sizeof(*s));

	(void)self;
	if (!s)
		return isokit_fail_nomem(err, codec_stream_name(kind), sizeof(*s));
	*ret_state = s;
	return ISOKIT_OK;
}

static enum isokit_status bzip2_stream(void *self, void *state, struct codec_buffers *b, bool last,
				       bool *ret_ended, struct isokit_error *err)
{
	const struct bzip2 *lib = self;
	struct bzip2_stream *s = state;
	unsigned in, out;
	int r;

	if (!s->open) {
		if (b->in_bytes < 3 && !last)
			return ISOKIT_OK;
		if (s->began && (b->in_bytes < 3 || memcmp(b->in, "BZh", 3) != 0)) {
			*ret_ended = true;
			return ISOKIT_OK;
		}
		memset(&s->b, 0, sizeof(s->b));
		if (lib->BZ2_bzDecompressInit(&s->b, 0, 0) != BZ_OK)
			return isokit_fail_nomem(err, "bzip2", 4 * 1024 * 1024);
		s->open = s->began = true;
	}
	in = (unsigned)(b->in_bytes > UINT_MAX ? UINT_MAX : b->in_bytes);
	out = (unsigned)(b->out_bytes > UINT_MAX ? UINT_MAX : b->out_bytes);
	s->b.next_in = (char *)(uintptr_t)b->in;
	s->b.avail_in = in;
	s->b.next_out = (char *)b->out;
	s->b.avail_out = out;
	r = lib->BZ2_bzDecompress(&s->b);
	b->in += in - s->b.avail_in;
	b->in_bytes -= in - s->b.avail_in;
	b->out += out - s->b.avail_out;
	b->out_bytes -= out - s->b.avail_out;
	if (r == BZ_STREAM_END) {
		lib->BZ2_bzDecompressEnd(&s->b);
		s->open = false;
	} else if (r == BZ_MEM_ERROR) {
		return isokit_fail_nomem(err, "bzip2", 4 * 1024 * 1024);
	} else if (r != BZ_OK) {
		return codec_stream_damaged(err, CODEC_STREAM_BZIP2);
	}
	return ISOKIT_OK;
}

static void bzip2_end(void *self, void *state)
{
	const struct bzip2 *lib = self;
	struct bzip2_stream *s = state;

	if (s->open)
		lib->BZ2_bzDecompressEnd(&s->b);
	free(s);
}

const struct codec_library codec_bzip2 = {
	.load = bzip2_load, .run = bzip2_run, .unload = bzip2_unload,
};

const struct codec_stream_library codec_stream_bzip2 = {
	.load = bzip2_load, .unload = bzip2_unload, .begin = bzip2_begin,
	.run = bzip2_stream, .end = bzip2_end,
};

#else /* nothing but load() is called then */

static enum isokit_status bzip2_load(void **ret_lib, struct isokit_error *err)
{
	(void)ret_lib;
	return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, "libbz2",
			   "was not there when this program was built: nothing that bzip2 "
			   "compressed can be read");
}

const struct codec_library codec_bzip2 = { .load = bzip2_load };
const struct codec_stream_library codec_stream_bzip2 = { .load = bzip2_load };

#endif
