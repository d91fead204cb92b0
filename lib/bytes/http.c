/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bytes/http.h"

#include <isokit/source.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/checked.h"
#include "base/fail.h"
#include "base/library.h"
#include "base/scan.h"
#include "bytes/source.h"

#ifdef HAVE_LIBCURL

enum { MOST_REDIRECTS = 5, CONNECT_SECONDS = 20 };

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

static void keep_field(char *to, size_t room, const char *value, size_t n)
{
	/* What does not fit identifies nothing. */
	if (n >= room)
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

/* "bytes 0-65535/4294967296", or "bytes * / 4294967296" without the blanks (RFC 9110 14.4) */
static void take_range(struct http *h, const char *p, size_t n)
{
	const char *end = p + n;

	if (n < 6 || strncasecmp(p, "bytes ", 6) != 0)
		return;
	p += 6;
	if (end - p > 2 && p[0] == '*' && p[1] == '/') {
		p += 2;
		h->has_total = take_number(&p, end, &h->range_total) && p == end;
		return;
	}
	h->has_range = h->has_total =
		take_number(&p, end, &h->range_from) && p < end && *p++ == '-' &&
		take_number(&p, end, &h->range_to) && p < end && *p++ == '/' &&
		take_number(&p, end, &h->range_total) && p == end;
}

/* Another answer: those before were redirections. */
static void begin_answer(struct http *h, const char *line, size_t n)
{
	const char *p = memchr(line, ' ', n), *end = line + n;
	uint64_t status = 0;
	char *url = NULL;

	if (p) {
		p++;
		(void)take_number(&p, end, &status);
	}
	h->status = (long)status;
	h->has_length = h->has_range = h->has_total = h->encoded = false;
	h->etag[0] = h->modified[0] = h->encoding[0] = '\0';
	/* Once nobody else can read along, that stays so. */
	if (h->curl_easy_getinfo(h->easy, CURLINFO_EFFECTIVE_URL, &url) == CURLE_OK && url &&
	    ascii_begins_nocase(url, "https:"))
		(void)h->curl_easy_setopt(h->easy, CURLOPT_REDIR_PROTOCOLS_STR, "https");
}

static size_t on_header(char *line, size_t one, size_t n, void *ctx)
{
	struct http *h = ctx;
	const char *value;
	size_t length;

	n *= one;
	if (n >= 5 && memcmp(line, "HTTP/", 5) == 0) {
		begin_answer(h, line, n);
	} else if (field_is(line, n, "Content-Range", &value, &length)) {
		take_range(h, value, length);
	} else if (field_is(line, n, "Content-Length", &value, &length)) {
		const char *p = value;

		h->has_length = take_number(&p, value + length, &h->length) && p == value + length;
	} else if (field_is(line, n, "ETag", &value, &length)) {
		keep_field(h->etag, sizeof(h->etag), value, length);
	} else if (field_is(line, n, "Last-Modified", &value, &length)) {
		keep_field(h->modified, sizeof(h->modified), value, length);
	} else if (field_is(line, n, "Content-Encoding", &value, &length)) {
		h->encoded = !(length == 8 && strncasecmp(value, "identity", 8) == 0);
		keep_field(h->encoding, sizeof(h->encoding), value, length);
	}
	return n;
}

static bool path_ends(const char *url, const char *ending)
{
	size_t n = strcspn(url, "?#"), e = strlen(ending);

	return n > e && strncasecmp(url + n - e, ending, e) == 0;
}

/* Some servers call a file that is compressed encoded: then the bytes are those of the file. */
static bool is_label(const struct http *h)
{
	static const char *const labels[][2] = {
		{ "gzip", ".gz" },   { "x-gzip", ".gz" }, { "bzip2", ".bz2" }, { "x-bzip2", ".bz2" },
		{ "xz", ".xz" },     { "x-xz", ".xz" },   { "zstd", ".zst" },  { "x-zstd", ".zst" },
	};

	for (size_t i = 0; i < sizeof(labels) / sizeof(*labels); i++)
		if (strcasecmp(h->encoding, labels[i][0]) == 0 && path_ends(h->url, labels[i][1]))
			return true;
	return false;
}

bool http_is_mangled(const struct http *h)
{
	return h->encoded && !is_label(h);
}

bool http_is_other(const struct http *h)
{
	uint64_t size = h->has_total ? h->range_total : h->has_length && h->status == 200 ?
			h->length : UINT64_MAX;

	return (size != UINT64_MAX && h->size != UINT64_MAX && size != h->size) ||
	       (h->first_etag[0] && h->etag[0] && strcmp(h->etag, h->first_etag) != 0) ||
	       (h->first_modified[0] && h->modified[0] &&
		strcmp(h->modified, h->first_modified) != 0);
}

bool http_is_same(const struct http *h)
{
	if (http_is_other(h))
		return false;
	return (h->first_etag[0] == '"' && h->etag[0]) ||
	       (h->first_modified[0] && h->modified[0] && h->has_length &&
		h->size != UINT64_MAX);
}

/* ---- a request ------------------------------------------------------------------------ */

/* A number that ends in front of `end`; where it begins. */
static char *put_number(char *end, uint64_t n)
{
	do {
		*--end = (char)('0' + n % 10);
		n /= 10;
	} while (n);
	return end;
}

CURLcode http_ask(struct http *h, uint64_t from, uint64_t to)
{
	char range[64], *p = range + sizeof(range);

	h->trouble = HTTP_FINE;
	h->status = 0;
	h->has_length = h->has_range = h->has_total = h->encoded = false;
	h->words[0] = '\0';
	if (from == 0 && to == UINT64_MAX)
		return h->curl_easy_setopt(h->easy, CURLOPT_RANGE, NULL);
	/* "from-last", from the end. */
	*--p = '\0';
	if (to != UINT64_MAX)
		p = put_number(p, to - 1);
	*--p = '-';
	return h->curl_easy_setopt(h->easy, CURLOPT_RANGE, put_number(p, from));
}

/* Nobody may encode what comes; and a part is only for who has the rest of the same file (RFC
 * 9110 13.1.5: a weak tag cannot be used). */
static bool set_headers(struct http *h, const char *mark)
{
	char field[HTTP_FIELD_BYTES + 16] = "If-Range: ";
	struct curl_slist *list = h->curl_slist_append(NULL, "Accept-Encoding: identity"), *more;

	if (list && mark) {
		memcpy(field + 10, mark, strlen(mark) + 1);
		more = h->curl_slist_append(list, field);
		if (!more)
			h->curl_slist_free_all(list);
		list = more;
	}
	if (!list || h->curl_easy_setopt(h->easy, CURLOPT_HTTPHEADER, list) != CURLE_OK) {
		h->curl_slist_free_all(list);
		return false;
	}
	h->curl_slist_free_all(h->headers);
	h->headers = list;
	return true;
}

static bool pin_to(struct http *h, const char *url)
{
	/* It may lie in what setting it releases. */
	char *copy = strdup(url);
	bool ok = copy && h->curl_easy_setopt(h->easy, CURLOPT_URL, copy) == CURLE_OK;

	free(copy);
	h->pinned = true;
	h->opening = false;
	return ok && set_headers(h, h->first_etag[0] == '"' ? h->first_etag :
				    h->first_modified[0]    ? h->first_modified : NULL);
}

bool http_pin(struct http *h)
{
	char *effective = NULL;

	memcpy(h->first_etag, h->etag, sizeof(h->etag));
	memcpy(h->first_modified, h->modified, sizeof(h->modified));
	return h->curl_easy_getinfo(h->easy, CURLINFO_EFFECTIVE_URL, &effective) == CURLE_OK &&
	       pin_to(h, effective ? effective : h->url);
}

bool http_pin_as(struct http *h, const struct http *other)
{
	char *effective = NULL;

	h->size = other->size;
	memcpy(h->first_etag, other->first_etag, sizeof(h->first_etag));
	memcpy(h->first_modified, other->first_modified, sizeof(h->first_modified));
	return other->curl_easy_getinfo(other->easy, CURLINFO_EFFECTIVE_URL, &effective) ==
		       CURLE_OK && pin_to(h, effective && *effective ? effective : other->url);
}

bool http_unpin(struct http *h)
{
	bool was = h->pinned;

	h->pinned = false;
	return was && h->curl_easy_setopt(h->easy, CURLOPT_URL, h->url) == CURLE_OK;
}

/* What the proxy said to CONNECT; 0: nothing was asked of it, or it said nothing. */
static long proxy_status(const struct http *h)
{
	long status = 0;

	return h->curl_easy_getinfo(h->easy, CURLINFO_HTTP_CONNECTCODE, &status) == CURLE_OK ?
		       status : 0;
}

bool http_is_passing(const struct http *h, CURLcode code)
{
	long proxy = proxy_status(h);

	if (h->trouble || (h->status == 0 && proxy >= 400 && proxy < 500))
		return false;
	if (code == CURLE_PARTIAL_FILE || code == CURLE_RECV_ERROR || code == CURLE_SEND_ERROR ||
	    code == CURLE_GOT_NOTHING || code == CURLE_HTTP2 || code == CURLE_HTTP2_STREAM)
		return true;
	if (h->opening)
		return false;
	/* It was there a moment ago. */
	return code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_RESOLVE_PROXY ||
	       code == CURLE_COULDNT_CONNECT || code == CURLE_OPERATION_TIMEDOUT ||
	       code == CURLE_SSL_CONNECT_ERROR || h->status == 408 || h->status == 429 ||
	       h->status >= 500;
}

/* ---- why not -------------------------------------------------------------------------- */

static enum isokit_status refuse_trouble(const struct http *h, uint64_t at,
					 struct isokit_error *err)
{
	switch (h->trouble) {
	case HTTP_NO_RANGES:
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, h->name,
				   "the server sends only whole files (it ignores range requests); "
				   "download the image and look at the file");
	case HTTP_NO_RESUME:
		return isokit_fail(err, ISOKIT_E_IO, at, h->name,
				   "the connection broke at byte %llu, and the server can neither send "
				   "the rest alone nor tell that the file is still the same; download "
				   "the image first", (unsigned long long)at);
	case HTTP_CHANGED:
		return isokit_fail(err, ISOKIT_E_CHANGED, at, h->name,
				   "the file on the server has changed while it was read");
	case HTTP_ENCODED:
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, h->name,
				   "the server sends it encoded (%s) though that was not asked for, "
				   "and what comes is not the file; download the image with another "
				   "program", h->encoding);
	case HTTP_WRONG_RANGE:
	case HTTP_TOO_MUCH:
	case HTTP_FINE:
		break;
	}
	return isokit_fail(err, ISOKIT_E_IO, at, h->name,
			   "the server answered with other bytes than were asked for (%llu and on)",
			   (unsigned long long)at);
}

static enum isokit_status refuse_proxy(const struct http *h, long status, struct isokit_error *err)
{
	bool tls = ascii_begins_nocase(h->url, "https:");

	if (status == 407)
		return isokit_fail(err, ISOKIT_E_IO, ISOKIT_NO_OFFSET, h->name,
				   "the proxy wants a name and a password (407): "
				   "%s=http://NAME:PASSWORD@HOST:PORT", tls ? "https_proxy" : "http_proxy");
	return isokit_fail(err, ISOKIT_E_IO, ISOKIT_NO_OFFSET, h->name,
			   "the proxy does not lead there (it answered with status %ld); look at "
			   "https_proxy and no_proxy", status);
}

static enum isokit_status refuse_status(const struct http *h, uint64_t at,
					struct isokit_error *err)
{
	if (h->status == 416)
		return isokit_fail(err, h->opening ? ISOKIT_E_NOT_ISO : ISOKIT_E_CHANGED, at, h->name,
				   h->opening ? "the file on the server is empty" :
				   "the file on the server has become shorter while it was read, or "
				   "was never as long as the server said");
	if (h->status == 404 || h->status == 410)
		return isokit_fail(err, ISOKIT_E_NOT_FOUND, ISOKIT_NO_OFFSET, h->name,
				   "there is no such file on the server (%ld); look at the address",
				   h->status);
	if (h->status == 401)
		return isokit_fail(err, ISOKIT_E_NOT_FOUND, ISOKIT_NO_OFFSET, h->name,
				   "the server refuses access (401): it wants a name and a password "
				   "(http://NAME:PASSWORD@…)");
	if (h->status == 403)
		return isokit_fail(err, ISOKIT_E_NOT_FOUND, ISOKIT_NO_OFFSET, h->name,
				   "the server refuses access (403): the address may have expired, or "
				   "is not for everybody; look at it in a browser");
	if (h->status == 407)
		return refuse_proxy(h, h->status, err);
	if (h->status >= 500 || h->status == 429)
		return isokit_fail(err, ISOKIT_E_IO, ISOKIT_NO_OFFSET, h->name,
				   "the server answered with status %ld: it is %s; try again later, or "
				   "another mirror", h->status, h->status == 429 || h->status == 503 ?
				   "asked too much" : "out of order");
	return isokit_fail(err, h->status >= 400 && h->status < 500 && h->status != 408 ?
			   ISOKIT_E_NOT_FOUND : ISOKIT_E_IO, ISOKIT_NO_OFFSET, h->name,
			   "the server answered with status %ld; look at the address in a browser",
			   h->status);
}

static enum isokit_status refuse_address(const struct http *h, struct isokit_error *err)
{
	return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, h->name,
			   "is no address: after http:// come a server, a port up to 65535 if need be "
			   "(:8080), and a path in which a blank is %%20");
}

/* No secure connection: what libcurl says of it tells who can do something about that. */
static enum isokit_status refuse_certificate(const struct http *h, const char *words,
					     struct isokit_error *err)
{
	const char *what = "this computer trusts nobody who vouches for it: install the package "
			   "ca-certificates, or add the one who does there (update-ca-certificates)";

	if (strstr(words, "expired") || strstr(words, "not yet valid"))
		what = "look at this computer's clock (date); if that is right, take another mirror";
	else if (strstr(words, "match"))
		what = "the certificate is for another name; look at the address";
	return isokit_fail(err, ISOKIT_E_IO, ISOKIT_NO_OFFSET, h->name,
			   "the server cannot prove who it is (%s); %s", words, what);
}

static enum isokit_status refuse_broken(const struct http *h, uint64_t at, const char *words,
					struct isokit_error *err)
{
	return isokit_fail(err, ISOKIT_E_IO, at, h->name,
			   "the connection broke at byte %llu, again and again (%s); try again "
			   "later, or another mirror", (unsigned long long)at, words);
}

/* Nobody has answered. `words`: what libcurl says of it. */
static enum isokit_status refuse_connection(const struct http *h, CURLcode code, uint64_t at,
					    const char *words, struct isokit_error *err)
{
	long proxy = proxy_status(h);

	if (proxy >= 300)
		return refuse_proxy(h, proxy, err);
	if (!h->opening && http_is_passing(h, code))
		return refuse_broken(h, at, words, err);
	if (code == CURLE_SSL_CONNECT_ERROR)
		return isokit_fail(err, ISOKIT_E_IO, at, h->name,
				   "no secure connection comes about (%s); is it an address with "
				   "http: in front?", words);
	if (code == CURLE_OPERATION_TIMEDOUT)
		return isokit_fail(err, ISOKIT_E_IO, at, h->name,
				   "the server does not answer (%s); try again later, or another mirror",
				   words);
	if (code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST ||
	    code == CURLE_COULDNT_RESOLVE_PROXY || code == CURLE_PROXY)
		return isokit_fail(err, ISOKIT_E_IO, at, h->name,
				   "nobody is reached there (%s); look at the address, the network, "
				   "and the proxies in http_proxy, https_proxy and no_proxy, if any",
				   words);
	if (http_is_passing(h, code))
		return refuse_broken(h, at, words, err);
	return isokit_fail(err, code == CURLE_OUT_OF_MEMORY ? ISOKIT_E_NOMEM : ISOKIT_E_IO, at,
			   h->name, "cannot be read: %s", words);
}

enum isokit_status http_refuse(const struct http *h, CURLcode code, uint64_t at,
			       struct isokit_error *err)
{
	const char *words = h->words[0] ? h->words : h->curl_easy_strerror(code);

	if (code == CURLE_ABORTED_BY_CALLBACK)
		return isokit_fail(err, ISOKIT_E_CANCELLED, ISOKIT_NO_OFFSET, NULL, "cancelled");
	if (h->trouble)
		return refuse_trouble(h, at, err);
	if (code == CURLE_URL_MALFORMAT)
		return refuse_address(h, err);
	if (code == CURLE_TOO_MANY_REDIRECTS)
		return isokit_fail(err, ISOKIT_E_NOT_FOUND, ISOKIT_NO_OFFSET, h->name,
				   "the server leads from one address to the next without end");
	if (code == CURLE_UNSUPPORTED_PROTOCOL && h->status >= 300 && h->status < 400)
		return isokit_fail(err, ISOKIT_E_NOT_FOUND, ISOKIT_NO_OFFSET, h->name,
				   "the server leads to an address that is not followed "
				   "(from https to http, or no such address at all)");
	if (h->opening && code == CURLE_OK && (h->status == 200 || h->status == 204))
		return isokit_fail(err, ISOKIT_E_NOT_ISO, 0, h->name,
				   "the file on the server is empty");
	if (h->status >= 300 && (code == CURLE_OK || code == CURLE_WRITE_ERROR))
		return refuse_status(h, at, err);
	if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_ISSUER_ERROR ||
	    code == CURLE_SSL_INVALIDCERTSTATUS || code == CURLE_SSL_CACERT_BADFILE)
		return refuse_certificate(h, words, err);
	return refuse_connection(h, code, at, words, err);
}

/* ---- begin and end -------------------------------------------------------------------- */

#define F(name) { #name, offsetof(struct http, name) },
static const struct library_symbol symbols[] = { HTTP_FUNCTIONS(F) };
#undef F
static const struct library library = {
	"libcurl.so.4", "no address can be read", "libcurl4", LIBRARY_SYMBOLS(symbols),
};

static enum isokit_status load(struct http *h, struct isokit_error *err)
{
	enum isokit_status st = library_load(&library, h, err);

	if (st)
		return st;
	if (h->curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, library.file,
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

static bool configure(struct http *h)
{
	bool ok = true, tls = ascii_begins_nocase(h->url, "https:");

#define SET(option, value) ok = ok && h->curl_easy_setopt(h->easy, option, value) == CURLE_OK
	SET(CURLOPT_URL, h->url);
	SET(CURLOPT_USERAGENT, "isokit/" PACKAGE_VERSION);
	SET(CURLOPT_PROTOCOLS_STR, "http,https");
	/* Never from a connection that nobody can read into one that everybody can. */
	SET(CURLOPT_REDIR_PROTOCOLS_STR, tls ? "https" : "http,https");
	SET(CURLOPT_FOLLOWLOCATION, 1L);
	SET(CURLOPT_MAXREDIRS, (long)MOST_REDIRECTS);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_NOPROGRESS, 1L);
	SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	SET(CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
	SET(CURLOPT_LOW_SPEED_LIMIT, 1L);
	SET(CURLOPT_LOW_SPEED_TIME, (long)HTTP_STALL_SECONDS);
	SET(CURLOPT_BUFFERSIZE, 128L * 1024);
	SET(CURLOPT_ERRORBUFFER, h->words);
	SET(CURLOPT_HEADERFUNCTION, on_header);
	SET(CURLOPT_HEADERDATA, h);
#undef SET
	return ok && set_headers(h, NULL);
}

enum isokit_status http_start(struct http *h, const char *url, struct isokit_error *err)
{
	enum isokit_status st;

	memset(h, 0, sizeof(*h));
	h->opening = true;
	h->size = UINT64_MAX;
	h->url = strdup(url);
	h->name = without_password(url);
	st = h->name && h->url ? load(h, err) : isokit_fail_nomem(err, url, strlen(url) + 1);
	/* libcurl would take the path for the server. */
	if (!st && strchr("/?#", strstr(url, "://")[3]))
		st = refuse_address(h, err);
	if (!st && (!(h->easy = h->curl_easy_init()) || !configure(h)))
		st = isokit_fail_nomem(err, h->name, sizeof(*h));
	return st;
}

void http_end(struct http *h)
{
	if (h->easy)
		h->curl_easy_cleanup(h->easy);
	if (h->headers)
		h->curl_slist_free_all(h->headers);
	free(h->name);
	free(h->url);
}

enum isokit_status isokit_source_load_urls(struct isokit_error *err)
{
	struct http h;

	memset(&h, 0, sizeof(h));
	return load(&h, err);
}

#else /* built without the headers of libcurl */

enum isokit_status isokit_source_load_urls(struct isokit_error *err)
{
	return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, "libcurl",
			   "was not there when isokit was built, so no address can be read");
}

#endif
