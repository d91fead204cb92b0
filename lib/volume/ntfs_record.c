/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "volume/ntfs.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/byteorder.h"
#include "base/checked.h"

enum {
	MOST_LIST = 256 * 1024, /* of an attribute list: as Windows has it */
	MOST_NAMES = 1024,      /* hard links of a file: as Windows has it */
};
#define RECORD_MASK UINT64_C(0xffffffffffff)

/* ---- attributes of a file ---------------------------------------------------------------- */

static bool copy_value(struct ntfs_reader *r, uint8_t **to, size_t *n, size_t *capacity,
		       const struct ondisk_ntfs_attribute *a)
{
	if (!ARRAY_RESERVE(*to, *capacity, a->value_bytes + 1)) {
		ntfs_no_memory(r);
		return false;
	}
	memcpy(*to, a->value, a->value_bytes);
	*n = a->value_bytes;
	return true;
}

/* What WSL keeps of Linux's attributes, in the extended attributes of OS/2. */
static void take_eas(struct ntfs_file *f, const uint8_t *p, size_t bytes)
{
	for (size_t at = 0; bytes - at >= 8;) {
		uint32_t next = get_le32(p + at);
		size_t name = p[at + 5], value = get_le16(p + at + 6);
		const uint8_t *v = p + at + 8 + name + 1;

		if (8 + name + 1 + value > bytes - at)
			return;
		if (name == 6 && value >= 4 && memcmp(p + at + 8, "$LXUID", 6) == 0)
			f->uid = get_le32(v);
		else if (name == 6 && value >= 4 && memcmp(p + at + 8, "$LXGID", 6) == 0)
			f->gid = get_le32(v);
		else if (name == 6 && value >= 4 && memcmp(p + at + 8, "$LXMOD", 6) == 0)
			f->mode = get_le32(v);
		else if (name == 6 && value >= 8 && memcmp(p + at + 8, "$LXDEV", 6) == 0)
			f->major = get_le32(v), f->minor = get_le32(v + 4);
		else
			f->eas = true;
		if (next < 8 || next > bytes - at)
			return;
		at += next;
	}
}

static void take_name(struct ntfs_reader *r, const struct ondisk_ntfs_attribute *a)
{
	struct ntfs_file *f = &r->file;
	struct ondisk_ntfs_name n;

	if (!a->value || !ondisk_ntfs_name_decode(a->value, a->value_bytes, &n) || n.dos ||
	    f->n_names == MOST_NAMES)
		return;
	if (!ARRAY_RESERVE(f->names, f->names_capacity, f->n_names + 1)) {
		ntfs_no_memory(r);
		return;
	}
	f->names[f->n_names].parent = n.parent;
	f->names[f->n_names].bytes =
		volume_utf16le_to_utf8(n.name, n.units * 2, f->names[f->n_names].name);
	f->n_names++;
}

static void take_data(struct ntfs_reader *r, const struct ondisk_ntfs_attribute *a)
{
	static const uint8_t wof[] = "W\0o\0f\0C\0o\0m\0p\0r\0e\0s\0s\0e\0d\0D\0a\0t\0a";
	struct ntfs_file *f = &r->file;

	if (a->name_units) {
		if (a->name_units == sizeof(wof) / 2 &&
		    memcmp(a->name, wof, sizeof(wof)) == 0)
			f->wof = true;
		else
			f->streams = true;
		return;
	}
	if (a->value) {
		f->has_data = f->resident = true;
		(void)copy_value(r, &f->value, &f->value_bytes, &f->value_capacity, a);
		return;
	}
	if (a->first_vcn == 0) {
		f->has_data = true;
		f->size = a->size;
		f->initialized = a->initialized;
		f->compressed = a->compressed && a->unit_shift;
		f->encrypted = a->encrypted;
		f->unit_shift = a->unit_shift;
	}
	f->damaged = !ntfs_parts_add(r, a) || f->damaged;
}

static void take_attribute(struct ntfs_reader *r, const struct ondisk_ntfs_attribute *a)
{
	struct ntfs_file *f = &r->file;

	switch (a->type) {
	case ONDISK_NTFS_STANDARD:
		if (a->value && a->value_bytes >= 36) {
			f->time = get_le64(a->value + 8);
			f->flags = get_le32(a->value + 32);
		}
		break;
	case ONDISK_NTFS_FILE_NAME: take_name(r, a); break;
	case ONDISK_NTFS_DATA: take_data(r, a); break;
	case ONDISK_NTFS_REPARSE:
		if (a->value)
			(void)copy_value(r, &f->reparse, &f->reparse_bytes, &f->reparse_capacity,
					 a);
		break;
	case ONDISK_NTFS_EA:
		if (a->value)
			take_eas(f, a->value, a->value_bytes);
		break;
	default: break;
	}
}

bool ntfs_record_read(struct ntfs_reader *r, uint64_t number, uint8_t *record,
		      struct ondisk_ntfs_record *ret)
{
	uint64_t at;

	return gather_spend(&r->f.g, r->boot.record_bytes) &&
	       mul_u64(number, r->boot.record_bytes, &at) &&
	       volume_try_read(r->mft, at, record, r->boot.record_bytes) &&
	       ondisk_ntfs_record_fix(record, r->boot.record_bytes) &&
	       ondisk_ntfs_record_decode(record, r->boot.record_bytes, ret);
}

void ntfs_record_take(struct ntfs_reader *r, const uint8_t *record,
		      const struct ondisk_ntfs_record *head)
{
	struct ondisk_ntfs_attribute a;

	for (uint32_t at = head->first; ondisk_ntfs_attribute_decode(record, head, at, &a);
	     at += a.bytes)
		take_attribute(r, &a);
}

/* The list of a file that has more attributes than one record holds; owned by caller. */
static uint8_t *read_list(struct ntfs_reader *r, const struct ondisk_ntfs_attribute *a, size_t *ret_n)
{
	struct isokit_source *src;
	struct ntfs_file list = { 0 };
	uint8_t *bytes;
	struct ntfs_file kept;
	bool ok;

	*ret_n = a->value ? a->value_bytes : (size_t)min_u64(a->size, MOST_LIST);
	bytes = malloc(*ret_n + 1);
	if (!bytes) {
		ntfs_no_memory(r);
		return NULL;
	}
	if (a->value) {
		memcpy(bytes, a->value, *ret_n);
		return bytes;
	}
	kept = r->file;
	r->file = list;
	ok = gather_spend(&r->f.g, *ret_n) && ntfs_parts_add(r, a);
	list = r->file;
	r->file = kept;
	ok = ok && ntfs_parts_open(r, &list, *ret_n, &src, NULL) == ISOKIT_OK;
	if (ok) {
		ok = volume_try_read(src, 0, bytes, *ret_n);
		isokit_source_close(src);
	}
	free(list.parts);
	if (!ok) {
		free(bytes);
		return NULL;
	}
	return bytes;
}

void ntfs_record_take_list(struct ntfs_reader *r, uint64_t number, uint64_t reference,
			   const struct ondisk_ntfs_record *head)
{
	struct ondisk_ntfs_attribute a;
	struct ondisk_ntfs_record more;
	uint64_t last[8] = { 0 };
	unsigned n_last = 0;
	uint8_t *list = NULL;
	size_t n = 0;

	for (uint32_t at = head->first; ondisk_ntfs_attribute_decode(r->record, head, at, &a);
	     at += a.bytes) {
		if (a.type == ONDISK_NTFS_LIST && !list) {
			list = read_list(r, &a, &n);
			r->file.damaged = r->file.damaged || !list;
		}
	}
	for (size_t at = 0; list && n - at >= 26;) {
		uint32_t bytes = get_le16(list + at + 4);
		uint64_t other = get_le64(list + at + 16) & RECORD_MASK;
		bool seen = other == number;

		if (bytes < 26 || bytes > n - at)
			break;
		at += bytes;
		for (unsigned i = 0; i < 8 && i < n_last; i++)
			seen = seen || last[i] == other;
		if (seen)
			continue;
		last[n_last++ % 8] = other;
		if (ntfs_record_read(r, other, r->extra, &more) && more.in_use &&
		    more.base == reference)
			ntfs_record_take(r, r->extra, &more);
		else
			r->file.damaged = true;
	}
	free(list);
}
