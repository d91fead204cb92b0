/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For lib/format only: a medium while its containers are opened. A container is one
 * file, one struct format, and one line in formats.c. */
#ifndef FORMAT_MEDIUM_IMPL_H
#define FORMAT_MEDIUM_IMPL_H

#include <isokit/medium.h>

#include "base/arena.h"

enum {
	FORMAT_HEAD_BYTES = 64 * 1024, /* of the file, or all that it has */
	FORMAT_TAIL_BYTES = 4096,
	FORMAT_EVIDENCE = 192,
	FORMAT_MAX_LAYERS = 8,
	FORMAT_MAX_TRACKS = 99,
};

/* What a format looks at to know its own. */
struct format_probe {
	struct isokit_source *src; /* for what lies between head and tail */
	uint64_t size;
	const uint8_t *head;
	size_t head_bytes;
	const uint8_t *tail; /* the last bytes */
	size_t tail_bytes;
	const char *path;    /* NULL: of no file; for naming the reason, never the reason */
	const struct format *outer; /* that it came out of; NULL: it is the file itself */
	bool *no_memory;     /* set where a probe had too little to say */
};

struct format {
	const char *name;  /* of its layer: "nrg" */
	const char *words;
	/* How sure is it, 0 (not at all) to 100? Structure, not a mark alone; `evidence` gets
	 * the reason. Never fails: what cannot be read is not there. Without memory for an
	 * answer it says so (format_no_memory()), or another one would get the file. */
	unsigned (*probe)(const struct format_probe *p, char evidence[FORMAT_EVIDENCE]);
	/* Give the medium what is inside: medium_set_disk(), or tracks. p->src is the medium's
	 * already and lives as long as it does, so that what is put over it must borrow it
	 * (bytes_view()). */
	enum isokit_status (*open)(struct isokit_medium *m, const struct format_probe *p,
				   struct isokit_error *err);
	/* Of an opened one; may be NULL: no checksums. *io_checked grows. */
	enum isokit_status (*verify)(struct isokit_medium *m, void *state, unsigned *io_checked,
				     struct isokit_error *err);
};

/* Is it an image as it stands, whatever its first and last bytes are? The last file of an
 * ISO may be another image, whose trailer then ends both. */
bool format_has_descriptor(const struct format_probe *p);

/* What a probe returns that had no memory. */
unsigned format_no_memory(const struct format_probe *p);

extern const struct format *const format_list[]; /* ends with NULL; the surest wins, the
						  * earlier of equals */

/* The medium's memory: lives as long as it does; NULL when there is none. */
struct arena *medium_arena(struct isokit_medium *m);
const struct isokit_medium_options *medium_options(const struct isokit_medium *m);

/* Close it with the medium. Also on failure it is the medium's (closed then). */
enum isokit_status medium_keep(struct isokit_medium *m, struct isokit_source *src,
			       struct isokit_error *err);

/* What the container holds: one run of bytes, taken also on failure. It is looked into
 * for further containers. */
enum isokit_status medium_set_disk(struct isokit_medium *m, struct isokit_source *src,
				   struct isokit_error *err);

/* A track: `stored` has its sectors as they are, from INDEX 01 on, t->sector_bytes each; or
 * is NULL for one whose bytes are nowhere (it reads as zeros). Taken also on failure. */
enum isokit_status medium_add_track(struct isokit_medium *m, const struct isokit_track *t,
				    struct isokit_source *stored, struct isokit_error *err);

/* The sound ahead of INDEX 01 of the last track that was added: `stored` has its sectors,
 * taken also on failure. */
enum isokit_status medium_add_gap(struct isokit_medium *m, struct isokit_source *stored,
				  bool swapped, struct isokit_error *err);

/* Of the disc. */
void medium_set_catalog(struct isokit_medium *m, const char *number);
void medium_set_text(struct isokit_medium *m, unsigned kind, const char *text);

/* What CD-TEXT says, for the disc and tracks that have no such words yet; once all tracks
 * are added. `bare`: packs without CRC. */
void medium_take_cdtext(struct isokit_medium *m, const uint8_t *packs, size_t n, bool bare);

/* A file beside the one that was opened, by the name that a sheet has for it: no path
 * leads out of the folder (only the last component of an absolute or Windows path counts,
 * ".." is refused), links are not followed out of it, and only regular files are opened.
 * A name that differs in case, or in the ending of the only candidate, is found too, and
 * noted. Kept by the medium. */
enum isokit_status medium_open_beside(struct isokit_medium *m, const char *name,
				      struct isokit_source **ret_src, struct isokit_error *err);

/* For the user. Out of memory is no error here. */
void medium_note(struct isokit_medium *m, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* From any thread, also while being read. */
void medium_damaged(struct isokit_medium *m, unsigned track, uint64_t offset, uint64_t bytes,
		    const char *text);
void medium_set_encrypted(struct isokit_medium *m);
/* What verify() gets. */
void medium_set_state(struct isokit_medium *m, void *state);

#endif
