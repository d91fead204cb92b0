/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file medium.h  What a file holds when its containers are opened: a disc with
 * tracks, or a disk. */
#ifndef ISOKIT_MEDIUM_H
#define ISOKIT_MEDIUM_H

#include <isokit/container.h>
#include <isokit/source.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What is left when all containers are opened. */
enum isokit_medium_shape {
	ISOKIT_MEDIUM_DISK, /**< one run of bytes: a plain image, a hard disk, a stick */
	ISOKIT_MEDIUM_DISC, /**< tracks of sectors */
};

enum isokit_track_kind {
	ISOKIT_TRACK_AUDIO,       /**< 2352 bytes of 16-bit stereo at 44,100 Hz, little-endian */
	ISOKIT_TRACK_MODE1,       /**< 2048 bytes of data in each sector */
	ISOKIT_TRACK_MODE2_FORM1, /**< likewise, with subheaders (or 2048 bytes alone) */
	ISOKIT_TRACK_MODE2,       /**< form 2 (2324 bytes) among form 1, or no forms at all */
};

/** One layer of wrapping, outermost first. */
struct isokit_layer {
	const char *format;  /**< static and stable: "gzip", "nrg", "dmg", "iso9660", "raw-disk" */
	const char *words;   /**< static: "Nero image" */
	char evidence[192];  /**< by what it was known: "footer NER5 at byte 4096, 2 tracks" */
};

/** One track. */
struct isokit_track {
	unsigned number;         /**< 1 to 99 */
	unsigned session;        /**< from 1 */
	enum isokit_track_kind kind;
	int32_t first_lba;       /**< of INDEX 01 on the disc; block 0 is 150 frames in */
	uint32_t pregap_sectors; /**< ahead of it, stored or not */
	uint32_t sectors;        /**< from INDEX 01 to the end of the track */
	uint32_t sector_bytes;   /**< as stored, with subchannels */
	uint32_t user_offset;    /**< where the 2048 bytes (audio: the samples) begin in it */
	bool framed;             /**< sectors have sync, header, EDC: they can be checked */
	bool swapped;            /**< audio: stored big-endian */
	char file[256];          /**< name of the file that it lies in, as the sheet has it */
	const char *lost;        /**< its contents cannot be read, and why; or NULL */
	char text[ISOKIT_TRACK_TEXTS][ISOKIT_TEXT_BYTES]; /**< CD-TEXT and the like; or "" */
	char isrc[16];           /**< code of the recording, as it is written there; or "" */
	uint32_t gap_sectors;    /**< audio: of pregap_sectors, how many isokit_medium_gap() has */
	uint32_t postgap_sectors; /**< silence behind it, stored nowhere */
	const uint32_t *indexes; /**< INDEX 02 and so on: sectors behind INDEX 01 */
	size_t n_indexes;
	bool copy, preemphasis, four_channels; /**< flags of the track: audio */
};

/** Something in the container that is not what it should be, though it can be read. */
struct isokit_damage {
	unsigned track;   /**< 0: not in a track */
	uint64_t offset;  /**< of the plain bytes (for a track: of its 2048-byte sectors) */
	uint64_t bytes;   /**< how many of them are in doubt */
	char text[160];   /**< "EDC of the sector is wrong", "CRC32 of the partition differs" */
};

struct isokit_medium_facts {
	enum isokit_medium_shape shape;
	const struct isokit_layer *layers;
	size_t n_layers;
	const struct isokit_track *tracks; /**< in order of the disc; DISC only */
	size_t n_tracks;
	unsigned n_sessions;
	const char *const *notes; /**< what a user should know ("the sheet names no file for …") */
	size_t n_notes;
	bool encrypted;           /**< was, and the password opened it */
	char catalog[16];         /**< media catalogue number (EAN) of a disc, as written; or "" */
	char text[ISOKIT_TEXTS][ISOKIT_TEXT_BYTES]; /**< of a disc: CD-TEXT and the like; or "" */
};

struct isokit_medium_options {
	size_t size; /**< sizeof(struct isokit_medium_options) */
	/** Password of an encrypted image. NULL: an encrypted one is ISOKIT_E_UNSUPPORTED,
	 * its text says that a password is needed. */
	const uint8_t *password;
	size_t password_bytes;
	/** Folder for what must be unpacked before it can be read at any place; NULL:
	 * /var/tmp. The files there have no names. */
	const char *scratch_folder;
	bool any_size; /**< also what expands beyond all measure (a bomb, else ISOKIT_E_LIMIT) */
	bool plain;    /**< look for no container: the file is the disk */
	int (*cancelled)(void *ctx); /**< asked now and then; may be NULL */
	void *ctx;
};

struct isokit_medium;

/**
 * Open the containers of a file, by what is in it and never by its name alone.
 * Other files that it names (the data of a CUE sheet, further segments, the parent
 * of a differencing disk) are looked for in its own folder, and nowhere else.
 *
 * @param path     a file or block device
 * @param options  NULL: all defaults
 * @return ISOKIT_OK; ISOKIT_E_UNSUPPORTED (a known format that is not handled: the text
 *         names it and the reason; encrypted), ISOKIT_E_CORRUPT, ISOKIT_E_SHORT,
 *         ISOKIT_E_NOT_FOUND (a file that it names), ISOKIT_E_INVALID (one that lies
 *         outside its folder, or is no regular file), ISOKIT_E_LIMIT, ISOKIT_E_IO …
 */
ISOKIT_API enum isokit_status isokit_medium_open(const char *path,
						 const struct isokit_medium_options *options,
						 struct isokit_medium **ret_medium,
						 struct isokit_error *err);

/** The same for a source, which is taken on success and still the caller's on failure.
 * `path` is only for names of further files; NULL: there are none. */
ISOKIT_API enum isokit_status isokit_medium_open_source(struct isokit_source *src,
							const char *path,
							const struct isokit_medium_options *options,
							struct isokit_medium **ret_medium,
							struct isokit_error *err);

ISOKIT_API void isokit_medium_free(struct isokit_medium *medium);

/** Borrowed until isokit_medium_free(). */
ISOKIT_API const struct isokit_medium_facts *
isokit_medium_facts(const struct isokit_medium *medium);

/** The bytes of a DISK; borrowed until isokit_medium_free(). NULL for a disc. */
ISOKIT_API struct isokit_source *isokit_medium_disk(const struct isokit_medium *medium);

/**
 * The bytes of a track: of a data track its 2048-byte sectors, of an audio track its
 * samples as little-endian PCM. Sectors of a framed data track are checked as they are
 * read (EDC), and those that fail are kept for isokit_medium_damages(); form 2 sectors
 * and sectors of another mode count as damage, too, since they have no 2048 bytes.
 *
 * @param track    index in facts->tracks
 * @param ret_src  borrowed until isokit_medium_free()
 */
ISOKIT_API enum isokit_status isokit_medium_track(struct isokit_medium *medium, size_t track,
						  struct isokit_source **ret_src,
						  struct isokit_error *err);

/** The sound in the pregap of an audio track, where the container has it (gap_sectors):
 * what ends at INDEX 01. Borrowed until isokit_medium_free(). */
ISOKIT_API enum isokit_status isokit_medium_gap(struct isokit_medium *medium, size_t track,
						struct isokit_source **ret_src,
						struct isokit_error *err);

/**
 * The whole disc from block 0 to the end of a session's last data track as 2048-byte
 * sectors, with zeros where audio and gaps are: what a drive would show of it, so that
 * block numbers of later sessions hold.
 */
ISOKIT_API enum isokit_status isokit_medium_disc(struct isokit_medium *medium, unsigned session,
						 struct isokit_source **ret_src,
						 struct isokit_error *err);

/**
 * What was found damaged so far (it grows as bytes are read); borrowed until the next
 * read or isokit_medium_free(). `ret_lost` (may be NULL): how many more there were.
 */
ISOKIT_API const struct isokit_damage *isokit_medium_damages(struct isokit_medium *medium,
							     size_t *ret_n, uint64_t *ret_lost);

/** Recompute the checksums that a container bears of its whole content (DMG: of data and
 * of partitions; CHD: SHA-1 …); what differs becomes damage. Reads everything once.
 * @param ret_checked  how many there were; may be NULL */
ISOKIT_API enum isokit_status isokit_medium_verify(struct isokit_medium *medium,
						   unsigned *ret_checked,
						   struct isokit_error *err);

#ifdef __cplusplus
}
#endif
#endif
