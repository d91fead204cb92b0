/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is known by its mark and opened by nobody here: said by name, instead of taking its
 * bytes for a disk. */
#include <stdio.h>
#include <string.h>

#include "base/fail.h"
#include "base/scan.h"
#include "format/formats.h"
#include "ondisk/foreign.h"

static bool is_named_dmg(const struct format_probe *p)
{
	size_t n = p->path ? strlen(p->path) : 0;

	return n > 4 && ascii_same_nocase(p->path + n - 4, ".dmg");
}

/* The first block of a DMG, whose trailer is not there: zlib or LZFSE. */
static bool begins_like_dmg(const struct format_probe *p)
{
	const uint8_t *h = p->head;

	if (!is_named_dmg(p) || p->head_bytes < 16)
		return false;
	return (h[0] == 0x78 && ((unsigned)h[0] << 8 | h[1]) % 31 == 0) ||
	       memcmp(h, "bvx2", 4) == 0 || memcmp(h, "bvxn", 4) == 0;
}

static const struct ondisk_foreign *mark(const struct format_probe *p)
{
	const struct ondisk_foreign *f = ondisk_foreign_head(p->head, p->head_bytes);

	return f && f->kind != ONDISK_FOREIGN_VOLUME && !format_has_descriptor(p) ? f : NULL;
}

/* What comes out of these is a file; out of the others, a disk, which may begin with
 * anything. */
static bool is_file(const struct format_probe *p)
{
	static const struct format *const packed[] = {
		NULL, &format_gzip, &format_xz, &format_zstd, &format_bzip2, &format_lz4, &format_lzip,
		&format_lzma, &format_zip, &format_zstd_seekable,
	};

	for (size_t i = 0; i < sizeof(packed) / sizeof(packed[0]); i++)
		if (p->outer == packed[i])
			return true;
	return false;
}

static unsigned probe(const struct format_probe *p, char evidence[FORMAT_EVIDENCE])
{
	if (!is_file(p) || (!mark(p) && (!begins_like_dmg(p) || format_has_descriptor(p))))
		return 0;
	snprintf(evidence, FORMAT_EVIDENCE, "by its mark");
	return 10;
}

static enum isokit_status refuse(struct isokit_medium *m, const struct format_probe *p,
				 struct isokit_error *err)
{
	const struct ondisk_foreign *f = mark(p);
	const char *name = isokit_source_name(p->src);

	(void)m;
	if (!f)
		return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, name,
				   "has the name of a DMG and begins like one, but has no trailer: it "
				   "is cut short");
	return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, name, "%s", f->words);
}

const struct format format_refused = {
	.name = "refused", .words = "known, but not opened", .probe = probe, .open = refuse,
};
