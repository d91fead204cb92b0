/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file convert.h  Any image, disk or drive becomes an ISO image (libisokit-author).
 *
 * The way: isokit_convert_open() → look at the plan → isokit_convert_write_path() or
 * isokit_convert_write_fd() → look at the result → isokit_convert_free().
 *
 * Three things hide under "convert"; which one it will be is known after opening. */
#ifndef ISOKIT_CONVERT_H
#define ISOKIT_CONVERT_H

#include <isokit/author.h>
#include <isokit/digest.h>
#include <isokit/medium.h>
#include <isokit/verdict.h>
#include <isokit/verify.h>
#include <isokit/volume.h>

#ifdef __cplusplus
extern "C" {
#endif

struct isokit_convert; /**< a conversion: what is read, plan, result */

enum isokit_convert_action {
	ISOKIT_CONVERT_NOTHING,  /**< there is nothing to make an ISO image of: see why */
	ISOKIT_CONVERT_UNWRAP,   /**< the ISO image that lies in the container, byte for byte */
	ISOKIT_CONVERT_RAW,      /**< the plain disk, which is no ISO image */
	ISOKIT_CONVERT_REAUTHOR, /**< a new ISO image with the files of another file system */
};

/** Zero-initialise, then set size. Strings are copied. New members go to the end. */
struct isokit_convert_options {
	size_t size; /**< sizeof(struct isokit_convert_options) */
	bool raw;           /**< stop when the containers are open */
	unsigned track, session, partition; /**< choose; 0: the one that is meant most often */
	bool forks;         /**< keep resource forks and Finder information as AppleDouble */
	bool trim;          /**< raw: only up to the end of the last partition */
	bool any_size;      /**< also what expands beyond all measure */
	bool no_verify;     /**< checksums that a container bears are not recomputed */
	const uint8_t *password; /**< of an encrypted image; NULL: none */
	size_t password_bytes;
	const char *scratch_folder; /**< as in isokit_medium_options */
	bool force;         /**< replace a file that is no ISO image (or, for raw, no image) */
	bool durable;       /**< fsync before the file gets its name */
	unsigned threads;   /**< 0: by the number of CPUs */
	unsigned hashes;    /**< bits 1 << enum isokit_digest_kind: of what is written */
	bool zstd;          /**< write it compressed, in frames with a table to seek by */
	int zstd_level;     /**< 0: 3 */
	const char *volume_id; /**< of a new image; NULL: the label of the file system */
	bool has_epoch;     /**< of a new image: SOURCE_DATE_EPOCH */
	int64_t epoch;
	/** Note in this file (GNU ddrescue's format) what was read, and go on from it: damaged
	 * areas are left out, come back to and listed. NULL: they are errors, except of
	 * drives, where they are left out and listed as well. */
	const char *map_file;
	unsigned retries;   /**< how often a damaged area is tried again; 0: 1 */
	const char *codepage; /**< of short names on FAT; NULL: CP437 */
	int utc_minutes;    /**< how far ahead of UTC times of FAT and HFS are */
	isokit_build_progress_fn progress; /**< phases "copy", "check", … ; may be NULL */
	void *progress_ctx;
};

/** What will be done, and why. Borrowed until isokit_convert_free(). */
struct isokit_convert_plan {
	enum isokit_convert_action action;
	const char *words; /**< what is taken: "track 1, 281 sectors of ISO 9660" */
	const char *why;   /**< of NOTHING: the reason */
	unsigned track, session, partition; /**< what was chosen; 0: the whole of it */
	uint64_t bytes;    /**< of what will be written (REAUTHOR: known after the write) */
	uint64_t dropped_behind; /**< bytes at the end that are no part of the image */
	bool relocated;    /**< descriptors of a later session take the place of the first one's */
	const struct isokit_medium_facts *medium;
	const struct isokit_disk_volume *volumes; /**< of a disk */
	size_t n_volumes;
};

enum isokit_convert_note_kind {
	ISOKIT_CONVERT_NOTE,    /**< worth knowing */
	ISOKIT_CONVERT_WARNING, /**< the result is less than what was given */
};

struct isokit_convert_note {
	enum isokit_convert_note_kind kind;
	const char *path; /**< what it is about, or NULL */
	const char *text;
};

/** One kind of thing that a new image cannot keep, or that could not be read. */
struct isokit_convert_loss {
	const char *what;    /**< static: "extended attributes" */
	uint64_t n;
	const char *const *paths; /**< of the first few */
	size_t n_paths;
	bool damage;         /**< it could not be read, which is more than not being kept */
};

/** A part of a drive that could not be read. */
struct isokit_convert_gap {
	uint64_t offset, bytes; /**< in what was written */
};

struct isokit_convert_result {
	uint64_t bytes;          /**< of the image, before compression */
	uint64_t written_bytes;  /**< of the file */
	uint64_t cloned_bytes;   /**< shared with the source by reflink */
	/** The image as our own model sees it, every rule checked, and how it boots; NULL for
	 * RAW, and when it went to a pipe (REAUTHOR). */
	const struct isokit_facts *facts;
	const struct isokit_boot_verdict *verdict;
	const struct isokit_damage *damages; /**< of the container */
	size_t n_damages;
	uint64_t damages_lost;   /**< how many more there were */
	unsigned checksums;      /**< of the container, recomputed */
	const struct isokit_convert_loss *losses;
	size_t n_losses;
	size_t audio_lost;       /**< audio tracks that isokit_convert_write_audio() could not read */
	const struct isokit_convert_gap *gaps;
	size_t n_gaps;
	uint64_t gap_bytes;
	char hash[ISOKIT_DIGEST_COUNT][2 * ISOKIT_DIGEST_MAX_BYTES + 1]; /**< those asked for */
};

/**
 * Look into a file or drive and decide what can be made of it.
 *
 * @return ISOKIT_OK also where nothing can be made of it; what isokit_medium_open()
 *         returns; ISOKIT_E_NOT_FOUND (no such track, session, partition)
 */
ISOKIT_API enum isokit_status isokit_convert_open(const char *path,
						  const struct isokit_convert_options *options,
						  struct isokit_convert **ret_convert,
						  struct isokit_error *err);

/** Release it; NULL is allowed. */
ISOKIT_API void isokit_convert_free(struct isokit_convert *convert);

/** For a signal handler, as isokit_build_abandon(). */
ISOKIT_API void isokit_convert_abandon(const struct isokit_convert *convert);

ISOKIT_API const struct isokit_convert_plan *
isokit_convert_get_plan(const struct isokit_convert *convert);

/** What the user should be told, in the order it was noticed; call it again after each
 * step. Borrowed until the next step. */
ISOKIT_API const struct isokit_convert_note *
isokit_convert_get_notes(struct isokit_convert *convert, size_t *ret_n);

/**
 * Write the image to a file, which gets its name when it is complete and checked; nothing
 * is left after a failure, and an old file is as it was.
 *
 * @return ISOKIT_E_EXISTS (what is there is no image, and no force), ISOKIT_E_UNSUPPORTED
 *         (NOTHING), ISOKIT_E_CANCELLED, ISOKIT_E_IO …
 */
ISOKIT_API enum isokit_status isokit_convert_write_path(struct isokit_convert *convert,
							const char *path,
							struct isokit_error *err);

/** As a stream, in order, to a descriptor; `name` is for messages. */
ISOKIT_API enum isokit_status isokit_convert_write_fd(struct isokit_convert *convert, int fd,
						      const char *name, struct isokit_error *err);

/**
 * Write each audio track as a WAV file ("track02.wav") into a folder, which is made when
 * it is missing; files that are there are only replaced with options.force.
 *
 * @param ret_n  how many were written; may be NULL
 */
ISOKIT_API enum isokit_status isokit_convert_write_audio(struct isokit_convert *convert,
							 const char *folder, size_t *ret_n,
							 struct isokit_error *err);

/** After a write; borrowed until isokit_convert_free(). */
ISOKIT_API const struct isokit_convert_result *
isokit_convert_get_result(const struct isokit_convert *convert);

/** "unwrap", "raw", "re-author", "nothing"; static. */
ISOKIT_API const char *isokit_convert_action_name(enum isokit_convert_action action);

#ifdef __cplusplus
}
#endif
#endif
