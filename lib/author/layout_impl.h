/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared by the files of the fence around libisofs (layout*.c), the only ones that
 * include it. They decide nothing: names, times, ids and the boot set-up come from
 * the plan.
 *
 * What has to be known about libisofs 1.5.4 for this:
 * - its state is global (message queue, "now", local character set);
 * - children are a sorted linked list, searched from its head at every
 *   insertion: insert in descending order of names, or it takes O(n²);
 * - setting an attribute sets ctime to now, so ctime comes last;
 * - a read error of a file becomes zeros and a message, not a failure, so a
 *   stream keeps its own error and layout_read() looks at it;
 * - equal stream ids mean hard links;
 * - contents come in the order of its trees, unless sort weights differ: they do,
 *   for every content, so that the order is ours. */
#ifndef AUTHOR_LAYOUT_IMPL_H
#define AUTHOR_LAYOUT_IMPL_H

#include <libisofs/libisofs.h>
#include <pthread.h>

#include "author/layout.h"

/* What libisofs hands out to read the image from. Declared by libburn, which
 * is not needed for anything else here; version 1 of its interface. */
struct burn_source {
	int refcount;
	int (*read)(struct burn_source *, unsigned char *, int);
	int (*read_sub)(struct burn_source *, unsigned char *, int);
	off_t (*get_size)(struct burn_source *);
	int (*set_size)(struct burn_source *, off_t);
	void (*free_data)(struct burn_source *);
	struct burn_source *next;
	void *data;
	int version;
	int (*read_xt)(struct burn_source *, unsigned char *, int);
	int (*cancel)(struct burn_source *);
};

enum { LAYOUT_MAX_FDS = PLAN_MAX_PARTITIONS + 2 }; /* EFI, PReP */

struct layout {
	struct plan *plan;
	uint8_t magic[LAYOUT_MAGIC_BYTES];
	struct payload *payloads;
	size_t n_payloads;
	int32_t *weights;  /* of each payload, all different: see layout_order.c */
	int32_t *fillers;  /* weights of blocks of zeros between contents */
	size_t n_fillers, capacity_fillers;
	bool has_lead;     /* the first filler is there only if the parity asks for it: */
	bool lead;
	bool lead_odd;     /* parity of data start for which it is needed */
	IsoImage *image;
	IsoWriteOpts *opts;
	struct burn_source *burn;
	bool isofs_open;
	uint32_t *checksum_numbers, n_checksums; /* with options.checksums */
	bool attributes;   /* some node has extended attributes or lists of permissions */
	bool showing;      /* placeholders show what is behind them */
	uint64_t image_bytes, read_bytes;
	struct text catalog_path;
	int fds[LAYOUT_MAX_FDS]; /* memory files with the placeholders of partitions */
	size_t n_fds;
	uint8_t *overwrite; /* with a head room: the first blocks of the image, by libisofs */
	size_t overwrite_bytes;
	uint64_t head_bytes; /* of that room; libisofs' own image follows */
	bool in_session_head; /* its own copy of the volume descriptors goes by */
	uint8_t *respelt;  /* libisofs' image up to the contents, with names spelt anew */
	size_t respelt_bytes, respelt_at;
	int overlay_fd;    /* see layout_set_overlay(), or -1 */
	/* Contents in a session before, by payload: layout_session.c. */
	struct layout_old {
		IsoFile *file;    /* NULL: it is in the image */
		uint32_t payload;
		uint32_t used;    /* of the first entry of a payload: how many are */
	} *old;
	size_t n_old, n_old_records;
	IsoImage *imported;
	pthread_mutex_t lock;
	enum isokit_status stream_status; /* first error of a real stream; under lock */
	struct isokit_error stream_error;
};

/* The worst message in libisofs' queue, which is emptied. */
void layout_drain_messages(char *ret_text, size_t size);

/* An error of libisofs as ours, about `what` or about a node. */
enum isokit_status layout_fail(int code, const char *what, struct isokit_error *err);
enum isokit_status layout_node_fail(int code, const struct tree_node *node,
				    struct isokit_error *err);

/* layout_stream.c: a placeholder, or the content itself where payload->real says so.
 * NULL when out of memory. */
IsoStream *layout_stream_new(struct payload *payload);
/* The payload of one of these, or NULL. */
const struct payload *layout_stream_payload(IsoStream *stream);

/* layout_checksums.c: learn the numbers, once the image is computed. */
enum isokit_status layout_number_checksums(struct layout *l, struct isokit_error *err);

/* A block of zeros, or nothing where *there is false. */
IsoStream *layout_filler_new(const bool *there, uint32_t number);

/* layout_order.c: the order of the contents, and what lies between them. */
enum isokit_status layout_order(struct layout *l, struct isokit_error *err);
enum isokit_status layout_add_fillers(struct layout *l, struct isokit_error *err);

/* layout_tree.c: the plan's tree as an IsoImage in l->image. */
enum isokit_status layout_build_tree(struct layout *l, struct isokit_error *err);
void layout_set_attributes(const struct layout *l, IsoNode *iso, const struct tree_node *n);

int layout_hide_flags(const struct tree_node *n);

/* layout_room.c: a head room for the plan's UDF. Then layout_read() takes from it what is
 * before libisofs' image (n bytes at l->read_bytes), and has what comes from libisofs
 * patched. */
enum isokit_status layout_make_room(struct layout *l, struct isokit_error *err);
enum isokit_status layout_read_room(struct layout *l, uint8_t *out, size_t n,
				    struct isokit_error *err);
enum isokit_status layout_patch_room(struct layout *l, uint8_t *out, size_t n,
				     struct isokit_error *err);

/* layout_session.c: files whose contents stay where they are, and one of them into a
 * folder (a code of libisofs). */
enum isokit_status layout_import_old(struct layout *l, struct isokit_error *err);
int layout_add_old(struct layout *l, IsoDir *dir, const struct payload *p, const char *name,
		   IsoNode **ret);
void layout_release_old(struct layout *l);

/* layout_names.c: name spaces and character sets. */
enum isokit_status layout_set_names(struct layout *l, struct isokit_error *err);

/* layout_respell.c: read the beginning of libisofs' image into l->respelt, and change
 * the names there. */
enum isokit_status layout_respell(struct layout *l, struct isokit_error *err);

/* layout_attributes.c: extended attributes and access control lists; a code of libisofs. */
int layout_set_xattrs(struct layout *l, IsoNode *iso, const struct tree_node *n);

/* layout_boot.c: El Torito, the system area, partitions. */
enum isokit_status layout_add_el_torito(struct layout *l, struct isokit_error *err);
enum isokit_status layout_set_system_area(struct layout *l, struct isokit_error *err);

/* layout_hfs.c: HFS+ over the tree, once it is built. */
enum isokit_status layout_set_hfs(struct layout *l, struct isokit_error *err);

/* layout_platforms.c: what system areas of computers other than PCs point at. */
enum isokit_status layout_set_platforms(struct layout *l, struct isokit_error *err);

#endif
