/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Volume and file structures of ECMA-167 and OSTA UDF as bytes: what a volume of one
 * plain, read-only partition takes. Every function fills the whole of what it names,
 * which the caller hands over zeroed; numbers are little-endian, offsets in the
 * comments are bytes from the beginning of the descriptor. */
#ifndef ONDISK_UDF_ENCODE_H
#define ONDISK_UDF_ENCODE_H

#include "ondisk/udf.h"
#include "ondisk/udf_file.h"

enum {
	ONDISK_UDF_BLOCK = 2048,
	ONDISK_UDF_DESCRIPTOR = 512,
	ONDISK_UDF_NAME_BYTES = 255,  /* with the compression id: 4/14.4.4, L_FI */
	ONDISK_UDF_ENTRY_HEAD = 176,
	ONDISK_UDF_EXTENT_MOST = 0x3ffff800, /* bytes: 30 bits, whole blocks */
};

/* What all descriptors of one volume have in common. */
struct ondisk_udf_dialect {
	uint16_t revision;  /* 0x0102, 0x0150, 0x0200, 0x0201 */
	const char *author; /* "*name" of the program, at most 23 bytes */
};

/* Tag, with the CRC over the bytes behind it; comes last. */
void ondisk_udf_tag_encode(const struct ondisk_udf_dialect *dialect, uint8_t *raw, uint16_t id,
			   uint32_t location, size_t bytes);

/* UTF-8 as OSTA compressed unicode (UDF 2.1.1), at most `most` bytes. Returns the bytes
 * used; 0 when it does not fit, is empty or is no UTF-8. */
size_t ondisk_udf_name_encode(const char *utf8, size_t n, uint8_t *out, size_t most);

/* As dstring of n bytes (1/7.2.12); what does not fit is left off. */
void ondisk_udf_dstring_encode(const char *utf8, uint8_t *field, size_t n);

/* A timestamp in UTC, 1/7.3. Years 1 to 9999; others become the nearest. */
void ondisk_udf_time_encode(int64_t seconds, uint32_t ns, uint8_t *raw);

/* A short allocation descriptor (8 bytes) and a long one (16 bytes). */
void ondisk_udf_short_encode(uint8_t *raw, uint32_t bytes, unsigned type, uint32_t block);
void ondisk_udf_long_encode(uint8_t *raw, uint32_t bytes, uint32_t block);

/* A volume structure of the recognition sequence, 2/9: "BEA01", "NSR02" … */
void ondisk_udf_recognition_encode(uint8_t *block, const char *id);

/* What the volume is. */
struct ondisk_udf_volume {
	struct ondisk_udf_dialect dialect;
	const char *label;          /* UTF-8 */
	const char *set_id;         /* UDF 2.2.2.5: its first 16 characters are unique */
	int64_t time;
	uint32_t sequence[2];       /* blocks of the main and the reserve sequence */
	uint32_t sequence_blocks;   /* of each; at least 16 (3/8.4.2.2) */
	uint32_t integrity;         /* block of the integrity descriptor; 2 of them */
	uint32_t start, blocks;     /* of the partition */
	uint32_t file_set, root;    /* blocks of the partition */
	uint64_t next_unique_id;
	uint32_t files, directories;
};

/* One anchor, to lie at `location`. */
void ondisk_udf_anchor_encode(const struct ondisk_udf_volume *v, uint8_t *block,
			      uint32_t location);

/* A volume descriptor sequence of v->sequence_blocks blocks, beginning at a block. */
void ondisk_udf_sequence_encode(const struct ondisk_udf_volume *v, uint8_t *blocks,
				uint32_t location);

/* The integrity sequence: one closed descriptor and its end, 2 blocks. */
void ondisk_udf_integrity_encode(const struct ondisk_udf_volume *v, uint8_t *blocks);

/* The file set and its end, 2 blocks. */
void ondisk_udf_file_set_encode(const struct ondisk_udf_volume *v, uint8_t *blocks);

/* A file entry. The caller has put what it holds behind ea_bytes of attributes:
 * allocation descriptors, or (embedded) the content itself. */
struct ondisk_udf_new_entry {
	uint8_t type;        /* enum ondisk_udf_file_type */
	uint8_t ad_kind;     /* enum ondisk_udf_ad_kind */
	uint32_t uid, gid, mode; /* POSIX permissions, with set-id and sticky */
	uint16_t links;
	uint64_t bytes, blocks;
	int64_t time;
	uint32_t time_ns;
	uint64_t unique_id;
	size_t ea_bytes, ad_bytes;
};
void ondisk_udf_entry_encode(const struct ondisk_udf_dialect *dialect, uint8_t *block,
			     uint32_t location, const struct ondisk_udf_new_entry *e);

/* Extended attributes with the numbers of a device (4/14.10.7); returns their length. */
enum { ONDISK_UDF_DEVICE_BYTES = 24 + 24 + 32 };
size_t ondisk_udf_device_encode(const struct ondisk_udf_dialect *dialect, uint8_t *raw,
				uint32_t location, uint32_t major, uint32_t minor);

/* An allocation extent descriptor (4/14.5) over what is behind its head. */
void ondisk_udf_aed_encode(const struct ondisk_udf_dialect *dialect, uint8_t *block,
			   uint32_t location, size_t ad_bytes);

/* The length of an identifier with a name of so many bytes. */
size_t ondisk_udf_fid_bytes(size_t name_bytes);

/* A file identifier; no name is the parent folder. Its length is returned. `location` is
 * the block where it begins. */
size_t ondisk_udf_fid_encode(const struct ondisk_udf_dialect *dialect, uint8_t *raw,
			     uint32_t location, uint8_t characteristics, uint32_t icb,
			     uint32_t unique_id, const uint8_t *name, size_t name_bytes);

/* A path component (4/14.16.1); its length is returned. */
size_t ondisk_udf_component_encode(uint8_t *raw, uint8_t type, const uint8_t *name,
				   size_t name_bytes);

#endif
