/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Entries of an archive into a tree; contents stay in the archive where they can. */
#include "tree/archive.h"

#include <string.h>

#include "base/fail.h"
#include "tree/libarchive.h"

/* ---- what it is ------------------------------------------------------------------- */

/* The sum of a tar header's bytes, its own field as spaces (POSIX pax, ustar). */
static bool is_tar(const uint8_t *p, size_t n)
{
	enum { BLOCK = 512, SUM_AT = 148, SUM_BYTES = 8 };
	unsigned sum = 0, told = 0;
	size_t i = SUM_AT;

	if (n < BLOCK || p[0] == '\0')
		return false;
	while (i < SUM_AT + SUM_BYTES && p[i] == ' ')
		i++;
	for (; i < SUM_AT + SUM_BYTES && p[i] >= '0' && p[i] <= '7'; i++)
		told = told * 8 + (unsigned)(p[i] - '0');
	for (i = 0; i < BLOCK; i++)
		sum += i >= SUM_AT && i < SUM_AT + SUM_BYTES ? ' ' : p[i];
	return sum == told;
}

struct mark {
	size_t at, bytes;
	const char *value;
	enum tree_source_kind kind;
};

enum tree_source_kind tree_source_kind(const uint8_t *head, size_t n)
{
	static const struct mark marks[] = {
		{ 0, 6, "#mtree", TREE_KIND_MTREE },
		{ 0, 6, "070701", TREE_KIND_TREE }, /* cpio: newc, with sums, odc */
		{ 0, 6, "070702", TREE_KIND_TREE },
		{ 0, 6, "070707", TREE_KIND_TREE },
		{ 0, 4, "PK\3\4", TREE_KIND_ARCHIVE },
		{ 0, 6, "7z\274\257\47\34", TREE_KIND_ARCHIVE },
		{ 0, 6, "Rar!\32\7", TREE_KIND_ARCHIVE },
		{ 0, 4, "MSCF", TREE_KIND_ARCHIVE },
		{ 0, 4, "xar!", TREE_KIND_ARCHIVE },
		{ 2, 3, "-lh", TREE_KIND_ARCHIVE },
		{ 0, 3, "\37\213\10", TREE_KIND_COMPRESSED }, /* gzip */
		{ 0, 3, "BZh", TREE_KIND_COMPRESSED },
		{ 0, 6, "\3757zXZ", TREE_KIND_COMPRESSED },
		{ 0, 4, "\50\265\57\375", TREE_KIND_COMPRESSED }, /* zstd */
		{ 0, 4, "\4\42\115\30", TREE_KIND_COMPRESSED },   /* lz4 */
		{ 0, 4, "LZIP", TREE_KIND_COMPRESSED },
		{ 0, 3, "]\0", TREE_KIND_COMPRESSED }, /* lzma */
		{ 0, 2, "\37\235", TREE_KIND_COMPRESSED }, /* compress */
	};

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		const struct mark *m = &marks[i];

		if (n >= m->at + m->bytes && memcmp(head + m->at, m->value, m->bytes) == 0)
			return m->kind;
	}
	return is_tar(head, n) ? TREE_KIND_TREE : TREE_KIND_OTHER;
}

#ifdef HAVE_LIBARCHIVE

#include <errno.h>
#include <limits.h>
#include <locale.h>
#include <stdlib.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/array.h"
#include "base/checked.h"
#include "tree/attributes.h"
#include "tree/graft.h"
#include "tree/spool.h"

enum {
	INPUT_BYTES = 256 * 1024,
	HEAD_BYTES = 512,
	MAX_TARGET = 4096,
	PROVED_RANGES = 8, /* contents whose place is compared with what libarchive reads */
	MAX_NOTES = 20,    /* of libarchive itself */
};

/* A bomb: more than this, and so many times what was read. gzip cannot expand a byte to
 * more than 1,032, and nothing sensible comes near. */
#define BOMB_FROM (1ull << 30)
#define BOMB_RATIO 4000u
/* Names, attributes and what else tar and cpio put before a content. libarchive takes as
 * much memory as a header claims to need, if it gets the bytes. */
#define MAX_HEADER (16ull << 20)
/* What 32 bits of blocks hold. */
#define MAX_TOTAL (1ull << 43)

struct intake {
	const struct tree_archive *from;
	const struct libarchive *lib;
	struct archive *a;
	/* Of a compressed archive: what expands it. `a` gets it from us, for us to see how
	 * much it is. */
	struct archive *filters;
	struct archive_entry *e;
	struct graft g;
	struct isokit_error *err;
	uint8_t *buffer;          /* INPUT_BYTES */
	uint64_t at;              /* in from->src, of the next byte */
	uint64_t consumed;        /* bytes that libarchive was given */
	uint64_t expanded;        /* bytes of contents */
	uint64_t poured;          /* bytes that came out of `filters` */
	uint64_t header;          /* bytes since the last content, while one is looked for */
	bool in_header, short_headers;
	bool head_given;
	enum isokit_status input_status; /* of reading the archive's own bytes */
	struct isokit_error input_error;
	bool by_range;            /* contents lie in from->src as they are */
	unsigned proved;
	struct spool *spool;
	/* Made for each content; their source is set at the end. */
	struct tree_range **spooled;
	size_t n_spooled, capacity_spooled;
	/* Entries that are further names: they get the first one's content at the end,
	 * which cpio may deliver with the last. */
	struct tree_node **links;
	size_t n_links, capacity_links;
	uint64_t n_xattrs_lost, n_acls_lost, n_nfs4, n_unnumbered;
	unsigned n_notes;
};

/* ---- bytes of the archive -------------------------------------------------------- */

static bool is_bomb(const struct intake *in, uint64_t expanded)
{
	return !in->from->any_size &&
	       expanded > (in->from->free_bytes ? in->from->free_bytes : BOMB_FROM) &&
	       expanded / BOMB_RATIO > in->consumed;
}

/* May libarchive have so many bytes more? */
static bool count_header(struct intake *in, size_t n)
{
	if (!in->in_header || !in->short_headers)
		return true;
	in->header += n;
	if (in->header <= MAX_HEADER)
		return true;
	in->input_status = isokit_fail(&in->input_error, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET,
				       in->from->name,
				       "has a name or a header of more than %llu MiB: it is damaged, or made to do harm",
				       MAX_HEADER >> 20);
	return false;
}

static la_ssize_t give_source(struct intake *in, const void **ret)
{
	size_t n = (size_t)min_u64(INPUT_BYTES, isokit_source_size(in->from->src) - in->at);

	in->input_status = isokit_source_read_at(in->from->src, in->at, in->buffer, n,
						 &in->input_error);
	if (in->input_status)
		return ARCHIVE_FATAL;
	in->at += n;
	in->consumed += n;
	*ret = in->buffer;
	return !in->filters && !count_header(in, n) ? ARCHIVE_FATAL : (la_ssize_t)n;
}

static la_ssize_t on_read(struct archive *a, void *ctx, const void **ret)
{
	struct intake *in = ctx;
	ssize_t got;

	(void)a;
	if (in->from->src)
		return give_source(in, ret);
	if (!in->head_given && in->from->head_bytes) {
		in->head_given = true;
		in->consumed += in->from->head_bytes;
		*ret = in->from->head;
		return (la_ssize_t)in->from->head_bytes;
	}
	do {
		got = read(in->from->fd, in->buffer, INPUT_BYTES);
	} while (got < 0 && errno == EINTR);
	if (got < 0) {
		in->input_status = isokit_fail_errno(&in->input_error, errno, in->from->name,
						     "cannot be read");
		return ARCHIVE_FATAL;
	}
	in->consumed += (uint64_t)got;
	*ret = in->buffer;
	return !in->filters && !count_header(in, (size_t)got) ? ARCHIVE_FATAL : got;
}

/* The same, expanded. */
static la_ssize_t on_read_expanded(struct archive *a, void *ctx, const void **ret)
{
	struct intake *in = ctx;
	la_int64_t at;
	size_t n = 0;
	int r;

	(void)a;
	do
		r = in->lib->archive_read_data_block(in->filters, ret, &n, &at);
	while (r >= ARCHIVE_WARN && r != ARCHIVE_EOF && n == 0);
	if (r == ARCHIVE_EOF)
		return 0;
	if (r < ARCHIVE_WARN) {
		const char *why = in->lib->archive_error_string(in->filters);

		if (!in->input_status)
			in->input_status = isokit_fail(&in->input_error, ISOKIT_E_CORRUPT,
						       ISOKIT_NO_OFFSET, in->from->name,
						       "is damaged or cut short: %s",
						       why ? why : "cannot be expanded");
		return ARCHIVE_FATAL;
	}
	in->poured += n;
	if (is_bomb(in, in->poured)) {
		in->input_status = isokit_fail(&in->input_error, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET,
					       in->from->name,
					       "expands to more than %u times what was read (a bomb?); --force takes it all the same",
					       BOMB_RATIO);
		return ARCHIVE_FATAL;
	}
	return count_header(in, n) ? (la_ssize_t)n : ARCHIVE_FATAL;
}

static la_int64_t on_skip(struct archive *a, void *ctx, la_int64_t bytes)
{
	struct intake *in = ctx;
	uint64_t left = isokit_source_size(in->from->src) - in->at;

	(void)a;
	if (bytes < 0 || (uint64_t)bytes > left)
		return 0; /* then it reads, and meets the end */
	in->at += (uint64_t)bytes;
	in->consumed += (uint64_t)bytes;
	return bytes;
}

static la_int64_t on_seek(struct archive *a, void *ctx, la_int64_t offset, int whence)
{
	struct intake *in = ctx;
	int64_t size = (int64_t)isokit_source_size(in->from->src);
	int64_t from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? (int64_t)in->at : size;

	(void)a;
	if (offset < -from || offset > size - from)
		return ARCHIVE_FATAL;
	in->at = (uint64_t)(from + offset);
	return (la_int64_t)in->at;
}

/* What libarchive complains of, as an error about the last entry. */
static enum isokit_status fail(struct intake *in, const char *what)
{
	const char *why = in->lib->archive_error_string(in->a);

	if (in->input_status) {
		if (in->err)
			*in->err = in->input_error;
		return in->input_status;
	}
	return graft_fail(&in->g, ISOKIT_E_CORRUPT, "%s: %s", what, why ? why : "no reason given");
}

static void note(struct intake *in, const char *path, const char *text)
{
	if (in->g.opt->note)
		in->g.opt->note(in->g.opt->note_ctx, path, text);
}

static void note_warning(struct intake *in)
{
	const char *why = in->lib->archive_error_string(in->a);

	if (why && in->n_notes++ < MAX_NOTES)
		note(in, in->g.full.n ? text_string(&in->g.full) : in->from->name, why);
}

static enum isokit_status no_memory(struct intake *in)
{
	return isokit_fail_nomem(in->err, in->from->name, sizeof(struct tree_node));
}

/* ---- contents -------------------------------------------------------------------------- */

static enum isokit_status check_expansion(struct intake *in, uint64_t more)
{
	if (more > MAX_TOTAL - in->expanded)
		return graft_fail(&in->g, ISOKIT_E_LIMIT,
				  "does not fit: an image holds 8 TiB, and the archive claims more");
	in->expanded += more;
	if (is_bomb(in, in->expanded))
		return graft_fail(&in->g, ISOKIT_E_LIMIT,
				  "expands to more than %u times what was read (a bomb?); --force takes it all the same",
				  BOMB_RATIO);
	return ISOKIT_OK;
}

/* Is the content really where the bytes read so far say? The first block tells. */
static enum isokit_status prove_range(struct intake *in, uint64_t offset, bool *ret_same)
{
	uint8_t there[512];
	const void *block = NULL;
	la_int64_t at = 0;
	size_t n = 0;
	enum isokit_status st;

	if (in->lib->archive_read_data_block(in->a, &block, &n, &at) < ARCHIVE_WARN)
		return fail(in, "cannot be read");
	n = n < sizeof(there) ? n : sizeof(there);
	st = isokit_source_read_at(in->from->src, offset, there, n, in->err);
	*ret_same = st == ISOKIT_OK && at == 0 && (n == 0 || memcmp(there, block, n) == 0);
	in->proved++;
	return st;
}

static enum isokit_status take_range(struct intake *in, struct tree_node *node, uint64_t size,
				     bool *ret_taken)
{
	la_int64_t at = in->lib->archive_filter_bytes(in->a, 0);
	struct tree_range *range;
	enum isokit_status st;

	*ret_taken = false;
	if (at < 0)
		return ISOKIT_OK;
	if (!range_inside((uint64_t)at, size, isokit_source_size(in->from->src)))
		return graft_fail(&in->g, ISOKIT_E_SHORT, "is cut short: the archive ends inside it");
	if (in->proved < PROVED_RANGES) {
		st = prove_range(in, (uint64_t)at, ret_taken);
		if (st)
			return st;
		if (!*ret_taken)
			return graft_fail(&in->g, ISOKIT_E_UNSUPPORTED,
					  "is not where this release of libarchive says");
	}
	range = arena_alloc(&in->g.t->arena, sizeof(*range));
	if (!range)
		return no_memory(in);
	*range = (struct tree_range){ .src = in->from->src, .offset = (uint64_t)at };
	node->content = TREE_SOURCE;
	node->u.range = range;
	node->size = size;
	*ret_taken = true;
	return ISOKIT_OK;
}

static enum isokit_status spool_blocks(struct intake *in, uint64_t limit, uint64_t *ret_bytes)
{
	const void *block;
	la_int64_t at;
	size_t n;
	int r;

	*ret_bytes = 0;
	while ((r = in->lib->archive_read_data_block(in->a, &block, &n, &at)) != ARCHIVE_EOF) {
		uint64_t end;
		enum isokit_status st;

		if (r < ARCHIVE_WARN)
			return fail(in, "cannot be read");
		if (r == ARCHIVE_WARN)
			note_warning(in);
		if (at < 0 || !add_u64((uint64_t)at, n, &end) || end > limit)
			return graft_fail(&in->g, ISOKIT_E_CORRUPT, "has more bytes than it says");
		if (n == 0)
			continue;
		st = check_expansion(in, n);
		if (st == ISOKIT_OK)
			st = spool_write(in->spool, (uint64_t)at, block, n, in->err);
		if (st)
			return st;
		if (in->g.opt->cancelled && in->g.opt->cancelled(in->g.opt->cancelled_ctx))
			return isokit_fail(in->err, ISOKIT_E_CANCELLED, ISOKIT_NO_OFFSET, NULL,
					   "cancelled");
		*ret_bytes = max_u64(*ret_bytes, end);
	}
	return ISOKIT_OK;
}

static enum isokit_status take_spooled(struct intake *in, struct tree_node *node, bool has_size,
				       uint64_t size)
{
	struct tree_range *range = arena_alloc(&in->g.t->arena, sizeof(*range));
	enum isokit_status st = ISOKIT_OK;
	uint64_t bytes = 0;

	if (!range || !ARRAY_RESERVE(in->spooled, in->capacity_spooled, in->n_spooled + 1))
		return no_memory(in);
	if (!in->spool)
		st = spool_new(in->from->spool_folder, &in->spool, in->err);
	if (st)
		return st;
	range->offset = spool_begin(in->spool, has_size ? size : UINT64_MAX);
	st = spool_blocks(in, has_size ? size : MAX_TOTAL, &bytes);
	if (st)
		return st;
	/* What is missing at the end of a sparse file is a hole. */
	if (has_size && bytes < size) {
		st = check_expansion(in, 0);
		if (st == ISOKIT_OK && size > MAX_TOTAL)
			st = graft_fail(&in->g, ISOKIT_E_LIMIT, "claims %llu bytes",
					(unsigned long long)size);
		if (st)
			return st;
		bytes = size;
	}
	spool_finish(in->spool, bytes);
	if (bytes == 0)
		return ISOKIT_OK; /* empty after all */
	in->spooled[in->n_spooled++] = range;
	node->content = TREE_SOURCE;
	node->u.range = range;
	node->size = bytes;
	return ISOKIT_OK;
}

static enum isokit_status take_content(struct intake *in, struct tree_node *node)
{
	bool has_size = in->lib->archive_entry_size_is_set(in->e) != 0, taken = false;
	int64_t size = in->lib->archive_entry_size(in->e);
	enum isokit_status st;

	node->content = TREE_EMPTY;
	node->u.range = NULL;
	node->size = 0;
	if (has_size && size <= 0)
		return size == 0 ? ISOKIT_OK :
				   graft_fail(&in->g, ISOKIT_E_CORRUPT, "has a size below zero");
	if (has_size && (uint64_t)size > MAX_TOTAL)
		return graft_fail(&in->g, ISOKIT_E_LIMIT, "claims %lld bytes; an image holds 8 TiB",
				  (long long)size);
	if (in->lib->archive_entry_is_data_encrypted(in->e))
		return graft_fail(&in->g, ISOKIT_E_UNSUPPORTED, "is encrypted");
	if (in->by_range && has_size && in->lib->archive_entry_sparse_count(in->e) == 0) {
		st = take_range(in, node, (uint64_t)size, &taken);
		if (st || taken)
			return st;
	}
	return take_spooled(in, node, has_size, (uint64_t)(has_size ? size : 0));
}

/* ---- attributes ------------------------------------------------------------------------ */

static bool is_acl_name(const char *name)
{
	return strncmp(name, "system.posix_acl_", 17) == 0;
}

static enum isokit_status take_xattrs(struct intake *in, struct tree_xattr_list *list)
{
	const struct libarchive *lib = in->lib;
	int n = lib->archive_entry_xattr_reset(in->e);
	const char *name;
	const void *value;
	size_t bytes;

	if (n && !in->g.opt->xattrs) {
		in->n_xattrs_lost++;
		return ISOKIT_OK;
	}
	while (n-- > 0 &&
	       lib->archive_entry_xattr_next(in->e, &name, &value, &bytes) == ARCHIVE_OK) {
		enum isokit_status st;

		/* libarchive hands these out as lists, too. */
		if (!name || is_acl_name(name))
			continue;
		st = tree_xattr_add(in->g.t, list, name, value ? value : "", value ? bytes : 0,
				    text_string(&in->g.full), in->err);
		if (st)
			return st;
	}
	return ISOKIT_OK;
}

static void take_acl(struct intake *in, int type, struct text *out)
{
	static const struct {
		int archive;
		enum tree_acl_tag tag;
	} tags[] = { /* in the order of a list */
		{ ARCHIVE_ENTRY_ACL_USER_OBJ, TREE_ACL_USER_OBJ },
		{ ARCHIVE_ENTRY_ACL_USER, TREE_ACL_USER },
		{ ARCHIVE_ENTRY_ACL_GROUP_OBJ, TREE_ACL_GROUP_OBJ },
		{ ARCHIVE_ENTRY_ACL_GROUP, TREE_ACL_GROUP },
		{ ARCHIVE_ENTRY_ACL_MASK, TREE_ACL_MASK },
		{ ARCHIVE_ENTRY_ACL_OTHER, TREE_ACL_OTHER },
	};

	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
		int kind, permissions, tag, id;
		const char *name;

		if (in->lib->archive_entry_acl_reset(in->e, type) == 0)
			return;
		while (in->lib->archive_entry_acl_next(in->e, type, &kind, &permissions, &tag, &id,
						       &name) == ARCHIVE_OK) {
			bool numbered = tags[i].tag == TREE_ACL_USER ||
					tags[i].tag == TREE_ACL_GROUP;

			if (tag != tags[i].archive || kind != type)
				continue;
			if (numbered && id < 0)
				in->n_unnumbered++;
			else
				tree_acl_add(out, tags[i].tag, (uint32_t)id,
					     (unsigned)permissions & 7);
		}
	}
}

static enum isokit_status take_attributes(struct intake *in, struct tree_node *node)
{
	int types = in->lib->archive_entry_acl_types(in->e);
	struct tree_xattr_list xattrs = { 0 };
	struct text acl = { 0 }, default_acl = { 0 };
	enum isokit_status st = take_xattrs(in, &xattrs);

	if (types & ARCHIVE_ENTRY_ACL_TYPE_NFS4)
		in->n_nfs4++;
	if (types & ARCHIVE_ENTRY_ACL_TYPE_POSIX1E && !in->g.opt->acls) {
		in->n_acls_lost++;
	} else if (types & ARCHIVE_ENTRY_ACL_TYPE_POSIX1E) {
		take_acl(in, ARCHIVE_ENTRY_ACL_TYPE_ACCESS, &acl);
		take_acl(in, ARCHIVE_ENTRY_ACL_TYPE_DEFAULT, &default_acl);
	}
	if (acl.failed || default_acl.failed)
		st = no_memory(in);
	if (st == ISOKIT_OK)
		st = tree_node_set_attributes(in->g.t, node, &xattrs, acl.n ? acl.bytes : NULL,
					      default_acl.n ? default_acl.bytes : NULL, in->err);
	/* libarchive has the owning group's permissions for those of the mode. */
	if (st == ISOKIT_OK)
		tree_node_mode_from_acl(node);
	tree_xattr_free(&xattrs);
	text_free(&acl);
	text_free(&default_acl);
	return st;
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

/* ---- entries ----------------------------------------------------------------------------- */

static enum isokit_status take_target(struct intake *in, struct tree_node *node)
{
	const char *target = in->lib->archive_entry_symlink(in->e);
	size_t n = target ? strlen(target) : 0;

	if (n == 0 || n > MAX_TARGET)
		return graft_fail(&in->g, ISOKIT_E_LIMIT, "has a link target that is %s",
				  n ? "too long" : "empty");
	node->u.target = arena_strndup(&in->g.t->arena, target, n);
	return node->u.target ? ISOKIT_OK : no_memory(in);
}

static enum isokit_status take_type(struct intake *in, struct tree_node *node)
{
	unsigned type = in->lib->archive_entry_filetype(in->e);

	node->mode = type | ((uint32_t)in->lib->archive_entry_perm(in->e) & 07777);
	switch (type) {
	case AE_IFREG: return take_content(in, node);
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
		return no_memory(in);
	if (!first->link) {
		first->link = first;
		first->flags |= TREE_LINKED;
	}
	if (tree_is_file(first) && size > 0)
		st = take_content(in, first->link);
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
	return take_attributes(in, node);
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
		return no_memory(in);
	link = in->lib->archive_entry_hardlink(in->e);
	st = link && place.dir ? take_hard_link(in, node, link) : take_plain(in, node);
	return st ? st : graft_put(&in->g, &place, node, &put);
}

/* ---- all of it ----------------------------------------------------------------------------- */

/* Not those that start other programs. */
static void know_filters(const struct libarchive *lib, struct archive *a)
{
	(void)lib->archive_read_support_filter_bzip2(a);
	(void)lib->archive_read_support_filter_compress(a);
	(void)lib->archive_read_support_filter_gzip(a);
	(void)lib->archive_read_support_filter_lz4(a);
	(void)lib->archive_read_support_filter_lzip(a);
	(void)lib->archive_read_support_filter_lzma(a);
	(void)lib->archive_read_support_filter_xz(a);
	(void)lib->archive_read_support_filter_zstd(a);
}

/* Not those that find archives anywhere. */
static void know_formats(const struct libarchive *lib, struct archive *a)
{
	(void)lib->archive_read_support_format_7zip(a);
	(void)lib->archive_read_support_format_cab(a);
	(void)lib->archive_read_support_format_cpio(a);
	(void)lib->archive_read_support_format_lha(a);
	(void)lib->archive_read_support_format_rar(a);
	(void)lib->archive_read_support_format_rar5(a);
	(void)lib->archive_read_support_format_tar(a);
	(void)lib->archive_read_support_format_xar(a);
	(void)lib->archive_read_support_format_zip(a);
}

static enum isokit_status start(struct intake *in, struct archive *a, const char *what)
{
	const struct libarchive *lib = in->lib;
	const char *why;

	(void)lib->archive_read_set_callback_data(a, in);
	if (a == in->a && in->filters) {
		(void)lib->archive_read_set_read_callback(a, on_read_expanded);
	} else {
		(void)lib->archive_read_set_read_callback(a, on_read);
		if (in->from->src) {
			(void)lib->archive_read_set_skip_callback(a, on_skip);
			(void)lib->archive_read_set_seek_callback(a, on_seek);
		}
	}
	if (lib->archive_read_open1(a) >= ARCHIVE_WARN &&
	    (a == in->a || lib->archive_read_next_header2(a, in->e) >= ARCHIVE_WARN))
		return ISOKIT_OK;
	why = lib->archive_error_string(a);
	if (!in->input_status)
		return graft_fail(&in->g, ISOKIT_E_CORRUPT, "%s: %s", what,
				  why ? why : "no reason given");
	*in->err = in->input_error;
	return in->input_status;
}

static enum isokit_status open_archive(struct intake *in)
{
	static const char what[] = "cannot be read as an archive";
	const struct libarchive *lib = in->lib;
	const uint8_t *head = in->from->head;
	size_t n = in->from->head_bytes;
	enum tree_source_kind kind;
	enum isokit_status st = ISOKIT_OK;

	in->a = lib->archive_read_new();
	in->e = lib->archive_entry_new();
	in->buffer = malloc(INPUT_BYTES);
	if (!in->a || !in->e || !in->buffer)
		return no_memory(in);
	if (in->from->src) {
		n = (size_t)min_u64(HEAD_BYTES, isokit_source_size(in->from->src));
		st = isokit_source_read_at(in->from->src, 0, in->buffer, n, in->err);
		if (st)
			return st;
		head = in->buffer;
	}
	kind = tree_source_kind(head, n);
	in->short_headers = kind == TREE_KIND_TREE || kind == TREE_KIND_COMPRESSED;
	if (kind == TREE_KIND_COMPRESSED) {
		in->filters = lib->archive_read_new();
		if (!in->filters)
			return no_memory(in);
		know_filters(lib, in->filters);
		(void)lib->archive_read_support_format_raw(in->filters);
		st = start(in, in->filters, what);
	}
	know_formats(lib, in->a);
	return st ? st : start(in, in->a, what);
}

/* As libarchive's own function, within bounds. */
static int next_header(struct intake *in)
{
	int r;

	in->in_header = true;
	in->header = 0;
	r = in->lib->archive_read_next_header2(in->a, in->e);
	in->in_header = false;
	/* It may take an end that is none for the archive's. */
	return in->input_status ? ARCHIVE_FATAL : r;
}

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
		int r = next_header(in);
		enum isokit_status st;

		if (r == ARCHIVE_EOF)
			break;
		text_clear(&in->g.path);
		if (r < ARCHIVE_WARN)
			return fail(in, first ? "cannot be read as an archive" :
						"is damaged or cut short");
		if (first)
			in->by_range = in->from->src && !in->filters &&
				       is_tree_format(lib->archive_format(in->a));
		if (r == ARCHIVE_WARN)
			note_warning(in);
		st = take_entry(in);
		if (st)
			return st;
		if (lib->archive_read_data_skip(in->a) < ARCHIVE_WARN)
			return fail(in, "is damaged or cut short");
		end = lib->archive_filter_bytes(in->a, 0);
	}
	/* tar ends with blocks of zeros; a stream that was cut between two entries lacks
	 * them. */
	if ((lib->archive_format(in->a) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_TAR &&
	    end >= 0 && lib->archive_filter_bytes(in->a, 0) == end)
		note(in, in->from->name, "ends without the mark of an archive's end: it may be cut short");
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
	note(in, in->from->name, text_string(&words));
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

static void release(struct intake *in)
{
	if (in->a)
		(void)in->lib->archive_read_free(in->a);
	if (in->filters)
		(void)in->lib->archive_read_free(in->filters);
	if (in->e)
		in->lib->archive_entry_free(in->e);
	spool_free(in->spool);
	free(in->spooled);
	free(in->links);
	free(in->buffer);
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
		st = open_archive(in);
	if (st == ISOKIT_OK)
		st = take_all(in);
	if (st == ISOKIT_OK)
		st = settle(in, ret_spool);
	if (st == ISOKIT_OK)
		note_losses(in);
	release(in);
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
	is = open_archive(&in) == ISOKIT_OK &&
	     next_header(&in) >= ARCHIVE_WARN &&
	     is_tree_format(lib->archive_format(in.a));
	release(&in);
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
