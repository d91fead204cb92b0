# SPDX-License-Identifier: GPL-3.0-or-later
# --verify: lists of checksums inside the image and beside it.
. "$(dirname "$0")/../lib.sh"
need xorriso jq
need_hashes
make_image() { # FILE OPTION…
	local file=$1
	shift
	rm -f "$file"
	xorriso -as mkisofs -quiet -o "$file" "$@" tree 2>xorriso.log || fail "no image"
}
list() { jq -e --arg w "$1" "first(.verification[] | select(.where == \$w)) | $2" "$out" >/dev/null ||
	fail "list $1: not so: $2"; }

mkdir -p tree/boot/grub tree/.disk tree/arch/x86_64
head -c 100000 /dev/urandom >tree/boot/vmlinuz
echo menu >tree/boot/grub/grub.cfg
echo disk >tree/.disk/info
echo other >tree/not-listed
head -c 50000 /dev/urandom >tree/arch/x86_64/airootfs.sfs
: >tree/empty
ln -s boot tree/kernel
(cd tree && md5sum ./boot/vmlinuz ./boot/grub/grub.cfg ./.disk/info ./empty ./kernel/vmlinuz >md5sum.txt)
(cd tree && sha256sum --tag boot/vmlinuz boot/grub/grub.cfg >SHA256SUMS)
(cd tree/arch/x86_64 && sha512sum airootfs.sfs >airootfs.sha512)
echo 'd41d8cd98f00b204e9800998ecf8427e  nothing' >tree/arch/unrelated.md5

make_image x.iso -R -J
run iso-inspect --verify --json x.iso
expect_status 0
expect_json '[.verification[].where] | sort == ["/SHA256SUMS", "/arch/x86_64/airootfs.sha512", "/md5sum.txt"]'
list /md5sum.txt '.result == "match" and .files == 5 and .files_matched == 5 and .algorithms == ["md5"] and .files_not_listed == 6'
list /SHA256SUMS '.result == "match" and .files == 2 and .algorithms == ["sha256"]'
run iso-inspect --verify x.iso
expect_stdout_has 'files that it does not list'

# Plain ISO 9660 has no lower case.
if command -v genisoimage >/dev/null; then
	mkdir -p plain/boot
	cp tree/boot/vmlinuz plain/boot
	(cd plain && md5sum boot/vmlinuz >md5sum.txt)
	genisoimage -quiet -o plain.iso plain 2>genisoimage.log || fail "no image"
	run iso-inspect --verify --json plain.iso
	expect_status 0
	list /MD5SUM.TXT '.files == 1 and .files_matched == 1'
fi

# -q leaves the answer of --verify to the exit status, and the digests that were asked for.
run iso-inspect -q --verify --hash=md5 x.iso
expect_status 0
expect_stdout "$(md5sum x.iso)"

# A damaged list is no agreement, inside and beside; a list in itself is no difference.
at=$("$(command_path iso-inspect)" --list=/md5sum.txt --json x.iso | jq '.extents[0].lba * 2048 + 5')
cp x.iso damaged.iso
printf 'Z' | dd of=damaged.iso bs=1 seek="$at" conv=notrunc status=none
run iso-inspect --verify --json damaged.iso
expect_status 1
list /md5sum.txt '.result == "incomplete" and .files == 4 and .mismatches[0].problem == "damaged-text"'
cp -R tree self
(cd self && md5sum md5sum.txt >>md5sum.txt)
xorriso -as mkisofs -quiet -o self.iso -R self 2>xorriso.log || fail "no image"
run iso-inspect --verify --json self.iso
expect_status 0
list /md5sum.txt '.result == "match" and .files == 5 and (.remarks | any(test("itself")))'
mkdir beside
cp x.iso beside
(cd beside && sha256sum x.iso | sed 's/^..../zzzz/' >SHA256SUMS)
run iso-inspect --verify --json beside/x.iso
expect_status 1
list beside/SHA256SUMS '.result == "incomplete" and .mismatches[0].problem == "damaged-text"'
# One for this image alone that says nothing at all.
for words in '' nothing; do
	printf '%s' "$words" >beside/x.iso.sha512
	run iso-inspect --verify --json beside/x.iso
	list beside/x.iso.sha512 '.result == "incomplete" and .mismatches[0].problem == "damaged-text"'
done
rm beside/x.iso.sha512

# One differs, one is missing, one is not what the list has.
echo changed >>tree/boot/grub/grub.cfg
rm tree/.disk/info
make_image bad.iso -R -J
run iso-inspect --verify --json bad.iso
expect_status 1
list /md5sum.txt '.result == "mismatch" and .files_matched == 3'
list /md5sum.txt '[.mismatches[] | {path, problem}] | sort_by(.path) == [
	{path: "/.disk/info", problem: "missing"}, {path: "/boot/grub/grub.cfg", problem: "differs"}]'
list /md5sum.txt ".mismatches[] | select(.problem == \"differs\") |
	.computed == \"$(md5sum <tree/boot/grub/grub.cfg | cut -c1-32)\" and .expected != .computed and .bytes == $(stat -c %s tree/boot/grub/grub.cfg)"
run iso-inspect --verify bad.iso
expect_status 1
expect_stdout_has 'differs: /boot/grub/grub.cfg'
expect_stdout_has 'missing: /.disk/info'
expect_stdout_has '3 of 5 files agree'

# Names in the list that would harm a terminal do not.
printf 'd41d8cd98f00b204e9800998ecf8427e  evil\033[31m\n' >tree/md5sum.txt
make_image evil.iso -R
run iso-inspect --verify evil.iso
expect_status 1
! grep -q "$(printf '\033')" "$out" || fail "an escape sequence reached the terminal"

# ---- beside --------------------------------------------------------------------------
rm tree/md5sum.txt tree/SHA256SUMS tree/arch -r
make_image y.iso -R
beside() { # NAME: exactly this list is used, and agrees; and disagrees when spoiled
	run iso-inspect --verify --json y.iso
	expect_status 0
	expect_json "[.verification[] | .where] == [\"$1\"] and .not_covered == []"
	expect_json '.verification[0] | .scheme == "list-beside" and .result == "match" and .covered_bytes == '"$(stat -c %s y.iso)"
	cp y.iso keep
	printf x | dd of=y.iso bs=1 seek=$(($(stat -c %s y.iso) - 1)) conv=notrunc 2>/dev/null
	run iso-inspect --verify y.iso
	expect_status 1
	expect_stdout_has '^mismatch .*list beside the image'
	mv keep y.iso
	rm "$1"
}
sha256sum y.iso x.iso >SHA256SUMS; beside SHA256SUMS
md5sum -b y.iso >MD5SUMS; beside MD5SUMS
sha512sum --tag y.iso >y.iso.sha512; beside y.iso.sha512
b2sum y.iso >B2SUMS; beside B2SUMS
sha256sum <y.iso | cut -c1-64 >y.iso.sha256; beside y.iso.sha256
md5sum <y.iso | cut -c1-32 >y.md5; beside y.md5
{ echo '-----BEGIN PGP SIGNED MESSAGE-----'; echo 'Hash: SHA256'; echo
	echo "# y.iso: 1 bytes"; sha256sum --tag y.iso; echo '-----BEGIN PGP SIGNATURE-----'; } >Some-40-CHECKSUM
beside Some-40-CHECKSUM
{ printf '# SHA512 HASH\r\n'; sha512sum y.iso | tr '\n' '\r'; echo
	echo '# BLAKE2B HASH'; b2sum y.iso; } >y.iso.DIGESTS
run iso-inspect --verify --json y.iso
expect_status 0
expect_json '[.verification[].algorithms[0]] | sort == ["blake2b", "sha512"]'
rm y.iso.DIGESTS

# A list that has no line for this image is none.
sha256sum x.iso >SHA256SUMS
run iso-inspect --verify y.iso
expect_status 1
expect_stdout_has '^no checksums'
sha256sum y.iso >>SHA256SUMS
(cd / && "$(command_path iso-inspect)" --verify "$OLDPWD/y.iso" >/dev/null) || fail "not found by its folder"
# Both at once, and the hash with them.
run iso-inspect --verify --hash x.iso y.iso
expect_status 0
expect_stdout_has "^$(sha256sum y.iso)\$"
ln y.iso 'odd
name.iso'
sha256sum odd*.iso >SHA256SUMS
run iso-inspect --verify odd*.iso
expect_status 0

# Progress for front ends, on stderr only.
run iso-inspect --verify --progress=json y.iso x.iso
expect_stderr_has '"progress":"verifying".*"finished":true'
