/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Images that are compressed whole: gzip, xz, zstd, bzip2, lz4, lzip, lzma. */
#include <stdio.h>
#include <string.h>

#include "base/byteorder.h"
#include "base/fail.h"
#include "base/scan.h"
#include "format/formats.h"
#include "format/packed.h"
#include "format/unspool.h"

/* What has to be more than a mark: the bytes behind it make sense. */
static bool is_gzip(const uint8_t *p, size_t n)
{
	return n >= 18 && p[0] == 0x1f && p[1] == 0x8b && p[2] == 8 && (p[3] & 0xe0) == 0;
}

static bool is_xz(const uint8_t *p, size_t n)
{
	return n >= 32 && memcmp(p, "\xfd" "7zXZ\0\0", 7) == 0;
}

static bool is_zstd(const uint8_t *p, size_t n)
{
	return n >= 9 && (get_le32(p) == UINT32_C(0xfd2fb528) ||
			  ((get_le32(p) & ~15u) == UINT32_C(0x184d2a50) && n > 12 &&
			   get_le32(p + 4) <= n - 12 &&
			   get_le32(p + 8 + get_le32(p + 4)) == UINT32_C(0xfd2fb528)));
}

static bool is_bzip2(const uint8_t *p, size_t n)
{
	return n >= 14 && memcmp(p, "BZh", 3) == 0 && p[3] >= '1' && p[3] <= '9' &&
	       (memcmp(p + 4, "1AY&SY", 6) == 0 || memcmp(p + 4, "\x17rE8P\x90", 6) == 0);
}

static bool is_lz4(const uint8_t *p, size_t n)
{
	return n >= 11 && get_le32(p) == UINT32_C(0x184d2204) && p[4] >> 6 == 1 && (p[5] & 0x8f) == 0;
}

static bool is_lzip(const uint8_t *p, size_t n)
{
	return n >= 26 && memcmp(p, "LZIP", 4) == 0 && p[4] <= 1;
}

/* It has no mark: the properties of most encoders, a dictionary of a usual size, and a
 * length that is unknown or small, then the zero that range coding begins with. */
static bool is_lzma(const uint8_t *p, size_t n)
{
	uint32_t dictionary;
	uint64_t bytes;

	if (n < 18 || p[0] != 0x5d || p[13] != 0)
		return false;
	dictionary = get_le32(p + 1);
	bytes = get_le64(p + 5);
	return dictionary >= 4096 && (dictionary & (dictionary - 1)) == 0 &&
	       (bytes == UINT64_MAX || bytes < UINT64_C(1) << 40);
}

bool packed_kind(const uint8_t *head, size_t n, enum codec_stream_kind *ret_kind)
{
	static const struct {
		bool (*is)(const uint8_t *p, size_t n);
		enum codec_stream_kind kind;
	} kinds[] = {
		{ is_gzip, CODEC_STREAM_GZIP }, { is_xz, CODEC_STREAM_XZ },
		{ is_zstd, CODEC_STREAM_ZSTD }, { is_bzip2, CODEC_STREAM_BZIP2 },
		{ is_lz4, CODEC_STREAM_LZ4 },   { is_lzip, CODEC_STREAM_LZIP },
		{ is_lzma, CODEC_STREAM_LZMA },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (kinds[i].is(head, n)) {
			*ret_kind = kinds[i].kind;
			return true;
		}
	return false;
}

static enum isokit_status open_kind(struct isokit_medium *m, const struct format_probe *p,
				    enum codec_stream_kind kind, struct isokit_error *err)
{
	struct isokit_source *disk;
	uint64_t left;
	enum isokit_status st = unspool(m, p->src, 0, p->size, kind, UINT64_MAX, &left, NULL,
					&disk, err);

	if (st)
		return st;
	if (left)
		medium_note(m, "%llu bytes behind the end of what %s compressed were left out",
			    (unsigned long long)left, codec_stream_name(kind));
	return medium_set_disk(m, disk, err);
}

/* A DMG cut short is without its trailer, and its first block may look like a file of its
 * own: expanded, it would be garbage that nobody notices. */
static bool is_piece_of_dmg(const struct format_probe *p)
{
	size_t n = p->path ? strlen(p->path) : 0;

	return n > 4 && ascii_same_nocase(p->path + n - 4, ".dmg");
}

#define PACKED(id, stream, format_name, description, what) \
	static unsigned probe_##id(const struct format_probe *p, char evidence[FORMAT_EVIDENCE]) \
	{ \
		if (!is_##id(p->head, p->head_bytes)) \
			return 0; \
		snprintf(evidence, FORMAT_EVIDENCE, "%s", what); \
		return 80; \
	} \
	static enum isokit_status open_##id(struct isokit_medium *m, const struct format_probe *p, \
					    struct isokit_error *err) \
	{ \
		if (is_piece_of_dmg(p)) \
			return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, p->path, \
					   "has the name of a DMG and no trailer of one: it is cut " \
					   "short, or a " description " under a wrong name"); \
		return open_kind(m, p, stream, err); \
	} \
	const struct format format_##id = { .name = format_name, .words = description, \
					    .probe = probe_##id, .open = open_##id }

PACKED(gzip, CODEC_STREAM_GZIP, "gzip", "gzip file", "1f 8b at byte 0, method deflate");
PACKED(xz, CODEC_STREAM_XZ, "xz", "xz file", "fd 7zXZ at byte 0");
PACKED(zstd, CODEC_STREAM_ZSTD, "zstd", "zstd file", "frame at byte 0");
PACKED(bzip2, CODEC_STREAM_BZIP2, "bzip2", "bzip2 file", "BZh and a block at byte 0");
PACKED(lz4, CODEC_STREAM_LZ4, "lz4", "lz4 file", "frame at byte 0");
PACKED(lzip, CODEC_STREAM_LZIP, "lzip", "lzip file", "LZIP at byte 0");
PACKED(lzma, CODEC_STREAM_LZMA, "lzma", "LZMA file", "properties and dictionary of LZMA at byte 0");
