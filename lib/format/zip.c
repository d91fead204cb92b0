/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An image in a ZIP archive: the only file of it, or the only one that can be an image. */
#include "ondisk/zip.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "base/scan.h"
#include "bytes/source.h"
#include "format/formats.h"
#include "format/unspool.h"

enum { MAX_COMMENT = 65535, MAX_DIRECTORY = 16 * 1024 * 1024, NAME_BYTES = 120 };

static const char subject[] = "ZIP archive";

struct choice {
	struct ondisk_zip_entry entry;
	char name[NAME_BYTES];
	uint64_t n_files, n_images;
	bool image;
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

static enum isokit_status read_end(const struct format_probe *p, struct ondisk_zip_end *ret,
				   struct isokit_error *err)
{
	size_t n = (size_t)min_u64(p->size, ZIP_END_BYTES + MAX_COMMENT + ZIP_LOCATOR_BYTES);
	uint8_t *raw = malloc(n), end64[ZIP_END64_BYTES];
	enum isokit_status st;
	uint64_t offset;
	size_t at;

	if (!raw)
		return isokit_fail_nomem(err, subject, n);
	st = isokit_source_read_at(p->src, p->size - n, raw, n, err);
	for (at = st ? 0 : n; at > 0; at--)
		if (ondisk_zip_end_decode(raw + at - 1, n - at + 1, ret))
			break;
	if (!st && at == 0)
		st = isokit_fail(err, ISOKIT_E_SHORT, ISOKIT_NO_OFFSET, subject,
				 "has no directory at its end: it is cut short");
	if (!st && ret->needs_zip64 && at > ZIP_LOCATOR_BYTES &&
	    ondisk_zip_locator_decode(raw + at - 1 - ZIP_LOCATOR_BYTES, ZIP_LOCATOR_BYTES, &offset) &&
	    range_inside(offset, sizeof(end64), p->size)) {
		st = isokit_source_read_at(p->src, offset, end64, sizeof(end64), err);
		if (!st && !ondisk_zip_end64_decode(end64, sizeof(end64), ret))
			st = isokit_fail(err, ISOKIT_E_CORRUPT, offset, subject,
					 "its ZIP64 end record is damaged");
	}
	free(raw);
	return st;
}

/* By its name, the only thing that a directory tells. */
static bool could_be_image(const char *name, size_t n)
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

static void choose(struct choice *c, const struct ondisk_zip_entry *e)
{
	bool image = could_be_image(e->name, e->name_bytes);

	if (e->directory)
		return;
	c->n_files++;
	c->n_images += image;
	if (c->n_files > 1 && (c->image || !image))
		return;
	c->entry = *e;
	c->image = image;
	snprintf(c->name, sizeof(c->name), "%.*s",
		 (int)(e->name_bytes < NAME_BYTES - 1 ? e->name_bytes : NAME_BYTES - 1), e->name);
	for (char *k = c->name; *k; k++)
		if (*k < ' ' || *k == 0x7f)
			*k = '?';
}

static enum isokit_status read_directory(const struct format_probe *p,
					 const struct ondisk_zip_end *end, struct choice *ret,
					 struct isokit_error *err)
{
	enum isokit_status st;
	size_t at = 0, n;
	uint8_t *raw;

	if (!range_inside(end->offset, end->bytes, p->size))
		return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, subject,
				   "its directory lies outside the file");
	if (end->bytes > MAX_DIRECTORY)
		return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, subject,
				   "holds too many files to be an image; unpack it first");
	n = (size_t)end->bytes;
	raw = malloc(n ? n : 1);
	if (!raw)
		return isokit_fail_nomem(err, subject, n);
	st = isokit_source_read_at(p->src, end->offset, raw, n, err);
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
	ret->entry.name = NULL;
	return st;
}

/* ---- the file -------------------------------------------------------------------------------- */

static enum isokit_status refuse(struct isokit_error *err, const struct choice *c, const char *why)
{
	return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, subject, "%s in it %s",
			   c->name, why);
}

static enum isokit_status open_entry(struct isokit_medium *m, const struct format_probe *p,
				     const struct choice *c, struct isokit_error *err)
{
	const struct ondisk_zip_entry *e = &c->entry;
	enum codec_stream_kind kind;
	struct isokit_source *disk;
	uint8_t raw[ZIP_LOCAL_BYTES];
	enum isokit_status st;
	uint64_t data, left;
	uint32_t crc;
	size_t head;

	if (e->flags & ZIP_ENCRYPTED)
		return refuse(err, c, "is encrypted, which is not supported; unpack it first");
	if (!range_inside(e->offset, sizeof(raw), p->size))
		return refuse(err, c, "lies outside the file");
	st = isokit_source_read_at(p->src, e->offset, raw, sizeof(raw), err);
	if (st)
		return st;
	head = ondisk_zip_local_bytes(raw, sizeof(raw));
	data = e->offset + head;
	if (head == 0 || !range_inside(data, e->packed, p->size))
		return isokit_fail(err, ISOKIT_E_CORRUPT, e->offset, subject,
				   "%s in it lies outside the file, or has no header", c->name);
	switch (e->method) {
	case ZIP_STORED:
		st = bytes_view(p->src, data, e->packed, &disk, err);
		return st ? st : medium_set_disk(m, disk, err);
	case ZIP_DEFLATED: kind = CODEC_STREAM_DEFLATE; break;
	case ZIP_BZIP2: kind = CODEC_STREAM_BZIP2; break;
	case ZIP_ZSTD: kind = CODEC_STREAM_ZSTD; break;
	case ZIP_XZ: kind = CODEC_STREAM_XZ; break;
	default:
		return refuse(err, c, "is compressed with a method that is not supported; unpack it "
			      "first");
	}
	st = unspool(m, p->src, data, e->packed, kind, e->bytes, &left, &crc, &disk, err);
	if (st)
		return st;
	if (crc != e->crc) {
		isokit_source_close(disk);
		return isokit_fail(err, ISOKIT_E_CORRUPT, e->offset, subject,
				   "%s in it has the CRC32 %08x instead of %08x", c->name, crc, e->crc);
	}
	return medium_set_disk(m, disk, err);
}

static enum isokit_status open_zip(struct isokit_medium *m, const struct format_probe *p,
				   struct isokit_error *err)
{
	struct choice c = { .n_files = 0 };
	struct ondisk_zip_end end;
	enum isokit_status st;

	st = read_end(p, &end, err);
	if (!st)
		st = read_directory(p, &end, &c, err);
	if (st)
		return st;
	if (c.n_files == 0)
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, subject,
				   "holds no file");
	if (c.n_files > 1 && c.n_images != 1)
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, subject,
				   "holds %llu files, and which of them is meant is not clear; unpack "
				   "it first", (unsigned long long)c.n_files);
	medium_note(m, "of the ZIP archive, %s was taken", c.name);
	return open_entry(m, p, &c, err);
}

const struct format format_zip = {
	.name = "zip", .words = "ZIP archive", .probe = probe, .open = open_zip,
};
