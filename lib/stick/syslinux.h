/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SYSLINUX on a FAT file system, from where distributions install it: nothing of it is ever part of
 * isokit. For this room only. */
#ifndef STICK_SYSLINUX_H
#define STICK_SYSLINUX_H

#include "stick/compose.h"

enum { SYSLINUX_MBR_BYTES = 440, SYSLINUX_DIR_BYTES = 256 };

struct syslinux {
	uint8_t boot[512];                /* boot sector, to be put around the file system's own */
	uint8_t mbr[SYSLINUX_MBR_BYTES];  /* starts the active partition */
	uint8_t *core;                    /* ldlinux.sys */
	size_t core_bytes;
	char version[32];                 /* "6.04" */
};

/* What is installed; *ret NULL where there is none. Memory of the layout. */
enum isokit_status syslinux_find(struct composer *c, struct syslinux **ret,
				 struct isokit_error *err);

/* A module ("vesamenu.c32") of the same release; *ret NULL where there is none. */
enum isokit_status syslinux_module(struct composer *c, const char *name, const uint8_t **ret,
				   size_t *ret_n, struct isokit_error *err);

/* As ldlinux.sys now lies in one piece from a sector of the file system on, and its configuration
 * in a folder ("/isolinux"): say so in it, and in the boot sector `boot`. False: the folder's name
 * is too long. */
bool syslinux_patch(struct syslinux *s, uint64_t first_sector, const char *folder, uint8_t *boot);

#endif
