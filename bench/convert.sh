#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Converting: a plain image, raw sectors, DMGs of each kind that can be made here; each with
# a cache that is warm, beside cp of the same data and the peers that are installed.
# BENCH_MIB is the size (default 512; a quarter of it for DMGs).
#
#	bench/convert.sh [iso] [bin] [zlib] [bzip2] [lzma]
. "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
ours=$(program iso-convert) || { echo "iso-convert is not built" >&2; exit 1; }
: "${BENCH_MIB:=512}"
cases=${*:-iso bin zlib bzip2 lzma}

# Half of it can be compressed.
make_iso() { # MIB
	mkdir tree
	head -c $(($1 * 524288)) /dev/urandom >tree/a
	base64 <tree/a | head -c $(($1 * 524288)) >tree/b
	"$(program iso-build)" -q --boot=none -o disc.iso tree
	rm -r tree
}

make_bin() { # raw sectors with sync and EDC
	python3 - <<-'END'
	import struct, zlib
	table = []
	for i in range(256):
	    c = i
	    for _ in range(8):
	        c = c >> 1 ^ (0xd8018001 if c & 1 else 0)
	    table.append(c)
	bcd = [n // 10 * 16 + n % 10 for n in range(100)]
	with open('disc.iso', 'rb') as f, open('disc.bin', 'wb') as out:
	    n = 150
	    while True:
	        b = f.read(2048)
	        if not b:
	            break
	        s = b'\0' + b'\xff' * 10 + b'\0' + bytes([bcd[n // 4500 % 100], bcd[n // 75 % 60], bcd[n % 75], 1]) + b
	        c = 0
	        for x in s:
	            c = c >> 8 ^ table[(c ^ x) & 255]
	        out.write(s + struct.pack('<I', c) + bytes(284))
	        n += 1
	END
	printf 'FILE "disc.bin" BINARY\n  TRACK 01 MODE1/2352\n    INDEX 01 00:00:00\n' >disc.cue
}

# run_one CASE PROGRAM
run_one() {
	case $1.$2 in
	iso.isokit) measure results isokit "$ours" -q disc.iso out.iso ;;
	iso.cp) measure results cp cp --reflink=auto disc.iso out.iso ;;
	bin.isokit) measure results isokit "$ours" -q disc.cue out.iso ;;
	bin.bchunk) measure results bchunk bchunk disc.bin disc.cue out; rm -f out01.iso ;;
	bin.iat) measure results iat iat disc.bin out.iso ;;
	bin.cp) measure results cp cp disc.bin out.iso ;;
	*.isokit) measure results isokit "$ours" -q --raw disc.dmg out.iso ;;
	*.dmg2img) measure results dmg2img dmg2img disc.dmg out.iso ;;
	*.7zz) measure results 7zz sh -c '7zz x -so -tdmg disc.dmg >out.iso' ;;
	esac
}

work_in "$BENCH_DISK"
for case in $cases; do
	case $case in
	iso) programs='cp'; make_iso "$BENCH_MIB" ;;
	bin) programs='bchunk iat cp'; make_iso $((BENCH_MIB / 4)); make_bin ;;
	lzma) programs='7zz' ;;
	*) programs='dmg2img 7zz' ;;
	esac
	case $case in
	iso | bin) ;;
	*)
		make_iso $((BENCH_MIB / 4))
		python3 "$here/udif.py" "$case" disc.iso disc.dmg || exit 1 ;;
	esac
	there=isokit
	for p in $programs; do
		command -v "$p" >/dev/null && there+=" $p"
	done
	rm -f results
	# In another order each time: who comes first finds memory that was long not used.
	for _ in $(seq "$BENCH_RUNS"); do
		for p in $(shuf -e $there); do run_one "$case" "$p"; done
	done
	for p in $there; do grep "^$p " results; done >sorted
	report sorted "$case to ISO"
	rm -f disc.*
done
