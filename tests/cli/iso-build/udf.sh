# SPDX-License-Identifier: GPL-3.0-or-later
# --udf: a bridge that our reader finds no fault with and that others read as what was
# put in; beside GPT, appended partitions and without other name spaces; as a stream.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/trees.sh"
need_command iso-build
need jq

none=(--system-root "$PWD/none" --boot=none)
export SOURCE_DATE_EPOCH=1790000000

# Every path of a name space, sorted.
paths() { ours iso-inspect --list --json --names="$1" "$2" 2>/dev/null | jq -r .path | LC_ALL=C sort; }
ours() { local name=$1; shift; "$(command_path "$name")" "$@"; }
sound() {
	run iso-inspect --check "$1"
	expect_status 0
	expect_stdout_lacks '^(error|warning)'
}

mkdir -p tree/dir/sub tree/empty
head -c 70000 /dev/urandom >tree/dir/data
printf x >'tree/Größe — 漢字 😀'
: >tree/dir/nothing
ln tree/dir/data tree/dir/sub/hard
ln -s ../dir/./data tree/dir/link
ln -s /etc/passwd tree/absolute
mkfifo tree/fifo
chmod 4755 tree/dir/data
for i in $(seq 300); do echo "$i" >"tree/dir/sub/a file with the number $i"; done

for revision in 1.02 1.50 2.00 2.01; do
	run iso-build -q "${none[@]}" --udf=$revision --force -V 'The Label' -o x.iso tree
	expect_status 0
	sound x.iso
	run iso-inspect --json x.iso
	expect_json '.namespaces.udf.revision == "'$revision'" and .namespaces.udf.volume_id == "The Label" and
		.namespaces.udf.closed and .namespaces.udf.access == "read-only"'
	[ "$(paths udf x.iso)" = "$(paths rockridge x.iso)" ] || fail "$revision: other names"
done
run iso-build -q "${none[@]}" --udf=2.50 --force -o x.iso tree
expect_status 2
expect_stderr_has '^iso-build: --udf=2.50'

# What a name is, and where its contents lie, agrees with Rock Ridge; one file entry for
# both names of a file.
facts() {
	ours iso-inspect --list --json --names="$1" x.iso |
		jq -c '[.path, .type, .mode, .uid, .gid, .links, .mtime[0:19], .target,
			(if .type == "file" and .size > 0 then .size, .extents[0].lba else null end)]' | LC_ALL=C sort
}
facts udf | jq -c 'if .[1] == "dir" then .[5] = 1 else . end' >a
facts rockridge | jq -c 'if .[1] == "dir" then .[5] = 1 else . end' >b
diff a b >&2 || fail "facts differ"
grep -q '"/dir/sub/hard","file",2541,.*,2,' a || fail "no hard link: $(grep hard a)"

# Bytes are the same from run to run and as a stream.
run iso-build -q "${none[@]}" --udf -o y.iso tree
run iso-build -q "${none[@]}" --udf --force -o x.iso tree
expect_same x.iso y.iso
"$(command_path iso-build)" -q "${none[@]}" --udf -o - tree >stream.iso || fail "stream"
expect_same x.iso stream.iso
run iso-build "${none[@]}" --udf -n --json tree
expect_status 0

# No name space but ISO 9660; and contents that only UDF shows.
run iso-build -q "${none[@]}" --udf --no-rock-ridge --no-joliet --force -o n.iso tree
expect_status 0
[ "$(paths udf n.iso)" = "$(paths udf x.iso)" ] || fail "names depend on Rock Ridge"
sound n.iso
run iso-build -q "${none[@]}" --udf --hide=iso9660=dir --hide=joliet=dir --force -o n.iso tree
expect_status 0
[ "$(paths udf n.iso)" = "$(paths udf x.iso)" ] || fail "names depend on ISO 9660"
run iso-build -q "${none[@]}" --udf --hide=udf=dir --force -o n.iso tree
expect_status 0
[ "$(paths udf n.iso | wc -l)" -eq 5 ] || fail "not hidden: $(paths udf n.iso)"

# Names that UDF cannot hold are shortened, and stay apart.
mkdir odd
long=$(printf 'n%.0s' {1..251})
touch "odd/$long.txt" "odd/$(printf 'ж%.0s' {1..127})" "odd/$(printf 'a%.0s' {1..127})ж.text" \
	odd/$'bad\xffname' odd/$'bad\xfename' odd/bad_name
run iso-build "${none[@]}" --udf --force -o odd.iso odd
expect_status 0
expect_stdout_has 'and 3 more have other names in UDF'
sound odd.iso
paths udf odd.iso >names
[ "$(sort -u names | wc -l)" -eq 7 ] || fail "names: $(cat names)"
grep -qx '/bad_name' names || fail "a name that fits was changed"
grep -qE '^/n+#[0-9A-F]+\.txt$' names || fail "no shortened name"
[ "$(grep -cE '^/bad_name#[0-9A-F]+$' names)" -eq 2 ] || fail "bad names: $(cat names)"

# A file that needs more descriptors than its entry holds, and one of over 4 GiB.
mkdir large
truncate -s 5G large/five
printf five >>large/five
truncate -s 300G large/huge 2>/dev/null && printf huge >>large/huge || rm -f large/huge
run iso-build -q "${none[@]}" --udf --force -o large.iso large
if [ "$status" = 0 ]; then
	sound large.iso
	for name in five $(cd large && ls huge 2>/dev/null); do
		size=$(stat -c %s large/$name)
		ours iso-inspect --list --json --names=udf large.iso |
			jq "select(.path == \"/$name\")" >entry
		[ "$(jq .size entry)" = $size ] || fail "$name: $(cat entry)"
		lba=$(jq '.extents[0].lba' entry)
		[ "$(tail -c +$((lba * 2048 + size - 3)) large.iso | head -c 4)" = "$name" ] ||
			fail "$name ends elsewhere"
	done
else
	expect_stderr_has 'No space|[Ff]ile too large|too large'
fi
rm -rf large large.iso

# Together with what boots. The layout is that of Windows media.
mkdir -p win/boot win/efi/microsoft/boot win/efi/boot win/sources
head -c 4096 /dev/zero >win/boot/etfsboot.com
put win/boot/etfsboot.com 0 '\372\063\300'
put win/boot/etfsboot.com 400 'BOOTMGR'
head -c 100000 /dev/urandom >win/sources/boot.wim
fake_efi win/efi/boot/bootx64.efi
for hybrid in auto gpt mbr none; do
	run iso-build -q --system-root "$PWD/none" --udf --hybrid=$hybrid --force -o w.iso win
	expect_status 0
	run iso-inspect --check w.iso
	expect_status 0
	expect_stdout_lacks 'udf|tree-'
	run iso-inspect --json w.iso
	cp "$out" with
	expect_json '(.el_torito.entries | length) >= 2 and .namespaces.udf.revision == "1.02"'
	run iso-build -q --system-root "$PWD/none" --hybrid=$hybrid --force -o w0.iso win
	run iso-inspect --json w0.iso
	[ "$(jq -c '.boot | map_values(objects | .bootable)' with)" = \
		"$(jq -c '.boot | map_values(objects | .bootable)' "$out")" ] ||
		fail "hybrid=$hybrid: UDF changes what boots"
done

# An image to start from keeps its UDF, with what was added.
run iso-build -q "${none[@]}" --udf=2.01 --force -o base.iso tree
echo more >more
run iso-build -q --force -o again.iso base.iso /dir/more=more
expect_status 0
sound again.iso
[ "$(paths udf again.iso)" = "$( (paths udf base.iso; echo /dir/more) | LC_ALL=C sort)" ] ||
	fail "other names: $(paths udf again.iso)"
run iso-inspect --json again.iso
expect_json '.namespaces.udf.revision == "2.01"'
run iso-build -q --no-udf --force -o again.iso base.iso
expect_status 0
run iso-inspect --json again.iso
expect_json '.namespaces | has("udf") | not'

# The command line of grub-mkrescue, with more and without.
cp win/efi/boot/bootx64.efi efi.img
mkdir mk && cp efi.img mk
run iso-build -as mkisofs -quiet -udf -R -partition_offset 16 -o m.iso mk
expect_status 0
sound m.iso
[ "$(paths udf m.iso | tr '\n' ' ')" = '/ /efi.img ' ] || fail "names: $(paths udf m.iso)"
run iso-build -as mkisofs -quiet -udf -R -hfsplus --efi-boot efi.img -efi-boot-part \
	--efi-boot-image --protective-msdos-label -o m2.iso mk
expect_status 2
expect_stderr_has '^iso-build: UDF: does not go together with HFS\+ and a GPT'
[ ! -e m2.iso ] || fail "an image was left"

# Others read the same; libudfread does not join the halves of a character.
mv tree/Gr* 'tree/Größe — 漢字'
rm -f tree/absolute tree/dir/link tree/fifo # 7-Zip takes UDF without these only
run iso-build -q "${none[@]}" --udf --force -o x.iso tree
if command -v 7zz >/dev/null; then
	7zz x -tudf -y -bd -oseven x.iso >/dev/null || fail "7zz"
	diff -r tree seven || fail "7zz reads another tree"
fi
if echo 'int main(void) { return 0; }' >probe.c && ${CC:-cc} probe.c -ludfread -o probe 2>/dev/null &&
	${CC:-cc} "$ISOKIT_SOURCE/tests/data/udfls.c" -ludfread -o udfls 2>/dev/null; then
	for image in x.iso n.iso odd.iso w.iso; do
		./udfls $image >list || fail "libudfread: $image: $(cat list)"
	done
	./udfls x.iso >list
	[ "$(sed 1d list | sed 's/.* \//\//' | LC_ALL=C sort)" = \
		"$(paths udf x.iso | sed 1d)" ] || fail "libudfread reads other names: $(cat list)"
	[ "$(grep -c ' 0000\|^70000 ' list)" -eq 2 ] || fail "libudfread: $(cat list)"
fi
