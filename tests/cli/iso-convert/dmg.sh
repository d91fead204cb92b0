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

# Cut short: nothing is written.
head -c $(($(stat -c %s bzip2.dmg) / 2)) bzip2.dmg >cut.dmg
run iso-convert -q cut.dmg out.iso
expect_status 2
expect_stderr_lines 1
[ ! -e out.iso ] || fail "something was written"
