# SPDX-License-Identifier: GPL-3.0-or-later
# Images for the tests of iso-inspect, made by xorriso; sourced after lib.sh.
need xorriso

# tree: a small folder with every common type of file.
make_tree() {
	mkdir -p tree/sub/deeper
	printf 'hello\n' >tree/hello.txt
	printf '12345678' >tree/sub/eight.bin
	: >tree/sub/empty
	ln -s ../hello.txt tree/sub/deeper/link
	chmod 640 tree/sub/eight.bin
	chmod 755 tree tree/sub tree/sub/deeper
	touch -h -d 2024-03-04T05:06:07Z tree/hello.txt tree/sub/deeper/link
	find tree -exec touch -h -d 2024-03-04T05:06:07Z {} +
}

# data_image FILE [OPTION…]: Rock Ridge and Joliet, label TEST. (libisofs writes
# ".." of Joliet folders wrong: such an image is not without a note.)
data_image() {
	local file=$1
	shift
	[ -d tree ] || make_tree
	xorriso -as mkisofs -quiet -R -J -V TEST "$@" -o "$file" tree >xorriso.log 2>&1 ||
		fail "xorriso: $(cat xorriso.log)"
}

# clean_image FILE: Rock Ridge alone, nothing wrong with it.
clean_image() {
	[ -d tree ] || make_tree
	xorriso -as mkisofs -quiet -R -V TEST -o "$1" tree >xorriso.log 2>&1 ||
		fail "xorriso: $(cat xorriso.log)"
}

# patch FILE OLD NEW: replace all equally long strings in a binary file.
patch() {
	[ ${#2} -gt 0 ] || fail "nothing to patch"
	LC_ALL=C grep -aq -e "$2" "$1" || fail "$1 does not contain $2"
	LC_ALL=C sed -i "s/$2/$3/g" "$1"
}

# No byte that a terminal would obey, except the ends of lines.
expect_harmless() {
	local f
	for f in "$out" "$err"; do
		! LC_ALL=C grep -aPq '[\x00-\x09\x0b-\x1f\x7f]|\xe2\x80[\xaa-\xae]' "$f" ||
			fail "something that a terminal obeys is printed"
	done
}
