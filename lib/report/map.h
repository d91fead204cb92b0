/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The layout of an image made ready for drawing: blocks that follow each other
 * without overlap, few enough to look at, and lanes of what contains them. */
#ifndef REPORT_MAP_H
#define REPORT_MAP_H

#include "base/text.h"
#include "report/words.h"

/* What the legend tells apart. */
enum map_group {
	MAP_SYSTEM,    /* boot code, partition tables, the rest of the system area */
	MAP_STRUCTURE, /* descriptors and path tables */
	MAP_DIRECTORY,
	MAP_FILE,
	MAP_BOOT,      /* boot catalog, boot images, FAT file systems */
	MAP_PARTITION, /* contents of a partition that nothing else explains */
	MAP_UDF,
	MAP_HFS,
	MAP_CHECKSUM,
	MAP_DATA,      /* data that nothing claims */
	MAP_UNUSED,    /* zeros that nothing claims */
	MAP_MISSING,   /* behind the end of the file */
	MAP_GROUPS
};

const char *map_group_name(enum map_group group);
/* Plain "c0" … for class names. */
const char *map_group_class(enum map_group group);

/* A run of the image in one colour. */
struct map_block {
	uint64_t offset, end;
	enum map_group group;
	size_t region;      /* the largest of it: index into the layout's regions */
	uint64_t largest;   /* its bytes here */
	uint32_t n_items, n_files, n_directories;
	bool overlap;       /* some of it is claimed twice */
};

/* Something in a lane. */
struct map_bar {
	uint64_t offset, end;
	size_t region;
	unsigned track; /* bars of one lane that overlap lie in different tracks */
};

struct map_lane {
	const char *name;
	struct map_bar *bars;
	size_t n_bars, capacity_bars;
	unsigned n_tracks;
};

enum { MAP_LANES = 6, MAP_LARGEST = 8, MAP_MAX_BARS = 64 };

struct map {
	struct isokit_layout *layout;
	const struct isokit_facts *facts;
	const struct isokit_boot_verdict *verdict;
	const struct isokit_region *regions;
	size_t n_regions;
	uint64_t size;  /* of the image */
	uint64_t end;   /* of what is drawn: more where something is missing */

	struct map_block *segments; /* everything, finest */
	size_t n_segments, capacity_segments;
	struct map_block *blocks;   /* merged to what can be shown */
	size_t n_blocks;
	struct map_lane lanes[MAP_LANES];
	size_t n_lanes;

	uint64_t group_bytes[MAP_GROUPS];
	uint64_t group_items[MAP_GROUPS];
	size_t largest[MAP_LARGEST]; /* segments of the largest files */
	size_t n_largest;
	uint64_t n_overlaps;
};

enum isokit_status map_build(struct map *m, struct isokit_layout *layout,
			     const struct isokit_facts *facts,
			     const struct isokit_boot_verdict *verdict, size_t most_blocks);
void map_free(struct map *m);

/* Merge neighbours, the small ones first, until no more than so many are left.
 * `ret_blocks` is from malloc. */
bool map_merge(const struct map *m, size_t most, struct map_block **ret_blocks, size_t *ret_n);

/* The name of a region: its best path or its own; escaped for people. */
void map_region_name(const struct map *m, size_t region, struct text *t);

/* What a block is: a name, or "1,234 files". */
void map_block_name(const struct map *m, const struct map_block *b, struct text *t);

/* The same, shorter where that is enough. */
void map_block_label(const struct map *m, const struct map_block *b, struct text *t);
void map_partition_words(const struct map *m, const struct isokit_region *r, struct text *t);

/* How much it is: without the unused rest of a file's last sector. */
uint64_t map_block_bytes(const struct map *m, const struct map_block *b);

/* Everything about a block, a line each, for a tooltip. */
void map_block_details(const struct map *m, const struct map_block *b, struct text *t);
void map_bar_details(const struct map *m, const struct map_bar *b, struct text *t);

/* The drawing, without the XML declaration; `in_page`: it is part of a page that
 * brings the colours. */
void map_svg(const struct map *m, bool in_page, struct text *t);
/* The colours as CSS. */
void map_css(struct text *t, bool dark);

/* Text for XML: characters that it cannot hold, or that would reorder others, are
 * shown as escapes. */
void map_xml(struct text *t, const void *bytes, size_t n);
void map_xml_str(struct text *t, const char *s);

#endif
