/* SPDX-License-Identifier: GPL-3.0-or-later */
/* File entries and folders of the UDF partition, written in the order of udf_map.c. */
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "author/udf_writer.h"
#include "base/checked.h"
#include "base/fail.h"

static const char subject[] = "UDF";

enum { BLOCK = ONDISK_UDF_BLOCK, BUFFER_BLOCKS = 256, CATALOG_BYTES = 2048 };

/* ---- block by block ------------------------------------------------------------------ */

static void flush(struct udf_writer *w)
{
	uint64_t at = (w->v.start + w->buffer_block) * BLOCK;

	if (w->status == ISOKIT_OK && w->buffered)
		w->status = sink_write_at(w->to, at, w->buffer, (size_t)w->buffered * BLOCK,
					  w->err);
	w->buffer_block += w->buffered;
	w->buffered = 0;
}

/* The next block, zeroed; *ret_block is its number. */
static uint8_t *next_block(struct udf_writer *w, uint32_t *ret_block)
{
	uint8_t *p;

	if (w->buffered == BUFFER_BLOCKS)
		flush(w);
	p = w->buffer + w->buffered * BLOCK;
	memset(p, 0, BLOCK);
	*ret_block = (uint32_t)(w->buffer_block + w->buffered++);
	return p;
}

static struct ondisk_udf_new_entry entry_of(const struct udf_writer *w, const struct tree_node *n,
					    uint8_t type, uint32_t block)
{
	uint32_t ns = n->mtime_ns;
	int64_t t = layout_node_time(w->plan, n, &ns);

	return (struct ondisk_udf_new_entry){
		.type = type,
		.uid = n->uid,
		.gid = n->gid,
		.mode = n->mode & 07777,
		.links = 1,
		.time = t,
		.time_ns = ns,
		.unique_id = block + (uint64_t)UDF_FIRST_UNIQUE_ID,
	};
}

static void put_entry(struct udf_writer *w, uint8_t *p, uint32_t block,
		      const struct ondisk_udf_new_entry *e)
{
	ondisk_udf_entry_encode(&w->v.dialect, p, block, e);
}

/* Descriptors of one run of blocks, in the file entry `p` and the blocks behind it, which
 * all fit the buffer; returns how many bytes of them are in the entry. */
static size_t put_extents(struct udf_writer *w, uint8_t *p, uint32_t block, uint64_t bytes)
{
	uint8_t *head = NULL, *at = p + ONDISK_UDF_ENTRY_HEAD;
	uint64_t left = div_up(bytes, ONDISK_UDF_EXTENT_MOST);
	size_t room = UDF_ENTRY_ADS, in_entry = 0;
	uint32_t number = 0;

	while (left) {
		bool last = left <= room;
		size_t n = last ? (size_t)left : room - 1;

		for (size_t i = 0; i < n; i++, at += 8) {
			uint32_t some = (uint32_t)min_u64(bytes, ONDISK_UDF_EXTENT_MOST);

			ondisk_udf_short_encode(at, some, ONDISK_UDF_RECORDED, block);
			bytes -= some;
			block += some / BLOCK;
		}
		left -= n;
		if (!last) { /* it goes on in the next block */
			ondisk_udf_short_encode(at, BLOCK, ONDISK_UDF_NEXT_EXTENT,
						(uint32_t)(w->buffer_block + w->buffered));
			at += 8;
		}
		if (head)
			ondisk_udf_aed_encode(&w->v.dialect, head, number,
					      (size_t)(at - head) - ONDISK_UDF_AED_HEAD);
		else
			in_entry = (size_t)(at - p) - ONDISK_UDF_ENTRY_HEAD;
		if (!last) {
			head = next_block(w, &number);
			at = head + ONDISK_UDF_AED_HEAD;
			room = UDF_CHAINED_ADS;
		}
	}
	return in_entry;
}

static void write_file(struct udf_writer *w, const struct tree_node *n)
{
	uint64_t blocks = udf_node_blocks(n), lba = w->payloads[n->id].lba;
	struct ondisk_udf_new_entry e;
	uint32_t block;
	uint8_t *p;

	if (w->status)
		return;
	if (n->size && (lba == LAYOUT_NO_LBA || lba < w->v.start)) {
		struct text path = { 0 };

		tree_node_path(n, &path);
		w->status = isokit_fail(w->err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET,
					text_string(&path),
					"cannot be in UDF: no name space tells where it lies");
		text_free(&path);
		return;
	}
	if (w->buffered + blocks > BUFFER_BLOCKS)
		flush(w); /* at most some 30: 8 TiB in extents of 1 GiB */
	p = next_block(w, &block);
	e = entry_of(w, n, ONDISK_UDF_TYPE_FILE, block);
	e.bytes = n->size;
	e.blocks = div_up(n->size, BLOCK);
	if (n->link) {
		uint32_t links = udf_family_of(&w->map, n)->links;

		e.links = (uint16_t)min_u64(links, UINT16_MAX);
	}
	if (n->size)
		e.ad_bytes = put_extents(w, p, (uint32_t)(lba - w->v.start), n->size);
	put_entry(w, p, block, &e);
}

static void write_catalog(struct udf_writer *w)
{
	/* Time and owner as libisofs gives it: those of nobody in particular. */
	const struct tree_node n = { .mode = S_IFREG | 0400, .mtime = w->plan->epoch };
	struct ondisk_udf_new_entry e;
	uint32_t block;
	uint8_t *p = next_block(w, &block);

	e = entry_of(w, &n, ONDISK_UDF_TYPE_FILE, block);
	e.bytes = CATALOG_BYTES;
	e.blocks = 1;
	e.ad_bytes = put_extents(w, p, (uint32_t)(w->catalog_lba - w->v.start), CATALOG_BYTES);
	put_entry(w, p, block, &e);
}

static void write_link(struct udf_writer *w, const struct tree_node *n)
{
	struct ondisk_udf_new_entry e;
	uint32_t block, data;
	uint8_t *p = next_block(w, &block);

	e = entry_of(w, n, ONDISK_UDF_TYPE_SYMLINK, block);
	if (!udf_link(n, &w->target)) {
		w->status = isokit_fail_nomem(w->err, subject, 0);
		return;
	}
	e.bytes = w->target.n;
	if (w->target.n <= UDF_ROOM) {
		e.ad_kind = ONDISK_UDF_AD_EMBEDDED;
		e.ad_bytes = w->target.n;
		memcpy(p + ONDISK_UDF_ENTRY_HEAD, w->target.bytes, w->target.n);
		put_entry(w, p, block, &e);
		return;
	}
	e.blocks = div_up(w->target.n, BLOCK);
	e.ad_bytes = put_extents(w, p, block + 1, w->target.n);
	put_entry(w, p, block, &e);
	for (size_t at = 0; at < w->target.n; at += BLOCK)
		memcpy(next_block(w, &data), w->target.bytes + at,
		       (size_t)min_u64(BLOCK, w->target.n - at));
}

static void write_special(struct udf_writer *w, const struct tree_node *n)
{
	uint8_t type = S_ISFIFO(n->mode) ? ONDISK_UDF_TYPE_FIFO :
		       S_ISSOCK(n->mode) ? ONDISK_UDF_TYPE_SOCKET :
		       S_ISBLK(n->mode) ? ONDISK_UDF_TYPE_BLOCK : ONDISK_UDF_TYPE_CHAR;
	struct ondisk_udf_new_entry e;
	uint32_t block;
	uint8_t *p = next_block(w, &block);

	e = entry_of(w, n, type, block);
	e.ad_kind = ONDISK_UDF_AD_EMBEDDED;
	if (S_ISBLK(n->mode) || S_ISCHR(n->mode))
		e.ea_bytes = ondisk_udf_device_encode(&w->v.dialect, p + ONDISK_UDF_ENTRY_HEAD,
						      block, major(n->u.rdev), minor(n->u.rdev));
	put_entry(w, p, block, &e);
}

static void write_node(struct udf_writer *w, const struct tree_node *n)
{
	if (tree_is_file(n))
		write_file(w, n);
	else if ((n->mode & S_IFMT) == S_IFLNK)
		write_link(w, n);
	else
		write_special(w, n);
}

/* ---- folders ------------------------------------------------------------------------ */

/* The identifiers of a folder, across blocks. */
struct stream {
	struct udf_writer *w;
	uint8_t *block;
	uint32_t number;
	size_t used;
};

static void put_fid(struct stream *s, uint8_t characteristics, uint32_t icb, uint64_t unique_id,
		    const uint8_t *name, size_t name_bytes)
{
	uint8_t raw[ONDISK_UDF_FID_HEAD + ONDISK_UDF_NAME_BYTES + 3];
	size_t n, done = 0;

	if (!s->block || s->used == BLOCK) {
		s->block = next_block(s->w, &s->number);
		s->used = 0;
	}
	n = ondisk_udf_fid_encode(&s->w->v.dialect, raw, s->number, characteristics, icb,
				  (uint32_t)unique_id, name, name_bytes);
	while (done < n) {
		size_t some = (size_t)min_u64(n - done, BLOCK - s->used);

		memcpy(s->block + s->used, raw + done, some);
		s->used += some;
		done += some;
		if (done < n) {
			s->block = next_block(s->w, &s->number);
			s->used = 0;
		}
	}
}

static uint64_t folder_id(const struct tree_node *dir)
{
	return dir->parent ? dir->id + (uint64_t)UDF_FIRST_UNIQUE_ID : 0;
}

static void put_folder_entry(struct udf_writer *w, const struct tree_node *dir, uint64_t bytes)
{
	struct ondisk_udf_new_entry e;
	uint32_t block, links = 1;
	uint8_t *p = next_block(w, &block);

	e = entry_of(w, dir, ONDISK_UDF_TYPE_DIRECTORY, block);
	/* Its own identifier (of the root: that of its parent), and one for the parent in
	 * each folder below. */
	for (uint32_t i = 0; i < dir->u.dir.n; i++)
		links += tree_is_dir(dir->u.dir.children[i]) && udf_shows(dir->u.dir.children[i]);
	e.links = (uint16_t)min_u64(links, UINT16_MAX);
	e.unique_id = folder_id(dir);
	e.bytes = bytes;
	e.blocks = div_up(bytes, BLOCK);
	e.ad_bytes = put_extents(w, p, block + 1, bytes);
	put_entry(w, p, block, &e);
}

/* The identifier of a file; *cursor is the block of the next entry to be written. */
static void put_file_fid(struct stream *s, const struct tree_node *n, uint64_t *cursor,
			 const uint8_t *name, size_t name_bytes)
{
	struct udf_writer *w = s->w;
	uint64_t block = *cursor, id;

	if (n->link)
		block = udf_family_of(&w->map, n)->block;
	id = block + UDF_FIRST_UNIQUE_ID;
	if (block == *cursor)
		*cursor += udf_node_blocks(n);
	else /* UDF 2.3.4.3: a further name has an id of its own */
		id = w->map.blocks + UDF_FIRST_UNIQUE_ID + w->extra_ids++;
	put_fid(s, 0, (uint32_t)block, id, name, name_bytes);
}

static void put_fids(struct udf_writer *w, const struct tree_node *dir, uint64_t bytes)
{
	uint64_t cursor = dir->id + 1 + div_up(bytes, BLOCK);
	const struct tree_node *up = dir->parent ? dir->parent : dir;
	uint8_t name[ONDISK_UDF_NAME_BYTES];
	struct stream s = { .w = w };
	bool altered;

	put_fid(&s, ONDISK_UDF_FID_PARENT | ONDISK_UDF_FID_DIRECTORY, up->id, folder_id(up), NULL,
		0);
	for (uint32_t i = 0; i < dir->u.dir.n; i++) {
		const struct tree_node *n = dir->u.dir.children[i];
		size_t name_bytes;

		if (!udf_shows(n))
			continue;
		name_bytes = udf_name(dir, i, name, &altered);
		if (tree_is_dir(n))
			put_fid(&s, ONDISK_UDF_FID_DIRECTORY, n->id, folder_id(n), name,
				name_bytes);
		else
			put_file_fid(&s, n, &cursor, name, name_bytes);
	}
	if (dir == w->map.catalog_folder)
		put_fid(&s, 0, (uint32_t)cursor, cursor + UDF_FIRST_UNIQUE_ID, name,
			ondisk_udf_name_encode(w->map.catalog_name, w->map.catalog_name_bytes,
					       name, sizeof(name)));
}

/* The order is that of udf_map.c. */
static void write_folder(struct udf_writer *w, const struct tree_node *dir)
{
	uint64_t bytes = udf_folder_bytes(&w->map, dir);

	put_folder_entry(w, dir, bytes);
	put_fids(w, dir, bytes);
	for (uint32_t i = 0; i < dir->u.dir.n && !w->status; i++) {
		const struct tree_node *n = dir->u.dir.children[i];

		if (tree_is_dir(n) || !udf_shows(n))
			continue;
		if (!n->link ||
		    udf_family_of(&w->map, n)->block == w->buffer_block + w->buffered)
			write_node(w, n);
	}
	if (dir == w->map.catalog_folder)
		write_catalog(w);
	for (uint32_t i = 0; i < dir->u.dir.n && !w->status; i++) {
		if (tree_is_dir(dir->u.dir.children[i]) && udf_shows(dir->u.dir.children[i]))
			write_folder(w, dir->u.dir.children[i]);
	}
}

enum isokit_status udf_write_partition(struct udf_writer *w)
{
	uint32_t block;
	uint8_t *p;

	w->buffer = malloc((size_t)BUFFER_BLOCKS * BLOCK);
	if (!w->buffer)
		return isokit_fail_nomem(w->err, subject, (size_t)BUFFER_BLOCKS * BLOCK);
	p = next_block(w, &block);
	(void)next_block(w, &block);
	ondisk_udf_file_set_encode(&w->v, p);
	write_folder(w, w->plan->tree->root);
	flush(w);
	if (w->status == ISOKIT_OK && w->buffer_block != w->map.blocks)
		return isokit_fail(w->err, ISOKIT_E_MISMATCH, ISOKIT_NO_OFFSET, subject,
				   "took %llu blocks where %llu were planned",
				   (unsigned long long)w->buffer_block,
				   (unsigned long long)w->map.blocks);
	return w->status;
}
