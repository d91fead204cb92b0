/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The containers that testdata/make-containers writes: all hold the same. */
#include "folder.h"

#include <isokit/medium.h>

#include "hex.h"

enum { PLAIN_BYTES = 8192 };

static void make_plain(uint8_t plain[PLAIN_BYTES])
{
	for (size_t k = 0; k < PLAIN_BYTES; k++)
		plain[k] = k / 512 % 8 == 5 ? 0 : (uint8_t)("the quick brown fox "[k % 20] + (int)(k / 512 % 7));
}

/* The bytes of a container of the fuzzing corpus; false: there is no corpus. */
static bool load(const char *name, uint8_t **ret_bytes, size_t *ret_n)
{
	const char *source = getenv("ISOKIT_SOURCE");
	char path[512];

	snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/container/%s.hex", source ? source : ".", name);
	return access(path, R_OK) == 0 && hex_load(path, ret_bytes, ret_n);
}

static enum isokit_status open_bytes(const uint8_t *bytes, size_t n, const char *password,
				     struct isokit_medium **ret, struct isokit_error *err)
{
	struct isokit_medium_options o = { .size = sizeof(o), .scratch_folder = "/tmp" };
	struct isokit_source *src;
	enum isokit_status st;

	if (password) {
		o.password = (const uint8_t *)password;
		o.password_bytes = strlen(password);
	}
	ck_assert_int_eq(isokit_source_from_memory(bytes, n, "container", &src, NULL), ISOKIT_OK);
	st = isokit_medium_open_source(src, NULL, &o, ret, err);
	if (st)
		isokit_source_close(src);
	return st;
}

static void check_disk(struct isokit_medium *m)
{
	struct isokit_source *disk = isokit_medium_disk(m);
	uint8_t plain[PLAIN_BYTES], got[PLAIN_BYTES];

	make_plain(plain);
	ck_assert_ptr_nonnull(disk);
	ck_assert_uint_eq(isokit_source_size(disk), PLAIN_BYTES);
	ck_assert_int_eq(isokit_source_read_at(disk, 0, got, PLAIN_BYTES, NULL), ISOKIT_OK);
	ck_assert_mem_eq(got, plain, PLAIN_BYTES);
	/* In pieces that fit no border. */
	for (size_t at = 0; at < PLAIN_BYTES; at += 333) {
		size_t n = PLAIN_BYTES - at < 333 ? PLAIN_BYTES - at : 333;

		ck_assert_int_eq(isokit_source_read_at(disk, at, got, n, NULL), ISOKIT_OK);
		ck_assert_mem_eq(got, plain + at, n);
	}
}

static const struct {
	const char *file, *layer;
	unsigned checks;
	const char *layer2;
} containers[] = {
	{ "dmg", "dmg", 4, NULL }, { "dmg-fork", "dmg", 4, NULL },
	{ "dmg-aes128", "dmg-encrypted", 4, "dmg" }, { "dmg-encrypted-v1", "dmg-encrypted", 0, NULL },
	{ "cso", "cso", 0, NULL }, { "cso2", "cso", 0, NULL }, { "zso", "cso", 0, NULL },
	{ "dax", "dax", 0, NULL }, { "isz", "isz", 1, NULL }, { "daa", "daa", 0, NULL },
	{ "uif", "uif", 0, NULL }, { "sparseimage", "sparseimage", 0, NULL },
	{ "diskcopy", "diskcopy", 1, NULL }, { "gzip", "gzip", 0, NULL }, { "xz", "xz", 0, NULL },
	{ "bzip2", "bzip2", 0, NULL }, { "lzma", "lzma", 0, NULL }, { "zstd", "zstd", 0, NULL },
	{ "lz4", "lz4", 0, NULL }, { "lzip", "lzip", 0, NULL }, { "zip", "zip", 0, NULL },
};
enum { CONTAINERS = sizeof(containers) / sizeof(containers[0]) };

/* Is it that the library which it takes is not here, or was not when this was built? */
static bool is_absent(enum isokit_status st, const struct isokit_error *err)
{
	return st == ISOKIT_E_UNSUPPORTED &&
	       (strstr(err->text, "without it") || strstr(err->text, "was not there when"));
}

START_TEST(all_hold_the_same)
{
	const struct isokit_medium_facts *facts;
	struct isokit_error err = { 0 };
	struct isokit_medium *m;
	enum isokit_status st;
	uint8_t *bytes;
	unsigned checked = 99;
	size_t n, n_damages;

	if (!load(containers[_i].file, &bytes, &n))
		return;
	st = open_bytes(bytes, n, "secret", &m, &err);
	if (is_absent(st, &err))
		return;
	ck_assert_msg(st == ISOKIT_OK, "%s: %s", containers[_i].file, err.text);
	facts = isokit_medium_facts(m);
	ck_assert_int_eq(facts->shape, ISOKIT_MEDIUM_DISK);
	ck_assert_uint_eq(facts->n_layers, containers[_i].layer2 ? 2 : 1);
	ck_assert_str_eq(facts->layers[0].format, containers[_i].layer);
	ck_assert_str_ne(facts->layers[0].evidence, "");
	if (containers[_i].layer2)
		ck_assert_str_eq(facts->layers[1].format, containers[_i].layer2);
	ck_assert_int_eq(facts->encrypted, strcmp(containers[_i].layer, "dmg-encrypted") == 0);
	check_disk(m);
	ck_assert_int_eq(isokit_medium_verify(m, &checked, NULL), ISOKIT_OK);
	ck_assert_uint_eq(checked, containers[_i].checks);
	(void)isokit_medium_damages(m, &n_damages, NULL);
	ck_assert_uint_eq(n_damages, 0);
	isokit_medium_free(m);
	free(bytes);
}
END_TEST

/* Whatever is cut off, there is an error somewhere, or what is there is right. */
START_TEST(none_is_silently_short)
{
	uint8_t plain[PLAIN_BYTES], got[PLAIN_BYTES], *bytes;
	struct isokit_medium *m;
	size_t n;

	make_plain(plain);
	if (!load(containers[_i].file, &bytes, &n))
		return;
	for (size_t cut = n > 4096 ? 97 : 1; cut < n; cut += n > 4096 ? 97 : 7) {
		const struct isokit_medium_facts *facts;
		struct isokit_source *disk;
		uint64_t size;

		if (open_bytes(bytes, n - cut, "secret", &m, NULL))
			continue;
		facts = isokit_medium_facts(m);
		disk = isokit_medium_disk(m);
		size = isokit_source_size(disk);
		/* Not known any more: then it is not taken for the image. */
		if (facts->n_layers && strcmp(facts->layers[0].format, containers[_i].layer) == 0 &&
		    facts->n_layers == (containers[_i].layer2 ? 2u : 1u) && size <= PLAIN_BYTES &&
		    isokit_source_read_at(disk, 0, got, (size_t)size, NULL) == ISOKIT_OK)
			ck_assert_msg(size == PLAIN_BYTES && memcmp(got, plain, PLAIN_BYTES) == 0,
				      "%s without %zu bytes", containers[_i].file, cut);
		isokit_medium_free(m);
	}
	free(bytes);
}
END_TEST

START_TEST(a_password_is_asked_for_and_must_be_right)
{
	static const char *const names[] = { "dmg-aes128", "dmg-encrypted-v1" };
	struct isokit_error err;
	enum isokit_status st;
	struct isokit_medium *m;
	uint8_t *bytes;
	size_t n;

	if (!load(names[_i], &bytes, &n))
		return;
	ck_assert_int_eq(open_bytes(bytes, n, NULL, &m, &err), ISOKIT_E_UNSUPPORTED);
	ck_assert_ptr_nonnull(strstr(err.text, "a password is needed"));
	st = open_bytes(bytes, n, "Secret", &m, &err);
	if (is_absent(st, &err))
		return;
	ck_assert_int_eq(st, ISOKIT_E_MISMATCH);
	ck_assert_ptr_nonnull(strstr(err.text, "password"));
	free(bytes);
}
END_TEST

START_TEST(a_wrong_checksum_is_damage)
{
	const struct isokit_damage *damages;
	struct isokit_error err = { 0 };
	struct isokit_medium *m;
	enum isokit_status st;
	uint8_t *bytes, *at;
	unsigned checked;
	size_t n, n_damages;

	if (!load("dmg", &bytes, &n))
		return;
	/* A byte of the first run, which is stored as it is: of sector 0. */
	bytes[100] ^= 1;
	st = open_bytes(bytes, n, NULL, &m, &err);
	if (is_absent(st, &err))
		return;
	ck_assert_int_eq(st, ISOKIT_OK);
	ck_assert_int_eq(isokit_medium_verify(m, &checked, NULL), ISOKIT_OK);
	damages = isokit_medium_damages(m, &n_damages, NULL);
	ck_assert_uint_eq(n_damages, 1);
	ck_assert_uint_eq(damages[0].offset, 0);
	ck_assert_uint_eq(damages[0].bytes, 512);
	ck_assert_ptr_nonnull(strstr(damages[0].text, "part 0"));
	isokit_medium_free(m);
	/* The zlib block: it cannot be read at all, and the place is named. */
	bytes[100] ^= 1;
	at = memmem(bytes, n, "\x78\x9c", 2);
	ck_assert_ptr_nonnull(at);
	at[20] ^= 0x55;
	/* It is looked into for further containers, so that is soon. */
	ck_assert_int_eq(open_bytes(bytes, n, NULL, &m, &err), ISOKIT_E_CORRUPT);
	ck_assert_ptr_nonnull(strstr(err.text, "zlib"));
	ck_assert_ptr_nonnull(strstr(err.text, "cannot be read"));
	free(bytes);
}
END_TEST

START_TEST(segments_are_found_beside)
{
	struct isokit_medium_options o = { .size = sizeof(o) };
	uint8_t *one, *two;
	struct isokit_error err = { 0 };
	struct isokit_medium *m;
	enum isokit_status st;
	size_t n, n_two;

	if (!load("two.dmg", &one, &n))
		return;
	ck_assert(load("two.002.dmgpart", &two, &n_two));
	folder_file("disk.dmg", one, n);
	ck_assert_int_eq(isokit_medium_open("disk.dmg", &o, &m, &err), ISOKIT_E_NOT_FOUND);
	ck_assert_str_eq(err.subject, "disk.002.dmgpart");
	folder_file("disk.002.dmgpart", two, n_two);
	for (unsigned i = 0; i < 2; i++) {
		st = isokit_medium_open(i ? "disk.002.dmgpart" : "disk.dmg", &o, &m, &err);
		if (is_absent(st, &err))
			return;
		ck_assert_int_eq(st, ISOKIT_OK);
		check_disk(m);
		isokit_medium_free(m);
	}
	/* A segment of something else. */
	folder_file("disk.002.dmgpart", one, n);
	ck_assert_int_eq(isokit_medium_open("disk.dmg", &o, &m, &err), ISOKIT_E_CORRUPT);
	free(one);
	free(two);
}
END_TEST

START_TEST(a_bundle_is_a_folder)
{
	static const char plist[] = "<plist><dict><key>band-size</key><integer>4096</integer>"
		"<key>diskimage-bundle-type</key><string>com.apple.diskimage.sparsebundle</string>"
		"<key>size</key>\n\t<integer>12288</integer></dict></plist>";
	struct isokit_medium_options o = { .size = sizeof(o) };
	uint8_t plain[PLAIN_BYTES], got[12288];
	struct isokit_error err = { 0 };
	struct isokit_location where;
	struct isokit_medium *m;

	make_plain(plain);
	ck_assert_int_eq(mkdir("b", 0755), 0);
	ck_assert_int_eq(mkdir("b/bands", 0755), 0);
	folder_file("b/Info.plist", plist, sizeof(plist) - 1);
	folder_file("b/bands/0", plain, 4096);
	folder_file("b/bands/2", plain, 1000); /* shorter: zeros follow */
	ck_assert_int_eq(isokit_medium_open("b", &o, &m, &err), ISOKIT_OK);
	ck_assert_uint_eq(isokit_source_size(isokit_medium_disk(m)), 12288);
	ck_assert_int_eq(isokit_source_read_at(isokit_medium_disk(m), 0, got, sizeof(got), NULL),
			 ISOKIT_OK);
	ck_assert_mem_eq(got, plain, 4096);
	for (size_t i = 4096; i < 8192; i++)
		ck_assert_uint_eq(got[i], 0);
	ck_assert_mem_eq(got + 8192, plain, 1000);
	ck_assert_uint_eq(got[9192], 0);
	isokit_source_locate(isokit_medium_disk(m), 4096, 8192, &where);
	ck_assert_int_eq(where.where, ISOKIT_WHERE_ZEROS);
	ck_assert_uint_eq(where.length, 4096);
	isokit_medium_free(m);
	/* A band is a file of the folder, and nothing else. */
	ck_assert_int_eq(unlink("b/bands/0"), 0);
	ck_assert_int_eq(symlink("/etc/passwd", "b/bands/0"), 0);
	ck_assert_int_eq(isokit_medium_open("b", &o, &m, &err), ISOKIT_E_IO);
	ck_assert_ptr_nonnull(strstr(err.text, "band 0"));
	folder_file("b/token", "encrcdsa", 8);
	ck_assert_int_eq(isokit_medium_open("b", &o, &m, &err), ISOKIT_E_UNSUPPORTED);
}
END_TEST

START_TEST(what_nobody_opens_is_named)
{
	static const struct {
		const char *mark;
		size_t n;
		const char *words;
	} marks[] = { { "7z\xbc\xaf\x27\x1c", 6, "7z" }, { "Rar!\x1a\7", 6, "RAR" },
		      { "<!DOCTYPE html>", 15, "web page" }, { "IsZ!", 4, "ISZ" } };
	uint8_t bytes[1024];
	struct isokit_error err;
	struct isokit_medium *m;

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		memset(bytes, 0, sizeof(bytes));
		memcpy(bytes, marks[i].mark, marks[i].n);
		err = (struct isokit_error){ 0 };
		ck_assert_int_ne(open_bytes(bytes, sizeof(bytes), NULL, &m, &err), ISOKIT_OK);
		ck_assert_msg(strstr(err.text, marks[i].words) || strstr(err.subject, marks[i].words),
			      "%s: %s", err.subject, err.text);
	}
}
END_TEST

START_TEST(an_iso_that_ends_with_a_dmg_is_an_iso)
{
	enum { ISO_BYTES = 40 * 2048 };
	static const char *const names[] = { "dmg", "dmg-fork", "uif", "dmg-encrypted-v1" };
	struct isokit_medium *m;
	uint8_t *bytes, *iso;
	size_t n;

	if (!load(names[_i], &bytes, &n))
		return;
	iso = calloc(1, ISO_BYTES + n);
	memcpy(iso + 32768, "\1CD001\1", 7);
	memcpy(iso + ISO_BYTES, bytes, n);
	ck_assert_int_eq(open_bytes(iso, ISO_BYTES + n, NULL, &m, NULL), ISOKIT_OK);
	ck_assert_uint_eq(isokit_medium_facts(m)->n_layers, 0);
	ck_assert_uint_eq(isokit_source_size(isokit_medium_disk(m)), ISO_BYTES + n);
	isokit_medium_free(m);
	free(iso);
	free(bytes);
}
END_TEST

UNIT(containers)
{
	tcase_add_loop_test(tc, an_iso_that_ends_with_a_dmg_is_an_iso, 0, 4);
	tcase_add_checked_fixture(tc, folder_setup, folder_teardown);
	tcase_add_loop_test(tc, all_hold_the_same, 0, CONTAINERS);
	tcase_add_loop_test(tc, none_is_silently_short, 0, CONTAINERS);
	tcase_add_loop_test(tc, a_password_is_asked_for_and_must_be_right, 0, 2);
	tcase_add_test(tc, a_wrong_checksum_is_damage);
	tcase_add_test(tc, segments_are_found_beside);
	tcase_add_test(tc, a_bundle_is_a_folder);
	tcase_add_test(tc, what_nobody_opens_is_named);
}
