/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small files beside an image that is behind an address. */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/message.h"
#include "writer.h"

enum { MAX_BYTES = 16 * 1024 * 1024 };

/* All of src into a file. */
static bool keep(struct isokit_source *src, int fd, struct isokit_error *err)
{
	uint64_t n = isokit_source_size(src);
	void *bytes;
	bool kept;

	if (!n || n > MAX_BYTES || ftruncate(fd, (off_t)n) != 0)
		return false;
	bytes = mmap(NULL, (size_t)n, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (bytes == MAP_FAILED)
		return false;
	kept = isokit_source_read_at(src, 0, bytes, (size_t)n, err) == ISOKIT_OK;
	(void)munmap(bytes, (size_t)n);
	return kept;
}

bool fetch_small(const char *url, int *ret_fd)
{
	struct isokit_error err = { .status = ISOKIT_OK };
	struct isokit_source *src = NULL;

	*ret_fd = -1;
	if (isokit_source_open_url(url, &src, &err) == ISOKIT_OK)
		*ret_fd = memfd_create("fetched", MFD_CLOEXEC);
	if (*ret_fd >= 0 && !keep(src, *ret_fd, &err)) {
		(void)close(*ret_fd);
		*ret_fd = -1;
	}
	isokit_source_close(src);
	/* Of a server that does not answer nobody knows what it has. */
	if (err.status == ISOKIT_E_IO)
		message_error(err.subject, "%s (--no-beside does not ask for it)", err.text);
	return err.status != ISOKIT_E_IO;
}

void fetched_path(int fd, char ret_path[FETCHED_BYTES])
{
	(void)snprintf(ret_path, FETCHED_BYTES, "/proc/self/fd/%d", fd);
}
