# SPDX-License-Identifier: GPL-3.0-or-later
# What xorriso and genisoimage make of a command line beside what the mkisofs personality
# makes of it: descriptor, names, boot catalog, attributes of folders.
. "$(dirname "$0")/../lib.sh"
need_command iso-build
need isoinfo bsdtar

long=package-with-a-very-long-name-that-goes-past-sixty-four-characters-by-far_1.2.3-4_amd64.deb
mkdir -p w/t/docs w/t/boot
cd w || exit 99
printf '#!boot image\n%4000s' x >t/boot/image.bin
echo 1 >'t/docs/a b+c.tar.gz'
echo 2 >'t/docs/Ünïcödé.txt'
echo 3 >"t/docs/$long"
head -c 30000 /dev/zero >part.img
echo small >small
mkdir 'e=q'
echo eq >'e=q/in'
ln -s t link
ln -s ../small t/flink
ln -s nowhere dead
chmod 0711 t/docs
chmod 0700 ../w

ids=
seen() { # IMAGE
	[ -z "$ids" ] || isoinfo -d -i "$1" | grep -E '^(Publisher|Data preparer|Application|System) id:'
	isoinfo -f -i "$1" 2>/dev/null | LC_ALL=C sort
	isoinfo -J -f -i "$1" 2>/dev/null | LC_ALL=C sort
	bsdtar --numeric-owner -tvf "$1" 2>/dev/null | sed 's/^\(..........\) .*:.. /\1 /' |
		LC_ALL=C sort
	for block in 16 17 18 19 20; do
		dd if="$1" bs=2048 skip=$block count=1 2>/dev/null | head -c 7 | od -An -tx1 | grep '43 44 30 30 31'
	done
	command -v xorriso >/dev/null || return 0
	xorriso -report_about SORRY -indev "$1" -report_el_torito plain \
		-report_system_area plain 2>/dev/null | grep -E '^El Torito (cat|img) path|SUN SPARC (disk|par)'
}
beside() { # REFERENCE… -- OPTION…
	build_beside "$@"
	seen ref.iso >ref
	seen x.iso >is
	diff ref is || fail "not the same: $*"
}

if command -v xorriso >/dev/null; then
	x() { beside xorriso -as mkisofs -- "$@"; }
	# Texts of the primary descriptor.
	ids=1
	x -publisher 'Some One <https://one.example>' -p 'prépared; by' -A 'App_1 "x"' -sysid a@b t
	ids=
	# When the last boot image gets a boot info table, names of ISO 9660 are as they are.
	x -b boot/image.bin -no-emul-boot -boot-info-table t
	x -b boot/image.bin -no-emul-boot -boot-info-table -eltorito-alt-boot t
	x -b boot/image.bin -no-emul-boot -eltorito-alt-boot -boot-info-table t
	x -l -boot-info-table -c boot/boot.cat -b boot/image.bin -no-emul-boot t
	# The boot catalog can be hidden like a file.
	for hide in '-hide boot.cat' '-hide-joliet boot.cat' '-hide boot/boot.cat' '-hide *.cat'; do
		# shellcheck disable=SC2086 # they are words
		x -J -b boot/image.bin -no-emul-boot -c boot/boot.cat $hide t
	done
	# Folders of a PATH are described by those around the SOURCE.
	x -graft-points a/b/c/d=t/docs e/f=t/boot/image.bin
	x -r -graft-points a/b/c/d/e=t/docs
	# A limit shortens names.
	x -J -file_name_limit 64 t
	# Empty places of a SUN disk label.
	x -B ',part.img,part.img,...' -sparc-label 'A CD' t
	x -J -R -translation-table t
	# Sources that are links are links; a folder with a '=' in its name.
	x link t/flink dead
	x -graft-points 'x=link' 'y\=z=e\=q' 't/z=t/flink'
	x -f link t/flink
	# Exclusions are paths, wherever they begin, and not for the sources themselves.
	for path in ./t/docs t//docs t/docs/ "$PWD/t/docs" docs '*/docs' ../w/t/docs 't/*' nodocs t; do
		x -x "$path" t e=q
	done
	x -m '[ab]*' t/boot t
	# A partition smaller than a block.
	x -append_partition 2 0x83 small t
	x --emul-toc -old-root / -C 0,0 -volset-size 0 --modification-date= t
fi
if command -v genisoimage >/dev/null; then
	rm t/flink # it shows links in Joliet, as empty files
	g() { LC_ALL=C.UTF-8 beside genisoimage -- "$@"; }
	# -ucs-level tells that genisoimage is meant.
	g -ucs-level 3 -R -J -input-charset utf-8 t
	g -ucs-level 3 -R -J -joliet-long -input-charset utf-8 t
	rm t/docs/Ü* # level 4 has it in bytes of its own
	g -ucs-level 3 -R -J -iso-level 4 t
	g -ucs-level 3 -R -iso-level 4 -l -D -N -relaxed-filenames t
	g -ucs-level 3 -R -J -b boot/image.bin -no-emul-boot -c boot/boot.cat -hide boot/boot.cat t
	g -ucs-level 3 -R -J -b boot/image.bin -no-emul-boot -c boot/boot.cat -hide boot/boot.cat \
		-hide-joliet boot.cat t
fi

# A link to a folder around it stays one.
ln -s ../../t t/boot/around
run iso-build --mkisofs -f -o x.iso t
expect_status 0
expect_stderr_has '/boot/around: warning: leads to a folder above itself and stays a link'
rm t/boot/around
run iso-build --mkisofs -input-charset nonsense -o y.iso t
expect_status 2
expect_stderr_has '^iso-build: -input-charset nonsense: no such character set'
run iso-build --mkisofs -M old.iso -C 0,1000 -o y.iso t
expect_status 2
expect_stderr_has '^iso-build: old.iso: .*No such file'

# Addresses of empty files, and the other mark of zisofs.
: >t/empty
run iso-build --mkisofs -R --old-empty -o x.iso t
expect_status 0
run iso-inspect --list --json x.iso
xorriso -indev x.iso -find /empty -exec report_lba 2>/dev/null | grep -Eq ', +17 , +0 , +0 ,' ||
	! command -v xorriso >/dev/null || fail "--old-empty: another address than xorriso's"
mkdir packed
head -c 100000 /dev/zero >packed/z
run iso-build --zisofs=version=2 -o x.iso packed
if [ "$status" = 0 ]; then # else without zlib
	set -- $("$(command_path iso-inspect)" --list --json x.iso |
		sed -n 's/.*"path":"\/z".*"extents":\[{"lba":\([0-9]*\),"size":\([0-9]*\)}.*/\1 \2/p')
	dd if=x.iso bs=2048 skip="$1" count=1 status=none | head -c "$2" >packed/z
	for mark in Z2 ZF; do
		run iso-build --mkisofs -R -z --zisofs-version-2 --zisofs2-susp-"${mark,,}" -o x.iso packed
		expect_status 0
		grep -aq "$mark"$'\020' x.iso || fail "no $mark"
	done
fi
rm -r packed t/empty

# Abbreviations are genisoimage's, and short.
run iso-build --mkisofs -q -o x.iso t
expect_status 0
expect_stderr ''
# The help has every name as it is typed.
run iso-build --mkisofs -help
expect_stdout_has ', --dave, --sfm'
! grep -q '\*-' "$out" || fail 'a mark in the help'
