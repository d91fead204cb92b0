# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../lib.sh"
need_command iso-build

mkdir tree tree/sub
head -c 3000000 /dev/urandom >tree/one
ln tree/one tree/sub/two
cp -p tree/one tree/copy
run iso-build --boot=none -o out.iso tree
expect_status 0
run iso-inspect --list --json out.iso
expect_status 0
first=$(jq -r 'select(.path == "/one").extents[0].lba' "$out")
second=$(jq -r 'select(.path == "/sub/two").extents[0].lba' "$out")
other=$(jq -r 'select(.path == "/copy").extents[0].lba' "$out")
[ "$first" = "$second" ] || fail "the links lie at $first and $second"
[ "$first" != "$other" ] || fail "a copy is taken for a link"
[ "$(jq 'select(.path == "/one").links' "$out")" = 2 ] || fail "the link count is not 2"
[ "$(stat -c %s out.iso)" -lt 7000000 ] || fail "the data is stored more than once each"
