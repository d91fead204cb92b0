/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checksums of a DMG. Every block's CRC32 is kept when it is expanded, and CRCs of
 * neighbours can be joined, so that after a conversion hardly anything is read again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "format/dmg.h"
#include "ondisk/gpt.h"

enum { BUFFER_BYTES = 1024 * 1024 };

struct job {
	struct isokit_medium *m;
	struct dmg *d;
	uint8_t *buffer; /* for a chunk, or BUFFER_BYTES */
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
	if (!(atomic_load(&r->crc) & DMG_CRC_KNOWN)) {
		st = cancelled(j);
		if (!st)
			st = dmg_expand(j->d, j->d->codec, c, j->buffer, j->err);
		if (st)
			return st;
	}
	*ret = (uint32_t)atomic_load(&r->crc);
	return ISOKIT_OK;
}

static bool is_crc(const struct ondisk_udif_checksum *c)
{
	return c->type == UDIF_CHECKSUM_CRC32 && c->bits == 32;
}

/* Those of all block maps, in one pass over the table. */
static enum isokit_status sum_parts(const struct job *j, uint32_t *sums, bool *broken)
{
	struct dmg *d = j->d;

	for (size_t i = 0; i < d->n_chunks; i++) {
		const struct chunk *c = &d->chunks[i];
		const struct dmg_run *r = &d->runs[i];
		enum isokit_status st;
		uint32_t crc;

		if (r->ignored || !is_crc(&d->parts[r->part].checksum))
			continue;
		st = crc_of_run(j, c, &crc);
		if (st == ISOKIT_E_CORRUPT) {
			medium_damaged(j->m, 0, c->start, c->bytes, "a block cannot be expanded");
			broken[r->part] = true;
			continue;
		}
		if (st)
			return st;
		sums[r->part] = ondisk_crc32_join(sums[r->part], crc, c->bytes);
	}
	return ISOKIT_OK;
}

static void judge_parts(const struct job *j, const uint32_t *sums, const bool *broken,
			unsigned *io_checked)
{
	const struct dmg *d = j->d;
	char text[160];

	for (size_t i = 0; i < d->n_parts; i++) {
		const struct dmg_part *part = &d->parts[i];

		if (!is_crc(&part->checksum))
			continue;
		(*io_checked)++;
		if (broken[i] || sums[i] == get_be32(part->checksum.bytes))
			continue;
		snprintf(text, sizeof(text), "CRC32 of \"%s\" is %08x, not %08x", part->name, sums[i],
			 get_be32(part->checksum.bytes));
		medium_damaged(j->m, 0, part->start, part->bytes, text);
	}
}

/* That of all checksums, which says that none of them was changed. */
static void judge_master(const struct job *j, unsigned *io_checked)
{
	const struct ondisk_udif_checksum *master = &j->d->trailer.master_checksum;
	uint32_t crc = 0;
	char text[160];

	if (!is_crc(master))
		return;
	for (size_t i = 0; i < j->d->n_parts; i++)
		add(j, &crc, j->d->parts[i].checksum.bytes, j->d->parts[i].checksum.bits / 8);
	(*io_checked)++;
	if (crc == get_be32(master->bytes))
		return;
	snprintf(text, sizeof(text), "master checksum is %08x, not %08x", crc,
		 get_be32(master->bytes));
	medium_damaged(j->m, 0, 0, 0, text);
}

/* The checksum of the compressed data, which adds nothing where parts have their own. */
static enum isokit_status judge_data(const struct job *j, unsigned *io_checked)
{
	const struct ondisk_udif *u = &j->d->trailer;
	enum isokit_status st;
	uint32_t crc = 0;
	char text[160];

	for (size_t i = 0; i < j->d->n_parts; i++)
		if (is_crc(&j->d->parts[i].checksum))
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
	size_t need = BUFFER_BYTES;
	enum isokit_status st;
	uint32_t *sums;
	bool *broken;

	for (size_t i = 0; i < d->n_chunks; i++)
		if (d->chunks[i].kind == CHUNK_PACKED && d->chunks[i].bytes > need)
			need = (size_t)d->chunks[i].bytes;
	if (!d->codec)
		d->codec = codec_new();
	sums = calloc(d->n_parts + 1, sizeof(*sums));
	broken = calloc(d->n_parts + 1, sizeof(*broken));
	j.buffer = malloc(need);
	if (d->codec && sums && broken && j.buffer) {
		st = sum_parts(&j, sums, broken);
		if (!st) {
			judge_parts(&j, sums, broken, io_checked);
			judge_master(&j, io_checked);
			st = judge_data(&j, io_checked);
		}
	} else {
		st = isokit_fail_nomem(err, "DMG", need);
	}
	free(sums);
	free(broken);
	free(j.buffer);
	return st;
}
