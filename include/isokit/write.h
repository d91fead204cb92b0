/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file write.h  An image onto sticks and cards, read back and compared (libisokit-author).
 *
 * The way: isokit_write_open() → look at the plan → isokit_write_add() for each drive →
 * isokit_write_run() → look at the results → isokit_write_free().
 *
 * What a drive goes through, in this order: both its ends are wiped; everything from the
 * second MiB on is written, flushed and read back from the medium; then the first MiB is
 * written, flushed and read back. So what was interrupted, or is not what it should be,
 * begins with zeros and boots nowhere.
 *
 * A checksum (options.sha256) is compared before the first byte is written where the image
 * is a regular file: of the file as it lies there. Where that is not what the sum is of (a
 * compressed file and the sum of what is in it), and for streams and addresses, it is
 * computed while the drives are written, and the first MiB only follows when it is right.
 *
 * One reading serves all drives, through blocks of which there is a bounded number. A drive
 * that fails leaves, the others go on. One that is so slow that the others have stood still
 * for its sake for more than two seconds and for more than a tenth of the time gets a
 * reading of its own, where the image can be read again; else the others wait for it. */
#ifndef ISOKIT_WRITE_H
#define ISOKIT_WRITE_H

#include <isokit/device.h>
#include <isokit/digest.h>
#include <isokit/verdict.h>

#ifdef __cplusplus
extern "C" {
#endif

struct isokit_write; /**< a job: what is written, on which drives, and what became of it */

enum isokit_write_mode {
	ISOKIT_WRITE_IMAGE,   /**< the bytes of the image (of a drive: all of it, a clone) */
	ISOKIT_WRITE_FILES,   /**< its files on a file system that boots */
	ISOKIT_WRITE_RESTORE, /**< an empty file system; there is no image */
	ISOKIT_WRITE_COMPARE, /**< is it this image? nothing is written */
	ISOKIT_WRITE_PROBE,   /**< is the capacity real? all that is on the drive is lost */
};

struct isokit_write_progress {
	const char *phase;    /**< static: "check", "prepare", "wipe", "write", "flush",
	                       * "verify", "hash", "finish", "compare", "probe", "done" */
	unsigned drive;       /**< in the order of isokit_write_add() */
	uint64_t done, total; /**< bytes of that drive in this phase; total 0: not known */
	unsigned waiting;     /**< seconds in which a server has sent nothing, though it is
	                       * waited for; 0: it does, or there is none */
};

/** Called by the thread that called isokit_write_run() (or _open(), _add()), some times a
 * second for each drive. Not 0: stop. */
typedef int (*isokit_write_progress_fn)(void *ctx, const struct isokit_write_progress *now);

/** Zero-initialise, then set size. Strings are copied. New members go to the end. */
struct isokit_write_options {
	size_t size; /**< sizeof(struct isokit_write_options) */
	enum isokit_write_mode mode;
	bool any;            /**< also an image that would not boot from a stick */
	bool no_verify;      /**< do not read back */
	bool simulate;       /**< everything but writing */
	bool fix_gpt;        /**< the backup GPT goes to the end of the drive */
	bool unmount, fixed_disk; /**< as in isokit_guard_question */
	const char *sha256;  /**< 64 hexadecimal digits that the image as it lies there, or what
	                      * it expands to, must have; NULL: no matter */
	const char *bmap;    /**< path of a bmap file; NULL: none */
	uint64_t persistence; /**< bytes of a partition for changes behind the image; 0: none;
	                      * UINT64_MAX: all that is left */
	const char *label;   /**< FILES, RESTORE: of the file system; NULL: the image's */
	const char *fs;      /**< RESTORE: "fat32", "exfat" …; NULL: what the size asks for */
	const uint8_t *password; /**< of an encrypted image; NULL: none */
	size_t password_bytes;
	const char *scratch_folder; /**< as in isokit_medium_options */
	unsigned hashes;     /**< bits 1 << enum isokit_digest_kind: of what is written */
	unsigned threads;    /**< 0: by the number of CPUs */
	isokit_write_progress_fn progress; /**< may be NULL */
	void *progress_ctx;
	bool quick;          /**< PROBE: marks at chosen places instead of all of the drive */
	int64_t epoch;       /**< FILES, RESTORE, persistence: the time of what is made */
	/** Digits in lower case that the file must have as it lies there, compressed or not, by
	 * enum isokit_digest_kind; NULL: no matter. Compared while it is written, before the first
	 * MiB; beforehand where not all of it is read in order. */
	const char *file_sums[ISOKIT_DIGEST_COUNT];
};

/** What will be written. Borrowed until isokit_write_free(). */
struct isokit_write_plan {
	enum isokit_write_mode mode;
	const char *words;    /**< "ISO 9660 image in an xz file, 4,700,372,992 bytes"; never NULL */
	uint64_t bytes;       /**< that go onto a drive; 0: not known before the end */
	uint64_t at_least;    /**< that many are known to come */
	bool judged;          /**< the image was looked at: what follows is meaningful … */
	bool partly;          /**< … but only its beginning */
	bool is_drive;        /**< the source is a drive: a clone */
	bool streamed;        /**< it can be read but once */
	const struct isokit_boot_verdict *verdict; /**< NULL: no ISO image, or FILES */
	bool boots;           /**< from a stick, as far as can be seen */
	const char *boot_words; /**< how it boots; or why not, and what to do; "" when not judged */
	const char *volume_id;  /**< "" when there is none */
};

/** The state that a drive is left in. */
enum isokit_write_state {
	ISOKIT_DRIVE_UNTOUCHED, /**< nothing was written to it */
	ISOKIT_DRIVE_PARTIAL,   /**< begun; its first sectors are blank, so it does not half boot,
	                         * if `text` does not say that they could not be made so */
	ISOKIT_DRIVE_WRITTEN,   /**< complete, not compared */
	ISOKIT_DRIVE_VERIFIED,  /**< complete, read back, equal */
	ISOKIT_DRIVE_DIFFERS,   /**< what was read is not the image. Of a drive that was
	                         * written the first sectors are blank */
};

/** What differences look like. */
enum isokit_write_suspect {
	ISOKIT_SUSPECT_NONE,     /**< there are none, or nothing is known of them */
	ISOKIT_SUSPECT_FAKE,     /**< the capacity wraps around, or ends early */
	ISOKIT_SUSPECT_CELLS,    /**< single bits or blocks: worn or bad memory */
	ISOKIT_SUSPECT_TRANSFER, /**< another answer at each reading: cable, port or reader */
	ISOKIT_SUSPECT_WRITER,   /**< another program wrote: metadata of a file system changed */
	ISOKIT_SUSPECT_KEPT,     /**< old data was kept: writes were swallowed */
	ISOKIT_SUSPECT_MOVED_GPT, /**< COMPARE: only the backup GPT, moved to the drive's end */
	ISOKIT_SUSPECT_OTHER,    /**< COMPARE: simply another image */
	ISOKIT_SUSPECT_COUNT
};

/** A run of bytes of a drive, in whole sectors (in whole units of 64 KiB or more where the
 * image could be read but once). */
struct isokit_write_range {
	uint64_t offset, bytes;
};

/** What became of a drive. Borrowed until isokit_write_free(). */
struct isokit_write_result {
	const struct isokit_drive *drive; /**< as given to isokit_write_add() */
	enum isokit_write_state state;
	enum isokit_status status;  /**< ISOKIT_OK, ISOKIT_E_MISMATCH, ISOKIT_E_IO,
	                             * ISOKIT_E_LIMIT (too small), ISOKIT_E_CANCELLED …; why
	                             * the source failed (ISOKIT_E_CORRUPT: its checksum) */
	char text[400];             /**< what went wrong, and in what state the drive is; or "" */
	uint64_t written_bytes;     /**< sent to the drive */
	uint64_t skipped_bytes;     /**< zeros that the drive was told to make itself */
	uint64_t unmapped_bytes;    /**< of the image, left as they were (bmap, file systems) */
	uint64_t compared_bytes;    /**< read back */
	uint64_t different_bytes;
	const struct isokit_write_range *differences; /**< the first of them */
	size_t n_differences;
	uint64_t n_different_ranges; /**< all */
	enum isokit_write_suspect suspect;
	const char *advice;         /**< what to do about that; static; "" */
	char detail[240];           /**< by what it is suspected; PROBE, quick: what is known;
	                             * RESTORE: what it holds now; or "" */
	uint64_t real_bytes;        /**< PROBE (of all) and SUSPECT_FAKE: what it really holds; 0: not known */
	double write_seconds, verify_seconds;
	/** Of the bytes that were written, in order, those asked for; "" otherwise. */
	char hash[ISOKIT_DIGEST_COUNT][2 * ISOKIT_DIGEST_MAX_BYTES + 1];
	double hash_seconds;        /**< that were waited for them when the drive was done */
};

/**
 * Look at what is to be written.
 *
 * @param path       what isokit_convert_open() takes, an address, "-" (standard input, also
 *                   a pipe), any of these compressed, or a drive, which is cloned. NULL for
 *                   RESTORE and PROBE
 * @param ret_write  owned by caller, free with isokit_write_free()
 * @return ISOKIT_OK, also for an image that would not boot (isokit_write_add() refuses then);
 *         what isokit_convert_open() returns; ISOKIT_E_CORRUPT (it has not the checksum of
 *         options.sha256, or the bmap file is damaged or of another image);
 *         ISOKIT_E_SHORT (it is cut short, and no options.any)
 */
ISOKIT_API enum isokit_status isokit_write_open(const char *path,
						const struct isokit_write_options *options,
						struct isokit_write **ret_write,
						struct isokit_error *err);

ISOKIT_API const struct isokit_write_plan *isokit_write_get_plan(const struct isokit_write *write);

/** What the user should be told, in the order it was noticed; call it again after each step.
 * Borrowed until the next step. */
ISOKIT_API const char *const *isokit_write_get_notes(struct isokit_write *write, size_t *ret_n);

/** Would it be of use on this drive? ISOKIT_E_INVALID: its partition table counts in sectors of
 * another size, and nothing would boot (options.any: no matter). isokit_write_add() asks, too. */
ISOKIT_API enum isokit_status isokit_write_suits(const struct isokit_write *write,
						 const struct isokit_drive *drive,
						 struct isokit_error *err);

/** What is asked of isokit_guard() for each drive: bytes, where the image lies, options.
 * `ret->size` is set. */
ISOKIT_API void isokit_write_get_question(const struct isokit_write *write,
					  struct isokit_guard_question *ret);

/**
 * Take a drive: guard, unmounting where that is allowed, exclusive opening. Nothing is
 * written yet.
 *
 * @param drive     must live until isokit_write_free()
 * @param question  only `unmount` and `fixed_disk` of it count: what is allowed for this
 *                  drive; NULL: what options say
 * @return ISOKIT_E_INVALID (refused: the gravest reason; or the image would not boot, and
 *         no options.any), ISOKIT_E_EXISTS (the drive is in the job already),
 *         ISOKIT_E_CHANGED (it is another drive now), ISOKIT_E_IO …
 */
ISOKIT_API enum isokit_status isokit_write_add(struct isokit_write *write,
					       const struct isokit_drive *drive,
					       const struct isokit_guard_question *question,
					       struct isokit_error *err);

/**
 * Write all, flush, read back, compare. A drive that fails does not hold the others.
 *
 * @return ISOKIT_OK: all went well; else why the source failed, or the gravest status of the
 *         drives: ISOKIT_E_MISMATCH after any other
 */
ISOKIT_API enum isokit_status isokit_write_run(struct isokit_write *write,
					       struct isokit_error *err);

/** One for each drive, in the order of isokit_write_add(). */
ISOKIT_API const struct isokit_write_result *
isokit_write_get_results(const struct isokit_write *write, size_t *ret_n);

/** Release everything, drives too; NULL is allowed. */
ISOKIT_API void isokit_write_free(struct isokit_write *write);

/** "untouched", "partial", "written", "verified", "differs"; static. */
ISOKIT_API const char *isokit_write_state_name(enum isokit_write_state state);

/** "none", "fake", "cells", "transfer", "writer", "kept", "moved-gpt", "other"; static. */
ISOKIT_API const char *isokit_write_suspect_name(enum isokit_write_suspect suspect);

#ifdef __cplusplus
}
#endif
#endif
