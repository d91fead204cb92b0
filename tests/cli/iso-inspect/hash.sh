# SPDX-License-Identifier: GPL-3.0-or-later
# --hash: the same digests as the coreutils', in their form.
. "$(dirname "$0")/../lib.sh"
need xorriso
need_hashes
mkdir tree
head -c 3000001 /dev/urandom >tree/data
xorriso -as mkisofs -quiet -R -o x.iso tree 2>xorriso.log || fail "no image"
cp x.iso 'two words.iso'
cp x.iso 'back\slash.iso'

for algorithm in md5 sha1 sha224 sha256 sha384 sha512; do
	run iso-inspect --hash=$algorithm x.iso
	expect_status 0
	expect_stderr ''
	expect_stdout "$(${algorithm}sum x.iso)"
	run iso-inspect --hash $algorithm x.iso
	expect_stdout "$(${algorithm}sum x.iso)"
done
run iso-inspect --hash=blake2b x.iso
expect_stdout "$(b2sum x.iso)"
run iso-inspect --hash x.iso
expect_stdout "$(sha256sum x.iso)"
run iso-inspect x.iso --hash
expect_stdout "$(sha256sum x.iso)"
run iso-inspect --hash --quiet x.iso
expect_stdout "$(sha256sum x.iso)"

# Several algorithms and images; what sha256sum -c takes.
run iso-inspect --hash sha512,md5 --hash=sha1 x.iso
expect_stdout "$(sha512sum x.iso; md5sum x.iso; sha1sum x.iso)"
run iso-inspect --hash x.iso 'two words.iso' 'back\slash.iso'
expect_status 0
expect_stdout "$(sha256sum x.iso 'two words.iso' 'back\slash.iso')"
sha256sum --quiet -c "$out" || fail "sha256sum does not take the lines"
run iso-inspect --json --hash=md5,sha256 x.iso
expect_json ".hashes == {md5: \"$(md5sum <x.iso | cut -c1-32)\",
	sha256: \"$(sha256sum <x.iso | cut -c1-64)\"}"
run iso-inspect --json x.iso
expect_json 'has("hashes") or has("verification") | not'

# Standard input, from where it stands.
"$(command_path iso-inspect)" --hash - <x.iso >stdin.txt || fail "not from standard input"
echo "$(sha256sum <x.iso | cut -c1-64)  -" | cmp - stdin.txt || fail "another hash"

# A file of that name is an image.
cp x.iso md5
run iso-inspect --hash md5
expect_stdout "$(sha256sum md5)"
rm md5
run iso-inspect --hash=sha257 x.iso
expect_status 2
expect_stderr_has 'sha257 is not one of'
expect_stdout ''
run iso-inspect --hash sha257 x.iso
expect_status 2
expect_stderr_has 'sha257 is not one of'
expect_stdout ''
run iso-inspect --hash x.iso absent.iso
expect_status 2
expect_stdout "$(sha256sum x.iso)"
run iso-inspect --hash --list x.iso
expect_status 2

# Raw sectors: the hash is that of the file.
python3 - <<'END' 2>/dev/null || exit 0
image = open('x.iso', 'rb').read()
sync = b'\0' + b'\xff' * 10 + b'\0'
with open('raw.bin', 'wb') as f:
    for i in range(0, len(image), 2048):
        n = i // 2048 + 150
        m, s, fr = n // 4500, n // 75 % 60, n % 75
        bcd = lambda v: v // 10 * 16 + v % 10
        f.write(sync + bytes([bcd(m), bcd(s), bcd(fr), 1]) + image[i:i + 2048] + bytes(288))
END
run iso-inspect --hash raw.bin
expect_status 0
expect_stdout "$(sha256sum raw.bin)"
