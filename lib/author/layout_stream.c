/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Contents as libisofs reads them: placeholders, and the few that it looks into. */
#include "author/layout_impl.h"

#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"

/* Placeholders and real contents are the same class; the payload knows which. */
struct stream_state {
	struct payload *payload;
	struct isokit_source *src; /* real, while open */
	uint64_t at;
};

static void keep_stream_error(struct layout *l, enum isokit_status st,
			      const struct isokit_error *why)
{
	pthread_mutex_lock(&l->lock);
	if (l->stream_status == ISOKIT_OK) {
		l->stream_status = st;
		l->stream_error = *why;
	}
	pthread_mutex_unlock(&l->lock);
}

/* libisofs hands the const away; nothing of the layout is written through it
 * but the error, under its lock. */
static struct layout *layout_of(const struct payload *p)
{
	return (struct layout *)(uintptr_t)p->layout;
}

static int stream_open(IsoStream *stream)
{
	struct stream_state *s = stream->data;
	struct isokit_error why = { 0 };
	enum isokit_status st;

	s->at = 0;
	if (!s->payload->real && !s->payload->layout->showing)
		return 1;
	st = tree_node_open(s->payload->node, &s->src, &why);
	if (st == ISOKIT_OK)
		return 1;
	keep_stream_error(layout_of(s->payload), st, &why);
	return (int)ISO_FILE_ERROR;
}

static int stream_close(IsoStream *stream)
{
	struct stream_state *s = stream->data;

	isokit_source_close(s->src);
	s->src = NULL;
	return 1;
}

static off_t stream_size(IsoStream *stream)
{
	const struct stream_state *s = stream->data;

	return (off_t)s->payload->node->size;
}

static int stream_read(IsoStream *stream, void *buffer, size_t count)
{
	struct stream_state *s = stream->data;
	struct isokit_error why = { 0 };
	enum isokit_status st;
	size_t n;

	if (!s->src) {
		/* Whole blocks, also for the last one: what lies behind the end of
		 * the file is dropped with the rest of the block. */
		if (s->at == 0) {
			memcpy(buffer, s->payload->layout->magic, LAYOUT_MAGIC_BYTES);
			put_le32((uint8_t *)buffer + LAYOUT_MAGIC_BYTES, s->payload->index);
		}
		s->at += count;
		return (int)count;
	}
	n = (size_t)min_u64(count, s->payload->node->size - s->at);
	st = isokit_source_read_at(s->src, s->at, buffer, n, &why);
	if (st) {
		keep_stream_error(layout_of(s->payload), st, &why);
		return (int)ISO_FILE_READ_ERROR;
	}
	s->at += n;
	return (int)n;
}

static int stream_repeatable(IsoStream *stream)
{
	(void)stream;
	return 1;
}

static void stream_id(IsoStream *stream, unsigned int *fs_id, dev_t *dev_id, ino_t *ino_id)
{
	const struct stream_state *s = stream->data;

	*fs_id = 0x49534f4b; /* any number that libisofs' own file systems do not use */
	*dev_id = 0;
	*ino_id = (ino_t)s->payload->index + 1;
}

static void stream_free(IsoStream *stream)
{
	struct stream_state *s = stream->data;

	isokit_source_close(s->src);
	free(s);
}

static int stream_update_size(IsoStream *stream)
{
	(void)stream;
	return 1;
}

static IsoStream *stream_input(IsoStream *stream, int flag)
{
	(void)stream;
	(void)flag;
	return NULL;
}

static int stream_compare(IsoStream *a, IsoStream *b)
{
	const struct stream_state *x = a->data, *y = b->data;

	return x->payload->index < y->payload->index ? -1 : x->payload->index > y->payload->index;
}

static const IsoStreamIface stream_class = {
	.version = 3,
	.type = { 'u', 's', 'e', 'r' },
	.open = stream_open,
	.close = stream_close,
	.get_size = stream_size,
	.read = stream_read,
	.is_repeatable = stream_repeatable,
	.get_id = stream_id,
	.free = stream_free,
	.update_size = stream_update_size,
	.get_input_stream = stream_input,
	.cmp_ino = stream_compare,
};

/* ---- a block of zeros between contents --------------------------------------------- */

struct filler_state {
	const bool *there;
	uint32_t number;
};

static int filler_open(IsoStream *stream)
{
	(void)stream;
	return 1;
}

static off_t filler_size(IsoStream *stream)
{
	const struct filler_state *s = stream->data;

	return *s->there ? LAYOUT_BLOCK_BYTES : 0;
}

static int filler_read(IsoStream *stream, void *buffer, size_t count)
{
	(void)stream;
	memset(buffer, 0, count);
	return (int)count;
}

static void filler_id(IsoStream *stream, unsigned int *fs_id, dev_t *dev_id, ino_t *ino_id)
{
	const struct filler_state *s = stream->data;

	*fs_id = 0x49534f4b;
	*dev_id = 1;
	*ino_id = (ino_t)s->number + 1;
}

static void filler_free(IsoStream *stream)
{
	free(stream->data);
}

static int filler_compare(IsoStream *a, IsoStream *b)
{
	const struct filler_state *x = a->data, *y = b->data;

	return x->number < y->number ? -1 : x->number > y->number;
}

static const IsoStreamIface filler_class = {
	.version = 3,
	.type = { 'u', 's', 'e', 'r' },
	.open = filler_open,
	.close = filler_open,
	.get_size = filler_size,
	.read = filler_read,
	.is_repeatable = stream_repeatable,
	.get_id = filler_id,
	.free = filler_free,
	.update_size = stream_update_size,
	.get_input_stream = stream_input,
	.cmp_ino = filler_compare,
};

static IsoStream *new_stream(const IsoStreamIface *class, void *state)
{
	IsoStream *stream = state ? calloc(1, sizeof(*stream)) : NULL;

	if (!stream) {
		free(state);
		return NULL;
	}
	/* libisofs wants a pointer to non-const and writes nothing there. */
	stream->class = (IsoStreamIface *)(uintptr_t)class;
	stream->refcount = 1;
	stream->data = state;
	return stream;
}

IsoStream *layout_filler_new(const bool *there, uint32_t number)
{
	struct filler_state *s = calloc(1, sizeof(*s));

	if (s)
		*s = (struct filler_state){ .there = there, .number = number };
	return new_stream(&filler_class, s);
}

const struct payload *layout_stream_payload(IsoStream *stream)
{
	return stream->class == &stream_class ? ((const struct stream_state *)stream->data)->payload :
						NULL;
}

IsoStream *layout_stream_new(struct payload *payload)
{
	struct stream_state *s = calloc(1, sizeof(*s));

	if (s)
		s->payload = payload;
	return new_stream(&stream_class, s);
}
