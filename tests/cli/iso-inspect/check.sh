# SPDX-License-Identifier: GPL-3.0-or-later
# --check: findings with severity, code, offset and message; 1 on an error.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/images.sh"

data_image data.iso
run iso-inspect --check data.iso
expect_status 0
expect_stdout_lacks '^(error|warning) '
clean_image clean.iso
run iso-inspect --check clean.iso
expect_status 0
expect_stdout 'no problems found'
expect_stderr ''
run iso-inspect -q --check data.iso
expect_status 0
expect_stdout ''

head -c 100000 data.iso >cut.iso
run iso-inspect --check cut.iso
expect_status 1
expect_stdout_has '^error    image-truncated +0x186a0 +100000  the image ends at byte 100000, '
expect_stdout_has '^[0-9]+ errors?, [0-9]+ warnings?, [0-9]+ notes?$'
run iso-inspect -q --check cut.iso
expect_status 1
expect_stdout ''
run iso-inspect --check --json cut.iso
expect_status 1
expect_json '.problems | any(.severity == "error" and .code == "image-truncated")'
expect_json '.integrity.complete == false'
run iso-inspect --check data.iso cut.iso
expect_status 1
expect_stdout_has '^data\.iso:$'
expect_stdout_has '^cut\.iso:$'

# On the screen: the worst, and where the others are.
run iso-inspect cut.iso
expect_status 0
expect_stdout_has '^Incomplete: [0-9,]+ bytes are missing'
expect_stdout_has '^Problems     error '

# Every code that is printed is explained.
run iso-inspect --check cut.iso
awk '/^(error|warning|note) /{ print $2 }' "$out" | while read -r code; do
	grep -q -e "$code" "$ISOKIT_SOURCE/doc/findings.md" || fail "$code is not in doc/findings.md"
done || exit 1
