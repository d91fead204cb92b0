/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The caller's options: copied, completed, and held against what an image can
 * carry. */
#include <stdlib.h>
#include <string.h>

#include "author/options.h"
#include "base/fail.h"
#include "base/text.h"

/* Descriptor fields, ECMA-119 8.4. */
struct field {
	const char *name;      /* for messages */
	size_t limit;          /* bytes */
	size_t offset;         /* in struct isokit_build_options */
	const char *otherwise; /* when the caller gives none */
	bool ascii;            /* nothing else: the name of a file */
};

#define FIELD(member) offsetof(struct isokit_build_options, member)

static const struct field fields[] = {
	{ "volume id", 32, FIELD(volume_id), "ISOIMAGE", false },
	{ "system id", 32, FIELD(system_id), "LINUX", false },
	{ "volume set id", 128, FIELD(volume_set_id), "", false },
	{ "publisher", 128, FIELD(publisher), "", false },
	{ "preparer", 128, FIELD(preparer), "", false },
	{ "application id", 128, FIELD(application), "ISOKIT", false },
	{ "copyright file", 37, FIELD(copyright_file), "", true },
	{ "abstract file", 37, FIELD(abstract_file), "", true },
	{ "bibliographic file", 37, FIELD(bibliographic_file), "", true },
};

/* ECMA-119 7.4.1 has capital letters, digits and '_'; readers take more. As UTF-8 it is
 * what Linux shows, and what xorriso and genisoimage write there; Joliet and UDF have
 * characters of their own. */
static enum isokit_status check_field(const struct field *f, const char *text,
				      struct isokit_error *err)
{
	const uint8_t *p = (const uint8_t *)text;
	size_t n = strlen(text), step;
	bool ascii = true;
	uint32_t code;

	for (size_t i = 0; i < n; i += step) {
		step = utf8_decode(p + i, n - i, &code);
		if (step > 1 && f->ascii)
			return isokit_fail(err, ISOKIT_E_LIMIT, i, f->name,
					   "holds only printable ASCII; byte %zu is not", i + 1);
		if (step == 0 || code < 0x20 || (code >= 0x7f && code < 0xa0))
			return isokit_fail(err, ISOKIT_E_LIMIT, i, f->name,
					   "holds printable characters, in UTF-8; byte %zu is none",
					   i + 1);
		ascii = ascii && step == 1;
	}
	if (n > f->limit)
		return isokit_fail(err, ISOKIT_E_LIMIT, f->limit, f->name,
				   "holds %zu %s; %zu were given", f->limit,
				   ascii ? "characters" : "bytes of UTF-8", n);
	return ISOKIT_OK;
}

static void note_field(struct plan *plan, const struct field *f, const char *text)
{
	for (const char *p = text; *p; p++) {
		if (!(*p & 0x80))
			continue;
		plan_note(plan, ISOKIT_BUILD_NOTE, f->name,
			  "is more than ASCII: stored as UTF-8, which Linux shows and ISO 9660 does not know");
		return;
	}
}

static bool copy_string(struct arena *a, const char **s)
{
	if (!*s)
		return true;
	*s = arena_strndup(a, *s, strlen(*s));
	return *s != NULL;
}

static bool copy_strings(struct arena *a, const char *const **list, size_t n)
{
	const char **copy = arena_array(a, n, sizeof(*copy));

	if (n && !copy)
		return false;
	for (size_t i = 0; i < n; i++) {
		copy[i] = (*list)[i];
		if (!copy_string(a, &copy[i]))
			return false;
	}
	*list = copy;
	return true;
}

static bool copy_naming(struct arena *a, struct isokit_build_options *o)
{
	struct isokit_build_naming *naming;

	if (!o->naming)
		return true;
	naming = arena_alloc(a, sizeof(*naming));
	if (!naming)
		return false;
	*naming = *o->naming;
	o->naming = naming;
	return copy_string(a, &naming->relocate);
}

static bool copy_list(struct arena *a, struct isokit_build_options *o)
{
	struct isokit_build_rule *rules = arena_array(a, o->n_rules, sizeof(*rules));
	struct isokit_build_hide *hides = arena_array(a, o->n_hides, sizeof(*hides));
	struct isokit_build_weight *weights = arena_array(a, o->n_weights, sizeof(*weights));

	if ((o->n_rules && !rules) || (o->n_hides && !hides) || (o->n_weights && !weights) ||
	    !copy_strings(a, &o->excludes, o->n_excludes) ||
	    !copy_strings(a, &o->host_excludes, o->n_host_excludes) || !copy_naming(a, o))
		return false;
	for (size_t i = 0; i < o->n_rules; i++) {
		rules[i] = o->rules[i];
		if (!copy_string(a, &rules[i].pattern))
			return false;
	}
	for (size_t i = 0; i < o->n_hides; i++) {
		hides[i] = o->hides[i];
		if (!copy_string(a, &hides[i].pattern))
			return false;
	}
	for (size_t i = 0; i < o->n_weights; i++) {
		weights[i] = o->weights[i];
		if (!copy_string(a, &weights[i].pattern))
			return false;
	}
	o->rules = rules;
	o->hides = hides;
	o->weights = weights;
	return true;
}

/* What a goal asks for, where nothing that was said contradicts it. */
static enum isokit_status apply_goal(struct isokit_build_options *o, struct isokit_error *err)
{
	const char *against = NULL;

	switch (o->goal) {
	case ISOKIT_BUILD_FOR_ANY: return ISOKIT_OK;
	case ISOKIT_BUILD_FOR_PC:
	case ISOKIT_BUILD_FOR_UEFI:
		if (o->boot == ISOKIT_BUILD_BOOT_NONE)
			against = "no boot set-up";
		else if (o->hybrid == ISOKIT_BUILD_HYBRID_NONE)
			against = "no partition table";
		else if (o->goal == ISOKIT_BUILD_FOR_UEFI && (o->bios_path || o->mbr_file))
			against = "something for BIOS";
		break;
	case ISOKIT_BUILD_FOR_CD:
		if (o->hybrid == ISOKIT_BUILD_HYBRID_GPT || o->hybrid == ISOKIT_BUILD_HYBRID_MBR ||
		    o->mbr_file || o->apm)
			against = "a partition table";
		o->hybrid = ISOKIT_BUILD_HYBRID_NONE;
		break;
	case ISOKIT_BUILD_FOR_DATA:
		if (o->boot == ISOKIT_BUILD_BOOT_MANUAL || o->bios_path || o->efi_path ||
		    o->esp_folder || o->mbr_file || o->hybrid != ISOKIT_BUILD_HYBRID_AUTO || o->apm)
			against = "a boot set-up";
		o->boot = ISOKIT_BUILD_BOOT_NONE;
		break;
	}
	if (o->boot == ISOKIT_BUILD_BOOT_KEEP)
		against = "the boot set-up of another image";
	/* Of an image to start from, too: its own set-up is for what it was for. */
	if (o->boot == ISOKIT_BUILD_BOOT_AUTO)
		o->boot = ISOKIT_BUILD_BOOT_DETECT;
	if (!against && !o->layout)
		return ISOKIT_OK;
	return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, "goal of the image",
			   "contradicts other options, which ask for %s",
			   against ? against : "a boot set-up of their own");
}

enum isokit_status options_copy(struct plan *plan, const struct isokit_build_options *from,
				struct isokit_error *err)
{
	struct isokit_build_options *o = &plan->options;
	enum isokit_status st;

	/* A caller built for an older release has a shorter struct. */
	if (from)
		memcpy(o, from, from->size < sizeof(*o) ? from->size : sizeof(*o));
	o->size = sizeof(*o);
	plan->level_given = o->iso_level != 0;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		const char **s = (const char **)((char *)o + fields[i].offset);

		if (*s)
			plan->fields_given |= 1u << i;
		else
			*s = fields[i].otherwise;
		st = check_field(&fields[i], *s, err);
		if (st)
			return st;
		if (!copy_string(&plan->arena, s)) /* *s is NULL now */
			return isokit_fail_nomem(err, fields[i].name, 0);
		note_field(plan, &fields[i], *s);
	}
	if (!copy_string(&plan->arena, &o->bios_path) || !copy_string(&plan->arena, &o->efi_path) ||
	    !copy_string(&plan->arena, &o->mbr_file) ||
	    !copy_string(&plan->arena, &o->esp_folder) ||
	    !copy_string(&plan->arena, &o->scratch_folder) ||
	    !copy_string(&plan->arena, &o->system_root) ||
	    !copy_string(&plan->arena, &o->input_charset) ||
	    !copy_string(&plan->arena, &o->output_charset) ||
	    !copy_string(&plan->arena, &o->volume_date) ||
	    !copy_string(&plan->arena, &o->manifest) || !copy_string(&plan->arena, &o->old_root) ||
	    !copy_string(&plan->arena, &o->root) ||
	    !copy_string(&plan->arena, &o->scdbackup_name) || !copy_list(&plan->arena, o))
		return isokit_fail_nomem(err, "options", 0);
	if (o->application_use) {
		o->application_use = arena_memdup(&plan->arena, o->application_use, 512);
		if (!o->application_use)
			return isokit_fail_nomem(err, "options", 512);
	}
	if (o->iso_level == 0)
		o->iso_level = 3;
	if (o->iso_level < 1 || o->iso_level > 3)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, "ISO level",
				   "%d is not 1, 2 or 3", o->iso_level);
	st = apply_goal(o, err);
	if (st)
		return st;
	if (o->checksums && o->no_rock_ridge)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, "--checksums",
				   "needs Rock Ridge, whose attributes lead to the checksums");
	if (o->boot_info_table && o->no_boot_info_table)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, "boot info table",
				   "is asked for and forbidden");
	return ISOKIT_OK;
}

enum isokit_status options_take_volume(struct plan *plan, const struct isokit_volume *volume,
				       struct isokit_error *err)
{
	const char *const from[] = {
		volume->id, volume->system_id, volume->set_id, volume->publisher_id,
		volume->preparer_id, volume->application_id, volume->copyright_file_id,
		volume->abstract_file_id, volume->bibliographic_file_id,
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		const char **s = (const char **)((char *)&plan->options + fields[i].offset);
		char *text;

		if (plan->fields_given & 1u << i)
			continue;
		text = arena_strndup(&plan->arena, from[i] ? from[i] : "",
				     from[i] ? strlen(from[i]) : 0);
		if (!text)
			return isokit_fail_nomem(err, fields[i].name, 0);
		*s = text;
		if (check_field(&fields[i], text, NULL) == ISOKIT_OK)
			continue;
		/* Bytes of some old code page: libisofs could not put them into Joliet. */
		plan_note(plan, ISOKIT_BUILD_WARNING, fields[i].name,
			  "has bytes that are neither printable ASCII nor UTF-8; they become '_'");
		for (char *p = text; *p; p++) {
			if (*p < 0x20 || *p > 0x7e)
				*p = '_';
		}
	}
	return ISOKIT_OK;
}
