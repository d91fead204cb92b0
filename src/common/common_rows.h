/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef COMMON_COMMON_ROWS_H
#define COMMON_COMMON_ROWS_H

#include "common/options.h"

/* The options of every command. Only src/common uses this. */
extern const struct option_row common_rows[];

#endif
