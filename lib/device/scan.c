/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/byteorder.h"
#include "base/fail.h"
#include "device/drives.h"

/* Is it something that could be asked about at all? Devices without anything behind them are
 * there by the dozen. */
static bool is_drive(const struct device_node *n)
{
	static const char *const empty_when_unused[] = { "loop", "ram", "zram", "nbd", "md", "drbd",
							 "rbd", "dm-" };

	if (n->number || n->hidden)
		return false;
	if (n->bytes || !n->virtual)
		return true;
	for (size_t i = 0; i < sizeof(empty_when_unused) / sizeof(*empty_when_unused); i++)
		if (strncmp(n->name, empty_when_unused[i], strlen(empty_when_unused[i])) == 0)
			return false;
	return true;
}

static const char *first(const char *a, const char *b)
{
	return a && *a ? a : b && *b ? b : "";
}

/* Vital product data, page 0x80: 4 bytes of head, then the serial number (SPC-4 7.8.16). */
static const char *vpd_serial(struct look *l, const struct device_node *node)
{
	char path[LOOK_PATH], *raw;
	const char *kept = "";
	size_t n = 0;

	(void)snprintf(path, sizeof(path), "%.512s/device/vpd_pg80", node->folder);
	raw = look_raw(l, path, 4096, &n);
	if (raw && n > 4 && (uint8_t)raw[1] == 0x80) {
		size_t from = 4, to = 4 + get_be16((const uint8_t *)raw + 2);

		to = to < n ? to : n;
		while (from < to && raw[from] == ' ')
			from++;
		while (to > from && (raw[to - 1] == ' ' || raw[to - 1] == '\0'))
			to--;
		kept = look_keepn(l, raw + from, to - from);
	}
	free(raw);
	return kept;
}

static void identify(struct look *l, const struct device_node *node, const struct device_bus *bus,
		     struct isokit_drive *d)
{
	const char *usb = bus->usb_folder;

	d->vendor = first(look_text(l, "%s/device/vendor", node->folder), node->props.vendor);
	if (strncmp(d->vendor, "0x", 2) == 0) /* a number of PCI or virtio */
		d->vendor = node->props.vendor;
	d->model = first(look_text(l, "%s/device/model", node->folder), NULL);
	d->model = first(d->model, look_text(l, "%s/device/name", node->folder));
	d->model = first(d->model, node->props.model);
	d->serial = first(look_text(l, "%s/device/serial", node->folder),
			  look_text(l, "%s/serial", node->folder));
	if (!*d->serial && usb)
		d->serial = first(look_text(l, "%s/serial", usb), "");
	d->serial = first(d->serial, vpd_serial(l, node));
	d->serial = first(d->serial, node->props.serial);
	d->wwn = first(look_text(l, "%s/wwid", node->folder), look_text(l, "%s/device/wwid", node->folder));
	d->wwn = first(d->wwn, look_text(l, "%s/device/cid", node->folder));
	d->wwn = first(d->wwn, node->props.wwn);
	if (usb && !*d->vendor && !*d->model) {
		d->vendor = first(look_text(l, "%s/manufacturer", usb), "");
		d->model = first(look_text(l, "%s/product", usb), "");
	}
}

static bool is_boot_area(const char *name)
{
	const char *p = name + strlen("mmcblk");

	if (strncmp(name, "mmcblk", strlen("mmcblk")) != 0)
		return false;
	while (*p >= '0' && *p <= '9')
		p++;
	return strncmp(p, "boot", 4) == 0 || strncmp(p, "rpmb", 4) == 0 || strncmp(p, "gp", 2) == 0;
}

static void add_problem(struct look *l, struct isokit_drive *d, const char *text)
{
	d->problem = *d->problem ? look_keepf(l, "%s; %s", d->problem, text) : look_keep(l, text);
}

static void describe(struct isokit_drives *drives, size_t index, struct isokit_drive *d)
{
	struct look *l = &drives->look;
	const struct device_node *node = &drives->facts.nodes[index];
	struct device_bus bus;
	const char *zoned;

	device_find_bus(l, node, &bus);
	*d = (struct isokit_drive){
		.path = node->path, .name = node->path + strlen("/dev/"),
		.major = node->major, .minor = node->minor, .bytes = node->bytes,
		.diskseq = look_number(l, 0, "%s/diskseq", node->folder),
		.logical_sector = (uint32_t)look_number(l, 512, "%s/queue/logical_block_size", node->folder),
		.physical_sector = (uint32_t)look_number(l, 512, "%s/queue/physical_block_size", node->folder),
		.bus = bus.bus,
		.hotplug = bus.hotplug && !bus.internal,
		.removable = look_number(l, 0, "%s/removable", node->folder) == 1,
		.read_only = look_number(l, 0, "%s/ro", node->folder) == 1,
		.optical = (strncmp(node->name, "sr", 2) == 0 && !node->virtual) ||
			   strncmp(node->name, "pktcdvd", 7) == 0,
		.made_up = node->virtual && strcmp(bus.bus, "virtual") != 0,
		.backing = node->backing, .stands_on = "",
		.table = node->props.table, .fs = node->props.fs, .label = node->props.label,
		.uuid = node->props.uuid, .mounted = "", .problem = "",
	};
	identify(l, node, &bus, d);
	if (strncmp(node->name, "nvme", 4) == 0 && node->virtual) { /* NVMe multipath */
		d->bus = "nvme";
		d->made_up = false;
	}
	/* Readers that are soldered in take cards; sticks that are soldered in hold firmware or
	 * a hypervisor. */
	if (bus.internal && d->removable)
		d->hotplug = true;
	if (d->hotplug && strcasestr(d->model, "internal") && !strcasestr(d->model, "reader"))
		d->hotplug = false;
	if (is_boot_area(node->name))
		add_problem(l, d, "an area of built-in flash memory where firmware lies");
	zoned = look_text(l, "%s/queue/zoned", node->folder);
	if (zoned && strcmp(zoned, "host-managed") == 0)
		add_problem(l, d, "it takes writing in the order of its zones only");
	if (!look_text(l, "%s/size", node->folder))
		add_problem(l, d, "its size cannot be read");
	if (node->virtual && strcmp(bus.bus, "virtual") == 0 && !d->made_up)
		add_problem(l, d, "a kind of device that is not known here");
}

static void describe_parts(struct isokit_drives *drives, size_t index, struct isokit_drive *d)
{
	struct look *l = &drives->look;
	const struct device_facts *f = &drives->facts;
	struct isokit_drive_part *parts;
	size_t n = 0;

	for (size_t i = 0; i < f->n_nodes; i++)
		n += f->nodes[i].number && f->nodes[i].disk == index;
	parts = look_array(l, n, sizeof(*parts));
	if (!parts)
		return;
	n = 0;
	for (size_t i = 0; i < f->n_nodes; i++) {
		const struct device_node *p = &f->nodes[i];

		if (!p->number || p->disk != index)
			continue;
		parts[n++] = (struct isokit_drive_part){
			.number = p->number, .offset = p->offset, .bytes = p->bytes,
			.path = p->path, .type = p->props.part_type, .name = p->props.part_name,
			.fs = p->props.fs, .label = p->props.label, .uuid = p->props.uuid,
			.mounted = "",
		};
		device_tell_mounted(drives, i, &parts[n - 1].mounted, &parts[n - 1].used_bytes);
	}
	d->parts = parts;
	d->n_parts = n;
	device_tell_mounted(drives, index, &d->mounted, &d->used_bytes);
}

static enum isokit_status scan(struct isokit_drives *drives, struct isokit_error *err)
{
	struct device_facts *f = &drives->facts;
	struct look *l = &drives->look;
	enum isokit_status st;

	f->look = l;
	st = device_read_nodes(f, err);
	if (st == ISOKIT_OK)
		st = device_read_mounts(f, err);
	if (st)
		return st;
	drives->list = look_array(l, f->n_nodes, sizeof(*drives->list));
	drives->nodes = look_array(l, f->n_nodes, sizeof(*drives->nodes));
	if (l->no_memory)
		return isokit_fail_nomem(err, "drives", f->n_nodes * sizeof(*drives->list));
	for (size_t i = 0; i < f->n_nodes; i++) {
		if (!is_drive(&f->nodes[i]))
			continue;
		drives->nodes[drives->n] = i;
		describe(drives, i, &drives->list[drives->n++]);
	}
	device_look_inside(drives);
	for (size_t i = 0; i < drives->n; i++)
		describe_parts(drives, drives->nodes[i], &drives->list[i]);
	st = device_find_uses(drives, err);
	if (st == ISOKIT_OK && l->no_memory)
		st = isokit_fail_nomem(err, "drives", f->n_nodes * sizeof(*drives->list));
	if (st == ISOKIT_OK && l->no_files)
		st = isokit_fail_errno(err, l->no_files, "drives",
				       "not all can be seen, so none can be called safe");
	return st;
}

enum isokit_status isokit_drives_scan(const struct isokit_drives_options *options,
				      struct isokit_drives **ret_drives, struct isokit_error *err)
{
	const char *root = options && options->root ? options->root : "/";
	struct isokit_drives *drives = calloc(1, sizeof(*drives));
	enum isokit_status st;

	if (!drives)
		return isokit_fail_nomem(err, "drives", sizeof(*drives));
	drives->look = (struct look){ .live = !options || !options->root, .arena = &drives->arena };
	drives->look.root = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (drives->look.root < 0)
		st = isokit_fail_errno(err, errno, root, "cannot be opened");
	else
		st = scan(drives, err);
	if (st)
		isokit_drives_free(drives);
	else
		*ret_drives = drives;
	return st;
}

void isokit_drives_free(struct isokit_drives *drives)
{
	if (!drives)
		return;
	if (drives->look.root >= 0)
		(void)close(drives->look.root);
	free(drives->facts.nodes);
	free(drives->facts.mounts);
	arena_release(&drives->arena);
	free(drives);
}

const struct isokit_drive *isokit_drives_list(const struct isokit_drives *drives, size_t *ret_n)
{
	*ret_n = drives->n;
	return drives->list;
}

static enum isokit_status find_node(const struct isokit_drives *drives, const char *path, long at,
				    const struct isokit_drive **ret_drive, struct isokit_error *err)
{
	const struct device_node *node;

	if (at == DEVICE_NONE)
		return isokit_fail(err, ISOKIT_E_NOT_FOUND, ISOKIT_NO_OFFSET, path,
				   "is no drive of this computer; iso-write --list shows them");
	node = &drives->facts.nodes[at];
	if (node->number)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, path,
				   "is a partition; name the whole drive: %s",
				   drives->facts.nodes[node->disk].path);
	for (size_t i = 0; i < drives->n; i++) {
		if (drives->nodes[i] != (size_t)at)
			continue;
		*ret_drive = &drives->list[i];
		return ISOKIT_OK;
	}
	return isokit_fail(err, ISOKIT_E_NOT_FOUND, ISOKIT_NO_OFFSET, path,
			   "is a device with nothing behind it%s",
			   strncmp(node->name, "loop", 4) == 0 ? "; losetup attaches a file" : "");
}

enum isokit_status isokit_drives_find(const struct isokit_drives *drives, const char *path,
				      const struct isokit_drive **ret_drive, struct isokit_error *err)
{
	struct stat st;

	if (!drives->look.live)
		return find_node(drives, path, device_node_by_path(&drives->facts, path), ret_drive, err);
	if (stat(path, &st) != 0)
		return errno == ENOENT || errno == ENOTDIR ?
			       isokit_fail(err, ISOKIT_E_NOT_FOUND, ISOKIT_NO_OFFSET, path,
					   "is not there; iso-write --list shows the drives") :
			       isokit_fail_errno(err, errno, path, "cannot be examined");
	if (S_ISBLK(st.st_mode))
		return find_node(drives, path,
				 device_node_by_number(&drives->facts, major(st.st_rdev), minor(st.st_rdev)),
				 ret_drive, err);
	return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, path, "is %s, not a drive",
			   S_ISREG(st.st_mode) ? "a file" : S_ISDIR(st.st_mode) ? "a folder" :
			   S_ISCHR(st.st_mode) ? "a character device" : "a pipe or socket");
}

const char *device_difference(const struct isokit_drive *then, const struct isokit_drive *now)
{
	return then->major != now->major || then->minor != now->minor ? "its device number" :
	       then->bytes != now->bytes ? "its size" :
	       then->diskseq != now->diskseq ? "its medium (disk sequence number)" :
	       strcmp(then->serial, now->serial) != 0 ? "its serial number" :
	       strcmp(then->wwn, now->wwn) != 0 ? "its world-wide name" :
	       strcmp(then->model, now->model) != 0 || strcmp(then->vendor, now->vendor) != 0 ?
	       "its model" :
	       then->logical_sector != now->logical_sector ? "its sector size" :
	       strcmp(then->backing, now->backing) != 0 ? "the file behind it" : NULL;
}
