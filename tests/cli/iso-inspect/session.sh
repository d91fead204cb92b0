# SPDX-License-Identifier: GPL-3.0-or-later
# Every session of a multi-session image can be looked at.
. "$(dirname "$0")/../lib.sh"
need xorriso jq

xo() { xorriso -report_about SORRY "$@" >xorriso.log 2>&1 || fail "xorriso: $(cat xorriso.log)"; }

# names SESSION FILE: the paths of a session as iso-inspect lists them, sorted
names() {
	run iso-inspect --list --json --session "$1" "$2"
	expect_status 0
	jq -r .path "$out" | sort
}

# wanted SBSECTOR FILE: the same as xorriso lists them
wanted() {
	xorriso -report_about SORRY -load sbsector "$1" -indev "stdio:$2" -find / -exec lsdl \
		2>/dev/null >lines || fail "xorriso cannot load sector $1 of $2"
	sed "s/^[^']*'\(.*\)'$/\1/; s/' -> '.*//" lines | sort
}

# Kept up to date at sector 16, as xorriso does it: three sessions.
mkdir one two
echo first >one/first; echo second >two/second; echo third >third
xo -outdev stdio:toc.iso -volid S1 -map one / -commit
xo -dev stdio:toc.iso -volid S2 -map two / -commit
xo -dev stdio:toc.iso -volid S3 -map third /third -rm /first -- -commit

run iso-inspect --json toc.iso
expect_status 0
expect_json '[.sessions[] | .volume_id] == ["S1", "S2", "S3"]'
expect_json '[.sessions[] | .shown] == [false, false, true] and .volume.id == "S3"'
mapfile -t lbas < <(jq '.sessions[].lba' "$out")
for n in 1 2 3; do
	names $n toc.iso >have
	wanted "${lbas[n - 1]}" toc.iso >want
	expect_same want have
	run iso-inspect --json --session $n toc.iso
	expect_status 0
	expect_json ".volume.id == \"S$n\" and .sessions[$n - 1].shown"
	expect_json '[.sessions[] | select(.shown)] | length == 1'
	expect_json ".descriptors[0].lba == ${lbas[n - 1]} + 16"
	run iso-inspect --check --session $n toc.iso
	expect_status 0
	expect_stdout_has '^(no problems found|0 errors)'
done
names last toc.iso >last
expect_same last have
grep -qx /first have && fail "the last session still shows what it removed"
names 2 toc.iso | grep -qx /first || fail "the second session does not show the first file"

# Extents count from the start of the medium: the data is where the list says.
run iso-inspect --list --json --session 2 toc.iso
lba=$(jq 'select(.path == "/second") | .extents[0].lba' "$out")
dd if=toc.iso bs=2048 skip="$lba" count=1 status=none | head -c 7 >data
printf 'second\n' >second
expect_same second data

# No such session.
run iso-inspect --session 4 toc.iso
expect_status 2
expect_stdout ''
expect_stderr 'iso-inspect: toc.iso: has no session 4: 3 can be seen'
for n in 0 -1 x '' 1x; do
	run iso-inspect --session="$n" toc.iso
	expect_status 2
	expect_stderr_has 'neither a number from 1 nor "last"'
done

# An image of one session has a first and a last one, which are the same.
xo -outdev stdio:single.iso -padding 0 -compliance no_emul_toc -volid ONE -map one / -commit
run iso-inspect --json single.iso
cp "$out" default.json
for n in 1 last; do
	run iso-inspect --json --session $n single.iso
	expect_same default.json "$out"
done

# The first session's Joliet tree is known, though the last one has none.
mkdir -p joliet/folder
echo first >joliet/folder/first
echo second >second
xo -outdev mixed.iso -joliet on -volid J1 -map joliet / -commit
xo -dev mixed.iso -joliet off -volid J2 -map second /second -commit
run iso-inspect --json --owner 33-63 mixed.iso
expect_status 0
expect_json '[.owner[0].regions[].paths[]? | select(.names == "joliet" and .session == 1).path] |
	sort == ["/", "/folder", "/folder/first"]'

# A plain copy of two sessions: sector 16 is the first; said, and cut ends are seen.
command -v genisoimage >/dev/null || exit 0
genisoimage -quiet -R -V P1 -o p1.iso one 2>/dev/null || fail genisoimage
blocks=$(($(stat -c %s p1.iso) / 2048))
next=$(((blocks + 31) / 32 * 32))
cp p1.iso plain.iso
truncate -s $((next * 2048)) plain.iso
genisoimage -quiet -R -V P2 -C 0,$next -M p1.iso -o p2.iso two 2>/dev/null || fail genisoimage
cat p2.iso >>plain.iso
run iso-inspect --json plain.iso
expect_json '.volume.id == "P1" and [.sessions[].shown] == [true, false]'
expect_json '.problems | map(.code) == ["session-hidden"]'
names last plain.iso >have
printf '%s\n' / /first /second | sort >want
expect_same want have
run iso-inspect --json --session last plain.iso
expect_json ".volume.id == \"P2\" and .sessions[1].lba == $next and .problems == []"
head -c $((next * 2048 + 60000)) plain.iso >cut.iso
run iso-inspect --json cut.iso
expect_json '.integrity.complete == false and .integrity.expected_by == "session 2"'
