/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Boot record, catalog, boot info table, and what loader an image is. */
#include <string.h>

#include "ondisk/eltorito.h"
#include "target.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct ondisk_eltorito_validation validation;
	struct ondisk_eltorito_section section;
	struct ondisk_eltorito_entry entry;
	struct ondisk_boot_info info;
	const char *loader;

	if (ondisk_eltorito_is_record(bytes, n))
		(void)ondisk_eltorito_catalog_lba(bytes);
	for (size_t at = 0; n - at >= ELTORITO_ENTRY_BYTES && at < 4096; at += 32) {
		ondisk_eltorito_validation_decode(bytes + at, &validation);
		touch(validation.id, strlen(validation.id));
		ondisk_eltorito_entry_decode(bytes + at, &entry);
		ondisk_eltorito_section_decode(bytes + at, &section);
		touch(section.id, strlen(section.id));
		(void)ondisk_eltorito_kind(bytes + at);
	}
	if (n >= BOOT_INFO_END)
		ondisk_boot_info_decode(bytes, &info);
	(void)ondisk_boot_info_sum(0, 0, bytes, n);
	(void)ondisk_boot_info_sum(1, 60, bytes, n);
	loader = ondisk_boot_image_loader(bytes, n);
	if (loader)
		touch(loader, strlen(loader));
	return 0;
}
