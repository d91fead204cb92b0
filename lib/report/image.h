/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rows of an image, shared by its text and its JSON. */
#ifndef REPORT_IMAGE_H
#define REPORT_IMAGE_H

#include "report/row.h"

/* A name space with its name, as both outputs list them. */
struct report_namespace {
	const char *key, *words;
	enum isokit_namespace_kind kind;
	const struct isokit_namespace *facts;
	const struct isokit_hfs *hfs; /* of ISOKIT_NS_HFS, else NULL */
	const struct isokit_udf *udf; /* of ISOKIT_NS_UDF, else NULL */
	const char *primary_id; /* the label that is shown anyway, or NULL */
};

/* The name spaces that are present; returns how many. */
size_t report_namespaces(const struct isokit_facts *f,
			 struct report_namespace out[ISOKIT_NS_COUNT]);

/* The four ways to boot. */
struct report_way {
	const char *key, *firmware, *medium;
	bool uefi;
	const struct isokit_boot_way *way;
};

enum { REPORT_WAYS = 4 };
void report_ways(const struct isokit_boot_verdict *v, struct report_way out[REPORT_WAYS]);

extern const struct row report_volume_rows[];    /* struct isokit_volume */
extern const struct row report_descriptor_rows[];
/* The primary volume, or one of the same form for UDF alone. False when there is
 * neither; then only its id may be set. */
bool report_volume(const struct isokit_facts *f, struct isokit_volume *ret_volume);

/* A line about the UDF volume, if there is one. */
void report_udf_text(struct screen *s, const struct isokit_udf *u);

extern const struct row report_udf_rows[]; /* struct isokit_udf */
extern const struct row report_namespace_rows[]; /* struct report_namespace */
extern const struct row report_hfs_rows[];       /* struct isokit_hfs */
extern const struct row report_session_rows[];
extern const struct row report_entry_rows[];     /* struct isokit_boot_entry */
extern const struct row report_mbr_rows[];       /* struct isokit_mbr_partition */
extern const struct row report_gpt_rows[];
extern const struct row report_apm_rows[];

/* Both copies of a GPT that are there are sound. */
bool report_gpt_crc_ok(const struct isokit_gpt *gpt);
const char *report_gpt_disk_guid(const struct isokit_gpt *gpt);

/* What it is: the key "content" of the open object, and a section. */
void report_content_json(struct json *j, const struct isokit_facts *f);
void report_content_text(struct screen *s, const struct isokit_facts *f);

/* EFI executables: the key "loaders" of the open object, and a section. */
void report_efi_json(struct json *j, const struct isokit_facts *f);
void report_efi_text(struct screen *s, const struct isokit_facts *f);

#endif
