# SPDX-License-Identifier: GPL-3.0-or-later
# A signal, a kill, or a drive that dies, in the n-th call that touches the drive, whatever is done with
# it: what is said of the drive then is true. $MOMENTS: at how many moments of each; 0: at all of them.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/drives.sh"
[ "$ISOKIT_INSTRUMENTED" = no ] || skip "a sanitizer wants to be the first library"
need blkid
shim=$ISOKIT_BUILD/tests/.libs/baddrive.so
[ -f "$shim" ] || skip "no library to preload"
export LD_LIBRARY_PATH=$ISOKIT_BUILD/.libs${LD_LIBRARY_PATH+:$LD_LIBRARY_PATH}
export SOURCE_DATE_EPOCH=1700000000
program=$(binary_path iso-write)

boot_iso x.iso 5000000
disc_iso d.iso
new_drive source 8M; source=$drive
"$program" -q --yes --fixed-disk="$source" x.iso "$source" || fail "the drive to clone cannot be written"

# on SIZE: a drive of that size, a in the file a
on() {
	rm -f a
	new_drive a "$1"; a=$drive
	cp a old
}

# with HOW: the task on a drive that is full of old things
with() {
	cat old >a
	sync a
	BADDRIVE="$1" BADDRIVE_FILE="$a" BADDRIVE_COUNT=9 LD_PRELOAD="$shim" \
		"$program" --yes --fixed-disk="$a" "${task[@]}" >"$out" 2>"$err" 9>calls
	status=$?
	sync a
}

blank() { cmp -s -n 4096 a /dev/zero; }

# What was said of the drive.
expect_true() {
	if [ "$status" = 0 ]; then
		whole || fail "$*: it is not what was to be written"
	elif grep -q 'nothing was written' "$err"; then
		cmp -s old a || fail "$*: something was written: $(cat "$err")"
	elif grep -q 'first sectors are blank' "$err"; then
		blank || { od -A d -x a | head -20; fail "$*: its first sectors are not blank: $(cat "$err")"; }
	elif ! grep -q 'could not be made blank' "$err"; then
		# Only the first MiB comes after "everything".
		[ "$name" = probe ] && [ "$status" = 1 ] || fail "$*: no word of the drive: $(cat "$out" "$err")"
	fi
}

# Nobody can say anything.
expect_sound() {
	cmp -s old a || blank || whole || { [ "$name" = probe ] && [ -z "$(blkid -p -o export a)" ]; } ||
		fail "$*: it begins with something else"
}

whole() {
	if [ "$name" = probe ]; then blank; else cmp -s after a; fi
}

# each NAME ARGUMENT…: iso-write --yes ARGUMENT… at some moments
each() {
	name=$1
	shift
	local n at i points kind
	task=("$@")
	with none
	[ "$status" = 0 ] || fail "$*: $(cat "$err")"
	cp --sparse=always a after
	n=$(cat calls)
	[ "$n" -ge 10 ] || fail "$*: only $n calls"
	points=${MOMENTS-4}
	[ "$points" != 0 ] && [ "$points" -lt "$n" ] || points=$n
	for ((i = 0; i < points; i++)); do
		# From the end: there it is most delicate.
		at=$((i < points / 2 ? n - i : 1 + (i - points / 2) * n / (points - points / 2)))
		for kind in "signal:$at:15" "signal:$at:9" "dead:$at:5"; do
			with "$kind"
			case $kind in
			*:9) [ "$status" -ge 128 ] && expect_sound "$name $kind" ;;
			*:15) [ "$status" = 130 ] || [ "$status" = 0 ] || fail "$name $kind: exit status $status: $(cat "$err")"
				expect_true "$name $kind" ;;
			*) expect_true "$name $kind" ;;
			esac || fail "$name $kind: exit status $status"
		done
	done
}

on 9M
each image x.iso "$a"
each clone --clone "$source" "$a"
each gpt --fix-gpt x.iso "$a"
on 17M
each probe --probe=quick "$a"
on 36M
each files --as=files x.iso "$a"
each restore --restore "$a"
each exfat --restore --fs=exfat "$a"
each ext4 --restore --fs=ext4 "$a"
on 72M
# What lies behind an image.
mkdir -p l/live l/isolinux l/EFI/BOOT
echo x >l/live/filesystem.squashfs
fake_isolinux l/isolinux/isolinux.bin
fake_isohdpfx l/isolinux/isohdpfx.bin
touch l/isolinux/ldlinux.c32
printf 'label live\n kernel /live/vmlinuz\n append boot=live quiet splash\n' >l/isolinux/isolinux.cfg
fake_efi l/EFI/BOOT/BOOTX64.EFI
"$(command_path iso-build)" -q -V LIVE -o l.iso l || fail "iso-build fails"
each persistence --any --persistence=all l.iso "$a"
