# SPDX-License-Identifier: GPL-3.0-or-later
# The screen of a data image, narrow, wide, and coloured.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/images.sh"

data_image data.iso -publisher 'A PUBLISHER WITH A NAME SO LONG THAT IT CANNOT FIT ON ONE LINE OF 80 COLUMNS'
run iso-inspect data.iso
expect_status 0
expect_stderr ''
expect_stdout_has '^data\.iso$'
expect_stdout_has '^ISO 9660 with Rock Ridge and Joliet, .*\([0-9,]+ bytes\), does not boot$'
expect_stdout_has '^Volume       name          TEST$'
expect_stdout_has '^             publisher     A PUBLISHER WITH A NAME SO LONG'
expect_stdout_has '^             Rock Ridge  RRIP_1991A$'
expect_stdout_has '^             Joliet      level 3'
expect_stdout_has '^Boot '
expect_stdout_has '^Problems     '
expect_stdout_lacks ' $'
[ "$(wc -L <"$out")" -le 80 ] || fail "the screen is wider than 80 columns"
[ "$(wc -l <"$out")" -le 24 ] || fail "a data image needs more than 24 lines"
cp "$out" plain

clean_image clean.iso
run iso-inspect clean.iso
expect_stdout_has '^ISO 9660 with Rock Ridge, '
expect_stdout_has '^Problems     none found, folders not looked into: --check$'
run iso-inspect -v clean.iso
expect_stdout_has '^             Rock Ridge  RRIP_1991A +3 +3 +1$'
expect_stdout_has '^Problems     none found$'

COLUMNS=200 run iso-inspect data.iso
expect_stdout_has 'publisher     A PUBLISHER WITH A NAME SO LONG THAT IT CANNOT FIT ON ONE LINE OF 80 COLUMNS$'
COLUMNS=12 run iso-inspect data.iso
expect_status 0

# Colours: only to a terminal, only if not refused, and nothing but colours.
run iso-inspect --color=always data.iso
expect_status 0
sed 's/\x1b\[[0-9;]*m//g' "$out" | cmp - plain || fail "colours change the text"
expect_stdout_has $'\e\\[1m'
NO_COLOR=1 run iso-inspect --color=always data.iso
expect_stdout_has $'\e\\[1m'
if script -qec true /dev/null </dev/null >/dev/null 2>&1; then
	program=$(command_path iso-inspect)
	# grep colours by itself in a pseudo terminal: count escape bytes instead.
	escapes() {
		env "$@" script -qec "'$program' data.iso" /dev/null </dev/null |
			LC_ALL=C tr -dc '\033' | wc -c
	}
	[ "$(escapes TERM=xterm)" -gt 0 ] || fail "no colours on a terminal"
	[ "$(escapes TERM=xterm NO_COLOR=1)" -eq 0 ] || fail "NO_COLOR is ignored"
	[ "$(escapes TERM=xterm NO_COLOR=)" -gt 0 ] || fail "an empty NO_COLOR counts"
	[ "$(escapes TERM=dumb)" -eq 0 ] || fail "colours on a dumb terminal"
fi
