/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is written down of the drives of this computer: swap areas, fstab, crypttab, units of
 * systemd. */
#include <stdlib.h>
#include <string.h>

#include "base/scan.h"
#include "device/uses.h"

enum { MAX_BYTES = 1024 * 1024 };

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

const char *uses_boot_option(struct uses *u, const char *name)
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
	if (resume && !begins_with(resume, "0:0"))
		device_place_spec(u->f, resume, &u->set);
	option = uses_boot_option(u, "resume=");
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
	long node = begins_with(spec, "/dev/") ? device_node_by_path(u->f, spec) : DEVICE_NONE;
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

/* "What=" of a unit; the last one counts. */
static const char *setting(struct uses *u, const char *unit, const char *name)
{
	const char *found = "";
	size_t n = strlen(name);

	for (const char *line = unit; *line; line = next_line(line))
		if (strncmp(line, name, n) == 0)
			found = look_keepn(u->l, line + n, strcspn(line + n, "\n"));
	return found;
}

/* Units of systemd that somebody wrote by hand, as fstab is written. */
void uses_of_units(struct uses *u)
{
	static const char folder[] = "etc/systemd/system";
	const char *const *names;
	size_t n = look_names(u->l, &names, "%s", folder);

	for (size_t i = 0; i < n; i++) {
		const char *dot = strrchr(names[i], '.'), *unit, *where;
		bool swap = dot && strcmp(dot, ".swap") == 0;

		if (!dot || !(swap || strcmp(dot, ".mount") == 0))
			continue;
		unit = look_text(u->l, "%s/%s", folder, names[i]);
		where = unit ? setting(u, unit, "Where=") : "";
		if (!unit || (!swap && is_mounted(u, where)))
			continue;
		device_set_clear(u->f, &u->set);
		device_place_spec(u->f, setting(u, unit, "What="), &u->set);
		if (keep_unused(u))
			uses_add(u, !swap && uses_is_system_path(where) ? ISOKIT_USE_SYSTEM : ISOKIT_USE_FSTAB,
				 false, look_keepf(u->l, "%s (in /%s/%s, not mounted now)",
						   swap ? "swap" : where, folder, names[i]));
	}
}
