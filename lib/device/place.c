/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stands on what. */
#include <fcntl.h>
#include <linux/loop.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/scan.h"
#include "device/facts.h"

void device_add_lower(struct device_facts *f, size_t upper, size_t lower)
{
	struct device_node *u = &f->nodes[upper];
	size_t *grown;

	for (size_t i = 0; i < u->n_lower; i++)
		if (u->lower[i] == lower)
			return;
	if (upper == lower)
		return;
	if (u->n_lower == u->lower_capacity) {
		grown = look_array(f->look, 2 * u->lower_capacity + 2, sizeof(*grown));
		if (!grown)
			return;
		if (u->n_lower)
			memcpy(grown, u->lower, u->n_lower * sizeof(*grown));
		u->lower = grown;
		u->lower_capacity = 2 * u->lower_capacity + 2;
	}
	u->lower[u->n_lower++] = lower;
}

long device_node_by_number(const struct device_facts *f, unsigned major, unsigned minor)
{
	for (size_t i = 0; i < f->n_nodes; i++)
		if (f->nodes[i].major == major && f->nodes[i].minor == minor)
			return (long)i;
	return DEVICE_NONE;
}

long device_node_by_name(const struct device_facts *f, const char *name)
{
	for (size_t i = 0; i < f->n_nodes; i++)
		if (strcmp(f->nodes[i].name, name) == 0)
			return (long)i;
	return DEVICE_NONE;
}

/* "/dev/vg/lv" is /dev/mapper/vg-lv, with hyphens inside doubled. */
static bool is_lv(const char *dm_name, const char *path)
{
	bool slash = false;

	for (path += strlen("/dev/"); *path; path++) {
		if (*path == '/') {
			if (slash || *dm_name++ != '-')
				return false;
			slash = true;
		} else if (*path == '-') {
			if (dm_name[0] != '-' || dm_name[1] != '-')
				return false;
			dm_name += 2;
		} else if (*dm_name++ != *path) {
			return false;
		}
	}
	return slash && !*dm_name;
}

static bool has_link(const struct device_node *n, const char *link)
{
	for (size_t i = 0; i < n->props.n_links; i++)
		if (strcmp(n->props.links[i], link) == 0)
			return true;
	return false;
}

long device_node_by_path(const struct device_facts *f, const char *path)
{
	static const char dev[] = "/dev/", mapper[] = "/dev/mapper/";
	struct stat st;

	if (strncmp(path, dev, strlen(dev)) != 0)
		return DEVICE_NONE;
	for (size_t i = 0; i < f->n_nodes; i++)
		if (strcmp(f->nodes[i].path, path) == 0)
			return (long)i;
	for (size_t i = 0; i < f->n_nodes; i++)
		if (has_link(&f->nodes[i], path + strlen(dev)) ||
		    (*f->nodes[i].dm_name && is_lv(f->nodes[i].dm_name, path)) ||
		    (*f->nodes[i].dm_name && strncmp(path, mapper, strlen(mapper)) == 0 &&
		     strcmp(f->nodes[i].dm_name, path + strlen(mapper)) == 0))
			return (long)i;
	if (f->look->live && fstatat(f->look->root, path + 1, &st, 0) == 0 && S_ISBLK(st.st_mode))
		return device_node_by_number(f, major(st.st_rdev), minor(st.st_rdev));
	return DEVICE_NONE;
}

bool device_set_new(const struct device_facts *f, struct device_set *set)
{
	*set = (struct device_set){ .has = look_array(f->look, f->n_nodes, sizeof(bool)) };
	return set->has;
}

void device_set_clear(const struct device_facts *f, struct device_set *set)
{
	memset(set->has, 0, f->n_nodes * sizeof(bool));
	set->n = 0;
	set->untraced = false;
}

static bool add(struct device_set *set, long node)
{
	if (node == DEVICE_NONE)
		return false;
	set->n += !set->has[node];
	set->has[node] = true;
	return true;
}

/* "UUID=x": compares with a field of every node; UUIDs are written in either case. */
static void add_tag(const struct device_facts *f, const char *tag, const char *value,
		    struct device_set *set)
{
	size_t n = strcspn(value, "/"); /* "PARTUUID=x/PARTNROFF=1" */

	for (size_t i = 0; i < f->n_nodes && n; i++) {
		const struct device_props *p = &f->nodes[i].props;
		const char *is = strcmp(tag, "UUID") == 0 ? p->uuid :
				 strcmp(tag, "LABEL") == 0 ? p->label :
				 strcmp(tag, "PARTUUID") == 0 ? p->part_uuid :
				 strcmp(tag, "PARTLABEL") == 0 ? p->part_name : "";
		bool exact = tag[strlen(tag) - 1] == 'L'; /* a label */

		if (exact ? strcmp(is, value) == 0 :
			    strlen(is) == n && ascii_equal_nocase(is, value, n))
			add(set, (long)i);
	}
}

void device_place_spec(const struct device_facts *f, const char *spec, struct device_set *set)
{
	static const char *const tags[] = { "UUID", "LABEL", "PARTUUID", "PARTLABEL" };
	static const char *const folders[] = { "/dev/disk/by-uuid/", "/dev/disk/by-label/",
					       "/dev/disk/by-partuuid/", "/dev/disk/by-partlabel/" };
	char value[LOOK_PATH];
	unsigned a, b;

	if (look_devnum(spec, &a, &b)) {
		add(set, device_node_by_number(f, a, b));
		return;
	}
	for (size_t i = 0; i < 4; i++) {
		const char *from = NULL;
		size_t n = strlen(tags[i]);

		if (strncmp(spec, tags[i], n) == 0 && spec[n] == '=')
			from = spec + n + 1;
		else if (strncmp(spec, folders[i], strlen(folders[i])) == 0)
			from = spec + strlen(folders[i]);
		if (!from || strlen(from) >= sizeof(value))
			continue;
		if (*from == '"' || *from == '\'')
			from++;
		memcpy(value, from, strlen(from) + 1);
		for (n = strlen(value); n && (value[n - 1] == '"' || value[n - 1] == '\''); n--)
			value[n - 1] = '\0';
		add_tag(f, tags[i], value, set);
	}
	add(set, device_node_by_path(f, spec));
}

struct placing {
	const struct device_facts *f;
	struct device_set *set;
};

static void place_mount(const struct placing *p, const struct device_mount *m);

/* Is `path` at `where` or below? */
static bool below(const char *path, const char *where)
{
	size_t n = strlen(where);

	if (n == 1)
		return path[0] == '/';
	return strncmp(path, where, n) == 0 && (path[n] == '/' || path[n] == '\0');
}

static void place_path(const struct placing *p, const char *path)
{
	const struct device_mount *best = NULL;

	for (size_t i = 0; i < p->f->n_mounts; i++) {
		const struct device_mount *m = &p->f->mounts[i];

		/* The last of those at one place hides the others. */
		if (m->own && below(path, m->where) &&
		    (!best || strlen(m->where) >= strlen(best->where)))
			best = m;
	}
	if (best)
		place_mount(p, best);
	else
		p->set->untraced = true;
}

/* One folder of "lowerdir=/a:/b\:c,upperdir=/d". */
static void place_folders(const struct placing *p, const char *from, const char *end)
{
	char path[LOOK_PATH];

	while (from < end) {
		size_t n = 0;

		for (; from < end && *from != ':'; from++) {
			if (*from == '\\' && end - from > 1)
				from++;
			if (n < sizeof(path) - 1)
				path[n++] = *from;
		}
		path[n] = '\0';
		from++;
		if (path[0] == '/')
			place_path(p, path);
		else if (n)
			p->set->untraced = true;
	}
}

static void place_overlay(const struct placing *p, const struct device_mount *m)
{
	static const char *const keys[] = { "lowerdir=", "lowerdir+=", "datadir+=", "upperdir=", "br:", "br=", "dirs=" };
	bool any = false;

	for (const char *at = m->options, *end; *at; at = *end ? end + 1 : end) {
		for (end = at; *end && *end != ','; end++)
			if (*end == '\\' && end[1])
				end++;
		for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
			if (strncmp(at, keys[i], strlen(keys[i])) != 0)
				continue;
			place_folders(p, at + strlen(keys[i]), end);
			any = true;
		}
	}
	if (!any)
		p->set->untraced = true;
}

/* All devices of a mounted btrfs: mountinfo names one of them. */
static void place_btrfs(const struct placing *p, const struct device_mount *m)
{
	struct look *l = p->f->look;
	const char *const *ids, *const *names;
	long node = device_node_by_path(p->f, m->source);
	size_t n = look_names(l, &ids, "sys/fs/btrfs");
	bool found = false;

	add(p->set, node);
	for (size_t i = 0; i < n && node != DEVICE_NONE; i++) {
		size_t k, n_names = look_names(l, &names, "sys/fs/btrfs/%s/devices", ids[i]);

		for (k = 0; k < n_names; k++)
			if (strcmp(names[k], p->f->nodes[node].name) == 0)
				break;
		if (k == n_names)
			continue;
		found = true;
		for (k = 0; k < n_names; k++)
			if (!add(p->set, device_node_by_name(p->f, names[k])))
				p->set->untraced = true;
	}
	p->set->untraced = p->set->untraced || !found;
}

static void place_zfs(const struct placing *p, const struct device_mount *m)
{
	size_t n = strcspn(m->source, "/@");
	bool found = false;

	for (size_t i = 0; i < p->f->n_nodes; i++) {
		const struct device_props *props = &p->f->nodes[i].props;

		if (strcmp(props->fs, "zfs_member") == 0 && strlen(props->label) == n &&
		    memcmp(props->label, m->source, n) == 0)
			found = add(p->set, (long)i);
	}
	p->set->untraced = p->set->untraced || !found;
}

/* "/dev/sda1:/dev/sdb1" of bcachefs. */
static void place_sources(const struct placing *p, const char *source)
{
	char path[LOOK_PATH];

	while (*source) {
		size_t n = strcspn(source, ":");

		if (n < sizeof(path)) {
			memcpy(path, source, n);
			path[n] = '\0';
			if (!add(p->set, device_node_by_path(p->f, path)))
				p->set->untraced = true;
		}
		source += n + (source[n] == ':');
	}
}

/* Logs, journals and the like that lie on other devices: "logdev=/dev/sdc1". */
static void place_options(const struct placing *p, const char *options)
{
	char path[LOOK_PATH];

	for (const char *at = strstr(options, "=/dev/"); at; at = strstr(at + 1, "=/dev/")) {
		size_t n = strcspn(at + 1, ",");

		if (n >= sizeof(path))
			continue;
		memcpy(path, at + 1, n);
		path[n] = '\0';
		add(p->set, device_node_by_path(p->f, path));
	}
}

static bool is_one_of(const char *word, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(word, list[i]) == 0)
			return true;
	return false;
}

/* File systems that lie on no drive of this computer. */
static bool is_elsewhere(const char *fs)
{
	static const char *const list[] = {
		"tmpfs", "ramfs", "rootfs", "devtmpfs", "proc", "sysfs", "devpts", "cgroup", "cgroup2",
		"securityfs", "debugfs", "tracefs", "configfs", "bpf", "pstore", "efivarfs", "mqueue",
		"hugetlbfs", "fusectl", "binfmt_misc", "rpc_pipefs", "nsfs", "selinuxfs", "autofs",
		"nfs", "nfs4", "cifs", "smb3", "9p", "virtiofs", "ceph", "afs", "vboxsf", "vmhgfs",
		"jffs2", "ubifs", "yaffs2", "yaffs", "pramfs", "pvfs2", "gfs", "lustre", "drvfs", "lxfs",
	};

	return is_one_of(fs, list, sizeof(list) / sizeof(*list));
}

static bool is_union(const char *fs)
{
	static const char *const list[] = { "overlay", "overlayfs", "aufs", "unionfs",
					    "fuse.unionfs-fuse", "fuse.mergerfs", "fuse.fuse-overlayfs" };

	return is_one_of(fs, list, sizeof(list) / sizeof(*list));
}

static void place_new_mount(const struct placing *p, const struct device_mount *m)
{
	long node;

	place_options(p, m->options);
	node = m->major ? device_node_by_number(p->f, m->major, m->minor) : DEVICE_NONE;
	if (add(p->set, node) && strcmp(m->fs, "btrfs") != 0)
		return;
	if (strcmp(m->fs, "btrfs") == 0)
		place_btrfs(p, m);
	else if (strcmp(m->fs, "zfs") == 0)
		place_zfs(p, m);
	else if (is_elsewhere(m->fs))
		return;
	else if (is_union(m->fs))
		place_overlay(p, m);
	else if (strncmp(m->source, "/dev/", 5) == 0)
		place_sources(p, m->source);
	else if (m->source[0] == '/' && m->major == 0)
		place_path(p, m->source);
	else
		p->set->untraced = true;
}

/* Each once for a question, however often folders of it are named; a circle leads nowhere. */
static void place_mount(const struct placing *p, const struct device_mount *m)
{
	struct device_visit *visit = &p->f->visits[m - p->f->mounts];

	if (visit->when == p->set->visit) {
		p->set->untraced = p->set->untraced || visit->open;
		return;
	}
	*visit = (struct device_visit){ .when = p->set->visit, .open = true };
	place_new_mount(p, m);
	visit->open = false;
}

void device_place_path(const struct device_facts *f, const char *path, struct device_set *set)
{
	set->visit = ++f->visits[f->n_mounts].when;
	place_path(&(struct placing){ .f = f, .set = set }, path);
}

void device_place_mount(const struct device_facts *f, const struct device_mount *m,
			struct device_set *set)
{
	set->visit = ++f->visits[f->n_mounts].when;
	place_mount(&(struct placing){ .f = f, .set = set }, m);
}

/* The device number of the file behind a loop device, which its path cannot always tell:
 * it may be of another namespace, or unmounted since. */
static bool ask_loop(const struct device_facts *f, const struct device_node *n, struct device_set *set)
{
	struct loop_info64 info;
	bool known = false;
	int fd;

	if (!f->look->live)
		return false;
	fd = look_open(f->look, n->path + 1, O_RDONLY | O_NONBLOCK);
	if (fd < 0)
		return false;
	if (ioctl(fd, LOOP_GET_STATUS64, &info) == 0) {
		dev_t of = (dev_t)info.lo_device;

		known = add(set, device_node_by_number(f, major(of), minor(of)));
		for (size_t i = 0; i < f->n_mounts && !known; i++)
			if (f->mounts[i].own && f->mounts[i].major == major(of) &&
			    f->mounts[i].minor == minor(of)) {
				device_place_mount(f, &f->mounts[i], set);
				known = true;
			}
	}
	(void)close(fd);
	return known;
}

void device_place_files(struct device_facts *f)
{
	struct device_set set;

	for (size_t i = 0; i < f->n_nodes; i++) {
		const struct device_node *n = &f->nodes[i];

		if (!*n->backing || !device_set_new(f, &set))
			continue;
		if (!add(&set, device_node_by_path(f, n->backing)) && !ask_loop(f, n, &set))
			device_place_path(f, n->backing, &set);
		for (size_t k = 0; k < f->n_nodes; k++)
			if (set.has[k])
				device_add_lower(f, i, k);
		if (set.untraced)
			f->nodes[i].untraced = true;
	}
}
