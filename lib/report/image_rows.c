/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/image.h"

#include <stdio.h>
#include <string.h>

static void give_text(struct row_value *v, const char *text)
{
	v->kind = VALUE_TEXT;
	v->text = text;
}

static void give_number(struct row_value *v, uint64_t n)
{
	v->kind = VALUE_NUMBER;
	v->number = n;
}

static void give_bool(struct row_value *v, bool b)
{
	v->kind = VALUE_BOOL;
	v->number = b;
}

static void give_size(struct row_value *v, uint64_t bytes)
{
	report_size_words(bytes, v->buffer);
	give_text(v, v->buffer);
}

/* ---- volume ----------------------------------------------------------------- */

/* Without an ISO 9660 descriptor, and no logical volume of UDF, there are no such
 * numbers. */
static void volume_block_size(const void *object, struct row_value *v)
{
	const struct isokit_volume *volume = object;

	if (volume->lba || volume->block_size)
		give_number(v, volume->block_size);
}

static void volume_blocks(const void *object, struct row_value *v)
{
	const struct isokit_volume *volume = object;

	if (volume->lba || volume->block_size)
		give_number(v, volume->blocks);
}

static void session_blocks(const void *object, struct row_value *v)
{
	const struct isokit_session *session = object;

	if (session->volume_id)
		give_number(v, session->blocks);
}

const struct row report_volume_rows[] = {
	ROW(ROW_BYTES, isokit_volume, id, "id", "name"),
	ROW(ROW_BYTES, isokit_volume, system_id, "system_id", "system"),
	ROW(ROW_BYTES, isokit_volume, set_id, "set_id", "set"),
	ROW(ROW_BYTES, isokit_volume, publisher_id, "publisher_id", "publisher"),
	ROW(ROW_BYTES, isokit_volume, preparer_id, "preparer_id", "preparer"),
	ROW(ROW_BYTES, isokit_volume, application_id, "application_id", "application"),
	ROW(ROW_BYTES, isokit_volume, copyright_file_id, "copyright_file_id", "copyright"),
	ROW(ROW_BYTES, isokit_volume, abstract_file_id, "abstract_file_id", "abstract"),
	ROW(ROW_BYTES, isokit_volume, bibliographic_file_id, "bibliographic_file_id",
	    "bibliography"),
	ROW_FUNCTION(volume_block_size, "block_size", NULL),
	ROW_FUNCTION(volume_blocks, "blocks", NULL),
	ROW(ROW_TIME, isokit_volume, created, "created", "created"),
	ROW(ROW_TIME, isokit_volume, modified, "modified", "modified"),
	ROW(ROW_TIME, isokit_volume, expires, "expires", "expires"),
	ROW(ROW_TIME, isokit_volume, effective, "effective", "effective"),
	{ ROW_END },
};

const struct row report_descriptor_rows[] = {
	ROW(ROW_U64, isokit_descriptor, lba, "lba", NULL),
	ROW(ROW_WORD, isokit_descriptor, name, "type", NULL),
	{ ROW_END },
};

const struct row report_session_rows[] = {
	ROW(ROW_U64, isokit_session, lba, "lba", "block"),
	ROW(ROW_ABSENT, isokit_session, volume_id, "volume_id", "volume"),
	ROW_FUNCTION(session_blocks, "blocks", "blocks"),
	ROW(ROW_TIME, isokit_session, created, "created", "created"),
	ROW(ROW_BOOL, isokit_session, shown, "shown", "shown"),
	{ ROW_END },
};

/* ---- name spaces -------------------------------------------------------------- */

size_t report_namespaces(const struct isokit_facts *f,
			 struct report_namespace out[ISOKIT_NS_COUNT])
{
	static const struct {
		const char *key, *words;
	} names[ISOKIT_NS_COUNT] = {
		[ISOKIT_NS_ISO9660] = { "iso9660", "ISO 9660" },
		[ISOKIT_NS_ROCKRIDGE] = { "rockridge", "Rock Ridge" },
		[ISOKIT_NS_JOLIET] = { "joliet", "Joliet" },
		[ISOKIT_NS_ENHANCED] = { "enhanced", "ISO 9660:1999" },
		[ISOKIT_NS_UDF] = { "udf", "UDF" },
		[ISOKIT_NS_HFS] = { "hfs", "HFS" },
	};
	size_t n = 0;

	for (size_t i = 0; i < ISOKIT_NS_COUNT; i++) {
		if (f->namespaces[i].present)
			out[n++] = (struct report_namespace){
				.key = names[i].key,
				.words = names[i].words,
				.kind = (enum isokit_namespace_kind)i,
				.facts = &f->namespaces[i],
				.hfs = i == ISOKIT_NS_HFS ? &f->hfs : NULL,
				.udf = i == ISOKIT_NS_UDF && f->udf.present ? &f->udf : NULL,
				.primary_id = f->primary ? f->primary->id : NULL,
			};
	}
	if (n && f->format == ISOKIT_FORMAT_HIGH_SIERRA && out[0].kind == ISOKIT_NS_ISO9660)
		out[0].words = "High Sierra";
	return n;
}

static void namespace_level(const void *object, struct row_value *v)
{
	const struct report_namespace *ns = object;

	if (ns->facts->level > 0)
		give_number(v, (uint64_t)ns->facts->level);
}

static void namespace_revision(const void *object, struct row_value *v)
{
	const struct report_namespace *ns = object;

	if (ns->kind == ISOKIT_NS_UDF && ns->facts->version)
		give_text(v, ns->facts->version);
}

static void namespace_version(const void *object, struct row_value *v)
{
	const struct report_namespace *ns = object;

	if (ns->kind != ISOKIT_NS_UDF && ns->facts->version)
		give_text(v, ns->facts->version);
}

static void namespace_any_version(const void *object, struct row_value *v)
{
	const struct report_namespace *ns = object;

	if (ns->facts->version) {
		if (strcmp(ns->facts->version, ns->words) != 0)
			give_text(v, ns->facts->version);
	} else if (ns->facts->level > 0 && ns->kind != ISOKIT_NS_ENHANCED) {
		(void)snprintf(v->buffer, sizeof(v->buffer), "level %d", ns->facts->level);
		give_text(v, v->buffer);
	}
}

static void namespace_words(const void *object, struct row_value *v)
{
	give_text(v, ((const struct report_namespace *)object)->words);
}

static void namespace_files(const void *object, struct row_value *v)
{
	const struct report_namespace *ns = object;

	if (ns->facts->counted || ns->hfs)
		give_number(v, ns->facts->files);
}

static void namespace_directories(const void *object, struct row_value *v)
{
	const struct report_namespace *ns = object;

	if (ns->facts->counted || ns->hfs)
		give_number(v, ns->facts->directories);
}

static void namespace_symlinks(const void *object, struct row_value *v)
{
	const struct report_namespace *ns = object;

	if (ns->facts->counted &&
	    (ns->kind == ISOKIT_NS_ROCKRIDGE || ns->kind == ISOKIT_NS_UDF))
		give_number(v, ns->facts->symlinks);
}

static void namespace_volume_id(const void *object, struct row_value *v)
{
	const struct report_namespace *ns = object;

	if (ns->facts->volume_id) {
		v->kind = VALUE_BYTES;
		v->text = ns->facts->volume_id;
	}
}

/* The label of a tree, unless it is the one that the volume shows. */
static void namespace_own_volume_id(const void *object, struct row_value *v)
{
	const struct report_namespace *ns = object;

	if (ns->facts->volume_id &&
	    (!ns->primary_id || strcmp(ns->facts->volume_id, ns->primary_id) != 0))
		namespace_volume_id(object, v);
}

const struct row report_namespace_rows[] = {
	ROW_FUNCTION(namespace_words, NULL, "kind"),
	ROW_FUNCTION(namespace_any_version, NULL, "version"),
	ROW_FUNCTION(namespace_level, "level", NULL),
	ROW_FUNCTION(namespace_version, "version", NULL),
	ROW_FUNCTION(namespace_revision, "revision", NULL),
	ROW_FUNCTION(namespace_volume_id, "volume_id", NULL),
	ROW_FUNCTION(namespace_files, "files", "files"),
	ROW_FUNCTION(namespace_directories, "directories", "folders"),
	ROW_FUNCTION(namespace_symlinks, "symlinks", "links"),
	ROW_FUNCTION(namespace_own_volume_id, NULL, "label"),
	{ ROW_END },
};

/* ---- HFS --------------------------------------------------------------------------- */

static void hfs_blessed(const void *object, struct row_value *v)
{
	const struct isokit_hfs *h = object;

	if (h->blessed)
		give_number(v, h->blessed);
}

static void hfs_blessed_file(const void *object, struct row_value *v)
{
	const struct isokit_hfs *h = object;

	if (h->blessed_file)
		give_number(v, h->blessed_file);
}

/* A Mac starts from a blessed folder, one with an Intel processor a blessed file, of a
 * volume that the Apple map names. */
static void hfs_may_boot(const void *object, struct row_value *v)
{
	const struct isokit_hfs *h = object;

	give_bool(v, (h->blessed || h->blessed_file) && h->in_apple_partition);
}

static void hfs_alternate(const void *object, struct row_value *v)
{
	switch (((const struct isokit_hfs *)object)->alternate) {
	case ISOKIT_HFS_COPY_AGREES: give_text(v, "agrees"); return;
	case ISOKIT_HFS_COPY_DIFFERS: give_text(v, "differs"); return;
	case ISOKIT_HFS_COPY_MISSING: give_text(v, "missing"); return;
	}
}

/* The rows of namespaces.hfs behind those that every name space has. */
const struct row report_hfs_rows[] = {
	ROW(ROW_WORD, isokit_hfs, kind, "kind", NULL),
	ROW(ROW_U64, isokit_hfs, offset, "offset", NULL),
	ROW(ROW_U64, isokit_hfs, bytes, "size", NULL),
	ROW(ROW_U32, isokit_hfs, block_bytes, "block_size", NULL),
	ROW(ROW_U32, isokit_hfs, blocks, "blocks", NULL),
	ROW(ROW_U32, isokit_hfs, free_blocks, "free_blocks", NULL),
	ROW(ROW_TIME, isokit_hfs, created, "created", NULL),
	ROW(ROW_TIME, isokit_hfs, modified, "modified", NULL),
	ROW_FUNCTION(hfs_blessed, "blessed", NULL),
	ROW_FUNCTION(hfs_blessed_file, "blessed_file", NULL),
	ROW_FUNCTION(hfs_may_boot, "may_boot_mac", NULL),
	ROW(ROW_BOOL, isokit_hfs, unmounted, "unmounted", NULL),
	ROW(ROW_BOOL, isokit_hfs, locked, "locked", NULL),
	ROW(ROW_BOOL, isokit_hfs, journaled, "journaled", NULL),
	ROW(ROW_BOOL, isokit_hfs, wrapped, "wrapped", NULL),
	ROW(ROW_WORD, isokit_hfs, last_mounted, "last_mounted", NULL),
	ROW_FUNCTION(hfs_alternate, "alternate", NULL),
	{ ROW_END },
};

/* ---- El Torito ------------------------------------------------------------------ */

static void entry_platform(const void *object, struct row_value *v)
{
	give_text(v, report_platform_name(((const struct isokit_boot_entry *)object)->platform));
}

static void entry_platform_words(const void *object, struct row_value *v)
{
	const struct isokit_boot_entry *e = object;

	switch (e->platform) {
	case ISOKIT_PLATFORM_BIOS: give_text(v, "BIOS"); return;
	case ISOKIT_PLATFORM_PPC: give_text(v, "PowerPC"); return;
	case ISOKIT_PLATFORM_MAC: give_text(v, "Mac"); return;
	case ISOKIT_PLATFORM_UEFI: give_text(v, "UEFI"); return;
	default: break;
	}
	(void)snprintf(v->buffer, sizeof(v->buffer), "0x%02x", e->platform);
	give_text(v, v->buffer);
}

static void entry_emulation(const void *object, struct row_value *v)
{
	give_text(v, report_emulation_name(((const struct isokit_boot_entry *)object)->media));
}

static void entry_emulation_words(const void *object, struct row_value *v)
{
	if ((((const struct isokit_boot_entry *)object)->media & 0x0f) != ISOKIT_EMUL_NONE)
		entry_emulation(object, v);
}

static void entry_has_table(const void *object, struct row_value *v)
{
	give_bool(v, ((const struct isokit_boot_entry *)object)->info_table.present);
}

static void entry_has_grub2(const void *object, struct row_value *v)
{
	give_bool(v, ((const struct isokit_boot_entry *)object)->grub2_info.present);
}

static void entry_table_ok(const void *object, struct row_value *v)
{
	const struct isokit_boot_info_table *t =
		&((const struct isokit_boot_entry *)object)->info_table;

	if (t->present)
		give_bool(v, t->lba_ok && t->length_ok && t->checksum_ok);
}

static void entry_grub2_ok(const void *object, struct row_value *v)
{
	const struct isokit_boot_entry *e = object;

	if (e->grub2_info.present)
		give_bool(v, e->grub2_info.ok);
}

static void entry_size(const void *object, struct row_value *v)
{
	const struct isokit_boot_entry *e = object;

	if (e->bytes)
		give_number(v, e->bytes);
}

static void entry_size_words(const void *object, struct row_value *v)
{
	const struct isokit_boot_entry *e = object;

	if (e->bytes)
		give_size(v, e->bytes);
}

/* What people call it: the file, or what is in it where it has no file. */
static void entry_what(const void *object, struct row_value *v)
{
	const struct isokit_boot_entry *e = object;

	if (!e->bootable) {
		give_text(v, "(not bootable)");
	} else if (e->path) {
		v->kind = VALUE_BYTES;
		v->text = e->path;
	} else if (e->path_unknown) {
		give_text(v, e->fat >= 0 ? "(FAT)" : "(see -v)");
	} else {
		give_text(v, e->fat >= 0 ? "(FAT, not a file)" : "(not a file)");
	}
}

const struct row report_entry_rows[] = {
	ROW(ROW_UINT, isokit_boot_entry, index, "index", "#"),
	ROW_FUNCTION(entry_platform, "platform", NULL),
	ROW_FUNCTION(entry_platform_words, NULL, "for"),
	ROW(ROW_BOOL, isokit_boot_entry, bootable, "bootable", NULL),
	ROW_FUNCTION(entry_emulation, "emulation", NULL),
	ROW_FUNCTION(entry_emulation_words, NULL, "emulation"),
	ROW(ROW_U16, isokit_boot_entry, load_segment, "load_segment", NULL),
	ROW(ROW_U16, isokit_boot_entry, load_sectors, "load_sectors", "load"),
	ROW(ROW_U32, isokit_boot_entry, lba, "lba", "block"),
	ROW_FUNCTION(entry_size, "size", NULL),
	ROW_FUNCTION(entry_size_words, NULL, "size"),
	ROW(ROW_WORD, isokit_boot_entry, loader, NULL, "loader"),
	ROW_FUNCTION(entry_what, NULL, "image"),
	ROW(ROW_ABSENT, isokit_boot_entry, section_id, "section_id", NULL),
	ROW(ROW_ABSENT, isokit_boot_entry, path, "path", NULL),
	ROW_FUNCTION(entry_has_table, "boot_info_table", NULL),
	ROW_FUNCTION(entry_table_ok, "boot_info_table_ok", NULL),
	ROW_FUNCTION(entry_has_grub2, "grub2_boot_info", NULL),
	ROW_FUNCTION(entry_grub2_ok, "grub2_boot_info_ok", NULL),
	ROW(ROW_WORD, isokit_boot_entry, loader, "loader", NULL),
	{ ROW_END },
};

/* ---- partition tables -------------------------------------------------------------- */

static void mbr_type_words(const void *object, struct row_value *v)
{
	const struct isokit_mbr_partition *p = object;
	const char *words = report_mbr_type_words(p->type);

	(void)snprintf(v->buffer, sizeof(v->buffer), "0x%02x%s%s", p->type, words ? " " : "",
		       words ? words : "");
	give_text(v, v->buffer);
}

static void mbr_size_words(const void *object, struct row_value *v)
{
	give_size(v, (uint64_t)((const struct isokit_mbr_partition *)object)->sectors * 512);
}

static void mbr_outside(const void *object, struct row_value *v)
{
	if (!((const struct isokit_mbr_partition *)object)->inside)
		give_text(v, "past the end");
}

const struct row report_mbr_rows[] = {
	ROW(ROW_UINT, isokit_mbr_partition, index, "index", "#"),
	ROW(ROW_BOOL, isokit_mbr_partition, active, "active", "active"),
	ROW(ROW_U8, isokit_mbr_partition, type, "type", NULL),
	ROW_FUNCTION(mbr_type_words, NULL, "type"),
	ROW(ROW_U32, isokit_mbr_partition, start_lba, "start_lba", "start"),
	ROW(ROW_U32, isokit_mbr_partition, sectors, "sectors", "sectors"),
	ROW_FUNCTION(mbr_size_words, NULL, "size"),
	ROW_FUNCTION(mbr_outside, NULL, "note"),
	{ ROW_END },
};

static void gpt_type_words(const void *object, struct row_value *v)
{
	const struct isokit_gpt_partition *p = object;
	const char *words = report_gpt_type_words(p->type_guid);

	give_text(v, words ? words : p->type_guid);
}

static void gpt_outside(const void *object, struct row_value *v)
{
	if (!((const struct isokit_gpt_partition *)object)->inside)
		give_text(v, "past the end");
}

const struct row report_gpt_rows[] = {
	ROW(ROW_UINT, isokit_gpt_partition, index, "index", "#"),
	ROW(ROW_CHARS, isokit_gpt_partition, type_guid, "type_guid", NULL),
	ROW_FUNCTION(gpt_type_words, NULL, "type"),
	ROW(ROW_CHARS, isokit_gpt_partition, guid, "guid", NULL),
	ROW(ROW_BYTES, isokit_gpt_partition, name, "name", NULL),
	ROW(ROW_U64, isokit_gpt_partition, first_lba, "first_lba", "first"),
	ROW(ROW_U64, isokit_gpt_partition, last_lba, "last_lba", "last"),
	ROW(ROW_BYTES, isokit_gpt_partition, name, NULL, "name"),
	ROW_FUNCTION(gpt_outside, NULL, "note"),
	{ ROW_END },
};

bool report_gpt_crc_ok(const struct isokit_gpt *gpt)
{
	return (!gpt->primary.present ||
		(gpt->primary.header_crc_ok && gpt->primary.entries_crc_ok)) &&
	       (!gpt->backup.present || (gpt->backup.header_crc_ok && gpt->backup.entries_crc_ok));
}

const char *report_gpt_disk_guid(const struct isokit_gpt *gpt)
{
	return gpt->primary.present ? gpt->primary.disk_guid : gpt->backup.disk_guid;
}

const struct row report_apm_rows[] = {
	ROW(ROW_UINT, isokit_apm_partition, index, "index", "#"),
	ROW(ROW_BYTES, isokit_apm_partition, name, "name", "name"),
	ROW(ROW_BYTES, isokit_apm_partition, type, "type", "type"),
	ROW(ROW_U32, isokit_apm_partition, start, "start", "start"),
	ROW(ROW_U32, isokit_apm_partition, blocks, "blocks", "blocks"),
	{ ROW_END },
};

/* ---- verdict ------------------------------------------------------------------------ */

void report_ways(const struct isokit_boot_verdict *v, struct report_way out[REPORT_WAYS])
{
	out[0] = (struct report_way){ "bios_cd", "BIOS", "disc", false, &v->bios_cd };
	out[1] = (struct report_way){ "bios_usb", "BIOS", "USB", false, &v->bios_usb };
	out[2] = (struct report_way){ "uefi_cd", "UEFI", "disc", true, &v->uefi_cd };
	out[3] = (struct report_way){ "uefi_usb", "UEFI", "USB", true, &v->uefi_usb };
}
