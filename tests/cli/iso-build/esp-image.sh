# SPDX-License-Identifier: GPL-3.0-or-later
# The FAT image made for an EFI folder is sound for fsck.fat and equal to the folder
# for mtools and 7zz: odd names, many files, FAT12 and FAT16.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/trees.sh"
need_command iso-build
need jq mcopy fsck.fat
PATH=$PATH:/usr/sbin:/sbin

# part: takes the partition out of x.iso.
part() {
	local lba bytes
	run iso-inspect --json x.iso
	lba=$(jq '.el_torito.entries[0].lba' "$out")
	bytes=$(jq '.gpt.partitions[] | select(.type_guid[0:8] == "C12A7328") |
		(.last_lba - .first_lba + 1) * 512' "$out")
	tail -c +$((lba * 2048 + 1)) x.iso | head -c "$bytes" >part.img
}
check() {
	run iso-build -q --force --system-root "$PWD/none" -o x.iso tree
	expect_status 0
	part
	run fsck.fat -n part.img
	expect_status 0
	rm -rf got
	mkdir got
	mcopy -s -n -i part.img ::/EFI got || fail "mtools cannot read it"
	diff -r tree/EFI got/EFI || fail "the partition differs from the folder"
	if command -v 7zz >/dev/null; then
		rm -rf got
		7zz x -ogot part.img >/dev/null || fail "7zz cannot read it"
		diff -r tree/EFI got/EFI || fail "7zz sees another content"
	fi
}

fake_efi tree/EFI/BOOT/BOOTX64.EFI
check
file -b part.img | grep -q 'FAT (12' || echo "$(file -b part.img)"

mkdir -p 'tree/EFI/A long folder name/with.dots.in it' tree/EFI/empty
: >'tree/EFI/A long folder name/nothing'
echo 1 >'tree/EFI/A long folder name/with.dots.in it/Ünïcödé ☃.text'
for i in $(seq 300); do echo "$i" >"tree/EFI/BOOT/some long file name $i.config"; done
echo exact >tree/EFI/BOOT/SOMELO~1.CON
echo lower >tree/EFI/BOOT/lower.txt
check

head -c 12000001 /dev/urandom >tree/EFI/BOOT/kernel
check
# All that remains is the slack: it is not much larger than its content.
[ "$(stat -c %s part.img)" -lt 13500000 ] || fail "the image is too large"

# Twice the same.
cp part.img first.img
sleep 1
check
expect_same first.img part.img
