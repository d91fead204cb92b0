/* SPDX-License-Identifier: GPL-3.0-or-later */
/* zstd by libzstd: the first frame of a chunk. */
#include <stdlib.h>
#ifdef HAVE_LIBZSTD
#include <zstd.h>
#include <zstd_errors.h>
#endif

#include "base/fail.h"
#include "base/library.h"
#include "codec/impl.h"

#ifdef HAVE_LIBZSTD

#define LIBZSTD_FUNCTIONS(F) \
	F(ZSTD_createDCtx) \
	F(ZSTD_freeDCtx) \
	F(ZSTD_decompressDCtx) \
	F(ZSTD_findFrameCompressedSize) \
	F(ZSTD_getFrameContentSize) \
	F(ZSTD_decompressStream) \
	F(ZSTD_getErrorCode) \
	F(ZSTD_isError)

enum { SPARE = 16 };

struct libzstd {
#define F(name) typeof(&name) name;
	LIBZSTD_FUNCTIONS(F)
#undef F
	_Atomic(ZSTD_DCtx *) spare[SPARE]; /* contexts that are not in use */
};

#define F(name) { #name, offsetof(struct libzstd, name) },
static const struct library_symbol symbols[] = { LIBZSTD_FUNCTIONS(F) };
#undef F
static const struct library library = {
	"libzstd.so.1", "nothing that zstd compressed can be read", "libzstd1",
	LIBRARY_SYMBOLS(symbols),
};

static enum isokit_status libzstd_load(void **ret_lib, struct isokit_error *err)
{
	return library_new(&library, sizeof(struct libzstd), ret_lib, err);
}

static void libzstd_unload(void *self)
{
	struct libzstd *lib = self;

	for (size_t i = 0; i < SPARE; i++)
		lib->ZSTD_freeDCtx(atomic_load(&lib->spare[i]));
	free(lib);
}

static ZSTD_DCtx *borrow(struct libzstd *lib)
{
	for (size_t i = 0; i < SPARE; i++) {
		ZSTD_DCtx *d = atomic_exchange(&lib->spare[i], NULL);

		if (d)
			return d;
	}
	return lib->ZSTD_createDCtx();
}

static void give_back(struct libzstd *lib, ZSTD_DCtx *d)
{
	for (size_t i = 0; i < SPARE; i++) {
		ZSTD_DCtx *none = NULL;

		if (atomic_compare_exchange_strong(&lib->spare[i], &none, d))
			return;
	}
	lib->ZSTD_freeDCtx(d);
}

static enum isokit_status libzstd_run(void *self, enum codec_kind kind, const uint8_t *in,
				      size_t in_bytes, uint8_t *out, size_t capacity,
				      size_t *ret_bytes, struct isokit_error *err)
{
	struct libzstd *lib = self;
	unsigned long long claimed = lib->ZSTD_getFrameContentSize(in, in_bytes);
	size_t frame, r;
	ZSTD_DCtx *d;

	if (claimed == ZSTD_CONTENTSIZE_ERROR)
		return codec_fail_damaged(err, kind);
	if (claimed != ZSTD_CONTENTSIZE_UNKNOWN && claimed > capacity)
		return codec_fail_full(err, kind);
	frame = lib->ZSTD_findFrameCompressedSize(in, in_bytes);
	if (lib->ZSTD_isError(frame))
		return codec_fail_short(err, kind);
	d = borrow(lib);
	if (!d)
		return isokit_fail_nomem(err, codec_name(kind), 160 * 1024);
	r = lib->ZSTD_decompressDCtx(d, out, capacity, in, frame);
	give_back(lib, d);
	if (lib->ZSTD_isError(r))
		return codec_fail_damaged(err, kind);
	*ret_bytes = r;
	return ISOKIT_OK;
}

struct libzstd_stream {
	ZSTD_DStream *d;
	bool between; /* frames */
};

static enum isokit_status libzstd_begin(void *self, enum codec_stream_kind kind, void **ret_state,
					struct isokit_error *err)
{
	const struct libzstd *lib = self;
	struct libzstd_stream *s = calloc(1, sizeof(*s));

	if (s)
		s->d = lib->ZSTD_createDCtx();
	if (!s || !s->d) {
		free(s);
		return isokit_fail_nomem(err, codec_stream_name(kind), 160 * 1024);
	}
	*ret_state = s;
	return ISOKIT_OK;
}

static enum isokit_status libzstd_stream(void *self, void *state, struct codec_buffers *b,
					 bool last, bool *ret_ended, struct isokit_error *err)
{
	const struct libzstd *lib = self;
	struct libzstd_stream *s = state;
	ZSTD_inBuffer in = { b->in, b->in_bytes, 0 };
	ZSTD_outBuffer out = { b->out, b->out_bytes, 0 };
	size_t r;

	if (s->between && b->in_bytes == 0) {
		*ret_ended = last;
		return ISOKIT_OK;
	}
	r = lib->ZSTD_decompressStream(s->d, &out, &in);
	b->in += in.pos;
	b->in_bytes -= in.pos;
	b->out += out.pos;
	b->out_bytes -= out.pos;
	if (lib->ZSTD_isError(r)) {
		if (s->between) {
			*ret_ended = true; /* what follows is no frame */
			return ISOKIT_OK;
		}
		return lib->ZSTD_getErrorCode(r) == ZSTD_error_frameParameter_windowTooLarge ?
			       isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, "zstd",
					   "needs a window of more than 128 MiB") :
			       codec_stream_damaged(err, CODEC_STREAM_ZSTD);
	}
	s->between = r == 0;
	return ISOKIT_OK;
}

static void libzstd_end(void *self, void *state)
{
	const struct libzstd *lib = self;
	struct libzstd_stream *s = state;

	lib->ZSTD_freeDCtx(s->d);
	free(s);
}

const struct codec_library codec_libzstd = {
	.load = libzstd_load, .run = libzstd_run, .unload = libzstd_unload,
};

const struct codec_stream_library codec_stream_libzstd = {
	.load = libzstd_load, .unload = libzstd_unload, .begin = libzstd_begin,
	.run = libzstd_stream, .end = libzstd_end,
};

#else /* nothing but load() is called then */

static enum isokit_status libzstd_load(void **ret_lib, struct isokit_error *err)
{
	(void)ret_lib;
	return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, "libzstd",
			   "was not there when this program was built: nothing that zstd "
			   "compressed can be read");
}

const struct codec_library codec_libzstd = { .load = libzstd_load };
const struct codec_stream_library codec_stream_libzstd = { .load = libzstd_load };

#endif
