# SPDX-License-Identifier: GPL-3.0-or-later
# -n says what a build would make, to the byte, and writes nothing.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/trees.sh"
need_command iso-build
need jq

fake_isolinux tree/isolinux/isolinux.bin
touch tree/isolinux/isolinux.cfg tree/isolinux/ldlinux.c32
fake_isohdpfx tree/isolinux/isohdpfx.bin
fake_efi tree/EFI/BOOT/BOOTX64.EFI
head -c 5000000 /dev/urandom >tree/big

run iso-build -n tree
expect_status 0
expect_stderr ''
expect_stdout_has '^would write an image: [0-9.]+ MiB \([0-9]+ bytes\), volume ISOIMAGE$'
expect_stdout_has '^  entry 1 +BIOS: /isolinux/isolinux.bin, isolinux, block [0-9]+, load 4 sectors, boot info table$'
expect_stdout_has '^  entry 2 +UEFI: the EFI partition'
expect_stdout_has '^  bios-usb +yes'
expect_stdout_has '^  uefi-cd +yes x64'
expect_files tree

run iso-build -n --json -o x.iso tree
expect_status 0
expect_files tree
expect_json '.schema == "isokit.build/1" and .written == false and .path == "x.iso"'
cp "$out" planned
run iso-build --json -o x.iso tree
expect_status 0
expect_json '.written'
[ "$(jq .size "$out")" -eq "$(stat -c %s x.iso)" ] || fail "the size is not that of the file"
expect_json '.sha256 and all(.contents[]; .sha256 or .size == 0)'
expect_json 'all(.contents[]; .sha256 == null)' planned
jq -S 'del(.written)' planned >a
jq -S 'del(.written, .sha256, .contents[].sha256)' "$out" >b
expect_same a b
run iso-inspect --json x.iso
jq -S '.boot | [.bios_cd, .bios_usb, .uefi_cd, .uefi_usb] | map(.bootable)' "$out" >a
jq -S '.boot | [.bios_cd, .bios_usb, .uefi_cd, .uefi_usb] | map(.bootable)' planned >b
expect_same a b

# -o - with -n prints the plan, not an image.
run iso-build -n -o - tree
expect_status 0
expect_stdout_has '^would write -: '
