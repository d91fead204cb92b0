/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "write/bmap.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/checked.h"
#include "base/fail.h"
#include "digest/digest.h"
#include "write/compose.h"
#include "write/job.h"
#include "write/xml.h"

enum { MOST_BYTES = 32 * 1024 * 1024, MOST_DEPTH = 3 };

struct range {
	uint64_t first, last; /* blocks, both included */
	bool has_sum;
	uint8_t sum[32];
};

struct bmap {
	const char *path;
	unsigned major, minor;
	uint64_t image_bytes, block_bytes, blocks, mapped;
	enum isokit_digest_kind kind;
	bool has_kind, has_own_sum;
	struct xml_piece own_sum;
	struct range *ranges;
	size_t n, capacity;
};

static enum isokit_status wrong(const struct bmap *b, struct isokit_error *err, const char *what)
{
	return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, b->path, "%s", what);
}

/* ---- its elements ------------------------------------------------------------------------------ */

static bool take_number(const char **p, const char *end, uint64_t *ret)
{
	const char *from = *p;
	uint64_t n = 0;

	for (; *p < end && **p >= '0' && **p <= '9'; (*p)++)
		if (n > (UINT64_MAX - 9) / 10)
			return false;
		else
			n = n * 10 + (uint64_t)(**p - '0');
	*ret = n;
	return *p > from;
}

static bool is_number(const struct xml_piece *t, uint64_t *ret)
{
	const char *p = t->at, *end = p + t->n;

	return take_number(&p, end, ret) && p == end;
}

/* "12" or "12-15" */
static bool is_range(const struct xml_piece *t, struct range *r)
{
	const char *p = t->at, *end = p + t->n;

	if (!take_number(&p, end, &r->first))
		return false;
	r->last = r->first;
	return p == end || (*p++ == '-' && take_number(&p, end, &r->last) && p == end);
}

static bool is_version(const struct xml_piece *t, struct bmap *b)
{
	const char *p = t->at, *end = p + t->n;
	uint64_t major, minor;

	if (!take_number(&p, end, &major) || p == end || *p++ != '.' ||
	    !take_number(&p, end, &minor) || p != end || major > 1000 || minor > 1000)
		return false;
	b->major = (unsigned)major;
	b->minor = (unsigned)minor;
	return true;
}

static bool take_sum(const struct bmap *b, const struct xml_piece *digits, struct range *r)
{
	size_t n = isokit_digest_bytes(b->kind);

	r->has_sum = b->has_kind && n <= sizeof(r->sum) && digits->n == 2 * n &&
		     digest_unhex(digits->at, n, r->sum);
	return r->has_sum;
}

static enum isokit_status take_range(struct bmap *b, const struct xml_piece *text,
				     const struct xml_piece *sum, struct isokit_error *err)
{
	struct range r = { 0 };

	if (!is_range(text, &r) || r.last < r.first || r.last >= b->blocks ||
	    (b->n && r.first <= b->ranges[b->n - 1].last))
		return wrong(b, err, "has a range of blocks that is none, or not in its place");
	if (sum->n && !take_sum(b, sum, &r))
		return wrong(b, err, "has a checksum that is none");
	if (!ARRAY_RESERVE(b->ranges, b->capacity, b->n + 1))
		return isokit_fail_nomem(err, b->path, sizeof(r));
	b->ranges[b->n++] = r;
	return ISOKIT_OK;
}

static enum isokit_status take_text(struct bmap *b, const struct xml_piece *name,
				    const struct xml_piece *text, const struct xml_piece *sum,
				    struct isokit_error *err)
{
	uint64_t *number = xml_is(name, "ImageSize")	      ? &b->image_bytes :
			   xml_is(name, "BlockSize")	      ? &b->block_bytes :
			   xml_is(name, "BlocksCount")	      ? &b->blocks :
			   xml_is(name, "MappedBlocksCount") ? &b->mapped : NULL;

	if (number && !is_number(text, number))
		return wrong(b, err, "has something else where a number should be");
	if (xml_is(name, "ChecksumType")) {
		b->has_kind = isokit_digest_find(text->at, text->n, &b->kind) == 0;
		if (!b->has_kind || isokit_digest_bytes(b->kind) > 32)
			return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, b->path,
					   "has checksums of a kind that is not known");
	}
	if (xml_is(name, "BmapFileChecksum") || xml_is(name, "BmapFileSHA1")) {
		b->own_sum = *text;
		b->has_own_sum = true;
	}
	return xml_is(name, "Range") ? take_range(b, text, sum, err) : ISOKIT_OK;
}

static enum isokit_status read_elements(struct bmap *b, const char *bytes, size_t n,
					struct isokit_error *err)
{
	struct xml_piece name = { "", 0 }, sum = { "", 0 }, version;
	enum isokit_status st = ISOKIT_OK;
	unsigned depth = 0;
	enum xml_kind kind;
	struct xml x;

	xml_start(&x, bytes, n);
	while (!st && (kind = xml_next(&x)) != XML_END) {
		if (kind == XML_WRONG || (kind == XML_OPEN && ++depth > MOST_DEPTH) ||
		    (kind == XML_CLOSE && depth-- == 0))
			return wrong(b, err, "is no block map: its XML is damaged or cut short");
		if (kind == XML_OPEN && depth == 1) {
			if (!xml_is(&x.name, "bmap") || !xml_attribute(&x, "version", &version) ||
			    !is_version(&version, b))
				return wrong(b, err, "is no block map");
			if (b->major == 0 || b->major > 2)
				return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET,
						   b->path, "has version %u.%u of the format, and only "
						   "1 and 2 are known", b->major, b->minor);
			/* Before 1.4 it was not named. */
			b->kind = ISOKIT_SHA1;
			b->has_kind = b->major == 1 && b->minor < 4;
		} else if (kind == XML_OPEN) {
			name = x.name;
			if (!xml_attribute(&x, "chksum", &sum) && !xml_attribute(&x, "sha1", &sum))
				sum.n = 0;
		} else if (kind == XML_TEXT && depth > 1) {
			st = take_text(b, &name, &x.text, &sum, err);
		}
	}
	if (!st && (depth || b->major == 0))
		return wrong(b, err, "is no block map: it is cut short");
	return st;
}

static enum isokit_status check_numbers(const struct bmap *b, struct isokit_error *err)
{
	uint64_t mapped = 0;

	if (b->image_bytes == 0 || b->image_bytes > INT64_MAX || b->block_bytes < 512 ||
	    b->block_bytes > 1 << 30 ||
	    (b->block_bytes & (b->block_bytes - 1)) ||
	    b->blocks != div_up(b->image_bytes, b->block_bytes) || b->n == 0)
		return wrong(b, err, "has numbers that contradict each other");
	for (size_t i = 0; i < b->n; i++)
		mapped += b->ranges[i].last - b->ranges[i].first + 1;
	if (b->mapped && mapped != b->mapped)
		return wrong(b, err, "announces another number of blocks than it lists");
	return ISOKIT_OK;
}

/* ---- its own checksum ---------------------------------------------------------------------------- */

/* Over the whole file, with zeros in place of the checksum. */
static enum isokit_status check_own_sum(struct isokit_write *w, const struct bmap *b, char *bytes,
					size_t n, struct isokit_error *err)
{
	uint8_t should[ISOKIT_DIGEST_MAX_BYTES], is[ISOKIT_DIGEST_MAX_BYTES];
	size_t digits = 2 * isokit_digest_bytes(b->kind);
	enum isokit_status st;

	if (!b->has_own_sum && (b->major > 1 || b->minor >= 3))
		return wrong(b, err, "has no checksum of its own, which its version must have");
	if (!b->has_own_sum)
		return ISOKIT_OK;
	if (!b->has_kind || b->own_sum.n != digits ||
	    !digest_unhex(b->own_sum.at, digits / 2, should))
		return wrong(b, err, "has something else where its own checksum should be");
	st = w->digests ? ISOKIT_OK : isokit_digests_load(&w->digests, err);
	if (st)
		return st;
	memset(bytes + (b->own_sum.at - bytes), '0', digits);
	if (!digest_of(w->digests, b->kind, bytes, n, is))
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET,
				   isokit_digest_name(b->kind), "is not offered by libcrypto");
	if (memcmp(is, should, digits / 2) != 0)
		return wrong(b, err, "does not have the checksum that it bears: it was changed or "
			     "damaged");
	return ISOKIT_OK;
}

/* ---- opening ------------------------------------------------------------------------------------- */

static enum isokit_status read_file(const char *path, char **ret, size_t *ret_n,
				    struct isokit_error *err)
{
	struct isokit_source *src = NULL;
	enum isokit_status st = isokit_source_is_url(path) ?
					isokit_source_open_url(path, &src, err) :
					isokit_source_open_file(path, &src, err);
	uint64_t n = st ? 0 : isokit_source_size(src);

	*ret = NULL;
	if (!st && n > MOST_BYTES)
		st = isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, path,
				 "is too large for a block map");
	if (!st && !(*ret = malloc((size_t)n + 1)))
		st = isokit_fail_nomem(err, path, (size_t)n);
	if (!st)
		st = isokit_source_read_at(src, 0, *ret, (size_t)n, err);
	*ret_n = (size_t)n;
	isokit_source_close(src);
	return st;
}

static enum isokit_status fits(struct isokit_write *w, const struct bmap *b,
			       struct isokit_error *err)
{
	char a[NUMBER_BYTES], c[NUMBER_BYTES];

	if (w->plan.bytes && w->plan.bytes != b->image_bytes)
		return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, b->path,
				   "is the map of an image of %s bytes, and this one has %s",
				   write_number(b->image_bytes, a), write_number(w->plan.bytes, c));
	w->plan.bytes = w->plan.at_least = b->image_bytes;
	return ISOKIT_OK;
}

enum isokit_status bmap_open(struct isokit_write *w, struct isokit_error *err)
{
	struct bmap *b = calloc(1, sizeof(*b));
	enum isokit_status st;
	char *bytes;
	size_t n;

	if (!b)
		return isokit_fail_nomem(err, w->options.bmap, sizeof(*b));
	b->path = w->options.bmap;
	w->bmap = b;
	st = read_file(b->path, &bytes, &n, err);
	if (!st)
		st = read_elements(b, bytes, n, err);
	if (!st)
		st = check_numbers(b, err);
	if (!st)
		st = check_own_sum(w, b, bytes, n, err);
	if (!st)
		st = fits(w, b, err);
	b->own_sum = (struct xml_piece){ "", 0 };
	free(bytes);
	return st;
}

void bmap_free(struct bmap *b)
{
	if (!b)
		return;
	free(b->ranges);
	free(b);
}

/* ---- while it is read --------------------------------------------------------------------------- */

struct check {
	const struct bmap *b;
	const struct isokit_write *w;
	struct digest *digest;
	size_t at;        /* the range that is next, or being read */
	uint64_t hashed;  /* bytes of it */
};

static enum isokit_status check_sum(struct check *c, struct isokit_error *err)
{
	const struct range *r = &c->b->ranges[c->at];
	uint8_t is[ISOKIT_DIGEST_MAX_BYTES];

	if (!digest_finish(c->digest, is) || !digest_restart(c->digest, c->b->kind))
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, "libcrypto", "fails");
	if (r->has_sum && memcmp(is, r->sum, isokit_digest_bytes(c->b->kind)) != 0)
		return isokit_fail(err, ISOKIT_E_CORRUPT, r->first * c->b->block_bytes, c->w->path,
				   "its blocks %llu to %llu are not those of the block map: it is "
				   "damaged, or another image",
				   (unsigned long long)r->first, (unsigned long long)r->last);
	return ISOKIT_OK;
}

static bool see(void *ctx, uint64_t offset, const uint8_t *bytes, size_t n,
		struct isokit_error *err)
{
	struct check *c = ctx;
	const struct bmap *b = c->b;

	while (c->at < b->n) {
		const struct range *r = &b->ranges[c->at];
		uint64_t start = r->first * b->block_bytes;
		uint64_t end = min_u64((r->last + 1) * b->block_bytes, b->image_bytes);
		uint64_t from = max_u64(start + c->hashed, offset), to = min_u64(end, offset + n);

		if (from >= to)
			return true;
		if (!digest_update(c->digest, bytes + (from - offset), (size_t)(to - from)))
			return false;
		c->hashed += to - from;
		if (start + c->hashed < end)
			return true;
		if (check_sum(c, err))
			return false;
		c->at++;
		c->hashed = 0;
	}
	return true;
}

static bool finish(void *ctx, struct isokit_error *err)
{
	struct check *c = ctx;

	if (c->at == c->b->n)
		return true;
	(void)isokit_fail(err, ISOKIT_E_SHORT, ISOKIT_NO_OFFSET, c->w->path,
			  "ends before the last block of its block map");
	return false;
}

static void free_check(void *ctx)
{
	struct check *c = ctx;

	digest_free(c->digest);
	free(c);
}

enum isokit_status bmap_flow(struct flow *f, struct isokit_error *err)
{
	struct tap tap = { .see = see, .finish = finish, .free = free_check };
	const struct bmap *b = f->w->bmap;
	struct check *c;
	enum isokit_status st = ISOKIT_OK;

	for (size_t i = 0; i < b->n; i++) {
		uint64_t from = b->ranges[i].first * b->block_bytes;
		uint64_t to = min_u64((b->ranges[i].last + 1) * b->block_bytes, b->image_bytes);

		if (!extents_add(f, from, to - from))
			return isokit_fail_nomem(err, b->path, 0);
	}
	if (!f->w->digests)
		st = isokit_digests_load(&f->w->digests, err);
	c = st ? NULL : calloc(1, sizeof(*c));
	if (!c)
		return st ? st : isokit_fail_nomem(err, b->path, sizeof(*c));
	c->b = b;
	c->w = f->w;
	c->digest = digest_new(f->w->digests, b->kind);
	if (!c->digest) {
		free(c);
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET,
				   isokit_digest_name(b->kind), "is not offered by libcrypto");
	}
	tap.ctx = c;
	flow_add_tap(f, &tap);
	return ISOKIT_OK;
}
