# The files of an image on FAT32: what fsck.fat and mtools find, names, labels, parts of install.wim.
. "$(dirname "$0")/../cli/lib.sh"
need xorriso fsck.fat mcopy
compose=$ISOKIT_BUILD/tests/stick-compose
[ -x "$compose" ] || skip "stick-compose was left out"
MiB=$((1 << 20))
export MTOOLS_SKIP_CHECK=1

# files IMAGE BYTES [key=value…]: x.img, its file system as p.img, its files in m/
files() {
	local image=$1 bytes=$2
	shift 2
	run "$compose" files "$image" "$bytes" x.img sparse=1 part=p.img at=$MiB end="$bytes" "$@"
	expect_status 0
	cp "$out" said
	run fsck.fat -vn p.img
	expect_status 0
	expect_stdout_lacks 'Dirty|differ|orphan'
	rm -rf m
	mkdir m
	mcopy -n -s -m -i p.img ::/ m/ </dev/null || fail "mcopy"
	cp said "$out"
}

iso() { # OUT TREE [xorriso option…]
	local o=$1 tree=$2
	shift 2
	xorriso -as mkisofs -quiet -iso-level 3 -o "$o" "$@" "$tree" 2>xorriso.log || fail "xorriso: $(cat xorriso.log)"
}

# A PE header, as far as it is looked at.
loader() {
	{ printf 'MZ'; head -c 58 /dev/zero; printf '\x40\0\0\0PE\0\0\x64\x86'; head -c 5000 /dev/urandom; } >"$1"
}

# ---- contents and names --------------------------------------------------------------------
mkdir -p t/deep/er t/EFI/BOOT t/many
loader t/EFI/BOOT/BOOTX64.EFI
head -c 3000001 /dev/urandom >t/big.bin
: >t/empty
echo long >"t/A long name with spaces and, commas;.text"
echo short >t/SHORT.TXT
echo ü >"t/Überraschung.txt"
for i in $(seq 300); do echo $i >"t/many/a rather long name $i.txt"; done
cp -r t want
ln -s ../big.bin t/deep/link
cp t/big.bin want/deep/link
ln -s deep t/folder
mkdir want/folder want/folder/er
cp t/big.bin want/folder/link
ln -s . t/self
ln -s /etc/passwd t/outside
mkfifo t/pipe
iso i.iso t -R -V 'My Own-Label'
files i.iso $((300 * MiB))
diff -r want m || fail "contents differ"
expect_stdout_has '^MBR FAT32 UEFI,'
expect_stdout_has 'note: 3 symbolic links became copies'
expect_stdout_has 'note: outside: .*left out'
expect_stdout_has 'note: self: .*left out'
expect_stdout_has 'note: pipe: .*left out'
expect_stdout_has 'the label is MY OWN-LABE, as FAT can hold it, and not My Own-Label'
[ "$(blkid -p -s LABEL -o value p.img)" = "MY OWN-LABE" ] || fail "label"
cp x.img first.img
files i.iso $((300 * MiB))
expect_same first.img x.img

# What FAT cannot hold is called otherwise.
rm -rf t
mkdir -p t/Sub t/sub
echo 1 >t/Readme
echo 2 >t/README
echo 3 >'t/a:b*c?'
echo 4 >'t/dot.'
echo 5 >t/Sub/x
echo 6 >t/sub/y
iso i.iso t -R
files i.iso $((64 * MiB))
[ "$(ls m | sort | tr '\n' ' ')" = "README Readme_2 Sub a_b_c_ dot_ " ] || fail "names: $(ls m)"
[ "$(cat m/README)$(cat m/Readme_2)$(cat m/a_b_c_)$(cat m/dot_)$(cat m/Sub/x)$(cat m/Sub/y)" = 213456 ] || fail "contents"
expect_stdout_has 'note: /Readme is called Readme_2 on the stick'
expect_stdout_has 'note: /a:b\*c\? is called a_b_c_'
expect_stdout_has 'it will not boot by UEFI'

# ---- who searches for the label finds it ------------------------------------------------------
rm -rf t
mkdir -p t/EFI/BOOT t/isolinux
loader t/EFI/BOOT/BOOTX64.EFI
cat >t/EFI/BOOT/grub.cfg <<-'EOT'
	search --no-floppy --set=root -l 'Fedora-WS-Live-40'
	menuentry 'Fedora-WS-Live-40' {
		linux /vmlinuz root=live:CDLABEL=Fedora-WS-Live-40 quiet
	}
EOT
iso i.iso t -R -V Fedora-WS-Live-40
files i.iso $((64 * MiB))
expect_same m/EFI/BOOT/grub.cfg <(sed "s/-l 'Fedora-WS-Live-40'/-l 'FEDORA-WS-L'/; s/CDLABEL=Fedora-WS-Live-40/CDLABEL=FEDORA-WS-L/" t/EFI/BOOT/grub.cfg)
expect_stdout_has '1 boot configuration file is changed'

# ---- loaders that are elsewhere --------------------------------------------------------------
rm -rf t
mkdir -p t/efi/microsoft/boot t/boot
loader t/efi/microsoft/boot/bootmgfw.efi
iso i.iso t -R
files i.iso $((64 * MiB))
cmp -s m/efi/BOOT/BOOTX64.EFI t/efi/microsoft/boot/bootmgfw.efi || fail "bootmgfw.efi is not the loader"
expect_stdout_has ' UEFI,'
rm -rf t/efi
truncate -s 2M t/boot/efi.img
mkfs.fat t/boot/efi.img >/dev/null
mmd -i t/boot/efi.img ::/EFI ::/EFI/BOOT
loader bootx64.efi
mcopy -i t/boot/efi.img bootx64.efi ::/EFI/BOOT/BOOTX64.EFI
iso i.iso t -R -e boot/efi.img -no-emul-boot
files i.iso $((64 * MiB))
expect_same bootx64.efi m/EFI/BOOT/BOOTX64.EFI
expect_stdout_has 'comes from inside of a boot image'

# ---- what starts from a BIOS -------------------------------------------------------------------
if [ -e /usr/lib/ISOLINUX/isolinux.bin ] && [ -e /usr/lib/syslinux/modules/bios/menu.c32 ]; then
	rm -rf t
	mkdir -p t/boot/isolinux
	cp /usr/lib/ISOLINUX/isolinux.bin t/boot/isolinux/
	echo old >t/boot/isolinux/menu.c32
	echo 'default x' >t/boot/isolinux/isolinux.cfg
	iso i.iso t -R
	files i.iso $((64 * MiB))
	if command -v syslinux >/dev/null; then
		expect_stdout_has '^MBR FAT32 BIOS'
		expect_same m/boot/isolinux/syslinux.cfg t/boot/isolinux/isolinux.cfg
		expect_same m/boot/isolinux/menu.c32 /usr/lib/syslinux/modules/bios/menu.c32
		expect_same m/boot/isolinux/ldlinux.c32 /usr/lib/syslinux/modules/bios/ldlinux.c32
		[ "$(od -An -tx1 -j 446 -N 1 x.img | tr -d ' ')" = 80 ] || fail "the partition is not active"
		# All 32-bit words of ldlinux.sys give its magic number: what it asks for itself.
		sum=$(head -c $((($(od -An -tu4 -j 36 -N 4 m/boot/isolinux/ldlinux.sys)) * 4)) m/boot/isolinux/ldlinux.sys |
			od -An -v -tu4 -w4 | awk '{ s = (s + $1) % 4294967296 } END { printf "%x", s }')
		[ "$sum" = 3eb202fe ] || fail "checksum of ldlinux.sys: $sum"
		expect_same <(head -c 512 p.img) <(head -c $((7 * 512)) p.img | tail -c 512)
	else
		expect_stdout_has 'SYSLINUX is not installed'
	fi
fi

# ---- what cannot be -------------------------------------------------------------------------------
run "$compose" files i.iso $((20 * MiB)) y.img sparse=1
expect_status 2
expect_stderr_has 'too small'
rm -rf t
mkdir t
head -c 45000000 /dev/urandom >t/file
iso i.iso t -R
run "$compose" files i.iso $((40 * MiB)) y.img sparse=1
expect_status 2
expect_stderr_has 'the files of the image are larger'
truncate -s $((4096 * MiB)) t/huge.bin
iso i.iso t -R
run "$compose" files i.iso $((8000 * MiB)) y.img sparse=1
expect_status 2
expect_stderr_has '/huge.bin: has 4294967296 bytes'
mkdir t/sources
mv t/huge.bin t/sources/install.wim
iso i.iso t -R
run "$compose" files i.iso $((8000 * MiB)) y.img sparse=1
expect_status 2
expect_stderr_has 'cannot be split: it is no Windows image'
rm -f i.iso t/sources/install.wim
echo no >none.iso
run "$compose" files none.iso $((64 * MiB)) y.img sparse=1
expect_status 2
