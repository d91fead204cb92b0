/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the boot options of mkisofs have said so far. */
#ifndef ISO_BUILD_MKISOFS_BOOT_H
#define ISO_BUILD_MKISOFS_BOOT_H

#include "mkisofs.h"

enum mkisofs_emulation {
	EMULATION_FLOPPY, /* when nothing is said */
	EMULATION_NONE,
	EMULATION_HARD_DISK,
};

struct mkisofs_boot {
	struct isokit_build_layout layout;
	struct isokit_build_entry entries[ISOKIT_BUILD_MAX_ENTRIES];
	struct isokit_build_partition partitions[ISOKIT_BUILD_MAX_PARTITIONS];
	struct isokit_build_hfs_type *hfs_types; /* owned */

	/* The entry that options are about; of no effect until it has an image. */
	struct isokit_build_entry now;
	enum mkisofs_emulation emulation;
	bool has_load_size;
	bool options_open;     /* some option was given for it */
	uint8_t platform;      /* of the next -b */

	unsigned hppa_version;
	const char *blessed_folder; /* -hfs-bless: of this computer */
	bool has_jigdo;        /* an option for jigdo was given */
	struct isokit_build_jigdo jigdo;
	struct mkisofs_list jigdo_excludes, jigdo_demands, jigdo_maps;
};

/* mkisofs_jigdo.c */
bool mkisofs_jigdo(struct mkisofs *m, const struct mkisofs_row *row, char *const *values);
bool mkisofs_jigdo_finish(struct mkisofs *m);
void mkisofs_jigdo_release(struct mkisofs_boot *b);

#endif
