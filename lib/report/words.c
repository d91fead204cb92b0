/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/words.h"

#include <stddef.h>
#include <string.h>

#include "base/text.h"
#include "report/out.h"

const char *report_format_name(enum isokit_image_format format)
{
	switch (format) {
	case ISOKIT_FORMAT_ISO9660: return "iso9660";
	case ISOKIT_FORMAT_HIGH_SIERRA: return "high-sierra";
	case ISOKIT_FORMAT_UDF: return "udf";
	}
	return "other";
}

const char *report_platform_name(unsigned platform)
{
	switch (platform) {
	case ISOKIT_PLATFORM_BIOS: return "bios";
	case ISOKIT_PLATFORM_PPC: return "ppc";
	case ISOKIT_PLATFORM_MAC: return "mac";
	case ISOKIT_PLATFORM_UEFI: return "uefi";
	default: return "other";
	}
}

/* El Torito, Boot Media Type: bits 0-3 of the byte. */
const char *report_emulation_name(unsigned media)
{
	switch (media & 0x0f) {
	case ISOKIT_EMUL_NONE: return "none";
	case ISOKIT_EMUL_FLOPPY_1200: return "floppy-1.2";
	case ISOKIT_EMUL_FLOPPY_1440: return "floppy-1.44";
	case ISOKIT_EMUL_FLOPPY_2880: return "floppy-2.88";
	case ISOKIT_EMUL_HARD_DISK: return "hard-disk";
	default: return "other";
	}
}

const char *report_boot_code_name(enum isokit_boot_code code)
{
	switch (code) {
	case ISOKIT_CODE_NONE: return "none";
	case ISOKIT_CODE_ISOLINUX: return "isolinux";
	case ISOKIT_CODE_GRUB: return "grub";
	case ISOKIT_CODE_WINDOWS: return "windows";
	case ISOKIT_CODE_PROTECTIVE: return "protective";
	/* No word of the schema; boot_code_name tells. */
	case ISOKIT_CODE_SYSLINUX: return "unknown";
	case ISOKIT_CODE_UNKNOWN: return "unknown";
	}
	return "unknown";
}

const char *report_mbr_type_words(unsigned type)
{
	static const struct {
		unsigned type;
		const char *words;
	} types[] = {
		{ 0x01, "FAT12" },        { 0x04, "FAT16" },          { 0x05, "extended" },
		{ 0x06, "FAT16" },        { 0x07, "NTFS or exFAT" },  { 0x0b, "FAT32" },
		{ 0x0c, "FAT32" },        { 0x0e, "FAT16" },          { 0x0f, "extended" },
		{ 0x11, "hidden FAT12" }, { 0x14, "hidden FAT16" },   { 0x16, "hidden FAT16" },
		{ 0x17, "hidden NTFS" },  { 0x1b, "hidden FAT32" },   { 0x1c, "hidden FAT32" },
		{ 0x82, "Linux swap" },   { 0x83, "Linux" },          { 0x85, "extended" },
		{ 0x96, "ISO 9660" },     { 0xaf, "HFS" },            { 0xcd, "ISO 9660" },
		{ 0xee, "GPT protective" }, { 0xef, "EFI system" },
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (types[i].type == type)
			return types[i].words;
	}
	return NULL;
}

const char *report_gpt_type_words(const char *type_guid)
{
	static const struct {
		const char *guid, *words;
	} types[] = {
		{ "C12A7328-F81F-11D2-BA4B-00A0C93EC93B", "EFI system" },
		{ "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7", "basic data" },
		{ "48465300-0000-11AA-AA11-00306543ECAC", "HFS+" },
		{ "21686148-6449-6E6F-744E-656564454649", "BIOS boot" },
		{ "0FC63DAF-8483-4772-8E79-3D69D8477DE4", "Linux" },
		{ "E3C9E316-0B5C-4DB8-817D-F92DF00215AE", "Microsoft reserved" },
		{ "7C3457EF-0000-11AA-AA11-00306543ECAC", "APFS" },
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (strcmp(types[i].guid, type_guid) == 0)
			return types[i].words;
	}
	return NULL;
}

char *report_put_time(char *p, const struct isokit_time *t, bool iso)
{
	unsigned quarters = (unsigned)(t->gmt_quarters < 0 ? -t->gmt_quarters : t->gmt_quarters);
	unsigned year = (unsigned)t->year % 10000;

	if (!t->set)
		return p;
	p = report_put_two(report_put_two(p, year / 100), year % 100);
	*p++ = '-';
	p = report_put_two(p, t->month);
	*p++ = '-';
	p = report_put_two(p, t->day);
	*p++ = iso ? 'T' : ' ';
	p = report_put_two(p, t->hour);
	*p++ = ':';
	p = report_put_two(p, t->minute);
	*p++ = ':';
	p = report_put_two(p, t->second);
	*p++ = iso ? '.' : ' ';
	if (iso)
		p = report_put_two(p, t->hundredths);
	*p++ = t->gmt_quarters < 0 ? '-' : '+';
	p = report_put_two(p, quarters / 4);
	*p++ = ':';
	return report_put_two(p, quarters % 4 * 15);
}

void report_time_iso(const struct isokit_time *t, char out[REPORT_TIME_BYTES])
{
	*report_put_time(out, t, true) = '\0';
}

void report_time_words(const struct isokit_time *t, char out[REPORT_TIME_BYTES])
{
	*report_put_time(out, t, false) = '\0';
}

void report_size_words(uint64_t bytes, char out[REPORT_SIZE_BYTES])
{
	static const char units[] = "KMGTPE";
	char digits[REPORT_NUMBER_BYTES];
	uint64_t whole = bytes, rest = 0;
	size_t unit = 0, n;

	while (whole >= 1024) {
		rest = whole % 1024;
		whole /= 1024;
		unit++;
	}
	n = (size_t)(report_put_number(digits, whole, 0) - digits); /* four at most */
	memcpy(out, digits, n);
	if (unit) {
		const char after[] = { '.', (char)('0' + rest * 10 / 1024), ' ', units[unit - 1],
				       'i', 'B', '\0' };

		memcpy(out + n, after, sizeof(after));
	} else {
		memcpy(out + n, bytes == 1 ? " byte\0" : " bytes", sizeof(" bytes"));
	}
}

void report_grouped(uint64_t n, char out[REPORT_GROUPED_BYTES])
{
	char digits[REPORT_NUMBER_BYTES];
	size_t length = (size_t)(report_put_number(digits, n, 0) - digits), used = 0;

	for (size_t i = 0; i < length; i++) {
		if (i && (length - i) % 3 == 0)
			out[used++] = ',';
		out[used++] = digits[i];
	}
	out[used] = '\0';
}

/* A template: %0 to %3 are numbers, %w is a name, anything else is itself. */
static void add_template(struct text *t, const char *prose, const uint64_t *n, size_t count,
			 const char *what)
{
	for (const char *p = prose; *p; p++) {
		const char *begin = p;

		while (*p && *p != '%')
			p++;
		text_add(t, begin, (size_t)(p - begin));
		if (*p)
			p++;
		if (*p == '\0')
			return;
		if (*p == 'w')
			text_add_escaped(t, what ? what : "?", what ? strlen(what) : 1);
		else if (*p >= '0' && (size_t)(*p - '0') < count)
			text_add_number(t, n[*p - '0']);
		else
			text_add_char(t, *p);
	}
}

void report_finding_add(struct text *t, const struct isokit_finding *f)
{
	/* One block, and where each begins in it: see lib/model/findings.c. */
	static const struct {
#define ISOKIT_FINDING(id, code, severity, prose) char of_##id[sizeof(prose)];
#include <isokit/finding-codes.h>
#undef ISOKIT_FINDING
	} prose = {
#define ISOKIT_FINDING(id, code, severity, prose) .of_##id = prose,
#include <isokit/finding-codes.h>
#undef ISOKIT_FINDING
	};
	static const uint16_t at[] = {
#define ISOKIT_FINDING(id, code, severity, prose_) \
	[ISOKIT_F_##id] = offsetof(typeof(prose), of_##id),
#include <isokit/finding-codes.h>
#undef ISOKIT_FINDING
	};

	if ((size_t)f->code < sizeof(at) / sizeof(at[0]))
		add_template(t, (const char *)&prose + at[f->code], f->n, 4, f->what);
}

void report_reason_add(struct text *t, const struct isokit_boot_reason *r)
{
	static const char *const prose[] = {
#define ISOKIT_BOOT_REASON(id, code, words) [ISOKIT_R_##id] = words,
#include <isokit/boot-reasons.h>
#undef ISOKIT_BOOT_REASON
	};

	if ((size_t)r->code < sizeof(prose) / sizeof(prose[0]))
		add_template(t, prose[r->code], r->n, 3, r->what);
}

/* Hand over what a builder holds, cut to the caller's buffer, like snprintf. */
static size_t hand_over(struct text *t, char *buffer, size_t size)
{
	size_t n = t->failed ? 0 : t->n;
	size_t fit = size == 0 ? 0 : n < size ? n : size - 1;

	while (fit && fit < n && ((unsigned char)t->bytes[fit] & 0xc0) == 0x80)
		fit--;
	if (fit)
		memcpy(buffer, t->bytes, fit);
	if (size)
		buffer[fit] = '\0';
	text_free(t);
	return n;
}

size_t isokit_finding_sentence(const struct isokit_finding *finding, char *buffer, size_t size)
{
	struct text t = { 0 };

	report_finding_add(&t, finding);
	return hand_over(&t, buffer, size);
}

size_t isokit_boot_reason_sentence(const struct isokit_boot_reason *reason, char *buffer,
				   size_t size)
{
	struct text t = { 0 };

	report_reason_add(&t, reason);
	return hand_over(&t, buffer, size);
}

size_t isokit_escape(const void *bytes, size_t length, char *buffer, size_t size)
{
	const uint8_t *p = bytes;
	char one[TEXT_ESCAPED_BYTES];
	size_t n = 0, fit = 0;

	/* Without memory of its own: an error message about the lack of it has a name in it. */
	while (length) {
		size_t used = text_escape_one(p, length, one), more = strlen(one);

		if (fit == n && n + more < size) {
			memcpy(buffer + n, one, more);
			fit += more;
		}
		n += more;
		p += used;
		length -= used;
	}
	if (size)
		buffer[fit] = '\0';
	return n;
}
