/* SPDX-License-Identifier: GPL-3.0-or-later */
/* "Did you mean": the word of a list that a mistyped one is nearest to. */
#include <stdlib.h>
#include <string.h>

#include "common/options.h"

enum { LONGEST = 40 };

static unsigned least3(unsigned a, unsigned b, unsigned c)
{
	unsigned m = a < b ? a : b;

	return m < c ? m : c;
}

/* Insertions, deletions, changes and swaps of neighbours that turn a into b. */
static unsigned distance(const char *a, const char *b)
{
	unsigned d[3][LONGEST + 1];
	size_t n = strlen(a), m = strlen(b);

	if (n > LONGEST || m > LONGEST)
		return LONGEST;
	for (size_t j = 0; j <= m; j++)
		d[0][j] = (unsigned)j;
	for (size_t i = 1; i <= n; i++) {
		unsigned *now = d[i % 3], *before = d[(i - 1) % 3];

		now[0] = (unsigned)i;
		for (size_t j = 1; j <= m; j++) {
			unsigned differ = a[i - 1] != b[j - 1];

			now[j] = least3(before[j] + 1, now[j - 1] + 1, before[j - 1] + differ);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    d[(i - 2) % 3][j - 2] + 1 < now[j])
				now[j] = d[(i - 2) % 3][j - 2] + 1;
		}
	}
	return d[n % 3][m];
}

const char *nearest_word(const char *word, const char *const *words, size_t n)
{
	size_t length = strlen(word);
	unsigned best = length < 4 ? 2 : length < 8 ? 3 : 4; /* one more than accepted */
	const char *nearest = NULL;

	for (size_t i = 0; i < n; i++) {
		unsigned d = distance(word, words[i]);

		if (d < best) {
			best = d;
			nearest = words[i];
		}
	}
	/* An abbreviation is far away by letters, but what was meant is clear. */
	for (size_t i = 0; !nearest && i < n; i++) {
		if (length >= 3 && strncmp(word, words[i], length) == 0)
			nearest = words[i];
	}
	return nearest;
}
