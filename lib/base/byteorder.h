/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers from and to bytes, one byte at a time: alignment, aliasing and host
 * byte order cannot matter. Shifts are done on unsigned types wide enough. */
#ifndef BASE_BYTEORDER_H
#define BASE_BYTEORDER_H

#include <stdint.h>

static inline uint16_t get_le16(const uint8_t *p)
{
	return (uint16_t)(p[0] | (unsigned)p[1] << 8);
}

static inline uint16_t get_be16(const uint8_t *p)
{
	return (uint16_t)(p[1] | (unsigned)p[0] << 8);
}

static inline uint32_t get_le32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint32_t get_be32(const uint8_t *p)
{
	return (uint32_t)p[3] | (uint32_t)p[2] << 8 | (uint32_t)p[1] << 16 | (uint32_t)p[0] << 24;
}

static inline uint64_t get_le64(const uint8_t *p)
{
	return (uint64_t)get_le32(p) | (uint64_t)get_le32(p + 4) << 32;
}

static inline uint64_t get_be64(const uint8_t *p)
{
	return (uint64_t)get_be32(p + 4) | (uint64_t)get_be32(p) << 32;
}

static inline void put_le16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

static inline void put_be16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline void put_le32(uint8_t *p, uint32_t v)
{
	put_le16(p, (uint16_t)v);
	put_le16(p + 2, (uint16_t)(v >> 16));
}

static inline void put_be32(uint8_t *p, uint32_t v)
{
	put_be16(p, (uint16_t)(v >> 16));
	put_be16(p + 2, (uint16_t)v);
}

static inline void put_le64(uint8_t *p, uint64_t v)
{
	put_le32(p, (uint32_t)v);
	put_le32(p + 4, (uint32_t)(v >> 32));
}

/* A number that ISO 9660 stores twice (ECMA-119 7.2.3, 7.3.3). Decoding keeps
 * both halves; choosing one, or complaining, belongs to the model. */
struct both16 {
	uint16_t le, be;
};

struct both32 {
	uint32_t le, be;
};

static inline struct both16 get_both16(const uint8_t *p)
{
	return (struct both16){ .le = get_le16(p), .be = get_be16(p + 2) };
}

static inline struct both32 get_both32(const uint8_t *p)
{
	return (struct both32){ .le = get_le32(p), .be = get_be32(p + 4) };
}

static inline void put_both16(uint8_t *p, uint16_t v)
{
	put_le16(p, v);
	put_be16(p + 2, v);
}

static inline void put_both32(uint8_t *p, uint32_t v)
{
	put_le32(p, v);
	put_be32(p + 4, v);
}

#endif
