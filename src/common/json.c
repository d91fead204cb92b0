/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "common/json.h"

/* Bytes of the UTF-8 character at p, or 0. */
static size_t utf8_run(const unsigned char *p)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = *p < 0x80 ? 1 : *p >= 0xf0 && *p < 0xf5 ? 4 : *p >= 0xe0 && *p < 0xf0 ? 3 :
		   *p >= 0xc2 && *p < 0xe0 ? 2 : 0;
	uint32_t code;

	if (n < 2)
		return n;
	code = *p & (0xffu >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (p[i] & 0x3fu);
	}
	return code < least[n] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? 0 : n;
}

bool output_is_plain(const char *s)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t n = 0;

	for (; *p != '\0' && (n = utf8_run(p)) != 0; p += n)
		if (*p < 0x20 || *p == 0x7f)
			return false;
	return *p == '\0';
}

void output_json_text(struct output *out, const char *s)
{
	const unsigned char *p = (const unsigned char *)s;

	(void)output_string(out, "\"");
	while (*p != '\0') {
		size_t n = utf8_run(p);

		if (n == 0) {
			(void)output_string(out, "\\ufffd");
			n = 1;
		} else if (*p < 0x20 || *p == 0x7f || *p == '"' || *p == '\\') {
			(void)output_format(out, "\\u%04x", *p);
		} else {
			(void)output_write(out, (const char *)p, n);
		}
		p += n;
	}
	(void)output_string(out, "\"");
}

void output_json_string(struct output *out, const char *key, const char *s)
{
	if (s == NULL)
		return;
	(void)output_format(out, ",\"%s\":", key);
	output_json_text(out, s);
}

void output_json_number(struct output *out, const char *key, uint64_t n)
{
	(void)output_format(out, ",\"%s\":%llu", key, (unsigned long long)n);
}

void output_json_bool(struct output *out, const char *key, bool b)
{
	(void)output_format(out, ",\"%s\":%s", key, b ? "true" : "false");
}

void output_json_way(struct output *out, const char *key, const struct isokit_boot_way *way,
		     bool loaders)
{
	(void)output_format(out, ",\"%s\":{\"bootable\":%s,\"reasons\":[", key,
			    way->bootable ? "true" : "false");
	for (size_t i = 0; i < way->n_reasons; i++) {
		char words[1024];

		(void)isokit_boot_reason_sentence(&way->reasons[i], words, sizeof(words));
		(void)output_string(out, i ? "," : "");
		output_json_text(out, words);
	}
	(void)output_string(out, "],\"reason_codes\":[");
	for (size_t i = 0; i < way->n_reasons; i++) {
		(void)output_string(out, i ? "," : "");
		output_json_text(out, isokit_boot_reason_name(way->reasons[i].code));
	}
	(void)output_string(out, "]");
	if (loaders) {
		(void)output_string(out, ",\"architectures\":[");
		for (size_t i = 0; i < way->n_architectures; i++) {
			(void)output_string(out, i ? "," : "");
			output_json_text(out, way->architectures[i]);
		}
		(void)output_string(out, "]");
		output_json_bool(out, "signed", way->is_signed);
	}
	(void)output_string(out, "}");
}

void output_json_containers(struct output *out, const struct isokit_medium_facts *m)
{
	(void)output_string(out, ",\"containers\":[");
	for (size_t i = 0; i < m->n_layers; i++) {
		(void)output_string(out, i ? ",{\"format\":" : "{\"format\":");
		output_json_text(out, m->layers[i].format);
		output_json_string(out, "words", m->layers[i].words);
		output_json_string(out, "evidence", m->layers[i].evidence);
		(void)output_string(out, "}");
	}
	(void)output_string(out, "]");
}

void output_json_damages(struct output *out, const struct isokit_damage *d, size_t n,
			 uint64_t lost)
{
	(void)output_string(out, ",\"damage\":[");
	for (size_t i = 0; i < n; i++) {
		(void)output_format(out, "%s{\"track\":%u", i ? "," : "", d[i].track);
		output_json_number(out, "offset", d[i].offset);
		output_json_number(out, "size", d[i].bytes);
		output_json_string(out, "message", d[i].text);
		(void)output_string(out, "}");
	}
	(void)output_string(out, "]");
	if (lost)
		output_json_number(out, "damage_not_listed", lost);
}
