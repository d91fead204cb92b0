#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Extended attributes and access control lists of folders and archives; xorriso, which
# has its own code for both, finds them.
. "$(dirname "$0")/../lib.sh"
need_command iso-build
need_archives
need xorriso setfattr setfacl bsdtar tar

mkdir -p t/dir/sub
for f in plain user acl both big dir/deep; do echo "$f" >"t/$f"; done
setfattr -n user.mime_type -v text/plain t/user 2>/dev/null || skip "no extended attributes here"
setfattr -n user.empty t/user
setfattr -n user.bytes -v 0x0001ff000a t/both
setfattr -n user.on-folder -v yes t/dir
head -c 3000 /dev/zero | tr '\0' v >value
setfattr -n user.big -v "$(cat value)" t/big
chmod 640 t/acl t/both
setfacl -m u:50007:rwx,g:70000:r-x t/acl 2>/dev/null || skip "no access control lists here"
setfacl -m u:50001:r,m::r t/both
setfacl -m u:50008:rx,d:u:50009:rwx,d:g:50004:r t/dir
setfacl -d -m u:50010:rw t/dir/sub # and none for itself

# xattr_of IMAGE PATH, acl_of IMAGE PATH: as xorriso has them
xattr_of() { xorriso -xattr any -indev "$1" -getfattr "$2" -- 2>/dev/null | grep '^[a-z]*\.' | sort; }
# (xorriso shows both lists of a folder alike)
acl_of() { xorriso -acl on -indev "$1" -getfacl "$2" -- 2>/dev/null | grep -v '^#' | grep .; }
host_acl() { getfacl -cpn "$1" 2>/dev/null | sed 's/[[:space:]]*#effective.*//; s/^default://' | grep .; }

check() {
	local f
	expect_status 0
	[ "$(xattr_of "$1" /user)" = 'user.empty=""
user.mime_type="text/plain"' ] || fail "$1: attributes of /user: $(xattr_of "$1" /user)"
	[ "$(xattr_of "$1" /big)" = "user.big=\"$(cat value)\"" ] || fail "$1: the large value"
	[ "$(xattr_of "$1" /dir)" = 'user.on-folder="yes"' ] || fail "$1: a folder's"
	[ -z "$(xattr_of "$1" /plain)" ] || fail "$1: /plain has attributes"
	for f in acl both dir; do
		[ "$(acl_of "$1" "/$f" | sort)" = "$(host_acl "t/$f" | sort)" ] ||
			fail "$1: list of /$f: $(acl_of "$1" "/$f") and not $(host_acl "t/$f")"
	done
	run iso-inspect --check "$1"
	expect_status 0
	run iso-inspect -l --json "$1"
	expect_json 'select(.path == "/acl") | .acl | test("user:50007:rwx") and test("group:70000:r-x")' \
		<(jq -c 'select(.path == "/acl")' "$out")
	run iso-inspect -l "$1"
	expect_stdout_has '^-rw-rwx--- .* /acl$' # the mask, as on the host
}
run iso-build -q --xattr --acl -o host.iso t
check host.iso

# Archives of three dialects say the same.
tar -C t --xattrs --xattrs-include='*' --acls -cf gnu.tar . 2>/dev/null
bsdtar -C t --xattrs --acls -cf bsd.tar --format=pax .
for f in gnu bsd; do
	run iso-build -q --xattr --acl -o $f.iso $f.tar
	check $f.iso
	expect_same $f.iso host.iso
done
# A manifest's contents bring theirs.
(cd t && bsdtar -cf ../m.mtree --format=mtree .)
b=$(command_path iso-build)
(cd t && "$b" -q --xattr --acl -o ../m.iso ../m.mtree) || fail "from a manifest"
[ "$(xattr_of m.iso /user)" = "$(xattr_of host.iso /user)" ] || fail "a manifest loses attributes"

# Without the options: none, and of an archive it is said.
run iso-build -o none.iso t
[ -z "$(xattr_of none.iso /user)" ] || fail "attributes without --xattr"
run iso-build -o none.iso gnu.tar
expect_status 0
expect_stderr_has 'gnu.tar: .* extended attributes; --xattr keeps them'
expect_stderr_has 'gnu.tar: .* access control lists; --acl keeps them'
[ -z "$(xattr_of none.iso /user)" ] || fail "attributes without --xattr"
# An image to start from keeps them without being asked, also one of xorriso's.
run iso-build -q -o new.iso host.iso /more=t/plain
check new.iso
xorriso -xattr any -acl on -outdev x.iso -map t / -- >/dev/null 2>&1
run iso-build -q -o new.iso x.iso /more=t/plain
check new.iso

# Where the mode is changed, the list goes with it, as with chmod.
run iso-build -q --acl --mode acl=604 -o mode.iso t
expect_status 0
[ "$(acl_of mode.iso /acl | tr '\n' ' ')" = 'user::rw- user:50007:rwx group::r-- group:70000:r-x mask::--- other::r-- ' ] ||
	fail "after --mode: $(acl_of mode.iso /acl)"
# Only the one.
run iso-build -q --xattr -o x.iso t
[ -n "$(xattr_of x.iso /user)" ] || fail "--xattr alone"
acl_of x.iso /acl | grep -q '^user:50007' && fail "--xattr brought lists"
exit 0
