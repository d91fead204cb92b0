/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ondisk/ntfs.h"

#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"

enum {
	SECTOR = 512,
	COMPRESSED = 0x0001, ENCRYPTED = 0x4000,
	IN_USE = 1, FOLDER = 2,
	NAMESPACE_DOS = 2,
	MOST_CLUSTER = 2 << 20, MOST_RECORD = 64 * 1024,
};

bool ondisk_ntfs_boot_decode(const uint8_t *raw, struct ondisk_ntfs_boot *ret)
{
	uint32_t sector = get_le16(raw + 11), per_cluster = raw[13];
	int8_t record = (int8_t)raw[64];
	struct ondisk_ntfs_boot b = { .mft_lcn = get_le64(raw + 48) };

	if (memcmp(raw + 3, "NTFS    ", 8) != 0 || sector < 256 || sector > 4096 ||
	    sector & (sector - 1))
		return false;
	if (per_cluster > 128) /* negative: a power of 2 */
		per_cluster = 256 - per_cluster < 31 ? UINT32_C(1) << (256 - per_cluster) : 0;
	if (per_cluster == 0 || per_cluster & (per_cluster - 1) ||
	    per_cluster > MOST_CLUSTER / sector)
		return false;
	b.cluster_bytes = sector * per_cluster;
	if (record < 0)
		b.record_bytes = record > -31 ? UINT32_C(1) << -record : 0;
	else
		b.record_bytes = (uint32_t)record * b.cluster_bytes;
	if (b.record_bytes < SECTOR || b.record_bytes > MOST_RECORD ||
	    b.record_bytes & (b.record_bytes - 1) ||
	    !mul_u64(get_le64(raw + 40), sector, &b.bytes))
		return false;
	*ret = b;
	return true;
}

bool ondisk_ntfs_record_fix(uint8_t *record, uint32_t bytes)
{
	uint32_t at = get_le16(record + 4), n = get_le16(record + 6);

	if (memcmp(record, "FILE", 4) != 0 || n < 2 || (n - 1) * SECTOR > bytes || at & 1 ||
	    !range_inside(at, n * 2, SECTOR - 2))
		return false;
	for (uint32_t i = 1; i < n; i++) {
		uint8_t *end = record + i * SECTOR - 2;

		if (memcmp(end, record + at, 2) != 0)
			return false;
		memcpy(end, record + at + 2 * i, 2);
	}
	return true;
}

bool ondisk_ntfs_record_decode(const uint8_t *record, uint32_t bytes,
			       struct ondisk_ntfs_record *ret)
{
	uint16_t flags = get_le16(record + 22);
	struct ondisk_ntfs_record r = {
		.sequence = get_le16(record + 16),
		.in_use = flags & IN_USE,
		.folder = flags & FOLDER,
		.base = get_le64(record + 32),
		.first = get_le16(record + 20),
		.used = get_le32(record + 24),
	};

	if (r.used > bytes || r.first < 40 || r.first > r.used)
		return false;
	*ret = r;
	return true;
}

static bool take_resident(const uint8_t *a, struct ondisk_ntfs_attribute *r)
{
	uint32_t at = get_le16(a + 20), n = get_le32(a + 16);

	if (!range_inside(at, n, r->bytes))
		return false;
	r->value = a + at;
	r->value_bytes = n;
	return true;
}

static bool take_runs(const uint8_t *a, struct ondisk_ntfs_attribute *r)
{
	uint32_t at = get_le16(a + 32);

	if (r->bytes < 64 || at < 64 || at > r->bytes)
		return false;
	r->runs = a + at;
	r->runs_bytes = r->bytes - at;
	r->first_vcn = get_le64(a + 16);
	r->size = get_le64(a + 48);
	r->initialized = get_le64(a + 56);
	r->unit_shift = a[34];
	return true;
}

bool ondisk_ntfs_attribute_decode(const uint8_t *record, const struct ondisk_ntfs_record *r,
				  uint32_t at, struct ondisk_ntfs_attribute *ret)
{
	const uint8_t *a = record + at;
	struct ondisk_ntfs_attribute t = { 0 };

	if (at > r->used || r->used - at < 24 || get_le32(a) == UINT32_MAX)
		return false;
	t.type = get_le32(a);
	t.bytes = get_le32(a + 4);
	t.name_units = a[9];
	t.compressed = get_le16(a + 12) & COMPRESSED;
	t.encrypted = get_le16(a + 12) & ENCRYPTED;
	if (t.bytes < 24 || t.bytes & 7 || t.bytes > r->used - at ||
	    !range_inside(get_le16(a + 10), t.name_units * 2, t.bytes))
		return false;
	t.name = a + get_le16(a + 10);
	if (!(a[8] ? take_runs(a, &t) : take_resident(a, &t)))
		return false;
	*ret = t;
	return true;
}

size_t ondisk_ntfs_run_decode(const uint8_t *p, size_t bytes, uint64_t *io_lcn,
			      struct ondisk_ntfs_run *ret)
{
	size_t n = bytes ? p[0] & 0x0f : 0, m = bytes ? p[0] >> 4 : 0;
	uint64_t clusters = 0, delta = 0;

	if (n == 0 || n > 8 || m > 8 || 1 + n + m > bytes)
		return 0;
	for (size_t i = n; i > 0; i--)
		clusters = clusters << 8 | p[i];
	for (size_t i = m; i > 0; i--)
		delta = delta << 8 | p[n + i];
	if (m && m < 8 && p[n + m] & 0x80)
		delta |= UINT64_MAX << (8 * m);
	if (clusters == 0 || clusters > INT64_MAX)
		return 0;
	*ret = (struct ondisk_ntfs_run){ .lcn = UINT64_MAX, .clusters = clusters };
	if (m) {
		*io_lcn += delta;
		ret->lcn = *io_lcn;
		if (ret->lcn > INT64_MAX)
			return 0;
	}
	return 1 + n + m;
}

bool ondisk_ntfs_name_decode(const uint8_t *value, size_t bytes, struct ondisk_ntfs_name *ret)
{
	if (bytes < 66 || 66 + 2 * (size_t)value[64] > bytes)
		return false;
	*ret = (struct ondisk_ntfs_name){
		.parent = get_le64(value),
		.dos = value[65] == NAMESPACE_DOS,
		.name = value + 66,
		.units = value[64],
	};
	return true;
}

int64_t ondisk_ntfs_seconds(uint64_t time, uint32_t *ret_ns)
{
	*ret_ns = (uint32_t)(time % 10000000) * 100;
	return (int64_t)(time / 10000000) - INT64_C(11644473600);
}

/* ---- LZNT1 (MS-XCA 2.5) ----------------------------------------------------------------- */

enum { CHUNK = 4096 };

/* One chunk of up to 4096 bytes. Returns how many came out, or SIZE_MAX. */
static size_t expand_chunk(const uint8_t *in, size_t n, uint8_t *out, size_t room)
{
	size_t at = 0, to = 0;

	if (room > CHUNK)
		room = CHUNK;
	while (at < n) {
		unsigned flags = in[at++];

		for (unsigned bit = 0; bit < 8 && at < n; bit++) {
			unsigned pair, shift = 12, length, back;

			if (!(flags >> bit & 1)) {
				if (to == room)
					return SIZE_MAX;
				out[to++] = in[at++];
				continue;
			}
			if (n - at < 2)
				return SIZE_MAX;
			pair = get_le16(in + at);
			at += 2;
			/* The further in, the more bits the distance takes. */
			for (size_t k = to ? to - 1 : 0; k >= 0x10; k >>= 1)
				shift--;
			length = (pair & (0xffffu >> (16 - shift))) + 3;
			back = (pair >> shift) + 1;
			if (back > to || length > room - to)
				return SIZE_MAX;
			for (; length; length--, to++)
				out[to] = out[to - back];
		}
	}
	return to;
}

bool ondisk_ntfs_expand(const uint8_t *in, size_t in_bytes, uint8_t *out, size_t out_bytes)
{
	size_t at = 0, to = 0;

	while (to < out_bytes && in_bytes - at >= 2) {
		unsigned head = get_le16(in + at);
		size_t n = (head & 0xfff) + 1, got;

		if (head == 0)
			break;
		at += 2;
		if (n > in_bytes - at)
			return false;
		if (head & 0x8000) {
			got = expand_chunk(in + at, n, out + to, out_bytes - to);
			if (got == SIZE_MAX)
				return false;
		} else {
			got = min_u64(n, out_bytes - to);
			memcpy(out + to, in + at, got);
		}
		at += n;
		/* All chunks but the last are whole. */
		if (got < CHUNK && to + got < out_bytes) {
			size_t rest = min_u64(CHUNK - got, out_bytes - to - got);

			memset(out + to + got, 0, rest);
			got += rest;
		}
		to += got;
	}
	memset(out + to, 0, out_bytes - to);
	return true;
}
