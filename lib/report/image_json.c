/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The schema isokit.image/1; doc/json.md explains every key. */
#include "base/text.h"
#include "report/image.h"
#include "report/owner.h"
#include "report/verify.h"

static void json_volume(struct json *j, const struct isokit_facts *f)
{
	struct isokit_volume v;

	(void)report_volume(f, &v);
	json_open(j, "volume", '{');
	rows_json(j, report_volume_rows, &v);
	json_close(j, '}');
}

static const char *container_kind(const struct isokit_container *c)
{
	return c->kind == ISOKIT_CONTAINER_RAW_SECTORS ? "raw-sectors" : "leading-header";
}

static const char *sector_mode(enum isokit_sector_mode mode)
{
	switch (mode) {
	case ISOKIT_SECTORS_PLAIN: break;
	case ISOKIT_SECTORS_MODE1: return "mode1";
	case ISOKIT_SECTORS_MODE2: return "mode2";
	case ISOKIT_SECTORS_MODE2_MIXED: return "mode2-mixed";
	}
	return "plain";
}

static void json_container(struct json *j, const struct isokit_facts *f)
{
	const struct isokit_container *c = f->container;

	if (!c)
		return;
	json_open(j, "container", '{');
	json_text(j, "kind", container_kind(c));
	json_number(j, "offset", c->offset);
	json_number(j, "sector_size", c->sector_bytes);
	if (c->kind == ISOKIT_CONTAINER_RAW_SECTORS) {
		json_number(j, "user_offset", c->user_offset);
		json_text(j, "mode", sector_mode(c->mode));
		json_number(j, "trailing", c->trailing);
	}
	json_number(j, "image_size", f->size);
	json_text(j, "description", c->words);
	json_close(j, '}');
}

static void json_namespaces(struct json *j, const struct isokit_facts *f)
{
	struct report_namespace ns[ISOKIT_NS_COUNT];
	size_t n = report_namespaces(f, ns);

	json_open(j, "namespaces", '{');
	for (size_t i = 0; i < n; i++) {
		json_open(j, ns[i].key, '{');
		rows_json(j, report_namespace_rows, &ns[i]);
		if (ns[i].hfs)
			rows_json(j, report_hfs_rows, ns[i].hfs);
		if (ns[i].udf)
			rows_json(j, report_udf_rows, ns[i].udf);
		json_close(j, '}');
	}
	if (f->zisofs) {
		json_open(j, "zisofs", '{');
		json_close(j, '}');
	}
	json_close(j, '}');
}

static void json_extensions(struct json *j, const struct isokit_facts *f)
{
	if (!f->cd_xa && !f->aaip && !f->apple)
		return;
	json_open(j, "extensions", '[');
	if (f->cd_xa)
		json_text(j, NULL, "cd-xa");
	if (f->aaip)
		json_text(j, NULL, "aaip");
	if (f->apple)
		json_text(j, NULL, "apple");
	json_close(j, ']');
}

static void json_el_torito(struct json *j, const struct isokit_el_torito *e)
{
	if (!e->present)
		return;
	json_open(j, "el_torito", '{');
	json_number(j, "lba", e->catalog_lba);
	json_number(j, "record_lba", e->record_lba);
	json_bool(j, "valid", e->valid);
	json_bytes_str(j, "id", e->id);
	rows_json_array(j, "entries", report_entry_rows, e->entries, sizeof(*e->entries),
			e->n_entries);
	json_close(j, '}');
}

static void json_partitions(struct json *j, const struct isokit_facts *f)
{
	if (f->mbr.present) {
		json_open(j, "mbr", '{');
		json_bool(j, "signature", true);
		json_text(j, "boot_code", report_boot_code_name(f->mbr.code));
		if (f->mbr.code_name)
			json_text(j, "boot_code_name", f->mbr.code_name);
		rows_json_array(j, "partitions", report_mbr_rows, f->mbr.partitions,
				sizeof(*f->mbr.partitions), f->mbr.n_partitions);
		json_close(j, '}');
	}
	if (f->gpt.primary.present || f->gpt.backup.present) {
		json_open(j, "gpt", '{');
		json_bool(j, "primary", f->gpt.primary.present);
		json_bool(j, "backup", f->gpt.backup.present);
		json_bool(j, "crc_ok", report_gpt_crc_ok(&f->gpt));
		json_text(j, "disk_guid", report_gpt_disk_guid(&f->gpt));
		json_number(j, "block_size", f->gpt.block_size);
		rows_json_array(j, "partitions", report_gpt_rows, f->gpt.partitions,
				sizeof(*f->gpt.partitions), f->gpt.n_partitions);
		json_close(j, '}');
	}
	if (f->apm.present) {
		json_open(j, "apm", '{');
		json_number(j, "block_size", f->apm.block_size);
		rows_json_array(j, "partitions", report_apm_rows, f->apm.partitions,
				sizeof(*f->apm.partitions), f->apm.n_partitions);
		json_close(j, '}');
	}
}

static enum isokit_status json_way(struct json *j, const struct report_way *w)
{
	struct text t = { 0 };
	bool failed = false;

	json_open(j, w->key, '{');
	json_bool(j, "bootable", w->way->bootable);
	json_open(j, "reasons", '[');
	for (size_t i = 0; i < w->way->n_reasons; i++) {
		text_clear(&t);
		report_reason_add(&t, &w->way->reasons[i]);
		json_text(j, NULL, text_string(&t));
	}
	json_close(j, ']');
	json_open(j, "reason_codes", '[');
	for (size_t i = 0; i < w->way->n_reasons; i++)
		json_text(j, NULL, isokit_boot_reason_name(w->way->reasons[i].code));
	json_close(j, ']');
	if (w->uefi) {
		json_open(j, "architectures", '[');
		for (size_t i = 0; i < w->way->n_architectures; i++)
			json_text(j, NULL, w->way->architectures[i]);
		json_close(j, ']');
		json_bool(j, "signed", w->way->is_signed);
	}
	json_close(j, '}');
	failed = t.failed;
	text_free(&t);
	return failed ? ISOKIT_E_NOMEM : ISOKIT_OK;
}

static enum isokit_status json_boot(struct json *j, const struct isokit_facts *f,
				     const struct isokit_boot_verdict *v)
{
	struct report_way ways[REPORT_WAYS];
	enum isokit_status st = ISOKIT_OK;

	report_ways(v, ways);
	json_open(j, "boot", '{');
	json_bool(j, "hybrid", v->hybrid);
	json_bool(j, "usb_bootable", v->usb_bootable);
	json_bool(j, "optical_bootable", v->optical_bootable);
	for (size_t i = 0; i < REPORT_WAYS && st == ISOKIT_OK; i++)
		st = json_way(j, &ways[i]);
	report_efi_json(j, f);
	json_close(j, '}');
	return st;
}

static void json_integrity(struct json *j, const struct isokit_facts *f,
			   const struct isokit_verification *v)
{
	json_open(j, "integrity", '{');
	json_number(j, "expected_size", f->expected.bytes);
	if (f->expected.what)
		json_text(j, "expected_by", f->expected.what);
	json_bool(j, "complete", f->expected.complete);
	if (f->expected.bytes && f->size > f->expected.bytes)
		json_number(j, "trailing_bytes", f->size - f->expected.bytes);
	json_text(j, "implanted_md5",
		  report_verified_word(v, "implanted-md5", f->implanted_md5));
	json_text(j, "libisofs_md5",
		  report_verified_word(v, "libisofs-", f->libisofs_md5));
	json_close(j, '}');
}

static void json_comparisons(struct json *j, const struct isokit_facts *f)
{
	if (!f->n_comparisons)
		return;
	json_open(j, "comparison", '[');
	for (size_t i = 0; i < f->n_comparisons; i++) {
		const struct isokit_comparison *c = &f->comparisons[i];

		json_open(j, NULL, '{');
		json_text(j, "first", isokit_namespace_name(c->first));
		json_text(j, "second", isokit_namespace_name(c->second));
		json_number(j, "same", c->same);
		json_number(j, "only_first", c->only_first);
		json_number(j, "only_second", c->only_second);
		json_number(j, "size_differs", c->size_differs);
		json_number(j, "extent_differs", c->extent_differs);
		json_number(j, "name_differs", c->name_differs);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static enum isokit_status json_problems(struct json *j, const struct isokit_facts *f)
{
	struct text t = { 0 };
	bool failed;

	json_open(j, "problems", '[');
	for (size_t i = 0; i < f->n_findings; i++) {
		const struct isokit_finding *p = &f->findings[i];

		json_open(j, NULL, '{');
		json_text(j, "severity", isokit_severity_name(p->severity));
		json_text(j, "code", isokit_finding_code_name(p->code));
		if (p->offset != ISOKIT_NO_OFFSET)
			json_number(j, "offset", p->offset);
		text_clear(&t);
		report_finding_add(&t, p);
		json_text(j, "message", text_string(&t));
		if (isokit_finding_clause(p->code))
			json_text(j, "clause", isokit_finding_clause(p->code));
		if (p->more)
			json_number(j, "count", p->more + 1);
		json_close(j, '}');
	}
	json_close(j, ']');
	failed = t.failed;
	text_free(&t);
	return failed ? ISOKIT_E_NOMEM : ISOKIT_OK;
}

enum isokit_status isokit_report_json(const struct isokit_facts *facts,
				      const struct isokit_boot_verdict *verdict,
				      isokit_write_fn write, void *ctx)
{
	return isokit_report_json_with(facts, verdict, NULL, write, ctx);
}

enum isokit_status isokit_report_json_with(const struct isokit_facts *facts,
					   const struct isokit_boot_verdict *verdict,
					   const struct isokit_report_extras *extras,
					   isokit_write_fn write, void *ctx)
{
	struct isokit_report_extras x = { 0 };
	struct report_out out;
	struct json j = { .out = &out };
	enum isokit_status st;

	if (extras)
		memcpy(&x, extras, extras->size < sizeof(x) ? extras->size : sizeof(x));
	report_out_start(&out, write, ctx);
	json_open(&j, NULL, '{');
	json_text(&j, "schema", "isokit.image/1");
	json_bytes_str(&j, "path", facts->path);
	json_number(&j, "size", facts->container ? facts->container->file_bytes : facts->size);
	json_text(&j, "format", report_format_name(facts->format));
	json_container(&j, facts);
	report_content_json(&j, facts);
	json_volume(&j, facts);
	rows_json_array(&j, "descriptors", report_descriptor_rows, facts->descriptors,
			sizeof(*facts->descriptors), facts->n_descriptors);
	json_namespaces(&j, facts);
	json_extensions(&j, facts);
	rows_json_array(&j, "sessions", report_session_rows, facts->sessions,
			sizeof(*facts->sessions), facts->n_sessions);
	json_el_torito(&j, &facts->el_torito);
	json_partitions(&j, facts);
	st = json_boot(&j, facts, verdict);
	json_integrity(&j, facts, x.verification);
	report_verification_json(&j, x.verification);
	json_comparisons(&j, facts);
	if (st == ISOKIT_OK)
		st = json_problems(&j, facts);
	if (st == ISOKIT_OK && x.layout && x.owner_ranges)
		st = report_owner_json(&j, x.layout, x.owner_ranges, x.n_owner_ranges);
	json_close(&j, '}');
	report_out_char(&out, '\n');
	return st == ISOKIT_OK ? report_out_end(&out) : st;
}
