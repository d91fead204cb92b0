/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small files beside an image that is behind an address. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "writer.h"

enum { MAX_BYTES = 16 * 1024 * 1024 };

static bool put(int fd, const char *bytes, size_t n)
{
	while (n) {
		ssize_t some = write(fd, bytes, n);

		if (some < 0 && errno == EINTR)
			continue;
		if (some <= 0)
			return false;
		bytes += some;
		n -= (size_t)some;
	}
	return true;
}

int fetch_small(const char *url)
{
	struct isokit_source *src = NULL;
	char *bytes = NULL;
	uint64_t n = 0;
	int fd = -1;

	if (isokit_source_open_url(url, &src, NULL))
		return -1;
	n = isokit_source_size(src);
	if (n && n <= MAX_BYTES)
		bytes = malloc((size_t)n);
	if (bytes && isokit_source_read_at(src, 0, bytes, (size_t)n, NULL) == ISOKIT_OK)
		fd = memfd_create("fetched", MFD_CLOEXEC);
	if (fd >= 0 && !put(fd, bytes, (size_t)n)) {
		(void)close(fd);
		fd = -1;
	}
	free(bytes);
	isokit_source_close(src);
	return fd;
}

void fetched_path(int fd, char ret_path[FETCHED_BYTES])
{
	(void)snprintf(ret_path, FETCHED_BYTES, "/proc/self/fd/%d", fd);
}
