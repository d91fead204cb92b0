/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finding what boots: images in the tree, told by their content; boot code and
 * GRUB in the tree or where distributions install them. Nothing of it is ever
 * part of isokit. */
#ifndef AUTHOR_BOOTFILES_H
#define AUTHOR_BOOTFILES_H

#include "author/plan.h"

/* What a BIOS boot image is, by its content. */
enum bootfiles_kind {
	BOOTFILES_UNKNOWN,
	BOOTFILES_ISOLINUX,
	BOOTFILES_GRUB2,       /* cdboot.img and a core image behind it */
	BOOTFILES_GRUB_LEGACY, /* stage2_eltorito */
	BOOTFILES_WINDOWS,     /* etfsboot.com */
};

/* Everything in a tree that could boot. Nodes are NULL where there is none. */
struct bootfiles {
	struct tree_node *isolinux;
	struct tree_node *grub_image;  /* El Torito image of GRUB 2 or GRUB legacy */
	enum bootfiles_kind grub_kind;
	const char *grub_dir;          /* static: "/boot/grub": it holds grub.cfg */
	struct tree_node *memtest_bios;
	struct tree_node *memtest_efi[2]; /* x64, ia32 */
	struct tree_node *windows;     /* etfsboot.com */
	struct tree_node *floppy;      /* the one bootable floppy image there is */
	struct tree_node *efi_image;   /* FAT with a loader inside */
	struct tree_node *efi_windows; /* efisys.bin: the same for Windows */
	struct tree_node *efi_folder;  /* EFI, when EFI/BOOT/BOOT*.EFI is there */
	struct tree_node *systemd_boot[4]; /* EFI/systemd/systemd-boot*.efi: x64 ia32 aa64 arm */
	struct tree_node *odd;         /* has the name of a boot image for BIOS, but not the */
	const char *odd_kind;          /* content: static, "isolinux" … */
};

enum isokit_status bootfiles_find(const struct plan *plan, struct bootfiles *ret_found,
				  struct isokit_error *err);

/* The bytes of an emulated floppy; 0 for what is none. */
uint64_t bootfiles_floppy_bytes(enum isokit_emulation emulation);

/* The floppy that has so many bytes, ISOKIT_EMUL_NONE when there is none. */
enum isokit_emulation bootfiles_floppy_of_size(uint64_t bytes);

/* What is this file, as a boot image for a BIOS? */
enum isokit_status bootfiles_kind_of(const struct tree_node *node, enum bootfiles_kind *ret_kind,
				     struct isokit_error *err);

/* What a boot image is that evidently holds no code ("text" …), static, or NULL. */
enum isokit_status bootfiles_foreign(const struct tree_node *node, const char **ret_what,
				     struct isokit_error *err);

/* Does the file hold a FAT file system with an EFI/BOOT/BOOT*.EFI? */
enum isokit_status bootfiles_is_efi_image(const struct tree_node *node, bool *ret_is,
					  struct isokit_error *err);

/* Is this name one under which firmware looks for a loader ("BOOTX64.EFI")? */
bool bootfiles_is_loader_name(const char *name);

/* Does isolinux.bin carry the code that isohybrid's MBR code jumps to? */
enum isokit_status bootfiles_isolinux_is_hybrid(const struct tree_node *node, bool *ret_is,
						struct isokit_error *err);

/* PE machine of an EFI program, 0 when it is none. */
enum isokit_status bootfiles_pe_machine(const struct tree_node *node, uint16_t *ret_machine,
					struct isokit_error *err);

/* Boot code for the first sector, and of which kind it is. */
struct bootfiles_mbr {
	enum plan_mbr kind;
	bool grub_for_disks; /* GRUB's boot.img or older: nobody can tell it where to go on */
	uint8_t *bytes; /* owned */
	size_t n;
	char *path; /* owned: where it came from */
};

/* From a file of the host: kind by content. */
enum isokit_status bootfiles_mbr_load(const char *path, struct bootfiles_mbr *ret_mbr,
				      struct isokit_error *err);

/* isohdpfx.bin or boot_hybrid.img: in the tree beside `boot_image` or in the usual
 * folders, else installed. ret_mbr->n is 0 when there is none. */
enum isokit_status bootfiles_mbr_find(const struct plan *plan, enum plan_mbr kind,
				      const struct tree_node *boot_image,
				      struct bootfiles_mbr *ret_mbr, struct isokit_error *err);

void bootfiles_mbr_release(struct bootfiles_mbr *mbr);

/* An installed file: the first of a NULL-terminated list that can be read, below
 * options.system_root. Owned by caller, free(); NULL when there is none or no
 * memory. */
char *bootfiles_system_path(const struct plan *plan, const char *const *paths);

#endif
