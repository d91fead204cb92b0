/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CHD version 5: CDs, DVDs and disks in hunks, each compressed by one of four codecs. */
#include "ondisk/chd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "digest/digest.h"
#include "format/chunks.h"
#include "format/disctrack.h"
#include "format/formats.h"
#include "ondisk/cdsector.h"

#define TAG ONDISK_CHD_TAG

enum {
	UNIT = ONDISK_CHD_CD_UNIT,
	SUBCHANNEL_BYTES = 96,
	HIGH_DENSITY = 45000,    /* block where the second area of a GD-ROM begins */
	TRACK_PADDING = 4,       /* tracks begin at a multiple of so many units */
	MAX_META = 256,          /* entries of metadata that are looked at */
	MAX_META_BYTES = 4096,   /* of the text of one */
	MAX_MAP_BYTES = 96 * 1024 * 1024,
	MAX_SELF = 8,            /* hunks that are the same as one that is the same as … */
	BATCH_BYTES = 1024 * 1024,
};

#define BOMB_FROM (UINT64_C(1) << 30)
#define BOMB_RATIO 4000u

struct chd {
	struct ondisk_chd head;
	struct isokit_medium *m;
	struct isokit_source *inner, *content;
	uint8_t *map;       /* compressed: entries of ONDISK_CHD_MAP_BYTES; else 4 bytes each */
	bool packed;
	const struct disc_track *tracks; /* of a CD, for places of damage */
	size_t n_tracks;
};

static unsigned chd_probe(const struct format_probe *p, char evidence[FORMAT_EVIDENCE])
{
	struct ondisk_chd c;

	if (!ondisk_chd_is(p->head, p->head_bytes))
		return 0;
	if (ondisk_chd_decode(p->head, p->head_bytes, &c, NULL) == ISOKIT_OK)
		snprintf(evidence, FORMAT_EVIDENCE,
			 "MComprHD at byte 0, version 5, %llu hunks of %u bytes",
			 (unsigned long long)c.n_hunks, c.hunk_bytes);
	else
		snprintf(evidence, FORMAT_EVIDENCE, "MComprHD at byte 0");
	return 95;
}

/* ---- one hunk -------------------------------------------------------------------------- */

static enum isokit_status find(void *self, uint64_t offset, struct chunk *ret,
			       struct isokit_error *err)
{
	const struct chd *c = self;
	uint64_t hunk = offset / c->head.hunk_bytes, from = hunk;
	struct ondisk_chd_hunk h = { 0 };

	*ret = (struct chunk){ .start = hunk * c->head.hunk_bytes };
	ret->bytes = min_u64(c->head.hunk_bytes, c->head.bytes - ret->start);
	if (!c->packed) {
		ret->from = (uint64_t)get_be32(c->map + 4 * hunk) * c->head.hunk_bytes;
		ret->kind = ret->from ? CHUNK_STORED : CHUNK_ZEROS;
		return ISOKIT_OK;
	}
	for (unsigned i = 0; i < MAX_SELF; i++) {
		h = ondisk_chd_hunk(c->map, from);
		if (h.kind != ONDISK_CHD_SELF)
			break;
		if (h.offset >= c->head.n_hunks)
			break;
		from = h.offset;
	}
	if (h.kind == ONDISK_CHD_SELF || h.kind == ONDISK_CHD_PARENT)
		return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, "CHD map",
				   "hunk %llu refers to one that there is not",
				   (unsigned long long)hunk);
	/* Stored ones are "expanded", too, as they have a CRC. */
	ret->kind = CHUNK_PACKED;
	ret->from = h.offset;
	ret->packed = h.length;
	ret->codec = h.kind == ONDISK_CHD_STORED ? 0 : c->head.codecs[h.kind];
	ret->tag = h.crc;
	return ISOKIT_OK;
}

static enum isokit_status corrupt(struct isokit_error *err, const struct chunk *k, const char *why)
{
	return isokit_fail(err, ISOKIT_E_CORRUPT, k->from, "CHD hunk", "%s", why);
}

/* LZMA as CHD has it: no header, always the same parameters. */
static enum isokit_status run(struct codec *codec, uint32_t tag, const uint8_t *in, size_t n,
			      uint8_t *out, size_t bytes, struct isokit_error *err)
{
	/* lc 3, lp 0, pb 2; a dictionary that no hunk exceeds. */
	static const uint8_t properties[CODEC_LZMA_PROPERTIES] = { 0x5d, 0, 0, 0, 1 };
	enum isokit_status st;
	size_t got = 0;

	if (tag == TAG('l', 'z', 'm', 'a'))
		st = codec_run_lzma(codec, properties, in, n, out, bytes, &got, err);
	else
		st = codec_run(codec, tag == TAG('z', 's', 't', 'd') ? CODEC_ZSTD : CODEC_DEFLATE,
			       in, n, out, bytes, &got, err);
	if (!st && got < bytes)
		return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, "CHD hunk",
				   "gives too few bytes");
	return st;
}

/* Sectors and subchannels, which were compressed apart, to their places. */
static void interleave(const uint8_t *sectors, const uint8_t *subchannels, size_t n, uint8_t *out)
{
	for (size_t i = 0; i < n; i++) {
		memcpy(out + i * UNIT, sectors + i * ONDISK_CD_RAW_BYTES, ONDISK_CD_RAW_BYTES);
		memcpy(out + i * UNIT + ONDISK_CD_RAW_BYTES, subchannels + i * SUBCHANNEL_BYTES,
		       SUBCHANNEL_BYTES);
	}
}

/* cdzl, cdlz, cdzs: a bit for each sector whose sync and ECC were left out; the length of
 * the compressed sectors; those; the subchannels. */
static enum isokit_status run_cd(struct codec *codec, const struct chunk *k, const uint8_t *in,
				 uint8_t *work, uint8_t *out, size_t units, size_t hunk_bytes,
				 struct isokit_error *err)
{
	size_t flags = (units + 7) / 8, sizes = hunk_bytes < 65536 ? 2 : 3, base, ahead = flags + sizes;
	bool lzma = k->codec == TAG('c', 'd', 'l', 'z'), zstd = k->codec == TAG('c', 'd', 'z', 's');
	uint8_t *sectors = work, *subchannels = work + units * ONDISK_CD_RAW_BYTES;
	enum isokit_status st;

	if (k->packed < ahead)
		return corrupt(err, k, "is too short");
	base = sizes == 2 ? get_be16(in + flags) :
			    (size_t)in[flags] << 16 | get_be16(in + flags + 1);
	if (base > k->packed - ahead)
		return corrupt(err, k, "its first part is longer than all of it");
	st = run(codec, lzma ? TAG('l', 'z', 'm', 'a') : zstd ? TAG('z', 's', 't', 'd') : 0,
		 in + ahead, base, sectors, units * ONDISK_CD_RAW_BYTES, err);
	if (!st)
		st = run(codec, zstd ? TAG('z', 's', 't', 'd') : 0, in + ahead + base,
			 k->packed - ahead - base, subchannels, units * SUBCHANNEL_BYTES, err);
	if (st)
		return st;
	for (size_t i = 0; i < units; i++) {
		if (!(in[i / 8] & 1u << (i % 8)))
			continue;
		ondisk_cd_set_sync(sectors + i * ONDISK_CD_RAW_BYTES);
		ondisk_cd_encode_ecc(sectors + i * ONDISK_CD_RAW_BYTES);
	}
	interleave(sectors, subchannels, units, out);
	return ISOKIT_OK;
}

/* cdfl: sectors as sound, then the subchannels. */
static enum isokit_status run_cd_flac(struct codec *codec, const struct chunk *k, const uint8_t *in,
				      uint8_t *work, uint8_t *out, size_t units,
				      struct isokit_error *err)
{
	uint8_t *subchannels = work + units * ONDISK_CD_RAW_BYTES;
	enum isokit_status st;
	size_t used = 0;

	st = codec_run_flac(codec, in, k->packed, work, units * ONDISK_CD_RAW_BYTES / 4, true, &used,
			    err);
	if (st)
		return st;
	st = run(codec, 0, in + used, k->packed - used, subchannels, units * SUBCHANNEL_BYTES, err);
	if (!st)
		interleave(work, subchannels, units, out);
	return st;
}

static enum isokit_status run_huffman(const struct chunk *k, const uint8_t *in, uint8_t *out, size_t n,
				      struct isokit_error *err)
{
	uint16_t *table = malloc(ONDISK_CHD_TABLE * sizeof(*table));
	const char *why;

	if (!table)
		return isokit_fail_nomem(err, "CHD hunk", ONDISK_CHD_TABLE * sizeof(*table));
	why = ondisk_chd_huffman(in, k->packed, table, out, n);
	free(table);
	return why ? corrupt(err, k, why) : ISOKIT_OK;
}

static enum isokit_status expand_with(struct codec *codec, const struct chunk *k, const uint8_t *in,
				      uint8_t *work, uint8_t *out, size_t hunk_bytes,
				      struct isokit_error *err)
{
	size_t used;

	switch (k->codec) {
	case 0:
		if (k->packed != hunk_bytes)
			return corrupt(err, k, "has another size than a hunk");
		memcpy(out, in, hunk_bytes);
		return ISOKIT_OK;
	case TAG('z', 'l', 'i', 'b'):
	case TAG('l', 'z', 'm', 'a'):
	case TAG('z', 's', 't', 'd'):
		return run(codec, k->codec, in, k->packed, out, hunk_bytes, err);
	case TAG('h', 'u', 'f', 'f'):
		return run_huffman(k, in, out, hunk_bytes, err);
	case TAG('f', 'l', 'a', 'c'):
		if (k->packed < 1 || (in[0] != 'L' && in[0] != 'B') || hunk_bytes % 4)
			return corrupt(err, k, "does not say the order of its bytes");
		return codec_run_flac(codec, in + 1, k->packed - 1, out, hunk_bytes / 4, in[0] == 'B',
				      &used, err);
	case TAG('c', 'd', 'f', 'l'):
		return run_cd_flac(codec, k, in, work, out, hunk_bytes / UNIT, err);
	default:
		return run_cd(codec, k, in, work, out, hunk_bytes / UNIT, hunk_bytes, err);
	}
}

static enum isokit_status expand(void *self, struct chunks *chunks, const struct chunk *k,
				 uint8_t *out, struct isokit_error *err)
{
	struct chd *c = self;
	size_t hunk = c->head.hunk_bytes, bytes;
	enum isokit_status st;
	uint8_t *memory, *whole;

	/* The compressed bytes, what is taken apart, and the whole hunk. */
	if (!range_inside(k->from, k->packed, isokit_source_size(c->inner)))
		return corrupt(err, k, "lies behind the end of the file");
	bytes = (size_t)k->packed + 2 * hunk;
	memory = malloc(bytes);
	if (!memory)
		return isokit_fail_nomem(err, "CHD hunk", bytes);
	whole = memory + k->packed + hunk;
	st = isokit_source_read_at(c->inner, k->from, memory, k->packed, err);
	if (!st)
		st = expand_with(chunks_codec(chunks), k, memory, memory + k->packed, whole, hunk, err);
	if (!st) {
		memcpy(out, whole, (size_t)k->bytes);
		if (ondisk_chd_crc(whole, hunk) != k->tag)
			st = corrupt(err, k, "its CRC is wrong");
	}
	free(memory);
	return st;
}

/* Reading goes on, and what is in doubt is told in sectors of a track where it can be. */
static bool damaged(void *self, const struct chunk *k, const struct isokit_error *why)
{
	struct chd *c = self;
	uint64_t unit = k->start / c->head.unit_bytes, n = k->bytes / c->head.unit_bytes;
	char text[160];

	snprintf(text, sizeof(text), "hunk %llu: %.120s",
		 (unsigned long long)(k->start / c->head.hunk_bytes), why->text);
	for (size_t i = 0; i < c->n_tracks; i++) {
		const struct disc_track *d = &c->tracks[i];
		uint64_t first = d->at / UNIT, end = first + d->t.sectors;

		if (unit + n <= first || unit >= end)
			continue;
		first = max_u64(unit, first) - first;
		medium_damaged(c->m, d->t.number, first * 2048,
			       (min_u64(unit + n, end) - d->at / UNIT - first) * 2048, text);
	}
	if (!c->n_tracks)
		medium_damaged(c->m, 0, k->start, k->bytes, text);
	return true;
}

/* ---- opening ------------------------------------------------------------------------------ */

static bool is_codec(uint32_t tag, bool cd)
{
	switch (tag) {
	case 0:
	case TAG('z', 'l', 'i', 'b'):
	case TAG('l', 'z', 'm', 'a'):
	case TAG('z', 's', 't', 'd'):
	case TAG('h', 'u', 'f', 'f'):
	case TAG('f', 'l', 'a', 'c'):
		return true;
	case TAG('c', 'd', 'z', 'l'):
	case TAG('c', 'd', 'l', 'z'):
	case TAG('c', 'd', 'z', 's'):
	case TAG('c', 'd', 'f', 'l'):
		return cd;
	default:
		return false;
	}
}

static enum isokit_status check(const struct chd *c, uint64_t file_bytes, bool any_size,
				struct isokit_error *err)
{
	const struct ondisk_chd *h = &c->head;
	bool cd = h->unit_bytes == UNIT;

	if (h->has_parent)
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, 104, isokit_source_name(c->inner),
				   "a CHD that differs from a parent CHD is not supported");
	for (unsigned i = 0; i < ONDISK_CHD_CODECS; i++)
		if (!is_codec(h->codecs[i], cd))
			return isokit_fail(err, ISOKIT_E_UNSUPPORTED, 16, isokit_source_name(c->inner),
					   "a CHD compressed by the codec 0x%08x is not supported",
					   h->codecs[i]);
	if (h->n_hunks > MAX_MAP_BYTES / ONDISK_CHD_MAP_BYTES ||
	    (h->bytes > BOMB_FROM && h->bytes / BOMB_RATIO > file_bytes && !any_size))
		return isokit_fail(err, ISOKIT_E_LIMIT, 32, isokit_source_name(c->inner),
				   "%llu bytes are said to be in a file of %llu",
				   (unsigned long long)h->bytes, (unsigned long long)file_bytes);
	return ISOKIT_OK;
}

static enum isokit_status read_map(struct chd *c, struct isokit_error *err)
{
	uint8_t head[ONDISK_CHD_MAP_HEAD], *packed;
	uint64_t size = isokit_source_size(c->inner);
	size_t entry = c->packed ? ONDISK_CHD_MAP_BYTES : 4;
	enum isokit_status st;
	uint32_t n;

	if (!c->packed && !range_inside(c->head.map, c->head.n_hunks * 4, size))
		return isokit_fail(err, ISOKIT_E_SHORT, c->head.map, "CHD map", "is cut off");
	c->map = malloc((size_t)c->head.n_hunks * entry + 1);
	if (!c->map)
		return isokit_fail_nomem(err, "CHD map", (size_t)c->head.n_hunks * entry);
	if (!c->packed)
		return isokit_source_read_at(c->inner, c->head.map, c->map,
					     (size_t)c->head.n_hunks * 4, err);
	st = isokit_source_read_at(c->inner, c->head.map, head, sizeof(head), err);
	if (st)
		return st;
	n = ondisk_chd_map_bytes(head);
	if (!range_inside(c->head.map + sizeof(head), n, size))
		return isokit_fail(err, ISOKIT_E_SHORT, c->head.map, "CHD map", "is cut off");
	packed = malloc((size_t)n + 1);
	if (!packed)
		return isokit_fail_nomem(err, "CHD map", n);
	st = isokit_source_read_at(c->inner, c->head.map + sizeof(head), packed, n, err);
	if (!st)
		st = ondisk_chd_map(&c->head, head, packed, n, c->map, err);
	free(packed);
	return st;
}

static void chd_close(void *self)
{
	struct chd *c = self;

	free(c->map);
	c->map = NULL;
}

/* ---- tracks --------------------------------------------------------------------------------- */

static void take_track(const struct ondisk_chd_track *t, bool gd, struct disc_track *d,
		       uint64_t *io_unit, int64_t *io_lba)
{
	uint32_t stored = t->pregap_stored && t->pregap <= t->frames ? t->pregap : 0;
	enum isokit_track_kind kind = t->mode == 0 ? ISOKIT_TRACK_AUDIO :
				      t->mode == 1 ? ISOKIT_TRACK_MODE1 :
				      t->form2	   ? ISOKIT_TRACK_MODE2 :
						     ISOKIT_TRACK_MODE2_FORM1;

	d->t.number = t->number;
	disc_set_shape(&d->t, kind, t->sector_bytes);
	d->exact = kind != ISOKIT_TRACK_AUDIO && !(t->sector_bytes >= ONDISK_CD_RAW_BYTES);
	d->t.framed = d->t.framed && !d->exact;
	d->t.sector_bytes = UNIT; /* each has a unit for itself */
	d->t.swapped = kind == ISOKIT_TRACK_AUDIO;
	d->t.pregap_sectors = t->pregap;
	d->t.postgap_sectors = t->postgap;
	d->gap_sectors = stored;
	/* Those of a GD-ROM count what fills them up to the next one. */
	d->t.sectors = t->frames - stored;
	if (t->pad < d->t.sectors)
		d->t.sectors -= t->pad;
	d->at = (*io_unit + stored) * UNIT;
	*io_lba += *io_unit == 0 && t->pregap <= 150 ? 0 : t->pregap;
	d->t.first_lba = (int32_t)min_u64((uint64_t)*io_lba, INT32_MAX);
	d->t.session = d->t.first_lba >= HIGH_DENSITY && gd ? 2 : 1;
	*io_lba += (int64_t)(t->frames - stored) + t->postgap;
	*io_unit += round_up(t->frames, TRACK_PADDING);
}

static bool is_gd(uint32_t tag)
{
	return tag == TAG('C', 'H', 'G', 'D') || tag == TAG('C', 'H', 'G', 'T');
}

static bool is_track_tag(uint32_t tag)
{
	return tag == TAG('C', 'H', 'T', 'R') || tag == TAG('C', 'H', 'T', '2') ||
	       is_gd(tag);
}

/* Walk the metadata: tracks in their order. */
static enum isokit_status read_tracks(struct chd *c, struct disc_track tracks[FORMAT_MAX_TRACKS],
				      size_t *ret_n, bool *ret_video, struct isokit_error *err)
{
	uint64_t at = c->head.metadata, unit = 0;
	char text[MAX_META_BYTES];
	size_t n = 0;
	int64_t lba = 0;

	for (unsigned i = 0; at && i < MAX_META; i++) {
		uint8_t head[ONDISK_CHD_META_BYTES];
		struct ondisk_chd_meta meta;
		struct ondisk_chd_track t;
		enum isokit_status st;

		st = isokit_source_read_at(c->inner, at, head, sizeof(head), err);
		if (st)
			return st;
		ondisk_chd_meta_decode(head, &meta);
		*ret_video = *ret_video || meta.tag == TAG('A', 'V', 'A', 'V');
		if (is_track_tag(meta.tag) && meta.bytes <= sizeof(text)) {
			st = isokit_source_read_at(c->inner, at + sizeof(head), text, meta.bytes, err);
			if (st)
				return st;
			if (!ondisk_chd_track_decode(text, meta.bytes, &t) || n == FORMAT_MAX_TRACKS)
				return isokit_fail(err, ISOKIT_E_CORRUPT, at, "CHD metadata",
						   "what it says of track %zu makes no sense", n + 1);
			take_track(&t, is_gd(meta.tag), &tracks[n++], &unit, &lba);
		}
		at = meta.next;
	}
	*ret_n = n;
	return ISOKIT_OK;
}

static enum isokit_status add_tracks(struct isokit_medium *m, struct chd *c,
				     struct disc_track *tracks, struct isokit_error *err)
{
	enum isokit_status st = ISOKIT_OK;

	for (size_t i = 0; !st && i < c->n_tracks; i++) {
		tracks[i].file = c->content;
		st = disc_add_track(m, &tracks[i], err);
	}
	return st;
}

static enum isokit_status chd_open(struct isokit_medium *m, const struct format_probe *p,
				   struct isokit_error *err)
{
	struct chd *c = arena_alloc(medium_arena(m), sizeof(*c));
	struct disc_track *tracks = arena_array(medium_arena(m), FORMAT_MAX_TRACKS, sizeof(*tracks));
	struct chunks_options o = { 0 };
	bool video = false;
	enum isokit_status st;
	size_t n_tracks = 0;

	if (!c || !tracks)
		return isokit_fail_nomem(err, "CHD", sizeof(*c));
	c->m = m;
	c->inner = p->src;
	st = ondisk_chd_decode(p->head, p->head_bytes, &c->head, err);
	if (!st)
		st = check(c, p->size, medium_options(m)->any_size, err);
	if (st)
		return st;
	c->packed = c->head.codecs[0] != 0;
	st = read_tracks(c, tracks, &n_tracks, &video, err);
	if (!st && video)
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET,
				   isokit_source_name(p->src),
				   "a CHD of a laser disc (AVAV) is not supported");
	if (!st && n_tracks && c->head.unit_bytes != UNIT)
		return isokit_fail(err, ISOKIT_E_CORRUPT, 60, "CHD header",
				   "a CD has units of %d bytes, not %u", UNIT, c->head.unit_bytes);
	if (!st)
		st = read_map(c, err);
	o.name = isokit_source_name(p->src);
	o.size = c->head.bytes;
	o.max_bytes = c->head.hunk_bytes;
	o.find = find;
	o.expand = expand;
	o.damaged = damaged;
	o.close = chd_close;
	o.self = c;
	if (!st)
		st = chunks_new(p->src, &o, &c->content, err);
	if (st) {
		chd_close(c);
		return st;
	}
	medium_set_state(m, c);
	c->tracks = tracks;
	c->n_tracks = n_tracks;
	if (!n_tracks)
		return medium_set_disk(m, c->content, err);
	st = medium_keep(m, c->content, err);
	return st ? st : add_tracks(m, c, tracks, err);
}

/* ---- its checksum ------------------------------------------------------------------------------ */

static enum isokit_status hash(struct chd *c, const struct isokit_digests *lib, uint8_t *buffer,
			       uint8_t sha1[ISOKIT_DIGEST_MAX_BYTES], struct isokit_error *err)
{
	const struct isokit_medium_options *o = medium_options(c->m);
	struct digest *d = digest_new(lib, ISOKIT_SHA1);
	enum isokit_status st = ISOKIT_OK;
	uint64_t at = 0;

	if (!d)
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, "libcrypto",
				   "offers no SHA-1");
	while (!st && at < c->head.bytes) {
		size_t n = (size_t)min_u64(BATCH_BYTES, c->head.bytes - at);

		if (o->cancelled && o->cancelled(o->ctx))
			st = isokit_fail(err, ISOKIT_E_CANCELLED, ISOKIT_NO_OFFSET, "CHD", "cancelled");
		else
			st = isokit_source_read_at(c->content, at, buffer, n, err);
		if (!st && !digest_update(d, buffer, n))
			st = isokit_fail(err, ISOKIT_E_NOMEM, ISOKIT_NO_OFFSET, "libcrypto",
					 "SHA-1 failed");
		at += n;
	}
	if (!st)
		digest_finish(d, sha1);
	digest_free(d);
	return st;
}

static enum isokit_status chd_verify(struct isokit_medium *m, void *state, unsigned *io_checked,
				     struct isokit_error *err)
{
	static const uint8_t none[20];
	uint8_t sha1[ISOKIT_DIGEST_MAX_BYTES] = { 0 }, *buffer;
	struct isokit_digests *lib;
	struct chd *c = state;
	enum isokit_status st;

	if (!c || !memcmp(c->head.raw_sha1, none, sizeof(none)))
		return ISOKIT_OK;
	st = isokit_digests_load(&lib, err);
	if (st)
		return st;
	buffer = malloc(BATCH_BYTES);
	st = buffer ? hash(c, lib, buffer, sha1, err) :
		      isokit_fail_nomem(err, "CHD", BATCH_BYTES);
	free(buffer);
	isokit_digests_free(lib);
	if (st)
		return st;
	++*io_checked;
	if (memcmp(sha1, c->head.raw_sha1, sizeof(none)) != 0)
		medium_damaged(m, 0, 0, c->head.bytes, "SHA-1 of the content differs");
	return ISOKIT_OK;
}

const struct format format_chd = {
	.name = "chd",
	.words = "CHD (compressed hunks of data)",
	.probe = chd_probe,
	.open = chd_open,
	.verify = chd_verify,
};
