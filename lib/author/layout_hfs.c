/* SPDX-License-Identifier: GPL-3.0-or-later */
/* HFS+ over the same contents, for Macs. */
#include "author/layout_impl.h"

#include <string.h>

#include "base/fail.h"

/* The node of the tree as libisofs has it. */
static enum isokit_status find_node(struct layout *l, const struct tree_node *node,
				    struct text *ret_path, IsoNode **ret_iso,
				    struct isokit_error *err)
{
	int r;

	text_clear(ret_path);
	tree_node_path(node, ret_path);
	if (ret_path->failed)
		return isokit_fail_nomem(err, "HFS+", 0);
	r = iso_tree_path_to_node(l->image, text_string(ret_path), ret_iso);
	return r <= 0 ? layout_fail(r, text_string(ret_path), err) : ISOKIT_OK;
}

static enum isokit_status set_type(struct layout *l, const struct plan_hfs_type *t,
				   struct text *path, struct isokit_error *err)
{
	struct iso_hfsplus_xinfo_data *info = NULL;
	IsoNode *iso = NULL;
	enum isokit_status st = find_node(l, t->node, path, &iso, err);
	void *old = NULL;

	if (st)
		return st;
	if (iso_node_get_xinfo(iso, iso_hfsplus_xinfo_func, &old) == 1)
		info = old; /* said twice: the last one holds */
	else
		info = iso_hfsplus_xinfo_new(0);
	if (!info)
		return isokit_fail_nomem(err, "HFS+", sizeof(*info));
	memcpy(info->type_code, t->type, sizeof(t->type));
	memcpy(info->creator_code, t->creator, sizeof(t->creator));
	if (!old && iso_node_add_xinfo(iso, iso_hfsplus_xinfo_func, info) < 0) {
		(void)iso_hfsplus_xinfo_func(info, 1);
		return isokit_fail_nomem(err, "HFS+", sizeof(*info));
	}
	return ISOKIT_OK;
}

static enum isokit_status bless(struct layout *l, enum IsoHfsplusBlessings how,
				const struct tree_node *node, struct text *path,
				struct isokit_error *err)
{
	IsoNode *iso = NULL;
	enum isokit_status st = find_node(l, node, path, &iso, err);
	int r;

	if (st)
		return st;
	r = iso_image_hfsplus_bless(l->image, how, iso, 0);
	if (r < 0)
		return layout_fail(r, text_string(path), err);
	if (r == 0)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, text_string(path),
				   "cannot be blessed so: it is %s, or is blessed already",
				   tree_is_dir(node) ? "a folder" : "no folder");
	return ISOKIT_OK;
}

static enum isokit_status set_serial(struct layout *l, struct isokit_error *err)
{
	const struct plan_hfs *hfs = &l->plan->boot.hfs;
	enum isokit_status st = ISOKIT_OK;
	uint8_t serial[32];

	memcpy(serial, hfs->serial, sizeof(hfs->serial));
	if (!hfs->has_serial)
		st = plan_digest(l->plan, "hfs+ serial", serial, err);
	if (st == ISOKIT_OK)
		(void)iso_write_opts_set_hfsp_serial_number(l->opts, serial);
	return st;
}

enum isokit_status layout_set_hfs(struct layout *l, struct isokit_error *err)
{
	static const enum IsoHfsplusBlessings kinds[ISOKIT_BUILD_BLESSINGS] = {
		[ISOKIT_BUILD_BLESS_PPC_FOLDER] = ISO_HFSPLUS_BLESS_PPC_BOOTDIR,
		[ISOKIT_BUILD_BLESS_INTEL_FILE] = ISO_HFSPLUS_BLESS_INTEL_BOOTFILE,
		[ISOKIT_BUILD_BLESS_SHOW_FOLDER] = ISO_HFSPLUS_BLESS_SHOWFOLDER,
		[ISOKIT_BUILD_BLESS_OS9_FOLDER] = ISO_HFSPLUS_BLESS_OS9_FOLDER,
		[ISOKIT_BUILD_BLESS_OSX_FOLDER] = ISO_HFSPLUS_BLESS_OSX_FOLDER,
	};
	const struct plan_hfs *hfs = &l->plan->boot.hfs;
	enum isokit_status st;
	struct text path = { 0 };

	if (!hfs->wanted)
		return ISOKIT_OK;
	(void)iso_write_opts_set_hfsplus(l->opts, 1);
	st = set_serial(l, err);
	for (size_t i = 0; i < hfs->n_types && st == ISOKIT_OK; i++)
		st = set_type(l, &hfs->types[i], &path, err);
	for (size_t i = 0; i < ISOKIT_BUILD_BLESSINGS && st == ISOKIT_OK; i++) {
		if (hfs->blessed[i])
			st = bless(l, kinds[i], hfs->blessed[i], &path, err);
	}
	text_free(&path);
	return st;
}
