# SPDX-License-Identifier: GPL-3.0-or-later
# --boot=auto: what is found, what is set up for it, and what is said to be missing.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/trees.sh"
need_command iso-build
need jq

none=(--system-root "$PWD/none")
ways() { jq -r '[.boot | .bios_cd, .bios_usb, .uefi_cd, .uefi_usb | .bootable] | join(" ")' "$out"; }
expect_ways() { [ "$(ways)" = "$1" ] || fail "ways: $(ways) where expected: $1"; }
missing() { jq -e --arg p "$1" '.notes[] | select(.kind == "missing" and .path == $p)' "$out" >/dev/null; }

# Nothing that boots.
mkdir tree
echo x >tree/file
run iso-build --json "${none[@]}" -o x.iso tree
expect_status 0
expect_ways 'false false false false'
expect_json '.el_torito == [] and .gpt == false and .mbr == null'
[ "$(head -c 512 x.iso | tr -d '\0' | wc -c)" -eq 0 ] || fail "a data image has an MBR"

# isolinux alone, its boot code not to be had.
fake_isolinux tree/boot/x86_64/loader/isolinux.bin
run iso-build --json "${none[@]}" -o x.iso tree
expect_status 0
expect_ways 'true false false false'
expect_json '.el_torito | length == 1 and .[0].path == "/boot/x86_64/loader/isolinux.bin" and
	.[0].load_sectors == 4 and .[0].boot_info_table and .[0].emulation == "none"'
missing /usr/lib/ISOLINUX/isohdpfx.bin || fail "isohdpfx.bin is not missed"
missing /boot/x86_64/loader/ldlinux.c32 || fail "ldlinux.c32 is not missed"
missing EFI/BOOT/BOOTX64.EFI || fail "a loader for UEFI is not missed"
jq -r '.notes[].message' "$out" | grep -q 'Debian package isolinux' || fail "no package named"
expect_stderr_has '^iso-build: isolinux.cfg: warning: not in the tree'

# A stream leaves no room for a summary: what is missing goes to stderr.
run iso-build "${none[@]}" -o - tree
expect_status 0
expect_stderr_has '^iso-build: /usr/lib/ISOLINUX/isohdpfx.bin: .*Debian package isolinux'
run iso-build -q "${none[@]}" -o - tree
expect_stderr_lacks 'isohdpfx'

# An old one needs no ldlinux.c32.
fake_isolinux tree/boot/x86_64/loader/isolinux.bin 4.07
run iso-build --json "${none[@]}" -o x.iso tree
missing /boot/x86_64/loader/ldlinux.c32 && fail "ldlinux.c32 is asked for by isolinux 4"

# All of it: boot code installed, an EFI folder. The tree shows what was given.
fake_isolinux tree/boot/x86_64/loader/isolinux.bin
touch tree/boot/x86_64/loader/ldlinux.c32 tree/boot/x86_64/loader/isolinux.cfg
fake_isohdpfx none/usr/share/syslinux/isohdpfx.bin
fake_efi tree/EFI/BOOT/BOOTX64.EFI
run iso-build --json "${none[@]}" -o x.iso tree
expect_status 0
expect_stderr ''
expect_ways 'true true true true'
expect_json '.mbr == "isolinux" and .gpt and .efi_partition == "appended" and
	(.notes | map(select(.kind == "missing")) | length == 0)'
run iso-inspect --json x.iso
expect_json '.mbr.boot_code == "isolinux" and ([.mbr.partitions[] | select(.active)] | length == 1)'
expect_json '.gpt.crc_ok and .gpt.backup and
	([.gpt.partitions[] | select(.type_guid == "C12A7328-F81F-11D2-BA4B-00A0C93EC93B")] | length == 1)'
expect_json '[.el_torito.entries[].platform] == ["bios", "uefi"] and ([.problems[] | select(.severity != "note")] == [])'
run iso-inspect --list --json x.iso
jq -r '.path' "$out" | sort >got
(cd tree && find . | sed 's/^\.//; s/^$/\//') | sort >want
expect_same want got

# What is made here replaces nothing, and leaves no folder behind.
echo mine >tree/boot/x86_64/loader/boot.cat
echo mine, too >tree/isokit-efi.img
run iso-build --json "${none[@]}" --hybrid=none -o x.iso tree
expect_status 0
expect_ways 'true false true false'
run iso-inspect --list --json x.iso
jq -r 'select(.type == "file") | .path + " " + (.size | tostring)' "$out" | sort >got
(cd tree && find . -type f -printf '/%P %s\n') | sort >want
expect_same want got
rm tree/boot/x86_64/loader/boot.cat tree/isokit-efi.img

# Code in the tree comes before installed code.
rm -r none
fake_isohdpfx tree/boot/x86_64/loader/isohdpfx.bin
run iso-build --json "${none[@]}" -o x.iso tree
expect_ways 'true true true true'

# GRUB's images, ready made; no partition is appended for an image in the tree.
need mformat mcopy mmd
rm -r tree
fake_grub_image tree/boot/grub/i386-pc/eltorito.img
fake_boot_hybrid tree/boot/grub/i386-pc/boot_hybrid.img
touch tree/boot/grub/grub.cfg
fake_efi loader.efi
mkdir -p tree/images
mformat -C -i tree/images/my-efi.img -T 2880 -h 2 -s 18 ::
mmd -i tree/images/my-efi.img ::/EFI ::/EFI/BOOT
mcopy -i tree/images/my-efi.img loader.efi ::/EFI/BOOT/BOOTX64.EFI
run iso-build --json "${none[@]}" -o x.iso tree
expect_status 0
expect_ways 'true true true true'
expect_json '.mbr == "grub" and .efi_partition == "file" and .el_torito[1].path == "/images/my-efi.img"
	and .el_torito[0].grub2_boot_info'

# Only a menu, and no GRUB on the host.
rm -r tree
mkdir -p tree/boot/grub
touch tree/boot/grub/grub.cfg
run iso-build --json "${none[@]}" -o x.iso tree
expect_status 0
expect_ways 'false false false false'
missing /usr/lib/grub/i386-pc/kernel.img || fail "grub-pc-bin is not missed"
missing /usr/lib/grub/x86_64-efi/kernel.img || fail "grub-efi-amd64-bin is not missed"

# systemd-boot: what its entries name goes into the partition; what is not there is said.
rm -r tree
fake_efi tree/EFI/systemd/systemd-bootx64.efi
mkdir -p tree/loader/entries tree/linux
printf 'timeout 3\n' >tree/loader/loader.conf
printf 'title a\nlinux /linux/vmlinuz\ninitrd /linux/initrd\noptions quiet\n' >tree/loader/entries/a.conf
head -c 300000 /dev/urandom >tree/linux/vmlinuz
run iso-build --json "${none[@]}" -o x.iso tree
expect_status 0
expect_ways 'false false true true'
expect_stderr_has '/linux/initrd: warning: not in the tree given'
offset=$(jq '.el_torito' "$out" >/dev/null; iso_lba=$("$(command_path iso-inspect)" --json x.iso |
	jq '.el_torito.entries[0].lba'); echo $((iso_lba * 2048)))
mcopy -n -i "x.iso@@$offset" ::/linux/vmlinuz vmlinuz || fail "no kernel in the EFI partition"
expect_same vmlinuz tree/linux/vmlinuz
mcopy -n -i "x.iso@@$offset" ::/EFI/BOOT/BOOTX64.EFI boot.efi || fail "no BOOTX64.EFI"
expect_same boot.efi tree/EFI/systemd/systemd-bootx64.efi

# memtest86+ without GRUB: a floppy for discs.
rm -r tree
mkdir -p tree/boot
head -c 140000 /dev/zero >tree/boot/memtest86+x64.bin
put tree/boot/memtest86+x64.bin 0 '\352\005\0\300\007'
put tree/boot/memtest86+x64.bin 510 '\125\252'
put tree/boot/memtest86+x64.bin 514 HdrS
fake_efi tree/boot/memtest86+x64.efi
fake_efi tree/boot/memtest86+ia32.efi '\114\001'
run iso-build --json "${none[@]}" -o x.iso tree
expect_status 0
expect_ways 'true false true true'
expect_json '.el_torito[0].emulation == "floppy-1.44"'
run iso-inspect --json x.iso
expect_json '.boot.uefi_usb.architectures | sort == ["ia32", "x64"]'

# A floppy image, as long as there is one only.
rm -r tree
mkdir -p tree/boot
head -c 1474560 /dev/zero >tree/boot/floppy.img
run iso-build --json "${none[@]}" -o x.iso tree
expect_ways 'false false false false'
put tree/boot/floppy.img 0 '\352\005\0\300\007\214\310'
put tree/boot/floppy.img 510 '\125\252'
run iso-build --json "${none[@]}" -o x.iso tree
expect_status 0
expect_ways 'true false false false'
expect_json '.el_torito[0] | .emulation == "floppy-1.44" and .path == "/boot/floppy.img"'
cp tree/boot/floppy.img tree/other.img
run iso-build --json "${none[@]}" -o x.iso tree
expect_ways 'false false false false'

# Windows: discs only, and why.
rm -r tree
mkdir -p tree/boot
head -c 4096 /dev/zero >tree/boot/etfsboot.com
put tree/boot/etfsboot.com 0 '\372\063\300'
put tree/boot/etfsboot.com 400 'BOOTMGR'
run iso-build --json "${none[@]}" -o x.iso tree
expect_status 0
expect_ways 'true false false false'
expect_json '.el_torito[0].load_sectors == 8 and (.el_torito[0].boot_info_table | not)'
