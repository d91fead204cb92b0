# SPDX-License-Identifier: GPL-3.0-or-later
# What comes out is what went in: contents, names, modes, times, links.
. "$(dirname "$0")/../lib.sh"
need genisoimage

mkdir -p src/a/b/c src/empty src/ro
echo first >src/a/f
head -c 300000 /dev/urandom >src/a/b/large
head -c 20000000 /dev/urandom >src/a/b/c/larger
: >src/nothing
ln -s ../../etc/passwd src/a/out
ln -s nowhere src/dangling
ln src/a/f src/a/b/again
chmod 640 src/a/f
chmod 755 src/a/b/large
echo x >src/ro/file
chmod 444 src/ro/file
touch -h -d '2001-02-03 04:05:06' src/a/out src/a/f src/a/b src/empty src/nothing
chmod 555 src/ro
genisoimage -quiet -R -J -o x.iso src || fail "genisoimage fails"

# facts FOLDER: what is to be equal
facts() { (cd "$1" && find . -mindepth 1 -printf '%P %y %m %TY-%Tm-%Td %TH:%TM:%.2TS %l\n' | sort); }
facts src >want

run iso-extract -C out x.iso
expect_status 0
expect_stdout '5 files (19.4 MiB), 5 folders, 2 symbolic links, 1 hard link extracted'
expect_stderr ''
facts out >got
expect_same want got
diff -r --no-dereference src out || fail "contents differ"
[ out/a/f -ef out/a/b/again ] || fail "the hard link is none"
[ "$(stat -c %h out/nothing)" = 1 ] || fail "an empty file has got links"

# One thread does the same.
run iso-extract --threads=1 -q -C one x.iso
expect_status 0
expect_stdout ''
facts one >got
expect_same want got
diff -r --no-dereference src one || fail "contents differ with one thread"

# The umask counts, unless -p is given.
(umask 077 && run iso-extract -q -C masked x.iso && run iso-extract -q -p -C exact x.iso)
[ "$(stat -c %a masked/a/b/large)" = 700 ] || fail "the umask was not followed"
[ "$(stat -c %a exact/a/b/large)" = 755 ] || fail "-p followed the umask"
[ "$(stat -c %a exact/a)" = 755 ] || fail "-p followed the umask for a folder"

# Without Rock Ridge there are no modes, and files are as others are.
run iso-extract -C joliet --names=joliet x.iso
expect_status 0
[ "$(stat -c %a joliet/ro)" = 755 ] && [ "$(stat -c %a joliet/ro/file)" = 644 ] ||
	fail "modes of Joliet: $(stat -c %a joliet/ro joliet/ro/file)"
run iso-extract -C plain --names=iso9660 x.iso
expect_status 0
expect_same plain/A/B/LARGE src/a/b/large

run iso-extract --names=udf x.iso
expect_status 2
expect_stderr 'iso-extract: x.iso: has no udf names, choose from: iso9660, rockridge, joliet'
