/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "burn/burn.h"

enum { SECTORS = 64, ROOT = 20 };


/* The least that is an ISO 9660 volume, made for block `lba`. */
static uint8_t *volume(uint32_t lba)
{
	uint8_t *v = calloc(SECTORS, OPTICAL_SECTOR);
	uint8_t *pvd = v + (size_t)16 * OPTICAL_SECTOR, *end = pvd + OPTICAL_SECTOR;
	uint8_t *root = v + (size_t)ROOT * OPTICAL_SECTOR;

	memcpy(pvd, "\1CD001\1", 7);
	put_both32(pvd + 80, SECTORS);
	put_le16(pvd + 128, OPTICAL_SECTOR);
	put_be16(pvd + 130, OPTICAL_SECTOR);
	pvd[156] = 34;
	put_both32(pvd + 158, lba + ROOT);
	put_both32(pvd + 166, OPTICAL_SECTOR);
	pvd[181] = 2;
	pvd[188] = 1;
	memcpy(root, pvd + 156, 34);
	root[28] = 1;
	root[31] = 1;
	memcpy(end, "\377CD001\1", 7);
	return v;
}

static struct burn_origin origin_of(const uint8_t *v, bool has_next, uint32_t next)
{
	struct isokit_source *src;
	struct burn_origin o;

	ck_assert_int_eq(isokit_source_from_memory(v, (size_t)SECTORS * OPTICAL_SECTOR, "v", &src, NULL),
			 ISOKIT_OK);
	burn_find_origin(src, has_next, next, &o);
	isokit_source_close(src);
	return o;
}

START_TEST(origins_are_found)
{
	static const uint32_t places[] = { 0, 32, 12000, 4000000 };

	for (unsigned i = 0; i < 4; i++) {
		uint8_t *v = volume(places[i]);

		/* Asked for it, not asked, asked for another. */
		ck_assert(origin_of(v, true, places[i]).is_volume);
		ck_assert_uint_eq(origin_of(v, true, places[i]).lba, places[i]);
		ck_assert_uint_eq(origin_of(v, false, 0).lba, places[i]);
		ck_assert_uint_eq(origin_of(v, true, 77).lba, places[i]);
		free(v);
	}
}
END_TEST

START_TEST(what_is_no_volume_has_no_place)
{
	uint8_t *v = volume(0);

	v[16 * OPTICAL_SECTOR + 1] = 'X';
	ck_assert(!origin_of(v, true, 0).is_volume);
	free(v);
	/* A root that lies nowhere: a volume, of no other place that could be told. */
	v = volume(0);
	memset(v + (size_t)ROOT * OPTICAL_SECTOR, 0, 64);
	ck_assert(origin_of(v, true, 12000).is_volume);
	ck_assert_uint_eq(origin_of(v, true, 12000).lba, 0);
	free(v);
}
END_TEST

START_TEST(heads_show_the_new_session)
{
	uint8_t *v = volume(12000), *head = calloc(32, OPTICAL_SECTOR);
	struct isokit_source *src;

	memset(head, 0xaa, 32 * OPTICAL_SECTOR);
	ck_assert_int_eq(isokit_source_from_memory(v, (size_t)SECTORS * OPTICAL_SECTOR, "v", &src, NULL),
			 ISOKIT_OK);
	ck_assert_int_eq(burn_renew_head(src, 12000, head, NULL), ISOKIT_OK);
	/* The system area stays, the descriptors are the session's, its size counts from 0. */
	ck_assert_uint_eq(head[15 * OPTICAL_SECTOR], 0xaa);
	ck_assert_mem_eq(head + 16 * OPTICAL_SECTOR, "\1CD001", 6);
	ck_assert_uint_eq(get_le32(head + 16 * OPTICAL_SECTOR + 80), 12000 + SECTORS);
	ck_assert_uint_eq(get_be32(head + 16 * OPTICAL_SECTOR + 84), 12000 + SECTORS);
	ck_assert_uint_eq(get_le32(head + 16 * OPTICAL_SECTOR + 158), 12000 + ROOT);
	ck_assert_mem_eq(head + 17 * OPTICAL_SECTOR, "\377CD001", 6);
	isokit_source_close(src);
	free(head);
	free(v);
}
END_TEST

UNIT(session)
{
	tcase_add_test(tc, origins_are_found);
	tcase_add_test(tc, what_is_no_volume_has_no_place);
	tcase_add_test(tc, heads_show_the_new_session);
}
