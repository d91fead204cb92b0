/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What lies at a place of the image, as text and as JSON. */
#include "base/text.h"
#include "report/image.h"
#include "report/owner.h"
#include "report/screen.h"

enum {
	SECTOR_BYTES = 2048,
	MOST_NAMES = 64,      /* of one region, in text */
	MOST_NAMES_JSON = 65536,
};

static bool touches(const struct isokit_region *r, const struct isokit_range *range)
{
	return r->offset < range->offset + range->bytes && range->offset < r->offset + r->bytes;
}

static const char *gap_words(const struct isokit_region *r)
{
	switch (r->gap) {
	case ISOKIT_GAP_UNREAD: return "not read";
	case ISOKIT_GAP_ZERO: return "zeros";
	case ISOKIT_GAP_DATA: return "data";
	}
	return "";
}

/* ---- text ---------------------------------------------------------------------- */

struct owner_text {
	struct report_out *out;
	const struct isokit_region *region;
	const struct isokit_range *range;
	bool first;
	size_t shown;
};

/* Where the range begins inside something: nothing to say where both begin. */
static void add_position(struct report_out *out, const struct isokit_region *r,
			 const struct isokit_range *range, uint64_t file_offset, bool is_file)
{
	char number[REPORT_GROUPED_BYTES];
	uint64_t inside = range->offset > r->offset ? range->offset - r->offset : 0;

	if (is_file) {
		report_out_str(out, ", byte ");
		report_grouped(file_offset + inside, number);
		report_out_str(out, number);
		return;
	}
	if (inside) {
		report_out_str(out, ", byte ");
		report_grouped(inside, number);
		report_out_str(out, number);
		report_out_str(out, " of ");
	} else {
		report_out_str(out, ", ");
	}
	report_grouped(r->bytes, number);
	report_out_str(out, number);
	report_out_str(out, inside ? "" : r->bytes == 1 ? " byte" : " bytes");
}

static void add_kind(struct owner_text *o)
{
	const char *kind = o->first ? isokit_region_kind_name(o->region->kind) : "";

	report_out_str(o->out, "  ");
	report_out_str(o->out, kind);
	report_out_spaces(o->out, 17 - (strlen(kind) < 17 ? strlen(kind) : 16));
	o->first = false;
}

static int add_name(void *ctx, const struct isokit_region_name *name)
{
	struct owner_text *o = ctx;

	if (o->shown++ == MOST_NAMES)
		return 1;
	add_kind(o);
	report_out_escaped(o->out, name->path, strlen(name->path));
	if (o->region->kind == ISOKIT_REGION_FILE)
		add_position(o->out, o->region, o->range, name->file_offset, true);
	else
		add_position(o->out, o->region, o->range, 0, false);
	report_out_str(o->out, " (");
	report_out_str(o->out, isokit_namespace_name(name->ns));
	if (name->session) {
		report_out_str(o->out, ", session ");
		report_out_number(o->out, name->session, 0);
	}
	report_out_str(o->out, ")\n");
	return 0;
}

static enum isokit_status add_region(struct report_out *out, struct isokit_layout *layout,
				     const struct isokit_region *r,
				     const struct isokit_range *range)
{
	struct owner_text o = { .out = out, .region = r, .range = range, .first = true };
	enum isokit_status st = ISOKIT_OK;

	if (r->n_names) {
		st = isokit_layout_names(layout, r, add_name, &o);
		if (st != ISOKIT_E_CANCELLED)
			return st;
		report_out_spaces(out, 19);
		report_out_str(out, "and ");
		report_out_number(out, r->n_names - MOST_NAMES, 0);
		report_out_str(out, " more names\n");
		return ISOKIT_OK;
	}
	add_kind(&o);
	report_out_escaped(out, r->name ? r->name : "", r->name ? strlen(r->name) : 0);
	add_position(out, r, range, 0, false);
	report_out_str(out, "\n");
	return ISOKIT_OK;
}

static bool is_inside(const struct isokit_inside *in, const struct isokit_region *fat,
		      const struct isokit_range *range)
{
	return fat->kind == ISOKIT_REGION_FAT && in->fat_offset == fat->offset &&
	       in->offset < range->offset + range->bytes && range->offset < in->offset + in->bytes;
}

static uint64_t place_inside(const struct isokit_inside *in, const struct isokit_range *range)
{
	return in->file_offset + (range->offset > in->offset ? range->offset - in->offset : 0);
}

/* The files of a FAT file system at the place. */
static void add_inside(struct report_out *out, const struct isokit_layout *layout,
		       const struct isokit_region *fat, const struct isokit_range *range)
{
	const struct isokit_inside *in;
	size_t n, shown = 0;

	in = isokit_layout_inside(layout, &n);
	for (size_t i = 0; i < n; i++) {
		char number[REPORT_GROUPED_BYTES];

		if (!is_inside(&in[i], fat, range))
			continue;
		if (shown++ == MOST_NAMES) {
			report_out_str(out, "                   and more\n");
			return;
		}
		report_out_str(out, "                   ");
		report_out_str(out, in[i].kind);
		if (in[i].path) {
			report_out_str(out, " ");
			report_out_escaped(out, in[i].path, strlen(in[i].path));
		}
		report_grouped(place_inside(&in[i], range), number);
		report_out_str(out, ", byte ");
		report_out_str(out, number);
		report_out_str(out, "\n");
	}
	if (n == 0 || shown == 0)
		report_out_str(out, "                   no file of it\n");
}

static void add_heading(struct report_out *out, const struct isokit_range *range)
{
	uint64_t first = range->offset / SECTOR_BYTES;
	uint64_t last = (range->offset + range->bytes - 1) / SECTOR_BYTES;

	report_out_str(out, first == last ? "sector " : "sectors ");
	report_out_number(out, first, 0);
	if (last != first) {
		report_out_str(out, " to ");
		report_out_number(out, last, 0);
	}
	report_out_str(out, range->bytes == 1 ? ", byte " : ", bytes ");
	report_out_number(out, range->offset, 0);
	if (range->bytes > 1) {
		report_out_str(out, " to ");
		report_out_number(out, range->offset + range->bytes - 1, 0);
	}
	report_out_str(out, ":\n");
}

static void add_gap_line(struct report_out *out, const struct isokit_region *r)
{
	report_out_str(out, "  nothing claims it (");
	report_out_str(out, gap_words(r));
	report_out_str(out, ")\n");
}

enum isokit_status isokit_report_owner(struct isokit_layout *layout,
				       const struct isokit_range *range, isokit_write_fn write,
				       void *ctx)
{
	enum isokit_status st = ISOKIT_OK;
	const struct isokit_region *regions;
	struct report_out out;
	size_t n;

	regions = isokit_layout_regions(layout, &n);
	report_out_start(&out, write, ctx);
	add_heading(&out, range);
	/* The contents first, what they lie in after them. */
	for (unsigned layer = 0; layer <= ISOKIT_LAYER_VOLUMES && !st; layer++) {
		for (size_t i = 0; i < n && !st; i++) {
			const struct isokit_region *r = &regions[i];

			if (r->layer != layer || !touches(r, range))
				continue;
			if (r->kind == ISOKIT_REGION_GAP)
				add_gap_line(&out, r);
			else
				st = add_region(&out, layout, r, range);
			if (r->kind == ISOKIT_REGION_FAT && !st)
				add_inside(&out, layout, r, range);
		}
	}
	return st ? st : report_out_end(&out);
}

/* ---- JSON ------------------------------------------------------------------------ */

struct owner_json {
	struct json *j;
	const struct isokit_region *region;
	const struct isokit_range *range;
	size_t shown;
};

static int json_name(void *ctx, const struct isokit_region_name *name)
{
	struct owner_json *o = ctx;
	uint64_t from = o->range->offset > o->region->offset ? o->range->offset : o->region->offset;

	if (o->shown++ == MOST_NAMES_JSON)
		return 1;
	json_open(o->j, NULL, '{');
	json_text(o->j, "names", isokit_namespace_name(name->ns));
	if (name->session)
		json_number(o->j, "session", name->session);
	json_bytes_str(o->j, "path", name->path);
	json_number(o->j, "file_offset", name->file_offset + (from - o->region->offset));
	json_close(o->j, '}');
	return 0;
}

static void json_inside(struct json *j, const struct isokit_layout *layout,
			const struct isokit_region *fat, const struct isokit_range *range)
{
	const struct isokit_inside *in;
	size_t n;

	in = isokit_layout_inside(layout, &n);
	json_open(j, "inside", '[');
	for (size_t i = 0; i < n; i++) {
		if (!is_inside(&in[i], fat, range))
			continue;
		json_open(j, NULL, '{');
		json_text(j, "kind", in[i].kind);
		if (in[i].path)
			json_bytes_str(j, "path", in[i].path);
		json_number(j, "file_offset", place_inside(&in[i], range));
		json_close(j, '}');
	}
	json_close(j, ']');
}

static enum isokit_status json_region(struct json *j, struct isokit_layout *layout,
				      const struct isokit_region *r,
				      const struct isokit_range *range)
{
	static const char *const layers[] = { "contents", "boot", "partitions", "volumes" };
	struct owner_json o = { .j = j, .region = r, .range = range };
	enum isokit_status st = ISOKIT_OK;

	json_open(j, NULL, '{');
	json_text(j, "kind", isokit_region_kind_name(r->kind));
	json_text(j, "layer", layers[r->layer]);
	json_number(j, "offset", r->offset);
	json_number(j, "size", r->bytes);
	if (r->name)
		json_bytes_str(j, "name", r->name);
	if (r->table)
		json_text(j, "table", r->table);
	if (r->index)
		json_number(j, "index", r->index);
	if (r->kind == ISOKIT_REGION_GAP)
		json_text(j, "holds", gap_words(r));
	if (r->kind == ISOKIT_REGION_FAT)
		json_inside(j, layout, r, range);
	if (r->n_names) {
		json_open(j, "paths", '[');
		st = isokit_layout_names(layout, r, json_name, &o);
		json_close(j, ']');
	}
	json_close(j, '}');
	return st == ISOKIT_E_CANCELLED ? ISOKIT_OK : st;
}

enum isokit_status report_owner_json(struct json *j, struct isokit_layout *layout,
				     const struct isokit_range *ranges, size_t n_ranges)
{
	enum isokit_status st = ISOKIT_OK;
	const struct isokit_region *regions;
	size_t n;

	regions = isokit_layout_regions(layout, &n);
	json_open(j, "owner", '[');
	for (size_t k = 0; k < n_ranges && !st; k++) {
		json_open(j, NULL, '{');
		json_number(j, "lba", ranges[k].offset / SECTOR_BYTES);
		json_number(j, "offset", ranges[k].offset);
		json_number(j, "size", ranges[k].bytes);
		json_bool(j, "claimed", isokit_layout_claims(layout, &ranges[k]));
		json_open(j, "regions", '[');
		for (unsigned layer = 0; layer <= ISOKIT_LAYER_VOLUMES; layer++)
			for (size_t i = 0; i < n && !st; i++)
				if (regions[i].layer == layer && touches(&regions[i], &ranges[k]))
					st = json_region(j, layout, &regions[i], &ranges[k]);
		json_close(j, ']');
		json_close(j, '}');
	}
	json_close(j, ']');
	return st;
}
