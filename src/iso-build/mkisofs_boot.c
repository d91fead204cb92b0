/* SPDX-License-Identifier: GPL-3.0-or-later */
/* El Torito, system area, partitions, HFS+ and jigdo, as mkisofs has them said. */
#include "mkisofs.h"

bool mkisofs_boot(struct mkisofs *m, const struct mkisofs_row *row, char *const *values)
{
	(void)row;
	(void)values;
	return mkisofs_refuse(m, "not supported yet");
}

bool mkisofs_boot_finish(struct mkisofs *m)
{
	m->opt->lib.boot = ISOKIT_BUILD_BOOT_NONE;
	return true;
}

void mkisofs_boot_release(struct mkisofs *m)
{
	(void)m;
}
