/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The database of udev (/run/udev/data/b8:16): lines "E:NAME=VALUE" for properties and
 * "S:disk/by-id/x" for links. The files are read as they are: libudev would answer from the
 * same ones, but not below a folder of our choice. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "device/facts.h"

enum { MAX_BYTES = 256 * 1024 };

/* "\x20" is a space, in values whose names end in _ENC and in names of links. */
static const char *unescape(struct look *l, const char *from, size_t n)
{
	char *to = look_array(l, n + 1, 1);
	size_t at = 0;

	if (!to)
		return "";
	for (size_t i = 0; i < n; i++) {
		unsigned code = 0;

		if (from[i] == '\\' && n - i >= 4 && from[i + 1] == 'x') {
			for (size_t k = 2; k < 4; k++) {
				char c = from[i + k];

				code = code * 16 + (unsigned)(c >= '0' && c <= '9' ? c - '0' :
							      c >= 'a' && c <= 'f' ? c - 'a' + 10 :
							      c >= 'A' && c <= 'F' ? c - 'A' + 10 : 256);
			}
			if (code > 0 && code < 256) {
				to[at++] = (char)code;
				i += 3;
				continue;
			}
		}
		to[at++] = from[i];
	}
	while (at && to[at - 1] == ' ')
		at--;
	to[at] = '\0';
	return to;
}

struct wanted {
	const char *name;
	size_t offset; /* in device_props */
	bool encoded;
};

#define AT(field) offsetof(struct device_props, field)

/* Where two names give one field, the later one counts more. */
static const struct wanted wanted[] = {
	{ "ID_FS_TYPE", AT(fs), false },
	{ "ID_FS_USAGE", AT(usage), false },
	{ "ID_FS_LABEL", AT(label), false },
	{ "ID_FS_LABEL_ENC", AT(label), true },
	{ "ID_FS_UUID", AT(uuid), false },
	{ "ID_FS_UUID_ENC", AT(uuid), true },
	{ "ID_PART_TABLE_TYPE", AT(table), false },
	{ "ID_PART_ENTRY_TYPE", AT(part_type), false },
	{ "ID_PART_ENTRY_NAME", AT(part_name), true },
	{ "ID_PART_ENTRY_UUID", AT(part_uuid), false },
	{ "ID_VENDOR", AT(vendor), false },
	{ "ID_VENDOR_ENC", AT(vendor), true },
	{ "ID_MODEL", AT(model), false },
	{ "ID_MODEL_ENC", AT(model), true },
	{ "ID_SERIAL_SHORT", AT(serial), false },
	{ "ID_WWN", AT(wwn), false },
	{ "ID_WWN_WITH_EXTENSION", AT(wwn), false },
	{ "ID_BUS", AT(bus), false },
};

static void set(struct look *l, struct device_props *p, size_t found[], const char *line, size_t n)
{
	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++) {
		const struct wanted *w = &wanted[i];
		size_t name = strlen(w->name);
		const char **field = (const char **)(void *)((char *)p + w->offset);

		if (n <= name || line[name] != '=' || memcmp(line, w->name, name) != 0)
			continue;
		if (found[w->offset / sizeof(char *)] > i + 1)
			return;
		found[w->offset / sizeof(char *)] = i + 1;
		*field = w->encoded ? unescape(l, line + name + 1, n - name - 1) :
				      look_keepn(l, line + name + 1, n - name - 1);
	}
}

void device_read_props(struct device_facts *f, struct device_node *node)
{
	struct look *l = f->look;
	struct device_props *p = &node->props;
	size_t found[sizeof(struct device_props) / sizeof(char *) + 1] = { 0 };
	const char **links = NULL, **kept;
	size_t n = 0, capacity = 0;
	char path[64], *raw;

	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++)
		*(const char **)(void *)((char *)p + wanted[i].offset) = "";
	(void)snprintf(path, sizeof(path), "run/udev/data/b%u:%u", node->major, node->minor);
	raw = look_raw(l, path, MAX_BYTES, &n);
	if (!raw)
		return;
	p->known = true;
	for (const char *line = raw, *end; *line; line = *end ? end + 1 : end) {
		end = line + strcspn(line, "\n");
		if (strncmp(line, "E:", 2) == 0) {
			set(l, p, found, line + 2, (size_t)(end - line) - 2);
		} else if (strncmp(line, "S:", 2) == 0) {
			if (!ARRAY_RESERVE(links, capacity, p->n_links + 1)) {
				l->no_memory = true;
				break;
			}
			links[p->n_links++] = look_keepn(l, line + 2, (size_t)(end - line) - 2);
		}
	}
	kept = look_array(l, p->n_links, sizeof(*kept));
	if (kept && p->n_links)
		memcpy(kept, links, p->n_links * sizeof(*links));
	p->links = kept;
	p->n_links = kept ? p->n_links : 0;
	free(links);
	free(raw);
}
