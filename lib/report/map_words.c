/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words of a map: names, labels and details of its parts; and as XML. */
#include "report/map.h"

#include <string.h>

#include "base/checked.h"

enum { SECTOR_BYTES = 2048, MOST_NAMES = 12 };

static int take_first(void *ctx, const struct isokit_region_name *name)
{
	struct text *t = ctx;

	text_add_escaped(t, name->path, strlen(name->path));
	return 1;
}

void map_region_name(const struct map *m, size_t region, struct text *t)
{
	const struct isokit_region *r = &m->regions[region];

	if (r->n_names)
		(void)isokit_layout_names(m->layout, r, take_first, t);
	else if (r->name)
		text_add_escaped(t, r->name, strlen(r->name));
	else
		text_add_str(t, r->kind == ISOKIT_REGION_ATTRIBUTES ? "continuation areas" :
					isokit_region_kind_name(r->kind));
}

/* A partition in a few words: its own name, or what its type stands for. */
void map_partition_words(const struct map *m, const struct isokit_region *r, struct text *t)
{
	const struct isokit_facts *f = m->facts;
	const char *words = NULL;

	for (size_t i = 0; i < f->mbr.n_partitions && strcmp(r->table, "MBR") == 0; i++)
		if (f->mbr.partitions[i].index == r->index) {
			words = report_mbr_type_words(f->mbr.partitions[i].type);
			if (!words)
				text_addf(t, "type %02X", f->mbr.partitions[i].type);
		}
	for (size_t i = 0; i < f->gpt.n_partitions && strcmp(r->table, "GPT") == 0; i++)
		if (f->gpt.partitions[i].index == r->index) {
			words = f->gpt.partitions[i].name;
			if (!words || !words[0])
				words = report_gpt_type_words(f->gpt.partitions[i].type_guid);
		}
	for (size_t i = 0; i < f->apm.n_partitions && strcmp(r->table, "APM") == 0; i++)
		if (f->apm.partitions[i].index == r->index)
			words = f->apm.partitions[i].type;
	if (words)
		text_add_escaped(t, words, strlen(words));
}

/* Structures by a name that fits a narrow block. */
static bool add_short_name(const struct isokit_region *r, struct text *t)
{
	static const struct {
		const char *name, *shown;
	} names[] = {
		{ "MBR boot code", "boot code" },
		{ "MBR partition table", "MBR table" },
		{ "GPT header", "GPT" },
		{ "GPT entry array", "GPT array" },
		{ "GPT backup header", "GPT copy" },
		{ "GPT backup entry array", "copy array" },
		{ "primary volume descriptor", "primary" },
		{ "supplementary volume descriptor", "Joliet" },
		{ "enhanced volume descriptor", "enhanced" },
		{ "boot record", "boot" },
		{ "descriptor set terminator", "terminator" },
		{ "optional path table L", "path L opt." },
		{ "optional path table M", "path M opt." },
		{ "UDF recognition: ", "" },
		{ "UDF volume descriptor sequence", "UDF VDS" },
		{ "UDF reserve descriptor sequence", "UDF reserve" },
		{ "libisofs checksum tag", "MD5 tag" },
		{ "libisofs checksum array", "MD5 array" },
		{ "unclaimed data", "data" },
		{ "contents of the HFS volume", "HFS" },
		{ "HFS volume header", "HFS header" },
		{ "HFS alternate header", "HFS copy" },
		{ "UDF integrity descriptor", "UDF LVID" },
		{ "UDF file entries", "UDF entries" },
		{ "descriptor for a partition", "descriptor" },
		{ "copied descriptor", "copy" },
		{ "volume descriptor of session", "descriptor" },
	};

	for (size_t i = 0; r->name && i < sizeof(names) / sizeof(names[0]); i++) {
		size_t n = strlen(names[i].name);

		if (strncmp(r->name, names[i].name, n) != 0)
			continue;
		text_add_str(t, names[i].shown[0] ? names[i].shown : r->name + n);
		return true;
	}
	if (r->name && strncmp(r->name, "APM entry ", 10) == 0)
		text_addf(t, "APM %s", r->name + 10);
	else if (r->kind == ISOKIT_REGION_PATH_TABLE && r->name && strlen(r->name) > 11)
		text_addf(t, "paths, %c", r->name[11]); /* "path table L" */
	else if (r->kind == ISOKIT_REGION_ATTRIBUTES)
		text_add_str(t, "attributes");
	else
		return false;
	return true;
}

static void add_count(struct text *t, uint64_t n, const char *one, const char *many)
{
	char number[REPORT_GROUPED_BYTES];

	report_grouped(n, number);
	text_addf(t, "%s %s", number, n == 1 ? one : many);
}

void map_block_label(const struct map *m, const struct map_block *b, struct text *t)
{
	const struct isokit_region *r = &m->regions[b->region];

	if (b->group != MAP_MISSING && b->n_items == 1 && r->kind == ISOKIT_REGION_PARTITION) {
		text_addf(t, "%s %u ", r->table, r->index);
		map_partition_words(m, r, t);
	} else if (b->group == MAP_MISSING || b->n_items > 1 || !add_short_name(r, t)) {
		map_block_name(m, b, t);
	}
}

void map_block_name(const struct map *m, const struct map_block *b, struct text *t)
{
	uint32_t others = b->n_items - b->n_files - b->n_directories;

	if (b->group == MAP_MISSING) {
		text_add_str(t, "missing");
		return;
	}
	if (b->n_items == 1) {
		map_region_name(m, b->region, t);
		return;
	}
	if (b->n_files && b->n_files >= b->n_directories) {
		add_count(t, b->n_files, "file", "files");
		return;
	}
	if (b->n_directories) {
		add_count(t, b->n_directories, "directory", "directories");
		return;
	}
	if (b->group == MAP_SYSTEM)
		text_add_str(t, b->offset < (uint64_t)16 * SECTOR_BYTES ? "system area" :
									 "partition tables");
	else if (b->group == MAP_STRUCTURE && m->regions[b->region].kind == ISOKIT_REGION_DESCRIPTOR)
		add_count(t, others, "descriptor", "descriptors");
	else if (b->group == MAP_STRUCTURE)
		add_count(t, others, "path table", "path tables");
	else if (b->group == MAP_UDF)
		add_count(t, others, "UDF structure", "UDF structures");
	else
		add_count(t, others, "part", "parts");
}

uint64_t map_block_bytes(const struct map *m, const struct map_block *b)
{
	const struct isokit_region *r = &m->regions[b->region];

	if (b->group == MAP_MISSING)
		return m->facts->expected.bytes - m->size;
	/* The rest of its last sector is shown with it, but does not count. */
	if (b->n_items == 1 && r->offset == b->offset && r->bytes < b->end - b->offset)
		return r->bytes;
	return b->end - b->offset;
}

static void add_place(struct text *t, uint64_t offset, uint64_t end)
{
	char size[REPORT_SIZE_BYTES], number[REPORT_GROUPED_BYTES];

	report_size_words(end - offset, size);
	report_grouped(end - offset, number);
	text_addf(t, "\n%s", size);
	if (end - offset >= 1024)
		text_addf(t, " (%s bytes)", number);
	report_grouped(offset / SECTOR_BYTES, number);
	text_addf(t, "\nsector %s", number);
	if ((end - 1) / SECTOR_BYTES != offset / SECTOR_BYTES) {
		report_grouped((end - 1) / SECTOR_BYTES, number);
		text_addf(t, " to %s", number);
	}
	report_grouped(offset, number);
	text_addf(t, ", from byte %s", number);
}

struct names {
	struct text *t;
	size_t shown;
};

static int add_name(void *ctx, const struct isokit_region_name *name)
{
	struct names *n = ctx;

	if (n->shown++ == MOST_NAMES)
		return 1;
	text_add_char(n->t, '\n');
	text_add_escaped(n->t, name->path, strlen(name->path));
	text_addf(n->t, " (%s", isokit_namespace_name(name->ns));
	if (name->session)
		text_addf(n->t, ", session %u", name->session);
	text_add_char(n->t, ')');
	return 0;
}

void map_block_details(const struct map *m, const struct map_block *b, struct text *t)
{
	const struct isokit_region *r = &m->regions[b->region];

	if (b->group == MAP_MISSING) {
		char number[REPORT_GROUPED_BYTES];

		text_add_str(t, "missing");
		report_grouped(m->facts->expected.bytes, number);
		text_addf(t, "\n%s reaches to byte %s",
			  m->facts->expected.what ? m->facts->expected.what : "something", number);
		report_grouped(m->size, number);
		text_addf(t, "\nthe image ends at byte %s", number);
		return;
	}
	map_block_name(m, b, t);
	add_place(t, b->offset, b->offset + map_block_bytes(m, b));
	if (b->n_items == 1 && r->n_names > 1) {
		struct names n = { .t = t };

		(void)isokit_layout_names(m->layout, r, add_name, &n);
		if (r->n_names > MOST_NAMES)
			text_addf(t, "\nand %zu more names", r->n_names - MOST_NAMES);
	}
	if (b->n_items > 1) {
		text_add_str(t, "\nlargest: ");
		map_region_name(m, b->region, t);
		if (b->n_files && b->n_directories) {
			text_add_str(t, "\nwith ");
			add_count(t, b->n_directories, "directory", "directories");
		}
	}
	if (r->kind == ISOKIT_REGION_GAP && b->n_items == 1)
		text_addf(t, "\n%s%s", r->gap == ISOKIT_GAP_DATA ? "holds data" : r->gap ==
			  ISOKIT_GAP_ZERO ? "zeros" : "not read",
			  r->sampled ? ", as far as samples tell" : "");
	if (b->overlap)
		text_add_str(t, "\nOVERLAPS something else");
}

void map_bar_details(const struct map *m, const struct map_bar *b, struct text *t)
{
	const struct isokit_region *r = &m->regions[b->region];

	map_region_name(m, b->region, t);
	add_place(t, r->offset, r->offset + r->bytes);
	if (r->active)
		text_add_str(t, "\nactive");
	if (r->offset + r->bytes > m->size)
		text_add_str(t, "\nreaches beyond the end of the image");
}

/* ---- XML ---------------------------------------------------------------------------- */

void map_xml(struct text *t, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;

	while (n) {
		uint32_t code = p[0];
		size_t used = p[0] < 0x80 ? 1 : utf8_decode(p, n, &code);

		if (code == '&')
			text_add_str(t, "&amp;");
		else if (code == '<')
			text_add_str(t, "&lt;");
		else if (code == '>')
			text_add_str(t, "&gt;");
		else if (code == '"')
			text_add_str(t, "&quot;");
		else if (code == '\'')
			text_add_str(t, "&#39;");
		else if (!used || (code < 0x20 && code != '\n') || code == 0x7f ||
			 (code >= 0x80 && utf8_is_unprintable(code)) || (code & 0xfffe) == 0xfffe)
			text_addf(t, used > 1 ? "\\u{%X}" : "\\x%02X",
				  (unsigned)(used ? code : p[0]));
		else
			text_add(t, p, used);
		used = used ? used : 1;
		p += used;
		n -= used;
	}
}

void map_xml_str(struct text *t, const char *s)
{
	if (s)
		map_xml(t, s, strlen(s));
	else
		t->failed = true; /* a text for which there was no memory */
}
