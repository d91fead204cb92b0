# SPDX-License-Identifier: GPL-3.0-or-later
# An image onto a disc and back, what would be lost, and what is refused.
. "$(dirname "$0")/disc-lib.sh"
head -c 3000 /dev/urandom >small
disc --yes small "$drive"
! grep -q libburn "$err" || skip "no libburn"
expect_status 0
expect_stdout_has '^stdio:.*/disc: verified, 3000 bytes, written in .*, 3000 bytes compared in'
[ "$(stat -c %s disc)" = 4096 ] || fail "the last sector is not filled up"
head -c 3000 disc | cmp - small || fail "the disc is not what was written to it"

# Something is on it now: without a terminal nobody can be asked.
image a.iso
cp disc before
disc a.iso "$drive"
expect_status 2
expect_stderr_has 'would be lost, and there is no terminal to ask on \(--yes\)$'
expect_same disc before

disc --yes a.iso "$drive" --json --hash
expect_status 0
expect_stderr ''
expect_json '.schema == "isokit.write/1" and .ok and .drives[0].state == "verified"'
expect_json '.drives[0] | .compared == .written and .different == 0 and .disc.loses'
expect_json ".drives[0].written == $(stat -c %s a.iso)"
expect_json ".drives[0].hashes.sha256 == \"$(sha256sum <a.iso | cut -d' ' -f1)\""
expect_json '.drives[0].disc | .state == "overwritable" and .volume_id == "FIRST"'
head -c "$(stat -c %s a.iso)" disc | cmp - a.iso || fail "the disc is not the image"

# Is it the image?
disc --compare a.iso "$drive"
expect_status 0
expect_stdout_has "equal, $(stat -c %s a.iso) bytes compared"
printf x | dd of=disc bs=1 seek=1000001 conv=notrunc 2>/dev/null
disc --compare a.iso "$drive"
expect_status 1
expect_stdout_has '^  bytes 999424 to 1001471$'
expect_stderr_has '2048 of [0-9]* bytes differ, in 1 range, the first at byte 999424$'
truncate -s 2000000 disc
disc --compare a.iso "$drive"
expect_status 1
expect_stderr_has 'it ends after [0-9]* of [0-9]* bytes$'

# All but writing.
cp disc before
disc --simulate --yes a.iso "$drive"
expect_status 0
expect_stdout_has ': simulated, '
expect_same disc before

# Cleared, and then nothing is asked any more.
disc --restore --yes "$drive"
expect_status 0
expect_stdout_has ': blanked$'
cmp -n 65536 disc /dev/zero || fail "not cleared"
disc a.iso "$drive" --no-verify
expect_status 0
expect_stdout_has ': written, '
disc --compare a.iso "$drive"
expect_status 0

# No drive for everybody.
run iso-write --yes a.iso "$drive"
expect_status 2
expect_stderr_has 'pseudo drives are for tests, and none is allowed here$'
mkdir in
run iso-write --pseudo-drives="$PWD/in" --yes a.iso "$drive"
expect_status 2
expect_stderr_has "does not lie below $PWD/in"
disc --yes a.iso "$drive" "$PWD/x"
expect_status 2
expect_stderr_has 'x: is no drive for discs: these are written in a call of their own$'
for o in --fix-gpt --as=files --persistence=1M --probe; do
	disc --yes $o a.iso "$drive"
	expect_status 2
done
disc --yes --blank=deformat a.iso "$drive"
expect_status 2
expect_stderr_has 'only an overwritable DVD-RW can be deformatted, and this is a pseudo drive'
disc --yes missing.iso "$drive"
expect_status 2
expect_stderr_lines 1

# Several: as long as one is refused, none is written; one that is named twice counts once.
other=stdio:$PWD/other
disc --restore --yes "$drive"
cp disc before
: >other
disc --yes a.iso "$drive" "$other" --speed=1x --no-verify
expect_status 0
cmp -n "$(stat -c %s a.iso)" disc other || fail "the two are not the same"
disc --restore --yes "$drive" "$other"
expect_status 0
expect_same disc before
disc --yes a.iso "$drive" "stdio:$PWD/in/none/at/all"
expect_status 2
expect_same disc before
disc a.iso "$drive" "$drive" --json
expect_status 0
[ "$(wc -l <"$out")" = 1 ] || fail "written twice"
cp disc before
disc a.iso "$other" "$drive"
expect_status 2
expect_stderr_has 'disc: what is on the medium would be lost'
expect_same disc before
cmp -n 65536 other /dev/zero || fail "the other was written"
# What is for sticks, and an image that is not the one that was meant.
for o in --unmount --fixed-disk --fixed-disk=/dev/sda --clone; do
	disc --yes $o a.iso "$drive"
	expect_status 2
done
disc --yes --sha256="$(printf '%064d' 5)" a.iso "$drive"
expect_status 2
expect_same disc before
