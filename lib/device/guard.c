/* SPDX-License-Identifier: GPL-3.0-or-later */
/* May a drive be written? One function of a description, without a look at anything else:
 * doc/drives.md gives each rule its reason. */
#include <isokit/device.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct reasons {
	struct isokit_guard_reason *list;
	size_t n, more;
	const struct isokit_guard_question *question;
};

static const char *const names[ISOKIT_G_COUNT] = {
	[ISOKIT_G_SYSTEM] = "system", [ISOKIT_G_MOUNTED] = "mounted", [ISOKIT_G_SWAP] = "swap",
	[ISOKIT_G_HELD] = "held", [ISOKIT_G_MEMBER] = "member", [ISOKIT_G_FSTAB] = "fstab",
	[ISOKIT_G_OPEN] = "open", [ISOKIT_G_NOT_REMOVABLE] = "not-removable",
	[ISOKIT_G_READ_ONLY] = "read-only", [ISOKIT_G_NO_MEDIUM] = "no-medium",
	[ISOKIT_G_TOO_SMALL] = "too-small", [ISOKIT_G_SOURCE] = "source",
	[ISOKIT_G_MADE_UP] = "made-up", [ISOKIT_G_UNKNOWN] = "unknown",
	[ISOKIT_G_OPTICAL] = "optical", [ISOKIT_G_CHANGED] = "changed",
};

const char *isokit_guard_name(enum isokit_guard_code code)
{
	return (unsigned)code < ISOKIT_G_COUNT ? names[code] : "";
}

/* A reason, unless the question makes it go away. NULL then, and when there is no room. */
static struct isokit_guard_reason *add(struct reasons *r, enum isokit_guard_code code,
				       bool can_unmount, bool can_name)
{
	struct isokit_guard_reason *it;

	if ((can_unmount && r->question->unmount) || (can_name && r->question->fixed_disk))
		return NULL;
	if (r->n == ISOKIT_GUARD_MAX) {
		r->more++;
		return NULL;
	}
	it = &r->list[r->n++];
	*it = (struct isokit_guard_reason){ .code = code, .can_unmount = can_unmount,
					    .can_name = can_name };
	return it;
}

static __attribute__((format(printf, 2, 3))) void say(struct isokit_guard_reason *it,
						      const char *format, ...)
{
	va_list ap;

	if (!it)
		return;
	va_start(ap, format);
	(void)vsnprintf(it->text, sizeof(it->text), format, ap);
	va_end(ap);
}

static __attribute__((format(printf, 2, 3))) void advise(struct isokit_guard_reason *it,
							 const char *format, ...)
{
	va_list ap;

	if (!it)
		return;
	va_start(ap, format);
	(void)vsnprintf(it->remedy, sizeof(it->remedy), format, ap);
	va_end(ap);
}

static void add_use(struct reasons *r, const struct isokit_drive *d,
		    const struct isokit_drive_use *u)
{
	struct isokit_guard_reason *it;

	switch (u->kind) {
	case ISOKIT_USE_SYSTEM:
		it = add(r, ISOKIT_G_SYSTEM, false, false);
		say(it, "holds the running system: %s > %s", u->chain, u->where);
		return;
	case ISOKIT_USE_SWAP:
		it = add(r, ISOKIT_G_SWAP, false, false);
		say(it, "is in use as memory: %s > %s", u->chain, u->where);
		advise(it, "swapoff, then try again");
		return;
	case ISOKIT_USE_MOUNT:
		it = add(r, ISOKIT_G_MOUNTED, u->removable_mount, false);
		say(it, "is mounted: %s > %s", u->chain, u->where);
		if (u->removable_mount)
			advise(it, "--unmount unmounts it first");
		else if (u->elsewhere)
			advise(it, "unmount it there (nsenter -m), or end that process");
		else
			advise(it, "umount %s, then try again", u->where);
		return;
	case ISOKIT_USE_HOLDER:
		it = add(r, ISOKIT_G_HELD, false, false);
		say(it, "something stands on it: %s > %s", u->chain, u->where);
		advise(it, "take that down (cryptsetup close, vgchange -an, mdadm --stop, losetup -d …), then try again");
		return;
	case ISOKIT_USE_OPEN:
		it = add(r, ISOKIT_G_OPEN, false, false);
		say(it, "is in use: %s is open in %s", u->chain, u->where);
		advise(it, "end what uses it (fuser %s), then try again", d->path);
		return;
	case ISOKIT_USE_MEMBER:
		it = add(r, ISOKIT_G_MEMBER, false, true);
		say(it, "%s is part of something larger that is not running now: %s", u->chain, u->where);
		advise(it, "take it out of that, or name the drive with --fixed-disk");
		return;
	case ISOKIT_USE_FSTAB:
		it = add(r, ISOKIT_G_FSTAB, false, true);
		say(it, "%s belongs to this computer: %s", u->chain, u->where);
		advise(it, "take that line out, or name the drive with --fixed-disk");
		return;
	}
}

static bool source_is_on(const struct isokit_drive *d, const struct isokit_guard_question *q)
{
	if (!q->has_source)
		return false;
	for (size_t i = 0; i < d->n_numbers; i++)
		if (d->numbers[i].major == q->source_major && d->numbers[i].minor == q->source_minor)
			return true;
	return q->source_major == d->major && q->source_minor == d->minor;
}

static void add_made_up(struct reasons *r, const struct isokit_drive *d)
{
	bool memory = strcmp(d->bus, "zram") == 0 || strcmp(d->bus, "ram") == 0;
	struct isokit_guard_reason *it;

	if (*d->stands_on) {
		it = add(r, ISOKIT_G_MADE_UP, false, false);
		say(it, "is no drive of its own (%s): made of %s", d->bus, d->stands_on);
		advise(it, "take it down and name the drive itself");
	} else if (memory) {
		it = add(r, ISOKIT_G_MADE_UP, false, false);
		say(it, "is no drive but memory (%s)", d->bus);
	} else {
		it = add(r, ISOKIT_G_MADE_UP, false, true);
		say(it, *d->backing ? "is no drive but a device made by the kernel (%s of %s)" :
				      "is no drive but a device made by the kernel (%s)",
		    d->bus, d->backing);
		advise(it, "--fixed-disk %s writes to it all the same", d->path);
	}
}

static void add_size(struct reasons *r, const struct isokit_drive *d,
		     const struct isokit_guard_question *q)
{
	struct isokit_guard_reason *it;

	if (d->bytes == 0) {
		it = add(r, ISOKIT_G_NO_MEDIUM, false, false);
		say(it, "there is no medium in it");
		advise(it, "put one in, then try again");
	} else if (q->bytes > d->bytes) {
		it = add(r, ISOKIT_G_TOO_SMALL, false, false);
		say(it, "has %llu bytes, and %llu are to be written",
		    (unsigned long long)d->bytes, (unsigned long long)q->bytes);
		advise(it, "take a larger one");
	}
}

/* What stays whatever is allowed comes first: who lifts the others would meet it all the same. */
static void order(struct reasons *r)
{
	struct isokit_guard_reason sorted[ISOKIT_GUARD_MAX];
	size_t n = 0;

	for (int can = 0; can <= 1; can++)
		for (size_t i = 0; i < r->n; i++)
			if ((r->list[i].can_unmount || r->list[i].can_name) == can)
				sorted[n++] = r->list[i];
	memcpy(r->list, sorted, n * sizeof(*sorted));
}

size_t isokit_guard(const struct isokit_drive *drive, const struct isokit_guard_question *question,
		    struct isokit_guard_reason reasons[ISOKIT_GUARD_MAX])
{
	struct reasons r = { .list = reasons, .question = question };
	const struct isokit_drive *d = drive;
	struct isokit_guard_reason *it;

	if (question->reading) { /* nothing can be lost */
		if (d->bytes == 0)
			add_size(&r, d, question);
		return r.n;
	}
	for (size_t i = 0; i < d->n_uses; i++)
		if (d->uses[i].kind == ISOKIT_USE_SYSTEM)
			add_use(&r, d, &d->uses[i]);
	if (source_is_on(d, question)) {
		it = add(&r, ISOKIT_G_SOURCE, false, false);
		say(it, "the image itself lies on it");
		advise(it, "copy the image to another drive first");
	}
	if (*d->problem) {
		it = add(&r, ISOKIT_G_UNKNOWN, false, false);
		say(it, "cannot be called safe: %s", d->problem);
	}
	for (size_t i = 0; i < d->n_uses; i++)
		if (d->uses[i].kind != ISOKIT_USE_SYSTEM)
			add_use(&r, d, &d->uses[i]);
	if (d->optical) {
		it = add(&r, ISOKIT_G_OPTICAL, false, false);
		say(it, "writes discs, not sectors");
	} else if (d->made_up) {
		add_made_up(&r, d);
	} else if (!d->hotplug) {
		it = add(&r, ISOKIT_G_NOT_REMOVABLE, false, true);
		say(it, "is built in (%s), not a stick or a card", *d->bus ? d->bus : "bus not known");
		advise(it, "--fixed-disk %s writes to it all the same", d->path);
	}
	if (d->read_only) {
		it = add(&r, ISOKIT_G_READ_ONLY, false, false);
		say(it, "cannot be written: a switch on it, its reader or the kernel forbids it");
		advise(it, "move the lock of the card, or blockdev --setrw %s where somebody set it so",
		       d->path);
	}
	add_size(&r, d, question);
	order(&r);
	if (r.more) {
		it = &reasons[ISOKIT_GUARD_MAX - 1];
		say(it, "there are %zu more reasons", r.more + 1);
		it->remedy[0] = '\0';
		it->can_unmount = it->can_name = false;
	}
	return r.n;
}
