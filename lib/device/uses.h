/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Uses of drives, while they are collected. */
#ifndef DEVICE_USES_H
#define DEVICE_USES_H

#include "base/text.h"
#include "device/drives.h"

struct use {
	size_t drive; /* in the list */
	struct isokit_drive_use use;
};

struct uses {
	struct isokit_drives *drives;
	struct device_facts *f;
	struct look *l;
	struct use *list;
	size_t n, capacity;
	size_t *drive_of; /* node to its place in the list of drives, or SIZE_MAX */
	bool *covered;    /* nodes that a use stands on: they are no uses themselves */
	bool *mounted;    /* nodes that are mounted themselves: by FUSE, a process has them open */
	bool elsewhere;   /* the mount that is being added is not ours */
	bool of_file;     /* the holder that is being added stands on a file */
	size_t *parent;   /* for walking */
	size_t *queue;
	struct device_set set, seen;
};

/* uselist.c */
/* A use of the nodes in u->set: of every drive below them. */
void uses_add(struct uses *u, enum isokit_drive_use_kind kind, bool removable_mount, const char *where);
void uses_add_node(struct uses *u, size_t node, enum isokit_drive_use_kind kind, const char *where);
/* What u->set stands on, all the way down, into u->seen; the set itself as well. */
void uses_walk(struct uses *u);

/* paths.c */
/* Where the running system lies, or the medium that it was started from. */
bool uses_is_system_path(const char *where);
/* Where desktops, and people in a hurry, mount sticks. */
bool uses_is_media_path(const char *where);
/* Places of live systems alone. */
bool uses_is_live_path(const char *where);

/* tables.c */
void uses_of_swaps(struct uses *u);
void uses_of_fstab(struct uses *u);
void uses_of_crypttab(struct uses *u);
void uses_of_units(struct uses *u);
/* A word of the kernel's command line: what stands after "root=". NULL: it is not there. */
const char *uses_boot_option(struct uses *u, const char *name);
/* firmware.c */
void uses_of_firmware(struct uses *u);
/* members.c */
void uses_of_members(struct uses *u);
/* opened.c */
void uses_of_opened(struct uses *u);

#endif
