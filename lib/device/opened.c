/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Drives that somebody has open: for writing (a virtual machine does not say more than that),
 * or exclusively. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "device/uses.h"

enum {
	TRIES = 3, /* others look as well, for a moment */
	WAIT_MS = 60,
};

static bool opened_for_writing(struct uses *u, const char *pid, const char *fd)
{
	const char *info = look_text(u->l, "proc/%s/fdinfo/%s", pid, fd);
	const char *flags = info ? strstr(info, "flags:") : NULL;

	return flags && (strtoul(flags + strlen("flags:"), NULL, 8) & O_ACCMODE) != O_RDONLY;
}

static void look_at_process(struct uses *u, const char *pid)
{
	const char *const *fds;
	size_t n = look_names(u->l, &fds, "proc/%s/fd", pid);

	for (size_t i = 0; i < n; i++) {
		const char *to = look_link(u->l, "proc/%s/fd/%s", pid, fds[i]), *name;
		long node = to ? device_node_by_path(u->f, to) : DEVICE_NONE;

		if (node == DEVICE_NONE || u->mounted[node] || !opened_for_writing(u, pid, fds[i]))
			continue;
		name = look_text(u->l, "proc/%s/comm", pid);
		uses_add_node(u, (size_t)node, ISOKIT_USE_OPEN,
			      look_keepf(u->l, "%s (process %s), which may write", name ? name : "a program", pid));
	}
}

/* Does somebody hold it? The kernel lets one have it exclusively, and counts what holds a
 * partition as a holder of the drive. */
static bool is_held(struct look *l, const struct isokit_drive *d)
{
	struct timespec wait = { 0, WAIT_MS * 1000000L };

	for (int i = 0; i < TRIES; i++) {
		int fd = look_open(l, d->path + 1, O_RDONLY | O_EXCL | O_NONBLOCK | O_NOCTTY);

		if (fd >= 0) {
			(void)close(fd);
			return false;
		}
		if (errno != EBUSY)
			return false; /* not ours to know: the one who writes will */
		(void)nanosleep(&wait, NULL);
	}
	return true;
}

void uses_of_opened(struct uses *u)
{
	const char *const *pids;
	size_t n = look_names(u->l, &pids, "proc"), had = u->n;

	for (size_t i = 0; i < n; i++)
		if (pids[i][0] >= '0' && pids[i][0] <= '9' &&
		    (!u->f->pid || strcmp(pids[i], u->f->pid) != 0))
			look_at_process(u, pids[i]);
	for (size_t i = 0; u->l->live && i < u->drives->n; i++) {
		const struct isokit_drive *d = &u->drives->list[i];
		bool used = false;

		for (size_t k = 0; k < u->n && !used; k++)
			used = u->list[k].drive == i && (k < had || u->list[k].use.kind == ISOKIT_USE_OPEN) &&
			       u->list[k].use.kind != ISOKIT_USE_FSTAB &&
			       u->list[k].use.kind != ISOKIT_USE_MEMBER;
		if (!used && d->bytes && !d->optical && strcmp(d->bus, "floppy") != 0 && is_held(u->l, d))
			uses_add_node(u, u->drives->nodes[i], ISOKIT_USE_OPEN, "a program that holds it alone");
	}
}
