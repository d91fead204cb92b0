# SPDX-License-Identifier: GPL-3.0-or-later
# --require: 0 only when all hold; what does not is named with its reason.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/images.sh"

data_image data.iso
run iso-inspect --require iso9660,joliet,rockridge,complete,valid data.iso
expect_status 0
expect_stdout ''
expect_stderr ''
run iso-inspect -v --require joliet data.iso
expect_status 0
expect_stdout 'joliet: yes'
run iso-inspect --require=udf --require joliet data.iso
expect_status 1
expect_stdout 'udf: no: no UDF file system'
expect_stderr ''
run iso-inspect -q --require udf data.iso
expect_status 1
expect_stdout ''
for c in hybrid bios-cd bios-usb uefi-cd uefi-usb usb-bootable optical-bootable secure-boot; do
	run iso-inspect --require "$c" data.iso
	expect_status 1
	expect_stdout_has "^$c: no: [a-zA-Z]"
	[ "$(wc -l <"$out")" -eq 1 ] || fail "$c: not one line"
done
run iso-inspect --require joliet,hybrid,udf data.iso
expect_status 1
[ "$(wc -l <"$out")" -eq 2 ] || fail "not two lines"

data_image plain.iso
xorriso -as mkisofs -quiet -o plain.iso tree 2>/dev/null
run iso-inspect --require rockridge data.iso plain.iso
[ "$status" -eq 1 ] || [ "$status" -eq 0 ] || fail "exit status $status"
run iso-inspect --require joliet data.iso plain.iso
expect_status 1
expect_stdout 'plain.iso: joliet: no: no Joliet volume descriptor'

# With --json the model goes out and the exit status is the answer.
run iso-inspect --json --require udf data.iso
expect_status 1
expect_json '.schema == "isokit.image/1"'

head -c 100000 data.iso >cut.iso
run iso-inspect --require complete cut.iso
expect_status 1
expect_stdout_has '^complete: no: .* the image ends at 100000$'
run iso-inspect --require valid cut.iso
expect_status 1
expect_stdout_has '^valid: no: [0-9]+ errors?, see --check$'

# Unreadable is worse than no.
run iso-inspect --require udf data.iso no-such.iso
expect_status 2
