/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which areas of a drive were read, as GNU ddrescue notes it (its manual, "Mapfile
 * structure"). */
#ifndef CONVERT_MAPFILE_H
#define CONVERT_MAPFILE_H

#include <isokit/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text;

enum mapfile_status {
	MAPFILE_UNTRIED = '?',
	MAPFILE_UNTRIMMED = '*', /* a large read failed: somewhere in it */
	MAPFILE_UNSCRAPED = '/', /* likewise, and its ends are known */
	MAPFILE_BAD = '-',
	MAPFILE_DONE = '+',
};

struct mapfile_area {
	uint64_t offset, bytes;
	enum mapfile_status status;
};

/* Areas that follow each other without gaps, neighbours of different status.
 * Zero-initialise. */
struct mapfile {
	struct mapfile_area *areas;
	size_t n, capacity;
};

/* Everything untried. False: out of memory; likewise below. */
bool mapfile_start(struct mapfile *m, uint64_t bytes);
void mapfile_free(struct mapfile *m);

bool mapfile_set(struct mapfile *m, uint64_t offset, uint64_t bytes, enum mapfile_status status);

/* The first area from `offset` on with one of these (a string); cut at `offset`. */
bool mapfile_find(const struct mapfile *m, uint64_t offset, const char *statuses,
		  struct mapfile_area *ret);

uint64_t mapfile_count(const struct mapfile *m, enum mapfile_status status);

/* Into an empty map. `name` is for messages, which name the line. */
enum isokit_status mapfile_parse(struct mapfile *m, const char *text, size_t n, const char *name,
				 struct isokit_error *err);

void mapfile_format(const struct mapfile *m, uint64_t position, char current, struct text *out);

#endif
