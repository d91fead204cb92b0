/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Entries of an archive into a tree; contents stay in the archive where they can. */
#include "tree/archive_impl.h"

#ifdef HAVE_LIBARCHIVE

#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "base/array.h"
#include "base/checked.h"

enum { MAX_TARGET = 4096 };

/* ---- entries ----------------------------------------------------------------------------- */

static enum isokit_status take_target(struct intake *in, struct tree_node *node)
{
	const char *target = in->lib->archive_entry_symlink(in->e);
	size_t n = target ? strlen(target) : 0;

	if (n == 0 || n > MAX_TARGET)
		return graft_fail(&in->g, ISOKIT_E_LIMIT, "has a link target that is %s",
				  n ? "too long" : "empty");
	node->u.target = arena_strndup(&in->g.t->arena, target, n);
	return node->u.target ? ISOKIT_OK : intake_no_memory(in);
}

static enum isokit_status take_number(struct intake *in, int64_t id, const char *what,
				      uint32_t *ret)
{
	if (id < 0 || id > (int64_t)UINT32_MAX - 1)
		return graft_fail(&in->g, ISOKIT_E_LIMIT,
				  "has the %s number %lld; Rock Ridge holds 0 to %u", what,
				  (long long)id, UINT32_MAX - 1);
	*ret = (uint32_t)id;
	return ISOKIT_OK;
}

static enum isokit_status take_type(struct intake *in, struct tree_node *node)
{
	unsigned type = in->lib->archive_entry_filetype(in->e);

	node->mode = type | ((uint32_t)in->lib->archive_entry_perm(in->e) & 07777);
	switch (type) {
	case AE_IFREG: return intake_take_content(in, node);
	case AE_IFLNK: return take_target(in, node);
	case AE_IFBLK:
	case AE_IFCHR:
		node->u.rdev = makedev((unsigned)in->lib->archive_entry_rdevmajor(in->e),
				       (unsigned)in->lib->archive_entry_rdevminor(in->e));
		return ISOKIT_OK;
	case AE_IFDIR:
	case AE_IFIFO:
	case AE_IFSOCK: return ISOKIT_OK;
	default:
		return graft_fail(&in->g, ISOKIT_E_UNSUPPORTED,
				  "is of a type that ISO 9660 cannot hold");
	}
}

/* One more name of an earlier entry. */
static enum isokit_status take_hard_link(struct intake *in, struct tree_node *node,
					 const char *target)
{
	struct tree_node *first = graft_lookup(&in->g, target);
	int64_t size = in->lib->archive_entry_size(in->e);
	const char *name = node->name;
	uint16_t name_bytes = node->name_bytes;
	enum isokit_status st = ISOKIT_OK;

	if (!first || tree_is_dir(first))
		return graft_fail(&in->g, ISOKIT_E_CORRUPT,
				  "is a hard link to %s, which is %s", target,
				  first ? "a folder" : "not in the archive before it, or excluded");
	if (!ARRAY_RESERVE(in->links, in->capacity_links, in->n_links + 1))
		return intake_no_memory(in);
	if (!first->link) {
		first->link = first;
		first->flags |= TREE_LINKED;
	}
	if (tree_is_file(first) && size > 0)
		st = intake_take_content(in, first->link);
	*node = *first;
	node->name = name;
	node->name_bytes = name_bytes;
	in->links[in->n_links++] = node;
	return st;
}

static enum isokit_status take_plain(struct intake *in, struct tree_node *node)
{
	const struct libarchive *lib = in->lib;
	enum isokit_status st = take_number(in, lib->archive_entry_uid(in->e), "owner", &node->uid);

	if (st == ISOKIT_OK)
		st = take_number(in, lib->archive_entry_gid(in->e), "group", &node->gid);
	if (st == ISOKIT_OK)
		st = take_type(in, node);
	if (st)
		return st;
	node->mtime = INT64_MIN;
	if (lib->archive_entry_mtime_is_set(in->e)) {
		long ns = lib->archive_entry_mtime_nsec(in->e);

		node->mtime = lib->archive_entry_mtime(in->e);
		node->mtime_ns = ns >= 0 && ns < 1000000000 ? (uint32_t)ns : 0;
	}
	return intake_take_attributes(in, node);
}

static enum isokit_status take_entry(struct intake *in)
{
	const char *path = in->lib->archive_entry_pathname(in->e), *link;
	struct graft_place place;
	struct tree_node *node, *put;
	enum isokit_status st;

	text_clear(&in->g.path);
	if (!path)
		return graft_fail(&in->g, ISOKIT_E_UNSUPPORTED,
				  "has an entry whose name cannot be read");
	st = graft_locate(&in->g, path, &place);
	if (st || place.excluded)
		return st;
	node = tree_node_new(in->g.t, place.dir ? place.name : "", place.name_bytes);
	if (!node)
		return intake_no_memory(in);
	link = in->lib->archive_entry_hardlink(in->e);
	st = link && place.dir ? take_hard_link(in, node, link) : take_plain(in, node);
	return st ? st : graft_put(&in->g, &place, node, &put);
}

/* ---- all of it ----------------------------------------------------------------------------- */

static bool is_tree_format(int format)
{
	format &= ARCHIVE_FORMAT_BASE_MASK;
	return format == ARCHIVE_FORMAT_TAR || format == ARCHIVE_FORMAT_CPIO;
}

static enum isokit_status take_all(struct intake *in)
{
	const struct libarchive *lib = in->lib;
	la_int64_t end = -1;

	for (bool first = true;; first = false) {
		int r = intake_next_header(in);
		enum isokit_status st;

		if (r == ARCHIVE_EOF)
			break;
		text_clear(&in->g.path);
		if (r < ARCHIVE_WARN)
			return intake_fail(in, first ? "cannot be read as an archive" :
						"is damaged or cut short");
		if (first)
			in->by_range = in->from->src && !in->filters &&
				       is_tree_format(lib->archive_format(in->a));
		if (r == ARCHIVE_WARN)
			intake_note_warning(in);
		st = take_entry(in);
		if (st)
			return st;
		if (lib->archive_read_data_skip(in->a) < ARCHIVE_WARN)
			return intake_fail(in, "is damaged or cut short");
		end = lib->archive_filter_bytes(in->a, 0);
	}
	/* tar ends with blocks of zeros; a stream that was cut between two entries lacks
	 * them. */
	if ((lib->archive_format(in->a) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_TAR &&
	    end >= 0 && lib->archive_filter_bytes(in->a, 0) == end)
		intake_note(in, in->from->name, "ends without the mark of an archive's end: it may be cut short");
	return ISOKIT_OK;
}

static void note_count(struct intake *in, uint64_t n, const char *one, const char *many)
{
	struct text words = { 0 };

	if (!n)
		return;
	if (n == 1)
		text_add_str(&words, one);
	else
		text_addf(&words, "%llu %s", (unsigned long long)n, many);
	intake_note(in, in->from->name, text_string(&words));
	text_free(&words);
}

static void note_losses(struct intake *in)
{
	note_count(in, in->g.n_absolute, "a path began with /, which was dropped",
		   "paths began with /, which was dropped");
	note_count(in, in->n_xattrs_lost, "an entry has extended attributes; --xattr keeps them",
		   "entries have extended attributes; --xattr keeps them");
	note_count(in, in->n_acls_lost, "an entry has an access control list; --acl keeps it",
		   "entries have access control lists; --acl keeps them");
	note_count(in, in->n_nfs4, "an entry has a list of NFSv4 permissions, which an image cannot hold",
		   "entries have lists of NFSv4 permissions, which an image cannot hold");
	note_count(in, in->n_unnumbered,
		   "a permission for a name without a number was left out",
		   "permissions for names without a number were left out");
}

/* Contents that were not known when nodes were made. */
static enum isokit_status settle(struct intake *in, struct isokit_source **ret_spool)
{
	enum isokit_status st = ISOKIT_OK;

	if (in->spool) {
		struct spool *s = in->spool;

		in->spool = NULL;
		st = spool_source(s, ret_spool, in->err);
	}
	for (size_t i = 0; st == ISOKIT_OK && i < in->n_spooled; i++)
		in->spooled[i]->src = *ret_spool;
	for (size_t i = 0; i < in->n_links; i++) {
		const struct tree_node *first = in->links[i]->link;

		if (!tree_is_file(first))
			continue;
		in->links[i]->u = first->u;
		in->links[i]->size = first->size;
		in->links[i]->content = first->content;
	}
	return st;
}

static enum isokit_status add_archive(struct intake *in, struct tree *t, const char *dest,
				      const struct tree_scan_options *options,
				      struct isokit_source **ret_spool)
{
	/* libarchive decodes names by the locale of the thread: always UTF-8, so that
	 * the same archive gives the same names everywhere. */
	locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0), old = (locale_t)0;
	enum isokit_status st;

	if (utf8 != (locale_t)0)
		old = uselocale(utf8);
	st = graft_begin(&in->g, t, dest, in->from->name, options, in->err);
	if (st == ISOKIT_OK)
		st = intake_open(in);
	if (st == ISOKIT_OK)
		st = take_all(in);
	if (st == ISOKIT_OK)
		st = settle(in, ret_spool);
	if (st == ISOKIT_OK)
		note_losses(in);
	intake_release(in);
	graft_end(&in->g);
	if (utf8 != (locale_t)0) {
		(void)uselocale(old);
		freelocale(utf8);
	}
	return st;
}

enum isokit_status tree_add_archive(struct tree *t, const char *dest,
				    const struct tree_archive *from,
				    const struct tree_scan_options *options,
				    struct isokit_source **ret_spool, struct isokit_error *err)
{
	struct isokit_error unused;
	struct intake in = { .from = from, .err = err ? err : &unused };
	struct libarchive *lib = NULL;
	enum isokit_status st = libarchive_load(&lib, in.err);

	*ret_spool = NULL;
	if (st)
		return st;
	in.lib = lib;
	st = add_archive(&in, t, dest, options, ret_spool);
	libarchive_unload(lib);
	return st;
}

bool tree_archive_holds_tree(struct isokit_source *src)
{
	struct tree_archive from = { .name = isokit_source_name(src), .src = src };
	struct isokit_error unused;
	struct intake in = { .from = &from, .err = &unused };
	struct libarchive *lib = NULL;
	bool is;

	if (libarchive_load(&lib, &unused))
		return false;
	in.lib = lib;
	in.g = (struct graft){ .subject = from.name, .err = &unused };
	is = intake_open(&in) == ISOKIT_OK &&
	     intake_next_header(&in) >= ARCHIVE_WARN &&
	     is_tree_format(lib->archive_format(in.a));
	intake_release(&in);
	graft_end(&in.g);
	libarchive_unload(lib);
	return is;
}

#else

enum isokit_status tree_add_archive(struct tree *t, const char *dest,
				    const struct tree_archive *from,
				    const struct tree_scan_options *options,
				    struct isokit_source **ret_spool, struct isokit_error *err)
{
	struct libarchive *none;

	(void)t;
	(void)dest;
	(void)from;
	(void)options;
	*ret_spool = NULL;
	return libarchive_load(&none, err);
}

bool tree_archive_holds_tree(struct isokit_source *src)
{
	(void)src;
	return false;
}

#endif
