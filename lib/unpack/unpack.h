/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A tree into a folder of this computer. Whatever its names and links say, nothing is
 * made, changed or followed outside that folder: every call names one component, in a
 * folder that was opened from the target downwards without following links.
 *
 * extract.c opens the image and has the tree, select.c what of it is wanted, plan.c what
 * becomes of it in the target; folder.c opens folders of the target, names.c finds names
 * that it can hold, fresh.c makes files that get them in the end, run.c does one kind of
 * thing after the other, files.c the contents with several threads, attributes.c what else
 * belongs to a file. */
#ifndef UNPACK_UNPACK_H
#define UNPACK_UNPACK_H

#include <pthread.h>
#include <stdatomic.h>

#include <isokit/extract.h>

#include "base/arena.h"
#include "tree/tree.h"
#include "volume/volume.h"

enum unpack_flag {
	UNPACK_WHOLE = 1,    /* a folder: everything below is wanted */
	UNPACK_EXISTED = 2,  /* something was there before */
	UNPACK_MADE = 4,
	UNPACK_RENAMED = 8,
	UNPACK_MERGED = 16,  /* a folder: other folders go into it as well */
	UNPACK_FAILED = 32,  /* a folder: it could not be made, nor what is below */
	UNPACK_LINK = 64,    /* a further name of an item before */
};

/* Something to be made. Items are in the order of their folders, so that the children of
 * a folder are neighbours, and behind it. */
struct unpack_item {
	struct tree_node *node;
	const char *name; /* in the target */
	uint32_t parent;  /* item 0, the target itself, is its own */
	uint32_t first, n; /* of a folder: its children */
	uint8_t flags;
};

/* A folder that goes into that of an item, because leading folders are left off. */
struct unpack_merge {
	struct tree_node *node;
	uint32_t item;
	bool whole;
};

struct unpack_plan {
	struct unpack_item *items;
	size_t n, capacity;
	struct unpack_merge *merges;
	size_t n_merges, merges_capacity;
	uint64_t bytes;
};

/* The folder that all goes into. */
struct unpack_target {
	int fd;             /* O_PATH */
	const char *path;   /* as the user has it */
	bool empty;         /* nothing was in it */
	bool dos_names;     /* a FAT: some names change there without a word */
	atomic_bool by_hand; /* a kernel without openat2() */
	int descriptors;    /* /proc/self/fd, or -1 */
	atomic_bool no_nameless;   /* files have names from the beginning here */
	atomic_bool no_empty_path; /* files are linked by /proc/self/fd alone */
	size_t name_bytes;  /* the longest name */
	char *made;         /* path of folders that were made for it, or NULL */
	size_t made_from;   /* up to there they were there */
	uint64_t free_bytes; /* UINT64_MAX: nobody knows */
};

struct unpack_run;

struct isokit_extract {
	struct isokit_extract_options options;
	struct isokit_medium_options medium_options;
	struct isokit_extract_facts facts;
	struct isokit_extract_result result;
	struct arena arena; /* names; under `lock` */
	struct isokit_medium *medium;
	struct isokit_image *image;
	struct isokit_volumes *volumes;
	struct volume_mount **mounts;
	size_t n_mounts, mounts_capacity;
	struct tree *tree;
	struct isokit_source *source; /* that the contents are in; the medium's */
	struct isokit_source *image_source; /* the image's: that, or something over it */
	uint64_t track_bytes;         /* of the source: where the track begins that is read */
	bool posix;                   /* the modes come from the image */
	struct tree_node **selected;
	size_t n_selected, selected_capacity;
	bool marked;        /* plan marks are on the nodes */
	pthread_mutex_t lock; /* result, told, arena */
	_Atomic(struct unpack_run *) running; /* for isokit_extract_abandon() */
};

/* Tell what happened to a file, and count it; from any thread. */
void unpack_tell(struct isokit_extract *x, enum isokit_extract_event what,
		 const struct tree_node *node, const char *text);
void unpack_tell_path(struct isokit_extract *x, enum isokit_extract_event what, const char *path,
		      const char *text);

/* extract.c: which files lie on places that were found damaged while they were read. */
void unpack_tell_damages(struct isokit_extract *x);

/* select.c: nodes that are wanted have weight UNPACK_WANTED, folders on the way to them
 * UNPACK_WAY, others 0. */
enum { UNPACK_WAY = 1, UNPACK_WANTED = 2 };
void unpack_mark(struct isokit_extract *x);

/* plan.c */
enum isokit_status unpack_plan_make(struct isokit_extract *x, struct unpack_plan *plan,
				    struct isokit_error *err);
void unpack_plan_release(struct unpack_plan *plan);
/* So much out of so little? */
enum isokit_status unpack_check_size(const struct isokit_extract *x, uint64_t bytes,
				     struct isokit_error *err);

/* folder.c */
enum isokit_status unpack_target_open(struct unpack_target *t, const char *path,
				      struct isokit_error *err);
/* Close it; `undo`: take away the folders that were made for it, where nothing is in them. */
void unpack_target_close(struct unpack_target *t, bool undo);
/* The folder of an item, with open() flags (O_PATH or O_RDONLY); -1 with errno. */
int unpack_folder_open(struct unpack_target *t, const struct unpack_item *items, uint32_t item,
		       int flags);

/* The folder that was used last. Zero-initialise with fd -1. */
struct unpack_folder {
	uint32_t item;
	int fd;
};
/* Its descriptor, borrowed until the next call; -1 with errno. */
int unpack_folder_use(struct unpack_folder *f, struct unpack_target *t,
		      const struct unpack_item *items, uint32_t item);
void unpack_folder_end(struct unpack_folder *f);

/* names.c: a name like this one that more file systems can hold, of at most that many
 * bytes; number > 0: another one. */
enum { UNPACK_NAME_BYTES = 256 };
void unpack_name_like(const char *name, bool dos, unsigned number, size_t bytes,
		      char ret_name[UNPACK_NAME_BYTES]);
/* Is it one that a FAT keeps as it is? */
bool unpack_name_is_dos(const char *name);
/* Make something under the item's name, or under another when the folder cannot have that
 * one; `make` returns 0, or -1 with errno. 0 or errno. What has another name is told. */
int unpack_name_make(struct isokit_extract *x, struct unpack_target *t, struct unpack_item *item,
		     int dir, int (*make)(void *ctx, int dir, const char *name), void *ctx);

/* content.c: the bytes of a regular file as they are to be written. */
struct unpack_content {
	struct isokit_source *src; /* or NULL: no bytes */
	uint64_t offset, bytes;
	bool owned;                /* src is closed with it */
};
enum isokit_status unpack_content_open(const struct tree_node *node, struct unpack_content *ret,
				       struct isokit_error *err);
void unpack_content_close(struct unpack_content *c);
/* How many bytes that will be. */
uint64_t unpack_content_bytes(const struct tree_node *node);

/* zisofs.c: the expanded content of a compressed one; `c` is taken on success. */
enum isokit_status unpack_zisofs_open(struct unpack_content *c, const char *name,
				      struct isokit_error *err);

/* attributes.c: all but the mode of a fresh file, which it was made with. */
void unpack_attributes_set(struct isokit_extract *x, const struct tree_node *node, int fd);
/* Of what cannot be opened: links, devices. */
void unpack_attributes_set_at(struct isokit_extract *x, const struct tree_node *node, int dir,
			      const char *name);
/* The mode to make it with; the umask is taken off by the kernel. */
mode_t unpack_mode(const struct isokit_extract *x, const struct tree_node *node);
/* An access control list in the form of the attribute system.posix_acl_…; 0 when it is none.
 * `bytes` is the room. */
size_t unpack_acl_encode(const char *acl, uint8_t *out, size_t bytes);

/* files.c: the contents of all regular files of a plan. */
struct unpack_run {
	struct isokit_extract *x;
	struct unpack_target *target;
	struct unpack_plan *plan;
	struct unpack_shared *shared; /* of files.c */
};
enum isokit_status unpack_files(struct unpack_run *run, struct isokit_error *err);
/* One more of them, by this thread: a link that could not be one. */
enum isokit_status unpack_file_alone(struct unpack_run *run, uint32_t item,
				     struct isokit_error *err);
/* For a signal handler. */
void unpack_files_abandon(const struct unpack_run *run);

/* fresh.c: a file that gets its name when it is complete. Zero-initialise with fd -1. */
struct unpack_fresh {
	int fd, dir;        /* dir: borrowed until it is ended */
	unsigned worker;
	atomic_bool hidden; /* it is called this in `dir` meanwhile: */
	char temp[UNPACK_NAME_BYTES];
};
/* 0 or errno. */
int unpack_fresh_make(struct unpack_target *t, unsigned worker, int dir, mode_t mode,
		      struct unpack_fresh *f);
/* Give it the item's name, as unpack_name_make(). */
int unpack_fresh_name(struct isokit_extract *x, struct unpack_target *t, struct unpack_item *item,
		      struct unpack_fresh *f);
/* Close it; without a name it is gone. 0 or what close() says. */
int unpack_fresh_end(struct unpack_fresh *f);
/* For a signal handler. */
void unpack_fresh_abandon(const struct unpack_fresh *f);
/* A hidden name for something that will be renamed. */
void unpack_hidden_name(unsigned worker, unsigned number, char ret_name[UNPACK_NAME_BYTES]);

/* Is it an error after which nothing more can be written? */
bool unpack_is_final(int sys_errno);

#endif
