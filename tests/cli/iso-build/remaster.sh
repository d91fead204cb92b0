# SPDX-License-Identifier: GPL-3.0-or-later
# An image as SOURCE: changed, with everything else kept as xorriso reports it.
. "$(dirname "$0")/../lib.sh"
need_command iso-build
need xorriso bsdtar python3

mkdir -p tree/boot tree/docs
echo one >tree/docs/one
ln tree/docs/one tree/docs/same
ln -s one tree/docs/link
chmod 4711 tree/docs/one
touch -d '2020-02-29 12:34:56 UTC' tree/docs/one
head -c 300000 /dev/urandom >tree/big
head -c 4096 /dev/urandom >tree/boot/loader
head -c 1474560 /dev/zero >tree/boot/efi.img
mkfs.vfat tree/boot/efi.img >"$out" 2>&1 || skip "no mkfs.vfat"
head -c 512 /dev/urandom >code
echo changed >new

# What xorriso would say to make such an image, and the tree without the catalog.
report() {
	xorriso -indev "$1" -report_el_torito as_mkisofs -report_system_area as_mkisofs \
		2>/dev/null | sort -u | sed "s/'$1'/IMAGE/"
}
listing() { bsdtar -tvf "$1" | sort; }
# Names of ISO 9660 itself.
spelling() {
	run iso-inspect --list --json --names=iso9660 "$1"
	{
		jq -r .path "$out"
		! command -v isoinfo >/dev/null || isoinfo -i "$1" -f
	} | sort
}
kept() {
	run iso-build -q -o out.iso base.iso
	expect_status 0
	expect_stderr ''
	report base.iso >a
	report out.iso >b
	expect_same a b
	listing base.iso >a
	listing out.iso >b
	expect_same a b
	spelling base.iso >a
	spelling out.iso >b
	expect_same a b
	run iso-inspect --check -q out.iso
	expect_status 0
}
make_image() { xorriso -as mkisofs -quiet -r -V KEPT -o base.iso "$@" tree 2>"$err" || fail xorriso; }

# A data disc without Joliet, with fields and a time of its own.
make_image -publisher WHO -appid WHAT --modification-date=2001020304050607
kept
xorriso -indev out.iso -pvd_info 2>/dev/null >info
grep -q '2001020304050607' info || fail "another volume time"
grep -q 'Publisher Id : WHO' info || fail "another publisher"
run iso-inspect --json out.iso
expect_json '.namespaces.joliet == null and .volume.application_id == "WHAT"'

# What Joliet does not show, it does not show again: files and whole folders.
mkdir -p tree/secret/deep
head -c 5000 /dev/urandom >tree/secret/deep/one
head -c 3000 /dev/urandom >tree/secret/two
head -c 3000 /dev/urandom >tree/docs/hidden
make_image -J -hide-joliet tree/secret -hide-joliet hidden
kept
run iso-inspect --list --json --names=joliet base.iso
jq -r .path "$out" | sort >a
run iso-build -o out.iso base.iso /secret/new=new
expect_status 0
expect_stdout_has 'base.iso: 3 files are not shown by its joliet tree, and are not by the new one'
run iso-inspect --list --json --names=joliet out.iso
jq -r .path "$out" | sort >b
expect_same a b
bsdtar -tf out.iso | grep -q secret/new || fail "not added"
rm -r tree/secret tree/docs/hidden

# However ISO 9660 spells names: they stay, also of what is replaced; what is added gives
# way to them.
mkdir tree/spelt
for i in 1 2 3; do echo $i >"tree/spelt/A long name, number $i.text"; done
for options in "-iso-level 1" "-iso-level 2 -allow-lowercase -omit-version-number" \
	"-iso-level 3 -relaxed-filenames -U" "-max-iso9660-filenames -allow-multidot"; do
	# shellcheck disable=SC2086
	make_image -J $options
	kept
	spelling base.iso >a
	run iso-build -q -o out.iso base.iso "/spelt/A long name, number 2.text=new" \
		"/spelt/A long name, number 0.text=new"
	expect_status 0
	spelling out.iso >b
	[ "$(comm -23 a b)" = "" ] || fail "lost $(comm -23 a b)"
	[ "$(comm -13 a b | grep -c ';1$\|spelt\|SPELT')" -ge 1 ] || fail "nothing new"
	run iso-inspect --check -q out.iso
	expect_status 0
	expect_same new <(bsdtar -xOf out.iso "spelt/A long name, number 2.text")
done
if command -v genisoimage >/dev/null; then
	genisoimage -quiet -J -V KEPT -o base.iso tree 2>"$err" || fail genisoimage
	spelling base.iso >a
	run iso-build -q -o out.iso base.iso "/spelt/A long name, number 0.text=new"
	expect_status 0
	spelling out.iso >b
	[ "$(comm -23 a b)" = "" ] || fail "lost $(comm -23 a b)"
	run iso-inspect --check -q out.iso
	expect_status 0
fi
rm -r tree/spelt

# El Torito, with a boot info table, Joliet and UEFI; a partition behind; in a GPT.
make_image -J -c boot/cat -b boot/loader -no-emul-boot -boot-load-size 4 -boot-info-table \
	-eltorito-alt-boot -e boot/efi.img -no-emul-boot
kept
make_image -J -c boot/cat -b boot/loader -no-emul-boot -boot-load-size 4 -boot-info-table \
	--protective-msdos-label --grub2-mbr code -partition_offset 16 \
	-append_partition 2 0xef tree/boot/efi.img -appended_part_as_gpt \
	-eltorito-alt-boot -e --interval:appended_partition_2:all:: -no-emul-boot
kept
run iso-inspect --json base.iso
jq -S '.gpt' "$out" >a
run iso-inspect --json out.iso
jq -S '.gpt' "$out" >b
expect_same a b

# What a GPT says of its partitions stays, in both tables, also where they move, in a
# stream and with UDF in front.
if command -v sgdisk >/dev/null; then
	sgdisk -c '2:Our own EFI' -A 2:set:63 -u 2:00112233-4455-6677-8899-AABBCCDDEEFF base.iso >"$out" 2>&1 ||
		fail sgdisk
	head -c 5000000 /dev/urandom >added
	iso_build=$(command_path iso-build)
	for udf in --no-udf --udf; do
		run iso-build -q $udf -o out.iso base.iso /added=added
		expect_status 0
		expect_stderr ''
		"$iso_build" -q $udf -o - base.iso /added=added >stream.iso || fail stream
		expect_same out.iso stream.iso
		sgdisk -v out.iso 2>&1 | grep -q '^No problems found' || fail "sgdisk -v"
		run iso-inspect --json out.iso
		expect_json '.gpt.primary and .gpt.backup and .gpt.crc_ok and (.gpt.partitions[1] |
			.name == "Our own EFI" and .guid == "00112233-4455-6677-8899-AABBCCDDEEFF" and
			.first_lba > 10000)'
		sgdisk -i 2 out.iso 2>&1 | grep -q '^Attribute flags: 8000000000000000' ||
			fail "attributes"
	done
	# The backup alone says the same.
	dd if=/dev/zero of=out.iso bs=512 seek=1 count=1 conv=notrunc 2>"$err"
	run iso-inspect --json out.iso
	expect_json '.gpt.partitions[1].name == "Our own EFI"'
fi

# What is in the first 16 sectors, for whatever computer, although it is no MBR; a label
# with addresses, for a Sun, is lost.
head -c 32768 /dev/urandom | tr '\252' '\0' >console
make_image -G console
kept
cmp -n 32768 out.iso console || fail "another system area"
printf '\332\276' | dd of=base.iso bs=1 seek=508 conv=notrunc 2>"$err"
run iso-build -o out.iso base.iso
expect_status 0
expect_stderr_has 'base.iso: warning: its boot set-up for SPARC computers is not kept'

# The existence bit of the record of /big (its first record, byte 25: the flags).
make_image
run iso-inspect --list --json base.iso
python3 - <<'END' || fail "no record of BIG"
import re
data = bytearray(open("base.iso", "rb").read())
at = re.search(rb"[\x00\x04]\x01\x00\x00\x01(.)BIG", data, re.S)
flags = at.start(1) - 7
data[flags] |= 1
open("base.iso", "wb").write(data)
END
run iso-build -o out.iso base.iso
expect_status 0
expect_stderr_has 'base.iso: warning: marks of hidden files .* are not kept'

# HFS+ is made again, with what Macs start from, and types of files; also where such a
# file is another one now. What is gone is said.
make_image -hfsplus
run iso-build -o out.iso base.iso
expect_status 0
expect_stderr ''
run iso-inspect --json out.iso
expect_json '.namespaces.hfs.kind == "hfsplus"'
make_image -hfsplus -hfsplus-file-creator-type chrp tbxj /docs/one -hfsplus-serial-no 0123456789abcdef \
	-hfsplus-file-creator-type aaaa bbbb /big -hfs-bless-by p /docs -hfs-bless-by i /big \
	-hfs-bless-by x /boot
kept
run iso-build -o out.iso base.iso /docs/one=new
expect_status 0
expect_stderr ''
# The volume header: where it is, and numbers of folders and files, which are the same
# in a tree of the same names.
finder() {
	at=$("$(command_path iso-inspect)" --json "$1" | jq .namespaces.hfs.offset)
	dd if="$1" bs=1 skip=$((at + 1024 + 80)) count=32 2>"$err" | od -An -tx1
}
finder base.iso >a
finder out.iso >b
expect_same a b
grep -q '01 23 45 67 89 ab cd ef' b || fail "another serial number"
grep -q '^ 00 00 00 [0-9a-f]* 00 00 00 [1-9a-f]' b || fail "nothing blessed"
for code in tbxjchrp bbbbaaaa; do
	[ "$(grep -c $code out.iso)" -gt 0 ] || fail "no type $code"
done
run iso-inspect --json out.iso
expect_json '.namespaces.hfs | .may_boot_mac and .blessed_file > 0'
run iso-build -o out.iso base.iso --remove /big
expect_status 0
expect_stderr_lines 1
expect_stderr_has 'base.iso: warning: the file that Intel Macs start .* is not kept'
make_image -J -c boot/cat -b boot/loader -no-emul-boot -boot-load-size 4 -boot-info-table \
	--protective-msdos-label --grub2-mbr code -partition_offset 16 \
	-append_partition 2 0xef tree/boot/efi.img -appended_part_as_gpt \
	-eltorito-alt-boot -e --interval:appended_partition_2:all:: -no-emul-boot

# Changed: one file replaced, one added, one removed, the rest as it was.
run iso-build -q -V OTHER --remove /docs/same /docs/one=new /docs/two=new -o out.iso base.iso
expect_status 0
mkdir x
bsdtar -xf out.iso -C x
expect_same x/docs/one new
expect_same x/docs/two new
expect_same x/big tree/big
[ ! -e x/docs/same ] || fail "not removed"
[ "$(readlink x/docs/link)" = one ] || fail "link"
run iso-inspect --json out.iso
expect_json '.volume.id == "OTHER" and .el_torito.entries[0].boot_info_table_ok'

# The boot image replaced is the one that boots; removed, it is missed.
head -c 8192 /dev/urandom >loader2
run iso-build -q -o out.iso base.iso /boot/loader=loader2
expect_status 0
run iso-inspect --json out.iso
expect_json '.el_torito.entries[0] | .size == 8192 and .boot_info_table_ok'
run iso-build -q -o none.iso base.iso --remove /boot/loader
expect_status 2
expect_stderr_lines 1
expect_stderr_has '/boot/loader: is gone'
run iso-build -q -o out.iso --boot=none base.iso --remove /boot/loader
expect_status 0
run iso-inspect --json out.iso
expect_json '.el_torito == null and .mbr == null and .gpt == null'

# Onto itself; as a stream; twice the same bytes.
cp base.iso self.iso
run iso-build -q -o self.iso self.iso /docs/two=new
expect_status 0
iso_build=$(command_path iso-build)
"$iso_build" -q -o - base.iso /docs/two=new >stream.iso || fail "stream"
expect_same self.iso stream.iso

# A damaged one is refused with its findings, and nothing is written.
size=$(stat -c %s base.iso)
head -c $((size / 2)) base.iso >cut.iso
run iso-build -q -o none.iso cut.iso
expect_status 2
expect_stderr_has 'cut.iso: is damaged'
expect_stderr_has '(extent|volume|file|outside|truncated)'
[ ! -e none.iso ] || fail "written"

# Forced, it comes without what cannot be: here boot code, when the catalog is lost that
# names the loader which the code would load.
isolinux=/usr/lib/ISOLINUX/isolinux.bin
if [ -r $isolinux ] && [ -r ${isolinux%/*}/isohdpfx.bin ]; then
	mv base.iso before.iso
	cp $isolinux tree/boot/isolinux.bin
	make_image -b boot/isolinux.bin -no-emul-boot -boot-load-size 4 -boot-info-table \
		-isohybrid-mbr ${isolinux%/*}/isohdpfx.bin
	rm tree/boot/isolinux.bin
	cp base.iso lost.iso
	printf '\377\377\377\377' | dd of=lost.iso bs=1 seek=$((17 * 2048 + 71)) conv=notrunc 2>"$err"
	run iso-build -q -o none.iso lost.iso /docs/two=new
	expect_status 2
	expect_stderr_has 'lost.iso: is damaged: 1 error'
	run iso-build --force -o out.iso lost.iso /docs/two=new
	expect_status 0
	expect_stderr_has 'lost.iso: warning: its boot code for sticks \(isohybrid\) is not kept'
	run iso-inspect --check out.iso
	expect_status 0
	run iso-inspect --json out.iso
	expect_json '.boot.usb_bootable == false and .el_torito == null'
	mv before.iso base.iso
fi

# Other ways to ask for what cannot be.
run iso-build -q -o none.iso base.iso self.iso
expect_status 2
expect_stderr_has 'second image'
run iso-build -q -o none.iso --boot=keep tree
expect_status 2
run iso-build -q -o none.iso --apm base.iso
expect_status 2
expect_stderr_has '^iso-build: --apm: '

# An image without Rock Ridge: its plain names are kept, and no rule for others is given.
mkdir -p bare/sub && echo x >bare/FILE.TXT && echo y >bare/sub/other.txt
genisoimage -quiet -o bare.iso bare 2>/dev/null || exit 0
for how in -n --udf --dedup --joliet; do
	run iso-build -q $how -o bare2.iso bare.iso NEW.TXT=bare/FILE.TXT
	expect_status 0
done
run iso-inspect --list bare2.iso
expect_stdout_has ' /(sub|SUB)/(other.txt|OTHER.TXT)'
