/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "work.h"

#include <stdlib.h>
#include <string.h>

/* The output must be sound as well: no raw control characters or NUL. */
static int check_text(void *ctx, const char *bytes, size_t length)
{
	(void)ctx;
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)bytes[i];

		if ((c < 0x20 && c != '\n') || c == 0x7f)
			abort();
	}
	return 0;
}

static int visit(void *ctx, const struct isokit_entry *entry)
{
	static const struct isokit_report_options options = { .width = 100 };
	uint64_t bytes = 0;

	(void)ctx;
	if (strlen(entry->path) != entry->path_bytes || strchr(entry->name, '/') != NULL) {
		if (strcmp(entry->path, "/") != 0)
			abort();
	}
	for (size_t i = 0; i < entry->n_extents; i++)
		bytes ^= entry->extents[i].lba + entry->extents[i].bytes;
	(void)bytes;
	if (isokit_report_entry_text(entry, &options, check_text, NULL) == ISOKIT_OK)
		(void)isokit_report_entry_json(entry, &options, check_text, NULL);
	return 0;
}

static int name_region(void *ctx, const struct isokit_region_name *name)
{
	*(size_t *)ctx += strlen(name->path) + 1;
	return 0;
}

static void look_at_layout(struct isokit_image *img, const struct isokit_boot_verdict *verdict)
{
	const struct isokit_facts *facts = isokit_image_facts(img);
	/* Some place in the image, and one that it claims. */
	const struct isokit_range ranges[] = { { .offset = 17 * 2048, .bytes = 4096 },
					       { .offset = facts->size / 2, .bytes = 1 } };
	struct isokit_layout_options options = { .size = sizeof(options), .gaps = true };
	struct isokit_report_extras extras = { .size = sizeof(extras), .owner_ranges = ranges,
					       .n_owner_ranges = 2 };
	struct isokit_layout *layout = NULL;
	const struct isokit_region *regions;
	struct isokit_error err;
	size_t n, length = 0;
	uint64_t total;

	if (isokit_image_layout(img, &options, &layout, &err) != ISOKIT_OK)
		return;
	regions = isokit_layout_regions(layout, &n);
	for (size_t i = 0; i < n; i++) {
		if (i && regions[i].offset < regions[i - 1].offset)
			abort();
		if (regions[i].n_names && i < 64)
			(void)isokit_layout_names(layout, &regions[i], name_region, &length);
	}
	(void)isokit_layout_overlaps(layout, &n, &total);
	if (n > total)
		abort();
	for (size_t i = 0; i < 2; i++)
		(void)isokit_report_owner(layout, &ranges[i], check_text, NULL);
	extras.layout = layout;
	(void)isokit_report_json_with(facts, verdict, &extras, check_text, NULL);
	isokit_layout_free(layout);
}

static void look_at_image(struct isokit_image *img)
{
	static const struct isokit_report_options options = { .width = 100, .verbose = true };
	const struct isokit_facts *facts = isokit_image_facts(img);
	struct isokit_boot_verdict verdict;
	struct isokit_error err;

	(void)isokit_image_count(img, &err);
	for (int ns = 0; ns < ISOKIT_NS_COUNT; ns++) {
		if (facts->namespaces[ns].present)
			(void)isokit_image_walk(img, (enum isokit_namespace_kind)ns, "/", visit,
						NULL, &err);
	}
	isokit_judge_boot(facts, &verdict);
	(void)isokit_report_text(facts, &verdict, &options, check_text, NULL);
	(void)isokit_report_json(facts, &verdict, check_text, NULL);
	(void)isokit_report_findings(facts, &options, check_text, NULL);
	look_at_layout(img, &verdict);
}

/* What a plain summary does: the same, with less. */
static void look_quickly(struct isokit_source *src)
{
	static const struct isokit_report_options report = { .width = 40 };
	const struct isokit_image_options options = { .size = sizeof(options), .quick = true };
	struct isokit_boot_verdict verdict;
	struct isokit_image *img = NULL;
	struct isokit_error err;

	if (isokit_image_open_with(src, 0, &options, &img, &err) != ISOKIT_OK)
		return;
	isokit_judge_boot(isokit_image_facts(img), &verdict);
	(void)isokit_report_text(isokit_image_facts(img), &verdict, &report, check_text, NULL);
	isokit_image_free(img);
}

void work_on_source(struct isokit_source *src)
{
	uint64_t sessions[2];
	size_t n_sessions = 0;
	struct isokit_image *img = NULL;
	struct isokit_error err;

	look_quickly(src);
	if (isokit_image_open(src, 0, &img, &err) == ISOKIT_OK) {
		const struct isokit_facts *facts = isokit_image_facts(img);

		look_at_image(img);
		for (size_t i = 0; i < facts->n_sessions && n_sessions < 2; i++)
			sessions[n_sessions++] = facts->sessions[i].lba;
		isokit_image_free(img);
	}
	for (size_t i = 0; i < n_sessions; i++) {
		if (sessions[i] == 0 || isokit_image_open(src, sessions[i], &img, &err))
			continue;
		look_at_image(img);
		isokit_image_free(img);
	}
	isokit_source_close(src);
}
