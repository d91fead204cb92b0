/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who signed an EFI executable: the PKCS #7 SignedData (RFC 2315 9) in an entry
 * of its attribute certificate table, as Microsoft's "Windows Authenticode
 * Portable Executable Signature Format" puts it there. Names are read; nothing
 * is verified. */
#ifndef ONDISK_AUTHENTICODE_H
#define ONDISK_AUTHENTICODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	AUTHENTICODE_NAME_BYTES = 160,
	AUTHENTICODE_MAX_CHAIN = 6,
};

struct ondisk_signer {
	bool embedded;                         /* the signer's certificate is in there */
	char subject[AUTHENTICODE_NAME_BYTES]; /* its common name; "" when not embedded */
	char issuer[AUTHENTICODE_NAME_BYTES];  /* who issued that certificate */
	/* The issuers further up, as far as their certificates are in there; the
	 * last one may be named only. */
	char chain[AUTHENTICODE_MAX_CHAIN][AUTHENTICODE_NAME_BYTES];
	size_t n_chain;
	const char *digest; /* static: "sha256" …; NULL when unknown */
};

/* Decode the SignedData in `len` bytes: its `index`th signer, from 0. False when
 * there is none, or when the bytes are no such structure. */
bool ondisk_authenticode_signer(const uint8_t *raw, size_t len, size_t index,
				struct ondisk_signer *ret_signer);

#endif
