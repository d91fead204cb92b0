/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "device/blkid.h"

#include <stdlib.h>
#include <string.h>
#ifdef HAVE_LIBBLKID
#include <blkid/blkid.h>
#endif

#include "base/library.h"

#ifdef HAVE_LIBBLKID

#define LIBBLKID_FUNCTIONS(F) \
	F(blkid_new_probe) \
	F(blkid_free_probe) \
	F(blkid_probe_set_device) \
	F(blkid_probe_enable_superblocks) \
	F(blkid_probe_set_superblocks_flags) \
	F(blkid_probe_enable_partitions) \
	F(blkid_probe_set_partitions_flags) \
	F(blkid_do_safeprobe) \
	F(blkid_do_probe) \
	F(blkid_do_wipe) \
	F(blkid_probe_lookup_value) \
	F(blkid_probe_get_partitions) \
	F(blkid_partlist_numof_partitions) \
	F(blkid_partlist_get_partition) \
	F(blkid_partition_get_start) \
	F(blkid_partition_get_name) \
	F(blkid_partition_get_uuid) \
	F(blkid_partition_get_type_string)

struct blkid_library {
#define F(name) typeof(&name) name;
	LIBBLKID_FUNCTIONS(F)
#undef F
};

#define F(name) { #name, offsetof(struct blkid_library, name) },
static const struct library_symbol symbols[] = { LIBBLKID_FUNCTIONS(F) };
#undef F
static const struct library library = {
	"libblkid.so.1", "nothing is said of contents", "libblkid1",
	LIBRARY_SYMBOLS(symbols),
};

struct blkid_library *blkid_load(void)
{
	void *lib;

	return library_new(&library, sizeof(struct blkid_library), &lib, NULL) ? NULL : lib;
}

void blkid_unload(struct blkid_library *lib)
{
	free(lib);
}

static blkid_probe probe(struct blkid_library *lib, int fd, uint64_t offset, uint64_t bytes, int flags)
{
	blkid_probe pr = lib->blkid_new_probe();

	if (!pr)
		return NULL;
	if (lib->blkid_probe_set_device(pr, fd, (blkid_loff_t)offset, (blkid_loff_t)bytes) == 0 &&
	    lib->blkid_probe_enable_superblocks(pr, 1) == 0 &&
	    lib->blkid_probe_set_superblocks_flags(pr, flags) == 0 &&
	    lib->blkid_probe_enable_partitions(pr, 1) == 0)
		return pr;
	lib->blkid_free_probe(pr);
	return NULL;
}

static void take(struct blkid_library *lib, struct look *l, blkid_probe pr, const char *name,
		 const char **to)
{
	const char *value = NULL;
	size_t n;

	if (lib->blkid_probe_lookup_value(pr, name, &value, &n) == 0 && value && *value)
		*to = look_keep(l, value);
}

static void take_all(struct blkid_library *lib, struct look *l, blkid_probe pr, struct device_props *p)
{
	take(lib, l, pr, "TYPE", &p->fs);
	take(lib, l, pr, "USAGE", &p->usage);
	take(lib, l, pr, "LABEL", &p->label);
	take(lib, l, pr, "UUID", &p->uuid);
	take(lib, l, pr, "PTTYPE", &p->table);
}

bool blkid_look(struct blkid_library *lib, struct look *l, int fd, uint64_t offset, uint64_t bytes,
		struct device_props *p)
{
	blkid_probe pr = probe(lib, fd, offset, bytes,
			       BLKID_SUBLKS_LABEL | BLKID_SUBLKS_UUID | BLKID_SUBLKS_TYPE | BLKID_SUBLKS_USAGE);
	int r;

	if (!pr)
		return false;
	r = lib->blkid_do_safeprobe(pr);
	if (r == 0)
		take_all(lib, l, pr, p);
	else if (r == -2) /* several: a member of an array is what counts */
		while (lib->blkid_do_probe(pr) == 0 && strcmp(p->usage, "raid") != 0)
			take_all(lib, l, pr, p);
	lib->blkid_free_probe(pr);
	return r != -1;
}

void blkid_look_table(struct blkid_library *lib, struct look *l, int fd, uint64_t start,
		      struct device_props *p)
{
	blkid_probe pr = probe(lib, fd, 0, 0, BLKID_SUBLKS_TYPE);
	blkid_partlist list = pr ? lib->blkid_probe_get_partitions(pr) : NULL;
	int n = list ? lib->blkid_partlist_numof_partitions(list) : 0;

	for (int i = 0; i < n; i++) {
		blkid_partition part = lib->blkid_partlist_get_partition(list, i);
		const char *name, *uuid, *type;

		if (!part || (uint64_t)lib->blkid_partition_get_start(part) * 512 != start)
			continue;
		name = lib->blkid_partition_get_name(part);
		uuid = lib->blkid_partition_get_uuid(part);
		type = lib->blkid_partition_get_type_string(part);
		p->part_name = name ? look_keep(l, name) : p->part_name;
		p->part_uuid = uuid ? look_keep(l, uuid) : p->part_uuid;
		p->part_type = type ? look_keep(l, type) : p->part_type;
		break;
	}
	if (pr)
		lib->blkid_free_probe(pr);
}

static void add_offset(struct blkid_library *lib, blkid_probe pr, const char *name, uint64_t *at,
		       size_t room, size_t *n)
{
	const char *value = NULL;
	size_t bytes;

	if (*n < room && lib->blkid_probe_lookup_value(pr, name, &value, &bytes) == 0 && value)
		at[(*n)++] = strtoull(value, NULL, 10);
}

size_t blkid_signatures(int fd, uint64_t *at, size_t room)
{
	struct blkid_library *lib = blkid_load();
	blkid_probe pr = lib ? probe(lib, fd, 0, 0, BLKID_SUBLKS_MAGIC | BLKID_SUBLKS_BADCSUM) : NULL;
	size_t n = 0, had;

	if (pr)
		(void)lib->blkid_probe_set_partitions_flags(pr, BLKID_PARTS_MAGIC | BLKID_PARTS_FORCE_GPT);
	while (pr && lib->blkid_do_probe(pr) == 0 && n < room) {
		had = n;
		add_offset(lib, pr, "SBMAGIC_OFFSET", at, room, &n);
		add_offset(lib, pr, "PTMAGIC_OFFSET", at, room, &n);
		/* As if it were gone, so that the next one is found: nothing is written. */
		if (n > had && lib->blkid_do_wipe(pr, 1) != 0)
			break;
	}
	if (pr)
		lib->blkid_free_probe(pr);
	blkid_unload(lib);
	return n;
}

#else

struct blkid_library *blkid_load(void)
{
	return NULL;
}

void blkid_unload(struct blkid_library *lib)
{
	(void)lib;
}

bool blkid_look(struct blkid_library *lib, struct look *l, int fd, uint64_t offset, uint64_t bytes,
		struct device_props *p)
{
	(void)lib, (void)l, (void)fd, (void)offset, (void)bytes, (void)p;
	return true;
}

void blkid_look_table(struct blkid_library *lib, struct look *l, int fd, uint64_t start,
		      struct device_props *p)
{
	(void)lib, (void)l, (void)fd, (void)start, (void)p;
}

size_t blkid_signatures(int fd, uint64_t *at, size_t room)
{
	(void)fd, (void)at, (void)room;
	return 0;
}

#endif
