/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Raw sectors and headers around images, HFS, attributes of files, marks of what is
 * no image. */
#include <isokit/format.h>

#include <stdlib.h>
#include <string.h>

#include "ondisk/aaip.h"
#include "ondisk/cdsector.h"
#include "ondisk/foreign.h"
#include "ondisk/hfs.h"
#include "ondisk/xa.h"
#include "target.h"
#include "work.h"

static void hfs(const uint8_t *bytes, size_t n)
{
	char name[ONDISK_HFS_NAME_BYTES];
	struct ondisk_hfs h;
	struct isokit_time t;
	uint16_t node_bytes;
	uint32_t leaf;

	if (n >= ONDISK_HFS_HEADER_BYTES && ondisk_hfs_decode(bytes, &h, NULL) == ISOKIT_OK) {
		touch(name, ondisk_macroman_to_utf8(h.name, h.name_bytes, name));
		ondisk_hfs_time(h.created, &t);
		if (t.set && (t.month < 1 || t.month > 12 || t.day < 1 || t.day > 31))
			abort();
	}
	if (n >= 64)
		(void)ondisk_hfsplus_tree_decode(bytes, &node_bytes, &leaf);
	touch(name, ondisk_hfsplus_root_name(bytes, n, name));
}

static void attributes(const uint8_t *bytes, size_t n)
{
	uint8_t *out = malloc(n + 1);
	struct ondisk_acl_entry e;
	struct ondisk_apple apple;
	struct ondisk_xa xa;
	size_t at = 0, used, skip;
	bool bad = false;

	if (!out)
		return;
	while (ondisk_aaip_next(bytes, n, &at, out, &used, &bad)) {
		touch(out, used);
		(void)ondisk_aaip_namespace(out, used, &skip);
		if (skip > used)
			abort();
	}
	for (at = 0; ondisk_acl_next(bytes, n, &at, &e, &bad);)
		if (e.type > 15 || e.permissions > 7 || at > n)
			abort();
	(void)ondisk_xa_decode(bytes, n, &xa);
	if (ondisk_apple_decode(bytes, n, &apple) &&
	    (strlen(apple.type) != 4 || strlen(apple.creator) != 4))
		abort();
	free(out);
}

static void containers(const uint8_t *bytes, size_t n)
{
	struct isokit_source *src = NULL, *inner = NULL;
	struct isokit_container c;

	if (isokit_source_from_memory(bytes, n, "input", &src, NULL) != ISOKIT_OK)
		return;
	if (isokit_format_detect(src, &c, NULL) != ISOKIT_OK ||
	    c.kind == ISOKIT_CONTAINER_NONE) {
		isokit_source_close(src);
		return;
	}
	if (c.offset > n || !c.words || c.sectors > n / c.sector_bytes)
		abort();
	if (isokit_format_open(src, &c, &inner, NULL) != ISOKIT_OK)
		abort();
	work_on_source(inner);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	const struct ondisk_foreign *mark = ondisk_foreign_head(bytes, n);
	int32_t lba;

	if (mark)
		touch(mark->words, strlen(mark->words));
	if (n >= ONDISK_FOREIGN_TAIL_BYTES)
		(void)ondisk_foreign_tail(bytes + n - ONDISK_FOREIGN_TAIL_BYTES);
	if (ondisk_cd_is_sync(bytes, n) && n >= ONDISK_CD_HEADER_BYTES &&
	    ondisk_cd_address(bytes, &lba) && lba < -150)
		abort();
	(void)ondisk_cd_edc(bytes, n < 2352 ? n : 2352);
	hfs(bytes, n);
	attributes(bytes, n);
	containers(bytes, n);
	return 0;
}
