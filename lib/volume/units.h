/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Contents that a file system keeps compressed, in units that are expanded one by one. All
 * files of a mount share a few expanded units, so that a hundred thousand open contents cost
 * no memory; several threads may expand different units at once. */
#ifndef VOLUME_UNITS_H
#define VOLUME_UNITS_H

#include "codec/codec.h"
#include "volume/volume.h"

struct units;

/* The shared memory, which ends with the mount. */
enum isokit_status units_new(struct volume_mount *m, struct units **ret_units,
			     struct isokit_error *err);

/* What expands, for all of them. */
struct codec *units_codec(const struct units *u);

struct units_file {
	uint64_t size;       /* of the content */
	uint32_t unit_bytes; /* of every unit but the last; at most UNITS_MAX_BYTES */
	void *file;
	/* All bytes of a unit, `length` of them. Thread-safe. */
	enum isokit_status (*expand)(void *file, uint64_t unit, uint8_t *out, size_t length,
				     struct isokit_error *err);
	/* What a unit is without being expanded, as ops->locate; may be NULL. */
	bool (*is_hole)(void *file, uint64_t unit);
	void (*release)(void *file); /* may be NULL */
};

enum { UNITS_MAX_BYTES = 1 << 20 };

/* Releases the file on failure. */
enum isokit_status units_source(struct units *u, const struct units_file *file, const char *name,
				struct isokit_source **ret_src, struct isokit_error *err);

#endif
