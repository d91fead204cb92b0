/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/message.h"
#include "convert.h"

enum {
	OPT_OUTPUT = OPT_OWN, OPT_FORCE, OPT_LIST, OPT_RAW, OPT_TRACK, OPT_PARTITION, OPT_SESSION,
	OPT_AUDIO, OPT_FORKS, OPT_CODEPAGE, OPT_TIME_ZONE, OPT_VOLUME, OPT_PASSWORD_FILE, OPT_HASH, OPT_VERIFY, OPT_TRIM,
	OPT_COMPRESS, OPT_MAP_FILE, OPT_RETRIES,
};

static const char *const compressions[] = { "zst", NULL };

static const struct option_row rows[] = {
	{ OPT_OUTPUT, 'o', "output", ARG_REQUIRED, "FILE",
	  "the image to write, or the folder for it; - is standard output", "Output", false, false },
	{ OPT_FORCE, 0, "force", ARG_NONE, NULL,
	  "replace an existing file that is no ISO image", NULL, false, false },
	{ OPT_LIST, 'l', "list", ARG_NONE, NULL,
	  "say what is inside, why, and what would be done; write nothing", NULL, false, false },
	{ OPT_RAW, 0, "raw", ARG_NONE, NULL,
	  "write the plain disk image, sparse where it is zero; of a disc its raw sectors", NULL,
	  false, false },
	{ OPT_COMPRESS, 0, "compress", ARG_OPTIONAL, "zst[:LEVEL]",
	  "write it compressed, in frames with a table to seek by", NULL, false, false,
	  compressions },
	{ OPT_HASH, 0, "hash", ARG_OPTIONAL, "ALGO,...",
	  "print hashes of what is written (sha256): md5, sha1, sha512, blake2b ...", NULL, false,
	  false, hashes_words },

	{ OPT_TRACK, 0, "track", ARG_REQUIRED, "N",
	  "of a disc, this track", "What is taken", false, false },
	{ OPT_SESSION, 0, "session", ARG_REQUIRED, "N",
	  "of a disc or image with several, this session (default: the last)", NULL, false, false },
	{ OPT_PARTITION, 0, "partition", ARG_REQUIRED, "N",
	  "of a disk, this partition", NULL, false, false },
	{ OPT_AUDIO, 0, "audio", ARG_REQUIRED, "DIR",
	  "write audio tracks as WAV files into DIR", NULL, false, false },
	{ OPT_FORKS, 0, "forks", ARG_NONE, NULL,
	  "keep resource forks of HFS, HFS+ and APFS as AppleDouble files", NULL, false, false },
	{ OPT_CODEPAGE, 0, "codepage", ARG_REQUIRED, "NAME",
	  "of short names on FAT (default: CP437)", NULL, false, false },
	{ OPT_TIME_ZONE, 0, "time-zone", ARG_REQUIRED, "+HH:MM",
	  "of times on FAT and HFS, which do not say it (default: +00:00)", NULL, false, false },
	{ OPT_VOLUME, 'V', "volume", ARG_REQUIRED, "ID",
	  "name of a new image (default: that of the file system)", NULL, false, false },
	{ OPT_PASSWORD_FILE, 0, "password-file", ARG_REQUIRED, "FILE",
	  "password of an encrypted image, the first line of FILE", NULL, false, false },
	{ OPT_VERIFY, 0, "verify", ARG_NONE, NULL,
	  "recompute the checksums that a container bears (default)", NULL, true, false },

	{ OPT_TRIM, 0, "trim", ARG_NONE, NULL,
	  "with --raw: only to the end of the last partition", "Drives", false, false },
	{ OPT_MAP_FILE, 0, "map-file", ARG_REQUIRED, "FILE",
	  "note what was read in FILE (as GNU ddrescue does), and go on from it", NULL, false,
	  false },
	{ OPT_RETRIES, 0, "retries", ARG_REQUIRED, "N",
	  "try damaged areas again so many times (default 1)", NULL, false, false },
	{ 0 },
};

static const char *const usage[] = { "[OPTION]... INPUT [OUTPUT]",
				     "[OPTION]... INPUT... FOLDER",
				     "--list [OPTION]... INPUT...", NULL };

static const struct command_example examples[] = {
	{ "iso-convert disc.cue", "disc.iso, the data track of that disc" },
	{ "iso-convert --list image.dmg", "what is in it, and what a conversion would do" },
	{ "iso-convert --raw image.dmg disk.img", "the plain disk that it holds" },
	{ "iso-convert --map-file=cd.map /dev/sr0 cd.iso", "a damaged disc, as far as it can be read" },
	{ NULL, NULL },
};

static const struct command command = {
	.name = "iso-convert",
	.summary = "Make an ISO image of a disc image, disk image or drive, whatever its name.",
	.usage = usage,
	.options = rows,
	.examples = examples,
	.notes = "The first line says which of three things is done: unwrap (the ISO image inside,\n"
		 "byte for byte), raw (the plain disk, no ISO image), re-author (a new ISO image\n"
		 "of the files).\n"
		 "Exit status: 0 done; 1 done, but something is damaged; 2 could not be done;\n"
		 "130 interrupted.",
};

static bool take_compress(const struct options *o, struct isokit_convert_options *lib)
{
	const char *s = o->value ? o->value : "zst";
	char *end;
	long level;

	if (strncmp(s, "zst", 3) != 0 || (s[3] != '\0' && s[3] != ':'))
		return options_refuse(o, "only zst is known") == 0;
	lib->zstd = true;
	if (s[3] == '\0')
		return true;
	level = strtol(s + 4, &end, 10);
	if (s[4] == '\0' || *end != '\0' || level < 1 || level > 19)
		return options_refuse(o, "a level is a number from 1 to 19") == 0;
	lib->zstd_level = (int)level;
	return true;
}

static bool parse_one(const struct options *o, int id, void *ctx)
{
	struct convert_options *opt = ctx;
	struct isokit_convert_options *lib = &opt->lib;

	switch (id) {
	case OPT_OPERAND:
		if (*o->value == '\0') {
			message_error(NULL, "an empty name is no file");
			return false;
		}
		memcpy(&opt->operands[opt->n_inputs++], &o->value, sizeof(o->value));
		return true;
	case OPT_OUTPUT: return options_name(o, &opt->output);
	case OPT_FORCE: lib->force = true; return true;
	case OPT_LIST: opt->list = true; return true;
	case OPT_RAW: lib->raw = true; return true;
	case OPT_COMPRESS: return take_compress(o, lib);
	case OPT_HASH: return hashes_option(&opt->hashes, o);
	case OPT_TRACK: return options_unsigned(o, 1, 99, &lib->track);
	case OPT_SESSION: return options_unsigned(o, 1, 99, &lib->session);
	case OPT_PARTITION: return options_unsigned(o, 1, 100000, &lib->partition);
	case OPT_AUDIO: return options_name(o, &opt->audio);
	case OPT_FORKS: lib->forks = true; return true;
	case OPT_CODEPAGE: return options_name(o, &lib->codepage);
	case OPT_TIME_ZONE: return options_time_zone(o, &lib->utc_minutes);
	case OPT_VOLUME: lib->volume_id = o->value; return true;
	case OPT_PASSWORD_FILE: return options_name(o, &opt->password_file);
	case OPT_VERIFY: lib->no_verify = o->negated; return true;
	case OPT_TRIM: lib->trim = true; return true;
	case OPT_MAP_FILE: return options_name(o, &lib->map_file);
	case OPT_RETRIES: return options_unsigned(o, 1, 1000, &lib->retries);
	default: return true;
	}
}

/* Elsewhere damage is no matter of luck: it is read once. */
static bool any_drive(const struct convert_options *opt)
{
	struct stat st;

	for (size_t i = 0; i < opt->n_inputs; i++)
		/* What is not there is told later. */
		if (stat(opt->inputs[i], &st) != 0 || S_ISBLK(st.st_mode))
			return true;
	return false;
}

static enum exit_code finish(struct convert_options *opt, const struct options *o)
{
	struct isokit_convert_options *lib = &opt->lib;

	opt->common = o->common;
	lib->hashes = opt->hashes.set;
	opt->inputs = (const char *const *)opt->operands;
	if (opt->n_inputs == 0)
		return options_usage_error(o, "no input given");
	if (opt->list && (opt->output || opt->audio || lib->map_file || opt->hashes.n || lib->zstd ||
			  lib->retries))
		return options_usage_error(o, "--list writes nothing, and does not go together with %s",
					   opt->output ? "--output" : opt->audio ? "--audio" :
					   lib->map_file ? "--map-file" : opt->hashes.n ? "--hash" :
					   lib->retries ? "--retries" : "--compress");
	/* The last of several is where it goes. */
	if (!opt->list && !opt->output && opt->n_inputs > 1)
		opt->output = opt->operands[--opt->n_inputs];
	if (lib->trim && !lib->raw)
		return options_usage_error(o, "--trim is for --raw");
	if (lib->track && lib->partition)
		return options_usage_error(o, "--track and --partition do not go together: discs "
					   "have tracks, disks have partitions");
	if (lib->retries && !lib->map_file && !any_drive(opt))
		return options_usage_error(o, "--retries is for drives, and for --map-file");
	if (opt->n_inputs > 1 && !opt->list && lib->map_file)
		return options_usage_error(o, "--map-file is for one input");
	opt->to_stdout = opt->output && strcmp(opt->output, "-") == 0;
	if (opt->to_stdout && opt->n_inputs > 1)
		return options_usage_error(o, "standard output takes one image");
	if (opt->to_stdout && opt->common.json)
		return options_usage_error(o, "--json and the image cannot both go to standard output");
	if (opt->to_stdout && lib->map_file)
		return options_usage_error(o, "--map-file needs a file as output, to go on with");
	if (opt->to_stdout && isatty(STDOUT_FILENO))
		return options_usage_error(o, "the image does not go to a terminal");
	lib->scratch_folder = options_scratch_folder();
	if (!options_epoch(&lib->has_epoch, &lib->epoch))
		return EXIT_UNABLE;
	if (opt->password_file && !password_read(&opt->password, opt->password_file))
		return EXIT_UNABLE;
	lib->password = opt->password.bytes;
	lib->password_bytes = opt->password.n;
	return EXIT_DONE;
}

enum exit_code convert_parse(struct convert_options *opt, int argc, char **argv, bool *ret_stop)
{
	enum exit_code code;
	struct options o;

	*opt = (struct convert_options){ .lib = { .size = sizeof(opt->lib) } };
	*ret_stop = true;
	options_start(&o, &command, argc, argv);
	opt->operands = calloc((size_t)argc + 1, sizeof(*opt->operands));
	if (!opt->operands)
		return options_usage_error(&o, "out of memory");
	code = hashes_parse(&opt->hashes, &o, parse_one, opt, ret_stop);
	if (*ret_stop)
		return code;
	code = finish(opt, &o);
	*ret_stop = code != EXIT_DONE;
	return code;
}

void convert_release(struct convert_options *opt)
{
	password_end(&opt->password);
	free(opt->operands);
}
