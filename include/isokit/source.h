/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file source.h  Byte sources: the one door through which images are read. */
#ifndef ISOKIT_SOURCE_H
#define ISOKIT_SOURCE_H

#include <isokit/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What isokit_source_locate() says of a range. */
enum isokit_where {
	ISOKIT_WHERE_READ,  /**< must be read through the source */
	ISOKIT_WHERE_FD,    /**< lies unchanged in a file */
	ISOKIT_WHERE_ZEROS, /**< known to be zero */
};

/** Where the first `length` bytes of a range physically are. */
struct isokit_location {
	enum isokit_where where;
	int fd;          /**< borrowed from the source; -1 unless ISOKIT_WHERE_FD */
	uint64_t offset; /**< byte offset in fd */
	uint64_t length; /**< bytes the answer holds for, at least 1 */
};

/**
 * Operations of a source. `size` is sizeof(struct isokit_source_ops) of the
 * implementor; new members are added at the end. read_at may be called from
 * several threads at once and delivers all bytes or fails.
 */
struct isokit_source_ops {
	size_t size;
	enum isokit_status (*read_at)(void *self, uint64_t offset, void *buffer,
				      size_t length, struct isokit_error *err);
	/** May be NULL: everything must be read. */
	void (*locate)(void *self, uint64_t offset, uint64_t length,
		       struct isokit_location *ret_location);
	/** May be NULL: nothing to release. */
	void (*close)(void *self);
};

/**
 * Open a regular file or block device for reading. The path "-" means
 * standard input, from where it stands; it must be seekable.
 *
 * @param path     the file; also what isokit_source_name() returns
 * @param ret_src  owned by caller, free with isokit_source_close()
 * @return ISOKIT_OK, ISOKIT_E_IO (cannot open, or neither file nor block
 *         device), ISOKIT_E_NOMEM
 */
ISOKIT_API enum isokit_status isokit_source_open_file(const char *path,
						      struct isokit_source **ret_src,
						      struct isokit_error *err);

/** Is this the address of a file (http:// or https:// in any case) rather than a path? */
ISOKIT_API bool isokit_source_is_url(const char *path);

/**
 * Open a file behind an http:// or https:// address, read by range requests. The
 * first one, for the beginning of the file, tells its size. From a server that knows
 * no ranges a file of up to 16 MiB is fetched and kept. Redirections are
 * followed, never from https to http; TLS certificates are checked; proxies are
 * those that libcurl finds in the environment. A file that changes on the server
 * is an error of the next read.
 *
 * @param ret_src  owned by caller, free with isokit_source_close()
 * @return ISOKIT_OK, ISOKIT_E_UNSUPPORTED (the server knows no ranges and the file is
 *         large, or there is no libcurl), ISOKIT_E_NOT_FOUND, ISOKIT_E_NOT_ISO (it is empty),
 *         ISOKIT_E_IO, ISOKIT_E_NOMEM
 */
ISOKIT_API enum isokit_status isokit_source_open_url(const char *url,
						     struct isokit_source **ret_src,
						     struct isokit_error *err);

/** Load libcurl now, for a process that may open no files later.
 * @return ISOKIT_OK; ISOKIT_E_UNSUPPORTED as above */
ISOKIT_API enum isokit_status isokit_source_load_urls(struct isokit_error *err);

/**
 * A source over an open descriptor (regular file or block device).
 *
 * @param fd    borrowed until the source is closed
 * @param name  what isokit_source_name() returns; copied
 */
ISOKIT_API enum isokit_status isokit_source_from_fd(int fd, const char *name,
						    struct isokit_source **ret_src,
						    struct isokit_error *err);

/** A source over memory; the bytes are borrowed until the source is closed. */
ISOKIT_API enum isokit_status isokit_source_from_memory(const void *bytes, size_t length,
							const char *name,
							struct isokit_source **ret_src,
							struct isokit_error *err);

/**
 * Part of another source.
 *
 * @param inner  taken on success (closed with the slice); still the caller's
 *               on failure
 * @return ISOKIT_E_INVALID when the range does not lie inside inner
 */
ISOKIT_API enum isokit_status isokit_source_slice(struct isokit_source *inner, uint64_t offset,
						  uint64_t length,
						  struct isokit_source **ret_src,
						  struct isokit_error *err);

/**
 * The user data of raw CD sectors: of each sector_bytes bytes from `offset` on,
 * the 2048 at user_offset. The size is that of the whole sectors.
 *
 * @param inner  taken on success (closed with the result); still the caller's
 *               on failure
 * @return ISOKIT_E_INVALID when a sector cannot hold 2048 bytes there, or the
 *         offset does not lie inside inner
 */
ISOKIT_API enum isokit_status isokit_source_sectors(struct isokit_source *inner, uint64_t offset,
						    uint32_t sector_bytes, uint32_t user_offset,
						    struct isokit_source **ret_src,
						    struct isokit_error *err);

/**
 * A source with operations of the caller's own.
 *
 * @param self        handed to every operation; ops->close releases it
 * @param size_bytes  size of the source, fixed for its life
 */
ISOKIT_API enum isokit_status isokit_source_new(const struct isokit_source_ops *ops, void *self,
						uint64_t size_bytes, const char *name,
						struct isokit_source **ret_src,
						struct isokit_error *err);

/** Release a source; NULL is allowed. */
ISOKIT_API void isokit_source_close(struct isokit_source *src);

/** Size in bytes, as it was when the source was opened. */
ISOKIT_API uint64_t isokit_source_size(const struct isokit_source *src);

/** Name for messages; borrowed until the source is closed. */
ISOKIT_API const char *isokit_source_name(const struct isokit_source *src);

/**
 * Read exactly `length` bytes at `offset`.
 *
 * @return ISOKIT_OK; ISOKIT_E_SHORT when the range does not lie inside the
 *         source; ISOKIT_E_CHANGED when the file has shrunk since it was
 *         opened; ISOKIT_E_IO
 */
ISOKIT_API enum isokit_status isokit_source_read_at(struct isokit_source *src, uint64_t offset,
						    void *buffer, size_t length,
						    struct isokit_error *err);

/** Where the beginning of a range physically is; the range must lie inside. */
ISOKIT_API void isokit_source_locate(struct isokit_source *src, uint64_t offset, uint64_t length,
				     struct isokit_location *ret_location);

/** Bytes and calls that went through isokit_source_read_at() so far. */
ISOKIT_API void isokit_source_traffic(const struct isokit_source *src, uint64_t *ret_bytes,
				      uint64_t *ret_reads);

#ifdef __cplusplus
}
#endif
#endif
