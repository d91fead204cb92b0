/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Texts with checksums: implanted ones, tags of libisofs, lists of files. */
#include <stdlib.h>
#include <string.h>

#include "target.h"
#include "verify/impl.h"
#include "verify/implanted.h"
#include "verify/sums.h"
#include "verify/tags.h"

static void look_at_implanted(const uint8_t *bytes, size_t n)
{
	struct implanted_text implanted;
	struct tagmedia_text tagmedia;
	uint64_t ends[8];

	if (n > IMPLANTED_BYTES)
		n = IMPLANTED_BYTES;
	if (implanted_text_parse(bytes, n, &implanted)) {
		if (implanted.n_digits > IMPLANTED_FRAGMENT_DIGITS ||
		    strlen(implanted.digits) != implanted.n_digits)
			abort();
		(void)implanted_fragment_ends(700 << 20, implanted.n_fragments, ends, 8);
	}
	(void)tagmedia_text_parse(bytes, n, &tagmedia);
}

static void look_at_list(const uint8_t *bytes, size_t n)
{
	struct sums_hint hint = sums_hint_of((const char *)bytes, n < 64 ? n : 64);
	char *text = malloc(n + 1), *line;
	struct sums_line sum;
	size_t at = 0, length;

	if (!text)
		return;
	memcpy(text, bytes, n);
	while (sums_next_line(text, n, &at, &line, &length)) {
		if (line < text || length > n - (size_t)(line - text) || at > n + 1)
			abort();
		if (!sums_line_parse(line, length, &hint, &sum))
			continue;
		touch(sum.digits, 2 * isokit_digest_bytes(sum.kind));
		if (sum.name_bytes &&
		    (sum.name < line || sum.name_bytes > length - (size_t)(sum.name - line)))
			abort();
	}
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct checksum_area area;
	bool damaged = false;
	struct tag tag;

	look_at_implanted(bytes, n);
	if (tag_decode(bytes, n, &tag, &damaged) && tag.self_bytes > n)
		abort();
	(void)checksum_area_decode(bytes, n, &area);
	look_at_list(bytes, n);
	(void)sums_is_list((const char *)bytes, n);
	if (sums_is_sidecar((const char *)bytes, n) > n)
		abort();
	return 0;
}
