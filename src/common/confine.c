/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "common/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A sanitizer or gcov opens files and starts processes when the program ends. */
#ifndef CONFINE_POSSIBLE
#define CONFINE_POSSIBLE 1
#endif

/* ---- Landlock ------------------------------------------------------------------
 *
 * The interface grows with the kernel, and the headers of the build machine may be
 * older than the kernel of the run: what is used of it is declared here. */

#ifndef __NR_landlock_create_ruleset
#define __NR_landlock_create_ruleset 444
#define __NR_landlock_add_rule 445
#define __NR_landlock_restrict_self 446
#endif

enum { RULESET_VERSION = 1 << 0, RULE_PATH_BENEATH = 1 };

enum {
	FS_EXECUTE = 1 << 0,
	FS_WRITE_FILE = 1 << 1,
	FS_READ_FILE = 1 << 2,
	FS_READ_DIR = 1 << 3,
	FS_REMOVE_DIR = 1 << 4,
	FS_REMOVE_FILE = 1 << 5,
	FS_MAKE_REG = 1 << 8,
	FS_REFER = 1 << 13,     /* version 2: link and rename across folders */
	FS_TRUNCATE = 1 << 14,  /* version 3 */
	FS_IOCTL_DEV = 1 << 15, /* version 5 */
	FS_FIRST = (1 << 13) - 1, /* all of version 1 */
};

enum { NET_BIND_TCP = 1 << 0, NET_CONNECT_TCP = 1 << 1 }; /* version 4 */
enum { SCOPE_ABSTRACT_SOCKET = 1 << 0, SCOPE_SIGNAL = 1 << 1 }; /* version 6 */

/* An older kernel takes a longer structure whose rest is zero. */
struct ruleset {
	uint64_t files, net, scopes;
};

struct path_rule {
	uint64_t allowed;
	int32_t parent;
} __attribute__((packed));

uint64_t confine_file_rights(unsigned version)
{
	uint64_t rights = 0;

	if (version >= 1)
		rights |= FS_FIRST;
	if (version >= 2)
		rights |= FS_REFER;
	if (version >= 3)
		rights |= FS_TRUNCATE;
	if (version >= 5)
		rights |= FS_IOCTL_DEV;
	return rights;
}

/* Allow this on a file, or that on a folder and what is below. A path that cannot
 * be opened cannot be opened later either, and needs no rule; nor does what lies in
 * no file system (EBADFD), which Landlock leaves alone. False when a rule is missing. */
static bool allow_path(int rules, const char *path, uint64_t on_file, uint64_t on_folder)
{
	struct path_rule rule = { 0 };
	struct stat st;
	bool done;

	rule.parent = open(path, O_PATH | O_CLOEXEC);
	if (rule.parent < 0)
		return true;
	done = fstat(rule.parent, &st) == 0;
	rule.allowed = S_ISDIR(st.st_mode) ? on_folder : on_file;
	done = done && (!rule.allowed || syscall(__NR_landlock_add_rule, rules, RULE_PATH_BENEATH,
						 &rule, 0) == 0 || errno == EBADFD);
	(void)close(rule.parent);
	return done;
}

/* Where name service, certificates and the libraries for them are. */
static const char *const network_folders[] = {
	"/etc", "/usr", "/lib", "/lib64", "/run/systemd/resolve", "/var/lib/ca-certificates",
};

enum { N_NETWORK_FOLDERS = sizeof(network_folders) / sizeof(network_folders[0]) };

#if ULONG_MAX > UINT32_MAX
typedef Elf64_Phdr program_header;
#else
typedef Elf32_Phdr program_header;
#endif

/* What loads programs like this one, as its own header names it; NULL: nothing does. */
static const char *loader(void)
{
	const program_header *p = (const program_header *)getauxval(AT_PHDR);
	unsigned long n = getauxval(AT_PHNUM);
	uintptr_t base = 0;

	for (unsigned long i = 0; p && i < n; i++)
		if (p[i].p_type == PT_PHDR)
			base = (uintptr_t)p - p[i].p_vaddr;
	for (unsigned long i = 0; p && i < n; i++)
		if (p[i].p_type == PT_INTERP)
			return (const char *)(base + p[i].p_vaddr);
	return NULL;
}

static bool allow_programs(int rules, const struct confine_needs *needs, uint64_t known)
{
	const uint64_t run = known & (FS_EXECUTE | FS_READ_FILE);
	const char *first = loader();

	for (size_t i = 0; i < needs->n_programs; i++)
		if (!allow_path(rules, needs->programs[i], run, 0))
			return false;
	return !needs->n_programs || !first || allow_path(rules, first, run, 0);
}

static bool allow_needed(int rules, const struct confine_needs *needs, uint64_t known)
{
	const uint64_t read = known & (FS_READ_FILE | FS_IOCTL_DEV);
	const uint64_t write = known & (FS_READ_FILE | FS_WRITE_FILE | FS_MAKE_REG |
					FS_REMOVE_FILE | FS_REFER | FS_TRUNCATE);

	for (size_t i = 0; i < needs->n_read_files; i++) {
		/* A folder in the place of a file can be opened, so that a message says
		 * what it is; nothing below it can. */
		if (!allow_path(rules, needs->read_files[i], read, FS_READ_DIR))
			return false;
	}
	for (size_t i = 0; needs->network && i < N_NETWORK_FOLDERS; i++) {
		if (!allow_path(rules, network_folders[i], FS_READ_FILE,
				FS_READ_FILE | FS_READ_DIR))
			return false;
	}
	for (size_t i = 0; i < needs->n_write_files; i++) {
		if (!allow_path(rules, needs->write_files[i],
				known & (FS_READ_FILE | FS_WRITE_FILE | FS_TRUNCATE |
					 FS_IOCTL_DEV), 0))
			return false;
	}
	if (!allow_programs(rules, needs, known))
		return false;
	if (needs->read_all && !allow_path(rules, "/", 0, read | FS_READ_DIR))
		return false;
	if (needs->tree_folder && !allow_path(rules, needs->tree_folder, 0,
					      known & ~(uint64_t)(FS_EXECUTE | FS_IOCTL_DEV)))
		return false;
	if (needs->undo_folder && !allow_path(rules, needs->undo_folder, 0, FS_REMOVE_DIR))
		return false;
	return !needs->write_folder || allow_path(rules, needs->write_folder, 0, write);
}

/* The version that holds from now on, or 0. */
static unsigned landlock_start(const struct confine_needs *needs)
{
	long version = syscall(__NR_landlock_create_ruleset, NULL, 0, RULESET_VERSION);
	struct ruleset wanted;
	bool held;
	int rules;

	if (version < 1)
		return 0;
	memset(&wanted, 0, sizeof(wanted));
	wanted.files = confine_file_rights((unsigned)version);
	if (version >= 4)
		wanted.net = needs->network ? NET_BIND_TCP : NET_BIND_TCP | NET_CONNECT_TCP;
	if (version >= 6)
		wanted.scopes = SCOPE_ABSTRACT_SOCKET | SCOPE_SIGNAL;
	rules = (int)syscall(__NR_landlock_create_ruleset, &wanted, sizeof(wanted), 0);
	if (rules < 0)
		return 0;
	/* Without a rule for what is still needed, the run would fail: rather none. */
	held = allow_needed(rules, needs, wanted.files) &&
	       syscall(__NR_landlock_restrict_self, rules, 0) == 0;
	(void)close(rules);
	return held ? (unsigned)version : 0;
}

/* ---- seccomp -------------------------------------------------------------------
 *
 * The filter is a list of calls that are allowed, some of them with certain
 * arguments only. Others:
 *
 *   - are answered ENOSYS, as by a kernel that does not know them; the C library is
 *     used to that. openat() is answered EACCES, which can be a message;
 *   - end the process when no path of this program, of the C library or of what it
 *     loads calls them: then bytes of an image have become code, and what runs is
 *     not our program any more. A refusal would only let it try the next door.
 *
 * Calls of another architecture or of x32 have other numbers, and end it as well.
 *
 * The offsets of arguments below are those of 64-bit little-endian machines, and
 * clone() takes its flags first there; where that does not hold, Landlock has to do. */

#if defined(__x86_64__)
#define CONFINE_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__) && defined(__AARCH64EL__)
#define CONFINE_ARCH AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define CONFINE_ARCH AUDIT_ARCH_RISCV64
#elif defined(__loongarch64)
#define CONFINE_ARCH AUDIT_ARCH_LOONGARCH64
#endif

#if CONFINE_POSSIBLE && defined(CONFINE_ARCH) && defined(SECCOMP_RET_KILL_PROCESS)

static const int allowed_calls[] = {
	__NR_pread64, __NR_read, __NR_write, __NR_futex, __NR_lseek, __NR_writev, __NR_munmap,
	__NR_brk, __NR_mremap, __NR_madvise,
#ifdef __NR_fstat
	__NR_fstat,
#endif
#ifdef __NR_newfstatat
	__NR_newfstatat, /* fstat() of newer C libraries */
#endif
#ifdef __NR_statx
	__NR_statx,
#endif
#ifdef __NR_fadvise64
	__NR_fadvise64,
#endif
	__NR_close, __NR_clock_gettime, __NR_getpid, __NR_gettid, __NR_getrandom,
	__NR_sysinfo, /* qsort() asks for the memory there is, and does not mind the answer */
	__NR_rt_sigreturn, __NR_rt_sigaction, __NR_rt_sigprocmask, __NR_exit, __NR_exit_group,
};

/* With threads, and with libcurl's. */
static const int thread_calls[] = {
	__NR_set_robust_list, __NR_sched_yield, __NR_sched_getaffinity, __NR_sigaltstack,
	__NR_getrusage, __NR_gettimeofday, __NR_clock_nanosleep, __NR_nanosleep,
	__NR_restart_syscall, __NR_preadv, __NR_ppoll,
#ifdef __NR_poll
	__NR_poll,
#endif
#ifdef __NR_rseq
	__NR_rseq,
#endif
};

static const int write_calls[] = {
	__NR_openat, __NR_pwrite64, __NR_ftruncate, __NR_fsync, __NR_fdatasync, __NR_fchmod,
	__NR_fcntl, __NR_linkat, __NR_unlinkat, __NR_renameat2,
#ifdef __NR_renameat
	__NR_renameat,
#endif
#ifdef __NR_open
	__NR_open,
#endif
#ifdef __NR_rename
	__NR_rename,
#endif
#ifdef __NR_unlink
	__NR_unlink,
#endif
};

static const int network_calls[] = {
	__NR_socket, __NR_socketpair, __NR_connect, __NR_bind, __NR_sendto, __NR_recvfrom,
	__NR_sendmsg, __NR_recvmsg, __NR_sendmmsg, __NR_recvmmsg, __NR_getsockopt,
	__NR_setsockopt, __NR_getsockname, __NR_getpeername, __NR_shutdown, __NR_pselect6,
	__NR_pipe2, __NR_eventfd2, __NR_fcntl, __NR_ioctl, __NR_mmap, __NR_mprotect,
	__NR_epoll_create1, __NR_epoll_ctl, __NR_epoll_pwait, __NR_faccessat, __NR_readlinkat,
	__NR_getdents64, __NR_uname, __NR_getuid, __NR_geteuid, __NR_getgid,
	__NR_getegid, __NR_prlimit64, __NR_fstatfs, __NR_statfs, __NR_getcwd,
#ifdef __NR_select
	__NR_select,
#endif
#ifdef __NR_epoll_wait
	__NR_epoll_wait,
#endif
#ifdef __NR_pipe
	__NR_pipe,
#endif
#ifdef __NR_stat
	__NR_stat,
#endif
#ifdef __NR_lstat
	__NR_lstat,
#endif
#ifdef __NR_access
	__NR_access,
#endif
#ifdef __NR_readlink
	__NR_readlink,
#endif
};

/* Other programs, other processes, the network, code as data: what somebody who has
 * taken over wants first. Everything else that is not listed just fails. */
static const int deadly_calls[] = {
	__NR_execve, __NR_execveat, __NR_clone, __NR_socket, __NR_socketpair, __NR_connect,
	__NR_bind, __NR_ptrace, __NR_process_vm_writev, __NR_kill, __NR_memfd_create, __NR_bpf,
#ifdef __NR_io_uring_setup
	__NR_io_uring_setup,
#endif
#ifdef __NR_fork
	__NR_fork, __NR_vfork,
#endif
};

/* What open() may not be asked for. The last is O_TMPFILE without O_DIRECTORY. */
enum { OPEN_TO_CHANGE = O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND | (O_TMPFILE & ~O_DIRECTORY) };

/* The answer to a call: `answer`, or, when an argument is looked at and is not as it
 * should be, `otherwise`. */
struct rule {
	unsigned answer, otherwise;
	unsigned argument;      /* which one, when n_values or bits is not 0 */
	unsigned bits;          /* none of these is set in it */
	const unsigned *values; /* it is one of these */
	unsigned n_values;
};

enum { MAX_CALLS = 512, MAX_RULES = 16 };
enum { RULE_OTHERS, RULE_ALLOW, RULE_KILL }; /* without a look at arguments */

struct rules {
	struct rule rule[MAX_RULES];
	unsigned n;
	uint8_t of_call[MAX_CALLS]; /* which rule */
	bool too_many;
};

/* The first rule about a call holds; false rules come after. */
static void set_rule(struct rules *r, int call, unsigned rule)
{
	if (call < 0 || call >= MAX_CALLS || rule >= MAX_RULES)
		r->too_many = true;
	else if (r->of_call[call] == RULE_OTHERS)
		r->of_call[call] = (uint8_t)rule;
}

static void set_calls(struct rules *r, const int *calls, size_t n, unsigned rule)
{
	for (size_t i = 0; i < n; i++)
		set_rule(r, calls[i], rule);
}

#define SET_CALLS(r, calls, rule) set_calls(r, calls, sizeof(calls) / sizeof(calls[0]), rule)

static void add_rule(struct rules *r, int call, const struct rule *rule)
{
	set_rule(r, call, r->n);
	if (r->n < MAX_RULES)
		r->rule[r->n++] = *rule;
}

static void add_bits(struct rules *r, int call, unsigned argument, unsigned bits, unsigned answer,
		     unsigned otherwise)
{
	add_rule(r, call, &(struct rule){ .answer = answer, .otherwise = otherwise,
					  .argument = argument, .bits = bits });
}

static void add_values(struct rules *r, int call, unsigned argument, const unsigned *values,
		       unsigned n, unsigned otherwise)
{
	add_rule(r, call, &(struct rule){ .answer = SECCOMP_RET_ALLOW, .otherwise = otherwise,
					  .argument = argument, .values = values, .n_values = n });
}

static unsigned refuse(int number)
{
	return SECCOMP_RET_ERRNO | ((unsigned)number & SECCOMP_RET_DATA);
}

static void make_rules(struct rules *r, const struct confine_needs *needs, const unsigned *self)
{
	static const unsigned ioctls[] = { TIOCGWINSZ, TCGETS, BLKGETSIZE64 };
	static const unsigned get_flags[] = { F_GETFL, F_GETFD };
	bool opens = needs->n_read_files || needs->network;

	memset(r, 0, sizeof(*r));
	r->rule[RULE_OTHERS].answer = refuse(ENOSYS);
	r->rule[RULE_ALLOW].answer = SECCOMP_RET_ALLOW;
	r->rule[RULE_KILL].answer = SECCOMP_RET_KILL_PROCESS;
	r->n = RULE_KILL + 1;
	SET_CALLS(r, allowed_calls, RULE_ALLOW);
	if (needs->threads || needs->network) {
		SET_CALLS(r, thread_calls, RULE_ALLOW);
		add_bits(r, __NR_clone, 0, CLONE_THREAD, SECCOMP_RET_KILL_PROCESS,
			 SECCOMP_RET_ALLOW);
	}
	if (needs->write_folder)
		SET_CALLS(r, write_calls, RULE_ALLOW);
	if (needs->network)
		SET_CALLS(r, network_calls, RULE_ALLOW);
	SET_CALLS(r, deadly_calls, RULE_KILL);

	/* Memory never becomes code. */
	add_bits(r, __NR_mmap, 2, PROT_EXEC, SECCOMP_RET_ALLOW, refuse(EPERM));
	add_bits(r, __NR_mprotect, 2, PROT_EXEC, SECCOMP_RET_ALLOW, refuse(EPERM));
	add_values(r, __NR_ioctl, 1, ioctls, sizeof(ioctls) / sizeof(ioctls[0]), refuse(ENOTTY));
	add_values(r, __NR_fcntl, 1, get_flags, 2, refuse(EPERM));
	add_values(r, __NR_tgkill, 0, self, 1, SECCOMP_RET_KILL_PROCESS); /* abort() */
	add_bits(r, __NR_openat, 2, OPEN_TO_CHANGE, opens ? SECCOMP_RET_ALLOW : refuse(EACCES),
		 refuse(EACCES));
#ifdef __NR_open
	add_bits(r, __NR_open, 1, OPEN_TO_CHANGE, opens ? SECCOMP_RET_ALLOW : refuse(EACCES),
		 refuse(EACCES));
#endif
}

/* Calls from this number on, up to the next range, have one rule. */
struct range {
	unsigned from;
	uint8_t rule;
};

enum { MAX_RANGES = 160 };

/* The number of ranges, or 0: too many. */
static unsigned make_ranges(struct range *ranges, const struct rules *r)
{
	unsigned n = 0;

	for (unsigned call = 0; call < MAX_CALLS; call++) {
		if (n && ranges[n - 1].rule == r->of_call[call])
			continue;
		if (n == MAX_RANGES - 2) /* two more below */
			return 0;
		ranges[n++] = (struct range){ .from = call, .rule = r->of_call[call] };
	}
	if (ranges[n - 1].rule != RULE_OTHERS)
		ranges[n++] = (struct range){ .from = MAX_CALLS, .rule = RULE_OTHERS };
#ifdef __x86_64__
	ranges[n++] = (struct range){ .from = 0x40000000, .rule = RULE_KILL }; /* x32 */
#endif
	return n;
}

enum { MAX_STEPS = 384, MAX_JUMP = 255 };

/* Made from its end to its beginning: jumps only go forward, so where they go is
 * known then. A place is counted from the end. */
struct filter {
	const struct rule *rules;
	unsigned answered[MAX_RULES * 2]; /* the places of answers, the latest last */
	unsigned n_answered;
	unsigned n;
	struct sock_filter step[MAX_STEPS];
};

/* Put a step before all others, and return its place. */
static unsigned add_step(struct filter *f, unsigned code, unsigned k, unsigned yes, unsigned no)
{
	if (f->n < MAX_STEPS)
		f->step[MAX_STEPS - 1 - f->n] = (struct sock_filter){
			.code = (uint16_t)code, .k = k, .jt = (uint8_t)yes, .jf = (uint8_t)no,
		};
	return f->n++;
}

/* A place that leads to this one, and that the next two steps can jump to. */
static unsigned near(struct filter *f, unsigned place)
{
	return f->n - place < MAX_JUMP - 2 ?
		       place : add_step(f, BPF_JMP | BPF_JA, f->n - place - 1, 0, 0);
}

static unsigned add_compare(struct filter *f, unsigned how, unsigned k, unsigned yes, unsigned no)
{
	return add_step(f, BPF_JMP | BPF_K | how, k, f->n - yes - 1, f->n - no - 1);
}

/* Where this is answered: one place for all, as long as it is near. */
static unsigned answer_at(struct filter *f, unsigned answer)
{
	unsigned place;

	for (unsigned i = f->n_answered; i-- > 0;) {
		place = f->answered[i];
		if (f->n - place >= MAX_JUMP - 4)
			break;
		if (place < MAX_STEPS && f->step[MAX_STEPS - 1 - place].k == answer)
			return place;
	}
	place = add_step(f, BPF_RET | BPF_K, answer, 0, 0);
	if (f->n_answered < sizeof(f->answered) / sizeof(f->answered[0]))
		f->answered[f->n_answered++] = place;
	return place;
}

static unsigned add_rule_steps(struct filter *f, const struct rule *r)
{
	unsigned otherwise, answer, place;

	if (!r->bits && !r->n_values)
		return answer_at(f, r->answer);
	otherwise = answer_at(f, r->otherwise);
	answer = answer_at(f, r->answer);
	otherwise = near(f, otherwise);
	answer = near(f, answer);
	if (r->bits)
		place = add_compare(f, BPF_JSET, r->bits, otherwise, answer);
	else
		place = otherwise;
	for (unsigned i = r->n_values; i-- > 0;)
		place = add_compare(f, BPF_JEQ, r->values[i], near(f, answer), near(f, place));
	/* the lower half: all that the kernel looks at, here */
	return add_step(f, BPF_LD | BPF_W | BPF_ABS,
			(unsigned)offsetof(struct seccomp_data, args) + 8 * r->argument, 0, 0);
}

/* How many calls the kernel may have in these ranges. */
static unsigned weight(const struct range *ranges, unsigned n)
{
	unsigned from = ranges[0].from, to = ranges[n].from;

	return (to < MAX_CALLS ? to : MAX_CALLS) - (from < MAX_CALLS ? from : MAX_CALLS);
}

/* A tree of comparisons, with about as many calls on either side: the kernel runs the
 * filter once for every call it has when the filter is installed, and compiles it; a
 * list would take a good part of a summary's time. Behind the last of the ranges is
 * one more, which only ends it. */
static unsigned add_tree(struct filter *f, const struct range *ranges, unsigned n)
{
	unsigned half = 1, low, high;

	if (n == 1)
		return add_rule_steps(f, &f->rules[ranges[0].rule]);
	while (half < n - 1 && 2 * weight(ranges, half) < weight(ranges, n))
		half++;
	high = add_tree(f, ranges + half, n - half);
	low = add_tree(f, ranges, half);
	high = near(f, high);
	low = near(f, low);
	return add_compare(f, BPF_JGE, ranges[half].from, high, low);
}

/* False when there is no room for it. */
static bool make_filter(struct filter *f, const struct rules *r)
{
	struct range ranges[MAX_RANGES + 1];
	unsigned n = make_ranges(ranges, r), place;

	f->rules = r->rule;
	f->n = f->n_answered = 0;
	if (!n || r->too_many)
		return false;
	ranges[n].from = UINT_MAX;
	/* What is begun last comes first: the architecture, then the call. */
	place = add_tree(f, ranges, n);
	if (place != f->n - 1)
		(void)add_step(f, BPF_JMP | BPF_JA, f->n - place - 1, 0, 0);
	/* The kernel follows a filter for every call it has, to know those that are always
	 * allowed. That takes longer than a summary's few calls gain by it: it gives up
	 * where X is set. */
	(void)add_step(f, BPF_MISC | BPF_TAX, 0, 0, 0);
	place = add_step(f, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
	(void)add_compare(f, BPF_JEQ, CONFINE_ARCH, place,
			  near(f, answer_at(f, SECCOMP_RET_KILL_PROCESS)));
	(void)add_step(f, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch), 0, 0);
	return f->n <= MAX_STEPS;
}

static bool seccomp_start(const struct confine_needs *needs)
{
	const unsigned self = (unsigned)syscall(__NR_getpid);
	struct rules rules;
	struct filter f;
	struct sock_fprog program;
	unsigned flags = 0;

	make_rules(&rules, needs, &self);
	if (!make_filter(&f, &rules))
		return false;
	program.filter = f.step + MAX_STEPS - f.n;
	program.len = (unsigned short)f.n;
#ifdef SECCOMP_FILTER_FLAG_SPEC_ALLOW
	/* Without it, kernels before 5.16 slow every load down from here on, against
	 * spying by code that a process lets others write; there is none here. */
	flags = SECCOMP_FILTER_FLAG_SPEC_ALLOW;
#endif
	return syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program) == 0 ||
	       (flags && syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0);
}

#else

static bool seccomp_start(const struct confine_needs *needs)
{
	(void)needs;
	return false;
}

#endif

/* A tool that shares the process with us (valgrind) needs what we would give up. */
static bool wanted(void)
{
	const char *word = getenv("ISOKIT_CONFINE");

	return CONFINE_POSSIBLE && !(word && strcmp(word, "no") == 0);
}

void confine_start(const struct confine_needs *needs, struct confine_state *ret_state)
{
	struct confine_state state = { 0 };

	/* No file that is executed gives more rights than we have: both want it first. */
	if (wanted() && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) {
		state.landlock = landlock_start(needs);
		state.seccomp = !needs->no_filter && seccomp_start(needs);
	}
	if (ret_state)
		*ret_state = state;
}
