/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Progress of several drives: a line for each on a terminal, objects for --progress=json. */
#include "lines.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "common/progress.h"
#include "writer.h"

enum { TELL_WAITING = 3 }; /* seconds */

static const double show_after = 0.5; /* seconds */
static const double show_every = 0.1;
static const double json_every = 0.25;

static double now(void)
{
	struct timespec t;

	if (clock_gettime(CLOCK_MONOTONIC, &t) != 0)
		return 0;
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void send(const char *bytes, size_t n)
{
	/* Progress that cannot be shown is no reason to fail. */
	if (write(STDERR_FILENO, bytes, n) < 0)
		return;
}

static unsigned rows(void)
{
	struct winsize size;

	return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row ? size.ws_row : 24;
}

bool lines_start(struct lines *l, const struct common_options *common,
		 const struct target *targets, size_t n)
{
	*l = (struct lines){ .n = n, .items = calloc(n, sizeof(*l->items)), .started = now() };
	for (size_t i = 0; i < n && l->items; i++)
		l->items[i].name = targets[i].drive->name;
	l->enabled = progress_wanted(common, &l->json);
	return l->items != NULL;
}

static void send_json(const struct line *i, double t, bool finished)
{
	char text[512], waiting[32] = "";
	double seconds = t - i->started;
	int n;

	if (i->waiting >= TELL_WAITING)
		(void)snprintf(waiting, sizeof(waiting), ",\"waiting\":%u", i->waiting);
	n = snprintf(text, sizeof(text),
			 "{\"progress\":\"%s\",\"unit\":\"bytes\",\"drive\":\"%s\",\"done\":%" PRIu64
			 ",\"total\":%" PRIu64 ",\"seconds\":%" PRIu64 ".%02u%s%s}\n",
			 i->phase, i->name, i->done, i->total, (uint64_t)seconds,
			 (unsigned)((seconds - (double)(uint64_t)seconds) * 100),
			 waiting, finished ? ",\"finished\":true" : "");

	if (n > 0 && (size_t)n < sizeof(text))
		send(text, (size_t)n);
}

/* "write   34%  21.3 MB/s  1:02 left" */
static void describe(const struct line *i, double t, char *text, size_t size)
{
	double seconds = t - i->started, rate = seconds > 0 ? (double)i->done / seconds : 0;
	char per[SIZE_WORDS_BYTES], done[SIZE_WORDS_BYTES], left[32] = "";

	if (!i->phase) {
		(void)snprintf(text, size, "waiting");
		return;
	}
	if (strcmp(i->phase, "done") == 0) {
		(void)snprintf(text, size, "done");
		return;
	}
	decimal_words((uint64_t)rate, per);
	if (i->total && rate > 0 && i->done <= i->total) {
		double s = (double)(i->total - i->done) / rate;

		if (s < 100 * 3600)
			(void)snprintf(left, sizeof(left), "  %u:%02u left", (unsigned)(s / 60),
				       (unsigned)s % 60);
	}
	if (i->waiting >= TELL_WAITING) {
		decimal_words(i->done, done);
		(void)snprintf(text, size, "%-7s %s  the server has sent nothing for %u s",
			       i->phase, done, i->waiting);
	} else if (i->done == 0) {
		(void)snprintf(text, size, "%s", i->phase);
	} else if (i->total) {
		(void)snprintf(text, size, "%-7s %3u%%  %s/s%s", i->phase, i->done < i->total ?
			       (unsigned)((double)i->done * 100 / (double)i->total) : 100, per, left);
	} else {
		decimal_words(i->done, done);
		(void)snprintf(text, size, "%-7s %s  %s/s", i->phase, done, per);
	}
}

/* More drives than the terminal has lines: the slowest stands for all. */
static void show_slowest(struct lines *l, double t, struct output *out)
{
	const struct line *slow = &l->items[0];
	char text[160];

	for (size_t i = 1; i < l->n; i++) {
		const struct line *k = &l->items[i];

		if (k->phase && k->total && (!slow->total || (double)k->done / (double)k->total <
					     (double)slow->done / (double)slow->total))
			slow = k;
	}
	describe(slow, t, text, sizeof(text));
	(void)output_format(out, "\r%zu drives, the slowest: %s  %s\033[K", l->n, slow->name, text);
}

static void show(struct lines *l, double t)
{
	struct output out = { .fd = STDERR_FILENO, .buffer = l->text, .capacity = sizeof(l->text) };
	unsigned width = output_width(STDERR_FILENO);
	int name = 0;

	if (l->n >= rows()) {
		show_slowest(l, t, &out);
		(void)output_flush(&out);
		l->shown = 1;
		return;
	}
	for (size_t i = 0; i < l->n; i++)
		name = (int)strlen(l->items[i].name) > name ? (int)strlen(l->items[i].name) : name;
	if (l->shown > 1)
		(void)output_format(&out, "\033[%uA", l->shown - 1);
	for (size_t i = 0; i < l->n; i++) {
		char text[160], line[256];

		describe(&l->items[i], t, text, sizeof(text));
		(void)snprintf(line, sizeof(line), "%-*s  %s", name, l->items[i].name, text);
		(void)output_format(&out, "\r%.*s\033[K%s", (int)(width < 200 ? width - 1 : 200), line,
				    i + 1 < l->n ? "\n" : "");
	}
	(void)output_flush(&out);
	l->shown = (unsigned)l->n;
}

void lines_update(struct lines *l, const struct isokit_write_progress *at)
{
	struct line *i;
	double t;

	if (!l->enabled || at->drive >= l->n)
		return;
	i = &l->items[at->drive];
	t = now();
	if (!i->phase || strcmp(i->phase, at->phase) != 0) {
		if (l->json && i->phase)
			send_json(i, t, true);
		*i = (struct line){ .name = i->name, .phase = at->phase, .started = t };
	}
	i->done = at->total && at->done > at->total ? at->total : at->done;
	i->total = at->total;
	i->waiting = at->waiting;
	if (l->json) {
		if (t - i->last >= json_every) {
			i->last = t;
			send_json(i, t, false);
		}
	} else if (t - l->started >= show_after && t - l->last >= show_every) {
		l->last = t;
		show(l, t);
	}
}

void lines_end(struct lines *l)
{
	struct output out = { .fd = STDERR_FILENO, .buffer = l->text, .capacity = sizeof(l->text) };

	for (size_t i = 0; i < l->n && l->json; i++)
		if (l->items[i].phase)
			send_json(&l->items[i], now(), true);
	for (unsigned i = 0; i < l->shown; i++)
		(void)output_format(&out, "\r\033[K%s", i + 1 < l->shown ? "\033[1A" : "");
	(void)output_flush(&out);
	free(l->items);
	l->items = NULL;
	l->n = 0;
	l->enabled = false;
}
