/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A sum of each 64 KiB that was sent to the drive. What is read back is compared with these,
 * so that a source need not be read twice and a stream can be verified like a file. The sums
 * of 8 bytes are made against accidents, not against enemies: 3 MiB for 25 GB. */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/byteorder.h"
#include "base/fail.h"
#include "burn/burn.h"
#include "digest/digest.h"

struct burn_checks {
	struct isokit_digests *lib;
	struct digest *whole;
	uint64_t *sums;
	size_t n, capacity;
	uint8_t *chunk; /* what has come of it */
	size_t in_chunk;
	uint64_t bytes;
};

static inline uint64_t mixed(uint64_t sum, uint64_t word)
{
	sum = (sum ^ word) * 0x9e3779b97f4a7c15U;
	return sum ^ sum >> 29;
}

/* Each step can be undone, so no single change of a word is lost; four sums run side by
 * side, for the processor's sake. */
static uint64_t sum_of(const uint8_t *p, size_t n)
{
	uint64_t s[4] = { n, n + 1, n + 2, n + 3 };
	size_t i = 0;

	for (; i + 32 <= n; i += 32)
		for (unsigned k = 0; k < 4; k++)
			s[k] = mixed(s[k], get_le64(p + i + 8 * (size_t)k));
	for (; i < n; i++)
		s[0] = mixed(s[0], p[i]);
	return mixed(mixed(mixed(s[0], s[1]), s[2]), s[3]);
}

enum isokit_status burn_checks_new(bool whole, struct burn_checks **ret_checks,
				   struct isokit_error *err)
{
	struct burn_checks *c = calloc(1, sizeof(*c));
	enum isokit_status st;

	if (!c)
		return isokit_fail_nomem(err, "checksums", sizeof(*c));
	c->chunk = malloc(BURN_CHECK_BYTES);
	st = c->chunk ? ISOKIT_OK : isokit_fail_nomem(err, "checksums", BURN_CHECK_BYTES);
	if (!st && whole)
		st = isokit_digests_load(&c->lib, err);
	if (!st && whole) {
		c->whole = digest_new(c->lib, ISOKIT_SHA256);
		if (!c->whole)
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
	free(c->chunk);
	isokit_digests_free(c->lib);
	free(c->sums);
	free(c);
}

static bool keep(struct burn_checks *c, const uint8_t *bytes, size_t n)
{
	if (!ARRAY_RESERVE(c->sums, c->capacity, c->n + 1))
		return false;
	c->sums[c->n++] = sum_of(bytes, n);
	c->in_chunk = 0;
	return true;
}

bool burn_checks_add(struct burn_checks *c, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;

	if (c->whole && !digest_update(c->whole, bytes, n))
		return false;
	c->bytes += n;
	while (n) {
		size_t step = BURN_CHECK_BYTES - c->in_chunk;

		if (step > n)
			step = n;
		/* A whole one need not be put together. */
		if (step == BURN_CHECK_BYTES) {
			if (!keep(c, p, step))
				return false;
		} else {
			memcpy(c->chunk + c->in_chunk, p, step);
			c->in_chunk += step;
			if (c->in_chunk == BURN_CHECK_BYTES && !keep(c, c->chunk, c->in_chunk))
				return false;
		}
		p += step;
		n -= step;
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

	hex[0] = '\0';
	if (c->in_chunk && !keep(c, c->chunk, c->in_chunk))
		return false;
	if (!c->whole)
		return true;
	if (!digest_finish(c->whole, sum))
		return false;
	digest_hex(sum, 32, hex);
	return true;
}

bool burn_checks_same(const struct burn_checks *c, uint64_t i, const void *bytes, size_t n)
{
	return i < c->n && c->sums[i] == sum_of(bytes, n);
}
