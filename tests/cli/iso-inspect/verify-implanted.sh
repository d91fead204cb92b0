# SPDX-License-Identifier: GPL-3.0-or-later
# --verify: the MD5 that implantisomd5 writes, judged as checkisomd5 does, and where
# that program is wrong.
. "$(dirname "$0")/../lib.sh"
need xorriso implantisomd5 checkisomd5 jq python3
need_hashes

result='(.verification[] | select(.scheme == "implanted-md5") | .result)'
flip() { # FILE BYTE
	python3 - "$1" "$2" <<-'END'
		import sys
		with open(sys.argv[1], 'r+b') as f:
		    f.seek(int(sys.argv[2])); b = f.read(1)
		    f.seek(int(sys.argv[2])); f.write(bytes([b[0] ^ 1]))
	END
}
make_image() { # FILE BYTES
	rm -rf tree; mkdir tree
	head -c "$2" /dev/urandom >tree/data
	xorriso -as mkisofs -quiet -R -o "$1" tree 2>xorriso.log || fail "no image"
	implantisomd5 "$1" >implant.log || fail "implantisomd5 fails"
}

make_image plain.iso 1000
xorriso -as mkisofs -quiet -R -o bare.iso tree 2>xorriso.log
run iso-inspect --verify bare.iso
expect_status 1
expect_stdout_has '^no checksums'
run iso-inspect --verify --json bare.iso
expect_status 1
expect_json '.verification == [] and (.not_covered | map(.bytes) | add) == .size'

# A large one, where both programs agree on every byte tried.
make_image large.iso 30000000
checkisomd5 large.iso >/dev/null 2>&1 || fail "checkisomd5 does not like its own"
run iso-inspect --verify large.iso
expect_status 0
expect_stdout_has '^match +implanted MD5'
expect_stdout_has 'all 20 fragment sums agree'
size=$(stat -c %s large.iso)
for at in 0 33400 33650 34163 5000000 17654321 $((size - 2048 * 15 - 150 * 2048 - 5000)) $((size - 1)); do
	flip large.iso $at
	checkisomd5 large.iso >/dev/null 2>&1
	theirs=$?
	run iso-inspect --verify --json large.iso
	if [ "$theirs" = 0 ]; then
		expect_status 0
		expect_json "$result == \"match\" and .integrity.implanted_md5 == \"match\""
		expect_json "[.verification[0].not_covered[] | select(.offset <= $at and $at < .offset + .bytes)] | length == 1"
	else
		expect_status 1
		expect_json "$result == \"mismatch\" and .integrity.implanted_md5 == \"mismatch\""
		# The fragments narrow the place down.
		expect_json ".verification[0].mismatches[0] |
			.offset <= $at and $at < .offset + .bytes and .bytes < $size / 15"
		expect_json "[.verification[0].covered[] | select(.offset <= $at and $at < .offset + .bytes)] | length == 1"
	fi
	flip large.iso $at
done

# Covered and not covered are all there is, without overlap.
run iso-inspect --verify --json large.iso
expect_json '.verification[0] | .covered + .not_covered | sort_by(.offset) |
	reduce .[] as $r (0; if $r.offset == . then . + $r.bytes else -1e18 end) == '$size

# checkisomd5 1.2.3 fails on images below 0.7 MB; the sum is right.
for bytes in 100 60000 200000 400000 600000; do
	make_image small.iso $bytes
	run iso-inspect --verify small.iso
	expect_status 0
	flip small.iso 40000
	run iso-inspect --verify small.iso
	expect_status 1
done

# Cut off: incomplete, and how far it is good.
head -c 10000000 large.iso >cut.iso
run iso-inspect --verify --json cut.iso
expect_status 1
expect_json "$result == \"incomplete\" and .integrity.implanted_md5 == \"mismatch\""
expect_json '.verification[0].mismatches[0].problem == "cut-off"'

# A damaged text.
cp large.iso damaged.iso
flip damaged.iso $((32768 + 883 + 2))
run iso-inspect --verify --json damaged.iso
expect_status 1
expect_json '.verification[0].mismatches[0].problem == "damaged-text"'

# An appended partition lies outside: said, in words and numbers.
head -c 1474560 /dev/urandom >esp.img
rm -rf tree; mkdir tree; head -c 3000000 /dev/urandom >tree/data
xorriso -as mkisofs -quiet -R -o appended.iso -append_partition 2 0xef esp.img tree 2>xorriso.log
implantisomd5 appended.iso >implant.log || fail "implantisomd5 fails"
run iso-inspect --verify appended.iso
expect_status 0
expect_stdout_has 'partition 2 \(EFI system\) behind the volume'
run iso-inspect --verify --json appended.iso
expect_json '[.verification[0].not_covered[] | select(.what | test("partition 2"))] | length == 1 and .[0].bytes == 1474560'
