# SPDX-License-Identifier: GPL-3.0-or-later
# --owner: what lies at a sector. Every place of a file leads to that file, in
# every name space, and nowhere else.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/images.sh"
need jq

make_tree
head -c 10000 /dev/urandom >tree/sub/five-sectors.bin
ln tree/sub/five-sectors.bin tree/again.bin
data_image data.iso

# The descriptors, by sector, by byte and in hexadecimal.
run iso-inspect --owner 16 data.iso
expect_status 0
expect_stdout_has '^sector 16, bytes 32768 to 34815:$'
expect_stdout_has '^  descriptor +primary volume descriptor, 2,048 bytes$'
for place in 32768b 0x8000 64s-67s; do
	run iso-inspect "--owner=$place" data.iso
	expect_status 0
	expect_stdout_has 'primary volume descriptor'
done

# A file: each of its sectors, all names, the place inside.
iso-list() { "$(command_path iso-inspect)" --list --json "--names=$1" data.iso; }
lba=$(iso-list rockridge | jq -r 'select(.path == "/sub/five-sectors.bin") | .extents[0].lba')
for i in 0 1 2 3 4; do
	run iso-inspect --owner $((lba + i)) --json data.iso
	expect_status 0
	expect_json ".owner[0].claimed and .owner[0].lba == $((lba + i))"
	for name in '"rockridge","/sub/five-sectors.bin"' '"rockridge","/again.bin"' \
		'"joliet","/sub/five-sectors.bin"' '"iso9660","/SUB/FIVE_SEC.BIN"'; do
		expect_json "[.owner[0].regions[] | select(.kind == \"file\") | .paths[] |
			select([.names, .path] == [$name] and .file_offset == $((i * 2048)))] |
			length == 1"
	done
	expect_json '[.owner[0].regions[] | select(.kind == "file")] | length == 1'
done
run iso-inspect --owner $((lba + 5)) --json data.iso
expect_json '[.owner[0].regions[]?.paths[]?.path] | index("/again.bin") == null'

# The root directory and its path table.
root=$("$(command_path iso-inspect)" --json data.iso >model.json; od -An -tu4 -j 32926 -N 4 data.iso)
run iso-inspect --owner "${root// /}" data.iso
expect_stdout_has '^  directory +/, 2,048 bytes \(rockridge\)$'
run iso-inspect --owner "$(od -An -tu4 -j 32908 -N 4 data.iso | tr -d ' ')" data.iso
expect_stdout_has '^  path table +path table L \(ISO 9660\)'

# The padding at the end: nothing claims it.
sectors=$(($(stat -c %s data.iso) / 2048))
run iso-inspect --owner $((sectors - 1)) data.iso
expect_status 1
expect_stdout_has '^  nothing claims it \(zeros\)$'
# Nor what somebody appends.
{ cat data.iso; head -c 2048 /dev/zero; printf 'secret%02042d' 0; } >more.iso
run iso-inspect --owner $((sectors + 1)) more.iso
expect_status 1
expect_stdout_has '^  nothing claims it \(data\)$'
run iso-inspect --json --owner $((sectors + 1)) more.iso
expect_status 1
expect_json '.owner[0] | (.claimed | not) and .regions[0].kind == "gap" and .regions[0].holds == "data"'

# Outside, and what is no place.
run iso-inspect --owner "$sectors" data.iso
expect_status 2
expect_stdout ''
expect_stderr_lines 1
for bad in x 12x 5-3 0x - 99999999999999999999 ''; do
	run iso-inspect "--owner=$bad" data.iso </dev/null
	expect_status 2
	expect_stdout ''
done

# Not beside a listing.
run iso-inspect --owner 16 --list data.iso
expect_status 2
expect_stdout ''

# Several, and a list of bad sectors from a log.
run iso-inspect --owner "16,$lba-$((lba + 4)),0x8000" data.iso
expect_status 0
[ "$(grep -c '^sectors\? ' "$out")" = 3 ] || fail "not three headings"
printf '16\n%s\n' "$lba" >bad
_last='from a list'; "$(command_path iso-inspect)" --owner=- data.iso <bad >"$out" 2>"$err"
status=$?
expect_status 0
expect_stdout_has 'primary volume descriptor'
expect_stdout_has '/again.bin, byte 0 \(rockridge\)'
# Every sector of an image has an answer.
run iso-inspect --json --owner "$(seq -s, 0 $((sectors - 1)))" data.iso
expect_json ".owner | length == $sectors and all(.regions | length > 0)"

# The files of a FAT file system inside: every sector of each, and nothing beside them.
if command -v mkfs.fat >/dev/null && command -v mcopy >/dev/null && command -v sfdisk >/dev/null &&
	command -v xorriso >/dev/null && command -v python3 >/dev/null; then
	head -c 5000 /dev/urandom >one
	head -c 9000 /dev/urandom >two
	for bits in 12 32; do
		rm -f esp.img
		mkfs.fat -F $bits -s 1 -C esp.img $((bits == 12 ? 1440 : 40000)) >/dev/null
		mcopy -i esp.img one ::/hole
		mmd -i esp.img ::/EFI ::/EFI/BOOT
		mcopy -i esp.img one ::/EFI/BOOT/BOOTX64.EFI
		mdel -i esp.img ::/hole
		mcopy -i esp.img two "::/EFI/A rather long name" # in two pieces
		xorriso -as mkisofs -quiet -o fat.iso -append_partition 2 0xef esp.img \
			-e --interval:appended_partition_2:all:: -no-emul-boot tree 2>/dev/null
		start=$(sfdisk -J fat.iso 2>/dev/null | jq '.partitiontable.partitions[1].start * 512')
		python3 - one two >places <<'END'
import sys
image = open('fat.iso', 'rb').read()
for name in sys.argv[1:]:
    data = open(name, 'rb').read()
    for at in range(0, len(data), 512):
        print(name, at, image.rindex(data[at:at + 512]))
END
		while read -r name at place; do
			path=/EFI/BOOT/BOOTX64.EFI
			[ "$name" = one ] || path='/EFI/A rather long name'
			run iso-inspect --json --owner "${place}b" fat.iso
			expect_status 0
			expect_json "[.owner[0].regions[].inside[]?] ==
				[{kind: \"file\", path: \"$path\", file_offset: $at}]"
		done <places
		run iso-inspect --owner "$(tail -n 1 places | cut -d' ' -f3)b" fat.iso
		expect_stdout_has '^  FAT file system .*FAT'$bits
		expect_stdout_has "^ +file /EFI/A rather long name, byte 8,704$"
		run iso-inspect --owner "$((start / 512))s" fat.iso
		expect_stdout_has '^ +boot sector, byte 0$'
		run iso-inspect --owner "$((start + 1024 * 1300))b" fat.iso
		expect_stdout_has '^ +no file of it$'
	done
fi

# Beside other questions; the worst answer is the exit status.
need_hashes
run iso-inspect --owner 16 --check --hash=md5 data.iso
expect_status 0
expect_stdout_has '^no problems found$'
expect_stdout_has '^sector 16, '
expect_stdout_has '^[0-9a-f]{32}  data.iso$'
run iso-inspect --json --owner 16 --check --verify --hash --require udf data.iso
expect_status 1
expect_stderr ''
expect_json '.owner[0].claimed and .verification == [] and (.hashes.sha256 | length == 64)
	and has("comparison")'
