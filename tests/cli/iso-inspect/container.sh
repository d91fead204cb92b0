# SPDX-License-Identifier: GPL-3.0-or-later
# Images inside raw CD sectors or behind a header: inspected, and said to be so.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/images.sh"
need python3 jq

# wrap IN OUT STRIDE USER MODE: raw sectors with sync, header and subheader.
wrap() {
	python3 - "$@" <<-'END'
	import sys
	src, dst, stride, user, mode = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])
	data = open(src, 'rb').read()
	out = bytearray()
	for i in range(0, len(data), 2048):
	    n = i // 2048 + 150
	    bcd = lambda v: v // 10 * 16 + v % 10
	    head = b'\0' + b'\xff' * 10 + b'\0' + bytes([bcd(n // 4500), bcd(n // 75 % 60), bcd(n % 75), mode])
	    if mode == 2:
	        head += bytes([0, 0, 8, 0]) * 2
	    s = bytearray(stride)
	    head = head[len(head) - user:] if user else b''
	    s[:len(head)] = head
	    s[user:user + 2048] = data[i:i + 2048]
	    out += s
	open(dst, 'wb').write(out)
	END
}

data_image plain.iso
blocks=$(($(stat -c %s plain.iso) / 2048))
run iso-inspect --list --json plain.iso
cp "$out" plain.list
run iso-inspect --json plain.iso
expect_json 'has("container") | not'
jq -cS 'del(.path, .size, .boot, .problems)' "$out" >plain.json

while read -r name stride user mode word; do
	wrap plain.iso "$name" "$stride" "$user" "$mode"
	run iso-inspect --json "$name"
	expect_status 0
	expect_json ".container.kind == \"raw-sectors\" and .container.sector_size == $stride"
	expect_json ".container.user_offset == $user and .container.mode == \"$word\""
	expect_json ".container.image_size == $blocks * 2048 and .size == $blocks * $stride"
	expect_json '[.problems[].code] | index("container-raw-sectors") != null'
	expect_json '[.boot[] | objects | .bootable] == [false, false, false, false]'
	expect_json '.boot.bios_usb.reason_codes == ["container-raw-sectors"] and (.boot.hybrid | not)'
	# Everything else is what the image itself says.
	jq -cS 'del(.path, .size, .boot, .problems, .container)' "$out" >raw.json
	expect_same plain.json raw.json
	run iso-inspect --list --json "$name"
	expect_status 0
	expect_same plain.list "$out"
	run iso-inspect --require iso9660,complete,valid "$name"
	expect_status 0
	run iso-inspect --require hybrid "$name"
	expect_status 1
	expect_stdout_has 'convert'
done <<-'END'
	mode1.bin 2352 16 1 mode1
	mode2.bin 2352 24 2 mode2
	sub.bin 2448 16 1 mode1
	mode2.2336 2336 8 2 mode2
	xa.2056 2056 8 2 mode2
END
run iso-inspect mode1.bin
expect_status 0
expect_stdout_has '^Inside raw CD sectors, mode 1'
run iso-inspect --check mode1.bin
expect_status 0
expect_stdout_has 'warning .*container-raw-sectors'

# A header of any length; the offset of a finding is one of the file.
for lead in 1 128 307200; do
	{ head -c "$lead" /dev/zero | tr '\0' x; cat plain.iso; } >behind
	run iso-inspect --json behind
	expect_status 0
	expect_json ".container == {\"kind\": \"leading-header\", \"offset\": $lead, \"sector_size\": 2048,
		\"image_size\": $((blocks * 2048)), \"description\": \"something that is no part of it\"}"
	expect_json '.boot.uefi_cd.reason_codes == ["container-leading-header"]'
done
cp plain.iso broken.iso
printf '\0\0\0\0' | dd of=broken.iso bs=1 seek=$((32768 + 84)) conv=notrunc status=none
run iso-inspect --json broken.iso
at=$(jq '.problems[] | select(.code == "descriptor-endian") | .offset' "$out")
[ "$at" -ge 32768 ] || fail "no finding in the broken image"
wrap broken.iso broken.bin 2352 16 1
run iso-inspect --json broken.bin
expect_json ".problems[] | select(.code == \"descriptor-endian\") | .offset == 16 * 2352 + 16 + $at - 32768"

# Cut inside a sector: the whole ones are read.
head -c $((blocks * 2352 - 3000)) mode1.bin >cut.bin
run iso-inspect --json cut.bin
expect_json '[.problems[].code] | index("container-odd-size") != null and index("image-truncated") != null'
expect_json '.container.trailing == 1704'

# Raw sectors that hold nothing of the kind, and cuts at any place.
head -c 81920 /dev/zero | tr '\0' q >nothing
wrap nothing nothing.bin 2352 16 1
run iso-inspect nothing.bin
expect_status 2
expect_stderr 'iso-inspect: nothing.bin: holds raw CD sectors, mode 1, and what is in them has no primary volume descriptor (CD001 at byte 32769): not an ISO 9660 image'
for n in 1 16 2352 37647 37648 37664 39000 40000 41000 60000; do
	head -c "$n" mode1.bin >cut.bin
	TEST_TIMEOUT=5 run iso-inspect --json cut.bin
	[ "$status" -le 2 ] || fail "exit status $status at $n bytes"
done

# --check reads every sector: those made here have no codes, which is said.
run iso-inspect --check mode1.bin
expect_status 0
expect_stdout_has 'note .*sector-edc-none'
if f=$(shared corpus/images/made/hostile/bin-bad-edc/disc.bin.xz); then
	xz -dc "$f" >bad.bin || fail "cannot unpack $f"
	run iso-inspect --check bad.bin
	expect_status 1
	expect_stdout_has 'error .*sector-edc .*sector 30'
fi
