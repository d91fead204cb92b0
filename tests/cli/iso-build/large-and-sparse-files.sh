# SPDX-License-Identifier: GPL-3.0-or-later
# Over 4 GiB: several extents. Holes stay holes, so this takes little room.
. "$(dirname "$0")/../lib.sh"
need_command iso-build
need jq

mkdir tree
truncate -s 5000000001 tree/huge || skip "no files of 5 GB here"
[ "$(du -k tree/huge | cut -f1)" -lt 1000 ] || skip "no sparse files here"
printf begin | dd of=tree/huge conv=notrunc status=none
printf middle | dd of=tree/huge bs=1 seek=4294965248 conv=notrunc status=none
printf end | dd of=tree/huge bs=1 seek=4999999998 conv=notrunc status=none
printf small >tree/zz
run iso-build --boot=none -o out.iso tree
expect_status 0
[ "$(du -k out.iso | cut -f1)" -lt 20000 ] || fail "the holes were filled: $(du -k out.iso)"
run iso-inspect --list --json out.iso
jq -es 'any(.[]; .path == "/huge" and .size == 5000000001 and (.extents | length) == 2)' "$out" >/dev/null ||
	fail "not the size or not two extents"
first=$(jq 'select(.path == "/huge").extents[0].lba' "$out")
at() { tail -c +$((first * 2048 + $1 + 1)) out.iso | head -c "$2"; }
[ "$(at 0 5)" = begin ] && [ "$(at 4294965248 6)" = middle ] && [ "$(at 4999999998 3)" = end ] ||
	fail "the content is not in its place"
if command -v bsdtar >/dev/null; then
	[ "$(bsdtar -tvf out.iso huge | awk '{ print $5 }')" = 5000000001 ] ||
		fail "bsdtar sees another size"
fi

# More than block numbers reach, in one file or together.
mkdir -p beyond
truncate -s 9T beyond/whole 2>/dev/null || exit 0
run iso-build --boot=none -o beyond.iso beyond
expect_status 2
expect_stderr_has '^iso-build: /whole: has 9895604649984 bytes, .*less than 8 TiB'
truncate -s 3T beyond/whole
for f in b c d; do
	truncate -s 2T beyond/$f
done
run iso-build --boot=none -o beyond.iso beyond
expect_status 2
expect_stderr_has '^iso-build: /whole: has 3298534883328 bytes, all files together 9895604649984;'
[ ! -e beyond.iso ] || fail "half an image"
