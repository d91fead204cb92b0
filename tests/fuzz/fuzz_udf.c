/* SPDX-License-Identifier: GPL-3.0-or-later */
/* UDF descriptors. */
#include "ondisk/udf.h"
#include "target.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct ondisk_udf_partition partition;
	struct ondisk_udf_extent a, b;
	struct ondisk_udf_logical logical;
	struct ondisk_udf_tag tag;
	char name[256];

	(void)ondisk_udf_tag_decode(bytes, n, &tag, NULL);
	if (n < 512)
		return 0;
	ondisk_udf_anchor_decode(bytes, &a, &b);
	ondisk_udf_pointer_decode(bytes, &a);
	ondisk_udf_partition_decode(bytes, &partition);
	ondisk_udf_logical_decode(bytes, &logical);
	touch(name, ondisk_udf_dstring(logical.id, 128, name));
	return 0;
}
