/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Standard output through one buffer; errors are remembered and reported once. */
#ifndef COMMON_OUTPUT_H
#define COMMON_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/options.h"

struct output {
	char *buffer;
	size_t used, capacity;
	int fd;
	int sys_errno; /* of the first write that failed */
};

/* Standard output. False when out of memory (the message is printed). */
bool output_start(struct output *out);

/* An isokit_write_fn with a struct output as context. */
int output_write(void *out, const char *bytes, size_t length);
int output_string(struct output *out, const char *s);
int output_format(struct output *out, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* A name or text of an image, as isokit_escape() shows it. */
int output_escaped(struct output *out, const char *s);

/* 736939048 bytes as "702.8 MiB". */
enum { SIZE_WORDS_BYTES = 40 };
void size_words(uint64_t bytes, char ret_words[SIZE_WORDS_BYTES]);

/* Write what is buffered. Nonzero after a failure. */
int output_flush(struct output *out);

/* Flush and release; a failure is reported. Returns EXIT_DONE or EXIT_UNABLE. */
enum exit_code output_finish(struct output *out);

/* Should output to this descriptor be coloured? auto: it is a terminal, TERM is
 * not "dumb" and NO_COLOR is not set. */
bool output_color(enum color_mode mode, int fd);

/* Columns of the terminal on this descriptor, else $COLUMNS, else 80. */
unsigned output_width(int fd);

#endif
