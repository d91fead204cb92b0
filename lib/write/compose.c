/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "write/compose.h"

#include "base/fail.h"
#include "write/job.h"

bool compose_wanted(const struct isokit_write *w)
{
	return w->options.mode == ISOKIT_WRITE_FILES || w->options.mode == ISOKIT_WRITE_RESTORE ||
	       w->options.persistence;
}

enum isokit_status compose_flow(struct flow *f, struct isokit_error *err)
{
	return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, f->w->path,
			   "cannot be composed yet");
}

void compose_end(struct flow *f)
{
	(void)f;
}

enum isokit_status compose_patches(struct lane *l, struct isokit_error *err)
{
	return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, l->w->path,
			   "its GPT cannot be moved yet");
}
