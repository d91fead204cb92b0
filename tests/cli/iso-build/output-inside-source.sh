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
