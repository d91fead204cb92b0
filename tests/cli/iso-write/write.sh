# SPDX-License-Identifier: GPL-3.0-or-later
# An image is on the drives that were named, and nowhere else; bytes are asked of the files
# behind them.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/drives.sh"

boot_iso x.iso
new_drive a 16M; a=$drive
new_drive b 17M; b=$drive
new_drive c 16M
neighbour=$(sum_of c)
image=$(sum_of x.iso)

run iso-write --yes --fixed-disk x.iso "$a"
expect_status 0
expect_stdout_has '^x\.iso: ISO 9660 image, [0-9,]* bytes, volume "STICK"$'
expect_stdout_has '^  from a stick bios yes, uefi yes \(x64\) not signed$'
expect_stdout_has "^$a: written, read back, equal: [0-9,]* bytes"
expect_stdout_has '^    it can be removed$'
expect_stderr ''
expect_written a x.iso
# Behind the image the drive is as it was, but for the last MiB, where signatures may lie.
n=$(stat -c %s x.iso)
before a 16M >before
cmp -s <(tail -c +$((n + 1)) a | head -c $((15 * 1024 * 1024 - n))) \
	<(tail -c +$((n + 1)) before | head -c $((15 * 1024 * 1024 - n))) ||
	fail "bytes behind the image were changed"
[ "$(stat -c %s a)" = $((16 * 1024 * 1024)) ] || fail "the drive has another size"

# Two drives from one reading; a name that is given twice counts once.
run iso-write --yes --fixed-disk="$a" --fixed-disk="$b" --json --hash=sha256,md5 x.iso "$b" "$a" "$b"
expect_status 0
expect_json '.schema == "isokit.write/1" and .task == "write" and .ok and .as == "image"'
expect_json '.drives | length == 2 and all(.state == "verified" and .ok and .different == 0)'
expect_json ".drives | map(.path) == [\"$b\", \"$a\"]"
expect_json ".drives | all(.hashes.sha256 == \"${image%% *}\")"
expect_json ".drives | all(.hashes.md5 == \"$(md5sum <x.iso | cut -d' ' -f1)\")"
expect_json ".size == $n and .boot.boots and .boot.bios_usb.bootable"
expect_written a x.iso
expect_written b x.iso

# As --hash prints it for others to read.
run iso-write --yes --fixed-disk -q --hash x.iso "$a"
expect_status 0
expect_stdout "${image%% *}  $a"

# Compressed, and as a stream.
head -c 16M </dev/urandom >a
gzip -k x.iso
run iso-write --yes --fixed-disk x.iso.gz "$a"
expect_status 0
expect_written a x.iso
head -c 17M </dev/urandom >b
run bash -c "cat x.iso | '$(command_path iso-write)' --yes --fixed-disk - $b"
expect_status 0
expect_written b x.iso

# Not read back.
run iso-write --yes --fixed-disk --no-verify x.iso "$a"
expect_status 0
expect_stdout_has "^$a: written, not read back: "

# Everything but the writing.
before=$(sum_of a)
head -c 16M </dev/urandom >a
before=$(sum_of a)
run iso-write -n --fixed-disk x.iso "$a"
expect_status 0
expect_stdout_has "^$a: would be written"
[ "$(sum_of a)" = "$before" ] || fail "--simulate wrote"
run iso-write --simulate --fixed-disk --json x.iso "$a"
expect_status 0
expect_json '.simulated and .drives[0].state == "untouched" and .drives[0].written == 0'
[ "$(sum_of a)" = "$before" ] || fail "--simulate --json wrote"

[ "$(sum_of c)" = "$neighbour" ] || fail "another drive was written"
[ "$(sum_of x.iso)" = "$image" ] || fail "the image was written"
