# SPDX-License-Identifier: GPL-3.0-or-later
# What is in other images than ISO: sectors, compressed files, disks with partitions.
. "$(dirname "$0")/../lib.sh"
need genisoimage python3

mkdir -p src/sub
echo hello >src/file
head -c 200000 /dev/urandom >src/sub/large
genisoimage -quiet -R -o x.iso src || fail "genisoimage fails"

# Mode 1 sectors without error detection, behind a CUE sheet.
python3 - <<'PY'
data = open('x.iso', 'rb').read()
with open('x.bin', 'wb') as f:
    for i in range(0, len(data), 2048):
        n = i // 2048 + 150
        bcd = lambda v: v // 10 * 16 + v % 10
        f.write(b'\0' + b'\xff' * 10 + b'\0')
        f.write(bytes([bcd(n // 4500), bcd(n // 75 % 60), bcd(n % 75), 1]))
        f.write(data[i:i + 2048] + bytes(288))
PY
printf 'FILE "x.bin" BINARY\r\n  TRACK 01 MODE1/2352\r\n    INDEX 01 00:00:00\r\n' >x.cue
run iso-extract -C cue x.cue
[ "$status" -le 1 ] || fail "a CUE sheet cannot be opened"
diff -r src cue || fail "through raw sectors, contents differ"
run iso-extract --track 2 -C t2 x.cue
expect_status 2
expect_stderr_has 'has no track 2'
[ ! -e t2 ] || fail "a folder was made for nothing"

gzip -k x.iso
run iso-extract -C gz x.iso.gz
[ "$status" = 2 ] && grep -qi zlib "$err" || { expect_status 0; diff -r src gz || fail "through gzip"; }

run iso-extract --partition 7 x.iso
expect_status 2
expect_stderr_has 'has no partition 7'
run iso-extract --track 1 x.iso
expect_status 2

head -c 100000 /dev/urandom >noise
run iso-extract -C none noise
expect_status 2
expect_stderr_lines 1
[ ! -e none ] || fail "a folder was made for nothing"

# A disk with two FATs: a folder for each, or one by its number.
if command -v mformat >/dev/null && command -v sfdisk >/dev/null; then
	truncate -s 12M disk.img
	printf '2048,8192,0xc\n10240,8192,0xc\n' | sfdisk -q disk.img >/dev/null 2>&1 || exit 0
	for n in 1 2; do
		at=$((n == 1 ? 2048 : 10240))
		mformat -i disk.img@@${at}s -T 8192 -h 16 -s 32 :: 2>/dev/null || exit 0
		echo "part $n" >p
		mcopy -i disk.img@@${at}s p ::/name.txt
	done
	run iso-extract -C both disk.img
	expect_status 0
	[ "$(cat both/partition1/name.txt both/partition2/name.txt)" = "$(printf 'part 1\npart 2')" ] ||
		fail "partitions: $(find both)"
	run iso-extract --partition=2 -C second disk.img
	expect_status 0
	[ "$(cat second/name.txt)" = 'part 2' ] || fail "partition 2: $(find second)"
	run iso-extract -O disk.img partition1/name.txt
	expect_status 0
	expect_stdout 'part 1'
fi
