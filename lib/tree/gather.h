/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files of another file system into a tree. There, files and folders have numbers, and
 * names say in which folder they are: entries may come in any order, the folder of a name
 * after it, and all of it may be a lie. At the end, what hangs together from the root on
 * gets into the tree: each folder once, sorted, no deeper than a tree can be.
 *
 *     gather_begin(); gather_root();
 *     gather_name(), then what is known of it: attributes, content, losses; …
 *     gather_end()
 *
 * Everything is a status; the first failure is remembered, and gather_end() returns it. */
#ifndef TREE_GATHER_H
#define TREE_GATHER_H

#include "tree/attributes.h"
#include "tree/tree.h"

#define GATHER_HOLE UINT64_MAX

/* Where a part of a file lies. */
struct gather_run {
	uint64_t at;     /* in the file */
	uint64_t offset; /* in the volume, or GATHER_HOLE */
	uint64_t bytes;
};

struct gather_options {
	const struct tree_scan_options *scan; /* may be NULL */
	/* Takes sources over, which must outlive the tree; also when it fails. */
	enum isokit_status (*keep)(void *ctx, struct isokit_source *src, struct isokit_error *err);
	void *keep_ctx;
	/* What gather_lost() was told of, for what is in the tree at the end; a folder or file
	 * that could not get into it with `what` being the two below. May be NULL. */
	void (*lost)(void *ctx, unsigned what, const char *path);
	void *lost_ctx;
	unsigned lost_name;       /* a name was changed */
	unsigned lost_unreadable; /* something could not be had */
};

struct gather_entry; /* a name */
struct gather_slot;

struct gather {
	struct tree *t;
	struct isokit_source *volume; /* borrowed */
	struct gather_options opt;
	const struct tree_scan_options *scan; /* never NULL */
	const char *subject;
	struct isokit_error *err;
	enum isokit_status status;
	struct tree_node *root;       /* for its attributes; not yet in the tree */
	struct gather_entry *entries;
	size_t n_entries, capacity;
	size_t next_folder;           /* of gather_folder() */
	size_t root_losses;           /* bits */
	struct gather_slot *slots;    /* numbers → first entry */
	size_t n_slots, slots_capacity;
	struct gather_slot *visited;  /* numbers of folders */
	size_t n_visited, visited_capacity;
	struct tree_xattr_list xattrs; /* of the node added last */
	struct text acl, default_acl;
	struct tree_node *xattr_node;
	size_t xattr_entry;
	uint64_t bytes_left;          /* see gather_spend() */
	unsigned since_cancel_check;
};

/* `volume` is what runs lie in. End it with gather_end() in any case. */
void gather_begin(struct gather *g, struct tree *t, struct isokit_source *volume,
		  const char *subject, const struct gather_options *options,
		  struct isokit_error *err);

/* The node of the root folder, whose number this is. Its attributes are the caller's to set,
 * as with gather_name(). NULL: failed. */
struct tree_node *gather_root(struct gather *g, uint64_t id);

/* A name in the folder `parent` for what has the number `id`: a node without attributes but
 * its mode, or NULL where that failed. A name that cannot be in a tree is changed. */
struct tree_node *gather_name(struct gather *g, uint64_t parent, uint64_t id, uint32_t mode,
			      const void *name, size_t name_bytes);

/* One more name for a file that was added with that number: a hard link. False: none
 * was, or it is a folder. */
bool gather_link(struct gather *g, uint64_t parent, uint64_t id, const void *name,
		 size_t name_bytes);

/* The node that was added with that number first, or NULL. */
struct tree_node *gather_known(const struct gather *g, uint64_t id);

/* The next folder that was added and not asked for yet; each number once. */
bool gather_folder(struct gather *g, uint64_t *ret_id);

/* So many bytes were read of the volume for what is known of its files. False: more than it
 * has, so that it goes in circles; that is the failure then. The limit is the size of the
 * volume, at least 1 MiB, unless g->bytes_left was set. */
bool gather_spend(struct gather *g, uint64_t bytes);

/* The time of the node. */
static inline void gather_time(struct tree_node *node, int64_t seconds, uint32_t ns)
{
	node->mtime = seconds;
	node->mtime_ns = ns < 1000000000 ? ns : 0;
}

/* What of the entry added last does not come along. */
void gather_lost(struct gather *g, unsigned what);

/* The same of the folder or file with that number; of the root, where there is none. */
void gather_lost_of(struct gather *g, uint64_t id, unsigned what);

/* The names in that folder could not all be read. */
void gather_lost_folder(struct gather *g, uint64_t id);

/* Contents: runs that ascend and do not overlap (gaps are holes, what lies beyond `size` is
 * cut away; false where one lies outside the volume: the content is lost then and empty);
 * a source, taken over; bytes, copied. */
bool gather_runs(struct gather *g, struct tree_node *node, uint64_t size,
		 const struct gather_run *runs, size_t n);
void gather_source(struct gather *g, struct tree_node *node, struct isokit_source *src);
void gather_bytes(struct gather *g, struct tree_node *node, const void *bytes, size_t n);
/* The target of a symbolic link: ends at a NUL. A link without one is left out. */
void gather_target(struct gather *g, struct tree_node *node, const void *bytes, size_t n);

/* An extended attribute of the node added last. Those of the scan options' kinds are
 * kept, POSIX access control lists as Linux gives them (system.posix_acl_…) understood;
 * false: it is not kept, which is the caller's to count. */
bool gather_xattr(struct gather *g, struct tree_node *node, const char *name, const void *value,
		  size_t bytes);

/* Memory, owned by caller. NULL: there is none, which is remembered as a failure, so that
 * nobody takes it for damage. Without a `g` nothing is remembered. */
void *gather_alloc(struct gather *g, size_t bytes);
enum isokit_status gather_no_memory(struct gather *g, size_t bytes);

/* Remember a failure; returns it. */
enum isokit_status gather_fail(struct gather *g, enum isokit_status status, const char *format,
			       ...) __attribute__((format(printf, 3, 4)));

/* Put what was found below the folder `dest`, which is made where it is missing, and release
 * all. Does that also after a failure, without the putting. */
enum isokit_status gather_end(struct gather *g, uint64_t root_id, const char *dest);

#endif
