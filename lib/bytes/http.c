/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file behind an http or https address, read by range requests (RFC 9110 14).
 * libcurl is loaded when an address is opened: see digest/evp.c for why. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#ifdef HAVE_LIBCURL
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#endif

#include "base/checked.h"
#include "base/fail.h"
#include "base/library.h"
#include "bytes/source.h"

static const char library[] = "libcurl.so.4";

#ifdef HAVE_LIBCURL

/* Structures are fetched a block at a time and kept; who reads on gets more and
 * more at once, so that a whole image is not ten thousand requests. */
enum {
	BLOCK_BYTES = 64 * 1024,
	N_BLOCKS = 24,
	MOST_BYTES = 8 * 1024 * 1024,
	MOST_REDIRECTS = 5,
	MOST_TRIES = 3,
	CONNECT_SECONDS = 20,
	STALL_SECONDS = 30, /* without a byte */
	FIELD_BYTES = 256,
};

#define CURL_FUNCTIONS(F) \
	F(curl_global_init) \
	F(curl_easy_init) \
	F(curl_easy_setopt) \
	F(curl_easy_perform) \
	F(curl_easy_getinfo) \
	F(curl_easy_strerror) \
	F(curl_easy_cleanup) \
	F(curl_slist_append) \
	F(curl_slist_free_all)

/* What was fetched. */
struct piece {
	uint64_t at;
	size_t n, capacity;
	uint64_t used; /* by the clock; 0: empty */
	uint8_t *bytes;
};

struct http {
#define F(name) typeof(&name) name;
	CURL_FUNCTIONS(F)
#undef F
	pthread_mutex_t lock; /* one request at a time */
	CURL *easy;
	struct curl_slist *headers; /* If-Range */
	char *name;           /* as it was given, without a password */
	uint64_t size;
	uint64_t clock;
	struct piece pieces[N_BLOCKS]; /* the first is for reading on */
	uint64_t next_at;     /* where the last request ended */
	size_t next_bytes;    /* what to ask for when it goes on there */
	/* The request: */
	uint64_t from, to;    /* first byte, and the one behind the last */
	struct piece *into;
	bool opening;         /* the size is not known yet */
	bool too_much, no_ranges, changed, wrong_range;
	long status;
	bool has_range;
	uint64_t range_from, range_to, range_total;
	bool encoded;
	char etag[FIELD_BYTES], modified[FIELD_BYTES];             /* of the answer */
	char first_etag[FIELD_BYTES], first_modified[FIELD_BYTES]; /* of the first one */
	char words[CURL_ERROR_SIZE];
};

/* ---- an answer --------------------------------------------------------------------- */

/* The value of a header field without white space around it. */
static bool field_is(const char *line, size_t n, const char *name, const char **ret, size_t *ret_n)
{
	size_t length = strlen(name);

	if (n <= length || line[length] != ':' || strncasecmp(line, name, length) != 0)
		return false;
	line += length + 1;
	n -= length + 1;
	while (n && (*line == ' ' || *line == '\t')) {
		line++;
		n--;
	}
	while (n && (line[n - 1] == '\r' || line[n - 1] == '\n' || line[n - 1] == ' '))
		n--;
	*ret = line;
	*ret_n = n;
	return true;
}

static void keep_field(char *to, const char *value, size_t n)
{
	/* What does not fit identifies nothing. */
	if (n >= FIELD_BYTES)
		n = 0;
	memcpy(to, value, n);
	to[n] = '\0';
}

static bool take_number(const char **p, const char *end, uint64_t *ret)
{
	const char *from = *p;
	uint64_t n = 0;

	for (; *p < end && **p >= '0' && **p <= '9'; (*p)++) {
		if (n > (UINT64_MAX - 9) / 10)
			return false;
		n = n * 10 + (uint64_t)(**p - '0');
	}
	*ret = n;
	return *p > from;
}

/* "bytes 0-65535/4294967296" (RFC 9110 14.4) */
static bool take_range(struct http *h, const char *p, size_t n)
{
	const char *end = p + n;

	if (n < 6 || strncasecmp(p, "bytes ", 6) != 0)
		return false;
	p += 6;
	return take_number(&p, end, &h->range_from) && p < end && *p++ == '-' &&
	       take_number(&p, end, &h->range_to) && p < end && *p++ == '/' &&
	       take_number(&p, end, &h->range_total) && p == end;
}

static size_t on_header(char *line, size_t one, size_t n, void *ctx)
{
	struct http *h = ctx;
	const char *value;
	size_t length;

	n *= one;
	if (n >= 5 && memcmp(line, "HTTP/", 5) == 0) {
		/* Another answer: those before were redirections. */
		const char *p = memchr(line, ' ', n), *end = line + n;
		uint64_t status = 0;

		if (p) {
			p++;
			(void)take_number(&p, end, &status);
		}
		h->status = (long)status;
		h->has_range = h->encoded = false;
		h->etag[0] = h->modified[0] = '\0';
	} else if (field_is(line, n, "Content-Range", &value, &length)) {
		h->has_range = take_range(h, value, length);
	} else if (field_is(line, n, "ETag", &value, &length)) {
		keep_field(h->etag, value, length);
	} else if (field_is(line, n, "Last-Modified", &value, &length)) {
		keep_field(h->modified, value, length);
	} else if (field_is(line, n, "Content-Encoding", &value, &length)) {
		h->encoded = !(length == 8 && strncasecmp(value, "identity", 8) == 0);
	}
	return n;
}

/* Is this answer what was asked for? Looked at before its first byte is kept. */
static bool check_answer(struct http *h)
{
	if (h->status == 200) {
		/* The whole file: to a first request it means that the server knows no
		 * ranges, later (If-Range) that the file is another one. */
		h->no_ranges = h->opening;
		h->changed = !h->opening;
		return false;
	}
	if (h->status != 206)
		return false;
	if (!h->has_range || h->encoded || h->range_from != h->from ||
	    h->range_to < h->range_from || h->range_to >= h->range_total ||
	    h->range_to - h->range_from >= h->to - h->from) {
		h->wrong_range = true;
		return false;
	}
	if (!h->opening &&
	    (h->range_total != h->size ||
	     (h->first_etag[0] && h->etag[0] && strcmp(h->etag, h->first_etag) != 0) ||
	     (h->first_modified[0] && h->modified[0] &&
	      strcmp(h->modified, h->first_modified) != 0))) {
		h->changed = true;
		return false;
	}
	return true;
}

static size_t on_body(char *bytes, size_t one, size_t n, void *ctx)
{
	struct http *h = ctx;
	struct piece *p = h->into;

	n *= one;
	if (h->status >= 300)
		return 0; /* the page of an error, of whatever length */
	if (!p->n && !check_answer(h))
		return 0;
	if (n > h->to - h->from - p->n) {
		h->too_much = true;
		return 0;
	}
	memcpy(p->bytes + p->n, bytes, n);
	p->n += n;
	return n;
}

/* ---- a request ------------------------------------------------------------------------ */

static enum isokit_status refuse(struct http *h, CURLcode code, struct isokit_error *err)
{
	const char *words = h->words[0] ? h->words : h->curl_easy_strerror(code);

	if (h->no_ranges)
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, h->name,
				   "the server sends only whole files (it ignores range requests); "
				   "download the image and look at the file");
	if (h->changed)
		return isokit_fail(err, ISOKIT_E_CHANGED, h->from, h->name,
				   "the file on the server has changed while it was read");
	if (h->wrong_range || h->too_much)
		return isokit_fail(err, ISOKIT_E_IO, h->from, h->name,
				   "the server answered with other bytes than were asked for "
				   "(%llu to %llu)", (unsigned long long)h->from,
				   (unsigned long long)h->to - 1);
	if (h->status == 416)
		return isokit_fail(err, h->opening ? ISOKIT_E_NOT_ISO : ISOKIT_E_CHANGED,
				   h->from, h->name, h->opening ?
				   "the file on the server is empty" :
				   "the file on the server has become shorter while it was read");
	if (h->status == 404 || h->status == 410)
		return isokit_fail(err, ISOKIT_E_NOT_FOUND, ISOKIT_NO_OFFSET, h->name,
				   "there is no such file on the server (%ld)", h->status);
	if (h->status == 401 || h->status == 403 || h->status == 407)
		return isokit_fail(err, ISOKIT_E_IO, ISOKIT_NO_OFFSET, h->name,
				   "the server refuses access (%ld)", h->status);
	if (code == CURLE_TOO_MANY_REDIRECTS)
		return isokit_fail(err, ISOKIT_E_IO, ISOKIT_NO_OFFSET, h->name,
				   "the server leads from one address to the next without end");
	if (code == CURLE_UNSUPPORTED_PROTOCOL && h->status >= 300 && h->status < 400)
		return isokit_fail(err, ISOKIT_E_IO, ISOKIT_NO_OFFSET, h->name,
				   "the server leads to an address that is not followed "
				   "(from https to http, or no such address at all)");
	if (h->opening && h->status == 200 && code == CURLE_OK)
		return isokit_fail(err, ISOKIT_E_NOT_ISO, 0, h->name,
				   "the file on the server is empty");
	if (h->status >= 300 && (code == CURLE_OK || code == CURLE_WRITE_ERROR))
		return isokit_fail(err, ISOKIT_E_IO, ISOKIT_NO_OFFSET, h->name,
				   "the server answered with status %ld", h->status);
	if (code == CURLE_OK)
		return isokit_fail(err, ISOKIT_E_IO, h->from, h->name,
				   "the server sent %zu bytes where %llu were announced",
				   h->into->n, (unsigned long long)(h->range_to - h->range_from + 1));
	return isokit_fail(err, code == CURLE_OUT_OF_MEMORY ? ISOKIT_E_NOMEM : ISOKIT_E_IO,
			   h->from, h->name, "cannot be read: %s", words);
}

/* Another try may help: the connection broke, nothing was said against us. */
static bool is_passing(const struct http *h, CURLcode code)
{
	if (h->no_ranges || h->changed || h->wrong_range || h->too_much)
		return false;
	return code == CURLE_PARTIAL_FILE || code == CURLE_RECV_ERROR ||
	       code == CURLE_SEND_ERROR || code == CURLE_GOT_NOTHING || code == CURLE_HTTP2 ||
	       code == CURLE_HTTP2_STREAM;
}

static enum isokit_status request(struct http *h, uint64_t from, uint64_t to, struct piece *into,
				  struct isokit_error *err)
{
	char range[64], *p = range + sizeof(range);
	CURLcode code = CURLE_OK;

	/* "from-last", from the end. */
	*--p = '\0';
	for (uint64_t n = to - 1; p == range + sizeof(range) - 1 || n; n /= 10)
		*--p = (char)('0' + n % 10);
	*--p = '-';
	for (uint64_t n = from, first = 1; first || n; n /= 10, first = 0)
		*--p = (char)('0' + n % 10);
	h->from = from;
	h->to = to;
	h->into = into;
	for (unsigned try = 0; try < MOST_TRIES; try++) {
		into->n = 0;
		h->too_much = h->no_ranges = h->changed = h->wrong_range = h->has_range = false;
		h->status = 0;
		h->words[0] = '\0';
		code = h->curl_easy_setopt(h->easy, CURLOPT_RANGE, p);
		if (code == CURLE_OK)
			code = h->curl_easy_perform(h->easy);
		if (!is_passing(h, code))
			break;
	}
	if (code == CURLE_OK && h->status == 206 && into->n &&
	    into->n == h->range_to - h->range_from + 1 &&
	    (h->opening || into->n == to - from)) {
		into->at = from;
		return ISOKIT_OK;
	}
	into->used = 0;
	return refuse(h, code, err);
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

static struct piece *find(struct http *h, uint64_t at)
{
	for (size_t i = 0; i < N_BLOCKS; i++) {
		struct piece *p = &h->pieces[i];

		if (p->used && at >= p->at && at - p->at < p->n)
			return p;
	}
	return NULL;
}

/* Fetch what holds the byte, and more. `wanted` is what the caller reads in one go. */
static enum isokit_status fetch(struct http *h, uint64_t at, size_t wanted, struct piece **ret,
				struct isokit_error *err)
{
	uint64_t from = at - at % BLOCK_BYTES, n = BLOCK_BYTES;
	struct piece *p = &h->pieces[1];
	enum isokit_status st;

	if (at == h->next_at && h->next_at) {
		/* It goes on where the last one ended. */
		from = at;
		n = min_u64((uint64_t)h->next_bytes * 2, MOST_BYTES);
	}
	n = max_u64(n, min_u64(round_up(wanted + (at - from), BLOCK_BYTES), MOST_BYTES));
	n = min_u64(n, h->size - from);
	if (n > BLOCK_BYTES) {
		p = &h->pieces[0];
	} else {
		for (size_t i = 2; i < N_BLOCKS; i++)
			if (h->pieces[i].used < p->used)
				p = &h->pieces[i];
	}
	p->used = 0;
	if (!reserve(p, (size_t)n))
		return isokit_fail_nomem(err, h->name, (size_t)n);
	st = request(h, from, from + n, p, err);
	if (st)
		return st;
	h->next_at = from + n;
	h->next_bytes = (size_t)n;
	*ret = p;
	return ISOKIT_OK;
}

static enum isokit_status http_read_at(void *self, uint64_t offset, void *buffer, size_t length,
				       struct isokit_error *err)
{
	struct http *h = self;
	enum isokit_status st = ISOKIT_OK;
	uint8_t *to = buffer;

	pthread_mutex_lock(&h->lock);
	while (length && !st) {
		struct piece *p = find(h, offset);
		size_t n;

		if (!p)
			st = fetch(h, offset, length, &p, err);
		if (st)
			break;
		p->used = ++h->clock;
		n = (size_t)min_u64(length, p->n - (offset - p->at));
		memcpy(to, p->bytes + (offset - p->at), n);
		to += n;
		offset += n;
		length -= n;
	}
	pthread_mutex_unlock(&h->lock);
	return st;
}

static void http_close(void *self)
{
	struct http *h = self;

	if (h->easy)
		h->curl_easy_cleanup(h->easy);
	if (h->headers)
		h->curl_slist_free_all(h->headers);
	for (size_t i = 0; i < N_BLOCKS; i++)
		free(h->pieces[i].bytes);
	pthread_mutex_destroy(&h->lock);
	free(h->name);
	free(h);
}

static const struct isokit_source_ops http_ops = {
	.size = sizeof(http_ops),
	.read_at = http_read_at,
	.close = http_close,
};

/* ---- opening -------------------------------------------------------------------------------- */

static enum isokit_status load(struct http *h, struct isokit_error *err)
{
	void *handle;
	enum isokit_status st = library_open(library, "no address can be read", "libcurl4", &handle,
					     err);

#define F(name) \
	if (st == ISOKIT_OK) \
		st = library_function(handle, library, #name, (void **)&h->name, err);
	CURL_FUNCTIONS(F)
#undef F
	if (st)
		return st;
	if (h->curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, library,
				   "cannot be initialised");
	return ISOKIT_OK;
}

/* "https://user:password@host/" without the password: messages end up in logs. */
static char *without_password(const char *url)
{
	char *name = strdup(url), *host, *slash, *at, *colon;

	if (!name)
		return NULL;
	host = strstr(name, "://");
	if (!host)
		return name;
	host += 3;
	slash = strchr(host, '/');
	if (slash)
		*slash = '\0';
	at = strrchr(host, '@');
	colon = at ? memchr(host, ':', (size_t)(at - host)) : NULL;
	if (slash)
		*slash = '/';
	if (colon)
		memmove(colon, at, strlen(at) + 1);
	return name;
}

static bool configure(struct http *h, const char *url)
{
	bool ok = true, tls = strncasecmp(url, "https:", 6) == 0;

#define SET(option, value) ok = ok && h->curl_easy_setopt(h->easy, option, value) == CURLE_OK
	SET(CURLOPT_URL, url);
	SET(CURLOPT_USERAGENT, "isokit/" PACKAGE_VERSION);
	SET(CURLOPT_PROTOCOLS_STR, "http,https");
	/* Never from a connection that nobody can read into one that everybody can. */
	SET(CURLOPT_REDIR_PROTOCOLS_STR, tls ? "https" : "http,https");
	SET(CURLOPT_FOLLOWLOCATION, 1L);
	SET(CURLOPT_MAXREDIRS, (long)MOST_REDIRECTS);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_NOPROGRESS, 1L);
	SET(CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
	SET(CURLOPT_LOW_SPEED_LIMIT, 1L);
	SET(CURLOPT_LOW_SPEED_TIME, (long)STALL_SECONDS);
	SET(CURLOPT_BUFFERSIZE, 128L * 1024);
	SET(CURLOPT_ERRORBUFFER, h->words);
	SET(CURLOPT_HEADERFUNCTION, on_header);
	SET(CURLOPT_HEADERDATA, h);
	SET(CURLOPT_WRITEFUNCTION, on_body);
	SET(CURLOPT_WRITEDATA, h);
#undef SET
	return ok;
}

/* Later requests go to where this one was led, and only for the same file. */
static bool pin(struct http *h)
{
	char *effective = NULL, *copy, field[FIELD_BYTES + 16];
	const char *mark = NULL;
	size_t n;

	if (h->curl_easy_getinfo(h->easy, CURLINFO_EFFECTIVE_URL, &effective) == CURLE_OK &&
	    effective) {
		bool ok;

		/* It may lie in what setting it releases. */
		copy = strdup(effective);
		ok = copy && h->curl_easy_setopt(h->easy, CURLOPT_URL, copy) == CURLE_OK;
		free(copy);
		if (!ok)
			return false;
	}
	memcpy(h->first_etag, h->etag, sizeof(h->etag));
	memcpy(h->first_modified, h->modified, sizeof(h->modified));
	/* RFC 9110 13.1.5: a weak tag cannot be used. */
	if (h->etag[0] == '"')
		mark = h->etag;
	else if (h->modified[0])
		mark = h->modified;
	if (!mark)
		return true;
	n = strlen(mark);
	memcpy(field, "If-Range: ", 10);
	memcpy(field + 10, mark, n + 1);
	h->headers = h->curl_slist_append(NULL, field);
	return h->headers &&
	       h->curl_easy_setopt(h->easy, CURLOPT_HTTPHEADER, h->headers) == CURLE_OK;
}

enum isokit_status isokit_source_open_url(const char *url, struct isokit_source **ret_src,
					  struct isokit_error *err)
{
	struct http *h = calloc(1, sizeof(*h));
	struct piece *first;
	enum isokit_status st;

	if (!h)
		return isokit_fail_nomem(err, url, sizeof(*h));
	if (pthread_mutex_init(&h->lock, NULL) != 0) {
		free(h);
		return isokit_fail_nomem(err, url, sizeof(*h));
	}
	h->name = without_password(url);
	first = &h->pieces[1];
	st = h->name ? load(h, err) : isokit_fail_nomem(err, url, strlen(url) + 1);
	if (!st && (!(h->easy = h->curl_easy_init()) || !configure(h, url) ||
		    !reserve(first, BLOCK_BYTES)))
		st = isokit_fail_nomem(err, h->name, BLOCK_BYTES);
	h->opening = true;
	if (!st)
		st = request(h, 0, BLOCK_BYTES, first, err);
	if (!st) {
		h->opening = false;
		h->size = h->range_total;
		first->used = ++h->clock;
		h->next_at = first->n;
		h->next_bytes = BLOCK_BYTES / 2; /* structures first: no growth yet */
		if (first->n < min_u64(BLOCK_BYTES, h->size))
			st = isokit_fail(err, ISOKIT_E_IO, 0, h->name,
					 "the server sent fewer bytes than were asked for");
		else if (!pin(h))
			st = isokit_fail_nomem(err, h->name, FIELD_BYTES);
	}
	if (!st)
		st = isokit_source_new(&http_ops, h, h->size, h->name, ret_src, err);
	if (st)
		http_close(h);
	return st;
}

enum isokit_status isokit_source_load_urls(struct isokit_error *err)
{
	struct http h;

	memset(&h, 0, sizeof(h));
	return load(&h, err);
}

#else /* built without the headers of libcurl */

static enum isokit_status absent(struct isokit_error *err)
{
	return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, library,
			   "was not there when isokit was built, so no address can be read");
}

enum isokit_status isokit_source_open_url(const char *url, struct isokit_source **ret_src,
					  struct isokit_error *err)
{
	(void)url;
	(void)ret_src;
	return absent(err);
}

enum isokit_status isokit_source_load_urls(struct isokit_error *err)
{
	return absent(err);
}

#endif
