/* SPDX-License-Identifier: GPL-3.0-or-later */
/* UDF descriptors. */
#include "ondisk/udf.h"
#include "ondisk/udf_file.h"
#include "target.h"

/* Decoders of part 4; each is given what its caller would give. */
static void files(const uint8_t *bytes, size_t n)
{
	struct ondisk_udf_component component;
	struct ondisk_udf_file_set set;
	struct ondisk_udf_entry entry;
	struct ondisk_udf_fid fid;
	struct ondisk_udf_long ad;
	uint32_t major, minor;
	char name[255 * 2 + 4];
	size_t used;
	bool ok;

	ondisk_udf_file_set_decode(bytes, &set);
	for (int extended = 0; extended < 2; extended++) {
		if (ondisk_udf_entry_decode(bytes, n, extended, &entry, NULL))
			continue;
		(void)ondisk_udf_device_decode(bytes + entry.ea_at, entry.ea_bytes, &major, &minor,
					       &ok);
		for (size_t at = entry.ad_at; at < entry.ad_at + entry.ad_bytes; at += used) {
			used = ondisk_udf_ad_decode(bytes + at, entry.ad_at + entry.ad_bytes - at,
						    entry.ad_kind, 0, &ad);
			if (used == 0)
				break;
		}
	}
	for (size_t at = 0; at < n; at += used) {
		used = ondisk_udf_component_decode(bytes + at, n - at, &component);
		if (used == 0)
			break;
		touch(name, ondisk_udf_name(component.name, component.name_bytes, name, &ok));
	}
	ondisk_udf_fid_decode(bytes, &fid);
	if (fid.name_at + fid.name_bytes <= n)
		touch(name, ondisk_udf_name(bytes + fid.name_at, fid.name_bytes, name, &ok));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct ondisk_udf_partition partition;
	struct ondisk_udf_extent a, b;
	struct ondisk_udf_logical logical;
	struct ondisk_udf_integrity integrity;
	struct ondisk_udf_primary primary;
	struct ondisk_udf_vat vat;
	struct ondisk_udf_map map;
	struct ondisk_udf_tag tag;
	struct isokit_time time;
	char name[128 * 2 + 4];
	uint32_t entries, number;
	size_t used;

	(void)ondisk_udf_tag_decode(bytes, n, &tag, NULL);
	if (n < 512)
		return 0;
	ondisk_udf_anchor_decode(bytes, &a, &b);
	ondisk_udf_pointer_decode(bytes, &a);
	ondisk_udf_partition_decode(bytes, &partition);
	ondisk_udf_logical_decode(bytes, &logical);
	touch(name, ondisk_udf_dstring(logical.id, 128, name));
	for (size_t at = (size_t)(logical.maps - bytes); at < n; at += used) {
		used = ondisk_udf_map_decode(bytes + at, n - at, &map);
		if (used == 0)
			break;
	}
	ondisk_udf_primary_decode(bytes, &primary);
	(void)ondisk_udf_time_decode(primary.recorded, &time);
	(void)ondisk_udf_entity_bytes(primary.application);
	ondisk_udf_integrity_decode(bytes, n, &integrity);
	(void)ondisk_udf_sparing_decode(bytes, &entries, &number);
	(void)ondisk_udf_vat_decode(bytes, n, &vat);
	(void)ondisk_udf_vat150_decode(bytes + n - ONDISK_UDF_VAT_TAIL, &vat);
	files(bytes, n);
	return 0;
}
