/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the place of a mount tells. */
#include <string.h>

#include "base/scan.h"
#include "device/uses.h"

static bool below(const char *path, const char *folder)
{
	size_t n = strlen(folder);

	return strncmp(path, folder, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

bool uses_is_system_path(const char *where)
{
	static const char *const exact[] = { "/", "/home", "/root", "/data", "/sysroot", "/srv", "/opt" };
	static const char *const tree[] = {
		"/usr", "/boot", "/efi", "/etc", "/var", "/nix", "/gnu", "/ostree", "/lib", "/system", "/vendor",
		"/sysroot/ostree", "/cdrom", "/rofs", "/isodevice", "/writable", "/live",
		"/run/initramfs", "/run/live", "/run/archiso", "/run/miso", "/run/rootfsbase",
		"/run/overlayfs", "/run/install", "/run/ostree", "/run/mnt", "/run/cow", "/run/ventoy",
		"/mnt/stateful_partition", "/mnt/live", "/run/overlay-live", "/run/media/live",
		"/lib/live", "/overlay", "/rom", "/flash", "/storage/.config",
	};

	if (below(where, "/var/run/media"))
		return false;
	for (size_t i = 0; i < sizeof(exact) / sizeof(*exact); i++)
		if (strcmp(where, exact[i]) == 0)
			return true;
	for (size_t i = 0; i < sizeof(tree) / sizeof(*tree); i++)
		if (below(where, tree[i]))
			return true;
	return false;
}

bool uses_is_media_path(const char *where)
{
	return begins_with(where, "/media/") || begins_with(where, "/run/media/") ||
	       begins_with(where, "/var/run/media/") || strcmp(where, "/mnt") == 0 || begins_with(where, "/mnt/");
}

bool uses_is_live_path(const char *where)
{
	static const char *const tree[] = {
		"/cdrom", "/rofs", "/isodevice", "/run/live", "/lib/live", "/run/initramfs", "/run/archiso",
		"/run/miso", "/run/rootfsbase", "/run/overlay-live", "/mnt/live", "/live", "/run/media/live",
	};

	for (size_t i = 0; i < sizeof(tree) / sizeof(*tree); i++)
		if (below(where, tree[i]))
			return true;
	return false;
}
