/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Name spaces, names and descriptor fields, as mkisofs has them said. */
#include "mkisofs.h"

#include <iconv.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "common/message.h"

/* The defaults of xorriso -as mkisofs: level 1, dots in names of folders, Rock Ridge
 * but no Joliet, folders of any depth. */
void mkisofs_names_start(struct mkisofs *m)
{
	struct isokit_build_options *lib = &m->opt->lib;

	m->naming = (struct isokit_build_naming){ .joliet_64 = true, .joliet_ucs2 = true };
	lib->naming = &m->naming;
	lib->iso_level = 1;
	lib->no_joliet = true;
}

/* Names of 31 characters belong to level 2. */
static void allow_31(struct mkisofs *m)
{
	if (m->opt->lib.iso_level < 2)
		m->opt->lib.iso_level = 2;
}

/* xorriso has Rock Ridge always, and spells names in its own way. */
void mkisofs_names_finish(struct mkisofs *m)
{
	struct isokit_build_naming *n = &m->naming;

	if (m->genisoimage) {
		n->as_genisoimage = true;
		/* And its level 4 means names as they are. */
		if (n->iso_1999)
			n->lower_case = n->full_ascii = n->no_version = n->no_dot = true;
		/* Its -U means 31 characters, xorriso's 37. */
		if (n->full_ascii) {
			n->max_37 = m->long_given;
			allow_31(m);
		}
		if (!m->rock_given && !m->rationalize)
			m->opt->lib.no_rock_ridge = true;
		else if (n->relocate == NULL && !m->keep_deep)
			n->relocate = "rr_moved";
		return;
	}
	n->a_characters = true;
	m->opt->lib.implied_as_host = true;
	if (n->multi_dot)
		message_info("-allow-multidot", "ignored, as xorriso does; use -relaxed-filenames");
	if (n->leading_dot)
		message_info("-allow-leading-dots", "ignored, as xorriso does: level 2 keeps them");
	if (n->no_translation)
		message_info("-no-iso-translate", "ignored, as xorriso does; use -relaxed-filenames");
}

static bool set_level(struct mkisofs *m, const char *value)
{
	long long n;

	if (!mkisofs_number(m, value, 1, 4, &n))
		return false;
	m->naming.iso_1999 = n == 4;
	m->opt->lib.iso_level = n == 4 ? 3 : (int)n;
	return true;
}

static void set_untranslated(struct mkisofs *m)
{
	m->naming.lower_case = true;
	m->naming.full_ascii = true;
	m->naming.no_version = true;
	m->naming.no_dot = true;
	m->naming.max_37 = true;
}

static bool set_relocation(struct mkisofs *m, const char *name)
{
	name += *name == '/';
	if (strchr(name, '/') != NULL)
		return mkisofs_refuse(m, "must be a folder of the root");
	m->naming.relocate = name;
	return true;
}

/* "default" is what mkisofs of 1998 took for granted. */
static bool set_charset(const struct mkisofs *m, const char *value, const char **ret)
{
	const char *name = strcmp(value, "default") == 0 ? "ISO-8859-1" : value;
	iconv_t known = iconv_open("UTF-16BE", name);

	if (known == (iconv_t)-1)
		return mkisofs_refuse(m, "no such character set here; 'iconv -l' lists them");
	(void)iconv_close(known);
	*ret = name;
	return true;
}

bool mkisofs_names(struct mkisofs *m, const struct mkisofs_row *row, char *const *values)
{
	struct isokit_build_options *lib = &m->opt->lib;
	unsigned level;

	switch ((enum mkisofs_name_code)row->code) {
	case MK_LEVEL: return set_level(m, values[0]);
	case MK_31: allow_31(m); break;
	case MK_37:
		m->naming.max_37 = true;
		m->long_given = true;
		break;
	case MK_LOWERCASE: m->naming.lower_case = true; break;
	case MK_RELAXED: m->naming.relaxed = true; break;
	case MK_MULTIDOT: m->naming.multi_dot = true; break;
	case MK_LEADING_DOT: m->naming.leading_dot = true; break;
	case MK_NO_TRANSLATE: m->naming.no_translation = true; break;
	case MK_NO_DOT: m->naming.no_dot = true; break;
	case MK_NO_VERSION: m->naming.no_version = true; break;
	case MK_UNTRANSLATED: set_untranslated(m); break;
	case MK_UNTRANSLATED_LEN:
		return mkisofs_unsigned(m, values[0], 1, 96, &m->naming.untranslated);
	case MK_NO_DIR_DOTS: m->naming.no_dir_dots = true; break;
	case MK_ROCK:
		lib->no_rock_ridge = false;
		m->rock_given = true;
		break;
	case MK_NO_ROCK:
		lib->no_rock_ridge = true;
		m->rationalize = false;
		break;
	case MK_JOLIET: lib->no_joliet = false; break;
	case MK_JOLIET_LONG: m->naming.joliet_64 = false; break;
	case MK_JOLIET_UTF16: m->naming.joliet_ucs2 = false; break;
	case MK_UCS_LEVEL:
		if (!mkisofs_unsigned(m, values[0], 1, 3, &level))
			return false;
		if (level != 3)
			message_info(m->typed, "ignored: the level is always 3");
		break;
	case MK_DEEP: m->keep_deep = true; break;
	case MK_RR_MOVED: return set_relocation(m, ".rr_moved");
	case MK_RELOC_DIR: return set_relocation(m, values[0]);
	case MK_NAME_LIMIT: return mkisofs_unsigned(m, values[0], 64, 255, &m->naming.name_limit);
	case MK_JCHARSET:
		lib->no_joliet = false;
		return set_charset(m, values[0], &lib->input_charset);
	case MK_INPUT_CHARSET: return set_charset(m, values[0], &lib->input_charset);
	case MK_OUTPUT_CHARSET: return set_charset(m, values[0], &lib->output_charset);
	}
	return true;
}

/* '_' for each character that a field does not hold: of names of files anything but
 * ASCII, else what is no UTF-8. NULL after a message. */
static const char *ascii_of(struct mkisofs *m, const char *value)
{
	char *copy = strdup(value), *to = copy;
	const char *kept;

	if (copy == NULL) {
		(void)mkisofs_out_of_memory();
		return NULL;
	}
	for (const char *s = value; *s; s++) {
		if ((*s & 0xc0) == 0x80 && s > value && (s[-1] & 0x80))
			continue; /* of a character that is '_' already */
		*to++ = *s < ' ' || *s > '~' ? '_' : *s;
	}
	if (strlen(value) != (size_t)(to - copy) || strncmp(value, copy, (size_t)(to - copy)) != 0)
		message_info(m->typed, "'%s' is written with '_' for what cannot be stored there", value);
	kept = mkisofs_keep(m, copy, (size_t)(to - copy));
	free(copy);
	return kept;
}

bool mkisofs_field(struct mkisofs *m, const struct mkisofs_row *row, char *const *values)
{
	struct isokit_build_options *lib = &m->opt->lib;
	bool file = row->code == MK_ABSTRACT || row->code == MK_BIBLIO || row->code == MK_COPYRIGHT;
	const char *value = strcmp(values[0], "@xorriso@") == 0 ? "ISOKIT" :
			    !file && output_is_plain(values[0]) ? values[0] :
								  ascii_of(m, values[0]);

	if (value == NULL)
		return false;

	switch ((enum mkisofs_field_code)row->code) {
	case MK_VOLID: lib->volume_id = value; break;
	case MK_VOLSET: lib->volume_set_id = value; break;
	case MK_PUBLISHER: lib->publisher = value; break;
	case MK_APPID: lib->application = value; break;
	case MK_SYSID: lib->system_id = value; break;
	case MK_PREPARER: lib->preparer = value; break;
	case MK_ABSTRACT: lib->abstract_file = value; break;
	case MK_BIBLIO: lib->bibliographic_file = value; break;
	case MK_COPYRIGHT: lib->copyright_file = value; break;
	}
	return true;
}
