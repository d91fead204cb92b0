/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The UDF bridge: the plan of its head room, and what is written into it. */
#include "author/udf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "author/shape.h"
#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "ondisk/eltorito.h"
#include "ondisk/udf_encode.h"

static const char subject[] = "UDF";

enum {
	BLOCK = ONDISK_UDF_BLOCK,
	FIRST_BASE = 64,    /* below: ISO descriptors, and those of a second tree at 16 */
	SEQUENCE_BLOCKS = 16,
	BASE_BLOCKS = 2 * SEQUENCE_BLOCKS + 2, /* and the integrity sequence */
	ANCHOR = 256,
	LAST_RECOGNITION = 31,
	BUFFER_BLOCKS = 256,
	CATALOG_BYTES = 2048,
};

static const char program[] = "*isokit";

/* ---- the plan ----------------------------------------------------------------------------- */

static enum isokit_status check_revision(struct plan_udf *u, unsigned wanted,
					 struct isokit_error *err)
{
	u->revision = wanted ? (uint16_t)wanted : 0x0102;
	if (u->revision == 0x0102 || u->revision == 0x0150 || u->revision == 0x0200 ||
	    u->revision == 0x0201)
		return ISOKIT_OK;
	return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, "UDF revision",
			   "%x.%02x is none of 1.02, 1.50, 2.00, 2.01", u->revision >> 8,
			   u->revision & 0xff);
}

static void note_altered(struct plan *plan, const struct udf_map *m)
{
	struct text path = { 0 };

	if (m->altered == 0)
		return;
	tree_node_path(m->first_altered, &path);
	if (m->altered == 1)
		plan_note(plan, ISOKIT_BUILD_NOTE, text_string(&path),
			  "has another name in UDF, which cannot hold this one");
	else
		plan_note(plan, ISOKIT_BUILD_NOTE, text_string(&path),
			  "and %llu more have other names in UDF, which cannot hold theirs",
			  (unsigned long long)m->altered - 1);
	text_free(&path);
}

enum isokit_status udf_plan(struct plan *plan, struct isokit_error *err)
{
	struct plan_udf *u = &plan->udf;
	struct udf_map m = { 0 };
	enum isokit_status st;
	uint64_t end;

	if (!plan->options.udf)
		return ISOKIT_OK;
	st = check_revision(u, plan->options.udf_revision, err);
	if (st == ISOKIT_OK)
		st = udf_map_make(&m, plan->tree->root, err);
	if (st == ISOKIT_OK) {
		u->wanted = true;
		u->base = FIRST_BASE;
		u->start = ANCHOR + 1;
		/* The catalog: its entry, and its name may need one more block. */
		end = u->start + m.blocks + (plan->boot.n_entries ? 2 : 0);
		/* Even, so that a file on an even block of libisofs' image is on one here. */
		u->head_blocks = (uint32_t)round_up(end, 2);
		note_altered(plan, &m);
	}
	udf_map_free(&m);
	return st;
}

/* ---- what the finished image says ------------------------------------------------------ */

struct writer {
	struct layout *l;
	struct plan *plan;
	struct sink *to;
	struct payload *payloads;
	size_t n_payloads;
	struct udf_map map;
	struct ondisk_udf_volume v;
	struct text catalog_folder;
	uint64_t catalog_lba;
	uint64_t extra_ids;   /* handed out for further names of files */
	uint64_t data_end;    /* block behind the last content */
	uint32_t volume_blocks; /* as ISO 9660 counts them */
	uint8_t *buffer;      /* blocks of the partition, from buffer_block */
	uint64_t buffer_block, buffered;
	struct text target;
	enum isokit_status status;
	struct isokit_error *err;
};

static enum isokit_status read_block(struct writer *w, uint64_t lba, uint8_t *block)
{
	ssize_t n = pread(sink_fd(w->to), block, BLOCK, (off_t)(lba * BLOCK));

	if (n == BLOCK)
		return ISOKIT_OK;
	return isokit_fail_errno(w->err, n < 0 ? errno : EIO, sink_name(w->to),
				 "cannot be read back");
}

/* The boot catalog, by its boot record (El Torito 2.0), and with it the places of boot
 * images that no directory tells. */
static enum isokit_status find_boot_images(struct writer *w)
{
	const struct plan_boot *boot = &w->plan->boot;
	uint8_t block[BLOCK];
	enum isokit_status st;
	size_t i = 0;

	if (boot->n_entries == 0)
		return ISOKIT_OK;
	st = read_block(w, 17, block);
	if (st)
		return st;
	w->catalog_lba = get_le32(block + 71);
	st = read_block(w, w->catalog_lba, block);
	for (size_t at = 32; st == ISOKIT_OK && at < BLOCK && i < boot->n_entries;
	     at += ELTORITO_ENTRY_BYTES) {
		const struct tree_node *n = boot->entries[i].node;
		struct payload *p = n ? &w->payloads[n->id] : NULL;

		if (block[at] == 0x90 || block[at] == 0x91 || block[at] == 0x44)
			continue; /* heads of sections, and criteria */
		if (p && p->lba == LAYOUT_NO_LBA)
			p->lba = get_le32(block + at + 8);
		i++;
	}
	return st;
}

static void find_end_of_data(struct writer *w)
{
	for (size_t i = 0; i < w->n_payloads; i++) {
		const struct payload *p = &w->payloads[i];
		uint64_t end = p->lba + div_up(p->node->size, BLOCK);

		if (p->node->size && p->lba != LAYOUT_NO_LBA && end <= w->volume_blocks)
			w->data_end = max_u64(w->data_end, end);
	}
}

/* Is nothing at a block: no content, and no structure of libisofs? */
static bool is_free(struct writer *w, uint64_t lba)
{
	static const uint8_t none[BLOCK];
	uint8_t block[BLOCK];

	if (lba < w->data_end || lba < w->plan->udf.head_blocks ||
	    lba >= layout_image_bytes(w->l) / BLOCK)
		return false;
	for (size_t i = 0; i < w->n_payloads; i++) {
		const struct payload *p = &w->payloads[i];

		if (p->node->size && p->lba != LAYOUT_NO_LBA && lba >= p->lba &&
		    lba - p->lba < div_up(p->node->size, BLOCK))
			return false;
	}
	return pread(sink_fd(w->to), block, BLOCK, (off_t)(lba * BLOCK)) == BLOCK &&
	       memcmp(block, none, BLOCK) == 0;
}

/* The second anchor: the last block of the medium, or 256 before it (UDF 2.2.3). A
 * partition behind the file system, or a GPT, may take those: then of the volume. */
static void choose_anchor(struct writer *w)
{
	uint64_t blocks = layout_image_bytes(w->l) / BLOCK, volume = w->volume_blocks;
	const uint64_t candidates[] = { blocks - 1, blocks - 1 - ANCHOR, volume - 1,
					volume - 1 - ANCHOR };
	struct plan_udf *u = &w->plan->udf;

	u->end_anchor = 0;
	for (size_t i = 0; i < sizeof(candidates) / sizeof(candidates[0]); i++) {
		if (candidates[i] < blocks && is_free(w, candidates[i])) {
			u->end_anchor = candidates[i];
			return;
		}
	}
}

/* ---- the partition, block by block ------------------------------------------------------- */

static void flush(struct writer *w)
{
	uint64_t at = (w->v.start + w->buffer_block) * BLOCK;

	if (w->status == ISOKIT_OK && w->buffered)
		w->status = sink_write_at(w->to, at, w->buffer, (size_t)w->buffered * BLOCK,
					  w->err);
	w->buffer_block += w->buffered;
	w->buffered = 0;
}

/* The next block, zeroed; *ret_block is its number. */
static uint8_t *next_block(struct writer *w, uint32_t *ret_block)
{
	uint8_t *p;

	if (w->buffered == BUFFER_BLOCKS)
		flush(w);
	p = w->buffer + w->buffered * BLOCK;
	memset(p, 0, BLOCK);
	*ret_block = (uint32_t)(w->buffer_block + w->buffered++);
	return p;
}

static struct ondisk_udf_new_entry entry_of(const struct writer *w, const struct tree_node *n,
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

static void put_entry(struct writer *w, uint8_t *p, uint32_t block,
		      const struct ondisk_udf_new_entry *e)
{
	ondisk_udf_entry_encode(&w->v.dialect, p, block, e);
}

/* Descriptors of one run of blocks, in the file entry `p` and the blocks behind it, which
 * all fit the buffer; returns how many bytes of them are in the entry. */
static size_t put_extents(struct writer *w, uint8_t *p, uint32_t block, uint64_t bytes)
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

static void write_file(struct writer *w, const struct tree_node *n)
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

static void write_catalog(struct writer *w)
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

static void write_link(struct writer *w, const struct tree_node *n)
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

static void write_special(struct writer *w, const struct tree_node *n)
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

static void write_node(struct writer *w, const struct tree_node *n)
{
	if (tree_is_file(n))
		write_file(w, n);
	else if ((n->mode & S_IFMT) == S_IFLNK)
		write_link(w, n);
	else
		write_special(w, n);
}

/* ---- folders ---------------------------------------------------------------------------------- */

/* The identifiers of a folder, across blocks. */
struct stream {
	struct writer *w;
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

static void put_folder_entry(struct writer *w, const struct tree_node *dir, uint64_t bytes)
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
	struct writer *w = s->w;
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

static void put_fids(struct writer *w, const struct tree_node *dir, uint64_t bytes)
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
static void write_folder(struct writer *w, const struct tree_node *dir)
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

static enum isokit_status write_partition(struct writer *w)
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

/* ---- the volume ------------------------------------------------------------------------------- */

/* Behind the ISO 9660 descriptors: they end with a terminator. */
static enum isokit_status write_recognition(struct writer *w)
{
	static const char *const ids[] = { "BEA01", "NSR02", "TEA01" };
	uint8_t block[BLOCK], out[3 * BLOCK] = { 0 };
	uint32_t lba = 16;
	enum isokit_status st;

	for (;; lba++) {
		st = read_block(w, lba, block);
		if (st)
			return st;
		if (memcmp(block + 1, "CD001", 5) != 0 || lba + 3 > LAST_RECOGNITION)
			return isokit_fail(w->err, ISOKIT_E_MISMATCH, (uint64_t)lba * BLOCK, subject,
					   "finds no end of the volume descriptors");
		if (block[0] == 1)
			w->volume_blocks = get_le32(block + 80);
		if (block[0] == 255)
			break;
	}
	for (size_t i = 0; i < 3; i++)
		ondisk_udf_recognition_encode(out + i * BLOCK, ids[i]);
	if (w->plan->udf.revision >= 0x0200)
		out[BLOCK + 5] = '3'; /* NSR03 */
	return sink_write_at(w->to, (uint64_t)(lba + 1) * BLOCK, out, sizeof(out), w->err);
}

static void describe(struct writer *w, char set_id[128])
{
	const struct plan *plan = w->plan;
	const struct plan_udf *u = &plan->udf;
	const char *set = plan->options.volume_set_id;
	uint64_t end = u->end_anchor ? u->end_anchor : w->volume_blocks;
	struct text id = { 0 };

	/* UDF 2.2.2.5: 16 digits, of which the first 8 are a time. */
	text_addf(&id, "%08x%08x", (uint32_t)plan->epoch, get_be32(plan->tree_digest));
	text_add_str(&id, *set ? set : plan->options.volume_id);
	memset(set_id, 0, 128);
	memcpy(set_id, text_string(&id), id.n < 127 ? id.n : 127);
	text_free(&id);
	w->v = (struct ondisk_udf_volume){
		.dialect = { .revision = u->revision, .author = program },
		.label = plan->options.volume_id,
		.set_id = set_id,
		.time = plan->epoch,
		.sequence = { u->base, u->base + SEQUENCE_BLOCKS },
		.sequence_blocks = SEQUENCE_BLOCKS,
		.integrity = u->base + 2 * SEQUENCE_BLOCKS,
		.start = u->start,
		.blocks = (uint32_t)(min_u64(end, w->volume_blocks) - u->start),
		.file_set = UDF_FILE_SET,
		.root = UDF_ROOT,
		.next_unique_id = UDF_FIRST_UNIQUE_ID + w->map.blocks + w->map.extra_links,
		.files = (uint32_t)w->map.files,
		.directories = (uint32_t)w->map.directories,
	};
}

static enum isokit_status write_volume(struct writer *w)
{
	const struct plan_udf *u = &w->plan->udf;
	uint8_t *raw = calloc(BASE_BLOCKS, BLOCK), anchor[BLOCK] = { 0 };
	enum isokit_status st;

	if (!raw)
		return isokit_fail_nomem(w->err, subject, (size_t)BASE_BLOCKS * BLOCK);
	for (unsigned i = 0; i < 2; i++)
		ondisk_udf_sequence_encode(&w->v, raw + (size_t)i * SEQUENCE_BLOCKS * BLOCK,
					   w->v.sequence[i]);
	ondisk_udf_integrity_encode(&w->v, raw + (size_t)2 * SEQUENCE_BLOCKS * BLOCK);
	st = sink_write_at(w->to, (uint64_t)u->base * BLOCK, raw, (size_t)BASE_BLOCKS * BLOCK,
			   w->err);
	free(raw);
	ondisk_udf_anchor_encode(&w->v, anchor, ANCHOR);
	if (st == ISOKIT_OK)
		st = sink_write_at(w->to, (uint64_t)ANCHOR * BLOCK, anchor, BLOCK, w->err);
	if (st || !u->end_anchor)
		return st;
	memset(anchor, 0, BLOCK);
	ondisk_udf_anchor_encode(&w->v, anchor, (uint32_t)u->end_anchor);
	return sink_write_at(w->to, u->end_anchor * BLOCK, anchor, BLOCK, w->err);
}

/* Where the boot catalog is shown, as ISO 9660 shows it. */
static void find_catalog(struct writer *w)
{
	const char *path = layout_catalog_path(w->l), *slash = path ? strrchr(path, '/') : NULL;

	if (!slash || w->plan->boot.catalog_hidden ||
	    (shape_hidden_flags(w->plan, path) & (TREE_HIDDEN | TREE_HIDDEN_UDF)))
		return;
	text_add(&w->catalog_folder, path, (size_t)(slash - path));
	w->map.catalog_folder = tree_lookup(w->plan->tree, text_string(&w->catalog_folder));
	w->map.catalog_name = slash + 1;
	w->map.catalog_name_bytes = (uint32_t)strlen(slash + 1);
}

enum isokit_status udf_write(struct layout *l, struct plan *plan, struct sink *to,
			     struct isokit_error *err)
{
	struct writer w = { .l = l, .plan = plan, .to = to, .err = err };
	char set_id[128];
	enum isokit_status st;

	if (!plan->udf.wanted)
		return ISOKIT_OK;
	w.payloads = layout_payloads(l, &w.n_payloads);
	find_catalog(&w);
	st = udf_map_make(&w.map, plan->tree->root, err);
	if (st == ISOKIT_OK && plan->udf.start + w.map.blocks > plan->udf.head_blocks)
		st = isokit_fail(err, ISOKIT_E_MISMATCH, ISOKIT_NO_OFFSET, subject,
				 "needs more room than was planned");
	if (st == ISOKIT_OK)
		st = write_recognition(&w);
	if (st == ISOKIT_OK)
		st = find_boot_images(&w);
	if (st == ISOKIT_OK) {
		find_end_of_data(&w);
		choose_anchor(&w);
		describe(&w, set_id);
		st = write_volume(&w);
	}
	if (st == ISOKIT_OK)
		st = write_partition(&w);
	udf_map_free(&w.map);
	text_free(&w.target);
	text_free(&w.catalog_folder);
	free(w.buffer);
	return st;
}
