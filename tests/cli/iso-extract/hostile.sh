# SPDX-License-Identifier: GPL-3.0-or-later
# Whatever an image says, nothing is written outside the target, and what is missing is said.
. "$(dirname "$0")/../lib.sh"
unhex=$ISOKIT_BUILD/tests/unhex
[ -x "$unhex" ] || skip "tests/unhex is not built"

# extract IMAGE [OPTION…]: into a folder deep inside an otherwise empty one
extract() {
	chmod -R u+rwx box 2>/dev/null
	rm -rf box
	mkdir -p box/a/b
	run iso-extract -C box/a/b/c "$@"
	case $status in
	0 | 1 | 2) ;;
	*) fail "exit status $status" ;;
	esac
	[ "$(find box -mindepth 1 -maxdepth 2 -printf '%P ')" = 'a a/b ' ] &&
		[ "$(ls -A box/a/b)" = c -o -z "$(ls -A box/a/b)" ] ||
		fail "something was written outside: $(find box -maxdepth 3)"
}

for f in "$ISOKIT_SOURCE"/testdata/images/*.hex "$ISOKIT_SOURCE"/tests/fuzz/corpus/image/*.hex \
	"$ISOKIT_SOURCE"/tests/fuzz/corpus/remaster/*.hex; do
	[ -f "$f" ] || continue
	"$unhex" "$f" >x.iso 2>/dev/null || continue
	extract x.iso
	without=$ISOKIT_BUILD/tests/without
	if "$without" openat2 true 2>/dev/null; then
		(cd box/a/b/c 2>/dev/null && find . | sort) >with
		rm -rf box/a/b/c
		LD_LIBRARY_PATH="$ISOKIT_BUILD/.libs" ISOKIT_CONFINE=no \
			"$without" openat2 "$(binary_path iso-extract)" -q -C box/a/b/c x.iso \
			>/dev/null 2>&1
		[ $? = "$status" ] || fail "$f: another status without openat2"
		(cd box/a/b/c 2>/dev/null && find . | sort) | cmp -s - with ||
			fail "$f: other files without openat2"
	fi
done

# Of the shared images, those that were made for this.
corpus=$(shared corpus) || exit 0
need python3
"$corpus/unpack" images 'made/hostile/*.iso' >/dev/null 2>&1 || exit 0
for f in images/made/hostile/*.iso; do
	extract "$f"
	case ${f##*/} in
	truncated-36864.iso | rr-cl-to-root.iso | size-4g-lie.iso | duplicate-names.iso) expect_status 1 ;;
	zisofs-zeros-4g.iso | truncated-0.iso) expect_status 2 ;;
	esac
done
