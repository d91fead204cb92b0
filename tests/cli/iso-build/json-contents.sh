# SPDX-License-Identifier: GPL-3.0-or-later
# --json says where each file lies and what its SHA-256 is, as the image has it, and which
# partitions there are.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/trees.sh"
need_command iso-build
need jq sha256sum

fake_isolinux tree/isolinux/isolinux.bin
touch tree/isolinux/isolinux.cfg tree/isolinux/ldlinux.c32
fake_isohdpfx tree/isolinux/isohdpfx.bin
fake_efi tree/EFI/BOOT/BOOTX64.EFI
head -c 300000 /dev/urandom >tree/big
printf 'name\n' >"tree/a \"quoted\" name"
printf 'x' >"$(printf 'tree/not-\377-utf8')"
ln tree/big tree/link

run iso-build --json -o x.iso tree
expect_status 0
expect_stderr ''
cp "$out" said.json
expect_json '.contents | length == 9' said.json
expect_json '.files == (.contents | length)' said.json
[ "$(jq -r .sha256 said.json)" = "$(sha256sum <x.iso | cut -d' ' -f1)" ] ||
	fail "the hash of the image is not right"
jq -r '.contents[] | select(.size > 0) | "\(.extents[0].lba) \(.extents[0].size) \(.sha256)"' said.json >rows
[ "$(wc -l <rows)" -eq 7 ] || fail "$(wc -l <rows) files with content"
while read -r lba bytes sha256; do
	got=$(tail -c +$((lba * 2048 + 1)) x.iso | head -c "$bytes" | sha256sum | cut -d' ' -f1)
	[ "$got" = "$sha256" ] || fail "at block $lba: $got where $sha256 was said"
done <rows
[ "$(jq -r '.contents[] | select(.path == "/big").sha256' said.json)" = \
	"$(sha256sum <tree/big | cut -d' ' -f1)" ] || fail "another hash than that of the source"
expect_json '[.contents[] | select(.path == "/big" or .path == "/link").extents[0].lba] | unique | length == 1' said.json
expect_json 'all(.contents[] | select(.size == 0); .extents == [])' said.json
expect_json '.el_torito | all(.lba > 0)' said.json
expect_json '.partitions.gpt | any(.type_guid == "C12A7328-F81F-11D2-BA4B-00A0C93EC93B")' said.json
run iso-inspect --json x.iso
jq -S '.mbr.partitions | map([.type, .start_lba, .sectors])' "$out" >a
jq -S '.partitions.mbr | map([.type, .start_lba, .sectors])' said.json >b
expect_same a b
jq -S '.gpt.partitions | map([.type_guid, .guid, .first_lba, .last_lba])' "$out" >a
jq -S '.partitions.gpt | map([.type_guid, .guid, .first_lba, .last_lba])' said.json >b
expect_same a b

# Nothing but JSON, and one line of it.
[ "$(wc -l <said.json)" -eq 1 ] || fail "more than a line"
run iso-build -q --json -n tree
expect_status 0
expect_json '.contents | length == 9'
