# SPDX-License-Identifier: GPL-3.0-or-later
# Joliet names are those of the host: no version, no dot added.
. "$(dirname "$0")/../lib.sh"
need_command iso-build
need isoinfo

mkdir -p tree/folder
printf x >tree/README
printf x >tree/folder/plain.txt
run iso-build --boot=none -o out.iso tree
expect_status 0
isoinfo -J -f -i out.iso | LC_ALL=C sort >got
printf '%s\n' /README /folder /folder/plain.txt >want
diff want got || fail "Joliet names differ"
isoinfo -f -i out.iso | grep -qx '/README\.;1' || fail "ISO 9660 names lack what ECMA-119 asks for"

# A name that Windows will not show whole.
run iso-build --force --boot=none -V 12345678901234567 -o out.iso tree
expect_stdout_has '^  note +12345678901234567: is longer than the 16 characters that Joliet'
run iso-build --force --boot=none -V 1234567890123456 -o out.iso tree
expect_stdout_lacks 'Joliet'
