/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The MD5 that implantisomd5 writes into the application use field of the primary
 * volume descriptor (ECMA-119 8.4.32), and checkisomd5 and the installers of Fedora
 * and its kin look for: of the volume without its last 15 blocks, which drives fail to
 * read, with that field as blanks; and of 20 longer and longer pieces from the
 * beginning, three digits each, so that a check can stop early. */
#include "author/integrity.h"

#include <stdio.h>
#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "verify/implanted.h"

enum {
	SKIP_BLOCKS = 15,
	PVD = 16,             /* block */
	VOLUME_BLOCKS_BE = 84, /* in the descriptor, ECMA-119 8.4.8 */
	FIELD = PVD * LAYOUT_BLOCK_BYTES + IMPLANTED_OFFSET, /* byte of the image */
	DIGITS = IMPLANTED_FRAGMENT_DIGITS / IMPLANT_MAX_FRAGMENTS,
};

static const char subject[] = "implanted MD5";

enum isokit_status implant_start(struct implant *im, const struct isokit_digests *lib,
				 struct isokit_source *src, struct isokit_error *err)
{
	uint8_t pvd[LAYOUT_BLOCK_BYTES];
	enum isokit_status st = isokit_source_read_at(src, PVD * LAYOUT_BLOCK_BYTES, pvd,
						      sizeof(pvd), err);
	uint64_t blocks;

	if (st)
		return st;
	blocks = get_be32(pvd + VOLUME_BLOCKS_BE);
	if (blocks <= PVD + 1 + SKIP_BLOCKS ||
	    blocks * LAYOUT_BLOCK_BYTES > isokit_source_size(src))
		return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, subject,
				   "a volume of %llu blocks is too short for it; it needs its padding",
				   (unsigned long long)blocks);
	im->total = (blocks - SKIP_BLOCKS) * LAYOUT_BLOCK_BYTES;
	im->n_ends = implanted_fragment_ends(im->total, IMPLANT_MAX_FRAGMENTS, im->ends,
					     IMPLANT_MAX_FRAGMENTS);
	im->md = digest_new(lib, ISOKIT_MD5);
	return im->md ? ISOKIT_OK :
			isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, subject,
				    "libcrypto offers no MD5 here");
}

/* isomd5sum prints each byte with one digit at least and takes the first. */
static bool end_fragment(struct implant *im)
{
	uint8_t md5[ISOKIT_DIGEST_MAX_BYTES];

	if (!digest_peek(im->md, md5))
		return false;
	for (size_t i = 0; i < DIGITS; i++)
		im->digits[im->n_digits++] =
			"0123456789abcdef"[md5[i] > 15 ? md5[i] >> 4 : md5[i]];
	im->at++;
	return true;
}

static bool update(struct implant *im, uint64_t offset, const uint8_t *bytes, size_t n)
{
	uint64_t field_end = FIELD + IMPLANTED_BYTES;

	while (n) {
		size_t some = n;
		bool ok;

		if (offset < FIELD) {
			some = (size_t)min_u64(n, FIELD - offset);
			ok = digest_update(im->md, bytes, some);
		} else if (offset < field_end) {
			uint8_t field[IMPLANTED_BYTES];

			some = (size_t)min_u64(n, field_end - offset);
			memset(field, ' ', sizeof(field));
			ok = digest_update(im->md, field, some);
		} else {
			ok = digest_update(im->md, bytes, some);
		}
		if (!ok)
			return false;
		offset += some;
		bytes += some;
		n -= some;
	}
	return true;
}

bool implant_feed(void *implant, uint64_t offset, const uint8_t *bytes, size_t n,
		  struct isokit_error *err)
{
	struct implant *im = implant;
	bool ok = true;

	while (ok && n && offset < im->total) {
		uint64_t end = im->at < im->n_ends ? im->ends[im->at] : im->total;
		size_t some = (size_t)min_u64(n, end - offset);

		ok = update(im, offset, bytes, some);
		offset += some;
		bytes += some;
		n -= some;
		if (ok && im->at < im->n_ends && offset == im->ends[im->at])
			ok = end_fragment(im);
	}
	if (!ok)
		(void)isokit_fail_nomem(err, subject, 0);
	return ok;
}

enum isokit_status implant_finish(struct implant *im, struct sink *to, char ret_md5[33],
				  struct isokit_error *err)
{
	uint8_t md5[ISOKIT_DIGEST_MAX_BYTES];
	char field[IMPLANTED_BYTES + 1];
	int n;

	if (!digest_finish(im->md, md5))
		return isokit_fail_nomem(err, subject, 0);
	digest_hex(md5, 16, ret_md5);
	n = snprintf(field, sizeof(field),
		     "ISO MD5SUM = %s;SKIPSECTORS = %d;RHLISOSTATUS=0;FRAGMENT SUMS = %s;"
		     "FRAGMENT COUNT = %zu;THIS IS NOT THE SAME AS RUNNING MD5SUM ON THIS ISO!!",
		     ret_md5, SKIP_BLOCKS, im->digits, im->n_ends);
	if (n < 0 || n > IMPLANTED_BYTES)
		return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, subject,
				   "does not fit its field");
	memset(field + n, ' ', sizeof(field) - (size_t)n);
	return sink_write_at(to, FIELD, field, IMPLANTED_BYTES, err);
}

void implant_free(struct implant *im)
{
	digest_free(im->md);
	im->md = NULL;
}
