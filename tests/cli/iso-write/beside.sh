# SPDX-License-Identifier: GPL-3.0-or-later
# Checksums and signatures beside the image are used without being asked for, and what they
# speak against is not written.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/drives.sh"

boot_iso x.iso
new_drive a 16M; a=$drive
untouched=$(sum_of a)

good() {
	run iso-write --yes --fixed-disk "$@" x.iso "$a"
	expect_status 0
	expect_written a x.iso
	before a 16M >a
}

bad() { # RE
	run iso-write --yes --fixed-disk x.iso "$a"
	expect_status 2
	expect_stderr_has "$1"
	[ "$(sum_of a)" = "$untouched" ] || fail "the drive was written"
}

sha256sum x.iso >SHA256SUMS
sha512sum x.iso >x.iso.sha512
good
expect_stdout_has '^  checksum +SHA256SUMS, sha256: agrees$'
expect_stdout_has '^  checksum +x\.iso\.sha512, sha512: agrees$'
expect_stdout_lacks signature
good --json
expect_json '.checks | length == 2 and all(.kind == "checksum" and .result == "good")'

# One of two differs.
sed -i 's/^./0/;t' x.iso.sha512
sha512sum x.iso | tr '0-9a-f' '1-9a-f0' | sed 's/ .*/  x.iso/' >x.iso.sha512
bad '^iso-write: x\.iso: its sha512 is not the one in x\.iso\.sha512: .*nothing was written'
good --no-beside
expect_stdout_lacks checksum
rm x.iso.sha512

# A line that cannot be read is said; it proves nothing.
echo "0123456789abcdefg  x.iso" >MD5SUMS
run iso-write -n --fixed-disk x.iso "$a"
expect_status 0
rm MD5SUMS

# Signatures.
need gpg gpgv
export GNUPGHOME=$PWD/gnupg HOME=$PWD/home
mkdir -m 700 gnupg home
gpg --batch --quiet --passphrase '' --quick-gen-key 'Test Signer <signer@example.org>' rsa2048 sign never \
	>/dev/null 2>&1 || skip "gpg makes no key"
gpg --batch --quiet --passphrase '' --quick-gen-key 'Somebody Else <else@example.org>' rsa2048 sign never \
	>/dev/null 2>&1 || skip "gpg makes no key"
gpg --batch --quiet -u signer@example.org --output SHA256SUMS.sig --detach-sign SHA256SUMS || fail "gpg does not sign"

# Nobody has the key.
good
expect_stdout_has '^  signature +SHA256SUMS\.sig: not checked: key [0-9A-F]+ is in no keyring$'
gpg --batch --quiet --export signer@example.org >gnupg/trustedkeys.gpg
good
expect_stdout_has '^  signature +SHA256SUMS\.sig: good, by "Test Signer <signer@example\.org>" \(key '
good --json
expect_json '.checks | map(select(.kind == "signature")) | length == 1 and
	all(.result == "good" and .of == "SHA256SUMS")'

# The list was changed after it was signed, with a line that fits.
cp SHA256SUMS list
echo '# more' >>SHA256SUMS
bad '^iso-write: SHA256SUMS\.sig: bad: it is not what was signed by "Test Signer'
cp list SHA256SUMS

# One that is about the image itself; and by a key that is in no keyring.
gpg --batch --quiet -u else@example.org --armor --output x.iso.asc --detach-sign x.iso
good
expect_stdout_has '^  signature +x\.iso\.asc: not checked: key '
rm x.iso.asc
gpg --batch --quiet -u signer@example.org --armor --output x.iso.asc --detach-sign list
bad '^iso-write: x\.iso\.asc: bad: '
rm x.iso.asc SHA256SUMS.sig

# Signed within itself, and a line that somebody added outside of what is signed.
gpg --batch --quiet -u signer@example.org --output x-CHECKSUM --clearsign SHA256SUMS
mv x-CHECKSUM SHA256SUMS
good
expect_stdout_has '^  checksum +SHA256SUMS, sha256: agrees$'
expect_stdout_has '^  signature +SHA256SUMS: good, by "Test Signer'
echo other >other
sha256sum other | sed 's/ .*/  other/' >list
gpg --batch --quiet -u signer@example.org --output signed --clearsign list
{ cat signed; sha256sum x.iso; } >SHA256SUMS
bad '^iso-write: SHA256SUMS: bad: the line for the image is outside of what is signed'

# Without the program.
mkdir bin
for p in bash cat mv timeout; do ln -s "$(command -v $p)" bin; done
rm SHA256SUMS
sha256sum x.iso >SHA256SUMS
gpg --batch --quiet -u signer@example.org --output SHA256SUMS.sig --detach-sign SHA256SUMS
run env PATH="$PWD/bin" "$(binary_path iso-write)" -n --fixed-disk x.iso "$a"
if [ "$status" = 0 ]; then
	expect_stdout_has 'SHA256SUMS\.sig: not checked: gpgv is not installed$'
fi
