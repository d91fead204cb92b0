/* SPDX-License-Identifier: GPL-3.0-or-later */
/* MBR, GPT, Apple's map, and what boot code is. */
#include <stdlib.h>
#include <string.h>

#include "ondisk/apm.h"
#include "ondisk/gpt.h"
#include "ondisk/mbr.h"
#include "target.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct ondisk_gpt_header header;
	struct ondisk_gpt_entry entry;
	struct ondisk_apm_entry apm;
	struct ondisk_boot_code code;
	char guid[GPT_GUID_TEXT_BYTES];
	struct ondisk_mbr mbr;

	if (ondisk_gpt_header_decode(bytes, n, &header, NULL) == ISOKIT_OK) {
		ondisk_guid_text(header.disk_guid, guid);
		if (strlen(guid) != GPT_GUID_TEXT_BYTES - 1)
			abort();
	}
	if (ondisk_apm_entry_decode(bytes, n, &apm, NULL) == ISOKIT_OK)
		touch(apm.name, strlen(apm.name) + strlen(apm.type));
	if (n >= GPT_ENTRY_BYTES) {
		ondisk_gpt_entry_decode(bytes, &entry);
		touch(entry.name, sizeof(entry.name));
	}
	if (n < MBR_BYTES)
		return 0;
	(void)ondisk_apm_block_size(bytes);
	ondisk_mbr_decode(bytes, &mbr);
	for (int i = 0; i < 4; i++) {
		(void)ondisk_mbr_is_extended(mbr.entries[i].type);
		(void)ondisk_mbr_is_fat(mbr.entries[i].type);
	}
	ondisk_boot_code_recognise(bytes, MBR_CODE_BYTES, &code);
	ondisk_boot_code_recognise(bytes, 510, &code);
	if (code.name)
		touch(code.name, strlen(code.name));
	return 0;
}
