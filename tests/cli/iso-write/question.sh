# SPDX-License-Identifier: GPL-3.0-or-later
# On a terminal the names of the drives must be typed; anything else writes nothing.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/drives.sh"
need python3

boot_iso x.iso
new_drive a 16M; a=$drive
new_drive b 16M; b=$drive
before=$(sum_of a) before_b=$(sum_of b)

typed() { # WORDS ARGUMENT…
	local words=$1
	shift
	run python3 "$ISOKIT_SOURCE/tests/cli/iso-write/question.py" "$words" \
		"$(command_path iso-write)" "$@"
}
unwritten() {
	[ "$(sum_of a)" = "$before" ] && [ "$(sum_of b)" = "$before_b" ] || fail "a drive was written"
}

for words in '' yes y no "${a#/dev/}x" "${b#/dev/}" "${a#/dev/} ${b#/dev/}" ' ' /dev/; do
	typed "$words" --fixed-disk x.iso "$a"
	expect_status 2
	expect_stdout_has "^$a  .*16\.8 MB\. All that is on it will be lost:$"
	expect_stdout_has "^iso-write: that is not the name; nothing was written$"
	unwritten
done
typed '^C' --fixed-disk x.iso "$a"
expect_status 130
expect_stdout_has 'interrupted; nothing was written'
unwritten

# All names are wanted, at once or one after the other.
typed "${a#/dev/};nothing" --fixed-disk x.iso "$a" "$b"
expect_status 2
expect_stdout_has "^Type the names of the drives \(${a#/dev/} ${b#/dev/}\) to go on"
expect_stdout_has "^Type the names of the drives \(${b#/dev/}\) to go on"
unwritten

typed "${a#/dev/}" --fixed-disk x.iso "$a"
expect_status 0
expect_stdout_has "^$a: written, read back, equal"
expect_written a x.iso
[ "$(sum_of b)" = "$before_b" ] || fail "another drive was written"
typed "$b;${a#/dev/}" --fixed-disk x.iso "$a" "$b"
expect_status 0
expect_written b x.iso
typed "${b#/dev/} ${a#/dev/}" --fixed-disk x.iso "$a" "$b"
expect_status 0

# Who is asked sees what is on the drive now.
expect_stdout_has 'iso9660 "STICK"|STICK'
# Control characters of a label do not reach the terminal.
disc_iso plain.iso
printf 'A\033[31mB' | dd of=plain.iso bs=1 seek=$((16 * 2048 + 40)) conv=notrunc 2>/dev/null
cat plain.iso >a
typed no --fixed-disk x.iso "$a"
expect_status 2
! grep -q "$(printf '\033')\[31m" "$out" || fail "an escape sequence reached the terminal"
# An image that would not boot is refused before anything is asked, unless its files would.
typed '' --fixed-disk plain.iso "$a"
expect_status 2
expect_stdout_lacks 'Type the name'
