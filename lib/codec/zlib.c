/* SPDX-License-Identifier: GPL-3.0-or-later */
/* deflate and zlib by zlib, where there is no libdeflate. */
#include <limits.h>
#include <stdlib.h>
#ifdef HAVE_ZLIB
#define ZLIB_CONST
#include <zlib.h>
#endif

#include "base/fail.h"
#include "base/library.h"
#include "codec/impl.h"

#ifdef HAVE_ZLIB

#define ZLIB_FUNCTIONS(F) F(inflateInit2_) F(inflate) F(inflateReset) F(inflateEnd)

struct zlib {
#define F(name) typeof(&name) name;
	ZLIB_FUNCTIONS(F)
#undef F
};

#define F(name) { #name, offsetof(struct zlib, name) },
static const struct library_symbol symbols[] = { ZLIB_FUNCTIONS(F) };
#undef F
static const struct library library = {
	"libz.so.1", "nothing that deflate compressed can be read", "zlib1g",
	LIBRARY_SYMBOLS(symbols),
};

static enum isokit_status zlib_load(void **ret_lib, struct isokit_error *err)
{
	return library_new(&library, sizeof(struct zlib), ret_lib, err);
}

static enum isokit_status zlib_run(void *self, enum codec_kind kind, const uint8_t *in,
				   size_t in_bytes, uint8_t *out, size_t capacity,
				   size_t *ret_bytes, struct isokit_error *err)
{
	const struct zlib *lib = self;
	z_stream z = { .next_in = in, .next_out = out };
	int r;

	if (in_bytes > UINT_MAX || capacity > UINT_MAX)
		return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, codec_name(kind),
				   "a chunk of more than 4 GiB");
	z.avail_in = (unsigned)in_bytes;
	z.avail_out = (unsigned)capacity;
	if (lib->inflateInit2_(&z, kind == CODEC_ZLIB ? 15 : -15, ZLIB_VERSION, (int)sizeof(z)) !=
	    Z_OK)
		return isokit_fail_nomem(err, codec_name(kind), 32 * 1024);
	r = lib->inflate(&z, Z_FINISH);
	lib->inflateEnd(&z);
	if (r == Z_STREAM_END) {
		*ret_bytes = capacity - z.avail_out;
		return ISOKIT_OK;
	}
	if (r == Z_BUF_ERROR)
		return z.avail_out ? codec_fail_short(err, kind) : codec_fail_full(err, kind);
	return codec_fail_damaged(err, kind);
}

static void zlib_unload(void *self)
{
	free(self);
}

struct zlib_stream {
	z_stream z;
	enum codec_stream_kind kind;
	bool between; /* members of gzip */
};

static enum isokit_status zlib_begin(void *self, enum codec_stream_kind kind, void **ret_state,
				     struct isokit_error *err)
{
	const struct zlib *lib = self;
	struct zlib_stream *s = calloc(1, sizeof(*s));

	if (s)
		s->kind = kind;
	if (!s || lib->inflateInit2_(&s->z, kind == CODEC_STREAM_GZIP ? 15 + 16 : -15, ZLIB_VERSION,
				     (int)sizeof(s->z)) != Z_OK) {
		free(s);
		return isokit_fail_nomem(err, codec_stream_name(kind), 32 * 1024);
	}
	*ret_state = s;
	return ISOKIT_OK;
}

static enum isokit_status zlib_stream(void *self, void *state, struct codec_buffers *b, bool last,
				      bool *ret_ended, struct isokit_error *err)
{
	const struct zlib *lib = self;
	struct zlib_stream *s = state;
	int r;

	if (s->between) {
		/* Another member, or the end; what is neither belongs to somebody else. */
		if (b->in_bytes < 2 && !last)
			return ISOKIT_OK;
		if (b->in_bytes < 2 || b->in[0] != 0x1f || b->in[1] != 0x8b) {
			*ret_ended = true;
			return ISOKIT_OK;
		}
		lib->inflateReset(&s->z);
		s->between = false;
	}
	s->z.next_in = b->in;
	s->z.avail_in = (unsigned)(b->in_bytes > UINT_MAX ? UINT_MAX : b->in_bytes);
	s->z.next_out = b->out;
	s->z.avail_out = (unsigned)(b->out_bytes > UINT_MAX ? UINT_MAX : b->out_bytes);
	r = lib->inflate(&s->z, Z_NO_FLUSH);
	b->in_bytes -= (size_t)(s->z.next_in - b->in);
	b->in = s->z.next_in;
	b->out_bytes -= (size_t)(s->z.next_out - b->out);
	b->out = s->z.next_out;
	if (r == Z_STREAM_END) {
		if (s->kind == CODEC_STREAM_GZIP)
			s->between = true;
		else
			*ret_ended = true;
	} else if (r != Z_OK && r != Z_BUF_ERROR) {
		return codec_stream_damaged(err, s->kind);
	}
	return ISOKIT_OK;
}

static void zlib_end(void *self, void *state)
{
	const struct zlib *lib = self;
	struct zlib_stream *s = state;

	lib->inflateEnd(&s->z);
	free(s);
}

const struct codec_library codec_zlib = {
	.load = zlib_load, .run = zlib_run, .unload = zlib_unload,
};

const struct codec_stream_library codec_stream_zlib = {
	.load = zlib_load, .unload = zlib_unload, .begin = zlib_begin,
	.run = zlib_stream, .end = zlib_end,
};

#else /* nothing but load() is called then */

static enum isokit_status zlib_load(void **ret_lib, struct isokit_error *err)
{
	(void)ret_lib;
	return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, "zlib",
			   "was not there when this program was built: nothing that deflate "
			   "compressed can be read");
}

const struct codec_library codec_zlib = { .load = zlib_load };
const struct codec_stream_library codec_stream_zlib = { .load = zlib_load };

#endif
