/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A tree into a folder of this computer. Whatever its names and links say, nothing is
 * made, changed or followed outside that folder. */
#ifndef UNPACK_UNPACK_H
#define UNPACK_UNPACK_H

#include "tree/tree.h"

#endif
