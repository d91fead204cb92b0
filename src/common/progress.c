/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "common/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/output.h"

static const double show_after = 0.5;  /* seconds */
static const double show_every = 0.1;
static const double json_every = 0.25;

static double now(void)
{
	struct timespec t;

	if (clock_gettime(CLOCK_MONOTONIC, &t) != 0)
		return 0;
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

bool progress_wanted(const struct common_options *common, bool *ret_json)
{
	*ret_json = common->progress == PROGRESS_JSON;
	if (common->progress == PROGRESS_AUTO)
		return !common->quiet && isatty(STDERR_FILENO);
	return common->progress != PROGRESS_NEVER;
}

void progress_start(struct progress *p, const struct common_options *common, const char *what,
		    const char *unit, uint64_t total)
{
	*p = (struct progress){ .what = what, .unit = unit, .total = total, .started = now() };
	p->enabled = progress_wanted(common, &p->json);
}

static void send(const char *line, int n, size_t size)
{
	size_t length = n < 0 ? 0 : (size_t)n < size ? (size_t)n : size - 1;

	/* Progress that cannot be shown is no reason to fail. */
	if (write(STDERR_FILENO, line, length) < 0)
		return;
}

static void send_json(const struct progress *p, double elapsed, bool finished)
{
	char line[256];
	int n;

	n = snprintf(line, sizeof(line),
		     "{\"progress\":\"%s\",\"unit\":\"%s\",\"done\":%" PRIu64 ",\"total\":%" PRIu64
		     ",\"seconds\":%" PRIu64 ".%02u%s}\n",
		     p->what, p->unit ? p->unit : "bytes", p->done, p->total, (uint64_t)elapsed,
		     (unsigned)((elapsed - (double)(uint64_t)elapsed) * 100),
		     finished ? ",\"finished\":true" : "");
	send(line, n, sizeof(line));
}

static void send_line(const struct progress *p, double elapsed)
{
	char line[320], rate[SIZE_WORDS_BYTES + 8], left[48] = "";
	double per_second = elapsed > 0 ? (double)p->done / elapsed : 0;
	unsigned width = output_width(STDERR_FILENO);
	int n;

	if (p->unit)
		(void)snprintf(rate, sizeof(rate), "%.0f %s/s", per_second, p->unit);
	else {
		size_words((uint64_t)per_second, rate);
		memcpy(rate + strlen(rate), "/s", 3);
	}
	if (p->total && per_second > 0 && p->done <= p->total) {
		uint64_t s = (uint64_t)((double)(p->total - p->done) / per_second + 0.5);

		if (s < 100 * 3600)
			(void)snprintf(left, sizeof(left), "  %" PRIu64 ":%02u left", s / 60,
				       (unsigned)(s % 60));
	}
	if (p->total)
		n = snprintf(line, sizeof(line), "\r%s  %3u%%  %s%s", p->what,
			     p->done < p->total ? (unsigned)((double)p->done * 100 /
							     (double)p->total) : 100, rate, left);
	else
		n = snprintf(line, sizeof(line), "\r%s  %" PRIu64 " %s  %s", p->what, p->done,
			     p->unit ? p->unit : "bytes", rate);
	if (n > 0 && (unsigned)n > width)
		n = (int)width;
	send(line, n, sizeof(line));
	send("\033[K", 3, 4);
}

void progress_update(struct progress *p, uint64_t done)
{
	double t;

	p->done = done;
	if (!p->enabled)
		return;
	t = now();
	if (p->json) {
		if (t - p->last >= json_every) {
			p->last = t;
			send_json(p, t - p->started, false);
		}
	} else if (t - p->started >= show_after && t - p->last >= show_every) {
		p->last = t;
		p->shown = true;
		send_line(p, t - p->started);
	}
}

void progress_end(struct progress *p)
{
	if (p->json)
		send_json(p, now() - p->started, true);
	else if (p->shown)
		send("\r\033[K", 4, 5);
	p->enabled = p->json = p->shown = false;
}
