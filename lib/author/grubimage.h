/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GRUB images made by the grub-mkimage of the host from its modules, for trees
 * that hold a grub.cfg but no image. */
#ifndef AUTHOR_GRUBIMAGE_H
#define AUTHOR_GRUBIMAGE_H

#include <isokit/error.h>

#include "base/text.h"

struct grubimage_request {
	const char *program;     /* path of grub-mkimage */
	const char *modules_dir; /* "/usr/lib/grub/i386-pc" */
	const char *format;      /* "i386-pc-eltorito", "x86_64-efi" */
	const char *prefix;      /* "/boot/grub" */
	const char *config;      /* commands that run first */
	bool loads_linux;        /* only what starts one kernel, not a whole menu */
};

/* Run it. The image is what ret_image holds; free with text_free(). The same
 * program and modules give the same bytes: nothing of the environment is passed on.
 *
 * ISOKIT_E_IO when it cannot be run; ISOKIT_E_UNSUPPORTED when it fails (its last
 * words are in the text). */
enum isokit_status grubimage_make(const struct grubimage_request *request, struct text *ret_image,
				  struct isokit_error *err);

#endif
