/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file author.h  Build an ISO 9660 image from folders (libisokit-author).
 *
 * The way: isokit_build_new() → isokit_build_add() for each source →
 * isokit_build_plan() → look at the plan → isokit_build_write_path() or
 * isokit_build_write_fd() → look at the result → isokit_build_free().
 *
 * The same sources and options give the same bytes. The build lays out through
 * libisofs, which is global to the process: one thread at a time may be inside
 * isokit_build_plan() and isokit_build_write_…(). */
#ifndef ISOKIT_AUTHOR_H
#define ISOKIT_AUTHOR_H

#include <isokit/bootlayout.h>
#include <isokit/image.h>
#include <isokit/verdict.h>

#ifdef __cplusplus
extern "C" {
#endif

struct isokit_build; /**< a build: sources, plan, result */

/** The version of libisokit-author, "0.1.0"; static. */
ISOKIT_API const char *isokit_build_version(void);

/** How the boot set-up is found. */
enum isokit_build_boot {
	ISOKIT_BUILD_BOOT_AUTO,   /**< that of the image to start from; without one,
				   *   look into the tree */
	ISOKIT_BUILD_BOOT_NONE,
	ISOKIT_BUILD_BOOT_MANUAL, /**< only what bios_path, efi_path … name */
	ISOKIT_BUILD_BOOT_DETECT, /**< look into the tree in any case */
	ISOKIT_BUILD_BOOT_KEEP,   /**< that of the image to start from */
};

/** Which partition tables a stick made from the image has. */
enum isokit_build_hybrid {
	ISOKIT_BUILD_HYBRID_AUTO, /**< what the boot set-up needs */
	ISOKIT_BUILD_HYBRID_GPT,
	ISOKIT_BUILD_HYBRID_MBR,
	ISOKIT_BUILD_HYBRID_NONE,
};

/** What the image is for. Whether it came to that, isokit_build_rehearse() shows. */
enum isokit_build_goal {
	ISOKIT_BUILD_FOR_ANY,
	ISOKIT_BUILD_FOR_PC,   /**< BIOS and UEFI, from disc and stick */
	ISOKIT_BUILD_FOR_UEFI, /**< UEFI only, from disc and stick */
	ISOKIT_BUILD_FOR_CD,   /**< discs only: no partition tables */
	ISOKIT_BUILD_FOR_DATA, /**< nothing boots */
};

/** Change owner or mode of what matches. */
struct isokit_build_rule {
	const char *pattern; /**< fnmatch() on the path in the image ("/dev/ *"), or on a
			      *   single name when it has no '/'; NULL: everything */
	bool set_uid, set_gid;
	uint32_t uid, gid;
	/** New permission bits: (old & ~mode_clear) | mode_set. */
	uint32_t mode_clear, mode_set;
	uint32_t mode_exec; /**< set only on folders and where some x bit was set ("X") */
	bool skip_files, skip_dirs; /**< does not apply to these */
	bool with_links;  /**< the mode of symbolic links, too (it means nothing) */
	bool only_files;  /**< applies to regular files only */
	bool only_generated; /**< applies to what no source brought only */
};

/** How names become those of ISO 9660 and Joliet, as mkisofs lets one say it. What
 * is not set follows the standards. */
struct isokit_build_naming {
	unsigned untranslated; /**< so many characters (1 to 96) are taken as they are */
	bool max_37;           /**< 37 characters rather than 31 */
	bool lower_case;       /**< keep small letters */
	bool relaxed;          /**< keep what ASCII has but small letters */
	bool full_ascii;       /**< keep what ASCII has */
	bool no_version;       /**< no ";1" */
	bool no_dot;           /**< no dot at the end of a name that has none */
	bool no_dir_dots;      /**< dots in names of folders become '_' */
	bool iso_1999;         /**< one more tree, of ISO 9660:1999 */
	bool joliet_64;        /**< 64 characters and paths of 240, not 103 and any */
	bool joliet_ucs2;      /**< without characters beyond 16 bits */
	const char *relocate;  /**< name of a root folder for what is nested deeper than
				*   8 levels; "": the root; NULL: stay where they are */
	/** As genisoimage spells names, where that differs; the next three say more. */
	bool as_genisoimage;
	bool multi_dot, leading_dot; /**< keep such dots */
	bool no_translation;   /**< keep '~', '-' and '#' */
	unsigned name_limit;   /**< bytes of a Rock Ridge name (64 to 255), 0: 255; longer
				*   ones are cut and end in ':' and their MD5 */
	/** System id, publisher, preparer and application of the primary descriptor in
	 * the a-characters of ECMA-119 7.4.1: no small letters, '_' for all else. */
	bool a_characters;
	bool old_empty;        /**< files without content have block 0 for their address */
	bool zisofs_z2;        /**< marks of zisofs 2 are Z2 rather than ZF, see xorrisofs(1) */
};

/** Directories of an image, as bits. */
enum isokit_build_tree {
	ISOKIT_BUILD_TREE_ISO9660 = 1, /**< and Rock Ridge */
	ISOKIT_BUILD_TREE_JOLIET = 2,
	ISOKIT_BUILD_TREE_UDF = 4,
	ISOKIT_BUILD_TREE_HFSPLUS = 8,
};

/** Leave what matches, and all below it, out of directories. Contents are stored
 * all the same. */
struct isokit_build_hide {
	/** fnmatch(): with a '/' on the whole path in the image, else on any single
	 * name. With `host` on the path of the host file instead: the source as it was
	 * named, and what is below it; of a pattern with '/', any part from a '/' to
	 * the end may match. */
	const char *pattern;
	bool host;
	unsigned trees; /**< enum isokit_build_tree; 0: all of them */
};

/** Put contents in order: the higher, the nearer to the beginning. */
struct isokit_build_weight {
	const char *pattern; /**< as in struct isokit_build_hide; a folder: all below */
	bool host;
	int32_t weight; /**< what no rule matches has 0, boot images 2 */
};

enum isokit_build_note_kind {
	ISOKIT_BUILD_NOTE,    /**< worth knowing */
	ISOKIT_BUILD_WARNING, /**< the image will differ from what was probably meant */
	ISOKIT_BUILD_MISSING, /**< a way to boot that is absent, and the file it lacks */
};

/** Something to tell the user. Strings are raw bytes; escape them for a terminal. */
struct isokit_build_note {
	enum isokit_build_note_kind kind;
	const char *path; /**< what it is about, or NULL */
	const char *text;
};

/** What a long step is doing. */
struct isokit_build_progress {
	/** Static: "scan", "layout", "write", "check" ...; "name" comes last, when the
	 * image is complete: after it nothing is cancelled. */
	const char *phase;
	uint64_t done, total; /**< bytes; in "scan" names found and 0 */
};

/** Called now and then, perhaps from several threads but never by two at once;
 * 0 to go on, anything else cancels (ISOKIT_E_CANCELLED, nothing left behind). */
typedef int (*isokit_build_progress_fn)(void *ctx, const struct isokit_build_progress *progress);

/** Whether contents are stored compressed, in blocks that the Linux kernel expands. */
enum isokit_build_zisofs {
	ISOKIT_BUILD_ZISOFS_NONE,
	ISOKIT_BUILD_ZISOFS_1,    /**< where it saves a block, up to 4 GiB - 1: version 1 */
	ISOKIT_BUILD_ZISOFS_AUTO, /**< likewise, and larger files by version 2 */
	ISOKIT_BUILD_ZISOFS_2,    /**< version 2 for all; no kernel reads it */
};

/** A jigdo template beside the image: what of it files on a mirror do not have. The
 * three names are needed. */
struct isokit_build_jigdo {
	const char *jigdo_path, *template_path; /**< files to write */
	/** Host file that names what is on the mirror, by lines: checksum in hexadecimal
	 * digits, 2 blanks, size in 12 places, 2 blanks, path. */
	const char *checksum_list;
	bool sha256; /**< these checksums; else MD5 */
	bool bzip2;  /**< compress the template by bzip2; else as gzip does */
	uint64_t min_file_bytes; /**< smaller files stay in the template; 0: 1024 */
	const char *image_sums, *template_sums; /**< to note of these two: "md5,sha256" … or
						 *   "all"; NULL: as libjte does it */
	const char *const *excludes; /**< regular expressions on the absolute path on this
				      *   computer: stay in the template */
	size_t n_excludes;
	const char *const *demands;  /**< likewise: must be in the list */
	size_t n_demands;
	const char *const *maps;     /**< "TO=FROM": paths of the list that begin with FROM
				      *   begin with "TO:" in the .jigdo file */
	size_t n_maps;
};

/** Zero-initialise, then set size. All zero is the default. Strings and arrays
 * are copied by isokit_build_new(). New members go to the end. */
struct isokit_build_options {
	size_t size; /**< sizeof(struct isokit_build_options) */

	const char *volume_id, *system_id, *volume_set_id, *publisher, *preparer, *application,
		*copyright_file, *abstract_file, *bibliographic_file; /**< NULL: default */

	bool no_joliet, no_rock_ridge;
	int iso_level;      /**< 1 to 3; 0: 3 */
	bool has_epoch;
	int64_t epoch;      /**< SOURCE_DATE_EPOCH: volume times, and no file time is later */

	enum isokit_build_boot boot;
	const char *bios_path; /**< BIOS boot image in the tree */
	const char *efi_path;  /**< EFI system partition image in the tree */
	const char *mbr_file;  /**< host file: boot code for the first 440 (432) bytes */
	const char *esp_folder; /**< folder in the tree to make the EFI image from */
	unsigned load_sectors; /**< of the BIOS entry, 512 bytes each; 0: default (4) */
	bool boot_info_table, no_boot_info_table; /**< neither: as the loader needs */
	bool has_emulation;
	enum isokit_emulation emulation;
	enum isokit_build_hybrid hybrid;
	bool apm;
	const char *system_root; /**< prefix of the folders where distributions install
				  *   boot loaders; NULL: "/" */

	const char *const *excludes; /**< fnmatch() patterns, see --exclude */
	size_t n_excludes;
	const struct isokit_build_rule *rules; /**< applied in order */
	size_t n_rules;

	bool force;       /**< replace an existing file that is no ISO 9660 image */
	bool durable;     /**< fsync before the file gets its name */
	unsigned threads; /**< that fill in payload; 0: by the number of CPUs */

	isokit_build_progress_fn progress; /**< may be NULL */
	void *progress_ctx;

	const struct isokit_build_hide *hides;
	size_t n_hides;
	const struct isokit_build_weight *weights; /**< the last one that matches holds */
	size_t n_weights;

	/** The boot set-up in full, in place of all boot options above; NULL: those.
	 * Borrowed until isokit_build_free(). */
	const struct isokit_build_layout *layout;

	const struct isokit_build_naming *naming; /**< NULL: names as long as can be */
	/** Left out of every source: fnmatch() on the path on this computer (a relative one
	 * is below the working folder), or on a single name when it has no '/'. */
	const char *const *host_excludes;
	size_t n_host_excludes;
	bool leave_out_output;       /**< where a source holds it; else that is an error */
	bool follow_links;           /**< symbolic links of the sources are what they lead to */
	const char *input_charset;   /**< of names in the sources; NULL: UTF-8 */
	const char *output_charset;  /**< of names in Rock Ridge; NULL: UTF-8 */
	bool no_padding;             /**< no 150 empty blocks at the end */
	/** "YYYYMMDDhhmmsscc": times and UUID of the volume; NULL: of the epoch. File
	 * times are not held against it. */
	const char *volume_date;
	uint16_t volume_set_size, volume_number; /**< 0: 1 */
	const uint8_t *application_use; /**< 512 bytes; NULL: as libisofs has it */
	bool has_file_date;
	int64_t file_date;           /**< time of every file and folder */

	bool udf;              /**< UDF names over the same contents as well */
	unsigned udf_revision; /**< 0x0102, 0x0150, 0x0200 or 0x0201; 0: 0x0102 */

	bool xattrs; /**< keep extended attributes (AAIP) */
	bool acls;   /**< keep access control lists (AAIP) */
	/** Folder for contents that must be kept until the image is written (of
	 * archives, compressed); NULL: that of the output, or /var/tmp. */
	const char *scratch_folder;
	enum isokit_build_goal goal; /**< contradicting boot options are an error */
	bool dedup;       /**< store equal contents once (boot images excepted) */
	enum isokit_build_zisofs zisofs;
	int zisofs_level; /**< of zlib, 1 to 9; 0: 6 */
	unsigned zisofs_block_log2; /**< 15 to 17, for version 2 up to 20; 0: 17 */
	bool zisofs_marked; /**< contents that are zisofs already get their mark ("ZF") */
	bool checksums;   /**< MD5s of files, tree and session as libisofs records them */
	bool implant_md5; /**< as implantisomd5 does, for checkisomd5 */
	bool hashes;      /**< SHA-256 of each file and of the image, for the result */
	/** Host file that gets these hashes as lines of sha256sum, when the image is
	 * complete; implies `hashes`. NULL: none. */
	const char *manifest;
	bool list_files;  /**< keep what isokit_build_walk_files() tells */
	/** With an image to start from, its name spaces are made again; these are
	 * made even where it has none. */
	bool joliet_asked, rock_ridge_asked;
	bool no_udf; /**< not even where the image to start from has UDF */
	bool update_manifests; /**< renew md5sum.txt and the like in the tree */
	/** Beside an image that is written; needs libjte. NULL: none. Borrowed until
	 * isokit_build_free(). */
	const struct isokit_build_jigdo *jigdo;
	/** Folders that are made for a dest are as those on the way to the source (owner,
	 * mode, time), level by level from below. */
	bool implied_as_host;
	bool keep_source_links; /**< a source that is a symbolic link is stored as such */
	/** Not 0: what is written is a session that begins at this 2048-byte block of a
	 * medium, from 16; the first byte of the output belongs there. With an image to start
	 * from, that is what stands on the medium already: contents that it has stay there,
	 * and are not in the output. Its boot entries are kept, and no system area is made. */
	uint32_t session_block;
	uint32_t base_session_block; /**< where the session to start from begins in its image */
	/** Path in the image to start from: a content of a source that stands at the same
	 * place below `root` and is equal is taken from there; what no source has below root
	 * is gone. NULL: sources are added as they are. */
	const char *old_root;
	const char *root;      /**< NULL: "/" */
	/** With `checksums`: a tag of scdbackup of this name behind that of the session. A word
	 * of at most 80 bytes; NULL: none. */
	const char *scdbackup_name;
	bool emulated_toc;     /**< a second set of descriptors at block 32, see xorriso --emul-toc */
};

/** One boot entry of the plan. */
struct isokit_build_boot_entry {
	uint8_t platform;     /**< enum isokit_platform */
	enum isokit_emulation emulation;
	const char *path;     /**< in the image; NULL: the appended EFI partition */
	const char *loader;   /**< "isolinux", "grub" … or NULL */
	uint64_t bytes;
	unsigned load_sectors;
	bool boot_info_table, grub2_boot_info;
};

/** What will be built. */
struct isokit_build_plan {
	uint64_t files, directories, symlinks, specials;
	uint64_t payload_bytes; /**< contents, hard links once */
	uint64_t image_bytes;   /**< exact size of the image */
	int64_t epoch;          /**< the time that the image bears */
	const char *volume_id;
	const struct isokit_build_boot_entry *boot_entries;
	size_t n_boot_entries;
	const char *mbr;        /**< name of the boot code, or NULL */
	const char *efi_partition; /**< "file", "appended" or NULL */
	uint64_t efi_bytes;     /**< size of that partition's content */
	bool gpt, apm;
	uint64_t dedup_files, dedup_bytes; /**< contents that lie where an equal one does */
	uint64_t zisofs_files;  /**< contents that are stored compressed, … */
	uint64_t zisofs_bytes, zisofs_stored_bytes; /**< … their bytes before and after */
};

/** A name of a regular file in the image. */
struct isokit_build_file {
	const char *path;      /**< in the image, "/a/b" */
	uint64_t bytes;        /**< of its content, expanded */
	uint64_t stored_bytes; /**< of the one run of blocks that holds it */
	uint64_t lba;          /**< where that begins (2048-byte blocks); ISOKIT_NO_OFFSET:
				*   nowhere, it is empty */
	bool zisofs, shared;   /**< compressed; equal to another one, which it shares */
	const uint8_t *sha256; /**< of the content, expanded, as it is in the image: 32
				*   bytes; NULL without the option `hashes` */
};

/** Not 0: stop. */
typedef int (*isokit_build_file_fn)(void *ctx, const struct isokit_build_file *file);

/** What was built. */
struct isokit_build_result {
	uint64_t bytes;          /**< of the image */
	uint64_t cloned_bytes;   /**< shared with the source by reflink */
	uint64_t copied_bytes;   /**< moved by the kernel or through memory */
	/** The finished image as our own model sees it, and how it boots. NULL
	 * when it went to a pipe. Borrowed until isokit_build_free(). */
	const struct isokit_facts *facts;
	const struct isokit_boot_verdict *verdict;
	bool has_sha256;         /**< of the image, with the option `hashes` */
	uint8_t sha256[32];
	char implanted_md5[33];  /**< hexadecimal, or empty */
	char scdbackup[160];     /**< what scdbackup_verify compares: name, time, bytes, MD5; or
				  *   empty */
};

/**
 * Start a build.
 *
 * @param options  NULL: all defaults
 * @return ISOKIT_OK; ISOKIT_E_LIMIT when a text does not fit its descriptor
 *         field (the subject names it, the text says the limit);
 *         ISOKIT_E_INVALID for contradictory options; ISOKIT_E_NOMEM
 */
ISOKIT_API enum isokit_status isokit_build_new(const struct isokit_build_options *options,
					       struct isokit_build **ret_build,
					       struct isokit_error *err);

/** Release a build; NULL is allowed. */
ISOKIT_API void isokit_build_free(struct isokit_build *build);

/**
 * Remove the hidden names under which files are written where the file system has no
 * nameless ones. For a signal handler (it is safe there) of a process that then ends
 * at once; the build is of no use any more. NULL is allowed.
 */
ISOKIT_API void isokit_build_abandon(const struct isokit_build *build);

/**
 * Name the file that will be written, before sources are added: a source folder
 * that holds it is then an error. Not needed for a stream.
 */
ISOKIT_API enum isokit_status isokit_build_set_output(struct isokit_build *build,
						      const char *path,
						      struct isokit_error *err);

/**
 * Add a host folder (its content goes to `dest`) or file. Later sources add to
 * and replace earlier ones.
 *
 * @param dest    path in the image; NULL: "/"
 * @param source  host path
 * @return ISOKIT_E_NOT_FOUND, ISOKIT_E_IO (unreadable), ISOKIT_E_INVALID (holds
 *         the output, or leads back to itself), ISOKIT_E_LIMIT (a name or path
 *         too long) …; the subject names the file
 */
ISOKIT_API enum isokit_status isokit_build_add(struct isokit_build *build, const char *dest,
					       const char *source, struct isokit_error *err);

/** What a file is as a source, by its content. */
enum isokit_build_source {
	ISOKIT_BUILD_SOURCE_HOST,     /**< a folder, or a file to be stored as it is */
	ISOKIT_BUILD_SOURCE_IMAGE,    /**< an ISO 9660 image */
	ISOKIT_BUILD_SOURCE_ARCHIVE,  /**< tar or cpio, also compressed; zip, 7-Zip, RAR,
				       *   cabinet, LHA, xar where the name says so, too */
	ISOKIT_BUILD_SOURCE_MANIFEST, /**< mtree */
};

/** Look at a file. Never fails: what cannot be read is ISOKIT_BUILD_SOURCE_HOST. */
ISOKIT_API enum isokit_build_source isokit_build_source_kind(const char *path);

/**
 * Add what an archive holds: tar, cpio, zip, 7-Zip, RAR, cabinet, LHA or xar, also
 * compressed, with all that it says of owners, modes, times, links and devices.
 * Contents of a tar or cpio archive that is not compressed are later copied out of
 * it; others are kept in options.scratch_folder.
 *
 * @param dest  path in the image; NULL: "/". Nothing in the archive leads out of it
 * @return ISOKIT_E_CORRUPT, ISOKIT_E_SHORT (damaged, cut short), ISOKIT_E_LIMIT (a bomb,
 *         unless options.force), ISOKIT_E_UNSUPPORTED (encrypted; no libarchive) …
 */
ISOKIT_API enum isokit_status isokit_build_add_archive(struct isokit_build *build,
						       const char *dest, const char *path,
						       struct isokit_error *err);

/**
 * Add what an mtree manifest says (as mtree of FreeBSD and NetBSD and bsdtar write it):
 * paths, types, owners, modes, times, links, devices. A file takes the content of the
 * host file that contents= names, else that of the file which is in the tree already,
 * else that of the host file at its path; host paths begin at the current folder.
 *
 * @return ISOKIT_E_CORRUPT (with the line), ISOKIT_E_NOT_FOUND (a content),
 *         ISOKIT_E_CHANGED (another size than the manifest says) …
 */
ISOKIT_API enum isokit_status isokit_build_add_manifest(struct isokit_build *build,
							const char *dest, const char *path,
							struct isokit_error *err);

/** An archive or a manifest (one that begins with "#mtree") from a descriptor, standard
 * input or a pipe; `name` is for messages. */
ISOKIT_API enum isokit_status isokit_build_add_stream(struct isokit_build *build,
						      const char *dest, int fd,
						      const char *name,
						      struct isokit_error *err);
/**
 * Start from an image: its tree, its descriptor fields and volume times, its name
 * spaces and its boot set-up are kept as far as the options do not say otherwise.
 * It is checked first; what of it cannot be kept becomes notes. Must come before
 * all other sources; unchanged contents are shared with it by reflink where the
 * file system can.
 *
 * @param path  host path of the image; it may be the output as well
 * @return ISOKIT_E_CORRUPT (the check found errors, see isokit_build_get_base(),
 *         and no force), ISOKIT_E_NOT_ISO, ISOKIT_E_UNSUPPORTED (no ISO 9660),
 *         ISOKIT_E_INVALID (not the first source) …
 */
ISOKIT_API enum isokit_status isokit_build_add_image(struct isokit_build *build,
						     const char *path,
						     struct isokit_error *err);

/** Something that an image cannot keep: a number for the kind of loss, its name in static
 * words, and where (UTF-8 or raw bytes of the file system). */
typedef void (*isokit_build_lost_fn)(void *ctx, unsigned kind, const char *words,
				     const char *path);

struct isokit_volumes;
struct isokit_volume_reading;

/**
 * Add the files of a file system: names, times, modes, owners, links and attributes as far
 * as both sides have them.
 *
 * @param dest     path in the image; NULL: "/"
 * @param volumes  of isokit_volumes_find(); must outlive the build
 * @param which    index in isokit_volumes_list()
 * @param how      what the volume does not say; NULL: all defaults
 * @param lost     told what is not kept; may be NULL
 * @return ISOKIT_E_UNSUPPORTED (files of that kind of file system cannot be read) …
 */
ISOKIT_API enum isokit_status isokit_build_add_volume(struct isokit_build *build,
						      const char *dest,
						      const struct isokit_volumes *volumes,
						      size_t which,
						      const struct isokit_volume_reading *how,
						      isokit_build_lost_fn lost, void *ctx,
						      struct isokit_error *err);

/** Add a regular file whose content is a range of a source, which must outlive the build. */
ISOKIT_API enum isokit_status isokit_build_add_bytes(struct isokit_build *build,
						     const char *path, struct isokit_source *src,
						     uint64_t offset, uint64_t length,
						     struct isokit_error *err);

/** The image that the build starts from, also after it was refused for its
 * findings; NULL without one. Borrowed until isokit_build_free(). */
ISOKIT_API const struct isokit_facts *isokit_build_get_base(const struct isokit_build *build);

/** Take a path out of the tree again. ISOKIT_E_NOT_FOUND when it is not there. */
ISOKIT_API enum isokit_status isokit_build_remove(struct isokit_build *build, const char *path,
						  struct isokit_error *err);

/** Decide names, times and the boot set-up. Nothing is written. */
ISOKIT_API enum isokit_status isokit_build_plan(struct isokit_build *build,
						struct isokit_error *err);

/** The plan, after isokit_build_plan(); borrowed until isokit_build_free(). */
ISOKIT_API const struct isokit_build_plan *isokit_build_get_plan(const struct isokit_build *build);

/** What the user should be told, in the order it was noticed. Call it again
 * after each step. `ret_lost` (may be NULL): how many more there were. */
ISOKIT_API const struct isokit_build_note *isokit_build_get_notes(struct isokit_build *build,
								  size_t *ret_n,
								  uint64_t *ret_lost);

/**
 * Lay out and judge without writing anything: the facts and the verdict of the
 * image that would be made, then in isokit_build_get_result().
 */
ISOKIT_API enum isokit_status isokit_build_rehearse(struct isokit_build *build,
						    struct isokit_error *err);

/**
 * Write the image to a file. It gets its name when it is complete and checked;
 * on failure or cancellation nothing is left and an old file is as it was. A
 * path that exists and is no regular file (pipe, device) is written as a stream.
 *
 * @return ISOKIT_E_EXISTS (a file that is no image is there, and no force),
 *         ISOKIT_E_CHANGED (a source changed while it was read),
 *         ISOKIT_E_MISMATCH (the finished image is not what was planned),
 *         ISOKIT_E_CANCELLED, ISOKIT_E_IO …
 */
ISOKIT_API enum isokit_status isokit_build_write_path(struct isokit_build *build,
						      const char *path,
						      struct isokit_error *err);

/** Write the image as a stream, in order, to a descriptor (standard output, a
 * pipe). `name` is for messages. */
ISOKIT_API enum isokit_status isokit_build_write_fd(struct isokit_build *build, int fd,
						    const char *name, struct isokit_error *err);

/**
 * Every name of a regular file that was written or rehearsed, in order of the
 * tree; needs the option `list_files`, `hashes` or `manifest`. Hashes are known
 * after a write.
 *
 * @return ISOKIT_E_INVALID when nothing was kept; ISOKIT_E_CANCELLED when `fn`
 *         stopped; ISOKIT_E_NOMEM
 */
ISOKIT_API enum isokit_status isokit_build_walk_files(const struct isokit_build *build,
						      isokit_build_file_fn fn, void *ctx,
						      struct isokit_error *err);

/** The result, after a successful write; borrowed until isokit_build_free(). */
ISOKIT_API const struct isokit_build_result *
isokit_build_get_result(const struct isokit_build *build);

#ifdef __cplusplus
}
#endif
#endif
