/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Distributions install the modules of SYSLINUX as files, but the boot sector and ldlinux.sys only
 * inside of the program that installs them. They are found there by their marks; where each thing
 * is to be written down in them, ldlinux.sys itself says in its "patch area". */
#include "stick/syslinux.h"

#include <isokit/source.h>

#include <stdio.h>
#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"

enum {
	SECTOR = 512,
	MAX_PROGRAM = 4 << 20, MAX_MODULE = 2 << 20,
	MIN_CORE = 16 * 1024, MAX_CORE = 256 * 1024,
	BOOT_KEEP_AT = 11, BOOT_CODE_AT = 90, BOOT_CODE_END = 510, /* between: the file system's */
	/* The patch area, and the extended one, as they are since 4.06. */
	AREA_DATA_SECTORS = 8, AREA_ADV_SECTORS = 10, AREA_DWORDS = 12, AREA_CHECKSUM = 16,
	AREA_EPA = 22, AREA_BYTES = 24, EPA_BYTES = 20,
	EPA_ADV = 0, EPA_DIR = 2, EPA_DIR_BYTES = 4, EPA_SECTORS = 10, EPA_N_SECTORS = 12,
	EPA_FIRST_LOW = 14, EPA_FIRST_HIGH = 16,
	ADV_SECTORS = 2, /* what "extlinux --once" would write; two copies */
};

#define MAGIC UINT32_C(0x3eb202fe)
#define ADV_HEAD UINT32_C(0x5a2d2fa5)
#define ADV_SUM UINT32_C(0xa3041767)
#define ADV_TAIL UINT32_C(0xdd28bf64)

static const char subject[] = "SYSLINUX";

/* A file of this computer into the layout's memory; *ret NULL: there is none, or it is odd. */
static enum isokit_status read_file(struct composer *c, const char *path, size_t most,
				    uint8_t **ret, size_t *ret_n, struct isokit_error *err)
{
	struct isokit_source *src;
	uint64_t n;
	enum isokit_status st;

	*ret = NULL;
	if (isokit_source_open_file(path, &src, NULL))
		return ISOKIT_OK;
	n = isokit_source_size(src);
	if (n == 0 || n > most) {
		isokit_source_close(src);
		return ISOKIT_OK;
	}
	*ret = arena_alloc(composer_arena(c), (size_t)n);
	*ret_n = (size_t)n;
	st = *ret ? isokit_source_read_at(src, 0, *ret, (size_t)n, err) :
		    isokit_fail_nomem(err, subject, (size_t)n);
	isokit_source_close(src);
	return st;
}

/* The first that can be read of some places. */
static enum isokit_status read_one(struct composer *c, const char *const *paths, size_t n_paths,
				   const char *name, size_t most, uint8_t **ret, size_t *ret_n,
				   struct isokit_error *err)
{
	enum isokit_status st = ISOKIT_OK;

	*ret = NULL;
	for (size_t i = 0; i < n_paths && st == ISOKIT_OK && !*ret; i++) {
		char path[256];

		if (snprintf(path, sizeof(path), "%s%s", paths[i], name) < (int)sizeof(path))
			st = read_file(c, path, most, ret, ret_n, err);
	}
	return st;
}

enum isokit_status syslinux_module(struct composer *c, const char *name, const uint8_t **ret,
				   size_t *ret_n, struct isokit_error *err)
{
	static const char *const folders[] = {
		"/usr/lib/syslinux/modules/bios/", "/usr/share/syslinux/", "/usr/lib/syslinux/bios/",
		"/usr/lib/syslinux/",
	};
	uint8_t *bytes;
	enum isokit_status st = read_one(c, folders, sizeof(folders) / sizeof(folders[0]), name,
					 MAX_MODULE, &bytes, ret_n, err);

	*ret = bytes;
	return st;
}

/* ---- out of the program ----------------------------------------------------------------------- */

static bool take_core(struct syslinux *s, uint8_t *program, size_t n)
{
	static const uint8_t boot_mark[] = { 0xeb, 0x58, 0x90, 'S', 'Y', 'S', 'L', 'I', 'N', 'U', 'X' };
	static const uint8_t core_mark[] = { '\r', '\n', 'S', 'Y', 'S', 'L', 'I', 'N', 'U', 'X', ' ' };
	static const uint8_t elf32[] = { 0x7f, 'E', 'L', 'F', 1, 1, 1, 0 };
	uint8_t *boot = memmem(program, n, boot_mark, sizeof(boot_mark)), *core, *end;
	size_t left, version;

	if (!boot || (size_t)(program + n - boot) < SECTOR)
		return false;
	core = memmem(boot, (size_t)(program + n - boot), core_mark, sizeof(core_mark));
	if (!core)
		return false;
	left = (size_t)(program + n - core);
	/* Behind it comes ldlinux.c32, a program of 32 bits. */
	end = left > MIN_CORE ? memmem(core + MIN_CORE, left - MIN_CORE, elf32, sizeof(elf32)) : NULL;
	if (!end || (end - core) % SECTOR != 0 || end - core > MAX_CORE)
		return false;
	memcpy(s->boot, boot, SECTOR);
	for (version = 0; version + 1 < sizeof(s->version) && core[11 + version] > ' ' &&
			  core[11 + version] < 0x7f; version++)
		s->version[version] = (char)core[11 + version];
	s->core = core;
	s->core_bytes = (size_t)(end - core);
	return true;
}

/* Where the patch area is; SIZE_MAX: it is none that is known. */
static size_t area_of(const uint8_t *core, size_t n)
{
	for (size_t at = 0; at + AREA_BYTES <= SECTOR; at += 4) {
		size_t epa;

		if (get_le32(core + at) != MAGIC)
			continue;
		epa = get_le16(core + at + AREA_EPA);
		return range_inside(epa, EPA_BYTES, n) ? at : SIZE_MAX;
	}
	return SIZE_MAX;
}

static void put_adv(uint8_t *p)
{
	put_le32(p, ADV_HEAD);
	put_le32(p + 4, ADV_SUM); /* less the sum of what is zero */
	put_le32(p + SECTOR - 4, ADV_TAIL);
}

enum isokit_status syslinux_find(struct composer *c, struct syslinux **ret,
				 struct isokit_error *err)
{
	static const char *const programs[] = { "/usr/bin/", "/usr/sbin/", "/sbin/" };
	static const char *const folders[] = {
		"/usr/lib/syslinux/mbr/", "/usr/lib/SYSLINUX/", "/usr/share/syslinux/",
		"/usr/lib/syslinux/bios/", "/usr/lib/syslinux/",
	};
	struct syslinux *s = arena_alloc(composer_arena(c), sizeof(*s));
	uint8_t *program, *mbr, *core;
	size_t n, mbr_bytes;
	enum isokit_status st;

	*ret = NULL;
	if (!s)
		return isokit_fail_nomem(err, subject, sizeof(*s));
	st = read_one(c, programs, 3, "syslinux", MAX_PROGRAM, &program, &n, err);
	if (st || !program)
		return st;
	st = read_one(c, folders, sizeof(folders) / sizeof(folders[0]), "mbr.bin", SECTOR, &mbr,
		      &mbr_bytes, err);
	if (st || !mbr || !take_core(s, program, n) || area_of(s->core, s->core_bytes) == SIZE_MAX)
		return st;
	core = arena_alloc(composer_arena(c), s->core_bytes + ADV_SECTORS * SECTOR);
	if (!core)
		return isokit_fail_nomem(err, subject, s->core_bytes);
	memcpy(core, s->core, s->core_bytes);
	s->core = core;
	put_adv(core + s->core_bytes);
	put_adv(core + s->core_bytes + SECTOR);
	s->core_bytes += ADV_SECTORS * SECTOR;
	memcpy(s->mbr, mbr, mbr_bytes < sizeof(s->mbr) ? mbr_bytes : sizeof(s->mbr));
	*ret = s;
	return ISOKIT_OK;
}

/* ---- as it lies --------------------------------------------------------------------------------- */

bool syslinux_patch(struct syslinux *s, uint64_t first_sector, const char *folder, uint8_t *boot)
{
	size_t n = s->core_bytes - ADV_SECTORS * SECTOR, sectors = n / SECTOR;
	uint8_t *area = s->core + area_of(s->core, n), *epa = s->core + get_le16(area + AREA_EPA);
	size_t dir = get_le16(epa + EPA_DIR), dir_bytes = get_le16(epa + EPA_DIR_BYTES);
	size_t extents = get_le16(epa + EPA_SECTORS), adv = get_le16(epa + EPA_ADV);
	size_t low = get_le16(epa + EPA_FIRST_LOW), high = get_le16(epa + EPA_FIRST_HIGH);
	uint32_t sum = MAGIC;

	if (strlen(folder) + 1 > dir_bytes || !range_inside(dir, dir_bytes, n) ||
	    !range_inside(extents, 20, n) || !range_inside(adv, 16, n) || low > SECTOR - 4 ||
	    high > SECTOR - 4 || get_le16(epa + EPA_N_SECTORS) < 2)
		return false;
	memcpy(boot, s->boot, BOOT_KEEP_AT);
	memcpy(boot + BOOT_CODE_AT, s->boot + BOOT_CODE_AT, BOOT_CODE_END - BOOT_CODE_AT);
	put_le32(boot + low, (uint32_t)first_sector);
	put_le32(boot + high, (uint32_t)(first_sector >> 32));
	put_le16(area + AREA_DATA_SECTORS, (uint16_t)sectors);
	put_le16(area + AREA_ADV_SECTORS, ADV_SECTORS);
	put_le32(area + AREA_DWORDS, (uint32_t)(n / 4));
	/* The first sector is in the boot sector; the rest is one piece, and no further one. */
	put_le64(s->core + extents, first_sector + 1);
	put_le16(s->core + extents + 8, (uint16_t)(sectors - 1));
	put_le64(s->core + extents + 10, 0);
	put_le16(s->core + extents + 18, 0);
	put_le64(s->core + adv, first_sector + sectors);
	put_le64(s->core + adv + 8, first_sector + sectors + 1);
	memset(s->core + dir, 0, dir_bytes);
	memcpy(s->core + dir, folder, strlen(folder));
	put_le32(area + AREA_CHECKSUM, 0);
	for (size_t i = 0; i < n; i += 4)
		sum -= get_le32(s->core + i);
	put_le32(area + AREA_CHECKSUM, sum);
	return true;
}
