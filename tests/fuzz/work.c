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
	(void)isokit_report_map(layout, facts, verdict, ISOKIT_MAP_SVG, check_text, NULL);
	(void)isokit_report_map(layout, facts, verdict, ISOKIT_MAP_HTML, check_text, NULL);
	isokit_layout_free(layout);
}

static void look_at_image(struct isokit_image *img)
{
	static const struct isokit_report_options options = { .width = 100, .verbose = true };
	const struct isokit_facts *facts = isokit_image_facts(img);
	struct isokit_boot_verdict verdict;
	struct isokit_error err;

	(void)isokit_image_count(img, &err);
	(void)isokit_image_check(img, &err);
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

/* Loaded once and kept: where there is no libcrypto, nothing is verified. */
static const struct isokit_digests *digests(void)
{
	static struct isokit_digests *loaded;
	static bool tried;
	struct isokit_error err;

	if (!tried) {
		tried = true;
		(void)isokit_digests_load(&loaded, &err);
	}
	return loaded;
}

static void verify(struct isokit_source *src, struct isokit_image *img)
{
	static const struct isokit_report_options report = { .width = 80 };
	struct isokit_verify_options options = { .digests = digests(), .schemes = true };
	struct isokit_verification *v = NULL;
	struct isokit_error err;

	/* Hashing is most of the work here: only some, and only small ones. */
	if (!options.digests || isokit_source_size(src) / 2048 % 4 != 0 ||
	    isokit_source_size(src) > 4 << 20)
		return;
	if (isokit_verify(src, 0, img, &options, &v, &err) != ISOKIT_OK)
		return;
	(void)isokit_report_verification(v, &report, check_text, NULL);
	isokit_verification_free(v);
}

static bool look(struct isokit_source *src, const struct isokit_image_options *options,
		 size_t *ret_sessions)
{
	struct isokit_boot_verdict verdict;
	struct isokit_image *img = NULL;
	struct isokit_error err;

	if (isokit_image_open_with(src, 0, options, &img, &err) != ISOKIT_OK)
		return false;
	if (ret_sessions)
		*ret_sessions = isokit_image_facts(img)->n_sessions;
	if (options->quick) { /* a plain summary: the same, with less */
		static const struct isokit_report_options report = { .width = 40 };

		isokit_judge_boot(isokit_image_facts(img), &verdict);
		(void)isokit_report_text(isokit_image_facts(img), &verdict, &report, check_text,
					 NULL);
	} else {
		look_at_image(img);
		if (!options->session)
			verify(src, img);
	}
	isokit_image_free(img);
	return true;
}

void work_on_source(struct isokit_source *src)
{
	struct isokit_image_options options = { .size = sizeof(options), .quick = true };
	struct isokit_source *inner = NULL;
	struct isokit_container container;
	size_t n_sessions = 0;
	struct isokit_error err;
	bool good;

	good = look(src, &options, NULL);
	options.quick = false;
	if (look(src, &options, &n_sessions) != good)
		abort();
	if (n_sessions > 1) {
		options.session = 1;
		(void)look(src, &options, NULL);
		options.session = (uint32_t)n_sessions;
		(void)look(src, &options, NULL);
	}
	if (!good && isokit_format_detect(src, &container, &err) == ISOKIT_OK &&
	    container.kind != ISOKIT_CONTAINER_NONE &&
	    isokit_format_open(src, &container, &inner, &err) == ISOKIT_OK) {
		src = inner;
		options.session = 0;
		options.container = &container;
		(void)look(src, &options, NULL);
	}
	isokit_source_close(src);
}
