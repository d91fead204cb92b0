/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BYTES_SOURCE_H
#define BYTES_SOURCE_H

#include <isokit/source.h>

#endif
