/* SPDX-License-Identifier: GPL-3.0-or-later */
/* xz and LZMA by liblzma. */
#include <stdlib.h>
#ifdef HAVE_LIBLZMA
#include <lzma.h>
#include <unistd.h>
#endif

#include "base/fail.h"
#include "base/library.h"
#include "codec/impl.h"

#ifdef HAVE_LIBLZMA

/* The dictionaries of xz -9 are 64 MiB; nobody needs more for a chunk. */
#define MEMORY_LIMIT (UINT64_C(80) << 20)
#define STREAM_MEMORY_LIMIT (UINT64_C(100) << 20)
#define STREAM_THREADS_LIMIT (UINT64_C(80) << 20)

enum { MOST_THREADS = 16 };

#define LIBLZMA_FUNCTIONS(F) \
	F(lzma_stream_buffer_decode) \
	F(lzma_stream_decoder_mt) \
	F(lzma_lzip_decoder) \
	F(lzma_alone_decoder) \
	F(lzma_raw_decoder) \
	F(lzma_properties_decode) \
	F(lzma_code) \
	F(lzma_end)

struct liblzma {
#define F(name) typeof(&name) name;
	LIBLZMA_FUNCTIONS(F)
#undef F
};

#define F(name) { #name, offsetof(struct liblzma, name) },
static const struct library_symbol symbols[] = { LIBLZMA_FUNCTIONS(F) };
#undef F
static const struct library library = {
	"liblzma.so.5", "nothing that LZMA compressed can be read", "liblzma5",
	LIBRARY_SYMBOLS(symbols),
};

static enum isokit_status liblzma_load(void **ret_lib, struct isokit_error *err)
{
	return library_new(&library, sizeof(struct liblzma), ret_lib, err);
}

static enum isokit_status fail(lzma_ret r, enum codec_kind kind, bool full,
			       struct isokit_error *err)
{
	if (r == LZMA_MEM_ERROR)
		return isokit_fail_nomem(err, codec_name(kind), 8 * 1024 * 1024);
	if (r == LZMA_MEMLIMIT_ERROR)
		return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, codec_name(kind),
				   "needs a dictionary of more than 64 MiB");
	if (r == LZMA_OPTIONS_ERROR)
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, codec_name(kind),
				   "has a filter that liblzma does not know");
	if (r == LZMA_OK || r == LZMA_BUF_ERROR)
		return full ? codec_fail_full(err, kind) : codec_fail_short(err, kind);
	return codec_fail_damaged(err, kind);
}

static enum isokit_status liblzma_run(void *self, enum codec_kind kind, const uint8_t *in,
				      size_t in_bytes, uint8_t *out, size_t capacity,
				      size_t *ret_bytes, struct isokit_error *err)
{
	const struct liblzma *lib = self;
	uint64_t limit = MEMORY_LIMIT;
	size_t in_at = 0, out_at = 0;
	lzma_stream s = LZMA_STREAM_INIT;
	lzma_ret r;

	if (kind == CODEC_XZ) {
		r = lib->lzma_stream_buffer_decode(&limit, 0, NULL, in, &in_at, in_bytes, out,
						   &out_at, capacity);
		if (r != LZMA_OK)
			return fail(r, kind, out_at == capacity, err);
		*ret_bytes = out_at;
		return ISOKIT_OK;
	}
	r = lib->lzma_alone_decoder(&s, limit);
	if (r != LZMA_OK)
		return fail(r, kind, false, err);
	s.next_in = in;
	s.avail_in = in_bytes;
	s.next_out = out;
	s.avail_out = capacity;
	r = lib->lzma_code(&s, LZMA_FINISH);
	lib->lzma_end(&s);
	/* A size in the header and no end mark: done when there is nothing left to do. */
	if (r != LZMA_STREAM_END && !(r == LZMA_OK && s.avail_in == 0 && s.avail_out == 0))
		return fail(r, kind, s.avail_out == 0, err);
	*ret_bytes = capacity - s.avail_out;
	return ISOKIT_OK;
}

enum isokit_status codec_liblzma_raw(void *self, const uint8_t properties[CODEC_LZMA_PROPERTIES],
				     const uint8_t *in, size_t in_bytes, uint8_t *out,
				     size_t capacity, size_t *ret_bytes, struct isokit_error *err)
{
	const struct liblzma *lib = self;
	lzma_filter filters[2] = { { .id = LZMA_FILTER_LZMA1 }, { .id = LZMA_VLI_UNKNOWN } };
	lzma_stream s = LZMA_STREAM_INIT;
	lzma_options_lzma *options;
	lzma_ret r;

	r = lib->lzma_properties_decode(&filters[0], NULL, properties, CODEC_LZMA_PROPERTIES);
	if (r != LZMA_OK)
		return fail(r, CODEC_LZMA, false, err);
	options = filters[0].options;
	/* No match reaches back further than the chunk. */
	if (options->dict_size > capacity)
		options->dict_size = capacity > LZMA_DICT_SIZE_MIN ? (uint32_t)capacity :
								     LZMA_DICT_SIZE_MIN;
	r = lib->lzma_raw_decoder(&s, filters);
	free(options);
	if (r != LZMA_OK)
		return fail(r, CODEC_LZMA, false, err);
	s.next_in = in;
	s.avail_in = in_bytes;
	s.next_out = out;
	s.avail_out = capacity;
	r = lib->lzma_code(&s, LZMA_RUN);
	lib->lzma_end(&s);
	if (r != LZMA_OK && r != LZMA_STREAM_END && r != LZMA_BUF_ERROR)
		return fail(r, CODEC_LZMA, false, err);
	*ret_bytes = capacity - s.avail_out;
	return ISOKIT_OK;
}

static void liblzma_unload(void *self)
{
	free(self);
}

struct liblzma_stream {
	lzma_stream s;
	enum codec_stream_kind kind;
};

/* As many blocks at once as there are processors; the limit of memory has the last word. */
static uint32_t threads(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : n > MOST_THREADS ? MOST_THREADS : (uint32_t)n;
}

static lzma_ret begin(const struct liblzma *lib, struct liblzma_stream *s, uint64_t for_threads)
{
	lzma_mt mt = {
		.flags = LZMA_CONCATENATED,
		.threads = threads(),
		.memlimit_threading = for_threads,
		.memlimit_stop = STREAM_MEMORY_LIMIT,
	};

	switch (s->kind) {
	case CODEC_STREAM_XZ:
		return lib->lzma_stream_decoder_mt(&s->s, &mt);
	case CODEC_STREAM_LZIP:
		return lib->lzma_lzip_decoder(&s->s, STREAM_MEMORY_LIMIT, LZMA_CONCATENATED);
	case CODEC_STREAM_GZIP:
	case CODEC_STREAM_DEFLATE:
	case CODEC_STREAM_LZMA:
	case CODEC_STREAM_BZIP2:
	case CODEC_STREAM_ZSTD:
	case CODEC_STREAM_LZ4:
		break;
	}
	return lib->lzma_alone_decoder(&s->s, STREAM_MEMORY_LIMIT);
}

static enum isokit_status liblzma_begin(void *self, enum codec_stream_kind kind, void **ret_state,
					struct isokit_error *err)
{
	const struct liblzma *lib = self;
	struct liblzma_stream *s = calloc(1, sizeof(*s));

	if (!s)
		return isokit_fail_nomem(err, codec_stream_name(kind), sizeof(*s));
	s->s = (lzma_stream)LZMA_STREAM_INIT;
	s->kind = kind;
	if (begin(lib, s, STREAM_THREADS_LIMIT) != LZMA_OK) {
		free(s);
		return isokit_fail_nomem(err, codec_stream_name(kind), 64 * 1024);
	}
	*ret_state = s;
	return ISOKIT_OK;
}

/* Beginning once more is what liblzma calls starting over. */
static enum isokit_status liblzma_spare(void *self, void *state, uint64_t bytes,
					struct isokit_error *err)
{
	struct liblzma_stream *s = state;

	return begin(self, s, bytes) == LZMA_OK ?
		       ISOKIT_OK : isokit_fail_nomem(err, codec_stream_name(s->kind), 64 * 1024);
}

static enum isokit_status liblzma_stream(void *self, void *state, struct codec_buffers *b,
					 bool last, bool *ret_ended, struct isokit_error *err)
{
	const struct liblzma *lib = self;
	struct liblzma_stream *s = state;
	lzma_ret r;

	s->s.next_in = b->in;
	s->s.avail_in = b->in_bytes;
	s->s.next_out = b->out;
	s->s.avail_out = b->out_bytes;
	r = lib->lzma_code(&s->s, last ? LZMA_FINISH : LZMA_RUN);
	b->in = s->s.next_in;
	b->in_bytes = s->s.avail_in;
	b->out = s->s.next_out;
	b->out_bytes = s->s.avail_out;
	if (r == LZMA_STREAM_END) {
		*ret_ended = true;
		return ISOKIT_OK;
	}
	if (r == LZMA_OK || r == LZMA_BUF_ERROR)
		return ISOKIT_OK;
	if (r == LZMA_MEMLIMIT_ERROR)
		return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, codec_stream_name(s->kind),
				   "needs a dictionary of more than 64 MiB");
	if (r == LZMA_MEM_ERROR)
		return isokit_fail_nomem(err, codec_stream_name(s->kind), 64 * 1024 * 1024);
	return codec_stream_damaged(err, s->kind);
}

static void liblzma_end(void *self, void *state)
{
	const struct liblzma *lib = self;
	struct liblzma_stream *s = state;

	lib->lzma_end(&s->s);
	free(s);
}

const struct codec_library codec_liblzma = {
	.load = liblzma_load, .run = liblzma_run, .unload = liblzma_unload,
};

const struct codec_stream_library codec_stream_liblzma = {
	.load = liblzma_load, .unload = liblzma_unload, .begin = liblzma_begin,
	.spare = liblzma_spare, .run = liblzma_stream, .end = liblzma_end,
};

#else /* nothing but load() is called then */

static enum isokit_status liblzma_load(void **ret_lib, struct isokit_error *err)
{
	(void)ret_lib;
	return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, "liblzma",
			   "was not there when this program was built: nothing that LZMA "
			   "compressed can be read");
}

const struct codec_library codec_liblzma = { .load = liblzma_load };
const struct codec_stream_library codec_stream_liblzma = { .load = liblzma_load };

enum isokit_status codec_liblzma_raw(void *self, const uint8_t properties[CODEC_LZMA_PROPERTIES],
				     const uint8_t *in, size_t in_bytes, uint8_t *out,
				     size_t capacity, size_t *ret_bytes, struct isokit_error *err)
{
	(void)self, (void)properties, (void)in, (void)in_bytes, (void)out, (void)capacity;
	(void)ret_bytes;
	return codec_fail_damaged(err, CODEC_LZMA);
}

#endif
