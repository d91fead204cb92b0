/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "build.h"
#include "common/message.h"

enum {
	OPT_OUTPUT = OPT_OWN, OPT_FORCE, OPT_DRY_RUN, OPT_FIT, OPT_FOR,
	OPT_VOLUME, OPT_SYSTEM, OPT_VOLUME_SET, OPT_PUBLISHER, OPT_PREPARER, OPT_APPLICATION,
	OPT_COPYRIGHT, OPT_ABSTRACT, OPT_BIBLIOGRAPHIC,
	OPT_BOOT, OPT_BIOS, OPT_EFI, OPT_MBR, OPT_ESP, OPT_LOAD_SECTORS, OPT_INFO_TABLE,
	OPT_EMULATION, OPT_HYBRID, OPT_APM,
	OPT_ADD, OPT_REMOVE, OPT_EXCLUDE, OPT_HIDE, OPT_SORT, OPT_OWNER, OPT_GROUP, OPT_MODE,
	OPT_JOLIET, OPT_ROCK_RIDGE, OPT_ISO_LEVEL, OPT_UDF, OPT_SYSTEM_ROOT,
	OPT_UNPACK, OPT_MTREE, OPT_EXCLUDE_FROM, OPT_XATTR, OPT_ACL,
	OPT_MKISOFS,
	OPT_DEDUP, OPT_ZISOFS, OPT_CHECKSUMS, OPT_IMPLANT_MD5, OPT_UPDATE_MANIFESTS, OPT_MANIFEST,
};

static const char *const boots[] = { "auto", "none", "keep", NULL };
static const char *const emulations[] = { "none", "floppy-1.2", "floppy-1.44", "floppy-2.88",
					  "hard-disk", NULL };
static const char *const hybrids[] = { "auto", "gpt", "mbr", "none", NULL };
static const char *const udfs[] = { "1.02", "1.50", "2.00", "2.01", NULL };

static const struct option_row rows[] = {
	{ OPT_OUTPUT, 'o', "output", ARG_REQUIRED, "FILE",
	  "the image to write; - is standard output", "Output", false, false },
	{ OPT_MKISOFS, 0, "mkisofs", ARG_NONE, NULL,
	  "read all that follows as mkisofs does (--mkisofs -help)", NULL, false, false },
	{ OPT_FORCE, 0, "force", ARG_NONE, NULL,
	  "replace an existing file that is no ISO image", NULL, false, false },
	{ OPT_DRY_RUN, 'n', "dry-run", ARG_NONE, NULL,
	  "say what would be built and how it would boot; write nothing", NULL, false, false },

	{ OPT_FIT, 0, "fit", ARG_REQUIRED, "MEDIUM",
	  "write nothing that does not fit: cd, dvd, dvd-dl, bd, bd-dl, bd-xl or a size", NULL,
	  false, false, fit_words },

	{ OPT_ADD, 0, "add", ARG_REQUIRED, "SRC=DEST",
	  "add the file or folder SRC as DEST", "The tree", false, false },
	{ OPT_UNPACK, 0, "unpack", ARG_REQUIRED, "SRC[=DEST]",
	  "add what the archive SRC holds (tar, zip ...; - is standard input)", NULL, false, false },
	{ OPT_MTREE, 0, "mtree", ARG_REQUIRED, "FILE",
	  "owners, modes, times, devices as the mtree manifest FILE says", NULL, false, false },
	{ OPT_REMOVE, 0, "remove", ARG_REQUIRED, "PATH",
	  "take PATH out of the tree again", NULL, false, false },
	{ OPT_EXCLUDE, 0, "exclude", ARG_REQUIRED, "GLOB",
	  "leave out what matches: names, or paths where GLOB has a /", NULL, false, false },
	{ OPT_EXCLUDE_FROM, 0, "exclude-from", ARG_REQUIRED, "FILE",
	  "likewise, one GLOB a line", NULL, false, false },
	{ OPT_HIDE, 0, "hide", ARG_REQUIRED, "[TREE=]GLOB",
	  "store what matches, but show it in no folder (of one TREE)", NULL, false, false },
	{ OPT_SORT, 0, "sort", ARG_REQUIRED, "FILE",
	  "order of contents: lines GLOB WEIGHT, the highest first", NULL, false, false },
	{ OPT_OWNER, 0, "owner", ARG_REQUIRED, "[GLOB=]UID",
	  "owner of everything, or of what matches", NULL, false, false },
	{ OPT_GROUP, 0, "group", ARG_REQUIRED, "[GLOB=]GID",
	  "group of everything, or of what matches", NULL, false, false },
	{ OPT_MODE, 0, "mode", ARG_REQUIRED, "[GLOB=]MODE",
	  "permissions: octal, or as chmod has them (u+w,go=rX)", NULL, false, false },
	{ OPT_XATTR, 0, "xattr", ARG_NONE, NULL,
	  "keep extended attributes", NULL, true, false },
	{ OPT_ACL, 0, "acl", ARG_NONE, NULL,
	  "keep access control lists", NULL, true, false },
	{ OPT_JOLIET, 0, "joliet", ARG_NONE, NULL,
	  "names for Windows (default)", NULL, true, false },
	{ OPT_ROCK_RIDGE, 0, "rock-ridge", ARG_NONE, NULL,
	  "names and attributes of POSIX (default)", NULL, true, false },
	{ OPT_UDF, 0, "udf", ARG_OPTIONAL, "REVISION",
	  "UDF names over the same contents: 1.02 (default), 1.50, 2.00, 2.01", NULL, true, false,
	  udfs },
	{ OPT_ISO_LEVEL, 0, "iso-level", ARG_REQUIRED, "N",
	  "ISO 9660 interchange level 1, 2 or 3 (default 3)", NULL, false, false },

	{ OPT_DEDUP, 0, "dedup", ARG_NONE, NULL,
	  "store equal contents once, boot images excepted", "Contents", false, false },
	{ OPT_ZISOFS, 0, "zisofs", ARG_OPTIONAL, "HOW",
	  "compress contents, for Linux: level=N,block=SIZE,version=1|2|auto", NULL, true, false },
	{ OPT_CHECKSUMS, 0, "checksums", ARG_NONE, NULL,
	  "record MD5s of files and of all, as xorriso checks them", NULL, false, false },
	{ OPT_UPDATE_MANIFESTS, 0, "update-manifests", ARG_NONE, NULL,
	  "renew lists of checksums in the tree (md5sum.txt, SHA256SUMS)", NULL, false, false },
	{ OPT_IMPLANT_MD5, 0, "implant-md5", ARG_NONE, NULL,
	  "record an MD5 of the volume, as checkisomd5 checks it", NULL, false, false },
	{ OPT_MANIFEST, 0, "manifest", ARG_REQUIRED, "FILE",
	  "write SHA-256 of the image and of each file to FILE", NULL, false, false },

	{ OPT_FOR, 0, "for", ARG_REQUIRED, "GOAL",
	  "instead of the options below: pc, uefi, cd (discs only), data (boots nowhere)", "Booting",
	  false, false, goal_words },
	{ OPT_BOOT, 0, "boot", ARG_REQUIRED, "WHAT",
	  "auto: what boots in the tree (default); keep: as in the image to start from; none",
	  NULL, false, false, boots },
	{ OPT_BIOS, 0, "bios", ARG_REQUIRED, "PATH",
	  "El Torito boot image for BIOS, a file of the tree", NULL, false, false },
	{ OPT_EFI, 0, "efi", ARG_REQUIRED, "PATH",
	  "FAT image for UEFI, a file of the tree", NULL, false, false },
	{ OPT_ESP, 0, "esp", ARG_REQUIRED, "FOLDER",
	  "make the FAT image for UEFI from a folder of the tree", NULL, false, false },
	{ OPT_MBR, 0, "mbr", ARG_REQUIRED, "FILE",
	  "boot code for the first sector, a file of this computer", NULL, false, false },
	{ OPT_LOAD_SECTORS, 0, "load-sectors", ARG_REQUIRED, "N",
	  "512-byte sectors of the BIOS image that the BIOS loads", NULL, false, false },
	{ OPT_INFO_TABLE, 0, "boot-info-table", ARG_NONE, NULL,
	  "tell the BIOS image where it lies (default: where its loader asks)", NULL, true, false },
	{ OPT_EMULATION, 0, "emulation", ARG_REQUIRED, "KIND",
	  "none, floppy-1.2, floppy-1.44, floppy-2.88, hard-disk", NULL, false, false, emulations },
	{ OPT_HYBRID, 0, "hybrid", ARG_REQUIRED, "TABLE",
	  "partition table for sticks: auto, gpt, mbr, none", NULL, false, false, hybrids },
	{ OPT_APM, 0, "apm", ARG_NONE, NULL,
	  "add an Apple partition map", NULL, false, false },
	{ OPT_SYSTEM_ROOT, 0, "system-root", ARG_REQUIRED, "DIR",
	  "where boot loaders are installed, in place of /", NULL, false, true },

	{ OPT_VOLUME, 'V', "volume", ARG_REQUIRED, "ID",
	  "name of the volume (default ISOIMAGE)", "Descriptor fields", false, false },
	{ OPT_SYSTEM, 0, "system", ARG_REQUIRED, "ID", "system identifier", NULL, false, false },
	{ OPT_VOLUME_SET, 0, "volume-set", ARG_REQUIRED, "ID",
	  "volume set identifier", NULL, false, false },
	{ OPT_PUBLISHER, 0, "publisher", ARG_REQUIRED, "ID",
	  "who publishes it", NULL, false, false },
	{ OPT_PREPARER, 0, "preparer", ARG_REQUIRED, "ID",
	  "who prepared the data", NULL, false, false },
	{ OPT_APPLICATION, 0, "application", ARG_REQUIRED, "ID",
	  "what application it is for", NULL, false, false },
	{ OPT_COPYRIGHT, 0, "copyright", ARG_REQUIRED, "NAME",
	  "file of the root folder with the copyright statement", NULL, false, false },
	{ OPT_ABSTRACT, 0, "abstract", ARG_REQUIRED, "NAME",
	  "file of the root folder with an abstract", NULL, false, false },
	{ OPT_BIBLIOGRAPHIC, 0, "bibliographic", ARG_REQUIRED, "NAME",
	  "file of the root folder with bibliographic data", NULL, false, false },
	{ 0 },
};

static const char *const usage[] = { "[OPTION]... -o OUT.iso SOURCE...",
				     "[OPTION]... -n SOURCE...", NULL };

static const struct command_example examples[] = {
	{ "iso-build -o demo.iso folder", "a bootable hybrid image of what is in folder" },
	{ "iso-build -n folder", "what that would be, and how it would boot" },
	{ "iso-build -V DATA --boot=none -o - docs /src=source | xz >data.iso.xz",
	  "two folders as a stream" },
	{ NULL, NULL },
};

static const struct command command = {
	.name = "iso-build",
	.summary = "Build an ISO 9660 image that boots from disc and stick out of folders.",
	.usage = usage,
	.options = rows,
	.examples = examples,
	.notes = "SOURCE is a folder or a tar archive (its content becomes the root; - is standard\n"
		 "input), a file, or DEST=SOURCE to put it elsewhere. SOURCE_DATE_EPOCH sets the time of the image.\n"
		 "Exit status: 0 done; 1 the finished image failed its check; 2 could not be done;\n"
		 "130 interrupted.",
};

/* ---- single options -------------------------------------------------------------- */

static bool parse_boot(const struct options *o, struct isokit_build_options *lib, bool *explicit)
{
	static const enum isokit_build_boot kinds[] = {
		ISOKIT_BUILD_BOOT_DETECT, ISOKIT_BUILD_BOOT_NONE, ISOKIT_BUILD_BOOT_KEEP
	};
	int choice = options_choice(o);

	*explicit = true;
	if (choice >= 0)
		lib->boot = kinds[choice];
	return choice >= 0;
}

static bool parse_emulation(const struct options *o, struct isokit_build_options *lib)
{
	static const enum isokit_emulation kinds[] = {
		ISOKIT_EMUL_NONE, ISOKIT_EMUL_FLOPPY_1200, ISOKIT_EMUL_FLOPPY_1440,
		ISOKIT_EMUL_FLOPPY_2880, ISOKIT_EMUL_HARD_DISK
	};
	int choice = options_choice(o);

	if (choice < 0)
		return false;
	lib->has_emulation = true;
	lib->emulation = kinds[choice];
	return true;
}

static bool parse_hybrid(const struct options *o, struct isokit_build_options *lib)
{
	static const enum isokit_build_hybrid kinds[] = {
		ISOKIT_BUILD_HYBRID_AUTO, ISOKIT_BUILD_HYBRID_GPT, ISOKIT_BUILD_HYBRID_MBR,
		ISOKIT_BUILD_HYBRID_NONE
	};
	int choice = options_choice(o);

	if (choice >= 0)
		lib->hybrid = kinds[choice];
	return choice >= 0;
}

static bool parse_udf(const struct options *o, struct isokit_build_options *lib)
{
	static const unsigned revisions[] = { 0x0102, 0x0150, 0x0200, 0x0201 };
	int choice = o->value != NULL ? options_choice(o) : 0;

	if (choice < 0)
		return false;
	lib->udf = !o->negated;
	lib->no_udf = o->negated;
	lib->udf_revision = revisions[choice];
	return true;
}

/* A path of the image that leads out of it. */
static bool leads_out(const char *dest, size_t n)
{
	for (size_t i = 0; i + 2 <= n; i++) {
		if ((i == 0 || dest[i - 1] == '/') && dest[i] == '.' && dest[i + 1] == '.' &&
		    (i + 2 == n || dest[i + 2] == '/'))
			return true;
	}
	return false;
}

static bool add_step(struct build_options *opt, enum step_kind what, const char *dest,
		     size_t dest_bytes, const char *source, size_t source_bytes)
{
	struct tree_step *step = &opt->steps[opt->n_steps];

	if (dest != NULL && leads_out(dest, dest_bytes)) {
		message_error(NULL, "%.*s: .. leads out of the image; say the path from its root",
			      (int)dest_bytes, dest);
		return false;
	}
	opt->n_steps++;
	step->what = what;
	step->dest = dest != NULL ? strndup(dest, dest_bytes) : NULL;
	step->source = source != NULL ? strndup(source, source_bytes) : NULL;
	if ((dest == NULL || step->dest != NULL) && (source == NULL || step->source != NULL))
		return true;
	message_error(NULL, "out of memory");
	return false;
}

/* --add SRC=DEST: the last '=' parts them, so that SRC may have others. */
static bool parse_add(const struct options *o, struct build_options *opt)
{
	const char *at = strrchr(o->value, '=');

	if (at == NULL || at == o->value || at[1] == '\0')
		return options_refuse(o, "not SRC=DEST") == 0;
	return add_step(opt, STEP_ADD, at + 1, strlen(at + 1), o->value,
			(size_t)(at - o->value));
}

/* --unpack SRC[=DEST]: what exists under the whole name is meant, else as above. */
static bool parse_unpack(const struct options *o, struct build_options *opt)
{
	const char *at = strrchr(o->value, '=');

	if (at == NULL || access(o->value, F_OK) == 0)
		return add_step(opt, STEP_UNPACK, NULL, 0, o->value, strlen(o->value));
	if (at == o->value || at[1] == '\0')
		return options_refuse(o, "not SRC or SRC=DEST") == 0;
	return add_step(opt, STEP_UNPACK, at + 1, strlen(at + 1), o->value,
			(size_t)(at - o->value));
}

/* An operand: what exists under the whole name is meant, else DEST=SOURCE. */
static bool parse_source(const struct options *o, struct build_options *opt)
{
	const char *at = strchr(o->value, '=');
	struct stat st;

	if (*o->value == '\0') {
		message_error(NULL, "an empty SOURCE names no file");
		return false;
	}
	/* Nobody means the device file itself; in a folder it is one file of many. */
	if (stat(o->value, &st) == 0 && (S_ISBLK(st.st_mode) || S_ISCHR(st.st_mode))) {
		message_error(o->value, "is a device: copy what is on it to a file first, or say "
			      "DEST=%s for a device file in the image", o->value);
		return false;
	}
	if (at == NULL || at == o->value || access(o->value, F_OK) == 0)
		return add_step(opt, STEP_ADD, NULL, 0, o->value, strlen(o->value));
	return add_step(opt, STEP_ADD, o->value, (size_t)(at - o->value), at + 1, strlen(at + 1));
}

static bool parse_rule(const struct options *o, struct build_options *opt, enum rule_kind kind)
{
	if (!rule_parse(o, kind, &opt->rules[opt->n_rules]))
		return false;
	opt->n_rules++;
	return true;
}

/* The fields that are only copied. NULL for other options. */
static const char **text_field(struct isokit_build_options *lib, int id)
{
	switch (id) {
	case OPT_VOLUME: return &lib->volume_id;
	case OPT_SYSTEM: return &lib->system_id;
	case OPT_VOLUME_SET: return &lib->volume_set_id;
	case OPT_PUBLISHER: return &lib->publisher;
	case OPT_PREPARER: return &lib->preparer;
	case OPT_APPLICATION: return &lib->application;
	case OPT_COPYRIGHT: return &lib->copyright_file;
	case OPT_ABSTRACT: return &lib->abstract_file;
	case OPT_BIBLIOGRAPHIC: return &lib->bibliographic_file;
	case OPT_BIOS: return &lib->bios_path;
	case OPT_EFI: return &lib->efi_path;
	case OPT_ESP: return &lib->esp_folder;
	case OPT_MBR: return &lib->mbr_file;
	case OPT_SYSTEM_ROOT: return &lib->system_root;
	default: return NULL;
	}
}

static bool parse_one(const struct options *o, int id, struct build_options *opt,
		      bool *boot_explicit)
{
	struct isokit_build_options *lib = &opt->lib;
	const char **field = text_field(lib, id);
	unsigned n;

	if (field != NULL) {
		*field = o->value;
		return true;
	}
	switch (id) {
	case OPT_OPERAND: return parse_source(o, opt);
	case OPT_OUTPUT:
		opt->output = o->value;
		return *o->value != '\0' || options_refuse(o, "an empty name is no file") == 0;
	case OPT_FORCE: lib->force = true; return true;
	case OPT_FIT: return fit_parse(o, opt);
	case OPT_DRY_RUN: opt->dry_run = true; return true;
	case OPT_FOR: return goal_parse(o, lib);
	case OPT_BOOT: return parse_boot(o, lib, boot_explicit);
	case OPT_LOAD_SECTORS: return options_unsigned(o, 1, 65535, &lib->load_sectors);
	case OPT_INFO_TABLE:
		lib->boot_info_table = !o->negated;
		lib->no_boot_info_table = o->negated;
		return true;
	case OPT_EMULATION: return parse_emulation(o, lib);
	case OPT_HYBRID: return parse_hybrid(o, lib);
	case OPT_APM: lib->apm = true; return true;
	case OPT_ADD: return parse_add(o, opt);
	case OPT_UNPACK: return parse_unpack(o, opt);
	case OPT_MTREE: return add_step(opt, STEP_MANIFEST, NULL, 0, o->value, strlen(o->value));
	case OPT_EXCLUDE_FROM: return inputs_read_excludes(o, opt);
	case OPT_XATTR: lib->xattrs = !o->negated; return true;
	case OPT_ACL: lib->acls = !o->negated; return true;
	case OPT_REMOVE: return add_step(opt, STEP_REMOVE, o->value, strlen(o->value), NULL, 0);
	case OPT_EXCLUDE: opt->excludes[lib->n_excludes++] = o->value; return true;
	case OPT_DEDUP: lib->dedup = true; return true;
	case OPT_ZISOFS: return zisofs_parse(o, lib);
	case OPT_CHECKSUMS: lib->checksums = true; return true;
	case OPT_UPDATE_MANIFESTS: lib->update_manifests = true; return true;
	case OPT_IMPLANT_MD5: lib->implant_md5 = true; return true;
	case OPT_MANIFEST: lib->manifest = o->value; return true;
	case OPT_HIDE: return hide_parse(o, opt);
	case OPT_SORT: return sort_parse(o, opt);
	case OPT_OWNER: return parse_rule(o, opt, RULE_OWNER);
	case OPT_GROUP: return parse_rule(o, opt, RULE_GROUP);
	case OPT_MODE: return parse_rule(o, opt, RULE_MODE);
	case OPT_UDF: return parse_udf(o, lib);
	case OPT_JOLIET:
		lib->no_joliet = o->negated;
		lib->joliet_asked = !o->negated;
		return true;
	case OPT_ROCK_RIDGE:
		lib->no_rock_ridge = o->negated;
		lib->rock_ridge_asked = !o->negated;
		return true;
	case OPT_ISO_LEVEL:
		if (!options_unsigned(o, 1, 3, &n))
			return false;
		lib->iso_level = (int)n;
		return true;
	default: return false;
	}
}

/* ---- all together ------------------------------------------------------------------- */

/* By name, or because both are there and one. */
static bool same_file(const char *a, const char *b)
{
	struct stat x, y;

	return b != NULL && (strcmp(a, b) == 0 ||
			     (stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev &&
			      x.st_ino == y.st_ino));
}

static enum exit_code finish(struct build_options *opt, const struct options *o,
			     bool boot_explicit)
{
	struct isokit_build_options *lib = &opt->lib;
	bool by_hand = lib->bios_path != NULL || lib->efi_path != NULL || lib->esp_folder != NULL;
	bool sources = false;

	opt->common = o->common;
	for (size_t i = 0; i < opt->n_steps; i++)
		sources = sources || opt->steps[i].what != STEP_REMOVE;
	if (!sources)
		return options_usage_error(o, "no source given");
	if (opt->output == NULL && !opt->dry_run)
		return options_usage_error(o, "no output given (-o FILE)");
	if (lib->goal != ISOKIT_BUILD_FOR_ANY) {
		const char *other = goal_against(lib, boot_explicit);

		if (other != NULL)
			return options_usage_error(o, "--for=%s does not go together with %s",
						   goal_name(lib->goal), other);
	}
	if (lib->boot == ISOKIT_BUILD_BOOT_NONE && (by_hand || lib->mbr_file != NULL))
		return options_usage_error(o, "--boot=none does not go together with %s",
					   lib->bios_path != NULL ? "--bios" :
					   lib->efi_path != NULL ? "--efi" :
					   lib->esp_folder != NULL ? "--esp" : "--mbr");
	if (lib->boot == ISOKIT_BUILD_BOOT_NONE &&
	    (lib->load_sectors != 0 || lib->has_emulation || lib->boot_info_table || lib->apm ||
	     lib->hybrid == ISOKIT_BUILD_HYBRID_GPT || lib->hybrid == ISOKIT_BUILD_HYBRID_MBR))
		return options_usage_error(o, "--boot=none leaves nothing for other boot options");
	if (lib->efi_path != NULL && lib->esp_folder != NULL)
		return options_usage_error(o, "--efi and --esp are two ways to say the same thing");
	if (lib->hybrid == ISOKIT_BUILD_HYBRID_NONE && (lib->mbr_file != NULL || lib->apm))
		return options_usage_error(o, "--hybrid=none does not go together with %s",
					   lib->mbr_file != NULL ? "--mbr" : "--apm");
	if (by_hand && !boot_explicit)
		lib->boot = ISOKIT_BUILD_BOOT_MANUAL;
	if (lib->manifest != NULL && same_file(lib->manifest, opt->output))
		return options_usage_error(o, "--manifest and --output name the same file");
	opt->to_stdout = opt->output != NULL && strcmp(opt->output, "-") == 0;
	if (opt->to_stdout && !opt->dry_run && opt->common.json)
		return options_usage_error(o, "--json and the image cannot both go to standard output");
	if (opt->to_stdout && !opt->dry_run && isatty(STDOUT_FILENO))
		return options_usage_error(o, "the image does not go to a terminal");
	lib->excludes = opt->excludes;
	lib->rules = opt->rules;
	lib->n_rules = opt->n_rules;
	/* Hashes come with the contents, which a dry run does not read. */
	lib->list_files = lib->list_files || opt->common.json ||
			  (opt->dry_run && opt->common.verbose > 0);
	lib->hashes = lib->hashes || (opt->common.json && !opt->dry_run);
	lib->hides = opt->hides;
	lib->weights = opt->weights;
	/* Beside a file that is written, or where temporary files go. */
	if (opt->output == NULL || opt->to_stdout)
		lib->scratch_folder = options_scratch_folder();
	return options_epoch(&lib->has_epoch, &lib->epoch) ? EXIT_DONE : EXIT_UNABLE;
}

enum exit_code build_parse(struct build_options *opt, int argc, char **argv, bool *ret_stop)
{
	bool boot_explicit = false, genisoimage;
	size_t most = (size_t)argc + 1;
	enum exit_code code;
	struct options o;
	int first, id;

	*opt = (struct build_options){ .lib = { .size = sizeof(opt->lib) } };
	opt->n_words = most;
	*ret_stop = true;
	options_start(&o, &command, argc, argv);
	opt->steps = calloc(most, sizeof(*opt->steps));
	opt->excludes = calloc(most, sizeof(*opt->excludes));
	opt->rules = calloc(most, sizeof(*opt->rules));
	opt->hides = calloc(most, sizeof(*opt->hides));
	if (opt->steps == NULL || opt->excludes == NULL || opt->rules == NULL ||
	    opt->hides == NULL)
		return options_usage_error(&o, "out of memory");
	first = mkisofs_first_word(argc, argv, &genisoimage);
	if (first != 0)
		return mkisofs_parse(opt, argv + first, genisoimage, ret_stop);
	while ((id = options_next(&o)) != OPT_END) {
		if (id == OPT_MKISOFS) {
			opt->common = o.common;
			return mkisofs_parse(opt, argv + o.next, false, ret_stop);
		}
		if (id == OPT_FINISH)
			return o.exit_code;
		if (id == OPT_ERROR || !parse_one(&o, id, opt, &boot_explicit))
			return EXIT_UNABLE;
	}
	code = finish(opt, &o, boot_explicit);
	*ret_stop = code != EXIT_DONE;
	return code;
}

/* The library's members are const, but we own what they point at. */
static void free_pattern(const char *pattern)
{
	char *owned;

	memcpy(&owned, &pattern, sizeof(owned));
	free(owned);
}

void build_release(struct build_options *opt)
{
	for (size_t i = 0; i < opt->n_steps; i++) {
		free(opt->steps[i].dest);
		free(opt->steps[i].source);
	}
	for (size_t i = 0; i < opt->n_rules; i++)
		free_pattern(opt->rules[i].pattern);
	/* The other personality owns its own. */
	for (size_t i = 0; i < opt->lib.n_weights && opt->weights != NULL; i++)
		free_pattern(opt->weights[i].pattern);
	free(opt->steps);
	for (size_t i = 0; i < opt->n_kept; i++)
		free(opt->kept[i]);
	free(opt->kept);
	free(opt->excludes);
	free(opt->rules);
	free(opt->hides);
	free(opt->weights);
	mkisofs_release(opt->mkisofs);
}
