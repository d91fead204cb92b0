/* SPDX-License-Identifier: GPL-3.0-or-later */
/* unhex DUMP >IMAGE: for the program-level tests. */
#include "hex.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
	uint8_t *bytes;
	size_t n;

	if (argc != 2) {
		fputs("usage: unhex DUMP >IMAGE\n", stderr);
		return 2;
	}
	if (!hex_load(argv[1], &bytes, &n))
		return 2;
	if (fwrite(bytes, 1, n, stdout) != n || fflush(stdout) != 0) {
		perror("unhex");
		return 2;
	}
	free(bytes);
	return 0;
}
