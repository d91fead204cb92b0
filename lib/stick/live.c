/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "stick/live.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* live-boot's persistence(7): a label, and a list of what is kept. */
static const struct live_system debian = {
	.name = "Debian live", .label = "persistence", .parameter = "persistence",
	.file = "persistence.conf", .content = "/ union\n",
};

/* casper(7). */
static const struct live_system casper = {
	.name = "Ubuntu live (casper)", .label = "writable", .parameter = "persistent",
};
static const struct live_system casper_before_2019 = {
	.name = "Ubuntu live (casper)", .label = "casper-rw", .parameter = "persistent",
};

/* dracut's dmsquash-live: a folder for OverlayFS, and the one for its work beside it. Without
 * systemd in the initramfs, only the second parameter gets them mounted. */
static const struct live_system dracut = {
	.name = "dracut live (Fedora and its like)", .label = "overlay",
	.parameter = "rd.live.overlay=LABEL=overlay:/overlayfs rd.live.overlay.overlayfs=1",
	.folders = { "overlayfs", "ovlwork" },
};

/* mkinitcpio-archiso. */
static const struct live_system arch = {
	.name = "Arch Linux live", .label = "cow", .parameter = "cow_label=cow",
};

/* Since 19.10, casper looks for "writable". Of other distributions with it, the release says
 * nothing, but when they were made does. */
static const struct live_system *which_casper(const struct isokit_facts *facts)
{
	const char *name = facts->content.distribution, *release = facts->content.release;
	const struct isokit_volume *v = facts->primary;

	if (name && release && strstr(name, "Ubuntu") && release[0] >= '0' && release[0] <= '9') {
		char *end;
		long major = strtol(release, &end, 10), minor = *end == '.' ? atol(end + 1) : 0;

		return major > 19 || (major == 19 && minor >= 10) ? &casper : &casper_before_2019;
	}
	if (v && v->created.set && v->created.year < 2020)
		return &casper_before_2019;
	return &casper;
}

static bool has_folder(const struct tree *t, const char *path)
{
	const struct tree_node *n = tree_lookup_nocase(t, path);

	return n && tree_is_dir(n);
}

/* Is there a file in a folder that begins so? */
static bool has_beginning(const struct tree *t, const char *path, const char *name)
{
	const struct tree_node *dir = tree_lookup_nocase(t, path);

	for (uint32_t i = 0; dir && tree_is_dir(dir) && i < dir->u.dir.n; i++)
		if (strncasecmp(dir->u.dir.children[i]->name, name, strlen(name)) == 0)
			return true;
	return false;
}

const struct live_system *live_system_find(const struct isokit_facts *facts, const struct tree *t)
{
	if (has_folder(t, "/casper") && (has_beginning(t, "/casper", "filesystem") ||
					 has_beginning(t, "/casper", "vmlinuz") ||
					 has_beginning(t, "/casper", "minimal")))
		return which_casper(facts);
	if (has_beginning(t, "/live", "filesystem"))
		return &debian;
	if (tree_lookup_nocase(t, "/LiveOS/squashfs.img") ||
	    tree_lookup_nocase(t, "/LiveOS/rootfs.img"))
		return &dracut;
	if (has_folder(t, "/arch/x86_64") || has_folder(t, "/arch/boot"))
		return &arch;
	return NULL;
}

/* ---- command lines ---------------------------------------------------------------------------- */

static bool is_end(const char *text, size_t n, size_t at)
{
	return at == n || text[at] == ' ' || text[at] == '\t' || text[at] == '\n' || text[at] == '\r';
}

/* Is it a line that starts a kernel? */
static bool is_kernel_line(const char *line, size_t n)
{
	static const char *const words[] = { "linux", "linuxefi", "append", "APPEND", "options", "kernel",
					     "KERNEL" };
	size_t len;

	while (n && (*line == ' ' || *line == '\t')) {
		line++;
		n--;
	}
	for (len = 0; len < n && line[len] != ' ' && line[len] != '\t'; len++)
		;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (len == strlen(words[i]) && memcmp(line, words[i], len) == 0)
			return true;
	return false;
}

/* "quiet splash" and the like: they hide what a system says as it starts, and do nothing else. */
static bool put_in_line(char *line, size_t n, const char *parameter)
{
	static const char *const words[] = { "quiet splash", "splash quiet", "quiet rhgb",
					     "rhgb quiet" };
	size_t need = strlen(parameter);

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t len = strlen(words[i]);

		if (need > len)
			continue;
		for (size_t at = 1; at + len <= n; at++) {
			if (memcmp(line + at, words[i], len) != 0 ||
			    !is_end(line, n, at - 1) || !is_end(line, n, at + len))
				continue;
			memcpy(line + at, parameter, need);
			memset(line + at + need, ' ', len - need);
			return true;
		}
	}
	return false;
}

static bool has_parameter(const char *line, size_t n, const char *parameter)
{
	size_t len = strlen(parameter);

	for (size_t at = 1; at + len <= n; at++)
		if (memcmp(line + at, parameter, len) == 0 && is_end(line, n, at - 1) &&
		    is_end(line, n, at + len))
			return true;
	return false;
}

bool live_parameter_put(char *text, size_t n, const char *parameter, size_t *ret_places,
			bool *ret_has)
{
	bool changed = false;

	for (size_t line = 0, end; line < n; line = end + 1) {
		const char *stop = memchr(text + line, '\n', n - line);

		end = stop ? (size_t)(stop - text) : n;
		if (!is_kernel_line(text + line, end - line))
			continue;
		if (has_parameter(text + line, end - line, parameter)) {
			*ret_has = true;
		} else if (put_in_line(text + line, end - line, parameter)) {
			++*ret_places;
			changed = true;
		}
	}
	return changed;
}
