/* SPDX-License-Identifier: GPL-3.0-or-later */
/* VDI: disk images of VirtualBox. */
#include "ondisk/vdi.h"

#include <stdio.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "format/mapped.h"

struct vdi {
	struct isokit_source *src;
	struct mapped_table *table;
	struct ondisk_vdi h;
};

static const char *type_words(uint32_t type)
{
	switch (type) {
	case VDI_DYNAMIC: return "dynamic";
	case VDI_FIXED: return "fixed";
	case VDI_UNDO: return "undo";
	case VDI_DIFFERENCING: return "differencing";
	default: return "unknown kind of";
	}
}

static unsigned probe(const struct format_probe *p, char evidence[FORMAT_EVIDENCE])
{
	enum isokit_status st;
	struct ondisk_vdi h;

	if (p->head_bytes < VDI_HEADER_BYTES)
		return 0;
	st = ondisk_vdi_decode(p->head, &h, NULL);
	if (st == ISOKIT_E_NOT_ISO)
		return 0;
	if (st) {
		snprintf(evidence, FORMAT_EVIDENCE, "mark of a VDI at byte %d", VDI_MARK_AT);
		return 60;
	}
	snprintf(evidence, FORMAT_EVIDENCE,
		 "mark of a VDI %u.%u at byte %d, %s disk of %llu bytes in blocks of %u", h.major,
		 h.minor, VDI_MARK_AT, type_words(h.type), (unsigned long long)h.bytes,
		 h.block_bytes);
	return 95;
}

static enum isokit_status lookup(void *self, uint64_t offset, struct mapped_run *ret,
				 struct isokit_error *err)
{
	const struct vdi *v = self;
	uint64_t block = offset / v->h.block_bytes, within = offset % v->h.block_bytes;
	enum isokit_status st;
	uint8_t raw[4];
	uint32_t entry;

	*ret = (struct mapped_run){ .kind = MAPPED_ZEROS, .bytes = v->h.block_bytes - within };
	st = mapped_table_read(v->table, v->src, v->h.map_at + block * 4, raw, sizeof(raw), err);
	if (st)
		return st;
	entry = get_le32(raw);
	if (entry == VDI_UNUSED || entry == VDI_ZEROS)
		return ISOKIT_OK;
	ret->kind = MAPPED_STORED;
	ret->src = v->src;
	ret->offset = v->h.data_at + entry * ((uint64_t)v->h.block_bytes + v->h.extra_bytes) +
		      v->h.extra_bytes + within;
	return ISOKIT_OK;
}

static const struct mapped_ops ops = { .lookup = lookup };

static enum isokit_status open_vdi(struct isokit_medium *m, const struct format_probe *p,
				   struct isokit_error *err)
{
	struct vdi *v = arena_alloc(medium_arena(m), sizeof(*v));
	const char *name = isokit_source_name(p->src);
	struct isokit_source *disk;
	enum isokit_status st;

	if (!v)
		return isokit_fail_nomem(err, name, sizeof(*v));
	st = ondisk_vdi_decode(p->head, &v->h, err);
	if (st)
		return st;
	if (v->h.type != VDI_DYNAMIC && v->h.type != VDI_FIXED)
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, 76, name,
				   "VDI that holds only the differences to another disk, which it does "
				   "not name (VBoxManage clonemedium joins them): not supported");
	if (!range_inside(v->h.map_at, (uint64_t)v->h.blocks * 4, p->size))
		return isokit_fail(err, ISOKIT_E_CORRUPT, v->h.map_at, name,
				   "VDI block map of %u entries does not lie inside the file",
				   v->h.blocks);
	v->src = p->src;
	st = mapped_table_new(m, &v->table, err);
	if (!st)
		st = mapped_new(m, &ops, v, NULL, v->h.bytes, name, &disk, err);
	return st ? st : medium_set_disk(m, disk, err);
}

const struct format format_vdi = {
	.name = "vdi",
	.words = "VDI disk image (VirtualBox)",
	.probe = probe,
	.open = open_vdi,
};
