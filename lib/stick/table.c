/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Clauses are those of the UEFI specification 2.10. */
#include "stick/table.h"

#include <isokit/source.h>

#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"

enum { /* 5.3.2: bytes of a header */
	REVISION_AT = 8, BYTES_AT = 12, CRC_AT = 16, MY_LBA_AT = 24, ALTERNATE_AT = 32,
	FIRST_AT = 40, LAST_AT = 48, GUID_AT = 56, ENTRIES_LBA_AT = 72, N_ENTRIES_AT = 80,
	ENTRY_BYTES_AT = 84, ENTRIES_CRC_AT = 88,
	REVISION = 0x00010000,
	N_ENTRIES = 128,              /* 5.3.1: at least 16 KiB are reserved for them */
	MAX_ENTRIES_BYTES = 1 << 20,  /* of a table that is not nonsense */
};

static const char subject[] = "GPT";

/* ---- MBR -------------------------------------------------------------------------------- */

/* Cylinder, head and sector as every BIOS counts on a large drive: 255 heads, 63 sectors. What
 * lies further out than they reach is written as the last there is. */
static void put_chs(uint8_t *p, uint64_t sector)
{
	uint64_t cylinder = sector / (255 * 63);
	unsigned head = (unsigned)(sector / 63 % 255), in_track = (unsigned)(sector % 63 + 1);

	if (cylinder > 1023) {
		p[0] = 0xfe;
		p[1] = 0xff;
		p[2] = 0xff;
		return;
	}
	p[0] = (uint8_t)head;
	p[1] = (uint8_t)(in_track | (cylinder >> 2 & 0xc0));
	p[2] = (uint8_t)cylinder;
}

void table_mbr_entry_put(uint8_t *entry, bool active, uint8_t type, uint64_t start,
			 uint64_t sectors)
{
	entry[0] = active ? 0x80 : 0;
	put_chs(entry + 1, start);
	entry[4] = type;
	put_chs(entry + 5, start + sectors - 1);
	put_le32(entry + 8, (uint32_t)min_u64(start, UINT32_MAX));
	put_le32(entry + 12, (uint32_t)min_u64(sectors, UINT32_MAX));
}

/* ---- GPT -------------------------------------------------------------------------------- */

static enum isokit_status corrupt(struct isokit_error *err, uint64_t at, const char *what)
{
	return isokit_fail(err, ISOKIT_E_CORRUPT, at, subject, "%s: repair it first", what);
}

static enum isokit_status check(const struct table_gpt *g, uint64_t bytes,
				struct isokit_error *err)
{
	const struct ondisk_gpt_header *h = &g->header;
	uint64_t n, at;

	if (!h->crc_ok)
		return corrupt(err, g->sector, "the sum of the primary header is wrong");
	if (h->my_lba != 1 || h->entry_bytes < GPT_ENTRY_BYTES || h->entry_bytes % 8 != 0 ||
	    h->entries_lba < 2 || !mul_u64(h->n_entries, h->entry_bytes, &n) || n == 0 ||
	    n > MAX_ENTRIES_BYTES || !mul_u64(h->entries_lba, g->sector, &at) ||
	    !range_inside(at, n, bytes) || h->first_usable > h->last_usable)
		return corrupt(err, g->sector, "the primary header says what cannot be");
	return ISOKIT_OK;
}

static enum isokit_status read_gpt(struct isokit_source *src, struct table_gpt *g,
				   struct isokit_error *err)
{
	uint64_t bytes = isokit_source_size(src), n;
	enum isokit_status st;

	g->head = malloc(g->sector);
	if (!g->head)
		return isokit_fail_nomem(err, subject, g->sector);
	st = isokit_source_read_at(src, g->sector, g->head, g->sector, err);
	if (st)
		return st;
	if (ondisk_gpt_header_decode(g->head, g->sector, &g->header, NULL)) {
		free(g->head);
		g->head = NULL;
		return ISOKIT_OK;
	}
	st = check(g, bytes, err);
	if (st)
		return st;
	n = (uint64_t)g->header.n_entries * g->header.entry_bytes;
	g->entries_bytes = round_up(n, g->sector);
	g->entries = calloc(1, (size_t)g->entries_bytes);
	if (!g->entries)
		return isokit_fail_nomem(err, subject, (size_t)g->entries_bytes);
	st = isokit_source_read_at(src, g->header.entries_lba * g->sector, g->entries, (size_t)n,
				   err);
	if (st == ISOKIT_OK && ondisk_crc32(0, g->entries, (size_t)n) != g->header.entries_crc)
		st = corrupt(err, g->header.entries_lba * g->sector,
			     "the sum of the primary table is wrong");
	return st;
}

static bool has_mark(struct isokit_source *src, uint64_t at)
{
	uint8_t mark[8];

	return range_inside(at, sizeof(mark), isokit_source_size(src)) &&
	       isokit_source_read_at(src, at, mark, sizeof(mark), NULL) == ISOKIT_OK &&
	       memcmp(mark, "EFI PART", sizeof(mark)) == 0;
}

enum isokit_status table_gpt_read(struct isokit_source *src, uint32_t sector,
				  struct table_gpt *ret, struct isokit_error *err)
{
	static const uint32_t others[] = { 512, 2048, 4096 };
	struct table_gpt g = { .sector = sector };
	enum isokit_status st = ISOKIT_OK;

	if (isokit_source_size(src) >= 2 * (uint64_t)sector)
		st = read_gpt(src, &g, err);
	for (size_t i = 0; i < 3 && st == ISOKIT_OK && !g.head; i++)
		if (others[i] != sector && has_mark(src, others[i]))
			st = isokit_fail(err, ISOKIT_E_UNSUPPORTED, others[i], subject,
					 "it counts in sectors of %u bytes, and the drive has %u: "
					 "firmware will not find it there",
					 others[i], sector);
	if (st)
		table_gpt_free(&g);
	else
		*ret = g;
	return st;
}

enum isokit_status table_gpt_new(uint32_t sector, const uint8_t guid[16], struct table_gpt *ret,
				 struct isokit_error *err)
{
	struct table_gpt g = { .sector = sector, .head = calloc(1, sector) };

	g.entries_bytes = round_up((uint64_t)N_ENTRIES * GPT_ENTRY_BYTES, sector);
	g.entries = calloc(1, (size_t)g.entries_bytes);
	if (!g.head || !g.entries) {
		table_gpt_free(&g);
		return isokit_fail_nomem(err, subject, (size_t)g.entries_bytes);
	}
	g.header = (struct ondisk_gpt_header){
		.revision = REVISION, .header_bytes = GPT_HEADER_BYTES, .my_lba = 1,
		.entries_lba = 2, .n_entries = N_ENTRIES, .entry_bytes = GPT_ENTRY_BYTES,
		.first_usable = 2 + g.entries_bytes / sector,
	};
	memcpy(g.head, "EFI PART", 8);
	put_le32(g.head + REVISION_AT, REVISION);
	put_le32(g.head + BYTES_AT, GPT_HEADER_BYTES);
	memcpy(g.head + GUID_AT, guid, 16);
	put_le64(g.head + FIRST_AT, g.header.first_usable);
	put_le32(g.head + N_ENTRIES_AT, N_ENTRIES);
	put_le32(g.head + ENTRY_BYTES_AT, GPT_ENTRY_BYTES);
	*ret = g;
	return ISOKIT_OK;
}

void table_gpt_free(struct table_gpt *g)
{
	free(g->head);
	free(g->entries);
	g->head = g->entries = NULL;
}

uint64_t table_gpt_end(const struct table_gpt *g)
{
	uint64_t end = 0;

	for (uint32_t i = 0; i < g->header.n_entries; i++) {
		struct ondisk_gpt_entry e;

		ondisk_gpt_entry_decode(g->entries + (size_t)i * g->header.entry_bytes, &e);
		if (e.used)
			end = max_u64(end, e.last_lba);
	}
	return end;
}

uint8_t *table_gpt_unused(const struct table_gpt *g, unsigned *ret_number)
{
	for (uint32_t i = 0; i < g->header.n_entries; i++) {
		uint8_t *raw = g->entries + (size_t)i * g->header.entry_bytes;
		struct ondisk_gpt_entry e;

		ondisk_gpt_entry_decode(raw, &e);
		if (!e.used) {
			*ret_number = i + 1;
			return raw;
		}
	}
	return NULL;
}

/* Of a GUID as text; the first three groups are little-endian (appendix A). */
static void put_guid(uint8_t *p, const char *text)
{
	static const uint8_t places[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };
	unsigned value = 0, n = 0;

	for (; *text && n < 32; text++) {
		char c = *text;

		if (c == '-')
			continue;
		value = value << 4 | (unsigned)(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
		if (n++ & 1)
			p[places[n / 2 - 1]] = (uint8_t)value;
	}
}

void table_gpt_entry_put(uint8_t *entry, const char *type, const uint8_t guid[16], uint64_t first,
			 uint64_t last, const char *name)
{
	memset(entry, 0, GPT_ENTRY_BYTES);
	put_guid(entry, type);
	memcpy(entry + 16, guid, 16);
	/* RFC 4122 4.4: a random one, as far as anybody can see. */
	entry[23] = (uint8_t)((entry[23] & 0x0f) | 0x40);
	entry[24] = (uint8_t)((entry[24] & 0x3f) | 0x80);
	put_le64(entry + 32, first);
	put_le64(entry + 40, last);
	for (size_t i = 0; name[i] && i < GPT_NAME_BYTES / 2; i++)
		entry[56 + 2 * i] = (uint8_t)name[i];
}

static void sign(uint8_t *head, uint32_t header_bytes)
{
	put_le32(head + CRC_AT, 0);
	put_le32(head + CRC_AT, ondisk_crc32(0, head, header_bytes));
}

uint64_t table_gpt_backup_bytes(const struct table_gpt *g)
{
	return g->entries_bytes + g->sector;
}

enum isokit_status table_gpt_settle(struct table_gpt *g, uint64_t sectors, uint8_t **ret_backup,
				    struct isokit_error *err)
{
	struct ondisk_gpt_header *h = &g->header;
	uint64_t table = g->entries_bytes / g->sector, end = table_gpt_end(g);
	size_t n = (size_t)table_gpt_backup_bytes(g);
	uint8_t *backup, *head;

	if (sectors < table + 1 || sectors - table - 1 <= max_u64(end, h->first_usable))
		return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, subject,
				   "its partitions leave no room for the backup at the end of the "
				   "drive");
	backup = malloc(n);
	if (!backup)
		return isokit_fail_nomem(err, subject, n);
	h->alternate_lba = sectors - 1;
	h->last_usable = sectors - table - 2;
	h->entries_crc = ondisk_crc32(0, g->entries, (size_t)h->n_entries * h->entry_bytes);
	put_le64(g->head + MY_LBA_AT, 1);
	put_le64(g->head + ALTERNATE_AT, h->alternate_lba);
	put_le64(g->head + LAST_AT, h->last_usable);
	put_le64(g->head + ENTRIES_LBA_AT, h->entries_lba);
	put_le32(g->head + ENTRIES_CRC_AT, h->entries_crc);
	memcpy(backup, g->entries, (size_t)g->entries_bytes);
	head = backup + g->entries_bytes;
	memcpy(head, g->head, g->sector);
	put_le64(head + MY_LBA_AT, sectors - 1);
	put_le64(head + ALTERNATE_AT, 1);
	put_le64(head + ENTRIES_LBA_AT, sectors - 1 - table);
	sign(g->head, h->header_bytes);
	sign(head, h->header_bytes);
	*ret_backup = backup;
	return ISOKIT_OK;
}
