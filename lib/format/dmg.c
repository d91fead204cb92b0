/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Apple's UDIF (.dmg): runs of sectors, each compressed by itself, that block maps
 * list. */
#include "format/dmg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/checked.h"
#include "base/fail.h"
#include "bytes/source.h"
#include "format/formats.h"
#include "ondisk/gpt.h"

enum {
	MAX_LIST_BYTES = 48 * 1024 * 1024, /* of a property list: a million runs */
	MAX_PARTS = 10000,
	MAX_SIZE_BITS = 50,                /* zeros cost nothing, but no disk is larger */
};

/* More than this, and so many times the file, is a bomb: bzip2, the best at zeros, does
 * not come near with chunks of the usual sizes. */
#define BOMB_FROM (UINT64_C(1) << 30)
#define BOMB_RATIO 4000u

static const char subject[] = "DMG";

/* ---- recognising ---------------------------------------------------------------------------- */

static unsigned probe(const struct format_probe *p, char evidence[FORMAT_EVIDENCE])
{
	struct ondisk_udif u;
	uint64_t at;

	if (!dmg_find_trailer(p, &u, &at))
		return 0;
	snprintf(evidence, FORMAT_EVIDENCE, "koly trailer at byte %llu, version %u, %s",
		 (unsigned long long)at, u.version,
		 u.xml_bytes ? "with a property list" :
		 u.fork_bytes ? "with a resource fork" : "without a list of block maps");
	return 98;
}

/* ---- the table -------------------------------------------------------------------------------- */

static enum isokit_status no_memory(struct isokit_error *err)
{
	return isokit_fail_nomem(err, subject, sizeof(struct chunk));
}

/* How a run is compressed, as a chunk; *ret_known is false for what is no run. */
static enum isokit_status kind_of_run(const struct ondisk_udif_run *r, struct chunk *c,
				      bool *ret_is_run, struct isokit_error *err)
{
	*ret_is_run = true;
	c->kind = CHUNK_PACKED;
	switch (r->type) {
	case UDIF_RUN_ZEROS:
	case UDIF_RUN_IGNORED: c->kind = CHUNK_ZEROS; break;
	case UDIF_RUN_RAW: c->kind = CHUNK_STORED; break;
	case UDIF_RUN_ADC: c->codec = CODEC_ADC; break;
	case UDIF_RUN_ZLIB: c->codec = CODEC_ZLIB; break;
	case UDIF_RUN_BZIP2: c->codec = CODEC_BZIP2; break;
	case UDIF_RUN_LZFSE: c->codec = CODEC_LZFSE; break;
	case UDIF_RUN_LZMA: c->codec = CODEC_XZ; break;
	case UDIF_RUN_COMMENT:
	case UDIF_RUN_END: *ret_is_run = false; break;
	default:
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, subject,
				   "has blocks of type 0x%08x, which is not known", r->type);
	}
	return ISOKIT_OK;
}

static enum isokit_status corrupt(struct isokit_error *err, const struct dmg_part *part,
				  const char *words)
{
	return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, subject,
			   "the block map of \"%s\" has a run %s", part->name, words);
}

/* A run as a chunk at the end of the table. */
static enum isokit_status add_run(struct dmg *d, const struct ondisk_udif_map *map,
				  const struct ondisk_udif_run *r, const struct dmg_part *part,
				  struct isokit_error *err)
{
	const uint64_t limit = UINT64_C(1) << (MAX_SIZE_BITS - 9);
	struct chunk c = { .tag = (uint32_t)d->n_chunks };
	enum isokit_status st;
	uint64_t offset;
	bool is_run;

	st = kind_of_run(r, &c, &is_run, err);
	if (st || !is_run || r->sectors == 0)
		return st;
	if (map->first_sector > limit || r->sector > limit || r->sectors > limit)
		return corrupt(err, part, "beyond any disk");
	c.start = (map->first_sector + r->sector) * UDIF_SECTOR_BYTES;
	c.bytes = r->sectors * UDIF_SECTOR_BYTES;
	if (c.kind != CHUNK_ZEROS) {
		if (!add_u64(map->data_offset, r->offset, &offset) ||
		    !add_u64(offset, d->fork_offset, &c.from) ||
		    !range_inside(c.from, r->bytes, isokit_source_size(d->fork)))
			return corrupt(err, part, "whose data lies outside the file");
		if (c.kind == CHUNK_STORED && r->bytes < c.bytes)
			return corrupt(err, part, "that is not compressed, with too few bytes");
		if (c.kind == CHUNK_PACKED && r->bytes > 2 * c.bytes + 65536)
			return corrupt(err, part, "that takes more room than it expands to");
		if (c.kind == CHUNK_PACKED && c.bytes > CHUNKS_MAX_BYTES)
			return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, subject,
					   "has a block that expands to %llu bytes; at most %u are "
					   "expanded at once", (unsigned long long)c.bytes,
					   (unsigned)CHUNKS_MAX_BYTES);
		c.packed = c.kind == CHUNK_PACKED ? (uint32_t)r->bytes : 0;
	}
	if (!ARRAY_RESERVE(d->chunks, d->chunks_capacity, d->n_chunks + 1))
		return no_memory(err);
	d->chunks[d->n_chunks++] = c;
	return ISOKIT_OK;
}

/* Its name as it is in the list, of which only what can be shown is kept. */
static void name_part(struct dmg_part *part, const struct ondisk_udif_entry *e, size_t number)
{
	size_t n = 0;

	for (size_t i = 0; i < e->name_bytes && n < sizeof(part->name) - 1; i++)
		if (e->name[i] >= ' ' && e->name[i] != '"' && e->name[i] != 0x7f)
			part->name[n++] = e->name[i];
	part->name[n] = '\0';
	if (n == 0)
		snprintf(part->name, sizeof(part->name), "%zu", number);
}

static enum isokit_status add_map(struct dmg *d, const struct ondisk_udif_entry *e,
				  const uint8_t *raw, size_t len, struct isokit_error *err)
{
	struct ondisk_udif_map map;
	enum isokit_status st;
	struct dmg_part *part;

	if (d->n_parts == MAX_PARTS || !ARRAY_RESERVE(d->parts, d->parts_capacity, d->n_parts + 1))
		return d->n_parts == MAX_PARTS ?
			       isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, subject,
					   "more than %d block maps", MAX_PARTS) :
			       no_memory(err);
	part = &d->parts[d->n_parts];
	*part = (struct dmg_part){ 0 };
	name_part(part, e, d->n_parts);
	st = ondisk_udif_map_decode(raw, len, &map, err);
	if (st)
		return st;
	if (map.first_sector > UINT64_MAX / UDIF_SECTOR_BYTES ||
	    map.sectors > UINT64_MAX / UDIF_SECTOR_BYTES)
		return corrupt(err, part, "beyond any disk");
	part->start = map.first_sector * UDIF_SECTOR_BYTES;
	part->bytes = map.sectors * UDIF_SECTOR_BYTES;
	part->checksum = map.checksum;
	for (uint32_t i = 0; !st && i < map.n_runs; i++) {
		size_t before = d->n_chunks;
		struct ondisk_udif_run r;

		ondisk_udif_run_decode(raw, i, &r);
		st = add_run(d, &map, &r, part, err);
		if (!st && d->n_chunks > before) {
			/* Until the runs have their own array: which part, and ignored? */
			if (d->chunks[before].kind == CHUNK_ZEROS)
				d->chunks[before].codec = r.type == UDIF_RUN_IGNORED;
			d->chunks[before].tag = (uint32_t)d->n_parts;
		}
	}
	d->n_parts++;
	return st;
}

/* All block maps of a list. */
static enum isokit_status add_maps(struct dmg *d, bool xml, const uint8_t *raw, size_t len,
				   struct isokit_error *err)
{
	struct ondisk_udif_list l = { .raw = raw, .len = len };
	enum isokit_status st = ISOKIT_OK;
	struct ondisk_udif_entry e;

	while (!st && (xml ? ondisk_udif_next_xml(&l, &e) : ondisk_udif_next_resource(&l, &e))) {
		size_t n = e.map_bytes;
		uint8_t *map;

		if (!e.base64) {
			st = add_map(d, &e, e.map, n, err);
			continue;
		}
		map = malloc(n / 4 * 3 + 6);
		if (!map)
			return no_memory(err);
		if (ondisk_base64(e.map, n, map, &n))
			st = add_map(d, &e, map, n, err);
		else
			st = isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, subject,
					 "a block map is no base64 text");
		free(map);
	}
	return st;
}

static enum isokit_status read_maps(struct dmg *d, struct isokit_source *src,
				    struct isokit_error *err)
{
	const struct ondisk_udif *u = &d->trailer;
	bool xml = u->xml_bytes != 0;
	uint64_t offset = xml ? u->xml_offset : u->fork_offset;
	uint64_t bytes = xml ? u->xml_bytes : u->fork_bytes;
	enum isokit_status st;
	uint8_t *raw;

	if (!range_inside(offset, bytes, isokit_source_size(src)))
		return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, subject,
				   "the trailer puts the %s at byte %llu, outside the file",
				   xml ? "property list" : "resource fork",
				   (unsigned long long)offset);
	if (bytes > MAX_LIST_BYTES)
		return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, subject,
				   "a list of block maps of %llu bytes; at most %u are read",
				   (unsigned long long)bytes, (unsigned)MAX_LIST_BYTES);
	raw = malloc((size_t)bytes);
	if (!raw)
		return isokit_fail_nomem(err, subject, (size_t)bytes);
	st = isokit_source_read_at(src, offset, raw, (size_t)bytes, err);
	if (!st)
		st = add_maps(d, xml, raw, (size_t)bytes, err);
	free(raw);
	if (!st && d->n_parts == 0)
		st = isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, subject,
				 "its %s names no block map",
				 xml ? "property list" : "resource fork");
	return st;
}

static int compare_chunks(const void *a, const void *b)
{
	const struct chunk *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* Sort the table, and give every run of it its entry in d->runs. */
static enum isokit_status finish_table(struct dmg *d, struct isokit_error *err)
{
	if (d->n_chunks)
		qsort(d->chunks, d->n_chunks, sizeof(*d->chunks), compare_chunks);
	d->runs = calloc(d->n_chunks ? d->n_chunks : 1, sizeof(*d->runs));
	if (!d->runs)
		return no_memory(err);
	for (size_t i = 0; i < d->n_chunks; i++) {
		struct chunk *c = &d->chunks[i];

		d->runs[i].part = c->tag;
		d->runs[i].ignored = c->kind == CHUNK_ZEROS && c->codec;
		c->tag = (uint32_t)i;
	}
	return ISOKIT_OK;
}

/* ---- the disk ------------------------------------------------------------------------------------ */

/* Expand a chunk, and keep its CRC32. */
static enum isokit_status expand(void *self, struct chunks *chunks, const struct chunk *c,
				 uint8_t *out, struct isokit_error *err)
{
	static const uint8_t xz_mark[] = { 0xfd, '7', 'z', 'X', 'Z', 0 };
	enum codec_kind kind = (enum codec_kind)c->codec;
	struct codec *codec = chunks_codec(chunks);
	const struct dmg *d = self;
	enum isokit_status st;
	uint32_t crc = 0;
	size_t got = 0;
	uint8_t *in;

	st = chunks_load(chunks, c, &in, err);
	if (!st) {
		if (kind == CODEC_XZ && (c->packed < sizeof(xz_mark) ||
					 memcmp(in, xz_mark, sizeof(xz_mark)) != 0))
			kind = CODEC_LZMA;
		st = codec_run(codec, kind, in, c->packed, out, (size_t)c->bytes, &got, err);
		chunks_unload(chunks, c, in);
	}
	if (st)
		return st;
	/* Of the last one of some writers, zeros are left out. */
	if (got != c->bytes)
		return isokit_fail(err, ISOKIT_E_CORRUPT, c->from, subject,
				   "a block expands to %zu bytes instead of %llu", got,
				   (unsigned long long)c->bytes);
	if (!codec_crc32(codec, &crc, out, got))
		crc = ondisk_crc32(0, out, got);
	atomic_store_explicit(&d->runs[c->tag].crc, DMG_CRC_KNOWN | crc, memory_order_relaxed);
	return ISOKIT_OK;
}

static void release(void *self)
{
	struct dmg *d = self;

	codec_free(d->codec);
	free(d->parts);
	free(d->chunks);
	free(d->runs);
	free(d);
}

/* How large is the disk? The trailer may not say, or say nonsense. */
static enum isokit_status disk_size(struct isokit_medium *m, const struct dmg *d,
				    uint64_t file_bytes, uint64_t *ret, uint32_t *ret_max,
				    struct isokit_error *err)
{
	uint64_t end = 0, said, packed = 0;
	uint32_t max = UDIF_SECTOR_BYTES;

	for (size_t i = 0; i < d->n_chunks; i++) {
		const struct chunk *c = &d->chunks[i];

		end = max_u64(end, c->start + c->bytes);
		if (c->kind == CHUNK_PACKED) {
			packed += c->bytes;
			max = (uint32_t)max_u64(max, c->bytes);
		}
	}
	said = d->trailer.sectors <= UINT64_MAX / UDIF_SECTOR_BYTES ?
		       d->trailer.sectors * UDIF_SECTOR_BYTES : UINT64_MAX;
	if (said > end && said - end > max_u64(end, UINT64_C(64) << 20))
		return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, subject,
				   "the trailer claims %llu sectors, the block maps end at %llu",
				   (unsigned long long)d->trailer.sectors,
				   (unsigned long long)(end / UDIF_SECTOR_BYTES));
	if (said > end)
		medium_note(m, "the last %llu bytes of the disk are in no block map and read as "
			    "zeros", (unsigned long long)(said - end));
	else if (said && said < end)
		medium_note(m, "the trailer says %llu sectors, but the block maps have %llu",
			    (unsigned long long)d->trailer.sectors,
			    (unsigned long long)(end / UDIF_SECTOR_BYTES));
	if (packed > BOMB_FROM && packed / BOMB_RATIO > file_bytes && !medium_options(m)->any_size)
		return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, subject,
				   "expands to %llu bytes from %llu: this looks like a "
				   "decompression bomb", (unsigned long long)packed,
				   (unsigned long long)file_bytes);
	*ret = max_u64(end, said);
	*ret_max = max;
	return ISOKIT_OK;
}

/* An image without block maps is the disk itself, with a trailer. */
static enum isokit_status open_plain(struct isokit_medium *m, struct dmg *d,
				     struct isokit_error *err)
{
	struct isokit_source *view;
	uint64_t bytes = d->trailer.data_bytes;
	enum isokit_status st;

	if (bytes == 0 || !range_inside(d->fork_offset, bytes, isokit_source_size(d->fork)) ||
	    (d->trailer.sectors && d->trailer.sectors != bytes / UDIF_SECTOR_BYTES))
		return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, subject,
				   "has neither a property list nor a resource fork, so its "
				   "blocks cannot be found");
	st = bytes_view(d->fork, d->fork_offset, bytes, &view, err);
	return st ? st : medium_set_disk(m, view, err);
}

static enum isokit_status open_disk(struct isokit_medium *m, const struct format_probe *p,
				    struct dmg *d, bool *ret_taken, struct isokit_error *err)
{
	struct chunks_options o = {
		.name = isokit_source_name(p->src), .expand = expand, .close = release, .self = d };
	struct isokit_source *lists, *disk;
	enum isokit_status st;

	*ret_taken = false;
	st = dmg_open_segments(m, p, d, &lists, err);
	if (st)
		return st;
	if (d->trailer.xml_bytes == 0 && d->trailer.fork_bytes == 0)
		return open_plain(m, d, err);
	st = read_maps(d, lists, err);
	if (!st)
		st = finish_table(d, err);
	if (!st)
		st = disk_size(m, d, isokit_source_size(d->fork), &o.size, &o.max_bytes, err);
	if (st)
		return st;
	o.table = d->chunks;
	o.n_chunks = d->n_chunks;
	st = chunks_new(d->fork, &o, &disk, err);
	if (st)
		return st;
	*ret_taken = true;
	d->disk = disk;
	dmg_note_checksums(m, d);
	medium_set_state(m, d);
	return medium_set_disk(m, disk, err);
}

static enum isokit_status open_dmg(struct isokit_medium *m, const struct format_probe *p,
				   struct isokit_error *err)
{
	struct dmg *d = calloc(1, sizeof(*d));
	enum isokit_status st;
	bool taken;

	if (!d)
		return no_memory(err);
	st = open_disk(m, p, d, &taken, err);
	if (!taken)
		release(d);
	return st;
}

/* The state of an image without block maps is NULL. */
static enum isokit_status verify(struct isokit_medium *m, void *state, unsigned *io_checked,
				 struct isokit_error *err)
{
	return state ? dmg_verify(m, state, io_checked, err) : ISOKIT_OK;
}

const struct format format_dmg = {
	.name = "dmg",
	.words = "Apple disk image (UDIF)",
	.probe = probe,
	.open = open_dmg,
	.verify = verify,
};
