/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "device/machine.h"
#include "unit.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 1024 };

static void folders_of(char *path)
{
	for (char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		ck_assert_msg(*path == '\0' || mkdir(path, 0755) == 0 || errno == EEXIST, "mkdir %s", path);
		*slash = '/';
	}
}

static __attribute__((format(printf, 3, 4))) FILE *file_at(struct machine *m, const char *mode,
							   const char *format, ...)
{
	char path[PATH_BYTES];
	int n = snprintf(path, sizeof(path), "%s/", m->root);
	va_list ap;
	FILE *f;

	va_start(ap, format);
	ck_assert_int_lt(vsnprintf(path + n, sizeof(path) - (size_t)n, format, ap), PATH_BYTES - n);
	va_end(ap);
	folders_of(path);
	f = fopen(path, mode);
	ck_assert_msg(f != NULL, "%s", path);
	return f;
}

#define WRITE(m, value, ...) \
	do { \
		FILE *f_ = file_at(m, "w", __VA_ARGS__); \
		fprintf(f_, "%s\n", value); \
		fclose(f_); \
	} while (0)

static __attribute__((format(printf, 3, 4))) void link_to(struct machine *m, const char *to,
							  const char *format, ...)
{
	char path[PATH_BYTES];
	int n = snprintf(path, sizeof(path), "%s/", m->root);
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(path + n, sizeof(path) - (size_t)n, format, ap);
	va_end(ap);
	folders_of(path);
	ck_assert_msg(symlink(to, path) == 0 || errno == EEXIST, "%s", path);
}

/* The next word, with \x20 left as it is; NULL at the end. */
static char *word(char **at)
{
	char *w = *at + strspn(*at, " \t");

	if (!*w)
		return NULL;
	*at = w + strcspn(w, " \t");
	if (**at)
		*(*at)++ = '\0';
	return w;
}

static void attribute(struct machine *m, const char *folder, const char *option)
{
	static const char *const plain[] = { "removable", "ro", "diskseq", "hidden", "wwid", "serial" };
	static const char *const device[] = { "vendor", "model", "type", "name", "cid" };
	const char *value = strchr(option, '=');
	char key[64], text[256];
	size_t n = (size_t)(value - option), k = 0;

	ck_assert_ptr_nonnull(value);
	ck_assert_uint_lt(n, sizeof(key));
	memcpy(key, option, n);
	key[n] = '\0';
	for (const char *p = value + 1; *p && k < sizeof(text) - 1; p++)
		text[k++] = *p == '_' ? ' ' : *p;
	text[k] = '\0';
	for (size_t i = 0; i < sizeof(plain) / sizeof(*plain); i++)
		if (strcmp(key, plain[i]) == 0)
			WRITE(m, text, "%s/%s", folder, key);
	for (size_t i = 0; i < sizeof(device) / sizeof(*device); i++)
		if (strcmp(key, device[i]) == 0)
			WRITE(m, text, "%s/device/%s", folder, key);
	if (strcmp(key, "devserial") == 0)
		WRITE(m, text, "%s/device/serial", folder);
	if (strcmp(key, "lbs") == 0)
		WRITE(m, text, "%s/queue/logical_block_size", folder);
	if (strcmp(key, "dm") == 0)
		WRITE(m, value + 1, "%s/dm/name", folder);
	if (strcmp(key, "uuid") == 0)
		WRITE(m, value + 1, "%s/dm/uuid", folder);
	if (strcmp(key, "md") == 0)
		WRITE(m, value + 1, "%s/md/level", folder);
	if (strcmp(key, "backing") == 0)
		WRITE(m, value + 1, "%s/loop/backing_file", folder);
	if (strcmp(key, "backing_dev") == 0)
		WRITE(m, value + 1, "%s/backing_dev", folder);
}

static void options(struct machine *m, const char *name, const char *folder, char *at)
{
	for (char *w = word(&at); w; w = word(&at)) {
		char *list = strncmp(w, "slaves=", 7) == 0 ? w + 7 : NULL;

		if (!list)
			attribute(m, folder, w);
		for (char *s = list ? strtok(list, ",") : NULL; s; s = strtok(NULL, ",")) {
			FILE *f = file_at(m, "w", "%s/slaves/%s", folder, s);

			fclose(f); /* names are all that counts */
			(void)name;
		}
	}
}

/* drive NAME MAJOR:MINOR SECTORS DEVICE-PATH [KEY=VALUE …] */
static void drive(struct machine *m, char *at)
{
	char *name = word(&at), *number = word(&at), *sectors = word(&at), *where = word(&at);
	char folder[PATH_BYTES], up[PATH_BYTES] = "", device[PATH_BYTES];
	const char *base;

	ck_assert_msg(where != NULL, "drive %s", name);
	base = strrchr(where, '/') ? strrchr(where, '/') + 1 : where;
	/* NVMe has no folder "block" between the device and its disk. */
	if (strncmp(name, "nvme", 4) == 0)
		snprintf(folder, sizeof(folder), "sys/devices/%s/%s", where, name);
	else
		snprintf(folder, sizeof(folder), "sys/devices/%s/block/%s", where, name);
	snprintf(device, sizeof(device), strncmp(name, "nvme", 4) == 0 ? "../../%s" : "../../../%s", base);
	WRITE(m, number, "%s/dev", folder);
	WRITE(m, sectors, "%s/size", folder);
	link_to(m, device, "%s/device", folder);
	snprintf(up, sizeof(up), "../%s", folder + 4);
	link_to(m, up, "sys/block/%s", name);
	attribute(m, folder, "removable=0");
	attribute(m, folder, "ro=0");
	options(m, name, folder, at);
}

/* virt NAME MAJOR:MINOR SECTORS [KEY=VALUE …] */
static void virt(struct machine *m, char *at)
{
	char *name = word(&at), *number = word(&at), *sectors = word(&at);
	char folder[PATH_BYTES], up[PATH_BYTES];

	ck_assert_msg(sectors != NULL, "virt %s", name);
	snprintf(folder, sizeof(folder), "sys/devices/virtual/block/%s", name);
	WRITE(m, number, "%s/dev", folder);
	WRITE(m, sectors, "%s/size", folder);
	snprintf(up, sizeof(up), "../devices/virtual/block/%s", name);
	link_to(m, up, "sys/block/%s", name);
	attribute(m, folder, "removable=0");
	attribute(m, folder, "ro=0");
	options(m, name, folder, at);
}

/* part NAME MAJOR:MINOR START SECTORS: the drive is the one whose name it begins with. */
static void part(struct machine *m, char *at)
{
	char *name = word(&at), *number = word(&at), *start = word(&at), *sectors = word(&at);
	size_t n = strlen(name);
	char disk[64], index[16];

	ck_assert_msg(sectors != NULL, "part %s", name);
	while (n && name[n - 1] >= '0' && name[n - 1] <= '9')
		n--;
	snprintf(index, sizeof(index), "%s", name + n);
	if (n > 1 && name[n - 1] == 'p' && name[n - 2] >= '0' && name[n - 2] <= '9')
		n--;
	snprintf(disk, sizeof(disk), "%.*s", (int)n, name);
	WRITE(m, number, "sys/block/%s/%s/dev", disk, name);
	WRITE(m, start, "sys/block/%s/%s/start", disk, name);
	WRITE(m, sectors, "sys/block/%s/%s/size", disk, name);
	WRITE(m, index, "sys/block/%s/%s/partition", disk, name);
}

/* udev MAJOR:MINOR NAME=VALUE … [S:LINK …] */
static void udev(struct machine *m, char *at)
{
	char *number = word(&at);
	FILE *f = file_at(m, "a", "run/udev/data/b%s", number);

	for (char *w = word(&at); w; w = word(&at))
		fprintf(f, strncmp(w, "S:", 2) == 0 ? "%s\n" : "E:%s\n", w);
	fclose(f);
}

/* mount[@PID] MAJOR:MINOR ROOT WHERE TYPE SOURCE [OPTIONS] */
static void mount_line(struct machine *m, const char *pid, char *at)
{
	char *number = word(&at), *root = word(&at), *where = word(&at), *type = word(&at);
	char *source = word(&at), *opts = source ? word(&at) : NULL;
	FILE *f = pid ? file_at(m, "a", "proc/%s/mountinfo", pid) : m->mounts;

	ck_assert_msg(source != NULL, "mount %s", where);
	fprintf(f, "50 1 %s %s %s rw,relatime shared:1 - %s %s %s\n", number, root, where, type, source,
		opts ? opts : "rw");
	if (pid)
		fclose(f);
}

/* open PID COMMAND PATH FLAGS */
static void opened(struct machine *m, char *at)
{
	char *pid = word(&at), *command = word(&at), *path = word(&at), *flags = word(&at);
	char text[64];

	WRITE(m, command, "proc/%s/comm", pid);
	snprintf(text, sizeof(text), "pos:\t0\nflags:\t%s", flags);
	WRITE(m, text, "proc/%s/fdinfo/7", pid);
	link_to(m, path, "proc/%s/fd/7", pid);
}

static void efi_loader(struct machine *m, const char *id)
{
	FILE *f = file_at(m, "w", "sys/firmware/efi/efivars/LoaderDevicePartUUID-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f");

	fwrite("\6\0\0\0", 1, 4, f);
	for (; *id; id++)
		fwrite((char[2]){ *id, 0 }, 1, 2, f);
	fwrite("\0", 1, 2, f);
	fclose(f);
}

/* boot GUID: the load option that the firmware took names this partition. */
static void efi_boot(struct machine *m, const char *id)
{
	static const char current[] = "\6\0\0\0\3", option[] = "\7\0\0\0\1\0\0\0\62\0D\0\0\0";
	static const char end[4] = "\x7f\xff\4";
	uint8_t node[42] = { 4, 1, 42, [40] = 2, [41] = 2 };
	static const unsigned char order[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };
	unsigned at = 0, byte;
	FILE *f;

	for (const char *p = id; *p && at < 16; p += 2) {
		p += *p == '-';
		ck_assert_int_eq(sscanf(p, "%2x", &byte), 1);
		node[24 + order[at++]] = (uint8_t)byte;
	}
	f = file_at(m, "w", "sys/firmware/efi/efivars/BootCurrent-8be4df61-93ca-11d2-aa0d-00e098032b8c");
	fwrite(current, 1, 6, f);
	fclose(f);
	f = file_at(m, "w", "sys/firmware/efi/efivars/Boot0003-8be4df61-93ca-11d2-aa0d-00e098032b8c");
	fwrite(option, 1, 14, f);
	fwrite(node, 1, sizeof(node), f);
	fwrite(end, 1, sizeof(end), f);
	fclose(f);
}

static void append(struct machine *m, const char *path, const char *line)
{
	FILE *f = file_at(m, "a", "%s", path);

	fprintf(f, "%s\n", line);
	fclose(f);
}

void machine_setup(void)
{
	if (!getenv("TMPDIR") && access("/dev/shm", W_OK) == 0)
		setenv("TMPDIR", "/dev/shm", 1);
}

void machine_line(struct machine *m, char *line)
{
	char *at = line, *what;

	if (line[0] == '#' || line[strspn(line, " \t")] == '\0')
		return;
	what = word(&at);
	if (strcmp(what, "drive") == 0) {
		drive(m, at);
	} else if (strcmp(what, "virt") == 0) {
		virt(m, at);
	} else if (strcmp(what, "part") == 0) {
		part(m, at);
	} else if (strcmp(what, "udev") == 0) {
		udev(m, at);
	} else if (strncmp(what, "mount", 5) == 0 && (what[5] == '\0' || what[5] == '@')) {
		mount_line(m, what[5] ? what + 6 : NULL, at);
	} else if (strcmp(what, "swap") == 0) {
		fprintf(m->swaps, "%s 1000 0 -2\n", at);
	} else if (strcmp(what, "fstab") == 0) {
		append(m, "etc/fstab", at);
	} else if (strcmp(what, "crypttab") == 0) {
		append(m, "etc/crypttab", at);
	} else if (strcmp(what, "cmdline") == 0) {
		append(m, "proc/cmdline", at);
	} else if (strcmp(what, "open") == 0) {
		opened(m, at);
	} else if (strcmp(what, "loader") == 0) {
		efi_loader(m, word(&at));
	} else if (strcmp(what, "boot") == 0) {
		efi_boot(m, word(&at));
	} else if (strcmp(what, "link") == 0) {
		char *path = word(&at), *to = word(&at);

		link_to(m, to, "%s", path);
	} else if (strcmp(what, "folder") == 0) {
		char path[PATH_BYTES];

		snprintf(path, sizeof(path), "%s/%s/", m->root, word(&at));
		folders_of(path);
	} else if (strchr(what, '/')) {
		append(m, what, at);
	} else {
		ck_assert_msg(strcmp(what, "expect") == 0 || strcmp(what, "unmount") == 0 ||
				      strcmp(what, "named") == 0 || strcmp(what, "text") == 0 ||
				      strcmp(what, "bus") == 0, "%s: not known", what);
		ck_assert_uint_lt(m->n_expected, MACHINE_LINES);
		if (*at)
			at[-1] = ' ';
		m->expected[m->n_expected++] = line;
	}
}

void machine_make(struct machine *m, const char *text, const char *root)
{
	*m = (struct machine){ .text = strdup(text) };
	snprintf(m->root, sizeof(m->root), "%s", root);
	m->mounts = file_at(m, "w", "proc/self/mountinfo");
	m->swaps = file_at(m, "w", "proc/swaps");
	fprintf(m->mounts, "22 50 0:21 / /proc rw - proc proc rw\n23 50 0:22 / /sys rw - sysfs sysfs rw\n"
			   "24 50 0:6 / /dev rw - devtmpfs udev rw\n25 50 0:23 / /run rw - tmpfs tmpfs rw\n");
	fprintf(m->swaps, "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n");
	WRITE(m, "0:0", "sys/power/resume");
	for (char *line = m->text, *end; line && *line; line = end) {
		end = strchr(line, '\n');
		if (end)
			*end++ = '\0';
		machine_line(m, line);
	}
	fclose(m->mounts);
	fclose(m->swaps);
}

void machine_free(struct machine *m)
{
	free(m->text);
}
