/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The error correction of CD-ROM: two crossed Reed-Solomon codes over bytes 12 to 2351,
 * each on the even and on the odd bytes by themselves. ECMA-130 annex A. */
#include <string.h>

#include "base/byteorder.h"
#include "ondisk/cdsector.h"

enum {
	FIELD = 0x11d,     /* x^8 + x^4 + x^3 + x^2 + 1 */
	COVERED = 12,      /* where the code begins */
	P_WORDS = 43, P_LENGTH = 26, /* two of which are parity */
	Q_WORDS = 26, Q_LENGTH = 45,
	Q_SYMBOLS = P_WORDS * P_LENGTH, /* 1118: what Q covers, P's parity included */
	ROUNDS = 8,
};

/* Times x in the field. */
static unsigned twice(unsigned v)
{
	return v << 1 ^ (v >> 7) * FIELD;
}

/* Where symbol i of word n of P, or Q, stands: 16-bit words counted from byte 12. */
static unsigned place_p(unsigned n, unsigned i)
{
	return n + P_WORDS * i;
}

static unsigned place_q(unsigned n, unsigned i)
{
	if (i < Q_LENGTH - 2)
		return (P_WORDS * n + (P_WORDS + 1) * i) % Q_SYMBOLS;
	return Q_SYMBOLS + Q_WORDS * (i - (Q_LENGTH - 2)) + n;
}

/* Correct one code word if a single symbol of it is wrong. 1: corrected, 0: was right,
 * -1: more is wrong. */
static int correct(uint8_t *bytes, unsigned (*place)(unsigned, unsigned), unsigned n,
		   unsigned length, unsigned odd)
{
	unsigned s0 = 0, s1 = 0, v;

	for (unsigned i = 0; i < length; i++) {
		unsigned b = bytes[2 * place(n, i) + odd];

		s0 ^= b;
		s1 = twice(s1) ^ b; /* by Horner: symbol i counts x^(length - 1 - i) */
	}
	if (s0 == 0 && s1 == 0)
		return 0;
	if (s0 == 0)
		return -1;
	v = s0;
	for (unsigned i = length; i-- > 0; v = twice(v)) {
		if (v == s1) {
			bytes[2 * place(n, i) + odd] ^= (uint8_t)s0;
			return 1;
		}
	}
	return -1;
}

/* ---- encoding ------------------------------------------------------------------------ */

static unsigned times(unsigned a, unsigned b)
{
	unsigned r = 0;

	for (; b; b >>= 1, a = twice(a))
		if (b & 1)
			r ^= a;
	return r;
}

/* The last two symbols of a code word, so that both of its sums vanish. */
static void encode(uint8_t *bytes, unsigned (*place)(unsigned, unsigned), unsigned n,
		   unsigned length, unsigned odd)
{
	enum { ONE_THIRD = 0xf4 }; /* 3 times it is 1 */
	unsigned s0 = 0, s1 = 0, first;

	for (unsigned i = 0; i + 2 < length; i++) {
		unsigned b = bytes[2 * place(n, i) + odd];

		s0 ^= b;
		s1 = twice(s1) ^ b;
	}
	s1 = twice(twice(s1));
	first = times(s0 ^ s1, ONE_THIRD);
	bytes[2 * place(n, length - 2) + odd] = (uint8_t)first;
	bytes[2 * place(n, length - 1) + odd] = (uint8_t)(s0 ^ first);
}

void ondisk_cd_encode_ecc(uint8_t sector[ONDISK_CD_RAW_BYTES])
{
	uint8_t header[4];
	bool mode2 = sector[15] == 2;

	memcpy(header, sector + COVERED, sizeof(header));
	if (mode2)
		memset(sector + COVERED, 0, sizeof(header));
	for (unsigned n = 0; n < 2 * P_WORDS; n++)
		encode(sector + COVERED, place_p, n / 2, P_LENGTH, n % 2);
	for (unsigned n = 0; n < 2 * Q_WORDS; n++)
		encode(sector + COVERED, place_q, n / 2, Q_LENGTH, n % 2);
	memcpy(sector + COVERED, header, sizeof(header));
}

void ondisk_cd_set_sync(uint8_t sector[ONDISK_CD_SYNC_BYTES])
{
	sector[0] = sector[11] = 0;
	memset(sector + 1, 0xff, 10);
}

/* ---- correcting ------------------------------------------------------------------------ */

static bool all_right(const uint8_t *sector)
{
	return sector[15] == 2 ? ondisk_cd_edc(sector + 16, 2056) == get_le32(sector + 2072) :
				 ondisk_cd_edc(sector, 2064) == get_le32(sector + 2064);
}

bool ondisk_cd_repair(uint8_t sector[ONDISK_CD_RAW_BYTES])
{
	uint8_t work[ONDISK_CD_RAW_BYTES], header[4];
	bool mode2 = sector[15] == 2;

	memcpy(work, sector, sizeof(work));
	memcpy(header, sector + COVERED, sizeof(header));
	if (mode2) /* its code takes them for zero, so that sectors can be moved */
		memset(work + COVERED, 0, sizeof(header));
	for (unsigned round = 0; round < ROUNDS; round++) {
		unsigned changed = 0;

		for (unsigned n = 0; n < 2 * P_WORDS; n++)
			changed += correct(work + COVERED, place_p, n / 2, P_LENGTH, n % 2) == 1;
		for (unsigned n = 0; n < 2 * Q_WORDS; n++)
			changed += correct(work + COVERED, place_q, n / 2, Q_LENGTH, n % 2) == 1;
		if (!changed)
			break;
	}
	if (mode2)
		memcpy(work + COVERED, header, sizeof(header));
	if (!all_right(work))
		return false;
	memcpy(sector, work, sizeof(work));
	return true;
}
