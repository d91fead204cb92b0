/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Block devices and partitions from /sys/block, and what sysfs says that each stands on. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/fail.h"
#include "device/facts.h"

enum { SYSFS_SECTOR = 512 }; /* sizes and starts are counted in these whatever the drive has */

/* "cciss!c0d0" is /dev/cciss/c0d0. */
static const char *dev_path(struct look *l, const char *name)
{
	char text[LOOK_PATH];
	size_t n = 0;

	for (; name[n] && n < sizeof(text) - 1; n++)
		text[n] = name[n] == '!' ? '/' : name[n];
	text[n] = '\0';
	return look_keepf(l, "/dev/%s", text);
}

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

static uint64_t sectors(struct look *l, const char *folder, const char *file)
{
	uint64_t n = look_number(l, 0, "%s/%s", folder, file);

	return n > UINT64_MAX / SYSFS_SECTOR ? 0 : n * SYSFS_SECTOR;
}

static struct device_node *add(struct device_facts *f, size_t *capacity, const char *name,
			       const char *folder)
{
	struct look *l = f->look;
	struct device_node *node;

	if (!ARRAY_RESERVE(f->nodes, *capacity, f->n_nodes + 1)) {
		l->no_memory = true;
		return NULL;
	}
	node = &f->nodes[f->n_nodes];
	*node = (struct device_node){ .name = look_keep(l, name), .path = dev_path(l, name),
				      .folder = look_keep(l, folder), .disk = f->n_nodes };
	if (!look_devnum(look_text(l, "%s/dev", folder), &node->major, &node->minor))
		return NULL; /* it went away meanwhile */
	node->bytes = sectors(l, folder, "size");
	node->dm_name = or_empty(look_text(l, "%s/dm/name", folder));
	node->dm_uuid = or_empty(look_text(l, "%s/dm/uuid", folder));
	node->md_level = or_empty(look_text(l, "%s/md/level", folder));
	node->backing = or_empty(look_text(l, "%s/loop/backing_file", folder));
	if (!*node->backing && strncmp(name, "zram", 4) == 0) {
		node->backing = or_empty(look_text(l, "%s/backing_dev", folder));
		if (strcmp(node->backing, "none") == 0)
			node->backing = "";
	}
	node->title = *node->dm_name ? look_keepf(l, "%s (%s)", node->dm_name, name) : node->path + 5;
	f->n_nodes++;
	return node;
}

static void add_partitions(struct device_facts *f, size_t *capacity, size_t disk)
{
	struct look *l = f->look;
	const char *folder = f->nodes[disk].folder;
	const char *const *names;
	size_t n = look_names(l, &names, "%s", folder);

	for (size_t i = 0; i < n; i++) {
		char path[LOOK_PATH];
		struct device_node *node;

		if (!look_exists(l, "%s/%s/partition", folder, names[i]) ||
		    strlen(folder) + strlen(names[i]) + 2 > sizeof(path))
			continue;
		memcpy(path, folder, strlen(folder));
		path[strlen(folder)] = '/';
		memcpy(path + strlen(folder) + 1, names[i], strlen(names[i]) + 1);
		node = add(f, capacity, names[i], path);
		if (!node)
			continue;
		node->disk = disk;
		node->number = (unsigned)look_number(l, 0, "%s/partition", path);
		node->offset = sectors(l, path, "start");
		device_add_lower(f, (size_t)(node - f->nodes), disk);
	}
}

/* Both directions: one of the two may be missing in old kernels. */
static void add_edges(struct device_facts *f, size_t i)
{
	const char *const *names;
	size_t n = look_names(f->look, &names, "%s/slaves", f->nodes[i].folder);
	long other;

	for (size_t k = 0; k < n; k++)
		if ((other = device_node_by_name(f, names[k])) != DEVICE_NONE)
			device_add_lower(f, i, (size_t)other);
	n = look_names(f->look, &names, "%s/holders", f->nodes[i].folder);
	for (size_t k = 0; k < n; k++)
		if ((other = device_node_by_name(f, names[k])) != DEVICE_NONE)
			device_add_lower(f, (size_t)other, i);
}

enum isokit_status device_read_nodes(struct device_facts *f, struct isokit_error *err)
{
	struct look *l = f->look;
	const char *const *names;
	size_t capacity = 0, n = look_names(l, &names, "sys/block");

	if (n == 0 && !look_exists(l, "sys/block"))
		return isokit_fail_errno(err, errno, "/sys/block",
					 "cannot be read, so no drive can be called safe");
	for (size_t i = 0; i < n; i++) {
		char path[LOOK_PATH] = "sys/block/";
		struct device_node *node;
		const char *real;

		if (strlen(names[i]) >= sizeof(path) - strlen("sys/block/"))
			continue;
		memcpy(path + strlen("sys/block/"), names[i], strlen(names[i]) + 1);
		node = add(f, &capacity, names[i], path);
		if (!node)
			continue;
		real = look_real(l, path);
		node->virtual = real && strstr(real, "/devices/virtual/block/");
		node->hidden = look_number(l, 0, "%s/hidden", path) == 1;
		add_partitions(f, &capacity, (size_t)(node - f->nodes));
	}
	for (size_t i = 0; i < f->n_nodes; i++) {
		add_edges(f, i);
		device_read_props(f, &f->nodes[i]);
	}
	return l->no_memory ? isokit_fail_nomem(err, "/sys/block", f->n_nodes * sizeof(*f->nodes)) :
			      ISOKIT_OK;
}
