/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ondisk/susp.h"

#include <string.h>

#include "unit.h"

#define AREA(text) (const uint8_t *)(text), sizeof(text) - 1

START_TEST(goes_from_field_to_field)
{
	static const uint8_t area[] = "NM\6\1\0XRE\4\1\0";
	struct ondisk_field f;
	size_t at = 0;

	ck_assert_int_eq(ondisk_field_next(area, 11, &at, &f), ONDISK_FIELD_OK);
	ck_assert_uint_eq(f.signature, ONDISK_SIG('N', 'M'));
	ck_assert_uint_eq(f.length, 6);
	ck_assert_uint_eq(f.version, 1);
	ck_assert_uint_eq(at, 6);
	ck_assert_int_eq(ondisk_field_next(area, 11, &at, &f), ONDISK_FIELD_OK);
	ck_assert_uint_eq(f.signature, ONDISK_SIG('R', 'E'));
	/* One byte is left: padding. */
	ck_assert_int_eq(ondisk_field_next(area, 11, &at, &f), ONDISK_FIELD_END);
}
END_TEST

static enum ondisk_field_result first(const uint8_t *area, size_t n)
{
	struct ondisk_field f;
	size_t at = 0;

	return ondisk_field_next(area, n, &at, &f);
}

START_TEST(ends_at_padding_and_at_st)
{
	ck_assert_int_eq(first(AREA("")), ONDISK_FIELD_END);
	ck_assert_int_eq(first(AREA("RE\4")), ONDISK_FIELD_END);
	ck_assert_int_eq(first(AREA("\0\0\0\0\0\0")), ONDISK_FIELD_END);
	ck_assert_int_eq(first(AREA("ST\4\1RE\4\1")), ONDISK_FIELD_END);
}
END_TEST

START_TEST(sees_lengths_that_lie)
{
	ck_assert_int_eq(first(AREA("NM\0\1AAAA")), ONDISK_FIELD_SHORT);
	ck_assert_int_eq(first(AREA("NM\3\1AAAA")), ONDISK_FIELD_SHORT);
	ck_assert_int_eq(first(AREA("NM\11\1AAAA")), ONDISK_FIELD_OVER);
	ck_assert_int_eq(first(AREA("NM\377\1")), ONDISK_FIELD_OVER);
	ck_assert_int_eq(first(AREA("NM\10\1AAAA")), ONDISK_FIELD_OK);
}
END_TEST

START_TEST(recognises_sp)
{
	uint8_t skip = 99;

	ck_assert(ondisk_sp_decode(AREA("SP\7\1\xbe\xef\5"), &skip));
	ck_assert_uint_eq(skip, 5);
	ck_assert(!ondisk_sp_decode(AREA("SP\7\1\xbe\xef"), &skip));
	ck_assert(!ondisk_sp_decode(AREA("SP\7\1\xbe\xee\5"), &skip));
	ck_assert(!ondisk_sp_decode(AREA("SP\10\1\xbe\xef\5."), &skip));
}
END_TEST

START_TEST(reads_ce_also_when_its_last_half_is_missing)
{
	uint8_t raw[28] = "CE\34\1";
	struct ondisk_field f = { .length = 28, .p = raw };
	struct ondisk_ce ce;

	put_le32(raw + 4, 30);
	put_be32(raw + 8, 30);
	put_le32(raw + 12, 100);
	put_le32(raw + 20, 250);
	ck_assert(ondisk_ce_decode(&f, &ce));
	ck_assert_uint_eq(ce.block.le, 30);
	ck_assert_uint_eq(ce.block.be, 30);
	ck_assert_uint_eq(ce.offset.le, 100);
	ck_assert_uint_eq(ce.bytes.le, 250);
	f.length = 24;
	ck_assert(ondisk_ce_decode(&f, &ce));
	f.length = 23;
	ck_assert(!ondisk_ce_decode(&f, &ce));
}
END_TEST

START_TEST(reads_the_identifier_of_er)
{
	static const uint8_t raw[] = "ER\22\1\12\0\0\1RRIP_1991A";
	struct ondisk_field f = { .length = 18, .p = raw };
	struct ondisk_er er;

	ck_assert(ondisk_er_decode(&f, &er));
	ck_assert_uint_eq(er.id_bytes, 10);
	ck_assert_mem_eq(er.id, "RRIP_1991A", 10);
	f.length = 17;
	ck_assert(!ondisk_er_decode(&f, &er));
	f.length = 7;
	ck_assert(!ondisk_er_decode(&f, &er));
}
END_TEST

UNIT(susp)
{
	tcase_add_test(tc, goes_from_field_to_field);
	tcase_add_test(tc, ends_at_padding_and_at_st);
	tcase_add_test(tc, sees_lengths_that_lie);
	tcase_add_test(tc, recognises_sp);
	tcase_add_test(tc, reads_ce_also_when_its_last_half_is_missing);
	tcase_add_test(tc, reads_the_identifier_of_er);
}
