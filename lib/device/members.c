/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parts of arrays and pools, as the signatures on them say. */
#include <string.h>

#include "device/uses.h"

static const struct {
	const char *fs, *words;
} members[] = {
	{ "LVM2_member", "LVM physical volume" },
	{ "LVM1_member", "LVM physical volume" },
	{ "linux_raid_member", "Linux RAID" },
	{ "ddf_raid_member", "DDF RAID" },
	{ "isw_raid_member", "Intel RAID" },
	{ "zfs_member", "ZFS pool" },
	{ "bcache", "bcache" },
	{ "drbd", "DRBD" },
	{ "ceph_bluestore", "Ceph" },
	{ "stratis", "Stratis pool" },
	{ "VMFS_volume_member", "VMFS" },
	{ "DM_snapshot_cow", "snapshot" },
	{ "mpath_member", "multipath" },
};

static const char *words_of(const struct device_props *p)
{
	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++)
		if (strcmp(p->fs, members[i].fs) == 0)
			return members[i].words;
	return strcmp(p->usage, "raid") == 0 ? "RAID" : NULL;
}

/* A btrfs of several devices has one UUID on all of them. A copy made with dd has as well, and
 * must not be there at the same time either. */
static bool is_btrfs_of_several(const struct uses *u, size_t node)
{
	const struct device_props *p = &u->f->nodes[node].props;

	if (strcmp(p->fs, "btrfs") != 0 || !*p->uuid)
		return false;
	for (size_t i = 0; i < u->f->n_nodes; i++)
		if (u->f->nodes[i].disk != u->f->nodes[node].disk &&
		    strcmp(u->f->nodes[i].props.fs, "btrfs") == 0 &&
		    strcmp(u->f->nodes[i].props.uuid, p->uuid) == 0 && u->f->nodes[i].dm_name[0] == '\0')
			return true;
	return false;
}

/* What a kernel without device links knows of its pools. */
static void uses_of_pools(struct uses *u)
{
	const char *const *names, *const *devices;
	size_t n = look_names(u->l, &names, "sys/fs/btrfs"), k;
	long node;

	for (size_t i = 0; i < n; i++) {
		k = look_names(u->l, &devices, "sys/fs/btrfs/%s/devices", names[i]);
		while (k-- > 0)
			if ((node = device_node_by_name(u->f, devices[k])) != DEVICE_NONE &&
			    !u->covered[node])
				uses_add_node(u, (size_t)node, ISOKIT_USE_MOUNT,
					      look_keepf(u->l, "btrfs %s", names[i]));
	}
	for (size_t i = 0; i < u->f->n_nodes; i++) {
		const struct device_props *p = &u->f->nodes[i].props;

		if (strcmp(p->fs, "zfs_member") == 0 && *p->label && !u->covered[i] &&
		    look_exists(u->l, "proc/spl/kstat/zfs/%s", p->label))
			uses_add_node(u, i, ISOKIT_USE_HOLDER, look_keepf(u->l, "ZFS pool %s", p->label));
	}
}

void uses_of_members(struct uses *u)
{
	uses_of_pools(u);
	for (size_t i = 0; i < u->f->n_nodes; i++) {
		const struct device_props *p = &u->f->nodes[i].props;
		const char *words = words_of(p);

		if (!words && is_btrfs_of_several(u, i))
			words = "btrfs of several devices";
		if (!words || u->covered[i])
			continue;
		uses_add_node(u, i, ISOKIT_USE_MEMBER,
			      *p->label ? look_keepf(u->l, "%s %s", words, p->label) : words);
	}
}
