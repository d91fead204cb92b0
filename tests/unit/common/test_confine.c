/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What can still be done after confine_start(), each time in a process of its own. */
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/confine.h"
#include "lacking.h"

#ifndef CONFINE_POSSIBLE
#define CONFINE_POSSIBLE 1
#endif

/* What a try came to. */
enum { DONE, REFUSED = 1, NOTHING_HOLDS = 2, KILLED = 3, BROKEN = 4 };

static int answer(bool done)
{
	return done ? DONE : REFUSED;
}

/* ---- what is tried -------------------------------------------------------------- */

static int fd_in, fd_out; /* open before */

static int read_open(void)
{
	char byte;

	return answer(pread(fd_in, &byte, 1, 0) == 1 && lseek(fd_in, 0, SEEK_END) > 0);
}

static int write_open(void)
{
	return answer(write(fd_out, "x", 1) == 1);
}

static int use_memory(void)
{
	size_t n = 1000;
	char *p = malloc(n);

	for (; p && n < 50000000; n *= 3) {
		char *more = realloc(p, n);

		if (!more)
			break;
		p = more;
		memset(p, 1, n);
	}
	free(p);
	return answer(n >= 50000000);
}

static int open_named(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);
	char byte;

	if (fd < 0)
		return REFUSED;
	(void)!read(fd, &byte, 1);
	close(fd);
	return DONE;
}

static int open_other(void)
{
	return open_named("other", O_RDONLY);
}

static int open_passwords(void)
{
	return open_named("/etc/passwd", O_RDONLY);
}

static int open_next(void)
{
	return open_named("next", O_RDONLY);
}

static int open_next_to_write(void)
{
	return open_named("next", O_RDWR);
}

static int truncate_next(void)
{
	return open_named("next", O_RDONLY | O_TRUNC);
}

static int create_file(void)
{
	return open_named("new", O_WRONLY | O_CREAT);
}

static int create_in_folder(void)
{
	return open_named("folder/new", O_RDWR | O_CREAT | O_EXCL);
}

static int create_unnamed(void)
{
	return open_named(".", O_WRONLY | O_TMPFILE);
}

static int open_by_openat2(void)
{
	struct { uint64_t flags, mode, resolve; } how = { O_RDONLY, 0, 0 };
	long fd = syscall(437, AT_FDCWD, "other", &how, sizeof(how));

	return answer(fd >= 0);
}

static int remove_other(void)
{
	return answer(unlink("other") == 0);
}

static int rename_other(void)
{
	return answer(rename("other", "renamed") == 0);
}

static int make_folder(void)
{
	return answer(mkdir("made", 0700) == 0);
}

static int make_link(void)
{
	return answer(symlink("other", "link") == 0);
}

static int change_mode(void)
{
	return answer(chmod("other", 0777) == 0);
}

static int shorten_other(void)
{
	return answer(truncate("other", 0) == 0);
}

static int execute(void)
{
	char *args[] = { (char *)(uintptr_t)"true", NULL };

	execv("/bin/true", args);
	return REFUSED;
}

static int start_process(void)
{
	pid_t child = fork();

	if (child == 0)
		_exit(0);
	return answer(child > 0);
}

static int start_process_by_clone3(void)
{
	struct { uint64_t f[11]; } args = { { [4] = SIGCHLD } };
	long child = syscall(435, &args, sizeof(args));

	if (child == 0)
		_exit(0);
	return answer(child > 0);
}

static int open_internet_socket(void)
{
	return answer(socket(AF_INET, SOCK_STREAM, 0) >= 0);
}

static int open_local_socket(void)
{
	return answer(socket(AF_UNIX, SOCK_DGRAM, 0) >= 0);
}

static int connect_to_network(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0)
		return REFUSED;
	/* Nobody listens there; what counts is who says no. */
	return answer(connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0 ||
		      errno == ECONNREFUSED);
}

static int serve_network(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return answer(fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0 &&
		      listen(fd, 1) == 0);
}

static int trace_parent(void)
{
	return answer(ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) == 0);
}

static int signal_parent(void)
{
	return answer(kill(getppid(), 0) == 0);
}

static int make_code(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? BROKEN : answer(mprotect(p, 4096, PROT_READ | PROT_EXEC) == 0);
}

static int map_code(void)
{
	return answer(mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
}

static int foreign_numbers(void)
{
#ifdef __x86_64__
	/* getpid() of x32: refused by kernels without x32 as well. */
	return answer(syscall(0x40000000 | SYS_getpid) > 0);
#else
	return KILLED;
#endif
}

static int kill_itself(void)
{
	abort();
}

static void *in_thread(void *ctx)
{
	*(bool *)ctx = use_memory() == DONE;
	return NULL;
}

static int start_thread(void)
{
	bool worked = false;
	pthread_t t;

	if (pthread_create(&t, NULL, in_thread, &worked) != 0)
		return REFUSED;
	pthread_join(t, NULL);
	return answer(worked);
}

static int start_kernel_queue(void)
{
	return answer(syscall(425, 4, NULL) >= 0 || errno == EFAULT); /* io_uring_setup */
}

/* ---- trying it ------------------------------------------------------------------- */

/* Everything the tests say about what holds, they ask the kernel. */
static unsigned landlock_here(void)
{
	long version = syscall(444, NULL, 0, 1);

	return CONFINE_POSSIBLE && version > 0 ? (unsigned)version : 0;
}

static bool seccomp_here(void)
{
	uint32_t action = SECCOMP_RET_KILL_PROCESS;

	return CONFINE_POSSIBLE &&
	       syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

enum { BOTH, ONLY_LANDLOCK, ONLY_SECCOMP, NEITHER };

static int child_try(int with, const struct confine_needs *needs, int (*what)(void))
{
	const int no_landlock[] = { 444, -1 }, no_seccomp[] = { SYS_seccomp, -1 };
	const int none[] = { SYS_seccomp, 444, 445, 446, SYS_prctl, -1 };
	struct confine_state state;
	bool want_landlock = with == BOTH || with == ONLY_LANDLOCK;
	bool want_seccomp = with == BOTH || with == ONLY_SECCOMP;

	if (with != BOTH && !lacking(with == ONLY_LANDLOCK ? no_seccomp :
				     with == ONLY_SECCOMP ? no_landlock : none))
		return BROKEN;
	want_landlock &= landlock_here() != 0;
	want_seccomp &= seccomp_here();
	confine_start(needs, &state);
	if (state.seccomp != want_seccomp || (state.landlock != 0) != want_landlock)
		return BROKEN;
	return what();
}

static int attempt(int with, const struct confine_needs *needs, int (*what)(void))
{
	char folder[] = "/tmp/isokit-confine.XXXXXX";
	char command[64];
	int status;
	pid_t child;

	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(chdir(folder), 0);
	ck_assert_int_eq(mkdir("folder", 0700), 0);
	for (int i = 0; i < 3; i++) {
		static const char *const names[] = { "image", "other", "next" };
		FILE *f = fopen(names[i], "w");

		ck_assert_ptr_nonnull(f);
		fputs("bytes\n", f);
		fclose(f);
	}
	fd_in = open("image", O_RDONLY);
	fd_out = open("image", O_WRONLY | O_APPEND);
	fflush(NULL);
	child = fork();
	if (child == 0)
		_exit(child_try(with, needs, what));
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	close(fd_in);
	close(fd_out);
	ck_assert_int_eq(chdir("/"), 0);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	ck_assert_int_eq(system(command), 0);
	if (WIFSIGNALED(status))
		return KILLED;
	return WEXITSTATUS(status);
}

static const struct confine_needs nothing;
static const char *const next_file[] = { "next", "absent" };
static const struct confine_needs next = { .read_files = next_file, .n_read_files = 2 };

START_TEST(what_is_open_can_be_used)
{
	for (int with = BOTH; with <= NEITHER; with++) {
		ck_assert_int_eq(attempt(with, &nothing, read_open), DONE);
		ck_assert_int_eq(attempt(with, &nothing, write_open), DONE);
		ck_assert_int_eq(attempt(with, &nothing, use_memory), DONE);
		ck_assert_int_eq(attempt(with, &next, open_next), DONE);
	}
}
END_TEST

/* Without the kernel's help, nothing is held, and nothing fails. */
START_TEST(a_kernel_without_is_no_error)
{
	ck_assert_int_eq(attempt(NEITHER, &nothing, open_other), DONE);
	ck_assert_int_eq(attempt(NEITHER, &nothing, create_file), DONE);
	ck_assert_int_eq(attempt(NEITHER, &nothing, start_process), DONE);
}
END_TEST

static int (*const file_attempts[])(void) = {
	open_other, open_passwords, open_next_to_write, truncate_next, create_file, create_in_folder,
	create_unnamed, open_by_openat2, remove_other, rename_other, make_folder, make_link,
};

/* Each of the two suffices against files; other images can be read, and no more. */
START_TEST(no_other_file_is_reached)
{
	for (size_t i = 0; i < sizeof(file_attempts) / sizeof(file_attempts[0]); i++) {
		int (*what)(void) = file_attempts[i];

		if (landlock_here() && (landlock_here() >= 3 || what != truncate_next)) {
			ck_assert_int_eq(attempt(ONLY_LANDLOCK, &nothing, what), REFUSED);
			ck_assert_int_eq(attempt(ONLY_LANDLOCK, &next, what), REFUSED);
			if (seccomp_here())
				ck_assert_int_eq(attempt(BOTH, &next, what), REFUSED);
		}
		if (!seccomp_here())
			continue;
		ck_assert_int_eq(attempt(ONLY_SECCOMP, &nothing, what), REFUSED);
		/* seccomp sees flags, but not names. */
		ck_assert_int_eq(attempt(ONLY_SECCOMP, &next, what),
				 what == open_other || what == open_passwords ? DONE : REFUSED);
	}
	if (landlock_here() >= 3)
		ck_assert_int_eq(attempt(ONLY_LANDLOCK, &nothing, shorten_other), REFUSED);
	if (seccomp_here()) {
		ck_assert_int_eq(attempt(BOTH, &nothing, shorten_other), REFUSED);
		ck_assert_int_eq(attempt(BOTH, &nothing, change_mode), REFUSED);
	}
}
END_TEST

START_TEST(a_process_that_was_taken_over_ends)
{
	static int (*const attempts[])(void) = {
		execute, start_process, open_internet_socket, open_local_socket, trace_parent,
		signal_parent, foreign_numbers, start_thread, start_kernel_queue,
	};

	if (!seccomp_here())
		return;
	for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
		ck_assert_int_eq(attempt(BOTH, &nothing, attempts[i]), KILLED);
		ck_assert_int_eq(attempt(ONLY_SECCOMP, &next, attempts[i]), KILLED);
	}
	ck_assert_int_eq(attempt(BOTH, &nothing, start_process_by_clone3), REFUSED);
	ck_assert_int_eq(attempt(BOTH, &nothing, make_code), REFUSED);
	ck_assert_int_eq(attempt(BOTH, &nothing, map_code), REFUSED);
}
END_TEST

START_TEST(landlock_alone_stops_programs_and_connections)
{
	if (!landlock_here())
		return;
	ck_assert_int_eq(attempt(ONLY_LANDLOCK, &nothing, execute), REFUSED);
	if (landlock_here() >= 4) {
		ck_assert_int_eq(attempt(ONLY_LANDLOCK, &nothing, connect_to_network), REFUSED);
		ck_assert_int_eq(attempt(ONLY_LANDLOCK, &nothing, serve_network), REFUSED);
	}
	if (landlock_here() >= 6)
		ck_assert_int_eq(attempt(ONLY_LANDLOCK, &nothing, signal_parent), REFUSED);
}
END_TEST

START_TEST(threads_work_where_they_are_needed)
{
	static const struct confine_needs threads = { .threads = true };

	for (int with = BOTH; with <= NEITHER; with++)
		ck_assert_int_eq(attempt(with, &threads, start_thread), DONE);
	if (seccomp_here())
		ck_assert_int_eq(attempt(BOTH, &threads, start_process), KILLED);
}
END_TEST

START_TEST(one_folder_can_be_written)
{
	static const struct confine_needs folder = { .write_folder = "folder" };

	for (int with = BOTH; with <= NEITHER; with++)
		ck_assert_int_eq(attempt(with, &folder, create_in_folder), DONE);
	if (landlock_here()) {
		ck_assert_int_eq(attempt(BOTH, &folder, create_file), REFUSED);
		ck_assert_int_eq(attempt(BOTH, &folder, open_other), REFUSED);
		ck_assert_int_eq(attempt(BOTH, &folder, remove_other), REFUSED);
	}
}
END_TEST

START_TEST(the_network_stays_where_it_is_needed)
{
	static const struct confine_needs network = { .network = true };

	for (int with = BOTH; with <= NEITHER; with++) {
		ck_assert_int_eq(attempt(with, &network, connect_to_network), DONE);
		ck_assert_int_eq(attempt(with, &network, open_passwords), DONE);
		ck_assert_int_eq(attempt(with, &network, start_thread), DONE);
	}
	if (landlock_here()) {
		ck_assert_int_eq(attempt(BOTH, &network, open_other), REFUSED);
		ck_assert_int_eq(attempt(BOTH, &network, create_file), REFUSED);
	}
	if (seccomp_here()) {
		ck_assert_int_eq(attempt(BOTH, &network, execute), KILLED);
		ck_assert_int_eq(attempt(BOTH, &network, start_process), KILLED);
		ck_assert_int_eq(attempt(BOTH, &network, serve_network), REFUSED);
	}
}
END_TEST

START_TEST(an_abort_is_an_abort)
{
	ck_assert_int_eq(attempt(BOTH, &nothing, kill_itself), KILLED);
}
END_TEST

/* What an older kernel does not know is not asked of it: it would refuse everything. */
START_TEST(each_version_of_landlock_is_asked_for_what_it_knows)
{
	ck_assert_uint_eq(confine_file_rights(0), 0);
	ck_assert_uint_eq(confine_file_rights(1), 0x1fff);
	ck_assert_uint_eq(confine_file_rights(2), 0x3fff);
	ck_assert_uint_eq(confine_file_rights(3), 0x7fff);
	ck_assert_uint_eq(confine_file_rights(4), 0x7fff);
	ck_assert_uint_eq(confine_file_rights(5), 0xffff);
	ck_assert_uint_eq(confine_file_rights(99), 0xffff);
}
END_TEST

UNIT(confine)
{
	tcase_add_test(tc, what_is_open_can_be_used);
	tcase_add_test(tc, a_kernel_without_is_no_error);
	tcase_add_test(tc, no_other_file_is_reached);
	tcase_add_test(tc, a_process_that_was_taken_over_ends);
	tcase_add_test(tc, landlock_alone_stops_programs_and_connections);
	tcase_add_test(tc, threads_work_where_they_are_needed);
	tcase_add_test(tc, one_folder_can_be_written);
	tcase_add_test(tc, the_network_stays_where_it_is_needed);
	tcase_add_test(tc, an_abort_is_an_abort);
	tcase_add_test(tc, each_version_of_landlock_is_asked_for_what_it_knows);
}
