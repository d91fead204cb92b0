/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The El Torito entries of a base image: found in its tree before sources change it,
 * and set up again when it is complete. */
#include "author/base.h"

#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/fail.h"
#include "base/scan.h"
#include "ondisk/eltorito.h"

enum { SECTOR_BYTES = 2048, UNIT_BYTES = 512 };

/* ---- before the sources ------------------------------------------------------------ */

struct search {
	struct plan *plan;
	struct base *b;
	uint64_t catalog; /* offset in the base */
	const struct tree_node *found;
	bool failed;
};

static const char *kept_path(struct search *s, const struct tree_node *n)
{
	struct text path = { 0 };
	const char *kept;

	tree_node_path(n, &path);
	kept = arena_strndup(&s->plan->arena, text_string(&path), path.n);
	if (path.failed || !kept)
		s->failed = true;
	text_free(&path);
	return kept;
}

static int match_node(void *ctx, struct tree_node *n)
{
	struct search *s = ctx;
	struct base *b = s->b;
	uint64_t at = tree_node_offset_in(n, b->src);

	if (at == UINT64_MAX || n->size == 0)
		return 0;
	if (at == s->catalog) {
		if (!b->catalog_path)
			b->catalog_path = kept_path(s, n);
		return s->failed;
	}
	if (at + n->size > b->data_end)
		b->data_end = at + n->size;
	for (size_t i = 0; i < b->n_entries; i++) {
		if (b->entries[i].offset == at && !b->entries[i].path)
			b->entries[i].path = kept_path(s, n);
	}
	for (size_t i = 0; i < b->n_partitions; i++) {
		struct base_partition *p = &b->partitions[i];

		if (p->role != BASE_UNKNOWN || p->offset != at || p->bytes < n->size)
			continue;
		p->path = kept_path(s, n);
		p->role = BASE_FILE;
	}
	return s->failed;
}

static int find_catalog(void *ctx, struct tree_node *n)
{
	struct search *s = ctx;

	if (n->size == 0 || tree_node_offset_in(n, s->b->src) != s->catalog)
		return 0;
	s->found = n;
	return 1;
}

/* libisofs makes a new one. All names of the old one go. */
static void remove_catalog(struct search *s)
{
	struct text path = { 0 };

	while (s->b->catalog_path && tree_walk(s->plan->tree->root, find_catalog, s) != 0) {
		text_clear(&path);
		tree_node_path(s->found, &path);
		if (strcmp(text_string(&path), s->b->catalog_path) == 0)
			s->plan->catalog_iso_name = s->found->iso_name;
		if (path.failed || !tree_remove(s->plan->tree, text_string(&path)))
			break;
	}
	text_free(&path);
}

/* ECMA-119 6.2.1: its first 16 sectors are for whom they may concern. Game consoles and
 * workstations start from what is there. */
static bool has_system_area(const struct base *b)
{
	uint8_t sector[SECTOR_BYTES];

	for (uint64_t at = 0; at < PLAN_SYSTEM_AREA_BYTES; at += SECTOR_BYTES) {
		if (isokit_source_read_at(b->src, at, sector, sizeof(sector), NULL) != ISOKIT_OK)
			return false;
		if (!all_zero(sector, sizeof(sector)))
			return true;
	}
	return false;
}

enum isokit_status base_find_boot(struct plan *plan, struct base *b, struct isokit_error *err)
{
	const struct isokit_el_torito *et = &b->facts->el_torito;
	struct search s = { .plan = plan, .b = b, .catalog = UINT64_MAX };
	enum isokit_status st;

	if (et->present && et->readable) {
		s.catalog = (uint64_t)et->catalog_lba * SECTOR_BYTES;
		if (et->n_entries > PLAN_MAX_BOOT_ENTRIES)
			plan_note(plan, ISOKIT_BUILD_WARNING, b->facts->path,
				  "has %zu boot entries, of which %d are kept", et->n_entries,
				  PLAN_MAX_BOOT_ENTRIES);
		b->n_entries = (size_t)min_u64(et->n_entries, PLAN_MAX_BOOT_ENTRIES);
	}
	for (size_t i = 0; i < b->n_entries; i++)
		b->entries[i].offset = (uint64_t)et->entries[i].lba * SECTOR_BYTES;
	st = base_find_partitions(plan, b, err);
	if (st)
		return st;
	if (tree_walk(plan->tree->root, match_node, &s) != 0)
		return isokit_fail_nomem(err, b->facts->path, 0);
	base_settle_partitions(b);
	st = base_find_hfs(plan, b, err);
	if (st)
		return st;
	remove_catalog(&s);
	b->boots = b->n_entries || b->n_partitions || b->facts->mbr.present ||
		   has_system_area(b);
	return ISOKIT_OK;
}

/* ---- after them ------------------------------------------------------------------------ */

/* Selection criteria and ids stand in the catalog only. */
static void take_criteria(const struct base *b, const uint8_t *catalog, size_t bytes,
			  struct plan_boot *boot)
{
	size_t n = 0;

	for (size_t at = ELTORITO_ENTRY_BYTES; at + ELTORITO_ENTRY_BYTES <= bytes && n < b->n_entries;
	     at += ELTORITO_ENTRY_BYTES) {
		struct ondisk_eltorito_entry raw;
		enum ondisk_eltorito_kind kind = ondisk_eltorito_kind(catalog + at);

		if (at > ELTORITO_ENTRY_BYTES && kind != ONDISK_ELTORITO_ENTRY)
			continue;
		ondisk_eltorito_entry_decode(catalog + at, &raw);
		if (raw.lba != b->facts->el_torito.entries[n].lba)
			break; /* not in step: nothing is taken that is not sure */
		/* Figure 5: type of the criteria at byte 12, then 19 bytes of them. */
		if (n && raw.criteria_type) {
			memcpy(boot->entries[n].selection, catalog + at + 12,
			       sizeof(boot->entries[n].selection));
			boot->entries[n].has_selection = true;
		}
		n++;
	}
}

static void take_id(const char *id, struct plan_boot_entry *e, size_t limit)
{
	size_t n = id ? strlen(id) : 0;

	if (n == 0)
		return;
	memcpy(e->id, id, n < limit ? n : limit);
	e->has_id = true;
}

/* A boot image in no folder of the base. */
static enum isokit_status hidden_image(struct plan *plan, const struct isokit_boot_entry *from,
				       size_t number, struct tree_node **ret_node,
				       struct isokit_error *err)
{
	struct base *b = plan->base;
	uint64_t at = (uint64_t)from->lba * SECTOR_BYTES, bytes = from->bytes;
	struct text path = { 0 };
	enum isokit_status st;

	/* The table inside it knows its length best. */
	if (from->info_table.present && from->info_table.file_bytes > bytes)
		bytes = from->info_table.file_bytes;
	if (!range_inside(at, bytes, isokit_source_size(b->src)) || bytes == 0)
		return isokit_fail(err, ISOKIT_E_SHORT, at, b->facts->path,
				   "boot entry %zu lies outside the image; --boot=auto or --boot=none goes without it",
				   number);
	plan_free_path(plan, "boot-image", &path);
	if (path.failed)
		return isokit_fail_nomem(err, b->facts->path, 0);
	st = tree_add_range(plan->tree, text_string(&path), b->src, at, bytes, ret_node, err);
	if (st == ISOKIT_OK)
		(*ret_node)->flags |= TREE_HIDDEN | TREE_BOOT;
	text_free(&path);
	return st;
}

/* The file that an entry loads, as the tree has it now. */
static enum isokit_status find_image(struct plan *plan, size_t i, struct plan_boot_entry *e,
				     struct isokit_error *err)
{
	struct base *b = plan->base;
	const struct base_entry *from = &b->entries[i];

	for (size_t k = 0; !from->path && k < b->n_partitions; k++) {
		const struct base_partition *p = &b->partitions[k];

		if (p->offset == from->offset && p->role == BASE_APPENDED) {
			e->partition = p->number;
			return ISOKIT_OK;
		}
	}
	if (!from->path)
		return hidden_image(plan, &b->facts->el_torito.entries[i], i + 1, &e->node, err);
	e->node = tree_lookup(plan->tree, from->path);
	if (e->node) {
		e->node->flags |= TREE_BOOT;
		return ISOKIT_OK;
	}
	return isokit_fail(err, ISOKIT_E_NOT_FOUND, ISOKIT_NO_OFFSET, from->path,
			   "is gone, but boot entry %zu of %s loads it; put another one there, or say --boot=auto or none",
			   i + 1, b->facts->path);
}

/* Of as many sectors as the image has: also of as many as another one will have. (For
 * UEFI, 0 and 1 are all there is, and stay so: Windows' media have 1.) */
static bool loads_all(const struct isokit_boot_entry *from)
{
	uint64_t sectors = div_up(from->bytes, UNIT_BYTES);

	return from->load_sectors == min_u64(sectors, UINT16_MAX) ||
	       from->load_sectors == min_u64(round_up(sectors, 4), UINT16_MAX);
}

static enum isokit_status set_entry(struct plan *plan, size_t i, struct isokit_error *err)
{
	const struct isokit_boot_entry *from = &plan->base->facts->el_torito.entries[i];
	struct plan_boot_entry *e = &plan->boot.entries[i];

	*e = (struct plan_boot_entry){
		.platform = from->platform,
		.emulation = (enum isokit_emulation)(from->media & 0x0f),
		.load_sectors = from->load_sectors,
		.load_segment = from->load_segment,
		.not_bootable = !from->bootable,
		.boot_info_table = from->info_table.present,
		.grub2_boot_info = from->grub2_info.present,
		.loader = from->loader,
	};
	if (e->emulation > ISOKIT_EMUL_HARD_DISK)
		e->emulation = ISOKIT_EMUL_NONE;
	e->full_load = e->emulation == ISOKIT_EMUL_NONE && loads_all(from);
	take_id(i ? from->section_id : plan->base->facts->el_torito.id, e, i ? 28 : 24);
	return find_image(plan, i, e, err);
}

static enum isokit_status set_el_torito(struct plan *plan, struct isokit_error *err)
{
	struct base *b = plan->base;
	struct plan_boot *boot = &plan->boot;
	uint64_t at = (uint64_t)b->facts->el_torito.catalog_lba * SECTOR_BYTES;
	uint8_t catalog[SECTOR_BYTES];
	enum isokit_status st = ISOKIT_OK;

	for (size_t i = 0; st == ISOKIT_OK && i < b->n_entries; i++)
		st = set_entry(plan, i, err);
	if (st || b->n_entries == 0)
		return st;
	boot->n_entries = b->n_entries;
	if (range_inside(at, sizeof(catalog), isokit_source_size(b->src)) &&
	    isokit_source_read_at(b->src, at, catalog, sizeof(catalog), NULL) == ISOKIT_OK)
		take_criteria(b, catalog, sizeof(catalog), boot);
	boot->catalog_hidden = !b->catalog_path;
	if (b->catalog_path && !tree_lookup(plan->tree, b->catalog_path))
		boot->catalog_path = b->catalog_path;
	return ISOKIT_OK;
}

enum isokit_status base_boot(struct plan *plan, struct isokit_error *err)
{
	enum isokit_status st = set_el_torito(plan, err);

	if (st == ISOKIT_OK)
		st = base_tables(plan, err);
	plan->boot.given = st == ISOKIT_OK;
	return st;
}

/* ---- which set-up ---------------------------------------------------------------------- */

/* Options that change a boot set-up say what to look for, not what to change. */
static enum isokit_status check_kept(const struct plan *plan, struct isokit_error *err)
{
	const struct isokit_build_options *o = &plan->options;
	const char *name = o->load_sectors ? "--load-sectors" :
			   o->has_emulation ? "--emulation" :
			   o->boot_info_table || o->no_boot_info_table ? "--boot-info-table" :
			   o->mbr_file ? "--mbr" :
			   o->apm ? "--apm" :
			   o->hybrid != ISOKIT_BUILD_HYBRID_AUTO ? "--hybrid" : NULL;

	if (!name)
		return ISOKIT_OK;
	return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, name,
			   "the boot set-up of %s is kept as it is; --boot=auto makes a new one",
			   plan->base->facts->path);
}

/* Is the set-up of the base to be kept? Else which is to be made? */
enum isokit_status base_choose(struct plan *plan, bool *ret_keep, struct isokit_error *err)
{
	enum isokit_build_boot *boot = &plan->options.boot;
	bool keep = *boot == ISOKIT_BUILD_BOOT_KEEP ||
		    (plan->base && *boot == ISOKIT_BUILD_BOOT_AUTO);

	*ret_keep = false;
	if (*boot == ISOKIT_BUILD_BOOT_KEEP && !plan->base)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, "--boot=keep",
				   "there is no image among the sources that the boot set-up could be of");
	/* What does not boot stays so: nobody asked for more. */
	if (keep)
		*boot = ISOKIT_BUILD_BOOT_NONE;
	else if (*boot == ISOKIT_BUILD_BOOT_DETECT)
		*boot = ISOKIT_BUILD_BOOT_AUTO;
	if (!keep && plan->base && plan->base->facts->namespaces[ISOKIT_NS_HFS].present)
		plan_note(plan, ISOKIT_BUILD_WARNING, plan->base->facts->path,
			  "its HFS volume for Macs is not kept: it belongs to the boot set-up, which only --boot=keep makes again");
	*ret_keep = keep && plan->base->boots;
	return *ret_keep ? check_kept(plan, err) : ISOKIT_OK;
}
