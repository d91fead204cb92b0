/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Everything that iso-inspect does with an image, over bytes from anywhere. */
#include <isokit/isokit.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

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

	if (strlen(entry->path) != entry->path_bytes || strchr(entry->name, '/') != NULL) {
		if (strcmp(entry->path, "/") != 0)
			abort();
	}
	if (isokit_report_entry_text(entry, &options, check_text, ctx) == ISOKIT_OK)
		(void)isokit_report_entry_json(entry, &options, check_text, ctx);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static const struct isokit_report_options options = { .width = 100, .verbose = true };
	struct isokit_boot_verdict verdict;
	struct isokit_source *src = NULL;
	struct isokit_image *img = NULL;
	const struct isokit_facts *facts;
	struct isokit_error err;

	if (isokit_source_from_memory(bytes, n, "input", &src, &err))
		return 0;
	if (isokit_image_open(src, 0, &img, &err)) {
		isokit_source_close(src);
		return 0;
	}
	(void)isokit_image_count(img, &err);
	facts = isokit_image_facts(img);
	for (int ns = 0; ns < ISOKIT_NS_COUNT; ns++) {
		if (facts->namespaces[ns].present)
			(void)isokit_image_walk(img, (enum isokit_namespace_kind)ns, "/", visit,
						NULL, &err);
	}
	isokit_judge_boot(facts, &verdict);
	(void)isokit_report_text(facts, &verdict, &options, check_text, NULL);
	(void)isokit_report_json(facts, &verdict, check_text, NULL);
	(void)isokit_report_findings(facts, &options, check_text, NULL);
	isokit_image_free(img);
	isokit_source_close(src);
	return 0;
}
