/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The names of one folder as Joliet can hold them: which are changed, which become
 * equal by that, and other names for those.
 *
 * libisofs numbers equal names itself, but compares each with all others of the folder
 * (its hash of UTF-16 sees the zero byte that most names begin with, and nothing else),
 * and it tells nobody. */
#ifndef AUTHOR_JOLIET_H
#define AUTHOR_JOLIET_H

#include "author/plan.h"

struct joliet_folder {
	/* UTF-8, of each child: a name that is left as it is by Joliet and unlike all
	 * others; NULL where the child's own name gives one. NULL: no child needs any. */
	char **names;
	uint32_t n;
	uint64_t changed;   /* names that Joliet cannot hold */
	uint64_t equal;     /* of them: equal to another one after that */
	uint64_t same_case; /* like another one but for the case of ASCII letters */
	const struct tree_node *first_changed, *first_equal, *first_same_case;
};

/* Is there a Joliet tree, and do names come in a character set that we know? */
bool joliet_wanted(const struct plan *plan);

/* Look at the children of a folder that Joliet shows. Release with joliet_release(),
 * also after a failure. */
enum isokit_status joliet_examine(const struct plan *plan, const struct tree_node *dir,
				  struct joliet_folder *ret_folder, struct isokit_error *err);
void joliet_release(struct joliet_folder *f);

/* Tell what happens to names in all folders. */
enum isokit_status joliet_note(struct plan *plan, struct isokit_error *err);

#endif
