/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "common/message.h"
#include "writer.h"

enum {
	OPT_LIST = OPT_OWN, OPT_COMPARE, OPT_CLONE, OPT_RESTORE, OPT_PROBE,
	OPT_YES, OPT_UNMOUNT, OPT_FIXED_DISK, OPT_ANY, OPT_SIMULATE,
	OPT_AS, OPT_PERSISTENCE, OPT_FIX_GPT, OPT_LABEL, OPT_FS,
	OPT_VERIFY, OPT_SHA256, OPT_BMAP, OPT_BESIDE, OPT_HASH, OPT_PASSWORD_FILE, OPT_POWER_OFF,
	OPT_SPEED, OPT_BLANK, OPT_MULTI, OPT_EJECT, OPT_PSEUDO_DRIVES,
};

static const char *const ways[] = { "auto", "image", "files", NULL };
static const char *const probes[] = { "all", "quick", NULL };
static const char *const systems[] = { "fat32", "exfat", "ext4", NULL };
static const char *const blanks[] = { "as-needed", "fast", "all", "deformat", "never", NULL };

static const struct option_row rows[] = {
	{ OPT_LIST, 'l', "list", ARG_NONE, NULL,
	  "the drives, what is on them, and why a drive is refused", "What is done", false, false },
	{ OPT_COMPARE, 0, "compare", ARG_NONE, NULL,
	  "is this drive or disc that image? nothing is written", NULL, false, false },
	{ OPT_CLONE, 0, "clone", ARG_NONE, NULL, "write one drive to others", NULL, false, false },
	{ OPT_RESTORE, 0, "restore", ARG_NONE, NULL, "make an empty file system", NULL, false,
	  false },
	{ OPT_PROBE, 0, "probe", ARG_OPTIONAL, "HOW",
	  "has the drive the size it says? all on it is lost; quick or all (default)", NULL, false, false,
	  probes },

	{ OPT_YES, 'y', "yes", ARG_NONE, NULL,
	  "ask nothing; a drive that is refused stays refused", "Which drive", false, false },
	{ OPT_UNMOUNT, 0, "unmount", ARG_NONE, NULL,
	  "unmount what the desktop mounted of the drive", NULL, false, false },
	{ OPT_FIXED_DISK, 0, "fixed-disk", ARG_OPTIONAL, "DEVICE",
	  "allow drives that are not removable, or that one only", NULL, false, false },
	{ OPT_ANY, 0, "any", ARG_NONE, NULL,
	  "also an image that would not boot from a stick", NULL, false, false },
	{ OPT_SIMULATE, 'n', "simulate", ARG_NONE, NULL, "all but the writing", NULL, false,
	  false },

	{ OPT_AS, 0, "as", ARG_REQUIRED, "HOW",
	  "image: its bytes; files: its files, on FAT32 that boots; auto (default)",
	  "What is written", false, false, ways },
	{ OPT_PERSISTENCE, 0, "persistence", ARG_REQUIRED, "SIZE",
	  "a partition behind a live image that keeps changes; all: what is left", NULL, false,
	  false },
	{ OPT_FIX_GPT, 0, "fix-gpt", ARG_NONE, NULL,
	  "put the backup of a GPT at the end of the drive", NULL, false, false },
	{ OPT_LABEL, 0, "label", ARG_REQUIRED, "NAME",
	  "of the file system that --as=files and --restore make", NULL, false, false },
	{ OPT_FS, 0, "fs", ARG_REQUIRED, "KIND",
	  "of --restore: fat32, exfat or ext4 (default: by the size)", NULL, false, false,
	  systems },
	{ OPT_BMAP, 0, "bmap", ARG_REQUIRED, "FILE",
	  "write only what this block map lists", NULL, false, false },
	{ OPT_PASSWORD_FILE, 0, "password-file", ARG_REQUIRED, "FILE",
	  "password of an encrypted image, the first line of FILE", NULL, false, false },

	{ OPT_VERIFY, 0, "verify", ARG_NONE, NULL, "read back and compare (default)", "Checks",
	  true, false },
	{ OPT_SHA256, 0, "sha256", ARG_REQUIRED, "HEX",
	  "the image must have this SHA-256", NULL, false, false },
	{ OPT_BESIDE, 0, "beside", ARG_NONE, NULL,
	  "use checksums, signatures and a block map beside the image (default)", NULL, true,
	  false },
	{ OPT_HASH, 0, "hash", ARG_OPTIONAL, "ALGO,...",
	  "print hashes of what is written (sha256): md5, sha1, sha512, blake2b ...", NULL, false,
	  false, hashes_words },
	{ OPT_POWER_OFF, 0, "power-off", ARG_NONE, NULL, "switch the drive off at the end", NULL,
	  false, false },

	{ OPT_SPEED, 0, "speed", ARG_REQUIRED, "N", "times the single speed, or kB/s as Nk", "Discs", false,
	  false },
	{ OPT_BLANK, 0, "blank", ARG_REQUIRED, "HOW",
	  "as-needed (default), fast, all, deformat or never", NULL, false, false, blanks },
	{ OPT_MULTI, 0, "multi", ARG_NONE, NULL, "leave the disc open for another session", NULL,
	  false, false },
	{ OPT_EJECT, 0, "eject", ARG_NONE, NULL, "open the tray at the end", NULL, false, false },
	{ OPT_PSEUDO_DRIVES, 0, "pseudo-drives", ARG_REQUIRED, "FOLDER",
	  "stdio:FILE below FOLDER plays a drive (tests)", NULL, false, true },
	{ 0 },
};

static const char *const usage[] = { "[OPTION]... IMAGE DEVICE...",
				     "--compare [OPTION]... IMAGE DEVICE...",
				     "--clone [OPTION]... FROM DEVICE...",
				     "--restore|--probe [OPTION]... DEVICE...",
				     "--list [OPTION]... [DEVICE]...", NULL };

static const struct command_example examples[] = {
	{ "iso-write --list", "the drives, and which may be written" },
	{ "iso-write debian.iso /dev/sdb", "write, read back, compare" },
	{ "iso-write --as=files windows.iso /dev/sdb", "a stick that starts its setup" },
	{ "iso-write --compare debian.iso /dev/sdb", "is it that image?" },
	{ "iso-write --restore /dev/sdb", "a stick for files again" },
	{ NULL, NULL },
};

static const struct command command = {
	.name = "iso-write",
	.summary = "Write an image to USB sticks, cards and discs, and read it back.",
	.usage = usage,
	.options = rows,
	.examples = examples,
	.notes = "The name of the drive must be typed before it is written (or --yes given). The\n"
		 "system's drives, drives in use and fixed disks are refused.\n"
		 "Exit status: 0 written and equal; 1 differs; 2 refused, or could not be done;\n"
		 "130 interrupted.",
};

static bool take_sha256(const struct options *o, struct writer_options *opt)
{
	size_t n = strlen(o->value);

	if (n != 64 || strspn(o->value, "0123456789abcdefABCDEF") != n)
		return options_refuse(o, "not the 64 hexadecimal digits of a SHA-256") == 0;
	for (size_t i = 0; i < n; i++)
		opt->sha256_digits[i] = (char)tolower((unsigned char)o->value[i]);
	opt->sha256 = opt->sha256_digits;
	return true;
}

static bool take_size(const struct options *o, uint64_t *ret)
{
	if (strcmp(o->value, "all") == 0) {
		*ret = UINT64_MAX;
		return true;
	}
	return options_size(o, ret) &&
	       (*ret != 0 || options_refuse(o, "a partition of no bytes keeps nothing") == 0);
}

/* "8x", "2.4x", or kB/s. */
/* "8", "8x", "5540k". */
static bool take_speed(const struct options *o, struct writer_options *opt)
{
	char *end = NULL;
	double n = o->value[0] >= '0' && o->value[0] <= '9' ? strtod(o->value, &end) : 0;
	bool kb = n > 0 && strcasecmp(end, "k") == 0;
	bool times = n > 0 && (*end == '\0' || strcasecmp(end, "x") == 0);

	opt->speed = kb ? (unsigned)(n < 1 ? 1 : n < 1e6 ? n : 1e6) : 0;
	opt->speed_x = times ? n : 0;
	if (!kb && (!times || n >= 1000))
		return options_refuse(o, "not a speed: 8 or 8x is eight times the medium's single "
				      "speed, 5540k is 5540 kB/s") == 0;
	return true;
}

static bool take_task(const struct options *o, struct writer_options *opt, enum writer_task task)
{
	static const char *const words[] = { "", "list", "compare", "clone", "restore", "probe" };

	if (opt->task != TASK_WRITE && opt->task != task)
		return options_refuse(o, "does not go together with --%s", words[opt->task]) == 0;
	opt->task = task;
	return true;
}

static bool take_word(const struct options *o, unsigned *ret)
{
	int n = options_choice(o);

	*ret = n < 0 ? 0 : (unsigned)n;
	return n >= 0;
}

static bool take_disc(const struct options *o, int id, struct writer_options *opt)
{
	unsigned n = 0;

	opt->disc_word = o->row->long_name;
	switch (id) {
	case OPT_SPEED: return take_speed(o, opt);
	case OPT_MULTI: opt->multi = true; return true;
	case OPT_EJECT: opt->eject = true; return true;
	default: break;
	}
	if (!take_word(o, &n))
		return false;
	opt->blank = (enum writer_blank)n;
	return true;
}

static bool parse_one(const struct options *o, int id, void *ctx)
{
	struct writer_options *opt = ctx;
	unsigned n = 0;

	switch (id) {
	case OPT_OPERAND:
		if (*o->value == '\0') {
			message_error(NULL, "an empty name is neither an image nor a drive");
			return false;
		}
		memcpy(&opt->operands[opt->n_devices++], &o->value, sizeof(o->value));
		return true;
	case OPT_LIST: return take_task(o, opt, TASK_LIST);
	case OPT_COMPARE: return take_task(o, opt, TASK_COMPARE);
	case OPT_CLONE: return take_task(o, opt, TASK_CLONE);
	case OPT_RESTORE: return take_task(o, opt, TASK_RESTORE);
	case OPT_PROBE:
		if (o->value && !take_word(o, &n))
			return false;
		opt->quick = n == 1;
		return take_task(o, opt, TASK_PROBE);
	case OPT_YES: opt->yes = true; return true;
	case OPT_UNMOUNT: opt->unmount = true; return true;
	case OPT_FIXED_DISK:
		opt->any_fixed_disk |= o->value == NULL;
		return !o->value || options_name(o, &opt->fixed_disks[opt->n_fixed_disks++]);
	case OPT_ANY: opt->any = true; return true;
	case OPT_SIMULATE: opt->simulate = true; return true;
	case OPT_AS:
		if (!take_word(o, &n))
			return false;
		opt->as = (enum writer_as)n;
		return true;
	case OPT_PERSISTENCE: return take_size(o, &opt->persistence);
	case OPT_FIX_GPT: opt->fix_gpt = true; return true;
	case OPT_LABEL:
		opt->label = o->value;
		return *o->value || options_refuse(o, "leave it out for none") == 0;
	case OPT_FS:
		if (!take_word(o, &n))
			return false;
		opt->fs = systems[n];
		return true;
	case OPT_VERIFY: opt->no_verify = o->negated; return true;
	case OPT_SHA256: return take_sha256(o, opt);
	case OPT_BMAP: return options_name(o, &opt->bmap);
	case OPT_BESIDE: opt->no_beside = o->negated; return true;
	case OPT_HASH: return hashes_option(&opt->hashes, o);
	case OPT_PASSWORD_FILE: return options_name(o, &opt->password_file);
	case OPT_POWER_OFF: opt->power_off = true; return true;
	case OPT_PSEUDO_DRIVES: return options_name(o, &opt->pseudo_folder);
	default: return take_disc(o, id, opt);
	}
}

/* What belongs to another task. NULL: nothing. */
static const char *misplaced(const struct writer_options *opt)
{
	bool writes = opt->task == TASK_WRITE || opt->task == TASK_CLONE ||
		      opt->task == TASK_RESTORE || opt->task == TASK_PROBE;
	bool image = opt->task == TASK_WRITE || opt->task == TASK_COMPARE;

	if (opt->task == TASK_LIST && opt->yes)
		return "--yes";
	if (!writes && opt->unmount)
		return "--unmount";
	if (!writes && opt->task != TASK_LIST && (opt->n_fixed_disks || opt->any_fixed_disk))
		return "--fixed-disk";
	if (!writes && opt->simulate)
		return "--simulate";
	if ((!writes || opt->task == TASK_PROBE) && opt->no_verify)
		return "--no-verify";
	if (!image && opt->no_beside)
		return "--no-beside";
	if (!writes && opt->task != TASK_COMPARE && opt->power_off)
		return "--power-off";
	if (opt->task != TASK_WRITE && opt->any && opt->task != TASK_CLONE)
		return "--any";
	if (opt->task != TASK_WRITE && opt->as != AS_AUTO)
		return "--as";
	if (opt->task != TASK_WRITE && opt->persistence)
		return "--persistence";
	if (!image && opt->sha256)
		return "--sha256";
	if (!image && opt->bmap)
		return "--bmap";
	if (!image && opt->task != TASK_CLONE && opt->fix_gpt)
		return "--fix-gpt";
	if (!image && opt->password_file)
		return "--password-file";
	if (opt->task != TASK_RESTORE && opt->fs)
		return "--fs";
	if (opt->label && opt->task != TASK_RESTORE && opt->as != AS_FILES)
		return "--label";
	if (opt->hashes.n && (opt->task == TASK_LIST || opt->task == TASK_PROBE))
		return "--hash";
	return NULL;
}

/* Which operand is what. */
static enum exit_code sort_operands(struct writer_options *opt, const struct options *o)
{
	bool source = opt->task == TASK_WRITE || opt->task == TASK_COMPARE ||
		      opt->task == TASK_CLONE;
	size_t n = opt->n_devices;

	if (opt->task == TASK_LIST)
		return EXIT_DONE;
	if (n == 0)
		return options_usage_error(o, source ? "no image and no drive given" :
							"no drive given");
	if (!source)
		return EXIT_DONE;
	if (n == 1)
		return options_usage_error(o, opt->task == TASK_COMPARE ?
					   "no drive given to compare with %s ('%s --list' shows them)" :
					   "no drive given to write %s to ('%s --list' shows them)",
					   opt->operands[0], o->command->name);
	opt->source = opt->operands[0];
	opt->devices++;
	opt->n_devices--;
	return EXIT_DONE;
}

static enum exit_code finish(struct writer_options *opt, const struct options *o)
{
	static const char *const tasks[] = { "writing an image", "--list", "--compare", "--clone",
					     "--restore", "--probe" };
	const char *word;
	enum exit_code code;

	opt->common = o->common;
	opt->devices = (const char *const *)opt->operands;
	word = misplaced(opt);
	if (word)
		return options_usage_error(o, "%s has no meaning for %s", word, tasks[opt->task]);
	if (opt->task == TASK_LIST && opt->disc_word)
		return options_usage_error(o, "--%s has no meaning for --list", opt->disc_word);
	code = sort_operands(opt, o);
	if (code != EXIT_DONE)
		return code;
	if (opt->as == AS_FILES && (opt->persistence || opt->fix_gpt || opt->bmap))
		return options_usage_error(o, "%s is for the bytes of an image, not for --as=files",
					   opt->persistence ? "--persistence" : opt->fix_gpt ?
					   "--fix-gpt" : "--bmap");
	if (opt->persistence && opt->fix_gpt)
		return options_usage_error(o, "--persistence puts the backup of the GPT at the end "
					   "anyway; --fix-gpt is not for it");
	opt->scratch_folder = options_scratch_folder();
	if (!options_epoch(&opt->has_epoch, &opt->epoch))
		return EXIT_UNABLE;
	if (opt->password_file && !password_read(&opt->password, opt->password_file))
		return EXIT_UNABLE;
	return EXIT_DONE;
}

enum exit_code writer_parse(struct writer_options *opt, int argc, char **argv, bool *ret_stop)
{
	enum exit_code code;
	struct options o;

	*opt = (struct writer_options){ .task = TASK_WRITE };
	*ret_stop = true;
	options_start(&o, &command, argc, argv);
	opt->operands = calloc((size_t)argc + 1, sizeof(*opt->operands));
	opt->fixed_disks = calloc((size_t)argc + 1, sizeof(*opt->fixed_disks));
	if (!opt->operands || !opt->fixed_disks)
		return options_usage_error(&o, "out of memory");
	code = hashes_parse(&opt->hashes, &o, parse_one, opt, ret_stop);
	if (*ret_stop)
		return code;
	code = finish(opt, &o);
	*ret_stop = code != EXIT_DONE;
	return code;
}

void writer_release(struct writer_options *opt)
{
	password_end(&opt->password);
	free(opt->fixed_disks);
	free(opt->operands);
}
