#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Archives that lie, are cut short, or want to get out: one line that says what is
# wrong, no image, and nothing left behind.
. "$(dirname "$0")/../lib.sh"
need_command iso-build
need_archives
need python3 bsdtar

cat >make.py <<'END'
import io, sys, tarfile

def tar(name, *members, fmt=tarfile.PAX_FORMAT):
    with tarfile.open(name, "w", format=fmt) as t:
        for path, kind, more in members:
            i = tarfile.TarInfo(path)
            i.type = kind
            data = None
            for k, v in more.items():
                if k == "data":
                    data = io.BytesIO(v)
                    i.size = len(v)
                else:
                    setattr(i, k, v)
            t.addfile(i, data)

F, D, L, H, C = tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE
tar("dotdot.tar", ("../x", F, {"data": b"x"}))
tar("inner.tar", ("a/../../x", F, {"data": b"x"}))
tar("absolute.tar", ("/etc/x", F, {"data": b"x"}))
tar("through.tar", ("a", L, {"linkname": "/etc"}), ("a/x", F, {"data": b"x"}))
tar("nolink.tar", ("x", H, {"linkname": "nothing"}))
tar("hostlink.tar", ("x", H, {"linkname": "../../../etc/passwd"}))
tar("selflink.tar", ("x", H, {"linkname": "x"}))
tar("dirlink.tar", ("d", D, {}), ("x", H, {"linkname": "d"}))
tar("deep.tar", ("d/" * 300 + "x", F, {"data": b"x"}))
tar("long.tar", ("n" * 256, F, {"data": b"x"}))
tar("owner.tar", ("x", F, {"data": b"x", "uid": 1 << 40}))
tar("target.tar", ("x", L, {"linkname": "t" * 5000}))
tar("huge.tar", ("x", F, {"size": 1 << 60}))
tar("dirfile.tar", ("d/x", F, {"data": b"x"}), ("d", F, {"data": b"y"}))
tar("cut.tar", ("a", F, {"data": b"x" * 5000}), ("b", F, {"data": b"x" * 5000}))
tar("nameless.tar", ("./", F, {"data": b"x"}))
tar("chains.tar", ("a", F, {"data": b"one"}), ("b", H, {"linkname": "a"}), ("c", H, {"linkname": "b"}),
    ("a", F, {"data": b"two"}))
tar("odd.tar", ("\udcff\udcfe", F, {"data": b"x"}), ("tab\tnl\n", F, {"data": b"x"}), fmt=tarfile.GNU_FORMAT)
END
python3 make.py || skip "python3 cannot make these archives"

# refused FILE RE
refused() {
	run iso-build -q -o bad.iso --unpack "$1"
	expect_status 2
	expect_stderr_lines 1
	expect_stderr_has "$2"
	[ ! -e bad.iso ] || fail "an image was written"
	# The same from a pipe.
	cat "$1" | "$(command_path iso-build)" -q -o bad.iso - 2>"$err"
	[ "${PIPESTATUS[1]}" = 2 ] || fail "$1 was taken from a pipe"
	expect_stderr_lines 1
	[ ! -e bad.iso ] || fail "an image was written"
}
refused dotdot.tar 'dotdot.tar: \.\.: leads out'
refused inner.tar 'inner.tar: a/\.\.: leads out'
refused through.tar 'through.tar: a/x: leads through a, which is no folder'
refused nolink.tar 'is a hard link to nothing, which is not in the archive'
refused hostlink.tar 'is a hard link to .*passwd, which is not in the archive'
refused selflink.tar 'is a hard link to x, which is not in the archive'
refused dirlink.tar 'is a hard link to d, which is a folder'
refused deep.tar 'is nested more than 256 folders deep'
refused long.tar 'name of 256 bytes'
refused owner.tar 'owner number 1099511627776'
refused target.tar 'link target that is too long'
refused nameless.tar 'without a name|whose name cannot be read'
run iso-build -q -o bad.iso huge.tar
expect_status 2
expect_stderr_has 'claims 1152921504606846976 bytes'
expect_files make.py *.tar

# Cut short: inside a content, inside a header, between two entries.
head -c 3000 cut.tar >cut1.tar
refused cut1.tar 'cut short|[Tt]runcated'
head -c 5800 cut.tar >cut2.tar
refused cut2.tar 'damaged or cut short'
head -c 5632 cut.tar >cut3.tar
run iso-build -o cut.iso cut3.tar
expect_status 0
expect_stderr_has 'cut3.tar: .*ends without the mark of an archive.s end'
rm cut.iso

# What is none.
: >empty
run bash -c ": | '$(command_path iso-build)' -q -o bad.iso -"
expect_status 2
expect_stderr_has 'standard input: is empty'
head -c 5000 /dev/urandom >noise
refused noise 'cannot be read as an archive'
gzip -c cut.tar | head -c 100 >cut.tgz
refused cut.tgz 'cut.tgz: '
[ ! -e bad.iso ] || fail "an image was written"

# Harmless.
run iso-build -o ok.iso absolute.tar
expect_status 0
expect_stderr_has 'absolute.tar: .*a path began with /, which was dropped'
[ "$(bsdtar -tf ok.iso | grep -c '^etc/x$')" = 1 ] || fail "/etc/x is not in the image"
[ ! -e /etc/x ] || fail "something came out of the image"
run iso-build -q -o ok.iso dirfile.tar
expect_status 0
[ "$(bsdtar -xOf ok.iso d)" = y ] || fail "a file did not replace a folder"
run iso-build -q -o ok.iso chains.tar
expect_status 0
mkdir x && bsdtar -C x -xf ok.iso
[ "$(cat x/a x/b x/c)" = twooneone ] || fail "hard links and a new file of that name"
run iso-build -q -o ok.iso odd.tar
expect_status 0
run iso-inspect --check ok.iso
expect_status 0

# Documents and programs that are archives inside stay files.
mkdir z && echo text >z/word
bsdtar -C z --format=zip -cf report.docx word
run iso-build -q -o ok.iso report.docx
expect_status 0
bsdtar -xOf ok.iso report.docx | cmp - report.docx || fail "a document was taken apart"
cp report.docx tree.zip
run iso-build -q -o ok.iso tree.zip
[ "$(bsdtar -xOf ok.iso word)" = text ] || fail "a zip archive was not taken apart"
gzip -c z/word >word.gz
run iso-build -q -o ok.iso word.gz
bsdtar -xOf ok.iso word.gz | cmp - word.gz || fail "a compressed file was taken apart"
if bsdtar -C z --format=zip --options zip:encryption=zipcrypt --passphrase p -cf secret.zip word 2>"$err"; then
	run iso-build -q -o bad.iso secret.zip
	expect_status 2
	expect_stderr_has 'word: is encrypted'
fi

# A name of 64 MiB, which libarchive would gladly put together.
{ printf '070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x' \
	1 33188 0 0 1 0 0 0 0 0 0 67108864 0; head -c 67108900 /dev/zero | tr '\0' n; } >long.cpio
gzip -c long.cpio >long.cpio.gz
for f in long.cpio long.cpio.gz; do
	refused $f 'name or a header of more than 16 MiB'
	program=$(binary_path iso-build)
	cat $f | (ulimit -v 400000; LD_LIBRARY_PATH=$ISOKIT_BUILD/.libs exec "$program" -q -o bad.iso -) \
		>"$out" 2>"$err"
	status=$? _last="iso-build - <$f within 400 MB"
	[ "${ISOKIT_INSTRUMENTED-no}" != no ] || expect_stderr_has 'name or a header'
done
rm long.cpio long.cpio.gz

# A bomb: 1.2 GiB of zeros in some 40 KB.
truncate -s 1200M z/word
if bsdtar -C z --no-read-sparse --zstd -cf bomb.tar.zst word 2>"$err" &&
	[ "$(stat -c %s bomb.tar.zst)" -lt 200000 ]; then
	run iso-build -q -o bad.iso bomb.tar.zst
	expect_status 2
	expect_stderr_has 'expands to more than 4000 times'
	[ ! -e bad.iso ] || fail "an image was written"
	run iso-build -q --force -o big.iso bomb.tar.zst
	expect_status 0
	# Zeros take no room, neither on the way nor in the image.
	[ "$(stat -c %b big.iso)" -lt 20000 ] || fail "holes were filled"
fi
exit 0
