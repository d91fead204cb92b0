/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ondisk/pe.h"

#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"

static const char subject[] = "EFI executable";

enum { COFF_BYTES = 24, SECTION_BYTES = 40 };

const struct ondisk_pe_name *ondisk_pe_name_at(size_t i)
{
	static const struct ondisk_pe_name names[] = {
		{ "BOOTX64.EFI", "x64", PE_MACHINE_X64 },
		{ "BOOTIA32.EFI", "ia32", PE_MACHINE_IA32 },
		{ "BOOTAA64.EFI", "aa64", PE_MACHINE_AA64 },
		{ "BOOTARM.EFI", "arm", PE_MACHINE_ARM },
		{ "BOOTRISCV64.EFI", "riscv64", PE_MACHINE_RISCV64 },
		{ "BOOTLOONGARCH64.EFI", "loongarch64", PE_MACHINE_LOONGARCH64 },
	};

	return i < sizeof(names) / sizeof(names[0]) ? &names[i] : NULL;
}

enum isokit_status ondisk_pe_decode(const uint8_t *raw, size_t len, struct ondisk_pe *ret_pe,
				    struct isokit_error *err)
{
	struct ondisk_pe pe = { 0 };
	const uint8_t *coff, *optional;
	size_t at, optional_bytes, directories, table;
	uint16_t magic;

	if (len < 64)
		return isokit_fail(err, ISOKIT_E_SHORT, len, subject,
				   "%zu bytes where 64 are needed", len);
	if (raw[0] != 'M' || raw[1] != 'Z')
		return isokit_fail(err, ISOKIT_E_NOT_ISO, 0, subject, "it does not begin with MZ");
	at = get_le32(raw + 60);
	if (!range_inside(at, COFF_BYTES, len))
		return isokit_fail(err, ISOKIT_E_SHORT, 60, subject,
				   "its PE header is at byte %zu", at);
	coff = raw + at;
	if (memcmp(coff, "PE\0\0", 4) != 0)
		return isokit_fail(err, ISOKIT_E_NOT_ISO, at, subject, "no PE signature");
	pe.machine = get_le16(coff + 4);
	pe.n_sections = get_le16(coff + 6);
	optional_bytes = get_le16(coff + 20);
	if (!range_inside(at + COFF_BYTES, optional_bytes, len))
		return isokit_fail(err, ISOKIT_E_SHORT, at + 20, subject,
				   "its optional header has %zu bytes", optional_bytes);
	optional = coff + COFF_BYTES;
	magic = optional_bytes >= 70 ? get_le16(optional) : 0;
	if (magic != 0x10b && magic != 0x20b)
		return isokit_fail(err, ISOKIT_E_NOT_ISO, at + COFF_BYTES, subject,
				   "no optional header of PE32 or PE32+");
	pe.subsystem = get_le16(optional + 68);
	/* The count of data directories stands right before them. */
	directories = magic == 0x10b ? 96 : 112;
	if (optional_bytes >= directories + 40 && get_le32(optional + directories - 4) > 4) {
		pe.certificate_offset = get_le32(optional + directories + 32);
		pe.certificate_bytes = get_le32(optional + directories + 36);
	}
	table = at + COFF_BYTES + optional_bytes;
	for (size_t i = 0; i < pe.n_sections; i++) {
		const uint8_t *s;

		if (!range_inside(table + i * SECTION_BYTES, SECTION_BYTES, len))
			break;
		s = raw + table + i * SECTION_BYTES;
		/* SizeOfRawData from PointerToRawData on; without data both are 0. */
		if (get_le32(s + 16))
			pe.sections_end = max_u64(pe.sections_end, (uint64_t)get_le32(s + 16) +
									   get_le32(s + 20));
	}
	*ret_pe = pe;
	return ISOKIT_OK;
}

bool ondisk_pe_is_certificate(const uint8_t *raw, uint32_t table_bytes)
{
	uint32_t length = get_le32(raw);

	return length > 8 && length <= table_bytes && get_le16(raw + 4) == 0x0200 &&
	       get_le16(raw + 6) == 0x0002;
}
