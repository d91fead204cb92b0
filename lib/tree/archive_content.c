/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Contents of entries: ranges of the archive where they can be, spooled otherwise. */
#include "tree/archive_impl.h"

#ifdef HAVE_LIBARCHIVE

#include <string.h>

#include "base/array.h"
#include "base/checked.h"
#include "base/fail.h"

/* Contents whose place is compared with what libarchive reads. */
enum { PROVED_RANGES = 8 };

/* What 32 bits of blocks hold. */
#define MAX_TOTAL (1ull << 43)

static enum isokit_status check_expansion(struct intake *in, uint64_t more)
{
	if (more > MAX_TOTAL - in->expanded)
		return graft_fail(&in->g, ISOKIT_E_LIMIT,
				  "does not fit: an image holds 8 TiB, and the archive claims more");
	in->expanded += more;
	if (intake_is_bomb(in, in->expanded))
		return graft_fail(&in->g, ISOKIT_E_LIMIT,
				  "expands to more than %u times what was read (a bomb?); --force takes it all the same",
				  INTAKE_BOMB_RATIO);
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
		return intake_fail(in, "cannot be read");
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
		return intake_no_memory(in);
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
			return intake_fail(in, "cannot be read");
		if (r == ARCHIVE_WARN)
			intake_note_warning(in);
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
		return intake_no_memory(in);
	if (!in->spool)
		st = spool_new(in->from->spool_folder, in->from->spool_beside, &in->spool, in->err);
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

enum isokit_status intake_take_content(struct intake *in, struct tree_node *node)
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

#endif
