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
# The one program that may be started: it makes what a BIOS starts.
if [ -x /usr/bin/grub-mkimage ] && [ -f /usr/lib/grub/i386-pc/boot.img ]; then
	mkdir -p t/boot/grub/i386-pc t/EFI/BOOT
	echo 'menuentry x { halt }' >t/boot/grub/grub.cfg
	cp /usr/lib/grub/i386-pc/normal.mod t/boot/grub/i386-pc/
	fake_efi t/EFI/BOOT/BOOTX64.EFI
	"$(command_path iso-build)" -q -V GRUB --boot=none -o grub.iso t || fail "iso-build fails"
	new_drive wide 80M
	run iso-write --yes --fixed-disk --as=files grub.iso "$drive"
	expect_status 0
	expect_stdout_has '^  boots from a stick by BIOS and UEFI$'
	expect_stderr_has 'from a BIOS it boots by GRUB of this computer'
fi
# What is on a drive was written by somebody else, too.
for task in --restore --probe=quick; do
	run iso-write -v --yes --fixed-disk $task "$a"
	expect_status 0
	[ $confined = no ] || expect_stderr_has 'confined by Landlock'
done
run iso-write --yes --fixed-disk x.iso "$a"

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
