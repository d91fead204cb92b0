/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names that the file system of the target can hold. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/scan.h"
#include "base/text.h"
#include "unpack/unpack.h"

enum { MANY_TRIES = 10000, LEAST_BYTES = 32, ENDING_BYTES = 16 };

/* Names of devices in DOS, whatever their ending. */
static bool is_reserved(const char *name)
{
	static const char *const words[] = { "con", "prn", "aux", "nul" };
	size_t n = strcspn(name, ".");

	for (size_t i = 0; n == 3 && i < sizeof(words) / sizeof(words[0]); i++) {
		if (ascii_equal_nocase(name, words[i], 3))
			return true;
	}
	return n == 4 && name[3] >= '1' && name[3] <= '9' &&
	       (ascii_equal_nocase(name, "com", 3) || ascii_equal_nocase(name, "lpt", 3));
}

static bool is_bad_character(char c)
{
	return (c > 0 && c < ' ') || c == 0x7f || strchr("\\:*?\"<>|/", c) != NULL;
}

bool unpack_name_is_dos(const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < n; i++) {
		if (is_bad_character(name[i]))
			return false;
	}
	return n && name[n - 1] != '.' && name[n - 1] != ' ' && !is_reserved(name) &&
	       utf8_valid(name, n);
}

/* Without what DOS or UTF-8 do not have. Returns its length, less than UNPACK_NAME_BYTES. */
static size_t make_dos(const char *name, char out[UNPACK_NAME_BYTES])
{
	size_t n = strlen(name), used = 0;

	if (is_reserved(name))
		out[used++] = '_';
	for (size_t i = 0; i < n && used < UNPACK_NAME_BYTES - 4;) {
		uint32_t code;
		size_t bytes = utf8_decode((const uint8_t *)name + i, n - i, &code);

		if (bytes == 0 || (bytes == 1 && is_bad_character(name[i]))) {
			out[used++] = '_';
			i++;
			continue;
		}
		memcpy(out + used, name + i, bytes);
		used += bytes;
		i += bytes;
	}
	for (size_t i = used; i && (out[i - 1] == '.' || out[i - 1] == ' '); i--)
		out[i - 1] = '_';
	if (!used)
		out[used++] = '_';
	out[used] = '\0';
	return used;
}

void unpack_name_like(const char *name, bool dos, unsigned number, size_t bytes,
		      char ret_name[UNPACK_NAME_BYTES])
{
	char like[UNPACK_NAME_BYTES], tail[ENDING_BYTES + 16];
	size_t n, ending, keep, tail_bytes;
	const char *dot;

	if (dos) {
		n = make_dos(name, like);
	} else {
		n = strlen(name) < sizeof(like) ? strlen(name) : sizeof(like) - 1;
		memcpy(like, name, n);
		like[n] = '\0';
	}
	if (bytes >= UNPACK_NAME_BYTES)
		bytes = UNPACK_NAME_BYTES - 1;
	dot = strrchr(like, '.');
	ending = dot && dot != like && n - (size_t)(dot - like) < ENDING_BYTES ?
			 n - (size_t)(dot - like) : 0;
	if (number)
		(void)snprintf(tail, sizeof(tail), "~%u%s", number, ending ? dot : "");
	else
		(void)snprintf(tail, sizeof(tail), "%s", ending ? dot : "");
	tail_bytes = strlen(tail);
	keep = n - ending;
	if (keep + tail_bytes > bytes) {
		keep = bytes > tail_bytes ? bytes - tail_bytes : 1;
		/* Never in the middle of a character. */
		while (keep > 1 && ((uint8_t)like[keep] & 0xc0) == 0x80)
			keep--;
	}
	memcpy(ret_name, like, keep);
	memcpy(ret_name + keep, tail, tail_bytes + 1);
}

/* Could another name help? */
static bool is_about_name(int e)
{
	return e == EEXIST || e == EINVAL || e == EILSEQ || e == ENAMETOOLONG;
}

/* What some file systems answer to a name with a character that they do not have. */
static bool is_perhaps_about_name(int e)
{
	return e == ENOENT || e == EPERM || e == EIO;
}

int unpack_name_make(struct isokit_extract *x, struct unpack_target *t, struct unpack_item *item,
		     int dir, int (*make)(void *ctx, int dir, const char *name), void *ctx)
{
	char name[UNPACK_NAME_BYTES];
	size_t bytes = t->name_bytes;
	bool dos = t->dos_names;
	unsigned number = 0;
	const char *kept;
	int e;

	if (!(dos && !unpack_name_is_dos(item->name))) {
		if (make(ctx, dir, item->name) == 0)
			return 0;
		e = errno;
		if (!is_about_name(e) &&
		    !(is_perhaps_about_name(e) && !unpack_name_is_dos(item->name)))
			return e;
		number = e == EEXIST;
		dos |= e != EEXIST;
	}
	for (unsigned tries = 0;; tries++) {
		unpack_name_like(item->name, dos, number, bytes, name);
		if (make(ctx, dir, name) == 0)
			break;
		e = errno;
		if (!is_about_name(e) || tries == MANY_TRIES)
			return e;
		if (e == ENAMETOOLONG && bytes > LEAST_BYTES)
			bytes = bytes / 2;
		else if (e == ENAMETOOLONG || (e != EEXIST && tries))
			return e;
		dos |= e != EEXIST;
		number += e == EEXIST;
	}
	(void)pthread_mutex_lock(&x->lock);
	kept = arena_strndup(&x->arena, name, strlen(name));
	(void)pthread_mutex_unlock(&x->lock);
	if (!kept)
		return ENOMEM;
	unpack_tell(x, ISOKIT_EXTRACT_RENAMED, item->node, kept);
	item->name = kept;
	item->flags |= UNPACK_RENAMED;
	return 0;
}
