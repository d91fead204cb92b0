# SPDX-License-Identifier: GPL-3.0-or-later
# Access control lists, extended attributes, zisofs of both versions, CD-ROM XA and
# Apple's types, as other programs wrote them.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/images.sh"
need jq

# expect_entries FILTER: of all lines of a listing as one array
expect_entries() { jq -es "$1" "$out" >/dev/null || fail "not so in the listing: $1"; }

make_tree
mkdir tree/defaults
xorriso -report_about SORRY -outdev stdio:a.iso -acl on -xattr on -map tree / \
	-setfacl 'u::rw-,u:54321:r--,g::r--,g:54322:rwx,m::rwx,o::---' /hello.txt -- \
	-setfacl 'u::rwx,g::r-x,o::r-x,d:u::rwx,d:g::r-x,d:o::---' /defaults -- \
	-setfattr user.colour blue /hello.txt -- \
	-setfattr user.long "$(head -c 3000 /dev/zero | tr '\0' y)" /hello.txt -- \
	-setfattr user.empty '' /sub/eight.bin -- \
	-commit >xorriso.log 2>&1 || fail "xorriso: $(cat xorriso.log)"
run iso-inspect --list --json a.iso
expect_status 0
expect_entries 'map(select(.path == "/hello.txt").acl) == ["user::rw-,user:54321:r--,group::r--,group:54322:rwx,mask::rwx,other::---"]'
expect_entries 'map(select(.path == "/defaults").acl) == ["user::rwx,group::r-x,other::r-x,default:user::rwx,default:group::r-x,default:other::---"]'
expect_entries 'map(select(.path == "/hello.txt").xattr | sort) == [["user.colour", "user.long"]]'
expect_entries 'map(select(.path == "/sub/eight.bin").xattr) == [["user.empty"]]'
expect_entries 'map(select(.path == "/sub/empty") | has("acl") or has("xattr")) == [false]'
run iso-inspect --list --verbose a.iso
expect_stdout_has '/hello\.txt  acl=user::rw-,user:54321:r--,.* xattr=user\.'
run iso-inspect --json a.iso
expect_json '.extensions == ["aaip"]'
run iso-inspect --check a.iso
expect_status 0

# The lists as text mean what getfacl of xorriso says.
run iso-inspect --list --json a.iso
jq -r 'select(.path == "/hello.txt").acl' "$out" | tr , '\n' | sort >have
xorriso -report_about SORRY -acl on -indev stdio:a.iso -getfacl /hello.txt -- 2>/dev/null |
	grep -v '^#' | grep . | sort >want
expect_same want have

# zisofs: sizes are those of the contents, whatever the version.
mkdir z
head -c 400000 /dev/zero | tr '\0' k >z/big
head -c 100000 /dev/zero >z/zeros
printf small >z/small
for version in off on; do
	xorriso -report_about SORRY -zisofs "version_2=$version:bpt_target=-1" \
		-outdev "stdio:z-$version.iso" -map z / -set_filter_r --zisofs / -- \
		-commit >xorriso.log 2>&1 || skip "xorriso cannot write zisofs version 2"
	run iso-inspect --list --json "z-$version.iso"
	expect_entries 'map(select(.zisofs) | [.path, .size]) | sort == [["/big", 400000], ["/zeros", 100000]]'
	expect_entries 'map(select(.path == "/small").size) == [5]'
	run iso-inspect --check "z-$version.iso"
	expect_status 0
	run iso-inspect --json "z-$version.iso"
	expect_json '.namespaces | has("zisofs")'
done

command -v genisoimage >/dev/null || exit 0
genisoimage -quiet -R -xa -o xa.iso tree 2>/dev/null || fail genisoimage
run iso-inspect --list --json xa.iso
expect_entries 'map(select(.type == "file")) | length > 0 and all(.xa | .form2 == false and .cdda == false)'
run iso-inspect --json xa.iso
expect_json '.namespaces | has("rockridge")'
printf "%s\n" ".txt Ascii 'ttxt' 'TEXT' \"a text\"" >map
for how in -R -xa; do
	genisoimage -quiet $how -apple -map map -o apple.iso tree 2>genisoimage.log ||
		fail "genisoimage: $(cat genisoimage.log)"
	run iso-inspect --list --json apple.iso
	expect_entries 'map(select(.path | test("^/(hello.txt|HELLO.TXT)$")).apple | [.type, .creator]) == [["TEXT", "ttxt"]]'
	run iso-inspect --json apple.iso
	expect_json '.extensions | index("apple") != null'
	run iso-inspect --check apple.iso
	expect_status 0
done
