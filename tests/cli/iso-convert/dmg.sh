# SPDX-License-Identifier: GPL-3.0-or-later
# DMGs with runs of every type, of random lengths and contents: the disk comes out as it
# went in, 7zz agrees, and what is damaged or cut short is no image.
. "$(dirname "$0")/../lib.sh"
need python3

seed=${SEED:-$RANDOM}
echo "seed $seed"
RANDOM=$seed
# Text, noise and zeros; a whole number of sectors, but of nothing else.
for i in 1 2 3; do
	head -c $((RANDOM * 3)) /dev/urandom
	head -c $((RANDOM * 9)) /dev/zero
	yes "line $RANDOM of a text" | head -c $((RANDOM * 6))
done >disk
truncate -s "$(($(stat -c %s disk) / 512 * 512 + 512))" disk

for kind in raw adc zlib bzip2 lzfse lzma mixed; do
	python3 "${0%.sh}.py" "$kind" "$((seed++))" disk "$kind.dmg" || fail "dmg.py fails"
	run iso-convert -q --raw "$kind.dmg" out.img
	if [ "$status" = 2 ] && grep -q 'without it' "$err"; then
		continue # its library is not here
	fi
	expect_status 0
	cmp disk out.img || fail "$kind: another disk"
	rm out.img
done

# A second opinion: its parts in order.
if command -v 7zz >/dev/null; then
	7zz x -bd -y -oparts -tdmg mixed.dmg >/dev/null || fail "7zz finds mixed.dmg wrong"
	find parts -type f | sort -V | xargs -d '\n' cat | cmp - disk || fail "7zz sees something else"
fi

# A byte that no compression notices: the checksum of its block map does.
python3 "${0%.sh}.py" spoiled "$seed" disk spoiled.dmg || fail "dmg.py fails"
run iso-convert --raw spoiled.dmg out.img
expect_status 1
expect_stdout_has 'CRC32 of "map [0-9]'
rm -f out.img

# Other checksums than CRC32, which some options of hdiutil write.
for sum in md5 sha1 sha256 sha384 sha512; do
	python3 "${0%.sh}.py" raw "$((seed++))" disk "$sum.dmg" "$sum" || fail "dmg.py fails"
	run iso-convert --raw "$sum.dmg" out.img
	expect_status 0
	expect_stdout_has "^  checksums [2-9] of the container"
	cmp disk out.img || fail "$sum: another disk"
	rm out.img
	python3 "${0%.sh}.py" spoiled "$seed" disk spoiled.dmg "$sum" || fail "dmg.py fails"
	run iso-convert --raw spoiled.dmg out.img
	expect_status 1
	expect_stdout_has "damaged .*$sum of \"map [0-9]\" differs"
	rm -f out.img
	# The checksum of a map, and so that of all of them.
	python3 - "$sum.dmg" <<-'END'
	import base64, re, sys
	b = open(sys.argv[1], 'rb').read()
	m = re.search(b'<data>(.*?)</data>', b)
	raw = bytearray(base64.b64decode(m[1]))
	raw[72] ^= 1
	open('changed.dmg', 'wb').write(b[:m.start(1)] + base64.b64encode(bytes(raw)) + b[m.end(1):])
	END
	run iso-convert --raw changed.dmg out.img
	expect_status 1
	expect_stdout_has "damaged .*$sum of \"map 0\" differs"
	expect_stdout_has "damaged .*master checksum \($sum\) differs"
	rm -f out.img
done
for number in 1 3 5 77; do
	python3 "${0%.sh}.py" raw "$seed" disk strange.dmg "$number" || fail "dmg.py fails"
	run iso-convert --raw strange.dmg out.img
	expect_status 0
	expect_stdout_has "note .*checksum of \"map 0\", type $number .* is not compared"
	rm -f out.img
done

# Also where a new image is made of the files inside.
export PATH=$PATH:/usr/sbin:/sbin
if command -v mkfs.fat >/dev/null && command -v mcopy >/dev/null; then
	truncate -s 2M fat.img
	mkfs.fat fat.img >/dev/null || fail "mkfs.fat fails"
	yes "the words of a file" | head -c 5000 >words
	mcopy -i fat.img words ::words
	python3 "${0%.sh}.py" raw "$seed" fat.img fat.dmg || fail "dmg.py fails"
	run iso-convert fat.dmg fat.iso
	expect_status 0
	expect_stdout_has '^re-author: '
	expect_stdout_has '^  checksums [0-9]'
	sed 's/the words of/The words of/' fat.dmg >spoiled.dmg
	run iso-convert --force spoiled.dmg fat.iso
	expect_status 1
	expect_stdout_has 'damaged .*CRC32 of "map [0-9]'
fi

# Cut short: nothing is written.
head -c $(($(stat -c %s bzip2.dmg) / 2)) bzip2.dmg >cut.dmg
run iso-convert -q cut.dmg out.iso
expect_status 2
expect_stderr_lines 1
[ ! -e out.iso ] || fail "something was written"
