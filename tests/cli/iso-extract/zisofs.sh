# SPDX-License-Identifier: GPL-3.0-or-later
# Compressed contents come out expanded, with holes where they hold nothing.
. "$(dirname "$0")/../lib.sh"
need_command iso-build

mkdir src
seq 1 200000 >src/text
head -c 70000 /dev/urandom >src/random
: >src/empty
{ seq 1 100; head -c 30000000 /dev/zero; seq 1 100; } >src/zeros
run iso-build --boot=none --zisofs -o x.iso src
[ "$status" != 2 ] || ! grep -q zlib "$err" || skip "no zlib"
expect_status 0
run iso-extract -C out x.iso
[ "$status" != 1 ] || ! grep -q 'zlib' "$err" || skip "no zlib to expand with"
expect_status 0
diff -r src out || fail "contents differ"
[ "$(stat -c %b out/zeros)" -lt 10000 ] || fail "zeros were written: $(stat -c %b out/zeros) blocks"
run iso-extract -O x.iso text
expect_status 0
expect_same "$out" src/text
run iso-extract --json -C again x.iso
expect_json '.bytes > 30000000 and .hole_bytes > 29000000'

# Cut short, it is told; the others come out.
size=$(stat -c %s x.iso)
head -c 120000 x.iso >cut.iso
run iso-extract -C cut cut.iso
expect_status 1
