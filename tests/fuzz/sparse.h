/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Large images in small inputs: the size, then the sectors that are not zero.
 *
 *	4 bytes   size of the image in sectors, little-endian
 *	4 bytes   bytes more, at most 2047
 *	then, for each sector: 4 bytes its number, 2048 bytes */
#ifndef FUZZ_SPARSE_H
#define FUZZ_SPARSE_H

enum { SPARSE_HEAD = 8, SPARSE_RECORD = 4 + 2048, SPARSE_MAX_SECTORS = 512 };

#endif
