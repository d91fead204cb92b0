# install.esd above 4 GiB, most of it a hole, goes through libwim; what lies in its way is not lost.
. "$(dirname "$0")/../cli/lib.sh"
need wimlib-imagex python3 mcopy
need_command iso-build
compose=$ISOKIT_BUILD/tests/stick-compose
[ -x "$compose" ] || skip "stick-compose was left out"
MiB=$((1 << 20))
export MTOOLS_SKIP_CHECK=1

mkdir -p w/sources x/a
seq 20000 >x/a/numbers
wimlib-imagex capture x s.esd One --solid >/dev/null || fail "wimlib"
python3 - s.esd w/sources/install.esd <<'EOF' || fail "python3"
import struct, sys
b = bytearray(open(sys.argv[1], "rb").read())
far, mask, tail = 4300000000, (1 << 56) - 1, b""
for at in 48, 72:  # table, description
    size, offset, original = struct.unpack_from("<QQQ", b, at)
    struct.pack_into("<QQQ", b, at, size, far + len(tail), original)
    tail += b[offset:offset + (size & mask)]
with open(sys.argv[2], "wb") as f:
    f.write(b)
    f.seek(far)
    f.write(tail)
EOF
"$(command_path iso-build)" -q -V WIN --udf --boot=none --hybrid=none -o w.iso w || fail "iso-build"
run "$compose" files w.iso $((200 * MiB)) y.img sparse=1 scratch=.
[ "$status" = 0 ] || ! grep -q 'Debian: libwim15' "$err" || skip "there is no libwim"
expect_status 0
expect_stdout_has 'install.esd is larger than FAT32 can hold: it is compressed in another way, as install.wim'
mcopy -i y.img@@1M ::/sources/install.wim . || fail "mcopy"
run wimlib-imagex verify install.wim
expect_status 0
wimlib-imagex apply install.wim 1 got >/dev/null && diff -r x got || fail "other contents"
: >w/sources/Install.wim
"$(command_path iso-build)" -q -V WIN --udf --boot=none --hybrid=none -o w.iso w || fail "iso-build"
run "$compose" files w.iso $((200 * MiB)) y.img sparse=1 scratch=.
expect_status 2
expect_stderr_has '/sources/install.wim: is there already, where /sources/install.esd'
