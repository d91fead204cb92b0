#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Faults and SIGKILL in builds of all kinds: images that are changed, also in place;
# archives, manifests, UDF, compression, sums. Some moments of each; "make check-faults"
# tries each tenth.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/faults-lib.sh"
. "$(dirname "$0")/trees.sh"

: "${FAULT_POINTS:=1}" "${FAULT_SHARE:=3}"
none=(--system-root "$PWD/none" --boot=none -q)
mkdir tree keep more
for d in 1 2 3; do
	mkdir tree/$d
	(cd tree/$d && for n in {1..20}; do echo "$d $n" >$n; done)
	head -c 300001 /dev/urandom >tree/$d/big
	head -c 200000 /dev/zero | tr '\0' "$d" >tree/$d/dense
done
cp tree/1/big tree/3/same
(cd tree && md5sum 1/1 1/big >md5sum.txt)
echo changed >more/file
run iso-build "${none[@]}" -o keep/x.iso tree/1
expect_status 0
run iso-build "${none[@]}" -o base.iso tree
expect_status 0
tar=no
if command -v bsdtar >/dev/null; then
	bsdtar -C tree -cf tree.tar . && gzip -k tree.tar
	(cd tree && bsdtar -cf - --format=mtree .) >tree.mtree
	# Only where libarchive was there at build time.
	! "$program" -n "${none[@]}" tree.tar >/dev/null 2>&1 || tar=yes
fi

cp keep/x.iso old.iso
sweep 'changed image' /dev/null "${none[@]}" -o out/x.iso base.iso 1/1=more/file --remove 2/2
cp base.iso keep/x.iso
sweep 'changed in place' /dev/null "${none[@]}" -o out/x.iso out/x.iso 1/1=more/file
sweep 'changed lists in place' /dev/null "${none[@]}" --update-manifests -o out/x.iso out/x.iso \
	1/1=more/file
cp old.iso keep/x.iso
if [ $tar = yes ]; then
	sweep 'tar on standard input' tree.tar "${none[@]}" -o out/x.iso -
	sweep 'gzip on standard input' tree.tar.gz "${none[@]}" -o out/x.iso -
	sweep 'tar file' /dev/null "${none[@]}" -o out/x.iso tree.tar
fi
if "$program" -n "${none[@]}" --mtree=tree.mtree tree >/dev/null 2>&1; then
	sweep mtree /dev/null "${none[@]}" --mtree=tree.mtree -o out/x.iso tree
else
	[ ! -s tree.mtree ] || fail "the manifest is not taken: $("$program" -n "${none[@]}" \
		--mtree=tree.mtree tree 2>&1 | tail -1)"
fi
sweep UDF /dev/null "${none[@]}" --udf -o out/x.iso tree
"$program" -n "${none[@]}" --zisofs tree >/dev/null 2>&1 &&
	sweep zisofs /dev/null "${none[@]}" --zisofs -o out/x.iso tree
sweep 'implanted MD5' /dev/null "${none[@]}" --implant-md5 --checksums -o out/x.iso tree
sweep dedup /dev/null "${none[@]}" --dedup -o out/x.iso tree
echo old >keep/x.sums
sweep manifest /dev/null "${none[@]}" --force --manifest=out/x.sums -o out/x.iso tree
rm keep/x.sums

# Into a pipe, of what is completed first: status 2, and nothing in the folder.
for how in --udf --implant-md5 --dedup; do
	for k in 1 3 5; do
		rm -rf out && mkdir out
		(cd out && TMPDIR=. attempt /dev/null write error=EIO $k "${none[@]}" $how -o - ../tree
		rm -f trace; [ $hit = no ] || [ $status = 2 ]) || fail "$how: a fault of the pipe went unnoticed"
		[ -z "$(ls -A out)" ] || fail "left behind: $(ls -A out)"
	done
done
echo "$tried builds, $hits faults met"
[ "$hits" -ge 30 ] || fail "only $hits faults were met"
