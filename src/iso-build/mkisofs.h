/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mkisofs personality: command lines as xorriso -as mkisofs, genisoimage and
 * mkisofs read them. One table (mkisofs_table.c) has every option; its rows name a
 * function and a number for it, and everything ends in the same build_options that
 * iso-build's own options fill. */
#ifndef ISO_BUILD_MKISOFS_H
#define ISO_BUILD_MKISOFS_H

#include "build.h"

struct mkisofs;
struct mkisofs_row;

/* Do what a row says with its values (as many as row->arguments has words). False
 * after a message, see mkisofs_refuse(). */
typedef bool (*mkisofs_apply_fn)(struct mkisofs *m, const struct mkisofs_row *row,
				 char *const *values);

/* A row of the table, which ends with a row without names.
 *
 * Long options are taken with one dash or with two; a name is looked up as it was
 * typed first, because -efi-boot and --efi-boot are two different options. */
struct mkisofs_row {
	/* "-o -output": blanks between them, as shown in the help. A '*' stands before
	 * those that xorriso does not know: who uses them means genisoimage. */
	const char *names;
	const char *arguments; /* "FILE", "NUMBER TYPE FILE"; NULL: none */
	const char *help;      /* one line */
	mkisofs_apply_fn apply;
	int code;              /* for apply */
	const char *why;       /* for mkisofs_ignore() and mkisofs_decline() */
};

extern const struct mkisofs_row mkisofs_rows[];

enum { MKISOFS_MAX_VALUES = 3 };

/* A list of strings that the personality owns. */
struct mkisofs_list {
	char **items;
	size_t n, capacity;
};

struct mkisofs {
	struct build_options *opt;
	struct isokit_build_naming naming;
	char **argv;           /* what is still to be read: words, NULL-terminated */
	const char *typed;     /* the option being applied, as typed */
	const char *typed_value;

	struct mkisofs_list pathspecs;
	const char *root;      /* -root: above every target; NULL: "/" */
	bool graft_points;
	bool help, version;
	uint64_t media_blocks;   /* -stream-media-size; 0: no stream */
	const char *stream_name;
	unsigned char application_use[512];

	struct mkisofs_list excludes;
	struct mkisofs_list strings; /* made here and borrowed by the options */
	struct isokit_build_hide *hides;     /* -hide… */
	size_t n_hides, capacity_hides;
	struct isokit_build_weight *weights; /* -sort, --sort-weight… */
	size_t n_weights, capacity_weights;
	bool rock_given;       /* -R, -r */
	bool long_given;       /* -max-iso9660-filenames */
	bool genisoimage;      /* names and defaults of that program */
	bool keep_deep;        /* -D: nothing is relocated */
	/* -r and the like say something about everything, later ones on top. */
	bool rationalize;
	struct isokit_build_rule uid, gid, dir_mode, file_mode, new_dir_mode;
	bool has_dir_mode, has_file_mode, has_new_dir_mode;

	struct mkisofs_boot *boot; /* of mkisofs_boot.c; NULL: nothing said about booting */
};

/* One line on stderr about the option being applied ("-iso-level 9: …"). Returns false. */
bool mkisofs_refuse(const struct mkisofs *m, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* A number from least to most, decimal or 0x…; false after a message. */
bool mkisofs_number(const struct mkisofs *m, const char *s, long long least, long long most,
		    long long *ret);

/* The same in fewer bits. */
bool mkisofs_unsigned(const struct mkisofs *m, const char *s, long long least, long long most,
		      unsigned *ret);

/* Says so and returns false. */
bool mkisofs_out_of_memory(void);

/* Room for one more than n items (from malloc or NULL); false after a message. */
bool mkisofs_grow(void **items, size_t *capacity, size_t n, size_t item_bytes);
#define MKISOFS_GROW(items, capacity, n) \
	mkisofs_grow((void **)&(items), &(capacity), n, sizeof(*(items)))

/* The list owns the item, also on failure; NULL is out of memory. */
bool mkisofs_list_add(struct mkisofs_list *list, char *item);

/* A copy that lives as long as the build; NULL after a message. */
const char *mkisofs_keep(struct mkisofs *m, const char *s, size_t n);

/* Each line of a file ("-": standard input) to `take`; false after a message. */
bool mkisofs_each_line(struct mkisofs *m, const char *path,
		       bool (*take)(struct mkisofs *m, void *ctx, char *line), void *ctx);

/* Rows that do nothing, and say so; rows that this program cannot serve. */
bool mkisofs_ignore(struct mkisofs *m, const struct mkisofs_row *row, char *const *values);
bool mkisofs_decline(struct mkisofs *m, const struct mkisofs_row *row, char *const *values);

/* mkisofs_tree.c: what goes into the tree, and as what. */
enum mkisofs_tree_code {
	MK_GRAFT, MK_FOLLOW, MK_PATH_LIST, MK_QUOTED_LIST, MK_ROOT, MK_EXCLUDE, MK_EXCLUDE_LIST,
	MK_HIDE, MK_HIDE_LIST, MK_HIDE_JOLIET, MK_HIDE_JOLIET_LIST, MK_HIDE_HFSPLUS,
	MK_HIDE_HFSPLUS_LIST, MK_WEIGHT, MK_WEIGHT_LIST, MK_WEIGHT_PATTERNS, MK_SORT,
	MK_NO_BACKUPS, MK_RATIONALIZE, MK_UID, MK_GID, MK_DIR_MODE, MK_FILE_MODE, MK_NEW_DIR_MODE,
	MK_ALL_DATES,
};
bool mkisofs_tree(struct mkisofs *m, const struct mkisofs_row *row, char *const *values);
bool mkisofs_tree_finish(struct mkisofs *m);
/* -hide… of the boot catalog, which no source holds; false after a message. */
bool mkisofs_tree_hide_catalog(struct mkisofs *m, const char *path);

/* mkisofs_names.c: name spaces, names, descriptor fields. */
enum mkisofs_name_code {
	MK_LEVEL, MK_UNTRANSLATED, MK_UNTRANSLATED_LEN, MK_LOWERCASE, MK_RELAXED, MK_NO_DOT,
	MK_31, MK_37, MK_NO_VERSION, MK_NO_DIR_DOTS, MK_MULTIDOT, MK_LEADING_DOT, MK_NO_TRANSLATE,
	MK_ROCK, MK_NO_ROCK, MK_JOLIET, MK_JOLIET_LONG, MK_JOLIET_UTF16, MK_UCS_LEVEL,
	MK_DEEP, MK_RR_MOVED, MK_RELOC_DIR, MK_NAME_LIMIT,
	MK_INPUT_CHARSET, MK_JCHARSET, MK_OUTPUT_CHARSET,
};
bool mkisofs_names(struct mkisofs *m, const struct mkisofs_row *row, char *const *values);

void mkisofs_names_start(struct mkisofs *m);
void mkisofs_names_finish(struct mkisofs *m);

/* A descriptor field; the code is enum mkisofs_field_code. */
enum mkisofs_field_code {
	MK_VOLID, MK_VOLSET, MK_PUBLISHER, MK_APPID, MK_SYSID, MK_PREPARER, MK_ABSTRACT,
	MK_BIBLIO, MK_COPYRIGHT,
};
bool mkisofs_field(struct mkisofs *m, const struct mkisofs_row *row, char *const *values);

/* mkisofs_misc.c: output, what the program does, the rest. */
enum mkisofs_misc_code {
	MK_OUTPUT, MK_PAD, MK_NO_PAD, MK_PRINT_SIZE, MK_QUIET,
	MK_VERBOSE, MK_GUI, MK_HELP, MK_VERSION, MK_LOG_FILE, MK_MODIFICATION_DATE, MK_UDF,
	MK_CDRECORD, MK_PREVIOUS, MK_OLD_ROOT, MK_EMUL_TOC, MK_NO_EMUL_TOC, MK_SECTYPE, MK_NOTHING,
};
bool mkisofs_misc(struct mkisofs *m, const struct mkisofs_row *row, char *const *values);

/* -help and -version (mkisofs_help.c). */
enum exit_code mkisofs_help(const struct mkisofs *m);

/* mkisofs_extra.c: what is stored beside or instead of contents. */
enum mkisofs_extra_code {
	MK_ACL, MK_XATTR, MK_XATTR_ANY, MK_MD5, MK_FOR_BACKUP, MK_ZISOFS, MK_ZISOFS_2,
	MK_SCDBACKUP, MK_Z2, MK_ZF, MK_OLD_EMPTY,
	MK_APPLICATION_USE, MK_VOLSET_SIZE, MK_VOLSET_SEQNO, MK_MEDIA_SIZE, MK_STREAM_NAME,
};
bool mkisofs_extra(struct mkisofs *m, const struct mkisofs_row *row, char *const *values);
/* -stream-media-size: standard input, all of it, as one more source. */
bool mkisofs_add_stream(struct mkisofs *m);

/* --set_all_file_dates (mkisofs_dates.c). */
bool mkisofs_file_date(struct mkisofs *m, const char *value);

/* mkisofs_boot.c: El Torito, system area, partitions, HFS+, jigdo. */
enum mkisofs_boot_code {
	MK_B, MK_E, MK_EFI_BOOT, MK_ALT_BOOT, MK_PLATFORM, MK_NO_EMUL, MK_HARD_DISK, MK_NO_BOOT,
	MK_LOAD_SIZE, MK_LOAD_SEG, MK_INFO_TABLE, MK_GRUB2_INFO, MK_BOOT_ID, MK_SELCRIT, MK_CATALOG,
	MK_CATALOG_HIDE,
	MK_GENERIC, MK_GRUB2_MBR, MK_ISOHYBRID_MBR, MK_GPT_BASDAT, MK_GPT_HFSPLUS, MK_APM_HFSPLUS,
	MK_LIKE_ISOHYBRID, MK_ISO_PART_TYPE, MK_PROTECTIVE, MK_FORCE_BOOTABLE, MK_PART_OFFSET,
	MK_HD_CYL, MK_SEC_HD, MK_CYL_ALIGN, MK_APPEND, MK_APPENDED_GPT, MK_APPENDED_APM,
	MK_EFI_PART, MK_GPT_GUID, MK_CHRP, MK_PREP, MK_MIPS, MK_MIPSEL, MK_SPARC, MK_SPARC_LABEL,
	MK_SPARC_CORE, MK_HPPA_CMDLINE, MK_HPPA_LOADER, MK_HPPA_32, MK_HPPA_64, MK_HPPA_RAMDISK,
	MK_HPPA_VERSION, MK_ALPHA,
	MK_HFSPLUS, MK_HFS_SERIAL, MK_HFS_BLOCK, MK_APM_BLOCK, MK_HFS_CREATOR_TYPE, MK_HFS_BLESS_BY,
	MK_HFS_BLESS,
	MK_JIGDO_ALGORITHM, MK_JIGDO_JIGDO, MK_JIGDO_TEMPLATE, MK_JIGDO_MIN, MK_JIGDO_FORCE,
	MK_JIGDO_EXCLUDE, MK_JIGDO_MAP, MK_CHECKSUM_LIST, MK_JIGDO_COMPRESS, MK_CHECKSUM_ISO,
	MK_CHECKSUM_TEMPLATE,
};
bool mkisofs_boot(struct mkisofs *m, const struct mkisofs_row *row, char *const *values);
/* When all options are read: what they say together, into m->opt->lib. */
bool mkisofs_boot_finish(struct mkisofs *m);
void mkisofs_boot_release(struct mkisofs *m);

#endif
