/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What profile.c and grubprofile.c share while a boot set-up is put together. */
#ifndef AUTHOR_PROFILE_H
#define AUTHOR_PROFILE_H

#include "author/bootfiles.h"
#include "author/esp.h"

struct profile {
	struct plan *plan;
	struct bootfiles found;
	enum bootfiles_kind bios_kind;
	struct tree_node *efi; /* image of the EFI partition, or NULL */
	bool efi_is_file;      /* it is a file of the tree */
	bool efi_appended;     /* and a partition behind the ISO file system */
	bool options_applied;  /* --load-sectors and the like have an image to be for */
	bool said_mkimage;     /* that grub-mkimage is missing has been noted */
};

/* An image of GRUB for "i386-pc", "x86_64-efi" …, made of what is installed: with the
 * menu in found.grub_dir, or one that starts `kernel` only. What is missing becomes a
 * note, and ret_image stays empty. */
enum isokit_status profile_grub_image(struct profile *p, const char *target,
				      const struct tree_node *kernel, struct text *ret_image,
				      struct isokit_error *err);

#endif
