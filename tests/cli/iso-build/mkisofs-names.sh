# SPDX-License-Identifier: GPL-3.0-or-later
# ISO 9660, Joliet and Rock Ridge names of the mkisofs personality beside those of xorriso
# and, where an option is only genisoimage's, of that.
. "$(dirname "$0")/../lib.sh"
need_command iso-build
need isoinfo bsdtar

mkdir -p t/dir.with.dots t/l1/l2/l3/l4/l5/l6/l7/l8/l9
cd t || exit 99
for f in a.tar.gz lower.case.multi.dots.tar.gz .hidden ..dd 'sp ace.x' 'ümläut.txt' \
	longextension.abcdefg noext longnamewithoutext 'tilde~1.txt' 'hash#1.txt' minus-x.txt \
	'a+b=c.txt' .a.b x. x..y aa1.TXT AA1.txt 'tr.a.i.l.' 'bak.txt~' KEEP.TXT 'semi;1' é \
	longbasename1.txt longbasename2.txt foo.tar.bz2 dir.with.dots/two.dots.x \
	package-with-a-very-long-file-name-that-goes-past-sixty-four-characters_1.2.3-4_amd64.deb \
	l1/l2/l3/l4/l5/l6/l7/l8/l9/deep.txt; do
	echo "$f" >"$f"
done
for n in 1 2 3 4 5 6 7 8 9 10 11 12; do echo $n >"abcdefghijk$n.html"; done
ln -s x. link
cd ..
chmod 4750 t/noext

seen() { # IMAGE
	isoinfo -f -i "$1" | LC_ALL=C sort
	isoinfo -J -f -i "$1" 2>/dev/null | LC_ALL=C sort
	bsdtar -tvf "$1" 2>/dev/null | sed 's/^\(..........\) .*:.. /\1 /' | LC_ALL=C sort
}
beside() { # REFERENCE… -- OPTION…
	build_beside "$@" t
	expect_stdout ''
	seen ref.iso >ref
	seen x.iso >is
	diff ref is || fail "not the same: $*"
}

if command -v xorriso >/dev/null; then
	while read -r options; do
		# shellcheck disable=SC2086 # they are words
		beside xorriso -as mkisofs -- $options
	done <<'END'
-R
-r -J
-J -joliet-long -l
-iso-level 3 -allow-lowercase
-U
-relaxed-filenames -allow-lowercase -l
-N -d -max-iso9660-filenames
-untranslated_name_len 96
-disallow_dir_id_ext -iso-level 2
--norock -J -joliet-utf16
-hide-rr-moved
-file_name_limit 100
-dir-mode 0700 -file-mode u=rw,go=r -uid 5 -gid 7
-hide-joliet t/dir.with.dots -hide *.html -J
END
fi
if command -v genisoimage >/dev/null; then
	rm -r t/l1/l2/l3/l4/l5/l6/l7 # it moves these otherwise, which libisofs does its own way
	while read -r options; do
		"genisoimage" -quiet -o ref.iso -ucs-level 3 -R $options t 2>/dev/null ||
			fail "genisoimage $options fails"
		# shellcheck disable=SC2086
		run iso-build --mkisofs -o x.iso -ucs-level 3 -R $options t
		expect_status 0
		isoinfo -f -i ref.iso | LC_ALL=C sort >ref
		isoinfo -f -i x.iso | LC_ALL=C sort >is
		diff ref is || fail "not the same: $options"
		bsdtar -tf x.iso | grep -q '^dir.with.dots/two.dots.x$' || fail 'Rock Ridge is broken'
	done <<'END'

-l
-L
-d -N
-iso-level 3 -allow-lowercase
-relaxed-filenames
-no-iso-translate
-allow-multidot -l
-max-iso9660-filenames
-U
END
	# Without -R it has no Rock Ridge, and no links.
	run iso-build --mkisofs -o x.iso -ucs-level 3 t
	expect_status 0
	isoinfo -d -i x.iso | grep -q 'NO Rock Ridge' || fail 'there is Rock Ridge'
	! isoinfo -f -i x.iso | grep -q LINK || fail 'there is a link'
fi
exit 0
