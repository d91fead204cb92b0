/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What sheets have in common: they are text, and name files. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/fail.h"
#include "base/text.h"
#include "format/disctrack.h"

static bool is_utf16(const uint8_t *p, size_t n)
{
	return n >= 2 && ((p[0] == 0xff && p[1] == 0xfe) || (p[0] == 0xfe && p[1] == 0xff));
}

bool sheet_is_text(const struct format_probe *p)
{
	if (p->size == 0 || p->size > SHEET_MAX_BYTES)
		return false;
	if (is_utf16(p->head, p->head_bytes))
		return true;
	for (size_t i = 0; i < p->head_bytes; i++)
		if (p->head[i] < ' ' && !strchr("\t\n\v\f\r\032", p->head[i]))
			return false;
	return memchr(p->head, '\0', p->head_bytes) == NULL;
}

/* UTF-16 with its mark to UTF-8, in the arena. */
static char *from_utf16(struct isokit_medium *m, const uint8_t *raw, size_t n, size_t *ret_bytes)
{
	uint8_t *big = malloc(n);
	char *out = arena_alloc(medium_arena(m), n / 2 * 3 + 1);

	if (big && out) {
		for (size_t i = 0; i + 1 < n; i += 2) {
			big[i] = raw[i + (raw[0] == 0xff)];
			big[i + 1] = raw[i + (raw[0] != 0xff)];
		}
		*ret_bytes = utf16be_to_utf8(big + 2, (n - 2) & ~(size_t)1, out);
	}
	free(big);
	return big ? out : NULL;
}

enum isokit_status sheet_read(struct isokit_medium *m, struct isokit_source *src,
			      const char **ret_text, size_t *ret_bytes, struct isokit_error *err)
{
	uint64_t size = isokit_source_size(src);
	enum isokit_status st;
	char *raw, *text;
	size_t n;

	if (size > SHEET_MAX_BYTES)
		return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, isokit_source_name(src),
				   "is too large for a sheet");
	n = (size_t)size;
	raw = arena_alloc(medium_arena(m), n + 1);
	if (!raw)
		return isokit_fail_nomem(err, isokit_source_name(src), n + 1);
	st = isokit_source_read_at(src, 0, raw, n, err);
	if (st)
		return st;
	text = raw;
	if (is_utf16((const uint8_t *)raw, n)) {
		text = from_utf16(m, (const uint8_t *)raw, n, &n);
		if (!text)
			return isokit_fail_nomem(err, isokit_source_name(src), n);
	} else if (n >= 3 && memcmp(raw, "\xef\xbb\xbf", 3) == 0) {
		text += 3;
		n -= 3;
	}
	*ret_text = text;
	*ret_bytes = n;
	return ISOKIT_OK;
}

/* The name of the sheet itself with the ending of `name`; NULL when there is none. */
static char *own_name(struct isokit_medium *m, const char *path, const char *name)
{
	const char *slash = strrchr(path, '/'), *own = slash ? slash + 1 : path;
	const char *dot = strrchr(own, '.'), *ending = strrchr(name, '.');
	size_t stem = dot && dot > own ? (size_t)(dot - own) : strlen(own);
	char *out;

	if (!ending || strpbrk(ending, "/\\"))
		return NULL;
	out = arena_alloc(medium_arena(m), stem + strlen(ending) + 1);
	if (!out)
		return NULL;
	memcpy(out, own, stem);
	memcpy(out + stem, ending, strlen(ending) + 1);
	return out;
}

/* Sheets stay as they are when their data become ECM files. */
static enum isokit_status open_ecm(struct isokit_medium *m, const char *name,
				   struct isokit_source **ret_src)
{
	size_t bytes = strlen(name);
	char *packed = arena_alloc(medium_arena(m), bytes + sizeof(".ecm"));
	struct isokit_source *src;
	enum isokit_status st;

	if (!packed)
		return ISOKIT_E_NOMEM;
	memcpy(packed, name, bytes);
	memcpy(packed + bytes, ".ecm", sizeof(".ecm"));
	st = medium_open_beside(m, packed, &src, NULL);
	if (!st)
		st = ecm_open_source(m, src, ret_src, NULL);
	if (!st)
		medium_note(m, "there is no file %s: %s is taken for it", name, packed);
	return st;
}

/* So do they when their WAVE files become FLAC. */
static enum isokit_status open_flac(struct isokit_medium *m, const char *name,
				    struct isokit_source **ret_src)
{
	const char *dot = strrchr(name, '.');
	size_t stem = dot ? (size_t)(dot - name) : 0;
	char *packed;

	if (!dot || strcasecmp(dot, ".wav") != 0)
		return ISOKIT_E_NOT_FOUND;
	packed = arena_alloc(medium_arena(m), stem + sizeof(".flac"));
	if (!packed)
		return ISOKIT_E_NOMEM;
	memcpy(packed, name, stem);
	memcpy(packed + stem, ".flac", sizeof(".flac"));
	if (medium_open_beside(m, packed, ret_src, NULL) != ISOKIT_OK)
		return ISOKIT_E_NOT_FOUND;
	medium_note(m, "there is no file %s: %s is taken for it", name, packed);
	return ISOKIT_OK;
}

enum isokit_status sheet_open_data(struct isokit_medium *m, const char *name, bool only,
				   struct isokit_source **ret_src, struct isokit_error *err)
{
	const char *path = medium_beside_path(m), *other;
	enum isokit_status st = medium_open_beside(m, name, ret_src, err);

	if (st == ISOKIT_E_NOT_FOUND &&
	    (open_ecm(m, name, ret_src) == ISOKIT_OK || open_flac(m, name, ret_src) == ISOKIT_OK))
		return ISOKIT_OK;
	if (st != ISOKIT_E_NOT_FOUND || !only || !path)
		return st;
	other = own_name(m, path, name);
	if (!other || medium_open_beside(m, other, ret_src, NULL) != ISOKIT_OK)
		return st;
	medium_note(m, "there is no file %s: %s, with the name of the sheet, is taken for it", name,
		    other);
	return ISOKIT_OK;
}

enum isokit_status sheet_open_own(struct isokit_medium *m, const char *ending,
				  struct isokit_source **ret_src, struct isokit_error *err)
{
	const char *path = medium_beside_path(m);
	const char *name = path ? own_name(m, path, ending) : NULL;

	if (!name)
		return isokit_fail(err, ISOKIT_E_NOT_FOUND, ISOKIT_NO_OFFSET, ending,
				   "is the ending of the file with the data, which is not there");
	return medium_open_beside(m, name, ret_src, err);
}
