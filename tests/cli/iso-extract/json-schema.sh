# SPDX-License-Identifier: GPL-3.0-or-later
# What --json prints is valid by doc/isokit.extract.schema.json, has no key that the schema
# does not know, and doc/json.md has every key. Over every kind of input at hand: what the
# fuzzers begin with holds each container, disc and file system.
. "$(dirname "$0")/../lib.sh"
need python3
python3 -c 'import jsonschema' 2>/dev/null || skip "python3-jsonschema is not installed"

mkdir in
for f in "$ISOKIT_SOURCE"/tests/fuzz/corpus/{container,discs,disk,filesystem,convert}/*.hex \
	"$ISOKIT_SOURCE"/testdata/images/*.hex; do
	name=$(basename "$f" .hex)
	"$ISOKIT_BUILD/tests/unhex" "$f" >"in/$name" || fail "$f: no image"
done
head -c 70000 /dev/urandom >in/noise
cp in/base "in/$(printf 'odd \\ "\303\251\377 name')"
# A damaged sector, and contents that it hits.
cp in/raw-sectors in/raw-damaged
printf 'spoiled' | dd of=in/raw-damaged bs=1 seek=$((28 * 2352 + 200)) conv=notrunc status=none

# all FILE ARGUMENT...: over every input; objects to FILE.
all() {
	local to=$1 f st
	shift
	for f in in/*; do
		timeout 60 "$(command_path iso-extract)" --json "$@" "$f" >one 2>err
		st=$?
		[ $st -le 2 ] || fail "iso-extract --json $* $f: exit status $st: $(cat err)"
		! grep -q -e 'Sanitizer' -e 'runtime error' err || fail "$f: $(cat err)"
		[ $st -gt 0 ] || [ "$(wc -l <one)" = 1 ] || fail "$f: not one line"
		cat one >>"$to"
	done
	[ "$(wc -l <"$to")" -ge 20 ] || fail "iso-extract $*: too little: $(wc -l <"$to")"
}
mkdir once
all once.json -C once
all again.json -C once
all safe.json -C once --overwrite --names=iso9660

python3 "${0%/*}/../schema.py" "$ISOKIT_SOURCE/doc/isokit.extract.schema.json" \
	"$ISOKIT_SOURCE/doc/json.md" once.json again.json safe.json >said 2>&1 ||
	fail "$(tail -n 1 said)"
cat said
for what in renamed left-out less lost damaged exists failed; do
	grep -q "{\"what\":\"$what\"" once.json again.json safe.json || echo "never told: $what"
done
! sed 's/.*never: *//' said | tr ' ' '\n' | grep -v -x -e damage_not_listed -e events_not_listed |
	grep . || fail "$(cat said)"
