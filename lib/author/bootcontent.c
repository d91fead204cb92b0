/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bytes that a caller names, with parts of them blanked out. */
#include "author/bootcontent.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/array.h"
#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "bytes/source.h"

/* ---- a source with holes of zeros -------------------------------------------------- */

struct blanked {
	struct isokit_source *inner; /* owned */
	struct isokit_build_span *spans;
	size_t n, capacity;
};

static void blanked_close(void *self)
{
	struct blanked *b = self;

	isokit_source_close(b->inner);
	free(b->spans);
	free(b);
}

static enum isokit_status blanked_read_at(void *self, uint64_t offset, void *buffer, size_t length,
					  struct isokit_error *err)
{
	const struct blanked *b = self;
	enum isokit_status st = isokit_source_read_at(b->inner, offset, buffer, length, err);

	for (size_t i = 0; st == ISOKIT_OK && length && i < b->n; i++) {
		uint64_t from = b->spans[i].first, upto = b->spans[i].last;

		if (upto < offset || from > offset + (length - 1))
			continue;
		from = from < offset ? 0 : from - offset;
		upto = min_u64(upto - offset, length - 1);
		memset((uint8_t *)buffer + from, 0, (size_t)(upto - from + 1));
	}
	return st;
}

static const struct isokit_source_ops blanked_ops = {
	.size = sizeof(blanked_ops),
	.read_at = blanked_read_at,
	.close = blanked_close,
};

static bool add_span(struct blanked *b, uint64_t first, uint64_t bytes)
{
	if (bytes == 0 || UINT64_MAX - first < bytes)
		return true;
	if (!ARRAY_RESERVE(b->spans, b->capacity, b->n + 1))
		return false;
	b->spans[b->n++] = (struct isokit_build_span){ first, first + bytes - 1 };
	return true;
}

/* UEFI 5.3.2: the header is at 512, its entries where bytes 72, 80 and 84 of it say. */
static bool add_gpt(struct blanked *b, const uint8_t *head, size_t n)
{
	uint64_t lba;

	if (n < 1024 || memcmp(head + 512, "EFI PART", 8) != 0)
		return true;
	lba = get_le64(head + 512 + 72);
	return add_span(b, 512, 512) &&
	       (lba > UINT64_MAX / 512 ||
		add_span(b, lba * 512,
			 (uint64_t)get_le32(head + 512 + 80) * get_le32(head + 512 + 84)));
}

/* Apple partition map: block size at byte 2 of block 0, "PM" in each entry, whose number
 * is at byte 4. Block 0 stays: it may be code for a PC. */
static bool add_apm(struct blanked *b, const uint8_t *head, size_t n)
{
	uint32_t size, entries;

	if (n < 1024 || memcmp(head, "ER", 2) != 0)
		return true;
	size = get_be16(head + 2);
	if (size < 512 || size > n - 512 || memcmp(head + size, "PM", 2) != 0)
		return true;
	entries = get_be32(head + size + 4);
	return add_span(b, size, (uint64_t)size * min_u64(entries, 63));
}

static bool add_spans(struct blanked *b, const struct isokit_build_content *c, const uint8_t *head,
		      size_t n)
{
	bool ok = true;

	if (c->zero_mbr && n >= 512 && head[510] == 0x55 && head[511] == 0xaa)
		ok = add_span(b, 446, 64);
	if (c->zero_gpt)
		ok = ok && add_gpt(b, head, n);
	if (c->zero_apm)
		ok = ok && add_apm(b, head, n);
	for (size_t i = 0; i < c->n_zeros; i++) {
		if (c->zeros[i].last >= c->zeros[i].first)
			ok = ok && add_span(b, c->zeros[i].first,
					    c->zeros[i].last - c->zeros[i].first + 1);
	}
	return ok;
}

/* Takes `inner` over, also on failure. */
static enum isokit_status blank(const struct isokit_build_content *c, struct isokit_source *inner,
				struct isokit_source **ret_src, struct isokit_error *err)
{
	uint64_t size = isokit_source_size(inner);
	struct blanked *b = calloc(1, sizeof(*b));
	uint8_t head[4096];
	size_t n = (size_t)min_u64(size, sizeof(head));
	enum isokit_status st;

	if (b == NULL) {
		isokit_source_close(inner);
		return isokit_fail_nomem(err, c->path, sizeof(*b));
	}
	b->inner = inner;
	st = isokit_source_read_at(inner, 0, head, n, err);
	if (st == ISOKIT_OK && !add_spans(b, c, head, n))
		st = isokit_fail_nomem(err, c->path, 0);
	if (st == ISOKIT_OK)
		st = isokit_source_new(&blanked_ops, b, size, isokit_source_name(inner), ret_src,
				       err);
	if (st)
		blanked_close(b);
	return st;
}

/* ---- contents -------------------------------------------------------------------------- */

static bool has_zeros(const struct isokit_build_content *c)
{
	return c->zero_mbr || c->zero_gpt || c->zero_apm || c->n_zeros;
}

static enum isokit_status open_host(const struct isokit_build_content *c,
				    struct isokit_source **ret_src, struct isokit_error *err)
{
	struct isokit_source *file, *slice;
	enum isokit_status st = isokit_source_open_file(c->path, &file, err);
	uint64_t size, length;

	if (st)
		return st;
	size = isokit_source_size(file);
	length = c->length ? c->length : c->offset < size ? size - c->offset : 0;
	if (!range_inside(c->offset, length, size) || length == 0) {
		isokit_source_close(file);
		return isokit_fail(err, ISOKIT_E_SHORT, c->offset, c->path,
				   "has %llu bytes, and ends before the range from %llu that is wanted",
				   (unsigned long long)size, (unsigned long long)c->offset);
	}
	if (c->offset == 0 && length == size) {
		slice = file;
	} else {
		st = isokit_source_slice(file, c->offset, length, &slice, err);
		if (st) {
			isokit_source_close(file);
			return st;
		}
	}
	if (!has_zeros(c)) {
		*ret_src = slice;
		return ISOKIT_OK;
	}
	return blank(c, slice, ret_src, err);
}

static enum isokit_status open_source(const struct isokit_build_content *c,
				      struct isokit_source **ret_src, struct isokit_error *err)
{
	uint64_t size = isokit_source_size(c->source);
	uint64_t length = c->length ? c->length : c->offset < size ? size - c->offset : 0;
	struct isokit_source *view;
	enum isokit_status st = bytes_view(c->source, c->offset, length, &view, err);

	if (st)
		return st;
	if (!has_zeros(c)) {
		*ret_src = view;
		return ISOKIT_OK;
	}
	return blank(c, view, ret_src, err);
}

static enum isokit_status open_content(struct plan *plan, const struct isokit_build_content *c,
				       const char *what, struct isokit_source **ret_src,
				       struct isokit_error *err)
{
	struct tree_node *node;

	switch (c->kind) {
	case ISOKIT_BUILD_CONTENT_HOST: return open_host(c, ret_src, err);
	case ISOKIT_BUILD_CONTENT_SOURCE: return open_source(c, ret_src, err);
	case ISOKIT_BUILD_CONTENT_MEMORY:
		return isokit_source_from_memory(c->bytes, c->length, what, ret_src, err);
	case ISOKIT_BUILD_CONTENT_TREE:
		node = tree_lookup(plan->tree, c->path);
		if (node == NULL)
			return isokit_fail(err, ISOKIT_E_NOT_FOUND, ISOKIT_NO_OFFSET, c->path,
					   "not in the tree given (needed by the %s)", what);
		return tree_node_open(node, ret_src, err);
	case ISOKIT_BUILD_CONTENT_NONE:
	case ISOKIT_BUILD_CONTENT_APPENDED:
	case ISOKIT_BUILD_CONTENT_EFI_ENTRY: break;
	}
	return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, what,
			   "cannot be another boot image or partition");
}

/* A whole host file is a node like any other: it is opened when it is its turn, and seen
 * to be what it was. */
static bool is_plain_file(const struct isokit_build_content *c)
{
	struct stat info;

	return c->kind == ISOKIT_BUILD_CONTENT_HOST && c->offset == 0 && c->length == 0 &&
	       !has_zeros(c) && stat(c->path, &info) == 0 && S_ISREG(info.st_mode);
}

enum isokit_status plan_content_node(struct plan *plan, const struct isokit_build_content *content,
				     const char *name, const char *what,
				     struct tree_node **ret_node, struct isokit_error *err)
{
	struct tree_scan_options scan = { 0 };
	struct isokit_source *src = NULL;
	enum isokit_status st;

	if (is_plain_file(content)) {
		st = tree_add_host(plan->extra, name, content->path, &scan, err);
		if (st)
			return st;
		*ret_node = tree_lookup(plan->extra, name);
		return *ret_node ? ISOKIT_OK : isokit_fail_nomem(err, what, 0);
	}
	st = open_content(plan, content, what, &src, err);
	if (st == ISOKIT_OK)
		st = plan_keep_source(plan, src, err); /* closes it when it fails */
	if (st)
		return st;
	return tree_add_range(plan->extra, name, src, 0, isokit_source_size(src), ret_node, err);
}

enum isokit_status bootcontent_read(struct plan *plan, const struct isokit_build_content *content,
				const char *what, size_t most, uint8_t **ret_bytes, size_t *ret_n,
				struct isokit_error *err)
{
	struct isokit_source *src = NULL;
	enum isokit_status st = open_content(plan, content, what, &src, err);
	uint8_t *bytes;
	size_t n;

	if (st)
		return st;
	n = (size_t)min_u64(isokit_source_size(src), most);
	bytes = malloc(n ? n : 1);
	st = bytes ? isokit_source_read_at(src, 0, bytes, n, err) :
		     isokit_fail_nomem(err, what, n);
	isokit_source_close(src);
	if (st) {
		free(bytes);
		return st;
	}
	*ret_bytes = bytes;
	*ret_n = n;
	return ISOKIT_OK;
}
