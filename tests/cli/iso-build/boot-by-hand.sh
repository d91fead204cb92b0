# SPDX-License-Identifier: GPL-3.0-or-later
# Each boot option by hand, judged by the facts of the finished image and, where it is
# installed, by xorriso.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/trees.sh"
need_command iso-build
need jq

none=(--system-root "$PWD/none")
fake_isolinux tree/isolinux/isolinux.bin
touch tree/isolinux/isolinux.cfg tree/isolinux/ldlinux.c32
fake_isohdpfx code
fake_efi tree/EFI/BOOT/BOOTX64.EFI
head -c 1474560 /dev/zero >tree/floppy.img
put tree/floppy.img 0 '\353\376'
put tree/floppy.img 510 '\125\252'
head -c 5000 /dev/zero | tr '\0' '\220' >tree/plain.bin

build() {
	run iso-build -q "${none[@]}" --force -o x.iso "$@" tree
	expect_status 0
	run iso-inspect --json x.iso
	expect_status 0
}
peer() {
	command -v xorriso >/dev/null || return 0
	xorriso -indev x.iso -report_el_torito plain -report_system_area plain 2>/dev/null |
		grep -Eq -e "$1" || fail "xorriso does not say: $1"
}

build --boot=none
expect_json '.el_torito == null and .gpt == null and .mbr.signature != true'

# Only what is named: no UEFI entry for the EFI folder.
build --bios isolinux/isolinux.bin
expect_json '[.el_torito.entries[].platform] == ["bios"] and .el_torito.entries[0].boot_info_table'
peer '^El Torito boot img : +1 +BIOS +y +none +0x0000 +0x00 +4 '
build --bios isolinux/isolinux.bin --boot=auto
expect_json '[.el_torito.entries[].platform] == ["bios", "uefi"]'

build --bios isolinux/isolinux.bin --no-boot-info-table
expect_json '.el_torito.entries[0].boot_info_table | not'
build --bios plain.bin
expect_json '.el_torito.entries[0] | (.boot_info_table | not) and .load_sectors == 4'
build --bios plain.bin --boot-info-table --load-sectors 10
expect_json '.el_torito.entries[0] | .boot_info_table and .load_sectors == 10'
peer '^El Torito img opts : +1 .*boot-info-table'

build --bios floppy.img --emulation floppy-1.44
expect_json '.el_torito.entries[0] | .emulation == "floppy-1.44" and .load_sectors == 1'
peer '^El Torito boot img : +1 +BIOS +y +fd1.4 '
run iso-build -q --force -o y.iso --bios floppy.img --emulation floppy-2.88 tree
expect_status 2
expect_stderr 'iso-build: /floppy.img: has 1474560 bytes, the emulated floppy 2949120'

build --esp EFI
expect_json '[.el_torito.entries[].platform] == ["uefi"] and .boot.uefi_cd.bootable and
	.boot.uefi_usb.bootable'
mkdir tree/part
mv tree/EFI tree/part/EFI
build --esp part
expect_json '.boot.uefi_cd.bootable and .boot.uefi_usb.bootable'

build --bios isolinux/isolinux.bin --mbr code
expect_json '.mbr.boot_code == "isolinux" and .boot.bios_usb.bootable'
peer '^System area summary: MBR isohybrid'
run iso-build -q --force -o y.iso --bios plain.bin --mbr code tree
expect_status 2
expect_stderr_has '^iso-build: code: starts isolinux.bin, but that is not the BIOS image'

# Tables.
build --bios isolinux/isolinux.bin --esp part --mbr code --hybrid=gpt
expect_json '.gpt.crc_ok and .boot.bios_usb.bootable and .boot.uefi_usb.bootable'
build --bios isolinux/isolinux.bin --esp part --mbr code --hybrid=mbr
expect_json '.gpt == null and ([.mbr.partitions[] | select(.type == 239)] | length == 1) and
	.boot.bios_usb.bootable and .boot.uefi_usb.bootable'
# Code that isokit does not know is taken as it is; the table has one active entry.
head -c 440 /dev/zero | tr '\0' '\220' >mycode
build --mbr mycode --boot=auto --exclude part --exclude isolinux --exclude EFI
expect_json '.mbr.signature and (.mbr.partitions | length == 1 and .[0].active)'
cmp -n 440 x.iso mycode || fail "the code was changed"
rm mycode
build --bios isolinux/isolinux.bin --esp part --hybrid=none
expect_json '.gpt == null and .mbr.signature != true and .boot.bios_cd.bootable and
	.boot.uefi_cd.bootable and (.boot.usb_bootable | not)'
build --bios isolinux/isolinux.bin --esp part --mbr code --apm
expect_json '(.apm.partitions | length) > 0'
peer '^System area summary: .*APM'
rm -f y.iso

# A loader out of another image, changed since: nobody asks for a new table, so what
# lies in it by chance is no fault of the build.
build --bios isolinux/isolinux.bin --hybrid=none
head=$(od -An -tx1 -N 24 -j 8 tree/isolinux/isolinux.bin)
lba=$(jq '.boot.el_torito.entries[0].lba // .el_torito.entries[0].lba' "$out")
printf '\20\0\0\0\%o\%o\0\0\0\40\0\0\1\2\3\4' $((lba & 255)) $((lba >> 8)) |
	dd of=tree/isolinux/isolinux.bin bs=1 seek=8 conv=notrunc status=none
[ "$(od -An -tx1 -N 24 -j 8 tree/isolinux/isolinux.bin)" != "$head" ] || fail "not patched"
run iso-build "${none[@]}" --bios isolinux/isolinux.bin --hybrid=none --no-boot-info-table -o x.iso tree
expect_status 0
expect_stderr_has '^iso-build: /isolinux/isolinux.bin: warning: holds addresses of another image'
expect_stdout_has 'bios-cd +no +the boot info table of /isolinux/isolinux.bin is wrong'
bsdtar -xOf x.iso isolinux/isolinux.bin | cmp - tree/isolinux/isolinux.bin || fail "the loader was changed"
expect_files code tree x.iso
