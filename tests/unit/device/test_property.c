/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random stacks of devices: whenever a way leads from something in use down to a drive, the
 * drive is refused, however the question is put. The oracle looks at the same description
 * in another way: it follows names, upwards, by trying everything. */
#include "device/machine.h"
#include "folder.h"

#include <stdarg.h>

enum { MAX_NODES = 40, MAX_DRIVES = 6, MACHINES = 150 };

struct dice {
	uint64_t state;
};

static unsigned roll(struct dice *d, unsigned sides)
{
	d->state ^= d->state << 13;
	d->state ^= d->state >> 7;
	d->state ^= d->state << 17;
	return (unsigned)(d->state >> 33) % sides;
}

/* What is written into the description, and all that the oracle knows. */
struct world {
	char name[MAX_NODES][16];
	unsigned minor[MAX_NODES];
	bool is_drive[MAX_NODES], used[MAX_NODES];
	bool under[MAX_NODES][MAX_NODES]; /* [a][b]: b stands directly on a */
	unsigned n;
	char mounted_at[MAX_NODES][32]; /* of file systems that files for loop devices lie on */
};

static void add_line(struct machine *m, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add_line(struct machine *m, const char *format, ...)
{
	char line[512];
	va_list ap;

	va_start(ap, format);
	vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	machine_line(m, line);
}

static unsigned new_node(struct world *w, const char *name)
{
	snprintf(w->name[w->n], sizeof(w->name[0]), "%s", name);
	w->minor[w->n] = w->n;
	return w->n++;
}

static void make_drives(struct world *w, struct machine *m, struct dice *d)
{
	unsigned n = 1 + roll(d, MAX_DRIVES);

	for (unsigned i = 0; i < n; i++) {
		unsigned drive, parts = roll(d, 4);
		char name[16];

		snprintf(name, sizeof(name), "sd%c", 'a' + i);
		drive = new_node(w, name);
		w->is_drive[drive] = true;
		if (roll(d, 3))
			add_line(m, "drive %s 8:%u 1000000 pci0000:00/0000:00:14.0/usb1/1-%u/1-%u:1.0/host%u/target%u:0:0/%u:0:0:0",
				 name, drive, i, i, i, i, i);
		else
			add_line(m, "drive %s 8:%u 1000000 pci0000:00/0000:00:17.0/ata%u/host%u/target%u:0:0/%u:0:0:0",
				 name, drive, i, i, i, i);
		for (unsigned k = 1; k <= parts; k++) {
			unsigned part;

			snprintf(name, sizeof(name), "sd%c%u", 'a' + i, k);
			part = new_node(w, name);
			add_line(m, "part %s 8:%u %u 1000", name, part, k * 2048);
			w->under[drive][part] = true;
		}
	}
}

/* Something made of one to three of what is there: device-mapper, RAID, or a loop device over
 * a file of something that is mounted. */
static void make_upper(struct world *w, struct machine *m, struct dice *d)
{
	unsigned had = w->n, kind = roll(d, 3), lower = roll(d, had), upper;
	char name[16], list[128] = "";

	snprintf(name, sizeof(name), "%s%u", kind == 0 ? "dm-" : kind == 1 ? "md" : "loop", had);
	upper = new_node(w, name);
	if (kind == 2) {
		if (!*w->mounted_at[lower]) {
			snprintf(w->mounted_at[lower], sizeof(w->mounted_at[0]), "/media/m%u", lower);
			add_line(m, "mount 8:%u / %s ext4 /dev/%s", w->minor[lower], w->mounted_at[lower],
				 w->name[lower]);
			w->used[lower] = true;
		}
		add_line(m, "virt %s 8:%u 1000 backing=%s/file%s", name, upper, w->mounted_at[lower],
			 roll(d, 4) ? "" : "\\040(deleted)");
		w->under[lower][upper] = true;
		return;
	}
	for (unsigned i = 1 + roll(d, 3); i; i--) {
		unsigned of = roll(d, had);

		if (w->under[of][upper])
			continue;
		w->under[of][upper] = true;
		snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%s", *list ? "," : "", w->name[of]);
	}
	add_line(m, "virt %s 8:%u 1000 slaves=%s", name, upper, list);
}

static void use_some(struct world *w, struct machine *m, struct dice *d)
{
	for (unsigned i = roll(d, 4); i; i--) {
		unsigned at = roll(d, w->n);

		w->used[at] = true;
		switch (roll(d, 4)) {
		case 0: add_line(m, "mount 8:%u / /home/x%u ext4 /dev/%s", at, i, w->name[at]); break;
		case 1: add_line(m, "swap /dev/%s partition", w->name[at]); break;
		case 2: add_line(m, "mount@77 8:%u / /y%u xfs /dev/%s", at, i, w->name[at]); break;
		default: add_line(m, "mount 0:9%u / /z%u bcachefs /dev/%s", i, i, w->name[at]); break;
		}
	}
}

/* Every node that is reached from this one, by repeating until nothing changes. */
static bool leads_to_use(const struct world *w, unsigned from)
{
	bool reached[MAX_NODES] = { false }, changed = true;

	reached[from] = true;
	while (changed) {
		changed = false;
		for (unsigned a = 0; a < w->n; a++)
			for (unsigned b = 0; b < w->n; b++)
				if (reached[a] && w->under[a][b] && !reached[b])
					reached[b] = changed = true;
	}
	for (unsigned i = 0; i < w->n; i++)
		if (reached[i] && w->used[i])
			return true;
	return false;
}

/* Is there anything on it but partitions? */
static bool is_held(const struct world *w, unsigned drive)
{
	for (unsigned b = 0; b < w->n; b++) {
		if (!w->under[drive][b])
			continue;
		if (strncmp(w->name[b], "sd", 2) != 0 || is_held(w, b))
			return true;
	}
	return false;
}

static const struct isokit_drive *drive_named(const struct isokit_drives *drives, const char *name)
{
	size_t n;
	const struct isokit_drive *list = isokit_drives_list(drives, &n);

	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i].name, name) == 0)
			return &list[i];
	return NULL;
}

static unsigned check(const struct world *w, const struct isokit_drives *drives, uint64_t seed)
{
	unsigned free_ones = 0;

	for (unsigned i = 0; i < w->n; i++) {
		struct isokit_guard_reason reasons[ISOKIT_GUARD_MAX];
		const struct isokit_drive *d;
		bool hard;

		if (!w->is_drive[i])
			continue;
		d = drive_named(drives, w->name[i]);
		ck_assert_ptr_nonnull(d);
		hard = leads_to_use(w, i) || is_held(w, i);
		for (unsigned q = 0; q < 4; q++) {
			struct isokit_guard_question question = {
				.size = sizeof(question), .fixed_disk = q & 1, .unmount = q & 2,
			};
			size_t n = isokit_guard(d, &question, reasons);

			/* The world mounts below /media only what a loop device holds then. */
			ck_assert_msg(!hard || n > 0, "seed %llu: %s is in use and not refused",
				      (unsigned long long)seed, w->name[i]);
			if (q == 1 && !hard)
				ck_assert_msg(n == 0, "seed %llu: %s is free and refused: %s",
					      (unsigned long long)seed, w->name[i], reasons[0].text);
			free_ones += q == 1 && n == 0;
		}
		if (leads_to_use(w, i))
			ck_assert_msg(d->n_uses > 0, "seed %llu: %s has no uses", (unsigned long long)seed,
				      w->name[i]);
	}
	return free_ones;
}

START_TEST(whatever_leads_to_a_use_is_refused)
{
	unsigned free_ones = 0;

	for (uint64_t seed = 1; seed <= MACHINES; seed++) {
		struct isokit_drives_options options = { .size = sizeof(options), .root = "machine" };
		struct dice d = { seed * UINT64_C(0x9E3779B97F4A7C15) };
		struct world *w = calloc(1, sizeof(*w));
		struct isokit_drives *drives;
		struct isokit_error err;
		struct machine m;

		machine_make(&m, "mount 0:40 / / tmpfs none\n", "machine");
		m.mounts = fopen("machine/proc/self/mountinfo", "a");
		m.swaps = fopen("machine/proc/swaps", "a");
		make_drives(w, &m, &d);
		for (unsigned i = roll(&d, 8); i && w->n < MAX_NODES; i--)
			make_upper(w, &m, &d);
		use_some(w, &m, &d);
		fclose(m.mounts);
		fclose(m.swaps);
		ck_assert_msg(isokit_drives_scan(&options, &drives, &err) == ISOKIT_OK, "%s", err.text);
		free_ones += check(w, drives, seed);
		isokit_drives_free(drives);
		machine_free(&m);
		free(w);
		ck_assert_int_eq(nftw("machine", folder_remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
	}
	ck_assert_uint_gt(free_ones, MACHINES / 4); /* it does not refuse everything */
}
END_TEST

UNIT(property)
{
	tcase_add_unchecked_fixture(tc, machine_setup, NULL);
	tcase_add_checked_fixture(tc, folder_setup, folder_teardown);
	tcase_add_test(tc, whatever_leads_to_a_use_is_refused);
	tcase_set_timeout(tc, 60);
}
