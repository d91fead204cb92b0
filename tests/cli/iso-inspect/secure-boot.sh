# SPDX-License-Identifier: GPL-3.0-or-later
# Who signed the EFI loaders, with the real ones where they are installed: as JSON,
# on the screen, and as --require secure-boot.
. "$(dirname "$0")/../lib.sh"
need xorriso mkfs.fat mmd mcopy jq
shim=/usr/lib/shim/shimx64.efi.signed
mok=/usr/lib/shim/mmx64.efi.signed
grub=/usr/lib/grub/x86_64-efi-signed/gcdx64.efi.signed
for f in "$shim" "$mok" "$grub"; do
	[ -f "$f" ] || skip "no $f"
done

# image FILE NAME=FILE…: an appended EFI partition with these in EFI/BOOT.
image() {
	local to=$1 f
	shift
	rm -rf esp.img tree
	mkfs.fat -C esp.img 16384 >/dev/null
	mmd -i esp.img ::/EFI ::/EFI/BOOT
	for f; do
		mcopy -i esp.img "${f#*=}" "::/EFI/BOOT/${f%%=*}"
	done
	mkdir tree
	echo x >tree/x
	xorriso -as mkisofs -quiet -o "$to" -e --interval:appended_partition_2:all:: \
		-no-emul-boot -append_partition 2 0xef esp.img -appended_part_as_gpt tree \
		>xorriso.log 2>&1 || fail "xorriso: $(cat xorriso.log)"
}

image whole.iso BOOTX64.EFI="$shim" mmx64.efi="$mok" grubx64.efi="$grub"
run iso-inspect --json whole.iso
expect_status 0
expect_json '.boot.uefi_usb | .bootable and .signed and .reason_codes == []'
expect_json '.boot.loaders | length == 3 and all(.in == "GPT partition 2" and .complete and .signed
	and .architecture == "x64")'
expect_json '[.boot.loaders[].default] == [true, false, false]'
expect_json '[.boot.loaders[].kind] == ["shim", "shim", "grub"]'
# Names and numbers as openssl and the text of the section have them.
if command -v openssl >/dev/null; then
	python3 - "$grub" <<-'END' >grub.p7
		import struct, sys
		d = open(sys.argv[1], 'rb').read()
		at = struct.unpack_from('<I', d, 60)[0] + 24 + 112 + 32
		at = struct.unpack_from('<I', d, at)[0]
		sys.stdout.buffer.write(d[at + 8:at + struct.unpack_from('<I', d, at)[0]])
	END
	name=$(openssl pkcs7 -inform DER -in grub.p7 -print_certs -noout |
		sed -n 's/^subject=.*CN = //p')
	[ -n "$name" ] || fail "openssl names no subject"
	jq -e --arg n "$name" '.boot.loaders[2].signatures | length == 1 and .[0].subject == $n and
		.[0].digest == "sha256"' "$out" >/dev/null || fail "the signer is not $name"
fi
generation=$(grep -aoP '^shim,\K[0-9]+' "$shim" | head -1)
expect_json ".boot.loaders[0].sbat | any(.component == \"shim\" and .generation == $generation)"
expect_json '.boot.loaders[0].signatures | length >= 1 and all(.issuer | test("Microsoft.* UEFI CA"))'
run iso-inspect --require secure-boot whole.iso
expect_status 0
run iso-inspect whole.iso
expect_stdout_has 'BOOTX64.EFI  shim, x64, signed by'
expect_stdout_has 'SBAT'
expect_stdout_lacks 'not signed'

# A signed shim before an unsigned GRUB, and before nothing.
python3 - "$grub" >unsigned.efi <<-'END'
	import struct, sys
	d = bytearray(open(sys.argv[1], 'rb').read())
	at = struct.unpack_from('<I', d, 60)[0] + 24 + 112 + 32
	d[at:at + 8] = bytes(8)
	sys.stdout.buffer.write(d)
END
image next.iso BOOTX64.EFI="$shim" grubx64.efi=unsigned.efi
run iso-inspect --json next.iso
expect_json '.boot.uefi_usb | .bootable and .signed and .reason_codes == ["shim-next-unsigned"]'
run iso-inspect --require secure-boot next.iso
expect_status 1
expect_stdout_has '^secure-boot: no: /EFI/BOOT/.*is not signed'
image alone.iso BOOTX64.EFI="$shim"
run iso-inspect --json alone.iso
expect_json '.boot.uefi_usb | .bootable and .reason_codes == ["shim-without-loader"]'

# Unsigned, and with a certificate table that is none.
image unsigned.iso BOOTX64.EFI=unsigned.efi
run iso-inspect --require secure-boot unsigned.iso
expect_status 1
expect_stdout 'secure-boot: no: a UEFI boot loader carries no signature'
python3 - "$grub" >broken.efi <<-'END'
	import struct, sys
	d = bytearray(open(sys.argv[1], 'rb').read())
	at = struct.unpack_from('<I', d, 60)[0] + 24 + 112 + 32
	at = struct.unpack_from('<I', d, at)[0]
	d[at + 8] ^= 0x10
	sys.stdout.buffer.write(d)
END
image broken.iso BOOTX64.EFI=broken.efi
run iso-inspect --json broken.iso
expect_json '.boot.uefi_usb | .bootable and (.signed | not)'
expect_json '[.problems[].code] | index("efi-signature") != null'
