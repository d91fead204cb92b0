/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "volume/units.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/fail.h"

enum { SLOTS = 8 };

struct slot {
	const void *of; /* the content; NULL: free */
	uint64_t unit, used;
	uint8_t *bytes;
	size_t n;
};

struct units {
	pthread_mutex_t lock;
	struct slot slots[SLOTS];
	uint64_t clock;
	struct codec *codec;
};

struct content {
	struct units *units;
	struct units_file file;
};

static void units_free(void *object)
{
	struct units *u = object;

	for (size_t i = 0; i < SLOTS; i++)
		free(u->slots[i].bytes);
	codec_free(u->codec);
	pthread_mutex_destroy(&u->lock);
	free(u);
}

enum isokit_status units_new(struct volume_mount *m, struct units **ret_units,
			     struct isokit_error *err)
{
	struct units *u = calloc(1, sizeof(*u));
	enum isokit_status st;

	if (!u)
		return isokit_fail_nomem(err, "file system", sizeof(*u));
	pthread_mutex_init(&u->lock, NULL);
	u->codec = codec_new();
	if (!u->codec) {
		units_free(u);
		return isokit_fail_nomem(err, "file system", sizeof(*u));
	}
	st = volume_mount_at_end(m, units_free, u, err);
	if (!st)
		*ret_units = u;
	return st;
}

struct codec *units_codec(const struct units *u)
{
	return u->codec;
}

/* Copy from a unit that is there already. */
static bool from_slot(struct content *c, uint64_t unit, size_t skip, void *buffer, size_t n)
{
	struct units *u = c->units;
	bool found = false;

	pthread_mutex_lock(&u->lock);
	for (size_t i = 0; i < SLOTS && !found; i++) {
		struct slot *s = &u->slots[i];

		if (s->of != c || s->unit != unit || !range_inside(skip, n, s->n))
			continue;
		memcpy(buffer, s->bytes + skip, n);
		s->used = ++u->clock;
		found = true;
	}
	pthread_mutex_unlock(&u->lock);
	return found;
}

/* Keep an expanded unit in the place of the one that was used least lately. */
static void to_slot(struct content *c, uint64_t unit, uint8_t *bytes, size_t n)
{
	struct units *u = c->units;
	struct slot *oldest = &u->slots[0];
	uint8_t *old;

	pthread_mutex_lock(&u->lock);
	for (size_t i = 1; i < SLOTS; i++) {
		if (u->slots[i].used < oldest->used)
			oldest = &u->slots[i];
	}
	old = oldest->bytes;
	*oldest = (struct slot){ .of = c, .unit = unit, .used = ++u->clock, .bytes = bytes, .n = n };
	pthread_mutex_unlock(&u->lock);
	free(old);
}

static enum isokit_status read_unit(struct content *c, uint64_t unit, size_t unit_bytes,
				    size_t skip, uint8_t *to, size_t n, struct isokit_error *err)
{
	enum isokit_status st;
	uint8_t *bytes;

	if (n == unit_bytes)
		return c->file.expand(c->file.file, unit, to, n, err);
	if (from_slot(c, unit, skip, to, n))
		return ISOKIT_OK;
	bytes = malloc(unit_bytes);
	if (!bytes)
		return isokit_fail_nomem(err, "file system", unit_bytes);
	st = c->file.expand(c->file.file, unit, bytes, unit_bytes, err);
	if (st) {
		free(bytes);
		return st;
	}
	memcpy(to, bytes + skip, n);
	to_slot(c, unit, bytes, unit_bytes);
	return ISOKIT_OK;
}

static enum isokit_status content_read_at(void *self, uint64_t offset, void *buffer, size_t length,
					  struct isokit_error *err)
{
	struct content *c = self;
	enum isokit_status st = ISOKIT_OK;
	uint8_t *to = buffer;

	while (st == ISOKIT_OK && length) {
		uint64_t unit = offset / c->file.unit_bytes, start = unit * c->file.unit_bytes;
		size_t unit_bytes = (size_t)min_u64(c->file.unit_bytes, c->file.size - start);
		size_t skip = (size_t)(offset - start);
		size_t n = (size_t)min_u64(unit_bytes - skip, length);

		st = read_unit(c, unit, unit_bytes, skip, to, n, err);
		to += n;
		offset += n;
		length -= n;
	}
	return st;
}

static void content_locate(void *self, uint64_t offset, uint64_t length,
			   struct isokit_location *ret_location)
{
	struct content *c = self;
	uint64_t unit = offset / c->file.unit_bytes;
	bool hole = c->file.is_hole && c->file.is_hole(c->file.file, unit);
	uint64_t end = offset + length, at = offset;

	while (at < end && (c->file.is_hole && c->file.is_hole(c->file.file, unit)) == hole)
		at = min_u64(end, ++unit * c->file.unit_bytes);
	*ret_location = (struct isokit_location){
		.where = hole ? ISOKIT_WHERE_ZEROS : ISOKIT_WHERE_READ,
		.fd = -1,
		.length = at - offset,
	};
}

static void content_close(void *self)
{
	struct content *c = self;

	pthread_mutex_lock(&c->units->lock);
	for (size_t i = 0; i < SLOTS; i++) {
		if (c->units->slots[i].of == c)
			c->units->slots[i].of = NULL;
	}
	pthread_mutex_unlock(&c->units->lock);
	if (c->file.release)
		c->file.release(c->file.file);
	free(c);
}

static const struct isokit_source_ops content_ops = {
	.size = sizeof(content_ops),
	.read_at = content_read_at,
	.locate = content_locate,
	.close = content_close,
};

enum isokit_status units_source(struct units *u, const struct units_file *file, const char *name,
				struct isokit_source **ret_src, struct isokit_error *err)
{
	struct content *c = malloc(sizeof(*c));
	enum isokit_status st;

	if (!c) {
		if (file->release)
			file->release(file->file);
		return isokit_fail_nomem(err, name, sizeof(*c));
	}
	*c = (struct content){ .units = u, .file = *file };
	st = isokit_source_new(&content_ops, c, file->size, name, ret_src, err);
	if (st)
		content_close(c);
	return st;
}
