# SPDX-License-Identifier: GPL-3.0-or-later
# --map: well-formed, complete, harmless, bounded; a file appears whole or not at all.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/images.sh"
need python3

make_tree
head -c 300000 /dev/urandom >tree/large.bin
head -c 2048 /dev/urandom >tree/boot.img
head -c 40000 /dev/urandom >esp.img
data_image hybrid.iso -c boot.cat -b boot.img -no-emul-boot -boot-load-size 4 \
	-append_partition 2 0xef esp.img -appended_part_as_gpt

run iso-inspect --map=m.svg hybrid.iso
expect_status 0
expect_stdout ''
run iso-inspect --map=m.html hybrid.iso
expect_status 0
run iso-inspect --map - hybrid.iso
expect_status 0
expect_same "$out" m.svg
expect_files esp.img hybrid.iso m.html m.svg tree xorriso.log

# What is there is in the picture, by name and with its place.
cat >check.py <<'END'
import base64, hashlib, re, sys
import xml.etree.ElementTree as ET

name, want = sys.argv[1], sys.argv[2:]
text = open(name, encoding='utf-8').read()
if name.endswith('.html'):
    script = re.search('<script>(.*?)</script>', text, re.S).group(1)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = re.search('http-equiv="Content-Security-Policy" content="([^"]*)"', text).group(1)
    if f"script-src 'sha256-{digest}'" not in policy or "default-src 'none'" not in policy:
        sys.exit(f'the policy does not name the script (sha256-{digest})')
    if text.count('<script') != 1 or re.search(r'\son[a-z]+\s*=|(src|href)\s*=', text.replace(script, '')):
        sys.exit('something else could run or be loaded')
    text = re.search('<svg.*</svg>', text, re.S).group(0)
root = ET.fromstring(text)
ns = '{http://www.w3.org/2000/svg}'
seen = '\n'.join(e.text or '' for e in root.iter() if e.tag in (ns + 'text', ns + 'title'))
for w in want:
    if not re.search(w, seen, re.M):
        sys.exit(f'{w} is not in the picture')
# The bar to scale has no holes: what is drawn adds up to its whole width.
bar = [e for e in root.iter(ns + 'rect') if e.get('height') == '56' and
       re.fullmatch(r'c\d+', e.get('class', ''))]
if sum(int(e.get('width')) for e in bar) != 1456:
    sys.exit(f"the bar is {sum(int(e.get('width')) for e in bar)} wide")
# Blocks of a row stand side by side.
blocks = [g.find(ns + 'rect') for g in root.iter(ns + 'g') if g.get('class', '').startswith('block')]
rows = {}
for b in blocks:
    rows.setdefault(b.get('y'), []).append((int(b.get('x')), int(b.get('width'))))
for y, row in rows.items():
    at = 104
    for x, w in row:
        if x != at or w < 20:
            sys.exit(f'row at {y}: a block at {x}, {w} wide, where {at} ends the last')
        at = x + w
    if at != 1560:
        sys.exit(f'row at {y} ends at {at}')
END
for f in m.svg m.html; do
	python3 check.py $f '^TEST$' '^primary$' '^terminator$' '^/large\.bin$' '^/boot\.img$' \
		'^GPT partition 2' '^MBR table$' '^paths, L$' 'BIOS disc' '^El Torito$' '^GPT$' \
		'(300,000 bytes)' '^/hello\.txt \(joliet\)$' || fail "$f"
done

# Cut off, with something appended, with an overlap: it is said.
head -c 200000 hybrid.iso >cut.iso
run iso-inspect --map=cut.svg cut.iso
expect_status 0
python3 check.py cut.svg '^missing$' 'the image ends at byte 200,000' || fail "cut.svg"
{ cat hybrid.iso; head -c 8192 /dev/urandom; } >more.iso
run iso-inspect --map=more.svg more.iso
python3 check.py more.svg '^unclaimed data$' '^holds data$' '^data that nothing claims$' || fail more.svg

# Hostile names: nothing in them is markup, or obeyed.
mkdir evil
printf x >'evil/<script>alert(1)<'
printf x >"evil/a\"b'&amp;"
printf x >"evil/$(printf 'bidi\342\200\256gpj.exe')"
printf x >"evil/$(printf 'esc\033[31m')"
printf x >"evil/$(printf 'fffe\357\277\276')"
xorriso -as mkisofs -quiet -R -V '<b>' -o evil.iso evil >xorriso.log 2>&1 || fail "xorriso"
for f in evil.svg evil.html; do
	run iso-inspect --map=$f evil.iso
	expect_status 0
	python3 check.py $f 'a"b' 'u\{202E\}|x202E|e2' '\\x1[Bb]' || fail "$f"
	! LC_ALL=C grep -aPq '[\x00-\x08\x0b-\x1f\x7f]|\xe2\x80[\xaa-\xae]|\xef\xbf\xbe|alert\(1\)<' $f ||
		fail "$f holds a raw name"
done

# Whatever the image holds, the picture stays small.
mkdir many
(cd many && seq -f f%05g 1 6000 | split -l 1 -a 4 - x)
xorriso -as mkisofs -quiet -R -J -o many.iso many >xorriso.log 2>&1 || fail "xorriso"
for f in many.svg many.html; do
	run iso-inspect --map=$f many.iso
	expect_status 0
	[ "$(stat -c %s $f)" -lt 1000000 ] || fail "$f has $(stat -c %s $f) bytes"
	python3 check.py $f '6,000 files' || fail "$f"
done

# What does not go, and what is not replaced.
for name in m.png m noext .svg; do
	run iso-inspect "--map=$name" hybrid.iso
	expect_status 2
	expect_stderr_lines 1
done
run iso-inspect --map=- --check hybrid.iso
expect_status 2
expect_stdout ''
# A picture in a file leaves standard output to other questions.
run iso-inspect --map=beside.svg --json hybrid.iso
expect_status 0
expect_json '.schema == "isokit.image/1"'
python3 check.py beside.svg '^primary$' || fail "no picture beside the object"
run iso-inspect --map=a.svg hybrid.iso cut.iso
expect_status 2
[ ! -e a.svg ] || fail "a.svg was made"
printf 'my notes\n' >notes.svg
run iso-inspect --map=notes.svg hybrid.iso
expect_status 2
[ "$(cat notes.svg)" = 'my notes' ] || fail "notes.svg was replaced"
run iso-inspect --map=m.svg no-such.iso
expect_status 2
python3 check.py m.svg '^primary$' || fail "the old picture is gone"
run iso-inspect --map=none/m.svg hybrid.iso
expect_status 2
run iso-inspect --map=m.svg hybrid.iso
expect_status 0
! ls -A | grep -q '^\.m\.' || fail "something is left: $(ls -A)"
if [ -w /dev/full ]; then
	_last='--map to a full device'
	"$(command_path iso-inspect)" --map - hybrid.iso >/dev/full 2>"$err"
	status=$?
	expect_status 2
	expect_stderr_lines 1
fi
