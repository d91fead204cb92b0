# SPDX-License-Identifier: GPL-3.0-or-later
# Images are looked at with no other drive in reach, where the kernel has Landlock; without it all
# works the same.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/drives.sh"

boot_iso x.iso
new_drive a 16M; a=$drive
run iso-write -v --yes --fixed-disk x.iso "$a"
expect_status 0
expect_written a x.iso
confined=no
grep -q 'confined by Landlock' "$err" && confined=yes

without=$ISOKIT_BUILD/tests/without
if [ -x "$without" ]; then
	run "$without" landlock seccomp "$(command_path iso-write)" -v --yes --fixed-disk x.iso "$a"
	expect_status 0
	expect_stderr_lacks 'confined by'
	expect_written a x.iso
fi
[ $confined = yes ] || skip "no Landlock"
need strace
export LD_LIBRARY_PATH=$ISOKIT_BUILD/.libs${LD_LIBRARY_PATH+:$LD_LIBRARY_PATH}
# By its number: an older strace has no name for the call.
run strace -f -e trace=openat,open,446 -o calls "$(binary_path iso-write)" \
	--yes --fixed-disk x.iso "$a"
expect_status 0
call='landlock_restrict_self|syscall_0x1be'
grep -Eq "$call" calls || skip "strace sees no Landlock"
# Behind it nothing is opened for writing but the drive.
sed -E "1,/$call/d" calls >later
grep -E 'O_(RDWR|WRONLY|CREAT)' later | grep -v " = -1 " | grep -v "\"$a\"" >strange
[ ! -s strange ] || fail "opened for writing: $(cat strange)"
grep -q "\"$a\".*O_RDWR.*O_EXCL\|\"$a\".*O_EXCL.*O_RDWR\|\"$a\", O_RDWR" later || fail "the drive is opened before"
