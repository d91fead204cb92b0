/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is mounted, in every namespace that can be seen (proc_pid_mountinfo(5)). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/fail.h"
#include "device/facts.h"

enum { MAX_BYTES = 32 * 1024 * 1024 };

struct namespaces {
	const char **links; /* "mnt:[4026531841]" of those that were read */
	size_t n, capacity;
	char **texts;       /* of those that have no link that we may read */
	size_t *lengths;
	size_t n_texts, texts_capacity, lengths_capacity;
	size_t mounts_capacity;
};

const char *device_next_field(struct look *l, const char **at)
{
	const char *from = *at + strspn(*at, " \t"), *end = from + strcspn(from, " \t\n");
	size_t n = 0;
	char *to;

	*at = end;
	if (from == end)
		return NULL;
	to = look_array(l, (size_t)(end - from) + 1, 1);
	if (!to)
		return NULL;
	while (from < end) {
		if (from[0] == '\\' && end - from >= 4 && from[1] >= '0' && from[1] <= '3' &&
		    from[2] >= '0' && from[2] <= '7' && from[3] >= '0' && from[3] <= '7') {
			to[n++] = (char)((from[1] - '0') * 64 + (from[2] - '0') * 8 + (from[3] - '0'));
			from += 4;
		} else {
			to[n++] = *from++;
		}
	}
	to[n] = '\0';
	return to;
}

static bool same(const struct device_mount *a, const struct device_mount *b)
{
	return a->major == b->major && a->minor == b->minor && strcmp(a->where, b->where) == 0 &&
	       strcmp(a->fs, b->fs) == 0;
}

/* One line: "36 35 98:0 /root /where rw,noatime master:1 - ext3 /dev/root rw". */
static bool add_line(struct device_facts *f, struct namespaces *ns, const char *line, bool own,
		     const char *pid)
{
	struct look *l = f->look;
	struct device_mount m = { .own = own, .pid = pid };
	const char *number, *field;

	if (!device_next_field(l, &line) || !device_next_field(l, &line))
		return false;
	number = device_next_field(l, &line);
	m.root = device_next_field(l, &line);
	m.where = device_next_field(l, &line);
	if (!device_next_field(l, &line) || !look_devnum(number, &m.major, &m.minor))
		return false;
	while ((field = device_next_field(l, &line)) && strcmp(field, "-") != 0)
		;
	m.fs = field ? device_next_field(l, &line) : NULL;
	if (!m.fs || !m.where)
		return false;
	m.source = device_next_field(l, &line);
	m.options = m.source ? device_next_field(l, &line) : NULL;
	m.source = m.source ? m.source : "";
	m.options = m.options ? m.options : "";
	/* The same place in another namespace is propagated, and goes when ours goes. */
	for (size_t i = 0; !own && i < f->n_mounts; i++)
		if (same(&f->mounts[i], &m))
			return true;
	if (!ARRAY_RESERVE(f->mounts, ns->mounts_capacity, f->n_mounts + 1)) {
		l->no_memory = true;
		return false;
	}
	f->mounts[f->n_mounts++] = m;
	return true;
}

/* False when a line of it cannot be understood. */
static bool add_text(struct device_facts *f, struct namespaces *ns, const char *text, bool own,
		     const char *pid)
{
	bool all = true;

	while (*text) {
		all = add_line(f, ns, text, own, pid) && all;
		text += strcspn(text, "\n");
		text += *text ? 1 : 0;
	}
	return all;
}

/* Was this namespace read already, as its link says? */
static bool seen_link(struct look *l, struct namespaces *ns, const char *link)
{
	for (size_t i = 0; i < ns->n; i++)
		if (strcmp(ns->links[i], link) == 0)
			return true;
	if (ARRAY_RESERVE(ns->links, ns->capacity, ns->n + 1))
		ns->links[ns->n++] = link;
	else
		l->no_memory = true;
	return false;
}

/* The same by its text, which is taken when it is new. */
static bool seen_text(struct look *l, struct namespaces *ns, char *text, size_t n)
{
	for (size_t i = 0; i < ns->n_texts; i++)
		if (ns->lengths[i] == n && memcmp(ns->texts[i], text, n) == 0)
			return true;
	if (!ARRAY_RESERVE(ns->texts, ns->texts_capacity, ns->n_texts + 1) ||
	    !ARRAY_RESERVE(ns->lengths, ns->lengths_capacity, ns->n_texts + 1)) {
		l->no_memory = true;
		return true;
	}
	ns->texts[ns->n_texts] = text;
	ns->lengths[ns->n_texts++] = n;
	return false;
}

static void add_process(struct device_facts *f, struct namespaces *ns, const char *pid)
{
	struct look *l = f->look;
	const char *link = look_link(l, "proc/%s/ns/mnt", pid);
	char path[64] = "proc/", *text;
	size_t n;

	/* Who was given another root sees less: the first process is always asked. */
	if (strlen(pid) > 20 || (link && seen_link(l, ns, link) && strcmp(pid, "1") != 0))
		return;
	memcpy(path + 5, pid, strlen(pid));
	memcpy(path + 5 + strlen(pid), "/mountinfo", sizeof("/mountinfo"));
	text = look_raw(l, path, MAX_BYTES, &n);
	if (!text)
		return; /* it has ended, or is none of ours to look at */
	if (seen_text(l, ns, text, n))
		free(text);
	else
		(void)add_text(f, ns, text, false, pid);
}

enum isokit_status device_read_mounts(struct device_facts *f, struct isokit_error *err)
{
	struct look *l = f->look;
	struct namespaces ns = { 0 };
	enum isokit_status st = ISOKIT_OK;
	const char *const *names, *link;
	size_t n;
	char *text = look_raw(l, "proc/self/mountinfo", MAX_BYTES, &n);

	if (!text && l->no_memory)
		return isokit_fail_nomem(err, "/proc/self/mountinfo", 4096);
	if (!text)
		return isokit_fail_errno(err, errno, "/proc/self/mountinfo",
					 "cannot be read, so no drive can be called safe");
	f->pid = look_link(l, "proc/self");
	link = look_link(l, "proc/self/ns/mnt");
	if (link)
		(void)seen_link(l, &ns, link);
	if (seen_text(l, &ns, text, n))
		free(text);
	else if (!add_text(f, &ns, text, true, "self") && !l->no_memory)
		st = isokit_fail(err, ISOKIT_E_IO, ISOKIT_NO_OFFSET, "/proc/self/mountinfo",
				 "cannot be understood, so no drive can be called safe");
	n = st ? 0 : look_names(l, &names, "proc");
	for (size_t i = 0; i < n; i++)
		if (names[i][0] >= '0' && names[i][0] <= '9')
			add_process(f, &ns, names[i]);
	f->visits = look_array(l, f->n_mounts + 1, sizeof(*f->visits)); /* the last one counts */
	for (size_t i = 0; i < ns.n_texts; i++)
		free(ns.texts[i]);
	free(ns.texts);
	free(ns.lengths);
	free(ns.links);
	return st == ISOKIT_OK && l->no_memory ? isokit_fail_nomem(err, "mounts", n) : st;
}
