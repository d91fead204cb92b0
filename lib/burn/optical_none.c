/* SPDX-License-Identifier: GPL-3.0-or-later */
/* In the place of optical.c where libburn's header was not there when isokit was built. */
#include "burn/optical.h"

#ifndef HAVE_LIBBURN

#include "base/fail.h"

static const char library[] = "libburn.so.4";

enum isokit_status optical_open(const char *address, bool close_tray,
				struct optical **ret_optical, struct isokit_error *err)
{
	(void)address;
	(void)close_tray;
	(void)ret_optical;
	return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, library,
			   "was not there when isokit was built, so no disc can be written");
}

/* Nobody has a drive to call these with. */
static enum isokit_status nothing(struct isokit_error *err)
{
	return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, library, "is not there");
}

void optical_close(struct optical *o, bool eject)
{
	(void)o;
	(void)eject;
}

void optical_facts(struct optical *o, struct isokit_disc_facts *facts)
{
	(void)o;
	(void)facts;
}

enum isokit_status optical_renew(struct optical *o, struct isokit_error *err)
{
	(void)o;
	return nothing(err);
}

enum isokit_status optical_blank(struct optical *o, bool all, const struct optical_watch *watch,
				 struct isokit_error *err)
{
	(void)o;
	(void)all;
	(void)watch;
	return nothing(err);
}

enum isokit_status optical_format(struct optical *o, const struct optical_watch *watch,
				  struct isokit_error *err)
{
	(void)o;
	(void)watch;
	return nothing(err);
}

enum isokit_status optical_check(struct optical *o, const struct optical_session *s,
				 struct isokit_error *err)
{
	(void)o;
	(void)s;
	return nothing(err);
}

enum isokit_status optical_write(struct optical *o, const struct optical_session *s,
				 const struct optical_watch *watch, struct isokit_error *err)
{
	(void)o;
	(void)s;
	(void)watch;
	return nothing(err);
}

enum isokit_status optical_finish(struct optical *o, bool multi, struct isokit_error *err)
{
	(void)o;
	(void)multi;
	return nothing(err);
}

enum isokit_status optical_patch(struct optical *o, uint32_t lba, const void *bytes,
				 size_t n_bytes, struct isokit_error *err)
{
	(void)o;
	(void)lba;
	(void)bytes;
	(void)n_bytes;
	return nothing(err);
}

enum isokit_status optical_read(struct optical *o, uint32_t lba, void *buffer, uint32_t n,
				uint32_t *ret_n, struct isokit_error *err)
{
	(void)o;
	(void)lba;
	(void)buffer;
	(void)n;
	*ret_n = 0;
	return nothing(err);
}

enum isokit_status optical_read_audio(struct optical *o, int32_t lba, void *buffer, uint32_t n,
				      uint32_t *ret_n, struct isokit_error *err)
{
	return optical_read(o, (uint32_t)lba, buffer, n, ret_n, err);
}

uint32_t optical_readable(struct optical *o)
{
	(void)o;
	return 0;
}

size_t optical_tracks(struct optical *o, struct optical_place *places, size_t max)
{
	(void)o;
	(void)places;
	(void)max;
	return 0;
}

const char *const *optical_messages(const struct optical *o, size_t *ret_n)
{
	(void)o;
	*ret_n = 0;
	return NULL;
}

#endif
