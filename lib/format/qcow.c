/* SPDX-License-Identifier: GPL-3.0-or-later */
/* qcow, qcow2 and QED: disk images of QEMU. */
#include "ondisk/qcow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "codec/codec.h"
#include "format/mapped.h"

enum { MAX_NAME = 1023, MAX_EXTENSIONS = 64 };

#define OFFSET_BITS UINT64_C(0x00fffffffffffe00) /* of entries of qcow2: bits 9 to 55 */

struct qcow {
	struct isokit_source *src;  /* the file: tables, and compressed clusters */
	struct isokit_source *data; /* what is not compressed */
	struct mapped_table *table;
	struct codec *codec;
	struct ondisk_qcow h;
};

/* ---- knowing it -------------------------------------------------------------------- */

static unsigned probe(const struct format_probe *p, char evidence[FORMAT_EVIDENCE])
{
	enum isokit_status st;
	struct ondisk_qcow h;

	if (p->head_bytes < QCOW_HEADER_BYTES)
		return 0;
	st = ondisk_qcow_decode(p->head, &h, NULL);
	if (st == ISOKIT_E_NOT_ISO)
		return 0;
	if (st) {
		snprintf(evidence, FORMAT_EVIDENCE, "mark \"QFI\" at byte 0");
		return 60;
	}
	snprintf(evidence, FORMAT_EVIDENCE,
		 "mark \"QFI\" at byte 0, version %u, %llu bytes in clusters of %lu%s", h.version,
		 (unsigned long long)h.bytes, 1ul << h.cluster_bits,
		 h.backing_bytes ? ", rests on another image" : "");
	return 95;
}

/* ---- its clusters ------------------------------------------------------------------ */

/* A compressed cluster says where it begins, and roughly how long it is. */
static void packed_run(const struct qcow *q, uint64_t offset, uint64_t entry,
		       struct mapped_run *ret)
{
	uint64_t cluster = UINT64_C(1) << q->h.cluster_bits, bytes;
	unsigned bits;

	if (q->h.version == 1) {
		bits = 63 - q->h.cluster_bits;
		bytes = (entry >> bits) & (cluster - 1);
		entry &= (UINT64_C(1) << bits) - 1;
	} else {
		/* Sectors behind the one that it begins in. */
		bits = 62 - (q->h.cluster_bits - 8);
		bytes = ((entry & ((UINT64_C(1) << 62) - 1)) >> bits) * 512 + 512;
		entry &= (UINT64_C(1) << bits) - 1;
		bytes -= entry % 512;
	}
	ret->kind = MAPPED_PACKED;
	ret->src = q->src;
	ret->offset = entry;
	ret->packed_bytes = bytes;
	ret->unit_at = offset & ~(cluster - 1);
	ret->unit_bytes = (uint32_t)cluster;
}

/* Extended entries: each of 32 parts is there, is zero, or is the parent's. */
static void part_run(const struct qcow *q, uint64_t offset, uint64_t host, uint64_t bitmap,
		     struct mapped_run *ret)
{
	uint64_t part = (UINT64_C(1) << q->h.cluster_bits) / 32;
	uint64_t within = offset & ((UINT64_C(1) << q->h.cluster_bits) - 1);
	unsigned i = (unsigned)(within / part), n = 1;
	uint64_t here = bitmap >> i & UINT64_C(0x100000001);

	while (i + n < 32 && (bitmap >> (i + n) & UINT64_C(0x100000001)) == here)
		n++;
	ret->bytes = n * part - within % part;
	ret->kind = MAPPED_PARENT;
	if (here >> 32) {
		ret->kind = MAPPED_ZEROS;
	} else if (here & 1) {
		ret->kind = MAPPED_STORED;
		ret->src = q->data;
		ret->offset = host + within;
	}
}

static enum isokit_status lookup(void *self, uint64_t offset, struct mapped_run *ret,
				 struct isokit_error *err)
{
	const struct qcow *q = self;
	uint64_t cluster = UINT64_C(1) << q->h.cluster_bits, within = offset & (cluster - 1);
	uint64_t l1 = offset >> (q->h.cluster_bits + q->h.l2_bits), table, entry, at;
	uint64_t l2 = offset >> q->h.cluster_bits & ((UINT64_C(1) << q->h.l2_bits) - 1);
	uint8_t raw[16];
	enum isokit_status st;

	*ret = (struct mapped_run){ .kind = MAPPED_PARENT, .bytes = cluster - within };
	st = mapped_table_read(q->table, q->src, q->h.l1_at + l1 * 8, raw, 8, err);
	if (st)
		return st;
	table = get_be64(raw);
	if (q->h.version != 1)
		table &= OFFSET_BITS;
	if (!table) {
		ret->bytes = (((uint64_t)1 << q->h.l2_bits) - l2) * cluster - within;
		return ISOKIT_OK;
	}
	if (!add_u64(table, l2 * q->h.entry_bytes, &at))
		at = UINT64_MAX;
	st = mapped_table_read(q->table, q->src, at, raw, q->h.entry_bytes, err);
	if (st)
		return st;
	entry = get_be64(raw);
	if (entry >> (q->h.version == 1 ? 63 : 62) & 1) {
		packed_run(q, offset, entry, ret);
		return ISOKIT_OK;
	}
	if (q->h.version == 1) {
		if (entry) {
			ret->kind = MAPPED_STORED;
			ret->src = q->data;
			ret->offset = entry + within;
		}
		return ISOKIT_OK;
	}
	if (q->h.entry_bytes == 16) {
		part_run(q, offset, entry & OFFSET_BITS, get_be64(raw + 8), ret);
		return ISOKIT_OK;
	}
	if (entry & 1) {
		ret->kind = MAPPED_ZEROS;
	} else if ((entry & OFFSET_BITS) || (q->data != q->src && entry >> 63)) {
		/* In a data file of its own, 0 is a place like any other. */
		ret->kind = MAPPED_STORED;
		ret->src = q->data;
		ret->offset = (entry & OFFSET_BITS) + within;
	}
	return ISOKIT_OK;
}

static enum isokit_status expand(void *self, const struct mapped_run *run, uint8_t *out,
				 struct isokit_error *err)
{
	const struct qcow *q = self;
	uint64_t size = isokit_source_size(run->src), n;
	enum isokit_status st;
	size_t got = 0;
	uint8_t *in;

	/* The last cluster of a file may end before its last sector does. */
	n = run->offset < size ? min_u64(run->packed_bytes, size - run->offset) : 0;
	if (!n)
		return isokit_fail(err, ISOKIT_E_CORRUPT, run->offset, isokit_source_name(q->src),
				   "a compressed cluster does not lie inside the file");
	in = malloc((size_t)n);
	if (!in)
		return isokit_fail_nomem(err, isokit_source_name(q->src), (size_t)n);
	st = isokit_source_read_at(run->src, run->offset, in, (size_t)n, err);
	if (!st)
		st = codec_run(q->codec,
			       q->h.compression == QCOW_ZSTD ? CODEC_ZSTD : CODEC_DEFLATE, in,
			       (size_t)n, out, run->unit_bytes, &got, err);
	free(in);
	if (!st && got < run->unit_bytes)
		st = isokit_fail(err, ISOKIT_E_CORRUPT, run->offset, isokit_source_name(q->src),
				 "a compressed cluster has %zu bytes instead of %u", got,
				 run->unit_bytes);
	return st;
}

static void close_qcow(void *self)
{
	struct qcow *q = self;

	codec_free(q->codec);
}

static const struct mapped_ops ops = { .lookup = lookup, .expand = expand, .close = close_qcow };

/* ---- opening it -------------------------------------------------------------------- */

static bool read_name(struct isokit_source *src, uint64_t at, uint32_t n, char out[MAX_NAME + 1])
{
	if (n == 0 || n > MAX_NAME || isokit_source_read_at(src, at, out, n, NULL))
		return false;
	out[n] = '\0';
	return true;
}

/* Header extensions: the format of the backing file, and the name of a data file. */
static void read_extensions(struct isokit_source *src, const struct ondisk_qcow *h,
			    bool *ret_backing_is_raw, char data_file[MAX_NAME + 1])
{
	uint64_t at = h->header_bytes;

	*ret_backing_is_raw = false;
	data_file[0] = '\0';
	for (unsigned i = 0; h->version >= 2 && i < MAX_EXTENSIONS; i++) {
		char text[MAX_NAME + 1];
		uint32_t type, n;
		uint8_t raw[8];

		if (isokit_source_read_at(src, at, raw, sizeof(raw), NULL))
			return;
		type = get_be32(raw);
		n = get_be32(raw + 4);
		if (type == 0)
			return;
		if (type == QCOW_EXTENSION_BACKING_FORMAT && read_name(src, at + 8, n, text))
			*ret_backing_is_raw = strcmp(text, "raw") == 0;
		if (type == QCOW_EXTENSION_DATA_FILE && read_name(src, at + 8, n, text))
			memcpy(data_file, text, sizeof(text));
		at += 8 + round_up(n, 8);
	}
}

static enum isokit_status refuse(const struct ondisk_qcow *h, const char *name,
				 struct isokit_error *err)
{
	uint64_t unknown = h->incompatible & ~UINT64_C(0x1f);

	if (h->encryption)
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, 32, name,
				   "qcow2 with encryption (%s): not supported",
				   h->encryption == 1 ? "AES" : h->encryption == 2 ? "LUKS" : "unknown");
	if (unknown)
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, 72, name,
				   "qcow2 with features that are not known (bits %#llx): not supported",
				   (unsigned long long)unknown);
	if (h->compression > QCOW_ZSTD)
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, 104, name,
				   "qcow2 with compression %u: not supported", h->compression);
	return ISOKIT_OK;
}

static enum isokit_status open_backing(struct isokit_medium *m, const struct format_probe *p,
				       uint64_t at, uint32_t bytes, bool raw,
				       struct isokit_source **ret_parent, struct isokit_error *err)
{
	const char *name = isokit_source_name(p->src), *colon;
	struct isokit_error why;
	char backing[MAX_NAME + 1];
	enum isokit_status st;

	if (!read_name(p->src, at, bytes, backing))
		return isokit_fail(err, ISOKIT_E_CORRUPT, at, name,
				   "the name of the image that it rests on cannot be read");
	colon = strstr(backing, "://");
	if (colon || memcmp(backing, "json:", 5) == 0)
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, at, name,
				   "rests on %.100s, which is no file beside it: not supported",
				   backing);
	st = mapped_open_parent(m, backing, raw, ret_parent, NULL, &why);
	if (st)
		return isokit_fail(err, st, ISOKIT_NO_OFFSET, name,
				   "rests on another image, which cannot be had: %.100s: %.180s",
				   why.subject, why.text);
	medium_note(m, "it rests on %s", backing);
	return ISOKIT_OK;
}

static enum isokit_status open_qcow(struct isokit_medium *m, const struct format_probe *p,
				    struct isokit_error *err)
{
	struct qcow *q = arena_alloc(medium_arena(m), sizeof(*q));
	const char *name = isokit_source_name(p->src);
	struct isokit_source *parent = NULL, *disk;
	char data_file[MAX_NAME + 1];
	enum isokit_status st;
	bool raw;

	if (!q)
		return isokit_fail_nomem(err, name, sizeof(*q));
	st = ondisk_qcow_decode(p->head, &q->h, err);
	if (!st)
		st = refuse(&q->h, name, err);
	if (st)
		return st;
	if (q->h.l1_entries > p->size / 8 || !range_inside(q->h.l1_at, q->h.l1_entries * 8, p->size))
		return isokit_fail(err, ISOKIT_E_CORRUPT, q->h.l1_at, name,
				   "the first table, of %llu entries, does not lie inside the file",
				   (unsigned long long)q->h.l1_entries);
	q->src = q->data = p->src;
	read_extensions(p->src, &q->h, &raw, data_file);
	if (q->h.incompatible & QCOW_INCOMPATIBLE_DATA_FILE) {
		if (!data_file[0])
			return isokit_fail(err, ISOKIT_E_CORRUPT, q->h.header_bytes, name,
					   "keeps its data in another file, and does not name it");
		st = medium_open_beside(m, data_file, &q->data, err);
	}
	if (!st && q->h.backing_bytes)
		st = open_backing(m, p, q->h.backing_at, q->h.backing_bytes, raw, &parent, err);
	if (st)
		return st;
	if (q->h.incompatible & QCOW_INCOMPATIBLE_CORRUPT)
		medium_note(m, "QEMU marked it as corrupt");
	if (q->h.snapshots)
		medium_note(m, "it has %u snapshots; this is its present state", q->h.snapshots);
	st = mapped_table_new(m, &q->table, err);
	if (st)
		return st;
	q->codec = codec_new();
	if (!q->codec)
		return isokit_fail_nomem(err, name, 0);
	st = mapped_new(m, &ops, q, parent, q->h.bytes, name, &disk, err);
	return st ? st : medium_set_disk(m, disk, err);
}

const struct format format_qcow = {
	.name = "qcow2",
	.words = "qcow2 disk image (QEMU)",
	.probe = probe,
	.open = open_qcow,
};

/* ---- QED --------------------------------------------------------------------------- */

struct qed {
	struct isokit_source *src;
	struct mapped_table *table;
	struct ondisk_qed h;
	uint64_t entries; /* of a table */
};

static unsigned qed_probe(const struct format_probe *p, char evidence[FORMAT_EVIDENCE])
{
	struct ondisk_qed h;

	if (p->head_bytes < QED_HEADER_BYTES || ondisk_qed_decode(p->head, &h, NULL))
		return 0;
	snprintf(evidence, FORMAT_EVIDENCE,
		 "mark \"QED\" at byte 0, %llu bytes in clusters of %u", (unsigned long long)h.bytes,
		 h.cluster_bytes);
	return 95;
}

static enum isokit_status qed_lookup(void *self, uint64_t offset, struct mapped_run *ret,
				     struct isokit_error *err)
{
	const struct qed *q = self;
	uint64_t within = offset % q->h.cluster_bytes, cluster = offset / q->h.cluster_bytes, at;
	enum isokit_status st;
	uint8_t raw[8];

	*ret = (struct mapped_run){ .kind = MAPPED_PARENT, .bytes = q->h.cluster_bytes - within };
	st = mapped_table_read(q->table, q->src, q->h.l1_at + cluster / q->entries * 8, raw, 8, err);
	if (st || !get_le64(raw))
		return st;
	if (!add_u64(get_le64(raw), cluster % q->entries * 8, &at))
		at = UINT64_MAX;
	st = mapped_table_read(q->table, q->src, at, raw, 8, err);
	if (st)
		return st;
	at = get_le64(raw);
	if (at == 1) {
		ret->kind = MAPPED_ZEROS;
	} else if (at) {
		ret->kind = MAPPED_STORED;
		ret->src = q->src;
		ret->offset = at + within;
	}
	return ISOKIT_OK;
}

static const struct mapped_ops qed_ops = { .lookup = qed_lookup };

static enum isokit_status open_qed(struct isokit_medium *m, const struct format_probe *p,
				   struct isokit_error *err)
{
	struct qed *q = arena_alloc(medium_arena(m), sizeof(*q));
	const char *name = isokit_source_name(p->src);
	struct isokit_source *parent = NULL, *disk;
	enum isokit_status st;
	uint64_t tables;

	if (!q)
		return isokit_fail_nomem(err, name, sizeof(*q));
	st = ondisk_qed_decode(p->head, &q->h, err);
	if (st)
		return st;
	if (q->h.features & ~UINT64_C(7))
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, 16, name,
				   "QED with features that are not known: not supported");
	q->entries = (uint64_t)q->h.cluster_bytes * q->h.table_clusters / 8;
	tables = div_up(div_up(q->h.bytes, q->h.cluster_bytes), q->entries);
	if (tables > q->entries || !range_inside(q->h.l1_at, tables * 8, p->size))
		return isokit_fail(err, ISOKIT_E_CORRUPT, q->h.l1_at, name,
				   "the first table is too small, or does not lie inside the file");
	q->src = p->src;
	if (q->h.features & QED_BACKING)
		st = open_backing(m, p, q->h.backing_at, q->h.backing_bytes,
				  q->h.features & QED_BACKING_IS_RAW, &parent, err);
	if (!st)
		st = mapped_table_new(m, &q->table, err);
	if (!st)
		st = mapped_new(m, &qed_ops, q, parent, q->h.bytes, name, &disk, err);
	return st ? st : medium_set_disk(m, disk, err);
}

const struct format format_qed = {
	.name = "qed",
	.words = "QED disk image (QEMU)",
	.probe = qed_probe,
	.open = open_qed,
};
