/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "mkisofs_bootspec.h"

static const char interval_word[] = "--interval:";

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool bootspec_hex(const char *s, uint8_t *ret_bytes, size_t most, size_t *ret_n)
{
	size_t n = 0;

	for (; *s != '\0'; s += 2) {
		int high = hex_digit(s[0]), low = s[0] != '\0' ? hex_digit(s[1]) : -1;

		if (high < 0 || low < 0 || n == most)
			return false;
		ret_bytes[n++] = (uint8_t)(high << 4 | low);
	}
	*ret_n = n;
	return true;
}

/* RFC 4122 text; the first three fields are little-endian on disk (UEFI, appendix A). */
bool bootspec_guid(const char *s, uint8_t ret_guid[16])
{
	static const uint8_t place[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };
	char digits[33] = "";
	uint8_t raw[16];
	size_t n = 0;

	if (strlen(s) == 32)
		return bootspec_hex(s, ret_guid, 16, &n) && n == 16;
	if (strlen(s) != 36)
		return false;
	for (size_t i = 0; i < 36; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash != (s[i] == '-'))
			return false;
		if (!dash)
			digits[n++] = s[i];
	}
	if (!bootspec_hex(digits, raw, 16, &n) || n != 16)
		return false;
	for (size_t i = 0; i < 16; i++)
		ret_guid[place[i]] = raw[i];
	return true;
}

/* UEFI 5.3.3, EFI system partition, as it is stored. */
static const uint8_t efi_guid[16] = { 0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8, 0xd2, 0x11,
				      0xba, 0x4b, 0x00, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b };

bool bootspec_type(struct mkisofs *m, const char *s, uint8_t *ret_type, bool *ret_has_guid,
		   uint8_t ret_guid[16])
{
	static const struct {
		const char *word;
		uint8_t type;
	} words[] = { { "FAT12", 0x01 }, { "FAT16", 0x06 }, { "Linux", 0x83 } };
	long long n;

	*ret_has_guid = bootspec_guid(s, ret_guid);
	if (*ret_has_guid) {
		*ret_type = memcmp(ret_guid, efi_guid, 16) == 0 ? 0xef : 0x83;
		return true;
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcasecmp(s, words[i].word) == 0) {
			*ret_type = words[i].type;
			return true;
		}
	}
	if (strncasecmp(s, "0x", 2) != 0 || !mkisofs_number(m, s, 0, 255, &n))
		return strncasecmp(s, "0x", 2) == 0 ? false :
		       mkisofs_refuse(m, "'%s' is no partition type: 0x00 to 0xff, a GUID, FAT12, "
				      "FAT16, Linux", s);
	*ret_type = (uint8_t)n;
	return true;
}

/* "100", "16k", "0s": units are those of libisofs. The end of a range is the last byte
 * of its unit. */
static bool take_byte_number(const char **at, bool is_end, uint64_t *ret)
{
	static const struct {
		char letter;
		uint64_t unit;
	} units[] = { { 'k', 1024 }, { 'm', UINT64_C(1) << 20 }, { 'g', UINT64_C(1) << 30 },
		      { 't', UINT64_C(1) << 40 }, { 's', 2048 }, { 'd', 512 } };
	uint64_t n = 0;
	const char *p = *at;

	if (*p < '0' || *p > '9')
		return false;
	for (; *p >= '0' && *p <= '9'; p++) {
		if (n > (UINT64_MAX - 9) / 10)
			return false;
		n = n * 10 + (uint64_t)(*p - '0');
	}
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if ((*p | 0x20) != units[i].letter)
			continue;
		if (n >= UINT64_MAX / units[i].unit)
			return false;
		n = n * units[i].unit + (is_end ? units[i].unit - 1 : 0);
		p++;
		break;
	}
	*at = p;
	*ret = n;
	return true;
}

/* "first-last", ended by `end` or the end of the text. */
static bool take_range(const char **at, struct isokit_build_span *ret)
{
	if (!take_byte_number(at, false, &ret->first) || *(*at)++ != '-')
		return false;
	return take_byte_number(at, true, &ret->last) && ret->last >= ret->first;
}

static bool starts_with(const char *s, const char *word, size_t n)
{
	return strlen(word) == n && strncmp(s, word, n) == 0;
}

static bool take_zeros(struct mkisofs *m, const char *list, size_t bytes,
		       struct isokit_build_content *c)
{
	struct isokit_build_span *spans;
	size_t most = 1;

	for (size_t i = 0; i < bytes; i++)
		most += list[i] == ',';
	spans = calloc(most, sizeof(*spans));
	if (spans == NULL || !mkisofs_list_add(&m->strings, (char *)spans))
		return mkisofs_out_of_memory();
	c->zeros = spans;
	for (size_t n; bytes > 0; list += n + (bytes > 0), bytes -= bytes > 0) {
		const char *at = list;

		n = strcspn(list, ",:");
		n = n < bytes ? n : bytes;
		bytes -= n;
		if (starts_with(list, "zero_mbrpt", n))
			c->zero_mbr = true;
		else if (starts_with(list, "zero_gpt", n))
			c->zero_gpt = true;
		else if (starts_with(list, "zero_apm", n))
			c->zero_apm = true;
		else if (n > 0 && take_range(&at, &spans[c->n_zeros]) && at == list + n)
			c->n_zeros++;
		else if (n > 0)
			return mkisofs_refuse(m, "'%.*s' is not zero_mbrpt, zero_gpt, zero_apm or "
					      "FIRST-LAST", (int)n, list);
	}
	return true;
}

/* "--interval:" FLAGS ":" INTERVAL ":" ZEROIZERS ":" SOURCE */
static bool take_interval(struct mkisofs *m, const char *s, struct isokit_build_content *c)
{
	const char *flags = s + strlen(interval_word), *range, *zeros, *source, *at;
	struct isokit_build_span span;

	range = strchr(flags, ':');
	zeros = range != NULL ? strchr(range + 1, ':') : NULL;
	source = zeros != NULL ? strchr(zeros + 1, ':') : NULL;
	if (source == NULL)
		return mkisofs_refuse(m, "not --interval:FLAGS:INTERVAL:ZEROIZERS:FILE");
	range++;
	zeros++;
	source++;
	if (starts_with(flags, "imported_iso", (size_t)(range - 1 - flags)))
		return mkisofs_refuse(m, "imported_iso stands for an image loaded by -indev, and none "
				      "can be here; write local_fs and its path at the end");
	if (!starts_with(flags, "local_fs", (size_t)(range - 1 - flags)))
		return mkisofs_refuse(m, "'%.*s' is no source of an interval; local_fs is",
				      (int)(range - 1 - flags), flags);
	at = range;
	if (!take_range(&at, &span) || *at != ':' || span.last == UINT64_MAX)
		return mkisofs_refuse(m, "'%.*s' is not FIRST-LAST, numbers of bytes",
				      (int)strcspn(range, ":"), range);
	c->path = source;
	c->offset = span.first;
	c->length = span.last - span.first + 1;
	return take_zeros(m, zeros, (size_t)(source - 1 - zeros), c);
}

bool bootspec_file(struct mkisofs *m, const char *s, struct isokit_build_content *ret_content)
{
	*ret_content = (struct isokit_build_content){ .kind = ISOKIT_BUILD_CONTENT_HOST,
						      .path = s };
	if (strncmp(s, interval_word, strlen(interval_word)) == 0)
		return take_interval(m, s, ret_content);
	if (*s == '\0')
		return mkisofs_refuse(m, "a file is wanted");
	return true;
}

bool bootspec_image(struct mkisofs *m, const char *s, struct isokit_build_content *ret_content)
{
	static const char word[] = "appended_partition_";
	const char *flags = s + strlen(interval_word);
	unsigned n = 0;

	*ret_content = (struct isokit_build_content){ .kind = ISOKIT_BUILD_CONTENT_TREE,
						      .path = s };
	if (*s == '\0')
		return mkisofs_refuse(m, "a path is wanted");
	if (strncmp(s, interval_word, strlen(interval_word)) != 0)
		return true;
	if (strncmp(flags, word, strlen(word)) != 0)
		return mkisofs_refuse(m, "a boot image is a file of the image or "
				      "--interval:appended_partition_NUMBER:all::");
	for (flags += strlen(word); *flags >= '0' && *flags <= '9' && n < 100; flags++)
		n = n * 10 + (unsigned)(*flags - '0');
	/* "_start_…_size_…" says where it was in an older image; here it is new. */
	if (n < 1 || n > ISOKIT_BUILD_MAX_PARTITIONS || (*flags != ':' && *flags != '_'))
		return mkisofs_refuse(m, "not the number of an appended partition, 1 to %d",
				      ISOKIT_BUILD_MAX_PARTITIONS);
	ret_content->kind = ISOKIT_BUILD_CONTENT_APPENDED;
	ret_content->partition = n;
	return true;
}
