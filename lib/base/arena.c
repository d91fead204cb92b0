/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"

enum { BLOCK_BYTES = 16 * 1024 - 64 };

struct arena_block {
	struct arena_block *before;
	size_t used, size;
	alignas(max_align_t) unsigned char bytes[];
};

void *arena_alloc(struct arena *a, size_t bytes)
{
	const size_t align = alignof(max_align_t);
	struct arena_block *b = a->last;
	size_t need;
	void *p;

	if (bytes > SIZE_MAX / 2)
		return NULL;
	need = (bytes + align - 1) / align * align;
	if (a->limit && (need > a->limit || a->used > a->limit - need))
		return NULL;
	if (!b || need > b->size - b->used) {
		size_t size = need > BLOCK_BYTES ? need : BLOCK_BYTES;

		b = malloc(sizeof(*b) + size);
		if (!b)
			return NULL;
		b->before = a->last;
		b->used = 0;
		b->size = size;
		a->last = b;
	}
	p = b->bytes + b->used;
	b->used += need;
	a->used += need;
	memset(p, 0, need);
	return p;
}

void *arena_array(struct arena *a, size_t n, size_t element_bytes)
{
	size_t bytes;

	return mul_size(n, element_bytes, &bytes) ? arena_alloc(a, bytes) : NULL;
}

char *arena_strndup(struct arena *a, const void *bytes, size_t n)
{
	char *p = n < SIZE_MAX ? arena_alloc(a, n + 1) : NULL;

	if (p && n)
		memcpy(p, bytes, n);
	return p;
}

char *arena_vprintf(struct arena *a, const char *format, va_list args)
{
	char text[1024];

	(void)vsnprintf(text, sizeof(text), format, args);
	return arena_strndup(a, text, strlen(text));
}

void *arena_memdup(struct arena *a, const void *bytes, size_t n)
{
	void *p = arena_alloc(a, n);

	if (p && n)
		memcpy(p, bytes, n);
	return p;
}

void arena_release(struct arena *a)
{
	while (a->last) {
		struct arena_block *before = a->last->before;

		free(a->last);
		a->last = before;
	}
	a->used = 0;
}
