# SPDX-License-Identifier: GPL-3.0-or-later
# Lists of checksums and signatures beside an address are looked for, and what they say is compared
# while the image comes, before its beginning is written.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/drives.sh"
. "$(dirname "$0")/address-lib.sh"
beside=

(cd www && sha256sum x.iso x.iso.gz >SHA256SUMS && md5sum x.iso >x.iso.md5)
for how in ranges whole; do
	good $how/x.iso
	expect_stdout_has '^  checksum +http.*/SHA256SUMS, sha256: compared while the image is read'
	good $how/x.iso --json
	expect_json '.checks | length == 2 and all(.kind == "checksum" and .result == "good")'
	good $how/x.iso.gz
	expect_stdout_has '^  checksum +http.*/SHA256SUMS, sha256'
	expect_stdout_lacks 'md5'
done
good ranges+break/x.iso

# Wrong: of the image, of the file that is compressed.
(cd www && sed -i 's/^[0-9a-f]\{8\}/01234567/' SHA256SUMS)
for f in ranges/x.iso whole/x.iso ranges/x.iso.gz whole/x.iso.gz; do
	bad $f 'the file has sha256 [0-9a-f]+ and not 01234567'
	good $f --no-beside
done
(cd www && sha256sum x.iso x.iso.gz >SHA256SUMS && echo "0123456789abcdef0123456789abcdef  x.iso" >x.iso.md5)
bad whole/x.iso 'has md5'
rm www/x.iso.md5
# Who does not answer may have some: that is not the same as none.
bad down/x.iso 'down/SHA256SUMS: .*status 500.*\(--no-beside does not ask for it\)'
[ "$(requests -v /x.iso)" = 1 ] || fail "asked for more: $(cat log)"
# Where not all of it is read in order: beforehand.
mkdir -p t/EFI/BOOT
fake_efi t/EFI/BOOT/BOOTX64.EFI
"$(command_path iso-build)" -q --boot=none -o www/files.iso t
(cd www && sha256sum files.iso >files.iso.sha256)
small=$a
new_drive b 64M; a=$drive
for how in ranges whole; do
	write $how/files.iso --as=files
	expect_status 0
	write $how/files.iso --as=files --sha256="$(sha256sum <www/files.iso | cut -c1-64)"
	expect_status 0
	write $how/files.iso --as=files --sha256="$(sha256sum <www/x.iso | cut -c1-64)"
	expect_status 2
done
a=$small
sed -i 's/^[0-9a-f]\{8\}/01234567/' www/files.iso.sha256
for how in ranges whole; do
	bad $how/files.iso 'the file has sha256' --as=files
	cmp -s a <(before a 8M) || fail "something was written"
done

# Nothing lies beside an address without a folder, where "SHA256SUMS" would be another host, and
# beside an answer to a question.
: >log
run iso-write --yes --fixed-disk "$base" "$a"
expect_status 2
expect_stderr_lacks 'SHA256SUMS|bmap'
run iso-inspect --verify "$base/get?file=/x.iso"
! requests SHA256SUMS >/dev/null || fail "asked for a list: $(cat log)"

# Signatures.
need gpg gpgv
export GNUPGHOME=$PWD/gnupg HOME=$PWD/home
mkdir -m 700 gnupg home
gpg --batch --quiet --passphrase '' --quick-gen-key 'Test Signer <signer@example.org>' rsa2048 sign never \
	>/dev/null 2>&1 || skip "gpg makes no key"
gpg --batch --quiet --export signer@example.org >gnupg/trustedkeys.gpg
gpg --batch --quiet --armor --output www/SHA256SUMS.asc --detach-sign www/SHA256SUMS || fail "gpg does not sign"
for how in ranges whole; do
	good $how/x.iso
	expect_stdout_has '^  signature +http.*/SHA256SUMS\.asc: good, by "Test Signer'
done
echo '# more' >>www/SHA256SUMS
bad whole/x.iso 'SHA256SUMS\.asc: bad: it is not what was signed by "Test Signer'
cmp -s a <(before a 8M) || fail "something was written"
rm www/SHA256SUMS* www/x.iso.gz
# Of the image itself: said, as the image is not here yet.
gpg --batch --quiet --armor --output www/x.iso.asc --detach-sign www/x.iso
good whole/x.iso
expect_stdout_has 'signature +http.*/x\.iso\.asc: not checked: it is of the whole image'
