/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the output is called. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/message.h"
#include "convert.h"

/* Endings of what is converted; one of the outer and one of the inner kind go. */
static bool has_ending(const char *name, size_t n, const char *const *endings, size_t *ret_bytes)
{
	for (; *endings; endings++) {
		size_t k = strlen(*endings);

		if (n > k && strncasecmp(name + n - k, *endings, k) == 0) {
			*ret_bytes = k;
			return true;
		}
	}
	return false;
}

static size_t stem_of(const char *name, size_t n)
{
	static const char *const outer[] = { ".gz", ".xz", ".zst", ".bz2", ".lz4", ".zip", ".ecm",
					     ".lzma", NULL };
	static const char *const inner[] = {
		".iso", ".img", ".bin", ".cue", ".toc", ".nrg", ".ccd", ".mds", ".mdf", ".cdi",
		".cso", ".zso", ".ciso", ".chd", ".isz", ".daa", ".uif", ".dmg", ".cdr", ".toast",
		".sparseimage", ".sparsebundle", ".vhd", ".vhdx", ".vmdk", ".qcow2", ".vdi",
		".raw", ".dd", ".ima", ".flp", ".mdx", ".sub", NULL
	};
	size_t k;

	if (has_ending(name, n, outer, &k))
		n -= k;
	if (has_ending(name, n, inner, &k))
		n -= k;
	return n;
}

static bool is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool same_file(const char *a, const char *b)
{
	struct stat x, y;

	return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

char *output_name(const struct convert_options *opt, const char *input,
		  const struct isokit_convert_plan *plan)
{
	const char *ending = plan->action == ISOKIT_CONVERT_RAW ? ".img" : ".iso";
	const char *folder = opt->output;
	size_t input_bytes = strlen(input), from, from_folder, stem;
	struct stat st;
	char *name;

	if (opt->output && !is_folder(opt->output)) {
		if (opt->n_inputs > 1) {
			message_error(opt->output, "is no folder, which several inputs need");
			return NULL;
		}
		name = strdup(opt->output);
		if (!name)
			message_error(NULL, "out of memory");
		return name;
	}
	while (input_bytes > 1 && input[input_bytes - 1] == '/')
		input_bytes--; /* a sparse bundle is a folder */
	for (from = input_bytes; from && input[from - 1] != '/'; from--)
		;
	from_folder = from;
	if (strcmp(input, "-") == 0) {
		message_error(NULL, "standard input has no name: say the OUTPUT");
		return NULL;
	}
	/* Beside the input, but nothing is made among devices. */
	if (!folder && stat(input, &st) == 0 && S_ISBLK(st.st_mode))
		from_folder = 0;
	stem = stem_of(input + from, input_bytes - from);
	if (asprintf(&name, "%.*s%s%.*s%s%s", (int)(folder ? strlen(folder) : from_folder),
		     folder ? folder : input, folder ? "/" : "", (int)stem, input + from, ending,
		     opt->lib.zstd ? ".zst" : "") < 0) {
		message_error(NULL, "out of memory");
		return NULL;
	}
	if (same_file(name, input)) {
		message_error(input, "would be replaced by the result: say the OUTPUT");
		free(name);
		return NULL;
	}
	return name;
}
