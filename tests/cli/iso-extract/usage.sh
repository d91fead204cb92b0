# SPDX-License-Identifier: GPL-3.0-or-later
# Wrong usage is status 2 and one line, and an image that cannot be opened leaves nothing.
. "$(dirname "$0")/../lib.sh"

refused() {
	run iso-extract "$@"
	expect_status 2
	expect_stdout ''
	[ "$(wc -l <"$err")" -le 2 ] || fail "more than a message and a hint"
	expect_stderr_has '^iso-extract: '
	expect_files
}

refused
refused --strip=x y.iso
refused --strip=-1 y.iso
refused --names=hfs y.iso
refused --track=0 y.iso
refused --session=0 y.iso
refused --nonsense y.iso
refused -C '' y.iso
refused -O --json y.iso
refused -O -C d y.iso
refused -O -l y.iso
refused --partition=1 --track=1 y.iso
refused --password-file=absent y.iso
refused -C new/deep y.iso
refused -C new .
expect_stderr_has 'is a folder'
refused /dev/null
refused http://127.0.0.1:9/x.iso
expect_stderr_has 'addresses are not read here \(download it first\)'
