# SPDX-License-Identifier: GPL-3.0-or-later
# A session behind another: where it belongs, and what is seen then.
. "$(dirname "$0")/disc-lib.sh"
need isoinfo
need_burner
image a.iso 700001
disc --yes a.iso "$drive" --json
expect_status 0
next=$(jq .drives[0].disc.next_lba "$out")
[ "$next" -ge $(($(stat -c %s a.iso) / 2048)) ] && [ $((next % 32)) = 0 ] || fail "next: $next"

mkdir second
echo two >second/two
run iso-build --mkisofs -quiet -R -J -V SECOND -M disc -C 0,"$next" -o b.iso second
expect_status 0
run iso-build --mkisofs -quiet -R -J -V WRONG -M disc -C 0,$((next + 32)) -o c.iso second
expect_status 0

# One that is made for another place would be nowhere.
cp disc before
disc --yes c.iso "$drive"
expect_status 2
expect_stderr_has "session for block $((next + 32)), and the next one on this medium begins at block $next .*-C 0,$next makes one"
expect_same disc before

# Nothing is lost, so nothing is asked.
disc b.iso "$drive" --json
expect_status 0
expect_json ".drives[0] | .disc.start_lba == $next and .state == \"verified\" and (.disc.loses | not)"
expect_json '.drives[0].disc.volume_id == "SECOND"'
# The first session is as it was, but for the descriptors.
cmp -n 32768 disc a.iso || fail "the system area was changed"
cmp -i 65536 -n $(($(stat -c %s a.iso) - 65536)) disc a.iso || fail "the first session was changed"
cmp -i $((next * 2048)):0 -n "$(stat -c %s b.iso)" disc b.iso || fail "the second is not there"
run isoinfo -R -f -i disc
expect_stdout $'/data\n/two'
run iso-extract -O disc data
expect_same "$out" tree/data
run iso-inspect --check disc
expect_status 0

# A third; it must lie behind both.
disc --simulate --yes --json a.iso "$drive"
third=$(jq .drives[0].disc.next_lba "$out")
[ "$third" -gt "$next" ] || fail "the third would begin at $third"
mkdir more
echo three >more/three
run iso-build --mkisofs -quiet -R -V THIRD -M disc -C 0,"$third" -o d.iso more
expect_status 0
disc d.iso "$drive"
expect_status 0
run isoinfo -R -f -i disc
expect_stdout $'/data\n/three\n/two'
