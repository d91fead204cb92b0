/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bytes/urlstream.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/checked.h"
#include "base/fail.h"
#include "bytes/http.h"

#ifdef HAVE_LIBCURL

enum { POLL_MS = 100 };

/* Before a connection is tried again that has brought nothing: the first ones may be bad luck,
 * the later ones a network that is away for a moment. */
static const double pauses[] = { 0, 1, 2, 5, 10, 20 };
enum { MOST_TRIES = sizeof(pauses) / sizeof(*pauses), MOST_ANSWERS = 3 };

struct url_stream {
	struct http h;
	CURLM *multi;
	struct url_options options;
	uint64_t arrived;    /* the byte of the file that comes next */
	uint64_t skip;       /* bytes of the answer that were there before */
	unsigned tries;      /* since the last byte */
	unsigned answers;    /* of these, how often a server was there */
	double since, retry; /* when the connection did something; when to try again */
	double wanted;       /* since when a byte is waited for */
	bool attached;       /* a request is under way … */
	bool answered;       /* … and its answer is right … */
	bool paused;         /* … and has to wait until somebody reads */
	bool ended;
	uint8_t *to;         /* where the reader wants them */
	size_t room;
	uint8_t *spill;      /* what he had no room for */
	size_t spill_from, spill_n, spill_capacity;

};

static double clock_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* ---- an answer --------------------------------------------------------------------- */

/* All of the file once more: may what was had already be left out of it? */
static bool check_whole(struct url_stream *s)
{
	struct http *h = &s->h;

	if (!h->opening && http_is_other(h))
		h->trouble = HTTP_CHANGED;
	else if (s->arrived && !http_is_same(h))
		h->trouble = HTTP_NO_RESUME;
	else if (h->has_length && h->size == UINT64_MAX)
		h->size = h->length;
	s->skip = s->arrived;
	return !h->trouble;
}

static bool check_part(struct url_stream *s)
{
	struct http *h = &s->h;

	if (!h->has_range || h->range_from != s->arrived || h->range_to < h->range_from ||
	    h->range_to >= h->range_total || s->arrived == 0)
		h->trouble = HTTP_WRONG_RANGE;
	else if (http_is_other(h))
		h->trouble = HTTP_CHANGED;
	else
		h->size = h->range_total;
	s->skip = 0;
	return !h->trouble;
}

/* Before its first byte, or at its end when it has none. */
static bool check_answer(struct url_stream *s)
{
	struct http *h = &s->h;
	bool ok = false;

	if (http_is_mangled(h))
		h->trouble = HTTP_ENCODED;
	else if (h->status == 200)
		ok = check_whole(s);
	else if (h->status == 206)
		ok = check_part(s);
	s->answered = ok;
	if (ok && h->opening && !http_pin(h))
		return false;
	return ok;
}

static bool keep_spill(struct url_stream *s, const char *bytes, size_t n)
{
	if (n > s->spill_capacity) {
		uint8_t *more = realloc(s->spill, n);

		if (!more)
			return false;
		s->spill = more;
		s->spill_capacity = n;
	}
	memcpy(s->spill, bytes, n);
	s->spill_from = 0;
	s->spill_n = n;
	return true;
}

static size_t on_body(char *bytes, size_t one, size_t n, void *ctx)
{
	struct url_stream *s = ctx;
	size_t all = n * one, skip, some;

	if (s->h.status >= 300)
		return 0; /* the page of an error, of whatever length */
	if (!s->answered && !check_answer(s))
		return 0;
	if (s->spill_n) {
		s->paused = true;
		return CURL_WRITEFUNC_PAUSE;
	}
	s->since = s->wanted = clock_now();
	skip = (size_t)min_u64(all, s->skip);
	s->skip -= skip;
	n = all - skip;
	if (n > s->h.size - s->arrived) {
		s->h.trouble = HTTP_TOO_MUCH;
		return 0;
	}
	if (n == 0)
		return all;
	s->tries = s->answers = 0;
	some = n < s->room ? n : s->room;
	if (some) {
		memcpy(s->to, bytes + skip, some);
		s->to += some;
		s->room -= some;
	}
	if (n > some && !keep_spill(s, bytes + skip + some, n - some))
		return 0;
	s->arrived += n;
	return all;
}

/* ---- requests -------------------------------------------------------------------------- */

static enum isokit_status begin(struct url_stream *s, struct isokit_error *err)
{
	struct http *h = &s->h;

	s->answered = s->paused = false;
	s->skip = 0;
	s->since = clock_now();
	if (http_ask(h, s->arrived, UINT64_MAX) != CURLE_OK ||
	    h->curl_multi_add_handle(s->multi, h->easy) != CURLM_OK)
		return isokit_fail_nomem(err, h->name, 0);
	s->attached = true;
	return ISOKIT_OK;
}

static void detach(struct url_stream *s)
{
	if (s->attached)
		(void)s->h.curl_multi_remove_handle(s->multi, s->h.easy);
	s->attached = false;
}

/* Nothing more comes of this request. Is there to be another one? */
static enum isokit_status finish(struct url_stream *s, CURLcode code, struct isokit_error *err)
{
	struct http *h = &s->h;

	detach(s);
	if (code == CURLE_OK && h->status < 300 && (s->answered || check_answer(s))) {
		/* Without a length, what ends well is whole. */
		if (h->size == UINT64_MAX)
			h->size = s->arrived;
		s->ended = s->arrived == h->size;
		if (s->ended)
			return ISOKIT_OK;
		code = CURLE_PARTIAL_FILE;
	}
	/* It had been read to its end, and only nobody had said so. */
	if (h->status == 416 && s->arrived && h->size == UINT64_MAX && h->has_total &&
	    h->range_total == s->arrived && !http_is_other(h)) {
		s->ended = true;
		return ISOKIT_OK;
	}
	/* Where it led may have been an address for some minutes. */
	if ((h->status == 401 || h->status == 403 || h->status == 404 || h->status == 410) &&
	    http_unpin(h))
		return ISOKIT_OK;
	s->answers += h->status != 0;
	if (!http_is_passing(h, code) || s->tries == MOST_TRIES || s->answers > MOST_ANSWERS)
		return http_refuse(h, code, s->arrived, err);
	s->retry = clock_now() + pauses[s->tries++];
	return ISOKIT_OK;
}

/* Nobody there sends anything. */
static enum isokit_status give_up(struct url_stream *s, struct isokit_error *err)
{
	struct http *h = &s->h;
	unsigned seconds = s->options.stall_seconds;

	detach(s);
	if (h->opening || s->tries == MOST_ANSWERS)
		return isokit_fail(err, ISOKIT_E_IO, s->arrived, h->name,
				   "the server sends nothing: %u seconds without a byte, %u times; try "
				   "again later, or another mirror", seconds, s->tries + 1);
	s->tries++;
	s->retry = clock_now();
	return ISOKIT_OK;
}

static void tell_waiting(struct url_stream *s, double now)
{
	if (s->options.waiting)
		atomic_store(s->options.waiting,
			     now > s->wanted ? (unsigned)(now - s->wanted) : 0);
}

/* Something may come, or a tenth of a second passes. */
static enum isokit_status step(struct url_stream *s, struct isokit_error *err)
{
	const struct timespec pause = { .tv_nsec = POLL_MS * 1000000L };
	struct http *h = &s->h;
	size_t room = s->room;
	int running = 0, left;
	double now;
	CURLMsg *m;

	if (s->options.stop && atomic_load(s->options.stop))
		return isokit_fail(err, ISOKIT_E_CANCELLED, ISOKIT_NO_OFFSET, NULL, "cancelled");
	now = clock_now();
	tell_waiting(s, now);
	if (!s->attached && now < s->retry) {
		(void)clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
		return ISOKIT_OK;
	}
	if (!s->attached)
		return begin(s, err);
	if (s->paused) {
		s->paused = false;
		s->since = now;
		(void)h->curl_easy_pause(h->easy, CURLPAUSE_CONT);
	}
	(void)h->curl_multi_perform(s->multi, &running);
	while ((m = h->curl_multi_info_read(s->multi, &left)) != NULL)
		if (m->msg == CURLMSG_DONE)
			return finish(s, m->data.result, err);
	if (room != s->room || s->spill_n)
		return ISOKIT_OK;
	if (now - s->since > s->options.stall_seconds)
		return give_up(s, err);
	(void)h->curl_multi_poll(s->multi, NULL, 0, POLL_MS, NULL);
	return ISOKIT_OK;
}

/* ---- begin and end --------------------------------------------------------------------- */

static enum isokit_status new_stream(const char *url, const struct url_options *options,
				     struct url_stream **ret, struct isokit_error *err)
{
	struct url_stream *s = calloc(1, sizeof(*s));
	enum isokit_status st;
	struct http *h;
	bool ok;

	if (!s)
		return isokit_fail_nomem(err, url, sizeof(*s));
	h = &s->h;
	if (options)
		s->options = *options;
	if (!s->options.stall_seconds)
		s->options.stall_seconds = HTTP_STALL_SECONDS;
	st = http_start(h, url, err);
	ok = !st && (s->multi = h->curl_multi_init()) != NULL &&
	     h->curl_easy_setopt(h->easy, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK &&
	     h->curl_easy_setopt(h->easy, CURLOPT_WRITEDATA, s) == CURLE_OK &&
	     /* Who does not read is not waited for: that is counted here. */
	     h->curl_easy_setopt(h->easy, CURLOPT_LOW_SPEED_TIME, 0L) == CURLE_OK;
	if (!st && !ok)
		st = isokit_fail_nomem(err, h->name, sizeof(*s));
	if (st)
		url_stream_close(s);
	else
		*ret = s;
	return st;
}

enum isokit_status url_stream_open(const char *url, const struct url_options *options,
				   struct url_stream **ret, struct isokit_error *err)
{
	struct url_stream *s;
	enum isokit_status st = new_stream(url, options, &s, err);

	if (st)
		return st;
	s->wanted = clock_now();
	/* Until the first bytes have come: with no room, they wait. */
	while (!st && !s->spill_n && !s->ended)
		st = step(s, err);
	if (!st && s->ended && s->arrived == 0)
		st = isokit_fail(err, ISOKIT_E_NOT_ISO, 0, s->h.name,
				 "the file on the server is empty");
	if (st)
		url_stream_close(s);
	else
		*ret = s;
	return st;
}

enum isokit_status url_stream_of_source(const struct isokit_source *src, uint64_t from,
					const struct url_options *options,
					struct url_stream **ret, struct isokit_error *err)
{
	const struct http *of = url_ranges_http(src);
	struct url_stream *s;
	enum isokit_status st;

	if (!of)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET,
				   isokit_source_name(src), "is not behind an address");
	st = new_stream(of->url, options, &s, err);
	if (st)
		return st;
	if (!http_pin_as(&s->h, of)) {
		url_stream_close(s);
		return isokit_fail_nomem(err, of->name, 0);
	}
	s->arrived = from;
	s->ended = from == s->h.size;
	*ret = s;
	return ISOKIT_OK;
}

bool url_is_source(const struct isokit_source *src)
{
	return url_ranges_http(src) != NULL;
}

void url_stream_close(struct url_stream *s)
{
	if (!s)
		return;
	detach(s);
	if (s->multi)
		(void)s->h.curl_multi_cleanup(s->multi);
	http_end(&s->h);
	free(s->spill);
	free(s);
}

uint64_t url_stream_size(const struct url_stream *s)
{
	return s->h.size;
}

const char *url_stream_name(const struct url_stream *s)
{
	return s->h.name;
}

enum isokit_status url_stream_read(struct url_stream *s, void *buffer, size_t n, size_t *ret_n,
				   struct isokit_error *err)
{
	size_t ready = s->spill_n < n ? s->spill_n : n;
	enum isokit_status st = ISOKIT_OK;

	if (ready)
		memcpy(buffer, s->spill + s->spill_from, ready);
	s->spill_from += ready;
	s->spill_n -= ready;
	s->to = (uint8_t *)buffer + ready;
	s->room = n - ready;
	s->since = s->wanted = s->room ? clock_now() : 0;
	while (!st && s->room && !s->ended)
		st = step(s, err);
	*ret_n = n - s->room;
	s->room = 0;
	if (s->options.waiting)
		atomic_store(s->options.waiting, 0);
	return st;
}

#else /* built without the headers of libcurl */

enum isokit_status url_stream_open(const char *url, const struct url_options *options,
				   struct url_stream **ret, struct isokit_error *err)
{
	(void)url;
	(void)options;
	(void)ret;
	return isokit_source_load_urls(err);
}

enum isokit_status url_stream_of_source(const struct isokit_source *src, uint64_t from,
					const struct url_options *options,
					struct url_stream **ret, struct isokit_error *err)
{
	(void)from;
	return url_stream_open(isokit_source_name(src), options, ret, err);
}

bool url_is_source(const struct isokit_source *src)
{
	(void)src;
	return false;
}

void url_stream_close(struct url_stream *s)
{
	(void)s;
}

uint64_t url_stream_size(const struct url_stream *s)
{
	(void)s;
	return UINT64_MAX;
}

const char *url_stream_name(const struct url_stream *s)
{
	(void)s;
	return "";
}

enum isokit_status url_stream_read(struct url_stream *s, void *buffer, size_t n, size_t *ret_n,
				   struct isokit_error *err)
{
	(void)s;
	(void)buffer;
	(void)n;
	*ret_n = 0;
	return isokit_source_load_urls(err);
}

#endif

/* ---- whichever can be had -------------------------------------------------------------- */

/* As a whole, where `why` says that nothing else can be had. Who lies about ranges is told so,
 * unless he has the file otherwise. */
static enum isokit_status open_whole(const char *url, const struct url_options *options,
				     struct url_stream **ret, const struct isokit_error *why,
				     struct isokit_error *err)
{
	struct isokit_error other = { .status = ISOKIT_OK };
	enum isokit_status st = url_stream_open(url, options, ret, &other);

	if (st && err)
		*err = why->status == ISOKIT_E_UNSUPPORTED ? other : *why;
	return st && err ? err->status : st;
}

enum isokit_status url_open(const char *url, const struct url_options *options,
			    struct isokit_source **ret_src, struct url_stream **ret_stream,
			    struct isokit_error *err)
{
	struct isokit_error why = { .status = ISOKIT_OK };
	enum isokit_status st;
	bool whole;

	*ret_src = NULL;
	*ret_stream = NULL;
	st = url_open_ranges(url, options, ret_src, &whole, &why);
	if (st && whole)
		return open_whole(url, options, ret_stream, &why, err);
	if (st && err)
		*err = why;
	return st;
}

/* ---- small files are kept -------------------------------------------------------------- */

enum { KEEP_BYTES = 16 * 1024 * 1024 };

static enum isokit_status kept_read_at(void *self, uint64_t offset, void *buffer, size_t n,
				       struct isokit_error *err)
{
	(void)err;
	memcpy(buffer, (const uint8_t *)self + offset, n);
	return ISOKIT_OK;
}

/* All that comes, if it is not too much. */
static enum isokit_status keep(struct url_stream *s, struct isokit_source **ret,
			       struct isokit_error *err)
{
	static const struct isokit_source_ops ops = { .size = sizeof(ops), .read_at = kept_read_at,
						      .close = free };
	uint64_t size = url_stream_size(s);
	size_t n = size < KEEP_BYTES ? (size_t)size : KEEP_BYTES, got = 0;
	uint8_t *bytes = malloc(n + 1);
	enum isokit_status st;

	if (!bytes)
		return isokit_fail_nomem(err, url_stream_name(s), n);
	st = url_stream_read(s, bytes, n + 1, &got, err);
	if (!st && got > n)
		st = isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, url_stream_name(s),
				 "is too large to be kept");
	if (!st)
		st = isokit_source_new(&ops, bytes, got, url_stream_name(s), ret, err);
	if (st)
		free(bytes);
	return st;
}

enum isokit_status isokit_source_open_url(const char *url, struct isokit_source **ret_src,
					  struct isokit_error *err)
{
	struct isokit_error why = { .status = ISOKIT_OK };
	struct url_stream *s = NULL;
	enum isokit_status st;
	bool whole;

	st = url_open_ranges(url, NULL, ret_src, &whole, &why);
	if (st && whole && url_stream_open(url, NULL, &s, NULL) == ISOKIT_OK) {
		uint64_t size = url_stream_size(s);

		if ((size == UINT64_MAX || size <= KEEP_BYTES) &&
		    keep(s, ret_src, NULL) == ISOKIT_OK)
			st = ISOKIT_OK;
		url_stream_close(s);
	}
	if (st && err)
		*err = why;
	return st;
}
