/* SPDX-License-Identifier: GPL-3.0-or-later */
/* UDF volumes: their descriptors, their partitions, their trees, and what is wrong. */
#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "udf_disc.h"
#include "ondisk/udf.h"
#include "unit.h"

static struct ud d;

static const struct isokit_facts *facts(void)
{
	return isokit_image_facts(d.img);
}

static void teardown(void)
{
	ud_end(&d);
}

/* A file of 3000 bytes in blocks 10 and 11, a folder with a file inside its entry. */
static void fill(void)
{
	uint8_t ad[16], *sub = ud_block(&d, 5);
	size_t n;

	ud_short(ad, 3000, 0, 10);
	ud_entry(&d, (struct ud_entry){ .block = 3, .type = ONDISK_UDF_TYPE_FILE, .bytes = 3000,
					.ads = ad, .ads_bytes = 8 });
	ud_add(&d, "plain", 3, 0);
	n = ud_fid(&d, sub, "", 0, UD_ROOT, 10, 5);
	n += ud_fid(&d, sub + n, "\20\x20\xac\0x", 5, 6, 0, 5);
	ud_short(ad, (uint32_t)n, 0, 5);
	ud_entry(&d, (struct ud_entry){ .block = 4, .type = ONDISK_UDF_TYPE_DIRECTORY,
					.extended = true, .bytes = n, .ads = ad, .ads_bytes = 8 });
	ud_add(&d, "folder", 4, ONDISK_UDF_FID_DIRECTORY);
	ud_entry(&d, (struct ud_entry){ .block = 6, .type = ONDISK_UDF_TYPE_FILE, .extended = true,
					.kind = ONDISK_UDF_AD_EMBEDDED, .bytes = 5, .ads = "hello",
					.ads_bytes = 5 });
	d.files = 2;
	d.directories = 2;
}

START_TEST(reads_every_kind_of_partition)
{
	static const enum isokit_udf_partition kinds[] = {
		[UD_PLAIN] = ISOKIT_UDF_PLAIN, [UD_SPARABLE] = ISOKIT_UDF_SPARABLE,
		[UD_VIRTUAL] = ISOKIT_UDF_VIRTUAL, [UD_METADATA] = ISOKIT_UDF_METADATA,
	};
	struct isokit_entry e;

	ud_begin(&d, (enum ud_kind)_i);
	fill();
	ud_finish(&d);
	ud_open(&d);
	ck_assert_int_eq(facts()->format, ISOKIT_FORMAT_UDF);
	ck_assert(facts()->udf.present);
	ck_assert_int_eq(facts()->udf.partition, kinds[_i]);
	ck_assert_str_eq(ud_list(&d), " / /plain /folder/ /folder/€x");
	ud_clean(&d);
	ck_assert_uint_eq(facts()->namespaces[ISOKIT_NS_UDF].files, 2);
	ck_assert_uint_eq(facts()->namespaces[ISOKIT_NS_UDF].directories, 2);

	e = ud_at(&d, "/plain");
	ck_assert_uint_eq(e.bytes, 3000);
	/* What lies in two places of the medium is two extents. */
	ck_assert_uint_eq(e.n_extents, _i == UD_VIRTUAL ? 1 : 1);
	ck_assert_uint_eq(e.extents[0].lba * UD_UNIT, (uint64_t)(ud_block(&d, 10) - d.bytes));
	ck_assert_uint_eq(e.extents[0].bytes, 3000);
	ck_assert_uint_eq(e.extents[0].skip_bytes, 0);
	ck_assert_uint_eq(e.record_offset, (uint64_t)(ud_block(&d, 3) - d.bytes));
	ck_assert(e.has_posix);
	ck_assert_uint_eq(e.mode, 0100754);
	ck_assert_uint_eq(e.uid, 1000);
	ck_assert_uint_eq(e.gid, ISOKIT_NO_OWNER);
	ck_assert_uint_eq(e.inode, 19);
	ck_assert_int_eq(e.mtime.year, 2026);
	ck_assert_int_eq(e.mtime.second, 16);
	ck_assert_int_eq(e.mtime.gmt_quarters, -6);

	e = ud_at(&d, "/folder/€x");
	ck_assert_uint_eq(e.n_extents, 1);
	ck_assert_uint_eq(e.extents[0].skip_bytes, 216);
	ck_assert_mem_eq(d.bytes + e.extents[0].lba * UD_UNIT + e.extents[0].skip_bytes, "hello", 5);
}
END_TEST

START_TEST(says_what_the_volume_is)
{
	const struct isokit_udf *u;

	ud_begin(&d, UD_PLAIN);
	ud_finish(&d);
	ud_open(&d);
	u = &facts()->udf;
	ck_assert_uint_eq(u->block_bytes, 2048);
	ck_assert_uint_eq(u->blocks, UD_BLOCKS);
	ck_assert_uint_eq(u->revision, 0x0201);
	ck_assert_uint_eq(u->min_read, 0x0102);
	ck_assert_uint_eq(u->max_write, 0x0201);
	ck_assert_str_eq(u->logical_id, "Name");
	ck_assert_str_eq(u->volume_id, "VOLUME");
	ck_assert_str_eq(u->set_id, "SET");
	ck_assert_str_eq(u->application_id, "Application");
	ck_assert_str_eq(u->implementation_id, "Implementation");
	ck_assert_int_eq(u->created.hour, 14);
	ck_assert_int_eq(u->modified.minute, 15);
	ck_assert_uint_eq(u->access, 1);
	ck_assert(u->closed);
	ck_assert(u->has_counts);
	ck_assert_uint_eq(u->directories, 1);
	ck_assert_uint_eq(u->n_anchors, 2);
	ck_assert_uint_eq(u->anchors[1], UD_BLOCKS - 1);
	ck_assert_str_eq(facts()->namespaces[ISOKIT_NS_UDF].version, "2.01");
	ck_assert_str_eq(facts()->namespaces[ISOKIT_NS_UDF].volume_id, "Name");
	ck_assert_uint_eq(facts()->namespaces[ISOKIT_NS_UDF].block_bytes, 2048);
	ck_assert_int_eq(isokit_image_best_namespace(d.img), ISOKIT_NS_UDF);
	ck_assert_uint_eq(facts()->expected.bytes, d.size);
	ck_assert(facts()->expected.complete);
	ck_assert_ptr_eq(facts()->primary, NULL);
	ck_assert_str_eq(facts()->descriptors[1].name, "udf-nsr03");
	ud_clean(&d);
}
END_TEST

START_TEST(takes_the_label_of_the_allocation_table)
{
	ud_begin(&d, UD_VIRTUAL);
	ud_finish(&d);
	ud_open(&d);
	ck_assert_str_eq(facts()->namespaces[ISOKIT_NS_UDF].volume_id, "Renamed");
	ud_clean(&d);
}
END_TEST

START_TEST(uses_the_reserve_sequence)
{
	struct isokit_finding f;

	ud_begin(&d, UD_PLAIN);
	ud_finish(&d);
	ud_sector(&d, UD_MAIN + 1)[100] ^= 1; /* the CRC no longer fits */
	ud_open(&d);
	ck_assert_str_eq(facts()->namespaces[ISOKIT_NS_UDF].volume_id, "Name");
	ck_assert_uint_eq(ud_found(&d, ISOKIT_F_UDF_CRC, &f), 1);
	ck_assert_uint_eq(f.offset, (UD_MAIN + 1) * UD_UNIT + 8);
	ck_assert_uint_eq(ud_found(&d, ISOKIT_F_UDF_SEQUENCES_DIFFER, NULL), 1);
	ck_assert_str_eq(ud_list(&d), " /");
	ud_sector(&d, UD_RESERVE + 1)[100] ^= 1;
	ud_open(&d);
	ck_assert(!facts()->namespaces[ISOKIT_NS_UDF].present);
	ck_assert_uint_eq(ud_found(&d, ISOKIT_F_UDF_NO_VOLUME, &f), 1);
}
END_TEST

START_TEST(compares_the_sequences)
{
	struct isokit_finding f;

	ud_begin(&d, UD_PLAIN);
	ud_finish(&d);
	put_le32(ud_sector(&d, UD_RESERVE + 2) + 192, UD_LENGTH - 1);
	ud_tag(ud_sector(&d, UD_RESERVE + 2), ONDISK_UDF_PARTITION, UD_RESERVE + 2, 512);
	ud_open(&d);
	ck_assert_uint_eq(ud_found(&d, ISOKIT_F_UDF_SEQUENCES_DIFFER, &f), 1);
	ck_assert_str_eq(f.what, "partition descriptor");
	/* Another set identifier in each copy is what widespread programs write. */
	put_le32(ud_sector(&d, UD_RESERVE + 2) + 192, UD_LENGTH);
	ud_tag(ud_sector(&d, UD_RESERVE + 2), ONDISK_UDF_PARTITION, UD_RESERVE + 2, 512);
	ud_sector(&d, UD_RESERVE)[74] ^= 1;
	ud_tag(ud_sector(&d, UD_RESERVE), ONDISK_UDF_PRIMARY, UD_RESERVE, 512);
	ud_open(&d);
	ud_clean(&d);
	ud_sector(&d, UD_RESERVE)[25] ^= 1;
	ud_tag(ud_sector(&d, UD_RESERVE), ONDISK_UDF_PRIMARY, UD_RESERVE, 512);
	ud_open(&d);
	ck_assert_uint_eq(ud_found(&d, ISOKIT_F_UDF_SEQUENCES_DIFFER, &f), 1);
	ck_assert_str_eq(f.what, "primary volume descriptor");
}
END_TEST

START_TEST(looks_for_anchors_in_all_places)
{
	ud_begin(&d, UD_PLAIN);
	ud_finish(&d);
	memset(ud_sector(&d, 256), 0, UD_UNIT);
	ud_open(&d);
	ck_assert_str_eq(ud_list(&d), " /");
	ck_assert_uint_eq(ud_found(&d, ISOKIT_F_UDF_ANCHOR_ALONE, NULL), 1);
	memset(ud_sector(&d, UD_BLOCKS - 1), 0, UD_UNIT);
	ud_open(&d);
	ck_assert(!facts()->namespaces[ISOKIT_NS_UDF].present);
	ck_assert_uint_eq(ud_found(&d, ISOKIT_F_UDF_NO_ANCHOR, NULL), 1);
}
END_TEST

START_TEST(sees_anchors_that_disagree)
{
	uint8_t *p;

	ud_begin(&d, UD_PLAIN);
	ud_finish(&d);
	p = ud_sector(&d, UD_BLOCKS - 1);
	put_le32(p + 20, UD_RESERVE);
	ud_tag(p, ONDISK_UDF_ANCHOR, UD_BLOCKS - 1, 512);
	ud_open(&d);
	ck_assert_uint_eq(ud_found(&d, ISOKIT_F_UDF_ANCHORS_DIFFER, NULL), 1);
}
END_TEST

START_TEST(ends_at_a_pointer_to_itself)
{
	ud_begin(&d, UD_PLAIN);
	ud_finish(&d);
	for (uint32_t at = UD_MAIN; at <= UD_RESERVE; at += UD_RESERVE - UD_MAIN) {
		uint8_t *p = ud_sector(&d, at);

		memset(p, 0, UD_UNIT);
		put_le32(p + 20, 16 * UD_UNIT);
		put_le32(p + 24, at);
		ud_tag(p, ONDISK_UDF_POINTER, at, 512);
	}
	ud_open(&d);
	ck_assert_uint_eq(ud_found(&d, ISOKIT_F_UDF_SEQUENCE_ENDLESS, NULL), 2);
	ck_assert_uint_eq(ud_found(&d, ISOKIT_F_UDF_NO_VOLUME, NULL), 1);
}
END_TEST

START_TEST(judges_the_integrity_descriptor)
{
	uint8_t *p;

	ud_begin(&d, UD_PLAIN);
	fill();
	ud_finish(&d);
	p = ud_sector(&d, UD_INTEGRITY);
	put_le32(p + 120, 3);
	ud_tag(p, ONDISK_UDF_INTEGRITY, UD_INTEGRITY, 134);
	ud_open(&d);
	ck_assert_uint_eq(ud_found(&d, ISOKIT_F_UDF_COUNTS, NULL), 1);
	put_le32(p + 28, 0);
	ud_tag(p, ONDISK_UDF_INTEGRITY, UD_INTEGRITY, 134);
	ud_open(&d);
	ck_assert_uint_eq(ud_found(&d, ISOKIT_F_UDF_INTEGRITY_OPEN, NULL), 1);
	ck_assert_uint_eq(ud_found(&d, ISOKIT_F_UDF_COUNTS, NULL), 0);
	put_le32(p + 28, 1);
	put_le32(p + 120, 2);
	put_le64(p + 40, 20); /* the entry in block 4 has id 20 */
	ud_tag(p, ONDISK_UDF_INTEGRITY, UD_INTEGRITY, 134);
	ud_open(&d);
	ck_assert_uint_eq(ud_found(&d, ISOKIT_F_UDF_UNIQUE_ID, NULL), 1);
	memset(p, 0, UD_UNIT);
	ud_open(&d);
	ck_assert_uint_eq(ud_found(&d, ISOKIT_F_UDF_INTEGRITY_MISSING, NULL), 1);
	ck_assert_str_eq(ud_list(&d), " / /plain /folder/ /folder/€x");
}
END_TEST

START_TEST(falls_back_to_the_metadata_mirror)
{
	ud_begin(&d, UD_METADATA);
	fill();
	ud_finish(&d);
	/* One entry lost in the metadata file. */
	memset(ud_block(&d, 3), 0, UD_UNIT);
	ud_open(&d);
	ck_assert_uint_eq(ud_at(&d, "/plain").bytes, 3000);
	ck_assert_uint_eq(ud_found(&d, ISOKIT_F_UDF_MIRROR_USED, NULL), 1);
	ck_assert_uint_eq(ud_found(&d, ISOKIT_F_UDF_METADATA_DIFFERS, NULL), 1);
	/* Its own entry lost. */
	memset(ud_sector(&d, UD_START + UD_META_MAIN), 0, UD_UNIT);
	ud_open(&d);
	ck_assert_uint_eq(ud_found(&d, ISOKIT_F_UDF_METADATA_FILE, NULL), 1);
	ck_assert_str_eq(ud_list(&d), " / /plain /folder/ /folder/€x");
	memset(ud_sector(&d, UD_START + UD_META_MIRROR), 0, UD_UNIT);
	ud_open(&d);
	ck_assert_uint_eq(ud_found(&d, ISOKIT_F_UDF_METADATA_FILE, NULL), 2);
	ck_assert_uint_eq(ud_found(&d, ISOKIT_F_UDF_NO_FILE_SET, NULL), 1);
	ck_assert_int_eq(isokit_image_walk(d.img, ISOKIT_NS_UDF, "/", NULL, NULL, NULL),
			 ISOKIT_E_CORRUPT);
}
END_TEST

START_TEST(finds_the_allocation_table_or_says_so)
{
	ud_begin(&d, UD_VIRTUAL);
	fill();
	ud_finish(&d);
	d.size = UD_BLOCKS * UD_UNIT; /* the image has empty blocks behind it */
	ud_open(&d);
	ck_assert_str_eq(ud_list(&d), " / /plain /folder/ /folder/€x");
	memset(ud_sector(&d, UD_START + UD_VAT), 0, UD_UNIT);
	ud_open(&d);
	ck_assert_uint_eq(ud_found(&d, ISOKIT_F_UDF_VAT_MISSING, NULL), 1);
	ck_assert_uint_eq(ud_found(&d, ISOKIT_F_UDF_NO_FILE_SET, NULL), 1);
}
END_TEST

START_TEST(reads_the_allocation_table_of_150)
{
	uint8_t table[30 * 4 + 36] = { 0 };
	uint8_t *p;

	ud_begin(&d, UD_VIRTUAL);
	fill();
	ud_finish(&d);
	for (uint32_t i = 0; i < 30; i++)
		put_le32(table + i * 4, i + 40);
	memcpy(table + 120 + 1, "*UDF Virtual Alloc Tbl", 22);
	put_le32(table + 152, UINT32_MAX);
	/* A file entry by hand: it lies in the partition below. */
	p = ud_sector(&d, UD_START + UD_VAT);
	memset(p + 176, 0, UD_UNIT - 176);
	p[27] = 0;
	put_le64(p + 56, sizeof(table));
	put_le32(p + 172, sizeof(table));
	memcpy(p + 176, table, sizeof(table));
	ud_tag(p, ONDISK_UDF_FILE_ENTRY, UD_VAT, 176 + sizeof(table));
	ud_open(&d);
	ck_assert_str_eq(ud_list(&d), " / /plain /folder/ /folder/€x");
	ck_assert_str_eq(facts()->namespaces[ISOKIT_NS_UDF].volume_id, "Name");
	ud_clean(&d);
}
END_TEST

START_TEST(needs_its_sparing_tables)
{
	ud_begin(&d, UD_SPARABLE);
	fill();
	ud_finish(&d);
	memset(ud_sector(&d, UD_SPARING), 0, UD_UNIT);
	ud_open(&d);
	ck_assert_str_eq(ud_list(&d), " / /plain /folder/ /folder/€x");
	ck_assert_uint_eq(ud_found(&d, ISOKIT_F_UDF_SPARING, NULL), 1);
	memset(ud_sector(&d, UD_SPARING + 2), 0, UD_UNIT);
	ud_open(&d);
	ck_assert_uint_eq(ud_found(&d, ISOKIT_F_UDF_SPARING, NULL), 2);
	ck_assert_uint_eq(ud_found(&d, ISOKIT_F_UDF_NO_FILE_SET, NULL), 1);
}
END_TEST

START_TEST(reads_extents_of_all_kinds)
{
	uint8_t ad[64];
	struct isokit_entry e;
	size_t n = 0;

	ud_begin(&d, UD_PLAIN);
	n = ud_long(ad, 2048, ONDISK_UDF_RECORDED, 20, 0);
	n += ud_long(ad + n, 4096, ONDISK_UDF_HOLE, 0, 0);
	n += ud_long(ad + n, 2048, ONDISK_UDF_RECORDED, 21, 0);
	n += ud_long(ad + n, 2048, ONDISK_UDF_RECORDED, 22, 0);
	ud_entry(&d, (struct ud_entry){ .block = 3, .type = ONDISK_UDF_TYPE_FILE,
					.kind = ONDISK_UDF_AD_LONG, .bytes = 10000, .blocks = 3, .ads = ad,
					.ads_bytes = n });
	ud_add(&d, "holes", 3, 0);
	d.files = 1;
	ud_finish(&d);
	ud_open(&d);
	e = ud_at(&d, "/holes");
	ck_assert_uint_eq(e.bytes, 10000);
	ck_assert_uint_eq(e.n_extents, 3);
	ck_assert_uint_eq(e.extents[0].lba, UD_START + 20);
	ck_assert_uint_eq(e.extents[1].lba, ISOKIT_HOLE);
	ck_assert_uint_eq(e.extents[1].bytes, 4096);
	ck_assert_uint_eq(e.extents[2].lba, UD_START + 21);
	ck_assert_uint_eq(e.extents[2].bytes, 10000 - 2048 - 4096);
	ck_assert_ptr_eq(e.refused, NULL);
	ud_clean(&d);
}
END_TEST

/* An allocation extent descriptor in a block. */
static void allocation_extent(uint32_t block, const uint8_t *ads, size_t n)
{
	uint8_t *p = ud_block(&d, block);

	put_le32(p + 20, (uint32_t)n);
	memcpy(p + 24, ads, n);
	ud_tag(p, ONDISK_UDF_ALLOCATION_EXTENT, block, 24 + n);
}

START_TEST(follows_chains_of_descriptors)
{
	uint8_t ad[32];
	size_t n;

	ud_begin(&d, UD_PLAIN);
	n = ud_short(ad, 2048, ONDISK_UDF_RECORDED, 20);
	n += ud_short(ad + n, 2048, ONDISK_UDF_NEXT_EXTENT, 7);
	ud_entry(&d, (struct ud_entry){ .block = 3, .type = ONDISK_UDF_TYPE_FILE, .bytes = 5000,
					.ads = ad, .ads_bytes = n });
	ud_add(&d, "chain", 3, 0);
	n = ud_short(ad, 4096, ONDISK_UDF_RECORDED, 30);
	allocation_extent(7, ad, n);
	d.files = 1;
	ud_finish(&d);
	ud_open(&d);
	ck_assert_uint_eq(ud_at(&d, "/chain").n_extents, 2);
	ck_assert_uint_eq(ud_at(&d, "/chain").extents[1].bytes, 5000 - 2048);
	ud_clean(&d);
	/* The chain leads back to itself. */
	n = ud_short(ad, 2048, ONDISK_UDF_NEXT_EXTENT, 7);
	allocation_extent(7, ad, n);
	ud_open(&d);
	ck_assert_uint_eq(ud_found(&d, ISOKIT_F_UDF_CHAIN, NULL), 1);
	ck_assert_ptr_ne(ud_at(&d, "/chain").refused, NULL);
	/* Or nowhere. */
	memset(ud_block(&d, 7), 0, UD_UNIT);
	ud_open(&d);
	ck_assert_uint_eq(ud_found(&d, ISOKIT_F_UDF_CHAIN, NULL), 1);
}
END_TEST

START_TEST(judges_extents)
{
	static const struct {
		uint32_t bytes, block;
		uint64_t size;
		enum isokit_finding_code code;
	} cases[] = {
		{ 2048, UD_LENGTH, 2048, ISOKIT_F_UDF_EXTENT_OUTSIDE },
		{ 4096, UD_LENGTH - 1, 4096, ISOKIT_F_UDF_EXTENT_OUTSIDE },
		{ 2048, 20, 2049, ISOKIT_F_UDF_SIZE },
		{ 2048, 20, UINT64_MAX, ISOKIT_F_UDF_SIZE },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t ad[8];

		ud_begin(&d, UD_PLAIN);
		ud_short(ad, cases[i].bytes, 0, cases[i].block);
		ud_entry(&d, (struct ud_entry){ .block = 3, .type = ONDISK_UDF_TYPE_FILE, .ads = ad,
						.bytes = cases[i].size, .ads_bytes = 8 });
		ud_add(&d, "file", 3, 0);
		d.files = 1;
		ud_finish(&d);
		ud_open(&d);
		ck_assert_uint_eq(ud_found(&d, cases[i].code, NULL), 1);
		ck_assert_ptr_ne(ud_at(&d, "/file").refused, NULL);
		if (i + 1 < sizeof(cases) / sizeof(cases[0]))
			ud_end(&d);
	}
}
END_TEST

START_TEST(reads_special_files)
{
	/* A header of 24 bytes, then the device specification. */
	uint8_t ea[24 + 24] = { 0 };
	static const char target[] = "\2\0\0\0\5\4\0\0\10usr\3\0\0\0\4\0\0\0\5\5\0\0\20\0a\0b";
	struct isokit_entry e;

	put_le32(ea + 24, 12);
	ea[28] = 1;
	put_le32(ea + 32, 24);
	put_le32(ea + 40, 259);
	put_le32(ea + 44, 70000);
	ud_begin(&d, UD_PLAIN);
	ud_entry(&d, (struct ud_entry){ .block = 3, .type = ONDISK_UDF_TYPE_BLOCK,
					.kind = ONDISK_UDF_AD_EMBEDDED, .ea = ea,
					.ea_bytes = sizeof(ea) });
	ud_add(&d, "disk", 3, 0);
	ud_entry(&d, (struct ud_entry){ .block = 4, .type = ONDISK_UDF_TYPE_SYMLINK,
					.kind = ONDISK_UDF_AD_EMBEDDED, .bytes = sizeof(target) - 1,
					.ads = target, .ads_bytes = sizeof(target) - 1 });
	ud_add(&d, "link", 4, 0);
	ud_entry(&d, (struct ud_entry){ .block = 5, .type = ONDISK_UDF_TYPE_FIFO,
					.kind = ONDISK_UDF_AD_EMBEDDED, .flags = 0x1c0 });
	ud_add(&d, "fifo", 5, 0);
	ud_add(&d, "gone", 99, ONDISK_UDF_FID_DELETED);
	ud_add(&d, "again", 5, ONDISK_UDF_FID_HIDDEN);
	d.files = 4;
	ud_finish(&d);
	ud_open(&d);
	ck_assert_str_eq(ud_list(&d), " / /disk /link->/usr/.././ab /fifo /again");
	e = ud_at(&d, "/disk");
	ck_assert_int_eq(e.type, ISOKIT_BLOCK);
	ck_assert_uint_eq(e.dev_major, 259);
	ck_assert_uint_eq(e.dev_minor, 70000);
	e = ud_at(&d, "/link");
	ck_assert_int_eq(e.type, ISOKIT_SYMLINK);
	ck_assert_uint_eq(e.bytes, strlen(e.target));
	e = ud_at(&d, "/fifo");
	ck_assert_int_eq(e.type, ISOKIT_FIFO);
	ck_assert_uint_eq(e.mode, 0017754);
	ck_assert(!e.hidden);
	ck_assert(ud_at(&d, "/again").hidden);
	ud_clean(&d);
	ck_assert_uint_eq(facts()->namespaces[ISOKIT_NS_UDF].files, 3);
	ck_assert_uint_eq(facts()->namespaces[ISOKIT_NS_UDF].symlinks, 1);
}
END_TEST

START_TEST(counts_files_with_several_names)
{
	ud_begin(&d, UD_PLAIN);
	ud_entry(&d, (struct ud_entry){ .block = 3, .type = ONDISK_UDF_TYPE_FILE, .links = 2,
					.kind = ONDISK_UDF_AD_EMBEDDED });
	ud_add(&d, "a", 3, 0);
	ud_add(&d, "b", 3, 0);
	d.files = 1; /* as Linux counts */
	ud_finish(&d);
	ud_open(&d);
	ud_clean(&d);
	ck_assert_uint_eq(facts()->namespaces[ISOKIT_NS_UDF].files, 2);
	d.files = 2;
	ud_finish(&d);
	ud_open(&d);
	ud_clean(&d);
}
END_TEST

START_TEST(makes_names_harmless)
{
	ud_begin(&d, UD_PLAIN);
	ud_entry(&d, (struct ud_entry){ .block = 3, .type = ONDISK_UDF_TYPE_FILE,
					.kind = ONDISK_UDF_AD_EMBEDDED });
	ud_add(&d, "..", 3, 0);
	ud_add(&d, "a/b", 3, 0);
	ud_add(&d, "", 3, 0);
	ud_add(&d, "same", 3, 0);
	ud_add(&d, "same", 3, 0);
	d.files = 5;
	ud_finish(&d);
	ud_open(&d);
	ck_assert_str_eq(ud_list(&d), " / /_. /a_b /_ /same /same");
	ck_assert_uint_eq(ud_found(&d, ISOKIT_F_NAME_UNSAFE, NULL), 3);
	ck_assert_uint_eq(ud_found(&d, ISOKIT_F_NAME_DUPLICATE, NULL), 1);
	ck_assert(ud_at(&d, "/a_b").has_nul_or_slash);
}
END_TEST

START_TEST(ends_loops)
{
	ud_begin(&d, UD_PLAIN);
	fill();
	ud_add(&d, "loop", UD_ROOT, ONDISK_UDF_FID_DIRECTORY);
	ud_add(&d, "twice", 4, ONDISK_UDF_FID_DIRECTORY);
	ud_finish(&d);
	ud_open(&d);
	ck_assert_str_eq(ud_list(&d), " / /plain /folder/ /folder/€x /loop/ /twice/");
	ck_assert_uint_eq(ud_found(&d, ISOKIT_F_TREE_LOOP, NULL), 1);
	ck_assert_uint_eq(ud_found(&d, ISOKIT_F_TREE_SHARED, NULL), 1);
}
END_TEST

START_TEST(ends_chains_of_replaced_entries)
{
	uint8_t *p;

	ud_begin(&d, UD_PLAIN);
	ud_entry(&d, (struct ud_entry){ .block = 10, .type = ONDISK_UDF_TYPE_FILE, .strategy = 4096,
					.kind = ONDISK_UDF_AD_EMBEDDED });
	ud_entry(&d, (struct ud_entry){ .block = 20, .type = ONDISK_UDF_TYPE_FILE, .strategy = 4096,
					.kind = ONDISK_UDF_AD_EMBEDDED, .bytes = 3, .ads = "new",
					.ads_bytes = 3 });
	ud_add(&d, "file", 10, 0);
	/* The address in the folder covers the entry and the one behind it. */
	put_le32(ud_block(&d, UD_ROOT_DATA) + 40 + 20, 2 * UD_UNIT);
	p = ud_block(&d, UD_ROOT_DATA) + 40;
	ud_tag(p, ONDISK_UDF_FILE_IDENTIFIER, UD_ROOT_DATA, 44);
	p = ud_block(&d, 11);
	ud_long(p + 36, 2 * UD_UNIT, 0, 20, 0);
	ud_tag(p, ONDISK_UDF_INDIRECT_ENTRY, 11, 52);
	d.files = 1;
	ud_finish(&d);
	ud_open(&d);
	ck_assert_uint_eq(ud_at(&d, "/file").bytes, 3);
	ud_clean(&d);
	p = ud_block(&d, 21);
	ud_long(p + 36, 2 * UD_UNIT, 0, 10, 0);
	ud_tag(p, ONDISK_UDF_INDIRECT_ENTRY, 21, 52);
	ud_open(&d);
	ck_assert_str_eq(ud_list(&d), " / /file");
}
END_TEST

START_TEST(lists_names_without_entries)
{
	struct isokit_finding f;
	struct isokit_entry e;

	ud_begin(&d, UD_PLAIN);
	fill();
	ud_add(&d, "lost", 50, 0);
	ud_add(&d, "far", 5000, ONDISK_UDF_FID_DIRECTORY);
	ud_finish(&d);
	ud_open(&d);
	ck_assert_str_eq(ud_list(&d), " / /plain /folder/ /folder/€x /lost /far/");
	ck_assert_uint_eq(ud_found(&d, ISOKIT_F_UDF_NO_ENTRY, &f), 2);
	ck_assert_uint_eq(ud_found(&d, ISOKIT_F_UDF_COUNTS, NULL), 0);
	e = ud_at(&d, "/lost");
	ck_assert_ptr_ne(e.refused, NULL);
	ck_assert(!e.has_posix);
}
END_TEST

START_TEST(goes_on_behind_damage_in_a_folder)
{
	struct isokit_finding f;
	uint8_t *data;

	ud_begin(&d, UD_PLAIN);
	fill();
	ud_finish(&d);
	data = ud_block(&d, UD_ROOT_DATA);
	data[40 + 4] ^= 1; /* the tag of "plain" */
	ud_open(&d);
	ck_assert_str_eq(ud_list(&d), " / /folder/ /folder/€x");
	ck_assert_uint_eq(ud_found(&d, ISOKIT_F_UDF_IDENTIFIER, &f), 1);
	ck_assert_uint_eq(f.offset, (uint64_t)(data + 40 - d.bytes));
	ck_assert_uint_eq(f.n[0], 44);
	data[40 + 4] ^= 1;
	data[40 + 39] ^= 1; /* a letter: only the CRC minds */
	ud_open(&d);
	ck_assert_uint_eq(ud_found(&d, ISOKIT_F_UDF_FILE_CRC, NULL), 1);
	data[40 + 39] ^= 1;
	data[24] ^= 1; /* the address of the parent */
	ud_tag(data, ONDISK_UDF_FILE_IDENTIFIER, UD_ROOT_DATA, 40);
	ud_open(&d);
	ck_assert_uint_eq(ud_found(&d, ISOKIT_F_UDF_PARENT, NULL), 1);
}
END_TEST

START_TEST(judges_single_fields)
{
	/* In the entry of "plain", but for the last three: in its identifier. */
	static const struct {
		size_t at;
		enum isokit_finding_code code;
	} cases[] = {
		{ 20, ISOKIT_F_UDF_FIELD }, { 24, ISOKIT_F_UDF_FIELD }, { 50, ISOKIT_F_UDF_FIELD },
		{ 51, ISOKIT_F_UDF_FIELD }, { 53, ISOKIT_F_UDF_FIELD }, { 65, ISOKIT_F_UDF_BLOCKS },
		{ 76, ISOKIT_F_UDF_TIME }, { 88, ISOKIT_F_UDF_TIME }, { 100, ISOKIT_F_UDF_TIME },
		{ 48, ISOKIT_F_UDF_LINKS }, { 27, ISOKIT_F_UDF_TYPE },
		{ 16, ISOKIT_F_UDF_FIELD }, { 21, ISOKIT_F_UDF_FIELD }, { 32, ISOKIT_F_UDF_FIELD },
	};
	size_t n = sizeof(cases) / sizeof(cases[0]);

	ud_begin(&d, UD_PLAIN);
	fill();
	ud_finish(&d);
	for (size_t i = 0; i < n; i++) {
		bool identifier = i >= n - 3;
		uint8_t *p = identifier ? ud_block(&d, UD_ROOT_DATA) + 40 : ud_block(&d, 3);
		uint8_t was = p[cases[i].at], value = cases[i].at == 27 ? 4 : was + 60;

		for (int pass = 0; pass < 2; pass++) {
			p[cases[i].at] = pass ? was : value;
			ud_tag(p, identifier ? ONDISK_UDF_FILE_IDENTIFIER : ONDISK_UDF_FILE_ENTRY,
			       identifier ? UD_ROOT_DATA : 3, identifier ? 44 : 184);
			ud_open(&d);
			ck_assert_msg((ud_found(&d, cases[i].code, NULL) > 0) == !pass,
				      "case %zu, %s", i, isokit_finding_code_name(cases[i].code));
		}
	}
	ud_clean(&d);
}
END_TEST

START_TEST(judges_what_descriptors_say_twice)
{
	static const struct {
		uint32_t sector;
		uint16_t id;
		size_t at, bytes;
		enum isokit_finding_code code;
	} cases[] = {
		{ UD_MAIN + 2, ONDISK_UDF_PARTITION, 30, 512, ISOKIT_F_UDF_PARTITION },
		{ UD_MAIN + 2, ONDISK_UDF_PARTITION, 300, 512, ISOKIT_F_UDF_SEQUENCES_DIFFER },
		{ UD_INTEGRITY, ONDISK_UDF_INTEGRITY, 84, 134, ISOKIT_F_UDF_PARTITION },
		{ UD_START, ONDISK_UDF_FILE_SET, 114, 512, ISOKIT_F_UDF_LABEL },
		{ UD_START, ONDISK_UDF_FILE_SET, 440, 512, ISOKIT_F_UDF_REVISION },
	};

	ud_begin(&d, UD_PLAIN);
	fill();
	ud_finish(&d);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t *p = ud_sector(&d, cases[i].sector);
		uint32_t location = cases[i].sector == UD_START ? 0 : cases[i].sector;

		for (int pass = 0; pass < 2; pass++) {
			p[cases[i].at] ^= 1;
			ud_tag(p, cases[i].id, location, cases[i].bytes);
			ud_open(&d);
			ck_assert_msg((ud_found(&d, cases[i].code, NULL) > 0) == !pass, "case %zu", i);
		}
	}
}
END_TEST

/* Every byte of the structures flipped in turn: nothing breaks, and what a walk shows is
 * a tree, or there is none. */
START_TEST(survives_any_flipped_byte)
{
	static const uint32_t sectors[] = { UD_MAIN, UD_MAIN + 1, UD_MAIN + 2, UD_INTEGRITY,
					    UD_SPARING };

	ud_begin(&d, (enum ud_kind)_i);
	fill();
	ud_finish(&d);
	for (size_t s = 0; s < sizeof(sectors) / sizeof(sectors[0]) + 7; s++) {
		size_t n = sizeof(sectors) / sizeof(sectors[0]);
		uint8_t *p = s < n ? ud_sector(&d, sectors[s]) :
			     ud_block(&d, (uint32_t)(s - n));

		for (size_t i = 0; i < 300; i++) {
			p[i] ^= 0xff;
			ud_open(&d);
			ck_assert_int_eq(isokit_image_count(d.img, NULL), ISOKIT_OK);
			if (facts()->namespaces[ISOKIT_NS_UDF].counted)
				(void)ud_list(&d);
			p[i] ^= 0xff;
		}
	}
}
END_TEST

UNIT(udf)
{
	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_loop_test(tc, reads_every_kind_of_partition, UD_PLAIN, UD_METADATA + 1);
	tcase_add_test(tc, says_what_the_volume_is);
	tcase_add_test(tc, takes_the_label_of_the_allocation_table);
	tcase_add_test(tc, uses_the_reserve_sequence);
	tcase_add_test(tc, compares_the_sequences);
	tcase_add_test(tc, looks_for_anchors_in_all_places);
	tcase_add_test(tc, sees_anchors_that_disagree);
	tcase_add_test(tc, ends_at_a_pointer_to_itself);
	tcase_add_test(tc, judges_the_integrity_descriptor);
	tcase_add_test(tc, falls_back_to_the_metadata_mirror);
	tcase_add_test(tc, finds_the_allocation_table_or_says_so);
	tcase_add_test(tc, reads_the_allocation_table_of_150);
	tcase_add_test(tc, needs_its_sparing_tables);
	tcase_add_test(tc, reads_extents_of_all_kinds);
	tcase_add_test(tc, follows_chains_of_descriptors);
	tcase_add_test(tc, judges_extents);
	tcase_add_test(tc, reads_special_files);
	tcase_add_test(tc, counts_files_with_several_names);
	tcase_add_test(tc, makes_names_harmless);
	tcase_add_test(tc, ends_loops);
	tcase_add_test(tc, ends_chains_of_replaced_entries);
	tcase_add_test(tc, lists_names_without_entries);
	tcase_add_test(tc, goes_on_behind_damage_in_a_folder);
	tcase_add_test(tc, judges_single_fields);
	tcase_add_test(tc, judges_what_descriptors_say_twice);
	tcase_add_loop_test(tc, survives_any_flipped_byte, UD_PLAIN, UD_METADATA + 1);
}
