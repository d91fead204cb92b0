/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ext2, ext3 and ext4 through libext2fs, which is loaded when one is read. It is asked for
 * inodes, names, attributes, and where blocks lie; contents are then ranges of the volume
 * and never pass through it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/array.h"
#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "base/library.h"
#include "volume/extio.h"
#include "volume/files.h"

/* ---- what it is ---------------------------------------------------------------------- */

/* "The Linux kernel: ext4 Data Structures and Algorithms", 4.1: the superblock. */
enum {
	SUPER_AT = 1024, SUPER_BYTES = 1024,
	MAGIC_AT = 56, MAGIC = 0xef53,
	COMPAT_AT = 92, INCOMPAT_AT = 96, RO_COMPAT_AT = 100,
	LABEL_AT = 120, LABEL_BYTES = 16,
	HAS_JOURNAL = 0x4,     /* compatible */
	JOURNAL_DEV = 0x8,
	EXT3_INCOMPAT = 0x16,  /* file types, recovery, meta groups */
	EXT3_RO_COMPAT = 0x7,  /* sparse superblocks, large files, folders as trees */
};

static bool probe_ext(struct isokit_source *volume, struct isokit_disk_volume *v)
{
	uint8_t s[SUPER_BYTES];
	uint32_t incompat;

	if (!volume_try_read(volume, SUPER_AT, s, sizeof(s)) || get_le16(s + MAGIC_AT) != MAGIC ||
	    get_le32(s) == 0 || get_le32(s + 24) > 6)
		return false;
	incompat = get_le32(s + INCOMPAT_AT);
	if ((incompat & ~(uint32_t)EXT3_INCOMPAT & ~(uint32_t)JOURNAL_DEV) ||
	    (get_le32(s + RO_COMPAT_AT) & ~(uint32_t)EXT3_RO_COMPAT))
		v->fs = ISOKIT_FS_EXT4;
	else
		v->fs = get_le32(s + COMPAT_AT) & HAS_JOURNAL ? ISOKIT_FS_EXT3 : ISOKIT_FS_EXT2;
	volume_name(v->label, sizeof(v->label), s + LABEL_AT,
		    strnlen((const char *)s + LABEL_AT, LABEL_BYTES));
	if (incompat & JOURNAL_DEV)
		v->unreadable = "it is the journal of another volume";
	return true;
}

#ifdef HAVE_LIBEXT2FS

#define EXT_FUNCTIONS(F) \
	F(ext2fs_open2) \
	F(ext2fs_free) \
	F(ext2fs_read_inode_full) \
	F(ext2fs_dir_iterate2) \
	F(ext2fs_block_iterate3) \
	F(ext2fs_extent_open2) \
	F(ext2fs_extent_get) \
	F(ext2fs_extent_free) \
	F(ext2fs_inline_data_size) \
	F(ext2fs_inline_data_get) \
	F(ext2fs_xattrs_open) \
	F(ext2fs_xattrs_read) \
	F(ext2fs_xattrs_iterate) \
	F(ext2fs_xattrs_close)

struct functions {
#define F(name) typeof(&name) name;
	EXT_FUNCTIONS(F)
#undef F
};

struct reader {
	struct volume_files f;
	struct functions lib;
	struct isokit_source *volume;
	struct extio io;
	ext2_filsys fs;
	struct gather_run *runs;
	size_t n_runs, runs_capacity;
	struct ext2_inode_large inode; /* of the entry at hand */
	ext2_ino_t folder;
	bool out_of_order; /* the runs, or there are too many */
};

#define F(name) { #name, offsetof(struct functions, name) },
static const struct library_symbol symbols[] = { EXT_FUNCTIONS(F) };
#undef F
static const struct library library = {
	"libext2fs.so.2", "ext2, ext3 and ext4 cannot be read", "libext2fs2",
	LIBRARY_SYMBOLS(symbols),
};

/* ---- opening --------------------------------------------------------------------------------- */

static bool read_volume(void *self, uint64_t at, void *to, uint64_t n)
{
	return isokit_source_read_at(self, at, to, (size_t)n, NULL) == ISOKIT_OK;
}

static enum isokit_status open_fs(struct reader *r, struct isokit_error *err)
{
	char name[EXTIO_NAME];
	errcode_t rc;

	r->io = (struct extio){ .bytes = isokit_source_size(r->volume), .self = r->volume,
				.read = read_volume };
	extio_name(&r->io, name);
	rc = r->lib.ext2fs_open2(name, NULL, EXT2_FLAG_64BITS | EXT2_FLAG_SOFTSUPP_FEATURES, 0, 0,
				 (io_manager)(uintptr_t)&extio_manager, &r->fs);
	if (rc == EXT2_ET_UNSUPP_FEATURE)
		return gather_fail(&r->f.g, ISOKIT_E_UNSUPPORTED,
				   "has features that the libext2fs here does not know");
	if (rc == EXT2_ET_NO_MEMORY || rc == ENOMEM)
		return gather_no_memory(&r->f.g, 0);
	if (rc)
		return gather_fail(&r->f.g, ISOKIT_E_CORRUPT,
				   "superblock or group descriptors are damaged (libext2fs: %ld)",
				   (long)rc);
	(void)err;
	return ISOKIT_OK;
}

/* The library takes memory for all groups: only as many as a volume of this size, or of a
 * few times it where it was cut off, can have. */
static bool groups_possible(struct isokit_source *volume)
{
	enum { MOST_GROUPS = 1 << 18 };
	uint8_t s[SUPER_BYTES];
	uint64_t blocks, per_group, size = isokit_source_size(volume);

	if (!volume_try_read(volume, SUPER_AT, s, sizeof(s)) || get_le32(s + 24) > 6)
		return false;
	blocks = get_le32(s + 4) | (uint64_t)get_le32(s + 336) << 32;
	per_group = get_le32(s + 32);
	if (!(get_le32(s + INCOMPAT_AT) & 0x80)) /* not of 64 bits: there are other things */
		blocks = get_le32(s + 4);
	return per_group && (blocks / per_group < 64 ||
			     (blocks / per_group < MOST_GROUPS &&
			      blocks / 4 <= size >> (10 + get_le32(s + 24))) ||
			     blocks <= size >> (10 + get_le32(s + 24)));
}

/* ---- where contents are --------------------------------------------------------------------- */

static bool add_run(struct reader *r, uint64_t at_block, uint64_t block, uint64_t n)
{
	uint32_t block_bytes = r->fs->blocksize;
	struct gather_run run = { 0 }, *last = r->n_runs ? &r->runs[r->n_runs - 1] : NULL;

	if (!mul_u64(at_block, block_bytes, &run.at) || !mul_u64(n, block_bytes, &run.bytes) ||
	    !mul_u64(block, block_bytes, &run.offset)) {
		r->out_of_order = true;
		return false;
	}
	if (last && last->at + last->bytes == run.at && last->offset + last->bytes == run.offset) {
		last->bytes += run.bytes;
		return true;
	}
	/* An extent takes 12 bytes, a block number 4: of either, a volume holds so many. */
	if (!gather_spend(&r->f.g, 4))
		return false;
	if (!ARRAY_RESERVE(r->runs, r->runs_capacity, r->n_runs + 1)) {
		gather_fail(&r->f.g, ISOKIT_E_NOMEM, "no memory for the places of a file");
		return false;
	}
	r->runs[r->n_runs++] = run;
	return true;
}

static int on_block(ext2_filsys fs, blk64_t *blocknr, e2_blkcnt_t blockcnt, blk64_t ref_blk,
		    int ref_offset, void *priv)
{
	struct reader *r = priv;

	(void)ref_blk, (void)ref_offset;
	if (blockcnt < 0) /* one of numbers of blocks */
		return gather_spend(&r->f.g, fs->blocksize) ? 0 : BLOCK_ABORT;
	return add_run(r, (uint64_t)blockcnt, *blocknr, 1) && gather_spend(&r->f.g, 4) ?
		       0 : BLOCK_ABORT;
}

static errcode_t extents_of(struct reader *r, ext2_ino_t ino)
{
	struct ext2fs_extent e;
	ext2_extent_handle_t h;
	errcode_t rc = r->lib.ext2fs_extent_open2(r->fs, ino, (struct ext2_inode *)&r->inode, &h);
	int op = EXT2_EXTENT_ROOT;

	if (rc)
		return rc;
	while (!(rc = r->lib.ext2fs_extent_get(h, op, &e))) {
		op = EXT2_EXTENT_NEXT;
		if (!gather_spend(&r->f.g, 12)) {
			rc = EXT2_ET_CANCEL_REQUESTED;
			break;
		}
		if (!(e.e_flags & EXT2_EXTENT_FLAGS_LEAF) ||
		    (e.e_flags & (EXT2_EXTENT_FLAGS_UNINIT | EXT2_EXTENT_FLAGS_SECOND_VISIT)))
			continue;
		if (!add_run(r, e.e_lblk, e.e_pblk, e.e_len))
			break;
	}
	r->lib.ext2fs_extent_free(h);
	return rc == EXT2_ET_EXTENT_NO_NEXT || rc == EXT2_ET_EXTENT_NOT_FOUND ||
	       rc == EXT2_ET_NO_CURRENT_NODE ? 0 : rc;
}

/* The places of the inode at hand. False: damaged. */
static bool collect_runs(struct reader *r, ext2_ino_t ino)
{
	errcode_t rc;

	r->n_runs = 0;
	r->out_of_order = false;
	if (r->inode.i_flags & EXT4_EXTENTS_FL)
		rc = extents_of(r, ino);
	else
		rc = r->lib.ext2fs_block_iterate3(r->fs, ino, BLOCK_FLAG_READ_ONLY, NULL, on_block,
						  r);
	return !rc && !r->out_of_order;
}

/* Content that is in the inode itself. Owned by caller; NULL: damaged. */
static uint8_t *inline_data(struct reader *r, ext2_ino_t ino, size_t *ret_n)
{
	uint8_t *bytes;
	size_t room;

	if (r->lib.ext2fs_inline_data_size(r->fs, ino, &room) || room > r->fs->blocksize)
		return NULL;
	bytes = gather_alloc(&r->f.g, room + 1);
	if (bytes)
		memset(bytes, 0, room + 1);
	if (bytes && r->lib.ext2fs_inline_data_get(r->fs, ino, (struct ext2_inode *)&r->inode,
						   bytes, &room)) {
		free(bytes);
		return NULL;
	}
	*ret_n = room;
	return bytes;
}

static void take_content(struct reader *r, ext2_ino_t ino, struct tree_node *n)
{
	uint64_t size = r->inode.i_size | (uint64_t)r->inode.i_size_high << 32;

	if (r->inode.i_flags & EXT4_INLINE_DATA_FL) {
		size_t have;
		uint8_t *bytes = inline_data(r, ino, &have);

		if (bytes && size <= have)
			gather_bytes(&r->f.g, n, bytes, (size_t)size);
		else
			gather_lost(&r->f.g, VOLUME_LOST_UNREADABLE);
		free(bytes);
	} else if (r->inode.i_flags & EXT2_COMPRBLK_FL) {
		gather_lost(&r->f.g, VOLUME_LOST_COMPRESSED);
	} else if (collect_runs(r, ino)) {
		(void)gather_runs(&r->f.g, n, size, r->runs, r->n_runs);
	} else {
		gather_lost(&r->f.g, VOLUME_LOST_UNREADABLE);
	}
}

static void take_target(struct reader *r, ext2_ino_t ino, struct tree_node *n)
{
	enum { MOST = 4096 };
	uint8_t bytes[MOST];
	size_t size = r->inode.i_size, have;
	uint8_t *inside;

	if (size == 0 || size >= MOST)
		return;
	if (r->inode.i_flags & EXT4_INLINE_DATA_FL) {
		inside = inline_data(r, ino, &have);
		if (inside)
			gather_target(&r->f.g, n, inside, min_u64(have, size));
		free(inside);
	} else if (size < sizeof(r->inode.i_block) && !(r->inode.i_flags & EXT4_EXTENTS_FL)) {
		gather_target(&r->f.g, n, r->inode.i_block, size);
	} else if (collect_runs(r, ino) && r->n_runs && r->runs[0].at == 0 &&
		   r->runs[0].bytes >= size &&
		   volume_try_read(r->volume, r->runs[0].offset, bytes, size)) {
		gather_target(&r->f.g, n, bytes, size);
	}
}

/* ---- inodes ------------------------------------------------------------------------------------ */

struct xattr_place {
	struct reader *r;
	struct tree_node *node;
};

/* On the disk, entries have a number only where one is needed (fs/ext4/acl.h of Linux);
 * what getxattr() shows has one in each. 0: it is no such list. */
static size_t acl_as_linux_has_it(const uint8_t *p, size_t bytes, uint8_t *out, size_t room)
{
	enum { DISK_VERSION = 1, LINUX_VERSION = 2, USER = 2, GROUP = 8 };
	size_t n = 4;

	if (bytes < 4 || get_le32(p) != DISK_VERSION)
		return 0;
	put_le32(out, LINUX_VERSION);
	for (size_t at = 4; at + 4 <= bytes; n += 8) {
		uint16_t tag = get_le16(p + at);
		bool numbered = tag == USER || tag == GROUP;

		if (n + 8 > room || (numbered && at + 8 > bytes))
			return 0;
		put_le16(out + n, tag);
		put_le16(out + n + 2, get_le16(p + at + 2));
		put_le32(out + n + 4, numbered ? get_le32(p + at + 4) : UINT32_MAX);
		at += numbered ? 8 : 4;
	}
	return n;
}

static int on_xattr(char *name, char *value, size_t bytes, void *data)
{
	struct xattr_place *p = data;
	uint8_t acl[8 * 1024];
	size_t n;

	if (strcmp(name, "system.data") == 0) /* content in the inode */
		return 0;
	n = strncmp(name, "system.posix_acl_", 17) == 0 ?
		    acl_as_linux_has_it((const uint8_t *)value, bytes, acl, sizeof(acl)) : 0;
	if (n)
		volume_files_xattr(&p->r->f, p->node, name, acl, n);
	else
		volume_files_xattr(&p->r->f, p->node, name, value, bytes);
	return 0;
}

static void take_xattrs(struct reader *r, ext2_ino_t ino, struct tree_node *n)
{
	struct xattr_place place = { .r = r, .node = n };
	struct ext2_xattr_handle *h;

	if (r->lib.ext2fs_xattrs_open(r->fs, ino, &h))
		return;
	if (r->lib.ext2fs_xattrs_read(h) || r->lib.ext2fs_xattrs_iterate(h, on_xattr, &place))
		gather_lost(&r->f.g, VOLUME_LOST_XATTR);
	(void)r->lib.ext2fs_xattrs_close(&h);
}

static bool has_xattrs(const struct reader *r)
{
	const uint8_t *raw = (const uint8_t *)&r->inode;
	uint32_t magic, at = 128u + r->inode.i_extra_isize;

	if (r->inode.i_file_acl || r->inode.osd2.linux2.l_i_file_acl_high)
		return true;
	if (EXT2_INODE_SIZE(r->fs->super) <= 128 || at + 4 > EXT2_INODE_SIZE(r->fs->super))
		return false;
	if (at + 4 > sizeof(r->inode))
		return true; /* beyond what was read: the library looks */
	memcpy(&magic, raw + at, sizeof(magic));
	return magic == EXT2_EXT_ATTR_MAGIC;
}

static void take_attributes(struct reader *r, ext2_ino_t ino, struct tree_node *n)
{
	int64_t seconds = (int32_t)r->inode.i_mtime;
	uint32_t extra = 0;

	if (EXT2_INODE_SIZE(r->fs->super) > 128 && r->inode.i_extra_isize >= 12)
		extra = r->inode.i_mtime_extra;
	gather_time(n, seconds + ((int64_t)(extra & 3) << 32), extra >> 2);
	n->mode = r->inode.i_mode;
	n->uid = r->inode.i_uid | (uint32_t)r->inode.osd2.linux2.l_i_uid_high << 16;
	n->gid = r->inode.i_gid | (uint32_t)r->inode.osd2.linux2.l_i_gid_high << 16;
	if (r->inode.i_flags & (EXT2_IMMUTABLE_FL | EXT2_APPEND_FL))
		gather_lost(&r->f.g, VOLUME_LOST_FLAG);
	if (has_xattrs(r))
		take_xattrs(r, ino, n);
}

static void take_device(const struct reader *r, struct tree_node *n)
{
	uint32_t old = r->inode.i_block[0], wide = r->inode.i_block[1];

	n->u.rdev = old ? makedev(old >> 8 & 0xff, old & 0xff) :
			  makedev(wide >> 8 & 0xfff, (wide & 0xff) | (wide >> 12 & 0xfff00));
}

static bool read_inode(struct reader *r, ext2_ino_t ino)
{
	memset(&r->inode, 0, sizeof(r->inode));
	return !r->lib.ext2fs_read_inode_full(r->fs, ino, (struct ext2_inode *)&r->inode,
					      sizeof(r->inode));
}

static void take_inode(struct reader *r, ext2_ino_t ino, const char *name, size_t name_bytes)
{
	struct gather *g = &r->f.g;
	struct tree_node *n;
	bool known;

	if (gather_link(g, r->folder, ino, name, name_bytes))
		return;
	known = ino <= r->fs->super->s_inodes_count && read_inode(r, ino);
	n = gather_name(g, r->folder, ino, known ? r->inode.i_mode : 0, name, name_bytes);
	if (!n || !known)
		return; /* of no kind: left out, and told */
	take_attributes(r, ino, n);
	if (r->inode.i_flags & EXT4_ENCRYPT_FL) {
		gather_lost(g, VOLUME_LOST_ENCRYPTED);
		if (S_ISLNK(n->mode))
			n->mode = 0;
		return;
	}
	if (S_ISREG(n->mode))
		take_content(r, ino, n);
	else if (S_ISLNK(n->mode))
		take_target(r, ino, n);
	else if (S_ISCHR(n->mode) || S_ISBLK(n->mode))
		take_device(r, n);
}

static int on_entry(ext2_ino_t dir, int entry, struct ext2_dir_entry *d, int offset, int blocksize,
		    char *buf, void *priv)
{
	struct reader *r = priv;
	size_t name_bytes = d->name_len & 0xff;

	(void)dir, (void)offset, (void)blocksize, (void)buf;
	if (!gather_spend(&r->f.g, 12))
		return DIRENT_ABORT;
	if (entry == DIRENT_OTHER_FILE && d->inode && name_bytes &&
	    !(name_bytes <= 2 && memcmp(d->name, "..", name_bytes) == 0))
		take_inode(r, d->inode, d->name, name_bytes);
	return r->f.g.status ? DIRENT_ABORT : 0;
}

/* Trees of extents and blocks of numbers may point at themselves, so that the library would
 * walk through them for ever: they are walked here first, where the steps are counted. */
static bool can_be_walked(struct reader *r, ext2_ino_t folder)
{
	return read_inode(r, folder) &&
	       (r->inode.i_flags & EXT4_INLINE_DATA_FL || collect_runs(r, folder)) &&
	       !r->f.g.status;
}

static void read_all(struct reader *r)
{
	struct tree_node *root = gather_root(&r->f.g, EXT2_ROOT_INO);
	uint64_t folder = EXT2_ROOT_INO;

	if (!root)
		return;
	if (!read_inode(r, EXT2_ROOT_INO) || !S_ISDIR(r->inode.i_mode)) {
		gather_fail(&r->f.g, ISOKIT_E_CORRUPT, "the root folder cannot be read");
		return;
	}
	take_attributes(r, EXT2_ROOT_INO, root);
	do {
		r->folder = (ext2_ino_t)folder;
		if (!can_be_walked(r, r->folder) ||
		    r->lib.ext2fs_dir_iterate2(r->fs, r->folder, DIRENT_FLAG_INCLUDE_EMPTY, NULL,
					       on_entry, r))
			gather_lost_folder(&r->f.g, folder);
	} while (gather_folder(&r->f.g, &folder));
}

static enum isokit_status read_ext(struct isokit_source *volume, struct tree *t, const char *dest,
				   const struct volume_read_options *options,
				   struct volume_mount **ret_mount, struct isokit_error *err)
{
	struct reader *r = calloc(1, sizeof(*r));
	enum isokit_status st;

	if (!r)
		return isokit_fail_nomem(err, "ext4", sizeof(*r));
	r->volume = volume;
	st = volume_files_begin(&r->f, volume, t, "ext2/3/4 file system", options, err);
	if (!st)
		st = r->f.g.status = library_load(&library, &r->lib, err);
	if (!st && !groups_possible(volume))
		st = gather_fail(&r->f.g, ISOKIT_E_CORRUPT,
				 "is far smaller than its superblock says: cut off, or damaged");
	if (!st)
		st = open_fs(r, err);
	if (!st) {
		read_all(r);
		r->lib.ext2fs_free(r->fs);
	}
	st = volume_files_end(&r->f, EXT2_ROOT_INO, dest, ret_mount);
	free(r->runs);
	free(r);
	return st;
}

#else

static enum isokit_status read_ext(struct isokit_source *volume, struct tree *t, const char *dest,
				   const struct volume_read_options *options,
				   struct volume_mount **ret_mount, struct isokit_error *err)
{
	(void)volume, (void)t, (void)dest, (void)options, (void)ret_mount;
	return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, "libext2fs",
			   "was not there when isokit was built, so ext2, ext3 and ext4 cannot be read");
}

#endif

const struct filesystem filesystem_ext = {
	.fs = ISOKIT_FS_EXT4, .probe = probe_ext, .read = read_ext,
};
