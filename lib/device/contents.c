/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What lies on drives, as far as the udev database does not say it, and how much is used. */
#include <fcntl.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "device/blkid.h"
#include "device/drives.h"

/* Would reading it wait for ever, or for a motor, or for nothing? */
static bool can_be_read(struct look *l, const struct isokit_drive *d, const struct device_node *n)
{
	return d->bytes && !d->optical && strcmp(d->bus, "floppy") != 0 && strcmp(d->bus, "zram") != 0 &&
	       look_number(l, 0, "%s/dm/suspended", n->folder) == 0;
}

static void look_into(struct isokit_drives *drives, struct blkid_library *lib, size_t at)
{
	struct isokit_drive *d = &drives->list[at];
	struct device_facts *f = &drives->facts;
	size_t disk = drives->nodes[at];
	bool readable;
	int fd;

	fd = openat(drives->look.root, d->path + 1, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return; /* without the right to look there is none to write either */
	readable = blkid_look(lib, &drives->look, fd, 0, 0, &f->nodes[disk].props);
	for (size_t i = 0; i < f->n_nodes && readable; i++) {
		struct device_node *p = &f->nodes[i];

		if (!p->number || p->disk != disk)
			continue;
		blkid_look_table(lib, &drives->look, fd, p->offset, &p->props);
		readable = blkid_look(lib, &drives->look, fd, p->offset, p->bytes, &p->props);
	}
	if (!readable)
		d->problem = *d->problem ? d->problem : "what lies on it cannot be read";
	d->table = f->nodes[disk].props.table;
	d->fs = f->nodes[disk].props.fs;
	d->label = f->nodes[disk].props.label;
	d->uuid = f->nodes[disk].props.uuid;
	(void)close(fd);
}

void device_look_inside(struct isokit_drives *drives)
{
	struct blkid_library *lib = NULL;

	for (size_t i = 0; i < drives->n && drives->look.live; i++) {
		const struct device_node *n = &drives->facts.nodes[drives->nodes[i]];

		if (n->props.known || !can_be_read(&drives->look, &drives->list[i], n))
			continue;
		lib = lib ? lib : blkid_load();
		if (!lib && !drives->list[i].made_up && !*drives->list[i].problem)
			drives->list[i].problem = "what lies on it is not known: neither udev nor libblkid is here";
		if (lib)
			look_into(drives, lib, i);
	}
	blkid_unload(lib);
}

static uint64_t used_bytes(const struct look *l, const char *where)
{
	struct statvfs fs;

	if (!l->live || statvfs(where, &fs) != 0 || fs.f_bfree > fs.f_blocks)
		return 0;
	return (uint64_t)(fs.f_blocks - fs.f_bfree) * fs.f_frsize;
}

void device_tell_mounted(const struct isokit_drives *drives, size_t node, const char **ret_where,
			 uint64_t *ret_used)
{
	const struct device_facts *f = &drives->facts;

	for (size_t i = 0; i < f->n_mounts; i++) {
		const struct device_mount *m = &f->mounts[i];
		long at = m->major ? device_node_by_number(f, m->major, m->minor) :
			  strcmp(m->fs, "btrfs") == 0 ? device_node_by_path(f, m->source) : DEVICE_NONE;

		if (!m->own || at == DEVICE_NONE || (size_t)at != node)
			continue;
		*ret_where = m->where;
		*ret_used = used_bytes(&drives->look, m->where);
		return;
	}
}
