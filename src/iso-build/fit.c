/* SPDX-License-Identifier: GPL-3.0-or-later */
/* --fit: does the image fit on a medium? */
#include <stdio.h>
#include <string.h>

#include "build.h"
#include "common/message.h"

/* Of each kind the smaller of what its variants hold, in sectors of 2048 bytes:
 * CD-R 80 min as usually sold; DVD+R; DVD-R DL; BD-R without spare areas. */
const char *const fit_words[] = { "cd", "dvd", "dvd-dl", "bd", "bd-dl", "bd-xl", NULL };
static const uint64_t sectors[] = { 359844, 2295104, 4171712, 12219392, 24438784, 48878592 };

enum { N_MEDIA = sizeof(sectors) / sizeof(sectors[0]) };

bool fit_parse(const struct options *o, struct build_options *opt)
{
	opt->fit = (struct fit){ .name = o->value };
	if (*o->value >= '0' && *o->value <= '9')
		return options_size(o, &opt->fit.bytes);
	for (size_t i = 0; i < N_MEDIA; i++) {
		if (strcmp(o->value, fit_words[i]) == 0) {
			opt->fit.bytes = sectors[i] * 2048;
			return true;
		}
	}
	return options_refuse(o, "neither cd, dvd, dvd-dl, bd, bd-dl or bd-xl nor a size such as "
			      "700M") == 0;
}

void fit_size(uint64_t bytes, char ret_words[FIT_WORDS_BYTES])
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB" };
	double value = (double)bytes / 1024;
	size_t unit = 0;

	while (value >= 1024 && unit < 3) {
		value /= 1024;
		unit++;
	}
	(void)snprintf(ret_words, FIT_WORDS_BYTES, "%.1f %s", value, units[unit]);
}

bool fit_check(const struct build_options *opt, uint64_t bytes)
{
	char image[FIT_WORDS_BYTES], medium[FIT_WORDS_BYTES], more[FIT_WORDS_BYTES];
	const char *other = NULL;

	if (opt->fit.name == NULL || bytes <= opt->fit.bytes)
		return true;
	fit_size(bytes, image);
	fit_size(opt->fit.bytes, medium);
	fit_size(bytes - opt->fit.bytes, more);
	for (size_t i = 0; i < N_MEDIA && other == NULL; i++)
		if (sectors[i] * 2048 >= bytes)
			other = fit_words[i];
	message_error(opt->output, "%s do not fit on %s (%s): %s must go%s%s", image,
		      opt->fit.name, medium, more, other != NULL ? ", or take " : "",
		      other != NULL ? other : "");
	return false;
}
