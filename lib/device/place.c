/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stands on what. */
#include <string.h>

#include "device/facts.h"

void device_add_lower(struct device_facts *f, size_t upper, size_t lower)
{
	struct device_node *u = &f->nodes[upper];
	size_t *grown;

	for (size_t i = 0; i < u->n_lower; i++)
		if (u->lower[i] == lower)
			return;
	if (upper == lower)
		return;
	if (u->n_lower == u->lower_capacity) {
		grown = look_array(f->look, 2 * u->lower_capacity + 2, sizeof(*grown));
		if (!grown)
			return;
		if (u->n_lower)
			memcpy(grown, u->lower, u->n_lower * sizeof(*grown));
		u->lower = grown;
		u->lower_capacity = 2 * u->lower_capacity + 2;
	}
	u->lower[u->n_lower++] = lower;
}

long device_node_by_number(const struct device_facts *f, unsigned major, unsigned minor)
{
	for (size_t i = 0; i < f->n_nodes; i++)
		if (f->nodes[i].major == major && f->nodes[i].minor == minor)
			return (long)i;
	return DEVICE_NONE;
}

long device_node_by_name(const struct device_facts *f, const char *name)
{
	for (size_t i = 0; i < f->n_nodes; i++)
		if (strcmp(f->nodes[i].name, name) == 0)
			return (long)i;
	return DEVICE_NONE;
}

long device_node_by_path(const struct device_facts *f, const char *path)
{
	for (size_t i = 0; i < f->n_nodes; i++)
		if (strcmp(f->nodes[i].path, path) == 0)
			return (long)i;
	return DEVICE_NONE;
}
