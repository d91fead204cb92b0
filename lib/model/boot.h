/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of lib/model that deal with booting share. */
#ifndef MODEL_BOOT_H
#define MODEL_BOOT_H

#include "model/impl.h"

enum { SECTOR512 = 512 };

/* Read a structure that may not be there. *ret_ok is false when the range does
 * not lie inside the image, or when the medium cannot be read there (then a
 * finding names `what`). An error only when going on makes no sense. */
enum isokit_status boot_try_read(struct isokit_image *img, uint64_t offset, void *buffer,
				 size_t length, const char *what, bool *ret_ok,
				 struct isokit_error *err);

/* "MBR partition 2": a name for findings and claims, owned by the image; falls
 * back to the bare word when memory is refused. */
const char *boot_numbered(struct isokit_image *img, const char *word, unsigned number);

/* The three kinds of partition tables: parts of opening, as those in impl.h. */
enum isokit_status boot_mbr(struct isokit_image *img, struct isokit_error *err);
enum isokit_status boot_gpt(struct isokit_image *img, struct isokit_error *err);
enum isokit_status boot_apm(struct isokit_image *img, struct isokit_error *err);

/* Where a partition lies, in its table's own units. */
struct boot_range {
	unsigned index;
	uint64_t first, end; /* end is excluded */
};

/* Report pairs of ranges that overlap: one code for those that lie one inside
 * the other, one for the rest. Only the first few pairs. */
void boot_find_overlaps(struct isokit_image *img, const struct boot_range *ranges, size_t n,
			enum isokit_finding_code nested, enum isokit_finding_code crossing,
			uint64_t unit_bytes);

/* Read the FAT that begins at a byte of the image: its boot sector and the
 * loaders in \EFI\BOOT. *ret_fat is filled also where there is none: then ok
 * is false and problem says why. */
enum isokit_status boot_fat_read(struct isokit_image *img, uint64_t offset, uint64_t window,
				 struct isokit_fat *ret_fat, struct isokit_error *err);

/* A run of bytes in a FAT file system; `offset` counts in the image. Valid during the call. */
struct boot_fat_run {
	uint64_t offset, bytes, file_offset;
	const char *kind; /* see struct isokit_inside */
	const char *path; /* or NULL */
	bool same_path;   /* as in the call before */
};

/* Walk the whole FAT that begins at a byte of the image, as far as its links lead: a
 * bounded number of them, of folders and of names. `visit` returns false to end it. */
enum isokit_status boot_fat_walk(struct isokit_image *img, uint64_t offset,
				 bool (*visit)(void *ctx, const struct boot_fat_run *run), void *ctx,
				 struct isokit_error *err);

/* A file that may be an EFI executable, wherever it lies. */
struct boot_efi_file {
	/* Read part of it; *ret_ok is false where it is not there or unreadable. An
	 * error only when going on makes no sense. */
	enum isokit_status (*read)(void *ctx, uint64_t at, void *buffer, size_t length,
				   bool *ret_ok);
	void *ctx;
	uint64_t bytes;
	bool whole; /* all its bytes lie inside the image */
};

/* Fill in what the file says of itself: head, signatures, SBAT, and what program
 * it is. Sets everything of *l but path, arch, bytes and machine_ok. */
enum isokit_status boot_efi_examine(struct isokit_image *img, const struct boot_efi_file *file,
				    struct isokit_efi_loader *l, struct isokit_error *err);

/* The name of an executable's machine type, as in "BOOTX64.EFI": "x64"; or NULL. */
const char *boot_efi_arch(const struct isokit_efi_loader *l);

#endif
