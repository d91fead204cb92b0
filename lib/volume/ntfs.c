/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files of NTFS: the master file table from its first record to its last. Every file
 * says itself how it is called and where, so folders' indexes are not needed. */
#include "ondisk/ntfs.h"

#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "base/array.h"
#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "bytes/pieces.h"
#include "volume/files.h"
#include "volume/units.h"

enum {
	FLAG_READ_ONLY = 1, FLAG_HIDDEN = 2, FLAG_SYSTEM = 4,
	MOST_LIST = 256 * 1024, /* of an attribute list: as Windows has it */
	MOST_NAMES = 1024,      /* hard links of a file: as Windows has it */
};
#define RECORD_MASK UINT64_C(0xffffffffffff)

/* Content that is not in a record: pieces of it, which may come in any order. */
struct part {
	uint64_t vcn, lcn, clusters; /* lcn UINT64_MAX: a hole */
};

/* What is known of the file at hand. */
struct file {
	bool folder, has_data, resident, compressed, encrypted, damaged;
	bool streams, wof, eas;
	uint64_t time;
	uint32_t flags;
	uint64_t size, initialized;
	unsigned unit_shift;
	struct part *parts;
	size_t n_parts, parts_capacity;
	uint8_t *value;         /* resident content */
	size_t value_bytes, value_capacity;
	uint8_t *reparse;
	size_t reparse_bytes, reparse_capacity;
	struct { uint64_t parent; size_t bytes; char name[ONDISK_NTFS_NAME_BYTES]; } *names;
	size_t n_names, names_capacity;
	uint32_t uid, gid, mode, major, minor; /* of WSL; mode 0: not set */
};

struct reader {
	struct volume_files f;
	struct isokit_source *volume;
	struct ondisk_ntfs_boot boot;
	struct isokit_source *mft;
	uint8_t *record, *extra; /* a record, and one that it goes on in */
	struct units *units;
	struct file file;
};

static void no_memory(struct reader *r)
{
	gather_fail(&r->f.g, ISOKIT_E_NOMEM, "no memory for its file table");
}

/* ---- parts ------------------------------------------------------------------------------- */

static bool add_parts(struct reader *r, const struct ondisk_ntfs_attribute *a)
{
	struct file *f = &r->file;
	struct ondisk_ntfs_run run;
	uint64_t vcn = a->first_vcn, lcn = 0;
	size_t n, at = 0;

	while ((n = ondisk_ntfs_run_decode(a->runs + at, a->runs_bytes - at, &lcn, &run)) > 0) {
		if (!ARRAY_RESERVE(f->parts, f->parts_capacity, f->n_parts + 1)) {
			no_memory(r);
			return false;
		}
		f->parts[f->n_parts++] =
			(struct part){ .vcn = vcn, .lcn = run.lcn, .clusters = run.clusters };
		if (!add_u64(vcn, run.clusters, &vcn) || vcn > INT64_MAX)
			return false;
		at += n;
	}
	return true;
}

static int by_vcn(const void *a, const void *b)
{
	const struct part *x = a, *y = b;

	return x->vcn < y->vcn ? -1 : x->vcn > y->vcn;
}

static void sort_parts(struct file *f)
{
	if (f->n_parts)
		qsort(f->parts, f->n_parts, sizeof(*f->parts), by_vcn);
}

/* The same as runs of bytes; owned by caller, NULL: none, or out of memory, or too far. */
static struct gather_run *runs_of(const struct reader *r, const struct file *f, size_t *ret_n)
{
	struct gather_run *runs = calloc(f->n_parts + 1, sizeof(*runs));
	uint64_t cluster = r->boot.cluster_bytes;

	*ret_n = 0;
	for (size_t i = 0; runs && i < f->n_parts; i++) {
		const struct part *p = &f->parts[i];
		struct gather_run *to = &runs[*ret_n];

		to->offset = GATHER_HOLE;
		if (!mul_u64(p->vcn, cluster, &to->at) ||
		    !mul_u64(p->clusters, cluster, &to->bytes) ||
		    (p->lcn != UINT64_MAX && !mul_u64(p->lcn, cluster, &to->offset))) {
			free(runs);
			return NULL;
		}
		++*ret_n;
	}
	return runs;
}

/* What was never written is zero, whatever lies there. */
static size_t cut_runs(struct gather_run *runs, size_t n, uint64_t initialized)
{
	size_t keep = 0;

	while (keep < n && runs[keep].at < initialized) {
		runs[keep].bytes = min_u64(runs[keep].bytes, initialized - runs[keep].at);
		keep++;
	}
	return keep;
}

/* The parts as a source over the volume; owned by caller. */
static enum isokit_status open_parts(struct reader *r, struct file *f, uint64_t size,
				     struct isokit_source **ret_src, struct isokit_error *err)
{
	uint64_t volume_bytes = isokit_source_size(r->volume), at = 0;
	struct bytes_piece *pieces;
	struct gather_run *runs;
	size_t n, k = 0;
	enum isokit_status st = ISOKIT_E_CORRUPT;

	sort_parts(f);
	runs = runs_of(r, f, &n);
	pieces = calloc(n + 1, sizeof(*pieces));
	for (; runs && pieces && k < n && at < size; k++) {
		uint64_t bytes = min_u64(runs[k].bytes, size - at);

		if (runs[k].at != at || (runs[k].offset != GATHER_HOLE &&
					 !range_inside(runs[k].offset, bytes, volume_bytes)))
			break;
		pieces[k] = (struct bytes_piece){ .at = at, .offset = runs[k].offset };
		at += bytes;
	}
	if (at == size && size)
		st = bytes_pieces_new(r->volume, pieces, k, size, ret_src, err);
	else
		st = isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, "NTFS",
				 "a file's places cannot be read");
	free(runs);
	free(pieces);
	return st;
}

/* ---- compressed contents --------------------------------------------------------------------- */

struct compressed {
	struct isokit_source *volume;
	uint64_t initialized;
	uint32_t cluster_bytes, unit_clusters;
	size_t n;
	struct part parts[];
};

static const struct part *part_at(const struct compressed *c, uint64_t vcn)
{
	size_t low = 0, high = c->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (c->parts[mid].vcn + c->parts[mid].clusters <= vcn)
			low = mid + 1;
		else
			high = mid;
	}
	return low < c->n && c->parts[low].vcn <= vcn ? &c->parts[low] : NULL;
}

/* How many clusters of a unit are there, and their bytes in `in` (may be NULL). */
static enum isokit_status read_stored(const struct compressed *c, uint64_t unit, uint8_t *in,
				      size_t *ret_clusters, struct isokit_error *err)
{
	uint64_t vcn = unit * c->unit_clusters, end = vcn + c->unit_clusters;
	enum isokit_status st = ISOKIT_OK;

	*ret_clusters = 0;
	while (!st && vcn < end) {
		const struct part *p = part_at(c, vcn);
		uint64_t n;

		if (!p || p->lcn == UINT64_MAX)
			break; /* the rest of it is what was saved */
		n = min_u64(p->vcn + p->clusters, end) - vcn;
		if (in)
			st = isokit_source_read_at(c->volume,
						   (p->lcn + (vcn - p->vcn)) * c->cluster_bytes,
						   in + *ret_clusters * c->cluster_bytes,
						   (size_t)n * c->cluster_bytes, err);
		*ret_clusters += (size_t)n;
		vcn += n;
	}
	return st;
}

static bool unit_is_hole(void *file, uint64_t unit)
{
	const struct compressed *c = file;
	size_t clusters;

	(void)read_stored(c, unit, NULL, &clusters, NULL);
	return clusters == 0;
}

static enum isokit_status expand_unit(void *file, uint64_t unit, uint8_t *out, size_t length,
				      struct isokit_error *err)
{
	const struct compressed *c = file;
	uint64_t start = unit * c->unit_clusters * c->cluster_bytes;
	size_t unit_bytes = (size_t)c->unit_clusters * c->cluster_bytes, clusters;
	uint8_t *in = malloc(unit_bytes);
	enum isokit_status st;

	if (!in)
		return isokit_fail_nomem(err, "NTFS", unit_bytes);
	st = read_stored(c, unit, in, &clusters, err);
	if (!st && clusters == c->unit_clusters)
		memcpy(out, in, length);
	else if (!st && clusters == 0)
		memset(out, 0, length);
	else if (!st && !ondisk_ntfs_expand(in, clusters * c->cluster_bytes, out, length))
		st = isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, "NTFS",
				 "a compressed content is damaged");
	if (!st && start + length > c->initialized) {
		size_t keep = c->initialized > start ? (size_t)(c->initialized - start) : 0;

		memset(out + keep, 0, length - keep);
	}
	free(in);
	return st;
}

static void take_compressed(struct reader *r, struct file *f, struct tree_node *n)
{
	struct gather *g = &r->f.g;
	uint64_t clusters = isokit_source_size(r->volume) / r->boot.cluster_bytes;
	struct units_file file = { .size = f->size, .expand = expand_unit,
				   .is_hole = unit_is_hole, .release = free };
	struct compressed *c;
	struct isokit_source *src;

	for (size_t i = 0; i < f->n_parts; i++)
		f->damaged = f->damaged ||
			     (f->parts[i].lcn != UINT64_MAX &&
			      !range_inside(f->parts[i].lcn, f->parts[i].clusters, clusters));
	if (f->damaged || f->unit_shift > 8 || f->size > INT64_MAX ||
	    (uint64_t)r->boot.cluster_bytes << f->unit_shift > UNITS_MAX_BYTES) {
		gather_lost(g, f->damaged ? VOLUME_LOST_UNREADABLE : VOLUME_LOST_COMPRESSED);
		return;
	}
	if (!r->units)
		g->status = units_new(r->f.mount, &r->units, g->err);
	if (g->status)
		return;
	c = malloc(sizeof(*c) + f->n_parts * sizeof(*f->parts));
	if (!c) {
		no_memory(r);
		return;
	}
	*c = (struct compressed){ .volume = r->volume, .initialized = f->initialized,
				  .cluster_bytes = r->boot.cluster_bytes,
				  .unit_clusters = 1u << f->unit_shift, .n = f->n_parts };
	if (f->n_parts)
		memcpy(c->parts, f->parts, f->n_parts * sizeof(*f->parts));
	file.file = c;
	file.unit_bytes = r->boot.cluster_bytes << f->unit_shift;
	g->status = units_source(r->units, &file, "NTFS", &src, g->err);
	if (!g->status)
		gather_source(g, n, src);
}

/* ---- attributes of a file ------------------------------------------------------------------------ */

static bool copy_value(struct reader *r, uint8_t **to, size_t *n, size_t *capacity,
		       const struct ondisk_ntfs_attribute *a)
{
	if (!ARRAY_RESERVE(*to, *capacity, a->value_bytes + 1)) {
		no_memory(r);
		return false;
	}
	memcpy(*to, a->value, a->value_bytes);
	*n = a->value_bytes;
	return true;
}

/* What WSL keeps of Linux's attributes, in the extended attributes of OS/2. */
static void take_eas(struct file *f, const uint8_t *p, size_t bytes)
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

static void take_name(struct reader *r, const struct ondisk_ntfs_attribute *a)
{
	struct file *f = &r->file;
	struct ondisk_ntfs_name n;

	if (!a->value || !ondisk_ntfs_name_decode(a->value, a->value_bytes, &n) || n.dos ||
	    f->n_names == MOST_NAMES)
		return;
	if (!ARRAY_RESERVE(f->names, f->names_capacity, f->n_names + 1)) {
		no_memory(r);
		return;
	}
	f->names[f->n_names].parent = n.parent;
	f->names[f->n_names].bytes =
		volume_utf16le_to_utf8(n.name, n.units * 2, f->names[f->n_names].name);
	f->n_names++;
}

static void take_data(struct reader *r, const struct ondisk_ntfs_attribute *a)
{
	static const uint8_t wof[] = "W\0o\0f\0C\0o\0m\0p\0r\0e\0s\0s\0e\0d\0D\0a\0t\0a";
	struct file *f = &r->file;

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
	f->damaged = !add_parts(r, a) || f->damaged;
}

static void take_attribute(struct reader *r, const struct ondisk_ntfs_attribute *a)
{
	struct file *f = &r->file;

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

static bool read_record(struct reader *r, uint64_t number, uint8_t *record,
			struct ondisk_ntfs_record *ret)
{
	uint64_t at;

	return gather_spend(&r->f.g, r->boot.record_bytes) &&
	       mul_u64(number, r->boot.record_bytes, &at) &&
	       volume_try_read(r->mft, at, record, r->boot.record_bytes) &&
	       ondisk_ntfs_record_fix(record, r->boot.record_bytes) &&
	       ondisk_ntfs_record_decode(record, r->boot.record_bytes, ret);
}

static void take_record(struct reader *r, const uint8_t *record,
			const struct ondisk_ntfs_record *head)
{
	struct ondisk_ntfs_attribute a;

	for (uint32_t at = head->first; ondisk_ntfs_attribute_decode(record, head, at, &a);
	     at += a.bytes)
		take_attribute(r, &a);
}

/* The list of a file that has more attributes than one record holds; owned by caller. */
static uint8_t *read_list(struct reader *r, const struct ondisk_ntfs_attribute *a, size_t *ret_n)
{
	struct isokit_source *src;
	struct file list = { 0 };
	uint8_t *bytes;
	struct file kept;
	bool ok;

	*ret_n = a->value ? a->value_bytes : (size_t)min_u64(a->size, MOST_LIST);
	bytes = malloc(*ret_n + 1);
	if (!bytes) {
		no_memory(r);
		return NULL;
	}
	if (a->value) {
		memcpy(bytes, a->value, *ret_n);
		return bytes;
	}
	kept = r->file;
	r->file = list;
	ok = gather_spend(&r->f.g, *ret_n) && add_parts(r, a);
	list = r->file;
	r->file = kept;
	ok = ok && open_parts(r, &list, *ret_n, &src, NULL) == ISOKIT_OK;
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

/* The records that this one goes on in. Their numbers ascend mostly; one after the other is
 * read, those met twice in a row once. */
static void take_list(struct reader *r, uint64_t number, uint64_t reference,
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
		if (read_record(r, other, r->extra, &more) && more.in_use &&
		    more.base == reference)
			take_record(r, r->extra, &more);
		else
			r->file.damaged = true;
	}
	free(list);
}

/* ---- links and the like -------------------------------------------------------------------------------- */

enum {
	TAG_MOUNT_POINT = 0xa0000003u, TAG_SYMLINK = 0xa000000cu, TAG_LX_SYMLINK = 0xa000001du,
	TAG_AF_UNIX = 0x80000023u, TAG_LX_FIFO = 0x80000024u, TAG_LX_CHR = 0x80000025u,
	TAG_LX_BLK = 0x80000026u, TAG_WOF = 0x80000017u,
};

/* A target as Windows writes it, UTF-16LE. */
static void take_windows_target(struct reader *r, struct tree_node *n, const uint8_t *p,
				size_t bytes, bool relative)
{
	char *text = malloc(bytes / 2 * 3 + 1), *from = text;
	size_t length;

	if (!text) {
		no_memory(r);
		return;
	}
	length = volume_utf16le_to_utf8(p, bytes, text);
	for (size_t i = 0; i < length; i++)
		text[i] = text[i] == '\\' ? '/' : text[i];
	if (length >= 4 && (memcmp(text, "/\?\?/", 4) == 0 || memcmp(text, "//?/", 4) == 0)) {
		from += 4;
		length -= 4;
	}
	gather_target(&r->f.g, n, from, length);
	if (!relative) /* a drive, a share: it leads nowhere in a tree */
		gather_lost(&r->f.g, VOLUME_LOST_REPARSE);
	free(text);
}

/* MS-FSCC 2.1.2.4 and 2.1.2.5. False: damaged. */
static bool take_windows_link(struct reader *r, struct tree_node *n, bool symlink)
{
	const uint8_t *p = r->file.reparse;
	size_t bytes = r->file.reparse_bytes, names = symlink ? 20 : 16, at, length;

	if (bytes < names)
		return false;
	at = get_le16(p + 12);
	length = get_le16(p + 14);
	if (length == 0) { /* no name to print: that to go to */
		at = get_le16(p + 8);
		length = get_le16(p + 10);
	}
	if (length == 0 || !range_inside(at, length, bytes - names))
		return false;
	n->mode = S_IFLNK | 0777;
	take_windows_target(r, n, p + names + at, length, symlink && get_le32(p + 16) & 1);
	return true;
}

/* True: the node is complete. */
static bool take_reparse(struct reader *r, struct tree_node *n)
{
	struct file *f = &r->file;
	bool ok = true;

	switch (f->reparse_bytes >= 8 ? get_le32(f->reparse) : 0) {
	case TAG_SYMLINK: ok = take_windows_link(r, n, true); break;
	case TAG_MOUNT_POINT: ok = take_windows_link(r, n, false); break;
	case TAG_LX_SYMLINK:
		ok = f->reparse_bytes > 12;
		if (ok) {
			n->mode = S_IFLNK | 0777;
			gather_target(&r->f.g, n, f->reparse + 12, f->reparse_bytes - 12);
		}
		break;
	case TAG_AF_UNIX: n->mode = S_IFSOCK | (n->mode & 0777); break;
	case TAG_LX_FIFO: n->mode = S_IFIFO | (n->mode & 0777); break;
	case TAG_LX_CHR:
	case TAG_LX_BLK:
		n->mode = (get_le32(f->reparse) == TAG_LX_CHR ? S_IFCHR : S_IFBLK) |
			  (n->mode & 0777);
		n->u.rdev = makedev(f->major, f->minor);
		break;
	case TAG_WOF:
		if (f->wof) {
			gather_lost(&r->f.g, VOLUME_LOST_COMPRESSED);
			return true;
		}
		return false;
	default:
		gather_lost(&r->f.g, VOLUME_LOST_REPARSE);
		return false;
	}
	if (!ok)
		gather_lost(&r->f.g, VOLUME_LOST_UNREADABLE);
	return ok;
}

/* A long target of Interix is outside of the record. */
static void fetch_small(struct reader *r)
{
	enum { MOST = 8 + 1024 * 2 };
	struct file *f = &r->file;
	struct isokit_source *src;

	if (f->resident || f->compressed || f->encrypted || f->size < 8 || f->size > MOST ||
	    open_parts(r, f, f->size, &src, NULL))
		return;
	if (ARRAY_RESERVE(f->value, f->value_capacity, (size_t)f->size) &&
	    volume_try_read(src, 0, f->value, (size_t)f->size)) {
		f->value_bytes = (size_t)f->size;
		f->resident = true;
	}
	isokit_source_close(src);
}

/* What Interix wrote, and ntfs-3g writes: system files that begin with a mark. */
static bool take_interix(struct reader *r, struct tree_node *n)
{
	const struct file *f = &r->file;
	const uint8_t *p;
	char target[1024 * 3];

	if (!(f->flags & FLAG_SYSTEM))
		return false;
	fetch_small(r);
	if (!f->resident || f->value_bytes < 8)
		return false;
	p = f->value;
	if (memcmp(p, "IntxLNK\1", 8) == 0 && f->value_bytes > 8 &&
	    f->value_bytes <= 8 + 1024 * 2) {
		n->mode = S_IFLNK | 0777;
		gather_target(&r->f.g, n, target,
			      volume_utf16le_to_utf8(p + 8, f->value_bytes - 8, target));
		return true;
	}
	if (f->value_bytes >= 24 &&
	    (memcmp(p, "IntxCHR\0", 8) == 0 || memcmp(p, "IntxBLK\0", 8) == 0)) {
		n->mode = (p[4] == 'C' ? S_IFCHR : S_IFBLK) | (n->mode & 0777);
		n->u.rdev = makedev(get_le32(p + 8), get_le32(p + 16));
		return true;
	}
	return false;
}

/* ---- files -------------------------------------------------------------------------------------------------- */

static void take_content(struct reader *r, struct tree_node *n)
{
	struct file *f = &r->file;
	struct gather_run *runs;
	size_t n_runs;

	if (f->encrypted) {
		gather_lost(&r->f.g, VOLUME_LOST_ENCRYPTED);
	} else if (f->resident) {
		gather_bytes(&r->f.g, n, f->value, f->value_bytes);
	} else if (f->damaged || !f->has_data) {
		gather_lost(&r->f.g, VOLUME_LOST_UNREADABLE);
	} else if (f->compressed) {
		sort_parts(f);
		take_compressed(r, f, n);
	} else {
		sort_parts(f);
		runs = runs_of(r, f, &n_runs);
		if (runs)
			(void)gather_runs(&r->f.g, n, f->size, runs,
					  cut_runs(runs, n_runs, f->initialized));
		else
			gather_lost(&r->f.g, VOLUME_LOST_UNREADABLE);
		free(runs);
	}
}

static void take_facts(struct reader *r, struct tree_node *n)
{
	const struct file *f = &r->file;
	uint32_t ns;
	int64_t seconds = ondisk_ntfs_seconds(f->time, &ns);

	if (f->time)
		gather_time(n, seconds, ns);
	n->mode = f->folder ? S_IFDIR | 0755 :
			      S_IFREG | (f->flags & FLAG_READ_ONLY ? 0444 : 0644);
	if (f->mode)
		n->mode = (n->mode & S_IFMT) | (f->mode & 07777);
	n->uid = f->uid;
	n->gid = f->gid;
	if (f->flags & (FLAG_HIDDEN | FLAG_SYSTEM))
		gather_lost(&r->f.g, VOLUME_LOST_FLAG);
	if (f->streams)
		gather_lost(&r->f.g, VOLUME_LOST_STREAM);
	if (f->eas)
		gather_lost(&r->f.g, VOLUME_LOST_XATTR);
}

static void add_file(struct reader *r, uint64_t reference)
{
	struct file *f = &r->file;
	struct gather *g = &r->f.g;
	struct tree_node *n;

	for (size_t i = 0; i < f->n_names && !g->status; i++) {
		if (i && (f->folder || gather_link(g, f->names[i].parent, reference,
						   f->names[i].name, f->names[i].bytes)))
			continue;
		n = gather_name(g, f->names[i].parent, reference, S_IFREG, f->names[i].name,
				f->names[i].bytes);
		if (!n)
			return;
		take_facts(r, n);
		if (f->reparse_bytes && take_reparse(r, n))
			continue;
		if (!f->folder && !take_interix(r, n))
			take_content(r, n);
	}
}

static void clear_file(struct file *f)
{
	struct file kept = { .parts = f->parts, .parts_capacity = f->parts_capacity,
			     .value = f->value, .value_capacity = f->value_capacity,
			     .reparse = f->reparse, .reparse_capacity = f->reparse_capacity,
			     .names = f->names, .names_capacity = f->names_capacity };

	*f = kept;
}

static void read_files(struct reader *r, uint64_t *ret_root)
{
	uint64_t n = isokit_source_size(r->mft) / r->boot.record_bytes;
	struct ondisk_ntfs_record head;
	struct tree_node *root;
	bool damaged = false;

	if (!read_record(r, ONDISK_NTFS_ROOT, r->record, &head) || !head.in_use) {
		gather_fail(&r->f.g, ISOKIT_E_CORRUPT, "the root folder cannot be read");
		return;
	}
	*ret_root = (uint64_t)head.sequence << 48 | ONDISK_NTFS_ROOT;
	root = gather_root(&r->f.g, *ret_root);
	if (!root)
		return;
	r->file.folder = true;
	take_record(r, r->record, &head);
	r->file.flags = 0; /* hidden and system, as every root is */
	take_facts(r, root);
	gather_lost(&r->f.g, VOLUME_LOST_ACL);
	for (uint64_t i = ONDISK_NTFS_FIRST_USER; i < n && !r->f.g.status; i++) {
		uint64_t reference;

		clear_file(&r->file);
		if (!read_record(r, i, r->record, &head)) {
			/* Those never used may be anything, mostly zeros. */
			damaged = damaged || memcmp(r->record, "BAAD", 4) == 0;
			continue;
		}
		if (!head.in_use || head.base)
			continue;
		reference = (uint64_t)head.sequence << 48 | i;
		r->file.folder = head.folder;
		take_record(r, r->record, &head);
		take_list(r, i, reference, &head);
		add_file(r, reference);
	}
	if (damaged)
		gather_lost_folder(&r->f.g, *ret_root);
}

/* The table itself is a file; of its first record, and those that this one goes on in. */
static enum isokit_status open_mft(struct reader *r)
{
	struct isokit_source *first, *whole;
	struct ondisk_ntfs_record head;
	struct gather *g = &r->f.g;
	uint64_t at;

	r->record = calloc(2, r->boot.record_bytes);
	if (!r->record) {
		no_memory(r);
		return g->status;
	}
	r->extra = r->record + r->boot.record_bytes;
	if (!mul_u64(r->boot.mft_lcn, r->boot.cluster_bytes, &at) ||
	    at >= isokit_source_size(r->volume))
		return gather_fail(g, ISOKIT_E_CORRUPT, "its file table lies outside the volume");
	g->status = bytes_view(r->volume, at, isokit_source_size(r->volume) - at, &first, g->err);
	if (g->status)
		return g->status;
	/* Until more is known, it lies in one piece. */
	r->mft = first;
	if (!read_record(r, 0, r->record, &head))
		return gather_fail(g, ISOKIT_E_CORRUPT, "its file table cannot be read");
	take_record(r, r->record, &head);
	/* What the first record lists lies in its own first part, by necessity. */
	take_list(r, 0, (uint64_t)head.sequence << 48, &head);
	if (r->file.damaged || !r->file.size ||
	    open_parts(r, &r->file, r->file.size, &whole, NULL))
		return gather_fail(g, ISOKIT_E_CORRUPT,
				   "its file table is damaged, or the volume cut off");
	isokit_source_close(r->mft);
	r->mft = whole;
	return g->status;
}

static enum isokit_status read_ntfs(struct isokit_source *volume, struct tree *t, const char *dest,
				    const struct volume_read_options *options,
				    struct volume_mount **ret_mount, struct isokit_error *err)
{
	uint8_t boot[ONDISK_NTFS_BOOT_BYTES];
	struct reader *r = calloc(1, sizeof(*r));
	enum isokit_status st;
	uint64_t root = 0;

	if (!r)
		return isokit_fail_nomem(err, "NTFS", sizeof(*r));
	r->volume = volume;
	st = volume_files_begin(&r->f, volume, t, "NTFS", options, err);
	if (!st && (!volume_try_read(volume, 0, boot, sizeof(boot)) ||
		    !ondisk_ntfs_boot_decode(boot, &r->boot)))
		st = gather_fail(&r->f.g, ISOKIT_E_CORRUPT, "its boot sector cannot be read");
	/* The table once, and records that go on in others as often as they are named. */
	r->f.g.bytes_left *= 2;
	if (!st)
		st = open_mft(r);
	clear_file(&r->file);
	if (!st)
		read_files(r, &root);
	st = volume_files_end(&r->f, root, dest, ret_mount);
	isokit_source_close(r->mft);
	free(r->record);
	free(r->file.parts);
	free(r->file.value);
	free(r->file.reparse);
	free(r->file.names);
	free(r);
	return st;
}

/* Its label is an attribute of the file $Volume, the fourth in the table. */
static void take_label(struct isokit_source *volume, const struct ondisk_ntfs_boot *b,
		       struct isokit_disk_volume *v)
{
	uint8_t *record = malloc(b->record_bytes);
	struct ondisk_ntfs_attribute a;
	struct ondisk_ntfs_record head;
	uint64_t at;

	if (record && mul_u64(b->mft_lcn, b->cluster_bytes, &at) &&
	    add_u64(at, (uint64_t)ONDISK_NTFS_VOLUME * b->record_bytes, &at) &&
	    volume_try_read(volume, at, record, b->record_bytes) &&
	    ondisk_ntfs_record_fix(record, b->record_bytes) &&
	    ondisk_ntfs_record_decode(record, b->record_bytes, &head)) {
		for (uint32_t i = head.first; ondisk_ntfs_attribute_decode(record, &head, i, &a);
		     i += a.bytes) {
			if (a.type == ONDISK_NTFS_VOLUME_NAME && a.value)
				volume_name_utf16le(v->label, sizeof(v->label), a.value,
						    a.value_bytes / 2);
		}
	}
	free(record);
}

static bool probe_ntfs(struct isokit_source *volume, struct isokit_disk_volume *v)
{
	uint8_t boot[ONDISK_NTFS_BOOT_BYTES];
	struct ondisk_ntfs_boot b;

	if (!volume_try_read(volume, 0, boot, sizeof(boot)) || !ondisk_ntfs_boot_decode(boot, &b))
		return false;
	v->fs = ISOKIT_FS_NTFS;
	take_label(volume, &b, v);
	return true;
}

const struct filesystem filesystem_ntfs = {
	.fs = ISOKIT_FS_NTFS, .probe = probe_ntfs, .read = read_ntfs,
};
