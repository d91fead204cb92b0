# SPDX-License-Identifier: GPL-3.0-or-later
# What would go unnoticed is said: paths that lead out, findings by the dozen, Apple's
# partitions in the plan, an HFS+ volume that goes, labels of this computer.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/trees.sh"
need_command iso-build

mkdir tree
echo x >file
fake_efi tree/EFI/BOOT/BOOTX64.EFI

for word in ../x=file a/../../x=file ..=file --add=file=../x --remove=a/..; do
	run iso-build -n "$word" tree
	expect_status 2
	expect_stdout ''
	expect_stderr_lines 1
	expect_stderr_has '^iso-build: .*: \.\. leads out of the image; say the path from its root$'
done
run iso-build -n ..x=file x..=file a/...=file tree
expect_status 0

run iso-build -o x.iso ''
expect_status 2
expect_stderr 'iso-build: an empty SOURCE names no file'
run iso-build -o '' tree
expect_status 2
expect_stderr_has '^iso-build: .*: an empty name is no file$'
run iso-build -o x.iso /dev/zero
expect_status 2
expect_stderr 'iso-build: /dev/zero: is a device: copy what is on it to a file first, or say DEST=/dev/zero for a device file in the image'
run iso-build -n dev/zero=/dev/zero
expect_status 0
run iso-build -n --fit=banana tree
expect_status 2
expect_stderr 'iso-build: --fit=banana: neither cd, dvd, dvd-dl, bd, bd-dl or bd-xl nor a size such as 700M'

run iso-build -n --apm tree
expect_status 0
expect_stdout_has '^  APM 1 +[A-Za-z]+, type [A-Za-z_]+, blocks [0-9]+ to [0-9]+ of 2048 bytes$'

run iso-build --mkisofs -quiet -R -hfsplus -o mac.iso tree
expect_status 0
for boot in none auto; do
	run iso-build -n --boot=$boot mac.iso
	expect_status 0
	expect_stderr_has '^iso-build: mac.iso: warning: its HFS volume for Macs is not kept'
done

# Names of volumes in UTF-8: bytes in the primary descriptor, characters in Joliet's.
field() { # SECTOR OFFSET BYTES of utf8.iso
	dd if=utf8.iso bs=1 skip=$(($1 * 2048 + $2)) count=$3 status=none
}
for as in '' --mkisofs; do
	run iso-build $as -o utf8.iso -V 'Größe 日本' tree
	expect_status 0
	[ "$(field 16 40 32 | sed 's/ *$//')" = 'Größe 日本' ] || fail "not in the primary descriptor"
	run iso-inspect --json utf8.iso
	expect_json '.volume.id == "Größe 日本"'
	run iso-inspect --require valid utf8.iso
	expect_status 0
	rm utf8.iso
done
run iso-build -o utf8.iso -V 'Größe 日本' tree
expect_stdout_has '^  note +volume id: is more than ASCII'
joliet=$(for s in 17 18 19; do [ "$(field $s 0 1 | od -An -tu1 | tr -d ' ')" != 2 ] || echo $s; done)
[ "$(field $joliet 40 32 | iconv -f UTF-16BE -t UTF-8 | sed 's/ *$//')" = 'Größe 日本' ] ||
	fail "not in Joliet's descriptor"
run iso-build -o again.iso utf8.iso
expect_status 0
expect_stdout_has 'volume Größe 日本$'
for bad in "$(printf 'a\302\205b')" "$(printf 'a\377b')" "$(printf 'a\nb')"; do
	run iso-build -n -V "$bad" tree
	expect_status 2
	expect_stderr 'iso-build: volume id: holds printable characters, in UTF-8; byte 2 is none'
done
run iso-build -n -V "$(printf 'ä%.0s' {1..17})" tree
expect_status 2
expect_stderr 'iso-build: volume id: holds 32 bytes of UTF-8; 34 were given'

# The first record of each folder is longer than it can be.
for i in {1..40}; do
	mkdir -p many/$i
	echo $i >many/$i/file
done
run iso-build -q --boot=none --no-joliet -o many.iso many
expect_status 0
run iso-inspect --list --json many.iso
for lba in $(isoinfo -l -R -i many.iso 2>/dev/null | sed -n 's/^d.*\[ *\([0-9]*\) [0-9]*\] *\.  *$/\1/p' | sort -un); do
	printf '\377' | dd of=many.iso bs=1 seek=$((lba * 2048)) conv=notrunc status=none
done
run iso-build -n many.iso
expect_status 2
expect_stderr_has '^iso-build: many.iso: and [0-9]+ more errors .iso-inspect --check lists them.$'
[ "$(wc -l <"$err")" -le 12 ] || fail "$(wc -l <"$err") lines are too many"

need setfattr
setfattr -n user.kept -v 1 tree/EFI && setfattr -n security.label -v host tree/EFI 2>/dev/null ||
	skip "attributes of security cannot be set here"
run iso-build -q --xattr -o x.iso tree
expect_status 0
run iso-inspect --json --list x.iso
grep -q 'user\.kept' "$out" || fail "user.kept is not there"
! grep -q 'security\.label' "$out" || fail "the label of this computer is in the image"
