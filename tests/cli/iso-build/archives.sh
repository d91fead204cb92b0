#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A tree gives the same image whether it is a folder, a tar archive of any dialect, a
# cpio archive, compressed or not, a file or a stream.
. "$(dirname "$0")/../lib.sh"
need_command iso-build
need_archives
need bsdtar tar

mkdir -p t/etc t/usr/bin t/deep/er t/empty-folder
echo hello >t/etc/hosts
head -c 300000 /dev/urandom >t/usr/bin/big
ln t/usr/bin/big t/deep/er/big-too
ln -s ../etc/hosts t/usr/link
touch t/empty
printf x >"t/naïve ü.txt"
printf x >"t/$(printf 'a%.0s' {1..200})"
truncate -s 5M t/sparse && printf tail >>t/sparse
mkfifo t/pipe
chmod 4755 t/usr/bin/big
chmod 700 t/deep
chmod 1777 t/empty-folder
touch -d @1000000000 t/etc t/usr/link -h

run iso-build -q -o ref.iso t
expect_status 0

tar -C t -cf gnu.tar --format=gnu .
tar -C t -cf pax.tar --format=posix .
tar -C t -Scf sparse-gnu.tar --format=gnu .
tar -C t -Scf sparse-pax.tar --format=posix .
tar -C t -czf gz.tar .
bsdtar -C t -cf bsd.tar --format=pax .
bsdtar -C t -cf cpio.newc --format=newc .
for f in pax.tar bsd.tar sparse-pax.tar; do
	# These hold parts of seconds, which an image does not.
	run iso-build -q -o "$f.iso" "$f"
	expect_status 0
	expect_same "$f.iso" ref.iso
done
for f in gnu.tar sparse-gnu.tar gz.tar cpio.newc; do
	run iso-build -q -o "$f.iso" "$f"
	expect_status 0
	expect_same "$f.iso" ref.iso
done
for filter in bzip2 xz zstd lz4 compress lzip; do
	# Some of these need a program that may be absent.
	bsdtar -C t -c --"$filter" -f f.tar . 2>/dev/null || continue
	run iso-build -q -o f.iso f.tar
	expect_status 0
	expect_same f.iso ref.iso
done

# Standard input: a file, a pipe, compressed or not, and to standard output.
b=$(command_path iso-build)
"$b" -q -o s.iso - <gnu.tar && expect_same s.iso ref.iso || fail "from a file"
cat gnu.tar | "$b" -q -o s.iso - && expect_same s.iso ref.iso || fail "from a pipe"
cat gz.tar | "$b" -q -o s.iso - && expect_same s.iso ref.iso || fail "from a pipe, gzip"
cat cpio.newc | "$b" -q -o - - >s.iso && expect_same s.iso ref.iso || fail "cpio, both pipes"
cat gnu.tar | "$b" -q -o s.iso --unpack - && expect_same s.iso ref.iso || fail "--unpack -"

# Elsewhere, over a folder, and below what is there already.
mkdir whole && cp -a t whole/sub
run iso-build -q -o a.iso whole
run iso-build -q --mode=/=755 -o b.iso --unpack gnu.tar=/sub
expect_status 0
run iso-inspect -l a.iso
sed 1d "$out" >a.list
run iso-inspect -l b.iso
sed 1d "$out" | diff - a.list >/dev/null || fail "--unpack=DEST has another tree"

# An archive with a place of its own is a file.
run iso-build -q -o file.iso /sub/x.tar=gnu.tar
expect_status 0
bsdtar -xOf file.iso sub/x.tar | cmp - gnu.tar || fail "the archive was not stored"

# What is excluded takes along what is below it; rules apply.
run iso-build -q -o x.iso --exclude etc --exclude /deep/er --owner 7 --mode '*.txt=600' gnu.tar
expect_status 0
run iso-inspect -l x.iso
expect_stdout_lacks ' /etc'
expect_stdout_lacks ' /deep/er'
expect_stdout_has '^-rw------- .* 7 .*naïve'

# Later entries and later sources replace what was there.
mkdir one && echo 1 >one/f && tar -C one -cf dup.tar f && echo 22 >one/f && tar -C one -rf dup.tar f
run iso-build -q -o d.iso dup.tar
expect_status 0
[ "$(bsdtar -xOf d.iso f)" = 22 ] || fail "the first of two entries of one name was taken"
echo 333 >one/f
run iso-build -q -o d.iso dup.tar one
[ "$(bsdtar -xOf d.iso f)" = 333 ] || fail "a later folder did not replace an entry"
run iso-build -q -o d.iso one dup.tar
[ "$(bsdtar -xOf d.iso f)" = 22 ] || fail "a later archive did not replace a file"
# An archive that changes while contents are copied out of it. The pipe holds the build.
head -c 3000000 /dev/urandom >one/f && tar -C one -cf moving.tar f
"$b" -q -o - moving.tar 2>"$err" | { head -c 100000 >part; touch -d @5 moving.tar; cat >/dev/null; }
[ "${PIPESTATUS[0]}" = 2 ] || fail "a change of the archive was not noticed"
expect_stderr_has 'moving.tar: was modified while the image was built'
# Nothing stays beside the output.
ls -A | grep -q spool && fail "something was left behind"
exit 0
