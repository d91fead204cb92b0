# SPDX-License-Identifier: GPL-3.0-or-later
# UDF of independent writers: no errors, the same names and sizes as 7zz shows, and the
# tree of Windows media by itself.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/images.sh"
need jq
PATH=$PATH:/usr/sbin:/sbin # for mkudffs

# Volumes written by hand, one of each kind of partition.
for kind in plain sparable virtual metadata; do
	"$ISOKIT_BUILD/tests/unhex" "$ISOKIT_SOURCE/testdata/images/udf-$kind.hex" >$kind.img ||
		fail "$kind"
	run iso-inspect --list $kind.img
	expect_status 0
	sed 's/^.* \//\//' "$out" >names
	printf '%s\n' / /plain /folder /folder/€x | cmp -s - names || fail "$kind: $(cat names)"
	run iso-inspect --check $kind.img
	expect_status 0
	expect_stdout_lacks '^(error|warning)'
	run iso-inspect --json $kind.img
	[ "$(jq -r '.format, .namespaces.udf.partition, .namespaces.udf.files,
		.namespaces.udf.directories, .volume.block_size, .integrity.complete' "$out" |
		tr '\n' ' ')" = "udf $kind 2 2 2048 true " ] || fail "$kind: $(cat "$out")"
	# Where the contents lie.
	run iso-inspect --list --json /folder/€x $kind.img
	lba=$(jq '.extents[0].lba' "$out") skip=$(jq '.extents[0].offset' "$out")
	[ "$(dd if=$kind.img bs=1 skip=$((lba * 2048 + skip)) count=5 status=none)" = hello ] ||
		fail "$kind: no contents at block $lba"
done
run iso-inspect --require=udf,valid,complete plain.img
expect_status 0
run iso-inspect plain.img
expect_stdout_has '^Names +kind +version +label$'
expect_stdout_has 'UDF +2\.01 +Name'
expect_stdout_has 'UDF: read-only; written by Implementation'

# Cut off: the second anchor and the end of the partition are gone.
head -c 500000 plain.img >cut.img
run iso-inspect --check cut.img
expect_status 1
expect_stdout_has "udf-no-anchor"
head -c 600000 plain.img >cut.img
run iso-inspect --check cut.img
expect_status 1
expect_stdout_has 'image-truncated'
expect_stdout_has 'udf-anchor-alone'

if command -v mkudffs >/dev/null; then
	for media in hd dvd dvdram dvdrw dvdr cdrw cdr cd bdr; do
		for revision in 1.02 1.50 2.01 2.50 2.60; do
			for size in 512 2048 4096; do
				truncate -s 0 fresh.img
				truncate -s 8M fresh.img
				mkudffs -m $media -r $revision -b $size fresh.img >/dev/null 2>&1 ||
					continue
				run iso-inspect --check fresh.img
				expect_status 0
				run iso-inspect --json fresh.img
				[ "$(jq -r '.namespaces.udf.revision, .namespaces.udf.directories,
					.volume.block_size' "$out" | tr '\n' ' ')" = \
					"$revision 1 $size " ] || fail "$media $revision $size"
				echo "$media $revision $size" >>made
			done
		done
	done
	[ "$(wc -l <made)" -ge 20 ] || fail "mkudffs makes hardly anything"
fi

# A bridge: the same files under both systems, and as 7zz lists them.
if command -v genisoimage >/dev/null; then
	make_tree
	genisoimage -quiet -udf -R -J -V BRIDGE -o bridge.iso tree
	run iso-inspect --check bridge.iso
	expect_status 0
	run iso-inspect --list --json --names=udf bridge.iso
	expect_status 0
	jq -r 'select(.type == "file") | "\(.path) \(.size) \(.extents)"' "$out" | sort >udf
	run iso-inspect --list --json --names=rockridge bridge.iso
	jq -r 'select(.type == "file") | "\(.path) \(.size) \(.extents)"' "$out" | sort >rock
	# An empty file has an extent in one tree and none in the other; links are files.
	grep -v ' 0 ' rock >rock.full
	grep -v ' 0 ' udf | grep -vF /link >udf.full
	expect_same udf.full rock.full
	# Rock Ridge comes first; without, UDF keeps the names.
	run iso-inspect --list /hello.txt bridge.iso
	expect_status 0
	expect_stdout_has '^-rw'
	genisoimage -quiet -udf -V BRIDGE -o plain.iso tree
	run iso-inspect --list /hello.txt plain.iso
	expect_status 0
	if command -v 7zz >/dev/null; then
		7zz l -slt -tudf plain.iso | sed -n 's/^Path = /\//p' | grep -v '^/plain.iso$' |
			sort >seven
		run iso-inspect --list --json --names=udf plain.iso
		jq -r 'select(.path != "/") | .path' "$out" | sort >ours
		expect_same ours seven
	fi
fi

# Windows media: ISO 9660 shows README.TXT, everything else is in UDF alone.
if python3 -c 'import pycdlib' 2>/dev/null; then
	python3 - <<'END'
import io, pycdlib
iso = pycdlib.PyCdlib()
iso.new(udf='2.60', vol_ident='CCCOMA')
def put(data, udf, iso_path):
    iso.add_fp(io.BytesIO(data), len(data), iso_path, udf_path=udf)
put(b'this disc contains a UDF file system', '/readme.txt', '/README.TXT;1')
iso.add_directory(udf_path='/sources')
put(b'x' * 5000, '/sources/install.wim', '/A.;1')
put(b'y' * 100, '/bootmgr', '/B.;1')
iso.rm_hard_link(iso_path='/A.;1')
iso.rm_hard_link(iso_path='/B.;1')
iso.write('windows.iso')
iso.close()
END
	run iso-inspect --list windows.iso
	expect_status 0
	expect_stdout_has ' 5000 .* /sources/install\.wim$'
	run iso-inspect --list --names=iso9660 windows.iso
	expect_stdout_has ' /README\.TXT$'
	[ "$(wc -l <"$out")" -eq 2 ] || fail "ISO 9660 shows more than a README"
	run iso-inspect --check windows.iso
	expect_status 0
fi

# Claims of gigabytes and endless chains take neither time nor memory: a table of 4 GiB,
# a folder that repeats itself.
if command -v python3 >/dev/null; then
	python3 - <<'END'
import struct
def crc(b):
    c = 0
    for x in b:
        c ^= x << 8
        for _ in range(8):
            c = (c << 1 ^ 0x1021) & 0xffff if c & 0x8000 else c << 1
    return c
def seal(d, at):
    n = struct.unpack_from('<H', d, at + 10)[0]
    struct.pack_into('<H', d, at + 8, crc(d[at + 16:at + 16 + n]))
    d[at + 4] = 0
    d[at + 4] = sum(d[at:at + 16]) & 255
d = bytearray(open('virtual.img', 'rb').read())
at = len(d) - 2048                     # the entry of the table: short descriptors
struct.pack_into('<H', d, at + 34, 0)
struct.pack_into('<Q', d, at + 56, 4 << 30)
ads = b''.join(struct.pack('<II', 0x3ffff800, 0) for _ in range(200))
struct.pack_into('<I', d, at + 172, len(ads))
d[at + 176:at + 176 + len(ads)] = ads
seal(d, at)
open('vat.img', 'wb').write(d)
d = bytearray(open('plain.img', 'rb').read())
root = (80 + 1) * 2048                 # the root: 200 extents of 1 GiB, all the same
struct.pack_into('<Q', d, root + 56, 200 << 30)
ads = b''.join(struct.pack('<II', 0x3ffff800, 2) for _ in range(200))
struct.pack_into('<I', d, root + 172, len(ads))
d[root + 176:root + 176 + len(ads)] = ads
struct.pack_into('<H', d, root + 10, 160 + len(ads))
seal(d, root)
open('folder.img', 'wb').write(d)
END
	for image in vat.img folder.img; do
		start=$(date +%s%N)
		run iso-inspect --json $image
		[ "$status" -le 1 ] || fail "$image: status $status"
		run iso-inspect --list $image
		[ $(($(date +%s%N) - start)) -lt 10000000000 ] || fail "$image took ten seconds"
	done
fi
