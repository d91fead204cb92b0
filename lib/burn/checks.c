/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A sum of each 64 KiB that was sent to the drive. What is read back is compared with these,
 * so that a source need not be read twice and a stream can be verified like a file. 8 bytes
 * of each SHA-256 are kept: 3 MiB for 25 GB. */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/fail.h"
#include "burn/burn.h"
#include "digest/digest.h"

enum { KEPT = 8 };

struct burn_checks {
	struct isokit_digests *lib;
	struct digest *whole, *chunk;
	uint8_t (*sums)[KEPT];
	size_t n, capacity;
	size_t in_chunk; /* bytes */
	uint64_t bytes;
};

enum isokit_status burn_checks_new(struct burn_checks **ret_checks, struct isokit_error *err)
{
	struct burn_checks *c = calloc(1, sizeof(*c));
	enum isokit_status st;

	if (!c)
		return isokit_fail_nomem(err, "checksums", sizeof(*c));
	st = isokit_digests_load(&c->lib, err);
	if (!st) {
		c->whole = digest_new(c->lib, ISOKIT_SHA256);
		c->chunk = digest_new(c->lib, ISOKIT_SHA256);
		if (!c->whole || !c->chunk)
			st = isokit_fail_nomem(err, "checksums", sizeof(*c));
	}
	if (st) {
		burn_checks_free(c);
		return st;
	}
	*ret_checks = c;
	return ISOKIT_OK;
}

void burn_checks_free(struct burn_checks *c)
{
	if (!c)
		return;
	digest_free(c->whole);
	digest_free(c->chunk);
	isokit_digests_free(c->lib);
	free(c->sums);
	free(c);
}

static bool keep(struct burn_checks *c)
{
	uint8_t sum[ISOKIT_DIGEST_MAX_BYTES];

	if (!digest_finish(c->chunk, sum) || !digest_restart(c->chunk, ISOKIT_SHA256) ||
	    !ARRAY_RESERVE(c->sums, c->capacity, c->n + 1))
		return false;
	memcpy(c->sums[c->n++], sum, KEPT);
	c->in_chunk = 0;
	return true;
}

bool burn_checks_add(struct burn_checks *c, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;

	if (!digest_update(c->whole, bytes, n))
		return false;
	c->bytes += n;
	while (n) {
		size_t step = BURN_CHECK_BYTES - c->in_chunk;

		if (step > n)
			step = n;
		if (!digest_update(c->chunk, p, step))
			return false;
		c->in_chunk += step;
		p += step;
		n -= step;
		if (c->in_chunk == BURN_CHECK_BYTES && !keep(c))
			return false;
	}
	return true;
}

uint64_t burn_checks_bytes(const struct burn_checks *c)
{
	return c->bytes;
}

bool burn_checks_end(struct burn_checks *c, char hex[65])
{
	uint8_t sum[ISOKIT_DIGEST_MAX_BYTES];

	if ((c->in_chunk && !keep(c)) || !digest_finish(c->whole, sum))
		return false;
	digest_hex(sum, 32, hex);
	return true;
}

bool burn_checks_same(const struct burn_checks *c, uint64_t i, const void *bytes, size_t n)
{
	uint8_t sum[ISOKIT_DIGEST_MAX_BYTES];

	return i < c->n && digest_of(c->lib, ISOKIT_SHA256, bytes, n, sum) &&
	       memcmp(c->sums[i], sum, KEPT) == 0;
}
