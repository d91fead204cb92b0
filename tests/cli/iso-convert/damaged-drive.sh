# SPDX-License-Identifier: GPL-3.0-or-later
# What cannot be read is left out and listed, where a map is kept, and read later.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/discs.sh"
[ "${ISOKIT_INSTRUMENTED-no}" = no ] || skip "sanitizers want to be loaded first"
shim=$ISOKIT_BUILD/tests/.libs/badblocks.so
[ -f "$shim" ] || skip "tests/badblocks is not built"

head -c 5000000 /dev/urandom >big
mkdir -p tree
mv big tree
make_iso disc.iso

# bad RANGES OPTION…: iso-convert while the ranges (OFFSET+BYTES,…) of disc.iso are bad.
bad() {
	local ranges=$1
	shift
	run env LD_PRELOAD="$shim" BADBLOCKS_FILE="$PWD/disc.iso" BADBLOCKS="$ranges" \
		"$(binary_path iso-convert)" "$@"
}
export LD_LIBRARY_PATH=$ISOKIT_BUILD/.libs${LD_LIBRARY_PATH+:$LD_LIBRARY_PATH}

bad 2000000+3 disc.iso out.iso
expect_status 2
expect_stderr_lines 1
expect_stderr_has 'disc.iso: cannot .*Input/output error.*--map-file'
[ ! -e out.iso ] || fail "half a file"

bad 2000000+3,3000000+50000 --map-file=map disc.iso out.iso
expect_status 1
expect_stdout_has '^  unread    byte 1998848, 2048 bytes'
expect_stdout_has '^  unread    byte 2998272, 53248 bytes|^  unread    byte 2999[0-9]*, '
[ "$(stat -c %s out.iso)" = "$(stat -c %s disc.iso)" ] || fail "another size"
grep -q '^0x001E8000  0x00000800  -$' map || fail "the map is: $(cat map)"
if command -v ddrescuelog >/dev/null; then
	ddrescuelog -t map >/dev/null || fail "ddrescuelog does not read the map"
fi
[ ! -e out.iso.part ] || fail "out.iso.part is left"

# One of the two can be read now, and nothing else is read again.
bad 0+1000000,2000000+3 --map-file=map disc.iso out.iso
expect_status 2
bad 1000000+900000,2000000+3 --map-file=map disc.iso out.iso
expect_status 1
expect_stdout_lacks '^  unread    byte 2999'
expect_stdout_has '^  unread    2048 bytes in 1 place'
run iso-convert --map-file=map disc.iso out.iso
expect_status 0
expect_same out.iso disc.iso

# A map of something else, and one whose file is gone.
printf '0x0 + 1\n0x0 0x1000 +\n' >other
run iso-convert --map-file=other disc.iso out.iso
expect_status 2
expect_stderr_has 'other: is a map of 4096 bytes'
rm out.iso
run iso-convert --map-file=map disc.iso out.iso
expect_status 2
expect_stderr_has 'map: says what was read, but neither'
echo nonsense >broken
run iso-convert --map-file=broken disc.iso out.iso
expect_status 2
expect_stderr_has 'broken: line 1: '
