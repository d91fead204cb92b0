# SPDX-License-Identifier: GPL-3.0-or-later
# Sessions behind sessions: -M and -C, -old-root, --emul-toc, --scdbackup_tag. What was
# written is put behind what stood there before, and read by xorriso at its own place.
. "$(dirname "$0")/../lib.sh"
need_command iso-build
need xorriso isoinfo strings
need_hashes
builder=$(command_path iso-build)

mkdir -p a/dir b
echo one >a/dir/one
head -c 300000 /dev/urandom >a/big
ln a/big a/dir/linked
ln -s dir/one a/link
echo 'with a name' >'a/dir/a rather long name for Joliet with more than sixty-four characters in it.text'
echo two >b/two

# put SESSION BLOCK MEDIUM: where a burner would write it
put() {
	truncate -s $(($2 * 2048)) "$3" && cat "$1" >>"$3"
}
# taken MEDIUM BLOCK FOLDER: all files of that session
taken() {
	rm -rf "$3"
	mkdir "$3"
	xorriso -osirrox on -load sbsector "$2" -indev "$1" -extract / "$3" >/dev/null 2>&1
}
places() { # MEDIUM BLOCK: where contents lie
	xorriso -load sbsector "$2" -indev "$1" -find / -type f -exec report_lba 2>/dev/null |
		sed -n 's/^File data lba: *[0-9]* , *\([0-9]*\) , .* , /\1 /p' | LC_ALL=C sort -k 2
}

run iso-build --mkisofs -R -J -joliet-long -o 1.iso a
expect_status 0
run iso-build --mkisofs -R -J -joliet-long -M 1.iso -C 0,400 -o 2.iso b
expect_status 0
expect_stderr ''
cp 1.iso medium
put 2.iso 400 medium
[ "$(stat -c %s 2.iso)" -lt 400000 ] || fail "the session has contents of the one before"
taken medium 400 out
mkdir all
cp -a a/. b/. all/
diff -r --no-dereference all out || fail "the new session shows other files"
[ "$(places medium 400 | grep -c " '/big'")" = 1 ] || fail "no places"
places medium 0 | grep -v two >before
places medium 400 | grep -v two >after
diff before after || fail "contents of the first session are elsewhere"
isoinfo -N 400 -i 2.iso -J -f 2>/dev/null | grep -q '^/two$' || fail "no Joliet names"

# A stream is the same session.
"$builder" --mkisofs -R -J -joliet-long -M 1.iso -C 0,400 b | cmp - 2.iso || fail "another stream"
# Its size is told without its place.
[ "$("$builder" --mkisofs -R -J -joliet-long -M 1.iso -C 0,400 -print-size b)" = \
	$(($(stat -c %s 2.iso) / 2048)) ] || fail "another size"

# A third one, that boots; a fourth, which still does.
head -c 4096 /dev/urandom >b/loader
run iso-build --mkisofs -R -b loader -c cat -no-emul-boot -M medium -C 400,700 -o 3.iso b
expect_status 0
put 3.iso 700 medium
boots() {
	xorriso -load sbsector "$1" -indev medium -report_el_torito plain 2>/dev/null |
		grep -q "El Torito img path : *1  /loader" || fail "session at $1 does not boot"
}
boots 700
mkdir c
echo three >c/three
run iso-build --mkisofs -R -M medium -C 700,1000 -o 4.iso c
expect_status 0
put 4.iso 1000 medium
boots 1000
taken medium 1000 out
cmp out/big a/big || fail "content of the first session in the fourth"
cmp out/loader b/loader || fail "boot image"
[ -e out/three ] || fail "no new file"

# From nothing, for a medium that has something.
run iso-build --mkisofs -R -C 0,1300 -o 5.iso c
expect_status 0
put 5.iso 1300 medium
taken medium 1300 out
diff -r c out || fail "a session of its own"

# Without -C an image of its own, with all in it.
run iso-build --mkisofs -R -M 1.iso -o whole.iso b
expect_status 0
taken whole.iso 0 out
cmp out/big a/big && cmp out/two b/two || fail "not all files"
[ "$(stat -c %s whole.iso)" -gt 300000 ] || fail "no contents"

# -old-root: what has not changed stays where it is, what is gone goes.
cp -a a now
rm -r now/dir
echo changed >now/link2
cp -a now/link2 now/new
run iso-build --mkisofs -R -M 1.iso -C 0,400 -old-root / -o 2.iso now
expect_status 0
cp 1.iso medium
put 2.iso 400 medium
taken medium 400 out
diff -r --no-dereference now out || fail "-old-root shows other files"
[ "$(places medium 400 | grep "'/big'")" = "$(places medium 0 | grep "'/big'")" ] ||
	fail "an unchanged content was stored again"
# The same size and time, another content.
head -c 300000 /dev/urandom >other
touch -r now/big other
cp -p other now/big
run iso-build --mkisofs -R -M 1.iso -C 0,400 -old-root / -o 2.iso now
expect_status 0
cp 1.iso medium
put 2.iso 400 medium
taken medium 400 out
cmp out/big now/big || fail "a changed content was not stored"
# Below another folder, the old one is still there.
run iso-build --mkisofs -R -graft-points -M 1.iso -C 0,400 -old-root / -root /day2 -o 2.iso /=a
expect_status 0
cp 1.iso medium
put 2.iso 400 medium
[ "$(places medium 400 | grep "'/day2/big'" | cut -d' ' -f1)" = \
	"$(places medium 400 | grep "'/big'" | cut -d' ' -f1)" ] || fail "two contents for one"

# A second superblock, which the next session does not write over.
run iso-build --mkisofs -R --emul-toc -o toc.iso a
expect_status 0
xorriso -indev toc.iso -toc 2>/dev/null | grep -q 'ISO session  :   1 ,        32' ||
	fail "no session at block 32"
taken toc.iso 32 out
diff -r --no-dereference a out || fail "the second superblock shows other files"
run iso-inspect --check toc.iso
expect_status 0

# scdbackup's tag: of all bytes before it.
run iso-build --mkisofs -R --md5 --scdbackup_tag records VOLUME_1 -o tag.iso a
expect_status 0
read -r name when bytes md5 <records
[ "$name" = VOLUME_1 ] && [[ $when =~ ^[A-Z][0-9]{5}\.[0-9]{6}$ ]] || fail "record: $(cat records)"
[ "$(head -c "$bytes" tag.iso | md5sum | cut -d' ' -f1)" = "$md5" ] || fail "MD5 of the record"
line=$(strings -n 20 tag.iso | grep '^scdbackup_checksum_tag_v0.1 ')
[ "$line" = "scdbackup_checksum_tag_v0.1 $bytes $(head -c -1 records | wc -c) $(cat records) $(head -c -1 records | md5sum | cut -d' ' -f1)" ] ||
	fail "tag: $line"
run iso-inspect --verify tag.iso
expect_status 0

# What cannot be.
run iso-build --mkisofs -R --md5 --scdbackup_tag nowhere/records NAME -o x.iso b
expect_status 2
expect_stderr 'iso-build: nowhere/records: cannot be written: No such file or directory'
run iso-build --mkisofs -R -M medium -C 0,400 -o medium b
expect_status 2
expect_stderr_has 'name another file'
run iso-build --mkisofs -R -M 1.iso -C 500,400 -o x.iso b
expect_status 2
expect_stderr_has 'behind the last one'
run iso-build --mkisofs -R -M 1.iso -C 400 -o x.iso b
expect_status 2
run iso-build --mkisofs -R -old-root / -o alone.iso b
expect_status 0
expect_stderr_has 'ignored'
run iso-build --mkisofs -R -M 1.iso -C 77,400 -o x.iso b
expect_status 2
run iso-build --mkisofs -R -M 1.iso -C 0,400 -old-root /nowhere -o x.iso b
expect_status 2
expect_stderr_has '/nowhere'
run iso-build --mkisofs -R -udf -C 0,400 -o x.iso b
expect_status 2
expect_stderr_has 'UDF'
[ ! -e x.iso ] || fail "something was written"
