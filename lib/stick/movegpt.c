/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The GPT of an image belongs to a drive as large as the image. On a larger one its backup is not
 * at the end, where everybody looks for it. */
#include "stick/stick.h"

#include <isokit/source.h>

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "stick/movegpt.h"

static const char subject[] = "GPT";

/* `bytes` is taken, also on failure. */
enum isokit_status movegpt_patch(struct patches *ps, uint64_t offset, uint8_t *bytes, size_t n,
				struct isokit_error *err)
{
	if (!bytes || !ARRAY_RESERVE(ps->p, ps->capacity, ps->n + 1)) {
		free(bytes);
		return isokit_fail_nomem(err, subject, n);
	}
	ps->p[ps->n++] = (struct stick_patch){ offset, bytes, n };
	return ISOKIT_OK;
}

void stick_patches_free(struct stick_patch *patches, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(patches[i].bytes);
	free(patches);
}

/* ---- MBR -------------------------------------------------------------------------------- */

/* Protective: one entry for the whole drive, and no other (UEFI 5.2.3). */
static bool is_protective(const struct ondisk_mbr *m)
{
	unsigned n = 0;

	for (size_t i = 0; i < TABLE_MBR_ENTRIES; i++) {
		if (m->entries[i].type == 0)
			continue;
		if (m->entries[i].type != MBR_TYPE_GPT || m->entries[i].start_lba != 1)
			return false;
		n++;
	}
	return m->signature && n == 1;
}

static enum isokit_status patch_mbr(struct patches *ps, const uint8_t *sector, uint32_t n,
				    uint64_t sectors, struct isokit_error *err)
{
	uint8_t *copy;
	struct ondisk_mbr m;

	ondisk_mbr_decode(sector, &m);
	if (!is_protective(&m))
		return ISOKIT_OK;
	copy = malloc(n);
	if (!copy)
		return isokit_fail_nomem(err, subject, n);
	memcpy(copy, sector, n);
	for (size_t i = 0; i < TABLE_MBR_ENTRIES; i++) {
		uint8_t *e = copy + TABLE_MBR_ENTRIES_AT + i * TABLE_MBR_ENTRY_BYTES;
		uint8_t active = e[0]; /* against the standard, but some firmware wants it */

		if (m.entries[i].type == 0)
			continue;
		table_mbr_entry_put(e, false, MBR_TYPE_GPT, 1, sectors - 1);
		e[0] = active;
	}
	if (memcmp(copy, sector, n) == 0) {
		free(copy);
		return ISOKIT_OK;
	}
	return movegpt_patch(ps, 0, copy, n, err);
}

/* ---- the old backup --------------------------------------------------------------------- */

static bool overlaps(uint64_t a, uint64_t a_end, uint64_t b, uint64_t b_end)
{
	return a < b_end && b < a_end;
}

/* Does [first, end) of the drive, in sectors, belong to somebody? */
static bool in_use(const struct table_gpt *g, const uint8_t *mbr, uint64_t first, uint64_t end)
{
	const struct ondisk_gpt_header *h = &g->header;
	struct ondisk_mbr m;

	for (uint32_t i = 0; i < h->n_entries; i++) {
		struct ondisk_gpt_entry e;

		ondisk_gpt_entry_decode(g->entries + (size_t)i * h->entry_bytes, &e);
		if (e.used && e.first_lba <= e.last_lba && e.last_lba < UINT64_MAX &&
		    overlaps(first, end, e.first_lba, e.last_lba + 1))
			return true;
	}
	ondisk_mbr_decode(mbr, &m);
	for (size_t i = 0; i < TABLE_MBR_ENTRIES && m.signature; i++) {
		const struct ondisk_mbr_entry *e = &m.entries[i];

		if (e->type != 0 && e->type != MBR_TYPE_GPT &&
		    overlaps(first, end, e->start_lba, (uint64_t)e->start_lba + e->sectors))
			return true;
	}
	return false;
}

/* The old backup would mislead who looks for lost tables, but nothing else may be touched: it
 * goes only where it is what it must be. */
static enum isokit_status blank_backup(struct patches *ps, struct isokit_source *image,
				       const struct table_gpt *g, uint64_t old_alternate,
				       const uint8_t *mbr, uint64_t new_first,
				       struct isokit_error *err)
{
	uint64_t table = g->entries_bytes / g->sector, size = isokit_source_size(image), at, first;
	struct ondisk_gpt_header h;
	uint8_t *bytes;
	size_t n;

	if (!mul_u64(old_alternate, g->sector, &at) || !range_inside(at, g->sector, size))
		return ISOKIT_OK;
	bytes = malloc(g->sector);
	if (!bytes)
		return isokit_fail_nomem(err, subject, g->sector);
	if (isokit_source_read_at(image, at, bytes, g->sector, NULL) ||
	    ondisk_gpt_header_decode(bytes, g->sector, &h, NULL) || !h.crc_ok ||
	    h.my_lba != old_alternate || h.alternate_lba != 1) {
		free(bytes);
		return ISOKIT_OK;
	}
	free(bytes);
	/* Its table, where that lies just before it; else the header alone. */
	first = h.entries_lba + table == old_alternate && h.n_entries == g->header.n_entries &&
		h.entry_bytes == g->header.entry_bytes ? h.entries_lba : old_alternate;
	if (first < g->header.first_usable || in_use(g, mbr, first, old_alternate + 1))
		first = old_alternate;
	if (first < g->header.first_usable || in_use(g, mbr, first, old_alternate + 1))
		return ISOKIT_OK;
	/* What the new one covers needs no zeros. */
	if (first >= new_first)
		return ISOKIT_OK;
	n = (size_t)((min_u64(old_alternate + 1, new_first) - first) * g->sector);
	return movegpt_patch(ps, first * g->sector, calloc(1, n), n, err);
}

/* ---- all -------------------------------------------------------------------------------- */

static uint8_t *copy_of(const uint8_t *bytes, size_t n)
{
	uint8_t *copy = malloc(n);

	if (copy)
		memcpy(copy, bytes, n);
	return copy;
}

/* The primary table, if somebody has changed it. */
static enum isokit_status patch_entries(struct patches *ps, struct isokit_source *image,
					const struct table_gpt *g, struct isokit_error *err)
{
	uint64_t at = g->header.entries_lba * g->sector;
	size_t n = (size_t)g->entries_bytes;
	uint8_t *old = calloc(1, n);
	enum isokit_status st;

	if (!old)
		return isokit_fail_nomem(err, subject, n);
	st = isokit_source_read_at(image, at, old,
				   (size_t)min_u64(n, isokit_source_size(image) - at), err);
	if (st || memcmp(old, g->entries, (size_t)g->header.n_entries * g->header.entry_bytes) == 0) {
		free(old);
		return st;
	}
	/* What lies behind the last entry in its sector is not ours. */
	memcpy(old, g->entries, (size_t)g->header.n_entries * g->header.entry_bytes);
	return movegpt_patch(ps, at, old, n, err);
}

enum isokit_status movegpt_settle(struct isokit_source *image, struct table_gpt *g,
				  uint64_t sectors, struct patches *ps, struct isokit_error *err)
{
	uint64_t old_alternate = g->header.alternate_lba, table = g->entries_bytes / g->sector;
	uint64_t backup_at = sectors * g->sector - table_gpt_backup_bytes(g);
	size_t backup_bytes = (size_t)table_gpt_backup_bytes(g);
	uint8_t *backup, *mbr;
	enum isokit_status st;

	st = table_gpt_settle(g, sectors, &backup, err);
	if (st)
		return st;
	mbr = malloc(g->sector);
	if (!mbr) {
		free(backup);
		return isokit_fail_nomem(err, subject, g->sector);
	}
	st = isokit_source_read_at(image, 0, mbr, g->sector, err);
	/* The last bytes of an image may be nobody's but its own: where the old backup is not. */
	if (st == ISOKIT_OK && backup_at < isokit_source_size(image) &&
	    (old_alternate < table || backup_at / g->sector < old_alternate - table) &&
	    in_use(g, mbr, backup_at / g->sector, sectors))
		st = isokit_fail(err, ISOKIT_E_LIMIT, backup_at, subject,
				 "the drive is too small for a backup behind the image");
	if (st == ISOKIT_OK)
		st = patch_mbr(ps, mbr, g->sector, sectors, err);
	if (st == ISOKIT_OK)
		st = movegpt_patch(ps, g->sector, copy_of(g->head, g->sector), g->sector, err);
	if (st == ISOKIT_OK)
		st = patch_entries(ps, image, g, err);
	if (st == ISOKIT_OK)
		st = blank_backup(ps, image, g, old_alternate, mbr, backup_at / g->sector, err);
	free(mbr);
	if (st == ISOKIT_OK)
		return movegpt_patch(ps, backup_at, backup, backup_bytes, err);
	free(backup);
	return st;
}

/* Is the backup where the primary says that it is, and is that the end? */
static bool is_settled(struct isokit_source *image, const struct table_gpt *g, uint64_t sectors)
{
	struct ondisk_gpt_header h;
	uint8_t raw[GPT_HEADER_BYTES];

	return g->header.alternate_lba == sectors - 1 &&
	       isokit_source_size(image) == sectors * g->sector &&
	       isokit_source_read_at(image, (sectors - 1) * g->sector, raw, sizeof(raw), NULL) ==
		       ISOKIT_OK &&
	       ondisk_gpt_header_decode(raw, sizeof(raw), &h, NULL) == ISOKIT_OK && h.crc_ok &&
	       h.my_lba == sectors - 1 && h.alternate_lba == 1 &&
	       h.entries_crc == g->header.entries_crc;
}

enum isokit_status stick_move_gpt(struct isokit_source *image, uint64_t bytes, uint32_t sector,
				  struct stick_patch **ret_patches, size_t *ret_n,
				  struct isokit_error *err)
{
	struct patches ps = { 0 };
	struct table_gpt g;
	enum isokit_status st;

	if (sector < 512 || sector > 4096 || (sector & (sector - 1)) || bytes % sector)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, subject,
				   "a drive of %llu bytes in sectors of %u cannot be",
				   (unsigned long long)bytes, sector);
	if (isokit_source_size(image) > bytes)
		return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, subject,
				   "the image is larger than the drive");
	st = table_gpt_read(image, sector, &g, err);
	if (st)
		return st;
	if (g.head && !is_settled(image, &g, bytes / sector))
		st = movegpt_settle(image, &g, bytes / sector, &ps, err);
	table_gpt_free(&g);
	if (st) {
		stick_patches_free(ps.p, ps.n);
		return st;
	}
	*ret_patches = ps.p;
	*ret_n = ps.n;
	return ISOKIT_OK;
}
