/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The same as fuzz_image over images of any size, up to 8 TiB: see sparse.h. */
#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "mutate.h"
#include "sparse.h"
#include "target.h"
#include "work.h"

struct input {
	const uint8_t *bytes;
	size_t n_sectors;
};

static enum isokit_status sparse_read(void *self, uint64_t offset, void *buffer, size_t length,
				      struct isokit_error *err)
{
	const struct input *in = self;

	(void)err;
	memset(buffer, 0, length);
	for (size_t i = 0; i < in->n_sectors; i++) {
		const uint8_t *record = in->bytes + SPARSE_HEAD + i * SPARSE_RECORD;
		uint64_t at = (uint64_t)get_le32(record) * SECTOR;
		uint64_t from = at > offset ? at : offset;
		uint64_t end = min_u64(at + SECTOR, offset + length);

		if (from < end)
			memcpy((uint8_t *)buffer + (from - offset), record + 4 + (from - at),
			       (size_t)(end - from));
	}
	return ISOKIT_OK;
}

static const struct isokit_source_ops sparse_ops = {
	.size = sizeof(sparse_ops),
	.read_at = sparse_read,
};

static size_t count_sectors(size_t n)
{
	n = n < SPARSE_HEAD ? 0 : (n - SPARSE_HEAD) / SPARSE_RECORD;
	return n < SPARSE_MAX_SECTORS ? n : SPARSE_MAX_SECTORS;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct input in = { .bytes = bytes, .n_sectors = count_sectors(n) };
	struct isokit_source *src = NULL;
	struct isokit_error err;

	if (n >= SPARSE_HEAD &&
	    isokit_source_new(&sparse_ops, &in,
			      (uint64_t)get_le32(bytes) * SECTOR + get_le32(bytes + 4) % SECTOR,
			      "input", &src, &err) == ISOKIT_OK)
		work_on_source(src);
	return 0;
}

static uint32_t lba_of_record(const struct sectors *s, size_t i)
{
	return get_le32(s->first + i * s->step - 4);
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t n, size_t max, unsigned seed)
{
	struct sectors s = { .first = bytes + SPARSE_HEAD + 4, .n = count_sectors(n),
			     .step = SPARSE_RECORD, .lba = lba_of_record };
	uint8_t *record;

	if (!s.n)
		return LLVMFuzzerMutate(bytes, n, max);
	n = SPARSE_HEAD + s.n * SPARSE_RECORD;
	record = bytes + SPARSE_HEAD + (seed >> 8) % s.n * SPARSE_RECORD;
	switch (seed % 32) {
	case 0: /* the size */
		(void)LLVMFuzzerMutate(bytes, 8, 8);
		return n;
	case 1: /* a place */
		(void)LLVMFuzzerMutate(record, 4, 4);
		return n;
	case 2: /* a sector less */
		memmove(record, record + SPARSE_RECORD,
			(size_t)(bytes + n - record) - SPARSE_RECORD);
		return n - SPARSE_RECORD;
	case 3: /* one more, like another */
		if (max - n < SPARSE_RECORD || max < n || s.n == SPARSE_MAX_SECTORS)
			break;
		memcpy(bytes + n, record, SPARSE_RECORD);
		put_le32(bytes + n, get_le32(record) + 1 + seed / 32 % 4);
		return n + SPARSE_RECORD;
	default:
		break;
	}
	mutate_sectors(&s, seed);
	return n;
}

/* Records of both, in turn. */
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t n_a, const uint8_t *b, size_t n_b,
				 uint8_t *out, size_t max, unsigned seed)
{
	size_t others = count_sectors(n_b), n = n_a < max ? n_a : max, used;

	memcpy(out, a, n);
	used = count_sectors(n);
	if (!used || !others)
		return n;
	n = SPARSE_HEAD + used * SPARSE_RECORD;
	for (unsigned i = 0; i < 1 + seed % 4; i++) {
		size_t from = (seed / 4 + i * 7) % others;

		if (max - n < SPARSE_RECORD || used + i >= SPARSE_MAX_SECTORS)
			break;
		memcpy(out + n, b + SPARSE_HEAD + from * SPARSE_RECORD, SPARSE_RECORD);
		n += SPARSE_RECORD;
	}
	return n;
}
