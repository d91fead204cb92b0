/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A volume descriptor as facts (ECMA-119 8.4, 8.5). */
#include <string.h>

#include "base/checked.h"
#include "model/impl.h"
#include "ondisk/directory.h"
#include "ondisk/joliet.h"
#include "ondisk/volume.h"

uint32_t model_block_bytes(const struct isokit_volume *volume)
{
	uint32_t b = volume->block_size;

	return b == 512 || b == 1024 ? b : SECTOR_BYTES;
}

static const char *text_of(struct isokit_image *img, struct ondisk_bytes raw, bool joliet)
{
	struct ondisk_joliet_oddity odd;
	char utf8[128 / 2 * 3];
	const char *p = (const char *)raw.p;
	size_t n = raw.n;

	if (joliet) {
		n = ondisk_joliet_to_utf8(raw.p, min_u64(raw.n, 128), utf8, &odd);
		p = utf8;
	}
	/* Padding is blanks (ECMA-119 7.4.3.2); some programs pad with NUL. */
	while (n && (p[n - 1] == ' ' || p[n - 1] == '\0'))
		n--;
	return arena_strndup(&img->arena, p, n);
}

struct isokit_volume *model_volume_from(struct isokit_image *img, const uint8_t *raw,
					uint64_t lba, bool joliet)
{
	struct ondisk_volume d;
	struct ondisk_dirent root;
	struct isokit_volume *v;

	if (ondisk_volume_decode(raw, SECTOR_BYTES, &d, NULL))
		return NULL;
	v = arena_alloc(&img->arena, sizeof(*v));
	if (!v)
		return NULL;
	*v = (struct isokit_volume){
		.lba = lba,
		.id = text_of(img, d.id, joliet),
		.system_id = text_of(img, d.system_id, joliet),
		.set_id = text_of(img, d.set_id, joliet),
		.publisher_id = text_of(img, d.publisher_id, joliet),
		.preparer_id = text_of(img, d.preparer_id, joliet),
		.application_id = text_of(img, d.application_id, joliet),
		.copyright_file_id = text_of(img, d.copyright_file_id, joliet),
		.abstract_file_id = text_of(img, d.abstract_file_id, joliet),
		.bibliographic_file_id = text_of(img, d.bibliographic_file_id, joliet),
		.block_size = d.block_bytes.le,
		.blocks = d.space_blocks.le,
		.set_size = d.set_size.le,
		.sequence_number = d.sequence_number.le,
		.path_table_bytes = d.path_table_bytes.le,
		.path_table_l_lba = d.path_table_l,
		.path_table_l_opt_lba = d.path_table_l_opt,
		.path_table_m_lba = d.path_table_m,
		.path_table_m_opt_lba = d.path_table_m_opt,
	};
	if (!v->id || !v->system_id || !v->set_id || !v->publisher_id || !v->preparer_id ||
	    !v->application_id || !v->copyright_file_id || !v->abstract_file_id ||
	    !v->bibliographic_file_id)
		return NULL;
	(void)ondisk_time17_decode(d.created, d.high_sierra, &v->created);
	(void)ondisk_time17_decode(d.modified, d.high_sierra, &v->modified);
	(void)ondisk_time17_decode(d.expires, d.high_sierra, &v->expires);
	(void)ondisk_time17_decode(d.effective, d.high_sierra, &v->effective);
	if (ondisk_dirent_decode(d.root.p, d.root.n, d.high_sierra, &root, NULL) == ISOKIT_OK) {
		v->root_lba = root.lba.le;
		v->root_bytes = root.bytes.le;
	} else {
		v->root_lba = get_le32(d.root.p + 2);
		v->root_bytes = get_le32(d.root.p + 10);
	}
	return v;
}
