/* SPDX-License-Identifier: GPL-3.0-or-later */
/* By D-Bus, with systemd's own library for it, which is loaded when a drive is written. */
#include "inhibit.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#ifdef HAVE_LIBSYSTEMD
#include <systemd/sd-bus.h>
#endif

#include "common/message.h"
#include "writer.h"

void inhibit_end(struct inhibit *in)
{
	if (in->fd >= 0)
		(void)close(in->fd);
	in->fd = -1;
}

#ifdef HAVE_LIBSYSTEMD

static const char library[] = "libsystemd.so.0";

/* Who does not answer within this time is not waited for. */
enum { PATIENCE_USEC = 5 * 1000 * 1000 };

struct bus {
	__typeof__(&sd_bus_open_system) open_system;
	__typeof__(&sd_bus_set_method_call_timeout) set_timeout;
	__typeof__(&sd_bus_call_method) call_method;
	__typeof__(&sd_bus_message_read) message_read;
	__typeof__(&sd_bus_message_unref) message_unref;
	__typeof__(&sd_bus_error_free) error_free;
	__typeof__(&sd_bus_flush_close_unref) close;
};

static bool load(struct bus *b)
{
	const struct {
		const char *name;
		void *function;
	} functions[] = {
		{ "sd_bus_open_system", &b->open_system },
		{ "sd_bus_set_method_call_timeout", &b->set_timeout },
		{ "sd_bus_call_method", &b->call_method },
		{ "sd_bus_message_read", &b->message_read },
		{ "sd_bus_message_unref", &b->message_unref },
		{ "sd_bus_error_free", &b->error_free },
		{ "sd_bus_flush_close_unref", &b->close },
	};
	/* For good: libraries with threads and destructors are not unloaded. */
	void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);

	for (size_t i = 0; handle && i < sizeof(functions) / sizeof(functions[0]); i++) {
		void *f = dlsym(handle, functions[i].name);

		if (!f)
			return false;
		memcpy(functions[i].function, &f, sizeof(f));
	}
	return handle != NULL;
}

static void ask(const struct bus *b, sd_bus *bus, const char *why, struct inhibit *in)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *reply = NULL;
	int fd = -1;

	(void)b->set_timeout(bus, PATIENCE_USEC);
	if (b->call_method(bus, "org.freedesktop.login1", "/org/freedesktop/login1",
			   "org.freedesktop.login1.Manager", "Inhibit", &error, &reply, "ssss",
			   "sleep:shutdown:idle", "iso-write", why, "block") >= 0 &&
	    b->message_read(reply, "h", &fd) > 0)
		in->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3); /* the other one goes with the reply */
	else
		message_verbose(NULL, "sleep is not inhibited: %s", error.message ? error.message :
				"logind does not answer");
	(void)b->message_unref(reply);
	b->error_free(&error);
}

void inhibit_start(struct inhibit *in, const struct target *targets, size_t n)
{
	char why[256] = "writing";
	struct bus b;
	sd_bus *bus = NULL;

	in->fd = -1;
	for (size_t i = 0; i < n; i++) {
		size_t used = strlen(why);

		(void)snprintf(why + used, sizeof(why) - used, "%s %s", i ? "," : "",
			       targets[i].drive->path);
	}
	if (!load(&b)) {
		message_verbose(NULL, "sleep is not inhibited: no %s", library);
	} else if (b.open_system(&bus) < 0) {
		message_verbose(NULL, "sleep is not inhibited: there is no system bus");
	} else {
		ask(&b, bus, why, in);
		(void)b.close(bus);
	}
	if (in->fd >= 0)
		message_verbose(NULL, "sleep and shutdown are inhibited");
}

#else

void inhibit_start(struct inhibit *in, const struct target *targets, size_t n)
{
	(void)targets;
	(void)n;
	in->fd = -1;
	message_verbose(NULL, "sleep is not inhibited: built without libsystemd");
}

#endif
