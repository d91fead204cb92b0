# SPDX-License-Identifier: GPL-3.0-or-later
# An image under any name, with something before or behind it, comes out byte for byte.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/discs.sh"

make_iso disc.iso

# check FILE: gives the image, and says that it was unwrapped.
check() {
	run iso-convert "$@" out.iso
	expect_status 0
	head -1 "$out" | grep -q '^unwrap: ' || fail "the first line is not unwrap"
	expect_stdout_has '^  check     '
	expect_same out.iso disc.iso
	rm out.iso
}

for name in disc.img disc.bin disc.toast disc.dmg disc; do
	cp disc.iso "$name"
	check "$name"
done
{ head -c $((150 * 2048)) /dev/zero; cat disc.iso; } >leading.iso
check leading.iso
{ cat disc.iso; head -c 5000 /dev/urandom; } >trailing.iso
check trailing.iso
{ cat disc.iso; echo x; } >partial.iso
check partial.iso
for mode in 1 2; do
	raw_sectors $mode disc.iso raw$mode.img
	check raw$mode.img
	printf 'FILE "raw%s.img" BINARY\n  TRACK 01 MODE%s/2352\n    INDEX 01 00:00:00\n' $mode $mode >raw$mode.cue
	check raw$mode.cue
done
if command -v gzip >/dev/null; then
	gzip -k disc.img
	run iso-convert --list disc.img.gz
	! grep -q '^  container gzip' "$out" || check disc.img.gz
fi

# Zeros behind it are padding, and stay.
{ cat disc.iso; head -c 307200 /dev/zero; } >padded.iso
run iso-convert padded.iso out.iso
expect_status 0
expect_same padded.iso out.iso

# Cut short: what is there comes out, and it is no success.
head -c $(($(stat -c %s disc.iso) / 2 / 2048 * 2048)) disc.iso >short.iso
run iso-convert --force short.iso out.iso
expect_status 1
expect_same short.iso out.iso
expect_stdout_has 'error: '
