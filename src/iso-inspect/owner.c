/* SPDX-License-Identifier: GPL-3.0-or-later */
/* --owner: what lies at some places of an image. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/message.h"
#include "inspect.h"

enum { LONGEST_LIST = 16 * 1024 * 1024 };

/* "1234" is a sector of 2048 bytes, "2468s" one of 512 as a kernel counts them;
 * "123456b" and "0x1e240" are a byte. */
static bool parse_place(const char **p, struct isokit_range *ret)
{
	bool hex = (*p)[0] == '0' && ((*p)[1] == 'x' || (*p)[1] == 'X');
	unsigned long long n;
	char *end;

	if (**p < '0' || **p > '9')
		return false;
	errno = 0;
	n = strtoull(*p, &end, hex ? 16 : 10);
	if (errno || (hex && end == *p + 1))
		return false;
	ret->bytes = hex ? 1 : 2048;
	if (!hex && (*end == 'b' || *end == 's'))
		ret->bytes = *end++ == 'b' ? 1 : 512;
	if (n > (UINT64_MAX >> 1) / ret->bytes)
		return false;
	ret->offset = n * ret->bytes;
	*p = end;
	return true;
}

static bool parse_range(const char **p, struct isokit_range *ret)
{
	struct isokit_range last;

	if (!parse_place(p, ret))
		return false;
	if (**p != '-')
		return true;
	(*p)++;
	if (!parse_place(p, &last) || last.offset < ret->offset)
		return false;
	ret->bytes = last.offset + last.bytes - ret->offset;
	return true;
}

static bool add_range(struct owner_ranges *o, const struct isokit_range *range)
{
	if (o->n == o->capacity) {
		size_t capacity = o->capacity ? o->capacity * 2 : 16;
		struct isokit_range *moved = realloc(o->list, capacity * sizeof(*moved));

		if (!moved)
			return false;
		o->list = moved;
		o->capacity = capacity;
	}
	o->list[o->n++] = *range;
	return true;
}

/* Places separated by commas or white space. NULL when all was understood, else
 * what was not. */
static const char *parse_list(struct owner_ranges *o, const char *text, bool *ret_no_memory)
{
	while (text[strspn(text, ", \t\r\n")]) {
		const char *word = text + strspn(text, ", \t\r\n");
		struct isokit_range range;

		text = word;
		if (!parse_range(&text, &range) || !strchr(", \t\r\n", *text))
			return word;
		if (!add_range(o, &range)) {
			*ret_no_memory = true;
			return word;
		}
	}
	return NULL;
}

/* A list from standard input, as ddrescuelog and badblocks print them. */
static char *read_list(void)
{
	size_t used = 0, capacity = 64 * 1024;
	char *text = malloc(capacity + 1);

	while (text && !ferror(stdin) && !feof(stdin) && used < LONGEST_LIST) {
		if (used == capacity) {
			char *moved = realloc(text, capacity * 2 + 1);

			if (!moved) {
				free(text);
				return NULL;
			}
			text = moved;
			capacity *= 2;
		}
		used += fread(text + used, 1, capacity - used, stdin);
	}
	if (text)
		text[used] = '\0';
	return text;
}

bool owner_parse(const struct options *o, struct owner_ranges *ranges)
{
	bool from_stdin = strcmp(o->value, "-") == 0, no_memory = false;
	char *list = from_stdin ? read_list() : NULL;
	const char *wrong;

	if (from_stdin && !list) {
		(void)options_refuse(o, "out of memory");
		return false;
	}
	ranges->from_stdin |= from_stdin;
	wrong = parse_list(ranges, list ? list : o->value, &no_memory);
	if (no_memory)
		(void)options_refuse(o, "out of memory");
	else if (wrong)
		(void)options_refuse(o, "%.*s: not a sector number, nor 0xHEX or a number with b "
				     "(byte) or s (512-byte sector), nor two with - between them",
				     (int)strcspn(wrong, ", \t\r\n"), wrong);
	else if (ranges->n == 0)
		(void)options_refuse(o, "no sector given");
	free(list);
	return !no_memory && !wrong && ranges->n;
}

/* Every place must lie in the image; ranges are cut to it. */
static bool fit_ranges(const char *path, const struct owner_ranges *o, uint64_t size,
		       struct isokit_range *ret)
{
	for (size_t i = 0; i < o->n; i++) {
		ret[i] = o->list[i];
		if (ret[i].offset >= size) {
			message_error(path, "byte %llu (sector %llu) is outside: the image has "
				      "%llu bytes", (unsigned long long)ret[i].offset,
				      (unsigned long long)ret[i].offset / 2048,
				      (unsigned long long)size);
			return false;
		}
		if (ret[i].bytes > size - ret[i].offset)
			ret[i].bytes = size - ret[i].offset;
	}
	return true;
}

static enum isokit_status look_at(struct isokit_image *img, struct owner_view *v,
				  struct isokit_error *err)
{
	struct isokit_layout_options options = {
		.size = sizeof(options), .ranges = v->ranges, .n_ranges = v->n, .gaps = true,
		.plain_names = true,
	};

	return isokit_image_layout(img, &options, &v->layout, err);
}

enum exit_code owner_look(struct isokit_image *img, const char *path,
			  const struct inspect_options *opt, struct owner_view *v)
{
	struct isokit_error err;

	*v = (struct owner_view){ .n = opt->owner.n };
	v->ranges = calloc(v->n, sizeof(*v->ranges));
	if (!v->ranges) {
		message_error(path, "out of memory");
		return EXIT_UNABLE;
	}
	if (!fit_ranges(path, &opt->owner, isokit_image_facts(img)->size, v->ranges))
		return EXIT_UNABLE;
	if (look_at(img, v, &err) != ISOKIT_OK) {
		message_failure(path, &err);
		return EXIT_UNABLE;
	}
	for (size_t i = 0; i < v->n; i++)
		if (!isokit_layout_claims(v->layout, &v->ranges[i]))
			return EXIT_NO;
	return EXIT_DONE;
}

enum isokit_status owner_print(const struct owner_view *v, struct output *out)
{
	enum isokit_status st = ISOKIT_OK;

	for (size_t i = 0; i < v->n && !st; i++)
		st = isokit_report_owner(v->layout, &v->ranges[i], output_write, out);
	return st;
}

void owner_end(struct owner_view *v)
{
	isokit_layout_free(v->layout);
	free(v->ranges);
}
