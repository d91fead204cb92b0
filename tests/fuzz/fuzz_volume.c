/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Volume descriptors and their dates. */
#include <stdlib.h>

#include "ondisk/volume.h"
#include "target.h"

static void look(const struct ondisk_volume *v)
{
	const struct ondisk_bytes all[] = {
		v->system_id, v->id, v->escapes, v->root, v->set_id, v->publisher_id,
		v->preparer_id, v->application_id, v->copyright_file_id, v->abstract_file_id,
		v->bibliographic_file_id, v->application_use,
	};
	const uint8_t *const dates[] = { v->created, v->modified, v->expires, v->effective };
	struct isokit_time t;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		touch(all[i].p, all[i].n);
	for (size_t i = 0; i < 4; i++) {
		touch(dates[i], v->high_sierra ? 16 : 17);
		if (!ondisk_time17_decode(dates[i], v->high_sierra, &t) && t.set)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct ondisk_vd_head head;
	struct ondisk_volume volume;
	struct isokit_error err;
	struct isokit_time t;

	if (n >= 7) {
		(void)ondisk_time7_decode(bytes, false, &t);
		(void)ondisk_time7_decode(bytes, true, &t);
	}
	if (n >= ONDISK_SECTOR_BYTES && ondisk_vd_head_decode(bytes, n, &head))
		touch(head.id, sizeof(head.id));
	if (ondisk_volume_decode(bytes, n, &volume, &err) == ISOKIT_OK)
		look(&volume);
	return 0;
}
