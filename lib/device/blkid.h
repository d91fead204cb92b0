/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libblkid, loaded when it is wanted; nothing else knows of it. */
#ifndef DEVICE_BLKID_H
#define DEVICE_BLKID_H

#include "device/facts.h"

/* Offsets of signatures on a drive; 0 when there are none, or nothing can be found out. */
size_t blkid_signatures(const char *path, unsigned major, unsigned minor, uint64_t *at, size_t room);

#endif
