# SPDX-License-Identifier: GPL-3.0-or-later
# Block maps: only what is mapped is written, every checksum counts.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/drives.sh"
need bmaptool sfdisk

truncate -s 24M x.img
echo 'start=2048, type=83' | sfdisk -q x.img 2>/dev/null || skip "sfdisk fails"
head -c 300000 /dev/urandom | dd of=x.img bs=4096 seek=700 conv=notrunc 2>/dev/null
head -c 5000 /dev/urandom | dd of=x.img bs=4096 seek=5000 conv=notrunc 2>/dev/null
bmaptool -q create -o x.bmap x.img || skip "bmaptool fails"
new_drive a 32M; a=$drive

# Every range of the map is on the drive.
expect_mapped() {
	sync a
	python3 - <<-'END' || fail "a range is not on the drive"
		import re
		ranges = re.findall(r'>\s*(\d+)(?:-(\d+))?\s*</Range>', open('x.bmap').read())
		a, b = open('x.img', 'rb'), open('a', 'rb')
		assert len(ranges) >= 3
		for first, last in ranges:
		    at, n = int(first) * 4096, (int(last or first) - int(first) + 1) * 4096
		    a.seek(at); b.seek(at)
		    assert a.read(n) == b.read(n), at
	END
}
need python3

run iso-write --yes --fixed-disk --bmap=x.bmap --json x.img "$a"
expect_status 0
expect_json '.ok and .drives[0].state == "verified"'
expect_mapped
# What is not mapped is as it was.
cmp -s -n 65536 -i 10485760:0 a <(before a 11M | tail -c +10485761) ||
	fail "more was written than is mapped"

# From a stream.
before a 32M >a
gzip -k x.img
run iso-write --yes --fixed-disk --bmap=x.bmap x.img.gz "$a"
expect_status 0
expect_mapped

# A block that is not that of the map. Whether anything was written before it was read is a
# matter of who is faster: what is said of the drive is what is so.
before a 32M >a
before=$(sum_of a)
cp x.img y.img
printf x | dd of=y.img bs=1 seek=$((5000 * 4096 + 77)) conv=notrunc 2>/dev/null
run iso-write --yes --fixed-disk --bmap=x.bmap --json y.img "$a"
expect_status 2
expect_stderr_has 'block map'
if jq -e '.drives[0].state == "untouched"' "$out" >/dev/null; then
	[ "$before" = "$(sum_of a)" ] || fail "the drive that is told to be untouched was written"
else
	sync a
	cmp -n 1048576 a /dev/zero || fail "the beginning of the drive is not blank"
fi
# It comes when blocks before it are on the drive.
before a 32M >a
mkfifo pipe
{
	exec 9>pipe
	head -c 20480000 y.img >&9
	for _ in $(seq 600); do
		sync a
		cmp -s -n 300000 -i $((700 * 4096)) a y.img && break
		sleep 0.1
	done
	tail -c +20480001 y.img >&9
	exec 9>&-
} &
run iso-write --yes --fixed-disk --bmap=x.bmap --json - "$a" <pipe
wait
expect_status 2
expect_stderr_has 'block map'
expect_json '.drives[0].state == "partial"'
sync a
cmp -n 1048576 a /dev/zero || fail "the beginning of the drive is not blank"

# Maps that are refused before anything is written.
before a 32M >a
before=$(sum_of a)
refused() { # WHY SED-SCRIPT
	sed "$2" x.bmap >bad.bmap
	run iso-write --yes --fixed-disk --bmap=bad.bmap x.img "$a"
	expect_status 2
	expect_stderr_has "$1"
	[ "$before" = "$(sum_of a)" ] || fail "the drive was written"
}
refused 'checksum that it bears' 's/mapped blocks:/mapped Blocks:/'
refused 'checksum that it bears' 's/chksum="[0-9a-f]\{4\}/chksum="0000/'
refused 'another number of blocks' 's/<MappedBlocksCount> [0-9]*/<MappedBlocksCount> 1/'
refused 'version 3.0' 's/version="2.0"/version="3.0"/'
refused 'is no block map' '/<\/bmap>/d'
refused 'not in its place' 's/<BlocksCount> [0-9]*/<BlocksCount> 7/'
refused 'contradict' 's/<ImageSize> [0-9]*/<ImageSize> 7777777/'
truncate -s 25M z.img
run iso-write --yes --fixed-disk --any --bmap=x.bmap z.img "$a"
expect_status 2
expect_stderr_has 'image of 25,165,824 bytes'
