/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Loaders: headers, certificates, who signed, SBAT. */
#include <stdlib.h>
#include <string.h>

#include "ondisk/authenticode.h"
#include "ondisk/der.h"
#include "ondisk/pe.h"
#include "ondisk/sbat.h"
#include "target.h"

static void look_at_signers(const uint8_t *bytes, size_t n)
{
	struct ondisk_signer signer;

	for (size_t i = 0; i < 8 && ondisk_authenticode_signer(bytes, n, i, &signer); i++) {
		touch(signer.subject, strlen(signer.subject));
		touch(signer.issuer, strlen(signer.issuer));
		if (signer.n_chain > AUTHENTICODE_MAX_CHAIN)
			abort();
		for (size_t k = 0; k < signer.n_chain; k++)
			touch(signer.chain[k], strlen(signer.chain[k]));
		if (signer.digest)
			touch(signer.digest, strlen(signer.digest));
	}
}

static void look_at_der(struct der der, int depth)
{
	struct der_element e;
	char text[40];

	while (ondisk_der_next(&der, &e)) {
		touch(e.whole.p, e.whole.n);
		if (e.content.n > e.whole.n)
			abort();
		if (ondisk_der_text(&e, text, sizeof(text)) && !memchr(text, 0, sizeof(text)))
			abort();
		if ((e.tag & 0x20) && depth < 8)
			look_at_der(e.content, depth + 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	size_t at = 0, offset, length;
	struct ondisk_sbat sbat;
	struct ondisk_pe pe;

	if (ondisk_pe_decode(bytes, n, &pe, NULL) == ISOKIT_OK &&
	    pe.certificate_offset < n)
		look_at_signers(bytes + pe.certificate_offset, n - pe.certificate_offset);
	if (n >= 8)
		(void)ondisk_pe_is_certificate(bytes, (uint32_t)n);
	while (ondisk_pe_next_certificate(bytes, n, &at, &offset, &length)) {
		if (offset > n || length > n - offset)
			abort();
		look_at_signers(bytes + offset, length);
	}
	look_at_signers(bytes, n);
	look_at_der((struct der){ .p = bytes, .n = n }, 0);
	for (at = 0; ondisk_sbat_next(bytes, n, &at, &sbat);) {
		if (at > n)
			abort();
		touch(sbat.component, strlen(sbat.component) + strlen(sbat.version));
	}
	return 0;
}
