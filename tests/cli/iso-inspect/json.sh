# SPDX-License-Identifier: GPL-3.0-or-later
# --json: valid JSON, the documented keys, the values of the image.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/images.sh"
need jq

data_image data.iso
run iso-inspect --json data.iso
expect_status 0
expect_stderr ''
[ "$(wc -l <"$out")" -eq 1 ] || fail "not one line"
size=$(stat -c %s data.iso)
expect_json '.schema == "isokit.image/1"'
expect_json ".path == \"data.iso\" and .size == $size and .format == \"iso9660\""
expect_json '.volume | .id == "TEST" and .system_id == "" and .block_size == 2048'
expect_json ".volume.blocks * 2048 <= $size"
expect_json '.volume.created | test("^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\.[0-9]{2}[+-][0-9]{2}:[0-9]{2}$")'
expect_json '.volume.expires == ""'
expect_json '[.descriptors[].type] == ["primary", "supplementary", "terminator"]'
expect_json '.descriptors[0].lba == 16'
expect_json '.namespaces.rockridge | .files == 3 and .directories == 3 and .symlinks == 1'
expect_json '.namespaces.joliet | .level == 3 and .directories == 3'
expect_json 'has("el_torito") or has("gpt") or has("apm") | not'
expect_json '.boot | .hybrid == false and .usb_bootable == false and .bios_cd.bootable == false'
expect_json '.boot.bios_cd | (.reasons | length) > 0 and (.reasons | length) == (.reason_codes | length)'
expect_json '.integrity | .complete and .expected_size > 0 and .implanted_md5 == "none"'
expect_json '[.problems[] | select(.severity != "note")] == []'
clean_image clean.iso
run iso-inspect --json clean.iso
expect_json '.problems == [] and .namespaces.joliet == null'
# What follows behind the expected size is counted; nothing where nothing does.
before=$(jq '.integrity.trailing_bytes // 0' "$out")
{ cat clean.iso; head -c 3000 /dev/zero; } >longer.iso
run iso-inspect --json longer.iso
expect_json ".integrity.trailing_bytes == $before + 3000"
head -c "$(jq .integrity.expected_size "$out")" longer.iso >exact.iso
run iso-inspect --json exact.iso
expect_json '.integrity | .complete and (has("trailing_bytes") | not)'

# Several images: one line each; one that fails does not stop the others.
run iso-inspect --json data.iso no-such.iso data.iso
expect_status 2
expect_stderr 'iso-inspect: no-such.iso: cannot be opened: No such file or directory'
[ "$(jq -s length "$out")" -eq 2 ] || fail "not two objects"
[ "$(wc -l <"$out")" -eq 2 ] || fail "not two lines"

# A name of the host that is no UTF-8.
cp data.iso $'caf\xe9.iso'
run iso-inspect --json $'caf\xe9.iso'
expect_status 0
expect_json '.path == "caf\ufffd.iso" and .path_hex == "636166e92e69736f"'
