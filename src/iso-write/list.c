/* SPDX-License-Identifier: GPL-3.0-or-later */
/* --list: the drives that can be written first, then the others with the reasons. */
#include <stdlib.h>
#include <string.h>

#include "common/message.h"
#include "disc.h"
#include "writer.h"

bool is_fixed_disk(const struct writer_options *opt, const struct isokit_drives *drives,
		   const struct isokit_drive *drive)
{
	const struct isokit_drive *named;

	for (size_t i = 0; i < opt->n_fixed_disks; i++)
		if (isokit_drives_find(drives, opt->fixed_disks[i], &named, NULL) == ISOKIT_OK &&
		    named == drive)
			return true;
	return opt->any_fixed_disk;
}

static size_t reasons_against(const struct writer_options *opt, const struct isokit_drives *drives,
			      const struct isokit_drive *d,
			      struct isokit_guard_reason reasons[ISOKIT_GUARD_MAX])
{
	struct isokit_guard_question q = {
		.size = sizeof(q), .unmount = opt->unmount,
		.fixed_disk = is_fixed_disk(opt, drives, d),
	};

	return isokit_guard(d, &q, reasons);
}

/* What stands against it goes away when it is unmounted. */
static bool offered(const struct isokit_guard_reason *reasons, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!reasons[i].can_unmount)
			return false;
	return true;
}

/* ---- text --------------------------------------------------------------------------- */

struct widths {
	int path, size, bus, model;
};

static int wider(int a, const char *s)
{
	int n = (int)strlen(s);

	return n > a ? n : a;
}

static void escaped(const char *s, char *out, size_t size)
{
	(void)isokit_escape(s, strlen(s), out, size);
}

static void measure(struct widths *w, const struct isokit_drive *d)
{
	char model[MODEL_WORDS_BYTES], shown[4 * MODEL_WORDS_BYTES], size[SIZE_WORDS_BYTES];

	model_words(d, model);
	escaped(model, shown, sizeof(shown));
	decimal_words(d->bytes, size);
	w->path = wider(w->path, d->path);
	w->size = wider(w->size, d->bytes ? size : "-");
	w->bus = wider(w->bus, d->bus);
	w->model = wider(w->model, shown);
}

static void print_head(struct output *out, const struct widths *w, const char *title)
{
	(void)output_format(out, "%s\n  %-*s  %*s  %-*s  %-*s  %s\n", title, w->path, "DRIVE", w->size,
			    "SIZE", w->bus, "BUS", w->model, "MODEL", "SERIAL");
}

static void print_line(struct output *out, const struct widths *w, const struct isokit_drive *d)
{
	char model[MODEL_WORDS_BYTES], shown[4 * MODEL_WORDS_BYTES], size[SIZE_WORDS_BYTES];

	model_words(d, model);
	escaped(model, shown, sizeof(shown));
	decimal_words(d->bytes, size);
	(void)output_format(out, "  %-*s  %*s  %-*s  ", w->path, d->path, w->size,
			    d->bytes ? size : "-", w->bus, d->bus);
	if (*d->serial) {
		(void)output_format(out, "%-*s  ", w->model, shown);
		(void)output_escaped(out, d->serial);
	} else {
		(void)output_string(out, shown);
	}
	(void)output_string(out, "\n");
}

static void print_reasons(struct output *out, const struct isokit_guard_reason *reasons, size_t n,
			  bool all)
{
	for (size_t i = 0; i < n && (i == 0 || all); i++) {
		(void)output_string(out, "      ");
		(void)output_escaped(out, reasons[i].text);
		if (*reasons[i].remedy) {
			(void)output_string(out, " (");
			(void)output_escaped(out, reasons[i].remedy);
			(void)output_string(out, ")");
		}
		(void)output_string(out, "\n");
	}
	if (n > 1 && !all)
		(void)output_format(out, "      and %zu more reason%s (-v)\n", n - 1,
				    n == 2 ? "" : "s");
}

/* Loop devices and their kind are drives to few, and may be without number. */
static bool hidden(const struct writer_options *opt, const struct isokit_drive *d, bool writable)
{
	return d->made_up && !writable && !opt->common.verbose && !opt->n_devices;
}

/* A mistake in the order is for people: what they can use comes first. */
enum group { GROUP_WRITABLE, GROUP_REFUSED, GROUP_COUNT };

static void print_group(const struct writer_options *opt, const struct isokit_drives *drives,
			const struct isokit_drive *const *list, size_t n, enum group group,
			const struct widths *w, bool *said, struct output *out)
{
	static const char *const titles[] = { "Can be written:", "Refused:" };
	struct isokit_guard_reason reasons[ISOKIT_GUARD_MAX];
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		size_t against = reasons_against(opt, drives, list[i], reasons);
		bool writable = offered(reasons, against);

		if (list[i]->optical || writable != (group == GROUP_WRITABLE) ||
		    hidden(opt, list[i], writable))
			continue;
		if (!any && *said)
			(void)output_string(out, "\n");
		if (!any)
			print_head(out, w, titles[group]);
		any = *said = true;
		print_line(out, w, list[i]);
		if (group == GROUP_REFUSED)
			print_reasons(out, reasons, against, opt->common.verbose > 0);
		if (group == GROUP_WRITABLE || opt->common.verbose)
			content_print(out, list[i], "      ");
		if (group == GROUP_WRITABLE)
			print_reasons(out, reasons, against, true);
	}
	if (!any && group == GROUP_WRITABLE) {
		(void)output_string(out, "No drive can be written: plug one in");
		(void)output_string(out, n ? ", or see why each is refused.\n" : ".\n");
		*said = true;
	}
}

/* Writers of discs are no business of the guard. */
static void print_discs(const struct isokit_discs *discs, const struct isokit_drive *const *list,
			size_t n, const struct widths *w, bool said, struct output *out)
{
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		if (!list[i]->optical)
			continue;
		if (!any) {
			(void)output_string(out, said ? "\n" : "");
			print_head(out, w, "Discs:");
		}
		any = true;
		print_line(out, w, list[i]);
		disc_list_text(discs, list[i]->path, "      ", out);
	}
}

static void print_text(const struct writer_options *opt, const struct isokit_drives *drives,
		       const struct isokit_discs *discs, const struct isokit_drive *const *list,
		       size_t n, struct output *out)
{
	struct widths w = { (int)strlen("DRIVE"), (int)strlen("SIZE"), (int)strlen("BUS"),
			    (int)strlen("MODEL") };
	struct isokit_guard_reason reasons[ISOKIT_GUARD_MAX];
	bool said = false;
	size_t hides = 0;

	for (size_t i = 0; i < n; i++) {
		size_t against = reasons_against(opt, drives, list[i], reasons);

		if (hidden(opt, list[i], offered(reasons, against)))
			hides++;
		else
			measure(&w, list[i]);
	}
	for (enum group g = GROUP_WRITABLE; g < GROUP_COUNT; g++)
		print_group(opt, drives, list, n, g, &w, &said, out);
	print_discs(discs, list, n, &w, said, out);
	if (hides)
		(void)output_format(out, "\nNot shown: %zu device%s made by the kernel, like loop devices "
				    "(-v).\n", hides, hides == 1 ? "" : "s");
}

/* ---- JSON --------------------------------------------------------------------------- */

void json_reasons(struct output *out, const struct isokit_guard_reason *reasons, size_t n)
{
	(void)output_string(out, ",\"reasons\":[");
	for (size_t i = 0; i < n; i++) {
		(void)output_format(out, "%s{\"code\":\"%s\"", i ? "," : "",
				    isokit_guard_name(reasons[i].code));
		output_json_string(out, "message", reasons[i].text);
		output_json_string(out, "remedy", *reasons[i].remedy ? reasons[i].remedy : NULL);
		if (reasons[i].can_unmount || reasons[i].can_name)
			output_json_string(out, "option", reasons[i].can_unmount ? "--unmount" :
									    "--fixed-disk");
		(void)output_string(out, "}");
	}
	(void)output_string(out, "]");
}

/* Only what is known. */
static void json_known(struct output *out, const char *key, const char *s)
{
	output_json_string(out, key, *s ? s : NULL);
}

static void json_parts(struct output *out, const struct isokit_drive *d)
{
	(void)output_string(out, ",\"partitions\":[");
	for (size_t i = 0; i < d->n_parts; i++) {
		const struct isokit_drive_part *p = &d->parts[i];

		(void)output_format(out, "%s{\"number\":%u", i ? "," : "", p->number);
		json_known(out, "path", p->path);
		output_json_number(out, "offset", p->offset);
		output_json_number(out, "size", p->bytes);
		json_known(out, "type", p->type);
		json_known(out, "name", p->name);
		json_known(out, "filesystem", p->fs);
		json_known(out, "label", p->label);
		json_known(out, "uuid", p->uuid);
		json_known(out, "mounted", p->mounted);
		if (p->used_bytes)
			output_json_number(out, "used", p->used_bytes);
		(void)output_string(out, "}");
	}
	(void)output_string(out, "]");
}

static void json_uses(struct output *out, const struct isokit_drive *d)
{
	static const char *const kinds[] = {
		[ISOKIT_USE_SYSTEM] = "system", [ISOKIT_USE_SWAP] = "swap",
		[ISOKIT_USE_MOUNT] = "mount", [ISOKIT_USE_HOLDER] = "holder",
		[ISOKIT_USE_OPEN] = "open", [ISOKIT_USE_MEMBER] = "member",
		[ISOKIT_USE_FSTAB] = "fstab",
	};

	(void)output_string(out, ",\"uses\":[");
	for (size_t i = 0; i < d->n_uses; i++) {
		const struct isokit_drive_use *u = &d->uses[i];

		(void)output_format(out, "%s{\"kind\":\"%s\"", i ? "," : "", kinds[u->kind]);
		json_known(out, "device", u->device);
		json_known(out, "where", u->where);
		json_known(out, "chain", u->chain);
		(void)output_string(out, "}");
	}
	(void)output_string(out, "]");
}

void json_drive(struct output *out, const struct isokit_drive *d)
{
	(void)output_string(out, "{\"path\":");
	output_json_text(out, d->path);
	output_json_string(out, "name", d->name);
	output_json_number(out, "size", d->bytes);
	output_json_number(out, "sector_size", d->logical_sector);
	json_known(out, "vendor", d->vendor);
	json_known(out, "model", d->model);
	json_known(out, "serial", d->serial);
	json_known(out, "wwn", d->wwn);
	json_known(out, "bus", d->bus);
	output_json_bool(out, "removable", d->removable);
	output_json_bool(out, "hotplug", d->hotplug);
	output_json_bool(out, "read_only", d->read_only);
	output_json_bool(out, "optical", d->optical);
	output_json_bool(out, "made_up", d->made_up);
	json_known(out, "backing", d->backing);
	json_known(out, "table", d->table);
	json_known(out, "filesystem", d->fs);
	json_known(out, "label", d->label);
	json_known(out, "mounted", d->mounted);
	json_parts(out, d);
	json_uses(out, d);
}

static void print_json(const struct writer_options *opt, const struct isokit_drives *drives,
		       const struct isokit_discs *discs, const struct isokit_drive *const *list,
		       size_t n, struct output *out)
{
	struct isokit_guard_reason reasons[ISOKIT_GUARD_MAX];

	(void)output_string(out, "{\"schema\":\"isokit.write/1\",\"task\":\"list\",\"drives\":[");
	for (size_t i = 0; i < n; i++) {
		size_t against = reasons_against(opt, drives, list[i], reasons);

		(void)output_string(out, i ? "," : "");
		json_drive(out, list[i]);
		output_json_bool(out, "writable", against == 0);
		json_reasons(out, reasons, against);
		if (list[i]->optical)
			disc_list_json(discs, list[i]->path, out);
		(void)output_string(out, "}");
	}
	(void)output_string(out, "]}\n");
}

/* ------------------------------------------------------------------------------------- */

enum exit_code list_print(const struct writer_options *opt, const struct isokit_drives *drives,
			  struct output *out)
{
	size_t n, all;
	const struct isokit_drive *const found = isokit_drives_list(drives, &all);
	const struct isokit_drive **list = calloc(all + opt->n_devices + 1, sizeof(*list));
	struct isokit_error err = { 0 };
	enum exit_code code = EXIT_DONE;
	struct isokit_discs *discs = NULL;
	bool optical = false;

	if (!list) {
		message_error(NULL, "out of memory");
		return EXIT_UNABLE;
	}
	for (n = 0; !opt->n_devices && n < all; n++)
		list[n] = &found[n];
	for (size_t i = 0; i < opt->n_devices; i++) {
		if (isokit_drives_find(drives, opt->devices[i], &list[n], &err)) {
			message_failure(opt->devices[i], &err);
			code = EXIT_UNABLE;
		} else {
			n++;
		}
	}
	for (size_t i = 0; i < n; i++)
		optical |= list[i]->optical;
	if (code == EXIT_DONE && optical)
		discs = disc_scan(opt);
	if (code == EXIT_DONE)
		(opt->common.json ? print_json : print_text)(opt, drives, discs, list, n, out);
	isokit_discs_free(discs);
	free(list);
	return code;
}
