/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Both copies of the GPT field by field. Clauses are those of UEFI 2.10. */
#include "ondisk/gpt.h"

#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "model/boot.h"
#include "model/lint.h"

enum { MAX_BLOCK_BYTES = 4096, CHUNK_BYTES = 16384, MAX_ARRAY_BYTES = 4 << 20, MAX_SEEN = 256 };

/* Bits 3 to 47 of the attributes are reserved (5.3.3). */
#define RESERVED_ATTRIBUTES (((UINT64_C(1) << 48) - 1) & ~UINT64_C(7))

static enum isokit_status check_header(struct lint *l, const struct isokit_gpt_header *h,
				       const char *what)
{
	uint32_t bs = l->img->facts.gpt.block_size;
	uint64_t at = h->lba * bs;
	uint8_t raw[MAX_BLOCK_BYTES];
	enum isokit_status st;
	uint32_t units;
	bool ok;

	st = lint_read(l, at, raw, bs, what, &ok);
	if (st || !ok)
		return st;
	if (h->revision != 0x00010000)
		lint_find(l, ISOKIT_F_GPT_REVISION, at + 8, 4, what, h->revision, 0x00010000);
	if (h->header_bytes < GPT_HEADER_BYTES || h->header_bytes > bs)
		lint_find(l, ISOKIT_F_GPT_HEADER_SIZE, at + 12, 4, what, h->header_bytes, bs);
	lint_reserved(l, ISOKIT_F_GPT_RESERVED, raw, 20, 24, at, what);
	lint_reserved(l, ISOKIT_F_GPT_RESERVED, raw, GPT_HEADER_BYTES, bs, at, what);
	/* 5.3.2: 128 times a power of two. */
	units = h->entry_bytes / GPT_ENTRY_BYTES;
	if (h->entry_bytes % GPT_ENTRY_BYTES || units == 0 || (units & (units - 1)))
		lint_find(l, ISOKIT_F_GPT_ENTRY_SIZE, at + 84, 4, what, h->entry_bytes, 0);
	if (lint_is_zero(raw + 56, 16))
		lint_find(l, ISOKIT_F_GPT_GUID, at + 56, 16, what, 0, 0);
	if (h->first_usable > h->last_usable || h->last_usable >= l->img->facts.size / bs)
		lint_find(l, ISOKIT_F_GPT_USABLE, at + 40, 16, what, h->first_usable, h->last_usable);
	return ISOKIT_OK;
}

/* 5.3.2: at least 16 KiB are set aside for the array; the usable range keeps clear
 * of both copies. */
static void check_usable(struct lint *l, const struct isokit_gpt_header *h, const char *what)
{
	uint32_t bs = l->img->facts.gpt.block_size;
	uint64_t blocks = div_up((uint64_t)h->n_entries * h->entry_bytes, bs), end;

	if (!add_u64(h->entries_lba, blocks, &end))
		return;
	if ((h->entries_lba <= h->last_usable && end > h->first_usable) ||
	    (h->lba >= h->first_usable && h->lba <= h->last_usable))
		lint_find(l, ISOKIT_F_GPT_USABLE, h->lba * bs + 40, 16, what, h->first_usable,
			  h->last_usable);
	if (h->lba >= h->entries_lba && h->lba < end)
		lint_find(l, ISOKIT_F_GPT_ARRAY_PLACE, h->lba * bs + 72, 8, what, h->entries_lba, h->lba);
}

/* Each copy names the other, and else they say the same. */
static void check_mirror(struct lint *l, const struct isokit_gpt *g)
{
	const struct isokit_gpt_header *p = &g->primary, *b = &g->backup;
	uint64_t at = b->lba * g->block_size;

	if (p->alternate_lba != b->lba)
		lint_find(l, ISOKIT_F_GPT_ALTERNATE, p->lba * g->block_size + 32, 8, "primary GPT header",
			  p->alternate_lba, b->lba);
	if (b->alternate_lba != p->lba)
		lint_find(l, ISOKIT_F_GPT_ALTERNATE, at + 32, 8, "backup GPT header", b->alternate_lba,
			  p->lba);
	if (b->my_lba != b->lba)
		lint_find(l, ISOKIT_F_GPT_MY_LBA, at + 24, 8, "backup GPT header", b->my_lba, b->lba);
	if (p->first_usable != b->first_usable || p->last_usable != b->last_usable)
		lint_find(l, ISOKIT_F_GPT_MIRROR, at + 40, 16, "the usable range", 0, 0);
	if (strcmp(p->disk_guid, b->disk_guid) != 0)
		lint_find(l, ISOKIT_F_GPT_MIRROR, at + 56, 16, "the GUID of the disk", 0, 0);
	if (p->n_entries != b->n_entries || p->entry_bytes != b->entry_bytes)
		lint_find(l, ISOKIT_F_GPT_MIRROR, at + 80, 8, "the size of the array", 0, 0);
	if (p->revision != b->revision)
		lint_find(l, ISOKIT_F_GPT_MIRROR, at + 8, 4, "the revision", 0, 0);
}

struct array {
	struct lint *l;
	const struct isokit_gpt_header *h;
	const char *what;
	uint8_t (*guids)[16];
	size_t n_guids;
};

/* 5.3.3 */
static void check_entry(struct array *a, const uint8_t *raw, uint32_t bytes, uint64_t at,
			uint64_t index)
{
	const struct isokit_gpt_header *h = a->h;
	struct ondisk_gpt_entry e;
	size_t i = 0;

	ondisk_gpt_entry_decode(raw, &e);
	if (!e.used) {
		if (!lint_is_zero(raw, bytes))
			lint_find(a->l, ISOKIT_F_GPT_UNUSED, at, bytes, a->what, index, 0);
		return;
	}
	if (lint_is_zero(e.guid, 16))
		lint_find(a->l, ISOKIT_F_GPT_GUID, at + 16, 16, a->what, index, 0);
	for (size_t k = 0; k < a->n_guids; k++)
		if (memcmp(a->guids[k], e.guid, 16) == 0) {
			lint_find(a->l, ISOKIT_F_GPT_GUID_TWICE, at + 16, 16, a->what, index, 0);
			break;
		}
	if (a->n_guids < MAX_SEEN)
		memcpy(a->guids[a->n_guids++], e.guid, 16);
	if (e.first_lba < h->first_usable || e.last_lba > h->last_usable)
		lint_find(a->l, ISOKIT_F_GPT_PARTITION_UNUSABLE, at + 32, 16, a->what, index, e.first_lba);
	if (e.attributes & RESERVED_ATTRIBUTES)
		lint_find(a->l, ISOKIT_F_GPT_ATTRIBUTES, at + 48, 8, a->what, index, e.attributes);
	while (i < GPT_NAME_BYTES && (e.name[i] || e.name[i + 1]))
		i += 2;
	if (!lint_is_zero(e.name + i, GPT_NAME_BYTES - i))
		lint_find(a->l, ISOKIT_F_GPT_NAME, at + 56, GPT_NAME_BYTES, a->what, index, 0);
	if (!lint_is_zero(raw + GPT_ENTRY_BYTES, bytes - GPT_ENTRY_BYTES))
		lint_find(a->l, ISOKIT_F_GPT_RESERVED, at + GPT_ENTRY_BYTES, bytes - GPT_ENTRY_BYTES,
			  a->what, index, 0);
}

static enum isokit_status check_array(struct lint *l, const struct isokit_gpt_header *h,
				      const char *what)
{
	uint64_t bytes = (uint64_t)h->n_entries * h->entry_bytes, at;
	struct array a = { .l = l, .h = h, .what = what };
	enum isokit_status st = ISOKIT_OK;
	uint8_t *chunk;

	if (h->entry_bytes < GPT_ENTRY_BYTES || h->entry_bytes > MAX_BLOCK_BYTES ||
	    bytes > MAX_ARRAY_BYTES || !mul_u64(h->entries_lba, l->img->facts.gpt.block_size, &at) ||
	    !range_inside(at, bytes, l->img->facts.size))
		return ISOKIT_OK; /* said when the image was opened */
	chunk = malloc(CHUNK_BYTES);
	a.guids = calloc(MAX_SEEN, 16);
	if (!chunk || !a.guids)
		st = isokit_fail_nomem(l->err, l->img->facts.path, CHUNK_BYTES);
	for (uint64_t done = 0; !st && done < bytes;) {
		size_t n = CHUNK_BYTES / h->entry_bytes * h->entry_bytes;
		bool ok;

		n = (size_t)min_u64(n, bytes - done);
		st = lint_read(l, at + done, chunk, n, what, &ok);
		if (st || !ok)
			break;
		for (size_t k = 0; k < n; k += h->entry_bytes)
			check_entry(&a, chunk + k, h->entry_bytes, at + done + k,
				    (done + k) / h->entry_bytes + 1);
		done += n;
	}
	free(chunk);
	free(a.guids);
	return st;
}

enum isokit_status lint_gpt(struct lint *l)
{
	const struct isokit_gpt *g = &l->img->facts.gpt;
	enum isokit_status st = ISOKIT_OK;

	if (g->primary.present) {
		st = check_header(l, &g->primary, "primary GPT header");
		if (!st)
			check_usable(l, &g->primary, "primary GPT header");
		if (!st)
			st = check_array(l, &g->primary, "primary GPT entry array");
	}
	if (!st && g->backup.present) {
		st = check_header(l, &g->backup, "backup GPT header");
		if (!st)
			check_usable(l, &g->backup, "backup GPT header");
		/* What was said of the primary array need not be said twice. */
		if (!st && !(g->primary.present && g->agree))
			st = check_array(l, &g->backup, "backup GPT entry array");
	}
	if (!st && g->primary.present && g->backup.present)
		check_mirror(l, g);
	return st;
}
