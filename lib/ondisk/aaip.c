/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ondisk/aaip.h"

#include <string.h>

enum { CONTINUES = 0x01, ACL_QUALIFIER = 0x08, QUALIFIER_CONTINUES = 0x80 };

bool ondisk_aaip_next(const uint8_t *list, size_t n, size_t *at, uint8_t *out,
		      size_t *ret_bytes, bool *ret_bad)
{
	size_t used = 0, here = *at;
	uint8_t flags;

	if (here >= n)
		return false;
	do {
		if (n - here < 2 || list[here + 1] > n - here - 2) {
			*ret_bad = true;
			return false;
		}
		flags = list[here];
		memcpy(out + used, list + here + 2, list[here + 1]);
		used += list[here + 1];
		here += 2u + list[here + 1];
	} while (flags & CONTINUES);
	*at = here;
	*ret_bytes = used;
	return true;
}

const char *ondisk_aaip_namespace(const uint8_t *name, size_t n, size_t *ret_skip)
{
	static const char *const prefixes[] = { NULL, "", "system.", "user.", "isofs.",
						"trusted.", "security." };

	if (n == 0 || name[0] >= sizeof(prefixes) / sizeof(prefixes[0]) || !prefixes[name[0]]) {
		*ret_skip = 0;
		return NULL;
	}
	*ret_skip = 1;
	return prefixes[name[0]];
}

bool ondisk_acl_next(const uint8_t *acl, size_t n, size_t *at, struct ondisk_acl_entry *ret,
		     bool *ret_bad)
{
	size_t here = *at, bytes = 0;
	uint32_t id = 0;
	uint8_t head;

	if (here >= n)
		return false;
	head = acl[here++];
	if (head & ACL_QUALIFIER) {
		uint8_t record;

		do {
			if (here >= n || (acl[here] & 0x7f) > n - here - 1) {
				*ret_bad = true;
				return false;
			}
			record = acl[here++];
			/* The qualifier of TRANSLATE is longer, and not a number. */
			for (unsigned i = 0; i < (record & 0x7fu); i++, bytes++)
				id = id << 8 | acl[here + i];
			here += record & 0x7f;
		} while (record & QUALIFIER_CONTINUES);
		if (bytes > 4 && head >> 4 != ONDISK_ACL_TRANSLATE)
			*ret_bad = true;
	}
	*at = here;
	*ret = (struct ondisk_acl_entry){ .type = head >> 4, .permissions = head & 7, .id = id };
	return true;
}

size_t ondisk_acl_encode(const struct ondisk_acl_entry *e, uint8_t out[ONDISK_ACL_ENTRY_MAX])
{
	bool numbered = e->type == ONDISK_ACL_USER || e->type == ONDISK_ACL_GROUP;
	unsigned bytes = 1;

	out[0] = (uint8_t)(e->type << 4 | (numbered ? ACL_QUALIFIER : 0) | (e->permissions & 7));
	if (!numbered)
		return 1;
	while (bytes < 4 && e->id >> (bytes * 8))
		bytes++;
	out[1] = (uint8_t)bytes;
	for (unsigned i = 0; i < bytes; i++)
		out[2 + i] = (uint8_t)(e->id >> ((bytes - 1 - i) * 8));
	return 2 + bytes;
}
