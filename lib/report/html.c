/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A page around the drawing of a map: tooltips, and a table of the parts that can
 * be searched. It loads nothing and runs nothing but its own few lines, which the
 * content security policy names by their digest. */
#include <stdlib.h>
#include <string.h>

#include "report/map.h"

enum { MOST_BLOCKS = 64, MOST_LINES = 3000 };

/* The digest in the policy below is of exactly these bytes; a test compares. */
static const char script[] =
	"(function(){var q=document.getElementById('q'),n=document.getElementById('n'),"
	"r=document.querySelectorAll('tbody tr'),t=document.getElementById('tip');"
	"function f(){var w=q.value.toLowerCase(),c=0;r.forEach(function(e){"
	"var s=!w||e.textContent.toLowerCase().indexOf(w)>=0;e.hidden=!s;c+=s});"
	"n.textContent=c+' of '+r.length+' shown'}q.addEventListener('input',f);f();"
	"document.querySelectorAll('svg g').forEach(function(g){"
	"var e=g.querySelector('title');if(!e)return;var x=e.textContent;e.remove();"
	"g.setAttribute('aria-label',x);"
	"g.addEventListener('mousemove',function(v){t.textContent=x;t.hidden=false;"
	"t.style.left=Math.min(v.pageX+14,scrollX+innerWidth-t.offsetWidth-20)+'px';"
	"t.style.top=(v.pageY+18)+'px'});"
	"g.addEventListener('mouseleave',function(){t.hidden=true})})})();";

static const char script_digest[] = "CH3vDBUPG0GcfZ4a0n3iXY1kixXZJkNjoMBhLhjn+gI=";

static const char style[] =
	":root{color-scheme:light dark}"
	"body{margin:0;font:14px system-ui,-apple-system,\"Segoe UI\",\"Helvetica Neue\",Arial,"
	"\"DejaVu Sans\",sans-serif;background:#fff;color:#171a21}"
	"main{max-width:1600px;margin:0 auto;padding:12px}"
	"svg{width:100%;height:auto;display:block}"
	"#tip{position:absolute;max-width:42em;padding:8px 11px;border-radius:6px;"
	"background:#171a21;color:#f2f4f8;font-size:13px;line-height:1.45;white-space:pre-line;"
	"overflow-wrap:anywhere;pointer-events:none;box-shadow:0 3px 14px #0005;z-index:1}"
	"#tip::first-line{font-weight:700}#tip[hidden]{display:none}"
	".block:hover .edge{stroke-width:2.5}"
	".tools{display:flex;gap:14px;align-items:baseline;margin:20px 0 10px 6.5%}"
	"input{font:inherit;padding:7px 11px;width:26em;max-width:60vw;border:1px solid #8a93a1;"
	"border-radius:6px;background:transparent;color:inherit}#n{color:#5d6674}"
	"table{border-collapse:collapse;width:91%;margin-left:6.5%;font-variant-numeric:tabular-nums}"
	"th{text-align:left;font-size:12px;color:#5d6674;border-bottom:1px solid #8a93a1;"
	"position:sticky;top:0;background:#fff}th,td{padding:4px 10px 4px 0;vertical-align:top}"
	"td{border-bottom:1px solid #e3e6eb;overflow-wrap:anywhere}"
	"th.r,td.r{text-align:right;white-space:nowrap}"
	"td i{display:inline-block;width:11px;height:11px;margin-right:8px;border:1px solid #0003}"
	"@media print{.tools{display:none}table{font-size:9px}#tip{display:none}}";

static const char style_dark[] =
	"body{background:#15181e;color:#e6e9ef}th{background:#15181e;color:#949dac}"
	"td{border-bottom-color:#2a303a}#n{color:#949dac}#tip{background:#e6e9ef;color:#15181e}";

static void add_chip_colors(struct text *t, const char *css)
{
	/* The table's chips take the colours of the drawing. */
	for (const char *p = css; (p = strstr(p, "{fill:")) != NULL; p++) {
		const char *dot = p;

		while (dot > css && dot[-1] != '}')
			dot--;
		if (dot[0] != '.' || dot[1] != 'c' || (p - dot) > 4)
			continue;
		text_add_str(t, "i");
		text_add(t, dot, (size_t)(p - dot));
		text_add_str(t, "{background:");
		text_add(t, p + 6, strcspn(p + 6, "}") + 1);
	}
}

static void add_colors(struct text *t, bool dark)
{
	struct text css = { 0 };

	map_css(&css, dark);
	text_add(t, text_string(&css), css.n);
	add_chip_colors(t, text_string(&css));
	t->failed |= css.failed;
	text_free(&css);
}

static void add_line(const struct map *m, const struct map_block *b, struct text *words,
		     struct text *t)
{
	char size[REPORT_SIZE_BYTES], number[REPORT_GROUPED_BYTES];

	text_clear(words);
	map_block_name(m, b, words);
	if (b->n_items > 1 && b->group != MAP_MISSING) {
		text_add_str(words, ", largest: ");
		map_region_name(m, b->region, words);
	}
	report_grouped(b->offset / 2048, number);
	text_addf(t, "<tr><td class=\"r\">%s</td>", number);
	report_grouped(b->offset, number);
	text_addf(t, "<td class=\"r\">%s</td>", number);
	report_size_words(map_block_bytes(m, b), size);
	text_addf(t, "<td class=\"r\">%s</td><td><i class=\"%s\"></i>", size,
		  map_group_class(b->group));
	map_xml_str(t, text_string(words));
	text_addf(t, "</td><td>%s%s</td></tr>\n", map_group_name(b->group),
		  b->overlap ? ", overlaps" : "");
}

static void add_page(const struct map *m, struct text *t)
{
	const struct isokit_facts *f = m->facts;
	const char *id = f->primary && f->primary->id[0] ? f->primary->id : f->path;
	struct map_block *lines = NULL;
	struct text words = { 0 };
	size_t n = 0;

	text_add_str(t, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		     "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		     "style-src 'unsafe-inline'; script-src 'sha256-");
	text_add_str(t, script_digest);
	text_add_str(t, "'; base-uri 'none'; form-action 'none'\">\n"
		     "<meta name=\"viewport\" content=\"width=device-width\">\n<title>");
	text_add_escaped(&words, id, strlen(id));
	map_xml_str(t, text_string(&words));
	text_add_str(t, ": layout</title>\n<style>");
	text_add_str(t, style);
	add_colors(t, false);
	text_add_str(t, "@media (prefers-color-scheme:dark){");
	text_add_str(t, style_dark);
	add_colors(t, true);
	text_add_str(t, "}</style>\n</head>\n<body>\n<main>\n");
	map_svg(m, true, t);
	text_add_str(t, "<div class=\"tools\"><input id=\"q\" type=\"search\" "
		     "placeholder=\"search names, kinds, sectors\" aria-label=\"search\">"
		     "<span id=\"n\"></span></div>\n<table>\n<thead><tr><th class=\"r\">Sector</th>"
		     "<th class=\"r\">Byte</th><th class=\"r\">Size</th><th>What</th><th>Kind</th>"
		     "</tr></thead>\n<tbody>\n");
	if (!map_merge(m, MOST_LINES, &lines, &n))
		t->failed = true;
	for (size_t i = 0; i < n; i++)
		add_line(m, &lines[i], &words, t);
	text_add_str(t, "</tbody>\n</table>\n</main>\n<div id=\"tip\" hidden></div>\n<script>");
	text_add_str(t, script);
	text_add_str(t, "</script>\n</body>\n</html>\n");
	t->failed |= words.failed;
	free(lines);
	text_free(&words);
}

enum isokit_status isokit_report_map(struct isokit_layout *layout,
				     const struct isokit_facts *facts,
				     const struct isokit_boot_verdict *verdict,
				     enum isokit_map_format format, isokit_write_fn write,
				     void *ctx)
{
	enum isokit_status st;
	struct text t = { 0 };
	struct map m;

	st = map_build(&m, layout, facts, verdict, MOST_BLOCKS);
	if (!st && format == ISOKIT_MAP_HTML) {
		add_page(&m, &t);
	} else if (!st) {
		text_add_str(&t, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
		map_svg(&m, false, &t);
	}
	map_free(&m);
	if (!st && t.failed)
		st = ISOKIT_E_NOMEM;
	if (!st && write(ctx, t.bytes, t.n))
		st = ISOKIT_E_CANCELLED;
	text_free(&t);
	return st;
}
