/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checksums of a DMG. Every block's CRC32 is kept when it is expanded, and CRCs of
 * neighbours can be joined, so that after a conversion hardly anything is read again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "digest/digest.h"
#include "format/dmg.h"
#include "ondisk/gpt.h"

enum { BUFFER_BYTES = 1024 * 1024 };

struct job {
	struct isokit_medium *m;
	struct dmg *d;
	struct isokit_digests *digests; /* loaded when there is use for them */
	uint8_t *buffer; /* BUFFER_BYTES */
	struct isokit_error *err;
};

static enum isokit_status cancelled(const struct job *j)
{
	const struct isokit_medium_options *o = medium_options(j->m);

	if (o->cancelled && o->cancelled(o->ctx))
		return isokit_fail(j->err, ISOKIT_E_CANCELLED, ISOKIT_NO_OFFSET, "DMG",
				   "checking was interrupted");
	return ISOKIT_OK;
}

static void add(const struct job *j, uint32_t *crc, const void *bytes, size_t n)
{
	if (!codec_crc32(j->d->codec, crc, bytes, n))
		*crc = ondisk_crc32(*crc, bytes, n);
}

static enum isokit_status add_range(const struct job *j, uint32_t *crc, uint64_t offset,
				    uint64_t bytes)
{
	while (bytes) {
		size_t n = (size_t)min_u64(bytes, BUFFER_BYTES);
		enum isokit_status st = cancelled(j);

		if (!st)
			st = isokit_source_read_at(j->d->fork, offset, j->buffer, n, j->err);
		if (st)
			return st;
		add(j, crc, j->buffer, n);
		offset += n;
		bytes -= n;
	}
	return ISOKIT_OK;
}

/* The CRC32 of a run. */
static enum isokit_status crc_of_run(const struct job *j, const struct chunk *c, uint32_t *ret)
{
	struct dmg_run *r = &j->d->runs[c->tag];
	enum isokit_status st;

	*ret = 0;
	switch (c->kind) {
	case CHUNK_ZEROS:
		/* Of nothing but zeros: the CRC with its inversions is that of none, moved on. */
		*ret = ondisk_crc32_join(UINT32_MAX, UINT32_MAX, c->bytes);
		return ISOKIT_OK;
	case CHUNK_STORED:
		return add_range(j, ret, c->from, c->bytes);
	case CHUNK_PACKED:
		break;
	}
	/* Reading a byte of it is expanding all of it. */
	if (!(atomic_load(&r->crc) & DMG_CRC_KNOWN)) {
		st = cancelled(j);
		if (!st)
			st = isokit_source_read_at(j->d->disk, c->start, j->buffer, 1, j->err);
		if (st)
			return st;
	}
	*ret = (uint32_t)atomic_load(&r->crc);
	return ISOKIT_OK;
}

/* ---- which checksum it is ---------------------------------------------------------------- */

static bool is_crc(const struct ondisk_udif_checksum *c)
{
	return c->type == UDIF_CHECKSUM_CRC32 && c->bits == 32;
}

static bool is_digest(const struct ondisk_udif_checksum *c, enum isokit_digest_kind *ret)
{
	static const struct {
		uint32_t type;
		enum isokit_digest_kind kind;
	} kinds[] = {
		{ UDIF_CHECKSUM_MD5, ISOKIT_MD5 },	 { UDIF_CHECKSUM_SHA1, ISOKIT_SHA1 },
		{ UDIF_CHECKSUM_SHA256, ISOKIT_SHA256 }, { UDIF_CHECKSUM_SHA384, ISOKIT_SHA384 },
		{ UDIF_CHECKSUM_SHA512, ISOKIT_SHA512 },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (kinds[i].type == c->type && isokit_digest_bytes(kinds[i].kind) * 8 == c->bits) {
			*ret = kinds[i].kind;
			return true;
		}
	}
	return false;
}

/* Is there one that is not compared? */
static bool is_strange(const struct ondisk_udif_checksum *c)
{
	enum isokit_digest_kind kind;

	return c->type != UDIF_CHECKSUM_NONE && c->bits != 0 && !is_crc(c) && !is_digest(c, &kind);
}

static void note_strange(struct isokit_medium *m, const struct ondisk_udif_checksum *c,
			 const char *what)
{
	static const char *const names[] = {
		[UDIF_CHECKSUM_CRC28] = "CRC28", [UDIF_CHECKSUM_CRC32] = "CRC32",
		[UDIF_CHECKSUM_DC42] = "Disk Copy 4.2", [UDIF_CHECKSUM_MD5] = "MD5",
		[UDIF_CHECKSUM_SHA] = "SHA-0", [UDIF_CHECKSUM_SHA1] = "SHA-1",
		[UDIF_CHECKSUM_SHA256] = "SHA-256", [UDIF_CHECKSUM_SHA384] = "SHA-384",
		[UDIF_CHECKSUM_SHA512] = "SHA-512",
	};
	const char *name = c->type < sizeof(names) / sizeof(names[0]) ? names[c->type] : NULL;

	medium_note(m, "checksum of %s, type %u (%s) with %u bits, is not compared", what, c->type,
		    name ? name : "not known", c->bits);
}

void dmg_note_checksums(struct isokit_medium *m, const struct dmg *d)
{
	unsigned strange = 0;
	char what[96];

	for (size_t i = 0; i < d->n_parts; i++) {
		if (!is_strange(&d->parts[i].checksum))
			continue;
		if (strange++ > 0)
			continue;
		snprintf(what, sizeof(what), "\"%s\"", d->parts[i].name);
		note_strange(m, &d->parts[i].checksum, what);
	}
	if (strange > 1)
		medium_note(m, "nor are those of %u other block maps", strange - 1);
	if (is_strange(&d->trailer.master_checksum))
		note_strange(m, &d->trailer.master_checksum, "all block maps");
}

/* ---- block maps ------------------------------------------------------------------------- */

/* What is known of a block map so far. */
struct sum {
	uint32_t crc;
	struct digest *digest; /* instead */
	bool broken;           /* some of it could not be expanded */
};

static enum isokit_status no_digest(const struct job *j)
{
	return isokit_fail(j->err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, "libcrypto",
			   "does not offer the checksums of this DMG");
}

static enum isokit_status load(struct job *j)
{
	return j->digests ? ISOKIT_OK : isokit_digests_load(&j->digests, j->err);
}

/* A run through the digest of its block map. */
static enum isokit_status digest_run(const struct job *j, const struct chunk *c, struct sum *sum)
{
	enum isokit_status st = ISOKIT_OK;
	uint64_t at = 0;

	while (!st && at < c->bytes) {
		size_t n = (size_t)min_u64(c->bytes - at, BUFFER_BYTES);

		st = cancelled(j);
		if (!st)
			st = isokit_source_read_at(j->d->disk, c->start + at, j->buffer, n, j->err);
		if (!st && !digest_update(sum->digest, j->buffer, n))
			st = no_digest(j);
		at += n;
	}
	return st;
}

static enum isokit_status sum_run(const struct job *j, const struct chunk *c, struct sum *sum)
{
	enum isokit_status st;
	uint32_t crc;

	if (sum->digest)
		return digest_run(j, c, sum);
	st = crc_of_run(j, c, &crc);
	if (!st)
		sum->crc = ondisk_crc32_join(sum->crc, crc, c->bytes);
	return st;
}

static enum isokit_status begin_sums(struct job *j, struct sum *sums)
{
	enum isokit_digest_kind kind;
	enum isokit_status st;

	for (size_t i = 0; i < j->d->n_parts; i++) {
		if (!is_digest(&j->d->parts[i].checksum, &kind))
			continue;
		st = load(j);
		if (st)
			return st;
		sums[i].digest = digest_new(j->digests, kind);
		if (!sums[i].digest)
			return no_digest(j);
	}
	return ISOKIT_OK;
}

/* Those of all block maps, in one pass over the table. */
static enum isokit_status sum_parts(const struct job *j, struct sum *sums)
{
	struct dmg *d = j->d;

	for (size_t i = 0; i < d->n_chunks; i++) {
		const struct chunk *c = &d->chunks[i];
		const struct dmg_run *r = &d->runs[i];
		struct sum *sum = &sums[r->part];
		enum isokit_status st;

		if (r->ignored || (!is_crc(&d->parts[r->part].checksum) && !sum->digest))
			continue;
		st = sum_run(j, c, sum);
		if (st == ISOKIT_E_CORRUPT) {
			medium_damaged(j->m, 0, c->start, c->bytes, "a block cannot be expanded");
			sum->broken = true;
			continue;
		}
		if (st)
			return st;
	}
	return ISOKIT_OK;
}

static enum isokit_status judge_part(const struct job *j, const struct dmg_part *part,
				     struct sum *sum, unsigned *io_checked)
{
	uint8_t out[ISOKIT_DIGEST_MAX_BYTES] = { 0 };
	char text[160];

	if (!sum->digest && !is_crc(&part->checksum))
		return ISOKIT_OK;
	(*io_checked)++;
	if (sum->broken)
		return ISOKIT_OK;
	if (!sum->digest) {
		if (sum->crc == get_be32(part->checksum.bytes))
			return ISOKIT_OK;
		snprintf(text, sizeof(text), "CRC32 of \"%s\" is %08x, not %08x", part->name, sum->crc,
			 get_be32(part->checksum.bytes));
	} else {
		enum isokit_digest_kind kind = ISOKIT_MD5;

		(void)is_digest(&part->checksum, &kind);
		if (!digest_finish(sum->digest, out))
			return no_digest(j);
		if (memcmp(out, part->checksum.bytes, part->checksum.bits / 8) == 0)
			return ISOKIT_OK;
		snprintf(text, sizeof(text), "%s of \"%s\" differs", isokit_digest_name(kind),
			 part->name);
	}
	medium_damaged(j->m, 0, part->start, part->bytes, text);
	return ISOKIT_OK;
}

/* ---- what is over all of them -------------------------------------------------------------- */

/* The digest of all checksums. */
static enum isokit_status digest_master(struct job *j, enum isokit_digest_kind kind, bool *ret_same)
{
	const struct ondisk_udif_checksum *master = &j->d->trailer.master_checksum;
	uint8_t out[ISOKIT_DIGEST_MAX_BYTES] = { 0 };
	enum isokit_status st = load(j);
	struct digest *digest;
	bool ok;

	if (st)
		return st;
	digest = digest_new(j->digests, kind);
	ok = digest != NULL;
	for (size_t i = 0; ok && i < j->d->n_parts; i++)
		ok = digest_update(digest, j->d->parts[i].checksum.bytes,
				   j->d->parts[i].checksum.bits / 8);
	ok = ok && digest_finish(digest, out);
	digest_free(digest);
	*ret_same = memcmp(out, master->bytes, master->bits / 8) == 0;
	return ok ? ISOKIT_OK : no_digest(j);
}

/* That of all checksums, which says that none of them was changed. */
static enum isokit_status judge_master(struct job *j, unsigned *io_checked)
{
	const struct ondisk_udif_checksum *master = &j->d->trailer.master_checksum;
	enum isokit_digest_kind kind;
	enum isokit_status st;
	uint32_t crc = 0;
	char text[160];
	bool same;

	if (is_crc(master)) {
		for (size_t i = 0; i < j->d->n_parts; i++)
			add(j, &crc, j->d->parts[i].checksum.bytes, j->d->parts[i].checksum.bits / 8);
		same = crc == get_be32(master->bytes);
		snprintf(text, sizeof(text), "master checksum is %08x, not %08x", crc,
			 get_be32(master->bytes));
	} else if (is_digest(master, &kind)) {
		st = digest_master(j, kind, &same);
		if (st)
			return st;
		snprintf(text, sizeof(text), "master checksum (%s) differs", isokit_digest_name(kind));
	} else {
		return ISOKIT_OK;
	}
	(*io_checked)++;
	if (!same)
		medium_damaged(j->m, 0, 0, 0, text);
	return ISOKIT_OK;
}

/* The checksum of the compressed data, which adds nothing where parts have their own. */
static enum isokit_status judge_data(const struct job *j, unsigned *io_checked)
{
	const struct ondisk_udif *u = &j->d->trailer;
	enum isokit_digest_kind kind;
	enum isokit_status st;
	uint32_t crc = 0;
	char text[160];

	for (size_t i = 0; i < j->d->n_parts; i++)
		if (is_crc(&j->d->parts[i].checksum) || is_digest(&j->d->parts[i].checksum, &kind))
			return ISOKIT_OK;
	if (!is_crc(&u->data_checksum) || u->n_segments > 1 ||
	    !range_inside(u->data_offset, u->data_bytes, isokit_source_size(j->d->fork)))
		return ISOKIT_OK;
	st = add_range(j, &crc, u->data_offset, u->data_bytes);
	if (st)
		return st;
	(*io_checked)++;
	if (crc != get_be32(u->data_checksum.bytes)) {
		snprintf(text, sizeof(text), "CRC32 of the compressed data is %08x, not %08x", crc,
			 get_be32(u->data_checksum.bytes));
		medium_damaged(j->m, 0, 0, 0, text);
	}
	return ISOKIT_OK;
}

enum isokit_status dmg_verify(struct isokit_medium *m, void *state, unsigned *io_checked,
			      struct isokit_error *err)
{
	struct dmg *d = state;
	struct job j = { .m = m, .d = d, .err = err };
	enum isokit_status st;
	struct sum *sums;

	if (!d->codec)
		d->codec = codec_new();
	sums = calloc(d->n_parts + 1, sizeof(*sums));
	j.buffer = malloc(BUFFER_BYTES);
	st = d->codec && sums && j.buffer ? begin_sums(&j, sums) :
					    isokit_fail_nomem(err, "DMG", BUFFER_BYTES);
	if (!st)
		st = sum_parts(&j, sums);
	for (size_t i = 0; !st && i < d->n_parts; i++)
		st = judge_part(&j, &d->parts[i], &sums[i], io_checked);
	if (!st)
		st = judge_master(&j, io_checked);
	if (!st)
		st = judge_data(&j, io_checked);
	for (size_t i = 0; sums && i < d->n_parts; i++)
		digest_free(sums[i].digest);
	isokit_digests_free(j.digests);
	free(sums);
	free(j.buffer);
	return st;
}
