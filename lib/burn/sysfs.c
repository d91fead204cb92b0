/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The optical drives of this computer, found without opening one. */
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "burn/burn.h"

/* "sr0" to "sr999": what the kernel calls a drive of MMC commands. */
static bool is_drive(const char *name)
{
	size_t n = strlen(name);

	return n > 2 && n < 6 && name[0] == 's' && name[1] == 'r' &&
	       strspn(name + 2, "0123456789") == n - 2;
}

static int by_number(const void *a, const void *b)
{
	return atoi((const char *)a + 2) - atoi((const char *)b + 2);
}

size_t burn_sysfs_drives(char names[][16], size_t max)
{
	DIR *dir = opendir("/sys/class/block");
	struct dirent *e;
	size_t n = 0;

	if (!dir)
		return 0;
	while (n < max && (e = readdir(dir)))
		if (is_drive(e->d_name))
			(void)snprintf(names[n++], 16, "%.15s", e->d_name);
	(void)closedir(dir);
	qsort(names, n, sizeof(names[0]), by_number);
	return n;
}

static void read_line(const char *drive, const char *what, char *to, size_t n)
{
	char path[128];
	FILE *f;
	size_t len;

	(void)snprintf(path, sizeof(path), "/sys/class/block/%s/device/%s", drive, what);
	f = fopen(path, "re");
	if (!f)
		return;
	if (!fgets(to, (int)n, f))
		to[0] = '\0';
	(void)fclose(f);
	len = strlen(to);
	while (len && isspace((unsigned char)to[len - 1]))
		to[--len] = '\0';
}

void burn_sysfs_facts(const char *name, struct isokit_disc_facts *facts)
{
	read_line(name, "vendor", facts->vendor, sizeof(facts->vendor));
	read_line(name, "model", facts->model, sizeof(facts->model));
	read_line(name, "rev", facts->revision, sizeof(facts->revision));
}

/* Blanks and the like are written as \040. */
static void unescape(char *s)
{
	char *to = s;

	while (*s) {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] >= '0' && s[2] <= '7' &&
		    s[3] >= '0' && s[3] <= '7') {
			*to++ = (char)((s[1] - '0') * 64 + (s[2] - '0') * 8 + (s[3] - '0'));
			s += 4;
		} else {
			*to++ = *s++;
		}
	}
	*to = '\0';
}

void burn_mounted_on(const char *path, char *to, size_t n)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	unsigned major, minor;
	char *line = NULL;
	size_t capacity = 0;
	struct stat st;

	to[0] = '\0';
	while (f && stat(path, &st) == 0 && getline(&line, &capacity, f) > 0) {
		char *point = line;

		if (sscanf(line, "%*u %*u %u:%u ", &major, &minor) != 2 ||
		    major != major(st.st_rdev) || minor != minor(st.st_rdev))
			continue;
		/* The fifth field. */
		for (int i = 0; point && i < 4; i++) {
			point = strchr(point, ' ');
			point += point != NULL;
		}
		if (!point)
			continue;
		point[strcspn(point, " \n")] = '\0';
		unescape(point);
		(void)snprintf(to, n, "%s", point);
		break;
	}
	free(line);
	if (f)
		(void)fclose(f);
}
