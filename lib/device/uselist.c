/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A use gets to all drives that it stands on. */
#include <string.h>

#include "base/array.h"
#include "base/text.h"
#include "device/uses.h"

void uses_walk(struct uses *u)
{
	const struct device_facts *f = u->f;
	size_t head = 0, tail = 0;

	device_set_clear(f, &u->seen);
	for (size_t i = 0; i < f->n_nodes; i++) {
		if (!u->set.has[i])
			continue;
		u->seen.has[i] = true;
		u->parent[i] = SIZE_MAX;
		u->queue[tail++] = i;
	}
	while (head < tail) {
		size_t at = u->queue[head++];
		const struct device_node *n = &f->nodes[at];

		u->set.untraced = u->set.untraced || n->untraced;
		for (size_t k = 0; k < n->n_lower; k++) {
			if (u->seen.has[n->lower[k]])
				continue;
			u->seen.has[n->lower[k]] = true;
			u->parent[n->lower[k]] = at;
			u->queue[tail++] = n->lower[k];
		}
	}
}

/* "sda3 > luks (dm-0) > vg-root (dm-1)" from the drive up to what is used. */
static const char *chain(struct uses *u, size_t drive, const char **ret_device)
{
	const struct device_facts *f = u->f;
	size_t at = drive, up = u->parent[drive];
	struct text t = { 0 };
	const char *kept;

	if (up != SIZE_MAX && f->nodes[up].number && f->nodes[up].disk == drive)
		at = up; /* the partition says it all */
	*ret_device = f->nodes[at].path;
	for (; at != SIZE_MAX; at = u->parent[at]) {
		text_add_str(&t, t.n ? " > " : "");
		text_add_str(&t, f->nodes[at].title);
	}
	kept = look_keep(u->l, text_string(&t));
	u->l->no_memory = u->l->no_memory || t.failed;
	text_free(&t);
	return kept;
}

static bool is_there(const struct uses *u, size_t drive, enum isokit_drive_use_kind kind,
		     bool removable_mount, const char *device, const char *where)
{
	for (size_t i = 0; i < u->n; i++) {
		const struct use *x = &u->list[i];

		/* What is mounted twice at one place must be unmounted twice. */
		if (x->drive == drive && x->use.kind == kind && !removable_mount &&
		    strcmp(x->use.where, where) == 0 && strcmp(x->use.device, device) == 0)
			return true;
	}
	return false;
}

/* Images behind loop devices lie on the system's drive by the dozen (snaps): the drive is refused
 * as it is. */
static bool is_told_enough(const struct uses *u, size_t node, enum isokit_drive_use_kind kind)
{
	bool loop = false, system = false;

	if (kind != ISOKIT_USE_MOUNT && kind != ISOKIT_USE_HOLDER)
		return false;
	for (size_t at = node; at != SIZE_MAX; at = u->parent[at])
		loop = loop || (at != node && *u->f->nodes[at].backing);
	for (size_t i = 0; i < u->n && !system; i++)
		system = u->list[i].drive == u->drive_of[node] && u->list[i].use.kind == ISOKIT_USE_SYSTEM;
	return system && (loop || (kind == ISOKIT_USE_HOLDER && u->of_file));
}

void uses_add(struct uses *u, enum isokit_drive_use_kind kind, bool removable_mount, const char *where)
{
	const struct device_facts *f = u->f;
	bool covers = kind == ISOKIT_USE_SYSTEM || kind == ISOKIT_USE_SWAP ||
		      kind == ISOKIT_USE_MOUNT || kind == ISOKIT_USE_HOLDER;

	uses_walk(u);
	for (size_t i = 0; i < f->n_nodes; i++) {
		const char *device, *text;

		if (!u->seen.has[i])
			continue;
		u->covered[i] = u->covered[i] || covers;
		u->mounted[i] = u->mounted[i] || (u->parent[i] == SIZE_MAX && covers && kind != ISOKIT_USE_HOLDER);
		if (u->drive_of[i] == SIZE_MAX || is_told_enough(u, i, kind))
			continue;
		text = chain(u, i, &device);
		if (is_there(u, u->drive_of[i], kind, removable_mount, device, where))
			continue;
		if (!ARRAY_RESERVE(u->list, u->capacity, u->n + 1)) {
			u->l->no_memory = true;
			return;
		}
		u->list[u->n++] = (struct use){
			.drive = u->drive_of[i],
			.use = { .kind = kind, .removable_mount = removable_mount,
				 .elsewhere = u->elsewhere,
				 .device = device, .where = where, .chain = text },
		};
	}
}

void uses_add_node(struct uses *u, size_t node, enum isokit_drive_use_kind kind, const char *where)
{
	device_set_clear(u->f, &u->set);
	u->set.has[node] = true;
	u->set.n = 1;
	uses_add(u, kind, false, where);
}
