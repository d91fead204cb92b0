/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ondisk/authenticode.h"

#include <string.h>

#include "ondisk/der.h"

enum { MAX_CERTIFICATES = 32 };

static bool is_oid(const struct der *oid, const void *bytes, size_t n)
{
	return oid->n == n && memcmp(oid->p, bytes, n) == 0;
}

/* What of a certificate matters here (RFC 5280 4.1). */
struct certificate {
	struct der serial;
	struct der_element issuer, subject;
};

static bool read_certificate(const struct der_element *e, struct certificate *ret)
{
	struct der outer = e->content, tbs, skipped;
	struct der_element validity;

	if (e->tag != DER_SEQUENCE || !ondisk_der_take(&outer, DER_SEQUENCE, &tbs))
		return false;
	(void)ondisk_der_take(&tbs, DER_CONTEXT_0, &skipped); /* version */
	return ondisk_der_take(&tbs, DER_INTEGER, &ret->serial) &&
	       ondisk_der_take(&tbs, DER_SEQUENCE, &skipped) && /* signature algorithm */
	       ondisk_der_next(&tbs, &ret->issuer) && ondisk_der_next(&tbs, &validity) &&
	       ondisk_der_next(&tbs, &ret->subject);
}

/* The common name of a distinguished name; without one the organisation. */
static void read_name(const struct der_element *name, char out[AUTHENTICODE_NAME_BYTES])
{
	static const uint8_t common_name[] = { 0x55, 0x04, 0x03 };
	static const uint8_t organisation[] = { 0x55, 0x04, 0x0a };
	static const uint8_t unit[] = { 0x55, 0x04, 0x0b };
	struct der sets = name->content, set;
	int best = 0;

	out[0] = '\0';
	while (ondisk_der_take(&sets, DER_SET, &set)) {
		struct der pair, oid;
		struct der_element value;
		int rank;

		/* Several attributes in one set are lawful and unheard of: the first. */
		if (!ondisk_der_take(&set, DER_SEQUENCE, &pair) ||
		    !ondisk_der_take(&pair, DER_OID, &oid) || !ondisk_der_next(&pair, &value))
			continue;
		rank = is_oid(&oid, common_name, 3)	 ? 3 :
		       is_oid(&oid, organisation, 3) ? 2 :
		       is_oid(&oid, unit, 3)	 ? 1 :
						   0;
		if (rank > best && ondisk_der_text(&value, out, AUTHENTICODE_NAME_BYTES))
			best = rank;
	}
}

static const char *digest_name(struct der algorithm)
{
	static const struct {
		const char *name;
		uint8_t bytes[9];
		uint8_t n;
	} known[] = {
		{ "sha1", { 0x2b, 0x0e, 0x03, 0x02, 0x1a }, 5 },
		{ "md5", { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x05 }, 8 },
		{ "sha256", { 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01 }, 9 },
		{ "sha384", { 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02 }, 9 },
		{ "sha512", { 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03 }, 9 },
	};
	struct der oid;

	if (!ondisk_der_take(&algorithm, DER_OID, &oid))
		return NULL;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (is_oid(&oid, known[i].bytes, known[i].n))
			return known[i].name;
	}
	return NULL;
}

/* The issuers above `c`: found among the certificates by the name that it gives.
 * Each step takes another certificate, so a circle ends. */
static void follow_chain(const struct certificate *list, size_t n, const struct certificate *c,
			 struct ondisk_signer *s)
{
	bool used[MAX_CERTIFICATES] = { false };

	for (;;) {
		const struct certificate *up = NULL;

		if (ondisk_der_equal(&c->issuer.whole, &c->subject.whole))
			return; /* a root */
		for (size_t i = 0; i < n && !up; i++) {
			if (used[i] || !ondisk_der_equal(&list[i].subject.whole, &c->issuer.whole))
				continue;
			used[i] = true;
			up = &list[i];
		}
		if (!up || s->n_chain == AUTHENTICODE_MAX_CHAIN ||
		    ondisk_der_equal(&up->issuer.whole, &up->subject.whole))
			return;
		read_name(&up->issuer, s->chain[s->n_chain++]);
		c = up;
	}
}

/* RFC 2315 9.2 */
static bool read_signer(struct der info, const struct certificate *list, size_t n,
			struct ondisk_signer *s)
{
	struct der version, who, serial, algorithm;
	struct der_element issuer;

	if (!ondisk_der_take(&info, DER_INTEGER, &version) ||
	    !ondisk_der_take(&info, DER_SEQUENCE, &who) || !ondisk_der_next(&who, &issuer) ||
	    !ondisk_der_take(&who, DER_INTEGER, &serial))
		return false;
	if (ondisk_der_take(&info, DER_SEQUENCE, &algorithm))
		s->digest = digest_name(algorithm);
	read_name(&issuer, s->issuer);
	for (size_t i = 0; i < n; i++) {
		if (!ondisk_der_equal(&list[i].serial, &serial) ||
		    !ondisk_der_equal(&list[i].issuer.whole, &issuer.whole))
			continue;
		s->embedded = true;
		read_name(&list[i].subject, s->subject);
		follow_chain(list, n, &list[i], s);
		break;
	}
	return true;
}

bool ondisk_authenticode_signer(const uint8_t *raw, size_t len, size_t index,
				struct ondisk_signer *ret_signer)
{
	static const uint8_t signed_data[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7,
					       0x0d, 0x01, 0x07, 0x02 };
	struct certificate list[MAX_CERTIFICATES];
	struct der in = { raw, len }, outer, oid, explicit, data, skipped, certificates, infos;
	struct ondisk_signer s = { 0 };
	struct der_element e;
	size_t n = 0;

	if (!ondisk_der_take(&in, DER_SEQUENCE, &outer) ||
	    !ondisk_der_take(&outer, DER_OID, &oid) ||
	    !is_oid(&oid, signed_data, sizeof(signed_data)) ||
	    !ondisk_der_take(&outer, DER_CONTEXT_0, &explicit) ||
	    !ondisk_der_take(&explicit, DER_SEQUENCE, &data) ||
	    !ondisk_der_take(&data, DER_INTEGER, &skipped) ||	/* version */
	    !ondisk_der_take(&data, DER_SET, &skipped) ||	/* digest algorithms */
	    !ondisk_der_take(&data, DER_SEQUENCE, &skipped))	/* what is signed */
		return false;
	if (ondisk_der_take(&data, DER_CONTEXT_0, &certificates)) {
		while (n < MAX_CERTIFICATES && ondisk_der_next(&certificates, &e))
			n += read_certificate(&e, &list[n]);
	}
	(void)ondisk_der_take(&data, DER_CONTEXT_0 + 1, &skipped); /* revocation lists */
	if (!ondisk_der_take(&data, DER_SET, &infos))
		return false;
	for (size_t i = 0; ondisk_der_next(&infos, &e); i++) {
		if (i != index)
			continue;
		if (e.tag != DER_SEQUENCE || !read_signer(e.content, list, n, &s))
			return false;
		*ret_signer = s;
		return true;
	}
	return false;
}
