/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is written down of the drives of this computer: swap areas, fstab, crypttab, the
 * command line of the kernel, variables of the firmware. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "device/uses.h"

enum { MAX_BYTES = 1024 * 1024 };

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static const char *next_line(const char *at)
{
	at += strcspn(at, "\n");
	return *at ? at + 1 : at;
}

/* Is this word in a list with commas? `word` may end in "=". */
static bool has_option(const char *options, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = options; *at; at += strcspn(at, ","), at += *at == ',')
		if (strncmp(at, word, n) == 0 && (at[n] == ',' || at[n] == '\0' || word[n - 1] == '='))
			return true;
	return false;
}

/* A word of the kernel's command line: what stands after "root=". */
static const char *boot_option(struct uses *u, const char *name)
{
	const char *line = look_text(u->l, "proc/cmdline"), *found = NULL;
	size_t n = strlen(name);

	for (const char *at = line ? line : ""; *at; at += strcspn(at, " "), at += strspn(at, " "))
		if (strncmp(at, name, n) == 0)
			found = look_keepn(u->l, at + n, strcspn(at, " ") - n);
	return found;
}

void uses_of_swaps(struct uses *u)
{
	const char *resume = look_text(u->l, "sys/power/resume"), *option;
	size_t n = 0;
	char *raw = look_raw(u->l, "proc/swaps", MAX_BYTES, &n);

	for (const char *line = raw ? next_line(raw) : ""; *line; line = next_line(line)) {
		const char *at = line, *path = device_next_field(u->l, &at), *type = device_next_field(u->l, &at);
		bool file = type && strcmp(type, "file") == 0;

		if (!path || !type)
			continue;
		device_set_clear(u->f, &u->set);
		if (file)
			device_place_path(u->f, path, &u->set);
		else
			device_place_spec(u->f, path, &u->set);
		if (u->set.n == 0 && (!file || u->set.untraced) && !u->f->unplaced)
			u->f->unplaced = look_keepf(u->l, "swap %s", path);
		if (u->set.n)
			uses_add(u, ISOKIT_USE_SWAP, false, file ? look_keepf(u->l, "swap file %s", path) : "swap");
	}
	free(raw);
	/* Where memory goes when the computer hibernates. */
	device_set_clear(u->f, &u->set);
	if (resume && !begins(resume, "0:0"))
		device_place_spec(u->f, resume, &u->set);
	option = boot_option(u, "resume=");
	if (option)
		device_place_spec(u->f, option, &u->set);
	for (size_t i = 0; i < u->f->n_nodes; i++)
		u->set.has[i] = u->set.has[i] && !u->covered[i];
	uses_add(u, ISOKIT_USE_SWAP, false, "hibernation");
}

static bool is_mounted(const struct uses *u, const char *where)
{
	for (size_t i = 0; i < u->f->n_mounts; i++)
		if ((u->f->mounts[i].own || strcmp(u->f->mounts[i].pid, "1") == 0) &&
		    strcmp(u->f->mounts[i].fs, "autofs") != 0 &&
		    strcmp(u->f->mounts[i].where, where) == 0)
			return true;
	return false;
}

/* Of what u->set holds, what is not in use anyway; false when nothing is left. */
static bool keep_unused(struct uses *u)
{
	bool any = false;

	for (size_t i = 0; i < u->f->n_nodes; i++) {
		u->set.has[i] = u->set.has[i] && !u->covered[i];
		any = any || u->set.has[i];
	}
	return any;
}

/* A line that names whatever stick comes first ("/dev/sdb1 /media/usb0 auto user,noauto")
 * says nothing of this one. */
static bool is_about_a_place(const struct uses *u, const char *spec, const char *options)
{
	long node = begins(spec, "/dev/") ? device_node_by_path(u->f, spec) : DEVICE_NONE;
	size_t drive;

	if (node == DEVICE_NONE || strcmp(u->f->nodes[node].path, spec) != 0 ||
	    !has_option(options, "noauto"))
		return false;
	drive = u->drive_of[u->f->nodes[node].disk];
	return drive != SIZE_MAX && u->drives->list[drive].hotplug;
}

static void use_of_line(struct uses *u, const char *line)
{
	const char *spec = device_next_field(u->l, &line), *where = device_next_field(u->l, &line);
	const char *type = where ? device_next_field(u->l, &line) : NULL;
	const char *options = type ? device_next_field(u->l, &line) : NULL;
	bool swap = type && strcmp(type, "swap") == 0, system;

	options = options ? options : "";
	if (!spec || spec[0] == '#' || !where || is_about_a_place(u, spec, options))
		return;
	/* What it asks for has happened: another drive with this label is not meant. */
	if (!swap && is_mounted(u, where))
		return;
	device_set_clear(u->f, &u->set);
	device_place_spec(u->f, spec, &u->set);
	if (!keep_unused(u))
		return;
	system = !swap && uses_is_system_path(where);
	uses_add(u, system ? ISOKIT_USE_SYSTEM : ISOKIT_USE_FSTAB, false,
		 look_keepf(u->l, "%s (in /etc/fstab, not mounted now)", swap ? "swap" : where));
}

void uses_of_fstab(struct uses *u)
{
	size_t n = 0;
	char *raw = look_raw(u->l, "etc/fstab", MAX_BYTES, &n);

	for (const char *line = raw ? raw : ""; *line; line = next_line(line))
		use_of_line(u, line);
	free(raw);
}

static bool is_opened(const struct uses *u, const char *dm_name)
{
	for (size_t i = 0; i < u->f->n_nodes; i++)
		if (strcmp(u->f->nodes[i].dm_name, dm_name) == 0)
			return true;
	return false;
}

void uses_of_crypttab(struct uses *u)
{
	size_t n = 0;
	char *raw = look_raw(u->l, "etc/crypttab", MAX_BYTES, &n);

	for (const char *line = raw ? raw : ""; *line; line = next_line(line)) {
		const char *at = line, *name = device_next_field(u->l, &at), *key, *colon;
		const char *device = name && *name != '#' ? device_next_field(u->l, &at) : NULL;

		if (!device)
			continue;
		device_set_clear(u->f, &u->set);
		if (!is_opened(u, name))
			device_place_spec(u->f, device, &u->set);
		if (keep_unused(u))
			uses_add(u, ISOKIT_USE_FSTAB, false,
				 look_keepf(u->l, "encrypted volume %s (in /etc/crypttab)", name));
		/* "/key:LABEL=KEYS", or "/dev/disk/by-id/…" itself; Debian's scripts have the
		 * device in front. The drive is needed at every start. */
		key = device_next_field(u->l, &at);
		colon = key ? strrchr(key, ':') : NULL;
		device_set_clear(u->f, &u->set);
		if (colon)
			device_place_spec(u->f, colon + 1, &u->set);
		if (colon)
			device_place_spec(u->f, look_keepn(u->l, key, (size_t)(colon - key)), &u->set);
		if (key)
			device_place_spec(u->f, key, &u->set);
		if (u->set.n)
			uses_add(u, ISOKIT_USE_FSTAB, false,
				 look_keepf(u->l, "key of encrypted volume %s (in /etc/crypttab)", name));
	}
	free(raw);
}

/* The root that the kernel was told of, where / itself could not be followed. */
static void use_of_root(struct uses *u)
{
	const char *root = boot_option(u, "root=");

	if (!root || !u->f->unplaced)
		return;
	device_set_clear(u->f, &u->set);
	device_place_spec(u->f, root, &u->set);
	if (u->set.n == 0)
		return;
	uses_add(u, ISOKIT_USE_SYSTEM, false, look_keepf(u->l, "/ (root=%s)", root));
	if (!begins(u->f->unplaced, "swap"))
		u->f->unplaced = NULL;
}

/* The boot loader says in this variable (systemd's boot loader interface) which partition it came from:
 * four bytes of attributes, then UTF-16. */
static const char *loader_partition(struct uses *u)
{
	static const char path[] = "sys/firmware/efi/efivars/LoaderDevicePartUUID-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f";
	size_t n = 0, at = 0;
	char *raw = look_raw(u->l, path, 4096, &n), text[64];

	for (size_t i = 4; raw && i + 1 < n && at < sizeof(text) - 1 && get_le16((const uint8_t *)raw + i); i += 2)
		text[at++] = raw[i];
	text[at] = '\0';
	free(raw);
	return look_keep(u->l, text);
}

void uses_of_firmware(struct uses *u)
{
	const char *id = loader_partition(u);

	use_of_root(u);
	if (!*id)
		return;
	device_set_clear(u->f, &u->set);
	device_place_spec(u->f, look_keepf(u->l, "PARTUUID=%s", id), &u->set);
	if (!keep_unused(u))
		return;
	for (size_t i = 0; i < u->f->n_nodes; i++) {
		size_t drive = u->drive_of[u->f->nodes[i].disk];

		if (!u->set.has[i] || drive == SIZE_MAX)
			continue;
		uses_add_node(u, i, u->drives->list[drive].hotplug ? ISOKIT_USE_FSTAB : ISOKIT_USE_SYSTEM,
			      "EFI system partition that this computer was started from");
		return;
	}
}
