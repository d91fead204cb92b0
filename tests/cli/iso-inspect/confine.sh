#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# iso-inspect gives up files, network and programs before it looks at an image, and
# says the same things where the kernel cannot take them away.
. "$(dirname "$0")/../lib.sh"

image() { "$ISOKIT_BUILD/tests/unhex" "$ISOKIT_SOURCE/testdata/images/$1.hex" >"$2" || fail "$1"; }
image base good.iso
image bsdtar-rr-joliet second.iso
image dir-loop-to-root bad.iso
mkdir folder
mkfifo pipe
ln -s second.iso link
cp good.iso secret && chmod 000 secret
without=$ISOKIT_BUILD/tests/without
"$without" landlock true
case $? in
0) ;;
*) skip "no system call can be taken away here" ;;
esac

# ---- the same answers -----------------------------------------------------------
n=0
same() {
	local kinds expected
	n=$((n + 1))
	run iso-inspect "$@"
	expected=$status
	cp "$out" stdout.is; cp "$err" stderr.is
	for kinds in landlock seccomp 'landlock seccomp' 'landlock seccomp prctl'; do
		run "$without" $kinds "$ISOKIT_BUILD/iso-inspect" "$@"
		[ "$status" = "$expected" ] || fail "without $kinds: status $status, not $expected"
		expect_same "$out" stdout.is
		expect_same "$err" stderr.is
	done
	run iso-inspect "$@"
}
for action in '' --json --check -v; do
	same $action good.iso
	same $action good.iso second.iso link bad.iso
	same $action good.iso folder absent pipe /dev/null secret second.iso
done
expect_status 2
expect_stderr_has 'folder: is a folder, not an image'
expect_stderr_has 'absent: .*No such file'
expect_stderr_has '/dev/null: .*neither'
same --list good.iso bad.iso
same --list --json good.iso second.iso
same --require iso good.iso second.iso
same absent good.iso
same folder good.iso
[ "$n" = 17 ] || fail "$n comparisons"
for kinds in 'landlock seccomp'; do
	run "$without" $kinds "$ISOKIT_BUILD/iso-inspect" - <good.iso
	cp "$out" stdout.is
	run iso-inspect - <good.iso
	expect_status 0
	expect_same "$out" stdout.is
	run iso-inspect - second.iso <good.iso
	expect_status 0
done

[ "${ISOKIT_INSTRUMENTED-no}" = no ] || exit 0

# ---- what holds is said when asked ------------------------------------------------
run "$without" landlock seccomp "$ISOKIT_BUILD/iso-inspect" -vv good.iso
expect_status 0
expect_stderr 'iso-inspect: not confined: the kernel offers nothing'
ISOKIT_CONFINE=no run iso-inspect -vv good.iso
expect_stderr 'iso-inspect: not confined: the kernel offers nothing'

# ---- before the first byte ---------------------------------------------------------
need strace
strace -o probe true 2>/dev/null || skip "strace cannot be used here"
run iso-inspect -vv good.iso
grep -q seccomp "$err" || skip "the kernel has no seccomp"
landlock=$(grep -c Landlock "$err")
for action in '' --json --check --list; do
	strace -f -o trace "$ISOKIT_BUILD/iso-inspect" $action good.iso second.iso >/dev/null ||
		fail "strace: status $?"
	awk -v landlock="$landlock" '
		/open.*"good.iso"/ { opened = NR; if (!/O_PATH/) fds = fds "|" $NF }
		/landlock_restrict_self\(.* = 0/ { restricted = NR }
		/seccomp\(SECCOMP_SET_MODE_FILTER.* = 0/ { filtered = NR }
		opened && !first && $0 ~ "(pread64|read)\\((none" fds ")," { first = NR }
		filtered && /execve|socket|O_CREAT|O_WRONLY|O_RDWR/ { bad = $0 }
		/open.*"second.iso"/ { second = NR }
		END {
			if (!opened || !first || !second) { print "not read: " FILENAME; exit 1 }
			if (!filtered || filtered > first) { print "read before seccomp"; exit 1 }
			if (landlock && (!restricted || restricted > first)) {
				print "read before Landlock"; exit 1
			}
			if (bad) { print "confined, and: " bad; exit 1 }
		}' trace || fail "iso-inspect $action"
done
exit 0
