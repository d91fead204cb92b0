#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A tree from an mtree manifest, or with the attributes that one says.
. "$(dirname "$0")/../lib.sh"
need_command iso-build
need bsdtar

mkdir -p t/etc t/usr/bin t/empty
echo hello >t/etc/hosts
head -c 100000 /dev/urandom >t/usr/bin/prog
ln -s ../etc/hosts t/usr/link
printf x >"t/a b#ü.txt"
mkfifo t/pipe
chmod 4755 t/usr/bin/prog
chmod 700 t/etc
run iso-build -q -o ref.iso t
expect_status 0

# The manifest of a folder gives the folder's image, as source, option and stream.
bsdtar -C t -cf m.mtree --format=mtree .
b=$(command_path iso-build)
(cd t && "$b" -q -o ../m.iso ../m.mtree) || fail "as SOURCE"
expect_same m.iso ref.iso
(cd t && "$b" -q -o ../m.iso --mtree ../m.mtree) || fail "as --mtree"
expect_same m.iso ref.iso
(cd t && "$b" -q -o ../m.iso - <../m.mtree) || fail "from a file as standard input"
expect_same m.iso ref.iso
(cd t && cat ../m.mtree | "$b" -q -o ../m.iso -) || fail "from a pipe"
expect_same m.iso ref.iso

# By hand: nesting, /set, vis, continuation, contents elsewhere, devices without root.
cat >hand.mtree <<'END'
#mtree 2.0
/set type=file uid=0 gid=0 mode=0644
.		type=dir mode=0755 time=1000000000.0
    dev		type=dir mode=0755
	console	type=char mode=0600 device=linux,5,1
	sda	type=block mode=0660 \
		gid=6 device=native,0x8,0
	big	type=char device=300,1000
	..
    a\040b	contents=t/etc/hosts uid=7 time=1234567890.5
    etc		type=dir
    ..
    ln		type=link link=a\040b mode=0777
    fifo	type=fifo
..
./etc/deep/er	contents=t/usr/bin/prog mode=0755
/unset uid
# a path from the root, without a slash behind it
./etc/passwd	type=file contents=t/etc/hosts uname=root gname=wheel
END
run iso-build -q -o h.iso hand.mtree
expect_status 0
run iso-inspect -l h.iso
expect_stdout_has '^crw-------  .* 5,  *1 .* /dev/console$'
expect_stdout_has '^brw-rw----  .* 6 .* 8,  *0 .* /dev/sda$'
expect_stdout_has '^crw-r--r--  .* 300, *1000 .* /dev/big$'
expect_stdout_has '^-rw-r--r-- .* 7 .* 6 2009-02-13 23:31 /a b$'
expect_stdout_has '^lrwxrwxrwx .* /ln -> a b$'
expect_stdout_has '^prw-r--r-- .* /fifo$'
expect_stdout_has '^-rwxr-xr-x .* 100000 .* /etc/deep/er$'
bsdtar -xOf h.iso etc/deep/er | cmp - t/usr/bin/prog || fail "contents= was not taken"

# Over a tree: attributes change, contents stay, the rest stays.
cat >over.mtree <<'END'
etc/hosts uid=42 gid=43 mode=0600 time=1500000000.0
./usr type=dir mode=0711
./dev/null type=char device=1,3 mode=0666
END
sed -i 's#^etc/hosts#./etc/hosts#' over.mtree
run iso-build -q -o o.iso --mtree over.mtree t
expect_status 0
run iso-inspect -l o.iso
expect_stdout_has '^-rw------- .* 42  *43 .* 6 2017-07-14 02:40 /etc/hosts$'
expect_stdout_has '^drwx--x--x .* /usr$'
expect_stdout_has '^crw-rw-rw- .* 1,  *3 .* /dev/null$'
expect_stdout_has '^-rwsr-xr-x .* /usr/bin/prog$'
[ "$(bsdtar -xOf o.iso etc/hosts)" = hello ] || fail "a content was lost"
# Without its first line it is no source but a file.
run iso-build -q -o f.iso over.mtree
[ "$(bsdtar -xOf f.iso over.mtree | head -c 5)" = ./etc ] || fail "a file was taken for a manifest"

# What is wrong is said with its line.
refused() {
	printf '#mtree\n%s\n' "$1" >bad.mtree
	run iso-build -q -o bad.iso bad.mtree
	expect_status 2
	expect_stderr_lines 1
	expect_stderr_has "$2"
	[ ! -e bad.iso ] || fail "an image was written"
}
refused 'x type=file' ' x: no such file .line 2 of bad.mtree'
refused 'x type=flie' 'bad.mtree:2: is no type: flie'
refused 'x type=char' 'bad.mtree:2: a device needs device='
refused 'x type=char device=a,b' 'bad.mtree:2: is no device'
refused 'x type=link' 'bad.mtree:2: a link needs link='
refused 'x type=dir uid=joe' 'bad.mtree:2: owners and groups are numbers: joe'
refused 'x type=dir uname=joe' 'bad.mtree:2: .*say uid=, too: joe'
refused 'x type=dir mode=u+x' 'bad.mtree:2: is no octal mode'
refused 'x type=dir time=now' 'bad.mtree:2: is no time'
refused '..' 'bad.mtree:2: ".." leads out'
refused '../x type=dir' 'bad.mtree: \.\.: leads out of its folder'
refused './a/../../x type=dir' 'leads out of its folder'
refused 'x\057y type=dir' 'cannot have a slash'
refused 'x\000y type=dir' 'is no name'
refused 'x contents=t/etc/hosts size=7' 'has 6 bytes, and line 2 says 7'
refused 'x contents=t/etc' 'is no regular file'
refused '' 'names no file'
# optional: it may be absent.
printf '#mtree\nx type=file optional\ny type=dir\n' >opt.mtree
run iso-build -q -o opt.iso opt.mtree
expect_status 0
run iso-inspect -l opt.iso
expect_stdout_lacks '/x$'
# What is not taken is told.
printf '#mtree\nx contents=t/etc/hosts sha256digest=00 flags=uchg frob=1\n' >told.mtree
run iso-build -o told.iso told.mtree
expect_status 0
expect_stderr_has '1 digests were not compared'
expect_stderr_has 'file flags'
expect_stderr_has 'unknown keywords.* frob'
exit 0
