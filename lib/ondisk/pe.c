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
		/* UEFI 2.10, table 3.5 */
		{ "BOOTX64.EFI", "x64", PE_MACHINE_X64 },
		{ "BOOTIA32.EFI", "ia32", PE_MACHINE_IA32 },
		{ "BOOTAA64.EFI", "aa64", PE_MACHINE_AA64 },
		{ "BOOTARM.EFI", "arm", PE_MACHINE_ARM },
		{ "BOOTRISCV64.EFI", "riscv64", PE_MACHINE_RISCV64 },
		{ "BOOTLOONGARCH64.EFI", "loongarch64", PE_MACHINE_LOONGARCH64 },
		{ "BOOTIA64.EFI", "ia64", PE_MACHINE_IA64 },
		{ "BOOTRISCV32.EFI", "riscv32", PE_MACHINE_RISCV32 },
		{ "BOOTRISCV128.EFI", "riscv128", PE_MACHINE_RISCV128 },
		{ "BOOTLOONGARCH32.EFI", "loongarch32", PE_MACHINE_LOONGARCH32 },
	};

	return i < sizeof(names) / sizeof(names[0]) ? &names[i] : NULL;
}

/* A section's header: 8 bytes of name, then VirtualSize, VirtualAddress,
 * SizeOfRawData, PointerToRawData. What lies beyond VirtualSize is padding. */
static void note_section(const uint8_t *s, struct ondisk_pe *pe)
{
	struct ondisk_pe_section where = { get_le32(s + 20), get_le32(s + 16) };

	if (get_le32(s + 8) && get_le32(s + 8) < where.bytes)
		where.bytes = get_le32(s + 8);
	if (memcmp(s, ".sbat\0\0", 8) == 0)
		pe->sbat = where;
	else if (memcmp(s, ".rodata", 8) == 0 ||
		 (memcmp(s, ".data\0\0", 8) == 0 && !pe->data.bytes))
		pe->data = where;
	else if (memcmp(s, "mods\0\0\0", 8) == 0)
		pe->has_mods = true;
	else if (memcmp(s, ".sdmagic", 8) == 0)
		pe->has_sdmagic = true;
	else if (memcmp(s, ".linux\0", 8) == 0)
		pe->has_linux = true;
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
		note_section(s, &pe);
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

bool ondisk_pe_next_certificate(const uint8_t *table, size_t table_bytes, size_t *at,
				size_t *ret_offset, size_t *ret_bytes)
{
	while (*at < table_bytes && table_bytes - *at >= 8) {
		const uint8_t *entry = table + *at;
		size_t left = table_bytes - *at, length = get_le32(entry);

		if (length <= 8 || length > left)
			return false;
		*ret_offset = *at + 8;
		*ret_bytes = length - 8;
		*at += (length & 7) && left - length >= 8 - (length & 7) ?
			       length + 8 - (length & 7) :
			       length;
		/* Other revisions and types are no Authenticode signature. */
		if (ondisk_pe_is_certificate(entry, (uint32_t)left))
			return true;
	}
	return false;
}
