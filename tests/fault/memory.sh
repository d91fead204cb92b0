#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Whole commands whose allocations fail, one in each run: they end with status 2 and say that
# it was memory, leave nothing half behind, and take nothing for damage; or do all the same
# what they do with it.
. "$(dirname "$0")/../cli/lib.sh"
. "$(dirname "$0")/memory-lib.sh"

mkdir -p tree/EFI/BOOT tree/folder
echo hello >tree/folder/hello.txt
head -c 300000 /dev/urandom >tree/large
ln -s folder/hello.txt tree/link
{ printf 'MZ'; head -c 58 /dev/zero; printf '\x40\0\0\0PE\0\0\x64\x86'; head -c 900 /dev/zero; } \
	>tree/EFI/BOOT/BOOTX64.EFI
"$(command_path iso-build)" -q -o x.iso tree || fail "iso-build fails"

sweep iso-inspect x.iso
sweep iso-inspect --check x.iso
sweep iso-convert -q x.iso out/o.iso
sweep iso-extract -q -C out x.iso
if command -v xz >/dev/null && xz -k x.iso; then
	sweep iso-convert -q x.iso.xz out/o.iso
fi
if command -v mksquashfs >/dev/null && mksquashfs tree x.sq -quiet -no-progress >/dev/null; then
	sweep iso-convert -q x.sq out/o.iso
	sweep iso-extract -q -C out x.sq
fi
if command -v mke2fs >/dev/null && mke2fs -q -F -d tree x.ext 4M >/dev/null; then
	sweep iso-convert -q x.ext out/o.iso
	sweep iso-extract -q -C out x.ext
fi
if command -v mkfs.btrfs >/dev/null && truncate -s 120M x.btrfs &&
	mkfs.btrfs -q --mixed -r tree x.btrfs >/dev/null 2>&1; then
	sweep iso-extract -q -C out x.btrfs
fi
if command -v mkfs.vfat >/dev/null && truncate -s 8M x.fat && mkfs.vfat x.fat >/dev/null; then
	sweep iso-convert -q x.fat out/o.iso
fi
# A disc: two formats that would be told apart wrongly if nobody asked the first one.
need python3
python3 - x.iso <<'P' || fail "no disc"
import struct, sys
iso = open(sys.argv[1], 'rb').read()
chunks = b'DAOX' + struct.pack('>I', 22 + 42) + struct.pack('<I', 64) + bytes(14) + b'\0\0\1\1'
chunks += bytes(12) + struct.pack('>HHH', 2048, 0, 1) + struct.pack('>QQQ', 0, 0, len(iso))
chunks += b'SINF' + struct.pack('>II', 4, 1) + b'END!' + struct.pack('>I', 0)
open('x.nrg', 'wb').write(iso + chunks + b'NER5' + struct.pack('>Q', len(iso)))
open('x.cue', 'w').write('FILE "y.bin" BINARY\n  TRACK 01 MODE1/2048\n    INDEX 01 00:00:00\n')
open('y.bin', 'wb').write(iso)
P
sweep iso-convert -q x.cue out/o.iso
sweep iso-convert -q x.nrg out/o.iso
echo "$tried runs, $without of them succeeded"
