/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file image.h  One image as facts: volumes, trees, boot entries, partitions.
 *
 * Everything reached through an image is owned by it and lives until
 * isokit_image_free(). Strings are the bytes of the medium (not always UTF-8)
 * with trailing padding removed, except Joliet and UDF names, which are
 * converted to UTF-8. Numbers are as the medium holds them. */
#ifndef ISOKIT_IMAGE_H
#define ISOKIT_IMAGE_H

#include <isokit/container.h>
#include <isokit/finding.h>
#include <isokit/source.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What the image is, seen as a whole. */
enum isokit_image_format {
	ISOKIT_FORMAT_ISO9660,     /**< ECMA-119, alone or as part of a bridge */
	ISOKIT_FORMAT_HIGH_SIERRA, /**< the 1986 predecessor of ISO 9660 */
	ISOKIT_FORMAT_UDF,         /**< UDF without ISO 9660 */
};

/** A volume descriptor, in the order of the medium. ECMA-119 8. */
struct isokit_descriptor {
	uint64_t lba;     /**< in 2048-byte sectors */
	uint8_t type;     /**< ECMA-119 8.1.1: 0 boot, 1 primary, 2 supplementary … */
	uint8_t version;
	char id[6];       /**< "CD001", "BEA01", "NSR02" …, NUL-terminated */
	const char *name; /**< static: "primary", "enhanced", "udf-nsr02" … */
};

/** The fields of a primary, supplementary or enhanced descriptor. ECMA-119 8.4, 8.5. */
struct isokit_volume {
	uint64_t lba; /**< of the descriptor */
	const char *id, *system_id, *set_id, *publisher_id, *preparer_id, *application_id;
	const char *copyright_file_id, *abstract_file_id, *bibliographic_file_id;
	uint32_t block_size; /**< bytes; the little-endian half */
	uint32_t blocks;     /**< volume space size in logical blocks */
	uint16_t set_size, sequence_number;
	uint32_t path_table_bytes, path_table_l_lba, path_table_l_opt_lba, path_table_m_lba,
		path_table_m_opt_lba;
	uint32_t root_lba, root_bytes;
	struct isokit_time created, modified, expires, effective;
};

/** The name spaces an image may offer for its files. */
enum isokit_namespace_kind {
	ISOKIT_NS_ISO9660,   /**< plain names of the primary descriptor */
	ISOKIT_NS_ROCKRIDGE, /**< the primary tree with RRIP names and attributes */
	ISOKIT_NS_JOLIET,    /**< the supplementary tree with UCS-2 names */
	ISOKIT_NS_ENHANCED,  /**< the ISO 9660:1999 tree */
	ISOKIT_NS_UDF,
	ISOKIT_NS_HFS,       /**< HFS or HFS+: recognised, not walked */
	ISOKIT_NS_COUNT
};

/** A name space. The counts are filled by isokit_image_count(). */
struct isokit_namespace {
	bool present;
	int level;             /**< ISO 9660 interchange level 1-4 (4: enhanced),
			        *   Joliet level 1-3; 0 where there is none */
	const char *version;   /**< "RRIP_1991A", "IEEE_P1282", "1.02" (UDF) …, or NULL */
	const char *volume_id; /**< of the descriptor that roots it */
	const struct isokit_volume *volume; /**< NULL for UDF and HFS */
	uint32_t block_bytes;  /**< the unit of isokit_extent.lba in this tree; 0 for HFS */
	bool counted;
	uint64_t files;       /**< everything that is neither folder nor symbolic link,
			       *   names, not inodes */
	uint64_t directories; /**< with the root */
	uint64_t symlinks;
};

/** How a UDF volume addresses its blocks. UDF 2.2.8 to 2.2.10. */
enum isokit_udf_partition {
	ISOKIT_UDF_PLAIN,    /**< as they lie: pressed discs, hard disks */
	ISOKIT_UDF_VIRTUAL,  /**< through a table at the end: write-once discs */
	ISOKIT_UDF_SPARABLE, /**< bad packets replaced: rewritable discs */
	ISOKIT_UDF_METADATA, /**< file entries and folders in a file of their own: UDF 2.50 up */
};

/** What the descriptors of a UDF volume say. ECMA-167 3/10, OSTA UDF 2.2. */
struct isokit_udf {
	bool present;              /**< an anchor and a logical volume were found */
	uint32_t block_bytes;      /**< of a logical block */
	uint64_t blocks;           /**< of the volume: the largest end that it names */
	uint16_t revision;         /**< 0x0102: UDF 1.02; 0: the domain is not OSTA's */
	uint16_t min_read, min_write, max_write; /**< revisions; 0 where not said */
	const char *logical_id;    /**< the label that systems show */
	const char *volume_id, *set_id; /**< of the primary volume descriptor */
	const char *application_id, *implementation_id; /**< who wrote it, or "" */
	struct isokit_time created;  /**< of the primary volume descriptor */
	struct isokit_time modified; /**< of the last integrity descriptor */
	enum isokit_udf_partition partition; /**< of the one that holds the files */
	uint32_t access; /**< 0 pseudo-overwritable, 1 read only, 2 write once,
			  *   3 rewritable, 4 overwritable */
	bool closed;     /**< the integrity descriptor says that all was written */
	bool has_counts; /**< the volume counts its files itself: */
	uint32_t files, directories;
	uint32_t anchors[4]; /**< blocks where anchors were found */
	unsigned n_anchors;
};

/** A session that can be recognised in the image. */
struct isokit_session {
	uint64_t lba; /**< of its system area: its descriptors are at lba + 16 */
	const char *volume_id;
	uint32_t blocks;
	struct isokit_time created; /**< of its primary descriptor */
	bool shown;                 /**< the facts are of this one */
};

/** Does the copy of an HFS volume's header, near its end, say the same? */
enum isokit_hfs_copy {
	ISOKIT_HFS_COPY_AGREES,
	ISOKIT_HFS_COPY_DIFFERS,
	ISOKIT_HFS_COPY_MISSING,
};

/** An HFS or HFS+ volume beside ISO 9660; there when namespaces[ISOKIT_NS_HFS] is
 * present, which has its name and its numbers of files and folders. */
struct isokit_hfs {
	const char *kind; /**< static: "hfs", "hfsplus", "hfsx" */
	uint64_t offset, bytes; /**< of the volume in the image */
	uint32_t block_bytes, blocks, free_blocks; /**< allocation blocks */
	struct isokit_time created, modified; /**< HFS, and created of HFS+: local time */
	uint32_t blessed;         /**< number of the folder to boot from; 0: none */
	bool unmounted;           /**< marked as left in order */
	bool locked, journaled;
	bool wrapped;             /**< HFS+ inside an HFS volume */
	bool in_apple_partition;  /**< an Apple_HFS partition of the Apple map holds it */
	const char *last_mounted; /**< HFS+: four letters of who wrote last, or NULL */
	enum isokit_hfs_copy alternate;
	uint64_t alternate_offset;
	uint32_t blessed_file;    /**< HFS+: number of the file that Intel Macs start; 0: none */
};

/* ---- El Torito ---------------------------------------------------------- */

enum isokit_platform {
	ISOKIT_PLATFORM_BIOS = 0,
	ISOKIT_PLATFORM_PPC = 1,
	ISOKIT_PLATFORM_MAC = 2,
	ISOKIT_PLATFORM_UEFI = 0xef,
};

enum isokit_emulation { /**< El Torito, Boot Media Type, bits 0-3 */
	ISOKIT_EMUL_NONE = 0,
	ISOKIT_EMUL_FLOPPY_1200 = 1,
	ISOKIT_EMUL_FLOPPY_1440 = 2,
	ISOKIT_EMUL_FLOPPY_2880 = 3,
	ISOKIT_EMUL_HARD_DISK = 4,
};

/** The 56-byte table at byte 8 of a boot image, as found and as it should be. */
struct isokit_boot_info_table {
	bool present;   /**< it names the volume descriptor and its own block */
	uint32_t pvd_lba, file_lba, file_bytes, checksum; /**< as stored */
	bool lba_ok, length_ok, checksum_ok;
};

/** The block address that GRUB 2 expects in its El Torito image (byte 2548). */
struct isokit_grub2_boot_info {
	bool present;
	uint64_t value; /**< in 512-byte sectors, as stored */
	bool ok;
};

/** One boot entry of the catalog. */
struct isokit_boot_entry {
	unsigned index;        /**< from 1, in catalog order */
	uint8_t platform;      /**< enum isokit_platform or another value */
	uint8_t indicator;     /**< as stored: 0x88 bootable, 0x00 not */
	bool bootable;
	uint8_t media;         /**< as stored */
	uint16_t load_segment; /**< 0 means 0x7c0 */
	uint8_t system_type;
	uint16_t load_sectors; /**< in 512-byte sectors, as stored */
	uint32_t lba;          /**< in 2048-byte sectors */
	const char *section_id; /**< of its section header, or NULL */
	const char *path;       /**< the file at that address, or NULL */
	bool path_unknown;      /**< opened quickly: not every folder was looked into for
			         *   that file, and those that were do not have it */
	uint64_t bytes;         /**< length of the boot image, as well as it can be
			         *   known: the file, the FAT inside, the load size */
	bool inside;            /**< begins and ends inside the image file */
	bool not_zero;          /**< the first load has a byte that is not zero */
	struct isokit_boot_info_table info_table;
	struct isokit_grub2_boot_info grub2_info;
	const char *loader; /**< "isolinux", "grub", "windows" …; NULL when unknown */
	int fat;            /**< index into isokit_facts.fats, or -1 */
	bool message_only;  /**< BIOS: its code only prints a message, or hangs */
	const char *foreign; /**< BIOS: what its image is instead of code ("text" …), or NULL */
};

struct isokit_el_torito {
	bool present;
	uint64_t record_lba;  /**< of the boot record descriptor */
	uint32_t catalog_lba;
	bool readable;        /**< the catalog lies inside the image */
	bool valid;           /**< header id, key bytes and checksum are right */
	const char *id;       /**< id string of the validation entry */
	uint8_t platform;     /**< of the validation entry */
	const struct isokit_boot_entry *entries;
	size_t n_entries;
};

/* ---- partition tables ---------------------------------------------------- */

struct isokit_mbr_partition {
	unsigned index; /**< 1-4 primary, from 5 logical */
	bool active;
	uint8_t status; /**< as stored */
	uint8_t type;
	uint32_t start_lba, sectors; /**< 512-byte sectors; absolute for logical ones */
	bool inside;                 /**< ends inside the image file */
	int fat;                     /**< index into isokit_facts.fats, or -1 */
	bool boot_sector;            /**< its first sector is signed 55 AA and holds code
			              *   that does more than print a message */
};

enum isokit_boot_code {
	ISOKIT_CODE_NONE,       /**< the code bytes are zero */
	ISOKIT_CODE_ISOLINUX,   /**< isohybrid MBR */
	ISOKIT_CODE_GRUB,
	ISOKIT_CODE_WINDOWS,
	ISOKIT_CODE_PROTECTIVE, /**< only prints a message or hangs */
	ISOKIT_CODE_SYSLINUX,   /**< mbr.bin, gptmbr.bin: starts the active partition */
	ISOKIT_CODE_UNKNOWN,
};

/** What the code of an MBR needs in order to go on. */
enum isokit_boot_needs {
	ISOKIT_NEEDS_NOTHING,      /**< it ends here, or that is not known */
	ISOKIT_NEEDS_ISOLINUX,     /**< isolinux.bin at the pointer */
	ISOKIT_NEEDS_GRUB_CORE,    /**< GRUB's core image at the pointer */
	ISOKIT_NEEDS_DATA,         /**< something that is not zero at the pointer */
	ISOKIT_NEEDS_ACTIVE,       /**< one active partition with a boot sector */
	ISOKIT_NEEDS_GPT_LEGACY,   /**< a GPT partition marked for legacy boot */
	ISOKIT_NEEDS_FREEBSD_BOOT, /**< a GPT partition of type freebsd-boot */
};

struct isokit_mbr {
	bool present;   /**< 55 AA at byte 510 */
	bool plausible; /**< a partition table, and not the boot sector of a file system */
	enum isokit_boot_code code;
	const char *code_name; /**< more precise than the enum, or NULL */
	uint32_t disk_id;
	bool pointer_known;        /**< the code has a payload pointer we understand */
	uint64_t pointer_sector;   /**< where it points, in 512-byte sectors */
	bool pointer_ok;           /**< it points at the boot image it needs */
	const struct isokit_mbr_partition *partitions;
	size_t n_partitions;
	enum isokit_boot_needs needs;
	const char *pointer_problem; /**< static words when !pointer_ok */
	int fat; /**< sector 0 is the boot sector of a FAT: index into fats, else -1 */
};

struct isokit_gpt_partition {
	unsigned index;
	char type_guid[37], guid[37]; /**< upper case text */
	const char *name;             /**< UTF-8 */
	uint64_t first_lba, last_lba; /**< in gpt block_size */
	uint64_t attributes;
	bool inside;
	int fat;
	bool boot_sector; /**< as in isokit_mbr_partition */
};

struct isokit_gpt_header {
	bool present; /**< "EFI PART" is there */
	uint64_t lba; /**< where it was found */
	uint32_t revision, header_bytes;
	uint64_t my_lba, alternate_lba, first_usable, last_usable, entries_lba;
	uint32_t n_entries, entry_bytes;
	bool header_crc_ok, entries_crc_ok;
	char disk_guid[37];
};

struct isokit_gpt {
	uint32_t block_size; /**< 512 or, rarely, 2048 or 4096 */
	struct isokit_gpt_header primary, backup;
	bool backup_at_end;  /**< the backup is the last block of the image file */
	bool agree;          /**< both arrays have the same CRC */
	const struct isokit_gpt_partition *partitions; /**< of the valid copy, else the primary */
	size_t n_partitions;
};

struct isokit_apm_partition {
	unsigned index;
	const char *name, *type;
	uint32_t start, blocks; /**< in apm block_size */
};

struct isokit_apm {
	bool present;
	uint32_t block_size;
	const struct isokit_apm_partition *partitions;
	size_t n_partitions;
};

/* ---- evidence inside boot images ------------------------------------------ */

/** One signature of an EFI executable: names as they stand in its certificates.
 * Whether it is valid, and whether a firmware accepts it, is not judged. */
struct isokit_signature {
	const char *subject; /**< UTF-8: common name of the signer; "" when its certificate
			      *   is not in the signature */
	const char *issuer;  /**< UTF-8: common name of who issued that certificate */
	const char *const *chain; /**< further issuers upwards, as far as they are in there */
	size_t n_chain;
	const char *digest;  /**< static: "sha256" …; NULL when unknown */
};

/** A line of the .sbat section, by which firmware and shim revoke generations. */
struct isokit_sbat_entry {
	const char *component; /**< "shim", "grub.debian" */
	uint32_t generation;
	const char *version;   /**< of the package; "" when not given */
};

/** An EFI executable found under a removable-media path, or beside one. */
struct isokit_efi_loader {
	const char *path;  /**< "/EFI/BOOT/BOOTX64.EFI" as found */
	const char *arch;  /**< static: x64 ia32 aa64 arm riscv64 loongarch64 …; by the file
			    *   name, of those beside by the machine type; NULL when unknown */
	uint64_t bytes;
	bool pe_ok;        /**< MZ, PE\0\0 and an optional header are there */
	uint16_t machine;  /**< PE machine */
	bool machine_ok;   /**< fits the file name */
	uint16_t subsystem; /**< 10: EFI application */
	bool is_signed;    /**< it carries a signature that can be read */
	bool complete;     /**< its cluster chain and sections lie inside */
	bool damaged_signature; /**< data directory 4 names something that is no signature */
	const char *kind;  /**< static: what it is: "shim", "grub", "systemd-boot" …; or NULL */
	const struct isokit_signature *signatures;
	size_t n_signatures;
	const struct isokit_sbat_entry *sbat;
	size_t n_sbat;
};

/** A FAT file system that a boot entry or a partition points at. */
struct isokit_fat {
	uint64_t offset;  /**< in the image, bytes */
	uint64_t window;  /**< bytes that the entry or partition gives it */
	bool ok;          /**< sane BIOS parameter block and root directory */
	unsigned bits;    /**< 12, 16 or 32 */
	uint64_t bytes;   /**< by its own BIOS parameter block */
	bool inside;      /**< those bytes lie inside the image file */
	bool fits;        /**< and inside the window, where that is a partition */
	const char *label;
	bool boot_code;   /**< 55 AA and code that is not zero in its boot sector */
	const char *problem; /**< static words when !ok */
	const struct isokit_efi_loader *loaders; /**< those that firmware starts by itself */
	size_t n_loaders;
	const struct isokit_efi_loader *others;  /**< the other *.EFI files beside them */
	size_t n_others;
	const char *where; /**< what points at it: "GPT partition 2", "boot image 2" … */
};

/* ---- what it is ------------------------------------------------------------- */

/** A file that says something about the image, and what it says. */
struct isokit_evidence {
	const char *path; /**< as the image spells it */
	const char *text; /**< the line of it that counts, as stored, cut to 160 bytes; NULL
			   *   when its being there is what counts */
};

/** Which system the files of the image say they are. Strings are as stored and
 * cut to 96 bytes; NULL is not known. Nothing comes from the image's name. */
struct isokit_content {
	const char *distribution; /**< "Debian GNU/Linux", "Fedora", "Windows" … */
	const char *release;      /**< "12.5.0", "24.04.2 LTS" */
	const char *edition;      /**< code name, variant or edition */
	const char *architecture; /**< in its own words: "amd64", "x86_64" */
	const char *kind;         /**< static: "installer", "live", "rescue" or "memory-test" */
	const struct isokit_evidence *evidence;
	size_t n_evidence;
};

/** The files of Windows install media, which decide how it gets onto a stick. */
struct isokit_windows {
	bool present;
	const char *install_path; /**< of install.wim, .esd or .swm; NULL without one */
	uint64_t install_bytes;
	bool bootmgr;     /**< bootmgr: what its BIOS boot code starts */
	bool efi_loader;  /**< EFI/BOOT/BOOT*.EFI is in the tree */
};

/* ---- all of it -------------------------------------------------------------- */

/** Two trees of the image, file by file. Files without data are not counted. */
struct isokit_comparison {
	enum isokit_namespace_kind first, second;
	uint64_t same;           /**< runs of data that both show */
	uint64_t only_first, only_second; /**< files that the other one hides */
	uint64_t size_differs, extent_differs; /**< one name, another length or place */
	uint64_t name_differs;   /**< one place, names that have nothing in common */
};

/** What the image claims to need, and what claims it. */
struct isokit_expected {
	uint64_t bytes;   /**< the largest end that any structure claims */
	const char *what; /**< which: "volume", "GPT backup header", "partition 2" … */
	bool complete;    /**< the file is at least that long */
};

struct isokit_facts {
	const char *path;
	uint64_t size; /**< bytes of the source from the start of the image */
	/** How the image lies in its file, or NULL: it is the file. Offsets of findings
	 * are then those of the file; every other number counts inside the image. */
	const struct isokit_container *container;
	uint64_t session_lba; /**< where the descriptor set that is shown begins, less 16 */
	enum isokit_image_format format;
	const struct isokit_volume *primary; /**< NULL in pure UDF */
	const struct isokit_descriptor *descriptors;
	size_t n_descriptors;
	struct isokit_namespace namespaces[ISOKIT_NS_COUNT];
	struct isokit_udf udf;
	bool cd_xa;  /**< the primary descriptor is marked as one of CD-ROM XA */
	bool aaip;   /**< access control lists or extended attributes are announced */
	bool apple;  /**< some file has Apple's type and creator (after isokit_image_count()) */
	bool zisofs; /**< some file is zisofs compressed (known after isokit_image_count()) */
	const struct isokit_session *sessions;
	size_t n_sessions;
	struct isokit_el_torito el_torito;
	struct isokit_mbr mbr;
	struct isokit_gpt gpt;
	struct isokit_apm apm;
	struct isokit_hfs hfs;
	const struct isokit_fat *fats;
	size_t n_fats;
	struct isokit_content content;
	struct isokit_windows windows;
	struct isokit_expected expected;
	bool implanted_md5;  /**< an isomd5sum text is in the primary descriptor */
	bool libisofs_md5;   /**< libisofs checksum tags are present */
	const struct isokit_finding *findings; /**< sorted by severity, then offset */
	size_t n_findings;
	const struct isokit_comparison *comparisons; /**< known after isokit_image_check() */
	size_t n_comparisons;
};

/**
 * Open the ISO 9660 (or High Sierra, or UDF) image that begins at a byte of a
 * source. Damage that can be read around is not an error; it is listed in
 * isokit_facts.findings. Reads only metadata, never file contents.
 *
 * @param src      bytes of the image; borrowed until isokit_image_free()
 * @param start    first byte of the image, a multiple of 2048
 * @param ret_img  the image, owned by caller, free with isokit_image_free();
 *                 untouched on failure
 * @return ISOKIT_OK, ISOKIT_E_NOT_ISO (no volume descriptor found),
 *         ISOKIT_E_IO, ISOKIT_E_CHANGED or ISOKIT_E_NOMEM
 */
ISOKIT_API enum isokit_status isokit_image_open(struct isokit_source *src, uint64_t start,
						struct isokit_image **ret_img,
						struct isokit_error *err);

/** "The last one", for isokit_image_options.session. */
#define ISOKIT_SESSION_LAST UINT32_MAX

/** How to open an image. `size` is sizeof(struct isokit_image_options); new
 * members are added at the end, zero is what isokit_image_open() does. */
struct isokit_image_options {
	size_t size;
	/** Read a bounded number of bytes, however many files there are: which file
	 * a boot entry is may stay unknown (path NULL) in very large trees. */
	bool quick;
	/** The session to show, from 1, or ISOKIT_SESSION_LAST; 0: what the descriptors
	 * at sector 16 show, as a mount does. Block numbers count from the start of the
	 * medium in all of them. */
	uint32_t session;
	/** What isokit_format_detect() said of the file that the source is taken from,
	 * or NULL; copied. */
	const struct isokit_container *container;
	/** Where the session to show begins, in 2048-byte blocks, when that is known from
	 * elsewhere (the table of contents of the medium); 0: not given. */
	uint32_t session_block;
};

/** The same with options; ISOKIT_E_NOT_FOUND when there is no such session. */
ISOKIT_API enum isokit_status isokit_image_open_with(struct isokit_source *src, uint64_t start,
						     const struct isokit_image_options *options,
						     struct isokit_image **ret_img,
						     struct isokit_error *err);

/**
 * Recompute the error detection code of every raw sector that the image lies in, and
 * compare the addresses in their headers; what is wrong becomes findings. Reads the
 * whole file. Does nothing where facts.container is no raw sectors of known mode.
 *
 * @param file      the file that holds them, not what isokit_format_open() gave
 * @param progress  called with the bytes read so far; returns 0 to go on; may be NULL
 * @return ISOKIT_OK, ISOKIT_E_CANCELLED, ISOKIT_E_IO, ISOKIT_E_CHANGED or ISOKIT_E_NOMEM
 */
ISOKIT_API enum isokit_status isokit_image_check_sectors(struct isokit_image *img,
							 struct isokit_source *file,
							 int (*progress)(void *ctx, uint64_t done),
							 void *ctx, struct isokit_error *err);

/** Release an image; NULL is allowed. */
ISOKIT_API void isokit_image_free(struct isokit_image *img);

/** The facts; never NULL, borrowed until isokit_image_free(). */
ISOKIT_API const struct isokit_facts *isokit_image_facts(const struct isokit_image *img);

/**
 * Walk every name space once and fill the counts, zisofs, and the findings
 * that only a walk can make. Calling it again does nothing. Not to be called
 * while another thread uses the image.
 */
ISOKIT_API enum isokit_status isokit_image_count(struct isokit_image *img,
						 struct isokit_error *err);

/**
 * Look at every rule of the standards that a machine can test: what
 * isokit_image_count() finds, which it calls, and then each field of each
 * structure. Reads directories twice, path tables, the boot catalog and what
 * follows the image, but no file contents. Memory goes with the number of
 * directories and continuation areas. Of one kind of finding in one tree only
 * the first few are kept, see isokit_finding.more. Calling it again does
 * nothing. Not to be called while another thread uses the image.
 */
ISOKIT_API enum isokit_status isokit_image_check(struct isokit_image *img,
						 struct isokit_error *err);

/* ---- trees ------------------------------------------------------------------- */

enum isokit_file_type {
	ISOKIT_FILE,
	ISOKIT_DIR,
	ISOKIT_SYMLINK,
	ISOKIT_BLOCK,
	ISOKIT_CHAR,
	ISOKIT_FIFO,
	ISOKIT_SOCKET,
};

/** A run of file data: `bytes` bytes at byte lba * isokit_namespace.block_bytes +
 * skip_bytes of the image. */
struct isokit_extent {
	uint64_t lba;   /**< in logical blocks of the name space, or ISOKIT_HOLE */
	uint64_t bytes; /**< data bytes of the run */
	uint32_t skip_bytes; /**< UDF keeps small files inside the block of their own
			      *   entry: where in that block they begin; else 0 */
};

/** isokit_extent.lba of a run that is nowhere stored and reads as zeros (UDF). */
#define ISOKIT_HOLE UINT64_MAX

/** A user or group id that says: none (UDF 3.3.3.1). */
#define ISOKIT_NO_OWNER UINT32_MAX

/** What a record says beside names, times and Rock Ridge. */
struct isokit_attributes {
	/** Access control lists as text, as setfacl takes them, the default list behind
	 * "default:"; or NULL. Users and groups are numbers. */
	const char *acl;
	const char *const *xattrs; /**< names of extended attributes, "user.x" …; raw bytes */
	size_t n_xattrs;
	bool has_xa;               /**< CD-ROM XA: */
	uint16_t xa_attributes;    /**< 0x1000 form 2, 0x2000 interleaved, 0x4000 CD audio */
	uint8_t xa_file_number;
	bool has_apple;            /**< Apple's extension: */
	char apple_type[5], apple_creator[5]; /**< four letters, '?' for unprintable ones */
	uint16_t finder_flags;
	const uint8_t *const *xattr_values; /**< one for each of xattrs */
	const size_t *xattr_bytes;          /**< their lengths */
};

/** One name in a tree. Valid only during the callback. */
struct isokit_entry {
	const char *path; /**< "/a/b", raw bytes of the name space, NUL-terminated */
	size_t path_bytes;
	const char *name; /**< last component, inside path */
	enum isokit_file_type type;
	uint64_t bytes;   /**< size a reader sees: all extents; the real size for zisofs */
	uint32_t mode;    /**< POSIX st_mode with the type bits; made up (0555/0444 or so)
			   *   where the name space has none */
	uint32_t uid, gid, links; /**< uid and gid may be ISOKIT_NO_OWNER */
	bool has_posix;   /**< mode, uid, gid and links come from the medium */
	uint64_t inode;   /**< RRIP 1.12 serial number, unique id of UDF, else 0 */
	struct isokit_time mtime;
	const struct isokit_extent *extents;
	size_t n_extents;
	const char *target;        /**< of a symbolic link, else NULL */
	uint32_t dev_major, dev_minor;
	bool zisofs;               /**< stored compressed: extents hold fewer bytes */
	bool hidden;               /**< the existence bit is set (ECMA-119 9.1.6) */
	bool has_nul_or_slash;     /**< the raw name holds NUL or '/', replaced by '_', or is
				    *   "." or "..", whose first byte is replaced */
	unsigned depth;            /**< 0 for the root */
	uint64_t record_offset;    /**< byte offset of its directory record, in UDF of its
				    *   file entry, or ISOKIT_NO_OFFSET */
	bool sparse;               /**< RRIP SF: the extents hold a table and the used
				    *   parts, not the plain contents */
	const char *refused;       /**< static words: why the contents cannot be read as
				    *   they stand ("interleaved" …), or NULL */
	const struct isokit_attributes *attributes; /**< or NULL: there are none */
	bool has_streams;          /**< UDF: named streams or extended attributes of
				    *   their own belong to it */
	size_t n_stored_extents;   /**< UDF: how many runs there are at `extents`, also of
				    *   folders and links, whose n_extents is 0 */
};

/** Called for each entry; return 0 to go on, anything else to stop. */
typedef int (*isokit_visit_fn)(void *ctx, const struct isokit_entry *entry);

/**
 * How names of the medium become components of a path. ISO 9660: ";1" and then
 * a final "." of files are left out, other versions stay, nothing is turned to
 * lower case. Joliet: UTF-8, ";1" left out. Enhanced: ";1" left out. Rock
 * Ridge: as recorded; entries without NM have their ISO 9660 name. In all of
 * them '/' and NUL become '_', as does the first byte of "." and ".."; an empty
 * name becomes "_". So a path never leads out of the folder that it is joined
 * to; two entries may have the same path.
 *
 * Visit a folder and all below it (or one file), depth first, in the order of
 * the medium, each folder before its content. Deep directories that Rock Ridge
 * relocated appear at their logical place only. A name space loop ends at its
 * second visit. Damage is skipped; isokit_image_count() reports it.
 *
 * @param path  "/" or a path in that name space, as raw bytes
 * @return ISOKIT_OK, ISOKIT_E_NOT_FOUND, ISOKIT_E_CANCELLED when the callback
 *         stopped it, ISOKIT_E_IO, ISOKIT_E_NOMEM
 */
ISOKIT_API enum isokit_status isokit_image_walk(struct isokit_image *img,
						enum isokit_namespace_kind ns, const char *path,
						isokit_visit_fn visit, void *ctx,
						struct isokit_error *err);

/** The name space that shows most: UDF where ISO 9660 holds next to nothing (Windows
 * media), else Rock Ridge, else enhanced where it holds more, else Joliet, else
 * enhanced, else UDF, else ISO 9660. */
ISOKIT_API enum isokit_namespace_kind isokit_image_best_namespace(const struct isokit_image *img);

/** "iso9660", "rockridge", "joliet" …; static. */
ISOKIT_API const char *isokit_namespace_name(enum isokit_namespace_kind ns);

/** "file", "dir", "symlink" …; static. */
ISOKIT_API const char *isokit_file_type_name(enum isokit_file_type type);

#ifdef __cplusplus
}
#endif
#endif
