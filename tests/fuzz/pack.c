/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pack IMAGE OUTPUT: the image as an input of fuzz_sparse, up to 512 sectors of it.
 * pack --pieces IMAGE OUTPUT: as packed.h describes.
 * pack --raw IMAGE OUTPUT: a hex dump as the bytes it stands for. */
#include "hex.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "packed.h"
#include "sparse.h"

static void put_pieces(const uint8_t *bytes, size_t n, FILE *out)
{
	static uint8_t piece[PACKED_PIECE];
	uint8_t head[12] = PACKED_MARK;

	put_le32(head + 8, (uint32_t)((n + PACKED_PIECE - 1) / PACKED_PIECE));
	(void)fwrite(head, 1, PACKED_HEAD, out);
	for (size_t at = 0; at < n; at += PACKED_PIECE) {
		size_t k = n - at < PACKED_PIECE ? n - at : PACKED_PIECE;

		memset(piece, 0, sizeof(piece));
		memcpy(piece, bytes + at, k);
		if (piece[0] == 0 && memcmp(piece, piece + 1, sizeof(piece) - 1) == 0)
			continue;
		put_le32(head, (uint32_t)(at / PACKED_PIECE));
		(void)fwrite(head, 1, 4, out);
		(void)fwrite(piece, 1, sizeof(piece), out);
	}
}

int main(int argc, char **argv)
{
	bool raw = argc == 4 && strcmp(argv[1], "--raw") == 0;
	bool pieces = argc == 4 && strcmp(argv[1], "--pieces") == 0;
	size_t n, packed = 0;
	uint8_t *bytes, head[8];
	FILE *out;

	if (argc != 3 + (raw || pieces) || !hex_load(argv[argc - 2], &bytes, &n))
		return 2;
	out = fopen(argv[argc - 1], "wb");
	if (!out)
		return 2;
	if (raw) {
		(void)fwrite(bytes, 1, n, out);
		return fclose(out) != 0;
	}
	if (pieces) {
		if (n >= PACKED_HEAD && memcmp(bytes, PACKED_MARK, 8) == 0)
			(void)fwrite(bytes, 1, n, out);
		else
			put_pieces(bytes, n, out);
		free(bytes);
		return fclose(out) != 0;
	}
	put_le32(head, (uint32_t)(n / 2048));
	put_le32(head + 4, (uint32_t)(n % 2048));
	(void)fwrite(head, 1, 8, out);
	for (size_t at = 0; at + 2048 <= n && packed < SPARSE_MAX_SECTORS; at += 2048) {
		uint8_t *p = bytes + at;

		if (p[0] == 0 && memcmp(p, p + 1, 2047) == 0)
			continue;
		packed++;
		put_le32(head, (uint32_t)(at / 2048));
		(void)fwrite(head, 1, 4, out);
		(void)fwrite(p, 1, 2048, out);
	}
	free(bytes);
	return fclose(out) != 0;
}
