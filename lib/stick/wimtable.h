/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Header and table of a Windows image, by Microsoft's "Windows Imaging File Format (WIM)", and
 * what Windows 8 added, as far as wimlib tells of it. For this room only. */
#ifndef STICK_WIMTABLE_H
#define STICK_WIMTABLE_H

#include <isokit/error.h>

#include <stdbool.h>

struct isokit_source;

enum { /* bytes of the header */
	WIM_HEADER_BYTES = 208,
	WIM_VERSION_AT = 12, WIM_FLAGS_AT = 16, WIM_CHUNK_AT = 20, WIM_GUID_AT = 24,
	WIM_PART_AT = 40, WIM_PARTS_AT = 42, WIM_IMAGES_AT = 44, WIM_TABLE_AT = 48,
	WIM_XML_AT = 72, WIM_BOOT_AT = 96, WIM_BOOT_INDEX_AT = 120, WIM_INTEGRITY_AT = 124,
	WIM_RESOURCE_BYTES = 24,
	/* flags of the whole */
	WIM_COMPRESSED = 0x2, WIM_SPANNED = 0x8, WIM_XPRESS = 0x20000, WIM_LZX = 0x40000,
	WIM_LZMS = 0x80000, WIM_XPRESS2 = 0x200000,
	/* an entry of the table: a resource, part, count of references, SHA-1 */
	WIM_ENTRY_BYTES = 50, WIM_ENTRY_PART_AT = 24, WIM_ENTRY_COUNT_AT = 26,
	WIM_ENTRY_SHA1_AT = 30,
	/* flags of a resource; solid: several contents in one, or one of these */
	WIM_RESOURCE_FREE = 1, WIM_RESOURCE_METADATA = 2, WIM_RESOURCE_COMPRESSED = 4,
	WIM_RESOURCE_SOLID = 16,
};

struct wim_resource {
	uint64_t bytes, offset, original;
	uint8_t flags;
};

struct wim_table {
	struct isokit_source *src; /* borrowed */
	const char *name;          /* likewise; for messages */
	uint8_t head[WIM_HEADER_BYTES];
	uint8_t *entries;          /* owned */
	size_t n;
	struct wim_resource xml;
	bool solid;                /* some of the entries are */
};

struct wim_resource wim_resource_decode(const uint8_t *p);
void wim_resource_encode(uint8_t *p, uint64_t bytes, uint8_t flags, uint64_t offset,
			 uint64_t original);
struct wim_resource wim_table_resource(const struct wim_table *t, size_t i);
bool wim_table_inside(const struct wim_table *t, const struct wim_resource *r);

/* ISOKIT_E_UNSUPPORTED: it is no whole Windows image, or encrypted. Free with wim_table_free(),
 * also after a failure. */
enum isokit_status wim_table_read(struct isokit_source *src, const char *name,
				  struct wim_table *ret, struct isokit_error *err);
void wim_table_free(struct wim_table *t);

/* ISOKIT_E_UNSUPPORTED: it cannot be split, and why. */
enum isokit_status wim_table_refuse(const struct wim_table *t, const char *why,
				    struct isokit_error *err);

#endif
