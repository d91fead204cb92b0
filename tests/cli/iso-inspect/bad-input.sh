# SPDX-License-Identifier: GPL-3.0-or-later
# What is no image: one line that names it, exit status 2, nothing on stdout.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/images.sh"

mkdir folder
: >empty
head -c 300000 /dev/zero >zeros
head -c 20000 /dev/zero >short
# Random, but the same each time, and never "CD001" by chance.
awk 'BEGIN { srand(7); for (i = 0; i < 60000; i++) printf "%c%c%c", rand()*94+33, rand()*94+33, 10 }' >noise
mkfifo pipe
printf x >locked
for f in folder empty zeros short noise pipe no-such.iso /dev/null; do
	for how in '' --json --list --check '--require valid'; do
		# shellcheck disable=SC2086
		TEST_TIMEOUT=10 run iso-inspect $how "$f"
		expect_status 2
		expect_stdout ''
		expect_stderr_lines 1
		expect_stderr_has "^iso-inspect: $f: [a-zA-Z]"
	done
done
run iso-inspect ftp://127.0.0.1:9/x.iso
expect_status 2
expect_stderr_lines 1
if [ "$(id -u)" -ne 0 ]; then
	chmod 0 locked
	run iso-inspect locked
	expect_status 2
	expect_stderr 'iso-inspect: locked: cannot be opened: Permission denied'
fi

# Standard input: a file can serve, a pipe cannot; closed is an error.
data_image data.iso
run bash -c "'$(command_path iso-inspect)' --json - <data.iso"
expect_status 0
expect_json '.path == "-" and .volume.id == "TEST"'
# A stream begins where it stands: an image inside a disk needs no copy.
{ head -c 12288 /dev/zero; cat data.iso; } >disk.img
run bash -c "{ dd bs=4096 skip=3 count=0 status=none; '$(command_path iso-inspect)' --json -; } <disk.img"
expect_status 0
expect_json ".volume.id == \"TEST\" and .size == $(stat -c %s data.iso) and .problems == []"
run bash -c "{ cat >/dev/null; '$(command_path iso-inspect)' -; } <data.iso"
expect_status 2
expect_stderr 'iso-inspect: -: is empty'
run bash -c "cat data.iso | '$(command_path iso-inspect)' -"
expect_status 2
expect_stderr_lines 1
run bash -c "'$(command_path iso-inspect)' - <&-"
expect_status 2
expect_stderr_lines 1

# The good ones among bad ones are still shown.
run iso-inspect empty data.iso folder data.iso
expect_status 2
expect_stderr_lines 2
[ "$(grep -c '^data\.iso$' "$out")" -eq 2 ] || fail "not both images are shown"
[ "$(head -1 "$out")" = data.iso ] || fail "a gap before the first image that is shown"

# Cut anywhere: an answer, soon, and no crash.
for n in 1 2047 2048 32767 32768 32769 32800 34815 34816 36864 40960 50000 61440 70001 100000; do
	head -c "$n" data.iso >cut.iso
	for how in --json --check --list; do
		TEST_TIMEOUT=5 run iso-inspect $how cut.iso
		[ "$status" -le 2 ] || fail "exit status $status at $n bytes"
	done
done
