/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sizes and names as people read them. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "writer.h"

/* As on the package of a drive: powers of ten. */
void decimal_words(uint64_t bytes, char ret_words[SIZE_WORDS_BYTES])
{
	static const char *const units[] = { "bytes", "kB", "MB", "GB", "TB", "PB" };
	double n = (double)bytes;
	size_t i = 0;

	for (; n >= 999.95 && i + 1 < sizeof(units) / sizeof(units[0]); i++)
		n /= 1000;
	(void)snprintf(ret_words, SIZE_WORDS_BYTES, i ? "%.1f %s" : "%.0f %s", n, units[i]);
}

void number_words(uint64_t n, char ret_words[SIZE_WORDS_BYTES])
{
	char digits[24];
	int length = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)n);
	size_t at = 0;

	for (int i = 0; i < length; i++) {
		if (i && (length - i) % 3 == 0)
			ret_words[at++] = ',';
		ret_words[at++] = digits[i];
	}
	ret_words[at] = '\0';
}

/* Add to a string of that size; what does not fit is left out. */
static void add(char *to, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static void add(char *to, size_t size, const char *format, ...)
{
	size_t n = strlen(to);
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(to + n, size - n, format, ap);
	va_end(ap);
}

/* "SanDisk Ultra Fit": many drives say their maker in the model again. */
void model_words(const struct isokit_drive *d, char ret_words[MODEL_WORDS_BYTES])
{
	size_t n = strlen(d->vendor);

	*ret_words = '\0';
	if (*d->vendor && strncmp(d->model, d->vendor, n) != 0)
		add(ret_words, MODEL_WORDS_BYTES, "%s%s", d->vendor, *d->model ? " " : "");
	add(ret_words, MODEL_WORDS_BYTES, "%s", d->model);
	if (*ret_words == '\0' && *d->backing)
		add(ret_words, MODEL_WORDS_BYTES, "%s", d->backing);
}

/* "sdb (SanDisk Ultra Fit, serial 4C53, usb, 62.1 GB)" without the name. */
void drive_words(const struct isokit_drive *d, char ret_words[DRIVE_WORDS_BYTES])
{
	char model[MODEL_WORDS_BYTES], size[SIZE_WORDS_BYTES];

	model_words(d, model);
	decimal_words(d->bytes, size);
	*ret_words = '\0';
	if (*model)
		add(ret_words, DRIVE_WORDS_BYTES, "%s, ", model);
	if (*d->serial)
		add(ret_words, DRIVE_WORDS_BYTES, "serial %s, ", d->serial);
	if (*d->bus)
		add(ret_words, DRIVE_WORDS_BYTES, "%s, ", d->bus);
	add(ret_words, DRIVE_WORDS_BYTES, "%s", d->bytes ? size : "no medium");
}

static const char *table_words(const char *table)
{
	return strcmp(table, "gpt") == 0 ? "GPT" : strcmp(table, "dos") == 0 ? "MBR" : table;
}

/* "ext4 "home", 61.0 GB, 12.3 GB used, mounted on /media/ann/home" */
static void print_file_system(struct output *out, const char *fs, const char *type,
			      const char *label, const char *name, uint64_t bytes, uint64_t used,
			      const char *mounted)
{
	char size[SIZE_WORDS_BYTES];
	const char *what = *fs ? fs : *type ? type : "unknown";

	(void)output_escaped(out, what);
	if (*label || *name) {
		(void)output_string(out, " \"");
		(void)output_escaped(out, *label ? label : name);
		(void)output_string(out, "\"");
	}
	decimal_words(bytes, size);
	(void)output_format(out, ", %s", size);
	if (used) {
		decimal_words(used, size);
		(void)output_format(out, ", %s used", size);
	}
	if (*mounted) {
		(void)output_string(out, ", mounted on ");
		(void)output_escaped(out, mounted);
	}
}

void content_print(struct output *out, const struct isokit_drive *d, const char *indent)
{
	if (*d->fs) {
		(void)output_string(out, indent);
		print_file_system(out, d->fs, "", d->label, "", d->bytes, d->used_bytes, d->mounted);
		(void)output_string(out, "\n");
	}
	if (d->n_parts)
		(void)output_format(out, "%s%s%s%zu partition%s\n", indent, table_words(d->table),
				    *d->table ? ", " : "", d->n_parts, d->n_parts == 1 ? "" : "s");
	else if (!*d->fs && d->bytes)
		(void)output_format(out, "%s%s%s\n", indent, *d->table ? table_words(d->table) :
				    "nothing that is known", *d->table ?
				    ", no partition that the kernel sees" : "");
	for (size_t i = 0; i < d->n_parts; i++) {
		const struct isokit_drive_part *p = &d->parts[i];

		(void)output_format(out, "%s  %-2u ", indent, p->number);
		print_file_system(out, p->fs, p->type, p->label, p->name, p->bytes, p->used_bytes,
				  p->mounted);
		(void)output_string(out, "\n");
	}
}
