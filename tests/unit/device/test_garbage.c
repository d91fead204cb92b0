/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whatever stands in the files of sysfs, procfs and udev: a scan ends, and takes what it
 * cannot understand for something that speaks against a drive, or for nothing at all. */
#include "device/machine.h"
#include "folder.h"

#include <sys/resource.h>

enum { ROUNDS = 400 };

static const char text[] =
	"drive sda 8:0 500118192 pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0\n"
	"part sda1 8:1 2048 400000000\n"
	"drive sdb 8:16 15728640 pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0/host4/target4:0:0/4:0:0:0\n"
	"part sdb1 8:17 2048 15726592\n"
	"virt dm-0 254:0 400000 slaves=sda1 dm=cryptroot\n"
	"virt loop0 7:0 20971520 backing=/media/ann/STICK/disk.img\n"
	"udev 8:17 ID_FS_TYPE=vfat ID_FS_LABEL_ENC=K\\x20S ID_FS_UUID=1-2 S:disk/by-id/x\n"
	"udev 8:1 ID_FS_TYPE=crypto_LUKS\n"
	"mount 254:0 / / ext4 /dev/mapper/cryptroot\n"
	"mount 8:17 / /media/ann/STICK vfat /dev/sdb1 rw,lowerdir=/a:/b\\:c,logdev=/dev/sda1\n"
	"mount 0:50 / /o overlay overlay rw,lowerdir=/media/ann:/o:/,upperdir=/o/u,workdir=/w\n"
	"mount@7 0:51 / /b btrfs /dev/sdb1\n"
	"link sys/fs/btrfs/7/devices/sdb1 ../../../../devices/x\n"
	"fstab UUID=1-2 /backup ext4 noauto,user 0 2\n"
	"crypttab cryptroot UUID=1 /root.key:LABEL=KEYS luks\n"
	"swap /media/ann/STICK/swap file\n"
	"cmdline root=UUID=1 resume=/dev/sdb1\n"
	"open 1234 qemu /dev/sdb 0140002\n"
	"loader 0A1B2C3D-02\n"
	"boot 12345678-1234-1234-1234-123456789abc\n";

static const char *const files[] = {
	"proc/self/mountinfo", "proc/7/mountinfo", "proc/swaps", "etc/fstab", "etc/crypttab", "proc/cmdline",
	"run/udev/data/b8:17", "run/udev/data/b8:1", "sys/block/sdb/dev", "sys/block/sdb/size",
	"sys/block/sdb/sdb1/start", "sys/block/sdb/sdb1/partition", "sys/block/dm-0/dm/name",
	"sys/block/loop0/loop/backing_file", "sys/power/resume", "proc/1234/fdinfo/7", "proc/1234/comm",
	"sys/firmware/efi/efivars/LoaderDevicePartUUID-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f",
	"sys/firmware/efi/efivars/BootCurrent-8be4df61-93ca-11d2-aa0d-00e098032b8c",
	"sys/firmware/efi/efivars/Boot0003-8be4df61-93ca-11d2-aa0d-00e098032b8c",
};

static uint64_t state;

static unsigned roll(unsigned sides)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)(state >> 33) % sides;
}

static void spoil(const char *path)
{
	static const char bytes[] = "\0\n \\:/=,-0123456789\xff" "overlay" "btrfs";
	char buffer[8192];
	FILE *f = fopen(path, "r+");
	size_t n;

	ck_assert_msg(f != NULL, "%s", path);
	n = fread(buffer, 1, sizeof(buffer), f);
	for (unsigned i = 1 + roll(6); i && n; i--) {
		size_t at = roll((unsigned)n);

		switch (roll(3)) {
		case 0: buffer[at] = bytes[roll(sizeof(bytes) - 1)]; break;
		case 1: buffer[at] = (char)roll(256); break;
		default: n = at; break;
		}
	}
	rewind(f);
	ck_assert_int_eq(ftruncate(fileno(f), 0), 0);
	fwrite(buffer, 1, n, f);
	fclose(f);
}

START_TEST(survives_whatever_stands_there)
{
	struct isokit_drives_options options = { .size = sizeof(options), .root = "machine" };
	struct isokit_guard_reason reasons[ISOKIT_GUARD_MAX];
	const struct isokit_guard_question q = { .size = sizeof(q) };
	unsigned read = 0;

	for (unsigned round = 0; round < ROUNDS; round++) {
		struct isokit_drives *drives = NULL;
		struct isokit_error err;
		struct machine m;

		state = UINT64_C(0x9E3779B97F4A7C15) * (round + 1);
		if (round % 20 == 0) { /* what was spoilt adds up for a while */
			if (round)
				ck_assert_int_eq(nftw("machine", folder_remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
			machine_make(&m, text, "machine");
			machine_free(&m);
		}
		for (unsigned i = 1 + roll(3); i; i--) {
			char path[256];

			snprintf(path, sizeof(path), "machine/%s", files[roll(sizeof(files) / sizeof(*files))]);
			spoil(path);
		}
		if (isokit_drives_scan(&options, &drives, &err) == ISOKIT_OK) {
			size_t n;
			const struct isokit_drive *list = isokit_drives_list(drives, &n), *d;

			for (size_t i = 0; i < n; i++)
				(void)isokit_guard(&list[i], &q, reasons);
			(void)isokit_drives_find(drives, "/dev/disk/by-id/x", &d, &err);
			read++;
		} else {
			ck_assert_ptr_nonnull(strstr(err.text, "no drive can be called safe"));
		}
		isokit_drives_free(drives);
	}
	ck_assert_uint_gt(read, ROUNDS / 10);
}
END_TEST

START_TEST(needs_sysfs_and_mounts)
{
	struct isokit_drives_options options = { .size = sizeof(options), .root = "machine" };
	struct isokit_drives *drives;
	struct isokit_error err;
	struct machine m;

	machine_make(&m, text, "machine");
	machine_free(&m);
	ck_assert_int_eq(remove("machine/proc/self/mountinfo"), 0);
	ck_assert_int_eq(isokit_drives_scan(&options, &drives, &err), ISOKIT_E_IO);
	ck_assert_str_eq(err.subject, "/proc/self/mountinfo");
	ck_assert_int_eq(rename("machine/sys/block", "machine/sys/elsewhere"), 0);
	ck_assert_int_eq(isokit_drives_scan(&options, &drives, &err), ISOKIT_E_IO);
	ck_assert_str_eq(err.subject, "/sys/block");
	options.root = "no-such-folder";
	ck_assert_int_eq(isokit_drives_scan(&options, &drives, &err), ISOKIT_E_IO);
}
END_TEST

static size_t reasons_of(struct isokit_drives *drives)
{
	const struct isokit_guard_question q = { .size = sizeof(q) };
	struct isokit_guard_reason reasons[ISOKIT_GUARD_MAX];
	size_t n, all = 0;
	const struct isokit_drive *list = isokit_drives_list(drives, &n);

	for (size_t i = 0; i < n; i++)
		all += isokit_guard(&list[i], &q, reasons);
	return all;
}

/* What is not seen for want of descriptors may be what speaks against a drive. */
START_TEST(too_few_descriptors_are_no_reason_to_call_a_drive_safe)
{
	struct isokit_drives_options options = { .size = sizeof(options), .root = "machine" };
	struct isokit_drives *drives = NULL;
	struct isokit_error err;
	struct rlimit limit, before;
	size_t should;
	struct machine m;
	int first, seen = 0;

	machine_make(&m, text, "machine");
	machine_free(&m);
	ck_assert_int_eq(isokit_drives_scan(&options, &drives, &err), ISOKIT_OK);
	should = reasons_of(drives);
	isokit_drives_free(drives);
	first = dup(0);
	ck_assert_int_ge(first, 0);
	close(first);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	limit = before;
	for (int k = 0; k < 8; k++) {
		limit.rlim_cur = (rlim_t)(first + k);
		ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
		drives = NULL;
		if (isokit_drives_scan(&options, &drives, &err) == ISOKIT_OK) {
			ck_assert_uint_eq(reasons_of(drives), should);
			seen++;
		} else if (k) {
			ck_assert_ptr_nonnull(strstr(err.text, "called safe"));
			ck_assert_ptr_nonnull(strstr(err.text, "Too many open files"));
		}
		isokit_drives_free(drives);
	}
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
	ck_assert_int_gt(seen, 0);
	ck_assert_int_lt(seen, 8);
}
END_TEST

UNIT(garbage)
{
	tcase_add_unchecked_fixture(tc, machine_setup, NULL);
	tcase_add_checked_fixture(tc, folder_setup, folder_teardown);
	tcase_add_test(tc, survives_whatever_stands_there);
	tcase_add_test(tc, needs_sysfs_and_mounts);
	tcase_add_test(tc, too_few_descriptors_are_no_reason_to_call_a_drive_safe);
	tcase_set_timeout(tc, 60);
}
