/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For tests that hash: what UNIT() lists behind it is left out without libcrypto. */
#ifndef UNIT_HASHES_H
#define UNIT_HASHES_H

#include <isokit/digest.h>

static inline bool have_hashes(void)
{
	struct isokit_digests *lib = NULL;
	enum isokit_status st = isokit_digests_load(&lib, NULL);

	isokit_digests_free(lib);
	return st != ISOKIT_E_UNSUPPORTED;
}

#endif
