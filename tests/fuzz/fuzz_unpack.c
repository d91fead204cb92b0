/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What iso-extract makes of names, access control lists, zisofs contents and descriptors of
 * a later session. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "target.h"
#include "tree/attributes.h"
#include "unpack/session.h"
#include "unpack/unpack.h"

enum { MOST = 1 << 20 };

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void names(const char *name)
{
	char like[UNPACK_NAME_BYTES];

	if (!*name || strlen(name) > 240)
		return;
	for (unsigned i = 0; i < 12; i++) {
		size_t most = i % 3 ? 255 : 40;

		unpack_name_like(name, i & 1, i / 2, most, like);
		/* One component, of which none is longer than it may be. */
		check(*like && strlen(like) <= most && (strchr(name, '/') || !strchr(like, '/')));
		check(!(i & 1) || (i / 2) || most < 255 || unpack_name_is_dos(like));
	}
}

static void acl(const char *text)
{
	uint8_t raw[1024];
	size_t n = unpack_acl_encode(text, raw, sizeof(raw));
	struct text back = { 0 };

	if (n && tree_acl_from_xattr(raw, n, &back))
		check(unpack_acl_encode(text_string(&back), raw, sizeof(raw)) == n);
	text_free(&back);
}

static void zisofs(const uint8_t *bytes, size_t n)
{
	struct unpack_content c = { .bytes = n, .owned = true };
	static uint8_t out[MOST];
	struct isokit_location at;

	if (isokit_source_from_memory(bytes, n, "x", &c.src, NULL))
		return;
	if (unpack_zisofs_open(&c, "x", NULL) == ISOKIT_OK) {
		size_t most = c.bytes < MOST ? (size_t)c.bytes : MOST;

		for (uint64_t offset = 0; offset < most; offset += at.length) {
			isokit_source_locate(c.src, offset, most - offset, &at);
			check(at.length && at.length <= most - offset);
			(void)isokit_source_read_at(c.src, offset, out, (size_t)at.length, NULL);
		}
		if (most > 3)
			(void)isokit_source_read_at(c.src, c.bytes - most + 1, out, most - 2, NULL);
	}
	unpack_content_close(&c);
}

static void session(const uint8_t *bytes, size_t n)
{
	struct isokit_source *disc, *src;
	uint8_t out[4096];

	if (n < 2 || isokit_source_from_memory(bytes + 1, n - 1, "x", &disc, NULL))
		return;
	if (unpack_session_open(disc, bytes[0], &src, NULL) == ISOKIT_OK) {
		for (uint64_t at = 0; at + sizeof(out) <= n - 1; at += 3000)
			check(isokit_source_read_at(src, at, out, sizeof(out), NULL) == ISOKIT_OK);
		isokit_source_close(src);
	}
	isokit_source_close(disc);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	char *text = malloc(n + 1);

	if (text) {
		if (n)
			memcpy(text, bytes, n);
		text[n] = '\0';
		names(text);
		acl(text);
	}
	free(text);
	zisofs(bytes, n);
	session(bytes, n);
	return 0;
}
