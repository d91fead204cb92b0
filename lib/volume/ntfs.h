/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The file of NTFS at hand: ntfs_record.c fills it from records, ntfs_content.c knows where its
 * content is. For ntfs.c. */
#ifndef VOLUME_NTFS_H
#define VOLUME_NTFS_H

#include "ondisk/ntfs.h"
#include "volume/files.h"
#include "volume/units.h"

/* Content that is not in a record: pieces of it, which may come in any order. */
struct ntfs_part {
	uint64_t vcn, lcn, clusters; /* lcn UINT64_MAX: a hole */
};

/* What is known of the file at hand. */
struct ntfs_file {
	bool folder, has_data, resident, compressed, encrypted, damaged;
	bool streams, wof, eas;
	uint64_t time;
	uint32_t flags;
	uint64_t size, initialized;
	unsigned unit_shift;
	struct ntfs_part *parts;
	size_t n_parts, parts_capacity;
	uint8_t *value;         /* resident content */
	size_t value_bytes, value_capacity;
	uint8_t *reparse;
	size_t reparse_bytes, reparse_capacity;
	struct { uint64_t parent; size_t bytes; char name[ONDISK_NTFS_NAME_BYTES]; } *names;
	size_t n_names, names_capacity;
	uint32_t uid, gid, mode, major, minor; /* of WSL; mode 0: not set */
};

struct ntfs_reader {
	struct volume_files f;
	struct isokit_source *volume;
	struct ondisk_ntfs_boot boot;
	struct isokit_source *mft;
	uint8_t *record, *extra; /* a record, and one that it goes on in */
	struct units *units;
	struct ntfs_file file;
};

void ntfs_no_memory(struct ntfs_reader *r);

/* ---- ntfs_record.c ----------------------------------------------------------------------- */

/* A record of the table, put right. False: there is none, or it is damaged. */
bool ntfs_record_read(struct ntfs_reader *r, uint64_t number, uint8_t *record,
		      struct ondisk_ntfs_record *ret);
/* Its attributes, to r->file. */
void ntfs_record_take(struct ntfs_reader *r, const uint8_t *record,
		      const struct ondisk_ntfs_record *head);
/* The records that the one in r->record goes on in. Their numbers ascend mostly; one after the
 * other is read, those met twice in a row once. */
void ntfs_record_take_list(struct ntfs_reader *r, uint64_t number, uint64_t reference,
			   const struct ondisk_ntfs_record *head);

/* ---- ntfs_content.c ---------------------------------------------------------------------- */

/* More places of the content. False: they cannot be. */
bool ntfs_parts_add(struct ntfs_reader *r, const struct ondisk_ntfs_attribute *a);
/* A content as a source over the volume; owned by caller. */
enum isokit_status ntfs_parts_open(struct ntfs_reader *r, struct ntfs_file *f, uint64_t size,
				   struct isokit_source **ret_src, struct isokit_error *err);
/* That of r->file, to a node. */
void ntfs_content_take(struct ntfs_reader *r, struct tree_node *n);

#endif
