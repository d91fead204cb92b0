/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file burn.h  Discs: drives and media, burning and reading back (libisokit-author).
 *
 * isokit_burner_open() → look at the facts → isokit_burner_decide() says what would be done,
 * or why not, with nothing touched → isokit_burner_run() → the result → isokit_burner_close().
 *
 * libburn is loaded when the first drive is opened. It never sees anything but a drive of
 * MMC commands; its pseudo drives exist for tests, below a folder that must be named. */
#ifndef ISOKIT_BURN_H
#define ISOKIT_BURN_H

#include <isokit/source.h>

#ifdef __cplusplus
extern "C" {
#endif

struct isokit_discs;  /**< a list of drives */
struct isokit_burner; /**< one drive, opened for us alone */

enum isokit_disc_state {
	ISOKIT_DISC_NONE,         /**< no medium, or the tray is open */
	ISOKIT_DISC_BUSY,         /**< mounted, or used by another program: see `problem` */
	ISOKIT_DISC_UNKNOWN,      /**< there is a medium, but no libburn, or no permission, to ask */
	ISOKIT_DISC_BLANK,        /**< sequential, nothing on it */
	ISOKIT_DISC_APPENDABLE,   /**< sequential, written, and a session can follow */
	ISOKIT_DISC_FULL,         /**< written and closed, or made for reading only */
	ISOKIT_DISC_OVERWRITABLE, /**< can be written anywhere, whatever is on it */
	ISOKIT_DISC_UNFORMATTED,  /**< could be overwritten once it is formatted */
	ISOKIT_DISC_UNSUITABLE,   /**< neither readable nor writable: see `problem` */
};

enum { ISOKIT_DISC_MAX_SPEEDS = 16 };

/** A drive and the medium in it. What is not known is "", 0 or false. */
struct isokit_disc_facts {
	char drive[256];          /**< "/dev/sr0" */
	char vendor[16], model[32], revision[16], serial[64]; /**< of the drive */
	enum isokit_disc_state state;
	char problem[160];        /**< "mounted on /media/cdrom0" */
	unsigned profile;         /**< MMC's number of the kind of medium: 0x1B; 0: none */
	char profile_name[48];    /**< "DVD+R" */
	char medium_id[80];       /**< who made it: "MBIPG101/R04/64" */
	bool pseudo;              /**< a file that plays a drive (tests) */
	bool readable;            /**< there is something that can be read */
	bool rewritable;          /**< can be blanked, or overwritten */
	bool can_tao, can_sao;    /**< libburn's opinion of the medium as it is now; CD and DVD-R */
	bool can_multi;           /**< can be kept appendable */
	bool can_simulate;
	bool pow;                 /**< BD-R formatted for pseudo-overwrite, which cannot be appended to */
	bool damaged;             /**< its last session was never closed */
	unsigned n_sessions, n_tracks;
	bool audio;               /**< there are audio tracks */
	bool cleared;             /**< overwritable: no file system where they have their marks */
	uint64_t capacity_bytes;  /**< of the medium when nothing is on it; 0: not known */
	uint64_t used_bytes;      /**< readable */
	uint64_t free_bytes;      /**< for the next session */
	uint32_t speeds_kb[ISOKIT_DISC_MAX_SPEEDS]; /**< for writing, 1000 bytes/s, fastest first */
	size_t n_speeds;
	bool has_next;
	uint32_t next_lba;         /**< where the next session would begin (of an overwritable
	                            * one: behind the volume that is on it) */
	uint32_t last_session_lba; /**< where the last one begins: with next_lba the two numbers
	                            * of `iso-build --mkisofs -C` */
	char volume_id[130];       /**< of the ISO 9660 volume on it */
	uint64_t volume_bytes;     /**< of that volume */
};

enum isokit_blanking {
	ISOKIT_BLANK_AS_NEEDED,
	ISOKIT_BLANK_FAST,     /**< only what says where data is */
	ISOKIT_BLANK_ALL,      /**< everything; takes as long as writing */
	ISOKIT_BLANK_DEFORMAT, /**< an overwritable DVD-RW becomes sequential again */
	ISOKIT_BLANK_NEVER,
};

enum isokit_write_type {
	ISOKIT_WRITE_TYPE_AUTO,
	ISOKIT_WRITE_TYPE_TAO, /**< track at once; DVD: incremental */
	ISOKIT_WRITE_TYPE_SAO, /**< session at once; DVD: disc at once */
};

struct isokit_burn_progress {
	const char *phase; /**< "blank", "format", "write", "close", "verify" */
	unsigned track, tracks; /**< from 1; tracks 0: not about tracks */
	uint64_t done, total;   /**< bytes; of blanking and formatting: parts of 65536; total 0: not
	                         * known */
	unsigned fifo_percent, buffer_percent; /**< of writing: how full ours and the drive's are */
	double speed_x; /**< of writing: in multiples of the medium's single speed */
	/** What happens now cannot be stopped: the answer does not matter any more. */
	bool too_late;
};
/** By the thread that called; not 0: stop, the way that the medium can bear. */
typedef int (*isokit_burn_progress_fn)(void *ctx, const struct isokit_burn_progress *now);

/** Zero-initialise, then set size. */
struct isokit_burn_options {
	size_t size;
	bool simulate;           /**< with the laser off, where the medium can */
	bool multi;              /**< keep the medium appendable */
	bool eject;
	bool no_verify;
	bool any;                /**< also an image that is made for another place of the disc */
	bool stream_recording;   /**< DVD-RAM, BD: without the drive's own checking, twice as fast */
	double speed_x;          /**< in multiples of the medium's single speed; 0: see speed_kb */
	unsigned speed_kb;       /**< 1000 bytes/s; 0: the fastest */
	enum isokit_blanking blank;
	enum isokit_write_type type;
	bool sum;                /**< say the SHA-256 of what was written */
	const char *sha256;      /**< that the image must have, 64 hex digits; looked at before the
	                          * medium is touched where the source can be read twice; NULL */
	const char *pseudo_folder; /**< "stdio:PATH" may be opened, of files below this folder; NULL:
	                            * never (tests) */
	isokit_burn_progress_fn progress; /**< may be NULL */
	void *progress_ctx;
};

/** One track to be burnt. */
struct isokit_burn_track {
	bool audio;                   /**< 16-bit stereo at 44,100 Hz, little-endian; else data */
	struct isokit_source *source; /**< borrowed; or NULL and `read` */
	/** A stream: up to n bytes; 0: the end; -1: failed. */
	long (*read)(void *ctx, void *buffer, size_t n);
	void *read_ctx;
	uint64_t bytes;               /**< of the stream; 0: not known */
	/** Audio: how much there is ahead of it (of track 1: more than the two seconds of every
	 * disc). */
	uint32_t pregap_sectors;
	struct isokit_source *gap;    /**< the sound of the last of them; borrowed; NULL: silence */
	uint32_t postgap_sectors;     /**< silence behind it */
	const uint32_t *indexes;      /**< INDEX 02 and so on: sectors behind the beginning */
	size_t n_indexes;
	bool copy, preemphasis, four_channels; /**< flags of the track */
	char text[ISOKIT_TRACK_TEXTS][ISOKIT_TEXT_BYTES]; /**< CD-TEXT, in UTF-8; or "" */
	char isrc[16];                /**< code of the recording; or "" */
};

struct isokit_burn_job {
	size_t size;
	const struct isokit_burn_track *tracks;
	size_t n_tracks;
	char text[ISOKIT_TEXTS][ISOKIT_TEXT_BYTES]; /**< of the disc: CD-TEXT, in UTF-8; or "" */
	char catalog[16]; /**< number of the disc (EAN); or "" */
};

/** What only a CD can have, and not every one. */
enum isokit_burn_extra {
	ISOKIT_EXTRA_CATALOG,
	ISOKIT_EXTRA_ISRC,
	ISOKIT_EXTRA_TEXT,      /**< CD-TEXT */
	ISOKIT_EXTRA_LETTERS,   /**< of CD-TEXT, that it cannot write */
	ISOKIT_EXTRA_GAPS,      /**< other than two seconds of silence */
	ISOKIT_EXTRA_SOUND,     /**< in gaps */
	ISOKIT_EXTRA_POSTGAPS,
	ISOKIT_EXTRA_INDEXES,
	ISOKIT_EXTRA_FLAGS,
	ISOKIT_EXTRAS
};

/** What the decision is about: isokit_burner_decide() fills it from a job. */
struct isokit_burn_question {
	size_t n_data, n_audio;
	bool size_known;
	uint64_t sectors;      /**< of all tracks, with pregaps; 0 when the size is not known */
	bool has_origin;       /**< it is an ISO 9660 volume, and so made for one place */
	uint32_t origin_lba;   /**< that place: 0, or where a session begins */
	bool origin_fits;      /**< set when that place is the medium's next_lba */
	uint64_t volume_sectors; /**< that it says it has, when that place is 0 */
	bool only_blank;       /**< nothing is to be written */
	unsigned extras;       /**< bits 1 << isokit_burn_extra: what the job has */
	unsigned unfit;        /**< what it has and no disc can: a wrong number, too long a text */
	bool simulate, multi, any;
	enum isokit_blanking blank;
	enum isokit_write_type type;
};

/** Why not. Names in kebab-case by isokit_burn_refusal_name(). */
enum isokit_burn_refusal {
	ISOKIT_BURN_GO,            /**< no reason against it */
	ISOKIT_BURN_NO_MEDIUM,
	ISOKIT_BURN_BUSY,
	ISOKIT_BURN_UNKNOWN_MEDIUM,
	ISOKIT_BURN_UNSUITABLE,
	ISOKIT_BURN_READ_ONLY,     /**< made for reading */
	ISOKIT_BURN_FULL,          /**< write-once, and closed */
	ISOKIT_BURN_NOT_BLANK,     /**< could be blanked, but must not; or write-once with something on it */
	ISOKIT_BURN_CANNOT_BLANK,
	ISOKIT_BURN_TOO_SMALL,
	ISOKIT_BURN_NO_SIMULATION,
	ISOKIT_BURN_NO_MULTI,
	ISOKIT_BURN_NO_AUDIO,      /**< audio needs a CD */
	ISOKIT_BURN_TRACKS,        /**< too many, or several where there can be one */
	ISOKIT_BURN_TYPE,          /**< the write type asked for cannot be */
	ISOKIT_BURN_SIZE_UNKNOWN,  /**< and must be known */
	ISOKIT_BURN_ORIGIN,        /**< the image is made for another place of the disc */
	ISOKIT_BURN_DAMAGED,
	ISOKIT_BURN_CUT,           /**< the image ends before the volume in it does */
	ISOKIT_BURN_REFUSALS
};

enum isokit_burn_prepare {
	ISOKIT_PREPARE_NOTHING,
	ISOKIT_PREPARE_BLANK_FAST,
	ISOKIT_PREPARE_BLANK_ALL,
	ISOKIT_PREPARE_FORMAT,   /**< first formatting of DVD-RAM or BD-RE */
	ISOKIT_PREPARE_CLEAR,    /**< zeros over what says that there is a volume */
};

/** What will be done. */
struct isokit_burn_plan {
	enum isokit_burn_refusal refusal;
	char text[320];    /**< of a refusal: why; else what will be done, in words */
	char remedy[200];  /**< what to do; or "" */
	char note[400];    /**< what else should be known; or "" */
	unsigned lost;     /**< bits 1 << isokit_burn_extra: what is not burnt, as the note says */
	enum isokit_burn_prepare prepare;
	enum isokit_write_type type; /**< TAO or SAO */
	bool simulate, multi;
	bool overwrites;   /**< it begins at start_lba because we say so (overwritable media) */
	uint32_t start_lba;
	bool renew_head;   /**< a session on an overwritable medium: its descriptors also go to block 16 */
	bool loses;        /**< what is on the medium will be lost */
	uint64_t sectors;  /**< on the medium, with what has to be padded; 0: not known */
	uint64_t room_sectors; /**< that there are; 0: not known before the medium is blanked */
};

enum isokit_burn_end { /**< in what state the medium is left */
	ISOKIT_BURN_UNTOUCHED,
	ISOKIT_BURN_SIMULATED,
	ISOKIT_BURN_BLANKED,  /**< and nothing was written */
	ISOKIT_BURN_PARTIAL,  /**< begun: see the text */
	ISOKIT_BURN_WRITTEN,  /**< complete, not compared */
	ISOKIT_BURN_VERIFIED, /**< complete, read back, equal */
	ISOKIT_BURN_DIFFERS,  /**< complete, but what was read back is not what was written */
};

/** In bytes of the image; of an audio track (`track` is its number): of its sound. */
struct isokit_burn_range { uint64_t offset, bytes; unsigned track; };
enum { ISOKIT_BURN_MAX_RANGES = 32 };

struct isokit_burn_result {
	enum isokit_burn_end end;
	char text[400];           /**< what went wrong, and in what state the medium is; or "" */
	uint32_t start_lba;       /**< where the first track lies */
	uint64_t written_bytes, compared_bytes;
	uint64_t different_bytes, unreadable_bytes;
	struct isokit_burn_range differences[ISOKIT_BURN_MAX_RANGES];
	struct isokit_burn_range last_difference; /**< of all of them */
	size_t n_differences;
	uint64_t n_different_ranges; /**< all of them */
	unsigned audio_tracks;    /**< that were compared */
	/** How many samples later than they were written the drive returns them (earlier: below
	 * 0); meaningful when `has_sample_offset`. */
	int32_t sample_offset;
	bool has_sample_offset;
	double blank_seconds, write_seconds, verify_seconds;
	char sha256[65];          /**< of the image as it was written (one data track); or "" */
};

/**
 * The optical drives of this computer, and what lies in them. Drives are found through
 * sysfs; one that another program uses is not disturbed, a tray is neither closed nor waited
 * for. A drive that cannot be asked is in the list all the same, with `problem`.
 */
ISOKIT_API enum isokit_status isokit_discs_scan(const struct isokit_burn_options *options,
						struct isokit_discs **ret_discs,
						struct isokit_error *err);
ISOKIT_API void isokit_discs_free(struct isokit_discs *discs);
/** Borrowed until isokit_discs_free(). */
ISOKIT_API const struct isokit_disc_facts *isokit_discs_list(const struct isokit_discs *discs,
							     size_t *ret_n);

/** Is this the path of an optical drive (or of a pseudo drive)? Opens nothing. */
ISOKIT_API bool isokit_burner_is(const char *path);

/**
 * Open a drive for us alone, close its tray, wait until the medium can be read.
 *
 * @param path  "/dev/sr0", a link to it, or (tests) "stdio:FILE"
 * @return ISOKIT_E_UNSUPPORTED (no libburn), ISOKIT_E_NOT_FOUND, ISOKIT_E_INVALID (no optical
 *         drive, or a pseudo drive that is not allowed), ISOKIT_E_IO (in use, no permission)
 */
ISOKIT_API enum isokit_status isokit_burner_open(const char *path,
						 const struct isokit_burn_options *options,
						 struct isokit_burner **ret_burner,
						 struct isokit_error *err);
/** NULL is allowed. The tray opens when options.eject was given and `burnt` is set. */
ISOKIT_API void isokit_burner_close(struct isokit_burner *burner, bool burnt);
/** Of the drive and medium as they are now; borrowed until the next call. */
ISOKIT_API const struct isokit_disc_facts *isokit_burner_facts(const struct isokit_burner *burner);
/** What libburn had to say, oldest first; borrowed until the next call. */
ISOKIT_API const char *const *isokit_burner_messages(const struct isokit_burner *burner,
						     size_t *ret_n);
/** The medium as bytes, read by the drive and not by the kernel, which would still have its
 * old size. Owned by caller; not to be used after isokit_burner_close(). */
ISOKIT_API enum isokit_status isokit_burner_source(struct isokit_burner *burner,
						   struct isokit_source **ret_src,
						   struct isokit_error *err);

/** What would be done with a job (NULL: only blanking). Nothing is touched. */
ISOKIT_API enum isokit_status isokit_burner_decide(struct isokit_burner *burner,
						   const struct isokit_burn_job *job,
						   struct isokit_burn_plan *ret_plan,
						   struct isokit_error *err);
/** The same as a pure function. */
ISOKIT_API void isokit_burn_decide(const struct isokit_disc_facts *facts,
				   const struct isokit_burn_question *question,
				   struct isokit_burn_plan *ret_plan);

/**
 * Blank or format as decided, write, close, read back, compare.
 *
 * @param job  NULL: only blank
 * @return ISOKIT_OK; ISOKIT_E_INVALID (refused: the plan's text), ISOKIT_E_MISMATCH (read back and
 *         different, or the image is not that of options.sha256), ISOKIT_E_CANCELLED,
 *         ISOKIT_E_IO …; the result tells the state of the medium in every case
 */
ISOKIT_API enum isokit_status isokit_burner_run(struct isokit_burner *burner,
						const struct isokit_burn_job *job,
						struct isokit_burn_result *ret_result,
						struct isokit_error *err);

#define ISOKIT_BURN_ITS_PLACE UINT32_MAX

/** Is the medium this image? Nothing is written. `lba`: where it should lie, or
 * ISOKIT_BURN_ITS_PLACE: where the image belongs. ISOKIT_E_MISMATCH: no. */
ISOKIT_API enum isokit_status isokit_burner_compare(struct isokit_burner *burner,
						    struct isokit_source *image, uint32_t lba,
						    struct isokit_burn_result *ret_result,
						    struct isokit_error *err);

/** The same for a disc of several tracks, or of audio: the last session of the medium against
 * a job. Samples may come a constant number earlier or later: that number is told. */
ISOKIT_API enum isokit_status isokit_burner_compare_job(struct isokit_burner *burner,
							const struct isokit_burn_job *job,
							struct isokit_burn_result *ret_result,
							struct isokit_error *err);

/** 1000 bytes/s of single speed of a profile; 0: none such. */
ISOKIT_API double isokit_disc_single_speed(unsigned profile);
/** Stable names: "blank", "overwritable" …; "too-small" …; "verified" … */
ISOKIT_API const char *isokit_disc_state_name(enum isokit_disc_state state);
ISOKIT_API const char *isokit_burn_refusal_name(enum isokit_burn_refusal refusal);
ISOKIT_API const char *isokit_burn_end_name(enum isokit_burn_end end);
/** "catalog", "cd-text", "indexes" … */
ISOKIT_API const char *isokit_burn_extra_name(enum isokit_burn_extra extra);

#ifdef __cplusplus
}
#endif
#endif
