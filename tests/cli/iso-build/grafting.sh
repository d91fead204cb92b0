# SPDX-License-Identifier: GPL-3.0-or-later
# DEST=SOURCE, several sources, --exclude and --remove.
. "$(dirname "$0")/../lib.sh"
need_command iso-build

mkdir -p a/common b/common c
echo a >a/common/one; echo a >a/only-a; echo a >a/common/both
echo b >b/common/two; echo b >b/common/both; echo skip >b/x.bak
echo c >c/deep
run iso-build --boot=none --exclude '*.bak' -o out.iso a b /grafted/here=c /files/renamed=a/only-a
expect_status 0
run iso-inspect --list --json out.iso
jq -r .path "$out" | sort >got
printf '%s\n' / /common /common/both /common/one /common/two /files /files/renamed /grafted \
	/grafted/here /grafted/here/deep /only-a | sort >want
diff want got || fail "the tree is another"
lba=$(jq 'select(.path == "/common/both").extents[0].lba' "$out")
[ "$(tail -c +$((lba * 2048 + 1)) out.iso | head -c 1)" = b ] || fail "the later source does not win"
