# SPDX-License-Identifier: GPL-3.0-or-later
# Names and labels that try to command the terminal are shown, not obeyed.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/images.sh"
need jq

make_tree
printf x >tree/AAAAAAAA
printf x >tree/BBBBBBBB
printf x >tree/CCCCCCCC
ln -s DDDDDDDD tree/link
data_image bad.iso -publisher EEEEEEEE
patch bad.iso AAAAAAAA $'\e]2;x\aAA'     # the title of the window
patch bad.iso BBBBBBBB $'\xe2\x80\xaetxt.e' # a name written backwards
patch bad.iso CCCCCCCC $'\xff\xfe\\\\CC\x7fCC' # no UTF-8, a backslash, DEL
patch bad.iso DDDDDDDD $'\e[2J\e[1H'
patch bad.iso EEEEEEEE $'\e[31mred'

for how in '' --list --check --json '--list --json' '--list --names=iso9660' '--check --json'; do
	# shellcheck disable=SC2086
	run iso-inspect $how bad.iso
	expect_harmless
done
run iso-inspect --list bad.iso
expect_status 0
expect_stdout_has '/\\x1B\]2;x\\x07AA$'
expect_stdout_has '/\\u\{202E\}txt\.e$'
expect_stdout_has '/\\xFF\\xFE\\\\CC\\x7FCC$'
expect_stdout_has ' -> \\x1B\[2J\\x1B\[1H$'
run iso-inspect bad.iso
expect_stdout_has 'publisher     \\x1B\[31mred$'

# In JSON: the name itself, and all its bytes where it is no UTF-8.
run iso-inspect --list --json bad.iso
jq -es 'any(.path == "/\u001b]2;x\u0007AA")' "$out" >/dev/null || fail "no name with ESC"
jq -es 'any(.path == "/\u202etxt.e" and (has("path_hex") | not))' "$out" >/dev/null ||
	fail "no name with U+202E"
jq -es 'any(.path == "/\ufffd\ufffd\\CC\u007fCC" and .path_hex == "2ffffe5c43437f4343")' "$out" \
	>/dev/null || fail "no bytes of the name that is no UTF-8"

# Names of the host, too.
mv bad.iso $'\e[2J.iso'
run iso-inspect $'\e[2J.iso' $'\e[1H.iso'
expect_status 2
expect_harmless
expect_stdout_has '^\\x1B\[2J\.iso$'
expect_stderr_has '^iso-inspect: \\x1B\[1H\.iso: '
