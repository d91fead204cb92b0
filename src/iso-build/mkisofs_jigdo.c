/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Options for jigdo templates. */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "common/message.h"
#include "mkisofs_boot.h"

/* Bytes, or with k, m, g. */
static bool take_size(struct mkisofs *m, const char *s, uint64_t *ret_bytes)
{
	static const char units[] = "kmg";
	const char *unit;
	unsigned long long n;
	char *end;

	errno = 0;
	n = strtoull(s, &end, 10);
	if (!isdigit((unsigned char)*s) || errno != 0)
		return mkisofs_refuse(m, "not a number of bytes");
	unit = *end ? strchr(units, tolower((unsigned char)*end)) : NULL;
	if (*end && (unit == NULL || end[1]))
		return mkisofs_refuse(m, "not a number of bytes (k, m and g may follow it)");
	for (ptrdiff_t i = unit != NULL ? unit - units + 1 : 0; i > 0 && n <= INT_MAX; i--)
		n *= 1024;
	if (n > INT_MAX)
		return mkisofs_refuse(m, "too large, at most %d bytes", INT_MAX);
	*ret_bytes = n > 0 ? n : 1;
	return true;
}

/* One of two words. */
static bool take_word(struct mkisofs *m, const char *s, const char *no, const char *yes, bool *ret)
{
	*ret = strcmp(s, yes) == 0;
	return *ret || strcmp(s, no) == 0 || mkisofs_refuse(m, "neither %s nor %s", no, yes);
}

static bool add(struct mkisofs_list *list, const char *s)
{
	return mkisofs_list_add(list, strdup(s));
}

bool mkisofs_jigdo(struct mkisofs *m, const struct mkisofs_row *row, char *const *values)
{
	struct mkisofs_boot *b = m->boot;
	struct isokit_build_jigdo *j = &b->jigdo;
	const char *value = values[0];

	b->has_jigdo = true;
	switch (row->code) {
#ifdef HAVE_LIBJTE
	case MK_JIGDO_JIGDO: j->jigdo_path = value; return true;
	case MK_JIGDO_TEMPLATE: j->template_path = value; return true;
#else
	case MK_JIGDO_JIGDO:
	case MK_JIGDO_TEMPLATE:
		return mkisofs_refuse(m, "not supported: this program was built without libjte");
#endif
	case MK_JIGDO_MIN: return take_size(m, value, &j->min_file_bytes);
	case MK_JIGDO_ALGORITHM: return take_word(m, value, "md5", "sha256", &j->sha256);
	case MK_JIGDO_COMPRESS: return take_word(m, value, "gzip", "bzip2", &j->bzip2);
	case MK_JIGDO_FORCE: return add(&b->jigdo_demands, value);
	case MK_JIGDO_EXCLUDE: return add(&b->jigdo_excludes, value);
	case MK_JIGDO_MAP:
		if (strchr(value, '=') == NULL)
			return mkisofs_refuse(m, "not TO=FROM");
		return add(&b->jigdo_maps, value);
	case MK_CHECKSUM_LIST: j->checksum_list = value; return true;
	case MK_CHECKSUM_ISO: j->image_sums = value; return true;
	default: j->template_sums = value; return true; /* MK_CHECKSUM_TEMPLATE */
	}
}

static bool is_missing(const char *option)
{
	message_error("jigdo", "%s is missing; a template is made with -jigdo-jigdo, -jigdo-template "
			       "and -md5-list", option);
	return false;
}

bool mkisofs_jigdo_finish(struct mkisofs *m)
{
	struct mkisofs_boot *b = m->boot;
	struct isokit_build_jigdo *j = &b->jigdo;

	if (!b->has_jigdo)
		return true;
	if (j->jigdo_path == NULL && j->template_path == NULL) {
		message_info("jigdo", "its options have no effect without -jigdo-jigdo and "
				      "-jigdo-template");
		return true;
	}
	if (j->jigdo_path == NULL)
		return is_missing("-jigdo-jigdo");
	if (j->template_path == NULL)
		return is_missing("-jigdo-template");
	if (j->checksum_list == NULL)
		return is_missing("-md5-list");
	j->excludes = (const char *const *)b->jigdo_excludes.items;
	j->n_excludes = b->jigdo_excludes.n;
	j->demands = (const char *const *)b->jigdo_demands.items;
	j->n_demands = b->jigdo_demands.n;
	j->maps = (const char *const *)b->jigdo_maps.items;
	j->n_maps = b->jigdo_maps.n;
	m->opt->lib.jigdo = j;
	return true;
}

static void release(struct mkisofs_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->items[i]);
	free(list->items);
}

void mkisofs_jigdo_release(struct mkisofs_boot *b)
{
	release(&b->jigdo_excludes);
	release(&b->jigdo_demands);
	release(&b->jigdo_maps);
}
