/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CRC-32C, which file systems sum their blocks with (Castagnoli; RFC 3720, appendix B.4). */
#ifndef ONDISK_CRC32C_H
#define ONDISK_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* Continue one, from 0. */
uint32_t ondisk_crc32c(uint32_t crc, const void *bytes, size_t n);

#endif
