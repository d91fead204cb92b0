# SPDX-License-Identifier: GPL-3.0-or-later
# Names that Joliet cannot hold, or not tell apart, are reported, and each gets a name
# of its own in a time that does not grow with the square of their number.
. "$(dirname "$0")/../lib.sh"
need_command iso-build
need isoinfo jq

long=$(printf '%0110d' 0)
mkdir -p t/sub "t/$long-a/in" "t/$long-b/in"
for i in 1 2 3 4 5 6 7 8 9 10 11; do echo $i >"t/sub/$long-$i.txt"; done
echo colon >'t/a:b'
echo semicolon >'t/a;b'
echo mark >'t/a?b'
echo taken >t/a_b0
ln -s a_b0 t/a_b1
echo in-a >"t/$long-a/in/file"
echo in-b >"t/$long-b/in/file"
echo lower >t/readme
echo upper >t/README

run iso-build --boot=none -o x.iso t
expect_status 0
expect_stdout_has '^  note +/.*: and 15 more have other names in Joliet'
expect_stdout_has '^  note +/.*: and 15 more get numbers in Joliet'
expect_stdout_has '^  note +/readme: differs from another name only in case'
isoinfo -J -f -i x.iso | LC_ALL=C sort >got
[ "$(wc -l <got)" -eq 24 ] || fail "$(wc -l <got) Joliet names where 24 are right: $(cat got)"
[ -z "$(uniq -d got)" ] || fail "Joliet names are not unique: $(uniq -d got)"
while read -r name; do
	[ "${#name}" -le 220 ] || fail "too long: $name"
done <got
cut -d/ -f2 got | grep '^a_b' | sort -u | tr '\n' ' ' >short
[ "$(cat short)" = 'a_b0 a_b2 a_b3 a_b4 ' ] || fail "short names: $(cat short)"
grep -q '^/sub/0*10\.txt$' got || fail "no tenth file: $(grep sub got)"

# The same content under each name, in both trees.
contents() { # FLAG
	isoinfo $1 -f -i x.iso | while read -r f; do
		isoinfo $1 -i x.iso -x "$f" 2>/dev/null
	done | sort
}
contents -J >j
contents -R >r
[ -s j ] && expect_same j r
isoinfo -R -f -i x.iso | grep -q "/$long-a/in/file$" || fail "Rock Ridge has lost a name"
[ "$(isoinfo -R -f -i x.iso | wc -l)" -eq 25 ] || fail "Rock Ridge has other names"
run iso-inspect --check x.iso
expect_status 0
run iso-inspect --list --json x.iso
jq -es 'map(select(.path == "/a:b")) | .[0].links == 1' "$out" >/dev/null || fail "a link too many"

# Hidden names take part in nothing.
run iso-build -q --force --boot=none --hide 'joliet=a?b' --hide joliet=a_b0 -o x.iso t
expect_status 0
! isoinfo -J -f -i x.iso | grep -q '^/a_b' || fail "hidden names are in Joliet"
run iso-build --force --boot=none --no-joliet -o x.iso t
expect_stdout_lacks Joliet

mkdir many
(cd many && seq -f "$long-%06.0f" 12000 | xargs touch)
TEST_TIMEOUT=30 run iso-build -q --boot=none -o many.iso many
expect_status 0
[ "$(isoinfo -J -f -i many.iso | sort -u | wc -l)" -eq 12000 ] || fail "names are missing"
