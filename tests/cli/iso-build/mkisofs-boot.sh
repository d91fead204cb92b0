# SPDX-License-Identifier: GPL-3.0-or-later
# The boot options of mkisofs: each line gives the boot catalog, the system area and the
# partition tables that xorriso gives, but for addresses and generated numbers.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/trees.sh"
need_command iso-build
need xorriso jq

fake_isolinux tree/isolinux/isolinux.bin
touch tree/isolinux/isolinux.cfg tree/isolinux/ldlinux.c32
fake_grub_image tree/boot/eltorito.img
fake_isohdpfx isohdpfx
fake_boot_hybrid boot_hybrid
# 32 bytes of code that does nothing leave room for an APM's header.
cp isohdpfx isohdpfx-apm
put isohdpfx-apm 0 '\063\355\220\220\220\220\220\220\220\220\220\220\220\220\220\220\220\220\220\220\220\220\220\220\220\220\220\220\220\220\220\220'
head -c 300000 /dev/urandom >tree/efi.img
head -c 200000 /dev/urandom >part.img
head -c 100000 /dev/urandom >tree/rand.bin
head -c 1474560 /dev/zero >tree/flop.img
mkdir tree/System
echo kernel >tree/System/kernel
settle tree

report() {
	xorriso -indev "$1" -report_el_torito plain -report_system_area plain 2>/dev/null | sed -E '
		/^ISO image size|^GPT (disk|partition) GUID|^GPT CRC/d
		s/^(El Torito boot img.*) [0-9]+$/\1 LBA/
		s/^(El Torito catalog  :) .*/\1/
		/^(MBR partition  |GPT start|GPT lba|GPT entry|APM start|El Torito hdsiz)/s/ [0-9]{2,}/ N/g
		/^(MIPS-BE boot entry|SUN SPARC part|SPARC GRUB2 core|HP-PA [^c]|DEC Alpha ldr adr)/{
			s/ [0-9]{2,}( +[0-9]+|$)/ N\1/
			/^SUN/s/ [0-9]{2,}/ N/g
			s/ +/ /g
		}
		s/^(El Torito img blks .*) [0-9]+$/\1 N/'
}
# same OPTIONS…: both programs, equal reports; our image passes its own check.
same() {
	run iso-build --mkisofs -quiet -o ours.iso "$@" tree
	[ "$status" = 0 ] || fail "$*: $(cat "$err")"
	rm -f theirs.iso
	xorriso -as mkisofs -quiet -o theirs.iso "$@" tree 2>theirs.err ||
		fail "xorriso: $*: $(cat theirs.err)"
	report ours.iso >ours
	report theirs.iso >theirs
	diff theirs ours >difference || fail "$*: $(cat difference)"
	run iso-inspect --json ours.iso
}
refused() {
	local words=$1
	shift
	run iso-build --mkisofs -quiet -o ours2.iso "$@" tree
	expect_status 2
	expect_stderr_lines 1
	expect_stderr_has "$words"
	[ ! -e ours2.iso ] || fail "$*: left an image"
}
isolinux=(-b isolinux/isolinux.bin -c isolinux/boot.cat -no-emul-boot -boot-load-size 4
	-boot-info-table)
grub=(-b boot/eltorito.img -no-emul-boot -boot-load-size 4 -boot-info-table --grub2-boot-info)
efi=(-eltorito-alt-boot -e efi.img -no-emul-boot)

# El Torito.
same "${isolinux[@]}"
same -b rand.bin -no-emul-boot
same -b rand.bin -no-emul-boot -boot-load-size full
same -b rand.bin -no-emul-boot -boot-load-size 0
same -b flop.img
same -b flop.img -boot-load-size 7
same -e efi.img -no-emul-boot -boot-load-size 8
same --efi-boot efi.img "${isolinux[@]}"
same "${isolinux[@]}" --efi-boot efi.img --boot-catalog-hide
same "${isolinux[@]}" "${efi[@]}" -eltorito-alt-boot -b rand.bin -no-emul-boot
same -eltorito-platform PPC -b rand.bin -no-emul-boot -boot-load-size 4 -eltorito-alt-boot \
	-b isolinux/isolinux.bin -no-emul-boot
same -b rand.bin -no-emul-boot -eltorito-platform PPC -eltorito-platform 0x11 \
	-b isolinux/isolinux.bin -no-emul-boot
same -b isolinux/isolinux.bin -b rand.bin -no-emul-boot
same -eltorito-id hello -eltorito-selcrit 0102 -b rand.bin -no-emul-boot \
	"${efi[@]}" -eltorito-id 4142434445464748494a4142434445464748494a4142434445464748
refused 'nothere' -b nothere -no-emul-boot
refused 'has 100000 bytes' -b rand.bin

# System area.
head -c 32768 /dev/urandom >area
same -G area
cmp -n 32768 area ours.iso || fail "-G: the system area is another"
same -G isohdpfx "${isolinux[@]}"
same -isohybrid-mbr isohdpfx "${isolinux[@]}"
same -isohybrid-mbr isohdpfx "${isolinux[@]}" -partition_offset 16
same -isohybrid-mbr isohdpfx "${isolinux[@]}" "${efi[@]}" -isohybrid-gpt-basdat
same -isohybrid-mbr isohdpfx "${isolinux[@]}" "${efi[@]}" -isohybrid-gpt-hfsplus
same -isohybrid-mbr isohdpfx-apm "${isolinux[@]}" "${efi[@]}" -isohybrid-gpt-basdat \
	-isohybrid-apm-hfsplus
same -isohybrid-mbr isohdpfx "${isolinux[@]}" -append_partition 3 0x83 part.img
same "${isolinux[@]}" "${efi[@]}" -isohybrid-gpt-basdat -part_like_isohybrid
same --grub2-mbr boot_hybrid "${grub[@]}"
same --grub2-mbr boot_hybrid "${grub[@]}" --protective-msdos-label
same --grub2-mbr boot_hybrid "${grub[@]}" --protective-msdos-label --mbr-force-bootable
same --grub2-mbr boot_hybrid "${grub[@]}" -partition_offset 16 -partition_cyl_align all \
	-append_partition 2 0xef part.img -iso_mbr_part_type 0x83
same --protective-msdos-label
same --protective-msdos-label -partition_offset 16
same --protective-msdos-label -partition_cyl_align on -partition_hd_cyl 64 -partition_sec_hd 32
same -partition_offset 16
same -iso_mbr_part_type 0x0c --protective-msdos-label
# What cannot work is built as it is said, and named.
run iso-build --mkisofs -o ours.iso -isohybrid-mbr isohdpfx -b isolinux/isolinux.bin \
	-no-emul-boot tree
expect_status 0
expect_stderr_has 'as it was said, but will not work \(mbr-pointer'
refused 'does not go together with isohybrid' -isohybrid-mbr isohdpfx "${isolinux[@]}" \
	--protective-msdos-label
refused 'starts the first El Torito image, and there is none' --grub2-mbr boot_hybrid
refused 'of isolinux or of GRUB2|first El Torito' --grub2-mbr boot_hybrid -isohybrid-mbr isohdpfx
refused 'less than|16 and more' -partition_offset 3

# Appended partitions.
same -append_partition 2 0xef part.img
same -append_partition 1 0x83 part.img
same -append_partition 2 Linux part.img -append_partition 4 FAT16 part.img --mbr-force-bootable
same -append_partition 2 0xef part.img -appended_part_as_gpt
expect_json '[.gpt.partitions[] | select(.type_guid | ascii_downcase | startswith("c12a7328"))] |
	length == 1'
same -append_partition 2 C12A7328-F81F-11D2-BA4B-00A0C93EC93B part.img -appended_part_as_gpt \
	-e --interval:appended_partition_2:all:: -no-emul-boot
same -append_partition 2 0xef part.img -appended_part_as_gpt -appended_part_as_apm \
	-apm-block-size 2048
same --grub2-mbr boot_hybrid "${grub[@]}" -eltorito-alt-boot --mbr-force-bootable \
	-append_partition 2 0xef part.img -appended_part_as_gpt -iso_mbr_part_type \
	a2a0d0ebe5b9334487c068b6b72699c7 -e --interval:appended_partition_2:all:: -no-emul-boot
start=$(jq '.gpt.partitions[] | select(.name == "Appended2").first_lba' "$out")
cmp -n 200000 -i 0:$((start * 512)) part.img ours.iso || fail "the partition has other content"
# What xorriso says would make such an image again does so here: intervals of the image
# for the boot code and the partition.
mv ours.iso base.iso
xorriso -indev base.iso -report_system_area as_mkisofs 2>/dev/null | grep '^-' >options
grep -q -e '--interval:local_fs' options || fail "xorriso gives no intervals"
eval "set -- $(tr '\n' ' ' <options)"
run iso-build --mkisofs -quiet -o ours.iso "$@" tree
expect_status 0
report base.iso >theirs
report ours.iso >ours
expect_same theirs ours
rm base.iso options
# A range of a file, some of it blanked.
same -append_partition 2 0xef --interval:local_fs:2048-100000::part.img
same -append_partition 2 0xef --interval:local_fs:0s-15s:zero_mbrpt,10-20:part.img
for f in ours theirs; do
	start=$(xorriso -indev $f.iso -report_system_area plain 2>/dev/null |
		awk '/^MBR partition  .* 0xef / { print $(NF - 1) }')
	dd if=$f.iso of=$f.part bs=512 skip="$start" count=64 status=none
done
expect_same theirs.part ours.part
same -append_partition 2 0xef part.img --gpt_disk_guid 2303cd2a-73c7-424a-a298-25632da7f446 \
	-appended_part_as_gpt
expect_json '.gpt.disk_guid | ascii_downcase == "2303cd2a-73c7-424a-a298-25632da7f446"'
: >empty
refused 'is empty' -append_partition 2 0x83 empty
rm empty
refused 'appended partition 3, and there is none' -e --interval:appended_partition_3:all:: \
	-no-emul-boot
refused 'number from 1 to 4' -append_partition 6 0x83 part.img -appended_part_as_gpt
refused 'partition type' -append_partition 2 gpt part.img
refused 'no such|cannot be opened|not exist|No such' -append_partition 2 0xef nothere
refused '--interval' -append_partition 2 0xef --interval:local_fs:5:part.img
refused 'imported_iso' -append_partition 2 0xef --interval:imported_iso:0s-15s::

# EFI and PReP partitions inside, CHRP.
same "${grub[@]}" --efi-boot efi.img -efi-boot-part --efi-boot-image --protective-msdos-label
expect_json '.gpt.crc_ok'
same "${grub[@]}" -efi-boot-part part.img --protective-msdos-label
same -prep-boot-part part.img
same -chrp-boot-part

# HFS+.
same "${grub[@]}" --efi-boot efi.img -efi-boot-part --efi-boot-image --protective-msdos-label \
	-hfsplus -apm-block-size 2048 -hfsplus-file-creator-type chrp tbxj /System/kernel \
	-hfs-bless-by i /System/kernel -hfsplus-serial-no 0123456789abcdef
expect_json '.apm.partitions | map(.type) | index("Apple_HFS") != null'
same -hfsplus
same -hfsplus -hfs-bless-by p /System -hfsplus-block-size 512

# Other computers.
same -mips-boot rand.bin -mips-boot isolinux/isolinux.bin
same -B part.img,area -sparc-label "a label"
same -G area -B ... --grub2-sparc-core rand.bin
same -hppa-cmdline "0/vmlinux root=/dev/ram" -hppa-bootloader rand.bin -hppa-kernel-32 efi.img \
	-hppa-kernel-64 System/kernel -hppa-ramdisk flop.img
same -alpha-boot rand.bin
rm -f ours* theirs* difference
expect_files area boot_hybrid isohdpfx isohdpfx-apm part.img tree
