# SPDX-License-Identifier: GPL-3.0-or-later
# Every fault that was planted in an image is found, under the code that fits it: in the
# saved images, and in those of the outside corpus that have the same names.
. "$(dirname "$0")/../lib.sh"

# image, then the codes that --check must find; "-" where there is no error, "unreadable"
# where there is no image. A name in brackets is not among the saved images.
cat >table <<'END'
base -
boot-catalog-checksum eltorito-checksum
boot-catalog-far eltorito-catalog-outside
boot-image-far eltorito-image-outside image-truncated
boot-media-type-bad eltorito-media
boot-sections-endless eltorito-section-count
both-endian-lba dir-endian
both-endian-pvd descriptor-endian descriptor-differs
dir-loop-to-parent tree-loop
dir-loop-to-root tree-loop
duplicate-names name-duplicate
extent-past-end file-past-end
iso-name-dotdot name-unsafe
joliet-dotdot name-unsafe joliet-characters
joliet-lone-surrogates name-not-ucs2
joliet-nul name-unsafe joliet-characters
name-length-lie dir-record-bad
no-terminator descriptor-no-terminator
overlap-partial file-overlap
overlap-same-extent -
path-table-lie path-table-range
path-table-wrong-entry path-table-entry path-table-copy
record-length-over-block susp-length dir-record-odd
record-length-zero dir-record-zero
root-at-zero dir-outside descriptor-root
root-size-lie dir-size descriptor-root
rr-ce-self-loop susp-ce-loop
rr-cl-to-root tree-loop rr-parent-alone
rr-dir-named-dotdot name-unsafe
rr-file-with-slash name-unsafe
rr-name-bad-utf8 -
rr-name-control -
rr-name-dotdot name-unsafe
rr-name-nul name-unsafe
rr-name-parent-flag rr-name-flags rr-name-form
rr-name-slash name-unsafe
rr-su-length-lie susp-length
rr-su-length-zero susp-length
size-4g-lie file-past-end
svd-unknown-escape descriptor-escape
symlink-escape name-duplicate
symlink-then-dir name-unsafe
truncated-32868 unreadable
truncated-36864 descriptor-no-terminator image-truncated
truncated-143360 image-truncated file-past-end
zisofs-bomb-header zisofs-header
libarchive_rockridge_ce_loop susp-ce-loop
libarchive_rockridge_zf_overflow dir-dot-missing
(truncated-0) unreadable
(truncated-226304) image-truncated
(truncated-450560) image-truncated
(truncated-452607) image-truncated image-partial-sector
(truncated-62217) image-truncated dir-outside
(isolyzer-iso9660_nopvd) unreadable
(isolyzer-iso9660_trunc) image-truncated
(libcdio-bad-dir) dir-record-zero image-truncated
(libcdio-malformed) descriptor-endian descriptor-block-size
(libarchive-test_read_format_iso_rockridge_ce_loop) susp-ce-loop
(v86-unnamed-first-1MiB) image-truncated file-past-end
END

# holds NAME IMAGE CODE…
holds() {
	local name=$1 image=$2 code
	shift 2
	run iso-inspect --check "$image"
	case $1 in
	unreadable)
		expect_status 2
		expect_stderr_lines 1
		return ;;
	-)
		expect_status 0
		expect_stdout_lacks '^error '
		return ;;
	esac
	for code; do
		grep -Eq "^(error|warning|note) +$code " "$out" || fail "$name: no $code"
	done
	# The exit status is that of the findings.
	if grep -q '^error ' "$out"; then expect_status 1; else expect_status 0; fi
}

n=0
while read -r name codes; do
	case $name in
	\(*) ;;
	*)
		"$ISOKIT_BUILD/tests/unhex" "$ISOKIT_SOURCE/testdata/images/$name.hex" >image.iso ||
			fail "$name cannot be read"
		# shellcheck disable=SC2086
		holds "$name" image.iso $codes
		n=$((n + 1)) ;;
	esac
done <table || exit 1
echo "$n saved images"
[ "$n" -ge 48 ] || fail "only $n saved images"

corpus=$(shared corpus/MANIFEST.json) && [ -x "${corpus%/*}/unpack" ] || exit 0
command -v xz >/dev/null && command -v python3 >/dev/null || exit 0
"${corpus%/*}/unpack" "$PWD/corpus" '*hostile/*.iso' >unpack.log 2>&1 || {
	echo "the corpus cannot be unpacked: $(tail -1 unpack.log)"
	exit 0
}
n=0
while read -r name codes; do
	name=${name#\(}
	name=${name%\)}
	image=$(find corpus -path '*hostile*' -name "$name.iso" | head -1)
	[ -n "$image" ] || continue
	# shellcheck disable=SC2086
	holds "$name of the corpus" "$image" $codes
	n=$((n + 1))
done <table || exit 1
echo "$n images of the corpus"
[ "$n" -ge 50 ] || fail "only $n images of the corpus"
