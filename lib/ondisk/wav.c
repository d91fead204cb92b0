/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ondisk/wav.h"

#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"

enum { CHANNELS = 2, BITS = 16, RATE = 44100, MAX_CHUNKS = 100 };

void ondisk_wav_header(uint64_t pcm_bytes, uint8_t out[ONDISK_WAV_HEADER_BYTES])
{
	uint32_t bytes = (uint32_t)min_u64(pcm_bytes, UINT32_MAX - 36 - 3);

	memcpy(out, "RIFF", 4);
	put_le32(out + 4, bytes + 36);
	memcpy(out + 8, "WAVEfmt ", 8);
	put_le32(out + 16, 16);
	put_le16(out + 20, 1); /* PCM */
	put_le16(out + 22, CHANNELS);
	put_le32(out + 24, RATE);
	put_le32(out + 28, RATE * CHANNELS * BITS / 8);
	put_le16(out + 32, CHANNELS * BITS / 8);
	put_le16(out + 34, BITS);
	memcpy(out + 36, "data", 4);
	put_le32(out + 40, bytes);
}

bool ondisk_wav_is_cd(const struct ondisk_wav *w)
{
	return w->channels == CHANNELS && w->bits == BITS && w->rate == RATE;
}

/* Bytes of a tag of ID3v2 at the beginning: ten, and as many as its four numbers of seven bits
 * say. */
static size_t tag_bytes(const uint8_t *p, size_t n)
{
	if (n < 10 || memcmp(p, "ID3", 3) != 0)
		return 0;
	return 10 + ((size_t)(p[6] & 0x7f) << 21 | (size_t)(p[7] & 0x7f) << 14 |
		     (size_t)(p[8] & 0x7f) << 7 | (p[9] & 0x7f));
}

const char *ondisk_sound_packed(const uint8_t *head, size_t n, bool *ret_flac)
{
	static const struct {
		const char *mark, *words;
		uint8_t at, bytes;
	} kinds[] = {
		{ "fLaC", "FLAC", 0, 4 },	{ "OggS", "Ogg", 0, 4 },
		{ "MAC ", "Monkey's Audio", 0, 4 }, { "wvpk", "WavPack", 0, 4 },
		{ "TTA1", "True Audio", 0, 4 }, { "MPCK", "Musepack", 0, 4 },
		{ "MP+", "Musepack", 0, 3 },	{ "tBaK", "TAK", 0, 4 },
		{ "OFR ", "OptimFROG", 0, 4 },	{ "ftyp", "MPEG-4 (AAC or ALAC)", 4, 4 },
		{ "\x30\x26\xb2\x75", "Windows Media", 0, 4 },
	};
	size_t tag = tag_bytes(head, n);

	*ret_flac = false;
	if (tag >= n && tag)
		return "MP3"; /* what has pictures ahead of it */
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t end = tag + kinds[i].at + kinds[i].bytes;

		if (end > n || memcmp(head + tag + kinds[i].at, kinds[i].mark, kinds[i].bytes) != 0)
			continue;
		*ret_flac = i == 0;
		return kinds[i].words;
	}
	/* The sync of a frame of MPEG layer III, or of ADTS, which has layer 0. */
	if (n - tag >= 2 && head[tag] == 0xff && (head[tag + 1] & 0xe0) == 0xe0 &&
	    head[tag + 1] != 0xff)
		return (head[tag + 1] & 6) == 0 ? "AAC" : "MP3";
	return tag ? "MP3" : NULL;
}

/* A rate as AIFF has it: 80 bits of IEEE 754, of which whole numbers are read. */
static uint32_t extended(const uint8_t *p)
{
	unsigned exponent = get_be16(p) & 0x7fff;
	uint64_t mantissa = get_be64(p + 2);

	if (exponent < 16383 || exponent > 16383 + 31)
		return 0;
	return (uint32_t)(mantissa >> (63 - (exponent - 16383)));
}

struct reader {
	const uint8_t *head;
	size_t n;
	uint64_t file_bytes;
	bool aiff, aifc;
	bool format_seen;
};

/* Take a chunk whose content is at byte `at`. True: these are the samples. */
static bool take_chunk(struct reader *r, const uint8_t *id, uint64_t at, uint64_t bytes,
		       struct ondisk_wav *w)
{
	const uint8_t *p = r->head + at;
	size_t there = at < r->n ? (size_t)min_u64(bytes, r->n - at) : 0;

	if (!r->aiff && memcmp(id, "fmt ", 4) == 0 && there >= 16) {
		uint16_t tag = get_le16(p);

		/* PCM, or "extensible", whose subformat begins with the same number. */
		r->format_seen = tag == 1 || (tag == 0xfffe && there >= 26 && get_le16(p + 24) == 1);
		w->channels = get_le16(p + 2);
		w->rate = get_le32(p + 4);
		w->bits = get_le16(p + 14);
	} else if (r->aiff && memcmp(id, "COMM", 4) == 0 && there >= 18) {
		r->format_seen = true;
		w->channels = get_be16(p);
		w->bits = get_be16(p + 6);
		w->rate = extended(p + 8);
		w->big_endian = true;
		/* AIFF-C says how they are compressed: not at all, or only turned. */
		if (r->aifc && there >= 22 && memcmp(p + 18, "sowt", 4) == 0)
			w->big_endian = false;
		else if (r->aifc && (there < 22 || (memcmp(p + 18, "NONE", 4) != 0 &&
						    memcmp(p + 18, "twos", 4) != 0)))
			r->format_seen = false;
	} else if (!r->aiff && memcmp(id, "data", 4) == 0) {
		w->offset = at;
		w->bytes = bytes;
		return true;
	} else if (r->aiff && memcmp(id, "SSND", 4) == 0 && bytes >= 8 && there >= 8) {
		uint32_t ahead = get_be32(p);

		w->offset = at + 8 + ahead;
		w->bytes = bytes - 8 > ahead ? bytes - 8 - ahead : 0;
		return true;
	}
	return false;
}

const char *ondisk_wav_decode(const uint8_t *head, size_t n, uint64_t file_bytes,
			      struct ondisk_wav *ret)
{
	struct reader r = { .head = head, .n = n, .file_bytes = file_bytes };
	struct ondisk_wav w = { 0 };
	uint64_t at = 12;
	bool found = false;

	if (n < 12)
		return "is too short for a sound file";
	if (memcmp(head, "FORM", 4) == 0 && memcmp(head + 8, "AIF", 3) == 0)
		r.aiff = true;
	else if (memcmp(head, "RIFF", 4) != 0 || memcmp(head + 8, "WAVE", 4) != 0)
		return "is neither a WAVE nor an AIFF file";
	r.aifc = r.aiff && head[11] == 'C';
	for (unsigned i = 0; i < MAX_CHUNKS && !found && at + 8 <= n; i++) {
		uint32_t bytes = r.aiff ? get_be32(head + at + 4) : get_le32(head + at + 4);

		found = take_chunk(&r, head + at, at + 8, bytes, &w);
		at += 8 + (uint64_t)bytes + bytes % 2;
	}
	if (!found || !r.format_seen)
		return r.format_seen || found ? "has no uncompressed samples" :
						"has no chunk that tells of its samples";
	if (w.offset > file_bytes)
		return "ends ahead of its samples";
	w.bytes = min_u64(w.bytes, file_bytes - w.offset);
	*ret = w;
	return NULL;
}
