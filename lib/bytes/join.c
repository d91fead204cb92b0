/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bytes/join.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/checked.h"
#include "base/fail.h"

struct piece {
	uint64_t end;              /* byte of the whole behind it */
	struct isokit_source *src; /* NULL: zeros */
	uint64_t at;               /* where it begins in src */
	bool owned;
};

struct join {
	struct piece *pieces;
	size_t n, capacity;
};

struct join *join_new(void)
{
	return calloc(1, sizeof(struct join));
}

void join_free(struct join *j)
{
	if (!j)
		return;
	for (size_t i = 0; i < j->n; i++)
		if (j->pieces[i].owned)
			isokit_source_close(j->pieces[i].src);
	free(j->pieces);
	free(j);
}

uint64_t join_size(const struct join *j)
{
	return j->n ? j->pieces[j->n - 1].end : 0;
}

static enum isokit_status add(struct join *j, struct isokit_source *src, uint64_t at,
			      uint64_t length, struct isokit_error *err)
{
	uint64_t end;

	if (length == 0)
		return ISOKIT_OK;
	if (!add_u64(join_size(j), length, &end))
		return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, "pieces of an image",
				   "are together more than 2^64 bytes");
	if (!ARRAY_RESERVE(j->pieces, j->capacity, j->n + 1))
		return isokit_fail_nomem(err, "pieces of an image", sizeof(struct piece));
	j->pieces[j->n++] = (struct piece){.end = end, .src = src, .at = at};
	return ISOKIT_OK;
}

enum isokit_status join_add(struct join *j, struct isokit_source *src, uint64_t offset,
			    uint64_t length, struct isokit_error *err)
{
	if (!range_inside(offset, length, isokit_source_size(src)))
		return isokit_fail(err, ISOKIT_E_SHORT, offset, isokit_source_name(src),
				   "has no %llu bytes at %llu", (unsigned long long)length,
				   (unsigned long long)offset);
	return add(j, src, offset, length, err);
}

enum isokit_status join_add_owned(struct join *j, struct isokit_source *src,
				  struct isokit_error *err)
{
	size_t before = j->n;
	enum isokit_status st = add(j, src, 0, isokit_source_size(src), err);

	if (j->n > before)
		j->pieces[before].owned = true;
	else
		isokit_source_close(src);
	return st;
}

enum isokit_status join_add_zeros(struct join *j, uint64_t length, struct isokit_error *err)
{
	return add(j, NULL, 0, length, err);
}

/* The piece that has byte `offset`, which lies inside. */
static const struct piece *find(const struct join *j, uint64_t offset, uint64_t *ret_begin)
{
	size_t low = 0, high = j->n - 1;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (offset < j->pieces[middle].end)
			high = middle;
		else
			low = middle + 1;
	}
	*ret_begin = low ? j->pieces[low - 1].end : 0;
	return &j->pieces[low];
}

static enum isokit_status join_read_at(void *self, uint64_t offset, void *buffer, size_t length,
				       struct isokit_error *err)
{
	enum isokit_status st = ISOKIT_OK;
	uint8_t *out = buffer;

	while (length && !st) {
		uint64_t begin;
		const struct piece *p = find(self, offset, &begin);
		size_t n = (size_t)min_u64(length, p->end - offset);

		if (p->src)
			st = isokit_source_read_at(p->src, p->at + (offset - begin), out, n, err);
		else
			memset(out, 0, n);
		out += n;
		offset += n;
		length -= n;
	}
	return st;
}

static void join_locate(void *self, uint64_t offset, uint64_t length,
			struct isokit_location *ret_location)
{
	uint64_t begin;
	const struct piece *p = find(self, offset, &begin);

	length = min_u64(length, p->end - offset);
	if (p->src)
		isokit_source_locate(p->src, p->at + (offset - begin), length, ret_location);
	else
		*ret_location = (struct isokit_location){
			.where = ISOKIT_WHERE_ZEROS, .fd = -1, .length = length };
}

static void join_close(void *self)
{
	join_free(self);
}

static const struct isokit_source_ops join_ops = {
	.size = sizeof(join_ops),
	.read_at = join_read_at,
	.locate = join_locate,
	.close = join_close,
};

enum isokit_status join_finish(struct join *j, const char *name, struct isokit_source **ret_src,
			       struct isokit_error *err)
{
	enum isokit_status st = isokit_source_new(&join_ops, j, join_size(j), name, ret_src, err);

	if (st)
		join_free(j);
	return st;
}
