/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A drive that passed the guard and is held exclusively. The only way to one is
 * device_claim(), so that nothing can write to a drive that was not asked about. */
#ifndef DEVICE_TARGET_H
#define DEVICE_TARGET_H

#include <isokit/device.h>

struct device_target;

/* What a target can do. Tests bring their own (memory, faults). Positions and lengths are
 * multiples of the logical sector, buffers aligned to device_target_align(). write_at and
 * read_at may be called by several threads at once. */
struct device_target_ops {
	size_t size;
	enum isokit_status (*write_at)(void *self, uint64_t offset, const void *bytes, size_t n,
				       struct isokit_error *err);
	/* From the medium, not from a cache of the kernel. */
	enum isokit_status (*read_at)(void *self, uint64_t offset, void *bytes, size_t n,
				      struct isokit_error *err);
	/* Zeros by the drive itself. NULL, or ISOKIT_E_UNSUPPORTED: write zeros. */
	enum isokit_status (*zero)(void *self, uint64_t offset, uint64_t n,
				   struct isokit_error *err);
	/* All that was written is on the medium: the kernel's cache and that of the drive. */
	enum isokit_status (*flush)(void *self, struct isokit_error *err);
	/* The kernel reads the partition table anew. NULL: nobody has to. */
	enum isokit_status (*reread)(void *self, struct isokit_error *err);
	/* ISOKIT_E_CHANGED when it is gone, or another one. NULL: it cannot be. */
	enum isokit_status (*still_there)(void *self, struct isokit_error *err);
	/* Offsets of signatures between the first and the last MiB; NULL: not looked for.
	 * Called with *ret_n as the room in `at`. */
	enum isokit_status (*signatures)(void *self, uint64_t *at, size_t *ret_n,
					 struct isokit_error *err);
	void (*close)(void *self);
};

/* For tests and device_claim(). `ops` is borrowed for good, `name` copied; `self` is taken on
 * success. */
enum isokit_status device_target_new(const struct device_target_ops *ops, void *self,
				     uint64_t bytes, uint32_t sector, const char *name,
				     struct device_target **ret, struct isokit_error *err);

/* Take a drive for writing. The guard is asked; what may be unmounted is unmounted
 * (question->unmount); all drives are looked at afresh, and this one must be the same (device
 * number, diskseq, size, serial number, model, WWN); the guard is asked again; it is opened
 * O_EXCL and O_DIRECT, and the descriptor compared, too; udev is kept away by its lock.
 * ISOKIT_E_INVALID with the gravest reason when refused, ISOKIT_E_CHANGED when it is another
 * drive now. */
enum isokit_status device_claim(const struct isokit_drive *drive,
				const struct isokit_guard_question *question,
				struct device_target **ret_target, struct isokit_error *err);

/* For reading only (compare, the source of a clone): O_RDONLY and O_DIRECT; no guard but "is
 * it that drive?". Writing to it is ISOKIT_E_INVALID. */
enum isokit_status device_open_reading(const struct isokit_drive *drive,
				       struct device_target **ret_target,
				       struct isokit_error *err);

void device_release(struct device_target *t); /* NULL allowed */

uint64_t device_target_bytes(const struct device_target *t);
uint32_t device_target_sector(const struct device_target *t);
size_t device_target_align(const struct device_target *t);
const char *device_target_name(const struct device_target *t);

/* ISOKIT_E_INVALID for what is not aligned or not inside. */
enum isokit_status device_write_at(struct device_target *t, uint64_t offset, const void *bytes,
				   size_t n, struct isokit_error *err);
enum isokit_status device_read_at(struct device_target *t, uint64_t offset, void *bytes,
				  size_t n, struct isokit_error *err);
enum isokit_status device_zero(struct device_target *t, uint64_t offset, uint64_t n,
			       struct isokit_error *err);
enum isokit_status device_flush(struct device_target *t, struct isokit_error *err);
enum isokit_status device_reread(struct device_target *t, struct isokit_error *err);
enum isokit_status device_still_there(struct device_target *t, struct isokit_error *err);

/* Zeros over the first and the last MiB, where partition tables and most signatures lie, and
 * over signatures of file systems, RAID and LVM that libblkid finds between. */
enum isokit_status device_wipe(struct device_target *t, struct isokit_error *err);

#endif
