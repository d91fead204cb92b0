/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "verify/aaip.h"

#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "ondisk/directory.h"
#include "ondisk/susp.h"

enum {
	WINDOW_BYTES = 32 * 1024,
	MAX_HOPS = 64,
	MAX_LIST_BYTES = 64 * 1024, /* of one file: its ACL, attributes and checksum */
};
#define MAX_TOTAL_BYTES (512u * 1024 * 1024)

/* AAIP 2.0, AL: byte 5 holds flags, bit 0 "goes on in the next field". Component
 * records follow, each of a flag byte (bit 0: goes on), a length and its bytes. */
enum { AL_HEAD_BYTES = 5, COMPONENT_HEAD_BYTES = 2, CONTINUE = 1 };

void aaip_start(struct aaip *a, struct verify *v)
{
	*a = (struct aaip){ .v = v, .budget = MAX_TOTAL_BYTES };
}

void aaip_free(struct aaip *a)
{
	free(a->records.bytes);
	free(a->areas.bytes);
	text_free(&a->list);
	text_free(&a->name);
	text_free(&a->value);
}

/* The next component, put together from its records. False at the end. */
static bool next_component(const uint8_t *list, size_t n, size_t *at, struct text *out)
{
	bool more = true;

	text_clear(out);
	while (more) {
		size_t length;

		if (n < COMPONENT_HEAD_BYTES || *at > n - COMPONENT_HEAD_BYTES)
			return false;
		more = list[*at] & CONTINUE;
		length = list[*at + 1];
		*at += COMPONENT_HEAD_BYTES;
		if (length > n - *at)
			return false;
		text_add(out, list + *at, length);
		*at += length;
	}
	return !out->failed;
}

bool aaip_list_find(const uint8_t *list, size_t n, const char *suffix, struct text *name,
		    struct text *value)
{
	static const char space[] = "isofs.";
	size_t wanted = strlen(suffix), at = 0;

	while (next_component(list, n, &at, name) && next_component(list, n, &at, value)) {
		/* Byte 4 is short for the name space. */
		if (name->n == 1 + wanted && name->bytes[0] == 4 &&
		    memcmp(name->bytes + 1, suffix, wanted) == 0)
			return true;
		if (name->n == sizeof(space) - 1 + wanted &&
		    memcmp(name->bytes, space, sizeof(space) - 1) == 0 &&
		    memcmp(name->bytes + sizeof(space) - 1, suffix, wanted) == 0)
			return true;
	}
	return false;
}

/* At least `n` bytes of the image at `at`, or *ret NULL where there are none. */
static enum isokit_status look(struct aaip *a, struct aaip_window *w, uint64_t at, size_t n,
			       const uint8_t **ret)
{
	enum isokit_status st;

	*ret = NULL;
	if (n > WINDOW_BYTES / 2 || !range_inside(at, n, a->v->size))
		return ISOKIT_OK;
	if (!w->bytes) {
		w->bytes = malloc(WINDOW_BYTES);
		if (!w->bytes)
			return verify_nomem(a->v);
	}
	if (!w->n || at < w->at || at - w->at > w->n || n > w->n - (at - w->at)) {
		uint64_t from = at - at % BLOCK_BYTES;
		size_t length = (size_t)min_u64(WINDOW_BYTES, a->v->size - from);

		w->n = 0;
		st = verify_read(a->v, from, w->bytes, length);
		if (st)
			return st;
		w->at = from;
		w->n = length;
	}
	*ret = w->bytes + (at - w->at);
	return ISOKIT_OK;
}

/* The AL fields of a system use area and of what it continues in. */
static enum isokit_status gather(struct aaip *a, const uint8_t *area, size_t n)
{
	uint8_t first[ONDISK_DR_MAX_BYTES];
	bool ended = false;

	text_clear(&a->list);
	if (n > sizeof(first))
		return ISOKIT_OK;
	memcpy(first, area, n); /* the windows move */
	area = first;
	for (unsigned hop = 0; hop < MAX_HOPS && area && !ended; hop++) {
		struct ondisk_ce ce = { .bytes.le = 0 };
		struct ondisk_field f;
		enum isokit_status st;
		bool has_ce = false;
		size_t at = 0;

		if (n > a->budget)
			return ISOKIT_OK;
		a->budget -= n;
		while (!ended && ondisk_field_next(area, n, &at, &f) == ONDISK_FIELD_OK) {
			if (f.signature == ONDISK_SIG('C', 'E'))
				has_ce = ondisk_ce_decode(&f, &ce);
			if (f.signature != ONDISK_SIG('A', 'L') || f.length < AL_HEAD_BYTES)
				continue;
			if (a->list.n < MAX_LIST_BYTES)
				text_add(&a->list, f.p + AL_HEAD_BYTES, f.length - AL_HEAD_BYTES);
			ended = !(f.p[AL_HEAD_BYTES - 1] & CONTINUE);
		}
		if (!has_ce || ended)
			break;
		n = ce.bytes.le;
		st = look(a, &a->areas, (uint64_t)ce.block.le * BLOCK_BYTES + ce.offset.le, n,
			  &area);
		if (st)
			return st;
	}
	return a->list.failed ? verify_nomem(a->v) : ISOKIT_OK;
}

static enum isokit_status read_record(struct aaip *a, uint64_t offset, struct ondisk_dirent *ret,
				      bool *ret_ok)
{
	size_t n = BLOCK_BYTES - (size_t)(offset % BLOCK_BYTES);
	const uint8_t *raw;
	enum isokit_status st;

	*ret_ok = false;
	if (n > ONDISK_DR_MAX_BYTES)
		n = ONDISK_DR_MAX_BYTES;
	st = look(a, &a->records, offset, n, &raw);
	if (!st && raw)
		*ret_ok = ondisk_dirent_decode(raw, n, false, ret, NULL) == ISOKIT_OK;
	return st;
}

static enum isokit_status find_in(struct aaip *a, const uint8_t *area, size_t n,
				  const char *suffix, bool *ret_found)
{
	enum isokit_status st = gather(a, area, n);

	if (!st && a->list.n)
		*ret_found = aaip_list_find((const uint8_t *)a->list.bytes, a->list.n, suffix,
					    &a->name, &a->value);
	if (!st && (a->name.failed || a->value.failed))
		return verify_nomem(a->v);
	return st;
}

enum isokit_status aaip_find(struct aaip *a, uint64_t record_offset, const char *suffix,
			     bool *ret_found)
{
	struct ondisk_dirent d;
	enum isokit_status st;
	bool ok;

	*ret_found = false;
	st = read_record(a, record_offset, &d, &ok);
	if (st || !ok || d.system_use_bytes <= a->skip)
		return st;
	return find_in(a, d.system_use + a->skip, (size_t)d.system_use_bytes - a->skip, suffix,
		       ret_found);
}

enum isokit_status aaip_find_root(struct aaip *a, uint64_t directory_offset, const char *suffix,
				  bool *ret_found)
{
	struct ondisk_dirent d;
	enum isokit_status st;
	uint8_t skip;
	bool ok;

	*ret_found = false;
	st = read_record(a, directory_offset, &d, &ok);
	if (st || !ok)
		return st;
	/* SP stands at the head of this area (SUSP 5.3), and what it says to skip
	 * is not skipped here. */
	if (ondisk_sp_decode(d.system_use, d.system_use_bytes, &skip))
		a->skip = skip;
	return find_in(a, d.system_use, d.system_use_bytes, suffix, ret_found);
}
