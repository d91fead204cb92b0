/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What expands chunks: the first byte chooses the codec, the next two how much room there
 * is. Nothing is written outside, and the same bytes expand to the same. */
#include <stdlib.h>
#include <string.h>

#include "codec/codec.h"
#include "codec/stream.h"
#include "target.h"

enum { MOST = 1 << 18 };

static void expand(const uint8_t *bytes, size_t n, enum codec_kind kind, size_t capacity)
{
	/* Exactly as large as told, for the sanitizer to see what is behind. */
	uint8_t *out = malloc(capacity + 1), *again = malloc(capacity + 1);
	size_t got = 0, got_again = 0;
	struct codec *c = codec_new();

	if (!out || !again || !c)
		abort();
	out = realloc(out, capacity ? capacity : 1);
	if (codec_run(c, kind, bytes, n, out, capacity, &got, NULL) == ISOKIT_OK) {
		if (got > capacity)
			abort();
		touch(out, got);
		if (codec_run(c, kind, bytes, n, again, capacity, &got_again, NULL) ||
		    got != got_again || memcmp(out, again, got) != 0)
			abort();
	}
	codec_free(c);
	free(out);
	free(again);
}

static void expand_stream(const uint8_t *bytes, size_t n, enum codec_stream_kind kind, size_t room)
{
	struct codec_stream *s = NULL;
	uint8_t *out = malloc(room + 1);
	size_t at = 0, left = 0, piece = room % 97 + 1;
	bool ended = false;

	if (!out)
		abort();
	if (codec_stream_new(kind, &s, NULL)) {
		free(out);
		return;
	}
	/* Fed in small pieces; what is not taken is given again. */
	for (unsigned rounds = 0; !ended && rounds < 4096; rounds++) {
		size_t give = left + piece < n - at ? left + piece : n - at;
		struct codec_buffers b = { .in = bytes + at, .in_bytes = give,
					   .out = out, .out_bytes = room + 1 };

		if (codec_stream_run(s, &b, at + give == n, &ended, NULL))
			break;
		if (b.in_bytes > give || b.out_bytes > room + 1)
			abort();
		touch(out, room + 1 - b.out_bytes);
		at += give - b.in_bytes;
		left = b.in_bytes;
	}
	codec_stream_free(s);
	free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	size_t room;

	if (n < 3)
		return 0;
	room = (size_t)bytes[1] << 8 | bytes[2];
	if (bytes[0] & 0x80)
		expand_stream(bytes + 3, n - 3, (enum codec_stream_kind)(bytes[0] & 7), room);
	else
		expand(bytes + 3, n - 3, (enum codec_kind)(bytes[0] % CODEC_COUNT), room % MOST);
	return 0;
}
