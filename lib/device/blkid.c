/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "device/blkid.h"

size_t blkid_signatures(const char *path, unsigned major, unsigned minor, uint64_t *at, size_t room)
{
	(void)path, (void)major, (void)minor, (void)at, (void)room;
	return 0;
}
