/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A UDF volume: where its partitions are, and how files in it are read. Only
 * lib/model includes this. */
#ifndef MODEL_UDF_H
#define MODEL_UDF_H

#include "model/impl.h"
#include "ondisk/udf.h"
#include "ondisk/udf_file.h"

enum {
	UDF_MAX_BLOCK = 4096,
	UDF_MAX_MAPS = 16,   /* of one logical volume: one to three are usual */
	UDF_MAX_EXTENTS = 65536, /* of one file */
};

/* Part of a file that serves as a partition or a table. */
struct udf_run {
	uint64_t from;  /* byte of the file */
	uint64_t at;    /* byte of the image, or ISOKIT_NO_OFFSET: zeros */
	uint64_t bytes;
};

struct udf_spare {
	uint32_t from, to; /* first blocks: of a packet in the partition, in the volume */
};

/* What a partition reference of the logical volume stands for. */
struct udf_part {
	enum ondisk_udf_map_kind kind; /* unknown: nothing in it can be read */
	uint64_t at;      /* byte of the image where the partition begins */
	uint64_t blocks;  /* logical blocks that it has */
	unsigned base;    /* of virtual and metadata ones: the reference below */
	uint32_t packet_blocks;
	const struct udf_spare *spares; /* sparable: by rising `from` */
	size_t n_spares;
	const struct udf_run *runs;   /* of the table or the metadata file */
	size_t n_runs;
	const struct udf_run *mirror; /* of the metadata mirror file, or NULL */
	size_t n_mirror;
	bool duplicated;              /* the mirror has contents of its own */
	uint64_t table_at, n_entries; /* virtual: byte of the file, entries of 4 bytes */
};

struct udf_volume {
	uint32_t sector_bytes; /* of the medium: volume structures */
	uint32_t block_bytes;  /* logical blocks: everything in a partition */
	struct udf_part parts[UDF_MAX_MAPS];
	unsigned n_parts;
	struct ondisk_udf_long file_set, root;
	uint64_t next_unique_id; /* 0: not known */
	uint64_t integrity_at; /* byte of the descriptor, or ISOKIT_NO_OFFSET */
	bool virtual_counts;   /* the counts are those of the allocation table */
	bool has_root;         /* there is a tree to walk */
	bool holds_more;       /* than the ISO 9660 tree shows in its root */
};

/* What one walk, or opening, reads with. Not shared between threads. */
struct udf_reader {
	struct isokit_image *img;
	const struct udf_volume *v;
	struct isokit_error *err;
	bool report;           /* damage becomes findings */
	bool from_mirror;      /* read the metadata mirror instead of the main file */
	bool mirror_told;      /* the finding about that is made */
	uint64_t chain_budget; /* blocks of chains that may still be followed */
	uint64_t extent_budget; /* extents that may still be made */
	uint8_t *window;       /* of file entries; they often follow each other */
	uint64_t window_at;
	size_t window_bytes, ahead;
	uint8_t vat[1024];     /* part of the allocation table */
	uint64_t vat_at;       /* its first byte in the table, or ISOKIT_NO_OFFSET */
	size_t vat_bytes;
};

enum isokit_status model_udf_reader_init(struct udf_reader *r, struct isokit_image *img,
					 const struct udf_volume *v, struct isokit_error *err);
void model_udf_reader_free(struct udf_reader *r);

/* Where `want` blocks of a partition lie: the first byte in the image, and how many of
 * them follow each other there; 0 where there is nothing. */
enum isokit_status model_udf_locate(struct udf_reader *r, struct ondisk_udf_address address,
				    uint64_t want, uint64_t *ret_at, uint64_t *ret_blocks);

/* A block of the image through the window, valid until the next call; NULL past the end. */
enum isokit_status model_udf_block(struct udf_reader *r, uint64_t at, const uint8_t **ret_block);

/* A file, as its entry describes it. The arrays are kept from one to the next. */
struct udf_node {
	struct ondisk_udf_entry e;  /* pointers into `block` */
	struct ondisk_udf_address where;
	uint64_t at;                /* byte of the entry in the image */
	const char *refused;        /* see struct isokit_entry */
	struct isokit_extent *extents;
	size_t n_extents, capacity_extents;
	uint64_t stored_bytes;      /* sum of the extents, holes included */
	uint64_t recorded_blocks;   /* without the holes */
	/* What is wrong, for whoever reports it; no more than the first of a kind. */
	bool crc_wrong, past_end, odd_length, outside, endless;
	uint64_t problem_at;        /* byte in the image of what `outside` or `endless` means */
	uint64_t problem_block;
	uint8_t block[UDF_MAX_BLOCK];
};

/* Read the entry at an address and its extents. *ret_ok is false where there is none:
 * then `why` says so in static words. */
enum isokit_status model_udf_node_read(struct udf_reader *r, struct ondisk_udf_long icb,
				       struct udf_node *node, bool *ret_ok, const char **ret_why);
void model_udf_node_free(struct udf_node *node);

/* Read bytes of a file. *ret_got is less than n where the file or the image ends, or
 * there is nothing. */
enum isokit_status model_udf_read(struct udf_reader *r, const struct isokit_extent *extents,
				  size_t n_extents, uint64_t position, void *buffer, size_t n,
				  size_t *ret_got);

/* The run of a file that has this byte, or NULL. */
const struct udf_run *model_udf_run_at(const struct udf_run *runs, size_t n, uint64_t position);

/* Make partition references usable: tables of sparable and virtual ones, files of
 * metadata ones. In udf_map.c. */
enum isokit_status model_udf_parts(struct udf_volume *v, struct isokit_image *img,
				   const struct ondisk_udf_map *maps, struct isokit_error *err);

/* Compare the contents of metadata files with those of their mirrors. */
enum isokit_status model_udf_compare_mirrors(struct isokit_image *img, struct isokit_error *err);

/* The walk over the tree, for isokit_image_walk() and isokit_image_count(). */
enum isokit_status model_udf_walk(struct isokit_image *img, const char *path,
				  isokit_visit_fn visit, void *ctx, struct isokit_error *err);
enum isokit_status model_udf_count(struct isokit_image *img, struct isokit_error *err);

/* Called with the place of a path among those asked for; not 0 ends the search. */
typedef int (*model_udf_found_fn)(void *ctx, size_t which, const struct isokit_entry *entry);

/* Look several paths up at once, as model_lookup() does in the other name spaces and
 * within the same bounds: letters of ASCII in either case, a '*' at the end for any rest
 * of a name, the first one recorded counts. In any volume whose root can be read. */
enum isokit_status model_udf_find(struct isokit_image *img, const char *const *paths, size_t n,
				  model_udf_found_fn found, void *ctx, struct isokit_error *err);

#endif
