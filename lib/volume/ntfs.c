/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files of NTFS: the master file table from its first record to its last. Every file
 * says itself how it is called and where, so folders' indexes are not needed. */
#include "volume/ntfs.h"

#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "base/array.h"
#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "bytes/source.h"

enum { FLAG_READ_ONLY = 1, FLAG_HIDDEN = 2, FLAG_SYSTEM = 4 };

/* ---- links and the like ------------------------------------------------------------------ */

enum {
	TAG_MOUNT_POINT = 0xa0000003u, TAG_SYMLINK = 0xa000000cu, TAG_LX_SYMLINK = 0xa000001du,
	TAG_AF_UNIX = 0x80000023u, TAG_LX_FIFO = 0x80000024u, TAG_LX_CHR = 0x80000025u,
	TAG_LX_BLK = 0x80000026u, TAG_WOF = 0x80000017u,
};

/* A target as Windows writes it, UTF-16LE. */
static void take_windows_target(struct ntfs_reader *r, struct tree_node *n, const uint8_t *p,
				size_t bytes, bool relative)
{
	char *text = malloc(bytes / 2 * 3 + 1), *from = text;
	size_t length;

	if (!text) {
		ntfs_no_memory(r);
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
static bool take_windows_link(struct ntfs_reader *r, struct tree_node *n, bool symlink)
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
static bool take_reparse(struct ntfs_reader *r, struct tree_node *n)
{
	struct ntfs_file *f = &r->file;
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
static void fetch_small(struct ntfs_reader *r)
{
	enum { MOST = 8 + 1024 * 2 };
	struct ntfs_file *f = &r->file;
	struct isokit_source *src;

	if (f->resident || f->compressed || f->encrypted || f->size < 8 || f->size > MOST ||
	    ntfs_parts_open(r, f, f->size, &src, NULL))
		return;
	if (ARRAY_RESERVE(f->value, f->value_capacity, (size_t)f->size) &&
	    volume_try_read(src, 0, f->value, (size_t)f->size)) {
		f->value_bytes = (size_t)f->size;
		f->resident = true;
	}
	isokit_source_close(src);
}

/* What Interix wrote, and ntfs-3g writes: system files that begin with a mark. */
static bool take_interix(struct ntfs_reader *r, struct tree_node *n)
{
	const struct ntfs_file *f = &r->file;
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

/* ---- files ------------------------------------------------------------------------------- */

static void take_facts(struct ntfs_reader *r, struct tree_node *n)
{
	const struct ntfs_file *f = &r->file;
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

static void add_file(struct ntfs_reader *r, uint64_t reference)
{
	struct ntfs_file *f = &r->file;
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
			ntfs_content_take(r, n);
	}
}

static void clear_file(struct ntfs_file *f)
{
	struct ntfs_file kept = { .parts = f->parts, .parts_capacity = f->parts_capacity,
			     .value = f->value, .value_capacity = f->value_capacity,
			     .reparse = f->reparse, .reparse_capacity = f->reparse_capacity,
			     .names = f->names, .names_capacity = f->names_capacity };

	*f = kept;
}

static void read_files(struct ntfs_reader *r, uint64_t *ret_root)
{
	uint64_t n = isokit_source_size(r->mft) / r->boot.record_bytes;
	struct ondisk_ntfs_record head;
	struct tree_node *root;
	bool damaged = false;

	if (!ntfs_record_read(r, ONDISK_NTFS_ROOT, r->record, &head) || !head.in_use) {
		gather_fail(&r->f.g, ISOKIT_E_CORRUPT, "the root folder cannot be read");
		return;
	}
	*ret_root = (uint64_t)head.sequence << 48 | ONDISK_NTFS_ROOT;
	root = gather_root(&r->f.g, *ret_root);
	if (!root)
		return;
	r->file.folder = true;
	ntfs_record_take(r, r->record, &head);
	r->file.flags = 0; /* hidden and system, as every root is */
	take_facts(r, root);
	gather_lost(&r->f.g, VOLUME_LOST_ACL);
	for (uint64_t i = ONDISK_NTFS_FIRST_USER; i < n && !r->f.g.status; i++) {
		uint64_t reference;

		clear_file(&r->file);
		if (!ntfs_record_read(r, i, r->record, &head)) {
			/* Those never used may be anything, mostly zeros. */
			damaged = damaged || memcmp(r->record, "BAAD", 4) == 0;
			continue;
		}
		if (!head.in_use || head.base)
			continue;
		reference = (uint64_t)head.sequence << 48 | i;
		r->file.folder = head.folder;
		ntfs_record_take(r, r->record, &head);
		ntfs_record_take_list(r, i, reference, &head);
		add_file(r, reference);
	}
	if (damaged)
		gather_lost_folder(&r->f.g, *ret_root);
}

/* The table itself is a file; of its first record, and those that this one goes on in. */
static enum isokit_status open_mft(struct ntfs_reader *r)
{
	struct isokit_source *first, *whole;
	struct ondisk_ntfs_record head;
	struct gather *g = &r->f.g;
	uint64_t at;

	r->record = calloc(2, r->boot.record_bytes);
	if (!r->record) {
		ntfs_no_memory(r);
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
	if (!ntfs_record_read(r, 0, r->record, &head))
		return gather_fail(g, ISOKIT_E_CORRUPT, "its file table cannot be read");
	ntfs_record_take(r, r->record, &head);
	/* What the first record lists lies in its own first part, by necessity. */
	ntfs_record_take_list(r, 0, (uint64_t)head.sequence << 48, &head);
	if (r->file.damaged || !r->file.size ||
	    ntfs_parts_open(r, &r->file, r->file.size, &whole, NULL))
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
	struct ntfs_reader *r = calloc(1, sizeof(*r));
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
