# SPDX-License-Identifier: GPL-3.0-or-later
# Windows install media, made up: recognised by its files, in ISO 9660 and in UDF
# alone; no stick is promised, and what to do is said.
. "$(dirname "$0")/../lib.sh"
need genisoimage mkfs.fat mmd mcopy jq python3

mkdir -p win/boot win/sources win/efi/boot win/efi/microsoft/boot
python3 - <<'END'
import struct
xml = ('<WIM><TOTALBYTES>1</TOTALBYTES><IMAGE INDEX="1"><WINDOWS><ARCH>9</ARCH><VERSION>'
       '<MAJOR>10</MAJOR><MINOR>0</MINOR><BUILD>22631</BUILD><SPBUILD>2428</SPBUILD></VERSION>'
       '</WINDOWS><NAME>Windows 11 Home</NAME></IMAGE></WIM>')
text = b'\xff\xfe' + xml.encode('utf-16-le')
head = bytearray(208)
head[:8] = b'MSWIM\0\0\0'
struct.pack_into('<QQQ', head, 0x48, len(text) | 2 << 56, 208, len(text))
open('win/sources/install.wim', 'wb').write(head + text)
# Boot code that says what etfsboot.com says.
code = bytearray(4096)
code[:2] = b'\xfa\x33'
code[0x100:0x11d] = b"CDBOOT: Couldn't find BOOTMGR"
code[510:512] = b'\x55\xaa'
open('win/boot/etfsboot.com', 'wb').write(code)
# The smallest EFI executable for x64.
pe = bytearray(1024)
pe[:2] = b'MZ'
struct.pack_into('<I', pe, 60, 64)
pe[64:68] = b'PE\0\0'
struct.pack_into('<HH', pe, 68, 0x8664, 0)
struct.pack_into('<H', pe, 84, 240)
struct.pack_into('<H', pe, 88, 0x20b)
struct.pack_into('<H', pe, 88 + 68, 10)
open('win/efi/boot/bootx64.efi', 'wb').write(pe)
END
for f in bootmgr bootmgr.efi setup.exe autorun.inf sources/boot.wim; do echo x >win/$f; done
echo 'This disc contains a "UDF" file system' >win/README.TXT
efisys=win/efi/microsoft/boot/efisys.bin
mkfs.fat -C $efisys 1440 >/dev/null
mmd -i $efisys ::/EFI ::/EFI/BOOT
mcopy -i $efisys win/efi/boot/bootx64.efi ::/EFI/BOOT/BOOTX64.EFI
boot=(-b boot/etfsboot.com -no-emul-boot -boot-load-seg 0x07C0 -boot-load-size 8
	-eltorito-alt-boot -e efi/microsoft/boot/efisys.bin -no-emul-boot -boot-load-size 1)
genisoimage -quiet -udf -J -iso-level 3 -o both.iso "${boot[@]}" win 2>genisoimage.log ||
	skip "genisoimage without -e: $(cat genisoimage.log)"
genisoimage -quiet -udf -iso-level 3 -hide boot -hide efi -hide sources -hide bootmgr \
	-hide bootmgr.efi -hide setup.exe -hide autorun.inf -o udf.iso "${boot[@]}" win \
	2>genisoimage.log || fail "genisoimage: $(cat genisoimage.log)"

for image in both.iso udf.iso; do
	run iso-inspect --json $image
	expect_status 0
	expect_json '.content | .distribution == "Windows" and .release == "10.0.22631.2428" and
		.edition == "Windows 11 Home" and .architecture == "x64" and .kind == "installer"'
	expect_json '.content.windows | .install_path == "/sources/install.wim" and .bootmgr and
		.efi_loader and .install_size > 208'
	expect_json '.boot.bios_cd.bootable and .boot.uefi_cd.bootable and (.boot.usb_bootable | not)'
	expect_json '.boot.bios_usb.reason_codes == ["windows-stick-bios"]'
	expect_json '.boot.uefi_usb.reason_codes == ["windows-stick-uefi"]'
	expect_json '.el_torito.entries[0].loader == "windows"'
	run iso-inspect --require usb-bootable $image
	expect_status 1
done
run iso-inspect udf.iso
expect_stdout_has '^Content      Windows 10.0.22631.2428 \(Windows 11 Home\), x64, installer$'
expect_stdout_has 'copy them all to a stick$'
expect_stdout_lacks 'make the image hybrid|Linux'

# Real media spell their names as it came.
cp -r win upper
(
	cd upper
	mv sources SOURCES && mv SOURCES/install.wim SOURCES/INSTALL.WIM
	mv efi/boot efi/x && mv efi/x efi/BOOT && mv efi/BOOT/bootx64.efi efi/BOOT/BOOTX64.EFI
	mv efi EFI && mv bootmgr BootMgr
	echo changed >README.TXT
	md5sum SOURCES/INSTALL.WIM README.TXT | tr '[:upper:]' '[:lower:]' >md5sum.txt
)
genisoimage -quiet -udf -iso-level 3 -hide boot -hide EFI -hide SOURCES -hide BootMgr \
	-hide bootmgr.efi -hide setup.exe -hide autorun.inf -hide md5sum.txt -o upper.iso \
	-b boot/etfsboot.com -no-emul-boot -boot-load-size 8 -eltorito-alt-boot \
	-e EFI/microsoft/boot/efisys.bin -no-emul-boot upper 2>genisoimage.log ||
	fail "genisoimage: $(cat genisoimage.log)"
run iso-inspect --json upper.iso
expect_json '.content | .distribution == "Windows" and .edition == "Windows 11 Home"'
expect_json '.content.windows | .install_path == "/SOURCES/INSTALL.WIM" and .bootmgr and
	.efi_loader'
# Windows 7: no EFI loader among the files.
rm win/efi/boot/bootx64.efi
genisoimage -quiet -udf -J -iso-level 3 -o seven.iso "${boot[@]}" win 2>/dev/null
run iso-inspect --json seven.iso
expect_json '.boot.uefi_usb.reason_codes == ["windows-stick-no-loader"]'

# A folder with one of the names is no install media.
mkdir -p no/sources && echo x >no/sources/install.wim
genisoimage -quiet -J -o no.iso no 2>/dev/null
run iso-inspect --json no.iso
expect_json 'has("content") | not'
expect_json '.boot.uefi_usb.reason_codes == ["no-efi-partition"]'

# Their lists of checksums, too, may have names in another case.
need_hashes
run iso-inspect --verify --json upper.iso
expect_status 0
expect_json '[.verification[] | select(.where == "/md5sum.txt") | .files, .files_matched] == [2, 2]'
