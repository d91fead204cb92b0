/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A UDIF image while it is open: dmg.c builds the table, dmg_segments.c the data fork,
 * dmg_verify.c compares checksums. */
#ifndef FORMAT_DMG_H
#define FORMAT_DMG_H

#include <stdatomic.h>

#include "format/chunks.h"
#include "format/medium_impl.h"
#include "ondisk/udif.h"

/* What a block map is for: a partition, its scheme, free space. */
struct dmg_part {
	char name[64];
	uint64_t start, bytes; /* of the disk */
	struct ondisk_udif_checksum checksum;
};

struct dmg_run {
	uint32_t part;
	bool ignored;         /* no checksum covers it */
	_Atomic uint64_t crc; /* CRC32 of what it expands to, and DMG_CRC_KNOWN */
};

#define DMG_CRC_KNOWN (UINT64_C(1) << 32)

struct dmg {
	struct ondisk_udif trailer;
	struct isokit_source *fork; /* has the data; borrowed */
	uint64_t fork_offset;       /* of the data in it */
	struct dmg_part *parts;
	size_t n_parts, parts_capacity;
	struct chunk *chunks;       /* tag: index in runs */
	size_t n_chunks, chunks_capacity;
	struct dmg_run *runs;
	struct isokit_source *disk; /* over the chunks: what is read of it gets its CRC */
	struct codec *codec;
};

/* The trailer of a file: at its end, or for some segments at its beginning. False: none. */
bool dmg_find_trailer(const struct format_probe *p, struct ondisk_udif *ret,
		      uint64_t *ret_offset);

/* Data fork of an image in one or several files: d->fork and d->fork_offset. Of the other
 * segments, the trailer that has a property list replaces d->trailer, and *ret_lists is
 * the file that it is in. */
enum isokit_status dmg_open_segments(struct isokit_medium *m, const struct format_probe *p,
				     struct dmg *d, struct isokit_source **ret_lists,
				     struct isokit_error *err);

/* Tell of checksums that dmg_verify() does not compare. */
void dmg_note_checksums(struct isokit_medium *m, const struct dmg *d);

enum isokit_status dmg_verify(struct isokit_medium *m, void *state, unsigned *io_checked,
			      struct isokit_error *err);

#endif
