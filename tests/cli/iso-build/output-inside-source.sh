# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../lib.sh"
need_command iso-build

mkdir -p tree/sub
printf x >tree/file
run iso-build --boot=none -o tree/sub/out.iso tree
expect_status 2
expect_stderr_has '^iso-build: tree/sub/out.iso: .*inside the source'
expect_stderr_lines 1
[ "$(find tree | wc -l)" = 3 ] || fail "something was left in the tree"
# Through another name of the same folder.
ln -s tree/sub alias
run iso-build --boot=none -o alias/out.iso tree
expect_status 2
(cd tree && run iso-build --boot=none -o out.iso . && expect_status 2)
# Said to be left out, it is no problem.
run iso-build --boot=none --exclude 'out.iso' -o tree/sub/out.iso tree
expect_status 0
cp tree/sub/out.iso first.iso
run iso-build --boot=none --exclude 'out.iso' -o tree/sub/out.iso tree
expect_status 0
run iso-inspect --list tree/sub/out.iso
expect_stdout_lacks 'out\.iso'

# The same of a list of checksums, which is there the second time.
need_hashes
mkdir plain
printf x >plain/file
run iso-build --boot=none -o x.iso --manifest plain/sums plain
expect_status 2
expect_stderr 'iso-build: plain/sums: the list of checksums would lie inside the source; write it elsewhere or exclude it'
[ ! -e x.iso ] || fail "an image was written"
run iso-build --boot=none -o x.iso --exclude sums --manifest plain/sums plain
expect_status 0
run iso-build --boot=none -o x.iso --manifest sums plain
expect_status 0
