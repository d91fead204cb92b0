# SPDX-License-Identifier: GPL-3.0-or-later
# An EFI partition over 32 MiB does not fit El Torito's load size. Behind the
# ISO file system it must not become 0, "to the end of the volume".
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/trees.sh"
need_command iso-build
need jq

fake_isolinux tree/isolinux/isolinux.bin
mkdir -p system/usr/lib/ISOLINUX
fake_isohdpfx system/usr/lib/ISOLINUX/isohdpfx.bin
fake_efi tree/EFI/BOOT/BOOTX64.EFI
truncate -s 34M tree/EFI/BOOT/large.bin
run iso-build --system-root "$PWD/system" -o x.iso tree
expect_status 0
run iso-inspect --json x.iso
expect_json '.el_torito.entries[1] | .platform == "uefi" and .load_sectors == 65535'
expect_json '.boot.uefi_cd.bootable and .boot.uefi_usb.bootable and .problems == []'

# To a pipe as well.
run iso-build --system-root "$PWD/system" -o - tree
expect_status 0
cp "$out" y.iso
run iso-inspect --json y.iso
expect_json '.el_torito.entries[1].load_sectors == 65535 and .boot.uefi_cd.bootable'
