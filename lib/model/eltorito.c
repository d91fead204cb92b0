/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The boot record and the boot catalog. What lies behind the entries is looked
 * at in boot_evidence.c. */
#include "ondisk/eltorito.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/checked.h"
#include "base/fail.h"
#include "base/scan.h"
#include "model/boot.h"

enum {
	FIRST_LBA = 16,
	MAX_DESCRIPTORS = 64,
	MAX_CATALOG_BYTES = 4 * SECTOR_BYTES,
	MAX_ENTRIES = 64,
};

/* Firmware reads sector 17 (of the last session: El Torito 1.0, 2.0) and nothing else; so
 * do we first, in the session that is shown. */
static enum isokit_status find_record(struct isokit_image *img, bool *ret_found,
				      uint64_t *ret_lba, uint32_t *ret_catalog,
				      struct isokit_error *err)
{
	*ret_found = false;
	for (unsigned i = 0; i <= MAX_DESCRIPTORS; i++) {
		uint64_t lba = img->facts.session_lba +
			       (i == 0 ? ELTORITO_RECORD_LBA : FIRST_LBA + i - 1);
		uint8_t raw[SECTOR_BYTES];
		enum isokit_status st;
		bool ok;

		st = boot_try_read(img, lba * SECTOR_BYTES, raw, sizeof(raw), "boot record", &ok,
				   err);
		if (st)
			return st;
		if (ok && ondisk_eltorito_is_record(raw, sizeof(raw))) {
			*ret_found = true;
			*ret_lba = lba;
			*ret_catalog = ondisk_eltorito_catalog_lba(raw);
			return ISOKIT_OK;
		}
		/* Beyond sector 17 the record must belong to the descriptor set. */
		if (i > 0 && (!ok || memcmp(raw + 1, "CD001", 5) != 0 || raw[0] == 255))
			return ISOKIT_OK;
	}
	return ISOKIT_OK;
}

static enum isokit_status read_validation(struct isokit_image *img, const uint8_t *raw,
					  uint64_t at, struct isokit_error *err)
{
	struct isokit_el_torito *et = &img->facts.el_torito;
	struct ondisk_eltorito_validation v;

	ondisk_eltorito_validation_decode(raw, &v);
	et->platform = v.platform;
	et->id = arena_strndup(&img->arena, v.id, strlen(v.id));
	if (!et->id)
		return isokit_fail_nomem(err, "boot catalog", sizeof(v.id));
	et->valid = v.header_id == 1 && v.key_ok && v.sum == 0;
	if (v.header_id != 1)
		model_find(img, ISOKIT_F_ELTORITO_HEADER, at, 1, NULL, v.header_id, 0);
	if (!v.key_ok)
		model_find(img, ISOKIT_F_ELTORITO_KEY, at + 30, 2, NULL, raw[30], raw[31]);
	if (v.sum != 0)
		model_find(img, ISOKIT_F_ELTORITO_CHECKSUM, at, ELTORITO_ENTRY_BYTES, NULL, v.sum,
			   0);
	return ISOKIT_OK;
}

/* Catalogs of more than one sector are rare: the others are read when an entry is
 * looked for in them. */
struct catalog {
	struct isokit_image *img;
	uint8_t *raw;    /* MAX_CATALOG_BYTES */
	size_t have;     /* so many bytes of it are read */
	size_t bytes;    /* so many there may be */
	uint64_t offset; /* of raw in the image */
	struct isokit_boot_entry *list;
	size_t n, capacity;
	enum isokit_status status; /* of reading, or of making room */
	struct isokit_error *err;
};

/* Is there an entry at this byte of the catalog? */
static bool has_entry(struct catalog *c, size_t at)
{
	bool ok = false;

	if (c->status || at + ELTORITO_ENTRY_BYTES > c->bytes)
		return false;
	if (at + ELTORITO_ENTRY_BYTES <= c->have)
		return true;
	c->status = boot_try_read(c->img, c->offset + c->have, c->raw + c->have,
				  c->bytes - c->have, "boot catalog", &ok, c->err);
	if (ok)
		c->have = c->bytes;
	else
		c->bytes = c->have;
	return ok;
}

static void add_entry(struct catalog *c, size_t at, uint8_t platform, const char *section_id)
{
	struct ondisk_eltorito_entry e;
	struct isokit_boot_entry *b;

	if (!ARRAY_RESERVE(c->list, c->capacity, c->n + 1)) {
		c->status = isokit_fail_nomem(c->err, "boot catalog", sizeof(*b));
		return;
	}
	b = &c->list[c->n];
	ondisk_eltorito_entry_decode(c->raw + at, &e);
	*b = (struct isokit_boot_entry){
		.index = (unsigned)c->n + 1,
		.platform = platform,
		.indicator = e.indicator,
		.bootable = e.indicator == ELTORITO_BOOTABLE,
		.media = e.media,
		.load_segment = e.load_segment,
		.system_type = e.system_type,
		.load_sectors = e.load_sectors,
		.lba = e.lba,
		.section_id = section_id,
		.fat = -1,
	};
	c->n++;
	if (e.indicator != ELTORITO_BOOTABLE && e.indicator != 0)
		model_find(c->img, ISOKIT_F_ELTORITO_INDICATOR, c->offset + at, 1, NULL, b->index,
			   e.indicator);
	/* Bits 4 to 7 are flags of section entries. */
	if ((e.media & 0x0f) > ISOKIT_EMUL_HARD_DISK)
		model_find(c->img, ISOKIT_F_ELTORITO_MEDIA, c->offset + at + 1, 1, NULL, b->index,
			   e.media & 0x0f);
}

/* One section: header at `*at`. Moves `*at` behind it; false when it ends early. */
static bool read_section(struct catalog *c, size_t *at)
{
	struct ondisk_eltorito_section s;
	const char *id = NULL;
	size_t here = *at;
	unsigned got = 0;

	ondisk_eltorito_section_decode(c->raw + here, &s);
	if (s.id[0])
		id = arena_strndup(&c->img->arena, s.id, strlen(s.id));
	*at += ELTORITO_ENTRY_BYTES;
	while (got < s.n_entries && c->n < MAX_ENTRIES && has_entry(c, *at)) {
		const uint8_t *raw = c->raw + *at;

		if (ondisk_eltorito_kind(raw) == ONDISK_ELTORITO_EXTENSION) {
			*at += ELTORITO_ENTRY_BYTES;
			continue;
		}
		if (ondisk_eltorito_kind(raw) == ONDISK_ELTORITO_SECTION ||
		    ondisk_eltorito_kind(raw) == ONDISK_ELTORITO_LAST_SECTION ||
		    all_zero(raw, ELTORITO_ENTRY_BYTES))
			break;
		add_entry(c, *at, s.platform, id);
		*at += ELTORITO_ENTRY_BYTES;
		got++;
	}
	while (has_entry(c, *at) &&
	       ondisk_eltorito_kind(c->raw + *at) == ONDISK_ELTORITO_EXTENSION)
		*at += ELTORITO_ENTRY_BYTES;
	if (got < s.n_entries)
		model_find(c->img, ISOKIT_F_ELTORITO_SECTION_COUNT, c->offset + here + 2, 2, NULL,
			   s.n_entries, got);
	return got == s.n_entries;
}

static void read_sections(struct catalog *c)
{
	size_t at = (size_t)2 * ELTORITO_ENTRY_BYTES;
	bool more = true;

	while (more && has_entry(c, at)) {
		enum ondisk_eltorito_kind kind = ondisk_eltorito_kind(c->raw + at);
		size_t here = at;

		if (kind == ONDISK_ELTORITO_EXTENSION) { /* of the default entry */
			at += ELTORITO_ENTRY_BYTES;
			continue;
		}
		if (kind != ONDISK_ELTORITO_SECTION && kind != ONDISK_ELTORITO_LAST_SECTION)
			return;
		if (c->n == MAX_ENTRIES) {
			model_find(c->img, ISOKIT_F_ELTORITO_ENDLESS, c->offset + here, 0, NULL,
				   MAX_ENTRIES, 0);
			return;
		}
		more = read_section(c, &at) && kind == ONDISK_ELTORITO_SECTION;
		if (more && !has_entry(c, at) && !c->status)
			model_find(c->img, ISOKIT_F_ELTORITO_ENDLESS, c->offset + here, 0, NULL,
				   c->n, 0);
	}
}

static enum isokit_status read_catalog(struct catalog *c)
{
	struct isokit_el_torito *et = &c->img->facts.el_torito;
	enum isokit_status st;
	bool ok;

	c->have = min_u64(c->bytes, SECTOR_BYTES);
	st = boot_try_read(c->img, c->offset, c->raw, c->have, "boot catalog", &ok, c->err);
	if (st || !ok)
		return st;
	model_expect(c->img, c->offset + SECTOR_BYTES, "boot catalog");
	et->readable = true;
	st = read_validation(c->img, c->raw, c->offset, c->err);
	if (st)
		return st;
	add_entry(c, ELTORITO_ENTRY_BYTES, et->platform, NULL);
	read_sections(c);
	if (c->status)
		return c->status;
	et->entries = arena_memdup(&c->img->arena, c->list, c->n * sizeof(c->list[0]));
	if (!et->entries)
		return isokit_fail_nomem(c->err, "boot catalog", c->n * sizeof(c->list[0]));
	et->n_entries = c->n;
	return ISOKIT_OK;
}

enum isokit_status model_el_torito(struct isokit_image *img, struct isokit_error *err)
{
	struct isokit_el_torito *et = &img->facts.el_torito;
	struct catalog c = { .img = img, .err = err };
	enum isokit_status st;
	bool found;

	st = find_record(img, &found, &et->record_lba, &et->catalog_lba, err);
	if (st || !found)
		return st;
	et->present = true;
	if (et->record_lba != ELTORITO_RECORD_LBA + img->facts.session_lba)
		model_find(img, ISOKIT_F_ELTORITO_RECORD_PLACE, et->record_lba * SECTOR_BYTES,
			   SECTOR_BYTES, NULL, et->record_lba, 0);
	c.offset = (uint64_t)et->catalog_lba * SECTOR_BYTES;
	if (c.offset < img->facts.size)
		c.bytes = (size_t)min_u64(MAX_CATALOG_BYTES, img->facts.size - c.offset);
	if (c.bytes < 2 * ELTORITO_ENTRY_BYTES) {
		model_find(img, ISOKIT_F_ELTORITO_CATALOG_OUTSIDE,
			   et->record_lba * SECTOR_BYTES + 71, 4, NULL, et->catalog_lba, 0);
		return ISOKIT_OK;
	}
	c.raw = malloc(MAX_CATALOG_BYTES);
	st = c.raw ? read_catalog(&c) : isokit_fail_nomem(err, "boot catalog", MAX_CATALOG_BYTES);
	free(c.list);
	free(c.raw);
	return st;
}
