# SPDX-License-Identifier: GPL-3.0-or-later
# Folders far deeper than eight, and a path longer than any call takes.
. "$(dirname "$0")/../lib.sh"
need_command iso-build
need bsdtar

mkdir tree
(cd tree && for i in {1..200}; do mkdir d && cd d; done && echo bottom >file) || skip "no such depth here"
name=$(printf 'q%.0s' {1..250})
(cd tree && for i in {1..30}; do mkdir "$name" && cd "$name"; done && echo far >file) ||
	skip "no such length here"
run iso-build --boot=none -o out.iso tree
expect_status 0
bsdtar -tf out.iso >list || fail "bsdtar cannot list it"
[ "$(awk -F/ '$NF == "file" { print NF }' list | sort -n | tr '\n' ' ')" = "31 201 " ] ||
	fail "not both files are there"
run iso-inspect --list --json out.iso
for what in bottom far; do
	[ "$what" = far ] && depth=32 || depth=202
	lba=$(jq -s --argjson n "$depth" '.[] | select(.type == "file" and (.path | split("/") | length) == $n) | .extents[0].lba' "$out")
	[ "$(tail -c +$((lba * 2048 + 1)) out.iso | head -c ${#what})" = "$what" ] ||
		fail "the content of the file named $what is not in its place"
done
