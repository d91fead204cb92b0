/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the kernel and the firmware know of where this computer was started from. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "device/uses.h"

enum {
	MAX_BYTES = 64 * 1024,
	ATTRIBUTES = 4,    /* bytes that efivarfs puts in front of every variable */
	LOAD_OPTION = 6,   /* bytes before the words of a load option (UEFI 3.1.3) */
	MEDIA_PATH = 4, HARD_DRIVE = 1, HARD_DRIVE_BYTES = 42, /* UEFI 10.3.5.1 */
	BY_MBR = 1, BY_GUID = 2,
};

#define EFIVARS "sys/firmware/efi/efivars/"
#define GLOBAL "-8be4df61-93ca-11d2-aa0d-00e098032b8c"

/* The root that the kernel was told of, where / itself could not be followed. */
static void use_of_root(struct uses *u)
{
	const char *root = uses_boot_option(u, "root=");

	if (!root || !u->f->unplaced)
		return;
	device_set_clear(u->f, &u->set);
	device_place_spec(u->f, root, &u->set);
	if (u->set.n == 0)
		return;
	uses_add(u, ISOKIT_USE_SYSTEM, false, look_keepf(u->l, "/ (root=%s)", root));
	if (strncmp(u->f->unplaced, "swap", 4) != 0)
		u->f->unplaced = NULL;
}

/* systemd-boot, GRUB and others say which partition they came from, in UTF-16. */
static const char *told_by_loader(struct uses *u)
{
	size_t n = 0, at = 0;
	char *raw = look_raw(u->l, EFIVARS "LoaderDevicePartUUID-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f",
			     MAX_BYTES, &n), text[64];

	for (size_t i = ATTRIBUTES; raw && i + 1 < n && at < sizeof(text) - 1 &&
				    get_le16((const uint8_t *)raw + i); i += 2)
		text[at++] = raw[i];
	text[at] = '\0';
	free(raw);
	return look_keep(u->l, text);
}

static const char *partition_of(struct uses *u, const uint8_t *node)
{
	const uint8_t *g = node + 24;

	if (node[41] == BY_GUID)
		return look_keepf(u->l, "%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x", get_le32(g),
				  get_le16(g + 4), get_le16(g + 6), g[8], g[9], g[10], g[11], g[12],
				  g[13], g[14], g[15]);
	if (node[41] == BY_MBR)
		return look_keepf(u->l, "%08x-%02x", get_le32(g), get_le32(node + 4));
	return "";
}

/* The load option that the firmware took: its path may name a partition. */
static const char *told_by_firmware(struct uses *u)
{
	const char *found = "";
	size_t n = 0, at = ATTRIBUTES + LOAD_OPTION;
	char path[96], *raw = look_raw(u->l, EFIVARS "BootCurrent" GLOBAL, MAX_BYTES, &n);
	const uint8_t *p;

	if (!raw || n < ATTRIBUTES + 2) {
		free(raw);
		return "";
	}
	(void)snprintf(path, sizeof(path), EFIVARS "Boot%04X" GLOBAL,
		       get_le16((const uint8_t *)raw + ATTRIBUTES));
	free(raw);
	raw = look_raw(u->l, path, MAX_BYTES, &n);
	p = (const uint8_t *)raw;
	while (raw && n >= 2 && at <= n - 2 && get_le16(p + at)) /* its description */
		at += 2;
	at += 2;
	while (raw && at < n && n - at >= 4) {
		size_t bytes = get_le16(p + at + 2);

		if (bytes < 4 || bytes > n - at)
			break;
		if (p[at] == MEDIA_PATH && p[at + 1] == HARD_DRIVE && bytes >= HARD_DRIVE_BYTES)
			found = partition_of(u, p + at);
		at += bytes;
	}
	free(raw);
	return found;
}

/* A hot-plugged drive may have been left behind by a system that lies in memory now: naming
 * it is enough. */
static void use_of_start(struct uses *u, const char *id)
{
	if (!*id)
		return;
	device_set_clear(u->f, &u->set);
	device_place_spec(u->f, look_keepf(u->l, "PARTUUID=%s", id), &u->set);
	for (size_t i = 0; i < u->f->n_nodes; i++) {
		size_t drive = u->drive_of[u->f->nodes[i].disk];

		if (!u->set.has[i] || drive == SIZE_MAX || u->covered[i])
			continue;
		uses_add_node(u, i, u->drives->list[drive].hotplug ? ISOKIT_USE_FSTAB : ISOKIT_USE_SYSTEM,
			      "EFI system partition that this computer was started from");
		return;
	}
}

void uses_of_firmware(struct uses *u)
{
	use_of_root(u);
	use_of_start(u, told_by_loader(u));
	use_of_start(u, told_by_firmware(u));
}
