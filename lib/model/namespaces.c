/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Is there Rock Ridge, and which? Joliet and the enhanced tree are known from
 * their descriptors. */
#include <string.h>

#include "base/checked.h"
#include "model/tree.h"
#include "model/udf.h"

/* SP stands at the head of the system use area of the root's "." (SUSP 5.3);
 * on CD-ROM XA discs the 14 bytes of XA attributes come first. */
static bool find_sp(const struct ondisk_dirent *dot, uint8_t *ret_skip, size_t *ret_at)
{
	if (ondisk_sp_decode(dot->system_use, dot->system_use_bytes, ret_skip)) {
		*ret_at = 0;
		return true;
	}
	if (dot->system_use_bytes > 14 &&
	    ondisk_sp_decode(dot->system_use + 14, dot->system_use_bytes - 14u, ret_skip)) {
		if (*ret_skip == 0)
			*ret_skip = 14;
		*ret_at = 14;
		return true;
	}
	return false;
}

static int nothing(struct tree *t, const struct tree_file *file, void *ctx)
{
	(void)t;
	(void)file;
	(void)ctx;
	return 0;
}

enum isokit_status model_namespaces(struct isokit_image *img, struct isokit_error *err)
{
	struct isokit_namespace *ns = img->facts.namespaces;
	const struct isokit_volume *v = img->facts.primary;
	struct tree_options options = { .ns = ISOKIT_NS_ISO9660, .skip_targets = true,
					.visit = nothing };
	uint8_t sector[SECTOR_BYTES];
	struct ondisk_dirent dot;
	enum isokit_status st;
	size_t sp_at = 0;
	struct tree t;
	uint64_t at;
	bool has_sp;

	if (!v || img->facts.format == ISOKIT_FORMAT_HIGH_SIERRA)
		return ISOKIT_OK;
	at = (uint64_t)v->root_lba * model_block_bytes(v);
	if (!range_inside(at, sizeof(sector), img->facts.size))
		return ISOKIT_OK;
	st = model_read(img, at, sector, sizeof(sector), err);
	if (st || ondisk_dirent_decode(sector, sizeof(sector), false, &dot, NULL) ||
	    !ondisk_dirent_is_dot(&dot))
		return st;
	has_sp = find_sp(&dot, &img->susp_skip, &sp_at);
	st = model_tree_init(&t, img, &options, err);
	if (st)
		return st;
	t.file.rec = dot;
	st = model_rock_parse(&t, dot.system_use + sp_at, dot.system_use_bytes - sp_at,
			at + (uint64_t)(dot.system_use - sector) + sp_at);
	/* SP without any RRIP field is SUSP for something else. Without SP, only a
	 * PX together with the 1991 "RR" field or an ER counts. */
	if (!st && (t.rock.extension || (has_sp && t.rock.any) ||
		    (t.rock.has_px && (t.rock.extension || t.rock.has_modified)))) {
		ns[ISOKIT_NS_ROCKRIDGE] = (struct isokit_namespace){
			.present = true,
			.version = t.rock.extension,
			.volume_id = v->id,
			.volume = v,
			.block_bytes = model_block_bytes(v),
		};
		if (!has_sp)
			model_find(img, ISOKIT_F_SUSP_NO_SP,
				   at + (uint64_t)(dot.system_use - sector), 0, NULL, 0, 0);
	}
	img->facts.aaip = t.rock.announces_aaip || t.attributes.saw_aaip;
	model_tree_free(&t);
	return st;
}

enum isokit_namespace_kind model_best_tree(const struct isokit_image *img)
{
	const struct isokit_namespace *ns = img->facts.namespaces;
	const struct isokit_namespace *joliet = &ns[ISOKIT_NS_JOLIET];
	const struct isokit_namespace *enhanced = &ns[ISOKIT_NS_ENHANCED];

	if (ns[ISOKIT_NS_ROCKRIDGE].present)
		return ISOKIT_NS_ROCKRIDGE;
	if (enhanced->present && joliet->present && enhanced->counted && joliet->counted &&
	    enhanced->files > joliet->files)
		return ISOKIT_NS_ENHANCED;
	if (joliet->present)
		return ISOKIT_NS_JOLIET;
	if (enhanced->present)
		return ISOKIT_NS_ENHANCED;
	return ISOKIT_NS_ISO9660;
}

enum isokit_namespace_kind isokit_image_best_namespace(const struct isokit_image *img)
{
	const struct isokit_namespace *ns = img->facts.namespaces;
	enum isokit_namespace_kind tree = model_best_tree(img);

	if (!ns[ISOKIT_NS_ISO9660].present && ns[ISOKIT_NS_UDF].present)
		return ISOKIT_NS_UDF;
	/* UDF keeps names as they were; plain ISO 9660 names are cut and mangled. */
	if (img->udf && img->udf->has_root &&
	    (img->udf->holds_more || tree == ISOKIT_NS_ISO9660))
		return ISOKIT_NS_UDF;
	return tree;
}
