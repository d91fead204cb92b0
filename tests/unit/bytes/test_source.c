/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <string.h>

#include "bytes/source.h"

struct probe {
	int reads, closes;
	uint64_t offset;
	size_t length;
	enum isokit_status answer;
};

static enum isokit_status probe_read_at(void *self, uint64_t offset, void *buffer, size_t length,
					struct isokit_error *err)
{
	struct probe *p = self;

	(void)err;
	p->reads++;
	p->offset = offset;
	p->length = length;
	memset(buffer, 'x', length);
	return p->answer;
}

static void probe_close(void *self)
{
	struct probe *p = self;

	p->closes++;
}

static const struct isokit_source_ops probe_ops = {
	.size = sizeof(probe_ops),
	.read_at = probe_read_at,
	.close = probe_close,
};

START_TEST(the_door_checks_the_range)
{
	struct probe p = { 0 };
	struct isokit_source *src = NULL;
	struct isokit_error err;
	char buffer[16];

	ck_assert_int_eq(isokit_source_new(&probe_ops, &p, 100, "probe", &src, NULL), ISOKIT_OK);
	ck_assert(isokit_source_size(src) == 100);
	ck_assert_str_eq(isokit_source_name(src), "probe");
	ck_assert_int_eq(isokit_source_read_at(src, 101, buffer, 0, &err), ISOKIT_E_SHORT);
	ck_assert_int_eq(isokit_source_read_at(src, 95, buffer, 6, &err), ISOKIT_E_SHORT);
	ck_assert(err.offset == 95);
	ck_assert_str_eq(err.subject, "probe");
	ck_assert_int_eq(isokit_source_read_at(src, UINT64_MAX, buffer, 2, NULL), ISOKIT_E_SHORT);
	ck_assert_int_eq(isokit_source_read_at(src, 100, buffer, 0, NULL), ISOKIT_OK);
	ck_assert_int_eq(p.reads, 0);
	ck_assert_int_eq(isokit_source_read_at(src, 95, buffer, 5, NULL), ISOKIT_OK);
	ck_assert_int_eq(p.reads, 1);
	ck_assert(p.offset == 95 && p.length == 5);
	p.answer = ISOKIT_E_IO;
	ck_assert_int_eq(isokit_source_read_at(src, 0, buffer, 5, NULL), ISOKIT_E_IO);
	isokit_source_close(src);
	ck_assert_int_eq(p.closes, 1);
}
END_TEST

START_TEST(counts_its_traffic)
{
	struct probe p = { 0 };
	struct isokit_source *src = NULL;
	uint64_t bytes = 9, reads = 9;
	char buffer[16];

	isokit_source_new(&probe_ops, &p, 100, "probe", &src, NULL);
	isokit_source_traffic(src, &bytes, &reads);
	ck_assert(bytes == 0 && reads == 0);
	isokit_source_read_at(src, 0, buffer, 7, NULL);
	isokit_source_read_at(src, 50, buffer, 8, NULL);
	isokit_source_read_at(src, 99, buffer, 8, NULL); /* refused: no traffic */
	isokit_source_traffic(src, &bytes, &reads);
	ck_assert(bytes == 15 && reads == 2);
	isokit_source_close(src);
}
END_TEST

/* A caller compiled against an older release has a shorter struct. */
START_TEST(looks_only_at_members_the_caller_has)
{
	struct isokit_source_ops ops = probe_ops;
	struct probe p = { 0 };
	struct isokit_source *src = NULL;
	struct isokit_location where;
	char buffer[4];

	ops.size = offsetof(struct isokit_source_ops, locate);
	ck_assert_int_eq(isokit_source_new(&ops, &p, 100, "old", &src, NULL), ISOKIT_OK);
	ck_assert_int_eq(isokit_source_read_at(src, 0, buffer, 4, NULL), ISOKIT_OK);
	isokit_source_locate(src, 10, 20, &where);
	ck_assert_int_eq(where.where, ISOKIT_WHERE_READ);
	ck_assert_int_eq(where.fd, -1);
	ck_assert(where.length == 20);
	isokit_source_close(src);
	ck_assert_int_eq(p.closes, 0);
}
END_TEST

START_TEST(knows_addresses_from_paths)
{
	ck_assert(isokit_source_is_url("http://host/x.iso"));
	ck_assert(isokit_source_is_url("HTTPS://host/x.iso"));
	ck_assert(!isokit_source_is_url("http:/x.iso"));
	ck_assert(!isokit_source_is_url("./http://x.iso"));
	ck_assert(!isokit_source_is_url(""));
}
END_TEST

START_TEST(needs_read_at)
{
	static const struct isokit_source_ops none = { .size = sizeof(none) };
	static const struct isokit_source_ops tiny = { .size = sizeof(size_t),
						       .read_at = probe_read_at };
	struct isokit_source *src = NULL;
	struct probe p = { 0 };

	ck_assert_int_eq(isokit_source_new(&none, &p, 1, "x", &src, NULL), ISOKIT_E_INVALID);
	ck_assert_int_eq(isokit_source_new(&tiny, &p, 1, "x", &src, NULL), ISOKIT_E_INVALID);
	ck_assert_ptr_null(src);
	isokit_source_close(NULL);
}
END_TEST

UNIT(source)
{
	tcase_add_test(tc, the_door_checks_the_range);
	tcase_add_test(tc, counts_its_traffic);
	tcase_add_test(tc, looks_only_at_members_the_caller_has);
	tcase_add_test(tc, knows_addresses_from_paths);
	tcase_add_test(tc, needs_read_at);
}
