/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An archive that is being taken in: archive_input.c gives libarchive its bytes, within
 * bounds, archive_content.c and archive_attributes.c take what an entry has, archive.c
 * the entries. */
#ifndef TREE_ARCHIVE_IMPL_H
#define TREE_ARCHIVE_IMPL_H

#include "tree/archive.h"
#include "tree/graft.h"
#include "tree/libarchive.h"
#include "tree/spool.h"

#ifdef HAVE_LIBARCHIVE

/* More than this, and so many times what was read, is a bomb. gzip cannot expand a byte to
 * more than 1,032, and nothing sensible comes near. */
#define INTAKE_BOMB_FROM (1ull << 30)
#define INTAKE_BOMB_RATIO 4000u

struct intake {
	const struct tree_archive *from;
	const struct libarchive *lib;
	struct archive *a;
	/* Of a compressed archive: what expands it. `a` gets it from us, for us to see how
	 * much it is. */
	struct archive *filters;
	struct archive_entry *e;
	struct graft g;
	struct isokit_error *err;
	uint8_t *buffer;          /* for the bytes that libarchive is given */
	uint64_t at;              /* in from->src, of the next byte */
	uint64_t consumed;        /* bytes that libarchive was given */
	uint64_t expanded;        /* bytes of contents */
	uint64_t poured;          /* bytes that came out of `filters` */
	uint64_t header;          /* bytes since the last content, while one is looked for */
	bool in_header, short_headers;
	bool head_given;
	enum isokit_status input_status; /* of reading the archive's own bytes */
	struct isokit_error input_error;
	bool by_range;            /* contents lie in from->src as they are */
	unsigned proved;
	struct spool *spool;
	/* Made for each content; their source is set at the end. */
	struct tree_range **spooled;
	size_t n_spooled, capacity_spooled;
	/* Entries that are further names: they get the first one's content at the end,
	 * which cpio may deliver with the last. */
	struct tree_node **links;
	size_t n_links, capacity_links;
	uint64_t n_xattrs_lost, n_acls_lost, n_nfs4, n_unnumbered;
	unsigned n_notes;
};

/* ISOKIT_OK when libarchive knows what it is; intake_release() in any case. */
enum isokit_status intake_open(struct intake *in);
void intake_release(struct intake *in);

/* As libarchive's own function, within bounds. */
int intake_next_header(struct intake *in);

/* So much content, for what was read? */
bool intake_is_bomb(const struct intake *in, uint64_t expanded);

/* What libarchive complains of, as an error about the last entry. */
enum isokit_status intake_fail(struct intake *in, const char *what);
enum isokit_status intake_no_memory(struct intake *in);
void intake_note(struct intake *in, const char *path, const char *text);
void intake_note_warning(struct intake *in); /* of libarchive, about the last entry */

/* Of the entry, into a node. */
enum isokit_status intake_take_content(struct intake *in, struct tree_node *node);
enum isokit_status intake_take_attributes(struct intake *in, struct tree_node *node);

#endif

#endif
