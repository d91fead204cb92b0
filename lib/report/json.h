/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JSON as RFC 8259 has it: always UTF-8, numbers as integers, no white space. */
#ifndef REPORT_JSON_H
#define REPORT_JSON_H

#include "report/out.h"

struct json {
	struct report_out *out;
	bool comma; /* something stands before the next value */
};

/* `key` is NULL inside an array and for the outermost value. */
void json_open(struct json *j, const char *key, char bracket);
void json_close(struct json *j, char bracket);
void json_number(struct json *j, const char *key, uint64_t n);
void json_bool(struct json *j, const char *key, bool b);

/* Text of our own: valid UTF-8. NULL is "". */
void json_text(struct json *j, const char *key, const char *s);

/* Bytes of the medium or the host. What is not UTF-8 becomes U+FFFD, and then
 * a second key, KEY_hex, holds all the bytes as hexadecimal digits. */
void json_bytes(struct json *j, const char *key, const void *bytes, size_t n);
void json_bytes_str(struct json *j, const char *key, const char *s);

#endif
