# SPDX-License-Identifier: GPL-3.0-or-later
# The same content gives the same bytes: another directory order, folder, time
# zone, locale, umask, number of threads, moment, and as a stream.
. "$(dirname "$0")/../lib.sh"
. "$ISOKIT_SOURCE/tests/cli/iso-build/tree.sh"
need_command iso-build

make_tree one
make_tree two reverse
run iso-build --boot=none -o one.iso one
expect_status 0
sleep 1.1
umask 077
TZ=Asia/Tokyo LC_ALL=C run iso-build --boot=none -o two.iso "$PWD/two/."
expect_status 0
umask 022
expect_same one.iso two.iso
run iso-build --boot=none -o - one
expect_status 0
expect_same one.iso "$out"

# An epoch clamps what is later, and nothing else.
SOURCE_DATE_EPOCH=1600000500 run iso-build --boot=none -o epoch.iso one
expect_status 0
SOURCE_DATE_EPOCH=1600000500 run iso-build --boot=none -o epoch2.iso two
expect_status 0
expect_same epoch.iso epoch2.iso
! cmp -s one.iso epoch.iso || fail "SOURCE_DATE_EPOCH changed nothing"
run iso-inspect --list --json epoch.iso
expect_status 0
expect_stdout_has '"path":"/plain.txt".*"mtime":"2020-09-13T12:26:41'
expect_stdout_lacks '"mtime":"2020-09-13T12:3[6-9]'
expect_stdout_lacks '"mtime":"202[1-9]'
run iso-inspect --json epoch.iso
expect_json '.volume.created | startswith("2020-09-13T12:35:00")'
