/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tree/archive.h"

#include <string.h>

/* The sum of a tar header's bytes, its own field as spaces (POSIX pax, ustar). */
static bool is_tar(const uint8_t *p, size_t n)
{
	enum { BLOCK = 512, SUM_AT = 148, SUM_BYTES = 8 };
	unsigned sum = 0, told = 0;
	size_t i = SUM_AT;

	if (n < BLOCK || p[0] == '\0')
		return false;
	while (i < SUM_AT + SUM_BYTES && p[i] == ' ')
		i++;
	for (; i < SUM_AT + SUM_BYTES && p[i] >= '0' && p[i] <= '7'; i++)
		told = told * 8 + (unsigned)(p[i] - '0');
	for (i = 0; i < BLOCK; i++)
		sum += i >= SUM_AT && i < SUM_AT + SUM_BYTES ? ' ' : p[i];
	return sum == told;
}

struct mark {
	size_t at, bytes;
	const char *value;
	enum tree_source_kind kind;
};

enum tree_source_kind tree_source_kind(const uint8_t *head, size_t n)
{
	static const struct mark marks[] = {
		{ 0, 6, "#mtree", TREE_KIND_MTREE },
		{ 0, 6, "070701", TREE_KIND_TREE }, /* cpio: newc, with sums, odc */
		{ 0, 6, "070702", TREE_KIND_TREE },
		{ 0, 6, "070707", TREE_KIND_TREE },
		{ 0, 4, "PK\3\4", TREE_KIND_ARCHIVE },
		{ 0, 6, "7z\274\257\47\34", TREE_KIND_ARCHIVE },
		{ 0, 6, "Rar!\32\7", TREE_KIND_ARCHIVE },
		{ 0, 4, "MSCF", TREE_KIND_ARCHIVE },
		{ 0, 4, "xar!", TREE_KIND_ARCHIVE },
		{ 2, 3, "-lh", TREE_KIND_ARCHIVE },
		{ 0, 3, "\37\213\10", TREE_KIND_COMPRESSED }, /* gzip */
		{ 0, 3, "BZh", TREE_KIND_COMPRESSED },
		{ 0, 6, "\3757zXZ", TREE_KIND_COMPRESSED },
		{ 0, 4, "\50\265\57\375", TREE_KIND_COMPRESSED }, /* zstd */
		{ 0, 4, "\4\42\115\30", TREE_KIND_COMPRESSED },   /* lz4 */
		{ 0, 4, "LZIP", TREE_KIND_COMPRESSED },
		{ 0, 3, "]\0", TREE_KIND_COMPRESSED }, /* lzma */
		{ 0, 2, "\37\235", TREE_KIND_COMPRESSED }, /* compress */
	};

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		const struct mark *m = &marks[i];

		if (n >= m->at + m->bytes && memcmp(head + m->at, m->value, m->bytes) == 0)
			return m->kind;
	}
	return is_tar(head, n) ? TREE_KIND_TREE : TREE_KIND_OTHER;
}
