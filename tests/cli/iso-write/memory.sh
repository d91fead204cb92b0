# SPDX-License-Identifier: GPL-3.0-or-later
# Memory does not grow with the image, nor with the number of drives.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/drives.sh"
[ "$ISOKIT_INSTRUMENTED" = no ] || skip "sanitizers need memory of their own"
[ -x /usr/bin/time ] || skip "no GNU time"
need xz

boot_iso x.iso 60000000
for name in a b c d; do
	new_drive $name 70M
done
export LD_LIBRARY_PATH=$ISOKIT_BUILD/.libs${LD_LIBRARY_PATH+:$LD_LIBRARY_PATH}

# small COMMAND…: in less than 64 MiB
small() {
	run /usr/bin/time -f %M -o used "$(binary_path iso-write)" --yes --fixed-disk --hash=sha256,md5 "$@"
	expect_status 0
	[ "$(tail -n1 used)" -lt 65536 ] || fail "$(tail -n1 used) KiB were used"
}
small x.iso "${drives[@]}"
expect_written d x.iso
boot_iso x.iso 16000000 # compressing takes its time
xz -0 -T2 --block-size=4MiB -k x.iso
small x.iso.xz "${drives[0]}" "${drives[1]}"
expect_written b x.iso
