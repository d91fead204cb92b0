/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libisofs' tags and array (libisofs, doc/checksums.txt), with the checksums of what
 * the image really holds. libisofs has written both, with all that is around the sums;
 * where the end of its stream was not needed, the last ones are made here. */
#include "author/integrity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/checked.h"
#include "base/fail.h"
#include "verify/tags.h"

enum {
	MD5_BYTES = 16,
	FIRST_TAG = 16,      /* blocks behind the beginning of a session */
	MAX_DESCRIPTORS = 32,
	CHUNK_BYTES = 256 * 1024,
};

static const char subject[] = "checksum tags";

/* A tag, with its sum and that of itself. */
static enum isokit_status put_tag(struct tags *t, const char *line, uint64_t lba,
				  struct sink *to, uint8_t *ret_block, struct isokit_error *err)
{
	uint8_t md5[ISOKIT_DIGEST_MAX_BYTES];
	char hex[2 * MD5_BYTES + 1], *out = (char *)ret_block;
	int n;

	memset(ret_block, 0, LAYOUT_BLOCK_BYTES);
	if (!digest_peek(t->md, md5))
		return isokit_fail_nomem(err, subject, 0);
	digest_hex(md5, MD5_BYTES, hex);
	n = snprintf(out, LAYOUT_BLOCK_BYTES, "%s md5=%s", line, hex);
	if (n < 0 || n > 1024 || !digest_of(t->lib, ISOKIT_MD5, out, (size_t)n, md5))
		return isokit_fail_nomem(err, subject, 0);
	digest_hex(md5, MD5_BYTES, hex);
	(void)snprintf(out + n, LAYOUT_BLOCK_BYTES - (size_t)n, " self=%s\n", hex);
	return sink_write_at(to, lba * LAYOUT_BLOCK_BYTES, ret_block, LAYOUT_BLOCK_BYTES, err);
}

/* Blocks [from, to) into the sum. */
static enum isokit_status add_blocks(struct tags *t, struct isokit_source *src, uint64_t from,
				     uint64_t upto, struct isokit_error *err)
{
	uint8_t *buffer = malloc(CHUNK_BYTES);
	uint64_t at = from * LAYOUT_BLOCK_BYTES, end = upto * LAYOUT_BLOCK_BYTES;
	enum isokit_status st = ISOKIT_OK;

	if (!buffer)
		return isokit_fail_nomem(err, subject, CHUNK_BYTES);
	while (st == ISOKIT_OK && at < end) {
		size_t n = (size_t)min_u64(CHUNK_BYTES, end - at);

		st = isokit_source_read_at(src, at, buffer, n, err);
		if (st == ISOKIT_OK && !digest_update(t->md, buffer, n))
			st = isokit_fail_nomem(err, subject, 0);
		at += n;
	}
	free(buffer);
	return st;
}

/* The tag of that type in a block; only the numbers before its sum are of use. */
static bool read_tag(struct isokit_source *src, uint64_t lba, enum tag_type type,
		     uint8_t *block, struct tag *ret)
{
	bool damaged;

	return range_inside(lba * LAYOUT_BLOCK_BYTES, LAYOUT_BLOCK_BYTES,
			    isokit_source_size(src)) &&
	       isokit_source_read_at(src, lba * LAYOUT_BLOCK_BYTES, block, LAYOUT_BLOCK_BYTES,
				     NULL) == ISOKIT_OK &&
	       tag_decode(block, LAYOUT_BLOCK_BYTES, ret, &damaged) && ret->type == type &&
	       ret->pos == lba;
}

/* Once more, with the sum of the image as it is. */
static enum isokit_status renew(struct tags *t, struct isokit_source *src, uint64_t from,
				const struct tag *tag, uint8_t *block, struct sink *to,
				struct isokit_error *err)
{
	enum isokit_status st = add_blocks(t, src, from, tag->pos, err);
	char *sum, line[512];

	if (st)
		return st;
	block[tag->self_bytes] = '\0';
	sum = strstr((char *)block, " md5=");
	if (!sum)
		return isokit_fail(err, ISOKIT_E_MISMATCH, tag->pos, subject, "are not as expected");
	*sum = '\0';
	(void)snprintf(line, sizeof(line), "%s", (const char *)block);
	st = put_tag(t, line, tag->pos, to, block, err);
	if (st == ISOKIT_OK && !digest_update(t->md, block, LAYOUT_BLOCK_BYTES))
		st = isokit_fail_nomem(err, subject, 0);
	return st;
}

/* Behind the descriptors at the beginning of an image whose session begins later. An
 * implanted MD5 is of this tag and the tag of the descriptor that bears it: they
 * cannot both be right, so the tag goes, and the session's own remain. */
static enum isokit_status relocated_tag(struct tags *t, struct isokit_source *src, bool erase,
					struct sink *to, struct isokit_error *err)
{
	uint64_t end = t->start < 2 * FIRST_TAG ? t->start : 2 * FIRST_TAG;
	uint8_t block[LAYOUT_BLOCK_BYTES];
	enum isokit_status st = ISOKIT_OK;
	struct digest *md = t->md;
	struct tag tag;

	for (uint64_t lba = FIRST_TAG; lba < end; lba++) {
		if (!read_tag(src, lba, TAG_RELOCATED, block, &tag))
			continue;
		if (erase) {
			memset(block, 0, sizeof(block));
			return sink_write_at(to, lba * LAYOUT_BLOCK_BYTES, block, sizeof(block),
					     err);
		}
		t->md = digest_new(t->lib, ISOKIT_MD5);
		st = t->md ? renew(t, src, 0, &tag, block, to, err) :
			     isokit_fail_nomem(err, subject, 0);
		digest_free(t->md);
		t->md = md;
		return st;
	}
	return ISOKIT_OK;
}

enum isokit_status tags_start(struct tags *t, const struct isokit_digests *lib,
			      struct isokit_source *src, uint64_t head_bytes, uint32_t n,
			      bool implant, struct sink *to, struct isokit_error *err)
{
	uint8_t block[LAYOUT_BLOCK_BYTES];
	struct tag tag = { .pos = 0 };
	enum isokit_status st;
	uint64_t lba;

	t->lib = lib;
	t->n = n;
	t->md = digest_new(lib, ISOKIT_MD5);
	t->entries = calloc((size_t)n + 2, MD5_BYTES);
	if (!t->md || !t->entries)
		return isokit_fail_nomem(err, subject, ((size_t)n + 2) * MD5_BYTES);
	for (lba = FIRST_TAG; lba * LAYOUT_BLOCK_BYTES < head_bytes; lba++)
		if (read_tag(src, lba, TAG_SUPERBLOCK, block, &tag))
			break;
	if (tag.pos == 0 || tag.range_start + FIRST_TAG > tag.pos ||
	    tag.pos > tag.range_start + FIRST_TAG + MAX_DESCRIPTORS || !tag.next)
		return isokit_fail(err, ISOKIT_E_MISMATCH, ISOKIT_NO_OFFSET, subject,
				   "are not behind the volume descriptors");
	t->start = tag.range_start;
	lba = tag.next;
	st = relocated_tag(t, src, implant, to, err);
	if (st == ISOKIT_OK)
		st = renew(t, src, t->start, &tag, block, to, err);
	if (st)
		return st;
	t->next = ((uint64_t)tag.pos + 1) * LAYOUT_BLOCK_BYTES;
	if (!read_tag(src, lba, TAG_TREE, block, &tag) || !tag.next)
		return isokit_fail(err, ISOKIT_E_MISMATCH, lba * LAYOUT_BLOCK_BYTES, subject,
				   "are not behind the directories");
	t->tag = tag.next;
	st = renew(t, src, t->next / LAYOUT_BLOCK_BYTES, &tag, block, to, err);
	t->next = (lba + 1) * LAYOUT_BLOCK_BYTES;
	t->array = t->tag - div_up(((uint64_t)n + 2) * MD5_BYTES, LAYOUT_BLOCK_BYTES);
	if (st == ISOKIT_OK && (t->array <= lba || t->tag * LAYOUT_BLOCK_BYTES >=
							   isokit_source_size(src)))
		st = isokit_fail(err, ISOKIT_E_MISMATCH, ISOKIT_NO_OFFSET, subject,
				 "leave no room for %u checksums", n);
	/* What is of no file of the tree is as libisofs wrote it. */
	if (st == ISOKIT_OK)
		st = isokit_source_read_at(src, t->array * LAYOUT_BLOCK_BYTES, t->entries,
					   ((size_t)n + 1) * MD5_BYTES, err);
	return st;
}

bool tags_feed(void *tags, uint64_t offset, const uint8_t *bytes, size_t n,
	       struct isokit_error *err)
{
	struct tags *t = tags;
	uint64_t end = t->array * LAYOUT_BLOCK_BYTES;

	if (offset + n <= t->next || offset >= end)
		return true;
	if (offset < t->next) {
		bytes += t->next - offset;
		n -= (size_t)(t->next - offset);
		offset = t->next;
	}
	n = (size_t)min_u64(n, end - offset);
	if (!digest_update(t->md, bytes, n)) {
		(void)isokit_fail_nomem(err, subject, 0);
		return false;
	}
	t->next = offset + n;
	return true;
}

/* scdbackup's own tag goes into the same block: "scdbackup_checksum_tag_v0.1", where it
 * stands, the length of the record, the record, and the MD5 of that. The record has the MD5
 * of all before. */
static enum isokit_status put_scdbackup(struct tags *t, const char *name, int64_t when,
					struct sink *to, uint8_t *block, char *ret_record,
					struct isokit_error *err)
{
	size_t n = strlen((const char *)block);
	unsigned long long pos = t->tag * LAYOUT_BLOCK_BYTES + n;
	uint8_t md5[ISOKIT_DIGEST_MAX_BYTES];
	char hex[2 * MD5_BYTES + 1];
	time_t at = (time_t)when;
	struct tm tm;

	if (!digest_update(t->md, block, n) || !digest_peek(t->md, md5))
		return isokit_fail_nomem(err, subject, 0);
	digest_hex(md5, MD5_BYTES, hex);
	if (!gmtime_r(&at, &tm) || tm.tm_year < 100 || tm.tm_year >= 100 + 26 * 10)
		return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, "scdbackup tag",
				   "has no letter for this time: its decades are A for 200x to Z");
	(void)snprintf(ret_record, 160, "%s %c%d%02d%02d.%02d%02d%02d %llu %s", name,
		       'A' + tm.tm_year / 10 - 10, tm.tm_year % 10, tm.tm_mon + 1, tm.tm_mday,
		       tm.tm_hour, tm.tm_min, tm.tm_sec, pos, hex);
	if (!digest_of(t->lib, ISOKIT_MD5, ret_record, strlen(ret_record), md5))
		return isokit_fail_nomem(err, subject, 0);
	digest_hex(md5, MD5_BYTES, hex);
	(void)snprintf((char *)block + n, LAYOUT_BLOCK_BYTES - n,
		       "scdbackup_checksum_tag_v0.1 %llu %zu %s %s\n", pos, strlen(ret_record),
		       ret_record, hex);
	return sink_write_at(to, t->tag * LAYOUT_BLOCK_BYTES, block, LAYOUT_BLOCK_BYTES, err);
}

enum isokit_status tags_finish(struct tags *t, struct sink *to, const char *name, int64_t when,
			       char ret_record[160], struct isokit_error *err)
{
	size_t bytes = ((size_t)t->n + 2) * MD5_BYTES;
	size_t blocks = (size_t)(t->tag - t->array);
	uint8_t *array, sum[ISOKIT_DIGEST_MAX_BYTES], block[LAYOUT_BLOCK_BYTES];
	enum isokit_status st = ISOKIT_OK;
	char line[160];

	if (!digest_peek(t->md, sum))
		return isokit_fail_nomem(err, subject, 0);
	memcpy(t->entries, sum, MD5_BYTES);
	if (!digest_of(t->lib, ISOKIT_MD5, t->entries, bytes - MD5_BYTES, sum))
		return isokit_fail_nomem(err, subject, 0);
	memcpy(t->entries + bytes - MD5_BYTES, sum, MD5_BYTES);
	array = calloc(blocks, LAYOUT_BLOCK_BYTES);
	if (!array)
		return isokit_fail_nomem(err, subject, blocks * LAYOUT_BLOCK_BYTES);
	memcpy(array, t->entries, bytes);
	st = sink_write_at(to, t->array * LAYOUT_BLOCK_BYTES, array, blocks * LAYOUT_BLOCK_BYTES,
			   err);
	if (st == ISOKIT_OK && !digest_update(t->md, array, blocks * LAYOUT_BLOCK_BYTES))
		st = isokit_fail_nomem(err, subject, 0);
	free(array);
	(void)snprintf(line, sizeof(line),
		       "libisofs_checksum_tag_v1 pos=%llu range_start=%llu range_size=%llu",
		       (unsigned long long)t->tag, (unsigned long long)t->start,
		       (unsigned long long)(t->tag - t->start));
	if (st == ISOKIT_OK)
		st = put_tag(t, line, t->tag, to, block, err);
	/* It is of images that begin at block 0. */
	if (st == ISOKIT_OK && name && t->start == 0)
		st = put_scdbackup(t, name, when, to, block, ret_record, err);
	return st;
}

void tags_free(struct tags *t)
{
	digest_free(t->md);
	free(t->entries);
	*t = (struct tags){ 0 };
}
