/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A live image as it is, and a partition behind it that its system keeps changes in. */
#include "stick/stick.h"

#include <isokit/image.h>
#include <isokit/source.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/array.h"
#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "stick/ext.h"
#include "stick/live.h"
#include "stick/movegpt.h"

enum {
	MAX_CONFIG = 256 * 1024,
	MAX_CONFIGS = 500,
	MIN_BYTES = 64 * STICK_MIB, /* of a partition that is of any use */
	TAIL = STICK_MIB,           /* at the end of the drive: a backup GPT */
};

static const char subject[] = "--persistence";

uint64_t stick_persistent_least(void)
{
	return MIN_BYTES;
}

struct persistent {
	struct isokit_source *image;
	const struct stick_options *o;
	struct composer *c;
	struct isokit_error *err;
	struct isokit_image *img;
	const struct isokit_facts *facts;
	struct tree *t;
	const struct live_system *live;
	struct patches patches;
	uint64_t at, bytes; /* of the new partition */
	uint8_t mbr[MBR_BYTES];
	bool in_gpt, in_mbr;
};

/* ---- the image -------------------------------------------------------------------------------- */

static enum isokit_status look(struct persistent *p)
{
	const struct tree_scan_options scan = {
		.cancelled = p->o->cancelled, .cancelled_ctx = p->o->ctx, .cut_names = true,
	};
	enum isokit_status st = isokit_image_open(p->image, 0, &p->img, p->err);

	if (st == ISOKIT_OK)
		st = composer_own_image(p->c, p->img, p->err);
	if (st == ISOKIT_OK)
		st = tree_new(&p->t, p->err);
	if (st == ISOKIT_OK)
		st = composer_own_tree(p->c, p->t, p->err);
	if (st)
		return st;
	p->facts = isokit_image_facts(p->img);
	st = tree_add_image(p->t, p->img, p->image, isokit_image_best_namespace(p->img), &scan,
			    composer_keep_source, p->c, NULL, NULL, p->err);
	if (st)
		return st;
	p->live = live_system_find(p->facts, p->t);
	if (!p->live)
		return isokit_fail(p->err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, subject,
				   "is known of Debian, Ubuntu, Fedora and Arch live images, and "
				   "this is none of them");
	return ISOKIT_OK;
}

/* ---- its tables -------------------------------------------------------------------------------- */

/* Linux takes the GPT where the MBR says so, and else the MBR. */
static bool says_gpt(const struct ondisk_mbr *m)
{
	for (size_t i = 0; i < TABLE_MBR_ENTRIES; i++)
		if (m->entries[i].type == MBR_TYPE_GPT)
			return true;
	return false;
}

static enum isokit_status place(struct persistent *p, const struct ondisk_mbr *m,
				const struct table_gpt *g)
{
	uint64_t unit = p->o->card ? (uint64_t)4 * STICK_MIB : STICK_MIB;
	uint64_t end = isokit_source_size(p->image), limit = p->o->bytes, want = p->o->persistence;

	for (size_t i = 0; i < TABLE_MBR_ENTRIES; i++)
		if (m->entries[i].type != MBR_TYPE_GPT) /* isohybrid: type 0, and yet there */
			end = max_u64(end, ((uint64_t)m->entries[i].start_lba +
					    m->entries[i].sectors) * 512);
	if (g->head)
		end = max_u64(end, (min_u64(table_gpt_end(g), UINT64_MAX / 1024) + 1) * 512);
	p->at = round_up(end, unit);
	if (p->in_mbr)
		limit = min_u64(limit, (uint64_t)UINT32_MAX * 512);
	if (limit < TAIL + MIN_BYTES || p->at > limit - TAIL - MIN_BYTES)
		return isokit_fail(p->err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, subject,
				   "behind the image there is no room for a partition on the drive");
	p->bytes = (limit - TAIL - p->at) / STICK_MIB * STICK_MIB;
	if (want == UINT64_MAX)
		return ISOKIT_OK;
	if (want < MIN_BYTES)
		return isokit_fail(p->err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, subject,
				   "less than %d MiB are of no use", MIN_BYTES / STICK_MIB);
	if (want > p->bytes)
		return isokit_fail(p->err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, subject,
				   "there is room for %llu bytes, not for %llu",
				   (unsigned long long)p->bytes, (unsigned long long)want);
	p->bytes = round_up(want, STICK_MIB);
	return ISOKIT_OK;
}

static enum isokit_status add_to_gpt(struct persistent *p, struct table_gpt *g)
{
	uint8_t id[16], *entry;
	unsigned number;

	entry = table_gpt_unused(g, &number);
	if (!entry)
		return isokit_fail(p->err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, subject,
				   "the image's GPT has no entry left");
	composer_id(p->c, "partition", id);
	table_gpt_entry_put(entry, TABLE_GPT_TYPE_LINUX, id, p->at / 512,
			    (p->at + p->bytes) / 512 - 1, p->live->label);
	return movegpt_settle(p->image, g, p->o->bytes / 512, &p->patches, p->err);
}

static enum isokit_status add_to_mbr(struct persistent *p, const struct ondisk_mbr *m)
{
	uint8_t *sector;
	size_t slot = TABLE_MBR_ENTRIES;

	/* Not before others that are used: systems count them. */
	for (size_t i = TABLE_MBR_ENTRIES; i-- > 0 && m->entries[i].type == 0 &&
					   m->entries[i].sectors == 0;)
		slot = i;
	for (size_t i = 0; i < TABLE_MBR_ENTRIES && slot == TABLE_MBR_ENTRIES; i++)
		if (m->entries[i].type == 0 && m->entries[i].sectors == 0)
			slot = i;
	if (slot == TABLE_MBR_ENTRIES)
		return isokit_fail(p->err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, subject,
				   "all four entries of the image's MBR are in use");
	sector = malloc(MBR_BYTES);
	if (sector) {
		memcpy(sector, p->mbr, MBR_BYTES);
		table_mbr_entry_put(sector + TABLE_MBR_ENTRIES_AT + slot * TABLE_MBR_ENTRY_BYTES, false,
				    TABLE_TYPE_LINUX, p->at / 512, p->bytes / 512);
	}
	return movegpt_patch(&p->patches, 0, sector, MBR_BYTES, p->err);
}

/* A GPT that is damaged and that nobody looks at stays as it is. */
static enum isokit_status read_gpt(struct persistent *p, bool needed, struct table_gpt *g)
{
	enum isokit_status st = table_gpt_read(p->image, 512, g, p->err);

	if (st != ISOKIT_E_CORRUPT || needed)
		return st;
	*g = (struct table_gpt){ .sector = 512 };
	return composer_note(p->c, p->err, "the image's GPT is damaged and stays as it is; its MBR "
					   "has the new partition");
}

static enum isokit_status add_partition(struct persistent *p)
{
	struct table_gpt g = { 0 };
	struct ondisk_mbr m;
	enum isokit_status st = isokit_source_read_at(p->image, 0, p->mbr, MBR_BYTES, p->err);
	bool gpt;

	if (st)
		return st;
	ondisk_mbr_decode(p->mbr, &m);
	if (!m.signature || !m.table_like)
		return isokit_fail(p->err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, subject,
				   "the image has no partition table: it is made for discs only "
				   "(--as=files copies its files)");
	if (p->o->sector != 512)
		return isokit_fail(p->err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, subject,
				   "the image's partition table counts in sectors of 512 bytes, and "
				   "the drive has %u", p->o->sector);
	gpt = says_gpt(&m);
	st = read_gpt(p, gpt, &g);
	p->in_gpt = g.head != NULL;
	p->in_mbr = !gpt || !p->in_gpt;
	if (st == ISOKIT_OK)
		st = place(p, &m, &g);
	if (st == ISOKIT_OK && p->in_gpt)
		st = add_to_gpt(p, &g);
	if (st == ISOKIT_OK && p->in_mbr)
		st = add_to_mbr(p, &m);
	table_gpt_free(&g);
	return st;
}

/* ---- the kernel's parameter ---------------------------------------------------------------------- */

struct configs {
	struct tree_node *nodes[MAX_CONFIGS];
	size_t n;
};

static int collect(void *ctx, struct tree_node *node)
{
	struct configs *c = ctx;
	size_t n = node->name_bytes;

	if (tree_is_file(node) && node->size > 0 && node->size <= MAX_CONFIG &&
	    node->content == TREE_SOURCE && n > 4 &&
	    (strcasecmp(node->name + n - 4, ".cfg") == 0 ||
	     (n > 5 && strcasecmp(node->name + n - 5, ".conf") == 0)))
		c->nodes[c->n++] = node;
	return c->n == MAX_CONFIGS;
}

/* One file of the image: patched where it lies, length and all else as they were. */
static enum isokit_status patch_config(struct persistent *p, const struct tree_node *node,
				       size_t *places, bool *has)
{
	uint64_t at = tree_node_offset_in(node, p->image);
	char *text;
	enum isokit_status st;

	/* Other patches of the same place: two names of one file. */
	for (size_t i = 0; i < p->patches.n; i++)
		if (at < p->patches.p[i].offset + p->patches.p[i].n &&
		    p->patches.p[i].offset < at + node->size)
			return ISOKIT_OK;
	if (at == UINT64_MAX || !range_inside(at, node->size, isokit_source_size(p->image)))
		return ISOKIT_OK;
	text = malloc((size_t)node->size);
	if (!text)
		return isokit_fail_nomem(p->err, subject, (size_t)node->size);
	st = isokit_source_read_at(p->image, at, text, (size_t)node->size, p->err);
	if (st == ISOKIT_OK &&
	    live_parameter_put(text, (size_t)node->size, p->live->parameter, places, has))
		return movegpt_patch(&p->patches, at, (uint8_t *)text, (size_t)node->size, p->err);
	free(text);
	return st;
}

static enum isokit_status put_parameter(struct persistent *p)
{
	struct configs *found = calloc(1, sizeof(*found));
	size_t places = 0;
	bool has = false;
	enum isokit_status st = ISOKIT_OK;

	if (!found)
		return isokit_fail_nomem(p->err, subject, sizeof(*found));
	tree_walk(p->t->root, collect, found);
	for (size_t i = 0; i < found->n && st == ISOKIT_OK; i++)
		st = patch_config(p, found->nodes[i], &places, &has);
	free(found);
	if (st)
		return st;
	if (places)
		return composer_note(p->c, p->err,
				     "the kernel's parameter '%s' is put into %zu place%s of the boot "
				     "menu, where 'quiet splash' stood: a check of the medium by its "
				     "own sums will notice", p->live->parameter, places,
				     places == 1 ? "" : "s");
	if (has)
		return ISOKIT_OK;
	return composer_note(p->c, p->err,
			     "changes are kept when the kernel is started with the parameter '%s': add "
			     "it in the boot menu (Tab in ISOLINUX, e in GRUB)", p->live->parameter);
}

/* ---- all --------------------------------------------------------------------------------------------- */

static int by_offset(const void *a, const void *b)
{
	const struct stick_patch *x = a, *y = b;

	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

/* The image with patches, which live as long as the layout. */
static enum isokit_status put_image(struct persistent *p)
{
	uint64_t size = isokit_source_size(p->image), at = 0;
	enum isokit_status st = ISOKIT_OK;

	qsort(p->patches.p, p->patches.n, sizeof(*p->patches.p), by_offset);
	for (size_t i = 0; i < p->patches.n && st == ISOKIT_OK; i++) {
		const struct stick_patch *patch = &p->patches.p[i];
		uint8_t *bytes = composer_memory(p->c, patch->offset, patch->n, p->err);

		if (!bytes)
			return ISOKIT_E_NOMEM;
		memcpy(bytes, patch->bytes, patch->n);
		if (patch->offset > at && at < size)
			st = composer_source(p->c, at, min_u64(patch->offset, size) - at, p->image, at,
					     p->err);
		at = max_u64(at, patch->offset + patch->n);
	}
	if (st == ISOKIT_OK && at < size)
		st = composer_source(p->c, at, size - at, p->image, at, p->err);
	if (st == ISOKIT_OK)
		st = composer_zeros(p->c, size, p->at - size, p->err);
	if (st == ISOKIT_OK)
		st = composer_zeros(p->c, p->o->bytes - TAIL, TAIL, p->err);
	return st;
}

static enum isokit_status put_file_system(struct persistent *p)
{
	struct ext_options eo = {
		.at = p->at, .bytes = p->bytes, .label = p->live->label, .epoch = p->o->epoch,
		.file = p->live->file, .content = p->live->content,
	};

	for (size_t i = 0; i < sizeof(p->live->folders) / sizeof(p->live->folders[0]); i++)
		eo.folders[i] = p->live->folders[i];
	composer_id(p->c, "ext4", eo.uuid);
	return ext_compose(p->c, &eo, p->err);
}

static enum isokit_status compose(struct persistent *p)
{
	enum isokit_status st;

	if (isokit_source_size(p->image) > p->o->bytes)
		return isokit_fail(p->err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, subject,
				   "the image is larger than the drive");
	st = look(p);
	if (st == ISOKIT_OK)
		st = add_partition(p);
	if (st == ISOKIT_OK)
		st = put_parameter(p);
	if (st == ISOKIT_OK)
		st = put_image(p);
	if (st == ISOKIT_OK)
		st = put_file_system(p);
	return st;
}

enum isokit_status stick_compose_persistent(struct isokit_source *image,
					    const struct stick_options *o, struct stick_layout *ret,
					    struct isokit_error *err)
{
	struct persistent p = { .image = image, .o = o };
	struct stick_layout l = { .fs = "ext4" };
	struct isokit_error local;
	enum isokit_status st;

	p.err = err ? err : &local;
	st = composer_new(o, &p.c, p.err);
	if (st)
		return st;
	st = compose(&p);
	stick_patches_free(p.patches.p, p.patches.n);
	l.table = p.in_gpt && p.in_mbr ? "MBR and GPT" : p.in_gpt ? "GPT" : "MBR";
	if (st == ISOKIT_OK)
		st = composer_finish(p.c, &l, p.err);
	if (st)
		composer_free(p.c);
	else
		*ret = l;
	return st;
}
