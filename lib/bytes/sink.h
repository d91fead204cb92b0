/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where an image goes: a file that gets its name when it is complete, or a
 * stream. */
#ifndef BYTES_SINK_H
#define BYTES_SINK_H

#include <isokit/error.h>
#include <stdatomic.h>

struct sink;

/* Sinks that may have a hidden name, for a signal handler to remove. Zero-initialise. */
enum { SINK_NAMES = 4 };
struct sink_names {
	_Atomic(struct sink *) slots[SINK_NAMES];
};

/* A fresh file for `path`, all holes, without a name of its own where the file
 * system can do that (then not even SIGKILL leaves anything), else under a
 * hidden name beside it. A symbolic link at `path` is followed: the file it
 * names will be replaced. Owned by caller: sink_commit() or sink_abort(). */
enum isokit_status sink_create_file(const char *path, struct sink **ret_sink,
				    struct isokit_error *err);

/* A nameless file in memory that sink_commit() throws away: for trying out. */
enum isokit_status sink_create_scratch(const char *name, struct sink **ret_sink,
				       struct isokit_error *err);

/* Where nobody names another folder. */
#define SINK_SPOOL_FOLDER "/var/tmp"

/* A nameless file in a folder (NULL: SINK_SPOOL_FOLDER), for what has to wait for its place: on
 * the disk, and gone with its last descriptor. `beside`: it is that of the output, which TMPDIR
 * does not change. */
enum isokit_status sink_create_spool(const char *folder, bool beside, struct sink **ret_sink,
				     struct isokit_error *err);

/* In-order writing to a descriptor (borrowed): a pipe, a terminal, a device. */
enum isokit_status sink_open_stream(int fd, const char *name, struct sink **ret_sink,
				    struct isokit_error *err);

/* What is written at byte `origin` is the first byte of the file or stream; nothing is
 * written before it. To be said before anything is written. */
void sink_set_origin(struct sink *s, uint64_t origin);
uint64_t sink_origin(const struct sink *s);

/* A file that somebody else has made and will close (borrowed), for writing at positions;
 * sink_abort() releases the sink and leaves the file alone. */
enum isokit_status sink_borrow_file(int fd, const char *name, struct sink **ret_sink,
				    struct isokit_error *err);

/* The descriptor, for reading back and for kernel copies; borrowed. */
int sink_fd(const struct sink *s);
const char *sink_name(const struct sink *s);
bool sink_is_stream(const struct sink *s);

/* Write at a position, from any thread. A stream takes positions in ascending
 * order; what is skipped is sent as zeros. */
enum isokit_status sink_write_at(struct sink *s, uint64_t offset, const void *buffer,
				 size_t length, struct isokit_error *err);

/* Can so many bytes be stored? ISOKIT_E_IO with what is needed and what is
 * there. Asks only file systems that neither share nor compress. */
enum isokit_status sink_check_space(struct sink *s, uint64_t bytes, struct isokit_error *err);

/* The failed system call as an error; a full disk says how much it takes. */
enum isokit_status sink_fail_write(struct sink *s, int sys_errno, struct isokit_error *err);

/* Nothing can be kept in the folder of a spool, or nothing more. */
enum isokit_status sink_fail_spool(const char *folder, bool beside, int sys_errno,
				   struct isokit_error *err);
void sink_expect(struct sink *s, uint64_t bytes);

/* Set the size (from byte 0, also where there is an origin), flush to the disk when `durable`, give the file its name
 * (replacing one that has it) and release the sink. On failure everything is
 * removed, and the sink is released as well. */
enum isokit_status sink_commit(struct sink *s, uint64_t size, bool durable,
			       struct isokit_error *err);

/* Remove what was written and release; NULL is allowed. */
void sink_abort(struct sink *s);

/* Keep in `names` until the sink is released; NULL is allowed. */
void sink_names_add(struct sink_names *names, struct sink *s);

/* Remove the hidden names of these. Safe in a signal handler, and only for a process
 * that then ends. */
void sink_names_unlink(const struct sink_names *names);

#endif
