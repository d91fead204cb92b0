/* SPDX-License-Identifier: GPL-3.0-or-later */
/* --require: conditions over facts and verdict, each with a reason when not met. */
#include <stdio.h>
#include <string.h>

#include "inspect.h"

enum { REASON_BYTES = 1024 };

struct question {
	const struct isokit_facts *facts;
	const struct isokit_boot_verdict *verdict;
	char reason[REASON_BYTES]; /* why not; harmless text */
};

static bool no(struct question *q, const char *reason)
{
	(void)snprintf(q->reason, sizeof(q->reason), "%s", reason);
	return false;
}

static bool has(struct question *q, enum isokit_namespace_kind ns, const char *reason)
{
	return q->facts->namespaces[ns].present || no(q, reason);
}

static bool iso9660(struct question *q)
{
	return has(q, ISOKIT_NS_ISO9660, "no ISO 9660 volume descriptor");
}

static bool joliet(struct question *q)
{
	return has(q, ISOKIT_NS_JOLIET, "no Joliet volume descriptor");
}

static bool rockridge(struct question *q)
{
	return has(q, ISOKIT_NS_ROCKRIDGE, "no Rock Ridge entries in the root directory");
}

static bool udf(struct question *q)
{
	return has(q, ISOKIT_NS_UDF, "no UDF file system");
}

/* The reasons of a "no", without the risks of a "yes". */
static bool way(struct question *q, const struct isokit_boot_way *w)
{
	size_t used = 0;

	q->reason[0] = '\0';
	for (size_t i = 0; i < w->n_reasons && used + 2 < sizeof(q->reason); i++) {
		if (w->reasons[i].risk)
			continue;
		if (used) {
			memcpy(q->reason + used, "; ", 3);
			used += 2;
		}
		(void)isokit_boot_reason_sentence(&w->reasons[i], q->reason + used,
						  sizeof(q->reason) - used);
		used += strlen(q->reason + used);
	}
	return w->bootable;
}

static bool bios_cd(struct question *q)
{
	return way(q, &q->verdict->bios_cd);
}

static bool bios_usb(struct question *q)
{
	return way(q, &q->verdict->bios_usb);
}

static bool uefi_cd(struct question *q)
{
	return way(q, &q->verdict->uefi_cd);
}

static bool uefi_usb(struct question *q)
{
	return way(q, &q->verdict->uefi_usb);
}

static bool usb_bootable(struct question *q)
{
	if (q->facts->container)
		return way(q, &q->verdict->bios_usb);
	return q->verdict->usb_bootable || no(q, "neither BIOS nor UEFI boots it from a USB stick");
}

static bool optical_bootable(struct question *q)
{
	if (q->facts->container)
		return way(q, &q->verdict->bios_cd);
	return q->verdict->optical_bootable || no(q, "neither BIOS nor UEFI boots it from a disc");
}

static bool hybrid(struct question *q)
{
	if (q->verdict->hybrid)
		return true;
	if (q->facts->container)
		return way(q, &q->verdict->bios_usb);
	if (!q->verdict->optical_bootable && !q->verdict->usb_bootable)
		return no(q, "it does not boot, neither from a disc nor from a USB stick");
	return no(q, q->verdict->optical_bootable ? "it boots from a disc but not from a USB stick"
						  : "it boots from a USB stick but not from a disc");
}

/* A signed shim in front of something unsigned starts nothing. */
static bool next_is_signed(struct question *q, const struct isokit_boot_way *w)
{
	for (size_t i = 0; i < w->n_reasons; i++) {
		if (w->reasons[i].code != ISOKIT_R_SHIM_NEXT_UNSIGNED)
			continue;
		(void)isokit_boot_reason_sentence(&w->reasons[i], q->reason, sizeof(q->reason));
		return false;
	}
	return true;
}

static bool secure_boot(struct question *q)
{
	const struct isokit_boot_way *cd = &q->verdict->uefi_cd, *usb = &q->verdict->uefi_usb;

	if (!cd->bootable && !usb->bootable)
		return no(q, "UEFI does not boot it at all");
	if ((cd->bootable && !cd->is_signed) || (usb->bootable && !usb->is_signed))
		return no(q, "a UEFI boot loader carries no signature");
	return next_is_signed(q, cd) && next_is_signed(q, usb);
}

static bool complete(struct question *q)
{
	const struct isokit_expected *e = &q->facts->expected;

	if (e->complete)
		return true;
	(void)snprintf(q->reason, sizeof(q->reason), "%s reaches to byte %llu, the image ends at %llu",
		       e->what ? e->what : "a structure", (unsigned long long)e->bytes,
		       (unsigned long long)q->facts->size);
	return false;
}

static bool valid(struct question *q)
{
	size_t errors = 0;

	for (size_t i = 0; i < q->facts->n_findings; i++)
		errors += q->facts->findings[i].severity == ISOKIT_ERROR ?
				  1 + (size_t)q->facts->findings[i].more : 0;
	if (errors)
		(void)snprintf(q->reason, sizeof(q->reason), "%zu error%s, see --check", errors,
			       errors == 1 ? "" : "s");
	return errors == 0;
}

const char *const require_words[] = {
	"iso9660", "joliet", "rockridge", "udf", "hybrid", "bios-cd", "bios-usb", "uefi-cd",
	"uefi-usb", "usb-bootable", "optical-bootable", "secure-boot", "complete", "valid", NULL,
};

/* In the same order. */
static bool (*const conditions[])(struct question *q) = {
	iso9660, joliet, rockridge, udf, hybrid, bios_cd, bios_usb, uefi_cd, uefi_usb,
	usb_bootable, optical_bootable, secure_boot, complete, valid,
};

enum { N_CONDITIONS = sizeof(conditions) / sizeof(conditions[0]) };
_Static_assert(sizeof(require_words) / sizeof(require_words[0]) == N_CONDITIONS + 1, "one each");

static bool add_condition(const struct options *o, const char *word, condition_set *set)
{
	const char *nearest;

	for (size_t i = 0; i < N_CONDITIONS; i++) {
		if (strcmp(require_words[i], word) == 0) {
			*set |= (condition_set)1 << i;
			return true;
		}
	}
	nearest = nearest_word(word, require_words, N_CONDITIONS);
	(void)options_refuse(o, "unknown condition '%s', %s%s%s", word,
			     nearest ? "did you mean " : "see --help", nearest ? nearest : "",
			     nearest ? "?" : "");
	return false;
}

bool require_parse(const struct options *o, condition_set *set)
{
	const char *at = o->value;

	for (;;) {
		size_t n = strcspn(at, ",");
		char word[64];

		(void)snprintf(word, sizeof(word), "%.*s", n < 60 ? (int)n : 60, at);
		if (!add_condition(o, word, set))
			return false;
		if (at[n] == '\0')
			return true;
		at += n + 1;
	}
}

bool require_needs_check(condition_set set)
{
	for (size_t i = 0; i < N_CONDITIONS; i++) {
		if (conditions[i] == valid)
			return set & (condition_set)1 << i;
	}
	return false;
}

enum exit_code require_judge(condition_set set, const struct isokit_facts *facts,
			     const struct isokit_boot_verdict *verdict, const char *prefix,
			     bool verbose, struct output *out)
{
	struct question q = { .facts = facts, .verdict = verdict };
	enum exit_code code = EXIT_DONE;
	char name[1024] = "";

	if (prefix)
		(void)isokit_escape(prefix, strlen(prefix), name, sizeof(name));
	for (size_t i = 0; i < N_CONDITIONS; i++) {
		bool holds;

		if (!(set & (condition_set)1 << i))
			continue;
		holds = conditions[i](&q);
		if (!holds)
			code = EXIT_NO;
		if (!out || (holds && !verbose))
			continue;
		if (prefix) {
			(void)output_string(out, name);
			(void)output_string(out, ": ");
		}
		(void)output_string(out, require_words[i]);
		(void)output_string(out, holds ? ": yes" : ": no: ");
		if (!holds)
			(void)output_string(out, q.reason);
		(void)output_string(out, "\n");
	}
	return code;
}
