/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Chains of clusters, as FAT and exFAT have them. */
#ifndef VOLUME_CLUSTERS_H
#define VOLUME_CLUSTERS_H

#include "tree/gather.h"

enum { CLUSTERS_WINDOW = 16 * 1024 };

struct clusters {
	struct isokit_source *volume;
	unsigned bits;         /* 12, 16, 32; 64: of exFAT, all 32 bits count */
	uint64_t table_offset, data_offset;
	uint32_t cluster_bytes;
	uint32_t n;            /* that the volume really has; the first one is 2 */
	/* Clusters that contents may still have: files that share some are possible
	 * in a damaged volume, but not all of them the same. */
	uint64_t left;
	uint8_t window[CLUSTERS_WINDOW]; /* of the table */
	uint64_t window_at;
	size_t window_bytes;
	struct gather_run *runs; /* of the chain asked for last */
	size_t n_runs, capacity;
};

/* `n_clusters` by the boot sector; fewer where the volume is cut off. */
void clusters_begin(struct clusters *c, struct isokit_source *volume, unsigned bits,
		    uint64_t table_offset, uint64_t data_offset, uint32_t cluster_bytes,
		    uint32_t n_clusters);
void clusters_end(struct clusters *c);

static inline bool clusters_has(const struct clusters *c, uint32_t cluster)
{
	return cluster >= 2 && cluster - 2 < c->n;
}

static inline uint64_t clusters_offset(const struct clusters *c, uint32_t cluster)
{
	return c->data_offset + (uint64_t)(cluster - 2) * c->cluster_bytes;
}

enum clusters_link { CLUSTERS_NEXT, CLUSTERS_LAST, CLUSTERS_BROKEN };

/* What follows a cluster that exists. */
enum clusters_link clusters_next(struct clusters *c, uint32_t cluster, uint32_t *ret_next);

/* A chain that is followed, to see when it comes back to itself. Zero-initialise. */
struct clusters_walk {
	uint64_t steps, until;
	uint32_t mark;
};
/* Was it at this cluster before? A loop of n clusters is found within 3 n steps. */
bool clusters_walk_returns(struct clusters_walk *w, uint32_t cluster);

enum clusters_chain {
	CLUSTERS_OK,
	CLUSTERS_DAMAGED, /* it ends too early, or leads nowhere */
	CLUSTERS_NO_MEMORY,
};

/* The first `bytes` bytes of a chain as c->runs; `contiguous`: without the table. */
enum clusters_chain clusters_runs(struct clusters *c, uint32_t first, uint64_t bytes,
				  bool contiguous);

#endif
