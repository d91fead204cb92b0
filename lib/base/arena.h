/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory that lives as long as one owner: allocate piecewise, release at once. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena_block;

struct arena {
	struct arena_block *last;
	size_t used;  /* bytes handed out */
	size_t limit; /* arena_alloc() fails past this; 0: no limit */
};

/* Zeroed memory for any type, or NULL. */
void *arena_alloc(struct arena *a, size_t bytes);

/* Zeroed memory for n elements; NULL also when the product would wrap. */
void *arena_array(struct arena *a, size_t n, size_t element_bytes);

/* A NUL-terminated copy of n bytes, or NULL. */
char *arena_strndup(struct arena *a, const void *bytes, size_t n);

/* A text, of which at most 1023 bytes are kept, or NULL. */
char *arena_vprintf(struct arena *a, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));

/* Copy n bytes, or NULL. */
void *arena_memdup(struct arena *a, const void *bytes, size_t n);

/* Release everything; the arena can be used again. */
void arena_release(struct arena *a);

#endif
