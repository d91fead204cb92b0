# SPDX-License-Identifier: GPL-3.0-or-later
# --list says which drives can be written, what is on them, and why the others are refused.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/drives.sh"
need sfdisk

boot_iso x.iso
new_drive a 33M; a=$drive
new_drive b 16M; b=$drive
before=$(sum_of a)$(sum_of b)

# Devices that the kernel made are counted; -v and their names show them.
run iso-write --list
expect_status 0
expect_stdout_has '^Not shown: [0-9]+ devices? made by the kernel'
expect_stdout_lacks "^  $a "
run iso-write --list -v
expect_status 0
expect_stdout_has "^  $a +34\.6 MB  loop +$PWD/a"
expect_stdout_has "^      is no drive but .*--fixed-disk $a "
run iso-write --list "$a"
expect_status 0
expect_stdout_has '^Refused:$'
expect_stdout_lacks "^  $b "
run iso-write --list --fixed-disk "$b" "$a"
expect_status 0
expect_stdout_has '^Can be written:$'
expect_stdout_lacks 'Refused'
[ "$(grep -c "^  /dev/" "$out")" = 2 ] || fail "not two drives"
run iso-write --list --fixed-disk="$a" "$b" "$a"
expect_status 0
[ "$(grep -n "^  $a " "$out" | cut -d: -f1)" -lt "$(grep -n "^  $b " "$out" | cut -d: -f1)" ] ||
	fail "what can be written does not come first"

# What is on them.
run iso-write --yes --fixed-disk -q x.iso "$a"
expect_status 0
run iso-write --list --fixed-disk "$a"
expect_status 0
if grep -q STICK "$out"; then
	expect_stdout_has '^      iso9660 "STICK", '
fi
run iso-write --list --json
expect_status 0
expect_json ".drives | map(select(.path == \"$a\")) | length == 1 and all(.made_up and
	(.writable | not) and .reasons[0].code == \"made-up\" and .reasons[0].option == \"--fixed-disk\")"
expect_json '.drives | all(.writable == (.reasons == []))'

for device in /dev/isokit-none x.iso /dev/null; do
	run iso-write --list "$device"
	expect_status 2
	expect_stdout ''
	expect_stderr_lines 1
	expect_stderr_has "^iso-write: $device: "
done
