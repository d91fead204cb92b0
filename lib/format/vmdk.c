/* SPDX-License-Identifier: GPL-3.0-or-later */
/* VMDK: a disk in one sparse file, or described by a text that names its files. */
#include "ondisk/vmdk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "base/scan.h"
#include "codec/codec.h"
#include "format/mapped.h"

enum {
	MAX_TEXT = 1 << 20,
	MAX_EXTENTS = 4096,
	GRAIN_HEADER = 12, /* ahead of a compressed one: sector of the disk, size */
};

struct extent {
	uint64_t at, bytes;        /* in the disk */
	struct isokit_source *src; /* NULL: zeros */
	uint64_t offset;           /* of a flat one, in src */
	bool sparse;
	struct ondisk_vmdk h;      /* of a sparse one */
};

struct vmdk {
	struct isokit_medium *m;
	struct mapped_table *table;
	struct codec *codec;
	const char *name;
	uint64_t bytes;
	struct extent *extents; /* ascending; of the medium's arena */
	size_t n, capacity;
	/* while opening */
	const struct format_probe *p;
	enum isokit_status status;
	struct isokit_error *err;
};

/* ---- knowing it -------------------------------------------------------------------- */

static unsigned probe(const struct format_probe *p, char evidence[FORMAT_EVIDENCE])
{
	enum isokit_status st;
	struct ondisk_vmdk h;

	if (p->head_bytes >= VMDK_HEADER_BYTES) {
		st = ondisk_vmdk_decode(p->head, &h, NULL);
		if (!st)
			snprintf(evidence, FORMAT_EVIDENCE,
				 "mark \"%s\" at byte 0, %llu sectors in grains of %llu%s",
				 h.cowd ? "COWD" : "KDMV", (unsigned long long)h.sectors,
				 (unsigned long long)h.grain_sectors,
				 h.flags & VMDK_COMPRESSED ? ", compressed" : "");
		else if (st != ISOKIT_E_NOT_ISO)
			snprintf(evidence, FORMAT_EVIDENCE, "mark of a VMDK at byte 0");
		if (!st || st != ISOKIT_E_NOT_ISO)
			return st ? 60 : 95;
	}
	if (p->head_bytes >= 4 && memcmp(p->head, "\xbe\xba\xfe\xca", 4) == 0 &&
	    p->head_bytes >= 8 && get_le32(p->head + 4) == 0) {
		snprintf(evidence, FORMAT_EVIDENCE, "mark of a space-efficient sparse VMDK");
		return 70;
	}
	if (!ondisk_vmdk_is_text(p->head, p->head_bytes))
		return 0;
	snprintf(evidence, FORMAT_EVIDENCE, "text \"# Disk DescriptorFile\"");
	return 90;
}

/* ---- its grains -------------------------------------------------------------------- */

static const struct extent *extent_at(const struct vmdk *v, uint64_t offset)
{
	size_t low = 0, high = v->n;

	while (high - low > 1) {
		size_t mid = low + (high - low) / 2;

		if (v->extents[mid].at <= offset)
			low = mid;
		else
			high = mid;
	}
	return &v->extents[low];
}

static enum isokit_status lookup_grain(const struct vmdk *v, const struct extent *x,
				       uint64_t within, struct mapped_run *ret,
				       struct isokit_error *err)
{
	uint64_t grain_bytes = x->h.grain_sectors * VMDK_SECTOR, grain = within / grain_bytes;
	uint64_t table = grain / x->h.table_entries, in_grain = within % grain_bytes;
	enum isokit_status st;
	uint32_t sector;
	uint8_t raw[4];

	ret->kind = MAPPED_PARENT;
	ret->bytes = min_u64(grain_bytes - in_grain, x->bytes - within);
	st = mapped_table_read(v->table, x->src, x->h.gd_sector * VMDK_SECTOR + table * 4, raw, 4,
			       err);
	if (st || !get_le32(raw))
		return st;
	st = mapped_table_read(v->table, x->src,
			       (uint64_t)get_le32(raw) * VMDK_SECTOR +
				       grain % x->h.table_entries * 4,
			       raw, 4, err);
	if (st)
		return st;
	sector = get_le32(raw);
	if (!sector)
		return ISOKIT_OK;
	if (sector == 1 && (x->h.flags & VMDK_ZEROED_GRAINS)) {
		ret->kind = MAPPED_ZEROS;
		return ISOKIT_OK;
	}
	ret->src = x->src;
	ret->offset = (uint64_t)sector * VMDK_SECTOR;
	if (x->h.flags & VMDK_COMPRESSED) {
		ret->kind = MAPPED_PACKED;
		ret->unit_at = x->at + grain * grain_bytes;
		ret->unit_bytes = (uint32_t)grain_bytes;
	} else {
		ret->kind = MAPPED_STORED;
		ret->offset += in_grain;
	}
	return ISOKIT_OK;
}

static enum isokit_status lookup(void *self, uint64_t offset, struct mapped_run *ret,
				 struct isokit_error *err)
{
	const struct vmdk *v = self;
	const struct extent *x = extent_at(v, offset);
	uint64_t within = offset - x->at;

	*ret = (struct mapped_run){ .kind = MAPPED_ZEROS, .bytes = x->bytes - within };
	if (x->sparse)
		return lookup_grain(v, x, within, ret, err);
	if (x->src) {
		ret->kind = MAPPED_STORED;
		ret->src = x->src;
		ret->offset = x->offset + within;
	}
	return ISOKIT_OK;
}

static enum isokit_status expand(void *self, const struct mapped_run *run, uint8_t *out,
				 struct isokit_error *err)
{
	const struct vmdk *v = self;
	uint8_t head[GRAIN_HEADER], *in;
	enum isokit_status st;
	size_t got = 0;
	uint32_t n;

	st = isokit_source_read_at(run->src, run->offset, head, sizeof(head), err);
	if (st)
		return st;
	n = get_le32(head + 8);
	/* What deflate cannot make smaller, it makes hardly larger. */
	if (n == 0 || n > run->unit_bytes * 2 + 4096)
		return isokit_fail(err, ISOKIT_E_CORRUPT, run->offset, v->name,
				   "a compressed grain of %u bytes", n);
	in = malloc(n);
	if (!in)
		return isokit_fail_nomem(err, v->name, n);
	st = isokit_source_read_at(run->src, run->offset + sizeof(head), in, n, err);
	if (!st)
		st = codec_run(v->codec, CODEC_ZLIB, in, n, out, run->unit_bytes, &got, err);
	free(in);
	if (st)
		return st;
	/* The last grain of the disk may end with it. */
	if (got < run->unit_bytes && run->unit_at + got < v->bytes)
		return isokit_fail(err, ISOKIT_E_CORRUPT, run->offset, v->name,
				   "a compressed grain has %zu bytes instead of %u", got,
				   run->unit_bytes);
	memset(out + got, 0, run->unit_bytes - got);
	return ISOKIT_OK;
}

static void close_vmdk(void *self)
{
	struct vmdk *v = self;

	codec_free(v->codec);
}

static const struct mapped_ops ops = { .lookup = lookup, .expand = expand, .close = close_vmdk };

/* ---- its extents ------------------------------------------------------------------- */

static enum isokit_status add_extent(struct vmdk *v, const struct extent *x, struct isokit_error *err)
{
	if (x->bytes == 0)
		return ISOKIT_OK;
	if (v->n == v->capacity) {
		size_t more = v->capacity ? v->capacity * 2 : 4;
		struct extent *grown = arena_array(medium_arena(v->m), more, sizeof(*grown));

		if (!grown)
			return isokit_fail_nomem(err, v->name, more * sizeof(*grown));
		if (v->n)
			memcpy(grown, v->extents, v->n * sizeof(*grown));
		v->extents = grown;
		v->capacity = more;
	}
	v->extents[v->n] = *x;
	v->extents[v->n].at = v->bytes;
	if (!add_u64(v->bytes, x->bytes, &v->bytes))
		return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, v->name,
				   "its extents are larger than any disk");
	v->n++;
	return ISOKIT_OK;
}

/* Header and tables of a sparse extent. */
static enum isokit_status read_sparse(struct isokit_source *src, struct ondisk_vmdk *h,
				      struct isokit_error *err)
{
	const char *name = isokit_source_name(src);
	uint64_t size = isokit_source_size(src), tables;
	uint8_t raw[VMDK_HEADER_BYTES];
	enum isokit_status st = isokit_source_read_at(src, 0, raw, sizeof(raw), err);

	if (!st)
		st = ondisk_vmdk_decode(raw, h, err);
	if (!st && h->gd_sector == VMDK_AT_END) {
		/* A footer, ahead of the marker of the end. */
		if (size < 3 * VMDK_SECTOR)
			return isokit_fail(err, ISOKIT_E_SHORT, size, name,
					   "is cut off: its footer is missing");
		st = isokit_source_read_at(src, size / VMDK_SECTOR * VMDK_SECTOR - 2 * VMDK_SECTOR,
					   raw, sizeof(raw), err);
		if (!st && (ondisk_vmdk_decode(raw, h, NULL) || h->gd_sector == VMDK_AT_END))
			return isokit_fail(err, ISOKIT_E_SHORT, size, name,
					   "is cut off or was not finished: its footer is missing");
	}
	if (st)
		return st == ISOKIT_E_NOT_ISO ?
			       isokit_fail(err, ISOKIT_E_CORRUPT, 0, name,
					   "is no sparse extent of a VMDK, as its description says") :
			       st;
	if ((h->flags & VMDK_COMPRESSED) && h->compression != 1)
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, 77, name,
				   "VMDK with compression %u: not supported", h->compression);
	tables = div_up(div_up(h->sectors, h->grain_sectors), h->table_entries);
	if (h->gd_sector > size / VMDK_SECTOR ||
	    !range_inside(h->gd_sector * VMDK_SECTOR, tables * 4, size))
		return isokit_fail(err, ISOKIT_E_CORRUPT, h->gd_sector, name,
				   "its grain directory of %llu entries does not lie inside the file",
				   (unsigned long long)tables);
	return ISOKIT_OK;
}

static enum isokit_status add_sparse(struct vmdk *v, struct isokit_source *src, uint64_t sectors,
				     struct isokit_error *err)
{
	struct extent x = { .src = src, .sparse = true };
	enum isokit_status st = read_sparse(src, &x.h, err);

	if (st)
		return st;
	if (!sectors)
		sectors = x.h.sectors;
	if (sectors > x.h.sectors)
		return isokit_fail(err, ISOKIT_E_CORRUPT, 12, isokit_source_name(src),
				   "has %llu sectors, where its description says %llu",
				   (unsigned long long)x.h.sectors, (unsigned long long)sectors);
	x.bytes = sectors * VMDK_SECTOR;
	return add_extent(v, &x, err);
}

static enum isokit_status add_described(struct vmdk *v, const struct ondisk_vmdk_extent *e)
{
	struct extent x = { .src = NULL };
	enum isokit_status st;

	if (v->n == MAX_EXTENTS)
		return isokit_fail(v->err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, v->name,
				   "VMDK with more than %d extents", MAX_EXTENTS);
	if (!mul_u64(e->sectors, VMDK_SECTOR, &x.bytes) ||
	    !mul_u64(e->offset_sectors, VMDK_SECTOR, &x.offset))
		return isokit_fail(v->err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, v->name,
				   "an extent of %llu sectors", (unsigned long long)e->sectors);
	if (e->kind == VMDK_EXTENT_OTHER)
		return isokit_fail(v->err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, v->name,
				   "VMDK with an extent of kind %s: not supported", e->words);
	if (e->kind == VMDK_EXTENT_ZERO)
		return add_extent(v, &x, v->err);
	st = medium_open_beside(v->m, e->name, &x.src, v->err);
	if (st)
		return st;
	if (e->kind == VMDK_EXTENT_SPARSE)
		return e->sectors ? add_sparse(v, x.src, e->sectors, v->err) : ISOKIT_OK;
	if (!range_inside(x.offset, x.bytes, isokit_source_size(x.src)))
		return isokit_fail(v->err, ISOKIT_E_SHORT, x.offset, isokit_source_name(x.src),
				   "is too short for the %llu sectors that the disk has in it",
				   (unsigned long long)e->sectors);
	return add_extent(v, &x, v->err);
}

static bool take_extent(void *ctx, const struct ondisk_vmdk_extent *e)
{
	struct vmdk *v = ctx;

	v->status = add_described(v, e);
	return v->status == ISOKIT_OK;
}

/* The description of an image: its text, or the one that is embedded. Owned by caller. */
static char *read_text(struct isokit_source *src, size_t *ret_n)
{
	uint64_t size = isokit_source_size(src), at = 0, n = min_u64(size, MAX_TEXT);
	uint8_t raw[VMDK_HEADER_BYTES];
	struct ondisk_vmdk h;
	char *text;

	if (size < 32 || isokit_source_read_at(src, 0, raw, (size_t)min_u64(size, sizeof(raw)), NULL))
		return NULL;
	if (size >= sizeof(raw) && !ondisk_vmdk_decode(raw, &h, NULL)) {
		if (!h.descriptor_sector || !h.descriptor_sectors ||
		    h.descriptor_sector > size / VMDK_SECTOR)
			return NULL;
		at = h.descriptor_sector * VMDK_SECTOR;
		n = min_u64(min_u64(h.descriptor_sectors, MAX_TEXT / VMDK_SECTOR) * VMDK_SECTOR,
			    size - at);
	}
	text = malloc((size_t)n + 1);
	if (!text || isokit_source_read_at(src, at, text, (size_t)n, NULL) ||
	    !ondisk_vmdk_is_text((const uint8_t *)text, (size_t)n)) {
		free(text);
		return NULL;
	}
	text[n] = '\0';
	*ret_n = (size_t)n;
	return text;
}

static enum isokit_status open_parent(struct vmdk *v, const struct ondisk_vmdk_text *t,
				      struct isokit_source **ret_parent, struct isokit_error *err)
{
	struct ondisk_vmdk_text of_parent = { .n_extents = 0 };
	struct isokit_source *file;
	struct isokit_error why;
	enum isokit_status st;
	size_t n;
	char *text;

	if (!t->parent[0])
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, v->name,
				   "VMDK that holds only the differences to another disk, which it does "
				   "not name: not supported");
	st = mapped_open_parent(v->m, t->parent, false, ret_parent, &file, &why);
	if (st)
		return isokit_fail(err, st, ISOKIT_NO_OFFSET, v->name,
				   "holds only the differences to another disk, which cannot be had: "
				   "%.100s: %.150s", why.subject, why.text);
	text = read_text(file, &n);
	if (text)
		(void)ondisk_vmdk_text_decode(text, n, &of_parent, NULL, NULL);
	free(text);
	if (!ascii_same_nocase(of_parent.cid, t->parent_cid))
		return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, isokit_source_name(file),
				   "is not the disk that %.100s differs from, or was changed since: its "
				   "content id is %s instead of %s", v->name, of_parent.cid,
				   t->parent_cid);
	return ISOKIT_OK;
}

/* "disk-s003.vmdk" is a part of "disk.vmdk". */
static bool is_part(const char *path)
{
	size_t n = path ? strlen(path) : 0;
	const char *p = n > 10 ? path + n - 10 : "";

	return p[0] == '-' && p[1] == 's' && p[2] >= '0' && p[2] <= '9' && p[3] >= '0' &&
	       p[3] <= '9' && p[4] >= '0' && p[4] <= '9' && ascii_same_nocase(p + 5, ".vmdk");
}

/* A sparse file by itself, which may have its description inside. */
static enum isokit_status open_self(struct vmdk *v, struct isokit_error *err)
{
	const char *path = v->p->path;

	if (is_part(path))
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, v->name,
				   "is one part of a VMDK; open the file that describes the disk "
				   "(its name has no -s%.3s)", path + strlen(path) - 8);
	return add_sparse(v, v->p->src, 0, err);
}

static enum isokit_status open_vmdk(struct isokit_medium *m, const struct format_probe *p,
				    struct isokit_error *err)
{
	struct vmdk *v = arena_alloc(medium_arena(m), sizeof(*v));
	struct isokit_source *parent = NULL, *disk;
	struct ondisk_vmdk_text t = { .n_extents = 0 };
	const char *name = isokit_source_name(p->src);
	bool described = ondisk_vmdk_is_text(p->head, p->head_bytes);
	enum isokit_status st = ISOKIT_OK;
	size_t n = 0;
	char *text;
	bool has_text;

	if (!v)
		return isokit_fail_nomem(err, name, sizeof(*v));
	if (memcmp(p->head, "\xbe\xba\xfe\xca", 4) == 0)
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, 0, name,
				   "VMDK in the space-efficient sparse format of ESX: not supported");
	*v = (struct vmdk){ .m = m, .name = name, .p = p, .err = err };
	text = read_text(p->src, &n);
	has_text = text != NULL;
	if (text) {
		(void)ondisk_vmdk_text_decode(text, n, &t, NULL, NULL);
		if (described || t.n_extents > 1) {
			described = true;
			if (!ondisk_vmdk_text_decode(text, n, &t, take_extent, v))
				st = v->status ? v->status :
						 isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET,
							     name, "has an extent in its description "
							     "that cannot be understood");
		}
		free(text);
	}
	if (!st && !described)
		st = has_text ? add_sparse(v, p->src, 0, err) : open_self(v, err);
	v->p = NULL;
	v->err = NULL;
	if (!st && !v->n)
		st = isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, name,
				 "VMDK that has no sectors");
	if (!st && t.has_parent)
		st = open_parent(v, &t, &parent, err);
	if (!st)
		st = mapped_table_new(m, &v->table, err);
	if (st)
		return st;
	v->codec = codec_new();
	if (!v->codec)
		return isokit_fail_nomem(err, name, 0);
	st = mapped_new(m, &ops, v, parent, v->bytes, name, &disk, err);
	return st ? st : medium_set_disk(m, disk, err);
}

const struct format format_vmdk = {
	.name = "vmdk",
	.words = "VMDK disk image (VMware)",
	.probe = probe,
	.open = open_vmdk,
};
