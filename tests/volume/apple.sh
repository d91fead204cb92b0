# SPDX-License-Identifier: GPL-3.0-or-later
# Volumes that macOS made, and what is lost of them without --forks.
. "$(dirname "$0")/../cli/lib.sh"

volumes=$ISOKIT_BUILD/tests/volumes
unhex() {
	"$ISOKIT_BUILD/tests/unhex" "$ISOKIT_SOURCE/tests/fuzz/corpus/filesystem/$1.hex" >"$1.img" ||
		fail "$1"
}
for kind in apfs hfsplus-mac; do
	unhex $kind
	run "$volumes" $kind.img 0
	expect_status 0
	expect_stdout_has '^/passwords.txt	100644	[0-9]+	[0-9]+	1642144782?[.0-9]*	116	59c333f3	1$'
	expect_stdout_has '^/a_link	120755	.*	a_directory/another_file	1$'
	expect_stdout_has '^/a_directory/a_file	.*	53	bba4d10b	1	user.myxattr=4d7920'
	expect_stdout_has '^lost	resource forks	/a_directory/a_resourcefork$'
	expect_stdout_lacks '/\._'
	expect_stdout_lacks 'Private'
	run "$volumes" -f $kind.img 0
	expect_status 0
	expect_stdout_has '^/a_directory/\._a_resourcefork	100644	.*	99	e46dab0a	1$'
	expect_stdout_lacks 'lost	resource'
done
run "$volumes" apfs.img
expect_stdout_has '	APFS	APFS	apfs_test	-$'
run "$volumes" hfsplus-mac.img
expect_stdout_has '	HFS.	HFS.	hfsplus_test	-$'

# Hard links of HFS+, which nothing here writes: two names, and a file in a hidden folder.
command -v xorriso >/dev/null && command -v python3 >/dev/null || exit 0
mkdir -p 'in/xxxxHFS+ Private Data' in/d
echo shared >'in/xxxxHFS+ Private Data/iNode99'
: >in/first
: >in/d/second
: >in/lonely
xorriso -as mkisofs -quiet -R -hfsplus -V LINKS -o links.img in 2>/dev/null
python3 - <<'PY'
import re
import struct
image = bytearray(open('links.img', 'rb').read())


def utf16(text):
    return text.encode('utf-16-be')


hidden = utf16('xxxxHFS+ Private Data')
for m in list(re.finditer(re.escape(hidden), image)):
    if image[m.start() - 2:m.start()] == struct.pack('>H', len(hidden) // 2):
        image[m.start():m.start() + 8] = bytes(8)
for name, number in (('first', 99), ('second', 99), ('lonely', 98)):
    key = struct.pack('>H', len(name)) + utf16(name)
    for m in re.finditer(re.escape(key), image):
        record = m.end() + (m.end() & 1)
        if image[record:record + 2] == b'\0\2':  # a file
            struct.pack_into('>I', image, record + 44, number)
            image[record + 48:record + 56] = b'hlnkhfs+'
open('links.img', 'wb').write(image)
PY
n=$("$volumes" links.img | awk -F'\t' '$5 == "HFS+" { print NR - 1 }')
run "$volumes" links.img "$n"
expect_status 0
expect_stdout_has '^/first	100644	.*	7	[0-9a-f]*	2$'
expect_stdout_has '^/d/second	100644	.*	7	[0-9a-f]*	2$'
expect_stdout_has '^lost	damaged files or folders	/lonely$'
expect_stdout_lacks '^/lonely|iNode|Private'
