# SPDX-License-Identifier: GPL-3.0-or-later
# --check finds no error in what xorriso writes, whatever its options.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/fresh.sh"
need xorriso
fresh_tree
x() { fresh "$1" xorriso -as mkisofs -quiet -o "$1.iso" "${@:2}" tree; }
boot='-b boot/boot.img -c boot/boot.cat -no-emul-boot -boot-load-size 4 -boot-info-table'
head -c 432 /dev/zero | tr '\0' m >mbr.bin

for level in 1 2 3 4; do x "level-$level" -iso-level "$level"; done
x plain
x rr -R
x joliet -J
x both -R -J -V 'Some volume'
x joliet-long -J -joliet-long
x deep -R -D
x hidden -R -J -hide zeros.bin -hide-joliet docs
x names -U -R
x relaxed -relaxed-filenames -allow-lowercase -J
x md5 -R --md5
x zisofs -R -z
x hfsplus -R -hfsplus
x volume -R -V A -volset B -publisher 'me' -p you -A app -sysid LINUX
x nopad -R -no-pad
x bios -R $boot
x grub -R -J $boot --grub2-boot-info --grub2-mbr mbr.bin
x apm -R $boot -hfsplus -apm-block-size 2048
x floppy -R -b boot/floppy.img -c boot/boot.cat
x appended-mbr -R $boot -append_partition 2 0xef tree/boot/floppy.img --protective-msdos-label
x appended-gpt -R $boot -append_partition 2 C12A7328-F81F-11D2-BA4B-00A0C93EC93B \
	tree/boot/floppy.img -appended_part_as_gpt
x efi-partition -R -e boot/floppy.img -no-emul-boot -efi-boot-part --efi-boot-image
x chrp -R -chrp-boot-part
if [ -f /usr/lib/ISOLINUX/isohdpfx.bin ] && [ -f /usr/lib/ISOLINUX/isolinux.bin ]; then
	cp /usr/lib/ISOLINUX/isolinux.bin tree/boot/isolinux.bin
	isolinux='-b boot/isolinux.bin -c boot/boot.cat -no-emul-boot -boot-load-size 4 -boot-info-table
		-isohybrid-mbr /usr/lib/ISOLINUX/isohdpfx.bin'
	x isohybrid -R -J $isolinux
	x offset -R $isolinux -partition_offset 16
	x isohybrid-gpt -R $isolinux -eltorito-alt-boot -e boot/floppy.img -no-emul-boot \
		-isohybrid-gpt-basdat
	x isohybrid-apm -R $isolinux -eltorito-alt-boot -e boot/floppy.img -no-emul-boot \
		-isohybrid-gpt-basdat -isohybrid-apm-hfsplus
fi
fresh sessions xorriso -outdev sessions.iso -joliet on -map tree / -commit -rm_r /docs -- \
	-map tree/docs /moved -commit -map tree/empty /e -commit
fresh iso1999 xorriso -outdev iso1999.iso -compliance iso_9660_1999 -joliet on -map tree / -commit
fresh attributes xorriso -outdev attributes.iso -xattr on -acl on -map tree / \
	-setfattr user.long "$(printf 'z%.0s' $(seq 3000))" /zeros.bin -- -commit
fresh_enough 25

# Joliet counts the name and the extension of a file, not the dot: 64 characters.
mkdir sixty-four sixty-five
name=$(printf 'n%.0s' {1..61})
echo >"sixty-four/$name.txt"
echo >"sixty-five/n$name.txt"
for dir in sixty-four sixty-five; do
	xorriso -as mkisofs -quiet -J -joliet-long -o "$dir.iso" "$dir" 2>xorriso.log || fail "xorriso"
done
run iso-inspect --check sixty-four.iso
expect_stdout_lacks 'joliet-long'
run iso-inspect --check sixty-five.iso
expect_stdout_has '^note +joliet-long .* of 65 characters, without dot and version, where 64 '
