/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ondisk/vmdk.h"

#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "base/scan.h"

enum { COWD_TABLE_ENTRIES = 4096, LINE_BYTES = 1024 };

enum isokit_status ondisk_vmdk_decode(const uint8_t *raw, struct ondisk_vmdk *ret,
				      struct isokit_error *err)
{
	static const char subject[] = "VMDK header";

	if (memcmp(raw, "KDMV", 4) == 0) {
		*ret = (struct ondisk_vmdk){
			.version = get_le32(raw + 4),
			.flags = get_le32(raw + 8),
			.sectors = get_le64(raw + 12),
			.grain_sectors = get_le64(raw + 20),
			.descriptor_sector = get_le64(raw + 28),
			.descriptor_sectors = get_le64(raw + 36),
			.table_entries = get_le32(raw + 44),
			.spare_gd_sector = get_le64(raw + 48),
			.gd_sector = get_le64(raw + 56),
			.compression = get_le16(raw + 77),
		};
	} else if (memcmp(raw, "COWD", 4) == 0) {
		*ret = (struct ondisk_vmdk){
			.cowd = true,
			.version = get_le32(raw + 4),
			.sectors = get_le32(raw + 12),
			.grain_sectors = get_le32(raw + 16),
			.gd_sector = get_le32(raw + 20),
			.table_entries = COWD_TABLE_ENTRIES,
		};
	} else {
		return isokit_fail(err, ISOKIT_E_NOT_ISO, 0, subject,
				   "neither \"KDMV\" nor \"COWD\"");
	}
	if (ret->grain_sectors == 0 || ret->grain_sectors > 4096 || ret->table_entries == 0 ||
	    ret->table_entries > 65536)
		return isokit_fail(err, ISOKIT_E_CORRUPT, 20, subject,
				   "grains of %llu sectors, tables of %u entries",
				   (unsigned long long)ret->grain_sectors, ret->table_entries);
	if (ret->sectors > UINT64_MAX / VMDK_SECTOR)
		return isokit_fail(err, ISOKIT_E_CORRUPT, 12, subject, "%llu sectors",
				   (unsigned long long)ret->sectors);
	return ISOKIT_OK;
}

/* ---- the text ---------------------------------------------------------------------- */

static const char *skip_blanks(const char *p)
{
	return p + strspn(p, " \t");
}

bool ondisk_vmdk_is_text(const uint8_t *raw, size_t n)
{
	static const char mark[] = "# disk descriptorfile";
	size_t i = 0;

	while (i < n && (raw[i] == ' ' || raw[i] == '\t' || raw[i] == '\r' || raw[i] == '\n'))
		i++;
	return n - i >= sizeof(mark) - 1 &&
	       ascii_equal_nocase((const char *)raw + i, mark, sizeof(mark) - 1);
}

/* What stands in quotes at p, or up to a blank; returns what follows, or NULL. */
static const char *take_word(const char *p, char *out, size_t out_bytes)
{
	size_t n;

	p = skip_blanks(p);
	if (*p == '"') {
		p++;
		n = strcspn(p, "\"");
		if (p[n] != '"')
			return NULL;
	} else {
		n = strcspn(p, " \t");
	}
	if (n >= out_bytes)
		return NULL;
	memcpy(out, p, n);
	out[n] = '\0';
	return p + n + (p[n] == '"');
}

static bool take_number(const char **p, uint64_t *ret)
{
	uint64_t v = 0;
	const char *s = skip_blanks(*p);

	if (*s < '0' || *s > '9')
		return false;
	for (; *s >= '0' && *s <= '9'; s++)
		if (!mul_u64(v, 10, &v) || !add_u64(v, (uint64_t)(*s - '0'), &v))
			return false;
	*p = s;
	*ret = v;
	return true;
}

static enum ondisk_vmdk_extent_kind kind_of(const char *word)
{
	if (ascii_same_nocase(word, "FLAT") || ascii_same_nocase(word, "VMFS"))
		return VMDK_EXTENT_FLAT;
	if (ascii_same_nocase(word, "SPARSE") || ascii_same_nocase(word, "VMFSSPARSE"))
		return VMDK_EXTENT_SPARSE;
	return ascii_same_nocase(word, "ZERO") ? VMDK_EXTENT_ZERO : VMDK_EXTENT_OTHER;
}

/* A line that begins with an access: RW, RDONLY or NOACCESS. */
static bool is_extent(const char *line)
{
	return ascii_begins_nocase(line, "RW ") || ascii_begins_nocase(line, "RW\t") ||
	       ascii_begins_nocase(line, "RDONLY ") || ascii_begins_nocase(line, "NOACCESS ");
}

static bool take_extent(const char *line, struct ondisk_vmdk_extent *e)
{
	const char *p = line + strcspn(line, " \t");

	*e = (struct ondisk_vmdk_extent){ .kind = VMDK_EXTENT_OTHER };
	if (!take_number(&p, &e->sectors))
		return false;
	p = take_word(p, e->words, sizeof(e->words));
	if (!p)
		return false;
	e->kind = kind_of(e->words);
	if (e->kind == VMDK_EXTENT_ZERO)
		return true;
	p = take_word(p, e->name, sizeof(e->name));
	if (!p || !e->name[0])
		return false;
	if (!take_number(&p, &e->offset_sectors))
		e->offset_sectors = 0;
	return true;
}

/* `key = "value"`: the value of that key. */
static bool take_value(const char *line, const char *key, char *out, size_t out_bytes)
{
	const char *p = line + strlen(key);

	if (!ascii_begins_nocase(line, key))
		return false;
	p = skip_blanks(p);
	return *p == '=' && take_word(p + 1, out, out_bytes) != NULL;
}

bool ondisk_vmdk_text_decode(const char *text, size_t n, struct ondisk_vmdk_text *ret,
			     bool (*extent)(void *ctx, const struct ondisk_vmdk_extent *e),
			     void *ctx)
{
	size_t at = 0;

	*ret = (struct ondisk_vmdk_text){ .n_extents = 0 };
	while (at < n && text[at]) {
		struct ondisk_vmdk_extent e;
		char line[LINE_BYTES];
		const char *p;
		size_t bytes = 0;

		while (at < n && text[at] && text[at] != '\n' && text[at] != '\r') {
			if (bytes + 1 < sizeof(line))
				line[bytes++] = text[at];
			at++;
		}
		at++;
		line[bytes] = '\0';
		p = skip_blanks(line);
		if (is_extent(p)) {
			if (!take_extent(p, &e))
				return false;
			ret->n_extents++;
			if (extent && !extent(ctx, &e))
				return false;
		} else if (take_value(p, "parentCID", ret->parent_cid, sizeof(ret->parent_cid))) {
			ret->has_parent = !ascii_same_nocase(ret->parent_cid, "ffffffff");
		} else {
			(void)(take_value(p, "CID", ret->cid, sizeof(ret->cid)) ||
			       take_value(p, "createType", ret->create_type,
					  sizeof(ret->create_type)) ||
			       take_value(p, "parentFileNameHint", ret->parent,
					  sizeof(ret->parent)));
		}
	}
	return true;
}
