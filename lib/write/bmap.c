/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "write/bmap.h"

#include "base/fail.h"
#include "write/job.h"

enum isokit_status bmap_open(struct isokit_write *w, struct isokit_error *err)
{
	return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, w->options.bmap,
			   "cannot be read yet");
}

enum isokit_status bmap_flow(struct flow *f, struct isokit_error *err)
{
	(void)f;
	(void)err;
	return ISOKIT_OK;
}

void bmap_free(struct bmap *b)
{
	(void)b;
}
