# SPDX-License-Identifier: GPL-3.0-or-later
# --check compares the trees of an image: what only one of them shows is found, and
# fresh images of every writer at hand have nothing to find.
. "$(dirname "$0")/../lib.sh"
need genisoimage xorriso jq

mkdir -p tree/docs/deep
for f in a.txt b.txt docs/guide.txt docs/deep/manual.pdf "docs/A long name with blanks and more.text"; do
	head -c $((3000 + ${#f} * 100)) /dev/urandom >"tree/$f"
done
cp tree/a.txt tree/copy.txt
ln tree/b.txt tree/link.txt
ln -s a.txt tree/symlink
: >tree/empty
mkdir tree/docs/empty

# expect_codes CODE…: exactly these of the codes that this part makes.
expect_codes() {
	local got
	got=$(jq -r '.problems[].code' "$out" | grep -E '^(tree-(only|boot|size|extent|name|bridge)|file-hidden|unclaimed)' |
		sort -u | tr '\n' ' ')
	[ "${got% }" = "$*" ] || fail "codes: ${got:-none}, expected: ${*:-none}"
}

make_gen() { genisoimage -quiet "$@" tree >gen.log 2>&1 || fail "genisoimage: $(cat gen.log)"; }
make_xorriso() { xorriso -as mkisofs -quiet "$@" tree >xo.log 2>&1 || fail "xorriso: $(cat xo.log)"; }

# Nothing to find.
make_gen -o g1.iso -R -J
make_gen -o g2.iso -J
make_gen -o g3.iso -R -J -udf
make_gen -o g4.iso -R -J -T -iso-level 4
make_xorriso -o x1.iso -R -J
make_xorriso -o x2.iso -R -J -iso-level 4 -partition_offset 16
make_xorriso -o x3.iso -J -iso-level 1 --md5
for image in [gx]?.iso; do
	run iso-inspect --check --json $image
	expect_status 0
	expect_codes
	expect_json '.comparison | length > 0 and all(.same >= 5 and .only_first + .only_second +
		.size_differs + .extent_differs + .name_differs == 0)'
done
run iso-inspect --check --json g2.iso
expect_json '.comparison[0].first == "iso9660" and .comparison[0].second == "joliet"'

# Hidden on purpose.
make_gen -o hide.iso -R -J -hide 'guide.txt' -hide-joliet 'manual.pdf'
run iso-inspect --check --json hide.iso
expect_codes tree-only-in
expect_json '[.problems[] | select(.code == "tree-only-in") | .message] |
	any(startswith("/docs/guide.txt is in joliet, not in rockridge ")) and
	any(startswith("/docs/deep/manual.pdf is in rockridge, not in joliet "))'
expect_json '.comparison == [{first:"rockridge",second:"joliet",same:4,only_first:1,only_second:1,
	size_differs:0,extent_differs:0,name_differs:0}]'
make_gen -o hide-udf.iso -R -udf -hide 'guide.txt'
run iso-inspect --check --json hide-udf.iso
expect_codes tree-only-in
expect_json '[.problems[] | select(.code == "tree-only-in") | .message] | length == 1 and
	(.[0] | startswith("/docs/guide.txt is in udf, not in rockridge "))'
make_gen -o hidden.iso -R -J -hidden 'a.txt'
run iso-inspect --check --json hidden.iso
expect_codes file-hidden

# A boot catalog that only one tree has is no more than a note.
head -c 2048 /dev/urandom >tree/boot.img
make_gen -o boot.iso -R -J -b boot.img -no-emul-boot -c boot.cat -hide-joliet boot.cat
run iso-inspect --check --json boot.iso
expect_codes tree-boot-only-in
rm tree/boot.img

# One record changed: the length, then the place, of a.txt in the Joliet tree.
cat >patch.py <<'END'
import struct, sys
data = bytearray(open('g1.iso', 'rb').read())
at = data.find('a.txt'.encode('utf-16-be')) - 33
assert at > 0 and data[at + 32] >= 10
field, value = {'size': (10, lambda v: v - 2500), 'place': (2, lambda v: v + 1)}[sys.argv[1]]
old = struct.unpack_from('<I', data, at + field)[0]
struct.pack_into('<I', data, at + field, value(old))
struct.pack_into('>I', data, at + field + 4, value(old))
open(sys.argv[2], 'wb').write(data)
END
python3 patch.py size size.iso || fail "patch.py"
run iso-inspect --check --json size.iso
expect_codes tree-size-differs
expect_json '.problems | any(.code == "tree-size-differs" and (.message | startswith("/a.txt (rockridge, joliet): ")))'
python3 patch.py place place.iso || fail "patch.py"
run iso-inspect --check --json place.iso
jq -e '.problems | any(.code == "tree-extent-differs" and .severity == "warning")' "$out" >/dev/null ||
	fail "no tree-extent-differs"

# The layout of Windows' discs: a notice in ISO 9660, everything else in UDF.
mkdir bridge
printf 'This disc needs UDF.\n' >bridge/README.TXT
cp -r tree bridge/files
genisoimage -quiet -udf -hide files -o bridge.iso bridge >gen.log 2>&1 || fail "genisoimage"
run iso-inspect --check --json bridge.iso
expect_codes tree-bridge

# Data where nothing claims it.
sectors=$(($(stat -c %s g1.iso) / 2048))
cp g1.iso stray.iso
printf 'not in any tree' | dd of=stray.iso bs=2048 seek=$((sectors - 20)) conv=notrunc 2>/dev/null
run iso-inspect --check --json stray.iso
expect_codes unclaimed-data
expect_json ".problems | any(.code == \"unclaimed-data\" and (.message | endswith(\" is at $(((sectors - 20) * 2048))\")))"

# Thousands are not listed one by one.
mkdir many
for i in $(seq 500); do printf "%d" $i >many/file$i; done
genisoimage -quiet -R -J -hide-joliet 'file*' -o many.iso many >gen.log 2>&1 || fail "genisoimage"
run iso-inspect --check --json many.iso
expect_json '([.problems[] | select(.code == "tree-only-in")] | length < 20) and .comparison[0].only_first == 500'
