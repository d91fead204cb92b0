/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What all that look into volumes need: bytes that may not be there, names, a list. */
#include "volume/impl.h"

#include <string.h>

#include "base/array.h"
#include "base/checked.h"
#include "base/fail.h"
#include "base/text.h"
#include "bytes/source.h"

bool volume_try_read(struct isokit_source *src, uint64_t offset, void *buffer, size_t length)
{
	return range_inside(offset, length, isokit_source_size(src)) &&
	       isokit_source_read_at(src, offset, buffer, length, NULL) == ISOKIT_OK;
}

void volume_name(char *out, size_t out_bytes, const void *name, size_t n)
{
	struct text t = { 0 };
	size_t fits;

	text_add_escaped(&t, name, n);
	fits = t.failed ? 0 : t.n;
	if (fits >= out_bytes) {
		fits = out_bytes - 1;
		while (fits && ((uint8_t)t.bytes[fits] & 0xc0) == 0x80)
			fits--; /* not in the middle of a character */
	}
	if (fits)
		memcpy(out, t.bytes, fits);
	out[fits] = '\0';
	text_free(&t);
}

void volume_name_utf16le(char *out, size_t out_bytes, const uint8_t *raw, size_t units)
{
	uint8_t be[512];
	char utf8[256 * 3];
	size_t n = 0;

	while (n < 2 * units && n < sizeof(be) && (raw[n] || raw[n + 1])) {
		be[n] = raw[n + 1];
		be[n + 1] = raw[n];
		n += 2;
	}
	volume_name(out, out_bytes, utf8, utf16be_to_utf8(be, n, utf8));
}

enum isokit_status volume_list_add(struct volume_list *list, const struct isokit_disk_volume *v,
				   struct isokit_error *err)
{
	if (list->n == VOLUME_MAX)
		return ISOKIT_OK;
	if (!ARRAY_RESERVE(list->items, list->capacity, list->n + 1))
		return isokit_fail_nomem(err, "partitions", sizeof(*v));
	list->items[list->n++] = *v;
	return ISOKIT_OK;
}
