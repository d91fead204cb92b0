/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ondisk/volume.h"

#include <string.h>

#include "base/fail.h"

bool ondisk_vd_head_decode(const uint8_t *raw, size_t len, struct ondisk_vd_head *ret_head)
{
	/* ECMA-119 8.1.2; ECMA-167 2/9.1.2 and 3/9.1; ECMA-168 for CDW02. */
	static const char known[][6] = { "CD001", "BEA01", "NSR02", "NSR03",
					 "TEA01", "BOOT2", "CDW02" };

	if (len < ONDISK_SECTOR_BYTES)
		return false;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (memcmp(raw + 1, known[i], 5) == 0) {
			*ret_head = (struct ondisk_vd_head){ .type = raw[0], .version = raw[6] };
			memcpy(ret_head->id, known[i], 6);
			return true;
		}
	}
	/* High Sierra working paper: logical block number, type, "CDROM". */
	if (memcmp(raw + 9, "CDROM", 5) == 0) {
		*ret_head = (struct ondisk_vd_head){ .type = raw[8], .version = raw[14],
						     .id = "CDROM", .high_sierra = true };
		return true;
	}
	return false;
}

static struct ondisk_bytes bytes(const uint8_t *p, size_t n)
{
	return (struct ondisk_bytes){ .p = p, .n = n };
}

/* High Sierra has other offsets from the volume set size on. */
static void decode_high_sierra(const uint8_t *raw, struct ondisk_volume *ret)
{
	*ret = (struct ondisk_volume){
		.high_sierra = true,
		.type = raw[8],
		.version = raw[14],
		.system_id = bytes(raw + 16, 32),
		.id = bytes(raw + 48, 32),
		.space_blocks = get_both32(raw + 88),
		.escapes = bytes(raw + 96, 32),
		.set_size = get_both16(raw + 128),
		.sequence_number = get_both16(raw + 132),
		.block_bytes = get_both16(raw + 136),
		.path_table_bytes = get_both32(raw + 140),
		.path_table_l = get_le32(raw + 148),
		.path_table_l_opt = get_le32(raw + 152),
		.path_table_m = get_be32(raw + 164),
		.path_table_m_opt = get_be32(raw + 168),
		.root = bytes(raw + 180, 34),
		.set_id = bytes(raw + 214, 128),
		.publisher_id = bytes(raw + 342, 128),
		.preparer_id = bytes(raw + 470, 128),
		.application_id = bytes(raw + 598, 128),
		.copyright_file_id = bytes(raw + 726, 32),
		.abstract_file_id = bytes(raw + 758, 32),
		.bibliographic_file_id = bytes(raw + 790, 0),
		.created = raw + 790,
		.modified = raw + 806,
		.expires = raw + 822,
		.effective = raw + 838,
		.application_use = bytes(raw + 856, 512),
	};
}

enum isokit_status ondisk_volume_decode(const uint8_t *raw, size_t len,
					struct ondisk_volume *ret_volume,
					struct isokit_error *err)
{
	static const char subject[] = "volume descriptor";
	struct ondisk_vd_head head;

	if (len < ONDISK_SECTOR_BYTES)
		return isokit_fail(err, ISOKIT_E_SHORT, len, subject,
				   "%zu bytes where %d are needed", len, ONDISK_SECTOR_BYTES);
	if (!ondisk_vd_head_decode(raw, len, &head) ||
	    (!head.high_sierra && memcmp(head.id, "CD001", 5) != 0))
		return isokit_fail(err, ISOKIT_E_NOT_ISO, 0, subject,
				   "type %u without the CD001 mark", raw[0]);
	if (head.type != ONDISK_VD_PRIMARY && head.type != ONDISK_VD_SUPPLEMENTARY)
		return isokit_fail(err, ISOKIT_E_NOT_ISO, 0, subject,
				   "type %u where a primary or supplementary one is needed",
				   head.type);
	if (head.high_sierra) {
		decode_high_sierra(raw, ret_volume);
		return ISOKIT_OK;
	}
	*ret_volume = (struct ondisk_volume){
		.type = head.type,
		.version = head.version,
		.flags = raw[7],
		.system_id = bytes(raw + 8, 32),
		.id = bytes(raw + 40, 32),
		.space_blocks = get_both32(raw + ONDISK_PVD_SPACE),
		.escapes = bytes(raw + 88, 32),
		.set_size = get_both16(raw + ONDISK_PVD_SET_SIZE),
		.sequence_number = get_both16(raw + ONDISK_PVD_SEQUENCE),
		.block_bytes = get_both16(raw + ONDISK_PVD_BLOCK),
		.path_table_bytes = get_both32(raw + ONDISK_PVD_PATH_TABLE_BYTES),
		.path_table_l = get_le32(raw + ONDISK_PVD_PATH_TABLE_L),
		.path_table_l_opt = get_le32(raw + 144),
		.path_table_m = get_be32(raw + ONDISK_PVD_PATH_TABLE_M),
		.path_table_m_opt = get_be32(raw + 152),
		.root = bytes(raw + ONDISK_PVD_ROOT, 34),
		.set_id = bytes(raw + 190, 128),
		.publisher_id = bytes(raw + 318, 128),
		.preparer_id = bytes(raw + 446, 128),
		.application_id = bytes(raw + 574, 128),
		.copyright_file_id = bytes(raw + 702, 37),
		.abstract_file_id = bytes(raw + 739, 37),
		.bibliographic_file_id = bytes(raw + 776, 37),
		.created = raw + ONDISK_PVD_CREATED,
		.modified = raw + 830,
		.expires = raw + 847,
		.effective = raw + 864,
		.application_use = bytes(raw + 883, 512),
	};
	return ISOKIT_OK;
}

static bool is_leap(int32_t year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* A date that a calendar has; 60 seconds are a leap second. */
static bool is_date(const struct isokit_time *t)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	if (t->year < 1 || t->year > 9999 || t->month < 1 || t->month > 12 || t->day < 1)
		return false;
	if (t->day > days[t->month - 1] + (t->month == 2 && is_leap(t->year)))
		return false;
	return t->hour < 24 && t->minute < 60 && t->second <= 60 && t->hundredths < 100 &&
	       t->gmt_quarters >= -48 && t->gmt_quarters <= 52;
}

static bool keep(struct isokit_time t, struct isokit_time *ret_time)
{
	t.set = is_date(&t);
	*ret_time = t.set ? t : (struct isokit_time){ 0 };
	return t.set;
}

bool ondisk_time17_decode(const uint8_t *raw, bool high_sierra, struct isokit_time *ret_time)
{
	uint8_t digit[16], other = 0;

	*ret_time = (struct isokit_time){ 0 };
	for (int i = 0; i < 16; i++)
		other |= raw[i] != raw[0];
	if (!other && (raw[0] == '0' || raw[0] == ' ' || raw[0] == 0))
		return true;
	for (int i = 0; i < 16; i++) {
		if (raw[i] < '0' || raw[i] > '9')
			return false;
		digit[i] = (uint8_t)(raw[i] - '0');
	}
	return keep((struct isokit_time){
		.year = digit[0] * 1000 + digit[1] * 100 + digit[2] * 10 + digit[3],
		.month = (uint8_t)(digit[4] * 10 + digit[5]),
		.day = (uint8_t)(digit[6] * 10 + digit[7]),
		.hour = (uint8_t)(digit[8] * 10 + digit[9]),
		.minute = (uint8_t)(digit[10] * 10 + digit[11]),
		.second = (uint8_t)(digit[12] * 10 + digit[13]),
		.hundredths = (uint8_t)(digit[14] * 10 + digit[15]),
		.gmt_quarters = high_sierra ? 0 : (int8_t)raw[16],
	}, ret_time);
}

bool ondisk_time7_decode(const uint8_t *raw, bool high_sierra, struct isokit_time *ret_time)
{
	if ((raw[0] | raw[1] | raw[2] | raw[3] | raw[4] | raw[5]) == 0) {
		*ret_time = (struct isokit_time){ 0 };
		return true;
	}
	return keep((struct isokit_time){
		.year = 1900 + raw[0],
		.month = raw[1],
		.day = raw[2],
		.hour = raw[3],
		.minute = raw[4],
		.second = raw[5],
		.gmt_quarters = high_sierra ? 0 : (int8_t)raw[6],
	}, ret_time);
}
