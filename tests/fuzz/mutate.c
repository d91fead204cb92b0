/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mutate.h"

#include <string.h>

#include "base/byteorder.h"
#include "ondisk/gpt.h"

/* ---- random numbers ------------------------------------------------------------- */

struct dice {
	const struct sectors *s;
	uint64_t state;
};

static uint32_t roll(struct dice *d, uint32_t n)
{
	d->state ^= d->state >> 12;
	d->state ^= d->state << 25;
	d->state ^= d->state >> 27;
	return n ? (uint32_t)((d->state * UINT64_C(0x2545f4914f6cdd1d)) >> 33) % n : 0;
}

static uint8_t *sector(const struct dice *d, size_t i)
{
	return d->s->first + i * d->s->step;
}

static uint32_t lba_of(const struct dice *d, size_t i)
{
	return d->s->lba ? d->s->lba(d->s, i) : (uint32_t)i;
}

static uint8_t *any_sector(struct dice *d)
{
	return sector(d, roll(d, (uint32_t)d->s->n));
}

/* ---- numbers -------------------------------------------------------------------- */

/* A number that means something: edges, a place in the image, a little more or less. */
static uint32_t number(struct dice *d, uint32_t old)
{
	static const uint32_t edges[] = {
		0, 1, 2, 3, 4, 15, 16, 17, 31, 32, 33, 34, 127, 128, 255, 256, 257, 512, 2047,
		2048, 2049, 4095, 4096, 0x7fff, 0x8000, 0xffff, 0x10000, 0x1fffff, 0x200000,
		0x3fffffff, 0x40000000, 0x7fffffff, 0x80000000, 0xc0000000, 0xfffff800,
		0xfffffffe, 0xffffffff,
	};

	switch (roll(d, 8)) {
	case 0:
	case 1:
		return edges[roll(d, sizeof(edges) / sizeof(edges[0]))];
	case 2:
	case 3:
		return lba_of(d, roll(d, (uint32_t)d->s->n));
	case 4:
		return old + roll(d, 5) - 2;
	case 5:
		return old ^ 1u << roll(d, 32);
	case 6:
		return (lba_of(d, roll(d, (uint32_t)d->s->n)) << 2) + roll(d, 4); /* 512 bytes */
	default:
		return old * (1 + roll(d, 3)) + roll(d, 2);
	}
}

static void put_number(struct dice *d, uint8_t *p, size_t room)
{
	switch (roll(d, 6)) {
	case 0:
		p[0] = (uint8_t)number(d, p[0]);
		return;
	case 1:
		if (room >= 2)
			put_le16(p, (uint16_t)number(d, get_le16(p)));
		return;
	case 2:
		if (room >= 2)
			put_be16(p, (uint16_t)number(d, get_be16(p)));
		return;
	case 3:
		if (room >= 4)
			put_be32(p, number(d, get_be32(p)));
		return;
	case 4:
		if (room >= 8)
			put_le64(p, (uint64_t)number(d, 0) << 32 | number(d, get_le32(p)));
		return;
	default:
		if (room >= 4)
			put_le32(p, number(d, get_le32(p)));
	}
}

/* The same number in both orders; now and then only one of them changes. */
static void change_both32(struct dice *d, uint8_t *p)
{
	uint32_t v = number(d, get_le32(p));
	uint32_t which = roll(d, 12);

	if (which != 0)
		put_le32(p, v);
	if (which != 1)
		put_be32(p + 4, v);
}

static bool is_both32(const uint8_t *p)
{
	return get_le32(p) == get_be32(p + 4) && get_le32(p) != 0;
}

static bool change_both(struct dice *d, uint8_t *p)
{
	size_t start = roll(d, SECTOR - 8);

	for (size_t i = 0; i < SECTOR - 8; i++) {
		size_t at = (start + i) % (SECTOR - 8);

		if (is_both32(p + at)) {
			change_both32(d, p + at);
			return true;
		}
	}
	return false;
}

/* ---- directories ------------------------------------------------------------------ */

enum { MAX_RECORDS = 64 };

static bool is_directory(const uint8_t *p)
{
	return p[0] >= 34 && p[32] >= 1 && p[33u + p[32] - 1] < 0x80 && (is_both32(p + 2) ||
		is_both32(p + 10));
}

static size_t list_records(const uint8_t *p, size_t at[MAX_RECORDS])
{
	size_t n = 0;

	for (size_t pos = 0; n < MAX_RECORDS && pos < SECTOR - 33 && p[pos] >= 33 &&
	     pos + p[pos] <= SECTOR; pos += p[pos])
		at[n++] = pos;
	return n;
}

static size_t end_of_records(const uint8_t *p, const size_t *at, size_t n)
{
	return n ? at[n - 1] + p[at[n - 1]] : 0;
}

/* SUSP and RRIP, AAIP, zisofs, Apple. */
static const char signatures[] = "CEPDSPSTERESPXPNSLNMCLPLRETFSFZFALAAACRRBAASXA";

static void change_field(struct dice *d, uint8_t *area, size_t bytes)
{
	size_t at[64], n = 0, i, len;

	for (size_t pos = 0; n < 64 && pos + 4 <= bytes && area[pos + 2] >= 4 &&
	     pos + area[pos + 2] <= bytes; pos += area[pos + 2])
		at[n++] = pos;
	if (!n)
		return;
	i = at[roll(d, (uint32_t)n)];
	len = area[i + 2];
	switch (roll(d, 9)) {
	case 0:
		area[i + 2] = (uint8_t)number(d, area[i + 2]);
		break;
	case 1:
		memcpy(area + i, signatures + 2 * roll(d, (sizeof(signatures) - 1) / 2), 2);
		break;
	case 2: /* one field over another */
		memmove(area + i, area + at[roll(d, (uint32_t)n)], len < bytes - i ? 4 : 0);
		break;
	case 3: /* twice */
		if (i + 2 * len <= bytes)
			memcpy(area + i + len, area + i, len);
		break;
	case 4: /* out */
		memmove(area + i, area + i + len, bytes - i - len);
		break;
	case 5:
	case 6: /* CE, CL, PL, PN, PX: numbers in both orders */
		if (len >= 12)
			change_both32(d, area + i + 4 + 8 * roll(d, (uint32_t)(len - 4) / 8));
		break;
	case 7: /* flags, component flags, lengths */
		if (len > 4)
			area[i + 4 + roll(d, len > 8 ? 4 : 1)] = (uint8_t)number(d, 0);
		break;
	default:
		if (len > 4)
			put_number(d, area + i + 4 + roll(d, (uint32_t)len - 4), 1);
	}
}

static void change_record(struct dice *d, uint8_t *p)
{
	size_t at[MAX_RECORDS], n = list_records(p, at), i, len, end, name;
	uint8_t copy[256];

	if (!n)
		return;
	i = at[roll(d, (uint32_t)n)];
	len = p[i];
	end = end_of_records(p, at, n);
	name = p[i + 32];
	switch (roll(d, 14)) {
	case 0: /* once more, at the end */
		if (end + len <= SECTOR)
			memcpy(p + end, p + i, len);
		break;
	case 1: /* out */
		memmove(p + i, p + i + len, SECTOR - i - len);
		memset(p + SECTOR - len, 0, len);
		break;
	case 2: /* where another one points, or what it is called */
		memcpy(copy, p + at[roll(d, (uint32_t)n)] + 2, 16);
		memcpy(p + i + 2, copy, 16);
		break;
	case 3:
		p[i + 25] ^= (uint8_t)(1u << roll(d, 8));
		break;
	case 4:
		p[i] = (uint8_t)number(d, p[i]);
		break;
	case 5:
		p[i + 32] = (uint8_t)number(d, p[i + 32]);
		break;
	case 6:
		p[i + 1] = (uint8_t)number(d, 0);
		break;
	case 7:
		p[i + 26 + roll(d, 2)] = (uint8_t)number(d, 0);
		break;
	case 8:
		change_both32(d, p + i + 2);
		break;
	case 9:
		change_both32(d, p + i + 10);
		break;
	case 10:
		if (name && i + 33 + name <= SECTOR)
			p[i + 33 + roll(d, (uint32_t)name)] = (uint8_t)number(d, ';');
		break;
	default:
		name += (name & 1) ? 33u : 34u;
		if (name + 4 <= len)
			change_field(d, p + i + name, len - name);
	}
}

/* ---- UDF -------------------------------------------------------------------------- */

static uint16_t udf_crc(const uint8_t *p, size_t n)
{
	uint16_t crc = 0;

	for (size_t i = 0; i < n; i++) {
		crc ^= (uint16_t)(p[i] << 8);
		for (int bit = 0; bit < 8; bit++)
			crc = (uint16_t)(crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1);
	}
	return crc;
}

static uint8_t udf_sum(const uint8_t *p)
{
	uint8_t sum = 0;

	for (int i = 0; i < 16; i++)
		sum = (uint8_t)(sum + (i == 4 ? 0 : p[i]));
	return sum;
}

static bool is_udf(const uint8_t *p)
{
	return get_le16(p) != 0 && (get_le16(p) <= 9 || (get_le16(p) >= 256 && get_le16(p) <= 266)) &&
	       p[4] == udf_sum(p);
}

static void seal_udf(uint8_t *p)
{
	size_t n = get_le16(p + 10);

	if (n <= SECTOR - 16)
		put_le16(p + 8, udf_crc(p + 16, n));
	p[4] = udf_sum(p);
}

static void change_udf(struct dice *d, uint8_t *p)
{
	static const uint16_t ids[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 256, 257, 258, 259, 260, 261,
					262, 263, 264, 265, 266 };
	size_t used = 16u + get_le16(p + 10);

	if (used > SECTOR || used <= 16)
		used = 512;
	switch (roll(d, 10)) {
	case 0:
		put_le16(p, ids[roll(d, sizeof(ids) / sizeof(ids[0]))]);
		break;
	case 1:
		put_le32(p + 12, number(d, get_le32(p + 12)));
		break;
	case 2:
		put_le16(p + 10, (uint16_t)number(d, get_le16(p + 10)));
		break;
	case 3: /* lengths of attributes and descriptors, ICB flags */
		if (get_le16(p) == 261 || get_le16(p) == 266)
			put_number(d, p + 16 + roll(d, 20), 4);
		else
			put_number(d, p + 16 + roll(d, (uint32_t)used - 16), 4);
		break;
	case 4: /* an extent behind the head: of any entry */
		put_le32(p + 168 + 4 * roll(d, 20), number(d, 0));
		break;
	case 5:
		put_le32(p + 212 + 4 * roll(d, 20), number(d, 0));
		break;
	default:
		for (uint32_t i = roll(d, 3) + 1; i; i--) {
			size_t at = 16 + roll(d, (uint32_t)used - 16);

			put_number(d, p + at, SECTOR - at);
		}
	}
	if (roll(d, 16))
		seal_udf(p);
}

/* ---- what lies at multiples of 512 bytes --------------------------------------------- */

static void change_gpt(struct dice *d, uint8_t *p, size_t room)
{
	size_t bytes = get_le32(p + 12);

	put_number(d, p + 8 + roll(d, 84), 8);
	bytes = bytes >= 92 && bytes <= room ? bytes : 92;
	if (!roll(d, 8))
		return;
	put_le32(p + 16, 0);
	put_le32(p + 16, ondisk_crc32(0, p, bytes));
}

/* Entries were changed: the header in front of them agrees again. */
static void seal_gpt(const struct dice *d)
{
	uint8_t *raw = d->s->first;
	size_t all = d->s->n * SECTOR, bytes, n;
	uint64_t at;

	if (d->s->step != SECTOR || memcmp(raw + 512, "EFI PART", 8) != 0)
		return;
	at = get_le64(raw + 512 + 72) * 512;
	n = get_le32(raw + 512 + 80);
	bytes = get_le32(raw + 512 + 84);
	if (n > 4096 || bytes > 4096 || at >= all || n * bytes > all - at)
		return;
	put_le32(raw + 512 + 88, ondisk_crc32(0, raw + at, n * bytes));
	put_le32(raw + 512 + 16, 0);
	put_le32(raw + 512 + 16, ondisk_crc32(0, raw + 512, 92));
}

static void change_mbr(struct dice *d, uint8_t *p)
{
	static const uint8_t types[] = { 0, 1, 4, 5, 6, 0x0b, 0x0c, 0x0e, 0x0f, 0x17, 0x83, 0x85,
					 0xaf, 0xcd, 0xee, 0xef };
	uint8_t *e = p + 446 + 16 * roll(d, 4);

	switch (roll(d, 5)) {
	case 0:
		e[0] = (uint8_t)(roll(d, 4) ? roll(d, 2) * 0x80 : number(d, 0));
		break;
	case 1:
		e[4] = types[roll(d, sizeof(types))];
		break;
	case 2:
		put_le32(e + 8, number(d, get_le32(e + 8)));
		break;
	case 3:
		put_le32(e + 12, number(d, get_le32(e + 12)));
		break;
	default:
		memcpy(e, p + 446 + 16 * roll(d, 4), 16);
	}
}

static void change_fat_boot(struct dice *d, uint8_t *p)
{
	static const uint8_t fields[] = { 11, 13, 14, 16, 17, 19, 21, 22, 32, 36, 42, 44, 48 };

	put_number(d, p + fields[roll(d, sizeof(fields))], 4);
}

/* FAT folders and tables have no mark: entries of 32 bytes, numbers of 12 and 16 bits. */
static void change_fat_entry(struct dice *d, uint8_t *p)
{
	uint8_t *e = p + 32 * roll(d, SECTOR / 32);

	switch (roll(d, 6)) {
	case 0:
		e[11] = (uint8_t)(1u << roll(d, 6));
		break;
	case 1:
		put_le16(e + 26, (uint16_t)number(d, get_le16(e + 26)));
		break;
	case 2:
		put_le32(e + 28, number(d, get_le32(e + 28)));
		break;
	case 3:
		e[0] = (uint8_t)(roll(d, 2) ? 0x41 : number(d, 0xe5));
		break;
	default:
		put_le16(p + 2 * roll(d, SECTOR / 2), (uint16_t)roll(d, 64));
	}
}

static void change_pe(struct dice *d, uint8_t *p)
{
	size_t head = get_le32(p + 60);

	if (head > SECTOR - 264 || !roll(d, 8))
		put_le32(p + 60, number(d, (uint32_t)head));
	else /* COFF and optional header, data directory, sections */
		put_number(d, p + head + 4 + roll(d, (uint32_t)(SECTOR - head - 8)), 4);
}

static void change_catalog(struct dice *d, uint8_t *p)
{
	static const uint8_t kinds[] = { 0x00, 0x44, 0x88, 0x90, 0x91 };
	static const uint8_t platforms[] = { 0, 1, 2, 0xef };
	uint8_t *e = p + 32 * roll(d, 8);
	uint16_t sum = 0;

	switch (roll(d, 7)) {
	case 0:
		e[0] = kinds[roll(d, sizeof(kinds))];
		break;
	case 1:
		e[1] = platforms[roll(d, sizeof(platforms))];
		break;
	case 2:
		put_le32(e + 8, number(d, get_le32(e + 8)));
		break;
	case 3:
		put_le16(e + 6, (uint16_t)number(d, get_le16(e + 6)));
		break;
	case 4:
		put_le16(e + 2, (uint16_t)number(d, get_le16(e + 2)));
		break;
	case 5:
		memcpy(p + 32 * (1 + roll(d, 62)), e, 32);
		break;
	default:
		put_number(d, e + roll(d, 31), 1);
	}
	if (!roll(d, 10))
		return;
	put_le16(p + 28, 0);
	for (int i = 0; i < 32; i += 2)
		sum = (uint16_t)(sum + get_le16(p + i));
	put_le16(p + 28, (uint16_t)-sum);
}

/* ---- one sector -------------------------------------------------------------------- */

static bool is_descriptor(const uint8_t *p)
{
	return memcmp(p + 1, "CD001", 5) == 0 || memcmp(p + 9, "CDROM", 5) == 0 ||
	       memcmp(p + 1, "NSR0", 4) == 0 || memcmp(p + 1, "BEA01", 5) == 0 ||
	       memcmp(p + 1, "TEA01", 5) == 0;
}

static void change_descriptor(struct dice *d, uint8_t *p)
{
	static const char ids[] = "CD001BEA01NSR02NSR03TEA01BOOT2CDW02";
	static const uint8_t escapes[][3] = { "%/@", "%/C", "%/E", "%/G", "%/?" };
	static const uint16_t fields[] = { 80, 120, 124, 128, 132, 140, 144, 148, 152, 158, 166, 188,
					   813, 830, 847, 864, 881, 883, 71 };

	switch (roll(d, 8)) {
	case 0:
		p[0] = (uint8_t)(roll(d, 2) ? roll(d, 4) : number(d, 255));
		break;
	case 1:
		memcpy(p + 1, ids + 5 * roll(d, 7), 5);
		break;
	case 2:
		memcpy(p + 88, escapes[roll(d, 5)], 3);
		break;
	case 3:
		p[6] = (uint8_t)roll(d, 4);
		break;
	case 4:
	case 5:
		if (change_both(d, p))
			break;
		/* fall through */
	default: {
		size_t at = fields[roll(d, sizeof(fields) / sizeof(fields[0]))];

		put_number(d, p + at, 8);
	}
	}
}

/* Texts that carry numbers: checksums and tags. */
static void change_text(struct dice *d, uint8_t *p)
{
	static const char digits[] = "0123456789abcdef =;\0\xff";
	size_t start = roll(d, SECTOR);

	for (size_t i = 0; i < SECTOR; i++) {
		uint8_t *c = p + (start + i) % SECTOR;

		if ((*c >= '0' && *c <= '9') || (*c >= 'a' && *c <= 'f')) {
			*c = (uint8_t)digits[roll(d, sizeof(digits) - 1)];
			if (roll(d, 3))
				return;
		}
	}
}

static bool is_catalog(const uint8_t *p)
{
	return p[0] == 1 && p[30] == 0x55 && p[31] == 0xaa;
}

/* What this sector looks like says what is done to it. */
static void change_sector(struct dice *d, size_t i)
{
	uint8_t *p = sector(d, i);
	uint8_t *part = p + 512 * roll(d, 4);
	size_t room = (size_t)(p + SECTOR - part);

	if (!roll(d, 12)) {
		(void)LLVMFuzzerMutate(part, 512, 512);
		return;
	}
	if (is_descriptor(p)) {
		change_descriptor(d, p);
	} else if (is_udf(p)) {
		change_udf(d, p);
	} else if (memcmp(part, "EFI PART", 8) == 0) {
		change_gpt(d, part, room);
	} else if (is_catalog(p)) {
		change_catalog(d, p);
	} else if (is_directory(p)) {
		change_record(d, p);
	} else if (memcmp(p, "MZ", 2) == 0) {
		change_pe(d, p);
	} else if (get_le16(p + 510) == 0xaa55 && (p[0] == 0xeb || p[0] == 0xe9) && roll(d, 2)) {
		change_fat_boot(d, p);
	} else if (get_le16(p + 510) == 0xaa55) {
		change_mbr(d, p);
	} else if (memcmp(part, "PM", 2) == 0 || memcmp(part, "ER", 2) == 0 ||
		   memcmp(part, "BD", 2) == 0 || memcmp(part, "H+", 2) == 0) {
		put_number(d, part + 2 + roll(d, 160), 8);
	} else if (p[2] >= 4 && p[3] == 1) {
		change_field(d, p, SECTOR);
	} else if (memcmp(p, "libisofs_", 9) == 0) {
		change_text(d, p);
	} else {
		switch (roll(d, 5)) {
		case 0:
			change_text(d, p);
			break;
		case 1:
			if (change_both(d, p))
				break;
			/* fall through */
		case 2:
			change_fat_entry(d, p);
			break;
		default:
			put_number(d, p + roll(d, SECTOR - 8), 8);
		}
	}
	seal_gpt(d);
}

static bool is_empty(const uint8_t *p)
{
	return p[0] == 0 && memcmp(p, p + 1, SECTOR - 1) == 0;
}

/* A sector where something is written; descriptors and directories preferred. */
static size_t interesting_sector(struct dice *d)
{
	size_t best = roll(d, (uint32_t)d->s->n);

	for (int tries = 0; tries < 24; tries++) {
		size_t i = roll(d, (uint32_t)d->s->n);
		const uint8_t *p = sector(d, i);

		if (is_descriptor(p) || is_directory(p) || is_udf(p) || is_catalog(p) ||
		    get_le16(p + 510) == 0xaa55)
			return i;
		if (!is_empty(p))
			best = i;
	}
	return best;
}

/* Sectors in other places: cross-linked, doubled, out of order. */
static void move_sectors(struct dice *d)
{
	uint8_t *a = sector(d, interesting_sector(d)), *b = any_sector(d);
	uint8_t copy[SECTOR];

	switch (roll(d, 3)) {
	case 0:
		memmove(b, a, SECTOR);
		break;
	case 1:
		memcpy(copy, a, SECTOR);
		memmove(a, b, SECTOR);
		memcpy(b, copy, SECTOR);
		break;
	default: { /* parts of a sector: boot sectors and map entries have 512 bytes */
		size_t from = 512 * roll(d, 4), to = 512 * roll(d, 4);

		memmove(b + to, a + from, 512);
	}
	}
	if (is_udf(b) && roll(d, 2)) {
		for (size_t i = 0; i < d->s->n; i++)
			if (sector(d, i) == b)
				put_le32(b + 12, lba_of(d, i));
		seal_udf(b);
	}
}

void mutate_sectors(const struct sectors *s, unsigned seed)
{
	struct dice d = { .s = s, .state = UINT64_C(0x9e3779b97f4a7c15) + seed };
	uint32_t times;

	if (!s->n)
		return;
	(void)roll(&d, 2);
	times = 1 + (roll(&d, 3) ? 0 : roll(&d, 6));
	while (times--) {
		if (roll(&d, 10))
			change_sector(&d, interesting_sector(&d));
		else
			move_sectors(&d);
	}
}

size_t mutate_image(uint8_t *bytes, size_t n, size_t max, unsigned seed)
{
	struct sectors s = { .first = bytes, .n = n / SECTOR, .step = SECTOR };
	struct dice d = { .s = &s, .state = UINT64_C(0x8e3779b97f4a7c15) + seed };

	(void)roll(&d, 2);
	switch (s.n ? roll(&d, 24) : 0) {
	case 0:
		return LLVMFuzzerMutate(bytes, n, max);
	case 1: /* shorter or longer, by sectors or by a few bytes */
		if (roll(&d, 2))
			return n - roll(&d, (uint32_t)(roll(&d, 2) ? n : 4096)) % (n + 1);
		if (max > n) {
			size_t more = roll(&d, (uint32_t)(max - n < 65536 ? max - n : 65536)) + 1;

			memset(bytes + n, 0, more);
			return n + more;
		}
		break;
	case 2: /* a sector in between: everything behind it lies elsewhere */
		if (max - n >= SECTOR) {
			size_t i = roll(&d, (uint32_t)s.n);

			memmove(bytes + (i + 1) * SECTOR, bytes + i * SECTOR, n - i * SECTOR);
			return n + SECTOR;
		}
		break;
	default:
		break;
	}
	mutate_sectors(&s, seed);
	return n;
}

size_t mutate_cross(const uint8_t *a, size_t n_a, const uint8_t *b, size_t n_b, uint8_t *out,
		    size_t max, unsigned seed)
{
	struct sectors s = { .first = out };
	struct dice d = { .s = &s, .state = UINT64_C(0x7e3779b97f4a7c15) + seed };
	size_t n = n_a < max ? n_a : max, n_sectors = n / SECTOR, others = n_b / SECTOR;

	memcpy(out, a, n);
	if (!n_sectors || !others)
		return n;
	(void)roll(&d, 2);
	for (uint32_t i = 1 + roll(&d, 8); i; i--) {
		size_t from = roll(&d, (uint32_t)others), run = 1 + roll(&d, 4);
		/* Where it was, mostly: that is where others expect it. */
		size_t to = roll(&d, 4) ? from : roll(&d, (uint32_t)n_sectors);

		for (; run && from < others && to < n_sectors; run--, from++, to++)
			memcpy(out + to * SECTOR, b + from * SECTOR, SECTOR);
	}
	return n;
}
