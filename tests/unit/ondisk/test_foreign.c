/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "ondisk/foreign.h"

START_TEST(names_what_it_knows)
{
	static const struct {
		size_t at;
		const char *bytes, *words;
	} cases[] = {
		{ 0, "\x1f\x8b", "gzip" },
		{ 0, "\xfd" "7zXZ", "xz" },
		{ 0, "CISO", "CSO" },
		{ 257, "ustar", "tar" },
		{ 54, "FAT16", "FAT" },
		{ 32, "NXSB", "APFS" },
		{ 512, "EFI PART", "GUID" },
		{ 1080, "\x53\xef", "ext4" },
		{ 32769, "CD-I ", "CD-i" },
		{ 65536, "MICROSOFT*XBOX*MEDIA", "Xbox" },
		{ 65600, "_BHRfS_M", "Btrfs" },
		{ 0, "version https://git-lfs", "git lfs pull" },
	};
	uint8_t *head = malloc(ONDISK_FOREIGN_HEAD_BYTES);
	const struct ondisk_foreign *m;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(head, 0, ONDISK_FOREIGN_HEAD_BYTES);
		memcpy(head + cases[i].at, cases[i].bytes, strlen(cases[i].bytes) + 1);
		m = ondisk_foreign_head(head, ONDISK_FOREIGN_HEAD_BYTES);
		ck_assert_msg(m && strstr(m->words, cases[i].words), "%s", cases[i].words);
		/* Nothing is read behind the end, wherever that is. */
		for (size_t n = 0; n < 2048; n += 3)
			(void)ondisk_foreign_head(head, n);
	}
	memset(head, 0, ONDISK_FOREIGN_HEAD_BYTES);
	ck_assert_ptr_null(ondisk_foreign_head(head, ONDISK_FOREIGN_HEAD_BYTES));
	free(head);
}
END_TEST

/* What is more certain comes first: a disk image begins with a boot sector, too. */
START_TEST(prefers_the_more_certain_mark)
{
	uint8_t head[4608] = { 0 };

	memcpy(head + 510, "\x55\xaa", 2);
	ck_assert_ptr_nonnull(strstr(ondisk_foreign_head(head, sizeof(head))->words, "MBR"));
	memcpy(head + 512, "EFI PART", 8);
	ck_assert_ptr_nonnull(strstr(ondisk_foreign_head(head, sizeof(head))->words, "GUID"));
	memcpy(head + 3, "NTFS    ", 8);
	ck_assert_ptr_nonnull(strstr(ondisk_foreign_head(head, sizeof(head))->words, "NTFS"));
}
END_TEST

START_TEST(looks_at_the_end)
{
	uint8_t tail[ONDISK_FOREIGN_TAIL_BYTES] = { 0 };

	ck_assert_ptr_null(ondisk_foreign_tail(tail));
	memcpy(tail + sizeof(tail) - 12, "NER5", 4);
	ck_assert_ptr_nonnull(strstr(ondisk_foreign_tail(tail)->words, "Nero"));
	memcpy(tail, "koly", 4);
	ck_assert_ptr_nonnull(strstr(ondisk_foreign_tail(tail)->words, "DMG"));
}
END_TEST

UNIT(ondisk_foreign)
{
	tcase_add_test(tc, names_what_it_knows);
	tcase_add_test(tc, prefers_the_more_certain_mark);
	tcase_add_test(tc, looks_at_the_end);
}
