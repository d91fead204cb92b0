# SPDX-License-Identifier: GPL-3.0-or-later
# What the files of an image say it is: each distribution by the files that it has,
# nothing by the image's name, and nothing that only looks like it.
. "$(dirname "$0")/../lib.sh"
need xorriso jq

# tree PATH=TEXT…: a fresh folder with these files.
tree() {
	local f
	rm -rf t
	mkdir t
	for f; do
		mkdir -p "t/$(dirname "${f%%=*}")"
		printf '%b' "${f#*=}" >"t/${f%%=*}"
	done
}

# says DISTRIBUTION RELEASE EDITION ARCHITECTURE KIND EVIDENCE PATH=TEXT…; "-": not known
says() {
	local want=("${@:1:6}")
	shift 6
	tree "$@"
	xorriso -as mkisofs -quiet -R -J -o ubuntu-99.99-desktop-riscv64.iso t >xorriso.log 2>&1 ||
		fail "xorriso: $(cat xorriso.log)"
	run iso-inspect --json ubuntu-99.99-desktop-riscv64.iso
	expect_status 0
	jq -r '.content | .distribution // "-", .release // "-", .edition // "-",
		.architecture // "-", .kind // "-", ((.evidence // []) | map(.path) | join(" "))' \
		"$out" >got
	printf '%s\n' "${want[@]}" >wanted
	cmp -s got wanted || fail "$(diff wanted got)"
}

says 'Debian GNU/Linux' 12.5.0 Bookworm amd64 installer '/.disk/info /install.amd' \
	'.disk/info=Debian GNU/Linux 12.5.0 "Bookworm" - Official amd64 NETINST 20240210-11:27' \
	install.amd/vmlinuz=x
says 'Debian GNU/Linux Live' 12.5.0 - - live '/.disk/info /live/filesystem.squashfs' \
	'.disk/info=Official Debian GNU/Linux Live 12.5.0 gnome 2024-02-10T11:28\n' \
	live/filesystem.squashfs=x
says Ubuntu '24.04.2 LTS' 'Noble Numbat' amd64 live '/.disk/info /casper' \
	'.disk/info=Ubuntu 24.04.2 LTS "Noble Numbat" - Release amd64 (20250215)' casper/x=x
says Ubuntu-Server '22.04.3 LTS' 'Jammy Jellyfish' amd64 installer '/.disk/info /casper' \
	'.disk/info=Ubuntu-Server 22.04.3 LTS "Jammy Jellyfish" - Release amd64 (20230810)' casper/x=x
says 'Linux Mint' 21.3 Virginia amd64 live '/.disk/info /casper' \
	'.disk/info=Linux Mint 21.3 "Virginia" - Release amd64 20240110' casper/x=x
says Fedora 39 Server x86_64 installer '/.treeinfo /images/install.img' \
	'.treeinfo=[general]\nfamily = Fedora\nname = Fedora 39\nversion = 39\narch = x86_64\nvariant = Server\n' \
	'.discinfo=1698859483.97\n39\nx86_64\n' images/install.img=x
says Fedora-Workstation-Live 39 - - live '/LiveOS/squashfs.img /boot/grub2/grub.cfg' \
	LiveOS/squashfs.img=x \
	"boot/grub2/grub.cfg=set default=1\nmenuentry 'Start Fedora-Workstation-Live 39' --class fedora {\n"
says 'Red Hat Enterprise Linux' 9.3.0 - x86_64 installer '/.discinfo /images/install.img' \
	'.discinfo=1698859483.97\nRed Hat Enterprise Linux 9.3.0\nx86_64\n' images/install.img=x
says 'CentOS Linux' 7 - - installer /media.repo 'media.repo=[InstallMedia]\nname=CentOS Linux 7\n'
says 'Arch Linux' 2024.02.01 - x86_64 live /arch/version \
	'arch/version=2024.02.01\n' arch/x86_64/airootfs.sfs=x \
	'arch/grubenv=# GRUB Environment Block\nNAME=archlinux\n'
says endeavouros 2024.01.25 - - live '/arch/version /arch/grubenv' \
	'arch/version=2024.01.25\n' 'arch/grubenv=# GRUB Environment Block\nNAME=endeavouros\n'
says 'Alpine Linux' 3.19.1 standard x86_64 live /.alpine-release \
	'.alpine-release=alpine-standard-3.19.1 240126\n' apks/x86_64/x=x
says SystemRescue 11.00 - - rescue /sysresccd/VERSION 'sysresccd/VERSION=11.00\n'
says 'Clonezilla live' 3.1.2-9 - amd64 rescue /Clonezilla-Live-Version \
	'Clonezilla-Live-Version=clonezilla-live-3.1.2-9-amd64\nmore\n' live/filesystem.squashfs=x
says NixOS 23.11.3019.abc - - live /version.txt 'version.txt=23.11.3019.abc\n' nix-store.squashfs=x
says openSUSE-Leap 15.5 - - installer /media.1/products 'media.1/products=/ openSUSE-Leap 15.5-1\n'
says openSUSE 12.1 - x86_64 installer /content \
	'content=CONTENTSTYLE     11\nLABEL openSUSE 12.1\nBASEARCHS x86_64\n'
says MX 23.2 - x64 live /version 'version=MX-23.2_x64 Libretto January 21, 2024\n' antiX/linuxfs=x
says Slackware 15.0 - x86_64 installer '/slackware64 /ANNOUNCE.15.0' slackware64/x=x ANNOUNCE.15.0=x
says FreeBSD 14.0-RELEASE - amd64 installer /bin/freebsd-version \
	'bin/freebsd-version=#!/bin/sh\nUSERLAND_VERSION="14.0-RELEASE"\n' usr/freebsd-dist/x=x \
	'boot/kernel/kernel=\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x3e\0\0\0\0\0'
says OpenBSD 7.4 - amd64 installer /etc/boot.conf 'etc/boot.conf=set image /7.4/amd64/bsd.rd\n'
says NetBSD 9.3 - - installer /boot.cfg \
	'boot.cfg=banner=Welcome to the NetBSD 9.3 installation image\nmenu=Install NetBSD\n'
says 'Proxmox VE' 8.1 - - installer /.cd-info ".cd-info=RELEASE='8.1'\nPRODUCTLONG='Proxmox VE'\n"
says 'Guix System' 1.4 - - - /etc/os-release 'etc/os-release=NAME="Guix System"\nVERSION_ID=1.4\n'
says Windows - - x86 installer /i386/txtsetup.sif i386/txtsetup.sif=x

# Names alone, folders in place of files and files in place of folders, empty files.
says - - - - - '' hello=x
says - - - - - '' .disk/info= '.treeinfo=[general\nfamily' '.discinfo=\n\n' arch/x=y
says - - - - - '' .disk/info/x=y .treeinfo/x=z casper=x install.amd=x

# Lines with parts of the form left out.
for line in 'Official - x' 'Official "x"' 'Official ' ' - ' '"' '" - 1' '1' ' LTS' 'a - " - '; do
	tree ".disk/info=$line"
	xorriso -as mkisofs -quiet -R -o odd.iso t >xorriso.log 2>&1 || fail "xorriso"
	run iso-inspect --json odd.iso
	expect_status 0
	jq -e . "$out" >/dev/null || fail "no JSON for '$line'"
done

# Text that would do harm, and that never ends.
tree ".disk/info=Evil\\x1b[2J\\xff 1.0 \"x\\xe2\\x80\\xaey\" - $(head -c 5000 /dev/zero | tr '\0' A)" casper/x=y
xorriso -as mkisofs -quiet -R -o evil.iso t >xorriso.log 2>&1 || fail "xorriso"
run iso-inspect evil.iso
expect_status 0
expect_stdout_has '^Content      Evil\\x1B\[2J\\xFF 1.0 \(x\\u\{202E\}y\), live system$'
! LC_ALL=C grep -aPq '[\x00-\x09\x0b-\x1f\x7f]' "$out" || fail "something that a terminal obeys"
run iso-inspect --json evil.iso
expect_json '.content | has("distribution_hex") and (.evidence[0].text | length) <= 160'

# A folder of thousands of names is not read to its end, but what comes first counts.
tree '.disk/info=Ubuntu 24.04 LTS "Noble" - Release amd64 (20240424)' casper/x=x
(cd t && seq -f '_zz-a-rather-long-name-to-fill-the-folder-%g' 5000 | xargs touch)
xorriso -as mkisofs -quiet -R -o many.iso t >xorriso.log 2>&1 || fail "xorriso"
run iso-inspect --json many.iso
expect_json '.content | .distribution == "Ubuntu" and .kind == "live"'
