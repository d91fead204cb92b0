/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ISZ (UltraISO), DAA (PowerISO) and UIF (MagicISO): tables of chunks, as far as they are
 * known to the public and not encrypted. */
#include "ondisk/isz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/fail.h"
#include "format/chunks.h"
#include "format/formats.h"
#include "ondisk/gpt.h"

enum { MAX_TABLE = 24 * 1024 * 1024 };

/* The table, and what is needed to judge the whole. */
struct state {
	struct chunk *chunks;
	size_t n;
	bool has_checksum;
	uint32_t checksum;
	struct isokit_source *disk;
};

static void release(void *self)
{
	struct state *s = self;

	free(s->chunks);
	free(s);
}

static struct state *new_state(size_t n)
{
	struct state *s = calloc(1, sizeof(*s));

	if (s)
		s->chunks = calloc(n ? n : 1, sizeof(*s->chunks));
	if (s && s->chunks) {
		s->n = n;
		return s;
	}
	free(s);
	return NULL;
}

static enum isokit_status unsupported(struct isokit_error *err, const char *subject,
				      const char *words)
{
	return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, subject, "%s", words);
}

static enum isokit_status corrupt(struct isokit_error *err, const char *subject,
				  const char *words)
{
	return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, subject, "%s", words);
}

/* Read a table whose size was checked against the file. */
static enum isokit_status read_table(const struct format_probe *p, const char *subject,
				     uint64_t offset, uint64_t bytes, uint8_t **ret,
				     struct isokit_error *err)
{
	enum isokit_status st;

	if (!range_inside(offset, bytes, p->size))
		return corrupt(err, subject, "its table lies outside the file");
	if (bytes > MAX_TABLE)
		return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, subject,
				   "a table of %llu bytes", (unsigned long long)bytes);
	*ret = malloc((size_t)bytes + 1);
	if (!*ret)
		return isokit_fail_nomem(err, subject, (size_t)bytes);
	st = isokit_source_read_at(p->src, offset, *ret, (size_t)bytes, err);
	if (st)
		free(*ret);
	return st;
}

/* The disk from a full table; `s` is taken. */
static enum isokit_status finish(struct isokit_medium *m, const struct format_probe *p,
				 struct state *s, uint64_t size, uint32_t max_bytes,
				 enum isokit_status (*expand)(void *, struct chunks *,
							      const struct chunk *, uint8_t *,
							      struct isokit_error *),
				 struct isokit_error *err)
{
	struct chunks_options o = { .name = isokit_source_name(p->src), .size = size,
				    .max_bytes = max_bytes, .table = s->chunks, .n_chunks = s->n,
				    .expand = expand, .close = release, .self = s };
	enum isokit_status st = chunks_new(p->src, &o, &s->disk, err);

	if (st) {
		release(s);
		return st;
	}
	medium_set_state(m, s);
	return medium_set_disk(m, s->disk, err);
}

/* ---- ISZ ------------------------------------------------------------------------------------- */

static unsigned probe_isz(const struct format_probe *p, char evidence[FORMAT_EVIDENCE])
{
	struct ondisk_isz z;

	if (ondisk_isz_decode(p->head, p->head_bytes, &z, NULL))
		return 0;
	snprintf(evidence, FORMAT_EVIDENCE, "IsZ! at byte 0, %u sectors in %u chunks", z.sectors,
		 z.n_chunks);
	return 90;
}

/* bzip2 without its first three bytes, which are something else there. */
static enum isokit_status expand_isz(void *self, struct chunks *chunks, const struct chunk *c,
				     uint8_t *out, struct isokit_error *err)
{
	enum isokit_status st;
	size_t got = 0;
	uint8_t *in;

	(void)self;
	if (c->codec != CODEC_BZIP2)
		return chunks_expand(chunks, c, out, err);
	in = malloc(c->packed + 3);
	if (!in)
		return isokit_fail_nomem(err, "ISZ", c->packed);
	st = isokit_source_read_at(chunks_inner(chunks), c->from, in, c->packed, err);
	if (!st) {
		memcpy(in, "BZh", 3);
		st = codec_run(chunks_codec(chunks), CODEC_BZIP2, in, c->packed, out,
			       (size_t)c->bytes, &got, err);
	}
	free(in);
	if (!st && got != c->bytes)
		st = corrupt(err, "ISZ", "a chunk expands to too few bytes");
	return st;
}

static enum isokit_status fill_isz(const struct format_probe *p, const struct ondisk_isz *z,
				   const uint8_t *table, uint64_t size, struct state *s,
				   struct isokit_error *err)
{
	uint64_t at = z->data_offset;

	for (uint32_t i = 0; i < z->n_chunks; i++) {
		struct chunk *c = &s->chunks[i];
		uint32_t bytes;
		unsigned kind;

		ondisk_isz_entry(table, z->entry_bytes, i, &kind, &bytes);
		c->start = (uint64_t)i * z->chunk_bytes;
		c->bytes = min_u64(z->chunk_bytes, size - c->start);
		c->from = at;
		c->packed = bytes;
		c->kind = kind == ISZ_ZEROS ? CHUNK_ZEROS :
			  kind == ISZ_STORED ? CHUNK_STORED : CHUNK_PACKED;
		c->codec = kind == ISZ_BZIP2 ? CODEC_BZIP2 : CODEC_ZLIB;
		if (kind == ISZ_ZEROS)
			continue;
		if (!range_inside(at, bytes, p->size) || (kind == ISZ_STORED && bytes < c->bytes))
			return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, "ISZ",
					   "chunk %u lies outside the file: it is cut short, or one "
					   "of several segments", i);
		at += bytes;
	}
	return ISOKIT_OK;
}

static enum isokit_status check_isz(const struct format_probe *p, const struct ondisk_isz *z,
				    struct isokit_error *err)
{
	static const char subject[] = "ISZ";

	if (z->encryption)
		return unsupported(err, subject, "with a password: not supported");
	if (z->segment > 1 || z->segments_offset ||
	    (z->segment_bytes && z->segment_bytes < p->size))
		return unsupported(err, subject, "in several segments: not supported");
	if (z->sector_bytes != 2048)
		return unsupported(err, subject, "with other sectors than of 2048 bytes: not supported");
	if (z->chunk_bytes == 0 || z->chunk_bytes > CHUNKS_MAX_BYTES || z->entry_bytes < 2 ||
	    z->entry_bytes > 4 ||
	    z->n_chunks != div_up((uint64_t)z->sectors * z->sector_bytes, z->chunk_bytes))
		return corrupt(err, subject, "the sizes in its header contradict each other");
	return ISOKIT_OK;
}

static enum isokit_status open_isz(struct isokit_medium *m, const struct format_probe *p,
				   struct isokit_error *err)
{
	struct ondisk_isz z;
	enum isokit_status st;
	struct state *s;
	uint8_t *table;
	uint64_t size;

	st = ondisk_isz_decode(p->head, p->head_bytes, &z, err);
	if (!st)
		st = check_isz(p, &z, err);
	if (st)
		return st;
	size = (uint64_t)z.sectors * z.sector_bytes;
	st = read_table(p, "ISZ", z.table_offset, (uint64_t)z.n_chunks * z.entry_bytes, &table, err);
	if (st)
		return st;
	ondisk_isz_clear(table, (size_t)z.n_chunks * z.entry_bytes);
	s = new_state(z.n_chunks);
	st = s ? fill_isz(p, &z, table, size, s, err) : isokit_fail_nomem(err, "ISZ", z.n_chunks);
	free(table);
	if (st) {
		if (s)
			release(s);
		return st;
	}
	s->has_checksum = z.has_checksum;
	s->checksum = ~z.checksum;
	return finish(m, p, s, size, z.chunk_bytes, expand_isz, err);
}

static enum isokit_status verify_isz(struct isokit_medium *m, void *state, unsigned *io_checked,
				     struct isokit_error *err)
{
	enum { BYTES = 1024 * 1024 };
	const struct isokit_medium_options *o = medium_options(m);
	struct state *s = state;
	uint64_t size;
	uint8_t *buffer;
	enum isokit_status st = ISOKIT_OK;
	uint32_t crc = 0;

	if (!s || !s->has_checksum)
		return ISOKIT_OK;
	size = isokit_source_size(s->disk);
	buffer = malloc(BYTES);
	if (!buffer)
		return isokit_fail_nomem(err, "ISZ", BYTES);
	for (uint64_t at = 0; !st && at < size;) {
		size_t n = (size_t)min_u64(size - at, BYTES);

		if (o->cancelled && o->cancelled(o->ctx))
			st = isokit_fail(err, ISOKIT_E_CANCELLED, ISOKIT_NO_OFFSET, "ISZ",
					 "checking was interrupted");
		else
			st = isokit_source_read_at(s->disk, at, buffer, n, err);
		if (!st)
			crc = ondisk_crc32(crc, buffer, n);
		at += n;
	}
	free(buffer);
	if (st)
		return st;
	(*io_checked)++;
	if (crc != s->checksum)
		medium_damaged(m, 0, 0, size, "CRC32 of the image differs");
	return ISOKIT_OK;
}

const struct format format_isz = {
	.name = "isz", .words = "compressed ISO (ISZ)", .probe = probe_isz, .open = open_isz,
	.verify = verify_isz,
};

/* ---- DAA ------------------------------------------------------------------------------------- */

static unsigned probe_daa(const struct format_probe *p, char evidence[FORMAT_EVIDENCE])
{
	struct ondisk_daa d;

	if (ondisk_daa_decode(p->head, p->head_bytes, &d, NULL))
		return 0;
	snprintf(evidence, FORMAT_EVIDENCE, "DAA at byte 0, format 0x%x", d.format);
	return 90;
}

static enum isokit_status check_daa(const struct ondisk_daa *d, struct isokit_error *err)
{
	static const char subject[] = "PowerISO DAA";

	if (d->encrypted)
		return unsupported(err, subject, "with encryption: not supported");
	if (d->split)
		return unsupported(err, subject, "in several volumes: not supported");
	if (d->format != 0x100)
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, subject,
				   "of format 0x%x, whose tables are obfuscated: only 0x100 is "
				   "supported", d->format);
	if (d->chunk_bytes < 2048 || d->chunk_bytes > CHUNKS_MAX_BYTES ||
	    d->data_offset < d->table_offset ||
	    (d->data_offset - d->table_offset) / DAA_ENTRY_BYTES <
		    div_up(d->iso_bytes, d->chunk_bytes))
		return corrupt(err, subject, "the sizes in its header contradict each other");
	return ISOKIT_OK;
}

static enum isokit_status open_daa(struct isokit_medium *m, const struct format_probe *p,
				   struct isokit_error *err)
{
	struct ondisk_daa d;
	enum isokit_status st;
	struct state *s;
	uint8_t *table;
	uint64_t at;
	size_t n;

	st = ondisk_daa_decode(p->head, p->head_bytes, &d, err);
	if (!st)
		st = check_daa(&d, err);
	if (!st)
		st = read_table(p, "DAA", d.table_offset, d.data_offset - d.table_offset, &table, err);
	if (st)
		return st;
	n = (size_t)div_up(d.iso_bytes, d.chunk_bytes);
	s = new_state(n);
	if (!s)
		st = isokit_fail_nomem(err, "DAA", n);
	at = d.data_offset;
	for (size_t i = 0; !st && i < n; i++) {
		struct chunk *c = &s->chunks[i];

		c->start = (uint64_t)i * d.chunk_bytes;
		c->bytes = min_u64(d.chunk_bytes, d.iso_bytes - c->start);
		c->kind = CHUNK_PACKED;
		c->codec = CODEC_DEFLATE;
		c->from = at;
		c->packed = ondisk_daa_entry(table + i * DAA_ENTRY_BYTES);
		if (!range_inside(at, c->packed, p->size))
			st = isokit_fail(err, ISOKIT_E_CORRUPT, d.table_offset + 3 * i, "DAA",
					 "chunk %zu lies outside the file", i);
		at += c->packed;
	}
	free(table);
	if (st) {
		if (s)
			release(s);
		return st;
	}
	return finish(m, p, s, d.iso_bytes, d.chunk_bytes, NULL, err);
}

const struct format format_daa = {
	.name = "daa", .words = "PowerISO image (DAA)", .probe = probe_daa, .open = open_daa,
};

/* ---- UIF ------------------------------------------------------------------------------------- */

static const uint8_t *uif_trailer(const struct format_probe *p)
{
	return p->tail_bytes >= UIF_TRAILER_BYTES ? p->tail + p->tail_bytes - UIF_TRAILER_BYTES : NULL;
}

static unsigned probe_uif(const struct format_probe *p, char evidence[FORMAT_EVIDENCE])
{
	const uint8_t *raw = uif_trailer(p);
	struct ondisk_uif u;

	if (!raw || ondisk_uif_decode(raw, &u, NULL) || format_has_descriptor(p))
		return 0;
	snprintf(evidence, FORMAT_EVIDENCE, "bbis trailer at byte %llu, %u sectors of %u bytes",
		 (unsigned long long)(p->size - UIF_TRAILER_BYTES), u.sectors, u.sector_bytes);
	return 90;
}

/* The entries of the table, expanded. */
static enum isokit_status read_entries(const struct format_probe *p, const struct ondisk_uif *u,
				       uint8_t **ret, uint32_t *ret_n, struct isokit_error *err)
{
	uint8_t head[UIF_TABLE_BYTES], *packed;
	struct ondisk_uif_table t;
	enum isokit_status st;
	size_t bytes, got = 0;

	if (!range_inside(u->table_offset, sizeof(head), p->size))
		return corrupt(err, "UIF", "its table lies outside the file");
	st = isokit_source_read_at(p->src, u->table_offset, head, sizeof(head), err);
	if (!st)
		st = ondisk_uif_table_decode(head, &t, err);
	if (!st && t.n_chunks > MAX_TABLE / UIF_ENTRY_BYTES)
		st = corrupt(err, "UIF", "its table claims too many chunks");
	if (!st)
		st = read_table(p, "UIF", u->table_offset + sizeof(head), t.packed, &packed, err);
	if (st)
		return st;
	bytes = (size_t)t.n_chunks * UIF_ENTRY_BYTES;
	*ret = malloc(bytes + 1);
	if (!*ret)
		st = isokit_fail_nomem(err, "UIF", bytes);
	else
		st = codec_expand(t.compressed ? CODEC_ZLIB : CODEC_STORED, packed, t.packed, *ret,
				  bytes, &got, err);
	free(packed);
	if (!st && got != bytes)
		st = corrupt(err, "UIF", "its table is cut short");
	if (st)
		free(*ret);
	*ret_n = t.n_chunks;
	return st;
}

static int compare(const void *a, const void *b)
{
	const struct chunk *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

static enum isokit_status fill_uif(const struct format_probe *p, const struct ondisk_uif *u,
				   const uint8_t *entries, struct state *s, uint32_t *ret_max,
				   struct isokit_error *err)
{
	uint32_t max = u->sector_bytes;

	for (size_t i = 0; i < s->n; i++) {
		struct chunk *c = &s->chunks[i];
		struct ondisk_uif_entry e;

		ondisk_uif_entry_decode(entries + i * UIF_ENTRY_BYTES, &e);
		c->start = (uint64_t)e.sector * u->sector_bytes;
		c->bytes = (uint64_t)e.sectors * u->sector_bytes;
		c->from = e.offset;
		c->packed = e.packed;
		c->codec = CODEC_ZLIB;
		c->kind = e.kind == UIF_ZEROS ? CHUNK_ZEROS :
			  e.kind == UIF_STORED ? CHUNK_STORED : CHUNK_PACKED;
		if (e.kind != UIF_ZEROS && e.kind != UIF_STORED && e.kind != UIF_ZLIB)
			return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, "MagicISO UIF",
					   "has chunks of type %u, which is not supported", e.kind);
		if (c->kind != CHUNK_ZEROS &&
		    !range_inside(c->from, c->kind == CHUNK_STORED ? c->bytes : c->packed, p->size))
			return corrupt(err, "UIF", "a chunk lies outside the file");
		if (c->kind == CHUNK_PACKED && c->bytes > CHUNKS_MAX_BYTES)
			return corrupt(err, "UIF", "a chunk claims to be too large");
		if (c->kind == CHUNK_PACKED)
			max = (uint32_t)max_u64(max, c->bytes);
	}
	if (s->n)
		qsort(s->chunks, s->n, sizeof(*s->chunks), compare);
	*ret_max = max;
	return ISOKIT_OK;
}

static enum isokit_status open_uif(struct isokit_medium *m, const struct format_probe *p,
				   struct isokit_error *err)
{
	static const char subject[] = "MagicISO UIF";
	uint8_t *entries = NULL;
	struct ondisk_uif u;
	enum isokit_status st;
	struct state *s;
	uint32_t n = 0, max = 0;

	st = ondisk_uif_decode(uif_trailer(p), &u, err);
	if (st)
		return st;
	if (u.password)
		return unsupported(err, subject, "with a password: not supported");
	if (u.image_type != 8)
		return unsupported(err, subject, "of a disc with several tracks: not supported");
	if (u.sector_bytes != 2048)
		return unsupported(err, subject, "with other sectors than of 2048 bytes: not supported");
	st = read_entries(p, &u, &entries, &n, err);
	if (st)
		return st;
	s = new_state(n);
	st = s ? fill_uif(p, &u, entries, s, &max, err) : isokit_fail_nomem(err, subject, n);
	free(entries);
	if (st) {
		if (s)
			release(s);
		return st;
	}
	return finish(m, p, s, (uint64_t)u.sectors * u.sector_bytes, max, NULL, err);
}

const struct format format_uif = {
	.name = "uif", .words = "MagicISO image (UIF)", .probe = probe_uif, .open = open_uif,
};
