/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bus of a drive, and whether it is plugged at run time, by the chain of devices above it
 * in sysfs. The bit `removable` of the drive is of no use for that: many USB disks have it
 * off, and many built-in drives on hot-swap ports have it on. */
#include <string.h>

#include "base/scan.h"
#include "device/facts.h"

enum rank { NONE, PLAIN, CARRIER, WINS }; /* which of the buses in a chain names the drive */

/* "usb2", "ata1": the word and nothing but digits after it. */
static bool numbered(const char *text, const char *word)
{
	if (!begins_with(text, word))
		return false;
	text += strlen(word);
	if (!*text)
		return false;
	while (*text >= '0' && *text <= '9')
		text++;
	return !*text;
}

static const struct {
	const char *word;
	bool digits; /* follow the word, and nothing else */
	const char *bus;
	enum rank rank;
	bool hotplug;
} kinds[] = {
	{ "usb", true, "usb", WINS, true },
	{ "fw", true, "firewire", WINS, true },
	{ "session", true, "iscsi", CARRIER, false },
	{ "rport-", false, "fc", CARRIER, false },
	{ "end_device-", false, "sas", CARRIER, false },
	{ "ata", true, "sata", CARRIER, false },
	{ "ide", true, "ide", CARRIER, false },
	{ "virtio", true, "virtio", CARRIER, false },
	{ "vbd-", false, "xen", CARRIER, false },
	{ "VMBUS:", false, "hyperv", CARRIER, false },
	{ "vmbus_", false, "hyperv", CARRIER, false },
	{ "nvme", true, "nvme", CARRIER, false },
	{ "nvme-subsys", true, "nvme", CARRIER, false },
	{ "mmc_host", false, "mmc", CARRIER, false },
	{ "memstick", true, "memstick", CARRIER, true },
	{ "ndbus", true, "pmem", CARRIER, false },
	{ "mtd", true, "mtd", CARRIER, false },
	{ "floppy.", false, "floppy", CARRIER, true },
	{ "host", true, "scsi", PLAIN, false },
};

/* A folder of sysfs: its own word for what it is, over what its name looks like. */
static void look_at(struct look *l, const char *folder, const char *name, struct device_bus *b,
		    enum rank *rank)
{
	const char *removable, *subsystem;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (!(kinds[i].digits ? numbered(name, kinds[i].word) : begins_with(name, kinds[i].word)))
			continue;
		if (kinds[i].rank > *rank) {
			b->bus = kinds[i].bus;
			*rank = kinds[i].rank;
		}
		b->hotplug = b->hotplug || kinds[i].hotplug;
		break;
	}
	subsystem = look_link(l, "%s/subsystem", folder);
	subsystem = subsystem && strrchr(subsystem, '/') ? strrchr(subsystem, '/') + 1 : "";
	if (strcmp(subsystem, "ufs") == 0 || strstr(name, "ufshc") || strstr(name, ".ufs")) {
		b->bus = *rank < WINS ? "ufs" : b->bus;
		*rank = *rank < CARRIER ? CARRIER : *rank;
	}
	if (strcmp(subsystem, "ccw") == 0 && *rank < CARRIER)
		b->bus = "ccw";
	if (strcmp(subsystem, "vmbus") == 0 && *rank <= PLAIN)
		b->bus = "hyperv";
	/* Devices of USB and PCI say whether their port is one to plug things into. */
	removable = look_text(l, "%s/removable", folder);
	if (removable && strcmp(removable, "removable") == 0)
		b->hotplug = true;
	else if (removable && strcmp(removable, "fixed") == 0 && strchr(name, '-') &&
		 *name >= '0' && *name <= '9')
		b->internal = true;
	if (!b->usb_folder && look_exists(l, "%s/idVendor", folder) && strchr(name, '-'))
		b->usb_folder = look_keep(l, folder);
}

/* What has no hardware. */
static const char *made_up_bus(const char *name)
{
	static const char *const words[] = { "loop", "nbd", "zram", "ram", "dm-", "md", "bcache",
					     "drbd", "rbd", "zd", "ublkb", "pktcdvd", "nullb" };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (begins_with(name, words[i]))
			return strcmp(words[i], "dm-") == 0 ? "dm" : words[i];
	return "virtual";
}

void device_find_bus(struct look *l, const struct device_node *node, struct device_bus *ret)
{
	const char *real = look_real(l, node->folder);
	enum rank rank = NONE;
	char path[LOOK_PATH];
	const char *type;

	*ret = (struct device_bus){ .bus = "" };
	if (!real)
		return;
	if (node->virtual) {
		ret->bus = made_up_bus(node->name);
		return;
	}
	/* From the drive up to the root, so that the device nearest to it is seen first. */
	memcpy(path, real, strlen(real) + 1);
	for (char *slash = strrchr(path, '/'); slash && slash > path; slash = strrchr(path, '/')) {
		*slash = '\0';
		if (!strrchr(path, '/') || strcmp(path, "sys/devices") == 0)
			break;
		look_at(l, path, strrchr(path, '/') + 1, ret, &rank);
	}
	type = look_text(l, "%s/device/type", node->folder);
	if (begins_with(node->name, "mmcblk") && type && strcmp(type, "SD") == 0) {
		ret->bus = "sd";
		ret->hotplug = true;
	} else if (begins_with(node->name, "mmcblk")) {
		ret->bus = "mmc";
		ret->hotplug = false;
	} else if (begins_with(node->name, "fd") && !*ret->bus) {
		ret->bus = "floppy";
	}
}
