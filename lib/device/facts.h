/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What sysfs, procfs and the udev database say, before it is made into drives: block devices
 * with what each stands on, and mounts. Everything lives in the arena of its look. */
#ifndef DEVICE_FACTS_H
#define DEVICE_FACTS_H

#include <isokit/device.h>

#include "device/look.h"

/* What the udev database, or libblkid, knows of a device; "" when nothing. */
struct device_props {
	bool known; /* somebody has looked at its content */
	const char *fs, *usage, *label, *uuid, *table;
	const char *part_type, *part_name, *part_uuid;
	const char *vendor, *model, *serial, *wwn, *bus;
	const char *const *links; /* "disk/by-label/X", relative to /dev */
	size_t n_links;
};

struct device_node {
	const char *name;   /* of sysfs: "sda1", "cciss!c0d0" */
	const char *path;   /* "/dev/sda1", "/dev/cciss/c0d0" */
	const char *folder; /* "sys/block/sda/sda1" */
	const char *title;  /* "sda1", "vg-root (dm-1)" */
	unsigned major, minor;
	size_t disk;        /* index of the drive that it is a partition of; its own when it is one */
	unsigned number;    /* of the partition; 0: a drive */
	uint64_t offset, bytes;
	bool virtual;       /* made by the kernel, not a piece of hardware */
	bool hidden;        /* cannot be opened: a path of NVMe multipath */
	const char *dm_name, *dm_uuid, *md_level, *backing; /* "" */
	bool untraced;      /* what it stands on could not be found */
	struct device_props props;
	size_t *lower; /* what it stands on: partition, drive, devices below the mount of a file */
	size_t n_lower, lower_capacity;
};

struct device_mount {
	unsigned major, minor;
	const char *root, *where, *fs, *source, *options; /* of the file system */
	bool own;           /* in our own namespace, else in that of */
	const char *pid;    /* this process */
};

struct device_visit {
	size_t when; /* 0: never */
	bool open;   /* it is being looked at */
};

struct device_facts {
	struct look *look;
	struct device_node *nodes;
	size_t n_nodes;
	struct device_mount *mounts;
	size_t n_mounts;
	struct device_visit *visits; /* of each mount, while something is placed */
	const char *pid; /* ours */
	const char *unplaced; /* what of the running system could not be traced to a drive; or NULL */
};

enum { DEVICE_NONE = -1 };

/* sysfs.c */
enum isokit_status device_read_nodes(struct device_facts *f, struct isokit_error *err);
void device_read_props(struct device_facts *f, struct device_node *node); /* udevdb.c */

/* mounts.c. ISOKIT_E_IO without a list of our own mounts. */
enum isokit_status device_read_mounts(struct device_facts *f, struct isokit_error *err);
/* The next field of a line of mountinfo, swaps or fstab, with its escapes (\040) undone; NULL
 * at the end of the line. */
const char *device_next_field(struct look *l, const char **at);

/* place.c: what stands on what. Each gives an index of nodes, or DEVICE_NONE. */
long device_node_by_number(const struct device_facts *f, unsigned major, unsigned minor);
long device_node_by_name(const struct device_facts *f, const char *name);
/* By "/dev/sda1", a link of udev, "/dev/mapper/x", "/dev/vg/lv". */
long device_node_by_path(const struct device_facts *f, const char *path);

/* A set of nodes: one of each index. */
struct device_set {
	bool *has;
	size_t n;
	size_t visit; /* which mounts were looked at for it */
	bool untraced; /* there may be more that could not be found */
};

bool device_set_new(const struct device_facts *f, struct device_set *set);
void device_set_clear(const struct device_facts *f, struct device_set *set);
/* All that "UUID=…", "LABEL=…", "PARTUUID=…", "PARTLABEL=…" or a path means. */
void device_place_spec(const struct device_facts *f, const char *spec, struct device_set *set);
/* What a path of our own namespace (a file, a folder) lies on. */
void device_place_path(const struct device_facts *f, const char *path, struct device_set *set);
void device_place_mount(const struct device_facts *f, const struct device_mount *m,
			struct device_set *set);
/* Add "upper stands on lower". */
void device_add_lower(struct device_facts *f, size_t upper, size_t lower);
/* Loop devices, zram …: edges that sysfs does not have. */
void device_place_files(struct device_facts *f);

/* bus.c */
struct device_bus {
	const char *bus;       /* static */
	bool hotplug;
	const char *usb_folder; /* "sys/devices/…/2-1", or NULL */
	bool internal;         /* a USB device that is soldered to the board */
};
void device_find_bus(struct look *l, const struct device_node *node, struct device_bus *ret);

#endif
