/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The volume descriptor set: what is at sector 16 and behind it. */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/fail.h"
#include "model/impl.h"
#include "ondisk/directory.h"
#include "ondisk/joliet.h"
#include "ondisk/volume.h"
#include "ondisk/xa.h"

enum {
	FIRST_SECTOR = 16,   /* ECMA-119 6.2.1: sectors 0 to 15 are the system area */
	MAX_DESCRIPTORS = 256,
};

struct scan {
	struct isokit_image *img;
	uint8_t sector[SECTOR_BYTES];
	struct isokit_descriptor *list;
	size_t n, capacity;
	bool terminated;
};

static const char *name_of(const struct ondisk_vd_head *head)
{
	static const char *const udf[][2] = {
		{ "BEA01", "udf-bea01" }, { "NSR02", "udf-nsr02" }, { "NSR03", "udf-nsr03" },
		{ "TEA01", "udf-tea01" }, { "BOOT2", "udf-boot2" }, { "CDW02", "cdw02" },
	};

	for (size_t i = 0; i < sizeof(udf) / sizeof(udf[0]); i++)
		if (strcmp(head->id, udf[i][0]) == 0)
			return udf[i][1];
	switch (head->type) {
	case ONDISK_VD_BOOT: return "boot";
	case ONDISK_VD_PRIMARY: return "primary";
	case ONDISK_VD_SUPPLEMENTARY:
		/* ECMA-119 8.5.2: version 2 marks the enhanced descriptor. */
		return head->version == 2 ? "enhanced" : "supplementary";
	case ONDISK_VD_PARTITION: return "partition";
	case ONDISK_VD_TERMINATOR: return "terminator";
	default: return "unknown";
	}
}

static void check_date(struct isokit_image *img, uint64_t at, const uint8_t *raw,
		       bool high_sierra, const char *what, struct isokit_time *ret_time)
{
	if (!ondisk_time17_decode(raw, high_sierra, ret_time))
		model_find(img, ISOKIT_F_DESCRIPTOR_DATE, at, high_sierra ? 16 : 17, what, 0, 0);
}

static void check32(struct isokit_image *img, uint64_t at, struct both32 v, const char *what)
{
	if (v.le != v.be)
		model_find(img, ISOKIT_F_DESCRIPTOR_ENDIAN, at, 8, what, v.le, v.be);
}

static void check16(struct isokit_image *img, uint64_t at, struct both16 v, const char *what)
{
	if (v.le != v.be)
		model_find(img, ISOKIT_F_DESCRIPTOR_ENDIAN, at, 4, what, v.le, v.be);
}

static void check_numbers(struct isokit_image *img, uint64_t at, const struct ondisk_volume *d)
{
	uint64_t hs = d->high_sierra ? 8 : 0;

	check32(img, at + ONDISK_PVD_SPACE + hs, d->space_blocks, "volume space size");
	check16(img, at + ONDISK_PVD_SET_SIZE + hs, d->set_size, "volume set size");
	check16(img, at + ONDISK_PVD_SEQUENCE + hs, d->sequence_number, "volume sequence number");
	check16(img, at + ONDISK_PVD_BLOCK + hs, d->block_bytes, "logical block size");
	check32(img, at + ONDISK_PVD_PATH_TABLE_BYTES + hs, d->path_table_bytes,
		"path table size");
	if (d->block_bytes.le != 512 && d->block_bytes.le != 1024 && d->block_bytes.le != 2048)
		model_find(img, ISOKIT_F_DESCRIPTOR_BLOCK_SIZE, at + ONDISK_PVD_BLOCK + hs, 4, NULL,
			   d->block_bytes.le, 0);
}

/* Everything that can be wrong inside one descriptor. */
static void check_volume(struct isokit_image *img, const uint8_t *raw, uint64_t lba)
{
	struct isokit_time t;
	struct ondisk_volume d;
	uint64_t at = lba * SECTOR_BYTES;
	uint64_t root;

	if (ondisk_volume_decode(raw, SECTOR_BYTES, &d, NULL))
		return;
	root = at + (uint64_t)(d.root.p - raw);
	check_numbers(img, at, &d);
	check32(img, root + 2, get_both32(d.root.p + 2), "root directory address");
	check32(img, root + 10, get_both32(d.root.p + 10), "root directory size");
	check_date(img, at + (uint64_t)(d.created - raw), d.created, d.high_sierra,
		   "creation date", &t);
	check_date(img, at + (uint64_t)(d.modified - raw), d.modified, d.high_sierra,
		   "modification date", &t);
	check_date(img, at + (uint64_t)(d.expires - raw), d.expires, d.high_sierra,
		   "expiration date", &t);
	check_date(img, at + (uint64_t)(d.effective - raw), d.effective, d.high_sierra,
		   "effective date", &t);
}

static enum isokit_status set_namespace(struct isokit_image *img, enum isokit_namespace_kind kind,
					const uint8_t *raw, uint64_t lba, int level,
					struct isokit_error *err)
{
	struct isokit_namespace *ns = &img->facts.namespaces[kind];
	struct isokit_volume *v;

	if (ns->present)
		return ISOKIT_OK;
	v = model_volume_from(img, raw, lba, kind == ISOKIT_NS_JOLIET);
	if (!v)
		return isokit_fail_nomem(err, img->facts.path, sizeof(*v));
	ns->present = true;
	ns->level = level;
	ns->volume = v;
	ns->block_bytes = model_block_bytes(v);
	ns->volume_id = v->id;
	if (kind == ISOKIT_NS_ISO9660)
		img->facts.primary = v;
	return ISOKIT_OK;
}

/* isomd5sum writes its text into the application use field. */
static bool has_implanted_md5(const uint8_t *use, size_t n)
{
	static const char mark[] = "ISO MD5SUM = ";

	return memmem(use, n, mark, sizeof(mark) - 1) != NULL;
}

static enum isokit_status take_volume(struct isokit_image *img, const uint8_t *raw, uint64_t lba,
				      const struct ondisk_vd_head *head, struct isokit_error *err)
{
	struct ondisk_volume d;
	int level;

	if (ondisk_volume_decode(raw, SECTOR_BYTES, &d, NULL))
		return ISOKIT_OK;
	check_volume(img, raw, lba);
	if (head->type == ONDISK_VD_PRIMARY) {
		if (img->facts.primary)
			return ISOKIT_OK; /* ECMA-119 8.4: copies of it may follow */
		img->facts.format = head->high_sierra ? ISOKIT_FORMAT_HIGH_SIERRA :
							ISOKIT_FORMAT_ISO9660;
		img->facts.cd_xa = !head->high_sierra &&
				   memcmp(raw + ONDISK_XA_VOLUME_MARK, "CD-XA001", 8) == 0;
		img->facts.implanted_md5 =
			has_implanted_md5(d.application_use.p, d.application_use.n);
		return set_namespace(img, ISOKIT_NS_ISO9660, raw, lba, 0, err);
	}
	if (head->high_sierra)
		return ISOKIT_OK;
	if (head->version == 2)
		return set_namespace(img, ISOKIT_NS_ENHANCED, raw, lba, 4, err);
	level = ondisk_joliet_level(d.escapes.p, d.escapes.n);
	if (level)
		return set_namespace(img, ISOKIT_NS_JOLIET, raw, lba, level, err);
	model_find(img, ISOKIT_F_DESCRIPTOR_ESCAPE, lba * SECTOR_BYTES + 88, 32, NULL,
		   d.escapes.p[0], d.escapes.p[1]);
	return ISOKIT_OK;
}

/* The sector, or NULL past the end of the image. */
static enum isokit_status sector_at(struct scan *s, uint64_t lba, const uint8_t **ret_raw,
				    struct isokit_error *err)
{
	uint64_t total = s->img->facts.size / SECTOR_BYTES;
	enum isokit_status st;

	*ret_raw = NULL;
	if (lba >= total)
		return ISOKIT_OK;
	st = model_read(s->img, lba * SECTOR_BYTES, s->sector, sizeof(s->sector), err);
	if (st)
		return st;
	*ret_raw = s->sector;
	return ISOKIT_OK;
}

static enum isokit_status take(struct scan *s, const uint8_t *raw, uint64_t lba,
			       const struct ondisk_vd_head *head, struct isokit_error *err)
{
	struct isokit_descriptor *d;

	if (!ARRAY_RESERVE(s->list, s->capacity, s->n + 1))
		return isokit_fail_nomem(err, s->img->facts.path, sizeof(*d));
	d = &s->list[s->n++];
	*d = (struct isokit_descriptor){ .lba = lba, .type = head->type,
					 .version = head->version, .name = name_of(head) };
	memcpy(d->id, head->id, sizeof(d->id));
	if (strcmp(head->id, "CD001") != 0 && !head->high_sierra)
		return ISOKIT_OK;
	if (head->type == ONDISK_VD_TERMINATOR) {
		s->terminated = true;
		return ISOKIT_OK;
	}
	if (head->type == ONDISK_VD_PRIMARY || head->type == ONDISK_VD_SUPPLEMENTARY)
		return take_volume(s->img, raw, lba, head, err);
	return ISOKIT_OK;
}

/* Descriptors follow each other; the UDF ones (ECMA-167 2/8.3) come after the
 * terminator of ISO 9660, or alone. A medium with 4096-byte sectors has each in
 * a sector of its own, so one empty sector between them is no end. */
static enum isokit_status scan_set(struct scan *s, struct isokit_error *err)
{
	enum isokit_status st = ISOKIT_OK;
	unsigned gap = 0;

	for (uint64_t lba = s->img->facts.session_lba + FIRST_SECTOR; s->n < MAX_DESCRIPTORS; lba++) {
		struct ondisk_vd_head head;
		const uint8_t *raw;

		st = sector_at(s, lba, &raw, err);
		if (st || !raw)
			return st;
		if (!ondisk_vd_head_decode(raw, SECTOR_BYTES, &head)) {
			if (memmem(raw, 64, "libisofs_", 9))
				s->img->facts.libisofs_md5 = true;
			if (++gap > 1)
				return ISOKIT_OK;
			continue;
		}
		if (s->terminated && (head.high_sierra || strcmp(head.id, "CD001") == 0))
			return ISOKIT_OK; /* another set: a session or a copy, not this one */
		gap = 0;
		st = take(s, raw, lba, &head, err);
		if (st)
			return st;
	}
	model_find(s->img, ISOKIT_F_DESCRIPTOR_TOO_MANY, FIRST_SECTOR * SECTOR_BYTES, 0, NULL,
		   MAX_DESCRIPTORS, 0);
	return ISOKIT_OK;
}

static enum isokit_status keep_descriptors(struct scan *s, struct isokit_error *err)
{
	struct isokit_image *img = s->img;
	bool udf = false;

	for (size_t i = 0; i < s->n; i++)
		udf |= strncmp(s->list[i].id, "NSR0", 4) == 0;
	if (!img->facts.primary && !udf)
		return model_refuse(img, err);
	if (!img->facts.primary)
		img->facts.format = ISOKIT_FORMAT_UDF;
	else if (!s->terminated)
		model_find(img, ISOKIT_F_DESCRIPTOR_NO_TERMINATOR,
			   (s->list[s->n - 1].lba + 1) * SECTOR_BYTES, SECTOR_BYTES, NULL, 0, 0);
	img->facts.descriptors = arena_memdup(&img->arena, s->list, s->n * sizeof(*s->list));
	img->facts.n_descriptors = s->n;
	return img->facts.descriptors ? ISOKIT_OK :
		isokit_fail_nomem(err, img->facts.path, s->n * sizeof(*s->list));
}

enum isokit_status model_volumes(struct isokit_image *img, struct isokit_error *err)
{
	struct scan s = { .img = img };
	enum isokit_status st;

	st = scan_set(&s, err);
	if (!st)
		st = keep_descriptors(&s, err);
	free(s.list);
	if (st)
		return st;
	if (img->facts.primary)
		model_expect(img, img->facts.session_lba * SECTOR_BYTES +
					  (uint64_t)img->facts.primary->blocks *
						  model_block_bytes(img->facts.primary),
			     "volume");
	return model_sessions(img, err);
}
