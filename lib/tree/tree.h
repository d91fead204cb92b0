/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file tree to be written: what the image will hold, and where each content
 * comes from. Built by scanning host folders, grafting, and adding content made
 * in memory. Children are always sorted by the bytes of their names, so nothing
 * of the host's directory order survives.
 *
 * Nodes are small (a million of them must fit): the path of a host file is not
 * stored but derived from the folder that it was found in. */
#ifndef TREE_TREE_H
#define TREE_TREE_H

#include <isokit/error.h>
#include <isokit/image.h>
#include <isokit/source.h>

#include <sys/stat.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/text.h"

/* Where the bytes of a regular file are. */
enum tree_content {
	TREE_EMPTY,  /* no content: size 0, or not a regular file */
	TREE_HOST,   /* a host file, see tree_node_host_path() */
	TREE_MEMORY, /* bytes in memory, owned by the tree or living longer */
	TREE_SOURCE, /* a range of a byte source, which must live longer */
	TREE_SHARED, /* that of another node, u.same: equal, and stored once */
};

/* A host folder that was scanned, or (is_file) a host file that was grafted. */
struct tree_hostdir {
	const struct tree_hostdir *parent; /* NULL: path is as the user gave it */
	const char *path;                  /* the whole path, or one name below parent */
	uint32_t index;                    /* unique in the tree, from 0 */
	bool is_file;                      /* path names the file itself */
};

enum tree_flag {
	TREE_LINKED = 1,      /* shares its content with others: see link */
	TREE_GENERATED = 2,   /* made by isokit, not found in a source */
	TREE_HIDDEN = 4,      /* stored, but in no directory */
	TREE_RENAMED_ISO = 8, /* its ISO name was altered to stay unique */
	TREE_RENAMED_JOLIET = 16,
	TREE_BOOT = 32,       /* a boot image of the set-up */
	TREE_COUNTED = 64,    /* used by tree_count() */
	/* In no directory of that kind, nor anything below. */
	TREE_HIDDEN_ISO9660 = 128, /* and Rock Ridge */
	TREE_HIDDEN_JOLIET = 256,
	TREE_HIDDEN_UDF = 512,
	TREE_HIDDEN_HFSPLUS = 1024,
	TREE_RETIMED = 32768, /* its time is not that of the host file any more */
	TREE_WEIGHTED = 2048, /* weight was given, perhaps as 0 */
	TREE_ZISOFS = 4096,   /* the bytes are a compressed content, to be marked "ZF" */
	TREE_QUOTED = 8192,   /* something made of it reads it later: it stays as it is */
	TREE_BASE = 16384,    /* from the image that the build starts from; such a folder
			       * keeps its attributes where another source has it too */
};

struct tree_attributes;

struct tree_node {
	struct tree_node *parent; /* NULL for the root */
	const char *name;         /* raw bytes, NUL-terminated, no '/'; "" for the root */
	union {
		struct {
			struct tree_node **children; /* sorted by name bytes */
			uint32_t n, capacity;
		} dir;
		const struct tree_hostdir *host;
		const uint8_t *memory;
		const struct tree_range *range;
		struct tree_node *same; /* is not shared itself */
		const char *target; /* of a symbolic link */
		dev_t rdev;         /* of a device */
	} u;
	/* Hard links: the first member of the family (itself for that one), NULL
	 * for a file with one name. */
	struct tree_node *link;
	/* Extended attributes and access control lists, see attributes.h; or NULL. */
	const struct tree_attributes *attributes;
	/* As ISO 9660 spells the name in the image that the build starts from, with its
	 * version; NULL: not known. What replaces a node of the same kind has it too. */
	const char *iso_name;
	uint64_t size;  /* bytes of content; 0 for all but regular files */
	int64_t mtime;  /* seconds of the epoch */
	uint32_t mtime_ns;
	uint32_t mode;  /* st_mode with the type bits, after the caller's rules */
	uint32_t uid, gid;
	uint32_t id;    /* free for the owner of the tree (author: index of the payload) */
	int32_t weight; /* contents of higher weight lie nearer to the beginning */
	uint16_t name_bytes;
	uint16_t flags;  /* enum tree_flag */
	uint8_t content; /* enum tree_content */
};

/* A range of a source as content. */
struct tree_range {
	struct isokit_source *src; /* borrowed */
	uint64_t offset;
};

struct tree {
	struct tree_node *root;
	struct arena arena; /* nodes, names, host folders */
	/* Filled by tree_count(). */
	uint64_t n_files, n_dirs, n_symlinks, n_specials; /* n_dirs counts the root */
	uint64_t payload_bytes; /* contents, each hard link family once */
	int64_t newest_mtime;   /* of everything with a time; INT64_MIN when nothing has */

	uint32_t n_hostdirs;
	struct tree_links *links; /* dev and inode → first node, while scanning */
};

/* What a scan leaves out, changes, and guards against. */
struct tree_scan_options {
	/* fnmatch() patterns: with a '/' they must match the whole path below the
	 * source, else any single name. */
	const char *const *excludes;
	size_t n_excludes;
	/* fnmatch() patterns for the path on this computer (relative ones are below the
	 * working folder), or for a single name when there is no '/'. Not for the
	 * source itself. */
	const char *const *host_excludes;
	size_t n_host_excludes;
	/* What symbolic links lead to is taken in their place; those that lead nowhere
	 * stay links. */
	bool follow_links;
	/* A source that is a symbolic link itself is stored as such. */
	bool keep_source_links;
	/* Called for every entry found, before it is kept; may change mode (not
	 * its type), uid, gid, weight and flags. May be NULL. `path` is that in the
	 * image, `host` begins with the source as it was named. */
	void (*adjust)(void *ctx, const char *path, const char *host, struct tree_node *node);
	void *adjust_ctx;
	/* The file that is about to be written: a scan that meets its folder
	 * fails, unless the name is excluded. output_name NULL: no such guard. */
	const char *output_name;
	bool leave_out_output; /* its name is skipped there, and nothing fails */
	dev_t output_dir_dev;
	ino_t output_dir_ino;
	/* Likewise of a list that is written beside the image. */
	const char *manifest_name;
	dev_t manifest_dir_dev;
	ino_t manifest_dir_ino;
	/* Asked now and then; anything but 0 stops with ISOKIT_E_CANCELLED. */
	int (*cancelled)(void *ctx);
	void *cancelled_ctx;
	/* Told of what is left out although nobody asked for it. May be NULL. */
	void (*note)(void *ctx, const char *path, const char *text);
	void *note_ctx;
	bool xattrs, acls; /* keep extended attributes; access control lists */
	/* For tree_add_image(): data in the same place are hard links only where the image says
	 * that a file has several names. */
	bool links_as_said;
	/* Likewise: names of more than 255 bytes are cut; else such files are lost. That is
	 * told to `note`, with the new name as text, and so are names that had bytes which no
	 * name can have. */
	bool cut_names;
};

/* An empty tree with a root folder (mode 0755, root:root, no time). */
enum isokit_status tree_new(struct tree **ret_tree, struct isokit_error *err);
void tree_free(struct tree *t);

/* Add a host folder or file. A folder's content is merged into the folder at
 * `dest` ("/" for the root), a file becomes `dest` itself (or, when dest is "/"
 * or ends in '/' or is an existing folder, a child with the file's own name).
 * Missing folders of dest are made. What was there under the same name is
 * replaced, folders are merged. Symbolic links are never followed, except
 * `host_path` itself (see keep_source_links). On failure the tree may hold part of the addition. */
enum isokit_status tree_add_host(struct tree *t, const char *dest, const char *host_path,
				 const struct tree_scan_options *options,
				 struct isokit_error *err);

/* What of an image did not come along, and why (static words). */
typedef void (*tree_lost_fn)(void *ctx, const char *path, const char *why);

/* Of more files and folders, tree_add_image() does not keep how ISO 9660 spells them. */
enum { TREE_MAX_ISO_NAMES = 300000 };

/* The tree of an image into an empty tree: names, attributes, hard links, and
 * contents as ranges of its source, which must outlive the tree. `keep` takes over
 * the sources that are made for files in several pieces (isokit_source_close() at
 * the end of the tree; it closes the source when it fails). What cannot be read as
 * it stands is left out and told to `lost` (may be NULL). Of the scan options only
 * excludes, adjust and cancelled count. */
enum isokit_status tree_add_image(struct tree *t, struct isokit_image *img,
				  struct isokit_source *src, enum isokit_namespace_kind ns,
				  const struct tree_scan_options *options,
				  enum isokit_status (*keep)(void *ctx, struct isokit_source *src,
							     struct isokit_error *err),
				  void *keep_ctx, tree_lost_fn lost, void *lost_ctx,
				  struct isokit_error *err);

/* The same into an empty folder of the tree; paths are those in the image. */
enum isokit_status tree_add_image_below(struct tree *t, struct tree_node *base,
					struct isokit_image *img, struct isokit_source *src,
					enum isokit_namespace_kind ns,
					const struct tree_scan_options *options,
					enum isokit_status (*keep)(void *ctx,
								   struct isokit_source *src,
								   struct isokit_error *err),
					void *keep_ctx, tree_lost_fn lost, void *lost_ctx,
					struct isokit_error *err);

/* The identifier of a directory record (ECMA-119 9.1) at that byte as node->iso_name. One
 * that cannot be read, or is odd, is left out. False: out of memory. */
bool tree_node_take_iso_name(struct tree *t, struct tree_node *n, struct isokit_source *src,
			     uint64_t record_offset);

/* Of a regular file: the byte of `src` that its content begins at, or UINT64_MAX. */
uint64_t tree_node_offset_in(const struct tree_node *node, const struct isokit_source *src);

/* The node at a path ("/a/b", "a/b"; "/" and "" are the root), or NULL. */
struct tree_node *tree_lookup(const struct tree *t, const char *path);

/* The child of that name, or NULL. */
struct tree_node *tree_child(const struct tree_node *dir, const char *name, size_t name_bytes);

/* Likewise without regard to the case of ASCII letters; the first one in order. */
struct tree_node *tree_child_nocase(const struct tree_node *dir, const char *name);

/* tree_lookup() without regard to case. */
struct tree_node *tree_lookup_nocase(const struct tree *t, const char *path);

/* Make the folder at a path, with its parents (mode 0755, generated). */
enum isokit_status tree_make_dir(struct tree *t, const char *path, struct tree_node **ret_node,
				 struct isokit_error *err);

/* Add a regular file (mode 0444, generated) with bytes of memory. With `copy`
 * they are copied, else they must outlive the tree. Replaces a file there. */
enum isokit_status tree_add_memory(struct tree *t, const char *path, const void *bytes,
				   size_t length, bool copy, struct tree_node **ret_node,
				   struct isokit_error *err);

/* Add a regular file whose bytes are a range of a source (borrowed). */
enum isokit_status tree_add_range(struct tree *t, const char *path, struct isokit_source *src,
				  uint64_t offset, uint64_t length,
				  struct tree_node **ret_node, struct isokit_error *err);

/* Take a node and all below it out. False when there is no such path. */
bool tree_remove(struct tree *t, const char *path);

/* The path in the image ("/a/b") or on the host, added to `out`. */
void tree_node_path(const struct tree_node *node, struct text *out);
void tree_node_host_path(const struct tree_node *node, struct text *out);
void tree_hostdir_path(const struct tree_hostdir *dir, struct text *out);

/* The content as a byte source (also of a host file: opened, and checked to be
 * the file that was scanned). Owned by caller, free with isokit_source_close(). */
enum isokit_status tree_node_open(const struct tree_node *node, struct isokit_source **ret_src,
				  struct isokit_error *err);

/* Read from the content; for looking at a few bytes of a file. */
enum isokit_status tree_node_read(const struct tree_node *node, uint64_t offset, void *buffer,
				  size_t length, struct isokit_error *err);

/* Is the host file still what was scanned? `st` is of the opened file. */
bool tree_node_unchanged(const struct tree_node *node, const struct stat *st);

/* Fill the counts of the tree. */
void tree_count(struct tree *t);

/* Visit every node depth first, folders before their content, names ascending.
 * The callback returns 0 to go on; another value stops and is returned. Links
 * are visited under each name. Bounded by the tree's own depth. */
int tree_walk(struct tree_node *from, int (*visit)(void *ctx, struct tree_node *node), void *ctx);

/* Is it left out of the directories that the flag (TREE_HIDDEN_…) stands for? */
static inline bool tree_is_hidden(const struct tree_node *n, enum tree_flag flag)
{
	return n->flags & (TREE_HIDDEN | flag);
}

static inline bool tree_is_dir(const struct tree_node *n)
{
	return (n->mode & S_IFMT) == S_IFDIR;
}

static inline bool tree_is_file(const struct tree_node *n)
{
	return (n->mode & S_IFMT) == S_IFREG;
}

#endif
