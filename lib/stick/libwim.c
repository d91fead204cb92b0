/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "stick/libwim.h"

#include <stdlib.h>
#ifdef HAVE_LIBWIM
#include <wimlib.h>
#endif

#include "base/fail.h"
#include "base/library.h"

#ifdef HAVE_LIBWIM

#define LIBWIM_FUNCTIONS(F) \
	F(wimlib_create_decompressor) \
	F(wimlib_decompress) \
	F(wimlib_free_decompressor) \
	F(wimlib_create_compressor) \
	F(wimlib_compress) \
	F(wimlib_free_compressor)

enum {
	LZX_CHUNK = 32768,
	/* A sixth of the time of the usual 50, for files that are 3 % larger. */
	LZX_LEVEL = 30,
};

struct functions {
#define F(name) typeof(&name) name;
	LIBWIM_FUNCTIONS(F)
#undef F
};

struct libwim {
	struct functions f;
	struct wimlib_decompressor *d; /* of the last kind and size of chunks */
	enum libwim_kind kind;
	size_t chunk;
};

struct libwim_packer {
	const struct libwim *lib;
	struct wimlib_compressor *c;
};

#define F(name) { #name, offsetof(struct libwim, f.name) },
static const struct library_symbol symbols[] = { LIBWIM_FUNCTIONS(F) };
#undef F
static const struct library library = {
	"libwim.so.15", "install.esd cannot be expanded", "libwim15", LIBRARY_SYMBOLS(symbols),
};

enum isokit_status libwim_load(struct libwim **ret, struct isokit_error *err)
{
	return library_new(&library, sizeof(**ret), (void **)ret, err);
}

void libwim_free(struct libwim *lib)
{
	if (!lib)
		return;
	if (lib->d)
		lib->f.wimlib_free_decompressor(lib->d);
	free(lib);
}

bool libwim_expand(struct libwim *lib, enum libwim_kind kind, size_t chunk, const void *in,
		   size_t in_bytes, void *out, size_t n)
{
	if (lib->d && (lib->kind != kind || lib->chunk != chunk)) {
		lib->f.wimlib_free_decompressor(lib->d);
		lib->d = NULL;
	}
	lib->kind = kind;
	lib->chunk = chunk;
	if (!lib->d && lib->f.wimlib_create_decompressor((enum wimlib_compression_type)kind, chunk,
							 &lib->d) != 0) {
		lib->d = NULL;
		return false;
	}
	return lib->f.wimlib_decompress(in, in_bytes, out, n, lib->d) == 0;
}

struct libwim_packer *libwim_packer_new(const struct libwim *lib)
{
	struct libwim_packer *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->lib = lib;
	if (lib->f.wimlib_create_compressor(WIMLIB_COMPRESSION_TYPE_LZX, LZX_CHUNK, LZX_LEVEL,
					    &p->c) != 0) {
		free(p);
		return NULL;
	}
	return p;
}

void libwim_packer_free(struct libwim_packer *p)
{
	if (!p)
		return;
	p->lib->f.wimlib_free_compressor(p->c);
	free(p);
}

size_t libwim_pack(struct libwim_packer *p, const void *in, size_t n, void *out)
{
	return n > 1 ? p->lib->f.wimlib_compress(in, n, out, n - 1, p->c) : 0;
}

#else

enum isokit_status libwim_load(struct libwim **ret, struct isokit_error *err)
{
	*ret = NULL;
	return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, "wimlib",
			   "isokit was built without it, and install.esd cannot be expanded");
}

void libwim_free(struct libwim *lib)
{
	(void)lib;
}

bool libwim_expand(struct libwim *lib, enum libwim_kind kind, size_t chunk, const void *in,
		   size_t in_bytes, void *out, size_t n)
{
	(void)lib, (void)kind, (void)chunk, (void)in, (void)in_bytes, (void)out, (void)n;
	return false;
}

struct libwim_packer *libwim_packer_new(const struct libwim *lib)
{
	(void)lib;
	return NULL;
}

void libwim_packer_free(struct libwim_packer *p)
{
	(void)p;
}

size_t libwim_pack(struct libwim_packer *p, const void *in, size_t n, void *out)
{
	(void)p, (void)in, (void)n, (void)out;
	return 0;
}

#endif
