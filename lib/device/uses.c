/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What each drive is used for: everything in use is followed down to the drives that it
 * stands on. */
#include "device/uses.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/scan.h"

static void add_number(struct uses *u, const struct isokit_drive_number number)
{
	uses_walk(u);
	for (size_t i = 0; i < u->f->n_nodes; i++) {
		struct isokit_drive *d;
		struct isokit_drive_number *grown;

		if (!u->seen.has[i] || u->drive_of[i] == SIZE_MAX)
			continue;
		d = &u->drives->list[u->drive_of[i]];
		grown = look_array(u->l, d->n_numbers + 1, sizeof(*grown));
		if (!grown)
			return;
		if (d->n_numbers)
			memcpy(grown, d->numbers, d->n_numbers * sizeof(*grown));
		grown[d->n_numbers] = number;
		d->numbers = grown;
		d->n_numbers++;
	}
}

/* Is it a mount that may be offered for unmounting: of a hot-plugged drive itself, or of a
 * partition of it? A loop device that somebody names is as good as a stick. */
static bool is_removable_mount(const struct uses *u, const struct device_mount *m)
{
	long node = m->major ? device_node_by_number(u->f, m->major, m->minor) : DEVICE_NONE;
	const struct isokit_drive *d;
	size_t disk;

	if (node == DEVICE_NONE || !m->own || !uses_is_media_path(m->where))
		return false;
	disk = u->f->nodes[node].disk;
	if (u->drive_of[disk] == SIZE_MAX)
		return false;
	d = &u->drives->list[u->drive_of[disk]];
	return d->hotplug || strcmp(d->bus, "loop") == 0;
}

static void use_of_mount(struct uses *u, const struct device_mount *m)
{
	bool first = m->own || strcmp(m->pid, "1") == 0;
	bool root = first && strcmp(m->where, "/") == 0;

	device_set_clear(u->f, &u->set);
	device_place_mount(u->f, m, &u->set);
	u->elsewhere = !m->own;
	if (u->set.n) {
		if (first && uses_is_system_path(m->where))
			uses_add(u, ISOKIT_USE_SYSTEM, false, m->where);
		else if (is_removable_mount(u, m))
			uses_add(u, ISOKIT_USE_MOUNT, true, m->where);
		else
			uses_add(u, ISOKIT_USE_MOUNT, false,
				 m->own ? m->where :
					  look_keepf(u->l, "%s (seen by process %s)", m->where, m->pid));
		if (m->major == 0)
			add_number(u, (struct isokit_drive_number){ m->major, m->minor });
	} else if (root) {
		uses_walk(u);
	}
	if (root && u->set.untraced && !u->f->unplaced)
		u->f->unplaced = look_keepf(u->l, "%s of %s", m->fs, *m->source ? m->source : "nothing");
}

/* A live system's / is an overlay whose lower folders were moved since. It is found all the
 * same when images behind loop devices are mounted, or the medium is. */
static bool is_live_medium_known(struct uses *u)
{
	for (size_t i = 0; i < u->f->n_mounts; i++) {
		const struct device_mount *m = &u->f->mounts[i];

		if (!m->own || m->major == 0 || begins_with(m->where, "/snap/") ||
		    begins_with(m->where, "/var/") ||
		    !(uses_is_live_path(m->where) || begins_with(m->fs, "squashfs") ||
		      begins_with(m->fs, "erofs")))
			continue;
		device_set_clear(u->f, &u->set);
		device_place_mount(u->f, m, &u->set);
		uses_walk(u);
		if (u->set.n && !u->set.untraced)
			return true;
	}
	return false;
}

static void uses_of_mounts(struct uses *u)
{
	for (size_t i = 0; i < u->f->n_mounts; i++)
		use_of_mount(u, &u->f->mounts[i]);
	u->elsewhere = false;
	if (u->f->unplaced && begins_with(u->f->unplaced, "overlay") && is_live_medium_known(u))
		u->f->unplaced = NULL;
}

/* dm, md, bcache, loop …: whatever is set up on a drive, mounted or not. */
static void uses_of_holders(struct uses *u)
{
	const struct device_facts *f = u->f;
	bool *is_lower = look_array(u->l, f->n_nodes, sizeof(bool));

	if (!is_lower)
		return;
	for (size_t i = 0; i < f->n_nodes; i++)
		for (size_t k = 0; !f->nodes[i].number && k < f->nodes[i].n_lower; k++)
			is_lower[f->nodes[i].lower[k]] = true;
	/* The uppermost first, so that what they stand on is not told again; then circles. */
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < f->n_nodes; i++) {
			const struct device_node *n = &f->nodes[i];

			if (n->number || n->n_lower == 0 || u->covered[i] || (round == 0 && is_lower[i]))
				continue;
			device_set_clear(f, &u->set);
			for (size_t k = 0; k < n->n_lower; k++)
				u->set.has[n->lower[k]] = true;
			u->set.n = n->n_lower;
			u->covered[i] = true;
			u->of_file = *n->backing && device_node_by_path(f, n->backing) == DEVICE_NONE;
			uses_add(u, ISOKIT_USE_HOLDER, false,
				 *n->backing ? look_keepf(u->l, "%s (of %s)", n->title, n->backing) : n->title);
		}
	}
}

/* All that lies on a drive has a number. */
static void number_all(struct uses *u)
{
	for (size_t i = 0; i < u->f->n_nodes; i++) {
		device_set_clear(u->f, &u->set);
		u->set.has[i] = true;
		add_number(u, (struct isokit_drive_number){ u->f->nodes[i].major, u->f->nodes[i].minor });
	}
}

static void hand_out(struct uses *u)
{
	struct isokit_drive_use *all = look_array(u->l, u->n, sizeof(*all));
	size_t at = 0;

	if (!all)
		return;
	/* Insertion: the order of what was found is kept, which is that of mounting. */
	for (size_t i = 1; i < u->n; i++) {
		struct use x = u->list[i];
		size_t k = i;

		while (k > 0 && (u->list[k - 1].drive > x.drive ||
				 (u->list[k - 1].drive == x.drive && u->list[k - 1].use.kind > x.use.kind))) {
			u->list[k] = u->list[k - 1];
			k--;
		}
		u->list[k] = x;
	}
	for (size_t i = 0; i < u->drives->n; i++) {
		u->drives->list[i].uses = all + at;
		for (; at < u->n && u->list[at].drive == i; at++) {
			all[at] = u->list[at].use;
			u->drives->list[i].n_uses++;
		}
	}
}

/* Made-up drives that are made of drives; files behind loop devices do not count. */
static void find_foundations(struct uses *u)
{
	for (size_t i = 0; i < u->drives->n; i++) {
		struct isokit_drive *d = &u->drives->list[i];
		const struct device_node *n = &u->f->nodes[u->drives->nodes[i]];
		bool of_file = *n->backing && device_node_by_path(u->f, n->backing) == DEVICE_NONE &&
			       begins_with(n->name, "loop");

		if (!d->made_up || of_file)
			continue;
		for (size_t k = 0; k < n->n_lower; k++)
			d->stands_on = look_keepf(u->l, "%s%s%s", d->stands_on, *d->stands_on ? ", " : "",
						  u->f->nodes[n->lower[k]].title);
		if (!*d->stands_on && (begins_with(n->name, "zd") || begins_with(n->name, "dm-") ||
				       begins_with(n->name, "md")))
			d->stands_on = "devices that are not known";
	}
}

static void tell_unplaced(struct uses *u)
{
	const struct device_facts *f = u->f;
	const char *text = NULL;

	if (f->unplaced)
		text = look_keepf(u->l, "where the running system lies could not be found out (%s)", f->unplaced);
	for (size_t i = 0; i < f->n_nodes && !text; i++)
		if (f->nodes[i].untraced)
			text = look_keepf(u->l, "where the file behind %s lies (%s) could not be found out",
					  f->nodes[i].title, f->nodes[i].backing);
	for (size_t i = 0; text && i < u->drives->n; i++) {
		struct isokit_drive *d = &u->drives->list[i];

		if (!d->made_up)
			d->problem = *d->problem ? look_keepf(u->l, "%s; %s", d->problem, text) : text;
	}
}

enum isokit_status device_find_uses(struct isokit_drives *drives, struct isokit_error *err)
{
	struct look *l = &drives->look;
	size_t n = drives->facts.n_nodes;
	struct uses u = {
		.drives = drives, .f = &drives->facts, .l = l,
		.drive_of = look_array(l, n, sizeof(*u.drive_of)),
		.covered = look_array(l, n, sizeof(*u.covered)),
		.mounted = look_array(l, n, sizeof(*u.mounted)),
		.parent = look_array(l, n, sizeof(*u.parent)),
		.queue = look_array(l, n, sizeof(*u.queue)),
	};

	if (!u.drive_of || !u.covered || !u.mounted || !u.parent || !u.queue || !device_set_new(u.f, &u.set) ||
	    !device_set_new(u.f, &u.seen))
		return isokit_fail_nomem(err, "drives", n * sizeof(*u.queue));
	memset(u.drive_of, 0xff, n * sizeof(*u.drive_of));
	for (size_t i = 0; i < drives->n; i++)
		u.drive_of[drives->nodes[i]] = i;
	device_place_files(u.f);
	uses_of_mounts(&u);
	uses_of_swaps(&u);
	uses_of_holders(&u);
	uses_of_members(&u);
	uses_of_fstab(&u);
	uses_of_crypttab(&u);
	uses_of_units(&u);
	uses_of_firmware(&u);
	uses_of_opened(&u);
	number_all(&u);
	find_foundations(&u);
	tell_unplaced(&u);
	hand_out(&u);
	free(u.list);
	return l->no_memory ? isokit_fail_nomem(err, "drives", n * sizeof(*u.queue)) : ISOKIT_OK;
}
