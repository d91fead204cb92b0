/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FAT images made and read back, byte by byte, by an independent reader. */
#include "unit.h"

#include "author/fatimage.h"
#include "base/byteorder.h"
#include "ondisk/fat.h"
#include "tree/tree.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const struct fatimage_options plain = { .label = "ESP", .epoch = 1700000001, .serial = 7 };

struct image {
	struct isokit_source *src;
	struct ondisk_fat fat;
};

static void node_of(struct tree_node *node, const void *bytes, size_t n)
{
	*node = (struct tree_node){ .name = "content", .name_bytes = 7, .mode = S_IFREG | 0444,
				    .content = n ? TREE_MEMORY : TREE_EMPTY, .size = n };
	node->u.memory = bytes;
}

static struct image make(const struct fatimage_file *files, size_t n)
{
	struct image img;
	struct isokit_error err;
	uint8_t sector[512];

	ck_assert_int_eq(author_fatimage_new(files, n, &plain, &img.src, &err), ISOKIT_OK);
	ck_assert_int_eq(isokit_source_read_at(img.src, 0, sector, 512, &err), ISOKIT_OK);
	ck_assert_int_eq(ondisk_fat_decode(sector, 512, &img.fat, &err), ISOKIT_OK);
	ck_assert_uint_eq(img.fat.bytes, isokit_source_size(img.src));
	ck_assert_uint_eq(isokit_source_size(img.src) % 2048, 0);
	ck_assert_uint_eq(img.fat.data_offset % 2048, 0);
	return img;
}

static void read_at(const struct image *img, uint64_t at, void *buffer, size_t n)
{
	ck_assert_int_eq(isokit_source_read_at(img->src, at, buffer, n, NULL), ISOKIT_OK);
}

static uint64_t cluster_at(const struct image *img, uint32_t cluster)
{
	ck_assert_uint_ge(cluster, 2);
	ck_assert_uint_lt(cluster, img->fat.n_clusters + 2);
	return img->fat.data_offset + (uint64_t)(cluster - 2) * img->fat.cluster_bytes;
}

static uint32_t next_of(const struct image *img, uint32_t cluster)
{
	uint8_t raw[4];

	read_at(img, img->fat.table_offset + ondisk_fat_link_offset(img->fat.bits, cluster), raw,
		ondisk_fat_link_bytes(img->fat.bits));
	return ondisk_fat_link(img->fat.bits, cluster, raw);
}

/* The entry of that short name in a folder that fits one cluster (or the root). */
static struct ondisk_fat_dirent find(const struct image *img, uint32_t dir, const char *name)
{
	uint64_t at = dir ? cluster_at(img, dir) : img->fat.root_offset;

	for (int i = 0; i < 64; i++) {
		struct ondisk_fat_dirent e;
		uint8_t raw[32];

		read_at(img, at + (uint64_t)i * 32, raw, 32);
		ondisk_fat_dirent_decode(raw, &e);
		if (e.kind == ONDISK_FAT_NAME && strcmp(e.name, name) == 0)
			return e;
		if (e.kind == ONDISK_FAT_END)
			break;
	}
	ck_abort_msg("no entry %s", name);
}

static void expect_content(const struct image *img, const struct ondisk_fat_dirent *e,
			   const uint8_t *want, size_t n)
{
	uint32_t cluster = e->cluster;
	uint8_t *got = malloc(n + 1);

	ck_assert_uint_eq(e->bytes, n);
	for (size_t done = 0; done < n;) {
		size_t now = n - done < img->fat.cluster_bytes ? n - done : img->fat.cluster_bytes;

		read_at(img, cluster_at(img, cluster), got + done, now);
		done += now;
		cluster = next_of(img, cluster);
		ck_assert_int_eq(ondisk_fat_link_is_end(img->fat.bits, cluster), done == n);
	}
	ck_assert_mem_eq(got, want, n);
	free(got);
}

START_TEST(holds_what_it_is_given)
{
	uint8_t bytes[5000];
	struct tree_node a, b;
	const struct fatimage_file files[] = {
		{ "EFI/BOOT/BOOTX64.EFI", &a }, { "/loader/loader.conf", &b }, { "EFI/empty", NULL },
	};
	struct ondisk_fat_dirent e;
	struct image img;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 7 + i / 256);
	node_of(&a, bytes, sizeof(bytes));
	node_of(&b, bytes, 10);
	img = make(files, 3);
	ck_assert_uint_eq(img.fat.bits, 12);
	ck_assert_str_eq(img.fat.label, "ESP");
	e = find(&img, 0, "EFI");
	ck_assert_uint_ne(e.attributes & FAT_ATTR_DIRECTORY, 0);
	ck_assert_uint_ne(find(&img, e.cluster, "EMPTY").attributes & FAT_ATTR_DIRECTORY, 0);
	e = find(&img, e.cluster, "BOOT");
	ck_assert_uint_eq(find(&img, e.cluster, ".").cluster, e.cluster);
	e = find(&img, e.cluster, "BOOTX64.EFI");
	expect_content(&img, &e, bytes, sizeof(bytes));
	e = find(&img, 0, "LOADER");
	ck_assert_uint_eq(find(&img, e.cluster, "..").cluster, 0);
	e = find(&img, e.cluster, "LOADER~1.CON");
	expect_content(&img, &e, bytes, 10);
	isokit_source_close(img.src);
}
END_TEST

START_TEST(long_names_carry_utf16)
{
	/* U+2603 and U+1F600, which takes two units. */
	const char *path = "Sn\xe2\x98\x83w \xf0\x9f\x98\x80.text";
	static const uint16_t want[] = { 'S', 'n', 0x2603, 'w', ' ', 0xd83d, 0xde00, '.', 't', 'e',
					 'x', 't', 0 };
	const struct fatimage_file files[] = { { path, NULL } };
	struct image img = make(files, 1);
	struct ondisk_fat_dirent e, s;
	uint8_t raw[32];

	/* The label comes first. */
	read_at(&img, img.fat.root_offset + 32, raw, 32);
	ondisk_fat_dirent_decode(raw, &e);
	read_at(&img, img.fat.root_offset + 64, raw, 32);
	ondisk_fat_dirent_decode(raw, &s);
	ck_assert_int_eq(e.kind, ONDISK_FAT_LONG);
	ck_assert(e.is_last);
	ck_assert_uint_eq(e.order, 1);
	ck_assert_int_eq(s.kind, ONDISK_FAT_NAME);
	ck_assert_uint_eq(e.long_checksum, s.checksum);
	for (size_t i = 0; i < 13; i++)
		ck_assert_uint_eq(get_le16(e.units + 2 * i), want[i]);
	isokit_source_close(img.src);
}
END_TEST

START_TEST(grows_from_12_to_16_to_32_bits)
{
	static const struct {
		uint64_t bytes;
		unsigned bits;
	} cases[] = { { 100000, 12 }, { 8200000, 12 }, { 8400000, 16 }, { 200000000, 16 },
		      { 600000000, 32 } };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		/* Nothing reads the content here: a size is enough. */
		struct tree_node node;
		const struct fatimage_file files[] = { { "BIG", &node } };
		struct ondisk_fat_dirent e;
		struct image img;
		uint8_t info[4];

		node_of(&node, "", 1);
		node.size = cases[i].bytes;
		img = make(files, 1);
		ck_assert_uint_eq(img.fat.bits, cases[i].bits);
		/* Not much larger than what is in it: tables, root folder, slack. */
		ck_assert_uint_lt(img.fat.bytes, cases[i].bytes + cases[i].bytes / 64 + 200000);
		if (img.fat.bits == 32) {
			e = find(&img, img.fat.root_cluster, "BIG");
			read_at(&img, 512, info, 4);
			ck_assert_uint_eq(get_le32(info), 0x41615252);
		} else {
			e = find(&img, 0, "BIG");
		}
		ck_assert_uint_eq(e.bytes, cases[i].bytes);
		isokit_source_close(img.src);
	}
}
END_TEST

static enum isokit_status refuse(const char *first, const char *second, uint64_t bytes)
{
	struct tree_node node;
	const struct fatimage_file files[] = { { first, &node }, { second, &node } };
	struct isokit_source *src = NULL;
	enum isokit_status status;

	node_of(&node, "x", 1);
	node.size = bytes;
	status = author_fatimage_new(files, second ? 2 : 1, &plain, &src, NULL);
	ck_assert(status != ISOKIT_OK || src != NULL);
	isokit_source_close(src);
	return status;
}

START_TEST(refuses_what_fat_cannot_hold)
{
	char name[300];

	memset(name, 'a', sizeof(name));
	name[255] = '\0';
	ck_assert_int_eq(refuse(name, NULL, 1), ISOKIT_OK);
	name[255] = 'a';
	name[256] = '\0';
	ck_assert_int_eq(refuse(name, NULL, 1), ISOKIT_E_LIMIT);
	ck_assert_int_eq(refuse("a", NULL, UINT32_MAX), ISOKIT_OK);
	ck_assert_int_eq(refuse("a", NULL, UINT64_C(1) << 32), ISOKIT_E_LIMIT);
	ck_assert_int_eq(refuse("a:b", NULL, 1), ISOKIT_E_INVALID);
	ck_assert_int_eq(refuse("a\\b", NULL, 1), ISOKIT_E_INVALID);
	ck_assert_int_eq(refuse("a/../b", NULL, 1), ISOKIT_E_INVALID);
	ck_assert_int_eq(refuse("/", NULL, 1), ISOKIT_E_INVALID);
	ck_assert_int_eq(refuse("dot.", NULL, 1), ISOKIT_E_INVALID);
	ck_assert_int_eq(refuse("\xff", NULL, 1), ISOKIT_E_INVALID);
	ck_assert_int_eq(refuse("File", "FILE", 1), ISOKIT_E_EXISTS);
	ck_assert_int_eq(refuse("a", "a/b", 1), ISOKIT_E_EXISTS);
	ck_assert_int_eq(refuse("a/b", "A/c", 1), ISOKIT_OK);
}
END_TEST

START_TEST(short_names_never_clash)
{
	/* One is called what the other would be shortened to. */
	const struct fatimage_file files[] = { { "LONGNA~1.TXT", NULL }, { "longname12.txt", NULL },
					       { "longname13.txt", NULL } };
	struct image img = make(files, 3);

	find(&img, 0, "LONGNA~1.TXT");
	find(&img, 0, "LONGNA~2.TXT");
	find(&img, 0, "LONGNA~3.TXT");
	isokit_source_close(img.src);
}
END_TEST

START_TEST(order_of_the_list_does_not_matter)
{
	struct tree_node a, b;
	const struct fatimage_file one[] = { { "x/a", &a }, { "b", &b }, { "x/c", NULL } };
	const struct fatimage_file two[] = { { "b", &b }, { "x/c", NULL }, { "x/a", &a } };
	struct image first, second;
	uint8_t *p, *q;
	size_t n;

	node_of(&a, "hello", 5);
	node_of(&b, "there", 5);
	first = make(one, 3);
	second = make(two, 3);
	n = (size_t)isokit_source_size(first.src);
	ck_assert_uint_eq(n, isokit_source_size(second.src));
	p = malloc(n);
	q = malloc(n);
	read_at(&first, 0, p, n);
	read_at(&second, 0, q, n);
	ck_assert_mem_eq(p, q, n);
	free(p);
	free(q);
	isokit_source_close(first.src);
	isokit_source_close(second.src);
}
END_TEST

UNIT(fatimage)
{
	tcase_add_test(tc, holds_what_it_is_given);
	tcase_add_test(tc, long_names_carry_utf16);
	tcase_add_test(tc, grows_from_12_to_16_to_32_bits);
	tcase_add_test(tc, refuses_what_fat_cannot_hold);
	tcase_add_test(tc, short_names_never_clash);
	tcase_add_test(tc, order_of_the_list_does_not_matter);
}
