/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "stick/files.h"

enum isokit_status files_set_up_bios(struct files *f)
{
	if (f->facts->windows.present)
		return composer_note(f->c, f->err,
				     "it boots by UEFI only: to start Windows' loader, a BIOS needs "
				     "Microsoft's code in the boot sector");
	return composer_note(f->c, f->err, "it does not boot from a BIOS");
}

enum isokit_status files_finish_bios(struct files *f, const struct fat_made *made, uint8_t *mbr)
{
	(void)f, (void)made, (void)mbr;
	return ISOKIT_OK;
}
