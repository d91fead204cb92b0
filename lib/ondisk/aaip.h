/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Arbitrary Attribute Interchange Protocol 2.0 (libburnia, 2009): the AL fields of a
 * file form one list of components, name and value in turn. An empty name marks its
 * value as access control lists. */
#ifndef ONDISK_AAIP_H
#define ONDISK_AAIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ondisk_acl_type { /* high half of an entry's first byte */
	ONDISK_ACL_TRANSLATE = 0, /* a name for a number; no entry of this file */
	ONDISK_ACL_USER_OBJ = 1,
	ONDISK_ACL_GROUP_OBJ = 3,
	ONDISK_ACL_MASK = 5,
	ONDISK_ACL_OTHER = 6,
	ONDISK_ACL_SWITCH = 8, /* what follows is of the default list */
	ONDISK_ACL_USER = 10,
	ONDISK_ACL_GROUP = 12,
};

struct ondisk_acl_entry {
	uint8_t type, permissions; /* permissions: 4 read, 2 write, 1 execute */
	uint32_t id;               /* of ONDISK_ACL_USER and _GROUP */
};

/* The component at *at of the joined component areas (byte 5 to the end of each AL
 * field), copied to `out` without the heads of its records; `out` holds n bytes.
 * Advances. False at the end, and, with *ret_bad set, where a record reaches over
 * the list or its last record announces another one. */
bool ondisk_aaip_next(const uint8_t *list, size_t n, size_t *at, uint8_t *out,
		      size_t *ret_bytes, bool *ret_bad);

/* The prefix that a first byte below 20 hex stands for ("user." …), or NULL. *ret_skip
 * is how many bytes of the name it replaces. */
const char *ondisk_aaip_namespace(const uint8_t *name, size_t n, size_t *ret_skip);

/* The entry at *at of the value of an empty name; advances. As above. */
bool ondisk_acl_next(const uint8_t *acl, size_t n, size_t *at, struct ondisk_acl_entry *ret,
		     bool *ret_bad);

/* Encode an entry; returns its length, at most 6 bytes. */
enum { ONDISK_ACL_ENTRY_MAX = 6 };
size_t ondisk_acl_encode(const struct ondisk_acl_entry *e, uint8_t out[ONDISK_ACL_ENTRY_MAX]);

#endif
