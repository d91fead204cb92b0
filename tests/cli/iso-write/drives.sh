# SPDX-License-Identifier: GPL-3.0-or-later
# Loop devices that a test makes, and nothing else, are what tests of iso-write write to.
#
#	new_drive NAME SIZE   a loop device over the file NAME, full of what is not zero;
#	                      its path is in $drive, and $drives has all of them
#	before NAME SIZE      what it is full of
#	sum_of FILE           its SHA-256
#	boot_iso FILE         a hybrid image that boots from a stick, as far as we judge
#	disc_iso FILE         one that boots from a disc only
need_command iso-write
need_command iso-build
need losetup
[ "$(id -u)" = 0 ] || skip "only root has loop devices"
need_hashes
drives=() drive=

end_drives() {
	local d
	for d in "${drives[@]}"; do
		umount "$d" 2>/dev/null
		blockdev --setrw "$d" 2>/dev/null # the next one who gets it finds it so
		losetup -d "$d" 2>/dev/null
	done
}
trap 'end_drives; _cleanup' EXIT

# One at a time: who looks for a free one opens it to write, which the guard sees when another test
# has just got it.
attach() { flock /dev/loop-control losetup -f --show "$@"; }

# Not zeros: what is left of it can be seen.
before() { yes "$1 was here before" | head -c "$2"; }

new_drive() {
	local n
	n=$(numfmt --from=iec "$2") || fail "$2 is no size"
	before "$1" "$n" >"$1" || fail "no room for $1"
	drive=$(attach "$PWD/$1" 2>"$_top/losetup") ||
		skip "no loop device: $(cat "$_top/losetup")"
	drives+=("$drive")
	blockdev --setrw "$drive"
}

sum_of() { sync "$1" 2>/dev/null; sha256sum <"$1"; }

. "$ISOKIT_SOURCE/tests/cli/iso-build/trees.sh"

boot_iso() {
	local tree
	tree=$(mktemp -d "$_top/tree.XXXXXX")
	mkdir -p "$tree/isolinux" "$tree/EFI/BOOT"
	fake_isolinux "$tree/isolinux/isolinux.bin"
	touch "$tree/isolinux/isolinux.cfg" "$tree/isolinux/ldlinux.c32"
	fake_isohdpfx "$tree/isolinux/isohdpfx.bin"
	fake_efi "$tree/EFI/BOOT/BOOTX64.EFI"
	head -c "${2-3000000}" /dev/urandom >"$tree/data"
	"$(command_path iso-build)" -q -V STICK -o "$1" "$tree" || fail "iso-build fails"
	rm -rf "$tree"
}

disc_iso() {
	local tree
	tree=$(mktemp -d "$_top/tree.XXXXXX")
	mkdir -p "$tree"
	echo text >"$tree/file"
	"$(command_path iso-build)" -q -V DISC --boot=none --hybrid=none -o "$1" "$tree" ||
		fail "iso-build fails"
	rm -rf "$tree"
}

# Is the beginning of a drive this file? Asked of the file behind it.
expect_written() { # DRIVE-FILE IMAGE
	sync "$1"
	cmp -n "$(stat -c %s "$2")" "$1" "$2" || fail "$1 does not hold $2"
}

# Told in these words, and the drive is as it was, or begun and blank at its beginning.
expect_refused() { # DRIVE-FILE WORDS
	expect_status 2
	tr -s ' \n' ' ' <"$err" >words
	grep -Eq -e "$2" words || fail "not told: $2"
	sync "$1"
	cmp -s -n 1048576 "$1" /dev/zero || cmp -s "$1" <(before "$1" "$(stat -c %s "$1")") ||
		fail "the drive is neither as it was nor blank at its beginning"
}
