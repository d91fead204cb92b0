/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A line on stderr: how much, how fast, how full the buffers are, how long still. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/interrupt.h"
#include "common/progress.h"
#include "disc.h"

static const double show_every = 0.25; /* seconds */

static double now_seconds(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void send(const char *line, int n, size_t size)
{
	size_t length = n < 0 ? 0 : (size_t)n < size ? (size_t)n : size - 1;

	/* Progress that cannot be shown is no reason to fail. */
	if (write(STDERR_FILENO, line, length) < 0)
		return;
}

void disc_progress_start(struct disc_progress *p, const struct writer_options *opt,
			 const char *path)
{
	const char *slash = strrchr(path, '/');

	*p = (struct disc_progress){ .opt = opt, .name = slash ? slash + 1 : path };
	p->enabled = progress_wanted(&opt->common, &p->json);
}

static void show_json(const struct disc_progress *p, const struct isokit_burn_progress *at,
		      double t)
{
	char line[400];
	int n;

	n = snprintf(line, sizeof(line),
		     "{\"progress\":\"%s\",\"drive\":\"%s\",\"done\":%" PRIu64 ",\"total\":%" PRIu64
		     ",\"seconds\":%.2f,\"track\":%u,\"tracks\":%u,\"fifo_percent\":%u,"
		     "\"buffer_percent\":%u,\"speed\":%.1f}\n",
		     at->phase, p->name, at->done, at->total, t - p->begun, at->track, at->tracks,
		     at->fifo_percent, at->buffer_percent, at->speed_x);
	send(line, n, sizeof(line));
}

static void show_line(const struct disc_progress *p, const struct isokit_burn_progress *at,
		      double t)
{
	bool writes = strcmp(at->phase, "write") == 0;
	char line[256], left[32] = "", fill[64] = "", track[32] = "", speed[24] = "", part[32] = "";

	if (at->total && at->done && at->done <= at->total && t - p->begun > 3) {
		double s = (t - p->begun) * (double)(at->total - at->done) / (double)at->done;

		(void)snprintf(left, sizeof(left), ", %u:%02u left", (unsigned)(s / 60),
			       (unsigned)s % 60);
	}
	if (writes)
		(void)snprintf(fill, sizeof(fill), ", fifo %u%%, drive %u%%", at->fifo_percent,
			       at->buffer_percent);
	if (at->tracks > 1)
		(void)snprintf(track, sizeof(track), " track %u of %u", at->track, at->tracks);
	if (at->speed_x > 0)
		(void)snprintf(speed, sizeof(speed), ", %.1fx", at->speed_x);
	if (at->total)
		(void)snprintf(part, sizeof(part), " %u%%",
			       (unsigned)(at->done < at->total ? 100 * at->done / at->total : 100));
	send(line, snprintf(line, sizeof(line), "\r\033[K%s: %s%s%s%s%s%s", p->name, at->phase,
			    track, part, speed, fill, left), sizeof(line));
}

int disc_progress_tick(void *progress, const struct isokit_burn_progress *at)
{
	struct disc_progress *p = progress;
	double t = now_seconds();

	if (!p->phase || strcmp(p->phase, at->phase) != 0) {
		p->phase = at->phase;
		p->begun = t;
		p->last = 0;
	}
	if (p->enabled && t - p->last >= show_every) {
		p->last = t;
		p->shown = true;
		(p->json ? show_json : show_line)(p, at, t);
	}
	return interrupt_pending();
}

void disc_progress_end(struct disc_progress *p)
{
	static const char clear[] = "\r\033[K";

	if (p->shown && !p->json)
		send(clear, sizeof(clear) - 1, sizeof(clear));
	p->shown = false;
}
