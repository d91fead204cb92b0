/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file verify.h  Recompute the checksums of an image, in one pass. */
#ifndef ISOKIT_VERIFY_H
#define ISOKIT_VERIFY_H

#include <isokit/digest.h>
#include <isokit/image.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What came of a scheme. */
enum isokit_verify_result {
	ISOKIT_VERIFY_MATCH,      /**< all that it covers was read and agrees */
	ISOKIT_VERIFY_MISMATCH,   /**< something differs, or is not there */
	ISOKIT_VERIFY_INCOMPLETE, /**< nothing differs, but not all could be checked */
};

/** Bytes of the image. */
struct isokit_verify_range {
	uint64_t offset, bytes;
	const char *what; /**< of ranges that are not covered: what lies there */
};

/** One thing that differs or could not be checked. */
struct isokit_verify_mismatch {
	const char *path;     /**< the file, as raw bytes of the name space or as the list
			       *   has it; NULL: a range */
	const char *problem;  /**< static: "differs", "missing", "cut-off", "unsupported",
			       *   "damaged-tag" …, see doc/json.md */
	const char *what;     /**< a sentence for people, or NULL */
	enum isokit_digest_kind kind;
	const char *expected, *computed; /**< hexadecimal digits, or NULL */
	uint64_t offset, bytes; /**< where it lies; offset may be ISOKIT_NO_OFFSET */
};

/** A checksum scheme that the image has: one list, one session, one implanted text. */
struct isokit_verify_scheme {
	const char *scheme; /**< static: "implanted-md5", "tagmedia", "libisofs-session",
			     *   "libisofs-files", "list-inside", "list-beside" */
	const char *where;  /**< "/md5sum.txt", "primary volume descriptor" … */
	unsigned kinds;     /**< bits 1 << enum isokit_digest_kind */
	enum isokit_verify_result result;
	const struct isokit_verify_range *covered, *not_covered; /**< ascending */
	size_t n_covered, n_not_covered;
	uint64_t covered_bytes;
	bool has_files;     /**< it is about files, not ranges */
	uint64_t files, files_matched, files_not_listed;
	const struct isokit_verify_mismatch *mismatches;
	size_t n_mismatches;
	const char *const *remarks; /**< sentences for people */
	size_t n_remarks;
};

/** What came of it all. Owned by itself, see isokit_verification_free(). */
struct isokit_verification {
	bool schemes_wanted; /**< options.schemes was set */
	enum isokit_verify_result result; /**< the worst; meaningless without schemes */
	const struct isokit_verify_scheme *schemes;
	size_t n_schemes;
	const struct isokit_verify_range *not_covered; /**< by any of them */
	size_t n_not_covered;
	unsigned hashes;     /**< bits of those computed of the whole image */
	char hash[ISOKIT_DIGEST_COUNT][2 * ISOKIT_DIGEST_MAX_BYTES + 1];
};

/** Lists of checksums beside an image that have a line for it. */
struct isokit_sums;

/**
 * Read the lists beside an image: SHA256SUMS, MD5SUMS, CHECKSUM, image.iso.sha256
 * and their like, in its folder; beside an address, those of the most usual names.
 * Opens files: call it before a process confines itself. A folder that cannot be
 * read has none.
 *
 * @param path      the image as it was opened; "-" has none
 * @param ret_sums  owned by caller, free with isokit_sums_free(); NULL: none
 * @return ISOKIT_OK also where there are none, ISOKIT_E_NOMEM, ISOKIT_E_IO (the server of an
 *         address does not answer, so that nobody knows)
 */
ISOKIT_API enum isokit_status isokit_sums_beside(const char *path,
						 struct isokit_sums **ret_sums,
						 struct isokit_error *err);

/** A line of such a list. */
struct isokit_sum {
	const char *list; /**< path of the list; borrowed until isokit_sums_free() */
	enum isokit_digest_kind kind;
	bool damaged;     /**< there is a line for the image, but it cannot be read */
	char digits[2 * ISOKIT_DIGEST_MAX_BYTES + 1]; /**< in lower case; "" when damaged */
};

/** Line number i, from 0: true and *ret_sum, or false behind the last one. `sums` may be
 * NULL. */
ISOKIT_API bool isokit_sums_get(const struct isokit_sums *sums, size_t i,
				struct isokit_sum *ret_sum);

/** Release them; NULL is allowed. */
ISOKIT_API void isokit_sums_free(struct isokit_sums *sums);

/** What to compute. Zero-initialise; new members go to the end. */
struct isokit_verify_options {
	const struct isokit_digests *digests; /**< required */
	bool schemes;                   /**< find and recompute every scheme */
	unsigned hashes;                /**< bits 1 << kind: of the whole image */
	const struct isokit_sums *sums; /**< beside the image, or NULL */
	/** What hashes and lists beside the image are of, where the image lies inside
	 * something else; NULL: the source of the image. */
	struct isokit_source *file;
	/** Called now and then with the bytes read so far; not 0: stop. May be NULL. */
	int (*progress)(void *ctx, uint64_t done, uint64_t total);
	void *ctx;
};

/**
 * Recompute checksums, reading each byte once and in order.
 *
 * @param src    the source of the image; the hashes are of all its bytes
 * @param start  where the image begins in it, as for isokit_image_open()
 * @param img    the image; NULL when only hashes are wanted
 * @param ret_verification  owned by caller, free with isokit_verification_free()
 * @return ISOKIT_OK also where something differs; ISOKIT_E_IO, ISOKIT_E_CHANGED,
 *         ISOKIT_E_NOMEM, ISOKIT_E_CANCELLED, ISOKIT_E_UNSUPPORTED (libcrypto does
 *         not offer the algorithm)
 */
ISOKIT_API enum isokit_status isokit_verify(struct isokit_source *src, uint64_t start,
					    struct isokit_image *img,
					    const struct isokit_verify_options *options,
					    struct isokit_verification **ret_verification,
					    struct isokit_error *err);

/** Release it; NULL is allowed. */
ISOKIT_API void isokit_verification_free(struct isokit_verification *verification);

/** "match", "mismatch" or "incomplete"; static. */
ISOKIT_API const char *isokit_verify_result_name(enum isokit_verify_result result);

#ifdef __cplusplus
}
#endif
#endif
