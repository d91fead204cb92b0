# SPDX-License-Identifier: GPL-3.0-or-later
# Some of the files: by paths and patterns, without leading folders, to standard output.
. "$(dirname "$0")/../lib.sh"
need genisoimage

mkdir -p src/a/b src/c
echo one >src/a/f
echo two >src/a/b/g.txt
echo three >src/c/f
echo four >src/h.txt
genisoimage -quiet -R -o x.iso src || fail "genisoimage fails"
names() { (cd "$1" && find . -mindepth 1 -printf '%P\n' | sort | tr '\n' ' '); }

run iso-extract -C o1 x.iso a/b /c/f
expect_status 0
[ "$(names o1)" = 'a a/b a/b/g.txt c c/f ' ] || fail "$(names o1)"
run iso-extract -C o2 x.iso '*.txt'
expect_status 0
[ "$(names o2)" = 'a a/b a/b/g.txt h.txt ' ] || fail "$(names o2)"
run iso-extract --strip=1 -C o3 x.iso a
expect_status 0
[ "$(names o3)" = 'b b/g.txt f ' ] || fail "$(names o3)"

# Two folders become one: the second f gets another name, and h.txt has none left.
run iso-extract --strip 1 -C o4 x.iso
expect_status 0
[ "$(names o4)" = 'b b/g.txt f f~1 ' ] || fail "$(names o4)"
[ "$(cat o4/f o4/f~1 | sort | tr '\n' ' ')" = 'one three ' ] || fail "contents were mixed up"
expect_stderr_has '^iso-extract: /c/f: warning: is now called "f~1"'
expect_stderr_has '^iso-extract: /h.txt: warning: has no name left'

run iso-extract -O x.iso c/f a
expect_status 0
printf 'three\ntwo\none\n' | cmp -s - "$out" || fail "-O gave: $(cat "$out")"
expect_files src x.iso o1 o2 o3 o4

run iso-extract -C o5 x.iso nope a
expect_status 2
expect_stderr 'iso-extract: x.iso: nope: is not in the image'
run iso-extract -C o5 x.iso A/F
expect_status 2
expect_stderr 'iso-extract: x.iso: A/F: is not in the image; there is /a/f'
[ ! -e o5 ] || fail "a folder was made for nothing"

run iso-extract -l x.iso a
expect_status 0
expect_stdout_has '^-r.* 4 .* /a/f$'
expect_stdout_lacks '/c'
run iso-extract -l --json x.iso a/f
expect_status 0
tail -1 "$out" >last
expect_json '.path == "/a/f" and .type == "file" and .size == 4' last

run iso-extract --json -C o6 x.iso
expect_status 0
expect_json '.schema == "isokit.extract/1" and .files == 4 and .directories == 3 and
	.bytes == 19 and .lost == 0 and .names == "rockridge" and .directory == "o6"'
