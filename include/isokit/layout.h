/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file layout.h  Which bytes of an image belong to what. */
#ifndef ISOKIT_LAYOUT_H
#define ISOKIT_LAYOUT_H

#include <isokit/image.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What claims some bytes. */
enum isokit_region_kind {
	ISOKIT_REGION_BOOT_CODE,       /**< code of the master boot record */
	ISOKIT_REGION_PARTITION_TABLE, /**< MBR, GPT and APM tables themselves */
	ISOKIT_REGION_DESCRIPTOR,      /**< volume descriptors, recognition sequence */
	ISOKIT_REGION_PATH_TABLE,
	ISOKIT_REGION_DIRECTORY,
	ISOKIT_REGION_ATTRIBUTES,      /**< SUSP continuation areas, extended attributes */
	ISOKIT_REGION_FILE,
	ISOKIT_REGION_UDF,             /**< structures of UDF */
	ISOKIT_REGION_HFS,             /**< structures of HFS and HFS+ */
	ISOKIT_REGION_CHECKSUM,        /**< libisofs' checksum tags and array */
	ISOKIT_REGION_CATALOG,         /**< El Torito boot catalog */
	ISOKIT_REGION_BOOT_IMAGE,
	ISOKIT_REGION_FAT,             /**< a FAT file system inside */
	ISOKIT_REGION_PARTITION,
	ISOKIT_REGION_SYSTEM_AREA,     /**< sectors 0 to 15 (ECMA-119 6.2.1) */
	ISOKIT_REGION_SESSION,
	ISOKIT_REGION_VOLUME,          /**< what a volume descriptor says the volume is */
	ISOKIT_REGION_GAP,             /**< claimed by nothing */
	ISOKIT_REGION_KINDS
};

/** Regions lie in layers: those of the lowest are contents, the others contain
 * them or say the same in other words. */
enum isokit_region_layer {
	ISOKIT_LAYER_CONTENTS,   /**< structures and files: these should not overlap */
	ISOKIT_LAYER_BOOT,       /**< boot catalog, boot images and FAT file systems */
	ISOKIT_LAYER_PARTITIONS,
	ISOKIT_LAYER_VOLUMES,    /**< volumes, sessions, the system area */
};

/** What is in a gap. */
enum isokit_gap_state {
	ISOKIT_GAP_UNREAD,
	ISOKIT_GAP_ZERO,
	ISOKIT_GAP_DATA,
};

/** A run of bytes and what claims it. */
struct isokit_region {
	uint64_t offset, bytes; /**< in the image; may reach beyond its end */
	enum isokit_region_kind kind;
	enum isokit_region_layer layer;
	unsigned namespaces; /**< 1 << enum isokit_namespace_kind of each tree that has it */
	unsigned index;      /**< of a partition, a boot entry, a session; else 0 */
	const char *name;    /**< "GPT backup header"; NULL where paths say more */
	const char *table;   /**< static: of a partition "MBR", "GPT" or "APM"; else NULL */
	size_t n_names;      /**< how many paths: isokit_layout_names() */
	size_t first_name;   /**< private */
	enum isokit_gap_state gap;
	bool sampled;        /**< a gap so large that only parts of it were read */
	uint64_t data_offset; /**< of a gap with data: where the first was seen */
	bool active;          /**< of an MBR partition: marked active */
};

/** Two regions of the lowest layer that share bytes without being the same. */
struct isokit_overlap {
	uint64_t offset, bytes;
	size_t a, b; /**< indices of the regions */
};

/** A path of a region. Valid during the callback. */
struct isokit_region_name {
	enum isokit_namespace_kind ns;
	unsigned session;     /**< 0: of the volume that block 16 shows; else from 1: an
			       *   older one, see isokit_facts.sessions */
	const char *path;     /**< raw bytes of the name space, NUL-terminated */
	uint64_t file_offset; /**< where in the file this run begins */
};

/** A run of bytes. */
struct isokit_range {
	uint64_t offset, bytes;
};

/** A run of bytes inside a FAT file system of the image. */
struct isokit_inside {
	uint64_t offset, bytes; /**< in the image */
	uint64_t fat_offset;    /**< in the image: where the file system begins */
	const char *kind;       /**< static: "file", "folder", "boot sector", "allocation table" */
	const char *path;       /**< of a file or folder, UTF-8, from the root; else NULL */
	uint64_t file_offset;   /**< where in the file or folder this run begins */
};

/** What to look for. Zero-initialise, then set size. New members go to the end. */
struct isokit_layout_options {
	size_t size; /**< sizeof(struct isokit_layout_options) */
	const struct isokit_range *ranges; /**< only what touches these; NULL:
					    *   everything. Borrowed for the call */
	size_t n_ranges;
	bool gaps;        /**< find what is not claimed, and read some of it */
	bool plain_names; /**< plain ISO 9660 names also where Rock Ridge has better ones */
};

struct isokit_layout; /**< every claim on bytes of an image */

/**
 * Collect every claim on bytes of an image: structures, trees, boot images,
 * partitions. Walks all trees. Memory goes with what is really there.
 *
 * @param options     NULL: everything, without gaps
 * @param ret_layout  owned by the caller, free with isokit_layout_free() before
 *                    the image
 * @return ISOKIT_OK, ISOKIT_E_IO, ISOKIT_E_NOMEM
 */
ISOKIT_API enum isokit_status isokit_image_layout(struct isokit_image *img,
						  const struct isokit_layout_options *options,
						  struct isokit_layout **ret_layout,
						  struct isokit_error *err);

/** Release a layout; NULL is allowed. */
ISOKIT_API void isokit_layout_free(struct isokit_layout *layout);

/** All regions, by offset; of those that begin together the outermost first. */
ISOKIT_API const struct isokit_region *isokit_layout_regions(const struct isokit_layout *layout,
							     size_t *ret_n);

/** Does anything claim some byte of a range that lies in what was asked for? Needs
 * a layout with gaps. Volumes and partitions around everything claim nothing. */
ISOKIT_API bool isokit_layout_claims(const struct isokit_layout *layout,
				     const struct isokit_range *range);

/** What overlaps, by offset. `ret_total` (may be NULL): how many there are, which
 * may be more than are listed. */
ISOKIT_API const struct isokit_overlap *isokit_layout_overlaps(const struct isokit_layout *layout,
							       size_t *ret_n,
							       uint64_t *ret_total);

/** What lies in the FAT file systems that the ranges asked for touch, by offset; nothing
 * without ranges. */
ISOKIT_API const struct isokit_inside *isokit_layout_inside(const struct isokit_layout *layout,
							    size_t *ret_n);

/** Called for each path of a region; 0 to go on. */
typedef int (*isokit_region_name_fn)(void *ctx, const struct isokit_region_name *name);

/**
 * The paths of a region, hard links and name spaces one after the other.
 * Not to be called by two threads at once on the same layout.
 *
 * @return ISOKIT_OK, ISOKIT_E_CANCELLED when the callback stopped it, ISOKIT_E_NOMEM
 */
ISOKIT_API enum isokit_status isokit_layout_names(struct isokit_layout *layout,
						  const struct isokit_region *region,
						  isokit_region_name_fn visit, void *ctx);

/** "file", "directory", "boot image" …; static. */
ISOKIT_API const char *isokit_region_kind_name(enum isokit_region_kind kind);

#ifdef __cplusplus
}
#endif
#endif
