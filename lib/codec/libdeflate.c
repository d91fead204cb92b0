/* SPDX-License-Identifier: GPL-3.0-or-later */
/* deflate and zlib by libdeflate: whole chunks in half of zlib's time. */
#include <stdlib.h>
#ifdef HAVE_LIBDEFLATE
#include <libdeflate.h>
#endif

#include "base/fail.h"
#include "base/library.h"
#include "codec/impl.h"

#ifdef HAVE_LIBDEFLATE

#define LIBDEFLATE_FUNCTIONS(F) \
	F(libdeflate_alloc_decompressor) \
	F(libdeflate_crc32) \
	F(libdeflate_free_decompressor) \
	F(libdeflate_deflate_decompress) \
	F(libdeflate_zlib_decompress)

enum { SPARE = 16 };

struct libdeflate {
#define F(name) typeof(&name) name;
	LIBDEFLATE_FUNCTIONS(F)
#undef F
	/* Decompressors that are not in use: small chunks take less time than making one. */
	_Atomic(struct libdeflate_decompressor *) spare[SPARE];
};

#define F(name) { #name, offsetof(struct libdeflate, name) },
static const struct library_symbol symbols[] = { LIBDEFLATE_FUNCTIONS(F) };
#undef F
static const struct library library = {
	"libdeflate.so.0", "zlib is slower", "libdeflate0",
	LIBRARY_SYMBOLS(symbols),
};

static enum isokit_status libdeflate_load(void **ret_lib, struct isokit_error *err)
{
	return library_new(&library, sizeof(struct libdeflate), ret_lib, err);
}

static void libdeflate_unload(void *self)
{
	struct libdeflate *lib = self;

	for (size_t i = 0; i < SPARE; i++)
		lib->libdeflate_free_decompressor(atomic_load(&lib->spare[i]));
	free(lib);
}

static struct libdeflate_decompressor *borrow(struct libdeflate *lib)
{
	for (size_t i = 0; i < SPARE; i++) {
		struct libdeflate_decompressor *d = atomic_exchange(&lib->spare[i], NULL);

		if (d)
			return d;
	}
	return lib->libdeflate_alloc_decompressor();
}

static void give_back(struct libdeflate *lib, struct libdeflate_decompressor *d)
{
	for (size_t i = 0; i < SPARE; i++) {
		struct libdeflate_decompressor *none = NULL;

		if (atomic_compare_exchange_strong(&lib->spare[i], &none, d))
			return;
	}
	lib->libdeflate_free_decompressor(d);
}

static enum isokit_status libdeflate_run(void *self, enum codec_kind kind, const uint8_t *in,
					 size_t in_bytes, uint8_t *out, size_t capacity,
					 size_t *ret_bytes, struct isokit_error *err)
{
	struct libdeflate *lib = self;
	struct libdeflate_decompressor *d = borrow(lib);
	enum libdeflate_result r;

	if (!d)
		return isokit_fail_nomem(err, codec_name(kind), 32 * 1024);
	r = kind == CODEC_ZLIB ?
		    lib->libdeflate_zlib_decompress(d, in, in_bytes, out, capacity, ret_bytes) :
		    lib->libdeflate_deflate_decompress(d, in, in_bytes, out, capacity, ret_bytes);
	give_back(lib, d);
	switch (r) {
	case LIBDEFLATE_SUCCESS: return ISOKIT_OK;
	case LIBDEFLATE_INSUFFICIENT_SPACE: return codec_fail_full(err, kind);
	case LIBDEFLATE_SHORT_OUTPUT:
	case LIBDEFLATE_BAD_DATA: break;
	}
	return codec_fail_damaged(err, kind);
}

uint32_t codec_libdeflate_crc32(void *self, uint32_t crc, const void *bytes, size_t n)
{
	const struct libdeflate *lib = self;

	return lib->libdeflate_crc32(crc, bytes, n);
}

const struct codec_library codec_libdeflate = {
	.load = libdeflate_load, .run = libdeflate_run, .unload = libdeflate_unload,
};

#else /* nothing but load() is called then */

static enum isokit_status libdeflate_load(void **ret_lib, struct isokit_error *err)
{
	(void)ret_lib;
	return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, "libdeflate",
			   "was not there when this program was built");
}

const struct codec_library codec_libdeflate = { .load = libdeflate_load };

uint32_t codec_libdeflate_crc32(void *self, uint32_t crc, const void *bytes, size_t n)
{
	(void)self, (void)bytes, (void)n;
	return crc;
}

#endif
