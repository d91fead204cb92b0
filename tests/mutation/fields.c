/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The structures of ISO 9660 images as lists of fields, and a simple reader that
 * finds where in a sound image they are. ECMA-119, the SUSP and RRIP 1.12, El
 * Torito 1.0, UEFI 2.10; the names are theirs. */
#include "mutate.h"

#include <stdio.h>
#include <string.h>

#define N(a) (sizeof(a) / sizeof((a)[0]))
#define TEXT "any text will do"
#define NUMBER "any number will do, so long as both byte orders say the same"
#define CALENDAR "most changes give another date of the calendar"

enum { SECTOR = 2048 };

struct reader {
	const uint8_t *p;
	size_t n;
	field_fn each;
	void *ctx;
	unsigned block;
	bool joliet, rock, primary;
	bool any_name; /* 1999 shares the tree: all bytes are lawful in names */
	char path[256];
};

static uint32_t le16(const uint8_t *p) { return p[0] | (uint32_t)p[1] << 8; }
static uint32_t le32(const uint8_t *p) { return le16(p) | le16(p + 2) << 16; }
static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void give(struct reader *r, const char *structure, const struct field *list, size_t n,
		 size_t base)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].bytes && base + list[i].at + list[i].bytes <= r->n)
			r->each(r->ctx, structure, &list[i], base + list[i].at);
}

/* ---- volume descriptors: 8.2 to 8.5 --------------------------------------------- */

static const struct field head[] = {
	{ "Volume Descriptor Type", 0, 1, ALL, NULL, 0 },
	{ "Standard Identifier", 1, 5, ALL, NULL, 0 },
	{ "Volume Descriptor Version", 6, 1, ALL, NULL, 0 },
};

static const struct field volume[] = {
	{ "System Identifier", 8, 32, 0, TEXT, 0 },
	{ "Volume Identifier", 40, 32, 0, TEXT, 0 },
	{ "Unused (73-80)", 72, 8, ALL, NULL, 0 },
	{ "Volume Space Size", 80, 8, ALL | BOTH, NULL, 0 },
	{ "Volume Set Size", 120, 4, ALL | BOTH, NULL, 0 },
	{ "Volume Sequence Number", 124, 4, ALL | BOTH, NULL, 0 },
	{ "Logical Block Size", 128, 4, ALL | BOTH, NULL, 0 },
	{ "Path Table Size", 132, 8, ALL | BOTH, NULL, 0 },
	{ "Type L Path Table", 140, 4, ALL, NULL, 0 },
	{ "Optional Type L Path Table", 144, 4, ALL, NULL, 0 },
	{ "Type M Path Table", 148, 4, ALL | BIG, NULL, 0 },
	{ "Optional Type M Path Table", 152, 4, ALL | BIG, NULL, 0 },
	{ "Volume Set Identifier", 190, 128, 0, TEXT, 0 },
	{ "Publisher Identifier", 318, 128, 0, TEXT, 0 },
	{ "Data Preparer Identifier", 446, 128, 0, TEXT, 0 },
	{ "Application Identifier", 574, 128, 0, TEXT, 0 },
	{ "Copyright File Identifier", 702, 37, ONES, "a blank or another file's name", 0 },
	{ "Abstract File Identifier", 739, 37, ONES, "a blank or another file's name", 0 },
	{ "Bibliographic File Identifier", 776, 37, ONES, "a blank or another file's name", 0 },
	{ "Creation Date", 813, 16, ONES, CALENDAR, 0 },
	{ "Modification Date", 830, 16, ONES, CALENDAR, 0 },
	{ "Expiration Date", 847, 16, ONES, CALENDAR, 0 },
	{ "Effective Date", 864, 16, ONES, CALENDAR, 0 },
	{ "File Structure Version", 881, 1, ALL, NULL, 0 },
	{ "Reserved (883)", 882, 1, ALL, NULL, 0 },
	{ "Application Use", 883, 512, 0, "free for the application", 0 },
	{ "Reserved (1396-2048)", 1395, 653, FLIP | ONES | PLUS, "zero already", 0 },
};

static const struct field primary[] = {
	{ "Unused (8)", 7, 1, ALL, NULL, 0 },
	{ "Unused (89-120)", 88, 32, ALL, NULL, 0 },
};

static const struct field supplementary[] = {
	{ "Volume Flags", 7, 1, ALL, NULL, 0 },
	{ "Escape Sequences", 88, 32, ALL, NULL, 0 },
};

static const struct field enhanced[] = {
	{ "Volume Flags", 7, 1, FLIP, "bit 0 tells of the escape sequences", 0xfe },
};

static const struct field boot_record[] = {
	{ "Boot System Identifier", 7, 23, ALL, NULL, 0 },
	{ "Unused (30)", 30, 41, ALL, NULL, 0 },
	{ "Boot Catalog", 71, 4, ALL, NULL, 0 },
	{ "Unused (75)", 75, 1973, FLIP | ONES | PLUS, "zero already", 0 },
};

static const struct field terminator[] = {
	{ "Reserved (8-2048)", 7, 2041, FLIP | ONES | PLUS, "zero already", 0 },
};

/* ---- directory records: 9.1 ---------------------------------------------------------- */

static const struct field record[] = {
	{ "Length of Directory Record", 0, 1, ALL, NULL, 0 },
	{ "Extended Attribute Record Length", 1, 1, ALL, NULL, 0 },
	{ "Location of Extent", 2, 8, ALL | BOTH, NULL, 0 },
	{ "Data Length", 10, 8, ALL | BOTH, NULL, 0 },
	{ "Recording Year", 18, 1, 0, CALENDAR, 0 },
	{ "Recording Month", 19, 1, ZERO | ONES, CALENDAR, 0 },
	{ "Recording Day", 20, 1, ZERO | ONES, CALENDAR, 0 },
	{ "Recording Hour", 21, 1, ONES, CALENDAR, 0 },
	{ "Recording Minute", 22, 1, ONES, CALENDAR, 0 },
	{ "Recording Second", 23, 1, ONES, CALENDAR, 0 },
	{ "Offset from Greenwich", 24, 1, 0, "many offsets are in use", 0 },
	{ "File Flags", 25, 1, FLIP, "a hidden file is lawful", 0xfe },
	{ "File Unit Size", 26, 1, ALL, NULL, 0 },
	{ "Interleave Gap Size", 27, 1, ALL, NULL, 0 },
	{ "Volume Sequence Number", 28, 4, ALL | BOTH, NULL, 0 },
	{ "Length of File Identifier", 32, 1, ALL, NULL, 0 },
};

static void identifier(struct reader *r, const char *what, size_t at)
{
	unsigned n = r->p[at + 32];
	bool dot = n == 1 && r->p[at + 33] <= 1, is_dir = r->p[at + 25] & 2;
	struct field name = { "File Identifier", 33, n,
			      r->any_name ? ZERO : is_dir && !r->joliet ? ZERO | ONES | FLIP :
			      ZERO | ONES,
			      "another lawful name", 0 };
	struct field pad = { "Padding Field", 33 + n, 1, ALL, NULL, 0 };

	if (dot) { /* 00 or 01 */
		name.ways = ALL;
		name.why = NULL;
	}
	give(r, what, &name, 1, at);
	if (n % 2 == 0)
		give(r, what, &pad, 1, at);
}

static void system_use(struct reader *r, const char *what, size_t at, size_t end, bool root);

static void directory_record(struct reader *r, const char *what, size_t at, bool root)
{
	unsigned n = r->p[at + 32];

	give(r, what, record, N(record), at);
	identifier(r, what, at);
	if (r->rock)
		system_use(r, what, at + 33 + n + (n % 2 == 0), at + r->p[at], root);
}

/* ---- system use fields ------------------------------------------------------------------ */

static const struct field susp_head[] = {
	{ "signature word", 0, 2, ALL, NULL, 0 },
	{ "length", 2, 1, ALL, NULL, 0 },
	{ "version", 3, 1, ALL, NULL, 0 },
};

static const struct field sp[] = {
	{ "SP check bytes", 4, 2, ALL, NULL, 0 },
	{ "SP skipped bytes", 6, 1, ALL, NULL, 0 },
};

static const struct field ce[] = {
	{ "CE block", 4, 8, ALL | BOTH, NULL, 0 },
	{ "CE offset", 12, 8, ALL | BOTH, NULL, 0 },
	{ "CE length", 20, 8, ALL | BOTH, NULL, 0 },
};

static const struct field er[] = {
	{ "ER identifier length", 4, 1, ALL, NULL, 0 },
	{ "ER descriptor length", 5, 1, ALL, NULL, 0 },
	{ "ER source length", 6, 1, ALL, NULL, 0 },
	{ "ER extension version", 7, 1, 0, "any version", 0 },
};

static const struct field px[] = {
	{ "PX mode", 4, 8, ALL | BOTH, NULL, 0 },
	{ "PX links", 12, 8, (ALL & ~SWAP) | BOTH, NUMBER, 0 },
	{ "PX user", 20, 8, (ALL & ~SWAP) | BOTH, NUMBER, 0 },
	{ "PX group", 28, 8, (ALL & ~SWAP) | BOTH, NUMBER, 0 },
	{ "PX serial number", 36, 8, (ALL & ~SWAP) | BOTH, NUMBER, 0 },
};

static const struct field pn[] = {
	{ "PN high", 4, 8, (ALL & ~SWAP) | BOTH, NUMBER, 0 },
	{ "PN low", 12, 8, (ALL & ~SWAP) | BOTH, NUMBER, 0 },
};

static const struct field link[] = { { "CL or PL block", 4, 8, ALL | BOTH, NULL, 0 } };
static const struct field rr[] = { { "RR flags", 4, 1, ALL, NULL, 0 } };
static const struct field nm[] = {
	{ "NM flags", 4, 1, ALL, NULL, 0 },
};

static void time_fields(struct reader *r, const char *what, size_t at, size_t end)
{
	static const struct field flags = { "TF flags", 4, 1, ALL, NULL, 0 };
	static const struct field date[] = {
		{ "TF year", 0, 1, 0, CALENDAR, 0 },
		{ "TF month", 1, 1, ZERO | ONES, CALENDAR, 0 },
		{ "TF day", 2, 1, ZERO | ONES, CALENDAR, 0 },
		{ "TF hour", 3, 1, ONES, CALENDAR, 0 },
		{ "TF minute", 4, 1, ONES, CALENDAR, 0 },
		{ "TF second", 5, 1, ONES, CALENDAR, 0 },
		{ "TF offset from Greenwich", 6, 1, 0, "many offsets are in use", 0 },
	};

	give(r, what, &flags, 1, at);
	if (!(r->p[at + 4] & 0x80))
		for (size_t k = at + 5; k + 7 <= end; k += 7)
			give(r, what, date, N(date), k);
}

static void link_fields(struct reader *r, const char *what, size_t at, size_t end)
{
	static const struct field flags = { "SL flags", 4, 1, ALL, NULL, 0 };
	static const struct field part_flags = {
		"SL component flags", 0, 1, FLIP, "two bits meant something in RRIP 1.09", 0xcf };
	static const struct field open_flags = {
		"SL component flags", 0, 1, FLIP, "a component may end with its field", 0xce };
	static const struct field part_length = { "SL component length", 1, 1, ALL, NULL, 0 };

	give(r, what, &flags, 1, at);
	for (size_t k = at + 5; k + 2 <= end; k += 2u + r->p[k + 1]) {
		struct field text = { "SL component text", 2, r->p[k + 1], 0, TEXT, 0 };

		/* A part that goes on in the next field may as well end here. */
		give(r, what, r->p[k] & 1 ? &open_flags : &part_flags, 1, k);
		give(r, what, &part_length, 1, k);
		give(r, what, &text, 1, k);
	}
}

static void system_use(struct reader *r, const char *what, size_t at, size_t end, bool root)
{
	(void)root;
	while (at + 4 <= end && at + 4 <= r->n && r->p[at + 2] >= 4) {
		const uint8_t *p = r->p + at;
		size_t next = at + p[2];
		struct field name = { "NM name", 5, p[2] > 5 ? p[2] - 5u : 0, ZERO, TEXT, 0 };
		char here[320];

		(void)snprintf(here, sizeof(here), "%s, field %.2s", what, (const char *)p);
		give(r, here, susp_head, N(susp_head), at);
#define IS(s) (memcmp(p, s, 2) == 0)
		if (IS("SP"))
			give(r, here, sp, N(sp), at);
		else if (IS("PX"))
			give(r, here, px, p[2] >= 44 ? 5 : 4, at);
		else if (IS("PN"))
			give(r, here, pn, N(pn), at);
		else if (IS("CL") || IS("PL"))
			give(r, here, link, N(link), at);
		else if (IS("RR"))
			give(r, here, rr, N(rr), at);
		else if (IS("TF"))
			time_fields(r, here, at, next);
		else if (IS("SL"))
			link_fields(r, here, at, next);
		else if (IS("ER"))
			give(r, here, er, N(er), at);
		if (IS("NM")) {
			give(r, here, nm, N(nm), at);
			give(r, here, &name, 1, at);
		}
		if (IS("CE")) {
			size_t area = (size_t)le32(p + 4) * r->block + le32(p + 12);

			give(r, here, ce, N(ce), at);
			if (area + le32(p + 20) <= r->n)
				system_use(r, what, area, area + le32(p + 20), root);
		}
		if (IS("ST"))
			return;
#undef IS
		at = next;
	}
}

static void directory(struct reader *r, size_t at, size_t bytes, unsigned depth, const char *tree)
{
	bool root = depth == 0;

	for (size_t here = at; depth < 12 && here < at + bytes && here + 34 <= r->n;) {
		const uint8_t *p = r->p + here;
		size_t length = strlen(r->path), sub = (size_t)le32(p + 2) * r->block;
		char what[300];

		if (p[0] == 0) {
			here += SECTOR - here % SECTOR;
			continue;
		}
		if (p[32] == 1 && p[33] <= 1)
			(void)snprintf(what, sizeof(what), "%s %s/%s", tree, r->path,
				       p[33] ? ".." : ".");
		else
			(void)snprintf(what, sizeof(what), "%s %s/%.*s", tree, r->path,
				       r->joliet ? 0 : p[32], (const char *)p + 33);
		directory_record(r, what, here, root);
		if ((p[25] & 2) && !(p[32] == 1 && p[33] <= 1)) {
			(void)snprintf(r->path + length, sizeof(r->path) - length, "/%.*s",
				       r->joliet ? 0 : p[32], (const char *)p + 33);
			directory(r, sub, le32(p + 10), depth + 1, tree);
			r->path[length] = '\0';
		}
		here += p[0];
		root = false;
	}
}

/* ---- path tables: 9.4 ----------------------------------------------------------------------- */

static void path_table(struct reader *r, size_t at, size_t bytes, bool big, const char *tree)
{
	struct field list[] = {
		{ "Length of Directory Identifier", 0, 1, ALL, NULL, 0 },
		{ "Extended Attribute Record Length", 1, 1, ALL, NULL, 0 },
		{ "Location of Extent", 2, 4, ALL | (big ? BIG : 0), NULL, 0 },
		{ "Parent Directory Number", 6, 2, ALL | (big ? BIG : 0), NULL, 0 },
	};
	size_t end = at + bytes;

	for (unsigned i = 1; at + 8 < end && end <= r->n; i++) {
		unsigned n = r->p[at];
		struct field name = { "Directory Identifier", 8, n, ALL, NULL, 0 };
		struct field pad = { "Padding Field", 8 + n, 1, ALL, NULL, 0 };
		char what[64];

		(void)snprintf(what, sizeof(what), "%s, Type %c Path Table, record %u", tree,
			       big ? 'M' : 'L', i);
		give(r, what, list, N(list), at);
		give(r, what, &name, 1, at);
		if (n % 2)
			give(r, what, &pad, 1, at);
		at += 8 + n + n % 2;
	}
}

static void a_volume(struct reader *r, size_t at, const char *name)
{
	const uint8_t *p = r->p + at;
	char what[80];
	bool same_root = r->primary && p[0] == 2 && p[6] == 2; /* 1999: the primary tree */

	r->block = le16(p + 128);
	for (size_t i = 0; i < N(volume); i++) {
		struct field f = volume[i];

		if (p[0] == 2 && p[6] == 2 && strstr(f.name, "File Identifier")) {
			f.ways = 0;
			f.why = "all bytes are lawful in 1999 names";
		}
		give(r, name, &f, 1, at);
	}
	(void)snprintf(what, sizeof(what), "%s, root directory record", name);
	give(r, what, record, N(record), at + 156);
	if (same_root)
		return;
	r->path[0] = '\0';
	directory(r, (size_t)le32(p + 158) * r->block, le32(p + 166), 0, name);
	path_table(r, (size_t)le32(p + 140) * r->block, le32(p + 132), false, name);
	path_table(r, (size_t)be32(p + 148) * r->block, le32(p + 132), true, name);
}

/* ---- El Torito ---------------------------------------------------------------------------------- */

static const struct field validation[] = {
	{ "Header ID", 0, 1, ALL, NULL, 0 },
	{ "Platform ID", 1, 1, ALL, NULL, 0 },
	{ "Reserved (2)", 2, 2, ALL, NULL, 0 },
	{ "ID string", 4, 24, ALL, NULL, 0 },
	{ "Checksum Word", 28, 2, ALL, NULL, 0 },
	{ "Key bytes", 30, 2, ALL, NULL, 0 },
};

static const struct field entry[] = {
	{ "Boot Indicator", 0, 1, FLIP | ONES | PLUS, "an entry may be not bootable", 0 },
	{ "Boot Media Type", 1, 1, ALL, NULL, 0 },
	{ "Load Segment", 2, 2, FLIP | ONES | PLUS, NULL, 0 },
	{ "System Type", 4, 1, ALL, NULL, 0 },
	{ "Unused (5)", 5, 1, ALL, NULL, 0 },
	{ "Sector Count", 6, 2, 0, "loaders of any length", 0 },
	{ "Load RBA, low byte", 8, 1, 0, "the next file may be a boot image as well", 0 },
	{ "Load RBA", 9, 3, ALL, NULL, 0 },
	{ "Selection Criteria", 12, 20, ALL, NULL, 0 },
};

static const struct field section[] = {
	{ "Header Indicator", 0, 1, ALL, NULL, 0 },
	{ "Platform ID", 1, 1, FLIP | ONES | PLUS, "0 is the platform of BIOS", 0 },
	{ "Number of section entries", 2, 2, ALL, NULL, 0 },
	{ "ID string", 4, 28, 0, TEXT, 0 },
};

static const struct field info_table[] = {
	{ "boot info: volume descriptor", 8, 4, ALL, NULL, 0 },
	{ "boot info: boot file", 12, 4, ALL, NULL, 0 },
	{ "boot info: length", 16, 4, ALL, NULL, 0 },
	{ "boot info: checksum", 20, 4, ALL, NULL, 0 },
	{ "boot info: reserved", 24, 40, ALL, NULL, 0 },
};

static void catalog(struct reader *r, size_t at)
{
	size_t image = (size_t)le32(r->p + at + 40) * SECTOR;

	if (at + SECTOR > r->n)
		return;
	give(r, "boot catalog, validation entry", validation, N(validation), at);
	give(r, "boot catalog, default entry", entry, N(entry), at + 32);
	if (image + 64 <= r->n && le32(r->p + image + 8) == 16)
		give(r, "boot image", info_table, N(info_table), image);
	for (size_t k = at + 64; r->p[k] == 0x90 || r->p[k] == 0x91;) {
		unsigned n = le16(r->p + k + 2);

		give(r, "boot catalog, section header", section, N(section), k);
		for (k += 32; n && k + 32 < at + SECTOR; n--, k += 32)
			give(r, "boot catalog, section entry", entry, N(entry), k);
	}
}

/* ---- partition tables ------------------------------------------------------------------------------ */

static const struct field partition[] = {
	{ "BootIndicator", 0, 1, FLIP | ONES | PLUS, "active or not", 0x7f },
	{ "StartingCHS", 1, 3, FLIP | ONES | PLUS, "blank is not used", 0 },
	{ "OSType", 4, 1, ZERO, "any type", 0 },
	{ "EndingCHS", 5, 3, FLIP | PLUS, "blank and full are not used", 0 },
	{ "StartingLBA", 8, 4, ALL, NULL, 0 },
	{ "SizeInLBA", 12, 4, ALL, NULL, 0 },
};

static const struct field gpt[] = {
	{ "Signature", 0, 8, ALL, NULL, 0 },
	{ "Revision", 8, 4, ALL, NULL, 0 },
	{ "HeaderSize", 12, 4, ALL, NULL, 0 },
	{ "HeaderCRC32", 16, 4, ALL, NULL, 0 },
	{ "Reserved (20)", 20, 4, ALL, NULL, 0 },
	{ "MyLBA", 24, 8, ALL, NULL, 0 },
	{ "AlternateLBA", 32, 8, ALL, NULL, 0 },
	{ "FirstUsableLBA", 40, 8, ALL, NULL, 0 },
	{ "LastUsableLBA", 48, 8, ALL, NULL, 0 },
	{ "DiskGUID", 56, 16, ALL, NULL, 0 },
	{ "PartitionEntryLBA", 72, 8, ALL, NULL, 0 },
	{ "NumberOfPartitionEntries", 80, 4, ALL, NULL, 0 },
	{ "SizeOfPartitionEntry", 84, 4, ALL, NULL, 0 },
	{ "PartitionEntryArrayCRC32", 88, 4, ALL, NULL, 0 },
	{ "Reserved (92)", 92, 420, ALL, NULL, 0 },
};

static const struct field gpt_entry[] = {
	{ "PartitionTypeGUID", 0, 16, ALL, NULL, 0 },
	{ "UniquePartitionGUID", 16, 16, ALL, NULL, 0 },
	{ "StartingLBA", 32, 8, ALL, NULL, 0 },
	{ "EndingLBA", 40, 8, ALL, NULL, 0 },
	{ "Attributes", 48, 8, ALL, NULL, 0 },
	{ "PartitionName", 56, 72, ALL, NULL, 0 },
};

static const struct field apm[] = {
	{ "pmSig", 0, 2, ALL, NULL, 0 },
	{ "pmSigPad", 2, 2, ALL, NULL, 0 },
	{ "pmMapBlkCnt", 4, 4, ALL | BIG, NULL, 0 },
	{ "pmPyPartStart", 8, 4, ZERO | ONES | SWAP | BIG, "any place inside the image", 0 },
	{ "pmPartBlkCnt", 12, 4, ALL | BIG, NULL, 0 },
	{ "pmPartName", 16, 32, 0, TEXT, 0 },
	{ "pmParType", 48, 32, 0, TEXT, 0 },
	{ "pmLgDataStart", 80, 4, ALL | BIG, NULL, 0 },
	{ "pmDataCnt", 84, 4, ALL | BIG, NULL, 0 },
	{ "pmPartStatus", 88, 4, 0, "any state", 0 },
	{ "boot code", 92, 44, 0, "for old Macintoshes", 0 },
};

static void gpt_copy(struct reader *r, size_t at, const char *name)
{
	size_t array = (size_t)le32(r->p + at + 72) * 512;
	char what[64];

	give(r, name, gpt, N(gpt), at);
	for (unsigned i = 0; i < 4 && array + (i + 1) * 128u <= r->n; i++) {
		(void)snprintf(what, sizeof(what), "%s, entry %u", name, i + 1);
		give(r, what, gpt_entry, N(gpt_entry), array + i * 128u);
	}
}

static void partitions(struct reader *r)
{
	static const struct field signature = { "Signature", 510, 2, ALL, NULL, 0 };
	static const struct field code = { "BootCode and UniqueMBRDiskSignature", 0, 444, 0,
					   "any program and number", 0 };
	static const struct field unknown = { "Unknown (444)", 444, 2, ALL, NULL, 0 };

	if (r->p[510] == 0x55 && r->p[511] == 0xaa) {
		give(r, "MBR", &code, 1, 0);
		give(r, "MBR", &signature, 1, 0);
		give(r, "MBR", &unknown, 1, 0);
		for (unsigned i = 0; i < 4; i++) {
			char what[32];

			(void)snprintf(what, sizeof(what), "MBR, entry %u", i + 1);
			if (r->p[446 + 16 * i + 4])
				give(r, what, partition, N(partition), 446 + 16 * i);
		}
	}
	if (memcmp(r->p + 512, "EFI PART", 8) == 0)
		gpt_copy(r, 512, "primary GPT");
	if (memcmp(r->p + r->n - 512, "EFI PART", 8) == 0)
		gpt_copy(r, r->n - 512, "backup GPT");
	for (unsigned size = 512; size <= 2048; size *= 4) {
		unsigned n = memcmp(r->p + size, "PM", 2) == 0 && r->p[0] == 'E' ?
				     be32(r->p + size + 4) : 0;

		for (unsigned i = 1; i <= n && i < 10; i++) {
			char what[40];

			(void)snprintf(what, sizeof(what), "Apple partition map, entry %u", i);
			give(r, what, apm, N(apm), (size_t)i * size);
		}
		if (n)
			break;
	}
}

void structures(const uint8_t *image, size_t n, field_fn each, void *ctx)
{
	struct reader r = { .p = image, .n = n, .each = each, .ctx = ctx };

	partitions(&r);
	for (size_t at = 17 * SECTOR; at + SECTOR <= n && image[at] != 255; at += SECTOR)
		r.any_name |= memcmp(image + at, "\2CD001\2", 7) == 0;
	for (size_t at = 16 * SECTOR; at + SECTOR <= n && memcmp(image + at + 1, "CD001", 5) == 0;
	     at += SECTOR) {
		const uint8_t *p = image + at;
		static const char *const names[] = { "boot record", "primary volume descriptor",
						     "supplementary volume descriptor",
						     "enhanced volume descriptor",
						     "set terminator" };
		unsigned kind = p[0] == 255 ? 4 : p[0] == 2 && p[6] == 2 ? 3 : p[0] > 2 ? 4 : p[0];

		give(&r, names[kind], head, N(head), at);
		if (kind == 0) {
			give(&r, names[0], boot_record, N(boot_record), at);
			catalog(&r, (size_t)le32(p + 71) * SECTOR);
		} else if (kind == 1) {
			size_t root = (size_t)le32(p + 158) * le16(p + 128);

			give(&r, names[1], primary, N(primary), at);
			r.rock = root + 48 < n && memcmp(image + root + 34, "SP\7\1", 4) == 0;
			a_volume(&r, at, names[1]);
			r.rock = false;
			r.primary = true;
		} else if (kind == 2) {
			give(&r, names[2], supplementary, N(supplementary), at);
			r.joliet = true;
			a_volume(&r, at, names[2]);
			r.joliet = false;
		} else if (kind == 3) {
			give(&r, names[3], enhanced, N(enhanced), at);
			a_volume(&r, at, names[3]);
		} else {
			give(&r, names[4], terminator, N(terminator), at);
			return;
		}
	}
}
