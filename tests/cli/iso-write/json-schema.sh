# SPDX-License-Identifier: GPL-3.0-or-later
# What --json prints for each task is valid by doc/isokit.write.schema.json, has no key that the
# schema does not know, and each key is in doc/json.md; nothing on standard output after a
# refusal.
. "$(dirname "$0")/../lib.sh"
need python3 jq
python3 -c 'import jsonschema' 2>/dev/null || skip "python3-jsonschema is not installed"
. "$(dirname "$0")/drives.sh"

doc=$ISOKIT_SOURCE/doc
good() { # STATUS ARGUMENT...
	local want=$1
	shift
	run iso-write --json "$@"
	expect_status "$want"
	[ "$(wc -l <"$out")" = 1 ] || fail "$(wc -l <"$out") lines"
	python3 "${0%/*}/../schema.py" "$doc/isokit.write.schema.json" "$doc/json.md" "$out" >said 2>&1 ||
		fail "not valid: $(tail -n 1 said)"
}

boot_iso x.iso
disc_iso disc.iso
sha256sum x.iso >SHA256SUMS
new_drive a 16M; a=$drive
new_drive b 16M; b=$drive
good 0 --list
good 0 --list --fixed-disk "$a"
expect_json '.drives | length == 1 and .[0].writable'
good 0 --list "$a"
expect_json '.drives[0].writable == false and .drives[0].reasons[0].option == "--fixed-disk"'
good 0 -n --fixed-disk x.iso "$a"
good 0 --yes --fixed-disk --hash=md5,sha256 x.iso "$a" "$b"
expect_json '.checks[0].result == "good"'
good 0 --yes --fixed-disk --no-verify x.iso "$a"
good 0 --yes --fixed-disk --any disc.iso "$a"
expect_json '.boot.boots == false'
good 0 --yes --fixed-disk --restore "$a"
good 0 --yes --fixed-disk --clone "$a" "$b"
good 0 --yes --fixed-disk --probe "$a"
good 0 --yes --fixed-disk x.iso "$b"
good 0 --compare x.iso "$b"
expect_json '.ok and .drives[0].different == 0'
good 1 --compare x.iso "$a"
expect_json '.ok == false and .drives[0].different > 0'

# Progress for programs.
run iso-write --yes --fixed-disk -q --progress=json x.iso "$a"
expect_status 0
expect_stdout ''
jq -es 'length > 0 and all(.progress and (.drive or .progress == "checksum") and (.seconds | type == "number")) and
	(map(select(.finished)) | map(.progress) | index("done") != null)' "$err" >/dev/null ||
	fail "progress is: $(cat "$err")"

for arguments in "$a" "x.iso $a" "--yes x.iso $a" "--yes --fixed-disk none.iso $a" '--list /dev/none' \
	"--yes --fixed-disk disc.iso $a" "--compare --list" "--compare x.iso /dev/none"; do
	run iso-write --json $arguments </dev/null
	expect_status 2
	expect_stdout ''
	expect_stderr_has '^iso-write: '
done
