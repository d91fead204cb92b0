# SPDX-License-Identifier: GPL-3.0-or-later
# Link targets and file sizes beyond a limit, and names that are none.
. "$(dirname "$0")/../lib.sh"
need_command iso-build

repeat() { printf "%*s" "$2" "" | sed "s|.|$1|g"; }

mkdir tree long links
head -c 3000000 /dev/zero >tree/file
ln -s "$(repeat x/ 1000)" links/path
run iso-build --boot=none -o out.iso links
expect_status 2
expect_stderr 'iso-build: /path: is a link to a path of 2000 bytes, and libisofs stores 1023: shorten it, or leave it out with --exclude'
rm links/path
ln -s "$(repeat y 256)" links/name
run iso-build --boot=none -o out.iso links
expect_status 2
expect_stderr 'iso-build: /name: is a link to a name of 256 bytes; the limit is 255: leave it out with --exclude'
# Linux cuts names that it could store itself: said, not refused.
printf x >"long/$(repeat n 254)"
run iso-build --boot=none -o long.iso long
expect_status 0
expect_stdout_has '^  note +1 name of more than 253 bytes'
# "." and ".." are no names of files, also where no folder has them yet.
run iso-build --boot=none -o out.iso new/.=tree/file
expect_status 2
expect_stderr_has 'cannot be the name of a file'
run iso-build --boot=none -o out.iso new/..=tree/file
expect_status 2
expect_stderr_has 'leads out of the image'
# A limit on the size of files is a failed write, not a death by SIGXFSZ.
(
	ulimit -f 1000
	run iso-build --boot=none -o out.iso tree
	expect_status 2
	expect_stderr_has '^iso-build: out.iso: cannot be written: File too large$'
) || exit
expect_files tree long links long.iso
# A place too deep.
run iso-build --boot=none -o out.iso "$(repeat d/ 300)=tree/file"
expect_status 2
expect_stderr_has 'nested more than 256 folders deep'
