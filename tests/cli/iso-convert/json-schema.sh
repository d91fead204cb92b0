# SPDX-License-Identifier: GPL-3.0-or-later
# What --json prints is valid by doc/isokit.convert.schema.json, has no key that the schema
# does not know, and doc/json.md has every key. Over every kind of input at hand: what the
# fuzzers begin with holds each container, disc and file system.
. "$(dirname "$0")/../lib.sh"
need_command iso-convert
need_hashes
need python3
python3 -c 'import jsonschema' 2>/dev/null || skip "python3-jsonschema is not installed"

mkdir in
for f in "$ISOKIT_SOURCE"/tests/fuzz/corpus/{container,discs,disk,filesystem,convert}/*.hex \
	"$ISOKIT_SOURCE"/testdata/images/*.hex; do
	name=$(basename "$f" .hex)
	"$ISOKIT_BUILD/tests/unhex" "$f" >"in/$name" || fail "$f: no image"
done
head -c 70000 /dev/urandom >in/noise
: >in/empty
{ head -c 128 in/noise; cat in/base; head -c 5000 in/noise; } >in/between
# A CUE sheet with sound and data, one of whose sectors is damaged.
head -c 235200 /dev/urandom >sound.bin
cp in/raw-sectors data.bin
printf 'spoiled' | dd of=data.bin bs=1 seek=47240 conv=notrunc status=none
printf '%s\n' 'TITLE "a \ disc"' 'FILE "../data.bin" BINARY' '  TRACK 01 MODE1/2352' \
	'    INDEX 01 00:00:00' 'FILE "../sound.bin" BINARY' '  TRACK 02 AUDIO' \
	'    TITLE "sölo"' '    PERFORMER "nobody"' '    ISRC ABCDE1234567' \
	'    INDEX 01 00:00:00' >in/not-beside.cue
sed 's@\.\./@@' in/not-beside.cue >disc.cue
cp in/base "in/$(printf 'odd \\ "\303\251\377 name')"

# all FILE ARGUMENT...: over every input; objects to FILE.
all() {
	local to=$1 f st
	shift
	for f in in/* disc.cue; do
		rm -rf made audio
		timeout 60 "$(command_path iso-convert)" --json "$@" "$f" >one 2>err
		st=$?
		# 2 is a failure: nothing on standard output, but of --list, which says why.
		[ $st -le 2 ] || fail "iso-convert --json $* $f: exit status $st: $(cat err)"
		! grep -q -e 'Sanitizer' -e 'runtime error' err || fail "$f: $(cat err)"
		[ $st -lt 2 ] || [ ! -s one ] || [ "$1" = --list ] ||
			fail "iso-convert --json $* $f: failed, and said something: $(cat one)"
		[ $st -gt 0 ] || [ "$(wc -l <one)" = 1 ] || fail "$f: not one line"
		cat one >>"$to"
	done
	[ "$(wc -l <"$to")" -ge 20 ] || fail "iso-convert $*: too little: $(wc -l <"$to")"
}
all list.json --list
all made.json -o made --hash=md5,sha256
all raw.json --raw -o made
all zst.json --raw --compress=zst --force -o made
for f in in/apfs in/hfsplus in/ntfs; do
	timeout 60 "$(command_path iso-convert)" --json -o made --force "$f" >>more.json
done
run iso-convert --json --audio=audio -o made --force disc.cue
expect_status 1
cat "$out" >>more.json
expect_json '.audio_files == 1 and (.damage | length) > 0 and .tracks[1].title == "sölo"'
# Sound that nothing here decodes.
head -c 5000 /dev/zero | sed '1s/^/MAC /' >sound.ape
sed 's/sound.bin" BINARY/sound.ape" WAVE/' disc.cue >lost.cue
run iso-convert --json --audio=audio -o made --force lost.cue
expect_status 1
cat "$out" >>more.json
expect_json '.audio_files == 0 and .audio_lost == 1 and (.tracks[1].lost | test("Monkey"))'

python3 "${0%/*}/../schema.py" "$ISOKIT_SOURCE/doc/isokit.convert.schema.json" \
	"$ISOKIT_SOURCE/doc/json.md" list.json made.json raw.json zst.json more.json >said 2>&1 ||
	fail "$(tail -n 1 said)"
cat said
# What a run without damage to a drive cannot have.
! sed 's/.*never: *//' said | tr ' ' '\n' | grep -v -x -e damage_not_listed -e relocated | grep . ||
	fail "$(cat said)"
