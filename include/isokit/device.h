/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file device.h  The drives of this computer: what they are, what lies on them and
 * stands on them, and whether one may be written.
 *
 * isokit_drives_scan() → isokit_drives_list() or isokit_drives_find() → isokit_guard() →
 * isokit_drives_free(). doc/drives.md says every rule and its reason. */
#ifndef ISOKIT_DEVICE_H
#define ISOKIT_DEVICE_H

#include <isokit/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A snapshot of the drives; immutable. */
struct isokit_drives;

/** What makes a drive, or a part of it, something that is in use; the gravest first. */
enum isokit_drive_use_kind {
	ISOKIT_USE_SYSTEM,   /**< holds the running system: /, /usr, /boot, the live medium … */
	ISOKIT_USE_SWAP,     /**< also where the computer would hibernate to */
	ISOKIT_USE_MOUNT,    /**< a mounted file system, in any mount namespace that can be seen */
	ISOKIT_USE_HOLDER,   /**< something stands on it: dm-crypt, LVM, RAID, multipath, bcache, a
	                      *   loop device, the backing device of zram … */
	ISOKIT_USE_OPEN,     /**< somebody has it open, exclusively or for writing */
	ISOKIT_USE_MEMBER,   /**< member of an array or pool that is not running (LVM, mdraid, ZFS …) */
	ISOKIT_USE_FSTAB,    /**< named in fstab or crypttab, though not mounted now */
};

struct isokit_drive_use {
	enum isokit_drive_use_kind kind;
	bool removable_mount; /**< a plain mount of a hot-plugged drive below /media, /run/media or
	                       *   /mnt: one that may be offered for unmounting */
	bool elsewhere;       /**< a mount that another process sees, and we do not */
	const char *device;   /**< "/dev/sda3": the part of the drive that is used */
	const char *where;    /**< "/home", "swap", "vg-root" */
	const char *chain;    /**< how it stands on the drive: "sda3 > luks-1 (dm-0) > vg-root (dm-1)" */
};

struct isokit_drive_part {
	unsigned number;
	uint64_t offset, bytes;
	const char *path, *type, *name, *fs, *label, *uuid; /**< "" when not known */
	const char *mounted;  /**< the first place where it is mounted; "" */
	uint64_t used_bytes;  /**< of the mounted file system; 0: not known */
};

struct isokit_drive_number {
	unsigned major, minor;
};

/** One drive. Strings are never NULL, and "" when not known. They are as the drive says
 * them; isokit_escape() before a terminal shows them. */
struct isokit_drive {
	const char *path;   /**< "/dev/sdb" */
	const char *name;   /**< "sdb" */
	unsigned major, minor;
	uint64_t diskseq;   /**< changes with every medium put in; 0: the kernel does not say */
	uint64_t bytes;     /**< 0: no medium */
	uint32_t logical_sector, physical_sector; /**< bytes */
	const char *vendor, *model, *serial, *wwn;
	const char *bus;    /**< "usb", "sata", "scsi", "nvme", "mmc", "sd", "virtio", "firewire", "loop" … */
	bool removable;     /**< the medium can be taken out, as the drive says */
	bool hotplug;       /**< plugged at run time (usb, sd in a slot, firewire, thunderbolt) */
	bool read_only;     /**< switch of a card, or of the kernel */
	bool optical;       /**< see burn.h */
	bool made_up;       /**< loop, nbd, zram, ram, dm, md: no drive of its own */
	const char *backing;   /**< file of a loop device */
	const char *stands_on; /**< a made-up drive that is made of parts of drives: "sda3"; else "" */
	const char *table;  /**< "gpt", "dos" …; "" when there is none or it is not known */
	const char *fs, *label, *uuid; /**< on the whole drive */
	const char *mounted;   /**< the whole drive is mounted here; "" */
	uint64_t used_bytes;   /**< likewise; 0: not known */
	const struct isokit_drive_part *parts;
	size_t n_parts;
	const struct isokit_drive_use *uses; /**< the gravest first */
	size_t n_uses;
	/** Everything that lies on the drive: its own number, those of its partitions, of what
	 * stands on them and of file systems that are mounted from it. */
	const struct isokit_drive_number *numbers;
	size_t n_numbers;
	const char *problem; /**< what could not be found out, so that it cannot be called safe; or "" */
};

/** Zero-initialise, then set size. */
struct isokit_drives_options {
	size_t size;
	/** Folder with what sysfs, procfs and the udev database would say, for tests:
	 * ROOT/sys, ROOT/proc/self/mountinfo, ROOT/proc/swaps, ROOT/etc/fstab,
	 * ROOT/run/udev/data/b8:0 … NULL: this computer. */
	const char *root;
};

/**
 * Look at all drives.
 *
 * @param options  NULL: this computer
 * @return ISOKIT_E_IO when sysfs or the list of mounts cannot be read: without them no
 * drive can be called safe
 */
ISOKIT_API enum isokit_status isokit_drives_scan(const struct isokit_drives_options *options,
						 struct isokit_drives **ret_drives,
						 struct isokit_error *err);
ISOKIT_API void isokit_drives_free(struct isokit_drives *drives);

/** Borrowed until isokit_drives_free(); ordered by name, numbers as numbers. */
ISOKIT_API const struct isokit_drive *isokit_drives_list(const struct isokit_drives *drives,
							 size_t *ret_n);

/**
 * The drive that a path names (/dev/sdb, /dev/disk/by-id/…).
 *
 * @return ISOKIT_E_INVALID for a partition (the text names its drive) and for what is no
 * block device; ISOKIT_E_NOT_FOUND when there is nothing of that name
 */
ISOKIT_API enum isokit_status isokit_drives_find(const struct isokit_drives *drives,
						 const char *path,
						 const struct isokit_drive **ret_drive,
						 struct isokit_error *err);

/** What is to be done with a drive. */
struct isokit_guard_question {
	size_t size;
	uint64_t bytes;        /**< that will be written; 0: not known yet */
	bool has_source;       /**< the image lies on this device (st_dev of its file, st_rdev of a drive): */
	unsigned source_major, source_minor;
	bool fixed_disk;       /**< --fixed-disk named it */
	bool unmount;          /**< what the desktop mounted may be unmounted */
	bool reading;          /**< nothing will be written (compare) */
};

/** Stable names in kebab-case by isokit_guard_name(). */
enum isokit_guard_code {
	ISOKIT_G_SYSTEM, ISOKIT_G_MOUNTED, ISOKIT_G_SWAP, ISOKIT_G_HELD, ISOKIT_G_MEMBER, ISOKIT_G_FSTAB,
	ISOKIT_G_OPEN, ISOKIT_G_NOT_REMOVABLE, ISOKIT_G_READ_ONLY, ISOKIT_G_NO_MEDIUM, ISOKIT_G_TOO_SMALL,
	ISOKIT_G_SOURCE, ISOKIT_G_MADE_UP, ISOKIT_G_UNKNOWN, ISOKIT_G_OPTICAL, ISOKIT_G_CHANGED,
	ISOKIT_G_COUNT
};

struct isokit_guard_reason {
	enum isokit_guard_code code;
	bool can_unmount;  /**< goes away with question.unmount */
	bool can_name;     /**< goes away with question.fixed_disk */
	char text[400];    /**< "holds the running system: sda3 > luks (dm-0) > vg-root (dm-1) > /" */
	char remedy[200];  /**< what to do; or "" */
};

enum { ISOKIT_GUARD_MAX = 16 };

/**
 * May it be written? A function of the description alone: 0 reasons against it, or up to
 * ISOKIT_GUARD_MAX, the gravest first. Where there are more, the last says how many.
 */
ISOKIT_API size_t isokit_guard(const struct isokit_drive *drive,
			       const struct isokit_guard_question *question,
			       struct isokit_guard_reason reasons[ISOKIT_GUARD_MAX]);

/**
 * Switch a drive off that was written and is not held any more, so that it can be pulled out:
 * its caches are flushed, its motor is stopped, its USB device is removed.
 *
 * @return ISOKIT_E_UNSUPPORTED where it cannot be (what is not on USB), ISOKIT_E_CHANGED when
 * it is another drive now, ISOKIT_E_INVALID when it is in use
 */
ISOKIT_API enum isokit_status isokit_drive_power_off(const struct isokit_drive *drive,
						     struct isokit_error *err);

/** "not-removable"; static. */
ISOKIT_API const char *isokit_guard_name(enum isokit_guard_code code);

#ifdef __cplusplus
}
#endif
#endif
