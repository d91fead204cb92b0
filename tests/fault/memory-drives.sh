#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# iso-write without memory: it ends with status 2 and says so, the drive is as it was or its
# beginning blank; and what it writes all the same it has looked at.
. "$(dirname "$0")/../cli/lib.sh"
. "$(dirname "$0")/../cli/iso-write/drives.sh"
. "$(dirname "$0")/memory-lib.sh"

boot_iso x.iso 1500000
new_drive a 16M; a=$drive
bytes=$(stat -c %s x.iso)
make_state() {
	yes 'a was here before' | head -c 2M | dd of=a conv=notrunc status=none
	sync a
}
state() { :; }
whole() { sync a && cmp -n "$bytes" a x.iso; }
looked() { grep -q 'ISO 9660' "$out" || fail "written without a look at it"; }
judge_success() { looked && whole || fail "not what it should be"; }
judge_failure() {
	sync a
	cmp -s -n 1048576 a /dev/zero || [ "$(head -c 10 a)" = 'a was here' ] || whole ||
		fail "the drive half boots"
}
sweep iso-write --yes --fixed-disk x.iso "$a"

judge_failure() { whole || fail "comparing has written"; }
make_state() { dd if=x.iso of=a conv=notrunc status=none; sync a; }
sweep iso-write --compare x.iso "$a"

make_state() { :; }
judge_success() { :; }
judge_failure() { :; }
sweep iso-write --list
echo "$tried runs, $without of them succeeded"
