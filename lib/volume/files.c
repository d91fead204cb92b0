/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "volume/files.h"

#include <string.h>

#include "base/text.h"

static enum isokit_status keep(void *ctx, struct isokit_source *src, struct isokit_error *err)
{
	return volume_mount_keep(ctx, src, err);
}

static void lost(void *ctx, unsigned what, const char *path)
{
	const struct volume_read_options *o = ctx;

	if (o->lost)
		o->lost(o->ctx, (enum volume_loss)what, path);
}

enum isokit_status volume_files_begin(struct volume_files *f, struct isokit_source *volume,
				      struct tree *t, const char *subject,
				      const struct volume_read_options *options,
				      struct isokit_error *err)
{
	/* lost() hands it back as it came. */
	struct gather_options o = {
		.scan = options->scan,
		.keep = keep,
		.lost = lost,
		.lost_ctx = (void *)(uintptr_t)options,
		.lost_name = VOLUME_LOST_NAME,
		.lost_unreadable = VOLUME_LOST_UNREADABLE,
	};
	enum isokit_status st;

	*f = (struct volume_files){ .options = options };
	st = volume_mount_new(&f->mount, err);
	o.keep_ctx = f->mount;
	gather_begin(&f->g, t, volume, subject, &o, err);
	f->g.status = st;
	return st;
}

enum isokit_status volume_files_end(struct volume_files *f, uint64_t root_id, const char *dest,
				    struct volume_mount **ret_mount)
{
	enum isokit_status st = gather_end(&f->g, root_id, dest);

	if (st)
		volume_mount_free(f->mount);
	else
		*ret_mount = f->mount;
	return st;
}

void volume_files_xattr(struct volume_files *f, struct tree_node *node, const char *name,
			const void *value, size_t bytes)
{
	if (!gather_xattr(&f->g, node, name, value, bytes))
		gather_lost(&f->g, strncmp(name, "system.posix_acl_", 17) == 0 ?
					   VOLUME_LOST_ACL : VOLUME_LOST_XATTR);
}

size_t volume_utf16le_to_utf8(const uint8_t *p, size_t bytes, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i + 2 <= bytes; i += 2) {
		uint8_t turned[4] = { p[i + 1], p[i] };
		size_t take = 2;

		if ((p[i + 1] & 0xfc) == 0xd8 && i + 4 <= bytes && (p[i + 3] & 0xfc) == 0xdc) {
			turned[2] = p[i + 3];
			turned[3] = p[i + 2];
			take = 4;
			i += 2;
		}
		n += utf16be_to_utf8(turned, take, out + n);
	}
	return n;
}
