/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "extract.h"

enum {
	OPT_DIRECTORY = OPT_OWN, OPT_PERMISSIONS, OPT_NAMES, OPT_STRIP, OPT_STDOUT,
	OPT_OVERWRITE, OPT_LIST, OPT_PARTITION, OPT_TRACK, OPT_SESSION, OPT_PASSWORD_FILE,
	OPT_FORKS, OPT_CODEPAGE, OPT_TIME_ZONE, OPT_ANY_SIZE, OPT_THREADS,
};

static const char *const names[] = { "auto", "rockridge", "joliet", "iso9660", "enhanced", "udf",
				     NULL };

static const struct option_row rows[] = {
	{ OPT_DIRECTORY, 'C', "directory", ARG_REQUIRED, "DIR",
	  "extract into DIR (default: here), which is made if missing", "Where to", false, false },
	{ OPT_STDOUT, 'O', "to-stdout", ARG_NONE, NULL,
	  "contents of the files to standard output", NULL, false, false },
	{ OPT_OVERWRITE, 0, "overwrite", ARG_NONE, NULL,
	  "replace files that exist (otherwise nothing is extracted then)", NULL, false, false },
	{ OPT_STRIP, 0, "strip", ARG_REQUIRED, "N",
	  "leave N leading folders off all names", NULL, false, false },
	{ OPT_PERMISSIONS, 'p', "permissions", ARG_NONE, NULL,
	  "modes whatever the umask, extended attributes, access control lists; as root also "
	  "owners and devices", NULL, false, false },
	{ OPT_LIST, 'l', "list", ARG_NONE, NULL,
	  "show what would be extracted, and write nothing", "What to extract", false, false },
	{ OPT_NAMES, 0, "names", ARG_REQUIRED, "WHICH",
	  "names to use: auto, rockridge, joliet, iso9660, enhanced, udf", NULL, false, false, names },
	{ OPT_PARTITION, 0, "partition", ARG_REQUIRED, "N",
	  "files of partition N of a disk image (default: of all, each in a folder)", NULL,
	  false, false },
	{ OPT_TRACK, 0, "track", ARG_REQUIRED, "N", "files of track N of a disc", NULL,
	  false, false },
	{ OPT_SESSION, 0, "session", ARG_REQUIRED, "N",
	  "files of session N (from 1, or last) of a multi-session disc", NULL, false, false },
	{ OPT_FORKS, 0, "forks", ARG_NONE, NULL,
	  "resource forks of a Mac volume as AppleDouble files", NULL, false, false },
	{ OPT_CODEPAGE, 0, "codepage", ARG_REQUIRED, "NAME",
	  "of short names on FAT (default: CP437)", NULL, false, false },
	{ OPT_TIME_ZONE, 0, "time-zone", ARG_REQUIRED, "+HH:MM",
	  "of times on FAT and HFS, which do not say it (default: +00:00)", NULL, false, false },
	{ OPT_PASSWORD_FILE, 0, "password-file", ARG_REQUIRED, "FILE",
	  "the password of an encrypted image is the first line of FILE", "How", false, false },
	{ OPT_ANY_SIZE, 0, "any-size", ARG_NONE, NULL,
	  "also files that are beyond all measure for the size of the image", NULL,
	  false, false },
	{ OPT_THREADS, 0, "threads", ARG_REQUIRED, "N",
	  "threads to use (default: one for each processor)", NULL, false, false },
	{ 0 },
};

static const char *const usage[] = { "[OPTION]... IMAGE [PATH]...", NULL };

static const struct command_example examples[] = {
	{ "iso-extract -C tree debian.iso", "everything into the folder tree" },
	{ "iso-extract debian.iso /boot '*.txt'", "a folder, and files by a pattern" },
	{ "iso-extract -O debian.iso /.disk/info", "show one file" },
	{ "iso-extract --strip=1 -C docs game.cue manual", "the files of a folder alone" },
	{ NULL, NULL },
};

static const struct command command = {
	.name = "iso-extract",
	.summary = "Take files out of any disc or disk image, without mounting it.",
	.usage = usage,
	.options = rows,
	.examples = examples,
	.notes = "IMAGE: an ISO, BIN/CUE, NRG, DMG, VHD, a disk image ...; PATH: what to take of "
		 "it.\nNo name or link in an image leads out of DIR.\n"
		 "Exit status: 0 done; 1 something is missing or damaged; 2 could not be done.",
};

static bool parse_names(const struct options *o, struct extract_options *opt)
{
	static const enum isokit_namespace_kind kinds[] = {
		ISOKIT_NS_BEST, ISOKIT_NS_ROCKRIDGE, ISOKIT_NS_JOLIET,
		ISOKIT_NS_ISO9660, ISOKIT_NS_ENHANCED, ISOKIT_NS_UDF,
	};
	int choice = options_choice(o);

	if (choice < 0)
		return false;
	opt->lib.names = kinds[choice];
	return true;
}

static bool take_option(const struct options *o, int id, struct extract_options *opt)
{
	switch (id) {
	case OPT_DIRECTORY:
		opt->directory = o->value;
		return true;
	case OPT_STDOUT:
		opt->to_stdout = true;
		return true;
	case OPT_OVERWRITE:
		opt->lib.overwrite = true;
		return true;
	case OPT_STRIP:
		return options_unsigned(o, 0, 65535, &opt->lib.strip);
	case OPT_PERMISSIONS:
		opt->lib.permissions = true;
		return true;
	case OPT_LIST:
		opt->list = true;
		return true;
	case OPT_NAMES:
		return parse_names(o, opt);
	case OPT_PARTITION:
		return options_unsigned(o, 1, 65535, &opt->lib.partition);
	case OPT_TRACK:
		return options_unsigned(o, 1, 99, &opt->lib.track);
	case OPT_SESSION:
		if (strcmp(o->value, "last") == 0) {
			opt->lib.session = ISOKIT_SESSION_LAST;
			return true;
		}
		return options_unsigned(o, 1, 65535, &opt->lib.session);
	case OPT_FORKS:
		opt->lib.forks = true;
		return true;
	case OPT_CODEPAGE:
		return options_name(o, &opt->lib.codepage);
	case OPT_TIME_ZONE:
		return options_time_zone(o, &opt->lib.utc_minutes);
	case OPT_PASSWORD_FILE:
		opt->password_file = o->value;
		return true;
	case OPT_ANY_SIZE:
		opt->lib.any_size = opt->medium.any_size = true;
		return true;
	case OPT_THREADS:
		return options_unsigned(o, 1, 256, &opt->lib.threads);
	default:
		return false;
	}
}

static enum exit_code finish(struct extract_options *opt, const struct options *o)
{
	opt->common = o->common;
	if (!opt->image)
		return options_usage_error(o, "no image given");
	if (opt->directory && !*opt->directory)
		return options_usage_error(o, "--directory: the name is empty");
	if (opt->to_stdout && opt->list)
		return options_usage_error(o, "--list does not go together with --to-stdout");
	if (opt->to_stdout && o->common.json)
		return options_usage_error(o, "--to-stdout leaves no standard output for --json");
	if (opt->to_stdout && opt->directory)
		return options_usage_error(o, "--to-stdout writes into no --directory");
	if (opt->lib.partition && opt->lib.track)
		return options_usage_error(o, "--partition does not go together with --track");
	opt->medium.scratch_folder = options_scratch_folder();
	if (opt->password_file) {
		if (!password_read(&opt->password, opt->password_file))
			return EXIT_UNABLE;
		opt->medium.password = opt->password.bytes;
		opt->medium.password_bytes = opt->password.n;
	}
	return EXIT_DONE;
}

enum exit_code extract_parse(struct extract_options *opt, int argc, char **argv, bool *ret_stop)
{
	enum exit_code code;
	struct options o;
	int id;

	*opt = (struct extract_options){
		.lib = { .size = sizeof(opt->lib), .names = ISOKIT_NS_BEST },
		.medium = { .size = sizeof(opt->medium) },
	};
	*ret_stop = true;
	options_start(&o, &command, argc, argv);
	opt->paths = calloc((size_t)argc + 1, sizeof(*opt->paths));
	if (!opt->paths)
		return options_usage_error(&o, "out of memory");
	while ((id = options_next(&o)) != OPT_END) {
		if (id == OPT_FINISH)
			return o.exit_code;
		if (id == OPT_OPERAND && !opt->image)
			opt->image = o.value;
		else if (id == OPT_OPERAND)
			opt->paths[opt->n_paths++] = o.value;
		else if (id < OPT_OWN || !take_option(&o, id, opt))
			return EXIT_UNABLE;
	}
	code = finish(opt, &o);
	*ret_stop = code != EXIT_DONE;
	return code;
}

void extract_release(struct extract_options *opt)
{
	free(opt->paths);
	password_end(&opt->password);
}
