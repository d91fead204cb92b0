/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The screen: what it is, what it is called, what boots it, what is wrong. */
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "report/image.h"

/* Lines that are too many for a screen are counted, and the option named that
 * shows them. */
enum { MOST_PROBLEMS = 6, MOST_PARTITIONS = 8, MOST_ENTRIES = 12, MOST_SESSIONS = 4 };

enum { WIDEST = 132 };

static void free_text(struct screen *s, struct text *t)
{
	if (t->failed)
		s->out_of_memory = true;
	text_free(t);
}

static void say_more(struct screen *s, size_t n, const char *where)
{
	struct text line = { 0 };

	text_addf(&line, "and %zu more: %s", n, where);
	screen_begin(s);
	screen_fold(s, STYLE_FAINT, text_string(&line));
	free_text(s, &line);
}

static const char *boot_words(const struct isokit_boot_verdict *v)
{
	if (v->hybrid)
		return "boots from disc and USB stick";
	if (v->optical_bootable)
		return "boots from disc, not from USB stick";
	if (v->usb_bootable)
		return "boots from USB stick, not from disc";
	return "does not boot";
}

/* "ISO 9660 with Rock Ridge, Joliet and UDF" */
static void add_names(struct text *t, const struct isokit_facts *f)
{
	struct report_namespace ns[ISOKIT_NS_COUNT];
	size_t n = report_namespaces(f, ns), shown = 0, first = 0;

	switch (f->format) {
	case ISOKIT_FORMAT_ISO9660:
		text_add_str(t, "ISO 9660");
		first = n && ns[0].kind == ISOKIT_NS_ISO9660 ? 1 : 0;
		break;
	case ISOKIT_FORMAT_HIGH_SIERRA:
		text_add_str(t, "High Sierra");
		first = n && ns[0].kind == ISOKIT_NS_ISO9660 ? 1 : 0;
		break;
	case ISOKIT_FORMAT_UDF:
		text_add_str(t, "UDF");
		first = n;
		break;
	}
	for (size_t i = first; i < n; i++, shown++) {
		text_add_str(t, shown == 0 ? " with " : i + 1 == n ? " and " : ", ");
		text_add_str(t, ns[i].words);
	}
}

/* "in raw CD sectors, mode 1 (2352 bytes each)", "behind a MacBinary header of 128
 * bytes" */
static void add_container(struct text *t, const struct isokit_container *c)
{
	char at[REPORT_GROUPED_BYTES];

	report_grouped(c->offset, at);
	if (c->kind == ISOKIT_CONTAINER_RAW_SECTORS) {
		text_addf(t, "Inside %s (%u bytes each", c->words, c->sector_bytes);
		if (c->offset)
			text_addf(t, ", from byte %s on", at);
		text_add_char(t, ')');
	} else {
		text_addf(t, "Begins at byte %s, behind %s", at, c->words);
	}
	text_add_str(t, ": convert it before burning or writing it (iso-convert)");
}

static void show_title(struct screen *s, const struct isokit_facts *f,
		       const struct isokit_boot_verdict *v)
{
	struct text t = { 0 };
	char words[REPORT_SIZE_BYTES], exact[REPORT_GROUPED_BYTES], end[REPORT_GROUPED_BYTES];
	uint64_t size;

	if (f->path)
		text_add_escaped(&t, f->path, strlen(f->path));
	s->column = 0;
	screen_fold(s, STYLE_TITLE, text_string(&t));

	text_clear(&t);
	add_names(&t, f);
	size = f->container ? f->container->file_bytes : f->size;
	report_size_words(size, words);
	report_grouped(size, exact);
	text_addf(&t, size < 1024 ? ", %s" : ", %s (%s bytes)", words, exact);
	text_addf(&t, ", %s", boot_words(v));
	s->column = 0;
	screen_fold(s, STYLE_PLAIN, text_string(&t));

	if (f->container) {
		text_clear(&t);
		add_container(&t, f->container);
		s->column = 0;
		screen_fold(s, STYLE_WARN, text_string(&t));
	}
	if (!f->expected.complete) {
		report_grouped(f->expected.bytes - f->size, exact);
		report_grouped(f->expected.bytes, end);
		text_clear(&t);
		text_addf(&t, "Incomplete: %s bytes are missing", exact);
		if (f->expected.what)
			text_addf(&t, " (%s reaches to byte %s)", f->expected.what, end);
		s->column = 0;
		screen_fold(s, STYLE_BAD, text_string(&t));
	}
	free_text(s, &t);
}

static void show_volume(struct screen *s, const struct isokit_facts *f)
{
	struct isokit_volume v;

	if (!report_volume(f, &v))
		return;
	screen_section(s, "Volume");
	if (rows_captions(s, report_volume_rows, &v) == 0) {
		screen_begin(s);
		screen_fold(s, STYLE_FAINT, "no name, no dates");
	}
}

/* "HFS+: 1.2 MiB at byte 65,536, journaled; has a blessed folder: an old Mac may boot it" */
static void show_hfs(struct screen *s, const struct isokit_hfs *h)
{
	char size[REPORT_SIZE_BYTES], at[REPORT_GROUPED_BYTES];
	struct text t = { 0 };

	report_size_words(h->bytes, size);
	report_grouped(h->offset, at);
	text_addf(&t, "HFS: %s at byte %s, blocks of %u bytes", size, at, h->block_bytes);
	if (h->wrapped)
		text_add_str(&t, ", inside an HFS wrapper");
	if (h->journaled)
		text_add_str(&t, ", journaled");
	if (h->blessed)
		text_addf(&t, "; folder %u is blessed%s", h->blessed,
			  h->in_apple_partition ? ": an old Mac may boot it" : "");
	if (h->blessed_file)
		text_addf(&t, "; file %u is blessed%s", h->blessed_file,
			  h->in_apple_partition ? ": a Mac with an Intel processor may boot it" : "");
	screen_begin(s);
	screen_fold(s, STYLE_PLAIN, text_string(&t));
	free_text(s, &t);
}

static void show_extensions(struct screen *s, const struct isokit_facts *f)
{
	if (f->cd_xa) {
		screen_begin(s);
		screen_fold(s, STYLE_PLAIN, "CD-ROM XA: marked as a disc of mode 2 sectors");
	}
	if (f->aaip) {
		screen_begin(s);
		screen_fold(s, STYLE_PLAIN, "AAIP: files may have ACLs and extended attributes");
	}
	if (f->apple) {
		screen_begin(s);
		screen_fold(s, STYLE_PLAIN, "Apple: files have a type and a creator");
	}
}

static void show_names(struct screen *s, const struct isokit_facts *f)
{
	struct report_namespace ns[ISOKIT_NS_COUNT];
	size_t n = report_namespaces(f, ns);

	if (!n)
		return;
	screen_section(s, "Names");
	rows_table(s, report_namespace_rows, ns, sizeof(ns[0]), n);
	report_udf_text(s, &f->udf);
	if (f->namespaces[ISOKIT_NS_HFS].present)
		show_hfs(s, &f->hfs);
	show_extensions(s, f);
	if (f->zisofs) {
		screen_begin(s);
		screen_fold(s, STYLE_PLAIN, "zisofs: some files are stored compressed");
	}
}

static void show_sessions(struct screen *s, const struct isokit_facts *f)
{
	size_t n = f->n_sessions < MOST_SESSIONS ? f->n_sessions : MOST_SESSIONS;

	if (f->n_sessions < 2)
		return;
	screen_section(s, "Sessions");
	rows_table(s, report_session_rows, f->sessions, sizeof(*f->sessions), n);
	if (n < f->n_sessions)
		say_more(s, f->n_sessions - n, "--json");
}

/* ---- how it boots ------------------------------------------------------------- */

enum { COLUMN_MEDIUM = SCREEN_INDENT + 6, COLUMN_ANSWER = SCREEN_INDENT + 12,
       COLUMN_REASON = SCREEN_INDENT + 17 };

/* The words beside a "yes" or "no": each begins at the same column, the first
 * on the line of the answer. */
static void add_remark(struct screen *s, enum screen_style style, const char *mark,
		       const char *text, bool *first)
{
	if (!*first)
		screen_begin(s);
	*first = false;
	screen_tab(s, COLUMN_REASON);
	screen_add(s, style, mark);
	screen_fold(s, STYLE_PLAIN, text);
}

static void add_reasons(struct screen *s, const struct isokit_boot_way *w, bool risk, bool *first)
{
	struct text t = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < w->n_reasons; i++)
		n += w->reasons[i].risk == risk;
	for (size_t i = 0; i < w->n_reasons; i++) {
		if (w->reasons[i].risk != risk)
			continue;
		text_clear(&t);
		report_reason_add(&t, &w->reasons[i]);
		if (risk)
			add_remark(s, STYLE_WARN, "risk: ", text_string(&t), first);
		else
			add_remark(s, STYLE_PLAIN, n > 1 ? "- " : "", text_string(&t), first);
	}
	free_text(s, &t);
}

static void show_way(struct screen *s, const struct report_way *w)
{
	const struct isokit_boot_way *way = w->way;
	struct text t = { 0 };
	bool first = true;

	screen_begin(s);
	screen_add(s, STYLE_PLAIN, w->firmware);
	screen_tab(s, COLUMN_MEDIUM);
	screen_add(s, STYLE_PLAIN, w->medium);
	screen_tab(s, COLUMN_ANSWER);
	screen_add(s, way->bootable ? STYLE_GOOD : STYLE_BAD, way->bootable ? "yes" : "no");
	for (size_t i = 0; i < way->n_architectures; i++) {
		text_add_str(&t, i ? ", " : "");
		text_add_str(&t, way->architectures[i]);
	}
	if (way->bootable && t.n) {
		text_add_str(&t, way->is_signed ? ", signed" : ", not signed");
		add_remark(s, STYLE_PLAIN, "", text_string(&t), &first);
	}
	free_text(s, &t);
	add_reasons(s, way, false, &first);
	add_reasons(s, way, true, &first);
	if (first)
		screen_end(s);
}

/* One reason stands for all four ways. */
static void add_reasons_once(struct screen *s, const struct isokit_boot_way *w)
{
	struct text t = { 0 };

	text_add_str(&t, "no: ");
	if (w->n_reasons)
		report_reason_add(&t, &w->reasons[0]);
	screen_begin(s);
	screen_fold(s, STYLE_PLAIN, text_string(&t));
	free_text(s, &t);
}

static void show_boot(struct screen *s, const struct isokit_facts *f,
		      const struct isokit_boot_verdict *v)
{
	struct report_way ways[REPORT_WAYS];

	report_ways(v, ways);
	screen_section(s, "Boot");
	/* A plain data image: four times the same would be noise. */
	if (f->container) {
		add_reasons_once(s, &v->bios_cd);
		return;
	}
	if (!f->el_torito.present && !f->mbr.present && !v->usb_bootable) {
		screen_begin(s);
		screen_fold(s, STYLE_PLAIN,
			    "no: neither an El Torito boot record nor a partition table");
		return;
	}
	for (size_t i = 0; i < REPORT_WAYS; i++)
		show_way(s, &ways[i]);
}

static void show_el_torito(struct screen *s, const struct isokit_el_torito *e)
{
	size_t n = e->n_entries < MOST_ENTRIES ? e->n_entries : MOST_ENTRIES;
	struct text t = { 0 };

	if (!e->present)
		return;
	screen_section(s, "El Torito");
	screen_begin(s);
	if (!e->readable)
		text_addf(&t, "the catalog would be at block %u, outside the image",
			  e->catalog_lba);
	else
		text_addf(&t, "catalog at block %u%s", e->catalog_lba,
			  e->valid ? "" : ", not valid: firmware may ignore it");
	if (e->id && e->id[0]) {
		text_add_str(&t, ", id ");
		text_add_escaped(&t, e->id, strlen(e->id));
	}
	screen_fold(s, e->valid ? STYLE_PLAIN : STYLE_BAD, text_string(&t));
	free_text(s, &t);
	rows_table(s, report_entry_rows, e->entries, sizeof(*e->entries), n);
	if (n < e->n_entries)
		say_more(s, e->n_entries - n, "--json");
}

/* ---- partition tables ------------------------------------------------------------ */

static void show_partitions(struct screen *s, const struct row *rows, const void *partitions,
			    size_t stride, size_t n)
{
	size_t shown = n < MOST_PARTITIONS ? n : MOST_PARTITIONS;

	rows_table(s, rows, partitions, stride, shown);
	if (shown < n)
		say_more(s, n - shown, "--json");
}

static void show_mbr(struct screen *s, const struct isokit_mbr *m)
{
	struct text t = { 0 };

	if (!m->present)
		return;
	screen_section(s, "MBR");
	screen_begin(s);
	if (m->code == ISOKIT_CODE_NONE)
		text_add_str(&t, "no boot code");
	else
		text_addf(&t, "boot code: %s",
			  m->code_name ? m->code_name : report_boot_code_name(m->code));
	if (m->pointer_known)
		text_addf(&t, ", loads sector %llu%s", (unsigned long long)m->pointer_sector,
			  m->pointer_ok ? "" : " (wrong)");
	if (!m->plausible)
		text_add_str(&t, ", no partition table");
	screen_fold(s, STYLE_PLAIN, text_string(&t));
	free_text(s, &t);
	show_partitions(s, report_mbr_rows, m->partitions, sizeof(*m->partitions),
			m->n_partitions);
}

static const char *gpt_copy_words(const struct isokit_gpt_header *h)
{
	if (!h->present)
		return "missing";
	if (!h->header_crc_ok)
		return "header CRC wrong";
	return h->entries_crc_ok ? "sound" : "entries CRC wrong";
}

static void show_gpt(struct screen *s, const struct isokit_gpt *g)
{
	bool sound = g->primary.present && g->backup.present && report_gpt_crc_ok(g) && g->agree;
	struct text t = { 0 };

	if (!g->primary.present && !g->backup.present)
		return;
	screen_section(s, "GPT");
	screen_begin(s);
	text_addf(&t, "primary %s, backup %s", gpt_copy_words(&g->primary),
		  gpt_copy_words(&g->backup));
	if (g->primary.present && g->backup.present && !g->agree)
		text_add_str(&t, ", they differ");
	if (g->backup.present && !g->backup_at_end)
		text_add_str(&t, ", backup not in the last block");
	if (g->block_size != 512)
		text_addf(&t, ", blocks of %u bytes", g->block_size);
	screen_fold(s, sound ? STYLE_PLAIN : STYLE_WARN, text_string(&t));
	free_text(s, &t);
	show_partitions(s, report_gpt_rows, g->partitions, sizeof(*g->partitions),
			g->n_partitions);
}

static void show_apm(struct screen *s, const struct isokit_apm *a)
{
	if (!a->present)
		return;
	screen_section(s, "APM");
	show_partitions(s, report_apm_rows, a->partitions, sizeof(*a->partitions),
			a->n_partitions);
}

/* ---- problems ----------------------------------------------------------------------- */

static enum screen_style severity_style(enum isokit_severity severity)
{
	switch (severity) {
	case ISOKIT_ERROR: return STYLE_BAD;
	case ISOKIT_WARNING: return STYLE_WARN;
	case ISOKIT_NOTE: return STYLE_FAINT;
	}
	return STYLE_PLAIN;
}

static void show_problem(struct screen *s, const struct isokit_finding *p)
{
	struct text t = { 0 };

	screen_begin(s);
	screen_add(s, severity_style(p->severity), isokit_severity_name(p->severity));
	screen_tab(s, SCREEN_INDENT + 9);
	report_finding_add(&t, p);
	text_addf(&t, " (%s)", isokit_finding_code_name(p->code));
	screen_fold(s, STYLE_PLAIN, text_string(&t));
	free_text(s, &t);
}

/* Were the folders looked into, where there are any? */
static bool was_walked(const struct isokit_facts *f)
{
	bool any = false;

	for (size_t i = 0; i < ISOKIT_NS_COUNT; i++) {
		if (f->namespaces[i].counted)
			return true;
		any |= f->namespaces[i].volume != NULL;
	}
	return !any;
}

/* Errors and warnings come first in the findings. Notes break nothing: their
 * number is enough for a screen. */
static void show_problems(struct screen *s, const struct isokit_facts *f, bool all)
{
	size_t serious = 0, shown, rest;
	struct text more = { 0 };

	while (serious < f->n_findings && f->findings[serious].severity != ISOKIT_NOTE)
		serious++;
	shown = all ? f->n_findings : serious < MOST_PROBLEMS ? serious : MOST_PROBLEMS;
	rest = f->n_findings - shown;
	screen_section(s, "Problems");
	for (size_t i = 0; i < shown; i++)
		show_problem(s, &f->findings[i]);
	if (shown && rest) {
		say_more(s, rest, "--check");
	} else if (!shown) {
		screen_begin(s);
		screen_add(s, STYLE_GOOD, "none found");
		if (!was_walked(f))
			text_add_str(&more, ", folders not looked into: --check");
		else if (rest)
			text_addf(&more, ", but %zu note%s: --check", rest, rest == 1 ? "" : "s");
		screen_fold(s, STYLE_FAINT, text_string(&more));
		free_text(s, &more);
	}
}

static void screen_start(struct screen *s, struct report_out *out,
			 const struct isokit_report_options *options)
{
	unsigned width = options->width ? options->width : 80;

	*s = (struct screen){ .out = out, .color = options->color };
	s->width = width < WIDEST ? width : WIDEST;
}

enum isokit_status isokit_report_text(const struct isokit_facts *facts,
				      const struct isokit_boot_verdict *verdict,
				      const struct isokit_report_options *options,
				      isokit_write_fn write, void *ctx)
{
	struct report_out out;
	struct screen s;

	report_out_start(&out, write, ctx);
	screen_start(&s, &out, options);
	show_title(&s, facts, verdict);
	report_content_text(&s, facts);
	show_volume(&s, facts);
	show_names(&s, facts);
	show_sessions(&s, facts);
	show_boot(&s, facts, verdict);
	report_efi_text(&s, facts);
	show_el_torito(&s, &facts->el_torito);
	show_mbr(&s, &facts->mbr);
	show_gpt(&s, &facts->gpt);
	show_apm(&s, &facts->apm);
	show_problems(&s, facts, options->verbose);
	if (s.out_of_memory)
		return ISOKIT_E_NOMEM;
	return report_out_end(&out);
}

/* One kind of finding after the other, each in the order of the medium. */
static int by_severity_and_code(const void *pa, const void *pb)
{
	const struct isokit_finding *a = *(const struct isokit_finding *const *)pa;
	const struct isokit_finding *b = *(const struct isokit_finding *const *)pb;

	if (a->severity != b->severity)
		return a->severity > b->severity ? -1 : 1;
	if (a->code != b->code)
		return a->code < b->code ? -1 : 1;
	if (a->offset != b->offset)
		return a->offset < b->offset ? -1 : 1;
	return a < b ? -1 : a > b;
}

static void finding_line(struct screen *s, const struct isokit_finding *p,
			 const struct isokit_finding *before, bool verbose)
{
	const char *clause = isokit_finding_clause(p->code);
	struct text t = { 0 };
	char at[48];

	/* The clause stands above the first of its kind. */
	if (verbose && clause && (!before || before->code != p->code)) {
		s->column = 0;
		screen_tab(s, 9);
		text_addf(&t, "%s: %s", isokit_finding_code_name(p->code), clause);
		screen_add(s, STYLE_FAINT, text_string(&t));
		screen_end(s);
		text_clear(&t);
	}
	s->column = 0;
	screen_add(s, severity_style(p->severity), isokit_severity_name(p->severity));
	screen_tab(s, 9);
	screen_add(s, STYLE_PLAIN, isokit_finding_code_name(p->code));
	screen_tab(s, 34);
	if (p->offset == ISOKIT_NO_OFFSET)
		(void)snprintf(at, sizeof(at), " %11s %13s  ", "-", "-");
	else
		(void)snprintf(at, sizeof(at), " %#11llx %13llu  ", (unsigned long long)p->offset,
			       (unsigned long long)p->offset);
	screen_add(s, STYLE_PLAIN, at);
	report_finding_add(&t, p);
	screen_add(s, STYLE_PLAIN, text_string(&t));
	if (p->more) {
		text_clear(&t);
		text_addf(&t, " (and %llu more of this kind)", (unsigned long long)p->more);
		screen_add(s, STYLE_FAINT, text_string(&t));
	}
	screen_end(s);
	free_text(s, &t);
}

enum isokit_status isokit_report_findings(const struct isokit_facts *facts,
					  const struct isokit_report_options *options,
					  isokit_write_fn write, void *ctx)
{
	const struct isokit_finding **sorted;
	struct report_out out;
	struct screen s;

	sorted = malloc((facts->n_findings + 1) * sizeof(*sorted));
	if (!sorted)
		return ISOKIT_E_NOMEM;
	report_out_start(&out, write, ctx);
	screen_start(&s, &out, options);
	for (size_t i = 0; i < facts->n_findings; i++)
		sorted[i] = &facts->findings[i];
	if (facts->n_findings)
		qsort(sorted, facts->n_findings, sizeof(*sorted), by_severity_and_code);
	for (size_t i = 0; i < facts->n_findings; i++)
		finding_line(&s, sorted[i], i ? sorted[i - 1] : NULL, options->verbose);
	free(sorted);
	return s.out_of_memory ? ISOKIT_E_NOMEM : report_out_end(&out);
}
