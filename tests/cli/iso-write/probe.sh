# SPDX-License-Identifier: GPL-3.0-or-later
# --probe, --clone and --compare of drives.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/drives.sh"

new_drive a 24M; a=$drive
new_drive b 32M; b=$drive
export LD_LIBRARY_PATH=$ISOKIT_BUILD/.libs${LD_LIBRARY_PATH+:$LD_LIBRARY_PATH}

for how in --probe --probe=quick; do
	run iso-write $how --yes --fixed-disk "$a"
	expect_status 0
	sync a
	cmp -n 1048576 a /dev/zero || fail "the marks were left"
done

shim=$ISOKIT_BUILD/tests/.libs/baddrive.so
if [ -f "$shim" ] && [ "$ISOKIT_INSTRUMENTED" = no ]; then
	for how in --probe --probe=quick; do
		head -c 24M /dev/urandom >a
		run env BADDRIVE=drop:12582912 BADDRIVE_FILE="$a" LD_PRELOAD="$shim" \
			"$(binary_path iso-write)" $how --yes --fixed-disk --json "$a"
		expect_status 1
		expect_json '.drives[0] | .state == "differs" and .suspect == "fake"'
	done
fi

# A clone is all of the drive.
head -c 24M /dev/urandom >a
run iso-write --clone --yes --fixed-disk "$a" "$b"
expect_status 0
expect_written b a
run iso-write --compare "$a" "$b"
expect_status 0
printf x | dd of=b bs=1 seek=9000000 conv=notrunc 2>/dev/null
blockdev --flushbufs "$b"
run iso-write --compare "$a" "$b"
expect_status 1
expect_stdout_has 'byte 8999936, 512 bytes'

# What cannot be read of it is listed, and everything else is there.
shim=$ISOKIT_BUILD/tests/.libs/badblocks.so
if [ -f "$shim" ] && [ "$ISOKIT_INSTRUMENTED" = no ]; then
	run env BADBLOCKS=8192000+4096,12288000+512 BADBLOCKS_FILE="$a" LD_PRELOAD="$shim" \
		"$(binary_path iso-write)" --clone --yes --fixed-disk "$a" "$b"
	expect_status 2
	grep -q '8,192 bytes of the source cannot be read' "$out" "$err" || fail "losses are not told"
	grep -q '4,096 bytes at byte 8,192,000' "$out" "$err" || fail "the gaps are not listed"
	cp a should
	dd if=/dev/zero of=should bs=4096 seek=2000 count=1 conv=notrunc 2>/dev/null
	dd if=/dev/zero of=should bs=4096 seek=3000 count=1 conv=notrunc 2>/dev/null
	expect_written b should
fi
