# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../lib.sh"
need_command iso-build
need jq

mkdir -p tree/bin
echo x >tree/bin/tool; chmod 750 tree/bin/tool
echo x >tree/text; chmod 600 tree/text
run iso-build --boot=none --owner 0 --group 5 -o out.iso tree
expect_status 0
run iso-inspect --list --json out.iso
jq -es 'any(.[]; .path == "/text" and .uid == 0 and .gid == 5 and .mode == 384)' "$out" >/dev/null || fail "/text has another owner or mode"
jq -es 'any(.[]; .path == "/bin/tool" and .uid == 0 and .gid == 5 and .mode == 488)' "$out" >/dev/null || fail "/bin/tool has another owner or mode"
# Also the folders that only DEST names.
run iso-build --boot=none --owner 7 --mode 'new=700' -o out.iso /new/place=tree
expect_status 0
run iso-inspect --list --json out.iso
jq -es 'all(.[]; .uid == 7) and any(.[]; .path == "/new" and .mode == 448)' "$out" >/dev/null || fail "a folder of DEST has another owner or mode"
