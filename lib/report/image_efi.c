/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The EFI executables that firmware would start, and those beside them: which
 * program, for which machine, signed by whom, of which generation. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "report/image.h"

enum { MOST_LOADERS = 8 };

/* ---- JSON ---------------------------------------------------------------------- */

static const struct row signature_rows[] = {
	ROW(ROW_BYTES, isokit_signature, subject, "subject", NULL),
	ROW(ROW_BYTES, isokit_signature, issuer, "issuer", NULL),
	ROW(ROW_WORD, isokit_signature, digest, "digest", NULL),
	{ ROW_END },
};

static void sbat_version(const void *object, struct row_value *v)
{
	const struct isokit_sbat_entry *e = object;

	if (e->version[0]) {
		v->kind = VALUE_BYTES;
		v->text = e->version;
	}
}

static const struct row sbat_rows[] = {
	ROW(ROW_BYTES, isokit_sbat_entry, component, "component", NULL),
	ROW(ROW_U32, isokit_sbat_entry, generation, "generation", NULL),
	ROW_FUNCTION(sbat_version, "version", NULL),
	{ ROW_END },
};

static const struct row loader_rows[] = {
	ROW(ROW_BYTES, isokit_efi_loader, path, "path", NULL),
	ROW(ROW_WORD, isokit_efi_loader, arch, "architecture", NULL),
	ROW(ROW_WORD, isokit_efi_loader, kind, "kind", NULL),
	ROW(ROW_U64, isokit_efi_loader, bytes, "size", NULL),
	ROW(ROW_BOOL, isokit_efi_loader, complete, "complete", NULL),
	ROW(ROW_BOOL, isokit_efi_loader, is_signed, "signed", NULL),
	{ ROW_END },
};

static void json_loader(struct json *j, const struct isokit_fat *fat,
			const struct isokit_efi_loader *l, bool is_default)
{
	json_open(j, NULL, '{');
	json_text(j, "in", fat->where);
	json_bool(j, "default", is_default);
	rows_json(j, loader_rows, l);
	if (l->pe_ok) {
		json_number(j, "machine", l->machine);
		json_number(j, "subsystem", l->subsystem);
	}
	json_open(j, "signatures", '[');
	for (size_t i = 0; i < l->n_signatures; i++) {
		const struct isokit_signature *s = &l->signatures[i];

		json_open(j, NULL, '{');
		rows_json(j, signature_rows, s);
		json_open(j, "chain", '[');
		for (size_t k = 0; k < s->n_chain; k++)
			json_text(j, NULL, s->chain[k]); /* decoded: valid UTF-8 */
		json_close(j, ']');
		json_close(j, '}');
	}
	json_close(j, ']');
	if (l->n_sbat)
		rows_json_array(j, "sbat", sbat_rows, l->sbat, sizeof(*l->sbat), l->n_sbat);
	json_close(j, '}');
}

void report_efi_json(struct json *j, const struct isokit_facts *f)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n_fats; i++)
		n += f->fats[i].n_loaders + f->fats[i].n_others;
	if (!n)
		return;
	json_open(j, "loaders", '[');
	for (size_t i = 0; i < f->n_fats; i++) {
		for (size_t k = 0; k < f->fats[i].n_loaders; k++)
			json_loader(j, &f->fats[i], &f->fats[i].loaders[k], true);
		for (size_t k = 0; k < f->fats[i].n_others; k++)
			json_loader(j, &f->fats[i], &f->fats[i].others[k], false);
	}
	json_close(j, ']');
}

/* ---- text ------------------------------------------------------------------------ */

static void add_str_escaped(struct text *t, const char *s)
{
	text_add_escaped(t, s, strlen(s));
}

static void add_signer(struct text *t, const struct isokit_signature *s)
{
	if (s->subject[0]) {
		add_str_escaped(t, s->subject);
		text_add_str(t, " (by ");
		add_str_escaped(t, s->issuer);
		text_add_str(t, ")");
	} else {
		text_add_str(t, "a certificate by ");
		add_str_escaped(t, s->issuer[0] ? s->issuer : "nobody named");
	}
}

/* The first line of SBAT only names the format. */
static void add_sbat(struct text *t, const struct isokit_efi_loader *l)
{
	bool any = false;

	for (size_t i = 0; i < l->n_sbat; i++) {
		if (strcmp(l->sbat[i].component, "sbat") == 0)
			continue;
		text_add_str(t, any ? ", " : "; SBAT ");
		add_str_escaped(t, l->sbat[i].component);
		text_addf(t, " %u", l->sbat[i].generation);
		any = true;
	}
}

static void show_loader(struct screen *s, const struct isokit_efi_loader *l)
{
	struct text t = { 0 };

	screen_begin(s);
	add_str_escaped(&t, l->path);
	screen_add(s, STYLE_PLAIN, text_string(&t));
	screen_add(s, STYLE_PLAIN, "  ");
	text_clear(&t);
	if (!l->pe_ok)
		text_add_str(&t, "no EFI executable");
	else if (l->kind || l->arch)
		text_addf(&t, "%s%s%s", l->kind ? l->kind : "", l->kind && l->arch ? ", " : "",
			  l->arch ? l->arch : "");
	else
		text_add_str(&t, "unknown");
	if (l->pe_ok && !l->n_signatures)
		text_add_str(&t, l->damaged_signature ? ", signature not readable" :
							", not signed");
	for (size_t i = 0; i < l->n_signatures; i++) {
		text_add_str(&t, i ? "; and by " : ", signed by ");
		add_signer(&t, &l->signatures[i]);
	}
	add_sbat(&t, l);
	screen_fold(s, STYLE_PLAIN, text_string(&t));
	if (t.failed)
		s->out_of_memory = true;
	text_free(&t);
}

/* Do both hold the same loaders? Then the same lines again would be noise. */
static bool is_shown_before(const struct isokit_facts *f, size_t index)
{
	const struct isokit_fat *fat = &f->fats[index];

	for (size_t i = 0; i < index; i++) {
		if (f->fats[i].n_loaders && f->fats[i].offset == fat->offset)
			return true;
	}
	return false;
}

void report_efi_text(struct screen *s, const struct isokit_facts *f)
{
	size_t shown = 0, all = 0;
	char line[64];
	bool begun = false;

	for (size_t i = 0; i < f->n_fats; i++) {
		const struct isokit_fat *fat = &f->fats[i];
		size_t n = fat->n_loaders + fat->n_others;

		if (!fat->n_loaders || is_shown_before(f, i))
			continue;
		all += n;
		if (shown >= MOST_LOADERS)
			continue;
		if (!begun)
			screen_section(s, "EFI loaders");
		begun = true;
		screen_begin(s);
		(void)snprintf(line, sizeof(line), "%s, FAT%u", fat->where, fat->bits);
		screen_fold(s, STYLE_FAINT, line);
		for (size_t k = 0; k < n && shown < MOST_LOADERS; k++, shown++)
			show_loader(s, k < fat->n_loaders ? &fat->loaders[k] :
							    &fat->others[k - fat->n_loaders]);
	}
	if (shown < all) {
		(void)snprintf(line, sizeof(line), "and %zu more: --json", all - shown);
		screen_begin(s);
		screen_fold(s, STYLE_FAINT, line);
	}
}
