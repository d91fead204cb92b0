/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ondisk/chd.h"

#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"

static const char subject[] = "CHD header";

enum {
	MAX_HUNK = 16 * 1024 * 1024,
	/* Kinds that only a compressed map has. */
	RLE_SMALL = 7, RLE_LARGE, SELF_0, SELF_1, PARENT_SELF, PARENT_0, PARENT_1,
	MAP_CODES = 16, MAP_BITS = 8,
	BYTE_CODES = 256, BYTE_BITS = 16,
	SMALL_CODES = 24, SMALL_BITS = 6,
};

bool ondisk_chd_is(const uint8_t *p, size_t n)
{
	return n >= 16 && memcmp(p, "MComprHD", 8) == 0;
}

enum isokit_status ondisk_chd_decode(const uint8_t *p, size_t n, struct ondisk_chd *ret,
				     struct isokit_error *err)
{
	struct ondisk_chd c = { 0 };

	if (!ondisk_chd_is(p, n))
		return isokit_fail(err, ISOKIT_E_NOT_ISO, 0, subject, "has no mark");
	c.version = get_be32(p + 12);
	if (c.version != 5)
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, 12, subject,
				   "CHD version %u is not supported (chdman copy makes it version 5)",
				   c.version);
	if (n < ONDISK_CHD_HEADER_BYTES)
		return isokit_fail(err, ISOKIT_E_SHORT, n, subject, "is cut off");
	for (unsigned i = 0; i < ONDISK_CHD_CODECS; i++)
		c.codecs[i] = get_be32(p + 16 + 4 * (size_t)i);
	c.bytes = get_be64(p + 32);
	c.map = get_be64(p + 40);
	c.metadata = get_be64(p + 48);
	c.hunk_bytes = get_be32(p + 56);
	c.unit_bytes = get_be32(p + 60);
	memcpy(c.raw_sha1, p + 64, sizeof(c.raw_sha1));
	for (unsigned i = 0; i < 20; i++)
		c.has_parent = c.has_parent || p[104 + i];
	if (c.hunk_bytes == 0 || c.hunk_bytes > MAX_HUNK || c.unit_bytes == 0 ||
	    c.hunk_bytes % c.unit_bytes)
		return isokit_fail(err, ISOKIT_E_CORRUPT, 56, subject,
				   "hunks of %u bytes and units of %u cannot be", c.hunk_bytes,
				   c.unit_bytes);
	if (c.bytes > INT64_MAX)
		return isokit_fail(err, ISOKIT_E_CORRUPT, 32, subject, "an impossible size");
	c.n_hunks = div_up(c.bytes, c.hunk_bytes);
	*ret = c;
	return ISOKIT_OK;
}

/* CRC-16 as CCITT has it: x^16 + x^12 + x^5 + 1, from FFFF. */
uint16_t ondisk_chd_crc(const uint8_t *p, size_t n)
{
	unsigned crc = 0xffff;

	while (n--) {
		unsigned x = (crc >> 8 ^ *p++) & 0xff;

		x ^= x >> 4;
		crc = (crc << 8 ^ x << 12 ^ x << 5 ^ x) & 0xffff;
	}
	return (uint16_t)crc;
}

/* ---- bits and Huffman codes ---------------------------------------------------------------- */

/* The highest bit first; zeros behind the end. */
struct bits {
	const uint8_t *p;
	size_t n;
	uint64_t at; /* in bits */
};

static uint32_t peek(const struct bits *b, unsigned n)
{
	uint64_t v = 0, byte = b->at / 8;

	for (unsigned i = 0; i < 5; i++)
		v = v << 8 | (byte + i < b->n ? b->p[byte + i] : 0);
	return n ? (uint32_t)(v >> (40 - b->at % 8 - n) & ((UINT64_C(1) << n) - 1)) : 0;
}

static uint32_t get(struct bits *b, unsigned n)
{
	uint32_t v = peek(b, n);

	b->at += n;
	return v;
}

static bool is_over(const struct bits *b)
{
	return b->at > (uint64_t)b->n * 8;
}

struct code {
	unsigned n_codes, max_bits;
	uint8_t lengths[BYTE_CODES];
	uint16_t *table; /* 1 << max_bits of them, by the next max_bits: symbol << 5 | length */
};

/* Canonical codes, the longest first from zero; false when they do not fill the tree. */
static bool build(struct code *c)
{
	uint32_t starts[33] = { 0 }, from = 0;

	for (unsigned i = 0; i < c->n_codes; i++) {
		if (c->lengths[i] > c->max_bits)
			return false;
		if (c->lengths[i])
			starts[c->lengths[i]]++;
	}
	for (unsigned bits = 32; bits > 0; bits--) {
		uint32_t next = (from + starts[bits]) >> 1;

		if (bits != 1 && next * 2 != from + starts[bits])
			return false;
		starts[bits] = from;
		from = next;
	}
	memset(c->table, 0, sizeof(c->table[0]) << c->max_bits);
	for (unsigned i = 0; i < c->n_codes; i++) {
		unsigned bits = c->lengths[i], shift = c->max_bits - bits;
		uint32_t first, end;

		if (!bits)
			continue;
		first = starts[bits]++ << shift;
		end = first + (UINT32_C(1) << shift);
		if (end > UINT32_C(1) << c->max_bits)
			return false;
		for (; first < end; first++)
			c->table[first] = (uint16_t)(i << 5 | bits);
	}
	return true;
}

static unsigned decode(const struct code *c, struct bits *b)
{
	unsigned entry = c->table[peek(b, c->max_bits)];

	/* A hole in the table: go on to the end, and be over. */
	b->at += entry ? entry & 31 : (uint64_t)b->n * 8 + 1;
	return entry >> 5;
}

/* The lengths of the map's code: 1 says that another one is repeated. */
static bool read_code_rle(struct code *c, struct bits *b)
{
	unsigned i = 0;

	while (i < c->n_codes && !is_over(b)) {
		unsigned bits = get(b, 4), count = 1;

		if (bits == 1) {
			bits = get(b, 4);
			if (bits != 1)
				count = get(b, 4) + 3;
		}
		if (count > c->n_codes - i)
			return false;
		while (count--)
			c->lengths[i++] = (uint8_t)bits;
	}
	return !is_over(b) && build(c);
}

/* Those of a code for bytes: by a small Huffman code themselves. */
static bool read_code_huffman(struct code *c, struct code *small, struct bits *b)
{
	unsigned start, count = 0, last = 0, full_bits = 0, i;

	small->lengths[0] = (uint8_t)get(b, 3);
	start = get(b, 3) + 1;
	for (i = 1; i < small->n_codes; i++) {
		small->lengths[i] = 0;
		if (i >= start && count != 7) {
			count = get(b, 3);
			small->lengths[i] = (uint8_t)(count == 7 ? 0 : count);
		}
	}
	if (is_over(b) || !build(small))
		return false;
	for (unsigned rest = c->n_codes - 9; rest; rest >>= 1)
		full_bits++;
	for (i = 0; i < c->n_codes && !is_over(b);) {
		unsigned value = decode(small, b);

		if (value) {
			last = value - 1;
			c->lengths[i++] = (uint8_t)last;
			continue;
		}
		count = get(b, 3) + 2;
		if (count == 7 + 2)
			count += get(b, full_bits);
		for (; count && i < c->n_codes; count--)
			c->lengths[i++] = (uint8_t)last;
	}
	return !is_over(b) && build(c);
}

_Static_assert(ONDISK_CHD_TABLE >= 1u << BYTE_BITS, "room for the code");

const char *ondisk_chd_huffman(const uint8_t *in, size_t in_bytes, uint16_t table[ONDISK_CHD_TABLE],
			       uint8_t *out, size_t n)
{
	uint16_t small_table[1u << SMALL_BITS];
	struct bits b = { .p = in, .n = in_bytes };
	struct code c = { .n_codes = BYTE_CODES, .max_bits = BYTE_BITS, .table = table };
	struct code small = { .n_codes = SMALL_CODES, .max_bits = SMALL_BITS,
			      .table = small_table };

	if (!read_code_huffman(&c, &small, &b))
		return "its Huffman code is broken";
	for (size_t i = 0; i < n; i++)
		out[i] = (uint8_t)decode(&c, &b);
	return is_over(&b) ? "the bits end too early" : NULL;
}

/* ---- the map ----------------------------------------------------------------------------------- */

uint32_t ondisk_chd_map_bytes(const uint8_t *head)
{
	return get_be32(head);
}

static uint64_t get_be48(const uint8_t *p)
{
	return (uint64_t)get_be16(p) << 32 | get_be32(p + 2);
}

static void put_entry(uint8_t *e, unsigned kind, uint32_t length, uint64_t offset, uint32_t crc)
{
	e[0] = (uint8_t)kind;
	e[1] = (uint8_t)(length >> 16);
	put_be16(e + 2, (uint16_t)length);
	put_be16(e + 4, (uint16_t)(offset >> 32));
	put_be32(e + 6, (uint32_t)offset);
	put_be16(e + 10, (uint16_t)crc);
}

/* The first half of the map: the kind of each hunk, with runs. */
static bool read_kinds(const struct ondisk_chd *chd, const struct code *c, struct bits *b,
		       uint8_t *map)
{
	unsigned last = 0, run = 0;

	for (uint64_t i = 0; i < chd->n_hunks; i++) {
		if (run) {
			run--;
		} else {
			unsigned v = decode(c, b);

			if (v == RLE_SMALL) {
				run = 2 + decode(c, b);
			} else if (v == RLE_LARGE) {
				run = 2 + 16 + (decode(c, b) << 4);
				run += decode(c, b);
			} else {
				last = v;
			}
		}
		map[i * ONDISK_CHD_MAP_BYTES] = (uint8_t)last;
		if (is_over(b))
			return false;
	}
	return true;
}

/* The second: lengths and places. */
static bool read_places(const struct ondisk_chd *chd, const uint8_t *head, struct bits *b,
			uint8_t *map)
{
	uint64_t offset = get_be48(head + 4), self = 0, parent = 0;
	uint32_t units = chd->hunk_bytes / chd->unit_bytes;
	unsigned length_bits = head[12], self_bits = head[13], parent_bits = head[14];

	if (length_bits > 32 || self_bits > 32 || parent_bits > 32)
		return false;
	for (uint64_t i = 0; i < chd->n_hunks; i++) {
		uint8_t *e = map + i * ONDISK_CHD_MAP_BYTES;
		uint32_t length = 0, crc = 0;
		uint64_t at = offset;
		unsigned kind = e[0];

		switch (kind) {
		case ONDISK_CHD_STORED:
			length = chd->hunk_bytes;
			crc = get(b, 16);
			break;
		case ONDISK_CHD_SELF:
			at = self = get(b, self_bits);
			break;
		case SELF_1:
			self++; /* fall through */
		case SELF_0:
			kind = ONDISK_CHD_SELF;
			at = self;
			break;
		case ONDISK_CHD_PARENT:
			at = parent = get(b, parent_bits);
			break;
		case PARENT_SELF:
			kind = ONDISK_CHD_PARENT;
			at = parent = i * units;
			break;
		case PARENT_1:
			parent += units; /* fall through */
		case PARENT_0:
			kind = ONDISK_CHD_PARENT;
			at = parent;
			break;
		default:
			if (kind >= ONDISK_CHD_CODECS)
				return false;
			length = get(b, length_bits);
			crc = get(b, 16);
		}
		offset += length;
		if (is_over(b) || length > 0xffffff)
			return false;
		put_entry(e, kind, length, at, crc);
	}
	return true;
}

enum isokit_status ondisk_chd_map(const struct ondisk_chd *chd, const uint8_t *head,
				  const uint8_t *packed, size_t n, uint8_t *map,
				  struct isokit_error *err)
{
	uint16_t table[1u << MAP_BITS];
	struct bits b = { .p = packed, .n = n };
	struct code c = { .n_codes = MAP_CODES, .max_bits = MAP_BITS, .table = table };

	if (!read_code_rle(&c, &b) || !read_kinds(chd, &c, &b, map) ||
	    !read_places(chd, head, &b, map))
		return isokit_fail(err, ISOKIT_E_CORRUPT, chd->map, "CHD map", "makes no sense");
	if (ondisk_chd_crc(map, (size_t)chd->n_hunks * ONDISK_CHD_MAP_BYTES) != get_be16(head + 10))
		return isokit_fail(err, ISOKIT_E_CORRUPT, chd->map, "CHD map", "its CRC is wrong");
	return ISOKIT_OK;
}

struct ondisk_chd_hunk ondisk_chd_hunk(const uint8_t *map, uint64_t hunk)
{
	const uint8_t *e = map + hunk * ONDISK_CHD_MAP_BYTES;

	return (struct ondisk_chd_hunk){
		.kind = e[0],
		.length = (uint32_t)e[1] << 16 | get_be16(e + 2),
		.offset = get_be48(e + 4),
		.crc = get_be16(e + 10),
	};
}

/* ---- metadata ---------------------------------------------------------------------------------- */

void ondisk_chd_meta_decode(const uint8_t head[ONDISK_CHD_META_BYTES], struct ondisk_chd_meta *ret)
{
	ret->tag = get_be32(head);
	ret->bytes = get_be32(head + 4) & 0xffffff; /* the highest byte has flags */
	ret->next = get_be64(head + 8);
}

/* The value of a key: "FRAMES:302 ". */
static bool value_of(const char *text, size_t n, const char *key, const char **ret, size_t *ret_n)
{
	size_t bytes = strlen(key);
	const char *end = text + n, *p = text;

	while (p < end) {
		size_t word = 0;

		while (p < end && (*p == ' ' || *p == '\0'))
			p++;
		while (p + word < end && p[word] != ' ' && p[word] != '\0')
			word++;
		if (word > bytes && p[bytes] == ':' && memcmp(p, key, bytes) == 0) {
			*ret = p + bytes + 1;
			*ret_n = word - bytes - 1;
			return true;
		}
		p += word;
	}
	return false;
}

static bool number_of(const char *text, size_t n, const char *key, unsigned *ret)
{
	unsigned v = 0;
	const char *p;
	size_t bytes;

	if (!value_of(text, n, key, &p, &bytes) || bytes == 0 || bytes > 9)
		return false;
	for (; bytes; bytes--, p++) {
		if (*p < '0' || *p > '9')
			return false;
		v = v * 10 + (unsigned)(*p - '0');
	}
	*ret = v;
	return true;
}

static bool mode_of(const char *word, size_t n, struct ondisk_chd_track *t)
{
	static const struct {
		const char *word;
		uint8_t mode, form2;
		uint16_t bytes;
	} modes[] = {
		{ "AUDIO", 0, 0, 2352 },       { "MODE1", 1, 0, 2048 },
		{ "MODE1/2048", 1, 0, 2048 },  { "MODE1_RAW", 1, 0, 2352 },
		{ "MODE1/2352", 1, 0, 2352 },  { "MODE2", 2, 0, 2336 },
		{ "MODE2/2336", 2, 0, 2336 },  { "MODE2_FORM1", 2, 0, 2048 },
		{ "MODE2/2048", 2, 0, 2048 },  { "MODE2_FORM2", 2, 1, 2324 },
		{ "MODE2/2324", 2, 1, 2324 },  { "MODE2_FORM_MIX", 2, 0, 2336 },
		{ "MODE2_RAW", 2, 0, 2352 },   { "MODE2/2352", 2, 0, 2352 },
		{ "CDI/2352", 2, 0, 2352 },
	};

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (strlen(modes[i].word) == n && memcmp(modes[i].word, word, n) == 0) {
			t->mode = modes[i].mode;
			t->form2 = modes[i].form2;
			t->sector_bytes = modes[i].bytes;
			return true;
		}
	}
	return false;
}

bool ondisk_chd_track_decode(const char *text, size_t n, struct ondisk_chd_track *ret)
{
	struct ondisk_chd_track t = { 0 };
	const char *word;
	size_t bytes;

	if (!number_of(text, n, "TRACK", &t.number) || !number_of(text, n, "FRAMES", &t.frames) ||
	    !value_of(text, n, "TYPE", &word, &bytes) || !mode_of(word, bytes, &t))
		return false;
	if (t.number < 1 || t.number > 99)
		return false;
	number_of(text, n, "PREGAP", &t.pregap);
	number_of(text, n, "POSTGAP", &t.postgap);
	number_of(text, n, "PAD", &t.pad);
	t.pregap_stored = value_of(text, n, "PGTYPE", &word, &bytes) && bytes && word[0] == 'V';
	*ret = t;
	return true;
}
