# SPDX-License-Identifier: GPL-3.0-or-later
# Images in ZIP archives: from files and from pipes, without being unpacked anywhere.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/drives.sh"
need python3

boot_iso x.iso 6000000
new_drive a 16M; a=$drive
mkdir empty
# archive NAME HOW MEMBER[=FILE]...: deflated or stored, with sizes in front or behind (piped)
cat >archive.py <<'END'
import sys, zipfile
name, how = sys.argv[1:3]
class Pipe:
    def __init__(self, f): self.f = f
    def write(self, b): return self.f.write(b)
    def flush(self): self.f.flush()
method = zipfile.ZIP_STORED if 'stored' in how else zipfile.ZIP_BZIP2 if 'bzip2' in how else zipfile.ZIP_DEFLATED
with open(name, 'wb') as f:
    with zipfile.ZipFile(Pipe(f) if 'piped' in how else f, 'w', method) as z:
        for m in sys.argv[3:]:
            member, _, path = m.partition('=')
            if member.endswith('/'):
                z.writestr(member, '')
                continue
            with z.open(zipfile.ZipInfo(member), 'w', force_zip64='zip64' in how) as to:
                z.getinfo(member) if False else None
                to.write(open(path or member, 'rb').read())
END
sed -i '/if False else None/d; s/with z.open(zipfile.ZipInfo(member), /info = zipfile.ZipInfo(member); info.compress_type = method\n            with z.open(info, /' archive.py
archive() { python3 archive.py "$@" || fail "no archive"; }
old() { before a 16M >a; }
write() {
	old
	TMPDIR=$PWD/empty run iso-write --yes --fixed-disk "$@" "$a"
}
through_pipe() {
	old
	TMPDIR=$PWD/empty run bash -c "cat '$1' | '$(command_path iso-write)' --yes --fixed-disk - $a"
}
good() {
	expect_status 0
	expect_written a x.iso
	[ -z "$(ls empty)" ] || fail "something was unpacked"
}
bad() { expect_refused a "$1"; }

echo text >readme.txt
for how in deflated stored bzip2 deflated+zip64 deflated+piped deflated+zip64+piped; do
	archive x.zip $how x.iso
	write x.zip; good
	through_pipe x.zip; good
done
write x.zip --sha256="$(sha256sum <x.iso | cut -d' ' -f1)"; good
old
run bash -c "cat x.zip | '$(command_path iso-write)' --yes --fixed-disk --sha256=$(sha256sum <x.zip | cut -d' ' -f1) - $a"
good
# Its length comes behind it: a file says it at its end, too, a pipe too late.
archive x.zip stored+piped x.iso
write x.zip; good
through_pipe x.zip; bad 'not compressed, and how long it is'
# Something in front, something behind.
archive x.zip deflated folder/ readme.txt x.iso
write x.zip; good
through_pipe x.zip; good
archive x.zip deflated+piped x.iso readme.txt
write x.zip; good
through_pipe x.zip; good
archive x.zip deflated+piped readme.txt x.iso
write x.zip; good
through_pipe x.zip; bad 'begins with readme.txt'

# Which one?
archive x.zip deflated one.iso=x.iso two.img=x.iso readme.txt
write x.zip; bad '2 images.*: one\.iso, two\.img; unpack it first'
through_pipe x.zip; bad '2 images.*: one\.iso, two\.img'
archive x.zip deflated readme.txt other.txt=readme.txt
write x.zip; bad '2 files.*readme\.txt, other\.txt'
through_pipe x.zip; bad 'no file has the name of an image'

# Cut short, and damaged.
archive x.zip deflated x.iso
head -c 4000000 x.zip >cut.zip
write cut.zip; bad 'cut short'
through_pipe cut.zip; bad '.'
head -c -30 x.zip >cut.zip
through_pipe cut.zip; bad 'cut short'
# A CRC that is another one, where the bytes are right: in both places.
cp x.zip wrong.zip
python3 - <<'END'
import struct
b = bytearray(open('wrong.zip', 'rb').read())
at = b.rindex(b'PK\1\2')
b[at + 16] ^= 1
b[14] ^= 1
open('wrong.zip', 'wb').write(b)
END
write wrong.zip; bad 'CRC32'
through_pipe wrong.zip; bad 'CRC32'
# A container in it is opened as one; a pipe cannot.
truncate -s 6M disk; printf '\125\252' | dd of=disk bs=1 seek=510 conv=notrunc 2>/dev/null
if command -v qemu-img >/dev/null; then
	qemu-img convert -O qcow2 disk d.qcow2 || fail "qemu-img fails"
	archive d.zip deflated d.qcow2
	write d.zip --any
	expect_status 0
	expect_written a disk
	through_pipe d.zip; bad 'give it as a file'
fi
