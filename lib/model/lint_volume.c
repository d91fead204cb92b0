/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every field of the volume descriptors. Clauses are those of ECMA-119. */
#include "model/lint.h"

#include <string.h>

#include "base/checked.h"
#include "ondisk/directory.h"
#include "ondisk/eltorito.h"
#include "ondisk/joliet.h"

struct field {
	const char *name;
	uint16_t at, bytes;
	enum { A_CHARACTERS, D_CHARACTERS, IDENTIFIER, FILE_NAME } kind;
};

/* 8.4.5 to 8.4.25; 8.5 has them at the same places. An IDENTIFIER is
 * a-characters, or names a file after a '_' (8.4.20). */
static const struct field fields[] = {
	{ "system identifier", 8, 32, A_CHARACTERS },
	{ "volume identifier", 40, 32, D_CHARACTERS },
	{ "volume set identifier", 190, 128, D_CHARACTERS },
	{ "publisher identifier", 318, 128, IDENTIFIER },
	{ "data preparer identifier", 446, 128, IDENTIFIER },
	{ "application identifier", 574, 128, IDENTIFIER },
	{ "copyright file identifier", 702, 37, FILE_NAME },
	{ "abstract file identifier", 739, 37, FILE_NAME },
	{ "bibliographic file identifier", 776, 37, FILE_NAME },
};

static const struct {
	const char *name;
	uint16_t at;
} dates[] = {
	{ "creation date", 813 }, { "modification date", 830 },
	{ "expiration date", 847 }, { "effective date", 864 },
};

static bool is_d(uint8_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* 7.4.1 */
static bool is_a(uint8_t c)
{
	return is_d(c) || (c && strchr(" !\"%&'()*+,-./:;<=>?", c));
}

static bool belongs(const struct field *f, uint8_t c)
{
	switch (f->kind) {
	case D_CHARACTERS: return is_d(c);
	case FILE_NAME: return is_d(c) || c == '.' || c == ';';
	case A_CHARACTERS:
	case IDENTIFIER: break;
	}
	return is_a(c);
}

static void check_text(struct lint *l, const uint8_t *raw, uint64_t at, const struct field *f)
{
	size_t n = f->bytes;

	while (n && (raw[f->at + n - 1] == ' ' || raw[f->at + n - 1] == 0))
		n--;
	if (memchr(raw + f->at + n, 0, f->bytes - n))
		lint_find(l, ISOKIT_F_DESCRIPTOR_PADDING, at + f->at + n, f->bytes - n, f->name, 0, 0);
	for (size_t i = 0; i < n; i++) {
		if (belongs(f, raw[f->at + i]))
			continue;
		lint_find(l, ISOKIT_F_DESCRIPTOR_CHARACTERS, at + f->at + i, 1, f->name,
			  raw[f->at + i], i + 1);
		return;
	}
}

/* Joliet, "Allowed Character Set": code points of ISO 10646 without controls and
 * * / : ; ? \ ; identifiers of files may have . and ; as their separators. */
static void check_ucs2(struct lint *l, const uint8_t *raw, uint64_t at, const struct field *f)
{
	size_t n = f->bytes & ~(size_t)1;

	while (n >= 2 && raw[f->at + n - 2] == 0 &&
	       (raw[f->at + n - 1] == ' ' || raw[f->at + n - 1] == 0))
		n -= 2;
	for (size_t i = 0; i < n; i += 2) {
		uint32_t c = (uint32_t)raw[f->at + i] << 8 | raw[f->at + i + 1];

		if (c >= ' ' && c < 0xfffe && (f->kind != D_CHARACTERS || c > 0x7f || !strchr("*/:;?\\", (int)c)))
			continue;
		lint_find(l, ISOKIT_F_DESCRIPTOR_CHARACTERS, at + f->at + i, 2, f->name, c, i / 2 + 1);
		return;
	}
}

/* 8.4.26.1: "not specified" is sixteen digits 0 and a zero byte. */
static void check_dates(struct lint *l, const uint8_t *raw, uint64_t at)
{
	struct isokit_time t[4];

	for (size_t i = 0; i < 4; i++) {
		const uint8_t *p = raw + dates[i].at;

		if (!ondisk_time17_decode(p, false, &t[i]) || t[i].set)
			continue;
		if (p[0] != '0' || p[16] != 0)
			lint_find(l, ISOKIT_F_DESCRIPTOR_DATE_FORM, at + dates[i].at, 17,
				  dates[i].name, 0, 0);
	}
	/* Of dates with one offset, digits compare like times. */
	for (size_t i = 1; i < 4; i++) {
		if (t[0].set && t[i].set && t[0].gmt_quarters == t[i].gmt_quarters && i != 3 &&
		    memcmp(raw + dates[0].at, raw + dates[i].at, 16) > 0)
			lint_find(l, ISOKIT_F_DESCRIPTOR_DATE_ORDER, at + dates[i].at, 17,
				  dates[i].name, 0, 0);
	}
	if (t[2].set && t[3].set && t[2].gmt_quarters == t[3].gmt_quarters &&
	    memcmp(raw + dates[3].at, raw + dates[2].at, 16) > 0)
		lint_find(l, ISOKIT_F_DESCRIPTOR_DATE_ORDER, at + dates[2].at, 17, dates[2].name, 0, 0);
}

static void expect_version(struct lint *l, uint64_t at, uint8_t is, uint8_t due, const char *what)
{
	if (is != due)
		lint_find(l, ISOKIT_F_DESCRIPTOR_VERSION, at, 1, what, is, due);
}

/* 8.4.10, 8.4.11 */
static void check_set(struct lint *l, uint64_t at, const struct ondisk_volume *d, const char *what)
{
	if (d->set_size.le == 0 || d->sequence_number.le == 0 ||
	    d->sequence_number.le > d->set_size.le)
		lint_find(l, ISOKIT_F_DESCRIPTOR_SET, at + ONDISK_PVD_SET_SIZE, 8, what,
			  d->sequence_number.le, d->set_size.le);
}

/* 8.4.18, 9.1: the record of the root has 34 bytes and is that of its own ".",
 * but for the length of the record, which may carry more there. */
static enum isokit_status check_root(struct lint *l, const uint8_t *raw, uint64_t at,
				     const struct ondisk_volume *d, const char *what)
{
	const uint8_t *root = raw + ONDISK_PVD_ROOT;
	uint32_t block = d->block_bytes.le == 512 || d->block_bytes.le == 1024 ?
				 d->block_bytes.le : SECTOR_BYTES;
	uint8_t dot[ONDISK_DR_MIN_BYTES];
	enum isokit_status st;
	uint64_t lba = get_le32(root + 2);
	struct isokit_time when;
	size_t from;
	bool ok;

	if (root[0] != ONDISK_DR_MIN_BYTES)
		lint_find(l, ISOKIT_F_DESCRIPTOR_ROOT, at + ONDISK_PVD_ROOT, 1, what, 1, root[0]);
	if (get_le32(root + 2) != get_be32(root + 6))
		lint_find(l, ISOKIT_F_DESCRIPTOR_ENDIAN, at + ONDISK_PVD_ROOT + 2, 8,
			  "address of the root directory", get_le32(root + 2), get_be32(root + 6));
	if (get_le32(root + 10) != get_be32(root + 14))
		lint_find(l, ISOKIT_F_DESCRIPTOR_ENDIAN, at + ONDISK_PVD_ROOT + 10, 8,
			  "length of the root directory", get_le32(root + 10), get_be32(root + 14));
	st = lint_read(l, (lba + root[1]) * block, dot, sizeof(dot), "root directory", &ok);
	if (st || !ok)
		return st;
	/* 9.1.5: the date is in both too, but nothing depends on it. */
	if (!ondisk_time7_decode(root + 18, false, &when))
		lint_find(l, ISOKIT_F_DIR_DATE, at + ONDISK_PVD_ROOT + 18, 7, what, 0, 0);
	if (memcmp(dot + 18, root + 18, 7) != 0)
		lint_find(l, ISOKIT_F_DESCRIPTOR_ROOT_DATE, at + ONDISK_PVD_ROOT + 18, 7, what, 0, 0);
	memcpy(dot + 18, root + 18, 7);
	for (from = 1; from < sizeof(dot) && dot[from] == root[from]; from++)
		;
	if (from < sizeof(dot))
		lint_find(l, ISOKIT_F_DESCRIPTOR_ROOT, at + ONDISK_PVD_ROOT + from, 1, what, from + 1,
			  root[from]);
	return ISOKIT_OK;
}

/* 8.5: a supplementary descriptor describes the same volume as the primary. */
static void check_same_volume(struct lint *l, const uint8_t *raw, uint64_t at,
			      const uint8_t *primary, const char *what)
{
	static const struct {
		uint16_t at, bytes;
	} same[] = { { 80, 8 }, { 120, 4 }, { 124, 4 }, { 128, 4 } };

	for (size_t i = 0; i < 4; i++)
		if (memcmp(raw + same[i].at, primary + same[i].at, same[i].bytes) != 0)
			lint_find(l, ISOKIT_F_DESCRIPTOR_DIFFERS, at + same[i].at, same[i].bytes, what,
				  same[i].at + 1u, 0);
}

static enum isokit_status check_volume(struct lint *l, const uint8_t *raw, uint64_t at,
				       const uint8_t *primary)
{
	static const enum isokit_finding_code reserved = ISOKIT_F_DESCRIPTOR_RESERVED;
	struct ondisk_volume d;
	bool is_primary = raw[0] == ONDISK_VD_PRIMARY;
	bool enhanced = !is_primary && raw[6] == 2;
	const char *what = is_primary ? "primary volume descriptor" :
			   enhanced   ? "enhanced volume descriptor" :
					"supplementary volume descriptor";

	if (ondisk_volume_decode(raw, SECTOR_BYTES, &d, NULL))
		return ISOKIT_OK;
	if (is_primary || !enhanced)
		expect_version(l, at + 6, raw[6], 1, what);
	expect_version(l, at + 881, raw[881], enhanced ? 2 : 1,
		       enhanced ? "file structure of the enhanced descriptor" :
		       is_primary ? "file structure of the primary descriptor" :
				    "file structure of the supplementary descriptor");
	if (is_primary) {
		lint_reserved(l, reserved, raw, 7, 8, at, what);
		lint_reserved(l, reserved, raw, 88, 120, at, what);
	} else {
		int level = ondisk_joliet_level(raw + 88, 32);

		/* 8.5.3: bit 0 is for unregistered escape sequences, the others are reserved. */
		if (raw[7] & (level ? 0xff : 0xfe))
			lint_find(l, reserved, at + 7, 1, what, 7, raw[7]);
		if (level)
			lint_reserved(l, reserved, raw, 91, 120, at, what);
	}
	lint_reserved(l, reserved, raw, 72, 80, at, what);
	lint_reserved(l, reserved, raw, 882, 883, at, what);
	lint_reserved(l, reserved, raw, 1395, SECTOR_BYTES, at, what);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (is_primary)
			check_text(l, raw, at, &fields[i]);
		else if (!enhanced && ondisk_joliet_level(raw + 88, 32))
			check_ucs2(l, raw, at, &fields[i]);
	}
	check_dates(l, raw, at);
	check_set(l, at, &d, what);
	if (primary && !is_primary)
		check_same_volume(l, raw, at, primary, what);
	return check_root(l, raw, at, &d, what);
}

/* 8.2, and El Torito's figure 7. */
static enum isokit_status check_boot(struct lint *l, const uint8_t *raw, uint64_t at)
{
	static const enum isokit_finding_code reserved = ISOKIT_F_DESCRIPTOR_RESERVED;
	static const char what[] = "boot record";
	struct ondisk_eltorito_validation v;
	uint8_t first[ELTORITO_ENTRY_BYTES];
	enum isokit_status st;
	uint64_t catalog = (uint64_t)ondisk_eltorito_catalog_lba(raw) * SECTOR_BYTES;
	bool ok;

	expect_version(l, at + 6, raw[6], 1, what);
	if (ondisk_eltorito_is_record(raw, SECTOR_BYTES)) {
		lint_reserved(l, reserved, raw, 30, 71, at, what);
		lint_reserved(l, reserved, raw, 75, SECTOR_BYTES, at, what);
		return ISOKIT_OK;
	}
	/* Another system's, unless it leads to a boot catalog all the same. */
	st = lint_read(l, catalog, first, sizeof(first), "boot catalog", &ok);
	if (st || !ok)
		return st;
	ondisk_eltorito_validation_decode(first, &v);
	if (v.header_id == 1 && v.key_ok && v.sum == 0)
		lint_find(l, ISOKIT_F_ELTORITO_IDENTIFIER, at + 7, 32, NULL, at / SECTOR_BYTES, 0);
	return ISOKIT_OK;
}

/* Has a descriptor of another type what only volumes have? */
static void check_mistyped(struct lint *l, const uint8_t *raw, uint64_t at, const uint8_t *primary)
{
	bool like = primary ? memcmp(raw + 80, primary + 80, 8) == 0 &&
				      memcmp(raw + 120, primary + 120, 12) == 0 :
			      get_le32(raw + 80) == get_be32(raw + 84) && raw[881] == 1 &&
				      get_le16(raw + 128) == get_be16(raw + 130) &&
				      get_le16(raw + 128) == SECTOR_BYTES;

	if (get_le32(raw + 80) && like)
		lint_find(l, ISOKIT_F_DESCRIPTOR_MISTYPED, at, 1, NULL, raw[0], 0);
}

/* 8.6 */
static void check_partition(struct lint *l, const uint8_t *raw, uint64_t at)
{
	static const char what[] = "volume partition descriptor";
	struct both32 start = get_both32(raw + 72), blocks = get_both32(raw + 80);
	uint32_t block = l->img->facts.primary ? model_block_bytes(l->img->facts.primary) :
						 SECTOR_BYTES;

	expect_version(l, at + 6, raw[6], 1, what);
	lint_reserved(l, ISOKIT_F_DESCRIPTOR_RESERVED, raw, 7, 8, at, what);
	if (start.le != start.be)
		lint_find(l, ISOKIT_F_DESCRIPTOR_ENDIAN, at + 72, 8, "volume partition location",
			  start.le, start.be);
	if (blocks.le != blocks.be)
		lint_find(l, ISOKIT_F_DESCRIPTOR_ENDIAN, at + 80, 8, "volume partition size",
			  blocks.le, blocks.be);
	if (((uint64_t)start.le + blocks.le) * block > l->img->facts.size)
		lint_find(l, ISOKIT_F_DESCRIPTOR_PARTITION, at + 72, 16, NULL, start.le, blocks.le);
}

static enum isokit_status check_one(struct lint *l, const uint8_t *raw, uint64_t at,
				    uint8_t *primary, bool *have_primary)
{
	size_t i;

	if (raw[0] != ONDISK_VD_PRIMARY && raw[0] != ONDISK_VD_SUPPLEMENTARY)
		check_mistyped(l, raw, at, *have_primary ? primary : NULL);
	switch (raw[0]) {
	case ONDISK_VD_BOOT:
		return check_boot(l, raw, at);
	case ONDISK_VD_PRIMARY:
		if (*have_primary) {
			/* 6.7.1: it may be recorded more than once, always the same. */
			for (i = 0; i < SECTOR_BYTES && raw[i] == primary[i]; i++)
				;
			if (i < SECTOR_BYTES)
				lint_find(l, ISOKIT_F_DESCRIPTOR_COPY, at + i, 1, NULL,
					  at / SECTOR_BYTES, i + 1);
			return ISOKIT_OK;
		}
		memcpy(primary, raw, SECTOR_BYTES);
		*have_primary = true;
		return check_volume(l, raw, at, NULL);
	case ONDISK_VD_SUPPLEMENTARY:
		return check_volume(l, raw, at, *have_primary ? primary : NULL);
	case ONDISK_VD_PARTITION:
		check_partition(l, raw, at);
		return ISOKIT_OK;
	case ONDISK_VD_TERMINATOR:
		expect_version(l, at + 6, raw[6], 1, "set terminator");
		lint_reserved(l, ISOKIT_F_DESCRIPTOR_RESERVED, raw, 7, SECTOR_BYTES, at,
			      "set terminator");
		return ISOKIT_OK;
	default:
		lint_find(l, ISOKIT_F_DESCRIPTOR_TYPE, at, 1, NULL, raw[0], 0);
		return ISOKIT_OK;
	}
}

/* The sectors between two descriptors hold descriptors too (6.7.1); media with
 * larger sectors leave empty ones. */
static enum isokit_status check_gap(struct lint *l, uint64_t from, uint64_t end)
{
	uint8_t raw[SECTOR_BYTES];
	enum isokit_status st;
	bool ok;

	for (uint64_t lba = from; lba < end && lba - from < 4; lba++) {
		st = lint_read(l, lba * SECTOR_BYTES, raw, sizeof(raw), "volume descriptor", &ok);
		if (st)
			return st;
		if (ok && !lint_is_zero(raw, sizeof(raw)))
			lint_find(l, ISOKIT_F_DESCRIPTOR_IDENTIFIER, lba * SECTOR_BYTES, 7, NULL, lba, 0);
	}
	return ISOKIT_OK;
}

enum isokit_status lint_volumes(struct lint *l)
{
	const struct isokit_facts *f = &l->img->facts;
	uint8_t raw[SECTOR_BYTES], primary[SECTOR_BYTES];
	bool have_primary = false, ended = false, ok;
	uint64_t next = f->session_lba + 16;

	if (f->format == ISOKIT_FORMAT_HIGH_SIERRA)
		return ISOKIT_OK;
	for (size_t i = 0; i < f->n_descriptors; i++) {
		const struct isokit_descriptor *d = &f->descriptors[i];
		uint64_t at = d->lba * SECTOR_BYTES;
		enum isokit_status st;

		if (strcmp(d->id, "CD001") != 0) {
			ended = true;
			continue;
		}
		st = ended ? ISOKIT_OK : check_gap(l, next, d->lba);
		next = d->lba + 1;
		if (st)
			return st;
		st = lint_read(l, at, raw, sizeof(raw), "volume descriptor", &ok);
		if (!st && ok)
			st = check_one(l, raw, at, primary, &have_primary);
		if (st)
			return st;
	}
	return ISOKIT_OK;
}
