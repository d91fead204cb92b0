/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stand-ins, weak, until the rooms that own these have landed theirs. */
#include <isokit/report.h>

#include <string.h>

#define UNTIL __attribute__((weak))

UNTIL const char *isokit_namespace_name(enum isokit_namespace_kind ns)
{
	static const char *const names[] = { "iso9660", "rockridge", "joliet", "enhanced", "udf",
					     "hfs" };

	return (size_t)ns < ISOKIT_NS_COUNT ? names[ns] : "unknown";
}

UNTIL const char *isokit_file_type_name(enum isokit_file_type type)
{
	static const char *const names[] = { "file", "dir", "symlink", "block", "char", "fifo",
					     "socket" };

	return (size_t)type < sizeof(names) / sizeof(names[0]) ? names[type] : "unknown";
}

UNTIL const char *isokit_boot_reason_name(enum isokit_boot_reason_code code)
{
	static const char *const names[] = {
#define ISOKIT_BOOT_REASON(id, code_, words) code_,
#include <isokit/boot-reasons.h>
#undef ISOKIT_BOOT_REASON
	};

	return (size_t)code < sizeof(names) / sizeof(names[0]) ? names[code] : "unknown";
}

UNTIL void isokit_judge_boot(const struct isokit_facts *facts,
			     struct isokit_boot_verdict *ret_verdict)
{
	(void)facts;
	memset(ret_verdict, 0, sizeof(*ret_verdict));
}

UNTIL enum isokit_status isokit_image_count(struct isokit_image *img, struct isokit_error *err)
{
	(void)img;
	(void)err;
	return ISOKIT_OK;
}

UNTIL enum isokit_status isokit_image_walk(struct isokit_image *img, enum isokit_namespace_kind ns,
					   const char *path, isokit_visit_fn visit, void *ctx,
					   struct isokit_error *err)
{
	(void)img, (void)ns, (void)path, (void)visit, (void)ctx, (void)err;
	return ISOKIT_OK;
}

UNTIL enum isokit_namespace_kind isokit_image_best_namespace(const struct isokit_image *img)
{
	(void)img;
	return ISOKIT_NS_ISO9660;
}
