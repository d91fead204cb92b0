# SPDX-License-Identifier: GPL-3.0-or-later
# The examples of the manual page do what it says.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/images.sh"
need jq

page=$ISOKIT_SOURCE/src/iso-inspect/iso-inspect.1
data_image x.iso
cp x.iso y.iso
mkdir bin
ln -s "$(command_path iso-inspect)" bin/iso-inspect
PATH=$PWD/bin:$PATH
sed -n '/^\.SH EXAMPLES/,/^\.SH SEE/{s/^\.B //p}' "$page" |
	sed -e 's/\\-/-/g' -e 's/\\e/\\/g' >examples
[ "$(wc -l <examples)" -ge 4 ] || fail "fewer than four examples"
# What each must print, by its number.
expect=('' '^Volume       name          TEST$' '^[xy]\.iso: hybrid: no: '
	'^sector 24, bytes 49152 to 51199:$' '^8 /sub/eight.bin$')
statuses=(0 0 1 0 0)
i=0
while IFS= read -r line; do
	i=$((i + 1))
	run bash -c "$line"
	expect_status "${statuses[$i]}"
	expect_stderr ''
	expect_stdout_has "${expect[$i]}"
done <examples
