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
 * partition as a holder of the drive. What else goes wrong is not ours to know: the one who
 * writes will. */
static bool is_held(struct look *l, const struct isokit_drive *d)
{
	int fd = look_open(l, d->path + 1, O_RDONLY | O_EXCL | O_NONBLOCK | O_NOCTTY);

	if (fd >= 0)
		(void)close(fd);
	return fd < 0 && errno == EBUSY;
}

/* What we write to ourselves stays held, however long we wait. */
static bool is_ours(struct uses *u, size_t node)
{
	const char *const *fds;
	size_t n = u->f->pid ? look_names(u->l, &fds, "proc/%s/fd", u->f->pid) : 0;

	for (size_t i = 0; i < n; i++) {
		const char *to = look_link(u->l, "proc/%s/fd/%s", u->f->pid, fds[i]);
		long at = to ? device_node_by_path(u->f, to) : DEVICE_NONE;

		if (at != DEVICE_NONE && (size_t)at == node && opened_for_writing(u, u->f->pid, fds[i]))
			return true;
	}
	return false;
}

/* Which of these are still held after a while? All of them are waited for at once. */
static void wait_for(struct uses *u, bool *held)
{
	struct timespec wait = { 0, WAIT_MS * 1000000L };

	for (int i = 1;; i++) {
		bool again = false;

		for (size_t k = 0; k < u->drives->n; k++) {
			held[k] = held[k] && is_held(u->l, &u->drives->list[k]);
			again = again || (held[k] && !is_ours(u, u->drives->nodes[k]));
		}
		if (!again || i == TRIES)
			return;
		(void)nanosleep(&wait, NULL);
	}
}

void uses_of_opened(struct uses *u)
{
	const char *const *pids;
	size_t n = look_names(u->l, &pids, "proc"), had = u->n;
	bool *held;

	for (size_t i = 0; i < n; i++)
		if (pids[i][0] >= '0' && pids[i][0] <= '9' &&
		    (!u->f->pid || strcmp(pids[i], u->f->pid) != 0))
			look_at_process(u, pids[i]);
	held = u->l->live ? look_array(u->l, u->drives->n, sizeof(*held)) : NULL;
	if (!held)
		return;
	for (size_t i = 0; i < u->drives->n; i++) {
		const struct isokit_drive *d = &u->drives->list[i];
		bool used = false;

		for (size_t k = 0; k < u->n && !used; k++)
			used = u->list[k].drive == i && (k < had || u->list[k].use.kind == ISOKIT_USE_OPEN) &&
			       u->list[k].use.kind != ISOKIT_USE_FSTAB &&
			       u->list[k].use.kind != ISOKIT_USE_MEMBER;
		held[i] = !used && d->bytes && !d->optical && strcmp(d->bus, "floppy") != 0;
	}
	wait_for(u, held);
	for (size_t i = 0; i < u->drives->n; i++)
		if (held[i])
			uses_add_node(u, u->drives->nodes[i], ISOKIT_USE_OPEN, "a program that holds it alone");
}
