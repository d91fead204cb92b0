/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "device/drives.h"

enum isokit_status device_find_uses(struct isokit_drives *drives, struct isokit_error *err)
{
	(void)err;
	for (size_t i = 0; i < drives->n; i++)
		if (!drives->list[i].made_up)
			drives->list[i].problem = "what is mounted from it is not known";
	return ISOKIT_OK;
}

void device_look_inside(struct isokit_drives *drives)
{
	(void)drives;
}
