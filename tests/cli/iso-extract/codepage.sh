# SPDX-License-Identifier: GPL-3.0-or-later
# What FAT does not say: the code page of its short names, and the zone of its times.
. "$(dirname "$0")/../lib.sh"
need python3
need iconv
export PATH=$PATH:/usr/sbin:/sbin
need mkfs.fat
need mcopy

truncate -s 2M fat.img
mkfs.fat fat.img >/dev/null || fail "mkfs.fat fails"
echo first >A1B.TXT
echo second >C2.D
touch -d '2021-07-08 10:20:30 UTC' A1B.TXT C2.D
TZ=UTC mcopy -m -i fat.img A1B.TXT C2.D :: || fail "mcopy fails"
# Letters that no code page shares; and of the second one, base and ending in lower case.
python3 - <<'END'
b = bytearray(open('fat.img', 'rb').read())
at = b.index(b'A1B     TXT')
b[at + 1] = 0x9b
at = b.index(b'C2      D  ')
b[at + 1:at + 3] = b'\x83\x5c'  # of code page 932, a letter of two bytes
b[at + 12] |= 8 | 16
open('fat.img', 'wb').write(b)
END

# expect_name NAME [OPTION…]
expect_name() {
	rm -rf out
	run iso-extract -C out "${@:2}" fat.img
	expect_status 0
	[ "$(cat "out/$1" 2>/dev/null)" = "${content:-first}" ] || fail "no $1 in $(ls out)"
}

expect_name 'A¢B.TXT'
expect_name 'AøB.TXT' --codepage=CP850
expect_name 'A›B.TXT' --codepage=windows-1252
expect_name 'AЫB.TXT' --codepage=CP866
content=second
expect_name 'cソ.d' --codepage=CP932
content=

# Times are those of no zone, unless one is given.
expect_time() {
	[ "$(TZ=UTC stat -c %y out/A1B.TXT out/AøB.TXT 2>/dev/null | cut -c1-19)" = "$1" ] ||
		fail "time: $(TZ=UTC stat -c %y out/A*)"
}
expect_name 'AøB.TXT' --codepage=850
expect_time '2021-07-08 10:20:30'
expect_name 'AøB.TXT' --codepage=850 --time-zone=+02:00
expect_time '2021-07-08 08:20:30'
expect_name 'AøB.TXT' --codepage=850 --time-zone=-03:30
expect_time '2021-07-08 13:50:30'

for bad in +2 02:00 +15:00 +02:60 ++2:00 local; do
	run iso-extract -C out2 --time-zone=$bad fat.img
	expect_status 2
	expect_stderr_has 'time-zone.*time zone'
done
rm -rf out
run iso-extract -C out --codepage=nonsense fat.img
expect_status 2
expect_stderr_has 'nonsense: is no character set'

# The same in a new image.
command_path iso-convert >/dev/null || exit 0
run iso-convert --codepage=CP850 --time-zone=+02:00 fat.img fat.iso
expect_status 0
rm -rf out
run iso-extract -C out fat.iso
expect_status 0
expect_time '2021-07-08 08:20:30'
run iso-convert --codepage=nonsense --force fat.img fat.iso
expect_status 2
expect_stderr_has 'nonsense: is no character set'
