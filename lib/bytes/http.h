/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What all that reads http and https addresses shares (RFC 9110): libcurl, which is loaded when
 * an address is opened (see digest/evp.c for why), the answer of a server, and which file that
 * was of. */
#ifndef BYTES_HTTP_H
#define BYTES_HTTP_H
#ifdef HAVE_LIBCURL

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#include <isokit/error.h>

#include <stdbool.h>

enum {
	HTTP_FIELD_BYTES = 256,
	HTTP_STALL_SECONDS = 30, /* without a byte */
};

#define HTTP_FUNCTIONS(F) \
	F(curl_global_init) \
	F(curl_easy_init) \
	F(curl_easy_setopt) \
	F(curl_easy_perform) \
	F(curl_easy_pause) \
	F(curl_easy_getinfo) \
	F(curl_easy_strerror) \
	F(curl_easy_cleanup) \
	F(curl_multi_init) \
	F(curl_multi_add_handle) \
	F(curl_multi_remove_handle) \
	F(curl_multi_perform) \
	F(curl_multi_poll) \
	F(curl_multi_info_read) \
	F(curl_multi_cleanup) \
	F(curl_slist_append) \
	F(curl_slist_free_all)

/* What is wrong with an answer that was one. */
enum http_trouble {
	HTTP_FINE,
	HTTP_NO_RANGES,   /* the whole file, where a part was asked for */
	HTTP_NO_RESUME,   /* likewise, and nobody knows whether it is the same file */
	HTTP_CHANGED,     /* another file */
	HTTP_WRONG_RANGE, /* other bytes */
	HTTP_TOO_MUCH,
	HTTP_ENCODED,     /* something that has to be decoded to be the file */
};

struct http {
#define F(name) typeof(&name) name;
	HTTP_FUNCTIONS(F)
#undef F
	CURL *easy;
	struct curl_slist *headers;
	char *name; /* as it was given, without a password */
	char *url;  /* as it was given */
	bool opening; /* nothing is known of the file yet */
	bool pinned;  /* requests go to where the first one was led */
	/* Which file it is: of the first answer. */
	uint64_t size; /* UINT64_MAX: not known */
	char first_etag[HTTP_FIELD_BYTES], first_modified[HTTP_FIELD_BYTES];
	/* The answer to the last request: */
	enum http_trouble trouble;
	long status;
	bool has_length, has_range, has_total, encoded;
	uint64_t length, range_from, range_to, range_total;
	char etag[HTTP_FIELD_BYTES], modified[HTTP_FIELD_BYTES], encoding[16];
	char words[CURL_ERROR_SIZE];
};

/* Ready for a first request: all but who takes the body. What is there is released by
 * http_end(), also after a failure. */
enum isokit_status http_start(struct http *h, const char *url, struct isokit_error *err);
void http_end(struct http *h);

/* Before each request: bytes [from, to), UINT64_MAX being the end of the file; all of it when
 * there is nothing in front and the end is not said. */
CURLcode http_ask(struct http *h, uint64_t from, uint64_t to);

/* From the first answer on, requests are for this file only, and go to where it was found. */
bool http_pin(struct http *h);
/* The same for a file that another one has shown. */
bool http_pin_as(struct http *h, const struct http *other);
/* Go by the address that was given once more: where it led may have been for a short time. */
bool http_unpin(struct http *h);

/* As far as is said, the answer is of another file than the first one was. */
bool http_is_other(const struct http *h);
/* It is said that it is the same. */
bool http_is_same(const struct http *h);

/* What comes is not the file as it lies there. */
bool http_is_mangled(const struct http *h);

/* Another try may help: the connection broke, nothing was said against us. */
bool http_is_passing(const struct http *h, CURLcode code);

/* Why there are no bytes. `at`: of the file. */
enum isokit_status http_refuse(const struct http *h, CURLcode code, uint64_t at,
			       struct isokit_error *err);

#endif
#endif
