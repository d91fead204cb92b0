/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "disc.h"

#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "base/fail.h"
#include "base/text.h"
#include "unit.h"

uint8_t *disc_at(struct disc *d, uint32_t sector)
{
	ck_assert_uint_lt(sector, DISC_SECTORS);
	return d->bytes + sector * 2048;
}

static size_t record(uint8_t *p, struct disc_record r)
{
	size_t name_bytes = r.name_bytes ? r.name_bytes : strlen(r.name);
	size_t use = 33 + name_bytes + (name_bytes % 2 == 0);
	size_t length = use + r.use_bytes;

	length += length % 2;
	ck_assert_uint_le(length, 255);
	memset(p, 0, length);
	p[0] = (uint8_t)length;
	p[1] = r.xattr_blocks;
	put_both32(p + 2, r.lba);
	put_both32(p + 10, r.bytes);
	memcpy(p + 18, "\174\3\5\6\40\10\0", 7);
	p[25] = r.flags;
	p[26] = r.unit_blocks;
	p[27] = r.gap_blocks;
	put_both16(p + 28, 1);
	p[32] = (uint8_t)name_bytes;
	memcpy(p + 33, r.name, name_bytes);
	if (r.use_bytes)
		memcpy(p + use, r.use, r.use_bytes);
	return length;
}

uint64_t disc_add(struct disc *d, uint32_t directory, struct disc_record r)
{
	uint8_t *p = disc_at(d, directory);

	while (*p)
		p += *p;
	record(p, r);
	ck_assert(p + *p <= disc_at(d, directory) + 2048);
	return (uint64_t)(p - d->bytes);
}

void disc_directory_use(struct disc *d, uint32_t sector, uint32_t parent, const char *use,
			size_t use_bytes)
{
	memset(disc_at(d, sector), 0, 2048);
	disc_add(d, sector, (struct disc_record){ .name = "\0", .name_bytes = 1, .lba = sector,
						  .bytes = 2048, .flags = 2, .use = use,
						  .use_bytes = use_bytes });
	disc_add(d, sector, (struct disc_record){ .name = "\1", .name_bytes = 1, .lba = parent,
						  .bytes = 2048, .flags = 2 });
}

void disc_directory(struct disc *d, uint32_t sector, uint32_t parent)
{
	disc_directory_use(d, sector, parent, NULL, 0);
}

void disc_descriptor(struct disc *d, uint32_t sector, uint8_t type, uint8_t version,
		     const char *escapes, uint32_t root)
{
	uint8_t *p = disc_at(d, sector);

	memset(p, 0, 2048);
	p[0] = type;
	memcpy(p + 1, "CD001", 5);
	p[6] = version;
	p[881] = 1;
	if (type == 255)
		return;
	memset(p + 8, ' ', 64);
	memcpy(p + 40, "TEST", 4);
	put_both32(p + 80, DISC_SECTORS);
	if (escapes)
		memcpy(p + 88, escapes, strlen(escapes));
	put_both16(p + 120, 1);
	put_both16(p + 124, 1);
	put_both16(p + 128, 2048);
	put_both32(p + 132, 10);
	put_le32(p + 140, DISC_PATH_L);
	put_be32(p + 148, DISC_PATH_M);
	record(p + 156, (struct disc_record){ .name = "\0", .name_bytes = 1, .lba = root,
					      .bytes = 2048, .flags = 2 });
	memset(p + 190, ' ', 623);
	for (int i = 0; i < 4; i++)
		memset(p + 813 + i * 17, '0', 16);
}

void disc_begin(struct disc *d)
{
	uint8_t *l, *m;

	*d = (struct disc){ .size = sizeof(d->bytes) };
	disc_descriptor(d, 16, 1, 1, NULL, DISC_ROOT);
	disc_descriptor(d, 17, 255, 1, NULL, 0);
	l = disc_at(d, DISC_PATH_L);
	m = disc_at(d, DISC_PATH_M);
	l[0] = m[0] = 1;
	put_le32(l + 2, DISC_ROOT);
	put_be32(m + 2, DISC_ROOT);
	put_le16(l + 6, 1);
	put_be16(m + 6, 1);
	disc_directory(d, DISC_ROOT, DISC_ROOT);
}

static enum isokit_status guarded_read(void *self, uint64_t offset, void *buffer, size_t length,
				       struct isokit_error *err)
{
	struct disc *d = self;

	if (d->guarded)
		for (uint64_t s = offset / 2048; s * 2048 < offset + length; s++)
			if (!d->allowed[s])
				return isokit_fail(err, ISOKIT_E_IO, s * 2048, "test.iso",
						   "sector %llu must not be needed",
						   (unsigned long long)s);
	memcpy(buffer, d->bytes + offset, length);
	return ISOKIT_OK;
}

static const struct isokit_source_ops ops = { .size = sizeof(ops), .read_at = guarded_read };

static enum isokit_status try_open(struct disc *d, struct isokit_error *err)
{
	enum isokit_status st;

	ck_assert_int_eq(isokit_source_new(&ops, d, d->size, "test.iso", &d->src, err), ISOKIT_OK);
	st = isokit_image_open(d->src, 0, &d->img, err);
	if (st)
		isokit_source_close(d->src);
	return st;
}

void disc_open(struct disc *d)
{
	struct isokit_error err = { 0 };
	enum isokit_status st = try_open(d, &err);

	ck_assert_msg(st == ISOKIT_OK, "%s: %s", err.subject, err.text);
}

enum isokit_status disc_refused(struct disc *d, struct isokit_error *ret_err)
{
	enum isokit_status st = try_open(d, ret_err);

	ck_assert_int_ne(st, ISOKIT_OK);
	return st;
}

void disc_close(struct disc *d)
{
	isokit_image_free(d->img);
	isokit_source_close(d->src);
}

static int add_path(void *ctx, const struct isokit_entry *e)
{
	struct text *t = ctx;

	ck_assert_uint_eq(strlen(e->path), e->path_bytes);
	ck_assert(e->name >= e->path && e->name <= e->path + e->path_bytes);
	ck_assert_ptr_eq(strchr(e->name, '/'), NULL);
	text_add_char(t, ' ');
	if (e->target)
		text_add_char(t, '@');
	text_add_str(t, e->path);
	if (e->type == ISOKIT_DIR && e->depth)
		text_add_char(t, '/');
	if (e->target) {
		text_add_str(t, "->");
		text_add_str(t, e->target);
	}
	return 0;
}

const char *disc_list(struct disc *d, enum isokit_namespace_kind ns)
{
	static char list[8192];
	struct text t = { 0 };
	struct isokit_error err = { 0 };
	enum isokit_status st = isokit_image_walk(d->img, ns, "/", add_path, &t, &err);

	ck_assert_msg(st == ISOKIT_OK, "%s: %s", err.subject, err.text);
	ck_assert_uint_lt(t.n, sizeof(list));
	memcpy(list, text_string(&t), t.n + 1);
	text_free(&t);
	return list;
}

static char path_copy[4096], target_copy[4096];
static struct isokit_extent extents_copy[16];

static int keep(void *ctx, const struct isokit_entry *e)
{
	struct isokit_entry *to = ctx;

	*to = *e;
	ck_assert_uint_lt(e->path_bytes, sizeof(path_copy));
	ck_assert_uint_le(e->n_extents, 16);
	memcpy(path_copy, e->path, e->path_bytes + 1);
	to->path = path_copy;
	to->name = path_copy + (e->name - e->path);
	if (e->target) {
		memcpy(target_copy, e->target, strlen(e->target) + 1);
		to->target = target_copy;
	}
	if (e->n_extents)
		memcpy(extents_copy, e->extents, e->n_extents * sizeof(*e->extents));
	to->extents = extents_copy;
	return 1;
}

struct isokit_entry disc_entry(struct disc *d, enum isokit_namespace_kind ns, const char *path)
{
	struct isokit_entry e = { 0 };
	enum isokit_status st = isokit_image_walk(d->img, ns, path, keep, &e, NULL);

	ck_assert_msg(st == ISOKIT_E_CANCELLED, "%s: status %d", path, st);
	ck_assert_str_eq(e.path, path);
	return e;
}

size_t image_found(struct isokit_image *img, enum isokit_finding_code code,
		   struct isokit_finding *ret_finding)
{
	const struct isokit_facts *f = isokit_image_facts(img);
	size_t n = 0;

	ck_assert_int_eq(isokit_image_count(img, NULL), ISOKIT_OK);
	for (size_t i = 0; i < f->n_findings; i++) {
		if (f->findings[i].code != code)
			continue;
		n++;
		if (ret_finding)
			*ret_finding = f->findings[i];
	}
	return n;
}

size_t disc_found(struct disc *d, enum isokit_finding_code code,
		  struct isokit_finding *ret_finding)
{
	return image_found(d->img, code, ret_finding);
}

bool disc_is_clean(struct disc *d)
{
	const struct isokit_facts *f = isokit_image_facts(d->img);

	ck_assert_int_eq(isokit_image_count(d->img, NULL), ISOKIT_OK);
	for (size_t i = 0; i < f->n_findings; i++)
		ck_assert_msg(f->findings[i].severity == ISOKIT_NOTE, "%s at %llu, %s",
			      isokit_finding_code_name(f->findings[i].code),
			      (unsigned long long)f->findings[i].offset,
			      f->findings[i].what ? f->findings[i].what : "");
	return true;
}
