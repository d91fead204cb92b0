/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The drawing of a map: the image to scale, below it every part of it in rows
 * where small things are as wide as can be read, and lanes of what lies across.
 * Coordinates are whole pixels: no decimal point depends on a locale. */
#include <string.h>

#include "base/checked.h"
#include "report/image.h"
#include "report/map.h"

enum {
	WIDTH = 1600,
	LEFT = 104, RIGHT = 40, /* margins; the names of the lanes stand in the left one */
	SPAN = WIDTH - LEFT - RIGHT,
	BAR_HEIGHT = 56,   /* of the image to scale */
	ROW_HEIGHT = 58,   /* of a row of blocks */
	ROW_GAP = 22,
	LANE_HEIGHT = 15, LANE_GAP = 3,
	TICK_WIDTH = 3,    /* the least width of anything */
	MOST_ROWS = 16,
	BOLD_PX = 13, SMALL_PX = 11, /* bold letters of 12 are as wide as others of 13 */
	MARK_PX = 18,      /* the number of a row */
};

static const struct {
	const char *fill, *edge, *ink;           /* on paper */
	const char *dark_fill, *dark_edge, *dark_ink;
} colors[MAP_GROUPS] = {
	/* After Okabe and Ito, told apart by lightness, too. */
	[MAP_SYSTEM] = { "#3d4451", "#262b34", "#ffffff", "#8b94a5", "#b6bdca", "#10131a" },
	[MAP_STRUCTURE] = { "#0072b2", "#00527f", "#ffffff", "#2b8fd0", "#7cc0ec", "#06131d" },
	[MAP_DIRECTORY] = { "#7fc4ee", "#3d8fc0", "#0d2433", "#5aa9dc", "#9fd2f3", "#06131d" },
	[MAP_FILE] = { "#cfe9dd", "#5fae8f", "#123528", "#24594a", "#4f9f85", "#e3f6ee" },
	[MAP_BOOT] = { "#d55e00", "#9c4400", "#ffffff", "#e8782b", "#ffab73", "#1d0d02" },
	[MAP_PARTITION] = { "#f0b83c", "#b98200", "#332300", "#c99522", "#f1cc74", "#1d1402" },
	[MAP_UDF] = { "#cc79a7", "#9a4a78", "#2b0f20", "#c77aa5", "#eeb4d3", "#1d0814" },
	[MAP_HFS] = { "#8f7cc3", "#604e97", "#ffffff", "#9b8ad0", "#c6bbea", "#120d22" },
	[MAP_CHECKSUM] = { "#f2e66b", "#b3a51b", "#332f05", "#c9bb35", "#efe58a", "#1a1803" },
	[MAP_DATA] = { "#f7d5d0", "#b3261e", "#5f120d", "#5a1f1b", "#ef8378", "#ffe4e1" },
	[MAP_UNUSED] = { "#f4f5f7", "#c3c8d0", "#4d5562", "#23272f", "#4a515e", "#b9c0cc" },
	[MAP_MISSING] = { "#ffffff", "#b3261e", "#8c1d16", "#15181e", "#ef8378", "#ffb4ac" },
};

/* A row of blocks. */
struct map_row {
	size_t first, n;      /* of the blocks */
	int x[256 + 1];       /* where each begins, and where the last ends */
	uint64_t offset, end;
};

struct drawing {
	const struct map *m;
	struct text *t;
	struct text words; /* scratch */
	int y;
	struct map_row *row; /* of the scale in use; NULL: the whole image */
};

/* ---- letters -------------------------------------------------------------------------- */

/* Width of a letter in thousandths of its size; as wide as the widest of the
 * fonts that may be used. */
static unsigned letter_width(uint32_t c)
{
	if (c >= 0x80)
		return c >= 0x1100 ? 1050 : c == 0x2026 ? 1000 : 680;
	if (strchr("iIjl.,:;'|!()[] ftr/", (int)c))
		return c == ' ' ? 330 : c == 'f' || c == 't' || c == 'r' ? 420 : 400;
	if (strchr("mwMW@%", (int)c))
		return 1000;
	return c >= 'A' && c <= 'Z' ? 760 : 650;
}

static int text_width(const char *s, size_t n, int px)
{
	const uint8_t *p = (const uint8_t *)s;
	uint64_t width = 0;

	while (n) {
		uint32_t code = p[0];
		size_t used = p[0] < 0x80 ? 1 : utf8_decode(p, n, &code);

		width += letter_width(used ? code : '?');
		used = used ? used : 1;
		p += used;
		n -= used;
	}
	return (int)min_u64(width * (uint64_t)px / 1000 + 1, 1 << 20);
}

/* How many bytes of the text fit into so many pixels with "…" behind them. */
static size_t fit(const char *s, size_t n, int px, int room)
{
	size_t used = 0;

	while (used < n) {
		size_t next = used + 1;

		while (next < n && ((unsigned char)s[next] & 0xc0) == 0x80)
			next++;
		if (text_width(s, next, px) + px > room)
			break;
		used = next;
	}
	return used;
}

/* The words of the scratch, shortened to the room: a path loses its folders first. */
static bool add_fitted(struct drawing *d, int px, int room)
{
	const char *s = text_string(&d->words);
	size_t n = d->words.n, used;
	const char *slash = n ? memrchr(s, '/', n - 1) : NULL;

	if (n == 0)
		return false;
	if (text_width(s, n, px) > room && s[0] == '/' && slash) {
		n -= (size_t)(slash + 1 - s);
		s = slash + 1;
	}
	if (text_width(s, n, px) <= room) {
		map_xml(d->t, s, n);
		return true;
	}
	used = fit(s, n, px, room);
	if (used < 3)
		return false;
	map_xml(d->t, s, used);
	text_add_str(d->t, "\xe2\x80\xa6");
	return true;
}

/* ---- primitives ----------------------------------------------------------------------- */

static void add_rect(struct drawing *d, const char *classes, int x, int y, int w, int h)
{
	text_addf(d->t, "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>",
		  classes, x, y, w, h);
}

static void add_text(struct drawing *d, const char *classes, int x, int y, const char *words)
{
	text_addf(d->t, "<text class=\"%s\" x=\"%d\" y=\"%d\">", classes, x, y);
	map_xml_str(d->t, words);
	text_add_str(d->t, "</text>\n");
}

/* Where a byte lies in the picture. */
static int scale(const struct drawing *d, uint64_t at)
{
	const struct map *m = d->m;
	const struct map_row *r = d->row;
	size_t i = 0;

	if (!r)
		return LEFT + (int)((double)min_u64(at, m->end) / (double)(m->end ? m->end : 1) *
				    SPAN);
	while (i + 1 < r->n && m->blocks[r->first + i].end <= at)
		i++;
	{
		const struct map_block *b = &m->blocks[r->first + i];
		double part = at <= b->offset ? 0 : at >= b->end ? 1 :
			      (double)(at - b->offset) / (double)(b->end - b->offset);

		return r->x[i] + (int)(part * (r->x[i + 1] - r->x[i]));
	}
}

/* ---- head ----------------------------------------------------------------------------- */

static void add_badge(struct drawing *d, int x, int y, const struct report_way *w)
{
	bool yes = w->way->bootable;

	text_addf(d->t, "<g class=\"%s\"><title>", yes ? "yes" : "no");
	text_addf(d->t, "%s, %s: %s", w->firmware, w->medium, yes ? "boots" : "does not boot");
	for (size_t i = 0; i < w->way->n_reasons; i++) {
		text_clear(&d->words);
		report_reason_add(&d->words, &w->way->reasons[i]);
		text_add_char(d->t, '\n');
		map_xml_str(d->t, text_string(&d->words));
	}
	text_addf(d->t, "</title><rect x=\"%d\" y=\"%d\" width=\"112\" height=\"28\" rx=\"14\"/>",
		  x, y);
	if (yes)
		text_addf(d->t, "<path d=\"M%d %dl4 4l8 -9\"/>", x + 14, y + 14);
	else
		text_addf(d->t, "<path d=\"M%d %dl8 8m0 -8l-8 8\"/>", x + 15, y + 10);
	text_addf(d->t, "<text x=\"%d\" y=\"%d\">%s %s</text></g>\n", x + 34, y + 19, w->firmware,
		  strcmp(w->medium, "disc") == 0 ? "disc" : "USB");
}

static void add_names(struct text *t, const struct isokit_facts *f)
{
	struct report_namespace ns[ISOKIT_NS_COUNT];
	size_t n = report_namespaces(f, ns);

	for (size_t i = 0; i < n; i++)
		text_addf(t, "%s%s", i ? ", " : "", ns[i].words);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

static void add_head(struct drawing *d)
{
	const struct isokit_facts *f = d->m->facts;
	const char *id = f->primary ? f->primary->id : f->namespaces[ISOKIT_NS_UDF].volume_id;
	char size[REPORT_SIZE_BYTES], number[REPORT_GROUPED_BYTES];
	struct report_way ways[REPORT_WAYS];

	if (!id || !id[0])
		id = base_name(f->path);
	text_clear(&d->words);
	text_add_escaped(&d->words, id, strlen(id));
	text_add_str(d->t, "<text class=\"title\" x=\"104\" y=\"58\">");
	(void)add_fitted(d, 30, 900);
	text_add_str(d->t, "</text>\n");
	text_clear(&d->words);
	text_add_escaped(&d->words, base_name(f->path), strlen(base_name(f->path)));
	report_size_words(f->size, size);
	report_grouped(f->size, number);
	text_addf(&d->words, " \xc2\xb7 %s", size);
	if (f->size >= 1024)
		text_addf(&d->words, " (%s bytes)", number);
	text_add_str(&d->words, " \xc2\xb7 ");
	add_names(&d->words, f);
	text_add_str(d->t, "<text class=\"sub\" x=\"104\" y=\"84\">");
	(void)add_fitted(d, 15, 930);
	text_add_str(d->t, "</text>\n");
	report_ways(d->m->verdict, ways);
	for (int i = 0; i < REPORT_WAYS; i++)
		add_badge(d, WIDTH - RIGHT - (REPORT_WAYS - i) * 122 + 10, 40, &ways[i]);
	d->y = 118;
}

/* ---- blocks --------------------------------------------------------------------------- */

static void add_title(struct drawing *d)
{
	text_add_str(d->t, "<title>");
	map_xml_str(d->t, text_string(&d->words));
	text_add_str(d->t, "</title>");
}

static void add_hatch(struct drawing *d, const struct map_block *b, int x, int y, int w, int h)
{
	if (b->overlap)
		add_rect(d, "twice", x, y, w, h);
	else if (b->group == MAP_DATA)
		add_rect(d, "stray", x, y, w, h);
	else if (b->group == MAP_UNUSED)
		add_rect(d, "empty", x, y, w, h);
}

/* The whole image to scale: each column has the colour that most of it is. */
static void add_columns(struct drawing *d)
{
	const struct map *m = d->m;
	double per = m->end ? (double)m->end / SPAN : 1;
	size_t k = 0;
	int from = 0, group = -1;

	for (int x = 0; x <= SPAN; x++) {
		uint64_t first = (uint64_t)(x * per), last = (uint64_t)((x + 1) * per);
		uint64_t best = 0;
		int now = -1;

		while (k < m->n_segments && m->segments[k].end <= first)
			k++;
		if (x < SPAN) {
			uint64_t sum[MAP_GROUPS] = { 0 };

			for (size_t s = k; s < m->n_segments && m->segments[s].offset < last; s++)
				sum[m->segments[s].group] +=
					min_u64(last, m->segments[s].end) -
					max_u64(first, m->segments[s].offset);
			for (int g = 0; g < MAP_GROUPS; g++)
				if (sum[g] > best) {
					best = sum[g];
					now = g;
				}
		}
		if (now == group && x < SPAN)
			continue;
		if (group >= 0)
			add_rect(d, map_group_class((enum map_group)group), LEFT + from, d->y,
				 x - from, BAR_HEIGHT);
		from = x;
		group = now;
	}
	text_add_char(d->t, '\n');
}

/* Signs over the bar for what is too small to be seen in it, but matters. */
static void add_signs(struct drawing *d)
{
	int last = -100;

	for (size_t i = 0; i < d->m->n_blocks; i++) {
		const struct map_block *b = &d->m->blocks[i];
		int x = scale(d, b->offset), end = scale(d, b->end);

		if (!b->overlap && b->group != MAP_DATA && b->group != MAP_MISSING)
			continue;
		add_rect(d, b->overlap ? "twice" : "stray", x, d->y,
			 end - x < TICK_WIDTH ? TICK_WIDTH : end - x, BAR_HEIGHT);
		if (x < last + 12)
			continue;
		text_addf(d->t, "<path class=\"sign\" d=\"M%d %dl-5 -8h10z\"><title>", x + 1,
			  d->y - 1);
		text_clear(&d->words);
		map_block_details(d->m, b, &d->words);
		map_xml_str(d->t, text_string(&d->words));
		text_add_str(d->t, "</title></path>\n");
		last = x;
	}
}

/* The least of 1, 2, 4, 8 … KiB, MiB … that gives no more than a dozen ticks. */
static uint64_t tick_step(uint64_t end)
{
	static const unsigned factors[] = { 1, 2, 4, 8, 16, 32, 64, 128, 256, 512 };
	uint64_t unit = 1024;

	for (;; unit *= 1024) {
		for (size_t i = 0; i < sizeof(factors) / sizeof(factors[0]); i++)
			if (end / unit / factors[i] <= 12)
				return unit * factors[i];
		if (unit > UINT64_MAX / 1024 / 1024)
			return UINT64_MAX;
	}
}

static void add_axis(struct drawing *d)
{
	uint64_t end = d->m->end, step = tick_step(end);
	int last = LEFT - 200;

	for (uint64_t at = 0; at <= end && at <= UINT64_MAX - step; at += step) {
		int x = scale(d, at);
		char size[REPORT_SIZE_BYTES], number[REPORT_GROUPED_BYTES];

		if (x - last < 96 || x > LEFT + SPAN - 20)
			continue;
		text_addf(d->t, "<path class=\"tick\" d=\"M%d %dv6\"/>", x, d->y);
		report_size_words(at, size);
		report_grouped(at / 2048, number);
		text_clear(&d->words);
		text_addf(&d->words, at ? "%s" : "0", size);
		/* "512.0 MiB" says no more than "512 MiB" here. */
		if (at && d->words.bytes) {
			char *dot = strstr(d->words.bytes, ".0 ");

			if (dot)
				memmove(dot, dot + 2, strlen(dot + 2) + 1);
		}
		text_addf(d->t, "<text class=\"axis\" x=\"%d\" y=\"%d\">", x, d->y + 19);
		map_xml_str(d->t, d->words.bytes);
		text_addf(d->t, "</text><text class=\"axis faint\" x=\"%d\" y=\"%d\">%s%s</text>\n",
			  x, d->y + 33, at ? "" : "sector ", number);
		last = x;
	}
	d->y += 44;
}

/* ---- lanes ---------------------------------------------------------------------------- */

static void lane_label(struct drawing *d, const struct map_bar *b, int x, int y, int w)
{
	const struct isokit_region *r = &d->m->regions[b->region];

	text_clear(&d->words);
	if (r->kind == ISOKIT_REGION_PARTITION) {
		/* The lane says which table. */
		text_addf(&d->words, "%s%u \xc2\xb7 ", r->active ? "\xe2\x96\xb8 " : "", r->index);
		map_partition_words(d->m, r, &d->words);
	} else {
		map_region_name(d->m, b->region, &d->words);
	}
	if (w < 16)
		return;
	text_addf(d->t, "<text class=\"lane\" x=\"%d\" y=\"%d\">", x + 5, y + 11);
	(void)add_fitted(d, SMALL_PX, w - 8);
	text_add_str(d->t, "</text>");
}

/* The lanes of what is between two bytes, on the scale in use. */
static void add_lanes(struct drawing *d, uint64_t from, uint64_t to)
{
	const struct map *m = d->m;

	for (size_t k = 0; k < m->n_lanes; k++) {
		const struct map_lane *lane = &m->lanes[k];
		bool any = false;
		unsigned used = 0;

		for (size_t i = 0; i < lane->n_bars; i++) {
			const struct map_bar *b = &lane->bars[i];

			if (b->offset < to && b->end > from) {
				any = true;
				used = b->track + 1 > used ? b->track + 1 : used;
			}
		}
		if (!any)
			continue;
		text_addf(d->t, "<text class=\"lanename\" x=\"%d\" y=\"%d\">%s</text>\n", LEFT - 10,
			  d->y + 11, lane->name);
		for (size_t i = 0; i < lane->n_bars; i++) {
			const struct map_bar *b = &lane->bars[i];
			int y = d->y + (int)b->track * (LANE_HEIGHT + LANE_GAP), x, w;

			if (b->offset >= to || b->end <= from)
				continue;
			x = scale(d, max_u64(b->offset, from));
			w = scale(d, min_u64(b->end, to)) - x;
			if (w < TICK_WIDTH)
				w = TICK_WIDTH;
			text_clear(&d->words);
			map_bar_details(m, b, &d->words);
			text_addf(d->t, "<g class=\"bar l%c\">", lane->name[0]);
			add_title(d);
			text_addf(d->t, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>", x, y,
				  w, LANE_HEIGHT);
			lane_label(d, b, x, y, w);
			text_add_str(d->t, "</g>\n");
		}
		d->y += (int)used * (LANE_HEIGHT + LANE_GAP);
	}
}

/* ---- rows ----------------------------------------------------------------------------- */

static unsigned log2_of(uint64_t n)
{
	unsigned bits = 0;

	while (n > 1) {
		n /= 2;
		bits++;
	}
	return bits;
}

/* Width that a block asks for: as a logarithm, and room for a short name. */
static int wish(const struct map_block *b)
{
	return 80 + 7 * (int)log2_of((b->end - b->offset) / 2048 + 1) + (b->n_items > 1 ? 10 : 0);
}

/* Fill rows with blocks, each row stretched to the full width. */
static size_t make_rows(const struct map *m, struct map_row *rows)
{
	size_t n = 0, i = 0;
	int64_t all = 0, target;

	for (size_t k = 0; k < m->n_blocks; k++)
		all += wish(&m->blocks[k]);
	if (m->n_blocks == 0)
		return 0;
	/* Rows of about the same fill, so that the last is not a stump. */
	target = all / ((all + SPAN - 1) / SPAN) + 1;
	while (i < m->n_blocks && n < MOST_ROWS) {
		struct map_row *r = &rows[n++];
		int64_t sum = 0, at = 0;

		r->first = i;
		r->n = 0;
		while (i < m->n_blocks && r->n < 256 &&
		       (r->n == 0 || n == MOST_ROWS || sum + wish(&m->blocks[i]) / 2 <= target)) {
			sum += wish(&m->blocks[i++]);
			r->n++;
		}
		for (size_t k = 0; k < r->n; k++) {
			r->x[k] = LEFT + (int)(at * SPAN / sum);
			at += wish(&m->blocks[r->first + k]);
		}
		r->x[r->n] = LEFT + SPAN;
		r->offset = m->blocks[r->first].offset;
		r->end = m->blocks[r->first + r->n - 1].end;
	}
	return n;
}

static void add_block(struct drawing *d, size_t index, int x, int w)
{
	const struct map_block *b = &d->m->blocks[index];
	char size[REPORT_SIZE_BYTES], number[REPORT_GROUPED_BYTES];

	text_clear(&d->words);
	map_block_details(d->m, b, &d->words);
	text_addf(d->t, "<g class=\"block i%s\" data-i=\"%zu\">", map_group_class(b->group), index);
	add_title(d);
	text_addf(d->t, "<rect class=\"%s edge\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>",
		  map_group_class(b->group), x, d->y, w, ROW_HEIGHT);
	add_hatch(d, b, x, d->y, w, ROW_HEIGHT);
	text_clear(&d->words);
	map_block_label(d->m, b, &d->words);
	text_addf(d->t, "<text class=\"name\" x=\"%d\" y=\"%d\">", x + 6, d->y + 18);
	(void)add_fitted(d, BOLD_PX, w - 10);
	text_add_str(d->t, "</text>");
	report_size_words(map_block_bytes(d->m, b), size);
	text_clear(&d->words);
	text_add_str(&d->words, size);
	text_addf(d->t, "<text class=\"size\" x=\"%d\" y=\"%d\">", x + 6, d->y + 34);
	(void)add_fitted(d, SMALL_PX, w - 10);
	text_add_str(d->t, "</text>");
	text_clear(&d->words);
	report_grouped(b->offset / 2048, number);
	text_add_str(&d->words, number);
	text_addf(d->t, "<text class=\"lba\" x=\"%d\" y=\"%d\">", x + 6, d->y + ROW_HEIGHT - 8);
	(void)add_fitted(d, SMALL_PX, w - 10);
	text_add_str(d->t, "</text></g>\n");
}

/* Which part of the bar a row shows: its number under the bar. */
static void add_marks(struct drawing *d, const struct map_row *rows, size_t n)
{
	int x[MOST_ROWS];

	for (size_t i = 0; i < n; i++) {
		x[i] = (scale(d, rows[i].offset) + scale(d, rows[i].end)) / 2;
		if (i && x[i] < x[i - 1] + MARK_PX + 4)
			x[i] = x[i - 1] + MARK_PX + 4;
	}
	for (size_t i = n; i-- > 0;) {
		int most = i + 1 < n ? x[i + 1] - MARK_PX - 4 : LEFT + SPAN - MARK_PX / 2;

		if (x[i] > most)
			x[i] = most;
		if (i == 0 && x[i] < LEFT + MARK_PX / 2)
			x[i] = LEFT + MARK_PX / 2;
	}
	for (size_t i = 1; i < n; i++)
		if (x[i] < x[i - 1] + MARK_PX + 4)
			x[i] = x[i - 1] + MARK_PX + 4;
	for (size_t i = 0; i < n; i++) {
		int from = scale(d, rows[i].offset), to = scale(d, rows[i].end);

		if (to - from < 2)
			to = from + 2;
		text_addf(d->t, "<path class=\"mark m%zu\" d=\"M%d %dH%dL%d %dH%dz\"/>", i % 2, from,
			  d->y, to, x[i] + 1, d->y + 10, x[i] - 1);
		text_addf(d->t, "<circle class=\"mark\" cx=\"%d\" cy=\"%d\" r=\"%d\"/>"
			  "<text class=\"number\" x=\"%d\" y=\"%d\">%zu</text>\n", x[i], d->y + 18,
			  MARK_PX / 2, x[i], d->y + 22, i + 1);
	}
	d->y += 34;
}

static void add_rows(struct drawing *d, struct map_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct map_row *r = &rows[i];
		char size[REPORT_SIZE_BYTES];

		text_addf(d->t, "<circle class=\"mark\" cx=\"%d\" cy=\"%d\" r=\"%d\"/>"
			  "<text class=\"number\" x=\"%d\" y=\"%d\">%zu</text>", LEFT - 19, d->y + 14,
			  MARK_PX / 2, LEFT - 19, d->y + 18, i + 1);
		report_size_words(r->end - r->offset, size);
		text_addf(d->t, "<text class=\"rowsize\" x=\"%d\" y=\"%d\">%s</text>\n", LEFT - 10,
			  d->y + 42, size);
		d->row = r;
		for (size_t k = 0; k < r->n; k++)
			add_block(d, r->first + k, r->x[k], r->x[k + 1] - r->x[k]);
		d->y += ROW_HEIGHT + 5;
		add_lanes(d, r->offset, r->end);
		d->row = NULL;
		d->y += ROW_GAP;
	}
}

/* ---- legend --------------------------------------------------------------------------- */

static void add_share(struct text *t, uint64_t part, uint64_t all)
{
	/* Claims that overlap, or reach behind the end, can be more than there is. */
	double share = all ? (double)part / (double)all * 1000 + 0.5 : 0;
	unsigned tenths = (unsigned)(share < 999999 ? share : 999999);

	if (part && tenths == 0)
		text_add_str(t, "<0.1%");
	else
		text_addf(t, "%u.%u%%", tenths / 10, tenths % 10);
}

static void legend_line(struct drawing *d, int x, int y, enum map_group g)
{
	char size[REPORT_SIZE_BYTES], number[REPORT_GROUPED_BYTES];
	const struct map_block probe = { .group = g };

	add_rect(d, map_group_class(g), x, y - 11, 14, 14);
	add_hatch(d, &probe, x, y - 11, 14, 14);
	text_addf(d->t, "<rect class=\"frame\" x=\"%d\" y=\"%d\" width=\"14\" height=\"14\"/>", x,
		  y - 11);
	add_text(d, "legend", x + 22, y, map_group_name(g));
	report_size_words(d->m->group_bytes[g], size);
	text_addf(d->t, "<text class=\"value\" x=\"%d\" y=\"%d\">%s</text>", x + 342, y, size);
	text_addf(d->t, "<text class=\"value faint\" x=\"%d\" y=\"%d\">", x + 402, y);
	text_clear(&d->words);
	add_share(&d->words, d->m->group_bytes[g], d->m->size);
	map_xml_str(d->t, text_string(&d->words));
	text_add_str(d->t, "</text>");
	report_grouped(d->m->group_items[g], number);
	if (g != MAP_MISSING)
		text_addf(d->t, "<text class=\"value faint\" x=\"%d\" y=\"%d\">%s\xc3\x97</text>",
			  x + 470, y, number);
	text_add_char(d->t, '\n');
}

static void add_legend(struct drawing *d)
{
	int y = d->y + 24, lines = 0;

	add_text(d, "heading", LEFT, d->y, "What the colours mean");
	for (int g = 0; g < MAP_GROUPS; g++) {
		if (!d->m->group_bytes[g])
			continue;
		legend_line(d, LEFT, y + lines * 22, (enum map_group)g);
		lines++;
	}
	if (d->m->n_overlaps) {
		char number[REPORT_GROUPED_BYTES];

		add_rect(d, "c3", LEFT, y + lines * 22 - 11, 14, 14);
		add_rect(d, "twice", LEFT, y + lines * 22 - 11, 14, 14);
		add_rect(d, "frame", LEFT, y + lines * 22 - 11, 14, 14);
		add_text(d, "legend", LEFT + 22, y + lines * 22, "claimed twice (overlap)");
		report_grouped(d->m->n_overlaps, number);
		text_addf(d->t, "<text class=\"value faint\" x=\"%d\" y=\"%d\">%s\xc3\x97</text>\n",
			  LEFT + 470, y + lines * 22, number);
		lines++;
	}
}

static int legend_lines(const struct map *m)
{
	int lines = m->n_overlaps ? 1 : 0;

	for (int g = 0; g < MAP_GROUPS; g++)
		lines += m->group_bytes[g] != 0;
	return lines > (int)m->n_largest ? lines : (int)m->n_largest;
}

static void add_largest(struct drawing *d)
{
	const struct map *m = d->m;
	int x = LEFT + 560, y = d->y + 24;
	uint64_t most = m->n_largest ? m->regions[m->segments[m->largest[0]].region].bytes : 1;

	if (m->n_largest == 0)
		return;
	add_text(d, "heading", x, d->y, "Largest files");
	for (size_t i = 0; i < m->n_largest; i++, y += 22) {
		const struct map_block *b = &m->segments[m->largest[i]];
		char size[REPORT_SIZE_BYTES];
		uint64_t bytes = m->regions[b->region].bytes;
		int w = (int)((double)min_u64(bytes, most) / (double)(most ? most : 1) * 150);

		text_clear(&d->words);
		map_region_name(m, b->region, &d->words);
		text_addf(d->t, "<text class=\"legend\" x=\"%d\" y=\"%d\">", x, y);
		(void)add_fitted(d, 13, 520);
		text_add_str(d->t, "</text>");
		report_size_words(bytes, size);
		text_addf(d->t, "<text class=\"value\" x=\"%d\" y=\"%d\">%s</text>", x + 610, y, size);
		text_addf(d->t, "<text class=\"value faint\" x=\"%d\" y=\"%d\">", x + 670, y);
		text_clear(&d->words);
		add_share(&d->words, bytes, m->size);
		map_xml_str(d->t, text_string(&d->words));
		text_add_str(d->t, "</text>");
		text_addf(d->t, "<rect class=\"%s edge\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"10\"/>",
			  map_group_class(b->group), x + 690, y - 10, w < 2 ? 2 : w);
		text_add_char(d->t, '\n');
	}
}

static void add_foot(struct drawing *d)
{
	const struct isokit_facts *f = d->m->facts;
	char number[REPORT_GROUPED_BYTES];

	text_clear(&d->words);
	if (!f->expected.complete && f->expected.bytes > f->size) {
		report_grouped(f->expected.bytes - f->size, number);
		text_addf(&d->words, "Cut off: %s needs %s bytes more. ",
			  f->expected.what ? f->expected.what : "something", number);
	}
	text_add_str(&d->words, "Bar: to scale. Rows: the same image from left to right, row by row; "
		     "a block is as wide as the logarithm of its size; numbers at its foot are "
		     "sectors of 2048 bytes.");
	add_text(d, "foot", LEFT, d->y, text_string(&d->words));
	d->y += 30;
}

/* ---- colours -------------------------------------------------------------------------- */

void map_css(struct text *t, bool dark)
{
	for (int g = 0; g < MAP_GROUPS; g++) {
		const char *c = map_group_class((enum map_group)g);

		text_addf(t, ".%s{fill:%s}.%s.edge{stroke:%s}.i%s text{fill:%s}", c,
			  dark ? colors[g].dark_fill : colors[g].fill, c,
			  dark ? colors[g].dark_edge : colors[g].edge, c,
			  dark ? colors[g].dark_ink : colors[g].ink);
	}
	if (dark) {
		text_add_str(t,
			".paper{fill:#15181e}.title,.heading{fill:#f2f4f8}.sub,.legend,.value{"
			"fill:#c9d0db}.faint,.foot,.axis,.lanename,.rowsize{fill:#949dac}"
			".tick{stroke:#949dac}.mark{fill:#39404d}.number{fill:#e6e9ef}"
			".bar rect{fill:#3a3222;stroke:#a8853a}.lE rect{fill:#43291a;stroke:#c7773c}"
			".lV rect{fill:#1d3242;stroke:#5f9fc9}.lS rect{fill:#2e2840;stroke:#8f7cc3}"
			".lane{fill:#e3e7ee}"
			".frame{stroke:#4a515e}.yes rect{fill:#1d9b72;stroke:#1d9b72}"
			".no rect{fill:none;stroke:#6b7483}.no text{fill:#a4adbb}"
			".no path{stroke:#a4adbb}.outline{stroke:#6b7483}");
		return;
	}
	text_add_str(t,
		"text{font-family:system-ui,-apple-system,\"Segoe UI\",\"Helvetica Neue\",Arial,"
		"\"DejaVu Sans\",sans-serif}"
		".paper{fill:#fff}.title{font-size:30px;font-weight:700;fill:#171a21}"
		".sub{font-size:15px;fill:#4d5562}.heading{font-size:14px;font-weight:700;"
		"fill:#171a21}.legend,.value{font-size:13px;fill:#2a303a}.value{text-anchor:end}"
		".axis{font-size:12px;fill:#4d5562;text-anchor:middle}.faint,.axis.faint{"
		"fill:#737c8a}.foot{font-size:12px;fill:#5d6674}"
		".lanename{font-size:11px;fill:#4d5562;text-anchor:end}.rowsize{font-size:11px;"
		"fill:#5d6674;text-anchor:end}.name{font-size:12px;font-weight:600}"
		".size,.lba,.lane{font-size:11px}.lane{fill:#2a303a}.lba{opacity:.75}"
		".tick{stroke:#8a93a1;fill:none}.mark{fill:#dfe3e9}.m1{fill:#c9cfd8}"
		".number{font-size:11px;font-weight:700;fill:#3d4451;text-anchor:middle}"
		".bar rect{fill:#fcf0d2;stroke:#c79a2e}.lE rect{fill:#fbe1cf;stroke:#d9803f}"
		".lV rect{fill:#deeef9;stroke:#5f9fc9}.lS rect{fill:#ece6f6;stroke:#8f7cc3}"
		"rect{shape-rendering:crispEdges}.yes rect,.no rect{shape-rendering:auto}"
		".edge{stroke-width:1}"
		".frame{fill:none;stroke:#b8bec8}.outline{fill:none;stroke:#8a93a1}"
		".twice{fill:url(#twice)}.stray{fill:url(#stray)}.empty{fill:url(#empty)}"
		".sign{fill:#b3261e}.c11.edge{stroke-dasharray:5 4}"
		".yes rect{fill:#0b7a5b;stroke:#0b7a5b}.yes text{fill:#fff}.yes path{stroke:#fff;"
		"stroke-width:2.4;fill:none}.no rect{fill:none;stroke:#a9b0bb}.no text{fill:"
		"#5d6674}.no path{stroke:#8a93a1;stroke-width:2;fill:none}"
		".yes text,.no text{font-size:13px;font-weight:600}");
}

static void add_patterns(struct text *t)
{
	text_add_str(t,
		"<defs><pattern id=\"twice\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\" "
		"patternTransform=\"rotate(45)\"><path d=\"M0 0V8\" stroke=\"#b3261e\" "
		"stroke-width=\"4\" opacity=\".5\"/></pattern>"
		"<pattern id=\"stray\" width=\"7\" height=\"7\" patternUnits=\"userSpaceOnUse\" "
		"patternTransform=\"rotate(-45)\"><path d=\"M0 0V7\" stroke=\"#b3261e\" "
		"stroke-width=\"2\" opacity=\".55\"/></pattern>"
		"<pattern id=\"empty\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" "
		"patternTransform=\"rotate(45)\"><path d=\"M0 0V6\" stroke=\"#9aa3b1\" "
		"stroke-width=\"1\" opacity=\".45\"/></pattern></defs>\n");
}

/* ---- all of it ------------------------------------------------------------------------ */

static void add_body(struct drawing *d)
{
	static const char to_scale[] = "to scale";
	struct map_row rows[MOST_ROWS];
	size_t n_rows = make_rows(d->m, rows);

	add_head(d);
	text_addf(d->t, "<text class=\"lanename\" x=\"%d\" y=\"%d\">%s</text>", LEFT - 10,
		  d->y + BAR_HEIGHT / 2 + 4, to_scale);
	add_columns(d);
	add_signs(d);
	text_addf(d->t, "<rect class=\"outline\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>\n",
		  LEFT, d->y, SPAN, BAR_HEIGHT);
	d->y += BAR_HEIGHT;
	add_axis(d);
	add_lanes(d, 0, d->m->end);
	d->y += 8;
	add_marks(d, rows, n_rows);
	d->y += 4;
	add_rows(d, rows, n_rows);
	d->y += 14;
	add_legend(d);
	add_largest(d);
	d->y += 24 + 22 * legend_lines(d->m) + 12;
	add_foot(d);
}

void map_svg(const struct map *m, bool in_page, struct text *t)
{
	struct text body = { 0 };
	struct drawing d = { .m = m, .t = &body };

	add_body(&d);
	text_addf(t, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\"", WIDTH, d.y);
	if (!in_page)
		text_addf(t, " width=\"%d\" height=\"%d\"", WIDTH, d.y);
	text_add_str(t, " role=\"img\" aria-label=\"Layout of the image\">\n");
	if (!in_page) {
		text_add_str(t, "<style>");
		map_css(t, false);
		text_add_str(t, "</style>\n");
	}
	add_patterns(t);
	text_addf(t, "<rect class=\"paper\" width=\"%d\" height=\"%d\"/>\n", WIDTH, d.y);
	if (body.failed || d.words.failed)
		t->failed = true;
	else
		text_add(t, body.bytes, body.n);
	text_add_str(t, "</svg>\n");
	text_free(&body);
	text_free(&d.words);
}
