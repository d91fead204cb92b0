/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Options for jigdo templates. */
#include "common/message.h"
#include "mkisofs_boot.h"

bool mkisofs_jigdo(struct mkisofs *m, const struct mkisofs_row *row, char *const *values)
{
	(void)values;
	if (row->code == MK_JIGDO_JIGDO || row->code == MK_JIGDO_TEMPLATE)
		return mkisofs_refuse(m, "not supported: this program was built without libjte");
	m->boot->jigdo = true;
	return true;
}

bool mkisofs_jigdo_finish(struct mkisofs *m)
{
	if (m->boot->jigdo)
		message_info("jigdo", "its options have no effect without -jigdo-jigdo and "
				      "-jigdo-template");
	return true;
}
