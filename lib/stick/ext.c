/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libext2fs writes into memory here: blocks as they come, and zeros as ranges. So a file system
 * of any size is some megabytes of metadata, and the tables of inodes that nobody uses are left to
 * the kernel, which clears them when it mounts, as mke2fs does it. */
#include "stick/ext.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/array.h"
#include "base/checked.h"
#include "base/fail.h"
#include "base/library.h"
#include "base/scan.h"
#include "volume/extio.h"

static const char subject[] = "ext4";

#ifdef HAVE_LIBEXT2FS

#define EXT_FUNCTIONS(F) \
	F(ext2fs_initialize) \
	F(ext2fs_init_csum_seed) \
	F(ext2fs_allocate_tables) \
	F(ext2fs_mkdir) \
	F(ext2fs_lookup) \
	F(ext2fs_expand_dir) \
	F(ext2fs_inode_alloc_stats2) \
	F(ext2fs_add_journal_inode2) \
	F(ext2fs_new_inode) \
	F(ext2fs_link) \
	F(ext2fs_extent_open2) \
	F(ext2fs_extent_free) \
	F(ext2fs_write_new_inode) \
	F(ext2fs_file_open2) \
	F(ext2fs_file_write) \
	F(ext2fs_file_close) \
	F(ext2fs_close_free)

enum {
	BLOCK = 4096,
	INODE_BYTES = 256, BYTES_PER_INODE = 16384, FIRST_INODE = 11,
	MAX_CHUNKS = 12288, /* 48 MiB: some terabytes of file system */
	FOUND_BLOCKS = 4,   /* of lost+found, made before it is needed */
};

struct functions {
#define F(name) typeof(&name) name;
	EXT_FUNCTIONS(F)
#undef F
};

/* What was written: blocks of BLOCK bytes by number, and ranges of zeros. */
struct volume {
	struct arena *arena;
	uint64_t bytes;
	struct chunk {
		uint64_t number;
		uint8_t *bytes; /* NULL: an empty slot */
	} *slots;
	size_t n_slots, n_chunks;
	struct stick_extent *zeros;
	size_t n_zeros, zeros_capacity;
	bool too_large;
};

#define F(name) { #name, offsetof(struct functions, name) },
static const struct library_symbol symbols[] = { EXT_FUNCTIONS(F) };
#undef F
static const struct library library = {
	"libext2fs.so.2", "ext4 cannot be made", "libext2fs2",
	LIBRARY_SYMBOLS(symbols),
};

/* ---- the volume in memory ------------------------------------------------------------------- */

static struct chunk *slot(const struct volume *v, uint64_t number)
{
	size_t i = (size_t)(number * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (v->n_slots - 1);

	while (v->slots[i].bytes && v->slots[i].number != number)
		i = (i + 1) & (v->n_slots - 1);
	return &v->slots[i];
}

/* The memory of a block; NULL: there is no more. */
static uint8_t *chunk(struct volume *v, uint64_t number)
{
	struct chunk *c = slot(v, number);

	if (c->bytes)
		return c->bytes;
	if (v->n_chunks == MAX_CHUNKS) {
		v->too_large = true;
		return NULL;
	}
	c->bytes = arena_alloc(v->arena, BLOCK);
	c->number = number;
	v->n_chunks += c->bytes != NULL;
	return c->bytes;
}

static bool add_zeros(struct volume *v, uint64_t at, uint64_t n)
{
	struct stick_extent *last = v->n_zeros ? &v->zeros[v->n_zeros - 1] : NULL;

	if (last && last->offset + last->bytes == at) {
		last->bytes += n;
		return true;
	}
	if (!ARRAY_RESERVE(v->zeros, v->zeros_capacity, v->n_zeros + 1))
		return false;
	v->zeros[v->n_zeros++] = (struct stick_extent){ at, n };
	return true;
}

/* NULL: zeros. */
static bool store(void *self, uint64_t at, const void *data, uint64_t n)
{
	struct volume *v = self;
	const uint8_t *from = data;

	while (n > 0) {
		size_t in = (size_t)(at % BLOCK), now = (size_t)min_u64(n, BLOCK - in);
		bool zeros = !from || (now == BLOCK && all_zero(from, now));
		uint8_t *to;

		if (zeros && now == BLOCK && !slot(v, at / BLOCK)->bytes) {
			if (!add_zeros(v, at, now))
				return false;
		} else {
			to = chunk(v, at / BLOCK);
			if (!to)
				return false;
			if (zeros)
				memset(to + in, 0, now);
			else
				memcpy(to + in, from, now);
		}
		at += now;
		n -= now;
		from = from ? from + now : NULL;
	}
	return true;
}

static bool read_back(void *self, uint64_t at, void *data, uint64_t n)
{
	const struct volume *v = self;
	uint8_t *to = data;

	while (n > 0) {
		size_t in = (size_t)(at % BLOCK), now = (size_t)min_u64(n, BLOCK - in);
		const struct chunk *c = slot(v, at / BLOCK);

		if (c->bytes)
			memcpy(to, c->bytes + in, now);
		else
			memset(to, 0, now);
		to += now;
		at += now;
		n -= now;
	}
	return true;
}

/* ---- the file system ------------------------------------------------------------------------------ */

struct maker {
	struct functions lib;
	struct volume v;
	struct extio io;
	ext2_filsys fs;
	const struct ext_options *o;
};

/* The features of mke2fs that kernels know since Linux 3.6. */
static void set_features(struct ext2_super_block *s)
{
	s->s_feature_compat = EXT2_FEATURE_COMPAT_EXT_ATTR | EXT2_FEATURE_COMPAT_DIR_INDEX;
	s->s_feature_incompat = EXT2_FEATURE_INCOMPAT_FILETYPE | EXT3_FEATURE_INCOMPAT_EXTENTS |
				EXT4_FEATURE_INCOMPAT_64BIT | EXT4_FEATURE_INCOMPAT_FLEX_BG;
	s->s_feature_ro_compat = EXT2_FEATURE_RO_COMPAT_SPARSE_SUPER |
				 EXT2_FEATURE_RO_COMPAT_LARGE_FILE |
				 EXT4_FEATURE_RO_COMPAT_HUGE_FILE |
				 EXT4_FEATURE_RO_COMPAT_DIR_NLINK |
				 EXT4_FEATURE_RO_COMPAT_EXTRA_ISIZE |
				 EXT4_FEATURE_RO_COMPAT_METADATA_CSUM;
}

static errcode_t begin(struct maker *m)
{
	uint64_t blocks = m->o->bytes / BLOCK, inodes = m->o->bytes / BYTES_PER_INODE;
	struct ext2_super_block param = { 0 }, *s;
	char name[EXTIO_NAME];
	errcode_t rc;

	param.s_blocks_count = (uint32_t)blocks;
	param.s_blocks_count_hi = (uint32_t)(blocks >> 32);
	param.s_r_blocks_count = (uint32_t)min_u64(blocks / 100, UINT32_MAX);
	param.s_log_block_size = 2;
	param.s_log_cluster_size = 2;
	param.s_rev_level = EXT2_DYNAMIC_REV;
	param.s_inode_size = INODE_BYTES;
	param.s_inodes_count = (uint32_t)min_u64(max_u64(inodes, 64), UINT32_MAX);
	param.s_log_groups_per_flex = 4;
	param.s_desc_size = 64;
	set_features(&param);
	m->io = (struct extio){ .bytes = m->v.bytes, .self = &m->v, .read = read_back,
				.write = store };
	extio_name(&m->io, name);
	rc = m->lib.ext2fs_initialize(name, EXT2_FLAG_64BITS, &param,
				      (io_manager)(uintptr_t)&extio_manager, &m->fs);
	if (rc)
		return rc;
	s = m->fs->super;
	m->fs->now = (time_t)(m->o->epoch > 0 ? m->o->epoch : 1);
	s->s_mkfs_time = s->s_lastcheck = s->s_wtime = (uint32_t)m->fs->now;
	memcpy(s->s_uuid, m->o->uuid, sizeof(s->s_uuid));
	memcpy(s->s_hash_seed, m->o->uuid, sizeof(s->s_uuid));
	s->s_def_hash_version = EXT2_HASH_HALF_MD4;
	s->s_flags |= EXT2_FLAGS_SIGNED_HASH;
	s->s_checksum_type = EXT2_CRC32C_CHKSUM;
	s->s_max_mnt_count = (int16_t)-1;
	s->s_default_mount_opts = EXT2_DEFM_XATTR_USER | EXT2_DEFM_ACL;
	s->s_min_extra_isize = s->s_want_extra_isize = 32;
	if (m->o->label)
		memcpy(s->s_volume_name, m->o->label,
		       strnlen(m->o->label, sizeof(s->s_volume_name)));
	m->lib.ext2fs_init_csum_seed(m->fs);
	return m->lib.ext2fs_allocate_tables(m->fs);
}

static errcode_t make_folders(struct maker *m)
{
	ext2_ino_t found;
	errcode_t rc = m->lib.ext2fs_mkdir(m->fs, EXT2_ROOT_INO, EXT2_ROOT_INO, NULL);

	if (!rc)
		rc = m->lib.ext2fs_mkdir(m->fs, EXT2_ROOT_INO, 0, "lost+found");
	if (!rc)
		rc = m->lib.ext2fs_lookup(m->fs, EXT2_ROOT_INO, "lost+found", 10, NULL, &found);
	for (int i = 1; i < FOUND_BLOCKS && !rc; i++)
		rc = m->lib.ext2fs_expand_dir(m->fs, found);
	for (size_t i = 0; i < sizeof(m->o->folders) / sizeof(m->o->folders[0]) && !rc; i++) {
		if (!m->o->folders[i])
			break;
		rc = m->lib.ext2fs_mkdir(m->fs, EXT2_ROOT_INO, 0, m->o->folders[i]);
	}
	return rc;
}

static void reserve_inodes(struct maker *m)
{
	m->lib.ext2fs_inode_alloc_stats2(m->fs, EXT2_BAD_INO, +1, 0);
	for (ext2_ino_t i = EXT2_ROOT_INO + 1; i < FIRST_INODE; i++)
		m->lib.ext2fs_inode_alloc_stats2(m->fs, i, +1, 0);
}

static errcode_t make_file(struct maker *m)
{
	struct ext2_inode inode = { 0 };
	ext2_extent_handle_t extents;
	ext2_file_t file;
	ext2_ino_t ino;
	unsigned n = (unsigned)strlen(m->o->content), done;
	errcode_t rc = m->lib.ext2fs_new_inode(m->fs, EXT2_ROOT_INO, S_IFREG | 0644, NULL, &ino);

	if (!rc)
		rc = m->lib.ext2fs_link(m->fs, EXT2_ROOT_INO, m->o->file, ino, EXT2_FT_REG_FILE);
	if (rc)
		return rc;
	m->lib.ext2fs_inode_alloc_stats2(m->fs, ino, +1, 0);
	inode.i_mode = S_IFREG | 0644;
	inode.i_links_count = 1;
	inode.i_atime = inode.i_ctime = inode.i_mtime = (uint32_t)m->fs->now;
	inode.i_flags = EXT4_EXTENTS_FL;
	rc = m->lib.ext2fs_extent_open2(m->fs, ino, &inode, &extents);
	if (rc)
		return rc;
	m->lib.ext2fs_extent_free(extents);
	rc = m->lib.ext2fs_write_new_inode(m->fs, ino, &inode);
	if (!rc)
		rc = m->lib.ext2fs_file_open2(m->fs, ino, NULL, EXT2_FILE_WRITE, &file);
	if (rc)
		return rc;
	rc = m->lib.ext2fs_file_write(file, m->o->content, n, &done);
	if (m->lib.ext2fs_file_close(file) && !rc)
		rc = EXT2_ET_SHORT_WRITE;
	return !rc && done != n ? EXT2_ET_SHORT_WRITE : rc;
}

/* Small ones: sticks are slow, and what lies in a journal is written twice. */
static blk_t journal_blocks(uint64_t bytes)
{
	return bytes < (uint64_t)32 * STICK_MIB   ? 0 :
	       bytes < (uint64_t)512 * STICK_MIB  ? 1024 :
	       bytes < (uint64_t)4096 * STICK_MIB ? 4096 : 8192;
}

static errcode_t make(struct maker *m)
{
	blk_t journal = journal_blocks(m->o->bytes);
	errcode_t rc = begin(m);

	if (!rc)
		rc = make_folders(m);
	if (!rc)
		reserve_inodes(m);
	if (!rc && m->o->file)
		rc = make_file(m);
	if (!rc && journal)
		rc = m->lib.ext2fs_add_journal_inode2(m->fs, journal, ~(blk64_t)0, 0);
	if (m->fs && !rc)
		rc = m->lib.ext2fs_close_free(&m->fs);
	else if (m->fs)
		m->lib.ext2fs_close_free(&m->fs);
	return rc;
}

static enum isokit_status put(struct composer *c, const struct maker *m, struct isokit_error *err)
{
	const struct volume *v = &m->v;
	enum isokit_status st = ISOKIT_OK;

	for (size_t i = 0; i < v->n_slots && st == ISOKIT_OK; i++)
		if (v->slots[i].bytes)
			st = composer_bytes(c, m->o->at + v->slots[i].number * BLOCK,
					    v->slots[i].bytes, BLOCK, err);
	for (size_t i = 0; i < v->n_zeros && st == ISOKIT_OK; i++)
		st = composer_zeros(c, m->o->at + v->zeros[i].offset, v->zeros[i].bytes, err);
	/* Signatures of other file systems lie in front of it, or within reach. */
	if (st == ISOKIT_OK)
		st = composer_zeros(c, m->o->at, min_u64(m->o->bytes, 128 * 1024), err);
	return st;
}

enum isokit_status ext_compose(struct composer *c, const struct ext_options *o,
			       struct isokit_error *err)
{
	struct maker m = { .o = o, .v = { .arena = composer_arena(c), .n_slots = 32768 } };
	enum isokit_status st = library_load(&library, &m.lib, err);
	errcode_t rc;

	if (st)
		return st;
	if (o->bytes < (uint64_t)4 * STICK_MIB)
		return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, subject,
				   "%llu bytes are too few for it", (unsigned long long)o->bytes);
	m.v.bytes = o->bytes - o->bytes % BLOCK;
	m.v.slots = calloc(m.v.n_slots, sizeof(*m.v.slots));
	if (!m.v.slots)
		return isokit_fail_nomem(err, subject, m.v.n_slots * sizeof(*m.v.slots));
	rc = make(&m);
	if (!rc)
		st = put(c, &m, err);
	else if (m.v.too_large)
		st = isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, subject,
				 "of %llu bytes needs too much memory to be made here",
				 (unsigned long long)o->bytes);
	else
		st = isokit_fail(err, rc == EXT2_ET_NO_MEMORY ? ISOKIT_E_NOMEM : ISOKIT_E_UNSUPPORTED,
				 ISOKIT_NO_OFFSET, subject, "cannot be made (libext2fs: %ld)",
				 (long)rc);
	free(m.v.slots);
	free(m.v.zeros);
	return st;
}

#else

enum isokit_status ext_compose(struct composer *c, const struct ext_options *o,
			       struct isokit_error *err)
{
	(void)c, (void)o;
	return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, subject,
			   "this build has no libext2fs to make it with");
}

#endif
