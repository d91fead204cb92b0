/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The UDF bridge: the plan of its head room, and what is written into it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "author/shape.h"
#include "author/udf_writer.h"
#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "ondisk/eltorito.h"

static const char subject[] = "UDF";

enum {
	BLOCK = ONDISK_UDF_BLOCK,
	FIRST_BASE = 64,
	SECOND_TREE_BLOCKS = 32,
	SEQUENCE_BLOCKS = 16,
	BASE_BLOCKS = 2 * SEQUENCE_BLOCKS + 2, /* and the integrity sequence */
	ANCHOR = 256,
	LAST_RECOGNITION = 31,
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

struct odd {
	uint64_t zisofs, special;
};

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

static int count_odd(void *ctx, struct tree_node *n)
{
	struct odd *odd = ctx;

	if (!udf_shows(n))
		return 0;
	odd->zisofs += (n->flags & TREE_ZISOFS) != 0;
	odd->special += !tree_is_dir(n) && !tree_is_file(n);
	return 0;
}

/* What some readers of UDF make little of. */
static void note_odd(struct plan *plan)
{
	struct odd odd = { 0 };

	(void)tree_walk(plan->tree->root, count_odd, &odd);
	if (odd.special)
		plan_note(plan, ISOKIT_BUILD_NOTE, NULL,
			  "%llu symbolic link%s or special files in UDF: 7-Zip then shows the names of ISO 9660",
			  (unsigned long long)odd.special, odd.special == 1 ? "" : "s");
	if (odd.zisofs)
		plan_note(plan, ISOKIT_BUILD_WARNING, NULL,
			  "%llu compressed content%s: UDF knows no zisofs and shows the compressed bytes",
			  (unsigned long long)odd.zisofs, odd.zisofs == 1 ? "" : "s");
}

enum isokit_status udf_plan(struct plan *plan, struct isokit_error *err)
{
	struct plan_udf *u = &plan->udf;
	struct udf_map m = { 0 };
	enum isokit_status st;
	uint64_t end;

	if (!plan->options.udf)
		return ISOKIT_OK;
	/* Writing the system area of such an image twice, libisofs counts the HFS+ part
	 * twice in the GPT and stops. */
	if (plan->boot.hfs.wanted && plan_boot_has_gpt(&plan->boot))
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, subject,
				   "does not go together with HFS+ and a GPT: leave one of them out");
	st = check_revision(u, plan->options.udf_revision, err);
	if (st == ISOKIT_OK)
		st = udf_map_make(&m, plan->tree->root, err);
	if (st == ISOKIT_OK) {
		u->wanted = true;
		/* A second tree, for a partition, has its descriptors behind its offset. */
		u->base = FIRST_BASE;
		if (plan->boot.partition_offset + SECOND_TREE_BLOCKS > u->base)
			u->base = plan->boot.partition_offset + SECOND_TREE_BLOCKS;
		u->start = ANCHOR + 1;
		if (u->base + BASE_BLOCKS > ANCHOR) {
			u->base = u->base > u->start ? u->base : u->start;
			u->start = u->base + BASE_BLOCKS;
		}
		/* The catalog: its entry, and its name may need one more block. */
		end = u->start + m.blocks + (plan->boot.n_entries ? 2 : 0);
		/* Even, so that a file on an even block of libisofs' image is on one here. */
		u->head_blocks = (uint32_t)round_up(end, 2);
		note_altered(plan, &m);
		note_odd(plan);
	}
	udf_map_free(&m);
	return st;
}

/* ---- what the finished image says ------------------------------------------------------ */

static enum isokit_status read_block(struct udf_writer *w, uint64_t lba, uint8_t *block)
{
	ssize_t n = pread(sink_fd(w->to), block, BLOCK, (off_t)(lba * BLOCK));

	if (n == BLOCK)
		return ISOKIT_OK;
	return isokit_fail_errno(w->err, n < 0 ? errno : EIO, sink_name(w->to),
				 "cannot be read back");
}

/* The boot catalog, by its boot record (El Torito 2.0), and with it the places of boot
 * images that no directory tells. */
static enum isokit_status find_boot_images(struct udf_writer *w)
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

static void find_end_of_data(struct udf_writer *w)
{
	for (size_t i = 0; i < w->n_payloads; i++) {
		const struct payload *p = &w->payloads[i];
		uint64_t end = p->lba + div_up(p->node->size, BLOCK);

		if (p->node->size && p->lba != LAYOUT_NO_LBA && end <= w->volume_blocks)
			w->data_end = max_u64(w->data_end, end);
	}
}

/* Is nothing at a block: no content, and no structure of libisofs? */
static bool is_free(struct udf_writer *w, uint64_t lba)
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
static void choose_anchor(struct udf_writer *w)
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

/* ---- the volume --------------------------------------------------------------------- */

/* Behind the ISO 9660 descriptors: they end with a terminator. */
static enum isokit_status write_recognition(struct udf_writer *w)
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

static void describe(struct udf_writer *w, char set_id[128])
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

static enum isokit_status write_volume(struct udf_writer *w)
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
static void find_catalog(struct udf_writer *w)
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
	struct udf_writer w = { .l = l, .plan = plan, .to = to, .err = err };
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
		st = udf_write_partition(&w);
	udf_map_free(&w.map);
	text_free(&w.target);
	text_free(&w.catalog_folder);
	free(w.buffer);
	return st;
}
