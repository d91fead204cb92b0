# SPDX-License-Identifier: GPL-3.0-or-later
# --dedup: equal contents lie at one place, boot images at their own; every name keeps its
# owner, mode and time.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/contents-tree.sh"
need_command iso-build
need bsdtar jq
make_contents_tree
chmod 600 t/sub/noise-too
touch -d 2001-02-03 t/sub/noise-too

place() { # PATH
	jq -r "select(.path == \"$1\") | .extents[0].lba" list
}
run iso-build -q --boot=none -o plain.iso t
expect_status 0
run iso-build -q --boot=none --dedup -o x.iso t
expect_status 0
expect_stderr ''
run iso-inspect --check x.iso
expect_status 0
run iso-inspect --list --json x.iso
cp "$out" list
for pair in 'text sub/text-copy' 'text text-link' 'small sub/small-too' 'noise sub/noise-too'; do
	set -- $pair
	[ "$(place "/$1")" = "$(place "/$2")" ] || fail "$1 and $2 lie at different places"
done
[ "$(place /noise)" != "$(place /noise-2)" ] || fail "different contents lie at one place"
jq -se 'any(.[]; .path == "/sub/noise-too" and .mode % 512 == 384)' list >/dev/null || fail "mode"
jq -se 'all(.[]; .path != "/small" or .links == 1) and any(.[]; .path == "/text" and .links == 2)' \
	list >/dev/null || fail "numbers of links"
[ "$(stat -c %s x.iso)" -lt "$(stat -c %s plain.iso)" ] || fail "nothing was saved"
mkdir back
bsdtar -xf x.iso -C back
diff -r t back || fail "bsdtar reads something else"

# The same as a stream, and however many threads.
iso-build() { "$(command_path iso-build)" "$@"; }
iso-build --boot=none --dedup -o - t >s.iso 2>/dev/null
expect_same x.iso s.iso

# A boot image is patched: its twin is not.
mkdir -p b/isolinux
isolinux=/usr/lib/ISOLINUX/isolinux.bin
if [ -e $isolinux ]; then
	cp $isolinux b/isolinux/isolinux.bin
	cp $isolinux b/twin
	cp $isolinux b/twin-2
	run iso-build -q --dedup --bios isolinux/isolinux.bin -o b.iso b
	expect_status 0
	run iso-inspect --list --json b.iso
	cp "$out" list
	[ "$(place /twin)" = "$(place /twin-2)" ] || fail "the twins lie at different places"
	[ "$(place /twin)" != "$(place /isolinux/isolinux.bin)" ] || fail "the boot image is shared"
	mkdir back-b
	bsdtar -xf b.iso -C back-b
	expect_same b/twin back-b/twin
fi

# A file that cannot be read is an error, not a difference.
if [ "$(id -u)" != 0 ]; then
	chmod 0 t/sub/text-copy
	run iso-build -q --boot=none --dedup --force -o x.iso t
	expect_status 2
	expect_stderr_lines 1
fi
