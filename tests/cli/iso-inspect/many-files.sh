# SPDX-License-Identifier: GPL-3.0-or-later
# What does not grow with the number of files: what a summary reads, and the
# memory of a listing.
. "$(dirname "$0")/../lib.sh"
need genisoimage

# image FILES FILE: so many names, 100 in a folder, each of the same small file.
image() {
	echo x >x
	awk -v n="$1" 'BEGIN {
		for (i = 0; i < n; i++)
			printf "d%03d/e%d/a-file-%06d.txt=x\n", i / 1000, i / 100 % 10, i
	}' >list
	genisoimage -quiet -R -J -graft-points -path-list list -o "$2" >log 2>&1 ||
		fail "genisoimage: $(cat log)"
}
image 100 few.iso
image 20000 many.iso

# Fewer notes than that are no difference: the trees lie elsewhere.
run iso-inspect few.iso
expect_status 0
sed '1d; s/, [0-9].* bytes)//' "$out" >few
run iso-inspect many.iso
expect_status 0
sed '1d; s/, [0-9].* bytes)//' "$out" | grep -v -e created -e modified -e effective >many
grep -v -e created -e modified -e effective few | cmp - many || fail "the screens differ: $(diff few many)"
expect_stdout_has 'folders not looked into: --check$'
run iso-inspect -v many.iso
expect_stdout_has 'Rock Ridge +RRIP_1991A +20,000 +2[0-9][0-9] '
expect_stdout_lacks 'not looked into'

# A listing streams: with little address space, all of it.
run iso-inspect --list --json many.iso
cp "$out" whole
(ulimit -v 12000 && "$(command_path iso-inspect)" --list --json many.iso >small 2>err.txt) ||
	[ "${ISOKIT_INSTRUMENTED-no}" != no ] || fail "no listing in 12 MB: $(cat err.txt)"
[ "${ISOKIT_INSTRUMENTED-no}" != no ] || expect_same whole small
[ "$(wc -l <whole)" -eq 20221 ] || fail "the listing has $(wc -l <whole) lines"

# traffic FILE…: bytes and calls that a run reads of the image
traffic() {
	strace -f -e trace=pread64,read -P "$1" -o trace "$(command_path iso-inspect)" "$1" \
		>/dev/null 2>err.txt || skip "strace does not work here"
	awk '/= [0-9]+$/ { bytes += $NF; calls++ } END { print bytes + 0, calls + 0 }' trace
}
command -v strace >/dev/null || exit 0
read -r few_bytes few_calls < <(traffic few.iso)
read -r many_bytes many_calls < <(traffic many.iso)
[ "${few_calls:-0}" -gt 0 ] || skip "strace does not see the reads"
[ "$many_calls" -le $((few_calls + 4)) ] ||
	fail "$many_calls reads for 20000 files, $few_calls for 100"
[ "$many_bytes" -le $((few_bytes + 65536)) ] ||
	fail "$many_bytes bytes read for 20000 files, $few_bytes for 100"
[ "$many_calls" -le 20 ] || fail "$many_calls reads for a summary"
