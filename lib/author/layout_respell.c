/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The names of the ISO 9660 tree spelt anew, in what libisofs has laid out: as genisoimage
 * spells them (oldnames.h), or as the image that the build starts from does.
 *
 * Directories and path tables stay where they are and as large as they are; only the
 * records in them change. So this has to wait until the whole head is there, and what
 * no longer fits (a directory that was full to the last bytes and whose names grew)
 * keeps the names of libisofs.
 *
 * The names to begin with are those of Rock Ridge. Where it was not wanted, it goes. */
#include "author/layout_impl.h"

#include <stdlib.h>
#include <string.h>

#include "author/oldnames.h"
#include "base/array.h"
#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"

enum { /* ECMA-119 9.1: bytes of a directory record */
	DR_LBA = 2, DR_BYTES = 10, DR_FLAGS = 25, DR_NAME_BYTES = 32, DR_NAME = 33,
	DR_DIRECTORY = 2, DR_MULTI_EXTENT = 0x80, DR_MOST = 254,
};

/* A file with all its records (one for each extent), or a folder. */
struct entry {
	const uint8_t *records; /* in the copy of the directory */
	size_t bytes;
	struct oldname name;
	uint32_t number;        /* its place before, for equal names */
	bool dir, kept;         /* kept: as in the base */
	const struct tree_node *node; /* with plan.keep_iso_names, if it is known */
};

struct folder {
	const struct tree_node *node;
	uint32_t lba, bytes, parent; /* parent: index in the list, 0 for the root itself */
	uint8_t name_bytes;
	char name[OLDNAME_BYTES];
};

struct respell {
	struct layout *l;
	uint8_t *head;
	size_t bytes;       /* of head */
	uint64_t first;     /* block at which head begins */
	struct folder *folders;
	size_t n_folders, capacity_folders;
	struct entry *entries;
	size_t n_entries, capacity_entries;
	uint32_t *slots;    /* of a hash table of names: entry index + 1 */
	size_t n_slots, capacity_slots;
	uint8_t *copy;      /* of the directory */
	size_t capacity_copy;
};

/* ---- what is there ------------------------------------------------------------------ */

static uint8_t *block_at(const struct respell *r, uint64_t lba, uint64_t bytes)
{
	if (lba < r->first || !range_inside((lba - r->first) * LAYOUT_BLOCK_BYTES, bytes, r->bytes))
		return NULL;
	return r->head + (lba - r->first) * LAYOUT_BLOCK_BYTES;
}

static size_t record_head(const uint8_t *record)
{
	return (size_t)DR_NAME + record[DR_NAME_BYTES] + (record[DR_NAME_BYTES] % 2 == 0);
}

/* NM of Rock Ridge (RRIP 4.1.4), also in continuation areas (SUSP 5.1). */
static void add_rock_name(const struct respell *r, const uint8_t *area, size_t bytes,
			  struct text *name, unsigned depth)
{
	const uint8_t *next = NULL;
	size_t next_bytes = 0;

	for (size_t at = 0; at + 4 <= bytes && area[at + 2] >= 4 && area[at + 2] <= bytes - at;
	     at += area[at + 2]) {
		const uint8_t *p = area + at;

		if (memcmp(p, "NM", 2) == 0 && p[2] > 5 && !(p[4] & 6)) {
			text_add(name, p + 5, (size_t)p[2] - 5);
		} else if (memcmp(p, "CE", 2) == 0 && p[2] >= 28) {
			uint32_t offset = get_le32(p + 12);

			next_bytes = get_le32(p + 20);
			next = block_at(r, get_le32(p + 4), (uint64_t)offset + next_bytes);
			next = next ? next + offset : NULL;
		}
	}
	if (next && depth < 64)
		add_rock_name(r, next, next_bytes, name, depth + 1);
}

/* A link or the like (PX, RRIP 4.1.1), which is nothing without Rock Ridge. */
static bool is_special(const uint8_t *record)
{
	size_t head = record_head(record), bytes = head < record[0] ? record[0] - head : 0;
	const uint8_t *area = record + head;
	uint32_t type;

	for (size_t at = 0; at + 8 <= bytes && area[at + 2] >= 4; at += area[at + 2]) {
		if (memcmp(area + at, "PX", 2) != 0)
			continue;
		type = get_le32(area + at + 4) & 0170000;
		return type != 0100000 && type != 0040000;
	}
	return false;
}

static bool has_version(const uint8_t *record)
{
	uint8_t n = record[DR_NAME_BYTES];

	return n > 2 && memcmp(record + DR_NAME + n - 2, ";1", 2) == 0;
}

/* The boot catalog is no node of the tree. */
static bool is_catalog(const struct respell *r, const struct folder *f, const struct text *name)
{
	struct text path = { 0 };
	bool same;

	if (!f->node || !r->l->plan->catalog_iso_name || !r->l->catalog_path.n)
		return false;
	tree_node_path(f->node, &path);
	if (path.n != 1)
		text_add_str(&path, "/");
	text_add(&path, name->bytes, name->n);
	same = !path.failed && strcmp(text_string(&path), text_string(&r->l->catalog_path)) == 0;
	text_free(&path);
	return same;
}

/* The name that the base has for it; what is new has the one of libisofs. */
static void keep_name(const struct respell *r, const struct folder *f, const struct text *name,
		      struct entry *e)
{
	const char *known;

	e->node = f->node ? tree_child(f->node, name->bytes, name->n) : NULL;
	known = e->node ? e->node->iso_name :
		is_catalog(r, f, name) ? r->l->plan->catalog_iso_name : NULL;
	e->kept = known && oldname_take(known, strlen(known), &e->name);
	if (!e->kept)
		(void)oldname_take((const char *)e->records + DR_NAME,
				   min_u64(e->records[DR_NAME_BYTES], OLDNAME_BYTES), &e->name);
}

static bool take_entry(struct respell *r, const struct folder *f, const uint8_t *records,
		       size_t bytes)
{
	const struct isokit_build_options *o = &r->l->plan->options;
	size_t head = record_head(records);
	struct text name = { 0 };
	struct entry *e;
	bool ok;

	if (o->no_rock_ridge && is_special(records))
		return true;

	if (!ARRAY_RESERVE(r->entries, r->capacity_entries, r->n_entries + 1))
		return false;
	e = &r->entries[r->n_entries];
	*e = (struct entry){ .records = records, .bytes = bytes,
			     .number = (uint32_t)r->n_entries,
			     .dir = records[DR_FLAGS] & DR_DIRECTORY };
	r->n_entries++;
	if (head < records[0])
		add_rock_name(r, records + head, records[0] - head, &name, 0);
	if (name.n == 0)
		text_add(&name, records + DR_NAME,
			 records[DR_NAME_BYTES] -
				 (has_version(records) && !e->dir ? 2u : 0));
	ok = !name.failed;
	if (ok && r->l->plan->keep_iso_names)
		keep_name(r, f, &name, e);
	else if (ok)
		oldname_make(o->naming, o->iso_level, name.bytes, name.n, e->dir, &e->name);
	text_free(&name);
	return ok;
}

enum read_result { READ_OK, READ_ODD, READ_NOMEM };

/* The entries of a directory but "." and "..", whose bytes are counted. */
static enum read_result read_folder(struct respell *r, const struct folder *f,
				    const uint8_t *data, size_t bytes, size_t *ret_dots)
{
	const uint8_t *begin = NULL;
	size_t n = 0, so_far = 0;

	*ret_dots = 0;
	r->n_entries = 0;
	for (size_t at = 0; at < bytes; n++) {
		const uint8_t *record = data + at;

		if (record[0] == 0) {
			at += LAYOUT_BLOCK_BYTES - at % LAYOUT_BLOCK_BYTES;
			n--;
			continue;
		}
		if (record[0] < DR_NAME + 1 || at + record[0] > bytes ||
		    record[DR_NAME_BYTES] == 0 || DR_NAME + record[DR_NAME_BYTES] > record[0])
			return READ_ODD;
		at += record[0];
		if (n < 2) {
			*ret_dots += record[0];
			continue;
		}
		/* Records of one file may be in two blocks; then they stay as they are. */
		if (begin && begin + so_far != record)
			return READ_ODD;
		begin = begin ? begin : record;
		so_far += record[0];
		if (record[DR_FLAGS] & DR_MULTI_EXTENT)
			continue;
		if (!take_entry(r, f, begin, so_far))
			return READ_NOMEM;
		begin = NULL;
		so_far = 0;
	}
	return n >= 2 && !begin ? READ_OK : READ_ODD;
}

/* ---- no name twice -------------------------------------------------------------------- */

static size_t hash_name(const struct oldname *name)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < name->n; i++)
		h = (h ^ (uint8_t)name->bytes[i]) * 0x100000001b3u;
	return (size_t)(h ^ h >> 32);
}

/* The slot of a name, or the free one where it belongs. */
static uint32_t *find_slot(const struct respell *r, const struct oldname *name)
{
	size_t i = hash_name(name) & (r->n_slots - 1);

	for (;; i = (i + 1) & (r->n_slots - 1)) {
		const struct oldname *other;

		if (r->slots[i] == 0)
			return &r->slots[i];
		other = &r->entries[r->slots[i] - 1].name;
		if (other->n == name->n && memcmp(other->bytes, name->bytes, name->n) == 0)
			return &r->slots[i];
	}
}

static bool clear_slots(struct respell *r)
{
	r->n_slots = 64;
	while (r->n_slots < r->n_entries * 2)
		r->n_slots *= 2;
	if (!ARRAY_RESERVE(r->slots, r->capacity_slots, r->n_slots))
		return false;
	memset(r->slots, 0, r->n_slots * sizeof(*r->slots));
	return true;
}

static int by_name(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int order = oldname_compare(&x->name, &y->name);

	if (order == 0 && x->kept != y->kept)
		return x->kept ? -1 : 1;
	return order ? order : x->number < y->number ? -1 : 1;
}

/* Of equal names the first one stays; false when the numbers do not suffice. */
static bool make_unique(struct respell *r)
{
	enum { NUMBERS = 36 * 36 * 36 };
	static const struct isokit_build_naming plain_naming = { 0 };
	const struct isokit_build_options *o = &r->l->plan->options;
	const struct isokit_build_naming *naming = o->naming ? o->naming : &plain_naming;

	for (size_t i = 0; i < r->n_entries; i++) {
		uint32_t *slot = find_slot(r, &r->entries[i].name);

		if (*slot == 0)
			*slot = (uint32_t)i + 1;
	}
	for (size_t i = 0, run = 0; i < r->n_entries; i++) {
		struct oldname plain = r->entries[i].name, numbered;
		uint32_t *slot = find_slot(r, &plain);
		unsigned number = 0;

		if (*slot == i + 1)
			continue;
		/* Equal names are neighbours: go on where the last one stopped. */
		run = i;
		for (; run < r->n_entries && oldname_compare(&r->entries[run].name, &plain) == 0;
		     run++) {
			do {
				if (number == NUMBERS)
					return false;
				oldname_number(naming, o->iso_level, &plain, number++, &numbered);
				slot = find_slot(r, &numbered);
			} while (*slot);
			r->entries[run].name = numbered;
			*slot = (uint32_t)run + 1;
		}
		i = run - 1;
	}
	return true;
}

/* ---- what will be there ------------------------------------------------------------------ */

static size_t new_head(const struct entry *e)
{
	return (size_t)DR_NAME + e->name.n + (e->name.n % 2 == 0);
}

/* A record with the entry's new name; its length. */
static size_t spell_record(const struct respell *r, const struct entry *e, const uint8_t *record,
			   uint8_t *out)
{
	size_t old_head = record_head(record), head = new_head(e);
	size_t rest = old_head < record[0] ? record[0] - old_head : 0;

	if (r->l->plan->options.no_rock_ridge)
		rest = 0;
	if (head + rest > DR_MOST)
		return 0;
	memset(out, 0, head);
	memcpy(out, record, DR_NAME);
	memcpy(out + DR_NAME, e->name.bytes, e->name.n);
	memcpy(out + head, record + old_head, rest);
	out[0] = (uint8_t)(head + rest);
	out[DR_NAME_BYTES] = e->name.n;
	return head + rest;
}

/* A record into the directory, never over the border of a block. */
static bool put_record(uint8_t *data, size_t bytes, size_t *at, const uint8_t *record, size_t n)
{
	if (*at % LAYOUT_BLOCK_BYTES + n > LAYOUT_BLOCK_BYTES)
		*at += LAYOUT_BLOCK_BYTES - *at % LAYOUT_BLOCK_BYTES;
	if (n == 0 || *at + n > bytes)
		return false;
	memcpy(data + *at, record, n);
	*at += n;
	return true;
}

/* "." and ".." as they are, or without Rock Ridge. */
static size_t put_dots(const struct respell *r, uint8_t *data)
{
	size_t from = 0, to = 0;

	for (unsigned i = 0; i < 2; i++) {
		const uint8_t *record = r->copy + from;
		size_t n = r->l->plan->options.no_rock_ridge ? DR_NAME + 1 : record[0];

		memcpy(data + to, record, n);
		data[to] = (uint8_t)n;
		from += record[0];
		to += n;
	}
	return to;
}

static bool write_folder(struct respell *r, uint8_t *data, size_t bytes)
{
	size_t at;

	memset(data, 0, bytes);
	at = put_dots(r, data);
	for (size_t i = 0; i < r->n_entries; i++) {
		const struct entry *e = &r->entries[i];

		for (size_t from = 0; from < e->bytes; from += e->records[from]) {
			uint8_t record[DR_MOST + 2];
			size_t n = spell_record(r, e, e->records + from, record);

			if (!put_record(data, bytes, &at, record, n))
				return false;
		}
	}
	return true;
}

/* Names as libisofs has them, for the path tables. */
static void keep_names(struct respell *r)
{
	for (size_t i = 0; i < r->n_entries; i++) {
		struct entry *e = &r->entries[i];

		e->name.n = (uint8_t)min_u64(e->records[DR_NAME_BYTES], OLDNAME_BYTES);
		memcpy(e->name.bytes, e->records + DR_NAME, e->name.n);
	}
}

static int by_number(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

static bool add_folders(struct respell *r, size_t parent)
{
	for (size_t i = 0; i < r->n_entries; i++) {
		const struct entry *e = &r->entries[i];
		struct folder *f;

		if (!e->dir)
			continue;
		if (!ARRAY_RESERVE(r->folders, r->capacity_folders, r->n_folders + 1))
			return false;
		f = &r->folders[r->n_folders++];
		*f = (struct folder){ .node = e->node,
				      .lba = get_le32(e->records + DR_LBA),
				      .bytes = get_le32(e->records + DR_BYTES),
				      .parent = (uint32_t)parent,
				      .name_bytes = e->name.n };
		memcpy(f->name, e->name.bytes, e->name.n);
	}
	return true;
}

/* False when out of memory. */
static bool respell_folder(struct respell *r, size_t index)
{
	struct folder f = r->folders[index];
	uint8_t *data = block_at(r, f.lba, f.bytes);
	enum read_result read;
	size_t dots;

	if (!data || f.bytes % LAYOUT_BLOCK_BYTES)
		return true;
	if (!ARRAY_RESERVE(r->copy, r->capacity_copy, f.bytes))
		return false;
	memcpy(r->copy, data, f.bytes);
	read = read_folder(r, &f, r->copy, f.bytes, &dots);
	if (read == READ_NOMEM || (read == READ_OK && !clear_slots(r)))
		return false;
	if (read != READ_OK)
		return true;
	if (r->n_entries)
		qsort(r->entries, r->n_entries, sizeof(*r->entries), by_name);
	if (make_unique(r)) {
		if (r->n_entries)
			qsort(r->entries, r->n_entries, sizeof(*r->entries), by_name);
		if (write_folder(r, data, f.bytes))
			return add_folders(r, index);
	}
	memcpy(data, r->copy, f.bytes);
	if (r->n_entries)
		qsort(r->entries, r->n_entries, sizeof(*r->entries), by_number);
	keep_names(r);
	return add_folders(r, index);
}

/* ---- path tables (ECMA-119 9.4) ------------------------------------------------------------- */

static size_t path_table_bytes(const struct respell *r)
{
	size_t n = 10;

	for (size_t i = 1; i < r->n_folders; i++)
		n += 8u + r->folders[i].name_bytes + r->folders[i].name_bytes % 2;
	return n;
}

static void write_path_table(const struct respell *r, uint8_t *out, bool big)
{
	for (size_t i = 0; i < r->n_folders; i++) {
		const struct folder *f = &r->folders[i];
		uint8_t n = i ? f->name_bytes : 1;

		memset(out, 0, 8u + n + n % 2);
		out[0] = n;
		(big ? put_be32 : put_le32)(out + 2, f->lba);
		(big ? put_be16 : put_le16)(out + 6, (uint16_t)(f->parent + 1));
		if (i)
			memcpy(out + 8, f->name, n);
		out += 8u + n + n % 2;
	}
}

static void respell_path_tables(struct respell *r, uint8_t *descriptor)
{
	uint32_t old = get_le32(descriptor + 132);
	size_t room = (size_t)div_up(old, LAYOUT_BLOCK_BYTES) * LAYOUT_BLOCK_BYTES;
	uint8_t *little = block_at(r, get_le32(descriptor + 140), room);
	uint8_t *big = block_at(r, get_be32(descriptor + 148), room);
	size_t n = path_table_bytes(r);

	if (!little || !big || n > room)
		return;
	memset(little, 0, room);
	memset(big, 0, room);
	write_path_table(r, little, false);
	write_path_table(r, big, true);
	put_both32(descriptor + 132, (uint32_t)n);
}

/* ---- all of it --------------------------------------------------------------------------------- */

static enum isokit_status read_head(struct layout *l, struct isokit_error *err)
{
	uint64_t end = layout_head_bytes(l);
	size_t want = (size_t)(end > l->head_bytes ? end - l->head_bytes : 0);

	l->respelt = malloc(want ? want : 1);
	if (!l->respelt)
		return isokit_fail_nomem(err, "layout", want);
	while (l->respelt_bytes < want) {
		size_t some = (size_t)min_u64(want - l->respelt_bytes, 1u << 20);
		int got = l->burn->read_xt(l->burn, l->respelt + l->respelt_bytes, (int)some);

		if (got <= 0)
			return layout_fail((int)ISO_WRITE_ERROR, "layout", err);
		l->respelt_bytes += (size_t)got;
	}
	return ISOKIT_OK;
}

/* That of ISO 9660:1999 (version 2) before that of Joliet. */
static void order_descriptors(uint8_t *primary)
{
	for (uint8_t *d = primary; d < primary + 8 * LAYOUT_BLOCK_BYTES; d += LAYOUT_BLOCK_BYTES) {
		uint8_t *next = d + LAYOUT_BLOCK_BYTES, copy[LAYOUT_BLOCK_BYTES];

		if (memcmp(d + 1, "CD001", 5) != 0 || d[0] == 255)
			return;
		if (d[0] != 2 || d[6] != 1 || next[0] != 2 || next[6] != 2)
			continue;
		memcpy(copy, d, sizeof(copy));
		memcpy(d, next, sizeof(copy));
		memcpy(next, copy, sizeof(copy));
		return;
	}
}

enum isokit_status layout_respell(struct layout *l, struct isokit_error *err)
{
	struct respell r = { .l = l, .first = l->head_bytes / LAYOUT_BLOCK_BYTES };
	enum isokit_status st = read_head(l, err);
	uint8_t *descriptor;
	bool ok = true;

	if (st)
		return st;
	r.head = l->respelt;
	r.bytes = l->respelt_bytes;
	descriptor = (l->overwrite ? l->overwrite : r.head) + 16 * LAYOUT_BLOCK_BYTES;
	if (r.bytes < 17 * LAYOUT_BLOCK_BYTES || memcmp(descriptor, "\1CD001", 6) != 0)
		return ISOKIT_OK;
	if (l->plan->options.naming && l->plan->options.naming->iso_1999)
		order_descriptors(descriptor);
	ok = ARRAY_RESERVE(r.folders, r.capacity_folders, 1);
	if (ok) {
		r.folders[r.n_folders++] = (struct folder){
			.node = l->plan->keep_iso_names ? l->plan->tree->root : NULL,
			.lba = get_le32(descriptor + 156 + DR_LBA),
			.bytes = get_le32(descriptor + 156 + DR_BYTES),
		};
	}
	for (size_t i = 0; ok && i < r.n_folders; i++)
		ok = respell_folder(&r, i);
	if (ok)
		respell_path_tables(&r, descriptor);
	free(r.folders);
	free(r.entries);
	free(r.slots);
	free(r.copy);
	return ok ? ISOKIT_OK : isokit_fail_nomem(err, "layout", r.bytes);
}
