/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Clauses are those of Microsoft's "exFAT file system specification" 1.00. */
#include "stick/exfat.h"

#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "base/text.h"

enum {
	BOOT_SECTORS = 12,    /* 3: a boot region; its copy comes next */
	CHECKSUM_SECTOR = 11,
	FIRST_CLUSTER = 2,
	MAX_LABEL = 11,       /* 7.3.2 */
	ENTRY_BYTES = 32,
	ENTRY_BITMAP = 0x81, ENTRY_UPCASE = 0x82, ENTRY_LABEL = 0x83,
	MANDATORY = 128,      /* 7.2.5.1: so many entries are the same everywhere */
	UPCASE_RUN = 0xffff,  /* then how many map to themselves */
	UPCASE_MAX_BYTES = 4096,
	CHAIN_END = -1,
};

static const char subject[] = "exFAT";

/* ---- capitals ---------------------------------------------------------------------------- */

/* Ranges where letters come in pairs, capital first. */
static bool in_pairs(uint16_t c)
{
	return (c >= 0x100 && c <= 0x137 && c != 0x130 && c != 0x131) ||
	       (c >= 0x14a && c <= 0x177) || (c >= 0x460 && c <= 0x481) ||
	       (c >= 0x48a && c <= 0x4bf) || (c >= 0x4d0 && c <= 0x52f) ||
	       (c >= 0x1e00 && c <= 0x1e95) || (c >= 0x1ea0 && c <= 0x1eff);
}

uint16_t exfat_upcase(uint16_t c)
{
	if (c < 0x80)
		return c >= 'a' && c <= 'z' ? (uint16_t)(c - 0x20) : c;
	if (c >= 0xe0 && c <= 0xfe && c != 0xf7)
		return (uint16_t)(c - 0x20);
	if (c == 0xff)
		return 0x178;
	if (in_pairs(c))
		return c & 0xfffe;
	/* There the small letter is the even one. */
	if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e) || (c >= 0x4c1 && c <= 0x4ce))
		return c & 1 ? c : (uint16_t)(c - 1);
	if (c == 0x4cf)
		return 0x4c0;
	if (c == 0x3ac)
		return 0x386;
	if (c >= 0x3ad && c <= 0x3af)
		return (uint16_t)(c - 37);
	if (c >= 0x3b1 && c <= 0x3cb && c != 0x3c2)
		return (uint16_t)(c - 0x20);
	if (c == 0x3cc)
		return 0x38c;
	if (c == 0x3cd || c == 0x3ce)
		return (uint16_t)(c - 63);
	if (c >= 0x430 && c <= 0x44f)
		return (uint16_t)(c - 0x20);
	if (c >= 0x450 && c <= 0x45f)
		return (uint16_t)(c - 0x50);
	if (c >= 0x561 && c <= 0x586)
		return (uint16_t)(c - 0x30);
	if (c >= 0xff41 && c <= 0xff5a)
		return (uint16_t)(c - 0x20);
	return c;
}

/* 7.2.5: runs of units that are their own capitals are counted. */
static size_t put_upcase(uint8_t *p)
{
	size_t n = 0;
	uint32_t c = 0;

	while (c < 0x10000 && n + 4 <= UPCASE_MAX_BYTES) {
		uint32_t run = 0;

		while (c >= MANDATORY && c + run < 0x10000 &&
		       exfat_upcase((uint16_t)(c + run)) == c + run)
			run++;
		if (run > 2) {
			put_le16(p + n, UPCASE_RUN);
			put_le16(p + n + 2, (uint16_t)run);
			n += 4;
			c += run;
		} else {
			put_le16(p + n, exfat_upcase((uint16_t)c));
			n += 2;
			c++;
		}
	}
	return n;
}

/* 3.4 and 7.2.2: rotate and add. `skip`: bytes of the boot sector that change while it is used. */
static uint32_t checksum(const uint8_t *p, size_t n, bool skip)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < n; i++)
		if (!skip || (i != 106 && i != 107 && i != 112))
			sum = (sum << 31 | sum >> 1) + p[i];
	return sum;
}

/* ---- geometry ------------------------------------------------------------------------------ */

struct geometry {
	uint64_t sectors;
	uint32_t cluster_bytes;
	uint64_t fat_at, fat_sectors, heap_at; /* sectors of the volume */
	uint64_t clusters;
	uint64_t bitmap_bytes, bitmap_clusters;
	uint32_t bitmap, upcase, root; /* first clusters */
	uint64_t used;
};

static uint8_t shift_of(uint64_t v)
{
	return (uint8_t)__builtin_ctzll(v);
}

/* The sector of the volume that lies on the next border of the drive. */
static uint64_t aligned(const struct exfat_options *o, uint64_t sector)
{
	return (round_up(o->at + sector * o->sector, o->align) - o->at) / o->sector;
}

static enum isokit_status plan(const struct exfat_options *o, struct geometry *g,
			       struct isokit_error *err)
{
	*g = (struct geometry){ .sectors = o->bytes / o->sector };
	/* Microsoft's rule for what nobody has asked for. */
	g->cluster_bytes = o->bytes <= (uint64_t)256 * STICK_MIB  ? 4096 :
			   o->bytes <= (uint64_t)32768 * STICK_MIB ? 32768 : 131072;
	while (o->bytes / g->cluster_bytes > 0xfffffff0u) /* 3.1.9 */
		g->cluster_bytes *= 2;
	g->fat_at = aligned(o, (uint64_t)2 * BOOT_SECTORS);
	g->fat_sectors = div_up((o->bytes / g->cluster_bytes + FIRST_CLUSTER) * 4, o->sector);
	g->heap_at = aligned(o, g->fat_at + g->fat_sectors);
	if (g->heap_at >= g->sectors || g->heap_at > UINT32_MAX)
		return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, subject,
				   "the drive is too small for it");
	g->clusters = (g->sectors - g->heap_at) * o->sector / g->cluster_bytes;
	g->bitmap_bytes = div_up(g->clusters, 8);
	g->bitmap_clusters = div_up(g->bitmap_bytes, g->cluster_bytes);
	g->bitmap = FIRST_CLUSTER;
	g->upcase = (uint32_t)(g->bitmap + g->bitmap_clusters);
	g->root = g->upcase + 1;
	g->used = g->bitmap_clusters + 2;
	if (g->clusters < g->used + 8)
		return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, subject,
				   "the drive is too small for it");
	return ISOKIT_OK;
}

static uint64_t cluster_at(const struct exfat_options *o, const struct geometry *g,
			   uint32_t cluster)
{
	return o->at + g->heap_at * o->sector +
	       (uint64_t)(cluster - FIRST_CLUSTER) * g->cluster_bytes;
}

/* ---- bytes --------------------------------------------------------------------------------- */

/* 3.1 to 3.4 */
static void put_boot_region(const struct exfat_options *o, const struct geometry *g, uint8_t *s)
{
	uint32_t sum;

	memcpy(s, "\xeb\x76\x90" "EXFAT   ", 11);
	put_le64(s + 64, o->at / o->sector);
	put_le64(s + 72, g->sectors);
	put_le32(s + 80, (uint32_t)g->fat_at);
	put_le32(s + 84, (uint32_t)g->fat_sectors);
	put_le32(s + 88, (uint32_t)g->heap_at);
	put_le32(s + 92, (uint32_t)g->clusters);
	put_le32(s + 96, g->root);
	put_le32(s + 100, o->serial);
	put_le16(s + 104, 0x0100);
	s[108] = shift_of(o->sector);
	s[109] = shift_of(g->cluster_bytes / o->sector);
	s[110] = 1;
	s[111] = 0x80;
	s[112] = (uint8_t)(g->used * 100 / g->clusters);
	memset(s + 120, 0xf4, 390); /* 3.1.19: halts */
	put_le16(s + 510, 0xaa55);
	for (size_t i = 1; i <= 8; i++)
		put_le32(s + (i + 1) * o->sector - 4, 0xaa550000);
	sum = checksum(s, (size_t)CHECKSUM_SECTOR * o->sector, true);
	for (size_t i = 0; i < o->sector; i += 4)
		put_le32(s + (size_t)CHECKSUM_SECTOR * o->sector + i, sum);
}

static enum isokit_status put_fat(struct composer *c, const struct exfat_options *o,
				  const struct geometry *g, struct isokit_error *err)
{
	uint64_t at = o->at + g->fat_at * o->sector;
	size_t n = (size_t)(FIRST_CLUSTER + g->used) * 4;
	uint8_t *p = composer_memory(c, at, n, err);

	if (!p)
		return err->status;
	put_le32(p, 0xfffffff8);
	put_le32(p + 4, 0xffffffff);
	for (uint32_t i = g->bitmap; i < g->upcase; i++)
		put_le32(p + (size_t)i * 4, i + 1 < g->upcase ? i + 1 : (uint32_t)CHAIN_END);
	put_le32(p + (size_t)g->upcase * 4, (uint32_t)CHAIN_END);
	put_le32(p + (size_t)g->root * 4, (uint32_t)CHAIN_END);
	return composer_zeros(c, at, g->fat_sectors * o->sector, err);
}

static enum isokit_status put_bitmap(struct composer *c, const struct exfat_options *o,
				     const struct geometry *g, struct isokit_error *err)
{
	uint64_t at = cluster_at(o, g, g->bitmap);
	uint8_t *p = composer_memory(c, at, (size_t)div_up(g->used, 8), err);

	if (!p)
		return err->status;
	for (size_t i = 0; i < g->used; i++)
		p[i / 8] |= (uint8_t)(1u << (i % 8));
	return composer_zeros(c, at, g->bitmap_clusters * g->cluster_bytes, err);
}

static enum isokit_status put_label(uint8_t *entry, const char *label, struct isokit_error *err)
{
	const uint8_t *p = (const uint8_t *)label;
	size_t n = strlen(label), units = 0;

	for (size_t i = 0; i < n;) {
		uint32_t code;
		size_t used = utf8_decode(p + i, n - i, &code);

		if (used == 0 || code < 0x20 || code > 0xffff)
			return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, label,
					   "has a character that an exFAT label cannot have");
		if (units == MAX_LABEL)
			return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, label,
					   "an exFAT label has at most %d characters", MAX_LABEL);
		put_le16(entry + 2 + 2 * units++, (uint16_t)code);
		i += used;
	}
	entry[0] = ENTRY_LABEL;
	entry[1] = (uint8_t)units;
	return ISOKIT_OK;
}

static enum isokit_status put_root(struct composer *c, const struct exfat_options *o,
				   const struct geometry *g, size_t upcase_bytes,
				   uint32_t upcase_sum, struct isokit_error *err)
{
	uint8_t *p = composer_memory(c, cluster_at(o, g, g->root), g->cluster_bytes, err);

	if (!p)
		return err->status;
	if (o->label && o->label[0]) {
		enum isokit_status st = put_label(p, o->label, err);

		if (st)
			return st;
		p += ENTRY_BYTES;
	}
	p[0] = ENTRY_BITMAP;
	put_le32(p + 20, g->bitmap);
	put_le64(p + 24, g->bitmap_bytes);
	p += ENTRY_BYTES;
	p[0] = ENTRY_UPCASE;
	put_le32(p + 4, upcase_sum);
	put_le32(p + 20, g->upcase);
	put_le64(p + 24, upcase_bytes);
	return ISOKIT_OK;
}

enum isokit_status exfat_compose(struct composer *c, const struct exfat_options *o,
				 struct isokit_error *err)
{
	struct isokit_error local;
	struct geometry g;
	uint8_t *boot, *upcase;
	size_t n;
	enum isokit_status st;

	if (!err)
		err = &local;
	st = plan(o, &g, err);
	if (st)
		return st;
	boot = composer_memory(c, o->at, (size_t)2 * BOOT_SECTORS * o->sector, err);
	upcase = composer_memory(c, cluster_at(o, &g, g.upcase), UPCASE_MAX_BYTES, err);
	if (!boot || !upcase)
		return err->status;
	put_boot_region(o, &g, boot);
	memcpy(boot + (size_t)BOOT_SECTORS * o->sector, boot, (size_t)BOOT_SECTORS * o->sector);
	n = put_upcase(upcase);
	st = composer_zeros(c, o->at, g.fat_at * o->sector, err);
	if (st == ISOKIT_OK)
		st = put_fat(c, o, &g, err);
	if (st == ISOKIT_OK)
		st = put_bitmap(c, o, &g, err);
	if (st == ISOKIT_OK)
		st = composer_zeros(c, cluster_at(o, &g, g.upcase), g.cluster_bytes, err);
	if (st == ISOKIT_OK)
		st = put_root(c, o, &g, n, checksum(upcase, n, false), err);
	return st;
}
