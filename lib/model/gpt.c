/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The GUID partition table: both headers, both arrays, and their agreement. */
#include "ondisk/gpt.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "base/scan.h"
#include "base/text.h"
#include "model/boot.h"
#include "ondisk/mbr.h"

enum {
	MAX_ARRAY_BYTES = 4 << 20, /* 32768 entries; the usual array has 128 */
	MAX_PARTITIONS = 256,
	MAX_BLOCK_BYTES = 4096,
};

struct gpt_copy {
	struct ondisk_gpt_header h;
	uint64_t offset; /* of the header */
	bool found;
	bool array_ok;   /* its claim is sane and lies inside the image */
	bool crc_ok;     /* of the array */
};

static enum isokit_status read_header(struct isokit_image *img, uint64_t offset,
				      uint32_t block_size, const char *what,
				      struct gpt_copy *ret_copy, struct isokit_error *err)
{
	uint8_t raw[MAX_BLOCK_BYTES];
	enum isokit_status st;
	bool ok;

	*ret_copy = (struct gpt_copy){ .offset = offset };
	st = boot_try_read(img, offset, raw, block_size, what, &ok, err);
	if (!st && ok)
		ret_copy->found = ondisk_gpt_header_decode(raw, block_size, &ret_copy->h, NULL) ==
				  ISOKIT_OK;
	return st;
}

/* Check the array's claim and CRC. Nothing is allocated by the claim. */
static enum isokit_status check_array(struct isokit_image *img, uint32_t block_size,
				      const char *what, struct gpt_copy *c,
				      struct isokit_error *err)
{
	uint64_t bytes = (uint64_t)c->h.n_entries * c->h.entry_bytes, at, done = 0;
	uint8_t *raw = model_scratch(img, err);
	uint32_t crc = 0;

	if (c->h.entry_bytes < GPT_ENTRY_BYTES || c->h.entry_bytes % 8 != 0 ||
	    c->h.entry_bytes > MAX_BLOCK_BYTES || bytes > MAX_ARRAY_BYTES) {
		model_find(img, ISOKIT_F_GPT_ARRAY_ABSURD, c->offset + 80, 8, what,
			   c->h.n_entries, c->h.entry_bytes);
		return ISOKIT_OK;
	}
	if (!mul_u64(c->h.entries_lba, block_size, &at) ||
	    !range_inside(at, bytes, img->facts.size)) {
		model_find(img, ISOKIT_F_GPT_ARRAY_OUTSIDE, c->offset + 72, 8, what,
			   c->h.entries_lba, 0);
		return ISOKIT_OK;
	}
	if (!raw)
		return ISOKIT_E_NOMEM;
	c->array_ok = true;
	while (done < bytes) {
		size_t n = (size_t)min_u64(MODEL_SCRATCH_BYTES, bytes - done);
		enum isokit_status st;
		bool ok;

		st = boot_try_read(img, at + done, raw, n, what, &ok, err);
		if (st)
			return st;
		if (!ok) {
			c->array_ok = false;
			return ISOKIT_OK;
		}
		crc = ondisk_crc32(crc, raw, n);
		done += n;
	}
	c->crc_ok = crc == c->h.entries_crc;
	return ISOKIT_OK;
}

static void publish(const struct gpt_copy *c, uint32_t block_size,
		    struct isokit_gpt_header *ret_header)
{
	*ret_header = (struct isokit_gpt_header){ .present = c->found };
	if (!c->found)
		return;
	ret_header->lba = c->offset / block_size;
	ret_header->revision = c->h.revision;
	ret_header->header_bytes = c->h.header_bytes;
	ret_header->my_lba = c->h.my_lba;
	ret_header->alternate_lba = c->h.alternate_lba;
	ret_header->first_usable = c->h.first_usable;
	ret_header->last_usable = c->h.last_usable;
	ret_header->entries_lba = c->h.entries_lba;
	ret_header->n_entries = c->h.n_entries;
	ret_header->entry_bytes = c->h.entry_bytes;
	ret_header->header_crc_ok = c->h.crc_ok;
	ret_header->entries_crc_ok = c->crc_ok;
	ondisk_guid_text(c->h.disk_guid, ret_header->disk_guid);
}

/* UTF-16LE with trailing zeros to UTF-8. */
static const char *decode_name(struct isokit_image *img, const uint8_t raw[GPT_NAME_BYTES])
{
	char out[GPT_NAME_BYTES / 2 * 3];
	uint8_t be[GPT_NAME_BYTES];
	size_t n = 0;

	while (n < GPT_NAME_BYTES && (raw[n] || raw[n + 1])) {
		be[n] = raw[n + 1];
		be[n + 1] = raw[n];
		n += 2;
	}
	return arena_strndup(&img->arena, out, utf16be_to_utf8(be, n, out));
}

static enum isokit_status add_partition(struct isokit_image *img, uint32_t block_size,
					unsigned index, const struct ondisk_gpt_entry *e,
					uint64_t offset, struct isokit_gpt_partition *p,
					struct isokit_error *err)
{
	uint64_t end = UINT64_MAX, blocks_end;

	*p = (struct isokit_gpt_partition){
		.index = index,
		.first_lba = e->first_lba,
		.last_lba = e->last_lba,
		.attributes = e->attributes,
		.name = decode_name(img, e->name),
		.fat = -1,
	};
	if (!p->name)
		return isokit_fail_nomem(err, "GPT partition", GPT_NAME_BYTES);
	ondisk_guid_text(e->type, p->type_guid);
	ondisk_guid_text(e->guid, p->guid);
	if (e->last_lba < e->first_lba) {
		model_find(img, ISOKIT_F_GPT_PARTITION_BACKWARDS, offset + 32, 16, NULL, index,
			   e->first_lba);
		return ISOKIT_OK;
	}
	if (!add_u64(e->last_lba, 1, &blocks_end) || !mul_u64(blocks_end, block_size, &end))
		end = UINT64_MAX;
	p->inside = end <= img->facts.size;
	if (!p->inside)
		model_find(img, ISOKIT_F_GPT_PARTITION_OUTSIDE, offset + 32, 16, p->name, index,
			   e->last_lba);
	model_expect(img, end, boot_numbered(img, "GPT partition", index));
	return ISOKIT_OK;
}

/* Entries are read some at a time, where the array lies inside the image. */
struct entry_reader {
	uint64_t at, from, to; /* of the array; what of it is in raw */
	uint64_t bytes;        /* of the array, 0 where its claim is absurd */
	uint32_t entry_bytes;
	uint8_t raw[4096];
};

static enum isokit_status read_entry(struct isokit_image *img, struct entry_reader *r, uint32_t i,
				     const uint8_t **ret_raw, struct isokit_error *err)
{
	uint64_t skip = (uint64_t)i * r->entry_bytes, n = GPT_ENTRY_BYTES;
	enum isokit_status st;
	bool ok;

	*ret_raw = NULL;
	if (r->at + skip < r->at)
		return ISOKIT_OK;
	if (skip < r->from || skip + GPT_ENTRY_BYTES > r->to) {
		if (skip + n <= r->bytes)
			n = min_u64(sizeof(r->raw), r->bytes - skip);
		r->from = r->to = skip;
		st = boot_try_read(img, r->at + skip, r->raw, (size_t)n, "GPT entry", &ok, err);
		if (st || !ok)
			return st;
		r->to = skip + n;
	}
	*ret_raw = r->raw + (skip - r->from);
	return ISOKIT_OK;
}

struct entry_list {
	struct isokit_gpt_partition *items;
	struct boot_range *ranges; /* those of them that have one */
	size_t n, capacity, n_ranges, capacity_ranges;
};

/* The used entries of one array, at most MAX_PARTITIONS of them. */
static enum isokit_status collect_entries(struct isokit_image *img, uint32_t block_size,
					  struct entry_reader *r, uint32_t limit,
					  struct entry_list *list, struct isokit_error *err)
{
	for (uint32_t i = 0; i < limit && list->n < MAX_PARTITIONS; i++) {
		struct ondisk_gpt_entry e;
		enum isokit_status st;
		const uint8_t *raw;

		st = read_entry(img, r, i, &raw, err);
		if (st || !raw)
			return st;
		if (all_zero(raw, 16)) /* UEFI 5.3.3: not used */
			continue;
		ondisk_gpt_entry_decode(raw, &e);
		if (!ARRAY_RESERVE(list->items, list->capacity, list->n + 1) ||
		    !ARRAY_RESERVE(list->ranges, list->capacity_ranges, list->n_ranges + 1))
			return isokit_fail_nomem(err, "GPT", sizeof(*list->items));
		st = add_partition(img, block_size, i + 1, &e,
				   r->at + (uint64_t)i * r->entry_bytes, &list->items[list->n],
				   err);
		if (st)
			return st;
		list->n++;
		if (e.last_lba >= e.first_lba && e.last_lba != UINT64_MAX)
			list->ranges[list->n_ranges++] = (struct boot_range){
				.index = i + 1,
				.first = e.first_lba,
				.end = e.last_lba + 1,
			};
	}
	return ISOKIT_OK;
}

static enum isokit_status read_entries(struct isokit_image *img, uint32_t block_size,
				       const struct gpt_copy *c, struct isokit_error *err)
{
	uint32_t limit = c->array_ok ? c->h.n_entries : 128;
	struct isokit_gpt *g = &img->facts.gpt;
	struct entry_list list = { .n = 0 };
	struct entry_reader r;
	enum isokit_status st;

	/* An absurd count is no reason to hide the entries that are there. */
	if (c->h.entry_bytes < GPT_ENTRY_BYTES || c->h.entry_bytes > MAX_BLOCK_BYTES ||
	    !mul_u64(c->h.entries_lba, block_size, &r.at))
		return ISOKIT_OK;
	r.from = r.to = 0;
	r.entry_bytes = c->h.entry_bytes;
	r.bytes = c->array_ok ? (uint64_t)limit * r.entry_bytes : 0;
	st = collect_entries(img, block_size, &r, limit, &list, err);
	if (!st && list.n) {
		boot_find_overlaps(img, list.ranges, list.n_ranges, ISOKIT_F_GPT_NESTED,
				   ISOKIT_F_GPT_OVERLAP, block_size);
		g->partitions = arena_memdup(&img->arena, list.items,
					     list.n * sizeof(*list.items));
		if (g->partitions)
			g->n_partitions = list.n;
		else
			st = isokit_fail_nomem(err, "GPT", list.n * sizeof(*list.items));
	}
	free(list.items);
	free(list.ranges);
	return st;
}

static void report_copies(struct isokit_image *img, uint32_t bs, const struct gpt_copy *p,
			  const struct gpt_copy *b)
{
	struct isokit_gpt *g = &img->facts.gpt;
	uint64_t last = img->facts.size / bs - 1;

	if (!p->found)
		model_find(img, ISOKIT_F_GPT_PRIMARY_MISSING, bs, bs, NULL, b->offset / bs, 0);
	if (p->found && !p->h.crc_ok)
		model_find(img, ISOKIT_F_GPT_HEADER_CRC, p->offset, GPT_HEADER_BYTES,
			   "primary GPT header", p->h.header_crc, 0);
	if (p->found && p->array_ok && !p->crc_ok)
		model_find(img, ISOKIT_F_GPT_ENTRIES_CRC, p->offset + 88, 4,
			   "primary GPT entry array", p->h.entries_crc, 0);
	if (p->found && p->h.crc_ok && p->h.my_lba != p->offset / bs)
		model_find(img, ISOKIT_F_GPT_MY_LBA, p->offset + 24, 8, "primary GPT header",
			   p->h.my_lba, p->offset / bs);
	if (!b->found) {
		model_find(img, ISOKIT_F_GPT_BACKUP_MISSING, p->offset + 32, 8, NULL,
			   p->h.alternate_lba, 0);
		return;
	}
	if (!b->h.crc_ok)
		model_find(img, ISOKIT_F_GPT_BACKUP_CRC, b->offset, GPT_HEADER_BYTES,
			   "backup GPT header", b->h.header_crc, 0);
	if (b->array_ok && !b->crc_ok)
		model_find(img, ISOKIT_F_GPT_BACKUP_CRC, b->offset + 88, 4,
			   "backup GPT entry array", b->h.entries_crc, 0);
	if (!g->backup_at_end)
		model_find(img, ISOKIT_F_GPT_BACKUP_PLACE, b->offset, bs, NULL, b->offset / bs,
			   last);
	if (p->found && p->crc_ok && b->crc_ok && !g->agree)
		model_find(img, ISOKIT_F_GPT_BACKUP_DIFFERS, b->offset, bs, NULL, 0, 0);
}

/* UEFI 5.2.3: an entry of type EE that begins at sector 1. */
static bool has_protective_entry(const struct isokit_mbr *m)
{
	for (size_t i = 0; i < m->n_partitions; i++) {
		if (m->partitions[i].type == MBR_TYPE_GPT && m->partitions[i].start_lba == 1)
			return true;
	}
	return false;
}

static enum isokit_status find_primary(struct isokit_image *img, uint32_t *ret_block_size,
				       struct gpt_copy *ret_copy, struct isokit_error *err)
{
	static const uint32_t sizes[] = { 512, 4096, 2048 };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		enum isokit_status st = read_header(img, sizes[i], sizes[i], "primary GPT header",
						    ret_copy, err);

		if (st)
			return st;
		/* In 2048- and 4096-byte blocks, believe only a right one: the place
		 * may belong to something else. */
		if (ret_copy->found && (sizes[i] == 512 || ret_copy->h.crc_ok)) {
			*ret_block_size = sizes[i];
			return ISOKIT_OK;
		}
		ret_copy->found = false;
	}
	return ISOKIT_OK;
}

static enum isokit_status find_backup(struct isokit_image *img, const struct gpt_copy *primary,
				      uint32_t *block_size, struct gpt_copy *ret_copy,
				      struct isokit_error *err)
{
	static const uint32_t sizes[] = { 512, 4096, 2048 };
	static const char what[] = "backup GPT header";
	uint64_t size = img->facts.size, at, end;
	enum isokit_status st;

	*ret_copy = (struct gpt_copy){ 0 };
	if (primary->found) {
		uint32_t bs = *block_size;

		if (primary->h.crc_ok) {
			if (mul_u64(primary->h.alternate_lba, bs, &at) && add_u64(at, bs, &end)) {
				model_expect(img, end, "GPT backup header");
				st = read_header(img, at, bs, what, ret_copy, err);
				if (st || ret_copy->found)
					return st;
			}
		}
		return size >= 2 * (uint64_t)bs ?
			       read_header(img, (size / bs - 1) * bs, bs, what, ret_copy, err) :
			       ISOKIT_OK;
	}
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		if (size < 2 * (uint64_t)sizes[i])
			continue;
		st = read_header(img, (size / sizes[i] - 1) * sizes[i], sizes[i], what, ret_copy,
				 err);
		if (st)
			return st;
		if (ret_copy->found && ret_copy->h.crc_ok) {
			*block_size = sizes[i];
			return ISOKIT_OK;
		}
		ret_copy->found = false;
	}
	return ISOKIT_OK;
}

enum isokit_status boot_gpt(struct isokit_image *img, struct isokit_error *err)
{
	struct isokit_gpt *g = &img->facts.gpt;
	struct gpt_copy primary, backup;
	const struct gpt_copy *use;
	uint32_t bs = 0;
	enum isokit_status st;

	st = find_primary(img, &bs, &primary, err);
	if (!st)
		st = find_backup(img, &primary, &bs, &backup, err);
	if (st || (!primary.found && !backup.found))
		return st;
	if (primary.found)
		st = check_array(img, bs, "primary GPT entry array", &primary, err);
	if (!st && backup.found)
		st = check_array(img, bs, "backup GPT entry array", &backup, err);
	if (st)
		return st;
	g->block_size = bs;
	publish(&primary, bs, &g->primary);
	publish(&backup, bs, &g->backup);
	g->backup_at_end = backup.found && backup.offset / bs == img->facts.size / bs - 1;
	g->agree = primary.found && backup.found &&
		   primary.h.entries_crc == backup.h.entries_crc;
	report_copies(img, bs, &primary, &backup);
	if (primary.found && img->facts.mbr.present && !has_protective_entry(&img->facts.mbr))
		model_find(img, ISOKIT_F_GPT_MBR_NOT_PROTECTIVE, 446, 64, NULL, 0, 0);

	use = primary.found ? &primary : &backup;
	if (backup.found && backup.h.crc_ok && backup.crc_ok && !(primary.h.crc_ok && primary.crc_ok))
		use = &backup;
	return read_entries(img, bs, use, err);
}
