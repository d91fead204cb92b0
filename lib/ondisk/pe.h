/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The head of an EFI executable. Clauses are those of Microsoft's "PE Format". */
#ifndef ONDISK_PE_H
#define ONDISK_PE_H

#include <isokit/error.h>

enum {
	PE_MACHINE_IA32 = 0x014c,
	PE_MACHINE_ARM = 0x01c2,
	PE_MACHINE_IA64 = 0x0200,
	PE_MACHINE_X64 = 0x8664,
	PE_MACHINE_AA64 = 0xaa64,
	PE_MACHINE_RISCV32 = 0x5032,
	PE_MACHINE_RISCV64 = 0x5064,
	PE_MACHINE_RISCV128 = 0x5128,
	PE_MACHINE_LOONGARCH32 = 0x6232,
	PE_MACHINE_LOONGARCH64 = 0x6264,
	PE_SUBSYSTEM_EFI_APPLICATION = 10,
	PE_HEAD_BYTES = 4096, /* more than any loader's headers take */
};

/* A section's bytes in the file; 0 and 0 where there is no such section. */
struct ondisk_pe_section {
	uint32_t offset, bytes;
};

struct ondisk_pe {
	uint16_t machine;             /* COFF header, Machine */
	uint16_t subsystem;           /* optional header, Subsystem */
	uint16_t n_sections;
	uint64_t sections_end;        /* end of the last section's data, bytes of the file;
	                               * only sections whose header was given count */
	uint32_t certificate_offset;  /* data directory 4: a place in the file, no address */
	uint32_t certificate_bytes;
	struct ondisk_pe_section sbat; /* ".sbat": generations for revocation */
	struct ondisk_pe_section data; /* ".rodata", else ".data": where messages are */
	bool has_mods;    /* "mods": GRUB keeps its modules there */
	bool has_sdmagic; /* ".sdmagic": systemd-boot names itself there */
	bool has_linux;   /* ".linux": a unified kernel image */
};

/* Decode the first `len` bytes of an executable: MZ, PE signature, optional
 * header, section table. ISOKIT_E_NOT_ISO: no such executable;
 * ISOKIT_E_SHORT: its headers go on beyond `len`. */
enum isokit_status ondisk_pe_decode(const uint8_t *raw, size_t len, struct ondisk_pe *ret_pe,
				    struct isokit_error *err);

/* A file name that removable media carry in \EFI\BOOT (UEFI 3.5.1.1). */
struct ondisk_pe_name {
	const char *name, *arch; /* "BOOTX64.EFI", "x64" */
	uint16_t machine;        /* that its COFF header must say */
};

/* The names, from 0; NULL after the last. Case does not count in them. */
const struct ondisk_pe_name *ondisk_pe_name_at(size_t i);

/* Do these 8 bytes begin a PKCS#7 certificate of an attribute certificate
 * table (WIN_CERT_REVISION_2_0, WIN_CERT_TYPE_PKCS_SIGNED_DATA) of at most
 * `table_bytes`? */
bool ondisk_pe_is_certificate(const uint8_t *raw, uint32_t table_bytes);

/* The next PKCS#7 certificate in an attribute certificate table, from `*at` on:
 * its place and length in the table. Moves `*at` behind it, to the next multiple of
 * 8. False at the end, or where an entry is longer than the rest. */
bool ondisk_pe_next_certificate(const uint8_t *table, size_t table_bytes, size_t *at,
				size_t *ret_offset, size_t *ret_bytes);

#endif
