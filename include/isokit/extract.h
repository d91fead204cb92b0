/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file extract.h  Files out of any image into a folder of this computer. */
#ifndef ISOKIT_EXTRACT_H
#define ISOKIT_EXTRACT_H

#include <isokit/image.h>
#include <isokit/medium.h>
#include <isokit/volume.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What somebody should be told of a file. */
enum isokit_extract_event {
	ISOKIT_EXTRACT_MADE,     /**< it is there now, whole */
	ISOKIT_EXTRACT_RENAMED,  /**< `text` is the name that it has instead */
	ISOKIT_EXTRACT_LEFT_OUT, /**< as the options say: a device without `permissions` … */
	ISOKIT_EXTRACT_LESS,     /**< it is there, but without something: `text` */
	ISOKIT_EXTRACT_LOST,     /**< it cannot be read, and is not there */
	ISOKIT_EXTRACT_DAMAGED,  /**< it is there, but bytes of it are in doubt */
	ISOKIT_EXTRACT_EXISTS,   /**< something has its name already */
	ISOKIT_EXTRACT_FAILED,   /**< it could not be written */
	ISOKIT_EXTRACT_EVENTS
};

/** `path` is that in the image, raw bytes; `text` explains, and may be NULL. Called by one
 * thread at a time. */
typedef void (*isokit_extract_told_fn)(void *ctx, enum isokit_extract_event what,
				       const char *path, const char *text);

/** ISOKIT_NS_COUNT stands for the name space that shows most. */
#define ISOKIT_NS_BEST ISOKIT_NS_COUNT

/** Zero-initialise, then set size and names. New members go to the end. */
struct isokit_extract_options {
	size_t size; /**< sizeof(struct isokit_extract_options) */
	const struct isokit_medium_options *medium; /**< NULL: all defaults */
	enum isokit_namespace_kind names; /**< of ISO 9660 and bridges, or ISOKIT_NS_BEST */
	unsigned partition; /**< of a disk, by its number; 0: what the disk shows */
	unsigned track;     /**< of a disc; 0: the first data track of the session */
	unsigned session;   /**< 0: the last of a disc, and what a plain image shows */
	unsigned strip;     /**< leading folders to leave off names */
	unsigned threads;   /**< 0: as many as there are processors */
	bool permissions;   /**< modes as they are, whatever the umask; extended attributes and
			     *   access control lists; for root also owners and devices */
	bool overwrite;     /**< files that exist are replaced; else nothing is extracted */
	bool any_size;      /**< also what expands beyond all measure */
	bool forks;         /**< resource forks as AppleDouble files */
	const char *codepage; /**< of short names on FAT; NULL: CP437 */
	int utc_minutes;    /**< how far ahead of UTC times of FAT and HFS are */
	isokit_extract_told_fn told; /**< may be NULL */
	/** Bytes done of all; anything but 0 stops with ISOKIT_E_CANCELLED. By one thread at a
	 * time. May be NULL. */
	int (*progress)(void *ctx, uint64_t done, uint64_t total);
	void *ctx;          /**< of both */
};

/** What the files come from. */
struct isokit_extract_facts {
	const struct isokit_medium_facts *medium;
	const struct isokit_facts *image; /**< ISO 9660, UDF; else NULL */
	enum isokit_namespace_kind names; /**< of `image` */
	const struct isokit_disk_volume *volumes; /**< other file systems; else NULL */
	size_t n_volumes;
	size_t n_read; /**< how many of them give files; of several each has a folder */
	uint64_t files, directories, symlinks, specials; /**< names; directories with the root */
	uint64_t bytes; /**< contents, each hard link once */
};

struct isokit_extract_result {
	uint64_t files, directories, symlinks, hard_links, specials; /**< that were made */
	uint64_t bytes;          /**< of contents */
	uint64_t shared_bytes;   /**< of these, shared with the image (reflink) */
	uint64_t hole_bytes;     /**< of these, not stored: zeros */
	uint64_t events[ISOKIT_EXTRACT_EVENTS];
};

struct isokit_extract;

/**
 * Open an image of any kind and read what files it holds. An ISO 9660 or UDF image, or a
 * disc with one, shows its tree; a disk the files of its file system, and of several
 * partitions each in a folder "partition1" and so on.
 *
 * @param options  copied; what it points at is borrowed until isokit_extract_free()
 * @return what isokit_medium_open() returns; ISOKIT_E_NOT_FOUND (no such partition, track,
 *         session, or names); ISOKIT_E_UNSUPPORTED (a file system that is not read);
 *         ISOKIT_E_NOT_ISO (nothing in it has files)
 */
ISOKIT_API enum isokit_status isokit_extract_open(const char *path,
						  const struct isokit_extract_options *options,
						  struct isokit_extract **ret_extract,
						  struct isokit_error *err);
ISOKIT_API void isokit_extract_free(struct isokit_extract *x);

/** Borrowed until isokit_extract_free(). */
ISOKIT_API const struct isokit_extract_facts *
isokit_extract_facts(const struct isokit_extract *x);

/**
 * Take only this file, or this folder with all below; may be called again for more. A
 * pattern (fnmatch(), '*' also for '/') counts where no file has just that name. Without a
 * call, everything is taken.
 *
 * @return ISOKIT_OK; ISOKIT_E_NOT_FOUND when nothing is named so
 */
ISOKIT_API enum isokit_status isokit_extract_select(struct isokit_extract *x, const char *path,
						    struct isokit_error *err);

/** Visit what is selected, and the folders on the way, depth first. */
ISOKIT_API enum isokit_status isokit_extract_list(struct isokit_extract *x, isokit_visit_fn visit,
						  void *ctx, struct isokit_error *err);

/**
 * Extract what is selected into a folder. Nothing outside it is made, changed or followed,
 * whatever is in the image and in the folder; a file has its name when it is whole.
 * Problems of single files are told and counted, and the others go on.
 *
 * @param directory  made, with its parents, when it is not there
 * @return ISOKIT_OK, also when files are missing: look at the result; ISOKIT_E_EXISTS
 *         (something is there, and nothing was written); ISOKIT_E_LIMIT (a bomb);
 *         ISOKIT_E_CANCELLED; ISOKIT_E_IO (no space, a folder that cannot be written);
 *         ISOKIT_E_NOMEM
 */
ISOKIT_API enum isokit_status isokit_extract_run(struct isokit_extract *x, const char *directory,
						 struct isokit_error *err);

/** The contents of the selected files, one after the other in the order of their selection,
 * into a descriptor. */
ISOKIT_API enum isokit_status isokit_extract_stream(struct isokit_extract *x, int fd,
						    const char *name, struct isokit_error *err);

/** So far. */
ISOKIT_API const struct isokit_extract_result *
isokit_extract_result(const struct isokit_extract *x);

/** Where the image was found damaged while it was read, as isokit_medium_damages() has it.
 * Borrowed until the next call. */
ISOKIT_API const struct isokit_damage *isokit_extract_damages(const struct isokit_extract *x,
							      size_t *ret_n, uint64_t *ret_lost);

/** Remove the hidden names that unfinished files may have in the target folder. Safe in a
 * signal handler, and only for a process that then ends. */
ISOKIT_API void isokit_extract_abandon(const struct isokit_extract *x);

#ifdef __cplusplus
}
#endif
#endif
