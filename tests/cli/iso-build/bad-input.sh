# SPDX-License-Identifier: GPL-3.0-or-later
# What cannot be built: one line that names the thing, exit status 2, no partial
# output, and an old file as it was.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/trees.sh"
need_command iso-build

mkdir tree
echo x >tree/file

failed() {
	local text=$1
	shift
	TEST_TIMEOUT=20 run iso-build "$@"
	expect_status 2
	expect_stdout ''
	expect_stderr_lines 1
	expect_stderr_has "^iso-build: $text"
}

failed 'nowhere: ' -o x.iso nowhere
failed 'isolinux/isolinux.bin: not in the tree given \(needed by --bios\)' \
	-o x.iso --bios isolinux/isolinux.bin tree
failed 'efi.img: not in the tree given \(needed by --efi\)' -o x.iso --efi efi.img tree
failed 'EFI: not in the tree given \(needed by --esp\)' -o x.iso --esp EFI tree
failed 'file: is no folder \(needed by --esp\)' -o x.iso --esp file tree
failed 'no-such-code: ' -o x.iso --mbr no-such-code tree
failed '.*not-there' -o x.iso --remove not-there tree
failed '.*32' -o x.iso -V "$(printf 'A%.0s' {1..33})" tree
failed '.*128' -o x.iso --publisher "$(printf 'A%.0s' {1..129})" tree
expect_files tree

# Output: inside its source; a folder; over a file that is no image; nowhere.
failed '.*tree/x.iso' -o tree/x.iso tree
failed 'tree: ' -o tree tree/file
failed 'none/x.iso: ' -o none/x.iso tree
echo precious >x.iso
failed 'x.iso: ' -o x.iso tree
[ "$(cat x.iso)" = precious ] || fail "the old file was changed"
run iso-build -q --force -o x.iso tree
expect_status 0
cp x.iso first.iso
run iso-build -q -V SECOND -o x.iso tree
expect_status 0
cmp -s x.iso first.iso && fail "an old image was not replaced"

# One image can be changed; with a place of its own it is a file.
failed 'first.iso: is the second image' -o y.iso x.iso first.iso
run iso-build -q -o y.iso /in/first.iso=first.iso
expect_status 0
rm x.iso y.iso first.iso

# Names: no byte is too odd for Rock Ridge, but a path has its limits.
mkdir -p "tree/$(printf 'n%.0s' {1..255})"
run iso-build -q -o x.iso tree
expect_status 0
rm -r tree/n* x.iso

# A folder that nobody may read (root may).
if [ "$(id -u)" -ne 0 ]; then
	mkdir tree/closed
	chmod 0 tree/closed
	failed '.*tree/closed: ' -o x.iso tree
	rmdir tree/closed
	echo secret >tree/secret
	chmod 0 tree/secret
	failed '.*tree/secret: ' -o x.iso tree
	rm -f tree/secret
fi

# Links that lead back or nowhere are stored, not followed.
ln -s . tree/self
ln -s ../tree tree/up
ln -s nowhere tree/broken
run iso-build -q -o x.iso tree
expect_status 0
rm x.iso

# Two names of the EFI partition that differ in case only.
fake_efi tree/EFI/BOOT/BOOTX64.EFI
fake_efi tree/EFI/BOOT/bootx64.efi
failed '.*(bootx64.efi|BOOTX64.EFI): is there twice' -o x.iso tree
expect_files tree
