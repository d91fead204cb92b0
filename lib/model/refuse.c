/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a source without volume descriptors is, by its first and last bytes, so
 * that the message can say what to do about it. */
#include <stdlib.h>

#include "base/checked.h"
#include "base/fail.h"
#include "model/impl.h"
#include "ondisk/cdsector.h"
#include "ondisk/foreign.h"

/* A mark in the last bytes is more certain than one in the first: a container
 * of raw sectors may begin with anything. */
static const struct ondisk_foreign *by_tail(struct isokit_image *img)
{
	uint64_t size = img->facts.size;
	uint8_t tail[ONDISK_FOREIGN_TAIL_BYTES];

	if (size < sizeof(tail) || model_read(img, size - sizeof(tail), tail, sizeof(tail), NULL))
		return NULL;
	return ondisk_foreign_tail(tail);
}

static const char *words_of(struct isokit_image *img, const uint8_t *head, size_t n)
{
	const struct ondisk_foreign *mark = by_tail(img);

	if (!mark)
		mark = ondisk_foreign_head(head, n);
	if (mark)
		return mark->words;
	if (ondisk_cd_is_sync(head, n))
		return "holds raw 2352-byte CD sectors (a BIN or IMG file), not an ISO; "
		       "iso-convert makes one of it";
	if (img->facts.size < 17 * SECTOR_BYTES)
		return NULL; /* cut off before anything could be there */
	for (size_t i = 0; i < n && i < 4096; i++)
		if (head[i])
			return NULL;
	return "begins with zeros and has no volume descriptor at byte 32768: it is empty or damaged";
}

enum isokit_status model_refuse(struct isokit_image *img, struct isokit_error *err)
{
	uint64_t size = img->facts.size;
	const char *path = img->facts.path, *text;
	size_t n = (size_t)min_u64(size, ONDISK_FOREIGN_HEAD_BYTES);
	uint8_t *head;
	enum isokit_status st;

	if (size == 0)
		return isokit_fail(err, ISOKIT_E_NOT_ISO, 0, path, "is empty");
	head = malloc(n);
	if (!head)
		return isokit_fail_nomem(err, path, n);
	st = model_read(img, 0, head, n, err);
	text = st ? NULL : words_of(img, head, n);
	free(head);
	if (st)
		return st;
	if (text)
		return isokit_fail(err, ISOKIT_E_NOT_ISO, 0, path, "%s", text);
	if (size < 17 * SECTOR_BYTES)
		return isokit_fail(err, ISOKIT_E_NOT_ISO, size, path,
				   "ends at byte %llu, before or inside its first volume descriptor: "
				   "no ISO, or cut off", (unsigned long long)size);
	return isokit_fail(err, ISOKIT_E_NOT_ISO, 16 * SECTOR_BYTES, path,
			   "has no primary volume descriptor (CD001 at byte 32769): not an ISO 9660 image");
}
