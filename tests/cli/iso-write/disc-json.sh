# SPDX-License-Identifier: GPL-3.0-or-later
# What --json says of discs is what the schema and its page promise.
. "$(dirname "$0")/disc-lib.sh"
python3 -c 'import jsonschema' 2>/dev/null || skip "python3-jsonschema is not installed"
need_burner
image a.iso
collect() {
	disc "$@" --json
	cat "$out" >>all.json
}
collect --yes --hash a.iso "$drive"
expect_status 0
collect --compare a.iso "$drive"
printf x | dd of=disc bs=1 seek=500000 conv=notrunc 2>/dev/null
collect --compare a.iso "$drive"
expect_status 1
collect --simulate a.iso "$drive"
collect --restore --yes "$drive"
expect_status 0
[ "$(wc -l <all.json)" = 5 ] || fail "not five objects"
# Refused: nothing.
disc --json a.iso stdio:/nowhere/at/all
expect_status 2
expect_stdout ''
# The drives of this computer, if there are any.
run iso-write --list --json
[ "$status" = 0 ] && cat "$out" >>all.json
run python3 "${0%/*}/../schema.py" "$ISOKIT_SOURCE/doc/isokit.write.schema.json" \
	"$ISOKIT_SOURCE/doc/json.md" all.json
expect_status 0

# Progress, a line each.
disc --yes --progress=json a.iso "$drive"
expect_status 0
jq -se 'map(.progress) | index("write") != null and index("verify") != null' "$err" >/dev/null ||
	fail "no progress"
jq -se 'all(.drive == "disc" and .done <= .total and .fifo_percent <= 100)' "$err" >/dev/null ||
	fail "progress is not as it should be"
