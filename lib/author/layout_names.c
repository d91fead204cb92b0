/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How names are spelt in each name space, into libisofs. */
#include "author/layout_impl.h"

#include <stdlib.h>
#include <string.h>

#include "author/oldnames.h"
#include "base/fail.h"

/* Names as long and as near to the source's as every reader of today takes them. */
static void set_default_naming(struct layout *l)
{
	(void)iso_write_opts_set_joliet_long_names(l->opts, 1);
	(void)iso_write_opts_set_joliet_utf16(l->opts, 1);
	(void)iso_write_opts_set_joliet_longer_paths(l->opts, 1);
	/* Joliet names as others write them: no ";1", and no dot of their own. */
	(void)iso_write_opts_set_omit_version_numbers(l->opts, 2);
	(void)iso_write_opts_set_no_force_dots(l->opts, 2);
	(void)iso_write_opts_set_allow_longer_paths(l->opts, 1);
	/* Every reader of the last twenty years follows folders of any depth;
	 * relocation shows in readers without Rock Ridge. */
	(void)iso_write_opts_set_allow_deep_paths(l->opts, 1);
}

/* With ISO 9660:1999 genisoimage has long names in the primary tree, too. libisofs
 * refuses where a name is longer than it may be; then they stay short. */
static bool all_fit(const struct tree_node *dir)
{
	for (uint32_t i = 0; i < dir->u.dir.n; i++) {
		const struct tree_node *n = dir->u.dir.children[i];

		if (n->name_bytes > OLDNAME_CHARS || (tree_is_dir(n) && !all_fit(n)))
			return false;
	}
	return true;
}

static enum isokit_status set_naming(struct layout *l, const struct isokit_build_naming *n,
				     struct isokit_error *err)
{
	int r = 1;

	if (n->untranslated || (n->as_genisoimage && n->iso_1999 && all_fit(l->plan->tree->root))) {
		(void)iso_write_opts_set_untranslated_name_len(l->opts, n->untranslated ?
							       (int)n->untranslated : OLDNAME_CHARS);
		(void)iso_write_opts_set_omit_version_numbers(l->opts, 1 | 2);
	}
	(void)iso_write_opts_set_max_37_char_filenames(l->opts, n->max_37);
	(void)iso_write_opts_set_allow_lowercase(l->opts, n->lower_case);
	(void)iso_write_opts_set_allow_7bit_ascii(l->opts, n->relaxed);
	(void)iso_write_opts_set_allow_full_ascii(l->opts, n->full_ascii);
	(void)iso_write_opts_set_omit_version_numbers(l->opts, n->no_version ? 1 | 2 : 2);
	(void)iso_write_opts_set_no_force_dots(l->opts, n->no_dot ? 1 | 2 : 2);
	(void)iso_write_opts_set_allow_dir_id_ext(l->opts, !n->no_dir_dots);
	(void)iso_write_opts_set_iso1999(l->opts, n->iso_1999);
	(void)iso_write_opts_set_joliet_long_names(l->opts, !n->joliet_64);
	(void)iso_write_opts_set_joliet_longer_paths(l->opts, !n->joliet_64);
	(void)iso_write_opts_set_joliet_utf16(l->opts, !n->joliet_ucs2);
	(void)iso_write_opts_set_allow_longer_paths(l->opts, !n->relocate);
	(void)iso_write_opts_set_allow_deep_paths(l->opts, !n->relocate);
	(void)iso_write_opts_set_old_empty(l->opts, n->old_empty);
	if (n->relocate) {
		char *name = strdup(n->relocate);

		r = name ? iso_write_opts_set_rr_reloc(l->opts, name, 1) : (int)ISO_OUT_OF_MEM;
		free(name);
	}
	if (r < 0)
		return layout_fail(r, n->relocate, err);
	return ISOKIT_OK;
}

enum isokit_status layout_set_names(struct layout *l, struct isokit_error *err)
{
	const struct isokit_build_options *o = &l->plan->options;
	enum isokit_status st = ISOKIT_OK;
	int r;

	(void)iso_write_opts_set_iso_level(l->opts, o->iso_level);
	/* For layout_respell() there are always names of Rock Ridge. */
	(void)iso_write_opts_set_rockridge(l->opts, !o->no_rock_ridge ||
						    plan_respells(l->plan));
	(void)iso_write_opts_set_joliet(l->opts, !o->no_joliet);
	(void)iso_write_opts_set_rrip_version_1_10(l->opts, 1);
	(void)iso_write_opts_set_hardlinks(l->opts, 1);
	(void)iso_write_opts_set_aaip(l->opts, l->attributes);
	/* State of the library, so it is said each time. */
	(void)iso_zisofs_ctrl_susp_z2(o->naming && o->naming->zisofs_z2);
	if (o->naming)
		st = set_naming(l, o->naming, err);
	else
		set_default_naming(l);
	if (st)
		return st;
	r = iso_write_opts_set_output_charset(l->opts, o->output_charset ? o->output_charset :
									   "UTF-8");
	return r < 0 ? layout_fail(r, o->output_charset, err) : ISOKIT_OK;
}
