# SPDX-License-Identifier: GPL-3.0-or-later
# 7-Zip reads the Joliet names: the contents of all files that Joliet can hold.
. "$(dirname "$0")/../lib.sh"
. "$ISOKIT_SOURCE/tests/cli/iso-build/tree.sh"
need_command iso-build
need 7zz

make_tree tree
run iso-build --boot=none -o out.iso tree
expect_status 0
cat "$out" "$err" >said
grep -Eq 'and [0-9]+ more have other names in Joliet' said || fail "altered names are not told"
7zz x -oback out.iso >log || fail "7zz cannot unpack it"
# Names may be altered; no content may be lost.
(cd tree && find . -type f -exec sha256sum {} + | cut -d' ' -f1 | tr -d '\\' | sort) >want
(cd back && find . -type f -exec sha256sum {} + | cut -d' ' -f1 | tr -d '\\' | sort) >got
diff want got || fail "contents differ"
for f in plain.txt 'spa ce' a.b.c.d .hidden many/f07 \
	deep/level1/level2/level3/level4/level5/level6/level7/level8/level9/level10/level11/level12/file \
	$'\xc3\xbcn\xc3\xafc\xc3\xb6d\xc3\xa9-\xe6\x97\xa5\xe6\x9c\xac-\xf0\x9f\x98\x80.txt'; do
	[ -f "back/$f" ] || fail "no $f under its own name"
done
