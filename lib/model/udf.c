/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opening a UDF volume: anchors, volume descriptor sequences, integrity, file set. Takes
 * a bounded number of reads, whatever the volume holds; the tree is for udf_walk.c. */
#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "base/text.h"
#include "model/udf.h"

enum {
	MAX_DESCRIPTORS = 64, /* of one extent: 16 are the least, few discs have more */
	MAX_POINTERS = 8,     /* extents of one sequence */
	MAX_PARTITIONS = 8,
	MAX_INTEGRITY = 256,  /* descriptors: write-once discs add one at each session */
	MAX_FILE_SETS = 16,
};

/* A descriptor that prevails over others of its kind (3/8.4.3). */
struct prevailing {
	uint64_t at;     /* byte of the image, 0: none */
	uint32_t number; /* of the sequence */
	uint8_t raw[UDF_MAX_BLOCK];
};

struct sequence {
	struct prevailing primary, logical;
	struct ondisk_udf_partition partitions[MAX_PARTITIONS];
	uint32_t numbers[MAX_PARTITIONS]; /* of the sequence */
	uint64_t partitions_at[MAX_PARTITIONS];
	uint16_t sums[MAX_PARTITIONS]; /* over all that the descriptors say */
	unsigned n_partitions;
	const char *name; /* "main" or "reserve" */
};

struct opening {
	struct isokit_image *img;
	struct isokit_error *err;
	uint32_t sector_bytes; /* of the medium */
	struct ondisk_udf_extent main_extent, reserve_extent;
	struct sequence sequences[2]; /* main, reserve */
	const char *primary_words;
	uint8_t raw[UDF_MAX_BLOCK];
};

/* ---- anchors ------------------------------------------------------------------------ */

static enum isokit_status read_sector(struct opening *o, uint64_t sector, bool *ret_inside)
{
	uint64_t at;

	*ret_inside = mul_u64(sector, o->sector_bytes, &at) &&
		      range_inside(at, o->sector_bytes, o->img->facts.size);
	return *ret_inside ? model_read(o->img, at, o->raw, o->sector_bytes, o->err) : ISOKIT_OK;
}

static void note_anchor(struct opening *o, uint32_t sector)
{
	struct isokit_udf *f = &o->img->facts.udf;
	struct ondisk_udf_extent main_extent, reserve_extent;

	ondisk_udf_anchor_decode(o->raw, &main_extent, &reserve_extent);
	if (f->n_anchors == 0) {
		o->main_extent = main_extent;
		o->reserve_extent = reserve_extent;
	} else if (memcmp(&main_extent, &o->main_extent, sizeof(main_extent)) != 0) {
		model_find(o->img, ISOKIT_F_UDF_ANCHORS_DIFFER, (uint64_t)sector * o->sector_bytes,
			   512, NULL, f->anchors[0], sector);
	}
	if (f->n_anchors < sizeof(f->anchors) / sizeof(f->anchors[0]))
		f->anchors[f->n_anchors++] = sector;
}

/* Anchors are at 256, 256 before the last block and the last block (ECMA-167
 * 3/8.4.2.1); at 512 on discs that are still open (UDF 6.11.1). The size of a
 * block is not known before one is found. A file may be longer than the volume. */
static enum isokit_status find_anchors(struct opening *o)
{
	static const uint32_t sizes[] = { 2048, 512, 4096, 1024 };
	const struct isokit_volume *primary = o->img->facts.primary;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		uint64_t n = o->img->facts.size / sizes[i];
		/* Where another session is looked at, its own anchor counts. */
		uint64_t session = o->img->facts.session_lba * SECTOR_BYTES / sizes[i];
		uint64_t volume = primary && sizes[i] == SECTOR_BYTES ? primary->blocks : n;
		const uint64_t at[] = { session + 256, 256, 512, n - 257, n - 1, volume - 257,
					volume - 1 };

		o->sector_bytes = sizes[i];
		for (size_t k = 0; k < sizeof(at) / sizeof(at[0]); k++) {
			struct ondisk_udf_tag tag;
			enum isokit_status st;
			bool inside, twice = false;

			for (size_t j = 0; j < k; j++)
				twice |= at[j] == at[k];
			if (twice || at[k] >= n || at[k] > UINT32_MAX)
				continue;
			st = read_sector(o, at[k], &inside);
			if (st)
				return st;
			if (inside && ondisk_udf_tag_decode(o->raw, o->sector_bytes, &tag, NULL) ==
				      ISOKIT_OK &&
			    tag.id == ONDISK_UDF_ANCHOR && tag.location == at[k])
				note_anchor(o, (uint32_t)at[k]);
		}
		if (o->img->facts.udf.n_anchors)
			return ISOKIT_OK;
	}
	return ISOKIT_OK;
}

/* ---- volume descriptor sequences ------------------------------------------------------- */

static const char *descriptor_name(uint16_t id)
{
	switch (id) {
	case ONDISK_UDF_PRIMARY: return "primary volume descriptor";
	case ONDISK_UDF_ANCHOR: return "anchor";
	case ONDISK_UDF_POINTER: return "volume descriptor pointer";
	case ONDISK_UDF_IMPLEMENTATION: return "implementation use volume descriptor";
	case ONDISK_UDF_PARTITION: return "partition descriptor";
	case ONDISK_UDF_LOGICAL: return "logical volume descriptor";
	case ONDISK_UDF_UNALLOCATED: return "unallocated space descriptor";
	case ONDISK_UDF_TERMINATOR: return "terminating descriptor";
	case ONDISK_UDF_INTEGRITY: return "logical volume integrity descriptor";
	case ONDISK_UDF_FILE_SET: return "file set descriptor";
	default: return "descriptor";
	}
}

/* Is the descriptor in `raw` whole, and where it belongs? Says what is not. */
static bool judge_tag(struct isokit_image *img, const uint8_t *raw, size_t len, uint64_t at,
		      uint32_t location, struct ondisk_udf_tag *ret_tag)
{
	if (!ondisk_udf_tag_parse(raw, ret_tag)) {
		model_find(img, ISOKIT_F_UDF_TAG_CHECKSUM, at, 16, NULL, raw[4], 0);
		return false;
	}
	if (ret_tag->crc_bytes > len - ONDISK_UDF_TAG_BYTES ||
	    ondisk_udf_crc(0, raw + ONDISK_UDF_TAG_BYTES, ret_tag->crc_bytes) != ret_tag->crc) {
		model_find(img, ISOKIT_F_UDF_CRC, at + 8, 4, descriptor_name(ret_tag->id),
			   ret_tag->crc, ret_tag->crc_bytes);
		return false;
	}
	if (ret_tag->location != location) {
		model_find(img, ISOKIT_F_UDF_TAG_LOCATION, at + 12, 4,
			   descriptor_name(ret_tag->id), ret_tag->location, location);
		return false;
	}
	return true;
}

static void take_prevailing(struct opening *o, struct prevailing *p, uint64_t at)
{
	uint32_t number = ondisk_udf_sequence_number(o->raw);

	if (p->at && number <= p->number)
		return;
	p->at = at;
	p->number = number;
	memcpy(p->raw, o->raw, o->sector_bytes);
}

static void take_partition(struct opening *o, struct sequence *s, uint64_t at)
{
	uint32_t number = ondisk_udf_sequence_number(o->raw);
	struct ondisk_udf_partition p;
	unsigned i = 0;

	ondisk_udf_partition_decode(o->raw, &p);
	while (i < s->n_partitions && s->partitions[i].number != p.number)
		i++;
	if (i == MAX_PARTITIONS || (i < s->n_partitions && number <= s->numbers[i]))
		return;
	if (i == s->n_partitions)
		s->n_partitions++;
	s->partitions[i] = p;
	s->numbers[i] = number;
	s->partitions_at[i] = at;
	s->sums[i] = ondisk_udf_crc(0, o->raw + 20, 512 - 20);
}

static bool is_blank(const uint8_t *p, size_t n)
{
	return p[0] == 0 && memcmp(p, p + 1, n - 1) == 0;
}

/* Walk one sequence (3/8.4.2), to its terminator or the first block that was never
 * written. */
static enum isokit_status read_sequence(struct opening *o, struct ondisk_udf_extent extent,
					struct sequence *s)
{
	unsigned pointers = 0;
	uint32_t i = 0;

	while (i < MAX_DESCRIPTORS && i < extent.bytes / o->sector_bytes) {
		uint64_t sector = (uint64_t)extent.lba + i++, at = sector * o->sector_bytes;
		struct ondisk_udf_tag tag;
		enum isokit_status st;
		bool inside;

		st = read_sector(o, sector, &inside);
		if (st || !inside || is_blank(o->raw, 16))
			return st;
		if (!judge_tag(o->img, o->raw, o->sector_bytes, at, (uint32_t)sector, &tag))
			continue;
		switch (tag.id) {
		case ONDISK_UDF_TERMINATOR:
			return ISOKIT_OK;
		case ONDISK_UDF_PRIMARY:
			take_prevailing(o, &s->primary, at);
			break;
		case ONDISK_UDF_LOGICAL:
			take_prevailing(o, &s->logical, at);
			break;
		case ONDISK_UDF_PARTITION:
			take_partition(o, s, at);
			break;
		case ONDISK_UDF_POINTER:
			if (++pointers > MAX_POINTERS) {
				model_find(o->img, ISOKIT_F_UDF_SEQUENCE_ENDLESS, at, 512, s->name,
					   MAX_POINTERS, 0);
				return ISOKIT_OK;
			}
			ondisk_udf_pointer_decode(o->raw, &extent);
			i = 0;
			break;
		default:
			break;
		}
	}
	return ISOKIT_OK;
}

/* The two sequences are copies of each other (3/8.4.2.2). */
static void compare_descriptors(struct opening *o, const struct prevailing *a,
				const struct prevailing *b, const char *what)
{
	bool same = a->at && b->at;
	size_t skip_at = 512, skip_end = 512;

	/* genisoimage and pycdlib make up another set identifier for each copy: that
	 * is in their bridges ever since, and no reader minds. */
	if (what == o->primary_words) {
		skip_at = 72;
		skip_end = 200;
	}
	/* The tag and the number before byte 20 hold places. */
	if (same)
		same = memcmp(a->raw + 20, b->raw + 20, skip_at - 20) == 0 &&
		       memcmp(a->raw + skip_end, b->raw + skip_end, 512 - skip_end) == 0;
	if (!same && (a->at || b->at))
		model_find(o->img, ISOKIT_F_UDF_SEQUENCES_DIFFER, b->at ? b->at : a->at, 512, what,
			   a->at, b->at);
}

static void compare_sequences(struct opening *o)
{
	struct sequence *a = &o->sequences[0], *b = &o->sequences[1];
	bool same = a->n_partitions == b->n_partitions;

	compare_descriptors(o, &a->primary, &b->primary, o->primary_words);
	compare_descriptors(o, &a->logical, &b->logical, "logical volume descriptor");
	for (unsigned i = 0; same && i < a->n_partitions; i++)
		same = a->partitions[i].number == b->partitions[i].number &&
		       a->sums[i] == b->sums[i];
	if (!same)
		model_find(o->img, ISOKIT_F_UDF_SEQUENCES_DIFFER,
			   b->n_partitions ? b->partitions_at[0] : a->partitions_at[0], 512,
			   "partition descriptor", a->partitions_at[0], b->partitions_at[0]);
	/* What the main sequence lacks, the reserve may have. */
	if (!a->primary.at)
		a->primary = b->primary;
	if (!a->logical.at)
		a->logical = b->logical;
	for (unsigned i = 0; i < b->n_partitions; i++) {
		unsigned k = 0;

		while (k < a->n_partitions && a->partitions[k].number != b->partitions[i].number)
			k++;
		if (k == a->n_partitions && k < MAX_PARTITIONS) {
			a->partitions[k] = b->partitions[i];
			a->partitions_at[k] = b->partitions_at[i];
			a->n_partitions++;
		}
	}
}

/* ---- what they say --------------------------------------------------------------------- */

static const char *string_of(struct isokit_image *img, const uint8_t *raw, size_t n)
{
	char utf8[128 * 2 + 4];
	size_t used = ondisk_udf_dstring(raw, n, utf8);

	while (used && (utf8[used - 1] == ' ' || utf8[used - 1] == '\0'))
		used--;
	return arena_strndup(&img->arena, utf8, used);
}

/* Implementations put an asterisk before their names (UDF 2.1.5.2). */
static const char *entity_of(struct isokit_image *img, const uint8_t *raw32)
{
	size_t n = ondisk_udf_entity_bytes(raw32);
	const uint8_t *p = raw32 + 1;

	if (n && *p == '*') {
		p++;
		n--;
	}
	return arena_strndup(&img->arena, p, n);
}

/* "1.02" out of 0x0102. */
static const char *revision_text(struct isokit_image *img, uint16_t revision)
{
	struct text t = { 0 };
	const char *kept;

	text_addf(&t, "%x.%02x", revision >> 8, revision & 0xffu);
	kept = t.failed ? NULL : arena_strndup(&img->arena, t.bytes, t.n);
	text_free(&t);
	return kept;
}

static void name_claim(struct opening *o, uint64_t sectors, const char *what, bool expected)
{
	struct isokit_udf *f = &o->img->facts.udf;
	uint64_t end;

	if (!mul_u64(sectors, o->sector_bytes, &end))
		return;
	if (expected)
		model_expect(o->img, end, what);
	if (expected || end <= o->img->facts.size)
		f->blocks = max_u64(f->blocks, end / f->block_bytes);
}

static enum isokit_status take_primary(struct opening *o)
{
	struct isokit_udf *f = &o->img->facts.udf;
	struct ondisk_udf_primary p;

	f->volume_id = f->set_id = f->application_id = f->implementation_id = "";
	if (!o->sequences[0].primary.at)
		return ISOKIT_OK;
	ondisk_udf_primary_decode(o->sequences[0].primary.raw, &p);
	f->volume_id = string_of(o->img, p.id, 32);
	f->set_id = string_of(o->img, p.set_id, 128);
	f->application_id = entity_of(o->img, p.application);
	f->implementation_id = entity_of(o->img, p.implementation);
	(void)ondisk_udf_time_decode(p.recorded, &f->created);
	if (!f->volume_id || !f->set_id || !f->application_id || !f->implementation_id)
		return isokit_fail_nomem(o->err, o->img->facts.path, 128);
	return ISOKIT_OK;
}

static const struct ondisk_udf_partition *partition_of(const struct sequence *s, uint16_t number)
{
	for (unsigned i = 0; i < s->n_partitions; i++)
		if (s->partitions[i].number == number)
			return &s->partitions[i];
	return NULL;
}

/* Partition references as far as the descriptors say. */
static unsigned take_maps(struct opening *o, struct udf_volume *v,
			  const struct ondisk_udf_logical *logical, struct ondisk_udf_map *maps)
{
	const struct prevailing *p = &o->sequences[0].logical;
	size_t n = min_u64(logical->maps_bytes,
			   o->sector_bytes - (size_t)(logical->maps - p->raw));
	const uint8_t *raw = logical->maps;
	unsigned i = 0;

	for (; i < UDF_MAX_MAPS && i < logical->n_maps; i++) {
		const struct ondisk_udf_partition *d;
		size_t used = ondisk_udf_map_decode(raw, n, &maps[i]);

		if (used == 0)
			break;
		raw += used;
		n -= used;
		v->parts[i].kind = ONDISK_UDF_MAP_UNKNOWN;
		d = partition_of(&o->sequences[0], maps[i].partition);
		if (maps[i].kind == ONDISK_UDF_MAP_UNKNOWN || !d) {
			model_find(o->img, ISOKIT_F_UDF_PARTITION_MAP, p->at + 440, 0, NULL, i,
				   maps[i].partition);
			continue;
		}
		/* Virtual and metadata ones wait for their tables: model_udf_parts(). */
		if (maps[i].kind == ONDISK_UDF_MAP_PLAIN ||
		    maps[i].kind == ONDISK_UDF_MAP_SPARABLE)
			v->parts[i].kind = maps[i].kind;
		v->parts[i].at = (uint64_t)d->start * o->sector_bytes;
		v->parts[i].blocks = (uint64_t)d->blocks * o->sector_bytes / v->block_bytes;
	}
	if (i < logical->n_maps && i < UDF_MAX_MAPS)
		model_find(o->img, ISOKIT_F_UDF_PARTITION_MAP, p->at + 440, 0, NULL, i, 0);
	return i;
}

/* How the partition that the file set is in works, and how it may be written. */
static void take_partition_facts(struct opening *o, const struct udf_volume *v,
				 const struct ondisk_udf_map *maps)
{
	static const enum isokit_udf_partition kinds[] = {
		[ONDISK_UDF_MAP_PLAIN] = ISOKIT_UDF_PLAIN,
		[ONDISK_UDF_MAP_VIRTUAL] = ISOKIT_UDF_VIRTUAL,
		[ONDISK_UDF_MAP_SPARABLE] = ISOKIT_UDF_SPARABLE,
		[ONDISK_UDF_MAP_METADATA] = ISOKIT_UDF_METADATA,
	};
	const struct sequence *s = &o->sequences[0];
	unsigned ref = v->file_set.at.ref;

	if (ref < v->n_parts && maps[ref].kind != ONDISK_UDF_MAP_UNKNOWN) {
		const struct ondisk_udf_partition *d = partition_of(s, maps[ref].partition);

		o->img->facts.udf.partition = kinds[maps[ref].kind];
		o->img->facts.udf.access = d ? d->access : 0;
	}
	for (unsigned i = 0; i < s->n_partitions; i++) {
		const struct ondisk_udf_partition *d = &s->partitions[i];

		/* Partitions of recordable discs reach to the end of the medium, recorded
		 * or not. */
		name_claim(o, (uint64_t)d->start + d->blocks, "UDF partition",
			   d->access != 2 && d->access != 3);
	}
}

/* ---- integrity ----------------------------------------------------------------------- */

/* The tables of free and of all blocks have an entry for each partition map (UDF
 * 2.2.6.1). */
static void check_sizes(struct opening *o, const struct ondisk_udf_integrity *d,
			const struct udf_volume *v, uint64_t at)
{
	if (d->n_partitions != v->n_parts)
		model_find(o->img, ISOKIT_F_UDF_PARTITION, at + 72, 4,
			   "number of partitions in the integrity descriptor", d->n_partitions,
			   v->n_parts);
	for (unsigned i = 0; d->sizes && i < d->n_partitions && i < v->n_parts; i++) {
		uint32_t blocks = get_le32(d->sizes + (size_t)i * 4);

		if (v->parts[i].kind == ONDISK_UDF_MAP_PLAIN && blocks != UINT32_MAX &&
		    blocks != v->parts[i].blocks)
			model_find(o->img, ISOKIT_F_UDF_PARTITION,
				   at + 80 + ((uint64_t)d->n_partitions + i) * 4, 4,
				   "size of a partition in the integrity descriptor", blocks,
				   v->parts[i].blocks);
	}
}

static void take_integrity(struct opening *o, struct udf_volume *v, uint64_t at)
{
	struct isokit_udf *f = &o->img->facts.udf;
	struct ondisk_udf_integrity d;

	ondisk_udf_integrity_decode(o->raw, o->sector_bytes, &d);
	(void)ondisk_udf_time_decode(d.recorded, &f->modified);
	v->integrity_at = at;
	v->next_unique_id = d.next_unique_id;
	f->closed = d.type == 1;
	check_sizes(o, &d, v, at);
	if (!d.has_counts)
		return;
	f->has_counts = true;
	f->files = d.files;
	f->directories = d.directories;
	f->min_read = d.min_read;
	f->min_write = d.min_write;
	f->max_write = d.max_write;
}

/* The last descriptor of the sequence holds (3/8.8.2). */
static enum isokit_status read_integrity(struct opening *o, struct udf_volume *v,
					 struct ondisk_udf_extent extent)
{
	unsigned pointers = 0;
	uint32_t i = 0;

	v->integrity_at = ISOKIT_NO_OFFSET;
	for (unsigned seen = 0; seen < MAX_INTEGRITY && i < extent.bytes / o->sector_bytes; seen++) {
		uint64_t sector = (uint64_t)extent.lba + i++, at = sector * o->sector_bytes;
		struct ondisk_udf_integrity d;
		struct ondisk_udf_tag tag;
		enum isokit_status st;
		bool inside;

		st = read_sector(o, sector, &inside);
		if (st)
			return st;
		if (!inside || is_blank(o->raw, 16))
			break;
		if (!judge_tag(o->img, o->raw, o->sector_bytes, at, (uint32_t)sector, &tag) ||
		    tag.id != ONDISK_UDF_INTEGRITY)
			break;
		take_integrity(o, v, at);
		ondisk_udf_integrity_decode(o->raw, o->sector_bytes, &d);
		if (d.next.bytes && ++pointers <= MAX_POINTERS * 8) {
			extent = d.next;
			i = 0;
		}
	}
	if (v->integrity_at == ISOKIT_NO_OFFSET)
		model_find(o->img, ISOKIT_F_UDF_INTEGRITY_MISSING,
			   (uint64_t)extent.lba * o->sector_bytes, extent.bytes, NULL, extent.lba, 0);
	return ISOKIT_OK;
}

/* Where there is a virtual allocation table, the integrity descriptor of the first
 * session stays as it was: it cannot be rewritten, and the table says what holds. */
static void judge_integrity(struct isokit_image *img, const struct udf_volume *v)
{
	for (unsigned i = 0; i < v->n_parts; i++)
		if (v->parts[i].kind == ONDISK_UDF_MAP_VIRTUAL)
			return;
	if (v->integrity_at != ISOKIT_NO_OFFSET && !img->facts.udf.closed)
		model_find(img, ISOKIT_F_UDF_INTEGRITY_OPEN, v->integrity_at + 28, 4, NULL, 0, 0);
}

/* ---- the file set ---------------------------------------------------------------------- */

static enum isokit_status read_file_set(struct opening *o, struct udf_volume *v)
{
	struct ondisk_udf_long where = v->file_set;
	struct isokit_image *img = o->img;
	struct udf_node *node = NULL;
	struct udf_reader r;
	uint64_t at = 0, blocks = 0;
	const uint8_t *logical_id = o->sequences[0].logical.raw + 84;
	uint8_t label[128] = { 0 };
	uint16_t revision = 0;
	bool found = false;
	enum isokit_status st;

	st = model_udf_reader_init(&r, img, v, o->err);
	/* On write-once discs, later sets follow the first one (4/8.3.1). */
	for (unsigned i = 0; !st && i < MAX_FILE_SETS; i++) {
		struct ondisk_udf_file_set set;
		struct ondisk_udf_tag tag;
		const uint8_t *block = NULL;

		st = model_udf_locate(&r, where.at, 1, &at, &blocks);
		if (!st && blocks)
			st = model_udf_block(&r, at, &block);
		if (st || !block || (found && is_blank(block, 16)))
			break;
		if (!judge_tag(img, block, v->block_bytes, at, where.at.block, &tag) ||
		    tag.id != ONDISK_UDF_FILE_SET)
			break;
		ondisk_udf_file_set_decode(block, &set);
		v->root = set.root;
		memcpy(label, set.logical_id, sizeof(label));
		revision = set.revision;
		found = true;
		if (set.next.bytes) {
			where = set.next;
		} else if (where.bytes >= 2 * v->block_bytes) {
			where.bytes -= v->block_bytes;
			where.at.block++;
		} else {
			break;
		}
	}
	if (!st && !found)
		model_find(img, ISOKIT_F_UDF_NO_FILE_SET, blocks ? at : o->sequences[0].logical.at + 248,
			   512, NULL, v->file_set.at.block, v->file_set.at.ref);
	if (!st && found && !v->virtual_counts && memcmp(label, logical_id, sizeof(label)) != 0)
		model_find(img, ISOKIT_F_UDF_LABEL, at + 112, 128, img->facts.udf.logical_id, 0, 0);
	if (!st && found && revision != img->facts.udf.revision)
		model_find(img, ISOKIT_F_UDF_REVISION, at + 416 + 24, 2, "the file set",
			   revision, img->facts.udf.revision);
	if (!st && found) {
		const char *why = NULL;

		node = calloc(1, sizeof(*node));
		st = node ? model_udf_node_read(&r, v->root, node, &v->has_root, &why) :
			    isokit_fail_nomem(o->err, img->facts.path, sizeof(*node));
		if (!st && (!v->has_root || node->e.type != ONDISK_UDF_TYPE_DIRECTORY)) {
			v->has_root = false;
			model_find(img, ISOKIT_F_UDF_NO_ROOT, at + 400, 16,
				   why ? why : "has an entry that is no folder",
				   v->root.at.block, v->root.at.ref);
		}
	}
	if (node)
		model_udf_node_free(node);
	free(node);
	model_udf_reader_free(&r);
	return st;
}

/* ---- all of it -------------------------------------------------------------------------- */

/* NSR02 is ECMA-167 of 1994 and UDF 1, NSR03 that of 1997 and UDF 2 (UDF 2.1.7). */
static void check_revisions(struct opening *o, uint64_t vrs, bool nsr03)
{
	const struct isokit_udf *f = &o->img->facts.udf;

	if (f->revision && (f->revision >= 0x0200) != nsr03)
		model_find(o->img, ISOKIT_F_UDF_NSR, vrs, 7, nsr03 ? "NSR03" : "NSR02",
			   f->revision >> 8, f->revision & 0xffu);
	for (unsigned i = 0; i < o->sequences[0].n_partitions; i++)
		if (o->sequences[0].partitions[i].nsr != (nsr03 ? 3 : 2))
			model_find(o->img, ISOKIT_F_UDF_PARTITION,
				   o->sequences[0].partitions_at[i] + 24, 32,
				   "NSR of the contents of a partition",
				   o->sequences[0].partitions[i].nsr, nsr03 ? 3 : 2);
	if (f->min_read && f->revision && f->min_read > f->revision)
		model_find(o->img, ISOKIT_F_UDF_REVISION, ISOKIT_NO_OFFSET, 0,
			   "the integrity descriptor, as the least a reader must know,", f->min_read,
			   f->revision);
}

static enum isokit_status take_logical(struct opening *o, struct udf_volume *v)
{
	struct isokit_namespace *ns = &o->img->facts.namespaces[ISOKIT_NS_UDF];
	const struct prevailing *p = &o->sequences[0].logical;
	struct ondisk_udf_map maps[UDF_MAX_MAPS] = { { 0 } };
	struct isokit_udf *f = &o->img->facts.udf;
	struct ondisk_udf_logical logical;
	enum isokit_status st;

	ondisk_udf_logical_decode(p->raw, &logical);
	v->sector_bytes = o->sector_bytes;
	v->block_bytes = logical.block_bytes;
	if (logical.block_bytes != o->sector_bytes)
		model_find(o->img, ISOKIT_F_UDF_BLOCK_SIZE, p->at + 212, 4, NULL,
			   logical.block_bytes, o->sector_bytes);
	if (v->block_bytes < 512 || v->block_bytes > UDF_MAX_BLOCK ||
	    (v->block_bytes & (v->block_bytes - 1)) != 0)
		v->block_bytes = o->sector_bytes;
	f->present = ns->present = true;
	f->block_bytes = ns->block_bytes = v->block_bytes;
	f->revision = logical.revision;
	f->logical_id = string_of(o->img, logical.id, 128);
	ns->version = logical.revision ? revision_text(o->img, logical.revision) : NULL;
	if (!f->logical_id || (logical.revision && !ns->version))
		return isokit_fail_nomem(o->err, o->img->facts.path, 128);
	v->file_set = (struct ondisk_udf_long){
		.bytes = logical.file_set_bytes,
		.at = { .block = logical.file_set_block, .ref = logical.file_set_ref },
	};
	v->n_parts = take_maps(o, v, &logical, maps);
	take_partition_facts(o, v, maps);
	name_claim(o, (uint64_t)o->main_extent.lba + o->main_extent.bytes / o->sector_bytes,
		   "UDF volume descriptor sequence", true);
	name_claim(o, (uint64_t)o->reserve_extent.lba + o->reserve_extent.bytes / o->sector_bytes,
		   "UDF reserve descriptor sequence", true);
	for (unsigned i = 0; i < f->n_anchors; i++)
		name_claim(o, (uint64_t)f->anchors[i] + 1, "UDF anchor", true);
	st = take_primary(o);
	if (!st)
		st = read_integrity(o, v, logical.integrity);
	if (!st)
		st = model_udf_parts(v, o->img, maps, o->err);
	if (!st)
		judge_integrity(o->img, v);
	ns->volume_id = f->logical_id; /* the allocation table may have renamed it */
	return st ? st : read_file_set(o, v);
}

static enum isokit_status open_volume(struct opening *o, uint64_t vrs, bool nsr03)
{
	struct udf_volume *v = arena_alloc(&o->img->arena, sizeof(*v));
	const struct isokit_udf *f = &o->img->facts.udf;
	enum isokit_status st;

	if (!v)
		return isokit_fail_nomem(o->err, o->img->facts.path, sizeof(*v));
	st = find_anchors(o);
	if (st)
		return st;
	if (f->n_anchors == 0) {
		model_find(o->img, ISOKIT_F_UDF_NO_ANCHOR, vrs, SECTOR_BYTES, NULL, 0, 0);
		return ISOKIT_OK;
	}
	o->primary_words = descriptor_name(ONDISK_UDF_PRIMARY);
	o->sequences[0].name = "main";
	o->sequences[1].name = "reserve";
	st = read_sequence(o, o->main_extent, &o->sequences[0]);
	if (!st)
		st = read_sequence(o, o->reserve_extent, &o->sequences[1]);
	if (st)
		return st;
	if (!o->sequences[0].logical.at && !o->sequences[1].logical.at) {
		model_find(o->img, ISOKIT_F_UDF_NO_VOLUME,
			   (uint64_t)o->main_extent.lba * o->sector_bytes, o->main_extent.bytes,
			   NULL, 0, 0);
		return ISOKIT_OK;
	}
	compare_sequences(o);
	st = take_logical(o, v);
	if (st)
		return st;
	/* UDF 2.2.3: two of the three places; while a write-once disc is open, one. */
	if (f->n_anchors == 1 && f->access != 2 && f->access != 3)
		model_find(o->img, ISOKIT_F_UDF_ANCHOR_ALONE, (uint64_t)f->anchors[0] * o->sector_bytes,
			   512, NULL, f->anchors[0], 0);
	check_revisions(o, vrs, nsr03);
	o->img->udf = v;
	return ISOKIT_OK;
}

enum isokit_status model_udf(struct isokit_image *img, struct isokit_error *err)
{
	uint64_t vrs = ISOKIT_NO_OFFSET;
	struct opening *o;
	enum isokit_status st;
	bool nsr03 = false;

	for (size_t i = 0; i < img->facts.n_descriptors; i++) {
		if (strncmp(img->facts.descriptors[i].id, "NSR0", 4) == 0) {
			vrs = img->facts.descriptors[i].lba * SECTOR_BYTES;
			nsr03 = img->facts.descriptors[i].id[4] == '3';
		}
	}
	if (vrs == ISOKIT_NO_OFFSET)
		return ISOKIT_OK;
	o = calloc(1, sizeof(*o));
	if (!o)
		return isokit_fail_nomem(err, img->facts.path, sizeof(*o));
	o->img = img;
	o->err = err;
	st = open_volume(o, vrs, nsr03);
	free(o);
	return st;
}
