/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the system areas of MIPS, SPARC, PA-RISC and Alpha computers point at. */
#include "author/layout_impl.h"

#include "base/fail.h"

/* Paths are made one after the other: the calls keep copies. */
static char *path_of(const struct tree_node *node, struct text *path)
{
	text_clear(path);
	if (!node)
		return NULL;
	tree_node_path(node, path);
	return path->failed ? NULL : path->bytes;
}

static int set_mips(struct layout *l, struct text *path)
{
	const struct plan_platforms *p = &l->plan->boot.platforms;
	int r = 1;

	for (size_t i = 0; i < p->n_mips_files && r >= 0; i++)
		r = iso_image_add_mips_boot_file(l->image, path_of(p->mips_files[i], path), 0);
	return r;
}

static int set_sparc(struct layout *l, struct text *path)
{
	const struct plan_platforms *p = &l->plan->boot.platforms;
	IsoNode *core = NULL;
	int r = 1;

	if (p->sparc_label) {
		struct text label = { 0 };

		text_add_str(&label, p->sparc_label);
		r = label.failed ? (int)ISO_OUT_OF_MEM :
				   iso_write_opts_set_disc_label(l->opts, label.bytes);
		text_free(&label);
	}
	if (r < 0 || !p->sparc_core)
		return r;
	r = iso_tree_path_to_node(l->image, path_of(p->sparc_core, path), &core);
	return r <= 0 ? r : iso_image_set_sparc_core(l->image, (IsoFile *)core, 0);
}

static int set_hppa(struct layout *l, struct text *path)
{
	const struct plan_platforms *p = &l->plan->boot.platforms;
	int r;

	text_clear(path);
	text_add_str(path, p->hppa_cmdline);
	r = iso_image_set_hppa_palo(l->image, path->bytes, NULL, NULL, NULL, NULL, 0);
	if (r >= 0)
		r = iso_image_set_hppa_palo(l->image, NULL, path_of(p->hppa_bootloader, path),
					    NULL, NULL, NULL, 0);
	if (r >= 0)
		r = iso_image_set_hppa_palo(l->image, NULL, NULL, path_of(p->hppa_kernel_32, path),
					    NULL, NULL, 0);
	if (r >= 0)
		r = iso_image_set_hppa_palo(l->image, NULL, NULL, NULL,
					    path_of(p->hppa_kernel_64, path), NULL, 0);
	if (r >= 0)
		r = iso_image_set_hppa_palo(l->image, NULL, NULL, NULL, NULL,
					    path_of(p->hppa_ramdisk, path), 0);
	return r;
}

enum isokit_status layout_set_platforms(struct layout *l, struct isokit_error *err)
{
	const struct plan_boot *boot = &l->plan->boot;
	struct text path = { 0 };
	int r = 1;

	switch (boot->area) {
	case ISOKIT_BUILD_AREA_MBR:
	case ISOKIT_BUILD_AREA_CHRP: break;
	case ISOKIT_BUILD_AREA_MIPS:
	case ISOKIT_BUILD_AREA_MIPSEL: r = set_mips(l, &path); break;
	case ISOKIT_BUILD_AREA_SPARC: r = set_sparc(l, &path); break;
	case ISOKIT_BUILD_AREA_HPPA_4:
	case ISOKIT_BUILD_AREA_HPPA_5: r = set_hppa(l, &path); break;
	case ISOKIT_BUILD_AREA_ALPHA:
		r = iso_image_set_alpha_boot(l->image,
					     path_of(boot->platforms.alpha_loader, &path), 0);
		break;
	}
	text_free(&path);
	return r < 0 ? layout_fail(r, "system area", err) : ISOKIT_OK;
}
