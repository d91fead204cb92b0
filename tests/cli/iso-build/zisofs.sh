# SPDX-License-Identifier: GPL-3.0-or-later
# --zisofs: what gets smaller is stored compressed, as xorriso expands it (the kernel: in
# tests/boot/kernel-tree); the rest, and what boot loaders read, is not.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/contents-tree.sh"
need_command iso-build
need jq
make_contents_tree

run iso-build -q --boot=none --zisofs -o x.iso t
case $(cat "$err") in *'built without zlib'*) skip "no zlib" ;; esac
expect_status 0
expect_stderr ''
run iso-inspect --check x.iso
expect_status 0
run iso-inspect --list --json x.iso
cp "$out" list
is() { jq -se "any(.[]; .path == \"$1\" and ($2))" list >/dev/null || fail "$1 is not so: $2"; }
is /text ".zisofs and .size == $(stat -c %s t/text) and .extents[0].size < .size / 2"
is /zeros '.zisofs and .size == 6000000 and .extents[0].size < 2048'
is /large ".zisofs and .size == $(stat -c %s t/large)"
is /odd-2049 '.zisofs and .extents[0].size < 2048'
is /noise '.zisofs != true'
is /small '.zisofs != true and .size == 2'
is /empty '.zisofs != true and .size == 0'

expand() { # IMAGE: into back, by libisofs
	rm -rf back
	mkdir back
	xorriso -osirrox on -zisofs version_2=on -indev "$1" -extract / back >xorriso.log 2>&1 ||
		fail "xorriso: $(tail -3 xorriso.log)"
	chmod -R u+rw back
	diff -r t back || fail "$1 expands to something else"
}
for how in level=9 block=32K block=64K,level=1 version=2 version=auto,block=128K \
	   version=2,block=1M; do
	run iso-build -q --boot=none --force --zisofs=$how -o y.iso t
	expect_status 0
	run iso-inspect --check y.iso
	expect_status 0
	! command -v xorriso >/dev/null || expand y.iso
done
! command -v xorriso >/dev/null || expand x.iso
mkdir -p bdir
for n in 1 2; do
	"$(command_path iso-build)" -q --boot=none --zisofs --dedup -o bdir/$n.iso t
done
expect_same bdir/1.iso bdir/2.iso
"$(command_path iso-build)" --boot=none --zisofs --dedup -o - t >bdir/3.iso 2>/dev/null
expect_same bdir/1.iso bdir/3.iso

# The sums of a list are of what the contents expand to, whoever has compressed them.
run iso-build -q --boot=none --force --manifest plain.list -o plain.iso t
expect_status 0
run iso-build -q --boot=none --force --zisofs --manifest x.list -o x.iso t
expect_status 0
run iso-build -q --boot=none --manifest again.list -o again.iso x.iso
expect_status 0
sed -i 1d plain.list x.list again.list
expect_same plain.list x.list
expect_same plain.list again.list
run iso-inspect --list --json again.iso
cp "$out" list
is /text '.zisofs'

# What a boot loader reads stays.
isolinux=/usr/lib/ISOLINUX/isolinux.bin
if [ -e $isolinux ]; then
	mkdir -p b/isolinux b/data b/boot
	cp $isolinux b/isolinux/
	cp t/text b/isolinux/help.txt
	cp t/text b/boot/notes.txt
	cp t/text b/data/text
	run iso-build -q --zisofs -o b.iso b
	expect_status 0
	run iso-inspect --list --json b.iso
	cp "$out" list
	is /isolinux/help.txt '.zisofs != true'
	is /boot/notes.txt '.zisofs != true'
	is /data/text '.zisofs'
fi

for bad in level=0 level=10 block=8K block=256K version=3 nonsense ''; do
	run iso-build -q --boot=none --force --zisofs="$bad" -o x.iso t
	expect_status 2
	expect_stderr_lines 1
done
run iso-build -q --boot=none --force --no-rock-ridge --zisofs -o x.iso t
expect_status 2
expect_stderr_has 'needs Rock Ridge'
