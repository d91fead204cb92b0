/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What --json says of partitions and of every file: the keys of isokit.image/1. */
#include <string.h>

#include "build.h"
#include "common/json.h"
#include "common/message.h"

enum { HEX_SHA256 = 65 };

static void to_hex(const uint8_t sha256[32], char ret[HEX_SHA256])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < 32; i++) {
		ret[2 * i] = digits[sha256[i] >> 4];
		ret[2 * i + 1] = digits[sha256[i] & 15];
	}
	ret[64] = '\0';
}

void summary_json_hash(struct output *out, const uint8_t sha256[32])
{
	char hex[HEX_SHA256];

	to_hex(sha256, hex);
	(void)output_format(out, ",\"sha256\":\"%s\"", hex);
}

void summary_json_tables(struct output *out, const struct isokit_facts *facts)
{
	(void)output_string(out, ",\"partitions\":{\"mbr\":[");
	for (size_t i = 0; i < facts->mbr.n_partitions; i++) {
		const struct isokit_mbr_partition *p = &facts->mbr.partitions[i];

		(void)output_format(out, "%s{\"index\":%u,\"active\":%s,\"type\":%u,"
				    "\"start_lba\":%u,\"sectors\":%u}", i ? "," : "", p->index,
				    p->active ? "true" : "false", p->type, p->start_lba,
				    p->sectors);
	}
	(void)output_string(out, "],\"gpt\":[");
	for (size_t i = 0; i < facts->gpt.n_partitions; i++) {
		const struct isokit_gpt_partition *p = &facts->gpt.partitions[i];

		(void)output_format(out, "%s{\"index\":%u,\"type_guid\":\"%s\",\"guid\":\"%s\","
				    "\"name\":", i ? "," : "", p->index, p->type_guid, p->guid);
		output_json_text(out, p->name != NULL ? p->name : "");
		(void)output_format(out, ",\"first_lba\":%llu,\"last_lba\":%llu}",
				    (unsigned long long)p->first_lba,
				    (unsigned long long)p->last_lba);
	}
	(void)output_string(out, "],\"apm\":[");
	for (size_t i = 0; i < facts->apm.n_partitions; i++) {
		const struct isokit_apm_partition *p = &facts->apm.partitions[i];

		(void)output_format(out, "%s{\"index\":%u,\"name\":", i ? "," : "", p->index);
		output_json_text(out, p->name != NULL ? p->name : "");
		(void)output_string(out, ",\"type\":");
		output_json_text(out, p->type != NULL ? p->type : "");
		(void)output_format(out, ",\"start\":%u,\"blocks\":%u}", p->start, p->blocks);
	}
	(void)output_string(out, "]}");
}

struct listing {
	struct output *out;
	bool any;
};

static int list_file(void *ctx, const struct isokit_build_file *f)
{
	struct listing *l = ctx;

	(void)output_string(l->out, l->any ? ",{\"path\":" : "{\"path\":");
	l->any = true;
	output_json_text(l->out, f->path);
	(void)output_format(l->out, ",\"size\":%llu,\"extents\":[", (unsigned long long)f->bytes);
	if (f->lba != ISOKIT_NO_OFFSET)
		(void)output_format(l->out, "{\"lba\":%llu,\"size\":%llu}",
				    (unsigned long long)f->lba,
				    (unsigned long long)f->stored_bytes);
	(void)output_string(l->out, "]");
	if (f->sha256 != NULL)
		summary_json_hash(l->out, f->sha256);
	if (f->zisofs)
		(void)output_string(l->out, ",\"zisofs\":true");
	if (f->shared)
		(void)output_string(l->out, ",\"shared\":true");
	(void)output_string(l->out, "}");
	return 0;
}

void summary_json_files(struct output *out, const struct isokit_build *build)
{
	struct listing l = { .out = out };
	struct isokit_error err = { 0 };

	(void)output_string(out, ",\"contents\":[");
	if (isokit_build_walk_files(build, list_file, &l, &err) < 0)
		message_failure(NULL, &err);
	(void)output_string(out, "]");
}

static int print_file(void *ctx, const struct isokit_build_file *f)
{
	struct output *out = ctx;
	char path[1024];

	(void)isokit_escape(f->path, strlen(f->path), path, sizeof(path));
	if (f->lba != ISOKIT_NO_OFFSET)
		(void)output_format(out, "  block %-10llu", (unsigned long long)f->lba);
	else
		(void)output_string(out, "  nowhere         ");
	(void)output_format(out, " %12llu  %s%s%s\n", (unsigned long long)f->bytes, path,
			    f->zisofs ? ", compressed" : "", f->shared ? ", shared" : "");
	return 0;
}

void summary_print_files(struct output *out, const struct isokit_build *build)
{
	struct isokit_error err = { 0 };

	if (isokit_build_walk_files(build, print_file, out, &err) < 0)
		message_failure(NULL, &err);
}
