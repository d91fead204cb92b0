# SPDX-License-Identifier: GPL-3.0-or-later
# Checksums of metadata: what is wrong is told and read all the same, from its second copy
# where there is one.
. "$(dirname "$0")/../cli/lib.sh"
need python3
need_command iso-extract
export PATH=$PATH:/usr/sbin:/sbin
done=0
mkdir -p in/folder
echo content >in/folder/some_name
for i in {1..300}; do echo "$i" >"in/folder/another_file_$i"; done
setfattr -n user.long -v "$(printf 'v%.0s' {1..3000})" in/folder/some_name 2>/dev/null

# extract STATUS IMAGE
extract() {
	rm -rf out
	run iso-extract -C out "$2"
	expect_status "$1"
	done=$((done + 1))
}
# flip IMAGE WORD WHICH…: another first letter where this word stands for these times
flip() {
	cp --sparse=always "$1" x.img
	python3 - "${@:2}" <<-'END'
	import re, sys
	b = bytearray(open('x.img', 'rb').read())
	at = [m.start() for m in re.finditer(re.escape(sys.argv[1].encode()), b)]
	for n in sys.argv[2:]:
	    if int(n) < len(at):
	        b[at[int(n)]] ^= 1
	open('x.img', 'wb').write(b)
	END
}

truncate -s 200M btrfs
if command -v mkfs.btrfs >/dev/null && mkfs.btrfs -q -m dup --rootdir in btrfs >/dev/null 2>&1; then
	extract 0 btrfs
	cp -r out whole
	python3 - <<-'END'
	# Leaves of the tree of files: in both copies, byte 0 to 31 is the checksum of the rest.
	import struct
	b = bytearray(open('btrfs', 'rb').read())
	size = struct.unpack_from('<I', b, 65536 + 148)[0]
	places = {}
	for at in range(0, len(b), 4096):
	    if b.find(b'some_name', at, at + size) >= 0 and b[at + 32:at + 48] == b[65536 + 32:65536 + 48]:
	        places.setdefault(struct.unpack_from('<Q', b, at + 48)[0], []).append(at)
	places = [p for p in places.values() if len(p) == 2]
	assert places, 'no leaf with two copies'
	for name, which in (('first', [0]), ('second', [1]), ('both', [0, 1])):
	    c = bytearray(b)
	    for p in places:
	        for i in which:
	            c[p[i]] ^= 1
	    open('btrfs.' + name, 'wb').write(c)
	END
	for name in first second; do
		extract 0 btrfs.$name
		diff -r out whole || fail "$name: something else"
	done
	extract 1 btrfs.both
	expect_stderr_has 'checksums are wrong'
	diff -r out whole || fail "both: something else"
fi

truncate -s 320M xfs
cat >proto <<'END'
/
0 0
d--755 0 0
folder d--755 0 0
END
for i in {1..300}; do echo "another_file_$i ---644 0 0 in/folder/another_file_$i"; done >>proto
printf 'some_name ---644 0 0 in/folder/some_name\n$\n$\n' >>proto
if command -v mkfs.xfs >/dev/null && mkfs.xfs -q -p proto xfs >/dev/null 2>&1; then
	extract 0 xfs
	rm -rf whole
	cp -r out whole
	flip xfs another_file_77 0 1 2 3
	extract 1 x.img
	expect_stderr_has '/folder: .*checksums are wrong'
	[ -f out/folder/some_name ] || fail "the names around it are lost"
	python3 - <<-'END'
	# An inode of a small regular file: the change of its attributes, which nobody shows.
	b = bytearray(open('xfs', 'rb').read())
	size = b[104] << 8 | b[105]
	for at in range(0, len(b), size):
	    if b[at:at + 2] == b'IN' and b[at + 2] >> 4 == 8 and 0 < int.from_bytes(b[at + 56:at + 64], 'big') < 9:
	        b[at + 54] ^= 1
	        break
	else:
	    raise SystemExit('no inode')
	open('x.img', 'wb').write(b)
	END
	extract 1 x.img
	expect_stderr_has 'checksums are wrong'
	diff -r out whole || fail "inode: something else"
	# Version 4 has none.
	truncate -s 320M xfs4
	if mkfs.xfs -q -m crc=0 -p proto xfs4 >/dev/null 2>&1; then
		extract 0 xfs4
		diff -r out whole || fail "version 4: something else"
	fi
fi
[ "$done" -gt 0 ] || skip "neither mkfs.btrfs nor mkfs.xfs"
echo "$done volumes"
