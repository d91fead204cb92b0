/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Loop devices that each test makes of files of its own: refused while anything uses them,
 * with their bytes as they were, and written when they are free. Without root, or without
 * loop devices, there is nothing to test. */
#include "device/target.h"
#include "folder.h"

#include <errno.h>
#include <linux/blkpg.h>
#include <linux/loop.h>
#include <sched.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <signal.h>

enum { MIB = 1024 * 1024, BYTES = 64 * MIB, MAX_LOOPS = 3, MAX_MOUNTS = 8 };

static struct isokit_error err;
static char loops[MAX_LOOPS][32], mounts[MAX_MOUNTS][160], swap_path[64];
static int kept;
static unsigned n_loops, n_mounts, n_parts[MAX_LOOPS];
static bool possible;

static __attribute__((format(printf, 1, 2))) int run(const char *format, ...)
{
	char command[1024];
	va_list ap;
	int r;

	va_start(ap, format);
	(void)vsnprintf(command, sizeof(command), format, ap);
	va_end(ap);
	r = system(command);
	return WIFEXITED(r) ? WEXITSTATUS(r) : -1;
}

static bool have(const char *program)
{
	return run("command -v %s >/dev/null 2>&1", program) == 0;
}

/* A test that fails takes nothing down: the loop device goes when this descriptor does. */
static void keep(const char *loop)
{
	struct loop_info64 info;
	int fd = open(loop, O_RDONLY | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ioctl(fd, LOOP_GET_STATUS64, &info), 0);
	kept = fd;
	info.lo_flags |= LO_FLAGS_AUTOCLEAR;
	ck_assert_int_eq(ioctl(fd, LOOP_SET_STATUS64, &info), 0);
}

/* A loop device over a new file, "disk0" …; its path, or NULL. */
static const char *new_loop(uint64_t bytes, const char *options)
{
	char command[256], *end;
	FILE *f;

	ck_assert_uint_lt(n_loops, MAX_LOOPS);
	ck_assert_int_eq(run("truncate -s %llu disk%u", (unsigned long long)bytes, n_loops), 0);
	snprintf(command, sizeof(command), "flock /dev/loop-control losetup -P -f --show %s disk%u 2>/dev/null", options, n_loops);
	f = popen(command, "r");
	if (!f || !fgets(loops[n_loops], sizeof(loops[0]), f)) {
		if (f)
			pclose(f);
		return NULL;
	}
	pclose(f);
	end = strchr(loops[n_loops], '\n');
	if (end)
		*end = '\0';
	keep(loops[n_loops]);
	return loops[n_loops++];
}

/* Only what was made here is taken down, also when a test fails. */
static void take_down(void)
{
	if (*swap_path)
		(void)run("swapoff %s", swap_path);
	while (n_mounts && n_mounts-- > 0) {
		(void)umount(mounts[n_mounts]);
		if (strncmp(mounts[n_mounts], "/media/", 7) == 0)
			(void)rmdir(mounts[n_mounts]);
	}
	while (n_loops && n_loops-- > 0) {
		for (unsigned i = 1; i <= n_parts[n_loops]; i++)
			(void)run("delpart %s %u 2>/dev/null", loops[n_loops], i);
		(void)run("losetup -d %s 2>/dev/null", loops[n_loops]);
	}
	n_loops = n_mounts = 0;
	swap_path[0] = '\0';
}

static void setup(void)
{
	folder_setup();
	atexit(take_down);
	n_loops = n_mounts = 0;
	swap_path[0] = '\0';
	memset(n_parts, 0, sizeof(n_parts));
	possible = geteuid() == 0 && access("/dev/loop-control", W_OK) == 0 && have("losetup") &&
		   have("mkfs.ext4");
	/* Mounts of ours are nobody else's, and end with us. */
	possible = possible && unshare(CLONE_NEWNS) == 0 &&
		   mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

static void teardown(void)
{
	take_down();
	folder_teardown();
}

static void add_partition(unsigned loop, unsigned number, uint64_t start, uint64_t bytes)
{
	struct blkpg_partition part = { .start = (long long)start, .length = (long long)bytes, .pno = (int)number };
	struct blkpg_ioctl_arg arg = { .op = BLKPG_ADD_PARTITION, .datalen = sizeof(part), .data = &part };
	int fd = open(loops[loop], O_RDONLY);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ioctl(fd, BLKPG, &arg), 0);
	close(fd);
	n_parts[loop] = number;
}

static void mount_at(const char *device, const char *where, const char *type, unsigned long flags)
{
	ck_assert_uint_lt(n_mounts, MAX_MOUNTS);
	(void)run("mkdir -p %s", where);
	ck_assert_msg(mount(device, where, type, flags, NULL) == 0, "mount %s: %s", device, strerror(errno));
	if (where[0] == '/')
		snprintf(mounts[n_mounts++], sizeof(mounts[0]), "%s", where);
	else
		snprintf(mounts[n_mounts++], sizeof(mounts[0]), "%s/%s", folder, where);
}

static enum isokit_status claim(const char *path, bool named, bool unmount, struct device_target **ret)
{
	struct isokit_guard_question q = { .size = sizeof(q), .bytes = MIB, .fixed_disk = named, .unmount = unmount };
	const struct isokit_drive *d;
	struct isokit_drives *drives;
	enum isokit_status st;

	memset(&err, 0, sizeof(err));
	ck_assert_int_eq(isokit_drives_scan(NULL, &drives, &err), ISOKIT_OK);
	st = isokit_drives_find(drives, path, &d, &err);
	if (st == ISOKIT_OK)
		st = device_claim(d, &q, ret, &err);
	isokit_drives_free(drives);
	return st;
}

/* What the kernel still has of it reaches the file. */
static void settle(unsigned loop)
{
	int fd = open(loops[loop], O_RDONLY);

	for (unsigned i = 0; i < n_mounts; i++) {
		int top = open(mounts[i], O_RDONLY | O_DIRECTORY);

		(void)syncfs(top);
		close(top);
	}
	(void)fsync(fd);
	close(fd);
}

static unsigned long sum_of(const char *file, size_t limit)
{
	static uint8_t buffer[MIB];
	unsigned long sum = 5381;
	int fd = open(file, O_RDONLY);
	ssize_t n;

	ck_assert_int_ge(fd, 0);
	while (limit && (n = read(fd, buffer, limit < sizeof(buffer) ? limit : sizeof(buffer))) > 0) {
		limit -= (size_t)n;
		for (ssize_t i = 0; i < n; i++)
			sum = sum * 33 + buffer[i];
	}
	close(fd);
	return sum;
}

/* Whatever is asked: refused, with these words, and not a byte of the file is another. */
static void expect_refused_within(unsigned loop, const char *words, size_t limit)
{
	char file[16];
	unsigned long before, after;
	struct device_target *t;

	snprintf(file, sizeof(file), "disk%u", loop);
	settle(loop);
	before = sum_of(file, limit);
	for (int q = 0; q < 4; q++)
		ck_assert_int_eq(claim(loops[loop], q & 1, q & 2, &t), ISOKIT_E_INVALID);
	ck_assert_msg(strstr(err.text, words) != NULL, "%s", err.text);
	settle(loop);
	after = sum_of(file, limit);
	ck_assert_uint_eq(before, after);
}

static void expect_refused(unsigned loop, const char *words)
{
	expect_refused_within(loop, words, SIZE_MAX);
}

START_TEST(writes_what_is_free_and_named)
{
	struct device_target *t, *second;
	void *buffer;

	if (!possible || !new_loop(BYTES, ""))
		return;
	ck_assert_int_eq(claim(loops[0], false, true, &t), ISOKIT_E_INVALID);
	ck_assert_ptr_nonnull(strstr(err.text, "--fixed-disk"));
	ck_assert_int_eq(claim(loops[0], true, false, &t), ISOKIT_OK);
	/* One at a time. */
	ck_assert_int_eq(claim(loops[0], true, true, &second), ISOKIT_E_INVALID);
	ck_assert_int_eq(posix_memalign(&buffer, device_target_align(t), MIB), 0);
	memset(buffer, 0x5a, MIB);
	ck_assert_uint_eq(device_target_bytes(t), BYTES);
	ck_assert_int_eq(device_write_at(t, BYTES - MIB, buffer, MIB, &err), ISOKIT_OK);
	ck_assert_int_eq(device_zero(t, 0, MIB, &err), ISOKIT_OK);
	ck_assert_int_eq(device_flush(t, &err), ISOKIT_OK);
	memset(buffer, 0, MIB);
	ck_assert_int_eq(device_read_at(t, BYTES - MIB, buffer, MIB, &err), ISOKIT_OK);
	for (size_t i = 0; i < MIB; i++)
		ck_assert_uint_eq(((uint8_t *)buffer)[i], 0x5a);
	ck_assert_int_eq(device_reread(t, &err), ISOKIT_OK);
	ck_assert_int_eq(device_still_there(t, &err), ISOKIT_OK);
	device_release(t);
	free(buffer);
	ck_assert_int_eq(claim(loops[0], true, false, &t), ISOKIT_OK);
	device_release(t);
}
END_TEST

START_TEST(refuses_a_mounted_partition)
{
	char part[64];

	if (!possible || !new_loop(BYTES, ""))
		return;
	add_partition(0, 1, MIB, 16 * MIB);
	add_partition(0, 2, 20 * MIB, 16 * MIB);
	snprintf(part, sizeof(part), "%sp2", loops[0]);
	ck_assert_int_eq(run("mkfs.ext4 -q -F %s 2>/dev/null", part), 0);
	mount_at(part, "here", "ext4", MS_RDONLY);
	expect_refused(0, "is mounted");
	ck_assert_ptr_nonnull(strstr(err.text, "p2 > "));
}
END_TEST

START_TEST(unmounts_what_lies_below_media)
{
	struct device_target *t;
	char part[64], where[64];

	if (!possible || !new_loop(BYTES, ""))
		return;
	for (unsigned i = 1; i <= 2; i++) {
		add_partition(0, i, i * 20 * MIB, 16 * MIB);
		snprintf(part, sizeof(part), "%sp%u", loops[0], i);
		ck_assert_int_eq(run("mkfs.ext4 -q -F %s 2>/dev/null", part), 0);
		snprintf(where, sizeof(where), "/media/isokit-%d-%u", (int)getpid(), i);
		mount_at(part, where, "ext4", 0);
	}
	ck_assert_int_eq(mount(where, where, NULL, MS_BIND, NULL), 0); /* twice at one place */
	snprintf(mounts[n_mounts++], sizeof(mounts[0]), "%s", where);
	ck_assert_int_eq(claim(loops[0], true, false, &t), ISOKIT_E_INVALID);
	ck_assert_ptr_nonnull(strstr(err.text, "--unmount"));
	ck_assert_int_eq(claim(loops[0], false, true, &t), ISOKIT_E_INVALID); /* not named: nothing is unmounted */
	ck_assert_int_eq(run("grep -q '^%sp1 /media/isokit' /proc/mounts", loops[0]), 0);
	ck_assert_msg(claim(loops[0], true, true, &t) == ISOKIT_OK, "%s", err.text);
	ck_assert_int_eq(run("grep -q '^%s' /proc/mounts", loops[0]), 1);
	device_release(t);
}
END_TEST

START_TEST(refuses_what_cannot_be_unmounted)
{
	struct device_target *t;
	char where[64], file[96];
	int fd;

	if (!possible || !new_loop(BYTES, ""))
		return;
	ck_assert_int_eq(run("mkfs.ext4 -q -F %s 2>/dev/null", loops[0]), 0);
	snprintf(where, sizeof(where), "/media/isokit-%d", (int)getpid());
	mount_at(loops[0], where, "ext4", 0);
	snprintf(file, sizeof(file), "%s/file", where);
	fd = open(file, O_WRONLY | O_CREAT, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(claim(loops[0], true, true, &t), ISOKIT_E_IO);
	ck_assert_ptr_nonnull(strstr(err.text, "a program uses files of it"));
	close(fd);
}
END_TEST

START_TEST(refuses_swap)
{
	if (!possible || !have("mkswap") || !new_loop(BYTES, ""))
		return;
	add_partition(0, 1, MIB, 16 * MIB);
	snprintf(swap_path, sizeof(swap_path), "%sp1", loops[0]);
	ck_assert_int_eq(run("mkswap -q %s >/dev/null 2>&1", swap_path), 0);
	if (run("swapon %s 2>/dev/null", swap_path) != 0) {
		swap_path[0] = '\0';
		return;
	}
	/* The kernel may put memory there: only what lies before it stays as it is. */
	expect_refused_within(0, "in use as memory", MIB);
}
END_TEST

START_TEST(refuses_both_devices_of_a_btrfs)
{
	if (!possible || !have("mkfs.btrfs") || !new_loop(3 * BYTES, "") || !new_loop(3 * BYTES, ""))
		return;
	ck_assert_int_eq(run("mkfs.btrfs -q -f -m raid1 %s %s >/dev/null 2>&1", loops[0], loops[1]), 0);
	(void)run("btrfs device scan %s %s >/dev/null 2>&1", loops[0], loops[1]);
	(void)mkdir("here", 0755);
	if (mount(loops[0], "here", "btrfs", MS_RDONLY, NULL) != 0)
		return; /* a kernel without */
	snprintf(mounts[n_mounts++], sizeof(mounts[0]), "%s/here", folder);
	expect_refused(0, "is mounted");
	expect_refused(1, "is mounted");
}
END_TEST

START_TEST(refuses_what_a_loop_device_stands_on)
{
	struct device_target *t;
	char command[128];
	FILE *f;

	if (!possible || !new_loop(BYTES, ""))
		return;
	add_partition(0, 1, MIB, 16 * MIB);
	snprintf(command, sizeof(command), "losetup -f --show %sp1", loops[0]);
	f = popen(command, "r");
	ck_assert_ptr_nonnull(fgets(loops[n_loops], sizeof(loops[0]), f));
	pclose(f);
	*strchr(loops[n_loops], '\n') = '\0';
	n_loops++;
	ck_assert_int_eq(claim(loops[1], true, true, &t), ISOKIT_E_INVALID);
	ck_assert_ptr_nonnull(strstr(err.text, "made of"));
	expect_refused(0, "something stands on it");
}
END_TEST

START_TEST(refuses_what_device_mapper_stands_on)
{
	char name[64];

	if (!possible || !have("dmsetup") || run("dmsetup version >/dev/null 2>&1") != 0 || !new_loop(BYTES, ""))
		return;
	snprintf(name, sizeof(name), "isokit-%d", (int)getpid());
	if (run("echo 0 2048 linear %s 0 | dmsetup create %s 2>/dev/null", loops[0], name) != 0)
		return;
	expect_refused(0, "something stands on it");
	ck_assert_int_eq(run("dmsetup remove %s", name), 0);
}
END_TEST

START_TEST(refuses_what_others_have_open)
{
	int fd, gate[2];
	pid_t child;
	char c;

	if (!possible || !new_loop(BYTES, ""))
		return;
	fd = open(loops[0], O_RDONLY | O_EXCL);
	ck_assert_int_ge(fd, 0);
	expect_refused(0, "holds it alone");
	close(fd);
	ck_assert_int_eq(pipe(gate), 0);
	child = fork();
	if (child == 0) { /* as a virtual machine would, not exclusively */
		fd = open(loops[0], O_RDWR);
		(void)!write(gate[1], "x", 1);
		pause();
		_exit(0);
	}
	ck_assert_int_eq(read(gate[0], &c, 1), 1);
	expect_refused(0, "which may write");
	kill(child, SIGKILL);
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
}
END_TEST

START_TEST(refuses_another_drive_of_the_same_name)
{
	struct isokit_guard_question q = { .size = sizeof(q), .fixed_disk = true };
	const struct isokit_drive *d;
	struct isokit_drives *drives;
	struct device_target *t;

	if (!possible || !new_loop(BYTES, ""))
		return;
	ck_assert_int_eq(isokit_drives_scan(NULL, &drives, &err), ISOKIT_OK);
	ck_assert_int_eq(isokit_drives_find(drives, loops[0], &d, &err), ISOKIT_OK);
	close(kept);
	if (run("truncate -s %d other && losetup %s other 2>/dev/null", BYTES, loops[0]) != 0) {
		n_loops = 0; /* somebody else was faster */
		isokit_drives_free(drives);
		return;
	}
	ck_assert_int_eq(device_claim(d, &q, &t, &err), ISOKIT_E_CHANGED);
	ck_assert_int_eq(device_open_reading(d, &t, &err), ISOKIT_E_CHANGED);
	isokit_drives_free(drives);
}
END_TEST

START_TEST(refuses_a_read_only_device)
{
	if (!possible || !new_loop(BYTES, "-r"))
		return;
	expect_refused(0, "cannot be written");
}
END_TEST

START_TEST(wipes_signatures)
{
	const struct isokit_drive *d;
	struct isokit_drives *drives;
	struct device_target *t;

	if (!possible || !new_loop(BYTES, ""))
		return;
	ck_assert_int_eq(run("mkfs.ext4 -q -F -L LABEL %s 2>/dev/null", loops[0]), 0);
	ck_assert_int_eq(claim(loops[0], true, false, &t), ISOKIT_OK);
	ck_assert_int_eq(device_wipe(t, &err), ISOKIT_OK);
	device_release(t);
	ck_assert_int_eq(isokit_drives_scan(NULL, &drives, &err), ISOKIT_OK);
	ck_assert_int_eq(isokit_drives_find(drives, loops[0], &d, &err), ISOKIT_OK);
	ck_assert_str_eq(d->fs, "");
	isokit_drives_free(drives);
}
END_TEST

START_TEST(says_what_failed)
{
	struct device_target *t;
	void *buffer;

	if (!possible || !new_loop(BYTES, ""))
		return;
	ck_assert_int_eq(claim(loops[0], true, false, &t), ISOKIT_OK);
	ck_assert_int_eq(posix_memalign(&buffer, device_target_align(t), MIB), 0);
	ck_assert_int_eq(truncate("disk0", MIB), 0); /* the rest of the drive fails now */
	ck_assert_int_eq(device_read_at(t, BYTES / 2, buffer, MIB, &err), ISOKIT_E_IO);
	ck_assert_uint_eq(err.offset, BYTES / 2);
	ck_assert_ptr_nonnull(strstr(err.text, "cannot be read at byte 33554432"));
	device_release(t);
	free(buffer);
}
END_TEST

START_TEST(refuses_what_is_still_mounted_elsewhere)
{
	struct device_target *t;
	char where[64], c;
	int gate[2];
	pid_t child;

	if (!possible || !new_loop(BYTES, ""))
		return;
	ck_assert_int_eq(run("mkfs.ext4 -q -F %s 2>/dev/null", loops[0]), 0);
	snprintf(where, sizeof(where), "/media/isokit-%d", (int)getpid());
	mount_at(loops[0], where, "ext4", 0);
	ck_assert_int_eq(pipe(gate), 0);
	child = fork();
	if (child == 0) { /* a container that got a copy of all mounts */
		(void)!unshare(CLONE_NEWNS);
		(void)!write(gate[1], "x", 1);
		pause();
		_exit(0);
	}
	ck_assert_int_eq(read(gate[0], &c, 1), 1);
	ck_assert_int_eq(claim(loops[0], true, true, &t), ISOKIT_E_INVALID);
	ck_assert_ptr_nonnull(strstr(err.text, "seen by process"));
	ck_assert_ptr_nonnull(strstr(err.text, "nsenter"));
	kill(child, SIGKILL);
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
}
END_TEST

START_TEST(switches_nothing_off_that_is_built_in)
{
	const struct isokit_drive *d;
	struct isokit_drives *drives;

	if (!possible || !new_loop(BYTES, ""))
		return;
	ck_assert_int_eq(isokit_drives_scan(NULL, &drives, &err), ISOKIT_OK);
	ck_assert_int_eq(isokit_drives_find(drives, loops[0], &d, &err), ISOKIT_OK);
	ck_assert_int_eq(isokit_drive_power_off(d, &err), ISOKIT_E_UNSUPPORTED);
	ck_assert_ptr_nonnull(strstr(err.text, "built in (loop)"));
	isokit_drives_free(drives);
}
END_TEST

START_TEST(names_what_is_no_drive)
{
	const struct isokit_drive *d;
	struct isokit_drives *drives;
	char part[64];

	if (!possible || !new_loop(BYTES, ""))
		return;
	add_partition(0, 1, MIB, 16 * MIB);
	snprintf(part, sizeof(part), "%sp1", loops[0]);
	ck_assert_int_eq(isokit_drives_scan(NULL, &drives, &err), ISOKIT_OK);
	ck_assert_int_eq(isokit_drives_find(drives, part, &d, &err), ISOKIT_E_INVALID);
	ck_assert_ptr_nonnull(strstr(err.text, loops[0]));
	ck_assert_int_eq(isokit_drives_find(drives, "disk0", &d, &err), ISOKIT_E_INVALID);
	ck_assert_int_eq(isokit_drives_find(drives, "/dev/null", &d, &err), ISOKIT_E_INVALID);
	ck_assert_int_eq(isokit_drives_find(drives, ".", &d, &err), ISOKIT_E_INVALID);
	ck_assert_int_eq(isokit_drives_find(drives, "/dev/no-such-drive", &d, &err), ISOKIT_E_NOT_FOUND);
	ck_assert_int_eq(symlink(loops[0], "link"), 0);
	ck_assert_int_eq(isokit_drives_find(drives, "link", &d, &err), ISOKIT_OK);
	ck_assert_str_eq(d->path, loops[0]);
	isokit_drives_free(drives);
}
END_TEST

UNIT(live)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, writes_what_is_free_and_named);
	tcase_add_test(tc, refuses_a_mounted_partition);
	tcase_add_test(tc, unmounts_what_lies_below_media);
	tcase_add_test(tc, refuses_what_cannot_be_unmounted);
	tcase_add_test(tc, refuses_swap);
	tcase_add_test(tc, refuses_both_devices_of_a_btrfs);
	tcase_add_test(tc, refuses_what_a_loop_device_stands_on);
	tcase_add_test(tc, refuses_what_device_mapper_stands_on);
	tcase_add_test(tc, refuses_what_others_have_open);
	tcase_add_test(tc, refuses_another_drive_of_the_same_name);
	tcase_add_test(tc, refuses_a_read_only_device);
	tcase_add_test(tc, wipes_signatures);
	tcase_add_test(tc, says_what_failed);
	tcase_add_test(tc, refuses_what_is_still_mounted_elsewhere);
	tcase_add_test(tc, switches_nothing_off_that_is_built_in);
	tcase_add_test(tc, names_what_is_no_drive);
	tcase_set_timeout(tc, 60);
}
