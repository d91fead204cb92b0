/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "convert/mapfile.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/checked.h"
#include "base/fail.h"
#include "base/text.h"

enum { MAX_AREAS = 1000000 };

void mapfile_free(struct mapfile *m)
{
	free(m->areas);
	*m = (struct mapfile){ 0 };
}

bool mapfile_start(struct mapfile *m, uint64_t bytes)
{
	m->n = 0;
	if (!ARRAY_RESERVE(m->areas, m->capacity, 1))
		return false;
	if (bytes)
		m->areas[m->n++] = (struct mapfile_area){ 0, bytes, MAPFILE_UNTRIED };
	return true;
}

/* The area that holds a byte, or n. */
static size_t area_at(const struct mapfile *m, uint64_t offset)
{
	size_t low = 0, high = m->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct mapfile_area *a = &m->areas[middle];

		if (offset < a->offset)
			high = middle;
		else if (offset - a->offset >= a->bytes)
			low = middle + 1;
		else
			return middle;
	}
	return m->n;
}

/* Let an area begin at `offset`; *ret is its index, n for the end. */
static bool split_at(struct mapfile *m, uint64_t offset, size_t *ret)
{
	size_t i = area_at(m, offset);
	struct mapfile_area *a;

	*ret = i;
	if (i == m->n || m->areas[i].offset == offset)
		return true;
	if (!ARRAY_RESERVE(m->areas, m->capacity, m->n + 1))
		return false;
	a = &m->areas[i];
	memmove(a + 1, a, (m->n - i) * sizeof(*a));
	m->n++;
	a[1].offset = offset;
	a[1].bytes -= offset - a[0].offset;
	a[0].bytes = offset - a[0].offset;
	*ret = i + 1;
	return true;
}

/* Make one of the two areas at i - 1 and i when they are alike. */
static void join_at(struct mapfile *m, size_t i)
{
	struct mapfile_area *a = &m->areas[i];

	if (i == 0 || i >= m->n || a[-1].status != a[0].status)
		return;
	a[-1].bytes += a[0].bytes;
	memmove(a, a + 1, (m->n - i - 1) * sizeof(*a));
	m->n--;
}

bool mapfile_set(struct mapfile *m, uint64_t offset, uint64_t bytes, enum mapfile_status status)
{
	size_t first, end;

	if (bytes == 0)
		return true;
	if (!split_at(m, offset, &first) || !split_at(m, offset + bytes, &end))
		return false;
	if (first >= end)
		return true;
	m->areas[first].status = status;
	m->areas[first].bytes = bytes;
	memmove(&m->areas[first + 1], &m->areas[end], (m->n - end) * sizeof(*m->areas));
	m->n -= end - first - 1;
	join_at(m, first + 1);
	join_at(m, first);
	return true;
}

bool mapfile_find(const struct mapfile *m, uint64_t offset, const char *statuses,
		  struct mapfile_area *ret)
{
	for (size_t i = area_at(m, offset); i < m->n; i++) {
		const struct mapfile_area *a = &m->areas[i];

		if (!strchr(statuses, (char)a->status))
			continue;
		*ret = *a;
		if (ret->offset < offset) {
			ret->bytes -= offset - ret->offset;
			ret->offset = offset;
		}
		return true;
	}
	return false;
}

uint64_t mapfile_count(const struct mapfile *m, enum mapfile_status status)
{
	uint64_t n = 0;

	for (size_t i = 0; i < m->n; i++)
		n += m->areas[i].status == status ? m->areas[i].bytes : 0;
	return n;
}

/* ---- text --------------------------------------------------------------------------------- */

/* A number as C writes it: decimal, 0x…, 0…. */
static bool take_number(const char **p, const char *end, uint64_t *ret)
{
	const char *s = *p;
	unsigned base = 10;
	uint64_t n = 0;
	bool any = false;

	while (s < end && (*s == ' ' || *s == '\t'))
		s++;
	if (end - s > 1 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X')) {
		base = 16;
		s += 2;
	} else if (s < end && *s == '0') {
		base = 8;
	}
	for (; s < end; s++) {
		unsigned digit = *s >= '0' && *s <= '9' ? (unsigned)(*s - '0') :
				 *s >= 'a' && *s <= 'f' ? (unsigned)(*s - 'a') + 10 :
				 *s >= 'A' && *s <= 'F' ? (unsigned)(*s - 'A') + 10 : 16;

		if (digit >= base)
			break;
		if (!mul_u64(n, base, &n) || !add_u64(n, digit, &n))
			return false;
		any = true;
	}
	*p = s;
	*ret = n;
	return any;
}

static char take_word(const char **p, const char *end)
{
	while (*p < end && (**p == ' ' || **p == '\t'))
		(*p)++;
	return *p < end ? *(*p)++ : '\0';
}

static enum isokit_status take_line(struct mapfile *m, const char *p, const char *end, size_t line,
				    bool *io_status_line, const char *name,
				    struct isokit_error *err)
{
	uint64_t offset, bytes, expected = m->n ? m->areas[m->n - 1].offset +
						  m->areas[m->n - 1].bytes : 0;
	char status;

	if (!take_number(&p, end, &offset))
		return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, name,
				   "line %zu: is no line of a map of ddrescue", line);
	if (!*io_status_line) {
		*io_status_line = true; /* position, status and pass of a run: not needed */
		return ISOKIT_OK;
	}
	if (!take_number(&p, end, &bytes) || !(status = take_word(&p, end)) ||
	    !strchr("?*/-+", status))
		return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, name,
				   "line %zu: is no line of a map of ddrescue", line);
	if (offset != expected || (uint64_t)INT64_MAX - offset < bytes)
		return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, name,
				   "line %zu: does not begin where the line before ends", line);
	if (m->n == MAX_AREAS)
		return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, name,
				   "has more than %d areas", MAX_AREAS);
	if (bytes == 0)
		return ISOKIT_OK;
	if (!ARRAY_RESERVE(m->areas, m->capacity, m->n + 1))
		return isokit_fail_nomem(err, name, sizeof(*m->areas));
	m->areas[m->n++] = (struct mapfile_area){ offset, bytes, (enum mapfile_status)status };
	join_at(m, m->n - 1);
	return ISOKIT_OK;
}

enum isokit_status mapfile_parse(struct mapfile *m, const char *text, size_t n, const char *name,
				 struct isokit_error *err)
{
	const char *end = text + n;
	bool status_line = false;
	size_t line = 0;

	m->n = 0;
	while (text < end) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));
		const char *p = text;
		enum isokit_status st;

		stop = stop ? stop : end;
		line++;
		text = stop < end ? stop + 1 : end;
		while (p < stop && (*p == ' ' || *p == '\t' || *p == '\r'))
			p++;
		if (p == stop || *p == '#')
			continue;
		st = take_line(m, p, stop, line, &status_line, name, err);
		if (st)
			return st;
	}
	if (m->n == 0)
		return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, name,
				   "names no areas: is it a map of ddrescue?");
	return ISOKIT_OK;
}

void mapfile_format(const struct mapfile *m, uint64_t position, char current, struct text *out)
{
	text_add_str(out, "# Mapfile. Created by isokit, as GNU ddrescue reads and writes it\n"
			  "# current_pos  current_status  current_pass\n");
	text_addf(out, "0x%08llX     %c               1\n", (unsigned long long)position, current);
	text_add_str(out, "#      pos        size  status\n");
	for (size_t i = 0; i < m->n; i++)
		text_addf(out, "0x%08llX  0x%08llX  %c\n", (unsigned long long)m->areas[i].offset,
			  (unsigned long long)m->areas[i].bytes, (char)m->areas[i].status);
}
