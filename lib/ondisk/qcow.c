/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ondisk/qcow.h"

#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"

static const char subject[] = "qcow header";

static void decode_1(const uint8_t *raw, struct ondisk_qcow *q)
{
	unsigned table_bits;

	q->bytes = get_be64(raw + 24);
	q->cluster_bits = raw[32];
	q->l2_bits = raw[33];
	q->encryption = get_be32(raw + 36);
	q->l1_at = get_be64(raw + 40);
	q->header_bytes = 48;
	table_bits = q->cluster_bits + q->l2_bits;
	q->l1_entries = table_bits < 64 ? (q->bytes >> table_bits) +
						  ((q->bytes & ((UINT64_C(1) << table_bits) - 1)) != 0) :
					  1;
}

static void decode_2(const uint8_t *raw, struct ondisk_qcow *q)
{
	q->cluster_bits = get_be32(raw + 20);
	q->bytes = get_be64(raw + 24);
	q->encryption = get_be32(raw + 32);
	q->l1_entries = get_be32(raw + 36);
	q->l1_at = get_be64(raw + 40);
	q->snapshots = get_be32(raw + 60);
	q->header_bytes = 72;
	if (q->version == 3) {
		q->incompatible = get_be64(raw + 72);
		q->header_bytes = get_be32(raw + 100);
		if (q->header_bytes > 104 && (q->incompatible & QCOW_INCOMPATIBLE_COMPRESSION))
			q->compression = raw[104];
	}
	if (q->incompatible & QCOW_INCOMPATIBLE_EXTENDED)
		q->entry_bytes = 16;
	q->l2_bits = q->cluster_bits - (q->entry_bytes == 16 ? 4 : 3);
}

enum isokit_status ondisk_qcow_decode(const uint8_t *raw, struct ondisk_qcow *ret,
				      struct isokit_error *err)
{
	struct ondisk_qcow q = { .entry_bytes = 8 };
	uint64_t per_table;

	if (memcmp(raw, "QFI\xfb", 4) != 0)
		return isokit_fail(err, ISOKIT_E_NOT_ISO, 0, subject, "no mark \"QFI\"");
	q.version = get_be32(raw + 4);
	if (q.version < 1 || q.version > 3)
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, 4, subject,
				   "qcow version %u: not supported", q.version);
	q.backing_at = get_be64(raw + 8);
	q.backing_bytes = q.backing_at ? get_be32(raw + 16) : 0;
	if (q.version == 1)
		decode_1(raw, &q);
	else
		decode_2(raw, &q);
	if (q.cluster_bits < 9 || q.cluster_bits > 21)
		return isokit_fail(err, ISOKIT_E_CORRUPT, 20, subject, "clusters of 2^%u bytes",
				   q.cluster_bits);
	if (q.version == 1 && (q.l2_bits < 6 || q.l2_bits > 18))
		return isokit_fail(err, ISOKIT_E_CORRUPT, 33, subject, "tables of 2^%u entries",
				   q.l2_bits);
	if (q.version == 3 && (q.header_bytes < 104 || q.header_bytes > UINT32_C(1) << q.cluster_bits))
		return isokit_fail(err, ISOKIT_E_CORRUPT, 100, subject, "a header of %u bytes",
				   q.header_bytes);
	/* Each first-level entry stands for that many bytes of the disk. */
	per_table = UINT64_C(1) << (q.cluster_bits + q.l2_bits);
	if (div_up(q.bytes, per_table) > q.l1_entries)
		return isokit_fail(err, ISOKIT_E_CORRUPT, 36, subject,
				   "a table of %llu entries is too small for %llu bytes",
				   (unsigned long long)q.l1_entries, (unsigned long long)q.bytes);
	*ret = q;
	return ISOKIT_OK;
}

enum isokit_status ondisk_qed_decode(const uint8_t *raw, struct ondisk_qed *ret,
				     struct isokit_error *err)
{
	static const char name[] = "QED header";
	struct ondisk_qed q;

	if (memcmp(raw, "QED\0", 4) != 0)
		return isokit_fail(err, ISOKIT_E_NOT_ISO, 0, name, "no mark \"QED\"");
	q = (struct ondisk_qed){
		.cluster_bytes = get_le32(raw + 4),
		.table_clusters = get_le32(raw + 8),
		.header_clusters = get_le32(raw + 12),
		.features = get_le64(raw + 16),
		.l1_at = get_le64(raw + 40),
		.bytes = get_le64(raw + 48),
		.backing_at = get_le32(raw + 56),
		.backing_bytes = get_le32(raw + 60),
	};
	if (q.cluster_bytes < 4096 || q.cluster_bytes > 64 << 20 ||
	    (q.cluster_bytes & (q.cluster_bytes - 1)) || q.table_clusters < 1 || q.table_clusters > 16 ||
	    (q.table_clusters & (q.table_clusters - 1)))
		return isokit_fail(err, ISOKIT_E_CORRUPT, 4, name,
				   "clusters of %u bytes, tables of %u clusters", q.cluster_bytes,
				   q.table_clusters);
	*ret = q;
	return ISOKIT_OK;
}
