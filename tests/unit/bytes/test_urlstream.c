/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Servers that send nothing more. What comes before that, and how long it is waited for, is
 * forced: the server here stops where it is told to, and the limit is a second. */
#include "unit.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "bytes/source.h"
#include "bytes/urlstream.h"

enum { FILE_BYTES = 300000, MOST_CONNECTIONS = 16 };

struct server {
	int fd;
	pthread_t thread;
	char url[64];
	bool ranges;              /* else whole files */
	unsigned answers;         /* so many requests are answered as a whole, … */
	size_t then_bytes;        /* … of later ones so many bytes, and nothing more; 0: no header */
	unsigned recovers;        /* from this request on, all is well again; 0: never */
	atomic_bool *asked_late;  /* set with the first request that is not answered */
	atomic_uint requests;
	int open[MOST_CONNECTIONS];
	unsigned n_open;
};

static uint8_t byte_at(size_t i)
{
	return (uint8_t)(i * 31 + i / 251);
}

static bool send_all(int fd, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;

	while (n) {
		ssize_t some = send(fd, p, n, MSG_NOSIGNAL);

		if (some <= 0)
			return false;
		p += some;
		n -= (size_t)some;
	}
	return true;
}

/* One request; false: the connection is over. */
static bool answer(struct server *s, int fd)
{
	size_t used = 0, from = 0, to = FILE_BYTES - 1, n;
	char request[4096], header[256];
	uint8_t *body;
	unsigned number;
	bool well;
	const char *range;

	do {
		ssize_t some = recv(fd, request + used, sizeof(request) - 1 - used, 0);

		if (some <= 0)
			return false;
		used += (size_t)some;
		request[used] = '\0';
	} while (!strstr(request, "\r\n\r\n"));
	number = atomic_fetch_add(&s->requests, 1) + 1;
	well = number <= s->answers || (s->recovers && number >= s->recovers);
	range = s->ranges ? strstr(request, "Range: bytes=") : NULL;
	if (range) {
		char *end;

		from = strtoul(range + 13, &end, 10);
		if (end[1] >= '0' && end[1] <= '9')
			to = strtoul(end + 1, NULL, 10);
		to = to < FILE_BYTES ? to : FILE_BYTES - 1;
	}
	n = to + 1 - from;
	if (!well && s->asked_late)
		atomic_store(s->asked_late, true);
	if (!well && !s->then_bytes)
		return false;
	if (range)
		snprintf(header, sizeof(header), "HTTP/1.1 206 x\r\nContent-Range: bytes %zu-%zu/%d\r\n"
			 "ETag: \"1\"\r\nContent-Length: %zu\r\n\r\n", from, to, FILE_BYTES, n);
	else
		snprintf(header, sizeof(header), "HTTP/1.1 200 x\r\nETag: \"1\"\r\n"
			 "Content-Length: %zu\r\n\r\n", n);
	if (!well && n > s->then_bytes)
		n = s->then_bytes;
	body = malloc(n);
	ck_assert_ptr_nonnull(body);
	for (size_t i = 0; i < n; i++)
		body[i] = byte_at(from + i);
	if (!send_all(fd, header, strlen(header)) || !send_all(fd, body, n))
		well = false;
	free(body);
	return well;
}

static void *serve(void *arg)
{
	struct server *s = arg;
	int fd;

	while ((fd = accept(s->fd, NULL, NULL)) >= 0) {
		ck_assert(s->n_open < MOST_CONNECTIONS);
		s->open[s->n_open++] = fd;
		/* Requests come one at a time, and none after one that was not answered. */
		while (answer(s, fd))
			;
	}
	return NULL;
}

static void start_server(struct server *s)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t n = sizeof(a);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(s->fd, 0);
	ck_assert_int_eq(bind(s->fd, (struct sockaddr *)&a, sizeof(a)), 0);
	ck_assert_int_eq(listen(s->fd, 16), 0);
	ck_assert_int_eq(getsockname(s->fd, (struct sockaddr *)&a, &n), 0);
	snprintf(s->url, sizeof(s->url), "http://127.0.0.1:%u/x.iso", ntohs(a.sin_port));
	ck_assert_int_eq(pthread_create(&s->thread, NULL, serve, s), 0);
}

static void end_server(struct server *s)
{
	(void)shutdown(s->fd, SHUT_RDWR);
	for (unsigned i = 0; i < s->n_open; i++)
		(void)shutdown(s->open[i], SHUT_RDWR);
	pthread_join(s->thread, NULL);
	for (unsigned i = 0; i < s->n_open; i++)
		close(s->open[i]);
	close(s->fd);
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void setup(void)
{
	setenv("no_proxy", "127.0.0.1", 1);
}

static bool no_libcurl(void)
{
	return isokit_source_load_urls(NULL) != ISOKIT_OK;
}

static uint8_t bytes[FILE_BYTES];

static void expect_file(size_t n)
{
	ck_assert_uint_eq(n, FILE_BYTES);
	for (size_t i = 0; i < n; i++)
		ck_assert_msg(bytes[i] == byte_at(i), "byte %zu", i);
}

START_TEST(a_server_that_never_answers)
{
	struct url_options o = { .stall_seconds = 1 };
	struct server s = { .ranges = true };
	struct url_stream *stream;
	struct isokit_source *src;
	struct isokit_error err;
	double began = seconds();

	if (no_libcurl())
		return;
	start_server(&s);
	ck_assert_int_eq(url_open(s.url, &o, &src, &stream, &err), ISOKIT_E_IO);
	ck_assert_msg(strstr(err.text, "does not answer") != NULL, "%s", err.text);
	/* At once, not after many tries. */
	ck_assert_uint_eq(atomic_load(&s.requests), 1);
	ck_assert(seconds() - began < 20);
	ck_assert_int_eq(url_stream_open(s.url, &o, &stream, &err), ISOKIT_E_IO);
	ck_assert_msg(strstr(err.text, "sends nothing") != NULL, "%s", err.text);
	end_server(&s);
}
END_TEST

START_TEST(ranges_that_stop)
{
	struct url_options o = { .stall_seconds = 1 };
	struct server s = { .ranges = true, .answers = 1, .then_bytes = 10000 };
	struct url_stream *stream;
	struct isokit_source *src;
	struct isokit_error err;

	if (no_libcurl())
		return;
	start_server(&s);
	ck_assert_int_eq(url_open(s.url, &o, &src, &stream, &err), ISOKIT_OK);
	ck_assert_ptr_null(stream);
	ck_assert_int_eq(isokit_source_read_at(src, 0, bytes, FILE_BYTES, &err), ISOKIT_E_IO);
	ck_assert_msg(strstr(err.text, "connection broke at byte 65536, again and again") != NULL,
		      "%s", err.text);
	ck_assert_uint_eq(atomic_load(&s.requests), 4);
	isokit_source_close(src);
	end_server(&s);
}
END_TEST

START_TEST(who_waits_for_ranges_can_stop)
{
	atomic_bool stop = false;
	struct url_options o = { .stall_seconds = 600, .stop = &stop };
	struct server s = { .ranges = true, .answers = 1, .asked_late = &stop };
	struct url_stream *stream;
	struct isokit_source *src;
	double began = seconds();

	if (no_libcurl())
		return;
	start_server(&s);
	ck_assert_int_eq(url_open(s.url, &o, &src, &stream, NULL), ISOKIT_OK);
	ck_assert_int_eq(isokit_source_read_at(src, 0, bytes, FILE_BYTES, NULL),
			 ISOKIT_E_CANCELLED);
	ck_assert(seconds() - began < 60);
	isokit_source_close(src);
	end_server(&s);
}
END_TEST

START_TEST(a_stream_that_stops)
{
	struct url_options o = { .stall_seconds = 1 };
	struct server s = { .then_bytes = 100000 };
	struct url_stream *stream;
	struct isokit_error err;
	size_t n;

	if (no_libcurl())
		return;
	start_server(&s);
	ck_assert_int_eq(url_stream_open(s.url, &o, &stream, &err), ISOKIT_OK);
	ck_assert_int_eq(url_stream_read(stream, bytes, 50000, &n, &err), ISOKIT_OK);
	ck_assert_uint_eq(n, 50000);
	/* Each time it begins anew, and never gets further. */
	ck_assert_int_eq(url_stream_read(stream, bytes, FILE_BYTES, &n, &err), ISOKIT_E_IO);
	ck_assert_msg(strstr(err.text, "sends nothing: 1 seconds without a byte, 4 times") != NULL,
		      "%s", err.text);
	url_stream_close(stream);
	end_server(&s);
}
END_TEST

START_TEST(a_stream_that_comes_again)
{
	struct server all[] = {
		{ .then_bytes = 100000, .recovers = 2 },
		{ .ranges = true, .then_bytes = 100000, .recovers = 2 },
	};

	if (no_libcurl())
		return;
	for (unsigned i = 0; i < 2; i++) {
		struct url_options o = { .stall_seconds = 1 };
		struct server *s = &all[i];
		struct url_stream *stream;
		size_t n;

		start_server(s);
		ck_assert_int_eq(url_stream_open(s->url, &o, &stream, NULL), ISOKIT_OK);
		memset(bytes, 0, sizeof(bytes));
		ck_assert_int_eq(url_stream_read(stream, bytes, FILE_BYTES, &n, NULL), ISOKIT_OK);
		expect_file(n);
		ck_assert_uint_eq(atomic_load(&s->requests), 2);
		url_stream_close(stream);
		end_server(s);
	}
}
END_TEST

UNIT(urlstream)
{
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, a_server_that_never_answers);
	tcase_add_test(tc, ranges_that_stop);
	tcase_add_test(tc, who_waits_for_ranges_can_stop);
	tcase_add_test(tc, a_stream_that_stops);
	tcase_add_test(tc, a_stream_that_comes_again);
}
