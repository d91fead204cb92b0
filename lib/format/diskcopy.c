/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Disk Copy 4.2, which made images of floppies: a header of 84 bytes, the sectors, and
 * their tags. */
#include <stdio.h>
#include <stdlib.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "bytes/source.h"
#include "format/formats.h"

enum { HEADER_BYTES = 84, MAX_NAME = 63, MAX_DATA = 64 * 1024 * 1024 };

/* What verify() needs. */
struct state {
	struct isokit_source *disk;
	uint32_t sum;
};

static unsigned probe(const struct format_probe *p, char evidence[FORMAT_EVIDENCE])
{
	uint32_t data, tags;

	if (p->head_bytes < HEADER_BYTES || p->head[0] > MAX_NAME || get_be16(p->head + 82) != 0x0100)
		return 0;
	data = get_be32(p->head + 64);
	tags = get_be32(p->head + 68);
	if (data == 0 || data % 512 || data > MAX_DATA || tags > data ||
	    HEADER_BYTES + (uint64_t)data + tags > p->size ||
	    p->size - HEADER_BYTES - data - tags > 4096)
		return 0;
	for (unsigned i = 1; i <= p->head[0]; i++)
		if (p->head[i] < ' ')
			return 0;
	snprintf(evidence, FORMAT_EVIDENCE, "header of Disk Copy 4.2 at byte 0, %u bytes of data", data);
	return 70;
}

static enum isokit_status open_disk(struct isokit_medium *m, const struct format_probe *p,
				    struct isokit_error *err)
{
	struct state *s = arena_alloc(medium_arena(m), sizeof(*s));
	enum isokit_status st;

	if (!s)
		return isokit_fail_nomem(err, "Disk Copy image", sizeof(*s));
	s->sum = get_be32(p->head + 72);
	st = bytes_view(p->src, HEADER_BYTES, get_be32(p->head + 64), &s->disk, err);
	if (st)
		return st;
	medium_set_state(m, s);
	return medium_set_disk(m, s->disk, err);
}

/* Words are added up, and the sum is turned right by a bit after each. */
static enum isokit_status verify(struct isokit_medium *m, void *state, unsigned *io_checked,
				 struct isokit_error *err)
{
	const struct state *s = state;
	uint64_t size = isokit_source_size(s->disk);
	uint8_t buffer[512 * 16];
	uint32_t sum = 0;

	for (uint64_t at = 0; at < size;) {
		size_t n = (size_t)min_u64(size - at, sizeof(buffer));
		enum isokit_status st = isokit_source_read_at(s->disk, at, buffer, n, err);

		if (st)
			return st;
		for (size_t i = 0; i < n; i += 2) {
			sum += get_be16(buffer + i);
			sum = sum >> 1 | sum << 31;
		}
		at += n;
	}
	(*io_checked)++;
	if (sum != s->sum)
		medium_damaged(m, 0, 0, size, "the checksum of the floppy differs");
	return ISOKIT_OK;
}

const struct format format_diskcopy = {
	.name = "diskcopy",
	.words = "Disk Copy 4.2 image",
	.probe = probe,
	.open = open_disk,
	.verify = verify,
};
