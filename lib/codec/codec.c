/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which function expands what. */
#include "codec/codec.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "codec/impl.h"

/* Libraries, the better one first where two can do it. */
enum library { LIBDEFLATE, ZLIB, BZIP2, LIBLZMA, LIBZSTD, LIBFLAC, N_LIBRARIES, NONE = N_LIBRARIES };

static const struct codec_library *const libraries[N_LIBRARIES] = {
	[LIBDEFLATE] = &codec_libdeflate, [ZLIB] = &codec_zlib, [BZIP2] = &codec_bzip2,
	[LIBLZMA] = &codec_liblzma,	  [LIBZSTD] = &codec_libzstd,
	[LIBFLAC] = &codec_libflac,
};

/* One that was loaded, or could not be. */
struct loaded {
	atomic_bool done;
	enum isokit_status status;
	struct isokit_error error;
	void *lib;
};

struct codec {
	pthread_mutex_t lock; /* while one is loaded */
	struct loaded libraries[N_LIBRARIES];
};

struct codec *codec_new(void)
{
	struct codec *c = calloc(1, sizeof(*c));

	if (c)
		pthread_mutex_init(&c->lock, NULL);
	return c;
}

void codec_free(struct codec *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < N_LIBRARIES; i++)
		if (c->libraries[i].lib)
			libraries[i]->unload(c->libraries[i].lib);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

static enum isokit_status load(struct codec *c, enum library i, struct isokit_error *err)
{
	struct loaded *l = &c->libraries[i];

	if (!atomic_load_explicit(&l->done, memory_order_acquire)) {
		pthread_mutex_lock(&c->lock);
		if (!atomic_load_explicit(&l->done, memory_order_relaxed)) {
			l->status = libraries[i]->load(&l->lib, &l->error);
			atomic_store_explicit(&l->done, true, memory_order_release);
		}
		pthread_mutex_unlock(&c->lock);
	}
	if (l->status && err)
		*err = l->error;
	return l->status;
}

/* The library for a kind, loaded; NONE: no library is needed. */
static enum isokit_status choose(struct codec *c, enum codec_kind kind, enum library *ret,
				 struct isokit_error *err)
{
	*ret = NONE;
	switch (kind) {
	case CODEC_DEFLATE:
	case CODEC_ZLIB:
		*ret = load(c, LIBDEFLATE, NULL) == ISOKIT_OK ? LIBDEFLATE : ZLIB;
		break;
	case CODEC_BZIP2:
		*ret = BZIP2;
		break;
	case CODEC_XZ:
	case CODEC_LZMA:
		*ret = LIBLZMA;
		break;
	case CODEC_ZSTD:
		*ret = LIBZSTD;
		break;
	case CODEC_FLAC:
		*ret = LIBFLAC;
		break;
	case CODEC_STORED:
	case CODEC_LZ4_BLOCK:
	case CODEC_LZFSE:
	case CODEC_ADC:
	case CODEC_LZO:
	case CODEC_COUNT:
		return ISOKIT_OK;
	}
	return load(c, *ret, err);
}

enum isokit_status codec_load(struct codec *c, enum codec_kind kind, struct isokit_error *err)
{
	enum library ignored;

	if (kind == CODEC_BZIP2)
		return ISOKIT_OK; /* almost all of it */
	return choose(c, kind, &ignored, err);
}

static enum isokit_status stored(const uint8_t *in, size_t in_bytes, uint8_t *out,
				 size_t capacity, size_t *ret_bytes, struct isokit_error *err)
{
	if (in_bytes > capacity)
		return codec_fail_full(err, CODEC_STORED);
	if (in_bytes)
		memcpy(out, in, in_bytes);
	*ret_bytes = in_bytes;
	return ISOKIT_OK;
}

enum isokit_status codec_run(struct codec *c, enum codec_kind kind, const uint8_t *in,
			     size_t in_bytes, uint8_t *out, size_t capacity, size_t *ret_bytes,
			     struct isokit_error *err)
{
	enum isokit_status st;
	enum library i;

	switch (kind) {
	case CODEC_STORED: return stored(in, in_bytes, out, capacity, ret_bytes, err);
	case CODEC_LZ4_BLOCK: return codec_lz4(in, in_bytes, out, capacity, ret_bytes, err);
	case CODEC_LZFSE: return codec_lzfse(in, in_bytes, out, capacity, ret_bytes, err);
	case CODEC_ADC: return codec_adc(in, in_bytes, out, capacity, ret_bytes, err);
	case CODEC_LZO: return codec_lzo(in, in_bytes, out, capacity, ret_bytes, err);
	case CODEC_BZIP2:
		st = codec_bunzip(in, in_bytes, out, capacity, ret_bytes, err);
		if (st != ISOKIT_E_UNSUPPORTED)
			return st;
		break;
	case CODEC_DEFLATE:
	case CODEC_ZLIB:
	case CODEC_XZ:
	case CODEC_LZMA:
	case CODEC_ZSTD:
	case CODEC_FLAC:
	case CODEC_COUNT: break;
	}
	st = choose(c, kind, &i, err);
	if (st)
		return st;
	return libraries[i]->run(c->libraries[i].lib, kind, in, in_bytes, out, capacity,
				 ret_bytes, err);
}

enum isokit_status codec_run_lzma(struct codec *c, const uint8_t properties[CODEC_LZMA_PROPERTIES],
				  const uint8_t *in, size_t in_bytes, uint8_t *out,
				  size_t capacity, size_t *ret_bytes, struct isokit_error *err)
{
	enum isokit_status st = load(c, LIBLZMA, err);

	if (st)
		return st;
	return codec_liblzma_raw(c->libraries[LIBLZMA].lib, properties, in, in_bytes, out, capacity,
				 ret_bytes, err);
}

enum isokit_status codec_run_flac(struct codec *c, const uint8_t *in, size_t in_bytes, uint8_t *out,
				  size_t samples, bool big_endian, size_t *ret_used,
				  struct isokit_error *err)
{
	enum isokit_status st = load(c, LIBFLAC, err);

	return st ? st : codec_libflac_chunk(c->libraries[LIBFLAC].lib, in, in_bytes, out, samples,
					     big_endian, ret_used, err);
}

bool codec_crc32(struct codec *c, uint32_t *io_crc, const void *bytes, size_t n)
{
	if (load(c, LIBDEFLATE, NULL))
		return false;
	*io_crc = codec_libdeflate_crc32(c->libraries[LIBDEFLATE].lib, *io_crc, bytes, n);
	return true;
}

enum isokit_status codec_expand(enum codec_kind kind, const uint8_t *in, size_t in_bytes,
				uint8_t *out, size_t capacity, size_t *ret_bytes,
				struct isokit_error *err)
{
	struct codec *c = codec_new();
	enum isokit_status st;

	if (!c)
		return isokit_fail_nomem(err, codec_name(kind), sizeof(*c));
	st = codec_run(c, kind, in, in_bytes, out, capacity, ret_bytes, err);
	codec_free(c);
	return st;
}
