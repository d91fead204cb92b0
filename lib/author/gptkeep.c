/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "author/gptkeep.h"

#include <string.h>

#include "author/base.h"
#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "ondisk/gpt.h"

enum { /* UEFI 5.3.2 and 5.3.3: bytes of a header and of an entry */
	UNIT_BYTES = 512,
	HEADER_CRC = 16, HEADER_ENTRIES_CRC = 88,
	ENTRY_TYPE = 0, ENTRY_TYPE_BYTES = 16, ENTRY_GUID = 16, ENTRY_GUID_BYTES = 16,
	ENTRY_ATTRIBUTES = 48, /* 8 bytes, and the name */
	MAX_KEPT = 64,
};

struct gptkeep {
	struct kept_entry {
		size_t index; /* from 0 */
		uint8_t raw[GPT_ENTRY_BYTES];
	} kept[MAX_KEPT];
	size_t n_kept;
	/* The table that libisofs has made, and as it becomes. */
	uint8_t theirs[PLAN_SYSTEM_AREA_BYTES], ours[PLAN_SYSTEM_AREA_BYTES];
	size_t bytes; /* of both; 0: not seen yet, or none */
	uint32_t crc; /* of ours */
	uint64_t header_at, entries_at; /* of the backup, bytes of the image */
};

/* ---- from the base -------------------------------------------------------------------- */

enum isokit_status gptkeep_take(struct plan *plan, struct isokit_error *err)
{
	const struct base *b = plan->base;
	const struct isokit_gpt *g = &b->facts->gpt;
	const struct isokit_gpt_header *h = g->primary.header_crc_ok ? &g->primary : &g->backup;
	struct gptkeep *k;
	uint64_t start;

	if (g->n_partitions == 0 || g->block_size != UNIT_BYTES || !h->present || !h->header_crc_ok ||
	    h->entry_bytes < GPT_ENTRY_BYTES || !mul_u64(h->entries_lba, UNIT_BYTES, &start))
		return ISOKIT_OK;
	k = arena_alloc(&plan->arena, sizeof(*k));
	if (!k)
		return isokit_fail_nomem(err, b->facts->path, sizeof(*k));
	k->n_kept = 0;
	k->bytes = 0;
	for (size_t i = 0; i < g->n_partitions && k->n_kept < MAX_KEPT; i++) {
		struct kept_entry *to = &k->kept[k->n_kept];
		enum isokit_status st;
		uint64_t at;

		to->index = g->partitions[i].index - 1u;
		if (!mul_u64(to->index, h->entry_bytes, &at) || !add_u64(at, start, &at) ||
		    !range_inside(at, GPT_ENTRY_BYTES, isokit_source_size(b->src)))
			continue;
		st = isokit_source_read_at(b->src, at, to->raw, GPT_ENTRY_BYTES, err);
		if (st)
			return st;
		k->n_kept++;
	}
	plan->gptkeep = k;
	return ISOKIT_OK;
}

/* ---- into the new image ------------------------------------------------------------------ */

static void sign(uint8_t *header, uint32_t header_bytes, uint32_t entries_crc)
{
	put_le32(header + HEADER_ENTRIES_CRC, entries_crc);
	put_le32(header + HEADER_CRC, 0);
	put_le32(header + HEADER_CRC, ondisk_crc32(0, header, header_bytes));
}

/* The table has changed: by entries that are of the same number and type. */
static bool change_table(struct gptkeep *k, size_t entry_bytes)
{
	bool changed = false;

	for (size_t i = 0; i < k->n_kept; i++) {
		const struct kept_entry *from = &k->kept[i];
		uint8_t *to;

		if (from->index >= k->bytes / entry_bytes)
			continue;
		to = k->ours + from->index * entry_bytes;
		if (memcmp(to + ENTRY_TYPE, from->raw + ENTRY_TYPE, ENTRY_TYPE_BYTES) != 0)
			continue;
		memcpy(to + ENTRY_GUID, from->raw + ENTRY_GUID, ENTRY_GUID_BYTES);
		memcpy(to + ENTRY_ATTRIBUTES, from->raw + ENTRY_ATTRIBUTES,
		       GPT_ENTRY_BYTES - ENTRY_ATTRIBUTES);
		changed = true;
	}
	return changed;
}

static void patch_primary(struct gptkeep *k, uint8_t *area)
{
	struct ondisk_gpt_header h;
	uint64_t at, bytes, header_at;

	if (ondisk_gpt_header_decode(area + UNIT_BYTES, UNIT_BYTES, &h, NULL) != ISOKIT_OK ||
	    !h.crc_ok || h.entry_bytes < GPT_ENTRY_BYTES ||
	    !mul_u64(h.entries_lba, UNIT_BYTES, &at) ||
	    !mul_u64(h.n_entries, h.entry_bytes, &bytes) ||
	    !range_inside(at, bytes, PLAN_SYSTEM_AREA_BYTES) ||
	    !mul_u64(h.alternate_lba, UNIT_BYTES, &header_at) ||
	    header_at < round_up(bytes, UNIT_BYTES))
		return;
	/* A second reading of the head that was changed before. */
	if (k->bytes == bytes && memcmp(area + at, k->ours, (size_t)bytes) == 0)
		return;
	k->bytes = (size_t)bytes;
	k->header_at = header_at;
	k->entries_at = header_at - round_up(bytes, UNIT_BYTES);
	memcpy(k->theirs, area + at, k->bytes);
	memcpy(k->ours, area + at, k->bytes);
	if (!change_table(k, h.entry_bytes)) {
		k->bytes = 0;
		return;
	}
	k->crc = ondisk_crc32(0, k->ours, k->bytes);
	memcpy(area + at, k->ours, k->bytes);
	sign(area + UNIT_BYTES, h.header_bytes, k->crc);
}

/* One sector, which may be of the backup. */
static void patch_backup(struct gptkeep *k, uint64_t at, uint8_t *sector)
{
	struct ondisk_gpt_header h;
	uint64_t in_table = at - k->entries_at;
	size_t n;

	if (at == k->header_at) {
		if (ondisk_gpt_header_decode(sector, UNIT_BYTES, &h, NULL) == ISOKIT_OK &&
		    h.crc_ok && h.entries_lba * UNIT_BYTES == k->entries_at)
			sign(sector, h.header_bytes, k->crc);
		return;
	}
	if (at < k->entries_at || in_table >= k->bytes)
		return;
	n = (size_t)min_u64(UNIT_BYTES, k->bytes - in_table);
	if (memcmp(sector, k->theirs + in_table, n) == 0)
		memcpy(sector, k->ours + in_table, n);
}

void gptkeep_patch(struct gptkeep *k, uint64_t at, uint8_t *bytes, size_t n)
{
	if (!k)
		return;
	if (at == 0 && n >= PLAN_SYSTEM_AREA_BYTES)
		patch_primary(k, bytes);
	if (k->bytes == 0 || at + n <= k->entries_at)
		return;
	for (size_t i = 0; i + UNIT_BYTES <= n; i += UNIT_BYTES)
		patch_backup(k, at + i, bytes + i);
}
