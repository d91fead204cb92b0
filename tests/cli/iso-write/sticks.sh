# What is composed (an empty file system, the files of an image, a live image with a partition for
# changes, a GPT moved) onto a drive full of something else, by the command itself.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/drives.sh"
need sfdisk fsck.fat mcopy sgdisk e2fsck blkid jq
export MTOOLS_SKIP_CHECK=1

# partition FILE N: into p.img
partition() {
	local start size
	sync "$1"
	read -r start size < <(sfdisk -J "$1" | jq -r ".partitiontable.partitions[$2 - 1] | \"\(.start) \(.size)\"")
	dd if="$1" of=p.img bs=512 skip="$start" count="$size" status=none
}

new_drive a 80M; a=$drive
new_drive b 300M; b=$drive

# Labels that do not fit are refused, not cut off.
for label in 'fat32:TWELVE CHARS' 'exfat:Twelve chars' 'ext4:Seventeen letters'; do
	run iso-write --yes --fixed-disk --restore --fs="${label%:*}" --label="${label#*:}" "$a"
	expect_status 2
	expect_stderr_has "${label#*:}: .*label .*(at most|has at most)"
done
run iso-write --yes --fixed-disk --restore --label=EMPTY "$a"
expect_status 0
run sfdisk -V a
expect_status 0
partition a 1
run fsck.fat -vn p.img
expect_status 0
[ "$(blkid -p -s LABEL -o value p.img)" = EMPTY ] || fail "no label"
run iso-write --yes --fixed-disk --restore --fs=exfat "$a"
expect_status 0
expect_stdout_has 'an empty exFAT file system, in an MBR'

# The files of an image that does not start from a stick.
mkdir -p t/EFI/BOOT t/sources
fake_efi t/EFI/BOOT/BOOTX64.EFI
head -c 20000000 /dev/urandom >t/sources/a-long-name.wim
for i in $(seq 50); do echo $i >"t/file number $i"; done
"$(command_path iso-build)" -q -V FILES --boot=none --hybrid=none -o f.iso t || fail "iso-build"
run iso-write --yes --fixed-disk --as=files f.iso "$a"
expect_status 0
partition a 1
run fsck.fat -vn p.img
expect_status 0
mkdir m
mcopy -n -s -i p.img ::/ m/ </dev/null
diff -r t m || fail "other files"

# Small files fit that would not with the clusters of a large drive. Names are told as they are, and
# escaped once.
mkdir s
for i in $(seq 3000); do echo $i; done | split -l 1 -a 3 - s/x
echo 1 >s/$'new\nline'
"$(command_path iso-build)" -q -V SMALL --boot=none --hybrid=none -o s.iso s || fail "iso-build"
run iso-write --yes --fixed-disk --as=files --any s.iso "$a"
expect_status 0
expect_stderr_has '/new\\x0Aline is called new_line on the stick: FAT cannot have that name'
partition a 1
run fsck.fat -vn p.img
expect_status 0
expect_stdout_has ' 300[0-9] files'

if command -v xorriso >/dev/null && [ -e /usr/lib/ISOLINUX/isohdpfx.bin ]; then
	mkdir -p l/live l/isolinux
	echo x >l/live/filesystem.squashfs
	cp /usr/lib/ISOLINUX/isolinux.bin l/isolinux/
	head -c 2000000 /dev/urandom >l/live/data
	head -c 1000000 /dev/zero >esp
	xorriso -as mkisofs -quiet -R -o l.iso -b isolinux/isolinux.bin -c isolinux/boot.cat -no-emul-boot \
		-boot-load-size 4 -boot-info-table -append_partition 2 0xef esp -appended_part_as_gpt \
		-partition_offset 16 -isohybrid-mbr /usr/lib/ISOLINUX/isohdpfx.bin l 2>/dev/null || fail xorriso
	run iso-write --yes --fixed-disk --any --persistence=100M l.iso "$b"
	expect_status 0
	sync b
	run sgdisk -v b
	expect_stdout_has 'No problems found'
	partition b 4
	run e2fsck -fn p.img
	expect_status 0
	[ "$(blkid -p -s LABEL -o value p.img)" = persistence ] || fail "no label"
	run iso-write --yes --fixed-disk --any --fix-gpt l.iso "$b"
	expect_status 0
	sync b
	run sgdisk -v b
	expect_stdout_has 'No problems found'
	run sfdisk -d b
	expect_stdout_lacks 'b4 :'
fi
