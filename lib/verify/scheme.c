/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A scheme of checksums as it is judged: what differs, what is to be said, and the bytes of files. */
#include "verify/impl.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/checked.h"
#include "base/fail.h"

enum { MAX_MISMATCHES = 4096, MAX_REMARKS = 64, REMARK_BYTES = 512 };

enum isokit_status verify_nomem(struct verify *v)
{
	return isokit_fail(v->err, ISOKIT_E_NOMEM, ISOKIT_NO_OFFSET, isokit_source_name(v->src),
			   "not enough memory to verify it");
}

enum isokit_status verify_read(struct verify *v, uint64_t offset, void *buffer, size_t n)
{
	return isokit_source_read_at(v->src, v->start + offset, buffer, n, v->err);
}

struct scheme *verify_scheme(struct verify *v, const char *name, const char *where,
			     enum isokit_digest_kind kind)
{
	struct scheme *s;

	if (!ARRAY_RESERVE(v->schemes, v->capacity_schemes, v->n_schemes + 1))
		return NULL;
	s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->pub.scheme = name;
	s->pub.where = arena_strndup(&v->arena, where, strlen(where));
	s->pub.kinds = 1u << kind;
	if (!s->pub.where) {
		free(s);
		return NULL;
	}
	v->schemes[v->n_schemes++] = s;
	return s;
}

void scheme_worsen(struct scheme *s, enum isokit_verify_result result)
{
	if (s->pub.result != ISOKIT_VERIFY_MISMATCH && result != ISOKIT_VERIFY_MATCH)
		s->pub.result = result;
}

bool scheme_remark(struct verify *v, struct scheme *s, const char *format, ...)
{
	char text[REMARK_BYTES];
	va_list args;
	char *copy;
	int n;

	if (s->n_remarks >= MAX_REMARKS)
		return true;
	va_start(args, format);
	n = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (n < 0)
		return true;
	copy = arena_strndup(&v->arena, text, strlen(text));
	if (!copy || !ARRAY_RESERVE(s->remarks, s->capacity_remarks, s->n_remarks + 1))
		return false;
	s->remarks[s->n_remarks++] = copy;
	return true;
}

static const char *hex_copy(struct verify *v, const uint8_t *bytes, enum isokit_digest_kind kind)
{
	size_t n = isokit_digest_bytes(kind);
	char hex[2 * ISOKIT_DIGEST_MAX_BYTES + 1];

	digest_hex(bytes, n, hex);
	return arena_strndup(&v->arena, hex, 2 * n);
}

bool scheme_mismatch(struct verify *v, struct scheme *s, const struct isokit_verify_mismatch *m,
		     const uint8_t *expected, const uint8_t *computed)
{
	struct isokit_verify_mismatch *to;

	if (s->n_mismatches >= MAX_MISMATCHES)
		return true;
	if (!ARRAY_RESERVE(s->mismatches, s->capacity_mismatches, s->n_mismatches + 1))
		return false;
	to = &s->mismatches[s->n_mismatches];
	*to = *m;
	if (m->path && !(to->path = arena_strndup(&v->arena, m->path, strlen(m->path))))
		return false;
	if (m->what && !(to->what = arena_strndup(&v->arena, m->what, strlen(m->what))))
		return false;
	if (expected && !(to->expected = hex_copy(v, expected, m->kind)))
		return false;
	if (computed && !(to->computed = hex_copy(v, computed, m->kind)))
		return false;
	s->n_mismatches++;
	return true;
}

enum isokit_status verify_contents(struct verify *v, const struct isokit_entry *entry,
				   enum isokit_namespace_kind ns, bool stored,
				   struct contents *c)
{
	uint64_t unit = v->facts->namespaces[ns].block_bytes, total = 0;

	c->n = 0;
	c->refused = entry->refused;
	c->cut_off = false;
	c->first = ISOKIT_NO_OFFSET;
	if (!stored && entry->zisofs)
		c->refused = "it is stored compressed (zisofs)";
	else if (entry->sparse)
		c->refused = "it is stored sparse";
	for (size_t i = 0; i < entry->n_extents && !c->refused; i++) {
		const struct isokit_extent *e = &entry->extents[i];
		struct verify_piece *last = c->n ? &c->pieces[c->n - 1] : NULL;
		uint64_t at;

		if (!e->bytes)
			continue;
		if (!mul_u64(e->lba, unit, &at) || !range_inside(at, e->bytes, v->size)) {
			c->cut_off = true;
			return ISOKIT_OK;
		}
		total += e->bytes;
		if (c->first == ISOKIT_NO_OFFSET)
			c->first = at;
		if (last && last->offset + last->bytes == v->start + at) {
			last->bytes += e->bytes;
			continue;
		}
		if (!ARRAY_RESERVE(c->pieces, c->capacity, c->n + 1))
			return verify_nomem(v);
		c->pieces[c->n++] = (struct verify_piece){ v->start + at, e->bytes };
	}
	if (!c->refused && !stored && total != entry->bytes)
		c->refused = "its recorded parts are not its whole contents";
	return ISOKIT_OK;
}
