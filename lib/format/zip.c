/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An image in a ZIP archive: the only file of it, or the only one that can be an image. */
#include "format/zip.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "base/scan.h"
#include "base/text.h"
#include "bytes/source.h"
#include "format/formats.h"
#include "format/unspool.h"
#include "ondisk/zip.h"

enum { MAX_COMMENT = 65535, MAX_DIRECTORY = 16 * 1024 * 1024, LISTED = 5 };

static const char subject[] = "ZIP archive";

struct choice {
	struct zip_member member;
	uint64_t n_files, n_images;
	bool image;
	struct text names; /* of images, or of all files */
};

static unsigned probe(const struct format_probe *p, char evidence[FORMAT_EVIDENCE])
{
	if (p->head_bytes < ZIP_LOCAL_BYTES || get_le32(p->head) != UINT32_C(0x04034b50) ||
	    p->head[4] > 100)
		return 0;
	snprintf(evidence, FORMAT_EVIDENCE, "PK 3 4 at byte 0");
	return 75;
}

/* ---- the central directory ------------------------------------------------------------------ */

static enum isokit_status read_end(struct isokit_source *src, struct ondisk_zip_end *ret,
				   struct isokit_error *err)
{
	uint64_t size = isokit_source_size(src);
	size_t n = (size_t)min_u64(size, ZIP_END_BYTES + MAX_COMMENT + ZIP_LOCATOR_BYTES);
	uint8_t *raw = malloc(n), end64[ZIP_END64_BYTES];
	enum isokit_status st;
	uint64_t offset;
	size_t at;

	if (!raw)
		return isokit_fail_nomem(err, subject, n);
	st = isokit_source_read_at(src, size - n, raw, n, err);
	for (at = st ? 0 : n; at > 0; at--)
		if (ondisk_zip_end_decode(raw + at - 1, n - at + 1, ret))
			break;
	if (!st && at == 0)
		st = isokit_fail(err, ISOKIT_E_SHORT, ISOKIT_NO_OFFSET, subject,
				 "has no directory at its end: it is cut short");
	if (!st && ret->needs_zip64 && at > ZIP_LOCATOR_BYTES &&
	    ondisk_zip_locator_decode(raw + at - 1 - ZIP_LOCATOR_BYTES, ZIP_LOCATOR_BYTES, &offset) &&
	    range_inside(offset, sizeof(end64), size)) {
		st = isokit_source_read_at(src, offset, end64, sizeof(end64), err);
		if (!st && !ondisk_zip_end64_decode(end64, sizeof(end64), ret))
			st = isokit_fail(err, ISOKIT_E_CORRUPT, offset, subject,
					 "its ZIP64 end record is damaged");
	}
	free(raw);
	return st;
}

bool zip_could_be_image(const char *name, size_t n)
{
	static const char *const endings[] = { ".iso", ".img", ".dmg", ".cdr", ".nrg", ".mdf",
					       ".cso", ".zso", ".chd", ".vhd", ".vhdx", ".vmdk", ".qcow2",
					       ".vdi", ".raw", ".dd", ".udf", ".toast", ".iso.xz",
					       ".sparseimage", ".isz", ".ima", ".vfd", ".flp", ".bin" };

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		size_t e = strlen(endings[i]);

		if (n > e && ascii_equal_nocase(name + n - e, endings[i], e))
			return true;
	}
	return false;
}

void zip_print_name(char to[ZIP_NAME_BYTES], const char *name, size_t n)
{
	snprintf(to, ZIP_NAME_BYTES, "%.*s", (int)min_u64(n, ZIP_NAME_BYTES - 1), name);
	for (char *k = to; *k; k++)
		if (*k < ' ' || *k == 0x7f)
			*k = '?';
}

/* Which of several was meant can be answered when they are told: the first ones. */
static void list_name(struct choice *c, const struct ondisk_zip_entry *e, bool image)
{
	char name[ZIP_NAME_BYTES];

	if (image && c->n_images == 1)
		text_clear(&c->names); /* the others are none */
	if ((c->n_images && !image) || (image ? c->n_images : c->n_files) > LISTED)
		return;
	zip_print_name(name, e->name, e->name_bytes);
	text_addf(&c->names, "%s%s", c->names.n ? ", " : "", name);
}

static void choose(struct choice *c, const struct ondisk_zip_entry *e)
{
	bool image = zip_could_be_image(e->name, e->name_bytes);

	if (e->directory)
		return;
	c->n_files++;
	c->n_images += image;
	list_name(c, e, image);
	if (c->n_files > 1 && (c->image || !image))
		return;
	c->member = (struct zip_member){
		.flags = e->flags, .method = e->method, .crc = e->crc,
		.header = e->offset, .packed = e->packed, .bytes = e->bytes,
	};
	c->image = image;
	zip_print_name(c->member.name, e->name, e->name_bytes);
}

static enum isokit_status read_directory(struct isokit_source *src,
					 const struct ondisk_zip_end *end, struct choice *ret,
					 struct isokit_error *err)
{
	enum isokit_status st;
	size_t at = 0, n;
	uint8_t *raw;

	if (!range_inside(end->offset, end->bytes, isokit_source_size(src)))
		return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, subject,
				   "its directory lies outside the file");
	if (end->bytes > MAX_DIRECTORY)
		return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, subject,
				   "holds too many files to be an image; unpack it first");
	n = (size_t)end->bytes;
	raw = malloc(n ? n : 1);
	if (!raw)
		return isokit_fail_nomem(err, subject, n);
	st = isokit_source_read_at(src, end->offset, raw, n, err);
	while (!st && at < n) {
		struct ondisk_zip_entry e;

		if (!ondisk_zip_entry_decode(raw + at, n - at, &e)) {
			st = isokit_fail(err, ISOKIT_E_CORRUPT, end->offset + at, subject,
					 "its directory is damaged");
			break;
		}
		choose(ret, &e);
		at += e.entry_bytes;
	}
	free(raw);
	return st;
}

/* ---- the file -------------------------------------------------------------------------------- */

static enum isokit_status refuse(struct isokit_error *err, const struct zip_member *m,
				 const char *why)
{
	return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, subject, "%s in it %s",
			   m->name, why);
}

enum isokit_status zip_method(const struct zip_member *m, bool *ret_stored,
			      enum codec_stream_kind *ret_kind, struct isokit_error *err)
{
	*ret_stored = m->method == ZIP_STORED;
	if (m->flags & ZIP_ENCRYPTED)
		return refuse(err, m, "is encrypted, which is not supported; unpack it first");
	switch (m->method) {
	case ZIP_STORED: break;
	case ZIP_DEFLATED: *ret_kind = CODEC_STREAM_DEFLATE; break;
	case ZIP_BZIP2: *ret_kind = CODEC_STREAM_BZIP2; break;
	case ZIP_ZSTD: *ret_kind = CODEC_STREAM_ZSTD; break;
	case ZIP_XZ: *ret_kind = CODEC_STREAM_XZ; break;
	default:
		return refuse(err, m, "is compressed with a method that is not supported; unpack it "
			      "first");
	}
	return ISOKIT_OK;
}

enum isokit_status zip_choose(struct isokit_source *src, struct zip_member *ret,
			      struct isokit_error *err)
{
	struct choice c = { .n_files = 0 };
	struct ondisk_zip_end end;
	enum isokit_status st = read_end(src, &end, err);

	if (!st)
		st = read_directory(src, &end, &c, err);
	if (!st && c.n_files == 0)
		st = isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, subject,
				 "holds no file");
	else if (!st && c.n_files > 1 && c.n_images != 1)
		st = isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, subject,
				 "holds %llu %s, and which of them is meant is not clear: %s%s; unpack "
				 "it first", (unsigned long long)(c.n_images ? c.n_images : c.n_files),
				 c.n_images ? "images" : "files", text_string(&c.names),
				 (c.n_images ? c.n_images : c.n_files) > LISTED ? " …" : "");
	text_free(&c.names);
	*ret = c.member;
	return st;
}

enum isokit_status zip_locate(struct isokit_source *src, struct zip_member *m,
			      struct isokit_error *err)
{
	uint64_t size = isokit_source_size(src);
	uint8_t raw[ZIP_LOCAL_BYTES];
	enum isokit_status st;
	size_t head;

	if (!range_inside(m->header, sizeof(raw), size))
		return refuse(err, m, "lies outside the file");
	st = isokit_source_read_at(src, m->header, raw, sizeof(raw), err);
	if (st)
		return st;
	head = ondisk_zip_local_bytes(raw, sizeof(raw));
	m->data = m->header + head;
	if (head == 0 || !range_inside(m->data, m->packed, size))
		return isokit_fail(err, ISOKIT_E_CORRUPT, m->header, subject,
				   "%s in it lies outside the file, or has no header", m->name);
	return ISOKIT_OK;
}

static enum isokit_status open_zip(struct isokit_medium *m, const struct format_probe *p,
				   struct isokit_error *err)
{
	enum codec_stream_kind kind = CODEC_STREAM_DEFLATE;
	struct isokit_source *disk;
	struct zip_member z;
	enum isokit_status st;
	uint64_t left;
	uint32_t crc;
	bool stored;

	st = zip_choose(p->src, &z, err);
	if (!st)
		st = zip_method(&z, &stored, &kind, err);
	if (!st)
		st = zip_locate(p->src, &z, err);
	if (st)
		return st;
	medium_note(m, "of the ZIP archive, %s was taken", z.name);
	if (stored) {
		st = bytes_view(p->src, z.data, z.packed, &disk, err);
		return st ? st : medium_set_disk(m, disk, err);
	}
	st = unspool(m, p->src, z.data, z.packed, kind, z.bytes, &left, &crc, &disk, err);
	if (st)
		return st;
	if (crc != z.crc) {
		isokit_source_close(disk);
		return isokit_fail(err, ISOKIT_E_CORRUPT, z.header, subject,
				   "%s in it has the CRC32 %08x instead of %08x", z.name, crc, z.crc);
	}
	return medium_set_disk(m, disk, err);
}

const struct format format_zip = {
	.name = "zip", .words = "ZIP archive", .probe = probe, .open = open_zip,
};
