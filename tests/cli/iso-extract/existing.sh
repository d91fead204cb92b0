# SPDX-License-Identifier: GPL-3.0-or-later
# What is there already: nothing is touched, or all of it replaced, and links of the
# target lead nowhere.
. "$(dirname "$0")/../lib.sh"
need genisoimage

mkdir -p src/a src/d outside
echo new >src/a/f
echo new >src/d/g
head -c 1000000 /dev/zero >src/d/large
ln -s f src/a/l
genisoimage -quiet -R -o x.iso src || fail "genisoimage fails"

mkdir -p out/a
echo old >out/a/f
run iso-extract -C out x.iso
expect_status 2
expect_stderr_has '^iso-extract: /a/f: is there already$'
expect_stderr_has 'nothing was extracted; --overwrite'
[ "$(cat out/a/f)" = old ] && [ ! -e out/d ] || fail "something was changed"

run iso-extract --overwrite -C out x.iso
expect_status 0
diff -r --no-dereference src out || fail "not all was replaced"
run iso-extract --overwrite -C out x.iso
expect_status 0
diff -r --no-dereference src out || fail "a second time differs"
[ -z "$(find out -name '.isokit*')" ] || fail "hidden names are left"

# Links in the target are replaced, and what they point at is not touched.
rm -rf out
mkdir -p out/a out/d
echo mine >outside/file
echo mine >outside/large
ln -s ../../outside/file out/a/f
ln outside/file out/d/g
ln -s ../../outside/large out/d/large
run iso-extract --overwrite -C out x.iso
expect_status 0
diff -r --no-dereference src out || fail "links were not replaced"
[ "$(cat outside/file outside/large | sort -u)" = mine ] || fail "written through a link"

# A link in the place of a folder is none, with and without --overwrite.
for how in '' --overwrite; do
	rm -rf out
	mkdir out
	ln -s ../outside out/a
	ln -s nowhere out/d
	run iso-extract $how -C out x.iso
	expect_status 2
	expect_stderr_has '^iso-extract: /a: is there, and is no folder$'
	[ "$(ls outside | tr '\n' ' ')" = 'file large ' ] || fail "written through a folder's link"
done

# Nor is a folder replaced by a file.
rm -rf out
mkdir -p out/a/f/full
run iso-extract --overwrite -C out x.iso
expect_status 2
expect_stderr_has '^iso-extract: /a/f: is there, and is a folder$'
[ -d out/a/f/full ] || fail "a folder is gone"

# Folders on the way to the target may be links.
ln -s outside way
run iso-extract -C way/new x.iso
expect_status 0
diff -r --no-dereference src outside/new || fail "through a link that the user named"

echo >plain
run iso-extract -C plain x.iso
expect_status 2
expect_stderr_has '^iso-extract: .*plain: '
