/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A FAT12 floppy made by hand: 512-byte clusters, one table of two sectors, 32 entries in
 * the root folder. */
#include <stdio.h>
#include <string.h>

#include "base/byteorder.h"
#include "ondisk/exfat.h"
#include "ondisk/fat.h"
#include "unit.h"
#include "volume/volume.h"

enum { SECTORS = 400, ROOT = 3 * 512, DATA = 5 * 512, CLUSTERS = 395 };

static uint8_t disk[SECTORS * 512];
static struct isokit_source *src;
static struct isokit_volumes *vs;
static struct volume_mount *mount;
static struct tree *t;
static unsigned losses[VOLUME_LOSSES];

static void link_to(uint32_t cluster, uint32_t next)
{
	uint8_t *p = disk + 512 + cluster + cluster / 2;
	uint16_t v = get_le16(p);

	if (cluster & 1)
		v = (uint16_t)((v & 0xf) | next << 4);
	else
		v = (uint16_t)((v & 0xf000) | next);
	put_le16(p, v);
}

static uint8_t *cluster(uint32_t c)
{
	return disk + DATA + (c - 2) * 512;
}

static void begin(void)
{
	memset(disk, 0, sizeof(disk));
	memset(losses, 0, sizeof(losses));
	memcpy(disk, "\xeb\x3c\x90isokit  ", 11);
	put_le16(disk + 11, 512);
	disk[13] = 1;
	put_le16(disk + 14, 1);
	disk[16] = 1;
	put_le16(disk + 17, 32);
	put_le16(disk + 19, SECTORS);
	disk[21] = 0xf8;
	put_le16(disk + 22, 2);
	link_to(0, 0xff8);
	link_to(1, 0xfff);
}

static uint8_t *entry(uint8_t *p, const char *name11, uint8_t attributes, uint32_t first,
		      uint32_t bytes)
{
	memcpy(p, name11, 11);
	p[11] = attributes;
	put_le16(p + 22, 0x6ca3); /* 13:37:06 */
	put_le16(p + 24, 0x505d); /* 2020-02-29 */
	put_le16(p + 26, (uint16_t)first);
	put_le32(p + 28, bytes);
	return p + 32;
}

/* One part of a long name for the short name that follows. */
static uint8_t *long_part(uint8_t *p, const char *name11, const char *ascii)
{
	uint8_t sum = 0, units[26];
	size_t n = strlen(ascii);

	for (size_t i = 0; i < 11; i++)
		sum = (uint8_t)((sum >> 1 | sum << 7) + (uint8_t)name11[i]);
	memset(units, 0xff, sizeof(units));
	for (size_t i = 0; i <= n && i < 13; i++)
		put_le16(units + 2 * i, i < n ? (uint8_t)ascii[i] : 0);
	p[0] = 0x41;
	p[11] = 0x0f;
	p[13] = sum;
	memcpy(p + 1, units, 10);
	memcpy(p + 14, units + 10, 12);
	memcpy(p + 28, units + 22, 4);
	return p + 32;
}

static void count_loss(void *ctx, enum volume_loss what, const char *path)
{
	(void)ctx;
	(void)path;
	losses[what]++;
}

static enum isokit_status load(void)
{
	const struct volume_read_options options = { .lost = count_loss };
	struct isokit_error err;
	enum isokit_status st;
	size_t n;

	ck_assert_int_eq(isokit_source_from_memory(disk, sizeof(disk), "disk", &src, &err), 0);
	ck_assert_int_eq(isokit_volumes_find(src, &vs, &err), 0);
	ck_assert_int_eq(isokit_volumes_list(vs, &n)[0].fs, ISOKIT_FS_FAT12);
	ck_assert_int_eq(tree_new(&t, &err), 0);
	st = volume_read(vs, 0, t, "/", &options, &mount, &err);
	if (st)
		mount = NULL;
	return st;
}

static void end(void)
{
	tree_free(t);
	volume_mount_free(mount);
	isokit_volumes_free(vs);
	isokit_source_close(src);
}

static void expect_bytes(const char *path, const char *bytes, size_t n)
{
	const struct tree_node *node = tree_lookup(t, path);
	struct isokit_error err;
	char got[2048];

	ck_assert_msg(node != NULL, "%s is missing", path);
	ck_assert_uint_eq(node->size, n);
	ck_assert_uint_le(n, sizeof(got));
	ck_assert_int_eq(tree_node_read(node, 0, got, n, &err), ISOKIT_OK);
	ck_assert_mem_eq(got, bytes, n);
}

START_TEST(reads_names_times_and_fragments)
{
	char whole[1024];
	uint8_t *p = disk + ROOT;
	const struct tree_node *node;

	begin();
	p = entry(p, "LABEL\x80     ", FAT_ATTR_VOLUME_ID, 0, 0);
	p = long_part(p, "LONGNA~1TXT", "long name.Txt");
	p = entry(p, "LONGNA~1TXT", 0, 2, 1024);
	p = entry(p, "\xe5" "ELETED TXT", 0, 9, 5);
	p = long_part(p, "OTHER   TXT", "not its name");
	p = entry(p, "LOWER   TXT", FAT_ATTR_READ_ONLY, 0, 0);
	p[-32 + 12] = 0x08;
	p = entry(p, "\x05" "\x81\x9a     BIN", FAT_ATTR_HIDDEN, 3, 3);
	(void)entry(p, "DIR        ", FAT_ATTR_DIRECTORY, 6, 0);
	p = entry(cluster(6), ".          ", FAT_ATTR_DIRECTORY, 6, 0);
	p = entry(p, "..         ", FAT_ATTR_DIRECTORY, 0, 0);
	(void)entry(p, "IN         ", 0, 7, 2);
	link_to(2, 5);
	link_to(5, 0xfff);
	link_to(3, 0xfff);
	link_to(6, 0xfff);
	link_to(7, 0xfff);
	memset(whole, 'a', 512);
	memset(whole + 512, 'b', 512);
	memcpy(cluster(2), whole, 512);
	memcpy(cluster(5), whole + 512, 512);
	memcpy(cluster(3), "abc", 3);
	memcpy(cluster(7), "in", 2);
	ck_assert_int_eq(load(), ISOKIT_OK);
	expect_bytes("/long name.Txt", whole, sizeof(whole));
	node = tree_lookup(t, "/lower.TXT");
	ck_assert_ptr_nonnull(node);
	ck_assert_uint_eq(node->mode, S_IFREG | 0444);
	ck_assert_int_eq(node->mtime, 1582983426);
	expect_bytes("/\xcf\x83\xc3\xbc\xc3\x9c.BIN", "abc", 3); /* E5 stored as 05: sigma */
	expect_bytes("/DIR/IN", "in", 2);
	ck_assert_uint_eq(t->root->u.dir.n, 4);
	ck_assert_uint_eq(tree_lookup(t, "/DIR")->u.dir.n, 1);
	ck_assert_uint_eq(losses[VOLUME_LOST_FLAG], 1);
	ck_assert_uint_eq(losses[VOLUME_LOST_UNREADABLE], 0);
	end();
}
END_TEST

START_TEST(one_piece_is_a_range_of_the_volume)
{
	uint8_t *p = disk + ROOT;
	const struct tree_node *node;

	begin();
	(void)entry(p, "A          ", 0, 10, 700);
	link_to(10, 11);
	link_to(11, 0xfff);
	ck_assert_int_eq(load(), ISOKIT_OK);
	node = tree_lookup(t, "/A");
	ck_assert_int_eq(node->content, TREE_SOURCE);
	ck_assert_uint_eq(node->u.range->offset, DATA + 8 * 512);
	end();
}
END_TEST

START_TEST(damage_is_told_and_the_rest_is_read)
{
	uint8_t *p = disk + ROOT;

	begin();
	p = entry(p, "LOOP       ", FAT_ATTR_DIRECTORY, 10, 0);
	p = entry(p, "SHORT      ", 0, 12, 2000);
	p = entry(p, "NOWHERE    ", 0, 3000, 20);
	p = entry(p, "NODIR      ", FAT_ATTR_DIRECTORY, 0, 0);
	p = entry(p, "A/B     C\0D", 0, 0, 0);
	(void)entry(p, "GOOD       ", 0, 14, 4);
	p = entry(cluster(10), "AGAIN      ", FAT_ATTR_DIRECTORY, 10, 0);
	(void)entry(p, "SELF       ", 0, 14, 4);
	link_to(10, 0xfff);
	link_to(12, 0xfff); /* ends too early */
	link_to(14, 0xfff);
	memcpy(cluster(14), "good", 4);
	ck_assert_int_eq(load(), ISOKIT_OK);
	expect_bytes("/GOOD", "good", 4);
	expect_bytes("/LOOP/SELF", "good", 4);
	ck_assert_uint_ge(losses[VOLUME_LOST_UNREADABLE], 3);
	ck_assert_uint_ge(losses[VOLUME_LOST_NAME], 1);
	end();
}
END_TEST

/* Files that all claim the whole disk: far more than it has cannot be. */
START_TEST(shared_clusters_do_not_multiply)
{
	uint64_t total = 0;

	begin();
	for (uint32_t i = 2; i < CLUSTERS + 1; i++)
		link_to(i, i + 1);
	link_to(CLUSTERS + 1, 0xfff);
	for (unsigned i = 0; i < 30; i++) {
		char name[12];

		snprintf(name, sizeof(name), "F%-10u", i);
		(void)entry(disk + ROOT + i * 32, name, 0, 2, CLUSTERS * 512);
	}
	ck_assert_int_eq(load(), ISOKIT_OK);
	for (unsigned i = 0; i < t->root->u.dir.n; i++)
		total += t->root->u.dir.children[i]->size;
	ck_assert_uint_le(total, 3 * sizeof(disk));
	ck_assert_uint_ge(losses[VOLUME_LOST_UNREADABLE], 27);
	end();
}
END_TEST

/* Atari and MSX wrote no jump; DOS 1 no boot sector that says anything. */
START_TEST(floppies_of_other_systems_and_times)
{
	static uint8_t old[320 * 512];
	struct ondisk_fat f;
	uint8_t *p = disk + ROOT;

	begin();
	disk[0] = 0x60;
	(void)entry(p, "A          ", 0, 10, 3);
	link_to(10, 0xfff);
	memcpy(cluster(10), "abc", 3);
	ck_assert_int_eq(ondisk_fat_decode(disk, 512, &f, NULL), ISOKIT_E_NOT_ISO);
	ck_assert_int_eq(load(), ISOKIT_OK);
	expect_bytes("/A", "abc", 3);
	end();
	memcpy(old + 512, "\xfe\xff\xff", 3);
	ck_assert(ondisk_fat_old_floppy(sizeof(old), old + 512, &f));
	ck_assert_uint_eq(f.root_offset, 3 * 512);
	ck_assert_uint_eq(f.data_offset, 7 * 512);
	ck_assert(!ondisk_fat_old_floppy(sizeof(old) - 512, old + 512, &f));
	old[513] = 0;
	ck_assert(!ondisk_fat_old_floppy(sizeof(old), old + 512, &f));
}
END_TEST

START_TEST(dates_of_fat)
{
	ck_assert_int_eq(ondisk_fat_seconds(0, 0), INT64_MIN);
	ck_assert_int_eq(ondisk_fat_seconds(0x0021, 0), 315532800); /* 1980-01-01 */
	ck_assert_int_eq(ondisk_fat_seconds(0x0021 | 13 << 5, 0), INT64_MIN);
	ck_assert_int_eq(ondisk_fat_seconds(0xff9f, 0xbf7d), 4354819198); /* 2107-12-31 23:59:58 */
}
END_TEST

START_TEST(exfat_entries)
{
	struct ondisk_exfat_entry e;
	uint8_t raw[32] = { 0x85, 2 };

	put_le16(raw + 4, FAT_ATTR_DIRECTORY);
	put_le32(raw + 12, 0x505d6ca3);
	raw[21] = 150;
	raw[23] = 0x80 | 4; /* an hour east */
	ondisk_exfat_entry_decode(raw, &e);
	ck_assert_int_eq(e.kind, EXFAT_FILE);
	ck_assert_int_eq(e.mtime, 1582983426 - 3600 + 1);
	ck_assert_uint_eq(e.mtime_ns, 500000000);
	raw[23] = 0x80 | 0x7c; /* an hour west */
	ondisk_exfat_entry_decode(raw, &e);
	ck_assert_int_eq(e.mtime, 1582983426 + 3600 + 1);
	raw[0] = 0x05;
	ondisk_exfat_entry_decode(raw, &e);
	ck_assert_int_eq(e.kind, EXFAT_OTHER);
	ck_assert(e.primary);
}
END_TEST

UNIT(fat)
{
	tcase_add_test(tc, reads_names_times_and_fragments);
	tcase_add_test(tc, one_piece_is_a_range_of_the_volume);
	tcase_add_test(tc, damage_is_told_and_the_rest_is_read);
	tcase_add_test(tc, shared_clusters_do_not_multiply);
	tcase_add_test(tc, floppies_of_other_systems_and_times);
	tcase_add_test(tc, dates_of_fat);
	tcase_add_test(tc, exfat_entries);
}
