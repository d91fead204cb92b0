/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SignedData built here, piece by piece: certificates are names and serials. */
#include "unit.h"

#include <string.h>

#include "ondisk/authenticode.h"

struct bytes {
	uint8_t p[2048];
	size_t n;
};

static void add(struct bytes *b, const void *bytes, size_t n)
{
	ck_assert_uint_le(b->n + n, sizeof(b->p));
	memcpy(b->p + b->n, bytes, n);
	b->n += n;
}

/* An element with a length of two bytes, lawful DER or not. */
static void add_element(struct bytes *b, uint8_t tag, const void *content, size_t n)
{
	const uint8_t head[4] = { tag, 0x82, (uint8_t)(n >> 8), (uint8_t)n };

	add(b, head, 4);
	add(b, content, n);
}

static void add_name(struct bytes *b, const char *common_name)
{
	static const uint8_t oid[] = { 0x06, 3, 0x55, 0x04, 0x03 };
	struct bytes pair = { .n = 0 }, sequence = { .n = 0 }, set = { .n = 0 };

	add(&pair, oid, sizeof(oid));
	add_element(&pair, 0x0c, common_name, strlen(common_name));
	add_element(&sequence, 0x30, pair.p, pair.n);
	add_element(&set, 0x31, sequence.p, sequence.n);
	add_element(b, 0x30, set.p, set.n);
}

static void add_certificate(struct bytes *b, uint8_t serial, const char *subject,
			    const char *issuer)
{
	static const uint8_t version[] = { 0xa0, 3, 2, 1, 2 }, empty[] = { 0x30, 0 };
	const uint8_t number[] = { 2, 1, serial };
	struct bytes tbs = { .n = 0 }, outer = { .n = 0 };

	add(&tbs, version, sizeof(version));
	add(&tbs, number, sizeof(number));
	add(&tbs, empty, sizeof(empty));
	add_name(&tbs, issuer);
	add(&tbs, empty, sizeof(empty)); /* validity */
	add_name(&tbs, subject);
	add_element(&outer, 0x30, tbs.p, tbs.n);
	add_element(b, 0x30, outer.p, outer.n);
}

static void add_signer(struct bytes *b, uint8_t serial, const char *issuer)
{
	static const uint8_t sha256[] = { 0x30, 11, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1 };
	static const uint8_t version[] = { 2, 1, 1 };
	const uint8_t number[] = { 2, 1, serial };
	struct bytes who = { .n = 0 }, info = { .n = 0 };

	add_name(&who, issuer);
	add(&who, number, sizeof(number));
	add(&info, version, sizeof(version));
	add_element(&info, 0x30, who.p, who.n);
	add(&info, sha256, sizeof(sha256));
	add_element(b, 0x30, info.p, info.n);
}

static void wrap(struct bytes *out, const struct bytes *certificates, const struct bytes *signers)
{
	static const uint8_t oid[] = { 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2 };
	static const uint8_t version[] = { 2, 1, 1 }, set[] = { 0x31, 0 }, sequence[] = { 0x30, 0 };
	struct bytes data = { .n = 0 }, whole = { .n = 0 }, inner = { .n = 0 };

	add(&data, version, sizeof(version));
	add(&data, set, sizeof(set));
	add(&data, sequence, sizeof(sequence));
	add_element(&data, 0xa0, certificates->p, certificates->n);
	add_element(&data, 0x31, signers->p, signers->n);
	add_element(&inner, 0x30, data.p, data.n);
	add(&whole, oid, sizeof(oid));
	add_element(&whole, 0xa0, inner.p, inner.n);
	out->n = 0;
	add_element(out, 0x30, whole.p, whole.n);
}

static void make(struct bytes *out)
{
	struct bytes certificates = { .n = 0 }, signers = { .n = 0 };

	add_certificate(&certificates, 2, "Middle", "Root");
	add_certificate(&certificates, 1, "Leaf", "Middle");
	add_certificate(&certificates, 1, "Other leaf", "Elsewhere"); /* same serial */
	add_signer(&signers, 1, "Middle");
	add_signer(&signers, 9, "Nobody");
	wrap(out, &certificates, &signers);
}

START_TEST(names_signer_and_chain)
{
	struct ondisk_signer s;
	struct bytes raw;

	make(&raw);
	ck_assert(ondisk_authenticode_signer(raw.p, raw.n, 0, &s));
	ck_assert(s.embedded);
	ck_assert_str_eq(s.subject, "Leaf");
	ck_assert_str_eq(s.issuer, "Middle");
	ck_assert_uint_eq(s.n_chain, 1);
	ck_assert_str_eq(s.chain[0], "Root");
	ck_assert_str_eq(s.digest, "sha256");
	ck_assert(ondisk_authenticode_signer(raw.p, raw.n, 1, &s));
	ck_assert(!s.embedded);
	ck_assert_str_eq(s.subject, "");
	ck_assert_str_eq(s.issuer, "Nobody");
	ck_assert_uint_eq(s.n_chain, 0);
	ck_assert(!ondisk_authenticode_signer(raw.p, raw.n, 2, &s));
}
END_TEST

START_TEST(circles_end)
{
	struct bytes certificates = { .n = 0 }, signers = { .n = 0 }, raw;
	struct ondisk_signer s;

	add_certificate(&certificates, 1, "A", "B");
	add_certificate(&certificates, 2, "B", "C");
	add_certificate(&certificates, 3, "C", "A");
	add_certificate(&certificates, 4, "Root", "Root");
	add_signer(&signers, 1, "B");
	add_signer(&signers, 4, "Root");
	wrap(&raw, &certificates, &signers);
	ck_assert(ondisk_authenticode_signer(raw.p, raw.n, 0, &s));
	ck_assert_uint_le(s.n_chain, 3);
	ck_assert_str_eq(s.chain[0], "C");
	ck_assert(ondisk_authenticode_signer(raw.p, raw.n, 1, &s));
	ck_assert_str_eq(s.subject, "Root");
	ck_assert_uint_eq(s.n_chain, 0); /* signed by itself */
}
END_TEST

/* Every prefix, and every byte changed in several ways: no read outside (for the
 * sanitizers), always an end, and names that are terminated. */
START_TEST(hostile_bytes)
{
	struct ondisk_signer s;
	struct bytes raw, bad;

	make(&raw);
	for (size_t n = 0; n < raw.n; n++)
		ck_assert_msg(!ondisk_authenticode_signer(raw.p, n, 0, &s), "%zu bytes", n);
	for (size_t at = 0; at < raw.n; at++) {
		static const uint8_t changes[] = { 0x01, 0x80, 0xff, 0x1f };

		for (size_t i = 0; i < sizeof(changes); i++) {
			bad = raw;
			bad.p[at] ^= changes[i];
			if (ondisk_authenticode_signer(bad.p, bad.n, 0, &s))
				ck_assert_uint_lt(strlen(s.subject), AUTHENTICODE_NAME_BYTES);
		}
	}
}
END_TEST

UNIT(authenticode)
{
	tcase_add_test(tc, names_signer_and_chain);
	tcase_add_test(tc, circles_end);
	tcase_add_test(tc, hostile_bytes);
}
