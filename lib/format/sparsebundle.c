/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Apple's sparse bundles: a folder with Info.plist and a file for each band of the disk.
 * What is opened is Info.plist; layers.c finds it in the folder. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/checked.h"
#include "base/fail.h"
#include "bytes/source.h"
#include "format/formats.h"

enum {
	MAX_PATH = 4096,
	MIN_BAND = 4096,
	TOKEN_BYTES = 8,
};

#define MAX_BAND (UINT64_C(1) << 33)
#define MAX_SIZE (UINT64_C(1) << 50)

static const char subject[] = "sparse bundle";

struct bundle {
	int bands; /* the folder */
	uint64_t band_bytes, size;
};

/* ---- Info.plist ------------------------------------------------------------------------------ */

/* The value behind a key: what is in the element that follows. */
static bool value_of(const uint8_t *p, size_t n, const char *key, char *out, size_t out_bytes)
{
	char tag[64];
	const uint8_t *at, *end;
	size_t length;

	snprintf(tag, sizeof(tag), "<key>%s</key>", key);
	at = memmem(p, n, tag, strlen(tag));
	if (!at)
		return false;
	at += strlen(tag);
	at = memchr(at, '<', n - (size_t)(at - p));
	if (!at)
		return false;
	at = memchr(at, '>', n - (size_t)(at - p));
	if (!at)
		return false;
	at++;
	end = memchr(at, '<', n - (size_t)(at - p));
	length = end ? (size_t)(end - at) : 0;
	if (!end || length >= out_bytes)
		return false;
	memcpy(out, at, length);
	out[length] = '\0';
	return true;
}

static bool number_of(const uint8_t *p, size_t n, const char *key, uint64_t *ret)
{
	char text[32], *end;

	if (!value_of(p, n, key, text, sizeof(text)) || text[0] < '0' || text[0] > '9')
		return false;
	errno = 0;
	*ret = strtoull(text, &end, 10);
	return errno == 0 && *end == '\0';
}

static bool is_bundle(const struct format_probe *p)
{
	char kind[64];

	return p->head_bytes > 64 &&
	       value_of(p->head, p->head_bytes, "diskimage-bundle-type", kind, sizeof(kind)) &&
	       strcmp(kind, "com.apple.diskimage.sparsebundle") == 0;
}

static unsigned probe(const struct format_probe *p, char evidence[FORMAT_EVIDENCE])
{
	if (!is_bundle(p))
		return 0;
	snprintf(evidence, FORMAT_EVIDENCE, "Info.plist with com.apple.diskimage.sparsebundle");
	return 96;
}

/* ---- bands ------------------------------------------------------------------------------------- */

/* Part of a band; of one that is short or absent, zeros. */
static enum isokit_status read_band(const struct bundle *b, uint64_t number, uint64_t at,
				    uint8_t *out, size_t n, struct isokit_error *err)
{
	enum isokit_status st = ISOKIT_OK;
	struct isokit_source *src;
	char name[24];
	struct stat s;
	size_t there;
	int fd;

	snprintf(name, sizeof(name), "%llx", (unsigned long long)number);
	fd = openat(b->bands, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (fd < 0) {
		if (errno != ENOENT)
			return isokit_fail_errno(err, errno, subject, "band %s cannot be opened", name);
		memset(out, 0, n);
		return ISOKIT_OK;
	}
	if (fstat(fd, &s) != 0 || !S_ISREG(s.st_mode)) {
		(void)close(fd);
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, subject,
				   "band %s is no regular file", name);
	}
	st = bytes_take_fd(fd, name, &src, err);
	if (st)
		return st;
	there = at < isokit_source_size(src) ? (size_t)min_u64(n, isokit_source_size(src) - at) : 0;
	if (there)
		st = isokit_source_read_at(src, at, out, there, err);
	if (!st)
		memset(out + there, 0, n - there);
	isokit_source_close(src);
	return st;
}

static enum isokit_status bundle_read_at(void *self, uint64_t offset, void *buffer, size_t length,
					 struct isokit_error *err)
{
	const struct bundle *b = self;
	uint8_t *out = buffer;

	while (length) {
		uint64_t at = offset % b->band_bytes;
		size_t n = (size_t)min_u64(length, b->band_bytes - at);
		enum isokit_status st = read_band(b, offset / b->band_bytes, at, out, n, err);

		if (st)
			return st;
		offset += n;
		out += n;
		length -= n;
	}
	return ISOKIT_OK;
}

/* Bands that are not there are zeros; of the others, the length tells where they end. */
static void bundle_locate(void *self, uint64_t offset, uint64_t length,
			  struct isokit_location *ret)
{
	const struct bundle *b = self;
	uint64_t number = offset / b->band_bytes, at = offset % b->band_bytes;
	uint64_t left = min_u64(length, b->band_bytes - at);
	char name[24];
	struct stat s;

	*ret = (struct isokit_location){ .where = ISOKIT_WHERE_READ, .fd = -1, .length = left };
	snprintf(name, sizeof(name), "%llx", (unsigned long long)number);
	if (fstatat(b->bands, name, &s, AT_SYMLINK_NOFOLLOW) != 0) {
		if (errno == ENOENT)
			ret->where = ISOKIT_WHERE_ZEROS;
	} else if (S_ISREG(s.st_mode) && (uint64_t)s.st_size <= at) {
		ret->where = ISOKIT_WHERE_ZEROS;
	} else if (S_ISREG(s.st_mode)) {
		ret->length = min_u64(left, (uint64_t)s.st_size - at);
	}
}

static void bundle_close(void *self)
{
	struct bundle *b = self;

	(void)close(b->bands);
	free(b);
}

static const struct isokit_source_ops bundle_ops = {
	.size = sizeof(bundle_ops),
	.read_at = bundle_read_at,
	.locate = bundle_locate,
	.close = bundle_close,
};

/* ---- opening -------------------------------------------------------------------------------------- */

/* The folder that Info.plist is in, as a descriptor. */
static int open_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char folder[MAX_PATH];
	size_t n = slash ? (size_t)(slash - path) + 1 : 0;

	if (n >= sizeof(folder)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(folder, path, n);
	folder[n] = '\0';
	return open(n ? folder : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* An encrypted one has a key in the file "token", which is empty in others. */
static bool is_encrypted(int folder)
{
	int fd = openat(folder, "token", O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	char mark[TOKEN_BYTES];
	bool is;

	if (fd < 0)
		return false;
	is = read(fd, mark, sizeof(mark)) == TOKEN_BYTES && memcmp(mark, "encrcdsa", TOKEN_BYTES) == 0;
	(void)close(fd);
	return is;
}

static enum isokit_status check_sizes(const struct bundle *b, struct isokit_error *err)
{
	if (b->band_bytes < MIN_BAND || b->band_bytes > MAX_BAND || b->band_bytes % 512)
		return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, subject,
				   "bands of %llu bytes cannot be",
				   (unsigned long long)b->band_bytes);
	if (b->size == 0 || b->size > MAX_SIZE)
		return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, subject,
				   "a disk of %llu bytes cannot be", (unsigned long long)b->size);
	return ISOKIT_OK;
}

static enum isokit_status open_bands(const struct format_probe *p, struct bundle *b,
				     struct isokit_error *err)
{
	int folder = open_folder(p->path);
	enum isokit_status st;

	if (folder < 0)
		return isokit_fail_errno(err, errno, subject, "its folder cannot be opened");
	if (is_encrypted(folder)) {
		st = isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, subject,
				 "with encryption: not supported");
	} else {
		b->bands = openat(folder, "bands", O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
		st = b->bands < 0 ? isokit_fail_errno(err, errno, subject,
						      "its folder bands cannot be opened") :
				    ISOKIT_OK;
	}
	(void)close(folder);
	return st;
}

static enum isokit_status open_bundle(struct isokit_medium *m, const struct format_probe *p,
				      struct isokit_error *err)
{
	struct bundle *b;
	struct isokit_source *disk;
	enum isokit_status st;

	if (!p->path)
		return isokit_fail(err, ISOKIT_E_NOT_FOUND, ISOKIT_NO_OFFSET, subject,
				   "without its folder, there are no bands");
	b = calloc(1, sizeof(*b));
	if (!b)
		return isokit_fail_nomem(err, subject, sizeof(*b));
	b->bands = -1;
	if (number_of(p->head, p->head_bytes, "band-size", &b->band_bytes) &&
	    number_of(p->head, p->head_bytes, "size", &b->size))
		st = check_sizes(b, err);
	else
		st = isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, subject,
				 "Info.plist tells no size, or none of its bands");
	if (!st)
		st = open_bands(p, b, err);
	if (!st)
		st = isokit_source_new(&bundle_ops, b, b->size, isokit_source_name(p->src), &disk, err);
	if (st) {
		if (b->bands >= 0)
			(void)close(b->bands);
		free(b);
		return st;
	}
	return medium_set_disk(m, disk, err);
}

const struct format format_sparsebundle = {
	.name = "sparsebundle",
	.words = "Apple sparse bundle",
	.probe = probe,
	.open = open_bundle,
};
