/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All numbers are little-endian. */
#include "stick/wimtable.h"

#include <isokit/source.h>

#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"

enum { SIZE_AT = 8, MAX_TABLE = 32 << 20, MAX_XML = 16 << 20 };

struct wim_resource wim_resource_decode(const uint8_t *p)
{
	return (struct wim_resource){
		.bytes = get_le64(p) & UINT64_C(0x00ffffffffffffff), .flags = p[7],
		.offset = get_le64(p + 8), .original = get_le64(p + 16),
	};
}

void wim_resource_encode(uint8_t *p, uint64_t bytes, uint8_t flags, uint64_t offset,
			 uint64_t original)
{
	put_le64(p, bytes);
	p[7] = flags;
	put_le64(p + 8, offset);
	put_le64(p + 16, original);
}

struct wim_resource wim_table_resource(const struct wim_table *t, size_t i)
{
	return wim_resource_decode(t->entries + i * WIM_ENTRY_BYTES);
}

bool wim_table_inside(const struct wim_table *t, const struct wim_resource *r)
{
	return range_inside(r->offset, r->bytes, isokit_source_size(t->src));
}

enum isokit_status wim_table_refuse(const struct wim_table *t, const char *why,
				    struct isokit_error *err)
{
	return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, t->name,
			   "is larger than FAT32 can hold, and cannot be split: %s", why);
}

/* Its description says so: <ESD><ENCRYPTED>…, in UTF-16. */
static enum isokit_status refuse_encrypted(const struct wim_table *t, struct isokit_error *err)
{
	static const uint8_t mark[] = "<\0E\0N\0C\0R\0Y\0P\0T\0E\0D";
	uint8_t *xml = malloc((size_t)t->xml.bytes + 1);
	enum isokit_status st;
	bool found;

	if (!xml)
		return isokit_fail_nomem(err, t->name, (size_t)t->xml.bytes);
	st = isokit_source_read_at(t->src, t->xml.offset, xml, (size_t)t->xml.bytes, err);
	found = !st && memmem(xml, (size_t)t->xml.bytes, mark, sizeof(mark));
	free(xml);
	return found ? wim_table_refuse(t, "it is encrypted, and only Microsoft's installer has "
					   "the key", err) : st;
}

enum isokit_status wim_table_read(struct isokit_source *src, const char *name,
				  struct wim_table *ret, struct isokit_error *err)
{
	struct wim_table *t = ret;
	struct wim_resource table;
	enum isokit_status st;

	*t = (struct wim_table){ .src = src, .name = name };
	if (isokit_source_size(src) < WIM_HEADER_BYTES)
		return wim_table_refuse(t, "it is no Windows image", err);
	st = isokit_source_read_at(src, 0, t->head, WIM_HEADER_BYTES, err);
	if (st)
		return st;
	if (memcmp(t->head, "MSWIM\0\0\0", 8) != 0 ||
	    get_le32(t->head + SIZE_AT) != WIM_HEADER_BYTES)
		return wim_table_refuse(t, "it is no Windows image that Windows' installer would "
					   "take in parts", err);
	if (get_le16(t->head + WIM_PARTS_AT) != 1)
		return wim_table_refuse(t, "it is one of several parts already", err);
	table = wim_resource_decode(t->head + WIM_TABLE_AT);
	t->xml = wim_resource_decode(t->head + WIM_XML_AT);
	if (!wim_table_inside(t, &t->xml) || t->xml.bytes > MAX_XML)
		return wim_table_refuse(t, "its description cannot be read", err);
	st = refuse_encrypted(t, err);
	if (st)
		return st;
	if (!wim_table_inside(t, &table) || table.bytes != table.original ||
	    table.flags & WIM_RESOURCE_COMPRESSED || table.bytes % WIM_ENTRY_BYTES != 0 ||
	    table.bytes > MAX_TABLE)
		return wim_table_refuse(t, "its table cannot be read", err);
	t->n = (size_t)table.bytes / WIM_ENTRY_BYTES;
	t->entries = malloc((size_t)table.bytes + 1);
	if (!t->entries)
		return isokit_fail_nomem(err, name, (size_t)table.bytes);
	st = isokit_source_read_at(src, table.offset, t->entries, (size_t)table.bytes, err);
	for (size_t i = 0; i < t->n && !st; i++)
		t->solid = t->solid || wim_table_resource(t, i).flags & WIM_RESOURCE_SOLID;
	return st;
}

void wim_table_free(struct wim_table *t)
{
	free(t->entries);
	t->entries = NULL;
}
