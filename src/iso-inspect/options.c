/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "inspect.h"

enum {
	OPT_LIST = OPT_OWN, OPT_NAMES, OPT_CHECK, OPT_REQUIRE, OPT_OWNER, OPT_MAP, OPT_SESSION,
	OPT_VERIFY, OPT_HASH,
};

static const char *const names[] = { "auto", "rockridge", "joliet", "iso9660", "enhanced", "udf",
				     NULL };

static const struct option_row rows[] = {
	{ OPT_LIST, 'l', "list", ARG_OPTIONAL, "PATH",
	  "list the files, recursively, from PATH (or /) on", "What to show", false, false },
	{ OPT_NAMES, 0, "names", ARG_REQUIRED, "WHICH",
	  "names to list: auto, rockridge, joliet, iso9660, enhanced, udf", NULL,
	  false, false, names },
	{ OPT_CHECK, 0, "check", ARG_NONE, NULL,
	  "every rule the structures break; exit 1 on an error", NULL, false, false },
	{ OPT_VERIFY, 0, "verify", ARG_NONE, NULL,
	  "recompute all checksums, in the image and beside it", NULL, false, false },
	{ OPT_HASH, 0, "hash", ARG_OPTIONAL, "ALGO,...",
	  "sha256 of the image; or sha512, md5, blake2b, sha1", NULL, false, false,
	  hashes_words },
	{ OPT_REQUIRE, 0, "require", ARG_REQUIRED, "COND,...",
	  "exit 0 only if all hold: iso9660 joliet rockridge udf hybrid bios-cd bios-usb "
	  "uefi-cd uefi-usb usb-bootable optical-bootable secure-boot complete valid",
	  NULL, false, false, require_words },
	{ OPT_MAP, 0, "map", ARG_REQUIRED, "FILE",
	  "a picture of the layout: FILE.svg, FILE.html, or - for SVG on standard output", NULL,
	  false, false },
	{ OPT_OWNER, 0, "owner", ARG_REQUIRED, "LBA",
	  "what lies at a sector: structure, boot image, partition, file; also A-B, "
	  "BYTEb, 0xBYTE, lists of these, or - to read them", NULL, false, false },
	{ OPT_SESSION, 0, "session", ARG_REQUIRED, "N",
	  "show session N (from 1, or last) of a multi-session image", NULL, false, false },
	{ 0 },
};

static const char *const usage[] = { "[OPTION]... IMAGE...", NULL };

static const struct command_example examples[] = {
	{ "iso-inspect debian.iso", "what it is and how it boots" },
	{ "iso-inspect --list=/boot --json debian.iso", "files below /boot, for scripts" },
	{ "iso-inspect --verify --hash debian.iso", "recompute its checksums; its SHA-256" },
	{ "iso-inspect --require hybrid,valid *.iso", "exit 0 only for sound hybrids" },
	{ NULL, NULL },
};

static const struct command command = {
	.name = "iso-inspect",
	.summary = "Say what an ISO 9660 image is, how it boots, and what is wrong with it.",
	.usage = usage,
	.options = rows,
	.examples = examples,
	.notes = "IMAGE: a file, a block device, an http(s) address, or - (a seekable stdin).\n"
		 "Exit status: 0 done, or yes; 1 the answer is no; 2 could not be done.",
};

static bool parse_names(const struct options *o, struct inspect_options *opt)
{
	static const enum isokit_namespace_kind kinds[] = {
		ISOKIT_NS_ISO9660, ISOKIT_NS_ROCKRIDGE, ISOKIT_NS_JOLIET,
		ISOKIT_NS_ISO9660, ISOKIT_NS_ENHANCED,  ISOKIT_NS_UDF,
	};
	int choice = options_choice(o);

	if (choice < 0)
		return false;
	opt->names_auto = choice == 0;
	opt->names = kinds[choice];
	return true;
}

/* "3" or "last". */
static bool parse_session(const struct options *o, struct inspect_options *opt)
{
	char *end = NULL;
	unsigned long n;

	if (strcmp(o->value, "last") == 0) {
		opt->session = ISOKIT_SESSION_LAST;
		return true;
	}
	n = strtoul(o->value, &end, 10);
	if (o->value[0] < '0' || o->value[0] > '9' || *end || n == 0 || n > 65535) {
		(void)options_usage_error(o, "--session: \"%s\" is neither a number from 1 nor \"last\"",
					  o->value);
		return false;
	}
	opt->session = (uint32_t)n;
	return true;
}

/* Can this word not be an image? It is no address, and no file of the host (a folder is
 * none either). */
static bool is_no_image(const char *word)
{
	struct stat st;

	return strcmp(word, "-") != 0 && !isokit_source_is_url(word) &&
	       (stat(word, &st) != 0 || S_ISDIR(st.st_mode));
}

/* "--list PATH IMAGE" and "IMAGE --list PATH": the word right after --list is where
 * to begin when it can be no image, and another word is the image. "--list=PATH" is
 * never a guess. */
static void take_list_path(struct inspect_options *opt, size_t follows_list)
{
	if (follows_list >= opt->n_images || opt->list_path || opt->n_images < 2 ||
	    !is_no_image(opt->images[follows_list]))
		return;
	opt->list_path = opt->images[follows_list];
	opt->n_images--;
	memmove(opt->images + follows_list, opt->images + follows_list + 1,
		(opt->n_images - follows_list) * sizeof(*opt->images));
}

static bool map_is_right(const struct inspect_options *opt, const struct options *o)
{
	enum isokit_map_format format;

	if (!opt->map)
		return true;
	if (opt->list)
		(void)options_usage_error(o, "--map does not go together with --list");
	else if (strcmp(opt->map, "-") == 0 && (opt->check || opt->require || opt->owner.n ||
						opt->verify || opt->hashes.n || o->common.json))
		(void)options_usage_error(o, "--map=- leaves no standard output for %s",
					  opt->check ? "--check" : opt->require ? "--require" :
					  opt->owner.n ? "--owner" : opt->verify ? "--verify" :
					  opt->hashes.n ? "--hash" : "--json");
	else if (!map_format(opt->map, &format))
		(void)options_usage_error(o, "--map: the name of the file ends in .svg or .html");
	else if (opt->n_images > 1)
		(void)options_usage_error(o, "--map draws one image at a time");
	else
		return true;
	return false;
}

/* Letters, digits, commas: nobody calls an image so who means what is there. */
static bool is_like_algorithm(const char *word)
{
	size_t n = strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789,-");

	return word[0] != '-' && word[n] == '\0';
}

/* "--hash ALGO IMAGE": the word right after --hash names algorithms when it can and
 * is no file of the host. "--hash=ALGO" is never a guess, and nothing is sha256. */
static bool take_hash_word(const struct options *o, struct inspect_options *opt,
			   const char *word, bool *ret_taken)
{
	*ret_taken = (hashes_are(word) || is_like_algorithm(word)) && is_no_image(word);
	return hashes_add(&opt->hashes, o, *ret_taken ? word : "sha256");
}

static enum exit_code finish(struct inspect_options *opt, const struct options *o,
			     size_t follows_list)
{
	opt->common = o->common;
	take_list_path(opt, follows_list);
	if (opt->n_images == 0)
		return options_usage_error(o, "no image given");
	if (opt->list && (opt->check || opt->require || opt->owner.n || opt->verify ||
			  opt->hashes.n))
		return options_usage_error(o, "--list does not go together with %s",
					   opt->check ? "--check" : opt->require ? "--require" :
					   opt->owner.n ? "--owner" :
					   opt->verify ? "--verify" : "--hash");
	if (!map_is_right(opt, o))
		return EXIT_UNABLE;
	for (size_t i = 0; opt->owner.from_stdin && i < opt->n_images; i++)
		if (strcmp(opt->images[i], "-") == 0)
			return options_usage_error(o, "standard input cannot be both the image "
						   "and the list of --owner");
	if (!opt->list && !opt->names_auto)
		return options_usage_error(o, "--names is for --list");
	opt->several = opt->n_images > 1;
	opt->report.verbose = o->common.verbose > 0;
	opt->report.color = !o->common.json && output_color(o->common.color, STDOUT_FILENO);
	opt->report.width = output_width(STDOUT_FILENO);
	return EXIT_DONE;
}

enum exit_code inspect_parse(struct inspect_options *opt, int argc, char **argv, bool *ret_stop)
{
	bool after_list = false, after_hash = false, taken;
	size_t follows_list = SIZE_MAX;
	enum exit_code code;
	struct options o;
	int id;

	*opt = (struct inspect_options){ .names_auto = true };
	*ret_stop = true;
	options_start(&o, &command, argc, argv);
	opt->images = calloc((size_t)argc + 1, sizeof(*opt->images));
	if (!opt->images)
		return options_usage_error(&o, "out of memory");
	while ((id = options_next(&o)) != OPT_END) {
		switch (id) {
		case OPT_OPERAND:
			taken = false;
			if (after_hash &&
			    !take_hash_word(&o, opt, argv[o.next - 1], &taken))
				return EXIT_UNABLE;
			if (taken)
				break;
			if (after_list)
				follows_list = opt->n_images;
			opt->images[opt->n_images++] = argv[o.next - 1];
			break;
		case OPT_LIST:
			opt->list = true;
			if (o.value)
				opt->list_path = o.value;
			break;
		case OPT_NAMES:
			if (!parse_names(&o, opt))
				return EXIT_UNABLE;
			break;
		case OPT_CHECK:
			opt->check = true;
			break;
		case OPT_REQUIRE:
			if (!require_parse(&o, &opt->require))
				return EXIT_UNABLE;
			break;
		case OPT_MAP:
			opt->map = o.value;
			break;
		case OPT_OWNER:
			if (!owner_parse(&o, &opt->owner))
				return EXIT_UNABLE;
			break;
		case OPT_VERIFY:
			opt->verify = true;
			break;
		case OPT_HASH:
			if (o.value && !hashes_add(&opt->hashes, &o, o.value))
				return EXIT_UNABLE;
			break;
		case OPT_SESSION:
			if (!parse_session(&o, opt))
				return EXIT_UNABLE;
			break;
		case OPT_FINISH:
			return o.exit_code;
		default:
			return EXIT_UNABLE;
		}
		if (after_hash && id != OPT_OPERAND && !hashes_add(&opt->hashes, &o, "sha256"))
			return EXIT_UNABLE;
		after_list = id == OPT_LIST && !o.value;
		after_hash = id == OPT_HASH && !o.value;
	}
	if (after_hash && !hashes_add(&opt->hashes, &o, "sha256"))
		return EXIT_UNABLE;
	code = finish(opt, &o, follows_list);
	*ret_stop = code != EXIT_DONE;
	return code;
}
