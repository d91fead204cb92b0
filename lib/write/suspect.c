/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "write/suspect.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/fail.h"
#include "base/scan.h"
#include "write/job.h"
#include "write/mounted.h"

enum {
	SAMPLES = 64,
	SAMPLE_BYTES = 4096,
	LOOK_AT = 96,         /* groups that are read again */
	FEW_BITS = 16,        /* of a sector: worn cells, not other data */
	SECTOR = 512,
};

struct sample {
	uint64_t offset, sum; /* sum 0: none */
};

struct suspect {
	pthread_mutex_t lock;
	uint64_t *bad;        /* a bit for each leaf */
	size_t n_words;
	uint64_t n_bad;       /* leaves */
	bool found;
	struct sample samples[SAMPLES];
};

struct suspect *suspect_new(void)
{
	struct suspect *s = calloc(1, sizeof(*s));

	if (s && pthread_mutex_init(&s->lock, NULL) != 0) {
		free(s);
		return NULL;
	}
	return s;
}

void suspect_free(struct suspect *s)
{
	if (!s)
		return;
	pthread_mutex_destroy(&s->lock);
	free(s->bad);
	free(s);
}

void suspect_look_before(struct suspect *s, struct device_target *t)
{
	uint64_t bytes = device_target_bytes(t), step = bytes / (SAMPLES + 1);
	void *memory = NULL;
	uint8_t *b;

	if (bytes < 64 * (uint64_t)UNITS_GROUP_BYTES ||
	    posix_memalign(&memory, BLOCK_ALIGNMENT, SAMPLE_BYTES) != 0)
		return;
	b = memory;
	for (unsigned i = 0; i < SAMPLES; i++) {
		uint64_t at = step * (i + 1);

		at -= at % UNITS_LEAF_BYTES;
		if (device_read_at(t, at, b, SAMPLE_BYTES, NULL) != ISOKIT_OK)
			continue;
		/* Zeros are on many drives, before and after. */
		s->samples[i].offset = at;
		s->samples[i].sum = all_zero(b, SAMPLE_BYTES) ? 0 : units_sum(b, SAMPLE_BYTES);
	}
	free(memory);
}

void suspect_add(struct suspect *s, uint64_t offset, uint32_t bits, uint64_t end)
{
	uint64_t leaf = offset / UNITS_LEAF_BYTES;

	pthread_mutex_lock(&s->lock);
	s->found = true;
	if (!s->bad) {
		s->n_words = (size_t)(end / UNITS_LEAF_BYTES / 64 + 2);
		s->bad = calloc(s->n_words, sizeof(*s->bad));
	}
	s->n_bad += (unsigned)__builtin_popcount(bits);
	if (s->bad && leaf / 64 < s->n_words) /* a group lies in one word */
		s->bad[leaf / 64] |= (uint64_t)bits << leaf % 64;
	pthread_mutex_unlock(&s->lock);
}

bool suspect_found(const struct suspect *s)
{
	return s->found;
}

/* ---- reading again ---------------------------------------------------------------------- */

/* What was seen in the leaves that were read again. */
struct marks {
	uint64_t leaves;    /* that were looked at */
	uint64_t passing;   /* right now, or wrong in another way */
	uint64_t zeros, ones;
	uint64_t elsewhere; /* belongs to another place … */
	uint64_t distance;  /* … so far away: the smallest one */
	uint64_t example, belongs;
	uint64_t bits;      /* wrong in some bits only */
	uint64_t flipped;   /* how many bits that were */
	uint64_t old;       /* as it was before */
	uint64_t metadata;  /* of a file system that was mounted */
	bool exact;         /* the source could be asked */
	bool unreadable;
	uint64_t first, last; /* leaves that are bad */
};

static bool is_bad(const struct suspect *s, uint64_t leaf)
{
	return leaf / 64 < s->n_words && s->bad[leaf / 64] >> leaf % 64 & 1;
}

static uint32_t bad_of_group(const struct suspect *s, uint64_t group)
{
	uint64_t leaf = group / UNITS_LEAF_BYTES;

	return leaf / 64 < s->n_words ? (uint32_t)(s->bad[leaf / 64] >> leaf % 64) & 0xffff : 0;
}

static bool all_ones(const uint8_t *p, size_t n)
{
	return n && p[0] == 0xff && memcmp(p, p + 1, n - 1) == 0;
}

/* A leaf beside what the source has for it. */
static void compare_leaf(struct lane *l, struct marks *m, uint64_t at, const uint8_t *is,
			 const uint8_t *should, size_t n, bool listed)
{
	unsigned flipped = 0;
	bool few = true, metadata = true;

	for (size_t i = 0; i < n; i += SECTOR) {
		size_t some = (size_t)min_u64(SECTOR, n - i);
		unsigned bits = 0;

		if (memcmp(is + i, should + i, some) == 0)
			continue;
		if (listed)
			lane_add_range(l, at + i, SECTOR);
		for (size_t k = 0; k < some; k++)
			bits += (unsigned)__builtin_popcount(is[i + k] ^ should[i + k]);
		few = few && bits <= FEW_BITS;
		flipped += bits;
		metadata = metadata && mounted_touches(l->mounted, at + i);
	}
	if (metadata && flipped) {
		m->metadata++;
	} else if (few && flipped) {
		m->bits++;
		m->flipped += flipped;
	}
}

static bool is_old(const struct suspect *s, uint64_t at, const uint8_t *bytes, size_t n)
{
	for (unsigned i = 0; i < SAMPLES; i++)
		if (s->samples[i].sum && s->samples[i].offset == at && n >= SAMPLE_BYTES)
			return units_sum(bytes, SAMPLE_BYTES) == s->samples[i].sum;
	return false;
}

struct again {
	struct lane *l;
	struct isokit_source *src; /* or NULL */
	struct block *b, *other;
	struct marks m;
};

/* The data of this unit, where else does the image have it? */
static void look_elsewhere(struct again *g, uint64_t group, unsigned leaf,
			   const uint64_t leaves[UNITS_LEAVES])
{
	const struct units *u = &g->l->flow->units;
	uint64_t sum = units_of_leaves(u, leaves, leaf), from = 0, found;
	uint64_t at = (group + (uint64_t)leaf * UNITS_LEAF_BYTES) & ~(units_unit_bytes(u) - 1);

	while ((found = units_find(u, sum, from)) != UINT64_MAX) {
		uint64_t distance = found > at ? found - at : at - found;

		if (distance) {
			g->m.elsewhere++;
			if (!g->m.distance || distance < g->m.distance) {
				g->m.distance = distance;
				g->m.example = at;
				g->m.belongs = found;
			}
			return;
		}
		from = found / units_unit_bytes(u) + 1;
	}
}

static void look_at_group(struct again *g, uint64_t group, bool listed)
{
	uint64_t first[UNITS_LEAVES], second[UNITS_LEAVES];
	struct lane *l = g->l;
	const struct suspect *s = l->suspect;
	uint32_t bad = bad_of_group(s, group), still, bits;
	size_t end;

	bits = flow_leaves(l->flow, group, &end);
	if (check_read(l, group, bits, end, g->other, first, NULL) ||
	    check_read(l, group, bits, end, g->b, second, NULL)) {
		g->m.unreadable = true;
		return;
	}
	still = units_compare(&l->flow->units, group, second) & bits;
	for (unsigned i = 0; i < UNITS_LEAVES; i++) {
		size_t at = (size_t)i * UNITS_LEAF_BYTES;
		size_t n = (size_t)min_u64(UNITS_LEAF_BYTES, end > at ? end - at : 0);
		const uint8_t *is = g->b->bytes + at;

		if (!(bad >> i & 1))
			continue;
		g->m.leaves++;
		if (!(still >> i & 1) || first[i] != second[i])
			g->m.passing++;
		else if (all_zero(is, n))
			g->m.zeros++;
		else if (all_ones(is, n))
			g->m.ones++;
		else if (is_old(s, group + at, is, n))
			g->m.old++;
		else
			look_elsewhere(g, group, i, second);
		if (g->src && isokit_source_read_at(g->src, group + at, g->other->bytes + at, n,
						    NULL) == ISOKIT_OK) {
			g->m.exact = true;
			compare_leaf(l, &g->m, group + at, is, g->other->bytes + at, n, listed);
		} else if (listed) {
			lane_add_range(l, group + at, n);
		}
	}
}

/* ---- the judgement ---------------------------------------------------------------------- */

static const char *const advices[ISOKIT_SUSPECT_COUNT] = {
	[ISOKIT_SUSPECT_NONE] = "",
	[ISOKIT_SUSPECT_FAKE] = "the drive says that it is larger than it is: do not use it for "
				"anything that matters; iso-write --probe tells what it really holds",
	[ISOKIT_SUSPECT_CELLS] = "the memory is worn or bad: write it once more, and throw the drive "
				 "away when it happens again",
	[ISOKIT_SUSPECT_TRANSFER] = "bytes are spoiled on the way: try another port without a hub, "
				    "another cable or another card reader",
	[ISOKIT_SUSPECT_WRITER] = "another program wrote to the drive, most likely by mounting it: "
				  "switch automatic mounting off, and write it again",
	[ISOKIT_SUSPECT_KEPT] = "the drive takes data and does not keep it, as worn-out ones do: use "
				"another one",
	[ISOKIT_SUSPECT_MOVED_GPT] = "this is as it should be; with --fix-gpt it counts as equal",
	[ISOKIT_SUSPECT_OTHER] = "another image is on it, or it was changed since",
};

const char *suspect_advice(enum isokit_write_suspect suspect, bool compared)
{
	if (compared && suspect == ISOKIT_SUSPECT_WRITER)
		return "it was mounted since it was written: what is in its files may well be right";
	return advices[suspect];
}

/* Everything from some place on is wrong, and nothing before it. */
static bool is_tail(const struct lane *l, const struct marks *m)
{
	uint64_t all = div_up(l->flow->end, UNITS_LEAF_BYTES) - m->first;

	return m->first > 0 && all >= 16 && l->suspect->n_bad * 10 >= all * 9;
}

static enum isokit_write_suspect decide(struct lane *l, const struct marks *m, char *why, size_t n)
{
	char a[NUMBER_BYTES], b[NUMBER_BYTES], c[NUMBER_BYTES];
	uint64_t first = m->first * UNITS_LEAF_BYTES;

	if (m->passing * 2 > m->leaves || (m->unreadable && !m->leaves)) {
		snprintf(why, n, "%s of %s blocks were right, or wrong in another way, when they "
			 "were read again", write_number(m->passing, a), write_number(m->leaves, b));
		return ISOKIT_SUSPECT_TRANSFER;
	}
	if (m->elsewhere * 2 > m->leaves - m->passing - m->zeros - m->ones && m->elsewhere) {
		l->result.real_bytes = m->distance;
		snprintf(why, n, "at byte %s lies what was written to byte %s: the drive begins "
			 "again after %s bytes", write_number(m->example, a),
			 write_number(m->belongs, b), write_number(m->distance, c));
		return ISOKIT_SUSPECT_FAKE;
	}
	if (m->metadata && m->metadata == m->leaves) {
		snprintf(why, n, "only what a mount changes differs: %s", mounted_words(l->mounted));
		return ISOKIT_SUSPECT_WRITER;
	}
	if (m->old && m->old * 2 > m->leaves / 32) {
		snprintf(why, n, "from byte %s on there is what was on the drive before",
			 write_number(first, a));
		return ISOKIT_SUSPECT_KEPT;
	}
	if (is_tail(l, m)) {
		bool blank = (m->zeros + m->ones) * 2 > m->leaves;

		snprintf(why, n, "from byte %s on %s", write_number(first, a),
			 blank ? "there is nothing but blank memory" :
				 "nothing of what was written is there");
		l->result.real_bytes = blank ? first : 0;
		return blank ? ISOKIT_SUSPECT_FAKE : ISOKIT_SUSPECT_KEPT;
	}
	if (m->bits == m->leaves && m->exact) {
		snprintf(why, n, "%s bits in %s blocks", write_number(m->flipped, a),
			 write_number(m->leaves, b));
		return ISOKIT_SUSPECT_CELLS;
	}
	if (l->suspect->n_bad * 4 > div_up(l->flow->end, UNITS_LEAF_BYTES) &&
	    m->zeros + m->ones < m->leaves / 2) {
		snprintf(why, n, "more than a quarter of it is neither what was written nor blank");
		return ISOKIT_SUSPECT_KEPT;
	}
	snprintf(why, n, "%s blocks here and there, the same at each reading%s",
		 write_number(l->suspect->n_bad, a),
		 m->zeros + m->ones ? ", some of them blank" : "");
	return ISOKIT_SUSPECT_CELLS;
}

void suspect_list(struct lane *l, uint64_t end)
{
	uint64_t n = l->suspect->bad ? div_up(end, UNITS_LEAF_BYTES) : 0;

	for (uint64_t i = 0; i < n; i++)
		if (is_bad(l->suspect, i))
			lane_add_range(l, i * UNITS_LEAF_BYTES,
				       min_u64(UNITS_LEAF_BYTES, end - i * UNITS_LEAF_BYTES));
}

static void look_again(struct again *g)
{
	const struct suspect *s = g->l->suspect;
	uint64_t n = div_up(g->l->flow->end, UNITS_GROUP_BYTES), bad = 0, seen = 0;

	g->m.first = UINT64_MAX;
	for (uint64_t i = 0; i < n * UNITS_LEAVES; i++)
		if (is_bad(s, i)) {
			g->m.first = min_u64(g->m.first, i);
			g->m.last = i;
		}
	for (uint64_t i = 0; i < n; i++)
		bad += bad_of_group(s, i * UNITS_GROUP_BYTES) != 0;
	/* All of them when they are few, else some of everywhere. */
	for (uint64_t i = 0; i < n && !atomic_load(&g->l->w->stop); i++) {
		if (!bad_of_group(s, i * UNITS_GROUP_BYTES))
			continue;
		if (bad <= LOOK_AT || seen * LOOK_AT / bad != (seen + 1) * LOOK_AT / bad)
			look_at_group(g, i * UNITS_GROUP_BYTES, bad <= LOOK_AT);
		seen++;
	}
	if (bad > LOOK_AT)
		suspect_list(g->l, g->l->flow->end);
}

void suspect_judge(struct lane *l, struct isokit_error *ret_why)
{
	struct again g = { .l = l, .src = l->flow->src ? l->flow->src : l->w->payload };
	char a[NUMBER_BYTES], b[NUMBER_BYTES];
	struct isokit_write_result *r = &l->result;

	g.b = pool_take(&l->w->check_pool, 100 * WAIT_MS);
	g.other = pool_take(&l->w->check_pool, 100 * WAIT_MS);
	l->mounted = mounted_new(l->target, l->flow->first);
	if (g.b && g.other && l->suspect->bad) {
		look_again(&g);
		r->suspect = decide(l, &g.m, r->detail, sizeof(r->detail));
	}
	mounted_free(l->mounted);
	l->mounted = NULL;
	block_unref(g.b);
	block_unref(g.other);
	if (!r->n_different_ranges)
		suspect_list(l, l->flow->end);
	r->advice = suspect_advice(r->suspect, false);
	(void)isokit_fail(ret_why, ISOKIT_E_MISMATCH,
			  r->n_differences ? l->ranges[0].offset : ISOKIT_NO_OFFSET,
			  device_target_name(l->target),
			  "is not what was written: %s bytes differ, the first at byte %s",
			  write_number(r->different_bytes, a),
			  write_number(r->n_differences ? l->ranges[0].offset : 0, b));
}
