/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The list of what was compared beside an image. */
#include "writer.h"

#include <stdlib.h>
#include <string.h>

#include "common/message.h"

bool checks_no_memory(void)
{
	message_error(NULL, "out of memory");
	return false;
}

struct check *checks_add(struct checks *c, const char *kind, const char *file, const char *of)
{
	struct check *k;

	if (c->n == c->capacity) {
		size_t capacity = c->capacity ? 2 * c->capacity : 8;
		struct check *items = realloc(c->items, capacity * sizeof(*items));

		if (!items)
			return (void)checks_no_memory(), NULL;
		c->items = items;
		c->capacity = capacity;
	}
	k = &c->items[c->n];
	*k = (struct check){ .result = CHECK_UNKNOWN, .kind = kind, .file = strdup(file),
			     .of = of ? strdup(of) : NULL };
	c->n++;
	if (!k->file || (of && !k->of))
		return (void)checks_no_memory(), NULL;
	return k;
}

void checks_release(struct checks *c)
{
	for (size_t i = 0; i < c->n; i++) {
		free(c->items[i].file);
		free(c->items[i].of);
	}
	free(c->items);
	free(c->bmap);
	*c = (struct checks){ .items = NULL };
}
