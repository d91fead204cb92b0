/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checksums, attributes and compression, as mkisofs has them said. */
#include "mkisofs.h"

bool mkisofs_extra(struct mkisofs *m, const struct mkisofs_row *row, char *const *values)
{
	(void)row;
	(void)values;
	return mkisofs_refuse(m, "not supported yet");
}
