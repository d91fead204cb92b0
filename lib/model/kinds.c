/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Kinds of name spaces and of files, in words. */
#include <isokit/image.h>

const char *isokit_namespace_name(enum isokit_namespace_kind ns)
{
	switch (ns) {
	case ISOKIT_NS_ISO9660: return "iso9660";
	case ISOKIT_NS_ROCKRIDGE: return "rockridge";
	case ISOKIT_NS_JOLIET: return "joliet";
	case ISOKIT_NS_ENHANCED: return "enhanced";
	case ISOKIT_NS_UDF: return "udf";
	case ISOKIT_NS_HFS: return "hfs";
	case ISOKIT_NS_COUNT: break;
	}
	return "unknown";
}

const char *isokit_file_type_name(enum isokit_file_type type)
{
	switch (type) {
	case ISOKIT_FILE: return "file";
	case ISOKIT_DIR: return "dir";
	case ISOKIT_SYMLINK: return "symlink";
	case ISOKIT_BLOCK: return "block";
	case ISOKIT_CHAR: return "char";
	case ISOKIT_FIFO: return "fifo";
	case ISOKIT_SOCKET: return "socket";
	}
	return "unknown";
}
