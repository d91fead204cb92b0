# SPDX-License-Identifier: GPL-3.0-or-later
# What a structure of an image names is claimed: "data that nothing claims" is said of
# nothing else.
. "$(dirname "$0")/../lib.sh"
need jq

claimed() { # IMAGE
	run iso-inspect --check --json "$1"
	expect_json '[.problems[].code] | index("unclaimed-data") == null and
		index("data-overlap") == null'
}
owned() { # IMAGE PLACE NAME
	run iso-inspect --owner "$2" --json "$1"
	expect_status 0
	expect_json "[.owner[0].regions[].name] | index(\"$3\") != null"
}

# UDF as disks and discs have it: bitmaps of several blocks, tables, allocation tables.
if command -v mkudffs >/dev/null && command -v python3 >/dev/null; then
	for options in '-m hd -b 512 -r 2.01' '-m hd -b 2048 -r 1.02' '-m cdrw -b 2048 -r 2.01' \
		'-m dvdram -b 2048 -r 2.60' '-m hd -b 512 -r 2.50 --space=freedtable' \
		'-m hd -b 512 -r 1.50 --space=unalloctable' \
		'-m cdr -b 2048 -r 2.01 --vat'; do
		rm -f udf.img
		truncate -s 20M udf.img
		read -ra words <<<"$options"
		mkudffs -l claims "${words[@]}" udf.img >mkudffs.log 2>&1 || continue
		[[ $options = *cdrw* ]] || claimed udf.img
		case $options in
		*hd*1.02) python3 - udf.img >place <<'END'
import struct, sys
image = open(sys.argv[1], 'rb').read()
for at in range(0, len(image), 2048):
    if struct.unpack_from('<H', image, at)[0] == 264: # a space bitmap
        print('%db' % at)
        break
END
			owned udf.img "$(cat place)" 'UDF space bitmap' ;;
		*cdrw*) python3 - udf.img >place <<'END'
import sys
image = open(sys.argv[1], 'rb').read()
tables = [at for at in range(0, len(image), 2048) if image[at + 17:at + 39] == b'*UDF Sparing Table\0\0\0\0']
print('%db' % tables[-1])
END
			owned udf.img "$(cat place)" 'UDF sparing table' ;;
		esac
	done
fi

# Boot images for SPARC, each in a slice of Sun's label.
if command -v genisoimage >/dev/null; then
	mkdir tree
	echo x >tree/x
	head -c 20000 /dev/urandom >sun
	if genisoimage -quiet -R -o sun.iso -B sun,sun tree 2>genisoimage.log; then
		claimed sun.iso
		owned sun.iso 0 'Sun disk label'
		run iso-inspect --owner 163 --json sun.iso
		expect_json '[.owner[0].regions[] | select(.kind == "boot image").name] == ["Sun slice 2"]'
	fi
fi

# A folder for folders that lie too deep, that the names do not show.
if command -v bsdtar >/dev/null; then
	mkdir -p d1/d2/d3/d4/d5/d6/d7/d8/d9
	echo x >d1/d2/d3/d4/d5/d6/d7/d8/d9/x
	bsdtar -cf deep.iso --format=iso9660 d1
	claimed deep.iso
fi
