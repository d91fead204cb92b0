# SPDX-License-Identifier: GPL-3.0-or-later
# Images behind addresses: servers with ranges and without, what is not there, checksums, files
# out of an image.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/drives.sh"
. "$(dirname "$0")/address-lib.sh"

# With ranges: looked at in parts, and then read in one request.
good ranges/x.iso
[ "$(requests ' - "one"')" = 1 ] || fail "not read in one request: $(cat log)"
good ranges/x.iso.gz
[ "$(requests .)" -le 6 ] || fail "$(requests .) requests: $(cat log)"
# Without.
good whole/x.iso
expect_stdout_has 'ISO 9660 image.*a stream, [0-9,]+ bytes'
good whole/x.iso.gz
(cd www && python3 -m zipfile -c x.zip x.iso)
good ranges/x.zip
good whole/x.zip # shorter than what is in it
good chunked/x.iso
expect_stderr_has 'does not say how long'
good chunked/x.iso.gz
good elsewhere/x.iso # who lies about ranges is not asked for them

# What is not there.
bad 404 '\(404\); look at the address'
bad 403 '\(403\).*browser'
bad 401 '\(401\).*password'
bad 500 'status 500.*later'
bad loop 'without end'
bad to/ftp://127.0.0.1/x.iso 'not followed'
: >www/nothing
bad whole/nothing 'empty'

# No addresses.
unreadable() { # ADDRESS WORDS: in a line, with nothing asked for, of each command
	: >log
	for command in "iso-write --yes --fixed-disk" "iso-write --yes --fixed-disk $beside" iso-inspect \
			'iso-convert -o y.iso'; do
		case $command in
		iso-write*) run $command "$1" "$a" ;;
		*) run $command "$1" ;;
		esac
		expect_status 2
		expect_stderr_lines 1
		expect_stderr_has "^[a-z-]*: $1: .*$2"
	done
	[ ! -s log ] || fail "something was asked for: $(cat log)"
}
for address in http:// https:///x.iso http://127.0.0.1:99999/x.iso 'http://a b/x.iso' http://:80/x.iso; do
	unreadable "$address" 'is no address: after http:// come a server'
done
unreadable ftp://127.0.0.1/x.iso 'only addresses that begin with http://'
unreadable file:///x.iso 'only addresses that begin with http://'
# Of the image, not of what could lie beside it.
unreadable http://127.0.0.1:9/x.iso 'nobody is reached there'
unreadable http://nobody.invalid/x.iso 'nobody is reached there'

# A checksum holds the beginning back until all has come.
good whole/x.iso --sha256="$sum"
good whole/x.iso.gz --sha256="$sum"
bad whole/x.iso 'SHA-256' --sha256="${sum//[0-7]/8}"
cmp -s -n 1048576 a /dev/zero || fail "it begins with something"

# Its files, and a server that sends only all of it: through a nameless file.
mkdir -p t/EFI/BOOT
fake_efi t/EFI/BOOT/BOOTX64.EFI
"$(command_path iso-build)" -q --boot=none -o www/files.iso t
new_drive b 64M; a=$drive
write whole/files.iso --as=files
expect_status 0
expect_stderr_has 'only whole files: all of it was fetched first'
expect_files $(ls) # nothing new
[ -z "$(ls empty)" ] || fail "something was left in TMPDIR"
write ranges/files.iso --as=files
expect_status 0
