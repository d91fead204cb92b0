/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The functions of libarchive in use. It is loaded when an archive is met: it brings
 * a dozen libraries along, which a build of a folder need not wait for. */
#ifndef TREE_LIBARCHIVE_H
#define TREE_LIBARCHIVE_H

#include <isokit/error.h>

#ifdef HAVE_LIBARCHIVE
#include <archive.h>
#include <archive_entry.h>

#define LIBARCHIVE_FUNCTIONS(F) \
	F(archive_read_new) \
	F(archive_read_free) \
	F(archive_read_support_filter_bzip2) \
	F(archive_read_support_filter_compress) \
	F(archive_read_support_filter_gzip) \
	F(archive_read_support_filter_lz4) \
	F(archive_read_support_filter_lzip) \
	F(archive_read_support_filter_lzma) \
	F(archive_read_support_filter_xz) \
	F(archive_read_support_filter_zstd) \
	F(archive_read_support_format_7zip) \
	F(archive_read_support_format_cab) \
	F(archive_read_support_format_cpio) \
	F(archive_read_support_format_lha) \
	F(archive_read_support_format_rar) \
	F(archive_read_support_format_raw) \
	F(archive_read_support_format_rar5) \
	F(archive_read_support_format_tar) \
	F(archive_read_support_format_xar) \
	F(archive_read_support_format_zip) \
	F(archive_read_set_callback_data) \
	F(archive_read_set_read_callback) \
	F(archive_read_set_seek_callback) \
	F(archive_read_set_skip_callback) \
	F(archive_read_open1) \
	F(archive_read_next_header2) \
	F(archive_read_data_block) \
	F(archive_read_data_skip) \
	F(archive_read_has_encrypted_entries) \
	F(archive_error_string) \
	F(archive_filter_bytes) \
	F(archive_format) \
	F(archive_set_error) \
	F(archive_entry_new) \
	F(archive_entry_free) \
	F(archive_entry_acl_next) \
	F(archive_entry_acl_reset) \
	F(archive_entry_acl_types) \
	F(archive_entry_filetype) \
	F(archive_entry_gid) \
	F(archive_entry_hardlink) \
	F(archive_entry_is_data_encrypted) \
	F(archive_entry_mtime) \
	F(archive_entry_mtime_is_set) \
	F(archive_entry_mtime_nsec) \
	F(archive_entry_pathname) \
	F(archive_entry_perm) \
	F(archive_entry_rdevmajor) \
	F(archive_entry_rdevminor) \
	F(archive_entry_size) \
	F(archive_entry_size_is_set) \
	F(archive_entry_sparse_count) \
	F(archive_entry_symlink) \
	F(archive_entry_uid) \
	F(archive_entry_xattr_next) \
	F(archive_entry_xattr_reset)

struct libarchive {
#define F(name) typeof(&name) name;
	LIBARCHIVE_FUNCTIONS(F)
#undef F
};
#else
struct libarchive;
#endif

enum isokit_status libarchive_load(struct libarchive **ret_lib, struct isokit_error *err);
void libarchive_unload(struct libarchive *lib); /* NULL is allowed */

#endif
