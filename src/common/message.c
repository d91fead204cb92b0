/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "common/message.h"

#include <errno.h>
#include <inttypes.h>
#include <isokit/report.h>
#include <isokit/source.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A command is one process with one stderr: these are its, not a library's. */
static const char *prefix = "isokit";
static bool is_quiet;
static unsigned verbosity;

/* A message is put together here and leaves in one write, so that lines of
 * several processes do not mix. Too long a message loses its end. */
struct line {
	char bytes[4096];
	size_t used;
};

void message_start(const char *command)
{
	prefix = command;
}

void message_set(bool quiet, unsigned verbose)
{
	is_quiet = quiet;
	verbosity = verbose;
}

static void add(struct line *l, const char *s)
{
	size_t room = sizeof(l->bytes) - 1 - l->used, n = strlen(s);

	if (n > room)
		n = room;
	memcpy(l->bytes + l->used, s, n);
	l->used += n;
}

static void add_escaped(struct line *l, const char *s)
{
	char escaped[2048];

	if (isokit_escape(s, strlen(s), escaped, sizeof(escaped)) == 0 && s[0]) {
		/* Out of memory, which may be what the message is about. */
		size_t n = 0;

		for (; s[n] && n < sizeof(escaped) - 1; n++)
			escaped[n] = s[n] >= 0x20 && s[n] < 0x7f ? s[n] : '?';
		escaped[n] = '\0';
	}
	add(l, escaped);
}

enum { THING_BYTES = 2048 };

/* An address without the password that it has: messages end up in logs. */
static const char *shown(const char *thing, char room[THING_BYTES])
{
	const char *host = thing ? strstr(thing, "://") : NULL, *at, *colon;
	size_t n;

	if (!host || !isokit_source_is_url(thing))
		return thing;
	host += 3;
	n = strcspn(host, "/?#");
	at = memrchr(host, '@', n);
	colon = at ? memchr(host, ':', (size_t)(at - host)) : NULL;
	if (!colon)
		return thing;
	(void)snprintf(room, THING_BYTES, "%.*s%s", (int)(colon - thing), thing, at);
	return room;
}

static void send(struct line *l)
{
	size_t at = 0;

	l->bytes[l->used++] = '\n';
	while (at < l->used) {
		ssize_t n = write(STDERR_FILENO, l->bytes + at, l->used - at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return; /* nowhere left to complain */
		at += (size_t)n;
	}
}

static void say(const char *kind, const char *thing, const char *format, va_list ap)
	__attribute__((format(printf, 3, 0)));
static void say(const char *kind, const char *thing, const char *format, va_list ap)
{
	struct line l = { .used = 0 };
	char text[1024], room[THING_BYTES];

	thing = shown(thing, room);
	add(&l, prefix);
	add(&l, ": ");
	if (thing) {
		add_escaped(&l, thing);
		add(&l, ": ");
	}
	add(&l, kind);
	(void)vsnprintf(text, sizeof(text), format, ap);
	add_escaped(&l, text);
	send(&l);
}

void message_error(const char *thing, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say("", thing, format, ap);
	va_end(ap);
}

void message_warning(const char *thing, const char *format, ...)
{
	va_list ap;

	if (is_quiet)
		return;
	va_start(ap, format);
	say("warning: ", thing, format, ap);
	va_end(ap);
}

void message_info(const char *thing, const char *format, ...)
{
	va_list ap;

	if (is_quiet)
		return;
	va_start(ap, format);
	say("", thing, format, ap);
	va_end(ap);
}

void message_verbose(const char *thing, const char *format, ...)
{
	va_list ap;

	if (!verbosity)
		return;
	va_start(ap, format);
	say("", thing, format, ap);
	va_end(ap);
}

/* "a/b" of "…/a/b" too: a long subject is kept from its end. */
static bool same_thing(const char *subject, const char *thing)
{
	size_t n = strlen(subject), m = strlen(thing);

	if (strcmp(subject, thing) == 0 ||
	    (strcmp(thing, "-") == 0 && strcmp(subject, "standard input") == 0))
		return true;
	return n > 3 && memcmp(subject, "...", 3) == 0 && n - 3 <= m &&
	       strcmp(subject + 3, thing + m - (n - 3)) == 0;
}

void message_failure(const char *thing, const struct isokit_error *err)
{
	struct line l = { .used = 0 };
	char at[64], room[THING_BYTES];

	thing = shown(thing, room);
	add(&l, prefix);
	add(&l, ": ");
	if (thing) {
		add_escaped(&l, thing);
		add(&l, ": ");
	}
	if (err->subject[0] && !(thing && same_thing(err->subject, thing))) {
		add_escaped(&l, err->subject);
		add(&l, ": ");
	}
	add_escaped(&l, err->text[0] ? err->text : isokit_status_words(err->status));
	if (verbosity && err->offset != ISOKIT_NO_OFFSET) {
		(void)snprintf(at, sizeof(at), " (byte %" PRIu64 ")", err->offset);
		add(&l, at);
	}
	send(&l);
}
