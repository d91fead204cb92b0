/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FLAC by libFLAC. It pulls its input and pushes its output through functions of ours. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef HAVE_LIBFLAC
#include <FLAC/stream_decoder.h>
#endif

#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "base/library.h"
#include "codec/flac.h"
#include "codec/impl.h"

#ifdef HAVE_LIBFLAC

#define LIBFLAC_FUNCTIONS(F) \
	F(FLAC__stream_decoder_new) \
	F(FLAC__stream_decoder_delete) \
	F(FLAC__stream_decoder_init_stream) \
	F(FLAC__stream_decoder_process_single) \
	F(FLAC__stream_decoder_process_until_end_of_metadata) \
	F(FLAC__stream_decoder_get_decode_position) \
	F(FLAC__stream_decoder_get_state) \
	F(FLAC__stream_decoder_seek_absolute) \
	F(FLAC__stream_decoder_flush) \
	F(FLAC__stream_decoder_reset)

enum {
	SPARE = 16,
	HEAD_BYTES = 42, /* "fLaC", the head of a block, STREAMINFO */
	MAX_BLOCK = 65535, /* samples of a frame */
	BITS = 16, RATE = 44100, CHANNELS = 2,
	NAME_BYTES = 32,
};

struct libflac {
#define F(name) typeof(&name) name;
	LIBFLAC_FUNCTIONS(F)
#undef F
	_Atomic(struct chunk_decoder *) spare[SPARE]; /* decoders that are not in use */
};

#define F(name) { #name, offsetof(struct libflac, name) },
static const struct library_symbol symbols[] = { LIBFLAC_FUNCTIONS(F) };
#undef F

/* The number of its ABI changes now and then: that of the headers is the one to load. */
static enum isokit_status libflac_load(void **ret_lib, struct isokit_error *err)
{
	int abi = FLAC_API_VERSION_CURRENT - FLAC_API_VERSION_AGE;
	char file[NAME_BYTES], package[NAME_BYTES];
	const struct library library = {
		file, "FLAC, in a CHD or as a file of sound, cannot be read", package,
		LIBRARY_SYMBOLS(symbols),
	};

	snprintf(file, sizeof(file), "libFLAC.so.%d", abi);
	snprintf(package, sizeof(package), "libflac%d", abi);
	return library_new(&library, sizeof(struct libflac), ret_lib, err);
}

/* Samples of a frame as bytes; what is not 16 bits and stereo is not asked for. */
static void put(uint8_t *out, const FLAC__int32 *const samples[], size_t from, size_t n,
		bool big_endian)
{
	const FLAC__int32 *left = samples[0] + from, *right = samples[1] + from;

	for (size_t i = 0; i < n; i++, out += CODEC_FLAC_PAIR) {
		if (big_endian) {
			put_be16(out, (uint16_t)left[i]);
			put_be16(out + 2, (uint16_t)right[i]);
		} else {
			put_le16(out, (uint16_t)left[i]);
			put_le16(out + 2, (uint16_t)right[i]);
		}
	}
}

static bool is_cd(const FLAC__FrameHeader *h)
{
	return h->channels == CHANNELS && h->bits_per_sample == BITS;
}

/* ---- chunks ----------------------------------------------------------------------------- */

struct chunk_decoder {
	FLAC__StreamDecoder *d;
	bool begun;
	uint8_t head[HEAD_BYTES];
	const uint8_t *in;
	size_t in_bytes, at; /* of the head and what follows it */
	uint8_t *out;
	size_t samples; /* that are still wanted */
	bool big_endian, damaged;
};

/* The stream header that such chunks lack: nothing in it limits the frames. */
static void make_head(uint8_t p[HEAD_BYTES])
{
	memset(p, 0, HEAD_BYTES);
	memcpy(p, "fLaC", 4);
	p[4] = 0x80; /* the last block of metadata, and STREAMINFO */
	p[7] = HEAD_BYTES - 8;
	put_be16(p + 8, 16); /* samples of a block, least and most */
	put_be16(p + 10, MAX_BLOCK);
	/* 20 bits of rate, 3 of channels less one, 5 of bits less one, 36 of samples. */
	put_be32(p + 18, (uint32_t)RATE << 12 | (CHANNELS - 1) << 9 | (BITS - 1) << 4);
}

static FLAC__StreamDecoderReadStatus chunk_read(const FLAC__StreamDecoder *d, FLAC__byte buffer[],
						size_t *bytes, void *ctx)
{
	struct chunk_decoder *c = ctx;
	size_t n = 0;

	(void)d;
	if (c->at < HEAD_BYTES) {
		n = (size_t)min_u64(*bytes, HEAD_BYTES - c->at);
		memcpy(buffer, c->head + c->at, n);
	} else if (c->at - HEAD_BYTES < c->in_bytes) {
		n = (size_t)min_u64(*bytes, c->in_bytes - (c->at - HEAD_BYTES));
		memcpy(buffer, c->in + (c->at - HEAD_BYTES), n);
	}
	c->at += n;
	*bytes = n;
	return n ? FLAC__STREAM_DECODER_READ_STATUS_CONTINUE :
		   FLAC__STREAM_DECODER_READ_STATUS_END_OF_STREAM;
}

static FLAC__StreamDecoderTellStatus chunk_tell(const FLAC__StreamDecoder *d, FLAC__uint64 *at,
						void *ctx)
{
	const struct chunk_decoder *c = ctx;

	(void)d;
	*at = c->at;
	return FLAC__STREAM_DECODER_TELL_STATUS_OK;
}

static FLAC__StreamDecoderWriteStatus chunk_write(const FLAC__StreamDecoder *d,
						  const FLAC__Frame *frame,
						  const FLAC__int32 *const samples[], void *ctx)
{
	struct chunk_decoder *c = ctx;
	size_t n = (size_t)min_u64(frame->header.blocksize, c->samples);

	(void)d;
	if (!is_cd(&frame->header)) {
		c->damaged = true;
		return FLAC__STREAM_DECODER_WRITE_STATUS_ABORT;
	}
	put(c->out, samples, 0, n, c->big_endian);
	c->out += n * CODEC_FLAC_PAIR;
	c->samples -= n;
	return FLAC__STREAM_DECODER_WRITE_STATUS_CONTINUE;
}

static void chunk_error(const FLAC__StreamDecoder *d, FLAC__StreamDecoderErrorStatus status,
			void *ctx)
{
	struct chunk_decoder *c = ctx;

	(void)d;
	(void)status;
	c->damaged = true;
}

static void chunk_free(const struct libflac *lib, struct chunk_decoder *c)
{
	if (c && c->d)
		lib->FLAC__stream_decoder_delete(c->d);
	free(c);
}

static struct chunk_decoder *borrow(struct libflac *lib)
{
	struct chunk_decoder *c;

	for (size_t i = 0; i < SPARE; i++) {
		c = atomic_exchange(&lib->spare[i], NULL);
		if (c)
			return c;
	}
	c = calloc(1, sizeof(*c));
	if (c)
		c->d = lib->FLAC__stream_decoder_new();
	if (c && c->d) {
		make_head(c->head);
		return c;
	}
	free(c);
	return NULL;
}

static void give_back(struct libflac *lib, struct chunk_decoder *c)
{
	for (size_t i = 0; i < SPARE; i++) {
		struct chunk_decoder *none = NULL;

		if (atomic_compare_exchange_strong(&lib->spare[i], &none, c))
			return;
	}
	chunk_free(lib, c);
}

static bool begin(const struct libflac *lib, struct chunk_decoder *c)
{
	if (c->begun)
		return lib->FLAC__stream_decoder_reset(c->d);
	c->begun = lib->FLAC__stream_decoder_init_stream(c->d, chunk_read, NULL, chunk_tell, NULL,
							 NULL, chunk_write, NULL, chunk_error,
							 c) == FLAC__STREAM_DECODER_INIT_STATUS_OK;
	return c->begun;
}

enum isokit_status codec_libflac_chunk(void *self, const uint8_t *in, size_t in_bytes, uint8_t *out,
				       size_t samples, bool big_endian, size_t *ret_used,
				       struct isokit_error *err)
{
	struct libflac *lib = self;
	struct chunk_decoder *c = borrow(lib);
	FLAC__uint64 at = HEAD_BYTES;
	bool ok;

	if (!c)
		return isokit_fail_nomem(err, codec_name(CODEC_FLAC), sizeof(*c));
	c->in = in;
	c->in_bytes = in_bytes;
	c->at = 0;
	c->out = out;
	c->samples = samples;
	c->big_endian = big_endian;
	c->damaged = false;
	ok = begin(lib, c);
	while (ok && c->samples && !c->damaged)
		ok = lib->FLAC__stream_decoder_process_single(c->d) &&
		     lib->FLAC__stream_decoder_get_state(c->d) !=
			     FLAC__STREAM_DECODER_END_OF_STREAM;
	/* That the last frame ends with the input is no error. */
	ok = c->samples == 0 && !c->damaged &&
	     lib->FLAC__stream_decoder_get_decode_position(c->d, &at);
	give_back(lib, c);
	if (!ok)
		return codec_fail_damaged(err, CODEC_FLAC);
	*ret_used = (size_t)min_u64(at - min_u64(at, HEAD_BYTES), in_bytes);
	return ISOKIT_OK;
}

static enum isokit_status libflac_run(void *self, enum codec_kind kind, const uint8_t *in,
				      size_t in_bytes, uint8_t *out, size_t capacity,
				      size_t *ret_bytes, struct isokit_error *err)
{
	size_t used;

	(void)kind;
	*ret_bytes = capacity - capacity % CODEC_FLAC_PAIR;
	return codec_libflac_chunk(self, in, in_bytes, out, capacity / CODEC_FLAC_PAIR, false, &used,
				   err);
}

static void libflac_unload(void *self)
{
	struct libflac *lib = self;

	for (size_t i = 0; i < SPARE; i++)
		chunk_free(lib, atomic_load(&lib->spare[i]));
	free(lib);
}

/* ---- files ------------------------------------------------------------------------------ */

struct codec_flac {
	struct libflac *lib;
	FLAC__StreamDecoder *d;
	struct codec_flac_input input;
	uint64_t at;                /* byte of the input */
	enum isokit_status status;  /* of reading it */
	struct isokit_error error;
	struct codec_flac_facts facts;
	bool has_facts, damaged;
	uint64_t next;              /* sample that the next frame begins with, if all is well */
	uint64_t first;             /* of the frame that is kept */
	size_t n;
	uint8_t frame[MAX_BLOCK * CODEC_FLAC_PAIR];
};

static FLAC__StreamDecoderReadStatus file_read(const FLAC__StreamDecoder *d, FLAC__byte buffer[],
					       size_t *bytes, void *ctx)
{
	struct codec_flac *f = ctx;
	size_t n = (size_t)min_u64(*bytes, f->input.size - f->at);

	(void)d;
	*bytes = n;
	if (n == 0)
		return FLAC__STREAM_DECODER_READ_STATUS_END_OF_STREAM;
	f->status = f->input.read_at(f->input.ctx, f->at, buffer, n, &f->error);
	if (f->status)
		return FLAC__STREAM_DECODER_READ_STATUS_ABORT;
	f->at += n;
	return FLAC__STREAM_DECODER_READ_STATUS_CONTINUE;
}

static FLAC__StreamDecoderSeekStatus file_seek(const FLAC__StreamDecoder *d, FLAC__uint64 at,
					       void *ctx)
{
	struct codec_flac *f = ctx;

	(void)d;
	if (at > f->input.size)
		return FLAC__STREAM_DECODER_SEEK_STATUS_ERROR;
	f->at = at;
	return FLAC__STREAM_DECODER_SEEK_STATUS_OK;
}

static FLAC__StreamDecoderTellStatus file_tell(const FLAC__StreamDecoder *d, FLAC__uint64 *at,
					       void *ctx)
{
	const struct codec_flac *f = ctx;

	(void)d;
	*at = f->at;
	return FLAC__STREAM_DECODER_TELL_STATUS_OK;
}

static FLAC__StreamDecoderLengthStatus file_length(const FLAC__StreamDecoder *d, FLAC__uint64 *size,
						   void *ctx)
{
	const struct codec_flac *f = ctx;

	(void)d;
	*size = f->input.size;
	return FLAC__STREAM_DECODER_LENGTH_STATUS_OK;
}

static FLAC__bool file_eof(const FLAC__StreamDecoder *d, void *ctx)
{
	const struct codec_flac *f = ctx;

	(void)d;
	return f->at >= f->input.size;
}

static void file_metadata(const FLAC__StreamDecoder *d, const FLAC__StreamMetadata *m, void *ctx)
{
	struct codec_flac *f = ctx;

	(void)d;
	if (m->type != FLAC__METADATA_TYPE_STREAMINFO)
		return;
	f->facts.channels = m->data.stream_info.channels;
	f->facts.bits = m->data.stream_info.bits_per_sample;
	f->facts.rate = m->data.stream_info.sample_rate;
	f->facts.samples = m->data.stream_info.total_samples;
	f->has_facts = true;
}

static FLAC__StreamDecoderWriteStatus file_write(const FLAC__StreamDecoder *d,
						 const FLAC__Frame *frame,
						 const FLAC__int32 *const samples[], void *ctx)
{
	const FLAC__FrameHeader *h = &frame->header;
	struct codec_flac *f = ctx;

	(void)d;
	f->n = (size_t)min_u64(h->blocksize, MAX_BLOCK);
	f->first = h->number.sample_number; /* always this one, whatever the frame has */
	f->next = f->first + f->n;
	if (is_cd(h)) {
		put(f->frame, samples, 0, f->n, false);
	} else {
		memset(f->frame, 0, f->n * CODEC_FLAC_PAIR);
		f->damaged = true;
	}
	return FLAC__STREAM_DECODER_WRITE_STATUS_CONTINUE;
}

static void file_error(const FLAC__StreamDecoder *d, FLAC__StreamDecoderErrorStatus status,
		       void *ctx)
{
	struct codec_flac *f = ctx;

	(void)d;
	(void)status;
	f->damaged = true;
}

void codec_flac_close(struct codec_flac *f)
{
	if (!f)
		return;
	if (f->d)
		f->lib->FLAC__stream_decoder_delete(f->d);
	if (f->lib)
		libflac_unload(f->lib);
	free(f);
}

/* The next frame, whatever it is. False: there is none. */
static bool next_frame(struct codec_flac *f)
{
	f->n = 0;
	while (f->n == 0)
		if (!f->lib->FLAC__stream_decoder_process_single(f->d) ||
		    f->lib->FLAC__stream_decoder_get_state(f->d) == FLAC__STREAM_DECODER_END_OF_STREAM)
			return f->n != 0;
	return true;
}

/* How many samples there are, where the file was written to a pipe and does not say. */
static enum isokit_status count(struct codec_flac *f, const char *name, uint64_t most,
				struct isokit_error *err)
{
	uint64_t end = 0;

	while (next_frame(f) && end <= most)
		end = max_u64(end, f->next);
	if (f->status) {
		*err = f->error;
		return f->status;
	}
	if (end > most)
		return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, name,
				   "has more than %llu samples", (unsigned long long)most);
	f->facts.samples = end;
	f->damaged = false; /* that will be found again */
	f->n = 0;
	f->next = UINT64_MAX;
	return ISOKIT_OK;
}

static enum isokit_status open_file(struct codec_flac *f, const char *name, uint64_t most,
				    struct isokit_error *err)
{
	const struct libflac *lib = f->lib;

	f->d = lib->FLAC__stream_decoder_new();
	if (!f->d ||
	    lib->FLAC__stream_decoder_init_stream(f->d, file_read, file_seek, file_tell, file_length,
						  file_eof, file_write, file_metadata, file_error,
						  f) != FLAC__STREAM_DECODER_INIT_STATUS_OK)
		return isokit_fail_nomem(err, name, sizeof(*f));
	if (!lib->FLAC__stream_decoder_process_until_end_of_metadata(f->d) && f->status) {
		*err = f->error;
		return f->status;
	}
	if (!f->has_facts)
		return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, name,
				   "has no FLAC stream that can be read");
	f->damaged = false;
	return f->facts.samples ? ISOKIT_OK : count(f, name, most, err);
}

enum isokit_status codec_flac_open(const struct codec_flac_input *input, const char *name,
				   uint64_t most, struct codec_flac **ret,
				   struct codec_flac_facts *ret_facts, struct isokit_error *err)
{
	struct codec_flac *f = calloc(1, sizeof(*f));
	struct isokit_error unheard;
	enum isokit_status st;
	void *lib = NULL;

	if (!err)
		err = &unheard;
	if (!f)
		return isokit_fail_nomem(err, name, sizeof(*f));
	f->input = *input;
	st = libflac_load(&lib, err);
	f->lib = lib;
	if (!st)
		st = open_file(f, name, most, err);
	if (st) {
		codec_flac_close(f);
		return st;
	}
	*ret_facts = f->facts;
	*ret = f;
	return ISOKIT_OK;
}

/* Put the decoder ahead of a sample, with the frame that has it. */
static bool seek(struct codec_flac *f, uint64_t sample)
{
	f->n = 0;
	f->next = UINT64_MAX;
	if (sample < f->facts.samples && f->lib->FLAC__stream_decoder_seek_absolute(f->d, sample) &&
	    f->n)
		return true;
	/* From the beginning, then. */
	f->n = 0;
	return f->lib->FLAC__stream_decoder_reset(f->d) && next_frame(f);
}

enum isokit_status codec_flac_read(struct codec_flac *f, uint64_t first, size_t n, uint8_t *out,
				   bool *ret_whole, struct isokit_error *err)
{
	uint64_t at = first, end = first + n;
	bool there = true;

	memset(out, 0, n * CODEC_FLAC_PAIR);
	f->damaged = false;
	f->status = ISOKIT_OK;
	if (f->n == 0 || at < f->first || at >= f->first + f->n) {
		there = at == f->next ? next_frame(f) : seek(f, at);
		while (there && f->next <= at)
			there = next_frame(f);
	}
	while (there && at < end) {
		size_t skip, take;

		if (f->first >= end)
			break;
		f->damaged = f->damaged || f->first > at;
		at = max_u64(at, f->first);
		skip = (size_t)(at - f->first);
		take = (size_t)min_u64(f->n - skip, end - at);
		memcpy(out + (at - first) * CODEC_FLAC_PAIR, f->frame + skip * CODEC_FLAC_PAIR,
		       take * CODEC_FLAC_PAIR);
		at += take;
		if (at == end)
			break;
		there = next_frame(f);
		while (there && f->next <= at)
			there = next_frame(f);
	}
	if (!there) { /* the next read begins anew */
		f->n = 0;
		f->next = UINT64_MAX;
		f->lib->FLAC__stream_decoder_flush(f->d);
	}
	*ret_whole = !f->damaged && at == end;
	if (f->status && err)
		*err = f->error;
	return f->status;
}

const struct codec_library codec_libflac = {
	.load = libflac_load, .run = libflac_run, .unload = libflac_unload,
};

#else /* nothing but load() is called then */

static enum isokit_status libflac_load(void **ret_lib, struct isokit_error *err)
{
	(void)ret_lib;
	return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, "libFLAC",
			   "was not there when this program was built: FLAC, in a CHD or as a file "
			   "of sound, cannot be read");
}

enum isokit_status codec_libflac_chunk(void *self, const uint8_t *in, size_t in_bytes, uint8_t *out,
				       size_t samples, bool big_endian, size_t *ret_used,
				       struct isokit_error *err)
{
	(void)in;
	(void)in_bytes;
	(void)out;
	(void)samples;
	(void)big_endian;
	(void)ret_used;
	return libflac_load(self, err);
}

enum isokit_status codec_flac_open(const struct codec_flac_input *input, const char *name,
				   uint64_t most, struct codec_flac **ret,
				   struct codec_flac_facts *ret_facts, struct isokit_error *err)
{
	(void)input;
	(void)name;
	(void)most;
	(void)ret;
	(void)ret_facts;
	return libflac_load(NULL, err);
}

void codec_flac_close(struct codec_flac *f)
{
	(void)f;
}

enum isokit_status codec_flac_read(struct codec_flac *f, uint64_t first, size_t n, uint8_t *out,
				   bool *ret_whole, struct isokit_error *err)
{
	(void)f;
	(void)first;
	(void)n;
	(void)out;
	(void)ret_whole;
	return libflac_load(NULL, err);
}

const struct codec_library codec_libflac = { .load = libflac_load };

#endif
