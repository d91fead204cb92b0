/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file behind an address as a source, read by range requests (RFC 9110 14). */
#include "bytes/urlstream.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/checked.h"
#include "base/fail.h"
#include "bytes/http.h"
#include "bytes/source.h"

#ifdef HAVE_LIBCURL

/* Structures are fetched a block at a time and kept; who reads on gets more and
 * more at once, so that a whole image is not ten thousand requests. */
enum {
	BLOCK_BYTES = 64 * 1024,
	N_BLOCKS = 24,
	MOST_BYTES = 8 * 1024 * 1024,
	MOST_TRIES = 3,
	MOST_WAITS = 3,
};

/* What was fetched. */
struct piece {
	uint64_t at;
	size_t n, capacity;
	uint64_t used; /* by the clock; 0: empty */
	uint8_t *bytes;
};

struct ranges {
	struct http h;
	struct url_options options;
	pthread_mutex_t lock; /* one request at a time */
	uint64_t clock;
	struct piece pieces[N_BLOCKS]; /* the first is for reading on */
	uint64_t next_at;     /* where the last request ended */
	size_t next_bytes;    /* what to ask for when it goes on there */
	/* The request: */
	uint64_t from, to;    /* first byte, and the one behind the last */
	struct piece *into;
};

/* Is this answer what was asked for? Looked at before its first byte is kept. */
static bool check_answer(struct ranges *r)
{
	struct http *h = &r->h;

	if (h->status == 200)
		/* The whole file: to a first request it means that the server knows no
		 * ranges, later (If-Range) that the file is another one. */
		h->trouble = h->opening ? HTTP_NO_RANGES : HTTP_CHANGED;
	else if (h->status == 206 && http_is_mangled(h))
		h->trouble = HTTP_ENCODED;
	else if (h->status == 206 &&
		 (!h->has_range || h->range_from != r->from || h->range_to < h->range_from ||
		  h->range_to >= h->range_total || h->range_to - h->range_from >= r->to - r->from))
		h->trouble = HTTP_WRONG_RANGE;
	else if (h->status == 206 && !h->opening && http_is_other(h))
		h->trouble = HTTP_CHANGED;
	return h->status == 206 && !h->trouble;
}

static size_t on_body(char *bytes, size_t one, size_t n, void *ctx)
{
	struct ranges *r = ctx;
	struct piece *p = r->into;

	n *= one;
	if (r->h.status >= 300)
		return 0; /* the page of an error, of whatever length */
	if (!p->n && !check_answer(r))
		return 0;
	if (n > r->to - r->from - p->n) {
		r->h.trouble = HTTP_TOO_MUCH;
		return 0;
	}
	memcpy(p->bytes + p->n, bytes, n);
	p->n += n;
	return n;
}

/* Called every second while nothing comes, and more often when something does. */
static int on_wait(void *ctx, curl_off_t total, curl_off_t now, curl_off_t up, curl_off_t sent)
{
	const struct ranges *r = ctx;

	(void)total;
	(void)now;
	(void)up;
	(void)sent;
	return atomic_load(r->options.stop);
}

/* ---- a request ------------------------------------------------------------------------ */

/* As long as that may help. */
static CURLcode perform(struct ranges *r)
{
	struct http *h = &r->h;
	unsigned tries = 0, waits = 0;
	CURLcode code;

	do {
		r->into->n = 0;
		code = http_ask(h, r->from, r->to);
		if (code == CURLE_OK)
			code = h->curl_easy_perform(h->easy);
		if (code == CURLE_OK && !r->into->n && h->status == 200 && !h->opening)
			(void)check_answer(r);
		/* Where it led may have been an address for some minutes. */
		if ((h->status == 401 || h->status == 403 || h->status == 404 || h->status == 410) &&
		    http_unpin(h)) {
			tries = 0;
			continue;
		}
		if (!http_is_passing(h, code))
			break;
		if (h->status == 0 && !h->opening && waits < MOST_WAITS) {
			const struct timespec pause = { .tv_sec = 1 << waits };

			(void)clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
			waits++;
			continue;
		}
		tries++;
	} while (tries < MOST_TRIES);
	return code;
}

static enum isokit_status request(struct ranges *r, uint64_t from, uint64_t to, struct piece *into,
				  struct isokit_error *err)
{
	const struct http *h = &r->h;
	CURLcode code;

	/* What was read of the old file and what would be of the new one are not one. */
	if (h->trouble == HTTP_CHANGED)
		return http_refuse(h, CURLE_OK, from, err);
	r->from = from;
	r->to = to;
	r->into = into;
	code = perform(r);
	if (code == CURLE_OK && h->status == 206 && into->n &&
	    into->n == h->range_to - h->range_from + 1 && (h->opening || into->n == to - from)) {
		into->at = from;
		return ISOKIT_OK;
	}
	into->used = 0;
	if (code == CURLE_OK && h->status == 206 && !h->trouble)
		return isokit_fail(err, ISOKIT_E_IO, from, h->name,
				   "the server sent %zu bytes where %llu were announced", into->n,
				   (unsigned long long)(h->range_to - h->range_from + 1));
	return http_refuse(h, code, from, err);
}

/* ---- reading ------------------------------------------------------------------------------ */

static bool reserve(struct piece *p, size_t n)
{
	uint8_t *bytes;

	if (n <= p->capacity)
		return true;
	bytes = realloc(p->bytes, n);
	if (!bytes)
		return false;
	p->bytes = bytes;
	p->capacity = n;
	return true;
}

static struct piece *find(struct ranges *r, uint64_t at)
{
	for (size_t i = 0; i < N_BLOCKS; i++) {
		struct piece *p = &r->pieces[i];

		if (p->used && at >= p->at && at - p->at < p->n)
			return p;
	}
	return NULL;
}

/* Fetch what holds the byte, and more. `wanted` is what the caller reads in one go. */
static enum isokit_status fetch(struct ranges *r, uint64_t at, size_t wanted, struct piece **ret,
				struct isokit_error *err)
{
	uint64_t from = at - at % BLOCK_BYTES, n = BLOCK_BYTES;
	struct piece *p = &r->pieces[1];
	enum isokit_status st;

	if (at == r->next_at && r->next_at) {
		/* It goes on where the last one ended. */
		from = at;
		n = min_u64((uint64_t)r->next_bytes * 2, MOST_BYTES);
	}
	n = max_u64(n, min_u64(round_up(wanted + (at - from), BLOCK_BYTES), MOST_BYTES));
	n = min_u64(n, r->h.size - from);
	if (n > BLOCK_BYTES) {
		p = &r->pieces[0];
	} else {
		for (size_t i = 2; i < N_BLOCKS; i++)
			if (r->pieces[i].used < p->used)
				p = &r->pieces[i];
	}
	p->used = 0;
	if (!reserve(p, (size_t)n))
		return isokit_fail_nomem(err, r->h.name, (size_t)n);
	st = request(r, from, from + n, p, err);
	if (st)
		return st;
	r->next_at = from + n;
	r->next_bytes = (size_t)n;
	*ret = p;
	return ISOKIT_OK;
}

static enum isokit_status ranges_read_at(void *self, uint64_t offset, void *buffer, size_t length,
				       struct isokit_error *err)
{
	struct ranges *r = self;
	enum isokit_status st = ISOKIT_OK;
	uint8_t *to = buffer;

	pthread_mutex_lock(&r->lock);
	while (length && !st) {
		struct piece *p = find(r, offset);
		size_t n;

		if (!p)
			st = fetch(r, offset, length, &p, err);
		if (st)
			break;
		p->used = ++r->clock;
		n = (size_t)min_u64(length, p->n - (offset - p->at));
		memcpy(to, p->bytes + (offset - p->at), n);
		to += n;
		offset += n;
		length -= n;
	}
	pthread_mutex_unlock(&r->lock);
	return st;
}

static void ranges_close(void *self)
{
	struct ranges *r = self;

	http_end(&r->h);
	for (size_t i = 0; i < N_BLOCKS; i++)
		free(r->pieces[i].bytes);
	pthread_mutex_destroy(&r->lock);
	free(r);
}

static const struct isokit_source_ops ranges_ops = {
	.size = sizeof(ranges_ops),
	.read_at = ranges_read_at,
	.close = ranges_close,
};

/* ---- opening -------------------------------------------------------------------------------- */

static bool follow_options(struct ranges *r)
{
	const struct url_options *o = &r->options;
	struct http *h = &r->h;

	return (!o->stall_seconds || h->curl_easy_setopt(h->easy, CURLOPT_LOW_SPEED_TIME,
							 (long)o->stall_seconds) == CURLE_OK) &&
	       (!o->stop ||
		(h->curl_easy_setopt(h->easy, CURLOPT_XFERINFOFUNCTION, on_wait) == CURLE_OK &&
		 h->curl_easy_setopt(h->easy, CURLOPT_XFERINFODATA, r) == CURLE_OK &&
		 h->curl_easy_setopt(h->easy, CURLOPT_NOPROGRESS, 0L) == CURLE_OK));
}

/* What the first answer tells. */
static enum isokit_status first_look(struct ranges *r, struct isokit_error *err)
{
	struct http *h = &r->h;
	struct piece *first = &r->pieces[1];
	enum isokit_status st;

	if (!reserve(first, BLOCK_BYTES) || !follow_options(r) ||
	    h->curl_easy_setopt(h->easy, CURLOPT_WRITEFUNCTION, on_body) != CURLE_OK ||
	    h->curl_easy_setopt(h->easy, CURLOPT_WRITEDATA, r) != CURLE_OK)
		return isokit_fail_nomem(err, h->name, BLOCK_BYTES);
	st = request(r, 0, BLOCK_BYTES, first, err);
	if (st)
		return st;
	h->size = h->range_total;
	first->used = ++r->clock;
	r->next_at = first->n;
	r->next_bytes = BLOCK_BYTES / 2; /* structures first: no growth yet */
	if (first->n < min_u64(BLOCK_BYTES, h->size)) {
		h->trouble = HTTP_WRONG_RANGE;
		return isokit_fail(err, ISOKIT_E_IO, 0, h->name,
				   "the server sent fewer bytes than were asked for");
	}
	return http_pin(h) ? ISOKIT_OK : isokit_fail_nomem(err, h->name, HTTP_FIELD_BYTES);
}

enum isokit_status url_open_ranges(const char *url, const struct url_options *options,
				   struct isokit_source **ret_src, bool *ret_whole,
				   struct isokit_error *err)
{
	struct ranges *r = calloc(1, sizeof(*r));
	enum isokit_status st;

	*ret_whole = false;
	if (!r)
		return isokit_fail_nomem(err, url, sizeof(*r));
	if (pthread_mutex_init(&r->lock, NULL) != 0) {
		free(r);
		return isokit_fail_nomem(err, url, sizeof(*r));
	}
	if (options)
		r->options = *options;
	st = http_start(&r->h, url, err);
	if (!st) {
		st = first_look(r, err);
		*ret_whole = st && (r->h.trouble == HTTP_NO_RANGES ||
				    r->h.trouble == HTTP_WRONG_RANGE || r->h.trouble == HTTP_TOO_MUCH);
	}
	if (!st)
		st = isokit_source_new(&ranges_ops, r, r->h.size, r->h.name, ret_src, err);
	if (st)
		ranges_close(r);
	return st;
}

const struct http *url_ranges_http(const struct isokit_source *src)
{
	const struct ranges *r = bytes_self(src, &ranges_ops);

	return r ? &r->h : NULL;
}

#else /* built without the headers of libcurl */

enum isokit_status url_open_ranges(const char *url, const struct url_options *options,
				   struct isokit_source **ret_src, bool *ret_whole,
				   struct isokit_error *err)
{
	(void)url;
	(void)options;
	(void)ret_src;
	*ret_whole = false;
	return isokit_source_load_urls(err);
}

const struct http *url_ranges_http(const struct isokit_source *src)
{
	(void)src;
	return NULL;
}

#endif
