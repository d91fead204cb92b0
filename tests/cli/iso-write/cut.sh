# SPDX-License-Identifier: GPL-3.0-or-later
# An image that ends too early does not become a drive that looks right: its beginning stays
# blank, and it is said.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/drives.sh"

boot_iso x.iso 9000000
new_drive a 16M; a=$drive
n=$(stat -c %s x.iso)

cut_short() { # RE COMMAND…
	local re=$1
	shift
	before a 16M >a
	run "$@"
	expect_status 2
	expect_stderr_has "$re"
	expect_stdout_lacks 'it can be removed'
	sync a
	cmp -s -n 65536 a x.iso && fail "the beginning of a cut image was written"
	true
}
write=$(command_path iso-write)
cut_short "^iso-write: .*(ends|short|cut|says)" \
	bash -c "head -c $((n / 2)) x.iso | '$write' --yes --fixed-disk - $a"
gzip -c x.iso | head -c $((n / 2)) >cut.iso.gz
cut_short '^iso-write: ' iso-write --yes --fixed-disk cut.iso.gz "$a"
if command -v xz >/dev/null; then
	head -c $((n / 2)) x.iso | xz -0 >half.iso.xz
	# How long it is stands in its index: known before anything is written.
	cut_short 'ends at byte .* cut short' iso-write --yes --fixed-disk half.iso.xz "$a"
	before a 16M | cmp - a || fail "something was written"
	run iso-write --yes --fixed-disk --any half.iso.xz "$a"
	expect_status 0
	[ "$(grep -c 'cut short' "$err")" = 1 ] || fail "said twice, or not at all"
	xz -0 -k x.iso
	# There is more than the volume, which is no reason to look at bytes that have not come.
	run iso-write --yes --fixed-disk -n x.iso.xz "$a"
	expect_status 0
	expect_stdout_has '^x\.iso\.xz: ISO 9660 image, xz compressed, '
	# A damaged stream that has the right size.
	printf XXXX | dd of=x.iso.xz bs=1 seek=$((n / 3)) conv=notrunc status=none
	cut_short '^iso-write: ' iso-write --yes --fixed-disk x.iso.xz "$a"
fi
head -c $((n / 2)) x.iso >half.iso
run iso-write --yes --fixed-disk half.iso "$a"
expect_status 2
expect_stderr_has '^iso-write: '
# A sum that is wrong is known at the end of a stream only.
cut_short '^iso-write: ' bash -c "cat x.iso | '$write' --yes --fixed-disk --sha256=$(printf '0%.0s' {1..64}) - $a"
run bash -c "cat x.iso | '$write' --yes --fixed-disk --sha256=$(sha256sum <x.iso | cut -d' ' -f1) - $a"
expect_status 0
expect_written a x.iso
