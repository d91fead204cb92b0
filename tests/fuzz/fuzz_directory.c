/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Directory records, path tables, and the System Use fields behind the names. */
#include <stdlib.h>

#include "fields.h"
#include "ondisk/directory.h"
#include "target.h"

static void look_at_records(const uint8_t *bytes, size_t n, bool high_sierra)
{
	struct ondisk_dirent d;

	for (size_t at = 0; at < n; at += d.length) {
		if (ondisk_dirent_decode(bytes + at, n - at, high_sierra, &d, NULL))
			return;
		if (d.length < 33 || d.length > n - at)
			abort();
		touch(d.name, d.name_bytes);
		touch(d.date, high_sierra ? 6 : 7);
		touch(d.system_use, d.system_use_bytes);
		(void)ondisk_dirent_is_dot(&d);
		look_at_fields(d.system_use, d.system_use_bytes);
	}
}

static void look_at_table(const uint8_t *bytes, size_t n, bool big_endian, bool high_sierra)
{
	struct ondisk_path_record r;

	for (size_t at = 0; at < n; at += r.length) {
		if (ondisk_path_record_decode(bytes + at, n - at, big_endian, high_sierra, &r,
					      NULL))
			return;
		if (r.length < 9)
			abort();
		touch(r.name, r.name_bytes);
		/* The padding of the last may be missing. */
		if (r.length > n - at)
			return;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	for (int hs = 0; hs < 2; hs++) {
		look_at_records(bytes, n, hs);
		look_at_table(bytes, n, false, hs);
		look_at_table(bytes, n, true, hs);
	}
	return 0;
}
