/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Times, GUIDs and serial numbers from the content of the plan: the same tree
 * and options give the same ones, another tree gives others. */
#include "author/ids.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "author/sha256.h"
#include "base/byteorder.h"
#include "base/fail.h"
#include "tree/attributes.h"

static const char subject[] = "plan";

static void hash_number(struct sha256 *md, uint64_t v)
{
	uint8_t raw[8];

	put_le64(raw, v);
	sha256_update(md, raw, sizeof(raw));
}

static void hash_string(struct sha256 *md, const char *s)
{
	size_t n = s ? strlen(s) : 0;

	hash_number(md, n);
	sha256_update(md, s ? s : "", n);
}

static void hash_attributes(struct sha256 *md, const struct tree_attributes *a)
{
	for (size_t i = 0; i < a->n_xattrs; i++) {
		hash_string(md, a->xattrs[i].name);
		hash_number(md, a->xattrs[i].bytes);
		sha256_update(md, a->xattrs[i].value, a->xattrs[i].bytes);
	}
	hash_string(md, a->acl);
	hash_string(md, a->default_acl);
}

/* What makes a node: never a host path, inode or owner of the host's tables. */
static void hash_node(struct sha256 *md, const struct tree_node *n, int64_t epoch)
{
	uint8_t raw[8 * 4];

	sha256_update(md, n->name, n->name_bytes + 1u);
	put_le64(raw, (uint64_t)n->mode | (uint64_t)n->uid << 32);
	put_le64(raw + 8, n->gid);
	put_le64(raw + 16, n->size);
	put_le64(raw + 24, (uint64_t)(n->mtime > epoch ? epoch : n->mtime));
	sha256_update(md, raw, sizeof(raw));
	if ((n->mode & S_IFMT) == S_IFLNK)
		hash_string(md, n->u.target);
	if (n->attributes)
		hash_attributes(md, n->attributes);
}

struct hash_walk {
	struct sha256 *md;
	int64_t epoch;
};

static int hash_visit(void *ctx, struct tree_node *n)
{
	struct hash_walk *w = ctx;

	/* What isokit adds itself follows from the rest. */
	if (!(n->flags & TREE_GENERATED))
		hash_node(w->md, n, w->epoch);
	if (tree_is_dir(n))
		hash_number(w->md, n->u.dir.n);
	return 0;
}

static void hash_tree(struct plan *plan)
{
	const struct isokit_build_options *o = &plan->options;
	struct sha256 state, *md = &state;
	struct hash_walk w = { .md = md, .epoch = plan->epoch };

	sha256_init(md);
	hash_number(md, (uint64_t)plan->epoch);
	hash_string(md, o->volume_date);
	if (o->has_file_date)
		hash_number(md, (uint64_t)o->file_date);
	hash_string(md, o->volume_id);
	hash_string(md, o->volume_set_id);
	hash_string(md, o->publisher);
	hash_string(md, o->application);
	hash_number(md, (uint64_t)o->no_joliet | (uint64_t)o->no_rock_ridge << 1 |
				(uint64_t)o->apm << 2 | (uint64_t)o->boot << 8 |
				(uint64_t)o->hybrid << 16 | (uint64_t)o->iso_level << 24);
	(void)tree_walk(plan->tree->root, hash_visit, &w);
	sha256_finish(md, plan->tree_digest);
}

enum isokit_status plan_digest(const struct plan *plan, const char *label, uint8_t ret_digest[32],
			       struct isokit_error *err)
{
	struct sha256 md;

	(void)err;
	sha256_init(&md);
	sha256_update(&md, plan->tree_digest, sizeof(plan->tree_digest));
	hash_string(&md, label);
	sha256_finish(&md, ret_digest);
	return ISOKIT_OK;
}

/* ECMA-119 8.4.26.1 holds years 1 to 9999. */
static enum isokit_status check_year(int year, const char *what, const char *value,
				     struct isokit_error *err)
{
	if (year >= 1970 && year <= 2155)
		return ISOKIT_OK;
	return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, what,
			   "%s lies outside 1970 to 2155, the years that an image can hold", value);
}

/* "YYYYMMDDhhmmsscc", as the caller gave it. */
static enum isokit_status volume_date(struct plan *plan, struct isokit_error *err)
{
	const char *s = plan->options.volume_date;
	struct tm tm = { 0 }, back;
	unsigned part[7] = { 0 };
	enum isokit_status st;
	time_t t;

	for (size_t i = 0; s[i]; i++) {
		if (i == 16 || s[i] < '0' || s[i] > '9')
			goto bad;
		/* Four digits, then pairs. */
		part[i < 4 ? 0 : i / 2 - 1] = part[i < 4 ? 0 : i / 2 - 1] * 10 +
					      (unsigned)(s[i] - '0');
	}
	if (strlen(s) != 16)
		goto bad;
	st = check_year((int)part[0], "modification date", s, err);
	if (st)
		return st;
	tm.tm_year = (int)part[0] - 1900;
	tm.tm_mon = (int)part[1] - 1;
	tm.tm_mday = (int)part[2];
	tm.tm_hour = (int)part[3];
	tm.tm_min = (int)part[4];
	tm.tm_sec = (int)part[5];
	back = tm;
	t = timegm(&back);
	if (part[1] < 1 || back.tm_mon != tm.tm_mon || back.tm_mday != tm.tm_mday ||
	    back.tm_hour != tm.tm_hour || back.tm_min != tm.tm_min)
		goto bad;
	plan->volume_time = t;
	memcpy(plan->uuid_digits, s, sizeof(plan->uuid_digits));
	return ISOKIT_OK;
bad:
	return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, "modification date",
			   "'%s' is not YYYYMMDDhhmmsscc", s);
}

static enum isokit_status volume_time(struct plan *plan, struct isokit_error *err)
{
	time_t t = (time_t)plan->epoch;
	char shown[24];
	struct tm tm;
	enum isokit_status st;

	(void)snprintf(shown, sizeof(shown), "%lld", (long long)plan->epoch);
	st = check_year(gmtime_r(&t, &tm) ? tm.tm_year + 1900 : 0, "SOURCE_DATE_EPOCH", shown, err);
	if (st)
		return st;
	if (plan->options.volume_date)
		return volume_date(plan, err);
	plan->volume_time = plan->epoch;
	if (strftime(plan->uuid_digits, sizeof(plan->uuid_digits), "%Y%m%d%H%M%S00", &tm) != 16)
		return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, subject,
				   "the time has no 16 digits");
	return ISOKIT_OK;
}

enum isokit_status ids_fill(struct plan *plan, struct isokit_error *err)
{
	enum isokit_status st;
	uint8_t digest[32];

	tree_count(plan->tree);
	if (plan->options.has_epoch)
		plan->epoch = plan->options.epoch;
	else if (plan->options.has_file_date)
		plan->epoch = plan->options.file_date > 0 ? plan->options.file_date : 0;
	else
		plan->epoch = plan->tree->newest_mtime > 0 ? plan->tree->newest_mtime : 0;
	/* A file from the far future must not make the build fail. */
	if (!plan->options.has_epoch && plan->epoch > 5869583999)
		plan->epoch = 5869583999;
	st = volume_time(plan, err);
	if (st)
		return st;
	hash_tree(plan);
	st = plan_digest(plan, "gpt disk guid", digest, err);
	if (st)
		return st;
	memcpy(plan->gpt_guid, digest, sizeof(plan->gpt_guid));
	/* RFC 4122: version 4 in time_hi, variant 10 in clock_seq; the first three
	 * fields are little-endian on disk (UEFI, appendix A). */
	plan->gpt_guid[7] = (uint8_t)((plan->gpt_guid[7] & 0x0f) | 0x40);
	plan->gpt_guid[8] = (uint8_t)((plan->gpt_guid[8] & 0x3f) | 0x80);
	st = plan_digest(plan, "mbr disk id", digest, err);
	if (st == ISOKIT_OK)
		plan->disk_id = get_le32(digest);
	return st;
}
