/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file isokit.h  Everything of libisokit. */
#ifndef ISOKIT_ISOKIT_H
#define ISOKIT_ISOKIT_H

#include <isokit/container.h>
#include <isokit/device.h>
#include <isokit/digest.h>
#include <isokit/error.h>
#include <isokit/extract.h>
#include <isokit/finding.h>
#include <isokit/format.h>
#include <isokit/image.h>
#include <isokit/layout.h>
#include <isokit/medium.h>
#include <isokit/report.h>
#include <isokit/source.h>
#include <isokit/types.h>
#include <isokit/verdict.h>
#include <isokit/verify.h>
#include <isokit/volume.h>
#endif
