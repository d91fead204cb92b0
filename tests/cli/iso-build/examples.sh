# SPDX-License-Identifier: GPL-3.0-or-later
# The examples of the manual page do what it says.
. "$(dirname "$0")/../lib.sh"
need_command iso-build

mkdir folder docs source
echo text >folder/file
echo text >docs/read
echo text >source/code

page=$ISOKIT_SOURCE/src/iso-build/iso-build.1
sed -n '/^\.SH EXAMPLES/,/^\.SH SEE/p' "$page" | sed -n 's/^\.B \(iso.*\)/\1/p' | sed 's/\\-/-/g' >commands
[ "$(wc -l <commands)" -ge 4 ] || fail "not four examples"
grep -qx 'iso-build -o demo.iso folder' commands || fail "the first example is another one"
run iso-build -o demo.iso folder
expect_status 0
expect_stdout_has '^demo.iso: .*, volume ISOIMAGE$'
run iso-inspect --require valid demo.iso
expect_status 0
grep -qx 'iso-build -n folder' commands || fail "the second example is another one"
run iso-build -n folder
expect_status 0
grep -qx 'iso-build --fit=dvd --json -o docs.iso folder >docs.json' commands ||
	fail "the third example is another one"
run iso-build --fit=dvd --json -o docs.iso folder
expect_status 0
expect_json '.fit.fits and (.contents | map(.path) == ["/file"])'
grep -q '^iso-build -V DATA --boot=none --owner=0 --group=0 --mode=u+w,go=rX -o - docs /src=source | xz >' commands ||
	fail "the last example is another one"
run iso-build -V DATA --boot=none --owner=0 --group=0 --mode=u+w,go=rX -o - docs /src=source
expect_status 0
cp "$out" data.iso
run iso-inspect --list --json data.iso
grep -q '"/src/code"' "$out" || fail "the graft is not there"
