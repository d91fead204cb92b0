# SPDX-License-Identifier: GPL-3.0-or-later
# Disks of virtual machines are what qemu-img says they are; those of them that hold an ISO
# give it, and those that rest on another file need it.
. "$(dirname "$0")/../lib.sh"
need qemu-img qemu-io python3 xorriso

python3 - <<'END' || fail "cannot make a disk"
import random
random.seed(5)
size = 9 * 1024 * 1024 + 7 * 512
with open('disk.raw', 'wb') as f:
    f.truncate(size)
    for i in range(60):
        n = random.choice([512, 4096, 65536, 100 * 512])
        f.seek(random.randrange(0, (size - n) // 512) * 512)
        f.write(random.randbytes(n // 2) + b'ab' * (n // 4))
    f.seek(size - 512)
    f.write(random.randbytes(512))
END

# NAME FORMAT [OPTIONS]: an image of disk.raw, back as it was.
back() {
	local name=$1 format=$2 options=${3-} flags=${4-}
	qemu-img convert -q -f raw -O "$format" ${options:+-o "$options"} $flags disk.raw "$name" \
		2>/dev/null || { echo "# qemu-img cannot make $name"; return; }
	rm -f plain
	run iso-convert --raw "$name" plain
	expect_status 0
	expect_same plain disk.raw
}
back a.qcow2 qcow2
back old.qcow2 qcow2 compat=0.10
back packed.qcow2 qcow2 "" -c
back zstd.qcow2 qcow2 compression_type=zstd -c
back extended.qcow2 qcow2 extended_l2=on
back small.qcow2 qcow2 cluster_size=512
back large.qcow2 qcow2 cluster_size=2M
back apart.qcow2 qcow2 data_file=apart.raw
back a.qcow qcow
back a.qed qed
back a.vdi vdi
back static.vdi vdi static=on
back a.vhd vpc force_size=on
back fixed.vhd vpc subformat=fixed,force_size=on
back a.vhdx vhdx
back fixed.vhdx vhdx subformat=fixed
back small.vhdx vhdx block_size=1M
back a.vmdk vmdk
back stream.vmdk vmdk subformat=streamOptimized
back split.vmdk vmdk subformat=twoGbMaxExtentSparse
back flat.vmdk vmdk subformat=monolithicFlat

# Compressed qcow is complete even where qemu-img says that it is not.
truncate -s 8M even.raw
dd if=disk.raw of=even.raw bs=1M count=8 conv=notrunc status=none
qemu-img convert -q -c -f raw -O qcow even.raw packed.qcow 2>/dev/null
if qemu-img compare -q -f raw -F qcow even.raw packed.qcow; then
	rm -f plain
	run iso-convert --raw packed.qcow plain
	expect_status 0
	expect_same plain even.raw
fi

# Changes over another image, and what is no image of that state any more.
qemu-img create -q -f qcow2 -b a.qcow2 -F qcow2 over.qcow2
qemu-io -c 'write -q -P 7 1M 300k' -c 'write -q -z 5M 1M' over.qcow2 || fail "qemu-io"
qemu-img convert -q -O raw over.qcow2 over.raw
rm -f plain
run iso-convert --raw over.qcow2 plain
expect_status 0
expect_same plain over.raw
mkdir alone
cp over.qcow2 alone/
run iso-convert --raw alone/over.qcow2 alone/plain
expect_status 2
expect_stderr_has 'a.qcow2'
[ ! -e alone/plain ] || fail "half an image"
qemu-img create -q -f qcow2 -b over.qcow2 -F qcow2 loop.qcow2 2>/dev/null &&
	qemu-img rebase -q -u -b loop.qcow2 -F qcow2 over.qcow2 && {
	run iso-convert --raw loop.qcow2 alone/plain
	expect_status 2
}
qemu-img create -q -f vmdk -b a.vmdk -F vmdk over.vmdk
qemu-io -c 'write -q -P 9 2M 300k' over.vmdk || fail "qemu-io"
qemu-img convert -q -O raw over.vmdk over.raw
rm -f plain
run iso-convert --raw over.vmdk plain
expect_status 0
expect_same plain over.raw
qemu-io -c 'write -q -P 1 0 512' a.vmdk
# Of the same length: QEMU writes seven digits now and then.
sed -i '/^CID=/y/0123456789abcdef/123456789abcdef0/' a.vmdk 2>/dev/null
rm -f plain
run iso-convert --raw over.vmdk plain
expect_status 2
expect_stderr_has 'content id'

# One part of a disk is no disk; a part that is missing is named.
run iso-convert --raw split-s001.vmdk plain
expect_status 2
expect_stderr_has 'one part of a VMDK'
rm flat-flat.vmdk
run iso-convert --raw flat.vmdk plain
expect_status 2
expect_stderr_has 'flat-flat.vmdk'

# A name that leads out of the folder.
mkdir in
printf '# Disk DescriptorFile\nversion=1\nCID=1\nparentCID=ffffffff\nRW 100 FLAT "../disk.raw" 0\n' \
	>in/out.vmdk
run iso-convert --raw in/out.vmdk plain
expect_status 2

# An ISO in such a disk.
mkdir tree
echo hello >tree/hello.txt
xorriso -as mkisofs -quiet -V INSIDE -o plain.iso tree 2>/dev/null || fail "xorriso"
qemu-img convert -q -f raw -O vmdk -o subformat=streamOptimized plain.iso iso.vmdk
run iso-convert iso.vmdk got.iso
expect_status 0
head -1 "$out" | grep -q '^unwrap: ' || fail "the first line"
expect_same got.iso plain.iso
